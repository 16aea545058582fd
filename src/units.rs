//! Quantities that cannot be mixed: whole numbers of pupils, classes, metres, deciseconds, yuan and years.
//!
//! Whole numbers make totals exact and independent of the order of summation. Fractions appear only in the solvers.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub, SubAssign};

macro_rules! quantities {
    ($($(#[$doc:meta])* $name:ident($inner:ty)),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, schemars::JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// None of it.
            pub const ZERO: Self = Self(0);

            /// The value as a floating-point number, for solvers and ratios.
            pub fn as_f64(self) -> f64 {
                self.0 as f64
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
                values.fold(Self::ZERO, Add::add)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

quantities! {
    /// Head count (学生数). Signed, so that a difference of two counts is a count.
    Pupils(i64),
    /// Number of teaching classes or of ordinary classrooms (班/间).
    Classes(i64),
    /// Distance in whole metres.
    Metres(i64),
    /// Travel time in whole seconds.
    Seconds(i64),
    /// Money in whole yuan.
    Yuan(i64),
}

impl Metres {
    /// The distance in kilometres.
    pub fn km(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl Seconds {
    /// The time in minutes.
    pub fn minutes(self) -> f64 {
        self.0 as f64 / 60.0
    }
}

/// A school year, named by the calendar year in which it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Year(pub i32);

impl fmt::Display for Year {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A place on the earth in degrees, WGS 84 longitude and latitude.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
}

/// Mean radius of the earth in metres (IUGG arithmetic mean radius R1), as fixed in the project's decisions on travel.
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;

impl Point {
    /// Where the point is on a sphere of radius one: towards the equator at longitude 0, at 90 degrees east, and towards the pole.
    pub fn on_unit_sphere(self) -> [f64; 3] {
        let (lon, lat) = (self.lon.to_radians(), self.lat.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    }

    /// Great-circle distance to `other` in metres, by the haversine formula on a sphere of [`EARTH_RADIUS_M`].
    pub fn great_circle_m(self, other: Self) -> f64 {
        let (lat1, lat2) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = ((lat2 - lat1) / 2.0).sin();
        let half_lon = ((other.lon - self.lon).to_radians() / 2.0).sin();
        let h = half_lat * half_lat + lat1.cos() * lat2.cos() * half_lon * half_lon;
        2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_the_equator_is_111_km() {
        let a = Point { lon: 0.0, lat: 0.0 };
        let b = Point { lon: 1.0, lat: 0.0 };
        let expected = EARTH_RADIUS_M * std::f64::consts::PI / 180.0;
        assert!((a.great_circle_m(b) - expected).abs() < 1e-6);
    }

    #[test]
    fn opposite_points_are_half_a_circle_apart() {
        let a = Point { lon: 10.0, lat: 0.0 };
        let b = Point { lon: -170.0, lat: 0.0 };
        assert!((a.great_circle_m(b) - EARTH_RADIUS_M * std::f64::consts::PI).abs() < 1e-3);
    }
}
