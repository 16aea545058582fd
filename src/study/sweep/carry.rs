//! A plan of one variant as a start for another, and the multipliers that prove its bound.

use crate::domain::plan::{Assignment, Plan};
use crate::domain::scenario::Scenario;
use crate::id::{GradeId, SiteId, UnitId};
use crate::kernel::certificate::{Certificate, MultiplierSet};
use crate::units::{Pupils, Year};
use std::collections::BTreeMap;

/// The plan with the pupils of `scenario`. Whoever went to one site still does; where several shared a unit, the one that
/// had most of its pupils has them all, the first among equals. Years that the scenario does not have are left out.
///
/// Whether the result fits the scenario is for the optimiser to see: a start need not keep any rule.
pub fn carry(plan: &Plan, scenario: &Scenario) -> Plan {
    let mut sites: BTreeMap<(UnitId, Year, GradeId), (Pupils, SiteId, bool)> = BTreeMap::new();
    for row in &plan.assignment {
        for &(grade, pupils) in &row.pupils {
            let held = sites.entry((row.unit, row.year, grade)).or_insert((pupils, row.site, row.boarding));
            if pupils > held.0 {
                *held = (pupils, row.site, row.boarding);
            }
        }
    }
    let assignment = sites
        .into_iter()
        .filter(|((_, year, _), _)| scenario.years.contains(year))
        .map(|((unit, year, grade), (_, site, boarding))| Assignment {
            unit,
            stage: scenario.district.grades[grade].stage,
            year,
            pupils: vec![(grade, scenario.demand.pupils(year, unit, grade))],
            site,
            boarding,
        })
        .collect();
    Plan { actions: plan.actions.clone(), assignment }
}

/// The multipliers at the root of the run that a certificate tells of, where that was the first level of its objective: of
/// several levels a certificate proves the last. `levels` is how many the run had.
pub fn multipliers(levels: usize, certificate: Certificate) -> Option<MultiplierSet> {
    certificate.multipliers.into_iter().next().filter(|_| levels == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;

    #[test]
    fn pupils_follow_the_scenario_and_shared_units_go_where_most_went() {
        let scenario = sample::scenario();
        let year = scenario.years[0];
        let grade = scenario.district.grades.ids().next().unwrap();
        let (unit, stage) = (UnitId(0), scenario.district.grades[grade].stage);
        let row = |site, pupils| Assignment {
            unit,
            stage,
            year,
            pupils: vec![(grade, Pupils(pupils))],
            site: SiteId(site),
            boarding: false,
        };
        let shared = Plan { actions: Vec::new(), assignment: vec![row(2, 3), row(1, 5), row(0, 5)] };
        let carried = carry(&shared, &scenario);
        assert_eq!(carried.assignment.len(), 1);
        assert_eq!(carried.assignment[0].site, SiteId(1));
        assert_eq!(carried.assignment[0].pupils, [(grade, scenario.demand.pupils(year, unit, grade))]);
        let mut later = shared.clone();
        later.assignment.iter_mut().for_each(|row| row.year = Year(2200));
        assert!(carry(&later, &scenario).assignment.is_empty());
    }
}
