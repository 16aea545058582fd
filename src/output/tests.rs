//! Every format against its golden file, and the catalogue as a whole.
//!
//! `CATCHMENT_BLESS=1` rewrites the golden files.

use super::catalogue::FORMATS;
use super::{Bundle, Findings, RunFacts, write_all};
use crate::domain::document::PlanDocument;
use crate::domain::sample;
use crate::domain::scenario::Scenario;
use crate::i18n::{Catalogue, Language};
use crate::message::Message;
use crate::travel::Travel;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub(super) fn run_facts() -> RunFacts {
    RunFacts {
        version: "0.0.0".to_owned(),
        seconds: 1.5,
        engine_seconds: 1.25,
        threads: 2,
        time_limit: None,
        system: "test".to_owned(),
        architecture: "test".to_owned(),
        scenario_folder: None,
    }
}

fn findings() -> &'static Findings {
    static FINDINGS: OnceLock<Findings> = OnceLock::new();
    FINDINGS.get_or_init(|| Findings {
        assumptions: vec![Message::new("assume.detour_factor").with("factor", 1.3)],
        ..Findings::default()
    })
}

pub(super) fn bundle<'a>(
    scenario: &'a Scenario,
    document: &'a PlanDocument,
    run: &'a RunFacts,
    language: Language,
) -> Bundle<'a> {
    Bundle::new(scenario, document, &Travel::new(scenario), findings(), run, language)
}

fn golden_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Compares with the golden file, or rewrites it when asked to.
pub(super) fn assert_golden(name: &str, bytes: &[u8]) {
    let path = golden_path(name);
    if std::env::var_os("CATCHMENT_BLESS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        return;
    }
    let expected =
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; CATCHMENT_BLESS=1 writes it", path.display()));
    if expected != bytes {
        let (old, new) = (String::from_utf8_lossy(&expected), String::from_utf8_lossy(bytes));
        let line = old.lines().zip(new.lines()).position(|(a, b)| a != b).unwrap_or(0);
        panic!(
            "{name} differs from its golden file, first in line {}:\n- {}\n+ {}\n(CATCHMENT_BLESS=1 rewrites it)",
            line + 1,
            old.lines().nth(line).unwrap_or("").chars().take(300).collect::<String>(),
            new.lines().nth(line).unwrap_or("").chars().take(300).collect::<String>(),
        );
    }
}

#[test]
fn every_format_is_as_its_golden_file() {
    let scenario = sample::scenario();
    let document = sample::document(&scenario);
    let run = run_facts();
    for language in Language::ALL {
        let bundle = bundle(&scenario, &document, &run, language);
        for format in FORMATS.iter().filter(|format| format.name != "workbook") {
            let bytes = (format.bytes)(&bundle).unwrap();
            assert_golden(&format!("{}/{}", language.name(), format.file), &bytes);
        }
    }
}

#[test]
fn the_workbook_holds_the_tables_and_is_the_same_every_time() {
    use calamine::{Data, Reader, Xlsx};
    let scenario = sample::scenario();
    let document = sample::document(&scenario);
    let run = run_facts();
    let bundle = bundle(&scenario, &document, &run, Language::Zh);
    let bytes = super::workbook::bytes(&bundle).unwrap();
    assert_eq!(bytes, super::workbook::bytes(&bundle).unwrap());
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(
        book.sheet_names(),
        [
            "概要",
            "措施",
            "校点",
            "划片",
            "自评表",
            "达标情况",
            "学龄人口",
            "一校一策",
            "一村一表",
            "学生安置",
            "分流去向",
            "资产处置",
            "建设项目"
        ],
        "without staff, resources and a rule on funds nothing is said of these"
    );
    let actions = book.worksheet_range("措施").unwrap();
    let row = |k: usize| actions.rows().nth(k).unwrap().to_vec();
    assert_eq!(row(0)[1], Data::String("学校\nSchool".to_owned()));
    assert_eq!(row(1)[0], Data::String("site".to_owned()));
    assert_eq!(row(2)[0], Data::String("p2".to_owned()));
    assert_eq!(row(2)[6], Data::String("柏林九年一贯制学校".to_owned()));
    for table in super::table::tables(&bundle) {
        let name = crate::i18n::text(Language::Zh, &format!("table.{}", table.name));
        assert_eq!(book.worksheet_range(&name).unwrap().height(), table.rows.len() + 2, "{name}");
    }
}

#[test]
fn every_format_is_described_and_its_file_is_its_own() {
    let mut files: Vec<&str> = FORMATS.iter().map(|format| format.file).collect();
    files.sort_unstable();
    files.dedup();
    assert_eq!(files.len(), FORMATS.len());
    for format in FORMATS {
        for language in Language::ALL {
            let key = format!("format.{}", format.name);
            assert!(Catalogue::of(language).source(&key).is_some(), "{key} in {}", language.name());
        }
    }
}

#[test]
fn every_column_of_every_table_has_a_heading_in_both_languages() {
    let scenario = sample::scenario();
    let document = sample::document(&scenario);
    let run = run_facts();
    for table in super::table::tables(&bundle(&scenario, &document, &run, Language::En)) {
        for column in &table.columns {
            for language in Language::ALL {
                assert!(Catalogue::of(language).source(&column.heading.key).is_some(), "{}", column.heading.key);
            }
        }
        let mut names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), table.columns.len(), "{}", table.name);
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
}

