//! Paths over closures, prices of rules and runs with held terms against brute force, on random counties of up to four sites.
#![cfg(any(feature = "highs", feature = "microlp"))]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[expect(dead_code, reason = "other tests use more of it")]
mod brute;
mod counties;

use catchment::domain::action::{Measure, Offer};
use catchment::domain::district::SiteStatus;
use catchment::domain::objective::{Goal, Term};
use catchment::domain::plan::Plan;
use catchment::domain::scenario::Scenario;
use catchment::id::SiteId;
use catchment::kernel::catchment::Catchment;
use catchment::kernel::engine::Engine;
use catchment::kernel::milp::Milp;
use catchment::message::Text;
use catchment::optimise::{OptimiseError, OptimiseOptions, Run, optimise};
use catchment::run::{Limits, Silent};
use catchment::study::price::{Known, Price};
use catchment::study::rules::Restriction;
use catchment::travel::Travel;
use catchment::units::{Classes, Yuan};
use std::collections::BTreeMap;

/// Counties looked at, and most combinations tried in one.
const SEEDS: u64 = 30;
const MOST: f64 = 4e4;

/// All counties with `CATCHMENT_ORACLE=all`.
fn seeds() -> std::ops::RangeInclusive<u64> {
    let all = std::env::var("CATCHMENT_ORACLE").is_ok_and(|value| value == "all");
    1..=if all { 8 * SEEDS } else { SEEDS }
}

/// A county in which much may be shut: every site in use may be closed, has more rooms, and few rules are in the way.
fn county(seed: u64) -> Scenario {
    let mut scenario = counties::county(seed);
    for rule in ["closures", "least", "size"] {
        scenario = Restriction::Rule(rule.to_owned()).set_aside(&scenario);
    }
    let sites: Vec<SiteId> = scenario.district.sites.ids().collect();
    for site in sites {
        let facts = &mut scenario.district.sites[site];
        facts.protected = false;
        if facts.status == SiteStatus::Operating {
            facts.rooms += Classes(3);
            let offered = scenario.offers.iter().any(|offer| offer.site == site && offer.measure == Measure::Close);
            if !offered {
                scenario.offers.push(Offer {
                    running: Yuan(-20 - i64::from(site.0)),
                    reason: Text::same("to see what it costs"),
                    ..Offer::at(site, Measure::Close)
                });
            }
        }
    }
    scenario
}

fn run(scenario: &Scenario, engine: &dyn Engine, options: &OptimiseOptions) -> Result<Run, OptimiseError> {
    let limits = Limits { gap: 1e-7, ..Limits::new() };
    optimise(scenario, &Travel::new(scenario), engine, &limits, options, &Silent)
}

