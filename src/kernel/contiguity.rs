//! Connected catchments: whether a customer may leave or join a site, what is cut off, and how to reconnect it.

use super::problem::Problem;
use super::state::{NOBODY, SPLIT, State};
use super::tables::{Tables, arc_to};
use crate::id::{ArcId, CustomerId, Id, SiteId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Connectivity tests on the contiguity layers of a problem. Holds scratch memory, linear in the nodes of all layers.
#[derive(Debug, Clone)]
pub struct Contiguity<'p> {
    problem: &'p Problem,
    tables: &'p Tables,
    first: Vec<u32>,
    seen: Vec<u32>,
    clock: u32,
    queue: Vec<u32>,
}

/// A node that a site serves without being connected to the site's main part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stray {
    /// The layer.
    pub layer: u32,
    /// The node.
    pub node: u32,
    /// The site that serves it.
    pub site: u32,
}

impl<'p> Contiguity<'p> {
    /// Tests for a problem.
    pub fn new(problem: &'p Problem, tables: &'p Tables) -> Self {
        let mut first = vec![0];
        let mut nodes = 0;
        for layer in &problem.layers {
            nodes += layer.customers.len() as u32;
            first.push(nodes);
        }
        Self { problem, tables, first, seen: vec![0; nodes as usize], clock: 0, queue: Vec::new() }
    }

    /// Whether the problem asks for contiguity at all.
    pub fn is_asked(&self) -> bool {
        !self.problem.layers.is_empty()
    }

    /// Whether the customer is a node of some layer.
    pub fn binds(&self, customer: CustomerId) -> bool {
        !self.tables.nodes_of.of(customer.index()).is_empty()
    }

    /// Whether the rest of the site's part stays connected, and keeps its home, when `customer` leaves.
    pub fn may_leave(&mut self, state: &State<'_>, customer: CustomerId, site: SiteId) -> bool {
        let tables = self.tables;
        tables.nodes_of.of(customer.index()).iter().all(|&(layer, node)| self.node_may_leave(state, layer, node, site))
    }

    fn node_may_leave(&mut self, state: &State<'_>, layer: u32, node: u32, site: SiteId) -> bool {
        let graph = &self.problem.layers[layer as usize];
        let inside = |other: u32| state.serves(graph.customers[other as usize], site);
        if graph.homes[site] == Some(node) {
            return self.is_only_node(state, layer, node, site);
        }
        let mut touching: [u32; 16] = [0; 16];
        let mut count = 0;
        for &other in &graph.neighbours[node as usize] {
            if inside(other) {
                if count == touching.len() {
                    return self.reaches_all(state, layer, node, site);
                }
                touching[count] = other;
                count += 1;
            }
        }
        if count <= 1 {
            return true;
        }
        // Neighbours that touch each other stay connected without the node; only if that fails is the part searched.
        let touching = &touching[..count];
        let mut reached = 1_u32;
        let mut frontier = 1_u32;
        while frontier != 0 {
            let at = frontier.trailing_zeros() as usize;
            frontier &= frontier - 1;
            for (index, other) in touching.iter().enumerate() {
                if reached & (1 << index) == 0 && graph.neighbours[touching[at] as usize].binary_search(other).is_ok() {
                    reached |= 1 << index;
                    frontier |= 1 << index;
                }
            }
        }
        reached.count_ones() as usize == count || self.reaches_all(state, layer, node, site)
    }

    fn is_only_node(&self, state: &State<'_>, layer: u32, node: u32, site: SiteId) -> bool {
        let graph = &self.problem.layers[layer as usize];
        let alone = |customer: CustomerId| {
            self.tables.nodes_of.of(customer.index()).iter().all(|&(l, n)| l != layer || n == node)
        };
        // A home is nearly always surrounded by its own part, which settles the matter at once.
        graph.neighbours[node as usize].iter().all(|&other| !state.serves(graph.customers[other as usize], site))
            && state.members(site).iter().all(|&customer| alone(CustomerId(customer)))
            && state.split_customers().all(|customer| !state.serves(customer, site) || alone(customer))
    }

