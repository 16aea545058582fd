//! The frontier between two terms of the objective: plans of which none is better in both.
//!
//! Found by bounds on the second term (the epsilon-constraint method; Haimes, Lasdon and Wismer 1971): each point is the
//! least first term among the plans whose second term is at most so much, and among those the least second term.

use serde::Serialize;

/// A point of the frontier.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The most that the second term was allowed to be; `None` for the plan that is best in it whatever the first term is.
    pub at_most: Option<f64>,
    /// Value of the first term.
    pub first: f64,
    /// Proven lower bound on the first term among the plans that keep the second within `at_most`.
    pub bound: Option<f64>,
    /// Relative gap between the two.
    pub gap: Option<f64>,
    /// Value of the second term.
    pub second: f64,
    /// The third term, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub third: Option<Third>,
    /// Whether it is the knee: the point farthest from the line between the ends, both terms scaled to their range.
    pub knee: bool,
}

/// The third term of a point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Third {
    /// The most that it was allowed to be; `None` where it was not held.
    pub at_most: Option<f64>,
    /// Its value.
    pub value: f64,
}

/// Bounds between the least and the greatest value of the second term, both ends left out, evenly spread, greatest first.
pub fn steps(least: f64, greatest: f64, points: usize) -> Vec<f64> {
    let parts = points.saturating_sub(1).max(1);
    (1..parts).rev().map(|step| least + (greatest - least) * step as f64 / parts as f64).collect()
}

/// The points of which no other is better in one term and no worse in the other, each once, by rising second term, with the
/// knee marked. Values closer than a millionth count as equal. What stays beside each point is its place in `points`.
pub fn frontier(points: &[Point]) -> Vec<(usize, Point)> {
    let tolerance = |value: f64| 1e-6 * value.abs().max(1.0);
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (&points[a], &points[b]);
        a.second.total_cmp(&b.second).then(a.first.total_cmp(&b.first))
    });
    let mut kept: Vec<(usize, Point)> = Vec::new();
    for at in order {
        let point = &points[at];
        match kept.last() {
            Some((_, last)) if point.first >= last.first - tolerance(last.first) => {}
            // As cheap in the second term and better in the first: the one before is dominated.
            Some((_, last)) if point.second <= last.second + tolerance(last.second) => {
                kept.pop();
                kept.push((at, point.clone()));
            }
            _ => kept.push((at, point.clone())),
        }
    }
    if let Some(knee) = knee(&kept) {
        kept[knee].1.knee = true;
    }
    kept
}

/// The point farthest below the line between the ends; none among fewer than three.
fn knee(points: &[(usize, Point)]) -> Option<usize> {
    let ((_, low), (_, high)) = (points.first()?, points.last()?);
    let (width, height) = (high.second - low.second, low.first - high.first);
    let below = |point: &Point| {
        let along = (point.second - low.second) / width;
        (1.0 - along) - (point.first - high.first) / height
    };
    let inner = 1..points.len().saturating_sub(1);
    inner.max_by(|&a, &b| below(&points[a].1).total_cmp(&below(&points[b].1))).filter(|&at| below(&points[at].1) > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(first: f64, second: f64) -> Point {
        Point { at_most: None, first, bound: None, gap: None, second, third: None, knee: false }
    }

    fn values(points: &[Point]) -> Vec<(f64, f64)> {
        frontier(points).iter().map(|(_, point)| (point.first, point.second)).collect()
    }

    #[test]
    fn dominated_points_and_duplicates_go() {
        let all =
            [point(5.0, 5.0), point(9.0, 1.0), point(9.0, 2.0), point(5.0, 5.0), point(4.0, 6.0), point(8.0, 1.0)];
        assert_eq!(values(&all), [(8.0, 1.0), (5.0, 5.0), (4.0, 6.0)]);
        assert!(values(&[]).is_empty());
    }

    #[test]
    fn the_knee_is_the_sharpest_turn_and_a_straight_line_has_none() {
        let bent = [point(10.0, 0.0), point(3.0, 1.0), point(2.0, 5.0), point(0.0, 10.0)];
        let knees: Vec<bool> = frontier(&bent).iter().map(|(_, point)| point.knee).collect();
        assert_eq!(knees, [false, true, false, false]);
        assert!(frontier(&[point(1.0, 0.0), point(0.0, 1.0)]).iter().all(|(_, point)| !point.knee));
    }

    #[test]
    fn steps_are_even_and_leave_the_ends_out() {
        assert_eq!(steps(0.0, 10.0, 6), [8.0, 6.0, 4.0, 2.0]);
        assert!(steps(0.0, 10.0, 2).is_empty() && steps(0.0, 1.0, 0).is_empty());
    }

    proptest! {
        #[test]
        fn nothing_kept_is_dominated_and_everything_left_out_is(
            values in proptest::collection::vec((0_u32..50, 0_u32..50), 0..40)
        ) {
            let all: Vec<Point> = values.iter().map(|&(a, b)| point(f64::from(a), f64::from(b))).collect();
            let kept = frontier(&all);
            let better = |a: &Point, b: &Point| {
                a.first <= b.first && a.second <= b.second && (a.first < b.first || a.second < b.second)
            };
            prop_assert!(kept.iter().all(|(_, one)| all.iter().all(|other| !better(other, one))));
            for one in &all {
                let there = |(_, other): &(usize, Point)| other.first <= one.first && other.second <= one.second;
                prop_assert!(kept.iter().any(there));
            }
        }
    }
}
