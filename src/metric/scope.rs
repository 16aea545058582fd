//! To whom a rule applies and with which limit: scope filters, predicates and exemptions, in one place.

use super::ground::Ground;
use super::params;
use crate::domain::action::{SiteState, baseline_state};
use crate::domain::district::{Grade, Setting, Site, SiteStatus};
use crate::domain::rule::{Comparison, Predicate, Rule, Scope};
use crate::domain::scenario::Scenario;
use crate::id::{GradeId, IdVec, SiteId, UnitId};
use crate::units::Pupils;

/// What a predicate may look at.
#[derive(Clone, Copy)]
pub struct SiteFacts<'a> {
    /// What is known of the scenario.
    pub ground: &'a Ground<'a>,
    /// The site.
    pub site: SiteId,
    /// What it is in the year.
    pub state: SiteState,
    /// Pupils of the subject; `None` while the plan is still open.
    pub pupils: Option<Pupils>,
}

/// The limit that applies to a subject.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Applied {
    /// The limit.
    pub limit: f64,
    /// Whether the subject is not tested at all.
    pub skip: bool,
    /// Position in [`Rule::exempt`] of the exemption that applies.
    pub exemption: Option<usize>,
}

/// The grades that a rule is about, in order.
///
/// A stage whose rolls are known only in sum is in scope of a rule by grades when the rule names all its grades.
pub fn grades(scenario: &Scenario, rule: &Rule) -> Vec<GradeId> {
    scenario.district.grades.entries().filter(|&(_, &grade)| grade_in_scope(rule, grade)).map(|(id, _)| id).collect()
}

fn grade_in_scope(rule: &Rule, grade: Grade) -> bool {
    let scope = &rule.scope;
    let stage = scope.stages.is_empty() || scope.stages.contains(&grade.stage);
    let number = scope.grades.is_empty()
        || match grade.number {
            Some(number) => scope.grades.contains(&number),
            None => grade.stage.grades().all(|number| scope.grades.contains(&number)),
        };
    stage && number
}

/// Whether a site in a state is in the rule's scope, apart from stages, grades and numbers of pupils.
pub fn site(scenario: &Scenario, rule: &Rule, site: SiteId, state: &SiteState) -> bool {
    setting(rule, scenario.district.sites[site].setting) && apart_from_setting(scenario, rule, site, state)
}

/// Whether the rule applies to ways from `unit` to `site`: settings are those of the unit, everything else of the site.
pub fn way(scenario: &Scenario, rule: &Rule, unit: UnitId, site: SiteId, state: &SiteState) -> bool {
    setting(rule, scenario.district.units[unit].setting) && apart_from_setting(scenario, rule, site, state)
}

fn apart_from_setting(scenario: &Scenario, rule: &Rule, site: SiteId, state: &SiteState) -> bool {
    let scope = &rule.scope;
    let facts = &scenario.district.sites[site];
    (scope.kinds.is_empty() || scope.kinds.contains(&state.kind))
        && !scope.exclude_kinds.contains(&state.kind)
        && (scope.ownership.is_empty() || scope.ownership.contains(&scenario.district.schools[facts.school].ownership))
        && (scope.sites.is_empty() || scope.sites.contains(&facts.key))
        && scope.integrated.is_none_or(|wanted| wanted == state.kind.is_integrated())
        && !facts.flags.iter().any(|flag| scope.exclude_flags.contains(flag))
        && !facts.area.is_some_and(|area| scope.exclude_areas.contains(&scenario.district.areas[area].key))
        && scope.boarding.is_none_or(|wanted| wanted == facts.boarding)
        && scope.built_until.is_none_or(|year| built_until(facts, year))
        && scope.built_after.is_none_or(|year| !built_until(facts, year))
}

/// Whether a site was planned and built in a year or before; a plot is built by the plan, if at all.
fn built_until(site: &Site, year: i32) -> bool {
    site.status == SiteStatus::Operating && site.built_year.is_some_and(|built| built.0 <= year)
}

/// Whether the rule asks for nothing of a site, so that whom it applies to does not depend on the plan.
pub fn is_of_pupils(scope: &Scope) -> bool {
    let Scope {
        stages: _,
        grades: _,
        settings: _,
        min_pupils: _,
        kinds,
        exclude_kinds,
        ownership,
        sites,
        exclude_flags,
        exclude_areas,
        integrated,
        boarding,
        built_until,
        built_after,
    } = scope;
    kinds.is_empty()
        && exclude_kinds.is_empty()
        && ownership.is_empty()
        && sites.is_empty()
        && exclude_flags.is_empty()
        && exclude_areas.is_empty()
        && integrated.is_none()
        && boarding.is_none()
        && built_until.is_none()
        && built_after.is_none()
}

/// The states in which every site can operate, found once: a province has thousands of sites and of offers.
#[derive(Debug, Clone)]
pub struct OperatingStates(IdVec<SiteId, Vec<SiteState>>);

impl OperatingStates {
    /// The states of all sites: what they are at the baseline, and what may be built.
    pub fn new(scenario: &Scenario) -> Self {
        let baseline = |site| Some(baseline_state(scenario, site)).filter(|state| state.operating);
        let mut states: IdVec<SiteId, Vec<SiteState>> =
            scenario.district.sites.ids().map(|site| baseline(site).into_iter().collect()).collect();
        for offer in &scenario.offers {
            if let Some(kind) = offer.measure.kind() {
                let site = offer.measure.place(offer.site);
                let state = baseline_state(scenario, site);
                states[site].push(SiteState { operating: true, kind, ..state });
            }
        }
        Self(states)
    }

