//! The options of every site: the trajectories that the scenario offers and that are possible at all.

use super::Locks;
use super::cell::{self, Cell, Cells};
use super::require::Requirements;
use crate::domain::action::{SiteState, Trajectory, trajectories};
use crate::domain::district::Stage;
use crate::domain::scenario::Scenario;
use crate::id::{CustomerId, IdVec, OptionId, SiteId};
use crate::metric::band::Band;
use crate::travel::Travel;
use crate::units::{Pupils, Year};
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

    /// The options without impossible mergers: those whose target can never take the catchment, or to which some pupils
    /// have no way that the hard rules allow. Leaving them out loses nothing. With `set_aside` the rules on ways are not
    /// asked.
    pub fn without_impossible_mergers(
        self,
        scenario: &Scenario,
        travel: &Travel<'_>,
        bands: &[Band],
        cells: &Cells,
        requirements: &Requirements<'_>,
        set_aside: bool,
    ) -> Self {
        let possible = |trajectory: &Trajectory| {
            let Some((into, year)) = trajectory.merges_into(scenario) else { return true };
            let from = position(scenario, year);
            let catchment = catchment(scenario, bands, cells, trajectory.site, from);
            let way = |&customer: &CustomerId| {
                let cell @ Cell { unit, band, year, pupils } = cells.all[customer];
                let forbidden = || requirements.forbidding(year, &bands[band], unit, into).is_some();
                let boards = || cell::boards(scenario, &self, requirements, &bands[band], &cell, into);
                travel.leg(unit, into).is_some() && (set_aside || pupils == Pupils::ZERO || !forbidden() || boards())
            };
            catchment.iter().all(way)
                && self.at(into).any(|(_, other)| takes_over(other, bands, cells, &catchment, from))
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

/// Whether a trajectory operates from the plan year at position `from` on and teaches what the customers of `catchment`
/// need, each in its year.
pub(super) fn takes_over(
    trajectory: &Trajectory,
    bands: &[Band],
    cells: &Cells,
    catchment: &[CustomerId],
    from: usize,
) -> bool {
    trajectory.states[from..].iter().all(|state| state.operating)
        && catchment.iter().all(|&customer| {
            let cell = &cells.all[customer];
            teaches(&trajectory.states[cell.year], bands[cell.band].stage)
        })
}

/// The customers who go to a site at the baseline, from the plan year at position `from` on.
pub(super) fn catchment(
    scenario: &Scenario,
    bands: &[Band],
    cells: &Cells,
    site: SiteId,
    from: usize,
) -> Vec<CustomerId> {
    let belongs =
        |cell: &Cell| cell.year >= from && cell::baseline_site(scenario, cell.unit, &bands[cell.band]) == Some(site);
    cells.all.entries().filter(|(_, cell)| belongs(cell)).map(|(customer, _)| customer).collect()
}

/// The position of the first plan year that is not before `year`.
pub(super) fn position(scenario: &Scenario, year: Year) -> usize {
    scenario.years.iter().position(|&other| other >= year).unwrap_or(scenario.years.len())
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
