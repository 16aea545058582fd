//! Commodities: for every plan year the coarsest sets of grades that all limits on loads treat alike.
//!
//! Where a limit counts whole classes grade by grade, every grade is a commodity; where only sums are limited, the grades
//! of a stage are one. Grades taught together in a joint class that another limit tells apart get a commodity of their own
//! on top, which carries the same pupils again.

use super::require::Requirements;
use crate::domain::district::Stage;
use crate::domain::scenario::Scenario;
use crate::id::{CommodityId, GradeId, Id, IdVec};
use crate::kernel::problem::{Arc, Commodity};
use crate::metric::band;
use std::collections::BTreeMap;

/// Grades whose pupils of one year are one kind of load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// The plan year, by position.
    pub year: usize,
    /// The grades, in order.
    pub grades: Vec<GradeId>,
    /// Whether its pupils are counted in other commodities too (a joint class, or boarders: then without grades).
    pub joint: bool,
}

/// All commodities.
#[derive(Debug, Clone, Default)]
pub(super) struct Commodities {
    pub loads: IdVec<CommodityId, Load>,
    /// The commodity of a grade, by year.
    of_grade: Vec<Vec<Option<CommodityId>>>,
    joint: BTreeMap<(usize, Vec<GradeId>), CommodityId>,
    /// Boarders of all grades, by year; empty where nobody may board.
    boarders: Vec<CommodityId>,
}

impl Commodities {
    pub fn new(scenario: &Scenario, requirements: &Requirements<'_>, boarding: bool) -> Self {
        let mut all = Self::default();
        for (year, &calendar) in scenario.years.iter().enumerate() {
            let mut sums: Vec<Vec<GradeId>> = Vec::new();
            let mut joint: Vec<Vec<GradeId>> = Vec::new();
            for load in requirements.loads.iter().filter(|load| load.place.year == calendar) {
                sums.extend(load.terms.iter().map(|(grades, _)| grades.clone()));
            }
            for need in requirements.needs(calendar) {
                if need.grades.len() > 1 { &mut joint } else { &mut sums }.push(need.grades.clone());
            }
            for list in [&mut sums, &mut joint] {
                list.sort();
                list.dedup();
            }
            let sets: Vec<Vec<GradeId>> = sums.into_iter().chain(joint.iter().cloned()).collect();
            all.of_grade.push(vec![None; scenario.district.grades.len()]);
            for &stage in &scenario.stages {
                for grades in alike(scenario, stage, &sets) {
                    let commodity = all.loads.push(Load { year, grades, joint: false });
                    for &grade in &all.loads[commodity].grades {
                        all.of_grade[year][grade.index()] = Some(commodity);
                    }
                }
            }
            for grades in joint {
                let several = grades.iter().any(|&grade| all.of(year, grade) != all.of(year, grades[0]));
                if several {
                    let commodity = all.loads.push(Load { year, grades: grades.clone(), joint: true });
                    all.joint.insert((year, grades), commodity);
                }
            }
        }
        if boarding {
            let of_year = |year| all.loads.push(Load { year, grades: Vec::new(), joint: true });
            all.boarders = (0..scenario.years.len()).map(of_year).collect();
        }
        all
    }

    /// The commodity of the boarders of a year; `None` where nobody may board.
    pub fn boarders(&self, year: usize) -> Option<CommodityId> {
        self.boarders.get(year).copied()
    }

    /// Whether the pupils of an arc board in a plan year.
    pub fn boards(&self, arc: &Arc, year: usize) -> bool {
        self.boarders(year).is_some_and(|boarders| arc.extra.iter().any(|&(commodity, _)| commodity == boarders))
    }

    /// The commodity that carries the pupils of a grade; `None` for a grade of a stage that is not planned.
    pub fn of(&self, year: usize, grade: GradeId) -> Option<CommodityId> {
        self.of_grade[year][grade.index()]
    }

    /// The commodities that together carry the pupils of `grades`, in order, each once. The grades are a union of
    /// commodities by construction.
    pub fn sum(&self, year: usize, grades: &[GradeId]) -> Vec<CommodityId> {
        let mut found: Vec<CommodityId> = grades.iter().filter_map(|&grade| self.of(year, grade)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The one commodity that carries the pupils of grades taught together; `None` where none of them is planned.
    pub fn together(&self, year: usize, grades: &[GradeId]) -> Option<CommodityId> {
        self.joint.get(&(year, grades.to_vec())).copied().or_else(|| self.of(year, grades[0]))
    }

    /// The kernel's table.
    pub fn table(&self, scenario: &Scenario) -> IdVec<CommodityId, Commodity> {
        self.loads
            .iter()
            .map(|load| {
                if load.grades.is_empty() {
                    return Commodity { name: format!("boarders {}", scenario.years[load.year]) };
                }
                let key = band::key(scenario, &load.grades);
                let joint = if load.joint { " joint" } else { "" };
                Commodity { name: format!("grades {key}{joint} {}", scenario.years[load.year]) }
            })
            .collect()
    }
}

/// The grades of a stage, split into those that belong to the same sets, ordered by their first members.
fn alike(scenario: &Scenario, stage: Stage, sets: &[Vec<GradeId>]) -> Vec<Vec<GradeId>> {
    let mut found: Vec<(Vec<bool>, Vec<GradeId>)> = Vec::new();
    for grade in scenario.district.grades_of(stage) {
        let signature: Vec<bool> = sets.iter().map(|set| set.contains(&grade)).collect();
        match found.iter_mut().find(|(other, _)| *other == signature) {
            Some((_, members)) => members.push(grade),
            None => found.push((signature, vec![grade])),
        }
    }
    found.into_iter().map(|(_, members)| members).collect()
}
