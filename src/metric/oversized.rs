//! Units too large for any site: their pupils have to be shared, whatever the zoning says.

use super::band::Band;
use super::catalogue;
use super::classes::{ClassNeed, share_rooms};
use super::ground::Ground;
use super::lowering::{ArcEffect, BudgetSpan, ClassClaim, ClosureCount, Lowering, Place};
use crate::domain::action::{SiteState, trajectories};
use crate::domain::scenario::Scenario;
use crate::id::{GradeId, IdVec, SiteId, UnitId};
use crate::units::{Pupils, Year};
use std::collections::{BTreeMap, BTreeSet};

/// The units, bands (by position in `bands`) and plan years whose pupils alone break a hard rule on loads or classes at
/// every site and in every state that teaches their stage. They may be divided among several sites, which every output
/// lists as an assumption.
///
/// Distances play no part: a unit whose only school within reach is too small is a matter of that school.
pub fn units(ground: &Ground<'_>, bands: &[Band]) -> BTreeSet<(Year, usize, UnitId)> {
    let scenario = ground.scenario;
    let mut hard = HardLimits::new(scenario);
    catalogue::constrain(ground, &mut hard);
    let mut found = BTreeSet::new();
    for &year in &scenario.years {
        let places = hard.places(scenario, year);
        for (index, band) in bands.iter().enumerate() {
            for unit in scenario.district.units.ids() {
                let pupils = |grade: GradeId| {
                    if band.grades.contains(&grade) { scenario.demand.pupils(year, unit, grade) } else { Pupils::ZERO }
                };
                let some = band.grades.iter().any(|&grade| pupils(grade) > Pupils::ZERO);
                let teaching = || places.iter().filter(|place| place.state.kind.stages().contains(&band.stage));
                if some && teaching().next().is_some() && !teaching().any(|place| place.holds(&pupils)) {
                    found.insert((year, index, unit));
                }
            }
        }
    }
    found
}

/// The hard limits of a site in a year and state.
struct PlaceLimits {
    state: SiteState,
    /// Grades and the most pupils of them.
    sums: Vec<(Vec<GradeId>, i64)>,
    /// What is taught together and the most classes of it.
    classes: Vec<(Vec<ClassNeed>, i64)>,
}

impl PlaceLimits {
    fn holds(&self, pupils: &dyn Fn(GradeId) -> Pupils) -> bool {
        let sum = |grades: &[GradeId]| grades.iter().map(|&grade| pupils(grade)).sum::<Pupils>();
        self.sums.iter().all(|(grades, max)| sum(grades).0 <= *max)
            && self
                .classes
                .iter()
                .all(|(needs, max)| needs.iter().map(|need| need.classes(sum(&need.grades)).0).sum::<i64>() <= *max)
    }
}

/// Collects the hard limits on loads and classes, and nothing else.
struct HardLimits {
    states: IdVec<SiteId, Vec<Vec<SiteState>>>,
    years: Vec<Year>,
    sums: Vec<(Place, Vec<GradeId>, i64)>,
    claims: Vec<(Place, ClassClaim)>,
    classes: Vec<(Place, Vec<ClassNeed>, i64)>,
}

impl HardLimits {
    fn new(scenario: &Scenario) -> Self {
        let states = |site: SiteId| {
            let all = trajectories(scenario, site);
            let in_year = |year: usize| {
                let mut states: Vec<SiteState> = Vec::new();
                for trajectory in &all {
                    if !states.contains(&trajectory.states[year]) {
                        states.push(trajectory.states[year]);
                    }
                }
                states
            };
            (0..scenario.years.len()).map(in_year).collect()
        };
        Self {
            states: scenario.district.sites.ids().map(states).collect(),
            years: scenario.years.clone(),
            sums: Vec::new(),
            claims: Vec::new(),
            classes: Vec::new(),
        }
    }

