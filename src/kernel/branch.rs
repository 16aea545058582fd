//! Branch and bound over the options of sites: best first, multipliers inherited, options fixed at every node.
//!
//! Nodes are explored in waves of a fixed size, so that the tree does not depend on the number of threads.

use super::bound::{Ascent, AscentOptions, Excluded, Multipliers, Relaxation, Removed};
use super::fixing;
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::Arc;

/// Nodes explored in one wave.
pub const WAVE: usize = 8;

/// Options below this weight, or above one minus it, count as decided when choosing where to branch.
const NEGLIGIBLE: f64 = 0.02;

/// Relative distance from the least bound within which nodes are tried to be closed once more.
const NEAR: f64 = 5e-5;

/// How the search spends its steps.
#[derive(Debug, Clone, Copy)]
pub struct TreeOptions {
    /// Steps of the climb at a node.
    pub steps: usize,
    /// First step factor at a node.
    pub factor: f64,
    /// Steps without progress after which the factor shrinks.
    pub patience: usize,
    /// Whether knapsacks are whole.
    pub whole: bool,
    /// Arcs up to which what is left of a node may be closed as it is; 0 for never before all sites are decided.
    pub small: usize,
}

impl Default for TreeOptions {
    fn default() -> Self {
        Self { steps: 50, factor: 0.5, patience: 5, whole: false, small: 0 }
    }
}

/// An open node.
#[derive(Debug, Clone)]
pub struct Node {
    /// Options excluded here.
    pub excluded: Excluded,
    /// Multipliers to start from.
    pub start: Arc<Multipliers>,
    /// Bound inherited from the parent.
    pub bound: f64,
    /// Number of the node; the order of creation.
    pub id: u64,
    /// How often it was tried to close it.
    pub tries: u32,
}

/// What an explored node came to.
#[derive(Debug)]
pub enum Fate {
    /// Nothing below the cutoff is in it.
    Pruned,
    /// All sites are decided, or branching does not help: left to the assignment problem.
    Decided,
    /// To be divided at this option: with it, and without it.
    Branched(u32),
    /// Small enough to be closed as it is; else to be divided at this option.
    Small(u32),
}

/// Options fixed at one moment.
#[derive(Debug)]
pub struct Fixing {
    /// What was excluded before.
    pub excluded: Excluded,
    /// The multipliers that prove it.
    pub multipliers: Arc<Multipliers>,
    /// The options, each with a bound on the solutions that take it.
    pub options: Vec<(u32, f64)>,
}

/// An explored node.
#[derive(Debug)]
pub struct Explored {
    /// The node, with the options fixed at it excluded as well.
    pub node: Node,
    /// The climb at it.
    pub ascent: Ascent,
    /// Options that were fixed here, in rounds.
    pub fixed: Vec<Fixing>,
    /// What it came to.
    pub fate: Fate,
    /// Arc visits.
    pub work: u64,
}

#[derive(Debug)]
struct Entry(Node);

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        // Least bound first; among equals the newest, which is the deepest.
        other.0.bound.total_cmp(&self.0.bound).then(self.0.id.cmp(&other.0.id))
    }
}

/// The search tree.
#[derive(Debug)]
pub struct Tree<'r> {
    relaxation: &'r Relaxation,
    options: TreeOptions,
    open: BinaryHeap<Entry>,
    next_id: u64,
    /// Nodes explored.
    pub nodes: u64,
    /// Arc visits.
    pub work: u64,
}

impl<'r> Tree<'r> {
    /// A tree with its root open.
    pub fn new(relaxation: &'r Relaxation, options: TreeOptions, start: Multipliers, bound: f64) -> Self {
        let root = Node {
            excluded: Excluded::none(relaxation.tables.options.len()),
            start: Arc::new(start),
            bound,
            id: 0,
            tries: 0,
        };
        Self { relaxation, options, open: BinaryHeap::from([Entry(root)]), next_id: 1, nodes: 0, work: 0 }
    }

    /// The least bound of the open nodes; infinite if there are none.
    pub fn bound(&self) -> f64 {
        self.open.peek().map_or(f64::INFINITY, |entry| entry.0.bound)
    }

    /// Number of open nodes.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// Explores the next nodes against `cutoff`, and opens their children.
    pub fn wave(&mut self, removed: &Removed, cutoff: f64, interrupted: &(dyn Fn() -> bool + Sync)) -> Vec<Explored> {
        let mut nodes = Vec::with_capacity(WAVE);
        let mut later = Vec::new();
        let near = self.bound() + NEAR * self.bound().abs();
        while nodes.len() < WAVE
            && let Some(Entry(node)) = self.open.pop()
        {
            // What could not be closed waits until it is among the least.
            if node.tries == 0 || node.bound <= near { nodes.push(node) } else { later.push(Entry(node)) }
        }
        self.open.extend(later);
        let (relaxation, options) = (self.relaxation, self.options);
        let explored: Vec<Explored> = nodes
            .into_par_iter()
            .map(|node| explore(relaxation, options, node, removed, cutoff, interrupted))
            .collect();
        for result in &explored {
            self.nodes += 1;
            self.work += result.work;
            if let Fate::Branched(option) = result.fate {
                self.divide(result, option);
            }
        }
        explored
    }

