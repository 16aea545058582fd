//! Metric `sites_per_area`: schools of a stage in a township (乡镇校点数).

use super::calendar::InForce;
use super::lowering::Lowering;
use super::scope::{self, Applied};
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric};
use crate::domain::rule::{Comparison, Rule};

/// Schools of a stage in a township.
pub struct SitesPerArea;

impl Metric for SitesPerArea {
    fn name(&self) -> &'static str {
        "sites_per_area"
    }

    fn unit(&self) -> &'static str {
        "sites"
    }

    fn level(&self) -> Level {
        Level::Area
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The operating sites in scope that lie in a township and offer a stage in scope, without those that are phased out.\n\n\
         ### Formula\n\
         Their number. Townships that the scope leaves out (`exclude_areas`: waived) are not tested; teaching points are left \
         out by `exclude_kinds`. Excess: sites lacking, or too many.\n\n\
         ### Source\n\
         国办发〔2012〕48号: in principle one junior middle school in a township, and primaries where people live together.\n\n\
         ### How it enters the kernel\n\
         Checked after."
    }

    fn entry(&self) -> Entry {
        Entry::CheckedAfter
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtLeast, Comparison::AtMost, Comparison::Equal]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let scenario = view.ground.scenario;
        let district = &scenario.district;
        let grades = scope::grades(scenario, rule);
        district
            .areas
            .entries()
            .filter(|(_, area)| !rule.scope.exclude_areas.contains(&area.key))
            .map(|(area, _)| {
                let counted = view.sites.entries().filter(|&(site, here)| {
                    here.state.operating
                        && here.state.grades_gone == 0
                        && district.sites[site].area == Some(area)
                        && scope::site(scenario, rule, site, &here.state)
                        && grades.iter().any(|&grade| here.state.kind.stages().contains(&district.grades[grade].stage))
                });
                Measurement::judge(rule, Subject::Area(area), counted.count() as f64, Applied::base(rule))
            })
            .collect()
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}
