//! Rules on indicators as limits on pupils, against the measures: every plan that breaks no hard rule is within the limits, every
//! one within their stricter form breaks none, and where no place is said in part the limits are the rules.

use super::calendar::{Ceilings, Pressure, Untouched, exceeds, must_not_worsen, pressure};
use super::catalogue::{self, find};
use super::fixture::Asked;
use super::ground::Ground;
use super::view::{SiteView, YearView};
use super::{Measurement, Outcome, classes};
use crate::domain::action::{Measure, Offer, baseline_state, states};
use crate::domain::district::{SiteKind, SiteStatus, Stage};
use crate::domain::fixture::{county, grade, rule};
use crate::domain::resource::{Held, Resources, Staff};
use crate::domain::rule::{Severity, Soft};
use crate::domain::scenario::Scenario;
use crate::id::{Id, IdVec, RuleId, SiteId};
use crate::random::Random;
use crate::travel::Travel;
use crate::units::{Classes, Pupils, Year};

const YEAR: Year = Year(2025);
/// Pupils of each stage in the county.
const PRIMARY: i64 = 26;
const JUNIOR: i64 = 22;

/// What a site has, drawn so that limits lie among the pupils that there are.
fn holdings(random: &mut Random, scenario: &mut Scenario, site: SiteId, stages: &[Stage]) {
    let mut rows: Vec<Option<Stage>> = stages.iter().map(|&stage| Some(stage)).collect();
    rows.push(None);
    for stage in rows {
        if random.chance(0.6) {
            let equipment_yuan = random.chance(0.8).then(|| random.between(0, 300) as f64);
            let media_rooms = random.chance(0.8).then(|| random.between(0, 4) as f64 / 2.0);
            let what = Resources { equipment_yuan, media_rooms, ..Resources::default() };
            scenario.district.resources.push(Held { site, stage, what });
        }
        if random.chance(0.4) {
            let what = Staff { above_degree: Some(random.between(0, 3) as f64), ..Staff::default() };
            scenario.district.staff.push(Held { site, stage, what });
        }
    }
}

/// A school that may be enlarged and into which two others may merge, and a plot to which one of these may move.
fn drawn(random: &mut Random) -> (Scenario, [SiteId; 4]) {
    let mut scenario = county(&[2025]);
    let kinds = [SiteKind::NineYear, SiteKind::NineYear, SiteKind::Primary];
    let site = scenario.with_site("site", kinds[random.below(3)], 2 + random.below(8) as i64, 0.0);
    let near = scenario.with_site("near", kinds[random.below(3)], 4, 1.0);
    let far = scenario.with_site("far", SiteKind::Primary, 4, 2.0);
    let plot = scenario.with_site("plot", SiteKind::NineYear, 0, 3.0);
    scenario.district.sites[plot].status = SiteStatus::Candidate;
    for (number, pupils) in [(1, PRIMARY - 10), (2, 10), (7, JUNIOR - 8), (7, 8)] {
        // What was allowed before a deadline is that of some of the pupils.
        let home = Some([site, near][random.below(2)]);
        scenario.with_unit(&format!("u{number} {pupils}"), 0.0, &[(number, pupils)], [home, home]);
    }
    for at in [site, near, far] {
        let stages = scenario.district.sites[at].kind.stages();
        holdings(random, &mut scenario, at, stages);
    }
    for from in [near, far] {
        if random.chance(0.5) {
            scenario.offers.push(Offer::at(from, Measure::Merge { into: site }));
        }
    }
    let adds = |random: &mut Random, site, stage| {
        let what = Resources { equipment_yuan: Some(random.between(1, 200) as f64), ..Resources::default() };
        vec![Held { site, stage, what }]
    };
    let stage = [None, Some(Stage::Primary)][random.below(2)];
    let classes = Classes(1);
    scenario.offers.push(Offer { adds: adds(random, site, stage), ..Offer::at(site, Measure::Expand { classes }) });
    let moving = Measure::Relocate { into: plot, kind: SiteKind::NineYear, classes: Classes(6), beds: Pupils::ZERO };
    let fitted = if random.chance(0.5) { adds(random, plot, None) } else { Vec::new() };
    scenario.offers.push(Offer { adds: fitted, ..Offer::at(site, moving) });
    rules(random, &mut scenario);
    (scenario, [site, near, far, plot])
}

