//! The compliance table of the report, and every rule counted over its subjects by year, with the subjects that are not plain passes.

use super::data::Both;
use crate::digest::figures::years;
use crate::digest::indicators::{Indicator, compliance_table};
use crate::digest::tallies::{RuleTally, Tally, outcome, tallies};
use crate::domain::document::ComplianceDocument;
use crate::domain::rule::{Outcome, Verdict};
use crate::i18n::Language;
use crate::message::Message;
use crate::metric::catalogue;
use crate::output::bundle::Bundle;
use crate::output::compliance::{severity_name, verdict_name};
use crate::output::indicators;
use serde::Serialize;
use std::collections::BTreeMap;

/// One rule.
#[derive(Debug, Serialize)]
pub struct RuleData {
    id: String,
    no: Option<String>,
    /// Place in the official table.
    order: Option<u32>,
    title: Both,
    severity: Option<&'static str>,
    source: Option<String>,
    source_status: Option<String>,
    metric: Option<String>,
    /// Unit of the metric.
    unit: Option<&'static str>,
    op: Option<&'static str>,
    /// By year, where the county as a whole is the only subject.
    values: Vec<Option<f64>>,
    limit: Option<f64>,
    exempt: Vec<f64>,
    verdict: &'static str,
    /// By year.
    years: Vec<Option<TallyData>>,
    /// Subjects that fail or need an exemption in some year: name, then by year value, limit and standing, then verdict.
    subjects: Vec<SubjectData>,
}

#[derive(Debug, Serialize)]
struct TallyData {
    pass: i64,
    relaxed: i64,
    fail: i64,
    pending: i64,
    percent: Option<i64>,
    groups: Vec<GroupData>,
}

#[derive(Debug, Serialize)]
struct GroupData {
    label: Both,
    pass: i64,
    relaxed: i64,
    fail: i64,
}

#[derive(Debug, Serialize)]
struct SubjectData {
    name: Both,
    years: Vec<Option<(Option<f64>, f64, &'static str)>>,
    verdict: &'static str,
}

/// One row of the compliance table.
#[derive(Debug, Serialize)]
pub struct IndicatorData {
    part: &'static str,
    title: Both,
    /// What it comes to, by year.
    said: Vec<Both>,
    verdict: &'static str,
    resolved: Option<i32>,
    /// Who fails in the baseline and in the last year.
    failing: [Vec<Both>; 2],
}

/// The compliance table, its totals, and the rules that wait for data in every year.
pub fn indicators(bundle: &Bundle<'_>) -> (Vec<IndicatorData>, Vec<Both>, Vec<Both>) {
    let years = years(bundle.document);
    let table = compliance_table(bundle.scenario, bundle.document);
    let both = |words: &dyn Fn(Language) -> String| Both::words(words(Language::Zh), words(Language::En));
    let failing = |indicator: &Indicator<'_>, year: Option<&i32>| -> Vec<Both> {
        let Some(&year) = year else { return Vec::new() };
        let zh = indicators::failing(bundle, Language::Zh, indicator, year);
        let en = indicators::failing(bundle, Language::En, indicator, year);
        zh.into_iter().zip(en).map(|(zh, en)| Both::words(zh, en)).collect()
    };
    let rows = table
        .indicators
        .iter()
        .map(|indicator| IndicatorData {
            part: indicator.part.name(),
            title: both(&|language| indicators::heading(language, indicator)),
            said: years
                .iter()
                .map(|&year| both(&|language| indicators::said(bundle, language, indicator, year)))
                .collect(),
            verdict: verdict_name(indicator.verdict),
            resolved: indicator.resolved,
            failing: [failing(indicator, years.first()), failing(indicator, years.last())],
        })
        .collect();
    let totals = indicators::totals(Language::Zh, &table)
        .into_iter()
        .zip(indicators::totals(Language::En, &table))
        .map(|(zh, en)| Both::words(zh, en))
        .collect();
    (rows, totals, table.waiting.iter().map(|rule| Both::text(&rule.title)).collect())
}

/// All rules that have something to test, those with a number of the official table first, in its order.
pub fn rules(bundle: &Bundle<'_>) -> Vec<RuleData> {
    let years = years(bundle.document);
    let mut by_rule: BTreeMap<&str, Vec<&ComplianceDocument>> = BTreeMap::new();
    for row in &bundle.document.compliance {
        by_rule.entry(&row.rule).or_default().push(row);
    }
    let mut counted = tallies(bundle.document, Some(bundle.scenario));
    counted.sort_by_key(|tally| {
        let report = bundle.rule(&tally.rule).and_then(|rule| rule.report.as_ref());
        report.map_or((true, 0), |report| (false, report.order))
    });
    counted
        .iter()
        .filter(|tally| tally.years.is_empty() || tally.years.values().any(|counts| counts.tested() > 0))
        .map(|tally| {
            let rows = by_rule.get(tally.rule.as_str()).map_or(&[][..], Vec::as_slice);
            rule(bundle, tally, rows, &years)
        })
        .collect()
}

