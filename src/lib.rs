//! Catchment: school-layout optimisation with proven bounds and independent audits.
//!
//! A planner's scenario folder goes in; an audited plan with a proven bound, tables and a map come out.

pub mod bench;
#[cfg(feature = "cli")]
pub mod cli;
pub mod compile;
pub mod digest;
pub mod domain;
pub mod evaluate;
pub mod generate;
pub mod i18n;
pub mod id;
pub mod input;
pub mod kernel;
pub mod message;
pub mod metric;
pub mod mip;
pub mod optimise;
pub mod output;
pub mod packs;
pub mod random;
pub mod run;
pub mod study;
pub mod travel;
pub mod units;