/// What a run knows of the first level; `None` where no plan keeps the hard rules and what else was asked.
fn known(seed: u64, run: &Result<Run, OptimiseError>) -> Option<Known> {
    match run {
        Ok(run) if run.evaluation.hard_rules_hold() => {
            Some(Known { value: run.levels[0].value, bound: run.levels[0].bound })
        }
        Ok(run) => {
            assert!(!run.obstacles.is_empty(), "seed {seed}: no reason");
            None
        }
        Err(error) => {
            assert!(error.obstacle().is_some(), "seed {seed}: {error}");
            None
        }
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 2e-6 * a.abs().max(b.abs()).max(1.0)
}

fn engines() -> [(&'static str, Box<dyn Engine>); 2] {
    [("milp", Box::new(Milp::new().unwrap())), ("catchment", Box::new(Catchment))]
}

/// What is shut at every site.
type Shut = Vec<Option<String>>;

/// Least first level for everything that can be shut together.
fn by_shut(scenario: &Scenario) -> Option<BTreeMap<Shut, f64>> {
    let mut least: BTreeMap<Shut, f64> = BTreeMap::new();
    let done = brute::plans(scenario, MOST, &mut |plan| {
        let shut = plan.shut.iter().map(|shut| shut.map(str::to_owned)).collect();
        let best = least.entry(shut).or_insert(f64::INFINITY);
        *best = best.min(plan.value);
    });
    done.then_some(least)
}

fn shut_by(scenario: &Scenario, plan: &Plan) -> Shut {
    let mut shut = vec![None; scenario.district.sites.len()];
    for action in plan.actions.iter().filter(|action| action.measure.shuts()) {
        let into = match action.measure {
            Measure::Merge { into } => format!(" {}", scenario.district.sites[into].key),
            _ => String::new(),
        };
        shut[action.site.0 as usize] = Some(format!("{} {}{into}", action.measure.name(), action.year));
    }
    shut
}

#[test]
fn closure_paths_are_those_of_all_plans_and_nesting_never_pays() {
    let (mut compared, mut infeasible, mut dearer, mut kept) = (0, 0, 0, 0);
    for seed in seeds() {
        let scenario = county(seed);
        let Some(all) = by_shut(&scenario) else { continue };
        let count = |shut: &Shut| shut.iter().flatten().count();
        for (name, engine) in &engines() {
            let mut before: Option<Plan> = None;
            for closures in 0..=scenario.district.sites.len() {
                let options = OptimiseOptions { closures: Some(closures as u32), ..OptimiseOptions::default() };
                let free = run(&scenario, &**engine, &options);
                let wanted =
                    all.iter().filter(|(shut, _)| count(shut) == closures).map(|(_, &value)| value).reduce(f64::min);
                let found = known(seed, &free);
                let same = match (found, wanted) {
                    (Some(found), Some(wanted)) => close(found.value, wanted),
                    (None, None) => true,
                    _ => false,
                };
                assert!(same, "seed {seed}, {name}, {closures} closures: {found:?}, brute force {wanted:?}");
                compared += 1;
                infeasible += usize::from(wanted.is_none());
                if let (Some(found), Ok(run)) = (found, &free) {
                    assert_eq!(count(&shut_by(&scenario, &run.plan)), closures, "seed {seed}, {name}");
                    assert!(
                        found
                            .bound
                            .is_some_and(|bound| bound <= wanted.unwrap() + 1e-6 * wanted.unwrap().abs().max(1.0))
                    );
                }

                let nested = match &before {
                    None => free,
                    Some(plan) => {
                        let actions = plan.actions.iter().filter(|action| action.measure.shuts());
                        let lock: Vec<SiteId> = actions.map(|action| action.site).collect();
                        let shut = shut_by(&scenario, plan);
                        let nested =
                            run(&scenario, &**engine, &OptimiseOptions { start: before.clone(), lock, ..options });
                        let keeps = |other: &Shut| {
                            shut.iter().zip(other).all(|(before, now)| before.is_none() || before == now)
                        };
                        let among = all.iter().filter(|(other, _)| count(other) == closures && keeps(other));
                        let least = among.map(|(_, &value)| value).reduce(f64::min);
                        match (known(seed, &nested), least) {
                            (Some(own), Some(least)) => {
                                assert!(
                                    close(own.value, least),
                                    "seed {seed}, {name}: nested {own:?}, brute force {least}"
                                );
                                let price = Price::between(own, found.unwrap());
                                let true_price = least - wanted.unwrap();
                                assert!(price.found >= 0.0 && true_price >= -1e-9);
                                assert!(
                                    price.at_least <= true_price + 1e-5 && price.at_most.unwrap() >= true_price - 1e-5
                                );
                                dearer += usize::from(true_price > 1e-6);
                                kept += usize::from(count(&shut) > 0);
                            }
                            (None, None) => {}
                            different => panic!("seed {seed}, {name}, {closures} nested: {different:?}"),
                        }
                        nested
                    }
                };
                if let Ok(run) = nested
                    && run.evaluation.hard_rules_hold()
                {
                    before = Some(run.plan);
                }
            }
        }
    }
    println!("{compared} steps, {infeasible} without a plan, {kept} that keep closures, {dearer} dearer for it");
    assert!(compared > 100 && infeasible > 20 && kept > 10 && dearer > 0);
}

#[test]
fn prices_of_rules_are_differences_of_enumerated_minima() {
    let least = |scenario: &Scenario| {
        let mut least = f64::INFINITY;
        brute::plans(scenario, MOST, &mut |plan| least = least.min(plan.value)).then_some(least)
    };
    let (mut compared, mut costing, mut blocking, mut protected) = (0, 0, 0, 0);
    for seed in seeds() {
        let scenario = counties::county(seed);
        let Some(with) = least(&scenario) else { continue };
        for (name, engine) in &engines() {
            let whole = run(&scenario, &**engine, &OptimiseOptions::default());
            let whole_known = known(seed, &whole);
            assert_eq!(whole_known.is_some(), with.is_finite(), "seed {seed}, {name}");
            let start = whole.ok().filter(|_| whole_known.is_some()).map(|run| run.plan);
            for restriction in Restriction::all(&scenario) {
                let without = restriction.set_aside(&scenario);
                assert_eq!(without.assumptions.len(), scenario.assumptions.len() + 1);
                let Some(wanted) = least(&without) else { continue };
                let options = OptimiseOptions { start: start.clone(), ..OptimiseOptions::default() };
                let found = known(seed, &run(&without, &**engine, &options));
                let what = format!("seed {seed}, {name}, {restriction:?}: {found:?}, brute force {wanted}");
                assert_eq!(found.is_some(), wanted.is_finite(), "{what}");
                let Some(found) = found else { continue };
                assert!(close(found.value, wanted), "{what}");
                compared += 1;
                let Some(whole) = whole_known else {
                    blocking += 1;
                    continue;
                };
                let price = Price::between(whole, found);
                let room = 1e-5 * with.abs().max(1.0);
                // A unit may be divided where a rule leaves no site large enough for it: without the rule it may not.
                let true_price = (with - wanted).max(0.0);
                assert!((price.found - true_price).abs() <= room, "{what}: {price:?} of {true_price}");
                assert!(price.at_least <= true_price + room && true_price <= price.at_most.unwrap() + room, "{what}");
                let costs = true_price > room;
                costing += usize::from(costs);
                protected += usize::from(costs && matches!(restriction, Restriction::Protection(_)));
            }
        }
    }
    println!("{compared} prices, {costing} above 0, {protected} of protection, {blocking} rules that block every plan");
    assert!(compared > 50 && costing > 10 && protected > 0 && blocking > 5);
}

#[test]
fn the_best_plan_with_two_terms_held_is_the_enumerated_one() {
    const TERMS: [Term; 3] = [Term::TravelPupilKm, Term::Cost, Term::MovedPupils];
    let (mut compared, mut infeasible) = (0, 0);
    for seed in seeds() {
        let mut scenario = counties::county(seed);
        scenario.objective.goal = Goal::Levels { terms: TERMS.to_vec(), slack: 0.0 };
        let mut all: Vec<[f64; 3]> = Vec::new();
        if !brute::plans(&scenario, MOST, &mut |plan| all.push([plan.terms[0], plan.terms[1], plan.terms[2]])) {
            continue;
        }
        let range = |term: usize| {
            let values = || all.iter().map(|plan| plan[term]);
            (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
        };
        let (cost, moved) = (range(1), range(2));
        for (name, engine) in &engines() {
            for (a, b) in [(0.3, 0.5), (0.7, 0.2), (0.001, 0.001)] {
                let at = |(least, most): (f64, f64), share: f64| least + share * (most - least).max(0.0);
                let hold = if all.is_empty() { (0.0, 0.0) } else { (at(cost, a), at(moved, b)) };
                let within = |plan: &&[f64; 3]| plan[1] <= hold.0 + 1e-9 && plan[2] <= hold.1 + 1e-9;
                let best = all.iter().filter(within).min_by(|a, b| a.partial_cmp(b).unwrap());
                let hold = vec![(Term::Cost, hold.0), (Term::MovedPupils, hold.1)];
                let options = OptimiseOptions { hold, feasible_only: true, ..OptimiseOptions::default() };
                match (run(&scenario, &**engine, &options), best) {
                    (Ok(run), Some(best)) => {
                        let terms = &run.evaluation.objective.as_ref().unwrap().terms;
                        let found = TERMS.map(|term| terms[&term].unwrap());
                        let same = found
                            .iter()
                            .zip(best)
                            .all(|(&found, &best)| close(found, best) || (found - best).abs() < 1e-3);
                        assert!(same, "seed {seed}, {name}: {found:?}, brute force {best:?}");
                        compared += 1;
                    }
                    (Err(OptimiseError::Infeasible { proven: true }), None) => infeasible += 1,
                    (found, best) => panic!("seed {seed}, {name}: {found:?}, brute force {best:?}"),
                }
            }
        }
    }
    println!("{compared} compared, {infeasible} without a plan");
    assert!(compared > 30 && infeasible > 20);
}
