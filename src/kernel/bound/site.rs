//! The subproblem of one site: what its options are worth at given multipliers, and whom they serve.

use super::active::Active;
use super::evaluate::Multipliers;
use super::knapsack::{Item, critical_price};
use super::limits::{Scratch, Subproblem, charge};
use super::pack::{Depth, Packer, Packing};
use super::select::Excluded;
use super::whole::{Choosable, Knapsack, Packed};
use crate::kernel::packs::Packs;
use crate::kernel::prepare::Tables;

/// Scratch space; one for each thread of work.
#[derive(Debug, Default, Clone)]
pub(super) struct SiteScratch {
    profitable: Vec<(f64, f64)>,
    items: Vec<Item>,
    choosable: Vec<Choosable>,
    pub knapsack: Knapsack,
    reduced: Vec<f64>,
    limits: Scratch,
    pub packer: Packer,
}

/// Values of the options of one site.
pub(super) struct SiteValues<'a> {
    pub tables: &'a Tables,
    pub packs: Option<&'a Packs>,
    /// How much farther than usual searches for a best set go.
    pub deep: Option<&'a Depth>,
    pub active: &'a Active,
    /// Costs by index among the active arcs.
    pub cost: &'a [f64],
    pub cells: &'a [f64],
}

impl SiteValues<'_> {
    /// Writes the values of a site's options to `values[option - first_option]` and their limit prices to
    /// `prices[limit - first_limit]`.
    #[expect(clippy::too_many_arguments, reason = "two output slices with their offsets, for the parallel caller")]
    pub fn compute(
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
    pub fn pack(
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
    pub fn serve(
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
