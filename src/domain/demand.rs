//! Pupils by year, unit and grade.

use super::district::Stage;
use crate::id::{GradeId, Id, UnitId};
use crate::units::{Pupils, Year};
use std::collections::BTreeMap;

/// Resident pupils of every unit and grade in the baseline year and every plan year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    years: Vec<Year>,
    grades: usize,
    /// By year, unit, grade.
    rolls: Vec<Vec<Pupils>>,
    /// Name of the forecast that gives the plan years.
    forecast: Option<String>,
    /// Pupils of the county by year and stage, as known elsewhere.
    totals: BTreeMap<(Year, Stage), Pupils>,
}

impl Demand {
    /// A table without pupils for the given years (baseline first), units and grades.
    pub fn new(years: Vec<Year>, units: usize, grades: usize) -> Self {
        let rolls = vec![vec![Pupils::ZERO; units * grades]; years.len()];
        Self { years, grades, rolls, forecast: None, totals: BTreeMap::new() }
    }

    /// The same pupils, said to come from a forecast and held against totals that are known elsewhere.
    #[must_use]
    pub fn of_forecast(mut self, forecast: Option<String>, totals: BTreeMap<(Year, Stage), Pupils>) -> Self {
        self.forecast = forecast;
        self.totals = totals;
        self
    }

    /// Name of the forecast that gives the plan years; `None` where they are given or assumed.
    pub fn forecast(&self) -> Option<&str> {
        self.forecast.as_deref()
    }

    /// Pupils of the county by year and stage, as known elsewhere, against which a forecast is checked.
    pub fn totals(&self) -> &BTreeMap<(Year, Stage), Pupils> {
        &self.totals
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
