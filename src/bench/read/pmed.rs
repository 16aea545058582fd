//! `n edges p`, then `u v length` for every edge: costs are lengths of shortest paths between all nodes, the last length
//! of a repeated edge counts (pmed).

use super::text::SourceText;
use super::tokens::Tokens;
use super::{ReadError, bare};
use crate::bench::instance::{Costs, Customer, Facility, Instance};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Largest graph that is read: its table of all pairs takes 2 GiB.
const MOST_NODES: usize = 16_384;

pub(super) fn read(text: &SourceText) -> Result<Instance, ReadError> {
    let mut tokens = Tokens::new(text);
    let n = tokens.count("the number of nodes")?;
    if n > MOST_NODES {
        return Err(ReadError::Value {
            path: text.path.clone(),
            line: tokens.line(),
            what: "the number of nodes".to_owned(),
            expected: "at most 16384",
            found: n.to_string(),
        });
    }
    let edges = tokens.count("the number of edges")?;
    let p = tokens.count("the number of facilities to open")?;
    let mut lengths = BTreeMap::new();
    for edge in 1..=edges {
        let mut node = || -> Result<usize, ReadError> {
            let id = tokens.count(&format!("a node of edge {edge}"))?;
            if id <= n {
                return Ok(id - 1);
            }
            Err(ReadError::Value {
                path: text.path.clone(),
                line: tokens.line(),
                what: format!("a node of edge {edge}"),
                expected: "a number between 1 and the number of nodes",
                found: id.to_string(),
            })
        };
        let (u, v) = (node()?, node()?);
        lengths.insert((u.min(v), u.max(v)), tokens.amount(|| format!("the length of edge {edge}"))?);
    }
    let mut neighbours = vec![Vec::new(); n];
    for (&(u, v), &length) in &lengths {
        neighbours[u].push((v, length));
        neighbours[v].push((u, length));
    }
    let table = (0..n).flat_map(|source| shortest_paths(&neighbours, source)).collect();
    let facilities = (0..n)
        .map(|node| Facility { id: node as i64 + 1, capacity: None, fixed_cost: 0.0, home: Some(node) })
        .collect();
    let customers = (0..n).map(|node| Customer { id: node as i64 + 1, demand: 1.0 }).collect();
    Ok(bare(facilities, customers, Costs::Table(table), Some(p)))
}

/// A distance from a source; lengths are finite and at least 0, so they have a total order.
#[derive(Clone, Copy, PartialEq)]
struct Distance(f64);

impl Eq for Distance {}

impl PartialOrd for Distance {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Distance {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// Length of the shortest path from `source` to every node, infinite where there is none (Dijkstra).
fn shortest_paths(neighbours: &[Vec<(usize, f64)>], source: usize) -> Vec<f64> {
    let mut distances = vec![f64::INFINITY; neighbours.len()];
    let mut queue = BinaryHeap::from([(Reverse(Distance(0.0)), source)]);
    distances[source] = 0.0;
    while let Some((Reverse(Distance(distance)), node)) = queue.pop() {
        if distance > distances[node] {
            continue;
        }
        for &(next, length) in &neighbours[node] {
            if distance + length < distances[next] {
                distances[next] = distance + length;
                queue.push((Reverse(Distance(distances[next])), next));
            }
        }
    }
    distances
}
