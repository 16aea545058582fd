//! The kernel: one optimisation problem, small and general, and the engines that solve it.

pub mod bound;
pub mod branch;
pub mod certificate;
pub mod engine;
pub mod fixing;
pub mod prepare;
pub mod problem;
