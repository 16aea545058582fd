//! Moves of customers: shift to another site, swap with a customer there, or push one out of there to a third site.

use super::Search;
use crate::id::{ArcId, CustomerId, Id, SiteId};
use crate::kernel::split;
use crate::kernel::state::SPLIT;
use crate::kernel::tables::arc_to;

/// Sites looked at for a customer that no contiguity layer binds.
const NEAREST: usize = 8;
/// Sites looked at for a customer that would be pushed out.
const NEAREST_EJECTED: usize = 4;
/// Arcs passed over while looking for open sites.
const SCANNED: usize = 400;

impl Search<'_> {
    /// Arcs worth trying for a customer: to the sites of its neighbours and to sites it is the home of where contiguity
    /// binds it, else to the nearest sites that may serve it. Never the arc in use.
    pub(super) fn candidates(&self, customer: CustomerId, most: usize) -> Vec<ArcId> {
        let current = self.state.site_of(customer);
        let mut arcs: Vec<ArcId> = Vec::with_capacity(most);
        let nodes = self.tables.nodes_of.of(customer.index());
        if let Some(&(layer, node)) = nodes.first() {
            let graph = &self.problem.layers[layer as usize];
            for &other in &graph.neighbours[node as usize] {
                let site = self.state.site_of(graph.customers[other as usize]);
                if site >= SPLIT || site == current || arcs.iter().any(|&arc| self.problem.arcs[arc].site.0 == site) {
                    continue;
                }
                if let Some(arc) = arc_to(self.problem, customer, SiteId(site))
                    && self.state.fits(customer, SiteId(site))
                {
                    arcs.push(arc);
                }
            }
            arcs.sort_unstable_by(|&a, &b| {
                self.problem.arcs[a].cost.total_cmp(&self.problem.arcs[b].cost).then(a.cmp(&b))
            });
            // A second arc to the present site may be better too (another way of travelling).
        } else {
            for &arc in self.tables.by_cost(self.problem, customer).iter().take(SCANNED) {
                let arc = ArcId(arc);
                let site = self.problem.arcs[arc].site;
                if self.state.arc_of(customer) != Some(arc) && self.state.fits(customer, site) {
                    arcs.push(arc);
                    if arcs.len() == most {
                        break;
                    }
                }
            }
        }
        arcs
    }

    /// Applies moves and keeps them if catchments stay connected; else takes them back.
    fn commit_moves(&mut self, moves: &[(CustomerId, ArcId)]) -> bool {
        let mark = self.state.mark();
        let mut sites: Vec<u32> = Vec::with_capacity(2 * moves.len());
        let mut bound = false;
        for &(customer, arc) in moves {
            sites.push(self.state.site_of(customer));
            sites.push(self.problem.arcs[arc].site.0);
            bound |= self.contiguity.binds(customer);
            self.state.serve(customer, arc);
        }
        sites.sort_unstable();
        sites.dedup();
        if bound && !sites.iter().all(|&site| self.contiguity.connected(&self.state, SiteId(site))) {
            self.state.rollback(mark);
            return false;
        }
        for site in sites {
            self.wake_site(site);
        }
        true
    }

    /// Moves a customer to the best other site that pays.
    pub(super) fn try_shift(&mut self, customer: CustomerId) -> bool {
        let from = SiteId(self.state.site_of(customer));
        let mut best = self.threshold();
        let mut chosen = None;
        let mut may_leave = None;
        for arc in self.candidates(customer, NEAREST) {
            self.work += 1;
            let delta = self.state.delta(&[(customer, arc)]);
            let value = self.price(delta);
            if value < best
                && *may_leave.get_or_insert_with(|| self.contiguity.may_leave(&self.state, customer, from))
                && self.contiguity.may_join(&self.state, customer, self.problem.arcs[arc].site)
            {
                best = value;
                chosen = Some(arc);
            }
        }
        let Some(arc) = chosen else { return false };
        self.state.serve(customer, arc);
        self.wake_site(from.0);
        self.wake_site(self.problem.arcs[arc].site.0);
        true
    }

    /// What relief from excess at `sites` could be worth at most.
    fn relief(&self, sites: &[SiteId]) -> f64 {
        if self.tables.has_arc_rows() || !self.problem.pairs.is_empty() {
            return f64::INFINITY;
        }
        sites.iter().map(|&site| self.price(self.state.site_excess(site))).sum()
    }

    fn arc_cost(&self, customer: CustomerId) -> f64 {
        self.state.arc_of(customer).map_or(0.0, |arc| self.problem.arcs[arc].cost)
    }

    /// Swaps a customer with one at another site, the first that pays.
    pub(super) fn try_swap(&mut self, customer: CustomerId) -> bool {
        let from = SiteId(self.state.site_of(customer));
        let here = self.arc_cost(customer);
        let threshold = self.threshold();
        for arc in self.candidates(customer, NEAREST) {
            let to = self.problem.arcs[arc].site;
            if to == from {
                continue;
            }
            let relief = self.relief(&[from, to]);
            let gain = here - self.problem.arcs[arc].cost + relief;
            if gain <= 0.0 {
                // Then the other one gains, and its own turn finds the swap.
                continue;
            }
            for at in 0..self.state.members(to).len() {
                let other = CustomerId(self.state.members(to)[at]);
                let Some(back) = arc_to(self.problem, other, from) else { continue };
                if self.problem.arcs[back].cost - self.arc_cost(other) >= gain
                    || !self.state.fits(other, from)
                    || self.problem.customers[other].may_be_split()
                {
                    continue;
                }
                self.work += 1;
                let moves = [(customer, arc), (other, back)];
                let delta = self.state.delta(&moves);
                if self.price(delta) < threshold
                    && (!self.contiguity.binds(other) || self.contiguity.may_join(&self.state, other, from))
                    && self.commit_moves(&moves)
                {
                    return true;
                }
            }
        }
        false
    }

    /// Moves a customer to a site that pushes one of its own on to a third, the first that pays.
    pub(super) fn try_eject(&mut self, customer: CustomerId) -> bool {
        let from = SiteId(self.state.site_of(customer));
        let here = self.arc_cost(customer);
        let threshold = self.threshold();
        let own_relief = self.relief(&[from]);
        for arc in self.candidates(customer, NEAREST) {
            let to = self.problem.arcs[arc].site;
            let gain = here - self.problem.arcs[arc].cost + own_relief + self.relief(&[to]);
            if to == from || gain <= 0.0 {
                continue;
            }
            for at in 0..self.state.members(to).len() {
                let other = CustomerId(self.state.members(to)[at]);
                if self.problem.customers[other].may_be_split() {
                    continue;
                }
                let there = self.arc_cost(other);
                let by_cost = self.tables.by_cost(self.problem, other);
                let away = by_cost.iter().map(|&arc| &self.problem.arcs[ArcId(arc)]).find(|arc| arc.site != to);
                if away.is_none_or(|arc| arc.cost - there >= gain) {
                    continue;
                }
                for onward in self.candidates(other, NEAREST_EJECTED) {
                    self.work += 1;
                    let third = self.problem.arcs[onward].site;
                    if third == from || third == to || self.problem.arcs[onward].cost - there >= gain {
                        continue;
                    }
                    let moves = [(customer, arc), (other, onward)];
                    let delta = self.state.delta(&moves);
                    if self.price(delta) < threshold
                        && self.contiguity.may_join(&self.state, other, third)
                        && self.commit_moves(&moves)
                    {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Divides a divisible customer anew, keeping the result if it pays and stays connected.
    pub(super) fn improve_divisible(&mut self, customer: CustomerId) {
        let mark = self.state.mark();
        let before = self.price(self.state.score());
        let old: Vec<SiteId> = self.sites_of(customer);
        split::divide(&mut self.state, customer, self.weight);
        self.work += 40;
        let mut sites = self.sites_of(customer);
        sites.extend(&old);
        sites.sort_unstable();
        sites.dedup();
        let pays = self.price(self.state.score()) - before < self.threshold();
        let connected =
            !self.contiguity.binds(customer) || sites.iter().all(|&site| self.contiguity.connected(&self.state, site));
        if pays && connected {
            for site in sites {
                self.wake_site(site.0);
            }
        } else {
            self.state.rollback(mark);
        }
    }

    fn sites_of(&self, customer: CustomerId) -> Vec<SiteId> {
        match self.state.arc_of(customer) {
            Some(arc) => vec![self.problem.arcs[arc].site],
            None => self.state.parts(customer).iter().map(|part| self.problem.arcs[part.arc].site).collect(),
        }
    }
}
