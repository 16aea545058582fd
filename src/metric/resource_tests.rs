//! Metrics on what schools have to teach with, and the scopes that go with them, on a small county.

use super::catalogue::{check, find};
use super::ground::Ground;
use super::view::{Row, Subject, YearView};
use super::{Measurement, Outcome};
use crate::domain::district::{Setting, SiteKind, Stage};
use crate::domain::fixture::{county, grade, group, rule};
use crate::domain::resource::{Held, Resources, Staff};
use crate::domain::rule::Category;
use crate::domain::scenario::Scenario;
use crate::id::{IdVec, SiteId, UnitId};
use crate::travel::Travel;
use crate::units::{Pupils, Year};

const A: SiteId = SiteId(0);
const B: SiteId = SiteId(1);
const C: SiteId = SiteId(2);

/// A primary of 100 in three classes, a nine-year school of 520 and 360 with one shared row, a point of 30.
fn sample() -> Scenario {
    let mut scenario = county(&[2025, 2026]);
    scenario.with_site("a", SiteKind::Primary, 12, 0.0);
    scenario.with_site("b", SiteKind::NineYear, 40, 5.0);
    scenario.with_site("c", SiteKind::TeachingPoint, 3, 9.0);
    scenario.with_section(A, Stage::Primary, vec![group(1, 40, Some(1)), group(2, 60, Some(2))]);
    scenario.with_section(B, Stage::Primary, vec![group(1, 520, Some(12))]);
    scenario.with_section(B, Stage::Junior, vec![group(7, 360, Some(8))]);
    scenario.with_section(C, Stage::Primary, vec![group(1, 30, Some(1))]);
    let own = Resources {
        equipment_yuan: Some(200_000.0),
        media_rooms: Some(2.0),
        funds_yuan: Some(72_000.0),
        ..Resources::default()
    };
    let shared = Resources { equipment_yuan: Some(916_000.0), ..Resources::default() };
    scenario.district.resources.push(Held { site: A, stage: Some(Stage::Primary), what: own.clone() });
    scenario.district.resources.push(Held { site: B, stage: None, what: shared });
    let small = Resources { equipment_yuan: Some(10_000.0), funds_yuan: Some(60_000.0), ..Resources::default() };
    scenario.district.resources.push(Held { site: C, stage: Some(Stage::Primary), what: small });
    for (site, stage, posts) in [(A, Stage::Primary, 8.0), (B, Stage::Primary, 27.0), (C, Stage::Primary, 1.0)] {
        let what = Staff { posts: Some(posts), above_degree: Some(4.0), ..Staff::default() };
        scenario.district.staff.push(Held { site, stage: Some(stage), what });
    }
    scenario
}

/// What a rule measures in a year if nothing is done.
fn measured(scenario: &Scenario, year: i32, text: &str) -> Vec<Measurement> {
    let travel = Travel::new(scenario);
    let ground = Ground::new(scenario, &travel);
    let view = YearView::untouched(&ground, Year(year));
    let rule = rule(&format!("id = \"r\"\nseverity = \"report\"\n{text}\n"));
    assert_eq!(check(&rule), []);
    find(&rule.metric).unwrap().measure(&rule, &view)
}

fn values(all: &[Measurement]) -> Vec<(Subject, Option<f64>, Outcome)> {
    all.iter().map(|one| (one.subject, one.value, one.outcome)).collect()
}

const PRIMARY: Stage = Stage::Primary;

#[test]
fn stages_share_by_weighted_pupils_and_what_is_unknown_waits() {
    let scenario = sample();
    let text = "metric = \"indicator_value\"\nop = \">=\"\nlimit = 2000\n\
                params = { indicator = \"equipment\", weight_junior = 1.1 }\n";
    // 520 and 360 pupils share 1 : 1.1, so 520 / 916 and 396 / 916 of 916,000.
    assert_eq!(
        values(&measured(&scenario, 2024, text)),
        [
            (Subject::Section(A, PRIMARY), Some(2000.0), Outcome::Pass),
            (Subject::Section(B, PRIMARY), Some(1000.0), Outcome::Fail),
            (Subject::Section(B, Stage::Junior), Some(1100.0), Outcome::Fail),
            (Subject::Section(C, PRIMARY), Some(333.333_333_333), Outcome::Fail),
        ]
    );
    let media = text.replace("equipment", "media_rooms").replace("2000", "2.0");
    let found = measured(&scenario, 2024, &media);
    assert_eq!((found[0].value, found[0].outcome), (Some(2.0), Outcome::Pass));
    assert!(found[1..].iter().all(|one| one.outcome == Outcome::Pending));
    let unknown = text.replace("equipment", "sports_area");
    assert_eq!(values(&measured(&scenario, 2024, &unknown)), [(Subject::County, None, Outcome::Pending)]);
}

