//! Closure paths, prices of rules and frontiers as a planner asks for them: one command, tables that equal those of all plans,
//! the same bytes however it is run, and plans that can be checked.
#![cfg(all(feature = "cli", any(feature = "highs", feature = "microlp")))]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[expect(dead_code, reason = "other tests use more of it")]
mod brute;
#[path = "common/files.rs"]
mod files;

use catchment::domain::scenario::Scenario;
use catchment::input;
use catchment::study::rules::Restriction;
use files::files;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Five schools and five villages. The cheapest school to close alone is d, the cheapest pair is c and e; no three can be shut.
fn scenario() -> tempfile::TempDir {
    const MANIFEST: &str = r#"
schema = "catchment-scenario/1"
name = "five"
synthetic = true
baseline_year = 2024
years = [2025]
stages = ["primary"]
[travel]
speed_kmh = 20
table_only = true
[[rules]]
id = "class_size"
metric = "class_size_max"
op = "<="
limit = 45
severity = "hard"
[[rules]]
id = "way"
metric = "travel_dist"
op = "<="
limit = 9000
severity = "hard"
[[rules]]
id = "capital"
metric = "budget"
op = "<="
limit = 10000
severity = "hard"
[[actions]]
sites = ["c", "d", "e"]
action = "close"
running = -60000
reason = { en = "few pupils" }
[[actions]]
sites = ["d"]
action = "merge"
into = "c"
running = -50000
reason = { en = "few pupils" }
[[actions]]
sites = ["a", "b"]
action = "expand"
classes = 1
capital = 30000
[objective]
weights = { travel_pupil_km = 1, cost = 1 }
yuan_per_pupil_km = 300
"#;
    const SITES: &str = "id,kind,lon,lat,rooms,protected\na,primary,105.1,30.1,2,no\nb,primary,105.2,30.1,1,yes\n\
                         c,primary,105.3,30.1,2,no\nd,primary,105.4,30.1,2,no\ne,primary,105.5,30.1,1,no\n";
    const UNITS: &str = "id,lon,lat,primary\nu1,105.10,30.11,40\nu2,105.20,30.11,25\nu3,105.50,30.11,45\n\
                         u4,105.35,30.11,25\nu5,105.12,30.12,60\n";
    const WAYS: [[i64; 5]; 5] =
        [[3, 7, 7, 8, 13], [9, 3, 9, 8, 7], [12, 10, 6, 5, 2], [7, 11, 1, 2, 7], [3, 7, 5, 6, 11]];
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("scenario.toml", MANIFEST);
    write("sites.csv", SITES);
    write("units.csv", UNITS);
    write("baseline.csv", "unit,site\nu1,a\nu2,b\nu3,e\nu4,d\nu5,a\n");
    let mut travel = "unit,site,km\n".to_owned();
    for (unit, ways) in (1..).zip(WAYS) {
        for (site, km) in ["a", "b", "c", "d", "e"].iter().zip(ways) {
            writeln!(travel, "u{unit},{site},{km}").unwrap();
        }
    }
    write("travel.csv", &travel);
    folder
}

fn loaded(folder: &Path) -> Scenario {
    input::load(folder, None).unwrap().scenario
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_catchment"));
    command.args(args).env_remove("LANG").env_remove("LC_ALL").env_remove("LC_MESSAGES");
    command
}

