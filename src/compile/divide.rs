//! Divisible customers: units that several schools may share.

use super::Assembly;
use super::cell::Cell;
use crate::domain::plan::{MAX_SITES_PER_UNIT, MIN_PART_PERCENT};
use crate::kernel::problem::{Divisible, Grain};
use crate::message::Message;
use crate::metric::ground::Ground;
use crate::metric::{band, oversized};
use crate::units::Pupils;

impl Assembly<'_> {
    /// Lets those customers be divided that the planner declared divisible, whose stage is zoned to several schools, or
    /// that are larger than any site may hold under any option.
    ///
    /// The kernel divides every commodity by itself, so it would not keep a joint class's commodity equal to the sum of
    /// its grades: divided customers carry none, which relaxes class size where a site with joint classes takes a part.
    pub(super) fn divide(&mut self, ground: &Ground<'_>) {
        let scenario = self.context.scenario;
        let bands = self.context.bands;
        let how = Divisible {
            max_sites: Some(MAX_SITES_PER_UNIT as u32),
            min_share: MIN_PART_PERCENT as f64 / 100.0,
            grain: Grain::Whole,
        };
        let oversized = oversized::units(ground, bands);
        // The parts of a cohort could not be kept together over years: where cohorts keep their school none is divided.
        let together = |cell: &Cell| cell.cohort.is_none() && cell.pupils() > Pupils::ZERO;
        for (customer, cell) in self.cells.all.entries().filter(|(_, cell)| together(cell)) {
            let unit = &scenario.district.units[cell.unit];
            let slice = &cell.slices[0];
            let band = &bands[slice.band];
            let year = scenario.years[slice.year];
            let shared = scenario.zoning.iter().any(|zoning| zoning.stage == band.stage && zoning.multi_school);
            let too_large = oversized.contains(&(year, slice.band, cell.unit));
            if !(unit.divisible || shared || too_large) {
                continue;
            }
            let divided = &mut self.problem.customers[customer];
            divided.divisible = Some(how);
            let loads = &self.commodities.loads;
            divided.loads = divided.loads.iter().copied().filter(|&(commodity, _)| !loads[commodity].joint).collect();
            if too_large && !unit.divisible && !shared {
                let message = Message::new("assume.divided_oversized")
                    .with("unit", &unit.key)
                    .with("name", &unit.name)
                    .with("band", band::key(scenario, &band.grades))
                    .with("year", year)
                    .with("pupils", slice.pupils)
                    .with("max_sites", MAX_SITES_PER_UNIT)
                    .with("min_percent", MIN_PART_PERCENT);
                self.assumptions.push(message);
            }
        }
    }
}
