//! What rules cost: every restriction of a scenario set aside, one at a time, against the plan that keeps them all.

use super::price::{Known, Price};
use super::sweep::Row;
use super::sweep::row::{Figures, decisions};
use crate::digest::flows::flows;
use crate::digest::trips::{Trip, planned};
use crate::domain::action::{Measure, Offer};
use crate::domain::district::SiteStatus;
use crate::domain::document::PlanDocument;
use crate::domain::rule::Severity;
use crate::domain::scenario::Scenario;
use crate::i18n::{Language, render};
use crate::id::SiteId;
use crate::message::{Message, Text};
use crate::units::Yuan;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Difference of two objectives, relative, that is owed to rounding.
const ROUNDING: f64 = 1e-6;

/// Something that a scenario demands and that could be demanded no longer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restriction {
    /// A hard rule, by id: limits on classes, sizes and ways, budgets, numbers of closures. Set aside, breaking it costs nothing.
    Rule(String),
    /// The protection of a site, by key. Set aside, the site may be closed.
    Protection(String),
}

impl Restriction {
    /// Every restriction of a scenario that a plan could gain from losing: the hard rules, then the protected sites in use,
    /// each in file order.
    pub fn all(scenario: &Scenario) -> Vec<Self> {
        let rules = scenario.rules.iter().filter(|rule| rule.severity == Severity::Hard);
        let sites = scenario.district.sites.iter();
        let protected = sites.filter(|site| site.protected && site.status == SiteStatus::Operating);
        let rules = rules.map(|rule| Self::Rule(rule.id.clone()));
        rules.chain(protected.map(|site| Self::Protection(site.key.clone()))).collect()
    }

    /// The scenario without the restriction, which its assumptions say. One that the scenario does not have changes nothing
    /// else.
    pub fn set_aside(&self, scenario: &Scenario) -> Scenario {
        let mut scenario = scenario.clone();
        match self {
            Self::Rule(id) => {
                // A rule that is only reported would not tell grades apart any more, and zones would be drawn otherwise.
                for rule in scenario.rules.iter_mut().filter(|rule| rule.id == *id) {
                    (rule.severity, rule.soft) = (Severity::Soft, None);
                }
                scenario.assumptions.push(Message::new("assume.rule_set_aside").with("rule", id));
            }
            Self::Protection(key) => {
                let site = scenario.district.sites.entries().find(|(_, site)| site.key == *key).map(|(site, _)| site);
                if let Some(site) = site {
                    scenario.district.sites[site].protected = false;
                    let (offer, note) = closing(&scenario, site, key);
                    scenario.offers.extend(offer);
                    scenario.assumptions.push(note);
                }
            }
        }
        scenario
    }

    /// The kind, by its name in files.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Rule(_) => "rule",
            Self::Protection(_) => "protection",
        }
    }

    /// Id of the rule or key of the site.
    pub fn name(&self) -> &str {
        match self {
            Self::Rule(name) | Self::Protection(name) => name,
        }
    }
}

/// A way to close a site that was protected, so that nothing is on offer there, and the note that says so: at the terms of the
/// middle one of the scenario's offers to close a site, by running cost, or for nothing where there is none. No new offer where
/// the scenario has one already.
fn closing(scenario: &Scenario, site: SiteId, key: &str) -> (Option<Offer>, Message) {
    let note = Message::new("assume.protection_set_aside").with("site", key);
    let reason = Text { en: Some(render(Language::En, &note)), zh: Some(render(Language::Zh, &note)) };
    if scenario.offers.iter().any(|offer| offer.site == site && offer.measure == Measure::Close) {
        return (None, note);
    }
    let mut others: Vec<&Offer> = scenario.offers.iter().filter(|offer| offer.measure == Measure::Close).collect();
    others.sort_by_key(|offer| (offer.running, offer.capital));
    let middle = others.get(others.len() / 2);
    let (capital, running) = middle.map_or((Yuan::ZERO, Yuan::ZERO), |offer| (offer.capital, offer.running));
    let (years, lead_years) = middle.map_or((Vec::new(), 0), |offer| (offer.years.clone(), offer.lead_years));
    let offer = Offer { years, capital, running, lead_years, reason, ..Offer::at(site, Measure::Close) };
    let terms = Message::new("assume.protection_terms").with("site", key);
    (Some(offer), terms.with("capital", capital).with("running", running))
}

/// What one restriction costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RulePrice {
    /// What is set aside.
    pub restriction: Restriction,
    /// Metric of the rule; `None` for the protection of a site.
    pub metric: Option<String>,
    /// Status of the run without the restriction, as that of a unit of a sweep.
    pub status: String,
    /// What is known of the cost.
    pub verdict: Verdict,
    /// The price, where there is a plan with and one without the restriction.
    pub price: Option<Price>,
    /// What the plan without it does otherwise.
    pub differences: Option<Differences>,
    /// Why there is no plan without it either; empty where there is one.
    pub why: Vec<String>,
    /// Folder of the plan without it within the results.
    pub folder: String,
}

