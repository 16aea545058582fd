//! Schools that move and schools that change their kind, worked out by hand.

use super::{Consequences, Why, action, document, document_of, posts, things, three};
use crate::domain::action::{Disposal, Measure, Offer};
use crate::domain::district::{SiteKind, SiteStatus, Stage};
use crate::domain::document::ActionDocument;
use crate::domain::fixture::{grade, rule};
use crate::domain::resource::{Held, Resources};
use crate::domain::scenario::Scenario;
use crate::id::{Id, SiteId, UnitId};
use crate::message::Text;
use crate::units::{Classes, Pupils, Yuan};

/// The counties of [`three`] with classes of 45.
fn three_with_classes() -> (Scenario, [SiteId; 3]) {
    let (mut scenario, sites) = three();
    scenario
        .rules
        .push(rule("id = \"size\"\nmetric = \"class_size_max\"\nop = \"<=\"\nlimit = 45\nseverity = \"hard\""));
    (scenario, sites)
}

fn plot(scenario: &mut Scenario, lon: f64) -> SiteId {
    let plot = scenario.with_site("plot", SiteKind::Primary, 0, lon);
    scenario.district.sites[plot].status = SiteStatus::Candidate;
    plot
}

/// Pupils who change school: stage, from, to, how many, of them entrants.
fn moved(all: &Consequences) -> Vec<(Stage, Option<SiteId>, SiteId, i64, i64)> {
    let moved = all.transfers.iter().filter(|one| one.from != Some(one.to));
    moved.map(|one| (one.stage, one.from, one.to, one.pupils, one.entrants)).collect()
}

/// A stage at a site.
type Section = (SiteId, Stage);

/// Posts that go from section to section, in hundredths.
fn flows(all: &Consequences) -> Vec<(Section, Section, Why, Option<i64>)> {
    all.staff_flows.iter().map(|flow| (flow.from, flow.to, flow.why, flow.counts[0])).collect()
}

/// Posts of every section in 2025, in hundredths.
fn posts_after(all: &Consequences) -> Vec<(SiteId, Stage, Option<i64>)> {
    let after = all.staff.iter().filter(|one| one.year == 2025);
    after.map(|one| (one.site, one.stage, one.counts[0])).collect()
}

/// What units are told that changes: unit, stage, year, grades and pupils, old and new school.
fn told(all: &Consequences) -> Vec<(usize, Stage, i32, usize, i64, SiteId, SiteId)> {
    let changes = all.notices.iter().filter_map(|one| Some((one, one.year?)));
    changes
        .map(|(one, year)| {
            let (old, new) = (one.old[0].0.site, one.new[0].0.site);
            (one.unit.index(), one.stage, year, one.grades.len(), one.pupils, old, new)
        })
        .collect()
}

