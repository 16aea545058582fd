//! A small made-up county for the tests of reports: two primaries, a nine-year school, a junior and a building plot.

use crate::domain::action::{Disposal, Measure, Offer};
use crate::domain::demand::Demand;
use crate::domain::district::{
    Area, District, Grade, Ownership, School, Section, Setting, Site, SiteKind, SiteStatus, Stage, Unit,
};
use crate::domain::document::{
    ActionDocument, AssignmentDocument, ComplianceDocument, LevelDocument, ObjectiveDocument, PlanDocument, PlanStatus,
    SCHEMA, SiteDocument, SolverDocument, StateDocument,
};
use crate::domain::objective::{Goal, Objective, Term};
use crate::domain::rule::{
    Aggregate, Comparison, Exemption, Predicate, Report, Rule, Scope, Severity, Source, SourceStatus, Verdict,
};
use crate::domain::scenario::{Baseline, Moving, Scenario, TravelSpec, Zoning};
use crate::id::{AreaId, GradeId, Id, IdVec, SchoolId, SiteId, UnitId};
use crate::message::{Message, Text};
use crate::units::{Classes, Metres, Point, Pupils, Year, Yuan};
use std::collections::BTreeMap;

fn text(zh: &str, en: &str) -> Text {
    Text { zh: Some(zh.to_owned()), en: Some(en.to_owned()) }
}

/// (key, name, lon, lat, primary pupils, junior pupils, primary site, junior site at the baseline)
type UnitRow = (&'static str, &'static str, f64, f64, i64, i64, usize, usize);
const UNITS: [UnitRow; 8] = [
    ("u1", "东街社区", 105.800, 30.190, 900, 400, 0, 3),
    ("u2", "西街社区", 105.790, 30.192, 700, 350, 0, 3),
    ("u3", "南坝村", 105.805, 30.170, 320, 150, 0, 3),
    ("u4", "河口村", 105.850, 30.180, 60, 40, 1, 2),
    ("u5", "石桥村", 105.860, 30.200, 45, 30, 1, 2),
    ("u6", "柏林镇", 105.900, 30.210, 380, 210, 2, 2),
    ("u7", "双江村", 105.910, 30.230, 120, 60, 2, 2),
    ("u8", "新胜村", 105.880, 30.240, 80, 50, 2, 2),
];

/// Sites after the plan: (primary, junior) by unit.
const AFTER: [(usize, usize); 8] = [(0, 3), (4, 3), (0, 3), (2, 2), (2, 2), (2, 2), (2, 2), (2, 2)];

fn site(key: &str, name: &str, kind: SiteKind, lon: f64, lat: f64, rooms: i64, built: i32) -> Site {
    Site {
        key: key.to_owned(),
        name: name.to_owned(),
        school: SchoolId::new(0),
        kind,
        status: SiteStatus::Operating,
        point: Point { lon, lat },
        area: Some(AreaId::new(0)),
        setting: Some(Setting::Town),
        built_year: Some(Year(built)),
        rooms: Classes(rooms),
        beds: Pupils(0),
        land_m2: None,
        boarding: false,
        protected: false,
        migrants: None,
        flags: Vec::new(),
        home: None,
    }
}

fn rule(id: &str, title: Text, metric: &str, limit: f64, no: &str, order: u32) -> Rule {
    Rule {
        id: id.to_owned(),
        title,
        source: Source { doc: "教督〔2017〕6号".to_owned(), item: None, status: SourceStatus::Seed, url: None },
        scope: Scope::default(),
        metric: metric.to_owned(),
        params: BTreeMap::new(),
        op: Comparison::AtMost,
        limit,
        exempt: Vec::new(),
        severity: Severity::Hard,
        soft: None,
        calendar: None,
        aggregate: Aggregate::All,
        report: Some(Report { no: Some(no.to_owned()), order, ..Report::default() }),
    }
}