fn sweep(scenario: &Path, out: &Path, more: &[&str], code: i32) -> Output {
    let fixed = ["sweep", scenario.to_str().unwrap(), "--engine", "milp", "--gap", "0", "--out", out.to_str().unwrap()];
    let output = command(&fixed).args(more).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{more:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

/// Least objective by what is shut: the keys of the sites, with what is done there.
fn by_shut(scenario: &Scenario) -> BTreeMap<Vec<(String, String)>, f64> {
    let mut least = BTreeMap::new();
    let all = brute::plans(scenario, 2e6, &mut |plan| {
        let sites = scenario.district.sites.iter().zip(plan.shut);
        let shut: Vec<_> = sites.filter_map(|(site, shut)| Some((site.key.clone(), (*shut)?.to_owned()))).collect();
        let best = least.entry(shut).or_insert(f64::INFINITY);
        *best = plan.value.min(*best);
    });
    assert!(all);
    least
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(1.0)
}

#[test]
fn a_path_over_closures_is_that_of_all_plans_with_the_price_of_nesting_and_reasons() {
    let folder = scenario();
    let out = folder.path().join("out");
    let said = sweep(folder.path(), &out, &["--closures", "0..4", "--nested", "--lang", "en"], 0);
    let document = json(&out.join("closures.json"));
    assert_eq!(
        (document["schema"].as_str(), document["objective"].as_str()),
        (Some("catchment-closures/1"), Some("weighted"))
    );
    let steps = document["steps"].as_array().unwrap();
    let all = by_shut(&loaded(folder.path()));
    let mut kept: Vec<(String, String)> = Vec::new();
    let mut nesting = Vec::new();
    for (closures, step) in steps.iter().enumerate() {
        assert_eq!(step["closures"], closures);
        let of = |kept: &[(String, String)]| {
            let keeps = |shut: &[(String, String)]| kept.iter().all(|one| shut.contains(one));
            let fit = all.iter().filter(|(shut, _)| shut.len() == closures && keeps(shut));
            fit.min_by(|a, b| a.1.total_cmp(b.1))
        };
        let Some((_, &free)) = of(&[]) else {
            for path in ["free", "nested"] {
                assert_eq!((&step[path]["known"], step[path]["status"].as_str()), (&Value::Null, Some("infeasible")));
                assert!(!step[path]["why"].as_array().unwrap().is_empty());
            }
            continue;
        };
        let (shut, &nested) = of(&kept).unwrap();
        kept.clone_from(shut);
        for (path, wanted) in [("free", free), ("nested", nested)] {
            let known = &step[path]["known"];
            assert!(near(known["value"].as_f64().unwrap(), wanted), "{closures} {path}: {known}, enumerated {wanted}");
            assert!(near(known["bound"].as_f64().unwrap(), wanted));
            assert_eq!(step[path]["shut"].as_array().unwrap().len(), closures);
            let plan = json(&out.join(step[path]["folder"].as_str().unwrap()).join("plan.json"));
            assert!(near(plan["objective"]["total"].as_f64().unwrap(), wanted));
            assert_eq!(plan["solver"]["closures"], closures);
        }
        let price = step["price_of_nesting"]["found"].as_f64().unwrap();
        assert!(near(price, nested - free) && price >= 0.0);
        nesting.push(price);
    }
    // Closing d alone is best, but the best two are c and e.
    assert_eq!(nesting, [0.0, 0.0, 6000.0]);
    let best: Vec<usize> = (0..steps.len()).filter(|&at| steps[at]["best"] == true).collect();
    assert_eq!(best, [1]);
    let why = |closures: usize| steps[closures]["free"]["why"].to_string();
    assert!(why(3).contains("is broken") && why(4).contains("0 to 3"), "{} {}", why(3), why(4));
    assert!(steps[3]["free"]["figures"]["failing"].as_i64().unwrap() > 0);
    let table = rows(&out.join("closures.csv"));
    assert_eq!(table.len(), 10);
    assert_eq!((table[5]["path"].as_str(), table[5]["price_of_nesting"].as_str()), ("nested", "6000"));
    assert_eq!(table[4]["shut"], "c e");
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains("6,000.0") && said.contains("<- least") && said.contains("allows 0 to 3"), "{said}");

    // A plan of the path passes the check, and its bound can be derived again, the closures included.
    let place = out.join(steps[2]["nested"]["folder"].as_str().unwrap());
    let (scenario, place) = (folder.path().to_str().unwrap(), place.to_str().unwrap());
    for args in [["check", scenario, place], ["verify", scenario, place]] {
        let output = command(&args).args(["--lang", "en"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
    // Without that condition the bound is too high to be true.
    let path = Path::new(place).join("plan.json");
    let mut plan = json(&path);
    plan["solver"].as_object_mut().unwrap().remove("closures");
    fs::write(&path, plan.to_string()).unwrap();
    let output = command(&["verify", scenario, place]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn studies_are_the_same_bytes_for_any_number_of_jobs_and_after_a_kill() {
    let folder = scenario();
    let scratch = tempfile::tempdir().unwrap();
    let out = |name: &str| scratch.path().join(name);
    let studies =
        [&["--closures", "0..4", "--nested"][..], &["--prices"], &["--frontier", "travel,cost,moved", "--points", "3"]];
    for study in studies {
        sweep(folder.path(), &out("one"), &[study, &["--jobs", "1", "--threads", "1"]].concat(), 0);
        sweep(folder.path(), &out("four"), &[study, &["--jobs", "4", "--threads", "2"]].concat(), 0);
        // Killed as soon as something is there, and taken up again.
        let fixed = ["sweep", folder.path().to_str().unwrap(), "--engine", "milp", "--gap", "0", "--out"];
        let killed = out("killed");
        let before = fs::read_dir(killed.join("plans")).map_or(0, Iterator::count);
        let mut child = command(&[&fixed[..], &[killed.to_str().unwrap()], study].concat());
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while fs::read_dir(killed.join("plans")).map_or(0, Iterator::count) <= before
            && child.try_wait().unwrap().is_none()
        {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let output = sweep(folder.path(), &killed, study, 0);
        let found = String::from_utf8(output.stderr).unwrap().matches("\"found\":true").count();
        let again = sweep(folder.path(), &killed, study, 0);
        let again = String::from_utf8(again.stderr).unwrap();
        assert!(again.matches("\"found\":true").count() > found && !again.contains("\"found\":false"), "{again}");
    }
    let one = files(&out("one"));
    for other in ["four", "killed"] {
        let other = files(&out(other));
        assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        assert!(one.iter().all(|(path, bytes)| other[path] == *bytes));
    }
}

#[test]
fn the_price_of_a_rule_is_what_enumeration_without_it_saves() {
    let folder = scenario();
    let out = folder.path().join("out");
    let said = sweep(folder.path(), &out, &["--prices", "--lang", "zh"], 0);
    let document = json(&out.join("prices.json"));
    let scenario = loaded(folder.path());
    let least = |scenario: &Scenario| by_shut(scenario).into_values().fold(f64::INFINITY, f64::min);
    let whole = least(&scenario);
    assert!(near(document["whole"]["known"]["value"].as_f64().unwrap(), whole));
    let prices = document["prices"].as_array().unwrap();
    let names: Vec<String> = prices.iter().map(|one| one["restriction"].to_string()).collect();
    assert_eq!(
        names,
        [r#"{"rule":"class_size"}"#, r#"{"rule":"way"}"#, r#"{"rule":"capital"}"#, r#"{"protection":"b"}"#]
    );
    let mut verdicts = Vec::new();
    for (restriction, one) in Restriction::all(&scenario).iter().zip(prices) {
        let wanted = whole - least(&restriction.set_aside(&scenario));
        let price = &one["price"];
        for field in ["found", "at_least", "at_most"] {
            let value = price[field].as_f64().unwrap();
            assert!((value - wanted).abs() < 0.5, "{restriction:?}: {price}, enumerated {wanted}");
        }
        verdicts.push((one["verdict"].as_str().unwrap(), wanted > 0.0));
        assert_eq!(one["differences"].is_null(), wanted == 0.0);
        let place = out.join(one["folder"].as_str().unwrap());
        let said = json(&place.join("plan.json"))["assumptions"].to_string();
        assert!(said.contains("set aside"), "{said}");
    }
    assert!(verdicts.iter().all(|&(verdict, costs)| verdict == if costs { "costs" } else { "free" }), "{verdicts:?}");
    assert!(verdicts.iter().any(|&(_, costs)| costs) && verdicts.iter().any(|&(_, costs)| !costs), "{verdicts:?}");
    let table = rows(&out.join("prices.csv"));
    assert_eq!((table.len(), table[2]["metric"].as_str()), (4, "budget"));
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains("无代价") && said.contains("有代价"), "{said}");
}

#[test]
fn a_rule_that_blocks_every_plan_is_named() {
    let folder = scenario();
    let path = folder.path().join("scenario.toml");
    let text = fs::read_to_string(&path).unwrap().replace("limit = 45", "limit = 15");
    fs::write(path, text).unwrap();
    let out = folder.path().join("out");
    let said = sweep(folder.path(), &out, &["--prices", "--lang", "en"], 1);
    let table = rows(&out.join("prices.csv"));
    let verdicts: Vec<&str> = table.iter().map(|row| row["verdict"].as_str()).collect();
    assert_eq!(verdicts, ["blocks", "unknown", "unknown", "unknown"]);
    assert!(table.iter().all(|row| row["saved"].is_empty()) && !table[1]["why"].is_empty());
    assert!(String::from_utf8(said.stdout).unwrap().contains("blocks any plan"));
    // Neither a path nor a frontier has a plan either: the one says so in every row, the other has no rows.
    sweep(folder.path(), &out, &["--closures", "0..1"], 1);
    assert!(rows(&out.join("closures.csv")).iter().all(|row| row["status"] == "infeasible" && !row["why"].is_empty()));
    sweep(folder.path(), &out, &["--frontier", "travel,cost"], 1);
}

#[test]
fn the_frontier_of_three_terms_is_that_of_all_plans() {
    let folder = scenario();
    let out = folder.path().join("out");
    sweep(folder.path(), &out, &["--frontier", "travel,cost,moved", "--points", "8"], 0);
    let document = json(&out.join("frontier.json"));
    let mut plans: Vec<[i64; 3]> = Vec::new();
    let all = brute::plans(&loaded(folder.path()), 2e6, &mut |plan| {
        plans.push([plan.terms[0], plan.terms[1], plan.terms[2]].map(|value| value.round() as i64));
    });
    assert!(all);
    plans.sort_unstable();
    plans.dedup();
    let no_worse = |a: &[i64; 3], b: &[i64; 3]| a.iter().zip(b).all(|(a, b)| a <= b);
    let best: Vec<[i64; 3]> =
        plans.iter().filter(|one| plans.iter().all(|other| other == *one || !no_worse(other, one))).copied().collect();
    let points = document["points"].as_array().unwrap();
    let mut found: Vec<[i64; 3]> = points
        .iter()
        .map(|point| {
            [&point["first"], &point["second"], &point["third"]["value"]]
                .map(|value| value.as_f64().unwrap().round() as i64)
        })
        .collect();
    found.sort_unstable();
    assert_eq!(found, best);
    assert!(best.len() >= 6, "{best:?}");
    assert_eq!(points.iter().filter(|point| point["knee"] == true).count(), 1);
    assert!(points.iter().all(|point| point["gap"] == 0.0));
    let table = rows(&out.join("frontier.csv"));
    assert_eq!(table.len(), best.len());
    assert!(table.iter().all(|row| out.join(&row["folder"]).join("plan.json").is_file()));
}

#[test]
fn studies_exclude_each_other_and_wrong_ranges_are_refused() {
    let folder = scenario();
    let out = folder.path().join("out");
    for wrong in [
        &["--closures", "3..1"][..],
        &["--closures", "0..2", "--prices"],
        &["--closures", "0..2", "--chunk", "1/2"],
        &["--nested"],
        &["--variant", "x"],
        &["--prices", "--variant", "x"],
        &["--frontier", "travel,cost,moved,soft"],
    ] {
        sweep(folder.path(), &out, wrong, 2);
    }
    assert!(!out.exists());
}
