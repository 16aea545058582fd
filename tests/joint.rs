//! The joint problem keeps the meaning of its forecasts: whatever it says of a solution, the forecasts say of their parts of it.
//! Random solutions of random counties, good and bad ones.

mod counties;

use catchment::compile::{Compiled, Joint, compile};
use catchment::domain::scenario::Scenario;
use catchment::id::{Id, IdVec, UnitId};
use catchment::kernel::check;
use catchment::kernel::problem::{Limit, Problem, Service, Solution};
use catchment::optimise::goal;
use catchment::random::Random;
use catchment::travel::Travel;
use catchment::units::Pupils;

const COUNTIES: u64 = 150;
const SOLUTIONS: usize = 10;

/// A county under three forecasts, of which every second has connected catchments; in the third nobody has more pupils than
/// in the second.
fn forecasts(seed: u64) -> Vec<Scenario> {
    let mut base = counties::county(seed);
    let mut random = Random::new(seed, "joint");
    let units = base.district.units.len();
    if random.chance(0.5) {
        let pairs = (1..units).map(|unit| (UnitId::new(unit - 1), UnitId::new(unit)));
        base.district.adjacency = Some(pairs.collect());
        for site in &mut base.district.sites {
            site.home = random.chance(0.5).then(|| UnitId::new(random.below(units)));
        }
        base.zoning.iter_mut().for_each(|zoning| zoning.contiguous = true);
    }
    let mut all = vec![base.clone(), base.clone(), base.clone()];
    for &year in &base.years {
        for unit in base.district.units.ids() {
            for grade in base.district.grades.ids() {
                let pupils = (base.demand.pupils(year, unit, grade).0 + random.between(-3, 3)).max(0);
                all[1].demand.set(year, unit, grade, Pupils(pupils));
                all[2].demand.set(year, unit, grade, Pupils(random.between(0, pupils)));
            }
        }
    }
    all
}

fn joint(seed: u64) -> Option<Joint> {
    let compiled = |scenario: &Scenario| compile(scenario, &Travel::new(scenario)).ok();
    let parts: Option<Vec<Compiled>> = forecasts(seed).iter().map(compiled).collect();
    Joint::new(parts?).ok()
}

/// Options at random, mostly keeping, and services at random among the arcs that they serve, where there are any.
fn solution(problem: &Problem, random: &mut Random) -> Solution {
    let mut options = IdVec::new();
    for site in problem.sites.ids() {
        let all: Vec<_> = problem.options_of(site).collect();
        options.push(all[if random.chance(0.7) { 0 } else { random.below(all.len()) }]);
    }
    let near = random.chance(0.5);
    let services = problem.customers.ids().map(|customer| {
        let arcs: Vec<_> = problem.arcs_of(customer).collect();
        let served = |&arc: &_| problem.options[options[problem.arcs[arc].site]].serves.allows(customer);
        let open: Vec<_> = arcs.iter().copied().filter(served).collect();
        let among = if open.is_empty() { &arcs } else { &open };
        Service::Whole(among[if near { 0 } else { random.below(among.len()) }])
    });
    let services = services.collect();
    Solution { options, services }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

#[test]
fn costs_and_rules_of_the_joint_problem_are_those_of_its_forecasts() {
    let (mut feasible, mut broken, mut let_go) = (0, 0, 0);
    for seed in 0..COUNTIES {
        let Some(joint) = joint(seed) else { continue };
        let scenario = &forecasts(seed)[0];
        let mut random = Random::new(seed, "solutions");
        let weights = [0.5, 0.2, 0.3];
        let all = joint.compiled(&weights, &[true; 3]);
        let level = &goal::declared(scenario)[0];
        let charged = |compiled: &Compiled| {
            let mut problem = compiled.problem.clone();
            compiled.accounts.minimise(&mut problem, &level.weights);
            problem
        };
        let whole = charged(&all);
        let parts: Vec<Problem> = joint.parts().iter().map(charged).collect();
        for _ in 0..SOLUTIONS {
            let solution = solution(&whole, &mut random);
            let own: Vec<Solution> = (0..3).map(|part| joint.part(part, &solution)).collect();
            assert_eq!(joint.whole(&own).as_ref(), Some(&solution), "seed {seed}");
            let scores: Vec<_> = parts.iter().zip(&own).map(|(part, own)| check::score(part, own)).collect();
            let score = check::score(&whole, &solution);
            let sum: f64 = scores.iter().zip(weights).map(|(score, weight)| weight * score.cost).sum();
            assert!(close(score.cost, sum), "seed {seed}: {} and {sum}", score.cost);
            let holds: Vec<bool> = scores.iter().map(check::Score::is_feasible).collect();
            assert_eq!(score.is_feasible(), holds.iter().all(|holds| *holds), "seed {seed}: {:?}", score.violations);
            // Where a forecast is let go, the others still bind, and it may break what depends on its pupils.
            let kept: Vec<bool> = (0..3).map(|_| random.chance(0.5)).collect();
            let some = check::score(&charged(&joint.compiled(&weights, &kept)), &solution);
            assert!(close(some.cost, sum), "seed {seed}: {} and {sum}", some.cost);
            if some.is_feasible() {
                assert!(kept.iter().zip(&holds).all(|(kept, holds)| !kept || *holds), "seed {seed}");
                let_go += usize::from(!score.is_feasible());
            }
            feasible += usize::from(score.is_feasible());
            broken += usize::from(!score.is_feasible());

            let costs: Vec<f64> = scores.iter().map(|score| score.cost).collect();
            let most = costs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let highest = joint.highest(&[true; 3], &level.weights, (most - 10.0, most + 10.0), |_| {});
            let raised = highest.raised(&solution, most);
            assert_eq!(highest.lowered(&raised), solution, "seed {seed}");
            let at = |cost: f64| check::score(&highest.problem, &highest.raised(&solution, cost));
            assert!((at(most).cost - most).abs() <= 1e-6 * most.abs().max(1.0), "seed {seed}");
            assert_eq!(at(most).is_feasible(), score.is_feasible(), "seed {seed}: {:?}", at(most).violations);
            // Any less is refused, whatever the solution.
            assert!(!at(most - 1.0).is_feasible(), "seed {seed}");
        }
    }
    assert!(feasible >= 60 && broken >= 60 && let_go >= 20, "{feasible} {broken} {let_go}");
}

#[test]
fn limits_that_another_forecast_implies_are_left_out_while_it_is_kept() {
    let void = |problem: &Problem| {
        let limits = problem.options.iter().flat_map(|option| &option.limits);
        limits.filter(|limit| limit.max == Limit::UNLIMITED && limit.min == 0).count()
    };
    let mut left_out = 0;
    for seed in 0..COUNTIES {
        let Some(joint) = joint(seed) else { continue };
        let count = |kept: [bool; 3]| void(&joint.compiled(&[1.0, 0.0, 0.0], &kept).problem);
        assert_eq!(count([false; 3]), 0, "seed {seed}");
        assert!(count([true, true, true]) >= count([false, true, true]), "seed {seed}");
        left_out += count([false, true, true]);
    }
    assert!(left_out >= 50, "{left_out}");
}
