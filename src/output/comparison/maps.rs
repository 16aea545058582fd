//! The maps of a comparison: one geography, and who goes where today and in every plan.

use crate::digest::trips::{Trip, baseline, planned};
use crate::domain::district::SiteStatus;
use crate::domain::document::{PlanDocument, SiteDocument, StateDocument};
use crate::id::Id;
use crate::output::atlas::{Atlas, UnitData, site_colours};
use crate::output::names::Names;
use crate::output::shapes::shapes;
use crate::study::compare::{Home, Named};
use serde::Serialize;

/// Numbers of a trip in `assigned`.
const TRIP: usize = 4;

/// What the maps show.
#[derive(Debug, Serialize)]
pub struct Maps {
    origin: [i64; 2],
    /// Whether outlines of units were drawn by the program and are no data.
    drawn: bool,
    units: Vec<UnitData>,
    sites: Vec<SiteData>,
    stages: Vec<&'static str>,
    /// Today first, then the plans in their last year.
    views: Vec<View>,
}

#[derive(Debug, Serialize)]
struct SiteData {
    key: String,
    name: String,
    at: [i64; 2],
    colour: usize,
}

/// The county today or under a plan.
#[derive(Debug, Serialize)]
struct View {
    /// Position of the plan; `None` for today.
    plan: Option<usize>,
    /// By stage: flat groups of unit, site, pupils, metres (-1 where not known).
    assigned: Vec<Vec<i64>>,
    /// By site: what it is drawn as, or `None` for nothing.
    roles: Vec<Option<String>>,
    /// Pupils by site.
    pupils: Vec<i64>,
    /// Mergers: the site that ends and the one that takes it over.
    arrows: Vec<[usize; 2]>,
}

impl Maps {
    /// The maps of plans, on the geography of the first that has its scenario at hand; `None` where none has.
    pub fn of(plans: &[Named<'_>]) -> Option<Self> {
        let (first, home) = plans.iter().find_map(|plan| Some((plan, plan.home?)))?;
        let scenario = home.scenario;
        let names = Names::of(scenario);
        let shapes = shapes(scenario);
        let atlas = Atlas::of(scenario, &shapes);
        let draft = Draft { home, names: &names };
        let today = draft.today(first.document);
        let plans = plans.iter().enumerate().map(|(at, plan)| draft.plan(at, plan.document));
        let views: Vec<View> = std::iter::once(today).chain(plans).collect();
        let colours = site_colours(scenario, &shapes, views.iter().flat_map(|view| &view.assigned), TRIP);
        let sites = scenario.district.sites.entries().map(|(id, site)| SiteData {
            key: site.key.clone(),
            name: if site.name.is_empty() { site.key.clone() } else { site.name.clone() },
            at: atlas.place(site.point),
            colour: colours[id.index()],
        });
        Some(Self {
            origin: atlas.origin,
            drawn: atlas.drawn,
            sites: sites.collect(),
            stages: scenario.stages.iter().map(|stage| stage.name()).collect(),
            views,
            units: atlas.units,
        })
    }
}

struct Draft<'a> {
    home: Home<'a>,
    names: &'a Names<'a>,
}

impl Draft<'_> {
    fn today(&self, document: &PlanDocument) -> View {
        let home = &self.home;
        let trips = baseline(home.scenario, |unit, site| home.travel.leg(unit, site).map(|leg| leg.metres));
        self.view(None, &trips, document, document.baseline_year)
    }

    fn plan(&self, at: usize, document: &PlanDocument) -> View {
        let Some(&last) = document.years.last() else { return View { plan: Some(at), ..self.today(document) } };
        let trips: Vec<Trip> = planned(document).into_iter().filter(|trip| trip.year == last).collect();
        self.view(Some(at), &trips, document, last)
    }

    fn view(&self, plan: Option<usize>, trips: &[Trip], document: &PlanDocument, year: i32) -> View {
        let scenario = self.home.scenario;
        let site_at = |key: &str| self.names.site(key).map(|(id, _)| id.index());
        let mut assigned = vec![Vec::new(); scenario.stages.len()];
        for trip in trips.iter().filter(|trip| trip.pupils > 0) {
            let stage = scenario.stage_index(trip.stage);
            let unit = self.names.unit(&trip.unit).map(|(id, _)| id.index());
            if let (Some(stage), Some(unit), Some(site)) = (stage, unit, site_at(&trip.site)) {
                assigned[stage].extend([unit as i64, site as i64, trip.pupils, trip.metres.unwrap_or(-1)]);
            }
        }
        let mut roles = vec![None; scenario.district.sites.len()];
        let mut pupils = vec![0; scenario.district.sites.len()];
        let mut arrows = Vec::new();
        for (id, site) in scenario.district.sites.entries() {
            if site.status == SiteStatus::Candidate {
                roles[id.index()] = Some("plot".to_owned());
            }
        }
        for site in &document.sites {
            let Some(at) = site_at(&site.id) else { continue };
            let state = site.states.iter().find(|state| state.year == year);
            pupils[at] = state.map_or(0, |state| state.pupils.values().sum());
            if let Some(role) = role(site, state, plan.map(|_| year)) {
                roles[at] = Some(role.to_owned());
            }
            if plan.is_some() {
                let into = site.actions.iter().filter_map(|action| action.into.as_deref()).filter_map(site_at);
                arrows.extend(into.map(|into| [at, into]));
            }
        }
        View { plan, assigned, roles, pupils, arrows }
    }
}

/// What a site is drawn as: its last action up to `planned`, else `keep` where it operates.
fn role<'a>(site: &'a SiteDocument, state: Option<&StateDocument>, planned: Option<i32>) -> Option<&'a str> {
    let done = planned.and_then(|year| site.actions.iter().rfind(|action| action.year <= year));
    match done {
        Some(action) => Some(&action.action),
        None => state.is_some_and(|state| state.operating).then_some("keep"),
    }
}
