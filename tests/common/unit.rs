//! Residential units of random counties.

use catchment::domain::district::Unit;
use catchment::units::Point;

/// A unit by its number, in a row from west to east.
pub fn unit(number: usize, divisible: bool) -> Unit {
    Unit {
        key: format!("u{number}"),
        name: format!("unit {number}"),
        area: None,
        setting: None,
        point: Point { lon: 105.0 + number as f64 * 0.01, lat: 30.0 },
        outline: None,
        divisible,
    }
}
