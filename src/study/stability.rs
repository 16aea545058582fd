//! What stays the same in nearly all of many plans, so that it can be done now without regret: decisions on sites, and the
//! schools of units.

use crate::domain::document::PlanDocument;
use serde::Serialize;
use std::collections::BTreeMap;

/// The pupils of one unit who are zoned together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Zone {
    /// Key of the unit.
    pub unit: String,
    /// The stage, by its name in files.
    pub stage: &'static str,
    /// Grades, such as `7-9`.
    pub band: String,
}

/// How often the pupils of a unit go to the same school.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ZoneStability {
    /// Whose school it is.
    #[serde(flatten)]
    pub zone: Zone,
    /// Keys of the sites to which most plans send them: one, or several where they are divided.
    pub sites: Vec<String>,
    /// In how many plans.
    pub plans: usize,
    /// Of how many in which the unit has pupils.
    pub of: usize,
    /// Pupils, as the mean over these plans.
    pub pupils: f64,
    /// Whether enough of the plans agree.
    pub stable: bool,
}

/// What many plans have in common, each in its last year.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Stability {
    /// Share of the plans that must agree.
    pub share: f64,
    /// Plans looked at.
    pub plans: usize,
    /// Every unit, stage and band with pupils in some plan, in order of unit.
    pub zones: Vec<ZoneStability>,
    /// Zones with a stable school.
    pub stable_zones: usize,
    /// Zones with the same school in all plans.
    pub fixed_zones: usize,
    /// Share of the pupils of all plans together who belong to zones with a stable school; 0 without pupils.
    pub stable_pupils: f64,
    /// Share of the pupils of all plans together who belong to zones with the same school in all plans.
    pub fixed_pupils: f64,
}

/// Counts plans one after the other and keeps none of them, so that its memory depends on the county alone.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    plans: usize,
    zones: BTreeMap<Zone, Counts>,
}

/// The sites of a zone in some plans.
#[derive(Debug, Clone, Default)]
struct Counts {
    plans: usize,
    pupils: i64,
    sites: BTreeMap<Vec<String>, usize>,
}

impl Tally {
    /// Takes a plan in.
    pub fn add(&mut self, plan: &PlanDocument) {
        self.plans += 1;
        let last = plan.years.last().copied().unwrap_or(plan.baseline_year);
        let mut zones: BTreeMap<Zone, (Vec<String>, i64)> = BTreeMap::new();
        for row in plan.assignment.iter().filter(|row| row.year == last) {
            let pupils: i64 = row.pupils.values().sum();
            if pupils > 0 {
                let zone = Zone { unit: row.unit.clone(), stage: row.stage.name(), band: row.band.clone() };
                let (sites, all) = zones.entry(zone).or_default();
                sites.push(row.site.clone());
                *all += pupils;
            }
        }
        for (zone, (mut sites, pupils)) in zones {
            sites.sort_unstable();
            sites.dedup();
            let counts = self.zones.entry(zone).or_default();
            counts.plans += 1;
            counts.pupils += pupils;
            *counts.sites.entry(sites).or_default() += 1;
        }
    }

    /// What at least `share` of the plans agree on.
    pub fn finish(self, share: f64) -> Stability {
        let all: i64 = self.zones.values().map(|counts| counts.pupils).sum();
        let mut stability = Stability { share, plans: self.plans, ..Stability::default() };
        let (mut stable_pupils, mut fixed_pupils) = (0, 0);
        for (zone, Counts { plans: of, pupils, sites }) in self.zones {
            // The most frequent one, the first among equals.
            let most = sites.into_iter().reduce(|most, next| if next.1 > most.1 { next } else { most });
            let (sites, plans) = most.unwrap_or_default();
            let stable = plans as f64 >= share * of as f64;
            stability.stable_zones += usize::from(stable);
            stability.fixed_zones += usize::from(plans == of);
            stable_pupils += if stable { pupils } else { 0 };
            fixed_pupils += if plans == of { pupils } else { 0 };
            let pupils = pupils as f64 / of as f64;
            stability.zones.push(ZoneStability { zone, sites, plans, of, pupils, stable });
        }
        let part = |pupils: i64| if all > 0 { pupils as f64 / all as f64 } else { 0.0 };
        (stability.stable_pupils, stability.fixed_pupils) = (part(stable_pupils), part(fixed_pupils));
        stability
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;

    #[test]
    fn a_zone_is_stable_where_enough_plans_agree() {
        let plan = sample::document(&sample::scenario());
        let last = *plan.years.last().unwrap();
        let at =
            plan.assignment.iter().position(|row| row.year == last && row.pupils.values().sum::<i64>() > 0).unwrap();
        let mut other = plan.clone();
        let elsewhere = "elsewhere".to_owned();
        for row in &mut other.assignment {
            let same = row.unit == plan.assignment[at].unit && row.band == plan.assignment[at].band;
            if row.year == last && same {
                row.site.clone_from(&elsewhere);
            }
        }
        let mut tally = Tally::default();
        for _ in 0..4 {
            tally.add(&plan);
        }
        tally.add(&other);
        let strict = tally.clone().finish(0.9);
        let loose = tally.finish(0.8);
        assert_eq!((strict.plans, strict.zones.len()), (5, loose.zones.len()));
        assert_eq!((strict.stable_zones, loose.stable_zones), (strict.zones.len() - 1, loose.zones.len()));
        assert_eq!(strict.fixed_zones, strict.zones.len() - 1);
        let odd = strict.zones.iter().find(|zone| zone.zone.unit == plan.assignment[at].unit && !zone.stable).unwrap();
        assert_eq!((odd.plans, odd.of), (4, 5));
        assert!(!odd.sites.contains(&elsewhere));
        let total: f64 = strict.zones.iter().map(|zone| zone.pupils * zone.of as f64).sum();
        assert!((strict.fixed_pupils - (1.0 - odd.pupils * 5.0 / total)).abs() < 1e-12);
        assert_eq!(loose.stable_pupils, 1.0);
    }

    #[test]
    fn without_plans_nothing_is_stable() {
        assert_eq!(Tally::default().finish(0.9), Stability { share: 0.9, ..Stability::default() });
    }
}
