//! `m n`, m demands, n capacities, n fixed costs, n rows of m costs per unit of demand: serving a customer costs its
//! demand times the number in the file.

use super::text::SourceText;
use super::tokens::Tokens;
use super::{ReadError, by_position};
use crate::bench::instance::Instance;

pub(super) fn read(text: &SourceText) -> Result<Instance, ReadError> {
    let mut tokens = Tokens::new(text);
    let m = tokens.count("the number of customers")?;
    let n = tokens.count("the number of facilities")?;
    let demands = tokens.amounts(m, |j| format!("the demand of customer {j}"))?;
    let capacities = tokens.amounts(n, |i| format!("the capacity of facility {i}"))?;
    let fixed_costs = tokens.amounts(n, |i| format!("the fixed cost of facility {i}"))?;
    let mut costs = Vec::new();
    for i in 0..n {
        for (j, demand) in demands.iter().enumerate() {
            costs.push(demand * tokens.amount(|| format!("the unit cost of customer {j} at facility {i}"))?);
        }
    }
    Ok(by_position(capacities, fixed_costs, demands, costs))
}
