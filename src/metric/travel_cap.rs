//! Metrics `travel_dist` and `travel_time`: the longest daily way of the pupils of a unit.

use super::band::{self, Band};
use super::calendar::{InForce, must_not_worsen};
use super::ground::Ground;
use super::lowering::{ArcEffect, Lowering};
use super::scope::{self, Applied, OperatingStates};
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamKind, ParamSpec, params};
use crate::domain::district::Stage;
use crate::domain::plan::MIN_PART_PERCENT;
use crate::domain::rule::{Comparison, Rule};
use crate::domain::scenario::Scenario;
use crate::id::{GradeId, IdVec, SiteId, UnitId};
use crate::travel::{Leg, Travel};
use crate::units::Pupils;

/// The longest daily way of the pupils of a unit.
pub struct TravelCap {
    by: By,
}

/// Metric `travel_dist`.
pub const TRAVEL_DIST: TravelCap = TravelCap { by: By::Metres };

/// Metric `travel_time`.
pub const TRAVEL_TIME: TravelCap = TravelCap { by: By::Minutes };

impl TravelCap {
    /// The metric of a rule, if it is on daily ways.
    pub fn of(rule: &Rule) -> Option<&'static Self> {
        [&TRAVEL_DIST, &TRAVEL_TIME].into_iter().find(|cap| cap.name() == rule.metric)
    }

    /// Whether the daily way of pupils of a stage from a unit to a site is beyond the rule's limit; not where the rule lets them
    /// go or says nothing of them. Grades and years are not asked for.
    pub fn is_over(
        &self,
        rule: &Rule,
        ground: &Ground<'_>,
        states: &OperatingStates,
        unit: UnitId,
        site: SiteId,
        stage: Stage,
    ) -> bool {
        let (scenario, travel) = (ground.scenario, ground.travel);
        let beyond = |length: f64| rule.op.excess(length, rule.limit) > 0.0;
        // Of most ways it is far cheaper to say that they are too long than how long they are.
        let too_long = beyond(self.by.at_least(travel, unit, site))
            || travel.leg(unit, site).is_some_and(|leg| beyond(self.by.length(leg)));
        let exempt = || new_ways_only(rule) && goes_today(scenario, unit, stage, site);
        too_long && !exempt() && states.all_in_scope(scenario, rule, unit, site)
    }
}

/// In what a way is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Metres.
    Metres,
    /// Minutes.
    Minutes,
}

impl By {
    /// Length of a way.
    pub fn length(self, leg: Leg) -> f64 {
        match self {
            Self::Metres => leg.metres.as_f64(),
            Self::Minutes => leg.seconds.minutes(),
        }
    }

    /// Length that the daily way from a unit to a site has at least.
    fn at_least(self, travel: &Travel<'_>, unit: UnitId, site: SiteId) -> f64 {
        let metres = travel.at_least(unit, site);
        match self {
            Self::Metres => metres.as_f64(),
            Self::Minutes => travel.at_declared_speed(metres).minutes(),
        }
    }

    /// Excess of one pupil who goes `over` too far: kilometres or minutes.
    fn excess(self, over: f64) -> f64 {
        match self {
            Self::Metres => over / 1000.0,
            Self::Minutes => over,
        }
    }
}

/// Whether the rule leaves alone where pupils go at the baseline.
fn new_ways_only(rule: &Rule) -> bool {
    params::flag(rule, "new_ways_only", false)
}

/// Whether the pupils of a unit and stage go to a site at the baseline.
fn goes_today(scenario: &Scenario, unit: UnitId, stage: Stage, site: SiteId) -> bool {
    let today = scenario.baseline.sites.get(unit);
    scenario.stage_index(stage).is_some_and(|stage| today.is_some_and(|sites| sites[stage] == Some(site)))
}

