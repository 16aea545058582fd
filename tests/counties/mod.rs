//! Random small counties, made up in memory: every feature of the planning model is switched on and off at random.

#[path = "../common/rule.rs"]
mod rule;
#[allow(dead_code, reason = "few tests need plans of all kinds")]
pub mod solutions;
#[path = "../common/unit.rs"]
mod unit;

use catchment::domain::action::{Measure, Offer};
use catchment::domain::demand::Demand;
use catchment::domain::district::{District, Grade, Ownership, School, Site, SiteKind, SiteStatus, Stage};
use catchment::domain::objective::{Goal, Objective, Term};
use catchment::domain::rule::{Comparison, Exemption, Param, Predicate, Rule, Severity, Soft};
use catchment::domain::scenario::{Baseline, Moving, Scenario, TravelEntry, TravelSpec, Zoning};
use catchment::id::{GradeId, Id, IdVec, SchoolId, SiteId, UnitId};
use catchment::message::Text;
use catchment::random::Random;
use catchment::units::{Classes, Metres, Point, Pupils, Year, Yuan};
use rule::rule;
use unit::unit;

/// What kind of county is drawn. Each shape is small enough for brute force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One year, one stage, one band.
    Plain,
    /// One year, one stage, a cap on some grades only: two bands.
    Bands,
    /// One year, primary and junior, nine-year schools.
    Stages,
    /// Two years, one stage.
    Years,
    /// One year, one stage, a unit that may be divided.
    Divided,
    /// Two or three years, one stage by grades, phase-outs on offer, and pupils who keep their school or do not.
    Cohorts,
    /// Two years, one stage, units that several schools may share.
    Zones,
}

/// A county of a seed over two years whose units are zoned to several schools. Pupils moved are no part of its objective: of
/// divided units they are only known of the finished plan.
#[allow(dead_code, reason = "not every test is about zones of several schools")]
pub fn zones(seed: u64) -> Scenario {
    let mut scenario = Draw { random: Random::new(seed, "zones of several schools"), shape: Shape::Zones }.county(seed);
    scenario.zoning.iter_mut().for_each(|zoning| zoning.multi_school = true);
    match &mut scenario.objective.goal {
        Goal::Weights(weights) => weights.retain(|&(term, _)| term != Term::MovedPupils),
        Goal::Levels { terms, .. } => {
            terms.retain(|&term| term != Term::MovedPupils);
            if terms.is_empty() {
                terms.push(Term::TravelPupilKm);
            }
        }
    }
    scenario
}

/// A county over years of a seed, with cohorts to follow.
#[allow(dead_code, reason = "not every test is about years")]
pub fn over_years(seed: u64) -> Scenario {
    Draw { random: Random::new(seed, "county over years"), shape: Shape::Cohorts }.county(seed)
}

/// The county of a seed. The same seed gives the same county.
#[allow(dead_code, reason = "some tests are about years only")]
pub fn county(seed: u64) -> Scenario {
    let mut random = Random::new(seed, "county");
    let shape = match random.below(100) {
        0..55 => Shape::Plain,
        55..67 => Shape::Bands,
        67..79 => Shape::Stages,
        79..89 => Shape::Years,
        _ => Shape::Divided,
    };
    Draw { random, shape }.county(seed)
}

struct Draw {
    random: Random,
    shape: Shape,
}