#[test]
fn sections_without_pupils_or_left_out_by_an_exemption_are_not_tested() {
    let mut scenario = sample();
    scenario.with_site("d", SiteKind::Junior, 12, 12.0);
    let text = "metric = \"indicator_value\"\nop = \">=\"\nlimit = 2000\nparams = { indicator = \"equipment\" }\n\
                exempt = [{ name = \"point\", when = { all = [{ kind_in = [\"teaching_point\"] }, { pupils_lt = 50 }] }, skip = true }]\n";
    let found = measured(&scenario, 2024, text);
    let outcome = |subject| found.iter().find(|one| one.subject == subject).unwrap().outcome;
    assert_eq!(outcome(Subject::Section(C, PRIMARY)), Outcome::NotApplicable);
    assert_eq!(outcome(Subject::Section(SiteId(3), Stage::Junior)), Outcome::NotApplicable);
}

#[test]
fn categories_follow_the_indicator_rules_of_a_pack() {
    let mut scenario = sample();
    let standards = [("equipment", 1000.0), ("above_degree", 0.7)];
    for (indicator, limit) in standards {
        scenario.rules.push(rule(&format!(
            "id = \"x.res.{indicator}\"\nmetric = \"indicator_value\"\nop = \">=\"\nlimit = {limit}\n\
             severity = \"report\"\nscope = {{ stages = [\"primary\"] }}\nparams = {{ indicator = \"{indicator}\", weight_junior = 1.1 }}\n"
        )));
    }
    let text = "metric = \"seven_pass\"\nop = \">=\"\nlimit = 2\nscope = { stages = [\"primary\"] }\n\
                params = { rules = \"x.res.\", rest = 0.5 }\n";
    let found = measured(&scenario, 2024, text);
    let of = |at: usize| (found[at].value, found[at].outcome, found[at].category);
    assert_eq!(of(0), (Some(2.0), Outcome::Pass, Some(Category::A)));
    // 4 of 520 pupils is 0.77 for 100; 4 of 30 is far more, but 333 yuan are far too few.
    assert_eq!(of(1), (Some(2.0), Outcome::Pass, Some(Category::A)));
    assert_eq!(of(2), (Some(1.0), Outcome::Fail, Some(Category::D)));
    let one = text.replace("limit = 2", "limit = 1");
    let found = measured(&scenario, 2024, &one);
    assert_eq!((found[2].outcome, found[2].category), (Outcome::Fail, Some(Category::C)));
    assert_eq!((found[1].outcome, found[1].category), (Outcome::Pass, Some(Category::A)));
    let near = one.replace("rest = 0.5", "rest = 0.33");
    let found = measured(&scenario, 2024, &near);
    assert_eq!((found[2].outcome, found[2].category), (Outcome::Pass, Some(Category::B)));
    let none = text.replace("x.res.", "y.");
    assert_eq!(values(&measured(&scenario, 2024, &none)), [(Subject::County, None, Outcome::Pending)]);
}

#[test]
fn the_county_waits_for_the_last_school_before_it_has_a_coefficient() {
    let scenario = sample();
    let text = "metric = \"indicator_cv\"\nop = \"<=\"\nlimit = 0.5\nscope = { stages = [\"primary\"] }\n\
                params = { indicator = \"equipment\", weight_junior = 1.1, decimals = 2 }\n";
    let found = measured(&scenario, 2024, text);
    // 200,000 for 100, 520,000 for 520, 10,000 for 30 pupils.
    let (n, x) = ([100.0, 520.0, 30.0], [200_000.0, 520_000.0, 10_000.0]);
    let mean = 730_000.0 / 650.0;
    let squares: f64 = n.iter().zip(x).map(|(n, x): (&f64, f64)| n / 650.0 * (x / n - mean).powi(2)).sum();
    assert_eq!(found[0].value, Some(((squares.sqrt() / mean) * 100.0).round() / 100.0));
    let waits = text.replace("equipment", "media_rooms");
    assert_eq!(values(&measured(&scenario, 2024, &waits)), [(Subject::County, None, Outcome::Pending)]);
}

