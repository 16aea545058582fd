//! For unit tests: the rules of the packs, and a lowering that writes down what rules ask for and prices plans by it.

use super::classes::{ClassNeed, fewest, share_rooms};
use super::lowering::{ArcEffect, BudgetSpan, ClassClaim, ClosureCount, Lowering, Place};
use super::view::YearView;
use crate::domain::action::{SiteState, trajectories};
use crate::domain::district::Stage;
use crate::domain::rule::Rule;
use crate::domain::scenario::Scenario;
use crate::id::{GradeId, SiteId, UnitId};
use crate::units::{Classes, Pupils, Year};
use serde::Deserialize;

/// The rules of a pack that comes with the program.
///
/// # Panics
/// If there is no such pack.
pub fn pack_rules(name: &str) -> Vec<Rule> {
    #[derive(Deserialize)]
    struct File {
        rules: Vec<Rule>,
    }
    let file: File = toml::from_str(crate::packs::pack(name).unwrap()).unwrap();
    file.rules
}

/// A rule of a pack that comes with the program, by its id.
///
/// # Panics
/// If there is no such rule.
pub fn pack_rule(id: &str) -> Rule {
    let packs = crate::packs::names().filter(|name| id.starts_with(name));
    packs.flat_map(pack_rules).find(|rule| rule.id == id).unwrap()
}

/// A bound on the pupils of some grades at a place: least, most, price.
pub type LoadBound = (Place, Vec<GradeId>, Option<i64>, Option<i64>, f64);

/// A bound on weighted pupils at a place: sets of grades with weights, most, price.
pub type WeightedBound = (Place, Vec<(Vec<GradeId>, i64)>, i64, f64);

/// Ways that are counted in a year, with the most pupils and the price of one more.
pub type WayCount = (Year, Vec<(UnitId, SiteId)>, f64, f64);

/// Sites counted in a year, each in the states that count, with least, most and price.
pub type SiteBound = (Year, Vec<(SiteId, SiteState)>, Option<i64>, Option<i64>, f64);

/// Everything that rules ask for.
pub struct Asked<'a> {
    scenario: &'a Scenario,
    /// Bounds on pupils.
    pub loads: Vec<LoadBound>,
    /// Bounds on weighted pupils.
    pub weighted: Vec<WeightedBound>,
    /// Rules that are said in part, with the places.
    pub parts: Vec<(String, Place)>,
    /// Whether rules are put in their stricter form.
    pub strict: bool,
    /// Calls for classes.
    pub claims: Vec<(Place, ClassClaim)>,
    /// Bounds on classes: needs, most, price.
    pub classes: Vec<(Place, Vec<ClassNeed>, i64, f64)>,
    /// Ways that are not free: year, grades, unit, site, price of a pupil.
    pub ways: Vec<(Year, Vec<GradeId>, UnitId, SiteId, f64)>,
    /// Ways that are counted.
    pub counted: Vec<WayCount>,
    /// Bounds on closures.
    pub closures: Vec<(ClosureCount, Option<i64>, Option<i64>, f64)>,
    /// Bounds on money.
    pub budgets: Vec<(BudgetSpan, f64, f64)>,
    /// Sites that must operate.
    pub operate: Vec<(SiteId, Year, f64)>,
    /// Bounds on sites in some states.
    pub sites: Vec<SiteBound>,
    /// Bounds on boarders: year, sites, most, price.
    pub boarders: Vec<(Year, Vec<SiteId>, f64, f64)>,
    /// Bounds on pupils moved.
    pub moved: Vec<(Year, f64, f64)>,
}

impl<'a> Asked<'a> {
    /// Nothing yet.
    pub fn new(scenario: &'a Scenario) -> Self {
        Self {
            scenario,
            loads: Vec::new(),
            weighted: Vec::new(),
            parts: Vec::new(),
            strict: false,
            claims: Vec::new(),
            classes: Vec::new(),
            ways: Vec::new(),
            counted: Vec::new(),
            closures: Vec::new(),
            budgets: Vec::new(),
            operate: Vec::new(),
            sites: Vec::new(),
            boarders: Vec::new(),
            moved: Vec::new(),
        }
    }

