//! What a section has to teach with in a year: its own rooms, posts and money, and its part of what the stages of a site
//! share.
//!
//! A site has in a plan year what it had at the baseline and what the plan has added by then, while it operates. What the plan
//! builds has what its offer says; of the rest nothing is known, so that rules on it wait for data rather than pass or fail. A
//! school that moves, or that merges into another, brings what [`Quantity::goes_along`] says; what stands at a place stays there.
//! What a school leaves that ends in another way is shared out among several others and counts nowhere in rules.

use super::ground::Ground;
use super::section::Tested;
use super::view::YearView;
use super::{ParamKind, ParamSpec, params};
use crate::domain::action::SiteState;
use crate::domain::district::{SiteStatus, Stage};
use crate::domain::resource::{Held, Quantity, Resources};
use crate::domain::rule::Rule;
use crate::id::SiteId;

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

/// What a pupil of a stage counts where the stages of a site share something.
pub fn weight(rule: &Rule, stage: Stage) -> f64 {
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
    share_among(rule, section, section.here.state.kind.stages())
}

/// The part of a section in what some stages of its site share.
fn share_among(rule: &Rule, section: &Tested<'_>, stages: &[Stage]) -> f64 {
    let weighted = |stage: Stage| -> f64 {
        let pupils: i64 = section.here.groups_of(stage).map(|group| group.pupils.0).sum();
        pupils as f64 * weight(rule, stage)
    };
    let all: f64 = stages.iter().map(|&stage| weighted(stage)).sum();
    if all > 0.0 { weighted(section.stage) / all } else { 0.0 }
}

/// Figures of one school, or of one building project: each for a stage, or for all of `stages` together.
pub struct Source {
    /// The stages that share what is given for none of them.
    pub stages: &'static [Stage],
    /// The figures, each with its stage, as far as they count for the section in question.
    pub figures: Vec<(Option<Stage>, f64)>,
}

impl Source {
    fn of(stages: &'static [Stage], stage: Stage, figures: impl Iterator<Item = (Option<Stage>, Option<f64>)>) -> Self {
        let counts = figures.filter(|(of, _)| of.is_none_or(|of| of == stage));
        Self { stages, figures: counts.filter_map(|(of, figure)| Some((of, figure?))).collect() }
    }
}

/// What a school has at the baseline that counts for a stage; `None` where nothing is known of it.
pub fn of_school(
    ground: &Ground<'_>,
    home: SiteId,
    stages: &'static [Stage],
    stage: Stage,
    quantity: Quantity,
) -> Option<Source> {
    let people = ground.staff_at(home).map(|held| (held.stage, quantity.of_staff(&held.what)));
    let things = ground.resources_at(home).map(|held| (held.stage, quantity.of_resources(&held.what)));
    Some(Source::of(stages, stage, people.chain(things))).filter(|source| !source.figures.is_empty())
}

/// What a section has of its own in a state, whatever else comes: what its school had at the baseline, where that goes along if
/// it has moved. Nothing at a plot, where the plan may put something; `None` where that is not known, so that nothing that
/// comes makes it known.
pub fn of_section(
    ground: &Ground<'_>,
    site: SiteId,
    state: &SiteState,
    stage: Stage,
    quantity: Quantity,
) -> Option<Source> {
    let stages = state.kind.stages();
    let moved = state.origin.is_some();
    let found = match state.origin {
        Some(_) if !quantity.goes_along() => None,
        home => of_school(ground, home.unwrap_or(site), stages, stage, quantity),
    };
    let none = || Source { stages, figures: Vec::new() };
    found.or_else(|| (is_plot(ground, site) && !(moved && quantity.goes_along())).then(none))
}

/// What a school that merges into another brings to a stage there: nothing where it does not teach the stage or where nothing
/// goes along; `None` where that is not known.
pub fn brought(ground: &Ground<'_>, from: SiteId, stage: Stage, quantity: Quantity) -> Option<Source> {
    let stages = ground.scenario.district.sites[from].kind.stages();
    if quantity.goes_along() && stages.contains(&stage) {
        return of_school(ground, from, stages, stage, quantity);
    }
    Some(Source { stages, figures: Vec::new() })
}

/// What the plan has added to a section in a state.
pub fn added_to(ground: &Ground<'_>, state: &SiteState, stage: Stage, quantity: Quantity) -> Source {
    let figures = added(ground, state).iter().map(|held| (held.stage, quantity.of_resources(&held.what)));
    Source::of(state.kind.stages(), stage, figures)
}

