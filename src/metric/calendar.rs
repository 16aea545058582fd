//! When a rule holds and how hard it presses: severity and calendar turned into a price for every plan year.

use super::ground::Ground;
use super::view::{Subject, YearView};
use super::{Entry, catalogue};
use crate::domain::rule::{Aggregate, Rule, Severity};
use crate::domain::scenario::Scenario;
use crate::id::{IdVec, RuleId};
use crate::units::Year;
use std::collections::BTreeMap;

/// How a rule presses on a plan in one year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pressure {
    /// It is not tested yet.
    Untested,
    /// It is tested and reported.
    Report,
    /// A unit of excess costs this much.
    Soft(f64),
    /// It must hold.
    Hard,
}

impl Pressure {
    /// Price of one unit of excess: infinite for hard, 0 where nothing presses.
    pub fn price(self) -> f64 {
        match self {
            Self::Untested | Self::Report => 0.0,
            Self::Soft(weight) => weight,
            Self::Hard => f64::INFINITY,
        }
    }
}

/// How `rule` presses in a plan year. The baseline is always tested and never pressed on.
pub fn pressure(rule: &Rule, year: Year) -> Pressure {
    let weight = rule.soft.map_or(0.0, |soft| soft.weight);
    let soft = if weight > 0.0 { Pressure::Soft(weight) } else { Pressure::Report };
    let calendar = rule.calendar.as_ref();
    if calendar.and_then(|calendar| calendar.from).is_some_and(|from| year < from) {
        return Pressure::Untested;
    }
    match rule.severity {
        Severity::Report => Pressure::Report,
        Severity::Soft => soft,
        Severity::Hard if before_deadline(rule, year) => soft,
        Severity::Hard => Pressure::Hard,
    }
}

/// Whether a rule has a deadline that has not come in `year`.
pub fn before_deadline(rule: &Rule, year: Year) -> bool {
    rule.calendar.as_ref().and_then(|calendar| calendar.deadline).is_some_and(|deadline| year < deadline)
}

/// Whether the excess of a rule must not grow in `year`: it is hard, says so, is tested, and its deadline has not come.
pub fn must_not_worsen(rule: &Rule, year: Year) -> bool {
    rule.severity == Severity::Hard
        && rule.calendar.as_ref().is_some_and(|calendar| calendar.no_worse)
        && before_deadline(rule, year)
        && pressure(rule, year) != Pressure::Untested
}

/// Whether an excess is above another by more than the rounding of floating-point sums.
pub fn exceeds(value: f64, limit: f64) -> bool {
    value > limit + 1e-9 * limit.abs().max(1.0)
}

/// How a rule of a scenario enters the kernel: as its metric does, unless the rule says what the kernel cannot.
pub fn entry(rule: &Rule, years: &[Year]) -> Entry {
    let metric = catalogue::find(&rule.metric).map_or(Entry::CheckedAfter, |metric| metric.enters(rule, years));
    if rule.aggregate != Aggregate::All || rule.scope.min_pupils.is_some() { Entry::CheckedAfter } else { metric }
}

/// Most excess that a subject may show in a year in which a rule must not worsen.
///
/// That is the largest that the forecast alone, with nothing done, would have brought it to by then, the baseline
/// included. It does not depend on the plan, so that the optimiser and the audit keep the same limit; growth against the
/// year before within it is reported, not refused.
pub type Ceilings = BTreeMap<(Year, Subject), f64>;

/// Today's network under the demand of every year, if nothing is done.
pub struct Untouched<'a> {
    views: Vec<YearView<'a>>,
}

impl<'a> Untouched<'a> {
    /// Looks ahead as far as some rule must not worsen, the baseline first.
    pub fn new(ground: &'a Ground<'a>) -> Self {
        let scenario = ground.scenario;
        let last =
            scenario.years.iter().rev().find(|&&year| scenario.rules.iter().any(|rule| must_not_worsen(rule, year)));
        let years = std::iter::once(scenario.baseline_year).chain(scenario.years.iter().copied());
        let views = last.map_or_else(Vec::new, |&last| {
            years.take_while(|&year| year <= last).map(|year| YearView::untouched(ground, year)).collect()
        });
        Self { views }
    }

    /// The ceilings of all rules of a scenario.
    pub fn all_ceilings(&self, scenario: &Scenario) -> IdVec<RuleId, Ceilings> {
        scenario.rules.iter().map(|rule| self.ceilings(rule)).collect()
    }

    /// The ceilings of a rule.
    pub fn ceilings(&self, rule: &Rule) -> Ceilings {
        let mut ceilings = Ceilings::new();
        let Some(metric) = catalogue::find(&rule.metric) else { return ceilings };
        let Some(last) = self.views.iter().rposition(|view| must_not_worsen(rule, view.year)) else { return ceilings };
        let mut worst: BTreeMap<Subject, f64> = BTreeMap::new();
        for view in &self.views[..=last] {
            for measured in metric.measure(rule, view) {
                let so_far = worst.entry(measured.subject).or_insert(0.0);
                *so_far = so_far.max(measured.excess);
            }
            if must_not_worsen(rule, view.year) {
                ceilings.extend(worst.iter().map(|(&subject, &excess)| ((view.year, subject), excess)));
            }
        }
        ceilings
    }
}

/// A rule ready to be put on plans.
pub struct InForce<'a> {
    /// Its position in the scenario.
    pub id: RuleId,
    /// The rule.
    pub rule: &'a Rule,
    /// What is known of the scenario.
    pub ground: &'a Ground<'a>,
    /// The ceilings of every rule of the scenario.
    pub ceilings: &'a IdVec<RuleId, Ceilings>,
}

impl<'a> InForce<'a> {
    /// Prepares a rule.
    pub fn new(ground: &'a Ground<'a>, ceilings: &'a IdVec<RuleId, Ceilings>, id: RuleId) -> Self {
        Self { id, rule: &ground.scenario.rules[id], ground, ceilings }
    }

    /// The plan years in which the rule presses, each with its price; infinite for hard. Years in which the rule only
    /// must not worsen are there with price 0.
    pub fn years(&self) -> impl Iterator<Item = (Year, f64)> + '_ {
        self.ground.scenario.years.iter().filter_map(|&year| {
            let price = pressure(self.rule, year).price();
            (price > 0.0 || must_not_worsen(self.rule, year)).then_some((year, price))
        })
    }

    /// Most excess that the subject may show in a year in which the rule must not worsen; `None` in other years. A subject
    /// that the untouched network does not have may show none.
    pub fn ceiling(&self, year: Year, subject: Subject) -> Option<f64> {
        must_not_worsen(self.rule, year).then(|| self.ceilings[self.id].get(&(year, subject)).copied().unwrap_or(0.0))
    }
}
