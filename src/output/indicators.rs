//! The compliance table (自评达标情况表): every indicator with what it comes to in each year, its verdict, the year of remedy
//! and who fails; as words for the terminal, as a table, and as data for the page.

use super::bundle::Bundle;
use super::compliance::{severity_name, verdict_name};
use super::table::{Cell, Column, Table, column};
use crate::digest::figures::years;
use crate::digest::indicators::{ComplianceTable, Indicator, compliance_table};
use crate::digest::tallies::{RuleTally, Tally};
use crate::domain::rule::{Category, Comparison, REPORT_WORDS, ReportPart, Rule, Verdict};
use crate::i18n::number::{number, percent};
use crate::i18n::width::{cut, left, right, wrap};
use crate::i18n::{Language, render, text, word};
use crate::message::Message;
use crate::metric::catalogue;

/// Names that a list of failing subjects shows before it is cut.
const SHOWN: usize = 12;

/// What an indicator comes to in a year: the words of its rules, one after the other.
pub fn said(bundle: &Bundle<'_>, language: Language, indicator: &Indicator<'_>, year: i32) -> String {
    let mut parts = Vec::new();
    let mut gathered: Vec<Vec<&(&Rule, RuleTally)>> = Vec::new();
    for entry in &indicator.rules {
        let (rule, tally) = entry;
        let plain = rule.report.as_ref().is_none_or(|report| report.text.is_empty());
        if plain && tally.values.contains_key(&year) && indicator.rules.len() > 2 {
            let alike = |group: &&mut Vec<&(&Rule, RuleTally)>| {
                group[0].0.limit == rule.limit && group[0].0.scope == rule.scope
            };
            match gathered.iter_mut().find(alike) {
                Some(group) => group.push(entry),
                None => gathered.push(vec![entry]),
            }
        } else {
            parts.extend(of_rule(bundle, language, rule, tally, year));
        }
    }
    parts.extend(gathered.iter().map(|group| of_group(language, group, year)));
    if parts.is_empty() { "–".to_owned() } else { parts.join(&text(language, "list.semicolon")) }
}

/// What a rule comes to in a year: its own words, else counts; `None` where there is nothing to test.
fn of_rule(bundle: &Bundle<'_>, language: Language, rule: &Rule, tally: &RuleTally, year: i32) -> Option<String> {
    let counts = tally.years.get(&year)?;
    let words = rule.report.as_ref().map(|report| language.pick(&report.text)).unwrap_or_default();
    let waits = counts.tested() == 0 && counts.pending > 0;
    if waits {
        return Some(word(language, "verdict", "pending"));
    }
    let said = if words.is_empty() {
        counted(bundle, language, tally, year, counts)
    } else {
        fill(language, words, rule, tally, year, counts)
    };
    (!said.is_empty()).then_some(said)
}

/// Rules on single values of the county with one limit: how many hold, and the values of the others.
fn of_group(language: Language, group: &[&(&Rule, RuleTally)], year: i32) -> String {
    let rule = group[0].0;
    let stage = rule.scope.stages.first().map(|stage| word(language, "stage", stage.name())).unwrap_or_default();
    let value = |tally: &RuleTally| tally.values.get(&year).map_or(0.0, |value| value.0);
    let failing: Vec<String> = group
        .iter()
        .filter(|(_, tally)| tally.years.get(&year).is_some_and(|counts| counts.fail > 0))
        .map(|(rule, tally)| format!("{} {}", language.pick(&rule.title), two(value(tally))))
        .collect();
    let message = Message::new(if failing.is_empty() { "indicator.group" } else { "indicator.group_failing" })
        .with("stage", stage)
        .with("pass", group.len() - failing.len())
        .with("n", group.len())
        .with("limit", format!("{} {}", rule.op.sign(), two(rule.limit)))
        .with("failing", failing.join(&text(language, "list.comma")));
    render(language, &message)
}

/// A ratio with two decimals.
fn two(value: f64) -> String {
    number(value, 2)
}

