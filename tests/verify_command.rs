//! `catchment verify` as a planner runs it: a plan with its proof, proofs that were tampered with, proofs of something else.
#![cfg(all(feature = "cli", feature = "highs"))]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/tiny")
}

/// Exit code, standard output and standard error.
fn catchment(folder: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_catchment"));
    let output = command.current_dir(folder).args(args).env_remove("LANG").env_remove("LC_ALL").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn solve(folder: &Path, scenario: &Path, out: &str, more: &[&str]) {
    let args = ["solve", scenario.to_str().unwrap(), "--out", out, "--gap", "0"];
    let (code, _, errors) = catchment(folder, &[&args, more].concat());
    assert_eq!(code, Some(0), "{errors}");
}

fn verify(folder: &Path, scenario: &Path, plan: &str) -> (Option<i32>, Value) {
    let (code, out, errors) =
        catchment(folder, &["verify", scenario.to_str().unwrap(), plan, "--json", "--lang", "en"]);
    let found = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{code:?} {out} {errors}"));
    (code, found)
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn write(path: &Path, value: &Value) {
    fs::write(path, serde_json::to_vec(value).unwrap()).unwrap();
}

#[test]
fn the_bound_of_a_plan_is_derived_again_and_told_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    solve(folder.path(), &tiny(), "out", &[]);
    let (code, found) = verify(folder.path(), &tiny(), "out");
    assert_eq!((code, found["verdict"].as_str()), (Some(0), Some("holds")), "{found:#}");
    // README.md of the scenario works out that the best plan comes to 72,000.
    let number = |value: &Value| value["bound"].as_f64().unwrap();
    assert_eq!(found["value"], json!(72_000.0));
    assert!((number(&found["claimed"]) - 72_000.0).abs() < 1.0, "{found:#}");
    assert!(number(&found["derived"]) <= number(&found["claimed"]) + 1e-6, "{found:#}");
    let trust = found["resting_on_trust"].as_u64().unwrap();
    assert_eq!(trust == 0, found["trusted"].as_array().unwrap().is_empty());
    for (language, derived, claimed) in
        [("en", "Bound re-derived:", "Bound claimed:"), ("zh", "复核得出的下界：", "方案声称的下界：")]
    {
        let args = ["verify", tiny().to_str().unwrap(), "out/plan.json", "--lang", language].map(str::to_owned);
        let (code, out, _) = catchment(folder.path(), &args.each_ref().map(String::as_str));
        assert_eq!(code, Some(0));
        assert!(out.contains(derived) && out.contains(claimed) && out.contains("72,000"), "{out}");
    }
}

#[test]
fn what_the_exact_engine_proves_rests_on_the_word_of_its_backend() {
    let folder = tempfile::tempdir().unwrap();
    solve(folder.path(), &tiny(), "out", &["--engine", "milp"]);
    let (code, found) = verify(folder.path(), &tiny(), "out");
    assert_eq!((code, found["derived"]["bound"].clone()), (Some(0), Value::Null), "{found:#}");
    assert_eq!((&found["resting_on_trust"], &found["trusted"]), (&json!(1), &json!(["highs"])));
}

type Tampering = (&'static str, fn(&mut Value));

const TAMPERINGS: &[Tampering] = &[
    ("a greater bound", |c| c["bound"] = json!(c["bound"].as_f64().unwrap() + 1.0)),
    ("another problem", |c| c["problem"] = json!("0".repeat(64))),
    ("a leaf missing", |c| {
        // Where there is one case only, it is narrowed instead.
        let leaves = c["leaves"].as_array_mut().unwrap();
        if leaves.len() > 1 { drop(leaves.pop()) } else { leaves[0]["excluded"] = json!([0]) }
    }),
    ("an option that does not exist", |c| c["leaves"][0]["excluded"] = json!([4_000_000])),
    ("a multiplier missing", |c| drop(c["multipliers"][0]["services"].as_array_mut().unwrap().pop())),
    ("multipliers far from the optimum", |c| {
        for value in c["multipliers"][0]["services"].as_array_mut().unwrap() {
            *value = json!(value.as_f64().unwrap() - 1e6);
        }
    }),
    ("a root above its multipliers", |c| c["root"]["bound"] = json!(c["root"]["bound"].as_f64().unwrap() + 1.0)),
    ("multipliers of the root that do not exist", |c| c["root"]["multipliers"] = json!(4_000_000)),
];

#[test]
fn a_certificate_that_was_tampered_with_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    solve(folder.path(), &tiny(), "out", &[]);
    let path = folder.path().join("out/certificate.json");
    let sound = read(&path);
    for (what, tamper) in TAMPERINGS {
        let mut tampered = sound.clone();
        tamper(&mut tampered);
        assert_ne!(tampered, sound, "{what}");
        write(&path, &tampered);
        let (code, found) = verify(folder.path(), &tiny(), "out");
        assert_eq!((code, found["verdict"].as_str()), (Some(1), Some("refused")), "{what}: {found:#}");
        assert!(found["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{what}");
    }
}

#[test]
fn a_plan_that_claims_more_than_its_certificate_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    solve(folder.path(), &tiny(), "out", &[]);
    let path = folder.path().join("out/plan.json");
    let mut plan = read(&path);
    plan["bound"] = json!(plan["bound"].as_f64().unwrap() + 1.0);
    write(&path, &plan);
    assert_eq!(verify(folder.path(), &tiny(), "out").0, Some(1));
}

#[test]
fn a_certificate_of_another_variant_is_refused_and_one_of_no_form_is_bad_input() {
    let folder = tempfile::tempdir().unwrap();
    solve(folder.path(), &tiny(), "out", &[]);
    solve(folder.path(), &tiny(), "dear", &["--variant", "dear_travel"]);
    assert_eq!(verify(folder.path(), &tiny(), "dear").0, Some(0));
    let certificate = folder.path().join("out/certificate.json");
    fs::copy(folder.path().join("dear/certificate.json"), &certificate).unwrap();
    let (code, found) = verify(folder.path(), &tiny(), "out");
    assert_eq!((code, found["verdict"].as_str()), (Some(1), Some("refused")), "{found:#}");

    let scenario = tiny();
    let said = |code: i32, part: &str| {
        let (found, _, errors) =
            catchment(folder.path(), &["verify", scenario.to_str().unwrap(), "out", "--lang", "en"]);
        assert!(found == Some(code) && errors.contains(part), "{found:?} {errors}");
    };
    fs::write(&certificate, r#"{ "schema": "catchment-certificate/9", "leaves": [{}] }"#).unwrap();
    said(2, "catchment-certificate/9");
    fs::write(&certificate, "no JSON").unwrap();
    said(2, "certificate.json");
    fs::remove_file(&certificate).unwrap();
    said(2, "certificate.json");
    // A run that proved nothing says so in its file.
    fs::write(&certificate, r#"{ "schema": "catchment-certificate/1", "bound": null, "leaves": [] }"#).unwrap();
    let (code, found) = verify(folder.path(), &scenario, "out");
    assert_eq!((code, found["verdict"].as_str()), (Some(1), Some("nothing_claimed")));
}

/// The tiny scenario with levels in place of weights.
fn with_levels(folder: &Path) -> PathBuf {
    let scenario = folder.join("levels");
    fs::create_dir(&scenario).unwrap();
    for entry in fs::read_dir(tiny()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, scenario.join(path.file_name().unwrap())).unwrap();
    }
    let path = scenario.join("scenario.toml");
    let text = fs::read_to_string(&path).unwrap();
    let changed =
        text.replace("weights = { travel_pupil_km = 1, cost = 1 }", "levels = [\"cost\", \"travel_pupil_km\"]");
    assert_ne!(changed, text);
    // The variants change the price of travel, which levels do not use.
    let changed = changed.split("[[variants]]").next().unwrap().to_owned();
    fs::write(&path, changed).unwrap();
    scenario
}

#[test]
fn the_certificate_of_the_last_level_holds_for_plans_that_keep_the_earlier_ones() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = with_levels(folder.path());
    solve(folder.path(), &scenario, "out", &[]);
    let (code, found) = verify(folder.path(), &scenario, "out");
    assert_eq!((code, found["level"].as_str()), (Some(0), Some("travel_pupil_km")), "{found:#}");
    assert_eq!(found["held"][0]["term"], "cost");
    // Held at another value the problem is another one.
    let path = folder.path().join("out/plan.json");
    let mut plan = read(&path);
    let cost = plan["levels"][0]["value"].as_f64().unwrap();
    plan["levels"][0]["value"] = json!(cost - 1000.0);
    write(&path, &plan);
    assert_eq!(verify(folder.path(), &scenario, "out").0, Some(1));
    // Levels that the scenario does not have are bad input.
    plan["levels"][0]["term"] = json!("moved_pupils");
    write(&path, &plan);
    let (code, _, errors) = catchment(folder.path(), &["verify", scenario.to_str().unwrap(), "out", "--lang", "en"]);
    assert!(code == Some(2) && errors.contains("moved_pupils"), "{errors}");
}

#[test]
fn locked_sites_are_part_of_what_was_proven() {
    let folder = tempfile::tempdir().unwrap();
    solve(folder.path(), &tiny(), "out", &["--lock", "c"]);
    let (code, found) = verify(folder.path(), &tiny(), "out");
    assert_eq!((code, &found["locked"]), (Some(0), &json!(["c"])), "{found:#}");
    assert!(found["value"].as_f64().unwrap() > 72_000.0, "c stays open: {found:#}");
    // Said to be free, the site could be closed: another problem.
    let path = folder.path().join("out/plan.json");
    let mut plan = read(&path);
    plan["solver"]["locked"] = json!([]);
    write(&path, &plan);
    assert_eq!(verify(folder.path(), &tiny(), "out").0, Some(1));
}
