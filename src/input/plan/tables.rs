//! The lines of a plan in one form, whether they come from tables or from a document.

use super::super::demand::MOST_PUPILS;
use super::super::frame::YEARS;
use super::super::manifest::ActionName;
use super::super::problem::{Code, Place, Problem, Problems, Reported};
use super::super::source::{SourceFile, TABLE_LIMIT};
use super::super::table::{Row, Table};
use super::super::words;
use super::{ACTIONS, ASSIGNMENT};
use crate::domain::district::{SiteKind, Stage};
use crate::domain::document::PlanDocument;
use crate::units::Year;
use std::collections::BTreeMap;
use std::path::Path;

/// The lines of a plan.
#[derive(Debug, Default)]
pub struct Lines {
    /// Actions.
    pub actions: Vec<ActionLine>,
    /// Assignments.
    pub assignment: Vec<AssignmentLine>,
}

/// Where a line stands.
#[derive(Debug, Clone)]
pub enum At {
    /// In a table: line and name of the column.
    Table {
        /// Name of the file or sheet.
        file: String,
        /// Line.
        line: usize,
    },
    /// In a document.
    Document {
        /// Name of the file.
        file: String,
        /// Path of the entry.
        path: String,
    },
}

impl At {
    /// The file.
    pub fn file(&self) -> &str {
        match self {
            Self::Table { file, .. } | Self::Document { file, .. } => file,
        }
    }

    /// The place of a field of the line.
    pub fn place(&self, field: &str) -> Place {
        match self {
            Self::Table { line, .. } => Place::Row { line: *line, column: Some(field.to_owned()) },
            Self::Document { path, .. } => Place::Entry { path: format!("{path}.{field}") },
        }
    }
}

/// An action as written.
#[derive(Debug)]
pub struct ActionLine {
    /// Where it stands.
    pub at: At,
    /// Key of the site.
    pub site: String,
    /// Year of effect, where written.
    pub year: Option<Year>,
    /// What is done.
    pub action: ActionName,
    /// Key of the receiving site.
    pub into: Option<String>,
    /// Classrooms added or built.
    pub classes: Option<i64>,
    /// Kind of school from then on, where written.
    pub kind: Option<SiteKind>,
    /// Beds at the new place, where written.
    pub beds: Option<i64>,
    /// Music rooms added, where written.
    pub music: Option<i64>,
    /// Art rooms added, where written.
    pub art: Option<i64>,
    /// Kind and beds of what is built, where the document says so.
    pub built: Option<(SiteKind, i64)>,
}

/// An assignment as written.
#[derive(Debug)]
pub struct AssignmentLine {
    /// Where it stands.
    pub at: At,
    /// Key of the unit.
    pub unit: String,
    /// The stage, where written.
    pub stage: Option<Stage>,
    /// The grades, where written: `7-9`, `7`, `1,6`.
    pub band: Option<String>,
    /// The year, where written.
    pub year: Option<Year>,
    /// Key of the site.
    pub site: String,
    /// All pupils, where written.
    pub pupils: Option<i64>,
    /// Pupils by grade, where written.
    pub by_grade: BTreeMap<String, i64>,
    /// Whether they board.
    pub boarding: bool,
}

/// Reads `assignment.csv` and, if it is there, `actions.csv` beside it.
pub fn of_folder(folder: &Path, assignment: &str, problems: &mut Problems) -> Result<Lines, Reported> {
    let file = SourceFile::read(folder, assignment, TABLE_LIMIT, problems)?;
    let table = Table::open(&file, words::ASSIGNMENT, problems);
    let mut lines = Lines::default();
    if let Ok(table) = &table {
        lines.assignment = self::assignment(table, problems);
    }
    if folder.join(ACTIONS).exists() {
        let file = SourceFile::read(folder, ACTIONS, TABLE_LIMIT, problems)?;
        // A plan that does nothing has a table of actions without rows.
        let header_only = file.text().trim().lines().count() == 1;
        let actions = Table::open(&file, words::ACTIONS, problems)?;
        if !header_only {
            lines.actions = self::actions(&actions, problems);
        }
    }
    table.map(|_| lines)
}

/// The rows of a table of assignments.
pub fn assignment(table: &Table<'_>, problems: &mut Problems) -> Vec<AssignmentLine> {
    let by_grade: Vec<(usize, String)> = table
        .others()
        .filter_map(|(at, name)| Some((at, words::plain(name).strip_prefix("pupils_")?.replace('_', "-"))))
        .collect();
    warn(table, &by_grade, words::ASSIGNMENT, words::ASSIGNMENT_DERIVED, problems);
    let mut lines = Vec::new();
    let _ = table.each(problems, |row, problems| {
        if let Ok(line) = assignment_of_row(table.file(), row, &by_grade, problems) {
            lines.push(line);
        }
    });
    lines
}

fn warn(
    table: &Table<'_>,
    by_grade: &[(usize, String)],
    columns: &[words::Column],
    derived: &[&str],
    problems: &mut Problems,
) {
    let mut read: Vec<usize> = by_grade.iter().map(|(at, _)| *at).collect();
    read.extend(table.others().filter(|(_, name)| derived.contains(&words::plain(name).as_str())).map(|(at, _)| at));
    table.warn_others(&read, columns, problems);
}

