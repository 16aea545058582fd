//! What rules cost, in files and on the terminal.

use super::{Origin, column};
use crate::domain::scenario::Scenario;
use crate::i18n::number::number;
use crate::i18n::width::{left, right};
use crate::i18n::{Language, render, text, word};
use crate::message::Message;
use crate::output::catalogue::OutputError;
use crate::output::table::{Cell, Table};
use crate::output::{csv_text, folder, json_text};
use crate::study::price::Known;
use crate::study::rules::{OtherDecision, Restriction, RulePrice};
use serde::Serialize;
use std::path::Path;

/// The plan with every restriction, against which the prices are worked out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Whole {
    /// Its status, as that of a unit of a sweep.
    pub status: String,
    /// What is known of its objective, where it keeps every hard rule.
    pub known: Option<Known>,
    /// Its folder within the results.
    pub folder: String,
}

/// The document `prices.json`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    scenario: &'a str,
    variant: Option<&'a str>,
    inputs_sha256: &'a str,
    objective: &'a str,
    whole: &'a Whole,
    prices: &'a [RulePrice],
}

/// Writes `prices.csv` and `prices.json`; `objective` is what the prices are of: a term, or `weighted`.
///
/// # Errors
/// [`OutputError`].
pub fn write(
    out: &Path,
    origin: &Origin<'_>,
    objective: &str,
    whole: &Whole,
    prices: &[RulePrice],
) -> Result<(), OutputError> {
    let document = Document {
        schema: "catchment-prices/1",
        scenario: &origin.scenario.name,
        variant: origin.scenario.variant.as_deref(),
        inputs_sha256: origin.inputs,
        objective,
        whole,
        prices,
    };
    let json = json_text::pretty(&document)?;
    folder::write(out, &[("prices.csv", csv_text::bytes(&table(prices))?), ("prices.json", json)])
}

const NAMES: [&str; 14] = [
    "kind",
    "restriction",
    "metric",
    "verdict",
    "saved",
    "at_least",
    "at_most",
    "sites_decided_otherwise",
    "units_moved",
    "pupils_moved",
    "decisions",
    "status",
    "folder",
    "why",
];

fn table(prices: &[RulePrice]) -> Table {
    let key = |text: Option<&String>| text.map_or(Cell::Empty, |text| Cell::Key(text.clone()));
    let words = |words: String| if words.is_empty() { Cell::Empty } else { Cell::Text(words) };
    let whole = |value: Option<i64>| value.map_or(Cell::Empty, Cell::Whole);
    let row = |one: &RulePrice| {
        let differences = one.differences.as_ref();
        let decisions = differences.map(|all| all.sites.iter().map(decision).collect::<Vec<_>>().join("; "));
        vec![
            Cell::Key(one.restriction.kind().to_owned()),
            Cell::Key(one.restriction.name().to_owned()),
            key(one.metric.as_ref()),
            Cell::Key(one.verdict.name().to_owned()),
            Cell::number(one.price.map(|price| price.found), 3),
            Cell::number(one.price.map(|price| price.at_least), 3),
            Cell::number(one.price.and_then(|price| price.at_most), 3),
            whole(differences.map(|all| all.sites.len() as i64)),
            whole(differences.map(|all| all.units as i64)),
            whole(differences.map(|all| all.pupils)),
            words(decisions.unwrap_or_default()),
            Cell::Key(one.status.clone()),
            Cell::Key(one.folder.clone()),
            words(one.why.join(" ")),
        ]
    };
    let columns = NAMES.map(|name| column(name.to_owned())).into();
    Table { name: "prices", columns, rows: prices.iter().map(row).collect() }
}

/// A site at which the plans decide otherwise, in the words of files.
fn decision(site: &OtherDecision) -> String {
    let or_keep = |decision: &str| if decision.is_empty() { "keep".to_owned() } else { decision.to_owned() };
    format!("{}: {} -> {}", site.site, or_keep(&site.with), or_keep(&site.without))
}

/// The prices in lines, dearest first.
pub fn lines(scenario: &Scenario, whole: &Whole, prices: &[RulePrice], language: Language) -> Vec<String> {
    let say = |message: Message| render(language, &message);
    let dash = || "–".to_owned();
    let mut lines = match whole.known {
        Some(known) => vec![say(Message::new("prices.whole").with("value", number(known.value, 1)))],
        None => vec![text(language, "prices.no_whole")],
    };
    let row = |cells: [&str; 4], rest: &str| {
        let [saved, least, most, verdict] = cells;
        format!("{}{}{}  {}{rest}", right(saved, 16), right(least, 16), right(most, 16), left(verdict, 16))
    };
    let headings =
        ["prices.saved", "prices.at_least", "prices.at_most", "prices.finding"].map(|key| text(language, key));
    lines.push(row(headings.each_ref().map(String::as_str), &text(language, "prices.restriction")));
    let mut order: Vec<&RulePrice> = prices.iter().collect();
    let found = |one: &RulePrice| one.price.map_or(f64::INFINITY, |price| price.found);
    order.sort_by(|a, b| found(b).total_cmp(&found(a)));
    for one in order {
        let amount = |value: Option<f64>| value.map_or_else(dash, |value| number(value, 1));
        let cells = [
            amount(one.price.map(|price| price.found)),
            amount(one.price.map(|price| price.at_least)),
            amount(one.price.and_then(|price| price.at_most)),
            word(language, "prices.verdict", one.verdict.name()),
        ];
        lines.push(row(cells.each_ref().map(String::as_str), &name(scenario, &one.restriction, language)));
        if let Some(differences) = &one.differences {
            let sites: Vec<String> = differences.sites.iter().take(SHOWN).map(decision).collect();
            let more = differences.sites.len().saturating_sub(SHOWN);
            let sites = if more > 0 { format!("{} (+{more})", sites.join("; ")) } else { sites.join("; ") };
            let line = Message::new("prices.otherwise").with("sites", if sites.is_empty() { dash() } else { sites });
            lines.push(say(line.with("pupils", differences.pupils).with("units", differences.units)));
        }
        for why in one.why.iter().take(1) {
            lines.push(say(Message::new("closures.why").with("why", why)));
        }
    }
    lines
}

/// Most sites named below a price.
const SHOWN: usize = 4;

/// A restriction in words.
fn name(scenario: &Scenario, restriction: &Restriction, language: Language) -> String {
    match restriction {
        Restriction::Rule(id) => {
            let rule = scenario.rules.iter().find(|rule| rule.id == *id);
            let message = Message::new("prices.rule").with("id", id);
            match rule.filter(|rule| !rule.title.is_empty()) {
                Some(rule) => render(language, &message.with_text("title", &rule.title)),
                None => id.clone(),
            }
        }
        Restriction::Protection(key) => {
            let site = scenario.district.sites.iter().find(|site| site.key == *key);
            let name = site.map_or(key.as_str(), |site| site.name.as_str());
            render(language, &Message::new("prices.protection").with("site", key).with("name", name))
        }
    }
}
