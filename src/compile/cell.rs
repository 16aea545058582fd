//! Customers and their ways: the pupils of one unit, band and plan year or of one cohort, and the sites that may teach them.

use super::board;
use super::choice::{self, Choices};
use super::error::{Nearest, Unreachable};
use super::require::{Requirements, WayRule};

use crate::domain::action::Trajectory;
use crate::domain::district::Stage;
use crate::domain::scenario::{Baseline, Scenario};
use crate::id::{CustomerId, GradeId, Id, IdVec, SiteId, UnitId};
use crate::metric::band::{self, Band};
use crate::metric::cohort::{self, Homes};
use crate::travel::{Leg, Travel};
use crate::units::{Metres, Pupils, Year};

/// What a customer of the kernel problem stands for: pupils of one unit and stage who go to one school.
///
/// They are one band in one year, or, where cohorts keep their school, an entry cohort over all plan years that it spends in the
/// stage. A cohort whose school of today may stop teaching it is cut there, so that it can be zoned anew from that year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Where the pupils live.
    pub unit: UnitId,
    /// Their stage.
    pub stage: Stage,
    /// Year in which they entered the stage, where cohorts keep their school.
    pub cohort: Option<Year>,
    /// The first plan year in which they are a customer of their own, by position in [`Scenario::years`].
    pub from: usize,
    /// What they are in each year, in order; never empty.
    pub slices: Vec<Slice>,
    /// The school of today, which they keep as long as it teaches them.
    pub held: Option<SiteId>,
}

/// The pupils of a cell in one year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// The plan year, by position in [`Scenario::years`].
    pub year: usize,
    /// Their band, by position in [`super::Compiled::bands`].
    pub band: usize,
    /// How many they are; 0 for a unit that is there only to keep catchments connected.
    pub pupils: Pupils,
}

impl Cell {
    /// Its pupils, added up over the years.
    pub fn pupils(&self) -> Pupils {
        self.slices.iter().map(|slice| slice.pupils).sum()
    }
}

/// All cells, in order of the first year, band and unit, and where to find them.
#[derive(Debug, Clone, Default)]
pub struct Cells {
    /// The cells.
    pub all: IdVec<CustomerId, Cell>,
    bands: usize,
    units: usize,
    at: Vec<Option<CustomerId>>,
}

impl Cells {
    /// The cells of every unit, band and plan year with pupils, or of every unit and cohort; where catchments must be connected
    /// also those without.
    pub(super) fn new(scenario: &Scenario, bands: &[Band], choices: &Choices, homes: &Homes<'_>) -> Self {
        let mut all = IdVec::new();
        for year in 0..scenario.years.len() {
            for band in 0..bands.len() {
                for unit in scenario.district.units.ids() {
                    if cohort::stay(scenario, bands[band].stage) {
                        let places = Places { scenario, bands, choices, homes };
                        places.cohorts(unit, band, year).into_iter().for_each(|cell| {
                            all.push(cell);
                        });
                    } else if let Some(cell) = band_cell(scenario, bands, unit, band, year) {
                        all.push(cell);
                    }
                }
            }
        }
        let units = scenario.district.units.len();
        let at = vec![None; scenario.years.len() * bands.len() * units];
        Self::indexed(&Self { all: IdVec::new(), bands: bands.len(), units, at }, all)
    }

    /// Cells in any order, of the same units and bands as `like`; of several of one unit, band and year the first is found.
    pub(super) fn indexed(like: &Self, all: IdVec<CustomerId, Cell>) -> Self {
        let mut cells = Self { all, bands: like.bands, units: like.units, at: vec![None; like.at.len()] };
        for (customer, cell) in cells.all.entries() {
            for slice in &cell.slices {
                let place = &mut cells.at[(slice.year * like.bands + slice.band) * like.units + cell.unit.index()];
                *place = place.or(Some(customer));
            }
        }
        cells
    }

    /// The cell of a unit, band and plan year, if it has one.
    pub fn find(&self, unit: UnitId, band: usize, year: usize) -> Option<CustomerId> {
        self.at[(year * self.bands + band) * self.units + unit.index()]
    }
}

