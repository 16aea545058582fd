//! Metric `moved_pupils`: pupils whose catchment is redrawn (调整学生数).

use super::calendar::InForce;
use super::lowering::Lowering;
use super::scope::Applied;
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric};
use crate::domain::rule::{Comparison, Rule};

/// Pupils whose catchment is redrawn.
pub struct MovedPupils;

impl Metric for MovedPupils {
    fn name(&self) -> &'static str {
        "moved_pupils"
    }

    fn unit(&self) -> &'static str {
        "pupils"
    }

    fn level(&self) -> Level {
        Level::Plan
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The pupils of a plan year who go to another site than the pupils of their unit and band the year before. Where cohorts \
         are told apart (pupils keep their school, or a site may be phased out) they are compared with themselves in the \
         grade before, and those whose grade is new to the stage do not move.\n\n\
         ### Formula\n\
         For every unit and band with `n` pupils, of whom `x(s)` go to site `s`, and `m` the year before, of whom `y(s)` \
         went there: `sum over s of max(0, x(s) - ceil(y(s) n / m))`. For a unit zoned as a whole that is all of its pupils \
         when the site changes and none otherwise. The first plan year is compared with the baseline; where that is only \
         assumed there is no value. Excess: pupils above the limit.\n\n\
         ### Source\n\
         The planner; 妥善分流.\n\n\
         ### How it enters the kernel\n\
         Relaxed: exact for units zoned as a whole, checked after for divided ones."
    }

    fn entry(&self) -> Entry {
        Entry::Relaxed
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        vec![if view.baseline {
            Measurement::not_applicable(rule, Subject::County)
        } else if let Some(moved) = view.doings.moved {
            Measurement::judge(rule, Subject::County, moved.as_f64(), Applied::base(rule))
        } else {
            Measurement::pending(rule, Subject::County)
        }]
    }

    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering) {
        let first = rule.ground.scenario.years.first().copied();
        for (year, price) in rule.years().filter(|&(_, price)| price > 0.0) {
            if !(rule.ground.scenario.baseline.assumed && Some(year) == first) {
                lowering.limit_moved(&rule.rule.id, year, rule.rule.limit, price);
            }
        }
    }
}
