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
    let Loaded { scenario, settings, sweep, variants, warnings } = load("tiny", None);
    assert_eq!(sweep, settings);
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
        let mut folder = input::Folder::open(&path).unwrap();
        for variant in folder.base.variants.clone() {
            let scenario = folder.variant(&variant.name).unwrap().scenario;
            assert_eq!(scenario.variant, Some(variant.name));
        }
    }
}

/// A copy of a folder with some files written anew.
fn with(name: &Path, files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let target = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(name).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, target.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    for (file, bytes) in files {
        std::fs::write(target.path().join(file), bytes).unwrap();
    }
    target
}

fn open(folder: &Path, variant: Option<&str>) -> Loaded {
    input::load(folder, variant).unwrap_or_else(|problems| {
        panic!("{}", problems.lines(&|message| i18n::render(Language::En, message)).join("\n"))
    })
}

fn assumed(loaded: &Loaded) -> Vec<&str> {
    loaded.scenario.assumptions.iter().map(|message| message.key.as_str()).collect()
}

fn base() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/invalid/base")
}

#[test]
fn tables_in_chinese_and_gb18030_are_the_same_tables() {
    let utf8 = open(&folder("tiny"), None);
    let units = std::fs::read_to_string(folder("tiny").join("units.csv")).unwrap();
    let sites = std::fs::read_to_string(folder("tiny").join("sites.csv")).unwrap();
    let units =
        units.replacen("id,name,setting,lon,lat,primary", "编号,名称,城乡,经度,纬度,小学", 1).replace("rural", "乡村");
    let sites = sites
        .replacen(
            "id,name,kind,lon,lat,setting,built_year,rooms",
            "编号,名称,学校类型,经度,纬度,城乡,建成年份,普通教室",
            1,
        )
        .replace("primary", "单办小学")
        .replace("rural", "乡村");
    let encode = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    let marked = [b"\xEF\xBB\xBF".to_vec(), sites.into_bytes()].concat();
    let copy = with(&folder("tiny"), &[("units.csv", encode(&units)), ("sites.csv", marked)]);
    let gb = open(copy.path(), None);
    assert_eq!(gb.scenario.district, utf8.scenario.district);
    assert_eq!(gb.scenario.demand, utf8.scenario.demand);
    assert!(assumed(&gb).contains(&"assume.gb18030") && !assumed(&utf8).contains(&"assume.gb18030"));
    assert_ne!(gb.scenario.sha256, utf8.scenario.sha256);
}

#[test]
fn units_as_features_and_pupils_in_a_long_table_are_the_same_units() {
    let table = open(&folder("tiny"), None);
    let feature = |id: &str, name: &str, lon: f64, lat: f64| {
        format!(
            r#"{{"type":"Feature","properties":{{"id":"{id}","name":"{name}","setting":"rural"}},"geometry":{{"type":"Point","coordinates":[{lon},{lat}]}}}}"#
        )
    };
    let features = [
        feature("v1", "石桥村", 105.8, 30.1),
        feature("v2", "柳树村", 105.82, 30.1),
        feature("v3", "河口村", 105.84, 30.11),
        feature("v4", "山前村", 105.87, 30.12),
    ];
    let geojson = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
    let long = "unit,stage,year,pupils\nv1,primary,2024,90\nv2,primary,2024,70\nv3,primary,2024,50\nv4,primary,2024,20\n\
                v1,primary,2025,90\nv2,primary,2025,70\nv3,primary,2025,50\nv4,primary,2025,20\n";
    let copy =
        with(&folder("tiny"), &[("units.geojson", geojson.into_bytes()), ("pupils.csv", long.as_bytes().to_vec())]);
    std::fs::remove_file(copy.path().join("units.csv")).unwrap();
    let features = open(copy.path(), None);
    assert_eq!(features.scenario.district, table.scenario.district);
    assert_eq!(features.scenario.demand, table.scenario.demand);
}

