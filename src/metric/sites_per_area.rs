//! Metric `sites_per_area`: schools of a stage in a township (乡镇校点数).

use super::calendar::InForce;
use super::lowering::Lowering;
use super::scope::{self, Applied};
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric};
use crate::domain::action::SiteState;
use crate::domain::rule::{Comparison, Rule};
use crate::domain::scenario::Scenario;
use crate::id::{AreaId, SiteId};

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
         Exact: a row for every township over the options of its sites."
    }

    fn entry(&self) -> Entry {
        Entry::Exact
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtLeast, Comparison::AtMost, Comparison::Equal]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let scenario = view.ground.scenario;
        tested(scenario, rule)
            .map(|area| {
                let counted =
                    view.sites.entries().filter(|&(site, here)| counts(scenario, rule, area, site, &here.state));
                Measurement::judge(rule, Subject::Area(area), counted.count() as f64, Applied::base(rule))
            })
            .collect()
    }

    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering) {
        let scenario = rule.ground.scenario;
        let (least, most) = (rule.rule.limit.ceil() as i64, rule.rule.limit.floor() as i64);
        for (year, price) in rule.years() {
            for area in tested(scenario, rule.rule) {
                let of = &scenario.district.areas[area].key;
                let counted = |site: SiteId, state: &SiteState| counts(scenario, rule.rule, area, site, state);
                let mut limit = |excess: f64, price: f64| {
                    let excess = excess.floor() as i64;
                    let (low, high) = (Some(least - excess), Some(most + excess));
                    let bounds = match rule.rule.op {
                        Comparison::AtMost => (None, high),
                        Comparison::AtLeast => (low, None),
                        Comparison::Equal => (low, high),
                    };
                    lowering.limit_sites(&rule.rule.id, of, year, &counted, bounds, price);
                };
                if price > 0.0 {
                    limit(0.0, price);
                }
                if let Some(ceiling) = rule.ceiling(year, Subject::Area(area)) {
                    limit(ceiling, f64::INFINITY);
                }
            }
        }
    }
}

/// The townships that a rule tests.
fn tested<'a>(scenario: &'a Scenario, rule: &'a Rule) -> impl Iterator<Item = AreaId> + 'a {
    let areas = scenario.district.areas.entries();
    areas.filter(|(_, area)| !rule.scope.exclude_areas.contains(&area.key)).map(|(area, _)| area)
}

/// Whether a site in a state counts for a township.
fn counts(scenario: &Scenario, rule: &Rule, area: AreaId, site: SiteId, state: &SiteState) -> bool {
    let district = &scenario.district;
    state.operating
        && state.grades_gone == 0
        && district.sites[site].area == Some(area)
        && scope::site(scenario, rule, site, state)
        && scope::grades(scenario, rule)
            .iter()
            .any(|&grade| state.kind.stages().contains(&district.grades[grade].stage))
}
