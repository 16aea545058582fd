//! Figures, distances, flows and tallies on a made-up county.

use super::distances::{Distances, step_for};
use super::figures::{action_counts, figures};
use super::flows::flows;
use super::tallies::{Group, Tally, broken_hard_rules, outcome, tallies};
use super::trips::{Trip, baseline, planned};
use crate::domain::district::{SiteKind, Stage};
use crate::domain::document::ComplianceDocument;
use crate::domain::rule::{Outcome, Verdict};
use crate::domain::sample;

fn trip(unit: &str, site: &str, pupils: i64, metres: i64) -> Trip {
    Trip {
        unit: unit.to_owned(),
        stage: Stage::Primary,
        year: 2026,
        site: site.to_owned(),
        pupils,
        metres: Some(metres),
        boarding: false,
    }
}

#[test]
fn distances_weigh_every_pupil() {
    let trips = [trip("a", "x", 3, 1000), trip("b", "x", 1, 3000), trip("c", "x", 0, 9000)];
    let all = Distances::of(&trips);
    assert_eq!((all.pupils, all.pupil_metres, all.longest()), (4, 6000, Some(3000)));
    assert_eq!(all.mean(), Some(1500.0));
    assert_eq!((all.quantile(0.5), all.quantile(0.75), all.quantile(0.76)), (Some(1000), Some(1000), Some(3000)));
    assert_eq!((all.beyond(999), all.beyond(1000), all.beyond(3000)), (4, 1, 0));
    assert_eq!(all.histogram(1000, 2), vec![3, 1], "a way of exactly one step is in the first entry");
    assert_eq!(Distances::default().mean(), None);
}

#[test]
fn tenths_of_the_pupils_are_worked_out_by_hand() {
    // 20 pupils: two to a tenth. The farthest two go 9 and 5 km, the next two 5 and 1 km.
    let trips = [trip("a", "x", 17, 1000), trip("b", "x", 2, 5000), trip("c", "x", 1, 9000)];
    let tenths = Distances::of(&trips).tenths().unwrap();
    assert_eq!((tenths[0], tenths[7], tenths[8], tenths[9]), (1000.0, 1000.0, 3000.0, 7000.0));
    // 4 pupils: two fifths of a pupil to a tenth; the last two tenths are the same pupil.
    let few = Distances::of(&[trip("a", "x", 3, 0), trip("b", "x", 1, 1000)]).tenths().unwrap();
    assert_eq!((few[6], few[7], few[8], few[9]), (0.0, 500.0, 1000.0, 1000.0));
    assert_eq!(Distances::default().tenths(), None);
}

#[test]
fn boarders_and_unknown_ways_are_counted_apart() {
    let mut boarder = trip("a", "x", 5, 40_000);
    boarder.boarding = true;
    let mut unknown = trip("b", "x", 7, 0);
    unknown.metres = None;
    let all = Distances::of(&[boarder, unknown, trip("c", "x", 2, 500)]);
    assert_eq!((all.pupils, all.boarders, all.unknown, all.longest()), (2, 5, 7, Some(500)));
}

#[test]
fn steps_of_histograms_are_round_and_large_enough() {
    for (longest, bins, step) in
        [(0, 12, 100), (1200, 12, 100), (1201, 12, 200), (40_000, 12, 5000), (130_000, 12, 20_000)]
    {
        assert_eq!(step_for(longest, bins), step, "{longest}");
    }
}

#[test]
fn pupils_who_stay_are_not_moved_even_where_a_unit_is_divided() {
    let before = [trip("a", "x", 60, 1000), trip("a", "y", 40, 2000)];
    let after = [trip("a", "x", 30, 1000), trip("a", "z", 70, 3000)];
    let all = flows(&before, &after);
    assert_eq!(all.moved(), 70);
    let change = &all.units[&("a".to_owned(), Stage::Primary)];
    assert_eq!((change.before, change.after), (Some(1400), Some(2400)));
    let moved: i64 = all.between.values().map(|flow| flow.pupils).sum();
    assert_eq!(moved, 100, "every pupil is in one flow");
}

#[test]
fn a_new_head_count_keeps_the_old_shares() {
    let before = [trip("a", "x", 2, 0), trip("a", "y", 1, 0)];
    let after = [trip("a", "x", 50, 0), trip("a", "y", 50, 0)];
    let all = flows(&before, &after);
    assert_eq!(all.moved(), 17, "67 of 100 belonged to x, 50 stay");
    let nowhere = flows(&[], &after);
    assert_eq!(nowhere.moved(), 100, "pupils without an old school change school");
}

