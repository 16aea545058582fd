//! Makes the runs of an order one after the other and keeps a record of each as soon as it is done.

use super::answer::answer;
use super::instance::Instance;
use super::judge::judge;
use super::memory;
use super::neighbours::{self, NeighbourError, Neighbours};
use super::order::{Order, Outputs, Task};
use super::problem::{CompileError, compile};
use super::read::{self, ReadError};
use super::record::{self, Record, RecordError, RecordStatus};
use super::verify::CertificateFile;
use crate::kernel::certificate::Certificate;
use crate::kernel::engine::{Engine, EngineError, Outcome, Status};
use crate::run::{Clock, Limits, Observer, Progress, relative_gap};
use std::path::PathBuf;
use thiserror::Error;

/// Something that happened while an order was worked through.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A run is left out: this record of it is there already.
    Kept(&'a Record),
    /// A run begins.
    Started(&'a Task),
    /// A run goes on.
    Progress(&'a Progress),
    /// A run is over, and its record written.
    Finished(&'a Record),
}

/// Is told of events. The bench never prints.
pub trait Watcher: Sync {
    /// Called as things happen.
    fn on(&self, event: Event<'_>);
}

/// What came of an order.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The records of the order's tasks, in the order of the tasks, as far as it was worked through.
    pub records: Vec<Record>,
    /// How many of them were there already.
    pub kept: usize,
    /// Whether the order was stopped from outside before its end.
    pub interrupted: bool,
}

/// Works through `tasks`, which are those of `order`.
///
/// # Errors
/// [`RunError`] when a file that could be read before cannot any more, or a result cannot be written. A run that fails is
/// no error but a record.
pub fn run(order: &Order, tasks: &[Task], watcher: &dyn Watcher) -> Result<Summary, RunError> {
    let outputs = &order.outputs;
    let folders = [outputs.solutions.clone(), outputs.certificates(), outputs.logs.clone()];
    for folder in folders.into_iter().flatten() {
        std::fs::create_dir_all(&folder).map_err(|source| RunError::Folder { path: folder, source })?;
    }
    let mut all = match &outputs.json {
        Some(path) if order.resume && path.exists() => record::load(path)?,
        _ => Vec::new(),
    };
    if let Some(path) = &outputs.json {
        record::save(path, &all)?;
    }
    let mut summary = Summary::default();
    let mut inputs = Inputs::default();
    for task in tasks {
        if let Some(kept) = all.iter().find(|record| record.key == task.key && record.is_final()) {
            watcher.on(Event::Kept(kept));
            summary.records.push(kept.clone());
            summary.kept += 1;
            continue;
        }
        if order.limits.stop.is_stopped() {
            summary.interrupted = true;
            break;
        }
        let (instance, graph) = inputs.of(order, task)?;
        watcher.on(Event::Started(task));
        let record = run_one(order, task, instance, graph, watcher)?;
        all.retain(|old| old.key != record.key);
        all.push(record);
        let record = &all[all.len() - 1];
        if let Some(path) = &outputs.json {
            record::save(path, &all)?;
        }
        watcher.on(Event::Finished(record));
        summary.records.push(record.clone());
        summary.interrupted |= record.interrupted;
    }
    Ok(summary)
}

/// The instance read last and its graph, since tasks of one file follow each other and share a neighbour table.
#[derive(Default)]
struct Inputs {
    instance: Option<(PathBuf, Instance)>,
    graph: Option<Neighbours>,
}

impl Inputs {
    fn of(&mut self, order: &Order, task: &Task) -> Result<(&Instance, Option<&Neighbours>), RunError> {
        if self.instance.as_ref().is_some_and(|(file, _)| *file != task.file) {
            *self = Self::default();
        }
        let (_, instance) = match &mut self.instance {
            Some(read) => read,
            none => none.insert((task.file.clone(), read::read(order.family, &task.file)?)),
        };
        let Some(table) = &task.table else { return Ok((instance, None)) };
        let graph = match &mut self.graph {
            Some(graph) => graph,
            none => none.insert(neighbours::read(table, instance)?),
        };
        Ok((instance, Some(graph)))
    }
}

/// Passes an engine's progress on.
struct Passing<'a>(&'a dyn Watcher);

impl Observer for Passing<'_> {
    fn on(&self, progress: &Progress) {
        self.0.on(Event::Progress(progress));
    }
}

/// One run: compile, solve, check, write what belongs to the record alone.
fn run_one(
    order: &Order,
    task: &Task,
    instance: &Instance,
    graph: Option<&Neighbours>,
    watcher: &dyn Watcher,
) -> Result<Record, RunError> {
    let engine = &*order.engines[task.engine];
    let stem = task.key.file_stem();
    let log = order.outputs.logs.as_ref().map(|folder| folder.join(format!("{stem}.log")));
    let limits = Limits { clock: Clock::start(), log, ..order.limits.clone() };
    let (record, certificate) = solve(task, instance, graph, engine, &limits, &Passing(watcher))?;
    write_files(&order.outputs, &stem, &record, certificate.as_ref())?;
    Ok(record)
}

fn write_files(
    outputs: &Outputs,
    stem: &str,
    record: &Record,
    certificate: Option<&Certificate>,
) -> Result<(), RecordError> {
    if let (Some(folder), Some(solution)) = (&outputs.solutions, record.solution()) {
        record::save_document(&folder.join(format!("{stem}.json")), &solution)?;
    }
    if let (Some(folder), Some(certificate)) = (outputs.certificates(), certificate) {
        let file = CertificateFile::of(record, certificate);
        record::save_document(&folder.join(format!("{stem}.json")), &file)?;
    }
    Ok(())
}

/// Runs `engine` on `instance` and checks what it says; the seconds count from the clock of `limits`.
fn solve(
    task: &Task,
    instance: &Instance,
    graph: Option<&Neighbours>,
    engine: &dyn Engine,
    limits: &Limits,
    observer: &dyn Observer,
) -> Result<(Record, Option<Certificate>), RunError> {
    let compiled = compile(instance, task.kind, task.key.p, graph)?;
    let result = engine.solve(&compiled.problem, None, limits, observer);
    let mut record = Record {
        key: task.key.clone(),
        facilities: Some(instance.facilities.len()),
        customers: Some(instance.customers.len()),
        status: RecordStatus::Fault,
        message: None,
        interrupted: false,
        cost: None,
        bound: None,
        gap: None,
        nodes: 0,
        work: 0,
        seconds: limits.clock.seconds(),
        peak_memory_kib: memory::peak_kib(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        open: None,
        assign: None,
    };
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(error) => {
            if matches!(error, EngineError::Unsupported { .. }) {
                record.status = RecordStatus::Unsupported;
            }
            record.message = Some(chain(&error));
            return Ok((record, None));
        }
    };
    record.bound = Some(outcome.bound).filter(|bound| bound.is_finite());
    record.nodes = outcome.nodes;
    record.work = outcome.work;
    record.interrupted = outcome.status == Status::Stopped && limits.stop.is_stopped();
    let mut faults = Vec::new();
    if let Some(solution) = &outcome.solution {
        let answer = answer(instance, task.kind, &compiled, solution);
        let judgement = judge(instance, task.kind, task.key.p, graph, &answer);
        record.cost = Some(judgement.cost).filter(|cost| cost.is_finite());
        record.gap = Some(relative_gap(judgement.cost, outcome.bound)).filter(|gap| gap.is_finite());
        record.open = Some(answer.open);
        record.assign = Some(answer.assign);
        faults = judgement.violations;
        faults.extend(contradictions(&outcome, judgement.cost, task.kind.is_divisible() && !task.kind.is_split()));
    }
    faults.extend(broken_status(&outcome, record.gap, limits.gap));
    if faults.is_empty() {
        record.status = match outcome.status {
            Status::Optimal => RecordStatus::Optimal,
            Status::Feasible => RecordStatus::Feasible,
            Status::Stopped => RecordStatus::Stopped,
            Status::Infeasible => RecordStatus::Infeasible,
            Status::Unknown => RecordStatus::Unknown,
        };
    } else {
        record.message = Some(faults.join("; "));
    }
    Ok((record, outcome.certificate))
}

/// Relative difference below which two costs are the same: rounding in sums of many numbers, and what a MIP solver calls
/// feasible.
const SAME_COST: f64 = 1e-6;

/// Where what the engine says of its solution differs from the cost recomputed from the instance. A solution that was
/// `improved` on the way to the published form may cost less.
fn contradictions(outcome: &Outcome, cost: f64, improved: bool) -> Vec<String> {
    let tolerance = SAME_COST * cost.abs().max(1.0);
    let mut faults = Vec::new();
    if !(cost - outcome.cost <= tolerance && (improved || outcome.cost - cost <= tolerance)) {
        faults.push(format!("the engine says that its solution costs {}, and it costs {cost}", outcome.cost));
    }
    if outcome.bound - cost > tolerance {
        faults.push(format!("the bound {} is above the cost {cost} of a solution", outcome.bound));
    }
    faults
}

/// Where the engine's status contradicts what it returned.
fn broken_status(outcome: &Outcome, gap: Option<f64>, asked: f64) -> Option<String> {
    let has_solution = outcome.solution.is_some();
    match outcome.status {
        Status::Optimal if gap.is_none_or(|gap| gap > asked + SAME_COST) => {
            Some(format!("the engine says that it reached the gap {asked}, and the gap is {gap:?}"))
        }
        Status::Feasible if !has_solution => Some("the engine says that it has a solution, and it has none".to_owned()),
        Status::Infeasible | Status::Unknown if has_solution => {
            Some("the engine says that there is no solution, and returns one".to_owned())
        }
        _ => None,
    }
}

/// An error with its sources, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(Some(error), |error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Why an order could not be worked through.
#[derive(Debug, Error)]
pub enum RunError {
    /// Records or solutions could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A folder could not be made.
    #[error("{}: the folder cannot be made: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// An instance could be read before, and cannot any more.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A neighbour table could be read before, and cannot any more.
    #[error(transparent)]
    Neighbours(#[from] NeighbourError),
    /// An instance could be compiled before, and cannot any more.
    #[error(transparent)]
    Compile(#[from] CompileError),
}
