//! Metric `seat_margin`: places beyond the resident pupils, as a share (学位富余率).

use super::calendar::InForce;
use super::lowering::Lowering;
use super::scope::{self, Applied};
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamKind, ParamSpec, params};
use crate::domain::rule::{Comparison, Rule};
use crate::id::AreaId;
use crate::units::Pupils;

/// Places beyond the resident pupils.
pub struct SeatMargin;

impl Metric for SeatMargin {
    fn name(&self) -> &'static str {
        "seat_margin"
    }

    fn unit(&self) -> &'static str {
        "share"
    }

    fn level(&self) -> Level {
        Level::Area
    }

    fn measured_on(&self, rule: &Rule) -> Level {
        if params::word(rule, "by", "county") == "county" { Level::County } else { Level::Area }
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The places of the county, or with `by = \"area\"` of each township, beyond the pupils who live there, as a share \
         of these pupils.\n\n\
         ### Formula\n\
         `(places - pupils) / pupils` with `places = size * rooms` over the operating sites in scope that offer a stage in \
         scope, and pupils over the grades in scope. Rooms of a site that offers several stages count for each rule that \
         names one of them. Settings in the scope are the site's for places and the unit's for pupils. Not tested where \
         nobody lives. Excess: the share that is lacking.\n\n\
         ### Source\n\
         科学预测、适度超前: a margin of 3 to 10 % in cities.\n\n\
         ### How it enters the kernel\n\
         Checked after."
    }

    fn entry(&self) -> Entry {
        Entry::CheckedAfter
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtLeast]
    }

    fn least_limit(&self) -> f64 {
        -1.0
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[
            ParamSpec {
                name: "size",
                kind: ParamKind::Number { min: 1.0 },
                required: true,
                doc: "Pupils whom an ordinary classroom seats.",
            },
            ParamSpec {
                name: "by",
                kind: ParamKind::Word { default: "county", of: &["county", "area"] },
                required: false,
                doc: "Whether the county or each area is tested.",
            },
        ]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let district = &view.ground.scenario.district;
        if params::word(rule, "by", "county") == "county" {
            return vec![margin(rule, view, Subject::County, |_| true)];
        }
        district.areas.ids().map(|area| margin(rule, view, Subject::Area(area), |place| place == Some(area))).collect()
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}

fn margin(rule: &Rule, view: &YearView<'_>, subject: Subject, counted: impl Fn(Option<AreaId>) -> bool) -> Measurement {
    let scenario = view.ground.scenario;
    let district = &scenario.district;
    let size = params::number(rule, "size").unwrap_or(0.0);
    let grades = scope::grades(scenario, rule);
    let pupils: Pupils = district
        .units
        .entries()
        .filter(|&(unit, facts)| counted(facts.area) && scope::unit(scenario, rule, unit))
        .flat_map(|(unit, _)| grades.iter().map(move |&grade| scenario.demand.pupils(view.year, unit, grade)))
        .sum();
    if pupils == Pupils::ZERO {
        return Measurement::not_applicable(rule, subject);
    }
    let rooms: i64 = view
        .sites
        .entries()
        .filter(|&(site, here)| {
            here.state.operating
                && counted(district.sites[site].area)
                && scope::site(scenario, rule, site, &here.state)
                && grades.iter().any(|&grade| here.state.kind.stages().contains(&district.grades[grade].stage))
        })
        .map(|(_, here)| here.state.rooms.0)
        .sum();
    let value = (size * rooms as f64 - pupils.as_f64()) / pupils.as_f64();
    Measurement::judge(rule, subject, value, Applied::base(rule))
}
