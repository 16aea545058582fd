//! Mixed-integer programs as plain data, and the backends that solve them.
//!
//! One place sets every option of a backend; rows and columns carry names, so that a model can be printed and read.

mod catalogue;
#[cfg(feature = "highs")]
#[expect(unsafe_code, reason = "HiGHS is reached through its C interface")]
mod highs;
mod lp_format;
#[cfg(feature = "microlp")]
mod microlp;

pub use catalogue::{backend, backends, default_backend};
#[cfg(feature = "highs")]
pub use highs::Highs;
#[cfg(feature = "microlp")]
pub use microlp::Microlp;

use crate::run::Limits;
use std::path::PathBuf;
use thiserror::Error;

/// A mixed-integer linear program: minimise `offset + cost * x` subject to `row_lower <= A x <= row_upper` and column
/// bounds. Infinite bounds are `f64::INFINITY` and its negative.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MipProblem {
    /// Constant part of the objective.
    pub offset: f64,
    /// The columns.
    pub columns: Vec<Column>,
    /// Name and bounds of the rows.
    pub rows: Vec<RowBounds>,
    /// Start of every row in `entries`, with one more entry at the end.
    pub starts: Vec<usize>,
    /// Column and coefficient of every non-zero, row by row.
    pub entries: Vec<(u32, f64)>,
}

/// A variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name, unique in the model.
    pub name: String,
    /// Coefficient in the objective.
    pub cost: f64,
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// Whether only whole values are allowed.
    pub integer: bool,
}

/// Name and bounds of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowBounds {
    /// Name, unique in the model.
    pub name: String,
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}

impl MipProblem {
    /// An empty program.
    pub fn new() -> Self {
        Self { starts: vec![0], ..Self::default() }
    }

    /// Adds a column and returns its index.
    ///
    /// # Panics
    /// If the model has 2^32 columns.
    pub fn column(&mut self, column: Column) -> u32 {
        self.columns.push(column);
        u32::try_from(self.columns.len() - 1).expect("a model has fewer than 2^32 columns")
    }

    /// Adds a row. Entries with the same column add up in the backend's own way, so callers give each column once.
    pub fn row(&mut self, name: String, lower: f64, upper: f64, entries: impl IntoIterator<Item = (u32, f64)>) {
        self.entries.extend(entries);
        self.starts.push(self.entries.len());
        self.rows.push(RowBounds { name, lower, upper });
    }

    /// The entries of row `index`.
    pub fn row_entries(&self, index: usize) -> &[(u32, f64)] {
        &self.entries[self.starts[index]..self.starts[index + 1]]
    }

    /// Whether any column is integer.
    pub fn has_integers(&self) -> bool {
        self.columns.iter().any(|column| column.integer)
    }

    /// Checks that every number is one and every entry names a column; a backend may take nonsense without a word.
    fn check(&self) -> Result<(), MipError> {
        let column = self
            .columns
            .iter()
            .find(|c| !c.cost.is_finite() || c.lower.is_nan() || c.upper.is_nan())
            .map(|column| format!("column `{}`", column.name));
        let row = self
            .rows
            .iter()
            .find(|row| row.lower.is_nan() || row.upper.is_nan())
            .map(|row| format!("row `{}`", row.name));
        let bad = |&(column, factor): &(u32, f64)| !factor.is_finite() || column as usize >= self.columns.len();
        let entry = || {
            let index = (0..self.rows.len()).find(|&index| self.row_entries(index).iter().any(bad))?;
            Some(format!("an entry of row `{}`", self.rows[index].name))
        };
        let offset = (!self.offset.is_finite()).then(|| "offset".to_owned());
        match offset.or(column).or(row).or_else(entry) {
            Some(place) => Err(MipError::Model { place }),
            None => Ok(()),
        }
    }

    /// The outcome of a program without columns, which backends do not take: every row is 0.
    fn without_columns(&self) -> Option<MipOutcome> {
        if !self.columns.is_empty() {
            return None;
        }
        let holds = self.rows.iter().all(|row| row.lower <= 0.0 && row.upper >= 0.0);
        Some(if holds {
            MipOutcome {
                status: MipStatus::Optimal,
                values: Some(Vec::new()),
                objective: self.offset,
                bound: self.offset,
                nodes: 0,
                iterations: 0,
                row_duals: vec![0.0; self.rows.len()],
                reduced_costs: Vec::new(),
            }
        } else {
            MipOutcome::empty(MipStatus::Infeasible)
        })
    }
}

/// How a solve ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MipStatus {
    /// Solved to the gap asked for.
    Optimal,
    /// Proven infeasible.
    Infeasible,
    /// Unbounded, or infeasible or unbounded without saying which.
    Unbounded,
    /// A limit on nodes or iterations was reached, or a solution good enough was found.
    EffortLimit,
    /// The clock or the stop token ended it.
    Stopped,
}

