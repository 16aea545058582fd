//! Coordinates and outlines: ranges, interior points, nearest places.

use crate::units::Point;

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
