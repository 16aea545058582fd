//! Malformed input of every kind ends in exact messages in both languages, and never in a panic.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use catchment::i18n::{self, Language};
use catchment::input::{self, Code, Loaded, PlanInput, PlanRead, Problems};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// What is loaded in place of the folder.
    folder: Option<String>,
    variant: Option<String>,
    plan: Option<String>,
    #[serde(default)]
    edits: Vec<Edit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    file: String,
    replace: Option<(String, String)>,
    append: Option<String>,
    write: Option<String>,
    #[serde(default)]
    delete: bool,
    #[serde(default)]
    folder: bool,
    hex: Option<String>,
    fill: Option<(String, usize)>,
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("invalid")
}

fn cases() -> Vec<Case> {
    let cases: Cases = toml::from_str(&fs::read_to_string(here().join("cases.toml")).unwrap()).unwrap();
    cases.case
}

/// A copy of the folder `base`.
fn base(target: &Path) {
    for (from, to) in [("base", target.to_owned()), ("base/plan", target.join("plan"))] {
        fs::create_dir_all(&to).unwrap();
        for entry in fs::read_dir(here().join(from)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
            }
        }
    }
}

impl Edit {
    fn bytes(&self, text: &str) -> Vec<u8> {
        let inside: Vec<u8> = match (&self.hex, &self.fill) {
            (Some(hex), _) => {
                (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
            }
            (None, Some((piece, times))) => piece.repeat(*times).into_bytes(),
            (None, None) => return text.as_bytes().to_vec(),
        };
        let (before, after) = text.split_once('@').unwrap();
        [before.as_bytes(), &inside, after.as_bytes()].concat()
    }

    fn apply(&self, folder: &Path) {
        let path = folder.join(&self.file);
        if self.delete {
            fs::remove_file(&path).unwrap();
        } else if self.folder {
            fs::create_dir(&path).unwrap();
        } else if let Some(text) = &self.write {
            fs::write(&path, self.bytes(text)).unwrap();
        } else if let Some(text) = &self.append {
            let mut content = fs::read(&path).unwrap();
            content.extend(self.bytes(text));
            fs::write(&path, content).unwrap();
        } else {
            let (from, to) = self.replace.as_ref().unwrap();
            let content = fs::read_to_string(&path).unwrap();
            assert!(content.contains(from.as_str()), "{}: `{from}` is not there", self.file);
            fs::write(&path, content.replacen(from.as_str(), to, 1)).unwrap();
        }
    }
}

fn read_plan(path: &Path, loaded: &Loaded) -> Result<PlanRead, Problems> {
    PlanInput::open(path)?.resolve(&loaded.scenario)
}

/// The problems of a case; the case fails where there are none.
fn problems(case: &Case, folder: &Path) -> Problems {
    base(folder);
    for edit in &case.edits {
        edit.apply(folder);
    }
    let what = case.folder.as_ref().map_or(folder.to_owned(), |name| folder.join(name));
    let loaded = input::load(&what, case.variant.as_deref());
    match (loaded, &case.plan) {
        (Ok(loaded), Some(plan)) => read_plan(&folder.join(plan), &loaded).expect_err(&case.name),
        (Ok(_), None) => panic!("`{}` loads", case.name),
        (Err(problems), None) => problems,
        (Err(problems), Some(_)) => panic!("`{}`: the scenario does not load: {problems}", case.name),
    }
}

/// What the cases print, one block each, with the place of the test's folder left out.
fn printed(language: Language, all: &[(String, Problems, String)]) -> String {
    let mut text = String::new();
    for (name, problems, folder) in all {
        writeln!(text, "== {name}").unwrap();
        for line in problems.lines(&|message| i18n::render(language, message)) {
            writeln!(text, "{}", line.replace(folder, "FOLDER")).unwrap();
        }
    }
    text
}

#[test]
fn every_malformed_input_ends_in_its_exact_messages() {
    let cases = cases();
    assert!(cases.len() >= 60);
    let all: Vec<(String, Problems, String)> = cases
        .iter()
        .map(|case| {
            let folder = tempfile::tempdir().unwrap();
            let found = problems(case, folder.path());
            assert!(found.has_errors(), "{}", case.name);
            (case.name.clone(), found, folder.path().display().to_string())
        })
        .collect();
    for language in Language::ALL {
        let file = here().join(format!("expected.{}.txt", language.name()));
        let text = printed(language, &all);
        if std::env::var_os("CATCHMENT_BLESS").is_some_and(|value| value == "1") {
            fs::write(&file, &text).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        for (line, (found, wanted)) in text.lines().zip(expected.lines()).enumerate() {
            assert_eq!(found, wanted, "line {} of {}", line + 1, file.display());
        }
        assert_eq!(text.lines().count(), expected.lines().count(), "{}", file.display());
    }
    let shown: BTreeSet<Code> = all.iter().flat_map(|(_, problems, _)| problems.iter().map(|p| p.code)).collect();
    // What only a comparison of plans can find is shown by tests/compare.rs.
    let elsewhere = [Code::NeedsScenario, Code::NotOfScenario];
    let all = Code::ALL.iter().filter(|code| !elsewhere.contains(code));
    let missing: Vec<&str> = all.filter(|code| !shown.contains(code)).map(|c| c.code()).collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}

#[test]
fn names_of_cases_are_unique() {
    let names: Vec<String> = cases().into_iter().map(|case| case.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}

#[test]
fn the_base_itself_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    base(folder.path());
    let loaded = input::load(folder.path(), None).unwrap_or_else(|problems| {
        panic!("{}", problems.lines(&|message| i18n::render(Language::En, message)).join("\n"))
    });
    assert_eq!(loaded.warnings, []);
    let read = read_plan(&folder.path().join("plan"), &loaded).unwrap();
    assert_eq!((read.plan.actions.len(), read.plan.assignment.len()), (2, 16));
}

#[test]
fn the_list_of_codes_is_current() {
    let mut text = String::from(
        "# Problems of input, by code\n\nGenerated from `src/input/problem.rs` and the catalogues of messages by \
         `CATCHMENT_BLESS=1 cargo test --test invalid`.\n\nA code never changes its meaning. E1: files and syntax; E2: references \
         and facts; E3: rules and objective; E4: geography; E5: plans. W marks a warning, which does not stop a run. Every \
         code is shown at work in `tests/invalid/expected.en.txt`.\n\n| code | English | 中文 |\n|---|---|---|\n",
    );
    for code in Code::ALL {
        let said = |language| i18n::Catalogue::of(language).source(code.key()).unwrap().replace('|', "\\|");
        writeln!(text, "| {} | {} | {} |", code.code(), said(Language::En), said(Language::Zh)).unwrap();
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md");
    if std::env::var_os("CATCHMENT_BLESS").is_some_and(|value| value == "1") {
        fs::write(&file, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(&file).unwrap_or_default(), text, "docs/errors.md is not current");
}

#[test]
fn every_placeholder_gets_its_value() {
    for language in Language::ALL {
        let text = fs::read_to_string(here().join(format!("expected.{}.txt", language.name()))).unwrap();
        let open = text.lines().find(|line| line.contains('{') && !line.contains("E114 `{ }`"));
        assert_eq!(open, None);
    }
}

/// Every file below a folder with its bytes.
#[cfg(feature = "cli")]
fn content(folder: &Path, found: &mut std::collections::BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            content(&path, found);
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}

/// The program says the same on stderr, ends with exit code 2 and writes nothing.
#[cfg(feature = "cli")]
#[test]
fn the_program_refuses_every_malformed_input_with_exit_code_2() {
    use std::process::Command;
    for case in &cases() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = problems(case, folder.path()).lines(&|message| i18n::render(Language::En, message));
        let mut before = std::collections::BTreeMap::new();
        content(folder.path(), &mut before);
        let mut command = Command::new(env!("CARGO_BIN_EXE_catchment"));
        command.current_dir(folder.path()).arg("check");
        command.arg(case.folder.as_ref().map_or(folder.path().to_owned(), |name| folder.path().join(name)));
        command.args(case.plan.iter().map(|plan| folder.path().join(plan))).args(["--lang", "en"]);
        command.args(case.variant.iter().flat_map(|name| ["--variant", name]));
        command.args(["--out", "out"]);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{}: {said}", case.name);
        // The program loads the variant that a plan names, so that it cannot be another one.
        for line in wanted.iter().filter(|line| !line.contains(" E503 ")) {
            assert!(said.contains(line), "{}: `{line}` is not in\n{said}", case.name);
        }
        assert!(output.stdout.is_empty(), "{}", case.name);
        let mut after = std::collections::BTreeMap::new();
        content(folder.path(), &mut after);
        assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "{}", case.name);
        assert!(before == after, "{}: files were changed", case.name);
    }
}
