//! Cells drawn round units that are given as points only: Voronoi cells, cut off at a distance that fits the county.
//!
//! They make a map readable and are no data: outputs label them as drawn. The cell of a point is the intersection of the
//! half-planes nearer to it than to its Delaunay neighbours, which is the Voronoi cell, with a disc round it.
//! Points at the same place share the cell in equal angles. Everything is computed in centimetres on a plane that touches
//! the county, from points in file order, so the same points give the same cells.

use crate::units::{EARTH_RADIUS_M, Point};
use spade::{DelaunayTriangulation, Point2, Triangulation};
use std::collections::BTreeMap;

/// A closed outline without its repeated first point, anticlockwise.
pub type Ring = Vec<Point>;

/// Cells of points, and which of them touch.
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    /// One ring per point, in the order given.
    pub rings: Vec<Ring>,
    /// Pairs of points whose Voronoi cells touch, first less than second, in order.
    pub touching: Vec<(usize, usize)>,
}

/// Corners of a whole circle.
const ARC_CORNERS: u32 = 32;
/// Radius of the disc where there is nothing to measure it by, in metres.
const LONE_RADIUS: f64 = 500.0;

/// A place on the plane, in metres.
type Spot = [f64; 2];

/// Draws a cell round every point. Points must be finite; those beyond the poles are not meant.
pub fn cells(points: &[Point]) -> Cells {
    let plane = Plane::of(points);
    // Points within a centimetre of each other are one place, so that no bisector is ill-defined.
    let mut places: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
    for (index, &point) in points.iter().enumerate() {
        let spot = plane.spot(point);
        places.entry(((spot[0] * 100.0).round() as i64, (spot[1] * 100.0).round() as i64)).or_default().push(index);
    }
    let spots: Vec<Spot> = places.keys().map(|&(x, y)| [x as f64 / 100.0, y as f64 / 100.0]).collect();
    let neighbours = neighbours(&spots);
    let radius = radius(&spots, &neighbours);
    let mut rings = vec![Ring::new(); points.len()];
    let mut touching = Vec::new();
    let groups: Vec<&Vec<usize>> = places.values().collect();
    for (place, members) in groups.iter().enumerate() {
        let centre = spots[place];
        let mut cell = square(centre, radius);
        for &other in &neighbours[place] {
            cell = nearer(&cell, centre, spots[other]);
        }
        let cell = within(&cell, centre, radius);
        for (part, &member) in members.iter().enumerate() {
            rings[member] =
                wedge(&cell, centre, part, members.len()).into_iter().map(|spot| plane.point(spot)).collect();
        }
        for (k, &a) in members.iter().enumerate() {
            touching.extend(members[k + 1..].iter().map(|&b| (a.min(b), a.max(b))));
            for &other in neighbours[place].iter().filter(|&&other| other > place) {
                touching.extend(groups[other].iter().map(|&b| (a.min(b), a.max(b))));
            }
        }
    }
    touching.sort_unstable();
    touching.dedup();
    Cells { rings, touching }
}

/// The plane that touches the earth in the middle of some points: metres east and north.
struct Plane {
    lon: f64,
    lat: f64,
    east: f64,
    north: f64,
}

impl Plane {
    fn of(points: &[Point]) -> Self {
        let middle = |value: &dyn Fn(&Point) -> f64| {
            let (low, high) = points
                .iter()
                .map(value)
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
            if points.is_empty() { 0.0 } else { f64::midpoint(low, high) }
        };
        let (lon, lat) = (middle(&|p| p.lon), middle(&|p| p.lat));
        let north = EARTH_RADIUS_M.to_radians();
        // Near a pole a degree of longitude has no width; the floor keeps the projection one to one.
        Self { lon, lat, east: north * lat.to_radians().cos().max(1e-3), north }
    }

    fn spot(&self, point: Point) -> Spot {
        [(point.lon - self.lon) * self.east, (point.lat - self.lat) * self.north]
    }

    fn point(&self, spot: Spot) -> Point {
        let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
        Point { lon: round(self.lon + spot[0] / self.east), lat: round(self.lat + spot[1] / self.north) }
    }
}

/// The Delaunay neighbours of every spot, in order. Spots differ by at least a centimetre.
fn neighbours(spots: &[Spot]) -> Vec<Vec<usize>> {
    let mut triangulation: DelaunayTriangulation<Point2<f64>> = DelaunayTriangulation::new();
    let mut index_of = Vec::new();
    for (index, &[x, y]) in spots.iter().enumerate() {
        // Refused are only values that are not finite or absurdly large; such a spot then has no neighbours.
        if let Ok(handle) = triangulation.insert(Point2::new(x, y)) {
            index_of.resize(index_of.len().max(handle.index() + 1), index);
            index_of[handle.index()] = index;
        }
    }
    let mut all = vec![Vec::new(); spots.len()];
    for edge in triangulation.undirected_edges() {
        let [a, b] = edge.vertices().map(|vertex| index_of[vertex.fix().index()]);
        all[a].push(b);
        all[b].push(a);
    }
    for list in &mut all {
        list.sort_unstable();
        list.dedup();
    }
    all
}

