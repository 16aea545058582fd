//! Rules of a scenario: packs, overrides and rules of its own, checked one by one.

use super::document::{Document, Step, Tree};
use super::manifest::{Manifest, Override};
use super::problem::{Code, Problems};
use super::table::Keys;
use crate::domain::district::Stage;
use crate::domain::rule::{Calendar, Rule, Severity, SourceStatus};
use crate::id::{IdVec, RuleId};

/// Where a rule stands, for messages.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Steps to the rule in the document.
    pub path: (&'static str, usize),
}

impl Origin {
    /// The path of a field of the rule.
    pub fn field<'a>(&self, field: &'a str) -> [Step<'a>; 3] {
        [Step::Key(self.path.0), Step::Item(self.path.1), Step::Key(field)]
    }
}

/// What rules may name: metrics and packs.
pub struct RuleBook {
    /// Names of the metrics.
    pub metrics: Vec<&'static str>,
    /// Names of the packs.
    pub packs: Vec<&'static str>,
    /// The rules of a pack.
    pub pack: fn(&str) -> Option<Vec<Rule>>,
}

impl RuleBook {
    /// The project's own metrics and packs.
    pub fn built_in() -> Self {
        Self {
            metrics: vec![
                "class_size_max", "site_size", "site_min_size", "travel_dist", "travel_time", "closures", "budget",
            ],
            packs: vec!["cn.dd6"],
            pack: |name| (name == "cn.dd6").then(Vec::new),
        }
    }
}

/// The rules in force with the places they come from: packs in order, then the scenario's own.
pub fn rules(
    manifest: &Manifest,
    book: &RuleBook,
    sites: &Keys,
    document: &Document,
    tree: &Tree<'_>,
    problems: &mut Problems,
) -> (IdVec<RuleId, Rule>, Vec<Origin>) {
    let mut rules: Vec<(Rule, Origin)> = Vec::new();
    for (at, pack) in manifest.rule_packs.iter().enumerate() {
        let place = [Step::Key("rule_packs"), Step::Item(at)];
        match (book.pack)(pack) {
            Some(content) => {
                for rule in content {
                    let origin = Origin { path: ("rule_packs", at) };
                    add(&mut rules, rule, origin, document, tree, problems);
                }
            }
            None => {
                problems.push(
                    document
                        .problem_at(Code::UnknownPack, tree, &place)
                        .with("value", pack)
                        .with_list("expected", book.packs.iter().copied())
                        .nearest(pack, book.packs.iter().copied()),
                );
            }
        }
    }
    for (at, rule) in manifest.rules.iter().enumerate() {
        add(&mut rules, rule.clone(), Origin { path: ("rules", at) }, document, tree, problems);
    }
    let mut disabled = Vec::new();
    for (at, change) in manifest.overrides.iter().enumerate() {
        let place = [Step::Key("override"), Step::Item(at), Step::Key("id")];
        let Some(position) = rules.iter().position(|(rule, _)| rule.id == change.id) else {
            let valid: Vec<&str> = rules.iter().map(|(rule, _)| rule.id.as_str()).collect();
            problems.push(
                document
                    .problem_at(Code::OverrideUnknown, tree, &place)
                    .with("value", &change.id)
                    .nearest(&change.id, valid),
            );
            continue;
        };
        apply(change, &mut rules[position].0);
        rules[position].1 = Origin { path: ("override", at) };
        if change.enabled == Some(false) {
            disabled.push(position);
        }
    }
    let mut position = 0;
    rules.retain(|_| {
        position += 1;
        !disabled.contains(&(position - 1))
    });
    for (rule, origin) in &rules {
        check(rule, origin, manifest, book, sites, document, tree, problems);
    }
    let origins = rules.iter().map(|(_, origin)| origin.clone()).collect();
    (rules.into_iter().map(|(rule, _)| rule).collect(), origins)
}

