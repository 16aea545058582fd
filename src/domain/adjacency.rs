//! Which units touch, with islands tied to the rest by declared links, so that one graph serves every test of contiguity.

use super::district::District;
use crate::id::{Id, UnitId};
use std::collections::BTreeSet;

/// The adjacency graph of the units, connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjacency {
    /// Neighbours of every unit, in increasing order; symmetric, without loops.
    pub neighbours: Vec<Vec<UnitId>>,
    /// Links that are not in the data: each ties a group of units that nothing else reaches to the nearest unit outside
    /// of it. To be listed as assumptions.
    pub links: Vec<(UnitId, UnitId)>,
}

impl Adjacency {
    /// The graph of `district`, or `None` where it gives no adjacency.
    ///
    /// While the graph has several components, the smallest (ties: the one with the first unit) is linked to the rest by
    /// the shortest great circle between a unit inside and a unit outside (ties: file order).
    ///
    /// # Panics
    /// Never for a district as `input` makes it, whose pairs name its own units.
    pub fn of(district: &District) -> Option<Self> {
        let pairs = district.adjacency.as_ref()?;
        let units = district.units.len();
        let mut sets = vec![BTreeSet::new(); units];
        for &(first, second) in pairs.iter().filter(|(first, second)| first != second) {
            sets[first.index()].insert(second);
            sets[second.index()].insert(first);
        }
        let mut links = Vec::new();
        let mut components = components(&sets);
        while components.len() > 1 {
            let (smallest, _) =
                components.iter().enumerate().min_by_key(|(_, units)| (units.len(), units[0])).expect("there are two");
            let inside = components.swap_remove(smallest);
            let (from, to) = nearest_outside(district, &inside);
            sets[from.index()].insert(to);
            sets[to.index()].insert(from);
            links.push((from.min(to), from.max(to)));
            let host = components.iter_mut().find(|units| units.contains(&to)).expect("the unit is in some component");
            host.extend(inside);
            host.sort_unstable();
        }
        links.sort_unstable();
        Some(Self { neighbours: sets.into_iter().map(|set| set.into_iter().collect()).collect(), links })
    }
}

/// The components of the graph, each with its units in order, ordered by their first units.
fn components(sets: &[BTreeSet<UnitId>]) -> Vec<Vec<UnitId>> {
    let mut seen = vec![false; sets.len()];
    let mut found = Vec::new();
    for start in 0..sets.len() {
        if seen[start] {
            continue;
        }
        seen[start] = true;
        let mut units = vec![UnitId::new(start)];
        let mut next = 0;
        while next < units.len() {
            for &neighbour in &sets[units[next].index()] {
                if !seen[neighbour.index()] {
                    seen[neighbour.index()] = true;
                    units.push(neighbour);
                }
            }
            next += 1;
        }
        units.sort_unstable();
        found.push(units);
    }
    found
}

/// The pair of a unit of `inside` and a unit outside of it that lie nearest to each other.
fn nearest_outside(district: &District, inside: &[UnitId]) -> (UnitId, UnitId) {
    let mut best: Option<(f64, UnitId, UnitId)> = None;
    for &from in inside {
        for (to, unit) in district.units.entries() {
            if inside.binary_search(&to).is_ok() {
                continue;
            }
            let metres = district.units[from].point.great_circle_m(unit.point);
            if best.is_none_or(|(least, ..)| metres < least) {
                best = Some((metres, from, to));
            }
        }
    }
    let (_, from, to) = best.expect("a component of several has units outside");
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::district::Unit;
    use crate::units::Point;

    fn district(lons: &[f64], adjacency: Option<Vec<(u32, u32)>>) -> District {
        let units = lons.iter().map(|&lon| Unit {
            key: format!("u{lon}"),
            name: String::new(),
            area: None,
            setting: None,
            point: Point { lon, lat: 30.0 },
            outline: None,
            divisible: false,
        });
        District {
            units: units.collect(),
            adjacency: adjacency.map(|pairs| pairs.into_iter().map(|(a, b)| (UnitId(a), UnitId(b))).collect()),
            ..District::default()
        }
    }

    #[test]
    fn a_connected_graph_gets_no_links() {
        let adjacency = Adjacency::of(&district(&[0.0, 0.1, 0.2], Some(vec![(0, 1), (1, 2)]))).unwrap();
        assert!(adjacency.links.is_empty());
        assert_eq!(adjacency.neighbours, vec![vec![UnitId(1)], vec![UnitId(0), UnitId(2)], vec![UnitId(1)]]);
    }

    #[test]
    fn islands_are_tied_to_the_nearest_unit_outside() {
        // 0-1 and 4-5 are pairs, 2 and 3 are alone: 2 lies next to 1, 3 next to 4.
        let lons = [0.0, 0.1, 0.2, 0.9, 1.0, 1.1];
        let adjacency = Adjacency::of(&district(&lons, Some(vec![(0, 1), (4, 5)]))).unwrap();
        assert_eq!(adjacency.links, vec![(UnitId(1), UnitId(2)), (UnitId(2), UnitId(3)), (UnitId(3), UnitId(4))]);
    }

    #[test]
    fn without_data_there_is_no_graph() {
        assert_eq!(Adjacency::of(&district(&[0.0], None)), None);
    }
}
