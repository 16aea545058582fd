//! Everything that is written: one file per format, one catalogue of formats.

pub mod cells;
pub mod colours;
