//! One evaluation of the Lagrangian function: a value for every option, a selection of options, a subgradient.

use super::active::Active;
use super::gradient::Gradient;
use super::knapsack::{Item, critical_price};
use super::limits::{Scratch, Subproblem, charge};
use super::pack::{Depth, Packer, Packing};
use super::select::{Coupling, Excluded, Selection};
use super::whole::{Choosable, Knapsack, Packed};
use crate::kernel::packs::Packs;
use crate::kernel::prepare::Tables;
use rayon::prelude::*;

/// Multipliers of everything that the bound relaxes.
#[derive(Debug, Clone, PartialEq)]
pub struct Multipliers {
    /// Of "every cell is served once".
    pub cells: Vec<f64>,
    /// Of the rows; positive charges the upper side, negative the lower.
    pub rows: Vec<f64>,
    /// Prices of the limits, in the order of [`Tables::limits`]. They are improved by every evaluation.
    pub limits: Vec<f64>,
}

/// What an evaluation finds.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// Lower bound on the cost of every solution that keeps to the exclusions; infinite where there is none.
    pub bound: f64,
    /// Sum of everything but the options.
    pub constant: f64,
    /// Value of every option: its cost and its subproblem; infinite where excluded or impossible.
    pub values: Vec<f64>,
    /// How much of the value of every option is owed to whole knapsacks: what it is above the fractional one.
    pub whole: Vec<f64>,
    /// The selection.
    pub selection: Selection,
}

/// Evaluates the Lagrangian function. Keeps scratch space; one for each thread of work.
#[derive(Debug)]
pub struct Evaluator<'t> {
    tables: &'t Tables,
    coupling: &'t Coupling,
    packs: &'t Packs,
    offset: f64,
    /// Whether customers are taken whole, and whole units counted, where the limits of an option are known to be hard,
    /// instead of fractions of both: stronger and slower.
    pub whole: bool,
    /// How much farther than usual searches for the best sets of customers go.
    pub deep: Option<Depth>,
    /// Arc visits so far: the unit of work.
    pub work: u64,
    scratch: SiteScratch,
    /// Costs with the charges of the rows, by position, and the row multipliers that they were made for.
    adjusted: Vec<f64>,
    adjusted_for: Vec<f64>,
    /// The same by index among the active arcs.
    priced: Vec<f64>,
}

#[derive(Debug, Default, Clone)]
struct SiteScratch {
    profitable: Vec<(f64, f64)>,
    items: Vec<Item>,
    choosable: Vec<Choosable>,
    knapsack: Knapsack,
    reduced: Vec<f64>,
    limits: Scratch,
    packer: Packer,
}

/// Arcs from which on the sites are evaluated in parallel: with fractional knapsacks, and with whole ones, which take longer.
const PARALLEL_ARCS: usize = 100_000;
const PARALLEL_WHOLE_ARCS: usize = 10_000;

impl<'t> Evaluator<'t> {
    /// An evaluator for `tables`, the selection structure, what options hold in whole numbers, and the constant part.
    pub fn new(tables: &'t Tables, coupling: &'t Coupling, packs: &'t Packs, offset: f64) -> Self {
        Self {
            tables,
            coupling,
            packs,
            offset,
            whole: false,
            deep: None,
            work: 0,
            scratch: SiteScratch::default(),
            adjusted: Vec::new(),
            adjusted_for: Vec::new(),
            priced: Vec::new(),
        }
    }

