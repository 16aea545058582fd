//! Checks contiguity layers: what a site serves is connected and contains its home.

use super::super::problem::{ContiguityLayer, Problem, Solution};
use super::{Violation, shares};
use crate::id::{IdVec, SiteId};

pub(super) fn check(
    problem: &Problem,
    solution: &Solution,
    index: usize,
    layer: &ContiguityLayer,
    violations: &mut Vec<Violation>,
) {
    let nodes = nodes_of_sites(problem, solution, layer);
    // `of` says to which site's search a node belongs and `seen` by which it was reached, so that nothing is cleared
    // between sites.
    let mut of = vec![u32::MAX; layer.customers.len()];
    let mut seen = vec![u32::MAX; layer.customers.len()];
    let mut stack = Vec::new();
    for (site, nodes) in nodes.entries() {
        if nodes.is_empty() {
            continue;
        }
        let mark = site.0;
        for &node in nodes {
            of[node as usize] = mark;
        }
        if let Some(home) = layer.homes[site]
            && of[home as usize] != mark
        {
            violations.push(Violation::Home { layer: index, site });
        }
        let mut components = 0;
        for &start in nodes {
            if seen[start as usize] == mark {
                continue;
            }
            components += 1;
            seen[start as usize] = mark;
            stack.push(start);
            while let Some(node) = stack.pop() {
                for &other in &layer.neighbours[node as usize] {
                    if of[other as usize] == mark && seen[other as usize] != mark {
                        seen[other as usize] = mark;
                        stack.push(other);
                    }
                }
            }
        }
        if components > 1 {
            violations.push(Violation::Disconnected { layer: index, site, components });
        }
    }
}

/// The nodes of the layer that every site serves, wholly or in part, in increasing order and once each.
fn nodes_of_sites(problem: &Problem, solution: &Solution, layer: &ContiguityLayer) -> IdVec<SiteId, Vec<u32>> {
    let mut nodes: IdVec<SiteId, Vec<u32>> = IdVec::filled(Vec::new(), problem.sites.len());
    for (node, &customer) in layer.customers.iter().enumerate() {
        for (arc, _) in shares(problem, customer, &solution.services[customer]) {
            let list = &mut nodes[problem.arcs[arc].site];
            if list.last() != Some(&(node as u32)) {
                list.push(node as u32);
            }
        }
    }
    nodes
}
