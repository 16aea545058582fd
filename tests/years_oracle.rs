//! Brute force against both engines on random counties over two and three years, with phase-outs, pupils who keep their school,
//! zones of several schools, closures, mergers, expansions and new schools: arithmetic that shares nothing with the project but the data types.
//!
//! A share of the seeds runs by default, all of them with `CATCHMENT_ORACLE=all` (`make oracle`).
#![cfg(any(feature = "highs", feature = "microlp"))]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[expect(dead_code, reason = "other tests use more of it")]
mod brute;
mod counties;

use brute::Found;
use catchment::compile::CompileError;
use catchment::domain::action::Measure;
use catchment::domain::document::PlanStatus;
use catchment::domain::scenario::{Moving, Scenario};
use catchment::id::UnitId;
use catchment::kernel::catchment::Catchment;
use catchment::kernel::engine::Engine;
use catchment::kernel::milp::Milp;
use catchment::optimise::{OptimiseError, OptimiseOptions, Run, optimise};
use catchment::run::{Limits, Silent};
use catchment::travel::Travel;
use catchment::units::Year;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[derive(Debug, Default)]
struct Tally {
    feasible: usize,
    infeasible: usize,
    unreachable: usize,
    stay: usize,
    phased_out: usize,
    shut_under_stay: usize,
    three_years: usize,
    divided: usize,
}

/// Compares both engines with enumeration on as many counties as are wanted.
fn compare_all(county: &dyn Fn(u64) -> Scenario, wanted: usize) -> Tally {
    let engines: [(&str, Box<dyn Engine>); 2] =
        [("milp", Box::new(Milp::new().unwrap())), ("catchment", Box::new(Catchment))];
    let mut tally = Tally::default();
    let (mut compared, mut seed, mut failed) = (0, 0, Vec::new());
    while compared < wanted {
        seed += 1;
        let scenario = county(seed);
        let found = brute::solve(&scenario);
        if found == Found::LeftOut {
            continue;
        }
        compared += 1;
        for (name, engine) in &engines {
            // Every seed is tried, so that one difference does not hide others.
            let tally = (*name == "milp").then_some(&mut tally);
            if catch_unwind(AssertUnwindSafe(|| compare(seed, &scenario, &found, engine.as_ref(), tally))).is_err() {
                failed.push((seed, *name));
            }
        }
    }
    assert!(failed.is_empty(), "{} differ: {failed:?}", failed.len());
    tally
}

fn wanted(share: usize) -> usize {
    if std::env::var("CATCHMENT_ORACLE").is_ok_and(|value| value == "all") { 1000 } else { share }
}

fn at_least(counts: &[(&str, usize, usize)]) {
    for (what, count, least) in counts {
        assert!(count >= least, "only {count} counties {what}");
    }
}

#[test]
fn both_engines_find_what_enumeration_finds_over_years() {
    let wanted = wanted(80);
    let tally = compare_all(&counties::over_years, wanted);
    println!("{wanted} counties over years: {tally:?}");
    at_least(&[
        ("feasible", tally.feasible, wanted / 4),
        ("infeasible", tally.infeasible, wanted / 20),
        ("with pupils who keep their school", tally.stay, wanted / 4),
        ("with a site phased out", tally.phased_out, wanted / 20),
        ("with a site shut although pupils keep their school", tally.shut_under_stay, wanted / 30),
        ("over three years", tally.three_years, wanted / 20),
    ]);
}

#[test]
fn both_engines_find_what_enumeration_finds_in_zones_of_several_schools_over_years() {
    let wanted = wanted(40);
    let tally = compare_all(&counties::zones, wanted);
    println!("{wanted} counties with zones of several schools: {tally:?}");
    at_least(&[
        ("feasible", tally.feasible, wanted / 4),
        ("infeasible", tally.infeasible, wanted / 20),
        ("with a unit that schools share", tally.divided, wanted / 8),
    ]);
}

fn compare(seed: u64, scenario: &Scenario, found: &Found, engine: &dyn Engine, tally: Option<&mut Tally>) {
    let travel = Travel::new(scenario);
    let limits = Limits { gap: 1e-7, ..Limits::new() };
    let run = optimise(scenario, &travel, engine, &limits, &OptimiseOptions::default(), &Silent);
    let mut nobody = Tally::default();
    let tally = tally.unwrap_or(&mut nobody);
    match found {
        Found::LeftOut => {}
        Found::Unreachable => {
            tally.unreachable += 1;
            let refused = matches!(run, Err(OptimiseError::Compile(CompileError::Unreachable(_))));
            assert!(refused, "seed {seed}: pupils without a site were not found: {run:?}");
        }
        Found::Best { levels, .. } => {
            let run = run.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            assert_eq!(run.status, PlanStatus::Optimal, "seed {seed}: {:?} {:?}", run.levels, run.obstacles);
            assert!(run.evaluation.hard_rules_hold(), "seed {seed}: {:?}", run.evaluation.breaches);
            same_levels(seed, &run, levels);
            let total = run.evaluation.objective.as_ref().unwrap().total;
            assert!(close(total, levels[levels.len() - 1]), "seed {seed}: audited {total}, brute force {levels:?}");
            let stay = scenario.moving == Moving::Stay;
            let done = |measure: &dyn Fn(Measure) -> bool| run.plan.actions.iter().any(|one| measure(one.measure));
            tally.feasible += 1;
            tally.stay += usize::from(stay);
            tally.phased_out += usize::from(done(&|measure| measure == Measure::PhaseOut));
            let at_once = |measure: Measure| measure.shuts() && measure != Measure::PhaseOut;
            tally.shut_under_stay += usize::from(stay && done(&at_once));
            let shared = |unit: UnitId, year: Year| {
                let rows = run.plan.assignment.iter().filter(|row| (row.unit, row.year) == (unit, year));
                rows.map(|row| row.site).collect::<BTreeSet<_>>().len() > 1
            };
            let units = scenario.district.units.ids();
            tally.divided += usize::from(
                scenario.zoning.iter().any(|zoning| zoning.multi_school)
                    && units.into_iter().any(|unit| scenario.years.iter().any(|&year| shared(unit, year))),
            );
            tally.three_years += usize::from(scenario.years.len() == 3);
        }
        Found::Infeasible { levels, .. } => {
            tally.infeasible += 1;
            let run = run.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            assert_eq!(run.status, PlanStatus::Infeasible, "seed {seed}");
            assert!(!run.evaluation.hard_rules_hold() && !run.obstacles.is_empty(), "seed {seed}");
            same_levels(seed, &run, levels);
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
