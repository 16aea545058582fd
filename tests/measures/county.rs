//! Random tiny counties over two or three years, in which measures at sites wait, are gated and follow each other.

use super::drawn;
use super::rule::rule;
use catchment::domain::action::{Measure, Offer, Prerequisite};
use catchment::domain::consultation::{Consultation, Date, Hearing};
use catchment::domain::district::{Grade, Site, SiteKind, SiteStatus, Stage};
use catchment::domain::objective::{Goal, Objective, Term};
use catchment::domain::rule::{Comparison, Param, Rule, Severity, Soft};
use catchment::domain::scenario::{Boarding, Moving, Scenario, Zoning};
use catchment::id::{AreaId, GradeId, Id, IdVec, RuleId, SchoolId, SiteId};
use catchment::message::Text;
use catchment::random::Random;
use catchment::units::{Classes, Point, Pupils, Year, Yuan};

/// Grades of the counties: one early and one late grade of the primary stage, one of the junior.
const GRADES: [(Stage, i8); 3] = [(Stage::Primary, 1), (Stage::Primary, 4), (Stage::Junior, 7)];

/// The county of a seed. The same seed gives the same county.
pub fn county(seed: u64) -> Scenario {
    let mut random = Random::new(seed, "measures");
    let years: Vec<Year> = [2025, 2026, 2027].into_iter().take(2 + random.below(2)).map(Year).collect();
    let baseline_year = Year(2024);
    let grades: IdVec<GradeId, Grade> =
        GRADES.iter().map(|&(stage, number)| Grade { stage, number: Some(number) }).collect();
    let stages = vec![Stage::Primary, Stage::Junior];
    let sites = sites(&mut random);
    let demand = drawn::demand(&mut random, baseline_year, &years, grades.len(), 9);
    let travel = drawn::travel(&mut random, sites.len());
    let baseline = drawn::baseline(&mut random, &sites, &stages);
    let offers = offers(&mut random, &sites, &years);
    let consultations = consultations(&mut random, &sites);
    let boards = random.chance(0.5);
    let rules = rules(&mut random, boards);
    Scenario {
        name: format!("measures-{seed}"),
        title: Text::same("random county"),
        description: Text::default(),
        synthetic: true,
        notice: Text::default(),
        variant: None,
        sha256: String::new(),
        baseline_year,
        years,
        district: drawn::district(sites, consultations, grades),
        demand,
        baseline,
        travel,
        rules,
        offers,
        moving: Moving::AtOnce,
        zoning: stages.iter().map(|&stage| Zoning { stage, contiguous: false, multi_school: false }).collect(),
        stages,
        boarding: boards.then(|| Boarding { grades: (4..=9).collect() }),
        objective: Objective {
            goal: Goal::Weights(vec![(Term::TravelPupilKm, 1.0), (Term::Cost, 1.0), (Term::SoftExcess, 1.0)]),
            discount: 0.0,
            yuan_per_pupil_km: Some(2.0),
        },
        assumptions: Vec::new(),
    }
}

fn kind(random: &mut Random) -> SiteKind {
    [SiteKind::Primary, SiteKind::Junior, SiteKind::NineYear, SiteKind::TeachingPoint][random.below(4)]
}

pub fn sites(random: &mut Random) -> IdVec<SiteId, Site> {
    let plot = random.chance(0.6);
    (0..3_usize)
        .map(|site| Site {
            key: format!("s{site}"),
            name: format!("site {site}"),
            school: SchoolId::new(0),
            kind: match site {
                0 => SiteKind::NineYear,
                _ => kind(random),
            },
            status: if plot && site == 2 { SiteStatus::Candidate } else { SiteStatus::Operating },
            point: Point { lon: 105.0 + site as f64 * 0.02, lat: 30.01 },
            area: Some(AreaId::new(random.below(2))),
            setting: None,
            built_year: None,
            rooms: Classes(random.between(1, 6)),
            beds: Pupils(random.between(-4, 12).max(0)),
            land_m2: None,
            boarding: false,
            protected: false,
            migrants: None,
            flags: Vec::new(),
            home: None,
        })
        .collect()
}

