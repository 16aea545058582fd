//! Contiguity in the model of a neighbourhood.
//!
//! Two families of rows from the start (a node needs its site's home, and a neighbour at the same site unless it is the
//! home) and separator cuts for what solutions then break: if a set `S` of nodes is cut off, each of its nodes may be
//! served by the site only if some node around `S` is (Carvajal et al. 2013, Operations Research 61; Oehrlein and Haunert
//! 2017, JOSIS 15).

use super::{Model, Sum};
use crate::id::{ArcId, CustomerId, SiteId};
use crate::kernel::contiguity::Stray;
use crate::kernel::state::{SPLIT, State};
use std::collections::BTreeMap;

impl<'p> Model<'p> {
    /// Whether a node is served by a site, as an expression.
    fn service_of(&self, customer: CustomerId, site: SiteId) -> Sum {
        match self.free_index(customer) {
            Some(index) => Sum {
                constant: 0.0,
                terms: self
                    .columns_of(index)
                    .filter(|&(arc, _)| self.problem.arcs[arc].site == site)
                    .map(|(_, column)| (column, 1.0))
                    .collect(),
            },
            None => Sum { constant: f64::from(u8::from(self.base.serves(customer, site))), terms: Vec::new() },
        }
    }

    /// `inside <= sum of around`.
    fn cut(&mut self, inside: &Sum, around: impl Iterator<Item = Sum>) {
        let mut terms = inside.terms.clone();
        let mut constant = inside.constant;
        for sum in around {
            constant -= sum.constant;
            terms.extend(sum.terms.iter().map(|&(column, factor)| (column, -factor)));
        }
        // A constant neighbour settles it.
        if constant > -1.0 {
            self.row(f64::NEG_INFINITY, -constant, &terms);
        }
    }

    pub(super) fn add_contiguity(&mut self, state: &State<'p>) {
        let problem = self.problem;
        for layer in &problem.layers {
            // A site without a home is held to a node that it serves now and that then stays.
            let mut roots: BTreeMap<u32, u32> = BTreeMap::new();
            for (node, &customer) in layer.customers.iter().enumerate() {
                let site = state.site_of(customer);
                if site < SPLIT && layer.homes[SiteId(site)].is_none() {
                    roots.entry(site).or_insert(node as u32);
                }
            }
            for (site, home) in layer.homes.entries() {
                if let Some(home) = home {
                    roots.insert(site.0, *home);
                }
            }
            for (node, &customer) in layer.customers.iter().enumerate() {
                let node = node as u32;
                let Some(index) = self.free_index(customer) else { continue };
                let columns: Vec<(ArcId, u32)> = self.columns_of(index).collect();
                for (arc, column) in columns {
                    let site = problem.arcs[arc].site;
                    let inside = Sum { constant: 0.0, terms: vec![(column, 1.0)] };
                    match roots.get(&site.0) {
                        None => self.program.columns[column as usize].upper = 0.0,
                        Some(&root) if root == node => {}
                        Some(&root) => {
                            let home = self.service_of(layer.customers[root as usize], site);
                            if home.constant < 1.0 {
                                self.cut(&inside, std::iter::once(home));
                            }
                            let around: Vec<Sum> = layer.neighbours[node as usize]
                                .iter()
                                .map(|&other| self.service_of(layer.customers[other as usize], site))
                                .collect();
                            self.cut(&inside, around.into_iter());
                        }
                    }
                }
            }
            for (&site, &root) in &roots {
                // Where the home is only a root by choice, it may not leave.
                if layer.homes[SiteId(site)].is_none()
                    && let Some(index) = self.free_index(layer.customers[root as usize])
                {
                    let there = self.columns_of(index).find(|&(arc, _)| problem.arcs[arc].site.0 == site);
                    if let Some((_, column)) = there {
                        self.program.columns[column as usize].lower = 1.0;
                    }
                }
            }
            self.homes.push(roots);
        }
    }

    /// Adds cuts for the nodes that are cut off in `state`, a state made by [`Model::apply`]. Returns how many.
    pub fn add_cuts(&mut self, state: &State<'p>, strays: &[Stray]) -> usize {
        let problem = self.problem;
        let mut added = 0;
        let mut groups: BTreeMap<(u32, u32), Vec<u32>> = BTreeMap::new();
        for stray in strays {
            groups.entry((stray.layer, stray.site)).or_default().push(stray.node);
        }
        for ((layer_index, site), nodes) in groups {
            let layer = &problem.layers[layer_index as usize];
            let site = SiteId(site);
            let Some(&root) = self.homes[layer_index as usize].get(&site.0) else { continue };
            if !state.serves(layer.customers[root as usize], site) {
                continue;
            }
            let mut left = nodes;
            while let Some(start) = left.pop() {
                let mut part = vec![start];
                let mut next = 0;
                while next < part.len() {
                    for &other in &layer.neighbours[part[next] as usize] {
                        if let Some(at) = left.iter().position(|&node| node == other) {
                            left.swap_remove(at);
                            part.push(other);
                        }
                    }
                    next += 1;
                }
                let mut border: Vec<u32> =
                    part.iter().flat_map(|&node| layer.neighbours[node as usize].iter().copied()).collect();
                border.sort_unstable();
                border.dedup();
                border.retain(|node| !part.contains(node));
                let around: Vec<Sum> =
                    border.iter().map(|&node| self.service_of(layer.customers[node as usize], site)).collect();
                for &node in &part {
                    let inside = self.service_of(layer.customers[node as usize], site);
                    if inside.constant > 0.0 || !inside.terms.is_empty() {
                        self.cut(&inside, around.iter().cloned());
                        added += 1;
                    }
                }
            }
        }
        added
    }
}
