//! Entry cohorts (同届学生): the pupils of a unit who enter a stage in the same year, followed from grade to grade.

use super::catalogue;
use super::classes::ClassNeed;
use super::ground::Ground;
use super::lowering::{ArcEffect, BudgetSpan, ClassClaim, ClosureCount, Lowering, Place};
use crate::domain::action::{Measure, SiteState, baseline_state};
use crate::domain::district::Stage;
use crate::domain::scenario::{Moving, Scenario};
use crate::id::{GradeId, SiteId, UnitId};
use crate::units::Year;
use std::collections::BTreeSet;

/// Whether cohorts of a stage keep their school: the scenario says so, and the rolls of the stage are known by grade.
pub fn stay(scenario: &Scenario, stage: Stage) -> bool {
    scenario.moving == Moving::Stay && by_grade(scenario, stage)
}

/// Whether the cohorts of a stage must be told apart: they stay, or some site of the stage may run out grade by grade.
pub fn told_apart(scenario: &Scenario, stage: Stage) -> bool {
    let runs_out = || {
        scenario.offers.iter().any(|offer| {
            offer.measure == Measure::PhaseOut && scenario.district.sites[offer.site].kind.stages().contains(&stage)
        })
    };
    by_grade(scenario, stage) && (scenario.moving == Moving::Stay || runs_out())
}

/// Whether the rolls of a stage are known by grade.
pub fn by_grade(scenario: &Scenario, stage: Stage) -> bool {
    scenario.district.grades_of(stage).all(|grade| scenario.district.grades[grade].number.is_some())
}

/// The year in which the pupils of a grade in `year` entered its stage; `None` where the stage is known in sum only.
pub fn entry(scenario: &Scenario, grade: GradeId, year: Year) -> Option<Year> {
    let grade = scenario.district.grades[grade];
    grade.number.map(|number| Year(year.0 - i32::from(number - *grade.stage.grades().start())))
}

/// The grade in `year` of those who entered a stage in the year `entry`; `None` where they are not in it then.
pub fn grade_in(scenario: &Scenario, stage: Stage, entry: Year, year: Year) -> Option<GradeId> {
    let number = i32::from(*stage.grades().start()) + year.0 - entry.0;
    scenario
        .district
        .grades_of(stage)
        .find(|&grade| scenario.district.grades[grade].number.map(i32::from) == Some(number))
}

/// The grade in which the pupils of a grade were in an earlier year; `None` where they were not in its stage then. Where the
/// stage is known in sum only, its pupils are taken to have been in it.
pub fn grade_before(scenario: &Scenario, grade: GradeId, year: Year, earlier: Year) -> Option<GradeId> {
    match entry(scenario, grade, year) {
        Some(entry) => grade_in(scenario, scenario.district.grades[grade].stage, entry, earlier),
        None => Some(grade),
    }
}

/// The schools of today to which cohorts may go on going.
pub struct Homes<'a> {
    scenario: &'a Scenario,
    /// Ways to today's school that a hard rule forbids: unit, grade and plan year.
    forbidden: BTreeSet<(UnitId, GradeId, Year)>,
    /// Baseline sites that teach the stage and can be reached, by unit and position of the stage.
    sites: Vec<Vec<Option<SiteId>>>,
}

impl<'a> Homes<'a> {
    /// Looks them up. Empty where no cohort has to be told from another.
    pub fn new(ground: &Ground<'a>) -> Self {
        let scenario = ground.scenario;
        let apart: Vec<bool> = scenario.stages.iter().map(|&stage| told_apart(scenario, stage)).collect();
        let mut homes = Self { scenario, forbidden: BTreeSet::new(), sites: Vec::new() };
        if !apart.contains(&true) {
            return homes;
        }
        for unit in scenario.district.units.ids() {
            let home = |(position, &stage): (usize, &Stage)| {
                let site = scenario.baseline.sites.get(unit)?.get(position).copied().flatten()?;
                let there = baseline_state(scenario, site).teaches(stage) && ground.travel.leg(unit, site).is_some();
                (apart[position] && there).then_some(site)
            };
            homes.sites.push(scenario.stages.iter().enumerate().map(home).collect());
        }
        let mut ways = ForbiddenWays { homes };
        catalogue::constrain(ground, &mut ways);
        ways.homes
    }

