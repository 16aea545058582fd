//! A path over numbers of closures in files and on the terminal.

use super::{Origin, column};
use crate::domain::objective::Term;
use crate::i18n::number::{number, percent};
use crate::i18n::width::{left, right};
use crate::i18n::{Language, render, text, word};
use crate::message::Message;
use crate::output::catalogue::OutputError;
use crate::output::table::{Cell, Table};
use crate::output::{csv_text, folder, json_text};
use crate::study::closures::{Step, Tried};
use crate::study::price::Price;
use serde::Serialize;
use std::path::Path;

/// The document `closures.json`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    scenario: &'a str,
    variant: Option<&'a str>,
    inputs_sha256: &'a str,
    objective: &'a str,
    steps: &'a [Step],
}

/// Writes `closures.csv` and `closures.json`; `objective` is what the values of the steps are of: a term, or `weighted`.
///
/// # Errors
/// [`OutputError`].
pub fn write(out: &Path, origin: &Origin<'_>, objective: &str, steps: &[Step]) -> Result<(), OutputError> {
    let document = Document {
        schema: "catchment-closures/1",
        scenario: &origin.scenario.name,
        variant: origin.scenario.variant.as_deref(),
        inputs_sha256: origin.inputs,
        objective,
        steps,
    };
    let json = json_text::pretty(&document)?;
    folder::write(out, &[("closures.csv", csv_text::bytes(&table(steps))?), ("closures.json", json)])
}

const FIRST: [&str; 6] = ["closures", "path", "status", "objective", "bound", "gap"];
const LAST: [&str; 11] = [
    "sites",
    "mean_km",
    "longest_km",
    "failing",
    "shut",
    "price_of_nesting",
    "price_at_least",
    "price_at_most",
    "best",
    "folder",
    "why",
];

/// Two rows for every step with a nested one, one for others.
fn table(steps: &[Step]) -> Table {
    let names = FIRST.into_iter().chain(Term::ALL.iter().map(|term| term.name())).chain(LAST);
    let mut rows = Vec::new();
    for step in steps {
        rows.push(row(step, "free", &step.free, None, step.best));
        if let Some(nested) = &step.nested {
            rows.push(row(step, "nested", nested, step.price_of_nesting, false));
        }
    }
    Table { name: "closures", columns: names.map(|name| column(name.to_owned())).collect(), rows }
}

fn row(step: &Step, path: &str, tried: &Tried, price: Option<Price>, best: bool) -> Vec<Cell> {
    let figures = tried.figures.as_ref();
    let km = |metres: Option<f64>| Cell::number(metres.map(|metres| metres / 1000.0), 3);
    let whole = |value: Option<i64>| value.map_or(Cell::Empty, Cell::Whole);
    let words = |words: String| if words.is_empty() { Cell::Empty } else { Cell::Text(words) };
    let mut cells = vec![
        Cell::Whole(i64::from(step.closures)),
        Cell::Key(path.to_owned()),
        Cell::Key(tried.status.clone()),
        Cell::number(tried.known.map(|known| known.value), 3),
        Cell::number(tried.known.and_then(|known| known.bound), 3),
        Cell::number(tried.gap, 6),
    ];
    let term = |term: &Term| figures.and_then(|figures| figures.terms.get(term.name()).copied().flatten());
    cells.extend(Term::ALL.iter().map(|one| Cell::number(term(one), 3)));
    cells.extend([
        whole(figures.map(|figures| figures.sites)),
        km(figures.and_then(|figures| figures.mean_m)),
        km(figures.and_then(|figures| figures.longest_m).map(|metres| metres as f64)),
        whole(figures.map(|figures| figures.failing)),
        words(tried.shut.join(" ")),
        Cell::number(price.map(|price| price.found), 3),
        Cell::number(price.map(|price| price.at_least), 3),
        Cell::number(price.and_then(|price| price.at_most), 3),
        Cell::Flag(best),
        tried.folder.as_ref().map_or(Cell::Empty, |folder| Cell::Key(folder.clone())),
        words(tried.why.join(" ")),
    ]);
    cells
}

/// The steps in lines: objective, gap and mean way of each, free and nested, with the price of nesting.
pub fn lines(steps: &[Step], language: Language) -> Vec<String> {
    let say = |key: &str| text(language, key);
    let dash = || "–".to_owned();
    let nested = steps.iter().any(|step| step.nested.is_some());
    let mut heading = format!(
        "{}{}{}{}",
        left(&say("closures.heading"), 10),
        right(&say("closures.free"), 20),
        right(&say("report.gap"), 10),
        right(&say("closures.mean_km"), 10)
    );
    if nested {
        heading.push_str(&right(&say("closures.nested"), 20));
        heading.push_str(&right(&say("closures.price"), 20));
        heading.push_str(&right(&say("closures.proven"), 22));
    }
    let mut lines = vec![heading];
    for step in steps {
        let objective = |tried: &Tried| match tried.known {
            Some(known) => number(known.value, 1),
            None => word(language, "closures.status", &tried.status),
        };
        let gap = step.free.gap.map_or_else(dash, |gap| percent(gap, 2));
        let mean = step.free.figures.as_ref().filter(|_| step.free.known.is_some()).and_then(|figures| figures.mean_m);
        let mean = mean.map_or_else(dash, |metres| number(metres / 1000.0, 2));
        let mut line = format!(
            "{}{}{}{}",
            right(&step.closures.to_string(), 10),
            right(&objective(&step.free), 20),
            right(&gap, 10),
            right(&mean, 10)
        );
        if nested {
            line.push_str(&right(&step.nested.as_ref().map_or_else(dash, objective), 20));
            line.push_str(&right(&step.price_of_nesting.map_or_else(dash, |price| number(price.found, 1)), 20));
            let proven = step
                .price_of_nesting
                .and_then(|price| Some(format!("{} – {}", number(price.at_least, 1), number(price.at_most?, 1))));
            line.push_str(&right(&proven.unwrap_or_else(dash), 22));
        }
        if step.best {
            line.push_str("  ");
            line.push_str(&say("closures.best"));
        }
        lines.push(line);
        // Where there is no free plan there is no nested one, for the same reason.
        let (key, why) = match &step.nested {
            Some(nested) if step.free.known.is_some() => ("closures.why_nested", &nested.why),
            _ => ("closures.why", &step.free.why),
        };
        lines.extend(why.iter().take(SHOWN).map(|why| render(language, &Message::new(key).with("why", why))));
    }
    if nested {
        lines.push(say("closures.note"));
    }
    lines
}

/// Most reasons shown below a step.
const SHOWN: usize = 3;
