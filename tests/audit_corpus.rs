//! A small valid plan, and plans with one field changed: each is rejected, and for the right reason.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use catchment::domain::action::{Measure, Offer};
use catchment::domain::demand::Demand;
use catchment::domain::district::{
    District, Grade, Ownership, School, Section, Setting, Site, SiteKind, SiteStatus, Stage, Unit,
};
use catchment::domain::document::{LevelDocument, PlanDocument, PlanStatus, SolverDocument};
use catchment::domain::objective::{Goal, Objective, Term};
use catchment::domain::plan::{Assignment, Plan, PlannedAction};
use catchment::domain::rule::{Rule, Verdict};
use catchment::domain::scenario::{Baseline, Moving, Scenario, TravelSpec, Zoning};
use catchment::evaluate::audit::{Discrepancy, audit};
use catchment::evaluate::document::{SolveFacts, assemble, gap};
use catchment::evaluate::evaluate;
use catchment::id::{GradeId, Id, IdVec, SiteId, UnitId};
use catchment::message::{Message, Text};
use catchment::travel::Travel;
use catchment::units::{Classes, Point, Pupils, Year, Yuan};

const A: SiteId = SiteId(0);
const B: SiteId = SiteId(1);
const C: SiteId = SiteId(2);
const D: SiteId = SiteId(3);
const E: SiteId = SiteId(4);

/// Key, hundredths of a degree of longitude, pupils a primary grade, pupils a junior grade, primary site at the baseline.
const UNITS: [(&str, f64, i64, i64, SiteId); 6] = [
    ("north", 0.0, 24, 12, A),
    ("hill", 1.0, 9, 4, A),
    ("brook", 4.0, 6, 3, B),
    ("lake", 5.0, 5, 2, B),
    ("town", 8.0, 24, 14, C),
    ("mill", 9.0, 12, 6, C),
];

const RULES: &str = r#"
[[rules]]
id = "class.primary"
scope = { stages = ["primary"] }
metric = "class_size_max"
op = "<="
limit = 45
severity = "hard"
[[rules]]
id = "class.junior"
scope = { stages = ["junior"] }
metric = "class_size_max"
op = "<="
limit = 50
severity = "hard"
[[rules]]
id = "size"
metric = "site_size"
op = "<="
limit = 330
severity = "hard"
[[rules.exempt]]
name = "old"
when = { built_year_le = 2010 }
limit = 400
[[rules]]
id = "minimum"
scope = { stages = ["primary"], settings = ["rural"] }
metric = "site_min_size"
op = ">="
limit = 60
severity = "hard"
[[rules]]
id = "young"
scope = { grades = [1, 2, 3] }
metric = "travel_dist"
op = "<="
limit = 6500
severity = "hard"
[[rules]]
id = "near"
metric = "travel_dist"
op = "<="
limit = 5000
severity = "soft"
soft = { weight = 0.5 }
[[rules]]
id = "closures"
metric = "closures"
op = "<="
limit = 0
params = { per = "plan" }
severity = "hard"
[[rules]]
id = "budget"
metric = "budget"
op = "<="
limit = 3000
severity = "hard"
[[rules]]
id = "moves"
metric = "moved_pupils"
op = "<="
limit = 200
severity = "hard"
[[rules]]
id = "legal"
metric = "legal_size"
op = "<="
limit = 1000
severity = "hard"
"#;

fn rules() -> IdVec<catchment::id::RuleId, Rule> {
    #[derive(serde::Deserialize)]
    struct File {
        rules: Vec<Rule>,
    }
    toml::from_str::<File>(RULES).unwrap().rules.into()
}

fn site(key: &str, kind: SiteKind, status: SiteStatus, rooms: i64, lon: f64, built: i32) -> Site {
    Site {
        key: key.to_owned(),
        name: format!("School {key}"),
        school: catchment::id::SchoolId(0),
        kind,
        status,
        point: Point { lon: lon / 100.0, lat: 30.0 },
        area: None,
        setting: Some(if key == "b" || key == "e" { Setting::Rural } else { Setting::Town }),
        built_year: Some(Year(built)),
        rooms: Classes(rooms),
        beds: Pupils(0),
        land_m2: None,
        boarding: false,
        protected: key == "c",
        migrants: None,
        flags: Vec::new(),
        home: None,
    }
}

