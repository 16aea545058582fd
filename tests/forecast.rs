//! Pupils of plan years by forecasts: cohorts age, entrants and housing come from tables, every forecast is a variant.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use catchment::domain::district::Stage;
use catchment::domain::scenario::Scenario;
use catchment::id::{GradeId, UnitId};
use catchment::input;
use catchment::units::{Pupils, Year};
use std::fs;
use std::path::Path;

const SCENARIO: &str = r#"
schema = "catchment-scenario/1"
name = "f"
baseline_year = 2024
years = [2025, 2028]
stages = ["primary", "junior"]

[pupils]
forecast = "medium"
totals = { 2025 = { primary = 700 }, 2028 = { primary = 600, junior = 310 } }

[[forecasts]]
name = "high"
title = { en = "High" }
entrants_change = { primary = 0.1 }

[[forecasts]]
name = "medium"
entrants = { primary = { 2025 = 90, 2027 = 60 } }
entrants_change = { primary = -0.5 }
progression = { 7 = 0.9 }
migration = { urban = 0.1, rural = -0.1 }
dwelling_yield = { primary = 0.6, junior = 0.3 }

[[variants]]
name = "more"
pupils_factor = 2.0
"#;

const UNITS: &str = "id,setting,lon,lat,grade_1,grade_2,grade_3,grade_4,grade_5,grade_6,grade_7,grade_8,grade_9\n\
                     u,urban,105.80,30.10,50,50,50,50,50,50,50,50,50\n\
                     v,rural,105.82,30.10,50,50,50,50,50,50,50,50,50\n\
                     w,town,105.84,30.10,20,20,20,20,20,20,20,20,20\n";

fn write(folder: &Path) {
    fs::write(folder.join("scenario.toml"), SCENARIO).unwrap();
    fs::write(folder.join("units.csv"), UNITS).unwrap();
    let sites = "id,kind,lon,lat,rooms\ns,nine_year,105.81,30.10,60\n";
    fs::write(folder.join("sites.csv"), sites).unwrap();
}

fn load(folder: &Path, variant: Option<&str>) -> Scenario {
    input::load(folder, variant).unwrap().scenario
}

/// Pupils of a grade in a year, by unit.
fn pupils(scenario: &Scenario, year: i32, grade: u32) -> [i64; 3] {
    [0, 1, 2].map(|unit| scenario.demand.pupils(Year(year), UnitId(unit), GradeId(grade - 1)).0)
}

#[test]
fn cohorts_age_through_years_in_which_nothing_is_planned() {
    let place = tempfile::tempdir().unwrap();
    write(place.path());
    let scenario = load(place.path(), None);
    assert_eq!(pupils(&scenario, 2024, 1), [50, 50, 20]);
    // 90 entrants go by the pupils of today: 300, 300 and 120.
    assert_eq!(pupils(&scenario, 2025, 1), [38, 37, 15]);
    // A year older, a tenth more in the city and a tenth fewer in the country.
    assert_eq!(pupils(&scenario, 2025, 2), [55, 45, 20]);
    // Nine tenths of grade 6 go on to grade 7.
    assert_eq!(pupils(&scenario, 2025, 7), [50, 40, 18]);
    // Three more years: entrants of 2027 are given, those of 2028 are half as many.
    assert_eq!(pupils(&scenario, 2028, 1).iter().sum::<i64>(), 30);
    assert_eq!(pupils(&scenario, 2028, 2).iter().sum::<i64>(), (25.0 * 1.1 + 25.0 * 0.9 + 10.0_f64).round() as i64);
    // Those of grade 2 in 2024 are in grade 6 four years later.
    let cohort = [50.0 * 1.1_f64.powi(4), 50.0 * 0.9_f64.powi(4), 20.0];
    for (found, wanted) in pupils(&scenario, 2028, 6).into_iter().zip(cohort) {
        assert!((found as f64 - wanted).abs() < 1.0, "{found} {wanted}");
    }
    assert_eq!(scenario.demand.forecast(), Some("medium"));
    assert_eq!(scenario.demand.totals()[&(Year(2028), Stage::Junior)], Pupils(310));
    assert!(scenario.assumptions.iter().any(|one| one.key == "assume.forecast" && one.args["name"] == "medium"));
}

#[test]
fn every_forecast_is_a_variant_and_factors_come_on_top() {
    let place = tempfile::tempdir().unwrap();
    write(place.path());
    let variants = input::load(place.path(), None).unwrap().variants;
    let of_family = variants.iter().filter(|variant| variant.family.as_deref() == Some("forecast"));
    let names: Vec<&str> = of_family.map(|variant| variant.name.as_str()).collect();
    assert_eq!(names, ["forecast/high", "forecast/medium"]);
    assert_eq!(variants[1].title.en.as_deref(), Some("High"));
    let high = load(place.path(), Some("forecast/high"));
    assert_eq!((high.demand.forecast(), high.variant.as_deref()), (Some("high"), Some("forecast/high")));
    assert_eq!(load(place.path(), Some("forecast/medium")).demand, load(place.path(), None).demand);
    assert_eq!(pupils(&high, 2025, 1), [55, 55, 22]);
    assert_eq!(pupils(&high, 2025, 2), [50, 50, 20]);
    let more = load(place.path(), Some("more"));
    assert_eq!(pupils(&more, 2024, 1), [50, 50, 20]);
    assert_eq!(pupils(&more, 2025, 1).iter().sum::<i64>(), 180);
    // The first forecast is used where none is named.
    let text = SCENARIO.replace("forecast = \"medium\"\n", "");
    assert_ne!(text, SCENARIO);
    fs::write(place.path().join("scenario.toml"), text).unwrap();
    assert_eq!(load(place.path(), None).demand.forecast(), Some("high"));
}

#[test]
fn tables_tell_where_entrants_and_dwellings_are() {
    let place = tempfile::tempdir().unwrap();
    write(place.path());
    let entrants = "单元编号,年份,新生数,预测\nu,2025,10,\nw,2025,20,medium\nv,2028,7,high\n";
    fs::write(place.path().join("entrants.csv"), entrants).unwrap();
    fs::write(place.path().join("housing.csv"), "unit,year,dwellings,name\nw,2025,100,一期\nw,2025,100,二期\n")
        .unwrap();
    let scenario = load(place.path(), None);
    // 90 entrants by the table's 10 and 20; 200 dwellings bring 120 primary pupils, 20 a grade.
    assert_eq!(pupils(&scenario, 2025, 1), [30, 0, 60 + 20]);
    assert_eq!(pupils(&scenario, 2025, 2), [55, 45, 20 + 20]);
    assert_eq!(pupils(&scenario, 2025, 8), [55, 45, 20 + 20]);
    let high = load(place.path(), Some("forecast/high"));
    assert_eq!(pupils(&high, 2025, 1), [10, 0, 0]);
    assert_eq!(pupils(&high, 2028, 1), [0, 7, 0]);
}
