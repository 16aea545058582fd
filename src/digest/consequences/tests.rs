//! Consequences worked out by hand.

use super::Consequences;
use super::placement::Spot;
use super::releases::Why;
use crate::domain::action::{Disposal, Measure, Offer};
use crate::domain::district::{SiteKind, SiteStatus, Stage};
use crate::domain::document::{
    ActionDocument, AssignmentDocument, ObjectiveDocument, PlanDocument, PlanStatus, SCHEMA, SiteDocument,
    SolverDocument, StateDocument,
};
use crate::domain::fixture::{county, grade, rule};
use crate::domain::resource::{Held, Project, ProjectStatus, Resources, Staff};
use crate::domain::scenario::Scenario;
use crate::id::{Id, SiteId, UnitId};
use crate::message::Text;
use crate::travel::Travel;
use crate::units::{Classes, Pupils, Year, Yuan};
use std::collections::BTreeMap;

mod conservation;
mod moves;

/// Who goes where in a year: unit, number of grade, site.
type Zones<'z> = &'z dyn Fn(i32, UnitId, i8) -> SiteId;

/// A document in which sites operate and units are zoned as the functions say, and no school changes its kind.
fn document(
    scenario: &Scenario,
    open: &dyn Fn(i32, SiteId) -> bool,
    zones: Zones<'_>,
    actions: &[(SiteId, ActionDocument)],
) -> PlanDocument {
    let kind = |year, site| open(year, site).then(|| scenario.district.sites[site].kind);
    document_of(scenario, &kind, zones, actions)
}

/// A document in which sites are of the given kinds, where they operate, and units are zoned as the functions say.
fn document_of(
    scenario: &Scenario,
    kind: &dyn Fn(i32, SiteId) -> Option<SiteKind>,
    zones: Zones<'_>,
    actions: &[(SiteId, ActionDocument)],
) -> PlanDocument {
    let district = &scenario.district;
    let mut rolls: BTreeMap<(i32, SiteId), BTreeMap<String, i64>> = BTreeMap::new();
    let mut assignment = Vec::new();
    for &year in scenario.demand.years() {
        for unit in district.units.ids() {
            for (id, facts) in district.grades.entries() {
                let pupils = scenario.demand.pupils(year, unit, id).0;
                let (number, stage) = (facts.number.unwrap(), scenario.stage_index(facts.stage));
                let (true, Some(stage)) = (pupils > 0, stage) else { continue };
                let baseline = year == scenario.baseline_year;
                let site =
                    if baseline { scenario.baseline.sites[unit][stage].unwrap() } else { zones(year.0, unit, number) };
                *rolls.entry((year.0, site)).or_default().entry(facts.key()).or_default() += pupils;
                if !baseline {
                    assignment.push(AssignmentDocument {
                        unit: district.units[unit].key.clone(),
                        stage: facts.stage,
                        band: facts.key(),
                        year: year.0,
                        site: district.sites[site].key.clone(),
                        pupils: BTreeMap::from([(facts.key(), pupils)]),
                        km: 0.0,
                        minutes: None,
                        mode: "straight_line".to_owned(),
                        boarding: false,
                    });
                }
            }
        }
    }
    let state = |year: Year, id: SiteId| {
        let pupils = rolls.get(&(year.0, id)).cloned().unwrap_or_default();
        StateDocument {
            year: year.0,
            operating: kind(year.0, id).is_some(),
            kind: kind(year.0, id).unwrap_or(district.sites[id].kind),
            rooms: district.sites[id].rooms.0,
            beds: 0,
            classes: pupils.iter().map(|(key, pupils)| (key.clone(), (pupils + 44) / 45)).collect(),
            pupils,
        }
    };
    PlanDocument {
        schema: SCHEMA.to_owned(),
        scenario: scenario.name.clone(),
        scenario_sha256: scenario.sha256.clone(),
        variant: None,
        synthetic: true,
        assumptions: Vec::new(),
        status: PlanStatus::Feasible,
        baseline_year: scenario.baseline_year.0,
        years: scenario.years.iter().map(|year| year.0).collect(),
        objective: ObjectiveDocument { total: 0.0, terms: BTreeMap::new() },
        bound: None,
        gap: None,
        levels: Vec::new(),
        solver: SolverDocument {
            engine: "none".to_owned(),
            seed: 0,
            work: 0,
            nodes: 0,
            locked: Vec::new(),
            closures: None,
        },
        robust: None,
        checked_after: Vec::new(),
        sites: district
            .sites
            .entries()
            .map(|(id, site)| SiteDocument {
                id: site.key.clone(),
                name: site.name.clone(),
                actions: actions.iter().filter(|action| action.0 == id).map(|action| action.1.clone()).collect(),
                states: scenario.demand.years().iter().map(|&year| state(year, id)).collect(),
            })
            .collect(),
        assignment,
        compliance: Vec::new(),
        rules: Vec::new(),
    }
}

