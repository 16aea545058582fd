//! Tables over all units of a sweep: `sweep.csv`, `sweep.parquet`, `sweep.json`.

use crate::domain::objective::Term;
use crate::i18n::{Language, render, word};
use crate::message::Message;
use crate::output::catalogue::OutputError;
use crate::output::table::{Cell, Column, Table};
use crate::output::{csv_text, folder, parquet};
use crate::study::sweep::Row;
use crate::study::sweep::row::{Common, Figures, Outcome, common};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;

/// Share of the plans that must take a decision for it to be named as one without regret.
pub const NEARLY_ALL: f64 = 0.9;

/// The document `sweep.json`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    scenario: &'a str,
    /// Fingerprint of all files of the scenario, by which the report knows what belongs together.
    inputs_sha256: &'a str,
    rows: Vec<Placed<'a>>,
    common: Vec<Common>,
}

/// A row with the folder of its plan.
#[derive(Debug, Serialize)]
struct Placed<'a> {
    #[serde(flatten)]
    row: &'a Row,
    folder: String,
}

/// Writes the tables of a sweep into its folder. `inputs` is the fingerprint of all files of the scenario.
///
/// # Errors
/// [`OutputError`].
pub fn write(folder: &Path, scenario: &str, inputs: &str, rows: &[Row]) -> Result<(), OutputError> {
    let table = table(rows);
    let placed = |row| Placed { row, folder: place(row) };
    let document = Document {
        schema: "catchment-sweep/1",
        scenario,
        inputs_sha256: inputs,
        rows: rows.iter().map(placed).collect(),
        common: common(rows, NEARLY_ALL),
    };
    let mut json = serde_json::to_vec_pretty(&document)?;
    json.push(b'\n');
    let files =
        [("sweep.csv", csv_text::bytes(&table)?), ("sweep.parquet", parquet::bytes(&table)), ("sweep.json", json)];
    folder::write(folder, &files)
}

/// The folder of a row's plan, seen from that of the sweep.
fn place(row: &Row) -> String {
    format!("plans/{}", row.unit.folder())
}

/// What a figure of a plan is in a cell.
type Shown = fn(&Figures) -> Cell;

const FIGURES: [(&str, Shown); 15] = [
    ("total", |plan| Cell::number(Some(plan.total), 3)),
    ("bound", |plan| Cell::number(plan.bound, 3)),
    ("gap", |plan| Cell::number(plan.gap, 6)),
    ("sites", |plan| Cell::Whole(plan.sites)),
    ("pupils", |plan| Cell::Whole(plan.pupils)),
    ("classes", |plan| Cell::Whole(plan.classes)),
    ("mean_km", |plan| Cell::number(plan.mean_m.map(|metres| metres / 1000.0), 3)),
    ("p90_km", |plan| Cell::number(plan.p90_m.map(|metres| metres as f64 / 1000.0), 3)),
    ("longest_km", |plan| Cell::number(plan.longest_m.map(|metres| metres as f64 / 1000.0), 3)),
    ("failing", |plan| Cell::Whole(plan.failing)),
    ("closed", |plan| Cell::Whole(taken(plan, "close"))),
    ("merged", |plan| Cell::Whole(taken(plan, "merge"))),
    ("expanded", |plan| Cell::Whole(taken(plan, "expand"))),
    ("built", |plan| Cell::Whole(taken(plan, "build"))),
    ("work", |plan| Cell::Whole(i64::try_from(plan.work).unwrap_or(i64::MAX))),
];

fn taken(plan: &Figures, action: &str) -> i64 {
    plan.actions.get(action).copied().unwrap_or(0)
}

/// One row for every unit: the scenario itself first, then the variants in file order. What variants change has a column
/// for every path, empty where a variant leaves it alone.
pub fn table(rows: &[Row]) -> Table {
    let paths: BTreeSet<&str> = rows.iter().flat_map(|row| &row.unit.changes).map(|(path, _)| path.as_str()).collect();
    let column = |name: String| {
        let heading = Message::new("column.sweep").with("name", &name);
        Column { name, heading, width: 14.0 }
    };
    let names = ["variant", "family", "status"].map(str::to_owned).into_iter();
    let names = names.chain(FIGURES.iter().map(|(name, _)| (*name).to_owned()));
    let names = names.chain(Term::ALL.iter().map(|term| term.name().to_owned()));
    let names = names.chain(paths.iter().map(|path| format!("set {path}")));
    let names = names.chain(["folder", "why"].map(str::to_owned));
    let columns = names.map(column).collect();
    let key = |text: Option<&String>| text.map_or(Cell::Empty, |text| Cell::Key(text.clone()));
    let rows = rows
        .iter()
        .map(|row| {
            let plan = row.figures();
            let figure = |shown: Shown| plan.map_or(Cell::Empty, shown);
            let term =
                |term: &Term| Cell::number(plan.and_then(|plan| plan.terms.get(term.name()).copied().flatten()), 3);
            let change =
                |path: &&str| key(row.unit.changes.iter().find(|(other, _)| other == path).map(|(_, value)| value));
            let why = match &row.result {
                Outcome::Failed(why) | Outcome::Fault(why) => Cell::Text(why.clone()),
                Outcome::Plan(_) | Outcome::Missing => Cell::Empty,
            };
            [key(row.unit.variant.as_ref()), key(row.unit.family.as_ref()), Cell::Key(row.status().to_owned())]
                .into_iter()
                .chain(FIGURES.iter().map(|&(_, shown)| figure(shown)))
                .chain(Term::ALL.iter().map(term))
                .chain(paths.iter().map(change))
                .chain([Cell::Key(place(row)), why])
                .collect()
        })
        .collect();
    Table { name: "sweep", columns, rows }
}

/// The sweep in lines for the terminal: how many came out how, and what nearly all plans do.
pub fn lines(rows: &[Row], language: Language) -> Vec<String> {
    let say = |message: Message| render(language, &message);
    let mut lines = vec![say(Message::new("sweep.done").with("n", rows.len()))];
    for status in ["optimal", "feasible", "stopped", "infeasible", "failed", "fault", "missing"] {
        let count = rows.iter().filter(|row| row.status() == status).count();
        if count > 0 {
            let status = word(language, "sweep.status", status);
            lines.push(say(Message::new("sweep.count").with("n", count).with("status", status)));
        }
    }
    let found = common(rows, NEARLY_ALL);
    if !found.is_empty() {
        lines.push(say(Message::new("sweep.common")));
        for Common { site, decision, plans, of } in found {
            let decision = word(language, "action", &decision);
            let line = Message::new("sweep.common_line").with("site", site).with("action", decision);
            lines.push(say(line.with("plans", plans).with("of", of)));
        }
    }
    lines
}