/// The result of a solve.
#[derive(Debug, Clone)]
pub struct MipOutcome {
    /// How it ended.
    pub status: MipStatus,
    /// Values of the best solution found.
    pub values: Option<Vec<f64>>,
    /// Objective of that solution, offset included; infinite without one.
    pub objective: f64,
    /// Proven lower bound, offset included; infinite when infeasible.
    pub bound: f64,
    /// Nodes explored.
    pub nodes: u64,
    /// Iterations of the simplex method in all linear programs on the way; 0 where the backend does not count them.
    pub iterations: u64,
    /// Row duals of a pure LP: change of the objective per unit of the right-hand side. Empty for a MIP and where the
    /// backend gives none.
    pub row_duals: Vec<f64>,
    /// Reduced costs of a pure LP. Empty for a MIP and where the backend gives none.
    pub reduced_costs: Vec<f64>,
}

impl MipOutcome {
    /// An outcome without a solution, and with the only bound that its status implies.
    fn empty(status: MipStatus) -> Self {
        Self {
            status,
            values: None,
            objective: f64::INFINITY,
            bound: if status == MipStatus::Infeasible { f64::INFINITY } else { f64::NEG_INFINITY },
            nodes: 0,
            iterations: 0,
            row_duals: Vec::new(),
            reduced_costs: Vec::new(),
        }
    }
}

/// Told of a new bound or incumbent: `(incumbent objective, bound, nodes)`.
pub type MipProgress<'a> = &'a (dyn Fn(Option<f64>, f64, u64) + 'a);

/// Limits of one solve, beyond those of the run.
#[derive(Debug, Clone)]
pub struct MipLimits {
    /// Gap, time, stop token, seed and clock of the run. The thread count of the run is *not* taken over.
    pub run: Limits,
    /// Most branch-and-bound nodes.
    pub nodes: Option<u64>,
    /// Most iterations of the simplex method in a MIP, looked at now and then, so that a few more are made: nodes cost very
    /// different efforts. A backend without such a limit ignores it.
    pub iterations: Option<u64>,
    /// Objective from which on solutions are of no use. A solve that proves that there is nothing below it ends as
    /// infeasible. A backend without such a limit ignores it.
    pub cutoff: Option<f64>,
    /// Objective at or below which the first solution ends a MIP as [`MipStatus::EffortLimit`]: nothing better is wanted. A
    /// backend without such a limit ignores it.
    pub enough: Option<f64>,
    /// Share of the effort that goes into heuristics, between 0 and 1, where the backend has such a setting; `None`
    /// leaves its default.
    pub heuristics: Option<f64>,
    /// Threads of the backend: 1 inside anything that runs in parallel, so that results do not depend on scheduling.
    pub threads: u32,
    /// How far from a whole number an integer column may end, between 1e-10 and 0.1.
    pub integrality: f64,
    /// File to which the backend writes its log, replacing what is there; a backend without a log leaves it out.
    pub log: Option<PathBuf>,
}

impl MipLimits {
    /// The limits of the run, one thread, the usual integrality of 1e-6, no limit on effort or objective, and no log.
    pub fn new(run: Limits) -> Self {
        Self {
            run,
            nodes: None,
            iterations: None,
            cutoff: None,
            enough: None,
            heuristics: None,
            threads: 1,
            integrality: 1e-6,
            log: None,
        }
    }
}

/// A solver of mixed-integer programs.
pub trait Backend: Sync {
    /// The name used in reports.
    fn name(&self) -> &'static str;

    /// Solves `problem` within `limits`. `start` holds a value for some of the columns, by index; the backend completes it,
    /// and ignores a start that cannot be completed. While a backend completes a start that leaves integer columns open,
    /// `progress` may be told a bound of minus infinity.
    ///
    /// # Errors
    /// [`MipError`] when the backend refuses the model or an option, or breaks down.
    fn solve(
        &self,
        problem: &MipProblem,
        start: Option<&[(u32, f64)]>,
        limits: &MipLimits,
        progress: MipProgress<'_>,
    ) -> Result<MipOutcome, MipError>;
}

/// Why a backend failed.
#[derive(Debug, Error)]
pub enum MipError {
    /// This build has no backend.
    #[error("this build has no MIP backend; build it with the feature `highs` or `microlp`")]
    NoBackend,
    /// No backend of this name in this build.
    #[error("this build has no MIP backend `{name}`; it has {available}")]
    UnknownBackend {
        /// The name asked for.
        name: String,
        /// The names there are.
        available: String,
    },
    /// A number of the model is not one, or an entry names no column.
    #[error("the model is malformed: {place} is not a number or names no column")]
    Model {
        /// Where.
        place: String,
    },
    /// A call to the backend returned an error.
    #[error("{backend}: `{call}` failed ({detail})")]
    Call {
        /// The backend.
        backend: &'static str,
        /// What was called.
        call: &'static str,
        /// What it said.
        detail: String,
    },
}

#[cfg(test)]
mod tests;
