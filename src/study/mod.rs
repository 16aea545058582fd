//! Studies of several plans: plans side by side, and many variants of one scenario.

pub mod compare;
pub mod crew;
pub mod frontier;
pub mod regret;
pub mod sweep;
