//! Readers of the public instance families, one format per file.
//!
//! Every reader takes the text of a file and gives an [`Instance`] or says what was expected where. What follows the
//! last number of an instance is not looked at: some collections keep an optimum there, as others keep one in the first
//! line, and no such number is ever used.

mod diaz;
mod lorena;
mod orlib;
mod pmed;
mod pmedcap;
mod row_major;
pub mod table;
mod tbed1;
pub mod text;
pub mod tokens;
mod two_tables;
mod units;

use super::family::Family;
use super::instance::{Costs, Customer, Facility, Instance};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use text::SourceText;
use thiserror::Error;

/// Reads the instance in `path`, plain or gzipped.
///
/// # Errors
/// [`ReadError`], naming the file, the line and what was expected there.
pub fn read(family: Family, path: &Path) -> Result<Instance, ReadError> {
    let text = text::read(path)?;
    let mut instance = match family {
        Family::Holmberg | Family::Yang | Family::Tb4 | Family::OrlibSmall => row_major::read(&text),
        Family::OrlibLarge => orlib::read(&text),
        Family::Diaz => diaz::read(&text),
        Family::Tbed1 => tbed1::read(&text),
        Family::Flsap | Family::Sap | Family::Geo => units::read(&text),
        Family::GeoWs => two_tables::read(&text, &text::read(&two_tables::supply_file(path)?)?),
        Family::CpmpOrlib => pmedcap::read(&text),
        Family::CpmpLorena => lorena::read(&text),
        Family::Pmed => pmed::read(&text),
    }?;
    instance.family = family;
    instance.name = name_of(path);
    Ok(instance)
}

/// The files that an instance is read from: the one that is named and, for some families, a companion.
///
/// # Errors
/// [`ReadError::NoCompanion`].
pub fn files_of(family: Family, path: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let mut files = vec![path.to_owned()];
    if family == Family::GeoWs {
        files.push(two_tables::supply_file(path)?);
    }
    Ok(files)
}

/// The name of the instance in `path`: the file's name without `.gz` and without `.txt`, `.dat` or `.plc`.
pub fn name_of(path: &Path) -> String {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let plain = [".txt", ".dat", ".plc"].iter().find_map(|ending| name.strip_suffix(ending));
    plain.unwrap_or(name).to_owned()
}

/// Why a file could not be read as an instance.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file could not be opened or read.
    #[error("{}: cannot be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file, unpacked, is longer than any instance.
    #[error("{}: longer than {} bytes when unpacked; no instance is", path.display(), text::MAX_BYTES)]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// The name of the file does not lead to its companion.
    #[error("{}: the name should contain `_demand`, so that the table of facilities is found beside it as `_supply`", path.display())]
    NoCompanion {
        /// The file.
        path: PathBuf,
    },
    /// A value is not what it should be.
    #[error("{}, line {line}: {what} should be {expected}, found `{found}`", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What the value is.
        what: String,
        /// What was expected of it.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// The file ends too early.
    #[error("{}: ends at line {line}, where {what} was expected", path.display())]
    Ended {
        /// The file.
        path: PathBuf,
        /// The last line.
        line: usize,
        /// What was expected next.
        what: String,
    },
    /// A row of a table has too few cells.
    #[error("{}, line {line}: {found} columns where at least {expected} were expected ({columns})", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Number of cells found.
        found: usize,
        /// Number of cells needed.
        expected: usize,
        /// The columns in order.
        columns: &'static str,
    },
    /// The first line of a table is data.
    #[error("{}, line 1: a header line was expected ({columns}), found data", path.display())]
    NoHeader {
        /// The file.
        path: PathBuf,
        /// The columns in order.
        columns: &'static str,
    },
    /// Two entries have the same id.
    #[error("{}: {what} {id} occurs twice", path.display())]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// What has the id.
        what: &'static str,
        /// The id.
        id: i64,
    },
    /// There is nothing in the file to solve.
    #[error("{}: {what}", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// What is missing.
        what: &'static str,
    },
}

/// An instance whose facilities and customers are known by position only, with a table of costs.
fn by_position(capacities: Vec<f64>, fixed_costs: Vec<f64>, demands: Vec<f64>, costs: Vec<f64>) -> Instance {
    let facilities = capacities
        .into_iter()
        .zip(fixed_costs)
        .zip(0..)
        .map(|((capacity, fixed_cost), id)| Facility { id, capacity: Some(capacity), fixed_cost, home: None })
        .collect();
    let customers = demands.into_iter().zip(0..).map(|(demand, id)| Customer { id, demand }).collect();
    bare(facilities, customers, Costs::Table(costs), None)
}

/// An instance whose family and name are still to be set by [`read`].
fn bare(facilities: Vec<Facility>, customers: Vec<Customer>, costs: Costs, p: Option<usize>) -> Instance {
    Instance { family: Family::Holmberg, name: String::new(), facilities, customers, costs, p }
}

/// The position of every id, or the error that one occurs twice.
fn positions(
    ids: impl Iterator<Item = i64>,
    what: &'static str,
    text: &SourceText,
) -> Result<BTreeMap<i64, usize>, ReadError> {
    let mut positions = BTreeMap::new();
    for (position, id) in ids.enumerate() {
        if positions.insert(id, position).is_some() {
            return Err(ReadError::Duplicate { path: text.path.clone(), what, id });
        }
    }
    Ok(positions)
}
