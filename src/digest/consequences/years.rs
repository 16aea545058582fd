//! The years of a document as metrics look at them.

use crate::domain::action::{Measure, Offer, SiteState};
use crate::domain::district::{SiteKind, Stage};
use crate::domain::document::{ActionDocument, PlanDocument, StateDocument};
use crate::domain::scenario::Scenario;
use crate::id::{GradeId, SiteId};
use crate::metric::band;
use crate::metric::ground::Ground;
use crate::metric::view::{Doings, GroupView, Row, SiteView, YearView};
use crate::units::{Classes, Pupils, Year};
use std::collections::BTreeMap;

/// The baseline and every plan year of a document. Keys that the scenario does not know are passed over: a document that was
/// judged has none.
pub fn years<'a>(ground: &'a Ground<'a>, document: &PlanDocument) -> Vec<YearView<'a>> {
    let scenario = ground.scenario;
    let district = &scenario.district;
    let sites: BTreeMap<&str, SiteId> = district.sites.entries().map(|(id, site)| (site.key.as_str(), id)).collect();
    let units: BTreeMap<&str, _> = district.units.entries().map(|(id, unit)| (unit.key.as_str(), id)).collect();
    let mut rows: BTreeMap<i32, Vec<Row>> = BTreeMap::new();
    for row in &document.assignment {
        let (Some(&unit), Some(&site)) = (units.get(row.unit.as_str()), sites.get(row.site.as_str())) else { continue };
        for (key, &pupils) in row.pupils.iter().filter(|&(_, &pupils)| pupils > 0) {
            if let Some(grade) = district.grades_of(row.stage).find(|&grade| district.grades[grade].key() == *key) {
                let (boarding, pupils) = (row.boarding, Pupils(pupils));
                rows.entry(row.year).or_default().push(Row { unit, grade, site, boarding, pupils });
            }
        }
    }
    let baseline = YearView::untouched(ground, scenario.baseline_year);
    std::iter::once(document.baseline_year)
        .chain(document.years.iter().copied())
        .map(|year| {
            let mut here = baseline.sites.clone();
            for view in &mut here {
                view.state.operating = false;
                view.groups.clear();
            }
            for site in &document.sites {
                let state = site.states.iter().find(|state| state.year == year);
                if let (Some(&id), Some(state)) = (sites.get(site.id.as_str()), state) {
                    let left = site.actions.iter().find(|action| action.action == Measure::PhaseOut.name());
                    let gone = left.map_or(0, |action| (year - action.year + 1).max(0));
                    let origin = origin(document, &site.id, year).and_then(|key| sites.get(key).copied());
                    let mut there = view(scenario, state, i8::try_from(gone).unwrap_or(i8::MAX), origin);
                    there.state.fitted = fitted(scenario, document, id, year).filter(|_| state.operating);
                    here[id] = there;
                }
            }
            let first = year == document.baseline_year;
            let mut rows = if first { baseline.rows.clone() } else { rows.remove(&year).unwrap_or_default() };
            rows.sort_unstable();
            YearView {
                ground,
                year: Year(year),
                baseline: first,
                sites: here,
                rows,
                doings: Doings::default(),
                shut: Vec::new(),
                merged: merged(document, &sites, year),
            }
        })
        .collect()
}

/// The schools that have merged into others by a year.
fn merged(document: &PlanDocument, sites: &BTreeMap<&str, SiteId>, year: i32) -> Vec<(SiteId, SiteId)> {
    let mut merged = Vec::new();
    for row in &document.sites {
        for action in row.actions.iter().filter(|action| action.action == "merge" && action.year <= year) {
            let into = action.into.as_deref().and_then(|key| sites.get(key));
            merged.extend(sites.get(row.id.as_str()).copied().zip(into.copied()));
        }
    }
    merged
}

/// The id of the site from which a school has moved to a site by a year.
fn origin<'a>(document: &'a PlanDocument, site: &str, year: i32) -> Option<&'a str> {
    let arrives = |action: &ActionDocument| {
        action.action == "relocate" && action.year <= year && action.into.as_deref() == Some(site)
    };
    document.sites.iter().find(|other| other.actions.iter().any(arrives)).map(|other| other.id.as_str())
}

