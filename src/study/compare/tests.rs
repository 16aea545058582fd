//! Comparisons of made-up plans, counted by hand, and conservation on random ones.

use super::figures::{CHANGED, FigureRow, MEAN, WORST_TENTH};
use super::pairs::{Pair, Transfer};
use super::slice::Slice;
use super::*;
use crate::digest::gains::Gain;
use crate::domain::district::{Setting, Stage};
use crate::domain::rule::Verdict;
use crate::domain::sample;
use crate::id::UnitId;
use proptest::prelude::*;

fn alone<'a>(name: &'a str, document: &'a PlanDocument) -> Named<'a> {
    Named { name, document, home: None }
}

/// Compares plans of one scenario.
fn at_home(scenario: &Scenario, documents: &[&PlanDocument]) -> Comparison {
    let travel = Travel::new(scenario);
    let money = BTreeMap::from([
        (Year(2025), Money { capital: 36_000_000.0, running: 0.0 }),
        (Year(2026), Money { capital: 0.0, running: -200_000.0 }),
    ]);
    let home = Some(Home { scenario, travel: &travel, money: &money });
    compare(&documents.iter().map(|&document| Named { name: "plan", document, home }).collect::<Vec<_>>())
}

/// The sample plan, in which the teaching point is left alone: u4 and u5 stay there.
fn without_merger(first: &PlanDocument) -> PlanDocument {
    let mut second = first.clone();
    second.sites[1].actions.clear();
    for row in &mut second.assignment {
        if row.stage == Stage::Primary && (row.unit == "u4" || row.unit == "u5") {
            row.site = "p2".to_owned();
            row.km = 1.0;
        }
    }
    second
}

fn figure<'a>(all: &'a Comparison, key: &str) -> &'a FigureRow {
    all.figures.iter().find(|row| row.key == key).unwrap()
}

fn pair(all: &Comparison, from: Option<usize>, to: usize) -> &Pair {
    all.pairs.iter().find(|pair| (pair.from, pair.to) == (from, to)).unwrap()
}

#[test]
fn a_plan_does_not_differ_from_itself() {
    let document = sample::document(&sample::scenario());
    let all = compare(&[alone("a", &document), alone("b", &document)]);
    assert!(all.same_inputs && all.same_pupils);
    assert_eq!((all.plans[0].letter.as_str(), all.plans[1].letter.as_str()), ("A", "B"));
    assert!(all.figures.iter().all(|row| !row.differs && row.best.is_empty()));
    assert!(all.rules.iter().all(|row| !row.differs));
    assert!(all.actions.iter().all(|row| !row.differs));
    assert!(all.units.is_empty(), "without the scenario nobody knows where pupils go today");
    let [only] = all.pairs.as_slice() else { panic!("one pair: {:?}", all.pairs.len()) };
    assert_eq!((only.all().moved, only.all().same, only.all().pupils), (0, 3895, 3895));
    assert!(only.transfers.iter().all(|transfer| transfer.from.as_ref() == Some(&transfer.to)));
}