fn offer(site: SiteId, measure: Measure, capital: i64, running: i64) -> Offer {
    let reason = Text { zh: Some("理由".to_owned()), en: Some("declared reason".to_owned()) };
    let (capital, running) = (Yuan(capital), Yuan(running));
    Offer { capital, running, lead_years: 1, reason, ..Offer::at(site, measure) }
}

const MERGE: Measure = Measure::Merge { into: A };
const EXPAND: Measure = Measure::Expand { classes: Classes(2) };
const BUILD: Measure = Measure::Build { kind: SiteKind::Primary, classes: Classes(6), beds: Pupils(0) };

fn scenario() -> Scenario {
    let mut district = District::default();
    for stage in [Stage::Primary, Stage::Junior] {
        for number in stage.grades() {
            district.grades.push(Grade { stage, number: Some(number) });
        }
    }
    for key in ["a", "b", "c", "d", "e"] {
        district.schools.push(School { key: key.into(), name: key.into(), ownership: Ownership::Public });
    }
    for (index, site) in [
        site("a", SiteKind::Primary, SiteStatus::Operating, 8, 0.0, 2008),
        site("b", SiteKind::Primary, SiteStatus::Operating, 6, 4.5, 2015),
        site("c", SiteKind::NineYear, SiteStatus::Operating, 15, 8.0, 2005),
        site("d", SiteKind::Primary, SiteStatus::Candidate, 0, 9.0, 2026),
        site("e", SiteKind::Primary, SiteStatus::Operating, 6, 6.0, 2015),
    ]
    .into_iter()
    .enumerate()
    {
        let id = district.sites.push(site);
        district.sites[id].school = catchment::id::SchoolId(index as u32);
    }
    district.sections.push(Section {
        key: "a-p".into(),
        name: "A".into(),
        site: A,
        stage: Stage::Primary,
        groups: Vec::new(),
    });
    let years = [2024, 2025, 2026].map(Year).to_vec();
    let mut demand = Demand::new(years.clone(), UNITS.len(), 9);
    let mut baseline = IdVec::new();
    for (index, (key, lon, primary, junior, home)) in UNITS.into_iter().enumerate() {
        let point = Point { lon: lon / 100.0, lat: 30.0 };
        district.units.push(Unit {
            key: key.into(),
            name: format!("Village {key}"),
            area: None,
            setting: None,
            point,
            outline: None,
            divisible: false,
        });
        baseline.push(vec![Some(home), Some(C)]);
        for &year in &years {
            for grade in 0..9 {
                let pupils = if grade < 6 { primary } else { junior };
                demand.set(year, UnitId::new(index), GradeId::new(grade), Pupils(pupils));
            }
        }
    }
    Scenario {
        name: "corpus".into(),
        title: Text::same("Corpus"),
        description: Text::default(),
        synthetic: true,
        notice: Text::default(),
        variant: Some("merge".into()),
        sha256: "ab".repeat(32),
        baseline_year: Year(2024),
        years: years[1..].to_vec(),
        stages: vec![Stage::Primary, Stage::Junior],
        district,
        demand,
        baseline: Baseline { assumed: false, sites: baseline },
        travel: TravelSpec { detour_factor: 1.3, speed_kmh: 20.0, table: Vec::new(), table_only: false },
        rules: rules(),
        offers: vec![
            offer(B, MERGE, 100, -40),
            offer(B, Measure::Close, 100, -40),
            offer(E, Measure::Close, 50, -30),
            offer(C, Measure::Close, 50, -30),
            offer(A, EXPAND, 400, 10),
            offer(A, Measure::Expand { classes: Classes(4) }, 2950, 10),
            offer(D, BUILD, 2000, 90),
        ],
        moving: Moving::AtOnce,
        zoning: [Stage::Primary, Stage::Junior]
            .map(|stage| Zoning { stage, contiguous: false, multi_school: false })
            .to_vec(),
        boarding: None,
        objective: Objective {
            goal: Goal::Weights(vec![(Term::TravelPupilKm, 1.0), (Term::Cost, 1.0), (Term::SoftExcess, 1.0)]),
            discount: 0.02,
            yuan_per_pupil_km: Some(3.0),
        },
        assumptions: vec![Message::new("assume.detour_factor").with("factor", 1.3)],
    }
}

