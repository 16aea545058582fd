//! Maximises the Lagrangian function: the volume algorithm (Barahona and Anbil 2000) with scaled steps.
//!
//! The direction is an average of subgradients, the step starts from the best multipliers so far, and its length aims at
//! a target value. Cells are scaled by their typical price, so that a village of ten and a town of ten thousand move alike.

use super::active::{Active, Removed};
use super::evaluate::{Evaluation, Evaluator, Gradient, Multipliers};
use super::select::{Coupling, Excluded};
use crate::id::Id;
use crate::kernel::prepare::Tables;

/// How long and how well to climb.
#[derive(Debug, Clone, Copy)]
pub struct AscentOptions {
    /// Most steps.
    pub steps: usize,
    /// Best known upper bound on the function's maximum; infinite for none.
    pub target: f64,
    /// Value from which on there is no use in going on.
    pub enough: f64,
    /// Steps without relative progress of `progress` after which to stop.
    pub patience: usize,
    /// See `patience`.
    pub progress: f64,
    /// First step factor, between 0 and 2.
    pub factor: f64,
}

/// Where the climb ended.
#[derive(Debug, Clone)]
pub struct Ascent {
    /// The best multipliers.
    pub multipliers: Multipliers,
    /// The evaluation there.
    pub evaluation: Evaluation,
    /// Average weight of every option over the last steps: an approximate solution of the linear relaxation.
    pub weights: Vec<f64>,
    /// Steps taken.
    pub steps: usize,
}

/// Starting multipliers: for every cell the least cost of service when every site's best option is paid for by load.
///
/// With these no option has a negative value, so the bound starts at their sum.
pub fn first_multipliers(tables: &Tables, coupling: &Coupling) -> Multipliers {
    let mut unit_cost = vec![0.0f64; tables.sites.len()];
    for (site, table) in tables.sites.entries() {
        if !table.simple {
            continue;
        }
        let options = || tables.options_of(site.index()).map(|option| (option, &tables.options.as_slice()[option]));
        let idle = options().filter(|(_, o)| !o.serves).map(|(_, o)| o.cost).fold(f64::INFINITY, f64::min);
        let load: f64 = tables.load[tables.positions(site.index())].iter().sum();
        let price = options()
            .filter(|(_, option)| option.serves)
            .map(|(option, table)| {
                let capacity = tables.capacity(option).map_or(load, |limit| limit.max.min(load));
                if idle.is_finite() && capacity > 0.0 { (table.cost - idle).max(0.0) / capacity } else { 0.0 }
            })
            .fold(f64::INFINITY, f64::min);
        unit_cost[site.index()] = if price.is_finite() { price } else { 0.0 };
    }
    let mut cells = vec![f64::INFINITY; tables.cells.len()];
    for position in 0..tables.arc.len() {
        let value = tables.cost[position] + tables.load[position] * unit_cost[tables.site[position] as usize];
        let cell = &mut cells[tables.cell[position] as usize];
        *cell = cell.min(value);
    }
    for (index, cell) in cells.iter_mut().enumerate() {
        let cheapest = tables.cheapest(index);
        if let Coupling::Count { most, .. } = coupling
            && !cheapest.is_empty()
        {
            // With few sites to be had, about one in `sites / most` of a cell's arcs is within reach.
            let rank = (tables.sites.len() / (*most).max(1)).min(cheapest.len() - 1);
            *cell = cell.max(tables.cost[cheapest[rank] as usize]);
        }
        if cell.is_infinite() {
            *cell = 0.0;
        }
    }
    Multipliers { cells, rows: vec![0.0; tables.rows.len()], limits: vec![0.0; tables.limits.len()] }
}

/// Squared scale of every cell: its price of service, with a floor for those that are almost free.
pub fn cell_scales(tables: &Tables, start: &Multipliers) -> Vec<f64> {
    let mean = start.cells.iter().map(|value| value.abs()).sum::<f64>() / tables.cells.len().max(1) as f64;
    let floor = (0.02 * mean).max(1e-9);
    start.cells.iter().map(|value| (value.abs().max(floor) / mean.max(1e-9)).min(50.0)).collect()
}

