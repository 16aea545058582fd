//! One walk: loads, options and prices of overload while customers are shifted and swapped.

use super::places::Over;
use super::{Client, Following};
use crate::random::Random;

/// Share of shifts among the moves; the others are swaps.
const SHIFTS: f64 = 0.4;
/// Moves between two looks at temperature, prices and clock, by customer.
const PERIOD: u64 = 1;
/// The last temperature as a share of the typical distance between a customer's two cheapest arcs.
const COLD: f64 = 0.01;
/// Price of one unit too many to begin with, and its limits, in typical distances.
const PRICE: f64 = 10.0;
const PRICES: (f64, f64) = (1.0, 300.0);
/// Factor on a price while there is overload, and what it loses at first while there is none.
const RAISE: f64 = 1.05;
const LOWER: f64 = 0.03;

/// Customers on the move.
pub(super) struct Walk<'a> {
    whole: &'a Following<'a>,
    /// Those who move.
    movers: Vec<u32>,
    /// Place of everybody's arc among its own.
    chosen: Vec<u32>,
    /// Options that sites may have, by their numbers there.
    allowed: &'a [Vec<u32>],
    loads: Vec<Vec<i32>>,
    over: Vec<Vec<Over>>,
    price: Vec<f64>,
    /// Best option of every site, what it costs with its overload priced, and its hard excess.
    best_option: Vec<(u32, f64, f64)>,
    members: Vec<Vec<u32>>,
    place: Vec<u32>,
    /// Cost of the movers' arcs.
    travel: f64,
    /// Sites with hard excess.
    overloaded: usize,
    best: Vec<u32>,
    best_value: (usize, f64),
    shown: Vec<i64>,
    made: [Vec<Over>; 2],
    changed: Vec<i32>,
}

impl<'a> Walk<'a> {
    pub fn new(whole: &'a Following<'a>, chosen: &[u32], movers: Vec<u32>, allowed: &'a [Vec<u32>]) -> Self {
        let (sites, blocks) = (whole.places.len(), whole.blocks.count());
        let mut kinds = vec![0; blocks];
        whole.clients.iter().for_each(|client| kinds[client.block] = client.loads.len());
        let loads = (0..sites * blocks).map(|at| vec![0; kinds[at % blocks].max(1)]).collect();
        let mut walk = Self {
            whole,
            movers,
            chosen: chosen.to_vec(),
            allowed,
            loads,
            over: vec![Vec::new(); sites * blocks],
            price: vec![0.0; sites * blocks],
            best_option: vec![(0, 0.0, 0.0); sites],
            members: vec![Vec::new(); sites * blocks],
            place: vec![0; whole.clients.len()],
            travel: 0.0,
            overloaded: 0,
            best: chosen.to_vec(),
            best_value: (usize::MAX, f64::INFINITY),
            shown: Vec::new(),
            made: [Vec::new(), Vec::new()],
            changed: Vec::new(),
        };
        for at in 0..walk.movers.len() {
            let client = walk.movers[at];
            let (own, site) = (&whole.clients[client as usize], walk.site(client));
            let slot = site * blocks + own.block;
            own.loads.iter().zip(&mut walk.loads[slot]).for_each(|(load, sum)| *sum += load);
            walk.travel += own.arcs[chosen[client as usize] as usize].1;
            walk.place[client as usize] = walk.members[slot].len() as u32;
            walk.members[slot].push(client);
        }
        for slot in 0..sites * blocks {
            whole.places[slot / blocks].blocks[slot % blocks].over(
                &walk.loads[slot],
                &mut walk.shown,
                &mut walk.over[slot],
            );
        }
        walk
    }

    /// The best choice of arcs met: fewest sites with hard excess, then the least cost.
    pub fn best(&self) -> &Vec<u32> {
        &self.best
    }

    /// The cheapest option of every site that holds the loads, or the one that they exceed least; with the number of sites whose
    /// options do not, and the cost.
    pub fn options(mut self) -> (Vec<u32>, (usize, f64)) {
        self.price.fill(1e15);
        (0..self.best_option.len()).for_each(|site| self.weigh(site));
        let lacking = self.best_option.iter().filter(|best| best.2 > 0.0).count();
        let cost = self.travel + self.best_option.iter().map(|best| best.1).sum::<f64>();
        (self.best_option.iter().map(|best| best.0).collect(), (lacking, cost))
    }

