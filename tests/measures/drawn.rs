//! What the families of random counties draw alike: pupils, ways, today's zones, and the district round them.

use super::unit::unit;
use catchment::domain::consultation::Consultation;
use catchment::domain::demand::Demand;
use catchment::domain::district::{Area, District, Grade, Ownership, School, Site, SiteStatus, Stage};
use catchment::domain::scenario::{Baseline, TravelEntry, TravelSpec};
use catchment::id::{GradeId, Id, IdVec, SiteId, UnitId};
use catchment::random::Random;
use catchment::units::{Metres, Pupils, Year};

/// Units of a county.
const UNITS: usize = 2;

/// Pupils of every unit and grade in the baseline year and in every plan year, none or up to `most`.
pub fn demand(random: &mut Random, baseline_year: Year, years: &[Year], grades: usize, most: i64) -> Demand {
    let all: Vec<Year> = std::iter::once(baseline_year).chain(years.iter().copied()).collect();
    let mut demand = Demand::new(all.clone(), UNITS, grades);
    for &year in &all {
        for unit in 0..UNITS {
            for grade in 0..grades {
                let pupils = Pupils(random.between(-1, most).max(0));
                demand.set(year, UnitId::new(unit), GradeId::new(grade), pupils);
            }
        }
    }
    demand
}

/// A way from every unit to every site, and no others.
pub fn travel(random: &mut Random, sites: usize) -> TravelSpec {
    let mut table = Vec::new();
    for unit in 0..UNITS {
        for site in 0..sites {
            let metres = Metres(100 * random.between(3, 80));
            table.push(TravelEntry { unit: UnitId::new(unit), site: SiteId::new(site), metres, seconds: None });
        }
    }
    TravelSpec { detour_factor: 1.3, speed_kmh: 20.0, table, table_only: true }
}

/// Today's site of every unit and stage: any that operates and teaches it.
pub fn baseline(random: &mut Random, sites: &IdVec<SiteId, Site>, stages: &[Stage]) -> Baseline {
    let mut home = |stage: Stage| {
        let fits = |site: &Site| site.status == SiteStatus::Operating && site.kind.stages().contains(&stage);
        let all: Vec<SiteId> = sites.entries().filter(|(_, site)| fits(site)).map(|(id, _)| id).collect();
        (!all.is_empty()).then(|| all[random.below(all.len())])
    };
    let sites = (0..UNITS).map(|_| stages.iter().map(|&stage| home(stage)).collect()).collect();
    Baseline { assumed: false, sites }
}

/// The district of a county with two townships and one school.
pub fn district(
    sites: IdVec<SiteId, Site>,
    consultations: Vec<Consultation>,
    grades: IdVec<GradeId, Grade>,
) -> District {
    District {
        areas: ["east", "west"].map(|key| Area { key: key.into(), name: key.into() }).into_iter().collect(),
        schools: [School { key: "school".into(), name: "school".into(), ownership: Ownership::Public }]
            .into_iter()
            .collect(),
        sites,
        consultations,
        units: (0..UNITS).map(|number| unit(number, false)).collect(),
        grades,
        ..District::default()
    }
}
