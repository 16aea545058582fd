//! `docs/rules.md`: the reference of the metrics, made from the catalogue.

use super::catalogue::ALL;
use super::{Entry, Level, Metric, ParamKind};
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
    fn the_reference_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
        if std::env::var_os("CATCHMENT_BLESS").is_some_and(|value| value == "1") {
            std::fs::write(&path, markdown()).unwrap();
        }
        let known = std::fs::read_to_string(&path).unwrap();
        assert!(known == markdown(), "docs/rules.md is not what the catalogue says; CATCHMENT_BLESS=1 rewrites it");
    }
}
