//! Pupils over years with the program itself: a school that is phased out, pupils who keep their school, and both together.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const SCENARIO: &str = r#"
schema = "catchment-scenario/1"
name = "years"
synthetic = true
baseline_year = 2024
years = [2025, 2026, 2027, 2028]
stages = ["junior"]

[moving]
policy = "stay"

[[forecasts]]
name = "ageing"

[objective]
weights = { travel_pupil_km = 1, cost = 1, moved_pupils = 1 }
yuan_per_pupil_km = 10

[[rules]]
id = "class"
metric = "class_size_max"
op = "<="
limit = 50
severity = "hard"

[[rules]]
id = "least"
metric = "site_min_size"
op = ">="
limit = 30
severity = "hard"

[[actions]]
id = "out"
sites = ["b"]
action = "phase_out"
years = [2026]
running = -90000
reason = { zh = "生源减少", en = "Few pupils" }

[[variants]]
name = "now"
set = { "moving.policy" = "at_once" }

[[variants]]
name = "closure"
remove = ["actions[out]"]
actions = [{ id = "close", sites = ["b"], action = "close", years = [2026], running = -90000, reason = { zh = "生源减少", en = "Few pupils" } }]
"#;

const UNITS: &str = "id,lon,lat,grade_7,grade_8,grade_9\n\
                     u,105.80,30.10,30,30,30\n\
                     v,105.82,30.10,20,20,20\n\
                     w,105.84,30.10,30,30,30\n";

const SITES: &str = "id,kind,lon,lat,rooms\n\
                     a,junior,105.80,30.10,6\n\
                     b,junior,105.82,30.10,4\n\
                     c,junior,105.84,30.10,6\n";

fn write(folder: &Path) {
    fs::write(folder.join("scenario.toml"), SCENARIO).unwrap();
    fs::write(folder.join("units.csv"), UNITS).unwrap();
    fs::write(folder.join("sites.csv"), SITES).unwrap();
    fs::write(folder.join("baseline.csv"), "unit,site\nu,a\nv,b\nw,c\n").unwrap();
}

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_catchment")).current_dir(folder).args(args).output().unwrap()
}

fn done(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {said}{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).unwrap()
}

fn document(folder: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join("plan.json")).unwrap()).unwrap()
}

/// Pupils by grade and whether the site operates, in the baseline year and every plan year.
fn course(document: &Value, site: &str) -> Vec<(bool, String)> {
    let all = document["sites"].as_array().unwrap();
    let states = all.iter().find(|entry| entry["id"] == site).unwrap()["states"].as_array().unwrap().clone();
    states.iter().map(|state| (state["operating"].as_bool().unwrap(), state["pupils"].to_string())).collect()
}

