//! The course of every site under a plan: which offers are taken, what the sites are in each year, what it costs.

use super::fault::{At, PlanFault, Wrong};
use crate::domain::action::{Measure, Offer, SiteState};
use crate::domain::district::{SiteStatus, Stage};
use crate::domain::plan::{Plan, PlannedAction};
use crate::domain::scenario::Scenario;
use crate::id::{IdVec, SiteId};
use crate::units::{Classes, Pupils, Year};
use std::collections::BTreeMap;

/// Every site over the plan years.
#[derive(Debug, Clone, PartialEq)]
pub struct Courses {
    /// The action at each site, with the position of its offer.
    pub taken: IdVec<SiteId, Option<Taken>>,
    /// State of each site in every plan year.
    pub states: IdVec<SiteId, Vec<SiteState>>,
}

/// An action that the scenario offers and the plan takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Position in [`Scenario::offers`].
    pub offer: usize,
    /// Year of effect.
    pub year: Year,
    /// What is done.
    pub measure: Measure,
}

/// What a site is at the baseline.
fn at_baseline(scenario: &Scenario, site: SiteId) -> SiteState {
    let facts = &scenario.district.sites[site];
    let operating = facts.status == SiteStatus::Operating;
    let (rooms, beds) = if operating { (facts.rooms, facts.beds) } else { (Classes::ZERO, Pupils::ZERO) };
    SiteState { operating, kind: facts.kind, rooms, beds, enlarged: false, grades_gone: 0, origin: None, fitted: None }
}

/// What a site is in a year once an action has taken effect, `years` ago.
fn after(before: SiteState, measure: Measure, years: i32) -> SiteState {
    match measure {
        Measure::Close | Measure::Merge { .. } | Measure::Relocate { .. } => SiteState { operating: false, ..before },
        Measure::Expand { classes } => SiteState { rooms: before.rooms + classes, enlarged: true, ..before },
        Measure::Build { kind, classes, beds } => {
            SiteState { kind, rooms: classes, beds, enlarged: true, ..opened(before) }
        }
        Measure::Convert { kind, classes } => {
            let enlarged = before.enlarged || classes > Classes::ZERO;
            SiteState { kind, rooms: before.rooms + classes, enlarged, ..before }
        }
        Measure::PhaseOut => {
            // Every year one more grade of each stage is without pupils, from the first grade on.
            let grades_gone = i8::try_from(years + 1).unwrap_or(i8::MAX);
            let present = |stage: &Stage| stage.grades().count() > usize::try_from(years + 1).unwrap_or(0);
            SiteState { operating: before.kind.stages().iter().any(present), grades_gone, ..before }
        }
        Measure::Equip { .. } => before,
    }
}

/// A plot on which a school works.
fn opened(before: SiteState) -> SiteState {
    SiteState { operating: true, grades_gone: 0, origin: None, ..before }
}

/// A site that has, while it operates, what its offer adds.
fn fitted(scenario: &Scenario, state: SiteState, offer: usize) -> SiteState {
    let adds = state.operating && !scenario.offers[offer].adds.is_empty();
    SiteState { fitted: adds.then_some(offer).or(state.fitted), ..state }
}

/// What a plot is once a school has moved there.
fn received(scenario: &Scenario, from: SiteId, action: &Taken) -> Option<SiteState> {
    let Measure::Relocate { into, kind, classes, beds } = action.measure else { return None };
    let plot = opened(at_baseline(scenario, into));
    let state = SiteState { kind, rooms: classes, beds, enlarged: true, origin: Some(from), ..plot };
    Some(fitted(scenario, state, action.offer))
}

/// The year from which an action changes the running cost: that of its effect, or in which the last grade has left.
pub fn running_from(scenario: &Scenario, site: SiteId, action: &Taken) -> Year {
    let Measure::PhaseOut = action.measure else { return action.year };
    let start = at_baseline(scenario, site);
    let mut year = action.year;
    while after(start, action.measure, year.0 - action.year.0).operating {
        year = Year(year.0 + 1);
    }
    year
}

/// The offer that an action takes: the first of its site with the same measure that may take effect in its year.
pub fn offer_of(scenario: &Scenario, action: &PlannedAction) -> Option<usize> {
    let open =
        |offer: &Offer| offer.site == action.site && offer.measure == action.measure && offer.open_in(action.year);
    scenario.offers.iter().position(open)
}

