//! The data that lets anyone re-derive a lower bound: leaves that together cover all cases, each with multipliers.

use serde::{Deserialize, Serialize};

/// Version tag of the certificate's form.
pub const SCHEMA: &str = "catchment-certificate/1";

/// A proof of a lower bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The bound that is claimed: the least bound of the leaves.
    pub bound: f64,
    /// The leaves. Every choice of options satisfies the fixings of at least one leaf.
    pub leaves: Vec<Leaf>,
}

/// One case of the proof.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leaf {
    /// Options excluded in this case, by position in the compiled problem. All others stay possible.
    pub excluded: Vec<u32>,
    /// The bound claimed for this case.
    pub bound: f64,
    /// What the bound rests on.
    pub proof: Proof,
}

/// What the bound of a leaf rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Weak duality: the Lagrangian bound at these multipliers.
    Multipliers {
        /// Multiplier of "every customer is served once", per customer.
        customers: Vec<f64>,
        /// Multiplier of every row, in the order of the problem; sign as for a minimisation with `lower <= row <= upper`.
        rows: Vec<f64>,
    },
    /// The word of a MIP backend, named. Not re-derivable: trust.
    Backend(String),
}