fn assignment_of_row(
    file: &str,
    row: &Row<'_>,
    grades: &[(usize, String)],
    problems: &mut Problems,
) -> Result<AssignmentLine, Reported> {
    let unit = row.needed("unit", problems);
    let site = row.needed("site", problems);
    let stage = row.choice("stage", words::STAGES, problems);
    let year = year(row, problems);
    let most = MOST_PUPILS as i64;
    let pupils = row.whole("pupils", 0..=most, problems);
    let boarding = row.choice("boarding", words::FLAGS, problems);
    let mut by_grade = BTreeMap::new();
    for (at, grade) in grades {
        if let Ok(Some(count)) = row.whole_at(*at, 0..=most, problems) {
            by_grade.insert(grade.clone(), count);
        }
    }
    Ok(AssignmentLine {
        at: At::Table { file: file.to_owned(), line: row.line },
        unit: unit?.to_owned(),
        stage: stage?,
        band: row.text("band").map(str::to_owned),
        year: year?,
        site: site?.to_owned(),
        pupils: pupils?,
        by_grade,
        boarding: boarding?.unwrap_or(false),
    })
}

fn year(row: &Row<'_>, problems: &mut Problems) -> Result<Option<Year>, Reported> {
    let range = i64::from(*YEARS.start())..=i64::from(*YEARS.end());
    Ok(row.whole("year", range, problems)?.map(|year| Year(year as i32)))
}

/// The rows of a table of actions; sites that are kept are left out.
pub fn actions(table: &Table<'_>, problems: &mut Problems) -> Vec<ActionLine> {
    warn(table, &[], words::ACTIONS, words::ACTIONS_DERIVED, problems);
    let mut lines = Vec::new();
    let _ = table.each(problems, |row, problems| {
        if let Ok(Some(line)) = action_of_row(table.file(), row, problems) {
            lines.push(line);
        }
    });
    lines
}

fn action_of_row(file: &str, row: &Row<'_>, problems: &mut Problems) -> Result<Option<ActionLine>, Reported> {
    let site = row.needed("site", problems);
    let year = year(row, problems);
    let action = row.needed("action", problems).and_then(|_| row.choice("action", words::ACTION_WORDS, problems));
    let classes = row.whole("classes", 0..=100_000, problems);
    let kind = row.choice("kind", words::KINDS, problems);
    let beds = row.whole("beds", 0..=100_000, problems);
    let music = row.whole("music_rooms", 0..=100_000, problems);
    let art = row.whole("art_rooms", 0..=100_000, problems);
    let (site, year, classes, kind, beds, music, art) = (site?, year?, classes?, kind?, beds?, music?, art?);
    Ok(action?.flatten().map(|action| ActionLine {
        at: At::Table { file: file.to_owned(), line: row.line },
        site: site.to_owned(),
        year,
        action,
        into: row.text("into").map(str::to_owned),
        classes: classes.filter(|&count| count > 0),
        kind,
        beds,
        music,
        art,
        built: None,
    }))
}

/// The lines of a document.
pub fn of_document(document: &PlanDocument, file: &str, problems: &mut Problems) -> Lines {
    let mut lines = Lines::default();
    for (i, site) in document.sites.iter().enumerate() {
        for (j, action) in site.actions.iter().enumerate() {
            let at = At::Document { file: file.to_owned(), path: format!("sites[{i}].actions[{j}]") };
            let name = match words::look_up(words::ACTION_WORDS, &action.action) {
                Some(Some(name)) => name,
                Some(None) => continue,
                None => {
                    let valid = words::ACTION_WORDS.iter().map(|(_, names)| names[0]);
                    problems.push(
                        Problem::new(Code::NotOneOf, file)
                            .at(at.place("action"))
                            .with("value", &action.action)
                            .with_list("expected", valid.clone())
                            .nearest(&action.action, valid),
                    );
                    continue;
                }
            };
            let state = site.states.iter().find(|state| state.year == action.year);
            lines.actions.push(ActionLine {
                at,
                site: site.id.clone(),
                year: Some(Year(action.year)),
                action: name,
                into: action.into.clone(),
                classes: Some(action.classes).filter(|&count| count > 0),
                kind: action.kind,
                beds: action.beds,
                music: Some(action.music_rooms),
                art: Some(action.art_rooms),
                built: state.map(|state| (state.kind, state.beds)),
            });
        }
    }
    for (i, row) in document.assignment.iter().enumerate() {
        lines.assignment.push(AssignmentLine {
            at: At::Document { file: file.to_owned(), path: format!("{}[{i}]", ASSIGNMENT.trim_end_matches(".csv")) },
            unit: row.unit.clone(),
            stage: Some(row.stage),
            band: Some(row.band.clone()),
            year: Some(Year(row.year)),
            site: row.site.clone(),
            pupils: None,
            by_grade: row.pupils.clone(),
            boarding: row.boarding,
        });
    }
    lines
}
