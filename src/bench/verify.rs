//! Re-derives the bounds of records from their certificates and the instance files, without an engine.

use super::family::{Family, UnknownName};
use super::files::{self, PathError};
use super::kind::ProblemKind;
use super::neighbours::{self, NeighbourError};
use super::order::OrderErrors;
use super::problem::{CompileError, compile};
use super::read::{self, ReadError};
use super::record::{Key, Record, RecordError};
use crate::kernel::certificate::Certificate;
use crate::kernel::verify::verify;
use crate::run::relative_gap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A certificate with the run that it belongs to, as written beside the solutions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CertificateFile<C> {
    /// What was asked of the run.
    #[serde(flatten)]
    pub key: Key,
    /// Cost of the run's solution.
    pub cost: Option<f64>,
    /// The proof of its bound.
    pub certificate: C,
}

impl<'c> CertificateFile<&'c Certificate> {
    /// The file of a record.
    pub fn of(record: &Record, certificate: &'c Certificate) -> Self {
        Self { key: record.key.clone(), cost: record.cost, certificate }
    }
}

/// What was found about one certificate.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// What was asked of the run.
    #[serde(flatten)]
    pub key: Key,
    /// Cost of the run's solution.
    pub cost: Option<f64>,
    /// Why the certificate is refused; null where it holds.
    pub refused: Option<String>,
    /// The bound re-derived; null where it rests on trust alone or the certificate is refused.
    pub derived: Option<f64>,
    /// Relative gap between the cost and the bound re-derived.
    pub derived_gap: Option<f64>,
    /// The bound claimed.
    pub claimed: Option<f64>,
    /// Relative gap between the cost and the bound claimed.
    pub claimed_gap: Option<f64>,
    /// Number of cases.
    pub leaves: usize,
    /// Number of cases that go beyond what was re-derived.
    pub resting_on_trust: usize,
    /// On whose word.
    pub trusted: BTreeSet<String>,
}

/// Checks the certificates in `folder` of the instances in `paths`, in the order of the instances and of the names of the
/// certificates, and tells `each` of every one.
///
/// # Errors
/// [`VerifyError`] where something cannot be read, or an instance has no certificate.
pub fn run(
    family: Family,
    paths: &[PathBuf],
    adjacency: Option<&Path>,
    folder: &Path,
    each: &mut dyn FnMut(&Finding),
) -> Result<Vec<Finding>, VerifyError> {
    let files = files::expand(family, paths)
        .map_err(|errors| OrderErrors(errors.into_iter().map(PathError::into).collect()))?;
    let certificates = certificates_in(folder)?;
    let mut findings = Vec::new();
    for file in &files {
        let instance = read::read(family, file)?;
        let own = |key: &Key| key.family == family.name() && key.instance == instance.name;
        let before = findings.len();
        for path in certificates.iter().filter(|(_, key)| own(key)).map(|(path, _)| path) {
            let CertificateFile { key, cost, certificate } = load::<CertificateFile<Certificate>>(path)?;
            let kind = ProblemKind::parse(&key.problem)?;
            let table = kind.is_contiguous().then(|| neighbours::table_for(adjacency, file)).transpose()?;
            let graph = table.map(|table| neighbours::read(&table, &instance)).transpose()?;
            let problem = compile(&instance, kind, key.p, graph.as_ref())?.problem;
            let finite = |bound: f64| Some(bound).filter(|bound| bound.is_finite());
            let gap = |bound: Option<f64>| cost.zip(bound).map(|(cost, bound)| relative_gap(cost, bound));
            let claimed = finite(certificate.bound);
            let mut finding = Finding {
                key,
                cost,
                refused: None,
                derived: None,
                derived_gap: None,
                claimed,
                claimed_gap: gap(claimed),
                leaves: certificate.leaves.len(),
                resting_on_trust: 0,
                trusted: BTreeSet::new(),
            };
            match verify(&problem, &certificate) {
                Ok(verified) => {
                    finding.derived = finite(verified.derived);
                    finding.derived_gap = gap(finding.derived);
                    finding.resting_on_trust = verified.resting_on_trust;
                    finding.trusted = verified.trusted;
                }
                Err(refusal) => finding.refused = Some(refusal.to_string()),
            }
            each(&finding);
            findings.push(finding);
        }
        if findings.len() == before {
            return Err(VerifyError::None { instance: instance.name, folder: folder.to_owned() });
        }
    }
    Ok(findings)
}

/// The certificates in a folder with what was asked of their runs, by name.
fn certificates_in(folder: &Path) -> Result<Vec<(PathBuf, Key)>, VerifyError> {
    let unreadable = |source| VerifyError::Folder { path: folder.to_owned(), source };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    let keyed = paths.into_iter().map(|path| {
        let file: CertificateFile<serde::de::IgnoredAny> = load(&path)?;
        Ok((path, file.key))
    });
    keyed.collect()
}

fn load<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, VerifyError> {
    let bytes = std::fs::read(path).map_err(|source| RecordError::Read { path: path.to_owned(), source })?;
    serde_json::from_slice(&bytes).map_err(|source| VerifyError::Form { path: path.to_owned(), source })
}

/// Why certificates could not be checked.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// A path leads nowhere.
    #[error(transparent)]
    Paths(#[from] OrderErrors),
    /// A certificate cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The folder of certificates cannot be read.
    #[error("{}: the folder cannot be read: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is no certificate.
    #[error("{}: should be a certificate written by `bench solve`: {source}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A certificate names a problem that there is not.
    #[error(transparent)]
    Problem(#[from] UnknownName),
    /// An instance cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A neighbour table cannot be read.
    #[error(transparent)]
    Neighbours(#[from] NeighbourError),
    /// An instance cannot be the problem that a certificate names.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// There is nothing to check.
    #[error("{}: there is no certificate of {instance}", folder.display())]
    None {
        /// The instance.
        instance: String,
        /// The folder.
        folder: PathBuf,
    },
}
