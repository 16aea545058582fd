//! What follows from random plans of a whole county: nothing is lost, and the figures are those of the audit.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use catchment::digest::consequences::{Consequences, staff};
use catchment::domain::action::{Measure, Offer, SiteState};
use catchment::domain::district::{SiteKind, SiteStatus, Stage};
use catchment::domain::document::PlanDocument;
use catchment::domain::plan::{Assignment, Plan, PlannedAction};
use catchment::domain::scenario::Scenario;
use catchment::evaluate::document::{SolveFacts, assemble};
use catchment::evaluate::evaluate;
use catchment::id::{IdVec, SiteId, UnitId};
use catchment::input;
use catchment::message::Text;
use catchment::random::Random;
use catchment::travel::Travel;
use catchment::units::{Classes, Pupils, Year};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The shipped county, in which every small primary may also be closed or merged into its neighbour, some move to the plots of
/// the county, and some schools change their kind.
fn county() -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/tongnan");
    let mut scenario = input::load(&path, None).unwrap().scenario;
    let sites: Vec<SiteId> = scenario.district.sites.ids().collect();
    let way = |a: SiteId, b: SiteId| scenario.district.sites[a].point.great_circle_m(scenario.district.sites[b].point);
    let mut offers = Vec::new();
    for &site in sites.iter().filter(|&&site| closable(&scenario, site)) {
        let large = |other: &&SiteId| {
            let facts = &scenario.district.sites[**other];
            facts.kind == SiteKind::Primary && !closable(&scenario, **other) && facts.rooms.0 > 0
        };
        let into = *sites.iter().filter(large).min_by(|a, b| way(site, **a).total_cmp(&way(site, **b))).unwrap();
        for measure in [Measure::Close, Measure::Merge { into }] {
            offers.push(Offer { reason: Text::same("drawn at random"), ..Offer::at(site, measure) });
        }
    }
    let plots = sites.iter().filter(|&&site| scenario.district.sites[site].status == SiteStatus::Candidate);
    let movers = sites.iter().filter(|&&site| closable(&scenario, site));
    for (&into, &site) in plots.zip(movers) {
        let (kind, classes, beds) = (scenario.district.sites[site].kind, Classes(12), Pupils(0));
        let measure = Measure::Relocate { into, kind, classes, beds };
        offers.push(Offer { reason: Text::same("drawn at random"), ..Offer::at(site, measure) });
    }
    for (kind, other) in [(SiteKind::NineYear, SiteKind::Junior), (SiteKind::Primary, SiteKind::NineYear)] {
        let large = |site: &&SiteId| scenario.district.sites[**site].kind == kind && !closable(&scenario, **site);
        let convert = Measure::Convert { kind: other, classes: Classes(0) };
        offers.extend(sites.iter().filter(large).take(3).map(|&site| Offer::at(site, convert)));
    }
    scenario.offers.extend(offers);
    scenario
}

fn closable(scenario: &Scenario, site: SiteId) -> bool {
    let key = &scenario.district.sites[site].key;
    key.starts_with('V') || key == "T01"
}

/// The places that an action changes.
fn places(action: &PlannedAction) -> Vec<SiteId> {
    match action.measure {
        Measure::Relocate { into, .. } => vec![action.site, into],
        _ => vec![action.site],
    }
}

/// A plan that takes offers at random and sends every unit to the nearest school that is open, or at random to the second.
fn plan(scenario: &Scenario, travel: &Travel<'_>, seed: u64) -> Plan {
    let mut random = Random::new(seed, "plan");
    let mut actions: BTreeMap<SiteId, PlannedAction> = BTreeMap::new();
    for offer in &scenario.offers {
        let years: &[Year] = if offer.years.is_empty() { &scenario.years } else { &offer.years };
        let year = years[random.below(years.len())];
        let action = PlannedAction { site: offer.site, year, measure: offer.measure };
        // A plot takes one school, or is built on.
        let clash = |other: &PlannedAction| {
            other.site != action.site && places(other).iter().any(|site| places(&action).contains(site))
        };
        if random.chance(0.4) && !actions.values().any(clash) {
            actions.insert(offer.site, action);
        }
    }
    let actions: Vec<PlannedAction> = actions.into_values().collect();
    let mut plan = Plan { assignment: Vec::new(), actions };
    for (at, &year) in scenario.years.iter().enumerate() {
        let open: IdVec<SiteId, SiteState> = scenario
            .district
            .sites
            .ids()
            .map(|site| {
                let taken: Vec<(usize, Year)> = plan
                    .actions
                    .iter()
                    .filter_map(|action| {
                        let same = |offer: &Offer| {
                            offer.site == action.site && offer.measure == action.measure && offer.concerns(site)
                        };
                        Some((scenario.offers.iter().position(same)?, action.year))
                    })
                    .collect();
                catchment::domain::action::states(scenario, site, &taken)[at]
            })
            .collect();
        for unit in scenario.district.units.ids() {
            for (index, &stage) in scenario.stages.iter().enumerate() {
                let pupils: Vec<_> = scenario
                    .district
                    .grades_of(stage)
                    .map(|grade| (grade, scenario.demand.pupils(year, unit, grade)))
                    .collect();
                if pupils.iter().all(|&(_, pupils)| pupils == Pupils::ZERO) {
                    continue;
                }
                let site = school(scenario, travel, &plan, &open, (unit, index, stage), random.chance(0.1), year);
                plan.assignment.push(Assignment { unit, stage, year, pupils, site, boarding: false });
            }
        }
    }
    plan
}

