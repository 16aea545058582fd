//! The results of a sweep: a folder for every unit, and tables over all of them.

pub mod closures;
pub mod files;
pub mod frontier;
pub mod prices;
pub mod report;
pub mod shelf;

pub use shelf::{Shelf, plan_files};

use super::table::Column;
use crate::message::Message;

/// A column of the tables of a sweep, which have one name for programs and people.
fn column(name: String) -> Column {
    let heading = Message::new("column.sweep").with("name", &name);
    Column { name, heading, width: 14.0 }
}
