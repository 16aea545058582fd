//! The primal side on random kernels with every feature: exact accounts, connected catchments, reproducible results.
#![cfg(feature = "highs")]

use catchment::id::{ArcId, CustomerId, Id, SiteId};
use catchment::kernel::builder::{ProblemBuilder, RowDraft};
use catchment::kernel::check::{Violation, score};
use catchment::kernel::construct::Hint;
use catchment::kernel::contiguity::Contiguity;
use catchment::kernel::primal::{Effort, Improver};
use catchment::kernel::problem::{Divisible, Grain, Limit, Measure, Problem, Serves, Solution};
use catchment::kernel::state::State;
use catchment::kernel::tables::Tables;
use catchment::mip::Highs;
use catchment::random::Random;
use catchment::run::Limits;

/// A grid of customers, some sites on it, and everything else a kernel can hold switched on at random.
fn random_problem(seed: u64, width: usize, sites: usize) -> Problem {
    let mut random = Random::new(seed, "primal test");
    let mut builder = ProblemBuilder::new();
    builder.offset(random.below(10) as f64);
    let (young, old) = (builder.commodity("young"), builder.commodity("old"));
    let size = builder.measure(Measure::Load(Box::new([(young, 1), (old, 1)])));
    let rooms = builder.measure(Measure::WholeUnits(Box::new([(young, 9), (old, 7)])));
    let customers: Vec<CustomerId> = (0..width * width)
        .map(|at| {
            let load = random.between(0, 12);
            builder.customer(format!("c{at}"), [(young, load), (old, random.between(0, 6))])
        })
        .collect();
    let place = |at: usize| ((at % width) as f64, (at / width) as f64);
    if random.chance(0.4) {
        let grain = if random.chance(0.5) { Grain::Whole } else { Grain::Continuous };
        let how = Divisible { max_sites: Some(3), min_share: 0.1, grain };
        // Not one of those that pairs and implications name.
        let last = customers.len() - 1;
        builder.divisible(customers[last - random.below(width)], how);
    }
    let per_site = 9 * customers.len() as i64 / sites as i64;
    let homes: Vec<usize> = (0..sites).map(|site| site * customers.len() / sites).collect();
    let ids: Vec<SiteId> = (0..sites).map(|site| builder.site(format!("s{site}"))).collect();
    let mut count = RowDraft { upper: sites as f64 - 1.0, price: f64::INFINITY, ..RowDraft::new("count") };
    if random.chance(0.5) {
        count.price = 25.0;
    }
    let mut shut = Vec::new();
    for (at, &site) in ids.iter().enumerate() {
        let soft = random.chance(0.3);
        let price = if soft { 3.0 } else { f64::INFINITY };
        for (name, factor) in [("small", 1.0), ("large", 1.6)] {
            let option = builder.option(site, name, 30.0 * factor + at as f64);
            let max = (per_site as f64 * factor) as i64;
            builder.limit(option, Limit { measure: size, min: 0, max, price });
            builder.limit(option, Limit { measure: rooms, min: 0, max: max / 5, price: 4.0 });
            if random.chance(0.2) {
                builder.limit(option, Limit { measure: size, min: 5, max: Limit::UNLIMITED, price: 2.0 });
            }
            if random.chance(0.1) {
                let allowed = customers.iter().copied().filter(|_| random.chance(0.9)).collect();
                builder.serves(option, Serves::Only(allowed));
            }
            count.options.push((option, 1.0));
        }
        shut.push(builder.shut(site));
    }
    for (at, &customer) in customers.iter().enumerate() {
        let (x, y) = place(at);
        for (site, &home) in homes.iter().enumerate() {
            let (hx, hy) = place(home);
            let cost = (x - hx).hypot(y - hy) * (1.0 + random.unit());
            builder.arc(customer, ids[site], cost);
            if random.chance(0.1) {
                builder.arc_with_extra(customer, ids[site], 0.8 * cost, (young, 2));
            }
        }
    }
    builder.row(count);
    if random.chance(0.5) {
        builder.implication(shut[0], ids[1], (0..2).map(|at| customers[at]));
    }
    if random.chance(0.5) {
        let price = if random.chance(0.5) { 6.0 } else { f64::INFINITY };
        builder.same_site(customers[1], customers[width], price);
    }
    if random.chance(0.6) {
        let edges = (0..customers.len()).flat_map(|at| {
            let right = (at % width + 1 < width).then(|| (at, at + 1));
            let below = (at + width < width * width).then(|| (at, at + width));
            right.into_iter().chain(below)
        });
        let edges: Vec<_> = edges.map(|(a, b)| (customers[a], customers[b])).collect();
        builder.layer("all", customers.clone(), edges, ids.iter().zip(&homes).map(|(&s, &h)| (s, customers[h])));
    }
    builder.build().expect("the random problem is valid").problem
}

fn is_connectivity(violation: &Violation) -> bool {
    matches!(violation, Violation::Home { .. } | Violation::Disconnected { .. })
}

/// The state's account of a solution equals the referee's.
fn assert_agrees(problem: &Problem, state: &mut State<'_>, what: &str) {
    let solution = state.solution().expect("everybody is served");
    let judged = score(problem, &solution);
    let own = state.score();
    assert!((own.cost - judged.cost).abs() < 1e-6 * judged.cost.abs().max(1.0), "{what}: {own:?} against {judged:?}");
    let broken = judged.violations.iter().any(|violation| !is_connectivity(violation));
    assert_eq!(own.hard > 0.0, broken, "{what}: {own:?} against {judged:?}");
}

