//! One table of units: `id demand x y flag fixed capacity`. A unit is a facility exactly when its capacity is positive;
//! the flag is not looked at (flsap, sap, geo).

use super::table::rows;
use super::text::SourceText;
use super::{ReadError, bare, positions};
use crate::bench::instance::{Costs, Customer, DistanceRule, Facility, Instance};

const COLUMNS: &str = "id demand x y flag fixed capacity";

pub(super) fn read(text: &SourceText) -> Result<Instance, ReadError> {
    let (mut customers, mut customer_points) = (Vec::new(), Vec::new());
    let (mut facilities, mut facility_points) = (Vec::new(), Vec::new());
    for (position, row) in rows(text, COLUMNS)?.iter().enumerate() {
        let id = row.id(0, "the id of a unit")?;
        let point = [row.number(2, "x")?, row.number(3, "y")?];
        customers.push(Customer { id, demand: row.amount(1, "the demand")? });
        customer_points.push(point);
        let capacity = row.number(6, "the capacity")?;
        if capacity > 0.0 {
            let fixed_cost = row.amount(5, "the fixed cost")?;
            facilities.push(Facility { id, capacity: Some(capacity), fixed_cost, home: Some(position) });
            facility_points.push(point);
        }
    }
    let empty = |what| ReadError::Empty { path: text.path.clone(), what };
    if customers.is_empty() {
        return Err(empty("no unit follows the header line"));
    }
    if facilities.is_empty() {
        return Err(empty("no unit has a positive capacity, so there is no facility"));
    }
    positions(customers.iter().map(|customer| customer.id), "unit", text)?;
    let (rule, customers_at) = (DistanceRule::DemandKilometres, customer_points);
    Ok(bare(facilities, customers, Costs::Planar { facilities: facility_points, customers: customers_at, rule }, None))
}
