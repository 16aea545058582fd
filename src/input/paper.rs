//! Rules that no plan can meet together, as far as that can be seen without solving anything.

use super::document::{Document, Tree};
use super::problem::{Code, Problems};
use super::rules::Origin;
use crate::domain::action::baseline_state;
use crate::domain::district::SiteStatus;
use crate::domain::rule::{Comparison, Rule};
use crate::domain::scenario::Scenario;
use crate::id::{GradeId, IdVec, RuleId, SiteId};
use crate::metric::calendar::{Pressure, pressure};
use crate::metric::ground::Ground;
use crate::metric::scope::{self, SiteFacts};
use crate::travel::Travel;

/// Records every pair of hard rules that exclude each other, and every hard rule that the offers cannot meet.
pub fn check(
    scenario: &Scenario,
    origins: &IdVec<RuleId, Origin>,
    document: &Document,
    tree: &Tree<'_>,
    problems: &mut Problems,
) {
    let travel = Travel::new(scenario);
    let ground = Ground::new(scenario, &travel);
    let hard: Vec<(RuleId, &Rule)> =
        scenario.rules.entries().filter(|(_, rule)| hard_in_the_end(scenario, rule)).collect();
    for (position, &(second, b)) in hard.iter().enumerate() {
        for &(_, a) in &hard[..position] {
            let Some(reason) = sizes(&ground, a, b).or_else(|| counts(a, b)) else { continue };
            problems.push(
                document
                    .problem_at(Code::RulesExclude, tree, &origins[second].field("limit"))
                    .with("rule", &b.id)
                    .with("other", &a.id)
                    .with("reason", reason),
            );
        }
    }
    for &(id, rule) in &hard {
        let may_close = closable(scenario, rule);
        if rule.metric == "closures" && rule.op != Comparison::AtMost && rule.limit > may_close as f64 {
            problems.push(
                document
                    .problem_at(Code::TooFewOffers, tree, &origins[id].field("limit"))
                    .with("rule", &rule.id)
                    .with("value", rule.limit)
                    .with("count", may_close),
            );
        }
    }
}

fn hard_in_the_end(scenario: &Scenario, rule: &Rule) -> bool {
    scenario.years.last().is_some_and(|&year| pressure(rule, year) == Pressure::Hard)
}

/// A site that would need more pupils by one rule than it may have by the other, shown as the two limits.
fn sizes(ground: &Ground<'_>, a: &Rule, b: &Rule) -> Option<String> {
    let (least, most) = match (a.metric.as_str(), b.metric.as_str()) {
        ("site_min_size", "site_size") => (a, b),
        ("site_size", "site_min_size") => (b, a),
        _ => return None,
    };
    let counted: Vec<GradeId> = scope::grades(ground.scenario, least);
    let all: Vec<GradeId> = scope::grades(ground.scenario, most);
    if counted.is_empty() || counted.iter().any(|grade| !all.contains(grade)) {
        return None;
    }
    ground.scenario.district.sites.ids().find_map(|site| {
        let bound = |rule| limit(ground, rule, site);
        let (low, high) = (bound(least)?, bound(most)?);
        (low > high).then(|| format!("{}: >= {low}, <= {high}", ground.scenario.district.sites[site].key))
    })
}

/// The loosest limit of a rule at a site that operates today; `None` where it may not apply.
fn limit(ground: &Ground<'_>, rule: &Rule, site: SiteId) -> Option<f64> {
    let scenario = ground.scenario;
    let state = baseline_state(scenario, site);
    let operates = scenario.district.sites[site].status == SiteStatus::Operating;
    // A rule that leaves out subjects with few pupils can be met by having few.
    let always = rule.scope.min_pupils.is_none_or(|least| least <= 0);
    if !operates || !always || !scope::site(scenario, rule, site, &state) {
        return None;
    }
    scope::loosest(rule, &SiteFacts { ground, site, state, pupils: None })
}

/// Two rules on the same count of the whole plan whose ranges do not meet.
fn counts(a: &Rule, b: &Rule) -> Option<String> {
    let whole_plan = matches!(a.metric.as_str(), "closures" | "moved_pupils" | "budget");
    let same = a.metric == b.metric && a.params == b.params && a.scope == b.scope;
    if !whole_plan || !same || !a.exempt.is_empty() || !b.exempt.is_empty() {
        return None;
    }
    let range = |rule: &Rule| match rule.op {
        Comparison::AtMost => (f64::NEG_INFINITY, rule.limit),
        Comparison::AtLeast => (rule.limit, f64::INFINITY),
        Comparison::Equal => (rule.limit, rule.limit),
    };
    let (a_low, a_high) = range(a);
    let (b_low, b_high) = range(b);
    let apart = a_low.max(b_low) > a_high.min(b_high);
    apart.then(|| format!("{} {} {}, {} {}", a.metric, a.op.name(), a.limit, b.op.name(), b.limit))
}

/// How many sites the offers may close, in the rule's way of counting.
fn closable(scenario: &Scenario, rule: &Rule) -> usize {
    use crate::domain::action::Measure;
    let merges = crate::metric::params::flag(rule, "count_merges", false);
    let moves = crate::metric::params::flag(rule, "count_relocations", false);
    let closes = |measure: Measure| match measure {
        Measure::Close | Measure::PhaseOut => true,
        Measure::Merge { .. } => merges,
        Measure::Relocate { .. } => moves,
        _ => false,
    };
    scenario
        .district
        .sites
        .ids()
        .filter(|&site| scenario.offers.iter().any(|offer| offer.site == site && closes(offer.measure)))
        .count()
}