fn action(name: &str, year: i32, into: Option<&str>, classes: i64) -> ActionDocument {
    let (action, into) = (name.to_owned(), into.map(str::to_owned));
    ActionDocument {
        year,
        action,
        into,
        classes,
        kind: None,
        beds: None,
        music_rooms: 0,
        art_rooms: 0,
        cost: 0,
        reason: String::new(),
    }
}

fn posts(site: SiteId, posts: f64, backbone: f64) -> Held<Staff> {
    let (posts, teachers, backbone) = (Some(posts), Some(posts), Some(backbone));
    Held { site, stage: Some(Stage::Primary), what: Staff { posts, teachers, backbone, ..Staff::default() } }
}

fn things(site: SiteId, equipment: f64, sets: f64) -> Held<Resources> {
    let (equipment_yuan, media_rooms) = (Some(equipment), Some(sets));
    let teaching_m2 = Some(1000.0);
    let what = Resources { teaching_m2, equipment_yuan, media_rooms, ..Resources::default() };
    Held { site, stage: Some(Stage::Primary), what }
}

/// Three primaries on a line with ten pupils a post: 60, 100 and 80 pupils in grade 1 and 2.
fn three() -> (Scenario, [SiteId; 3]) {
    let mut scenario = county(&[2025]);
    let [a, b, c] =
        [("a", 0.0), ("b", 1.0), ("c", 3.0)].map(|(key, lon)| scenario.with_site(key, SiteKind::Primary, 6, lon));
    for (key, lon, pupils, site) in
        [("near", 0.2, 20, a), ("far", 1.9, 10, a), ("bee", 1.0, 50, b), ("sea", 3.0, 40, c)]
    {
        scenario.with_unit(key, lon, &[(1, pupils), (2, pupils)], [Some(site), None]);
    }
    scenario.district.staff = vec![posts(a, 6.0, 3.0), posts(b, 10.0, 2.0), posts(c, 8.0, 0.0)];
    scenario.district.resources = vec![things(a, 90_001.0, 7.0), things(b, 5.0, 1.0), things(c, 6.0, 1.0)];
    (scenario, [a, b, c])
}

#[test]
fn a_closure_disperses_posts_and_equipment_with_its_pupils() {
    let (mut scenario, [a, b, c]) = three();
    scenario.offers = vec![Offer {
        reason: Text::same("few pupils"),
        disposal: Some(Disposal::Rebuild),
        ..Offer::at(a, Measure::Close)
    }];
    // Of the 60 pupils of a, 40 go to b and 20 to c.
    let zones = |_: i32, unit: UnitId, _: i8| [b, c, b, c][unit.index()];
    let plan =
        document(&scenario, &|year, site| year < 2025 || site != a, &zones, &[(a, action("close", 2025, None, 0))]);
    let all = Consequences::of(&scenario, &plan);
    let moved: Vec<_> = all
        .transfers
        .iter()
        .filter(|one| one.from != Some(one.to))
        .map(|one| (one.year, one.from, one.to, one.pupils, one.entrants))
        .collect();
    assert_eq!(moved, [(2025, Some(a), b, 40, 20), (2025, Some(a), c, 20, 10)], "half of them enter grade 1");
    let flows: Vec<_> = all.staff_flows.iter().map(|flow| (flow.from.0, flow.to.0, flow.why, flow.counts[0])).collect();
    assert_eq!(flows, [(a, b, Why::WithPupils, Some(400)), (a, c, Why::WithPupils, Some(200))]);
    assert_eq!(all.staff_flows[0].counts, [Some(400), None, Some(400), None, Some(200), None]);
    let after: Vec<_> = all.staff.iter().filter(|one| one.year == 2025).map(|one| (one.site, one.counts[0])).collect();
    assert_eq!(after, [(b, Some(1400)), (c, Some(1000))]);
    assert!(all.staff.iter().all(|one| one.lacking() == Some(0.0)), "ten pupils a post before and after");
    let moved: Vec<_> = all.asset_flows.iter().map(|flow| (flow.from, flow.to.0, flow.amounts)).collect();
    assert_eq!(
        moved,
        [(a, b, [Some(6_000_100), Some(500)]), (a, c, [Some(3_000_000), Some(200)])],
        "90,001 yuan and 7 sets by two to one, in hundredths"
    );
    assert_eq!(all.disposed.len(), 1);
    let place = &all.disposed[0];
    assert_eq!((place.site, place.disposal, place.given, place.rooms), (a, Disposal::Rebuild, true, 6));
    assert_eq!((place.teaching_m2, place.land_m2), (Some(1000.0), None));
    let way = all.transfers.iter().find(|one| one.to == b && one.from == Some(a)).unwrap();
    let travel = Travel::new(&scenario);
    let metres = |site| travel.leg(UnitId::new(0), site).unwrap().metres.0;
    assert_eq!((way.before, way.after, way.measured), (40 * metres(a), 40 * metres(b), 40));
}

