//! The transportation problem between customers and few sites, solved exactly: its prices of capacity are the best that a
//! linear relaxation of "each customer to one open site" has.
//!
//! Customers are sent one by one along the shortest way to a site with room, which may push others on from site to site
//! (successive shortest paths: Busacker and Gowen 1960; Ahuja, Magnanti and Orlin, Network Flows, 1993, ch. 9). The graph
//! has the sites as nodes only, so that a way is found in the square of their number; distances to free room are the prices.

use std::collections::VecDeque;

/// A transportation problem. Costs are for a whole customer, whichever share of it is sent.
#[derive(Debug, Clone, Default)]
pub struct Transport {
    /// Load of every customer.
    pub load: Vec<f64>,
    /// Capacity of every site; infinite for none.
    pub capacity: Vec<f64>,
    /// Price of a unit of load beyond a site's capacity; infinite where there is none to be had.
    pub overflow: Vec<f64>,
    /// Cost of every customer at every site, customer by customer; infinite where it may not go.
    pub cost: Vec<f64>,
}

/// Customers times the square of the sites up to which a problem is solved exactly in reasonable time.
const MOST_VISITS: usize = 20_000_000;
/// Shares of a load below this are rounding.
const NOTHING: f64 = 1e-9;
/// Ways looked for by customer before the prices of the moment are taken.
const MOST_WAYS: usize = 20;
/// End of a way.
const SINK: u32 = u32::MAX;

/// What a solve keeps: who is where, and how one gets on from site to site.
struct Flow<'a> {
    problem: &'a Transport,
    sites: usize,
    /// Customers at every site with the load of theirs that is there.
    members: Vec<Vec<(u32, f64)>>,
    room: Vec<f64>,
    /// Least cost of moving a unit of load from a site to another, and the customer who moves.
    step: Vec<(f64, u32)>,
    /// Distance of every site to free room, and the next site on the way there.
    distance: Vec<f64>,
    next: Vec<u32>,
    work: u64,
}

impl Transport {
    /// The problem without customers.
    pub fn new(capacity: Vec<f64>, overflow: Vec<f64>) -> Self {
        Self { load: Vec::new(), capacity, overflow, cost: Vec::new() }
    }

    /// Whether a problem of so many customers and sites is small enough to be solved.
    pub fn affordable(customers: usize, sites: usize) -> bool {
        customers.saturating_mul(sites * sites) <= MOST_VISITS
    }

    /// Adds a customer with its arcs: site, cost and load. `None` where the load depends on the site or there is no arc.
    pub fn customer(&mut self, arcs: impl IntoIterator<Item = (u32, f64, f64)>) -> Option<()> {
        let first = self.cost.len();
        self.cost.resize(first + self.capacity.len(), f64::INFINITY);
        let mut known = None;
        for (site, cost, load) in arcs {
            if *known.get_or_insert(load) != load {
                return None;
            }
            let slot = &mut self.cost[first + site as usize];
            *slot = slot.min(cost);
        }
        self.load.push(known?);
        Some(())
    }

    /// What every customer costs at least at the best prices of capacity, with the arcs looked at on the way. `None` where
    /// some customer cannot be served.
    pub fn charges(&self) -> Option<(Vec<f64>, u64)> {
        let (prices, work) = self.prices()?;
        let charge = |(own, load): (&[f64], &f64)| {
            own.iter().zip(&prices).map(|(cost, price)| cost + price * load).fold(f64::INFINITY, f64::min)
        };
        Some((self.cost.chunks(prices.len().max(1)).zip(&self.load).map(charge).collect(), work))
    }

    /// The prices of capacity, at least 0 and at most those of overflow, with the arcs looked at. `None` where some customer
    /// cannot be served.
    pub fn prices(&self) -> Option<(Vec<f64>, u64)> {
        let sites = self.capacity.len();
        let mut flow = Flow {
            problem: self,
            sites,
            members: vec![Vec::new(); sites],
            room: self.capacity.clone(),
            step: vec![(f64::INFINITY, SINK); sites * sites],
            distance: vec![0.0; sites],
            next: vec![SINK; sites],
            work: 0,
        };
        flow.measure();
        let mut ways = MOST_WAYS * self.load.len();
        for customer in (0..self.load.len()).filter(|&customer| self.load[customer] > 0.0) {
            let mut left = self.load[customer];
            while left > NOTHING && ways > 0 {
                ways -= 1;
                left -= flow.send(customer, left)?;
            }
        }
        // A site from which nobody can move on has no finite distance; a price beyond all others keeps everybody else away.
        let finite = flow.distance.iter().copied().filter(|distance| distance.is_finite()).fold(0.0, f64::max);
        let units = |customer: usize| (0..sites).map(move |site| self.unit(customer, site)).filter(|c| c.is_finite());
        let dearest = (0..self.load.len()).filter(|&c| self.load[c] > 0.0).flat_map(units).fold(0.0, f64::max);
        let prices = flow.distance.iter().map(|distance| distance.min(finite + dearest).max(0.0)).collect();
        Some((prices, flow.work))
    }