#[test]
fn the_sample_plan_is_told_in_figures() {
    let scenario = sample::scenario();
    let document = sample::document(&scenario);
    let mut trips = baseline(&scenario, |unit, site| Some(sample::metres(&scenario, unit, site)));
    trips.extend(planned(&document));
    let years = figures(&document, &trips);
    assert_eq!(years.len(), 2);
    assert_eq!((years[0].year, years[0].sites, years[0].pupils, years[0].rooms), (2024, 4, 3895, 100));
    assert_eq!((years[1].year, years[1].sites, years[1].pupils, years[1].rooms), (2026, 4, 3895, 112));
    assert_eq!(years[1].distances.pupils, 3895);
    let km = document.objective.terms["travel_pupil_km"].unwrap();
    assert!((years[1].distances.pupil_metres as f64 / 1000.0 - km).abs() < 1e-6);
    assert_eq!(years[1].by_stage[&Stage::Junior].pupils, 1290);
    assert_eq!(action_counts(&document).into_iter().collect::<Vec<_>>(), [("build".into(), 1), ("merge".into(), 1)]);
    let changes = flows(trips.iter().filter(|t| t.year == 2024), trips.iter().filter(|t| t.year == 2026));
    assert_eq!(changes.moved(), 700 + 60 + 45);
}

#[test]
fn percentages_are_rounded_half_up() {
    let percent = |pass, fail| Tally { pass, fail, ..Tally::default() }.pass_percent();
    assert_eq!(percent(44, 14), Some(76));
    assert_eq!(percent(17, 4), Some(81));
    assert_eq!(percent(1, 7), Some(13), "12.5 % is 13 %");
    assert_eq!(percent(0, 0), None);
}

#[test]
fn rules_are_counted_before_and_after_exemptions() {
    let scenario = sample::scenario();
    let document = sample::document(&scenario);
    let all = tallies(&document, Some(&scenario));
    assert_eq!(
        all.iter().map(|t| t.rule.as_str()).collect::<Vec<_>>(),
        ["cn.dd6.gov04.single", "cn.dd6.gov05.primary", "county.travel"]
    );
    let size = &all[0];
    // 2024: p1 has 1920 pupils against 1000, relaxed 1300; the others are within 1000.
    assert_eq!(size.years[&2024], Tally { pass: 3, relaxed: 0, fail: 1, pending: 0 });
    assert_eq!(size.groups[&(2024, Group::Stage(Stage::Primary))], Tally { pass: 1, fail: 1, ..Tally::default() });
    // 2026: p1 has 1220 pupils, n1 1075: both only by the exemption.
    assert_eq!(size.years[&2026], Tally { pass: 2, relaxed: 2, fail: 0, pending: 0 });
    assert_eq!(size.years[&2026].over_base(), 2);
    assert_eq!(size.groups[&(2026, Group::Kind(SiteKind::NineYear))].relaxed, 1);
    assert_eq!(size.verdict, Verdict::PassAfter);
    assert_eq!(all[2].verdict, Verdict::Pass);
    assert!(broken_hard_rules(&document, &scenario).is_empty());
}

#[test]
fn a_broken_hard_rule_of_the_last_year_is_named() {
    let scenario = sample::scenario();
    let mut document = sample::document(&scenario);
    let row = document.compliance.iter_mut().find(|row| row.year == 2026 && row.subject == "j1").unwrap();
    (row.value, row.verdict) = (Some(1001.0), Verdict::Fail);
    assert_eq!(broken_hard_rules(&document, &scenario), [("cn.dd6.gov04.single".to_owned(), 1)]);
}

#[test]
fn without_the_rule_the_verdict_tells_how_a_year_stands() {
    let row = |year, verdict| ComplianceDocument {
        rule: "r".into(),
        subject: "s".into(),
        year,
        value: Some(1.0),
        limit: 2.0,
        verdict,
        outcome: None,
        category: None,
    };
    assert_eq!(outcome(&row(2024, Verdict::PassAfter), None, 2024), Outcome::Fail);
    assert_eq!(outcome(&row(2026, Verdict::PassAfter), None, 2024), Outcome::Pass);
    assert_eq!(outcome(&row(2026, Verdict::NotApplicable), None, 2024), Outcome::NotApplicable);
}
