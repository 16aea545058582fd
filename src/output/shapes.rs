//! Outlines of units for maps: given ones as they are, drawn cells for units given as points.

use super::cells::{Cells, cells};
use crate::domain::scenario::Scenario;
use crate::id::{Id, UnitId};
use crate::units::Point;

/// Outline of a unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Polygons of rings, outer ring first, without repeated first points.
    pub polygons: Vec<Vec<Vec<Point>>>,
    /// Whether the outline was drawn by the program and is no data.
    pub drawn: bool,
}

/// Outlines of all units, and which units touch.
#[derive(Debug, Clone, PartialEq)]
pub struct Shapes {
    /// By unit, in file order.
    pub units: Vec<Shape>,
    /// Pairs of units that touch: the scenario's adjacency, else the neighbours among their points.
    pub touching: Vec<(usize, usize)>,
}

/// The shapes of a scenario's units.
pub fn shapes(scenario: &Scenario) -> Shapes {
    let district = &scenario.district;
    let pointed: Vec<UnitId> =
        district.units.entries().filter(|(_, unit)| unit.outline.is_none()).map(|(id, _)| id).collect();
    let drawn = cells(&pointed.iter().map(|&id| district.units[id].point).collect::<Vec<_>>());
    let mut rings = drawn.rings.iter();
    let units = district
        .units
        .iter()
        .map(|unit| match &unit.outline {
            Some(polygons) => {
                Shape { polygons: polygons.iter().map(|p| p.iter().map(|r| open(r)).collect()).collect(), drawn: false }
            }
            None => {
                Shape { polygons: rings.next().map(|ring| vec![vec![ring.clone()]]).unwrap_or_default(), drawn: true }
            }
        })
        .collect();
    let touching = match &district.adjacency {
        Some(pairs) => pairs.iter().map(|&(a, b)| (a.index(), b.index())).collect(),
        None if pointed.len() == district.units.len() => drawn.touching,
        None => {
            let Cells { touching, .. } = cells(&district.units.iter().map(|unit| unit.point).collect::<Vec<_>>());
            touching
        }
    };
    Shapes { units, touching }
}

/// A ring without its repeated first point.
fn open(ring: &[Point]) -> Vec<Point> {
    match ring {
        [first, inner @ .., last] if !inner.is_empty() && first == last => ring[..=inner.len()].to_vec(),
        _ => ring.to_vec(),
    }
}
