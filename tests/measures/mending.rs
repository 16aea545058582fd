//! A rule that the optimiser knows in part, from the folder to the proof by the real binary: the first plan breaks it, it is
//! mended, and the bound stays that of all plans.

use super::folder::{path, run, solved};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A school with two stages in ten classrooms, and one far away. Classes need not be small enough, so that nobody knows how many
/// each stage has: nine in sum are served with music rooms, three of them in the primary.
const SCENARIO: &str = r#"
schema = "catchment-scenario/1"
name = "mending"
title = { zh = "专用教室", en = "Rooms" }
synthetic = true
baseline_year = 2024
years = [2025]
stages = ["primary", "junior"]

[objective]
weights = { travel_pupil_km = 1, soft_excess = 1 }

[[rules]]
id = "class"
metric = "class_size_max"
op = "<="
limit = 5
severity = "soft"
soft = { weight = 100 }

[[rules]]
id = "rooms"
metric = "special_rooms"
params = { per_classes = 3, rooms = "music" }
op = "<="
limit = 0
severity = "hard"
"#;

fn folder(units: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let ways: String = ["u1", "u2", "u3"].map(|unit| format!("{unit},near,1000\n{unit},far,3000\n")).concat();
    for (name, text) in [
        ("scenario.toml", SCENARIO),
        (
            "sites.csv",
            "id,name,kind,lon,lat,rooms\nnear,镇学校,nine_year,105.80,30.1,10\nfar,城学校,nine_year,105.82,30.1,12\n",
        ),
        ("resources.csv", "site,stage,music_rooms\nnear,primary,1\nnear,junior,2\nfar,primary,4\nfar,junior,4\n"),
        ("units.csv", units),
        ("travel.csv", &format!("unit,site,metres\n{ways}")),
        (
            "baseline.csv",
            "unit,stage,site\nu1,primary,near\nu2,primary,near\nu3,primary,near\nu1,junior,near\nu2,junior,near\nu3,junior,near\n",
        ),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Whether the page of a plan tells that it was mended.
fn is_mended(out: &Path) -> bool {
    fs::read_to_string(out.join("report.html")).unwrap().contains("Its first plan broke that at near 2025")
}

#[test]
fn a_plan_that_breaks_what_the_optimiser_knows_in_part_is_mended_under_the_bound_of_all_plans() {
    // Four classes of the primary and two of the juniors: the primary lacks a music room unless five pupils go far.
    let folder = folder(
        "id,name,lon,lat,grade_1,grade_7\nu1,一村,105.8,30.1,10,10\nu2,二村,105.8,30.1,5,0\nu3,三村,105.8,30.1,4,0\n",
    );
    for engine in ["catchment", "milp"] {
        let (out, plan) = solved(&folder, &["--engine", engine]);
        // 29 pupils one kilometre each, and four of them two more.
        assert_eq!(plan["objective"]["total"], 37.0, "{engine}");
        assert!((plan["bound"].as_f64().unwrap() - 29.0).abs() < 1e-3, "{engine}: {}", plan["bound"]);
        assert_eq!(plan["status"], "feasible", "the gap is told: {}", plan["gap"]);
        let broken = plan["compliance"].as_array().unwrap().iter().filter(|row| row["rule"] == "rooms");
        assert!(broken.filter(|row| row["year"] == 2025).all(|row| row["verdict"] != "fail"), "{engine}");
        assert!(is_mended(&out), "{engine}");
        let scenario = folder.path().display().to_string();
        assert!(run(&["check", &scenario, &path(&out, "plan.json")]).status.success(), "{engine}");
        let proof = run(&["verify", &scenario, &out.display().to_string()]);
        assert!(proof.status.success(), "{engine}: {}", String::from_utf8_lossy(&proof.stdout));
    }
}

#[test]
fn a_plan_that_keeps_what_the_optimiser_knows_in_part_needs_no_mending() {
    let folder = folder(
        "id,name,lon,lat,grade_1,grade_7\nu1,一村,105.8,30.1,10,10\nu2,二村,105.8,30.1,5,0\nu3,三村,105.8,30.1,0,0\n",
    );
    let (out, plan) = solved(&folder, &[]);
    assert_eq!((&plan["objective"]["total"], &plan["status"]), (&Value::from(25.0), &Value::from("optimal")));
    assert!(!is_mended(&out));
}

#[test]
fn a_plan_for_several_forecasts_is_mended_where_it_breaks_the_rule() {
    let folder = folder(
        "id,name,lon,lat,grade_1,grade_7\nu1,一村,105.8,30.1,10,10\nu2,二村,105.8,30.1,5,0\nu3,三村,105.8,30.1,4,0\n",
    );
    let families = "[[families]]\nname = \"births\"\n[[families.list]]\nname = \"low\"\npupils_factor = 0.5\n\
                    [[families.list]]\nname = \"high\"\npupils_factor = 1.0\n";
    fs::write(folder.path().join("variants.toml"), families).unwrap();
    let (out, plan) = solved(&folder, &["--robust", "births/low,births/high"]);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("Its first plan broke that at near 2025 under births/high"));
    let (total, bound) = (plan["robust"]["value"].as_f64().unwrap(), plan["robust"]["bound"].as_f64().unwrap());
    assert!(bound < total - 1.0, "{bound} {total}");
    let scenario = folder.path().display().to_string();
    for forecast in ["births/low", "births/high"] {
        assert!(
            run(&["check", &scenario, &path(&out, "plan.json"), "--under", forecast]).status.success(),
            "{forecast}"
        );
    }
}
