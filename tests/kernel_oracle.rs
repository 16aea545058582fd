//! The reference engine against enumeration on random tiny kernels with every feature switched on at random.
//!
//! The normal run takes a share of the seeds; `CATCHMENT_ORACLE=all` takes all of them, on every backend of the build, and
//! also checks that the problems bite: enough are infeasible, and every feature changes the best plan often enough.
#![cfg(any(feature = "highs", feature = "microlp"))]

mod common;

use catchment::kernel::check;
use catchment::kernel::engine::{Engine, Status};
use catchment::kernel::milp::Milp;
use catchment::kernel::problem::{Limit, Measure, Overflow, Problem};
use catchment::mip::backends;
use catchment::run::{Limits, Silent};
use common::{brute_force, random_kernel::random_kernel};
use rayon::prelude::*;

const SHARE: u64 = 150;
const ALL: u64 = 600;

fn seeds() -> (u64, bool) {
    match std::env::var("CATCHMENT_ORACLE").as_deref() {
        Ok("all") => (ALL, true),
        Ok(other) => panic!("CATCHMENT_ORACLE is `{other}`; it must be `all` or unset"),
        Err(_) => (SHARE, false),
    }
}

/// What enumeration and the engine say about one seed, or how they differ.
fn compare(seed: u64, every_backend: bool) -> Result<Option<f64>, String> {
    let problem = random_kernel(seed);
    let expected = brute_force::solve(&problem).map(|(cost, _)| cost);
    for backend in backends().iter().take(if every_backend { usize::MAX } else { 1 }) {
        let limits = Limits { gap: 0.0, seed, ..Limits::new() };
        let found = Milp::on(*backend)
            .solve(&problem, None, &limits, &Silent)
            .map_err(|error| format!("seed {seed}, {}: {error}", backend.name()))?;
        let wrong = |what: &str| {
            let lp = Milp::model(&problem).map(|model| model.to_lp()).unwrap_or_default();
            Err(format!("seed {seed}, {}: {what}; expected {expected:?}, found {found:?}\n{lp}", backend.name()))
        };
        match (expected, &found.solution) {
            (None, None) if found.status == Status::Infeasible => {}
            (Some(cost), Some(solution)) => {
                let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * b.abs().max(1.0);
                if found.status != Status::Optimal {
                    return wrong("not optimal");
                }
                if !near(found.cost, cost) {
                    return wrong("another cost");
                }
                if found.bound > cost + 1e-6 * cost.abs().max(1.0) || !near(found.bound, cost) {
                    return wrong("another bound");
                }
                match brute_force::cost(&problem, solution) {
                    Some(again) if near(again, found.cost) => {}
                    other => return wrong(&format!("enumeration values the plan at {other:?}")),
                }
            }
            _ => return wrong("feasibility differs"),
        }
    }
    Ok(expected)
}

