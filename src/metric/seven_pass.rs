//! Metric `seven_pass`: how many resource indicators of a section pass (七项指标达标数).

mod expected;

use super::calendar::InForce;
use super::indicator_value::{self, IndicatorValue};
use super::lowering::Lowering;
use super::section::{Tested, tested};
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, Outcome, ParamKind, ParamSpec, params};
use crate::domain::rule::{Category, Comparison, Rule, Severity};
use crate::domain::scenario::Scenario;
use crate::units::Year;

/// How many resource indicators of a section pass.
pub struct SevenPass;

/// The parameter that names the rules whose indicators are counted.
const RULES: ParamSpec = ParamSpec {
    name: "rules",
    kind: ParamKind::Name,
    required: true,
    doc: "What the ids of the rules on `indicator_value` begin with that are counted, such as `cn.dd6.res.`.",
};

const REST: ParamSpec = ParamSpec {
    name: "rest",
    kind: ParamKind::Number { min: 0.0 },
    required: false,
    doc: "The least share of its standard that an indicator may reach that does not pass; 0 when absent.",
};

impl Metric for SevenPass {
    fn name(&self) -> &'static str {
        "seven_pass"
    }

    fn unit(&self) -> &'static str {
        "indicators"
    }

    fn level(&self) -> Level {
        Level::Section
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         How many of the resource indicators of a section pass, and how near the others come.\n\n\
         ### Formula\n\
         The rules on `indicator_value` whose ids begin with `rules` and whose scope covers the section are counted; \
         `ratio = value / limit`, and an indicator passes where `ratio >= 1`. The section passes where at least `limit` \
         indicators pass and every other one has `ratio >= rest`. Category: A all pass; B as many as are needed, the rest near \
         enough; C as many as are needed, some other too far off; D one too few; E fewer. A value that is not known makes \
         the section wait for data. Excess: indicators lacking, or 1 where only the rest is too far off.\n\n\
         ### Source\n\
         教督〔2017〕6号: at least 6 of 7 indicators pass, the remaining one at 85 % of its standard or more.\n\n\
         ### How it enters the kernel\n\
         Relaxed, as `indicator_value`: the more pupils a section has, the less of every indicator is there for each, so that what it has \
         suffices up to a number of pupils. That is the rule where the amounts are known with the state of the site and no stage shares \
         them; else a limit that every plan keeps which keeps the rule, and a stricter form where a plan breaks it. Where a value may be \
         not known nothing is limited. Where the rules counted are about other grades than this one, and as a soft rule, it is checked after."
    }

    fn entry(&self) -> Entry {
        Entry::Relaxed
    }

    fn enters(&self, rule: &Rule, _years: &[Year]) -> Entry {
        if rule.severity == Severity::Hard { Entry::Relaxed } else { Entry::CheckedAfter }
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtLeast]
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[RULES, REST]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let counted = counted(rule, view.ground.scenario);
        let ratios = Ratios::new(&counted, view);
        let mut all = Vec::new();
        for section in tested(rule, view) {
            if section.applied(rule, view).is_none() {
                all.push(Measurement::not_applicable(rule, section.subject()));
            } else {
                all.push(judge(rule, section.subject(), ratios.of(&section).as_deref()));
            }
        }
        let waits = |one: &Measurement| matches!(one.outcome, Outcome::Pending | Outcome::NotApplicable);
        let known = counted.iter().any(|other| super::holdings::known(view.ground, indicator_value::counted(other).0));
        if !known && all.iter().all(waits) { vec![Measurement::pending(rule, Subject::County)] } else { all }
    }

    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering) {
        expected::limit(rule, lowering);
    }
}

/// The rules whose indicators are counted.
fn counted<'a>(rule: &Rule, scenario: &'a Scenario) -> Vec<&'a Rule> {
    let prefix = params::word(rule, RULES.name, "");
    let counts = |other: &&Rule| other.metric == IndicatorValue.name() && other.id.starts_with(prefix);
    scenario.rules.iter().filter(counts).collect()
}

/// A value as a share of the limit that applies.
fn share(value: f64, limit: f64) -> f64 {
    if limit > 0.0 { value / limit } else { 1.0 }
}

/// The measured indicators of every section, as shares of their standards.
struct Ratios {
    measured: Vec<Vec<Measurement>>,
}

impl Ratios {
    fn new(rules: &[&Rule], view: &YearView<'_>) -> Self {
        Self { measured: rules.iter().map(|rule| IndicatorValue.measure(rule, view)).collect() }
    }

    /// The shares of a section; `None` where some value is not known or no rule covers the section.
    fn of(&self, section: &Tested<'_>) -> Option<Vec<f64>> {
        let mut shares = Vec::new();
        for rule in &self.measured {
            let Some(one) = rule.iter().find(|one| one.subject == section.subject()) else { continue };
            match (one.outcome, one.value) {
                (Outcome::NotApplicable, _) => {}
                (_, Some(value)) => shares.push(share(value, one.limit)),
                (_, None) => return None,
            }
        }
        (!shares.is_empty()).then_some(shares)
    }
}

/// Judges the shares that the indicators of a subject reach of their standards.
fn judge(rule: &Rule, subject: Subject, shares: Option<&[f64]>) -> Measurement {
    let Some(shares) = shares else { return Measurement::pending(rule, subject) };
    let rest = params::number_or(rule, REST.name, 0.0);
    let passed = shares.iter().filter(|&&share| share >= 1.0).count();
    let near = shares.iter().all(|&share| share >= rest);
    let lacking = (rule.limit - passed as f64).max(0.0);
    let category = if passed == shares.len() {
        Category::A
    } else if lacking == 0.0 {
        if near { Category::B } else { Category::C }
    } else if lacking <= 1.0 {
        Category::D
    } else {
        Category::E
    };
    let holds = lacking == 0.0 && near;
    Measurement {
        value: Some(passed as f64),
        outcome: if holds { Outcome::Pass } else { Outcome::Fail },
        excess: if holds { 0.0 } else { lacking.max(1.0) },
        category: Some(category),
        ..Measurement::not_applicable(rule, subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::rule;

    #[test]
    fn the_category_vectors_of_the_standards_hold() {
        let rule = rule(
            "id = \"r\"\nmetric = \"seven_pass\"\nop = \">=\"\nlimit = 6\nseverity = \"report\"\n\
             params = { rules = \"x\", rest = 0.85 }\n",
        );
        let vectors: [(&[f64], Category, Outcome, f64); 5] = [
            (&[1.0; 7], Category::A, Outcome::Pass, 7.0),
            (&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.85], Category::B, Outcome::Pass, 6.0),
            (&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.8499], Category::C, Outcome::Fail, 6.0),
            (&[1.0, 1.0, 1.0, 1.0, 1.0, 0.99, 0.99], Category::D, Outcome::Fail, 5.0),
            (&[1.0, 1.0, 1.0, 1.0, 0.9, 0.9, 0.9], Category::E, Outcome::Fail, 4.0),
        ];
        for (shares, category, outcome, value) in vectors {
            let judged = judge(&rule, Subject::County, Some(shares));
            assert_eq!((judged.category, judged.outcome, judged.value), (Some(category), outcome, Some(value)));
        }
        assert_eq!(judge(&rule, Subject::County, None).outcome, Outcome::Pending);
    }
}
