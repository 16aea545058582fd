//! An assignment that annealing moves about: who is where, what room is left, and overload at a price of each site's own that rises
//! while there is some and falls while there is none. With one price for all sites some site always lacks room.
//!
//! The moving price of overload as in Yagiura, Ibaraki and Glover (2004), INFORMS Journal on Computing 16, for the generalised
//! assignment problem.

use super::repair::NONE;
use super::single::Assignment;
use crate::random::Random;

/// Least moves between two looks at temperature, prices and clock: as many as there are customers where that is more.
const PERIOD: u64 = 500;
/// Factor on the price of a site with overload, and what it loses at first at one without.
const RAISE: f64 = 1.05;
const LOWER: f64 = 0.03;
/// Overload and relative differences of cost that are rounding.
pub(super) const ROUNDING: f64 = 1e-9;

/// Arcs chosen for all customers, within capacities or not.
#[derive(Debug)]
pub(super) struct Placement<'a> {
    pub problem: &'a Assignment,
    pub chosen: Vec<u32>,
    pub room: Vec<f64>,
    pub members: Vec<Vec<u32>>,
    /// Where every customer stands among the members of its site.
    place: Vec<u32>,
    pub cost: f64,
    over: f64,
    price: Vec<f64>,
}

impl<'a> Placement<'a> {
    /// The arcs of `start`, with overload at the same price everywhere.
    pub fn new(problem: &'a Assignment, start: &[u32], price: f64) -> Self {
        let mut placement = Self {
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
            placement.room[site] -= problem.load[arc as usize];
            placement.cost += problem.cost[arc as usize];
            placement.place[customer] = placement.members[site].len() as u32;
            placement.members[site].push(customer as u32);
        }
        placement.over = placement.room.iter().map(|&room| over(room)).sum();
        placement
    }

    /// Sets the price of overload of every site.
    pub fn price_at(&mut self, price: f64) {
        self.price.fill(price);
    }

    /// Moves between two looks at temperature, prices and clock.
    pub fn period(&self) -> u64 {
        PERIOD.max(self.chosen.len() as u64)
    }

    /// The site that serves a customer.
    pub fn site_of(&self, customer: usize) -> usize {
        self.problem.site[self.chosen[customer] as usize] as usize
    }

    /// Sends a customer over another arc.
    pub fn set(&mut self, customer: usize, arc: usize) {
        let old = std::mem::replace(&mut self.chosen[customer], arc as u32) as usize;
        let (from, to) = (self.problem.site[old] as usize, self.problem.site[arc] as usize);
        self.cost += self.problem.cost[arc] - self.problem.cost[old];
        for (site, change) in [(from, self.problem.load[old]), (to, -self.problem.load[arc])] {
            self.over -= over(self.room[site]);
            self.room[site] += change;
            self.over += over(self.room[site]);
        }
        let place = self.place[customer] as usize;
        self.members[from].swap_remove(place);
        if let Some(&moved) = self.members[from].get(place) {
            self.place[moved as usize] = place as u32;
        }
        self.place[customer] = self.members[to].len() as u32;
        self.members[to].push(customer as u32);
    }

    /// What sending a customer to another site changes, overload at its price.
    pub fn change(&self, customer: usize, arc: usize) -> f64 {
        let problem = self.problem;
        let old = self.chosen[customer] as usize;
        let (from, to) = (problem.site[old] as usize, problem.site[arc] as usize);
        let excess =
            self.excess(to, self.room[to] - problem.load[arc]) + self.excess(from, self.room[from] + problem.load[old]);
        problem.cost[arc] - problem.cost[old] + excess
    }

    /// What it changes to send a customer to another site and one of that site's over `onward`, be it to the first one's site or a third.
    pub fn change_of_two(&self, (customer, arc): (usize, usize), (other, onward): (usize, usize)) -> f64 {
        let problem = self.problem;
        let (old, theirs) = (self.chosen[customer] as usize, self.chosen[other] as usize);
        let (from, to, third) = (problem.site[old] as usize, problem.site[arc] as usize, problem.site[onward] as usize);
        let arriving = self.room[to] - problem.load[arc] + problem.load[theirs];
        let leaving = self.room[from] + problem.load[old];
        let excess = self.excess(to, arriving)
            + if third == from {
                self.excess(from, leaving - problem.load[onward])
            } else {
                self.excess(from, leaving) + self.excess(third, self.room[third] - problem.load[onward])
            };
        problem.cost[arc] - problem.cost[old] + problem.cost[onward] - problem.cost[theirs] + excess
    }

    /// What overload at a site costs more where so much room is left.
    fn excess(&self, site: usize, room: f64) -> f64 {
        self.price[site] * (over(room) - over(self.room[site]))
    }

    /// Takes the arcs over as the best ones if they keep to the capacities and cost less.
    pub fn keep_better(&self, best: &mut Option<(Vec<u32>, f64)>) {
        let better = |best: &(Vec<u32>, f64)| self.cost < best.1 - ROUNDING * best.1.abs();
        if self.over <= ROUNDING && best.as_ref().is_none_or(better) {
            *best = Some((self.chosen.clone(), self.cost));
        }
    }

    /// Moves the prices, none below `floor`, where such a part of the moves is done: towards the end they hardly fall, so that
    /// everybody has room.
    pub fn reprice(&mut self, part: f64, floor: f64) {
        let lower = 1.0 - LOWER * (1.0 - part).powi(2);
        for (price, &room) in self.price.iter_mut().zip(&self.room) {
            *price = (*price * if room < -ROUNDING { RAISE } else { lower }).max(floor);
        }
    }

    /// The arcs chosen now, without those of customers for whom there is no room.
    pub fn within_room(&self) -> Vec<u32> {
        let mut chosen = self.chosen.clone();
        let load = |customer: u32| self.problem.load[self.chosen[customer as usize] as usize];
        for (members, &room) in self.members.iter().zip(&self.room) {
            let mut lacking = -room;
            let mut order = members.clone();
            order.sort_by(|&a, &b| load(b).total_cmp(&load(a)).then(a.cmp(&b)));
            while lacking > ROUNDING {
                // One who is enough alone, the smallest of these; else the greatest.
                let enough = order.iter().rposition(|&customer| load(customer) >= lacking);
                let out = order.remove(enough.unwrap_or(0));
                lacking -= load(out);
                chosen[out as usize] = NONE;
            }
        }
        chosen
    }
}

fn over(room: f64) -> f64 {
    (-room).max(0.0)
}

/// Whether annealing at `temperature` makes a move that changes the cost by `change`.
pub(super) fn takes(change: f64, temperature: f64, random: &mut Random) -> bool {
    change <= 0.0 || (change < 12.0 * temperature && random.unit() < (-change / temperature).exp())
}