    /// Whether the neighbours of `node` inside the part reach each other without it.
    fn reaches_all(&mut self, state: &State<'_>, layer: u32, node: u32, site: SiteId) -> bool {
        let graph = &self.problem.layers[layer as usize];
        let base = self.first[layer as usize];
        self.clock += 1;
        let clock = self.clock;
        let inside = |other: u32| state.serves(graph.customers[other as usize], site);
        let wanted = graph.neighbours[node as usize].iter().filter(|&&other| inside(other)).count();
        let Some(&start) = graph.neighbours[node as usize].iter().find(|&&other| inside(other)) else { return true };
        self.queue.clear();
        self.queue.push(start);
        self.seen[(base + node) as usize] = clock;
        self.seen[(base + start) as usize] = clock;
        let mut found = 0;
        while let Some(at) = self.queue.pop() {
            if graph.neighbours[at as usize].binary_search(&node).is_ok() {
                found += 1;
                if found == wanted {
                    return true;
                }
            }
            for &other in &graph.neighbours[at as usize] {
                if self.seen[(base + other) as usize] != clock && inside(other) {
                    self.seen[(base + other) as usize] = clock;
                    self.queue.push(other);
                }
            }
        }
        false
    }

    /// Whether `customer`, once served by the site, touches the site's part or is its home.
    pub fn may_join(&self, state: &State<'_>, customer: CustomerId, site: SiteId) -> bool {
        self.tables.nodes_of.of(customer.index()).iter().all(|&(layer, node)| {
            let graph = &self.problem.layers[layer as usize];
            let touches = graph.neighbours[node as usize]
                .iter()
                .any(|&other| state.serves(graph.customers[other as usize], site));
            touches
                || match graph.homes[site] {
                    Some(home) => home == node,
                    None => !self.has_node(state, layer, site, customer),
                }
        })
    }

    fn has_node(&self, state: &State<'_>, layer: u32, site: SiteId, except: CustomerId) -> bool {
        let in_layer = |customer: CustomerId| {
            customer != except && self.tables.nodes_of.of(customer.index()).iter().any(|&(l, _)| l == layer)
        };
        state.members(site).iter().any(|&customer| in_layer(CustomerId(customer)))
            || state.split_customers().any(|customer| state.serves(customer, site) && in_layer(customer))
    }

    /// Whether the part of one site is connected in every layer.
    pub fn connected(&mut self, state: &State<'_>, site: SiteId) -> bool {
        (0..self.problem.layers.len() as u32).all(|layer| {
            let nodes = self.nodes_at(state, layer, site);
            self.strays_among(state, layer, site, &nodes).is_empty()
        })
    }

    fn nodes_at(&self, state: &State<'_>, layer: u32, site: SiteId) -> Vec<u32> {
        let split = state.split_customers().filter(|&customer| state.serves(customer, site));
        state
            .members(site)
            .iter()
            .map(|&customer| CustomerId(customer))
            .chain(split)
            .flat_map(|customer| self.tables.nodes_of.of(customer.index()))
            .filter(|&&(l, _)| l == layer)
            .map(|&(_, node)| node)
            .collect()
    }

    /// Of the nodes that a site serves, those outside the part that holds its home (or, without a home, the largest part).
    fn strays_among(&mut self, state: &State<'_>, layer: u32, site: SiteId, nodes: &[u32]) -> Vec<u32> {
        let graph = &self.problem.layers[layer as usize];
        let base = self.first[layer as usize];
        self.clock += 1;
        let mut parts: Vec<Vec<u32>> = Vec::new();
        let mut main = None;
        for &start in nodes {
            if self.seen[(base + start) as usize] == self.clock {
                continue;
            }
            self.seen[(base + start) as usize] = self.clock;
            let mut part = vec![start];
            let mut next = 0;
            while next < part.len() {
                for &other in &graph.neighbours[part[next] as usize] {
                    if self.seen[(base + other) as usize] != self.clock
                        && state.serves(graph.customers[other as usize], site)
                    {
                        self.seen[(base + other) as usize] = self.clock;
                        part.push(other);
                    }
                }
                next += 1;
            }
            match graph.homes[site] {
                Some(home) if part.contains(&home) => main = Some(parts.len()),
                None if main.is_none_or(|best: usize| part.len() > parts[best].len()) => main = Some(parts.len()),
                _ => {}
            }
            parts.push(part);
        }
        let cut_off = parts.into_iter().enumerate().filter(|&(index, _)| Some(index) != main);
        cut_off.flat_map(|(_, part)| part).collect()
    }

