//! Who gains and who loses: how the ways of matched pupils change.

use super::flows::Move;
use serde::Serialize;

/// Changes of a way are told apart at these lengths, in metres.
pub const EDGES: [i64; 3] = [1000, 2000, 5000];
/// Classes of change: from the largest shortening to the largest lengthening, the unchanged in the middle.
pub const SHIFTS: usize = 2 * EDGES.len() + 3;

/// How the ways of some pupils change, counted over the pupils after. Every pupil is in one of `nearer`, `same`, `farther`,
/// `boards`, `begins_boarding`, `ends_boarding` and `unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Gain {
    /// Pupils.
    pub pupils: i64,
    /// Of these, pupils who go to another school.
    pub moved: i64,
    /// Day pupils with a shorter way.
    pub nearer: i64,
    /// Day pupils whose way is as long.
    pub same: i64,
    /// Day pupils with a longer way.
    pub farther: i64,
    /// Pupils who board before and after; their weekly way is not compared.
    pub boards: i64,
    /// Pupils who come daily before and board after.
    pub begins_boarding: i64,
    /// Pupils who board before and come daily after.
    pub ends_boarding: i64,
    /// Pupils without a school before, or with a way that is not known.
    pub unknown: i64,
    /// Change of the daily ways of `nearer`, `same` and `farther` together, in pupil-metres; less than 0 is a gain.
    pub pupil_metres: i64,
    /// Of `nearer`, `same` and `farther`, pupils by the change of their way: shorter by more than 5 km, by more than 2, by
    /// more than 1, by up to 1; the same; longer by up to 1 km, by up to 2, by up to 5, by more.
    pub shifts: [i64; SHIFTS],
}

impl Gain {
    /// Counts matched pupils.
    pub fn add(&mut self, one: &Move) {
        let pupils = one.pupils;
        self.pupils += pupils;
        if one.changes() {
            self.moved += pupils;
        }
        let Some(from) = &one.from else {
            self.unknown += pupils;
            return;
        };
        match (from.boarding, one.to.boarding) {
            (true, true) => self.boards += pupils,
            (false, true) => self.begins_boarding += pupils,
            (true, false) => self.ends_boarding += pupils,
            (false, false) => match from.metres.zip(one.to.metres) {
                None => self.unknown += pupils,
                Some((before, after)) => {
                    let change = after - before;
                    self.pupil_metres += change * pupils;
                    self.shifts[shift(change)] += pupils;
                    match change.signum() {
                        -1 => self.nearer += pupils,
                        0 => self.same += pupils,
                        _ => self.farther += pupils,
                    }
                }
            },
        }
    }

    /// The change of some matched pupils.
    pub fn of<'a>(moves: impl IntoIterator<Item = &'a Move>) -> Self {
        let mut all = Self::default();
        for one in moves {
            all.add(one);
        }
        all
    }
}

