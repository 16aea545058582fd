//! Writing the files of a generated scenario folder, all of them or none.

use super::GenerateError;
use std::fs;
use std::path::Path;

/// A table to be written as CSV.
#[derive(Debug, Default)]
pub struct Table {
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with the given column names and no rows.
    pub fn new(header: &[&'static str]) -> Self {
        Self { header: header.to_vec(), rows: Vec::new() }
    }

    /// Appends a row; it must have one value for every column.
    pub fn row(&mut self, values: Vec<String>) {
        debug_assert_eq!(values.len(), self.header.len());
        self.rows.push(values);
    }

    /// The table as CSV text in UTF-8.
    ///
    /// # Errors
    /// [`GenerateError::Csv`] when a row has another number of values than the header.
    pub fn text(&self) -> Result<String, GenerateError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.header)?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        let bytes = writer.into_inner().map_err(|error| GenerateError::Csv(error.into_error().into()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Writes `files` (name and content) into `folder`, which is made if it is missing. Each file is written under a
/// temporary name first, and all are renamed only when all could be written.
///
/// # Errors
/// [`GenerateError::NotEmpty`] when the folder holds a scenario already, [`GenerateError::Write`] when a file could not be
/// written.
pub fn write(folder: &Path, files: &[(&str, String)]) -> Result<(), GenerateError> {
    if folder.join("scenario.toml").exists() {
        return Err(GenerateError::NotEmpty(folder.to_owned()));
    }
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |source| GenerateError::Write { path, source }
    };
    fs::create_dir_all(folder).map_err(fault(folder))?;
    for (name, content) in files {
        let path = folder.join(format!("{name}.tmp"));
        fs::write(&path, content).map_err(fault(&path))?;
    }
    for (name, _) in files {
        let path = folder.join(name);
        fs::rename(folder.join(format!("{name}.tmp")), &path).map_err(fault(&path))?;
    }
    Ok(())
}