    /// Every node that is cut off from the main part of its site, in order of layer and site.
    pub fn strays(&mut self, state: &State<'_>) -> Vec<Stray> {
        let mut strays = Vec::new();
        for layer in 0..self.problem.layers.len() as u32 {
            let mut nodes: Vec<Vec<u32>> = vec![Vec::new(); self.problem.sites.len()];
            for (node, &customer) in self.problem.layers[layer as usize].customers.iter().enumerate() {
                match state.site_of(customer) {
                    NOBODY => {}
                    SPLIT => {
                        for part in state.parts(customer) {
                            nodes[self.problem.arcs[part.arc].site.index()].push(node as u32);
                        }
                    }
                    site => nodes[site as usize].push(node as u32),
                }
            }
            for (site, nodes) in nodes.iter_mut().enumerate() {
                nodes.dedup();
                let cut_off = self.strays_among(state, layer, SiteId::new(site), nodes);
                strays.extend(cut_off.into_iter().map(|node| Stray { layer, node, site: site as u32 }));
            }
        }
        strays
    }

    /// Reconnects the parts of all sites as far as it can be done: cut-off nodes are taken away and given back by growing
    /// the main parts, cheapest first, with hard excess priced at `weight`. Whole customers only. Returns how many nodes
    /// are still cut off.
    pub fn repair(&mut self, state: &mut State<'p>, weight: f64) -> usize {
        const ROUNDS: usize = 20;
        if !self.is_asked() {
            return 0;
        }
        for round in 0..ROUNDS {
            self.bring_homes(state);
            let strays = self.strays(state);
            if strays.is_empty() {
                break;
            }
            let mut cut_off = Vec::new();
            for stray in &strays {
                let customer = self.problem.layers[stray.layer as usize].customers[stray.node as usize];
                if state.site_of(customer) < SPLIT {
                    state.set(customer, None);
                    cut_off.push(customer);
                }
            }
            self.grow(state, weight, &cut_off);
            self.force_rest(state, round + 1 < ROUNDS);
        }
        self.strays(state).len()
    }

    /// Gives every site that serves somebody its home, unless the home serves another site in the same way.
    fn bring_homes(&mut self, state: &mut State<'p>) {
        for layer in &self.problem.layers {
            for (site, home) in layer.homes.entries() {
                let Some(home) = home.map(|node| layer.customers[node as usize]) else { continue };
                if state.serves(home, site)
                    || state.site_of(home) == SPLIT
                    || state.members(site).is_empty()
                    || !state.members(site).iter().any(|&c| self.binds(CustomerId(c)))
                {
                    continue;
                }
                let current = state.site_of(home);
                let held = current != NOBODY
                    && layer.homes[SiteId(current)].is_some_and(|node| layer.customers[node as usize] == home);
                if let Some(arc) = arc_to(self.problem, home, site)
                    && !held
                    && state.fits(home, site)
                {
                    state.serve(home, arc);
                }
            }
        }
    }

    /// Serves those of `customers` that nobody serves and that touch the part of a site, cheapest first and outwards from
    /// there. Customers outside all layers are left alone.
    pub fn grow(&mut self, state: &mut State<'p>, weight: f64, customers: &[CustomerId]) {
        let mut heap: BinaryHeap<Reverse<(Key, u32, u32)>> = BinaryHeap::new();
        for &customer in customers {
            if state.site_of(customer) == NOBODY && self.binds(customer) {
                self.offer(state, customer, weight, &mut heap);
            }
        }
        while let Some(Reverse((key, customer, arc))) = heap.pop() {
            let (customer, arc) = (CustomerId(customer), ArcId(arc));
            let site = self.problem.arcs[arc].site;
            if state.site_of(customer) != NOBODY || !self.may_join(state, customer, site) {
                continue;
            }
            let now = Key(state.delta(&[(customer, arc)]).priced(weight));
            if now > key {
                heap.push(Reverse((now, customer.0, arc.0)));
                continue;
            }
            state.serve(customer, arc);
            for &(layer, node) in self.tables.nodes_of.of(customer.index()) {
                let graph = &self.problem.layers[layer as usize];
                for &other in &graph.neighbours[node as usize] {
                    let other = graph.customers[other as usize];
                    if state.site_of(other) == NOBODY
                        && let Some(arc) = arc_to(self.problem, other, site)
                        && state.fits(other, site)
                    {
                        let key = Key(state.delta(&[(other, arc)]).priced(weight));
                        heap.push(Reverse((key, other.0, arc.0)));
                    }
                }
            }
        }
    }