fn rule(bundle: &Bundle<'_>, tally: &RuleTally, rows: &[&ComplianceDocument], years: &[i32]) -> RuleData {
    let facts = bundle.rule(&tally.rule);
    RuleData {
        id: tally.rule.clone(),
        no: facts.and_then(|rule| rule.report.as_ref()).and_then(|report| report.no.clone()),
        order: facts.and_then(|rule| rule.report.as_ref()).map(|report| report.order),
        title: facts
            .map_or_else(|| Both::text(&crate::message::Text::same(&tally.rule)), |rule| Both::text(&rule.title)),
        severity: facts.map(|rule| severity_name(rule.severity)),
        source: facts.map(|rule| match &rule.source.item {
            Some(item) => format!("{} · {item}", rule.source.doc),
            None => rule.source.doc.clone(),
        }),
        source_status: facts
            .and_then(|rule| serde_json::to_value(rule.source.status).ok())
            .and_then(|value| value.as_str().map(str::to_owned)),
        metric: facts.map(|rule| rule.metric.clone()),
        unit: facts.and_then(|rule| catalogue::find(&rule.metric)).map(crate::metric::Metric::unit),
        op: facts.map(|rule| rule.op.sign()),
        values: years.iter().map(|year| tally.values.get(year).map(|&(value, _)| value)).collect(),
        limit: facts.map(|rule| rule.limit),
        exempt: facts.into_iter().flat_map(|rule| rule.exempt.iter().filter_map(|exempt| exempt.limit)).collect(),
        verdict: verdict_name(tally.verdict),
        years: years.iter().map(|year| tally.years.get(year).map(|counts| counts_of(tally, *year, counts))).collect(),
        subjects: subjects(bundle, rows, years),
    }
}

fn counts_of(tally: &RuleTally, year: i32, counts: &Tally) -> TallyData {
    TallyData {
        pass: counts.pass,
        relaxed: counts.relaxed,
        fail: counts.fail,
        pending: counts.pending,
        percent: counts.pass_percent(),
        groups: tally
            .groups
            .iter()
            .filter(|((y, _), _)| *y == year)
            .filter_map(|((_, group), counts)| {
                Some(GroupData {
                    label: Both::message(&Message::new(&group.key()?)),
                    pass: counts.pass,
                    relaxed: counts.relaxed,
                    fail: counts.fail,
                })
            })
            .collect(),
    }
}

/// The subjects that fail, pass by an exemption only or wait for data in some year, in the order of the rows.
fn subjects(bundle: &Bundle<'_>, rows: &[&ComplianceDocument], years: &[i32]) -> Vec<SubjectData> {
    let mut order: Vec<&str> = Vec::new();
    let mut by_subject: BTreeMap<&str, Vec<&ComplianceDocument>> = BTreeMap::new();
    for row in rows {
        let list = by_subject.entry(&row.subject).or_default();
        if list.is_empty() {
            order.push(&row.subject);
        }
        list.push(row);
    }
    let stand = |row: &ComplianceDocument| outcome(row, bundle.rule(&row.rule), bundle.document.baseline_year);
    order
        .into_iter()
        .filter_map(|subject| {
            let rows = &by_subject[subject];
            if rows.iter().all(|row| matches!(stand(row), Outcome::NotApplicable | Outcome::Pass)) {
                return None;
            }
            Some(SubjectData {
                name: Both::subject(bundle, bundle.rule(&rows[0].rule), subject),
                years: years
                    .iter()
                    .map(|year| {
                        let row = rows.iter().find(|row| row.year == *year)?;
                        let word = match stand(row) {
                            Outcome::NotApplicable => return None,
                            Outcome::Pass => "pass",
                            Outcome::PassRelaxed => "pass_relaxed",
                            Outcome::Fail => "fail",
                            Outcome::Pending => "pending",
                        };
                        Some((row.value, row.limit, word))
                    })
                    .collect(),
                verdict: verdict_name(rows.iter().map(|row| row.verdict).max().unwrap_or(Verdict::NotApplicable)),
            })
        })
        .collect()
}
