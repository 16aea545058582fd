//! `scenarios/tongnan` is what its generator writes, and the published findings stand in its compliance table, on it and on
//! other seeds; an edit changes exactly the cells that it concerns.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod edits;
mod findings;
mod table;

use catchment::compile::compile;
use catchment::digest::indicators::compliance_table;
use catchment::digest::projects::sums;
use catchment::digest::rolls::rolls;
use catchment::domain::district::{Setting, SiteKind, SiteStatus, Stage};
use catchment::domain::document::PlanDocument;
use catchment::domain::plan::Plan;
use catchment::domain::resource::Staff;
use catchment::domain::scenario::Scenario;
use catchment::evaluate::document::{SolveFacts, assemble};
use catchment::evaluate::evaluate_baseline;
use catchment::generate::{Readings, folder, tongnan};
use catchment::id::{RuleId, SiteId};
use catchment::input;
use catchment::travel::Travel;
use catchment::units::{Pupils, Year};
use findings::{Findings, findings, published};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use table::Edited;

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/tongnan")
}

/// Today's network of a scenario, judged.
fn judged(scenario: &Scenario) -> PlanDocument {
    let travel = Travel::new(scenario);
    let evaluation = evaluate_baseline(scenario, &travel);
    let facts = SolveFacts::unsolved(&evaluation, Vec::new());
    assemble(scenario, &travel, &Plan::default(), &evaluation, facts)
}

/// Today's network of a scenario folder, judged.
fn today(path: &Path, variant: Option<&str>) -> (Scenario, PlanDocument) {
    let scenario = input::load(path, variant).unwrap().scenario;
    let document = judged(&scenario);
    (scenario, document)
}

fn generated(seed: u64, readings: Readings) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    folder::write(place.path(), &tongnan::files(seed, readings).unwrap()).unwrap();
    place
}

fn check(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_catchment")).arg("check").arg(shipped()).args(arguments).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The text without its line breaks.
fn flat(text: &str) -> String {
    text.lines().map(str::trim).collect::<String>()
}

#[test]
fn the_shipped_folder_is_what_the_generator_writes_for_seed_7() {
    let files = tongnan::files(7, Readings::default()).unwrap();
    for (name, content) in &files {
        let found = fs::read_to_string(shipped().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(found == *content, "{name} differs: `catchment generate tongnan --seed 7 --out scenarios/tongnan`");
    }
    let names: Vec<_> = fs::read_dir(shipped()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), files.len(), "{names:?}");
}

#[test]
fn check_prints_the_published_findings_in_both_languages() {
    let chinese = flat(&check(&["--lang", "zh"]));
    for words in [
        "79校：56达标，23需化解（53/3/13/6/4）",
        "小学 5/7 ≤ 0.50（小学体育场馆 0.55、小学多媒体教室 0.70）；初中 7/7≤ 0.45",
        "2016年及之前建成：不达标9所（小学 6 + 初中 3）；2016年后建成：不达标3所（小学 2 + 初中 1）",
        "超2,000人：小学 5 + 初中 4；放宽：初中 2；不达标：小学 5 + 初中 2；超2,500人：九年一贯制学校 1；放宽：0；不达标：九年一贯制学校 1",
        "小学参与评估58所，班额达标44所，达标比例76%；初中参与评估21所，班额达标17所，达标比例81%",
        "政府保障程度 15 项：达标 12 项、未达标 3 项",
        "教育质量 9 项：达标 8 项、待监测 1 项",
        "2022-2025布局规划：项目 8 个，校舍 72,500 平方米，新增学位 6,660 个；已投用 3 个、学位 4,860 个",
    ] {
        assert!(chinese.contains(words), "`{words}` is missing in\n{chinese}");
    }
    let english = check(&["--lang", "en"]).split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "79 units: 56 pass, 23 to be remedied (53/3/13/6/4)",
        "primary 5/7 ≤ 0.50 (primary sports area 0.55, primary multimedia rooms 0.70); junior middle 7/7 ≤ 0.45",
        "built by 2016: 9 failing (6 primary + 3 junior middle); built after 2016: 3 failing (2 primary + 1 junior middle)",
        "over 2,000: 5 primary + 4 junior middle; by exemption: 2 junior middle; failing: 5 primary + 2 junior middle",
        "primary: 44 of 58 within 45 in every class, 76 %; junior: 17 of 21 within 50 in every class, 81 %",
        "What government guarantees: 15 indicators, 12 pass, 3 fail",
    ] {
        assert!(english.contains(words), "`{words}` is missing in\n{english}");
    }
}

