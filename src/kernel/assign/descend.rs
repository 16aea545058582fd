//! Depth-first branch and bound for the assignment of whole customers, on a Lagrangian bound with whole knapsacks.
//!
//! "Every customer is served once" is relaxed; each site is then a 0/1 knapsack. At every improvement of the bound arcs
//! are removed whose use costs too much; a customer with one arc left is settled. Branching takes a customer that the
//! relaxed solution does not serve exactly once and tries its arcs. Fisher, Jaikumar and Van Wassenhove (1986), Management
//! Science 32; fixing at every step: Posta, Ferland and Michelon (2012), Computational Optimization and Applications 52.

use super::repair::{NONE, Repair};
use super::single::Assignment;
use super::tolls::{Item, Toll, Tolls};
use crate::kernel::bound::{Choosable, Knapsack};

/// How the search spends its effort.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Most nodes.
    pub nodes: u64,
    /// Steps of the climb at the first node and at the others.
    pub first_steps: usize,
    /// See `first_steps`.
    pub steps: usize,
}

/// What a search came to.
#[derive(Debug, Clone)]
pub struct Descent {
    /// Lower bound on every assignment, at most the final cutoff.
    pub bound: f64,
    /// The best assignment found below the cutoff: an arc for each customer, and its cost.
    pub best: Option<(Vec<u32>, f64)>,
    /// Whether the search was cut short, so that the bound may be far from what there is.
    pub cut: bool,
    /// Which arcs the first node left: no assignment below the final cutoff uses another.
    pub alive: Vec<bool>,
    /// Items and arcs looked at.
    pub work: u64,
    /// Nodes explored.
    pub nodes: u64,
}

/// Relative safety of bounds against rounding.
const SAFETY: f64 = 1e-10;
/// Cells of the tables of one site up to which tolls are worked out exactly, and how often at one node.
const MOST_SHARP: usize = 60_000;
const SHARP_ROUNDS: usize = 3;

/// A search in progress.
pub struct Descend<'a> {
    problem: &'a Assignment,
    effort: Effort,
    /// What a bound must reach to settle a node.
    cutoff: f64,
    /// Relative gap that is good enough.
    gap: f64,
    interrupted: &'a dyn Fn() -> bool,
    alive: Vec<bool>,
    left: Vec<u32>,
    /// The arc of every settled customer.
    settled: Vec<u32>,
    room: Vec<f64>,
    settled_cost: f64,
    trail: Vec<Change>,
    at_site: Vec<Vec<u32>>,
    scales: Vec<f64>,
    knapsack: Knapsack,
    items: Vec<Choosable>,
    /// Of the last evaluation: arcs used, and worth, fractional worth and price of every site.
    used: Vec<bool>,
    packed: Vec<(f64, f64, f64)>,
    /// Exact tolls of arcs at the multipliers of the last evaluation; empty where they were not worked out.
    toll: Vec<Option<Toll>>,
    tolls: Tolls,
    best: Option<(Vec<u32>, f64)>,
    repair: Repair,
    /// Least bound of what was left open.
    open: f64,
    cut: bool,
    nodes: u64,
    work: u64,
}

#[derive(Debug, Clone, Copy)]
enum Change {
    Removed(u32),
    /// A customer, with the cost of the settled ones before.
    Settled(u32, f64),
}

impl<'a> Descend<'a> {
    /// A search below `cutoff`; a bound that reaches a solution's cost less the share `gap` of it is good enough.
    pub fn new(
        problem: &'a Assignment,
        cutoff: f64,
        gap: f64,
        effort: Effort,
        interrupted: &'a dyn Fn() -> bool,
    ) -> Self {
        let (customers, sites, arcs) = (problem.customers(), problem.capacity.len(), problem.site.len());
        let mut at_site = vec![Vec::new(); sites];
        for arc in 0..arcs {
            at_site[problem.site[arc] as usize].push(arc as u32);
        }
        Self {
            problem,
            effort,
            cutoff,
            gap,
            interrupted,
            alive: vec![true; arcs],
            left: (0..customers).map(|customer| problem.arcs(customer).len() as u32).collect(),
            settled: vec![NONE; customers],
            room: problem.capacity.clone(),
            settled_cost: 0.0,
            trail: Vec::new(),
            at_site,
            scales: Vec::new(),
            knapsack: Knapsack::default(),
            items: Vec::new(),
            used: vec![false; arcs],
            packed: vec![(0.0, 0.0, 0.0); sites],
            toll: Vec::new(),
            tolls: Tolls::default(),
            best: None,
            repair: Repair::default(),
            open: f64::INFINITY,
            cut: false,
            nodes: 0,
            work: 0,
        }
    }

