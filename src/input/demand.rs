//! Pupils as tables give them, made into whole head counts by year, unit and grade.

use super::forecast::Growth;
use super::frame::Frame;
use super::problem::{Code, Problem, Problems};
use crate::domain::demand::Demand;
use crate::domain::district::{Grade, Stage, Unit};
use crate::domain::projection::{self, Projection};
use crate::id::{GradeId, Id, IdVec, UnitId};
use crate::message::Message;
use crate::units::{Pupils, Year};
use std::collections::BTreeMap;

/// Most pupils of one cell.
pub const MOST_PUPILS: f64 = 10_000_000.0;

/// What a figure counts: a stage, a grade of it or all, a year or all.
type Counted = (Stage, Option<i8>, Option<Year>);

/// Counts as given, before grades and years are settled.
#[derive(Debug, Clone, Default)]
pub struct Rolls {
    counts: BTreeMap<Counted, BTreeMap<usize, f64>>,
    left_out: BTreeMap<Stage, usize>,
    /// The file that gives them.
    pub file: String,
    /// What forecasts know of single units.
    pub growth: Growth,
}

impl Rolls {
    /// Adds a count; `false` when the same unit, grade and year was given before.
    pub fn add(
        &mut self,
        frame: &Frame,
        unit: usize,
        (stage, grade): (Stage, Option<i8>),
        year: Option<Year>,
        pupils: f64,
    ) -> bool {
        if !frame.stages.contains(&stage) {
            *self.left_out.entry(stage).or_default() += 1;
            return true;
        }
        self.counts.entry((stage, grade, year)).or_default().insert(unit, pupils).is_none()
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.left_out.is_empty()
    }

    /// Whether the pupils of a stage are known by grade.
    fn by_grade(&self, stage: Stage) -> bool {
        self.counts.keys().any(|&(s, grade, _)| s == stage && grade.is_some())
    }

    /// Settles the grades in play and the whole head counts of every year. `whole` says whether every row was read, so that
    /// what is missing is missing in the file.
    pub fn settle(
        &self,
        frame: &Frame,
        units: &IdVec<UnitId, Unit>,
        whole: bool,
        assumptions: &mut Vec<Message>,
        problems: &mut Problems,
    ) -> (IdVec<GradeId, Grade>, Demand) {
        let mut grades: IdVec<GradeId, Grade> = IdVec::new();
        for &stage in &frame.stages {
            let whole = self.counts.keys().any(|&(s, grade, _)| s == stage && grade.is_none());
            if self.by_grade(stage) && whole {
                problems.push(Problem::new(Code::TwoForms, &self.file).with("stage", stage.name()));
            }
            if self.by_grade(stage) {
                for number in stage.grades() {
                    grades.push(Grade { stage, number: Some(number) });
                }
            } else {
                assumptions.push(Message::new("assume.rolls_by_stage").with("stage", stage.name()));
                grades.push(Grade { stage, number: None });
            }
        }
        for (stage, rows) in &self.left_out {
            assumptions.push(Message::new("assume.stage_left_out").with("stage", stage.name()).with("count", rows));
        }
        let mut demand = Demand::new(frame.all_years(), units.len(), grades.len());
        let noise = frame.noise(units.len());
        let projected = self.projected(frame, &grades, units);
        if let Some(forecast) = &frame.forecast {
            assumptions.push(Message::new("assume.forecast").with("name", &forecast.name));
            let name = Some(forecast.name.clone());
            demand = demand.of_forecast(name, frame.totals.clone());
        } else {
            demand = demand.of_forecast(None, frame.totals.clone());
        }
        let mut rounded = false;
        for year in frame.all_years() {
            for (id, grade) in grades.entries() {
                let shares = match projected.get(&year) {
                    Some(rolls) => Self::varied(frame, year, *grade, &rolls[id], &noise),
                    None => self.shares(frame, year, *grade, units.len(), &noise),
                };
                rounded |= shares.iter().any(|share| share.fract() != 0.0);
                for (unit, pupils) in apportion(&shares).into_iter().enumerate() {
                    demand.set(year, UnitId::new(unit), id, Pupils(pupils));
                }
            }
        }
        if rounded {
            assumptions.push(Message::new("assume.rolls_apportioned"));
        }
        if whole {
            self.check(frame, problems);
        }
        (grades, demand)
    }

