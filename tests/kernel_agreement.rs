//! The two engines against each other on random kernels with every feature switched on at random, too large to enumerate.
//!
//! The normal run takes a share of the seeds; `CATCHMENT_ORACLE=all` takes all of them.
#![cfg(feature = "highs")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use catchment::kernel::catchment::Catchment;
use catchment::kernel::check;
use catchment::kernel::engine::{Engine, Outcome, Status};
use catchment::kernel::milp::Milp;
use catchment::kernel::problem::Problem;
use catchment::kernel::verify::verify;
use catchment::mip::default_backend;
use catchment::run::{Limits, Silent};
use common::random_kernel::larger_kernel;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const SHARE: u64 = 40;
const ALL: u64 = 600;
/// A net for seeds that are hard for one of the engines; what it catches counts as not finished.
const MOST: Duration = Duration::from_mins(1);
/// Share of the seeds that both engines must finish.
const FINISHED: f64 = 0.95;

fn seeds() -> u64 {
    match std::env::var("CATCHMENT_ORACLE").as_deref() {
        Ok("all") => ALL,
        Ok(other) => panic!("CATCHMENT_ORACLE is `{other}`; it must be `all` or unset"),
        Err(_) => SHARE,
    }
}

fn slack(value: f64) -> f64 {
    2e-6 * value.abs().max(1.0)
}

fn run(engine: &dyn Engine, problem: &Problem) -> Outcome {
    let limits = Limits { gap: 0.0, time: Some(MOST), ..Limits::new() };
    engine.solve(problem, None, &limits, &Silent).unwrap()
}

/// Whether both engines finished, or how they differ.
fn compare(seed: u64) -> Result<bool, String> {
    let problem = larger_kernel(seed);
    let reference = run(&Milp::on(default_backend().unwrap()), &problem);
    let found = run(&Catchment, &problem);
    let wrong = |what: &str| {
        let told = |outcome: &Outcome| (outcome.status, outcome.cost, outcome.bound);
        Err(format!("seed {seed}: {what}; reference {:?}, found {:?}", told(&reference), told(&found)))
    };
    for outcome in [&reference, &found] {
        if let Some(solution) = &outcome.solution {
            let score = check::score(&problem, solution);
            if !score.is_feasible() || (score.cost - outcome.cost).abs() > slack(outcome.cost) {
                return wrong(&format!("the referee says {:?} {}", score.violations, score.cost));
            }
        }
    }
    let best = reference.cost.min(found.cost);
    if best.is_finite() && (found.bound > best + slack(best) || reference.bound > best + slack(best)) {
        return wrong("a bound above the cost of a solution");
    }
    let Some(certificate) = &found.certificate else { return wrong("no certificate") };
    match verify(&problem, certificate) {
        Err(refusal) => return wrong(&format!("the certificate is refused: {refusal}")),
        Ok(verified) if best.is_finite() && verified.derived > best + slack(best) => {
            return wrong(&format!("derived {}", verified.derived));
        }
        // A bound that reached a solution's cost is cut down to it.
        Ok(verified) if verified.claimed < found.bound.min(found.cost) - slack(verified.claimed) => {
            return wrong(&format!("the certificate claims {} only", verified.claimed));
        }
        Ok(_) => {}
    }
    let finished = |outcome: &Outcome| matches!(outcome.status, Status::Optimal | Status::Infeasible);
    if !finished(&reference) || !finished(&found) {
        return Ok(false);
    }
    match (reference.status, found.status) {
        (Status::Infeasible, Status::Infeasible) => Ok(true),
        (Status::Optimal, Status::Optimal) if (reference.cost - found.cost).abs() <= slack(best) => Ok(true),
        _ => wrong("another optimum"),
    }
}

/// Compares all seeds on threads of their own: a worker of a pool that waits for an engine's pool takes up the next seed on
/// top of its stack, and one more on top of that.
fn compare_all() -> Vec<Result<bool, String>> {
    let next = AtomicU64::new(0);
    let worker = || {
        let mut found = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds() {
                return found;
            }
            found.push((seed, compare(seed)));
        }
    };
    let mut compared: Vec<(u64, Result<bool, String>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    compared.sort_by_key(|entry| entry.0);
    compared.into_iter().map(|entry| entry.1).collect()
}

#[test]
fn both_engines_find_the_same_optimum() {
    let compared = compare_all();
    let wrong: Vec<&String> = compared.iter().filter_map(|result| result.as_ref().err()).collect();
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), compared.len());
    let unfinished: Vec<usize> = (0..compared.len()).filter(|&seed| compared[seed] == Ok(false)).collect();
    let most = (1.0 - FINISHED) * compared.len() as f64;
    assert!(unfinished.len() as f64 <= most, "{} of {}: {unfinished:?}", unfinished.len(), compared.len());
}