#[test]
fn check_prints_the_published_findings_as_json() {
    let told: serde_json::Value = serde_json::from_str(&check(&["--json", "--lang", "zh"])).unwrap();
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
    let indicators = told["indicators"].as_array().unwrap();
    let of = |no: &str| indicators.iter().find(|one| one["no"] == no).unwrap();
    assert_eq!(of("七项")["years"][0]["said"], "79校：56达标，23需化解（53/3/13/6/4）");
    assert_eq!((of("三")["part"].clone(), of("三")["verdict"].clone()), ("government".into(), "fail".into()));
    assert_eq!(of("三")["years"][0]["failing"].as_array().unwrap().len(), 12);
}

#[test]
fn every_seed_gives_the_published_findings() {
    for seed in 1..=20 {
        let place = generated(seed, Readings::default());
        let (scenario, document) = today(place.path(), None);
        assert_eq!(findings(&scenario, &document), published(), "seed {seed}");
        totals(&scenario, &document, seed);
    }
}

/// The published totals and counts of the county beyond the compliance table.
fn totals(scenario: &Scenario, document: &PlanDocument, seed: u64) {
    let district = &scenario.district;
    let state = |site: &str| {
        let site = document.sites.iter().find(|one| one.id == site).unwrap();
        (site.states[0].pupils.values().sum::<i64>(), site.states[0].classes.values().sum::<i64>())
    };
    // 23 townships, 79 units on 72 sites, a special school and three plots.
    assert_eq!(district.areas.len(), 23, "seed {seed}");
    let kinds =
        |kind| district.sites.iter().filter(|site| site.kind == kind && site.status == SiteStatus::Operating).count();
    // The campus is a junior of its own site.
    let counted = [SiteKind::Primary, SiteKind::NineYear, SiteKind::TeachingPoint, SiteKind::Junior]
        .map(kinds)
        .into_iter()
        .chain([kinds(SiteKind::CompleteMiddle), kinds(SiteKind::Special)]);
    assert_eq!(counted.collect::<Vec<_>>(), [50, 7, 1, 12, 2, 1], "seed {seed}");
    assert_eq!(district.sites.iter().filter(|site| site.status == SiteStatus::Candidate).count(), 3);
    // Pupils and classes; private schools are one primary and one junior.
    let all = rolls(scenario);
    let pupils = |stage| all.iter().find(|one| one.year == Year(2024) && one.stage == stage).unwrap().pupils;
    assert_eq!((pupils(Stage::Primary), pupils(Stage::Junior)), (Pupils(43_408), Pupils(22_382)), "seed {seed}");
    assert_eq!((pupils(Stage::Special), state("S01").1), (Pupils(104), 10));
    assert!(all.iter().filter(|one| one.year == Year(2024)).all(|one| one.difference() == Some(Pupils(0))));
    assert_eq!((state("P01").0, state("J03").0), (2_667, 2_330));
    let classes: i64 = document.sites.iter().map(|site| site.states[0].classes.values().sum::<i64>()).sum();
    assert_eq!(classes, 1547 + 10, "seed {seed}");
    let small = document.compliance.iter().filter(|row| row.rule.starts_with("cn.dd6.gov06.") && row.value.is_some());
    assert_eq!(small.count(), 13, "schools below 100 pupils, seed {seed}");
    let zoned = document.compliance.iter().filter(|row| row.rule.starts_with("cn.dd6.gov13.") && row.value.is_some());
    assert_eq!(zoned.count(), 50, "seed {seed}");
    let migrants: i64 = district.sites.iter().filter_map(|site| site.migrants).map(|pupils| pupils.0).sum();
    assert_eq!(migrants, 2_377);
    // People: primary, junior, special.
    let sum = |stage: Stage, figure: fn(&Staff) -> Option<f64>| -> f64 {
        district.staff.iter().filter(|held| held.stage == Some(stage)).filter_map(|held| figure(&held.what)).sum()
    };
    let stages = [Stage::Primary, Stage::Junior, Stage::Special];
    assert_eq!(stages.map(|stage| sum(stage, |staff| staff.staff)), [2859.0, 1818.0, 24.0], "seed {seed}");
    assert_eq!(stages.map(|stage| sum(stage, |staff| staff.teachers)), [2769.0, 1767.0, 23.0], "seed {seed}");
    assert_eq!(stages.map(|stage| sum(stage, |staff| staff.posts)), [2755.0, 1541.0, 0.0], "seed {seed}");
    // About 45 % of the pupils go to school in the streets.
    let in_streets = |stage: Stage| -> f64 {
        district
            .sections
            .iter()
            .filter(|one| one.stage == stage && district.sites[one.site].setting == Some(Setting::Urban))
            .flat_map(|one| &one.groups)
            .map(|group| group.pupils.as_f64())
            .sum()
    };
    assert!((in_streets(Stage::Primary) / 19_500.0 - 1.0).abs() < 0.15, "{}", in_streets(Stage::Primary));
    assert!((9_100.0..=11_000.0 * 1.15).contains(&in_streets(Stage::Junior)), "{}", in_streets(Stage::Junior));
    // Forecast: fewer and fewer entrants, juniors most in 2026.
    let year = |year: i32, stage| all.iter().find(|one| one.year == Year(year) && one.stage == stage).unwrap().pupils;
    let juniors: Vec<Pupils> = (2025..=2030).map(|y| year(y, Stage::Junior)).collect();
    assert_eq!(juniors.iter().max(), Some(&juniors[1]), "seed {seed}: {juniors:?}");
    let primary: Vec<Pupils> = (2024..=2030).map(|y| year(y, Stage::Primary)).collect();
    assert!(primary.is_sorted_by(|a, b| a > b), "seed {seed}: {primary:?}");
    let projects = &sums(&district.projects)[0];
    assert_eq!((projects.all.projects, projects.all.floor_m2, projects.all.places), (8, 72_500.0, Pupils(6_660)));
    assert_eq!((projects.done.projects, projects.done.places), (3, Pupils(4_860)));
    assert_eq!(district.reported["residents"], 680_000.0);
}

