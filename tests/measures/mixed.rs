//! Random tiny counties over two or three years in which everything comes together: pupils who keep their school, phase-outs
//! and zones of several schools, with conversions, moves, gates and boarding.

use super::rule::rule;
use super::{county, drawn};
use catchment::domain::action::{Measure, Offer};
use catchment::domain::district::{Grade, Site, Stage};
use catchment::domain::objective::{Goal, Objective, Term};
use catchment::domain::rule::{Comparison, Param, Rule, Severity, Soft};
use catchment::domain::scenario::{Boarding, Moving, Scenario, Zoning};
use catchment::id::{GradeId, IdVec, RuleId, SiteId};
use catchment::message::Text;
use catchment::random::Random;
use catchment::units::{Classes, Year};

/// How pupils of the county are zoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// They keep their school until they leave its stage.
    Stay,
    /// Everybody follows the map of the year, and sites may be phased out.
    AtOnce,
    /// Several schools may share the juniors of a unit, who are known in sum; primary schools may be phased out.
    Zones,
}

/// The county of a seed. The same seed gives the same county.
pub fn county(seed: u64) -> Scenario {
    let mut random = Random::new(seed, "everything together");
    let shape = [Shape::Stay, Shape::Stay, Shape::AtOnce, Shape::Zones][random.below(4)];
    let baseline_year = Year(2024);
    let years: Vec<Year> = match random.below(4) {
        0 if shape != Shape::Zones => vec![Year(2025), Year(2026), Year(2027)],
        1 => vec![Year(2025), Year(2027)],
        _ => vec![Year(2025), Year(2026)],
    };
    let (primary, junior) = (Stage::Primary, Stage::Junior);
    let numbers = match shape {
        Shape::Zones => vec![(primary, Some(1)), (primary, Some(2)), (junior, None)],
        _ if random.chance(0.5) => vec![(primary, Some(1)), (primary, Some(2)), (junior, Some(7))],
        _ => vec![(primary, Some(1)), (junior, Some(7)), (junior, Some(8))],
    };
    let grades: IdVec<GradeId, Grade> = numbers.into_iter().map(|(stage, number)| Grade { stage, number }).collect();
    let stages = vec![primary, junior];
    let sites = county::sites(&mut random);
    let most = if shape == Shape::Zones { 5 } else { 7 };
    let demand = drawn::demand(&mut random, baseline_year, &years, grades.len(), most);
    let travel = drawn::travel(&mut random, sites.len());
    let baseline = drawn::baseline(&mut random, &sites, &stages);
    let offers = offers(&mut random, shape, &sites, &years);
    let consultations = county::consultations(&mut random, &sites);
    let boards = random.chance(0.75);
    let rules = rules(&mut random, shape, boards, &grades);
    let boarding = boards.then(|| {
        let all: [&[i8]; 3] = [&[2, 7, 8, 9], &[7, 8, 9], &[1, 2, 7, 8, 9]];
        Boarding { grades: all[random.below(3)].to_vec() }
    });
    let objective = objective(&mut random, shape, years.len());
    Scenario {
        name: format!("mixed-{seed}"),
        title: Text::same("random county"),
        description: Text::default(),
        synthetic: true,
        notice: Text::default(),
        variant: None,
        sha256: String::new(),
        baseline_year,
        years,
        district: drawn::district(sites, consultations, grades),
        demand,
        baseline,
        travel,
        rules,
        offers,
        moving: if shape == Shape::Stay { Moving::Stay } else { Moving::AtOnce },
        zoning: stages
            .iter()
            .map(|&stage| Zoning {
                stage,
                contiguous: false,
                multi_school: shape == Shape::Zones && stage == Stage::Junior,
            })
            .collect(),
        stages,
        boarding,
        objective,
        assumptions: Vec::new(),
    }
}

/// What other counties offer, with phase-outs in place of many closures. Where pupils keep their school none moves, and no site
/// is phased out whose pupils are known in sum, as in a scenario folder.
fn offers(random: &mut Random, shape: Shape, sites: &IdVec<SiteId, Site>, years: &[Year]) -> Vec<Offer> {
    let mut offers = county::offers(random, sites, years);
    for offer in &mut offers {
        let in_sum = shape == Shape::Zones && sites[offer.site].kind.stages().contains(&Stage::Junior);
        match offer.measure {
            Measure::Relocate { .. } if shape == Shape::Stay => offer.measure = Measure::Expand { classes: Classes(9) },
            Measure::Close if !in_sum && random.chance(0.65) => offer.measure = Measure::PhaseOut,
            _ => {}
        }
    }
    offers
}

fn rules(random: &mut Random, shape: Shape, boards: bool, grades: &IdVec<GradeId, Grade>) -> IdVec<RuleId, Rule> {
    let mut rules: Vec<Rule> = county::rules(random, false).iter().cloned().collect();
    let numbers: Vec<i8> = grades.iter().filter_map(|grade| grade.number).collect();
    rules.retain(|rule| rule.metric != "travel_dist");
    for rule in &mut rules {
        // Few primary schools ever stand empty within three years, so that only a rule makes a plan phase one out.
        if rule.metric == "closures" && random.chance(0.7) {
            (rule.op, rule.limit) = (Comparison::AtLeast, 1.0);
            rule.params.insert("per".into(), Param::Word("plan".into()));
        }
        if matches!(rule.metric.as_str(), "consultation" | "sites_per_area") && random.chance(0.5) {
            rule.severity = Severity::Soft;
            rule.soft = Some(Soft { weight: random.between(1, 40) as f64 });
        }
    }
    if shape == Shape::Zones {
        rules.retain(|rule| rule.metric != "site_size");
        rules.push(rule("size", "site_size", Comparison::AtMost, random.between(6, 12) as f64));
    }
    if random.chance(0.85) {
        let mut cap = rule("cap", "travel_dist", Comparison::AtMost, 100.0 * random.between(25, 75) as f64);
        if random.chance(0.4) {
            cap.scope.grades = vec![numbers[random.below(numbers.len())]];
        }
        if random.chance(0.3) {
            cap.params.insert("new_ways_only".into(), Param::Flag(true));
        }
        rules.push(cap);
    }
    if boards && random.chance(0.5) {
        let mut few = rule("few", "boarders", Comparison::AtMost, random.below(5) as f64);
        few.scope.grades = vec![numbers[random.below(numbers.len())]];
        rules.push(few);
    }
    if random.chance(0.4) {
        rules.push(rule("least", "site_min_size", Comparison::AtLeast, random.between(1, 7) as f64));
    }
    for rule in rules.iter_mut().filter(|rule| ["cap", "few", "least"].contains(&rule.id.as_str())) {
        if random.chance(0.45) {
            rule.severity = Severity::Soft;
            rule.soft = Some(Soft { weight: random.between(1, 30) as f64 });
        }
    }
    rules.into()
}

/// Pupils who move count in some counties, where they are looked at with brute force and in whole units.
fn objective(random: &mut Random, shape: Shape, years: usize) -> Objective {
    let mut weights = vec![(Term::TravelPupilKm, 1.0), (Term::Cost, 1.0), (Term::SoftExcess, 1.0)];
    let counted = shape == Shape::Stay || shape == Shape::AtOnce && years == 2;
    if counted && random.chance(0.4) {
        weights.push((Term::MovedPupils, random.between(1, 6) as f64));
    }
    let discount = if random.chance(0.5) { 0.05 } else { 0.0 };
    Objective { goal: Goal::Weights(weights), discount, yuan_per_pupil_km: Some(2.0) }
}
