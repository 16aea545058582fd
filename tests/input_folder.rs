//! Scenario folders that ship with the project load, and say what the tables say.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use catchment::domain::action::Measure;
use catchment::i18n::{self, Language};
use catchment::id::{GradeId, SiteId, UnitId};
use catchment::input::{self, Loaded};
use catchment::units::{Classes, Metres, Pupils, Year, Yuan};
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name)
}

fn load(name: &str, variant: Option<&str>) -> Loaded {
    input::load(&folder(name), variant).unwrap_or_else(|problems| {
        let lines = problems.lines(&|message| i18n::render(Language::En, message));
        panic!("{name} does not load:\n{}", lines.join("\n"))
    })
}

#[test]
fn tiny_is_read_as_its_tables_say() {
    let Loaded { scenario, settings, variants, warnings } = load("tiny", None);
    assert_eq!(warnings, []);
    assert_eq!(settings, input::SolverSettings::default());
    assert_eq!(variants.iter().map(|v| v.name.as_str()).collect::<Vec<_>>(), ["cheap_travel", "dear_travel"]);
    assert_eq!((scenario.district.units.len(), scenario.district.sites.len()), (4, 3));
    assert_eq!(scenario.demand.pupils(Year(2024), UnitId(0), GradeId(0)), Pupils(90));
    assert_eq!(scenario.demand.total(Year(2025)), Pupils(230));
    assert_eq!(scenario.district.sites[SiteId(1)].rooms, Classes(3));
    assert!(!scenario.baseline.assumed);
    assert_eq!(scenario.baseline.sites[UnitId(3)], [Some(SiteId(2))]);
    assert_eq!(scenario.travel.table.len(), 12);
    assert_eq!(scenario.travel.table[3].metres, Metres(2000));
    assert_eq!(scenario.offers.len(), 3);
    assert_eq!(scenario.offers[1].measure, Measure::Merge { into: SiteId(1) });
    assert_eq!((scenario.offers[2].capital, scenario.offers[0].running), (Yuan(30_000), Yuan(-60_000)));
    assert_eq!(scenario.objective.yuan_per_pupil_km, Some(300.0));
    assert_eq!(scenario.sha256.len(), 64);
}

#[test]
fn a_variant_changes_what_it_names_and_the_fingerprint() {
    let base = load("tiny", None).scenario;
    let dear = load("tiny", Some("dear_travel")).scenario;
    assert_eq!(dear.objective.yuan_per_pupil_km, Some(600.0));
    assert_eq!(dear.variant.as_deref(), Some("dear_travel"));
    assert_ne!(dear.sha256, base.sha256);
    assert_eq!(dear.offers, base.offers);
}

#[test]
fn loading_twice_gives_the_same_scenario() {
    assert_eq!(load("tiny", None).scenario, load("tiny", None).scenario);
}

#[test]
fn every_scenario_of_the_project_loads_with_each_of_its_variants() {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for entry in std::fs::read_dir(scenarios).unwrap() {
        let path = entry.unwrap().path();
        if !path.join("scenario.toml").exists() {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        for variant in load(&name, None).variants {
            let scenario = load(&name, Some(&variant.name)).scenario;
            assert_eq!(scenario.variant, Some(variant.name));
        }
    }
}
