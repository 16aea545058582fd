//! Metric `reported`: a figure about the county that is given and not worked out.

use super::calendar::InForce;
use super::lowering::Lowering;
use super::scope::Applied;
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamKind, ParamSpec, params};
use crate::domain::rule::{Comparison, Rule};

/// A figure about the county that is given and not worked out.
pub struct Reported;

impl Metric for Reported {
    fn name(&self) -> &'static str {
        "reported"
    }

    fn unit(&self) -> &'static str {
        "as given"
    }

    fn level(&self) -> Level {
        Level::County
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         A figure about the county that a planner reports: pay of teachers, training, rotation, whether a document is there.\n\n\
         ### Formula\n\
         The entry `name` of `[reported]` in `scenario.toml`; `true` counts 1 and `false` 0. A figure that is not given waits \
         for data. It holds in every year. Excess: the distance from the limit.\n\n\
         ### Source\n\
         教督〔2017〕6号, 政府保障 一、二、八 to 十五, 教育质量.\n\n\
         ### How it enters the kernel\n\
         Checked after; no plan changes it."
    }

    fn entry(&self) -> Entry {
        Entry::CheckedAfter
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtLeast, Comparison::AtMost, Comparison::Equal]
    }

    fn least_limit(&self) -> f64 {
        f64::MIN
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[ParamSpec {
            name: "name",
            kind: ParamKind::Name,
            required: true,
            doc: "Name of the figure under `[reported]`.",
        }]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let name = params::word(rule, "name", "");
        vec![match view.ground.scenario.district.reported.get(name) {
            Some(&value) => Measurement::judge(rule, Subject::County, value, Applied::base(rule)),
            None => Measurement::pending(rule, Subject::County),
        }]
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}