    /// Whether the rule applies to ways from `unit` to `site` in every state in which the site can operate.
    pub fn all_in_scope(&self, scenario: &Scenario, rule: &Rule, unit: UnitId, site: SiteId) -> bool {
        self.0[site].iter().all(|state| way(scenario, rule, unit, site, state))
    }
}

/// Whether a unit is in the rule's scope, by its setting.
pub fn unit(scenario: &Scenario, rule: &Rule, unit: UnitId) -> bool {
    setting(rule, scenario.district.units[unit].setting)
}

/// Whether a setting is in the rule's scope; an unknown one is, when the rule does not ask.
fn setting(rule: &Rule, setting: Option<Setting>) -> bool {
    rule.scope.settings.is_empty() || setting.is_some_and(|setting| rule.scope.settings.contains(&setting))
}

/// Whether a subject with so many pupils is in the rule's scope.
pub fn enough_pupils(rule: &Rule, pupils: Pupils) -> bool {
    rule.scope.min_pupils.is_none_or(|least| pupils.0 >= least)
}

/// Whether a predicate holds; `None` when that depends on pupils that are not known yet.
pub fn holds(predicate: &Predicate, facts: &SiteFacts<'_>, rule: &Rule) -> Option<bool> {
    let site = &facts.ground.scenario.district.sites[facts.site];
    match predicate {
        Predicate::BuiltYearLe(year) => {
            let kept = !facts.state.enlarged || params::flag(rule, "expand_keeps_exemption", false);
            Some(kept && site.built_year.is_some_and(|built| built.0 <= *year))
        }
        Predicate::MigrantShareGt(share) => {
            let all = facts.ground.baseline_sizes[facts.site];
            Some(all > Pupils::ZERO && site.migrants.is_some_and(|some| some.as_f64() > share * all.as_f64()))
        }
        Predicate::PupilsLt(count) => facts.pupils.map(|pupils| pupils.0 < *count),
        Predicate::KindIn(kinds) => Some(kinds.contains(&facts.state.kind)),
        Predicate::SettingIn(settings) => Some(site.setting.is_some_and(|setting| settings.contains(&setting))),
        Predicate::BoardingIs(boards) => Some(site.boarding == *boards),
        Predicate::SiteFlag(name) => Some(site.flags.contains(name)),
        Predicate::All(parts) => all(parts.iter().map(|part| holds(part, facts, rule))),
        Predicate::Any(parts) => {
            all(parts.iter().map(|part| holds(part, facts, rule).map(|held| !held))).map(|none| !none)
        }
        Predicate::Not(part) => holds(part, facts, rule).map(|held| !held),
    }
}

/// Conjunction of values some of which are not known: one that fails decides.
fn all(values: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for value in values {
        match value {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = false,
        }
    }
    known.then_some(true)
}

/// The numbers of pupils from which on another limit may apply to a subject, in order: between two of them, and below the first
/// and above the last, none does.
pub fn steps(rule: &Rule) -> Vec<i64> {
    fn collect(predicate: &Predicate, found: &mut Vec<i64>) {
        match predicate {
            Predicate::PupilsLt(count) => found.push(*count),
            Predicate::All(parts) | Predicate::Any(parts) => parts.iter().for_each(|part| collect(part, found)),
            Predicate::Not(part) => collect(part, found),
            Predicate::BuiltYearLe(_)
            | Predicate::MigrantShareGt(_)
            | Predicate::KindIn(_)
            | Predicate::SettingIn(_)
            | Predicate::BoardingIs(_)
            | Predicate::SiteFlag(_) => {}
        }
    }
    let mut found: Vec<i64> = rule.scope.min_pupils.into_iter().collect();
    rule.exempt.iter().for_each(|exemption| collect(&exemption.when, &mut found));
    found.sort_unstable();
    found.dedup();
    found
}

/// The limit that applies to a subject with pupils; `None` where it is not tested: it has fewer than the rule's scope asks for, or
/// an exemption leaves it out.
pub fn tested(rule: &Rule, facts: &SiteFacts<'_>) -> Option<Applied> {
    let enough = facts.pupils.is_none_or(|pupils| enough_pupils(rule, pupils));
    enough.then(|| applied(rule, facts)).filter(|applied| !applied.skip)
}

/// The limit that applies to a subject whose pupils are known: that of the first exemption that holds, else the base.
pub fn applied(rule: &Rule, facts: &SiteFacts<'_>) -> Applied {
    rule.exempt.iter().enumerate().find(|(_, exemption)| holds(&exemption.when, facts, rule) == Some(true)).map_or_else(
        || Applied::base(rule),
        |(position, exemption)| Applied {
            limit: exemption.limit.unwrap_or(rule.limit),
            skip: exemption.skip,
            exemption: Some(position),
        },
    )
}

/// The loosest limit that may apply to a subject whose pupils are still open; `None` when it may not be tested at all.
///
/// Where all conditions are decided by the site and its state this is exactly the limit that will apply, because a value
/// within the base limit always holds.
pub fn loosest(rule: &Rule, facts: &SiteFacts<'_>) -> Option<f64> {
    let mut limit = rule.limit;
    for exemption in &rule.exempt {
        let held = holds(&exemption.when, facts, rule);
        if held == Some(false) {
            continue;
        }
        if exemption.skip {
            return None;
        }
        if let Some(other) = exemption.limit {
            limit = match rule.op {
                Comparison::AtMost => limit.max(other),
                Comparison::AtLeast => limit.min(other),
                Comparison::Equal => limit,
            };
        }
        if held == Some(true) {
            break;
        }
    }
    Some(limit)
}

impl Applied {
    /// The base limit.
    pub fn base(rule: &Rule) -> Self {
        Self { limit: rule.limit, skip: false, exemption: None }
    }
}
