//! The engine, its bounds and its certificates against enumeration on random tiny kernels with every feature switched on.
#![cfg(any(feature = "highs", feature = "microlp"))]

mod common;

use catchment::kernel::bound::{AscentOptions, Excluded, Relaxation, Removed};
use catchment::kernel::catchment::Catchment;
use catchment::kernel::engine::{Engine, Outcome, Status};
use catchment::kernel::fixing;
use catchment::kernel::problem::{Problem, Service};
use catchment::kernel::verify::verify;
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
        match brute_force::solve(problem) {
            Some((cost, _)) if root.evaluation.bound > cost + slack(cost) => {
                Err(format!("bound {} above {cost}", root.evaluation.bound))
            }
            _ => Ok(()),
        }
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
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
        let root = relaxation.climb(&mut evaluator, &removed, &nothing, start, &climb(), &|| false);
        let cutoff = cost + slack(cost);
        let with = fixing::bounds_with_options(&relaxation, &root);
        let beyond = fixing::options_beyond(&with, &nothing, cutoff);
        if best.options.iter().any(|option| beyond.contains(&option.0)) {
            return Err(format!("an option of the optimum was fixed away: {beyond:?}"));
        }
        {
            fixing::remove_arcs(&relaxation, &root, cutoff, &mut removed);
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
