//! Metric `site_min_size`: the least number of pupils of an operating campus.

use super::calendar::InForce;
use super::lowering::Lowering;
use super::site_size::{PARAMS, constrain_pupils, measure_pupils};
use super::view::YearView;
use super::{Entry, Level, Measurement, Metric, ParamSpec};
use crate::domain::rule::{Comparison, Rule};

/// The least number of pupils of an operating campus.
pub struct SiteMinSize;

impl Metric for SiteMinSize {
    fn name(&self) -> &'static str {
        "site_min_size"
    }

    fn unit(&self) -> &'static str {
        "pupils/site"
    }

    fn level(&self) -> Level {
        Level::Site
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The pupils of an operating campus in the stages of the rule's scope, as `site_size` counts them. A campus that \
         does not operate is not tested, and neither is one that is phased out and takes no more entrants; one that operates \
         without pupils fails.\n\n\
         ### Formula\n\
         `N = sum of pupils over the grades in scope >= limit`. Excess: pupils that are lacking.\n\n\
         ### Source\n\
         Minimum viable size, for example 105 rural and 140 urban primary pupils (Northern Ireland, Sustainable Schools \
         Policy 2009).\n\n\
         ### How it enters the kernel\n\
         Exact: a minimum over the grades in scope for every state in which the site operates. Relaxed where an exemption \
         depends on the number of pupils."
    }

    fn entry(&self) -> Entry {
        Entry::Exact
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtLeast]
    }

    fn params(&self) -> &'static [ParamSpec] {
        PARAMS
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        measure_pupils(rule, view)
    }

    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering) {
        constrain_pupils(rule, lowering);
    }
}
