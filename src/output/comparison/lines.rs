//! A comparison on the terminal.

use super::answers::answers;
use super::labels::Labels;
use super::{action_text, status_name};
use crate::i18n::number::{number, percent};
use crate::i18n::width::{cut, left, right, width, wrap};
use crate::i18n::{Language, render, text, word};
use crate::message::Message;
use crate::study::compare::actions::ActionRow;
use crate::study::compare::pairs::Pair;
use crate::study::compare::rules::Counts;
use crate::study::compare::{Comparison, Today};
use std::ops::Range;

/// Columns of the terminal.
const COLUMNS: usize = 100;
/// Plans whose columns fit beside each other.
const ABREAST: usize = 5;
/// Rows of a list.
const ROWS: usize = 12;
/// Columns that the name of a plan gets at least, if it is that long.
const NAME: usize = 12;

/// The comparison in lines: the answers, then the tables, differences first.
pub fn lines(comparison: &Comparison, labels: &Labels<'_>, language: Language) -> Vec<String> {
    let say = |message: &Message| render(language, message);
    let mut lines = Vec::new();
    for plan in &comparison.plans {
        let facts = [
            plan.variant.clone().unwrap_or_default(),
            word(language, "compare.status", status_name(plan.status)),
            plan.gap.map_or_else(String::new, |gap| format!("{} {}", text(language, "report.gap"), percent(gap, 2))),
        ];
        let facts: Vec<String> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
        lines.push(cut(&format!("{}  {} · {}", plan.letter, plan.name, facts.join(" · ")), COLUMNS));
    }
    if !comparison.same_inputs {
        lines.extend(wrap(&text(language, "compare.other_inputs"), COLUMNS));
    }
    lines.push(String::new());
    for answer in answers(comparison, labels) {
        let mut mark = "• ";
        for line in wrap(&say(&answer.message), COLUMNS - 2) {
            lines.push(format!("{mark}{line}"));
            mark = "  ";
        }
    }
    for start in (0..comparison.plans.len()).step_by(ABREAST) {
        let block = Block { comparison, plans: start..(start + ABREAST).min(comparison.plans.len()) };
        block.tables(labels, language, &mut lines);
    }
    for pair in comparison.pairs.iter().filter(|pair| pair.from.is_none_or(|from| from == 0)) {
        lines.push(String::new());
        change(comparison, labels, language, pair, &mut lines);
    }
    lines
}

/// Columns of some plans.
struct Block<'a> {
    comparison: &'a Comparison,
    plans: Range<usize>,
}

/// A row of a table: label, today, plans, and whether the plans differ.
struct Row {
    label: String,
    today: Option<String>,
    cells: Vec<String>,
    differs: bool,
}

/// Rows in columns as wide as what stands in them.
fn columns(rows: &[Row], lines: &mut Vec<String>) {
    let cells = |row: &Row| row.today.iter().chain(&row.cells).cloned().collect::<Vec<String>>();
    let count = rows.iter().map(|row| cells(row).len()).max().unwrap_or(0).max(1);
    // The first row has the names of the plans, which may be cut.
    let names = rows.first().map(cells).unwrap_or_default().iter().map(|name| width(name).min(NAME)).max().unwrap_or(0);
    let widest = rows.iter().skip(1).flat_map(cells).map(|cell| width(&cell)).max().unwrap_or(0).max(names);
    let column = (widest + 2).clamp(8, (COLUMNS - 24) / count);
    let label = rows.iter().map(|row| width(&row.label)).max().unwrap_or(0) + 2;
    let first = label.clamp(20, COLUMNS - column * count);
    for row in rows {
        let mark = if row.differs { "≠ " } else { "  " };
        let cells: String = cells(row).iter().map(|cell| right(&format!(" {cell}"), column)).collect();
        lines.push(format!("{mark}{}{cells}", left(&row.label, first - 2)));
    }
}

