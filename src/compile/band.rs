//! Bands: the coarsest sets of grades that every rule on ways treats alike, so that their pupils can be assigned as one.
//!
//! Rules on sites and sections (class size, school size) see grades through the commodities, wherever the pupils live, so
//! they split no band.

use crate::domain::district::{District, Stage};
use crate::id::GradeId;

/// Grades of one stage whose pupils are assigned together (年级段).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// The stage.
    pub stage: Stage,
    /// The grades, in order.
    pub grades: Vec<GradeId>,
}

impl Band {
    /// The key in files and messages: `7-9`, `7` for a single grade, `1-2,6` where grades are missing in between.
    pub fn key(&self, district: &District) -> String {
        let mut runs: Vec<(i8, i8)> = Vec::new();
        for &grade in &self.grades {
            match (district.grades[grade].number, runs.last_mut()) {
                (None, _) => return district.grades[grade].key(),
                (Some(number), Some((_, last))) if *last + 1 == number => *last = number,
                (Some(number), _) => runs.push((number, number)),
            }
        }
        let texts: Vec<String> = runs
            .into_iter()
            .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
            .collect();
        texts.join(",")
    }
}

/// The bands of `stages`, where every set of `treated` holds the grades that one rule treats alike.
///
/// Grades belong to one band when they belong to the same sets. Bands come in the order of the stages and of their first
/// grades; a band need not be a run of consecutive grades.
pub fn bands(district: &District, stages: &[Stage], treated: &[Vec<GradeId>]) -> Vec<Band> {
    let mut bands = Vec::new();
    for &stage in stages {
        bands.extend(classes(district.grades_of(stage), treated).into_iter().map(|grades| Band { stage, grades }));
    }
    bands
}

/// Splits `grades` into the classes of those that belong to the same sets, ordered by their first members.
pub(super) fn classes(grades: impl Iterator<Item = GradeId>, sets: &[Vec<GradeId>]) -> Vec<Vec<GradeId>> {
    let mut found: Vec<(Vec<bool>, Vec<GradeId>)> = Vec::new();
    for grade in grades {
        let signature: Vec<bool> = sets.iter().map(|set| set.contains(&grade)).collect();
        match found.iter_mut().find(|(other, _)| *other == signature) {
            Some((_, members)) => members.push(grade),
            None => found.push((signature, vec![grade])),
        }
    }
    found.into_iter().map(|(_, members)| members).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::district::Grade;

    fn primary() -> District {
        let grades = (1..=6).map(|number| Grade { stage: Stage::Primary, number: Some(number) });
        District { grades: grades.collect(), ..District::default() }
    }

    fn ids(range: std::ops::Range<u32>) -> Vec<GradeId> {
        range.map(GradeId).collect()
    }

    #[test]
    fn without_rules_on_ways_a_stage_is_one_band() {
        let district = primary();
        let bands = bands(&district, &[Stage::Primary], &[]);
        assert_eq!(bands, vec![Band { stage: Stage::Primary, grades: ids(0..6) }]);
        assert_eq!(bands[0].key(&district), "1-6");
    }

    #[test]
    fn a_cap_on_some_grades_splits_the_stage() {
        let district = primary();
        let bands = bands(&district, &[Stage::Primary], &[ids(0..3), ids(0..6)]);
        let keys: Vec<String> = bands.iter().map(|band| band.key(&district)).collect();
        assert_eq!(keys, ["1-3", "4-6"]);
    }

    #[test]
    fn overlapping_caps_split_into_their_intersections() {
        let district = primary();
        let bands = bands(&district, &[Stage::Primary], &[ids(0..3), ids(2..5)]);
        let keys: Vec<String> = bands.iter().map(|band| band.key(&district)).collect();
        assert_eq!(keys, ["1-2", "3", "4-5", "6"]);
    }

    #[test]
    fn a_band_with_a_hole_names_its_runs() {
        let district = primary();
        let bands = bands(&district, &[Stage::Primary], &[vec![GradeId(2), GradeId(3)]]);
        let keys: Vec<String> = bands.iter().map(|band| band.key(&district)).collect();
        assert_eq!(keys, ["1-2,5-6", "3-4"]);
    }

    #[test]
    fn a_stage_known_in_sum_is_one_band_with_the_key_of_the_stage() {
        let grades = [Grade { stage: Stage::Junior, number: None }].into_iter().collect();
        let district = District { grades, ..District::default() };
        assert_eq!(bands(&district, &[Stage::Junior], &[])[0].key(&district), "7-9");
    }
}
