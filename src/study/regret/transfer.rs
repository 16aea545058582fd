//! A plan with the pupils of another forecast: the same actions, and everybody goes where the pupils of the unit were to go.

use crate::domain::action::Measure;
use crate::domain::plan::{Assignment, MIN_PART_PERCENT, Plan};
use crate::domain::scenario::Scenario;
use crate::evaluate::course::{self, Courses};
use crate::id::{GradeId, SiteId, UnitId};
use crate::metric::band::{self, Band};
use crate::metric::cohort;
use crate::travel::Travel;
use crate::units::{Pupils, Year};
use std::collections::BTreeMap;

/// A plan under another forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Transferred {
    /// The plan with the pupils of the forecast.
    pub plan: Plan,
    /// How many pupils (over all plan years) belong to units and bands that the plan does not zone, because they have none
    /// where it was made. They go where the unit goes in another year, else to today's site or the one that it merges into,
    /// else to the nearest.
    pub unzoned: i64,
}

/// Where pupils of a unit and band go: site, whether they board, and how many of the plan's pupils.
type Parts = Vec<(SiteId, bool, i64)>;

/// The plan with the pupils of `scenario`. Units that several sites share are shared in the same proportions, in whole pupils;
/// a part that becomes smaller than [`MIN_PART_PERCENT`] goes to the largest. Years that the scenario does not have are left
/// out.
pub fn transfer(plan: &Plan, scenario: &Scenario, travel: &Travel<'_>) -> Transferred {
    let bands = band::bands(scenario);
    let (courses, _) = course::follow(scenario, plan);
    let mut rows: BTreeMap<(UnitId, Year, GradeId), Parts> = BTreeMap::new();
    let mut zones: BTreeMap<(UnitId, usize, Year), Parts> = BTreeMap::new();
    for row in &plan.assignment {
        for &(grade, pupils) in &row.pupils {
            rows.entry((row.unit, row.year, grade)).or_default().push((row.site, row.boarding, pupils.0));
            let Some(band) = bands.iter().position(|band| band.grades.contains(&grade)) else { continue };
            let parts = zones.entry((row.unit, band, row.year)).or_default();
            match parts.iter_mut().find(|(site, boarding, _)| (*site, *boarding) == (row.site, row.boarding)) {
                Some((_, _, sum)) => *sum += pupils.0,
                None => parts.push((row.site, row.boarding, pupils.0)),
            }
        }
    }
    let work = Work { scenario, travel, bands: &bands, courses: &courses, rows: &rows, zones: &zones };
    let mut done = Transferred { plan: Plan { actions: plan.actions.clone(), assignment: Vec::new() }, unzoned: 0 };
    for &year in &scenario.years {
        for (index, band) in bands.iter().enumerate() {
            let connected = scenario.zoning.iter().any(|zoning| zoning.stage == band.stage && zoning.contiguous);
            for unit in scenario.district.units.ids() {
                let all: i64 = band.grades.iter().map(|&grade| scenario.demand.pupils(year, unit, grade).0).sum();
                if all > 0 || connected {
                    work.zone(&mut done, (unit, index, year), all);
                }
            }
        }
    }
    done
}

struct Work<'a> {
    scenario: &'a Scenario,
    travel: &'a Travel<'a>,
    bands: &'a [Band],
    courses: &'a Courses,
    rows: &'a BTreeMap<(UnitId, Year, GradeId), Parts>,
    zones: &'a BTreeMap<(UnitId, usize, Year), Parts>,
}

