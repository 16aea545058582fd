//! The result of a unit in one row.

use super::Unit;
use crate::digest::figures::{action_counts, figures};
use crate::digest::tallies::tallies;
use crate::digest::trips::planned;
use crate::domain::document::{ActionDocument, LevelDocument, PlanDocument, PlanStatus, SiteDocument};
use crate::study::price::Known;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One row of a sweep. Nothing in it depends on the machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The unit.
    pub unit: Unit,
    /// What came of it.
    pub result: Outcome,
}

/// What came of a unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A plan, good or least bad.
    Plan(Box<Figures>),
    /// No plan, not even one that breaks hard rules, keeps to what the unit asks for, and why.
    Infeasible(String),
    /// No plan: the scenario cannot be solved, and why.
    Failed(String),
    /// A fault of the program, and which.
    Fault(String),
    /// Not there: a part of the sweep has not been run.
    Missing,
}

/// Figures of a plan, those of years in its last year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// How the run ended.
    pub status: PlanStatus,
    /// The declared objective.
    pub total: f64,
    /// Proven lower bound.
    pub bound: Option<f64>,
    /// Relative gap.
    pub gap: Option<f64>,
    /// Every level of the objective as it was solved; one unless it has several.
    pub levels: Vec<LevelDocument>,
    /// Why no plan keeps the hard rules; empty where this one does.
    pub why: Vec<String>,
    /// Every term.
    pub terms: BTreeMap<String, Option<f64>>,
    /// Sites in use.
    pub sites: i64,
    /// Pupils.
    pub pupils: i64,
    /// Classes.
    pub classes: i64,
    /// Mean way in metres.
    pub mean_m: Option<f64>,
    /// Way in metres that nine tenths of the pupils do not exceed.
    pub p90_m: Option<i64>,
    /// Longest way in metres.
    pub longest_m: Option<i64>,
    /// Subjects that fail a rule.
    pub failing: i64,
    /// How often each action is taken.
    pub actions: BTreeMap<String, i64>,
    /// What is done at which site: key of the site, and action with its year, receiver and size.
    pub decisions: Vec<(String, String)>,
    /// Work units spent.
    pub work: u64,
    /// Branch-and-bound nodes.
    pub nodes: u64,
}

impl Figures {
    /// The figures of a document; `why` says why no plan keeps the hard rules, where none does.
    pub fn of(document: &PlanDocument, why: Vec<String>) -> Self {
        let last = document.years.last().copied().unwrap_or(document.baseline_year);
        let trips: Vec<_> = planned(document).into_iter().filter(|trip| trip.year == last).collect();
        let year = figures(document, &trips).into_iter().next_back();
        let failing = tallies(document, None);
        let failing = failing.iter().filter_map(|tally| tally.years.get(&last)).map(|counts| counts.fail).sum();
        let of_year = |value: fn(&crate::digest::figures::YearFigures) -> i64| year.as_ref().map_or(0, value);
        Self {
            status: document.status,
            total: document.objective.total,
            bound: document.bound,
            gap: document.gap,
            levels: document.levels.clone(),
            why,
            terms: document.objective.terms.clone(),
            sites: of_year(|year| year.sites),
            pupils: of_year(|year| year.pupils),
            classes: of_year(|year| year.classes),
            mean_m: year.as_ref().and_then(|year| year.distances.mean()),
            p90_m: year.as_ref().and_then(|year| year.distances.quantile(0.9)),
            longest_m: year.as_ref().and_then(|year| year.distances.longest()),
            failing,
            actions: action_counts(document),
            decisions: decisions(document),
            work: document.solver.work,
            nodes: document.solver.nodes,
        }
    }

    /// Value and bound of the first level of the objective, which is all of it unless it has several: what runs with other
    /// restrictions can be compared by.
    pub fn known(&self) -> Known {
        match self.levels.first() {
            Some(level) => Known { value: level.value, bound: level.bound },
            None => Known { value: self.total, bound: self.bound },
        }
    }

    /// Keys of the sites that the plan closes or merges, in file order.
    pub fn shut(&self) -> Vec<String> {
        let shuts = |decision: &str| matches!(kind(decision), "close" | "merge");
        self.decisions.iter().filter(|(_, decision)| shuts(decision)).map(|(site, _)| site.clone()).collect()
    }
}

/// What a plan does at which site: key of the site, and action with its year, receiver and size.
pub fn decisions(document: &PlanDocument) -> Vec<(String, String)> {
    let of = |site: &SiteDocument| -> Vec<_> {
        site.actions.iter().map(|action| (site.id.clone(), decision(action))).collect()
    };
    document.sites.iter().flat_map(of).collect()
}

/// The name of the action of a decision.
fn kind(decision: &str) -> &str {
    decision.split(' ').next().unwrap_or_default()
}

fn decision(action: &ActionDocument) -> String {
    let mut text = format!("{} {}", action.action, action.year);
    if let Some(into) = &action.into {
        text = format!("{text} {into}");
    }
    if action.classes > 0 { format!("{text} {}", action.classes) } else { text }
}

impl Row {
    /// The figures, where there is a plan.
    pub fn figures(&self) -> Option<&Figures> {
        match &self.result {
            Outcome::Plan(figures) => Some(figures),
            _ => None,
        }
    }