    /// Runs the search from multipliers of the customers.
    pub fn run(mut self, start: &[f64]) -> Descent {
        let mean = start.iter().map(|value| value.abs()).sum::<f64>() / start.len().max(1) as f64;
        self.scales = start.iter().map(|value| (value.abs() / mean.max(1e-9)).clamp(0.02, 50.0)).collect();
        let crowded: Vec<u32> = (0..self.problem.customers() as u32).filter(|&c| self.left[c as usize] == 1).collect();
        if self.settle(crowded) {
            let start = self.better_start(start);
            self.node(&start, f64::NEG_INFINITY, 0);
        }
        let bound = self.open.min(self.cutoff);
        let work = self.work + self.knapsack.work + self.tolls.work;
        Descent { bound, best: self.best, cut: self.cut, alive: self.alive, work, nodes: self.nodes }
    }

    /// The multipliers that the best prices of capacity give, where they prove more than `start`.
    fn better_start(&mut self, start: &[f64]) -> Vec<f64> {
        let charges = self.problem.charges(&self.alive);
        let Some((charges, work)) = charges else { return start.to_vec() };
        self.work += work;
        let (before, after) = (self.evaluate(start), self.evaluate(&charges));
        if after > before { charges } else { start.to_vec() }
    }

    /// Explores the present node.
    fn node(&mut self, start: &[f64], inherited: f64, depth: usize) {
        if self.nodes >= self.effort.nodes || (self.interrupted)() {
            self.open = self.open.min(inherited);
            self.cut = true;
            return;
        }
        self.nodes += 1;
        let Some((multipliers, bound)) = self.climb(start, depth) else { return };
        let bound = bound.max(inherited);
        if bound >= self.cutoff {
            return;
        }
        let mut value = self.evaluate(&multipliers);
        self.mend(&multipliers);
        for round in 0..=SHARP_ROUNDS {
            if value.max(bound) >= self.cutoff {
                return;
            }
            if round == SHARP_ROUNDS {
                break;
            }
            self.sharpen(&multipliers);
            let before = self.trail.len();
            if !self.remove_arcs(value, &multipliers) {
                return;
            }
            if self.trail.len() == before {
                break;
            }
            value = self.evaluate(&multipliers);
        }
        if self.settled.iter().all(|&arc| arc != NONE) {
            self.take_settled();
            return;
        }
        let Some(customer) = self.branching(&multipliers) else {
            self.take_relaxed(value.max(bound));
            return;
        };
        let mut children: Vec<(f64, u32)> = self
            .problem
            .arcs(customer)
            .filter(|&arc| self.alive[arc])
            .map(|arc| (self.with_arc(arc, value, &multipliers).max(bound), arc as u32))
            .collect();
        children.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (with, arc) in children {
            if with >= self.cutoff {
                continue;
            }
            let mark = self.trail.len();
            for other in self.problem.arcs(customer) {
                if other as u32 != arc && self.alive[other] {
                    self.remove(other);
                }
            }
            if self.settle(vec![customer as u32]) {
                self.node(&multipliers, with, depth + 1);
            }
            self.undo(mark);
        }
    }

