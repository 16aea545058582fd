//! Catchment: school-layout optimisation with proven bounds and independent audits.
pub mod bench;
pub mod id;
pub mod kernel;
pub mod mip;
pub mod run;
pub mod units;
