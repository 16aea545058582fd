//! Pupils of later years by cohorts (学龄人口队列推算): every cohort grows a year older every year, with entrants, progression,
//! migration and new housing.

use super::district::{Grade, Setting, Stage};
use crate::id::{GradeId, IdVec};
use crate::units::Year;
use std::collections::BTreeMap;

/// What a named forecast of the scenario supposes about the whole county.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Assumptions {
    /// Short name.
    pub name: String,
    /// Entrants of the county by stage and year, where given.
    pub entrants: BTreeMap<(Stage, Year), f64>,
    /// Yearly change of the entrants that are not given, as a fraction; of all pupils of a stage that is known in sum only.
    pub entrants_change: BTreeMap<Stage, f64>,
    /// Share of a grade who are in the grade of this number a year later.
    pub progression: BTreeMap<i8, f64>,
    /// The share where the grade is not named.
    pub progression_other: f64,
    /// Yearly net arrivals as a share of the pupils of a unit, by its setting.
    pub migration: BTreeMap<Setting, f64>,
    /// The share where the setting is not named or not known.
    pub migration_other: f64,
    /// Pupils of a stage for every new dwelling.
    pub dwelling_yield: BTreeMap<Stage, f64>,
}

/// What it knows of single units.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Local {
    /// Entrants by stage and year, then by position of the unit.
    pub entrants: BTreeMap<(Stage, Year), BTreeMap<usize, f64>>,
    /// Dwellings that people move into, by year, then by position of the unit.
    pub dwellings: BTreeMap<Year, BTreeMap<usize, f64>>,
}

/// Pupils of one year by grade, then by position of the unit; fractions of pupils are kept.
pub type Rolls = IdVec<GradeId, Vec<f64>>;

/// The assumptions at work on a county.
pub struct Projection<'a> {
    /// What is supposed of the county.
    pub assumptions: &'a Assumptions,
    /// What is known of single units.
    pub local: &'a Local,
    /// The grades in play.
    pub grades: &'a IdVec<GradeId, Grade>,
    /// City, town or country, by position of the unit.
    pub settings: &'a [Option<Setting>],
}

