//! What the plans, schools, units, rules and subjects of a comparison are called.

use crate::domain::rule::{Rule, Severity};
use crate::domain::scenario::Scenario;
use crate::i18n::{Language, render, text};
use crate::message::{Message, Text};
use crate::output::names::Names;
use crate::study::compare::Comparison;
use crate::study::compare::rules::RuleRow;

/// Names for a comparison; subjects of rules are called by their keys where no scenario is at hand.
pub struct Labels<'a> {
    comparison: &'a Comparison,
    names: Option<Names<'a>>,
}

impl<'a> Labels<'a> {
    /// The names of a comparison, with those that only a scenario knows.
    pub fn new(comparison: &'a Comparison, scenario: Option<&'a Scenario>) -> Self {
        Self { comparison, names: scenario.map(Names::of) }
    }

    /// A plan in a sentence.
    pub fn plan(&self, at: usize) -> Message {
        let plan = &self.comparison.plans[at];
        Message::new("compare.plan").with("letter", &plan.letter).with("name", &plan.name)
    }

    /// Plans in a sentence, in both languages.
    pub fn plans(&self, plans: &[usize]) -> Text {
        let said = |language| {
            let names: Vec<String> = plans.iter().map(|&at| render(language, &self.plan(at))).collect();
            names.join(&text(language, "list.comma"))
        };
        Text { zh: Some(said(Language::Zh)), en: Some(said(Language::En)) }
    }

    /// A site.
    pub fn site<'k>(&'k self, key: &'k str) -> &'k str {
        self.comparison.names.site(key)
    }

    /// A unit.
    pub fn unit<'k>(&'k self, key: &'k str) -> &'k str {
        self.comparison.names.unit(key)
    }

    /// A rule: its title, else its id.
    pub fn rule(rule: &RuleRow) -> Text {
        if rule.title.is_empty() { Text::same(&rule.rule) } else { rule.title.clone() }
    }

    /// What a rule is tested on.
    pub fn subject(&self, language: Language, rule: &str, key: &str) -> String {
        match &self.names {
            Some(names) => names.subject(language, self.known(rule), key),
            None => match self.comparison.names.sites.get(key) {
                Some(name) => name.clone(),
                None => crate::i18n::word(language, "subject", key),
            },
        }
    }

    /// A rule of the scenario.
    pub fn known(&self, rule: &str) -> Option<&'a Rule> {
        self.names.as_ref().and_then(|names| names.rule(rule))
    }
}

/// The name of a severity in files.
pub fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Hard => "hard",
        Severity::Soft => "soft",
        Severity::Report => "report",
    }
}
