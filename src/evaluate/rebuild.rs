//! Reads the decisions back out of a plan document: actions and assignment, nothing that was derived.

use super::audit::Discrepancy;
use super::course::offer_of;
use crate::domain::action::Measure;
use crate::domain::district::SiteKind;
use crate::domain::document::{ActionDocument, PlanDocument, SiteDocument};
use crate::domain::plan::{Assignment, Plan, PlannedAction};
use crate::domain::scenario::Scenario;
use crate::id::{IdVec, SiteId, UnitId};
use crate::units::{Pupils, Year};
use std::collections::BTreeMap;

/// The plan that a document describes, and what in its decisions the scenario does not know.
pub fn plan(scenario: &Scenario, document: &PlanDocument) -> (Plan, Vec<Discrepancy>) {
    let district = &scenario.district;
    let sites = keys(&district.sites, |site| &site.key);
    let units = keys(&district.units, |unit| &unit.key);
    let mut plan = Plan::default();
    let mut unknown = Vec::new();
    for (i, site) in document.sites.iter().enumerate() {
        let Some(&id) = sites.get(site.id.as_str()) else {
            unknown.push(Discrepancy::unknown(format!("sites[{i}].id"), &site.id, "a site of the scenario"));
            continue;
        };
        for (j, action) in site.actions.iter().enumerate().filter(|(_, action)| action.action != "keep") {
            match planned(scenario, &sites, id, site, action) {
                Ok(action) => plan.actions.push(action),
                Err((field, claimed, expected)) => {
                    unknown.push(Discrepancy::unknown(format!("sites[{i}].actions[{j}].{field}"), &claimed, expected));
                }
            }
        }
    }
    for (i, row) in document.assignment.iter().enumerate() {
        let place = |field: &str| format!("assignment[{i}].{field}");
        let unit: Option<&UnitId> = units.get(row.unit.as_str());
        let site: Option<&SiteId> = sites.get(row.site.as_str());
        if unit.is_none() {
            unknown.push(Discrepancy::unknown(place("unit"), &row.unit, "a unit of the scenario"));
        }
        if site.is_none() {
            unknown.push(Discrepancy::unknown(place("site"), &row.site, "a site of the scenario"));
        }
        let mut pupils = Vec::new();
        for (key, &count) in &row.pupils {
            match district.grades_of(row.stage).find(|&grade| district.grades[grade].key() == *key) {
                Some(grade) => pupils.push((grade, Pupils(count))),
                None => unknown.push(Discrepancy::unknown(place("pupils"), key, "a grade of the stage")),
            }
        }
        pupils.sort_unstable();
        if let (Some(&unit), Some(&site)) = (unit, site) {
            let (stage, year, boarding) = (row.stage, Year(row.year), row.boarding);
            plan.assignment.push(Assignment { unit, stage, year, pupils, site, boarding });
        }
    }
    (plan, unknown)
}

/// The ids of entities by their keys.
fn keys<'a, I: crate::id::Id, T>(all: &'a IdVec<I, T>, key: impl Fn(&'a T) -> &'a String) -> BTreeMap<&'a str, I> {
    all.ids().map(|id| (key(&all[id]).as_str(), id)).collect()
}

/// The action that a line describes, or the field that is wrong, its content and what was expected.
fn planned(
    scenario: &Scenario,
    sites: &BTreeMap<&str, SiteId>,
    site: SiteId,
    document: &SiteDocument,
    action: &ActionDocument,
) -> Result<PlannedAction, (&'static str, String, &'static str)> {
    let year = Year(action.year);
    let take = |measure| PlannedAction { site, year, measure };
    match action.action.as_str() {
        "close" => Ok(take(Measure::Close)),
        "phase_out" => Ok(take(Measure::PhaseOut)),
        "equip" => Ok(take(Measure::Equip { music: action.music_rooms, art: action.art_rooms })),
        "merge" => {
            let key = action.into.clone().unwrap_or_default();
            match sites.get(key.as_str()) {
                Some(&into) => Ok(take(Measure::Merge { into })),
                None => Err(("into", key, "a site of the scenario")),
            }
        }
        "expand" => Ok(take(Measure::Expand { classes: crate::units::Classes(action.classes) })),
        "build" => {
            // A line does not repeat kind and beds of what is built: they are those of the offer, and where several offers
            // have the same classes, of the one that agrees with the state that the document gives for the year.
            let state = document.states.iter().find(|state| state.year == action.year);
            let fits = |measure: &Measure| match measure {
                Measure::Build { classes, .. } => classes.0 == action.classes,
                _ => false,
            };
            let agrees = |measure: &Measure| match (measure, state) {
                (Measure::Build { kind, beds, .. }, Some(state)) => state.kind == *kind && state.beds == beds.0,
                _ => false,
            };
            let offered: Vec<Measure> = scenario
                .offers
                .iter()
                .filter(|offer| offer.site == site && fits(&offer.measure))
                .map(|offer| offer.measure)
                .filter(|&measure| offer_of(scenario, &take(measure)).is_some())
                .collect();
            let best = offered.iter().find(|measure| agrees(measure)).or(offered.first());
            best.map(|&measure| take(measure)).ok_or_else(|| {
                ("classes", action.classes.to_string(), "a size and year in which the scenario offers to build")
            })
        }
        "relocate" => {
            let key = action.into.clone().unwrap_or_default();
            let Some(&into) = sites.get(key.as_str()) else { return Err(("into", key, "a site of the scenario")) };
            let fits = |measure: &Measure| match *measure {
                Measure::Relocate { into: to, kind, classes, beds } => {
                    (to, classes.0) == (into, action.classes)
                        && action.kind.is_none_or(|given| given == kind)
                        && action.beds.is_none_or(|given| given == beds.0)
                }
                _ => false,
            };
            let offered = offered(scenario, site, year, fits);
            offered.map(take).ok_or(("into", key, "a place, size and year in which the scenario offers to relocate"))
        }
        "convert" => {
            let fits = |measure: &Measure| match *measure {
                Measure::Convert { kind, classes } => Some(kind) == action.kind && classes.0 == action.classes,
                _ => false,
            };
            let named = action.kind.map(SiteKind::name).unwrap_or_default();
            let offered = offered(scenario, site, year, fits);
            offered.map(take).ok_or((
                "kind",
                named.to_owned(),
                "a kind and year in which the scenario offers to convert",
            ))
        }
        other => Err((
            "action",
            other.to_owned(),
            "keep, close, merge, expand, build, relocate, convert, phase_out or equip",
        )),
    }
}

/// The first measure on offer at a site in a year that fits.
fn offered(scenario: &Scenario, site: SiteId, year: Year, fits: impl Fn(&Measure) -> bool) -> Option<Measure> {
    let at_site = scenario.offers.iter().filter(|offer| offer.site == site).map(|offer| offer.measure);
    at_site.filter(fits).find(|&measure| offer_of(scenario, &PlannedAction { site, year, measure }).is_some())
}
