//! The README of `scenarios/tiny` works the best plan out by hand; here the program comes to the same figures.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use catchment::domain::scenario::Scenario;
use catchment::evaluate::evaluate;
use catchment::input::{self, PlanInput};
use catchment::travel::Travel;
use std::path::Path;

fn scenario(variant: Option<&str>) -> Scenario {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/tiny");
    input::load(&folder, variant).unwrap().scenario
}

/// Objective, pupil-kilometres and whether the hard rules hold, of a plan given as tables.
fn score(scenario: &Scenario, actions: &str, v4: &str) -> (f64, f64, bool) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("actions.csv"), format!("site,action,into\n{actions}")).unwrap();
    std::fs::write(folder.path().join("assignment.csv"), format!("unit,site\nv1,a\nv2,b\nv3,b\nv4,{v4}\n")).unwrap();
    let plan = PlanInput::open(folder.path()).unwrap().resolve(scenario).unwrap().plan;
    let evaluation = evaluate(scenario, &Travel::new(scenario), &plan).unwrap();
    let value = evaluation.objective.as_ref().unwrap();
    let km = value.terms[&catchment::domain::objective::Term::TravelPupilKm].unwrap();
    (value.total, km, evaluation.hard_rules_hold())
}

#[test]
fn the_plans_of_the_readme_cost_what_it_says() {
    let tiny = scenario(None);
    assert_eq!(score(&tiny, "", "c"), (84_000.0, 280.0, true));
    assert_eq!(score(&tiny, "c,close,\nb,expand,\n", "b"), (72_000.0, 340.0, true));
    assert_eq!(score(&tiny, "c,merge,b\nb,expand,\n", "b"), (82_000.0, 340.0, true));
    let (_, _, holds) = score(&tiny, "c,close,\n", "b");
    assert!(!holds, "140 pupils do not fit three classes of 45");
}

#[test]
fn the_variants_tip_the_balance_as_the_readme_says() {
    let cheap = scenario(Some("cheap_travel"));
    assert_eq!(score(&cheap, "", "c").0, 42_000.0);
    assert_eq!(score(&cheap, "c,close,\nb,expand,\n", "b").0, 21_000.0);
    let dear = scenario(Some("dear_travel"));
    assert_eq!(score(&dear, "", "c").0, 168_000.0);
    assert_eq!(score(&dear, "c,close,\nb,expand,\n", "b").0, 174_000.0);
}

#[cfg(any(feature = "highs", feature = "microlp"))]
#[test]
fn the_exact_engine_finds_the_plan_of_the_readme_and_proves_it() {
    use catchment::kernel::milp::Milp;
    use catchment::optimise::{OptimiseOptions, optimise};
    use catchment::run::{Limits, Silent};

    let best = |variant: Option<&str>| {
        let scenario = scenario(variant);
        let travel = Travel::new(&scenario);
        let engine = Milp::new().unwrap();
        let limits = Limits { gap: 0.0, ..Limits::new() };
        let run = optimise(&scenario, &travel, &engine, &limits, &OptimiseOptions::default(), &Silent).unwrap();
        let names: Vec<&str> = run.plan.actions.iter().map(|action| action.measure.name()).collect();
        (run.evaluation.objective.unwrap().total, run.bound.unwrap(), names.join(" "))
    };
    let near = |(total, bound, actions): (f64, f64, String), wanted: f64, names: &str| {
        assert!((total - wanted).abs() < 1e-3 && (bound - wanted).abs() < 1.0, "{total} {bound} for {wanted}");
        assert_eq!(actions, names);
    };
    near(best(None), 72_000.0, "expand close");
    near(best(Some("cheap_travel")), 21_000.0, "expand close");
    near(best(Some("dear_travel")), 168_000.0, "");
}
