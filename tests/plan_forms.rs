//! A plan that is written is read back the same, in every form in which plans are accepted.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use catchment::domain::document::PlanDocument;
use catchment::domain::plan::Plan;
use catchment::domain::scenario::Scenario;
use catchment::evaluate::{document, evaluate};
use catchment::i18n::{self, Language};
use catchment::id::{GradeId, Id, SiteId, UnitId};
use catchment::input::{self, PlanInput, Problems};
use catchment::output::{Bundle, Findings, RunFacts, write_all};
use catchment::travel::Travel;
use catchment::units::{Pupils, Year};
use std::fs;
use std::path::{Path, PathBuf};

fn base() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/invalid/base")
}

fn said(problems: &Problems) -> String {
    problems.lines(&|message| i18n::render(Language::En, message)).join("\n")
}

fn scenario() -> Scenario {
    input::load(&base(), None).unwrap_or_else(|problems| panic!("{}", said(&problems))).scenario
}

fn read(path: &Path, scenario: &Scenario) -> Plan {
    let read = PlanInput::open(path).and_then(|input| input.resolve(scenario));
    let read = read.unwrap_or_else(|problems| panic!("{}: {}", path.display(), said(&problems)));
    assert_eq!(read.warnings, []);
    read.plan
}

/// The same plan in one order, without rows of nobody.
fn sorted(mut plan: Plan) -> Plan {
    plan.actions.sort();
    for row in &mut plan.assignment {
        row.pupils.retain(|(_, pupils)| *pupils > Pupils::ZERO);
    }
    plan.assignment.retain(|row| !row.pupils.is_empty());
    plan.assignment.sort();
    plan
}

fn document_of(scenario: &Scenario, plan: &Plan) -> PlanDocument {
    let travel = Travel::new(scenario);
    let evaluation = evaluate(scenario, &travel, plan).unwrap();
    let facts = document::SolveFacts::unsolved(&evaluation, Vec::new());
    document::assemble(scenario, &travel, plan, &evaluation, facts)
}

#[test]
fn every_written_form_is_read_back_as_the_same_plan() {
    let scenario = scenario();
    let plan = read(&base().join("plan"), &scenario);
    let document = document_of(&scenario, &plan);
    let run = RunFacts {
        version: "0".to_owned(),
        seconds: 1.0,
        engine_seconds: 1.0,
        threads: 1,
        time_limit: None,
        system: "test".to_owned(),
        architecture: "test".to_owned(),
        scenario_folder: None,
    };
    for language in Language::ALL {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let travel = Travel::new(&scenario);
        let findings = Findings::default();
        write_all(&Bundle::new(&scenario, &document, &travel, &findings, &run, language), &out).unwrap();

        let wanted = sorted(plan.clone());
        assert_eq!(sorted(read(&out, &scenario)), wanted, "the folder, document and tables together");
        assert_eq!(sorted(read(&out.join("plan.json"), &scenario)), wanted, "plan.json");
        assert_eq!(sorted(read(&out.join("plan.xlsx"), &scenario)), wanted, "plan.xlsx");
        assert_eq!(sorted(read(&out.join("assignment.csv"), &scenario)), wanted, "assignment.csv by name");
        fs::remove_file(out.join("plan.json")).unwrap();
        assert_eq!(sorted(read(&out, &scenario)), wanted, "the tables alone");
    }
}

#[test]
fn a_hand_made_table_says_only_what_it_must() {
    let scenario = scenario();
    let plan = read(&base().join("plan"), &scenario);
    let row = plan.assignment.iter().find(|row| row.unit == UnitId(1) && row.year == Year(2025)).unwrap();
    assert_eq!(row.pupils.iter().map(|(_, pupils)| pupils.0).collect::<Vec<_>>(), [12, 12, 12, 12, 11, 11]);
    assert_eq!(row.site, SiteId(1));
    assert!(!row.boarding);
}

#[test]
fn a_divided_unit_gives_its_pupils_by_grade() {
    let scenario = scenario();
    let folder = tempfile::tempdir().unwrap();
    let table = "居住单元,学段,年级段,年份,校区,pupils_1,pupils_2,寄宿\n\
                 v1,小学,1-2,2025,a,10,15,否\n\
                 v1,小学,1-2,2025,b,5,,是\n";
    fs::write(folder.path().join("assignment.csv"), table).unwrap();
    let plan = read(folder.path(), &scenario);
    let counts = |at: usize| plan.assignment[at].pupils.clone();
    assert_eq!(counts(0), [(GradeId::new(0), Pupils(10)), (GradeId::new(1), Pupils(15))]);
    assert_eq!(counts(1), [(GradeId::new(0), Pupils(5)), (GradeId::new(1), Pupils(0))]);
    assert!(plan.assignment[1].boarding);
    assert!(plan.actions.is_empty());
}

#[test]
fn an_edit_beside_the_document_is_refused_and_alone_is_taken() {
    let scenario = scenario();
    let plan = read(&base().join("plan"), &scenario);
    let folder = tempfile::tempdir().unwrap();
    let document = document_of(&scenario, &plan);
    fs::write(folder.path().join("plan.json"), serde_json::to_string(&document).unwrap()).unwrap();
    let table = fs::read_to_string(base().join("plan/assignment.csv")).unwrap();
    fs::write(folder.path().join("assignment.csv"), table.replacen("v4,primary,2025,b", "v4,primary,2025,a", 1))
        .unwrap();
    fs::copy(base().join("plan/actions.csv"), folder.path().join("actions.csv")).unwrap();
    let refused = PlanInput::open(folder.path()).unwrap().resolve(&scenario).unwrap_err();
    assert!(said(&refused).contains("E504"), "{}", said(&refused));
    fs::remove_file(folder.path().join("plan.json")).unwrap();
    let edited = read(folder.path(), &scenario);
    assert_ne!(sorted(edited), sorted(plan));
}
