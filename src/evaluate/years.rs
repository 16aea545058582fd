//! The county in every plan year as a plan makes it, and what had to be assumed about it.

use super::YearEvaluation;
use super::assignment::Zones;
use super::course::{Courses, Money, Taken};
use crate::domain::action::Measure;
use crate::domain::district::{Group, Stage};
use crate::domain::plan::Plan;
use crate::id::{Id, IdVec, RuleId, SiteId, UnitId};
use crate::message::Message;
use crate::metric::band::{self, Band};
use crate::metric::calendar::Ceilings;
use crate::metric::ground::Ground;
use crate::metric::view::{Doings, Row, SiteView, YearView};
use crate::metric::{classes, cohort, scope};
use crate::units::{Pupils, Year};
use std::collections::BTreeMap;

/// The views of the plan years.
pub fn views<'a>(
    ground: &'a Ground<'a>,
    plan: &Plan,
    courses: &Courses,
    zones: &Zones,
    money: &BTreeMap<Year, Money>,
    ceilings: &IdVec<RuleId, Ceilings>,
) -> Vec<YearView<'a>> {
    let scenario = ground.scenario;
    let district = &scenario.district;
    let mut rows: BTreeMap<Year, Vec<Row>> = BTreeMap::new();
    for assignment in &plan.assignment {
        for &(grade, pupils) in assignment.pupils.iter().filter(|(_, pupils)| *pupils > Pupils::ZERO) {
            let (unit, site, boarding) = (assignment.unit, assignment.site, assignment.boarding);
            rows.entry(assignment.year).or_default().push(Row { unit, grade, site, boarding, pupils });
        }
    }
    let mut doings = Doings::default();
    let mut views = Vec::new();
    for (index, &year) in scenario.years.iter().enumerate() {
        let mut rows = rows.remove(&year).unwrap_or_default();
        rows.sort_unstable();
        let mut rolls = IdVec::filled(vec![Pupils::ZERO; district.grades.len()], district.sites.len());
        for row in &rows {
            rolls[row.site][row.grade.index()] += row.pupils;
        }
        let sites = district
            .sites
            .ids()
            .map(|site| {
                let state = courses.states[site][index];
                let groups = classes::planned_groups(ground, year, site, &state, &rolls[site], Some(ceilings));
                SiteView { state, groups }
            })
            .collect();
        doings = done(ground, courses, zones, money, index, doings);
        let ends = |taken: &Taken| taken.year == year && taken.measure.shuts();
        let shut = courses.taken.entries().filter(|(_, taken)| taken.as_ref().is_some_and(ends));
        let shut = shut.map(|(site, _)| site).collect();
        let merged = courses.taken.entries().filter_map(|(site, taken)| match taken.as_ref()?.measure {
            Measure::Merge { into } if taken.as_ref()?.year <= year => Some((site, into)),
            _ => None,
        });
        let merged = merged.collect();
        views.push(YearView { ground, year, baseline: false, sites, rows, doings, shut, merged });
    }
    views
}

/// What the plan does in the plan year at `index`, after what it has done `before`.
fn done(
    ground: &Ground<'_>,
    courses: &Courses,
    zones: &Zones,
    money: &BTreeMap<Year, Money>,
    index: usize,
    before: Doings,
) -> Doings {
    let scenario = ground.scenario;
    let year = scenario.years[index];
    let now = courses.taken.iter().flatten().filter(|taken| taken.year == year);
    let closures =
        now.clone().filter(|taken| matches!(taken.measure, Measure::Close | Measure::PhaseOut)).count() as i64;
    let merges = now.clone().filter(|taken| matches!(taken.measure, Measure::Merge { .. })).count() as i64;
    let relocations = now.filter(|taken| matches!(taken.measure, Measure::Relocate { .. })).count() as i64;
    // What is booked before the plan begins, or between plan years, counts in the next plan year.
    let after = index.checked_sub(1).map(|earlier| scenario.years[earlier]);
    let booked = || {
        let due = money.iter().filter(|&(&other, _)| other <= year && after.is_none_or(|after| other > after));
        due.map(|(_, money)| *money)
    };
    let capital: f64 = booked().map(|money| money.capital).sum();
    let running: f64 = booked().map(|money| money.running).sum();
    Doings {
        closures,
        merges,
        relocations,
        relocations_so_far: before.relocations_so_far + relocations,
        closures_so_far: before.closures_so_far + closures,
        merges_so_far: before.merges_so_far + merges,
        capital,
        running,
        capital_so_far: before.capital_so_far + capital,
        running_so_far: before.running_so_far + running,
        moved: moved(ground, zones, index),
    }
}

