//! The report shows what lies in the folder, says what it leaves out, and loads nothing.

use super::*;
use crate::domain::objective::Term;
use crate::domain::sample;
use crate::output::report::tests::assert_texts;
use crate::output::sweep::{files, frontier};
use crate::study::frontier::Point;
use crate::study::stability::Tally;
use crate::study::sweep::row::{Figures, Outcome};
use crate::study::sweep::{Row, Unit};
use std::collections::BTreeSet;

const INPUTS: &str = "f00d";

fn row(variant: Option<&str>, result: Outcome) -> Row {
    let unit = Unit {
        id: "a".repeat(64),
        variant: variant.map(str::to_owned),
        task: crate::study::sweep::Task::default(),
        family: variant.map(|_| "f".to_owned()),
        changes: variant.map(|_| ("pupils_factor".to_owned(), "0.8".to_owned())).into_iter().collect(),
    };
    Row { unit, result }
}

/// A folder with the tables of a sweep of the sample scenario.
fn swept(scenario: &Scenario) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let plan = || Outcome::Plan(Box::new(Figures::of(&sample::document(scenario), Vec::new())));
    let hostile = "</script><b>&";
    let rows = [
        row(None, plan()),
        row(Some(hostile), plan()),
        row(Some("x"), Outcome::Failed("no engine".to_owned())),
        row(Some("y"), Outcome::Missing),
    ];
    let shared = files::Shared::new(&rows, Tally::default(), &BTreeSet::from(["p1".to_owned()]));
    files::write(folder.path(), &Origin { scenario, inputs: INPUTS }, &rows, &shared).unwrap();
    folder
}

fn report(folder: &Path, scenario: &Scenario, inputs: &str) -> String {
    write(folder, &Origin { scenario, inputs }, Language::Zh).unwrap();
    fs::read_to_string(folder.join(FILE)).unwrap()
}

fn json_in(page: &str, id: &str) -> Value {
    let open = format!("<script type=\"application/json\" id=\"{id}\">");
    let rest = &page[page.find(&open).unwrap() + open.len()..];
    serde_json::from_str(&rest[..rest.find("</script>").unwrap()]).unwrap()
}

fn shown(data: &Value) -> Vec<&str> {
    data["sections"].as_array().unwrap().iter().map(|section| section["name"].as_str().unwrap()).collect()
}

#[test]
fn sections_follow_from_what_is_there() {
    let scenario = sample::scenario();
    let folder = swept(&scenario);
    let data = json_in(&report(folder.path(), &scenario, INPUTS), "data");
    assert_eq!(shown(&data), ["variants", "common"]);
    let rows = &data["documents"]["sweep.json"]["rows"];
    assert_eq!(rows[1]["unit"]["variant"], "</script><b>&");
    assert_eq!(rows[0]["folder"], format!("plans/base-{}", "a".repeat(12)));
    assert_eq!(rows[2]["result"]["failed"], "no engine");
    assert_eq!(data["names"]["p2"], "河口村小");
    let point = Point {
        at_most: None,
        first: 2.0,
        bound: Some(1.9),
        gap: Some(0.05),
        second: 1.0,
        third: None,
        knee: false,
        folder: "plans/x".to_owned(),
    };
    let terms = [Term::TravelPupilKm, Term::Cost];
    frontier::write(folder.path(), &Origin { scenario: &scenario, inputs: INPUTS }, &terms, &[point]).unwrap();
    let data = json_in(&report(folder.path(), &scenario, INPUTS), "data");
    assert_eq!(shown(&data), ["variants", "common", "frontier"]);
    assert_eq!(data["documents"]["frontier.json"]["points"][0]["bound"], 1.9);
    assert_eq!(data["left"], serde_json::json!({}));
}

#[test]
fn what_is_stale_or_unreadable_is_left_out_and_said() {
    let scenario = sample::scenario();
    let folder = swept(&scenario);
    fs::write(folder.path().join("frontier.json"), "{").unwrap();
    let data = json_in(&report(folder.path(), &scenario, "changed since"), "data");
    assert!(shown(&data).is_empty());
    assert_eq!(data["left"], serde_json::json!({ "sweep.json": "stale", "frontier.json": "unreadable" }));
    let other = Scenario { name: "other".to_owned(), ..scenario };
    let data = json_in(&report(folder.path(), &other, INPUTS), "data");
    assert_eq!(data["left"]["sweep.json"], "stale");
    let empty = tempfile::tempdir().unwrap();
    let data = json_in(&report(empty.path(), &other, INPUTS), "data");
    assert!(shown(&data).is_empty() && data["left"].as_object().unwrap().is_empty());
}

#[test]
fn the_page_refers_to_nothing_outside_and_has_its_texts() {
    let scenario = sample::scenario();
    let folder = swept(&scenario);
    let page = report(folder.path(), &scenario, INPUTS);
    assert_eq!(page.matches("</script>").count(), 3);
    for mark in ["src=", "href=\"http", "@import", "url(", "fetch(", "innerHTML", "document.write", "eval(", "{{"] {
        assert!(!page.contains(mark), "{mark}");
    }
    assert!(page.contains("default-src 'none'"));
    assert_texts(&page, &scripts(), 50);
    let texts = json_in(&page, "texts");
    for section in SECTIONS {
        for key in ["section", "hint"] {
            let key = format!("sweep.{key}_{}", section.name);
            assert!(texts["zh"][&key].is_string() && texts["en"][&key].is_string(), "{key}");
        }
        let defined = format!("SECTIONS.{} = function", section.name);
        assert!(section.script.contains(&defined), "{} has no function in its script", section.name);
    }
}
