//! Whatever bytes a folder holds, reading it ends in a scenario or in problems, and never in a panic.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use catchment::i18n::{self, Language};
use catchment::input::{self, PlanInput};
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

fn base() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/invalid/base")
}

const FILES: [&str; 7] =
    ["scenario.toml", "units.csv", "sites.csv", "sections.csv", "travel.csv", "adjacency.csv", "baseline.csv"];
const PLANS: [&str; 2] = ["assignment.csv", "actions.csv"];

/// What is done to the bytes of a file.
#[derive(Debug, Clone)]
enum Damage {
    Replace(Vec<u8>),
    Cut(usize),
    Insert(usize, Vec<u8>),
    Set(usize, u8),
    Swap(usize, usize),
    Repeat(usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        "[-0-9.,;\"\n\\[\\]{}=eE]{0,20}".prop_map(String::into_bytes),
        Just(b"nan".to_vec()),
        Just(b"99999999999999999999999".to_vec()),
        Just("\u{FEFF}年级".as_bytes().to_vec()),
    ];
    prop_oneof![
        1 => proptest::collection::vec(any::<u8>(), 0..400).prop_map(Damage::Replace),
        2 => any::<usize>().prop_map(Damage::Cut),
        6 => (any::<usize>(), piece).prop_map(|(at, piece)| Damage::Insert(at, piece)),
        3 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Damage::Swap(a, b)),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Damage::Repeat(a, b)),
    ]
}

fn damaged(mut bytes: Vec<u8>, damage: &Damage) -> Vec<u8> {
    let length = bytes.len().max(1);
    match damage {
        Damage::Replace(other) => other.clone(),
        Damage::Cut(at) => {
            bytes.truncate(at % length);
            bytes
        }
        Damage::Insert(at, piece) => {
            let at = at % length;
            bytes.splice(at..at, piece.iter().copied());
            bytes
        }
        // Earlier damage may have left nothing.
        Damage::Set(..) | Damage::Swap(..) if bytes.is_empty() => bytes,
        Damage::Set(at, byte) => {
            bytes[at % length] = *byte;
            bytes
        }
        Damage::Swap(a, b) => {
            bytes.swap(a % length, b % length);
            bytes
        }
        Damage::Repeat(a, b) => {
            let (from, to) = ((a % length).min(b % length), (a % length).max(b % length));
            let piece = bytes[from..to].to_vec();
            bytes.splice(to..to, piece);
            bytes
        }
    }
}

/// Loads a folder and, when it is one, its plan; both languages must be able to say what is wrong.
fn read(folder: &Path) {
    let says = |problems: &input::Problems| {
        for language in Language::ALL {
            assert!(!problems.lines(&|message| i18n::render(language, message)).is_empty());
        }
    };
    for variant in [None, Some("strict")] {
        match input::load(folder, variant) {
            Err(problems) => says(&problems),
            Ok(loaded) => {
                let plan = PlanInput::open(&folder.join("plan")).and_then(|plan| plan.resolve(&loaded.scenario));
                if let Err(problems) = plan {
                    says(&problems);
                }
            }
        }
    }
}

fn copy(target: &Path) {
    fs::create_dir(target.join("plan")).unwrap();
    for name in FILES {
        fs::copy(base().join(name), target.join(name)).unwrap();
    }
    for name in PLANS {
        fs::copy(base().join("plan").join(name), target.join("plan").join(name)).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_never_panic(file in 0..FILES.len() + PLANS.len(), damages in proptest::collection::vec(damage(), 1..4)) {
        let folder = tempfile::tempdir().unwrap();
        copy(folder.path());
        let path = match FILES.get(file) {
            Some(name) => folder.path().join(name),
            None => folder.path().join("plan").join(PLANS[file - FILES.len()]),
        };
        let bytes = damages.iter().fold(fs::read(&path).unwrap(), damaged);
        fs::write(&path, bytes).unwrap();
        read(folder.path());
    }

    #[test]
    fn random_bytes_as_any_form_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000), form in 0..4_usize) {
        let folder = tempfile::tempdir().unwrap();
        copy(folder.path());
        let name = ["units.geojson", "plan/plan.json", "plan/plan.xlsx", "pupils.csv"][form];
        fs::write(folder.path().join(name), bytes).unwrap();
        if form == 0 {
            fs::remove_file(folder.path().join("units.csv")).unwrap();
        }
        read(folder.path());
        let _ = PlanInput::open(&folder.path().join(name));
    }
}

#[test]
fn deeply_nested_documents_end_in_problems() {
    let folder = tempfile::tempdir().unwrap();
    copy(folder.path());
    let toml = fs::read_to_string(base().join("scenario.toml")).unwrap();
    for deep in [
        format!("\n[deep]\nx = {}1{}\n", "[".repeat(20_000), "]".repeat(20_000)),
        format!("\nx{} = 1\n", ".y".repeat(50_000)),
    ] {
        fs::write(folder.path().join("scenario.toml"), format!("{toml}{deep}")).unwrap();
        assert!(input::load(folder.path(), None).is_err());
    }
    fs::write(folder.path().join("plan/plan.json"), "[".repeat(200_000)).unwrap();
    assert!(PlanInput::open(&folder.path().join("plan")).is_err());
    fs::remove_file(folder.path().join("units.csv")).unwrap();
    fs::write(folder.path().join("units.geojson"), "[".repeat(200_000)).unwrap();
    fs::write(folder.path().join("scenario.toml"), toml).unwrap();
    assert!(input::load(folder.path(), None).is_err());
}
