//! `compare.html`: one page that works from disk, with the answers first, then linked maps, charts and tables.

use super::answers::answers;
use super::labels::{Labels, severity_name};
use super::maps::Maps;
use crate::domain::scenario::Scenario;
use crate::i18n::{Language, text};
use crate::metric::{Metric, catalogue};
use crate::output::catalogue::OutputError;
use crate::output::report::data::Both;
use crate::output::report::{BASE, MAP, STYLE, page};
use crate::output::widgets::{self, CHARTS, PARALLEL, TABLES};
use crate::study::compare::rules::RuleRow;
use crate::study::compare::{Comparison, Named};
use serde::Serialize;
use std::collections::BTreeMap;

const PAGE: &str = include_str!("page.html");
const OWN_STYLE: &str = include_str!("compare.css");
/// In the order in which the page needs them.
pub(in crate::output) const SCRIPTS: [&str; 10] = [
    BASE,
    MAP,
    TABLES,
    CHARTS,
    PARALLEL,
    include_str!("plans.js"),
    include_str!("maps.js"),
    include_str!("charts.js"),
    include_str!("changes.js"),
    include_str!("main.js"),
];

/// Everything that the page shows.
#[derive(Debug, Serialize)]
struct Data<'a> {
    lang: &'static str,
    version: &'static str,
    comparison: &'a Comparison,
    /// Name of the scenario and origin of its data, where it is at hand.
    title: Both,
    notice: Both,
    answers: Vec<Told>,
    rules: Vec<RuleData>,
    maps: Option<Maps>,
}

#[derive(Debug, Serialize)]
struct Told {
    about: &'static str,
    text: Both,
}

/// What the page needs of a rule beyond its row: in the order of the comparison's rules.
#[derive(Debug, Serialize)]
struct RuleData {
    title: Both,
    severity: Option<&'static str>,
    /// Unit of its values.
    unit: Option<&'static str>,
    subjects: BTreeMap<String, Both>,
}

/// The page. `plans` are those of which the comparison was made.
///
/// # Errors
/// [`OutputError::Json`] when the data cannot be serialised.
pub fn html(comparison: &Comparison, plans: &[Named<'_>], language: Language) -> Result<Vec<u8>, OutputError> {
    let scenario: Option<&Scenario> = plans.iter().find_map(|plan| plan.home).map(|home| home.scenario);
    let labels = Labels::new(comparison, scenario);
    let data = Data {
        lang: language.name(),
        version: env!("CARGO_PKG_VERSION"),
        comparison,
        title: scenario.map_or_else(|| Both::same(&comparison.scenario), |scenario| Both::text(&scenario.title)),
        notice: scenario.map_or_else(|| Both::same(""), |scenario| Both::text(&scenario.notice)),
        answers: answers(comparison, &labels)
            .iter()
            .map(|answer| Told { about: answer.about, text: Both::message(&answer.message) })
            .collect(),
        rules: comparison.rules.iter().map(|rule| rule_data(rule, &labels)).collect(),
        maps: Maps::of(plans),
    };
    let data = serde_json::to_string(&data)?;
    let style = [STYLE, widgets::STYLE, OWN_STYLE].concat();
    Ok(page(PAGE, &style, &SCRIPTS, language, &text(language, "compare.title"), &data)?.into_bytes())
}

fn rule_data(rule: &RuleRow, labels: &Labels<'_>) -> RuleData {
    let known = labels.known(&rule.rule);
    let subject = |key: &str| {
        let said = |language| labels.subject(language, &rule.rule, key);
        Both::of(said(Language::Zh), said(Language::En))
    };
    RuleData {
        title: Both::text(&Labels::rule(rule)),
        severity: rule.severity.map(severity_name),
        unit: known.and_then(|rule| catalogue::find(&rule.metric)).map(Metric::unit),
        subjects: rule.failing.iter().map(|one| (one.subject.clone(), subject(&one.subject))).collect(),
    }
}
