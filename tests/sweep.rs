//! Many variants as an analyst runs them: declared in families, refused before anything runs, solved by any number of jobs,
//! killed, resumed, shared out and joined, always with the same bytes.
#![cfg(all(feature = "cli", any(feature = "highs", feature = "microlp")))]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "common/files.rs"]
mod files;

use catchment::input::{self, Folder, Problems};
use files::files;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const FAMILIES: &str = r#"
[[families]]
name = "prices"
title = { zh = "价格", en = "Prices" }
[families.grid]
"objective.yuan_per_pupil_km" = [100, 300, 900]
pupils_factor = [0.7, 0.9]

[[families]]
name = "limits"
[[families.list]]
name = "none"
"rules[tiny.class_size].limit" = 5
[[families.list]]
"rules[tiny.class_size].limit" = 40
"actions[expand_b].capital" = 1000

[[families]]
name = "births"
set = { "objective.yuan_per_pupil_km" = 250 }
[families.draw]
count = 4
seed = 11
unit_noise = 0.1
[families.draw.values]
pupils_factor = { low = 0.6, high = 1.0 }
"actions[close_c].running" = { mean = -60000, spread = 5000, whole = true }
"#;

/// A copy of the tiny scenario with a file of variants.
fn scenario(families: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/tiny");
    for entry in fs::read_dir(tiny).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    fs::write(copy.path().join("variants.toml"), families).unwrap();
    copy
}

fn command(scenario: &Path, out: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_catchment"));
    command.args(["sweep", scenario.to_str().unwrap(), "--engine", "milp", "--lang", "en"]);
    command.args(["--out", out.to_str().unwrap()]).args(more);
    command.env_remove("LANG").env_remove("LC_ALL").env_remove("LC_MESSAGES");
    command
}