/// Follows the actions of a plan. Faulty actions are reported and left out.
pub fn follow(scenario: &Scenario, plan: &Plan) -> (Courses, Vec<PlanFault>) {
    let district = &scenario.district;
    let mut faults = Vec::new();
    let mut taken: IdVec<SiteId, Option<Taken>> = IdVec::filled(None, district.sites.len());
    for (position, action) in plan.actions.iter().enumerate() {
        let mut fault = |what| faults.push(PlanFault { at: At::Action(position), what });
        let into = action.measure.receiver();
        let Some(site) = district.sites.get(action.site) else {
            fault(Wrong::NotOfScenario { what: "site" });
            continue;
        };
        if into.is_some_and(|into| district.sites.get(into).is_none()) {
            fault(Wrong::NotOfScenario { what: "site" });
            continue;
        }
        if !scenario.years.contains(&action.year) {
            fault(Wrong::YearNotPlanned { year: action.year });
            continue;
        }
        let Some(offer) = offer_of(scenario, action) else {
            fault(Wrong::ActionNotOffered { site: site.key.clone(), action: action.measure.name(), year: action.year });
            continue;
        };
        if taken[action.site].is_some() {
            fault(Wrong::TwoActions { site: site.key.clone() });
            continue;
        }
        if action.measure.shuts() {
            if site.protected {
                fault(Wrong::ProtectedShut { site: site.key.clone() });
            }
            if scenario.offers[offer].reason.is_empty() {
                fault(Wrong::NoReason { site: site.key.clone() });
            }
        }
        taken[action.site] = Some(Taken { offer, year: action.year, measure: action.measure });
    }
    let mut arrivals: IdVec<SiteId, Option<(Year, SiteState)>> = IdVec::filled(None, district.sites.len());
    for (from, action) in taken.entries() {
        let Some(moved @ Taken { measure: Measure::Relocate { into, .. }, year, .. }) = *action else { continue };
        if taken[into].is_some() || arrivals[into].is_some() {
            let at = plan.actions.iter().position(|planned| planned.site == from).map_or(At::Whole, At::Action);
            faults.push(PlanFault { at, what: Wrong::TwoActions { site: district.sites[into].key.clone() } });
        }
        arrivals[into] = received(scenario, from, &moved).map(|state| (year, state));
    }
    let states = district
        .sites
        .ids()
        .map(|site| {
            let start = at_baseline(scenario, site);
            let state = |&year: &Year| match (taken[site], arrivals[site]) {
                (Some(action), _) if action.year <= year => {
                    fitted(scenario, after(start, action.measure, year.0 - action.year.0), action.offer)
                }
                (_, Some((from, state))) if from <= year => state,
                _ => start,
            };
            scenario.years.iter().map(state).collect()
        })
        .collect();
    let courses = Courses { taken, states };
    faults.extend(mergers(scenario, plan, &courses));
    faults.extend(too_soon(scenario, plan, &courses));
    (courses, faults)
}

/// Mergers into sites that do not operate, or that are themselves shut at some time.
fn mergers(scenario: &Scenario, plan: &Plan, courses: &Courses) -> Vec<PlanFault> {
    let district = &scenario.district;
    let mut faults = Vec::new();
    for (site, action) in courses.taken.entries() {
        let Some(Taken { measure: Measure::Merge { into }, year, .. }) = *action else { continue };
        let at = plan.actions.iter().position(|planned| planned.site == site).map_or(At::Whole, At::Action);
        let (site, target) = (district.sites[site].key.clone(), district.sites[into].key.clone());
        if courses.taken[into].is_some_and(|action| action.measure.shuts()) {
            faults.push(PlanFault { at, what: Wrong::MergeChain { site, into: target } });
            continue;
        }
        let shut =
            scenario.years.iter().zip(&courses.states[into]).find(|&(&other, state)| other >= year && !state.operating);
        if let Some((&year, _)) = shut {
            faults.push(PlanFault { at, what: Wrong::MergeTargetShut { site, into: target, year } });
        }
    }
    faults
}

/// Actions that take effect before what they must wait for.
fn too_soon(scenario: &Scenario, plan: &Plan, courses: &Courses) -> Vec<PlanFault> {
    let mut faults = Vec::new();
    for (site, action) in courses.taken.entries() {
        let Some(action) = *action else { continue };
        for needed in &scenario.offers[action.offer].after {
            let done = |other: &Taken| needed.is_met_by(scenario, other.offer, other.year, action.year);
            if courses.taken.iter().flatten().any(done) {
                continue;
            }
            let at = plan.actions.iter().position(|planned| planned.site == site).map_or(At::Whole, At::Action);
            let waits_for: Vec<String> = needed
                .any_of
                .iter()
                .map(|&offer| &scenario.offers[offer])
                .map(|offer| format!("{} {}", offer.measure.name(), scenario.district.sites[offer.site].key))
                .collect();
            let what = Wrong::TooSoon {
                site: scenario.district.sites[site].key.clone(),
                action: action.measure.name(),
                year: action.year,
                waits_for: waits_for.join(", "),
                years: needed.years,
            };
            faults.push(PlanFault { at, what });
        }
    }
    faults
}

/// Money of one calendar year, not discounted.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Money {
    /// Capital booked, in yuan.
    pub capital: f64,
    /// Change of the running cost against the baseline, in yuan.
    pub running: f64,
}

/// The money of the actions by calendar year. Capital is booked in equal parts over the lead years before the year of
/// effect, in that year itself where the lead is 0; running cost changes from the year of effect to the last plan year, for a
/// phase-out from the year in which the last grade has left.
pub fn money(scenario: &Scenario, courses: &Courses) -> BTreeMap<Year, Money> {
    let mut book: BTreeMap<Year, Money> = scenario.years.iter().map(|&year| (year, Money::default())).collect();
    for (site, action) in courses.taken.entries().filter_map(|(site, action)| Some((site, action.as_ref()?))) {
        let offer = &scenario.offers[action.offer];
        let lead = i32::try_from(offer.lead_years).unwrap_or(i32::MAX);
        let parts = lead.max(1);
        for part in 0..parts {
            let year = Year(action.year.0 - lead + part);
            book.entry(year).or_default().capital += offer.capital.as_f64() / f64::from(parts);
        }
        let from = running_from(scenario, site, action);
        for year in scenario.years.iter().filter(|&&year| year >= from) {
            book.entry(*year).or_default().running += offer.running.as_f64();
        }
    }
    book
}
