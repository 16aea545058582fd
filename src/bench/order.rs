//! What is to be run: the list of tasks that an order stands for, tested before anything runs.

use super::family::Family;
use super::files::{self, PathError};
use super::instance::Instance;
use super::kind::ProblemKind;
use super::neighbours::{self, NeighbourError};
use super::problem::{CompileError, admit};
use super::read::{self, ReadError, text};
use super::record::Key;
use crate::kernel::engine::Engine;
use crate::run::Limits;
use std::fmt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// An order of runs: every file as every problem with every p by every engine.
pub struct Order {
    /// The family of all files.
    pub family: Family,
    /// Files, and folders of instances.
    pub files: Vec<PathBuf>,
    /// The problems; empty for the one that the family is published for.
    pub kinds: Vec<ProblemKind>,
    /// Numbers of open facilities, for problems that fix them and files that do not.
    pub ps: Vec<usize>,
    /// The neighbour table, where it is not the one beside the instance.
    pub adjacency: Option<PathBuf>,
    /// The engines.
    pub engines: Vec<Box<dyn Engine>>,
    /// Limits of every run; each run starts a clock of its own.
    pub limits: Limits,
    /// Where things are written.
    pub outputs: Outputs,
    /// Whether runs that the file of records holds already are left out.
    pub resume: bool,
}

/// Where a run writes.
#[derive(Debug, Clone, Default)]
pub struct Outputs {
    /// The list of records.
    pub json: Option<PathBuf>,
    /// Folder for one solution file per record.
    pub solutions: Option<PathBuf>,
    /// Folder for one certificate per record, where the engine writes one; `certificates` in that of the solutions
    /// otherwise, where there is one.
    pub certificates: Option<PathBuf>,
    /// Folder for the backend's own log of every run.
    pub logs: Option<PathBuf>,
}

impl Outputs {
    /// Where certificates go.
    pub fn certificates(&self) -> Option<PathBuf> {
        self.certificates.clone().or_else(|| Some(self.solutions.as_ref()?.join("certificates")))
    }
}

/// One run.
#[derive(Debug, Clone)]
pub struct Task {
    /// The instance's file.
    pub file: PathBuf,
    /// The problem.
    pub kind: ProblemKind,
    /// The neighbour table, where the problem needs one.
    pub table: Option<PathBuf>,
    /// Position of the engine in the order.
    pub engine: usize,
    /// What the record will be found by.
    pub key: Key,
}

/// The tasks of an order.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    /// The runs, file by file.
    pub list: Vec<Task>,
    /// What the user should know about how the order was understood.
    pub notes: Vec<String>,
}

impl Order {
    /// Reads every file once and lists the runs. Nothing is written.
    ///
    /// # Errors
    /// [`OrderErrors`] with everything that stands in the way, of all files.
    pub fn tasks(&self) -> Result<Tasks, OrderErrors> {
        let files = files::expand(self.family, &self.files)
            .map_err(|errors| OrderErrors(errors.into_iter().map(OrderError::from).collect()))?;
        let own = [self.family.default_problem()];
        let kinds = if self.kinds.is_empty() { &own[..] } else { &self.kinds };
        let (mut tasks, mut errors) = (Tasks::default(), Vec::new());
        for file in &files {
            match read::read(self.family, file) {
                Ok(instance) => {
                    for &kind in kinds {
                        if let Err(error) = self.add_tasks(&mut tasks, file, &instance, kind) {
                            errors.push(error);
                        }
                    }
                }
                Err(error) => errors.push(error.into()),
            }
        }
        if !self.ps.is_empty() && !kinds.iter().any(|kind| kind.has_exact_p()) {
            tasks.notes.push("--p is not used: no problem asked for fixes the number of facilities".to_owned());
        }
        if errors.is_empty() { Ok(tasks) } else { Err(OrderErrors(errors)) }
    }

    fn add_tasks(
        &self,
        tasks: &mut Tasks,
        file: &Path,
        instance: &Instance,
        kind: ProblemKind,
    ) -> Result<(), OrderError> {
        let table = kind.is_contiguous().then(|| neighbours::table_for(self.adjacency.as_deref(), file)).transpose()?;
        if let Some(table) = &table {
            neighbours::read(table, instance)?;
        }
        let mut inputs = read::files_of(self.family, file)?;
        inputs.extend(table.clone());
        let sha256 = text::sha256(&inputs)?;
        let asked: Vec<Option<usize>> =
            if self.ps.is_empty() { vec![None] } else { self.ps.iter().copied().map(Some).collect() };
        for asked in asked {
            let p = admit(instance, kind, asked, table.is_some())?;
            if let (Some(used), Some(asked)) = (p, asked)
                && used != asked
            {
                tasks.notes.push(format!("{}: p = {used} of the file is used, not {asked}", instance.name));
            }
            for (engine, name) in self.engines.iter().map(|engine| engine.name()).enumerate() {
                let key = Key {
                    family: self.family.name().to_owned(),
                    instance: instance.name.clone(),
                    problem: kind.name().to_owned(),
                    p,
                    engine: name.to_owned(),
                    seed: self.limits.seed,
                    threads: self.limits.threads.get(),
                    time_limit: self.limits.time.map(|time| time.as_secs_f64()),
                    gap_limit: Some(self.limits.gap),
                    work_limit: self.limits.work,
                    sha256: Some(sha256.clone()),
                };
                // Several numbers asked for may come to one, and a file may be named twice.
                if tasks.list.iter().all(|task| task.key != key) {
                    tasks.list.push(Task { file: file.to_owned(), kind, table: table.clone(), engine, key });
                }
            }
        }
        Ok(())
    }
}

/// Something that stands in the way of a run.
#[derive(Debug, Error)]
pub enum OrderError {
    /// A path leads nowhere.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A file is no instance.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is no neighbour graph.
    #[error(transparent)]
    Neighbours(#[from] NeighbourError),
    /// The instance cannot be solved as the problem.
    #[error(transparent)]
    Compile(#[from] CompileError),
}

/// Everything that stands in the way of an order.
#[derive(Debug)]
pub struct OrderErrors(pub Vec<OrderError>);

impl fmt::Display for OrderErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, error) in self.0.iter().enumerate() {
            write!(f, "{}{error}", if position == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for OrderErrors {}
