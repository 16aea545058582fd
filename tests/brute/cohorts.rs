//! Entry cohorts, followed from grade to grade: who keeps which school, and who finishes at a site that is phased out.

use super::{Brute, Course, Group, State, Walk, teaches};
use catchment::domain::action::Measure;
use catchment::domain::scenario::{Moving, Scenario};
use catchment::id::{GradeId, Id};

/// What is known of the cohort of a group.
#[derive(Debug, Clone)]
pub struct Cohort {
    /// Grade, counted from the first of the stage.
    offset: i64,
    /// Calendar year of the group, and that in which the cohort entered.
    year: i32,
    entry: i32,
    /// Whether it was at school in the baseline year.
    present: bool,
    /// Position of its latest group before this.
    before: Option<usize>,
    /// The first plan year, by position, that it spends in the stage.
    first: usize,
    /// The school of today, where no hard cap forbids the way to it in any plan year that the cohort spends in the stage.
    home: Option<usize>,
    stay: bool,
}

/// Whether pupils keep their school.
pub fn stays(scenario: &Scenario) -> bool {
    scenario.moving == Moving::Stay
}

/// Whether cohorts are followed at all.
pub fn followed(scenario: &Scenario) -> bool {
    stays(scenario) || scenario.offers.iter().any(|offer| offer.measure == Measure::PhaseOut)
}

/// Grades of the longest stage of a site: six of a primary, three of a junior school.
pub fn grades_of_longest_stage(primary: bool) -> i64 {
    if primary { 6 } else { 3 }
}

impl Group {
    /// Whether a site in this state teaches the group.
    pub(super) fn taught(&self, state: &State) -> bool {
        teaches(state, self.primary) && self.cohort.as_ref().is_none_or(|cohort| cohort.offset >= state.gone)
    }

    /// Whether the group had a school in the baseline year.
    pub(super) fn had_school(&self) -> bool {
        self.cohort.as_ref().is_none_or(|cohort| cohort.present)
    }

    /// Whether another group is the same cohort; `None` where cohorts are not followed.
    pub(super) fn follows(&self, other: &Self) -> Option<bool> {
        let (own, other_entry) = (self.cohort.as_ref()?, other.cohort.as_ref()?.entry);
        Some(self.unit == other.unit && self.primary == other.primary && own.entry == other_entry)
    }

    /// The school that the group keeps.
    fn kept(&self) -> Option<usize> {
        self.cohort.as_ref().filter(|cohort| cohort.stay && cohort.present).and_then(|cohort| cohort.home)
    }

    /// Whether the group goes along with a merger of its home in the plan year at position `from`: all do, except cohorts that
    /// were zoned elsewhere before and stay there.
    pub(super) fn merges_too(&self, from: usize) -> bool {
        let stays = self.cohort.as_ref().filter(|cohort| cohort.stay);
        stays.is_none_or(|cohort| cohort.first >= from || self.kept().is_some())
    }

    /// How many ways there are, roughly: those who follow an earlier choice have few.
    pub(super) fn freedom(&self) -> usize {
        match &self.cohort {
            Some(cohort) if cohort.stay && (cohort.before.is_some() || self.kept().is_some()) => 2,
            _ => self.choices.len(),
        }
    }
}

impl Brute<'_> {
    /// What is known of the cohort of a group that comes after `groups`.
    pub(super) fn cohort(&self, groups: &[Group], group: &Group) -> Cohort {
        let scenario = self.scenario;
        let number = |grade: usize| i64::from(scenario.district.grades[GradeId::new(grade)].number.unwrap());
        let start = if group.primary { 1 } else { 7 };
        let offset = number(group.pupils[0].0) - start;
        let year = scenario.years[group.year].0;
        let entry = year - offset as i32;
        // The grade of the cohort in a plan year, where it is in the stage then.
        let grade_in = |year: i32| {
            (0..scenario.district.grades.len()).find(|&grade| number(grade) == start + i64::from(year - entry))
        };
        let hard = self.rules.cap.as_ref().filter(|(cap, _)| cap.soft.is_none());
        let home = group.home.filter(|&home| {
            let metres = self.metres(group.unit, home);
            metres.is_some()
                && scenario.years.iter().all(|year| match (hard, grade_in(year.0)) {
                    (Some((cap, grades)), Some(grade)) => !grades[grade] || metres.unwrap() as f64 <= cap.limit,
                    _ => true,
                })
        });
        let first = scenario.years.iter().position(|year| grade_in(year.0).is_some()).unwrap();
        let present = entry <= scenario.baseline_year.0;
        let stay = stays(scenario);
        let mut cohort = Cohort { offset, year, entry, present, before: None, first, home, stay };
        let same = |other: &Group| {
            (other.unit, other.primary) == (group.unit, group.primary)
                && other.cohort.as_ref().is_some_and(|other| other.entry == entry)
        };
        cohort.before = groups.iter().rposition(same);
        cohort
    }

    /// Whether some cohort without a school to keep has no site that teaches it all its years within a hard cap.
    pub(super) fn cohort_stranded(&self) -> bool {
        let hard = self.rules.cap.as_ref().is_some_and(|(cap, _)| cap.soft.is_none());
        self.groups.iter().filter(|group| group.kept().is_none()).any(|group| {
            let own: Vec<&Group> = self.groups.iter().filter(|other| group.follows(other) == Some(true)).collect();
            !(0..self.courses.len()).any(|site| {
                let way = |group: &&Group| {
                    let only = |parts: &[(usize, Vec<(usize, i64)>)]| parts.len() == 1 && parts[0].0 == site;
                    group.choices.iter().any(|choice| only(&choice.parts) && (!hard || choice.over == 0))
                };
                let course = |course: &Course| own.iter().all(|group| group.taught(&course.states[group.year]));
                own.iter().all(way) && self.courses[site].iter().any(course)
            })
        })
    }
}

impl Walk<'_> {
    /// Whether a group may go to a site that teaches it, after the choices so far.
    pub(super) fn may_go(&self, group: &Group, site: usize) -> bool {
        let Some(cohort) = &group.cohort else { return true };
        if !cohort.stay {
            let out = |site: usize| self.courses[site].runs_out.is_some_and(|from| cohort.entry < from);
            return match cohort.home.filter(|&home| out(home)) {
                Some(home) => site == home,
                None => self.courses[site].runs_out.is_none(),
            };
        }
        let groups = &self.brute.groups;
        let before = cohort.before.map(|at| groups[at].choices[self.chosen[at]].parts[0].0);
        match before.or(group.kept()) {
            Some(school) if group.taught(&self.courses[school].states[group.year]) => site == school,
            // Its school no longer teaches it: only that of today may be left.
            Some(school) => group.kept() == Some(school),
            None => true,
        }
    }
}