    /// The word for what came of the unit.
    pub fn status(&self) -> &'static str {
        match &self.result {
            Outcome::Plan(figures) => match figures.status {
                PlanStatus::Optimal => "optimal",
                PlanStatus::Feasible => "feasible",
                PlanStatus::Stopped => "stopped",
                PlanStatus::Infeasible => "infeasible",
            },
            Outcome::Infeasible(_) => "infeasible",
            Outcome::Failed(_) => "failed",
            Outcome::Fault(_) => "fault",
            Outcome::Missing => "missing",
        }
    }

    /// Why there is no plan that keeps every hard rule; empty where there is one.
    pub fn why(&self) -> Vec<String> {
        match &self.result {
            Outcome::Plan(figures) => figures.why.clone(),
            Outcome::Infeasible(why) | Outcome::Failed(why) | Outcome::Fault(why) => vec![why.clone()],
            Outcome::Missing => Vec::new(),
        }
    }

    /// Whether there is a plan and it keeps every hard rule.
    pub fn holds(&self) -> bool {
        self.figures().is_some_and(|figures| figures.status != PlanStatus::Infeasible)
    }
}

/// A decision that plans share, for lists of what is the same in nearly all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Common {
    /// Key of the site.
    pub site: String,
    /// What is done there: an action, or `keep`.
    pub decision: String,
    /// In how many plans.
    pub plans: usize,
    /// Of how many.
    pub of: usize,
}

/// The decisions that at least `share` of the plans that keep the hard rules take, most common first: what can be done now
/// without regret, whatever comes. Kinds of action count, not their sizes and years. `keep` is among them for the sites in
/// play: those `on_offer`, and those at which some plan acts.
pub fn common(rows: &[Row], share: f64, on_offer: &BTreeSet<String>) -> Vec<Common> {
    let plans: Vec<&Figures> = rows.iter().filter(|row| row.holds()).filter_map(Row::figures).collect();
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut acted: BTreeMap<&str, usize> = on_offer.iter().map(|site| (site.as_str(), 0)).collect();
    for plan in &plans {
        let mut sites: BTreeSet<&str> = BTreeSet::new();
        for (site, decision) in &plan.decisions {
            *counts.entry((site, kind(decision))).or_default() += 1;
            sites.insert(site);
        }
        for site in sites {
            *acted.entry(site).or_default() += 1;
        }
    }
    let kept = acted.iter().map(|(&site, &acting)| ((site, "keep"), plans.len() - acting));
    counts.extend(kept);
    let enough = ((share * plans.len() as f64).ceil() as usize).max(1);
    let mut found: Vec<Common> = counts
        .into_iter()
        .filter(|&(_, count)| count >= enough)
        .map(|((site, decision), count)| Common {
            site: site.to_owned(),
            decision: decision.to_owned(),
            plans: count,
            of: plans.len(),
        })
        .collect();
    found.sort_by_key(|common| std::cmp::Reverse(common.plans));
    found
}

#[cfg(test)]
mod tests {
    use super::super::Task;
    use super::*;
    use crate::domain::sample;

    fn row(document: &PlanDocument) -> Row {
        let unit = Unit {
            id: "0".repeat(64),
            variant: Some("v".to_owned()),
            family: None,
            changes: vec![("a".into(), "1".into())],
            task: Task::Plan,
        };
        Row { unit, result: Outcome::Plan(Box::new(Figures::of(document, Vec::new()))) }
    }

    #[test]
    fn a_row_is_the_same_after_writing_and_reading() {
        let row = row(&sample::document(&sample::scenario()));
        let text = serde_json::to_string(&row).unwrap();
        assert_eq!(serde_json::from_str::<Row>(&text).unwrap(), row);
        let failed = Row { result: Outcome::Failed("why".to_owned()), ..row };
        assert_eq!(serde_json::from_str::<Row>(&serde_json::to_string(&failed).unwrap()).unwrap(), failed);
        let missing = Row { result: Outcome::Missing, ..failed };
        assert_eq!(serde_json::from_str::<Row>(&serde_json::to_string(&missing).unwrap()).unwrap(), missing);
    }

    #[test]
    fn common_decisions_are_counted_over_plans_that_hold() {
        let document = sample::document(&sample::scenario());
        let acting = document.sites.iter().filter(|site| !site.actions.is_empty()).count();
        let mut idle = document.clone();
        idle.sites.iter_mut().for_each(|site| site.actions.clear());
        let mut broken = idle.clone();
        broken.status = PlanStatus::Infeasible;
        let rows = [row(&document), row(&document), row(&idle), row(&broken)];
        let nothing = BTreeSet::new();
        let found = common(&rows, 0.6, &nothing);
        assert_eq!(found.len(), acting);
        assert!(found.iter().all(|one| (one.plans, one.of) == (2, 3) && one.decision != "keep"));
        assert!(common(&rows, 0.9, &nothing).is_empty());
        // Sites that nobody touches are named where something is on offer.
        let offered: BTreeSet<String> = ["untouched".to_owned()].into();
        let kept = Common { site: "untouched".to_owned(), decision: "keep".to_owned(), plans: 3, of: 3 };
        assert_eq!(common(&rows, 0.9, &offered), [kept]);
        assert_eq!(common(&[], 0.9, &offered), []);
        // A site that is left alone in a third of the plans is kept in as many.
        assert_eq!(common(&rows, 0.3, &nothing).iter().filter(|one| one.decision == "keep").count(), acting);
    }
}
