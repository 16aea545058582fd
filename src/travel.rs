//! How far it is from a unit to a site: straight lines times a detour factor, with what a given table overrides.
//!
//! Nothing is stored for straight lines, so that a province needs no matrix. Distances are whole metres and times whole
//! seconds, each rounded half up, one way, home to site.

use crate::domain::action::baseline_state;
use crate::domain::district::{District, Stage};
use crate::domain::scenario::{Scenario, TravelEntry, TravelSpec};
use crate::id::{Id, IdVec, SiteId, UnitId};
use crate::units::{EARTH_RADIUS_M, Metres, Seconds};

/// How a distance was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Great circle times the declared detour factor.
    StraightLine,
    /// Given by the scenario's table.
    Table,
}

impl Mode {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::StraightLine => "straight_line",
            Self::Table => "table",
        }
    }
}

/// The way from a unit to a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// One way.
    pub metres: Metres,
    /// One way.
    pub seconds: Seconds,
    /// How it was measured.
    pub mode: Mode,
}

/// The table of distances of a scenario, computed when asked.
#[derive(Debug, Clone)]
pub struct Travel<'a> {
    district: &'a District,
    spec: &'a TravelSpec,
    /// Where the entries of each unit begin in the given table, with one more for the end; empty without a table.
    starts: Vec<usize>,
    /// Where units and sites are on a sphere of radius one.
    units: IdVec<UnitId, [f64; 3]>,
    sites: IdVec<SiteId, [f64; 3]>,
}

impl<'a> Travel<'a> {
    /// The distances of a scenario.
    pub fn new(scenario: &'a Scenario) -> Self {
        Self::of(&scenario.district, &scenario.travel)
    }

    /// The distances between the units and sites of a county.
    pub fn of(district: &'a District, spec: &'a TravelSpec) -> Self {
        let starts = if spec.table.is_empty() {
            Vec::new()
        } else {
            (0..=district.units.len())
                .map(|unit| spec.table.partition_point(|entry| entry.unit.index() < unit))
                .collect()
        };
        let units = district.units.iter().map(|unit| unit.point.on_unit_sphere()).collect();
        let sites = district.sites.iter().map(|site| site.point.on_unit_sphere()).collect();
        Self { district, spec, starts, units, sites }
    }

    /// The way from `unit` to `site`, or `None` where there is none.
    pub fn leg(&self, unit: UnitId, site: SiteId) -> Option<Leg> {
        match self.given(unit, site) {
            Some(entry) => Some(Leg {
                metres: entry.metres,
                seconds: entry.seconds.unwrap_or_else(|| self.at_declared_speed(entry.metres)),
                mode: Mode::Table,
            }),
            None if self.spec.table_only => None,
            None => {
                let straight = self.district.units[unit].point.great_circle_m(self.district.sites[site].point);
                let metres = Metres(half_up(straight * self.spec.detour_factor));
                Some(Leg { metres, seconds: self.at_declared_speed(metres), mode: Mode::StraightLine })
            }
        }
    }

    fn given(&self, unit: UnitId, site: SiteId) -> Option<&'a TravelEntry> {
        let from = *self.starts.get(unit.index())?;
        let to = *self.starts.get(unit.index() + 1)?;
        let entries = &self.spec.table[from..to];
        entries.binary_search_by_key(&site, |entry| entry.site).ok().map(|found| &entries[found])
    }

    /// Seconds needed for a distance at the declared speed.
    pub fn at_declared_speed(&self, metres: Metres) -> Seconds {
        Seconds(half_up(metres.as_f64() * 3.6 / self.spec.speed_kmh))
    }

    /// The nearest of `sites` that can be reached from `unit`, by metres; ties go to the earlier one.
    pub fn nearest(&self, unit: UnitId, sites: impl IntoIterator<Item = SiteId>) -> Option<(SiteId, Leg)> {
        let mut best: Option<(SiteId, Leg)> = None;
        for site in sites {
            if best.is_some_and(|(_, leg)| self.at_least(unit, site) >= leg.metres) {
                continue;
            }
            if let Some(leg) = self.leg(unit, site)
                && best.is_none_or(|(_, held)| leg.metres < held.metres)
            {
                best = Some((site, leg));
            }
        }
        best
    }

    /// Metres that the way from `unit` to `site` is at least, far cheaper to compute than the way itself: a chord is no longer
    /// than the arc. 0 where a table may say something else, and where there may be no way.
    pub fn at_least(&self, unit: UnitId, site: SiteId) -> Metres {
        if !self.starts.is_empty() || self.spec.table_only {
            return Metres(0);
        }
        let ([x, y, z], [u, v, w]) = (self.units[unit], self.sites[site]);
        let chord = ((x - u) * (x - u) + (y - v) * (y - v) + (z - w) * (z - w)).sqrt();
        // One metre is given away for rounding; what is below 0 becomes 0.
        Metres((EARTH_RADIUS_M * chord * self.spec.detour_factor - 1.0).max(0.0) as i64)
    }
}

/// The assumed baseline: for every unit and every stage of the scenario the nearest site that operates at the baseline
/// and offers the stage, capacity ignored, ties in file order; `None` where no such site can be reached.
pub fn nearest_baseline(scenario: &Scenario, travel: &Travel<'_>) -> IdVec<UnitId, Vec<Option<SiteId>>> {
    let offering: Vec<Vec<SiteId>> = scenario.stages.iter().map(|&stage| sites_offering(scenario, stage)).collect();
    scenario
        .district
        .units
        .ids()
        .map(|unit| {
            offering.iter().map(|sites| travel.nearest(unit, sites.iter().copied()).map(|(site, _)| site)).collect()
        })
        .collect()
}