/// Sites of the pupils of a unit who entered in a year, by plan year.
fn schools(document: &Value, unit: &str, entry: i64) -> Vec<(i64, String)> {
    let rows = document["assignment"].as_array().unwrap();
    let own = rows.iter().filter(|row| {
        let grade: i64 = row["band"].as_str().unwrap().parse().unwrap();
        row["unit"] == unit && row["year"].as_i64().unwrap() - (grade - 7) == entry
    });
    own.map(|row| (row["year"].as_i64().unwrap(), row["site"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn a_school_is_phased_out_and_nobody_is_moved() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    write(folder);
    for engine in ["milp", "catchment"] {
        for variant in [None, Some("now")] {
            let out = format!("out-{engine}-{}", variant.unwrap_or("base"));
            let mut args = vec!["solve", ".", "--out", &out, "--engine", engine, "--gap", "0", "--lang", "en"];
            args.extend(variant.iter().flat_map(|name| ["--variant", name]));
            done(folder, &args);
            let plan = document(&folder.join(&out));
            assert_eq!(plan["status"], "optimal", "{out}");
            assert_eq!(plan["objective"]["terms"]["moved_pupils"], 0.0, "{out}");
            // Capital is 0, and the school stands empty from 2028 on.
            assert_eq!(plan["objective"]["terms"]["cost"], -90000.0, "{out}");
            let action = &plan["sites"][1]["actions"][0];
            assert_eq!((&action["action"], &action["year"]), (&"phase_out".into(), &2026.into()), "{out}");
            let expected = [
                (true, r#"{"7":20,"8":20,"9":20}"#),
                (true, r#"{"7":20,"8":20,"9":20}"#),
                (true, r#"{"8":20,"9":20}"#),
                (true, r#"{"9":20}"#),
                (false, "{}"),
            ];
            let wanted: Vec<(bool, String)> = expected.iter().map(|&(open, all)| (open, all.to_owned())).collect();
            assert_eq!(course(&plan, "b"), wanted, "{out}");
            // The table of actions names it, in words of the language, and the plan stands in every form.
            let actions = fs::read_to_string(folder.join(&out).join("actions.csv")).unwrap();
            assert!(actions.contains("phase_out") && actions.contains("phase out"), "{actions}");
            done(folder, &["check", ".", &out]);
            done(folder, &["verify", ".", &out]);
            done(folder, &["check", ".", &format!("{out}/plan.xlsx")]);
        }
    }
    done(folder, &["solve", ".", "--out", "zh", "--lang", "zh"]);
    let actions = fs::read_to_string(folder.join("zh/actions.csv")).unwrap();
    assert!(actions.contains("毕业分流") && actions.contains("生源减少"), "{actions}");
}

#[test]
fn the_cohorts_of_a_school_that_closes_are_zoned_anew_once_and_entrants_never_come() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    write(folder);
    done(folder, &["solve", ".", "--variant", "closure", "--out", "out", "--gap", "0"]);
    let plan = document(&folder.join("out"));
    assert_eq!(plan["sites"][1]["actions"][0]["action"], "close");
    // Who was in grades 7 and 8 in 2024 is in grades 9 and 8 in 2025; only the younger are still there in 2026.
    assert_eq!(plan["objective"]["terms"]["moved_pupils"], 20.0);
    assert_eq!(schools(&plan, "v", 2023), [(2025, "b".to_owned())]);
    let moved = schools(&plan, "v", 2024);
    assert_eq!(moved[0], (2025, "b".to_owned()));
    assert!(moved.len() == 2 && moved[1].1 != "b");
    let entrants = schools(&plan, "v", 2025);
    assert_eq!(entrants.len(), 3);
    assert!(entrants.iter().all(|(_, site)| site != "b" && *site == entrants[0].1), "{entrants:?}");
    done(folder, &["check", ".", "out"]);
    done(folder, &["verify", ".", "out"]);
}

#[test]
fn a_hand_edit_that_moves_somebody_is_refused_with_the_pupils_who_should_stay() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    write(folder);
    done(folder, &["solve", ".", "--out", "out", "--lang", "en"]);
    for (name, from, to, code) in [
        // Grade 8 of u in 2026 entered in 2025 and stays at a.
        ("moved", "u,,junior,8,2026,a", "u,,junior,8,2026,c", "stay there until they leave its stage"),
        ("gone", "v,,junior,7,2026,", "v,,junior,7,2026,b", "is phased out and no longer teaches this grade"),
    ] {
        let edited = folder.join(name);
        fs::create_dir(&edited).unwrap();
        fs::copy(folder.join("out/actions.csv"), edited.join("actions.csv")).unwrap();
        let table = fs::read_to_string(folder.join("out/assignment.csv")).unwrap();
        let header: Vec<&str> = table.lines().next().unwrap().trim_start_matches('\u{feff}').split(',').collect();
        let column = |name: &str| header.iter().position(|&column| column == name).unwrap();
        let wanted: Vec<&str> = from.split(',').collect();
        let lines: Vec<String> = table
            .lines()
            .map(|line| {
                let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
                let is = |name: &str, value: &str| cells[column(name)] == value;
                let hit = is("unit", wanted[0]) && is("band", wanted[3]) && is("year", wanted[4]);
                if hit && (wanted[5].is_empty() || is("site", wanted[5])) {
                    cells[column("site")] = to.split(',').next_back().unwrap().to_owned();
                }
                cells.join(",")
            })
            .collect();
        assert_ne!(lines.join("\n"), table.lines().collect::<Vec<_>>().join("\n"), "{name}");
        fs::write(edited.join("assignment.csv"), lines.join("\n")).unwrap();
        let output = run(folder, &["check", ".", name, "--lang", "en"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert_ne!(output.status.code(), Some(0), "{said}");
        assert!(said.contains(code), "{name}: {said}");
    }
}

/// One village between two schools, too small for all of it.
const ZONE: &str = r#"
schema = "catchment-scenario/1"
name = "zone"
synthetic = true
baseline_year = 2024
years = [2025, 2026, 2027]
stages = ["junior"]

[[zoning]]
stage = "junior"
multi_school = true

[[rules]]
id = "class"
metric = "class_size_max"
op = "<="
limit = 50
severity = "hard"

[[variants]]
name = "single"
set = { "zoning[junior].multi_school" = false }
"#;

#[test]
fn a_zone_of_several_schools_shares_a_unit_where_one_school_has_too_few_rooms() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    write(folder);
    fs::write(folder.join("scenario.toml"), ZONE).unwrap();
    let rolls = |year: &str, pupils: i64| [7, 8, 9].map(|grade| format!("m,{grade},{year},{pupils}\n")).concat();
    let pupils = format!(
        "unit,grade,year,pupils\n{}{}",
        ["2024", "2025", "2026"].map(|year| rolls(year, 60)).concat(),
        rolls("2027", 70)
    );
    fs::write(folder.join("pupils.csv"), pupils).unwrap();
    fs::write(folder.join("units.csv"), "id,lon,lat\nm,105.82,30.10\n").unwrap();
    fs::write(folder.join("baseline.csv"), "unit,site\nm,b\n").unwrap();
    for engine in ["milp", "catchment"] {
        let solve = |out: &str, more: &[&str]| {
            done(folder, &[&["solve", ".", "--out", out, "--engine", engine, "--gap", "0.0001%"], more].concat());
            let plan = document(&folder.join(out));
            assert_eq!(plan["status"], "optimal", "{out}");
            done(folder, &["check", ".", out]);
            done(folder, &["verify", ".", out]);
            done(folder, &["check", ".", &format!("{out}/plan.xlsx")]);
            plan
        };
        let plan = solve(&format!("zone-{engine}"), &[]);
        // The school in the village has four rooms: two classes of one grade, and one of 50 of the others. The rest go 2.501 km.
        let shared = [(2025, 180, 160), (2026, 180, 160), (2027, 210, 170)];
        for (year, all, here) in shared {
            let rows = plan["assignment"].as_array().unwrap().iter().filter(|row| row["year"] == year);
            let parts: Vec<(String, i64)> = rows
                .map(|row| {
                    let pupils = row["pupils"].as_object().unwrap().values();
                    (row["site"].as_str().unwrap().to_owned(), pupils.map(|count| count.as_i64().unwrap()).sum())
                })
                .collect();
            assert_eq!(parts.iter().map(|part| part.1).sum::<i64>(), all, "{engine} {year}");
            assert!(parts.len() > 1 && parts.contains(&("b".to_owned(), here)), "{engine} {year}: {parts:?}");
        }
        let km = |plan: &Value| plan["objective"]["total"].as_f64().unwrap();
        assert!((km(&plan) - f64::from(20 + 20 + 40) * 2.501).abs() < 1e-6, "{}", km(&plan));
        // Zoned to one school, all must go where there are six rooms.
        let single = solve(&format!("single-{engine}"), &["--variant", "single"]);
        assert!((km(&single) - f64::from(180 + 180 + 210) * 2.501).abs() < 1e-6, "{}", km(&single));
    }
}
