//! What a section may have of something while its site is in a state, before it is known which schools merge into it and how
//! many pupils it will have.
//!
//! What stands there and what the plan adds is known with the state. What a school brings that merges into the site depends on
//! another site, so that there is a most and a least. Where no school can come both are what [`holdings::amount`] finds.

use super::calendar::{Ceilings, InForce};
use super::classes::{joint_grades, stage_needs};
use super::ground::Ground;
use super::holdings::{self, Source};
use super::lowering::{Lowering, Place};
use crate::domain::action::Measure;
use crate::domain::district::Stage;
use crate::domain::resource::Quantity;
use crate::id::{GradeId, IdVec, RuleId, SiteId};
use crate::units::Year;
use std::collections::BTreeMap;

/// An amount of which a part is the section's own and a part is shared.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mix {
    /// What counts whoever else is at the site.
    pub own: f64,
    /// What other stages have their part in.
    pub shared: f64,
    /// The other stages that share it, in order; none where nothing is shared.
    pub with: Vec<Stage>,
}

/// The most and the least that a section may have.
#[derive(Debug, Clone, PartialEq)]
pub struct Prospect {
    /// The most; `None` where the section may have to wait for data.
    pub most: Option<Mix>,
    /// The least in plans in which it is known; `None` where it waits for data in all of them.
    pub least: Option<Mix>,
}

/// A county whose plan is still open, with what is looked up at every place.
pub struct Open<'a> {
    /// What is known of the scenario.
    pub ground: &'a Ground<'a>,
    ceilings: &'a IdVec<RuleId, Ceilings>,
    /// The sites with an offer to merge into a site, with the offers.
    mergers: BTreeMap<SiteId, Vec<(SiteId, usize)>>,
    pupils: BTreeMap<(Year, GradeId), i64>,
}

impl<'a> Open<'a> {
    /// Looks up what a rule needs.
    pub fn new(rule: &InForce<'a>) -> Self {
        let (ground, scenario) = (rule.ground, rule.ground.scenario);
        let mut mergers: BTreeMap<SiteId, Vec<(SiteId, usize)>> = BTreeMap::new();
        for (at, offer) in scenario.offers.iter().enumerate() {
            if let Measure::Merge { into } = offer.measure {
                mergers.entry(into).or_default().push((offer.site, at));
            }
        }
        let mut pupils = BTreeMap::new();
        for &year in &scenario.years {
            for grade in scenario.district.grades.ids() {
                let units = scenario.district.units.ids();
                pupils.insert((year, grade), units.map(|unit| scenario.demand.pupils(year, unit, grade).0).sum());
            }
        }
        Self { ground, ceilings: rule.ceilings, mergers, pupils }
    }

    /// All pupils of some grades in a plan year.
    pub fn pupils(&self, year: Year, grades: &[GradeId]) -> i64 {
        grades.iter().filter_map(|&grade| self.pupils.get(&(year, grade))).sum()
    }

    /// The grades of a stage whose pupils count where those of `grades` do: they and those taught together with them.
    pub fn counted(&self, site: SiteId, stage: Stage, grades: &[GradeId]) -> Vec<GradeId> {
        let counts = |&grade: &GradeId| joint_grades(self.ground, site, grade).iter().any(|one| grades.contains(one));
        self.ground.scenario.district.grades_of(stage).filter(counts).collect()
    }

    /// The stages with pupils at a place in plans.
    pub fn taught(&self, place: &Place) -> Vec<Stage> {
        self.ground.scenario.stages.iter().copied().filter(|&stage| place.state.teaches(stage)).collect()
    }

    /// The most pupils of a stage at a place: all that there are, or as many as its classrooms hold in plans that keep the rules on
    /// class sizes.
    pub fn most_of(&self, place: &Place, stage: Stage) -> i64 {
        let grades: Vec<GradeId> = self.ground.scenario.district.grades_of(stage).collect();
        let all = self.pupils(place.year, &grades);
        let needs = stage_needs(self.ground, self.ceilings, place.year, place.site, &place.state);
        let rooms = needs.into_iter().find(|needs| needs.stage == stage).and_then(|needs| {
            let largest = needs.needs?.iter().map(|need| need.size).max()?;
            Some((place.state.rooms.0 + needs.lacking?).saturating_mul(largest))
        });
        rooms.map_or(all, |rooms| rooms.min(all))
    }

