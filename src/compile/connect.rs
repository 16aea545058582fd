//! Connected catchments: one layer for every stage, band and plan year that asks for them.

use super::{Assembly, CompileError};
use crate::domain::adjacency::Adjacency;
use crate::id::{CustomerId, Id, SiteId};
use crate::kernel::problem::ContiguityLayer;
use crate::message::Message;
use crate::metric::band::{self, Band};
use crate::metric::cohort;

impl Assembly<'_> {
    /// Adds the layers. Every unit is a node, also without pupils; the home of a site is the unit in which it stands.
    pub(super) fn connect(&mut self) -> Result<(), CompileError> {
        let scenario = self.context.scenario;
        let asked = |stage| scenario.zoning.iter().any(|zoning| zoning.stage == stage && zoning.contiguous);
        let Some(first) = self.context.bands.iter().find(|band| asked(band.stage)) else { return Ok(()) };
        let adjacency = Adjacency::of(&scenario.district).ok_or(CompileError::NoAdjacency { stage: first.stage })?;
        for &(from, to) in &adjacency.links {
            let key = |unit| scenario.district.units[unit].key.clone();
            self.assumptions.push(Message::new("assume.island_link").with("from", key(from)).with("to", key(to)));
        }
        let neighbours: Vec<Vec<u32>> =
            adjacency.neighbours.iter().map(|units| units.iter().map(|unit| unit.0).collect()).collect();
        // Where cohorts keep their school, only those who enter follow the map of the year.
        let mapped = |band: &Band| {
            let first = self.context.bands.iter().find(|other| other.stage == band.stage);
            asked(band.stage) && (first == Some(band) || !cohort::stay(scenario, band.stage))
        };
        for (year, calendar) in scenario.years.iter().enumerate() {
            for (index, band) in self.context.bands.iter().enumerate().filter(|(_, band)| mapped(band)) {
                let node = |unit| {
                    self.cells.find(unit, index, year).expect("where catchments are connected every unit has a cell")
                };
                let customers: Vec<CustomerId> = scenario.district.units.ids().map(node).collect();
                let home = |site: SiteId| scenario.district.sites[site].home.map(|unit| unit.index() as u32);
                self.problem.layers.push(ContiguityLayer {
                    name: format!("{} {} {calendar}", band.stage.name(), band::key(scenario, &band.grades)),
                    customers,
                    neighbours: neighbours.clone(),
                    homes: scenario.district.sites.ids().map(home).collect(),
                });
            }
        }
        Ok(())
    }
}
