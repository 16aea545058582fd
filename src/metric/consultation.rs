//! Metric `consultation`: whether a site that the plan shuts may end by what those concerned have said (意见征集).

use super::calendar::{self, InForce};
use super::lowering::{ClosureCount, Lowering};
use super::scope::{self, Applied};
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamKind, ParamSpec, params};
use crate::domain::action::baseline_state;
use crate::domain::consultation::may_end;
use crate::domain::rule::{Comparison, Rule};
use crate::domain::scenario::Scenario;
use crate::id::SiteId;
use crate::units::Year;

/// Whether a site that the plan shuts may end by what those concerned have said.
pub struct Consulted;

/// Months between consultation and the school year, unless the rule says otherwise.
const LEAD_MONTHS: f64 = 12.0;

/// Whether the records let a site end with effect of a year.
fn agreed(scenario: &Scenario, rule: &Rule, site: SiteId, year: Year) -> bool {
    let lead = params::number_or(rule, "lead_months", LEAD_MONTHS).ceil() as i64;
    let cooldown = params::number_or(rule, "cooldown_years", 0.0).ceil() as i64;
    may_end(scenario, site, year, lead, cooldown)
}

/// Whether a site of today is in the rule's scope.
fn concerns(scenario: &Scenario, rule: &Rule, site: SiteId) -> bool {
    let state = baseline_state(scenario, site);
    let stages = &rule.scope.stages;
    scope::site(scenario, rule, site, &state)
        && (stages.is_empty() || state.kind.stages().iter().any(|stage| stages.contains(stage)))
}

impl Metric for Consulted {
    fn name(&self) -> &'static str {
        "consultation"
    }

    fn unit(&self) -> &'static str {
        "agreed"
    }

    fn level(&self) -> Level {
        Level::Site
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         For a site that the plan closes, merges or otherwise ends: 1 if `consultations.csv` lets it end in that year, else \
         0.\n\n\
         ### Formula\n\
         Tested in the year of effect. 1 where the latest record of the site has no more parents against than for and no \
         hearing against, and was made at least `lead_months` before 1 September of the year; 0 where there is no record. With \
         `cooldown_years` a refusal stands so long, whatever came after. Excess: 1 for a site that may not end.\n\n\
         ### Source\n\
         国办发〔2012〕48号: opinions are heard first, and no school is closed against most parents or most delegates of a \
         hearing.\n\n\
         ### How it enters the kernel\n\
         Exact: a row over the options that shut a site without such a record."
    }

    fn entry(&self) -> Entry {
        Entry::Exact
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtLeast]
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[
            ParamSpec {
                name: "lead_months",
                kind: ParamKind::Number { min: 0.0 },
                required: false,
                doc: "Least months between the record and 1 September of the year of effect; 12 when absent.",
            },
            ParamSpec {
                name: "cooldown_years",
                kind: ParamKind::Number { min: 0.0 },
                required: false,
                doc: "Years after a refusal in which the site may not end; 0 when absent.",
            },
        ]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let scenario = view.ground.scenario;
        let ended = view.shut.iter().filter(|&&site| concerns(scenario, rule, site));
        ended
            .map(|&site| {
                let value = f64::from(u8::from(agreed(scenario, rule, site, view.year)));
                Measurement::judge(rule, Subject::Site(site), value, Applied::base(rule))
            })
            .collect()
    }

    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering) {
        let scenario = rule.ground.scenario;
        // An excess is the limit itself, as the value is 0.
        for (year, price) in rule.years().filter(|_| rule.rule.limit > 0.0) {
            let silent =
                |&site: &SiteId| concerns(scenario, rule.rule, site) && !agreed(scenario, rule.rule, site, year);
            let sites: Vec<SiteId> = scenario.district.sites.ids().filter(silent).collect();
            // Nobody ends without a plan, so that before a deadline nothing may worsen means that nothing may happen.
            let price = if calendar::must_not_worsen(rule.rule, year) { f64::INFINITY } else { price };
            if !sites.is_empty() && price > 0.0 {
                let count = ClosureCount { years: vec![year], merges: true, relocations: true, sites: Some(sites) };
                lowering.limit_closures(&rule.rule.id, &count, (None, Some(0)), price * rule.rule.limit);
            }
        }
    }
}
