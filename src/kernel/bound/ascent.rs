//! Maximises the Lagrangian function by deflected subgradients with restarts from the best multipliers.
//!
//! The direction keeps part of the last one where the two disagree (Camerini, Fratta and Maffioli 1975), the step aims at
//! a target value (Polyak 1969), and its factor shrinks after a run of steps without progress. Cells are scaled by their
//! typical price, so that a village of ten and a town of ten thousand move alike.

use super::active::{Active, Removed};
use super::evaluate::{Evaluation, Evaluator, Multipliers};
use super::gradient::Gradient;
use super::pack::{Packer, Packing};
use super::prices::multipliers_of_prices;
use super::select::{Coupling, Excluded, Selection};
use crate::id::Id;
use crate::kernel::packs::Packs;
use crate::kernel::prepare::Tables;
use crate::kernel::problem::Problem;
use rayon::prelude::*;

/// A problem as the bound sees it: tables, what stays inside the subproblem, and how the multipliers are scaled.
#[derive(Debug)]
pub struct Relaxation {
    /// The tables.
    pub tables: Tables,
    /// What ties sites together inside the subproblem.
    pub coupling: Coupling,
    /// Squared scale of every cell.
    scales: Vec<f64>,
    /// Whether arcs may be of use that do not pay by themselves.
    complete: bool,
    /// Constant part of the problem's objective.
    offset: f64,
    /// What the cheapest options of all sites cost together, offset included: the bound is measured from here, so that
    /// credits for shutting sites do not make the steps of a climb too short.
    base: f64,
    /// What options can hold in whole numbers, where whole knapsacks do not say it all.
    packs: Packs,
    /// Whether customers may be taken whole: all are, and every capacity is hard and moderate, or the limits of some options
    /// are known in whole numbers.
    pub whole: bool,
}

/// How long and how well to climb.
#[derive(Debug, Clone, Copy)]
pub struct AscentOptions {
    /// Most steps.
    pub steps: usize,
    /// Upper bound on the function's maximum, typically the cost of a solution; infinite for none.
    pub target: f64,
    /// Value from which on there is no use in going on.
    pub enough: f64,
    /// First step factor, between 0 and 2.
    pub factor: f64,
    /// Step factor at which to stop.
    pub least_factor: f64,
    /// Steps without progress after which the factor shrinks.
    pub patience: usize,
    /// Most that a step aims beyond the best value, as a share of it.
    pub reach: f64,
}

/// Where a climb ended.
#[derive(Debug, Clone)]
pub struct Ascent {
    /// The best multipliers.
    pub multipliers: Multipliers,
    /// The evaluation there.
    pub evaluation: Evaluation,
    /// Average weight of every option over the last steps: an approximate solution of the linear relaxation.
    pub weights: Vec<f64>,
    /// The arcs that were looked at; their limits admit the multipliers.
    pub active: Active,
    /// Steps taken.
    pub steps: usize,
}

/// Share of its value by which a multiplier may grow before the active arcs are made anew.
const MARGIN: f64 = 0.25;
/// Part of the last direction that is taken back where it opposes the new subgradient.
const DEFLECTION: f64 = 1.5;
/// Factor on the step factor after a run of steps without progress.
const SHRINK: f64 = 0.7;
/// Greatest capacity for which whole knapsacks are quick enough.
const WHOLE_CAPACITY: f64 = 10_000.0;
/// Weight of the newest selection in the average.
const NEWEST: f64 = 0.06;