    /// Cost of a unit of a customer's load at a site.
    fn unit(&self, customer: usize, site: usize) -> f64 {
        self.cost[customer * self.capacity.len() + site] / self.load[customer]
    }
}

impl Flow<'_> {
    /// Sends up to `load` of a customer along the shortest way, and returns how much.
    fn send(&mut self, customer: usize, load: f64) -> Option<f64> {
        let length = |site: &usize| self.problem.unit(customer, *site) + self.distance[*site];
        let first = (0..self.sites).min_by(|a, b| length(a).total_cmp(&length(b)))?;
        if length(&first).is_infinite() {
            return None;
        }
        self.work += self.sites as u64;
        let mut amount = load;
        let mut at = first;
        while self.next[at] != SINK {
            let to = self.next[at] as usize;
            let mover = self.step[at * self.sites + to].1;
            amount = amount.min(self.present(at, mover));
            at = to;
        }
        let overflows = self.room[at] <= NOTHING;
        if !overflows {
            amount = amount.min(self.room[at]);
        }
        self.room[at] -= amount;
        let mut incoming = customer as u32;
        let mut at = first;
        loop {
            let to = self.next[at];
            self.add(at, incoming, amount);
            if to == SINK {
                break;
            }
            incoming = self.step[at * self.sites + to as usize].1;
            self.take(at, incoming, amount);
            at = to as usize;
        }
        // With room left where it went directly, no way has changed but those that start at its site, which end there.
        let changed = self.next[first] != SINK || (!overflows && self.room[first] <= NOTHING);
        let mut at = first;
        loop {
            self.steps_from(at);
            if self.next[at] == SINK {
                break;
            }
            at = self.next[at] as usize;
        }
        if changed {
            self.measure();
        }
        Some(amount)
    }

    fn present(&self, site: usize, customer: u32) -> f64 {
        self.members[site].iter().find(|member| member.0 == customer).map_or(0.0, |member| member.1)
    }

    fn add(&mut self, site: usize, customer: u32, amount: f64) {
        match self.members[site].iter_mut().find(|member| member.0 == customer) {
            Some(member) => member.1 += amount,
            None => self.members[site].push((customer, amount)),
        }
    }

    fn take(&mut self, site: usize, customer: u32, amount: f64) {
        if let Some(index) = self.members[site].iter().position(|member| member.0 == customer) {
            self.members[site][index].1 -= amount;
            if self.members[site][index].1 <= NOTHING {
                self.members[site].swap_remove(index);
            }
        }
    }

    /// The least costs of moving on from a site.
    fn steps_from(&mut self, site: usize) {
        let steps = &mut self.step[site * self.sites..(site + 1) * self.sites];
        steps.fill((f64::INFINITY, SINK));
        for &(customer, _) in &self.members[site] {
            let own = &self.problem.cost[customer as usize * steps.len()..][..steps.len()];
            let (here, share) = (own[site], 1.0 / self.problem.load[customer as usize]);
            for (step, &there) in steps.iter_mut().zip(own) {
                let more = (there - here) * share;
                if more < step.0 {
                    *step = (more, customer);
                }
            }
        }
        steps[site] = (f64::INFINITY, SINK);
        self.work += (self.members[site].len() * self.sites) as u64;
    }

    /// The distances of all sites to free room.
    fn measure(&mut self) {
        let room = self.room.iter().zip(&self.problem.overflow);
        self.distance = room.map(|(&room, &price)| if room > NOTHING { 0.0 } else { price }).collect();
        self.next.fill(SINK);
        let mut waiting: Vec<bool> = self.distance.iter().map(|distance| distance.is_finite()).collect();
        let mut queue: VecDeque<usize> = (0..self.sites).filter(|&site| waiting[site]).collect();
        // No cycle of moves gains anything, so each site is left as often as there are sites at most; rounding apart.
        let mut left = self.sites * self.sites;
        while let Some(to) = queue.pop_front() {
            waiting[to] = false;
            if left == 0 {
                break;
            }
            left -= 1;
            self.work += self.sites as u64;
            for (from, waits) in waiting.iter_mut().enumerate() {
                let way = self.step[from * self.sites + to].0 + self.distance[to];
                if way < self.distance[from] - NOTHING * (1.0 + way.abs()) {
                    self.distance[from] = way;
                    self.next[from] = to as u32;
                    if !std::mem::replace(waits, true) {
                        queue.push_back(from);
                    }
                }
            }
        }
    }
}