fn rules() -> IdVec<crate::id::RuleId, Rule> {
    let mut size =
        rule("cn.dd6.gov04.single", text("小学、初中规模", "School size, single stage"), "site_size", 1000.0, "四", 4);
    size.exempt = vec![Exemption {
        name: "age".to_owned(),
        when: Predicate::BuiltYearLe(2010),
        limit: Some(1300.0),
        skip: false,
    }];
    let class = rule("cn.dd6.gov05.primary", text("小学班额", "Primary class size"), "class_size_max", 45.0, "五", 5);
    let mut travel = rule("county.travel", text("上学距离", "Distance to school"), "travel_dist", 6000.0, "", 9);
    travel.severity = Severity::Soft;
    travel.report = None;
    vec![size, class, travel].into()
}

/// The distance used by the fixture: the great circle times 1.3, in whole metres.
pub fn metres(scenario: &Scenario, unit: UnitId, site: SiteId) -> Metres {
    let way = scenario.district.units[unit].point.great_circle_m(scenario.district.sites[site].point);
    Metres((way * scenario.travel.detour_factor).round() as i64)
}

/// The scenario.
pub fn scenario() -> Scenario {
    let mut sites: IdVec<SiteId, Site> = IdVec::new();
    sites.push(site("p1", "城关小学", SiteKind::Primary, 105.798, 30.188, 40, 2005));
    sites.push(site("p2", "河口村小", SiteKind::TeachingPoint, 105.852, 30.183, 6, 1988));
    sites.push(site("n1", "柏林九年一贯制学校", SiteKind::NineYear, 105.898, 30.212, 30, 1999));
    sites.push(site("j1", "第一初级中学", SiteKind::Junior, 105.803, 30.185, 24, 2015));
    let mut plot = site("c1", "西街新建小学", SiteKind::Primary, 105.788, 30.195, 0, 2025);
    plot.status = SiteStatus::Candidate;
    plot.built_year = None;
    sites.push(plot);
    let mut units: IdVec<UnitId, Unit> = IdVec::new();
    for (key, name, lon, lat, ..) in UNITS {
        units.push(Unit {
            key: key.to_owned(),
            name: name.to_owned(),
            area: Some(AreaId::new(0)),
            setting: None,
            point: Point { lon, lat },
            outline: None,
            divisible: false,
        });
    }
    let grades: IdVec<GradeId, Grade> =
        vec![Grade { stage: Stage::Primary, number: None }, Grade { stage: Stage::Junior, number: None }].into();
    let years = vec![Year(2024), Year(2026)];
    let mut demand = Demand::new(years.clone(), units.len(), grades.len());
    for &year in &years {
        for (index, row) in UNITS.iter().enumerate() {
            demand.set(year, UnitId::new(index), GradeId::new(0), Pupils(row.4));
            demand.set(year, UnitId::new(index), GradeId::new(1), Pupils(row.5));
        }
    }
    let section = |key: &str, site: usize, stage: Stage| Section {
        key: key.to_owned(),
        name: key.to_owned(),
        site: SiteId::new(site),
        stage,
        groups: Vec::new(),
    };
    Scenario {
        name: "sample".to_owned(),
        title: text("样例县布局调整", "Sample county"),
        description: text("虚构的小县, 用于测试。", "A made-up small county for tests."),
        synthetic: true,
        notice: text("数据为虚构。", "The data are made up."),
        variant: None,
        sha256: "0".repeat(64),
        baseline_year: Year(2024),
        years: vec![Year(2026)],
        stages: vec![Stage::Primary, Stage::Junior],
        district: District {
            areas: vec![Area { key: "a".to_owned(), name: "样例镇".to_owned() }].into(),
            schools: vec![School {
                key: "s".to_owned(), name: "样例学校".to_owned(), ownership: Ownership::Public
            }]
            .into(),
            sites,
            sections: vec![
                section("p1.primary", 0, Stage::Primary),
                section("p2.primary", 1, Stage::Primary),
                section("n1.primary", 2, Stage::Primary),
                section("n1.junior", 2, Stage::Junior),
                section("j1.junior", 3, Stage::Junior),
            ]
            .into(),
            units,
            grades,
            ..District::default()
        },
        demand,
        baseline: Baseline {
            assumed: false,
            sites: UNITS.iter().map(|row| vec![Some(SiteId::new(row.6)), Some(SiteId::new(row.7))]).collect(),
        },
        travel: TravelSpec { detour_factor: 1.3, speed_kmh: 20.0, table: Vec::new(), table_only: false },
        rules: rules(),
        offers: vec![
            Offer {
                capital: Yuan(0),
                running: Yuan(-200_000),
                lead_years: 0,
                reason: text(
                    "在校生不足120人, 接收学校有空余学位",
                    "Fewer than 120 pupils; the receiving school has places",
                ),
                disposal: Some(Disposal::Transform),
                ..Offer::at(SiteId::new(1), Measure::Merge { into: SiteId::new(2) })
            },
            Offer {
                capital: Yuan(50_000),
                running: Yuan(-250_000),
                lead_years: 0,
                reason: text("在校生不足120人", "Fewer than 120 pupils"),
                ..Offer::at(SiteId::new(1), Measure::Close)
            },
            Offer {
                capital: Yuan(36_000_000),
                running: Yuan(0),
                lead_years: 1,
                reason: text("城区学位不足", "Too few places in town"),
                floor_m2: Some(8100.0),
                ..Offer::at(
                    SiteId::new(4),
                    Measure::Build { kind: SiteKind::Primary, classes: Classes(18), beds: Pupils(0) },
                )
            },
        ],
        moving: Moving::AtOnce,
        zoning: vec![
            Zoning { stage: Stage::Primary, contiguous: false, multi_school: false },
            Zoning { stage: Stage::Junior, contiguous: false, multi_school: false },
        ],
        boarding: None,
        objective: Objective {
            goal: Goal::Weights(vec![(Term::TravelPupilKm, 1.0)]),
            discount: 0.0,
            yuan_per_pupil_km: None,
        },
        assumptions: vec![Message::new("assume.detour_factor").with("factor", 1.3)],
    }
}