impl Block<'_> {
    fn each(&self, value: &dyn Fn(usize) -> String) -> Vec<String> {
        self.plans.clone().map(value).collect()
    }

    fn head(&self, today: Option<String>) -> Row {
        let head = |at: usize| format!("{} {}", self.comparison.plans[at].letter, self.comparison.plans[at].name);
        Row { label: String::new(), today, cells: self.each(&head), differs: false }
    }

    fn tables(&self, labels: &Labels<'_>, language: Language, lines: &mut Vec<String>) {
        let all = self.comparison;
        let today =
            all.figures.iter().any(|row| row.today.is_some()) || all.rules.iter().any(|row| row.today.is_some());
        let now = |shown: String| today.then_some(shown);
        let year = render(language, &Message::new("report.year_before").with("year", all.baseline_year));
        let mut rows = vec![self.head(now(year))];
        for figure in &all.figures {
            let shown =
                |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| number(value, figure.decimals));
            let cell = |at: usize| {
                format!("{}{}", shown(figure.values[at]), if figure.best.contains(&at) { "*" } else { " " })
            };
            rows.push(Row {
                label: text(language, &figure.key),
                today: now(format!("{} ", shown(figure.today))),
                cells: self.each(&cell),
                differs: figure.differs,
            });
        }
        let figures = rows.len();
        for rule in &all.rules {
            let cell = |counts: Option<Counts>| counts.map_or_else(|| "– ".to_owned(), counted);
            rows.push(Row {
                label: language.pick(&Labels::rule(rule)).to_owned(),
                today: now(cell(rule.today)),
                cells: self.each(&|at| cell(rule.counts[at])),
                differs: rule.differs,
            });
        }
        let mut table = Vec::new();
        columns(&rows, &mut table);
        let rules = table.split_off(figures);
        lines.push(String::new());
        lines.extend(table);
        if all.figures.iter().any(|figure| !figure.best.is_empty()) {
            lines.push(format!("  {}", text(language, "compare.best_mark")));
        }
        lines.push(String::new());
        lines.push(text(language, "compare.rules"));
        lines.extend(rules);
        lines.push(text(language, "compare.rules_short"));
        lines.push(String::new());
        lines.push(text(language, "compare.actions"));
        if all.actions.is_empty() {
            lines.push(format!("  {}", text(language, "compare.no_actions")));
            return;
        }
        let site = |row: &ActionRow| Row {
            label: labels.site(&row.site).to_owned(),
            today: None,
            cells: self.each(&|at| action_text(language, labels, &row.actions[at])),
            differs: row.differs,
        };
        let rows: Vec<Row> = std::iter::once(self.head(None)).chain(all.actions.iter().map(site)).collect();
        columns(&rows, lines);
    }
}

/// How many subjects pass a rule, or how many of those tested fail.
fn counted(counts: Counts) -> String {
    let tested = counts.pass + counts.relaxed + counts.fail;
    match (tested, counts.fail) {
        (0, _) => "– ".to_owned(),
        (_, 0) => format!("✓ {tested} "),
        (_, fail) => format!("✗ {fail}/{tested} "),
    }
}

/// Who changes school and how the ways change, from one plan to another.
fn change(comparison: &Comparison, labels: &Labels<'_>, language: Language, pair: &Pair, lines: &mut Vec<String>) {
    let gain = pair.all();
    let from = match (pair.from, comparison.today) {
        (Some(from), _) => labels.plan(from),
        (None, Today::Assumed) => Message::new("compare.today_assumed"),
        (None, _) => Message::new("compare.today"),
    };
    let (from, to) = (render(language, &from), render(language, &labels.plan(pair.to)));
    let head = Message::new("compare.against")
        .with("plan", to)
        .with("first", from)
        .with("moved", number(gain.moved as f64, 0))
        .with("nearer", number(gain.nearer as f64, 0))
        .with("farther", number(gain.farther as f64, 0));
    lines.extend(wrap(&render(language, &head), COLUMNS));
    if pair.from.is_none() {
        return;
    }
    let moved: Vec<_> = pair.transfers.iter().filter(|transfer| transfer.from.as_ref() != Some(&transfer.to)).collect();
    let mut largest = moved.clone();
    largest.sort_by_key(|transfer| std::cmp::Reverse(transfer.pupils));
    for transfer in largest.iter().take(ROWS) {
        let from = transfer.from.as_deref().map_or("–", |key| labels.site(key));
        let pupils = right(&number(transfer.pupils as f64, 0), 8);
        let stage = word(language, "stage", transfer.stage.name());
        lines.push(cut(&format!("  {pupils}  {from} → {} ({stage})", labels.site(&transfer.to)), COLUMNS));
    }
    if moved.len() > ROWS {
        lines.push(render(language, &Message::new("compare.more").with("n", moved.len() - ROWS)));
    }
}
