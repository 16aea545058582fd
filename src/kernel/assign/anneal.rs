//! Simulated annealing of an assignment within tight capacities: shifts and swaps, overload at a price of each site's own that
//! rises while there is some and falls while there is none. With one price for all sites some site always lacks room.
//!
//! Kirkpatrick, Gelatt and Vecchi (1983), Science 220; the moving price of overload as in Yagiura, Ibaraki and Glover
//! (2004), INFORMS Journal on Computing 16, for the generalised assignment problem.

use super::repair::{NONE, Repair};
use super::single::Assignment;
use crate::random::Random;

/// Least moves between two looks at temperature, prices and clock: as many as there are customers where that is more.
const PERIOD: u64 = 500;
/// Factor on the price of a site with overload, and what it loses at first at one without.
const RAISE: f64 = 1.05;
const LOWER: f64 = 0.03;
/// How far moves look: below which draw among how many of the cheapest arcs; above the last one among all.
const NEAR: [(f64, usize); 2] = [(0.7, 4), (0.95, 20)];
/// First and last temperature as a share of the typical distance between a customer's two cheapest arcs.
const HOT: f64 = 0.6;
const COLD: f64 = 0.02;

struct Walk<'a> {
    problem: &'a Assignment,
    chosen: Vec<u32>,
    room: Vec<f64>,
    members: Vec<Vec<u32>>,
    /// Where every customer stands among the members of its site.
    place: Vec<u32>,
    cost: f64,
    over: f64,
    price: Vec<f64>,
}

/// Anneals from arcs chosen for all customers, within capacities or not, in so many moves; the best assignment found that
/// keeps to the capacities, with its cost, and the moves made.
pub fn anneal(
    problem: &Assignment,
    start: &[u32],
    moves: u64,
    random: &mut Random,
    interrupted: &dyn Fn() -> bool,
) -> (Option<(Vec<u32>, f64)>, u64) {
    let several: Vec<u32> =
        (0..problem.customers() as u32).filter(|&customer| problem.arcs(customer as usize).len() > 1).collect();
    let mut gaps: Vec<(f64, f64)> = several
        .iter()
        .map(|&customer| {
            let arcs = problem.arcs(customer as usize);
            let step = problem.cost[arcs.start + 1] - problem.cost[arcs.start];
            (step, step / problem.load[arcs.start].max(1e-9))
        })
        .collect();
    if gaps.is_empty() {
        return (None, 0);
    }
    gaps.sort_by(|a, b| a.0.total_cmp(&b.0));
    let typical = gaps[gaps.len() / 2].0.max(1e-9 * problem.cost.iter().copied().fold(0.0, f64::max)).max(1e-12);
    gaps.sort_by(|a, b| a.1.total_cmp(&b.1));
    let floor = 1e-3 * gaps[gaps.len() / 2].1.max(1e-12);
    let mut walk = Walk::new(problem, start, 1e3 * floor);
    let mut best: Option<(Vec<u32>, f64)> = None;
    let mut done = 0;
    let period = PERIOD.max(problem.customers() as u64);
    while done < moves && !interrupted() {
        let part = done as f64 / moves as f64;
        let temperature = typical * HOT * (COLD / HOT).powf(part);
        for _ in 0..period {
            let customer = several[random.below(several.len())] as usize;
            if random.chance(0.5) {
                walk.shift(customer, temperature, random);
            } else {
                walk.swap(customer, temperature, random);
            }
            if walk.over <= 1e-9 && best.as_ref().is_none_or(|best| walk.cost < best.1 - 1e-9 * best.1.abs()) {
                best = Some((walk.chosen.clone(), walk.cost));
            }
        }
        done += period;
        // Towards the end prices hardly fall, so that everybody has room.
        let lower = 1.0 - LOWER * (1.0 - part).powi(2);
        for (price, &room) in walk.price.iter_mut().zip(&walk.room) {
            *price = (*price * if room < -1e-9 { RAISE } else { lower }).max(floor);
        }
    }
    // Where somebody always lacked room, those who do are served anew.
    let mut chosen = best.map_or_else(|| walk.within_room(), |best| best.0);
    done += Repair::default().run(problem, &mut chosen);
    if chosen.contains(&NONE) {
        return (None, done);
    }
    let cost = problem.offset + chosen.iter().map(|&arc| problem.cost[arc as usize]).sum::<f64>();
    (Some((chosen, cost)), done)
}