    /// The open nodes, in the order of their numbers.
    pub fn into_open(self) -> Vec<Node> {
        let mut nodes: Vec<Node> = self.open.into_iter().map(|entry| entry.0).collect();
        nodes.sort_by_key(|node| node.id);
        nodes
    }

    /// Puts a node back, for one whose exploration was cut short or that is to be divided after all.
    pub fn reopen(&mut self, node: Node) {
        self.open.push(Entry(node));
    }

    /// Opens the two children: all other options of the site excluded, and the option itself excluded.
    pub fn divide(&mut self, result: &Explored, option: u32) {
        // A climb may end below what the node inherited, where a search inside it gave up: the children then keep the
        // multipliers that prove what they inherit.
        let proves = result.ascent.evaluation.bound >= result.node.bound;
        let start = if proves { Arc::new(result.ascent.multipliers.clone()) } else { result.node.start.clone() };
        let tables = &self.relaxation.tables;
        let site = tables.options.as_slice()[option as usize].site as usize;
        let mut with = result.node.excluded.clone();
        let mut without = result.node.excluded.clone();
        // Options that the relaxation cannot tell apart stay together where there are others.
        let open = || tables.options_of(site).filter(|&other| !result.node.excluded.contains(other));
        let alike = |other: usize| tables.alike(option as usize, other);
        let together = !open().all(alike);
        for other in tables.options_of(site) {
            if other == option as usize || (together && alike(other)) {
                without.insert(other);
            } else {
                with.insert(other);
            }
        }
        for excluded in [without, with] {
            let node = Node { excluded, start: start.clone(), bound: result.node.bound, id: self.next_id, tries: 0 };
            self.next_id += 1;
            self.open.push(Entry(node));
        }
    }
}

/// Explores one node: climbs, fixes options, decides what becomes of it.
fn explore(
    relaxation: &Relaxation,
    options: TreeOptions,
    mut node: Node,
    removed: &Removed,
    cutoff: f64,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> Explored {
    let mut evaluator = relaxation.evaluator();
    evaluator.whole = options.whole;
    let climb = AscentOptions {
        steps: options.steps,
        target: cutoff + 0.001 * cutoff.abs(),
        enough: cutoff,
        factor: options.factor,
        least_factor: 0.01,
        patience: options.patience,
        reach: 0.05,
    };
    let mut fixed = Vec::new();
    let mut start = relaxation.priced(&mut evaluator, removed, &node.excluded, (*node.start).clone());
    loop {
        let ascent = relaxation.climb(&mut evaluator, removed, &node.excluded, start, &climb, interrupted);
        node.bound = node.bound.max(ascent.evaluation.bound);
        let mut result = Explored { node, ascent, fixed, fate: Fate::Pruned, work: evaluator.work };
        if result.node.bound >= cutoff {
            return result;
        }
        let with = fixing::bounds_with_options(relaxation, &result.ascent);
        let beyond = fixing::options_beyond(&with, &result.node.excluded, cutoff);
        if !beyond.is_empty() {
            result.fixed.push(Fixing {
                excluded: result.node.excluded.clone(),
                multipliers: Arc::new(result.ascent.multipliers.clone()),
                options: beyond.iter().map(|&option| (option, with[option as usize])).collect(),
            });
        }
        for &option in &beyond {
            result.node.excluded.insert(option as usize);
        }
        if beyond.is_empty() || interrupted() {
            result.fate = decide(relaxation, &result, &with);
            if let Fate::Branched(option) = result.fate
                && options.small > 0
                && cutoff < f64::INFINITY
            {
                let mut left = removed.clone();
                fixing::remove_arcs(relaxation, &result.ascent, cutoff, &mut left);
                if relaxation.tables.arc.len() - left.count() <= options.small {
                    result.fate = Fate::Small(option);
                }
            }
            return result;
        }
        // What was fixed changes the selection; a few more steps from here use that.
        Explored { node, fixed, .. } = result;
        start = result.ascent.multipliers;
    }
}

/// Where to branch: the site whose best option is least certain in the relaxation.
fn decide(relaxation: &Relaxation, result: &Explored, with: &[f64]) -> Fate {
    let tables = &relaxation.tables;
    let mut best: Option<(f64, u32)> = None;
    for site in 0..tables.sites.len() {
        let open: Vec<usize> = tables.options_of(site).filter(|&o| !result.node.excluded.contains(o)).collect();
        // Options that the relaxation cannot tell apart are left to the assignment problem.
        if open.iter().all(|&option| option == open[0] || tables.alike(open[0], option)) {
            continue;
        }
        let weight = |option: usize| result.ascent.weights[option];
        let top = *open
            .iter()
            .max_by(|&&a, &&b| weight(a).total_cmp(&weight(b)).then(b.cmp(&a)))
            .expect("at least two options are open");
        // What the alternative costs at least, as a share of the gap, breaks near ties.
        let second = open.iter().filter(|&&o| o != top).map(|&o| with[o]).fold(f64::INFINITY, f64::min);
        let spread = (second.max(with[top]) - result.node.bound).max(0.0);
        let unsure = (1.0 - weight(top)).max(NEGLIGIBLE);
        let score = unsure * (1.0 + spread / (1e-9 + result.node.bound.abs() * 1e-3)).sqrt();
        if best.is_none_or(|found| score > found.0) {
            best = Some((score, top as u32));
        }
    }
    best.map_or(Fate::Decided, |(_, option)| Fate::Branched(option))
}