/// The sites that operate at the baseline and offer `stage`, in file order.
fn sites_offering(scenario: &Scenario, stage: Stage) -> Vec<SiteId> {
    scenario
        .district
        .sites
        .ids()
        .filter(|&site| {
            let state = baseline_state(scenario, site);
            state.operating && state.kind.stages().contains(&stage)
        })
        .collect()
}

/// Rounds a number that is not negative to the nearest whole one, halves up.
fn half_up(value: f64) -> i64 {
    (value + 0.5) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::district::SiteKind;
    use crate::domain::fixture::county;
    use crate::units::Point;

    #[test]
    fn a_straight_line_is_the_great_circle_times_the_detour_in_whole_metres() {
        let mut scenario = county(&[2025]);
        let site = scenario.with_site("s", SiteKind::Primary, 6, 1.0);
        let unit = scenario.with_unit("u", 0.0, &[], [None, None]);
        let travel = Travel::new(&scenario);
        let leg = travel.leg(unit, site).unwrap();
        // 0.01 degrees of longitude at 30 degrees north: 0.01 * 111195.08 * cos 30 = 962.98 m; times 1.3.
        assert_eq!(leg, Leg { metres: Metres(1252), seconds: Seconds(150), mode: Mode::StraightLine });
    }

    #[test]
    fn a_table_overrides_the_straight_line_and_may_be_all_there_is() {
        let mut scenario = county(&[2025]);
        let near = scenario.with_site("near", SiteKind::Primary, 6, 0.0);
        let far = scenario.with_site("far", SiteKind::Primary, 6, 5.0);
        let first = scenario.with_unit("first", 0.0, &[], [None, None]);
        let second = scenario.with_unit("second", 0.0, &[], [None, None]);
        let entry = |unit, site, metres, seconds: Option<i64>| TravelEntry {
            unit,
            site,
            metres: Metres(metres),
            seconds: seconds.map(Seconds),
        };
        scenario.travel.table = vec![entry(first, far, 100, Some(7)), entry(second, near, 3000, None)];
        {
            let travel = Travel::new(&scenario);
            let given = Leg { metres: Metres(100), seconds: Seconds(7), mode: Mode::Table };
            assert_eq!(travel.leg(first, far), Some(given));
            assert_eq!(travel.leg(first, near).map(|leg| leg.mode), Some(Mode::StraightLine));
            assert_eq!(travel.leg(second, near).map(|leg| leg.seconds), Some(Seconds(360)));
        }
        scenario.travel.table_only = true;
        let travel = Travel::new(&scenario);
        assert_eq!(travel.leg(first, near), None);
        assert_eq!(travel.nearest(first, [near, far]).map(|found| found.0), Some(far));
        assert_eq!(travel.nearest(first, [near]), None);
    }

    #[test]
    fn the_assumed_baseline_is_the_nearest_operating_site_of_the_stage_and_ties_go_by_file_order() {
        let mut scenario = county(&[2025]);
        let east = scenario.with_site("east", SiteKind::Primary, 6, 1.0);
        let west = scenario.with_site("west", SiteKind::NineYear, 6, -1.0);
        let plot = scenario.with_site("plot", SiteKind::NineYear, 6, 0.0);
        scenario.district.sites[plot].status = crate::domain::district::SiteStatus::Candidate;
        scenario.with_unit("middle", 0.0, &[], [None, None]);
        scenario.with_unit("left", -0.1, &[], [None, None]);
        let travel = Travel::new(&scenario);
        let assumed = nearest_baseline(&scenario, &travel);
        assert_eq!(assumed.as_slice(), [vec![Some(east), Some(west)], vec![Some(west), Some(west)]]);
    }

    #[test]
    fn the_shortcut_by_chords_finds_the_same_nearest_site() {
        let mut scenario = county(&[2025]);
        let sites: Vec<_> = (0..60).map(|i| scenario.with_site(&format!("s{i}"), SiteKind::Primary, 6, 0.0)).collect();
        for (i, &site) in sites.iter().enumerate() {
            let turn = i as f64 * 2.4;
            scenario.district.sites[site].point = Point { lon: 105.0 + turn.sin(), lat: 30.0 + (turn * 1.7).cos() };
        }
        for i in 0..40 {
            let turn = f64::from(i) * 1.1;
            let unit = scenario.with_unit(&format!("u{i}"), 0.0, &[], [None, None]);
            scenario.district.units[unit].point = Point { lon: 105.0 + turn.cos(), lat: 30.0 + (turn * 0.6).sin() };
        }
        let travel = Travel::new(&scenario);
        for unit in scenario.district.units.ids() {
            let every = sites.iter().filter_map(|&site| travel.leg(unit, site).map(|leg| (site, leg)));
            let slow = every.reduce(|best, next| if next.1.metres < best.1.metres { next } else { best });
            assert_eq!(travel.nearest(unit, sites.iter().copied()), slow);
            for &site in &sites {
                let (least, leg) = (travel.at_least(unit, site), travel.leg(unit, site).unwrap());
                assert!(least <= leg.metres);
                assert!(least.as_f64() > 0.99 * leg.metres.as_f64() - 2.0, "a bound that is of use");
            }
        }
    }
}
