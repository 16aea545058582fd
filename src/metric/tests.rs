//! What rules ask of the optimiser against what they measure on a plan.

use super::calendar::{self, InForce, Pressure, Untouched, pressure};
use super::fixture::{Asked, pack_rule, pack_rules};
use super::ground::Ground;
use super::lowering::ClosureCount;
use super::scope::{self, SiteFacts};
use super::view::YearView;
use super::{Entry, Measurement, Outcome, band, catalogue};
use crate::domain::action::{Measure, Offer, SiteState, baseline_state};
use crate::domain::district::{Group, Setting, SiteKind, SiteStatus, Stage};
use crate::domain::fixture::{county, grade, group, rule};
use crate::domain::rule::{Predicate, Rule};
use crate::domain::scenario::Scenario;
use crate::id::{GradeId, Id, RuleId, SiteId, UnitId};
use crate::travel::Travel;
use crate::units::{Classes, Pupils, Year};
use proptest::prelude::*;

fn expand(site: SiteId, classes: i64) -> Offer {
    let measure = Measure::Expand { classes: Classes(classes) };
    Offer::at(site, measure)
}

/// Two sites and two units, one of which lies at each; rolls of grades 1, 2 and 7 as given.
fn two_sites(rolls: [[i64; 3]; 2], rooms: [i64; 2]) -> Scenario {
    let mut scenario = county(&[2025]);
    let first = scenario.with_site("nine", SiteKind::NineYear, rooms[0], 0.0);
    let second = scenario.with_site("point", SiteKind::TeachingPoint, rooms[1], 3.0);
    for (key, rolls, lon, primary) in [("u", rolls[0], 0.0, first), ("v", rolls[1], 3.0, second)] {
        let [a, b, c] = rolls;
        scenario.with_unit(key, lon, &[(1, a), (2, b), (7, c)], [Some(primary), Some(first)]);
    }
    scenario
}

/// What the rules measure in the untouched network of 2025, as the objective prices it: infinite for a hard rule that
/// fails.
fn measured_price(ground: &Ground<'_>, view: &YearView<'_>) -> f64 {
    let mut price = 0.0;
    for rule in &ground.scenario.rules {
        let each = pressure(rule, view.year).price();
        for one in catalogue::find(&rule.metric).unwrap().measure(rule, view) {
            if one.outcome == Outcome::Fail && each > 0.0 {
                // A failing hard rule has some excess, so the product is infinite.
                price += each * one.excess;
            }
        }
    }
    price
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// For every metric that enters exactly by place or way, the limits that rules put on plans cost precisely what the
    /// rules measure on the plan.
    #[test]
    fn limits_cost_what_measurements_say(
        rolls in prop::array::uniform2(prop::array::uniform3(0_i64..120)),
        rooms in prop::array::uniform2(0_i64..8),
        limits in (20_i64..60, 20_i64..60, 50_i64..250, 1_i64..80),
        hard in prop::array::uniform4(any::<bool>()),
        prices in prop::array::uniform4(1_i64..9),
    ) {
        let mut scenario = two_sites(rolls, rooms);
        let severity = |i: usize| {
            if hard[i] { "severity = \"hard\"".to_owned() } else { format!("severity = \"soft\"\nsoft = {{ weight = {} }}", prices[i]) }
        };
        let texts = [
            format!("id = \"p\"\nmetric = \"class_size_max\"\nscope = {{ stages = [\"primary\"] }}\nop = \"<=\"\nlimit = {}\n{}", limits.0, severity(0)),
            format!("id = \"j\"\nmetric = \"class_size_max\"\nscope = {{ stages = [\"junior\"] }}\nop = \"<=\"\nlimit = {}\n{}", limits.1, severity(1)),
            format!("id = \"s\"\nmetric = \"site_size\"\nop = \"<=\"\nlimit = {}\n{}", limits.2, severity(2)),
            format!("id = \"m\"\nmetric = \"site_min_size\"\nop = \">=\"\nlimit = {}\n{}", limits.3, severity(3)),
            "id = \"d\"\nmetric = \"travel_dist\"\nscope = { grades = [7] }\nop = \"<=\"\nlimit = 1000\nseverity = \"soft\"\nsoft = { weight = 2.5 }".to_owned(),
        ];
        for text in &texts {
            scenario.rules.push(rule(text));
        }
        let travel = Travel::new(&scenario);
        let ground = Ground::new(&scenario, &travel);
        let mut asked = Asked::new(&scenario);
        catalogue::constrain(&ground, &mut asked);
        let view = YearView::untouched(&ground, Year(2025));
        let (limits, rules) = (asked.price(&view), measured_price(&ground, &view));
        prop_assert!(limits == rules || (limits - rules).abs() < 1e-9, "limits {limits}, rules {rules}");
    }
}

