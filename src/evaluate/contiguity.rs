//! Whether catchments hang together, where the scenario asks for it.

use super::assignment::Zones;
use super::fault::{At, PlanFault, Wrong};
use crate::domain::adjacency::Adjacency;
use crate::domain::scenario::Scenario;
use crate::id::{Id, IdVec, SiteId, UnitId};
use crate::metric::band::{self, Band};
use crate::metric::cohort;
use crate::units::Year;
use std::collections::BTreeMap;

/// Checks that the units of every catchment are connected and contain the unit in which the site stands, for every stage
/// whose zoning asks for it, over the adjacency with islands linked. A site without a home unit need only be connected.
pub fn check(scenario: &Scenario, zones: &Zones, bands: &[Band]) -> Vec<PlanFault> {
    let mut faults = Vec::new();
    let asked = |band: &Band| mapped(scenario, bands, band);
    if !bands.iter().any(asked) {
        return faults;
    }
    let Some(adjacency) = Adjacency::of(&scenario.district) else {
        let stages = scenario.zoning.iter().filter(|zoning| zoning.contiguous);
        let fault = |stage: &'static str| PlanFault { at: At::Whole, what: Wrong::NoAdjacency { stage } };
        return stages.map(|zoning| fault(zoning.stage.name())).collect();
    };
    let neighbours: IdVec<UnitId, Vec<UnitId>> = adjacency.neighbours.into();
    let mut catchments: BTreeMap<(Year, usize, SiteId), Vec<UnitId>> = BTreeMap::new();
    for (&(year, band, unit), sites) in zones.iter().filter(|&(&(_, band, _), _)| asked(&bands[band])) {
        for &site in sites.keys() {
            catchments.entry((year, band, site)).or_default().push(unit);
        }
    }
    for ((year, band, site), units) in catchments {
        let band = band::key(scenario, &bands[band].grades);
        let key = scenario.district.sites[site].key.clone();
        let pieces = pieces(&neighbours, &units);
        if pieces.len() > 1 {
            let unit = scenario.district.units[pieces[pieces.len() - 1]].key.clone();
            let what =
                Wrong::CatchmentInPieces { site: key.clone(), band: band.clone(), year, pieces: pieces.len(), unit };
            faults.push(PlanFault { at: At::Whole, what });
        }
        if let Some(home) = scenario.district.sites[site].home
            && units.binary_search(&home).is_err()
        {
            let home = scenario.district.units[home].key.clone();
            let what = Wrong::CatchmentWithoutHome { site: key, band, year, home };
            faults.push(PlanFault { at: At::Whole, what });
        }
    }
    faults
}

/// Whether the catchments of a band must be connected. Where pupils keep their school, only those who enter follow the map of a
/// year.
pub(super) fn mapped(scenario: &Scenario, bands: &[Band], band: &Band) -> bool {
    let asked = scenario.zoning.iter().any(|zoning| zoning.stage == band.stage && zoning.contiguous);
    let first = bands.iter().find(|other| other.stage == band.stage);
    asked && (first == Some(band) || !cohort::stay(scenario, band.stage))
}

/// One unit of every connected piece of `units` (in increasing order), the largest piece first.
fn pieces(neighbours: &IdVec<UnitId, Vec<UnitId>>, units: &[UnitId]) -> Vec<UnitId> {
    let mut reached = vec![false; units.len()];
    let mut found: Vec<(usize, UnitId)> = Vec::new();
    for start in 0..units.len() {
        if reached[start] {
            continue;
        }
        reached[start] = true;
        let mut open = vec![start];
        let mut size = 0;
        while let Some(here) = open.pop() {
            size += 1;
            for next in neighbours[units[here]].iter().filter_map(|unit| units.binary_search(unit).ok()) {
                if !reached[next] {
                    reached[next] = true;
                    open.push(next);
                }
            }
        }
        found.push((size, units[start]));
    }
    found.sort_by_key(|&(size, unit)| (std::cmp::Reverse(size), unit.index()));
    found.into_iter().map(|(_, unit)| unit).collect()
}
