//! The price of a state: hard excess before cost.

use crate::kernel::tables::{FlatLimit, TOLERANCE, Tables};
use std::ops::{Add, AddAssign, Sub, SubAssign};

/// What a solution costs: hard excess first, then the objective.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Score {
    /// Units of load outside hard limits, plus units outside hard rows and ceilings and broken hard pairs in terms of load
    /// (see [`crate::kernel::tables::FlatRow::scale`] and [`Tables::pair_scale`]), plus [`STRUCTURAL`] for every customer that is not served,
    /// served under an option that does not allow it, or kept from where an implication sends it.
    pub hard: f64,
    /// The objective, offset and priced overflow included.
    pub cost: f64,
}

/// Weight in [`Score::hard`] of what no overflow price could ever buy.
pub const STRUCTURAL: f64 = 1e6;

impl Score {
    /// Nothing.
    pub const ZERO: Self = Self { hard: 0.0, cost: 0.0 };

    /// Whether this is less than `other`: less hard excess, or as much and a lower cost by more than rounding.
    pub fn better_than(self, other: Self) -> bool {
        let slack = 1e-9 * self.cost.abs().max(other.cost.abs()).max(1.0);
        if (self.hard - other.hard).abs() <= TOLERANCE {
            self.cost < other.cost - slack
        } else {
            self.hard < other.hard
        }
    }

    /// The score as one number, with hard excess priced at `weight`.
    pub fn priced(self, weight: f64) -> f64 {
        self.cost + weight * self.hard
    }
}

impl Add for Score {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { hard: self.hard + other.hard, cost: self.cost + other.cost }
    }
}

impl Sub for Score {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { hard: self.hard - other.hard, cost: self.cost - other.cost }
    }
}

impl AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Score {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

pub(super) fn priced(price: f64, excess: f64) -> Score {
    if price.is_infinite() { Score { hard: excess, cost: 0.0 } } else { Score { hard: 0.0, cost: price * excess } }
}

pub(super) fn limit_score(limit: &FlatLimit, value: f64) -> Score {
    let excess = limit.excess(value);
    if excess == 0.0 { Score::ZERO } else { priced(limit.price, excess) }
}

pub(super) fn pair_score(tables: &Tables, price: f64, apart: bool) -> Score {
    if !apart {
        Score::ZERO
    } else if price.is_infinite() {
        Score { hard: tables.pair_scale, cost: 0.0 }
    } else {
        Score { hard: 0.0, cost: price }
    }
}