impl Relaxation {
    /// The relaxation of `problem`.
    pub fn new(problem: &Problem) -> Self {
        let tables = Tables::new(problem);
        let coupling = Coupling::of(problem, &tables);
        let complete = !tables.arc_rows.is_empty()
            || tables.limits.iter().any(|limit| limit.min > 0.0)
            || tables.sites.iter().any(|site| site.columns.iter().any(|c| c.loads.iter().any(|&(_, load)| load < 0.0)));
        let whole = tables.cells.iter().all(|cell| cell.whole)
            && tables.arc_rows.is_empty()
            && tables.sites.iter().all(|site| site.simple)
            && tables.limits.iter().all(|limit| {
                limit.price.is_infinite()
                    && limit.max >= 0.0
                    && (limit.max <= WHOLE_CAPACITY || limit.max.is_infinite())
            });
        let packs = if whole { Packs::default() } else { Packs::new(problem, &tables) };
        let whole = whole || !packs.is_empty();
        let offset = problem.offset;
        let cheapest = |site: usize| {
            let costs = tables.options_of(site).map(|option| tables.options.as_slice()[option].cost);
            costs.fold(f64::INFINITY, f64::min)
        };
        let base = offset + (0..tables.sites.len()).map(cheapest).filter(|cost| cost.is_finite()).sum::<f64>();
        let mut relaxation = Self { tables, coupling, scales: Vec::new(), complete, offset, base, packs, whole };
        let start = relaxation.first_multipliers();
        let count = relaxation.tables.cells.len().max(1) as f64;
        let mean = (start.cells.iter().map(|value| value.abs()).sum::<f64>() / count).max(1e-9);
        let by_value = start.cells.iter().map(|value| value.abs() / mean);
        // Where capacity can be bought in steps, its price moves all multipliers in proportion to the loads.
        let loads = relaxation.loads();
        let mean = (loads.iter().sum::<f64>() / count).max(1e-9);
        let stepped = relaxation.price_of_steps() > 0.0;
        let by_load = loads.iter().map(|load| if stepped { load / mean } else { 0.0 });
        relaxation.scales = by_value.zip(by_load).map(|(value, load)| value.max(load).clamp(0.02, 50.0)).collect();
        relaxation
    }

    /// The load of every cell at the simple site where it is greatest.
    fn loads(&self) -> Vec<f64> {
        let mut loads = vec![0.0f64; self.tables.cells.len()];
        for (&cell, &load) in self.tables.cell.iter().zip(&self.tables.load) {
            loads[cell as usize] = loads[cell as usize].max(load);
        }
        loads
    }

    /// The median price of a unit of load where a simple site has serving options of different capacities; 0 without any.
    fn price_of_steps(&self) -> f64 {
        let tables = &self.tables;
        let mut prices = Vec::new();
        for (site, _) in tables.sites.entries().filter(|(_, table)| table.simple) {
            let mut sizes: Vec<(f64, f64)> = tables
                .options_of(site.index())
                .filter(|&option| tables.options.as_slice()[option].serves)
                .filter_map(|option| Some((tables.capacity(option)?.max, tables.options.as_slice()[option].cost)))
                .filter(|(capacity, _)| capacity.is_finite())
                .collect();
            sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
            let steps = sizes.windows(2).map(|pair| (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0));
            prices.extend(steps.filter(|price| price.is_finite() && *price > 0.0));
        }
        prices.sort_by(f64::total_cmp);
        prices.get(prices.len() / 2).copied().unwrap_or(0.0)
    }

    /// The best of several starts: the first multipliers, raised by the loads times shares of what capacity costs in steps.
    pub fn start(&self, evaluator: &mut Evaluator<'_>, removed: &Removed, excluded: &Excluded) -> Multipliers {
        let first = self.first_multipliers();
        let price = self.price_of_steps();
        if price == 0.0 {
            return first;
        }
        let loads = self.loads();
        let mut best: Option<(f64, Multipliers)> = None;
        for share in [0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0] {
            let mut at = first.clone();
            for (value, load) in at.cells.iter_mut().zip(&loads) {
                *value += share * price * load;
            }
            let bound = evaluator.evaluate(&self.active(removed, excluded, &at), &mut at, excluded).bound;
            if best.as_ref().is_none_or(|(known, _)| bound > *known) {
                best = Some((bound, at));
            }
        }
        best.map_or(first, |(_, at)| at)
    }

    /// Starting multipliers: for every cell the least cost of service when the cheapest option of every site is paid for by
    /// load; with a limited number of sites, at least the cost of the site that is about as near as can be hoped for.
    pub fn first_multipliers(&self) -> Multipliers {
        let tables = &self.tables;
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
        let served_by = self.most_serving();
        for (index, cell) in cells.iter_mut().enumerate() {
            let cheapest = tables.cheapest(index);
            if let Some(most) = served_by
                && !cheapest.is_empty()
            {
                let rank = (tables.sites.len() / most.max(1)).min(cheapest.len() - 1);
                *cell = cell.max(tables.cost[cheapest[rank] as usize]);
            }
            if cell.is_infinite() {
                *cell = 0.0;
            }
        }
        Multipliers { cells, rows: vec![0.0; tables.rows.len()], limits: vec![0.0; tables.limits.len()] }
    }

