//! Simulated annealing of an assignment whose catchments stay connected: customers on the borders go over to a site next
//! to them, alone or while another one goes on from there. Overload is at a price of each site's own that rises while there is
//! some and falls while there is none.
//!
//! Moves along borders as in Bozkaya, Erkut and Laporte (2003), European Journal of Operational Research 144; the moving price of
//! overload as in Yagiura, Ibaraki and Glover (2004), INFORMS Journal on Computing 16.

use super::placement::{Placement, ROUNDING, takes};
use super::single::Assignment;
use crate::id::{Id, SiteId};
use crate::kernel::problem::Problem;
use crate::random::Random;

/// Part of a walk from which on catchments are noted, and looks between two times.
const COLDER: f64 = 0.5;
const EVERY: u64 = 10;
/// Customers in catchments after which a walk notes no more.
const MOST_NOTED: usize = 2_000_000;
/// Least price of overload as a share of the typical change of cost by load.
const CHEAPEST: f64 = 1e-3;
/// Last temperature as a share of the typical change of a move.
const COLD: f64 = 0.01;
/// Share of moves of one customer alone, and of swaps among the others; members tried for a second one.
const ALONE: f64 = 0.35;
const SWAPS: f64 = 0.6;
const PARTNERS: usize = 6;
/// Border moves sampled for their typical change of cost.
const SAMPLES: usize = 300;
/// Most neighbours of a customer whose adjacency is kept as bits.
const BITS: usize = 32;
/// Most pairs of customer and site for which a table is made.
const MOST_PAIRS: usize = 10_000_000;
/// No arc, no customer.
const NONE: u32 = u32::MAX;

/// Who borders on whom, and the home of every site: one graph over all customers, whatever layers they are in.
#[derive(Debug)]
pub struct Ground {
    start: Vec<u32>,
    neighbour: Vec<u32>,
    /// For every entry of `neighbour` which others of the same customer's neighbours it touches, as bits.
    touching: Vec<u32>,
    /// The site that a customer is the home of.
    home_of: Vec<u32>,
}

impl Ground {
    /// The ground of a problem in which every customer is a node of exactly one layer, and the home of one site at most.
    /// `None` for others, and where walks would need too much memory.
    pub fn new(problem: &Problem) -> Option<Self> {
        let customers = problem.customers.len();
        if customers * problem.sites.len() > MOST_PAIRS {
            return None;
        }
        let mut node_of: Vec<Option<(usize, u32)>> = vec![None; customers];
        let mut home_of = vec![NONE; customers];
        for (index, layer) in problem.layers.iter().enumerate() {
            for (node, &customer) in layer.customers.iter().enumerate() {
                if node_of[customer.index()].replace((index, node as u32)).is_some() {
                    return None;
                }
            }
            for (site, home) in layer.homes.entries() {
                let Some(home) = home else { continue };
                let customer = layer.customers[*home as usize];
                if home_of[customer.index()] != NONE {
                    return None;
                }
                home_of[customer.index()] = site.0;
            }
        }
        let (mut start, mut neighbour, mut touching) = (vec![0], Vec::new(), Vec::new());
        for at in node_of {
            let (layer, node) = at?;
            let layer = &problem.layers[layer];
            let around = &layer.neighbours[node as usize];
            for &other in around {
                neighbour.push(layer.customers[other as usize].0);
                let next = &layer.neighbours[other as usize];
                let bits = around.iter().take(BITS).enumerate().filter(|(_, third)| next.binary_search(third).is_ok());
                touching.push(bits.fold(0u32, |bits, (place, _)| bits | 1 << place));
            }
            start.push(neighbour.len() as u32);
        }
        Some(Self { start, neighbour, touching, home_of })
    }

    fn around(&self, customer: usize) -> std::ops::Range<usize> {
        self.start[customer] as usize..self.start[customer + 1] as usize
    }
}

struct Walk<'a> {
    ground: &'a Ground,
    now: Placement<'a>,
    /// Arc from a customer to a site.
    arc: Vec<u32>,
    at: Vec<u32>,
    /// Customers with neighbours at other sites, and where each of them stands among these.
    border: Vec<u32>,
    border_place: Vec<u32>,
    /// Sites whose customers changed since they were noted.
    changed: Vec<bool>,
    seen: Vec<u32>,
    clock: u32,
    stack: Vec<u32>,
}

/// What a walk along borders found.
#[derive(Debug, Default)]
pub struct Walked {
    /// The best assignment met that keeps to the capacities, with its cost; the start if nothing better was met.
    pub best: Option<(Vec<u32>, f64)>,
    /// Catchments met in the colder part of the walk, and where it ended, that keep to the capacity of their site, whatever the
    /// others did then.
    pub catchments: Vec<(SiteId, Vec<u32>)>,
    /// Moves tried.
    pub moves: u64,
}