    /// The pupils of the plan years by the forecast in use; empty where there is none.
    fn projected(
        &self,
        frame: &Frame,
        grades: &IdVec<GradeId, Grade>,
        units: &IdVec<UnitId, Unit>,
    ) -> BTreeMap<Year, projection::Rolls> {
        let (Some(assumptions), Some(&last)) = (&frame.forecast, frame.years.last()) else { return BTreeMap::new() };
        let first = frame.baseline_year;
        let base = grades.iter().map(|&grade| self.shares(frame, first, grade, units.len(), &[])).collect();
        let settings: Vec<_> = units.iter().map(|unit| unit.setting).collect();
        let local = self.growth.of(&assumptions.name);
        Projection { assumptions, local: &local, grades, settings: &settings }.run(first, &base, last)
    }

    /// Projected pupils with the factors of a variant.
    fn varied(frame: &Frame, year: Year, grade: Grade, rolls: &[f64], noise: &[f64]) -> Vec<f64> {
        let factor = frame.variant_factor(year, grade.stage);
        let noise = |unit: usize| noise.get(unit).copied().unwrap_or(1.0);
        rolls.iter().enumerate().map(|(unit, pupils)| pupils * factor * noise(unit)).collect()
    }

    /// Pupils of a grade and year by unit, possibly with fractions.
    fn shares(&self, frame: &Frame, year: Year, grade: Grade, units: usize, noise: &[f64]) -> Vec<f64> {
        let mut shares = vec![0.0; units];
        let dated = self.counts.get(&(grade.stage, grade.number, Some(year)));
        let lasting = self.counts.get(&(grade.stage, grade.number, None));
        let factor = if dated.is_some() { 1.0 } else { frame.factor(year, grade.stage) };
        for (&unit, &pupils) in dated.or(lasting).into_iter().flatten() {
            let noise = if year == frame.baseline_year { 1.0 } else { noise.get(unit).copied().unwrap_or(1.0) };
            shares[unit] = pupils * factor * frame.variant_factor(year, grade.stage) * noise;
        }
        shares
    }

    fn check(&self, frame: &Frame, problems: &mut Problems) {
        for &stage in &frame.stages {
            let total: f64 =
                self.counts.iter().filter(|((s, _, _), _)| *s == stage).flat_map(|(_, rows)| rows.values()).sum();
            if total <= 0.0 {
                problems.push(Problem::new(Code::NoPupils, &self.file).with("stage", stage.name()));
            }
            let dated = self.counts.keys().any(|&(s, _, year)| s == stage && year.is_some());
            if !dated {
                continue;
            }
            if frame.forecast.is_some() {
                let later = |&(s, _, year): &Counted| s == stage && year.is_some_and(|year| year > frame.baseline_year);
                if self.counts.keys().any(later) {
                    problems.push(Problem::new(Code::ForecastTwice, &self.file).with("value", "year"));
                }
                continue;
            }
            for year in frame.all_years() {
                if !self.counts.keys().any(|&(s, _, y)| s == stage && y == Some(year)) {
                    problems.push(
                        Problem::new(Code::YearMissing, &self.file).with("year", year).with("stage", stage.name()),
                    );
                }
            }
            if frame.factors_declared {
                problems.push(Problem::new(Code::FactorUnused, &self.file).with("stage", stage.name()));
            }
        }
    }
}

/// Whole numbers near `shares` that add up to their rounded sum, by largest remainder; the first wins among equals.
pub fn apportion(shares: &[f64]) -> Vec<i64> {
    let mut whole: Vec<i64> = shares.iter().map(|share| share.floor() as i64).collect();
    let total: f64 = shares.iter().sum();
    let missing = (total.round() as i64 - whole.iter().sum::<i64>()).max(0) as usize;
    let mut order: Vec<usize> = (0..shares.len()).filter(|&at| shares[at].fract() > 0.0).collect();
    order.sort_by(|&a, &b| shares[b].fract().total_cmp(&shares[a].fract()).then(a.cmp(&b)));
    for &at in order.iter().take(missing) {
        whole[at] += 1;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn largest_remainders_are_rounded_up_until_the_sum_fits() {
        assert_eq!(apportion(&[1.5, 2.25, 3.25]), vec![2, 2, 3]);
        assert_eq!(apportion(&[0.5, 0.5, 0.5, 0.5]), vec![1, 1, 0, 0]);
        assert_eq!(apportion(&[4.0, 0.0]), vec![4, 0]);
        assert_eq!(apportion(&[]), Vec::<i64>::new());
    }
}