fn grade_keys() -> [&'static str; 2] {
    ["1-6", "7-9"]
}

/// Pupils of both stages at every site, by the sites of each unit.
fn rolls(sites: &[(usize, usize)]) -> [[i64; 2]; 5] {
    let mut rolls = [[0; 2]; 5];
    for (row, &(primary, junior)) in UNITS.iter().zip(sites) {
        rolls[primary][0] += row.4;
        rolls[junior][1] += row.5;
    }
    rolls
}

fn state(year: i32, operating: bool, kind: SiteKind, rooms: i64, rolls: [i64; 2]) -> StateDocument {
    let per_class = [45, 50];
    let map = |value: &dyn Fn(usize) -> i64| -> BTreeMap<String, i64> {
        (0..2).filter(|&k| rolls[k] > 0).map(|k| (grade_keys()[k].to_owned(), value(k))).collect()
    };
    StateDocument {
        year,
        operating,
        kind,
        rooms,
        beds: 0,
        pupils: map(&|k| rolls[k]),
        classes: map(&|k| (rolls[k] + per_class[k] - 1) / per_class[k]),
    }
}

/// A plan for the scenario: the teaching point joins the nine-year school, and a primary is built.
pub fn document(scenario: &Scenario) -> PlanDocument {
    let before: Vec<(usize, usize)> = UNITS.iter().map(|row| (row.6, row.7)).collect();
    let (old, new) = (rolls(&before), rolls(&AFTER));
    let sites = scenario
        .district
        .sites
        .entries()
        .map(|(id, site)| {
            let k = id.index();
            let rooms_after = [40, 6, 30, 24, 18][k];
            let action = |action: &str, into: Option<&str>, classes: i64, cost: i64, reason: &str| ActionDocument {
                year: 2026,
                action: action.to_owned(),
                into: into.map(str::to_owned),
                classes,
                kind: None,
                beds: None,
                music_rooms: 0,
                art_rooms: 0,
                cost,
                reason: reason.to_owned(),
            };
            SiteDocument {
                id: site.key.clone(),
                name: site.name.clone(),
                actions: match k {
                    1 => vec![action("merge", Some("n1"), 0, 0, "在校生不足120人, 接收学校有空余学位")],
                    4 => vec![action("build", None, 18, 36_000_000, "城区学位不足")],
                    _ => Vec::new(),
                },
                states: vec![
                    state(2024, k != 4, site.kind, site.rooms.0, old[k]),
                    state(2026, k != 1, site.kind, rooms_after, new[k]),
                ],
            }
        })
        .collect();
    let mut assignment = Vec::new();
    let mut travel = 0.0;
    for (index, (row, &after)) in UNITS.iter().zip(&AFTER).enumerate() {
        for (k, (stage, site, pupils)) in
            [(Stage::Primary, after.0, row.4), (Stage::Junior, after.1, row.5)].into_iter().enumerate()
        {
            let km = metres(scenario, UnitId::new(index), SiteId::new(site)).km();
            travel += km * pupils as f64;
            assignment.push(AssignmentDocument {
                unit: row.0.to_owned(),
                stage,
                band: grade_keys()[k].to_owned(),
                year: 2026,
                site: scenario.district.sites[SiteId::new(site)].key.clone(),
                pupils: BTreeMap::from([(grade_keys()[k].to_owned(), pupils)]),
                km,
                minutes: Some(km * 3.0),
                mode: "straight_line".to_owned(),
                boarding: false,
            });
        }
    }
    PlanDocument {
        schema: SCHEMA.to_owned(),
        scenario: scenario.name.clone(),
        scenario_sha256: scenario.sha256.clone(),
        variant: None,
        synthetic: true,
        assumptions: vec!["Distances are straight lines times 1.3".to_owned()],
        status: PlanStatus::Optimal,
        baseline_year: 2024,
        years: vec![2026],
        objective: ObjectiveDocument {
            total: travel,
            terms: BTreeMap::from([
                ("travel_pupil_km".to_owned(), Some(travel)),
                ("cost".to_owned(), Some(36_000_000.0)),
                ("moved_pupils".to_owned(), Some(805.0)),
                ("soft_excess".to_owned(), Some(0.0)),
            ]),
        },
        bound: Some(travel * 0.9992),
        gap: Some(0.0008),
        levels: vec![LevelDocument {
            term: "weighted".to_owned(),
            value: travel,
            bound: Some(travel * 0.9992),
            gap: Some(0.0008),
        }],
        solver: SolverDocument {
            engine: "milp".to_owned(),
            seed: 1,
            work: 1200,
            nodes: 3,
            locked: Vec::new(),
            closures: None,
        },
        robust: None,
        checked_after: Vec::new(),
        sites,
        assignment,
        compliance: compliance(&old, &new),
        rules: Vec::new(),
    }
}

