//! Plans side by side: key figures, verdicts, actions, money, ways to school, and who changes school or goes farther from one
//! plan to another.
//!
//! Plans are taken in their last year. Their figures are read off their documents; what a document does not hold (where
//! pupils go today, what the actions cost year by year, names) comes from the scenario where it is at hand.

pub mod actions;
pub mod costs;
pub mod figures;
pub mod pairs;
pub mod rules;
pub mod slice;
#[cfg(test)]
mod tests;
pub mod units;
pub mod ways;

use crate::digest::trips::{Trip, baseline, planned};
use crate::domain::document::{PlanDocument, PlanStatus};
use crate::domain::scenario::Scenario;
use crate::evaluate::course::Money;
use crate::travel::Travel;
use crate::units::Year;
use serde::Serialize;
use std::collections::BTreeMap;

/// Version tag of the form in which a comparison is written.
pub const SCHEMA: &str = "catchment-comparison/1";

/// A plan with the name under which it is shown.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// Name, such as the folder's.
    pub name: &'a str,
    /// The plan.
    pub document: &'a PlanDocument,
    /// Its scenario, where it is at hand.
    pub home: Option<Home<'a>>,
}

/// The scenario that a plan is for, with the changes of its variant.
#[derive(Debug, Clone, Copy)]
pub struct Home<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its table of distances.
    pub travel: &'a Travel<'a>,
    /// Money of the plan's actions by calendar year.
    pub money: &'a BTreeMap<Year, Money>,
}

/// Plans side by side. Lists by plan are in the order of `plans`; positions count from 0. Ways are in metres, money in yuan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Always `catchment-comparison/1`.
    pub schema: &'static str,
    /// Name of the scenario.
    pub scenario: String,
    /// Whether its data are made up.
    pub synthetic: bool,
    /// The year that stands for today.
    pub baseline_year: i32,
    /// What is known of where pupils go today.
    pub today: Today,
    /// Whether all plans are for the same variant, with the same files.
    pub same_inputs: bool,
    /// Whether all plans are for the same number of pupils.
    pub same_pupils: bool,
    /// The plans.
    pub plans: Vec<PlanFacts>,
    /// Key figures, those that differ first.
    pub figures: Vec<figures::FigureRow>,
    /// Rules, those whose counts or verdicts differ first.
    pub rules: Vec<rules::RuleRow>,
    /// Sites at which some plan acts, those where the plans differ first.
    pub actions: Vec<actions::ActionRow>,
    /// Money of the actions, by plan.
    pub costs: Vec<costs::PlanCost>,
    /// How far pupils go, over all and by stage and setting.
    pub ways: Vec<ways::WayGroup>,
    /// Every plan against today, where today is known, and against every plan before it.
    pub pairs: Vec<pairs::Pair>,
    /// Units whose pupils go to different schools today and in the plans, or in two plans.
    pub units: Vec<units::UnitRow>,
    /// Names of sites and, where the scenario is at hand, of units.
    pub names: NameBook,
}

/// Names by key. A key without a name stands for itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct NameBook {
    /// Sites.
    pub sites: BTreeMap<String, String>,
    /// Units.
    pub units: BTreeMap<String, String>,
}

impl NameBook {
    fn of(plans: &[Named<'_>], home: Option<Home<'_>>) -> Self {
        let sites = plans.iter().rev().flat_map(|plan| &plan.document.sites);
        let units = home.into_iter().flat_map(|home| home.scenario.district.units.iter());
        let named = |(key, name): (&String, &String)| (!name.is_empty()).then(|| (key.clone(), name.clone()));
        Self {
            sites: sites.filter_map(|site| named((&site.id, &site.name))).collect(),
            units: units.filter_map(|unit| named((&unit.key, &unit.name))).collect(),
        }
    }

    /// The name of a site.
    pub fn site<'a>(&'a self, key: &'a str) -> &'a str {
        self.sites.get(key).map_or(key, String::as_str)
    }

    /// The name of a unit.
    pub fn unit<'a>(&'a self, key: &'a str) -> &'a str {
        self.units.get(key).map_or(key, String::as_str)
    }
}

/// What is known of where pupils go today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Today {
    /// The scenario says it.
    Given,
    /// The scenario assumes that they go to the nearest school.
    Assumed,
    /// The scenario is not at hand.
    Unknown,
}

