//! Plans under forecasts as a planner meets them: one plan for several, each plan scored under all, what is refused and why.
#![cfg(all(feature = "cli", any(feature = "highs", feature = "microlp")))]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "common/files.rs"]
mod files;

use files::files;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const FORECASTS: &str = r#"
[[families]]
name = "births"
[[families.list]]
name = "low"
pupils_factor = 0.7
[[families.list]]
name = "middle"
pupils_factor = 0.9
unit_noise = { spread = 0.2, seed = 1 }
[[families.list]]
name = "high"
pupils_factor = 1.0
unit_noise = { spread = 0.1, seed = 2 }
[[families.list]]
name = "boom"
pupils_factor = 3.0
"#;

/// A copy of the tiny scenario with a file of variants.
fn scenario() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/tiny");
    for entry in fs::read_dir(tiny).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    fs::write(copy.path().join("variants.toml"), FORECASTS).unwrap();
    copy
}

fn catchment(arguments: &[&str], code: i32) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_catchment"));
    command.args(arguments).args(["--lang", "en"]);
    command.env_remove("LANG").env_remove("LC_ALL").env_remove("LC_MESSAGES");
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
    output
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

const THREE: &str = "births/low,births/middle,births/high";

#[test]
fn the_plan_for_all_forecasts_is_within_its_gap_of_every_plan_for_one() {
    let (folder, out) = (scenario(), tempfile::tempdir().unwrap());
    let (folder, out) = (folder.path().to_str().unwrap(), out.path());
    for engine in ["milp", "catchment"] {
        for goal in ["worst", "expected"] {
            let place = out.join(format!("{engine}-{goal}"));
            let arguments = ["sweep", folder, "--regret", THREE, "--engine", engine, "--robust-goal", goal];
            let shown = stdout(&catchment(&[&arguments[..], &["--out", place.to_str().unwrap()]].concat(), 0));
            assert!(shown.contains("births/low under births/high"), "{shown}");
            let table = &json(&place.join("regret.json"))["table"];
            let plans = table["plans"].as_array().unwrap();
            assert_eq!(plans.len(), 4);
            let robust = plans.iter().find(|plan| plan["name"] == "robust").unwrap();
            let document = json(&plan_of(&place, "robust").join("plan.json"));
            let gap = number(&document["robust"]["gap"]);
            assert!(gap <= 0.001, "{gap}");
            assert_eq!(document["robust"]["goal"], goal);
            for plan in plans {
                let room = gap * number(&robust[goal]).abs() + 1e-6;
                assert!(number(&robust[goal]) <= number(&plan[goal]) + room, "{engine} {goal}: {}", plan["name"]);
                let regrets = plan["regrets"].as_array().unwrap();
                assert!(regrets.iter().all(|regret| number(&regret["at_least"]) >= 0.0));
            }
            // What suits few pupils does not suit many, and the table says where.
            let low = plans.iter().find(|plan| plan["name"] == "births/low").unwrap();
            assert_eq!((low["holding"].as_i64(), robust["holding"].as_i64()), (Some(1), Some(3)));
            let broken = &low["scores"][2]["breaches"][0];
            assert_eq!((&broken["rule"], &broken["year"]), (&"tiny.class_size".into(), &2025.into()));
            let lines = fs::read_to_string(place.join("breaches.csv")).unwrap();
            assert!(lines.contains("births/low,births/high,tiny.class_size"), "{lines}");
        }
    }
}

