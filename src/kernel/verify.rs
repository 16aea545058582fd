//! Re-derives the bound of a certificate from the problem alone. Shares nothing with the engines but the problem's data.
//!
//! Every leaf is evaluated anew at its multipliers (weak duality, see [`super::certificate`]), with whole knapsacks where
//! fractional ones do not reach the claim, and by a search of its own where the claim is somebody's word and every site is
//! decided; the leaves must cover every choice of options. What rests on somebody's word after that is counted apart.

mod assignment;
mod cases;
mod knapsack;
mod lagrangian;
mod selection;

use super::certificate::{Certificate, SCHEMA, digest};
use super::problem::Problem;
use lagrangian::{Lagrangian, Values};
use std::collections::BTreeSet;
use thiserror::Error;

/// What a certificate was found to prove.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// The bound re-derived from the multipliers alone; minus infinity where some case rests on trust alone.
    pub derived: f64,
    /// The bound that the certificate claims, which holds if the backends named in `trusted` are right.
    pub claimed: f64,
    /// Number of leaves.
    pub leaves: usize,
    /// Number of leaves whose claim is beyond what the multipliers give, and the backends on whose word it rests.
    pub resting_on_trust: usize,
    /// The backends, by name.
    pub trusted: BTreeSet<String>,
}

/// Why a certificate was refused.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Refusal {
    /// The form is unknown.
    #[error("the certificate's form is `{found}`; this version reads `{SCHEMA}`")]
    Form {
        /// What it says.
        found: String,
    },
    /// It belongs to another problem.
    #[error("the certificate belongs to another problem (digest {found}, expected {expected})")]
    OtherProblem {
        /// Digest in the certificate.
        found: String,
        /// Digest of the problem.
        expected: String,
    },
    /// A table has the wrong length.
    #[error("{what}: {found} values, expected {expected}")]
    Length {
        /// The table.
        what: String,
        /// Values in it.
        found: usize,
        /// Values expected.
        expected: usize,
    },
    /// A value that cannot be: not a number, out of its range, or a reference to nothing.
    #[error("{what}: {value} is not possible")]
    Value {
        /// Where.
        what: String,
        /// The value.
        value: String,
    },
    /// A leaf claims more than its multipliers give, and names nobody to trust.
    #[error("leaf {leaf}: claims {claimed}, but its multipliers give {derived}")]
    Claim {
        /// The leaf.
        leaf: usize,
        /// What it claims.
        claimed: f64,
        /// What was derived.
        derived: f64,
    },
    /// The bound before branching is more than its multipliers give.
    #[error("the root claims {claimed}, but its multipliers give {derived}")]
    Root {
        /// What it claims.
        claimed: f64,
        /// What was derived.
        derived: f64,
    },
    /// The bound is not the least of the leaves' and of the removal's.
    #[error("the certificate claims {claimed}, but the least of its cases is {least}")]
    Total {
        /// What it claims.
        claimed: f64,
        /// The least of the cases.
        least: f64,
    },
    /// Some choice of options is in no leaf.
    #[error("no leaf covers the case in which these options are chosen: {options:?}")]
    Uncovered {
        /// One option for every site where the case is narrower than all.
        options: Vec<u32>,
    },
    /// The cover could not be checked within a sane number of steps.
    #[error("the leaves do not come from a tree: whether they cover every case was not settled in {steps} steps")]
    Tangled {
        /// Steps spent.
        steps: usize,
    },
}

/// Relative slack for the rounding of sums in a claim.
const TOLERANCE: f64 = 1e-9;

fn slack(value: f64) -> f64 {
    TOLERANCE * value.abs().clamp(1.0, f64::MAX)
}

