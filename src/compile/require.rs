//! What the rules ask for, collected in the words of the planning model before anything is put into the kernel.

use super::choice::Choices;
use crate::domain::action::SiteState;
use crate::domain::district::Stage;
use crate::domain::scenario::Scenario;
use crate::id::{GradeId, Id, RuleId, SiteId, UnitId};
use crate::metric::band::Band;
use crate::metric::boarding::MayBoard;
use crate::metric::classes::ClassNeed;
use crate::metric::lowering::{ArcEffect, BudgetSpan, ClassClaim, ClosureCount, Lowering, Place, Strict};
use crate::units::{Classes, Year};
use std::collections::BTreeSet;

/// A set of ways from units to sites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ways {
    sites: usize,
    bits: Vec<u64>,
}

impl Ways {
    fn none(units: usize, sites: usize) -> Self {
        Self { sites, bits: vec![0; (units * sites).div_ceil(64)] }
    }

    fn insert(&mut self, unit: UnitId, site: SiteId) {
        let bit = unit.index() * self.sites + site.index();
        self.bits[bit / 64] |= 1 << (bit % 64);
    }

    /// Whether the way is in the set.
    pub fn contains(&self, unit: UnitId, site: SiteId) -> bool {
        let bit = unit.index() * self.sites + site.index();
        self.bits[bit / 64] >> (bit % 64) & 1 == 1
    }

    fn is_empty(&self) -> bool {
        self.bits.iter().all(|&word| word == 0)
    }
}

/// Bounds on the pupils of some sets of grades at a place, each set with its weight.
#[derive(Debug, Clone)]
pub(super) struct LoadBound {
    pub rule: String,
    pub place: Place,
    pub terms: Vec<(Vec<GradeId>, i64)>,
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub price: f64,
}

/// At most so many classes at a place.
#[derive(Debug, Clone)]
pub(super) struct ClassBound {
    pub rule: String,
    pub place: Place,
    pub needs: Vec<ClassNeed>,
    pub max: i64,
    pub price: f64,
}

/// What a rule does to the ways of some grades in a year.
#[derive(Debug, Clone)]
pub(super) struct WayRule {
    pub rule: String,
    pub year: Year,
    pub grades: Vec<GradeId>,
    /// Ways that nobody may go.
    pub forbidden: Ways,
    /// Ways that cost something per pupil, in order of unit and site.
    pub priced: Vec<(UnitId, SiteId, f64)>,
}

impl WayRule {
    /// Price of one pupil on the way; 0 where the rule asks for nothing.
    pub fn price(&self, unit: UnitId, site: SiteId) -> f64 {
        let found = self.priced.binary_search_by_key(&(unit, site), |&(unit, site, _)| (unit, site));
        found.map_or(0.0, |at| self.priced[at].2)
    }
}

/// At most so many pupils of some grades on some ways.
#[derive(Debug, Clone)]
pub(super) struct WayCount {
    pub rule: String,
    pub year: Year,
    pub grades: Vec<GradeId>,
    pub counted: Ways,
    pub max: f64,
    pub price: f64,
}

/// Bounds on a number of closures.
#[derive(Debug, Clone)]
pub(super) struct ClosureBound {
    pub rule: String,
    pub count: ClosureCount,
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub price: f64,
}

/// A bound on money.
#[derive(Debug, Clone)]
pub(super) struct MoneyBound {
    pub rule: String,
    pub span: BudgetSpan,
    pub max: f64,
    pub price: f64,
}

/// A site that should operate in a year.
#[derive(Debug, Clone)]
pub(super) struct MustOperate {
    pub rule: String,
    pub site: SiteId,
    pub year: Year,
    pub price: f64,
}

/// Bounds on the sites that are in some states in a year.
#[derive(Debug, Clone)]
pub(super) struct SiteBound {
    pub rule: String,
    pub of: String,
    pub year: Year,
    /// The states that count, by site.
    pub counted: Vec<(SiteId, SiteState)>,
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub price: f64,
}

/// At most so many boarders of some grades at each of some sites.
#[derive(Debug, Clone)]
pub(super) struct BoarderBound {
    pub rule: String,
    pub year: Year,
    pub grades: Vec<GradeId>,
    pub sites: Vec<SiteId>,
    pub max: f64,
    pub price: f64,
}

/// A bound on the pupils moved in a year.
#[derive(Debug, Clone)]
pub(super) struct MoveBound {
    pub rule: String,
    pub year: Year,
    pub max: f64,
    pub price: f64,
}