fn rules(random: &mut Random, scenario: &mut Scenario) {
    if random.chance(0.4) {
        let size = 3 + random.below(4);
        scenario.rules.push(rule(&format!(
            "id = \"class\"\nmetric = \"class_size_max\"\nop = \"<=\"\nlimit = {size}\nseverity = \"hard\"\n"
        )));
    }
    let late = random.chance(0.3);
    let hard = random.chance(0.7);
    let calendar = if late { "calendar = { deadline = 2026, no_worse = true }\n" } else { "" };
    let grades = if random.chance(0.1) { ", grades = [1, 7]" } else { "" };
    let weights =
        ["", ", weight_junior = 1.1", ", weight_junior = 1.3333333, weight_senior = 2", ", weight_junior = 0"];
    let weights = weights[if random.chance(0.8) { random.below(3) } else { 3 }];
    for (indicator, limits) in
        [("equipment", [6.0, 10.5, 20.0]), ("media_rooms", [4.2, 8.0, 10.0]), ("above_degree", [5.3, 7.0, 12.5])]
    {
        for stage in ["primary", "junior"] {
            let exempt = if random.chance(0.25) {
                let count = 1 + random.below(20);
                let then = ["skip = true".to_owned(), format!("limit = {}", limits[0] / 2.0)][random.below(2)].clone();
                format!("[[exempt]]\nname = \"small\"\nwhen = {{ pupils_lt = {count} }}\n{then}\n")
            } else {
                String::new()
            };
            let severity = if hard { "hard" } else { "report" };
            scenario.rules.push(rule(&format!(
                "id = \"res.{indicator}.{stage}\"\nmetric = \"indicator_value\"\nop = \">=\"\nlimit = {}\nseverity = \"{severity}\"\n\
                 scope = {{ stages = [\"{stage}\"]{grades} }}\nparams = {{ indicator = \"{indicator}\"{weights} }}\n{}{exempt}",
                limits[random.below(3)],
                if hard { calendar } else { "" },
            )));
        }
        // With all of them at once hardly any plan would be left.
        if hard && random.chance(0.6) {
            break;
        }
    }
    if !hard || random.chance(0.2) {
        let (limit, rest) = (1 + random.below(3), [0.0, 0.85][random.below(2)]);
        scenario.rules.push(rule(&format!(
            "id = \"seven\"\nmetric = \"seven_pass\"\nop = \">=\"\nlimit = {limit}\nseverity = \"hard\"\n\
             scope = {{ stages = [\"primary\", \"junior\"]{grades} }}\nparams = {{ rules = \"res.\", rest = {rest} }}\n{calendar}"
        )));
    }
}

/// What was seen over all draws.
#[derive(Debug, Default)]
struct Seen {
    /// Counties in which the limits are the rules.
    whole: usize,
    /// Counties in which they say them in part.
    part: usize,
    /// Plans that break a rule.
    broken: usize,
    /// Plans within the limits that break a rule.
    missed: usize,
    /// Plans that keep the rules, and those of them within the stricter form.
    kept: usize,
    strict: usize,
}

#[test]
fn limits_hold_every_plan_that_keeps_the_rules_and_their_stricter_form_no_other() {
    let mut seen = Seen::default();
    let all = std::env::var("CATCHMENT_ORACLE").is_ok_and(|value| value == "all");
    for seed in 0..if all { 1500 } else { 120 } {
        let mut random = Random::new(seed, "indicators as limits");
        let (scenario, sites) = drawn(&mut random);
        check(seed, &scenario, sites, &mut seen);
    }
    println!("{seen:?}");
    assert!(seen.whole > 20 && seen.part > 20 && seen.broken > 10_000, "{seen:?}");
    // The limits say most of the rules, and the stricter form leaves most of the plans.
    assert!(seen.missed * 4 < seen.broken && seen.strict * 2 > seen.kept, "{seen:?}");
}