pub fn offers(random: &mut Random, sites: &IdVec<SiteId, Site>, years: &[Year]) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    for (id, site) in sites.entries() {
        let mut measures = Vec::new();
        if site.status == SiteStatus::Candidate {
            let (kind, classes) = (site.kind, Classes(random.between(2, 6)));
            measures.push(Measure::Build { kind, classes, beds: Pupils(random.between(-4, 12).max(0)) });
        } else {
            if random.chance(0.7) {
                measures.push(Measure::Close);
            }
            if random.chance(0.3) {
                let into = SiteId::new((id.index() + 1 + random.below(sites.len() - 1)) % sites.len());
                measures.push(Measure::Merge { into });
            }
            if random.chance(0.4) {
                measures.push(Measure::Expand { classes: Classes(random.between(1, 3)) });
            }
            let plot = SiteId::new(sites.len() - 1);
            if sites[plot].status == SiteStatus::Candidate && random.chance(0.6) {
                let kind = if random.chance(0.6) { site.kind } else { kind(random) };
                let classes = Classes(random.between(2, 6));
                let beds = Pupils(random.between(-4, 12).max(0));
                measures.push(Measure::Relocate { into: plot, kind, classes, beds });
            }
            if random.chance(0.5) {
                let kind = kind(random);
                if kind != site.kind {
                    let classes = Classes(random.below(3).saturating_sub(1) as i64);
                    measures.push(Measure::Convert { kind, classes });
                }
            }
        }
        for measure in measures {
            let only_late = random.chance(0.3);
            offers.push(Offer {
                years: if only_late { years[1..].to_vec() } else { Vec::new() },
                capital: Yuan(if measure.ends_school() { 0 } else { 4 * random.between(0, 9) }),
                running: Yuan(if measure.shuts() { -random.between(20, 120) } else { random.between(-9, 5) }),
                lead_years: random.below(2) as u32,
                reason: Text::same("drawn at random"),
                ..Offer::at(id, measure)
            });
        }
    }
    // Something must come first: mostly a school to be built or enlarged before one ends.
    for at in 0..offers.len() {
        if random.chance(0.35) {
            let others: Vec<usize> = (0..offers.len()).filter(|&other| offers[other].site != offers[at].site).collect();
            if !others.is_empty() {
                let first = others[random.below(others.len())];
                let any_of = if random.chance(0.5) { vec![first] } else { others };
                offers[at].after.push(Prerequisite { any_of, years: random.below(2) as u32 });
            }
        }
    }
    offers
}

pub fn consultations(random: &mut Random, sites: &IdVec<SiteId, Site>) -> Vec<Consultation> {
    let mut all = Vec::new();
    for (site, facts) in sites.entries().filter(|(_, site)| site.status == SiteStatus::Operating) {
        debug_assert_eq!(facts.status, SiteStatus::Operating);
        for _ in 0..random.below(3) {
            let (year, month) = (2023 + random.below(4) as i32, [3, 8, 9, 10][random.below(4)]);
            all.push(Consultation {
                site,
                date: Date::new(year, month, 1 + random.below(2) as u8).unwrap(),
                parents_for: random.chance(0.8).then(|| random.between(3, 9)),
                parents_against: random.chance(0.5).then(|| random.between(0, 6)),
                hearing: [None, None, Some(Hearing::For), Some(Hearing::Against)][random.below(4)],
            });
        }
    }
    all
}

pub fn rules(random: &mut Random, boards: bool) -> IdVec<RuleId, Rule> {
    let mut rules = Vec::new();
    if random.chance(0.7) {
        rules.push(rule("class", "class_size_max", Comparison::AtMost, random.between(4, 9) as f64));
    }
    if random.chance(0.4) {
        rules.push(rule("size", "site_size", Comparison::AtMost, random.between(15, 35) as f64));
    }
    if random.chance(0.7) {
        let mut cap = rule("cap", "travel_dist", Comparison::AtMost, 100.0 * random.between(30, 70) as f64);
        let scopes: [&[i8]; 3] = [&[], &[1], &[4, 7]];
        cap.scope.grades = scopes[random.below(3)].to_vec();
        if random.chance(0.4) {
            cap.params.insert("new_ways_only".into(), Param::Flag(true));
        }
        rules.push(cap);
    }
    if random.chance(0.6) {
        let mut closures = rule("closures", "closures", Comparison::AtMost, random.below(2) as f64);
        closures.params.insert("count_merges".into(), Param::Flag(random.chance(0.5)));
        closures.params.insert("count_relocations".into(), Param::Flag(random.chance(0.4)));
        rules.push(closures);
    }
    if random.chance(0.6) {
        let mut asked = rule("asked", "consultation", Comparison::AtLeast, 1.0);
        asked.params.insert("lead_months".into(), Param::Number([0.0, 6.0, 12.0][random.below(3)]));
        if random.chance(0.3) {
            asked.params.insert("cooldown_years".into(), Param::Number(random.between(1, 3) as f64));
        }
        rules.push(asked);
    }
    if random.chance(0.6) {
        let mut town = rule("town", "sites_per_area", Comparison::AtLeast, 1.0);
        town.scope.stages = vec![[Stage::Primary, Stage::Junior][random.below(2)]];
        town.scope.exclude_kinds = vec![SiteKind::TeachingPoint];
        if random.chance(0.7) {
            town.scope.exclude_areas = vec![["east", "west"][random.below(2)].to_owned()];
        }
        rules.push(town);
    }
    if boards && random.chance(0.8) {
        let mut few = rule("few", "boarders", Comparison::AtMost, random.below(3) as f64);
        few.scope.grades = vec![4];
        rules.push(few);
    }
    for rule in &mut rules {
        if random.chance(0.2) {
            rule.severity = Severity::Soft;
            rule.soft = Some(Soft { weight: random.between(1, 40) as f64 });
        }
    }
    rules.into()
}
