//! Plans in every form that is accepted: `plan.json`, a folder of outputs, hand-made tables, a workbook.
//!
//! Reading has two steps, because a plan names the variant of its scenario: [`PlanInput::open`] reads the files, then the
//! scenario is loaded, then [`PlanInput::resolve`] finds what the plan names.

mod resolve;
mod tables;
mod workbook;

use super::problem::{Code, Place, Problem, Problems, Reported};
use super::source::{self, SourceFile, TABLE_LIMIT};
use crate::domain::document::{self, PlanDocument};
use crate::domain::plan::Plan;
use crate::domain::scenario::Scenario;
use std::path::Path;
use tables::Lines;

/// A plan as read, before its names are looked up in a scenario.
#[derive(Debug)]
pub struct PlanInput {
    /// The document, where the plan is one or comes with one.
    pub document: Option<PlanDocument>,
    /// Name of the file of the document.
    document_file: String,
    /// The tables, where the plan has them.
    lines: Option<Lines>,
    /// Rows with faults, reported together with those that only the scenario shows.
    problems: Problems,
}

/// A plan whose names are those of a scenario.
#[derive(Debug)]
pub struct PlanRead {
    /// What is decided.
    pub plan: Plan,
    /// The document, where there is one.
    pub document: Option<PlanDocument>,
    /// What deserves a look but does not stop a run.
    pub warnings: Vec<Problem>,
}

const DOCUMENT: &str = "plan.json";
const ASSIGNMENT: &str = "assignment.csv";
const ACTIONS: &str = "actions.csv";

impl PlanInput {
    /// Reads `plan.json`, a folder that holds one or an `assignment.csv`, an `assignment.csv` itself, or a workbook.
    ///
    /// # Errors
    /// What makes the files no plan at all. Faults of single rows are reported by [`Self::resolve`].
    pub fn open(path: &Path) -> Result<Self, Problems> {
        let mut problems = Problems::new();
        match open(path, &mut problems) {
            Ok(mut input) => {
                input.problems = problems;
                Ok(input)
            }
            Err(Reported) => Err(problems),
        }
    }

    /// The variant of the scenario for which the plan was made, where the plan says so.
    pub fn variant(&self) -> Option<&str> {
        self.document.as_ref()?.variant.as_deref()
    }

    /// Finds units, sites, grades and years of the plan in the scenario.
    ///
    /// What a plan decides is not judged here: an action that is not offered, or a unit left out, is for `evaluate` to say.
    ///
    /// # Errors
    /// Every name that the scenario does not know, and tables that contradict the document beside them.
    pub fn resolve(self, scenario: &Scenario) -> Result<PlanRead, Problems> {
        let mut problems = self.problems;
        let from_document = self.document.as_ref().map(|document| {
            check_origin(document, &self.document_file, scenario, &mut problems);
            let lines = tables::of_document(document, &self.document_file, &mut problems);
            resolve::plan(&lines, scenario, &mut problems)
        });
        let from_tables = self.lines.as_ref().map(|lines| resolve::plan(lines, scenario, &mut problems));
        if !problems.has_errors()
            && let (Some(document), Some(tables)) = (&from_document, &from_tables)
            && resolve::normal(document) != resolve::normal(tables)
        {
            problems.push(Problem::new(Code::TablesDiffer, ASSIGNMENT).with("document", DOCUMENT));
        }
        match from_document.or(from_tables) {
            Some(plan) if !problems.has_errors() => {
                Ok(PlanRead { plan, document: self.document, warnings: problems.into_warnings() })
            }
            _ => Err(problems),
        }
    }
}

fn open(path: &Path, problems: &mut Problems) -> Result<PlanInput, Reported> {
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let parent = path.parent().unwrap_or(Path::new("."));
    let mut input =
        PlanInput { document: None, document_file: DOCUMENT.to_owned(), lines: None, problems: Problems::new() };
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    if path.is_dir() {
        if path.join(DOCUMENT).exists() {
            input.document = Some(read_document(path, DOCUMENT, problems)?);
        }
        // A document of today's network alone plans nothing: the tables beside it have no rows.
        let planned = input.document.as_ref().is_none_or(|document| !document.years.is_empty());
        if planned && path.join(ASSIGNMENT).exists() {
            input.lines = Some(tables::of_folder(path, ASSIGNMENT, problems)?);
        }
    } else if !path.exists() {
        return Err(problems.push(Problem::new(Code::FileMissing, &path.display().to_string())));
    } else {
        match extension.as_deref() {
            Some("json") => {
                input.document = Some(read_document(parent, &name, problems)?);
                input.document_file.clone_from(&name);
            }
            Some("csv") => input.lines = Some(tables::of_folder(parent, &name, problems)?),
            Some("xlsx" | "xlsm" | "xls" | "ods") => input.lines = Some(workbook::read(path, &name, problems)?),
            _ => {}
        }
    }
    if input.document.is_none() && input.lines.is_none() {
        return Err(problems.push(Problem::new(Code::NotAPlan, &name)));
    }
    Ok(input)
}

fn read_document(folder: &Path, name: &str, problems: &mut Problems) -> Result<PlanDocument, Reported> {
    let file = SourceFile::read(folder, name, TABLE_LIMIT, problems)?;
    let text = file.text();
    // Another version of the form is said to be that, whatever else does not fit.
    let tag = serde_json::from_str::<Tag>(text).ok().and_then(|tag| tag.schema);
    if let Some(tag) = tag.filter(|tag| tag != document::SCHEMA) {
        let problem = Problem::new(Code::SchemaVersion, name).at(Place::Entry { path: "schema".to_owned() });
        return Err(problems.push(problem.with("value", tag).with("expected", document::SCHEMA)));
    }
    serde_json::from_str(text).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
        problems.push(
            Problem::new(Code::JsonSyntax, name)
                .at(Place::Text { line: error.line(), column: error.column() })
                .with("reason", reason),
        )
    })
}

/// The one field that is looked at before the form is known.
#[derive(serde::Deserialize)]
struct Tag {
    schema: Option<String>,
}

fn check_origin(document: &PlanDocument, file: &str, scenario: &Scenario, problems: &mut Problems) {
    let entry = |path: &str| Place::Entry { path: path.to_owned() };
    if document.scenario != scenario.name {
        problems.push(
            Problem::new(Code::OtherScenario, file)
                .at(entry("scenario"))
                .with("value", &document.scenario)
                .with("expected", &scenario.name),
        );
    } else if document.variant != scenario.variant {
        let shown = |variant: &Option<String>| variant.clone().unwrap_or_else(|| "–".to_owned());
        problems.push(
            Problem::new(Code::OtherVariant, file)
                .at(entry("variant"))
                .with("value", shown(&document.variant))
                .with("expected", shown(&scenario.variant)),
        );
    } else if document.scenario_sha256 != scenario.sha256 {
        problems.push(Problem::new(Code::ScenarioChanged, file).at(entry("scenario_sha256")));
    }
}

/// Bytes of a file that is no text, bounded like one.
fn bytes(path: &Path, name: &str, problems: &mut Problems) -> Result<Vec<u8>, Reported> {
    source::read_bytes(path, name, TABLE_LIMIT, problems)
}
