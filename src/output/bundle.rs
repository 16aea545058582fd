//! What every format is written from.

use crate::digest::tallies::level;
use crate::digest::trips::{self, Trip};
use crate::domain::action::Measure;
use crate::domain::district::{Site, Unit};
use crate::domain::document::{ActionDocument, PlanDocument, SiteDocument};
use crate::domain::rule::Rule;
use crate::domain::scenario::Scenario;
use crate::i18n::{Language, render, word};
use crate::id::{SiteId, UnitId};
use crate::kernel::certificate::Certificate;
use crate::message::{Message, Text};
use crate::metric::Level;
use crate::travel::Travel;
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
    /// What the run and the audit said besides.
    pub findings: &'a Findings,
    /// The trips of the baseline, then those of the plan years.
    pub trips: Vec<Trip>,
    sites: BTreeMap<&'a str, SiteId>,
    units: BTreeMap<&'a str, UnitId>,
    rules: BTreeMap<&'a str, &'a Rule>,
    sections: BTreeMap<&'a str, &'a str>,
}

/// What the run and the audit said besides the document. Arguments may be keys of sites and units and ids of rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Everything assumed: by the scenario, the run and the audit.
    pub assumptions: Vec<Message>,
    /// Why the solver takes each action, by key of the site.
    pub reasons: BTreeMap<String, Message>,
    /// Why no plan keeps the hard rules.
    pub obstacles: Vec<Message>,
    /// What else happened that a reader should know.
    pub notes: Vec<Message>,
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
    /// Puts a bundle together.
    pub fn new(
        scenario: &'a Scenario,
        document: &'a PlanDocument,
        travel: &Travel<'_>,
        findings: &'a Findings,
        run: &'a RunFacts,
        language: Language,
    ) -> Self {
        let mut trips = trips::baseline(scenario, |unit, site| travel.leg(unit, site).map(|leg| leg.metres));
        trips.extend(trips::planned(document));
        Self {
            scenario,
            document,
            certificate: None,
            run,
            language,
            findings,
            trips,
            sites: scenario.district.sites.entries().map(|(id, site)| (site.key.as_str(), id)).collect(),
            units: scenario.district.units.entries().map(|(id, unit)| (unit.key.as_str(), id)).collect(),
            rules: scenario.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect(),
            sections: scenario.district.sections.iter().map(|s| (s.key.as_str(), s.name.as_str())).collect(),
        }
    }

    /// Adds what proves the bound.
    #[must_use]
    pub fn with_certificate(mut self, certificate: Option<&'a Certificate>) -> Self {
        self.certificate = certificate;
        self
    }

    /// A message with the names of sites, units and rules in place of their keys.
    pub fn say(&self, language: Language, message: &Message) -> String {
        let mut named = message.clone();
        let rule = message.args.get("rule").and_then(|id| self.rule(id));
        for (argument, value) in &mut named.args {
            match argument.as_str() {
                "rule" => {
                    let title = rule.map_or("", |rule| language.pick(&rule.title));
                    if !title.is_empty() {
                        title.clone_into(value);
                    }
                }
                "site" | "into" => *value = self.site_name(value).to_owned(),
                "unit" => *value = self.unit_name(value).to_owned(),
                "place" | "subject" => *value = self.subject(language, rule, value),
                _ => {}
            }
        }
        render(language, &named)
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
    pub fn site_name<'k>(&self, key: &'k str) -> &'k str
    where
        'a: 'k,
    {
        self.site(key).map_or(key, |(_, site)| shown(&site.name, &site.key))
    }

    /// The name of a unit, or its key where the scenario has no such unit.
    pub fn unit_name<'k>(&self, key: &'k str) -> &'k str
    where
        'a: 'k,
    {
        self.unit(key).map_or(key, |(_, unit)| shown(&unit.name, &unit.key))
    }

    /// The name of what the rule `rule` is tested on. The level of its metric says whether a key is that of a site, a
    /// section, a unit, an area or a school; without a rule the first that fits is taken.
    pub fn subject(&self, language: Language, rule: Option<&Rule>, key: &str) -> String {
        let district = &self.scenario.district;
        let site = || self.sites.get(key).map(|_| self.site_name(key).to_owned());
        let unit = || self.units.get(key).map(|_| self.unit_name(key).to_owned());
        let section = || {
            let known = self.sections.get(key).map(|name| shown(name, key).to_owned());
            known.or_else(|| {
                let (site, stage) = key.rsplit_once('/').filter(|(site, _)| self.sites.contains_key(site))?;
                Some(format!("{} ({})", self.site_name(site), word(language, "stage", stage)))
            })
        };
        let area = || district.areas.iter().find(|area| area.key == key).map(|area| shown(&area.name, key).to_owned());
        let school = || {
            district.schools.iter().find(|school| school.key == key).map(|school| shown(&school.name, key).to_owned())
        };
        let named = match rule.and_then(level) {
            Some(Level::Site) => site(),
            // A solver knows sites only, so a reason may name the site of a section.
            Some(Level::Section) => section().or_else(site),
            Some(Level::Unit) => unit(),
            Some(Level::Area) => area(),
            Some(Level::School) => school(),
            Some(Level::County | Level::Plan) => None,
            None => site().or_else(section).or_else(unit).or_else(area).or_else(school),
        };
        named.unwrap_or_else(|| word(language, "subject", key))
    }

    /// Why an action is taken, in the scenario's words where it gives any, else as the document has it.
    pub fn reason(&self, site: &SiteDocument, action: &ActionDocument) -> Text {
        let offered = self.site(&site.id).and_then(|(id, _)| {
            let into = action.into.as_deref().and_then(|key| self.site(key)).map(|(id, _)| id);
            self.scenario.offers.iter().filter(|offer| offer.site == id && offer.measure.name() == action.action).find(
                |offer| match offer.measure {
                    Measure::Merge { into: target } => Some(target) == into,
                    Measure::Expand { classes } | Measure::Build { classes, .. } => classes.0 == action.classes,
                    Measure::Close => true,
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
