//! Which units touch, from the table beside an instance or a given one.

use super::instance::Instance;
use super::read::{ReadError, name_of, table, text};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The neighbour graph of an instance's customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbours {
    /// Neighbours of every customer, by position, in increasing order; symmetric, without loops.
    pub of: Vec<Vec<u32>>,
}

/// The beginnings of names that share a neighbour table, the longer before the shorter that they begin with.
const PREFIXES: [&str; 8] = ["gy2s", "gy2", "gys", "gy", "zys", "zy", "kf", "pd"];

/// The neighbour table that belongs to the instance in `path`: `PREFIX_connectivity.txt` in the same folder, where the
/// instance's name begins with PREFIX, or with `geo_` and PREFIX. `None` where no rule names one.
pub fn table_beside(path: &Path) -> Option<PathBuf> {
    let name = name_of(path);
    let stem = name.strip_prefix("geo_").unwrap_or(&name);
    let prefix = PREFIXES.iter().find(|prefix| name.starts_with(*prefix) || stem.starts_with(*prefix))?;
    let plain = path.with_file_name(format!("{prefix}_connectivity.txt"));
    let packed = path.with_file_name(format!("{prefix}_connectivity.txt.gz"));
    Some(if packed.exists() && !plain.exists() { packed } else { plain })
}

/// The neighbour table for an instance: the one given, else the one beside it.
///
/// # Errors
/// [`NeighbourError::NoTable`] where there is neither.
pub fn table_for(given: Option<&Path>, instance: &Path) -> Result<PathBuf, NeighbourError> {
    given
        .map(Path::to_owned)
        .or_else(|| table_beside(instance))
        .ok_or_else(|| NeighbourError::NoTable { path: instance.to_owned() })
}

/// Reads the neighbour table in `path`: columns 2 and 3 are the ids of two neighbours, the rest is not looked at. Pairs
/// with an id that is not the instance's are left out: a table may cover a larger area.
///
/// # Errors
/// [`NeighbourError`].
pub fn read(path: &Path, instance: &Instance) -> Result<Neighbours, NeighbourError> {
    let positions: BTreeMap<i64, u32> =
        instance.customers.iter().zip(0..).map(|(customer, position)| (customer.id, position)).collect();
    let text = text::read(path)?;
    let mut sets = vec![BTreeSet::new(); instance.customers.len()];
    let mut pairs = 0_usize;
    for row in table::rows(&text, "number first second")? {
        let first = row.id(1, "the id of the first neighbour")?;
        let second = row.id(2, "the id of the second neighbour")?;
        if let (Some(&a), Some(&b)) = (positions.get(&first), positions.get(&second))
            && a != b
        {
            sets[a as usize].insert(b);
            sets[b as usize].insert(a);
            pairs += 1;
        }
    }
    if pairs == 0 && instance.customers.len() > 1 {
        return Err(NeighbourError::NoPair { path: path.to_owned(), instance: instance.name.clone() });
    }
    Ok(Neighbours { of: sets.into_iter().map(|set| set.into_iter().collect()).collect() })
}

/// Why there is no neighbour graph.
#[derive(Debug, Error)]
pub enum NeighbourError {
    /// The table could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The table has nothing to do with the instance.
    #[error("{}: no row names two different units of {instance}", path.display())]
    NoPair {
        /// The table.
        path: PathBuf,
        /// The instance.
        instance: String,
    },
    /// No rule names a table.
    #[error("{}: contiguity needs a neighbour table, and none belongs to this name; give one with --adjacency", path.display())]
    NoTable {
        /// The instance's file.
        path: PathBuf,
    },
}
