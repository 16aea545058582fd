//! Customers and their ways: the pupils of one unit, band and plan year, and the sites that may teach them.

use super::board;
use super::choice::Choices;
use super::error::{Nearest, Unreachable};
use super::require::Requirements;

use crate::domain::scenario::{Baseline, Scenario};
use crate::id::{CustomerId, Id, IdVec, SiteId, UnitId};
use crate::metric::band::{self, Band};
use crate::travel::{Leg, Travel};
use crate::units::{Metres, Pupils};

/// What a customer of the kernel problem stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Where the pupils live.
    pub unit: UnitId,
    /// Their band, by position in [`super::Compiled::bands`].
    pub band: usize,
    /// The plan year, by position in [`Scenario::years`].
    pub year: usize,
    /// How many they are; 0 for a unit that is there only to keep catchments connected.
    pub pupils: Pupils,
}

/// All cells, in order of year, band and unit, and where to find them.
#[derive(Debug, Clone, Default)]
pub struct Cells {
    /// The cells.
    pub all: IdVec<CustomerId, Cell>,
    bands: usize,
    units: usize,
    at: Vec<Option<CustomerId>>,
}

impl Cells {
    /// The cells of every unit, band and plan year with pupils; where catchments must be connected also those without.
    pub(super) fn new(scenario: &Scenario, bands: &[Band]) -> Self {
        let units = scenario.district.units.len();
        let mut cells = Self { all: IdVec::new(), bands: bands.len(), units, at: Vec::new() };
        for (year, &calendar) in scenario.years.iter().enumerate() {
            for (index, band) in bands.iter().enumerate() {
                let connected = scenario.zoning.iter().any(|zoning| zoning.stage == band.stage && zoning.contiguous);
                for unit in scenario.district.units.ids() {
                    let pupils = band.grades.iter().map(|&grade| scenario.demand.pupils(calendar, unit, grade)).sum();
                    let cell = (pupils > Pupils::ZERO || connected)
                        .then(|| cells.all.push(Cell { unit, band: index, year, pupils }));
                    cells.at.push(cell);
                }
            }
        }
        cells
    }

    /// Cells in any order, of the same units and bands as `like`; of several of one unit, band and year the first is found.
    pub(super) fn indexed(like: &Self, all: IdVec<CustomerId, Cell>) -> Self {
        let mut cells = Self { all, bands: like.bands, units: like.units, at: vec![None; like.at.len()] };
        for (customer, cell) in cells.all.entries() {
            let place = &mut cells.at[(cell.year * like.bands + cell.band) * like.units + cell.unit.index()];
            *place = place.or(Some(customer));
        }
        cells
    }

    /// The cell of a unit, band and plan year, if it has one.
    pub fn find(&self, unit: UnitId, band: usize, year: usize) -> Option<CustomerId> {
        self.at[(year * self.bands + band) * self.units + unit.index()]
    }
}

/// A way that a customer may go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub site: SiteId,
    pub leg: Leg,
    /// Price of the soft rules on the way, per pupil.
    pub price: f64,
    /// Hard rules that forbid the way and are set aside, counted.
    pub forbidden_by: usize,
    /// Whether the pupils board, so that rules on daily ways do not concern them.
    pub boarding: bool,
}

/// The ways of a cell, in order of site. With `set_aside` those that hard rules forbid are there too.
pub(super) fn ways(
    scenario: &Scenario,
    travel: &Travel<'_>,
    bands: &[Band],
    choices: &Choices,
    requirements: &Requirements<'_>,
    cell: &Cell,
    set_aside: bool,
) -> Vec<Way> {
    let band = &bands[cell.band];
    let rules: Vec<_> =
        if cell.pupils > Pupils::ZERO { requirements.ways_of(cell.year, band).collect() } else { Vec::new() };
    let mut found = Vec::new();
    for site in scenario.district.sites.ids() {
        if !choices.offers(site, band.stage, cell.year) {
            continue;
        }
        let forbidden_by = rules.iter().filter(|rule| rule.forbidden.contains(cell.unit, site)).count();
        let Some(leg) = travel.leg(cell.unit, site) else { continue };
        if forbidden_by == 0 || set_aside {
            let price = rules.iter().map(|rule| rule.price(cell.unit, site)).sum();
            found.push(Way { site, leg, price, forbidden_by, boarding: false });
        }
        if boards(scenario, choices, requirements, band, cell, site) {
            found.push(Way { site, leg, price: 0.0, forbidden_by: 0, boarding: true });
        }
    }
    found
}

/// Whether the pupils of a cell may board at a site.
pub(super) fn boards(
    scenario: &Scenario,
    choices: &Choices,
    requirements: &Requirements<'_>,
    band: &Band,
    cell: &Cell,
    site: SiteId,
) -> bool {
    let grade = band.grades[0];
    requirements.board.as_ref().is_some_and(|board| {
        cell.pupils > Pupils::ZERO
            && board.grade(grade)
            && board::has_beds(choices, site, cell.year)
            && board.too_far(cell.unit, site, grade, scenario.years[cell.year])
    })
}

/// Describes a cell without ways.
pub(super) fn unreachable(
    scenario: &Scenario,
    travel: &Travel<'_>,
    bands: &[Band],
    choices: &Choices,
    requirements: &Requirements<'_>,
    cell: &Cell,
) -> Unreachable {
    let district = &scenario.district;
    let band = &bands[cell.band];
    let ever = |site: SiteId| (0..scenario.years.len()).any(|year| choices.offers(site, band.stage, year));
    let nearest = travel.nearest(cell.unit, district.sites.ids().filter(|&site| ever(site)));
    let unit = &district.units[cell.unit];
    Unreachable {
        unit: unit.key.clone(),
        name: unit.name.clone(),
        stage: band.stage,
        band: band::key(scenario, &band.grades),
        year: scenario.years[cell.year],
        pupils: cell.pupils.0,
        nearest: nearest.map(|(site, leg)| {
            let id = requirements.forbidding(cell.year, band, cell.unit, site);
            let rule = id.and_then(|id| scenario.rules.iter().find(|rule| rule.id == id));
            Nearest {
                site: district.sites[site].key.clone(),
                metres: Metres(leg.metres.0),
                rule: rule.map(|rule| (rule.id.clone(), rule.limit)),
            }
        }),
    }
}

/// Where the pupils of a unit and stage go at the baseline.
pub(super) fn baseline_site(scenario: &Scenario, unit: UnitId, band: &Band) -> Option<SiteId> {
    let Baseline { sites, .. } = &scenario.baseline;
    let position = scenario.stage_index(band.stage)?;
    sites.get(unit).and_then(|sites| sites.get(position)).copied().flatten()
}