/// The radius at which cells are cut off: one and a half times the ninth decile of the distances from the places to their
/// nearest three neighbours, so that gaps inside the county close and the outer cells stay about as large as the inner ones.
fn radius(spots: &[Spot], neighbours: &[Vec<usize>]) -> f64 {
    let mut near = Vec::new();
    for (spot, list) in spots.iter().zip(neighbours) {
        let mut ways: Vec<f64> = list.iter().map(|&other| distance(*spot, spots[other])).collect();
        ways.sort_by(f64::total_cmp);
        near.extend(ways.into_iter().take(3));
    }
    near.sort_by(f64::total_cmp);
    near.get(near.len() * 9 / 10).map_or(LONE_RADIUS, |way| 1.5 * way)
}

fn distance(a: Spot, b: Spot) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// A square that holds the disc of this radius.
fn square([x, y]: Spot, radius: f64) -> Vec<Spot> {
    let half = 2.0 * radius;
    vec![[x - half, y - half], [x + half, y - half], [x + half, y + half], [x - half, y + half]]
}

/// The part of a convex polygon within `radius` of `centre`, which lies in it; arcs become chords. The cut is exact where a
/// side of the polygon crosses the circle, so that two cells with a side in common are cut at the same place.
fn within(polygon: &[Spot], centre: Spot, radius: f64) -> Vec<Spot> {
    let angle = |spot: Spot| (spot[1] - centre[1]).atan2(spot[0] - centre[0]);
    let mut kept = Vec::new();
    let mut left_at: Option<f64> = None;
    let mut entered_first: Option<f64> = None;
    for (index, &from) in polygon.iter().enumerate() {
        let to = polygon[(index + 1) % polygon.len()];
        let Some((enter, leave)) = crossings(from, to, centre, radius) else { continue };
        let along = |share: f64| [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
        let first = along(enter);
        if enter > 0.0 {
            match left_at.take() {
                Some(start) => arc(&mut kept, centre, radius, start, angle(first)),
                None => entered_first = Some(angle(first)),
            }
        }
        kept.push(first);
        if leave < 1.0 {
            let last = along(leave);
            kept.push(last);
            left_at = Some(angle(last));
        }
    }
    match (left_at, entered_first) {
        (Some(start), Some(end)) => arc(&mut kept, centre, radius, start, end),
        _ if kept.is_empty() => arc(&mut kept, centre, radius, 0.0, 0.0),
        _ => {}
    }
    kept.dedup_by(|a, b| distance(*a, *b) < 1e-6);
    kept
}

/// The shares of the way from `from` to `to` between which it runs inside the circle.
fn crossings(from: Spot, to: Spot, centre: Spot, radius: f64) -> Option<(f64, f64)> {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let (fx, fy) = (from[0] - centre[0], from[1] - centre[1]);
    let square = dx * dx + dy * dy;
    let half = (fx * dx + fy * dy) / square;
    let inside = half * half - (fx * fx + fy * fy - radius * radius) / square;
    if inside.is_nan() || inside <= 0.0 {
        return None;
    }
    let (enter, leave) = ((-half - inside.sqrt()).max(0.0), (-half + inside.sqrt()).min(1.0));
    (enter < leave).then_some((enter, leave))
}

/// Corners of the arc from angle `start` anticlockwise to `end`, both left out; the whole circle where they are equal.
fn arc(corners: &mut Vec<Spot>, centre: Spot, radius: f64, start: f64, end: f64) {
    let sweep = if end > start { end - start } else { end - start + std::f64::consts::TAU };
    let steps = (sweep / std::f64::consts::TAU * f64::from(ARC_CORNERS)).ceil() as u32;
    for step in 1..steps {
        let at = start + sweep * f64::from(step) / f64::from(steps);
        corners.push([centre[0] + radius * at.cos(), centre[1] + radius * at.sin()]);
    }
}

/// The part of a convex polygon that is nearer to `own` than to `other`.
fn nearer(polygon: &[Spot], own: Spot, other: Spot) -> Vec<Spot> {
    let middle = [f64::midpoint(own[0], other[0]), f64::midpoint(own[1], other[1])];
    let normal = [own[0] - other[0], own[1] - other[1]];
    clip(polygon, middle, normal)
}

/// The part of `cell` that belongs to member `part` of `parts` who share its centre.
fn wedge(cell: &[Spot], centre: Spot, part: usize, parts: usize) -> Vec<Spot> {
    if parts == 1 {
        return cell.to_vec();
    }
    let direction = |k: usize| (std::f64::consts::TAU * k as f64 / parts as f64).sin_cos();
    let (sin, cos) = direction(part);
    // To the left of the first ray and, where that is not the same line, to the right of the second.
    let half = clip(cell, centre, [-sin, cos]);
    if parts == 2 {
        return half;
    }
    let (sin, cos) = direction(part + 1);
    clip(&half, centre, [sin, -cos])
}

/// The part of a convex polygon on the side of the line through `origin` to which `normal` points.
fn clip(polygon: &[Spot], origin: Spot, normal: Spot) -> Vec<Spot> {
    let side = |spot: Spot| (spot[0] - origin[0]) * normal[0] + (spot[1] - origin[1]) * normal[1];
    let mut kept = Vec::with_capacity(polygon.len() + 1);
    for (index, &here) in polygon.iter().enumerate() {
        let next = polygon[(index + 1) % polygon.len()];
        let (now, then) = (side(here), side(next));
        if now >= 0.0 {
            kept.push(here);
        }
        if (now > 0.0 && then < 0.0) || (now < 0.0 && then > 0.0) {
            let share = now / (now - then);
            kept.push([here[0] + share * (next[0] - here[0]), here[1] + share * (next[1] - here[1])]);
        }
    }
    kept.dedup_by(|a, b| distance(*a, *b) < 1e-6);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> Point {
        Point { lon, lat }
    }

    /// Twice the signed area in square degrees.
    fn area(ring: &[Point]) -> f64 {
        (0..ring.len())
            .map(|k| {
                let (a, b) = (ring[k], ring[(k + 1) % ring.len()]);
                a.lon * b.lat - b.lon * a.lat
            })
            .sum()
    }

    fn inside(ring: &[Point], p: Point) -> bool {
        (0..ring.len()).all(|k| {
            let (a, b) = (ring[k], ring[(k + 1) % ring.len()]);
            (b.lon - a.lon) * (p.lat - a.lat) - (b.lat - a.lat) * (p.lon - a.lon) >= -1e-9
        })
    }

    fn assert_sound(points: &[Point]) -> Cells {
        let cells = cells(points);
        for (ring, &point) in cells.rings.iter().zip(points) {
            assert!(ring.len() >= 3 && area(ring) > 0.0, "{point:?}: {ring:?}");
            assert!(inside(ring, point), "{point:?} is in its cell {ring:?}");
        }
        cells
    }

    #[test]
    fn every_place_is_in_the_cell_of_its_nearest_point() {
        let points: Vec<Point> =
            (0..60).map(|k| at(112.0 + f64::from(k * 37 % 61) * 0.01, 34.0 + f64::from(k * 23 % 59) * 0.01)).collect();
        let cells = assert_sound(&points);
        for k in 0..900 {
            let place = at(112.1 + f64::from(k % 30) * 0.0131, 34.1 + f64::from(k / 30) * 0.0127);
            let holders: Vec<usize> = (0..points.len()).filter(|&i| inside(&cells.rings[i], place)).collect();
            if let [holder] = holders[..] {
                let nearest = points.iter().map(|p| p.great_circle_m(place)).fold(f64::INFINITY, f64::min);
                assert!(points[holder].great_circle_m(place) <= nearest * 1.02 + 1.0, "{place:?}");
            }
        }
    }

    #[test]
    fn points_at_one_place_share_its_cell() {
        let points = [at(100.0, 30.0), at(100.0, 30.0), at(100.0, 30.0), at(100.1, 30.0), at(100.1, 30.0)];
        let cells = assert_sound(&points);
        let [a, b, c] = [0, 1, 2].map(|k| area(&cells.rings[k]));
        let alone = area(&super::cells(&[points[0], points[3]]).rings[0]);
        assert!((a + b + c - alone).abs() < 1e-6 * alone.abs().max(1.0), "{a} + {b} + {c} = {alone}");
        assert!(cells.touching.contains(&(0, 1)) && cells.touching.contains(&(2, 4)));
    }

    #[test]
    fn points_on_a_line_and_lone_points_have_cells() {
        let line: Vec<Point> = (0..7).map(|k| at(100.0 + f64::from(k) * 0.01, 30.0)).collect();
        let cells = assert_sound(&line);
        assert_eq!(cells.touching, (0..6).map(|k| (k, k + 1)).collect::<Vec<_>>());
        assert_sound(&[at(0.0, 0.0)]);
        assert_sound(&[at(100.0, 30.0), at(100.001, 30.0)]);
        assert_sound(&[at(5.0, 89.9), at(5.0, 89.9)]);
        assert!(super::cells(&[]).rings.is_empty());
    }

    #[test]
    fn a_grid_with_four_points_on_every_circle_is_tiled() {
        let points: Vec<Point> =
            (0..25).map(|k| at(100.0 + f64::from(k % 5) * 0.01, 30.0 + f64::from(k / 5) * 0.01)).collect();
        let cells = assert_sound(&points);
        // The nine inner cells are whole squares of a hundredth of a degree.
        for k in [6, 7, 8, 11, 12, 13, 16, 17, 18] {
            assert!((area(&cells.rings[k]) / 2.0 - 1e-4).abs() < 1e-7, "{k}: {}", area(&cells.rings[k]));
        }
    }

    #[test]
    fn the_same_points_give_the_same_cells() {
        let points: Vec<Point> = (0..200)
            .map(|k| at(112.0 + f64::from(k * 7919 % 1009) * 1e-3, 34.0 + f64::from(k * 104_729 % 997) * 1e-3))
            .collect();
        assert_eq!(cells(&points), cells(&points));
    }
}
