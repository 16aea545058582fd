//! Metric `travel_share_over`: the share of pupils whose daily way is longer than a threshold.

use super::calendar::InForce;
use super::lowering::Lowering;
use super::scope::{self, Applied};
use super::travel_cap::By;
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamKind, ParamSpec, params};
use crate::domain::rule::{Comparison, Rule};
use crate::id::{SiteId, UnitId};
use crate::units::{Pupils, Year};

/// The share of pupils whose daily way is longer than a threshold.
pub struct TravelShareOver;

fn by(rule: &Rule) -> By {
    if params::word(rule, "by", "metres") == "minutes" { By::Minutes } else { By::Metres }
}

fn threshold(rule: &Rule) -> f64 {
    params::number(rule, "over").unwrap_or(f64::INFINITY)
}

impl Metric for TravelShareOver {
    fn name(&self) -> &'static str {
        "travel_share_over"
    }

    fn unit(&self) -> &'static str {
        "share"
    }

    fn level(&self) -> Level {
        Level::County
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The share of the day pupils in scope who go farther than `over`.\n\n\
         ### Formula\n\
         `pupils whose way is longer than over / pupils`; not tested where there are no pupils in scope. Settings in the \
         scope are the unit's. Excess: the share above the limit.\n\n\
         ### Source\n\
         Service radii as a share, for example GB 50099-2011.\n\n\
         ### How it enters the kernel\n\
         Exact where the scope names grades, stages and settings only: a row over the ways beyond the threshold. Checked \
         after where it names kinds, ownership or sites, because the number of pupils in scope then depends on the plan. \
         The limit of growth before a deadline is checked after."
    }

    fn entry(&self) -> Entry {
        Entry::Exact
    }

    fn enters(&self, rule: &Rule, _years: &[Year]) -> Entry {
        if scope::is_of_pupils(&rule.scope) { Entry::Exact } else { Entry::CheckedAfter }
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost]
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[
            ParamSpec {
                name: "over",
                kind: ParamKind::Number { min: 0.0 },
                required: true,
                doc: "Ways longer than this are counted, in the unit that `by` names.",
            },
            ParamSpec {
                name: "by",
                kind: ParamKind::Word { default: "metres", of: &["metres", "minutes"] },
                required: false,
                doc: "Whether ways are measured in metres or in minutes.",
            },
        ]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let scenario = view.ground.scenario;
        let grades = scope::grades(scenario, rule);
        let (mut over, mut all) = (Pupils::ZERO, Pupils::ZERO);
        for row in view.rows.iter().filter(|row| !row.boarding && grades.contains(&row.grade)) {
            if !scope::way(scenario, rule, row.unit, row.site, &view.sites[row.site].state) {
                continue;
            }
            all += row.pupils;
            let leg = view.ground.travel.leg(row.unit, row.site);
            if leg.is_some_and(|leg| by(rule).length(leg) > threshold(rule)) {
                over += row.pupils;
            }
        }
        vec![if all == Pupils::ZERO {
            Measurement::not_applicable(rule, Subject::County)
        } else {
            Measurement::judge(rule, Subject::County, over.as_f64() / all.as_f64(), Applied::base(rule))
        }]
    }

    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering) {
        let scenario = rule.ground.scenario;
        let grades = scope::grades(scenario, rule.rule);
        let states = scope::OperatingStates::new(scenario);
        let counted = |unit: UnitId, site: SiteId| {
            let leg = rule.ground.travel.leg(unit, site);
            leg.is_some_and(|leg| by(rule.rule).length(leg) > threshold(rule.rule))
                && states.all_in_scope(scenario, rule.rule, unit, site)
        };
        for (year, price) in rule.years().filter(|&(_, price)| price > 0.0) {
            let in_scope = |unit: UnitId| scope::unit(scenario, rule.rule, unit);
            let all: Pupils = scenario
                .district
                .units
                .ids()
                .filter(|&unit| in_scope(unit))
                .flat_map(|unit| grades.iter().map(move |&grade| scenario.demand.pupils(year, unit, grade)))
                .sum();
            if all > Pupils::ZERO {
                // Price of one pupil is the price of the share that one pupil is.
                let (max, each) = (rule.rule.limit * all.as_f64(), price / all.as_f64());
                lowering.limit_arc_pupils(&rule.rule.id, year, &grades, &counted, max, each);
            }
        }
    }
}