/// The offer whose additions a site has by a year.
fn fitted(scenario: &Scenario, document: &PlanDocument, site: SiteId, year: i32) -> Option<usize> {
    let key = scenario.district.sites[site].key.as_str();
    let actions = document.sites.iter().flat_map(|row| row.actions.iter().map(move |action| (row, action)));
    actions
        .filter(|(row, action)| action.year <= year && (row.id == key || action.into.as_deref() == Some(key)))
        .filter_map(|(row, action)| {
            let own = scenario.district.sites.entries().find(|(_, facts)| facts.key == row.id);
            offer_at(scenario, own?.0, action)
        })
        .rfind(|&at| scenario.offers[at].adds.iter().any(|held| held.site == site))
}

/// A site as a document has it, with so many of its lowest grades gone and the old place of a school that has moved there.
fn view(scenario: &Scenario, state: &StateDocument, grades_gone: i8, origin: Option<SiteId>) -> SiteView {
    let mut groups: Vec<GroupView> = state
        .pupils
        .iter()
        .filter_map(|(key, &pupils)| {
            let grades = grades(scenario, state.kind, key)?;
            let stage = scenario.district.grades[grades[0]].stage;
            let classes = state.classes.get(key).copied().map(Classes);
            Some(GroupView { stage, grades, pupils: Pupils(pupils), classes, roster: None })
        })
        .collect();
    groups.sort_by(|a, b| a.grades.cmp(&b.grades));
    let enlarged = false;
    let (rooms, beds) = (Classes(state.rooms), Pupils(state.beds));
    SiteView {
        state: SiteState {
            operating: state.operating,
            kind: state.kind,
            rooms,
            beds,
            enlarged,
            grades_gone,
            origin,
            fitted: None,
        },
        groups,
    }
}

/// The grades for which a key of a document stands at a site of some kind: one grade, a stage known in sum, or the grades of
/// joint classes.
fn grades(scenario: &Scenario, kind: SiteKind, key: &str) -> Option<Vec<GradeId>> {
    let district = &scenario.district;
    kind.stages().iter().find_map(|&stage| {
        let all: Vec<GradeId> = district.grades_of(stage).collect();
        let one = |key: &str| all.iter().copied().find(|&grade| district.grades[grade].key() == key);
        if let Some(grade) = one(key) {
            return Some(vec![grade]);
        }
        let run = (0..all.len())
            .flat_map(|from| (from + 2..=all.len()).map(move |to| (from, to)))
            .find(|&(from, to)| band::key(scenario, &all[from..to]) == key);
        match run {
            Some((from, to)) => Some(all[from..to].to_vec()),
            None if key.contains(',') => key.split(',').map(one).collect(),
            None => None,
        }
    })
}

/// The offer that an action of a document takes: of those of its site that do the same, the first that may take effect in its
/// year, else the first.
pub fn offer<'a>(scenario: &'a Scenario, site: SiteId, action: &ActionDocument) -> Option<&'a Offer> {
    offer_at(scenario, site, action).map(|at| &scenario.offers[at])
}

fn offer_at(scenario: &Scenario, site: SiteId, action: &ActionDocument) -> Option<usize> {
    let alike = |offer: &Offer| {
        let measure = offer.measure;
        let into = measure.receiver().map(|into| scenario.district.sites[into].key.as_str());
        let rooms = Offer::special_rooms;
        offer.site == site
            && measure.name() == action.action
            && into == action.into.as_deref()
            && measure.classes().0 == action.classes
            && action.kind.is_none_or(|kind| measure.kind() == Some(kind))
            && action.beds.is_none_or(|given| measure.beds_moved() == Some(Pupils(given)))
            && (!matches!(measure, Measure::Equip { .. }) || rooms(offer) == (action.music_rooms, action.art_rooms))
    };
    let open = |offer: &Offer| offer.open_in(Year(action.year));
    let mut offers = scenario.offers.iter().enumerate().filter(|(_, offer)| alike(offer));
    offers.clone().find(|(_, offer)| open(offer)).or_else(|| offers.next()).map(|(at, _)| at)
}

/// Great circle between two sites times the detour factor, in whole metres.
pub fn between(scenario: &Scenario, from: SiteId, to: SiteId) -> i64 {
    let sites = &scenario.district.sites;
    (sites[from].point.great_circle_m(sites[to].point) * scenario.travel.detour_factor).round() as i64
}

/// The stages that a site teaches in a year; none while it does not operate.
pub fn stages(view: &YearView<'_>, site: SiteId) -> &'static [Stage] {
    let state = &view.sites[site].state;
    if state.operating { state.kind.stages() } else { &[] }
}
