//! What every format is written from.

use super::names::Names;
use crate::digest::consequences::Consequences;
use crate::digest::consequences::years::offer;
use crate::digest::trips::{self, Trip};
use crate::domain::district::{Site, Unit};
use crate::domain::document::{ActionDocument, PlanDocument, SiteDocument};
use crate::domain::rule::Rule;
use crate::domain::scenario::Scenario;
use crate::i18n::{Language, render};
use crate::id::{SiteId, UnitId};
use crate::input::path_between;
use crate::kernel::certificate::Certificate;
use crate::message::{Message, Text};
use crate::travel::Travel;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

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
    names: Names<'a>,
    consequences: OnceLock<Consequences>,
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
    /// The folder of the scenario, seen from the folder of the plan; `compare` finds it by that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario_folder: Option<String>,
}

impl RunFacts {
    /// Notes where the scenario lies, seen from the folder `out` of the plan.
    #[must_use]
    pub fn of_scenario(mut self, scenario: &Path, out: &Path) -> Self {
        self.scenario_folder = Some(path_between(out, scenario).to_string_lossy().into_owned());
        self
    }
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
        let (certificate, names, consequences) = (None, Names::of(scenario), OnceLock::new());
        Self { scenario, document, certificate, run, language, findings, trips, names, consequences }
    }

    /// Adds what proves the bound.
    #[must_use]
    pub fn with_certificate(mut self, certificate: Option<&'a Certificate>) -> Self {
        self.certificate = certificate;
        self
    }

    /// What the plan brings about besides its map; worked out when first asked for.
    pub fn consequences(&self) -> &Consequences {
        self.consequences.get_or_init(|| Consequences::of(self.scenario, self.document))
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
        self.names.site(key)
    }

    /// The unit of the scenario with this key.
    pub fn unit(&self, key: &str) -> Option<(UnitId, &'a Unit)> {
        self.names.unit(key)
    }

    /// The rule of the scenario with this id.
    pub fn rule(&self, id: &str) -> Option<&'a Rule> {
        self.names.rule(id)
    }

    /// The name of a site, or its key where the scenario has no such site.
    pub fn site_name<'k>(&self, key: &'k str) -> &'k str
    where
        'a: 'k,
    {
        self.names.site_name(key)
    }

    /// The name of a unit, or its key where the scenario has no such unit.
    pub fn unit_name<'k>(&self, key: &'k str) -> &'k str
    where
        'a: 'k,
    {
        self.names.unit_name(key)
    }

    /// The name of what the rule `rule` is tested on, as [`Names::subject`] gives it.
    pub fn subject(&self, language: Language, rule: Option<&Rule>, key: &str) -> String {
        self.names.subject(language, rule, key)
    }

    /// Why an action is taken, in the scenario's words where it gives any, else as the document has it.
    pub fn reason(&self, site: &SiteDocument, action: &ActionDocument) -> Text {
        let offered = self.site(&site.id).and_then(|(id, _)| offer(self.scenario, id, action));
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
