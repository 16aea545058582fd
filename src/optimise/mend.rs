//! Mending: the kernel knows some hard rules in part, so that the audit may find them broken in a plan that an engine found.
//!
//! Then the rule is put in its stricter form where it was broken, and the level is solved again from that plan; what breaks
//! elsewhere joins in. What was proven of the level before stays true: every plan that keeps the rules keeps what the kernel knows
//! of them. Only the plan gets dearer, and its gap with it.

use crate::compile::{Compiled, Strict};
use crate::domain::district::Stage;
use crate::domain::scenario::Scenario;
use crate::evaluate::Evaluation;
use crate::id::{RuleId, SiteId};
use crate::message::Message;
use crate::metric::view::Subject;
use crate::run::Limits;
use crate::units::{Classes, Year};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Rounds in which places join one by one as they break; in the one after, all join.
const ROUNDS: usize = 3;
/// Share of the time left that is kept for mending, where a rule is known in part.
const KEPT: f64 = 0.2;

/// The places at which rules are put in their stricter form, as far as plans have broken them.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    classes: BTreeMap<(SiteId, Year), Vec<(Stage, Classes)>>,
    rules: BTreeSet<RuleId>,
    rounds: usize,
}

impl Places {
    /// The stricter form at these places.
    pub fn strict(&self) -> Strict {
        Strict::At(self.classes.clone())
    }

    /// Adds where a plan breaks a rule that `compiled` knows in part; whether there is such a place that was not there before, and
    /// whether there is any.
    pub fn add(&mut self, compiled: &Compiled, evaluation: &Evaluation) -> (bool, bool) {
        let broken: BTreeSet<(RuleId, SiteId, Year)> = compiled
            .in_part
            .iter()
            .copied()
            .filter(|&(rule, site, year)| {
                let here = |subject| matches!(subject, Subject::Site(at) | Subject::Section(at, _) if at == site);
                evaluation.breaches.iter().any(|one| one.rule == rule && one.year == year && here(one.subject))
            })
            .collect();
        if broken.is_empty() {
            return (false, false);
        }
        self.rounds += 1;
        let joining = if self.rounds > ROUNDS { &compiled.in_part } else { &broken };
        let before = self.classes.len();
        for &(rule, site, year) in joining {
            self.classes.entry((site, year)).or_insert_with(|| classes(evaluation, site, year));
            self.rules.insert(rule);
        }
        (self.classes.len() > before, true)
    }

    /// Whether no plan has broken anything yet.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// A message with the rules and places.
    pub fn told(&self, scenario: &Scenario, key: &str) -> Message {
        let rules: Vec<&str> = self.rules.iter().map(|&rule| scenario.rules[rule].id.as_str()).collect();
        let place = |(site, year): &(SiteId, Year)| format!("{} {year}", scenario.district.sites[*site].key);
        let places: Vec<String> = self.classes.keys().map(place).collect();
        Message::new(key).with("rules", rules.join(", ")).with("places", places.join(", "))
    }
}

/// The classes of a site by stage.
fn classes(evaluation: &Evaluation, site: SiteId, year: Year) -> Vec<(Stage, Classes)> {
    let Some(judged) = evaluation.years.iter().find(|judged| judged.year == year) else { return Vec::new() };
    let here = &judged.sites[site];
    let of = |stage: Stage| here.groups_of(stage).filter_map(|group| group.classes).sum();
    here.state.kind.stages().iter().map(|&stage| (stage, of(stage))).collect()
}

/// The limits of a run that may have to be followed by mending.
pub(super) fn limits(in_part: bool, limits: &Limits) -> Limits {
    let time = limits.seconds_left().filter(|_| in_part);
    let until = |left: f64| Duration::from_secs_f64(limits.clock.seconds() + (1.0 - KEPT) * left);
    Limits { time: time.map(until).or(limits.time), ..limits.clone() }
}
