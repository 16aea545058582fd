//! Both catalogues are whole, and hold every key that the sources use.

use super::*;
use crate::domain::district::{SiteKind, SiteStatus, Stage};
use crate::domain::objective::Term;
use std::path::{Path, PathBuf};

fn catalogue(language: Language) -> &'static Catalogue {
    Catalogue::of(language)
}

#[test]
fn both_languages_have_the_same_keys_and_placeholders() {
    let (zh, en) = (catalogue(Language::Zh), catalogue(Language::En));
    for (key, template) in &en.entries {
        let other = zh.entries.get(key).unwrap_or_else(|| panic!("`{key}` is missing in messages.zh.toml"));
        let plain = |template: &Template| template.names();
        // A plural in English needs no counterpart in Chinese, but every value that is printed does.
        assert_eq!(plain(template), plain(other), "placeholders of `{key}`");
    }
    // The English help stands beside the arguments in `cli`.
    for key in zh.entries.keys().filter(|key| !key.starts_with("help.")) {
        assert!(en.entries.contains_key(key), "`{key}` is missing in messages.en.toml");
    }
}

#[test]
fn a_key_that_two_files_have_is_refused() {
    let refused = Catalogue::parse(&["a.b = \"x\"", "[a]\nb = \"y\""]).unwrap_err();
    assert!(refused.contains("`a.b` is there twice"), "{refused}");
}

#[test]
fn no_text_is_empty_and_every_family_exists() {
    for language in Language::ALL {
        let entries = &catalogue(language).entries;
        for (key, template) in entries {
            assert!(!template.source().trim().is_empty(), "`{key}` is empty");
            for family in template.families() {
                let prefix = format!("{family}.");
                assert!(entries.keys().any(|k| k.starts_with(&prefix)), "`{key}` refers to no family `{family}`");
            }
        }
    }
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs" || e == "js" || e == "html") {
            files.push(path);
        }
    }
}

/// The string literals that directly follow one of `openings` in `source`.
fn literals_after<'a>(source: &'a str, openings: &[&str]) -> Vec<&'a str> {
    let mut found = Vec::new();
    for opening in openings {
        for (at, _) in source.match_indices(opening) {
            let rest = source[at + opening.len()..].trim_start();
            if let Some(rest) = rest.strip_prefix('"')
                && let Some(end) = rest.find('"')
            {
                found.push(&rest[..end]);
            }
        }
    }
    found
}

/// The string literals of a script that are keys of the report page or the argument of its `t`.
fn keys_of_script(source: &str) -> Vec<&str> {
    let mut found: Vec<&str> = source
        .split('"')
        .filter(|part| part.strip_prefix("report.").is_some_and(|rest| !rest.is_empty() && !rest.ends_with('_')))
        .filter(|part| part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'.'))
        .collect();
    for (at, _) in source.match_indices("t(\"") {
        let before = source[..at].chars().next_back();
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.')
            && let Some(end) = source[at + 3..].find('"')
            && !source[at + 3..at + 3 + end].ends_with(['_', '.'])
        {
            found.push(&source[at + 3..at + 3 + end]);
        }
    }
    found
}

#[test]
fn every_key_used_in_the_sources_exists() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut used = 0;
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        // Tests may invent keys.
        let body = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        if file.ends_with("i18n/tests.rs") {
            continue;
        }
        let keys = match file.extension().unwrap().to_str().unwrap() {
            "rs" => {
                literals_after(body, &["Message::new(", " text(language,", "(text(language,", " i18n::text(language,"])
            }
            "js" => keys_of_script(body),
            _ => literals_after(body, &["data-t=", "data-label="]),
        };
        for key in keys {
            used += 1;
            for language in Language::ALL {
                assert!(
                    catalogue(language).entries.contains_key(key),
                    "{}: key `{key}` is missing in messages.{}.toml",
                    file.display(),
                    language.name()
                );
            }
        }
    }
    assert!(used > 150, "only {used} uses found: the search no longer fits the sources");
}

/// The serde name of a fieldless enum value.
fn name(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn words_of_the_model_have_names_in_both_languages() {
    use crate::domain::document::PlanStatus::{Feasible, Infeasible, Optimal, Stopped};
    use crate::domain::rule::Verdict::{Fail, Late, NotApplicable, Pass, PassAfter, PassRelaxed, Pending};
    use crate::domain::rule::{Severity, SourceStatus};
    let mut keys: Vec<String> = Vec::new();
    keys.extend(Stage::ALL.map(|s| format!("stage.{}", s.name())));
    keys.extend(SiteKind::ALL.map(|k| format!("site_kind.{}", k.name())));
    keys.extend([SiteStatus::Operating, SiteStatus::Candidate].map(|s| format!("site_status.{}", name(s))));
    keys.extend(Term::ALL.map(|t| format!("term.{}", t.name())));
    keys.extend([Optimal, Feasible, Stopped, Infeasible].map(|s| format!("status.{}", name(s))));
    keys.extend(
        [NotApplicable, Pass, PassRelaxed, PassAfter, Late, Pending, Fail].map(|v| format!("verdict.{}", name(v))),
    );
    keys.extend([Severity::Hard, Severity::Soft, Severity::Report].map(|s| format!("severity.{}", name(s))));
    keys.extend(
        [SourceStatus::Seed, SourceStatus::Verified, SourceStatus::Memory, SourceStatus::Scenario]
            .map(|s| format!("source_status.{}", name(s))),
    );
    keys.extend(
        ["keep", "close", "merge", "expand", "build", "relocate", "convert", "phase_out", "equip"]
            .map(|a| format!("action.{a}")),
    );
    keys.extend(["straight_line", "table"].map(|m| format!("travel_mode.{m}")));
    for language in Language::ALL {
        for key in &keys {
            assert!(catalogue(language).entries.contains_key(key), "`{key}` in {}", language.name());
        }
    }
}

#[test]
fn the_locale_decides_in_the_order_of_posix() {
    let with = |pairs: &'static [(&str, &str)]| {
        Language::from_locale(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    };
    assert_eq!(with(&[]), Language::En);
    assert_eq!(with(&[("LANG", "zh_CN.UTF-8")]), Language::Zh);
    assert_eq!(with(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")]), Language::En);
    assert_eq!(with(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")]), Language::Zh);
    assert_eq!(with(&[("LANG", "de_DE"), ("LC_MESSAGES", "zh_TW")]), Language::Zh);
}

#[test]
fn a_text_in_one_language_serves_the_other() {
    let text = Text { zh: Some("学校".to_owned()), en: None };
    assert_eq!(Language::En.pick(&text), "学校");
    assert_eq!(Language::Zh.pick(&text), "学校");
    assert_eq!(Language::En.pick(&Text::default()), "");
}

#[test]
fn a_missing_key_shows_itself_and_its_values() {
    let message = Message::new("no.such.key").with("a", 1);
    assert_eq!(render(Language::En, &message), "no.such.key a=1");
}
