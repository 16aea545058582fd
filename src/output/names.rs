//! Names of what the keys of a scenario stand for.

use crate::digest::tallies::level;
use crate::domain::district::{Site, Unit};
use crate::domain::rule::Rule;
use crate::domain::scenario::Scenario;
use crate::i18n::{Language, word};
use crate::id::{SiteId, UnitId};
use crate::metric::Level;
use std::collections::BTreeMap;

/// Finds sites, units and rules of a scenario by their keys.
#[derive(Debug, Clone)]
pub struct Names<'a> {
    scenario: &'a Scenario,
    sites: BTreeMap<&'a str, SiteId>,
    units: BTreeMap<&'a str, UnitId>,
    rules: BTreeMap<&'a str, &'a Rule>,
    sections: BTreeMap<&'a str, &'a str>,
}

impl<'a> Names<'a> {
    /// The names of a scenario.
    pub fn of(scenario: &'a Scenario) -> Self {
        let district = &scenario.district;
        Self {
            scenario,
            sites: district.sites.entries().map(|(id, site)| (site.key.as_str(), id)).collect(),
            units: district.units.entries().map(|(id, unit)| (unit.key.as_str(), id)).collect(),
            rules: scenario.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect(),
            sections: district.sections.iter().map(|s| (s.key.as_str(), s.name.as_str())).collect(),
        }
    }

    /// The site with this key.
    pub fn site(&self, key: &str) -> Option<(SiteId, &'a Site)> {
        self.sites.get(key).map(|&id| (id, &self.scenario.district.sites[id]))
    }

    /// The unit with this key.
    pub fn unit(&self, key: &str) -> Option<(UnitId, &'a Unit)> {
        self.units.get(key).map(|&id| (id, &self.scenario.district.units[id]))
    }

    /// The rule with this id.
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
}

/// A name, or the key where the name is empty.
fn shown<'a>(name: &'a str, key: &'a str) -> &'a str {
    if name.is_empty() { key } else { name }
}
