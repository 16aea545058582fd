//! What is left to fill in and to check once facts, rules and offers stand side by side.

use super::facts::Facts;
use super::geometry;
use super::problem::{self, Code, Place, Problem, Problems};
use crate::domain::district::{SiteStatus, Stage};
use crate::domain::scenario::Scenario;
use crate::id::{Id, SiteId, UnitId};
use crate::message::Message;
use crate::units::{Point, Pupils};

/// Home units where connected catchments need them: the unit whose outline contains the site, else the nearest.
pub fn home_units(scenario: &mut Scenario) {
    if !scenario.zoning.iter().any(|zoning| zoning.contiguous) {
        return;
    }
    let units = &scenario.district.units;
    let mut filled = Vec::new();
    for site in scenario.district.sites.iter_mut().filter(|site| site.home.is_none()) {
        let inside = units
            .entries()
            .find(|(_, unit)| unit.outline.as_ref().is_some_and(|outline| geometry::contains(outline, site.point)));
        let nearest = || {
            let metres = |unit: UnitId| units[unit].point.great_circle_m(site.point);
            units.ids().min_by(|&a, &b| metres(a).total_cmp(&metres(b)))
        };
        site.home = inside.map(|(id, _)| id).or_else(nearest);
        filled.push(site.key.as_str());
    }
    if !filled.is_empty() {
        let sites = problem::list(filled.iter().copied());
        let message = Message::new("assume.home_nearest").with("sites", sites).with("count", filled.len());
        scenario.assumptions.push(message);
    }
}

/// Sites that take pupils of a stage today or could be built to.
fn takers(scenario: &Scenario, stage: Stage) -> Vec<SiteId> {
    let made = |site: SiteId| {
        scenario.offers.iter().any(|offer| {
            offer.measure.place(offer.site) == site
                && offer.measure.kind().is_some_and(|kind| kind.stages().contains(&stage))
        })
    };
    scenario
        .district
        .sites
        .entries()
        .filter(|(id, site)| match site.status {
            SiteStatus::Operating => site.kind.stages().contains(&stage) || made(*id),
            SiteStatus::Candidate => made(*id),
        })
        .map(|(id, _)| id)
        .collect()
}

/// Stages without a school, and units without a way to one where only given distances count.
pub fn reach(scenario: &Scenario, facts: &Facts, problems: &mut Problems) {
    for &stage in &scenario.stages {
        let takers = takers(scenario, stage);
        if takers.is_empty() {
            problems.push(Problem::new(Code::NoSite, &facts.sites_file).with("stage", stage.name()));
            continue;
        }
        if !scenario.travel.table_only {
            continue;
        }
        for (id, unit) in scenario.district.units.entries() {
            let given = |site: SiteId| {
                scenario.travel.table.binary_search_by_key(&(id, site), |entry| (entry.unit, entry.site)).is_ok()
            };
            let lives = |year| -> Pupils {
                scenario.district.grades_of(stage).map(|grade| scenario.demand.pupils(year, id, grade)).sum()
            };
            let inhabited = scenario.demand.years().iter().any(|&year| lives(year) > Pupils::ZERO);
            if inhabited && !takers.iter().any(|&site| given(site)) {
                problems.push(
                    Problem::new(Code::NoDistance, &facts.travel_file)
                        .with("value", &unit.key)
                        .with("stage", stage.name()),
                );
            }
        }
    }
}

/// Warns of places that lie far from all others: a slip in a coordinate more often than a fact.
pub fn far_away(facts: &Facts, problems: &mut Problems) {
    /// Nothing nearer than this to the middle is far, in metres.
    const FAR: f64 = 100_000.0;
    /// Nor is what is within this multiple of the usual distance from the middle.
    const TIMES: f64 = 20.0;
    const SHOWN: usize = 10;
    // A row with faults has no point to speak of.
    let units = facts.district.units.entries().filter(|(id, _)| !facts.units.faulty.contains(&id.index()));
    let sites = facts.district.sites.entries().filter(|(id, _)| !facts.sites.faulty.contains(&id.index()));
    let units = units.map(|(_, unit)| (&facts.units_file, &unit.key, unit.point));
    let sites = sites.map(|(_, site)| (&facts.sites_file, &site.key, site.point));
    let places: Vec<(&String, &String, Point)> = units.chain(sites).collect();
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    };
    let middle = Point {
        lon: median(places.iter().map(|place| place.2.lon).collect()),
        lat: median(places.iter().map(|place| place.2.lat).collect()),
    };
    let usual = median(places.iter().map(|place| place.2.great_circle_m(middle)).collect());
    let far = places.iter().filter(|place| place.2.great_circle_m(middle) > FAR.max(TIMES * usual));
    for (file, key, point) in far.take(SHOWN) {
        problems.push(
            Problem::new(Code::FarAway, file)
                .at(Place::Entry { path: (*key).clone() })
                .with("value", key)
                .with("km", format!("{:.0}", point.great_circle_m(middle) / 1000.0)),
        );
    }
}
