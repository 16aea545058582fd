//! Brute force against the reference engine: random counties of up to four sites and six units, every combination of
//! actions and assignments tried with arithmetic that shares nothing with the project but the data types.
//!
//! A share of the seeds runs by default, all of them with `CATCHMENT_ORACLE=all` (`make oracle`).
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[expect(dead_code, reason = "other tests use more of it")]
mod brute;
mod counties;

use brute::{Found, KINDS};
use catchment::compile::CompileError;
use catchment::domain::document::PlanStatus;
use catchment::kernel::milp::Milp;
use catchment::optimise::{OptimiseError, OptimiseOptions, Run, optimise};
use catchment::run::{Limits, Silent};
use catchment::travel::Travel;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Counties compared, counties among them that no plan fits, and counties in which each rule binds, at least.
struct Wanted {
    compared: usize,
    infeasible_share: f64,
    binding: usize,
}

const ALL: Wanted = Wanted { compared: 1000, infeasible_share: 0.15, binding: 40 };
const SHARE: Wanted = Wanted { compared: 150, infeasible_share: 0.15, binding: 4 };

#[derive(Default)]
struct Tally {
    compared: usize,
    feasible: usize,
    infeasible: usize,
    unreachable: usize,
    divided: usize,
    closed: usize,
    binding: [usize; KINDS.len()],
}

#[test]
fn brute_force_agrees_with_milp_on_random_counties() {
    let wanted = if std::env::var("CATCHMENT_ORACLE").is_ok_and(|value| value == "all") { ALL } else { SHARE };
    let engine = Milp::new().unwrap();
    let mut tally = Tally::default();
    let mut seed = 0;
    let mut failed = Vec::new();
    while tally.compared < wanted.compared {
        seed += 1;
        // Every seed is tried, so that one difference does not hide others.
        if catch_unwind(AssertUnwindSafe(|| compare(seed, &engine, &mut tally))).is_err() {
            failed.push(seed);
        }
    }
    assert!(failed.is_empty(), "seeds with a difference: {failed:?}");
    let Tally { compared, feasible, infeasible, unreachable, divided, closed, binding } = tally;
    println!(
        "{compared} counties of {seed} seeds: {feasible} feasible, {infeasible} infeasible, {unreachable} unreachable, \
         {divided} with a divided unit, {closed} with a site shut"
    );
    for (kind, count) in KINDS.iter().zip(binding) {
        println!("{kind} binds in {count}");
    }
    assert!(infeasible as f64 >= wanted.infeasible_share * compared as f64, "only {infeasible} infeasible");
    for (kind, count) in KINDS.iter().zip(binding) {
        assert!(count >= wanted.binding, "{kind} binds in {count} counties only");
    }
}

fn compare(seed: u64, engine: &Milp, tally: &mut Tally) {
    let scenario = counties::county(seed);
    let found = brute::solve(&scenario);
    if found == Found::LeftOut {
        return;
    }
    tally.compared += 1;
    let travel = Travel::new(&scenario);
    let limits = Limits { gap: 1e-7, ..Limits::new() };
    let run = optimise(&scenario, &travel, engine, &limits, &OptimiseOptions::default(), &Silent);
    match found {
        Found::LeftOut => {}
        Found::Unreachable => {
            tally.unreachable += 1;
            let refused = matches!(run, Err(OptimiseError::Compile(CompileError::Unreachable(_))));
            assert!(refused, "seed {seed}: pupils without a site were not found: {run:?}");
        }
        Found::Best { levels, binding } => {
            tally.feasible += 1;
            let run = run.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            assert_eq!(run.status, PlanStatus::Optimal, "seed {seed}: {:?} {:?}", run.levels, run.obstacles);
            assert!(run.evaluation.hard_rules_hold(), "seed {seed}: {:?}", run.evaluation.breaches);
            same_levels(seed, &run, &levels);
            let total = run.evaluation.objective.as_ref().unwrap().total;
            assert!(close(total, levels[levels.len() - 1]), "seed {seed}: audited {total}, brute force {levels:?}");
            assert!(run.gap.unwrap() <= 1e-6, "seed {seed}: gap {:?}", run.gap);
            assert_eq!(run.reasons.len(), run.plan.actions.len(), "seed {seed}");
            tally.divided += usize::from(divides(&run));
            tally.closed += usize::from(run.plan.actions.iter().any(|action| action.measure.shuts()));
            for kind in binding {
                tally.binding[kind] += 1;
            }
        }
        Found::Infeasible { levels, binding } => {
            tally.infeasible += 1;
            let run = run.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            assert_eq!(run.status, PlanStatus::Infeasible, "seed {seed}");
            assert!(!run.evaluation.hard_rules_hold() && !run.obstacles.is_empty(), "seed {seed}");
            assert_eq!((run.bound, run.gap), (None, None), "seed {seed}");
            same_levels(seed, &run, &levels);
            for kind in binding {
                tally.binding[kind] += 1;
            }
        }
    }
}

fn same_levels(seed: u64, run: &Run, levels: &[f64]) {
    let solved: Vec<f64> = run.levels.iter().map(|level| level.value).collect();
    let same = solved.len() == levels.len() && solved.iter().zip(levels).all(|(&a, &b)| close(a, b));
    assert!(same, "seed {seed}: solved {:?}, brute force {levels:?}", run.levels);
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs()).max(1.0)
}

/// Whether some unit, band and year goes to several sites.
fn divides(run: &Run) -> bool {
    let rows = &run.plan.assignment;
    rows.iter().enumerate().any(|(index, row)| {
        rows[..index].iter().any(|other| {
            (other.unit, other.year, other.site != row.site) == (row.unit, row.year, true)
                && other.pupils.iter().any(|(grade, _)| row.pupils.iter().any(|(own, _)| own == grade))
        })
    })
}
