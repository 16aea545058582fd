//! `scenarios/tongnan` is what its generator writes, and `check` prints the published findings on it and on other seeds;
//! an edit changes exactly the verdicts that it concerns.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use catchment::digest::tallies::{Group, Tally, tallies};
use catchment::domain::district::{SiteKind, Stage};
use catchment::domain::document::PlanDocument;
use catchment::domain::plan::Plan;
use catchment::domain::rule::Verdict;
use catchment::domain::scenario::Scenario;
use catchment::evaluate::document::{SolveFacts, assemble};
use catchment::evaluate::evaluate_baseline;
use catchment::generate::{folder, tongnan};
use catchment::input;
use catchment::travel::Travel;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/tongnan")
}

/// Today's network of a scenario folder, judged.
fn today(path: &Path) -> (Scenario, PlanDocument) {
    let scenario = input::load(path, None).unwrap().scenario;
    let travel = Travel::new(&scenario);
    let evaluation = evaluate_baseline(&scenario, &travel);
    let facts = SolveFacts::unsolved(&evaluation, Vec::new());
    let document = assemble(&scenario, &travel, &Plan::default(), &evaluation, facts);
    (scenario, document)
}

/// Over the base limit and failing, by rule and group; then passing and tested, by rule.
#[derive(Debug, PartialEq, Eq)]
struct Findings {
    over: Vec<(String, Group, i64, i64)>,
    passing: Vec<(String, i64, i64, i64)>,
}

fn findings(scenario: &Scenario, document: &PlanDocument) -> Findings {
    let all = tallies(document, Some(scenario));
    let of_today = |tally: &catchment::digest::tallies::RuleTally| -> Vec<(Group, Tally)> {
        let groups = tally.groups.iter().filter(|((year, _), _)| *year == 2024);
        groups.map(|((_, group), counts)| (*group, counts.clone())).collect()
    };
    let pack =
        || all.iter().filter(|tally| ["cn.dd6.gov04.", "cn.dd6.gov05."].iter().any(|id| tally.rule.starts_with(id)));
    Findings {
        over: pack()
            .flat_map(|tally| of_today(tally).into_iter().map(|(group, counts)| (tally.rule.clone(), group, counts)))
            .filter(|(_, _, counts)| counts.over_base() > 0)
            .map(|(rule, group, counts)| (rule, group, counts.over_base(), counts.fail))
            .collect(),
        passing: pack()
            .map(|tally| {
                let counts = &tally.years[&2024];
                (tally.rule.clone(), counts.pass + counts.relaxed, counts.tested(), counts.pass_percent().unwrap())
            })
            .collect(),
    }
}

/// What the district published (教督〔2017〕6号, items 四 and 五 of its self-assessment).
fn published() -> Findings {
    let (primary, junior) = (Group::Stage(Stage::Primary), Group::Stage(Stage::Junior));
    let rule = |name: &str| format!("cn.dd6.{name}");
    Findings {
        over: vec![
            (rule("gov04.single"), primary, 5, 5),
            (rule("gov04.single"), junior, 4, 2),
            (rule("gov04.integrated"), Group::Kind(SiteKind::NineYear), 1, 1),
            (rule("gov05.primary"), primary, 14, 14),
            (rule("gov05.junior"), junior, 4, 4),
        ],
        passing: vec![
            (rule("gov04.single"), 58, 65, 89),
            (rule("gov04.integrated"), 6, 7, 86),
            (rule("gov05.primary"), 44, 58, 76),
            (rule("gov05.junior"), 17, 21, 81),
        ],
    }
}

fn check(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_catchment")).arg("check").arg(shipped()).args(arguments).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_shipped_folder_is_what_the_generator_writes_for_seed_7() {
    let files = tongnan::files(7, tongnan::Readings::default()).unwrap();
    for (name, content) in &files {
        let found = fs::read_to_string(shipped().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(found == *content, "{name} differs: `catchment generate tongnan --seed 7 --out scenarios/tongnan`");
    }
    let names: Vec<_> = fs::read_dir(shipped()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), files.len(), "{names:?}");
}

#[test]
fn check_prints_the_published_findings_in_both_languages() {
    let english = check(&["--lang", "en"]);
    for line in [
        "Today 2024: 58/65 = 89%; over 2,000: 5 primary + 4 junior middle; after exemptions failing 5 primary + 2 junior middle",
        "Today 2024: 6/7 = 86%; over 2,500: 1 nine-year school; after exemptions failing 1 nine-year school",
        "Today 2024: 44/58 = 76%; over 45: 14 primary",
        "Today 2024: 17/21 = 81%; over 50: 4 junior middle",
    ] {
        assert!(english.lines().any(|found| found.trim() == line), "`{line}` is missing in\n{english}");
    }
    let chinese = check(&["--lang", "zh"]);
    for (heading, line) in [
        ("指标四 小学、初中规模", "现状 2024：58/65 = 89%；超2,000：小学 5 + 初中 4；放宽后未达标 小学 5 + 初中 2"),
        (
            "指标四 九年一贯制、十二年一贯制学校",
            "现状 2024：6/7 = 86%；超2,500：九年一贯制学校 1；放宽后未达标 九年一贯制学校 1",
        ),
        ("指标五 小学班额", "现状 2024：44/58 = 76%；超45：小学 14"),
        ("指标五 初中班额", "现状 2024：17/21 = 81%；超50：初中 4"),
    ] {
        let mut lines = chinese.lines().skip_while(|found| !found.starts_with(heading)).skip(1);
        assert_eq!(lines.next().map(str::trim), Some(line), "after `{heading}` in\n{chinese}");
    }
}