/// Puts the counts of a year into the words of a rule.
fn fill(language: Language, words: &str, rule: &Rule, tally: &RuleTally, year: i32, counts: &Tally) -> String {
    let value = tally.values.get(&year).map(|value| value.0);
    let shown = |form: &dyn Fn(f64) -> String| value.map_or_else(|| "–".to_owned(), form);
    let category = |category: Category| tally.categories.get(&(year, category)).copied().unwrap_or(0).to_string();
    let mut out = words.to_owned();
    for (name, _) in REPORT_WORDS {
        let mark = format!("{{{name}}}");
        if !out.contains(&mark) {
            continue;
        }
        let by = |count: fn(&Tally) -> i64| by_group(tally, year, language, count);
        let with = match name {
            "n" => (counts.tested() + counts.pending).to_string(),
            "pass" => (counts.pass + counts.relaxed).to_string(),
            "percent" => counts.pass_percent().map_or_else(|| "–".to_owned(), |percent| percent.to_string()),
            "over" => counts.over_base().to_string(),
            "over_by" => by(Tally::over_base),
            "relaxed" => counts.relaxed.to_string(),
            "relaxed_by" => by(|counts| counts.relaxed),
            "fail" => counts.fail.to_string(),
            "fail_by" => by(|counts| counts.fail),
            "pending" => counts.pending.to_string(),
            "limit" => measured(rule, rule.limit),
            "value" => shown(&|value| measured(rule, value)),
            "value_whole" => shown(&|value| number(value, 0)),
            "value_percent" => shown(&|value| percent(value, if (value * 100.0).fract() == 0.0 { 0 } else { 2 })),
            "value_yes" => shown(&|value| text(language, if value > 0.0 { "indicator.yes" } else { "indicator.no" })),
            "value_yuan" => shown(&|value| number(value, 0)),
            "A" => category(Category::A),
            "B" => category(Category::B),
            "C" => category(Category::C),
            "D" => category(Category::D),
            _ => category(Category::E),
        };
        out = out.replace(&mark, &with);
    }
    out
}

/// Counts of a rule without words of its own: the value of the county, or the share that passes and who is beyond the limit.
fn counted(bundle: &Bundle<'_>, language: Language, tally: &RuleTally, year: i32, counts: &Tally) -> String {
    let rule = bundle.rule(&tally.rule);
    if let (Some(&(value, limit)), Some(rule)) = (tally.values.get(&year), rule) {
        return format!("{} ({} {})", measured(rule, value), rule.op.sign(), measured(rule, limit));
    }
    let mut parts = Vec::new();
    if let Some(percent) = counts.pass_percent() {
        let passing = Message::new("report.passing")
            .with("pass", counts.pass + counts.relaxed)
            .with("tested", counts.tested())
            .with("percent", percent);
        parts.push(render(language, &passing));
    }
    if counts.over_base() > 0 {
        let limit = rule.map(|rule| measured(rule, rule.limit)).unwrap_or_default();
        let exempting = rule.is_some_and(|rule| rule.exempt.iter().any(|exempt| exempt.limit.is_some()));
        let key = match rule.map(|rule| rule.op) {
            Some(Comparison::AtLeast) => "summary.below",
            _ if exempting => "summary.over_exempting",
            _ => "summary.over",
        };
        let over = Message::new(key)
            .with("limit", &limit)
            .with("over", by_group(tally, year, language, Tally::over_base))
            .with("fail", by_group(tally, year, language, |counts| counts.fail));
        parts.push(render(language, &over));
    }
    if counts.pending > 0 {
        parts.push(format!("{} {}", word(language, "verdict", "pending"), counts.pending));
    }
    parts.join(&text(language, "list.semicolon"))
}

/// A value in the unit of the rule's metric, as people read it.
fn measured(rule: &Rule, value: f64) -> String {
    let unit = catalogue::find(&rule.metric).map_or("", |metric| metric.unit());
    let decimals = usize::from(value.fract() != 0.0);
    match unit {
        "share" => percent(value, 1),
        "m" => format!("{} km", number(value / 1000.0, 1)),
        "min" => format!("{} min", number(value, decimals)),
        "ratio" => two(value),
        _ => number(value, decimals),
    }
}