#[test]
fn posts_are_those_given_today_and_shared_out_anew_in_plan_years() {
    let mut scenario = sample();
    let unit = scenario.with_unit("u", 1.0, &[(1, 380)], [Some(A), None]);
    let small = scenario.with_unit("v", 9.0, &[(1, 19)], [Some(C), None]);
    assert_eq!((unit, small), (UnitId(0), UnitId(1)));
    let text = "metric = \"posts_lacking\"\nop = \"<=\"\nlimit = 0\nscope = { stages = [\"primary\"] }\n\
                params = { pupils_per_post = 19, posts_per_class = 2, small_pupils = 50 }\n";
    let today: Vec<Option<f64>> = measured(&scenario, 2024, text).iter().map(|one| one.value).collect();
    // 100 / 19 and 520 / 19 posts by pupils; the point needs two for its one class and has one.
    assert_eq!(today, [Some(0.0), Some(0.368_421_053), Some(1.0)]);
    let needed = text.replace("posts_lacking", "posts_needed").replace("limit = 0", "limit = 36");
    let sum = (620.0 / 19.0_f64 * 1e9).round() / 1e9;
    assert_eq!(measured(&scenario, 2024, &needed)[0].value, Some(sum + 2.0));
    // In 2025 the county of 36 posts has 380 pupils at a (20 posts) and 19 at c (one, or two for a class).
    let later = measured(&scenario, 2025, text);
    assert!(later.iter().filter(|one| one.outcome == Outcome::Pass).count() == 2, "{later:?}");
    assert_eq!(later[1].outcome, Outcome::NotApplicable);
}

#[test]
fn funds_count_a_small_school_as_one_hundred_and_wait_where_they_are_not_known() {
    let scenario = sample();
    let text = "metric = \"funds_per_pupil\"\nop = \">=\"\nlimit = 720\nscope = { stages = [\"primary\"] }\n\
                params = { small_pupils = 100, counted_as = 100 }\n";
    assert_eq!(
        values(&measured(&scenario, 2024, text)),
        [
            (Subject::Section(A, PRIMARY), Some(720.0), Outcome::Pass),
            (Subject::Section(B, PRIMARY), None, Outcome::Pending),
            (Subject::Section(C, PRIMARY), Some(600.0), Outcome::Fail),
        ]
    );
    assert!(measured(&scenario, 2025, text).iter().all(|one| one.outcome == Outcome::NotApplicable));
    let rates = "metric = \"public_funds\"\nop = \"<=\"\nlimit = 1e7\nscope = { stages = [\"primary\", \"junior\"] }\n\
                 params = { primary = 720, junior = 940, small_pupils = 100, counted_as = 100, floor = 300000 }\n";
    let total = (100.0 + 520.0) * 720.0 + 360.0 * 940.0 + 300_000.0;
    assert_eq!(measured(&scenario, 2024, rates)[0].value, Some(total));
}

#[test]
fn zones_are_counted_by_school_or_by_pupil() {
    let mut scenario = sample();
    let text = "metric = \"zoning_share\"\nop = \">=\"\nlimit = 0.95\nscope = { stages = [\"primary\"] }\n";
    assert_eq!(measured(&scenario, 2024, text)[0].outcome, Outcome::Pending);
    for (section, zoned) in [(0, [Some(40), Some(60)]), (1, [Some(468), None]), (3, [None, None])] {
        let groups = &mut scenario.district.sections[crate::id::SectionId(section)].groups;
        for (group, zoned) in groups.iter_mut().zip(zoned) {
            group.zoned = zoned.map(Pupils);
        }
    }
    let found = measured(&scenario, 2024, text);
    assert_eq!(found.iter().map(|one| one.value).collect::<Vec<_>>(), [Some(1.0), Some(0.9), None]);
    assert_eq!(
        found.iter().map(|one| one.outcome).collect::<Vec<_>>(),
        [Outcome::Pass, Outcome::Fail, Outcome::Pending]
    );
    let pupils = format!("{text}params = {{ basis = \"pupils\" }}\n");
    assert_eq!(measured(&scenario, 2024, &pupils)[0].outcome, Outcome::Pending);
    scenario.district.sections[crate::id::SectionId(3)].groups[0].zoned = Some(Pupils(30));
    assert_eq!(measured(&scenario, 2024, &pupils)[0].value, Some((598.0 / 650.0 * 1e9_f64).round() / 1e9));
}

