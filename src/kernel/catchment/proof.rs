//! Writes down what the branching proves, as a certificate.

use crate::kernel::bound::{Ascent, Coupling, Excluded, Multipliers, Relaxation};
use crate::kernel::branch::{Explored, Node};
use crate::kernel::certificate::{Certificate, Inside, Leaf, MultiplierSet, Removal, Root, SCHEMA};
use std::sync::Arc;

/// The leaves so far and their multipliers.
#[derive(Debug)]
pub(super) struct Proof<'a> {
    relaxation: &'a Relaxation,
    sets: Vec<Arc<Multipliers>>,
    leaves: Vec<Leaf>,
    removal: Option<f64>,
    /// The bound at the first multipliers.
    root: f64,
    /// Multipliers of another climb at the root, with its bound: every case inherits it.
    floor: (u32, f64),
    /// Whether bounds rest on packs, which the reader of the certificate does not solve.
    packed: bool,
}

/// On whose word bounds rest that come from packs.
const PACKS: &str = "packs of whole customers";

/// The name under which bounds of the engine's own search of assignments, and of the backend where that gives up, are
/// trusted.
pub const SEARCH: &str = "assignment search";

impl<'a> Proof<'a> {
    /// Nothing proven but the bound of the root, whose multipliers are the first, and that of the climb `top` from there.
    pub fn new(relaxation: &'a Relaxation, root: &Ascent, top: &Ascent, packed: bool) -> Self {
        let (reached, floor) = (root.evaluation.bound, top.evaluation.bound);
        let sets = vec![Arc::new(root.multipliers.clone())];
        // What packs add at the root is not re-derived either.
        let root = if packed { f64::NEG_INFINITY } else { reached };
        let mut proof = Self { relaxation, sets, leaves: Vec::new(), removal: None, root, floor: (0, reached), packed };
        if floor > reached {
            proof.floor = (proof.set(&Arc::new(top.multipliers.clone())), floor);
        }
        proof
    }

    /// Arcs were removed by the root's multipliers for `cutoff`.
    pub fn remove_arcs(&mut self, cutoff: f64) {
        if cutoff < f64::INFINITY {
            self.removal = Some(cutoff);
        }
    }

    /// Options that were fixed at a node: the case of each is a leaf of its own.
    pub fn fixed(&mut self, explored: &Explored) {
        let tables = &self.relaxation.tables;
        for fixing in &explored.fixed {
            let set = self.set(&fixing.multipliers);
            for &(option, bound) in &fixing.options {
                let mut excluded = fixing.excluded.clone();
                let site = tables.options.as_slice()[option as usize].site as usize;
                for other in tables.options_of(site).filter(|&other| other != option as usize) {
                    excluded.insert(other);
                }
                self.push(&excluded, bound, set, None);
            }
        }
    }

    /// The whole problem as one case, with a bound on a backend's word.
    pub fn whole(&mut self, bound: f64, backend: &str) {
        self.push(&Excluded::none(self.relaxation.tables.options.len()), bound, 0, Some(backend));
    }

    /// A node that was left with `bound`, at the multipliers that prove it where any do.
    pub fn settled(&mut self, explored: &Explored, bound: f64, backend: Option<&str>) {
        let node = &explored.node;
        let beyond = bound > explored.ascent.evaluation.bound;
        // What is beyond the climb at the node comes from tries to close it, or was inherited.
        let set = if beyond && backend.is_none() && node.tries == 0 {
            self.set(&node.start)
        } else {
            self.set(&Arc::new(explored.ascent.multipliers.clone()))
        };
        self.push(&node.excluded, bound, set, backend.or((beyond && node.tries > 0).then_some(SEARCH)));
    }

    /// Nodes that were never explored, with what they inherited.
    /// `closer` is whose word the bounds of those rest on that it was tried to close.
    pub fn open(&mut self, nodes: &[Node], closer: &str) {
        for node in nodes {
            let set = self.set(&node.start);
            // What a try to close it has added to its bound is not in the multipliers.
            self.push(&node.excluded, node.bound, set, (node.tries > 0).then_some(closer));
        }
    }

    fn push(&mut self, excluded: &Excluded, bound: f64, set: u32, backend: Option<&str>) {
        let (floor, reached) = self.floor;
        let set = if bound <= reached { floor } else { set };
        self.leaves.push(Leaf {
            excluded: excluded.iter().collect(),
            bound: (bound < f64::INFINITY).then_some(bound),
            multipliers: Some(set),
            backend: backend.or(self.packed.then_some(PACKS)).map(str::to_owned),
        });
    }

    fn set(&mut self, multipliers: &Arc<Multipliers>) -> u32 {
        let known = self.sets.iter().rev().take(2).position(|set| Arc::ptr_eq(set, multipliers) || set == multipliers);
        let index = if let Some(back) = known {
            self.sets.len() - 1 - back
        } else {
            self.sets.push(multipliers.clone());
            self.sets.len() - 1
        };
        index as u32
    }

    /// The whole problem as one case, with the bound of the climbs at the root.
    pub fn unbranched(&mut self) {
        let (set, bound) = self.floor;
        self.push(&Excluded::none(self.relaxation.tables.options.len()), bound, set, None);
    }

    /// The certificate of what was proven of the problem with this digest.
    pub fn certificate(mut self, problem: &str) -> Certificate {
        let least = self.leaves.iter().filter_map(|leaf| leaf.bound).fold(f64::INFINITY, f64::min);
        let removal = self.removal.map(|cost| Removal { multipliers: 0, cost });
        let bound = removal.map_or(least, |removal| least.min(removal.cost));
        let inside = match &self.relaxation.coupling {
            Coupling::Free => Inside::Nothing,
            Coupling::Count { row, .. } => Inside::Row(*row),
            Coupling::Cover { measure, .. } => Inside::Cover(*measure),
        };
        let multipliers = self.sets.iter().map(|set| self.written(set)).collect();
        let leaves = std::mem::take(&mut self.leaves);
        let root = (self.root.is_finite()).then_some(Root { multipliers: 0, bound: self.root });
        let (schema, problem) = (SCHEMA.to_owned(), problem.to_owned());
        Certificate { schema, problem, bound, inside, root, multipliers, removal, leaves }
    }

    /// Multipliers in the terms of the problem.
    fn written(&self, set: &Multipliers) -> MultiplierSet {
        let tables = &self.relaxation.tables;
        let mut limits = Vec::new();
        for (option, table) in tables.options.as_slice().iter().enumerate() {
            let range = table.limits.start as usize..table.limits.end as usize;
            for (limit, &price) in tables.limits[range.clone()].iter().zip(&set.limits[range]) {
                if price != 0.0 && price.is_finite() {
                    let (position, factor) = limit.origins[usize::from(price > 0.0)];
                    limits.push((option as u32, position, price / factor));
                }
            }
        }
        MultiplierSet { services: set.cells.clone(), rows: set.rows.clone(), limits }
    }
}