#[test]
fn a_plan_for_all_forecasts_is_one_file_that_stands_under_each() {
    let (folder, out) = (scenario(), tempfile::tempdir().unwrap());
    let (folder, plan) = (folder.path().to_str().unwrap(), out.path().join("plan"));
    let place = plan.to_str().unwrap();
    let shown = stdout(&catchment(&["solve", folder, "--robust", THREE, "--out", place], 0));
    assert!(shown.contains("all hard rules hold in 3 of them"), "{shown}");
    let document = json(&plan.join("plan.json"));
    let robust = &document["robust"];
    assert_eq!((&document["status"], &document["variant"]), (&"feasible".into(), &"births/low".into()));
    assert_eq!((&robust["status"], &document["bound"]), (&"optimal".into(), &Value::Null));
    // The audit of the document, and the other forecasts scored from the inputs alone.
    let audited = stdout(&catchment(&["check", folder, place], 0));
    assert!(audited.contains("all hard rules hold in 3 of them"), "{audited}");
    let under = catchment(&["check", folder, place, "--under", THREE, "--json"], 0);
    let scored: Value = serde_json::from_slice(&under.stdout).unwrap();
    let totals: Vec<f64> = scored["plans"][0]["values"].as_array().unwrap().iter().map(number).collect();
    let claimed: Vec<f64> =
        robust["forecasts"].as_array().unwrap().iter().map(|forecast| number(&forecast["total"])).collect();
    assert_eq!(totals, claimed);
    assert_eq!(totals.iter().copied().fold(f64::MIN, f64::max), number(&robust["value"]));
    // The proof of the bound, for weights on the forecasts that the plan names.
    let verified = stdout(&catchment(&["verify", folder, place], 0));
    assert!(verified.contains("certificate holds"), "{verified}");
    let mut other = document.clone();
    other["robust"]["forecasts"][0]["weight"] = 0.5.into();
    let forged = out.path().join("forged");
    fs::create_dir(&forged).unwrap();
    fs::copy(plan.join("certificate.json"), forged.join("certificate.json")).unwrap();
    fs::write(forged.join("plan.json"), other.to_string()).unwrap();
    let refused = catchment(&["verify", folder, forged.to_str().unwrap()], 2);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("weights of the forecasts"), "{refused:?}");
    // Under a forecast that it was not made for it may fail, and the exit code says so.
    let boom = stdout(&catchment(&["check", folder, place, "--under", "births/boom"], 1));
    assert!(boom.contains("under births/boom"), "{boom}");

    let tampered = |edit: &dyn Fn(&mut Value)| {
        let mut changed = document.clone();
        edit(&mut changed);
        let path = out.path().join("tampered.json");
        fs::write(&path, changed.to_string()).unwrap();
        stdout(&catchment(&["check", folder, path.to_str().unwrap()], 1))
    };
    assert!(tampered(&|plan| plan["robust"]["value"] = 1.into()).contains("robust.value"));
    assert!(tampered(&|plan| plan["robust"]["gap"] = 0.5.into()).contains("robust.gap"));
    assert!(tampered(&|plan| plan["robust"]["forecasts"][0]["total"] = 1.into()).contains("robust.forecasts[0].total"));
    assert!(tampered(&|plan| plan["robust"]["needed"] = 4.into()).contains("robust.status"));
}

