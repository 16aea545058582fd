//! The rule as the optimiser keeps to it: with so many rooms of each subject a section has at most so many classes.
//!
//! The classes of a section are the fewest that the class sizes allow, `F`, as far as the classrooms of its site suffice. With
//! one stage at the site they are `min(F, rooms)`, so that a limit below the classrooms is one on `F`, and another binds nobody.
//! Where several stages share the classrooms the same is true in years in which all their class sizes are hard, because then
//! the classrooms suffice in every plan that keeps the rules; else only their sum is `min(F, rooms)`.

use super::by_site;
use super::rooms::{Kind, Pool, classes_a_room, count, ordinary_room, tested_kinds};
use crate::domain::action::SiteState;
use crate::domain::district::{Setting, Stage};
use crate::domain::rule::Rule;
use crate::id::{GradeId, SiteId};
use crate::metric::calendar::InForce;
use crate::metric::classes::{ClassNeed, StageNeeds, stage_needs};
use crate::metric::ground::Ground;
use crate::metric::lowering::{Lowering, Place};
use crate::metric::params;
use crate::metric::scope::{self, SiteFacts};
use crate::metric::view::Subject;
use crate::units::Year;

/// Puts the rule on every place at which it may bind.
pub fn limit(rule: &InForce<'_>, lowering: &mut dyn Lowering) {
    let (ground, scenario) = (rule.ground, rule.ground.scenario);
    let grades = scope::grades(scenario, rule.rule);
    for (year, price) in rule.years() {
        for site in scenario.district.sites.ids() {
            for state in lowering.states(site, year) {
                let facts = SiteFacts { ground, site, state, pupils: None };
                let in_scope = state.operating && scope::site(scenario, rule.rule, site, &state);
                let (true, Some(loosest)) = (in_scope, scope::loosest(rule.rule, &facts)) else { continue };
                let here = Here::new(rule.rule, ground, year, site, state, &grades);
                if price.is_infinite() {
                    here.keep(|_| loosest, lowering);
                } else if price > 0.0 {
                    here.price(loosest, price, lowering);
                }
                let ceiling = |stage: Stage| {
                    let subject = if by_site(rule.rule) { Subject::Site(site) } else { Subject::Section(site, stage) };
                    rule.ceiling(year, subject)
                };
                if here.stages.iter().any(|stage| ceiling(stage.stage).is_some()) {
                    here.keep(|stage| loosest + ceiling(stage).unwrap_or(0.0), lowering);
                }
            }
        }
    }
}

/// A place with the sections that the rule tests.
struct Here<'a> {
    rule: &'a Rule,
    place: Place,
    stages: Vec<Counted>,
    /// Whether its classrooms serve no other stage.
    alone: bool,
    /// Whether all classes at the place have the size that they need in every plan that keeps the rules.
    firm: bool,
}

/// A section with its rooms, subject by subject.
struct Counted {
    stage: Stage,
    /// What is taught together in grades that the rule is about.
    needs: Vec<ClassNeed>,
    /// Rooms of its own and shared ones that may count, by subject.
    rooms: Vec<(i64, i64)>,
}

impl<'a> Here<'a> {
    fn new(
        rule: &'a Rule,
        ground: &Ground<'_>,
        year: Year,
        site: SiteId,
        state: SiteState,
        grades: &[GradeId],
    ) -> Self {
        let taught = stage_needs(ground, year, site, &state);
        let place = Place { site, year, state };
        let in_scope = |all: &StageNeeds| {
            let needs =
                all.needs.as_ref()?.iter().filter(|need| need.grades.iter().any(|grade| grades.contains(grade)));
            let needs: Vec<ClassNeed> = needs.cloned().collect();
            let rooms: Option<Vec<(i64, i64)>> =
                tested_kinds(rule).map(|kind| may_count(rule, ground, &place, all.stage, kind)).collect();
            (!needs.is_empty()).then_some(Counted { stage: all.stage, needs, rooms: rooms? })
        };
        let stages: Vec<Counted> = taught.iter().filter_map(in_scope).collect();
        let (alone, firm) = (taught.len() == 1, taught.iter().all(|stage| stage.firm));
        let all = stages.len() == taught.len();
        // A sum over some of the stages says nothing where the others may take the classrooms.
        let stages = if alone || firm || all { stages } else { Vec::new() };
        Self { rule, place, stages, alone, firm }
    }