impl<'a> Walk<'a> {
    fn new(problem: &'a Assignment, start: &[u32], price: f64) -> Self {
        let mut walk = Self {
            problem,
            chosen: start.to_vec(),
            room: problem.capacity.clone(),
            members: vec![Vec::new(); problem.capacity.len()],
            place: vec![0; start.len()],
            cost: problem.offset,
            over: 0.0,
            price: vec![price; problem.capacity.len()],
        };
        for (customer, &arc) in start.iter().enumerate() {
            let site = problem.site[arc as usize] as usize;
            walk.room[site] -= problem.load[arc as usize];
            walk.cost += problem.cost[arc as usize];
            walk.place[customer] = walk.members[site].len() as u32;
            walk.members[site].push(customer as u32);
        }
        walk.over = walk.room.iter().map(|&room| (-room).max(0.0)).sum();
        walk
    }

    fn set(&mut self, customer: usize, arc: usize) {
        let old = std::mem::replace(&mut self.chosen[customer], arc as u32) as usize;
        let (from, to) = (self.problem.site[old] as usize, self.problem.site[arc] as usize);
        self.cost += self.problem.cost[arc] - self.problem.cost[old];
        for (site, change) in [(from, self.problem.load[old]), (to, -self.problem.load[arc])] {
            self.over -= (-self.room[site]).max(0.0);
            self.room[site] += change;
            self.over += (-self.room[site]).max(0.0);
        }
        let place = self.place[customer] as usize;
        self.members[from].swap_remove(place);
        if let Some(&moved) = self.members[from].get(place) {
            self.place[moved as usize] = place as u32;
        }
        self.place[customer] = self.members[to].len() as u32;
        self.members[to].push(customer as u32);
    }

    /// The arcs chosen now, without those of customers for whom there is no room.
    fn within_room(&self) -> Vec<u32> {
        let mut chosen = self.chosen.clone();
        let load = |customer: u32| self.problem.load[self.chosen[customer as usize] as usize];
        for (members, &room) in self.members.iter().zip(&self.room) {
            let mut lacking = -room;
            let mut order = members.clone();
            order.sort_by(|&a, &b| load(b).total_cmp(&load(a)).then(a.cmp(&b)));
            while lacking > 1e-9 {
                // One who is enough alone, the smallest of these; else the greatest.
                let enough = order.iter().rposition(|&customer| load(customer) >= lacking);
                let out = order.remove(enough.unwrap_or(0));
                lacking -= load(out);
                chosen[out as usize] = NONE;
            }
        }
        chosen
    }

    /// Another arc of a customer: near ones more often.
    fn other(&self, customer: usize, random: &mut Random) -> usize {
        let arcs = self.problem.arcs(customer);
        let draw = random.unit();
        let among = NEAR.iter().find(|near| draw < near.0).map_or(arcs.len(), |near| arcs.len().min(near.1));
        arcs.start + random.below(among)
    }

    fn shift(&mut self, customer: usize, temperature: f64, random: &mut Random) {
        let arc = self.other(customer, random);
        let old = self.chosen[customer] as usize;
        let (from, to) = (self.problem.site[old] as usize, self.problem.site[arc] as usize);
        if from == to {
            return;
        }
        let over = |room: f64| (-room).max(0.0);
        let excess = self.price[to] * (over(self.room[to] - self.problem.load[arc]) - over(self.room[to]))
            + self.price[from] * (over(self.room[from] + self.problem.load[old]) - over(self.room[from]));
        let change = self.problem.cost[arc] - self.problem.cost[old] + excess;
        if takes(change, temperature, random) {
            self.set(customer, arc);
        }
    }

    fn swap(&mut self, customer: usize, temperature: f64, random: &mut Random) {
        let arc = self.other(customer, random);
        let old = self.chosen[customer] as usize;
        let (from, to) = (self.problem.site[old] as usize, self.problem.site[arc] as usize);
        if from == to || self.members[to].is_empty() {
            return;
        }
        let other = self.members[to][random.below(self.members[to].len())] as usize;
        let theirs = self.chosen[other] as usize;
        let Some(back) = self.problem.arcs(other).find(|&arc| self.problem.site[arc] as usize == from) else { return };
        let over = |room: f64| (-room).max(0.0);
        let (arriving, leaving) = (self.room[to] - self.problem.load[arc], self.room[from] + self.problem.load[old]);
        let excess = self.price[to] * (over(arriving + self.problem.load[theirs]) - over(self.room[to]))
            + self.price[from] * (over(leaving - self.problem.load[back]) - over(self.room[from]));
        let cost =
            self.problem.cost[arc] - self.problem.cost[old] + self.problem.cost[back] - self.problem.cost[theirs];
        if takes(cost + excess, temperature, random) {
            self.set(customer, arc);
            self.set(other, back);
        }
    }
}

/// Whether annealing at `temperature` makes a move that changes the cost by `change`.
pub(super) fn takes(change: f64, temperature: f64, random: &mut Random) -> bool {
    change <= 0.0 || (change < 12.0 * temperature && random.unit() < (-change / temperature).exp())
}
