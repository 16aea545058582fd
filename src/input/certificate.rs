//! The certificate beside a plan.

use super::problem::{Code, Place, Problem, Problems, Reported};
use super::source::{SourceFile, TABLE_LIMIT};
use crate::kernel::certificate::{Certificate, SCHEMA};
use serde::Deserialize;
use std::path::Path;

const FILE: &str = "certificate.json";

/// What is looked at before the form is known.
#[derive(Deserialize)]
struct Head {
    schema: Option<String>,
    leaves: Option<Vec<serde::de::IgnoredAny>>,
}

/// Reads the certificate that lies beside a plan: in the plan's folder, or in the folder of its `plan.json`. `None` where
/// the run that wrote it proved nothing.
///
/// # Errors
/// What makes the file no certificate.
pub fn certificate_of(plan: &Path) -> Result<Option<Certificate>, Problems> {
    let folder = if plan.is_dir() { plan } else { plan.parent().unwrap_or(Path::new(".")) };
    let mut problems = Problems::new();
    read(folder, &mut problems).map_err(|Reported| problems)
}

fn read(folder: &Path, problems: &mut Problems) -> Result<Option<Certificate>, Reported> {
    let file = SourceFile::read(folder, FILE, TABLE_LIMIT, problems)?;
    let head = serde_json::from_str::<Head>(file.text()).ok();
    // Another version of the form is said to be that, whatever else does not fit.
    if let Some(tag) = head.as_ref().and_then(|head| head.schema.as_ref()).filter(|tag| *tag != SCHEMA) {
        let problem = Problem::new(Code::SchemaVersion, FILE).at(Place::Entry { path: "schema".to_owned() });
        return Err(problems.push(problem.with("value", tag).with("expected", SCHEMA)));
    }
    if head.and_then(|head| head.leaves).is_some_and(|leaves| leaves.is_empty()) {
        return Ok(None);
    }
    serde_json::from_str(file.text()).map(Some).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
        let place = Place::Text { line: error.line(), column: error.column() };
        problems.push(Problem::new(Code::JsonSyntax, FILE).at(place).with("reason", reason))
    })
}
