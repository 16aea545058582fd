//! Measures from the folder to the plan forms: what is written, read again and judged alike by the real binary.

use catchment::input::{self, Code};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Three villages on a line. The hill school is too small, the town school wants its juniors taught at home.
const SCENARIO: &str = r#"
schema = "catchment-scenario/1"
name = "measures"
title = { zh = "措施", en = "Measures" }
synthetic = true
baseline_year = 2024
years = [2025, 2026]
stages = ["primary", "junior"]

[objective]
weights = { travel_pupil_km = 1, cost = 1 }
yuan_per_pupil_km = 1000

[[rules]]
id = "class"
metric = "class_size_max"
op = "<="
limit = 45
severity = "hard"

[[rules]]
id = "asked"
metric = "consultation"
op = ">="
limit = 1
severity = "hard"

[[actions]]
id = "move_hill"
sites = ["hill"]
action = "relocate"
into = "plot"
classes = 6
capital = 100000
reason = { zh = "校舍陈旧", en = "The building is old" }

[[actions]]
id = "nine_year"
sites = ["town"]
action = "convert"
kind = "nine_year"
classes = [0, 2]
capital = [1000, 90000]
after = ["move_hill"]
"#;

const SITES: &str = "\
id,name,kind,status,lon,lat,rooms
hill,山上小学,primary,operating,105.900,30.100,6
plot,新址,primary,candidate,105.800,30.100,
town,镇小学,primary,operating,105.802,30.120,8
far,中学,junior,operating,106.000,30.100,9
";

const UNITS: &str = "\
id,name,lon,lat,grade_1,grade_2,grade_7,grade_8
u1,一村,105.800,30.100,40,38,30,30
u2,二村,105.802,30.121,35,30,28,26
u3,三村,106.000,30.101,0,0,20,21
";

const BASELINE: &str = "\
unit,stage,site
u1,primary,hill
u1,junior,far
u2,primary,town
u2,junior,far
u3,junior,far
";

const CONSULTATIONS: &str = "校区,日期,赞成家长,反对家长,听证结果\nhill,2024年3月1日,61,9,同意\n";

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in [
        ("scenario.toml", SCENARIO),
        ("sites.csv", SITES),
        ("units.csv", UNITS),
        ("baseline.csv", BASELINE),
        ("consultations.csv", CONSULTATIONS),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Runs the program in English.
pub fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_catchment")).args(args).arg("--lang").arg("en").output().unwrap()
}

/// A path below a folder.
pub fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

/// The folder of the plan of a scenario, and the plan.
pub fn solved(folder: &TempDir, more: &[&str]) -> (PathBuf, Value) {
    let (scenario, out) = (folder.path().display().to_string(), path(folder.path(), "out"));
    let done = run(&[&["solve", &scenario, "--out", &out, "--gap", "0.001%"], more].concat());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let out = PathBuf::from(out);
    let plan = serde_json::from_str(&fs::read_to_string(out.join("plan.json")).unwrap()).unwrap();
    (out, plan)
}

