//! Tables over all units of a sweep: `sweep.csv`, `sweep.parquet`, `sweep.json`, and what they have in common in
//! `stability.csv`.

use super::{Origin, column};
use crate::domain::objective::Term;
use crate::i18n::number::percent;
use crate::i18n::{Language, render, word};
use crate::message::Message;
use crate::output::catalogue::OutputError;
use crate::output::table::{Cell, Table};
use crate::output::{csv_text, folder, json_text, parquet};
use crate::study::stability::{Stability, Tally, Zone};
use crate::study::sweep::Row;
use crate::study::sweep::row::{Common, Figures, common};
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
    inputs_sha256: &'a str,
    rows: Vec<Placed<'a>>,
    common: &'a [Common],
    stability: &'a Stability,
}

/// A row with the folder of its plan.
#[derive(Debug, Serialize)]
struct Placed<'a> {
    #[serde(flatten)]
    row: &'a Row,
    folder: String,
}

/// What the plans of a sweep have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// Decisions on sites that nearly all plans take.
    pub common: Vec<Common>,
    /// Where the pupils of every unit go.
    pub stability: Stability,
}

impl Shared {
    /// What the rows and the plans counted in `tally` have in common; `on_offer` are the keys of the sites at which the
    /// scenario offers something.
    pub fn new(rows: &[Row], tally: Tally, on_offer: &BTreeSet<String>) -> Self {
        Self { common: common(rows, NEARLY_ALL, on_offer), stability: tally.finish(NEARLY_ALL) }
    }
}

/// Writes the tables of a sweep into its folder.
///
/// # Errors
/// [`OutputError`].
pub fn write(folder: &Path, origin: &Origin<'_>, rows: &[Row], shared: &Shared) -> Result<(), OutputError> {
    let table = table(rows);
    let Shared { common, stability } = shared;
    let document = Document {
        schema: "catchment-sweep/1",
        scenario: &origin.scenario.name,
        inputs_sha256: origin.inputs,
        rows: rows.iter().map(|row| Placed { row, folder: place(row) }).collect(),
        common,
        stability,
    };
    let json = json_text::pretty(&document)?;
    let files = [
        ("sweep.csv", csv_text::bytes(&table)?),
        ("sweep.parquet", parquet::bytes(&table)),
        ("stability.csv", csv_text::bytes(&stability_table(shared))?),
        ("sweep.json", json),
    ];
    folder::write(folder, &files)
}

/// The folder of a row's plan, seen from that of the sweep.
fn place(row: &Row) -> String {
    format!("plans/{}", row.unit.folder())
}

/// What a figure of a plan is in a cell.
type Shown = fn(&Figures) -> Cell;

const FIGURES: [(&str, Shown); 19] = [
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
    ("phased_out", |plan| Cell::Whole(taken(plan, "phase_out"))),
    ("merged", |plan| Cell::Whole(taken(plan, "merge"))),
    ("expanded", |plan| Cell::Whole(taken(plan, "expand"))),
    ("built", |plan| Cell::Whole(taken(plan, "build"))),
    ("relocated", |plan| Cell::Whole(taken(plan, "relocate"))),
    ("converted", |plan| Cell::Whole(taken(plan, "convert"))),
    ("equipped", |plan| Cell::Whole(taken(plan, "equip"))),
    ("work", |plan| Cell::Whole(i64::try_from(plan.work).unwrap_or(i64::MAX))),
];

fn taken(plan: &Figures, action: &str) -> i64 {
    plan.actions.get(action).copied().unwrap_or(0)
}

/// One row for every unit: the scenario itself first, then the variants in file order. What variants change has a column
/// for every path, empty where a variant leaves it alone.
pub fn table(rows: &[Row]) -> Table {
    let paths: BTreeSet<&str> = rows.iter().flat_map(|row| &row.unit.changes).map(|(path, _)| path.as_str()).collect();
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
            let why = row.why();
            let why = if why.is_empty() { Cell::Empty } else { Cell::Text(why.join(" ")) };
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
pub fn lines(rows: &[Row], shared: &Shared, language: Language) -> Vec<String> {
    let say = |message: Message| render(language, &message);
    let mut lines = vec![say(Message::new("sweep.done").with("n", rows.len()))];
    for status in ["optimal", "feasible", "stopped", "infeasible", "failed", "fault", "missing"] {
        let count = rows.iter().filter(|row| row.status() == status).count();
        if count > 0 {
            let status = word(language, "sweep.status", status);
            lines.push(say(Message::new("sweep.count").with("n", count).with("status", status)));
        }
    }
    let (kept, acted): (Vec<&Common>, Vec<&Common>) = shared.common.iter().partition(|one| one.decision == "keep");
    if !shared.common.is_empty() {
        lines.push(say(Message::new("sweep.common")));
        for Common { site, decision, plans, of } in acted {
            let decision = word(language, "action", decision);
            let line = Message::new("sweep.common_line").with("site", site).with("action", decision);
            lines.push(say(line.with("plans", plans).with("of", of)));
        }
        if !kept.is_empty() {
            let named: Vec<&str> = kept.iter().take(SHOWN).map(|one| one.site.as_str()).collect();
            let more = if kept.len() > SHOWN { " …" } else { "" };
            let line = Message::new("sweep.kept").with("n", kept.len());
            lines.push(say(line.with("sites", format!("{}{more}", named.join(", ")))));
        }
    }
    let Stability { plans, zones, stable_zones, fixed_zones, stable_pupils, fixed_pupils, .. } = &shared.stability;
    if *plans > 1 {
        let line = Message::new("sweep.zones").with("of", zones.len()).with("stable", stable_zones);
        let line = line.with("stable_pupils", percent(*stable_pupils, 1)).with("fixed", fixed_zones);
        lines.push(say(line.with("fixed_pupils", percent(*fixed_pupils, 1))));
    }
    lines
}

/// Most kept sites named on the terminal.
const SHOWN: usize = 12;

/// What is the same in nearly all plans: a row for every decision on a site, and one for every unit, stage and band.
fn stability_table(shared: &Shared) -> Table {
    let names = ["kind", "key", "stage", "band", "same", "plans", "of", "pupils", "stable"];
    let key = |text: &str| Cell::Key(text.to_owned());
    let count = |count: usize| Cell::Whole(i64::try_from(count).unwrap_or(i64::MAX));
    let sites = shared.common.iter().map(|Common { site, decision, plans, of }| {
        let ends = [count(*plans), count(*of), Cell::Empty, Cell::Flag(true)];
        [key("site"), key(site), Cell::Empty, Cell::Empty, key(decision)].into_iter().chain(ends).collect()
    });
    let zones = shared.stability.zones.iter().map(|one| {
        let ends = [count(one.plans), count(one.of), Cell::number(Some(one.pupils), 1), Cell::Flag(one.stable)];
        let Zone { unit, stage, band } = &one.zone;
        // Excel takes `7-9` for a date; with an en dash it stays what it is.
        let band = band.replace('-', "–");
        [key("zone"), key(unit), key(stage), key(&band), key(&one.sites.join(" "))].into_iter().chain(ends).collect()
    });
    let columns = names.map(|name| column(name.to_owned())).into();
    Table { name: "stability", columns, rows: sites.chain(zones).collect() }
}
