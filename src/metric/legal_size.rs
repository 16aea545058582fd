//! Metric `legal_size`: pupils of a legal person over all its campuses.

use super::calendar::InForce;
use super::lowering::Lowering;
use super::scope::{self, Applied};
use super::site_size::counted_grades;
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric};
use crate::domain::rule::{Comparison, Rule};
use crate::id::IdVec;
use crate::units::Pupils;

/// Pupils of a legal person.
pub struct LegalSize;

impl Metric for LegalSize {
    fn name(&self) -> &'static str {
        "legal_size"
    }

    fn unit(&self) -> &'static str {
        "pupils/school"
    }

    fn level(&self) -> Level {
        Level::School
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The pupils of a legal person over all its operating campuses in scope, counted as `site_size` counts them.\n\n\
         ### Formula\n\
         `sum of N over the campuses`. Excess: pupils beyond the limit. Exemptions, which belong to campuses, do not \
         apply.\n\n\
         ### Source\n\
         For information beside 政府保障 四 of 教督〔2017〕6号, which tests campuses and not legal persons.\n\n\
         ### How it enters the kernel\n\
         Checked after: it adds up several sites."
    }

    fn entry(&self) -> Entry {
        Entry::CheckedAfter
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost, Comparison::AtLeast]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let scenario = view.ground.scenario;
        let mut sums: IdVec<_, Option<Pupils>> = IdVec::filled(None, scenario.district.schools.len());
        for (site, here) in view.sites.entries() {
            let grades = counted_grades(scenario, rule, &here.state);
            if here.state.operating && scope::site(scenario, rule, site, &here.state) && !grades.is_empty() {
                let pupils = here.pupils(|group| group.grades.iter().all(|grade| grades.contains(grade)));
                let home = here.state.origin.unwrap_or(site);
                *sums[scenario.district.sites[home].school].get_or_insert(Pupils::ZERO) += pupils;
            }
        }
        sums.entries()
            .filter_map(|(school, sum)| sum.map(|pupils| (Subject::School(school), pupils)))
            .map(|(subject, pupils)| {
                if scope::enough_pupils(rule, pupils) {
                    Measurement::judge(rule, subject, pupils.as_f64(), Applied::base(rule))
                } else {
                    Measurement::not_applicable(rule, subject)
                }
            })
            .collect()
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}