#[test]
fn limits_follow_the_state_that_an_expansion_makes() {
    let mut scenario = county(&[2025, 2026]);
    let site = scenario.with_site("old", SiteKind::Primary, 40, 0.0);
    scenario.district.sites[site].built_year = Some(Year(2009));
    scenario.with_unit("u", 0.0, &[(1, 2300)], [Some(site), None]);
    scenario.offers.push(expand(site, 6));
    for rule in pack_rules("cn.dd6") {
        scenario.rules.push(rule);
    }
    let travel = Travel::new(&scenario);
    let ground = Ground::new(&scenario, &travel);
    let mut asked = Asked::new(&scenario);
    catalogue::constrain(&ground, &mut asked);
    let size: Vec<_> = asked
        .loads
        .iter()
        .map(|(place, _, _, max, price)| (place.year.0, place.state.rooms.0, max.unwrap(), *price))
        .collect();
    let hard = f64::INFINITY;
    // 2025, before the deadline: the price, and no growth beyond today. From 2026 on: hard, without the exemption once
    // enlarged.
    let expected = [
        (2025, 40, 2400, 10.0),
        (2025, 40, 2400, hard),
        (2025, 46, 2000, 10.0),
        (2025, 46, 2000, hard),
        (2026, 40, 2400, hard),
        (2026, 46, 2000, hard),
    ];
    assert_eq!(size, expected);
    let classes: Vec<_> = asked
        .claims
        .iter()
        .map(|(place, claim)| (place.year.0, place.state.rooms.0, claim.price, claim.ceiling))
        .collect();
    // 2300 pupils of one grade need 52 classes and have 40 rooms today: 12 rooms may lack until 2027.
    let ceiling = Some(Classes(12));
    assert_eq!(
        classes,
        [
            (2025, 40, 1000.0, ceiling),
            (2025, 46, 1000.0, ceiling),
            (2026, 40, 1000.0, ceiling),
            (2026, 46, 1000.0, ceiling)
        ]
    );
}

#[test]
fn rules_on_the_plan_ask_for_rows() {
    let mut scenario = two_sites([[10, 0, 0], [10, 0, 0]], [4, 4]);
    scenario.district.sites[SiteId(1)].protected = true;
    scenario.years.push(Year(2026));
    scenario.demand = {
        let old = scenario.demand.clone();
        let mut demand = crate::domain::demand::Demand::new(vec![Year(2024), Year(2025), Year(2026)], 2, 12);
        for unit in [UnitId(0), UnitId(1)] {
            for year in [2024, 2025, 2026] {
                demand.set(Year(year), unit, grade(1), old.pupils(Year(2025), unit, grade(1)));
            }
        }
        demand
    };
    for text in [
        "metric = \"closures\"\nop = \"==\"\nlimit = 1\nparams = { per = \"plan\", count_merges = true }\nseverity = \"hard\"",
        "metric = \"closures\"\nop = \"<=\"\nlimit = 2\nseverity = \"soft\"\nsoft = { weight = 4 }",
        "metric = \"budget\"\nop = \"<=\"\nlimit = 7\nparams = { year = 2026 }\nseverity = \"hard\"",
        "metric = \"budget\"\nop = \"<=\"\nlimit = 9\nparams = { per = \"plan\", running = true }\nseverity = \"hard\"",
        "metric = \"moved_pupils\"\nop = \"<=\"\nlimit = 3\nseverity = \"hard\"",
        "metric = \"protected\"\nop = \">=\"\nlimit = 1\nseverity = \"hard\"\ncalendar = { from = 2026 }",
        "metric = \"travel_share_over\"\nop = \"<=\"\nlimit = 0.25\nparams = { over = 1000 }\nseverity = \"hard\"\ncalendar = { from = 2026 }",
    ] {
        scenario.rules.push(rule(&format!("id = \"r\"\n{text}")));
    }
    let travel = Travel::new(&scenario);
    let ground = Ground::new(&scenario, &travel);
    let mut asked = Asked::new(&scenario);
    catalogue::constrain(&ground, &mut asked);
    let hard = f64::INFINITY;
    let both = vec![Year(2025), Year(2026)];
    let one = |year: i32| vec![Year(year)];
    let count = |years, merges| ClosureCount { years, merges, relocations: false, sites: None };
    assert_eq!(
        asked.closures,
        [
            (count(both.clone(), true), Some(1), Some(1), hard),
            (count(one(2025), false), None, Some(2), 4.0),
            (count(one(2026), false), None, Some(2), 4.0),
        ]
    );
    let budgets: Vec<_> = asked.budgets.iter().map(|(span, max, _)| (span.years.clone(), span.running, *max)).collect();
    assert_eq!(budgets, [(one(2026), false, 7.0), (both, true, 9.0)]);
    assert_eq!(asked.moved, [(Year(2025), 3.0, hard), (Year(2026), 3.0, hard)]);
    assert_eq!(asked.operate, [(SiteId(1), Year(2026), hard)]);
    let far = vec![(UnitId(0), SiteId(1)), (UnitId(1), SiteId(0))];
    assert_eq!(asked.counted, [(Year(2026), far, 5.0, hard)]);
}