/// Checks a certificate against a problem.
///
/// # Errors
/// [`Refusal`], the first reason found.
pub fn verify(problem: &Problem, certificate: &Certificate) -> Result<Verified, Refusal> {
    if certificate.schema != SCHEMA {
        return Err(Refusal::Form { found: certificate.schema.clone() });
    }
    let expected = digest(problem);
    if certificate.problem != expected {
        return Err(Refusal::OtherProblem { found: certificate.problem.clone(), expected });
    }
    let mut lagrangian = Lagrangian::new(problem, certificate.inside)?;
    for (index, set) in certificate.multipliers.iter().enumerate() {
        lagrangian.check(index, set)?;
    }
    let options = problem.options.len() as u32;
    for (index, leaf) in certificate.leaves.iter().enumerate() {
        let ordered = leaf.excluded.windows(2).all(|pair| pair[0] < pair[1]);
        if !ordered || leaf.excluded.last().is_some_and(|&option| option >= options) {
            let what = format!("options excluded in leaf {index}");
            return Err(Refusal::Value { what, value: format!("{:?}", leaf.excluded) });
        }
        if leaf.bound.is_some_and(|bound| !bound.is_finite()) {
            return Err(Refusal::Value { what: format!("bound of leaf {index}"), value: format!("{:?}", leaf.bound) });
        }
    }
    cases::cover(problem, certificate)?;
    if let Some(root) = certificate.root {
        let set = certificate.multipliers.get(root.multipliers as usize).ok_or_else(|| Refusal::Value {
            what: "multipliers of the root".to_owned(),
            value: root.multipliers.to_string(),
        })?;
        let derived = lagrangian.values(set).priced_bound(&lagrangian);
        if root.bound.is_nan() || derived < root.bound - slack(root.bound) {
            return Err(Refusal::Root { claimed: root.bound, derived });
        }
    }
    if let Some(removal) = certificate.removal {
        let set = certificate.multipliers.get(removal.multipliers as usize).ok_or_else(|| Refusal::Value {
            what: "multipliers of the removal".to_owned(),
            value: removal.multipliers.to_string(),
        })?;
        if !removal.cost.is_finite() {
            return Err(Refusal::Value { what: "cost of the removal".to_owned(), value: removal.cost.to_string() });
        }
        lagrangian.remove_arcs(set, removal.cost);
    }
    let mut verified = Verified {
        derived: certificate.removal.map_or(f64::INFINITY, |removal| removal.cost),
        claimed: certificate.bound,
        leaves: certificate.leaves.len(),
        resting_on_trust: 0,
        trusted: BTreeSet::new(),
    };
    let mut least = verified.derived;
    // Leaves that follow each other often share their multipliers.
    let mut last: Option<(u32, Values)> = None;
    for (index, leaf) in certificate.leaves.iter().enumerate() {
        let claimed = leaf.bound.unwrap_or(f64::INFINITY);
        least = least.min(claimed);
        let enough = claimed - slack(claimed);
        let derived = match leaf.multipliers {
            None => f64::NEG_INFINITY,
            Some(number) => {
                let set = certificate.multipliers.get(number as usize).ok_or_else(|| Refusal::Value {
                    what: format!("multipliers of leaf {index}"),
                    value: number.to_string(),
                })?;
                let known = last.take().filter(|known| known.0 == number).map(|known| known.1);
                let (_, values) = last.insert((number, known.unwrap_or_else(|| lagrangian.values(set))));
                let derived = lagrangian.bound(set, values, &leaf.excluded, enough);
                if derived < enough && leaf.backend.is_some() {
                    derived.max(lagrangian.assigned(set, &leaf.excluded, claimed))
                } else {
                    derived
                }
            }
        };
        if derived == f64::INFINITY || derived >= enough {
            verified.derived = verified.derived.min(derived);
        } else if let Some(backend) = &leaf.backend {
            verified.resting_on_trust += 1;
            verified.trusted.insert(backend.clone());
            verified.derived = verified.derived.min(derived);
        } else {
            return Err(Refusal::Claim { leaf: index, claimed, derived });
        }
    }
    if certificate.bound.is_nan() || certificate.bound > least + slack(least) {
        return Err(Refusal::Total { claimed: certificate.bound, least });
    }
    Ok(verified)
}
