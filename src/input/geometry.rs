//! Coordinates and outlines: ranges, interior points, nearest places.

use crate::domain::district::Unit;
use crate::id::{IdVec, UnitId};
use crate::units::Point;
use std::collections::{BTreeMap, BTreeSet};

/// The axis on which a point lies outside the globe.
pub fn bad_coordinate(point: Point) -> Option<&'static str> {
    if !(-180.0..=180.0).contains(&point.lon) {
        Some("lon")
    } else if !(-90.0..=90.0).contains(&point.lat) {
        Some("lat")
    } else {
        None
    }
}

/// Whether a ring is closed and spans an area: at least four places, the last like the first.
pub fn is_ring(ring: &[Point]) -> bool {
    ring.len() >= 4 && ring.first() == ring.last() && area(ring) != 0.0
}

/// Signed area of a ring in square degrees, positive when it runs against the clock (shoelace formula).
fn area(ring: &[Point]) -> f64 {
    // Relative to the first point, so that small rings far from the origin keep their digits.
    let origin = ring[0];
    ring.windows(2)
        .map(|pair| {
            let (a, b) = (pair[0], pair[1]);
            (a.lon - origin.lon) * (b.lat - origin.lat) - (b.lon - origin.lon) * (a.lat - origin.lat)
        })
        .sum::<f64>()
        / 2.0
}

/// A point inside an outline: on the horizontal line half way up the largest polygon (or near it), the middle of the longest
/// stretch that lies inside.
pub fn interior_point(outline: &[Vec<Vec<Point>>]) -> Point {
    let largest = outline.iter().max_by(|a, b| area(&a[0]).abs().total_cmp(&area(&b[0]).abs()));
    let Some(polygon) = largest else { return Point { lon: f64::NAN, lat: f64::NAN } };
    let lats = polygon[0].iter().map(|point| point.lat);
    let (south, north) = lats.fold((f64::MAX, f64::MIN), |(low, high), lat| (low.min(lat), high.max(lat)));
    // A line through a vertex may touch without crossing, so several heights are tried.
    let stretches = [0.5, 0.47, 0.53, 0.41, 0.61].into_iter().filter_map(|share| {
        let lat = south + share * (north - south);
        let (west, east) = longest_stretch(polygon, lat)?;
        Some((east - west, Point { lon: f64::midpoint(west, east), lat }))
    });
    let best = stretches.fold(None, |best: Option<(f64, Point)>, next| match best {
        Some(held) if held.0 >= next.0 => Some(held),
        _ => Some(next),
    });
    best.map_or(polygon[0][0], |(_, point)| point)
}

fn longest_stretch(polygon: &[Vec<Point>], lat: f64) -> Option<(f64, f64)> {
    let mut crossings: Vec<f64> = polygon
        .iter()
        .flat_map(|ring| ring.windows(2))
        .filter(|pair| (pair[0].lat > lat) != (pair[1].lat > lat))
        .map(|pair| {
            let (a, b) = (pair[0], pair[1]);
            a.lon + (lat - a.lat) / (b.lat - a.lat) * (b.lon - a.lon)
        })
        .collect();
    crossings.sort_by(f64::total_cmp);
    crossings.chunks_exact(2).map(|pair| (pair[0], pair[1])).max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))
}

/// Units whose outlines share a border, that is at least two corners (to a ten-millionth of a degree): every pair once, the
/// smaller first, in order. `None` unless every unit has an outline.
pub fn adjacent(units: &IdVec<UnitId, Unit>) -> Option<Vec<(UnitId, UnitId)>> {
    let mut at_corner: BTreeMap<(i64, i64), BTreeSet<UnitId>> = BTreeMap::new();
    for (id, unit) in units.entries() {
        for point in unit.outline.as_ref()?.iter().flatten().flatten() {
            let corner = ((point.lon * 1e7).round() as i64, (point.lat * 1e7).round() as i64);
            at_corner.entry(corner).or_default().insert(id);
        }
    }
    let mut shared: BTreeMap<(UnitId, UnitId), usize> = BTreeMap::new();
    for meeting in at_corner.values() {
        for (position, &first) in meeting.iter().enumerate() {
            for &second in meeting.iter().skip(position + 1) {
                *shared.entry((first, second)).or_default() += 1;
            }
        }
    }
    Some(shared.into_iter().filter(|&(_, corners)| corners > 1).map(|(pair, _)| pair).collect())
}

/// Whether a point lies inside an outline (rule of even and odd crossings).
pub fn contains(outline: &[Vec<Vec<Point>>], point: Point) -> bool {
    let crosses = |pair: &&[Point]| {
        let (a, b) = (pair[0], pair[1]);
        (a.lat > point.lat) != (b.lat > point.lat)
            && point.lon < a.lon + (point.lat - a.lat) / (b.lat - a.lat) * (b.lon - a.lon)
    };
    let crossings = |polygon: &Vec<Vec<Point>>| polygon.iter().flat_map(|ring| ring.windows(2)).filter(crosses).count();
    outline.iter().any(|polygon| crossings(polygon) % 2 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(places: &[(f64, f64)]) -> Vec<Point> {
        places.iter().map(|&(lon, lat)| Point { lon, lat }).collect()
    }

    #[test]
    fn the_point_of_a_horseshoe_lies_in_an_arm_and_not_in_the_gap() {
        let shoe = ring(&[
            (0.0, 0.0),
            (10.0, 0.0),
            (10.0, 10.0),
            (7.0, 10.0),
            (7.0, 2.0),
            (2.0, 2.0),
            (2.0, 10.0),
            (0.0, 10.0),
            (0.0, 0.0),
        ]);
        let point = interior_point(&[vec![shoe]]);
        assert!(point.lon > 7.0 && point.lon < 10.0, "{point:?}");
    }

    #[test]
    fn a_hole_is_not_inside() {
        let outer = ring(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0)]);
        let hole = ring(&[(1.0, 1.0), (8.0, 1.0), (8.0, 9.0), (1.0, 9.0), (1.0, 1.0)]);
        let point = interior_point(&[vec![outer, hole]]);
        assert!(point.lon > 8.0 && point.lon < 10.0, "{point:?}");
    }

    #[test]
    fn a_point_in_a_hole_is_outside() {
        let outer = ring(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0)]);
        let hole = ring(&[(4.0, 4.0), (6.0, 4.0), (6.0, 6.0), (4.0, 6.0), (4.0, 4.0)]);
        let outline = vec![vec![outer, hole]];
        let inside = |lon, lat| contains(&outline, Point { lon, lat });
        assert_eq!([inside(1.0, 1.0), inside(5.0, 5.0), inside(11.0, 5.0)], [true, false, false]);
    }

    #[test]
    fn open_or_flat_rings_are_none() {
        assert!(!is_ring(&ring(&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])));
        assert!(!is_ring(&ring(&[(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (0.0, 0.0)])));
    }
}