    /// The Lagrangian function at `multipliers` over the arcs of `active`, whose multipliers must be within its limits.
    pub fn evaluate(&mut self, active: &Active, multipliers: &mut Multipliers, excluded: &Excluded) -> Evaluation {
        self.price_rows(active, multipliers);
        self.work += active.len() as u64 + self.tables.options.len() as u64;
        let mut values = vec![f64::INFINITY; self.tables.options.len()];
        let mut whole = vec![0.0; if self.whole { self.tables.options.len() } else { 0 }];
        let parallel_arcs = match (self.whole, self.packs.is_empty()) {
            (false, _) => PARALLEL_ARCS,
            (true, true) => PARALLEL_WHOLE_ARCS,
            (true, false) => 0,
        };
        if active.len() >= parallel_arcs {
            self.site_values_in_parallel(active, multipliers, excluded, &mut values, &mut whole);
        } else {
            for site in 0..self.tables.sites.len() {
                let cost = if self.tables.arc_rows.is_empty() { &active.cost } else { &self.priced };
                let cells = &multipliers.cells;
                let site_values = SiteValues { tables: self.tables, packs: None, deep: None, active, cost, cells };
                let whole = self.whole.then_some(&mut whole[..]);
                let prices = &mut multipliers.limits;
                site_values.compute(site, excluded, &mut values, 0, prices, 0, whole, &mut self.scratch);
            }
        }
        self.add_option_rows(multipliers, &mut values);
        let mut constant = self.offset;
        let mut magnitude = constant.abs();
        for (table, &price) in self.tables.rows.iter().zip(&multipliers.rows) {
            if price != 0.0 {
                constant -= price * if price > 0.0 { table.upper } else { table.lower };
                magnitude += constant.abs();
            }
        }
        for &multiplier in &multipliers.cells {
            constant += multiplier;
            magnitude += multiplier.abs();
        }
        let selection = self.coupling.select(self.tables, &values);
        // Rounding: no sum has more terms than there are cells or options, and what cancels within a site is bounded by
        // its options' costs and by the multipliers, so eight units in the last place for each term are beyond any error.
        let terms = (self.tables.cells.len() + self.tables.options.len() + 64) as f64;
        let magnitude = magnitude + selection.magnitude;
        let bound = if selection.value == f64::INFINITY {
            f64::INFINITY
        } else {
            constant + selection.value - terms * 8.0 * f64::EPSILON * magnitude
        };
        self.work += std::mem::take(&mut self.scratch.knapsack.work);
        Evaluation { bound, constant, values, whole, selection }
    }

    fn site_values_in_parallel(
        &mut self,
        active: &Active,
        multipliers: &mut Multipliers,
        excluded: &Excluded,
        values: &mut [f64],
        whole: &mut [f64],
    ) {
        let sites = self.tables.sites.len();
        let chunk = sites.div_ceil(64).max(1);
        let cost = if self.tables.arc_rows.is_empty() { &active.cost } else { &self.priced };
        let packs = (self.whole && !self.packs.is_empty()).then_some(self.packs);
        let knapsacks = self.whole && packs.is_none();
        let deep = self.deep.as_ref();
        let site_values = SiteValues { tables: self.tables, packs, deep, active, cost, cells: &multipliers.cells };
        let option_of = |site: usize| if site < sites { self.tables.first_option(site) } else { values.len() };
        let limit_of = |site: usize| {
            if site < sites { self.tables.first_limit(site) } else { multipliers.limits.len() }
        };
        let limits = &multipliers.limits;
        let parts: Vec<_> = (0..sites.div_ceil(chunk))
            .into_par_iter()
            .map_init(SiteScratch::default, |scratch, part| {
                let (from, to) = (part * chunk, ((part + 1) * chunk).min(sites));
                let (first_option, first_limit) = (option_of(from), limit_of(from));
                let mut values = vec![f64::INFINITY; option_of(to) - first_option];
                let mut prices = limits[first_limit..limit_of(to)].to_vec();
                let mut gained = vec![0.0; if self.whole { values.len() } else { 0 }];
                for site in from..to {
                    let (values, prices) = (&mut values[..], &mut prices[..]);
                    let own = knapsacks.then_some(&mut gained[..]);
                    site_values.compute(site, excluded, values, first_option, prices, first_limit, own, scratch);
                    site_values.pack(site, excluded, values, first_option, prices, first_limit, &mut gained, scratch);
                }
                let work = std::mem::take(&mut scratch.packer.work) + std::mem::take(&mut scratch.knapsack.work);
                (from, values, prices, gained, work)
            })
            .collect();
        let places: Vec<(usize, usize)> = parts.iter().map(|part| (option_of(part.0), limit_of(part.0))).collect();
        for ((_, part_values, part_prices, gained, work), (option, limit)) in parts.into_iter().zip(places) {
            self.work += work;
            values[option..option + part_values.len()].copy_from_slice(&part_values);
            if !gained.is_empty() {
                whole[option..option + gained.len()].copy_from_slice(&gained);
            }
            multipliers.limits[limit..limit + part_prices.len()].copy_from_slice(&part_prices);
        }
    }

