//! The compliance table: rules gathered into the indicators of an assessment, each with its verdict and the year from which
//! it is remedied.

use super::tallies::{RuleTally, tallies};
use crate::domain::document::PlanDocument;
use crate::domain::rule::{ReportPart, Rule, Verdict};
use crate::domain::scenario::Scenario;
use crate::message::Text;

/// One row of the compliance table.
#[derive(Debug, Clone)]
pub struct Indicator<'a> {
    /// The part of the table.
    pub part: ReportPart,
    /// Its number as printed; empty where the rule has none.
    pub no: &'a str,
    /// Position in its part.
    pub order: u32,
    /// Its name.
    pub title: &'a Text,
    /// Its rules in the order of the scenario, each counted.
    pub rules: Vec<(&'a Rule, RuleTally)>,
    /// The worst verdict of its rules.
    pub verdict: Verdict,
    /// The year from which all its rules hold, where some did not before.
    pub resolved: Option<i32>,
}

/// The compliance table of a document, and the rules that belong to no indicator.
#[derive(Debug, Clone)]
pub struct ComplianceTable<'a> {
    /// The rows, in the order of the parts and of the numbers.
    pub indicators: Vec<Indicator<'a>>,
    /// Rules without a place in the table that have something to test, in the order of the scenario.
    pub others: Vec<(&'a Rule, RuleTally)>,
    /// Rules without a place in the table that wait for data in every year.
    pub waiting: Vec<&'a Rule>,
}

/// Gathers the rules of a scenario into the compliance table.
pub fn compliance_table<'a>(scenario: &'a Scenario, document: &PlanDocument) -> ComplianceTable<'a> {
    let mut table = ComplianceTable { indicators: Vec::new(), others: Vec::new(), waiting: Vec::new() };
    for tally in tallies(document, Some(scenario)) {
        let Some(rule) = scenario.rules.iter().find(|rule| rule.id == tally.rule) else { continue };
        match &rule.report {
            None if waits(&tally) => table.waiting.push(rule),
            None => table.others.push((rule, tally)),
            Some(report) => {
                let no = report.no.as_deref().unwrap_or_default();
                let same = |known: &&mut Indicator<'_>| {
                    (known.part, known.order, known.no) == (report.part, report.order, no) && !no.is_empty()
                };
                if let Some(known) = table.indicators.iter_mut().find(same) {
                    if known.title.is_empty() {
                        known.title = &report.title;
                    }
                    known.rules.push((rule, tally));
                } else {
                    table.indicators.push(Indicator {
                        part: report.part,
                        no,
                        order: report.order,
                        title: &report.title,
                        rules: vec![(rule, tally)],
                        verdict: Verdict::NotApplicable,
                        resolved: None,
                    });
                }
            }
        }
    }
    for indicator in &mut table.indicators {
        if indicator.title.is_empty() {
            indicator.title = &indicator.rules[0].0.title;
        }
        indicator.verdict =
            indicator.rules.iter().map(|(_, tally)| tally.verdict).max().unwrap_or(Verdict::NotApplicable);
        let remedied = matches!(indicator.verdict, Verdict::PassAfter | Verdict::Late);
        indicator.resolved = indicator.rules.iter().filter_map(|(_, tally)| tally.resolved).max().filter(|_| remedied);
    }
    table.indicators.sort_by_key(|indicator| (indicator.part, indicator.order));
    table
}

/// Whether a rule has nothing to test and something to wait for.
fn waits(tally: &RuleTally) -> bool {
    tally.years.values().all(|counts| counts.tested() == 0) && tally.years.values().any(|counts| counts.pending > 0)
}

impl ComplianceTable<'_> {
    /// How many indicators of a part have each verdict, the best first; parts without indicators are left out.
    pub fn totals(&self) -> Vec<(ReportPart, Vec<(Verdict, usize)>)> {
        ReportPart::ALL
            .into_iter()
            .filter_map(|part| {
                let of_part = || self.indicators.iter().filter(move |indicator| indicator.part == part);
                of_part().next()?;
                let mut counts: Vec<(Verdict, usize)> = Vec::new();
                for verdict in ORDER {
                    let count = of_part().filter(|indicator| indicator.verdict == verdict).count();
                    if count > 0 {
                        counts.push((verdict, count));
                    }
                }
                Some((part, counts))
            })
            .collect()
    }
}

/// The verdicts as totals list them.
const ORDER: [Verdict; 7] = [
    Verdict::Pass,
    Verdict::PassRelaxed,
    Verdict::PassAfter,
    Verdict::Late,
    Verdict::Fail,
    Verdict::Pending,
    Verdict::NotApplicable,
];