#[test]
fn a_section_has_exactly_as_many_pupils_as_the_standard_divides_into_what_it_has() {
    let (teachers, things) =
        (|above_degree: f64| Staff { above_degree: Some(above_degree), ..Staff::default() }, Resources::default);
    // Standards and amounts that are no binary fractions: a figure more and a pupil more both make a difference of one.
    for (indicator, amount, standard, most) in [
        ("above_degree", 21.0, 4.2, 500),
        ("above_degree", 5.3, 5.3, 100),
        ("above_degree", 2.7, 0.9, 300),
        ("media_rooms", 23.0, 2.3, 1000),
        ("media_rooms", 2.4, 2.4, 100),
        ("teaching_area", 446.6, 5.8, 77),
        ("equipment", 666_000.0, 2000.0, 333),
        ("equipment", 665_999.0, 2000.0, 332),
    ] {
        let mut scenario = county(&[2025]);
        let site = scenario.with_site("site", SiteKind::Primary, 60, 0.0);
        scenario.with_unit("u", 0.0, &[(1, 2000)], [Some(site), None]);
        let what = Resources {
            equipment_yuan: Some(amount),
            media_rooms: Some(amount),
            teaching_m2: Some(amount),
            ..things()
        };
        scenario.district.resources.push(Held { site, stage: None, what });
        scenario.district.staff.push(Held { site, stage: Some(Stage::Primary), what: teachers(amount) });
        scenario.rules.push(rule(&format!(
            "id = \"r\"\nmetric = \"indicator_value\"\nop = \">=\"\nlimit = {standard}\nseverity = \"hard\"\n\
             params = {{ indicator = \"{indicator}\" }}\n"
        )));
        let travel = Travel::new(&scenario);
        let ground = Ground::new(&scenario, &travel);
        let mut asked = Asked::new(&scenario);
        catalogue::constrain(&ground, &mut asked);
        let limits: Vec<Option<i64>> = asked.loads.iter().map(|(_, _, _, max, _)| *max).collect();
        assert_eq!((limits, asked.weighted.len(), asked.parts.len()), (vec![Some(most)], 0, 0), "{indicator} {amount}");
    }
}

#[test]
fn of_far_more_pupils_than_any_section_has_only_the_plain_limits_are_said() {
    let mut scenario = county(&[2025]);
    let site = scenario.with_site("site", SiteKind::NineYear, 60, 0.0);
    scenario.with_unit("u", 0.0, &[(1, 90_000), (7, 70_000)], [Some(site), Some(site)]);
    for (stage, yuan) in [(Some(Stage::Primary), 2_000.0), (None, 600_000.0)] {
        let what = Resources { equipment_yuan: Some(yuan), ..Resources::default() };
        scenario.district.resources.push(Held { site, stage, what });
    }
    scenario.rules.push(rule(
        "id = \"r\"\nmetric = \"indicator_value\"\nop = \">=\"\nlimit = 10\nseverity = \"hard\"\n\
         scope = { stages = [\"primary\"] }\nparams = { indicator = \"equipment\" }\n",
    ));
    let travel = Travel::new(&scenario);
    let ground = Ground::new(&scenario, &travel);
    for (strict, most) in [(false, 60_200), (true, 200)] {
        let mut asked = Asked::new(&scenario);
        asked.strict = strict;
        catalogue::constrain(&ground, &mut asked);
        let limits: Vec<Option<i64>> = asked.loads.iter().map(|(_, _, _, max, _)| *max).collect();
        assert_eq!((limits, asked.weighted.len(), asked.parts.len()), (vec![Some(most)], 0, 1));
    }
}

#[test]
fn a_soft_price_is_never_above_what_the_audit_counts() {
    let (mut priced, mut counted) = (0.0, 0.0);
    for seed in 0..60 {
        let mut random = Random::new(seed, "indicators at a price");
        let (mut scenario, sites) = drawn(&mut random);
        scenario.rules = scenario.rules.iter().filter(|rule| rule.metric != "seven_pass").cloned().collect();
        for rule in scenario.rules.iter_mut().filter(|rule| rule.metric == "indicator_value") {
            rule.severity = Severity::Soft;
            rule.soft = Some(Soft { weight: random.between(1, 9) as f64 });
            rule.calendar = None;
        }
        let travel = Travel::new(&scenario);
        let ground = Ground::new(&scenario, &travel);
        let mut asked = Asked::new(&scenario);
        catalogue::constrain(&ground, &mut asked);
        let ceilings = Untouched::new(&ground).all_ceilings(&scenario);
        every_plan(&ground, &ceilings, sites, &mut |view, told| {
            let price = asked.price(view);
            // Class sizes are hard, and what they allow is what is priced.
            if price.is_finite() {
                let rules = scenario.rules.iter().filter_map(|rule| Some((rule, rule.soft?.weight)));
                let audited: f64 = rules
                    .flat_map(|(rule, weight)| {
                        let measured = find(&rule.metric).unwrap().measure(rule, view);
                        measured.into_iter().map(move |one| weight * one.excess)
                    })
                    .sum();
                assert!(price <= audited * (1.0 + 1e-12) + 1e-9, "seed {seed}: {price} for {audited}, {told}");
                priced += price;
                counted += audited;
            }
        });
    }
    // A good part of what is counted is in sight of the optimiser.
    assert!(priced > 0.2 * counted, "{priced} of {counted}");
}