#[test]
fn reported_figures_hold_and_those_not_given_wait() {
    let mut scenario = sample();
    let text = "metric = \"reported\"\nop = \">=\"\nlimit = 1\nparams = { name = \"layout_plan\" }\n";
    assert_eq!(measured(&scenario, 2024, text)[0].outcome, Outcome::Pending);
    scenario.district.reported.insert("layout_plan".into(), 1.0);
    for year in [2024, 2026] {
        assert_eq!(measured(&scenario, year, text)[0].outcome, Outcome::Pass);
    }
}

#[test]
fn scopes_tell_sites_by_age_flags_townships_and_boarding() {
    let mut scenario = sample();
    let area = scenario.district.areas.push(crate::domain::district::Area { key: "t".into(), name: "t".into() });
    scenario.district.areas.push(crate::domain::district::Area { key: "w".into(), name: "w".into() });
    scenario.district.sites[A].built_year = Some(Year(2016));
    scenario.district.sites[B].built_year = Some(Year(2017));
    scenario.district.sites[A].area = Some(area);
    scenario.district.sites[B].boarding = true;
    scenario.district.sites[C].flags = vec!["unassessed".into()];
    let subjects = |scope: &str| -> Vec<Subject> {
        let text = format!("metric = \"site_size\"\nop = \"<=\"\nlimit = 9\nscope = {{ {scope} }}\n");
        measured(&scenario, 2024, &text).iter().map(|one| one.subject).collect()
    };
    let sites = |sites: &[SiteId]| sites.iter().map(|&site| Subject::Site(site)).collect::<Vec<_>>();
    assert_eq!(subjects("built_until = 2016"), sites(&[A]));
    // What nobody knows the age of counts as new.
    assert_eq!(subjects("built_after = 2016"), sites(&[B, C]));
    assert_eq!(subjects("exclude_flags = [\"unassessed\"]"), sites(&[A, B]));
    assert_eq!(subjects("exclude_areas = [\"t\"]"), sites(&[B, C]));
    assert_eq!(subjects("boarding = false"), sites(&[A, C]));
    let per_area = |scope: &str| {
        let text = format!("metric = \"sites_per_area\"\nop = \">=\"\nlimit = 1\nscope = {{ {scope} }}\n");
        measured(&scenario, 2024, &text).iter().map(|one| (one.value, one.outcome)).collect::<Vec<_>>()
    };
    assert_eq!(per_area("stages = [\"primary\"]"), [(Some(1.0), Outcome::Pass), (Some(0.0), Outcome::Fail)]);
    assert_eq!(per_area("stages = [\"primary\"], exclude_areas = [\"w\"]"), [(Some(1.0), Outcome::Pass)]);
    assert_eq!(per_area("stages = [\"junior\"], exclude_areas = [\"w\"]"), [(Some(0.0), Outcome::Fail)]);
}

#[test]
fn classes_of_a_campus_and_the_smallest_grade_are_counted() {
    let scenario = sample();
    let classes = "metric = \"site_classes\"\nop = \"<=\"\nlimit = 18\n";
    let found: Vec<_> = measured(&scenario, 2024, classes).iter().map(|one| (one.value, one.outcome)).collect();
    assert_eq!(found, [(Some(3.0), Outcome::Pass), (Some(20.0), Outcome::Fail), (Some(1.0), Outcome::Pass)]);
    let smallest = "metric = \"grade_min\"\nop = \">=\"\nlimit = 50\nscope = { stages = [\"primary\"] }\n";
    let found: Vec<_> = measured(&scenario, 2024, smallest).iter().map(|one| one.value).collect();
    assert_eq!(found, [Some(40.0), Some(520.0), Some(30.0)]);
}

