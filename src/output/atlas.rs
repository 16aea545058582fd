//! The geography of a page with maps: outlines of units and places of sites as whole numbers, small enough for a page.

use super::colours::colours;
use super::shapes::Shapes;
use crate::domain::scenario::Scenario;
use crate::id::Id;
use crate::units::Point;
use serde::Serialize;

/// Hundred-thousandths of a degree: about a metre.
const GRID: f64 = 1e5;

/// The units of a scenario for a page, and the grid on which all of its places lie.
#[derive(Debug)]
pub struct Atlas {
    /// Longitude and latitude of the map's origin, in hundred-thousandths of a degree; all places are relative to it.
    pub origin: [i64; 2],
    /// Units in file order.
    pub units: Vec<UnitData>,
    /// Whether the outline of some unit was drawn by the program and is no data.
    pub drawn: bool,
}

/// A unit of the map.
#[derive(Debug, Serialize)]
pub struct UnitData {
    key: String,
    name: String,
    area: Option<usize>,
    at: [i64; 2],
    /// Polygons of rings; a ring is its first corner and then the steps from corner to corner.
    shape: Vec<Vec<Vec<i64>>>,
}

impl Atlas {
    /// The atlas of a scenario with the outlines of its units.
    pub fn of(scenario: &Scenario, shapes: &Shapes) -> Self {
        let origin = origin(scenario);
        let steps = |ring: &Vec<Point>| {
            let mut last = [0, 0];
            ring.iter()
                .flat_map(|&point| {
                    let here = place(point, origin);
                    let step = [here[0] - last[0], here[1] - last[1]];
                    last = here;
                    step
                })
                .collect::<Vec<i64>>()
        };
        let outline = |unit: usize| -> Vec<Vec<Vec<i64>>> {
            shapes.units[unit].polygons.iter().map(|polygon| polygon.iter().map(steps).collect()).collect()
        };
        let units = scenario.district.units.entries();
        Self {
            origin,
            units: units
                .map(|(id, unit)| UnitData {
                    key: unit.key.clone(),
                    name: if unit.name.is_empty() { unit.key.clone() } else { unit.name.clone() },
                    area: unit.area.map(Id::index),
                    at: place(unit.point, origin),
                    shape: outline(id.index()),
                })
                .collect(),
            drawn: shapes.units.iter().any(|shape| shape.drawn),
        }
    }

    /// A place on the grid of the map.
    pub fn place(&self, point: Point) -> [i64; 2] {
        place(point, self.origin)
    }
}

fn place(point: Point, origin: [i64; 2]) -> [i64; 2] {
    [(point.lon * GRID).round() as i64 - origin[0], (point.lat * GRID).round() as i64 - origin[1]]
}

fn origin(scenario: &Scenario) -> [i64; 2] {
    let district = &scenario.district;
    let points: Vec<Point> =
        district.units.iter().map(|unit| unit.point).chain(district.sites.iter().map(|site| site.point)).collect();
    let middle = |value: &dyn Fn(&Point) -> f64| {
        let low = points.iter().map(value).fold(f64::INFINITY, f64::min);
        let high = points.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
        if points.is_empty() { 0 } else { (f64::midpoint(low, high) * GRID).round() as i64 }
    };
    [middle(&|point| point.lon), middle(&|point| point.lat)]
}

/// Colours of the sites, so that catchments that touch in one of the maps differ. A map is a list of flat groups of
/// `width` numbers that begin with a unit and its site, both by position.
pub fn site_colours<'m>(
    scenario: &Scenario,
    shapes: &Shapes,
    maps: impl Iterator<Item = &'m Vec<i64>>,
    width: usize,
) -> Vec<usize> {
    let zoned: Vec<Vec<Option<usize>>> = maps
        .map(|trips| {
            let mut map = vec![None; scenario.district.units.len()];
            for trip in trips.chunks_exact(width) {
                map[trip[0] as usize].get_or_insert(trip[1] as usize);
            }
            map
        })
        .collect();
    colours(scenario.district.sites.len(), &shapes.touching, &zoned)
}
