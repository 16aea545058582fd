//! The planning model as data: facts of the county, rules, offered actions, the scenario and the plan.
//!
//! Nothing here knows files, solvers or threads.

pub mod action;
pub mod adjacency;
pub mod consultation;
pub mod demand;
pub mod district;
pub mod document;
#[cfg(test)]
pub mod fixture;
pub mod forecast;
pub mod objective;
pub mod plan;
pub mod projection;
pub mod resource;
pub mod rule;
pub mod scenario;

#[cfg(test)]
pub mod sample;