#[test]
fn boarders_are_counted_by_grade_and_need_room() {
    let mut scenario = sample();
    scenario.district.sites[B].setting = Some(Setting::Rural);
    let travel = Travel::new(&scenario);
    let ground = Ground::new(&scenario, &travel);
    let mut view = YearView::untouched(&ground, Year(2025));
    let row = |number, pupils| {
        let (unit, site) = (UnitId(0), B);
        Row { unit, grade: grade(number), site, boarding: true, pupils: Pupils(pupils) }
    };
    view.rows = vec![row(3, 4), row(5, 20), row(8, 30)];
    let measure = |view: &YearView<'_>, text: &str| {
        let rule = rule(&format!("id = \"r\"\nseverity = \"report\"\n{text}\n"));
        assert_eq!(check(&rule), []);
        find(&rule.metric).unwrap().measure(&rule, view)
    };
    let young = "metric = \"boarders\"\nop = \"<=\"\nlimit = 0\nscope = { grades = [1, 2, 3] }\n";
    let found = measure(&view, young);
    assert_eq!(
        values(&found),
        [
            (Subject::Site(A), None, Outcome::NotApplicable),
            (Subject::Site(B), Some(4.0), Outcome::Fail),
            (Subject::Site(C), None, Outcome::NotApplicable),
        ]
    );
    let space = "metric = \"dormitory_space\"\nop = \">=\"\nlimit = 3\n";
    assert_eq!(measure(&view, space)[1].outcome, Outcome::Pending);
    let sites: IdVec<SiteId, _> = view.sites.clone();
    let rows = view.rows.clone();
    let mut with_rooms = sample();
    let dormitory = Resources { dormitory_m2: Some(108.0), ..Resources::default() };
    with_rooms.district.resources.push(Held { site: B, stage: Some(Stage::Junior), what: dormitory });
    let travel = Travel::new(&with_rooms);
    let ground = Ground::new(&with_rooms, &travel);
    let view = YearView { ground: &ground, sites, rows, ..YearView::untouched(&ground, Year(2025)) };
    assert_eq!(measure(&view, space)[1].value, Some(2.0));
}

/// The outcome of a rule of a pack on a section of classes of the given sizes, each of its own grade.
fn by_pack(id: &str, kind: SiteKind, stage: Stage, sizes: &[(i8, i64)]) -> Outcome {
    let mut scenario = county(&[2025]);
    let first = scenario.district.grades.len();
    for number in Stage::Kindergarten.grades() {
        scenario
            .district
            .grades
            .push(crate::domain::district::Grade { stage: Stage::Kindergarten, number: Some(number) });
    }
    let id_of = |number: i8| {
        if stage == Stage::Kindergarten { crate::id::GradeId((first as i8 + number + 2) as u32) } else { grade(number) }
    };
    let site = scenario.with_site("s", kind, 30, 0.0);
    let groups = sizes.iter().map(|&(number, pupils)| crate::domain::district::Group {
        grades: vec![id_of(number)],
        ..group(1, pupils, Some(1))
    });
    scenario.with_section(site, stage, groups.collect());
    let travel = Travel::new(&scenario);
    let ground = Ground::new(&scenario, &travel);
    let rule = super::fixture::pack_rule(id);
    let found = find(&rule.metric).unwrap().measure(&rule, &YearView::untouched(&ground, Year(2024)));
    assert_eq!(found.len(), 1, "{id}");
    found[0].outcome
}

#[test]
fn packs_hold_the_class_sizes_of_their_sources() {
    use SiteKind::{Junior, Kindergarten as Nursery, Primary};
    let vectors = [
        ("cn.kg.class.1", Nursery, Stage::Kindergarten, -2, 25),
        ("cn.kg.class.2", Nursery, Stage::Kindergarten, -1, 30),
        ("cn.kg.class.3", Nursery, Stage::Kindergarten, 0, 35),
        ("cn.dd6.gov05.primary", Primary, Stage::Primary, 3, 45),
        ("cn.dd6.gov05.junior", Junior, Stage::Junior, 7, 50),
        ("us.fl.k3", Primary, Stage::Primary, 3, 18),
        ("us.fl.g48", Primary, Stage::Primary, 4, 22),
        ("us.fl.g48", Junior, Stage::Junior, 8, 22),
        ("us.fl.g912", Junior, Stage::Junior, 9, 25),
        ("us.tx.k4", Primary, Stage::Primary, 4, 22),
        ("uk.eng.infant", Primary, Stage::Primary, 2, 30),
    ];
    for (id, kind, stage, number, size) in vectors {
        assert_eq!(by_pack(id, kind, stage, &[(number, size)]), Outcome::Pass, "{id}");
        assert_eq!(by_pack(id, kind, stage, &[(number, size + 1)]), Outcome::Fail, "{id}");
    }
    // A limit that names grades leaves the others alone.
    assert_eq!(by_pack("us.fl.k3", Primary, Stage::Primary, &[(4, 40)]), Outcome::NotApplicable);
}
