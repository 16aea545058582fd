//! Everything that is written: one file per format, one catalogue of formats.
//!
//! To add a format, write its file and give it a line in [`catalogue::FORMATS`] and a `format.*` text in both catalogues of
//! messages; the folder writer, the page of formats and the tests follow from there.

pub mod actions;
pub mod assignment;
pub mod atlas;
pub mod bundle;
pub mod catalogue;
pub mod catchments;
pub mod cells;
pub mod colours;
pub mod comparison;
pub mod compliance;
pub mod consequences;
pub mod csv_text;
pub mod folder;
pub mod forecast;
pub mod indicators;
pub mod json_text;
pub mod names;
pub mod overview;
pub mod parquet;
pub mod projects;
pub mod reference;
pub mod regret;
pub mod report;
pub mod shapes;
pub mod sites;
pub mod solved;
pub mod summary;
pub mod sweep;
pub mod table;
mod widgets;
pub mod workbook;

pub use bundle::{Bundle, Findings, RunFacts};
pub use catalogue::{FORMATS, Format, OutputError, write_all};

#[cfg(test)]
mod tests;
