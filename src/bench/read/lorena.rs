//! `n p`, then n times `x y capacity demand`: every point is a facility and a customer, known by position, a cost is a
//! distance (`cpmp_lorena`).

use super::text::SourceText;
use super::tokens::Tokens;
use super::{ReadError, bare};
use crate::bench::instance::{Costs, Customer, DistanceRule, Facility, Instance};

pub(super) fn read(text: &SourceText) -> Result<Instance, ReadError> {
    let mut tokens = Tokens::new(text);
    let n = tokens.count("the number of points")?;
    let p = tokens.count("the number of facilities to open")?;
    let (mut facilities, mut customers, mut points) = (Vec::new(), Vec::new(), Vec::new());
    for position in 0..n {
        let x = tokens.number(|| format!("x of point {position}"))?;
        let y = tokens.number(|| format!("y of point {position}"))?;
        points.push([x, y]);
        let id = position as i64;
        let capacity = Some(tokens.amount(|| format!("the capacity of point {position}"))?);
        facilities.push(Facility { id, capacity, fixed_cost: 0.0, home: Some(position) });
        customers.push(Customer { id, demand: tokens.amount(|| format!("the demand of point {position}"))? });
    }
    let costs = Costs::Planar { facilities: points.clone(), customers: points, rule: DistanceRule::Exact };
    Ok(bare(facilities, customers, costs, Some(p)))
}
