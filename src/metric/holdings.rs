//! What a section has to teach with in a year: its own rooms, posts and money, and its part of what the stages of a site
//! share.
//!
//! A site has in a plan year what it had at the baseline while it operates. What the plan builds has nothing that is known,
//! so that rules on it wait for data rather than pass or fail; a school that moves brings its people and equipment.

use super::section::Tested;
use super::view::YearView;
use super::{ParamKind, ParamSpec, params};
use crate::domain::district::Stage;
use crate::domain::resource::{Quantity, Resources};
use crate::domain::rule::Rule;

/// The parameters of metrics that share out what the stages of a site have together.
pub const WEIGHTS: [ParamSpec; 2] = [
    ParamSpec {
        name: "weight_junior",
        kind: ParamKind::Number { min: 0.0 },
        required: false,
        doc: "What a junior pupil counts against a primary pupil where the stages of a site share something; 1 when absent.",
    },
    ParamSpec {
        name: "weight_senior",
        kind: ParamKind::Number { min: 0.0 },
        required: false,
        doc: "What a senior pupil counts; 1 when absent.",
    },
];

fn weight(rule: &Rule, stage: Stage) -> f64 {
    let name = match stage {
        Stage::Junior => "weight_junior",
        Stage::Senior => "weight_senior",
        Stage::Kindergarten | Stage::Primary | Stage::Special => return 1.0,
    };
    params::number_or(rule, name, 1.0)
}

/// The part of a section in what its site's stages share: `n_k w_k / sum of n w`; all of it where it is the only stage
/// with pupils.
pub fn share(rule: &Rule, section: &Tested<'_>) -> f64 {
    let weighted = |stage: Stage| -> f64 {
        let pupils: i64 = section.here.groups_of(stage).map(|group| group.pupils.0).sum();
        pupils as f64 * weight(rule, stage)
    };
    let all: f64 = section.here.state.kind.stages().iter().map(|&stage| weighted(stage)).sum();
    if all > 0.0 { weighted(section.stage) / all } else { 0.0 }
}

/// How much of something a section has; `None` where that is not known.
pub fn amount(rule: &Rule, view: &YearView<'_>, section: &Tested<'_>, quantity: Quantity) -> Option<f64> {
    let ground = view.ground;
    // Of a school that has moved, people and equipment come along; rooms and grounds stay behind.
    let origin = section.here.state.origin;
    let comes_along = origin.is_none() || quantity == Quantity::Equipment;
    let home = origin.unwrap_or(section.site);
    let people = ground.staff_at(home).map(|held| (held.stage, quantity.of_staff(&held.what)));
    let things = ground.resources_at(home).map(|held| (held.stage, quantity.of_resources(&held.what)));
    let things = things.filter(|_| comes_along);
    let mut sum = None;
    for (stage, figure) in people.chain(things) {
        let Some(figure) = figure else { continue };
        let part = match stage {
            Some(own) if own == section.stage => figure,
            Some(_) => continue,
            None => figure * share(rule, section),
        };
        *sum.get_or_insert(0.0) += part;
    }
    sum
}

/// Whether a figure is known anywhere in the county; where it is not, a rule on it has nothing to test.
pub fn known(view: &YearView<'_>, quantity: Quantity) -> bool {
    let district = &view.ground.scenario.district;
    district.staff.iter().any(|held| quantity.of_staff(&held.what).is_some())
        || district.resources.iter().any(|held| quantity.of_resources(&held.what).is_some())
}

/// What a section has of its own and what its site's stages share, in that order.
pub fn rows<'v>(view: &'v YearView<'_>, section: &Tested<'_>) -> (Option<&'v Resources>, Option<&'v Resources>) {
    let of = |stage: Option<Stage>| {
        let mut held = view.ground.resources_at(section.site);
        held.find(|held| held.stage == stage).map(|held| &held.what)
    };
    (of(Some(section.stage)), of(None))
}

/// A figure freed of the rounding of floating-point sums: to nine decimals.
pub fn clean(value: f64) -> f64 {
    let rounded = (value * 1e9).round() / 1e9;
    if rounded.is_finite() { rounded } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::district::{SiteKind, Stage};
    use crate::domain::fixture::{county, group, rule};
    use crate::metric::ground::Ground;
    use crate::metric::section::tested;
    use crate::travel::Travel;
    use crate::units::Year;

    #[test]
    fn a_nine_year_school_shares_as_the_standards_say() {
        let mut scenario = county(&[2025]);
        let site = scenario.with_site("n", SiteKind::NineYear, 40, 0.0);
        scenario.with_section(site, Stage::Primary, vec![group(1, 520, None)]);
        scenario.with_section(site, Stage::Junior, vec![group(7, 360, None)]);
        let travel = Travel::new(&scenario);
        let ground = Ground::new(&scenario, &travel);
        let view = YearView::untouched(&ground, Year(2024));
        let rule = rule(
            "id = \"r\"\nmetric = \"indicator_value\"\nop = \">=\"\nlimit = 1\nseverity = \"report\"\n\
             params = { indicator = \"equipment\", weight_junior = 1.1 }\n",
        );
        let shares: Vec<f64> = tested(&rule, &view).iter().map(|section| share(&rule, section)).collect();
        assert!((shares[0] - 0.5677).abs() < 5e-5 && (shares[1] - 0.4323).abs() < 5e-5, "{shares:?}");
        assert_eq!(shares[0] + shares[1], 1.0);
    }
}
