//! `report.html` of a sweep: one page over everything that lies in its folder.
//!
//! Every way of sweeping (variants, a frontier, paths, prices) leaves a JSON document in the folder. A section of the page shows
//! one of these documents: to add a section, write its script and give it a line in [`SECTIONS`], and a `sweep.section_<name>`
//! and `sweep.hint_<name>` in both catalogues of messages. The script puts a function of the document under its name in
//! `SECTIONS`. The page is made anew whenever a document is written, from all that are there and belong to the scenario as it
//! is now; what is left out is said.

use super::Origin;
use crate::domain::scenario::Scenario;
use crate::i18n::{Language, text};
use crate::output::catalogue::OutputError;
use crate::output::folder;
use crate::output::report::data::Both;
use crate::output::report::{BASE, STYLE, page};
use crate::output::widgets::{self, CHARTS, PARALLEL, SCATTER, TABLES};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Name of the page in the folder of a sweep.
pub const FILE: &str = "report.html";

/// A part of the page.
pub struct Section {
    /// Its name: that of its function in the script, and of its texts.
    pub name: &'static str,
    /// The document that it shows, as a file of the folder.
    pub file: &'static str,
    /// Version tag of the document.
    pub schema: &'static str,
    /// Its script.
    pub script: &'static str,
}

/// Every section, in the order of the page.
pub const SECTIONS: &[Section] = &[
    Section { name: "variants", file: "sweep.json", schema: "catchment-sweep/1", script: include_str!("variants.js") },
    Section { name: "common", file: "sweep.json", schema: "catchment-sweep/1", script: include_str!("common.js") },
    Section {
        name: "frontier",
        file: "frontier.json",
        schema: "catchment-frontier/1",
        script: include_str!("frontier.js"),
    },
    Section {
        name: "closures",
        file: "closures.json",
        schema: "catchment-closures/1",
        script: include_str!("closures.js"),
    },
    Section { name: "prices", file: "prices.json", schema: "catchment-prices/1", script: include_str!("prices.js") },
    Section { name: "regret", file: "regret.json", schema: "catchment-regret/1", script: include_str!("regret.js") },
];

const PAGE: &str = include_str!("page.html");
const OWN_STYLE: &str = include_str!("report.css");
/// What comes before and after the scripts of the sections.
const FIRST: [&str; 6] = [BASE, TABLES, CHARTS, PARALLEL, SCATTER, include_str!("frame.js")];
const LAST: &str = include_str!("main.js");

/// The scripts of the page, in order.
fn scripts() -> Vec<&'static str> {
    FIRST.into_iter().chain(SECTIONS.iter().map(|section| section.script)).chain([LAST]).collect()
}

/// Everything that the page shows.
#[derive(Debug, Serialize)]
struct Data {
    lang: &'static str,
    version: &'static str,
    name: String,
    title: Both,
    notice: Both,
    synthetic: bool,
    /// Names of sites, sections and units by key.
    names: BTreeMap<String, String>,
    /// Titles of rules by id.
    rules: BTreeMap<String, Both>,
    /// The sections that there is a document for.
    sections: Vec<Shown>,
    /// The documents by file.
    documents: BTreeMap<&'static str, Value>,
    /// Documents that are there and not shown, and why.
    left: BTreeMap<&'static str, Left>,
}

#[derive(Debug, Serialize)]
struct Shown {
    name: &'static str,
    file: &'static str,
}

/// Why a document is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Left {
    /// It is of another scenario, or of this one before its files were changed.
    Stale,
    /// It cannot be read.
    Unreadable,
}

/// Writes the page from the documents in the folder `out` that are of `origin`, the scenario as it is now.
///
/// # Errors
/// [`OutputError`].
pub fn write(out: &Path, origin: &Origin<'_>, language: Language) -> Result<(), OutputError> {
    let Origin { scenario, inputs } = *origin;
    let mut documents = BTreeMap::new();
    let mut left = BTreeMap::new();
    for section in SECTIONS {
        if documents.contains_key(section.file) {
            continue;
        }
        match document(out, section, &scenario.name, inputs) {
            None => {}
            Some(Ok(document)) => {
                documents.insert(section.file, document);
            }
            Some(Err(why)) => {
                left.insert(section.file, why);
            }
        }
    }
    let titled = scenario.rules.iter().filter(|rule| !rule.title.is_empty());
    let shown = SECTIONS.iter().filter(|section| documents.contains_key(section.file));
    let data = Data {
        lang: language.name(),
        version: env!("CARGO_PKG_VERSION"),
        name: scenario.name.clone(),
        title: Both::text(&scenario.title),
        notice: Both::text(&scenario.notice),
        synthetic: scenario.synthetic,
        names: names(scenario),
        rules: titled.map(|rule| (rule.id.clone(), Both::text(&rule.title))).collect(),
        sections: shown.map(|section| Shown { name: section.name, file: section.file }).collect(),
        documents,
        left,
    };
    let data = serde_json::to_string(&data)?;
    let style = [STYLE, widgets::STYLE, OWN_STYLE].concat();
    let title = language.pick(&scenario.title);
    let title = if title.is_empty() { text(language, "sweep.title") } else { title.to_owned() };
    let page = page(PAGE, &style, &scripts(), language, &title, &data)?;
    folder::write(out, &[(FILE, page.into_bytes())])
}

/// Names of places by key; where a unit or section has the key of a site, the site's.
fn names(scenario: &Scenario) -> BTreeMap<String, String> {
    let district = &scenario.district;
    let units = district.units.iter().map(|unit| (&unit.key, &unit.name));
    let sections = district.sections.iter().map(|section| (&section.key, &section.name));
    let sites = district.sites.iter().map(|site| (&site.key, &site.name));
    let all = units.chain(sections).chain(sites);
    all.filter(|(_, name)| !name.is_empty()).map(|(key, name)| (key.clone(), name.clone())).collect()
}

/// The document of a section, `None` where there is none.
fn document(folder: &Path, section: &Section, scenario: &str, inputs: &str) -> Option<Result<Value, Left>> {
    let bytes = match fs::read(folder.join(section.file)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(_) => return Some(Err(Left::Unreadable)),
    };
    let Ok(document) = serde_json::from_slice::<Value>(&bytes) else { return Some(Err(Left::Unreadable)) };
    let says = |key: &str, value: &str| document.get(key).and_then(Value::as_str) == Some(value);
    Some(match () {
        () if !says("schema", section.schema) => Err(Left::Unreadable),
        () if !says("scenario", scenario) || !says("inputs_sha256", inputs) => Err(Left::Stale),
        () => Ok(document),
    })
}

#[cfg(test)]
mod tests;
