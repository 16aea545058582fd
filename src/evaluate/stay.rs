//! Whether pupils keep their school where they are to: until they leave its stage where the scenario says so, and at a site that
//! is phased out in any case.

use super::course::{Courses, Taken};
use super::fault::{At, PlanFault, Wrong};
use crate::domain::action::Measure;
use crate::domain::district::Stage;
use crate::domain::plan::{Assignment, Plan};
use crate::domain::scenario::Scenario;
use crate::id::{GradeId, SiteId, UnitId};
use crate::metric::cohort::{self, Homes};
use crate::units::{Pupils, Year};
use std::collections::BTreeMap;

/// Pupils of one grade in one row of a plan.
struct Place<'a> {
    at: At,
    row: &'a Assignment,
    grade: GradeId,
    /// The year in which they entered the stage.
    entry: Year,
}

/// Checks a plan whose rows are of the scenario.
pub fn check(scenario: &Scenario, plan: &Plan, courses: &Courses, homes: &Homes<'_>) -> Vec<PlanFault> {
    let mut faults = Vec::new();
    let mut cohorts: BTreeMap<(UnitId, Stage, Year), BTreeMap<Year, Place<'_>>> = BTreeMap::new();
    for (position, row) in plan.assignment.iter().enumerate() {
        if scenario.district.units.get(row.unit).is_none() || scenario.district.sites.get(row.site).is_none() {
            continue;
        }
        for &(grade, pupils) in &row.pupils {
            if !counts(scenario, row, grade, pupils) {
                continue;
            }
            let Some(entry) = cohort::entry(scenario, grade, row.year) else { continue };
            let place = Place { at: At::Row(position), row, grade, entry };
            if cohort::stay(scenario, row.stage) {
                cohorts.entry((row.unit, row.stage, entry)).or_default().entry(row.year).or_insert(place);
            } else {
                faults.extend(finishing(scenario, courses, homes, &place));
            }
        }
    }
    for ((unit, stage, entry), places) in &cohorts {
        faults.extend(kept(scenario, courses, homes.kept(*unit, *stage, *entry), places));
    }
    faults
}

/// Whether pupils of a row are zoned by it: there are some, or the catchments of those who enter must be connected.
pub(super) fn counts(scenario: &Scenario, row: &Assignment, grade: GradeId, pupils: Pupils) -> bool {
    let mapped = |entry: Year| entry == row.year || !cohort::stay(scenario, row.stage);
    let connected = || scenario.zoning.iter().any(|zoning| zoning.stage == row.stage && zoning.contiguous);
    pupils > Pupils::ZERO
        || scenario.district.grades.get(grade).is_some()
            && connected()
            && cohort::entry(scenario, grade, row.year).is_some_and(mapped)
}

/// A cohort leaves only a school of today that no longer teaches it, and once.
fn kept(
    scenario: &Scenario,
    courses: &Courses,
    home: Option<SiteId>,
    places: &BTreeMap<Year, Place<'_>>,
) -> Option<PlanFault> {
    let key = |site: SiteId| scenario.district.sites[site].key.clone();
    let mut school = home;
    for (&year, place) in places {
        let index = scenario.years.iter().position(|&other| other == year)?;
        let (unit, grade) = named(scenario, place);
        if let Some(before) = school.filter(|&before| before != place.row.site) {
            let taught = courses.states[before][index].teaches_grade(scenario.district.grades[place.grade]);
            let what = if taught {
                Wrong::NotStayed { unit, grade, year, from: key(before), to: key(place.row.site) }
            } else if Some(before) != home {
                Wrong::NotSeenThrough { unit, grade, year, site: key(before) }
            } else {
                school = Some(place.row.site);
                continue;
            };
            return Some(PlanFault { at: place.at, what });
        }
        school = Some(place.row.site);
    }
    None
}

/// A site that is phased out keeps whom it has today or who entered before, and takes nobody else.
fn finishing(scenario: &Scenario, courses: &Courses, homes: &Homes<'_>, place: &Place<'_>) -> Option<PlanFault> {
    let &Place { at, row, entry, .. } = place;
    let from = |site: SiteId| match courses.taken[site] {
        Some(Taken { measure: Measure::PhaseOut, year, .. }) => Some(year),
        _ => None,
    };
    let finish = homes.of(row.unit, row.stage, entry).filter(|&home| from(home).is_some_and(|year| entry < year));
    let (unit, grade) = named(scenario, place);
    let (key, year) = (|site: SiteId| scenario.district.sites[site].key.clone(), row.year);
    let what = match finish {
        Some(site) if site == row.site => return None,
        Some(site) => Wrong::NotFinished { unit, grade, year, site: key(site), to: key(row.site) },
        None if from(row.site).is_some() => Wrong::NotOfCatchment { unit, grade, year, site: key(row.site) },
        None => return None,
    };
    Some(PlanFault { at, what })
}

/// The keys of a unit and a grade.
fn named(scenario: &Scenario, place: &Place<'_>) -> (String, String) {
    let district = &scenario.district;
    (district.units[place.row.unit].key.clone(), district.grades[place.grade].key())
}
