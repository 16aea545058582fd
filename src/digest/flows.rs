//! Who changes school: pupils by school before and after, and how their way changes.
//!
//! Pupils have no names: those of one unit and stage are matched before and after so that as many as possible stay where
//! and how they are. Everything here is counted over the pupils after; where the head counts differ (another year, another
//! forecast), the shares of the old sites are applied to the new count by largest remainder.

use super::matching::{apportion, matched};
use super::trips::Trip;
use crate::domain::district::Stage;
use std::collections::BTreeMap;

/// Pupils who go to `to` and belonged to `from`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flow {
    /// Head count.
    pub pupils: i64,
    /// Pupils × metres on the old way, of those for whom both ways are known.
    pub before: i64,
    /// Pupils × metres on the new way, of those for whom both ways are known.
    pub after: i64,
    /// Pupils for whom both ways are known.
    pub measured: i64,
}

/// The comparison of two sets of trips.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flows {
    /// Pupils by (stage, old site, new site); `None` for a unit that had no site before.
    pub between: BTreeMap<(Stage, Option<String>, String), Flow>,
    /// What changes for every unit and stage that has pupils after.
    pub units: BTreeMap<(String, Stage), UnitChange>,
}

/// What changes for the pupils of one unit and stage.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnitChange {
    /// Pupils after.
    pub pupils: i64,
    /// Pupils who change school.
    pub moved: i64,
    /// Mean way before in metres, rounded; `None` where it is not known.
    pub before: Option<i64>,
    /// Mean way after in metres, rounded; `None` where it is not known.
    pub after: Option<i64>,
    /// Sites before, in order of their keys.
    pub old: Vec<String>,
    /// Sites after, in order of their keys.
    pub new: Vec<String>,
}

impl Flows {
    /// Pupils who change school.
    pub fn moved(&self) -> i64 {
        self.between.iter().filter(|((_, from, to), _)| from.as_ref() != Some(to)).map(|(_, flow)| flow.pupils).sum()
    }
}

/// Where pupils go and how.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    /// Key of the site.
    pub site: String,
    /// Whether they board.
    pub boarding: bool,
    /// One way in metres, where it is known.
    pub metres: Option<i64>,
}

/// Pupils of one unit and stage who go the same way before and the same way after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Key of the unit.
    pub unit: String,
    /// The stage.
    pub stage: Stage,
    /// Where they belonged; `None` where the unit had no pupils of the stage before.
    pub from: Option<Seat>,
    /// Where they go.
    pub to: Seat,
    /// Head count, at least 1.
    pub pupils: i64,
}

impl Move {
    /// Whether they go to another school.
    pub fn changes(&self) -> bool {
        self.from.as_ref().map(|seat| &seat.site) != Some(&self.to.site)
    }
}

/// Matches the pupils of the trips `before` with those `after`, by unit and stage.
pub fn moves<'a>(before: impl IntoIterator<Item = &'a Trip>, after: impl IntoIterator<Item = &'a Trip>) -> Vec<Move> {
    let old = parts(before);
    let mut all = Vec::new();
    for ((unit, stage), now) in parts(after) {
        let then = old.get(&(unit.clone(), stage)).map_or(&[][..], Vec::as_slice);
        let then = apportion(then, now.iter().map(|part| part.1).sum());
        for (from, to, pupils) in matched(&then, &now, &[same_way, same_site]) {
            let from = from.map(|from| then[from].0.clone());
            all.push(Move { unit: unit.clone(), stage, from, to: now[to].0.clone(), pupils });
        }
    }
    all
}

/// Compares the trips `before` with those `after`, unit by unit and stage by stage.
pub fn flows<'a>(before: impl IntoIterator<Item = &'a Trip>, after: impl IntoIterator<Item = &'a Trip>) -> Flows {
    of_moves(&moves(before, after))
}

/// The comparison that matched pupils make.
pub fn of_moves(moves: &[Move]) -> Flows {
    let mut flows = Flows::default();
    let mut ways: BTreeMap<(&str, Stage), [Way; 2]> = BTreeMap::new();
    for one in moves {
        let place = (one.unit.clone(), one.stage);
        let change = flows.units.entry(place).or_default();
        change.pupils += one.pupils;
        if one.changes() {
            change.moved += one.pupils;
        }
        let (from, to) = (one.from.as_ref(), &one.to);
        note(&mut change.old, from);
        note(&mut change.new, Some(to));
        let [before, after] = ways.entry((&one.unit, one.stage)).or_default();
        before.add(from.and_then(|seat| seat.metres), one.pupils);
        after.add(to.metres, one.pupils);
        let key = (one.stage, from.map(|seat| seat.site.clone()), to.site.clone());
        let flow = flows.between.entry(key).or_default();
        flow.pupils += one.pupils;
        if let (Some(then), Some(now)) = (from.and_then(|seat| seat.metres), to.metres) {
            flow.before += then * one.pupils;
            flow.after += now * one.pupils;
            flow.measured += one.pupils;
        }
    }
    for ((unit, stage), [before, after]) in ways {
        if let Some(change) = flows.units.get_mut(&(unit.to_owned(), stage)) {
            (change.before, change.after) = (before.mean(), after.mean());
        }
    }
    flows
}

/// Adds a site to a list in order, once.
fn note(sites: &mut Vec<String>, seat: Option<&Seat>) {
    if let Some(seat) = seat
        && let Err(at) = sites.binary_search(&seat.site)
    {
        sites.insert(at, seat.site.clone());
    }
}

/// The sum of ways, and whether one of them is not known.
#[derive(Debug, Clone, Copy, Default)]
struct Way {
    pupils: i64,
    pupil_metres: i64,
    unknown: bool,
}

impl Way {
    fn add(&mut self, metres: Option<i64>, pupils: i64) {
        self.pupils += pupils;
        self.pupil_metres += metres.unwrap_or(0) * pupils;
        self.unknown |= metres.is_none();
    }

    /// The mean in metres, rounded halves up; `None` where a way is not known.
    fn mean(self) -> Option<i64> {
        (self.pupils > 0 && !self.unknown).then(|| (2 * self.pupil_metres + self.pupils) / (2 * self.pupils))
    }
}

/// Whether pupils stay at their site and there keep to boarding or to the daily way.
fn same_way(a: &Seat, b: &Seat) -> bool {
    (&a.site, a.boarding) == (&b.site, b.boarding)
}

fn same_site(a: &Seat, b: &Seat) -> bool {
    a.site == b.site
}

/// A seat with its pupils.
type Part = (Seat, i64);

fn parts<'a>(trips: impl IntoIterator<Item = &'a Trip>) -> BTreeMap<(String, Stage), Vec<Part>> {
    let mut all: BTreeMap<(String, Stage), BTreeMap<(String, bool), Part>> = BTreeMap::new();
    for trip in trips.into_iter().filter(|trip| trip.pupils > 0) {
        let seat = Seat { site: trip.site.clone(), boarding: trip.boarding, metres: trip.metres };
        let seats = all.entry((trip.unit.clone(), trip.stage)).or_default();
        seats.entry((trip.site.clone(), trip.boarding)).or_insert((seat, 0)).1 += trip.pupils;
    }
    all.into_iter().map(|(key, seats)| (key, seats.into_values().collect())).collect()
}
