//! Boarders: ways of their own to sites with beds, and the beds that they take.

use super::Assembly;
use super::account::Charge;
use super::cell::Slice;
use super::choice::Choices;
use crate::domain::scenario::Scenario;
use crate::id::SiteId;
use crate::kernel::problem::{Arc, Limit, Measure, Row};
use crate::units::Pupils;
use std::collections::BTreeSet;

/// How many times less a boarder travels than a pupil who goes home every day: once a week.
pub(super) const DAYS_OF_WEEK: f64 = 5.0;

/// Whether some trajectory of a site has beds in a plan year.
pub(super) fn has_beds(choices: &Choices, site: SiteId, year: usize) -> bool {
    choices.at(site).any(|(_, trajectory)| {
        let state = &trajectory.states[year];
        state.operating && state.beds > Pupils::ZERO
    })
}

/// Whether a plan may board anybody at all.
pub(super) fn wanted(scenario: &Scenario, choices: &Choices) -> bool {
    let years = 0..scenario.years.len();
    let somewhere = |year| scenario.district.sites.ids().any(|site| has_beds(choices, site, year));
    scenario.boarding.is_some() && years.into_iter().any(somewhere)
}

impl Assembly<'_> {
    /// Limits the boarders of every option to its beds, year by year, where anybody could board.
    pub(super) fn beds(&mut self) {
        let context = self.context;
        for year in 0..context.scenario.years.len() {
            let Some(boarders) = self.commodities.boarders(year) else { continue };
            let boarding = self.problem.arcs.iter().filter(|arc| self.commodities.boards(arc, year));
            let sites: BTreeSet<SiteId> = boarding.map(|arc| arc.site).collect();
            if sites.is_empty() {
                continue;
            }
            let measure = self.problem.measures.push(Measure::Load([(boarders, 1)].into()));
            for site in sites {
                for (option, trajectory) in context.choices.at(site) {
                    let state = &trajectory.states[year];
                    if state.operating {
                        let limit = Limit { measure, min: 0, max: state.beds.0, price: f64::INFINITY };
                        self.problem.options[option].limits.push(limit);
                        self.accounts.charges.limits[option].push(Charge::structural());
                    }
                }
            }
        }
    }

    /// Bounds on the boarders of single sites.
    pub(super) fn boarders(&mut self) {
        let scenario = self.context.scenario;
        for bound in &self.context.requirements.boarders {
            let Some(year) = scenario.years.iter().position(|&other| other == bound.year) else { continue };
            for &site in &bound.sites {
                let meant = |slice: &&Slice| {
                    slice.year == year && bound.grades.contains(&self.context.bands[slice.band].grades[0])
                };
                let boarding = self
                    .problem
                    .arcs
                    .entries()
                    .filter(|(_, arc)| arc.site == site && self.commodities.boards(arc, year));
                let pupils =
                    |arc: &Arc| self.cells.all[arc.customer].slices.iter().find(meant).map(|slice| slice.pupils);
                let arcs: Vec<_> = boarding.filter_map(|(id, arc)| Some((id, pupils(arc)?.as_f64()))).collect();
                if arcs.is_empty() {
                    continue;
                }
                let name =
                    format!("boarders at {} in {} by {}", scenario.district.sites[site].key, bound.year, bound.rule);
                let (options, lower, upper, price) = (Vec::new(), f64::NEG_INFINITY, bound.max, bound.price);
                let charge = Charge::new(scenario, &bound.rule, price, 1.0);
                self.push_row(Row { name, options, arcs, lower, upper, price }, charge);
            }
        }
    }
}