    /// How many sites may serve at most, where a count says so: it counts the options that serve. One that counts closures
    /// says nothing of the kind.
    fn most_serving(&self) -> Option<usize> {
        let Coupling::Count { kind, most, .. } = &self.coupling else { return None };
        let options = self.tables.options.as_slice();
        options.iter().zip(kind).all(|(option, &counted)| option.serves == counted).then_some(*most)
    }

    /// Whether whole customers and units are judged exactly option by option, beyond whole knapsacks.
    pub fn packs(&self) -> bool {
        !self.packs.is_empty()
    }

    /// Removes arcs, among those that an ascent looked at, that only solutions at or above `cutoff` can use, by packing the
    /// options anew with each arc in turn; `with` are the bounds with the options. Returns how many, and the work.
    pub fn remove_by_packs(&self, ascent: &Ascent, with: &[f64], cutoff: f64, removed: &mut Removed) -> (usize, u64) {
        let Ascent { multipliers, active, .. } = ascent;
        let tables = &self.tables;
        let mut costs = tables.cost.clone();
        for &(position, row, coefficient) in &tables.arc_rows {
            costs[position as usize] += multipliers.rows[row as usize] * coefficient;
        }
        let cost: Vec<f64> = active.position.iter().map(|&position| costs[position as usize]).collect();
        let packing = Packing { tables, packs: &self.packs, active, cost: &cost, cells: &multipliers.cells };
        let found: Vec<(Vec<u32>, u64)> = (0..tables.sites.len())
            .into_par_iter()
            .map(|site| {
                let mut packer = Packer::default();
                let mut useless = vec![true; tables.positions(site).len()];
                for option in tables.options_of(site) {
                    let table = &tables.options.as_slice()[option];
                    if !table.serves || with[option] >= cutoff {
                        continue;
                    }
                    let prices = &multipliers.limits[table.limits.start as usize..table.limits.end as usize];
                    let first = tables.positions(site).start;
                    let asked = |position: usize| useless[position - first] && !removed.contains(position as u32);
                    let owed = ascent.evaluation.whole.get(option).copied().unwrap_or(0.0);
                    let may = packing.may_serve(option, prices, (owed, cutoff - with[option]), asked, &mut packer);
                    match may {
                        None => useless.fill(false),
                        Some(may) => useless.iter_mut().zip(may).for_each(|(useless, may)| *useless &= !may),
                    }
                }
                let positions = tables.positions(site).zip(useless).filter(|(_, useless)| *useless);
                let list =
                    positions.map(|(position, _)| position as u32).filter(|&position| !removed.contains(position));
                (list.collect(), packer.work)
            })
            .collect();
        let (mut count, mut work) = (0, 0);
        for (list, spent) in found {
            work += spent;
            for position in list.into_iter().filter(|&at| tables.cells[tables.cell[at as usize] as usize].whole) {
                removed.insert(position);
                count += 1;
            }
        }
        (count, work)
    }

