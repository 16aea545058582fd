//! What every format is written from.

use crate::digest::trips::{Trip, planned};
use crate::domain::district::{Site, Unit};
use crate::domain::document::{ActionDocument, PlanDocument, SiteDocument};
use crate::domain::rule::Rule;
use crate::domain::scenario::Scenario;
use crate::i18n::Language;
use crate::id::{SiteId, UnitId};
use crate::kernel::certificate::Certificate;
use crate::message::Text;
use serde::Serialize;
use std::collections::BTreeMap;

/// A plan with everything that its files are written from.
#[derive(Debug, Clone)]
pub struct Bundle<'a> {
    /// The scenario, with the changes of its variant.
    pub scenario: &'a Scenario,
    /// The audited plan.
    pub document: &'a PlanDocument,
    /// What proves the bound, where the engine wrote it.
    pub certificate: Option<&'a Certificate>,
    /// What depends on the machine and the clock.
    pub run: &'a RunFacts,
    /// Language of texts in tables; the page holds both.
    pub language: Language,
    /// The trips of the baseline, then those of the plan years.
    pub trips: Vec<Trip>,
    sites: BTreeMap<&'a str, SiteId>,
    units: BTreeMap<&'a str, UnitId>,
    rules: BTreeMap<&'a str, &'a Rule>,
    sections: BTreeMap<&'a str, &'a str>,
}

/// What depends on the machine and the clock: the content of `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunFacts {
    /// Version of the program.
    pub version: String,
    /// Seconds from the start of the command to the writing of its files.
    pub seconds: f64,
    /// Seconds of the engine alone.
    pub engine_seconds: f64,
    /// Threads used.
    pub threads: usize,
    /// The wall-clock limit in seconds, if one was set.
    pub time_limit: Option<f64>,
    /// Operating system.
    pub system: String,
    /// Processor architecture.
    pub architecture: String,
}

impl<'a> Bundle<'a> {
    /// Puts a bundle together. `before` are the trips of the baseline ([`crate::digest::trips::baseline`]).
    pub fn new(
        scenario: &'a Scenario,
        document: &'a PlanDocument,
        certificate: Option<&'a Certificate>,
        run: &'a RunFacts,
        language: Language,
        before: Vec<Trip>,
    ) -> Self {
        let mut trips = before;
        trips.extend(planned(document));
        Self {
            scenario,
            document,
            certificate,
            run,
            language,
            trips,
            sites: scenario.district.sites.entries().map(|(id, site)| (site.key.as_str(), id)).collect(),
            units: scenario.district.units.entries().map(|(id, unit)| (unit.key.as_str(), id)).collect(),
            rules: scenario.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect(),
            sections: scenario.district.sections.iter().map(|s| (s.key.as_str(), s.name.as_str())).collect(),
        }
    }

    /// The site of the scenario with this key.
    pub fn site(&self, key: &str) -> Option<(SiteId, &'a Site)> {
        self.sites.get(key).map(|&id| (id, &self.scenario.district.sites[id]))
    }

    /// The unit of the scenario with this key.
    pub fn unit(&self, key: &str) -> Option<(UnitId, &'a Unit)> {
        self.units.get(key).map(|&id| (id, &self.scenario.district.units[id]))
    }

    /// The rule of the scenario with this id.
    pub fn rule(&self, id: &str) -> Option<&'a Rule> {
        self.rules.get(id).copied()
    }

    /// The name of a site, or its key where the scenario has no such site.
    pub fn site_name(&self, key: &'a str) -> &'a str {
        self.site(key).map_or(key, |(_, site)| shown(&site.name, &site.key))
    }

    /// The name of a unit, or its key where the scenario has no such unit.
    pub fn unit_name(&self, key: &'a str) -> &'a str {
        self.unit(key).map_or(key, |(_, unit)| shown(&unit.name, &unit.key))
    }

    /// The name of what a rule is tested on: a site, a section, a unit or, as its key, anything else.
    pub fn subject_name(&self, key: &'a str) -> &'a str {
        if self.sites.contains_key(key) {
            self.site_name(key)
        } else if let Some(name) = self.sections.get(key) {
            shown(name, key)
        } else {
            self.unit_name(key)
        }
    }

    /// Why an action is taken, in the scenario's words where it gives any, else as the document has it.
    pub fn reason(&self, site: &SiteDocument, action: &ActionDocument) -> Text {
        let offered = self.site(&site.id).and_then(|(id, _)| {
            let into = action.into.as_deref().and_then(|key| self.site(key)).map(|(id, _)| id);
            self.scenario.offers.iter().filter(|offer| offer.site == id && offer.measure.name() == action.action).find(
                |offer| match offer.measure {
                    crate::domain::action::Measure::Merge { into: target } => Some(target) == into,
                    crate::domain::action::Measure::Expand { classes }
                    | crate::domain::action::Measure::Build { classes, .. } => classes.0 == action.classes,
                    crate::domain::action::Measure::Close => true,
                },
            )
        });
        match offered {
            Some(offer) if !offer.reason.is_empty() => offer.reason.clone(),
            _ if action.reason.is_empty() => Text::default(),
            _ => Text::same(&action.reason),
        }
    }

    /// The keys of the grades or stages by which rolls are given, in order of the grades.
    pub fn grade_keys(&self) -> Vec<String> {
        self.scenario.district.grades.iter().map(|grade| grade.key()).collect()
    }
}

/// A name, or the key where the name is empty.
fn shown<'a>(name: &'a str, key: &'a str) -> &'a str {
    if name.is_empty() { key } else { name }
}
