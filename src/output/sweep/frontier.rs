//! A frontier in files and on the terminal.

use crate::domain::objective::Term;
use crate::domain::scenario::Scenario;
use crate::i18n::number::{number, percent};
use crate::i18n::width::{left, right};
use crate::i18n::{Language, text};
use crate::message::Message;
use crate::output::catalogue::OutputError;
use crate::output::table::{Cell, Column, Table};
use crate::output::{csv_text, folder};
use crate::study::frontier::Point;
use std::path::Path;

/// The folder of the plan of a point, counted from 0 by rising second term.
pub fn place(number: usize) -> String {
    format!("frontier/{:03}", number + 1)
}

/// Writes `frontier.csv` and `frontier.json`. `inputs` is the fingerprint of all files of the scenario.
///
/// # Errors
/// [`OutputError`].
pub fn write(
    out: &Path,
    scenario: &Scenario,
    inputs: &str,
    terms: [Term; 2],
    points: &[Point],
) -> Result<(), OutputError> {
    let [first, second] = terms.map(Term::name);
    let column = |name: &str| Column {
        name: name.to_owned(),
        heading: Message::new("column.sweep").with("name", name),
        width: 14.0,
    };
    let bound = format!("{first}_bound");
    let names = [second, first, bound.as_str(), "gap", "at_most", "knee", "folder"];
    let row = |(number, point): (usize, &Point)| {
        vec![
            Cell::number(Some(point.second), 3),
            Cell::number(Some(point.first), 3),
            Cell::number(point.bound, 3),
            Cell::number(point.gap, 6),
            Cell::number(point.at_most, 3),
            Cell::Flag(point.knee),
            Cell::Key(place(number)),
        ]
    };
    let table = Table {
        name: "frontier",
        columns: names.into_iter().map(column).collect(),
        rows: points.iter().enumerate().map(row).collect(),
    };
    let document = serde_json::json!({
        "schema": "catchment-frontier/1",
        "scenario": scenario.name,
        "variant": scenario.variant,
        "inputs_sha256": inputs,
        "terms": [first, second],
        "points": points,
    });
    let mut json = serde_json::to_vec_pretty(&document)?;
    json.push(b'\n');
    folder::write(out, &[("frontier.csv", csv_text::bytes(&table)?), ("frontier.json", json)])
}

/// The points in lines, by rising second term.
pub fn lines(terms: [Term; 2], points: &[Point], language: Language) -> Vec<String> {
    let [first, second] = terms.map(|term| text(language, &format!("term.{}", term.name())));
    let row = |cells: [&str; 3], mark: &str| {
        let [second, first, gap] = cells;
        format!("{}{}{}  {mark}", right(second, 30), right(first, 30), right(gap, 12))
    };
    let mut lines = vec![row([&left(&second, 30), &left(&first, 30), &text(language, "report.gap")], "")];
    let knee = text(language, "sweep.knee");
    for point in points {
        let gap = point.gap.map_or_else(|| "–".to_owned(), |gap| percent(gap, 2));
        let mark = if point.knee { knee.as_str() } else { "" };
        lines.push(row([&number(point.second, 1), &number(point.first, 1), &gap], mark));
    }
    lines
}