    /// Adds the charges of the rows to the costs of arcs.
    fn price_rows(&mut self, active: &Active, multipliers: &Multipliers) {
        if self.tables.arc_rows.is_empty() {
            return;
        }
        if self.adjusted_for != multipliers.rows {
            self.adjusted.clone_from(&self.tables.cost);
            for &(position, row, coefficient) in &self.tables.arc_rows {
                self.adjusted[position as usize] += multipliers.rows[row as usize] * coefficient;
            }
            self.adjusted_for.clone_from(&multipliers.rows);
        }
        self.priced.clear();
        self.priced.extend(active.position.iter().map(|&position| self.adjusted[position as usize]));
    }

    fn add_option_rows(&self, multipliers: &Multipliers, values: &mut [f64]) {
        if self.tables.option_rows.is_empty() {
            return;
        }
        for (option, value) in values.iter_mut().enumerate() {
            for &(row, coefficient) in self.tables.rows_of(option) {
                let price = multipliers.rows[row as usize];
                if price != 0.0 {
                    *value += price * coefficient;
                }
            }
        }
    }

    /// The subgradient at an evaluation just made with the same arcs, multipliers and exclusions.
    pub fn gradient(&mut self, active: &Active, multipliers: &Multipliers, made: &Evaluation, into: &mut Gradient) {
        into.cells.clear();
        into.cells.resize(self.tables.cells.len(), 1.0);
        into.activity.clear();
        into.activity.resize(self.tables.rows.len(), 0.0);
        let arc_rows = !self.tables.arc_rows.is_empty();
        let mut used: Vec<f64> = if arc_rows { vec![0.0; self.tables.arc.len()] } else { Vec::new() };
        for &(option, weight) in &made.selection.chosen {
            for &(row, coefficient) in self.tables.rows_of(option as usize) {
                into.activity[row as usize] += weight * coefficient;
            }
            let table = &self.tables.options.as_slice()[option as usize];
            let cells = &mut into.cells;
            let cost = if arc_rows { &self.priced } else { &active.cost };
            let whole = self.whole.then_some(self.packs);
            self.scratch.serve(
                (self.tables, whole),
                active,
                cost,
                multipliers,
                option as usize,
                |index, cell, share| {
                    cells[cell as usize] -= weight * share;
                    if arc_rows {
                        used[active.position[index] as usize] += weight * share;
                    }
                },
            );
            self.work += active.indices(table.site as usize).len() as u64;
        }
        if arc_rows {
            for &(position, row, coefficient) in &self.tables.arc_rows {
                into.activity[row as usize] += used[position as usize] * coefficient;
            }
        }
        into.charge(&self.tables.rows, &multipliers.rows);
    }

    /// Which arcs (index among the active ones) an option uses, and how much of them, at these multipliers.
    pub fn served(&mut self, active: &Active, multipliers: &Multipliers, option: usize) -> Vec<(u32, f64)> {
        let mut list = Vec::new();
        let cost = if self.tables.arc_rows.is_empty() { &active.cost } else { &self.priced };
        let whole = self.whole.then_some(self.packs);
        self.scratch.serve((self.tables, whole), active, cost, multipliers, option, |index, _, share| {
            list.push((index as u32, share));
        });
        list
    }
}