    /// Makes so many moves while the temperature falls from `heat`.
    pub fn anneal(&mut self, moves: u64, heat: f64, random: &mut Random, interrupted: &dyn Fn() -> bool) -> u64 {
        let movers: Vec<u32> =
            self.movers.iter().copied().filter(|&c| self.whole.clients[c as usize].arcs.len() > 1).collect();
        let mut steps: Vec<f64> = movers.iter().map(|&client| step(&self.whole.clients[client as usize])).collect();
        steps.sort_by(f64::total_cmp);
        let Some(&typical) = steps.get(steps.len() / 2).filter(|step| **step > 0.0) else { return 0 };
        self.price.fill(PRICE * typical);
        (0..self.best_option.len()).for_each(|site| self.weigh(site));
        self.overloaded = self.best_option.iter().filter(|best| best.2 > 0.0).count();
        self.note();
        let period = PERIOD * movers.len() as u64;
        let mut done = 0;
        while done < moves && !interrupted() {
            let temperature = typical * heat * (COLD / heat).powf(done as f64 / moves as f64);
            for _ in 0..period {
                let client = movers[random.below(movers.len())];
                if random.chance(SHIFTS) {
                    self.shift(client, temperature, random);
                } else {
                    self.swap(client, temperature, random);
                }
            }
            done += period;
            // Towards the end prices hardly fall, so that everybody has room.
            let left = 1.0 - done as f64 / moves as f64;
            self.reprice(typical, 1.0 - LOWER * left * left);
        }
        done
    }

    fn site(&self, client: u32) -> usize {
        self.whole.clients[client as usize].arcs[self.chosen[client as usize] as usize].0 as usize
    }

    /// Prices that rise where there is overload under the option a site has, and fall elsewhere.
    fn reprice(&mut self, typical: f64, lower: f64) {
        let blocks = self.whole.blocks.count();
        for site in 0..self.best_option.len() {
            let option = self.best_option[site].0 as usize;
            for block in 0..blocks {
                let slot = site * blocks + block;
                let part = self.whole.places[site].parts[option * blocks + block] as usize;
                let factor = if self.over[slot][part].hard > 0.0 { RAISE } else { lower };
                self.price[slot] = (self.price[slot] * factor).clamp(PRICES.0 * typical, PRICES.1 * typical);
            }
            self.weigh(site);
        }
        self.overloaded = self.best_option.iter().filter(|best| best.2 > 0.0).count();
    }

    /// Finds the best option of a site.
    fn weigh(&mut self, site: usize) {
        self.best_option[site] = self.weighed(site, None);
    }

    /// The best option of a site, with other overloads in one block.
    fn weighed(&self, site: usize, other: Option<(usize, &[Over])>) -> (u32, f64, f64) {
        let place = &self.whole.places[site];
        let blocks = self.whole.blocks.count();
        let mut best = (0, f64::INFINITY, 0.0);
        for &option in &self.allowed[site] {
            let option = option as usize;
            let (mut value, mut hard) = (place.costs[option], 0.0);
            for block in 0..blocks {
                let slot = site * blocks + block;
                let part = place.parts[option * blocks + block] as usize;
                let over = match other {
                    Some((there, over)) if there == block => over[part],
                    _ => self.over[slot][part],
                };
                if over.hard > 0.0 || over.soft > 0.0 {
                    value += over.soft + self.price[slot] * over.hard;
                    hard += over.hard;
                }
            }
            if value < best.1 {
                best = (option as u32, value, hard);
            }
        }
        best
    }

    /// The best option of a site with changed loads in one block; the overloads are left in `made`.
    fn tried(&mut self, site: usize, block: usize, keep: usize, more: &[i32], less: &[i32]) -> (u32, f64, f64) {
        let slot = site * self.whole.blocks.count() + block;
        self.changed.clear();
        self.changed.extend(self.loads[slot].iter().zip(more).zip(less).map(|((load, more), less)| load + more - less));
        let mut made = std::mem::take(&mut self.made[keep]);
        self.whole.places[site].blocks[block].over(&self.changed, &mut self.shown, &mut made);
        let weighed =
            if made == self.over[slot] { self.best_option[site] } else { self.weighed(site, Some((block, &made))) };
        self.made[keep] = made;
        weighed
    }

    /// Another arc of a customer: near ones more often.
    fn other(&self, client: u32, random: &mut Random) -> u32 {
        let arcs = self.whole.clients[client as usize].arcs.len();
        let among = if random.chance(0.7) { arcs.min(4) } else { arcs };
        random.below(among) as u32
    }