/// How much of something a section has; `None` where that is not known.
pub fn amount(rule: &Rule, view: &YearView<'_>, section: &Tested<'_>, quantity: Quantity) -> Option<f64> {
    let (ground, state) = (view.ground, &section.here.state);
    let mut sources = vec![of_section(ground, section.site, state, section.stage, quantity)?];
    for &(from, _) in view.merged.iter().filter(|(_, into)| *into == section.site) {
        sources.push(brought(ground, from, section.stage, quantity)?);
    }
    sources.push(added_to(ground, state, section.stage, quantity));
    let part = |source: &Source, (stage, figure): (Option<Stage>, f64)| match stage {
        Some(_) => figure,
        None => figure * share_among(rule, section, source.stages),
    };
    let sums = sources
        .iter()
        .filter_map(|source| source.figures.iter().map(|&figure| part(source, figure)).reduce(|a, b| a + b));
    sums.reduce(|a, b| a + b)
}

/// How much of something that stands at a site it has for all its stages; `None` where that is not known.
pub fn of_site(ground: &Ground<'_>, site: SiteId, state: &SiteState, quantity: Quantity) -> Option<f64> {
    let known = ground.resources_at(site).any(|held| quantity.of_resources(&held.what).is_some());
    if !known && !is_plot(ground, site) {
        return None;
    }
    standing(ground, site, state).filter_map(|held| quantity.of_resources(&held.what)).reduce(|a, b| a + b)
}

/// What stands at a site in a state: what was there at the baseline, and what the plan has added.
pub fn standing<'v>(
    ground: &'v Ground<'_>,
    site: SiteId,
    state: &SiteState,
) -> impl Iterator<Item = &'v Held<Resources>> + use<'v> {
    ground.resources_at(site).chain(added(ground, state))
}

/// What the plan has added to a site in a state, by stage and for its stages together.
pub fn added<'v>(ground: &Ground<'v>, state: &SiteState) -> &'v [Held<Resources>] {
    state.fitted.map_or(&[], |offer| &ground.scenario.offers[offer].adds)
}

/// Whether nothing is at a site but what the plan puts there.
pub fn is_plot(ground: &Ground<'_>, site: SiteId) -> bool {
    ground.scenario.district.sites[site].status == SiteStatus::Candidate
}

/// Whether a figure is known anywhere in the county; where it is not, a rule on it has nothing to test.
pub fn known(ground: &Ground<'_>, quantity: Quantity) -> bool {
    let district = &ground.scenario.district;
    district.staff.iter().any(|held| quantity.of_staff(&held.what).is_some())
        || district.resources.iter().any(|held| quantity.of_resources(&held.what).is_some())
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
    fn what_can_be_moved_goes_along_and_what_stands_stays() {
        let mut scenario = county(&[2025]);
        let [old, other] = [("old", 0.0), ("other", 1.0)].map(|(key, at)| {
            let site = scenario.with_site(key, SiteKind::Primary, 40, at);
            scenario.with_section(site, Stage::Primary, vec![group(1, 100, None)]);
            site
        });
        let plot = scenario.with_site("plot", SiteKind::Primary, 0, 2.0);
        scenario.district.sites[plot].status = SiteStatus::Candidate;
        for (site, yuan, stage) in [(old, 3000.0, None), (other, 500.0, Some(Stage::Primary))] {
            let what = Resources {
                equipment_yuan: Some(yuan),
                media_rooms: Some(2.0),
                teaching_m2: Some(700.0),
                dormitory_m2: Some(90.0),
                ..Resources::default()
            };
            scenario.district.resources.push(Held { site, stage, what });
        }
        let travel = Travel::new(&scenario);
        let ground = Ground::new(&scenario, &travel);
        let rule = rule(
            "id = \"r\"\nmetric = \"indicator_value\"\nop = \">=\"\nlimit = 1\nseverity = \"report\"\n\
                         params = { indicator = \"equipment\" }\n",
        );
        let has = |view: &YearView<'_>, site: SiteId, quantity: Quantity| {
            let all = tested(&rule, view);
            amount(&rule, view, all.iter().find(|section| section.site == site).unwrap(), quantity)
        };
        let all = [Quantity::Equipment, Quantity::MediaRooms, Quantity::TeachingArea];
        let today = YearView::untouched(&ground, Year(2024));
        assert_eq!(all.map(|what| has(&today, old, what)), [Some(3000.0), Some(2.0), Some(700.0)]);

        // It moves to the plot, of whose buildings nothing is known.
        let mut moved = today.clone();
        moved.sites[plot] = moved.sites[old].clone();
        moved.sites[plot].state.origin = Some(old);
        moved.sites[old].state.operating = false;
        assert_eq!(all.map(|what| has(&moved, plot, what)), [Some(3000.0), Some(2.0), None]);
        assert_eq!(of_site(&ground, plot, &moved.sites[plot].state, Quantity::DormitoryArea), None);
        let left: Vec<_> = standing(&ground, old, &moved.sites[old].state).map(|held| held.what.teaching_m2).collect();
        assert_eq!(left, [Some(700.0)], "the old building is where it was");

        // It merges into the other: what its stages shared is the primary's.
        let mut merged = today.clone();
        merged.sites[old].state.operating = false;
        merged.merged.push((old, other));
        assert_eq!(all.map(|what| has(&merged, other, what)), [Some(3500.0), Some(4.0), Some(700.0)]);
    }

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