fn add(
    rules: &mut Vec<(Rule, Origin)>,
    rule: Rule,
    origin: Origin,
    document: &Document,
    tree: &Tree<'_>,
    problems: &mut Problems,
) {
    if rules.iter().any(|(other, _)| other.id == rule.id) {
        problems.push(document.problem_at(Code::DuplicateRule, tree, &origin.field("id")).with("value", &rule.id));
    } else {
        rules.push((rule, origin));
    }
}

fn apply(change: &Override, rule: &mut Rule) {
    rule.severity = change.severity.unwrap_or(rule.severity);
    rule.limit = change.limit.unwrap_or(rule.limit);
    rule.params.extend(change.params.clone());
    if let Some(scope) = &change.scope {
        rule.scope = scope.clone();
    }
    if let Some(exempt) = &change.exempt {
        rule.exempt.clone_from(exempt);
    }
    rule.soft = change.soft.or(rule.soft);
    if let Some(calendar) = &change.calendar {
        let held = rule.calendar.get_or_insert(Calendar { from: None, deadline: None, no_worse: false });
        held.from = calendar.from.or(held.from);
        held.deadline = calendar.deadline.or(held.deadline);
        held.no_worse = calendar.no_worse.unwrap_or(held.no_worse);
    }
    rule.aggregate = change.aggregate.unwrap_or(rule.aggregate);
}

#[expect(clippy::too_many_arguments, reason = "a rule is checked against all that it may name")]
fn check(
    rule: &Rule,
    origin: &Origin,
    manifest: &Manifest,
    book: &RuleBook,
    sites: &Keys,
    document: &Document,
    tree: &Tree<'_>,
    problems: &mut Problems,
) {
    let at = |code: Code, field: &str| document.problem_at(code, tree, &origin.field(field)).with("rule", &rule.id);
    if !book.metrics.contains(&rule.metric.as_str()) {
        problems.push(
            at(Code::UnknownMetric, "metric")
                .with("value", &rule.metric)
                .with_list("expected", book.metrics.iter().copied())
                .nearest(&rule.metric, book.metrics.iter().copied()),
        );
    }
    if rule.limit < 0.0 {
        problems.push(at(Code::BadLimit, "limit").with("value", rule.limit).with("expected", ">= 0"));
    }
    if let Some(calendar) = &rule.calendar {
        if let (Some(from), Some(deadline)) = (calendar.from, calendar.deadline) {
            if deadline < from {
                problems
                    .push(at(Code::DeadlineBeforeFrom, "calendar").with("deadline", deadline).with("from", from));
            }
        }
    }
    if rule.severity == Severity::Soft && rule.soft.is_none() {
        problems.push(at(Code::NoPrice, "soft"));
    }
    if let Some(soft) = rule.soft {
        if soft.weight <= 0.0 {
            problems.push(at(Code::BadLimit, "soft").with("value", soft.weight).with("expected", "> 0"));
        }
    }
    for exemption in rule.exempt.iter().filter(|exemption| exemption.limit.is_some() == exemption.skip) {
        problems.push(at(Code::IdleExemption, "exempt").with("name", &exemption.name));
    }
    for key in rule.scope.sites.iter().filter(|key| sites.find(key).is_none()) {
        problems.push(
            document
                .problem_at(Code::UnknownReference, tree, &origin.field("scope"))
                .with("kind", "site")
                .with("value", key)
                .nearest(key, sites.names()),
        );
    }
    let stages: &[Stage] = if rule.scope.stages.is_empty() { &Stage::ALL } else { &rule.scope.stages };
    for grade in rule.scope.grades.iter().filter(|grade| !stages.iter().any(|stage| stage.grades().contains(grade))) {
        let shown = stages.iter().map(|stage| stage.name()).collect::<Vec<_>>().join(", ");
        problems.push(
            document
                .problem_at(Code::NotAGrade, tree, &origin.field("scope"))
                .with("value", grade)
                .with("stage", shown),
        );
    }
    if rule.source.status == SourceStatus::Memory && manifest.rules.iter().all(|own| own.id != rule.id) {
        problems.push(at(Code::FromMemory, "id").with("doc", &rule.source.doc));
    }
}