    fn shift(&mut self, client: u32, temperature: f64, random: &mut Random) {
        let whole = self.whole;
        let (arc, old) = (self.other(client, random), self.chosen[client as usize]);
        let own = &whole.clients[client as usize];
        let (from, to) = (own.arcs[old as usize].0 as usize, own.arcs[arc as usize].0 as usize);
        if from == to {
            return;
        }
        let nothing = &whole.nothing[..own.loads.len()];
        let cost = own.arcs[arc as usize].1 - own.arcs[old as usize].1;
        let there = self.tried(to, own.block, 0, &own.loads, nothing);
        let before = self.best_option[to].1 + self.best_option[from].1;
        // What is left behind costs no less than the cheapest option.
        if cost + there.1 + whole.places[from].least - before > 12.0 * temperature {
            return;
        }
        let here = self.tried(from, own.block, 1, nothing, &own.loads);
        if takes(cost + there.1 + here.1 - before, temperature, random) {
            self.take([(client, arc)].as_slice(), [(to, there), (from, here)], own.block);
        }
    }

    fn swap(&mut self, client: u32, temperature: f64, random: &mut Random) {
        let whole = self.whole;
        let (arc, old) = (self.other(client, random), self.chosen[client as usize]);
        let own = &whole.clients[client as usize];
        let (from, to) = (own.arcs[old as usize].0 as usize, own.arcs[arc as usize].0 as usize);
        let there = &self.members[to * whole.blocks.count() + own.block];
        if from == to || there.is_empty() {
            return;
        }
        let other = there[random.below(there.len())];
        let their = &whole.clients[other as usize];
        let Some(back) = their.arcs.iter().position(|arc| arc.0 as usize == from) else { return };
        let theirs = self.chosen[other as usize] as usize;
        let cost = own.arcs[arc as usize].1 - own.arcs[old as usize].1 + their.arcs[back].1 - their.arcs[theirs].1;
        let before = self.best_option[to].1 + self.best_option[from].1;
        let arrived = self.tried(to, own.block, 0, &own.loads, &their.loads);
        if cost + arrived.1 + whole.places[from].least - before > 12.0 * temperature {
            return;
        }
        let left = self.tried(from, own.block, 1, &their.loads, &own.loads);
        if takes(cost + arrived.1 + left.1 - before, temperature, random) {
            self.take(&[(client, arc), (other, back as u32)], [(to, arrived), (from, left)], own.block);
        }
    }

    /// Makes moves between two sites whose options, values and overloads are known.
    fn take(&mut self, moves: &[(u32, u32)], sites: [(usize, (u32, f64, f64)); 2], block: usize) {
        let whole = self.whole;
        let blocks = whole.blocks.count();
        for &(client, arc) in moves {
            let own = &whole.clients[client as usize];
            let old = std::mem::replace(&mut self.chosen[client as usize], arc);
            let (from, to) = (own.arcs[old as usize], own.arcs[arc as usize]);
            self.travel += to.1 - from.1;
            let (from, to) = (from.0 as usize * blocks + block, to.0 as usize * blocks + block);
            own.loads.iter().zip(&mut self.loads[from]).for_each(|(load, sum)| *sum -= load);
            own.loads.iter().zip(&mut self.loads[to]).for_each(|(load, sum)| *sum += load);
            let at = self.place[client as usize] as usize;
            self.members[from].swap_remove(at);
            if let Some(&moved) = self.members[from].get(at) {
                self.place[moved as usize] = at as u32;
            }
            self.place[client as usize] = self.members[to].len() as u32;
            self.members[to].push(client);
        }
        for (index, (site, best)) in sites.into_iter().enumerate() {
            std::mem::swap(&mut self.over[site * blocks + block], &mut self.made[index]);
            self.overloaded -= usize::from(self.best_option[site].2 > 0.0);
            self.overloaded += usize::from(best.2 > 0.0);
            self.best_option[site] = best;
        }
        if self.overloaded <= self.best_value.0 {
            self.note();
        }
    }

    /// Keeps the present choice if it is the best.
    fn note(&mut self) {
        let value = (self.overloaded, self.travel);
        if value.0 > self.best_value.0 {
            return;
        }
        let cost: f64 = self.best_option.iter().map(|best| best.1).sum();
        let value = (value.0, value.1 + cost);
        if value.0 < self.best_value.0 || value.1 < self.best_value.1 - 1e-9 * self.best_value.1.abs() {
            self.best.clone_from(&self.chosen);
            self.best_value = value;
        }
    }
}

/// Distance between the two cheapest arcs of a customer.
fn step(client: &Client) -> f64 {
    client.arcs[1].1 - client.arcs[0].1
}

/// Whether annealing at `temperature` makes a move that changes the cost by `change`.
fn takes(change: f64, temperature: f64, random: &mut Random) -> bool {
    change <= 0.0 || (change < 12.0 * temperature && random.unit() < (-change / temperature).exp())
}