    /// The operating states of all sites in a year with their limits.
    fn places(&self, scenario: &Scenario, year: Year) -> Vec<PlaceLimits> {
        type Sums<'a> = Vec<(SiteState, &'a Vec<GradeId>, i64)>;
        let mut sums: BTreeMap<SiteId, Sums<'_>> = BTreeMap::new();
        for (place, grades, max) in self.sums.iter().filter(|(place, ..)| place.year == year) {
            sums.entry(place.site).or_default().push((place.state, grades, *max));
        }
        let mut claims: BTreeMap<SiteId, Vec<(SiteState, &ClassClaim)>> = BTreeMap::new();
        for (place, claim) in self.claims.iter().filter(|(place, _)| place.year == year) {
            claims.entry(place.site).or_default().push((place.state, claim));
        }
        type Most<'a> = Vec<(SiteState, &'a Vec<ClassNeed>, i64)>;
        let mut most: BTreeMap<SiteId, Most<'_>> = BTreeMap::new();
        for (place, needs, max) in self.classes.iter().filter(|(place, ..)| place.year == year) {
            most.entry(place.site).or_default().push((place.state, needs, *max));
        }
        let mut places = Vec::new();
        for site in scenario.district.sites.ids() {
            for state in self.states(site, year).into_iter().filter(|state| state.operating) {
                let here = sums.get(&site).into_iter().flatten().filter(|(other, ..)| *other == state);
                let sums = here.map(|&(_, grades, max)| (grades.clone(), max)).collect();
                let here = claims.get(&site).into_iter().flatten().filter(|(other, _)| *other == state);
                let claimed: Vec<ClassClaim> = here.map(|&(_, claim)| claim.clone()).collect();
                let shared = share_rooms(&claimed, state.rooms).into_iter().filter(|limit| limit.price.is_infinite());
                let here = most.get(&site).into_iter().flatten().filter(|(other, ..)| *other == state);
                let most = here.map(|&(_, needs, max)| (needs.clone(), max));
                let classes = shared.map(|limit| (limit.needs, limit.max)).chain(most).collect();
                places.push(PlaceLimits { state, sums, classes });
            }
        }
        places
    }
}

impl Lowering for HardLimits {
    fn states(&self, site: SiteId, year: Year) -> Vec<SiteState> {
        let index = self.years.iter().position(|&other| other == year);
        index.map_or_else(Vec::new, |index| self.states[site][index].clone())
    }

    fn limit_load(
        &mut self,
        _rule: &str,
        place: &Place,
        grades: &[GradeId],
        (_, max): (Option<i64>, Option<i64>),
        price: f64,
    ) {
        if let (Some(max), true) = (max, price.is_infinite()) {
            self.sums.push((*place, grades.to_vec(), max));
        }
    }

    fn limit_weighted(&mut self, _: &str, _: &Place, _: &[(Vec<GradeId>, i64)], _: i64, _: f64) {
        // Such a limit is about several stages together; what it says of one alone stands in a limit on its pupils.
    }

    fn claim_classes(&mut self, _rule: &str, place: &Place, claim: ClassClaim) {
        self.claims.push((*place, claim));
    }

    fn limit_classes(&mut self, _rule: &str, place: &Place, needs: &[ClassNeed], max: i64, price: f64) {
        if price.is_infinite() {
            self.classes.push((*place, needs.to_vec(), max));
        }
    }

    fn shape_arcs(&mut self, _: &str, _: Year, _: &[GradeId], _: &dyn Fn(UnitId, SiteId) -> ArcEffect) {}

    fn limit_arc_pupils(
        &mut self,
        _rule: &str,
        _year: Year,
        _grades: &[GradeId],
        _counted: &dyn Fn(UnitId, SiteId) -> bool,
        _max: f64,
        _price: f64,
    ) {
    }

    fn limit_closures(&mut self, _: &str, _: &ClosureCount, _: (Option<i64>, Option<i64>), _: f64) {}

    fn limit_budget(&mut self, _: &str, _: &BudgetSpan, _: f64, _: f64) {}

    fn keep_operating(&mut self, _: &str, _: SiteId, _: Year, _: f64) {}

    fn limit_sites(
        &mut self,
        _rule: &str,
        _of: &str,
        _year: Year,
        _counted: &dyn Fn(SiteId, &SiteState) -> bool,
        _bounds: (Option<i64>, Option<i64>),
        _price: f64,
    ) {
    }

    fn limit_boarders(&mut self, _: &str, _: Year, _: &[GradeId], _: &[SiteId], _: f64, _: f64) {}

    fn limit_moved(&mut self, _: &str, _: Year, _: f64, _: f64) {}
}