/// Pupils at another site than the pupils of their unit and band the year before, or where cohorts are told apart than they
/// themselves in the grade before, without those who are new to the stage; `None` against an assumed baseline. Of a unit that
/// several sites share, as many are taken to stay at a site as went there before, in proportion and rounded up.
fn moved(ground: &Ground<'_>, zones: &Zones, index: usize) -> Option<Pupils> {
    let scenario = ground.scenario;
    let year = scenario.years[index];
    let bands = band::bands(scenario);
    let before = index.checked_sub(1).map(|earlier| scenario.years[earlier]);
    if before.is_none() && scenario.baseline.assumed {
        return None;
    }
    let mut moved = 0;
    for (&(_, band, unit), sites) in zones.range((year, 0, UnitId(0))..).take_while(|(key, _)| key.0 == year) {
        let Band { stage, grades } = &bands[band];
        let same = if cohort::told_apart(scenario, *stage) {
            let earlier = before.unwrap_or(scenario.baseline_year);
            let Some(younger) = cohort::grade_before(scenario, grades[0], year, earlier) else { continue };
            bands.iter().position(|band| band.grades.contains(&younger))
        } else {
            Some(band)
        };
        let old: BTreeMap<SiteId, i64> = if let Some(before) = before {
            let sites = same.and_then(|band| zones.get(&(before, band, unit)));
            sites.into_iter().flatten().map(|(&site, pupils)| (site, pupils.0)).collect()
        } else {
            let stage = scenario.stage_index(*stage);
            let home = stage.and_then(|stage| scenario.baseline.sites[unit][stage]);
            home.map(|home| (home, 1)).into_iter().collect()
        };
        let (now, then) = (sites.values().map(|pupils| pupils.0).sum::<i64>(), old.values().sum::<i64>());
        // Who had no pupils of the band before cannot have moved.
        for (site, pupils) in sites.iter().filter(|_| then > 0) {
            let stay = old.get(site).map_or(0, |&part| (part * now + then - 1).div_euclid(then));
            moved += (pupils.0 - stay).max(0);
        }
    }
    Some(Pupils(moved))
}

