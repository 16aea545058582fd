//! `report.html`: one page with map, figures, actions and verdicts that works from disk without a network.
//!
//! The page is put together from `page.html`, `style.css` and the scripts beside this file; its data are one JSON document
//! in the page ([`data::Data`]). The scripts put every text in as text, never as markup, and the page forbids itself all
//! network access by its content security policy.

pub mod consequences;
pub mod data;
pub mod rules;

use super::bundle::Bundle;
use super::catalogue::OutputError;
use crate::i18n::{Catalogue, Language};
use std::collections::BTreeMap;

const PAGE: &str = include_str!("page.html");
pub(super) const STYLE: &str = include_str!("style.css");
/// What the scripts of every page begin with.
pub(super) const BASE: &str = include_str!("base.js");
/// Maps of any atlas and view.
pub(super) const MAP: &str = include_str!("map.js");
/// In the order in which the page needs them.
const SCRIPTS: [&str; 10] = [
    BASE,
    include_str!("trips.js"),
    MAP,
    include_str!("explore.js"),
    include_str!("charts.js"),
    include_str!("tables.js"),
    include_str!("consequences.js"),
    include_str!("accounts.js"),
    include_str!("villages.js"),
    include_str!("main.js"),
];
/// Families of messages that the page may need.
const FAMILIES: [&str; 22] = [
    "list.",
    "report.",
    "action.",
    "stage.",
    "site_kind.",
    "site_status.",
    "status.",
    "verdict.",
    "severity.",
    "source_status.",
    "term.",
    "unit.",
    "subject.",
    "figure.",
    "compare.",
    "part.",
    "indicator.",
    "setting.",
    "sweep.",
    "follow.",
    "disposal.",
    "project.",
];

/// The bytes of the report.
///
/// # Errors
/// [`OutputError::Json`] when the data cannot be serialised.
pub fn bytes(bundle: &Bundle<'_>) -> Result<Vec<u8>, OutputError> {
    let data = serde_json::to_string(&data::Data::of(bundle))?;
    let title = bundle.language.pick(&bundle.scenario.title);
    let title = if title.is_empty() { &bundle.scenario.name } else { title };
    Ok(page(PAGE, STYLE, &SCRIPTS, bundle.language, title, &data)?.into_bytes())
}

/// Puts a page together: `{{title}}`, `{{lang}}`, `{{style}}`, `{{texts}}`, `{{data}}` and `{{script}}` in `template` are
/// replaced. `data` is JSON.
///
/// # Errors
/// [`OutputError::Json`] when the texts cannot be serialised.
pub fn page(
    template: &str,
    style: &str,
    scripts: &[&str],
    language: Language,
    title: &str,
    data: &str,
) -> Result<String, OutputError> {
    let texts: BTreeMap<&str, BTreeMap<&str, &str>> =
        Language::ALL.into_iter().map(|language| (language.name(), texts(language))).collect();
    let script = format!("(function () {{\n\"use strict\";\n{}\n}})();", scripts.concat());
    let values = [
        ("{{lang}}", if language == Language::Zh { "zh-CN" } else { "en" }.to_owned()),
        ("{{title}}", escape_html(title)),
        ("{{style}}", style.to_owned()),
        ("{{texts}}", escape_json(&serde_json::to_string(&texts)?)),
        ("{{data}}", escape_json(data)),
        ("{{script}}", script),
    ];
    // One pass from the front, so that nothing put in is searched for marks again.
    let mut out = String::with_capacity(template.len() + data.len() + 100_000);
    let mut rest = template;
    while let Some(at) = rest.find("{{") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((mark, value)) = values.iter().find(|(mark, _)| rest.starts_with(mark)) {
            out.push_str(value);
            rest = &rest[mark.len()..];
        } else {
            out.push_str("{{");
            rest = &rest[2..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn texts(language: Language) -> BTreeMap<&'static str, &'static str> {
    Catalogue::of(language).entries().filter(|(key, _)| FAMILIES.iter().any(|family| key.starts_with(family))).collect()
}

/// Text for the inside of an HTML element or a quoted attribute.
pub fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character),
        }
    }
    out
}

/// JSON for the inside of a `<script>` element: no `<`, `>` or `&` stays, so that nothing in it can end the element or
/// open a comment, and no line separator that older scripts refuse.
pub fn escape_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
pub(super) mod tests;
