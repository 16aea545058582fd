//! Plans from a workbook: the sheets with the columns of `assignment.csv` and `actions.csv`, whatever they are called.

use super::super::problem::{Code, Problem, Problems, Reported};
use super::super::table::Table;
use super::super::words::{self, Column};
use super::tables::{self, Lines};
use calamine::{Data, Reader, open_workbook_auto_from_rs};
use std::io::Cursor;
use std::path::Path;

/// In how many rows from the top a header is looked for.
const HEADER_ROWS: usize = 5;
/// Most cells of a sheet.
const MOST_CELLS: usize = 50_000_000;

/// Reads a workbook.
pub fn read(path: &Path, name: &str, problems: &mut Problems) -> Result<Lines, Reported> {
    let bytes = super::bytes(path, name, problems)?;
    let unreadable = |reason: &dyn std::fmt::Display| Problem::new(Code::Workbook, name).with("reason", reason);
    let mut workbook =
        open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| problems.push(unreadable(&error)))?;
    let mut lines = None;
    let mut actions = Vec::new();
    for sheet in workbook.sheet_names() {
        let range = workbook.worksheet_range(&sheet).map_err(|error| problems.push(unreadable(&error)))?;
        if range.height().saturating_mul(range.width()) > MOST_CELLS {
            return Err(problems.push(Problem::new(Code::TooMany, name).with("limit", MOST_CELLS)));
        }
        let rows: Vec<Vec<String>> = range.rows().map(|row| row.iter().map(cell).collect()).collect();
        let place = format!("{name}/{sheet}");
        // Actions first: their table is the one with a column for the action.
        if let Some((top, rows)) = below_header(&rows, words::ACTIONS) {
            if rows.len() > 1 {
                let table = Table::from_cells(&place, top, rows, words::ACTIONS, problems)?;
                actions = tables::actions(&table, problems);
            }
        } else if let Some((top, rows)) = below_header(&rows, words::ASSIGNMENT) {
            let table = Table::from_cells(&place, top, rows, words::ASSIGNMENT, problems)?;
            lines = Some(tables::assignment(&table, problems));
        }
    }
    match lines {
        Some(assignment) => Ok(Lines { actions, assignment }),
        None => Err(problems.push(Problem::new(Code::NotAPlan, name))),
    }
}

/// The rows from the header on, with the position of the header, where the sheet has the required columns.
fn below_header(rows: &[Vec<String>], columns: &[Column]) -> Option<(usize, Vec<Vec<String>>)> {
    let is_header = |row: &Vec<String>| {
        let names: Vec<String> = row.iter().map(|cell| words::plain(cell)).collect();
        columns
            .iter()
            .filter(|column| column.required)
            .all(|column| names.iter().any(|name| name == column.name || column.synonyms.contains(&name.as_str())))
    };
    let top = rows.iter().take(HEADER_ROWS).position(is_header)?;
    Some((top, rows[top..].to_vec()))
}

fn cell(value: &Data) -> String {
    match value {
        Data::Empty => String::new(),
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        other => other.to_string(),
    }
}