fn compliance(old: &[[i64; 2]; 5], new: &[[i64; 2]; 5]) -> Vec<ComplianceDocument> {
    let mut rows = Vec::new();
    let keys = ["p1", "p2", "n1", "j1", "c1"];
    for (year, rolls) in [(2024, old), (2026, new)] {
        for k in 0..5 {
            let size = (rolls[k][0] + rolls[k][1]) as f64;
            let limit = if k <= 2 { 1300.0 } else { 1000.0 };
            let verdict = match (k, year) {
                (4, 2024) | (1, 2026) => Verdict::NotApplicable,
                (0, 2024) => Verdict::PassAfter,
                _ if size <= 1000.0 => Verdict::Pass,
                _ if size <= limit => Verdict::PassRelaxed,
                _ => Verdict::Fail,
            };
            rows.push(ComplianceDocument {
                rule: "cn.dd6.gov04.single".to_owned(),
                subject: keys[k].to_owned(),
                year,
                value: (verdict != Verdict::NotApplicable).then_some(size),
                limit,
                verdict,
                outcome: None,
                category: None,
            });
        }
        for (k, section) in ["p1.primary", "p2.primary", "n1.primary"].into_iter().enumerate() {
            let rooms = [40, 6, 30][k];
            let pupils = rolls[k][0];
            let size = if k == 1 && year == 2026 { None } else { Some(((pupils + rooms - 1) / rooms) as f64) };
            rows.push(ComplianceDocument {
                rule: "cn.dd6.gov05.primary".to_owned(),
                subject: section.to_owned(),
                year,
                value: size,
                limit: 45.0,
                verdict: match size {
                    None => Verdict::NotApplicable,
                    Some(size) if size <= 45.0 => Verdict::Pass,
                    Some(_) => Verdict::PassAfter,
                },
                outcome: None,
                category: None,
            });
        }
        rows.push(ComplianceDocument {
            rule: "county.travel".to_owned(),
            subject: "u7".to_owned(),
            year,
            value: Some(3000.0),
            limit: 6000.0,
            verdict: Verdict::Pass,
            outcome: None,
            category: None,
        });
    }
    rows
}
