//! Who is placed where, and who changes school from one year to the next.
//!
//! Pupils move up: those of a grade are matched with the pupils of the same unit who were so many grades lower so many years
//! before, so that as many as possible stay where and how they are. Pupils who enter a stage have sat at none of its schools;
//! they are held against the school that entrants of their unit had the year before, and counted apart. Where rolls are known
//! by stage only, the pupils of the unit and stage are matched as a whole.

use crate::digest::matching::{Alike, apportion, matched};
use crate::domain::district::Stage;
use crate::id::{GradeId, SiteId, UnitId};
use crate::metric::ground::Ground;
use crate::metric::view::{Row, YearView};
use std::collections::BTreeMap;

/// A site and the way of attending it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The site.
    pub site: SiteId,
    /// Whether they board.
    pub boarding: bool,
}

/// Pupils of one unit and grade who were at one place the year before and are at one place now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Position of the year among those of the document; at least 1.
    pub at: usize,
    /// The year.
    pub year: i32,
    /// Where they live.
    pub unit: UnitId,
    /// Their grade now.
    pub grade: GradeId,
    /// The stage.
    pub stage: Stage,
    /// Where they were, or for entrants where those of the year before were; `None` for pupils who are new in the unit.
    pub from: Option<Spot>,
    /// Where they are.
    pub to: Spot,
    /// Whether they enter the stage, so that they never sat at `from`.
    pub entrants: bool,
    /// Head count, at least 1.
    pub pupils: i64,
}

/// The pupils of a unit and grade by place.
pub type Parts = BTreeMap<(UnitId, GradeId), Vec<(Spot, i64)>>;

/// Who is where in a year.
pub fn parts(view: &YearView<'_>) -> Parts {
    let mut parts: Parts = BTreeMap::new();
    for &Row { unit, grade, site, boarding, pupils } in view.rows.iter().filter(|row| row.pupils.0 > 0) {
        let spot = Spot { site, boarding };
        let list = parts.entry((unit, grade)).or_default();
        match list.iter_mut().find(|part| part.0 == spot) {
            Some(part) => part.1 += pupils.0,
            None => list.push((spot, pupils.0)),
        }
    }
    parts
}

/// The pupils of every year but the first, matched with those of the year before.
pub fn moves(years: &[YearView<'_>]) -> Vec<Move> {
    let alike: [Alike<Spot>; 2] = [|a, b| a == b, |a, b| a.site == b.site];
    let mut all = Vec::new();
    for (at, pair) in years.windows(2).enumerate() {
        let (before, after) = (&pair[0], &pair[1]);
        let old = parts(before);
        let gap = after.year.0 - before.year.0;
        let grades = &after.ground.scenario.district.grades;
        for ((unit, grade), now) in parts(after) {
            let facts = grades[grade];
            let lower = facts.number.map(|number| i32::from(number) - gap);
            let cohort = match lower {
                None => Some(grade),
                Some(lower) => grades
                    .entries()
                    .find(|(_, other)| other.stage == facts.stage && other.number.map(i32::from) == Some(lower))
                    .map(|(id, _)| id),
            };
            let (source, entrants) = cohort.map_or((grade, true), |cohort| (cohort, false));
            let then = old.get(&(unit, source)).map_or(&[][..], Vec::as_slice);
            let then = apportion(then, now.iter().map(|part| part.1).sum());
            for (from, to, pupils) in matched(&then, &now, &alike) {
                let from = from.map(|from| then[from].0);
                let (year, stage, to) = (after.year.0, facts.stage, now[to].0);
                all.push(Move { at: at + 1, year, unit, grade, stage, from, to, entrants, pupils });
            }
        }
    }
    all
}

/// Pupils who were at `from` the year before and are at `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// The year from which they are at `to`.
    pub year: i32,
    /// The stage.
    pub stage: Stage,
    /// The site before; `None` for pupils who are new in their unit.
    pub from: Option<SiteId>,
    /// The site after; the same as `from` for those who stay.
    pub to: SiteId,
    /// Head count, entrants included.
    pub pupils: i64,
    /// Of these, pupils who enter the stage, and would have gone to `from` the year before.
    pub entrants: i64,
    /// Pupils × metres on the way to `from`, of pupils for whom both ways are known.
    pub before: i64,
    /// Pupils × metres on the way to `to`, of the same pupils.
    pub after: i64,
    /// Pupils for whom both ways are known.
    pub measured: i64,
}

/// The matrix of transfers, the pupils who stay included.
pub fn transfers(ground: &Ground<'_>, moves: &[Move]) -> Vec<Transfer> {
    let mut all: BTreeMap<(i32, Stage, Option<SiteId>, SiteId), Transfer> = BTreeMap::new();
    let metres = |unit, site| ground.travel.leg(unit, site).map(|leg| leg.metres.0);
    for one in moves {
        let (year, stage, from, to) = (one.year, one.stage, one.from.map(|spot| spot.site), one.to.site);
        let empty = Transfer { year, stage, from, to, pupils: 0, entrants: 0, before: 0, after: 0, measured: 0 };
        let sum = all.entry((year, stage, from, to)).or_insert(empty);
        sum.pupils += one.pupils;
        if one.entrants {
            sum.entrants += one.pupils;
        }
        if let (Some(then), Some(now)) = (from.and_then(|from| metres(one.unit, from)), metres(one.unit, to)) {
            sum.before += then * one.pupils;
            sum.after += now * one.pupils;
            sum.measured += one.pupils;
        }
    }
    all.into_values().collect()
}

/// The pupils of one grade at one site in one year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The year.
    pub year: i32,
    /// The site.
    pub site: SiteId,
    /// Their grade, or the stage where rolls are known by stage only.
    pub grade: GradeId,
    /// Head count, by where pupils live.
    pub pupils: i64,
    /// Of these, boarders.
    pub boarders: i64,
    /// Of these, pupils who enter the stage.
    pub entrants: i64,
    /// Of these, pupils who were at another site the year before.
    pub come: i64,
    /// Of these, pupils who are new in their unit.
    pub new: i64,
}

/// The pupils of every site by grade and year, the baseline first. What is known only by the year before (entrants, who came)
/// is 0 in the baseline.
pub fn placed(years: &[YearView<'_>], moves: &[Move]) -> Vec<Placed> {
    let mut all: BTreeMap<(i32, SiteId, GradeId), Placed> = BTreeMap::new();
    for view in years {
        for row in view.rows.iter().filter(|row| row.pupils.0 > 0) {
            let (year, site, grade) = (view.year.0, row.site, row.grade);
            let empty = Placed { year, site, grade, pupils: 0, boarders: 0, entrants: 0, come: 0, new: 0 };
            let sum = all.entry((year, site, grade)).or_insert(empty);
            sum.pupils += row.pupils.0;
            if row.boarding {
                sum.boarders += row.pupils.0;
            }
        }
    }
    for one in moves {
        let Some(sum) = all.get_mut(&(one.year, one.to.site, one.grade)) else { continue };
        match one.from {
            _ if one.entrants => sum.entrants += one.pupils,
            None => sum.new += one.pupils,
            Some(from) if from.site != one.to.site => sum.come += one.pupils,
            Some(_) => {}
        }
    }
    all.into_values().collect()
}