#[test]
fn a_unit_given_as_an_area_gets_a_point_inside_that_is_listed_as_assumed() {
    let square = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"v1","primary":9},"geometry":
        {"type":"Polygon","coordinates":[[[105.0,30.0],[105.2,30.0],[105.2,30.2],[105.0,30.2],[105.0,30.0]]]}}]}"#;
    let copy = with(&folder("tiny"), &[("units.geojson", square.as_bytes().to_vec())]);
    for file in ["units.csv", "travel.csv", "baseline.csv"] {
        std::fs::remove_file(copy.path().join(file)).unwrap();
    }
    let scenario = std::fs::read_to_string(copy.path().join("scenario.toml")).unwrap();
    std::fs::write(copy.path().join("scenario.toml"), scenario.replace("table_only = true", "")).unwrap();
    let loaded = open(copy.path(), None);
    let unit = &loaded.scenario.district.units[UnitId(0)];
    assert!((unit.point.lon - 105.1).abs() < 1e-9 && (unit.point.lat - 30.1).abs() < 1e-9, "{:?}", unit.point);
    assert_eq!(unit.outline.as_ref().unwrap()[0][0].len(), 5);
    for key in ["assume.interior_points", "assume.baseline_nearest", "assume.detour_default", "assume.speed_declared"] {
        assert!(assumed(&loaded).contains(&key), "{key}");
    }
}

#[test]
fn pupils_of_plan_years_follow_factor_and_variant_and_keep_their_totals() {
    let base_case = open(&base(), None).scenario;
    let fewer = open(&base(), Some("fewer")).scenario;
    // Primary pupils by grade are 38, 38, 38, 38, 39 and 39, junior pupils 100.
    assert_eq!(base_case.demand.total(Year(2024)), Pupils(330));
    assert_eq!(base_case.demand.total(Year(2025)), Pupils(330));
    // 0.95 of 38 is 36.1, of 39 is 37.05, of 100 is 95: every column is rounded by itself.
    assert_eq!(base_case.demand.total(Year(2026)), Pupils(4 * 36 + 2 * 37 + 95));
    // The baseline is a fact; 0.9 of 38 is 34.2, of 39 is 35.1, of 100 is 90.
    assert_eq!(fewer.demand.total(Year(2024)), Pupils(330));
    assert_eq!(fewer.demand.total(Year(2025)), Pupils(4 * 34 + 2 * 35 + 90));
    assert!(fewer.assumptions.iter().any(|message| message.key == "assume.rolls_apportioned"));
}

#[test]
fn a_variant_reaches_rules_of_packs_cells_of_tables_and_lists() {
    let loaded = open(&base(), Some("strict"));
    let scenario = &loaded.scenario;
    let limit = |id: &str| scenario.rules.iter().find(|rule| rule.id == id).unwrap().limit;
    assert_eq!((limit("base.way"), limit("cn.dd6.gov05.junior")), (8000.0, 45.0));
    assert_eq!(scenario.district.sites[SiteId(1)].rooms, Classes(8));
    assert_eq!(scenario.district.sites[SiteId(0)].rooms, Classes(12));
    assert!(scenario.offers.iter().all(|offer| offer.measure != Measure::Close));
    let today = open(&base(), None).scenario;
    assert_eq!(today.district.sites[SiteId(1)].rooms, Classes(9));
}

#[test]
fn one_entry_makes_an_offer_for_every_site_and_alternative_with_its_price() {
    let scenario = std::fs::read_to_string(base().join("scenario.toml")).unwrap().replace(
        "sites = [\"b\"]\naction = \"expand\"\nclasses = [2, 4]\ncapital = [60000, 100000]",
        "sites = [\"a\", \"b\"]\naction = \"expand\"\nclasses = [2, 4]\ncapital = 1000\ncapital_per_class = 10\nrunning_per_class = -3",
    );
    let copy = with(&base(), &[("scenario.toml", scenario.into_bytes())]);
    let offers = open(copy.path(), None).scenario.offers;
    let expansions: Vec<_> = offers
        .iter()
        .filter(|offer| offer.measure.name() == "expand")
        .map(|offer| (offer.site.0, offer.capital.0, offer.running.0))
        .collect();
    assert_eq!(expansions, [(0, 1020, -6), (0, 1040, -12), (1, 1020, -6), (1, 1040, -12)]);
}