#[test]
fn an_unknown_number_of_pupils_takes_the_loosest_limit() {
    let mut scenario = two_sites([[10, 0, 0], [10, 0, 0]], [4, 4]);
    let text = "id = \"r\"\nmetric = \"site_min_size\"\nop = \">=\"\nlimit = 100\nseverity = \"hard\"\n\
        exempt = [{ name = \"few\", when = { pupils_lt = 30 }, limit = 10 }, { name = \"point\", when = { kind_in = [\"teaching_point\"] }, limit = 50 }]";
    let rule = rule(text);
    scenario.rules.push(rule.clone());
    let travel = Travel::new(&scenario);
    let ground = Ground::new(&scenario, &travel);
    let facts = |site: u32, pupils: Option<i64>| SiteFacts {
        ground: &ground,
        site: SiteId(site),
        state: baseline_state(&scenario, SiteId(site)),
        pupils: pupils.map(Pupils),
    };
    assert_eq!(scope::loosest(&rule, &facts(0, None)), Some(10.0));
    assert_eq!(scope::applied(&rule, &facts(0, Some(29))).limit, 10.0);
    assert_eq!(scope::applied(&rule, &facts(0, Some(30))).limit, 100.0);
    assert_eq!(scope::applied(&rule, &facts(1, Some(30))).limit, 50.0);
    assert_eq!(scope::applied(&rule, &facts(1, Some(30))).exemption, Some(1));
}

#[test]
fn predicates_look_at_the_site_and_its_state() {
    let mut scenario = two_sites([[10, 0, 30], [10, 0, 0]], [4, 4]);
    {
        let site = &mut scenario.district.sites[SiteId(0)];
        site.built_year = Some(Year(2010));
        site.setting = Some(Setting::Rural);
        site.migrants = Some(Pupils(21));
        site.boarding = true;
        site.flags.push("hill".to_owned());
    }
    let any = rule("id = \"r\"\nmetric = \"site_size\"\nop = \"<=\"\nlimit = 1\nseverity = \"hard\"");
    let travel = Travel::new(&scenario);
    let ground = Ground::new(&scenario, &travel);
    let state = baseline_state(&scenario, SiteId(0));
    let holds = |predicate: Predicate, state: SiteState| {
        scope::holds(&predicate, &SiteFacts { ground: &ground, site: SiteId(0), state, pupils: None }, &any)
    };
    let enlarged = SiteState { enlarged: true, ..state };
    assert_eq!(holds(Predicate::BuiltYearLe(2010), state), Some(true));
    assert_eq!(holds(Predicate::BuiltYearLe(2009), state), Some(false));
    assert_eq!(holds(Predicate::BuiltYearLe(2010), enlarged), Some(false));
    // 21 of 40 pupils: more than half.
    assert_eq!(holds(Predicate::MigrantShareGt(0.5), state), Some(true));
    assert_eq!(holds(Predicate::MigrantShareGt(0.525), state), Some(false));
    assert_eq!(holds(Predicate::KindIn(vec![SiteKind::NineYear]), state), Some(true));
    assert_eq!(holds(Predicate::SettingIn(vec![Setting::Urban, Setting::Town]), state), Some(false));
    assert_eq!(holds(Predicate::BoardingIs(true), state), Some(true));
    assert_eq!(holds(Predicate::SiteFlag("hill".into()), state), Some(true));
    let few = || Predicate::PupilsLt(5);
    let no = || Predicate::BoardingIs(false);
    let yes = || Predicate::BoardingIs(true);
    assert_eq!(holds(few(), state), None);
    assert_eq!(holds(Predicate::All(vec![few(), no()]), state), Some(false));
    assert_eq!(holds(Predicate::All(vec![few(), yes()]), state), None);
    assert_eq!(holds(Predicate::Any(vec![few(), yes()]), state), Some(true));
    assert_eq!(holds(Predicate::Any(vec![few(), no()]), state), None);
    assert_eq!(holds(Predicate::Not(Box::new(no())), state), Some(true));
    assert_eq!(holds(Predicate::All(Vec::new()), state), Some(true));
    assert_eq!(holds(Predicate::Any(Vec::new()), state), Some(false));
}

