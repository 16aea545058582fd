//! The comparison in every form: golden files in both languages, and what the page and the workbook hold.

use super::labels::Labels;
use super::lines::lines;
use super::{page, workbook};
use crate::domain::document::PlanDocument;
use crate::domain::rule::Verdict;
use crate::domain::sample;
use crate::domain::scenario::Scenario;
use crate::evaluate::course::Money;
use crate::i18n::Language;
use crate::i18n::width::width;
use crate::output::tests::assert_golden;
use crate::study::compare::{Comparison, Home, Named, compare};
use crate::travel::Travel;
use crate::units::Year;
use calamine::{Data, Reader, Xlsx};
use std::collections::BTreeMap;

/// Three plans of the sample county: the whole plan, one that does not build, and one in which a school is too large.
fn plans(scenario: &Scenario) -> [PlanDocument; 3] {
    let first = sample::document(scenario);
    let mut second = first.clone();
    second.sites[4].actions.clear();
    let plot = &mut second.sites[4].states[1];
    plot.operating = false;
    plot.pupils.clear();
    plot.classes.clear();
    *second.sites[0].states[1].pupils.get_mut("1-6").unwrap() += 700;
    for row in second.assignment.iter_mut().filter(|row| row.site == "c1") {
        row.site = "p1".to_owned();
        row.km = 1.155;
    }
    second.objective.terms.insert("cost".to_owned(), Some(-200_000.0));
    let mut third = second.clone();
    third.variant = Some("fewer".to_owned());
    third.scenario_sha256 = "1".repeat(64);
    for row in third.assignment.iter_mut().filter(|row| row.unit == "u1") {
        row.pupils.values_mut().for_each(|pupils| *pupils -= 100);
    }
    let row = third.compliance.iter_mut().find(|row| row.year == 2026 && row.subject == "j1").unwrap();
    (row.verdict, row.value) = (Verdict::Fail, Some(1001.0));
    [first, second, third]
}

