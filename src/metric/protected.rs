//! Metric `protected`: whether a site that is to be kept operates.

use super::calendar::InForce;
use super::lowering::Lowering;
use super::scope::{self, Applied};
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamKind, ParamSpec, params};
use crate::domain::action::baseline_state;
use crate::domain::district::SiteStatus;
use crate::domain::rule::{Comparison, Rule};
use crate::domain::scenario::Scenario;
use crate::id::SiteId;

/// Whether a site that is to be kept operates.
pub struct Protected;

impl Metric for Protected {
    fn name(&self) -> &'static str {
        "protected"
    }

    fn unit(&self) -> &'static str {
        "operating"
    }

    fn level(&self) -> Level {
        Level::Site
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         Whether a site in use at the baseline that is in scope still operates: 1 or 0.\n\n\
         ### Formula\n\
         Sites marked as protected that are in scope; with `marked_only = false` every site in scope. Excess: 1 for a site \
         that does not operate. Sites marked as protected in the data cannot be shut by any plan, with or without a rule.\n\n\
         ### Source\n\
         国办发〔2012〕48号 and 国办发〔2018〕27号: schools that must be kept.\n\n\
         ### How it enters the kernel\n\
         Exact: the trajectories that shut the site are ruled out or priced."
    }

    fn entry(&self) -> Entry {
        Entry::Exact
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtLeast, Comparison::Equal]
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[ParamSpec {
            name: "marked_only",
            kind: ParamKind::Flag { default: true },
            required: false,
            doc: "Whether only sites marked as protected are meant rather than every site in scope.",
        }]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        kept(view.ground.scenario, rule)
            .map(|site| {
                let operates = f64::from(u8::from(view.sites[site].state.operating));
                Measurement::judge(rule, Subject::Site(site), operates, Applied::base(rule))
            })
            .collect()
    }

    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering) {
        for (year, price) in rule.years().filter(|&(_, price)| price > 0.0 && rule.rule.limit > 0.0) {
            for site in kept(rule.ground.scenario, rule.rule) {
                lowering.keep_operating(&rule.rule.id, site, year, price * rule.rule.limit);
            }
        }
    }
}

/// The sites that a rule keeps.
fn kept<'a>(scenario: &'a Scenario, rule: &'a Rule) -> impl Iterator<Item = SiteId> + 'a {
    let marked_only = params::flag(rule, "marked_only", true);
    scenario
        .district
        .sites
        .entries()
        .filter(move |&(id, site)| {
            site.status == SiteStatus::Operating
                && (site.protected || !marked_only)
                && scope::site(scenario, rule, id, &baseline_state(scenario, id))
                && (rule.scope.stages.is_empty()
                    || site.kind.stages().iter().any(|stage| rule.scope.stages.contains(stage)))
        })
        .map(|(id, _)| id)
}