/// The class of a change of so many metres.
fn shift(change: i64) -> usize {
    let middle = EDGES.len() + 1;
    let beyond = EDGES.iter().filter(|&&edge| change.abs() > edge).count();
    match change.signum() {
        -1 => middle - 1 - beyond,
        0 => middle,
        _ => middle + 1 + beyond,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::flows::{moves, of_moves};
    use crate::digest::trips::Trip;
    use crate::domain::district::Stage;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn trip(unit: &str, site: &str, pupils: i64, metres: i64) -> Trip {
        let (unit, site) = (unit.to_owned(), site.to_owned());
        Trip { unit, stage: Stage::Primary, year: 2026, site, pupils, metres: Some(metres), boarding: false }
    }

    #[test]
    fn gains_and_losses_are_counted_by_hand() {
        // a stays; b goes 800 m less; c is divided: 10 of 30 stay, 20 go 2,500 m farther; d begins to board; e is new.
        let before =
            [trip("a", "x", 40, 500), trip("b", "x", 20, 1300), trip("c", "x", 30, 1000), trip("d", "y", 7, 4000)];
        let mut boarding = trip("d", "x", 7, 9000);
        boarding.boarding = true;
        let after = [
            trip("a", "x", 40, 500),
            trip("b", "y", 20, 500),
            trip("c", "x", 10, 1000),
            trip("c", "z", 20, 3500),
            boarding,
            trip("e", "z", 3, 100),
        ];
        let all = Gain::of(&moves(&before, &after));
        let expected = Gain {
            pupils: 100,
            moved: 50,
            nearer: 20,
            same: 50,
            farther: 20,
            begins_boarding: 7,
            unknown: 3,
            pupil_metres: -16_000 + 50_000,
            shifts: [0, 0, 0, 20, 50, 0, 0, 20, 0],
            ..Gain::default()
        };
        assert_eq!(all, expected);
    }

    #[test]
    fn classes_of_change_include_their_edge() {
        for (change, class) in
            [(-5001, 0), (-5000, 1), (-2001, 1), (-2000, 2), (-1001, 2), (-1000, 3), (-1, 3), (0, 4), (1, 5), (1000, 5)]
        {
            assert_eq!(shift(change), class, "{change}");
            assert_eq!(shift(-change), SHIFTS - 1 - class, "{}", -change);
        }
    }

    #[test]
    fn pupils_keep_to_boarding_where_they_can() {
        let boarding = |unit: &str, site: &str, pupils| Trip { boarding: true, ..trip(unit, site, pupils, 9000) };
        let before = [trip("a", "x", 10, 9000), boarding("a", "x", 5)];
        let after = [trip("a", "x", 4, 9000), boarding("a", "x", 11)];
        let all = Gain::of(&moves(&before, &after));
        assert_eq!((all.same, all.boards, all.begins_boarding, all.moved), (4, 5, 6, 0));
    }

    /// Trips of a few units to a few sites: unit, site, pupils, metres, boarding.
    fn some_trips() -> impl Strategy<Value = Vec<Trip>> {
        let one = (0..6_usize, 0..4_usize, 0..40_i64, 0..9000_i64, proptest::bool::weighted(0.2));
        proptest::collection::vec(one, 0..25).prop_map(|rows| {
            let mut trips: BTreeMap<(usize, usize, bool), Trip> = BTreeMap::new();
            for (unit, site, pupils, metres, boarding) in rows {
                let new = Trip { boarding, ..trip(&format!("u{unit}"), &format!("s{site}"), pupils, metres) };
                trips.insert((unit, site, boarding), new);
            }
            trips.into_values().collect()
        })
    }

    fn by_site(trips: &[Trip]) -> BTreeMap<String, i64> {
        let mut sites = BTreeMap::new();
        for trip in trips.iter().filter(|trip| trip.pupils > 0) {
            *sites.entry(trip.site.clone()).or_default() += trip.pupils;
        }
        sites
    }

    proptest! {
        #[test]
        fn no_pupil_is_lost_or_made(before in some_trips(), after in some_trips()) {
            let moves = moves(&before, &after);
            let flows = of_moves(&moves);
            let mut columns: BTreeMap<String, i64> = BTreeMap::new();
            for ((_, _, to), flow) in &flows.between {
                *columns.entry(to.clone()).or_default() += flow.pupils;
            }
            prop_assert_eq!(columns, by_site(&after), "the columns are the schools after");
            let all = Gain::of(&moves);
            let parts = [all.nearer, all.same, all.farther, all.boards, all.begins_boarding, all.ends_boarding, all.unknown];
            prop_assert_eq!(parts.iter().sum::<i64>(), all.pupils);
            prop_assert_eq!(all.shifts.iter().sum::<i64>(), all.nearer + all.same + all.farther);
            prop_assert_eq!(all.moved, flows.moved());
            prop_assert_eq!(all.pupils, after.iter().map(|trip| trip.pupils).sum::<i64>());
        }

        #[test]
        fn with_the_same_pupils_the_rows_are_the_schools_before(
            before in some_trips(), sites in proptest::collection::vec(0..4_usize, 25)
        ) {
            // The same pupils of every unit, each row of the assignment at another site.
            let after: Vec<Trip> = before
                .iter()
                .zip(&sites)
                .map(|(trip, site)| Trip { site: format!("s{site}"), ..trip.clone() })
                .collect();
            let there = moves(&before, &after);
            let mut rows: BTreeMap<String, i64> = BTreeMap::new();
            for one in &there {
                *rows.entry(one.from.as_ref().expect("every pupil was there before").site.clone()).or_default() += one.pupils;
            }
            prop_assert_eq!(rows, by_site(&before));
            // On the way back the same pupils move, and gains are losses.
            let back = Gain::of(&moves(&after, &before));
            let all = Gain::of(&there);
            prop_assert_eq!(back.moved, all.moved);
        }

        #[test]
        fn tenths_add_up_to_the_mean_and_rise(trips in some_trips()) {
            let all = crate::digest::distances::Distances::of(&trips);
            match all.tenths() {
                None => prop_assert_eq!(all.pupils, 0),
                Some(tenths) => {
                    prop_assert!(tenths.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9));
                    let mean = tenths.iter().sum::<f64>() / 10.0;
                    prop_assert!((mean - all.mean().expect("there are pupils")).abs() < 1e-6);
                }
            }
        }
    }
}