impl Ascent {
    /// Climbs from `start` over the arcs of `active`, which is made anew where multipliers outgrow it.
    #[expect(clippy::too_many_arguments, reason = "the state of a climb: what, over what, from where, how long")]
    pub fn climb(
        evaluator: &mut Evaluator<'_>,
        tables: &Tables,
        active: &mut Active,
        removed: &Removed,
        excluded: &Excluded,
        start: Multipliers,
        scales: &[f64],
        frozen_row: Option<u32>,
        options: &AscentOptions,
        interrupted: &dyn Fn() -> bool,
    ) -> Self {
        let mut best = start;
        clamp(&mut best, active);
        let mut evaluation = evaluator.evaluate(active, &mut best, excluded);
        let mut average = Gradient::default();
        evaluator.gradient(active, &best, &evaluation, &mut average);
        let mut weights = vec![0.0; tables.options.len()];
        for &(option, weight) in &evaluation.selection.chosen {
            weights[option as usize] += weight;
        }
        let mut factor = options.factor;
        let mut fails = 0;
        let mut since_progress = 0;
        let mut level = evaluation.bound;
        let mut newest = Gradient::default();
        let mut alpha_most = 0.2;
        let mut taken = 0;
        while taken < options.steps && evaluation.bound < options.enough && !interrupted() {
            taken += 1;
            let norm = norm(tables, &average, scales);
            let reach = 0.05 * evaluation.bound.abs().max(1e-6);
            let target = options.target.min(evaluation.bound + reach);
            if norm <= 1e-12 {
                break;
            }
            let step = factor * (target - evaluation.bound).max(1e-9 * evaluation.bound.abs()) / norm;
            let mut trial = moved(tables, &best, &average, scales, step, frozen_row);
            if outgrown(&trial, active) > tables.cells.len() / 200 {
                // Never below the best multipliers, or their bound would be lost.
                let pairs = trial.cells.iter().zip(&best.cells);
                let wanted: Vec<f64> = pairs.map(|(&t, &b)| t.max(b) + 0.25 * t.max(b).abs()).collect();
                *active = Active::new(tables, removed, &wanted, false);
            }
            clamp(&mut trial, active);
            let made = evaluator.evaluate(active, &mut trial, excluded);
            if made.bound == f64::INFINITY {
                best = trial;
                evaluation = made;
                break;
            }
            evaluator.gradient(active, &trial, &made, &mut newest);
            let along = dot(tables, &newest, &average, scales);
            let alpha = mixing(tables, &newest, &average, scales, alpha_most);
            mix(&mut average.cells, &newest.cells, alpha);
            mix(&mut average.rows, &newest.rows, alpha);
            for weight in &mut weights {
                *weight *= 1.0 - alpha;
            }
            for &(option, weight) in &made.selection.chosen {
                weights[option as usize] += alpha * weight;
            }
            if made.bound > evaluation.bound {
                if along >= 0.0 {
                    factor = (factor * 1.1).min(2.0);
                }
                best = trial;
                evaluation = made;
                fails = 0;
            } else {
                fails += 1;
                if fails >= 10 {
                    fails = 0;
                    factor = (factor * 0.7).max(1e-4);
                    alpha_most = (alpha_most * 0.9f64).max(0.01);
                }
            }
            since_progress += 1;
            if evaluation.bound > level + options.progress * level.abs() {
                level = evaluation.bound;
                since_progress = 0;
            } else if since_progress >= options.patience {
                break;
            }
        }
        Self { multipliers: best, evaluation, weights, steps: taken }
    }
}

/// How many multipliers exceed the limits of the active arcs.
fn outgrown(multipliers: &Multipliers, active: &Active) -> usize {
    multipliers.cells.iter().zip(&active.limit).filter(|(value, limit)| value > limit).count()
}

/// Keeps the multipliers within the limits of the active arcs.
fn clamp(multipliers: &mut Multipliers, active: &Active) {
    for (value, &limit) in multipliers.cells.iter_mut().zip(&active.limit) {
        *value = value.min(limit);
    }
}

fn moved(
    tables: &Tables,
    from: &Multipliers,
    direction: &Gradient,
    scales: &[f64],
    step: f64,
    frozen_row: Option<u32>,
) -> Multipliers {
    let cells = from.cells.iter().zip(&direction.cells).zip(scales).map(|((&value, &d), &scale)| value + step * scale * d);
    let rows = from.rows.iter().zip(&direction.rows).zip(&tables.rows).enumerate().map(|(index, ((&value, &d), row))| {
        if Some(index as u32) == frozen_row {
            return 0.0;
        }
        let moved = value + step * row.scale * row.scale * d;
        // A side without a bound cannot be charged, nor can more than the price of an overflow.
        let (low, high) = (
            if row.lower == f64::NEG_INFINITY { 0.0 } else { -row.price },
            if row.upper == f64::INFINITY { 0.0 } else { row.price },
        );
        moved.clamp(low, high)
    });
    Multipliers { cells: cells.collect(), rows: rows.collect(), limits: from.limits.clone() }
}

fn dot(tables: &Tables, a: &Gradient, b: &Gradient, scales: &[f64]) -> f64 {
    let cells: f64 = a.cells.iter().zip(&b.cells).zip(scales).map(|((x, y), scale)| x * y * scale).sum();
    let rows: f64 =
        a.rows.iter().zip(&b.rows).zip(&tables.rows).map(|((x, y), row)| x * y * row.scale * row.scale).sum();
    cells + rows
}

fn norm(tables: &Tables, a: &Gradient, scales: &[f64]) -> f64 {
    dot(tables, a, a, scales)
}

/// The weight of the newest subgradient that makes the average shortest, within bounds.
fn mixing(tables: &Tables, newest: &Gradient, average: &Gradient, scales: &[f64], most: f64) -> f64 {
    let (nn, na, aa) = (norm(tables, newest, scales), dot(tables, newest, average, scales), norm(tables, average, scales));
    let divisor = nn - 2.0 * na + aa;
    if divisor <= 1e-12 { most } else { ((aa - na) / divisor).clamp(most / 10.0, most) }
}

fn mix(average: &mut [f64], newest: &[f64], weight: f64) {
    for (a, &n) in average.iter_mut().zip(newest) {
        *a = weight * n + (1.0 - weight) * *a;
    }
}
