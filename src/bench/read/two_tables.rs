//! Two tables: `X_demand.txt` with `id x y demand` and `X_supply.txt` with `id x y capacity fixed` (`geo_ws`).

use super::table::rows;
use super::text::SourceText;
use super::{ReadError, bare, positions};
use crate::bench::instance::{Costs, Customer, DistanceRule, Facility, Instance};
use std::path::{Path, PathBuf};

/// The table of facilities that belongs to the table of customers `demand`.
pub(super) fn supply_file(demand: &Path) -> Result<PathBuf, ReadError> {
    let name = demand.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    if name.contains("_demand") {
        Ok(demand.with_file_name(name.replace("_demand", "_supply")))
    } else {
        Err(ReadError::NoCompanion { path: demand.to_owned() })
    }
}

pub(super) fn read(demand: &SourceText, supply: &SourceText) -> Result<Instance, ReadError> {
    let (mut customers, mut customer_points) = (Vec::new(), Vec::new());
    for row in rows(demand, "id x y demand")? {
        customer_points.push([row.number(1, "x")?, row.number(2, "y")?]);
        customers.push(Customer { id: row.id(0, "the id of a unit")?, demand: row.amount(3, "the demand")? });
    }
    let own = positions(customers.iter().map(|customer| customer.id), "unit", demand)?;
    let (mut facilities, mut facility_points) = (Vec::new(), Vec::new());
    for row in rows(supply, "id x y capacity fixed")? {
        let id = row.id(0, "the id of a facility")?;
        let capacity = Some(row.amount(3, "the capacity")?);
        facility_points.push([row.number(1, "x")?, row.number(2, "y")?]);
        let fixed_cost = row.amount(4, "the fixed cost")?;
        facilities.push(Facility { id, capacity, fixed_cost, home: own.get(&id).copied() });
    }
    positions(facilities.iter().map(|facility| facility.id), "facility", supply)?;
    if customers.is_empty() {
        return Err(ReadError::Empty { path: demand.path.clone(), what: "no unit follows the header line" });
    }
    if facilities.is_empty() {
        return Err(ReadError::Empty { path: supply.path.clone(), what: "no facility follows the header line" });
    }
    let (rule, customers_at) = (DistanceRule::DemandKilometres, customer_points);
    Ok(bare(facilities, customers, Costs::Planar { facilities: facility_points, customers: customers_at, rule }, None))
}
