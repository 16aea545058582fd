//! Catchments put together anew, against enumeration.

use super::*;
use crate::kernel::builder::{ProblemBuilder, RowDraft};
use crate::kernel::check;
use crate::mip::default_backend;
use crate::random::Random;

const SITES: usize = 4;
const CUSTOMERS: usize = 8;
const EFFORT: BackendEffort = BackendEffort { nodes: 500, iterations: Some(50_000), heuristics: 0.1 };

/// Sites that can be shut but the first, two sizes each, at most three open.
fn problem(random: &mut Random) -> Problem {
    let mut builder = ProblemBuilder::new();
    let pupils = builder.commodity("pupils");
    let load = builder.load(pupils);
    let loads: Vec<i64> = (0..CUSTOMERS).map(|_| random.between(1, 9)).collect();
    let fair = loads.iter().sum::<i64>() as f64 / 3.0;
    let mut open = Vec::new();
    let sites: Vec<SiteId> = (0..SITES).map(|at| builder.site(format!("s{at}"))).collect();
    for (at, &site) in sites.iter().enumerate() {
        if at > 0 {
            builder.shut(site);
        }
        for (size, cost) in [(1.0, 20.0), (1.6, 35.0)] {
            let option = builder.option(site, format!("open {size}"), cost + random.unit());
            builder.capacity(option, load, (size * fair) as i64);
            open.push((option, 1.0));
        }
    }
    for (at, &own) in loads.iter().enumerate() {
        let customer = builder.customer(format!("c{at}"), [(pupils, own)]);
        for &site in &sites {
            builder.arc(customer, site, random.range(1.0, 40.0));
        }
    }
    builder.row(RowDraft { options: open, upper: 3.0, ..RowDraft::new("few") });
    builder.build().expect("consistent").problem
}

/// The least cost of putting catchments of the pool together, by enumeration.
fn enumerate(pool: &Pool<'_>) -> Option<f64> {
    let mask = |catchment: &Catchment| {
        catchment.arcs.iter().fold(0u32, |mask, &arc| mask | 1 << pool.problem.arcs[arc].customer.0)
    };
    let mut states: Vec<(u32, usize, f64)> = vec![(0, 0, 0.0)];
    for site in pool.problem.sites.ids() {
        let mut next = Vec::new();
        for &(served, open, cost) in &states {
            if pool.shut[site].is_some() {
                next.push((served, open, cost + pool.idle(site)));
            }
            for catchment in pool.catchments.iter().filter(|catchment| catchment.site == site) {
                if served & mask(catchment) == 0 && open < 3 {
                    next.push((served | mask(catchment), open + 1, cost + catchment.cost));
                }
            }
        }
        states = next;
    }
    let whole = (1 << CUSTOMERS) - 1;
    states.into_iter().filter(|state| state.0 == whole).map(|state| state.2).min_by(f64::total_cmp)
}

#[test]
fn the_best_combination_is_found_and_is_a_plan() {
    let mut random = Random::new(11, "pools");
    let (mut possible, mut impossible) = (0, 0);
    for number in 0..40 {
        let problem = problem(&mut random);
        let mut pool = Pool::new(&problem);
        for _ in 0..[2, 25][number % 2] {
            let sites: Vec<usize> = (0..CUSTOMERS).map(|_| random.below(SITES)).collect();
            for site in 0..SITES {
                let members = (0..CUSTOMERS as u32).filter(|&customer| sites[customer as usize] == site);
                pool.add(SiteId::new(site), &members.collect::<Vec<_>>());
            }
        }
        let expected = enumerate(&pool);
        let backend = default_backend().expect("a build with a backend");
        let multipliers = vec![20.0; CUSTOMERS];
        let limits = Limits { gap: 0.0, ..Limits::default() };
        // Twice, since the second time begins at the prices that the first one ended with.
        for _ in 0..2 {
            let found = pool.recombine(&[], &multipliers, backend, f64::INFINITY, EFFORT, &limits);
            let solution = found.expect("the backend works").0;
            let cost = solution.map(|solution| {
                let score = check::score(&problem, &solution);
                assert!(score.is_feasible(), "pool {number}: {:?}", score.violations);
                score.cost
            });
            match (cost, expected) {
                (Some(cost), Some(expected)) => {
                    assert!((cost - expected).abs() < 1e-6, "pool {number}: {cost} {expected}");
                }
                (cost, expected) => assert_eq!(cost, expected, "pool {number}"),
            }
        }
        if let Some(expected) = expected {
            let found = pool.recombine(&[], &multipliers, backend, expected - 0.01, EFFORT, &limits);
            assert!(found.expect("the backend works").0.is_none(), "pool {number}: nothing is below the cutoff");
            possible += 1;
        } else {
            impossible += 1;
        }
    }
    assert!(possible > 10 && impossible > 3, "{possible} possible, {impossible} not");
}

#[test]
fn a_catchment_is_kept_once_and_only_if_some_option_holds_it() {
    let problem = problem(&mut Random::new(12, "one"));
    let mut pool = Pool::new(&problem);
    let site = SiteId::new(1);
    let first = pool.add(site, &[0, 3]);
    assert_eq!(first, Some(0));
    assert_eq!(pool.add(site, &[0, 3]), first);
    assert_eq!(pool.add(site, &(0..CUSTOMERS as u32).collect::<Vec<_>>()), None);
    assert_eq!(pool.add(site, &[]), None);
    assert_eq!(pool.catchments.len(), 1);
}