#[test]
fn bands_are_the_coarsest_sets_that_pressing_rules_treat_alike() {
    let mut scenario = county(&[2025]);
    let numbers = |scenario: &Scenario| -> Vec<String> {
        band::bands(scenario).iter().map(|band| band::key(scenario, &band.grades)).collect()
    };
    assert_eq!(numbers(&scenario), ["1-6", "7-9"]);
    let young = "id = \"r\"\nmetric = \"travel_time\"\nscope = { grades = [1, 2, 3] }\nop = \"<=\"\nlimit = 30\nseverity = \"report\"";
    scenario.rules.push(rule(young));
    assert_eq!(numbers(&scenario), ["1-6", "7-9"]);
    scenario.rules.push(rule(&young.replace("report", "hard")));
    assert_eq!(numbers(&scenario), ["1-3", "4-6", "7-9"]);
    scenario.rules.push(rule(&young.replace("report", "hard").replace("1, 2, 3", "2")));
    assert_eq!(numbers(&scenario), ["1,3", "2", "4-6", "7-9"]);
}

#[test]
fn severity_and_calendar_make_the_price() {
    let text = "id = \"r\"\nmetric = \"site_size\"\nop = \"<=\"\nlimit = 1\nseverity = \"hard\"\nsoft = { weight = 4 }\n\
                calendar = { from = 2026, deadline = 2028, no_worse = true }";
    let hard = rule(text);
    let years = [2025, 2026, 2027, 2028, 2029].map(Year);
    let prices = |rule: &Rule| years.map(|year| pressure(rule, year));
    let (none, soft) = (Pressure::Untested, Pressure::Soft(4.0));
    assert_eq!(prices(&hard), [none, soft, soft, Pressure::Hard, Pressure::Hard]);
    assert_eq!(years.map(|year| calendar::must_not_worsen(&hard, year)), [false, true, true, false, false]);
    assert_eq!(prices(&rule(&text.replace("\"hard\"", "\"soft\""))), [none, soft, soft, soft, soft]);
    assert_eq!(
        prices(&rule(&text.replace("\"hard\"", "\"report\""))),
        [none, Pressure::Report, Pressure::Report, Pressure::Report, Pressure::Report]
    );
    let entry = |change: &str| calendar::entry(&rule(&format!("{text}{change}")), &years);
    assert_eq!(entry(""), Entry::Exact);
    assert_eq!(entry("\naggregate = { share_at_least = 0.9 }"), Entry::CheckedAfter);
    assert_eq!(entry("\nscope = { min_pupils = 50 }"), Entry::CheckedAfter);
}