#[test]
fn a_merger_sends_everything_to_one_school_and_without_a_word_the_place_is_handed_over() {
    let (scenario, [a, b, c]) = three();
    let zones = |_: i32, unit: UnitId, _: i8| [c, c, b, c][unit.index()];
    let merge = (a, action("merge", 2025, Some("c"), 0));
    let all =
        Consequences::of(&scenario, &document(&scenario, &|year, site| year < 2025 || site != a, &zones, &[merge]));
    let flows: Vec<_> = all.staff_flows.iter().map(|flow| (flow.from.0, flow.to.0, flow.why, flow.counts[0])).collect();
    assert_eq!(flows, [(a, c, Why::Together, Some(600))]);
    assert_eq!(
        all.asset_flows.iter().map(|flow| (flow.to.0, flow.amounts)).collect::<Vec<_>>(),
        [(c, [Some(9_000_100), Some(700)])]
    );
    assert_eq!((all.disposed[0].disposal, all.disposed[0].given), (Disposal::Transfer, false));
}

#[test]
fn without_pupils_left_posts_go_to_the_nearest_school() {
    let (mut scenario, [a, b, _]) = three();
    for unit in [0, 1] {
        for number in [1, 2] {
            scenario.demand.set(Year(2025), UnitId::new(unit), grade(number), Pupils(0));
        }
    }
    let zones = |_: i32, unit: UnitId, _: i8| scenario.baseline.sites[unit][0].unwrap();
    let close = (a, action("close", 2025, None, 0));
    let all =
        Consequences::of(&scenario, &document(&scenario, &|year, site| year < 2025 || site != a, &zones, &[close]));
    assert_eq!((all.staff_flows[0].to.0, all.staff_flows[0].why), (b, Why::Nearest));
    assert_eq!((all.asset_flows[0].to.0, all.asset_flows[0].why), (b, Why::Nearest));
}

#[test]
fn posts_go_from_the_nearest_school_with_more_than_it_needs() {
    let (mut scenario, [a, b, c]) = three();
    // b grows by 20 pupils, so that it needs 12 posts; a loses 10 of 60 and c 40 of 80.
    for (unit, pupils) in [(0, 15), (1, 10), (2, 60), (3, 20)] {
        for number in [1, 2] {
            scenario.demand.set(Year(2025), UnitId::new(unit), grade(number), Pupils(pupils));
        }
    }
    let zones = |_: i32, unit: UnitId, _: i8| scenario.baseline.sites[unit][0].unwrap();
    let plan = document(&scenario, &|_, _| true, &zones, &[]);
    let flows = |scenario: &Scenario| -> Vec<_> {
        let all = Consequences::of(scenario, &plan);
        all.staff_flows.iter().map(|flow| (flow.from.0, flow.to.0, flow.why, flow.counts[0])).collect()
    };
    assert_eq!(
        flows(&scenario),
        [(a, b, Why::Need, Some(100)), (c, b, Why::Need, Some(100))],
        "a has one to spare and is nearer"
    );
    // By a rule of 12 pupils a post everybody but b has more than enough: 120 / 12 = 10 are there already.
    scenario.rules.push(rule(
        "id = \"posts\"\nmetric = \"posts_lacking\"\nop = \"<=\"\nlimit = 0\nseverity = \"report\"\nparams = { pupils_per_post = 12 }",
    ));
    assert_eq!(flows(&scenario), []);
    // Private schools are left out.
    scenario.rules = Vec::new().into();
    for school in &mut scenario.district.schools {
        if school.key == "b" {
            school.ownership = crate::domain::district::Ownership::Private;
        }
    }
    assert_eq!(flows(&scenario), []);
}