fn contiguous(scenario: &Scenario, stage: Stage) -> bool {
    scenario.zoning.iter().any(|zoning| zoning.stage == stage && zoning.contiguous)
}

/// The pupils of a unit and band in a year, where there are any or catchments must be connected.
fn band_cell(scenario: &Scenario, bands: &[Band], unit: UnitId, band: usize, year: usize) -> Option<Cell> {
    let Band { stage, grades } = &bands[band];
    let pupils = grades.iter().map(|&grade| scenario.demand.pupils(scenario.years[year], unit, grade)).sum();
    (pupils > Pupils::ZERO || contiguous(scenario, *stage)).then(|| Cell {
        unit,
        stage: *stage,
        cohort: None,
        from: year,
        slices: vec![Slice { year, band, pupils }],
        held: None,
    })
}

/// What the cells of cohorts depend on.
struct Places<'a> {
    scenario: &'a Scenario,
    bands: &'a [Band],
    choices: &'a Choices,
    homes: &'a Homes<'a>,
}

impl Places<'_> {
    /// The cells of the cohort of a unit that is in a band in the plan year at position `first`, where that is the first plan
    /// year that it spends in its stage: one, or one for every year from which its school of today may no longer teach it.
    fn cohorts(&self, unit: UnitId, band: usize, first: usize) -> Vec<Cell> {
        let Self { scenario, bands, choices, homes } = self;
        let (stage, grade) = (bands[band].stage, bands[band].grades[0]);
        let Some(entry) = cohort::entry(scenario, grade, scenario.years[first]) else { return Vec::new() };
        let in_year = |year: usize| cohort::grade_in(scenario, stage, entry, scenario.years[year]);
        if first.checked_sub(1).is_some_and(|before| in_year(before).is_some()) {
            return Vec::new();
        }
        let years: Vec<(usize, GradeId)> =
            (first..scenario.years.len()).map_while(|year| Some((year, in_year(year)?))).collect();
        let held = homes.kept(unit, stage, entry);
        let mut cuts = vec![first];
        for (_, trajectory) in held.into_iter().flat_map(|home| choices.at(home)) {
            let taught = |&(year, grade): &(usize, GradeId)| {
                trajectory.states[year].teaches_grade(scenario.district.grades[grade])
            };
            cuts.extend(years.iter().find(|place| !taught(place)).map(|&(year, _)| year));
        }
        cuts.sort_unstable();
        cuts.dedup();
        let mut cells = Vec::new();
        for (index, &from) in cuts.iter().enumerate() {
            let until = cuts.get(index + 1).copied().unwrap_or(scenario.years.len());
            let slice = |&(year, grade): &(usize, GradeId)| {
                let pupils = scenario.demand.pupils(scenario.years[year], unit, grade);
                // Only those who enter make a new map.
                let mapped = contiguous(scenario, stage) && scenario.years[year] == entry;
                let band = bands.iter().position(|band| band.grades.contains(&grade))?;
                (pupils > Pupils::ZERO || mapped).then_some(Slice { year, band, pupils })
            };
            let slices: Vec<Slice> =
                years.iter().filter(|(year, _)| (from..until).contains(year)).filter_map(slice).collect();
            if !slices.is_empty() {
                cells.push(Cell { unit, stage, cohort: Some(entry), from, slices, held });
            }
        }
        cells
    }
}

/// A way that a customer may go.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub site: SiteId,
    pub leg: Leg,
    /// What the soft rules on the way cost all pupils of the customer.
    pub price: f64,
    /// Pupils whom hard rules forbid the way, which are set aside: each once for every rule and year.
    pub forbidden: i64,
    /// The plan years, by position, in which the pupils board, so that rules on daily ways do not concern them.
    pub boards: Vec<usize>,
}