#[test]
fn ceilings_are_the_worst_that_the_forecast_alone_brings() {
    let mut scenario = county(&[2025, 2026, 2027]);
    let site = scenario.with_site("s", SiteKind::Primary, 4, 0.0);
    let unit = scenario.with_unit("u", 0.0, &[(1, 100)], [Some(site), None]);
    for (year, pupils) in [(2024, 120), (2025, 150), (2026, 90), (2027, 400)] {
        scenario.demand.set(Year(year), unit, grade(1), Pupils(pupils));
    }
    scenario.rules.push(rule(
        "id = \"r\"\nmetric = \"site_size\"\nop = \"<=\"\nlimit = 100\nseverity = \"hard\"\nsoft = { weight = 1 }\n\
         calendar = { deadline = 2027, no_worse = true }",
    ));
    let travel = Travel::new(&scenario);
    let ground = Ground::new(&scenario, &travel);
    let ceilings = Untouched::new(&ground).all_ceilings(&scenario);
    let force = InForce::new(&ground, &ceilings, RuleId(0));
    let subject = super::view::Subject::Site(site);
    let ceiling = |year| force.ceiling(Year(year), subject);
    assert_eq!([ceiling(2025), ceiling(2026), ceiling(2027)], [Some(50.0), Some(50.0), None]);
    assert_eq!(force.ceiling(Year(2025), super::view::Subject::County), Some(0.0));
    assert_eq!(force.years().collect::<Vec<_>>(), [(Year(2025), 1.0), (Year(2026), 1.0), (Year(2027), f64::INFINITY)]);
}

/// All measurements of one rule on the untouched network of a year.
fn measure(scenario: &Scenario, text: &str, year: i32) -> Vec<Measurement> {
    let rule = rule(&format!("id = \"r\"\nseverity = \"report\"\n{text}"));
    let travel = Travel::new(scenario);
    let ground = Ground::new(scenario, &travel);
    catalogue::find(&rule.metric).unwrap().measure(&rule, &YearView::untouched(&ground, Year(year)))
}

#[test]
fn ways_are_measured_by_unit_grade_and_setting() {
    // v lies 3 hundredths of a degree from the nine-year school that its grade 7 goes to: 3756 m at 30 km/h.
    let mut scenario = two_sites([[10, 0, 5], [10, 0, 20]], [4, 4]);
    let far = "metric = \"travel_dist\"\nop = \"<=\"\nlimit = 2756\n";
    let values: Vec<_> = measure(&scenario, far, 2025).iter().map(|one| (one.value, one.excess, one.outcome)).collect();
    assert_eq!(values, [(Some(0.0), 0.0, Outcome::Pass), (Some(3756.0), 20.0, Outcome::Fail)]);
    let young = format!("{far}scope = {{ grades = [1, 2, 3] }}");
    assert!(measure(&scenario, &young, 2025).iter().all(|one| one.outcome == Outcome::Pass));
    let minutes = "metric = \"travel_time\"\nop = \"<=\"\nlimit = 7.5\n";
    // 3756 m at 30 km/h are 450.72 s, rounded to 451.
    assert_eq!(measure(&scenario, minutes, 2025)[1].value, Some(451.0 / 60.0));
    let share = "metric = \"travel_share_over\"\nop = \"<=\"\nlimit = 0.4\nparams = { over = 2756 }\n";
    assert_eq!(measure(&scenario, share, 2025)[0].value, Some(20.0 / 45.0));
    scenario.district.units[UnitId(1)].setting = Some(Setting::Rural);
    let rural = format!("{far}scope = {{ settings = [\"rural\"] }}");
    let subjects: Vec<_> = measure(&scenario, &rural, 2025).iter().map(|one| one.subject).collect();
    assert_eq!(subjects, [super::view::Subject::Unit(UnitId(1))]);
}

#[test]
fn ways_that_grow_before_the_deadline_are_left_out() {
    let mut scenario = two_sites([[10, 0, 5], [10, 0, 20]], [4, 4]);
    scenario.rules.push(rule(
        "id = \"r\"\nscope = { stages = [\"primary\"] }\nmetric = \"travel_dist\"\nop = \"<=\"\nlimit = 1000\n\
         severity = \"hard\"\ncalendar = { deadline = 2026, no_worse = true }",
    ));
    let forbidden = |scenario: &Scenario| -> Vec<(UnitId, SiteId)> {
        let travel = Travel::new(scenario);
        let ground = Ground::new(scenario, &travel);
        let mut asked = Asked::new(scenario);
        catalogue::constrain(&ground, &mut asked);
        asked.ways.iter().filter(|way| way.4.is_infinite()).map(|way| (way.2, way.3)).collect()
    };
    // Today everybody goes to the school next door, so that no longer way is left; junior ways are not meant.
    let (u, v) = (UnitId(0), UnitId(1));
    assert_eq!(forbidden(&scenario), [(u, SiteId(1)), (v, SiteId(0))]);
    // v goes too far today already, and may go on doing so.
    scenario.baseline.sites[v][0] = Some(SiteId(0));
    assert_eq!(forbidden(&scenario), [(u, SiteId(1))]);
}

