//! `compare` as a planner runs it: plans of variants side by side in both languages, found by their scenario or alone, with
//! tables edited by hand, and refused where they do not belong together.
#![cfg(all(feature = "cli", any(feature = "highs", feature = "microlp")))]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn catchment(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_catchment"));
    command.current_dir(folder).args(args).env_remove("LANG").env_remove("LC_ALL").env_remove("LC_MESSAGES");
    command.output().unwrap()
}

/// What a run said on standard output and standard error, after its exit code was looked at.
fn said(folder: &Path, args: &[&str], code: i32) -> (String, String) {
    let output = catchment(folder, args);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {errors}");
    (String::from_utf8(output.stdout).unwrap(), errors)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// A folder `work` with a copy of the tiny scenario and three plans for three of its variants.
fn work() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let work = root.path().join("work");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/tiny"), &work.join("tiny"));
    for (out, more) in [("base", None), ("cheap", Some("cheap_travel")), ("dear", Some("dear_travel"))] {
        let mut args = vec!["solve", "tiny", "--engine", "milp", "--out", out, "--lang", "en"];
        args.extend(more.iter().flat_map(|name| ["--variant", name]));
        said(&work, &args, 0);
    }
    root
}

const PLANS: [&str; 4] = ["compare", "base", "cheap", "dear"];

fn json(folder: &Path, more: &[&str]) -> (Value, String) {
    let (text, errors) = said(folder, &[&PLANS[..], &["--json", "--lang", "en"], more].concat(), 0);
    (serde_json::from_str(&text).unwrap(), errors)
}

/// The JSON inside a script element of a page.
fn json_in(page: &str, id: &str) -> Value {
    let open = format!("<script type=\"application/json\" id=\"{id}\">");
    let rest = &page[page.find(&open).unwrap() + open.len()..];
    serde_json::from_str(&rest[..rest.find("</script>").unwrap()]).unwrap()
}

/// Rolls by stage and site in the last year of a plan.
fn rolls(plan: &Path) -> BTreeMap<(String, String), i64> {
    let document: Value = serde_json::from_slice(&fs::read(plan.join("plan.json")).unwrap()).unwrap();
    let mut rolls = BTreeMap::new();
    for row in document["assignment"].as_array().unwrap() {
        let key = (row["stage"].as_str().unwrap().to_owned(), row["site"].as_str().unwrap().to_owned());
        let pupils: i64 = row["pupils"].as_object().unwrap().values().map(|count| count.as_i64().unwrap()).sum();
        *rolls.entry(key).or_insert(0) += pupils;
    }
    rolls
}

#[test]
fn three_variants_stand_side_by_side_in_both_languages() {
    let root = work();
    let work = root.path().join("work");
    for (language, moved, cost) in [("en", "Fewest pupils moved", "Lowest cost"), ("zh", "调整学生最少", "费用最低")]
    {
        let out = format!("compared-{language}");
        let (text, errors) = said(&work, &[&PLANS[..], &["--out", &out, "--lang", language]].concat(), 0);
        assert_eq!(errors, "", "{language}");
        assert!(text.contains(moved) && text.contains(cost) && text.contains("compare.html"), "{text}");
        let page = fs::read_to_string(work.join(&out).join("compare.html")).unwrap();
        let data = json_in(&page, "data");
        assert_eq!(data["lang"], language);
        assert_eq!(data["maps"]["views"].as_array().unwrap().len(), 4);
        assert!(page.contains("cheap_travel") && page.contains(moved));
        let mut names: Vec<_> = fs::read_dir(work.join(&out))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["compare.html", "compare.json", "compare.xlsx"]);
    }
    // Once more: the same bytes.
    said(&work, &[&PLANS[..], &["--out", "again", "--lang", "zh"]].concat(), 0);
    for file in ["compare.html", "compare.json", "compare.xlsx"] {
        assert_eq!(
            fs::read(work.join("compared-zh").join(file)).unwrap(),
            fs::read(work.join("again").join(file)).unwrap()
        );
    }
}

