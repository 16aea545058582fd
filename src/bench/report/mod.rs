//! Tables and curves from records: costs against best known values, proven gaps, times, engines side by side.
//!
//! This is the only place that reads best known values.

pub mod best_known;
mod compare;
pub mod curves;
mod html;
mod markdown;
mod statistics;
mod svg;
mod text;

pub use text::number;

use super::record::{Key, Record, RecordStatus};
use best_known::{Best, BestKnown};
use compare::{Ratio, ratios};
use statistics::{Summary, summary};
use std::collections::BTreeMap;

/// A report on a list of records.
#[derive(Debug, Clone)]
pub struct Report {
    /// The engines that are compared, in the order in which they first occur.
    pub engines: Vec<String>,
    /// One table per family and problem, in the order in which they first occur.
    pub groups: Vec<Group>,
    /// Ratios of times between engines, per table and over all.
    pub ratios: Vec<Ratio>,
    /// Contradictions with best known values that somebody should look into.
    pub alarms: Vec<String>,
}

/// The table of one family and problem.
#[derive(Debug, Clone)]
pub struct Group {
    /// The family.
    pub family: String,
    /// The problem.
    pub problem: String,
    /// The limits of the runs, in words, each once.
    pub limits: Vec<String>,
    /// One row per instance and p.
    pub rows: Vec<Row>,
    /// One summary per engine of the report.
    pub summaries: Vec<Summary>,
}

/// One instance with one p.
#[derive(Debug, Clone)]
pub struct Row {
    /// The instance.
    pub instance: String,
    /// Facilities and customers.
    pub size: Option<(usize, usize)>,
    /// Number of facilities to open.
    pub p: Option<usize>,
    /// What the literature has.
    pub best: Option<Best>,
    /// The result of every engine of the report.
    pub cells: Vec<Option<Cell>>,
}

/// The result of one run.
#[derive(Debug, Clone)]
pub struct Cell {
    /// How the run ended.
    pub status: RecordStatus,
    /// Cost of the solution.
    pub cost: Option<f64>,
    /// Proven lower bound.
    pub bound: Option<f64>,
    /// Proven gap.
    pub gap: Option<f64>,
    /// Seconds.
    pub seconds: f64,
    /// Seconds, or the time limit for a run that did not reach its gap.
    pub charged: f64,
    /// Where the cost stands against the best known value.
    pub to_best: Option<ToBest>,
}

/// Where a cost stands against a best known value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ToBest {
    /// `(cost - best) / |best|`.
    pub relative: f64,
    /// Whether it is equal in all printed digits, below or above.
    pub standing: Standing,
}

/// A comparison that allows half a unit of the last printed digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Below the best known value.
    Better,
    /// Equal in the printed digits.
    Equal,
    /// Above.
    Worse,
}

impl Report {
    /// A report on `records`; of records with one key the last counts.
    pub fn new(records: &[Record], best: Option<&BestKnown>) -> Self {
        let names = EngineNames::new(records);
        let mut engines: Vec<String> = Vec::new();
        let mut groups: Vec<Group> = Vec::new();
        for record in records {
            let key = &record.key;
            let engine = names.of(key);
            let engine = place(&mut engines, |known| *known == engine, || engine.clone());
            let group = place(
                &mut groups,
                |group| group.family == key.family && group.problem == key.problem,
                || Group::new(&key.family, &key.problem),
            );
            let group = &mut groups[group];
            let limits = limits_of(key).join(", ");
            place(&mut group.limits, |known| *known == limits, || limits.clone());
            let row =
                place(&mut group.rows, |row| row.instance == key.instance && row.p == key.p, || Row::new(record, best));
            let row = &mut group.rows[row];
            if row.cells.len() <= engine {
                row.cells.resize(engine + 1, None);
            }
            row.cells[engine] = Some(Cell::new(record, row.best.as_ref()));
        }
        for group in &mut groups {
            for row in &mut group.rows {
                row.cells.resize(engines.len(), None);
            }
            group.summaries = (0..engines.len()).map(|engine| summary(&group.rows, engine)).collect();
        }
        let ratios = ratios(&engines, &groups);
        let alarms = groups.iter().flat_map(|group| alarms(&engines, group)).collect();
        Self { engines, groups, ratios, alarms }
    }

    /// The report as Markdown.
    pub fn markdown(&self) -> String {
        markdown::write(self)
    }

