//! The results of a sweep: a folder for every unit, and tables over all of them.

pub mod closures;
pub mod files;
pub mod frontier;
pub mod prices;
pub mod report;
pub mod shelf;

pub use shelf::Shelf;

use super::table::Column;
use crate::domain::scenario::Scenario;
use crate::message::Message;

/// What the documents of a sweep are of, by which the report knows which of them belong together.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The scenario, with the changes of a variant where a study is of one.
    pub scenario: &'a Scenario,
    /// Fingerprint of all files of the scenario.
    pub inputs: &'a str,
}

/// A column of the tables of a sweep, which have one name for programs and people.
fn column(name: String) -> Column {
    let heading = Message::new("column.sweep").with("name", &name);
    Column { name, heading, width: 14.0 }
}
