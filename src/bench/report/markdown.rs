//! The report as Markdown.

use super::text::{ending, factor, number, or_dash, percent, seconds, to_best};
use super::{Group, Report, Row};

/// The whole report.
pub(super) fn write(report: &Report) -> String {
    let mut lines = vec!["# Benchmark report".to_owned(), String::new()];
    for alarm in &report.alarms {
        lines.push(format!("**Look into this:** {}", escape(alarm)));
        lines.push(String::new());
    }
    lines.push("## Summary".to_owned());
    lines.push(String::new());
    lines.extend(summary(report));
    if !report.ratios.is_empty() {
        lines.extend(["## Engines side by side".to_owned(), String::new()]);
        lines.extend(ratios(report));
    }
    for group in &report.groups {
        lines.extend([format!("## {}, {}", group.family, group.problem), String::new()]);
        lines.push(format!("Limits: {}.", group.limits.join("; ")));
        lines.push(String::new());
        lines.extend(table(report, group));
    }
    lines.join("\n")
}

/// Rows of cells as a Markdown table, with a blank line after it.
fn rows(heading: &[String], body: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    let line =
        |cells: &[String]| format!("| {} |", cells.iter().map(|cell| escape(cell)).collect::<Vec<_>>().join(" | "));
    let mut lines = vec![line(heading), format!("|{}", "---|".repeat(heading.len()))];
    lines.extend(body.map(|cells| line(&cells)));
    lines.push(String::new());
    lines
}

fn words(heading: &[&str]) -> Vec<String> {
    heading.iter().map(|&word| word.to_owned()).collect()
}

/// Column headings of [`summary_rows`].
pub(super) const SUMMARY_HEADING: [&str; 12] = [
    "family, problem",
    "engine",
    "runs",
    "proven",
    "median s",
    "max s",
    "mean gap",
    "max gap",
    "best known reached",
    "new best",
    "mean to best",
    "max to best",
];

/// A line per table and engine.
pub(super) fn summary_rows(report: &Report) -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    for group in &report.groups {
        for (engine, summary) in report.engines.iter().zip(&group.summaries) {
            if summary.runs == 0 {
                continue;
            }
            lines.push(vec![
                format!("{}, {}", group.family, group.problem),
                engine.clone(),
                summary.runs.to_string(),
                summary.proven.to_string(),
                or_dash(summary.seconds, |(median, _)| seconds(median)),
                or_dash(summary.seconds, |(_, max)| seconds(max)),
                or_dash(summary.gap, |(mean, _)| percent(mean)),
                or_dash(summary.gap, |(_, max)| percent(max)),
                format!("{} of {}", summary.reached, summary.compared),
                summary.better.to_string(),
                or_dash(summary.to_best, |(mean, _)| percent(mean)),
                or_dash(summary.to_best, |(_, max)| percent(max)),
            ]);
        }
    }
    lines
}

fn summary(report: &Report) -> Vec<String> {
    rows(&words(&SUMMARY_HEADING), summary_rows(report).into_iter())
}

/// Column headings of [`ratio_rows`].
pub(super) const RATIO_HEADING: [&str; 7] =
    ["instances", "time of", "divided by time of", "rows", "geometric mean", "least (of those over 1 s)", "greatest"];

/// What the ratios mean, in one sentence.
pub(super) const RATIO_NOTE: &str =
    "A run that did not reach its gap counts with its time limit; times under 0.01 s count as 0.01 s.";

/// A line per ratio.
pub(super) fn ratio_rows(report: &Report) -> Vec<Vec<String>> {
    let named = |(ratio, name): &(f64, String)| format!("{} {name}", factor(*ratio));
    let line = |ratio: &super::Ratio| {
        vec![
            ratio.scope.clone(),
            ratio.slower.clone(),
            ratio.faster.clone(),
            ratio.rows.to_string(),
            factor(ratio.mean),
            format!("{} ({})", named(&ratio.least), or_dash(ratio.least_over_a_second.as_ref(), named)),
            named(&ratio.greatest),
        ]
    };
    report.ratios.iter().map(line).collect()
}

fn ratios(report: &Report) -> Vec<String> {
    let mut lines = vec![RATIO_NOTE.to_owned(), String::new()];
    lines.extend(rows(&words(&RATIO_HEADING), ratio_rows(report).into_iter()));
    lines
}

/// The engines that have a result in a table, by position.
pub(super) fn engines_of(group: &Group) -> Vec<usize> {
    let present = |engine: &usize| group.rows.iter().any(|row| row.cells[*engine].is_some());
    (0..group.summaries.len()).filter(present).collect()
}

/// The cells of a row that do not depend on an engine: instance, size, p, best known.
pub(super) fn row_head(row: &Row) -> Vec<String> {
    let best = row.best.as_ref().map(|best| {
        let value = or_dash(best.value, |value| value.printed() + if best.proven { " (proven)" } else { "" });
        match best.bound {
            Some(bound) if !best.proven => format!("{value} (bound {})", bound.printed()),
            _ => value,
        }
    });
    vec![
        row.instance.clone(),
        or_dash(row.size, |(n, m)| format!("{n} × {m}")),
        or_dash(row.p, |p| p.to_string()),
        or_dash(best, |best| best),
    ]
}

/// Headings of the cells that an engine has in a row.
pub(super) const ENGINE_HEADING: [&str; 5] = ["cost", "to best", "bound", "gap", "s"];

/// The cells of an engine in a row.
pub(super) fn engine_cells(row: &Row, engine: usize) -> Vec<String> {
    let Some(cell) = &row.cells[engine] else { return vec!["–".to_owned(); ENGINE_HEADING.len()] };
    vec![
        or_dash(cell.cost, number),
        or_dash(cell.to_best, to_best),
        or_dash(cell.bound, number),
        or_dash(cell.gap, percent),
        ending(cell),
    ]
}

fn table(report: &Report, group: &Group) -> Vec<String> {
    let engines = engines_of(group);
    let mut heading = words(&["instance", "n × m", "p", "best known"]);
    for &engine in &engines {
        heading.extend(ENGINE_HEADING.iter().map(|word| format!("{} {word}", report.engines[engine])));
    }
    let body = group.rows.iter().map(|row| {
        let mut cells = row_head(row);
        cells.extend(engines.iter().flat_map(|&engine| engine_cells(row, engine)));
        cells
    });
    rows(&heading, body)
}

/// Text with the characters escaped that end a cell or begin markup.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('_', "\\_")
        .replace('*', "\\*")
        .replace('<', "&lt;")
        .replace('\n', " ")
}
