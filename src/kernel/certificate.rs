//! The data that lets anyone re-derive a lower bound: leaves that together cover all cases, each with multipliers.
//!
//! A leaf is the case that certain options are not chosen. Its bound is the Lagrangian bound at its multipliers:
//!
//! `offset + sum of services - rows charged + least sum of option values`
//!
//! where an option's value is its cost, plus what rows charge it, minus what its limits' prices allow, plus for every
//! customer the least of 0 and `cost - multiplier + prices * loads` over the customer's arcs to the site. The least sum
//! takes one option for each site and keeps to what stays [`Inside`]. Where the claim of a leaf is more than that, the
//! customers at a hard capacity are a whole knapsack: the least over those sets of whole customers that fit, in place of the
//! capacity's price.

use super::problem::Problem;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Version tag of the certificate's form.
pub const SCHEMA: &str = "catchment-certificate/1";

/// A proof of a lower bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Digest of the problem, see [`digest`].
    pub problem: String,
    /// The bound that is claimed: the least bound of the leaves and, where arcs were removed, of the solutions that use
    /// one of them. Infinite, null in files, where there is no solution.
    #[serde(deserialize_with = "infinite_where_null")]
    pub bound: f64,
    /// What the subproblem keeps besides one option for each site.
    pub inside: Inside,
    /// The bound of the whole problem before branching, by prices alone.
    #[serde(default)]
    pub root: Option<Root>,
    /// Multipliers, referred to by leaves.
    pub multipliers: Vec<MultiplierSet>,
    /// Arcs left out in all leaves, if any.
    pub removal: Option<Removal>,
    /// The leaves. Every choice of options keeps to the exclusions of at least one leaf.
    pub leaves: Vec<Leaf>,
}

/// What ties the options of sites together inside the subproblem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inside {
    /// Nothing.
    Nothing,
    /// The row with this index, which counts chosen options.
    Row(u32),
    /// The hard capacities of this measure, added up over the chosen options, cover the load of all customers.
    Cover(u32),
}

/// A bound of the whole problem at one set of multipliers, without whole knapsacks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Root {
    /// Index of the multipliers.
    pub multipliers: u32,
    /// The bound.
    pub bound: f64,
}

/// One value for everything that the bound relaxes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MultiplierSet {
    /// Multipliers of "served once": one for each customer in order; for a customer that is divided in whole loads of
    /// several commodities, one for each commodity in order, each carrying its share of the customer's mass.
    pub services: Vec<f64>,
    /// Multipliers of the rows, in the order of the problem: positive charges the upper bound, negative the lower.
    pub rows: Vec<f64>,
    /// Prices of limits that are not 0: option, position among the option's limits, price of one unit of the measure;
    /// positive charges the greatest value, negative the least.
    pub limits: Vec<(u32, u32, f64)>,
}

/// Arcs that only solutions at or above a cost can use: those whose reduced cost on top of the bound at these multipliers,
/// without any exclusion, reaches the cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Removal {
    /// Index of the multipliers.
    pub multipliers: u32,
    /// The cost.
    pub cost: f64,
}

/// One case of the proof.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leaf {
    /// Options excluded in this case, by position in the compiled problem, in increasing order. All others stay possible.
    pub excluded: Vec<u32>,
    /// The bound claimed for this case; `None` where no solution is left, so that any bound holds.
    pub bound: Option<f64>,
    /// Index of the multipliers; `None` where the bound rests on trust alone.
    pub multipliers: Option<u32>,
    /// Who proved the bound, where it is beyond what the multipliers give. Not re-derivable: trust.
    pub backend: Option<String>,
}

impl Certificate {
    /// A bound of the whole problem that rests on the word of a backend alone.
    pub fn trusted(problem: &Problem, bound: f64, backend: &str) -> Self {
        let backend = Some(backend.to_owned());
        Self {
            schema: SCHEMA.to_owned(),
            problem: digest(problem),
            bound,
            inside: Inside::Nothing,
            root: None,
            multipliers: Vec::new(),
            removal: None,
            leaves: vec![Leaf { excluded: Vec::new(), bound: Some(bound), multipliers: None, backend }],
        }
    }
}

fn infinite_where_null<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::INFINITY))
}

/// A digest of everything in the problem that bounds depend on, names left out.
pub fn digest(problem: &Problem) -> String {
    let mut hash = Sha256::new();
    let mut text = String::new();
    let mut put = |part: &str| {
        hash.update(part.as_bytes());
        hash.update([0]);
    };
    put(&format!("{:?} {}", problem.offset, problem.commodities.len()));
    for customer in &problem.customers {
        put(&format!("c {:?} {:?} {:?}", customer.loads, customer.arcs, customer.divisible));
    }
    for arc in &problem.arcs {
        text.clear();
        let _ = write!(text, "a {} {} {:?} {:?}", arc.customer.0, arc.site.0, arc.cost, arc.extra);
        put(&text);
    }
    for site in &problem.sites {
        put(&format!("s {:?}", site.options));
    }
    for option in &problem.options {
        put(&format!("o {} {:?} {:?} {:?}", option.site.0, option.cost, option.serves, option.limits));
    }
    for measure in &problem.measures {
        put(&format!("m {measure:?}"));
    }
    for row in &problem.rows {
        put(&format!("r {:?} {:?} {:?} {:?} {:?}", row.options, row.arcs, row.lower, row.upper, row.price));
    }
    for implication in &problem.implications {
        put(&format!("i {} {} {:?}", implication.option.0, implication.site.0, implication.customers));
    }
    for pair in &problem.pairs {
        put(&format!("p {pair:?}"));
    }
    for ceiling in &problem.ceilings {
        put(&format!("u {:?} {:?} {:?} {:?}", ceiling.options, ceiling.arcs, ceiling.overflows, ceiling.upper));
    }
    for layer in &problem.layers {
        put(&format!("l {:?} {:?} {:?}", layer.customers, layer.neighbours, layer.homes));
    }
    let mut digest = String::with_capacity(64);
    for byte in hash.finalize() {
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}
