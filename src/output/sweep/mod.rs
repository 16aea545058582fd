//! The results of a sweep: a folder for every unit, and tables over all of them.

pub mod files;
pub mod frontier;
pub mod report;
pub mod shelf;

pub use shelf::{Shelf, plan_files};