#[test]
fn a_new_school_gets_posts_by_the_mean_of_the_county() {
    let (mut scenario, [a, b, c]) = three();
    let d = scenario.with_site("d", SiteKind::Primary, 6, 2.9);
    scenario.district.sites[d].status = SiteStatus::Candidate;
    let zones = |_: i32, unit: UnitId, _: i8| [a, a, b, d][unit.index()];
    let build = (d, action("build", 2025, None, 6));
    let open = |year: i32, site: SiteId| site != d || year >= 2025;
    let all = Consequences::of(&scenario, &document(&scenario, &open, &zones, &[build]));
    let flows: Vec<_> = all.staff_flows.iter().map(|flow| (flow.from.0, flow.to.0, flow.why, flow.counts[0])).collect();
    assert_eq!(flows, [(c, d, Why::Need, Some(800))], "80 pupils at ten a post, all from the school that they leave");
    let at = |site| all.staff.iter().find(|one| one.year == 2025 && one.site == site).map(|one| one.counts[0]);
    assert_eq!((at(d), at(c)), (Some(Some(800)), Some(Some(0))));
    assert!(all.disposed.is_empty() && all.asset_flows.is_empty(), "c still operates and keeps what it has");
}

#[test]
fn posts_follow_the_pupils_before_they_come_from_nearer_schools() {
    let (mut scenario, [a, b, c]) = three();
    let d = scenario.with_site("d", SiteKind::Primary, 6, 0.1);
    scenario.district.sites[d].status = SiteStatus::Candidate;
    // a loses 20 of its 60 pupils to nobody and lies beside the new school, to which those of c go.
    for number in [1, 2] {
        scenario.demand.set(Year(2025), UnitId::new(0), grade(number), Pupils(10));
    }
    let zones = |_: i32, unit: UnitId, _: i8| [a, a, b, d][unit.index()];
    let open = |year: i32, site: SiteId| site != d || year >= 2025;
    let all = Consequences::of(&scenario, &document(&scenario, &open, &zones, &[(d, action("build", 2025, None, 6))]));
    let flows: Vec<_> = all.staff_flows.iter().map(|flow| (flow.from.0, flow.to.0, flow.counts[0])).collect();
    assert_eq!(flows, [(c, d, Some(800))]);
}

#[test]
fn pupils_who_stay_until_they_leave_are_no_transfer() {
    let mut scenario = county(&[2025, 2026, 2027]);
    let [a, b] = [("a", 0.0), ("b", 1.0)].map(|(key, lon)| scenario.with_site(key, SiteKind::Primary, 6, lon));
    scenario.with_unit("u", 0.5, &[(1, 10), (2, 20), (3, 30)], [Some(a), None]);
    // From 2026 on entrants go to b, and stay there as they move up.
    let zones = |year: i32, _: UnitId, number: i8| if i32::from(number) <= year - 2025 { b } else { a };
    let all = Consequences::of(&scenario, &document(&scenario, &|_, _| true, &zones, &[]));
    let changed: Vec<_> = all
        .transfers
        .iter()
        .filter(|one| one.from != Some(one.to))
        .map(|one| (one.year, one.pupils, one.entrants))
        .collect();
    assert_eq!(changed, [(2026, 10, 10)], "only those who enter, and once");
    let placed: Vec<_> = all
        .placed
        .iter()
        .filter(|one| one.year == 2027)
        .map(|one| (one.site, one.grade, one.pupils, one.entrants, one.come))
        .collect();
    assert_eq!(placed, [(a, grade(3), 30, 0, 0), (b, grade(1), 10, 10, 0), (b, grade(2), 20, 0, 0)]);
    let told: Vec<_> = all
        .notices
        .iter()
        .map(|one| (one.year, one.grades.clone(), one.rising, one.old[0].0.site, one.new[0].0.site))
        .collect();
    assert_eq!(told, [(Some(2026), vec![grade(1)], true, a, b), (None, vec![grade(3)], false, a, a)]);
}