/// Everything that the rules ask for, in the order of the rules.
pub(super) struct Requirements<'a> {
    scenario: &'a Scenario,
    choices: &'a Choices,
    strict: &'a Strict,
    /// Rules of places that are put in part only although there is a stricter form.
    parts: Vec<(String, SiteId, Year)>,
    /// Who may board where; `None` where plans board nobody.
    pub board: Option<MayBoard<'a>>,
    pub loads: Vec<LoadBound>,
    pub claims: Vec<(String, Place, ClassClaim)>,
    pub classes: Vec<ClassBound>,
    pub ways: Vec<WayRule>,
    pub way_counts: Vec<WayCount>,
    pub closures: Vec<ClosureBound>,
    pub money: Vec<MoneyBound>,
    pub operate: Vec<MustOperate>,
    pub sites: Vec<SiteBound>,
    pub boarders: Vec<BoarderBound>,
    pub moves: Vec<MoveBound>,
}

impl<'a> Requirements<'a> {
    /// An empty collection for sites with these choices.
    pub fn new(scenario: &'a Scenario, choices: &'a Choices, board: Option<MayBoard<'a>>, strict: &'a Strict) -> Self {
        Self {
            scenario,
            choices,
            strict,
            parts: Vec::new(),
            board,
            loads: Vec::new(),
            claims: Vec::new(),
            classes: Vec::new(),
            ways: Vec::new(),
            way_counts: Vec::new(),
            closures: Vec::new(),
            money: Vec::new(),
            operate: Vec::new(),
            sites: Vec::new(),
            boarders: Vec::new(),
            moves: Vec::new(),
        }
    }

    /// Where rules are put in part only although there is a stricter form.
    pub fn in_part(&self) -> BTreeSet<(RuleId, SiteId, Year)> {
        let id = |key: &str| self.scenario.rules.entries().find(|(_, rule)| rule.id == key).map(|(id, _)| id);
        self.parts.iter().filter_map(|(rule, site, year)| Some((id(rule)?, *site, *year))).collect()
    }

    /// The rules on ways that concern a band in a plan year, given by position. Bands are such that a rule concerns all of
    /// a band or nothing of it.
    pub fn ways_of(&self, year: usize, band: &Band) -> impl Iterator<Item = &WayRule> + use<'_, 'a> {
        let (year, grade) = (self.scenario.years[year], band.grades[0]);
        self.ways.iter().filter(move |way| way.year == year && way.grades.contains(&grade))
    }

    /// The first hard rule that forbids a way to the pupils of a band in a plan year.
    pub fn forbidding(&self, year: usize, band: &Band, unit: UnitId, site: SiteId) -> Option<&str> {
        self.ways_of(year, band).find(|way| way.forbidden.contains(unit, site)).map(|way| way.rule.as_str())
    }

    /// What is taught together anywhere in a plan year.
    pub fn needs(&self, year: Year) -> impl Iterator<Item = &ClassNeed> {
        let claimed = self.claims.iter().map(|(_, place, claim)| (place.year, &claim.needs));
        let limited = self.classes.iter().map(|bound| (bound.place.year, &bound.needs));
        claimed.chain(limited).filter(move |&(other, _)| other == year).flat_map(|(_, needs)| needs)
    }

    fn every_way(&self) -> impl Iterator<Item = (UnitId, SiteId)> + use<> {
        let sites = self.scenario.district.sites.len();
        self.scenario.district.units.ids().flat_map(move |unit| (0..sites).map(move |site| (unit, SiteId::new(site))))
    }

    fn no_ways(&self) -> Ways {
        Ways::none(self.scenario.district.units.len(), self.scenario.district.sites.len())
    }
}

