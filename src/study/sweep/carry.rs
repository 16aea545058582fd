//! A plan of one variant as a start for another, and the multipliers that prove its bound.

use crate::digest::matching::share;
use crate::domain::plan::{Assignment, Plan};
use crate::domain::scenario::Scenario;
use crate::id::{GradeId, UnitId};
use crate::kernel::certificate::{Certificate, MultiplierSet};
use crate::units::{Pupils, Year};
use std::collections::BTreeMap;

/// Where the pupils of a unit and grade go in a year: the rows of a plan with their head counts.
type Parts<'p> = Vec<(&'p Assignment, i64)>;

/// The plan with the pupils of `scenario`: those of a unit are shared among the sites in the proportions in which they were.
/// Years that the scenario does not have are left out.
///
/// Whether the result fits the scenario is for the optimiser to see: a start need not keep any rule.
pub fn carry(plan: &Plan, scenario: &Scenario) -> Plan {
    let mut parts: BTreeMap<(UnitId, Year, GradeId), Parts<'_>> = BTreeMap::new();
    for row in plan.assignment.iter().filter(|row| scenario.years.contains(&row.year)) {
        for &(grade, pupils) in &row.pupils {
            parts.entry((row.unit, row.year, grade)).or_default().push((row, pupils.0));
        }
    }
    let mut assignment = Vec::new();
    for ((unit, year, grade), parts) in parts {
        let weights: Vec<i64> = parts.iter().map(|part| part.1).collect();
        let shares = share(scenario.demand.pupils(year, unit, grade).0, &weights);
        for (&(row, _), pupils) in parts.iter().zip(shares) {
            let stage = scenario.district.grades[grade].stage;
            let pupils = vec![(grade, Pupils(pupils))];
            assignment.push(Assignment { stage, pupils, ..row.clone() });
        }
    }
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
    use crate::id::SiteId;

    #[test]
    fn pupils_follow_the_scenario_in_the_proportions_of_the_plan() {
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
        let all = scenario.demand.pupils(year, unit, grade).0;
        assert!(all > 2, "the sample has pupils to share");
        let shared = Plan { actions: Vec::new(), assignment: vec![row(2, 1), row(1, 1), row(0, 0)] };
        let carried = carry(&shared, &scenario);
        let parts: Vec<_> = carried.assignment.iter().map(|row| (row.site, row.total().0)).collect();
        assert_eq!(parts, [(SiteId(2), all - all / 2), (SiteId(1), all / 2), (SiteId(0), 0)]);
        let whole = carry(&Plan { actions: Vec::new(), assignment: vec![row(1, 7)] }, &scenario);
        assert_eq!(whole.assignment.iter().map(|row| row.total().0).collect::<Vec<_>>(), [all]);
        let mut later = shared.clone();
        later.assignment.iter_mut().for_each(|row| row.year = Year(2200));
        assert!(carry(&later, &scenario).assignment.is_empty());
    }
}
