//! The kernel: one optimisation problem, small and general, and the engines that solve it.

pub mod assign;
pub mod bound;
pub mod branch;
pub mod builder;
pub mod catalogue;
pub mod catchment;
pub mod certificate;
pub mod check;
pub mod construct;
pub mod contiguity;
pub mod engine;
pub mod fixing;
pub mod milp;
pub mod neighbourhood;
pub mod packs;
pub mod prepare;
pub mod primal;
pub mod problem;
pub mod search;
pub mod split;
pub mod state;
pub mod tables;
pub mod validate;
pub mod verify;
