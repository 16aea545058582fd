//! The engine, its bounds and its certificates against enumeration on random tiny kernels with every feature switched on.
#![cfg(any(feature = "highs", feature = "microlp"))]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use catchment::id::ArcId;
use catchment::kernel::bound::{AscentOptions, Excluded, Relaxation, Removed};
use catchment::kernel::builder::ProblemBuilder;
use catchment::kernel::catchment::Catchment;
use catchment::kernel::certificate::{Certificate, Inside, Leaf};
use catchment::kernel::engine::{Engine, Outcome, Status};
use catchment::kernel::fixing;
use catchment::kernel::problem::{Problem, Service};
use catchment::kernel::verify::{Refusal, verify};
use catchment::run::{Limits, Silent};
use common::{brute_force, random_kernel::random_kernel};
use rayon::prelude::*;
use std::num::NonZeroUsize;

const SEEDS: u64 = 150;

fn seeds() -> u64 {
    match std::env::var("CATCHMENT_ORACLE").as_deref() {
        Ok("all") => 600,
        Ok(other) => panic!("CATCHMENT_ORACLE is `{other}`; it must be `all` or unset"),
        Err(_) => SEEDS,
    }
}

fn solve(problem: &Problem, threads: usize) -> Outcome {
    let limits = Limits { gap: 0.0, threads: NonZeroUsize::new(threads).unwrap(), ..Limits::new() };
    Catchment.solve(problem, None, &limits, &Silent).unwrap()
}

fn slack(value: f64) -> f64 {
    1e-6 * value.abs().max(1.0)
}

fn failures(check: impl Fn(u64, &Problem) -> Result<(), String> + Sync) -> Vec<String> {
    (0..seeds())
        .into_par_iter()
        .filter_map(|seed| check(seed, &random_kernel(seed)).err().map(|why| format!("seed {seed}: {why}")))
        .collect()
}

fn climb() -> AscentOptions {
    AscentOptions {
        steps: 200,
        target: f64::INFINITY,
        enough: f64::INFINITY,
        factor: 1.0,
        least_factor: 0.01,
        patience: 8,
        reach: 0.05,
    }
}