#[test]
fn check_prints_the_published_findings_as_json() {
    let told: serde_json::Value = serde_json::from_str(&check(&["--json"])).unwrap();
    let rules = told["rules"].as_array().unwrap();
    let today = |id: &str| {
        let rule = rules.iter().find(|rule| rule["rule"] == id).unwrap();
        let years = rule["years"].as_array().unwrap();
        assert_eq!((years.len(), &years[0]["year"]), (1, &2024.into()), "{id}");
        (rule["no"].clone(), years[0].clone())
    };
    let (no, size) = today("cn.dd6.gov04.single");
    assert_eq!(no, "四");
    let group = |of: &serde_json::Value, name: &str| {
        let groups = of["groups"].as_array().unwrap();
        let group = groups.iter().find(|group| group["group"] == name).unwrap();
        (group["over_base"].as_i64().unwrap(), group["fail"].as_i64().unwrap())
    };
    assert_eq!((group(&size, "primary"), group(&size, "junior")), ((5, 5), (4, 2)));
    assert_eq!(group(&today("cn.dd6.gov04.integrated").1, "nine_year"), (1, 1));
    let (no, classes) = today("cn.dd6.gov05.primary");
    assert_eq!(no, "五");
    let share = |of: &serde_json::Value| [&of["pass"], &of["tested"], &of["percent"]].map(|n| n.as_i64().unwrap());
    assert_eq!(share(&classes), [44, 58, 76]);
    assert_eq!(share(&today("cn.dd6.gov05.junior").1), [17, 21, 81]);
}

#[test]
fn every_seed_gives_the_published_findings() {
    for seed in 1..=10 {
        let place = tempfile::tempdir().unwrap();
        folder::write(place.path(), &tongnan::files(seed, tongnan::Readings::default()).unwrap()).unwrap();
        let (scenario, document) = today(place.path());
        assert_eq!(findings(&scenario, &document), published(), "seed {seed}");
        assert_eq!(scenario.district.sites.len(), 72 + 3, "72 sites of today and 3 plots");
        let states = document.sites.iter().flat_map(|site| &site.states);
        let (pupils, classes) = states.filter(|state| state.operating).fold((0, 0), |(pupils, classes), state| {
            (pupils + state.pupils.values().sum::<i64>(), classes + state.classes.values().sum::<i64>())
        });
        assert_eq!((pupils, classes), (43_408 + 22_382, 1547), "seed {seed}");
    }
}

/// A CSV table that is edited in place.
struct Edited {
    path: PathBuf,
    rows: Vec<Vec<String>>,
}

impl Edited {
    fn open(path: PathBuf) -> Self {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(&path).unwrap();
        let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        Self { path, rows }
    }

    fn column(&self, name: &str) -> usize {
        self.rows[0].iter().position(|column| column == name).unwrap()
    }

    /// Adds `amount` to a number in the only row whose columns have the given values.
    fn add(&mut self, wanted: &[(&str, &str)], column: &str, amount: i64) {
        let keys: Vec<(usize, &str)> = wanted.iter().map(|&(name, value)| (self.column(name), value)).collect();
        let column = self.column(column);
        let mut found = self.rows.iter_mut().skip(1).filter(|row| keys.iter().all(|&(at, value)| row[at] == value));
        let row = found.next().unwrap();
        assert!(found.next().is_none(), "{wanted:?} is in more than one row");
        let value = row[column].parse::<i64>().unwrap() + amount;
        assert!(value >= 0, "{wanted:?} would have {value}");
        row[column] = value.to_string();
    }

    fn save(&self) {
        let mut writer = csv::Writer::from_path(&self.path).unwrap();
        for row in &self.rows {
            writer.write_record(row).unwrap();
        }
        writer.flush().unwrap();
    }
}

/// A copy of the shipped folder to edit.
fn copy() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(shipped()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), place.path().join(entry.file_name())).unwrap();
    }
    place
}

/// Rows of the compliance table, by rule and subject: value, limit, verdict.
type Cells = BTreeMap<(String, String), (Option<f64>, f64, Verdict)>;

fn cells(document: &PlanDocument) -> Cells {
    let rows = document.compliance.iter();
    let cells: Cells =
        rows.map(|row| ((row.rule.clone(), row.subject.clone()), (row.value, row.limit, row.verdict))).collect();
    assert_eq!(cells.len(), document.compliance.len(), "one row for every rule and subject of today");
    cells
}

