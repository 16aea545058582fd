//! The options of every site: the trajectories that the scenario offers and that are possible at all.

use super::Locks;
use super::require::Requirements;
use crate::domain::action::{SiteState, Trajectory, trajectories};
use crate::domain::district::Stage;
use crate::domain::scenario::Scenario;
use crate::id::{IdVec, OptionId, SiteId, UnitId};
use crate::metric::band::Band;
use crate::travel::Travel;
use std::ops::Range;

/// The options of all sites, grouped by site.
#[derive(Debug, Clone, Default)]
pub(super) struct Choices {
    pub trajectories: IdVec<OptionId, Trajectory>,
    pub of_site: IdVec<SiteId, Range<u32>>,
}

impl Choices {
    /// Every trajectory of every site, without the shutting ones of protected sites or without a declared reason, and
    /// without those that an earlier offer of the same measure already gives; of a locked site only the locked one.
    pub fn new(scenario: &Scenario, locks: &Locks) -> Self {
        let mut choices = Self::default();
        for (site, facts) in scenario.district.sites.entries() {
            let allowed = trajectories(scenario, site).into_iter().filter(|trajectory| match locks.get(&site) {
                Some(taken) => trajectory.taken == *taken,
                None => allowed(scenario, facts.protected, trajectory),
            });
            choices.push_site(allowed);
        }
        choices
    }

    fn push_site(&mut self, trajectories: impl Iterator<Item = Trajectory>) {
        let start = self.trajectories.len() as u32;
        for trajectory in trajectories {
            self.trajectories.push(trajectory);
        }
        self.of_site.push(start..self.trajectories.len() as u32);
    }

    /// The trajectories of a site.
    pub fn at(&self, site: SiteId) -> impl Iterator<Item = (OptionId, &Trajectory)> {
        self.of_site[site].clone().map(OptionId).map(|option| (option, &self.trajectories[option]))
    }

    /// Whether some trajectory of the site teaches a stage in a plan year.
    pub fn offers(&self, site: SiteId, stage: Stage, year: usize) -> bool {
        self.at(site).any(|(_, trajectory)| teaches(&trajectory.states[year], stage))
    }

    /// The options that only the possible mergers remain of: a merger whose target can never take the catchment, or to
    /// which some pupils have no way that the hard rules allow, is left out. That loses nothing.
    pub fn without_impossible_mergers(
        self,
        scenario: &Scenario,
        travel: &Travel<'_>,
        bands: &[Band],
        requirements: &Requirements<'_>,
        forbidden_ways_count: bool,
    ) -> Self {
        let possible = |trajectory: &Trajectory| {
            let Some((into, year)) = trajectory.merges_into(scenario) else { return true };
            let from = scenario.years.iter().position(|&other| other >= year).unwrap_or(scenario.years.len());
            let catchment = catchment(scenario, trajectory.site);
            let target = self.at(into).any(|(_, other)| takes_over(other, &catchment, from));
            let ways = catchment.iter().all(|&(unit, stage)| {
                travel.leg(unit, into).is_some()
                    && (!forbidden_ways_count
                        || (from..scenario.years.len()).all(|year| {
                            bands.iter().filter(|band| band.stage == stage).all(|band| {
                                !has_pupils(scenario, unit, band, year)
                                    || requirements.forbidding(year, band, unit, into).is_none()
                            })
                        }))
            });
            target && ways
        };
        let mut rest = Self::default();
        for site in scenario.district.sites.ids() {
            rest.push_site(self.at(site).filter(|(_, trajectory)| possible(trajectory)).map(|(_, t)| t.clone()));
        }
        rest
    }
}

/// Whether a site in this state teaches a stage.
pub(super) fn teaches(state: &SiteState, stage: Stage) -> bool {
    state.operating && state.kind.stages().contains(&stage)
}

/// Whether a trajectory teaches every stage of `catchment` from the plan year at position `from` on; with an empty
/// catchment, whether it operates.
pub(super) fn takes_over(trajectory: &Trajectory, catchment: &[(UnitId, Stage)], from: usize) -> bool {
    trajectory.states[from..]
        .iter()
        .all(|state| state.operating && catchment.iter().all(|&(_, stage)| teaches(state, stage)))
}

/// The units and stages that go to a site at the baseline.
pub(super) fn catchment(scenario: &Scenario, site: SiteId) -> Vec<(UnitId, Stage)> {
    let mut found = Vec::new();
    for (unit, sites) in scenario.baseline.sites.entries() {
        for (position, &stage) in scenario.stages.iter().enumerate() {
            if sites.get(position).copied().flatten() == Some(site) {
                found.push((unit, stage));
            }
        }
    }
    found
}

fn has_pupils(scenario: &Scenario, unit: UnitId, band: &Band, year: usize) -> bool {
    let year = scenario.years[year];
    band.grades.iter().any(|&grade| scenario.demand.pupils(year, unit, grade).0 > 0)
}

/// Whether a plan may take a trajectory at all.
fn allowed(scenario: &Scenario, protected: bool, trajectory: &Trajectory) -> bool {
    trajectory.taken.iter().all(|&(index, year)| {
        let offer = &scenario.offers[index];
        let repeats = scenario.offers[..index].iter().any(|other| {
            other.site == offer.site
                && other.measure == offer.measure
                && (other.years.is_empty() || other.years.contains(&year))
        });
        !(repeats || offer.measure.shuts() && (protected || offer.reason.is_empty()))
    })
}