#[test]
fn the_document_counts_every_pupil_once() {
    let root = work();
    let work = root.path().join("work");
    let (all, _) = json(&work, &[]);
    assert_eq!((all["schema"].as_str(), all["today"].as_str()), (Some("catchment-comparison/1"), Some("given")));
    assert_eq!(all["same_inputs"], false);
    let names: Vec<&str> = all["plans"].as_array().unwrap().iter().map(|plan| plan["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["base", "cheap", "dear"]);
    let pairs = all["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), 6, "three against today and three against each other");
    for pair in pairs {
        let (mut rows, mut columns) = (BTreeMap::new(), BTreeMap::new());
        for one in pair["transfers"].as_array().unwrap() {
            let (stage, pupils) = (one["stage"].as_str().unwrap().to_owned(), one["pupils"].as_i64().unwrap());
            let site = |key: &str| one[key].as_str().unwrap().to_owned();
            *rows.entry((stage.clone(), site("from"))).or_insert(0) += pupils;
            *columns.entry((stage, site("to"))).or_insert(0) += pupils;
        }
        let plan = |at: &Value| at.as_u64().map(|at| work.join(names[at as usize]));
        assert_eq!(columns, rolls(&plan(&pair["to"]).unwrap()));
        if let Some(from) = plan(&pair["from"]) {
            assert_eq!(rows, rolls(&from));
        }
    }
    // The plan in which travel counts double keeps school c, so that nobody moves; the others close it.
    let figure = |key: &str| all["figures"].as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
    assert_eq!(figure("figure.changed")["values"], serde_json::json!([20.0, 20.0, 0.0]));
    assert_eq!(figure("figure.changed")["best"], serde_json::json!([2]));
    let running: Vec<f64> = all["costs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|plan| plan["years"].as_array().unwrap().iter().map(|year| year["running"].as_f64().unwrap()).sum())
        .collect();
    assert_eq!(running, [-60000.0, -60000.0, 0.0]);
}

#[test]
fn plans_and_scenario_that_are_moved_together_find_each_other() {
    let root = work();
    let moved = root.path().join("elsewhere");
    fs::rename(root.path().join("work"), &moved).unwrap();
    let (all, errors) = json(&moved, &[]);
    assert_eq!((all["today"].as_str(), errors.as_str()), (Some("given"), ""));
}

#[test]
fn without_the_scenario_the_plans_are_compared_and_what_is_missing_is_said() {
    let root = work();
    let work = root.path().join("work");
    fs::rename(work.join("tiny"), work.join("hidden")).unwrap();
    let (all, errors) = json(&work, &[]);
    assert_eq!(all["today"], "unknown");
    assert_eq!(errors.matches("--scenario FOLDER").count(), 3, "{errors}");
    assert_eq!(all["pairs"].as_array().unwrap().len(), 3);
    let (all, errors) = json(&work, &["--scenario", "hidden"]);
    assert_eq!((all["today"].as_str(), errors.as_str()), (Some("given"), ""));
    // A scenario that has changed since is not taken for the plan's own.
    fs::rename(work.join("hidden"), work.join("tiny")).unwrap();
    let manifest = fs::read_to_string(work.join("tiny/scenario.toml")).unwrap();
    fs::write(work.join("tiny/scenario.toml"), manifest + "\n# another line\n").unwrap();
    let (all, errors) = json(&work, &[]);
    assert_eq!(all["today"], "unknown");
    assert!(errors.contains("changed since"), "{errors}");
}

#[test]
fn tables_edited_by_hand_and_todays_network_are_compared_too() {
    let root = work();
    let work = root.path().join("work");
    fs::create_dir(work.join("edited")).unwrap();
    for file in ["assignment.csv", "actions.csv"] {
        fs::copy(work.join("base").join(file), work.join("edited").join(file)).unwrap();
    }
    let (_, errors) = said(&work, &["compare", "base", "edited", "--lang", "en"], 2);
    assert!(errors.contains("E507") && errors.contains("edited"), "{errors}");
    let args = ["compare", "base", "edited/assignment.csv", "--scenario", "tiny", "--json", "--lang", "en"];
    let all: Value = serde_json::from_str(&said(&work, &args, 0).0).unwrap();
    assert_eq!((all["plans"][1]["name"].as_str(), all["plans"][1]["engine"].as_str()), (Some("edited"), Some("none")));
    assert_eq!(all["pairs"][2]["gains"][0]["moved"], 0, "the same plan, read from its tables");
    said(&work, &["check", "tiny", "--out", "now", "--lang", "en"], 0);
    let args = ["compare", "now", "base", "--json", "--lang", "en"];
    let all: Value = serde_json::from_str(&said(&work, &args, 0).0).unwrap();
    assert_eq!(all["pairs"].as_array().unwrap().len(), 3);
    assert_eq!(all["pairs"][2]["gains"][0]["moved"], 20);
    assert_eq!(all["plans"][0]["year"], all["baseline_year"]);
}

#[test]
fn what_does_not_belong_together_is_refused_with_the_name_of_every_file() {
    let root = work();
    let work = root.path().join("work");
    copy(&work.join("tiny"), &work.join("other"));
    let manifest = fs::read_to_string(work.join("other/scenario.toml")).unwrap();
    assert!(manifest.contains("name = \"tiny\""));
    let manifest = manifest.replace("name = \"tiny\"", "name = \"other\"");
    fs::write(work.join("other/scenario.toml"), manifest).unwrap();
    said(&work, &["solve", "other", "--engine", "milp", "--out", "foreign", "--lang", "en"], 0);
    let (_, errors) = said(&work, &["compare", "base", "foreign", "dear", "--out", "x", "--lang", "en"], 2);
    assert!(errors.contains("foreign") && errors.contains("E502") && errors.contains("`other`"), "{errors}");
    let (_, errors) = said(&work, &["compare", "base", "foreign", "--lang", "zh"], 2);
    assert!(errors.contains("foreign") && errors.contains("“other”"), "{errors}");
    // Every plan that cannot be read is named, not only the first.
    fs::create_dir(work.join("empty")).unwrap();
    fs::create_dir(work.join("broken")).unwrap();
    fs::write(work.join("broken/plan.json"), "{ \"schema\": \"catchment-plan/1\", ").unwrap();
    let (_, errors) = said(&work, &["compare", "base", "empty", "broken", "nowhere", "--out", "x", "--lang", "en"], 2);
    let named = |path: &str| errors.lines().any(|line| line.starts_with(path));
    assert!(named("empty: E501") && named("broken/plan.json:1:") && named("nowhere: E102"), "{errors}");
    // A plan that its scenario does not allow.
    let mut plan: Value = serde_json::from_slice(&fs::read(work.join("base/plan.json")).unwrap()).unwrap();
    plan["assignment"][0]["site"] = "c".into();
    fs::create_dir(work.join("wrong")).unwrap();
    fs::write(work.join("wrong/plan.json"), plan.to_string()).unwrap();
    let (_, errors) = said(&work, &["compare", "base", "wrong", "--scenario", "tiny", "--lang", "en"], 2);
    assert!(errors.starts_with("wrong: E508"), "{errors}");
    assert!(!work.join("x").exists(), "nothing is written");
}
