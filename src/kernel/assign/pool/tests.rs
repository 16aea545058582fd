//! Catchments put together anew, against enumeration.

use super::*;
use crate::kernel::builder::{ProblemBuilder, RowDraft};
use crate::kernel::check;
use crate::mip::default_backend;
use crate::random::Random;

const SITES: usize = 4;
const CUSTOMERS: usize = 8;
const EFFORT: BackendEffort = BackendEffort { nodes: 500, iterations: Some(50_000), heuristics: 0.1 };

/// Sites that can be shut but the first, two sizes each, two or three open; nothing of the pools is at the last.
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
    builder.row(RowDraft { options: open, lower: 2.0, upper: 3.0, ..RowDraft::new("few") });
    builder.build().expect("consistent").problem
}

/// The least cost of putting catchments of the pool together, by enumeration.
fn enumerate(pool: &Pool<'_>) -> Option<f64> {
    let mask = |catchment: &Catchment| {
        catchment.arcs.iter().fold(0u32, |mask, &arc| mask | 1 << pool.problem.arcs[arc].customer.0)
    };
    let serves = |option: OptionId| usize::from(pool.problem.options[option].serves != Serves::Nobody);
    let mut states: Vec<(u32, usize, f64)> = vec![(0, 0, 0.0)];
    for site in pool.problem.sites.ids() {
        let mut next = Vec::new();
        for &(served, open, cost) in &states {
            next.push((served, open + serves(pool.idle[site]), cost + pool.idle_cost(site)));
            for catchment in pool.catchments.iter().filter(|catchment| catchment.site == site) {
                if served & mask(catchment) == 0 {
                    next.push((served | mask(catchment), open + 1, cost + catchment.cost));
                }
            }
        }
        states = next;
    }
    let whole = (1 << CUSTOMERS) - 1;
    let complete = states.into_iter().filter(|state| state.0 == whole && (2..=3).contains(&state.1));
    complete.map(|state| state.2).min_by(f64::total_cmp)
}

/// Adds the catchments of so many random assignments.
fn fill(pool: &mut Pool<'_>, assignments: usize, random: &mut Random) {
    for _ in 0..assignments {
        let sites: Vec<usize> = (0..CUSTOMERS).map(|_| random.below(SITES - 1)).collect();
        for site in 0..SITES {
            let members = (0..CUSTOMERS as u32).filter(|&customer| sites[customer as usize] == site);
            pool.add(SiteId::new(site), &members.collect::<Vec<_>>());
        }
    }
}

fn recombined(pool: &mut Pool<'_>, best: &[usize], cutoff: f64) -> Option<Solution> {
    let backend = default_backend().expect("a build with a backend");
    let limits = Limits { gap: 0.0, ..Limits::default() };
    pool.recombine(best, &[20.0; CUSTOMERS], backend, cutoff, EFFORT, &limits).expect("the backend works").0
}

fn cost(problem: &Problem, solution: &Solution) -> f64 {
    let score = check::score(problem, solution);
    assert!(score.is_feasible(), "{:?}", score.violations);
    score.cost
}

#[test]
fn the_best_combination_is_found_and_is_a_plan() {
    let mut random = Random::new(11, "pools");
    let (mut possible, mut impossible, mut priced) = (0, 0, 0);
    for number in 0..40 {
        let problem = problem(&mut random);
        let mut pool = Pool::new(&problem);
        fill(&mut pool, [2, 25][number % 2], &mut random);
        let Some(expected) = enumerate(&pool) else {
            assert!(recombined(&mut pool, &[], f64::INFINITY).is_none(), "pool {number}");
            impossible += 1;
            continue;
        };
        let found = recombined(&mut pool, &[], f64::INFINITY).expect("there is one");
        assert!((cost(&problem, &found) - expected).abs() < 1e-6, "pool {number}");
        // Once more, from the prices that the first time ended with, and with a cutoff that leaves catchments out.
        let again = recombined(&mut pool, &[], expected + 0.01).expect("there is one below the cutoff");
        assert!((cost(&problem, &again) - expected).abs() < 1e-6, "pool {number}");
        assert!(recombined(&mut pool, &[], expected - 0.01).is_none(), "pool {number}: nothing is below the cutoff");
        possible += 1;

        // From that solution on, with more catchments than a relaxation takes at a time: pricing must find those that pay.
        fill(&mut pool, 40, &mut random);
        (pool.prices, pool.window) = (None, 12);
        let better = enumerate(&pool).expect("there was one");
        let best = pool.add_all(&found);
        let solution = recombined(&mut pool, &best, better + 0.01).expect("there is one below the cutoff");
        assert!((cost(&problem, &solution) - better).abs() < 1e-6, "pool {number}");
        priced += usize::from(better < expected);
    }
    assert!(possible > 10 && impossible > 3 && priced > 5, "{possible} possible, {impossible} not, {priced} priced");
}

#[test]
fn a_catchment_is_kept_once_and_only_if_some_option_holds_it() {
    let problem = problem(&mut Random::new(12, "one"));
    let mut pool = Pool::new(&problem);
    let site = SiteId::new(1);
    for members in [&[0, 3][..], &[0, 3], &[], &[0, 1, 2, 3, 4, 5, 6, 7]] {
        pool.add(site, members);
    }
    assert_eq!((pool.catchments.len(), pool.members), (1, 2));
}

#[test]
fn a_pool_that_forgets_keeps_what_it_was_told_to() {
    let mut random = Random::new(13, "forget");
    let problem = problem(&mut random);
    let mut pool = Pool::new(&problem);
    fill(&mut pool, 25, &mut random);
    let kept = pool.catchments[3].arcs.clone();
    pool.keep(&BTreeSet::from([3]));
    assert_eq!((pool.catchments.len(), pool.known.len(), pool.members), (1, 1, kept.len()));
    assert_eq!(pool.catchments[0].arcs, kept);
}
