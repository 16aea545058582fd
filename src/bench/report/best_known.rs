//! Best known values and bounds of the literature, from a CSV file.

use super::{Key, Standing, ToBest};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A number as it was printed, with the rounding that its last digit allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Printed {
    value: f64,
    decimals: usize,
}

/// Relative difference that sums of many numbers may show.
const ROUNDING: f64 = 1e-9;

impl Printed {
    fn parse(text: &str) -> Option<Self> {
        let value = text.parse::<f64>().ok().filter(|value| value.is_finite())?;
        let decimals =
            text.split_once('.').map_or(0, |(_, decimals)| decimals.chars().take_while(char::is_ascii_digit).count());
        Some(Self { value, decimals })
    }

    fn slack(self) -> f64 {
        0.5 * 10_f64.powi(-(self.decimals as i32)) + ROUNDING * self.value.abs()
    }

    /// Largest number that would have been printed like this.
    pub fn upper(self) -> f64 {
        self.value + self.slack()
    }

    /// Smallest number that would have been printed like this.
    pub fn lower(self) -> f64 {
        self.value - self.slack()
    }

    /// The number as it was printed.
    pub fn printed(self) -> String {
        format!("{:.*}", self.decimals, self.value)
    }

    /// Where `cost` stands against this value.
    pub fn compare(self, cost: f64) -> ToBest {
        let standing = if cost > self.upper() {
            Standing::Worse
        } else if cost < self.lower() {
            Standing::Better
        } else {
            Standing::Equal
        };
        ToBest { relative: (cost - self.value) / self.value.abs().max(ROUNDING), standing }
    }
}

/// What the literature has on one problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Best {
    /// Best known value.
    pub value: Option<Printed>,
    /// Best known lower bound.
    pub bound: Option<Printed>,
    /// Whether the value is proven optimal.
    pub proven: bool,
}

/// A table of best known values.
#[derive(Debug, Clone, Default)]
pub struct BestKnown {
    rows: Vec<(CsvRow, Best)>,
}

#[derive(Debug, Clone, Deserialize)]
struct CsvRow {
    family: String,
    instance: String,
    problem: String,
    p: Option<usize>,
    best_known_value: String,
    best_lower_bound: String,
    proved_optimal: String,
}

/// Reads a table with the columns `family`, `instance`, `problem`, `p`, `best_known_value`, `best_lower_bound` and
/// `proved_optimal` (y or n); other columns are not looked at, empty values mean that there is none.
///
/// # Errors
/// [`BestKnownError`].
pub fn read(path: &Path) -> Result<BestKnown, BestKnownError> {
    let csv = |source| BestKnownError::Csv { path: path.to_owned(), source };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(csv)?;
    let mut rows = Vec::new();
    for (index, row) in reader.deserialize::<CsvRow>().enumerate() {
        let row = row.map_err(csv)?;
        let printed = |text: &str, column: &'static str| match (text, Printed::parse(text)) {
            ("", _) => Ok(None),
            (_, Some(printed)) => Ok(Some(printed)),
            (_, None) => {
                Err(BestKnownError::Value { path: path.to_owned(), row: index + 1, column, found: text.to_owned() })
            }
        };
        let best = Best {
            value: printed(&row.best_known_value, "best_known_value")?,
            bound: printed(&row.best_lower_bound, "best_lower_bound")?,
            proven: row.proved_optimal == "y",
        };
        rows.push((row, best));
    }
    Ok(BestKnown { rows })
}

impl BestKnown {
    /// What is known on the problem of a record. A row without p holds for every p.
    pub fn find(&self, key: &Key) -> Option<Best> {
        let matches = |row: &CsvRow| {
            row.family == key.family
                && row.instance == key.instance
                && row.problem == key.problem
                && (row.p.is_none() || row.p == key.p)
        };
        self.rows.iter().find(|(row, _)| matches(row)).map(|(_, best)| best.clone())
    }
}

/// Why a table of best known values could not be read.
#[derive(Debug, Error)]
pub enum BestKnownError {
    /// The file is not such a table.
    #[error("{}: should be a table of best known values: {source}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: csv::Error,
    },
    /// A value is no number.
    #[error("{}, data row {row}, column {column}: should be a number or empty, found `{found}`", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The data row, counted from 1.
        row: usize,
        /// The column.
        column: &'static str,
        /// What stands there.
        found: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_compared_within_half_a_unit_of_the_last_printed_digit() {
        let value = Printed::parse("3074.44").expect("a number");
        let standing = |cost| value.compare(cost).standing;
        assert_eq!(standing(3074.4449), Standing::Equal);
        assert_eq!(standing(3074.446), Standing::Worse);
        assert_eq!(standing(3074.434), Standing::Better);
        assert_eq!(value.printed(), "3074.44");
        let whole = Printed::parse("8848").expect("a number");
        assert!((whole.lower() - 8847.5).abs() < 1e-4 && (whole.upper() - 8848.5).abs() < 1e-4);
        assert_eq!(whole.compare(8847.0).standing, Standing::Better);
        assert!((whole.compare(8936.48).relative - 0.01).abs() < 1e-12);
        assert_eq!(Printed::parse("inf"), None);
    }
}
