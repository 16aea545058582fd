//! A frontier in files and on the terminal.

use super::{Origin, column};
use crate::domain::objective::Term;
use crate::i18n::number::{number, percent};
use crate::i18n::width::right;
use crate::i18n::{Language, text};
use crate::output::catalogue::OutputError;
use crate::output::table::{Cell, Table};
use crate::output::{csv_text, folder, json_text};
use crate::study::frontier::Point;
use std::path::Path;

/// Writes `frontier.csv` and `frontier.json`; `terms` are two or three, the minimised one first.
///
/// # Errors
/// [`OutputError`].
pub fn write(out: &Path, origin: &Origin<'_>, terms: &[Term], points: &[Point]) -> Result<(), OutputError> {
    let names: Vec<&str> = terms.iter().map(|term| term.name()).collect();
    let document = serde_json::json!({
        "schema": "catchment-frontier/1",
        "scenario": origin.scenario.name,
        "variant": origin.scenario.variant,
        "inputs_sha256": origin.inputs,
        "terms": names,
        "points": points,
    });
    let json = json_text::pretty(&document)?;
    folder::write(out, &[("frontier.csv", csv_text::bytes(&table(&names, points))?), ("frontier.json", json)])
}

fn table(terms: &[&str], points: &[Point]) -> Table {
    let held = &terms[1..];
    let mut names: Vec<String> = held.iter().map(|&name| name.to_owned()).collect();
    names.extend([terms[0].to_owned(), format!("{}_bound", terms[0]), "gap".to_owned(), "at_most".to_owned()]);
    names.extend(held.iter().skip(1).map(|name| format!("{name}_at_most")));
    names.extend(["knee", "folder"].map(str::to_owned));
    let row = |point: &Point| {
        let mut cells = vec![Cell::number(Some(point.second), 3)];
        cells.extend(point.third.map(|third| Cell::number(Some(third.value), 3)));
        cells.extend([
            Cell::number(Some(point.first), 3),
            Cell::number(point.bound, 3),
            Cell::number(point.gap, 6),
            Cell::number(point.at_most, 3),
        ]);
        cells.extend(point.third.map(|third| Cell::number(third.at_most, 3)));
        cells.extend([Cell::Flag(point.knee), Cell::Key(point.folder.clone())]);
        cells
    };
    let columns = names.into_iter().map(column).collect();
    Table { name: "frontier", columns, rows: points.iter().map(row).collect() }
}

/// The points in lines, by rising second term.
pub fn lines(terms: &[Term], points: &[Point], language: Language) -> Vec<String> {
    let name = |term: &Term| right(&text(language, &format!("term.{}", term.name())), COLUMN);
    let row = |held: String, first: &str, gap: &str, mark: &str| {
        format!("{held}{}{}  {mark}", right(first, COLUMN), right(gap, 12))
    };
    let held: String = terms[1..].iter().map(name).collect();
    let mut lines = vec![row(held, name(&terms[0]).trim_start(), &text(language, "report.gap"), "")];
    let knee = text(language, "sweep.knee");
    for point in points {
        let mut held = right(&number(point.second, 1), COLUMN);
        if let Some(third) = point.third {
            held.push_str(&right(&number(third.value, 1), COLUMN));
        }
        let gap = point.gap.map_or_else(|| "–".to_owned(), |gap| percent(gap, 2));
        lines.push(row(held, &number(point.first, 1), &gap, if point.knee { knee.as_str() } else { "" }));
    }
    lines
}

/// Width of a column on the terminal.
const COLUMN: usize = 26;
