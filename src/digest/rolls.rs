//! Resident pupils of the county by year, stage and grade, held against totals that are known elsewhere.

use crate::domain::district::Stage;
use crate::domain::scenario::Scenario;
use crate::id::GradeId;
use crate::units::{Pupils, Year};

/// The pupils of one stage in one year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageRolls {
    /// The year.
    pub year: Year,
    /// The stage.
    pub stage: Stage,
    /// All its pupils.
    pub pupils: Pupils,
    /// Pupils by grade, in order.
    pub grades: Vec<(GradeId, Pupils)>,
    /// The total that is known elsewhere.
    pub given: Option<Pupils>,
}

impl StageRolls {
    /// By how many pupils the scenario is above the given total.
    pub fn difference(&self) -> Option<Pupils> {
        self.given.map(|given| self.pupils - given)
    }

    /// The difference as a fraction of the given total; `None` where that is 0 or not given.
    pub fn share(&self) -> Option<f64> {
        let given = self.given.filter(|given| given.0 != 0)?;
        Some((self.pupils - given).as_f64() / given.as_f64())
    }
}

/// The pupils of every year, baseline first, by stage in the order of the scenario.
pub fn rolls(scenario: &Scenario) -> Vec<StageRolls> {
    let demand = &scenario.demand;
    let mut all = Vec::new();
    for &year in demand.years() {
        for &stage in &scenario.stages {
            let grades: Vec<(GradeId, Pupils)> = scenario
                .district
                .grades_of(stage)
                .map(|grade| {
                    let units = scenario.district.units.ids();
                    (grade, units.map(|unit| demand.pupils(year, unit, grade)).sum())
                })
                .collect();
            let pupils = grades.iter().map(|&(_, pupils)| pupils).sum();
            let given = demand.totals().get(&(year, stage)).copied();
            all.push(StageRolls { year, stage, pupils, grades, given });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::county;
    use std::collections::BTreeMap;

    #[test]
    fn rolls_add_up_and_are_held_against_what_is_known() {
        let mut scenario = county(&[2025]);
        scenario.with_unit("u", 0.0, &[(1, 30), (2, 20), (7, 50)], [None, None]);
        scenario.with_unit("v", 1.0, &[(1, 10)], [None, None]);
        let given =
            BTreeMap::from([((Year(2025), Stage::Primary), Pupils(50)), ((Year(2025), Stage::Junior), Pupils(0))]);
        scenario.demand = scenario.demand.clone().of_forecast(None, given);
        let all = rolls(&scenario);
        assert_eq!(all.len(), 4);
        assert_eq!(
            (all[0].year, all[0].stage, all[0].pupils, all[0].given),
            (Year(2024), Stage::Primary, Pupils(60), None)
        );
        assert_eq!(all[0].grades.iter().map(|grade| grade.1.0).collect::<Vec<_>>(), [40, 20, 0, 0, 0, 0]);
        assert_eq!((all[2].difference(), all[2].share()), (Some(Pupils(10)), Some(0.2)));
        assert_eq!((all[3].difference(), all[3].share()), (Some(Pupils(50)), None));
    }
}
