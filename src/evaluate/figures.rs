//! Key figures of a year: pupils, schools, ways to school, classes.

use crate::domain::scenario::Scenario;
use crate::id::Id;
use crate::metric::class_size_max::{ClassSizeMax, covers};
use crate::metric::oversize_classes::oversize;
use crate::metric::site_size::SiteSize;
use crate::metric::view::{Subject, YearView};
use crate::metric::{Metric as _, scope};
use crate::units::{Classes, Metres, Pupils, Seconds};
use std::collections::BTreeSet;

/// Key figures of one year. Ways are one way and per pupil; boarders count in pupils but not in daily ways.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct KeyFigures {
    /// Pupils with a school.
    pub pupils: Pupils,
    /// Of these, boarders.
    pub boarders: Pupils,
    /// Campuses that operate and offer a stage of the plan.
    pub sites: usize,
    /// Legal persons that run them.
    pub schools: usize,
    /// Daily ways of all day pupils.
    pub ways: Ways,
    /// Pupils times kilometres per school day; a boarder's weekly way counts a fifth.
    pub pupil_km: f64,
    /// Pupils times minutes per school day; a boarder's weekly way counts a fifth.
    pub pupil_minutes: f64,
    /// Ordinary classrooms of the campuses that operate.
    pub rooms: Classes,
    /// Classes, where they are known or planned.
    pub classes: Classes,
    /// Classes above the largest size that a class-size rule allows them.
    pub oversize_classes: Classes,
    /// Pupils above the limits of rules on the size of campuses, by the most demanding rule of each campus.
    pub pupils_over_size: Pupils,
}

/// How far day pupils go; all 0 without pupils.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Ways {
    /// Day pupils.
    pub pupils: Pupils,
    /// Mean distance in kilometres.
    pub mean_km: f64,
    /// Mean time in minutes.
    pub mean_minutes: f64,
    /// Median, 90th and 95th percentile and longest way in metres, by nearest rank: the least distance within which at
    /// least that share of the pupils live.
    pub p50: Metres,
    /// 90th percentile.
    pub p90: Metres,
    /// 95th percentile.
    pub p95: Metres,
    /// Longest.
    pub max: Metres,
    /// Longest time.
    pub max_seconds: Seconds,
}

/// Pupil-metres and pupil-seconds of a year, each in fifths of a school day: a day pupil counts five, a boarder one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fifths {
    /// Pupils times metres.
    pub metres: i128,
    /// Pupils times seconds.
    pub seconds: i128,
}

impl Fifths {
    /// Pupil-kilometres a school day.
    pub fn pupil_km(self) -> f64 {
        self.metres as f64 / 5000.0
    }

    /// Pupil-minutes a school day.
    pub fn pupil_minutes(self) -> f64 {
        self.seconds as f64 / 300.0
    }
}

/// The key figures of a year, with its travel as exact whole numbers.
pub fn of(view: &YearView<'_>) -> (KeyFigures, Fifths) {
    let scenario = view.ground.scenario;
    let mut figures = KeyFigures::default();
    let mut fifths = Fifths::default();
    let mut ways: Vec<(Metres, Seconds, Pupils)> = Vec::with_capacity(view.rows.len());
    for row in &view.rows {
        figures.pupils += row.pupils;
        if row.boarding {
            figures.boarders += row.pupils;
        }
        let Some(leg) = view.ground.travel.leg(row.unit, row.site) else { continue };
        let weight = i128::from(row.pupils.0) * if row.boarding { 1 } else { 5 };
        fifths.metres += weight * i128::from(leg.metres.0);
        fifths.seconds += weight * i128::from(leg.seconds.0);
        if !row.boarding {
            ways.push((leg.metres, leg.seconds, row.pupils));
        }
    }
    figures.pupil_km = fifths.pupil_km();
    figures.pupil_minutes = fifths.pupil_minutes();
    figures.ways = summary(ways);
    let mut schools = BTreeSet::new();
    for (site, here) in view.sites.entries() {
        let offers = here.state.kind.stages().iter().any(|stage| scenario.stages.contains(stage));
        if here.state.operating && offers {
            figures.sites += 1;
            figures.rooms += here.state.rooms;
            schools.insert(scenario.district.sites[site].school);
        }
        for group in &here.groups {
            figures.classes += group.classes.unwrap_or_default();
        }
    }
    figures.schools = schools.len();
    figures.oversize_classes = oversize_classes(scenario, view);
    figures.pupils_over_size = pupils_over_size(scenario, view);
    (figures, fifths)
}

fn summary(mut ways: Vec<(Metres, Seconds, Pupils)>) -> Ways {
    let pupils: Pupils = ways.iter().map(|way| way.2).sum();
    if pupils == Pupils::ZERO {
        return Ways::default();
    }
    let total = |each: fn(&(Metres, Seconds, Pupils)) -> i64| -> i128 {
        ways.iter().map(|way| i128::from(each(way)) * i128::from(way.2.0)).sum()
    };
    let (metres, seconds) = (total(|way| way.0.0), total(|way| way.1.0));
    let max_seconds = ways.iter().map(|way| way.1).max().unwrap_or_default();
    ways.sort_unstable();
    let percentile = |percent: i64| {
        let mut within = 0;
        let reaches = |way: &&(Metres, Seconds, Pupils)| {
            within += way.2.0;
            within * 100 >= percent * pupils.0
        };
        ways.iter().find(reaches).map_or(Metres::ZERO, |way| way.0)
    };
    Ways {
        pupils,
        mean_km: metres as f64 / pupils.as_f64() / 1000.0,
        mean_minutes: seconds as f64 / pupils.as_f64() / 60.0,
        p50: percentile(50),
        p90: percentile(90),
        p95: percentile(95),
        max: percentile(100),
        max_seconds,
    }
}

/// Classes above the smallest limit of the class-size rules that cover their grades.
fn oversize_classes(scenario: &Scenario, view: &YearView<'_>) -> Classes {
    let rules: Vec<_> = scenario
        .rules
        .iter()
        .filter(|rule| rule.metric == ClassSizeMax.name())
        .map(|rule| (rule, scope::grades(scenario, rule)))
        .collect();
    let mut count = Classes::ZERO;
    for (site, here) in view.sites.entries().filter(|(_, here)| here.state.operating) {
        for group in &here.groups {
            let limit = rules
                .iter()
                .filter(|(rule, grades)| {
                    covers(rule, grades, &group.grades) && scope::site(scenario, rule, site, &here.state)
                })
                .map(|(rule, _)| rule.limit as i64)
                .min();
            if let Some(limit) = limit {
                count += oversize(group, limit);
            }
        }
    }
    count
}

/// Pupils above the limits of `site_size` rules; a campus under several rules counts its largest excess.
fn pupils_over_size(scenario: &Scenario, view: &YearView<'_>) -> Pupils {
    let mut worst = vec![0_i64; view.sites.len()];
    for rule in scenario.rules.iter().filter(|rule| rule.metric == SiteSize.name()) {
        for measured in SiteSize.measure(rule, view) {
            if let Subject::Site(site) = measured.subject {
                let worst = &mut worst[site.index()];
                *worst = (*worst).max(measured.excess.ceil() as i64);
            }
        }
    }
    Pupils(worst.into_iter().sum())
}