#[test]
fn a_school_that_moves_takes_its_pupils_posts_and_equipment_along_and_releases_the_old_place() {
    let (mut scenario, [a, b, c]) = three_with_classes();
    let d = plot(&mut scenario, 0.4);
    let kind = SiteKind::Primary;
    let measure = Measure::Relocate { into: d, kind, classes: Classes(12), beds: Pupils(0) };
    scenario.offers = vec![Offer {
        reason: Text::same("old"),
        capital: Yuan(50_000),
        lead_years: 2,
        disposal: Some(Disposal::Transform),
        floor_m2: Some(4000.0),
        ..Offer::at(a, measure)
    }];
    let zones = |_: i32, unit: UnitId, _: i8| [d, d, b, c][unit.index()];
    let open = |year: i32, site: SiteId| if year < 2025 { site != d } else { site != a };
    let relocate = ActionDocument { kind: Some(kind), beds: Some(0), ..action("relocate", 2025, Some("plot"), 12) };
    let all = Consequences::of(&scenario, &document(&scenario, &open, &zones, &[(a, relocate)]));

    let primary = Stage::Primary;
    assert_eq!(moved(&all), [(primary, Some(a), d, 60, 30)], "all 60, of whom half enter grade 1");
    assert_eq!(flows(&all), [((a, primary), (d, primary), Why::Together, Some(600))]);
    assert_eq!(all.staff_flows[0].counts, [Some(600), None, Some(600), None, Some(300), None]);
    assert_eq!(posts_after(&all), [(b, primary, Some(1000)), (c, primary, Some(800)), (d, primary, Some(600))]);
    assert!(all.staff.iter().all(|one| one.lacking() == Some(0.0)), "ten pupils a post before and after");
    let assets: Vec<_> = all.asset_flows.iter().map(|flow| (flow.from, flow.to, flow.why, flow.amounts)).collect();
    assert_eq!(assets, [(a, (d, primary), Why::Together, [Some(9_000_100), Some(700)])]);
    let places: Vec<_> = all
        .disposed
        .iter()
        .map(|one| (one.year, one.site, one.action.as_str(), one.disposal, one.given, one.rooms, one.teaching_m2))
        .collect();
    assert_eq!(places, [(2025, a, "relocate", Disposal::Transform, true, 6, Some(1000.0))]);
    let works: Vec<_> = all
        .works
        .iter()
        .map(|one| {
            (one.site, one.action.as_str(), one.classes, one.floor_m2, one.places, one.cost, one.start, one.year)
        })
        .collect();
    assert_eq!(works, [(d, "relocate", 12, Some(4000.0), Some(540), Some(50_000), Some(2023), 2025)]);
    assert_eq!(told(&all), [(0, primary, 2025, 2, 40, a, d), (1, primary, 2025, 2, 20, a, d)]);
    let account = |site| all.accounts.get(&(site, 2025)).map(|account| (account.come, account.gone));
    assert_eq!((account(a), account(d)), (Some((0, 30)), Some((30, 0))), "entrants have been at no school before");
}

#[test]
fn a_stage_that_a_school_leaves_behind_when_it_moves_goes_with_its_pupils() {
    let (mut scenario, [a, b, c]) = three_with_classes();
    let d = plot(&mut scenario, 0.4);
    let j = scenario.with_site("j", SiteKind::Junior, 6, 4.0);
    scenario.district.sites[a].kind = SiteKind::NineYear;
    scenario.with_unit("jay", 0.1, &[(7, 50)], [None, Some(a)]);
    let junior = |site: SiteId, count: f64| Held { stage: Some(Stage::Junior), ..posts(site, count, 0.0) };
    scenario.district.staff.extend([junior(a, 5.0), junior(j, 4.0)]);
    scenario.district.resources.push(Held { stage: Some(Stage::Junior), ..things(a, 80.0, 2.0) });
    let shared = Resources { equipment_yuan: Some(1000.0), ..Resources::default() };
    scenario.district.resources.push(Held { site: a, stage: None, what: shared });
    let zones = |_: i32, unit: UnitId, _: i8| [d, d, b, c, j][unit.index()];
    let open = |year: i32, site: SiteId| if year < 2025 { site != d } else { site != a };
    let relocate =
        ActionDocument { kind: Some(SiteKind::Primary), beds: Some(0), ..action("relocate", 2025, Some("plot"), 12) };
    let all = Consequences::of(&scenario, &document(&scenario, &open, &zones, &[(a, relocate)]));
    let (primary, junior) = (Stage::Primary, Stage::Junior);
    assert_eq!(
        flows(&all),
        [
            ((a, primary), (d, primary), Why::Together, Some(600)),
            ((a, junior), (j, junior), Why::WithPupils, Some(500)),
        ],
        "a primary needs no teachers of juniors"
    );
    let assets: Vec<_> = all.asset_flows.iter().map(|flow| (flow.stage, flow.to, flow.amounts)).collect();
    assert_eq!(
        assets,
        [
            (Some(primary), (d, primary), [Some(9_000_100), Some(700)]),
            (Some(junior), (j, junior), [Some(8_000), Some(200)]),
            (None, (d, primary), [Some(100_000), None]),
        ],
        "what both share moves with the school"
    );
}

