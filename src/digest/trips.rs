//! Pupils on their way from a unit to a site, before and after.

use crate::domain::district::Stage;
use crate::domain::document::PlanDocument;
use crate::domain::scenario::Scenario;
use crate::id::{SiteId, UnitId};
use crate::units::Metres;

/// The pupils of one unit, band and year who go to one site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trip {
    /// Key of the unit.
    pub unit: String,
    /// The stage.
    pub stage: Stage,
    /// The school year.
    pub year: i32,
    /// Key of the site.
    pub site: String,
    /// Head count.
    pub pupils: i64,
    /// One way; `None` where the distance is not known.
    pub metres: Option<i64>,
    /// Whether they board.
    pub boarding: bool,
}

/// The trips of the plan years, in the order of the document.
pub fn planned(document: &PlanDocument) -> Vec<Trip> {
    document
        .assignment
        .iter()
        .map(|row| Trip {
            unit: row.unit.clone(),
            stage: row.stage,
            year: row.year,
            site: row.site.clone(),
            pupils: row.pupils.values().sum(),
            metres: row.km.is_finite().then(|| (row.km * 1000.0).round() as i64),
            boarding: row.boarding,
        })
        .collect()
}

/// The trips of the baseline year, by unit and stage in file order; `metres` measures the way from a unit to a site.
/// Pupils without a site of their stage have no trip.
pub fn baseline(scenario: &Scenario, metres: impl Fn(UnitId, SiteId) -> Option<Metres>) -> Vec<Trip> {
    let mut trips = Vec::new();
    for (unit, facts) in scenario.district.units.entries() {
        for (index, &stage) in scenario.stages.iter().enumerate() {
            let pupils: i64 = scenario
                .district
                .grades_of(stage)
                .map(|grade| scenario.demand.pupils(scenario.baseline_year, unit, grade).0)
                .sum();
            let site = scenario.baseline.sites.get(unit).and_then(|sites| sites.get(index).copied().flatten());
            if let Some(site) = site.filter(|_| pupils > 0) {
                trips.push(Trip {
                    unit: facts.key.clone(),
                    stage,
                    year: scenario.baseline_year.0,
                    site: scenario.district.sites[site].key.clone(),
                    pupils,
                    metres: metres(unit, site).map(|metres| metres.0),
                    boarding: false,
                });
            }
        }
    }
    trips
}