/// What was assumed in judging these years, beyond the assumptions of the scenario.
pub fn assumptions(ground: &Ground<'_>, years: &[YearEvaluation]) -> Vec<Message> {
    let scenario = ground.scenario;
    let district = &scenario.district;
    let mut messages = Vec::new();
    let in_plan = |stage| scenario.stages.contains(&stage);
    for rule in &scenario.rules {
        if !rule.scope.grades.is_empty() && scope::grades(scenario, rule).is_empty() {
            messages.push(Message::new("assume.rule_grades_unknown").with("rule", &rule.id));
        }
    }
    if years.len() > 1 && !(district.staff.is_empty() && district.resources.is_empty()) {
        messages.push(Message::new("assume.resources_stay"));
    }
    if let Some(baseline) = years.first() {
        let mut assigned: BTreeMap<(SiteId, Stage), Pupils> = BTreeMap::new();
        for row in &baseline.rows {
            *assigned.entry((row.site, district.grades[row.grade].stage)).or_default() += row.pupils;
        }
        let (mut planned, mut differing) = (0, 0);
        for (site, here) in baseline.sites.entries().filter(|(_, here)| here.state.operating) {
            for &stage in here.state.kind.stages().iter().filter(|&&stage| in_plan(stage)) {
                let known = |group: &Group| group.classes.is_some() || group.roster.is_some();
                let section = ground.section(site, stage).map(|id| &district.sections[id]);
                let given =
                    section.is_some_and(|section| !section.groups.is_empty() && section.groups.iter().all(known));
                planned += usize::from(!given && here.groups_of(stage).any(|group| group.classes.is_some()));
                let enrolled: Pupils = here.groups_of(stage).map(|group| group.pupils).sum();
                let resident = assigned.get(&(site, stage)).copied().unwrap_or_default();
                differing += usize::from(ground.has_rolls(site, stage) && enrolled != resident);
            }
        }
        if planned > 0 {
            messages.push(Message::new("assume.baseline_classes").with("sections", planned));
        }
        if differing > 0 {
            messages.push(Message::new("assume.rolls_differ").with("sections", differing));
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::district::SiteKind;
    use crate::domain::fixture::{county, grade, rule};
    use crate::domain::plan::Assignment;
    use crate::evaluate::evaluate;
    use crate::metric::catalogue;
    use crate::metric::fixture::Asked;
    use crate::travel::Travel;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Before the deadline: a plan is refused for growth exactly when it breaks a hard limit of the optimiser, and costs
        /// what the limits cost where the rules have one price.
        #[test]
        fn growth_is_refused_exactly_where_the_optimiser_refuses_it(
            today in prop::array::uniform4((0_i64..200, 0_i64..200)),
            later in prop::array::uniform4((0_i64..200, 0_i64..200)),
            rooms in prop::array::uniform2(1_i64..12),
            zones in prop::array::uniform4((0_usize..2, 0_usize..2)),
        ) {
            let mut scenario = county(&[2025]);
            let sites = ["x", "y"].map(|key| scenario.with_site(key, SiteKind::NineYear, 0, 0.0));
            for (site, rooms) in sites.into_iter().zip(rooms) {
                scenario.district.sites[site].rooms = crate::units::Classes(rooms);
            }
            for (id, stage, size) in [("p", "primary", 45), ("j", "junior", 50)] {
                scenario.rules.push(rule(&format!(
                    "id = \"{id}\"\nscope = {{ stages = [\"{stage}\"] }}\nmetric = \"class_size_max\"\nop = \"<=\"\nlimit = {size}\n\
                     severity = \"hard\"\nsoft = {{ weight = 2.0 }}\ncalendar = {{ deadline = 2026, no_worse = true }}"
                )));
            }
            let mut plan = Plan::default();
            for i in 0..4 {
                let home = sites[i % 2];
                let unit = scenario.with_unit(&format!("u{i}"), 0.0, &[(1, today[i].0), (7, today[i].1)], [Some(home), Some(home)]);
                for (number, pupils) in [(1, later[i].0), (7, later[i].1)] {
                    scenario.demand.set(Year(2025), unit, grade(number), Pupils(pupils));
                }
            }
            for (i, unit) in scenario.district.units.ids().enumerate() {
                for (stage, number, pupils, to) in [(Stage::Primary, 1, later[i].0, zones[i].0), (Stage::Junior, 7, later[i].1, zones[i].1)] {
                    let (year, pupils) = (Year(2025), vec![(grade(number), Pupils(pupils))]);
                    plan.assignment.push(Assignment { unit, stage, year, pupils, site: sites[to], boarding: false });
                }
            }
            let travel = Travel::new(&scenario);
            let ground = Ground::new(&scenario, &travel);
            let mut asked = Asked::new(&scenario);
            catalogue::constrain(&ground, &mut asked);
            let judged = evaluate(&scenario, &travel, &plan).unwrap();
            let soft = judged.objective.as_ref().unwrap().terms[&crate::domain::objective::Term::SoftExcess].unwrap();
            let year = &judged.years[1];
            let view = YearView {
                ground: &ground,
                year: year.year,
                baseline: false,
                sites: year.sites.clone(),
                rows: year.rows.clone(),
                doings: year.doings,
                shut: Vec::new(),
                merged: Vec::new(),
            };
            let price = asked.price(&view);
            prop_assert_eq!(price.is_infinite(), !judged.hard_rules_hold(), "{:?}", judged.breaches);
            if price.is_finite() {
                prop_assert!((price - soft).abs() < 1e-9, "limits {price}, rules {soft}");
            }
            // Doing nothing never counts as growth.
            for (i, row) in plan.assignment.iter_mut().enumerate() {
                row.site = sites[i / 2 % 2];
            }
            prop_assert!(evaluate(&scenario, &travel, &plan).unwrap().hard_rules_hold());
        }
    }
}