    /// The report as one self-contained HTML file.
    pub fn html(&self) -> String {
        html::write(self)
    }
}

impl Cell {
    fn new(record: &Record, best: Option<&Best>) -> Self {
        let reached = record.status == RecordStatus::Optimal;
        let charged = if reached { record.seconds } else { record.key.time_limit.unwrap_or(record.seconds) };
        let to_best = record.cost.zip(best.and_then(|best| best.value)).map(|(cost, value)| value.compare(cost));
        let (status, cost, bound, gap, seconds) =
            (record.status, record.cost, record.bound, record.gap, record.seconds);
        Self { status, cost, bound, gap, seconds, charged, to_best }
    }

    /// Whether the run reached the gap it was asked for, or proved that there is no solution.
    pub fn is_proven(&self) -> bool {
        matches!(self.status, RecordStatus::Optimal | RecordStatus::Infeasible)
    }
}

impl Group {
    fn new(family: &str, problem: &str) -> Self {
        let (family, problem) = (family.to_owned(), problem.to_owned());
        Self { family, problem, limits: Vec::new(), rows: Vec::new(), summaries: Vec::new() }
    }
}

impl Row {
    fn new(record: &Record, best: Option<&BestKnown>) -> Self {
        Self {
            instance: record.key.instance.clone(),
            size: record.facilities.zip(record.customers),
            p: record.key.p,
            best: best.and_then(|best| best.find(&record.key)),
            cells: Vec::new(),
        }
    }
}

/// The position of what `is_it` finds in `list`, where `make` adds it if it is not there.
fn place<T>(list: &mut Vec<T>, is_it: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> usize {
    list.iter().position(is_it).unwrap_or_else(|| {
        list.push(make());
        list.len() - 1
    })
}

/// Names of engines, with those limits added that tell apart several runs of one engine on one problem.
struct EngineNames {
    shown: [bool; 5],
}

impl EngineNames {
    fn new(records: &[Record]) -> Self {
        let mut first: BTreeMap<_, [String; 5]> = BTreeMap::new();
        let mut shown = [false; 5];
        for Record { key, .. } in records {
            let limits = limits_of(key);
            let question = (&*key.family, &*key.instance, &*key.problem, key.p, &*key.engine);
            let known = first.entry(question).or_insert_with(|| limits.clone());
            for (shown, (limit, known)) in shown.iter_mut().zip(limits.iter().zip(&*known)) {
                *shown |= limit != known;
            }
        }
        Self { shown }
    }

    fn of(&self, key: &Key) -> String {
        let parts: Vec<String> =
            limits_of(key).into_iter().zip(self.shown).filter(|(_, shown)| *shown).map(|(limit, _)| limit).collect();
        if parts.is_empty() { key.engine.clone() } else { format!("{} ({})", key.engine, parts.join(", ")) }
    }
}

fn limits_of(key: &Key) -> [String; 5] {
    [
        format!("{} thread{}", key.threads, if key.threads == 1 { "" } else { "s" }),
        key.time_limit.map_or_else(|| "no time limit".to_owned(), |seconds| format!("{seconds} s")),
        key.gap_limit
            .map_or_else(|| "gap limit unknown".to_owned(), |gap| format!("gap {} %", text::trimmed(gap * 100.0))),
        key.work_limit.map_or_else(|| "no work limit".to_owned(), |work| format!("{work} work units")),
        format!("seed {}", key.seed),
    ]
}

/// Where a group's results and the literature cannot both be right.
fn alarms(engines: &[String], group: &Group) -> Vec<String> {
    let mut alarms = Vec::new();
    for row in &group.rows {
        for (engine, cell) in engines.iter().zip(&row.cells) {
            let (Some(cell), Some(best)) = (cell, &row.best) else { continue };
            let place = format!("{} {} {} by {engine}", group.family, row.instance, group.problem);
            if let (Some(bound), Some(value)) = (cell.bound, best.value)
                && bound > value.upper()
            {
                alarms.push(format!(
                    "{place}: the bound {} is above the best known {}",
                    number(bound),
                    value.printed()
                ));
            }
            if let (Some(cost), Some(bound)) = (cell.cost, best.bound)
                && cost < bound.lower()
            {
                let bound = bound.printed();
                alarms.push(format!("{place}: the cost {} is below the published bound {bound}", number(cost)));
            }
        }
    }
    alarms
}
