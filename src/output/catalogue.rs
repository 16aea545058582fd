//! The catalogue of formats: every file that a plan is written to.

use super::bundle::Bundle;
use super::consequences::{assets, disposals, funds, placement, schools, staff, staffing, transfers, villages};
use super::{
    actions, assignment, catchments, compliance, csv_text, folder, forecast, indicators, json_text, projects, report,
    sites, workbook,
};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// One file of a plan's folder.
pub struct Format {
    /// Name; `format.<name>` in the catalogue of messages says what the file is.
    pub name: &'static str,
    /// Name of the file.
    pub file: &'static str,
    /// Makes its bytes.
    pub bytes: fn(&Bundle<'_>) -> Result<Vec<u8>, OutputError>,
}

/// Every format, in the order in which the files are made.
pub const FORMATS: &[Format] = &[
    Format { name: "plan", file: "plan.json", bytes: json_text::plan },
    Format { name: "actions", file: "actions.csv", bytes: |bundle| csv_text::bytes(&actions::table(bundle)) },
    Format { name: "assignment", file: "assignment.csv", bytes: |bundle| csv_text::bytes(&assignment::table(bundle)) },
    Format { name: "sites", file: "sites.csv", bytes: |bundle| csv_text::bytes(&sites::table(bundle)) },
    Format { name: "compliance", file: "compliance.csv", bytes: |bundle| csv_text::bytes(&compliance::table(bundle)) },
    Format { name: "indicators", file: "indicators.csv", bytes: |bundle| csv_text::bytes(&indicators::table(bundle)) },
    Format { name: "forecast", file: "forecast.csv", bytes: |bundle| csv_text::bytes(&forecast::table(bundle)) },
    Format { name: "schools", file: "schools.csv", bytes: |bundle| csv_text::bytes(&schools::table(bundle)) },
    Format { name: "villages", file: "villages.csv", bytes: |bundle| csv_text::bytes(&villages::table(bundle)) },
    Format { name: "placement", file: "placement.csv", bytes: |bundle| csv_text::bytes(&placement::table(bundle)) },
    Format { name: "transfers", file: "transfers.csv", bytes: |bundle| csv_text::bytes(&transfers::table(bundle)) },
    Format { name: "staff_moves", file: "staff_moves.csv", bytes: |bundle| csv_text::bytes(&staff::table(bundle)) },
    Format { name: "staffing", file: "staffing.csv", bytes: |bundle| csv_text::bytes(&staffing::table(bundle)) },
    Format { name: "asset_moves", file: "asset_moves.csv", bytes: |bundle| csv_text::bytes(&assets::table(bundle)) },
    Format { name: "disposals", file: "disposals.csv", bytes: |bundle| csv_text::bytes(&disposals::table(bundle)) },
    Format { name: "projects", file: "projects.csv", bytes: |bundle| csv_text::bytes(&projects::table(bundle)) },
    Format { name: "funds", file: "funds.csv", bytes: |bundle| csv_text::bytes(&funds::table(bundle)) },
    Format { name: "catchments", file: "catchments.geojson", bytes: catchments::bytes },
    Format { name: "certificate", file: "certificate.json", bytes: json_text::certificate },
    Format { name: "report", file: "report.html", bytes: report::bytes },
    Format { name: "workbook", file: "plan.xlsx", bytes: workbook::bytes },
    Format { name: "run", file: "run.json", bytes: json_text::run },
];

/// Why outputs could not be written.
#[derive(Debug, Error)]
pub enum OutputError {
    /// A file or folder could not be written, or one that was written not read again.
    #[error("cannot write or read `{}`: {source}", path.display())]
    File {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A document could not be serialised.
    #[error("cannot serialise JSON")]
    Json(#[from] serde_json::Error),
    /// A table could not be serialised.
    #[error("cannot serialise table `{table}`: {problem}")]
    Table {
        /// The table.
        table: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// Bytes could not be put together in memory.
    #[error("cannot put a file together")]
    Memory(#[from] std::io::Error),
    /// The workbook could not be made.
    #[error("cannot make the workbook")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

/// Writes every format into `folder`; returns the paths.
///
/// # Errors
/// [`OutputError`]; nothing in the folder has changed unless a rename failed.
pub fn write_all(bundle: &Bundle<'_>, folder: &Path) -> Result<Vec<PathBuf>, OutputError> {
    // Of several errors the first in order is returned, whichever thread was sooner.
    let files = FORMATS
        .par_iter()
        .map(|format| Ok((format.file, (format.bytes)(bundle)?)))
        .collect::<Vec<Result<_, OutputError>>>()
        .into_iter()
        .collect::<Result<Vec<_>, OutputError>>()?;
    folder::write(folder, &files)?;
    Ok(files.iter().map(|(name, _)| folder.join(name)).collect())
}