impl Draw {
    fn county(mut self, seed: u64) -> Scenario {
        let shape = self.shape;
        let (most_units, most_sites) = match shape {
            Shape::Plain => (6, 4),
            Shape::Bands | Shape::Stages => (3, 4),
            Shape::Years | Shape::Divided | Shape::Cohorts => (3, 3),
            Shape::Zones => (2, 3),
        };
        let units = self.random.between(2, most_units) as usize;
        let sites = self.random.between(2, most_sites) as usize;
        let by_grade = match shape {
            Shape::Bands | Shape::Cohorts => true,
            Shape::Stages | Shape::Zones => false,
            _ => self.random.chance(0.5),
        };
        let stages = if shape == Shape::Stages { vec![Stage::Primary, Stage::Junior] } else { vec![Stage::Junior] };
        let nine = shape == Shape::Cohorts && self.random.chance(0.4);
        let grades: IdVec<GradeId, Grade> = stages
            .iter()
            .flat_map(|&stage| {
                let numbers = if by_grade { vec![Some(7), Some(8)] } else { vec![None] };
                let numbers = if nine { vec![Some(7), Some(8), Some(9)] } else { numbers };
                numbers.into_iter().map(move |number| Grade { stage, number })
            })
            .collect();
        let baseline_year = Year(2024);
        let years = match shape {
            Shape::Years | Shape::Zones => vec![Year(2025), Year(2026)],
            Shape::Cohorts => [vec![2025, 2026], vec![2025, 2026, 2027], vec![2025, 2027]][self.random.below(3)]
                .iter()
                .map(|&year| Year(year))
                .collect(),
            _ => vec![Year(2025)],
        };
        let demand = self.demand(baseline_year, &years, units, &grades);
        let sites = self.sites(sites);
        let table = self.table(units, sites.len());
        let baseline = self.baseline(units, &stages, &sites, &table);
        let offers = self.offers(&sites, &years);
        let rules = self.rules(by_grade, demand.total(years[0]).0, sites.len(), &offers);
        let objective = self.objective();
        let stay = shape == Shape::Cohorts && self.random.chance(0.65);
        let district = District {
            schools: [School { key: "school".into(), name: "school".into(), ownership: Ownership::Public }]
                .into_iter()
                .collect(),
            sites,
            units: (0..units).map(|number| unit(number, self.shape == Shape::Divided && number == 0)).collect(),
            grades,
            ..District::default()
        };
        Scenario {
            name: format!("random-{seed}"),
            title: Text::same("random county"),
            description: Text::default(),
            synthetic: true,
            notice: Text::default(),
            variant: None,
            sha256: String::new(),
            baseline_year,
            years,
            district,
            demand,
            baseline: Baseline { assumed: false, sites: baseline },
            travel: TravelSpec { detour_factor: 1.3, speed_kmh: 20.0, table, table_only: true },
            rules,
            offers,
            zoning: stages.iter().map(|&stage| Zoning { stage, contiguous: false, multi_school: false }).collect(),
            moving: if stay { Moving::Stay } else { Moving::AtOnce },
            stages,
            boarding: None,
            objective,
            assumptions: Vec::new(),
        }
    }

    fn demand(&mut self, baseline: Year, years: &[Year], units: usize, grades: &IdVec<GradeId, Grade>) -> Demand {
        let all: Vec<Year> = std::iter::once(baseline).chain(years.iter().copied()).collect();
        let mut demand = Demand::new(all.clone(), units, grades.len());
        let most = match self.shape {
            Shape::Zones => 7,
            _ if grades.len() > 1 => 5,
            _ => 9,
        };
        for &year in &all {
            for unit in 0..units {
                for grade in grades.ids() {
                    let pupils = self.random.between(-1, most).max(0);
                    demand.set(year, UnitId::new(unit), grade, Pupils(pupils));
                }
            }
        }
        demand
    }

