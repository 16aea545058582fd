//! What each village has to know (一村一表): old school, new school, from which grade and year.

use super::placement::{Spot, parts};
use crate::domain::district::Stage;
use crate::id::{GradeId, UnitId};
use crate::metric::ground::Ground;
use crate::metric::view::YearView;
use std::collections::BTreeMap;

/// What holds for some grades of a unit from some year on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The unit.
    pub unit: UnitId,
    /// The stage.
    pub stage: Stage,
    /// The grades, in order.
    pub grades: Vec<GradeId>,
    /// The year from which it holds; `None` where nothing changes from the baseline to the last year.
    pub year: Option<i32>,
    /// Whether higher grades follow as the pupils move up, a grade a year; then `grades` are those of the first year, and higher
    /// grades go to the old school until then.
    pub rising: bool,
    /// Pupils of these grades in the year, or in the first plan year where nothing changes.
    pub pupils: i64,
    /// Where pupils of these grades went before, with their head counts; none where there were none.
    pub old: Vec<(Spot, i64)>,
    /// Where they go.
    pub new: Vec<(Spot, i64)>,
}

/// Where pupils of one unit and grade go, without head counts.
type Places = Vec<Spot>;

/// A change of one grade.
struct Change {
    at: usize,
    grade: GradeId,
    old: Vec<(Spot, i64)>,
    new: Vec<(Spot, i64)>,
}

fn places(parts: &[(Spot, i64)]) -> Places {
    let mut spots: Places = parts.iter().map(|part| part.0).collect();
    spots.sort_unstable();
    spots
}

/// The notices by unit and stage: changes by year, then what stays.
pub fn notices(ground: &Ground<'_>, years: &[YearView<'_>]) -> Vec<Notice> {
    let scenario = ground.scenario;
    let by_year: Vec<Year> = years.iter().map(parts).collect();
    let mut all = Vec::new();
    for unit in scenario.district.units.ids() {
        for &stage in &scenario.stages {
            let (mut changes, mut kept) = (Vec::new(), Vec::new());
            for grade in scenario.district.grades_of(stage) {
                let mut known: Option<&Vec<(Spot, i64)>> = None;
                let mut changed = false;
                for (at, parts) in by_year.iter().enumerate() {
                    // A year without pupils of the grade says nothing.
                    let Some(now) = parts.get(&(unit, grade)) else { continue };
                    if at > 0 && known.is_none_or(|known| places(known) != places(now)) {
                        let old = known.cloned().unwrap_or_default();
                        changes.push(Change { at, grade, old, new: now.clone() });
                        changed = true;
                    }
                    known = Some(now);
                }
                if let (false, Some(_)) = (changed, known) {
                    kept.push(grade);
                }
            }
            all.extend(told(years, &by_year, unit, stage, &changes));
            all.extend(unchanged(&by_year, unit, stage, &kept));
        }
    }
    all
}

/// Pupils of a year by unit, grade and place.
type Year = BTreeMap<(UnitId, GradeId), Vec<(Spot, i64)>>;

/// Changes put together: grades that change alike in one year are one notice, and so are grades that follow as the pupils move
/// up, where all do that are taught.
fn told(years: &[YearView<'_>], by_year: &[Year], unit: UnitId, stage: Stage, changes: &[Change]) -> Vec<Notice> {
    let Some(first) = years.first() else { return Vec::new() };
    let grades = &first.ground.scenario.district.grades;
    let year = |at: usize| years[at].year.0;
    let alike = |a: &Change, b: &Change| places(&a.old) == places(&b.old) && places(&a.new) == places(&b.new);
    // The changes by which the pupils of a first change stay at their new school; none where they do not.
    let followers = |one: &Change| -> Vec<usize> {
        let Some(number) = grades[one.grade].number else { return Vec::new() };
        let mut chain = Vec::new();
        for (at, taught_then) in by_year.iter().enumerate().skip(one.at + 1) {
            let higher = i32::from(number) + year(at) - year(one.at);
            let taught = grades.entries().find(|&(id, grade)| {
                grade.stage == stage
                    && grade.number.map(i32::from) == Some(higher)
                    && taught_then.contains_key(&(unit, id))
            });
            let Some((grade, _)) = taught else { continue };
            match changes.iter().position(|later| later.at == at && later.grade == grade && alike(later, one)) {
                Some(position) => chain.push(position),
                None => return Vec::new(),
            }
        }
        chain
    };
    let mut led = vec![false; changes.len()];
    let mut rising = vec![false; changes.len()];
    let mut order: Vec<usize> = (0..changes.len()).collect();
    order.sort_by_key(|&position| changes[position].at);
    for position in order {
        if !led[position] {
            let chain = followers(&changes[position]);
            rising[position] = !chain.is_empty();
            for follower in chain {
                led[follower] = true;
            }
        }
    }
    let mut groups: BTreeMap<(usize, Places, Places, bool), Notice> = BTreeMap::new();
    for (position, one) in changes.iter().enumerate().filter(|&(position, _)| !led[position]) {
        let key = (one.at, places(&one.old), places(&one.new), rising[position]);
        let notice = groups.entry(key).or_insert_with(|| Notice {
            unit,
            stage,
            grades: Vec::new(),
            year: Some(year(one.at)),
            rising: rising[position],
            pupils: 0,
            old: Vec::new(),
            new: Vec::new(),
        });
        notice.grades.push(one.grade);
        notice.pupils += one.new.iter().map(|part| part.1).sum::<i64>();
        add(&mut notice.old, &one.old);
        add(&mut notice.new, &one.new);
    }
    groups.into_values().collect()
}

/// Grades for which nothing changes, by where they go.
fn unchanged(by_year: &[Year], unit: UnitId, stage: Stage, kept: &[GradeId]) -> Vec<Notice> {
    let mut groups: BTreeMap<Places, Notice> = BTreeMap::new();
    for &grade in kept {
        // The first plan year with pupils, or the baseline where no later year has any.
        let now = by_year.iter().skip(1).chain(by_year.first()).find_map(|parts| parts.get(&(unit, grade)));
        let Some(now) = now else { continue };
        let notice = groups.entry(places(now)).or_insert_with(|| Notice {
            unit,
            stage,
            grades: Vec::new(),
            year: None,
            rising: false,
            pupils: 0,
            old: Vec::new(),
            new: Vec::new(),
        });
        notice.grades.push(grade);
        notice.pupils += now.iter().map(|part| part.1).sum::<i64>();
        add(&mut notice.old, now);
        add(&mut notice.new, now);
    }
    groups.into_values().collect()
}

fn add(sum: &mut Vec<(Spot, i64)>, parts: &[(Spot, i64)]) {
    for &(spot, pupils) in parts {
        match sum.iter_mut().find(|part| part.0 == spot) {
            Some(part) => part.1 += pupils,
            None => sum.push((spot, pupils)),
        }
    }
}