/// What is made of the three plans, with their scenario at hand or without.
fn with<T>(at_home: bool, made: impl FnOnce(&Comparison, &[Named<'_>], Option<&Scenario>) -> T) -> T {
    let scenario = sample::scenario();
    let travel = Travel::new(&scenario);
    let money = BTreeMap::from([(Year(2026), Money { capital: 36_000_000.0, running: -200_000.0 })]);
    let documents = plans(&scenario);
    let home = at_home.then_some(Home { scenario: &scenario, travel: &travel, money: &money });
    let names = ["方案甲", "plan-b</script>", "c"];
    let named: Vec<Named<'_>> =
        names.iter().zip(&documents).map(|(name, document)| Named { name, document, home }).collect();
    made(&compare(&named), &named, at_home.then_some(&scenario))
}

#[test]
fn lines_fit_the_terminal_in_both_languages() {
    for language in Language::ALL {
        for at_home in [true, false] {
            let lines = with(at_home, |all, _, scenario| lines(all, &Labels::new(all, scenario), language));
            assert!(lines.iter().all(|line| width(line) <= 100), "{}", lines.join("\n"));
            let text: String = lines.iter().flat_map(|line| [line.trim_end(), "\n"]).collect();
            let name = if at_home { "compare.txt" } else { "compare_alone.txt" };
            assert_golden(&format!("{}/{name}", language.name()), text.as_bytes());
        }
    }
}

#[test]
fn many_plans_are_shown_in_blocks() {
    let scenario = sample::scenario();
    let document = sample::document(&scenario);
    let names: Vec<String> = (0..13).map(|k| format!("a plan with a long name, number {k}")).collect();
    let named: Vec<Named<'_>> = names.iter().map(|name| Named { name, document: &document, home: None }).collect();
    let all = compare(&named);
    let lines = lines(&all, &Labels::new(&all, None), Language::En);
    assert!(lines.iter().all(|line| width(line) <= 100), "{}", lines.join("\n"));
    assert_eq!(lines.iter().filter(|line| line.contains("Mean distance (km)")).count(), 3);
}

#[test]
fn the_layout_of_the_json_is_the_documented_one() {
    let mut json = with(true, |all, _, _| serde_json::to_vec_pretty(all).unwrap());
    json.push(b'\n');
    assert_golden("compare.json", &json);
}

/// The JSON inside the script element with this id.
fn json_in(page: &str, id: &str) -> serde_json::Value {
    let open = format!("<script type=\"application/json\" id=\"{id}\">");
    let rest = &page[page.find(&open).unwrap() + open.len()..];
    serde_json::from_str(&rest[..rest.find("</script>").unwrap()]).unwrap()
}

#[test]
fn the_page_holds_the_comparison_and_refers_to_nothing_outside() {
    let page = with(true, |all, named, _| page::html(all, named, Language::Zh)).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert_eq!(page.matches("</script>").count(), 3);
    assert!(page.contains("default-src 'none'"));
    for mark in ["src=", "href=\"http", "@import", "url(", "fetch(", "innerHTML", "document.write", "eval(", "{{"] {
        assert!(!page.contains(mark), "{mark}");
    }
    let data = json_in(&page, "data");
    assert_eq!(data["comparison"]["plans"][1]["name"], "plan-b</script>");
    let views = data["maps"]["views"].as_array().unwrap();
    assert_eq!(views.len(), 4, "today and three plans");
    assert_eq!(views[1]["roles"][4], "build");
    assert_eq!(views[2]["roles"][4], "plot");
    assert_eq!(
        views[1]["arrows"],
        serde_json::json!([[1, 2]]),
        "the teaching point is merged into the nine-year school"
    );
    for view in views {
        let pupils: i64 = view["assigned"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|flat| flat.as_array().unwrap().chunks(4))
            .map(|trip| trip[2].as_i64().unwrap())
            .sum();
        assert!([3895, 3695].contains(&pupils), "{pupils}");
    }
    assert_golden("en/compare.html", &with(true, |all, named, _| page::html(all, named, Language::En)).unwrap());
}

#[test]
fn without_the_scenario_the_page_has_no_maps_and_says_so() {
    let page = with(false, |all, named, _| page::html(all, named, Language::En)).unwrap();
    let page = String::from_utf8(page).unwrap();
    let data = json_in(&page, "data");
    assert!(data["maps"].is_null());
    assert_eq!(data["comparison"]["today"], "unknown");
    let about: Vec<&str> =
        data["answers"].as_array().unwrap().iter().map(|answer| answer["about"].as_str().unwrap()).collect();
    assert_eq!(about[..3], ["pupils", "moved", "cost"], "moved pupils are the plans' own figure");
}

#[test]
fn every_text_that_a_script_asks_for_is_in_the_page() {
    let page = with(true, |all, named, _| page::html(all, named, Language::Zh)).unwrap();
    crate::output::report::tests::assert_texts(&String::from_utf8(page).unwrap(), &page::SCRIPTS, 100);
}

#[test]
fn the_workbook_has_the_answers_and_every_table() {
    for language in Language::ALL {
        let bytes = with(true, |all, _, scenario| workbook::bytes(all, scenario, language)).unwrap();
        let again = with(true, |all, _, scenario| workbook::bytes(all, scenario, language)).unwrap();
        assert_eq!(bytes, again, "the same bytes again");
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
        let sheets = book.sheet_names();
        assert_eq!(sheets.len(), 9, "{sheets:?}");
        let short = book.worksheet_range(&sheets[0]).unwrap();
        assert!(short.rows().count() >= 9);
        let figures = book.worksheet_range(&sheets[1]).unwrap();
        let row = |key: &str| {
            figures
                .rows()
                .find(|row| row[0] == Data::String(key.to_owned()))
                .unwrap_or_else(|| panic!("{key}"))
                .to_vec()
        };
        let moved = row("figure.changed");
        assert_eq!(moved[3..6], [Data::Float(805.0), Data::Float(105.0), Data::Float(105.0)]);
        assert_eq!(moved[6], Data::String("B C".to_owned()), "the best plans");
        let transfers = book.worksheet_range(&sheets[7]).unwrap();
        let from_today: f64 = transfers
            .rows()
            .skip(2)
            .filter(|row| row[0] == Data::String("today".to_owned()) && row[1] == Data::String("A".to_owned()))
            .map(|row| row[7].to_string().parse::<f64>().unwrap())
            .sum();
        assert_eq!(from_today, 3895.0, "every pupil is in one transfer");
    }
}
