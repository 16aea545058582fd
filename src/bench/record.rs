//! One record for every run, and the file that holds a list of them, valid after each.

use super::answer::Assigned;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What was asked of a run: two records with the same key answer the same question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Key {
    /// The family.
    pub family: String,
    /// The instance.
    pub instance: String,
    /// The kind of problem.
    pub problem: String,
    /// Number of open facilities, where the problem fixes it.
    pub p: Option<usize>,
    /// The engine.
    pub engine: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// Number of threads.
    pub threads: usize,
    /// Time limit in seconds; null for none.
    pub time_limit: Option<f64>,
    /// Relative gap asked for, as a fraction.
    #[serde(default)]
    pub gap_limit: Option<f64>,
    /// Limit in work units of the engine; null for none.
    #[serde(default)]
    pub work_limit: Option<u64>,
    /// SHA-256 of the instance's file, unpacked.
    #[serde(default)]
    pub sha256: Option<String>,
}

/// The result of one run. Costs, bounds and gaps are null where there are none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What was asked.
    #[serde(flatten)]
    pub key: Key,
    /// Number of facilities of the instance.
    #[serde(default)]
    pub facilities: Option<usize>,
    /// Number of customers of the instance.
    #[serde(default)]
    pub customers: Option<usize>,
    /// How the run ended.
    pub status: RecordStatus,
    /// What went wrong, where the run failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Whether the run was stopped from outside, so that a resumed table makes it again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// Cost of the solution, recomputed from the instance.
    pub cost: Option<f64>,
    /// Proven lower bound.
    pub bound: Option<f64>,
    /// `(cost - bound) / max(|cost|, 1e-9)`.
    pub gap: Option<f64>,
    /// Branch-and-bound nodes.
    pub nodes: u64,
    /// Work units spent.
    #[serde(default)]
    pub work: u64,
    /// Seconds from the instance in memory to the solution.
    pub seconds: f64,
    /// Most memory that the process had used when the run ended, in KiB, where the system tells.
    #[serde(default)]
    pub peak_memory_kib: Option<u64>,
    /// Version of this program.
    #[serde(default)]
    pub version: Option<String>,
    /// The open facilities.
    pub open: Option<Vec<i64>>,
    /// Who serves each customer.
    pub assign: Option<Vec<Assigned>>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordStatus {
    /// The gap is at or under the one asked for.
    Optimal,
    /// A solution, and the engine ended by itself or by a work limit before reaching the gap.
    Feasible,
    /// Cut by the clock or from outside.
    Stopped,
    /// Proven to have no solution.
    Infeasible,
    /// Ended by a work limit without a solution and without proof that there is none.
    Unknown,
    /// The engine does not handle this problem.
    Unsupported,
    /// The engine broke down, or its solution failed the check: a fault of this program.
    Fault,
}

impl RecordStatus {
    /// The name used in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Optimal => "optimal",
            Self::Feasible => "feasible",
            Self::Stopped => "stopped",
            Self::Infeasible => "infeasible",
            Self::Unknown => "unknown",
            Self::Unsupported => "unsupported",
            Self::Fault => "fault",
        }
    }
}

impl Record {
    /// Whether a resumed table may keep the record: it was neither stopped from outside nor a fault.
    pub fn is_final(&self) -> bool {
        !self.interrupted && self.status != RecordStatus::Fault
    }

    /// The record in the form of a published solution, with what is needed to check it.
    pub fn solution(&self) -> Option<SolutionFile<'_>> {
        Some(SolutionFile {
            family: &self.key.family,
            instance: &self.key.instance,
            problem: &self.key.problem,
            p: self.key.p,
            engine: &self.key.engine,
            cost: self.cost?,
            open: self.open.as_deref()?,
            assign: self.assign.as_deref()?,
        })
    }
}

impl Key {
    /// The name of the record's own files, without an ending; different for different keys.
    pub fn file_stem(&self) -> String {
        let mut limits = vec![format!("seed{}", self.seed), format!("threads{}", self.threads)];
        limits.extend(self.time_limit.map(|seconds| format!("time{seconds}")));
        limits.extend(self.gap_limit.map(|gap| format!("gap{gap}")));
        limits.extend(self.work_limit.map(|work| format!("work{work}")));
        let mut parts = vec![self.family.clone(), self.instance.clone(), self.problem.clone()];
        parts.extend(self.p.map(|p| format!("p{p}")));
        parts.extend([self.engine.clone(), limits.join("-")]);
        parts.join("__")
    }
}

/// A solution in the published form, with the problem that it solves.
#[derive(Debug, Clone, Serialize)]
pub struct SolutionFile<'a> {
    family: &'a str,
    instance: &'a str,
    problem: &'a str,
    p: Option<usize>,
    engine: &'a str,
    cost: f64,
    open: &'a [i64],
    assign: &'a [Assigned],
}

/// Reads a list of records.
///
/// # Errors
/// [`RecordError`].
pub fn load(path: &Path) -> Result<Vec<Record>, RecordError> {
    let bytes = fs::read(path).map_err(|source| RecordError::Read { path: path.to_owned(), source })?;
    serde_json::from_slice(&bytes).map_err(|source| RecordError::Form { path: path.to_owned(), source })
}

/// Writes a list of records in place of what was there, so that the file is whole at every moment.
///
/// # Errors
/// [`RecordError::Write`].
pub fn save(path: &Path, records: &[Record]) -> Result<(), RecordError> {
    let mut text = "[".to_owned();
    for (position, record) in records.iter().enumerate() {
        text += if position == 0 { "\n" } else { ",\n" };
        text += &json(record);
    }
    text += "\n]\n";
    replace(path, &text)
}

/// Writes one JSON document in place of what was there.
///
/// # Errors
/// [`RecordError::Write`].
pub fn save_document(path: &Path, document: &impl Serialize) -> Result<(), RecordError> {
    replace(path, &(json(document) + "\n"))
}

fn json(document: &impl Serialize) -> String {
    serde_json::to_string(document).expect("records have string keys and finite numbers only")
}

/// Writes `text` to a temporary name beside `path` and renames it, so that no reader sees half a file.
///
/// # Errors
/// [`RecordError::Write`].
pub fn replace(path: &Path, text: &str) -> Result<(), RecordError> {
    let mut name = path.file_name().map_or_else(OsString::new, ToOwned::to_owned);
    name.push(".tmp");
    let temporary = path.with_file_name(name);
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().map_err(|source| RecordError::Write { path: path.to_owned(), source })
}

/// Why records could not be read or written.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The file could not be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a list of records.
    #[error("{}: should be a JSON list of records of `bench solve`: {source}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The file could not be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
