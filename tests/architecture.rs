//! The shape of the code: imports run down only, files stay small, nothing is left unfinished.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms from the ground up. A room may import rooms of lower floors and itself.
const FLOORS: &[&[&str]] = &[
    &["id", "message", "random", "run", "units"],
    &["domain", "mip", "packs"],
    &["i18n", "kernel", "travel"],
    &["metric"],
    &["digest", "evaluate"],
    &["compile"],
    &["optimise"],
    &["bench", "generate", "input"],
    &["study"],
    &["output"],
    &["cli"],
];

/// Borders that matter more than floors: a room and what it must never import, though it lies lower.
const BORDERS: &[(&str, &[&str])] = &[
    ("domain", &["run"]),
    ("evaluate", &["kernel", "mip", "run"]),
    ("kernel", &["domain", "i18n", "message", "packs", "travel"]),
    ("metric", &["kernel", "mip", "run"]),
    ("bench", &["domain", "travel", "metric", "evaluate", "compile", "optimise"]),
];

/// Files allowed to exceed [`MAX_LINES`], each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

const MAX_LINES: usize = 600;

fn sources() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found
}

/// Path below `src`, with forward slashes.
fn name(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/")
}

/// The room of a source file: its first folder or, at the top, its stem.
fn room(name: &str) -> &str {
    name.split('/').next().unwrap().trim_end_matches(".rs")
}

/// Code lines: neither comments nor documentation.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// The rooms that a source text imports, by every mention of `crate::room` outside comments.
fn imports(text: &str) -> Vec<String> {
    let code: String = code(text).flat_map(|line| [line, "\n"]).collect();
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        // `$crate::` and `pub(crate)` are not imports of a room by name.
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (index, c) in list.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if start && !c.is_whitespace() => {
                        found.push(word(&list[index..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            found.push(word(rest));
        }
    }
    found
}

fn floor_of() -> BTreeMap<&'static str, usize> {
    FLOORS.iter().enumerate().flat_map(|(floor, rooms)| rooms.iter().map(move |room| (*room, floor))).collect()
}

#[test]
fn every_room_has_a_floor() {
    let floors = floor_of();
    for path in sources() {
        let name = name(&path);
        let room = room(&name);
        assert!(
            matches!(room, "lib" | "main") || floors.contains_key(room),
            "{name}: the room `{room}` has no floor in tests/architecture.rs"
        );
    }
}

#[test]
fn imports_run_down_only() {
    let floors = floor_of();
    let mut faults = Vec::new();
    for path in sources() {
        let name = name(&path);
        let room = room(&name);
        let Some(&floor) = floors.get(room) else { continue };
        let forbidden = BORDERS.iter().find(|(who, _)| *who == room).map_or(&[][..], |(_, what)| *what);
        for import in imports(&fs::read_to_string(&path).unwrap()) {
            let Some(&below) = floors.get(import.as_str()) else { continue };
            if import != room && (below >= floor || forbidden.contains(&import.as_str())) {
                faults.push(format!("{name} imports `{import}`"));
            }
        }
    }
    assert!(faults.is_empty(), "imports that run up or across a border:\n{}", faults.join("\n"));
}

#[test]
fn the_scan_sees_imports_in_every_form() {
    let text = "use crate::domain::plan;\nuse crate::{id::A, kernel::{problem, engine}, mip};\nfn f() { crate::output::x() }\n// crate::cli\n";
    assert_eq!(imports(text), ["domain", "id", "kernel", "mip", "output"]);
}

#[test]
fn no_file_is_too_long() {
    let mut faults = Vec::new();
    for path in sources() {
        let name = name(&path);
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        let allowed = LONG_FILES.iter().any(|(file, reason)| *file == name && !reason.is_empty());
        if lines > MAX_LINES && !allowed {
            faults.push(format!("{name}: {lines} lines"));
        }
    }
    assert!(faults.is_empty(), "files over {MAX_LINES} lines without a listed reason:\n{}", faults.join("\n"));
}

#[test]
fn every_module_says_what_it_is() {
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} does not begin with a sentence that says what it is", name(&path));
    }
}

#[test]
fn nothing_is_left_unfinished() {
    let marks = ["TODO", "FIXME", "XXX", "unimplemented!", "todo!"];
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        for mark in marks {
            assert!(!text.contains(mark), "{} contains {mark}", name(&path));
        }
    }
}
