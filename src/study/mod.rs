//! Studies of several plans: plans side by side, and many variants of one scenario.

pub mod closures;
pub mod compare;
pub mod crew;
pub mod frontier;
pub mod price;
pub mod regret;
pub mod rules;
pub mod stability;
pub mod sweep;