#[test]
fn a_primary_that_becomes_a_junior_school_sends_posts_and_equipment_away_and_gets_others() {
    let (mut scenario, [a, b, c]) = three_with_classes();
    let j = scenario.with_site("j", SiteKind::Junior, 6, 4.0);
    scenario.with_unit("jay", 0.1, &[(7, 40)], [None, Some(j)]);
    scenario.with_unit("kay", 4.0, &[(7, 60)], [None, Some(j)]);
    scenario.district.staff.push(Held { stage: Some(Stage::Junior), ..posts(j, 10.0, 5.0) });
    // What the stages of the site share stays there.
    let shared = Resources { equipment_yuan: Some(1000.0), ..Resources::default() };
    scenario.district.resources.push(Held { site: a, stage: None, what: shared });
    let convert = |classes: i64| Offer {
        capital: Yuan(9000),
        ..Offer::at(a, Measure::Convert { kind: SiteKind::Junior, classes: Classes(classes) })
    };
    scenario.offers = vec![convert(2)];
    let zones = |_: i32, unit: UnitId, _: i8| [b, c, b, c, a, j][unit.index()];
    let kind = |year: i32, site: SiteId| {
        Some(if site == a && year >= 2025 { SiteKind::Junior } else { scenario.district.sites[site].kind })
    };
    let taken = ActionDocument { kind: Some(SiteKind::Junior), ..action("convert", 2025, None, 2) };
    let plan = document_of(&scenario, &kind, &zones, &[(a, taken)]);
    let all = Consequences::of(&scenario, &plan);

    let (primary, junior) = (Stage::Primary, Stage::Junior);
    assert_eq!(
        moved(&all),
        [(primary, Some(a), b, 40, 20), (primary, Some(a), c, 20, 10), (junior, Some(j), a, 40, 40)],
        "grade 7 is the first of the juniors"
    );
    assert_eq!(
        flows(&all),
        [
            ((a, primary), (b, primary), Why::WithPupils, Some(400)),
            ((a, primary), (c, primary), Why::WithPupils, Some(200)),
            ((j, junior), (a, junior), Why::Need, Some(400)),
        ],
        "40 juniors at ten a post, from the school that they leave"
    );
    assert_eq!(
        posts_after(&all),
        [(a, junior, Some(400)), (b, primary, Some(1400)), (c, primary, Some(1000)), (j, junior, Some(600))]
    );
    let backbone: i64 = all.staff.iter().filter(|one| one.year == 2025).filter_map(|one| one.counts[4]).sum();
    assert_eq!(backbone, 1000, "3 + 2 + 0 + 5 backbone teachers, in hundredths");
    let assets: Vec<_> = all.asset_flows.iter().map(|flow| (flow.stage, flow.to.0, flow.amounts)).collect();
    assert_eq!(
        assets,
        [(Some(primary), b, [Some(6_000_100), Some(500)]), (Some(primary), c, [Some(3_000_000), Some(200)])],
        "the shared 1,000 yuan stay"
    );
    assert!(all.disposed.is_empty(), "the place goes on being used");
    let works: Vec<_> =
        all.works.iter().map(|one| (one.site, one.action.as_str(), one.classes, one.places, one.cost)).collect();
    assert_eq!(works, [(a, "convert", 2, Some(90), Some(9000))]);
    assert_eq!(
        told(&all),
        [(0, primary, 2025, 2, 40, a, b), (1, primary, 2025, 2, 20, a, c), (4, junior, 2025, 1, 40, j, a)]
    );
    let placed: Vec<_> = all
        .placed
        .iter()
        .filter(|one| one.year == 2025 && one.site == a)
        .map(|one| (one.grade, one.pupils, one.entrants))
        .collect();
    assert_eq!(placed, [(grade(7), 40, 40)]);

    // Freed rooms alone are no building project.
    scenario.offers = vec![convert(0)];
    let taken = ActionDocument { kind: Some(SiteKind::Junior), ..action("convert", 2025, None, 0) };
    let plan = document_of(
        &scenario,
        &|year, site| {
            Some(if site == a && year >= 2025 { SiteKind::Junior } else { scenario.district.sites[site].kind })
        },
        &zones,
        &[(a, taken)],
    );
    assert!(Consequences::of(&scenario, &plan).works.is_empty());
}
