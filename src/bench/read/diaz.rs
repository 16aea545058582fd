//! `m n` with the customers first, m rows of n costs of whole customers, m demands, n fixed costs, n capacities.

use super::orlib::transposed;
use super::text::SourceText;
use super::tokens::Tokens;
use super::{ReadError, by_position};
use crate::bench::instance::Instance;

pub(super) fn read(text: &SourceText) -> Result<Instance, ReadError> {
    let mut tokens = Tokens::new(text);
    let m = tokens.count("the number of customers")?;
    let n = tokens.count("the number of facilities")?;
    let mut by_customer = Vec::new();
    for j in 0..m {
        for i in 0..n {
            by_customer.push(tokens.amount(|| format!("the cost of customer {j} at facility {i}"))?);
        }
    }
    let demands = tokens.amounts(m, |j| format!("the demand of customer {j}"))?;
    let fixed_costs = tokens.amounts(n, |i| format!("the fixed cost of facility {i}"))?;
    let capacities = tokens.amounts(n, |i| format!("the capacity of facility {i}"))?;
    Ok(by_position(capacities, fixed_costs, demands, transposed(&by_customer, n)))
}