impl Lowering for Requirements<'_> {
    fn states(&self, site: SiteId, year: Year) -> Vec<SiteState> {
        let index = self.scenario.years.iter().position(|&other| other == year);
        let mut states = Vec::new();
        for (_, trajectory) in self.choices.at(site) {
            if let Some(state) = index.map(|index| trajectory.states[index])
                && !states.contains(&state)
            {
                states.push(state);
            }
        }
        states
    }

    fn strict(&self, site: SiteId, year: Year) -> Option<&[(Stage, Classes)]> {
        self.strict.at(site, year)
    }

    fn in_part(&mut self, rule: &str, place: &Place) {
        if self.strict.at(place.site, place.year).is_none() {
            self.parts.push((rule.to_owned(), place.site, place.year));
        }
    }

    fn limit_load(
        &mut self,
        rule: &str,
        place: &Place,
        grades: &[GradeId],
        (min, max): (Option<i64>, Option<i64>),
        price: f64,
    ) {
        let (place, terms) = (*place, vec![(grades.to_vec(), 1)]);
        self.loads.push(LoadBound { rule: rule.to_owned(), place, terms, min, max, price });
    }

    fn limit_weighted(&mut self, rule: &str, place: &Place, terms: &[(Vec<GradeId>, i64)], max: i64, price: f64) {
        let (place, terms) = (*place, terms.to_vec());
        self.loads.push(LoadBound { rule: rule.to_owned(), place, terms, min: None, max: Some(max), price });
    }

    fn claim_classes(&mut self, rule: &str, place: &Place, claim: ClassClaim) {
        self.claims.push((rule.to_owned(), *place, claim));
    }

    fn limit_classes(&mut self, rule: &str, place: &Place, needs: &[ClassNeed], max: i64, price: f64) {
        let (rule, needs) = (rule.to_owned(), needs.to_vec());
        self.classes.push(ClassBound { rule, place: *place, needs, max, price });
    }

    fn shape_arcs(&mut self, rule: &str, year: Year, grades: &[GradeId], effect: &dyn Fn(UnitId, SiteId) -> ArcEffect) {
        let mut forbidden = self.no_ways();
        let mut priced = Vec::new();
        for (unit, site) in self.every_way() {
            match effect(unit, site) {
                ArcEffect::Free => {}
                ArcEffect::Forbidden => forbidden.insert(unit, site),
                ArcEffect::Priced(price) => priced.push((unit, site, price)),
            }
        }
        if !forbidden.is_empty() || !priced.is_empty() {
            self.ways.push(WayRule { rule: rule.to_owned(), year, grades: grades.to_vec(), forbidden, priced });
        }
    }

    fn limit_arc_pupils(
        &mut self,
        rule: &str,
        year: Year,
        grades: &[GradeId],
        counted: &dyn Fn(UnitId, SiteId) -> bool,
        max: f64,
        price: f64,
    ) {
        let mut ways = self.no_ways();
        for (unit, site) in self.every_way() {
            if counted(unit, site) {
                ways.insert(unit, site);
            }
        }
        let (rule, grades) = (rule.to_owned(), grades.to_vec());
        self.way_counts.push(WayCount { rule, year, grades, counted: ways, max, price });
    }

    fn limit_closures(&mut self, rule: &str, count: &ClosureCount, (min, max): (Option<i64>, Option<i64>), price: f64) {
        self.closures.push(ClosureBound { rule: rule.to_owned(), count: count.clone(), min, max, price });
    }

    fn limit_budget(&mut self, rule: &str, span: &BudgetSpan, max: f64, price: f64) {
        self.money.push(MoneyBound { rule: rule.to_owned(), span: span.clone(), max, price });
    }

    fn keep_operating(&mut self, rule: &str, site: SiteId, year: Year, price: f64) {
        self.operate.push(MustOperate { rule: rule.to_owned(), site, year, price });
    }

    fn limit_sites(
        &mut self,
        rule: &str,
        of: &str,
        year: Year,
        counted: &dyn Fn(SiteId, &SiteState) -> bool,
        (min, max): (Option<i64>, Option<i64>),
        price: f64,
    ) {
        let sites = self.scenario.district.sites.ids();
        let reached = sites.flat_map(|site| self.states(site, year).into_iter().map(move |state| (site, state)));
        let counted = reached.filter(|(site, state)| counted(*site, state)).collect();
        let (rule, of) = (rule.to_owned(), of.to_owned());
        self.sites.push(SiteBound { rule, of, year, counted, min, max, price });
    }

    fn limit_boarders(&mut self, rule: &str, year: Year, grades: &[GradeId], sites: &[SiteId], max: f64, price: f64) {
        let (rule, grades, sites) = (rule.to_owned(), grades.to_vec(), sites.to_vec());
        self.boarders.push(BoarderBound { rule, year, grades, sites, max, price });
    }

    fn limit_moved(&mut self, rule: &str, year: Year, max: f64, price: f64) {
        self.moves.push(MoveBound { rule: rule.to_owned(), year, max, price });
    }
}