#[test]
fn a_village_that_moves_at_once_gets_one_line() {
    let mut scenario = county(&[2025, 2026]);
    let [a, b] = [("a", 0.0), ("b", 1.0)].map(|(key, lon)| scenario.with_site(key, SiteKind::NineYear, 6, lon));
    scenario.with_unit("u", 0.5, &[(1, 10), (2, 20), (7, 30)], [Some(a), Some(a)]);
    let zones = |year: i32, _: UnitId, number: i8| if year == 2026 && number < 7 { b } else { a };
    let all = Consequences::of(&scenario, &document(&scenario, &|_, _| true, &zones, &[]));
    let told: Vec<_> =
        all.notices.iter().map(|one| (one.stage, one.year, one.grades.clone(), one.pupils, one.new.clone())).collect();
    let spot = |site| Spot { site, boarding: false };
    assert_eq!(
        told,
        [
            (Stage::Primary, Some(2026), vec![grade(1), grade(2)], 30, vec![(spot(b), 30)]),
            (Stage::Junior, None, vec![grade(7)], 30, vec![(spot(a), 30)]),
        ]
    );
}

#[test]
fn what_the_county_names_and_the_plan_builds_is_one_project() {
    let (mut scenario, [a, ..]) = three();
    scenario.rules.push(rule(
        "id = \"size\"\nmetric = \"class_size_max\"\nop = \"<=\"\nlimit = 45\nseverity = \"hard\"\nscope = { stages = [\"primary\"] }",
    ));
    let plot = scenario.with_site("d", SiteKind::Primary, 0, 2.0);
    scenario.district.sites[plot].status = SiteStatus::Candidate;
    let project = |key: &str, site, year, status| Project {
        key: key.to_owned(),
        name: key.to_owned(),
        plan: "plan".to_owned(),
        site,
        floor_m2: 5000.0,
        places: Pupils(500),
        music_rooms: Some(2),
        art_rooms: None,
        cost: None,
        year: Year(year),
        status,
    };
    scenario.district.projects =
        vec![project("old", a, 2020, ProjectStatus::Done), project("new", plot, 2026, ProjectStatus::Building)];
    let offer = |site, measure, capital, floor_m2| Offer {
        capital: Yuan(capital),
        lead_years: 1,
        floor_m2,
        ..Offer::at(site, measure)
    };
    let build = Measure::Build { kind: SiteKind::Primary, classes: Classes(12), beds: Pupils(0) };
    scenario.offers =
        vec![offer(plot, build, 9000, None), offer(a, Measure::Expand { classes: Classes(4) }, 700, Some(300.0))];
    let zones = |_: i32, unit: UnitId, _: i8| scenario.baseline.sites[unit][0].unwrap();
    let actions = [(a, action("expand", 2025, None, 4)), (plot, action("build", 2025, None, 12))];
    let all = Consequences::of(&scenario, &document(&scenario, &|_, _| true, &zones, &actions));
    let works: Vec<_> = all
        .works
        .iter()
        .map(|one| (one.project, one.action.as_str(), one.floor_m2, one.places, one.cost, one.start, one.year))
        .collect();
    assert_eq!(
        works,
        [
            (Some(0), "", Some(5000.0), Some(500), None, None, 2020),
            (Some(1), "build", Some(5000.0), Some(500), Some(9000), Some(2024), 2025),
            (None, "expand", Some(300.0), Some(180), Some(700), Some(2024), 2025),
        ]
    );
    let rooms: Vec<_> = all.works.iter().map(super::works::Work::special_rooms).collect();
    assert_eq!(rooms, [(2, 0), (2, 0), (0, 0)], "the county says two music rooms where the plan says nothing");
}

#[test]
fn funds_are_told_by_section_and_keep_the_floor_of_small_schools() {
    let (mut scenario, [a, b, c]) = three();
    scenario.rules.push(rule(
        "id = \"funds\"\nmetric = \"public_funds\"\nop = \"<=\"\nlimit = 1e9\nseverity = \"report\"\n\
         params = { primary = 720, small_pupils = 100, counted_as = 100 }",
    ));
    let zones = |_: i32, unit: UnitId, _: i8| [c, c, b, c][unit.index()];
    let merge = (a, action("merge", 2025, Some("c"), 0));
    let all =
        Consequences::of(&scenario, &document(&scenario, &|year, site| year < 2025 || site != a, &zones, &[merge]));
    let funds: Vec<_> = all.funds.iter().map(|one| (one.year, one.site, one.pupils, one.yuan)).collect();
    assert_eq!(
        funds,
        [
            (2024, a, 60, 72_000.0),
            (2024, b, 100, 72_000.0),
            (2024, c, 80, 72_000.0),
            (2025, b, 100, 72_000.0),
            (2025, c, 140, 100_800.0),
        ]
    );
}
