//! Pupils, posts and assets are neither lost nor made, over random courses of random counties: schools close, merge, move and
//! change their kind.

use super::{action, document_of};
use crate::digest::consequences::placement::Spot;
use crate::digest::consequences::villages::Notice;
use crate::digest::consequences::{Consequences, assets, staff};
use crate::domain::district::{SiteKind, Stage};
use crate::domain::document::PlanDocument;
use crate::domain::fixture::{county, grade};
use crate::domain::resource::{Held, Resources, Staff};
use crate::domain::scenario::Scenario;
use crate::id::{GradeId, Id, SiteId, UnitId};
use crate::travel::Travel;
use crate::units::{Pupils, Year};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A random county of five sites and a random course of it: sites open and shut, kinds differ, zones change every year.
#[derive(Debug, Clone)]
struct Course {
    /// By site: the kind, and the kind from a plan year on.
    kinds: Vec<(usize, usize, usize)>,
    /// By site: whether what looks like a merger is a move.
    moves: Vec<bool>,
    open: Vec<Vec<bool>>,
    into: Vec<Option<usize>>,
    zones: Vec<Vec<usize>>,
    pupils: Vec<Vec<i64>>,
    staff: Vec<Vec<Option<u32>>>,
    shared: Vec<bool>,
}

const SITES: usize = 5;
const UNITS: usize = 5;
const YEARS: [i32; 3] = [2025, 2026, 2028];

fn courses() -> impl Strategy<Value = Course> {
    use prop::collection::vec;
    let counts = vec(proptest::option::weighted(0.85, 0_u32..6000), staff::BODY.len() + assets::MOVABLE.len());
    (
        vec((0_usize..3, 0_usize..3, 0..2 * YEARS.len()), SITES),
        vec(proptest::bool::ANY, SITES),
        vec(vec(proptest::bool::weighted(0.6), SITES), YEARS.len()),
        vec(proptest::option::weighted(0.4, 0..SITES), SITES),
        vec(vec(0..SITES, UNITS * 4), YEARS.len()),
        vec(vec(0_i64..60, UNITS * 4), YEARS.len() + 1),
        vec(counts, SITES),
        vec(proptest::bool::ANY, SITES),
    )
        .prop_map(|(kinds, moves, open, into, zones, pupils, staff, shared)| Course {
            kinds,
            moves,
            open,
            into,
            zones,
            pupils,
            staff,
            shared,
        })
}

const NUMBERS: [i8; 4] = [1, 2, 7, 8];

impl Course {
    fn kind(&self, year: i32, site: usize) -> SiteKind {
        let (before, after, from) = self.kinds[site];
        // The first two sites never shut, so that there is always somebody to take over.
        if site < 2 {
            SiteKind::NineYear
        } else {
            let changed = YEARS.get(from).is_some_and(|&from| year >= from);
            [SiteKind::Primary, SiteKind::Junior, SiteKind::NineYear][if changed { after } else { before }]
        }
    }

    fn teaches(&self, year: i32, site: usize, stage: Stage) -> bool {
        self.open(year, site) && self.kind(year, site).stages().contains(&stage)
    }

    fn open(&self, year: i32, site: usize) -> bool {
        let at = YEARS.iter().position(|&other| other == year);
        site < 2 || at.is_none_or(|at| self.open[at][site])
    }

    fn site_for(&self, year: i32, wanted: usize, number: i8) -> usize {
        let stage = if number < 7 { Stage::Primary } else { Stage::Junior };
        Some(wanted).filter(|&site| self.teaches(year, site, stage)).unwrap_or(wanted % 2)
    }

