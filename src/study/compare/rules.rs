//! The rules in every plan: how many subjects pass, and which fail.

use super::{Ground, Named, last_year};
use crate::digest::tallies::{RuleTally, outcome, tallies};
use crate::domain::rule::{Outcome, Rule, Severity, Verdict};
use crate::message::Text;
use serde::Serialize;
use std::collections::BTreeMap;

/// One rule in every plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleRow {
    /// Id of the rule.
    pub rule: String,
    /// Its name, where the scenario is at hand.
    pub title: Text,
    /// What a breach means, where the scenario is at hand.
    pub severity: Option<Severity>,
    /// Counts of subjects today, in the first plan's scenario.
    pub today: Option<Counts>,
    /// Counts of subjects; `None` where the plan does not know the rule.
    pub counts: Vec<Option<Counts>>,
    /// Subjects that fail it in some plan, with what was measured in each.
    pub failing: Vec<Failing>,
    /// Whether the plans differ.
    pub differs: bool,
}

/// How the subjects of a rule stand in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Within the base limit.
    pub pass: i64,
    /// Within an exempted limit only.
    pub relaxed: i64,
    /// Over the limit.
    pub fail: i64,
    /// The worst verdict.
    pub verdict: Verdict,
}

/// A subject that fails in some plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failing {
    /// Key of the site, section, unit, area or school, or `county`.
    pub subject: String,
    /// By plan; `None` where it is not tested.
    pub plans: Vec<Option<Measured>>,
}

/// What was measured on a subject.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// The value.
    pub value: Option<f64>,
    /// The limit that applied.
    pub limit: f64,
    /// Whether it is over the limit.
    pub fails: bool,
}

pub(super) fn rows(ground: &Ground<'_>) -> Vec<RuleRow> {
    let plans = ground.plans;
    let known = |id: &str| {
        let homes = plans.iter().filter_map(|plan| plan.home);
        homes.into_iter().find_map(|home| home.scenario.rules.iter().find(|rule| rule.id == id))
    };
    let counted: Vec<BTreeMap<String, RuleTally>> = plans
        .iter()
        .map(|plan| {
            let all = tallies(plan.document, plan.home.map(|home| home.scenario));
            all.into_iter().map(|tally| (tally.rule.clone(), tally)).collect()
        })
        .collect();
    let mut order: Vec<&str> = Vec::new();
    for row in plans.iter().flat_map(|plan| &plan.document.compliance) {
        if order.last() != Some(&row.rule.as_str()) && !order.contains(&row.rule.as_str()) {
            order.push(&row.rule);
        }
    }
    order
        .into_iter()
        .map(|id| {
            let rule = known(id);
            let of = |plan: &Named<'_>, tallies: &BTreeMap<String, RuleTally>| {
                tallies.get(id).map(|tally| counts(tally, last_year(plan.document)))
            };
            let counts_by_plan: Vec<Option<Counts>> =
                plans.iter().zip(&counted).map(|(plan, tallies)| of(plan, tallies)).collect();
            let now = plans.first().zip(counted.first());
            RuleRow {
                rule: id.to_owned(),
                title: rule.map(|rule| rule.title.clone()).unwrap_or_default(),
                severity: rule.map(|rule| rule.severity),
                today: now.and_then(|(plan, all)| Some(counts(all.get(id)?, plan.document.baseline_year))),
                differs: counts_by_plan.windows(2).any(|pair| pair[0] != pair[1]),
                counts: counts_by_plan,
                failing: failing(plans, id),
            }
        })
        .collect()
}

fn counts(tally: &RuleTally, year: i32) -> Counts {
    let counts = tally.years.get(&year).cloned().unwrap_or_default();
    Counts { pass: counts.pass, relaxed: counts.relaxed, fail: counts.fail, verdict: tally.verdict }
}

/// The subjects that fail a rule in the last year of some plan, in the order of the documents.
fn failing(plans: &[Named<'_>], id: &str) -> Vec<Failing> {
    let mut order: Vec<&str> = Vec::new();
    let mut measured: Vec<BTreeMap<&str, Measured>> = Vec::new();
    for plan in plans {
        let (document, last) = (plan.document, last_year(plan.document));
        let rule: Option<&Rule> = plan.home.and_then(|home| home.scenario.rules.iter().find(|rule| rule.id == id));
        let mut own = BTreeMap::new();
        for row in document.compliance.iter().filter(|row| row.rule == id && row.year == last) {
            let outcome = outcome(row, rule, document.baseline_year);
            if outcome == Outcome::NotApplicable {
                continue;
            }
            let fails = outcome == Outcome::Fail;
            own.insert(row.subject.as_str(), Measured { value: row.value, limit: row.limit, fails });
            if fails && !order.contains(&row.subject.as_str()) {
                order.push(&row.subject);
            }
        }
        measured.push(own);
    }
    let row = |subject: &str| Failing {
        subject: subject.to_owned(),
        plans: measured.iter().map(|own| own.get(subject).copied()).collect(),
    };
    order.into_iter().map(row).collect()
}
