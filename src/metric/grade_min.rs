//! Metric `grade_min`: pupils of the smallest grade of a section (最小年级人数).

use super::calendar::InForce;
use super::lowering::Lowering;
use super::section::tested;
use super::view::YearView;
use super::{Entry, Level, Measurement, Metric};
use crate::domain::rule::{Comparison, Rule};

/// Pupils of the smallest grade of a section.
pub struct GradeMin;

impl Metric for GradeMin {
    fn name(&self) -> &'static str {
        "grade_min"
    }

    fn unit(&self) -> &'static str {
        "pupils/grade"
    }

    fn level(&self) -> Level {
        Level::Section
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The pupils of the smallest grade of a section. A site that is phased out is not tested.\n\n\
         ### Formula\n\
         The smallest roll among the grades in scope that have pupils; grades taught together count as one. Excess: pupils \
         lacking in that grade.\n\n\
         ### Source\n\
         The planner; minimum intakes abroad.\n\n\
         ### How it enters the kernel\n\
         Checked after."
    }

    fn entry(&self) -> Entry {
        Entry::CheckedAfter
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtLeast]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        tested(rule, view)
            .iter()
            .map(|section| {
                let smallest = section.groups.iter().map(|group| group.pupils).min();
                match (section.applied(rule, view), smallest) {
                    (Some(applied), Some(pupils)) if section.here.state.grades_gone == 0 => {
                        Measurement::judge(rule, section.subject(), pupils.as_f64(), applied)
                    }
                    _ => Measurement::not_applicable(rule, section.subject()),
                }
            })
            .collect()
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}