#[test]
fn a_share_lets_forecasts_go_that_nothing_can_meet() {
    let (folder, out) = (scenario(), tempfile::tempdir().unwrap());
    let folder = folder.path().to_str().unwrap();
    let solve = |name: &str, more: &[&str], code: i32| {
        let place = out.path().join(name);
        let arguments = ["solve", folder, "--robust", "births", "--out", place.to_str().unwrap()];
        let shown = stdout(&catchment(&[&arguments[..], more].concat(), code));
        (shown, json(&place.join("plan.json")))
    };
    let (shown, all) = solve("all", &[], 1);
    assert!(shown.contains("No plan keeps all hard rules in 4 of 4 forecasts"), "{shown}");
    assert!(shown.contains("Under forecast “births/boom”"), "{shown}");
    assert_eq!((&all["robust"]["status"], &all["robust"]["bound"]), (&"infeasible".into(), &Value::Null));
    for engine in ["milp", "catchment"] {
        let (_, most) = solve("most", &["--robust-share", "75%", "--engine", engine], 0);
        let robust = &most["robust"];
        assert_eq!((&robust["status"], robust["needed"].as_i64()), (&"optimal".into(), Some(3)));
        let holds: BTreeMap<&str, bool> = robust["forecasts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|forecast| (forecast["name"].as_str().unwrap(), forecast["holds"].as_bool().unwrap()))
            .collect();
        let wanted = [("births/low", true), ("births/middle", true), ("births/high", true), ("births/boom", false)];
        assert_eq!(holds, BTreeMap::from(wanted));
    }
}

#[test]
fn results_are_the_same_for_any_number_of_jobs() {
    let (folder, out) = (scenario(), tempfile::tempdir().unwrap());
    let folder = folder.path().to_str().unwrap();
    let regret = |jobs: &str| {
        let place = out.path().join(jobs);
        let arguments = ["sweep", folder, "--regret", "base,births/high", "--jobs", jobs, "--threads", jobs, "--out"];
        let output = catchment(&[&arguments[..], &[place.to_str().unwrap()]].concat(), 0);
        let told = String::from_utf8(output.stderr.clone()).unwrap();
        let found = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["found"] == true).collect();
        (files(&place), stdout(&output).replace(place.to_str().unwrap(), ""), found)
    };
    let (one, shown, found): (_, _, Vec<bool>) = regret("1");
    assert_eq!(found, [false; 3]);
    assert!(one.contains_key(Path::new("regret.csv")));
    let page = String::from_utf8_lossy(&one[Path::new("report.html")]);
    assert!(page.contains("\"regret.json\":{") && page.contains("births/high"), "the report has the table");
    let (three, ..) = regret("3");
    assert_eq!(one, three);
    // What is there is found again, and what was lost comes back the same.
    let place = out.path().join("1");
    fs::remove_dir_all(plan_of(&place, "births_high")).unwrap();
    fs::remove_dir_all(plan_of(&place, "robust")).unwrap();
    fs::remove_file(place.join("regret.csv")).unwrap();
    let (again, said, found) = regret("1");
    assert_eq!((found, said), (vec![true, false, false], shown));
    assert_eq!(again, one);
}