    fn baseline(&self, unit: UnitId, stage: Stage) -> Option<SiteId> {
        self.sites.get(unit.0 as usize)?[self.scenario.stage_index(stage)?]
    }

    /// The school of today of a unit and stage, where no hard rule forbids the way to those who entered in the year `entry` in
    /// any plan year that they spend in the stage.
    pub fn of(&self, unit: UnitId, stage: Stage, entry: Year) -> Option<SiteId> {
        let home = self.baseline(unit, stage)?;
        let forbidden = |&year: &Year| {
            grade_in(self.scenario, stage, entry, year)
                .is_some_and(|grade| self.forbidden.contains(&(unit, grade, year)))
        };
        (!self.scenario.years.iter().any(forbidden)).then_some(home)
    }

    /// The school that a cohort keeps as long as it teaches it: that of today, where cohorts of the stage stay and this one was
    /// at school in the baseline year.
    pub fn kept(&self, unit: UnitId, stage: Stage, entry: Year) -> Option<SiteId> {
        let there = stay(self.scenario, stage) && entry <= self.scenario.baseline_year;
        there.then(|| self.of(unit, stage, entry)).flatten()
    }
}

/// Collects the ways to today's schools that hard rules forbid, and nothing else.
struct ForbiddenWays<'a> {
    homes: Homes<'a>,
}

impl Lowering for ForbiddenWays<'_> {
    fn states(&self, _: SiteId, _: Year) -> Vec<SiteState> {
        Vec::new()
    }

    fn limit_load(&mut self, _: &str, _: &Place, _: &[GradeId], _: (Option<i64>, Option<i64>), _: f64) {}

    fn limit_weighted(&mut self, _: &str, _: &Place, _: &[(Vec<GradeId>, i64)], _: i64, _: f64) {}

    fn claim_classes(&mut self, _: &str, _: &Place, _: ClassClaim) {}

    fn limit_classes(&mut self, _: &str, _: &Place, _: &[ClassNeed], _: i64, _: f64) {}

    fn shape_arcs(&mut self, _: &str, year: Year, grades: &[GradeId], effect: &dyn Fn(UnitId, SiteId) -> ArcEffect) {
        let scenario = self.homes.scenario;
        for &grade in grades {
            for unit in scenario.district.units.ids() {
                let home = self.homes.baseline(unit, scenario.district.grades[grade].stage);
                if home.is_some_and(|home| effect(unit, home) == ArcEffect::Forbidden) {
                    self.homes.forbidden.insert((unit, grade, year));
                }
            }
        }
    }

    fn limit_arc_pupils(
        &mut self,
        _: &str,
        _: Year,
        _: &[GradeId],
        _: &dyn Fn(UnitId, SiteId) -> bool,
        _: f64,
        _: f64,
    ) {
    }

    fn limit_closures(&mut self, _: &str, _: &ClosureCount, _: (Option<i64>, Option<i64>), _: f64) {}

    fn limit_budget(&mut self, _: &str, _: &BudgetSpan, _: f64, _: f64) {}

    fn keep_operating(&mut self, _: &str, _: SiteId, _: Year, _: f64) {}

    fn limit_sites(
        &mut self,
        _: &str,
        _: &str,
        _: Year,
        _: &dyn Fn(SiteId, &SiteState) -> bool,
        _: (Option<i64>, Option<i64>),
        _: f64,
    ) {
    }

    fn limit_boarders(&mut self, _: &str, _: Year, _: &[GradeId], _: &[SiteId], _: f64, _: f64) {}

    fn limit_moved(&mut self, _: &str, _: Year, _: f64, _: f64) {}
}