/// Counts by group: `5 primary + 4 junior middle`; the plain number where subjects are of no group.
fn by_group(tally: &RuleTally, year: i32, language: Language, count: impl Fn(&Tally) -> i64) -> String {
    let parts: Vec<String> = tally
        .groups
        .iter()
        .filter(|((of, _), counts)| *of == year && count(counts) > 0)
        .map(|((_, group), counts)| match group.key() {
            Some(key) => {
                let counted =
                    Message::new("summary.group").with("n", count(counts)).with("group", text(language, &key));
                render(language, &counted)
            }
            None => count(counts).to_string(),
        })
        .collect();
    if parts.is_empty() { "0".to_owned() } else { parts.join(" + ") }
}

/// The names of the subjects that fail an indicator in a year, each once, in the order of its rules.
pub fn failing(bundle: &Bundle<'_>, language: Language, indicator: &Indicator<'_>, year: i32) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (rule, tally) in &indicator.rules {
        // Where the county is the only subject, the rule is what fails.
        let whole = tally.values.contains_key(&year);
        for key in tally.failing.get(&year).into_iter().flatten() {
            let name =
                if whole { language.pick(&rule.title).to_owned() } else { bundle.subject(language, Some(rule), key) };
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// The number and name of an indicator.
pub fn heading(language: Language, indicator: &Indicator<'_>) -> String {
    let title = language.pick(indicator.title);
    let title = if title.is_empty() { &indicator.rules[0].0.id } else { title };
    if indicator.no.is_empty() {
        return title.to_owned();
    }
    // Chinese numbers are glossed for readers of English.
    let shown = if language == Language::Zh {
        indicator.no.to_owned()
    } else {
        format!("{} ({})", indicator.order, indicator.no)
    };
    format!("{} {title}", render(language, &Message::new("report.indicator").with("no", shown)))
}

/// The table: one row for every indicator, with a column of words for every year.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let language = bundle.language;
    let years = years(bundle.document);
    let last = years.last().copied().unwrap_or(bundle.document.baseline_year);
    let list = |indicator: &Indicator<'_>, year: i32| {
        Cell::Text(failing(bundle, language, indicator, year).join(&text(language, "list.comma")))
    };
    let rows = compliance_table(bundle.scenario, bundle.document)
        .indicators
        .iter()
        .map(|indicator| {
            let rules: Vec<&str> = indicator.rules.iter().map(|(rule, _)| rule.id.as_str()).collect();
            let mut row = vec![
                Cell::Key(indicator.part.name().to_owned()),
                Cell::Text(word(language, "part", indicator.part.name())),
                Cell::Text(indicator.no.to_owned()),
                Cell::Text(language.pick(indicator.title).to_owned()),
                Cell::Key(rules.join(";")),
            ];
            row.extend(years.iter().map(|&year| Cell::Text(said(bundle, language, indicator, year))));
            row.extend([
                Cell::Key(verdict_name(indicator.verdict).to_owned()),
                Cell::Text(word(language, "verdict", verdict_name(indicator.verdict))),
                indicator.resolved.map_or(Cell::Empty, |year| Cell::Whole(i64::from(year))),
                list(indicator, bundle.document.baseline_year),
                list(indicator, last),
            ]);
            row
        })
        .collect();
    Table { name: "indicators", columns: columns(&years), rows }
}

/// The columns, with one of words for every year.
pub fn columns(years: &[i32]) -> Vec<Column> {
    let mut columns = vec![
        column("report_part", 12.0),
        column("report_part_text", 16.0),
        column("rule_no", 10.0),
        column("indicator", 28.0),
        column("rules", 24.0),
    ];
    columns.extend(years.iter().map(|year| Column {
        name: format!("said_{year}"),
        heading: Message::new("column.said").with("year", year),
        width: 40.0,
    }));
    columns.extend([
        column("verdict", 14.0),
        column("verdict_text", 14.0),
        column("resolved", 10.0),
        column("failing_today", 40.0),
        column("failing_last", 40.0),
    ]);
    columns
}

/// The sums of every part: how many indicators have which verdict.
pub fn totals(language: Language, table: &ComplianceTable<'_>) -> Vec<String> {
    let sum = |(part, counts): &(ReportPart, Vec<(Verdict, usize)>)| {
        let list: Vec<String> = counts
            .iter()
            .map(|(verdict, count)| {
                let verdict = word(language, "verdict", verdict_name(*verdict));
                render(language, &Message::new("indicator.count").with("n", count).with("verdict", verdict))
            })
            .collect();
        let n: usize = counts.iter().map(|count| count.1).sum();
        let message = Message::new("indicator.total")
            .with("part", word(language, "part", part.name()))
            .with("n", n)
            .with("list", list.join(&text(language, "list.comma")));
        render(language, &message)
    };
    table.totals().iter().map(sum).collect()
}

