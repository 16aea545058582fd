//! Public benchmark instances: read, solve, record, report.
//!
//! A benchmark instance is a kernel problem with one commodity and two options per site, so the engines that plan
//! counties are measured on published problems with nothing made for the purpose. Best known values are read by
//! [`report`] alone; nothing that solves can see them.

pub mod answer;
pub mod family;
pub mod files;
pub mod instance;
pub mod judge;
pub mod kind;
pub mod memory;
pub mod neighbours;
pub mod order;
pub mod problem;
pub mod read;
pub mod record;
pub mod report;
pub mod run;
pub mod verify;
