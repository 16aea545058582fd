//! A subgradient of the Lagrangian function: what the relaxed requirements lack.

use crate::kernel::prepare::RowTable;

/// A subgradient.
#[derive(Debug, Clone, Default)]
pub struct Gradient {
    /// One minus the service of every cell.
    pub cells: Vec<f64>,
    /// Activity of every row.
    pub activity: Vec<f64>,
    /// The same beyond the bound that the row's multiplier charges.
    pub rows: Vec<f64>,
}

impl Gradient {
    /// Works out what rows lack from their activity, at these multipliers of theirs.
    pub(super) fn charge(&mut self, tables: &[RowTable], prices: &[f64]) {
        self.rows.clear();
        self.rows.extend(self.activity.iter().zip(tables).zip(prices).map(|((&activity, table), &price)| {
            // At a price of zero either side may be violated, or neither.
            if price > 0.0 || (price == 0.0 && activity > table.upper) {
                activity - table.upper
            } else if price < 0.0 || (price == 0.0 && activity < table.lower) {
                activity - table.lower
            } else {
                0.0
            }
        }));
    }
}
