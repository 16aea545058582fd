//! The best set of customers that an option can hold, whole units and all, by branch and bound.
//!
//! At the prices of the linear relaxation every customer has a reduced worth: what it is worth beyond its load. A set loses
//! against the relaxation the reduced worth of what it leaves, that of what it takes at a loss, and the room that it leaves
//! at its price. The search decides customers in order of what deciding them wrongly loses; where it takes long, tables say
//! what the last of them lose together with the units that stay half empty (see [`super::waste`]). Customers that may be
//! divided fill what room is left.

use super::active::Active;
use super::limits::charge;
use super::site::fill_reduced;
use super::waste::{Unit, Waste};
use crate::kernel::packs::{Block, Hold, Packs, Share};
use crate::kernel::prepare::Tables;
use crate::run::Limits;

/// A customer worth serving at a site.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// The caller's own number for it.
    pub tag: u32,
    /// Its row in its block.
    pub row: u32,
    /// What serving it is worth.
    pub worth: f64,
    /// What it is worth beyond its load at the prices of the linear relaxation.
    pub reduced: f64,
    /// Whether it is taken as a whole or not at all.
    pub whole: bool,
}

/// Nodes after which the search of a block gives up; what is open then counts with its bound.
const MOST_NODES: usize = 4000;
/// Nodes after which tables of what units waste are made.
const PLAIN_NODES: usize = 400;

/// How far searches go where a bound is looked at once more.
#[derive(Debug, Clone)]
pub struct Depth {
    /// Nodes after which the search of a block gives up.
    pub nodes: usize,
    /// What may end the look: from then on searches go no farther than usual.
    pub limits: Limits,
}

/// Relative distance within which worths count as equal.
const CLOSE: f64 = 1e-12;

/// Solves packs, keeping scratch space.
#[derive(Debug, Default, Clone)]
pub(super) struct Packer {
    /// The customers of the present search.
    candidates: Vec<Candidate>,
    /// Those worth serving at a site by block, with the linear relaxation of what they are worth.
    groups: Vec<(Vec<Candidate>, f64)>,
    /// What the parts of a site's options were found to be worth at the present multipliers.
    known: Vec<Option<f64>>,
    /// Those served in the best set found, with their shares.
    pub served: Vec<(u32, f64)>,
    /// Nodes so far: the unit of work.
    pub work: u64,
    whole: Vec<Candidate>,
    divided: Vec<Candidate>,
    /// Sum of the worths from a customer on.
    rest: Vec<f64>,
    load: Vec<i64>,
    taken: Vec<bool>,
    best_taken: Vec<bool>,
    best: f64,
    open: f64,
    nodes: usize,
    most_nodes: usize,
    limits: Option<Limits>,
    /// Kinds of load of the present search in whole units that have a price.
    units: Vec<Unit>,
    waste: Waste,
}

/// What does not change during a search.
struct Frame<'a> {
    loads: &'a Block,
    holds: &'a [Hold],
    /// The linear relaxation.
    upper: f64,
    /// What divided customers can add at most.
    divided: f64,
    /// Worth beyond which the search may end.
    enough: f64,
    close: f64,
}

impl Packer {
    /// Begins with a site of so many parts, or with the same one at other multipliers; searches go as far as usual, or as `deep`
    /// says.
    pub fn begin(&mut self, parts: usize, deep: Option<&Depth>) {
        self.most_nodes = deep.map_or(MOST_NODES, |depth| depth.nodes);
        self.limits = deep.map(|depth| depth.limits.clone());
        self.known.clear();
        self.known.resize(parts, None);
    }