/// The ways of a cell, in order of site. With `set_aside` those that hard rules forbid are there too. Where the pupils may board
/// in some years, there is a way for every choice of the years in which they do.
pub(super) fn ways(
    scenario: &Scenario,
    travel: &Travel<'_>,
    bands: &[Band],
    choices: &Choices,
    requirements: &Requirements<'_>,
    cell: &Cell,
    set_aside: bool,
) -> Vec<Way> {
    let rules: Vec<Vec<&WayRule>> = cell
        .slices
        .iter()
        .map(|slice| {
            let some = slice.pupils > Pupils::ZERO;
            let rules = some.then(|| requirements.ways_of(slice.year, &bands[slice.band]));
            rules.into_iter().flatten().collect()
        })
        .collect();
    let teaches = |trajectory: &Trajectory| choice::teaches(scenario, bands, trajectory, cell);
    let only = cell.held.filter(|&home| choices.at(home).all(|(_, trajectory)| teaches(trajectory)));
    let mut found = Vec::new();
    // Whether pupils may go by day and may board, slice by slice; `None` where some may do neither.
    let may_go = |site: SiteId| -> Option<Vec<(bool, bool)>> {
        let slices = cell.slices.iter().zip(&rules).map(|(slice, rules)| {
            let by_day = set_aside || rules.iter().all(|rule| !rule.forbidden.contains(cell.unit, site));
            let boards = boards(scenario, choices, requirements, bands, cell.unit, slice, site);
            (by_day || boards).then_some((by_day, boards))
        });
        slices.collect()
    };
    for site in scenario.district.sites.ids().filter(|&site| only.is_none_or(|only| only == site)) {
        // Asked first, because in a large county nearly all ways are too long.
        let Some(slices) = may_go(site) else { continue };
        if !choices.at(site).any(|(_, trajectory)| teaches(trajectory)) {
            continue;
        }
        let Some(leg) = travel.leg(cell.unit, site) else { continue };
        let mut here = vec![Way { site, leg, price: 0.0, forbidden: 0, boards: Vec::new() }];
        for ((slice, rules), (by_day, boards)) in cell.slices.iter().zip(&rules).zip(slices) {
            let mut longer = Vec::new();
            for way in here {
                if by_day {
                    let mut way = way.clone();
                    for rule in rules {
                        way.price += slice.pupils.as_f64() * rule.price(cell.unit, site);
                        way.forbidden += if rule.forbidden.contains(cell.unit, site) { slice.pupils.0 } else { 0 };
                    }
                    longer.push(way);
                }
                if boards {
                    let mut way = way;
                    way.boards.push(slice.year);
                    longer.push(way);
                }
            }
            here = longer;
        }
        found.extend(here);
    }
    found
}

/// Whether the pupils of a unit may board at a site in the year of a slice.
pub(super) fn boards(
    scenario: &Scenario,
    choices: &Choices,
    requirements: &Requirements<'_>,
    bands: &[Band],
    unit: UnitId,
    &Slice { year, band, pupils }: &Slice,
    site: SiteId,
) -> bool {
    let grade = bands[band].grades[0];
    requirements.board.as_ref().is_some_and(|board| {
        pupils > Pupils::ZERO
            && board.grade(grade)
            && board::has_beds(choices, site, year)
            && board.too_far(unit, site, grade, scenario.years[year])
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
    let slice = cell.slices.iter().find(|slice| slice.pupils > Pupils::ZERO).unwrap_or(&cell.slices[0]);
    let band = &bands[slice.band];
    let ever = |site: SiteId| (0..scenario.years.len()).any(|year| choices.offers(site, band.stage, year));
    let nearest = travel.nearest(cell.unit, district.sites.ids().filter(|&site| ever(site)));
    let unit = &district.units[cell.unit];
    Unreachable {
        unit: unit.key.clone(),
        name: unit.name.clone(),
        stage: band.stage,
        band: band::key(scenario, &band.grades),
        year: scenario.years[slice.year],
        pupils: slice.pupils.0,
        nearest: nearest.map(|(site, leg)| {
            let id = requirements.forbidding(slice.year, band, cell.unit, site);
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
pub(super) fn baseline_site(scenario: &Scenario, unit: UnitId, stage: Stage) -> Option<SiteId> {
    let Baseline { sites, .. } = &scenario.baseline;
    let position = scenario.stage_index(stage)?;
    sites.get(unit).and_then(|sites| sites.get(position)).copied().flatten()
}
