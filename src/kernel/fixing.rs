//! Fixing by reduced costs: options and arcs that no solution better than the cutoff can use.
//!
//! With the multipliers held, a selection that contains an option costs at least the constant part plus the least value
//! of the selections with it. An arc used at a site adds what it costs beyond nothing: `max(0, cost - multiplier +
//! prices of limits * loads)`, for the best option that serves it (reduced cost in the sense of linear programming).

use super::bound::{Ascent, Excluded, Relaxation, Removed};
use crate::id::Id;

/// Relative distance beyond the cutoff that is asked for, so that rounding never fixes what is exactly at it.
const SAFETY: f64 = 1e-9;

/// Lower bounds on the cost of every solution with an option, in order of options; infinite for excluded ones.
pub fn bounds_with_options(relaxation: &Relaxation, ascent: &Ascent) -> Vec<f64> {
    let evaluation = &ascent.evaluation;
    // The bound already has its tolerance subtracted; what an option adds comes on top of it.
    let tolerance = evaluation.constant + evaluation.selection.value - evaluation.bound;
    let mut with = relaxation.coupling.values_with(&relaxation.tables, &evaluation.values, &evaluation.selection);
    for value in &mut with {
        *value += evaluation.constant - tolerance;
    }
    with
}

/// The options, not yet excluded, that only solutions at or above `cutoff` can contain.
pub fn options_beyond(with: &[f64], excluded: &Excluded, cutoff: f64) -> Vec<u32> {
    let threshold = cutoff + SAFETY * cutoff.abs();
    let beyond = |&option: &usize| !excluded.contains(option) && with[option] >= threshold;
    (0..with.len()).filter(beyond).map(|option| option as u32).collect()
}

/// Removes the arcs that only solutions at or above `cutoff` can use; returns how many. Arcs of divided customers stay:
/// a small part of them may be used at a small part of their cost.
pub fn remove_arcs(relaxation: &Relaxation, ascent: &Ascent, cutoff: f64, removed: &mut Removed) -> usize {
    let with = bounds_with_options(relaxation, ascent);
    let threshold = cutoff + SAFETY * cutoff.abs();
    let tables = &relaxation.tables;
    let mut costs = tables.cost.clone();
    for &(position, row, coefficient) in &tables.arc_rows {
        costs[position as usize] += ascent.multipliers.rows[row as usize] * coefficient;
    }
    let mut count = 0;
    let mut loads: Vec<f64> = Vec::new();
    let mut least: Vec<f64> = Vec::new();
    for (site, table) in tables.sites.entries() {
        let positions = tables.positions(site.index());
        // Least bound over the options that serve the arc.
        least.clear();
        least.resize(positions.len(), f64::INFINITY);
        for option in tables.options_of(site.index()) {
            let own = &tables.options.as_slice()[option];
            if !own.serves || with[option].is_infinite() {
                continue;
            }
            let prices = &ascent.multipliers.limits[own.limits.start as usize..own.limits.end as usize];
            loads.clear();
            if table.simple {
                let price = prices.first().copied().unwrap_or(0.0);
                loads.extend(positions.clone().map(|position| price * tables.load[position]));
            } else {
                loads.resize(positions.len(), 0.0);
                for (limit, &price) in tables.limits_of(option).iter().zip(prices) {
                    for &(position, load) in &table.columns[limit.column as usize].loads {
                        loads[position as usize - positions.start] += price * load;
                    }
                }
            }
            for (index, position) in positions.clone().enumerate() {
                if own.only.as_ref().is_some_and(|only| !only[index]) {
                    continue;
                }
                let multiplier = ascent.multipliers.cells[tables.cell[position] as usize];
                let reduced = (costs[position] - multiplier + loads[index]).max(0.0);
                // On top of the fractional knapsack, but never less than the bound with the option.
                let owed = ascent.evaluation.whole.get(option).copied().unwrap_or(0.0);
                least[index] = least[index].min(with[option] + (reduced - owed).max(0.0));
            }
        }
        for (index, position) in positions.enumerate() {
            let whole = tables.cells[tables.cell[position] as usize].whole;
            if whole && least[index] >= threshold && !removed.contains(position as u32) {
                removed.insert(position as u32);
                count += 1;
            }
        }
    }
    count
}

/// As [`remove_arcs`], and beyond that with every arc that is left packed anew with its site's options. Returns the work.
pub fn remove_arcs_sharply(relaxation: &Relaxation, ascent: &Ascent, cutoff: f64, removed: &mut Removed) -> u64 {
    remove_arcs(relaxation, ascent, cutoff, removed);
    if !relaxation.packs() || cutoff == f64::INFINITY {
        return 0;
    }
    let with = bounds_with_options(relaxation, ascent);
    relaxation.remove_by_packs(ascent, &with, cutoff + SAFETY * cutoff.abs(), removed).1
}
