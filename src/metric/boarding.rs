//! Who may board where (寄宿): pupils of grades that may board, at sites to which a rule on ways does not let them go every
//! day.

use super::calendar::{must_not_worsen, pressure};
use super::ground::Ground;
use super::scope::{self, OperatingStates};
use super::travel_cap::TravelCap;
use crate::domain::district::Grade;
use crate::domain::rule::Rule;
use crate::domain::scenario::Boarding;
use crate::id::{GradeId, SiteId, UnitId};
use crate::units::Year;

/// Answers who may board where.
pub struct MayBoard<'a> {
    ground: &'a Ground<'a>,
    boarding: &'a Boarding,
    states: OperatingStates,
    /// The rules on daily ways, each with the grades of its scope.
    rules: Vec<(&'a Rule, &'static TravelCap, Vec<GradeId>)>,
}

impl<'a> MayBoard<'a> {
    /// `None` where the scenario leaves boarding to plans made by hand.
    pub fn new(ground: &'a Ground<'a>) -> Option<Self> {
        let scenario = ground.scenario;
        let boarding = scenario.boarding.as_ref()?;
        let rules = scenario.rules.iter();
        let rules =
            rules.filter_map(|rule| Some((rule, TravelCap::of(rule)?, scope::grades(scenario, rule)))).collect();
        Some(Self { ground, boarding, states: OperatingStates::new(scenario), rules })
    }

    /// Whether pupils of a grade may board at all.
    pub fn grade(&self, grade: GradeId) -> bool {
        may_board(self.boarding, self.ground.scenario.district.grades[grade])
    }

    /// Whether the way from a unit to a site is too long for pupils of a grade to go it every day: some rule on ways that presses
    /// in the year says so.
    pub fn too_far(&self, unit: UnitId, site: SiteId, grade: GradeId, year: Year) -> bool {
        let stage = self.ground.scenario.district.grades[grade].stage;
        self.rules.iter().any(|(rule, cap, grades)| {
            let presses = pressure(rule, year).price() > 0.0 || must_not_worsen(rule, year);
            presses && grades.contains(&grade) && cap.is_over(rule, self.ground, &self.states, unit, site, stage)
        })
    }
}

/// Whether pupils of a grade may board; of a stage that is known in sum only, where all its grades may.
pub fn may_board(boarding: &Boarding, grade: Grade) -> bool {
    let listed = |number: i8| boarding.grades.contains(&number);
    grade.number.map_or_else(|| grade.stage.grades().all(listed), listed)
}