#[test]
fn deltas_equal_what_happens_and_the_account_equals_the_referees() {
    for seed in 0..60 {
        let problem = random_problem(seed, 5, 4);
        let tables = Tables::new(&problem);
        let mut random = Random::new(seed, "moves");
        let improver = Improver::new(&problem);
        let limits = Limits::new();
        let start = improver.construct(&Hint::default(), 200, seed, &limits).expect("every customer has arcs");
        let mut state = State::of(&problem, &tables, &start.solution);
        for step in 0..200 {
            let what = format!("seed {seed} step {step}");
            let before = state.score();
            let mark = state.mark();
            let customers: Vec<CustomerId> =
                problem.customers.ids().filter(|&customer| state.arc_of(customer).is_some()).collect();
            if random.chance(0.2) {
                let site = SiteId::new(random.below(problem.sites.len()));
                let options: Vec<_> = problem.options_of(site).collect();
                state.choose(site, options[random.below(options.len())]);
            } else {
                let mut moves: Vec<(CustomerId, ArcId)> = Vec::new();
                for _ in 0..=random.below(3) {
                    let customer = customers[random.below(customers.len())];
                    if moves.iter().all(|&(known, _)| known != customer) {
                        let arcs: Vec<ArcId> = problem.arcs_of(customer).collect();
                        moves.push((customer, arcs[random.below(arcs.len())]));
                    }
                }
                let delta = state.delta(&moves);
                for &(customer, arc) in &moves {
                    state.serve(customer, arc);
                }
                let happened = state.score() - before;
                assert!((delta.cost - happened.cost).abs() < 1e-6, "{what}: {delta:?} against {happened:?}");
                assert!((delta.hard - happened.hard).abs() < 1e-6, "{what}: {delta:?} against {happened:?}");
            }
            assert_agrees(&problem, &mut state, &what);
            if random.chance(0.5) {
                state.rollback(mark);
                let back = state.score();
                assert!((back.cost - before.cost).abs() < 1e-6 && (back.hard - before.hard).abs() < 1e-6, "{what}");
                assert_agrees(&problem, &mut state, &what);
            }
        }
    }
}

#[test]
fn strays_are_what_the_referee_calls_disconnected() {
    let mut with_strays = 0;
    for seed in 0..80 {
        let problem = random_problem(seed, 5, 3);
        let tables = Tables::new(&problem);
        let mut random = Random::new(seed, "scatter");
        let improver = Improver::new(&problem);
        let start = improver.construct(&Hint::default(), 0, seed, &Limits::new()).expect("every customer has arcs");
        let mut state = State::of(&problem, &tables, &start.solution);
        let mut contiguity = Contiguity::new(&problem, &tables);
        for _ in 0..40 {
            let customer = CustomerId::new(random.below(problem.customers.len()));
            let Some(from) = state.arc_of(customer).map(|arc| problem.arcs[arc].site) else { continue };
            let arcs: Vec<ArcId> = problem.arcs_of(customer).collect();
            let arc = arcs[random.below(arcs.len())];
            let to = problem.arcs[arc].site;
            let whole = contiguity.strays(&state).is_empty();
            let allowed = from == to
                || (contiguity.may_join(&state, customer, to) && contiguity.may_leave(&state, customer, from));
            let mark = state.mark();
            state.serve(customer, arc);
            let strays = contiguity.strays(&state);
            let judged = score(&problem, &state.solution().expect("everybody is served"));
            assert_eq!(strays.is_empty(), !judged.violations.iter().any(is_connectivity), "seed {seed}");
            if whole {
                assert_eq!(allowed, strays.is_empty(), "seed {seed}: the test of one move");
            }
            with_strays += usize::from(!strays.is_empty());
            if random.chance(0.7) {
                state.rollback(mark);
            }
        }
        if !contiguity.strays(&state).is_empty() {
            let left = contiguity.repair(&mut state, 10.0);
            assert_eq!(left, contiguity.strays(&state).len());
            assert!(state.solution().is_some());
        }
    }
    assert!(with_strays > 100, "only {with_strays} moves cut something off");
}

fn refined(problem: &Problem, start: &Solution, rounds: usize, threads: usize) -> Solution {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of a few threads");
    let effort = Effort { rounds, moves: 4_000, seed: 5 };
    let improver = Improver::new(problem);
    pool.install(|| improver.refine(start, &effort, &Highs, &Limits::new(), &mut |_| {}))
        .expect("HiGHS takes the models")
        .solution
}

#[test]
fn refining_never_worsens_never_lies_and_does_not_depend_on_threads() {
    let (mut improved, mut feasible) = (0, 0);
    for seed in 0..4 {
        let problem = random_problem(seed, 5, 4);
        let improver = Improver::new(&problem);
        let start = improver.construct(&Hint::default(), 2_000, seed, &Limits::new()).expect("every customer has arcs");
        let mut last = improver.judge(&start.solution);
        for rounds in [1, 2] {
            let solution = refined(&problem, &start.solution, rounds, 1);
            for threads in [2, 8] {
                assert_eq!(
                    solution,
                    refined(&problem, &start.solution, rounds, threads),
                    "seed {seed}: {threads} threads"
                );
            }
            let found = improver.judge(&solution);
            assert!(!last.better_than(&found), "seed {seed}: {rounds} rounds are worse than less");
            let judged = score(&problem, &solution);
            assert!((judged.cost - found.score.cost).abs() < 1e-6 * judged.cost.abs().max(1.0), "seed {seed}");
            assert_eq!(judged.violations.is_empty(), found.is_feasible(), "seed {seed}: {judged:?}");
            improved += usize::from(found.better_than(&last));
            feasible += usize::from(found.is_feasible());
            last = found;
        }
    }
    assert!(improved >= 3, "refining improved only {improved} times");
    assert!(feasible >= 5, "only {feasible} of 8 results are feasible");
}