    fn sites(&mut self, count: usize) -> IdVec<SiteId, Site> {
        let candidate = count > 2 && self.random.chance(0.4);
        (0..count)
            .map(|site| {
                let kind = match self.shape {
                    Shape::Stages if site == 0 => SiteKind::NineYear,
                    Shape::Stages => [SiteKind::Primary, SiteKind::Junior, SiteKind::NineYear][self.random.below(3)],
                    _ => SiteKind::Junior,
                };
                Site {
                    key: format!("s{site}"),
                    name: format!("site {site}"),
                    school: SchoolId::new(0),
                    kind,
                    status: if candidate && site + 1 == count { SiteStatus::Candidate } else { SiteStatus::Operating },
                    point: Point { lon: 105.0 + site as f64 * 0.02, lat: 30.01 },
                    area: None,
                    setting: None,
                    built_year: Some(Year(if self.random.chance(0.5) { 2005 } else { 2015 })),
                    rooms: Classes(self.random.between(1, 5)),
                    beds: Pupils::ZERO,
                    land_m2: None,
                    boarding: false,
                    protected: self.random.chance(0.22),
                    migrants: None,
                    flags: Vec::new(),
                    home: None,
                }
            })
            .collect()
    }

    fn table(&mut self, units: usize, sites: usize) -> Vec<TravelEntry> {
        let mut table = Vec::new();
        for unit in 0..units {
            for site in 0..sites {
                if site > 1 && self.random.chance(0.05) {
                    continue;
                }
                let metres = Metres(100 * self.random.between(3, 80));
                table.push(TravelEntry { unit: UnitId::new(unit), site: SiteId::new(site), metres, seconds: None });
            }
        }
        table
    }

    /// Mostly the nearest site, sometimes another.
    fn baseline(
        &mut self,
        units: usize,
        stages: &[Stage],
        sites: &IdVec<SiteId, Site>,
        table: &[TravelEntry],
    ) -> IdVec<UnitId, Vec<Option<SiteId>>> {
        (0..units)
            .map(|unit| {
                stages
                    .iter()
                    .map(|stage| {
                        let mut ways: Vec<&TravelEntry> = table
                            .iter()
                            .filter(|entry| {
                                let site = &sites[entry.site];
                                entry.unit.index() == unit
                                    && site.status == SiteStatus::Operating
                                    && site.kind.stages().contains(stage)
                            })
                            .collect();
                        ways.sort_by_key(|entry| entry.metres);
                        let chosen = if self.random.chance(0.7) { 0 } else { self.random.below(ways.len()) };
                        ways.get(chosen).map(|entry| entry.site)
                    })
                    .collect()
            })
            .collect()
    }

    fn offers(&mut self, sites: &IdVec<SiteId, Site>, years: &[Year]) -> Vec<Offer> {
        let mut offers = Vec::new();
        for (id, site) in sites.entries() {
            let mut measures = Vec::new();
            if site.status == SiteStatus::Candidate {
                for classes in [1, 3] {
                    if self.random.chance(0.7) {
                        let (kind, classes) = (site.kind, Classes(classes));
                        measures.push(Measure::Build { kind, classes, beds: Pupils::ZERO });
                    }
                }
            } else {
                if self.random.chance(0.5) {
                    measures.push(Measure::Close);
                }
                if self.random.chance(0.65) {
                    let into = SiteId::new((id.index() + 1 + self.random.below(sites.len() - 1)) % sites.len());
                    measures.push(Measure::Merge { into });
                }
                if self.shape == Shape::Cohorts && self.random.chance(0.5) {
                    measures.push(Measure::PhaseOut);
                }
                if self.random.chance(0.35) {
                    measures.push(Measure::Expand { classes: Classes(self.random.between(1, 2)) });
                }
            }
            for measure in measures {
                let only_last = years.len() > 1 && self.random.chance(0.3);
                let of_years = if self.shape == Shape::Cohorts && self.random.chance(0.6) {
                    vec![years[self.random.below(years.len())]]
                } else if only_last {
                    vec![years[years.len() - 1]]
                } else {
                    Vec::new()
                };
                let offer = Offer {
                    years: of_years,
                    capital: Yuan(if measure.shuts() { 0 } else { 10 * self.random.between(1, 9) }),
                    running: Yuan(match measure {
                        Measure::Close => -self.random.between(0, 40),
                        Measure::Merge { .. } | Measure::PhaseOut => -self.random.between(30, 120),
                        _ => 0,
                    }),
                    lead_years: self.random.below(3) as u32,
                    reason: Text::same("drawn at random"),
                    ..Offer::at(id, measure)
                };
                offers.push(offer);
            }
        }
        offers
    }

