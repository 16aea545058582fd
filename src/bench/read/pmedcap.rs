//! `number optimum`, `n p Q`, then n times `id x y demand`: every point is a facility of capacity Q and a customer, a cost
//! is a distance rounded down (`cpmp_orlib`). Number and optimum are comments and are passed over.

use super::text::SourceText;
use super::tokens::Tokens;
use super::{ReadError, bare, positions};
use crate::bench::instance::{Costs, Customer, DistanceRule, Facility, Instance};

pub(super) fn read(text: &SourceText) -> Result<Instance, ReadError> {
    let mut tokens = Tokens::new(text);
    tokens.skip("the number of the problem")?;
    tokens.skip("the comment after the number of the problem")?;
    let n = tokens.count("the number of points")?;
    let p = tokens.count("the number of facilities to open")?;
    let capacity = tokens.amount(|| "the capacity".to_owned())?;
    let (mut facilities, mut customers, mut points) = (Vec::new(), Vec::new(), Vec::new());
    for position in 0..n {
        let id = tokens.id(|| format!("the id of point {}", position + 1))?;
        let x = tokens.number(|| format!("x of point {id}"))?;
        let y = tokens.number(|| format!("y of point {id}"))?;
        points.push([x, y]);
        customers.push(Customer { id, demand: tokens.amount(|| format!("the demand of point {id}"))? });
        facilities.push(Facility { id, capacity: Some(capacity), fixed_cost: 0.0, home: Some(position) });
    }
    positions(customers.iter().map(|customer| customer.id), "point", text)?;
    let costs = Costs::Planar { facilities: points.clone(), customers: points, rule: DistanceRule::Floor };
    Ok(bare(facilities, customers, costs, Some(p)))
}
