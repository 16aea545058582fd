//! Where the units of a sweep lie: one folder each, there as a whole or not at all.

use crate::domain::document::PlanDocument;
use crate::output::bundle::{Bundle, RunFacts};
use crate::output::catalogue::{FORMATS, OutputError};
use crate::output::{folder, json_text};
use crate::study::sweep::{Row, Unit};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The formats that every plan of a sweep is written in. The others follow from these: `check SCENARIO PLAN --out DIR`.
const KEPT: [&str; 6] = ["plan", "actions", "assignment", "sites", "compliance", "certificate"];
/// File with the plan of a unit.
const PLAN: &str = "plan.json";
/// File with the row of a unit.
const ROW: &str = "row.json";
/// File with what depends on the machine.
const RUN: &str = "run.json";

/// The folder `plans` of a sweep. Several processes may share it: a unit is written under a temporary name and renamed.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// The shelf in the folder of a sweep.
    pub fn new(sweep: &Path) -> Self {
        Self { folder: sweep.join("plans") }
    }

    /// The folder of a unit.
    pub fn place(&self, unit: &Unit) -> PathBuf {
        self.folder.join(unit.folder())
    }

    /// The row of a unit, if it is there. One that does not belong to the unit counts as absent.
    ///
    /// # Errors
    /// When a file is there and cannot be read.
    pub fn row(&self, unit: &Unit) -> Result<Option<Row>, OutputError> {
        let path = self.place(unit).join(ROW);
        match fs::read(&path) {
            Ok(bytes) => Ok(serde_json::from_slice::<Row>(&bytes).ok().filter(|row| row.unit == *unit)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(OutputError::File { path, source }),
        }
    }

    /// The plan of a unit that is there, as it was written; `None` where the unit has none.
    ///
    /// # Errors
    /// When the file cannot be read or is not a plan.
    pub fn plan(&self, unit: &Unit) -> Result<Option<PlanDocument>, OutputError> {
        let path = self.place(unit).join(PLAN);
        match fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(plan) => Ok(Some(plan)),
                Err(error) => Err(OutputError::File { path, source: error.into() }),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(OutputError::File { path, source }),
        }
    }

    /// Puts a unit on the shelf, with its plan where there is one. What another process has put there meanwhile is the same
    /// and stays.
    ///
    /// # Errors
    /// [`OutputError`]; the unit is then not there.
    pub fn put(&self, row: &Row, plan: Option<&Bundle<'_>>, run: &RunFacts) -> Result<(), OutputError> {
        let name = row.unit.folder();
        let temporary = self.folder.join(folder::temporary(&name));
        let place = self.folder.join(&name);
        let mut files = plan.map(plan_files).transpose()?.unwrap_or_default();
        files.push((RUN, json_text::pretty(run)?));
        files.push((ROW, json_text::pretty(row)?));
        let failed = |source| OutputError::File { path: place.clone(), source };
        let moved = folder::write(&temporary, &files).and_then(|()| {
            // A folder without a sound row is left from a unit that this one replaces.
            if place.exists() && self.row(&row.unit)?.is_none() {
                fs::remove_dir_all(&place).map_err(failed)?;
            }
            fs::rename(&temporary, &place).map_err(failed)
        });
        let there = matches!(self.row(&row.unit), Ok(Some(_)));
        self.sweep_up(&name);
        if there { Ok(()) } else { moved }
    }

    /// Removes what processes that were killed have left of a unit. That it cannot be removed harms nobody.
    fn sweep_up(&self, name: &str) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let own = entry.file_name().to_string_lossy().strip_prefix('.').is_some_and(|rest| {
                rest.strip_prefix(name).is_some_and(|rest| rest.starts_with('.') && rest.strip_suffix(".tmp").is_some())
            });
            if own {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// The files of a plan in a sweep, with their names.
///
/// # Errors
/// [`OutputError`] when one cannot be put together.
fn plan_files(bundle: &Bundle<'_>) -> Result<Vec<(&'static str, Vec<u8>)>, OutputError> {
    let kept = FORMATS.iter().filter(|format| KEPT.contains(&format.name));
    kept.map(|format| Ok((format.file, (format.bytes)(bundle)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::sweep::Task;
    use crate::study::sweep::row::Outcome;

    fn row(id: char) -> Row {
        let (variant, task) = (Some("v/1".to_owned()), Task::Plan);
        let unit = Unit { id: id.to_string().repeat(64), variant, family: None, changes: vec![], task };
        Row { unit, result: Outcome::Failed("why".to_owned()) }
    }

    fn run() -> RunFacts {
        RunFacts {
            version: String::new(),
            seconds: 0.0,
            engine_seconds: 0.0,
            threads: 1,
            time_limit: None,
            system: String::new(),
            architecture: String::new(),
            scenario_folder: None,
        }
    }

    #[test]
    fn a_unit_is_there_as_a_whole_and_leftovers_of_killed_processes_go() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path());
        let row = row('a');
        assert_eq!(shelf.row(&row.unit).unwrap(), None);
        let left = folder.path().join("plans").join(format!(".{}.99999.tmp", row.unit.folder()));
        fs::create_dir_all(&left).unwrap();
        fs::write(left.join("plan.json"), "half").unwrap();
        shelf.put(&row, None, &run()).unwrap();
        assert_eq!(shelf.row(&row.unit).unwrap(), Some(row.clone()));
        // Once more is no harm.
        shelf.put(&row, None, &run()).unwrap();
        assert_eq!(fs::read_dir(folder.path().join("plans")).unwrap().count(), 1);
    }

    #[test]
    fn a_process_of_the_same_number_on_another_machine_does_not_get_in_between() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path());
        let row = row('c');
        let other = folder.path().join("plans").join(format!(".{}.{}.tmp", row.unit.folder(), std::process::id()));
        fs::create_dir_all(&other).unwrap();
        fs::write(other.join(".plan.json.1.tmp"), "half").unwrap();
        shelf.put(&row, None, &run()).unwrap();
        let mut names: Vec<_> =
            fs::read_dir(shelf.place(&row.unit)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [ROW, RUN], "what the other one is writing stays its own");
    }

    #[test]
    fn a_damaged_row_counts_as_absent_and_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path());
        let row = row('b');
        shelf.put(&row, None, &run()).unwrap();
        fs::write(shelf.place(&row.unit).join(ROW), "{").unwrap();
        assert_eq!(shelf.row(&row.unit).unwrap(), None);
        shelf.put(&row, None, &run()).unwrap();
        assert_eq!(shelf.row(&row.unit).unwrap(), Some(row));
    }
}