fn sweep(scenario: &Path, out: &Path, more: &[&str], code: i32) -> Output {
    let output = command(scenario, out, more).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{more:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (files(one), files(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    let differing: Vec<_> = one.iter().filter(|(path, bytes)| other[*path] != **bytes).map(|(path, _)| path).collect();
    assert!(differing.is_empty(), "{differing:?}");
}

fn rows(out: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(out.join("sweep.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

/// Members that start from a plan of their own family, one that starts from another variant, and a start without a plan.
const STARTS: &str = r#"
[[families]]
name = "prices"
start = "prices/300,*"
[families.grid]
"objective.yuan_per_pupil_km" = [100, 300, 900]
pupils_factor = [0.7, 0.9]

[[variants]]
name = "after_cheap"
start = "cheap_travel"
pupils_factor = 0.95

[[variants]]
name = "too_strict"
set = { "rules[tiny.class_size].limit" = 5 }

[[variants]]
name = "after_too_strict"
start = "too_strict"
pupils_factor = 0.9
"#;

#[test]
fn members_start_from_the_plan_that_the_scenario_names() {
    let folder = scenario(STARTS);
    let opened = Folder::open(folder.path()).unwrap();
    let starts: BTreeMap<&str, Option<&str>> =
        opened.base.variants.iter().map(|variant| (variant.name.as_str(), variant.start.as_deref())).collect();
    assert_eq!(starts["prices/100,0.7"], Some("prices/300,0.7"));
    assert_eq!(starts["prices/900,0.9"], Some("prices/300,0.9"));
    assert_eq!(starts["prices/300,0.9"], None, "what would start from itself starts from the scenario");
    assert_eq!((starts["after_cheap"], starts["cheap_travel"]), (Some("cheap_travel"), None));
}

#[test]
fn starts_change_ids_and_no_number_of_jobs_or_shares_changes_anything() {
    let folder = scenario(STARTS);
    let out = tempfile::tempdir().unwrap();
    let one = out.path().join("one");
    sweep(folder.path(), &one, &["--jobs", "1"], 1);
    let rows_of_one = rows(&one);
    assert!(rows_of_one.iter().all(|row| row["status"] != "missing"), "{rows_of_one:?}");
    let eight = out.path().join("eight");
    sweep(folder.path(), &eight, &["--jobs", "8"], 1);
    assert_same(&one, &eight);
    let shares = out.path().join("shares");
    for share in ["3/3", "1/3", "2/3"] {
        sweep(folder.path(), &shares, &["--chunk", share], 0);
    }
    sweep(folder.path(), &shares, &["--collect", shares.to_str().unwrap()], 1);
    assert_same(&one, &shares);
    // Without the starts the same variants are other units.
    let plain = scenario(&STARTS.lines().filter(|line| !line.starts_with("start")).collect::<Vec<_>>().join("\n"));
    let none = out.path().join("none");
    sweep(plain.path(), &none, &[], 1);
    let folders = |out: &Path| -> Vec<String> {
        let names = fs::read_dir(out.join("plans")).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).collect()
    };
    assert!(folders(&none).iter().all(|name| !folders(&one).contains(name)));
}

#[test]
fn starts_that_are_no_variants_or_wait_for_each_other_are_refused() {
    let refused = |more: &str| {
        let folder = scenario(&format!("{STARTS}\n{more}"));
        let problems: Problems = Folder::open(folder.path()).map(|_| ()).unwrap_err();
        problems.iter().map(|problem| problem.code.code().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(refused("[[variants]]\nname = \"a\"\nstart = \"cheap_travl\""), ["E220"]);
    assert_eq!(refused("[[families]]\nname = \"f\"\nstart = \"f/*,1\"\n[families.draw]\ncount = 1"), ["E220"]);
    let circle = "[[variants]]\nname = \"a\"\nstart = \"b\"\n[[variants]]\nname = \"b\"\nstart = \"a\"";
    assert_eq!(refused(circle), ["E236", "E236"]);
    // Whoever leads into a circle is not blamed for it.
    assert_eq!(refused(&format!("{circle}\n[[variants]]\nname = \"c\"\nstart = \"a\"")), ["E236", "E236"]);
}

#[test]
fn families_are_variants_with_names_changes_and_values() {
    let folder = scenario(FAMILIES);
    let mut opened = Folder::open(folder.path()).unwrap();
    let names: Vec<&str> = opened.base.variants.iter().map(|variant| variant.name.as_str()).collect();
    let wanted = [
        "cheap_travel",
        "dear_travel",
        "prices/100,0.7",
        "prices/100,0.9",
        "prices/300,0.7",
        "prices/300,0.9",
        "prices/900,0.7",
        "prices/900,0.9",
        "limits/none",
        "limits/2",
        "births/1",
        "births/2",
        "births/3",
        "births/4",
    ];
    assert_eq!(names, wanted);
    let info = &opened.base.variants[4];
    assert_eq!(info.family.as_deref(), Some("prices"));
    let change = |path: &str, value: &str| (path.to_owned(), value.to_owned());
    assert_eq!(info.changes, [change("objective.yuan_per_pupil_km", "300"), change("pupils_factor", "0.7")]);

    let varied = opened.variant("prices/900,0.7").unwrap().scenario;
    assert_eq!(varied.objective.yuan_per_pupil_km, Some(900.0));
    assert_eq!(varied.demand.total(varied.years[0]).0, 161);
    assert!(varied.assumptions.iter().any(|message| message.key == "assume.variant"
        && message.args["changes"].contains("objective.yuan_per_pupil_km = 900")));
    // The same through the front door, and again.
    assert_eq!(input::load(folder.path(), Some("prices/900,0.7")).unwrap().scenario, varied);
    let base = opened.base.scenario.clone();
    assert_eq!(base.demand.total(base.years[0]).0, 230);

    let drawn: Vec<_> = (1..=4).map(|n| opened.variant(&format!("births/{n}")).unwrap().scenario).collect();
    for one in &drawn {
        assert_eq!(one.objective.yuan_per_pupil_km, Some(250.0));
        assert_eq!(one.demand.total(one.baseline_year), base.demand.total(base.baseline_year));
        assert!((100..=240).contains(&one.demand.total(one.years[0]).0));
    }
    assert!(drawn.windows(2).all(|pair| pair[0].demand != pair[1].demand && pair[0].offers != pair[1].offers));
    assert_eq!(opened.variant("births/2").unwrap().scenario, drawn[1]);
}

#[test]
fn what_is_wrong_in_a_family_is_told_at_its_place_before_anything_runs() {
    let problem = |families: &str| -> String {
        let folder = scenario(families);
        let problems: Problems = Folder::open(folder.path()).unwrap_err();
        problems.lines(&|message| catchment::i18n::render(catchment::i18n::Language::En, message)).join("\n")
    };
    let grid = |body: &str| format!("[[families]]\nname = \"f\"\n[families.grid]\n{body}\n");
    let lost = problem(&grid("\"rules[tiny.clas_size].limit\" = [40, 41]"));
    assert!(lost.contains("variants.toml:4") && lost.contains("tiny.class_size"), "{lost}");
    assert_eq!(lost.matches("variants.toml").count(), 1, "said once for all members: {lost}");
    let kind = problem(&grid("\"objective.yuan_per_pupil_km\" = [300, \"dear\"]"));
    assert!(kind.contains("variants.toml:4") && kind.contains("dear"), "{kind}");
    for (families, word) in [
        ("[[families]]\nname = \"f\"\n", "exactly one of grid, list and draw"),
        (
            "[[families]]\nname = \"f\"\n[families.draw]\ncount = 2\nvalues = { pupils_factor = { low = 1, high = 0 } }\n",
            "low",
        ),
        ("[[families]]\nname = \"f\"\ngird = {}\n", "grid"),
        ("[[variant]]\nname = \"x\"\n", "variants"),
        ("[[families]]\nname = \"f\"\n[families.grid]\n\"solver.seed\" = []\n", "solver.seed"),
        ("[[variants]]\nname = \"cheap_travel\"\n", "cheap_travel"),
        ("[[families]\n", "variants.toml:1"),
    ] {
        let said = problem(families);
        assert!(said.contains(word) && said.contains("variants.toml"), "{families}: {said}");
    }
    let folder = scenario(&grid("\"travel.detour\" = [1, 2]"));
    let out = folder.path().join("out");
    let output = command(folder.path(), &out, &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(!out.exists(), "something was written");
}

#[test]
fn results_are_the_same_for_any_number_of_jobs_and_threads_and_an_infeasible_variant_is_a_row() {
    let folder = scenario(FAMILIES);
    let scratch = tempfile::tempdir().unwrap();
    let out = |name: &str| scratch.path().join(name);
    for (name, jobs, threads) in [("one", "1", "1"), ("two", "2", "2"), ("eight", "8", "4")] {
        let output = sweep(folder.path(), &out(name), &["--jobs", jobs, "--threads", threads], 1);
        let progress: Vec<Value> = String::from_utf8(output.stderr)
            .unwrap()
            .lines()
            .filter(|line| line.starts_with('{'))
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(progress.len(), 15);
        assert!(progress.iter().all(|line| line["found"] == false && line["of"] == 15));
    }
    assert_same(&out("one"), &out("two"));
    assert_same(&out("one"), &out("eight"));

    let rows = rows(&out("one"));
    assert_eq!(rows.len(), 15);
    let row = |name: &str| rows.iter().find(|row| row["variant"] == name).unwrap();
    assert_eq!((row("")["status"].as_str(), row("")["total"].as_str()), ("optimal", "72000"));
    // The README of the scenario works these out by hand.
    assert_eq!((row("cheap_travel")["total"].as_str(), row("dear_travel")["total"].as_str()), ("21000", "168000"));
    assert_eq!(row("limits/none")["status"], "infeasible");
    assert_eq!(row("prices/900,0.7")["set objective.yuan_per_pupil_km"], "900");
    assert_eq!(row("cheap_travel")["closed"], "1");
    let plan = out("one").join(&row("births/3")["folder"]).join("plan.json");
    let plan: Value = serde_json::from_slice(&fs::read(plan).unwrap()).unwrap();
    assert_eq!(plan["variant"], "births/3");
    assert!(
        plan["assumptions"].as_array().unwrap().iter().any(|text| text.as_str().unwrap().contains("pupils_factor"))
    );
}

#[test]
fn a_sweep_that_was_killed_goes_on_where_it_was_cut() {
    let folder = scenario(FAMILIES);
    let scratch = tempfile::tempdir().unwrap();
    let (whole, killed) = (scratch.path().join("whole"), scratch.path().join("killed"));
    sweep(folder.path(), &whole, &["--jobs", "2"], 1);
    let there = || fs::read_dir(killed.join("plans")).map_or(0, Iterator::count);
    for wanted in [1, 3, 6, 9, 12] {
        let mut child: Child = command(folder.path(), &killed, &["--jobs", "2"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while there() < wanted && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        // SIGKILL: the process has no chance to tidy up.
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!killed.join("sweep.csv").exists() || there() == 15, "tables before all units are there");
    }
    let before = files(&killed.join("plans"));
    let output = sweep(folder.path(), &killed, &["--jobs", "2"], 1);
    let found = String::from_utf8(output.stderr).unwrap().matches("\"found\":true").count();
    assert!(found >= 9, "{found} of the units that were there were found");
    let after = files(&killed.join("plans"));
    let kept = before.iter().filter(|(path, _)| path.ends_with("row.json") && !path.to_string_lossy().starts_with('.'));
    assert!(kept.into_iter().all(|(path, bytes)| after[path] == *bytes));
    assert_same(&whole, &killed);
}

#[test]
fn shares_on_several_machines_join_to_the_whole() {
    let folder = scenario(FAMILIES);
    let scratch = tempfile::tempdir().unwrap();
    let (whole, shared) = (scratch.path().join("whole"), scratch.path().join("shared"));
    sweep(folder.path(), &whole, &[], 1);
    for share in ["2/3", "1/3"] {
        sweep(folder.path(), &shared, &["--chunk", share], 0);
        assert!(!shared.join("sweep.csv").exists());
    }
    let collect = |code: i32| {
        let dir = shared.to_str().unwrap();
        sweep(folder.path(), &shared, &["--collect", dir], code)
    };
    collect(1);
    assert_eq!(rows(&shared).iter().filter(|row| row["status"] == "missing").count(), 4);
    sweep(folder.path(), &shared, &["--chunk", "3/3"], 0);
    collect(1);
    assert_same(&whole, &shared);
}

#[test]
fn with_the_default_engine_multipliers_are_carried_and_change_no_result_that_is_proven() {
    let folder = scenario(FAMILIES);
    let scratch = tempfile::tempdir().unwrap();
    let run = |engine: &str, jobs: &str| {
        let out = scratch.path().join(format!("{engine}{jobs}"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_catchment"));
        command.args(["sweep", folder.path().to_str().unwrap(), "--engine", engine, "--gap", "0", "--lang", "en"]);
        let output = command.args(["--jobs", jobs, "--out", out.to_str().unwrap()]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        out
    };
    let (one, three, exact) = (run("catchment", "1"), run("catchment", "3"), run("milp", "2"));
    assert_same(&one, &three);
    let base = &rows(&one)[0]["folder"];
    let certificate = fs::read(one.join(base).join("certificate.json")).unwrap();
    let certificate: Value = serde_json::from_slice(&certificate).unwrap();
    assert!(!certificate["multipliers"].as_array().unwrap().is_empty(), "there is nothing to carry");
    for (own, exact) in rows(&one).iter().zip(rows(&exact)) {
        assert_eq!(
            (&own["variant"], &own["status"], &own["total"]),
            (&exact["variant"], &exact["status"], &exact["total"])
        );
    }
}

#[test]
fn what_nearly_all_plans_share_is_counted_over_their_files() {
    let folder = scenario(FAMILIES);
    let out = folder.path().join("out");
    let said = sweep(folder.path(), &out, &[], 1);
    let document: Value = serde_json::from_slice(&fs::read(out.join("sweep.json")).unwrap()).unwrap();
    let rows = rows(&out);
    let holding: Vec<&String> =
        rows.iter().filter(|row| row["status"] == "optimal").map(|row| &row["folder"]).collect();
    let mut schools: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
    for place in &holding {
        let plan: Value = serde_json::from_slice(&fs::read(out.join(place).join("plan.json")).unwrap()).unwrap();
        for row in plan["assignment"].as_array().unwrap() {
            let pupils = row["pupils"].as_object().unwrap().values().map(|pupils| pupils.as_i64().unwrap()).sum();
            let school = row["site"].as_str().unwrap().to_owned();
            schools.entry(row["unit"].as_str().unwrap().to_owned()).or_default().push((school, pupils));
        }
    }
    let stability = &document["stability"];
    assert_eq!((stability["plans"].as_u64(), holding.len()), (Some(14), 14));
    let (mut all, mut fixed, mut stable) = (0, 0, 0);
    for zone in stability["zones"].as_array().unwrap() {
        let rows = &schools[zone["unit"].as_str().unwrap()];
        let most =
            rows.iter().map(|(school, _)| rows.iter().filter(|(other, _)| other == school).count()).max().unwrap();
        assert_eq!((zone["plans"].as_u64(), zone["of"].as_u64()), (Some(most as u64), Some(rows.len() as u64)));
        assert_eq!(zone["stable"], 10 * most >= 9 * rows.len());
        let pupils: i64 = rows.iter().map(|&(_, pupils)| pupils).sum();
        all += pupils;
        fixed += if most == rows.len() { pupils } else { 0 };
        stable += if 10 * most >= 9 * rows.len() { pupils } else { 0 };
    }
    assert!(0 < fixed && fixed < all, "{fixed} of {all}");
    for (name, pupils) in [("fixed_pupils", fixed), ("stable_pupils", stable)] {
        assert!((stability[name].as_f64().unwrap() - pupils as f64 / all as f64).abs() < 1e-12, "{name}");
    }
    let table = fs::read_to_string(out.join("stability.csv")).unwrap();
    assert_eq!(table.lines().filter(|line| line.starts_with("zone,")).count(), 4);
    assert!(String::from_utf8(said.stdout).unwrap().contains("same school in all of these plans"));
}

#[test]
fn the_frontier_of_tiny_is_the_one_that_counting_gives() {
    // scenarios/tiny/README.md lists what can be done: keeping all costs 280 pupil-km and nothing; closing c with b expanded
    // 340 pupil-km and -30,000 yuan. Merging costs the same way as closing and saves less.
    let folder = scenario("");
    let out = folder.path().join("out");
    sweep(folder.path(), &out, &["--frontier", "travel,cost", "--points", "5", "--gap", "0"], 0);
    let document: Value = serde_json::from_slice(&fs::read(out.join("frontier.json")).unwrap()).unwrap();
    let points: Vec<(f64, f64, f64)> = document["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| {
            let value = |key: &str| point[key].as_f64().unwrap();
            (value("second"), value("first"), value("gap"))
        })
        .collect();
    assert_eq!(points, [(-30_000.0, 340.0, 0.0), (0.0, 280.0, 0.0)]);
    let place = document["points"][0]["folder"].as_str().unwrap();
    let plan: Value = serde_json::from_slice(&fs::read(out.join(place).join("plan.json")).unwrap()).unwrap();
    assert_eq!(plan["objective"]["terms"]["cost"], -30_000.0);
}

#[test]
fn a_sweep_has_a_report_and_its_plans_know_their_scenario() {
    let folder = scenario(FAMILIES);
    let out = tempfile::tempdir().unwrap();
    let told = sweep(folder.path(), out.path(), &[], 1);
    assert!(String::from_utf8_lossy(&told.stdout).contains("report.html"));
    let page = fs::read_to_string(out.path().join("report.html")).unwrap();
    assert!(
        page.contains("prices/900,0.7") && page.contains("SECTIONS.variants") && !page.contains("\"frontier.json\":")
    );
    sweep(folder.path(), out.path(), &["--frontier", "travel,cost", "--points", "4"], 0);
    let both = fs::read_to_string(out.path().join("report.html")).unwrap();
    assert!(both.contains("prices/900,0.7") && both.contains("\"frontier.json\":{"), "one page over both");
    // Any two plans of it can be compared, with their maps.
    let plans: Vec<String> = rows(out.path()).iter().take(3).map(|row| row["folder"].clone()).collect();
    let mut compare = Command::new(env!("CARGO_BIN_EXE_catchment"));
    let output =
        compare.current_dir(out.path()).arg("compare").args(&plans).args(["--json", "--lang", "en"]).output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(all["today"], "given");
}
