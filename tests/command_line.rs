//! The program as a planner runs it: a folder in, a plan out, checked, edited by hand, compared, refused.
#![cfg(all(feature = "cli", any(feature = "highs", feature = "microlp")))]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const FILES: [&str; 22] = [
    "actions.csv",
    "asset_moves.csv",
    "assignment.csv",
    "catchments.geojson",
    "certificate.json",
    "compliance.csv",
    "disposals.csv",
    "forecast.csv",
    "funds.csv",
    "indicators.csv",
    "placement.csv",
    "plan.json",
    "plan.xlsx",
    "projects.csv",
    "report.html",
    "run.json",
    "schools.csv",
    "sites.csv",
    "staff_moves.csv",
    "staffing.csv",
    "transfers.csv",
    "villages.csv",
];

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/tiny")
}

fn catchment(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_catchment"));
    command.current_dir(folder).args(args).env_remove("LANG").env_remove("LC_ALL").env_remove("LC_MESSAGES");
    command.output().unwrap()
}

/// What a run said on standard output, after its exit code was looked at.
fn said(folder: &Path, args: &[&str], code: i32) -> String {
    let output = catchment(folder, args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn solve(folder: &Path, out: &str, more: &[&str]) -> String {
    let scenario = tiny();
    let args = ["solve", scenario.to_str().unwrap(), "--engine", "milp", "--out", out, "--lang", "en"];
    said(folder, &[&args, more].concat(), 0)
}

fn plan(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("plan.json")).unwrap()).unwrap()
}

#[test]
fn a_solve_writes_every_file_and_the_plan_that_the_readme_works_out() {
    let folder = tempfile::tempdir().unwrap();
    let summary = solve(folder.path(), "out", &[]);
    assert!(
        summary.lines().count() <= 30 && summary.contains("72,000.0") && summary.contains("report.html"),
        "{summary}"
    );
    let out = folder.path().join("out");
    let mut names: Vec<String> =
        fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, FILES);
    let plan = plan(&out);
    assert_eq!(plan["schema"], "catchment-plan/1");
    assert_eq!((plan["status"].as_str(), plan["gap"].as_f64()), (Some("optimal"), Some(0.0)));
    assert_eq!((plan["objective"]["total"].as_f64(), plan["bound"].as_f64()), (Some(72_000.0), Some(72_000.0)));
    assert_eq!(plan["solver"]["engine"], "milp");
    let closed = plan["sites"].as_array().unwrap().iter().find(|site| site["id"] == "c").unwrap();
    assert_eq!(closed["actions"][0]["action"], "close");
    assert!(!closed["actions"][0]["reason"].as_str().unwrap().is_empty());
}

#[test]
fn two_runs_give_the_same_bytes_but_for_the_run_itself() {
    let folder = tempfile::tempdir().unwrap();
    let read = |out: &str| -> BTreeMap<&str, Vec<u8>> {
        let files = FILES.into_iter().filter(|name| *name != "run.json");
        files.map(|name| (name, fs::read(folder.path().join(out).join(name)).unwrap())).collect()
    };
    for (out, threads) in [("one", "1"), ("two", "2"), ("eight", "8")] {
        solve(folder.path(), out, &["--threads", threads]);
    }
    let one = read("one");
    for other in ["two", "eight"] {
        for (name, bytes) in read(other) {
            assert!(one[name] == bytes, "{other}/{name} differs");
        }
    }
}

#[test]
fn a_plan_is_checked_in_every_form_and_a_worse_one_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = tiny();
    let scenario = scenario.to_str().unwrap();
    solve(folder.path(), "out", &[]);
    for form in ["out", "out/plan.json"] {
        said(folder.path(), &["check", scenario, form], 0);
    }
    // By hand: the tables alone, without the room that the closure needs.
    let hand = folder.path().join("hand");
    fs::create_dir(&hand).unwrap();
    fs::copy(folder.path().join("out/assignment.csv"), hand.join("assignment.csv")).unwrap();
    let actions = fs::read_to_string(folder.path().join("out/actions.csv")).unwrap();
    let (kept, dropped): (Vec<&str>, Vec<&str>) = actions.lines().partition(|line| !line.contains("expand"));
    assert_eq!(dropped.len(), 1, "{actions}");
    fs::write(hand.join("actions.csv"), kept.join("\n")).unwrap();
    let text = said(folder.path(), &["check", scenario, "hand", "--lang", "en"], 1);
    assert!(text.contains("Primary class size"), "{text}");
    let json: Value = serde_json::from_str(&said(folder.path(), &["check", scenario, "hand", "--json"], 1)).unwrap();
    let failing: Vec<&Value> =
        json["document"]["compliance"].as_array().unwrap().iter().filter(|row| row["verdict"] == "fail").collect();
    assert_eq!(failing.len(), 1, "{failing:?}");
    assert_eq!(
        (failing[0]["rule"].as_str(), failing[0]["subject"].as_str()),
        (Some("tiny.class_size"), Some("b/primary"))
    );
    // A figure that was changed in the document does not pass.
    let text = fs::read_to_string(folder.path().join("out/plan.json")).unwrap();
    let forged = folder.path().join("forged");
    fs::create_dir(&forged).unwrap();
    fs::write(forged.join("plan.json"), text.replace("72000.0", "71000.0")).unwrap();
    said(folder.path(), &["check", scenario, "forged"], 1);
}