    fn offer(
        &self,
        state: &mut State<'p>,
        customer: CustomerId,
        weight: f64,
        heap: &mut BinaryHeap<Reverse<(Key, u32, u32)>>,
    ) {
        for &arc in self.tables.by_cost(self.problem, customer) {
            let site = self.problem.arcs[ArcId(arc)].site;
            if state.fits(customer, site) && self.may_join(state, customer, site) {
                let key = Key(state.delta(&[(customer, ArcId(arc))]).priced(weight));
                heap.push(Reverse((key, customer.0, arc)));
            }
        }
    }

    /// Serves what growing could not reach: over a path of nodes taken from other sites where one is short, else apart.
    fn force_rest(&mut self, state: &mut State<'p>, paths: bool) {
        for layer in 0..self.problem.layers.len() {
            for node in 0..self.problem.layers[layer].customers.len() as u32 {
                let customer = self.problem.layers[layer].customers[node as usize];
                if state.site_of(customer) == NOBODY && !(paths && self.take_path(state, layer as u32, node)) {
                    let arcs = self.tables.by_cost(self.problem, customer);
                    let arc = arcs
                        .iter()
                        .map(|&arc| ArcId(arc))
                        .find(|&arc| state.fits(customer, self.problem.arcs[arc].site))
                        .or_else(|| arcs.first().map(|&arc| ArcId(arc)));
                    if let Some(arc) = arc {
                        state.serve(customer, arc);
                    }
                }
            }
        }
    }

    /// Gives a site the shortest path of nodes that leads from its part to `node`. Returns whether there was one.
    fn take_path(&mut self, state: &mut State<'p>, layer: u32, node: u32) -> bool {
        const SITES_TRIED: usize = 4;
        let graph = &self.problem.layers[layer as usize];
        let customer = graph.customers[node as usize];
        let mut best: Option<(Vec<u32>, SiteId)> = None;
        let candidates: Vec<SiteId> = self
            .tables
            .by_cost(self.problem, customer)
            .iter()
            .map(|&arc| self.problem.arcs[ArcId(arc)].site)
            .filter(|&site| state.fits(customer, site))
            .take(SITES_TRIED)
            .collect();
        for site in candidates {
            let passable = |other: u32| {
                let customer = graph.customers[other as usize];
                let held = match state.site_of(customer) {
                    NOBODY => false,
                    SPLIT => true,
                    current => graph.homes[SiteId(current)] == Some(other),
                };
                !held && state.fits(customer, site) && arc_to(self.problem, customer, site).is_some()
            };
            let mut from: Vec<u32> = vec![NOBODY; graph.customers.len()];
            let mut queue = vec![node];
            from[node as usize] = node;
            let mut next = 0;
            let mut end = None;
            while next < queue.len() && end.is_none() {
                let at = queue[next];
                next += 1;
                for &other in &graph.neighbours[at as usize] {
                    if state.serves(graph.customers[other as usize], site) {
                        end = Some(at);
                        break;
                    }
                    if from[other as usize] == NOBODY && passable(other) {
                        from[other as usize] = at;
                        queue.push(other);
                    }
                }
                if end.is_none() && graph.homes[site] == Some(at) {
                    end = Some(at);
                }
            }
            let Some(mut at) = end else { continue };
            let mut path = vec![at];
            while at != node {
                at = from[at as usize];
                path.push(at);
            }
            if best.as_ref().is_none_or(|(known, _)| path.len() < known.len()) {
                best = Some((path, site));
            }
        }
        let Some((path, site)) = best else { return false };
        for node in path {
            let customer = graph.customers[node as usize];
            let arc = arc_to(self.problem, customer, site).expect("the path holds only nodes with an arc to the site");
            state.serve(customer, arc);
        }
        true
    }
}

/// A cost as a key of a heap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Key(pub f64);

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}