/// Values of the options of one site.
struct SiteValues<'a> {
    tables: &'a Tables,
    packs: Option<&'a Packs>,
    /// How much farther than usual searches for a best set go.
    deep: Option<&'a Depth>,
    active: &'a Active,
    /// Costs by index among the active arcs.
    cost: &'a [f64],
    cells: &'a [f64],
}

impl SiteValues<'_> {
    /// Writes the values of a site's options to `values[option - first_option]` and their limit prices to
    /// `prices[limit - first_limit]`.
    #[expect(clippy::too_many_arguments, reason = "two output slices with their offsets, for the parallel caller")]
    fn compute(
        &self,
        site: usize,
        excluded: &Excluded,
        values: &mut [f64],
        first_option: usize,
        prices: &mut [f64],
        first_limit: usize,
        mut whole: Option<&mut [f64]>,
        scratch: &mut SiteScratch,
    ) {
        let options = self.tables.options_of(site);
        let indices = self.active.indices(site);
        if self.tables.sites.as_slice()[site].simple {
            if options.clone().all(|option| excluded.contains(option) || !self.tables.options.as_slice()[option].serves)
            {
                // Nobody is served: limits without a minimum cost nothing unless their maximum is negative.
                for option in options {
                    if !excluded.contains(option) {
                        values[option - first_option] = self.empty_value(option, prices, first_limit);
                    }
                }
                return;
            }
            scratch.profitable.clear();
            let mut worth = 0.0;
            let mut load = 0.0;
            for index in indices {
                let reduced = self.cost[index] - self.cells[self.active.cell[index] as usize];
                if reduced < 0.0 {
                    worth += reduced;
                    load += self.active.load[index];
                    scratch.profitable.push((reduced, self.active.load[index]));
                }
            }
            for option in options {
                if excluded.contains(option) {
                    continue;
                }
                let table = &self.tables.options.as_slice()[option];
                if !table.serves {
                    values[option - first_option] = self.empty_value(option, prices, first_limit);
                    continue;
                }
                values[option - first_option] = table.cost
                    + match self.tables.capacity(option) {
                        Some(limit) if limit.max < load && limit.max >= 0.0 && whole.is_some() => {
                            let (packed, free, _) = scratch.pack(limit.max);
                            prices[table.limits.start as usize - first_limit] = packed.price;
                            if let Some(whole) = &mut whole {
                                whole[option - first_option] = packed.fractional - packed.worth;
                            }
                            -packed.worth - free
                        }
                        Some(limit) if limit.max < load => {
                            let slot = &mut prices[table.limits.start as usize - first_limit];
                            if limit.max < 0.0 {
                                // Overflow even when nobody is served.
                                *slot = limit.price;
                            } else {
                                scratch.items.clear();
                                let positive = scratch.profitable.iter().filter(|item| item.1 > 0.0);
                                scratch.items.extend(positive.map(|&(r, load)| Item { ratio: -r / load, load }));
                                let (price, _) = critical_price(&mut scratch.items, limit.max, *slot);
                                *slot = price.min(limit.price);
                            }
                            let price = *slot;
                            if price.is_infinite() {
                                f64::INFINITY
                            } else {
                                let kept = scratch.profitable.iter().map(|&(r, load)| (r + price * load).min(0.0));
                                charge(&limit, price) + kept.sum::<f64>()
                            }
                        }
                        Some(_) => {
                            prices[table.limits.start as usize - first_limit] = 0.0;
                            worth
                        }
                        None => worth,
                    };
            }
            return;
        }
        for option in options {
            if excluded.contains(option) {
                continue;
            }
            let table = &self.tables.options.as_slice()[option];
            let own = table.limits.start as usize - first_limit..table.limits.end as usize - first_limit;
            let prices = &mut prices[own];
            fill_reduced(self.tables, self.active, (self.cost, self.cells), option, &mut scratch.reduced);
            let subproblem = subproblem(self.tables, self.active, option);
            values[option - first_option] =
                table.cost + subproblem.solve(&mut scratch.reduced, prices, &mut scratch.limits);
        }
    }

    /// Raises the values of a site's options to what they are with whole customers and units; writes by how much.
    #[expect(clippy::too_many_arguments, reason = "as above")]
    fn pack(
        &self,
        site: usize,
        excluded: &Excluded,
        values: &mut [f64],
        first_option: usize,
        prices: &[f64],
        first_limit: usize,
        gained: &mut [f64],
        scratch: &mut SiteScratch,
    ) {
        let Some(packs) = self.packs else { return };
        let Self { tables, active, cost, cells, .. } = *self;
        let packing = Packing { tables, packs, active, cost, cells };
        scratch.packer.begin(packs.sites[site].parts.len(), self.deep);
        for option in tables.options_of(site).filter(|&option| !excluded.contains(option)) {
            let range = &tables.options.as_slice()[option].limits;
            let prices = &prices[range.start as usize - first_limit..range.end as usize - first_limit];
            if values[option - first_option].is_finite()
                && let Some((upper, packed)) = packing.pack(option, prices, &mut scratch.reduced, &mut scratch.packer)
            {
                let gain = (upper - packed).max(0.0);
                values[option - first_option] += gain;
                gained[option - first_option] = gain;
            }
        }
    }

    /// The value of an option that serves nobody: only a negative maximum is exceeded then.
    fn empty_value(&self, option: usize, prices: &mut [f64], first_limit: usize) -> f64 {
        let table = &self.tables.options.as_slice()[option];
        let mut value = table.cost;
        for (limit, slot) in self.tables.limits_of(option).iter().zip(table.limits.clone()) {
            let price = if limit.max < 0.0 { limit.price } else { 0.0 };
            prices[slot as usize - first_limit] = price;
            if price > 0.0 {
                value -= limit.max * price;
            }
        }
        value
    }
}

