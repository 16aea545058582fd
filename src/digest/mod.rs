//! What reports say about a plan: trips, distances, key figures, tallies of rules and flows between schools; and the pupils
//! of its scenario over the years.
//!
//! Everything else here is read off a [`PlanDocument`](crate::domain::document::PlanDocument), with the baseline trips of its
//! scenario where there is one. No rule is judged and no distance is measured here: verdicts and kilometres are the audit's.

pub mod consequences;
pub mod distances;
pub mod figures;
pub mod flows;
pub mod gains;
pub mod indicators;
pub mod matching;
pub mod projects;
pub mod rolls;
pub mod tallies;
pub mod trips;

#[cfg(test)]
mod tests;