/// The compliance table for the terminal, today and the last year, then the rules that have no place in it.
pub fn lines(bundle: &Bundle<'_>, columns: usize) -> Vec<String> {
    let language = bundle.language;
    let years = years(bundle.document);
    let table = compliance_table(bundle.scenario, bundle.document);
    let shown: Vec<(usize, i32)> = match years.as_slice() {
        [] => Vec::new(),
        [only] => vec![(0, *only)],
        [first, .., last] => vec![(0, *first), (years.len() - 1, *last)],
    };
    let colon = text(language, "list.colon");
    let mut lines = Vec::new();
    let mut part = None;
    for indicator in &table.indicators {
        if part != Some(indicator.part) && table.indicators.iter().any(|other| other.part != indicator.part) {
            lines.push(format!("[{}]", word(language, "part", indicator.part.name())));
        }
        part = Some(indicator.part);
        let severity = indicator.rules.iter().map(|(rule, _)| rule.severity).min_by_key(|&severity| severity as u8);
        let severity = severity.map(severity_name).unwrap_or_default();
        let name = format!("{} ({})", heading(language, indicator), word(language, "severity", severity));
        let mut verdict = word(language, "verdict", verdict_name(indicator.verdict));
        if let Some(year) = indicator.resolved {
            verdict = format!("{verdict} ({year})");
        }
        lines.push(left(&name, columns - 26) + &right(&verdict, 26));
        for &(index, year) in &shown {
            let told = said(bundle, language, indicator, year);
            let told = format!("{}{colon}{told}", year_name(language, index, year));
            lines.extend(wrap(&told, columns - 2).iter().map(|line| format!("  {line}")));
        }
        let Some(&(_, year)) = shown.last() else { continue };
        let names = failing(bundle, language, indicator, year);
        if !names.is_empty() {
            let mut list = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(&text(language, "list.comma"));
            if names.len() > SHOWN {
                list += &render(language, &Message::new("indicator.more").with("n", names.len() - SHOWN));
            }
            let told = format!("{}{colon}{list}", text(language, "indicator.failing"));
            lines.extend(wrap(&told, columns - 4).iter().map(|line| format!("    {line}")));
        }
    }
    lines.extend(totals(language, &table));
    lines.extend(others(bundle, &table, &shown, columns));
    lines
}

/// The rules that have no place in the table, with their counts, and those that wait for data.
fn others(bundle: &Bundle<'_>, table: &ComplianceTable<'_>, shown: &[(usize, i32)], columns: usize) -> Vec<String> {
    let language = bundle.language;
    let mut lines = Vec::new();
    if !table.others.is_empty() && !table.indicators.is_empty() {
        lines.push(format!("[{}]", text(language, "indicator.others")));
    }
    for (rule, tally) in &table.others {
        let title = language.pick(&rule.title);
        let title = if title.is_empty() { &rule.id } else { title };
        let name = format!("{title} ({})", word(language, "severity", severity_name(rule.severity)));
        lines.push(left(&name, columns - 20) + &right(&word(language, "verdict", verdict_name(tally.verdict)), 20));
        for &(index, year) in shown {
            if let Some(told) = of_rule(bundle, language, rule, tally, year) {
                let year = year_name(language, index, year) + &text(language, "list.colon");
                lines.push(cut(&format!("  {year}{told}"), columns + 40));
            }
        }
    }
    if !table.waiting.is_empty() {
        let names: Vec<&str> = table.waiting.iter().take(SHOWN).map(|rule| language.pick(&rule.title)).collect();
        let message = Message::new("indicator.waiting")
            .with("n", table.waiting.len())
            .with("list", names.join(&text(language, "list.comma")));
        lines.extend(wrap(&render(language, &message), columns));
    }
    lines
}

/// A year as headings name it: today for the first.
pub fn year_name(language: Language, index: usize, year: i32) -> String {
    let key = if index == 0 { "report.year_before" } else { "report.year_after" };
    render(language, &Message::new(key).with("year", year))
}