    /// The most that a set of the candidates can be worth, at most `upper`, that of the linear relaxation; the best one found
    /// is added to `served`.
    ///
    /// `prices` are those of the holds, of one unit of what they count.
    fn pack(&mut self, loads: &Block, holds: &[Hold], prices: impl Iterator<Item = f64>, upper: f64) -> f64 {
        self.arrange(loads);
        self.price_units(holds, prices);
        let divided = self.divided.iter().map(|candidate| candidate.worth).sum();
        let frame = Frame { loads, holds, upper, divided, enough: f64::INFINITY, close: CLOSE * upper.abs() };
        (self.best, self.open, self.nodes) = (f64::NEG_INFINITY, f64::NEG_INFINITY, 0);
        if self.limits.as_ref().is_some_and(Limits::interrupted) {
            self.most_nodes = MOST_NODES;
        }
        self.search_all(&frame);
        self.work += 4 * self.nodes as u64 + self.whole.len() as u64;
        self.note(&frame);
        (self.best.max(self.open) + frame.close).min(upper)
    }

    /// The whole search, without tables at first: most packs are found at once.
    fn search_all(&mut self, frame: &Frame<'_>) {
        self.waste.clear();
        let most_nodes = self.most_nodes;
        // What is divided fills units up.
        let tables = self.divided.is_empty() && !self.units.is_empty();
        if tables {
            self.most_nodes = PLAIN_NODES.min(most_nodes);
        }
        self.search(frame, 0, 0.0, 0.0);
        self.most_nodes = most_nodes;
        if tables && self.nodes >= PLAIN_NODES && self.open > self.best + frame.close {
            // Whoever loses more than this when decided wrongly is decided at once.
            let spare = frame.upper - self.best;
            let first = self.whole.partition_point(|candidate| candidate.reduced.abs() > spare);
            let before = self.waste.work;
            self.waste.fill(&self.units, &self.whole, frame.loads, first);
            self.work += (self.waste.work - before) / 8;
            self.open = f64::NEG_INFINITY;
            self.search(frame, 0, 0.0, 0.0);
        }
    }

    /// Finds which kinds are counted in whole units, and what a unit costs.
    fn price_units(&mut self, holds: &[Hold], prices: impl Iterator<Item = f64>) {
        self.units.clear();
        for (hold, price) in holds.iter().zip(prices).filter(|(_, price)| *price > 0.0) {
            let Hold::Units { terms, .. } = hold else { continue };
            for &(kind, size) in terms.iter().filter(|(_, size)| *size > 1) {
                match self.units.iter_mut().find(|unit| unit.kind == kind) {
                    None => self.units.push(Unit { kind, size, price }),
                    Some(unit) if unit.size == size => unit.price += price,
                    Some(unit) if unit.price < price => *unit = Unit { kind, size, price },
                    Some(_) => {}
                }
            }
        }
    }

    /// Whether some set of the candidates with the whole customer `forced` may be worth more than `needed`. The candidates
    /// must be those of the last pack, whose linear relaxation was `upper`.
    fn reaches(&mut self, loads: &Block, holds: &[Hold], upper: f64, forced: Candidate, needed: f64) -> bool {
        self.load.clear();
        self.load.extend_from_slice(loads.at(forced.row as usize));
        if holds.iter().any(|hold| hold.room(&self.load) < 0) {
            return false;
        }
        let at = self.whole.iter().position(|candidate| candidate.row == forced.row);
        let without = at.map(|at| self.whole.remove(at));
        self.add_up();
        let divided = self.divided.iter().map(|candidate| candidate.worth).sum();
        let frame = Frame { loads, holds, upper, divided, enough: needed, close: CLOSE * upper.abs() };
        (self.best, self.open, self.nodes) = (needed, f64::NEG_INFINITY, 0);
        self.waste.clear();
        self.search(&frame, 0, forced.worth, (-forced.reduced).max(0.0));
        self.work += 4 * self.nodes as u64 + self.whole.len() as u64;
        if let (Some(at), Some(candidate)) = (at, without) {
            self.whole.insert(at, candidate);
        }
        self.best > needed || self.open > needed
    }

