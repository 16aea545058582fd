//! Metric `large_class_share`: the share of the county's classes that are above a size (大班额比例).

use super::calendar::InForce;
use super::lowering::Lowering;
use super::oversize_classes::{SIZE, oversize};
use super::scope::Applied;
use super::section::tested;
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamSpec, params};
use crate::domain::rule::{Comparison, Rule};

/// The share of classes above a size.
pub struct LargeClassShare;

impl Metric for LargeClassShare {
    fn name(&self) -> &'static str {
        "large_class_share"
    }

    fn unit(&self) -> &'static str {
        "share"
    }

    fn level(&self) -> Level {
        Level::County
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The share of the classes in scope with more pupils than `size`.\n\n\
         ### Formula\n\
         `classes above size / classes`, counted as `oversize_classes` counts them; not tested where there are no classes. \
         Excess: the share above the limit.\n\n\
         ### Source\n\
         教育部 2019: classes of 56 and more at most 5 % of all.\n\n\
         ### How it enters the kernel\n\
         Checked after."
    }

    fn entry(&self) -> Entry {
        Entry::CheckedAfter
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost]
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[SIZE]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let size = params::number(rule, SIZE.name).unwrap_or(f64::INFINITY) as i64;
        let (mut large, mut all) = (0, 0);
        for section in tested(rule, view) {
            for group in section.groups {
                large += oversize(group, size).0;
                all += group.classes.map_or(0, |classes| classes.0);
            }
        }
        vec![if all == 0 {
            Measurement::not_applicable(rule, Subject::County)
        } else {
            Measurement::judge(rule, Subject::County, large as f64 / all as f64, Applied::base(rule))
        }]
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}
