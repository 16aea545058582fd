//! A small county for unit tests, built up piece by piece.

use super::demand::Demand;
use super::district::{District, Grade, Group, Ownership, School, Section, Site, SiteKind, SiteStatus, Stage, Unit};
use super::objective::{Goal, Objective, Term};
use super::rule::Rule;
use super::scenario::{Baseline, Moving, Scenario, TravelSpec, Zoning};
use crate::id::{GradeId, IdVec, SchoolId, SiteId, UnitId};
use crate::message::Text;
use crate::units::{Classes, Point, Pupils, Year};

/// One rule written in TOML.
///
/// # Panics
/// On a text that is no rule: fixtures are for tests.
pub fn rule(text: &str) -> Rule {
    let head = "title = { en = \"\" }\nsource = { doc = \"\", status = \"scenario\" }\n";
    toml::from_str(&format!("{head}{text}")).unwrap()
}

/// A county without anything: baseline 2024, plan years as given, stages primary and junior, grades 1 to 12.
pub fn county(years: &[i32]) -> Scenario {
    let mut grades = IdVec::new();
    for stage in [Stage::Primary, Stage::Junior, Stage::Senior] {
        for number in stage.grades() {
            grades.push(Grade { stage, number: Some(number) });
        }
    }
    let years: Vec<Year> = years.iter().copied().map(Year).collect();
    let mut all = vec![Year(2024)];
    all.extend(&years);
    let demand = Demand::new(all, 0, grades.len());
    let stages = vec![Stage::Primary, Stage::Junior];
    Scenario {
        name: "fixture".to_owned(),
        title: Text::default(),
        description: Text::default(),
        synthetic: true,
        notice: Text::default(),
        variant: None,
        sha256: "0".repeat(64),
        baseline_year: Year(2024),
        zoning: stages.iter().map(|&stage| Zoning { stage, contiguous: false, multi_school: false }).collect(),
        moving: Moving::AtOnce,
        years,
        stages,
        district: District { grades, ..District::default() },
        demand,
        baseline: Baseline { assumed: false, sites: IdVec::new() },
        travel: TravelSpec { detour_factor: 1.3, speed_kmh: 30.0, table: Vec::new(), table_only: false },
        rules: IdVec::new(),
        offers: Vec::new(),
        boarding: None,
        objective: Objective {
            goal: Goal::Weights(vec![(Term::TravelPupilKm, 1.0)]),
            discount: 0.0,
            yuan_per_pupil_km: None,
        },
        assumptions: Vec::new(),
    }
}

/// The grade of a number.
///
/// # Panics
/// On numbers below 1.
pub fn grade(number: i8) -> GradeId {
    GradeId(u32::try_from(number - 1).unwrap())
}

impl Scenario {
    /// Adds a campus with a legal person of its own, `lon` hundredths of a degree east of the origin.
    pub fn with_site(&mut self, key: &str, kind: SiteKind, rooms: i64, lon: f64) -> SiteId {
        let school =
            self.district.schools.push(School { key: key.into(), name: key.into(), ownership: Ownership::Public });
        self.with_campus(key, school, kind, rooms, lon)
    }

    /// Adds a campus of a legal person.
    pub fn with_campus(&mut self, key: &str, school: SchoolId, kind: SiteKind, rooms: i64, lon: f64) -> SiteId {
        self.district.sites.push(Site {
            key: key.into(),
            name: key.into(),
            school,
            kind,
            status: SiteStatus::Operating,
            point: Point { lon: lon / 100.0, lat: 30.0 },
            area: None,
            setting: None,
            built_year: None,
            rooms: Classes(rooms),
            beds: Pupils::ZERO,
            land_m2: None,
            boarding: false,
            protected: false,
            migrants: None,
            flags: Vec::new(),
            home: None,
        })
    }

    /// Adds a unit with the same pupils (by number of grade) in every year, zoned at the baseline to the given sites of the
    /// primary and the junior stage.
    pub fn with_unit(&mut self, key: &str, lon: f64, pupils: &[(i8, i64)], zoned: [Option<SiteId>; 2]) -> UnitId {
        let unit = self.district.units.push(Unit {
            key: key.into(),
            name: key.into(),
            area: None,
            setting: None,
            point: Point { lon: lon / 100.0, lat: 30.0 },
            outline: None,
            divisible: false,
        });
        self.baseline.sites.push(zoned.to_vec());
        let years = self.demand.years().to_vec();
        let mut demand = Demand::new(years.clone(), self.district.units.len(), self.district.grades.len());
        for &year in &years {
            for grade in self.district.grades.ids() {
                for old in self.district.units.ids().filter(|&old| old != unit) {
                    demand.set(year, old, grade, self.demand.pupils(year, old, grade));
                }
            }
            for &(number, count) in pupils {
                demand.set(year, unit, grade(number), Pupils(count));
            }
        }
        self.demand = demand;
        unit
    }

    /// Adds a section with its rolls: grades, pupils and, where known, classes and roster.
    pub fn with_section(&mut self, site: SiteId, stage: Stage, groups: Vec<Group>) {
        let key = format!("{}-{}", self.district.sites[site].key, stage.name());
        self.district.sections.push(Section { name: key.clone(), key, site, stage, groups });
    }
}

/// A group of one grade.
pub fn group(number: i8, pupils: i64, classes: Option<i64>) -> Group {
    Group {
        grades: vec![grade(number)],
        pupils: Pupils(pupils),
        classes: classes.map(Classes),
        roster: None,
        zoned: None,
    }
}
