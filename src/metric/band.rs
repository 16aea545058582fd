//! Bands: the coarsest sets of grades that every pressing rule treats alike (年级段), zoned together.

use crate::domain::district::Stage;
use crate::domain::rule::Severity;
use crate::domain::scenario::Scenario;
use crate::id::GradeId;

use super::boarding::may_board;
use super::{cohort, scope};

/// Grades of one stage that are zoned together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// The stage.
    pub stage: Stage,
    /// The grades, in order.
    pub grades: Vec<GradeId>,
}

/// The bands of the scenario's stages, in order of stage and first grade.
///
/// Two grades of a stage are in one band when every hard or soft rule has both or neither in its scope. Rules that are
/// only reported do not cut a stage. Where plans may board pupils, the grades that may board are cut off, too. Where cohorts of a
/// stage must be told apart ([`cohort::told_apart`]) every grade is a band.
pub fn bands(scenario: &Scenario) -> Vec<Band> {
    let mut scopes: Vec<Vec<GradeId>> = scenario
        .rules
        .iter()
        .filter(|rule| rule.severity != Severity::Report)
        .map(|rule| scope::grades(scenario, rule))
        .collect();
    if let Some(boarding) = &scenario.boarding {
        let grades = scenario.district.grades.entries();
        scopes.push(grades.filter(|&(_, &grade)| may_board(boarding, grade)).map(|(id, _)| id).collect());
    }
    let mut bands: Vec<Band> = Vec::new();
    for &stage in &scenario.stages {
        let first = bands.len();
        let apart = cohort::told_apart(scenario, stage);
        for grade in scenario.district.grades_of(stage) {
            let alike = |band: &Band| {
                !apart && scopes.iter().all(|scope| scope.contains(&grade) == scope.contains(&band.grades[0]))
            };
            match bands[first..].iter_mut().find(|band| alike(band)) {
                Some(band) => band.grades.push(grade),
                None => bands.push(Band { stage, grades: vec![grade] }),
            }
        }
    }
    bands
}

/// The key of a set of grades in files: `7-9` for a run of grades or a stage known in sum, `7` for one, `1,6` otherwise.
pub fn key(scenario: &Scenario, grades: &[GradeId]) -> String {
    let grades: Vec<_> = grades.iter().map(|&grade| scenario.district.grades[grade]).collect();
    let numbers: Vec<i8> = grades.iter().filter_map(|grade| grade.number).collect();
    match (numbers.first(), numbers.last()) {
        (Some(first), Some(last)) if numbers.len() > 1 && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1) => {
            format!("{first}-{last}")
        }
        _ => grades.iter().map(|grade| grade.key()).collect::<Vec<_>>().join(","),
    }
}
