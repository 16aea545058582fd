//! Subproblem of one option under any number of limits: prices of the limits by exact ascent, one limit at a time.
//!
//! For prices `t` of the limits the value is `sum_l g_l(t_l) + sum over cells of min(0, min over arcs of (r + sum_l t_l w))`
//! with `g_l(t) = -t * max` for `t >= 0` and `-t * min` for `t < 0`, `|t|` at most the overflow price: weak duality for the
//! linear relaxation of the limits, so every choice of prices is a valid bound. The price of one limit is chosen exactly
//! while the others are held; where limits do not overlap one pass is optimal.

use super::knapsack::{Item, critical_price};
use crate::kernel::prepare::LimitTable;

/// Scratch space, kept between calls.
#[derive(Debug, Default, Clone)]
pub(super) struct Scratch {
    pub items: Vec<Item>,
    pub weight: Vec<f64>,
}

/// One option's subproblem.
pub(super) struct Subproblem<'a> {
    /// Cell of every arc, equal ones adjacent.
    pub cells: &'a [u32],
    /// Whether some cell has several arcs.
    pub multiple: bool,
    /// `(index, load)` by column.
    pub columns: &'a [Vec<(u32, f64)>],
    /// The limits.
    pub limits: &'a [LimitTable],
}

impl Subproblem<'_> {
    /// Chooses the prices, adds them to the reduced costs `reduced` (infinite where the option does not serve the arc) and
    /// returns the value; infinite where a hard limit cannot be met.
    pub fn solve(&self, reduced: &mut [f64], prices: &mut [f64], scratch: &mut Scratch) -> f64 {
        for (limit, price) in self.limits.iter().zip(prices.iter_mut()) {
            *price = price.clamp(-limit.price, limit.price);
            if *price != 0.0 {
                self.shift(limit, *price, reduced);
            }
        }
        let passes = if self.limits.len() > 1 { 2 } else { 1 };
        for _ in 0..passes {
            for (limit, price) in self.limits.iter().zip(prices.iter_mut()) {
                if *price != 0.0 {
                    self.shift(limit, -*price, reduced);
                }
                let Some(best) = self.best_price(limit, *price, reduced, scratch) else { return f64::INFINITY };
                *price = best;
                if best != 0.0 {
                    self.shift(limit, best, reduced);
                }
            }
        }
        let constant: f64 = self.limits.iter().zip(prices.iter()).map(|(limit, &price)| charge(limit, price)).sum();
        constant + self.profit(reduced)
    }

    fn shift(&self, limit: &LimitTable, price: f64, reduced: &mut [f64]) {
        for &(index, load) in &self.columns[limit.column as usize] {
            reduced[index as usize] += price * load;
        }
    }

    /// Sum over cells of the least of 0 and the reduced costs.
    fn profit(&self, reduced: &[f64]) -> f64 {
        if !self.multiple {
            return reduced.iter().map(|&value| value.min(0.0)).sum();
        }
        let mut total = 0.0;
        let mut at = 0;
        while at < reduced.len() {
            let mut least = reduced[at].min(0.0);
            let cell = self.cells[at];
            at += 1;
            while at < reduced.len() && self.cells[at] == cell {
                least = least.min(reduced[at]);
                at += 1;
            }
            total += least;
        }
        total
    }

    /// The price of `limit` that maximises the value, `None` where a hard limit cannot be met.
    fn best_price(&self, limit: &LimitTable, guess: f64, reduced: &[f64], scratch: &mut Scratch) -> Option<f64> {
        let column = &self.columns[limit.column as usize];
        if self.multiple {
            return self.best_price_by_bisection(limit, reduced, scratch);
        }
        // A negative load w counts as w when unused and as |w| taken back when used: shift the bounds, flip the item.
        let mut shift = 0.0;
        let mut taken = 0.0;
        let mut reach = 0.0;
        for &(index, load) in column {
            let value = reduced[index as usize];
            if value == f64::INFINITY {
                continue;
            }
            reach += load.abs();
            if load < 0.0 {
                shift += load;
            }
            let (value, load) = if load < 0.0 { (-value, -load) } else { (value, load) };
            if value < 0.0 {
                taken += load;
            }
        }
        let (min, max) = (limit.min - shift, limit.max - shift);
        if limit.price.is_infinite() && (min > reach * (1.0 + 1e-12) || max < 0.0) {
            return None;
        }
        let positive = taken > max;
        if !positive && taken >= min {
            return Some(0.0);
        }
        scratch.items.clear();
        for &(index, load) in column {
            let value = reduced[index as usize];
            if value == f64::INFINITY {
                continue;
            }
            let (value, load) = if load < 0.0 { (-value, -load) } else { (value, load) };
            if positive && value < 0.0 {
                scratch.items.push(Item { ratio: -value / load, load });
            } else if !positive && value > 0.0 {
                // Ascending order of cost per load by descending order of its inverse.
                scratch.items.push(Item { ratio: load / value, load });
            } else if !positive && value == 0.0 {
                taken += load;
            }
        }
        if positive {
            if max < 0.0 {
                return Some(limit.price);
            }
            let (price, _) = critical_price(&mut scratch.items, max, guess);
            Some(price.min(limit.price))
        } else if taken >= min {
            Some(0.0)
        } else {
            let (inverse, load) =
                critical_price(&mut scratch.items, min - taken, if guess < 0.0 { -1.0 / guess } else { 0.0 });
            // Where all items together do no more than reach the minimum, the dearest of them sets the price; where they
            // fall short of a soft one, its own price does.
            let cost = if inverse > 0.0 {
                1.0 / inverse
            } else if limit.price.is_infinite() || load + taken >= min {
                scratch.items.iter().map(|item| 1.0 / item.ratio).fold(0.0, f64::max)
            } else {
                limit.price
            };
            Some(-cost.min(limit.price))
        }
    }

    /// The same by bisection on the load taken, for cells with several arcs: the load is monotone in the price.
    fn best_price_by_bisection(&self, limit: &LimitTable, reduced: &[f64], scratch: &mut Scratch) -> Option<f64> {
        let weight = &mut scratch.weight;
        weight.clear();
        weight.resize(reduced.len(), 0.0);
        for &(index, load) in &self.columns[limit.column as usize] {
            weight[index as usize] = load;
        }
        let taken = self.load_at(0.0, reduced, weight);
        if taken <= limit.max && taken >= limit.min {
            return Some(0.0);
        }
        let sign = if taken > limit.max { 1.0 } else { -1.0 };
        if limit.price.is_infinite() {
            let extreme = self.extreme_load(sign, reduced, weight);
            if sign > 0.0 && extreme > limit.max || sign < 0.0 && extreme < limit.min * (1.0 - 1e-12) {
                return None;
            }
        }
        let outside = |price: f64| {
            let load = self.load_at(sign * price, reduced, weight);
            if sign > 0.0 { load > limit.max } else { load < limit.min }
        };
        let mut low = 0.0;
        let mut high = 1.0;
        while high < limit.price && high < 1e15 && outside(high) {
            low = high;
            high *= 4.0;
        }
        high = high.min(limit.price);
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if outside(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(sign * high)
    }

    /// Load taken at a price, by the cheapest arc of every cell that pays.
    fn load_at(&self, price: f64, reduced: &[f64], weight: &[f64]) -> f64 {
        let mut total = 0.0;
        let mut at = 0;
        while at < reduced.len() {
            let cell = self.cells[at];
            let (mut least, mut load) = (0.0, 0.0);
            while at < reduced.len() && self.cells[at] == cell {
                let value = reduced[at] + price * weight[at];
                if value < least {
                    (least, load) = (value, weight[at]);
                }
                at += 1;
            }
            total += load;
        }
        total
    }

    /// Least load that the cells can be made to put here (`sign > 0`), or the greatest (`sign < 0`).
    fn extreme_load(&self, sign: f64, reduced: &[f64], weight: &[f64]) -> f64 {
        let mut total = 0.0;
        let mut at = 0;
        while at < reduced.len() {
            let cell = self.cells[at];
            let mut extreme = 0.0f64;
            while at < reduced.len() && self.cells[at] == cell {
                if reduced[at] < f64::INFINITY {
                    extreme = if sign > 0.0 { extreme.min(weight[at]) } else { extreme.max(weight[at]) };
                }
                at += 1;
            }
            total += extreme;
        }
        total
    }
}

/// The constant part of a limit's price.
pub(super) fn charge(limit: &LimitTable, price: f64) -> f64 {
    if price > 0.0 {
        -price * limit.max
    } else if price < 0.0 {
        -price * limit.min
    } else {
        0.0
    }
}
