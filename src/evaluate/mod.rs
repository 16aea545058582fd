//! The independent judgement of a plan: everything is worked out again from the scenario and the plan alone.
//!
//! Nothing here knows an engine or the translation to the kernel; what it shares with them is the data and the metrics'
//! arithmetic.

pub mod assignment;
pub mod audit;
pub mod contiguity;
pub mod course;
pub mod document;
pub mod fault;
pub mod figures;
pub mod objective;
pub mod rebuild;
pub mod stay;
#[cfg(test)]
mod tests;
pub mod verdict;
pub mod years;

use crate::domain::plan::Plan;
use crate::domain::scenario::Scenario;
use crate::id::{IdVec, RuleId, SiteId};
use crate::message::Message;
use crate::metric::calendar::{self, Ceilings, Untouched};
use crate::metric::catalogue;
use crate::metric::ground::Ground;
use crate::metric::view::{Doings, Row, SiteView, YearView};
use crate::metric::{Measurement, Outcome, band};
use crate::travel::Travel;
use crate::units::{Pupils, Year};
use course::{Courses, Money};
use fault::PlanFault;
use figures::{Fifths, KeyFigures};
use objective::ObjectiveValue;
use std::collections::BTreeMap;
use verdict::{Breach, Judge, RuleEvaluation};

/// Everything that follows from a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The baseline, then every plan year; the baseline alone when no plan was evaluated.
    pub years: Vec<YearEvaluation>,
    /// Every rule, in file order.
    pub rules: IdVec<RuleId, RuleEvaluation>,
    /// Hard rules that do not hold.
    pub breaches: Vec<Breach>,
    /// The declared objective and its terms; `None` when no plan was evaluated.
    pub objective: Option<ObjectiveValue>,
    /// Money of the actions by calendar year, not discounted; from the first year in which something is booked.
    pub money: BTreeMap<Year, Money>,
    /// The action at each site, with its offer; `None` when no plan was evaluated.
    pub courses: Option<Courses>,
    /// What was assumed in this judgement, beyond the assumptions of the scenario.
    pub assumptions: Vec<Message>,
}

/// One year.
#[derive(Debug, Clone, PartialEq)]
pub struct YearEvaluation {
    /// The year.
    pub year: Year,
    /// What every site is and whom it teaches.
    pub sites: IdVec<SiteId, SiteView>,
    /// Who goes where, by unit, grade and site.
    pub rows: Vec<Row>,
    /// What the plan does in the year.
    pub doings: Doings,
    /// Key figures.
    pub figures: KeyFigures,
}

impl Evaluation {
    /// Whether every hard rule holds in every year in which it is hard, and none grows before its deadline beyond what the
    /// forecast alone brings about. For a baseline without a plan: whether those hold whose calendar has come.
    pub fn hard_rules_hold(&self) -> bool {
        self.breaches.is_empty()
    }
}

/// Judges a plan.
///
/// # Errors
/// All structural faults of the plan, when it has any: then it is no plan and nothing else can be said of it.
pub fn evaluate(scenario: &Scenario, travel: &Travel<'_>, plan: &Plan) -> Result<Evaluation, Vec<PlanFault>> {
    let ground = Ground::new(scenario, travel);
    let bands = band::bands(scenario);
    let (courses, mut faults) = course::follow(scenario, plan);
    let (zones, wrong) = assignment::check(&ground, plan, &courses, &bands);
    faults.extend(wrong);
    if faults.is_empty() {
        faults.extend(contiguity::check(scenario, &zones, &bands));
    }
    if !faults.is_empty() {
        faults.sort_by_key(|fault| fault.at);
        return Err(faults);
    }
    let money = course::money(scenario, &courses);
    let ceilings = Untouched::new(&ground).all_ceilings(scenario);
    let mut views = vec![YearView::untouched(&ground, scenario.baseline_year)];
    views.extend(years::views(&ground, plan, &courses, &zones, &money, &ceilings));
    Ok(judge(&ground, views, Some(Followed { courses, money, ceilings })))
}

/// Judges today's network, without any plan.
pub fn evaluate_baseline(scenario: &Scenario, travel: &Travel<'_>) -> Evaluation {
    let ground = Ground::new(scenario, travel);
    judge(&ground, vec![YearView::untouched(&ground, scenario.baseline_year)], None)
}

/// What a plan does, once followed.
struct Followed {
    courses: Courses,
    money: BTreeMap<Year, Money>,
    ceilings: IdVec<RuleId, Ceilings>,
}

fn judge(ground: &Ground<'_>, views: Vec<YearView<'_>>, plan: Option<Followed>) -> Evaluation {
    let scenario = ground.scenario;
    let years: Vec<Year> = views.iter().map(|view| view.year).collect();
    let mut rules = IdVec::new();
    let mut breaches = Vec::new();
    let mut soft_excess = 0.0;
    for (id, rule) in scenario.rules.entries() {
        let ceilings = plan.as_ref().map(|plan| plan.ceilings[id].clone()).unwrap_or_default();
        let judge = Judge { years: &years, rule, id, ceilings };
        let measured: Vec<Vec<Measurement>> = views
            .iter()
            .enumerate()
            .map(|(index, view)| match catalogue::find(&rule.metric) {
                Some(metric) if judge.tested(index) => metric.measure(rule, view),
                _ => Vec::new(),
            })
            .collect();
        for (year, all) in years.iter().zip(&measured).skip(1) {
            if let calendar::Pressure::Soft(weight) = calendar::pressure(rule, *year) {
                let failing = all.iter().filter(|one| one.outcome == Outcome::Fail);
                soft_excess += weight * failing.map(|one| one.excess).sum::<f64>();
            }
        }
        let evaluation = judge.judge(&measured, |subject| subject.key(scenario));
        breaches.extend(if plan.is_some() { judge.breaches(&evaluation) } else { judge.breaches_today(&evaluation) });
        rules.push(evaluation);
    }
    let mut travelled: Vec<(Year, Fifths)> = Vec::new();
    let mut judged = Vec::new();
    for view in views {
        let (figures, fifths) = figures::of(&view);
        travelled.push((view.year, fifths));
        let YearView { year, sites, rows, doings, .. } = view;
        judged.push(YearEvaluation { year, sites, rows, doings, figures });
    }
    let moved = judged.iter().skip(1).map(|year| year.doings.moved).sum::<Option<Pupils>>();
    let objective =
        plan.as_ref().map(|plan| objective::value(scenario, &travelled[1..], &plan.money, moved, soft_excess));
    let assumptions = years::assumptions(ground, &judged);
    let (courses, money) = plan.map_or_else(|| (None, BTreeMap::new()), |plan| (Some(plan.courses), plan.money));
    Evaluation { years: judged, rules, breaches, objective, money, courses, assumptions }
}