    /// Sorts the candidates for a search.
    fn arrange(&mut self, loads: &Block) {
        self.whole.clear();
        self.divided.clear();
        for candidate in &self.candidates {
            if candidate.whole { self.whole.push(*candidate) } else { self.divided.push(*candidate) }
        }
        self.whole.sort_unstable_by(|a, b| b.reduced.abs().total_cmp(&a.reduced.abs()).then(a.tag.cmp(&b.tag)));
        self.divided.sort_unstable_by(|a, b| b.reduced.total_cmp(&a.reduced).then(a.tag.cmp(&b.tag)));
        self.load.clear();
        self.load.resize(loads.kinds, 0);
        self.add_up();
    }

    /// Makes the sums and marks that go with the whole candidates.
    fn add_up(&mut self) {
        let count = self.whole.len();
        self.rest.clear();
        self.rest.resize(count + 1, 0.0);
        for at in (0..count).rev() {
            self.rest[at] = self.rest[at + 1] + self.whole[at].worth;
        }
        self.taken.clear();
        self.taken.resize(count, false);
        self.best_taken.clear();
        self.best_taken.resize(count, false);
    }

    /// Adds the best set to `served`.
    fn note(&mut self, frame: &Frame<'_>) {
        self.load.iter_mut().for_each(|load| *load = 0);
        for (candidate, _) in self.whole.iter().zip(&self.best_taken).filter(|(_, taken)| **taken) {
            self.served.push((candidate.tag, 1.0));
            for (load, more) in self.load.iter_mut().zip(frame.loads.at(candidate.row as usize)) {
                *load += more;
            }
        }
        for candidate in &self.divided {
            let share = share(frame, &self.load, candidate);
            if share > 0.0 {
                self.served.push((candidate.tag, share));
                for (load, &more) in self.load.iter_mut().zip(frame.loads.at(candidate.row as usize)) {
                    *load += (more as f64 * share) as i64;
                }
            }
        }
    }

    /// What a finished set is worth, divided customers included: no less than it can be.
    fn value(&self, frame: &Frame<'_>, worth: f64, lost: f64) -> f64 {
        let divided: f64 =
            self.divided.iter().map(|candidate| share(frame, &self.load, candidate) * candidate.worth).sum();
        (worth + divided).min(frame.upper - lost)
    }

    fn search(&mut self, frame: &Frame<'_>, at: usize, worth: f64, lost: f64) {
        let bound = (frame.upper - lost).min(worth + self.rest[at] + frame.divided);
        if bound <= self.best + frame.close || self.best > frame.enough {
            return;
        }
        let bound = bound.min(frame.upper - lost - self.waste.least(at, &self.load));
        if bound <= self.best + frame.close {
            return;
        }
        if self.nodes >= self.most_nodes {
            self.open = self.open.max(bound);
            if at < self.whole.len() {
                return;
            }
        }
        self.nodes += 1;
        if at == self.whole.len() {
            let value = self.value(frame, worth, lost);
            if value > self.best {
                self.best = value;
                self.best_taken.clone_from(&self.taken);
            }
            return;
        }
        let candidate = self.whole[at];
        let row = frame.loads.at(candidate.row as usize);
        for take in if candidate.reduced > 0.0 { [true, false] } else { [false, true] } {
            if !take {
                self.search(frame, at + 1, worth, lost + candidate.reduced.max(0.0));
                continue;
            }
            for (load, more) in self.load.iter_mut().zip(row) {
                *load += more;
            }
            if frame.holds.iter().all(|hold| hold.room(&self.load) >= 0) {
                self.taken[at] = true;
                self.search(frame, at + 1, worth + candidate.worth, lost + (-candidate.reduced).max(0.0));
                self.taken[at] = false;
            }
            for (load, more) in self.load.iter_mut().zip(row) {
                *load -= more;
            }
        }
    }
}