impl Work<'_> {
    /// Adds the rows of a unit, band and year with `all` pupils.
    fn zone(&self, done: &mut Transferred, (unit, index, year): (UnitId, usize, Year), all: i64) {
        let band = &self.bands[index];
        let parts = if let Some(parts) = self.zones.get(&(unit, index, year)) {
            used(parts)
        } else {
            done.unzoned += all;
            self.elsewhere(unit, index, year).map(|site| vec![(site, false, 1)]).unwrap_or_default()
        };
        let mut table: Vec<Vec<(GradeId, Pupils)>> = vec![Vec::new(); parts.len()];
        for &grade in &band.grades {
            let pupils = self.scenario.demand.pupils(year, unit, grade).0;
            // The plan may share every grade in a way of its own.
            let own = self.rows.get(&(unit, year, grade)).map(Vec::as_slice).unwrap_or_default();
            let of_grade = |&(site, boarding, _): &(SiteId, bool, i64)| -> i64 {
                own.iter().filter(|part| (part.0, part.1) == (site, boarding)).map(|part| part.2).sum()
            };
            let weights: Vec<i64> = parts.iter().map(of_grade).collect();
            let weights =
                if weights.iter().sum::<i64>() > 0 { weights } else { parts.iter().map(|part| part.2).collect() };
            for (column, share) in table.iter_mut().zip(shares(pupils, &weights)) {
                column.push((grade, Pupils(share)));
            }
        }
        gather_small_parts(&mut table);
        let stage = band.stage;
        for (&(site, boarding, _), pupils) in parts.iter().zip(table) {
            let empty = pupils.iter().all(|&(_, pupils)| pupils == Pupils::ZERO);
            if !empty || parts.len() == 1 {
                done.plan.assignment.push(Assignment { unit, stage, year, pupils, site, boarding });
            }
        }
    }

    /// A site for pupils whom the plan does not know.
    fn elsewhere(&self, unit: UnitId, index: usize, year: Year) -> Option<SiteId> {
        let Band { stage, grades } = &self.bands[index];
        let (stage, grade) = (*stage, grades[0]);
        let position = self.scenario.stage_index(stage)?;
        // A cohort that stays must be taught in all its years, but for those who are there today, and one of a site that is phased
        // out finishes there; nobody else goes to such a site.
        let cohort = cohort::entry(self.scenario, grade, year).filter(|_| cohort::stay(self.scenario, stage));
        let years: Vec<(Year, GradeId)> = match cohort {
            Some(entry) if entry > self.scenario.baseline_year => {
                let in_year = |&year: &Year| Some((year, cohort::grade_in(self.scenario, stage, entry, year)?));
                self.scenario.years.iter().filter_map(in_year).collect()
            }
            _ => vec![(year, grade)],
        };
        let open = |site: SiteId| {
            let teaches = |&(year, grade): &(Year, GradeId)| {
                let at = self.scenario.years.iter().position(|&other| other == year);
                let grade = self.scenario.district.grades[grade];
                at.is_some_and(|at| self.courses.states[site][at].teaches_grade(grade))
            };
            years.iter().all(teaches) && self.travel.leg(unit, site).is_some()
        };
        let home = self.scenario.baseline.sites.get(unit).and_then(|sites| sites[position]);
        let merged = home.and_then(|home| self.courses.taken[home]).filter(|taken| taken.year <= year);
        let into = match merged.map(|taken| taken.measure) {
            // A merger takes the whole catchment along, also those who come later.
            Some(Measure::Merge { into }) => return Some(into),
            // The school has moved, and its pupils with it where they can.
            Some(Measure::Relocate { into, .. }) => Some(into),
            _ => home,
        };
        let runs_out = |site: SiteId| {
            let taken = self.courses.taken[site].map(|taken| taken.measure);
            cohort.is_none() && taken == Some(Measure::PhaseOut)
        };
        if let Some(home) = home.filter(|&home| runs_out(home) && open(home)) {
            return Some(home);
        }
        let open = |site: SiteId| open(site) && !runs_out(site);
        let known: Vec<SiteId> = match cohort {
            None => {
                let other_years = self.zones.range((unit, index, Year(i32::MIN))..=(unit, index, Year(i32::MAX)));
                other_years.flat_map(|(_, parts)| used(parts)).map(|(site, _, _)| site).collect()
            }
            // The nearest year, an earlier one first: a cohort may have been zoned anew.
            Some(entry) => {
                let mut years = self.scenario.years.clone();
                years.sort_by_key(|other| ((other.0 - year.0).abs(), other.0));
                let zone = |&other: &Year| {
                    let grade = cohort::grade_in(self.scenario, stage, entry, other)?;
                    let band = self.bands.iter().position(|band| band.grades.contains(&grade))?;
                    self.zones.get(&(unit, band, other)).map(|parts| used(parts)[0].0)
                };
                years.iter().filter_map(zone).collect()
            }
        };
        let sites = self.scenario.district.sites.ids();
        known
            .into_iter()
            .chain(into)
            .find(|&site| open(site))
            .or_else(|| self.travel.nearest(unit, sites.filter(|&site| open(site))).map(|(site, _)| site))
    }
}