#[test]
fn today_is_scored_without_a_solver_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = tiny();
    let scenario = scenario.to_str().unwrap();
    assert!(said(folder.path(), &["check", scenario, "--lang", "zh"], 0).contains("三校四村"));
    assert!(said(folder.path(), &["check", scenario, "--lang", "en"], 0).contains("Three schools"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn plans_are_compared_on_the_screen_and_on_a_page() {
    let folder = tempfile::tempdir().unwrap();
    solve(folder.path(), "out", &[]);
    solve(folder.path(), "cheap", &["--variant", "cheap_travel"]);
    let text = said(folder.path(), &["compare", "out", "cheap", "--out", "pages", "--lang", "en"], 0);
    assert!(text.contains("out") && text.contains("cheap"), "{text}");
    let page = fs::read_to_string(folder.path().join("pages/compare.html")).unwrap();
    assert!(page.contains("cheap_travel"), "the page does not name the variant");
}

#[test]
fn what_cannot_be_done_is_refused_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = tiny();
    let scenario = scenario.to_str().unwrap();
    for (args, remedy) in [
        (vec!["solve", scenario, "--engine", "mlip"], "milp"),
        (vec!["solve", scenario, "--variant", "cheap_travle"], "cheap_travel"),
        (vec!["solve", scenario, "--gap", "lots"], "0.01%"),
        (vec!["solve", scenario, "--engine", "milp", "--lock", "d"], "--lock"),
        (vec!["check", scenario, "nowhere"], "nowhere"),
        (vec!["generate", "tongnam", "--out", "x"], "tongnan"),
        (vec!["slove", scenario], "solve"),
    ] {
        let output = catchment(folder.path(), &[&args[..], &["--lang", "en"]].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {errors}");
        assert!(errors.contains(remedy), "{args:?}: {errors}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "something was written");
}

#[test]
fn where_no_plan_keeps_the_rules_the_least_bad_one_is_written_and_passes_its_audit() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("strict");
    fs::create_dir(&scenario).unwrap();
    for entry in fs::read_dir(tiny()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, scenario.join(path.file_name().unwrap())).unwrap();
    }
    // Six rooms for classes of five are thirty places for 230 pupils.
    let text = fs::read_to_string(scenario.join("scenario.toml")).unwrap();
    fs::write(scenario.join("scenario.toml"), text.replacen("limit = 45", "limit = 5", 1)).unwrap();
    let said = said(folder.path(), &["solve", "strict", "--engine", "milp", "--out", "out", "--lang", "en"], 1);
    assert!(said.contains("Primary class size"), "{said}");
    let plan = plan(&folder.path().join("out"));
    assert_eq!((plan["status"].as_str(), plan["bound"].as_f64()), (Some("infeasible"), None));
    assert_eq!(plan["levels"][0]["term"], "hard_excess");
    // The same through the door of plans.
    let again = catchment(folder.path(), &["check", "strict", "out"]);
    assert_eq!(again.status.code(), Some(1), "{}", String::from_utf8_lossy(&again.stderr));
}

#[test]
fn a_plan_that_breaks_a_rule_which_is_checked_after_claims_no_bound_and_passes_its_audit() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("scenario");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(tiny()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
    }
    let manifest = copy.join("scenario.toml");
    let rule = "\n[[rules]]\nid = \"test.grade\"\ntitle = { zh = \"年级\", en = \"Grade\" }\n\
                source = { doc = \"scenario\", status = \"scenario\" }\nmetric = \"grade_min\"\nop = \">=\"\nlimit = 100000\n\
                severity = \"hard\"\n";
    fs::write(&manifest, fs::read_to_string(&manifest).unwrap() + rule).unwrap();
    let out = said(folder.path(), &["solve", "scenario", "--engine", "milp", "--out", "out", "--lang", "en"], 1);
    assert!(out.contains("Failing: Grade (hard)"), "{out}");
    let plan = plan(&folder.path().join("out"));
    assert_eq!((plan["status"].as_str(), &plan["bound"]), (Some("infeasible"), &Value::Null));
    let levels = plan["levels"].as_array().unwrap();
    assert!(!levels.is_empty() && levels.iter().all(|level| level["bound"].is_null() && level["gap"].is_null()));
    said(folder.path(), &["check", "scenario", "out/plan.json", "--lang", "en"], 1);
}
