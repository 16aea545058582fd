//! Where the scenario of a plan lies, as the run that wrote the plan noted it in `run.json`.

use std::path::{Component, Path, PathBuf};

/// File in which a run notes what depends on the machine.
const RUN: &str = "run.json";

/// The one field that is read.
#[derive(serde::Deserialize)]
struct Run {
    #[serde(default)]
    scenario_folder: Option<String>,
}

/// The folder of the scenario that a plan was made for, where the run that made it says so and the folder is there. `plan` is
/// the plan's folder or a file in it.
pub fn scenario_of(plan: &Path) -> Option<PathBuf> {
    let folder = if plan.is_dir() { plan } else { plan.parent()? };
    let folder = std::path::absolute(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }).ok()?;
    // A file that cannot be read or says nothing is no mistake of the user: the plan can be used without its scenario.
    let text = std::fs::read_to_string(folder.join(RUN)).ok()?;
    let run: Run = serde_json::from_str(&text).ok()?;
    let found = plain(&folder.join(run.scenario_folder?));
    found.is_dir().then_some(found)
}

/// The path from one folder to another, by their names alone; the absolute path where they have nothing in common. A plan and
/// its scenario that are moved together still find each other.
pub fn path_between(from: &Path, to: &Path) -> PathBuf {
    let absolute = |path: &Path| plain(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    let (from, to) = (absolute(from), absolute(to));
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    if !from.components().take(common).any(|part| matches!(part, Component::Normal(_))) {
        return to;
    }
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    up.chain(to.components().skip(common)).collect()
}

/// The path without `.` and `..`, as far as names tell.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_from_folder_to_folder() {
        let between =
            |from: &str, to: &str| path_between(Path::new(from), Path::new(to)).to_string_lossy().into_owned();
        assert_eq!(between("/data/county/out/plan", "/data/county/scenario"), "../../scenario");
        assert_eq!(between("/data/./a/../plan", "/data/plan/s"), "s");
        assert_eq!(between("/home/plan", "/data/scenario"), "/data/scenario");
    }

    #[test]
    fn a_plan_finds_its_scenario_after_both_were_moved() {
        let root = tempfile::tempdir().unwrap();
        let (plan, scenario) = (root.path().join("a/plan"), root.path().join("a/scenario"));
        std::fs::create_dir_all(&plan).unwrap();
        std::fs::create_dir_all(&scenario).unwrap();
        assert_eq!(scenario_of(&plan), None, "nothing is noted");
        let noted = serde_json::json!({ "scenario_folder": path_between(&plan, &scenario) });
        std::fs::write(plan.join("run.json"), noted.to_string()).unwrap();
        assert_eq!(scenario_of(&plan), Some(scenario));
        std::fs::rename(root.path().join("a"), root.path().join("b")).unwrap();
        let moved = root.path().join("b");
        assert_eq!(scenario_of(&moved.join("plan/plan.json")), Some(moved.join("scenario")));
        std::fs::remove_dir(moved.join("scenario")).unwrap();
        assert_eq!(scenario_of(&moved.join("plan")), None, "it is no longer there");
    }
}