/// Anneals from arcs chosen for all customers, whose catchments are connected, in so many moves from `heat` times the
/// typical change of a move.
pub fn anneal_connected(
    problem: &Assignment,
    ground: &Ground,
    start: &[u32],
    (moves, heat): (u64, f64),
    random: &mut Random,
    interrupted: &dyn Fn() -> bool,
) -> Walked {
    let mut walk = Walk::new(problem, ground, start);
    let Some((typical, by_load)) = walk.typical(random) else { return Walked::default() };
    walk.now.price_at(by_load);
    let mut walked = Walked::default();
    walk.now.keep_better(&mut walked.best);
    let period = walk.now.period();
    let mut noted = 0;
    while walked.moves < moves && !walk.border.is_empty() && !interrupted() {
        let part = walked.moves as f64 / moves as f64;
        let temperature = typical * heat * (COLD / heat).powf(part);
        for _ in 0..period {
            let Some(&customer) = random.pick(&walk.border) else { break };
            if walk.go(customer as usize, temperature, random) {
                walk.now.keep_better(&mut walked.best);
            }
        }
        walked.moves += period;
        if part >= COLDER && (walked.moves / period).is_multiple_of(EVERY) && noted < MOST_NOTED {
            noted += walk.note(&mut walked.catchments);
        }
        walk.now.reprice(part, CHEAPEST * by_load);
    }
    walk.note(&mut walked.catchments);
    walked
}

impl<'a> Walk<'a> {
    fn new(problem: &'a Assignment, ground: &'a Ground, start: &[u32]) -> Self {
        let sites = problem.capacity.len();
        let customers = problem.customers();
        let mut arc = vec![NONE; customers * sites];
        for (index, (&customer, &site)) in problem.customer.iter().zip(&problem.site).enumerate() {
            arc[customer as usize * sites + site as usize] = index as u32;
        }
        let mut walk = Self {
            ground,
            now: Placement::new(problem, start, 0.0),
            arc,
            at: start.iter().map(|&arc| problem.site[arc as usize]).collect(),
            border: Vec::new(),
            border_place: vec![NONE; customers],
            changed: vec![true; sites],
            seen: vec![0; customers],
            clock: 0,
            stack: Vec::new(),
        };
        (0..customers).for_each(|customer| walk.look(customer));
        walk
    }

    /// Notes the catchments that changed since they were last noted and keep to their site's capacity.
    /// Returns how many customers they have.
    fn note(&mut self, into: &mut Vec<(SiteId, Vec<u32>)>) -> usize {
        let mut noted = 0;
        for (site, members) in self.now.members.iter().enumerate() {
            if self.now.room[site] >= -ROUNDING && !members.is_empty() && std::mem::take(&mut self.changed[site]) {
                let mut members = members.clone();
                members.sort_unstable();
                noted += members.len();
                into.push((SiteId::new(site), members));
            }
        }
        noted
    }

