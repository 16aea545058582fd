//! Catchment: school-layout optimisation with proven bounds and independent audits.
//!
//! A planner's scenario folder goes in; an audited plan with a proven bound, tables and a map come out.

pub mod domain;
pub mod id;
pub mod kernel;
pub mod message;
pub mod mip;
pub mod random;
pub mod run;
pub mod units;
