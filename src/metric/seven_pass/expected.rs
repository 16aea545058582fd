//! The rule while the plan is open: for how many pupils enough indicators pass.

use super::{counted, judge, share};
use crate::domain::district::Stage;
use crate::domain::rule::Rule;
use crate::metric::calendar::InForce;
use crate::metric::ground::Ground;
use crate::metric::indicator_value::expected::{self, Expected, Pressing, applied, is_kept};
use crate::metric::lowering::{Lowering, Place};
use crate::metric::most_pupils::{self, Section, Side, Suffices};
use crate::metric::prospect::Mix;
use crate::metric::scope;
use crate::metric::view::Subject;

/// The indicators of a section at a place under a rule.
struct Passing<'a> {
    rule: &'a Rule,
    ground: &'a Ground<'a>,
    place: &'a Place,
    indicators: Vec<Expected<'a>>,
    /// Most excess; `None` where the rule has to be kept.
    ceiling: Option<f64>,
}

impl Suffices for Passing<'_> {
    fn suffices(&self, pupils: i64, part: f64, side: Side) -> bool {
        if applied(self.rule, self.ground, self.place, pupils).is_none() {
            return true;
        }
        let mut shares = Vec::new();
        for indicator in &self.indicators {
            let Some(applied) = indicator.applied(pupils) else { continue };
            // One value that is not known makes the section wait for data.
            let Some(value) = indicator.value(pupils, part, side) else { return true };
            shares.push(share(value, applied.limit));
        }
        let judged = judge(self.rule, Subject::County, (!shares.is_empty()).then_some(&shares));
        is_kept(&judged, self.ceiling)
    }

    fn steps(&self) -> Vec<i64> {
        let counted = self.indicators.iter().map(|indicator| indicator.rule);
        let mut steps: Vec<i64> = counted.chain([self.rule]).flat_map(scope::steps).collect();
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    fn shared(&self, side: Side) -> Vec<(&Rule, &Mix)> {
        let mixes = self.indicators.iter().filter_map(|indicator| Some((indicator.rule, indicator.mix(side)?)));
        mixes.filter(|(_, mix)| mix.shared > 0.0).collect()
    }
}

/// Puts the rule on every place at which it may bind.
pub fn limit(rule: &InForce<'_>, lowering: &mut dyn Lowering) {
    let (ground, rules) = (rule.ground, counted(rule.rule, rule.ground.scenario));
    let in_scope = scope::grades(ground.scenario, rule.rule);
    expected::places(rule, lowering, &|open, (place, stage), pressing, lowering| {
        let ceiling = match pressing {
            // Indicators lacking are no matter of pupils: the next one may be far off.
            Pressing::Priced(_) => return,
            Pressing::Hard => None,
            Pressing::UpTo(most) => Some(most),
        };
        let grades = open.counted(place.site, stage, &in_scope);
        let coming = open.coming(place, lowering);
        let passing = |stage: Stage, ceiling: Option<f64>| {
            let indicators =
                rules.iter().filter_map(|counted| Expected::new(open, counted, (place, stage), &coming)).collect();
            Passing { rule: rule.rule, ground: open.ground, place, indicators, ceiling }
        };
        let test = passing(stage, ceiling);
        let alike = test.indicators.iter().all(|indicator| indicator.grades == grades);
        if grades.is_empty() || test.indicators.is_empty() || !alike {
            return;
        }
        let most_of = |other: Stage| {
            let all = expected::most_of(open, (place, other), &coming);
            let allowed = rule.ceiling(place.year, Subject::Section(place.site, other));
            let test = passing(other, allowed);
            let grades: Vec<_> = ground.scenario.district.grades_of(other).collect();
            let whole = open.counted(place.site, other, &in_scope) == grades;
            let alike = test.indicators.iter().all(|indicator| indicator.grades == grades);
            if whole && alike && !test.indicators.is_empty() {
                most_pupils::most(&test, all, 1.0, Side::May)
            } else {
                all
            }
        };
        let section = Section { place, stage, grades: &grades, most_of: &most_of };
        most_pupils::keep(rule.rule, open, &section, &test, lowering);
    });
}