#[test]
fn the_map_file_is_geojson_with_every_unit_and_site() {
    let scenario = sample::scenario();
    let document = sample::document(&scenario);
    let run = run_facts();
    let bytes = super::catchments::bytes(&bundle(&scenario, &document, &run, Language::En)).unwrap();
    let collection: geojson::FeatureCollection =
        String::from_utf8(bytes).unwrap().parse::<geojson::GeoJson>().unwrap().try_into().unwrap();
    let of = |layer: &str| {
        collection.features.iter().filter(|f| f.property("layer").and_then(|v| v.as_str()) == Some(layer)).count()
    };
    assert_eq!((of("unit"), of("site")), (16, 5), "8 units with 2 stages, 5 sites");
    let moved = collection
        .features
        .iter()
        .filter(|f| f.property("changes").and_then(serde_json::Value::as_bool) == Some(true))
        .count();
    assert_eq!(moved, 3, "three units change their primary");
    assert!(
        collection
            .features
            .iter()
            .filter(|f| f.contains_property("drawn"))
            .all(|f| f.property("drawn") == Some(&true.into()))
    );
}

#[test]
fn all_files_are_written_and_named() {
    let scenario = sample::scenario();
    let document = sample::document(&scenario);
    let run = run_facts();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let paths = write_all(&bundle(&scenario, &document, &run, Language::Zh), &out).unwrap();
    assert_eq!(paths.len(), FORMATS.len());
    assert!(paths.iter().all(|path| path.is_file()));
    let read: PlanDocument = serde_json::from_slice(&std::fs::read(out.join("plan.json")).unwrap()).unwrap();
    assert_eq!(read, document, "the plan is read back as it was written");
}

#[test]
fn a_rule_that_is_not_hard_yet_says_from_when() {
    const RULE: &str = "cn.dd6.gov05.primary";
    let mut scenario = sample::scenario();
    let mut document = sample::document(&scenario);
    let last = *document.years.last().unwrap();
    let row = document.compliance.iter_mut().find(|row| row.rule == RULE && row.year == last).unwrap();
    (row.verdict, row.value) = (crate::domain::rule::Verdict::Fail, Some(50.0));
    let run = run_facts();
    let said = |scenario: &Scenario, language: Language| {
        let bundle = bundle(scenario, &document, &run, language);
        super::summary::plan(&bundle, None).join("\n")
    };
    let set = |scenario: &mut Scenario, deadline: i32| {
        let rule = scenario.rules.iter_mut().find(|rule| rule.id == RULE).unwrap();
        let deadline = Some(crate::units::Year(deadline));
        rule.calendar = Some(crate::domain::rule::Calendar { from: None, deadline, no_worse: false });
    };
    set(&mut scenario, 2026);
    assert!(said(&scenario, Language::En).contains("(hard): 1"), "{}", said(&scenario, Language::En));
    set(&mut scenario, 2028);
    assert!(said(&scenario, Language::En).contains("(hard from 2028 on): 1"), "{}", said(&scenario, Language::En));
    assert!(said(&scenario, Language::Zh).contains("(2028年起为硬性)：1"), "{}", said(&scenario, Language::Zh));
}

#[test]
fn against_an_assumed_baseline_it_is_left_open_who_changes_school() {
    let mut scenario = sample::scenario();
    scenario.baseline.assumed = true;
    let document = sample::document(&scenario);
    let run = run_facts();
    let bundle = bundle(&scenario, &document, &run, Language::En);
    let summary = super::summary::plan(&bundle, None);
    let line = summary.iter().find(|line| line.starts_with("Pupils who change school")).unwrap();
    assert_eq!(
        line.split_whitespace().collect::<Vec<_>>().join(" "),
        "Pupils who change school (today is assumed) – –"
    );
    let table = super::assignment::table(&bundle);
    let changes = table.columns.iter().position(|column| column.name == "changes").unwrap();
    assert!(table.rows.iter().all(|row| matches!(row[changes], super::table::Cell::Empty)));
    let map = String::from_utf8(super::catchments::bytes(&bundle).unwrap()).unwrap();
    assert_eq!(map.matches("\"changes\":null").count(), 16);
    assert!(!map.contains("\"changes\":true") && !map.contains("\"changes\":false"));
    let page =
        String::from_utf8((FORMATS.iter().find(|format| format.name == "report").unwrap().bytes)(&bundle).unwrap());
    let page = page.unwrap();
    assert!(page.contains("\"movers\":[]") && page.contains("\"assumed_baseline\":true"));
}

#[test]
fn a_run_that_found_nothing_says_that_it_shows_today() {
    let scenario = sample::scenario();
    let mut document = sample::document(&scenario);
    document.status = crate::domain::document::PlanStatus::Infeasible;
    (document.bound, document.gap) = (None, None);
    let run = run_facts();
    let keys = |findings: &Findings| -> Vec<String> {
        let bundle = Bundle::new(&scenario, &document, &Travel::new(&scenario), findings, &run, Language::En);
        super::overview::standing(&bundle).into_iter().map(|sentence| sentence.key).collect()
    };
    assert_eq!(keys(&Findings::default()), ["standing.infeasible", "standing.no_bound"]);
    let notes = vec![Message::new("note.stopped_at_today")];
    assert_eq!(keys(&Findings { notes, ..Findings::default() }), ["standing.not_found"]);
}