    /// An evaluator of its own for a thread of work.
    pub fn evaluator(&self) -> Evaluator<'_> {
        Evaluator::new(&self.tables, &self.coupling, &self.packs, self.offset)
    }

    /// The arcs to look at around `multipliers`.
    pub fn active(&self, removed: &Removed, excluded: &Excluded, multipliers: &Multipliers) -> Active {
        let wanted: Vec<f64> = multipliers.cells.iter().map(|value| value + MARGIN * value.abs()).collect();
        Active::new(&self.tables, removed, excluded, &wanted, self.complete)
    }

    /// Better multipliers than `start`, from prices of the capacities of the sites that serve in the selection at `start`
    /// (the heaviest options), if those are; else `start` itself.
    pub fn priced(
        &self,
        evaluator: &mut Evaluator<'_>,
        removed: &Removed,
        excluded: &Excluded,
        mut start: Multipliers,
    ) -> Multipliers {
        let active = self.active(removed, excluded, &start);
        let before = evaluator.evaluate(&active, &mut start, excluded);
        if before.bound == f64::INFINITY {
            return start;
        }
        let mut options: Vec<u32> = Vec::with_capacity(self.tables.sites.len());
        let mut weight = 0.0;
        for &(option, own) in &before.selection.chosen {
            let site = self.tables.options.as_slice()[option as usize].site;
            if options.len() > site as usize {
                if own > weight {
                    options[site as usize] = option;
                }
            } else {
                options.push(option);
                weight = own;
            }
        }
        if options.len() != self.tables.sites.len() {
            return start;
        }
        let mut best = (before.bound, start);
        if let Some((cells, work)) = multipliers_of_prices(&self.tables, removed, &options, &best.1.limits) {
            evaluator.work += work;
            let priced = Multipliers { cells, ..best.1.clone() };
            best = self.better(evaluator, (removed, excluded), best, priced);
        }
        // The level of all prices: lower ones leave paying for sites to the cover or count inside.
        let level = options
            .iter()
            .filter_map(|&option| {
                let table = &self.tables.options.as_slice()[option as usize];
                let limit = self.tables.capacity(option as usize).filter(|_| table.serves)?;
                limit.max.is_finite().then_some(best.1.limits[table.limits.start as usize])
            })
            .fold(f64::INFINITY, f64::min);
        if level > 0.0 && level.is_finite() {
            for share in [1.0, 0.5] {
                let mut lowered = best.1.clone();
                for (cell, value) in lowered.cells.iter_mut().enumerate() {
                    if let Some(&first) = self.tables.cheapest(cell).first() {
                        *value -= share * level * self.tables.load[first as usize];
                    }
                }
                best = self.better(evaluator, (removed, excluded), best, lowered);
            }
        }
        best.1
    }

    /// The better of two starts, the first with its bound.
    fn better(
        &self,
        evaluator: &mut Evaluator<'_>,
        (removed, excluded): (&Removed, &Excluded),
        known: (f64, Multipliers),
        mut other: Multipliers,
    ) -> (f64, Multipliers) {
        let active = self.active(removed, excluded, &other);
        let made = evaluator.evaluate(&active, &mut other, excluded);
        if made.bound > known.0 { (made.bound, other) } else { known }
    }

    /// An ascent that has made no step.
    pub(super) fn begin(
        &self,
        evaluator: &mut Evaluator<'_>,
        removed: &Removed,
        excluded: &Excluded,
        start: Multipliers,
    ) -> Ascent {
        let active = self.active(removed, excluded, &start);
        let mut multipliers = start;
        let evaluation = evaluator.evaluate(&active, &mut multipliers, excluded);
        let mut weights = vec![0.0; self.tables.options.len()];
        blend_choices(&mut weights, &evaluation.selection, 1.0);
        Ascent { multipliers, evaluation, weights, active, steps: 0 }
    }

    /// Climbs from `start`.
    pub fn climb(
        &self,
        evaluator: &mut Evaluator<'_>,
        removed: &Removed,
        excluded: &Excluded,
        start: Multipliers,
        options: &AscentOptions,
        interrupted: &dyn Fn() -> bool,
    ) -> Ascent {
        let begun = self.begin(evaluator, removed, excluded, start);
        let Ascent { multipliers: mut best, mut evaluation, mut weights, mut active, mut steps } = begun;
        let mut newest = Gradient::default();
        if evaluation.bound < f64::INFINITY {
            evaluator.gradient(&active, &best, &evaluation, &mut newest);
        }
        let mut direction = newest.clone();
        let mut at = best.clone();
        let mut value = evaluation.bound;
        let mut factor = options.factor;
        let mut fails = 0;
        while steps < options.steps
            && evaluation.bound < options.enough
            && factor > options.least_factor
            && !interrupted()
        {
            steps += 1;
            let length = self.dot(&direction, &direction, 1.0);
            if length <= 1e-12 {
                break;
            }
            let magnitude = self.magnitude(evaluation.bound);
            let target = options.target.min(evaluation.bound + options.reach * magnitude).max(evaluation.bound);
            let step = factor * (target - value).max(1e-5 * magnitude) / length;
            self.advance(&mut at, &direction, step, 1.0);
            self.admit(&mut at, &best, &mut active, removed, excluded);
            let made = evaluator.evaluate(&active, &mut at, excluded);
            value = made.bound;
            if value == f64::INFINITY {
                best = at;
                evaluation = made;
                break;
            }
            evaluator.gradient(&active, &at, &made, &mut newest);
            blend_choices(&mut weights, &made.selection, NEWEST);
            let along = self.dot(&newest, &direction, 1.0);
            let keep = if along < 0.0 { -DEFLECTION * along / length } else { 0.0 };
            add(&mut direction.cells, keep, &newest.cells);
            add(&mut direction.rows, keep, &newest.rows);
            if value > evaluation.bound {
                if value > evaluation.bound + 1e-6 * magnitude {
                    fails = 0;
                } else {
                    fails += 1;
                }
                best.clone_from(&at);
                evaluation = made;
            } else {
                fails += 1;
            }
            if fails >= options.patience {
                fails = 0;
                factor *= SHRINK;
                at.clone_from(&best);
                value = evaluation.bound;
                evaluator.gradient(&active, &at, &evaluation, &mut direction);
            }
        }
        Ascent { multipliers: best, evaluation, weights, active, steps }
    }

    /// Keeps multipliers within what the active arcs admit; the arcs are made anew where many are beyond.
    pub(super) fn admit(
        &self,
        at: &mut Multipliers,
        best: &Multipliers,
        active: &mut Active,
        removed: &Removed,
        excluded: &Excluded,
    ) {
        if outgrown(at, active) > self.tables.cells.len() / 200 {
            // Never below the best multipliers, or their bound would be lost.
            let mut reach = at.clone();
            for (value, &other) in reach.cells.iter_mut().zip(&best.cells) {
                *value = value.max(other);
            }
            *active = self.active(removed, excluded, &reach);
        }
        for (value, &limit) in at.cells.iter_mut().zip(&active.limit) {
            *value = value.min(limit);
        }
    }

    /// What a bound is measured by: how far it is from what the cheapest options cost together.
    pub(super) fn magnitude(&self, bound: f64) -> f64 {
        (bound - self.base).abs().max(1e-6)
    }

    /// Moves multipliers along a direction, those of rows by `share` of what their scale says.
    pub(super) fn advance(&self, at: &mut Multipliers, direction: &Gradient, step: f64, share: f64) {
        for ((value, d), scale) in at.cells.iter_mut().zip(&direction.cells).zip(&self.scales) {
            *value += step * scale * d;
        }
        let inside = if let Coupling::Count { row, .. } = &self.coupling { Some(*row as usize) } else { None };
        for (index, (value, d)) in at.rows.iter_mut().zip(&direction.rows).enumerate() {
            if Some(index) == inside {
                continue;
            }
            let row = &self.tables.rows[index];
            // A side without a bound cannot be charged, nor can more than the price of an overflow.
            let low = if row.lower == f64::NEG_INFINITY { 0.0 } else { -row.price };
            let high = if row.upper == f64::INFINITY { 0.0 } else { row.price };
            *value = (*value + step * share * row.scale * row.scale * d).clamp(low, high);
        }
    }

    /// The product of two directions in the scales of the steps, rows by `share`.
    pub(super) fn dot(&self, a: &Gradient, b: &Gradient, share: f64) -> f64 {
        let cells: f64 = a.cells.iter().zip(&b.cells).zip(&self.scales).map(|((x, y), scale)| x * y * scale).sum();
        let inside = if let Coupling::Count { row, .. } = &self.coupling { Some(*row as usize) } else { None };
        let rows = a.rows.iter().zip(&b.rows).zip(&self.tables.rows).enumerate();
        let rows: f64 = rows
            .filter(|(index, _)| Some(*index) != inside)
            .map(|(_, ((x, y), row))| x * y * row.scale * row.scale)
            .sum();
        cells + share * rows
    }
}

/// How many multipliers exceed the limits of the active arcs.
fn outgrown(multipliers: &Multipliers, active: &Active) -> usize {
    multipliers.cells.iter().zip(&active.limit).filter(|(value, limit)| value > limit).count()
}

/// `into = keep * into + newest`.
fn add(into: &mut [f64], keep: f64, newest: &[f64]) {
    for (value, &new) in into.iter_mut().zip(newest) {
        *value = keep * *value + new;
    }
}

/// Moves the averaged weights of options towards a selection by a share.
pub(super) fn blend_choices(weights: &mut [f64], selection: &Selection, share: f64) {
    for weight in weights.iter_mut() {
        *weight *= 1.0 - share;
    }
    for &(option, weight) in &selection.chosen {
        weights[option as usize] += share * weight;
    }
}