impl Metric for TravelCap {
    fn name(&self) -> &'static str {
        match self.by {
            By::Metres => "travel_dist",
            By::Minutes => "travel_time",
        }
    }

    fn unit(&self) -> &'static str {
        match self.by {
            By::Metres => "m",
            By::Minutes => "min",
        }
    }

    fn level(&self) -> Level {
        Level::Unit
    }

    fn doc(&self) -> &'static str {
        match self.by {
            By::Metres => {
                "### Measures\n\
                 The longest way to school of the day pupils of a residential unit in the grades of the rule's scope, one \
                 way, in metres.\n\n\
                 ### Formula\n\
                 The largest distance over the sites to which the unit's pupils of these grades go. Settings in the scope \
                 are the unit's; kinds and ownership are the site's. Boarders are exempt; with `new_ways_only` also \
                 whoever goes where the unit's pupils of the stage go at the baseline. Excess: pupil-kilometres beyond the \
                 limit.\n\n\
                 ### Source\n\
                 Provincial radii, for example 2 km for primary; GB 50099-2011: 500 m and 1000 m in cities.\n\n\
                 ### How it enters the kernel\n\
                 Exact: ways beyond a hard limit are left out, ways beyond a soft one cost their excess. The limit of growth \
                 before a deadline is relaxed."
            }
            By::Minutes => {
                "### Measures\n\
                 The longest way to school of the day pupils of a residential unit in the grades of the rule's scope, one \
                 way, in minutes.\n\n\
                 ### Formula\n\
                 The largest time over the sites to which the unit's pupils of these grades go; given times, else distance \
                 at the declared speed. Settings in the scope are the unit's; kinds and ownership are the site's. Boarders \
                 are exempt; with `new_ways_only` also whoever goes where the unit's pupils of the stage go at the \
                 baseline. Excess: pupil-minutes beyond the limit.\n\n\
                 ### Source\n\
                 国办发〔2018〕27号: grades 1 to 3 about 30 minutes.\n\n\
                 ### How it enters the kernel\n\
                 Exact: ways beyond a hard limit are left out, ways beyond a soft one cost their excess. The limit of growth \
                 before a deadline is relaxed."
            }
        }
    }

    fn entry(&self) -> Entry {
        Entry::Exact
    }

    fn enters(&self, rule: &Rule, years: &[crate::units::Year]) -> Entry {
        if years.iter().any(|&year| must_not_worsen(rule, year)) { Entry::Relaxed } else { Entry::Exact }
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost]
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[ParamSpec {
            name: "new_ways_only",
            kind: ParamKind::Flag { default: false },
            required: false,
            doc: "Whether ways that pupils go at the baseline are exempt: nobody is sent too far anew.",
        }]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let scenario = view.ground.scenario;
        let grades = scope::grades(scenario, rule);
        let mut longest: IdVec<UnitId, Option<f64>> = IdVec::filled(None, scenario.district.units.len());
        let mut excess: IdVec<UnitId, f64> = IdVec::filled(0.0, scenario.district.units.len());
        for row in view.rows.iter().filter(|row| !row.boarding && row.pupils > Pupils::ZERO) {
            let state = &view.sites[row.site].state;
            if !grades.contains(&row.grade) || !scope::way(scenario, rule, row.unit, row.site, state) {
                continue;
            }
            let stage = scenario.district.grades[row.grade].stage;
            if new_ways_only(rule) && goes_today(scenario, row.unit, stage, row.site) {
                continue;
            }
            let Some(leg) = view.ground.travel.leg(row.unit, row.site) else { continue };
            let length = self.by.length(leg);
            longest[row.unit] = Some(longest[row.unit].map_or(length, |so_far| so_far.max(length)));
            let over = rule.op.excess(length, rule.limit);
            excess[row.unit] += row.pupils.as_f64() * self.by.excess(over);
        }
        longest
            .entries()
            .filter_map(|(unit, value)| value.map(|value| (unit, value)))
            .map(|(unit, value)| {
                let judged = Measurement::judge(rule, Subject::Unit(unit), value, Applied::base(rule));
                Measurement { excess: excess[unit], ..judged }
            })
            .collect()
    }

    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering) {
        let scenario = rule.ground.scenario;
        let grades = scope::grades(scenario, rule.rule);
        if grades.is_empty() {
            return;
        }
        // The rule presses, so that a band is in its scope as a whole or not at all.
        let bands: Vec<Band> =
            band::bands(scenario).into_iter().filter(|band| grades.contains(&band.grades[0])).collect();
        let states = OperatingStates::new(scenario);
        // Where pupils go today differs by stage.
        let of_stage = |stage: Stage| -> Vec<GradeId> {
            grades.iter().copied().filter(|&grade| scenario.district.grades[grade].stage == stage).collect()
        };
        let parts: Vec<(Stage, Vec<GradeId>)> = if new_ways_only(rule.rule) {
            scenario.stages.iter().map(|&stage| (stage, of_stage(stage))).collect()
        } else {
            vec![(scenario.district.grades[grades[0]].stage, grades.clone())]
        };
        for (year, price) in rule.years() {
            for (stage, grades) in parts.iter().filter(|(_, grades)| !grades.is_empty()) {
                let effect = |unit: UnitId, site: SiteId| {
                    if !self.is_over(rule.rule, rule.ground, &states, unit, site, *stage) {
                        return ArcEffect::Free;
                    }
                    if price.is_infinite() {
                        return ArcEffect::Forbidden;
                    }
                    let length = rule.ground.travel.leg(unit, site).map_or(0.0, |leg| self.by.length(leg));
                    let over = rule.rule.op.excess(length, rule.rule.limit);
                    let each = self.by.excess(over);
                    // Whoever goes this way, it is at least the smallest part that any of the unit's bands can be divided
                    // into.
                    let fewest = bands
                        .iter()
                        .map(|band| {
                            band.grades.iter().map(|&grade| scenario.demand.pupils(year, unit, grade)).sum::<Pupils>()
                        })
                        .filter(|&pupils| pupils > Pupils::ZERO)
                        .min()
                        .map_or(0.0, |pupils| pupils.as_f64() * MIN_PART_PERCENT as f64 / 100.0);
                    let ceiling = rule.ceiling(year, Subject::Unit(unit));
                    let grown = ceiling.is_some_and(|ceiling| fewest * each > ceiling * (1.0 + 1e-9) + 1e-9);
                    if grown { ArcEffect::Forbidden } else { ArcEffect::Priced(price * each) }
                };
                lowering.shape_arcs(&rule.rule.id, year, grades, &effect);
            }
        }
    }
}