fn subproblem<'a>(tables: &'a Tables, active: &'a Active, option: usize) -> Subproblem<'a> {
    let site = tables.options.as_slice()[option].site as usize;
    Subproblem {
        cells: &active.cell[active.indices(site)],
        multiple: tables.sites.as_slice()[site].multiple,
        columns: &active.columns[site],
        limits: tables.limits_of(option),
    }
}

/// Cost minus multiplier of the site's arcs; infinite where the option does not serve.
pub(super) fn fill_reduced(
    tables: &Tables,
    active: &Active,
    prices: (&[f64], &[f64]),
    option: usize,
    into: &mut Vec<f64>,
) {
    let (cost, cells) = prices;
    let table = &tables.options.as_slice()[option];
    let first = tables.positions(table.site as usize).start;
    into.clear();
    into.extend(active.indices(table.site as usize).map(|index| {
        let allowed =
            table.serves && table.only.as_ref().is_none_or(|only| only[active.position[index] as usize - first]);
        if allowed { cost[index] - cells[active.cell[index] as usize] } else { f64::INFINITY }
    }));
}

impl SiteScratch {
    /// Packs the profitable items whole: the knapsack, the worth of items without load, and how many are taken.
    fn pack(&mut self, capacity: f64) -> (Packed, f64, usize) {
        self.choosable.clear();
        let mut free = 0.0;
        for (index, &(reduced, load)) in self.profitable.iter().enumerate() {
            if load > 0.0 {
                self.choosable.push(Choosable::new(-reduced, load, index as u32));
            } else {
                free -= reduced;
            }
        }
        let (packed, taken) = self.knapsack.pack(&mut self.choosable, capacity);
        (packed, free, taken)
    }

    /// Calls `take(index, cell, 1)` for the arcs in the whole knapsack of a simple site.
    fn serve_whole(
        &mut self,
        active: &Active,
        cost: &[f64],
        cells: &[f64],
        (indices, capacity): (std::ops::Range<usize>, f64),
        mut take: impl FnMut(usize, u32, f64),
    ) {
        self.profitable.clear();
        let mut behind: Vec<usize> = Vec::with_capacity(indices.len());
        for index in indices {
            let reduced = cost[index] - cells[active.cell[index] as usize];
            if reduced < 0.0 {
                self.profitable.push((reduced, active.load[index]));
                behind.push(index);
                if active.load[index] <= 0.0 {
                    take(index, active.cell[index], 1.0);
                }
            }
        }
        let (_, _, taken) = self.pack(capacity);
        for item in &self.choosable[..taken] {
            let index = behind[item.tag as usize];
            take(index, active.cell[index], 1.0);
        }
    }