/// The greatest share of a divided customer that fits beside a load, taken by itself: whole units are filled up.
fn share(frame: &Frame<'_>, load: &[i64], candidate: &Candidate) -> f64 {
    let row = frame.loads.at(candidate.row as usize);
    let mut share = 1.0f64;
    for hold in frame.holds {
        let (room, needed) = match hold {
            Hold::Sum { terms, most } => {
                let sum = |of: &[i64]| terms.iter().map(|&(kind, weight)| weight * of[kind]).sum::<i64>();
                ((most - sum(load)) as f64, sum(row) as f64)
            }
            Hold::Units { terms, most } => {
                let sum = |of: &[i64]| terms.iter().map(|&(kind, size)| of[kind] as f64 / size as f64).sum::<f64>();
                (*most as f64 - sum(load), sum(row))
            }
        };
        if needed > 0.0 {
            share = share.min((room / needed).max(0.0));
        }
    }
    share
}

/// The packs of all options at some multipliers.
pub(super) struct Packing<'a> {
    pub tables: &'a Tables,
    pub packs: &'a Packs,
    pub active: &'a Active,
    /// Costs by index among the active arcs.
    pub cost: &'a [f64],
    pub cells: &'a [f64],
}

impl Packing<'_> {
    /// The linear relaxation of an option's worth at the prices of its limits, and the most that a set can be worth. A best
    /// set, of those parts that were not known since the packer began with the site, is left in `packer.served` by index among
    /// the active arcs. `None` where the option is not exact.
    pub fn pack(
        &self,
        option: usize,
        prices: &[f64],
        reduced: &mut Vec<f64>,
        packer: &mut Packer,
    ) -> Option<(f64, f64)> {
        let shares = self.packs.options[option].as_ref()?;
        let table = &self.tables.options.as_slice()[option];
        let site = &self.packs.sites[table.site as usize];
        packer.served.clear();
        let (mut upper, mut packed) = self.gather(option, prices, reduced, packer);
        let groups = std::mem::take(&mut packer.groups);
        for (block, (candidates, most)) in groups.iter().enumerate() {
            upper += most;
            let share = shares.iter().find(|share| site.parts[share.part as usize].block == block);
            packed += match share {
                None => {
                    packer.served.extend(candidates.iter().map(|candidate| (candidate.tag, 1.0)));
                    candidates.iter().map(|candidate| candidate.worth).sum()
                }
                Some(share) => {
                    let part = share.part as usize;
                    if let Some(worth) = packer.known[part].filter(|_| table.only.is_none()) {
                        worth.min(*most)
                    } else {
                        packer.candidates.clone_from(candidates);
                        let unit_prices = self.prices(option, share, prices);
                        let worth = packer.pack(&site.blocks[block], &site.parts[part].holds, unit_prices, *most);
                        packer.known[part] = Some(worth).filter(|_| table.only.is_none());
                        worth
                    }
                }
            };
        }
        packer.groups = groups;
        Some((upper, packed))
    }

    /// What one unit of what the holds of a share count costs, hold by hold; nothing for those that are another's in the bound.
    fn prices<'p>(&'p self, option: usize, share: &'p Share, prices: &'p [f64]) -> impl Iterator<Item = f64> + 'p {
        let limits = self.tables.limits_of(option);
        share.limits.iter().map(move |&place| {
            let from = limits.iter().zip(prices).find(|(limit, _)| limit.origins[1].0 == place);
            from.map_or(0.0, |(limit, price)| price / limit.origins[1].1)
        })
    }

    /// Sorts what an option is worth serving into the packer's groups. Returns what is in no block, by the linear relaxation
    /// and as it is.
    fn gather(&self, option: usize, prices: &[f64], reduced: &mut Vec<f64>, packer: &mut Packer) -> (f64, f64) {
        let table = &self.tables.options.as_slice()[option];
        let (number, simple) = (table.site as usize, self.tables.sites.as_slice()[table.site as usize].simple);
        let site = &self.packs.sites[number];
        let indices = self.active.indices(number);
        let first = self.tables.positions(number).start as u32;
        packer.groups.iter_mut().for_each(|group| group.0.clear());
        packer.groups.resize(site.blocks.len(), (Vec::new(), 0.0));
        packer.groups.iter_mut().for_each(|group| group.1 = 0.0);
        fill_reduced(self.tables, self.active, (self.cost, self.cells), option, reduced);
        let worth: Vec<f64> = reduced.iter().map(|value| -value).collect();
        let (mut upper, mut free) = (0.0, 0.0);
        for (limit, &price) in self.tables.limits_of(option).iter().zip(prices).filter(|(_, price)| **price != 0.0) {
            match site.column_block[limit.column as usize] {
                Some(block) => packer.groups[block as usize].1 -= charge(limit, price),
                None => upper -= charge(limit, price),
            }
            if simple {
                for (value, index) in reduced.iter_mut().zip(indices.clone()) {
                    *value += price * self.active.load[index];
                }
            } else {
                for &(index, load) in &self.active.columns[number][limit.column as usize] {
                    reduced[index as usize] += price * load;
                }
            }
        }
        for (at, index) in indices.enumerate().filter(|&(at, _)| worth[at] > 0.0) {
            let beyond = (-reduced[at]).max(0.0);
            if let Some((block, row)) = site.places[(self.active.position[index] - first) as usize] {
                let whole = self.tables.cells[self.active.cell[index] as usize].whole;
                let (tag, worth, reduced) = (index as u32, worth[at], -reduced[at]);
                let group = &mut packer.groups[block as usize];
                group.0.push(Candidate { tag, row, worth, reduced, whole });
                group.1 += beyond;
            } else {
                upper += beyond;
                free += worth[at];
                packer.served.push((index as u32, 1.0));
            }
        }
        (upper, free)
    }

    /// For an option that is exact, by position at its site: whether a set with the whole customer there may be worth more
    /// than `spare` less than what the option was taken to be worth, which is `owed` less than its linear relaxation. Positions
    /// that `asked` does not name are said to be so.
    pub fn may_serve(
        &self,
        option: usize,
        prices: &[f64],
        (owed, spare): (f64, f64),
        asked: impl Fn(usize) -> bool,
        packer: &mut Packer,
    ) -> Option<Vec<bool>> {
        let shares = self.packs.options[option].as_ref()?;
        let mut reduced = Vec::new();
        let table = &self.tables.options.as_slice()[option];
        let number = table.site as usize;
        let site = &self.packs.sites[number];
        packer.begin(site.parts.len(), None);
        let (upper, packed) = self.pack(option, prices, &mut reduced, packer)?;
        // What one block must lose for the whole to be worth too little.
        let spare = spare + packed - (upper - owed);
        let first = self.tables.positions(number).start;
        let mut may = vec![true; self.tables.positions(number).len()];
        // What is asked for by block: a candidate for every arc.
        let mut asked_for: Vec<Vec<(usize, Candidate)>> = vec![Vec::new(); site.blocks.len()];
        for (at, index) in self.active.indices(number).enumerate() {
            let (position, cell) = (self.active.position[index] as usize, self.active.cell[index] as usize);
            if !self.tables.cells[cell].whole || !asked(position) || reduced[at].is_infinite() {
                continue;
            }
            let worth = self.cells[cell] - self.cost[index];
            match site.places[position - first] {
                Some((block, row)) => {
                    let forced = Candidate { tag: index as u32, row, worth, reduced: -reduced[at], whole: true };
                    asked_for[block as usize].push((position - first, forced));
                }
                None => may[position - first] = worth.min(0.0) > -spare,
            }
        }
        let groups = std::mem::take(&mut packer.groups);
        for (block, (asked, (candidates, most))) in asked_for.iter().zip(&groups).enumerate() {
            if asked.is_empty() {
                continue;
            }
            let Some(share) = shares.iter().find(|share| site.parts[share.part as usize].block == block) else {
                for &(place, forced) in asked {
                    may[place] = forced.worth.min(0.0) > -spare;
                }
                continue;
            };
            let (loads, holds) = (&site.blocks[block], &site.parts[share.part as usize].holds);
            packer.candidates.clone_from(candidates);
            let best = packer.pack(loads, holds, self.prices(option, share, prices), *most);
            for &(place, forced) in asked {
                may[place] = packer.reaches(loads, holds, *most, forced, best - spare);
            }
        }
        packer.groups = groups;
        Some(may)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// The worth of the best set that the holds have room for, over all sets.
    fn best_of_all(candidates: &[Candidate], loads: &Block, holds: &[Hold]) -> f64 {
        let mut best = 0.0f64;
        for set in 0..1u32 << candidates.len() {
            let taken = || candidates.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, one)| one);
            let load: Vec<i64> =
                (0..loads.kinds).map(|kind| taken().map(|one| loads.at(one.row as usize)[kind]).sum()).collect();
            if holds.iter().all(|hold| hold.room(&load) >= 0) {
                best = best.max(taken().map(|one| one.worth).sum());
            }
        }
        best
    }

    /// What a load counts in a hold, whole units as fractions.
    fn counts(hold: &Hold, load: &[i64]) -> f64 {
        match hold {
            Hold::Sum { terms, .. } => terms.iter().map(|&(kind, weight)| (weight * load[kind]) as f64).sum(),
            Hold::Units { terms, .. } => terms.iter().map(|&(kind, size)| load[kind] as f64 / size as f64).sum(),
        }
    }

    #[test]
    fn the_best_set_is_found_with_and_without_tables() {
        let mut random = Random::new(7, "packs");
        let mut with_tables = 0;
        for case in 0..120 {
            let (kinds, count) = (1 + case % 4, 13);
            let loads = Block::new(kinds, (0..kinds * count).map(|_| 3 + random.below(25) as i64).collect());
            let size = 20 + random.below(20) as i64;
            let most = (kinds * (1 + random.below(4))) as i64;
            let mut holds = vec![Hold::Units { terms: (0..kinds).map(|kind| (kind, size)).collect(), most }];
            let mut prices = vec![100.0];
            // Limits of another size, of the same one on some of the kinds, and on the plain sum.
            if random.chance(0.5) {
                let size = if random.chance(0.5) { size } else { size + 7 };
                holds.push(Hold::Units { terms: vec![(0, size)], most: 1 + random.below(4) as i64 });
                prices.push(random.below(120) as f64);
            }
            if random.chance(0.5) {
                let terms = (0..kinds).map(|kind| (kind, 1)).collect();
                holds.push(Hold::Sum { terms, most: most * size - random.below(20) as i64 });
                prices.push(random.below(3) as f64);
            }
            let price =
                |load: &[i64]| holds.iter().zip(&prices).map(|(hold, price)| price * counts(hold, load)).sum::<f64>();
            let candidates: Vec<Candidate> = (0..count as u32)
                .map(|row| {
                    // Worths close to what the load costs are what makes a search long.
                    let costs = price(loads.at(row as usize));
                    let worth = costs * (0.8 + 0.4 * random.unit());
                    Candidate { tag: row, row, worth, reduced: worth - costs, whole: true }
                })
                .collect();
            let room = |hold: &Hold| match hold {
                Hold::Sum { most, .. } | Hold::Units { most, .. } => *most as f64,
            };
            let upper = holds.iter().zip(&prices).map(|(hold, price)| price * room(hold)).sum::<f64>()
                + candidates.iter().map(|one| one.reduced.max(0.0)).sum::<f64>();
            let all = best_of_all(&candidates, &loads, &holds);
            let mut packer = Packer { candidates, ..Packer::default() };
            packer.begin(1, Some(&Depth { nodes: 1_000_000, limits: Limits::new() }));
            let found = packer.pack(&loads, &holds, prices.iter().copied(), upper);
            assert!((found - all).abs() < 1e-6, "case {case}: {found} is not {all}");
            with_tables += usize::from(packer.waste.work > 0);
        }
        assert!(with_tables > 20, "{with_tables} searches had tables");
    }
}
