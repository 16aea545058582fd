//! The page is one whole file, loads nothing, and takes hostile names as text.

use super::*;
use crate::domain::sample;
use crate::output::tests::{bundle, run_facts};

fn report(scenario: &crate::domain::scenario::Scenario, language: Language) -> String {
    let document = sample::document(scenario);
    let run = run_facts();
    String::from_utf8(bytes(&bundle(scenario, &document, &run, language)).unwrap()).unwrap()
}

/// The JSON inside the script element with this id.
fn json_in(page: &str, id: &str) -> serde_json::Value {
    let open = format!("<script type=\"application/json\" id=\"{id}\">");
    let rest = &page[page.find(&open).unwrap() + open.len()..];
    serde_json::from_str(&rest[..rest.find("</script>").unwrap()]).unwrap()
}

#[test]
fn hostile_names_stay_text() {
    let hostile = "</script><script>alert(1)</script><!-- & ' \" \u{2028} {{data}} 学校";
    let mut scenario = sample::scenario();
    scenario.title = crate::message::Text::same(hostile);
    scenario.name = hostile.to_owned();
    for site in &mut scenario.district.sites {
        site.name = hostile.to_owned();
    }
    for unit in &mut scenario.district.units {
        unit.name = hostile.to_owned();
    }
    let page = report(&scenario, Language::En);
    assert_eq!(page.matches("<script").count(), 3, "texts, data and script");
    assert_eq!(page.matches("</script>").count(), 3);
    assert!(!page.contains("alert(1)</script>"));
    assert_eq!(page.matches('\u{2028}').count(), 1, "only in the element <title>, where it is harmless");
    let data = json_in(&page, "data");
    assert_eq!(data["sites"][0]["name"], hostile, "the name arrives as it was");
    assert_eq!(data["title"]["zh"], hostile);
}

#[test]
fn the_page_refers_to_nothing_outside_itself() {
    let page = report(&sample::scenario(), Language::Zh);
    for mark in
        ["src=", "href=\"http", "@import", "url(", "fetch(", "XMLHttpRequest", "innerHTML", "document.write", "eval("]
    {
        assert!(!page.contains(mark), "{mark}");
    }
    // The names of two XML vocabularies are the only addresses.
    assert_eq!(
        page.matches("http").count(),
        page.matches("http-equiv").count() + page.matches("http://www.w3.org/2000/svg").count()
    );
    assert!(page.contains("default-src 'none'"));
    assert!(!page.contains("{{"), "every mark is replaced");
}

#[test]
fn both_languages_are_in_the_page() {
    let page = report(&sample::scenario(), Language::Zh);
    let texts = json_in(&page, "texts");
    assert_eq!(texts["zh"]["report.actions"], "布局调整措施");
    assert_eq!(texts["en"]["verdict.pass_after"], "pass after remedy");
    let data = json_in(&page, "data");
    assert_eq!(data["lang"], "zh");
    assert_eq!(data["rules"][0]["title"]["en"], "School size, single stage");
    assert_eq!(
        data["sites"][1]["actions"][0]["reason"]["en"],
        "Fewer than 120 pupils; the receiving school has places"
    );
}

/// Every text that the scripts ask for by a whole key is in the page, and there are at least `least` of them.
pub(in crate::output) fn assert_texts(page: &str, scripts: &[&str], least: usize) {
    let texts = json_in(page, "texts");
    let mut asked = 0;
    for script in scripts {
        for (at, _) in script.match_indices("t(\"") {
            let called =
                script[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
            let rest = &script[at + 3..];
            let key = &rest[..rest.find('"').unwrap()];
            // A key that is put together from parts ends where the next part begins.
            if called || key.ends_with(['.', '_']) {
                continue;
            }
            asked += 1;
            assert!(texts["zh"][key].is_string() && texts["en"][key].is_string(), "`{key}` is not in the page");
        }
    }
    assert!(asked >= least, "only {asked} uses found: the search no longer fits the scripts");
}

#[test]
fn every_text_that_a_script_asks_for_is_in_the_page() {
    assert_texts(&report(&sample::scenario(), Language::Zh), &SCRIPTS, 80);
}

#[test]
fn the_page_tells_counts_before_and_after_exemptions() {
    let page = report(&sample::scenario(), Language::Zh);
    let rules = &json_in(&page, "data")["rules"];
    let size = &rules[0];
    assert_eq!(size["no"], "四");
    assert_eq!((&size["years"][0]["fail"], &size["years"][1]["relaxed"]), (&1.into(), &2.into()));
    assert_eq!(size["verdict"], "pass_after");
    assert_eq!(rules[1]["years"][0]["percent"], 67, "2 of 3 sections");
}

#[test]
fn names_are_escaped_in_markup() {
    assert_eq!(escape_html("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
    assert_eq!(escape_json("\"</script>&\u{2029}\""), "\"\\u003c/script\\u003e\\u0026\\u2029\"");
}