    /// The sites whose schools may have merged into a place by its year, in order.
    pub fn coming(&self, place: &Place, lowering: &dyn Lowering) -> Vec<SiteId> {
        let scenario = self.ground.scenario;
        let open = |offer: usize| {
            scenario.years.iter().any(|&year| year <= place.year && scenario.offers[offer].open_in(year))
        };
        let ends = |from: SiteId| lowering.states(from, place.year).iter().any(|state| !state.operating);
        let offers = self.mergers.get(&place.site).into_iter().flatten();
        let mut all: Vec<SiteId> =
            offers.filter(|&&(from, offer)| open(offer) && ends(from)).map(|&(from, _)| from).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What a section may have of a quantity at a place into which the schools of `coming` may merge. `shares` says whether it has
    /// a part in what is shared at all.
    pub fn prospect(
        &self,
        place: &Place,
        (stage, shares): (Stage, bool),
        quantity: Quantity,
        coming: &[SiteId],
    ) -> Prospect {
        let ground = self.ground;
        let others: Vec<Stage> = self.taught(place).into_iter().filter(|&other| other != stage).collect();
        let mixed = |source: &Source| mixed(source, &others, shares);
        let Some(own) = holdings::of_section(ground, place.site, &place.state, stage, quantity) else {
            return Prospect { most: None, least: None };
        };
        let added = holdings::added_to(ground, &place.state, stage, quantity);
        let is_known = !(own.figures.is_empty() && added.figures.is_empty());
        let (own, added) = (mixed(&own), mixed(&added));
        // A school of which nothing is known makes the section wait for data, as does a plot with nothing if none comes.
        let (mut most, mut waits) = (joined(&own, &added, narrower), !is_known);
        let certain = joined(&own, &added, wider);
        let mut firsts: Vec<Mix> = Vec::new();
        for &from in coming {
            match holdings::brought(ground, from, stage, quantity) {
                None => waits = true,
                Some(source) if source.figures.is_empty() => {}
                Some(source) => {
                    let more = mixed(&source);
                    most = joined(&most, &more, narrower);
                    firsts.push(joined(&certain, &more, wider));
                }
            }
        }
        let lower = |a: Mix, b: Mix| {
            let with = wider(&a.with, &b.with);
            Mix { own: a.own.min(b.own), shared: a.shared.min(b.shared), with }
        };
        let least = if is_known { Some(certain) } else { firsts.into_iter().reduce(lower) };
        Prospect { most: (!waits).then_some(most), least }
    }
}

fn mixed(source: &Source, others: &[Stage], shares: bool) -> Mix {
    let with: Vec<Stage> = others.iter().copied().filter(|other| source.stages.contains(other)).collect();
    let sum = |own: bool| {
        let figures = source.figures.iter().filter(|(stage, _)| stage.is_some() == own);
        figures.map(|(_, figure)| figure).sum::<f64>()
    };
    let (own, shared) = (sum(true), if shares { sum(false) } else { 0.0 });
    if with.is_empty() || shared == 0.0 {
        return Mix { own: own + shared, shared: 0.0, with: Vec::new() };
    }
    Mix { own, shared, with }
}

/// Both together; `with` says who shares it where two are shared differently.
fn joined(a: &Mix, b: &Mix, with: fn(&[Stage], &[Stage]) -> Vec<Stage>) -> Mix {
    let with = match (a.shared > 0.0, b.shared > 0.0) {
        (true, true) => with(&a.with, &b.with),
        (true, false) => a.with.clone(),
        _ => b.with.clone(),
    };
    Mix { own: a.own + b.own, shared: a.shared + b.shared, with }
}

/// The stages in either.
pub(super) fn wider(a: &[Stage], b: &[Stage]) -> Vec<Stage> {
    let mut all: Vec<Stage> = a.iter().chain(b).copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The stages in both.
pub(super) fn narrower(a: &[Stage], b: &[Stage]) -> Vec<Stage> {
    a.iter().copied().filter(|stage| b.contains(stage)).collect()
}