    /// Most classes with which no more than `allowed` rooms are lacking, given the rooms of each subject.
    fn most(&self, rooms: &[(i64, i64)], allowed: i64) -> i64 {
        let has = || rooms.iter().map(|(own, shared)| own + shared);
        let lacking = |need: i64| has().map(|has| (need - has).max(0)).sum::<i64>();
        let mut need = has().min().unwrap_or(0) + allowed.max(0);
        while lacking(need) > allowed {
            need -= 1;
        }
        (need as f64 * classes_a_room(self.rule)).floor() as i64
    }

    /// No section lacks more rooms than `allowed` says.
    fn keep(&self, allowed: impl Fn(Stage) -> f64, lowering: &mut dyn Lowering) {
        let most_rooms = self.place.state.rooms.0;
        let whole = |stage: Stage| allowed(stage).floor() as i64;
        for one in &self.stages {
            let most = self.most(&one.rooms, whole(one.stage));
            if most < most_rooms && (self.alone || self.firm) {
                lowering.limit_classes(&self.rule.id, &self.place, &one.needs, most, f64::INFINITY);
            }
        }
        if self.stages.len() < 2 {
            return;
        }
        let allowed: i64 = if by_site(self.rule) {
            whole(self.stages[0].stage)
        } else {
            self.stages.iter().map(|one| whole(one.stage)).sum()
        };
        let kinds = 0..self.stages[0].rooms.len();
        let rooms = kinds.map(|kind| {
            let own: i64 = self.stages.iter().map(|one| one.rooms[kind].0).sum();
            own + self.stages.iter().map(|one| one.rooms[kind].1).max().unwrap_or(0)
        });
        let most = (rooms.min().unwrap_or(0) + allowed) as f64 * classes_a_room(self.rule);
        let needs: Vec<ClassNeed> = self.stages.iter().flat_map(|one| one.needs.iter().cloned()).collect();
        if (most.floor() as i64) < most_rooms {
            lowering.limit_classes(&self.rule.id, &self.place, &needs, most.floor() as i64, f64::INFINITY);
        }
    }

    /// Every room that a section lacks costs `price`: for each class above what its rooms serve, the part of a class.
    fn price(&self, limit: f64, price: f64, lowering: &mut dyn Lowering) {
        if !self.firm {
            return;
        }
        for one in &self.stages {
            for (own, shared) in &one.rooms {
                let most = ((own + shared) as f64 + limit) * classes_a_room(self.rule);
                if (most.floor() as i64) < self.place.state.rooms.0 {
                    // The limit is whole, so that a broken one is not counted too dear.
                    let most = most.ceil() as i64;
                    let each = price / classes_a_room(self.rule);
                    lowering.limit_classes(&self.rule.id, &self.place, &one.needs, most, each);
                }
            }
        }
    }
}

/// Rooms of a subject that may count for a section: its own and those that it may share. `None` where nothing is known of
/// them, so that the section waits for data.
fn may_count(rule: &Rule, ground: &Ground<'_>, place: &Place, stage: Stage, kind: Kind) -> Option<(i64, i64)> {
    let pool = Pool::of(ground, place.site, &place.state, stage, kind);
    if !pool.known {
        return None;
    }
    let rural = ground.scenario.district.sites[place.site].setting == Some(Setting::Rural);
    let small = rural && params::number(rule, "small_class").is_some();
    let counted = |rooms| {
        let large = count(rooms, Some(kind.least(rule)));
        // Whether its classes will be small depends on the plan.
        if small { large.max(count(rooms, ordinary_room(ground, place.site, &place.state, stage))) } else { large }
    };
    Some((counted(&pool.own), counted(&pool.shared)))
}
