//! `docs/rules.md` and `docs/packs.md`: the reference of the metrics and of the rule packs, made from the catalogues.

use super::catalogue::ALL;
use super::{Entry, Level, Metric, ParamKind};
use crate::domain::rule::{Rule, Source};
use crate::message::Text;
use crate::packs;
use serde::Deserialize;
use std::fmt::Write;

/// The reference in Markdown.
pub fn markdown() -> String {
    let mut out = String::from(
        "# What rules can limit\n\nMade from the catalogue of metrics by `cargo test` (`CATCHMENT_BLESS=1` rewrites it); do not \
         edit.\n\nA rule names a metric and a limit; [scenario-format.md](scenario-format.md) says how it is written. The last \
         column says how a hard or soft rule enters the kernel problem: *exact*, *relaxed* (the kernel allows every plan that \
         keeps the rule and some that do not; the finished plan is tested) or *checked after* (the kernel does not know it; the \
         finished plan is tested). A bound and a gap are those of the modelled rules.\n\n\
         | metric | measured on | unit | enters |\n|---|---|---|---|\n",
    );
    for metric in ALL {
        let (name, level, unit) = (metric.name(), level(metric.level()), metric.unit());
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| [`{name}`](#{name}) | {level} | {unit} | {} |", entry(metric.entry()));
    }
    for metric in ALL {
        let _ = write!(out, "\n## {}\n\n{}\n", metric.name(), metric.doc());
        parameters(&mut out, *metric);
    }
    out
}

/// The reference of the rule packs in Markdown: every figure with its source and how sure it is.
///
/// # Panics
/// Never: packs are part of the program and are parsed by its tests.
pub fn packs_markdown() -> String {
    let mut out = String::from(
        "# Rule packs\n\nMade from the files in `packs/` by `cargo test` (`CATCHMENT_BLESS=1` rewrites it); do not edit.\n\n\
         A scenario takes up a pack by its name in `rule_packs` and changes a rule of it by `[[override]]`. The last columns \
         say where a figure comes from and how sure it is: *seed* stands in a county's own published document, *verified* was \
         read in a published page, *memory* still has to be checked and raises a warning in every run.\n",
    );
    for name in packs::names() {
        let file: PackFile = packs::pack(name)
            .and_then(|text| toml::from_str(text).ok())
            .expect("packs are part of the program and are parsed by its tests");
        let title = |text: &Text| text.en.clone().unwrap_or_default();
        let zh = |text: &Text| text.zh.clone().unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "\n## {name}\n\n{} · {}\n\nSource: {}.\n\n| rule | what | limit | severity | source | sure |\n|---|---|---|---|---|---|\n",
            title(&file.pack.title),
            zh(&file.pack.title),
            file.pack.source.doc
        );
        for rule in &file.rules {
            let others: Vec<String> =
                rule.exempt.iter().filter_map(|exempt| exempt.limit).map(|limit| limit.to_string()).collect();
            let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
            let item = rule.source.item.as_ref().map(|item| format!(", {item}")).unwrap_or_default();
            let _ = writeln!(
                out,
                "| `{}` | {} | {} {}{others} | {} | {}{item} | {} |",
                rule.id,
                title(&rule.title),
                rule.op.sign(),
                rule.limit,
                word(rule.severity),
                rule.source.doc,
                word(rule.source.status)
            );
        }
    }
    out
}

/// A word of the format.
fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[derive(Deserialize)]
struct PackFile {
    pack: PackHead,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct PackHead {
    title: Text,
    source: Source,
}

fn parameters(out: &mut String, metric: &dyn Metric) {
    if metric.params().is_empty() {
        return;
    }
    out.push_str("\n### Parameters\n\n| name | value | meaning |\n|---|---|---|\n");
    for param in metric.params() {
        let needed = if param.required { ", required" } else { "" };
        let kind = match param.kind {
            ParamKind::Flag { default } => format!("true or false, default {default}"),
            ParamKind::Number { min } => format!("a number, at least {min}"),
            ParamKind::Name => "a name".to_owned(),
            ParamKind::Word { default, of } => format!("one of {}, default {default}", of.join(", ")),
        };
        let _ = writeln!(out, "| `{}` | {kind}{needed} | {} |", param.name, param.doc);
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Section => "section (one stage at one site)",
        Level::Site => "site",
        Level::School => "school (legal person)",
        Level::Area => "township or street",
        Level::Unit => "pupils of one unit",
        Level::County => "county",
        Level::Plan => "plan",
    }
}

fn entry(entry: Entry) -> &'static str {
    match entry {
        Entry::Exact => "exact",
        Entry::Relaxed => "relaxed",
        Entry::CheckedAfter => "checked after",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_references_are_up_to_date() {
        for (name, text) in [("docs/rules.md", markdown()), ("docs/packs.md", packs_markdown())] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
            if std::env::var_os("CATCHMENT_BLESS").is_some_and(|value| value == "1") {
                std::fs::write(&path, &text).unwrap();
            }
            let known = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(known == text, "{name} is not what the catalogue says; CATCHMENT_BLESS=1 rewrites it");
        }
    }
}
