//! OR-Library's own form: `n m`, n times `capacity fixed`, then for every customer its demand and n costs of the whole
//! customer (`orlib_large`).

use super::row_major::capacities_and_costs;
use super::text::SourceText;
use super::tokens::Tokens;
use super::{ReadError, by_position};
use crate::bench::instance::Instance;

pub(super) fn read(text: &SourceText) -> Result<Instance, ReadError> {
    let mut tokens = Tokens::new(text);
    let n = tokens.count("the number of facilities")?;
    let m = tokens.count("the number of customers")?;
    let (capacities, fixed_costs) = capacities_and_costs(&mut tokens, n)?;
    let mut demands = Vec::new();
    let mut by_customer = Vec::new();
    for j in 0..m {
        demands.push(tokens.amount(|| format!("the demand of customer {j}"))?);
        for i in 0..n {
            by_customer.push(tokens.amount(|| format!("the cost of customer {j} at facility {i}"))?);
        }
    }
    Ok(by_position(capacities, fixed_costs, demands, transposed(&by_customer, n)))
}

/// A table with one row of `n` facilities per customer, turned into one row of customers per facility.
pub(super) fn transposed(by_customer: &[f64], n: usize) -> Vec<f64> {
    (0..n).flat_map(|i| by_customer.iter().skip(i).step_by(n).copied()).collect()
}