#[test]
fn an_entry_names_the_use_of_a_released_place_and_the_floor_area_of_what_is_built() {
    use catchment::domain::action::Disposal;
    let told = |text: &str| {
        let text = std::fs::read_to_string(folder("tiny").join("scenario.toml"))
            .unwrap()
            .replace("running = -60000 ", &format!("{text}\nrunning = -60000 "))
            .replace("classes = 1\n", "classes = [1, 2]\nfloor_m2 = [300, 550]\n");
        let copy = with(&folder("tiny"), &[("scenario.toml", text.into_bytes())]);
        input::load(copy.path(), None)
    };
    let offers = told("disposal = \"rebuild\"").unwrap().scenario.offers;
    let told_of: Vec<_> = offers.iter().map(|offer| (offer.measure.name(), offer.disposal, offer.floor_m2)).collect();
    assert_eq!(
        told_of,
        [
            ("close", Some(Disposal::Rebuild), None),
            ("merge", None, None),
            ("expand", None, Some(300.0)),
            ("expand", None, Some(550.0)),
        ]
    );
    for wrong in ["floor_m2 = 5", "disposal = \"sold\""] {
        assert!(told(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn joint_classes_and_rosters_are_read_and_rooms_follow_from_classes() {
    let loaded = open(&base(), None).scenario;
    let b = loaded.district.section(SiteId(1), catchment::domain::district::Stage::Primary).unwrap();
    let groups = &loaded.district.sections[b].groups;
    assert_eq!(groups[0].grades, [GradeId(0), GradeId(1)]);
    assert_eq!((groups[0].pupils, groups[0].classes), (Pupils(40), Some(Classes(1))));
    let sites = std::fs::read_to_string(base().join("sites.csv")).unwrap().replace("1987,6", "1987,");
    let copy = with(&base(), &[("sites.csv", sites.into_bytes())]);
    let open_rooms = open(copy.path(), None);
    assert_eq!(open_rooms.scenario.district.sites[SiteId(2)].rooms, Classes(1));
    assert!(assumed(&open_rooms).contains(&"assume.rooms_from_classes"));
}

#[test]
fn a_home_unit_that_is_not_given_is_the_nearest_where_catchments_must_be_connected() {
    let sites = std::fs::read_to_string(base().join("sites.csv")).unwrap().replace("key;old,v1", "key;old,");
    let copy = with(&base(), &[("sites.csv", sites.into_bytes())]);
    let loaded = open(copy.path(), None);
    assert_eq!(loaded.scenario.district.sites[SiteId(0)].home, Some(UnitId(0)));
    assert!(assumed(&loaded).contains(&"assume.home_nearest"));
}

#[test]
fn units_given_as_areas_are_adjacent_where_they_share_a_border() {
    let square = |id: &str, lon: f64, lat: f64| {
        let (east, north) = (lon + 0.1, lat + 0.1);
        format!(
            r#"{{"type":"Feature","properties":{{"id":"{id}","primary":9}},"geometry":{{"type":"Polygon","coordinates":[[[{lon},{lat}],[{east},{lat}],[{east},{north}],[{lon},{north}],[{lon},{lat}]]]}}}}"#
        )
    };
    let squares =
        [square("v1", 105.0, 30.0), square("v2", 105.1, 30.0), square("v3", 105.1, 30.1), square("v4", 105.5, 30.5)];
    let geojson = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, squares.join(","));
    let copy = with(&folder("tiny"), &[("units.geojson", geojson.into_bytes())]);
    std::fs::remove_file(copy.path().join("units.csv")).unwrap();
    let loaded = open(copy.path(), None);
    // v1 and v3 touch in one corner only.
    let pairs = [(UnitId(0), UnitId(1)), (UnitId(1), UnitId(2))];
    assert_eq!(loaded.scenario.district.adjacency.as_deref(), Some(&pairs[..]));
    assert!(assumed(&loaded).contains(&"assume.adjacency_outlines"));
}

#[test]
fn generated_counties_load_without_a_warning_of_their_own() {
    use catchment::generate::{self, Profile, Size};
    for (profile, units, sites) in [
        (Profile::Tongnan, None, None),
        (Profile::Dazu, None, None),
        (Profile::Province, Some(400), Some(60)),
        // So few sites that none of them is a plot.
        (Profile::Province, Some(60), Some(10)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        generate::run(profile, folder.path(), 7, Size { units, sites }, generate::Readings::default()).unwrap();
        let loaded = open(folder.path(), None);
        // Rules of a pack whose wording nobody has looked up say so.
        let own = loaded.warnings.iter().filter(|warning| warning.code != input::Code::FromMemory);
        assert_eq!(own.count(), 0, "{}: {:?}", profile.name(), loaded.warnings);
        assert!(loaded.scenario.synthetic);
    }
}