    fn scenario(&self) -> Scenario {
        let mut scenario = county(&YEARS);
        for site in 0..SITES {
            let id = scenario.with_site(&format!("s{site}"), self.kind(0, site), 6, site as f64);
            let count = |q: usize| self.staff[site][q].map(|count| f64::from(count) / 100.0);
            // The four subsets of the teachers are no more than these.
            let teachers = count(2);
            let some = |q: usize| count(q).map(|count| teachers.map_or(count, |all| count.min(all)));
            let what = Staff {
                posts: count(0),
                staff: count(1),
                teachers,
                above_degree: some(3),
                backbone: some(4),
                arts_pe: some(5),
            };
            let stages: Vec<Option<Stage>> = if self.shared[site] {
                vec![None]
            } else {
                self.kind(0, site).stages().iter().copied().map(Some).collect()
            };
            for stage in stages {
                scenario.district.staff.push(Held { site: id, stage, what });
                let (equipment_yuan, media_rooms) = (count(6), count(7));
                let what = Resources { equipment_yuan, media_rooms, ..Resources::default() };
                scenario.district.resources.push(Held { site: id, stage, what });
            }
        }
        for unit in 0..UNITS {
            let home =
                |number: i8| Some(SiteId::new(self.site_for(0, (unit + usize::from(number > 6)) % SITES, number)));
            let id = scenario.with_unit(&format!("u{unit}"), unit as f64, &[], [home(1), home(7)]);
            for (at, year) in [2024].iter().chain(&YEARS).enumerate() {
                for (k, &number) in NUMBERS.iter().enumerate() {
                    scenario.demand.set(Year(*year), id, grade(number), Pupils(self.pupils[at][unit * 4 + k]));
                }
            }
        }
        scenario
    }

