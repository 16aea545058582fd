//! Sweeps: every variant of a scenario solved, each on its own, in any order, by any number of jobs, on any number of
//! machines, with the same result.
//!
//! The unit of work is one variant. Its id is a hash of everything that its result depends on; a result that is there under
//! the id is never worked out again. The scenario without a variant comes first, because its plan is where the others
//! start from and part of their ids.

pub mod carry;
pub mod lineage;
pub mod row;
pub mod unit;

pub use row::Row;
pub use unit::{Settings, Task, Unit};