    /// Climbs, removing arcs on the way. `None` where nothing below the cutoff is left; else the best multipliers and bound.
    fn climb(&mut self, start: &[f64], depth: usize) -> Option<(Vec<f64>, f64)> {
        // The first climb decides how many arcs are left for all that follows.
        let (steps, mut factor) = if depth == 0 { (self.effort.first_steps, 1.0) } else { (self.effort.steps, 0.6) };
        let (patience, least_factor) = if depth == 0 { (15, 0.002) } else { (5, 0.02) };
        let mut at = start.to_vec();
        let mut best = at.clone();
        let mut bound = f64::NEG_INFINITY;
        let mut direction = vec![0.0; at.len()];
        let mut fails = 0;
        // The aim of a search may be far below what can be reached, and steps towards it too short to get anywhere.
        let reach = if depth == 0 { 0.002 * self.cutoff.abs() } else { 0.0 };
        for step in 0..=steps {
            let mut value = self.evaluate(&at);
            if value >= self.cutoff {
                return None;
            }
            let lacks = self.lacks();
            if lacks.iter().all(|&lack| lack == 0) {
                // Served once each, within every capacity.
                self.take_relaxed(value);
                return None;
            }
            if value > bound {
                let gain = value - bound;
                bound = value;
                best.clone_from(&at);
                fails = if gain > 0.01 * (self.cutoff - bound) { 0 } else { fails + 1 };
                if !self.remove_arcs(value, &at) {
                    return None;
                }
                if depth == 0 && step % 10 == 0 {
                    self.compact();
                }
            } else {
                fails += 1;
            }
            if self.settled.iter().all(|&arc| arc != NONE) {
                self.take_settled();
                return None;
            }
            if step == steps || (depth == 0 && step % 100 == 99 && (self.interrupted)()) {
                break;
            }
            if fails >= patience {
                fails = 0;
                factor *= 0.6;
                if factor < least_factor {
                    break;
                }
                at.clone_from(&best);
                value = self.evaluate(&at);
                direction.fill(0.0);
            }
            let lacks = self.lacks();
            let mut length = 0.0;
            for ((d, &lack), scale) in direction.iter_mut().zip(&lacks).zip(&self.scales) {
                *d = 0.4 * *d + f64::from(lack);
                length += *d * *d * scale;
            }
            if length <= 1e-9 {
                break;
            }
            let distance = (self.cutoff - value).max(reach).max(1e-6 * self.cutoff.abs());
            let stride = factor * distance / length;
            for ((value, d), scale) in at.iter_mut().zip(&direction).zip(&self.scales) {
                *value += stride * scale * d;
            }
        }
        Some((best, bound))
    }

    /// The Lagrangian function.
    fn evaluate(&mut self, multipliers: &[f64]) -> f64 {
        self.toll.clear();
        let mut value = self.problem.offset + self.settled_cost;
        let mut magnitude = value.abs();
        for (customer, &multiplier) in multipliers.iter().enumerate() {
            if self.settled[customer] == NONE {
                value += multiplier;
                magnitude += multiplier.abs();
            }
        }
        for site in 0..self.room.len() {
            self.items.clear();
            let mut free = 0.0;
            self.work += self.at_site[site].len() as u64;
            for &arc in &self.at_site[site] {
                let at = arc as usize;
                self.used[at] = false;
                let customer = self.problem.customer[at] as usize;
                if !self.alive[at] || self.settled[customer] != NONE {
                    continue;
                }
                let worth = multipliers[customer] - self.problem.cost[at];
                if worth > 0.0 {
                    let load = self.problem.load[at];
                    if load > 0.0 {
                        self.items.push(Choosable::new(worth, load, arc));
                    } else {
                        free += worth;
                        self.used[at] = true;
                    }
                }
            }
            let (packed, taken) = self.knapsack.pack(&mut self.items, self.room[site]);
            for item in &self.items[..taken] {
                self.used[item.tag as usize] = true;
            }
            value -= packed.worth + free;
            magnitude += packed.worth + free;
            self.packed[site] = (packed.worth, packed.fractional, packed.price);
        }
        value - SAFETY * magnitude
    }

    /// One minus the number of times that the relaxed solution serves each customer; 0 for settled ones.
    fn lacks(&self) -> Vec<i32> {
        (0..self.problem.customers())
            .map(|customer| {
                if self.settled[customer] != NONE {
                    return 0;
                }
                1 - self.problem.arcs(customer).filter(|&arc| self.alive[arc] && self.used[arc]).count() as i32
            })
            .collect()
    }

