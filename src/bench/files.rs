//! Which files a list of files and folders stands for.

use super::family::Family;
use super::read::name_of;
use std::fs;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Endings of instance files, plain or with `.gz` after them.
const ENDINGS: [&str; 3] = [".txt", ".dat", ".plc"];

/// The files that `paths` stand for: files as they are given, and for a folder the instances in it, in the order of their
/// names with numbers in them counted as numbers.
///
/// # Errors
/// [`PathError`] for every path that leads nowhere.
pub fn expand(family: Family, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Vec<PathError>> {
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        if path.is_dir() {
            match instances_in(family, path) {
                Ok(found) if found.is_empty() => errors.push(PathError::NoInstance { path: path.clone(), family }),
                Ok(found) => files.extend(found),
                Err(source) => errors.push(PathError::Folder { path: path.clone(), source }),
            }
        } else if path.exists() {
            files.push(path.clone());
        } else {
            errors.push(PathError::Missing { path: path.clone() });
        }
    }
    if errors.is_empty() { Ok(files) } else { Err(errors) }
}

fn instances_in(family: Family, folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let plain = name.strip_suffix(".gz").unwrap_or(&name);
        let stem = name_of(&path);
        let is_instance = ENDINGS.iter().any(|ending| plain.ends_with(ending))
            && !stem.ends_with("_connectivity")
            && (family != Family::GeoWs || stem.contains("_demand"));
        if is_instance && path.is_file() {
            found.push(path);
        }
    }
    found.sort_by_key(|path| natural(&name_of(path)));
    Ok(found)
}

/// A piece of a name; numbers come before words.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Number(u64),
    Word(String),
}

/// A name in pieces, so that `p9` comes before `p11`.
fn natural(name: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for c in name.chars() {
        match (c.to_digit(10), pieces.last_mut()) {
            (Some(digit), Some(Piece::Number(number))) => {
                *number = number.saturating_mul(10).saturating_add(u64::from(digit));
            }
            (Some(digit), _) => pieces.push(Piece::Number(u64::from(digit))),
            (None, Some(Piece::Word(word))) => word.push(c),
            (None, _) => pieces.push(Piece::Word(c.to_string())),
        }
    }
    pieces
}

/// A path that leads to no instance.
#[derive(Debug, Error)]
pub enum PathError {
    /// There is no such file or folder.
    #[error(
        "{}: no such file or folder. The public instances are not part of this program: give the place where you keep them",
        path.display()
    )]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// A folder without instances.
    #[error("{}: no file in this folder ends like an instance of {family} (.txt, .dat, .plc, also with .gz)", path.display())]
    NoInstance {
        /// The folder.
        path: PathBuf,
        /// The family.
        family: Family,
    },
    /// A folder that cannot be listed.
    #[error("{}: cannot be listed: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_counted() {
        let mut names = ["p11", "p9", "80-400-2", "p1", "30-200-1", "i300_3"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["30-200-1", "80-400-2", "i300_3", "p1", "p9", "p11"]);
    }
}