    /// What the limits on pupils, classes and ways cost in one year; infinite where a hard one is broken.
    pub fn price(&self, view: &YearView<'_>) -> f64 {
        let mut price = 0.0;
        let mut charge = |over: i64, each: f64| {
            if over > 0 {
                price += over as f64 * each;
            }
        };
        for (site, here) in view.sites.entries() {
            let place = Place { site, year: view.year, state: here.state };
            let pupils = |grades: &[GradeId]| here.pupils(|group| group.grades.iter().all(|g| grades.contains(g))).0;
            for (_, grades, min, max, each) in self.loads.iter().filter(|(other, ..)| *other == place) {
                let load = pupils(grades);
                charge(max.map_or(0, |max| load - max), *each);
                charge(min.map_or(0, |min| min - load), *each);
            }
            for (_, terms, max, each) in self.weighted.iter().filter(|(other, ..)| *other == place) {
                charge(terms.iter().map(|(grades, weight)| weight * pupils(grades)).sum::<i64>() - max, *each);
            }
            let claims: Vec<ClassClaim> =
                self.claims.iter().filter(|(other, _)| *other == place).map(|(_, claim)| claim.clone()).collect();
            for limit in share_rooms(&claims, here.state.rooms) {
                let classes = |need: &ClassNeed| fewest(Pupils(pupils(&need.grades)), need.size).0;
                charge(limit.needs.iter().map(classes).sum::<i64>() - limit.max, limit.price);
            }
            for (_, needs, max, each) in self.classes.iter().filter(|(other, ..)| *other == place) {
                let classes = |need: &ClassNeed| fewest(Pupils(pupils(&need.grades)), need.size).0;
                charge(needs.iter().map(classes).sum::<i64>() - max, *each);
            }
        }
        for row in view.rows.iter().filter(|row| !row.boarding) {
            for (_, _, _, _, each) in self.ways.iter().filter(|(year, grades, unit, site, _)| {
                *year == view.year && grades.contains(&row.grade) && *unit == row.unit && *site == row.site
            }) {
                price += row.pupils.as_f64() * each;
            }
        }
        price
    }
}

impl Lowering for Asked<'_> {
    fn states(&self, site: SiteId, year: Year) -> Vec<SiteState> {
        let index = self.scenario.years.iter().position(|&other| other == year).unwrap();
        let mut states: Vec<SiteState> = Vec::new();
        for trajectory in trajectories(self.scenario, site) {
            if !states.contains(&trajectory.states[index]) {
                states.push(trajectory.states[index]);
            }
        }
        states
    }

    fn limit_load(
        &mut self,
        _rule: &str,
        place: &Place,
        grades: &[GradeId],
        (min, max): (Option<i64>, Option<i64>),
        price: f64,
    ) {
        self.loads.push((*place, grades.to_vec(), min, max, price));
    }

    fn limit_weighted(&mut self, _rule: &str, place: &Place, terms: &[(Vec<GradeId>, i64)], max: i64, price: f64) {
        self.weighted.push((*place, terms.to_vec(), max, price));
    }

    fn strict(&self, _: SiteId, _: Year) -> Option<&[(Stage, Classes)]> {
        self.strict.then_some(&[])
    }

    fn in_part(&mut self, rule: &str, place: &Place) {
        self.parts.push((rule.to_owned(), *place));
    }

    fn claim_classes(&mut self, _rule: &str, place: &Place, claim: ClassClaim) {
        self.claims.push((*place, claim));
    }

    fn limit_classes(&mut self, _rule: &str, place: &Place, needs: &[ClassNeed], max: i64, price: f64) {
        self.classes.push((*place, needs.to_vec(), max, price));
    }

    fn shape_arcs(&mut self, _: &str, year: Year, grades: &[GradeId], effect: &dyn Fn(UnitId, SiteId) -> ArcEffect) {
        for unit in self.scenario.district.units.ids() {
            for site in self.scenario.district.sites.ids() {
                match effect(unit, site) {
                    ArcEffect::Free => {}
                    ArcEffect::Forbidden => self.ways.push((year, grades.to_vec(), unit, site, f64::INFINITY)),
                    ArcEffect::Priced(price) => self.ways.push((year, grades.to_vec(), unit, site, price)),
                }
            }
        }
    }

    fn limit_arc_pupils(
        &mut self,
        _rule: &str,
        year: Year,
        _grades: &[GradeId],
        counted: &dyn Fn(UnitId, SiteId) -> bool,
        max: f64,
        price: f64,
    ) {
        let units = self.scenario.district.units.ids();
        let sites = || self.scenario.district.sites.ids();
        let pairs = units.flat_map(|unit| sites().map(move |site| (unit, site)));
        self.counted.push((year, pairs.filter(|&(unit, site)| counted(unit, site)).collect(), max, price));
    }

    fn limit_closures(&mut self, _: &str, count: &ClosureCount, bounds: (Option<i64>, Option<i64>), price: f64) {
        self.closures.push((count.clone(), bounds.0, bounds.1, price));
    }

    fn limit_budget(&mut self, _: &str, span: &BudgetSpan, max: f64, price: f64) {
        self.budgets.push((span.clone(), max, price));
    }

    fn keep_operating(&mut self, _: &str, site: SiteId, year: Year, price: f64) {
        self.operate.push((site, year, price));
    }

    fn limit_sites(
        &mut self,
        _rule: &str,
        _of: &str,
        year: Year,
        counted: &dyn Fn(SiteId, &SiteState) -> bool,
        bounds: (Option<i64>, Option<i64>),
        price: f64,
    ) {
        let sites = self.scenario.district.sites.ids();
        let reached = sites.flat_map(|site| self.states(site, year).into_iter().map(move |state| (site, state)));
        let reached = reached.filter(|(site, state)| counted(*site, state)).collect();
        self.sites.push((year, reached, bounds.0, bounds.1, price));
    }

    fn limit_boarders(&mut self, _: &str, year: Year, _: &[GradeId], sites: &[SiteId], max: f64, price: f64) {
        self.boarders.push((year, sites.to_vec(), max, price));
    }

    fn limit_moved(&mut self, _: &str, year: Year, max: f64, price: f64) {
        self.moved.push((year, max, price));
    }
}