#[test]
fn inhabitants_add_up_and_ways_are_short_in_the_streets() {
    let units = Edited::open(shipped().join("units.csv"));
    let column = units.column("residents");
    assert_eq!(units.rows.iter().skip(1).map(|row| row[column].parse::<i64>().unwrap()).sum::<i64>(), 680_000);
    let scenario = input::load(&shipped(), None).unwrap().scenario;
    let travel = Travel::new(&scenario);
    let median = |setting: Setting| {
        let mut ways: Vec<i64> = Vec::new();
        for (unit, facts) in scenario.district.units.entries() {
            let site = scenario.baseline.sites[unit][0].unwrap();
            if scenario.district.sites[site].setting == Some(setting) {
                let grades = scenario.district.grades_of(Stage::Primary);
                let pupils: i64 = grades.map(|grade| scenario.demand.pupils(Year(2024), unit, grade).0).sum();
                let metres = travel.leg(unit, site).unwrap().metres.0;
                ways.extend(std::iter::repeat_n(metres, pupils as usize));
                assert!(!facts.key.is_empty());
            }
        }
        ways.sort_unstable();
        ways[ways.len() / 2]
    };
    let (urban, town, rural) = (median(Setting::Urban), median(Setting::Town), median(Setting::Rural));
    assert!(urban < 1_000 && (1_000..2_000).contains(&town), "{urban} {town} {rural}");
    assert!((2_000..4_000).contains(&rural), "{rural}");
}