fn check(seed: u64, scenario: &Scenario, sites: [SiteId; 4], seen: &mut Seen) {
    let travel = Travel::new(scenario);
    let ground = Ground::new(scenario, &travel);
    let ceilings = Untouched::new(&ground).all_ceilings(scenario);
    let mut asked = Asked::new(scenario);
    catalogue::constrain(&ground, &mut asked);
    let mut strict = Asked::new(scenario);
    strict.strict = true;
    catalogue::constrain(&ground, &mut strict);
    let whole = asked.parts.is_empty();
    *(if whole { &mut seen.whole } else { &mut seen.part }) += 1;
    every_plan(&ground, &ceilings, sites, &mut |view, told| {
        let breaks = scenario.rules.entries().any(|(id, rule)| {
            let most = |one: &Measurement| ceilings[id].get(&(YEAR, one.subject)).copied().unwrap_or(0.0);
            let measured = find(&rule.metric).unwrap().measure(rule, view);
            measured.iter().any(|one| match pressure(rule, YEAR) {
                Pressure::Hard => one.outcome == Outcome::Fail,
                _ => must_not_worsen(rule, YEAR) && exceeds(one.excess, most(one)),
            })
        });
        let told = || format!("seed {seed}: {told}: {:?} {:?}", asked.loads, asked.weighted);
        let (allowed, surely) = (asked.price(view) == 0.0, strict.price(view) == 0.0);
        assert!(breaks || allowed, "refused though it keeps the rules, {}", told());
        assert!(!(breaks && surely), "in the stricter form though it breaks a rule, {} {:?}", told(), strict.weighted);
        assert!(!whole || allowed != breaks, "the limits are not the rules, {}", told());
        seen.broken += usize::from(breaks);
        seen.missed += usize::from(breaks && allowed);
        seen.kept += usize::from(!breaks);
        seen.strict += usize::from(surely);
    });
}

/// Looks at every number of pupils in every course: schools merge into the site, it is enlarged, or it moves.
fn every_plan(
    ground: &Ground<'_>,
    ceilings: &IdVec<RuleId, Ceilings>,
    [site, near, far, plot]: [SiteId; 4],
    each: &mut dyn FnMut(&YearView<'_>, &str),
) {
    let scenario = ground.scenario;
    let offered = |site, shuts: bool| {
        scenario.offers.iter().position(|offer| offer.site == site && offer.measure.shuts() == shuts)
    };
    let both = [(false, false), (true, false), (false, true), (true, true)];
    let gone = both.map(|(first, second)| {
        let all = [(near, first), (far, second)];
        all.into_iter().filter(|&(_, gone)| gone).map(|(from, _)| from).collect::<Vec<SiteId>>()
    });
    let merged = gone.into_iter().filter(|gone| gone.iter().all(|&from| offered(from, true).is_some()));
    let mut courses: Vec<(Vec<SiteId>, bool, bool)> =
        merged.flat_map(|gone| [(gone.clone(), false, false), (gone, true, false)]).collect();
    // A school that moves takes nobody in.
    courses.push((Vec::new(), false, true));
    for (gone, enlarged, moved) in courses {
        let mut view = YearView::untouched(ground, YEAR);
        for other in scenario.district.sites.ids() {
            view.sites[other] = SiteView { state: baseline_state(scenario, other), groups: Vec::new() };
        }
        for &from in &gone {
            view.sites[from].state.operating = false;
            view.merged.push((from, site));
        }
        let place = if moved { plot } else { site };
        if let (Some(offer), true) = (offered(site, moved), enlarged || moved) {
            view.sites[site].state.operating = !moved;
            view.sites[place].state = states(scenario, place, &[(offer, YEAR)])[0];
        }
        let state = view.sites[place].state;
        let juniors = if state.kind.stages().contains(&Stage::Junior) { JUNIOR } else { 0 };
        for (primary, junior) in (0..=PRIMARY).flat_map(|primary| (0..=juniors).map(move |junior| (primary, junior))) {
            let mut rolls = vec![Pupils::ZERO; scenario.district.grades.len()];
            for (number, pupils) in [(1, primary - primary.min(10)), (2, primary.min(10)), (7, junior)] {
                rolls[grade(number).index()] = Pupils(pupils);
            }
            view.sites[place].groups = classes::planned_groups(ground, YEAR, place, &state, &rolls, Some(ceilings));
            each(&view, &format!("{primary} and {junior}, {gone:?} {enlarged} {moved}"));
        }
    }
}