#[test]
fn a_school_moves_and_another_takes_a_second_stage() {
    let folder = folder();
    let (out, plan) = solved(&folder, &[]);
    let site = |id: &str| plan["sites"].as_array().unwrap().iter().find(|site| site["id"] == id).unwrap();
    let action = &site("hill")["actions"][0];
    assert_eq!(
        (&action["action"], &action["into"], &action["classes"]),
        (&"relocate".into(), &"plot".into(), &6.into())
    );
    assert_eq!(action["kind"], "primary");
    assert!(site("plot")["actions"].as_array().unwrap().is_empty(), "the new place has no action of its own");
    let action = &site("town")["actions"][0];
    assert_eq!((&action["action"], &action["kind"]), (&"convert".into(), &"nine_year".into()));
    // What the sites are follows from that, in the year of effect as well.
    assert_eq!(site("hill")["states"][1]["operating"], false);
    assert_eq!(
        (&site("plot")["states"][1]["operating"], &site("plot")["states"][1]["rooms"]),
        (&true.into(), &6.into())
    );
    assert_eq!(
        (&site("town")["states"][0]["kind"], &site("town")["states"][1]["kind"]),
        (&"primary".into(), &"nine_year".into())
    );
    // Freed rooms of the primary stage serve the juniors of the town.
    assert!(site("town")["states"][1]["pupils"]["7"].as_i64().unwrap() > 0);

    // The plan is proven and read again in every form.
    let scenario = folder.path().display().to_string();
    assert!(run(&["verify", &scenario, &out.display().to_string()]).status.success());
    for form in ["plan.json", "plan.xlsx"] {
        let checked = run(&["check", &scenario, &path(&out, form)]);
        assert!(checked.status.success(), "{form}: {}", String::from_utf8_lossy(&checked.stderr));
    }
    let tables = TempDir::new().unwrap();
    for name in ["assignment.csv", "actions.csv"] {
        fs::copy(out.join(name), tables.path().join(name)).unwrap();
    }
    let tables_path = tables.path().display().to_string();
    assert!(run(&["check", &scenario, &tables_path]).status.success());

    // Locked from the other end, the school moves all the same.
    let locked = path(folder.path(), "locked");
    let done = run(&["solve", &scenario, "--start", &out.display().to_string(), "--lock", "plot", "--out", &locked]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let actions = fs::read_to_string(Path::new(&locked).join("actions.csv")).unwrap();
    assert!(actions.contains("relocate"), "{actions}");

    // By hand: without what follows from the offers, in Chinese.
    fs::write(tables.path().join("actions.csv"), "校区,年份,措施\nhill,2025,迁建\n").unwrap();
    let checked = run(&["check", &scenario, &tables_path]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert_eq!(checked.status.code(), Some(1), "{said}");
    assert!(said.contains("town") && said.contains("junior"), "{said}");
    // Two conversions are on offer: the table has to say which.
    fs::write(
        tables.path().join("actions.csv"),
        "校区,年份,措施,学校类型\nhill,2025,迁建,\ntown,2025,改制,九年一贯制\n",
    )
    .unwrap();
    assert!(run(&["check", &scenario, &tables_path]).status.success(), "without rooms added the plain one is meant");
    // The conversion waits for the move.
    let later = "校区,年份,措施,学校类型\nhill,2026,迁建,\ntown,2025,改制,九年一贯制\n";
    fs::write(tables.path().join("actions.csv"), later).unwrap();
    let checked = run(&["check", &scenario, &tables_path]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&checked.stdout).contains("must wait"));
}

#[test]
fn a_school_does_not_move_against_its_parents() {
    let folder = folder();
    fs::write(folder.path().join("consultations.csv"), "site,date,parents_for,parents_against\nhill,2024-03-01,9,61\n")
        .unwrap();
    let (_, plan) = solved(&folder, &[]);
    let acts = |site: &&Value| !site["actions"].as_array().unwrap().is_empty();
    assert_eq!(plan["sites"].as_array().unwrap().iter().filter(acts).count(), 0, "nor does what waits for it happen");
}

#[test]
fn moves_and_conversions_that_cannot_be_are_refused_at_the_door() {
    for (from, to, code) in [
        ("into = \"plot\"", "into = \"far\"", Code::ActionStatus),
        ("into = \"plot\"\n", "", Code::ActionNeeds),
        ("kind = \"nine_year\"", "kind = \"primary\"", Code::ConvertSame),
        ("kind = \"nine_year\"\n", "", Code::ActionNeeds),
        ("reason = { zh = \"校舍陈旧\", en = \"The building is old\" }\n", "", Code::NoReason),
        ("after = [\"move_hill\"]", "after = [\"move_hil\"]", Code::UnknownReference),
    ] {
        let folder = folder();
        fs::write(folder.path().join("scenario.toml"), SCENARIO.replace(from, to)).unwrap();
        let problems = input::load(folder.path(), None).unwrap_err();
        let codes: Vec<Code> = problems.iter().map(|problem| problem.code).collect();
        assert!(codes.contains(&code), "{from} -> {to}: {codes:?}");
    }
}

/// The town junior school takes boarders; the mountain village is beyond the daily limit of every school.
const BOARDING: &str = r#"
[boarding]

[[rules]]
id = "way"
metric = "travel_dist"
op = "<="
limit = 9000
severity = "hard"

[[variants]]
name = "fewer"
pupils_factor = 0.5
"#;

#[test]
fn pupils_from_far_away_board_where_there_are_beds() {
    let folder = folder();
    let scenario = format!("{}{BOARDING}", &SCENARIO[..SCENARIO.find("[[actions]]").unwrap()]);
    fs::write(folder.path().join("scenario.toml"), scenario).unwrap();
    fs::write(
        folder.path().join("sites.csv"),
        "id,name,kind,lon,lat,rooms,beds\nt,镇九年制学校,nine_year,105.80,30.1,12,60\n",
    )
    .unwrap();
    let units = |young: i64, old: i64| {
        format!(
            "id,name,lon,lat,grade_1,grade_4,grade_7\nu1,一村,105.80,30.1,40,38,30\nu2,山村,105.90,30.1,{young},{old},20\n"
        )
    };
    fs::write(folder.path().join("units.csv"), units(0, 25)).unwrap();
    for name in ["baseline.csv", "consultations.csv"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let (out, plan) = solved(&folder, &[]);
    for row in plan["assignment"].as_array().unwrap() {
        let far = row["unit"] == "u2";
        assert_eq!(row["boarding"], far, "{row}");
    }
    // 0.1 degrees of longitude at 30.1 degrees north are 9.62 km, times 1.3; boarders count a fifth: both years.
    let km = plan["objective"]["terms"]["travel_pupil_km"].as_f64().unwrap();
    let expected = 2.0 * 45.0 * 12.506 / 5.0;
    assert!((km - expected).abs() < 0.5, "{km}, expected {expected}");
    let table = fs::read_to_string(out.join("assignment.csv")).unwrap();
    assert!(table.lines().next().unwrap().contains("boarding") && table.matches(",true").count() >= 4, "{table}");
    let scenario = folder.path().display().to_string();
    for form in ["plan.json", "plan.xlsx"] {
        assert!(run(&["check", &scenario, &path(&out, form)]).status.success(), "{form}");
    }
    assert!(run(&["verify", &scenario, &out.display().to_string()]).status.success());

    // Against two forecasts, who boards is settled for each.
    let both = path(folder.path(), "both");
    let done = run(&["solve", &scenario, "--robust", "base,fewer", "--out", &both]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(run(&["check", &scenario, &both]).status.success());

    // By hand: nobody boards who could go home, and too many boarders are refused.
    let hand = TempDir::new().unwrap();
    let file = hand.path().join("assignment.csv");
    let judged = |rows: &str| {
        fs::write(&file, format!("unit,stage,band,site,year,boarding\n{rows}")).unwrap();
        let done = run(&["check", &scenario, &hand.path().display().to_string()]);
        (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    let rows = |near: &str| {
        [2025, 2026].map(|year| {
            format!(
                "u1,primary,1,t,{year},no\nu1,primary,4,t,{year},{near}\nu1,junior,7,t,{year},no\n\
                 u2,primary,4,t,{year},yes\nu2,junior,7,t,{year},yes\n"
            )
        })
    };
    assert_eq!(judged(&rows("no").concat()).0, Some(0));
    let (code, said) = judged(&rows("yes").concat());
    assert!(code == Some(1) && said.contains("no rule on ways"), "{said}");

    let young = rows("no").concat().replace("u1,primary,1,t,2025,no", "u1,primary,1,t,2025,yes");
    assert!(judged(&young).1.contains("may not board"));

    // More who would have to board than beds: the hard rules cannot all be kept; younger pupils live at home.
    fs::write(folder.path().join("units.csv"), units(0, 45)).unwrap();
    let done = run(&["solve", &scenario, "--out", &path(folder.path(), "crowded")]);
    assert_eq!(done.status.code(), Some(1), "{}", String::from_utf8_lossy(&done.stderr));
    fs::write(folder.path().join("units.csv"), units(5, 25)).unwrap();
    let done = run(&["solve", &scenario, "--out", &path(folder.path(), "young")]);
    assert_eq!(done.status.code(), Some(2));
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(said.contains("u2"), "a village whose first grade has no school: {said}");
}

/// Thirteen classes with one music and one art room, and two ways to more.
const LACKING: &str = r#"
schema = "catchment-scenario/1"
name = "rooms"
title = { zh = "专用教室", en = "Rooms" }
synthetic = true
baseline_year = 2024
years = [2025, 2026]
stages = ["primary"]

[objective]
weights = { travel_pupil_km = 1, cost = 1 }
yuan_per_pupil_km = 1000

[[rules]]
id = "class"
metric = "class_size_max"
op = "<="
limit = 45
severity = "hard"

[[rules]]
id = "rooms"
metric = "special_rooms"
params = { per_classes = 12, music_m2 = 90 }
op = "<="
limit = 0
severity = "hard"

[[actions]]
sites = ["t"]
action = "equip"
adds = [{ music_rooms = [1, 2], music_m2 = 96, art_rooms = [1, 2] }]
capital = [800000, 900000]
floor_m2 = [186, 372]
"#;

#[test]
fn a_school_that_lacks_special_rooms_is_fitted_out_in_every_form_of_the_plan() {
    let folder = TempDir::new().unwrap();
    for (name, text) in [
        ("scenario.toml", LACKING),
        ("sites.csv", "id,name,kind,lon,lat,rooms\nt,镇小学,primary,105.80,30.1,14\n"),
        ("units.csv", "id,name,lon,lat,grade_1,grade_2\nu1,一村,105.80,30.1,300,280\n"),
        ("resources.csv", "site,music_rooms,music_m2,art_rooms\nt,1,96,1\n"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let (out, plan) = solved(&folder, &[]);
    let action = &plan["sites"][0]["actions"][0];
    let told = ["action", "year", "classes", "music_rooms", "art_rooms", "cost"].map(|key| action[key].clone());
    assert_eq!(Value::from(told.to_vec()), serde_json::json!(["equip", 2025, 0, 1, 1, 800_000]));
    let rooms = plan["compliance"].as_array().unwrap().iter().filter(|row| row["rule"] == "rooms");
    let values: Vec<Value> = rooms.map(|row| row["value"].clone()).collect();
    assert_eq!(Value::from(values), serde_json::json!([2.0, 0.0, 0.0]), "13 classes need two rooms of each subject");
    // Of two offers that differ in their rooms only, the page marks the one that is taken.
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    for (capital, taken) in [(800_000, true), (900_000, false)] {
        let offer = format!("\"classes\":0,\"capital\":{capital},\"running\":0,\"taken\":{taken}");
        assert!(page.contains(&offer), "{offer}");
    }
    let scenario = folder.path().display().to_string();
    for form in ["plan.json", "plan.xlsx"] {
        assert!(run(&["check", &scenario, &path(&out, form)]).status.success(), "{form}");
    }
    assert!(run(&["verify", &scenario, &out.display().to_string()]).status.success());

    // By hand: works must be told apart by their rooms, and the audit refuses rooms that nobody offers.
    let hand = TempDir::new().unwrap();
    fs::copy(out.join("assignment.csv"), hand.path().join("assignment.csv")).unwrap();
    let judged = |row: &str| {
        fs::write(hand.path().join("actions.csv"), format!("校区,年份,措施,增加音乐教室,增加美术教室\n{row}\n"))
            .unwrap();
        run(&["check", &scenario, &hand.path().display().to_string()]).status.code()
    };
    assert_eq!(judged("t,2025,标准化建设,2,2"), Some(0));
    assert_eq!(judged("t,2026,equip,1,1"), Some(1), "too late for 2025");
    assert_eq!(judged("t,2025,equip,,"), Some(2));
    assert_eq!(judged("t,2025,equip,3,1"), Some(1), "nobody offers them");
}
