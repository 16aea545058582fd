//! The kernel: one optimisation problem, small and general, and the engines that solve it.

pub mod builder;
pub mod certificate;
pub mod check;
pub mod engine;
pub mod milp;
pub mod problem;
pub mod validate;