/// What a plan says of itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanFacts {
    /// Name under which it is shown.
    pub name: String,
    /// A letter that stands for it in tables and charts.
    pub letter: String,
    /// Name of its variant.
    pub variant: Option<String>,
    /// How its run ended.
    pub status: PlanStatus,
    /// Its relative gap.
    pub gap: Option<f64>,
    /// The engine that made it; `none` for a plan made by hand.
    pub engine: String,
    /// The year in which it is compared.
    pub year: i32,
    /// Its pupils in that year.
    pub pupils: i64,
    /// SHA-256 of its scenario's files and its variant's name.
    pub scenario_sha256: String,
    /// Keys of sites that were locked.
    pub locked: Vec<String>,
}

/// Plans with their trips, which everything else is worked out from.
struct Ground<'a> {
    plans: &'a [Named<'a>],
    /// Trips of every plan in its last year.
    trips: Vec<Vec<Trip>>,
    /// Trips of today, where they are known.
    today: Option<Vec<Trip>>,
    /// Whether they are only assumed.
    assumed: bool,
    settings: slice::Settings,
}

/// Puts plans side by side. Without a plan the comparison is empty.
pub fn compare(plans: &[Named<'_>]) -> Comparison {
    let home = plans.iter().find_map(|plan| plan.home);
    let ground = Ground {
        plans,
        trips: plans.iter().map(of_last_year).collect(),
        today: home.map(|home| of_today(&home)),
        assumed: home.is_some_and(|home| home.scenario.baseline.assumed),
        settings: slice::settings(home.map(|home| home.scenario)),
    };
    let pupils: Vec<i64> = ground.trips.iter().map(|trips| trips.iter().map(|trip| trip.pupils).sum()).collect();
    let identity = |plan: &Named<'_>| (plan.document.scenario_sha256.clone(), plan.document.variant.clone());
    let facts = |(at, plan): (usize, &Named<'_>)| PlanFacts {
        name: plan.name.to_owned(),
        letter: letter(at),
        variant: plan.document.variant.clone(),
        status: plan.document.status,
        gap: plan.document.gap,
        engine: plan.document.solver.engine.clone(),
        year: last_year(plan.document),
        pupils: pupils[at],
        scenario_sha256: plan.document.scenario_sha256.clone(),
        locked: plan.document.solver.locked.clone(),
    };
    Comparison {
        schema: SCHEMA,
        scenario: plans.first().map(|plan| plan.document.scenario.clone()).unwrap_or_default(),
        synthetic: plans.iter().any(|plan| plan.document.synthetic),
        baseline_year: plans.first().map_or(0, |plan| plan.document.baseline_year),
        today: match &ground.today {
            None => Today::Unknown,
            Some(_) if ground.assumed => Today::Assumed,
            Some(_) => Today::Given,
        },
        same_inputs: plans.windows(2).all(|pair| identity(&pair[0]) == identity(&pair[1])),
        same_pupils: pupils.windows(2).all(|pair| pair[0] == pair[1]),
        plans: plans.iter().enumerate().map(facts).collect(),
        figures: differing_first(figures::rows(&ground), |row| row.differs),
        rules: differing_first(rules::rows(&ground), |row| row.differs),
        actions: differing_first(actions::rows(plans), |row| row.differs),
        costs: plans.iter().map(costs::of).collect(),
        ways: ways::groups(&ground),
        pairs: pairs::pairs(&ground),
        units: units::rows(&ground),
        names: NameBook::of(plans, home),
    }
}

fn differing_first<T>(mut rows: Vec<T>, differs: impl Fn(&T) -> bool) -> Vec<T> {
    rows.sort_by_key(|row| !differs(row));
    rows
}

/// A, B … Z, AA, AB …
fn letter(at: usize) -> String {
    let last = char::from(b'A' + (at % 26) as u8);
    if at < 26 { last.to_string() } else { format!("{}{last}", letter(at / 26 - 1)) }
}

fn last_year(document: &PlanDocument) -> i32 {
    document.years.last().copied().unwrap_or(document.baseline_year)
}

/// A plan without years is today's network.
fn of_last_year(plan: &Named<'_>) -> Vec<Trip> {
    let last = last_year(plan.document);
    match &plan.home {
        Some(home) if plan.document.years.is_empty() => of_today(home),
        _ => planned(plan.document).into_iter().filter(|trip| trip.year == last).collect(),
    }
}

fn of_today(home: &Home<'_>) -> Vec<Trip> {
    baseline(home.scenario, |unit, site| home.travel.leg(unit, site).map(|leg| leg.metres))
}