#[test]
fn the_readings_of_the_report_are_switches() {
    let base = findings(&input::load(&shipped(), None).unwrap().scenario, &today(&shipped(), None).1);
    // Unrounded, the same coefficients fail by a little more or less than is printed.
    let (scenario, document) = today(&shipped(), Some("reading_cv_unrounded"));
    let found = findings(&scenario, &document);
    for ((_, value), (_, printed)) in found.variation[0].3.iter().zip(&base.variation[0].3) {
        assert!(value != printed && (value - printed).abs() < 0.005);
    }
    assert_eq!(Findings { variation: base.variation.clone(), ..found }, base);
    // By site, the nine-year school is one subject in place of two.
    let (scenario, document) = today(&shipped(), Some("reading_rooms_by_site"));
    let subjects: BTreeSet<&str> = document
        .compliance
        .iter()
        .filter(|row| row.rule.starts_with("cn.dd6.gov03."))
        .map(|row| row.subject.as_str())
        .collect();
    assert_eq!((subjects.len(), subjects.contains("N01")), (72, true));
    assert_eq!(compliance_table(&scenario, &document).totals(), base.totals);
    // Counted by pupils, the junior schools' 50 of 50 becomes a share.
    let (_, document) = today(&shipped(), Some("reading_zones_by_pupil"));
    let shares: Vec<f64> = document
        .compliance
        .iter()
        .filter(|row| row.rule.starts_with("cn.dd6.gov13."))
        .map(|row| row.value.unwrap())
        .collect();
    assert!(shares.len() == 2 && shares[0] == 1.0 && (0.95..1.0).contains(&shares[1]), "{shares:?}");
    // A floor for every school costs more.
    let funds = |variant| {
        let document = today(&shipped(), variant).1;
        document.compliance.iter().find(|row| row.rule == "cn.local.tongnan.funds").unwrap().value.unwrap()
    };
    assert!(funds(Some("reading_floor_for_all")) > funds(None));
    let keeps = input::load(&shipped(), Some("reading_expansion_keeps_exemption")).unwrap().scenario;
    let rule = keeps.rules.iter().find(|rule| rule.id == "cn.dd6.gov04.single").unwrap();
    assert_eq!(rule.params["expand_keeps_exemption"], catchment::domain::rule::Param::Flag(true));
    // Twelve points outside the assessment: 84 ordinary sites, and still 79 units and the same findings.
    let readings = Readings { small_outside: true, special_inside: true };
    let place = generated(7, readings);
    let (scenario, document) = today(place.path(), None);
    let operating = scenario.district.sites.iter().filter(|site| site.status == SiteStatus::Operating);
    assert_eq!(operating.clone().filter(|site| site.kind != SiteKind::Special).count(), 84);
    assert_eq!(operating.filter(|site| site.flags == ["unassessed"]).count(), 12);
    let mut wanted = published();
    let found = findings(&scenario, &document);
    wanted.totals.clone_from(&found.totals);
    assert_eq!(found, wanted);
    let assessed: i64 = document
        .sites
        .iter()
        .filter(|site| !(site.id.starts_with('T') && site.id != "T01"))
        .map(|site| site.states[0].classes.values().sum::<i64>())
        .sum();
    assert_eq!(assessed, 1547, "the special school's ten among them");
}

#[test]
fn special_rooms_are_hard_from_2026_and_known_in_part_where_stages_share_classrooms() {
    let scenario = input::load(&shipped(), None).unwrap().scenario;
    let compiled = compile(&scenario, &Travel::new(&scenario)).unwrap();
    let key = |&(rule, site, year): &(RuleId, SiteId, Year)| {
        (scenario.rules[rule].id.as_str(), scenario.district.sites[site].key.as_str(), year.0)
    };
    let rule = "cn.dd6.gov03.old";
    let known: Vec<_> = compiled.in_part.iter().map(key).collect();
    assert_eq!(known, [(rule, "N01", 2026), (rule, "N04", 2026)], "class sizes are hard a year later");
}

#[test]
fn forecasts_differ_and_variants_choose_them() {
    let pupils = |variant| {
        let scenario = input::load(&shipped(), variant).unwrap().scenario;
        (scenario.demand.total(Year(2024)), scenario.demand.total(Year(2030)))
    };
    let (today, medium) = pupils(None);
    let [(today_low, low), (today_high, high)] = [pupils(Some("forecast/low")), pupils(Some("forecast/high"))];
    assert_eq!((today_low, today_high), (today, today));
    assert!(low < medium && medium < high, "{low} {medium} {high}");
    let moving = input::load(&shipped(), Some("forecast/to_town")).unwrap().scenario;
    assert_eq!(moving.demand.forecast(), Some("to_town"));
    let one = input::load(&shipped(), Some("year_2027")).unwrap().scenario;
    assert_eq!(one.years, [Year(2027)]);
}