/// B is merged into A in 2026, A gets two classrooms, a primary is built for the mill; E teaches those of the town.
fn plan(scenario: &Scenario) -> Plan {
    let action = |site, measure| PlannedAction { site, year: Year(2026), measure };
    let mut assignment = Vec::new();
    for &year in &scenario.years {
        for (index, (_, _, primary, junior, home)) in UNITS.into_iter().enumerate() {
            let site = match (year.0, index) {
                (2026, 2 | 3) => A,
                (2026, 5) => D,
                (_, 4) => E,
                _ => home,
            };
            let row = |stage, grades: std::ops::Range<usize>, pupils, site| Assignment {
                unit: UnitId::new(index),
                stage,
                year,
                pupils: grades.map(|grade| (GradeId::new(grade), Pupils(pupils))).collect(),
                site,
                boarding: false,
            };
            assignment.push(row(Stage::Primary, 0..3, primary, site));
            assignment.push(row(Stage::Primary, 3..6, primary, site));
            assignment.push(row(Stage::Junior, 6..9, junior, C));
        }
    }
    Plan { actions: vec![action(B, MERGE), action(A, EXPAND), action(D, BUILD)], assignment }
}

fn document(scenario: &Scenario) -> PlanDocument {
    let travel = Travel::new(scenario);
    let plan = plan(scenario);
    let judged = evaluate(scenario, &travel, &plan).unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert!(judged.hard_rules_hold(), "{:#?}", judged.breaches);
    let total = judged.objective.as_ref().unwrap().total;
    let bound = Some(total * 0.999);
    let level = LevelDocument { term: "weighted".into(), value: total, bound, gap: bound.map(|b| gap(total, b)) };
    let facts = SolveFacts {
        status: PlanStatus::Optimal,
        bound,
        levels: vec![level],
        solver: SolverDocument {
            engine: "milp".into(),
            seed: 1,
            work: 12,
            nodes: 3,
            locked: Vec::new(),
            closures: None,
        },
        assumptions: std::iter::repeat_n("an assumption".to_owned(), 1 + judged.assumptions.len()).collect(),
    };
    assemble(scenario, &travel, &plan, &judged, facts)
}

/// The row of the assignment of a unit in a band and year.
fn row<'a>(
    document: &'a mut PlanDocument,
    unit: &str,
    band: &str,
    year: i32,
) -> &'a mut catchment::domain::document::AssignmentDocument {
    document.assignment.iter_mut().find(|row| row.unit == unit && row.band == band && row.year == year).unwrap()
}

fn rule_row<'a>(
    document: &'a mut PlanDocument,
    rule: &str,
    subject: &str,
    year: i32,
) -> &'a mut catchment::domain::document::ComplianceDocument {
    document.compliance.iter_mut().find(|row| row.rule == rule && row.subject == subject && row.year == year).unwrap()
}

