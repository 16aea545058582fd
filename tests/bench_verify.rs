//! `catchment bench verify`: certificates of public instances, checked against the instance files.
#![cfg(all(feature = "cli", feature = "highs"))]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn data(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bench").join(name).to_string_lossy().into_owned()
}

/// Exit code, standard output and standard error.
fn catchment(folder: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_catchment")).current_dir(folder).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn solve(folder: &Path, family: &str, file: &str, problem: &str) {
    let file = data(file);
    let args = ["bench", "solve", "--family", family, &file, "--problem", problem, "--solutions", "out", "--gap", "0"];
    let (code, _, errors) = catchment(folder, &args);
    assert_eq!(code, Some(0), "{errors}");
}

fn verify(folder: &Path, family: &str, file: &str) -> (Option<i32>, String, String) {
    let file = data(file);
    let args =
        ["bench", "verify", "--family", family, &file, "--certificates", "out/certificates", "--json", "found.json"];
    catchment(folder, &args)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn certificates_lie_beside_the_solutions_and_hold() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    solve(path, "holmberg", "rows.txt", "sscflp,cflp,uflp");
    solve(path, "flsap", "zy_tiny.txt", "sscflp,cflsap");
    let certificates = files(&path.join("out/certificates"));
    assert_eq!(certificates.len(), 5);
    // Solutions and nothing else beside them: each has the open facilities.
    let solutions = files(&path.join("out"));
    let solutions: Vec<&PathBuf> = solutions.iter().filter(|path| path.is_file()).collect();
    assert!(solutions.len() == 5 && solutions.iter().all(|path| read(path)["open"].is_array()));
    for (family, file, count) in [("holmberg", "rows.txt", 3), ("flsap", "zy_tiny.txt", 2)] {
        let (code, out, errors) = verify(path, family, file);
        assert_eq!(code, Some(0), "{out}{errors}");
        assert_eq!(out.matches(" holds ").count(), count, "{out}");
        for finding in read(&path.join("found.json")).as_array().unwrap() {
            let [cost, claimed] = ["cost", "claimed"].map(|key| finding[key].as_f64().unwrap());
            assert!(claimed <= cost * (1.0 + 1e-9) && finding["leaves"].as_u64() > Some(0), "{finding:#}");
            let derived = finding["derived"].as_f64().unwrap_or(f64::NEG_INFINITY);
            assert!(derived <= claimed + 1e-6 && finding["refused"].is_null(), "{finding:#}");
        }
    }
}

#[test]
fn what_does_not_belong_or_was_changed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    solve(path, "holmberg", "rows.txt", "sscflp");
    let file = files(&path.join("out/certificates")).remove(0);
    let sound = read(&file);
    let refused = |changed: &Value| {
        fs::write(&file, changed.to_string()).unwrap();
        let (code, out, errors) = verify(path, "holmberg", "rows.txt");
        assert_eq!((code, out.contains(" refused ")), (Some(1), true), "{out}{errors}");
    };
    let mut greater = sound.clone();
    greater["certificate"]["bound"] = json!(sound["certificate"]["bound"].as_f64().unwrap() + 1.0);
    refused(&greater);
    let mut root = sound.clone();
    root["certificate"]["root"]["bound"] = json!(1e9);
    refused(&root);
    // The same instance as another problem.
    let mut other = sound.clone();
    other["problem"] = json!("uflp");
    refused(&other);
    let bad_input = |part: &str| {
        let (code, _, errors) = verify(path, "holmberg", "rows.txt");
        assert!(code == Some(2) && errors.contains(part), "{code:?} {errors}");
    };
    let mut unknown = sound.clone();
    unknown["problem"] = json!("no_such");
    fs::write(&file, unknown.to_string()).unwrap();
    bad_input("no_such");
    fs::write(&file, "{}").unwrap();
    bad_input("should be a certificate");
    fs::remove_file(&file).unwrap();
    bad_input("no certificate of rows");
}
