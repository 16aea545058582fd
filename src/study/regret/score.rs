//! A plan scored under a forecast, by the audit alone.

use crate::domain::forecast::Forecast;
use crate::domain::plan::Plan;
use crate::evaluate::evaluate;
use crate::optimise::Excess;
use crate::travel::Travel;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a plan does under one forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The declared objective; `None` where the plan is no plan under the forecast.
    pub total: Option<f64>,
    /// Every term of the objective.
    pub terms: BTreeMap<String, Option<f64>>,
    /// Whether all hard rules hold.
    pub holds: bool,
    /// Pupils affected by broken hard rules; `None` where it cannot be counted.
    pub excess: Option<f64>,
    /// The hard rules that are broken: which, where, when, by how much.
    pub breaches: Vec<Broken>,
    /// Why it is no plan under the forecast; empty where it is one.
    pub faults: Vec<String>,
}

/// A hard rule that a plan breaks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Broken {
    /// Id of the rule.
    pub rule: String,
    /// Key of the site, section or unit, or `county`.
    pub subject: String,
    /// The year.
    pub year: i32,
    /// By how much, in the unit of the rule's metric; 0 where there is no number.
    pub excess: f64,
    /// Whether it grows before its deadline, rather than missing its limit.
    pub growth: bool,
}

/// Scores a plan that has the pupils of the forecast.
pub fn score(forecast: &Forecast, travel: &Travel<'_>, plan: &Plan, excess: &Excess) -> Score {
    let scenario = &forecast.scenario;
    let judged = match evaluate(scenario, travel, plan) {
        Ok(judged) => judged,
        Err(faults) => {
            let faults = faults.iter().map(ToString::to_string).collect();
            let (total, terms, breaches) = (None, BTreeMap::new(), Vec::new());
            return Score { total, terms, holds: false, excess: None, breaches, faults };
        }
    };
    let holds = judged.hard_rules_hold();
    let breaches = judged.breaches.iter().map(|breach| Broken {
        rule: scenario.rules[breach.rule].id.clone(),
        subject: breach.subject.key(scenario),
        year: breach.year.0,
        excess: breach.excess,
        growth: breach.growth,
    });
    let objective = judged.objective.as_ref();
    let terms = objective.map(|objective| &objective.terms).into_iter().flatten();
    Score {
        total: objective.map(|objective| objective.total),
        terms: terms.map(|(term, value)| (term.name().to_owned(), *value)).collect(),
        holds,
        // What the optimiser does not know of has no measure.
        excess: if holds { Some(0.0) } else { excess.of(scenario, plan).ok().filter(|&excess| excess > 0.0) },
        breaches: breaches.collect(),
        faults: Vec::new(),
    }
}
