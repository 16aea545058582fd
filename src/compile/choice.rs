//! The options of every site: the trajectories that the scenario offers and that are possible at all.

use super::Locks;
use super::cell::{self, Cell, Cells, Slice};
use super::require::Requirements;
use crate::domain::action::{Measure, Trajectory, trajectories};
use crate::domain::district::Stage;
use crate::domain::scenario::Scenario;
use crate::id::{CustomerId, IdVec, OptionId, SiteId};
use crate::metric::band::Band;
use crate::metric::cohort::{self, Homes};
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
        self.at(site).any(|(_, trajectory)| trajectory.states[year].teaches(stage))
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
            let catchment = catchment(scenario, cells, trajectory.site, from);
            let way = |&customer: &CustomerId| {
                let cell = &cells.all[customer];
                let allowed = |slice: &Slice| {
                    slice.pupils == Pupils::ZERO
                        || requirements.forbidding(slice.year, &bands[slice.band], cell.unit, into).is_none()
                        || cell::boards(scenario, &self, requirements, bands, cell.unit, slice, into)
                };
                travel.leg(cell.unit, into).is_some() && (set_aside || cell.slices.iter().all(allowed))
            };
            catchment.iter().all(way)
                && self.at(into).any(|(_, other)| takes_over(scenario, other, bands, cells, &catchment, from))
        };
        let mut rest = Self::default();
        for site in scenario.district.sites.ids() {
            rest.push_site(self.at(site).filter(|(_, trajectory)| possible(trajectory)).map(|(_, t)| t.clone()));
        }
        rest
    }
}

/// Whether a trajectory teaches a customer in all its years.
pub(super) fn teaches(scenario: &Scenario, bands: &[Band], trajectory: &Trajectory, cell: &Cell) -> bool {
    cell.slices.iter().all(|slice| {
        let state = &trajectory.states[slice.year];
        bands[slice.band].grades.iter().all(|&grade| state.teaches_grade(scenario.district.grades[grade]))
    })
}

/// The first year in which the site takes no entrants any more, where the trajectory phases it out.
pub(super) fn runs_out_from(scenario: &Scenario, trajectory: &Trajectory) -> Option<Year> {
    let phase_out = |&&(offer, _): &&(usize, Year)| scenario.offers[offer].measure == Measure::PhaseOut;
    trajectory.taken.iter().find(phase_out).map(|&(_, year)| year)
}

/// Whether a customer finishes at a site that this trajectory phases out, because its pupils belong there today or entered
/// before: asked only where cohorts do not keep their school anyhow.
pub(super) fn finishes(
    scenario: &Scenario,
    bands: &[Band],
    homes: &Homes<'_>,
    trajectory: &Trajectory,
    cell: &Cell,
) -> bool {
    let Some(year) = runs_out_from(scenario, trajectory).filter(|_| !cohort::stay(scenario, cell.stage)) else {
        return false;
    };
    let slice = &cell.slices[0];
    let entry = cohort::entry(scenario, bands[slice.band].grades[0], scenario.years[slice.year]);
    let present = |entry: Year| entry < year && homes.of(cell.unit, cell.stage, entry) == Some(trajectory.site);
    entry.is_some_and(present)
}

/// Whether a customer may be served under a trajectory: it is taught in all its years, and where everybody follows the map of
/// every year, a site that is phased out keeps the catchment of today until then and serves nobody else.
pub(super) fn serves(
    scenario: &Scenario,
    bands: &[Band],
    homes: &Homes<'_>,
    trajectory: &Trajectory,
    cell: &Cell,
) -> bool {
    let closed = runs_out_from(scenario, trajectory).is_some() && !cohort::stay(scenario, cell.stage);
    teaches(scenario, bands, trajectory, cell) && (!closed || finishes(scenario, bands, homes, trajectory, cell))
}

/// Whether a trajectory operates from the plan year at position `from` on, takes entrants, and teaches the customers of
/// `catchment`, each in all its years.
pub(super) fn takes_over(
    scenario: &Scenario,
    trajectory: &Trajectory,
    bands: &[Band],
    cells: &Cells,
    catchment: &[CustomerId],
    from: usize,
) -> bool {
    trajectory.states[from..].iter().all(|state| state.operating && state.grades_gone == 0)
        && catchment.iter().all(|&customer| teaches(scenario, bands, trajectory, &cells.all[customer]))
}

/// The customers who go to a site at the baseline, from the plan year at position `from` on. Cohorts that keep another school
/// by then do not belong to them.
pub(super) fn catchment(scenario: &Scenario, cells: &Cells, site: SiteId, from: usize) -> Vec<CustomerId> {
    let belongs = |cell: &Cell| cell.from >= from && cell::baseline_site(scenario, cell.unit, cell.stage) == Some(site);
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
        let repeats = scenario.offers[..index]
            .iter()
            .any(|other| other.site == offer.site && other.measure == offer.measure && other.open_in(year));
        !(repeats || offer.measure.shuts() && (protected || offer.reason.is_empty()))
    })
}
