//! The other random counties with what their schools have to teach with, with works that add to it, and with hard rules on it.

use super::rule::rule;
use super::{county, mixed};
use catchment::domain::action::{Measure, Offer};
use catchment::domain::district::{SiteStatus, Stage};
use catchment::domain::resource::{Held, Resources, Staff};
use catchment::domain::rule::{Calendar, Comparison, Exemption, Param, Predicate, Rule, Severity, Soft};
use catchment::domain::scenario::Scenario;
use catchment::id::SiteId;
use catchment::message::Text;
use catchment::random::Random;
use catchment::units::Yuan;

/// The county of a seed. The same seed gives the same county.
pub fn county(seed: u64) -> Scenario {
    let mut scenario = if seed.is_multiple_of(3) { mixed::county(seed) } else { county::county(seed) };
    let mut random = Random::new(seed, "equipped");
    holdings(&mut random, &mut scenario);
    works(&mut random, &mut scenario);
    rules(&mut random, &mut scenario);
    scenario
}

fn holdings(random: &mut Random, scenario: &mut Scenario) {
    for site in scenario.district.sites.ids() {
        if scenario.district.sites[site].status != SiteStatus::Operating {
            continue;
        }
        let own = scenario.district.sites[site].kind.stages().iter().copied().map(Some);
        let split = random.chance(0.5);
        for stage in own.chain([None]) {
            if stage.is_some() != split && random.chance(0.8) {
                continue;
            }
            let mut figure = |least, most| random.chance(0.95).then(|| random.between(least, most) as f64 / 2.0);
            let (equipment_yuan, teaching_m2, backbone) = (figure(120, 700), figure(40, 260), figure(1, 7));
            let what = Resources { equipment_yuan, teaching_m2, ..Resources::default() };
            scenario.district.resources.push(Held { site, stage, what });
            scenario.district.staff.push(Held { site, stage, what: Staff { backbone, ..Staff::default() } });
        }
    }
}

/// What is built or enlarged has something, and some schools may be equipped.
fn works(random: &mut Random, scenario: &mut Scenario) {
    let adds = |random: &mut Random, site: SiteId, stages: &[Stage]| {
        let some = stages[random.below(stages.len())];
        let stage = if random.chance(0.6) { None } else { Some(some) };
        let equipment_yuan = Some(random.between(1, 20) as f64 * 10.0);
        let teaching_m2 = random.chance(0.6).then(|| random.between(1, 30) as f64 * 2.0);
        vec![Held { site, stage, what: Resources { equipment_yuan, teaching_m2, ..Resources::default() } }]
    };
    for at in 0..scenario.offers.len() {
        let offer = &scenario.offers[at];
        let (place, kind) = (offer.measure.place(offer.site), offer.measure.kind());
        let kind = kind.unwrap_or(scenario.district.sites[offer.site].kind);
        let builds = kind_of_works(offer.measure);
        if builds && random.chance(0.7) {
            scenario.offers[at].adds = adds(random, place, kind.stages());
        }
    }
    for site in scenario.district.sites.ids() {
        let facts = &scenario.district.sites[site];
        if facts.status == SiteStatus::Operating && random.chance(0.6) {
            let adds = adds(random, site, facts.kind.stages());
            let (capital, reason) = (Yuan(4 * random.between(0, 9)), Text::same("drawn at random"));
            let measure = Measure::Equip { music: 0, art: 0 };
            scenario.offers.push(Offer { capital, reason, adds, ..Offer::at(site, measure) });
        }
    }
}

fn kind_of_works(measure: Measure) -> bool {
    !measure.shuts() || matches!(measure, Measure::Relocate { .. })
}

fn rules(random: &mut Random, scenario: &mut Scenario) {
    let seven = random.chance(0.35);
    let late = random.chance(0.25);
    let soft = random.chance(0.25);
    let second = scenario.years[1];
    let calendar = || late.then_some(Calendar { from: None, deadline: Some(second), no_worse: true });
    let weight = [None, Some(1.1), Some(2.0)][random.below(3)];
    let mut found: Vec<Rule> = Vec::new();
    for (indicator, least, most) in [("equipment", 8, 30), ("teaching_area", 4, 12), ("backbone", 8, 40)] {
        if !seven && !found.is_empty() && random.chance(0.6) {
            continue;
        }
        for stage in [Stage::Primary, Stage::Junior] {
            let limit = random.between(least, most) as f64 / 2.0;
            let mut one =
                rule(&format!("res.{indicator}.{}", stage.name()), "indicator_value", Comparison::AtLeast, limit);
            one.scope.stages = vec![stage];
            one.params.insert("indicator".into(), Param::Word(indicator.into()));
            if let Some(weight) = weight {
                one.params.insert("weight_junior".into(), Param::Number(weight));
            }
            if random.chance(0.2) {
                let when = Predicate::PupilsLt(random.between(2, 9));
                let skip = random.chance(0.5);
                one.exempt.push(Exemption { name: "small".into(), when, limit: (!skip).then_some(limit / 2.0), skip });
            }
            one.severity = if seven { Severity::Report } else { Severity::Hard };
            one.calendar = if seven { None } else { calendar() };
            if !seven && soft {
                one.severity = Severity::Soft;
                one.soft = Some(Soft { weight: random.between(1, 9) as f64 });
                one.calendar = None;
            }
            found.push(one);
        }
    }
    if seven {
        let mut one = rule("seven", "seven_pass", Comparison::AtLeast, random.between(1, 3) as f64);
        one.params.insert("rules".into(), Param::Word("res.".into()));
        one.params.insert("rest".into(), Param::Number([0.0, 0.5, 0.8][random.below(3)]));
        one.calendar = calendar();
        found.push(one);
    }
    for one in found {
        scenario.rules.push(one);
    }
}
