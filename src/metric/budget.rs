//! Metric `budget`: the money that a plan spends in a year or in all (预算).

use super::calendar::InForce;
use super::lowering::{BudgetSpan, Lowering};
use super::scope::Applied;
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamKind, ParamSpec, params};
use crate::domain::rule::{Comparison, Rule};
use crate::units::Year;

/// The money that a plan spends.
pub struct Budget;

fn in_total(rule: &Rule) -> bool {
    params::word(rule, "per", "year") == "plan"
}

fn running(rule: &Rule) -> bool {
    params::flag(rule, "running", false)
}

impl Metric for Budget {
    fn name(&self) -> &'static str {
        "budget"
    }

    fn unit(&self) -> &'static str {
        "yuan"
    }

    fn level(&self) -> Level {
        Level::Plan
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The money of the plan's actions, booked in a year or, with `per = \"plan\"`, in all; not discounted.\n\n\
         ### Formula\n\
         Capital, booked evenly over the lead years before the year of effect (in that year where the lead is 0), and with \
         `running = true` also the change of the yearly running cost. What is booked before the first plan year counts in \
         the first. With `per = \"plan\"` it is tested in the last year. `year = 2026` tests that year only. Excess: yuan \
         above the limit.\n\n\
         ### Source\n\
         The planner.\n\n\
         ### How it enters the kernel\n\
         Exact: a row over the options with a cost."
    }

    fn entry(&self) -> Entry {
        Entry::Exact
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost]
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[
            ParamSpec {
                name: "per",
                kind: ParamKind::Word { default: "year", of: &["year", "plan"] },
                required: false,
                doc: "Whether each year is counted on its own or the whole plan at once.",
            },
            ParamSpec {
                name: "running",
                kind: ParamKind::Flag { default: false },
                required: false,
                doc: "Whether changes of the running cost are added to the capital.",
            },
            ParamSpec {
                name: "year",
                kind: ParamKind::Number { min: 0.0 },
                required: false,
                doc: "The one year that is tested; every year when absent.",
            },
        ]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        if view.baseline || !tested(rule, &view.ground.scenario.years, view.year) {
            return vec![Measurement::not_applicable(rule, Subject::County)];
        }
        let doings = &view.doings;
        let (capital, operation) = if in_total(rule) {
            (doings.capital_so_far, doings.running_so_far)
        } else {
            (doings.capital, doings.running)
        };
        let spent = capital + if running(rule) { operation } else { 0.0 };
        vec![Measurement::judge(rule, Subject::County, spent, Applied::base(rule))]
    }

    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering) {
        let all = &rule.ground.scenario.years;
        for (year, price) in rule.years().filter(|&(year, price)| price > 0.0 && tested(rule.rule, all, year)) {
            let years = if in_total(rule.rule) { all.clone() } else { vec![year] };
            let span = BudgetSpan { years, running: running(rule.rule) };
            lowering.limit_budget(&rule.rule.id, &span, rule.rule.limit, price);
        }
    }
}

/// Whether the rule is tested in a plan year.
fn tested(rule: &Rule, years: &[Year], year: Year) -> bool {
    if in_total(rule) {
        years.last() == Some(&year)
    } else {
        params::number(rule, "year").is_none_or(|only| only == f64::from(year.0))
    }
}