    /// Calls `take(index, cell, share)` for the arcs that `option` uses at these multipliers and limit prices.
    fn serve(
        &mut self,
        (tables, whole): (&Tables, Option<&Packs>),
        active: &Active,
        cost: &[f64],
        multipliers: &Multipliers,
        option: usize,
        mut take: impl FnMut(usize, u32, f64),
    ) {
        let table = &tables.options.as_slice()[option];
        if !table.serves {
            return;
        }
        let site = table.site as usize;
        let indices = active.indices(site);
        if let Some(packs) = whole.filter(|packs| !packs.is_empty()) {
            let packing = Packing { tables, packs, active, cost, cells: &multipliers.cells };
            let prices = &multipliers.limits[table.limits.start as usize..table.limits.end as usize];
            self.packer.begin(packs.sites[site].parts.len(), None);
            if packing.pack(option, prices, &mut self.reduced, &mut self.packer).is_some() {
                for &(index, share) in &self.packer.served {
                    take(index as usize, active.cell[index as usize], share);
                }
                return;
            }
        }
        let whole = whole.is_some_and(Packs::is_empty);
        if tables.sites.as_slice()[site].simple {
            let limit = tables.capacity(option);
            let price = limit.map_or(0.0, |_| multipliers.limits[table.limits.start as usize]);
            let mut room = limit.map_or(f64::INFINITY, |limit| limit.max);
            if whole && (0.0..f64::INFINITY).contains(&room) {
                self.serve_whole(active, cost, &multipliers.cells, (indices, room), take);
                return;
            }
            let mut ties = 0.0;
            for index in indices.clone() {
                let cell = active.cell[index];
                let reduced = cost[index] - multipliers.cells[cell as usize];
                let load = active.load[index];
                if reduced >= 0.0 {
                    continue;
                }
                if load <= 0.0 || price == 0.0 || -reduced / load > price {
                    room -= load;
                    take(index, cell, 1.0);
                } else if -reduced / load == price {
                    ties += load;
                }
            }
            if ties > 0.0 && room > 0.0 {
                // The items at the critical price share what room is left: the least one-sided of the optimal choices.
                let share = (room / ties).min(1.0);
                for index in indices {
                    let reduced = cost[index] - multipliers.cells[active.cell[index] as usize];
                    let load = active.load[index];
                    if reduced < 0.0 && load > 0.0 && -reduced / load == price {
                        take(index, active.cell[index], share);
                    }
                }
            }
            return;
        }
        fill_reduced(tables, active, (cost, &multipliers.cells), option, &mut self.reduced);
        let own = table.limits.start as usize..table.limits.end as usize;
        for (limit, &price) in tables.limits_of(option).iter().zip(&multipliers.limits[own]) {
            if price != 0.0 {
                for &(index, load) in &active.columns[site][limit.column as usize] {
                    self.reduced[index as usize] += price * load;
                }
            }
        }
        // The cheapest arc of every cell that pays; one at the margin counts for half.
        let mut at = 0;
        let first = indices.start;
        while at < self.reduced.len() {
            let cell = active.cell[first + at];
            let mut best = at;
            let mut end = at + 1;
            while end < self.reduced.len() && active.cell[first + end] == cell {
                if self.reduced[end] < self.reduced[best] {
                    best = end;
                }
                end += 1;
            }
            let margin = 1e-9 * (1.0 + multipliers.cells[cell as usize].abs());
            if self.reduced[best] < -margin {
                take(first + best, cell, 1.0);
            } else if self.reduced[best] <= margin {
                take(first + best, cell, 0.5);
            }
            at = end;
        }
    }
}
