//! Annealing in which options follow the customers: whole customers move, and every site has the option that is best for the
//! loads it happens to have. For problems in which nothing but limits ties customers and options together.
//!
//! A plan of several years has many places and years that must all have room at the same time. One price of overload for all of
//! them rises as long as any lacks room; here every site has a price of its own in every block (see [`Blocks`]), which
//! rises while it is overloaded there and falls while it is not (Yagiura, Ibaraki and Glover 2004, INFORMS Journal on Computing
//! 16, for one price; Kirkpatrick, Gelatt and Vecchi 1983, Science 220). Options cost what they cost over all years, so an
//! extension is given up the moment that no year needs it.

mod places;
mod walk;

use super::blocks::Blocks;
use super::problem::{Problem, Service, Solution};
use crate::id::{ArcId, CustomerId, Id, OptionId};
use crate::random::Random;
use places::Place;
use rayon::prelude::*;
use walk::Walk;

/// Heads of a first walk and of those that go on from a solution: temperatures as shares of the typical distance between a
/// customer's two cheapest arcs.
const HOT: f64 = 0.6;
const WARM: f64 = 0.15;

/// A problem for which options can follow.
#[derive(Debug)]
pub struct Following<'p> {
    problem: &'p Problem,
    blocks: Blocks,
    clients: Vec<Client>,
    places: Vec<Place>,
    /// No loads, of as many kinds as any block has.
    nothing: Vec<i32>,
}

/// A customer.
#[derive(Debug, Clone)]
struct Client {
    block: usize,
    /// Loads by kind of its block; the last is one for every customer.
    loads: Vec<i32>,
    /// Site, cost and number of its arcs, cheapest first.
    arcs: Vec<(u32, f64, u32)>,
}