#[test]
fn margins_shares_and_protection_are_measured() {
    let mut scenario = two_sites([[90, 0, 100], [60, 0, 0]], [3, 2]);
    let margin = "metric = \"seat_margin\"\nop = \">=\"\nlimit = 0.05\nparams = { size = 45 }\nscope = { stages = [\"primary\"] }";
    // 5 rooms of 45 places for 150 pupils.
    assert_eq!(measure(&scenario, margin, 2025)[0].value, Some(0.5));
    let class = "metric = \"class_size_max\"\nop = \"<=\"\nlimit = 60\n";
    scenario.rules.push(rule(&format!("id = \"c\"\nseverity = \"report\"\n{class}")));
    // 90 and 100 pupils in three rooms: 2 + 2 are needed, so 45 and 45, and 100 in one class; 60 in one class.
    let large = "metric = \"large_class_share\"\nop = \"<=\"\nlimit = 0.05\nparams = { size = 55 }";
    let shares: Vec<_> = measure(&scenario, large, 2025).iter().map(|one| one.value).collect();
    assert_eq!(shares, [Some(0.5)]);
    let kept = "metric = \"protected\"\nop = \">=\"\nlimit = 1\n";
    assert_eq!(measure(&scenario, kept, 2025), []);
    assert_eq!(measure(&scenario, &format!("{kept}params = {{ marked_only = false }}"), 2025).len(), 2);
    scenario.district.sites[SiteId(1)].protected = true;
    assert_eq!(measure(&scenario, kept, 2025).len(), 1);
    scenario.district.sites[SiteId(1)].status = SiteStatus::Candidate;
    assert_eq!(measure(&scenario, kept, 2025), []);
}

#[test]
fn rolls_known_by_stage_only_are_tested_by_rooms() {
    let mut scenario = county(&[2025]);
    scenario.district.grades = vec![crate::domain::district::Grade { stage: Stage::Junior, number: None }].into();
    scenario.stages = vec![Stage::Junior];
    scenario.demand = crate::domain::demand::Demand::new(vec![Year(2024), Year(2025)], 1, 1);
    for (pupils, rooms, outcome) in [(500, 10, Outcome::Pass), (501, 10, Outcome::Fail), (501, 11, Outcome::Pass)] {
        let mut scenario = scenario.clone();
        let site = scenario.with_site("s", SiteKind::Junior, rooms, 0.0);
        let unit = scenario.with_unit("u", 0.0, &[], [Some(site), None]);
        scenario.baseline.sites[unit] = vec![Some(site)];
        scenario.demand.set(Year(2025), unit, GradeId::new(0), Pupils(pupils));
        scenario.rules.push(pack_rule("cn.dd6.gov05.junior"));
        let class = "metric = \"class_size_max\"\nop = \"<=\"\nlimit = 50\n";
        assert_eq!(measure(&scenario, class, 2025)[0].outcome, outcome, "{pupils} in {rooms}");
        assert_eq!(band::key(&scenario, &[GradeId::new(0)]), "7-9");
    }
}

#[test]
fn joint_classes_stay_joint_in_plan_years() {
    let mut scenario = two_sites([[0, 0, 0], [20, 20, 0]], [4, 1]);
    let joint = Group { grades: vec![grade(1), grade(2)], ..group(1, 30, Some(1)) };
    scenario.with_section(SiteId(1), Stage::Primary, vec![joint]);
    scenario.rules.push(pack_rule("cn.dd6.gov05.primary"));
    let travel = Travel::new(&scenario);
    let ground = Ground::new(&scenario, &travel);
    let view = YearView::untouched(&ground, Year(2025));
    let groups = &view.sites[SiteId(1)].groups;
    assert_eq!(groups.len(), 1);
    assert_eq!((groups[0].pupils, groups[0].classes), (Pupils(40), Some(Classes(1))));
    assert_eq!(groups[0].grades, [grade(1), grade(2)]);
}
