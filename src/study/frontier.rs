//! The frontier between two or three terms of the objective: plans of which none is better in all of them.
//!
//! Found by bounds on the terms after the first (the epsilon-constraint method; Haimes, Lasdon and Wismer 1971): each point is
//! the least first term among the plans whose other terms are at most so much, and among those the least second term, then
//! the least third.

use serde::Serialize;

/// A point of the frontier.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The most that the second term was allowed to be; `None` where it was not held: in the ends.
    pub at_most: Option<f64>,
    /// Value of the first term.
    pub first: f64,
    /// Proven lower bound on the first term among the plans that keep the others within what they were allowed; in an end,
    /// among the plans that are best in the terms that come first there.
    pub bound: Option<f64>,
    /// Relative gap between the two.
    pub gap: Option<f64>,
    /// Value of the second term.
    pub second: f64,
    /// The third term, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub third: Option<Third>,
    /// Whether it is the knee: the point farthest below the line (of three terms, the plane) between the ends, every term
    /// scaled to its range.
    pub knee: bool,
    /// Folder of its plan within the results.
    pub folder: String,
}

/// The third term of a point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Third {
    /// The most that it was allowed to be; `None` where it was not held.
    pub at_most: Option<f64>,
    /// Its value.
    pub value: f64,
}

impl Point {
    /// The values of its terms, that of the third 0 where there is none.
    fn values(&self) -> [f64; 3] {
        [self.first, self.second, self.third.map_or(0.0, |third| third.value)]
    }
}

/// Bounds between the least and the greatest value of a term, both ends left out, evenly spread, greatest first.
pub fn steps(least: f64, greatest: f64, points: usize) -> Vec<f64> {
    let parts = points.saturating_sub(1).max(1);
    (1..parts).rev().map(|step| least + (greatest - least) * step as f64 / parts as f64).collect()
}

/// What a grid over the second and third term holds them at: nothing, the steps between the least and the greatest value,
/// the least; every pair but the first, in which nothing is held.
pub fn grid(second: (f64, f64), third: (f64, f64), points: usize) -> Vec<[Option<f64>; 2]> {
    let held = |(least, greatest): (f64, f64)| -> Vec<Option<f64>> {
        let inner = steps(least, greatest, points).into_iter().map(Some);
        std::iter::once(None).chain(inner).chain([Some(least + ROUNDING * least.abs().max(1.0))]).collect()
    };
    let (second, third) = (held(second), held(third));
    let pairs = second.iter().flat_map(|&second| third.iter().map(move |&third| [second, third]));
    pairs.skip(1).collect()
}

/// Difference, relative with a floor of the same size, below which values count as equal.
const ROUNDING: f64 = 1e-6;

/// The points of which no other is better in one term and no worse in the others, each once, by rising second term, then
/// third, with the knee marked. Values closer than a millionth count as equal.
pub fn frontier(points: &[Point]) -> Vec<Point> {
    let worse = |a: f64, b: f64| a > b + ROUNDING * b.abs().max(1.0);
    // Whether `a` leaves no use for `b`: no worse in any term, and better in one or the earlier of two equals.
    let covers = |at: usize, of: usize| {
        let (a, b) = (points[at].values(), points[of].values());
        let none_worse = a.iter().zip(&b).all(|(&a, &b)| !worse(a, b));
        none_worse && (at < of || a.iter().zip(&b).any(|(&a, &b)| worse(b, a)))
    };
    let useless = |of: usize| (0..points.len()).any(|at| at != of && covers(at, of));
    let kept = (0..points.len()).filter(|&of| !useless(of));
    let mut kept: Vec<Point> = kept.map(|at| Point { knee: false, ..points[at].clone() }).collect();
    kept.sort_by(|a, b| {
        let ([a1, a2, a3], [b1, b2, b3]) = (a.values(), b.values());
        a2.total_cmp(&b2).then(a3.total_cmp(&b3)).then(a1.total_cmp(&b1))
    });
    if let Some(knee) = knee(&kept) {
        kept[knee].knee = true;
    }
    kept
}

/// The point farthest below the line or plane between the ends of the terms; none among fewer than three.
fn knee(points: &[Point]) -> Option<usize> {
    if points.len() < 3 {
        return None;
    }
    let all = || points.iter().map(Point::values);
    let ends: Vec<(f64, f64)> = (0..3)
        .map(|term| {
            let of = || all().map(move |values| values[term]);
            (of().fold(f64::INFINITY, f64::min), of().fold(f64::NEG_INFINITY, f64::max))
        })
        .collect();
    let share =
        |value: f64, (least, most): (f64, f64)| if most > least { (value - least) / (most - least) } else { 0.0 };
    let below: Vec<f64> = all()
        .map(|values| 1.0 - values.iter().zip(&ends).map(|(&value, &ends)| share(value, ends)).sum::<f64>())
        .collect();
    let deepest = (0..points.len()).max_by(|&a, &b| below[a].total_cmp(&below[b]));
    deepest.filter(|&at| below[at] > KNEE)
}