    /// Median change of cost of a border move that changes it, up or down, and the same by unit of load of those with a load.
    fn typical(&self, random: &mut Random) -> Option<(f64, f64)> {
        let (mut changes, mut by_load) = (Vec::new(), Vec::new());
        for _ in 0..SAMPLES {
            let customer = *random.pick(&self.border)? as usize;
            let Some(arc) = self.across(customer, random) else { continue };
            let problem = self.now.problem;
            let change = (problem.cost[arc] - problem.cost[self.now.chosen[customer] as usize]).abs();
            if change > 0.0 {
                changes.push(change);
                by_load.extend((problem.load[arc] > 0.0).then(|| change / problem.load[arc]));
            }
        }
        let median = |values: &mut Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied()
        };
        let typical = median(&mut changes)?;
        // Where nobody has a load there is no overload to pay for.
        Some((typical, median(&mut by_load).unwrap_or(typical)))
    }

    /// Looks anew whether a customer is on a border.
    fn look(&mut self, customer: usize) {
        let here = self.at[customer];
        let around = self.ground.around(customer);
        let borders = self.ground.neighbour[around].iter().any(|&other| self.at[other as usize] != here);
        let place = self.border_place[customer];
        if borders && place == NONE {
            self.border_place[customer] = self.border.len() as u32;
            self.border.push(customer as u32);
        } else if !borders && place != NONE {
            self.border.swap_remove(place as usize);
            if let Some(&moved) = self.border.get(place as usize) {
                self.border_place[moved as usize] = place;
            }
            self.border_place[customer] = NONE;
        }
    }

    fn set(&mut self, customer: usize, arc: usize) {
        let to = self.now.problem.site[arc];
        self.changed[self.at[customer] as usize] = true;
        self.changed[to as usize] = true;
        self.now.set(customer, arc);
        self.at[customer] = to;
        self.look(customer);
        for index in self.ground.around(customer) {
            let other = self.ground.neighbour[index] as usize;
            self.look(other);
        }
    }

    /// The arc from a customer to a site.
    fn arc_to(&self, customer: usize, site: usize) -> Option<usize> {
        let arc = self.arc[customer * self.changed.len() + site];
        (arc != NONE).then_some(arc as usize)
    }

    /// An arc over which a customer on a border may go to a site next to it.
    fn across(&self, customer: usize, random: &mut Random) -> Option<usize> {
        let around = self.ground.around(customer);
        let (first, count) = (around.start, around.len());
        let here = self.at[customer];
        let draw = random.below(count);
        let next = (0..count).map(|step| self.ground.neighbour[first + (draw + step) % count]);
        let site = next.map(|other| self.at[other as usize]).find(|&site| site != here)?;
        self.arc_to(customer, site as usize)
    }

    /// Whether what a site serves stays connected, and keeps its home, when a customer of it leaves.
    fn may_leave(&mut self, customer: usize) -> bool {
        let ground = self.ground;
        let here = self.at[customer];
        if ground.home_of[customer] == here {
            return self.now.members[here as usize].len() == 1;
        }
        let around = ground.around(customer);
        let first = around.start;
        if around.len() <= BITS {
            let mut own = 0u32;
            for (place, &other) in ground.neighbour[around.clone()].iter().enumerate() {
                if self.at[other as usize] == here {
                    own |= 1 << place;
                }
            }
            if own == 0 {
                // The last one, or one that was alone already.
                return true;
            }
            let mut reached = own & own.wrapping_neg();
            let mut frontier = reached;
            while frontier != 0 {
                let place = frontier.trailing_zeros() as usize;
                frontier &= frontier - 1;
                let new = ground.touching[first + place] & own & !reached;
                reached |= new;
                frontier |= new;
            }
            if reached == own {
                return true;
            }
        }
        // The long way round.
        self.clock += 1;
        let clock = self.clock;
        self.seen[customer] = clock;
        let mut wanted = 0;
        let mut begin = NONE;
        for &other in &ground.neighbour[around.clone()] {
            if self.at[other as usize] == here {
                wanted += 1;
                begin = other;
            }
        }
        if begin == NONE {
            return true;
        }
        let mut found = 0;
        self.stack.clear();
        self.stack.push(begin);
        self.seen[begin as usize] = clock;
        while let Some(node) = self.stack.pop() {
            for &other in &ground.neighbour[ground.around(node as usize)] {
                if other as usize == customer {
                    found += 1;
                    if found == wanted {
                        return true;
                    }
                }
                if self.at[other as usize] == here && self.seen[other as usize] != clock {
                    self.seen[other as usize] = clock;
                    self.stack.push(other);
                }
            }
        }
        false
    }

    fn touches(&self, customer: usize, site: u32) -> bool {
        self.ground.neighbour[self.ground.around(customer)].iter().any(|&other| self.at[other as usize] == site)
    }

    /// Moves a customer across the border, alone or with another one going on from there, if the temperature allows it.
    fn go(&mut self, customer: usize, temperature: f64, random: &mut Random) -> bool {
        let Some(arc) = self.across(customer, random) else { return false };
        let old = self.now.chosen[customer] as usize;
        let (from, to) = (self.at[customer], self.now.problem.site[arc]);
        let draw = random.unit();
        if draw < ALONE {
            let goes = takes(self.now.change(customer, arc), temperature, random) && self.may_leave(customer);
            if goes {
                self.set(customer, arc);
            }
            return goes;
        }
        let swap = (draw - ALONE) / (1.0 - ALONE) < SWAPS;
        let Some((other, onward)) = (0..PARTNERS).find_map(|_| self.partner(from, to, swap, random)) else {
            return false;
        };
        let change = self.now.change_of_two((customer, arc), (other, onward));
        if !takes(change, temperature, random) || !self.may_leave(customer) {
            return false;
        }
        self.set(customer, arc);
        let goes = self.touches(other, self.now.problem.site[onward]) && self.may_leave(other);
        if goes {
            self.set(other, onward);
        } else {
            self.set(customer, old);
        }
        goes
    }

    /// Draws a customer of the site `to` and looks whether, and over which arc, it may go on when another one comes from the site `from`: to
    /// that site in a swap, else across its own border.
    fn partner(&self, from: u32, to: u32, swap: bool, random: &mut Random) -> Option<(usize, usize)> {
        let other = *random.pick(&self.now.members[to as usize])? as usize;
        let onward = if swap {
            if !self.touches(other, from) {
                return None;
            }
            self.arc_to(other, from as usize)
        } else {
            if self.border_place[other] == NONE {
                return None;
            }
            self.across(other, random)
        };
        onward.map(|onward| (other, onward))
    }
}

#[cfg(test)]
mod tests;