/// Rule, subject, value and verdict before, value and verdict after.
type Change = (String, String, (f64, Verdict), (f64, Verdict));

/// The rows that differ.
fn changed(before: &Cells, after: &Cells) -> Vec<Change> {
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    let pairs = before.iter().zip(after.values()).filter(|((_, old), new)| old != new);
    pairs
        .map(|(((rule, subject), old), new)| {
            (rule.clone(), subject.clone(), (old.0.unwrap(), old.2), (new.0.unwrap(), new.2))
        })
        .collect()
}

/// The unit with most pupils of a grade among those zoned to a junior site.
fn unit_of(path: &Path, site: &str, grade: &str) -> String {
    let zoned = Edited::open(path.join("baseline.csv"));
    let units = Edited::open(path.join("units.csv"));
    let column = units.column(grade);
    let belongs = |unit: &str| zoned.rows.iter().any(|row| row[0] == unit && row[1] == "junior" && row[2] == site);
    let members = units.rows.iter().skip(1).filter(|row| belongs(&row[0]));
    members.max_by_key(|row| row[column].parse::<i64>().unwrap()).unwrap()[0].clone()
}

#[test]
fn moving_fifty_pupils_changes_the_cells_of_the_two_schools_and_no_other() {
    let place = copy();
    let (_, document) = today(place.path());
    let before = cells(&document);
    // J02 fails today with 2,586; J04 has 2,381 and passes only because it was built by 2010.
    let (from, to) = (unit_of(place.path(), "J02", "grade_8"), unit_of(place.path(), "J04", "grade_8"));
    let mut units = Edited::open(place.path().join("units.csv"));
    units.add(&[("id", &from)], "grade_8", -50);
    units.add(&[("id", &to)], "grade_8", 50);
    units.save();
    let mut sections = Edited::open(place.path().join("sections.csv"));
    sections.add(&[("site", "J02"), ("grade", "8")], "pupils", -50);
    sections.add(&[("site", "J04"), ("grade", "8")], "pupils", 50);
    let classes = |site: &str| {
        let columns = ["site", "grade", "pupils", "classes"].map(|name| sections.column(name));
        let row = sections.rows.iter().find(|row| row[columns[0]] == site && row[columns[1]] == "8").unwrap();
        [columns[2], columns[3]].map(|column| row[column].parse::<i64>().unwrap())
    };
    let [pupils, count] = classes("J04");
    let fullest = (pupils + count - 1) / count;
    sections.save();

    let (scenario, document) = today(place.path());
    let found = changed(&before, &cells(&document));
    let (single, junior) = ("cn.dd6.gov04.single".to_owned(), "cn.dd6.gov05.junior".to_owned());
    assert_eq!(
        found,
        [
            (single.clone(), "J02".to_owned(), (2586.0, Verdict::Fail), (2536.0, Verdict::Fail)),
            (single, "J04".to_owned(), (2381.0, Verdict::PassRelaxed), (2431.0, Verdict::Fail)),
            // The fullest class of J02 is one of grade 7, so its cell stays.
            (junior, "J04-junior".to_owned(), (50.0, Verdict::Pass), (fullest as f64, Verdict::Fail)),
        ]
    );
    assert!(fullest > 50);
    let after = findings(&scenario, &document);
    let mut wanted = published();
    wanted.over[1].3 = 3;
    wanted.over[4] = (wanted.over[4].0.clone(), wanted.over[4].1, 5, 5);
    wanted.passing[0] = (wanted.passing[0].0.clone(), 57, 65, 88);
    wanted.passing[3] = (wanted.passing[3].0.clone(), 16, 21, 76);
    assert_eq!(after, wanted);
}

#[test]
fn adding_a_class_changes_the_cell_of_its_section_and_no_other() {
    let place = copy();
    let (_, document) = today(place.path());
    let before = cells(&document);
    // Grade 3 is the only grade of P10 with classes over 45: 239 pupils in 5.
    let mut sections = Edited::open(place.path().join("sections.csv"));
    sections.add(&[("site", "P10"), ("grade", "3")], "classes", 1);
    sections.save();
    let mut sites = Edited::open(place.path().join("sites.csv"));
    sites.add(&[("id", "P10")], "rooms", 1);
    sites.save();

    let (scenario, document) = today(place.path());
    let found = changed(&before, &cells(&document));
    assert_eq!(
        found,
        [("cn.dd6.gov05.primary".to_owned(), "P10-primary".to_owned(), (48.0, Verdict::Fail), (45.0, Verdict::Pass))]
    );
    let mut wanted = published();
    wanted.over[3] = (wanted.over[3].0.clone(), wanted.over[3].1, 13, 13);
    wanted.passing[2] = (wanted.passing[2].0.clone(), 45, 58, 78);
    assert_eq!(findings(&scenario, &document), wanted);
}
