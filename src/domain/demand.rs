//! Pupils by year, unit and grade.

use crate::id::{GradeId, Id, UnitId};
use crate::units::{Pupils, Year};
use serde::{Deserialize, Serialize};

/// Resident pupils of every unit and grade in the baseline year and every plan year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    years: Vec<Year>,
    grades: usize,
    /// By year, unit, grade.
    rolls: Vec<Vec<Pupils>>,
}

impl Demand {
    /// A table without pupils for the given years (baseline first), units and grades.
    pub fn new(years: Vec<Year>, units: usize, grades: usize) -> Self {
        let rolls = vec![vec![Pupils::ZERO; units * grades]; years.len()];
        Self { years, grades, rolls }
    }

    /// The years of the table, baseline first.
    pub fn years(&self) -> &[Year] {
        &self.years
    }

    fn row(&self, year: Year) -> usize {
        self.years.iter().position(|&y| y == year).expect("demand is asked only for years of the scenario")
    }

    /// Pupils of a unit in a grade and year.
    ///
    /// # Panics
    /// If the year, unit or grade is not of the scenario that the table was made for.
    pub fn pupils(&self, year: Year, unit: UnitId, grade: GradeId) -> Pupils {
        self.rolls[self.row(year)][unit.index() * self.grades + grade.index()]
    }

    /// Sets the pupils of a unit in a grade and year.
    ///
    /// # Panics
    /// If the year, unit or grade is not of the scenario that the table was made for.
    pub fn set(&mut self, year: Year, unit: UnitId, grade: GradeId, pupils: Pupils) {
        let row = self.row(year);
        self.rolls[row][unit.index() * self.grades + grade.index()] = pupils;
    }

    /// All pupils of a year.
    ///
    /// # Panics
    /// If the year is not of the scenario that the table was made for.
    pub fn total(&self, year: Year) -> Pupils {
        self.rolls[self.row(year)].iter().copied().sum()
    }
}