    fn document(&self, scenario: &Scenario) -> PlanDocument {
        let zones = |year: i32, unit: UnitId, number: i8| {
            let at = YEARS.iter().position(|&other| other == year).unwrap();
            let k = NUMBERS.iter().position(|&other| other == number).unwrap();
            SiteId::new(self.site_for(year, self.zones[at][unit.index() * 4 + k], number))
        };
        let mut actions = Vec::new();
        for site in 2..SITES {
            if let Some(year) = YEARS.into_iter().find(|&year| !self.open(year, site)) {
                let into = self.into[site].filter(|&into| into != site).map(|into| format!("s{into}"));
                let name = match &into {
                    Some(_) if self.moves[site] => "relocate",
                    Some(_) => "merge",
                    None => "close",
                };
                actions.push((SiteId::new(site), action(name, year, into.as_deref(), 0)));
            }
        }
        let kind = |year, site: SiteId| self.open(year, site.index()).then(|| self.kind(year, site.index()));
        document_of(scenario, &kind, &zones, &actions)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn pupils_posts_and_assets_are_neither_lost_nor_made(course in courses()) {
        let scenario = course.scenario();
        let all = Consequences::of(&scenario, &course.document(&scenario));
        let years = scenario.demand.years().to_vec();
        for (at, year) in years.iter().enumerate() {
            // Pupils: every resident pupil is placed once, and arrives from one place.
            let placed: i64 = all.placed.iter().filter(|one| one.year == year.0).map(|one| one.pupils).sum();
            prop_assert_eq!(placed, scenario.demand.total(*year).0);
            if at > 0 {
                let mut columns: BTreeMap<(SiteId, Stage), i64> = BTreeMap::new();
                for one in all.placed.iter().filter(|one| one.year == year.0) {
                    *columns.entry((one.site, scenario.district.grades[one.grade].stage)).or_default() += one.pupils;
                }
                let mut sums: BTreeMap<(SiteId, Stage), i64> = BTreeMap::new();
                for one in all.transfers.iter().filter(|one| one.year == year.0) {
                    *sums.entry((one.to, one.stage)).or_default() += one.pupils;
                    prop_assert!(one.entrants <= one.pupils && one.measured <= one.pupils);
                }
                prop_assert_eq!(&sums, &columns, "the columns of the matrix are the schools after");
                for one in all.placed.iter().filter(|one| one.year == year.0) {
                    prop_assert!(one.entrants + one.come + one.new <= one.pupils && one.boarders <= one.pupils);
                }
            }
            // Posts and people: what the sections have is what they had, all together.
            for q in 0..staff::BODY.len() {
                let sum = |year: i32| -> i64 {
                    all.staff.iter().filter(|one| one.year == year).filter_map(|one| one.counts[q]).sum()
                };
                prop_assert_eq!(sum(year.0), sum(2024), "{:?} in {}", staff::BODY[q], year.0);
            }
            for one in all.staff.iter().filter(|one| one.year == year.0) {
                prop_assert!(one.counts.iter().flatten().all(|&count| count >= 0));
                prop_assert!(course.teaches(year.0, one.site.index(), one.stage), "posts lie with schools that teach");
            }
        }
        // Each section's balance: what it had, less what leaves, with what comes, is what it has.
        for pair in years.windows(2) {
            let mut book: BTreeMap<(SiteId, Stage), i64> = BTreeMap::new();
            for one in all.staff.iter().filter(|one| one.year == pair[0].0) {
                *book.entry((one.site, one.stage)).or_default() += one.counts[1].unwrap_or(0);
            }
            for flow in all.staff_flows.iter().filter(|flow| flow.year == pair[1].0) {
                *book.entry(flow.from).or_default() -= flow.counts[1].unwrap_or(0);
                *book.entry(flow.to).or_default() += flow.counts[1].unwrap_or(0);
            }
            book.retain(|_, count| *count != 0);
            let mut now: BTreeMap<(SiteId, Stage), i64> = BTreeMap::new();
            for one in all.staff.iter().filter(|one| one.year == pair[1].0) {
                *now.entry((one.site, one.stage)).or_default() += one.counts[1].unwrap_or(0);
            }
            now.retain(|_, count| *count != 0);
            prop_assert_eq!(book, now);
        }
        // Assets: nothing leaves a place that still works, and all of it leaves one that does not.
        let travel = Travel::new(&scenario);
        let ground = crate::metric::ground::Ground::new(&scenario, &travel);
        let mut held: BTreeMap<SiteId, i64> = BTreeMap::new();
        for ((site, _), amounts) in assets::at_baseline(&ground) {
            *held.entry(site).or_default() += amounts[0].unwrap_or(0);
        }
        let total: i64 = held.values().sum();
        for year in YEARS {
            for flow in all.asset_flows.iter().filter(|flow| flow.year == year) {
                let (from, to) = (flow.from.index(), flow.to.0.index());
                let ended = flow.stage.is_some_and(|stage| !course.teaches(year, from, stage));
                prop_assert!((ended || !course.open(year, from)) && course.open(year, to));
                *held.entry(flow.from).or_default() -= flow.amounts[0].unwrap_or(0);
                *held.entry(flow.to.0).or_default() += flow.amounts[0].unwrap_or(0);
            }
            prop_assert_eq!(held.values().sum::<i64>(), total);
            for (site, &left) in &held {
                prop_assert!(left >= 0);
                prop_assert!(course.open(year, site.index()) || left == 0, "s{} is shut in {year} and has {left}", site.index());
            }
        }
        // Places: each that is released gets one use.
        let mut before = 2024;
        for year in YEARS {
            for site in 0..SITES {
                let released = course.open(before, site) && !course.open(year, site);
                let uses = all.disposed.iter().filter(|one| one.year == year && one.site == SiteId::new(site)).count();
                prop_assert_eq!(uses, usize::from(released));
            }
            before = year;
        }
    }

    #[test]
    fn every_pupil_of_a_plan_year_is_told_of_in_a_notice(course in courses()) {
        let scenario = course.scenario();
        let plan = course.document(&scenario);
        let all = Consequences::of(&scenario, &plan);
        // Following the notices of a unit and grade by year leads to where the plan sends its pupils.
        for row in &plan.assignment {
            let unit = scenario.district.units.entries().find(|(_, unit)| unit.key == row.unit).unwrap().0;
            let number: i8 = row.band.parse().unwrap();
            let level = |id: &GradeId| scenario.district.grades[*id].number.unwrap();
            // The years from which the notices of this grade hold.
            let from = |one: &Notice| {
                let first = one.year.unwrap_or(i32::MIN);
                let of_grade = |low: i8| match number - low {
                    0 => Some(first),
                    risen if one.rising && risen > 0 => Some(first + i32::from(risen)),
                    _ => None,
                };
                one.grades.iter().map(level).find_map(of_grade).filter(|_| one.unit == unit)
            };
            let site = scenario.district.sites.entries().find(|(_, site)| site.key == row.site).unwrap().0;
            let leads_to = |parts: &[(Spot, i64)]| parts.iter().any(|part| part.0.site == site);
            let holds = |one: &&Notice| from(one).is_some_and(|year| year <= row.year);
            // Before the first change of a grade its old school holds.
            let later = |one: &&Notice| from(one).is_some_and(|year| year > row.year);
            let told = all.notices.iter().filter(holds).any(|one| leads_to(&one.new))
                || all.notices.iter().filter(later).any(|one| leads_to(&one.old));
            prop_assert!(told, "{} grade {number} in {}", row.unit, row.year);
        }
    }
}