/// The parts that have pupils; the first where none has.
fn used(parts: &Parts) -> Parts {
    let some: Parts = parts.iter().copied().filter(|part| part.2 > 0).collect();
    if some.is_empty() { parts.iter().take(1).map(|&(site, boarding, _)| (site, boarding, 1)).collect() } else { some }
}

/// Whole shares of `pupils` in proportion to `weights`, by largest remainder (ties: the earlier part).
fn shares(pupils: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i64 = weights.iter().sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let quota = |weight: i64| i128::from(pupils) * i128::from(weight);
    let mut shares: Vec<i64> = weights.iter().map(|&weight| (quota(weight) / i128::from(sum)) as i64).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&part| std::cmp::Reverse(quota(weights[part]) % i128::from(sum)));
    let missing = (pupils - shares.iter().sum::<i64>()).max(0) as usize;
    for &part in order.iter().take(missing) {
        shares[part] += 1;
    }
    shares
}

/// Gives parts below the least share to the largest part.
fn gather_small_parts(table: &mut [Vec<(GradeId, Pupils)>]) {
    let sum = |part: &[(GradeId, Pupils)]| part.iter().map(|&(_, pupils)| pupils.0).sum::<i64>();
    let all: i64 = table.iter().map(|part| sum(part)).sum();
    let Some(largest) = (0..table.len()).rev().max_by_key(|&part| sum(&table[part])) else { return };
    for small in (0..table.len()).filter(|&part| part != largest) {
        if sum(&table[small]) * 100 < MIN_PART_PERCENT * all {
            for grade in 0..table[small].len() {
                let pupils = std::mem::take(&mut table[small][grade].1);
                table[largest][grade].1 += pupils;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::untouched_plan;
    use crate::domain::sample;
    use crate::evaluate::evaluate;

    #[test]
    fn a_plan_under_its_own_forecast_is_itself() {
        let scenario = sample::scenario();
        let travel = Travel::new(&scenario);
        let plan = untouched_plan(&scenario);
        let same = transfer(&plan, &scenario, &travel);
        let judged = |plan: &Plan| evaluate(&scenario, &travel, plan).unwrap();
        assert_eq!((judged(&same.plan), same.unzoned), (judged(&plan), 0));
    }

    #[test]
    fn pupils_follow_the_forecast_and_shared_units_keep_their_proportions() {
        let mut scenario = sample::scenario();
        let year = scenario.years[0];
        let grade = scenario.district.grades.ids().next().unwrap();
        let stage = scenario.district.grades[grade].stage;
        let sites: Vec<SiteId> = scenario.district.sites.ids().collect();
        let row = |unit, site: usize, pupils| Assignment {
            unit,
            stage,
            year,
            pupils: vec![(grade, Pupils(pupils))],
            site: sites[site],
            boarding: false,
        };
        let plan = Plan {
            actions: Vec::new(),
            assignment: vec![row(UnitId(0), 0, 30), row(UnitId(0), 1, 60), row(UnitId(0), 2, 10)],
        };
        scenario.demand.set(year, UnitId(0), grade, Pupils(31));
        let travel = Travel::new(&scenario);
        let moved = transfer(&plan, &scenario, &travel);
        let of = |unit: u32| -> Vec<(SiteId, i64)> {
            let rows = moved.plan.assignment.iter();
            let rows = rows.filter(|row| row.unit == UnitId(unit) && row.year == year && row.stage == stage);
            rows.map(|row| (row.site, row.total().0)).collect()
        };
        // 31 of 30 : 60 : 10 are 9.3, 18.6 and 3.1; three are less than a tenth and go to the largest part.
        assert_eq!(of(0), [(sites[0], 9), (sites[1], 22)]);
        // A unit that the plan does not know goes to today's site.
        let home = scenario.baseline.sites[UnitId(1)][0].unwrap();
        assert_eq!(of(1), [(home, scenario.demand.pupils(year, UnitId(1), grade).0)]);
        assert!(moved.unzoned > 0);
    }
}
