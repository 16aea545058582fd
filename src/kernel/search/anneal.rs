//! Simulated annealing of the assignment: random shifts and swaps along the borders, worse ones with a chance that cools.
//!
//! Kirkpatrick, Gelatt, Vecchi (1983), Science 220. Tight capacities are walked through: hard excess has a price that is
//! raised while there is some and lowered while there is none.

use super::Search;
use crate::id::{ArcId, CustomerId, Id, SiteId};
use crate::kernel::state::SPLIT;
use crate::kernel::tables::arc_to;
use crate::run::Limits;

/// Steps between two looks at price, temperature and clock.
const PERIOD: u64 = 256;
/// The last temperature as a share of the typical change of a move.
const COLD: f64 = 0.003;

impl Search<'_> {
    /// Anneals for `work` moves, from a temperature of `heat` times the typical change of a move, and ends at the best
    /// solution met.
    pub(super) fn anneal(&mut self, work: u64, heat: f64, limits: &Limits) {
        let typical = self.typical_change();
        if typical <= 0.0 || work < PERIOD {
            return;
        }
        let (first, last) = (heat * typical, (COLD * typical).min(heat * typical));
        let start = self.work;
        let end = (start + work).min(self.stop_at);
        let mut kept: Vec<Option<ArcId>> = self.arcs_now();
        let mut best = self.state.score();
        let mut temperature = first;
        let mut steps = 0_u64;
        while self.work < end {
            steps += 1;
            if steps.is_multiple_of(PERIOD) {
                if limits.interrupted() {
                    break;
                }
                self.state.commit();
                let done = (self.work - start) as f64 / work as f64;
                temperature = first * (last / first).powf(done);
                if self.state.score().hard > 0.0 {
                    self.weight *= 1.03;
                } else {
                    self.weight *= 0.98;
                }
                self.weight = self.weight.clamp(self.weight_floor, self.weight_floor * 1e8);
            }
            let moved =
                if self.random.chance(0.6) { self.random_shift(temperature) } else { self.random_swap(temperature) };
            if moved && self.state.score().better_than(best) {
                best = self.state.score();
                for (kept, customer) in kept.iter_mut().zip(self.problem.customers.ids()) {
                    *kept = self.state.arc_of(customer);
                }
            }
        }
        for (customer, arc) in self.problem.customers.ids().zip(kept) {
            if let Some(arc) = arc
                && self.state.arc_of(customer) != Some(arc)
            {
                self.state.serve(customer, arc);
            }
        }
        self.state.commit();
        self.state.refresh();
    }

    fn arcs_now(&self) -> Vec<Option<ArcId>> {
        self.problem.customers.ids().map(|customer| self.state.arc_of(customer)).collect()
    }

    /// Median change of cost, up or down, of random shifts.
    fn typical_change(&mut self) -> f64 {
        const SAMPLES: usize = 200;
        let mut changes: Vec<f64> = Vec::new();
        for _ in 0..SAMPLES {
            if let Some((customer, arc)) = self.random_move() {
                let now = self.state.arc_of(customer).map_or(0.0, |arc| self.problem.arcs[arc].cost);
                changes.push((self.problem.arcs[arc].cost - now).abs());
            }
        }
        changes.sort_by(f64::total_cmp);
        changes.get(changes.len() / 2).copied().unwrap_or(0.0)
    }

    /// A random whole customer and another site for it: of a neighbour where contiguity binds it, else a near one.
    fn random_move(&mut self) -> Option<(CustomerId, ArcId)> {
        const NEAR: usize = 10;
        if self.problem.customers.is_empty() {
            return None;
        }
        let customer = CustomerId::new(self.random.below(self.problem.customers.len()));
        let current = self.state.site_of(customer);
        if current >= SPLIT || self.problem.customers[customer].may_be_split() {
            return None;
        }
        let arc = if let Some(&(layer, node)) = self.tables.nodes_of.of(customer.index()).first() {
            let graph = &self.problem.layers[layer as usize];
            let neighbours = &graph.neighbours[node as usize];
            if neighbours.is_empty() {
                return None;
            }
            let other = neighbours[self.random.below(neighbours.len())];
            let site = self.state.site_of(graph.customers[other as usize]);
            if site >= SPLIT || site == current {
                return None;
            }
            arc_to(self.problem, customer, SiteId(site))?
        } else {
            let arcs = self.tables.by_cost(self.problem, customer);
            // Where most sites are shut, the near open ones are further down the list.
            let mut at = self.random.below(NEAR.min(arcs.len()));
            while !self.state.fits(customer, self.problem.arcs[ArcId(*arcs.get(at)?)].site) {
                at += 1 + self.random.below(NEAR);
            }
            ArcId(arcs[at])
        };
        let site = self.problem.arcs[arc].site;
        (self.state.arc_of(customer) != Some(arc) && self.state.fits(customer, site)).then_some((customer, arc))
    }

    /// Whether a change of the priced score is taken at a temperature.
    fn takes(&mut self, change: f64, temperature: f64) -> bool {
        change <= 0.0 || self.random.unit() < (-change / temperature).exp()
    }

    fn random_shift(&mut self, temperature: f64) -> bool {
        self.work += 1;
        let Some((customer, arc)) = self.random_move() else { return false };
        let from = SiteId(self.state.site_of(customer));
        let to = self.problem.arcs[arc].site;
        let delta = self.state.delta(&[(customer, arc)]);
        let change = self.price(delta);
        if !self.takes(change, temperature)
            || (from != to
                && !(self.contiguity.may_join(&self.state, customer, to)
                    && self.contiguity.may_leave(&self.state, customer, from)))
        {
            return false;
        }
        self.state.serve(customer, arc);
        true
    }

    fn random_swap(&mut self, temperature: f64) -> bool {
        const PARTNERS: usize = 6;
        self.work += 1;
        let Some((customer, arc)) = self.random_move() else { return false };
        let (from, to) = (SiteId(self.state.site_of(customer)), self.problem.arcs[arc].site);
        if from == to {
            return false;
        }
        let bound = self.contiguity.binds(customer);
        for _ in 0..PARTNERS {
            let members = self.state.members(to);
            if members.is_empty() {
                return false;
            }
            let other = CustomerId(members[self.random.below(members.len())]);
            if other == customer
                || self.problem.customers[other].may_be_split()
                || (bound && !self.contiguity.may_join(&self.state, other, from))
                || !self.state.fits(other, from)
            {
                continue;
            }
            let Some(back) = arc_to(self.problem, other, from) else { continue };
            self.work += 1;
            let delta = self.state.delta(&[(customer, arc), (other, back)]);
            let change = self.price(delta);
            if !self.takes(change, temperature) {
                if bound {
                    continue;
                }
                return false;
            }
            let mark = self.state.mark();
            if !bound && !self.contiguity.binds(other) {
                self.state.serve(customer, arc);
                self.state.serve(other, back);
                return true;
            }
            // One after the other, each step connected: cheaper to test than the whole, and hardly any swap is lost.
            if !self.contiguity.may_join(&self.state, customer, to)
                || !self.contiguity.may_leave(&self.state, customer, from)
            {
                return false;
            }
            self.state.serve(customer, arc);
            if self.contiguity.may_join(&self.state, other, from) && self.contiguity.may_leave(&self.state, other, to) {
                self.state.serve(other, back);
                return true;
            }
            self.state.rollback(mark);
            return false;
        }
        false
    }
}