/// The name of a change, the change, the path where it shows and what it breaks.
type Change = (&'static str, fn(&mut PlanDocument), &'static str, &'static str);

/// Changes of one claim: nothing else may be found.
const CLAIMS: &[Change] = &[
    ("schema", |d| d.schema = "catchment-plan/2".into(), "schema", "identity"),
    ("scenario", |d| d.scenario = "other".into(), "scenario", "identity"),
    ("digest", |d| d.scenario_sha256 = "cd".repeat(32), "scenario_sha256", "identity"),
    ("variant", |d| d.variant = None, "variant", "identity"),
    ("synthetic", |d| d.synthetic = false, "synthetic", "identity"),
    ("baseline year", |d| d.baseline_year = 2023, "baseline_year", "identity"),
    ("years", |d| d.years = vec![2025], "years", "identity"),
    ("checked after", |d| d.checked_after.clear(), "checked_after", "identity"),
    ("assumptions dropped", |d| d.assumptions.clear(), "assumptions", "assumptions"),
    ("total", |d| d.objective.total -= 0.001, "objective.total", "objective"),
    (
        "travel term",
        |d| *d.objective.terms.get_mut("travel_pupil_km").unwrap() = Some(1.0),
        "objective.terms.travel_pupil_km",
        "objective",
    ),
    (
        "minutes term",
        |d| *d.objective.terms.get_mut("travel_pupil_minutes").unwrap() = None,
        "objective.terms.travel_pupil_minutes",
        "objective",
    ),
    ("cost term", |d| *d.objective.terms.get_mut("cost").unwrap() = Some(0.0), "objective.terms.cost", "objective"),
    (
        "moved term",
        |d| *d.objective.terms.get_mut("moved_pupils").unwrap() = Some(0.0),
        "objective.terms.moved_pupils",
        "objective",
    ),
    (
        "soft term",
        |d| *d.objective.terms.get_mut("soft_excess").unwrap() = Some(0.0),
        "objective.terms.soft_excess",
        "objective",
    ),
    ("term left out", |d| _ = d.objective.terms.remove("cost"), "objective.terms.cost", "objective"),
    (
        "term made up",
        |d| _ = d.objective.terms.insert("beauty".into(), Some(1.0)),
        "objective.terms.beauty",
        "objective",
    ),
    ("gap", |d| d.gap = Some(0.0), "gap", "gap"),
    ("gap left out", |d| d.gap = None, "gap", "gap"),
    ("level name", |d| d.levels[0].term = "cost".into(), "levels", "level"),
    ("level value", |d| d.levels[0].value += 1.0, "levels[0].value", "level"),
    ("level gap", |d| d.levels[0].gap = Some(0.5), "levels[0].gap", "gap"),
    ("levels left out", |d| d.levels.clear(), "levels", "level"),
    ("site name", |d| d.sites[1].name = "B".into(), "sites[1].name", "identity"),
    ("action cost", |d| d.sites[3].actions[0].cost = 1999, "sites[3].actions[0].cost", "action"),
    ("action reason", |d| d.sites[1].actions[0].reason = String::new(), "sites[1].actions[0].reason", "action"),
    ("operating", |d| d.sites[1].states[2].operating = true, "sites[1].states[2].operating", "state"),
    ("kind", |d| d.sites[2].states[1].kind = SiteKind::Junior, "sites[2].states[1].kind", "state"),
    ("rooms", |d| d.sites[0].states[2].rooms = 8, "sites[0].states[2].rooms", "state"),
    ("beds", |d| d.sites[0].states[2].beds = 4, "sites[0].states[2].beds", "state"),
    ("roll", |d| *d.sites[0].states[2].pupils.get_mut("3").unwrap() += 1, "sites[0].states[2].pupils", "state"),
    ("classes", |d| *d.sites[2].states[0].classes.get_mut("7").unwrap() += 1, "sites[2].states[0].classes", "state"),
    ("year of a state", |d| d.sites[0].states[0].year = 2023, "sites[0].states", "state"),
    ("state left out", |d| drop(d.sites[0].states.pop()), "sites[0].states", "state"),
    ("site left out", |d| drop(d.sites.remove(4)), "sites", "state"),
    ("kilometres", |d| row(d, "hill", "1-3", 2025).km += 0.01, "assignment", "travel"),
    ("minutes", |d| row(d, "hill", "1-3", 2025).minutes = Some(0.0), "assignment", "travel"),
    ("minutes left out", |d| row(d, "hill", "7-9", 2026).minutes = None, "assignment", "travel"),
    ("mode", |d| row(d, "hill", "1-3", 2025).mode = "table".into(), "assignment", "travel"),
    ("band", |d| row(d, "hill", "1-3", 2025).band = "1-6".into(), "assignment", "assignment"),
    ("value of a rule", |d| rule_row(d, "size", "a", 2026).value = Some(100.0), "compliance", "size"),
    ("value left out", |d| rule_row(d, "class.junior", "c/junior", 2025).value = None, "compliance", "class.junior"),
    ("limit of a rule", |d| rule_row(d, "minimum", "b", 2025).limit = 10.0, "compliance", "minimum"),
    ("exemption kept", |d| rule_row(d, "size", "a", 2026).limit = 400.0, "compliance", "size"),
    ("verdict", |d| rule_row(d, "near", "brook", 2026).verdict = Verdict::Pass, "compliance", "near"),
    ("verdict of the plan", |d| rule_row(d, "budget", "county", 2025).verdict = Verdict::Fail, "compliance", "budget"),
    (
        "rule left out",
        |d| d.compliance.retain(|row| row.rule != "young" || row.subject != "lake" || row.year != 2026),
        "compliance",
        "young",
    ),
    ("rule on a stranger", |d| rule_row(d, "size", "a", 2026).subject = "z".into(), "compliance", "size"),
];

/// Changes of one decision: what follows from it changes too, but the reason must be among what is found.
const DECISIONS: &[Change] = &[
    ("called infeasible", |d| d.status = PlanStatus::Infeasible, "status", "status"),
    ("bound above the total", |d| d.bound = Some(d.objective.total * 1.1), "bound", "gap"),
    ("optimal without a bound", |d| d.bound = None, "bound", "gap"),
    ("merger undone", |d| d.sites[1].actions.clear(), "status", "minimum"),
    ("merger a year early", |d| d.sites[1].actions[0].year = 2025, "assignment", "site_not_operating"),
    ("merger after the plan", |d| d.sites[1].actions[0].year = 2027, "actions[1]", "year_not_planned"),
    ("merged elsewhere", |d| d.sites[1].actions[0].into = Some("c".into()), "actions[1]", "action_not_offered"),
    ("merged into nothing", |d| d.sites[1].actions[0].into = None, "sites[1].actions[0].into", "unknown_key"),
    (
        "closed instead of merged",
        |d| {
            let action = &mut d.sites[1].actions[0];
            (action.action, action.into) = ("close".into(), None);
        },
        "compliance",
        "closures",
    ),
    ("unknown action", |d| d.sites[1].actions[0].action = "sell".into(), "sites[1].actions[0].action", "unknown_key"),
    ("expansion undone", |d| d.sites[0].actions.clear(), "sites[0].states[2].rooms", "state"),
    ("expansion of another size", |d| d.sites[0].actions[0].classes = 3, "actions[0]", "action_not_offered"),
    ("expansion too dear", |d| d.sites[0].actions[0].classes = 4, "status", "budget"),
    ("building undone", |d| d.sites[3].actions.clear(), "assignment", "site_not_operating"),
    ("building of another size", |d| d.sites[3].actions[0].classes = 7, "sites[3].actions[0].classes", "unknown_key"),
    (
        "two actions",
        |d| {
            let again = d.sites[0].actions[0].clone();
            d.sites[0].actions.push(again);
        },
        "actions[1]",
        "two_actions",
    ),
    (
        "protected site closed",
        |d| {
            let mut close = d.sites[1].actions[0].clone();
            (close.action, close.into) = ("close".into(), None);
            d.sites[2].actions.push(close);
        },
        "actions[2]",
        "protected_shut",
    ),
    (
        "one closure too many",
        |d| {
            let mut close = d.sites[1].actions[0].clone();
            (close.action, close.into) = ("close".into(), None);
            d.sites[4].actions.push(close);
            for band in ["1-3", "4-6"] {
                row(d, "town", band, 2026).site = "c".into();
            }
        },
        "status",
        "closures",
    ),
    ("site unknown", |d| d.sites[0].id = "z".into(), "sites[0].id", "unknown_key"),
    ("sent to a shut school", |d| row(d, "lake", "4-6", 2026).site = "b".into(), "assignment", "site_not_operating"),
    ("sent to a bare plot", |d| row(d, "mill", "4-6", 2025).site = "d".into(), "assignment", "site_not_operating"),
    (
        "sent to a school without the stage",
        |d| row(d, "mill", "7-9", 2025).site = "e".into(),
        "assignment",
        "stage_not_offered",
    ),
    (
        "merged catchment sent elsewhere",
        |d| row(d, "lake", "4-6", 2026).site = "e".into(),
        "assignment",
        "catchment_not_merged",
    ),
    ("sent too far", |d| row(d, "north", "1-3", 2025).site = "c".into(), "status", "young"),
    (
        "school overfilled",
        |d| {
            row(d, "town", "4-6", 2026).site = "a".into();
            row(d, "mill", "4-6", 2026).site = "a".into();
        },
        "status",
        "size",
    ),
    ("rooms overfilled", |d| row(d, "north", "4-6", 2025).site = "e".into(), "status", "class.primary"),
    ("school emptied", |d| row(d, "town", "1-3", 2026).site = "c".into(), "assignment", "travel"),
    ("pupils lost", |d| *row(d, "town", "1-3", 2026).pupils.get_mut("2").unwrap() -= 1, "assignment", "pupils_differ"),
    ("pupils made", |d| *row(d, "town", "1-3", 2026).pupils.get_mut("2").unwrap() += 1, "assignment", "pupils_differ"),
    (
        "pupils below nothing",
        |d| *row(d, "town", "1-3", 2026).pupils.get_mut("2").unwrap() = -24,
        "assignment",
        "negative_pupils",
    ),
    ("grade unknown", |d| _ = row(d, "town", "1-3", 2026).pupils.insert("11".into(), 0), "assignment", "unknown_key"),
    ("row left out", |d| drop(d.assignment.remove(3)), "assignment", "not_assigned"),
    ("row twice", |d| d.assignment.push(d.assignment[3].clone()), "assignment", "repeated_row"),
    (
        "unit split",
        |d| {
            let mut part = row(d, "town", "1-3", 2026).clone();
            part.site = "c".into();
            for (all, half) in row(d, "town", "1-3", 2026).pupils.values_mut().zip(part.pupils.values_mut()) {
                (*all, *half) = (12, 12);
            }
            d.assignment.push(part);
        },
        "assignment",
        "unit_split",
    ),
    ("unit unknown", |d| row(d, "town", "1-3", 2026).unit = "z".into(), "assignment", "unknown_key"),
    ("row of another year", |d| row(d, "town", "1-3", 2026).year = 2030, "assignment", "year_not_planned"),
    ("row of another stage", |d| row(d, "town", "1-3", 2026).stage = Stage::Junior, "assignment", "unknown_key"),
    ("boarding without beds", |d| row(d, "town", "1-3", 2026).boarding = true, "assignment", "too_few_beds"),
];

fn found(scenario: &Scenario, change: fn(&mut PlanDocument)) -> Vec<Discrepancy> {
    let mut changed = document(scenario);
    change(&mut changed);
    audit(scenario, &Travel::new(scenario), &changed)
}

#[test]
fn the_plan_itself_stands() {
    let scenario = scenario();
    assert_eq!(found(&scenario, |_| ()), []);
    let text = serde_json::to_string_pretty(&document(&scenario)).unwrap();
    let read: PlanDocument = serde_json::from_str(&text).unwrap();
    assert_eq!(read, document(&scenario));
    assert_eq!(audit(&scenario, &Travel::new(&scenario), &read), []);
}

#[test]
fn a_keep_action_is_the_same_as_none() {
    let scenario = scenario();
    let kept = found(&scenario, |d| {
        let mut keep = d.sites[1].actions[0].clone();
        (keep.action, keep.into, keep.cost) = ("keep".into(), None, 0);
        d.sites[2].actions.push(keep);
    });
    assert_eq!(kept, []);
}

#[test]
fn one_changed_claim_is_found_and_nothing_else() {
    let scenario = scenario();
    for (name, change, path, breaks) in CLAIMS {
        let found = found(&scenario, *change);
        assert!(!found.is_empty(), "{name}: not found");
        for one in &found {
            assert!(
                one.path.starts_with(path)
                    || (*breaks == "objective" && one.path == "gap")
                    || (*breaks == "level" && one.breaks == "gap"),
                "{name}: {one}"
            );
        }
        assert!(found.iter().any(|one| one.path.starts_with(path) && one.breaks == *breaks), "{name}: {found:#?}");
    }
}

#[test]
fn one_changed_decision_is_rejected_with_the_rule_that_it_breaks() {
    let scenario = scenario();
    for (name, change, path, breaks) in DECISIONS {
        let found = found(&scenario, *change);
        assert!(found.iter().any(|one| one.path.starts_with(path) && one.breaks == *breaks), "{name}: {found:#?}");
    }
}

#[test]
fn a_plan_that_breaks_a_hard_rule_stands_when_it_says_so() {
    let scenario = scenario();
    let travel = Travel::new(&scenario);
    let mut plan = plan(&scenario);
    plan.actions.retain(|action| action.site != B);
    let judged = evaluate(&scenario, &travel, &plan).unwrap();
    assert!(!judged.hard_rules_hold());
    let facts = SolveFacts::unsolved(&judged, vec![String::new(); 4]);
    assert_eq!(facts.status, PlanStatus::Infeasible);
    let document = assemble(&scenario, &travel, &plan, &judged, facts);
    assert_eq!(audit(&scenario, &travel, &document), []);
    let mut praised = document.clone();
    praised.status = PlanStatus::Feasible;
    assert_eq!(
        audit(&scenario, &travel, &praised).iter().map(|one| one.breaks.as_str()).collect::<Vec<_>>(),
        ["minimum"]
    );
    let mut bounded = document;
    bounded.bound = Some(0.0);
    assert!(audit(&scenario, &travel, &bounded).iter().any(|one| one.path == "bound"));
}

#[test]
fn levels_of_a_lexicographic_run_are_held() {
    let mut scenario = scenario();
    scenario.objective.goal = Goal::Levels { terms: vec![Term::Cost, Term::TravelPupilKm], slack: 0.01 };
    let travel = Travel::new(&scenario);
    let plan = plan(&scenario);
    let judged = evaluate(&scenario, &travel, &plan).unwrap();
    let value = judged.objective.clone().unwrap();
    let (cost, km) = (value.terms[&Term::Cost].unwrap(), value.terms[&Term::TravelPupilKm].unwrap());
    assert!((value.total - km).abs() < 1e-9);
    let level = |term: &str, value: f64| LevelDocument { term: term.into(), value, bound: Some(value), gap: Some(0.0) };
    let with = |levels: Vec<LevelDocument>| {
        let facts = SolveFacts {
            status: PlanStatus::Optimal,
            bound: Some(km),
            levels,
            solver: SolverDocument {
                engine: "milp".into(),
                seed: 1,
                work: 1,
                nodes: 1,
                locked: Vec::new(),
                closures: None,
            },
            assumptions: vec![String::new(); 4],
        };
        let document = assemble(&scenario, &travel, &plan, &judged, facts);
        audit(&scenario, &travel, &document).into_iter().map(|one| one.path).collect::<Vec<_>>()
    };
    let held = cost / 1.005;
    assert_eq!(with(vec![level("cost", held), level("travel_pupil_km", km)]), [""; 0]);
    // Held to a better first level than the plan keeps within the slack.
    assert_eq!(with(vec![level("cost", cost / 1.02), level("travel_pupil_km", km)]), ["levels[0].value"]);
    // A first level that claims to be worse at best than the plan is.
    assert_eq!(with(vec![level("cost", cost * 1.1), level("travel_pupil_km", km)]), ["levels[0].value"]);
    assert_eq!(with(vec![level("travel_pupil_km", km)]), ["levels"]);
}