    /// Works out exactly what using each arc, or leaving it, costs at the multipliers of the last evaluation, where
    /// capacities are small enough for that.
    fn sharpen(&mut self, multipliers: &[f64]) {
        self.toll.clear();
        self.toll.resize(self.alive.len(), None);
        let whole = |load: f64| load >= 0.0 && load == load.trunc();
        for site in 0..self.room.len() {
            let open = |&&arc: &&u32| {
                self.alive[arc as usize] && self.settled[self.problem.customer[arc as usize] as usize] == NONE
            };
            let arcs: Vec<u32> = self.at_site[site].iter().filter(open).copied().collect();
            let room = self.room[site].floor();
            let loads = || arcs.iter().map(|&arc| self.problem.load[arc as usize]);
            if room >= MOST_SHARP as f64 || !loads().all(whole) || loads().sum::<f64>() <= room {
                continue;
            }
            let item = |&arc: &u32| {
                let worth = multipliers[self.problem.customer[arc as usize] as usize] - self.problem.cost[arc as usize];
                Item { worth, load: self.problem.load[arc as usize] as usize }
            };
            let items: Vec<Item> = arcs.iter().map(item).collect();
            let paying = items.iter().filter(|item| item.worth > 0.0).count();
            if Tolls::cells(paying, room as usize) <= MOST_SHARP {
                let tolls = self.tolls.of(&items, room as usize);
                for (arc, toll) in arcs.into_iter().zip(tolls) {
                    self.toll[arc as usize] = Some(toll);
                }
            }
        }
    }

    /// What using an arc, or leaving it, adds to the bound at least.
    fn penalties(&self, arc: usize, multipliers: &[f64]) -> (f64, f64) {
        if let Some(&Some(toll)) = self.toll.get(arc) {
            return (toll.taking, toll.leaving);
        }
        let (worth, fractional, price) = self.packed[self.problem.site[arc] as usize];
        let own = multipliers[self.problem.customer[arc] as usize] - self.problem.cost[arc];
        let net = own - price * self.problem.load[arc];
        let slack = worth - fractional;
        ((slack + (-net).max(0.0)).max(0.0), (slack + net.max(0.0)).max(0.0))
    }

    /// The bound on assignments with an arc: using it, and none of the customer's others.
    fn with_arc(&self, arc: usize, value: f64, multipliers: &[f64]) -> f64 {
        let customer = self.problem.customer[arc] as usize;
        let mut with = value + self.penalties(arc, multipliers).0;
        for other in self.problem.arcs(customer) {
            if other != arc && self.alive[other] {
                with += self.penalties(other, multipliers).1;
            }
        }
        with
    }

    /// Removes the arcs that only assignments at or above the cutoff use. Whether anything is left.
    fn remove_arcs(&mut self, value: f64, multipliers: &[f64]) -> bool {
        let mut lone = Vec::new();
        for customer in 0..self.problem.customers() {
            if self.settled[customer] != NONE {
                continue;
            }
            // What leaving each of the arcs costs, so that using one costs its own and the others' sum.
            let mut without = 0.0;
            for arc in self.problem.arcs(customer) {
                if self.alive[arc] {
                    without += self.penalties(arc, multipliers).1;
                }
            }
            let mut removed = false;
            for arc in self.problem.arcs(customer) {
                if self.alive[arc] {
                    let (using, leaving) = self.penalties(arc, multipliers);
                    if value + using + without - leaving >= self.cutoff {
                        self.remove(arc);
                        removed = true;
                    }
                }
            }
            self.work += self.problem.arcs(customer).len() as u64;
            if self.left[customer] == 0 {
                return false;
            }
            if removed && self.left[customer] == 1 {
                lone.push(customer as u32);
            }
        }
        self.settle(lone)
    }

    fn remove(&mut self, arc: usize) {
        self.alive[arc] = false;
        self.left[self.problem.customer[arc] as usize] -= 1;
        self.trail.push(Change::Removed(arc as u32));
    }

    /// Settles customers with one arc left, and those that this leaves with one. Whether all can be served.
    fn settle(&mut self, mut lone: Vec<u32>) -> bool {
        while let Some(customer) = lone.pop() {
            if self.settled[customer as usize] != NONE {
                continue;
            }
            let Some(arc) = self.problem.arcs(customer as usize).find(|&arc| self.alive[arc]) else { return false };
            let site = self.problem.site[arc] as usize;
            self.settled[customer as usize] = arc as u32;
            self.trail.push(Change::Settled(customer, self.settled_cost));
            self.settled_cost += self.problem.cost[arc];
            self.room[site] -= self.problem.load[arc];
            if self.room[site] < 0.0 {
                return false;
            }
            for at in 0..self.at_site[site].len() {
                let other = self.at_site[site][at] as usize;
                let whose = self.problem.customer[other] as usize;
                if self.alive[other] && self.settled[whose] == NONE && self.problem.load[other] > self.room[site] {
                    self.remove(other);
                    match self.left[whose] {
                        0 => return false,
                        1 => lone.push(whose as u32),
                        _ => {}
                    }
                }
            }
        }
        true
    }