/// Least depth of a knee, as a share of the ranges: on a straight line there is none.
const KNEE: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(first: f64, second: f64) -> Point {
        let (at_most, bound, gap, third) = (None, None, None, None);
        Point { at_most, first, bound, gap, second, third, knee: false, folder: String::new() }
    }

    fn deep(first: f64, second: f64, third: f64) -> Point {
        Point { third: Some(Third { at_most: None, value: third }), ..point(first, second) }
    }

    fn values(points: &[Point]) -> Vec<(f64, f64)> {
        frontier(points).iter().map(|point| (point.first, point.second)).collect()
    }

    #[test]
    fn dominated_points_and_duplicates_go() {
        let all =
            [point(5.0, 5.0), point(9.0, 1.0), point(9.0, 2.0), point(5.0, 5.0), point(4.0, 6.0), point(8.0, 1.0)];
        assert_eq!(values(&all), [(8.0, 1.0), (5.0, 5.0), (4.0, 6.0)]);
        assert!(values(&[]).is_empty());
    }

    #[test]
    fn with_three_terms_a_point_stays_that_is_best_in_any_trade() {
        let all =
            [deep(1.0, 9.0, 9.0), deep(9.0, 1.0, 9.0), deep(9.0, 9.0, 1.0), deep(3.0, 3.0, 3.0), deep(3.0, 4.0, 3.0)];
        let kept = frontier(&all);
        let firsts: Vec<[f64; 3]> = kept.iter().map(Point::values).collect();
        assert_eq!(firsts, [[9.0, 1.0, 9.0], [3.0, 3.0, 3.0], [9.0, 9.0, 1.0], [1.0, 9.0, 9.0]]);
        assert_eq!(kept.iter().filter(|point| point.knee).map(|point| point.first).collect::<Vec<_>>(), [3.0]);
    }

    #[test]
    fn the_knee_is_the_sharpest_turn_and_a_straight_line_has_none() {
        let bent = [point(10.0, 0.0), point(3.0, 1.0), point(2.0, 5.0), point(0.0, 10.0)];
        let knees: Vec<bool> = frontier(&bent).iter().map(|point| point.knee).collect();
        assert_eq!(knees, [false, true, false, false]);
        assert!(frontier(&[point(1.0, 0.0), point(0.0, 1.0)]).iter().all(|point| !point.knee));
        assert!(frontier(&[point(2.0, 0.0), point(1.0, 1.0), point(0.0, 2.0)]).iter().all(|point| !point.knee));
    }

    #[test]
    fn steps_are_even_and_leave_the_ends_out() {
        assert_eq!(steps(0.0, 10.0, 6), [8.0, 6.0, 4.0, 2.0]);
        assert!(steps(0.0, 10.0, 2).is_empty() && steps(0.0, 1.0, 0).is_empty());
    }

    #[test]
    fn a_grid_holds_every_pair_and_begins_where_nothing_is_held() {
        let grid = grid((0.0, 4.0), (10.0, 12.0), 3);
        assert_eq!(grid.len(), 8);
        assert_eq!(grid[0], [None, Some(11.0)]);
        assert_eq!(grid[2], [Some(2.0), None]);
        assert!(grid[7][0].is_some_and(|least| (0.0..1e-5).contains(&least)));
    }

    proptest! {
        #[test]
        fn nothing_kept_is_dominated_and_everything_left_out_is(
            values in proptest::collection::vec((0_u32..20, 0_u32..20, 0_u32..6), 0..40)
        ) {
            let all: Vec<Point> =
                values.iter().map(|&(a, b, c)| deep(f64::from(a), f64::from(b), f64::from(c))).collect();
            let kept = frontier(&all);
            let no_worse = |a: &Point, b: &Point| a.values().iter().zip(b.values()).all(|(&a, b)| a <= b);
            for one in &kept {
                prop_assert!(all.iter().all(|other| !no_worse(other, one) || other.values() == one.values()));
                prop_assert_eq!(kept.iter().filter(|other| other.values() == one.values()).count(), 1);
            }
            prop_assert!(all.iter().all(|one| kept.iter().any(|other| no_worse(other, one))));
        }
    }
}
