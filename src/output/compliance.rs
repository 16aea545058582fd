//! `compliance.csv`: every rule on every subject in every year, with its verdict.

use super::bundle::Bundle;
use super::table::{Cell, Column, Table, column};
use crate::domain::rule::{Severity, Verdict};
use crate::i18n::word;

/// The name of a verdict in files.
pub fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotApplicable => "not_applicable",
        Verdict::Pass => "pass",
        Verdict::PassRelaxed => "pass_relaxed",
        Verdict::PassAfter => "pass_after",
        Verdict::Late => "late",
        Verdict::Pending => "pending",
        Verdict::Fail => "fail",
    }
}

/// The name of a severity in files.
pub fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Hard => "hard",
        Severity::Soft => "soft",
        Severity::Report => "report",
    }
}

/// The table of verdicts, in the order of the document.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let rows = bundle
        .document
        .compliance
        .iter()
        .map(|row| {
            let rule = bundle.rule(&row.rule);
            let number = rule.and_then(|rule| rule.report.as_ref()).and_then(|report| report.no.clone());
            vec![
                Cell::Key(row.rule.clone()),
                number.map_or(Cell::Empty, Cell::Text),
                rule.map_or(Cell::Empty, |rule| Cell::Text(bundle.language.pick(&rule.title).to_owned())),
                rule.map_or(Cell::Empty, |rule| Cell::Key(severity_name(rule.severity).to_owned())),
                Cell::Key(row.subject.clone()),
                Cell::Text(bundle.subject(bundle.language, rule, &row.subject)),
                Cell::Whole(i64::from(row.year)),
                Cell::number(row.value, 4),
                Cell::number(Some(row.limit), 4),
                Cell::number(rule.map(|rule| rule.limit), 4),
                Cell::Key(verdict_name(row.verdict).to_owned()),
                Cell::Text(word(bundle.language, "verdict", verdict_name(row.verdict))),
            ]
        })
        .collect();
    Table { name: "compliance", columns: columns(), rows }
}

/// The columns.
pub fn columns() -> Vec<Column> {
    vec![
        column("rule", 24.0),
        column("rule_no", 8.0),
        column("rule_title", 26.0),
        column("severity", 10.0),
        column("subject", 14.0),
        column("subject_name", 24.0),
        column("year", 8.0),
        column("value", 12.0),
        column("limit", 12.0),
        column("base_limit", 12.0),
        column("verdict", 14.0),
        column("verdict_text", 14.0),
    ]
}