impl<'p> Following<'p> {
    /// `None` where customers are divided, or more than limits ties things together, or a limit has a minimum, or an
    /// option serves a part of a block.
    pub fn new(problem: &'p Problem) -> Option<Self> {
        let plain = problem.rows.is_empty()
            && problem.implications.is_empty()
            && problem.pairs.is_empty()
            && problem.layers.is_empty()
            && problem.ceilings.is_empty()
            && problem.customers.iter().all(|customer| !customer.may_be_split() && !customer.arcs.is_empty())
            && problem.arcs.iter().all(|arc| arc.extra.is_empty())
            && problem.options.iter().flat_map(|option| &option.limits).all(|limit| limit.min <= 0 && limit.max >= 0);
        if !plain || problem.customers.is_empty() {
            return None;
        }
        let blocks = Blocks::new(problem);
        // Every kind has a place in the one block that counts it.
        let mut kinds = vec![0usize; blocks.count()];
        let mut place_of: Vec<Option<(usize, usize)>> = vec![None; problem.commodities.len()];
        // All of them together stay within what loads are counted in.
        let mut total = 0_i32;
        for (id, customer) in problem.customers.entries() {
            let block = blocks.of(id) as usize;
            for &(kind, load) in &customer.loads {
                total = total.checked_add(i32::try_from(load).ok().filter(|&load| load >= 0)?)?;
                if place_of[kind.index()].is_none() {
                    place_of[kind.index()] = Some((block, kinds[block]));
                    kinds[block] += 1;
                }
            }
        }
        let clients = problem
            .customers
            .entries()
            .map(|(id, customer)| {
                let block = blocks.of(id) as usize;
                let mut loads = vec![0; kinds[block] + 1];
                for &(kind, load) in &customer.loads {
                    if let Some((_, at)) = place_of[kind.index()] {
                        loads[at] += load as i32;
                    }
                }
                loads[kinds[block]] = 1;
                let mut arcs: Vec<(u32, f64, u32)> =
                    problem.arcs_of(id).map(|arc| (problem.arcs[arc].site.0, problem.arcs[arc].cost, arc.0)).collect();
                arcs.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.2.cmp(&b.2)));
                Client { block, loads, arcs }
            })
            .collect();
        let mut near: Vec<Vec<(CustomerId, usize)>> = vec![Vec::new(); problem.sites.len()];
        for arc in &problem.arcs {
            near[arc.site.index()].push((arc.customer, blocks.of(arc.customer) as usize));
        }
        let places: Option<Vec<Place>> =
            problem.sites.ids().map(|site| Place::new(problem, site, &near[site.index()], &kinds, &place_of)).collect();
        let nothing = vec![0; kinds.iter().max().map_or(1, |most| most + 1)];
        Some(Self { problem, blocks, clients, places: places?, nothing })
    }

    /// Number of blocks.
    pub fn blocks(&self) -> usize {
        self.blocks.count()
    }

    /// A solution from nothing but everybody's nearest site, or from another solution, in about so many moves; its hard
    /// limits may be exceeded. Returns it with the moves made.
    ///
    /// Without a start one walk opens what it likes and another leaves shut whatever may be shut: a school half empty is hardly
    /// ever given up. From the better of them on, the dearest options are forbidden one after the other, which is kept where it pays, and at last the
    /// customers of every block are annealed by themselves under the options found.
    pub fn run(
        &self,
        from: Option<&Solution>,
        moves: u64,
        random: &mut Random,
        interrupted: &(dyn Fn() -> bool + Sync),
    ) -> (Solution, u64) {
        let mut allowed: Vec<Vec<u32>> =
            self.places.iter().map(|place| (0..place.costs.len() as u32).collect()).collect();
        let heat = if from.is_some() { WARM } else { HOT };
        let start = self.start(from);
        let mut made = 0;
        let (mut chosen, mut value) = self.walk(&start, &allowed, (moves / 4, heat), &mut made, random, interrupted);
        if from.is_none() {
            let shut: Vec<Vec<u32>> = self
                .places
                .iter()
                .zip(&allowed)
                .map(|(place, all)| place.shut().unwrap_or_else(|| all.clone()))
                .collect();
            let closed = self.walk(&start, &shut, (moves / 4, heat), &mut made, random, interrupted);
            if shut != allowed && closed.1 < value {
                (chosen, value) = closed;
                allowed = shut;
            }
        }
        let (mut options, _) = Walk::new(self, &chosen, self.everybody(), &allowed).options();
        let mut dear: Vec<usize> = (0..self.places.len()).collect();
        dear.retain(|&site| self.places[site].costs[options[site] as usize] > self.places[site].least);
        dear.sort_by(|&a, &b| {
            let cost = |site: usize| self.places[site].costs[options[site] as usize];
            cost(b).total_cmp(&cost(a)).then(a.cmp(&b))
        });
        let share = moves / 4 / dear.len().max(1) as u64;
        for site in dear {
            let costs = &self.places[site].costs;
            let limit = costs[options[site] as usize];
            let mut fewer = allowed.clone();
            fewer[site].retain(|&option| costs[option as usize] < limit);
            if fewer[site].is_empty() || interrupted() {
                continue;
            }
            let (other, reached) = self.walk(&chosen, &fewer, (share, WARM), &mut made, random, interrupted);
            if reached < value {
                (chosen, value, allowed) = (other, reached, fewer);
                (options, _) = Walk::new(self, &chosen, self.everybody(), &allowed).options();
            }
        }
        let (settled, more) = self.settle(&chosen, &options, moves / 4, random, interrupted);
        (self.solution(&settled, &options), made + more)
    }

    fn everybody(&self) -> Vec<u32> {
        (0..self.clients.len() as u32).collect()
    }

    /// One walk of everybody; the best choice of arcs with the sites that lack room even so, and the cost with room made.
    fn walk(
        &self,
        chosen: &[u32],
        allowed: &[Vec<u32>],
        (moves, heat): (u64, f64),
        made: &mut u64,
        random: &mut Random,
        interrupted: &(dyn Fn() -> bool + Sync),
    ) -> (Vec<u32>, (usize, f64)) {
        let mut walk = Walk::new(self, chosen, self.everybody(), allowed);
        *made += walk.anneal(moves, heat, random, interrupted);
        let best = walk.best().clone();
        let (_, value) = Walk::new(self, &best, self.everybody(), allowed).options();
        (best, value)
    }

    /// Anneals the customers of every block by themselves while options stay.
    fn settle(
        &self,
        chosen: &[u32],
        options: &[u32],
        moves: u64,
        random: &mut Random,
        interrupted: &(dyn Fn() -> bool + Sync),
    ) -> (Vec<u32>, u64) {
        let kept: Vec<Vec<u32>> = options.iter().map(|&option| vec![option]).collect();
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); self.blocks.count()];
        for (number, client) in self.clients.iter().enumerate() {
            members[client.block].push(number as u32);
        }
        members.retain(|members| members.len() > 1);
        let randoms: Vec<Random> =
            members.iter().map(|_| Random::new(random.below(1 << 30) as u64, "following block")).collect();
        let settled: Vec<(Vec<u32>, Vec<u32>, u64)> = members
            .into_par_iter()
            .zip(randoms)
            .map(|(members, mut random)| {
                let share = moves * members.len() as u64 / self.clients.len() as u64;
                let mut walk = Walk::new(self, chosen, members.clone(), &kept);
                let made = walk.anneal(share, WARM, &mut random, interrupted);
                let best = members.iter().map(|&client| walk.best()[client as usize]).collect();
                (members, best, made)
            })
            .collect();
        let mut chosen = chosen.to_vec();
        let mut made = 0;
        for (members, best, moves) in settled {
            made += moves;
            for (client, arc) in members.into_iter().zip(best) {
                chosen[client as usize] = arc;
            }
        }
        (chosen, made)
    }

    /// The place of everybody's arc among its own.
    fn start(&self, from: Option<&Solution>) -> Vec<u32> {
        let Some(from) = from else { return vec![0; self.clients.len()] };
        let of = |(number, client): (usize, &Client)| match &from.services[CustomerId::new(number)] {
            Service::Whole(arc) => client.arcs.iter().position(|own| own.2 == arc.0).map_or(0, |at| at as u32),
            Service::Split(_) => 0,
        };
        self.clients.iter().enumerate().map(of).collect()
    }

    fn solution(&self, chosen: &[u32], options: &[u32]) -> Solution {
        let own = |(client, &at): (&Client, &u32)| Service::Whole(ArcId(client.arcs[at as usize].2));
        Solution {
            options: self
                .problem
                .sites
                .iter()
                .zip(options)
                .map(|(site, option)| OptionId(site.options.start + option))
                .collect(),
            services: self.clients.iter().zip(chosen).map(own).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