#[test]
fn the_root_bound_never_exceeds_the_optimum() {
    let wrong = failures(|_, problem| {
        let relaxation = Relaxation::new(problem);
        let nothing = Excluded::none(problem.options.len());
        let removed = Removed::none(relaxation.tables.arc.len());
        let start = relaxation.first_multipliers();
        let root = relaxation.climb(&mut relaxation.evaluator(), &removed, &nothing, start, &climb(), &|| false);
        let mut evaluator = relaxation.evaluator();
        evaluator.whole = relaxation.whole;
        let start = root.multipliers.clone();
        let whole = relaxation.climb(&mut evaluator, &removed, &nothing, start, &climb(), &|| false);
        let bound = root.evaluation.bound.max(whole.evaluation.bound);
        match brute_force::solve(problem) {
            Some((cost, _)) if bound > cost + slack(cost) => Err(format!("bound {bound} above {cost}")),
            _ => Ok(()),
        }
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn whole_customers_and_units_raise_the_bound_of_many_problems() {
    let raised = (0..seeds())
        .filter(|&seed| {
            let problem = random_kernel(seed);
            let relaxation = Relaxation::new(&problem);
            if !relaxation.packs() {
                return false;
            }
            let nothing = Excluded::none(problem.options.len());
            let removed = Removed::none(relaxation.tables.arc.len());
            let start = relaxation.first_multipliers();
            let root = relaxation.climb(&mut relaxation.evaluator(), &removed, &nothing, start, &climb(), &|| false);
            let mut evaluator = relaxation.evaluator();
            evaluator.whole = true;
            let start = root.multipliers.clone();
            let whole = relaxation.climb(&mut evaluator, &removed, &nothing, start, &climb(), &|| false);
            whole.evaluation.bound > root.evaluation.bound + slack(root.evaluation.bound)
        })
        .count();
    assert!(raised as u64 > seeds() / 20, "{raised}");
}

#[test]
fn fixing_keeps_every_solution_below_the_cutoff() {
    let wrong = failures(|_, problem| {
        let Some((cost, best)) = brute_force::solve(problem) else { return Ok(()) };
        let relaxation = Relaxation::new(problem);
        let nothing = Excluded::none(problem.options.len());
        let mut removed = Removed::none(relaxation.tables.arc.len());
        let start = relaxation.first_multipliers();
        let mut evaluator = relaxation.evaluator();
        evaluator.whole = relaxation.whole;
        let root = relaxation.climb(&mut evaluator, &removed, &nothing, start, &climb(), &|| false);
        let cutoff = cost + slack(cost);
        let with = fixing::bounds_with_options(&relaxation, &root);
        let beyond = fixing::options_beyond(&with, &nothing, cutoff);
        if best.options.iter().any(|option| beyond.contains(&option.0)) {
            return Err(format!("an option of the optimum was fixed away: {beyond:?}"));
        }
        {
            fixing::remove_arcs_sharply(&relaxation, &root, cutoff, &mut removed);
            let used = |arc: u32| {
                best.services.iter().any(|service| match service {
                    Service::Whole(used) => used.0 == arc,
                    Service::Split(parts) => parts.iter().any(|part| part.arc.0 == arc),
                })
            };
            let lost = (0..relaxation.tables.arc.len())
                .any(|at| removed.contains(at as u32) && used(relaxation.tables.arc[at]));
            if lost {
                return Err("an arc of the optimum was removed".to_owned());
            }
        }
        Ok(())
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_engine_agrees_with_enumeration_and_its_certificates_hold() {
    let wrong = failures(|_, problem| {
        let found = solve(problem, 1);
        let expected = brute_force::solve(problem).map(|(cost, _)| cost);
        match (expected, &found.solution) {
            (None, None) if found.status == Status::Infeasible => {}
            (Some(cost), Some(_)) => {
                if found.bound > cost + slack(cost) {
                    return Err(format!("bound {} above the optimum {cost}", found.bound));
                }
                if (found.cost - cost).abs() > slack(cost) {
                    return Err(format!("cost {} and bound {}, optimum {cost}", found.cost, found.bound));
                }
            }
            _ => return Err(format!("expected {expected:?}, found {:?} {:?}", found.status, found.cost)),
        }
        let Some(certificate) = &found.certificate else { return Err("no certificate".to_owned()) };
        match verify(problem, certificate) {
            Ok(verified) => match expected {
                Some(cost) if verified.derived > cost + slack(cost) => {
                    Err(format!("derived {} above the optimum {cost}", verified.derived))
                }
                _ => Ok(()),
            },
            Err(refusal) => Err(format!("refused: {refusal}")),
        }
    });
    assert!(wrong.is_empty(), "{} {wrong:#?}", wrong.len());
}

#[test]
fn a_problem_without_customers_is_a_choice_of_options() {
    let mut builder = ProblemBuilder::new();
    let site = builder.site("school");
    builder.option(site, "keep", 5.0);
    builder.option(site, "close", 3.0);
    let outcome = solve(&builder.build().unwrap().problem, 1);
    assert_eq!((outcome.status, outcome.cost), (Status::Optimal, 3.0));
    assert!((3.0 - slack(3.0)..=3.0).contains(&outcome.bound), "{}", outcome.bound);
}

#[test]
fn the_outcome_is_the_same_for_any_number_of_threads() {
    for seed in 0..30 {
        let problem = random_kernel(seed);
        let first = solve(&problem, 1);
        for threads in [2, 8] {
            let again = solve(&problem, threads);
            assert_eq!(first.solution, again.solution, "seed {seed}");
            assert_eq!(
                (first.cost, first.bound, first.nodes, first.work),
                (again.cost, again.bound, again.nodes, again.work)
            );
            assert_eq!(first.certificate, again.certificate, "seed {seed}");
        }
    }
}

/// A kernel whose certificate has leaves, a removal and leaves that need their multipliers.
fn certified() -> (Problem, Certificate) {
    (0..400)
        .map(|seed| (random_kernel(seed), seed))
        .filter_map(|(problem, _)| solve(&problem, 1).certificate.map(|certificate| (problem, certificate)))
        .find(|(_, certificate)| {
            let proven = |leaf: &Leaf| leaf.bound.is_some() && leaf.backend.is_none() && !leaf.excluded.is_empty();
            certificate.removal.is_some()
                && certificate.leaves.iter().filter(|leaf| proven(leaf)).count() >= 2
                && certificate.multipliers.iter().any(|set| !set.limits.is_empty() && !set.rows.is_empty())
        })
        .expect("some seed has all of it")
}

type Tampering = (&'static str, fn(&mut Certificate));

/// The first leaf that rests on its multipliers.
fn proven(certificate: &mut Certificate) -> &mut Leaf {
    certificate.leaves.iter_mut().find(|leaf| leaf.bound.is_some() && leaf.backend.is_none()).unwrap()
}

const TAMPERINGS: &[Tampering] = &[
    ("another form", |c| "catchment-certificate/0".clone_into(&mut c.schema)),
    ("another problem", |c| c.problem.replace_range(0..1, if c.problem.starts_with('0') { "1" } else { "0" })),
    ("an empty digest", |c| c.problem.clear()),
    ("a greater claim", |c| c.bound += 1.0),
    ("an infinite claim", |c| c.bound = f64::INFINITY),
    ("a claim that is no number", |c| c.bound = f64::NAN),
    ("a multiplier missing", |c| c.multipliers[0].services.truncate(1)),
    ("a multiplier too many", |c| c.multipliers[0].services.push(0.0)),
    ("a multiplier that is no number", |c| c.multipliers[0].services[0] = f64::NAN),
    ("an infinite multiplier", |c| c.multipliers[0].services[0] = f64::INFINITY),
    ("a row's multiplier missing", |c| c.multipliers.iter_mut().for_each(|set| set.rows.clear())),
    ("a row's multiplier too many", |c| c.multipliers[0].rows.push(0.0)),
    ("a row's multiplier that is no number", |c| {
        c.multipliers.iter_mut().filter(|set| !set.rows.is_empty()).for_each(|set| set.rows[0] = f64::NAN);
    }),
    ("a limit of no option", |c| c.multipliers[0].limits.push((u32::MAX, 0, 1.0))),
    ("no limit of an option", |c| c.multipliers[0].limits.push((0, u32::MAX, 1.0))),
    ("a leaf missing", |c| drop(c.leaves.remove(0))),
    ("the last leaf missing", |c| drop(c.leaves.pop())),
    ("no leaves", |c| c.leaves.clear()),
    ("a leaf that excludes more", |c| {
        let leaf = c.leaves.iter_mut().find(|leaf| !leaf.excluded.contains(&0)).unwrap();
        leaf.excluded.insert(0, 0);
    }),
    ("an option that does not exist", |c| c.leaves[0].excluded.push(u32::MAX)),
    ("exclusions out of order", |c| {
        let leaf = c.leaves.iter_mut().find(|leaf| !leaf.excluded.is_empty()).unwrap();
        let first = leaf.excluded[0];
        leaf.excluded.push(first);
    }),
    ("a leaf with a greater bound", |c| *proven(c).bound.as_mut().unwrap() += 1000.0),
    ("a leaf said to be empty", |c| proven(c).bound = None),
    ("a leaf whose bound is no number", |c| proven(c).bound = Some(f64::NAN)),
    ("a leaf without multipliers", |c| proven(c).multipliers = None),
    ("multipliers that do not exist", |c| proven(c).multipliers = Some(u32::MAX)),
    ("multipliers far from the optimum", |c| {
        c.multipliers.iter_mut().for_each(|set| set.services.iter_mut().for_each(|value| *value -= 1000.0));
    }),
    ("a removal at an infinite cost", |c| c.removal.as_mut().unwrap().cost = f64::INFINITY),
    ("a removal by nothing", |c| c.removal.as_mut().unwrap().multipliers = u32::MAX),
    ("a removal that stops below the claim", |c| c.removal.as_mut().unwrap().cost = c.bound - 1.0),
    ("a row inside that does not exist", |c| c.inside = Inside::Row(u32::MAX)),
    ("a measure inside that does not exist", |c| c.inside = Inside::Cover(u32::MAX)),
];

#[test]
fn tampered_certificates_are_refused() {
    let (problem, certificate) = certified();
    assert!(verify(&problem, &certificate).is_ok());
    let text = serde_json::to_string(&certificate).unwrap();
    assert_eq!(serde_json::from_str::<Certificate>(&text).unwrap(), certificate);
    let accepted: Vec<&str> = TAMPERINGS
        .iter()
        .filter(|(_, tamper)| {
            let mut tampered = certificate.clone();
            tamper(&mut tampered);
            verify(&problem, &tampered).is_ok()
        })
        .map(|tampering| tampering.0)
        .collect();
    assert!(accepted.is_empty(), "accepted: {accepted:?}");
}

#[test]
fn a_certificate_of_a_changed_problem_is_refused() {
    let (problem, certificate) = certified();
    let mut dearer = problem.clone();
    dearer.offset += 1.0;
    assert!(matches!(verify(&dearer, &certificate), Err(Refusal::OtherProblem { .. })));
    let mut nearer = problem;
    nearer.arcs[ArcId(0)].cost -= 0.5;
    assert!(matches!(verify(&nearer, &certificate), Err(Refusal::OtherProblem { .. })));
}
