//! Moves of sites: open, shut, resize or merge one, or exchange two, with the customers that this drives or draws.

use super::Search;
use crate::id::{ArcId, CustomerId, Id, OptionId, SiteId};
use crate::kernel::construct::assign_by_regret;
use crate::kernel::contiguity::Key;
use crate::kernel::state::{SPLIT, Score};
use crate::kernel::tables::{arc_to, is_open};
use crate::run::Limits;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Changes tried of those that a round of estimates ranks.
const TRIED: usize = 24;
/// Sites considered for shutting when another opens.
const RIVALS: usize = 4;

/// A change of the options of one or two sites with an estimate of what it does to the priced score.
#[derive(Debug, Clone)]
struct Change {
    estimate: f64,
    moves: Vec<(SiteId, OptionId)>,
}

/// What customers pay now and what their next best open site would cost them.
struct Standing {
    now: Vec<f64>,
    next: Vec<f64>,
}

impl Search<'_> {
    /// Tries the most promising changes of options, round after round, until a round brings nothing.
    pub(super) fn change_sites(&mut self, limits: &Limits) {
        loop {
            let mut changes = self.changes(limits);
            changes.sort_by(|a, b| a.estimate.total_cmp(&b.estimate));
            let mut changed: Vec<SiteId> = Vec::new();
            let mut tried = 0;
            for change in &changes {
                if self.spent(limits) {
                    return;
                }
                if tried == TRIED {
                    break;
                }
                if change.moves.iter().any(|(site, _)| changed.contains(site)) {
                    continue;
                }
                tried += 1;
                if self.try_change(&change.moves, limits) {
                    changed.extend(change.moves.iter().map(|&(site, _)| site));
                    tried = 0;
                }
            }
            if changed.is_empty() {
                return;
            }
            for site in changed {
                self.wake_site(site.0);
            }
            self.descend(limits);
            self.keep_best();
        }
    }

    /// Changes options, moves customers accordingly, and keeps the result if it pays: by shifts alone, or by all moves where
    /// shifts come close.
    fn try_change(&mut self, moves: &[(SiteId, OptionId)], limits: &Limits) -> bool {
        self.state.commit();
        let mark = self.state.mark();
        let before = self.price(self.state.score());
        const CLOSE: f64 = 3e-4;
        self.apply_change(moves);
        self.shallow = true;
        self.descend(limits);
        self.shallow = false;
        let after = self.price(self.state.score());
        let close = after < before + CLOSE * self.state.score().cost.abs();
        if close && after >= before + self.threshold() {
            let touched: Vec<CustomerId> = self.state.changed_since(mark).collect();
            for customer in touched {
                self.wake(customer);
            }
            self.descend(limits);
        }
        let pays = self.price(self.state.score()) < before + self.threshold();
        if pays && self.still_connected() {
            self.keep_best();
            self.state.commit();
            true
        } else {
            self.state.rollback(mark);
            self.state.commit();
            false
        }
    }

    fn still_connected(&mut self) -> bool {
        if !self.contiguity.is_asked() {
            return true;
        }
        let strays = self.contiguity.strays(&self.state).len();
        let kept = strays <= self.strays;
        if kept {
            self.strays = strays;
        }
        kept
    }

    fn apply_change(&mut self, moves: &[(SiteId, OptionId)]) {
        for &(site, option) in moves {
            self.state.choose(site, option);
        }
        for &(_, option) in moves {
            for (customer, arc) in self.state.sent_elsewhere(option) {
                self.state.serve(customer, arc);
            }
        }
        for &(site, option) in moves {
            if is_open(self.problem, option) {
                self.pull(site);
            }
        }
        for &(site, _) in moves {
            self.evacuate(site);
        }
        for &(site, _) in moves {
            self.wake_site(site.0);
        }
    }

    /// A random change of one site's option, for a kick.
    pub(super) fn kick_site(&mut self) {
        let sites: Vec<SiteId> =
            self.problem.sites.entries().filter(|(_, site)| site.options.len() > 1).map(|(site, _)| site).collect();
        let Some(&site) = self.random.pick(&sites) else { return };
        let others: Vec<OptionId> =
            self.problem.options_of(site).filter(|&option| option != self.state.option(site)).collect();
        let Some(&option) = self.random.pick(&others) else { return };
        let mut moves = vec![(site, option)];
        let opens = is_open(self.problem, option);
        if opens != is_open(self.problem, self.state.option(site)) {
            // The opposite change nearby keeps counts and capacity in balance.
            let near = self.nearby(site, !opens);
            if let Some(&(other, change)) = self.random.pick(&near) {
                moves.push((other, change));
            }
        }
        self.apply_change(&moves);
        if self.contiguity.is_asked() && self.contiguity.strays(&self.state).len() > self.strays {
            self.contiguity.repair(&mut self.state, self.weight);
            self.strays = self.contiguity.strays(&self.state).len();
        }
    }

    /// Sites that share customers with `site` and could open (or shut), with an option that does so.
    fn nearby(&self, site: SiteId, open: bool) -> Vec<(SiteId, OptionId)> {
        const LOOKED_AT: usize = 40;
        const ARCS: usize = 6;
        let mut found: Vec<(SiteId, OptionId)> = Vec::new();
        let arcs = self.tables.arcs_at.of(site.index());
        let mut nearest: Vec<u32> = arcs.to_vec();
        nearest.sort_by(|&a, &b| {
            self.problem.arcs[ArcId(a)].cost.total_cmp(&self.problem.arcs[ArcId(b)].cost).then(a.cmp(&b))
        });
        for &arc in nearest.iter().take(LOOKED_AT) {
            let customer = self.problem.arcs[ArcId(arc)].customer;
            for &arc in self.tables.by_cost(self.problem, customer).iter().take(ARCS) {
                let other = self.problem.arcs[ArcId(arc)].site;
                if other == site || found.iter().any(|&(known, _)| known == other) {
                    continue;
                }
                if is_open(self.problem, self.state.option(other)) != open
                    && let Some(option) =
                        self.problem.options_of(other).find(|&option| is_open(self.problem, option) == open)
                {
                    found.push((other, option));
                }
            }
        }
        found
    }

    /// Draws customers to a site as long as each one pays: those that save most first, or outwards from its home.
    fn pull(&mut self, site: SiteId) {
        let threshold = self.threshold();
        let mut free: Vec<(Key, u32)> = Vec::new();
        for &arc in self.tables.arcs_at.of(site.index()) {
            let customer = self.problem.arcs[ArcId(arc)].customer;
            let Some(now) = self.state.arc_of(customer) else { continue };
            if self.contiguity.binds(customer) || self.problem.arcs[now].site == site {
                continue;
            }
            let saving = self.problem.arcs[now].cost - self.problem.arcs[ArcId(arc)].cost;
            let left = self.problem.arcs[now].site;
            if (saving > 0.0 || !self.state.fits(customer, left) || self.state.site_excess(left).hard > 0.0)
                && self.state.fits(customer, site)
            {
                free.push((Key(-saving), arc));
            }
        }
        free.sort_unstable();
        for (_, arc) in free {
            let arc = ArcId(arc);
            let customer = self.problem.arcs[arc].customer;
            self.work += 1;
            let delta = self.state.delta(&[(customer, arc)]);
            if self.price(delta) < threshold {
                self.wake_site(self.state.site_of(customer));
                self.state.serve(customer, arc);
            }
        }
        if self.contiguity.is_asked() {
            self.pull_outwards(site);
        }
    }

    fn pull_outwards(&mut self, site: SiteId) {
        let threshold = self.threshold();
        let mut heap: BinaryHeap<Reverse<(Key, u32, u32)>> = BinaryHeap::new();
        for layer in &self.problem.layers {
            if let Some(node) = layer.homes[site] {
                let home = layer.customers[node as usize];
                let from = self.state.site_of(home);
                if from < SPLIT
                    && from != site.0
                    && self.state.fits(home, site)
                    && let Some(arc) = arc_to(self.problem, home, site)
                    && (!self.state.fits(home, SiteId(from))
                        || self.contiguity.may_leave(&self.state, home, SiteId(from)))
                {
                    self.wake_site(from);
                    self.state.serve(home, arc);
                }
            }
        }
        for at in 0..self.state.members(site).len() {
            let customer = CustomerId(self.state.members(site)[at]);
            self.offer_neighbours(customer, site, &mut heap);
        }
        while let Some(Reverse((key, customer, arc))) = heap.pop() {
            let (customer, arc) = (CustomerId(customer), ArcId(arc));
            let from = self.state.site_of(customer);
            if from >= SPLIT || from == site.0 || !self.contiguity.may_join(&self.state, customer, site) {
                continue;
            }
            self.work += 1;
            let delta = self.state.delta(&[(customer, arc)]);
            let now = self.price(delta);
            if now >= threshold {
                continue;
            }
            if Key(now) > key {
                heap.push(Reverse((Key(now), customer.0, arc.0)));
                continue;
            }
            if self.state.fits(customer, SiteId(from))
                && !self.contiguity.may_leave(&self.state, customer, SiteId(from))
            {
                continue;
            }
            self.wake_site(from);
            self.state.serve(customer, arc);
            self.offer_neighbours(customer, site, &mut heap);
        }
    }

    fn offer_neighbours(
        &mut self,
        customer: CustomerId,
        site: SiteId,
        heap: &mut BinaryHeap<Reverse<(Key, u32, u32)>>,
    ) {
        let (problem, tables) = (self.problem, self.tables);
        for &(layer, node) in tables.nodes_of.of(customer.index()) {
            let graph = &problem.layers[layer as usize];
            for &other in &graph.neighbours[node as usize] {
                let other = graph.customers[other as usize];
                if self.state.site_of(other) < SPLIT
                    && self.state.site_of(other) != site.0
                    && self.state.fits(other, site)
                    && let Some(arc) = arc_to(problem, other, site)
                {
                    self.work += 1;
                    let delta = self.state.delta(&[(other, arc)]);
                    let value = self.price(delta);
                    if value < 0.0 {
                        heap.push(Reverse((Key(value), other.0, arc.0)));
                    }
                }
            }
        }
    }

    /// Finds new sites for the customers that a site may not serve any more.
    fn evacuate(&mut self, site: SiteId) {
        let mut leaving: Vec<CustomerId> = self.state.members(site).iter().map(|&c| CustomerId(c)).collect();
        leaving.extend(self.state.split_customers().filter(|&customer| self.state.serves(customer, site)));
        leaving.retain(|&customer| !self.state.fits(customer, site));
        if leaving.is_empty() {
            return;
        }
        leaving.sort_unstable();
        for &customer in &leaving {
            self.state.set(customer, None);
        }
        self.contiguity.grow(&mut self.state, self.weight, &leaving);
        assign_by_regret(&mut self.state, self.weight, &leaving);
        self.work += 4 * leaving.len() as u64;
        for customer in leaving {
            let site = self.state.site_of(customer);
            if site < SPLIT {
                self.wake_site(site);
            }
        }
    }

    fn standing(&self) -> Standing {
        const SCANNED: usize = 400;
        let far = self.problem.arcs.iter().map(|arc| arc.cost).fold(0.0, f64::max);
        let (mut now, mut next) = (Vec::new(), Vec::new());
        for customer in self.problem.customers.ids() {
            let site = self.state.site_of(customer);
            let here = self.state.arc_of(customer).map_or(0.0, |arc| self.problem.arcs[arc].cost);
            let there = self
                .tables
                .by_cost(self.problem, customer)
                .iter()
                .take(SCANNED)
                .map(|&arc| &self.problem.arcs[ArcId(arc)])
                .find(|arc| arc.site.0 != site && self.state.fits(customer, arc.site))
                .map_or(here + far, |arc| arc.cost);
            now.push(here);
            next.push(there);
        }
        Standing { now, next }
    }

    /// Every single change (fewer when the work or the clock runs out) and the likeliest exchanges, with estimates that leave capacities aside except for the room at
    /// a site that opens.
    fn changes(&mut self, limits: &Limits) -> Vec<Change> {
        let (problem, tables) = (self.problem, self.tables);
        let standing = self.standing();
        self.work += problem.customers.len() as u64;
        let driven: Vec<f64> = problem
            .sites
            .ids()
            .map(|site| {
                let members = self.state.members(site).iter();
                members.map(|&c| standing.next[c as usize] - standing.now[c as usize]).sum()
            })
            .collect();
        let mut changes = Vec::new();
        for site in problem.sites.ids() {
            if self.spent(limits) {
                break;
            }
            let current = self.state.option(site);
            for option in problem.options_of(site) {
                if option == current {
                    continue;
                }
                let delta = self.state.options_delta(&[(site, option)]);
                let fixed = self.price(delta);
                let mut estimate = fixed;
                match (is_open(problem, current), is_open(problem, option)) {
                    (true, false) => {
                        estimate += driven[site.index()] - self.price(self.state.site_excess(site));
                    }
                    (false, true) => {
                        let (drawn, rivals) = self.drawn(site, option, &standing);
                        self.work += tables.arcs_at.of(site.index()).len() as u64 / 8 + 1;
                        estimate -= drawn;
                        for rival in rivals {
                            let shut = problem.options_of(rival).find(|&option| {
                                !is_open(problem, option) && tables.implications_of.of(option.index()).is_empty()
                            });
                            if let Some(shut) = shut {
                                let moves = vec![(site, option), (rival, shut)];
                                let delta = self.state.options_delta(&moves);
                                let mut estimate = self.price(delta) - drawn;
                                for &customer in self.state.members(rival) {
                                    let (now, next) =
                                        (standing.now[customer as usize], standing.next[customer as usize]);
                                    let here = arc_to(problem, CustomerId(customer), site)
                                        .map_or(f64::INFINITY, |arc| problem.arcs[arc].cost);
                                    // What it saves by coming is in `drawn` already.
                                    estimate += next.min(here) - now - (here - now).min(0.0);
                                }
                                changes.push(Change { estimate, moves });
                            }
                        }
                    }
                    (true, true) => {
                        let mut after = Score::ZERO;
                        for limit in tables.limits(option) {
                            let excess = limit.excess(self.state.value(site, limit.measure));
                            if excess > 0.0 && limit.price.is_infinite() {
                                after.hard += excess;
                            } else if excess > 0.0 {
                                after.cost += limit.price * excess;
                            }
                        }
                        estimate += self.price(after) - self.price(self.state.site_excess(site));
                        let grows = tables.limits(option).iter().any(|limit| {
                            tables.limits_on(current, limit.measure).iter().any(|now| limit.max > now.max)
                        });
                        if grows {
                            estimate -= self.drawn(site, option, &standing).0;
                        }
                    }
                    (false, false) => {}
                }
                changes.push(Change { estimate, moves: vec![(site, option)] });
            }
        }
        changes
    }

    /// What customers would save at a site if it had the option and what it would take off strained sites, as far as there
    /// is room, and the sites that customers would come from, those that lose most first.
    fn drawn(&self, site: SiteId, option: OptionId, standing: &Standing) -> (f64, Vec<SiteId>) {
        let (mut saved, mut mass) = (0.0, 0.0);
        let mut strained: Vec<u32> = Vec::new();
        let mut relief = 0.0;
        let mut losers: Vec<(u32, f64)> = Vec::new();
        for &arc in self.tables.arcs_at.of(site.index()) {
            let arc = &self.problem.arcs[ArcId(arc)];
            let now = standing.now[arc.customer.index()];
            let from = self.state.site_of(arc.customer);
            if from < SPLIT && from != site.0 && !strained.contains(&from) {
                let excess = self.state.site_excess(SiteId(from)).hard;
                if excess > 0.0 {
                    strained.push(from);
                    relief += excess;
                }
            }
            if arc.cost < now && from < SPLIT && from != site.0 {
                saved += now - arc.cost;
                mass += self.tables.mass[arc.customer.index()];
                match losers.iter_mut().find(|(known, _)| *known == from) {
                    Some((_, sum)) => *sum += now - arc.cost,
                    None => losers.push((from, now - arc.cost)),
                }
            }
        }
        losers.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let room = self.tables.limits(option).iter().map(|limit| limit.max).fold(f64::INFINITY, f64::min);
        let share = if mass > room { room / mass } else { 1.0 };
        let relief = self.weight * relief.min(room);
        (saved * share + relief, losers.iter().take(RIVALS).map(|&(site, _)| SiteId(site)).collect())
    }
}
