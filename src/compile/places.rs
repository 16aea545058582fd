//! A count of places: how many pupils of a stage all sites could take at best, against how many there are.

use super::Compiled;
use crate::domain::district::Stage;
use crate::domain::scenario::Scenario;
use crate::id::{CommodityId, OptionId, SiteId};
use crate::kernel::problem::{Limit, Measure};
use crate::units::Year;

/// A stage with fewer places than pupils, whatever is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// The stage.
    pub stage: Stage,
    /// The year.
    pub year: Year,
    /// Pupils of the stage.
    pub pupils: i64,
    /// Most pupils that all sites together could take under their best options, money and distances ignored.
    pub places: i64,
}

impl Compiled {
    /// The stages and years for which counting alone shows that no plan keeps the hard rules. An empty list proves
    /// nothing.
    ///
    /// The places of an option are the least maximum among its hard limits that cover the whole stage: pupils directly, or
    /// classes times the largest class.
    pub fn shortages(&self, scenario: &Scenario) -> Vec<Shortage> {
        let mut found = Vec::new();
        for (index, &year) in scenario.years.iter().enumerate() {
            for &stage in &scenario.stages {
                let pupils: i64 = self
                    .cells
                    .all
                    .iter()
                    .filter(|cell| cell.stage == stage)
                    .flat_map(|cell| &cell.slices)
                    .filter(|slice| slice.year == index)
                    .map(|slice| slice.pupils.0)
                    .sum();
                let best = |site: SiteId| {
                    self.problem.options_of(site).map(|option| self.places(scenario, option, stage, index)).max()
                };
                let places =
                    scenario.district.sites.ids().map(|site| best(site).unwrap_or(0)).fold(0_i64, i64::saturating_add);
                if places < pupils {
                    found.push(Shortage { stage, year, pupils, places });
                }
            }
        }
        found
    }

    /// Most pupils of a stage that an option takes in a plan year; [`Limit::UNLIMITED`] where no hard limit says.
    fn places(&self, scenario: &Scenario, option: OptionId, stage: Stage, year: usize) -> i64 {
        if !self.trajectories[option].states[year].teaches(stage) {
            return 0;
        }
        let commodities: Vec<CommodityId> = self
            .loads
            .entries()
            .filter(|(_, load)| {
                load.year == year && !load.joint && scenario.district.grades[load.grades[0]].stage == stage
            })
            .map(|(commodity, _)| commodity)
            .collect();
        let hard = self.problem.options[option].limits.iter().filter(|limit| limit.price.is_infinite());
        hard.filter(|limit| limit.max != Limit::UNLIMITED)
            .filter_map(|limit| {
                let measure = &self.problem.measures[limit.measure];
                let (Measure::Load(terms) | Measure::WholeUnits(terms)) = measure;
                let of = |commodity| terms.iter().find(|&&(other, _)| other == commodity).map(|&(_, factor)| factor);
                let factors: Vec<i64> = commodities.iter().map(|&commodity| of(commodity)).collect::<Option<_>>()?;
                match measure {
                    // Sums count every pupil once.
                    Measure::Load(_) => Some(limit.max / factors.iter().copied().min().unwrap_or(1).max(1)),
                    Measure::WholeUnits(_) => Some(limit.max.saturating_mul(factors.into_iter().max().unwrap_or(0))),
                }
            })
            .min()
            .unwrap_or(Limit::UNLIMITED)
    }
}