/// The school of a unit: that of today while it is open, that into which it merged, else the nearest or the second.
fn school(
    scenario: &Scenario,
    travel: &Travel<'_>,
    plan: &Plan,
    open: &IdVec<SiteId, SiteState>,
    (unit, index, stage): (UnitId, usize, Stage),
    stray: bool,
    year: Year,
) -> SiteId {
    let today = scenario.baseline.sites[unit][index].unwrap();
    let merged =
        plan.actions.iter().find(|action| action.site == today && action.year <= year).and_then(|action| match action
            .measure
        {
            Measure::Merge { into } => Some(into),
            _ => None,
        });
    let teaches = |site: SiteId| open[site].operating && open[site].kind.stages().contains(&stage);
    match merged {
        Some(into) => into,
        None if teaches(today) && !stray => today,
        None => {
            let mut others: Vec<SiteId> = open.ids().filter(|&site| teaches(site) && site != today).collect();
            others.sort_by_key(|&site| (travel.leg(unit, site).unwrap().metres, site));
            *others.first().unwrap_or(&today)
        }
    }
}

fn document(scenario: &Scenario, seed: u64) -> PlanDocument {
    let travel = Travel::new(scenario);
    let plan = plan(scenario, &travel, seed);
    let evaluation = evaluate(scenario, &travel, &plan).unwrap();
    let facts = SolveFacts::unsolved(&evaluation, Vec::new());
    assemble(scenario, &travel, &plan, &evaluation, facts)
}

#[test]
fn nothing_is_lost_in_random_plans_of_a_county_and_the_figures_are_those_of_the_audit() {
    let scenario = county();
    let (mut moved, mut released, mut measures) = (0, 0, BTreeSet::new());
    for seed in 1..=5 {
        let document = document(&scenario, seed);
        let all = Consequences::of(&scenario, &document);
        moved += all.staff_flows.len();
        released += all.disposed.len();
        for &year in std::iter::once(&2024).chain(&document.years) {
            let placed: i64 = all.placed.iter().filter(|one| one.year == year).map(|one| one.pupils).sum();
            assert_eq!(placed, scenario.demand.total(Year(year)).0, "seed {seed}, {year}");
            for (q, quantity) in staff::BODY.iter().enumerate() {
                let of = |year: i32| -> i64 {
                    all.staff.iter().filter(|one| one.year == year).filter_map(|one| one.counts[q]).sum()
                };
                assert_eq!(of(year), of(2024), "seed {seed}, {quantity:?} in {year}");
            }
            // The funds of the sections are the county's value of the audit.
            let row = document.compliance.iter().find(|row| row.rule == "cn.local.tongnan.funds" && row.year == year);
            let funds: f64 = all.funds.iter().filter(|one| one.year == year).map(|one| one.yuan).sum();
            assert!((funds - row.unwrap().value.unwrap()).abs() < 0.01, "seed {seed}, {year}");
            // The pupils of an account are those of the matrix.
            let (come, gone): (i64, i64) = all
                .accounts
                .iter()
                .filter(|((_, other), _)| *other == year)
                .fold((0, 0), |sum, (_, account)| (sum.0 + account.come, sum.1 + account.gone));
            assert_eq!(come, gone, "whoever comes from a school leaves one");
        }
        let taken = document.sites.iter().flat_map(|site| &site.actions);
        measures.extend(taken.map(|action| action.action.clone()));
        for work in all.works.iter().filter(|work| work.action == "relocate") {
            let facts = &scenario.district.sites[work.site];
            assert_eq!(facts.status, SiteStatus::Candidate, "seed {seed}: what is built stands at the new place");
        }
        let shut = document
            .sites
            .iter()
            .filter(|site| site.states.first().unwrap().operating && !site.states.last().unwrap().operating);
        assert_eq!(all.disposed.len(), shut.count(), "one use for every released place");
    }
    assert!(measures.contains("relocate") && measures.contains("convert"), "{measures:?}");
    assert!(moved > 100 && released > 10, "{moved} moves of posts and {released} released places say something");
}