    fn rules(
        &mut self,
        by_grade: bool,
        pupils: i64,
        sites: usize,
        offers: &[Offer],
    ) -> IdVec<catchment::id::RuleId, Rule> {
        let mut rules = Vec::new();
        let fair = pupils / sites as i64;
        if self.random.chance(0.65) {
            rules.push(rule("class", "class_size_max", Comparison::AtMost, self.random.between(3, 8) as f64));
        }
        if self.random.chance(0.6) {
            let limit = self.random.between(fair, 2 * fair + 4) as f64;
            let mut size = rule("size", "site_size", Comparison::AtMost, limit);
            if self.random.chance(0.4) {
                let when = Predicate::BuiltYearLe(2010);
                size.exempt = vec![Exemption { name: "old".into(), when, limit: Some(limit + 4.0), skip: false }];
            }
            rules.push(size);
        }
        if self.shape == Shape::Bands || self.random.chance(0.6) {
            let limit = 100.0 * self.random.between(40, 75) as f64;
            let mut cap = rule("cap", "travel_dist", Comparison::AtMost, limit);
            if self.shape == Shape::Bands {
                cap.scope.grades = vec![7];
            }
            rules.push(cap);
        }
        if self.random.chance(0.6) {
            let most: i64 = offers.iter().map(|offer| offer.capital.0).max().unwrap_or(0);
            let mut budget = rule("budget", "budget", Comparison::AtMost, self.random.between(0, most / 2) as f64);
            if self.random.chance(0.5) {
                budget.params.insert("per".into(), Param::Word("plan".into()));
            }
            rules.push(budget);
        }
        if self.random.chance(0.6) {
            let (op, limit) = match self.random.below(5) {
                0 | 4 => (Comparison::AtLeast, 1.0),
                1 => (Comparison::AtMost, 1.0),
                _ => (Comparison::AtMost, 0.0),
            };
            let mut closures = rule("closures", "closures", op, limit);
            closures.params.insert("per".into(), Param::Word("plan".into()));
            closures.params.insert("count_merges".into(), Param::Flag(self.random.chance(0.6)));
            rules.push(closures);
        }
        if self.random.chance(0.6) {
            rules.push(rule("least", "site_min_size", Comparison::AtLeast, self.random.between(1, fair.max(1)) as f64));
        }
        // A rule by grades that no grade in play meets would say nothing.
        debug_assert!(by_grade || self.shape != Shape::Bands);
        for rule in &mut rules {
            if self.random.chance(0.12) {
                rule.severity = Severity::Soft;
                rule.soft = Some(Soft { weight: self.random.between(1, 20) as f64 });
            }
        }
        rules.into()
    }

    fn objective(&mut self) -> Objective {
        let goal = if self.random.chance(0.2) {
            let mut terms = vec![Term::TravelPupilKm, Term::Cost, Term::SoftExcess, Term::MovedPupils];
            self.random.shuffle(&mut terms);
            terms.truncate(1 + self.random.below(3));
            Goal::Levels { terms, slack: [0.0, 0.02, 0.2][self.random.below(3)] }
        } else {
            let mut weights = vec![(Term::TravelPupilKm, 1.0), (Term::SoftExcess, 1.0)];
            if self.random.chance(0.65) {
                weights.push((Term::Cost, 1.0));
            }
            if self.random.chance(0.25) {
                weights.push((Term::MovedPupils, self.random.between(1, 4) as f64));
            }
            Goal::Weights(weights)
        };
        let discount = if matches!(self.shape, Shape::Years | Shape::Cohorts) { 0.05 } else { 0.0 };
        Objective { goal, discount, yuan_per_pupil_km: Some(2.0) }
    }
}