#[test]
fn a_table_without_any_plan_is_json_as_well_where_that_is_asked_for() {
    let (folder, out) = (scenario(), tempfile::tempdir().unwrap());
    // A village comes into being in the plan year, so that today's network is no plan to fall back on.
    let units = fs::read_to_string(folder.path().join("units.csv")).unwrap();
    let (mut places, mut pupils) = ("id,name,setting,lon,lat\n".to_owned(), "unit,year,pupils\n".to_owned());
    for line in units.lines().skip(1) {
        let (place, count) = line.rsplit_once(',').unwrap();
        let unit = line.split(',').next().unwrap();
        writeln!(places, "{place}").unwrap();
        writeln!(pupils, "{unit},2024,{count}\n{unit},2025,{count}").unwrap();
    }
    places += "v5,v5,rural,105.821,30.101\n";
    pupils += "v5,2025,10\n";
    let travel = fs::read_to_string(folder.path().join("travel.csv")).unwrap() + "v5,a,3\nv5,b,1\nv5,c,4\n";
    for (name, text) in [("units.csv", places), ("pupils.csv", pupils), ("travel.csv", travel)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let (folder, place) = (folder.path().to_str().unwrap(), out.path().join("none"));
    let limits = ["--engine", "milp", "--time-limit", "0.0001s", "--out", place.to_str().unwrap()];
    let arguments = [&["sweep", folder, "--regret", "births/low,births/high"][..], &limits].concat();
    let said = stdout(&catchment(&arguments, 1));
    assert!(said.contains("No plan for “births/low”") && said.contains("give the run more time"), "{said}");
    let table: Value = serde_json::from_str(&stdout(&catchment(&[&arguments[..], &["--json"]].concat(), 1))).unwrap();
    assert_eq!((table["plans"].as_array().unwrap().len(), table["best"].as_array().unwrap().len()), (0, 2));
    assert_eq!(table["forecasts"][1]["name"], "births/high");
    assert!(table["forecasts"][1]["bound"].is_null() && table["best"][0].is_null());
}

/// The folder of a plan of a table of regret.
fn plan_of(place: &Path, name: &str) -> PathBuf {
    let entries = fs::read_dir(place.join("plans")).unwrap().map(|entry| entry.unwrap().path());
    let starts = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(&format!("{name}-"));
    let found: Vec<PathBuf> = entries.filter(starts).collect();
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    found.into_iter().next().unwrap()
}

#[test]
fn what_are_no_forecasts_is_refused_before_anything_is_solved() {
    let folder = scenario();
    let folder = folder.path().to_str().unwrap();
    let refused = |arguments: &[&str]| {
        let output = catchment(&[&["solve", folder, "--out", "/nonexistent/plan"], arguments].concat(), 2);
        String::from_utf8(output.stderr).unwrap()
    };
    let differing = refused(&["--robust", "births/low,cheap_travel"]);
    assert!(differing.contains("`cheap_travel` and `births/low` differ in objective"), "{differing}");
    let unknown = refused(&["--robust", "births/lwo"]);
    assert!(unknown.contains("births/low"), "{unknown}");
    assert!(refused(&["--robust", "births,births/low"]).contains("`births/low` is named twice"));
    assert!(refused(&["--robust", "births", "--robust-share", "0"]).contains("above 0 and at most 1"));
    assert!(refused(&["--robust", "births", "--robust-goal", "best"]).contains("`expected` or `worst`"));
    assert!(refused(&["--robust", "births", "--variant", "cheap_travel"]).contains("cannot be used with"));
}

#[test]
fn forecasts_by_cohorts_are_forecasts_like_any_other() {
    let (folder, out) = (scenario(), tempfile::tempdir().unwrap());
    let file = folder.path().join("scenario.toml");
    let forecasts =
        "\n[[forecasts]]\nname = \"steady\"\n\n[[forecasts]]\nname = \"fewer\"\nentrants_change = { primary = -0.3 }\n";
    fs::write(&file, fs::read_to_string(&file).unwrap() + forecasts).unwrap();
    let (folder, plan) = (folder.path().to_str().unwrap(), out.path().join("plan"));
    let place = plan.to_str().unwrap();
    catchment(&["solve", folder, "--robust", "forecast", "--out", place], 0);
    let document = json(&plan.join("plan.json"));
    let names: Vec<&str> =
        document["robust"]["forecasts"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["forecast/steady", "forecast/fewer"]);
    stdout(&catchment(&["verify", folder, place], 0));
    // The scenario itself has the first of them, and a family of factors comes on top of it.
    let under = ["check", folder, place, "--under", "base,forecast,births/low", "--json"];
    let scored: Value = serde_json::from_slice(&catchment(&under, 0).stdout).unwrap();
    let pupils: Vec<f64> = scored["forecasts"].as_array().unwrap().iter().map(|one| number(&one["pupils"])).collect();
    assert_eq!(pupils[0], pupils[1]);
    assert!((pupils[2] - 0.7 * pupils[0]).abs() < 2.0 && pupils[2] == pupils[3], "{pupils:?}");
    let totals: Vec<f64> = scored["plans"][0]["values"].as_array().unwrap().iter().map(number).collect();
    assert_eq!(totals[0], totals[1]);
    assert!(totals[2] < totals[1], "{totals:?}");
    let table = out.path().join("table");
    catchment(&["sweep", folder, "--regret", "forecast", "--out", table.to_str().unwrap()], 0);
    let text = fs::read_to_string(table.join("regret.csv")).unwrap();
    assert!(text.contains("forecast/steady") && text.contains("forecast/fewer"), "{text}");
}
