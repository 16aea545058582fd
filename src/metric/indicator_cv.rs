//! Metric `indicator_cv`: how unequal the sections of the county are in one resource indicator (校际差异系数).

use super::calendar::InForce;
use super::holdings::{self, WEIGHTS};
use super::indicator_value::{INDICATOR, counted};
use super::lowering::Lowering;
use super::scope::Applied;
use super::section::tested;
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamKind, ParamSpec, params};
use crate::domain::rule::{Comparison, Rule};

/// How unequal the sections of the county are in one resource indicator.
pub struct IndicatorCv;

impl Metric for IndicatorCv {
    fn name(&self) -> &'static str {
        "indicator_cv"
    }

    fn unit(&self) -> &'static str {
        "ratio"
    }

    fn level(&self) -> Level {
        Level::County
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         The coefficient of variation of one resource indicator over the sections in scope, weighted with their pupils.\n\n\
         ### Formula\n\
         With pupils `P_i`, amounts `x_i` and `P = sum P_i`: mean `X = sum x_i / P`, deviation \
         `S = sqrt(sum (P_i / P) (x_i / P_i - X)^2)`, value `S / X`, rounded half up to `decimals` before it is compared. \
         Amounts are shared out as `indicator_value` does it. One section whose amount is not known makes the county wait for \
         data. Excess: the distance from the limit.\n\n\
         ### Source\n\
         教督〔2017〕6号: at most 0.50 (primary) and 0.45 (junior); the weighted form is that of the published worked examples.\n\n\
         ### How it enters the kernel\n\
         Checked after."
    }

    fn entry(&self) -> Entry {
        Entry::CheckedAfter
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost]
    }

    fn params(&self) -> &'static [ParamSpec] {
        const PARAMS: [ParamSpec; 4] = [
            INDICATOR,
            WEIGHTS[0],
            WEIGHTS[1],
            ParamSpec {
                name: "decimals",
                kind: ParamKind::Number { min: 0.0 },
                required: false,
                doc: "Decimals to which the value is rounded before it is compared; not rounded when absent.",
            },
        ];
        &PARAMS
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let mut parts = Vec::new();
        let mut waits = false;
        for section in tested(rule, view).iter().filter(|section| section.applied(rule, view).is_some()) {
            match holdings::amount(rule, view, section, counted(rule).0) {
                Some(amount) => parts.push((section.pupils().as_f64(), amount)),
                None => waits = true,
            }
        }
        vec![match variation(&parts) {
            _ if waits => Measurement::pending(rule, Subject::County),
            None => Measurement::not_applicable(rule, Subject::County),
            Some(value) => Measurement::judge(
                rule,
                Subject::County,
                rounded(value, params::number(rule, "decimals")),
                Applied::base(rule),
            ),
        }]
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}

/// The pupil-weighted coefficient of variation of pupils and amounts; `None` without pupils or without any amount.
fn variation(parts: &[(f64, f64)]) -> Option<f64> {
    let pupils: f64 = parts.iter().map(|part| part.0).sum();
    let amount: f64 = parts.iter().map(|part| part.1).sum();
    if pupils <= 0.0 || amount <= 0.0 {
        return None;
    }
    let mean = amount / pupils;
    let squares: f64 = parts.iter().map(|&(n, x)| n / pupils * (x / n - mean).powi(2)).sum();
    Some(squares.sqrt() / mean)
}

/// Rounds half up to so many decimals.
fn rounded(value: f64, decimals: Option<f64>) -> f64 {
    let Some(decimals) = decimals else { return value };
    let factor = 10_f64.powi(decimals.min(12.0) as i32);
    (value * factor + 0.5).floor() / factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_of_the_standards_holds() {
        let parts = [(45.0, 279.0), (37.0, 137.0), (89.0, 935.0), (76.0, 160.0), (55.0, 402.0)];
        let weighted = variation(&parts).unwrap();
        assert!((weighted - 0.515_257).abs() < 5e-7, "{weighted}");
        assert_eq!(rounded(weighted, Some(2.0)), 0.52);
        assert_eq!(rounded(weighted, None), weighted);
        // Unweighted, the same schools would pass the limit of 0.50 that they fail.
        let each: Vec<f64> = parts.iter().map(|&(n, x)| x / n).collect();
        let mean = each.iter().sum::<f64>() / 5.0;
        let plain = (each.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 5.0).sqrt() / mean;
        assert!((plain - 0.488_771).abs() < 5e-7, "{plain}");
        assert!(weighted > 0.50 && plain < 0.50);
    }

    #[test]
    fn equal_schools_do_not_vary_and_empty_counties_have_no_value() {
        assert_eq!(variation(&[(10.0, 20.0), (100.0, 200.0)]), Some(0.0));
        assert_eq!(variation(&[]), None);
        assert_eq!(variation(&[(10.0, 0.0)]), None);
        assert_eq!((rounded(0.545, Some(2.0)), rounded(0.5449, Some(2.0))), (0.55, 0.54));
    }
}
