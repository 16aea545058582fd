//! A public instance as plain data: facilities, customers, costs.

use super::family::Family;

/// A facility: a place that may be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Facility {
    /// Its id in the file, or its position where the format has no ids.
    pub id: i64,
    /// Most demand that it may serve; `None` where the format has no capacities.
    pub capacity: Option<f64>,
    /// Cost of opening it.
    pub fixed_cost: f64,
    /// Position of the customer that is its own unit, where facilities are units.
    pub home: Option<usize>,
}

/// A customer: a place with demand.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    /// Its id in the file, or its position where the format has no ids.
    pub id: i64,
    /// Its demand, at least 0.
    pub demand: f64,
}

/// An instance as its file gives it. The problem to be solved on it is chosen apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// The family, which fixes format and cost rule.
    pub family: Family,
    /// The name: the file's without folder and ending.
    pub name: String,
    /// The facilities in file order; ids differ.
    pub facilities: Vec<Facility>,
    /// The customers in file order; ids differ.
    pub customers: Vec<Customer>,
    /// Costs of serving whole customers.
    pub costs: Costs,
    /// Number of facilities to open, where the file gives it.
    pub p: Option<usize>,
}

impl Instance {
    /// Cost of serving all of the customer at position `customer` from the facility at position `facility`; infinite
    /// where no path leads there.
    pub fn cost(&self, facility: usize, customer: usize) -> f64 {
        match &self.costs {
            Costs::Table(table) => table[facility * self.customers.len() + customer],
            Costs::Planar { facilities, customers, rule } => {
                let (a, b) = (facilities[facility], customers[customer]);
                let distance = (a[0] - b[0]).hypot(a[1] - b[1]);
                match rule {
                    DistanceRule::DemandKilometres => self.customers[customer].demand * distance / 1000.0,
                    DistanceRule::Floor => (distance + FLOOR_GUARD).floor(),
                    DistanceRule::Exact => distance,
                }
            }
        }
    }
}

/// Added before rounding a distance down, so that a whole distance computed a hair too small stays whole.
const FLOOR_GUARD: f64 = 1e-9;

/// Where costs come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Costs {
    /// One number for every pair, a row of customers for each facility.
    Table(Vec<f64>),
    /// Computed from coordinates in the plane.
    Planar {
        /// Coordinates of the facilities.
        facilities: Vec<[f64; 2]>,
        /// Coordinates of the customers.
        customers: Vec<[f64; 2]>,
        /// How a distance becomes a cost.
        rule: DistanceRule,
    },
}

/// How a distance in the plane becomes a cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DistanceRule {
    /// Demand times distance in metres over 1000: demand-kilometres.
    DemandKilometres,
    /// The distance rounded down, whatever the demand.
    Floor,
    /// The distance as it is, whatever the demand.
    Exact,
}
