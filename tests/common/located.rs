//! Synthetic problems of location: customers and sites in a square, each site shut, small or large.

use catchment::id::{CustomerId, SiteId};
use catchment::kernel::builder::ProblemBuilder;
use catchment::kernel::problem::{ContiguityLayer, Problem, SameSite};
use catchment::random::Random;

/// How large, and how tight: all large options together have room for this many times the demand.
#[derive(Clone, Copy)]
pub struct Size {
    pub customers: usize,
    pub sites: usize,
    pub room: f64,
}

type Place = (f64, f64);

/// Where customers and sites are, and the stream of random numbers after that.
fn places(seed: u64, size: Size) -> (Vec<Place>, Vec<Place>, Random) {
    let mut random = Random::new(seed, "located");
    let mut place = || (100.0 * random.unit(), 100.0 * random.unit());
    let homes = (0..size.customers).map(|_| place()).collect();
    let plots = (0..size.sites).map(|_| place()).collect();
    (homes, plots, random)
}

/// A problem with whole customers and hard capacities and nothing else.
pub fn located(seed: u64, size: Size) -> Problem {
    let (homes, plots, mut random) = places(seed, size);
    let mut builder = ProblemBuilder::new();
    let pupils = builder.commodity("pupils");
    let load = builder.load(pupils);
    let loads: Vec<i64> = homes.iter().map(|_| random.between(3, 30)).collect();
    let fair = loads.iter().sum::<i64>() as f64 * size.room / size.sites as f64;
    let sites: Vec<SiteId> = (0..size.sites).map(|at| builder.site(format!("s{at}"))).collect();
    for &site in &sites {
        builder.shut(site);
        for (name, share) in [("small", 0.6), ("large", 1.0)] {
            let capacity = (fair * share * random.range(0.85, 1.15)).round();
            let option = builder.option(site, name, (8.0 * capacity + 400.0 * random.range(0.7, 1.3)).round());
            builder.capacity(option, load, capacity as i64);
        }
    }
    for (at, (home, &own)) in homes.iter().zip(&loads).enumerate() {
        let customer = builder.customer(format!("c{at}"), [(pupils, own)]);
        for (&site, plot) in sites.iter().zip(&plots) {
            let far = (home.0 - plot.0).hypot(home.1 - plot.1);
            builder.arc(customer, site, (own as f64 * far).round());
        }
    }
    builder.build().expect("the generator makes consistent problems").problem
}

/// The same with a price on serving neighbours in the list at different sites, which the compact program does not cover.
pub fn located_with_pairs(seed: u64, size: Size) -> Problem {
    let mut problem = located(seed, size);
    let of = |at: usize| CustomerId(at as u32);
    problem.pairs =
        (1..size.customers).step_by(3).map(|at| SameSite { first: of(at - 1), second: of(at), price: 40.0 }).collect();
    problem.validate().expect("pairs of whole customers are consistent");
    problem
}

/// The same with connected catchments: customers touch the four nearest ones and those that come before and after them from west to
/// east; a site's home is the nearest customer that is not another's.
pub fn located_with_borders(seed: u64, size: Size) -> Problem {
    let mut problem = located(seed, size);
    let (homes, plots, _) = places(seed, size);
    let nearest = |from: Place| {
        let mut order: Vec<usize> = (0..homes.len()).collect();
        order.sort_by_key(|&at| (1e6 * (homes[at].0 - from.0).hypot(homes[at].1 - from.1)) as u64);
        order
    };
    let mut neighbours = vec![std::collections::BTreeSet::new(); homes.len()];
    let mut touch = |a: usize, b: usize| {
        neighbours[a].insert(b as u32);
        neighbours[b].insert(a as u32);
    };
    for (at, &home) in homes.iter().enumerate() {
        nearest(home)[1..5].iter().for_each(|&other| touch(at, other));
    }
    let mut eastwards: Vec<usize> = (0..homes.len()).collect();
    eastwards.sort_by_key(|&at| (1e6 * homes[at].0) as u64);
    eastwards.windows(2).for_each(|pair| touch(pair[0], pair[1]));
    let mut taken = vec![false; homes.len()];
    let home = |plot: &Place| {
        let at = nearest(*plot).into_iter().find(|&at| !std::mem::replace(&mut taken[at], true))?;
        Some(at as u32)
    };
    problem.layers.push(ContiguityLayer {
        name: "areas".into(),
        customers: (0..homes.len() as u32).map(CustomerId).collect(),
        homes: plots.iter().map(home).collect(),
        neighbours: neighbours.into_iter().map(|set| set.into_iter().collect()).collect(),
    });
    problem.validate().expect("a layer over all customers is consistent");
    problem
}
