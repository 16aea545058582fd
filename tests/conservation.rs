//! Pupils are neither lost nor made: in every year of random plans every pupil of the forecast is at exactly one school, grade by
//! grade, and whoever is not is named.

mod counties;

use catchment::compile::compile;
use catchment::domain::plan::Plan;
use catchment::domain::scenario::Scenario;
use catchment::evaluate::document::{SolveFacts, assemble};
use catchment::evaluate::fault::Wrong;
use catchment::evaluate::{Evaluation, evaluate};
use catchment::id::{GradeId, UnitId};
use catchment::random::Random;
use catchment::travel::Travel;
use catchment::units::Pupils;
use counties::solutions::solution;
use std::collections::BTreeMap;

const COUNTIES: u64 = 150;
const PLANS: usize = 8;

/// Every county that can be compiled, with random plans of it that are plans, and what they come to.
fn plans(visit: &mut dyn FnMut(&Scenario, &Travel<'_>, &Plan, &Evaluation, &mut Random)) -> usize {
    let mut count = 0;
    for seed in 0..2 * COUNTIES {
        let years = seed % 2 == 0;
        let scenario = if years { counties::over_years(seed / 2) } else { counties::county(seed / 2) };
        let travel = Travel::new(&scenario);
        let Ok(compiled) = compile(&scenario, &travel) else { continue };
        let mut random = Random::new(seed, "plans");
        for _ in 0..PLANS {
            let plan = compiled.decompile(&scenario, &solution(&compiled, &mut random));
            if let Ok(evaluation) = evaluate(&scenario, &travel, &plan) {
                count += 1;
                visit(&scenario, &travel, &plan, &evaluation, &mut random);
            }
        }
    }
    count
}

#[test]
fn every_pupil_of_the_forecast_is_at_exactly_one_school_in_every_year() {
    let mut phased_out = 0;
    let count = plans(&mut |scenario, travel, plan, evaluation, _| {
        let facts = SolveFacts::unsolved(evaluation, Vec::new());
        let document = assemble(scenario, travel, plan, evaluation, facts);
        for (year, judged) in evaluation.years.iter().enumerate().skip(1) {
            let calendar = judged.year;
            for (grade, facts) in scenario.district.grades.entries() {
                let units: Vec<UnitId> = scenario.district.units.ids().collect();
                let lives: i64 = units.iter().map(|&unit| scenario.demand.pupils(calendar, unit, grade).0).sum();
                let taught: i64 = judged
                    .sites
                    .iter()
                    .flat_map(|site| &site.groups)
                    .filter(|group| group.grades == [grade])
                    .map(|group| group.pupils.0)
                    .sum();
                assert_eq!(taught, lives, "{} grade {} in {calendar}", scenario.name, facts.key());
                let key = facts.key();
                let written: i64 = document.sites.iter().filter_map(|site| site.states[year].pupils.get(&key)).sum();
                assert_eq!(written, lives, "{} grade {key} in {calendar}, as written", scenario.name);
                for unit in units {
                    let rows = plan.assignment.iter().filter(|row| (row.unit, row.year) == (unit, calendar));
                    let all = rows.flat_map(|row| &row.pupils).filter(|(other, _)| *other == grade);
                    let placed: Pupils = all.map(|&(_, pupils)| pupils).sum();
                    assert_eq!(placed, scenario.demand.pupils(calendar, unit, grade), "{}", scenario.name);
                }
            }
            let closed = judged.sites.iter().filter(|site| !site.state.operating);
            assert!(closed.flat_map(|site| &site.groups).all(|group| group.pupils == Pupils::ZERO));
            phased_out += judged.sites.iter().filter(|site| site.state.grades_gone > 0).count();
        }
    });
    println!("{count} plans, {phased_out} years of a site that runs out");
    assert!(count >= 500 && phased_out >= 50, "{count} plans, {phased_out} years of a site that runs out");
}

#[test]
fn pupils_lost_or_made_by_hand_are_named_with_unit_grade_year_and_number() {
    let mut damaged = 0;
    plans(&mut |scenario, travel, plan, _, random| {
        if plan.assignment.is_empty() {
            return;
        }
        let row = random.below(plan.assignment.len());
        let Some(at) = plan.assignment[row].pupils.iter().position(|&(_, pupils)| pupils > Pupils::ZERO) else {
            return;
        };
        let (grade, pupils) = plan.assignment[row].pupils[at];
        let lost = random.between(-3, pupils.0);
        if lost == 0 {
            return;
        }
        let mut other = plan.clone();
        other.assignment[row].pupils[at].1 = Pupils(pupils.0 - lost);
        let faults = evaluate(scenario, travel, &other).unwrap_err();
        let mut missing: BTreeMap<(String, String, i32), i64> = BTreeMap::new();
        for fault in &faults {
            match &fault.what {
                Wrong::PupilsDiffer { unit, grade, year, assigned, resident } => {
                    missing.insert((unit.clone(), grade.clone(), year.0), resident - assigned);
                }
                Wrong::NotAssigned { unit, grade, year, pupils } => {
                    missing.insert((unit.clone(), grade.clone(), year.0), *pupils);
                }
                // A cohort without pupils in a year, or with a smaller part of a divided unit, may break more than the sum.
                _ => {}
            }
        }
        let named = |grade: GradeId| scenario.district.grades[grade].key();
        let unit = scenario.district.units[plan.assignment[row].unit].key.clone();
        let place = (unit, named(grade), plan.assignment[row].year.0);
        assert_eq!(missing, BTreeMap::from([(place, lost)]), "{}: {faults:?}", scenario.name);
        damaged += 1;
    });
    assert!(damaged >= 300, "{damaged}");
}