    fn undo(&mut self, mark: usize) {
        while self.trail.len() > mark {
            match self.trail.pop().expect("longer than the mark") {
                Change::Removed(arc) => {
                    self.alive[arc as usize] = true;
                    self.left[self.problem.customer[arc as usize] as usize] += 1;
                }
                Change::Settled(customer, before) => {
                    let arc = std::mem::replace(&mut self.settled[customer as usize], NONE) as usize;
                    self.settled_cost = before;
                    self.room[self.problem.site[arc] as usize] += self.problem.load[arc];
                }
            }
        }
    }

    /// Forgets for good, at the first node, the arcs that are no longer looked at.
    fn compact(&mut self) {
        let (alive, settled, customer) = (&self.alive, &self.settled, &self.problem.customer);
        for arcs in &mut self.at_site {
            arcs.retain(|&arc| alive[arc as usize] && settled[customer[arc as usize] as usize] == NONE);
        }
    }

    /// The customer to branch on: served twice or not at all, with most at stake.
    fn branching(&self, multipliers: &[f64]) -> Option<usize> {
        let lacks = self.lacks();
        let mut best: Option<(f64, usize)> = None;
        for (customer, &lack) in lacks.iter().enumerate() {
            if lack == 0 {
                continue;
            }
            // Second least of what its arcs cost: the more, the sooner the others are cut off.
            let (mut least, mut second) = (f64::INFINITY, f64::INFINITY);
            for arc in self.problem.arcs(customer).filter(|&arc| self.alive[arc]) {
                let with = self.with_arc(arc, 0.0, multipliers);
                if with < least {
                    (least, second) = (with, least);
                } else if with < second {
                    second = with;
                }
            }
            let score = second + 3.0 * least + 1e-9 * self.problem.load[self.problem.arcs(customer).start];
            if best.is_none_or(|found| score > found.0) {
                best = Some((score, customer));
            }
        }
        best.map(|found| found.1)
    }

    /// Takes over the relaxed solution of the last evaluation, of value `value`, which serves everybody once.
    fn take_relaxed(&mut self, value: f64) {
        let chosen: Vec<u32> = (0..self.problem.customers())
            .map(|customer| match self.settled[customer] {
                NONE => {
                    let arc = self.problem.arcs(customer).find(|&arc| self.alive[arc] && self.used[arc]);
                    arc.expect("served exactly once") as u32
                }
                arc => arc,
            })
            .collect();
        self.offer(chosen);
        if value < self.cutoff {
            // Rounding, or a knapsack that was too hard: the value is what is proven.
            self.open = self.open.min(value);
        }
    }

    fn take_settled(&mut self) {
        let chosen = self.settled.clone();
        self.offer(chosen);
    }

    /// Mends the relaxed solution of the last evaluation.
    fn mend(&mut self, multipliers: &[f64]) {
        let mut chosen = self.settled.clone();
        for (customer, slot) in chosen.iter_mut().enumerate() {
            if *slot == NONE {
                let reduced = |arc: usize| self.problem.cost[arc] - multipliers[customer];
                let used = self.problem.arcs(customer).filter(|&arc| self.alive[arc] && self.used[arc]);
                *slot = used.min_by(|&a, &b| reduced(a).total_cmp(&reduced(b))).map_or(NONE, |arc| arc as u32);
            }
        }
        self.work += self.repair.run(self.problem, &mut chosen);
        if chosen.iter().all(|&arc| arc != NONE) {
            self.offer(chosen);
        }
    }

    /// Takes over a feasible assignment below the cutoff.
    fn offer(&mut self, chosen: Vec<u32>) {
        let cost = self.problem.offset + chosen.iter().map(|&arc| self.problem.cost[arc as usize]).sum::<f64>();
        if cost < self.cutoff && self.best.as_ref().is_none_or(|best| cost < best.1) {
            self.best = Some((chosen, cost));
            self.cutoff = cost - self.gap * cost.abs();
        }
    }
}
