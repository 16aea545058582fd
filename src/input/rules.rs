//! Rules of a scenario: packs, overrides and rules of its own, checked one by one.

use super::document::{Document, Step, Tree};
use super::manifest::{Manifest, Override};
use super::problem::{Code, Problems};
use super::table::Keys;
use crate::domain::district::{Area, Stage};
use crate::domain::rule::{Calendar, REPORT_WORDS, Report, Rule, Severity, SourceStatus};
use crate::id::{AreaId, IdVec, RuleId};
use crate::message::Message;
use crate::metric::catalogue::{self, RuleFault};
use crate::packs;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

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

/// The rules of a pack of the project. A pack is parsed once: a scenario with hundreds of variants is built as many times.
fn pack(name: &str) -> Option<&'static [Rule]> {
    #[derive(Deserialize)]
    struct File {
        rules: Vec<Rule>,
    }
    static PACKS: LazyLock<BTreeMap<&'static str, OnceLock<Vec<Rule>>>> =
        LazyLock::new(|| packs::names().map(|name| (name, OnceLock::new())).collect());
    let rules = PACKS.get(name)?.get_or_init(|| {
        let text = packs::pack(name).expect("the name is that of a pack");
        let file: File = toml::from_str(text).expect("packs are part of the program and are parsed by its tests");
        file.rules
    });
    Some(rules)
}

/// The rules in force with the places they come from: packs in order, then the scenario's own.
pub fn rules(
    manifest: &Manifest,
    sites: &Keys,
    areas: &IdVec<AreaId, Area>,
    baseline_assumed: bool,
    document: &Document,
    tree: &Tree<'_>,
    problems: &mut Problems,
) -> (IdVec<RuleId, Rule>, IdVec<RuleId, Origin>) {
    let mut rules: Vec<(Rule, Origin)> = Vec::new();
    for (at, name) in manifest.rule_packs.iter().enumerate() {
        let place = [Step::Key("rule_packs"), Step::Item(at)];
        match pack(name) {
            Some(content) => {
                for rule in content.iter().cloned() {
                    let origin = Origin { path: ("rule_packs", at) };
                    add(&mut rules, rule, origin, document, tree, problems);
                }
            }
            None => {
                problems.push(
                    document
                        .problem_at(Code::UnknownPack, tree, &place)
                        .with("value", name)
                        .with_list("expected", packs::names())
                        .nearest(name, packs::names()),
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
        check(rule, origin, sites, baseline_assumed, document, tree, problems);
        for key in rule.scope.exclude_areas.iter().filter(|key| !areas.iter().any(|area| area.key == **key)) {
            problems.push(
                document
                    .problem_at(Code::UnknownReference, tree, &origin.field("scope"))
                    .with("kind", "area")
                    .with("value", key)
                    .nearest(key, areas.iter().map(|area| area.key.as_str())),
            );
        }
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

fn check(
    rule: &Rule,
    origin: &Origin,
    sites: &Keys,
    baseline_assumed: bool,
    document: &Document,
    tree: &Tree<'_>,
    problems: &mut Problems,
) {
    let at = |code: Code, field: &str| document.problem_at(code, tree, &origin.field(field)).with("rule", &rule.id);
    for fault in catalogue::check(rule) {
        problems.push(match &fault {
            RuleFault::UnknownMetric { metric, .. } => at(Code::UnknownMetric, "metric")
                .with("value", metric)
                .with_list("expected", catalogue::names())
                .nearest(metric, catalogue::names()),
            RuleFault::UnknownParam { metric, param, nearest, .. } => {
                let problem = at(Code::UnknownParameter, "params").with("metric", metric).with("value", param);
                match nearest {
                    Some(name) => problem.hint(Message::new("hint.nearest").with("name", name)),
                    None => problem,
                }
            }
            RuleFault::WrongParam { param, expected, .. } => {
                at(Code::BadParameter, "params").with("key", param).with("expected", expected)
            }
            RuleFault::MissingParam { metric, param, .. } => {
                at(Code::MissingParameter, "params").with("metric", metric).with("key", param)
            }
            RuleFault::WrongComparison { metric, allowed, .. } => at(Code::BadComparison, "op")
                .with("metric", metric)
                .with("value", rule.op.name())
                .with("expected", allowed),
            RuleFault::WrongLimit { limit, least, .. } => {
                at(Code::BadLimit, "limit").with("value", limit).with("least", least)
            }
            RuleFault::WrongWeight { weight, .. } => at(Code::BadPrice, "soft").with("value", weight),
            RuleFault::NoWeight { .. } => at(Code::NoPrice, "severity"),
            RuleFault::DeadlineBeforeFrom { deadline, from, .. } => {
                at(Code::DeadlineBeforeFrom, "calendar").with("deadline", deadline).with("from", from)
            }
        });
    }
    for exemption in rule.exempt.iter().filter(|exemption| exemption.limit.is_some() == exemption.skip) {
        problems.push(at(Code::IdleExemption, "exempt").with("name", &exemption.name));
    }
    for key in rule.scope.sites.iter().filter(|key| !sites.incomplete && sites.find(key).is_none()) {
        problems.push(
            document
                .problem_at(Code::UnknownReference, tree, &origin.field("scope"))
                .with("kind", "site")
                .with("value", key)
                .nearest(key, sites.names()),
        );
    }
    for name in rule.report.iter().flat_map(Report::unknown_words) {
        problems.push(
            at(Code::UnknownWord, "report")
                .with("value", name)
                .with_list("expected", REPORT_WORDS.iter().map(|(name, _)| *name))
                .nearest(name, REPORT_WORDS.iter().map(|(name, _)| *name)),
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
    if baseline_assumed && rule.metric == "moved_pupils" && rule.severity != Severity::Report {
        problems.push(at(Code::MovedUnknown, "metric"));
    }
    if rule.source.status == SourceStatus::Memory {
        problems.push(at(Code::FromMemory, "id").with("doc", &rule.source.doc));
    }
}
