//! A region costs and breaks what the whole does: any change within it makes the same difference in both.

use super::*;
use crate::kernel::builder::{ProblemBuilder, RowDraft};
use crate::kernel::check;
use crate::kernel::problem::{Divisible, Grain, SameSite};
use crate::random::Random;

const SITES: usize = 7;
const CUSTOMERS: usize = 12;

/// Sites with three options, one of which serves some only; a hard row that counts open sites, and a priced one over options and arcs.
fn county(random: &mut Random) -> Problem {
    let mut builder = ProblemBuilder::new();
    builder.offset(500.0);
    let pupils = builder.commodity("pupils");
    let load = builder.load(pupils);
    let customers: Vec<CustomerId> =
        (0..CUSTOMERS).map(|at| builder.customer(format!("c{at}"), [(pupils, random.between(1, 9))])).collect();
    let (mut counted, mut priced, mut arcs) = (Vec::new(), Vec::new(), Vec::new());
    for at in 0..SITES {
        let site = builder.site(format!("s{at}"));
        builder.shut(site);
        let open = builder.option(site, "open", random.between(5, 20) as f64);
        builder.capacity(open, load, random.between(15, 40));
        let some = builder.option(site, "some", random.between(5, 20) as f64);
        builder.capacity(some, load, random.between(10, 30));
        builder.serves(
            some,
            Serves::Only(customers.iter().copied().filter(|_| random.chance(0.6)).collect::<Vec<_>>().into()),
        );
        counted.extend([(open, 1.0), (some, 1.0)]);
        priced.push((open, random.between(1, 5) as f64));
        for &customer in &customers {
            arcs.push((builder.arc(customer, site, random.between(0, 40) as f64), random.between(0, 3) as f64));
        }
    }
    let row = |name: &str, options, arcs, upper, price| RowDraft {
        name: name.into(),
        options,
        arcs,
        lower: f64::NEG_INFINITY,
        upper,
        price,
    };
    builder.row(row("open sites", counted, Vec::new(), 5.0, f64::INFINITY));
    builder.row(row("priced", priced, arcs, 12.0, 3.0));
    builder.build().expect("consistent").problem
}

/// Some option for every site and some arc for every customer.
fn anything(problem: &Problem, random: &mut Random) -> Solution {
    let pick = |range: std::ops::Range<u32>, random: &mut Random| range.start + random.below(range.len()) as u32;
    Solution {
        options: problem.sites.iter().map(|site| OptionId(pick(site.options.clone(), random))).collect(),
        services: problem.customers.iter().map(|c| Service::Whole(ArcId(pick(c.arcs.clone(), random)))).collect(),
    }
}

#[test]
fn a_change_within_a_region_makes_the_same_difference_to_the_whole() {
    let (mut feasible, mut broken) = (0, 0);
    for seed in 0..60 {
        let mut random = Random::new(seed, "region");
        let problem = county(&mut random);
        let feasible_start = (0..20_000)
            .map(|_| anything(&problem, &mut random))
            .find(|solution| check::score(&problem, solution).is_feasible());
        let Some(start) = feasible_start else { continue };
        let whole = check::score(&problem, &start);
        let mut sites: Vec<SiteId> = problem.sites.ids().filter(|_| random.chance(0.6)).collect();
        random.shuffle(&mut sites);
        let region = Region::new(&problem, &start, &catchments(&problem, &start), &sites);
        let own = check::score(&region.problem, &region.start);
        assert!(own.is_feasible(), "{:?}", own.violations);
        let mut unchanged = start.clone();
        region.put(&region.start, &mut unchanged);
        assert_eq!(unchanged, start);
        if region.problem.customers.is_empty() {
            continue;
        }
        for _ in 0..200 {
            let other = anything(&region.problem, &mut random);
            let mut all = start.clone();
            region.put(&other, &mut all);
            let (there, here) = (check::score(&problem, &all), check::score(&region.problem, &other));
            assert_eq!(there.is_feasible(), here.is_feasible(), "{:?} {:?}", there.violations, here.violations);
            if here.is_feasible() {
                feasible += 1;
                let (whole, region) = (there.cost - whole.cost, here.cost - own.cost);
                assert!((whole - region).abs() < 1e-6, "seed {seed}: {whole} {region}");
            } else {
                broken += 1;
            }
        }
    }
    assert!(feasible > 300 && broken > 300, "{feasible} feasible, {broken} broken");
}

#[test]
fn what_ties_customers_of_different_sites_together_leaves_no_regions() {
    let problem = county(&mut Random::new(1, "region"));
    assert!(has_regions(&problem));
    let mut divided = problem.clone();
    let how = Divisible { max_sites: None, min_share: 0.0, grain: Grain::Whole };
    divided.customers[CustomerId(0)].divisible = Some(how);
    assert!(!has_regions(&divided));
    let mut tied = problem;
    tied.pairs.push(SameSite { first: CustomerId(0), second: CustomerId(1), price: 1.0 });
    assert!(!has_regions(&tied));
}
