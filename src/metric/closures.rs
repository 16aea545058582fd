//! Metric `closures`: how many sites a plan closes (撤并数量).

use super::calendar::InForce;
use super::lowering::{ClosureCount, Lowering};
use super::scope::Applied;
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamKind, ParamSpec, params};
use crate::domain::rule::{Comparison, Rule};
use crate::units::Year;

/// How many sites a plan closes.
pub struct Closures;

/// Whether the rule counts over the whole plan rather than by year.
fn in_total(rule: &Rule) -> bool {
    params::word(rule, "per", "year") == "plan"
}

fn merges(rule: &Rule) -> bool {
    params::flag(rule, "count_merges", false)
}

fn relocations(rule: &Rule) -> bool {
    params::flag(rule, "count_relocations", false)
}

impl Metric for Closures {
    fn name(&self) -> &'static str {
        "closures"
    }

    fn unit(&self) -> &'static str {
        "sites"
    }

    fn level(&self) -> Level {
        Level::Plan
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The sites that the plan closes, with effect of a year or up to it.\n\n\
         ### Formula\n\
         Closures and phase-outs, each in its year of effect, with `count_merges = true` also mergers, with `count_relocations = true` also schools that move. With `per = \"plan\"` all up to the end of the plan are counted \
         together and tested in its last year. Excess: sites away from the limit.\n\n\
         ### Source\n\
         The planner.\n\n\
         ### How it enters the kernel\n\
         Exact: a row over the options that close a site."
    }

    fn entry(&self) -> Entry {
        Entry::Exact
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost, Comparison::AtLeast, Comparison::Equal]
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[
            ParamSpec {
                name: "count_merges",
                kind: ParamKind::Flag { default: false },
                required: false,
                doc: "Whether mergers count as closures.",
            },
            ParamSpec {
                name: "count_relocations",
                kind: ParamKind::Flag { default: false },
                required: false,
                doc: "Whether relocations count as closures.",
            },
            ParamSpec {
                name: "per",
                kind: ParamKind::Word { default: "year", of: &["year", "plan"] },
                required: false,
                doc: "Whether each year is counted on its own or the whole plan at once.",
            },
        ]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let last = view.ground.scenario.years.last() == Some(&view.year);
        if view.baseline || (in_total(rule) && !last) {
            return vec![Measurement::not_applicable(rule, Subject::County)];
        }
        let doings = &view.doings;
        let (closed, merged, moved) = if in_total(rule) {
            (doings.closures_so_far, doings.merges_so_far, doings.relocations_so_far)
        } else {
            (doings.closures, doings.merges, doings.relocations)
        };
        let count = closed + if merges(rule) { merged } else { 0 } + if relocations(rule) { moved } else { 0 };
        vec![Measurement::judge(rule, Subject::County, count as f64, Applied::base(rule))]
    }

    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering) {
        let limit = rule.rule.limit;
        let (low, high) = (Some(limit.ceil() as i64), Some(limit.floor() as i64));
        let bounds = match rule.rule.op {
            Comparison::AtMost => (None, high),
            Comparison::AtLeast => (low, None),
            Comparison::Equal => (low, high),
        };
        let all = &rule.ground.scenario.years;
        let last = all.last().copied();
        for (year, price) in rule.years().filter(|&(_, price)| price > 0.0) {
            let years: Vec<Year> = match in_total(rule.rule) {
                true if Some(year) == last => all.clone(),
                true => continue,
                false => vec![year],
            };
            let count =
                ClosureCount { years, merges: merges(rule.rule), relocations: relocations(rule.rule), sites: None };
            lowering.limit_closures(&rule.rule.id, &count, bounds, price);
        }
    }
}
