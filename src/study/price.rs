//! What a restriction costs: the least objective with it minus the least without it, with what is proven of the difference.

use crate::run::relative_gap;
use serde::{Deserialize, Serialize};

/// How far a minimum is known: the value of the best plan found, and the proven lower bound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// Objective of the best plan found: that of its first level where the objective has levels.
    pub value: f64,
    /// Proven lower bound; `None` when nothing was proven.
    pub bound: Option<f64>,
}

impl Known {
    /// Relative gap between value and bound.
    pub fn gap(self) -> Option<f64> {
        self.bound.map(|bound| relative_gap(self.value, bound))
    }
}

/// What a restriction costs, in the unit of the objective.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// Difference of the best plans found.
    pub found: f64,
    /// The price is proven to be no less; never negative.
    pub at_least: f64,
    /// The price is proven to be no more; `None` when nothing was proven without the restriction.
    pub at_most: Option<f64>,
}

impl Price {
    /// The price of what is asked of `with` and not of `without`, everything else being the same. A plan found with the
    /// restriction is one without it as well, and a bound without it is one with it.
    pub fn between(with: Known, without: Known) -> Self {
        let value = without.value.min(with.value);
        let bound = [with.bound, without.bound].into_iter().flatten().fold(f64::NEG_INFINITY, f64::max);
        Self {
            found: with.value - value,
            at_least: (bound.min(with.value) - value).max(0.0),
            at_most: without.bound.map(|bound| (with.value - bound).max(0.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_price_between_proven_minima_is_their_difference() {
        let known = |value: f64| Known { value, bound: Some(value) };
        let price = Price::between(known(12.0), known(10.0));
        assert_eq!(price, Price { found: 2.0, at_least: 2.0, at_most: Some(2.0) });
        let open = Price::between(Known { value: 12.0, bound: None }, Known { value: 13.0, bound: None });
        assert_eq!(open, Price { found: 0.0, at_least: 0.0, at_most: None });
    }

    proptest! {
        #[test]
        fn the_true_price_lies_between_what_is_proven(
            least in -50.0..50.0_f64, more in 0.0..20.0_f64, over in [0.0..5.0_f64, 0.0..5.0], under in [0.0..5.0_f64, 0.0..5.0]
        ) {
            let (without, with) = (least, least + more);
            let known = |least: f64, at: usize| Known { value: least + over[at], bound: Some(least - under[at]) };
            let price = Price::between(known(with, 0), known(without, 1));
            let at_most = price.at_most.unwrap();
            prop_assert!(price.at_least <= more + 1e-9 && more <= at_most + 1e-9);
            prop_assert!(price.at_least <= price.found + 1e-9 && price.found <= at_most + 1e-9);
        }
    }
}