#[test]
fn what_differs_comes_first() {
    let scenario = sample::scenario();
    let first = sample::document(&scenario);
    let mut second = without_merger(&first);
    second.variant = Some("other".to_owned());
    let row = second.compliance.iter_mut().find(|row| row.year == 2026 && row.subject == "j1").unwrap();
    (row.verdict, row.value) = (Verdict::Fail, Some(2000.0));
    let all = compare(&[alone("a", &first), alone("b", &second)]);
    assert!(!all.same_inputs);
    assert!(all.actions[0].differs && all.actions[0].site == "p2");
    assert!(!all.actions[1].differs && all.actions[1].site == "c1");
    let size = &all.rules[0];
    assert_eq!(size.rule, "cn.dd6.gov04.single");
    assert_eq!(size.counts.iter().map(|c| c.unwrap().fail).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(size.failing.len(), 1);
    assert_eq!(size.failing[0].subject, "j1");
    let measured: Vec<_> = size.failing[0].plans.iter().map(|m| m.map(|m| (m.value, m.fails))).collect();
    assert_eq!(measured, [Some((Some(900.0), false)), Some((Some(2000.0), true))]);
    let change = pair(&all, Some(0), 1);
    assert_eq!((change.all().moved, change.all().nearer, change.all().same), (105, 105, 3790));
    let moved: Vec<&Transfer> = change.transfers.iter().filter(|t| t.from.as_ref() != Some(&t.to)).collect();
    let expected = Transfer { stage: Stage::Primary, from: Some("n1".into()), to: "p2".into(), pupils: 105 };
    assert_eq!(moved, [&expected]);
    assert_eq!(all.units.iter().map(|row| row.unit.as_str()).collect::<Vec<_>>(), ["u4", "u5"]);
    assert!(all.figures[0].differs && !all.figures.last().unwrap().differs);
    assert_eq!(figure(&all, "action.merge").values, [Some(1.0), Some(0.0)]);
    assert_eq!(all.costs[0].years.iter().map(|y| (y.year, y.capital)).collect::<Vec<_>>(), [(2026, 36_000_000.0)]);
}

#[test]
fn the_transfer_matrix_from_today_is_that_of_the_sample() {
    let scenario = sample::scenario();
    let document = sample::document(&scenario);
    let all = at_home(&scenario, &[&document, &without_merger(&document)]);
    assert_eq!(all.today, Today::Given);
    let told: Vec<(Stage, &str, &str, i64)> = pair(&all, None, 0)
        .transfers
        .iter()
        .map(|t| (t.stage, t.from.as_deref().unwrap_or("-"), t.to.as_str(), t.pupils))
        .collect();
    let (primary, junior) = (Stage::Primary, Stage::Junior);
    assert_eq!(
        told,
        [
            (primary, "p1", "p1", 1220),
            (primary, "p1", "c1", 700),
            (primary, "n1", "n1", 580),
            (primary, "p2", "n1", 105),
            (junior, "j1", "j1", 900),
            (junior, "n1", "n1", 390),
        ]
    );
    assert_eq!(figure(&all, CHANGED).values, [Some(805.0), Some(700.0)]);
    assert_eq!(figure(&all, CHANGED).best, [1], "the plan without the merger moves fewer");
    assert_eq!(figure(&all, "figure.sites").best, Vec::<usize>::new(), "neither more nor fewer schools are better");
    assert_eq!(figure(&all, "figure.sites").today, Some(4.0));
    assert_eq!(figure(&all, "figure.pupil_km").best, [1], "nearer for 105 pupils and the same for the others");
    assert_eq!(figure(&all, WORST_TENTH).values.len(), 2);
    let booked: Vec<_> = all.costs[0].years.iter().map(|y| (y.year, y.capital, y.running)).collect();
    assert!(all.costs[0].booked);
    assert_eq!(booked, [(2025, 36_000_000.0, Some(0.0)), (2026, 0.0, Some(-200_000.0))]);
}

#[test]
fn gains_are_told_by_stage_setting_and_for_the_farthest() {
    let mut scenario = sample::scenario();
    for (at, unit) in scenario.district.units.iter_mut().enumerate() {
        unit.setting = Some(if at < 3 { Setting::Urban } else { Setting::Rural });
    }
    let first = sample::document(&scenario);
    let second = without_merger(&first);
    let all = at_home(&scenario, &[&first, &second]);
    let gains = &pair(&all, Some(0), 1).gains;
    let parts: Vec<Slice> = gains.iter().map(|one| one.part).collect();
    assert_eq!(
        parts,
        [
            Slice::All,
            Slice::Stage(Stage::Primary),
            Slice::Stage(Stage::Junior),
            Slice::Setting(Setting::Urban),
            Slice::Setting(Setting::Rural),
            Slice::Farthest
        ]
    );
    assert_eq!(gains.iter().map(|one| one.gain.pupils).collect::<Vec<_>>()[..5], [3895, 2605, 1290, 2820, 1075]);
    assert_eq!(gains.iter().map(|one| one.gain.nearer).collect::<Vec<_>>()[..5], [105, 105, 0, 0, 105]);
    let far: Gain = gains[5].gain;
    assert!(far.pupils > 0 && far.pupils <= 389, "at most a tenth goes farther than nine tenths: {}", far.pupils);
    let told: Vec<Slice> = all.ways.iter().map(|group| group.part).collect();
    assert_eq!(told, parts[..5]);
    for group in &all.ways {
        for ways in group.plans.iter().chain(&group.today) {
            assert_eq!(ways.histogram.iter().sum::<i64>(), ways.pupils);
        }
    }
    assert_eq!(all.units[0].setting, Some(Setting::Rural));
    serde_json::to_value(&all).expect("a comparison is JSON");
}

#[test]
fn plans_for_other_pupils_have_no_best_total() {
    let scenario = sample::scenario();
    let first = sample::document(&scenario);
    let mut second = first.clone();
    for row in &mut second.assignment {
        row.pupils.values_mut().for_each(|pupils| *pupils /= 2);
    }
    let all = at_home(&scenario, &[&first, &second]);
    assert!(!all.same_pupils);
    assert!(figure(&all, "figure.pupil_km").differs);
    assert_eq!(figure(&all, "figure.pupil_km").best, Vec::<usize>::new());
    assert!(!figure(&all, MEAN).best.is_empty() || !figure(&all, MEAN).differs);
    let there = pair(&all, Some(0), 1);
    assert_eq!(there.all().pupils, second.assignment.iter().flat_map(|row| row.pupils.values()).sum::<i64>());
    assert_eq!(there.all().moved, 0, "fewer pupils of a unit that keeps its school are no transfer");
}

#[test]
fn todays_network_is_a_plan_like_others() {
    let scenario = sample::scenario();
    let mut today = sample::document(&scenario);
    today.years.clear();
    today.assignment.clear();
    today.sites.iter_mut().for_each(|site| site.actions.clear());
    let all = at_home(&scenario, &[&today, &sample::document(&scenario)]);
    assert_eq!(all.plans[0].year, 2024);
    assert_eq!(figure(&all, CHANGED).values, [Some(0.0), Some(805.0)]);
    assert_eq!(pair(&all, Some(0), 1).transfers, pair(&all, None, 1).transfers);
}

#[test]
fn letters_go_on_after_z() {
    assert_eq!([0, 25, 26, 51, 52, 702].map(letter), ["A", "Z", "AA", "AZ", "BA", "AAA"]);
}

/// The sample plan with its rows sent to other schools.
fn redirected(scenario: &Scenario, schools: &[usize]) -> PlanDocument {
    let mut document = sample::document(scenario);
    for (row, &school) in document.assignment.iter_mut().zip(schools) {
        let sites = if row.stage == Stage::Primary { ["p1", "p2", "n1", "c1"] } else { ["n1", "j1", "n1", "j1"] };
        sites[school].clone_into(&mut row.site);
        let place = |key: &str| scenario.district.sites.entries().find(|(_, site)| site.key == key).unwrap().0;
        let unit = UnitId(row.unit[1..].parse::<u32>().unwrap() - 1);
        row.km = sample::metres(scenario, unit, place(&row.site)).km();
    }
    document
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn rows_are_the_schools_of_the_first_plan_and_columns_those_of_the_second(
        one in proptest::collection::vec(0..4_usize, 16), other in proptest::collection::vec(0..4_usize, 16)
    ) {
        let scenario = sample::scenario();
        let documents = [sample::document(&scenario), redirected(&scenario, &one), redirected(&scenario, &other)];
        let all = at_home(&scenario, &documents.iter().collect::<Vec<_>>());
        let rolls = |document: &PlanDocument| {
            let mut rolls: BTreeMap<(Stage, String), i64> = BTreeMap::new();
            for row in &document.assignment {
                *rolls.entry((row.stage, row.site.clone())).or_default() += row.pupils.values().sum::<i64>();
            }
            rolls
        };
        prop_assert_eq!(all.pairs.len(), 3 + 3);
        for pair in &all.pairs {
            let (mut rows, mut columns) = (BTreeMap::new(), BTreeMap::new());
            for transfer in &pair.transfers {
                let from = transfer.from.clone().expect("every unit has a school");
                *rows.entry((transfer.stage, from)).or_insert(0) += transfer.pupils;
                *columns.entry((transfer.stage, transfer.to.clone())).or_insert(0) += transfer.pupils;
            }
            prop_assert_eq!(&columns, &rolls(&documents[pair.to]));
            if let Some(from) = pair.from {
                prop_assert_eq!(&rows, &rolls(&documents[from]));
            }
            let gain = pair.all();
            let off_diagonal: i64 =
                pair.transfers.iter().filter(|t| t.from.as_ref() != Some(&t.to)).map(|t| t.pupils).sum();
            prop_assert_eq!(gain.moved, off_diagonal);
            // Stages are parts of the whole.
            let stages = pair.gains.iter().filter(|one| matches!(one.part, Slice::Stage(_)));
            prop_assert_eq!(stages.map(|one| one.gain.pupil_metres).sum::<i64>(), gain.pupil_metres);
        }
        // What the way there lengthens in all is the difference of the totals.
        let total = |at: usize| {
            let ways = &all.ways[0].plans[at];
            (ways.mean.unwrap() * ways.pupils as f64).round() as i64
        };
        let change = pair(&all, Some(1), 2).all().pupil_metres;
        prop_assert_eq!(change, total(2) - total(1));
    }
}
