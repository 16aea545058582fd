//! The rule as the optimiser keeps to it: with so many rooms of each subject a section has at most so many classes.
//!
//! Of the classes that a section's class sizes call for, `F`, it has as many as the classrooms of its site suffice for, `c`. With
//! one stage at the site `c = min(F, classrooms)`, so that a limit below the classrooms is one on `F`, and another binds nobody.
//! Where several stages share the classrooms `c` depends on all of them; but it lacks no more classes than the rules on class
//! sizes let it, `F - lacking <= c <= F`: none where the sizes are hard, as many as the ceiling says where they must not worsen.
//! So `c <= most` implies `F <= most + lacking`, which is the limit, and is implied by `F <= most`, which is the stricter form.
//!
//! Where stages share special rooms a limit for each counts all of them, and one on the sum counts them once. The stricter form
//! gives every section a number of rooms to which it is entitled, so that all together find them whatever the others use.

use super::by_site;
use super::rooms::{Kind, Pool, classes_a_room, count, needed, ordinary_room, tested_kinds};
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
use crate::units::{Classes, Year};
use std::cmp::Reverse;

/// Puts the rule on every place at which it may bind.
pub fn limit(rule: &InForce<'_>, lowering: &mut dyn Lowering) {
    let (ground, scenario) = (rule.ground, rule.ground.scenario);
    let grades = scope::grades(scenario, rule.rule);
    for (year, price) in rule.years() {
        for site in scenario.district.sites.ids() {
            for state in lowering.states(site, year) {
                let facts = SiteFacts { ground, site, state, pupils: None };
                let in_scope = state.operating && scope::site(scenario, rule.rule, site, &state);
                if !in_scope || scope::loosest(rule.rule, &facts).is_none() {
                    continue;
                }
                let (here, limit) = (Here::new(rule, year, site, state, &grades), rule.rule.limit);
                if price.is_infinite() {
                    here.keep(|_| limit, lowering);
                } else if price > 0.0 {
                    here.price(limit, price, lowering);
                }
                let ceiling = |stage: Stage| {
                    let subject = if by_site(rule.rule) { Subject::Site(site) } else { Subject::Section(site, stage) };
                    rule.ceiling(year, subject)
                };
                if here.stages.iter().any(|stage| ceiling(stage.stage).is_some()) {
                    here.keep(|stage| limit + ceiling(stage).unwrap_or(0.0), lowering);
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
    /// Whether the rule tests all stages taught here.
    all: bool,
    /// Whether all classes at the place have the size that they need in every plan that keeps the rules.
    firm: bool,
}

/// A section with its rooms, subject by subject.
struct Counted {
    stage: Stage,
    /// What is taught together in grades that the rule is about.
    needs: Vec<ClassNeed>,
    /// The most classes for which it may lack a classroom in a plan that keeps the rules; `None` where nothing says.
    lacking: Option<i64>,
    rooms: Vec<Rooms>,
}

/// Rooms of one subject: how many count at most, and how many in any case.
#[derive(Clone, Copy)]
struct Rooms {
    own: Span,
    /// What it may share with the other stages.
    shared: Span,
}

/// At least and at most.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Span {
    least: i64,
    most: i64,
}

/// Stands for the rooms of a subject of which nothing is known: the section waits for data on them, and they limit nothing.
const UNKNOWN: Rooms = {
    let any = Span { least: 1_000_000, most: 1_000_000 };
    Rooms { own: any, shared: Span { least: 0, most: 0 } }
};

impl<'a> Here<'a> {
    fn new(rule: &'a InForce<'_>, year: Year, site: SiteId, state: SiteState, grades: &[GradeId]) -> Self {
        let (ground, rule, ceilings) = (rule.ground, rule.rule, rule.ceilings);
        let taught = stage_needs(ground, ceilings, year, site, &state);
        let place = Place { site, year, state };
        let alone = taught.len() == 1;
        let in_scope = |all: &StageNeeds| {
            let needs =
                all.needs.as_ref()?.iter().filter(|need| need.grades.iter().any(|grade| grades.contains(grade)));
            let needs: Vec<ClassNeed> = needs.cloned().collect();
            let rooms: Vec<Option<Rooms>> =
                tested_kinds(rule).map(|kind| that_count(rule, ground, &place, all.stage, kind)).collect();
            let known = rooms.iter().any(Option::is_some);
            let rooms = rooms.into_iter().map(|rooms| rooms.unwrap_or(UNKNOWN)).collect();
            let lacking = if alone { Some(0) } else { all.lacking };
            (!needs.is_empty() && known).then_some(Counted { stage: all.stage, needs, lacking, rooms })
        };
        let stages: Vec<Counted> = taught.iter().filter_map(in_scope).collect();
        let firm = taught.iter().all(|stage| stage.lacking == Some(0));
        Self { rule, place, all: stages.len() == taught.len(), stages, firm }
    }

    /// Most classes with which no more than `allowed` rooms are lacking, given the rooms of each subject.
    fn most(&self, rooms: &[Rooms], allowed: i64) -> i64 {
        let has = || rooms.iter().map(|rooms| rooms.own.most + rooms.shared.most);
        let lacking = |need: i64| has().map(|has| (need - has).max(0)).sum::<i64>();
        let mut need = has().min().unwrap_or(0) + allowed.max(0);
        while lacking(need) > allowed {
            need -= 1;
        }
        self.classes_for(need)
    }

    /// Classes for which so many rooms of each subject suffice.
    fn classes_for(&self, rooms: i64) -> i64 {
        (rooms as f64 * classes_a_room(self.rule)).floor() as i64
    }

    /// No section lacks more rooms than `allowed` says.
    fn keep(&self, allowed: impl Fn(Stage) -> f64, lowering: &mut dyn Lowering) {
        let allowed: Vec<i64> = self.stages.iter().map(|one| allowed(one.stage).floor() as i64).collect();
        if self.in_part(&allowed) {
            lowering.in_part(&self.rule.id, &self.place);
            if let Some(wanted) = lowering.strict(self.place.site, self.place.year) {
                let rooms = self.entitled(&allowed, wanted);
                for (one, rooms) in self.stages.iter().zip(rooms) {
                    self.limit(&one.needs, self.classes_for(rooms), 0, lowering);
                }
                return;
            }
        }
        for (one, &allowed) in self.stages.iter().zip(&allowed) {
            if let Some(lacking) = one.lacking {
                self.limit(&one.needs, self.most(&one.rooms, allowed), lacking, lowering);
            }
        }
        if self.stages.len() > 1 {
            self.keep_sum(&allowed, lowering);
        }
    }

    /// All sections together have no more classes than all rooms serve.
    fn keep_sum(&self, allowed: &[i64], lowering: &mut dyn Lowering) {
        let allowed = if by_site(self.rule) { allowed[0] } else { allowed.iter().sum() };
        let kinds = 0..self.stages[0].rooms.len();
        let rooms = kinds.map(|kind| {
            let own: i64 = self.stages.iter().map(|one| one.rooms[kind].own.most).sum();
            own + self.stages.iter().map(|one| one.rooms[kind].shared.most).max().unwrap_or(0)
        });
        let most = self.classes_for(rooms.min().unwrap_or(0) + allowed);
        // All classrooms are used where some class lacks one, unless stages that the rule does not test have them.
        let lacking = if self.all { Some(0) } else { self.stages.iter().map(|one| one.lacking).sum() };
        if let Some(lacking) = lacking {
            let needs: Vec<ClassNeed> = self.stages.iter().flat_map(|one| one.needs.iter().cloned()).collect();
            self.limit(&needs, most, lacking, lowering);
        }
    }

    /// At most so many classes of those that have a classroom, and so many more that may lack one.
    fn limit(&self, needs: &[ClassNeed], most: i64, lacking: i64, lowering: &mut dyn Lowering) {
        if most < self.place.state.rooms.0 {
            lowering.limit_classes(&self.rule.id, &self.place, needs, most + lacking, f64::INFINITY);
        }
    }

    /// Whether the limits allow plans that lack more rooms than `allowed` says.
    fn in_part(&self, allowed: &[i64]) -> bool {
        let all: Vec<i64> = self.stages.iter().map(|_| self.most_needed()).collect();
        if self.hold(&all, allowed) {
            return false;
        }
        let sure = |span: Span| span.least == span.most;
        let several = self.stages.len() > 1;
        self.stages.iter().any(|one| {
            let shares = |rooms: &Rooms| several && rooms.shared.most > 0;
            let open = |rooms: &Rooms| !sure(rooms.own) || !sure(rooms.shared) || shares(rooms);
            one.lacking != Some(0) || one.rooms.iter().any(open)
        }) || several && by_site(self.rule) && allowed.iter().any(|&allowed| allowed > 0)
    }

    /// Rooms of a subject that a section needs when it has all classrooms.
    fn most_needed(&self) -> i64 {
        needed(self.rule, self.place.state.rooms.0)
    }

    /// Rooms of each subject to which every section is entitled, so that none lacks more than is allowed while no other uses more
    /// than it is entitled to: first towards what the wanted classes need, then as far as it goes, the stage that is farthest from
    /// its end first.
    fn entitled(&self, allowed: &[i64], wanted: &[(Stage, Classes)]) -> Vec<i64> {
        let most = self.most_needed();
        let wants = |one: &Counted| {
            let classes = wanted.iter().filter(|(stage, _)| *stage == one.stage).map(|(_, classes)| classes.0).sum();
            needed(self.rule, classes).min(most)
        };
        let mut rooms = vec![0; self.stages.len()];
        for ends in [self.stages.iter().map(wants).collect(), vec![most; rooms.len()]] {
            let raised = |rooms: &[i64], at: usize| {
                let mut rooms = rooms.to_vec();
                rooms[at] += 1;
                rooms
            };
            while let Some(at) = (0..rooms.len())
                .filter(|&at| rooms[at] < ends[at] && self.hold(&raised(&rooms, at), allowed))
                .max_by_key(|&at| (ends[at] - rooms[at], Reverse(at)))
            {
                rooms[at] += 1;
            }
        }
        rooms
    }

    /// Whether no section lacks more rooms than is allowed in any case, when the sections need so many of each subject.
    fn hold(&self, needs: &[i64], allowed: &[i64]) -> bool {
        let mut lacking = vec![0; needs.len()];
        for kind in 0..self.stages.first().map_or(0, |one| one.rooms.len()) {
            let mut used = 0;
            for (at, one) in self.stages.iter().enumerate() {
                let rooms = one.rooms[kind];
                let short = (needs[at] - rooms.own.least).max(0);
                // The largest rooms go first, so that what counts for another stage may be gone.
                let found = short.min((rooms.shared.least - used).max(0));
                used += found;
                lacking[at] += short - found;
            }
        }
        if by_site(self.rule) {
            return lacking.iter().sum::<i64>() <= allowed.first().copied().unwrap_or(0);
        }
        lacking.iter().zip(allowed).all(|(lacking, allowed)| lacking <= allowed)
    }

    /// Every room that a section lacks costs `price`: for each class above what its rooms serve, the part of a class.
    fn price(&self, limit: f64, price: f64, lowering: &mut dyn Lowering) {
        if !self.firm {
            return;
        }
        for one in &self.stages {
            for rooms in &one.rooms {
                let most = ((rooms.own.most + rooms.shared.most) as f64 + limit) * classes_a_room(self.rule);
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

/// Rooms of a subject that count for a section: its own and those that it may share. `None` where nothing is known of them, so
/// that the section waits for data.
fn that_count(rule: &Rule, ground: &Ground<'_>, place: &Place, stage: Stage, kind: Kind) -> Option<Rooms> {
    let pool = Pool::of(ground, place.site, &place.state, stage, kind);
    if !pool.known {
        return None;
    }
    let rural = ground.scenario.district.sites[place.site].setting == Some(Setting::Rural);
    let small = rural && params::number(rule, "small_class").is_some();
    let counted = |rooms| {
        let large = count(rooms, Some(kind.least(rule)));
        // Whether its classes will be small depends on the plan.
        let other = if small { count(rooms, ordinary_room(ground, place.site, &place.state, stage)) } else { large };
        Span { least: large.min(other), most: large.max(other) }
    };
    Some(Rooms { own: counted(&pool.own), shared: counted(&pool.shared) })
}