impl Projection<'_> {
    /// The pupils of every year after `first` up to `last`, from those of `first`. Every calendar year is gone through, also
    /// those in which nothing is planned.
    pub fn run(&self, first: Year, base: &Rolls, last: Year) -> BTreeMap<Year, Rolls> {
        let mut all = BTreeMap::new();
        let mut before = base.clone();
        for year in (first.0 + 1..=last.0).map(Year) {
            let now = self.step(year, &before, base);
            before.clone_from(&now);
            all.insert(year, now);
        }
        all
    }

    /// The pupils of a year from those of the year before.
    fn step(&self, year: Year, before: &Rolls, base: &Rolls) -> Rolls {
        self.grades
            .entries()
            .map(|(id, &grade)| {
                let mut rolls = match (grade.number, self.grade_before(grade)) {
                    (None, _) => self.in_sum(grade.stage, &before[id]),
                    (Some(number), Some(earlier)) => self.carried(number, &before[earlier]),
                    (Some(_), None) => Vec::new(),
                };
                if grade.number == Some(*grade.stage.grades().start()) {
                    rolls = self.entrants(grade.stage, id, year, rolls, before, base);
                }
                self.move_in(grade, year, &mut rolls);
                rolls
            })
            .collect()
    }

    /// The grade from which pupils come into this one; `None` where it is the first that is known.
    fn grade_before(&self, grade: Grade) -> Option<GradeId> {
        let number = grade.number? - 1;
        let stage = if number >= *grade.stage.grades().start() {
            grade.stage
        } else {
            match grade.stage {
                Stage::Primary => Stage::Kindergarten,
                Stage::Junior => Stage::Primary,
                Stage::Senior => Stage::Junior,
                Stage::Kindergarten | Stage::Special => return None,
            }
        };
        let earlier = Grade { stage, number: Some(number) };
        self.grades.entries().find(|&(_, other)| *other == earlier).map(|(id, _)| id)
    }

    fn stays(&self, unit: usize) -> f64 {
        let setting = self.settings.get(unit).copied().flatten();
        let named = setting.and_then(|setting| self.assumptions.migration.get(&setting));
        (1.0 + named.copied().unwrap_or(self.assumptions.migration_other)).max(0.0)
    }

    /// A stage that is known in sum only: no ages to follow, so it changes as its entrants do.
    fn in_sum(&self, stage: Stage, before: &[f64]) -> Vec<f64> {
        let change = 1.0 + self.assumptions.entrants_change.get(&stage).copied().unwrap_or(0.0);
        before.iter().enumerate().map(|(unit, pupils)| pupils * change * self.stays(unit)).collect()
    }

    /// The pupils of the grade before, a year older.
    fn carried(&self, number: i8, before: &[f64]) -> Vec<f64> {
        let share = self.assumptions.progression.get(&number).copied().unwrap_or(self.assumptions.progression_other);
        before.iter().enumerate().map(|(unit, pupils)| pupils * share * self.stays(unit)).collect()
    }

    /// The first grade of a stage. Where it follows another that is known, its pupils are those who leave that one; units'
    /// entrants come before that, and the county's entrants are shared out in proportion to either, or to the pupils of the
    /// stage today. Where nothing is given the entrants change by a fixed fraction from year to year.
    fn entrants(
        &self,
        stage: Stage,
        id: GradeId,
        year: Year,
        carried: Vec<f64>,
        before: &Rolls,
        base: &Rolls,
    ) -> Vec<f64> {
        let units = self.settings.len();
        let given = self.local.entrants.get(&(stage, year));
        let total = self.assumptions.entrants.get(&(stage, year)).copied();
        let follows = !carried.is_empty();
        let rolls = match given {
            Some(given) => (0..units).map(|unit| given.get(&unit).copied().unwrap_or(0.0)).collect(),
            None if follows => carried,
            None if total.is_some() => {
                let of_stage = self.grades.entries().filter(|(_, grade)| grade.stage == stage);
                let of_stage: Vec<GradeId> = of_stage.map(|(grade, _)| grade).collect();
                (0..units).map(|unit| of_stage.iter().map(|&grade| base[grade][unit]).sum()).collect()
            }
            None => {
                let change = 1.0 + self.assumptions.entrants_change.get(&stage).copied().unwrap_or(0.0);
                before[id].iter().map(|pupils| pupils * change).collect()
            }
        };
        let sum: f64 = rolls.iter().sum();
        match total {
            Some(total) if sum > 0.0 => rolls.iter().map(|pupils| pupils * total / sum).collect(),
            _ => rolls,
        }
    }

    /// Adds the pupils of new dwellings, spread evenly over the grades of their stage.
    fn move_in(&self, grade: Grade, year: Year, rolls: &mut [f64]) {
        let Some(dwellings) = self.local.dwellings.get(&year) else { return };
        let each = self.assumptions.dwelling_yield.get(&grade.stage).copied().unwrap_or(0.0);
        let grades = if grade.number.is_some() { grade.stage.grades().count() } else { 1 };
        for (&unit, count) in dwellings {
            if let Some(pupils) = rolls.get_mut(unit) {
                *pupils += count * each / grades as f64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;
    use proptest::prelude::*;

    fn grades(stages: &[Stage]) -> IdVec<GradeId, Grade> {
        stages
            .iter()
            .flat_map(|&stage| stage.grades().map(move |number| Grade { stage, number: Some(number) }))
            .collect()
    }

    /// All pupils of a grade.
    fn total(rolls: &Rolls, grade: usize) -> f64 {
        rolls[GradeId::new(grade)].iter().sum()
    }

    fn plain() -> Assumptions {
        Assumptions { progression_other: 1.0, ..Assumptions::default() }
    }

    fn base(rows: &[&[f64]]) -> Rolls {
        rows.iter().map(|row| row.to_vec()).collect()
    }

    #[test]
    fn cohorts_age_leavers_become_juniors_and_entrants_change() {
        let grades = grades(&[Stage::Primary, Stage::Junior]);
        let mut assumptions = plain();
        assumptions.entrants_change.insert(Stage::Primary, -0.1);
        assumptions.progression.insert(7, 0.5);
        let rows: Vec<[f64; 1]> = (1..=9).map(|number| [f64::from(number) * 100.0]).collect();
        let rows: Vec<&[f64]> = rows.iter().map(|row| &row[..]).collect();
        let local = Local::default();
        let projection = Projection { assumptions: &assumptions, local: &local, grades: &grades, settings: &[None] };
        let years = projection.run(Year(2024), &base(&rows), Year(2026));
        let of = |year: i32| (0..9).map(|grade| total(&years[&Year(year)], grade)).collect::<Vec<_>>();
        assert_eq!(of(2025), [90.0, 100.0, 200.0, 300.0, 400.0, 500.0, 300.0, 700.0, 800.0]);
        assert_eq!(of(2026), [81.0, 90.0, 100.0, 200.0, 300.0, 400.0, 250.0, 300.0, 700.0]);
    }

    #[test]
    fn given_entrants_are_shared_out_by_units_then_by_whom_they_follow_then_by_pupils_today() {
        let grades = grades(&[Stage::Primary, Stage::Junior]);
        let mut assumptions = plain();
        assumptions.entrants.insert((Stage::Primary, Year(2025)), 90.0);
        assumptions.entrants.insert((Stage::Primary, Year(2026)), 60.0);
        assumptions.entrants.insert((Stage::Junior, Year(2025)), 33.0);
        let mut local = Local::default();
        local.entrants.insert((Stage::Primary, Year(2026)), BTreeMap::from([(1, 10.0)]));
        let rows: Vec<[f64; 2]> = (1..=9).map(|_| [10.0, 20.0]).collect();
        let rows: Vec<&[f64]> = rows.iter().map(|row| &row[..]).collect();
        let projection =
            Projection { assumptions: &assumptions, local: &local, grades: &grades, settings: &[None, None] };
        let years = projection.run(Year(2024), &base(&rows), Year(2026));
        assert_eq!(years[&Year(2025)][GradeId(0)], [30.0, 60.0]);
        assert_eq!(years[&Year(2025)][GradeId(6)], [11.0, 22.0]);
        assert_eq!(years[&Year(2026)][GradeId(0)], [0.0, 60.0]);
        assert_eq!(years[&Year(2026)][GradeId(6)], [10.0, 20.0]);
    }

    #[test]
    fn migration_goes_by_setting_and_new_dwellings_bring_pupils_of_every_grade() {
        let grades = grades(&[Stage::Junior]);
        let mut assumptions = plain();
        assumptions.migration.insert(Setting::Urban, 0.1);
        assumptions.migration_other = -0.2;
        assumptions.dwelling_yield.insert(Stage::Junior, 0.3);
        let mut local = Local::default();
        local.dwellings.insert(Year(2025), BTreeMap::from([(0, 100.0)]));
        let settings = [Some(Setting::Urban), Some(Setting::Rural)];
        let rolls = base(&[&[50.0, 50.0], &[50.0, 50.0], &[50.0, 50.0]]);
        let projection = Projection { assumptions: &assumptions, local: &local, grades: &grades, settings: &settings };
        let year = &projection.run(Year(2024), &rolls, Year(2025))[&Year(2025)];
        // 30 pupils in the new houses, ten a grade. Entrants do not migrate: they are counted where they enter.
        let close = |a: &[f64], b: [f64; 2]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9);
        assert!(close(&year[GradeId(0)], [60.0, 50.0]));
        assert!(close(&year[GradeId(1)], [65.0, 40.0]) && close(&year[GradeId(2)], [65.0, 40.0]));
    }

    #[test]
    fn a_stage_known_in_sum_changes_as_a_whole() {
        let grades: IdVec<GradeId, Grade> = vec![Grade { stage: Stage::Special, number: None }].into();
        let mut assumptions = plain();
        assumptions.entrants_change.insert(Stage::Special, 0.5);
        let local = Local::default();
        let projection = Projection { assumptions: &assumptions, local: &local, grades: &grades, settings: &[None] };
        let years = projection.run(Year(2024), &base(&[&[100.0]]), Year(2026));
        assert_eq!(years[&Year(2026)][GradeId(0)], [225.0]);
    }

    proptest! {
        /// With nobody lost, moved or new: whoever does not leave the last grade is there a year later, and nobody else.
        #[test]
        fn nobody_is_lost_and_nobody_made(
            rolls in prop::collection::vec(prop::array::uniform3(0.0_f64..500.0), 9),
            entrants in 0.0_f64..900.0,
        ) {
            let grades = grades(&[Stage::Primary, Stage::Junior]);
            let mut assumptions = plain();
            assumptions.entrants.insert((Stage::Primary, Year(2025)), entrants);
            let rows: Vec<&[f64]> = rolls.iter().map(|row| &row[..]).collect();
            let before = base(&rows);
            let local = Local::default();
            let projection = Projection { assumptions: &assumptions, local: &local, grades: &grades, settings: &[None; 3] };
            let after = &projection.run(Year(2024), &before, Year(2025))[&Year(2025)];
            for unit in 0..3 {
                for grade in 0..8 {
                    prop_assert_eq!(after[GradeId::new(grade + 1)][unit], before[GradeId::new(grade)][unit]);
                }
            }
            let all = |rolls: &Rolls| (0..9).map(|grade| total(rolls, grade)).sum::<f64>();
            let primary: f64 = (0..6).map(|grade| total(&before, grade)).sum();
            let expected = all(&before) - total(&before, 8) + if primary > 0.0 { entrants } else { 0.0 };
            prop_assert!((all(after) - expected).abs() < 1e-6);
        }
    }
}
