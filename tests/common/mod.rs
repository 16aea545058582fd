//! What several integration tests share.
#![allow(dead_code, reason = "every test binary uses a part of it")]

pub mod brute_force;
pub mod located;
pub mod random_kernel;
