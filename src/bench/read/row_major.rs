//! `n m`, then n times `capacity fixed`, m demands, and n rows of m costs of whole customers (holmberg, yang, tb4,
//! `orlib_small`).

use super::text::SourceText;
use super::tokens::Tokens;
use super::{ReadError, by_position};
use crate::bench::instance::Instance;

pub(super) fn read(text: &SourceText) -> Result<Instance, ReadError> {
    let mut tokens = Tokens::new(text);
    let n = tokens.count("the number of facilities")?;
    let m = tokens.count("the number of customers")?;
    let (capacities, fixed_costs) = capacities_and_costs(&mut tokens, n)?;
    let demands = tokens.amounts(m, |j| format!("the demand of customer {j}"))?;
    let mut costs = Vec::new();
    for i in 0..n {
        for j in 0..m {
            costs.push(tokens.amount(|| format!("the cost of customer {j} at facility {i}"))?);
        }
    }
    Ok(by_position(capacities, fixed_costs, demands, costs))
}

/// The pairs `capacity fixed` of `n` facilities.
pub(super) fn capacities_and_costs(tokens: &mut Tokens<'_>, n: usize) -> Result<(Vec<f64>, Vec<f64>), ReadError> {
    let (mut capacities, mut fixed_costs) = (Vec::new(), Vec::new());
    for i in 0..n {
        capacities.push(tokens.amount(|| format!("the capacity of facility {i}"))?);
        fixed_costs.push(tokens.amount(|| format!("the fixed cost of facility {i}"))?);
    }
    Ok((capacities, fixed_costs))
}