/// A feature, and the problem without it.
type Feature = (&'static str, fn(&mut Problem));

fn each_limit(problem: &mut Problem, change: impl Fn(&[Measure], &mut Limit)) {
    let measures = problem.measures.as_slice().to_vec();
    for option in &mut problem.options {
        option.limits.iter_mut().for_each(|limit| change(&measures, limit));
    }
}

fn each_overflow(problem: &mut Problem, keep: impl Fn(Overflow) -> bool) {
    for ceiling in &mut problem.ceilings {
        ceiling.overflows.retain(|&(overflow, _)| keep(overflow));
    }
}

const FEATURES: &[Feature] = &[
    ("hard maxima", |problem| {
        each_limit(problem, |_, limit| {
            if limit.price.is_infinite() {
                limit.max = Limit::UNLIMITED;
            }
        });
    }),
    ("soft maxima", |problem| {
        each_limit(problem, |_, limit| {
            if limit.price.is_finite() {
                limit.max = Limit::UNLIMITED;
            }
        });
    }),
    ("minima", |problem| each_limit(problem, |_, limit| limit.min = 0)),
    ("whole units", |problem| {
        each_limit(problem, |measures, limit| {
            if matches!(measures[limit.measure.0 as usize], Measure::WholeUnits(_)) {
                (limit.min, limit.max) = (0, Limit::UNLIMITED);
            }
        });
    }),
    ("rows", |problem| {
        problem.rows.clear();
        each_overflow(problem, |overflow| !matches!(overflow, Overflow::Row(_)));
    }),
    ("ceilings", |problem| problem.ceilings.clear()),
    ("implications", |problem| problem.implications.clear()),
    ("pairs", |problem| {
        problem.pairs.clear();
        each_overflow(problem, |overflow| !matches!(overflow, Overflow::Pair(_)));
    }),
    ("contiguity", |problem| problem.layers.clear()),
    ("homes", |problem| {
        for layer in &mut problem.layers {
            layer.homes.iter_mut().for_each(|home| *home = None);
        }
    }),
    ("extra loads", |problem| problem.arcs.iter_mut().for_each(|arc| arc.extra = Box::default())),
    ("division", |problem| problem.customers.iter_mut().for_each(|customer| customer.divisible = None)),
    ("rules of division", |problem| {
        for how in problem.customers.iter_mut().filter_map(|customer| customer.divisible.as_mut()) {
            (how.max_sites, how.min_share) = (None, 0.0);
        }
    }),
    ("option choice", |problem| problem.options.iter_mut().for_each(|option| option.cost = 0.0)),
];

#[test]
fn the_engine_finds_what_enumeration_finds() {
    let (count, all) = seeds();
    let results: Vec<Result<Option<f64>, String>> = (0..count).into_par_iter().map(|seed| compare(seed, all)).collect();
    let faults: Vec<&String> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    assert!(faults.is_empty(), "{} of {count} differ, the first: {}", faults.len(), faults[0]);
    let infeasible = results.iter().filter(|result| matches!(result, Ok(None))).count();
    let share = infeasible as f64 / count as f64;
    assert!((0.15..0.5).contains(&share), "{infeasible} of {count} are infeasible");
    if all {
        let binding = binding(&results);
        println!("{count} problems, {infeasible} infeasible; features that change the best plan: {binding:?}");
        for (name, count) in binding {
            assert!(count >= 30, "{name} changes the best plan of {count} problems only");
        }
    }
}

/// For every feature, of how many problems it changes the optimum.
fn binding(results: &[Result<Option<f64>, String>]) -> Vec<(&'static str, usize)> {
    FEATURES
        .iter()
        .map(|&(name, remove)| {
            let changed = (0..results.len())
                .into_par_iter()
                .filter(|&seed| {
                    let mut problem = random_kernel(seed as u64);
                    remove(&mut problem);
                    let without = brute_force::solve(&problem).map(|(cost, _)| cost);
                    results[seed].as_ref().is_ok_and(|with| *with != without)
                })
                .count();
            (name, changed)
        })
        .collect()
}

#[test]
fn the_referee_agrees_with_enumeration_on_every_kind_of_plan() {
    let (count, _) = seeds();
    let judged: Vec<(usize, usize)> = (0..count)
        .into_par_iter()
        .map(|seed| {
            let problem = random_kernel(seed);
            let (mut good, mut bad, mut turn) = (0, 0, 0u64);
            // A step that shares no factor with the usual table sizes visits all kinds of plans.
            let step = (brute_force::plans(&problem) / 400).max(1) | 1;
            brute_force::each_plan(&problem, &mut |plan| {
                turn += 1;
                if turn % step != 0 {
                    return;
                }
                let score = check::score(&problem, plan);
                if let Some(cost) = brute_force::cost(&problem, plan) {
                    good += 1;
                    assert!(score.is_feasible(), "seed {seed}: {:?} in {plan:?}", score.violations);
                    assert!((score.cost - cost).abs() < 1e-9 * cost.abs().max(1.0), "seed {seed}: {score:?}, {cost}");
                } else {
                    bad += 1;
                    assert!(!score.is_feasible(), "seed {seed}: nothing broken in {plan:?}");
                }
            });
            (good, bad)
        })
        .collect();
    let good: usize = judged.iter().map(|&(good, _)| good).sum();
    let bad: usize = judged.iter().map(|&(_, bad)| bad).sum();
    assert!(good > 1000 && bad > 1000, "{good} feasible plans and {bad} others were judged");
}
