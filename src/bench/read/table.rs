//! Tables with a header line, separated by commas or tabs.

use super::ReadError;
use super::text::SourceText;
use super::tokens::excerpt;

/// A data row of a table.
pub struct Row<'a> {
    text: &'a SourceText,
    line: usize,
    cells: Vec<&'a str>,
}

/// The data rows of a table: every line but the first and the blank ones.
///
/// Rows have at least as many cells as `columns` names, separated there by blanks.
///
/// # Errors
/// [`ReadError::NoHeader`] where the first line is data, [`ReadError::Columns`] for a row that is too short.
pub fn rows<'a>(text: &'a SourceText, columns: &'static str) -> Result<Vec<Row<'a>>, ReadError> {
    let expected = columns.split_whitespace().count();
    let mut rows = Vec::new();
    for (index, line) in text.content.lines().enumerate() {
        let line = line.trim();
        let cells: Vec<&str> = line.split([',', '\t']).collect();
        if index == 0 {
            if cells.len() >= expected && cells.iter().all(|cell| cell.trim().parse::<f64>().is_ok()) {
                return Err(ReadError::NoHeader { path: text.path.clone(), columns });
            }
        } else if !line.is_empty() {
            if cells.len() < expected {
                let (path, found) = (text.path.clone(), cells.len());
                return Err(ReadError::Columns { path, line: index + 1, found, expected, columns });
            }
            rows.push(Row { text, line: index + 1, cells });
        }
    }
    Ok(rows)
}

impl Row<'_> {
    /// The number in `column`, counted from 0, called `what`.
    ///
    /// # Errors
    /// [`ReadError::Value`].
    pub fn number(&self, column: usize, what: &str) -> Result<f64, ReadError> {
        self.parsed(column, what, "a number", |_| true)
    }

    /// The number of at least 0 in `column`.
    ///
    /// # Errors
    /// [`ReadError::Value`].
    pub fn amount(&self, column: usize, what: &str) -> Result<f64, ReadError> {
        self.parsed(column, what, "a number of at least 0", |number| number >= 0.0)
    }

    /// The id in `column`.
    ///
    /// # Errors
    /// [`ReadError::Value`].
    pub fn id(&self, column: usize, what: &str) -> Result<i64, ReadError> {
        let whole = |number: f64| number.fract() == 0.0 && number.abs() <= f64::from(u32::MAX);
        self.parsed(column, what, "a whole number", whole).map(|number| number as i64)
    }

    fn parsed(
        &self,
        column: usize,
        what: &str,
        expected: &'static str,
        accept: impl Fn(f64) -> bool,
    ) -> Result<f64, ReadError> {
        let cell = self.cells[column].trim();
        match cell.parse::<f64>() {
            Ok(number) if number.is_finite() && accept(number) => Ok(number),
            _ => Err(ReadError::Value {
                path: self.text.path.clone(),
                line: self.line,
                what: what.to_owned(),
                expected,
                found: excerpt(cell),
            }),
        }
    }
}
