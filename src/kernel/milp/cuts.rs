//! Separator cuts of contiguity, found on whole solutions.
//!
//! If the customers that a site serves fall into pieces, every path between two pieces crosses the nodes around one of
//! them, and none of those is served. So a node of one piece and a node of the other may both be served only if some
//! node of the separator is. Such cuts hold for every connected solution, so the bound of a model with some of them stays
//! a bound. Formulation: Carvajal, Constantino, Goycoolea, Vielma, Weintraub, Oper. Res. 61 (2013) 824-836.

use super::model::{Model, Terms};
use crate::id::{IdVec, SiteId};
use crate::kernel::problem::{ContiguityLayer, Service, Solution};
use std::collections::BTreeSet;

/// Most nodes of a piece that get a cut of their own in one round.
const CUTS_PER_PIECE: usize = 40;

/// The nodes of a layer that a site could serve, with the terms that say whether it does.
pub(super) struct Graph<'a> {
    layer: &'a ContiguityLayer,
    served: Vec<Terms>,
}

impl<'a> Graph<'a> {
    pub(super) fn new(model: &Model<'_>, layer: &'a ContiguityLayer, site: SiteId) -> Self {
        let served = layer.customers.iter().map(|&customer| model.served(customer, site)).collect();
        Self { layer, served }
    }

    /// Whether the site could serve the node.
    pub(super) fn has(&self, node: u32) -> bool {
        !self.served[node as usize].is_empty()
    }

    /// The nodes that the site could serve.
    pub(super) fn nodes(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.served.len() as u32).filter(|&node| self.has(node))
    }

    /// Terms that are 1 when the site serves the node.
    pub(super) fn served(&self, node: u32) -> &[(u32, f64)] {
        &self.served[node as usize]
    }

    /// The nodes that can be reached from `start` without entering a `closed` one.
    pub(super) fn reach(&self, start: u32, closed: impl Fn(u32) -> bool) -> Vec<bool> {
        let mut reached = vec![false; self.served.len()];
        reached[start as usize] = true;
        let mut stack = vec![start];
        while let Some(node) = stack.pop() {
            for &other in &self.layer.neighbours[node as usize] {
                if self.has(other) && !reached[other as usize] && !closed(other) {
                    reached[other as usize] = true;
                    stack.push(other);
                }
            }
        }
        reached
    }

    /// Nodes outside the piece of `inside` (as marked) next to it from which `outside` can be reached without crossing
    /// another such node: a separator of the piece and `outside` without a node to spare.
    fn separator(&self, piece: &[u32], inside: &[bool], outside: u32) -> Vec<u32> {
        let mut around = vec![false; self.served.len()];
        for &node in piece {
            for &other in &self.layer.neighbours[node as usize] {
                if self.has(other) && !inside[other as usize] {
                    around[other as usize] = true;
                }
            }
        }
        let reached = self.reach(outside, |node| around[node as usize]);
        (0..self.served.len() as u32)
            .filter(|&node| around[node as usize])
            .filter(|&node| self.layer.neighbours[node as usize].iter().any(|&other| reached[other as usize]))
            .collect()
    }
}

/// Adds cuts that forbid every disconnected catchment of `solution`; returns how many.
pub(super) fn add(model: &mut Model<'_>, solution: &Solution) -> usize {
    let problem = model.problem;
    let before = model.mip.rows.len();
    for (index, layer) in problem.layers.iter().enumerate() {
        for (site, pieces) in pieces(model, layer, solution).entries() {
            if pieces.len() < 2 {
                continue;
            }
            let graph = Graph::new(model, layer, site);
            // The piece that the others must connect to: that of the home, else the largest.
            let home = layer.homes[site];
            let of_home = home.and_then(|home| pieces.iter().position(|piece| piece.contains(&home)));
            let largest = || (0..pieces.len()).rev().max_by_key(|&at| pieces[at].len());
            let Some(main) = of_home.or_else(largest) else { continue };
            // With a home the far end of every cut is served whenever anybody is, so it needs no term.
            let anchor = home.filter(|_| of_home.is_some()).unwrap_or(pieces[main][0]);
            let anchored = home == Some(anchor);
            let marked = |piece: &[u32]| {
                let mut marks = vec![false; layer.customers.len()];
                for &node in piece {
                    marks[node as usize] = true;
                }
                marks
            };
            for (at, piece) in pieces.iter().enumerate() {
                if at == main {
                    continue;
                }
                let mut separators = vec![graph.separator(piece, &marked(piece), anchor)];
                let other_side = graph.separator(&pieces[main], &marked(&pieces[main]), piece[0]);
                if !separators.contains(&other_side) {
                    separators.push(other_side);
                }
                for separator in separators {
                    for &node in piece.iter().take(CUTS_PER_PIECE) {
                        let mut terms: Terms = graph.served(node).to_vec();
                        if !anchored {
                            terms.extend_from_slice(graph.served(anchor));
                        }
                        for &between in &separator {
                            terms.extend(graph.served(between).iter().map(|&(column, factor)| (column, -factor)));
                        }
                        let room = if anchored { 0.0 } else { 1.0 };
                        let name = format!("cut[{index},{},{node}]#{}", site.0, model.mip.rows.len());
                        model.row(name, f64::NEG_INFINITY, room, terms);
                    }
                }
            }
        }
    }
    model.mip.rows.len() - before
}

/// The connected pieces of what every site serves in a layer, each in increasing order of node.
fn pieces(model: &Model<'_>, layer: &ContiguityLayer, solution: &Solution) -> IdVec<SiteId, Vec<Vec<u32>>> {
    let problem = model.problem;
    let mut nodes: IdVec<SiteId, Vec<u32>> = IdVec::filled(Vec::new(), problem.sites.len());
    for (node, &customer) in layer.customers.iter().enumerate() {
        let mut at = |arc| {
            let list = &mut nodes[problem.arcs[arc].site];
            if list.last() != Some(&(node as u32)) {
                list.push(node as u32);
            }
        };
        match &solution.services[customer] {
            Service::Whole(arc) => at(*arc),
            Service::Split(parts) => parts.iter().for_each(|part| at(part.arc)),
        }
    }
    nodes
        .iter()
        .map(|nodes| {
            let mut left: BTreeSet<u32> = nodes.iter().copied().collect();
            let mut pieces = Vec::new();
            while let Some(first) = left.pop_first() {
                let mut piece = vec![first];
                let mut next = 0;
                while next < piece.len() {
                    for other in &layer.neighbours[piece[next] as usize] {
                        if left.remove(other) {
                            piece.push(*other);
                        }
                    }
                    next += 1;
                }
                piece.sort_unstable();
                pieces.push(piece);
            }
            pieces
        })
        .collect()
}