impl RulePrice {
    /// What a restriction costs: `with` is the run with every restriction and `without` the one that lacks this, started from
    /// the plan of the first. `gap` is the relative gap asked for, and `differences` those of the two plans.
    pub fn new(
        restriction: Restriction,
        scenario: &Scenario,
        (with, without): (&Row, &Row),
        gap: f64,
        differences: Option<Differences>,
    ) -> Self {
        let known = |row: &Row| row.figures().filter(|_| row.holds()).map(Figures::known);
        // What is a plan with the restriction is one without it.
        let rest = |with: Known| known(without).unwrap_or(Known { value: with.value, bound: None });
        let price = known(with).map(|with| Price::between(with, rest(with)));
        let verdict = match (known(with), price) {
            (Some(with), Some(price)) => Verdict::of(price, with.value, gap),
            _ if without.holds() => Verdict::Blocks,
            _ => Verdict::Unknown,
        };
        let metric = match &restriction {
            Restriction::Rule(id) => scenario.rules.iter().find(|rule| rule.id == *id).map(|rule| rule.metric.clone()),
            Restriction::Protection(_) => None,
        };
        let pays = known(with).zip(price).is_some_and(|(with, price)| price.found > rounding(with.value));
        Self {
            metric,
            status: without.status().to_owned(),
            verdict,
            price,
            differences: differences.filter(|_| pays),
            why: without.why(),
            folder: format!("plans/{}", without.unit.folder()),
            restriction,
        }
    }
}

fn rounding(value: f64) -> f64 {
    ROUNDING * value.abs().max(1.0)
}

/// What is known of the cost of a restriction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is proven to cost something.
    Costs,
    /// It is proven to cost nothing, but for what the gap asked for leaves open.
    Free,
    /// Neither is proven.
    Open,
    /// Without it there is a plan that keeps the other hard rules, with it there is none.
    Blocks,
    /// No plan keeps the other hard rules either, or nothing is known.
    Unknown,
}

impl Verdict {
    /// What a price proves, where the plan with the restriction comes to `value` and `gap` was asked for.
    fn of(price: Price, value: f64, gap: f64) -> Self {
        let least = rounding(value);
        if price.at_least > least {
            Self::Costs
        } else if price.found <= least && price.at_most.is_some_and(|most| most <= gap * value.abs() + least) {
            Self::Free
        } else {
            Self::Open
        }
    }

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Costs => "costs",
            Self::Free => "free",
            Self::Open => "open",
            Self::Blocks => "blocks",
            Self::Unknown => "unknown",
        }
    }
}

/// What one plan does otherwise than another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differences {
    /// Sites at which the two plans decide otherwise.
    pub sites: Vec<OtherDecision>,
    /// Units with some pupils at another school in the last year.
    pub units: usize,
    /// Pupils at another school in the last year.
    pub pupils: i64,
}

/// A site at which two plans decide otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherDecision {
    /// Key of the site.
    pub site: String,
    /// What the plan with every restriction does there; empty for keeping.
    pub with: String,
    /// What the plan without one does there; empty for keeping.
    pub without: String,
}

impl Differences {
    /// What `without` does otherwise than `with`.
    pub fn between(with: &PlanDocument, without: &PlanDocument) -> Self {
        let by_site = |plan: &PlanDocument| -> BTreeMap<String, String> {
            let mut all: BTreeMap<String, String> = BTreeMap::new();
            for (site, decision) in decisions(plan) {
                let text = all.entry(site).or_default();
                if !text.is_empty() {
                    text.push_str(", ");
                }
                text.push_str(&decision);
            }
            all
        };
        let (before, after) = (by_site(with), by_site(without));
        let of = |plan: &BTreeMap<String, String>, site: &str| plan.get(site).cloned().unwrap_or_default();
        let sites = with.sites.iter().map(|site| &site.id).map(|site| OtherDecision {
            site: site.clone(),
            with: of(&before, site),
            without: of(&after, site),
        });
        let flows = flows(&of_last_year(with), &of_last_year(without));
        let moved = flows.units.iter().filter(|(_, change)| change.moved > 0);
        let units: BTreeSet<&str> = moved.map(|((unit, _), _)| unit.as_str()).collect();
        Self {
            sites: sites.filter(|site| site.with != site.without).collect(),
            units: units.len(),
            pupils: flows.moved(),
        }
    }
}

fn of_last_year(plan: &PlanDocument) -> Vec<Trip> {
    let last = plan.years.last().copied().unwrap_or(plan.baseline_year);
    planned(plan).into_iter().filter(|trip| trip.year == last).collect()
}
