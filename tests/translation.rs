//! The translation keeps its meaning: whatever the kernel says of a solution, the audit says of the plan that it stands
//! for. Random solutions of random counties, good and bad ones.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod counties;

use catchment::compile::{Account, CompileError, CompileOptions, Compiled, compile, compile_with};
use catchment::domain::objective::Goal;
use catchment::domain::scenario::Scenario;
use catchment::evaluate::evaluate;
use catchment::id::{Id, UnitId};
use catchment::kernel::check::{self, Violation};
use catchment::random::Random;
use catchment::travel::Travel;
use counties::solutions::solution;

const COUNTIES: u64 = 250;
const SOLUTIONS: usize = 12;

/// A county of which every second has connected catchments.
fn county(seed: u64) -> Scenario {
    connected_at_times(counties::county(seed), seed)
}

fn connected_at_times(mut scenario: Scenario, seed: u64) -> Scenario {
    let mut random = Random::new(seed, "adjacency");
    if random.chance(0.5) {
        let units = scenario.district.units.len();
        let mut pairs = Vec::new();
        for first in 0..units {
            for second in first + 1..units {
                // A chain with gaps and shortcuts, so that there are islands too.
                if random.chance(if second == first + 1 { 0.8 } else { 0.2 }) {
                    pairs.push((UnitId::new(first), UnitId::new(second)));
                }
            }
        }
        scenario.district.adjacency = Some(pairs);
        for site in &mut scenario.district.sites {
            site.home = random.chance(0.7).then(|| UnitId::new(random.below(units)));
        }
        scenario.zoning.iter_mut().for_each(|zoning| zoning.contiguous = true);
    }
    scenario
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs()).max(1.0)
}

/// What breaks the structure of a plan rather than a rule.
fn structural(compiled: &Compiled, violation: &Violation) -> bool {
    match violation {
        Violation::Limit { .. } => false,
        Violation::Row { row, .. } => compiled.accounts.charges.rows[*row].rule.is_none(),
        _ => true,
    }
}

#[test]
fn kernel_and_audit_agree_on_random_solutions() {
    let Tally { sound, broken, faulty, connected } = agree(&county);
    println!("{sound} sound plans, {broken} that break rules, {faulty} faulty; {connected} with connected catchments");
    assert!(sound >= 100 && broken >= 100 && faulty >= 100 && connected >= 100);
}

#[test]
fn kernel_and_audit_agree_where_cohorts_are_followed_over_years() {
    let Tally { sound, broken, faulty, connected } =
        agree(&|seed| connected_at_times(counties::over_years(seed), seed));
    println!("{sound} sound plans, {broken} that break rules, {faulty} faulty; {connected} with connected catchments");
    assert!(sound >= 30 && broken >= 100 && faulty >= 100 && connected >= 20);
}

#[derive(Default)]
struct Tally {
    sound: usize,
    broken: usize,
    faulty: usize,
    connected: usize,
}

/// Compares what the kernel and the audit say of random solutions.
fn agree(county: &dyn Fn(u64) -> Scenario) -> Tally {
    let Tally { mut sound, mut broken, mut faulty, mut connected } = Tally::default();
    for seed in 0..COUNTIES {
        let scenario = county(seed);
        let travel = Travel::new(&scenario);
        let compiled = match compile(&scenario, &travel) {
            Ok(compiled) => compiled,
            Err(CompileError::Unreachable(_)) => continue,
            Err(error) => panic!("seed {seed}: {error}"),
        };
        // The last level is what the audit calls the total.
        let weighted = matches!(scenario.objective.goal, Goal::Weights(_));
        let mut random = Random::new(seed, "solutions");
        for _ in 0..SOLUTIONS {
            let solution = solution(&compiled, &mut random);
            let score = check::score(&compiled.problem, &solution);
            let plan = compiled.decompile(&scenario, &solution);
            match evaluate(&scenario, &travel, &plan) {
                Err(faults) => {
                    faulty += 1;
                    let known = score.violations.iter().any(|violation| structural(&compiled, violation));
                    assert!(known, "seed {seed}: the kernel knows nothing of {faults:?}");
                }
                Ok(evaluation) => {
                    let unknown = score.violations.iter().find(|violation| structural(&compiled, violation));
                    assert_eq!(unknown, None, "seed {seed}: the audit knows nothing of it");
                    let holds = evaluation.hard_rules_hold();
                    assert_eq!(score.is_feasible(), holds, "seed {seed}: {:?}", (&score, &evaluation.breaches));
                    *if holds { &mut sound } else { &mut broken } += 1;
                    connected += usize::from(!compiled.problem.layers.is_empty());
                    let total = evaluation.objective.unwrap().total;
                    // Pupils of divided units who move between plan years are relaxed in the kernel.
                    let divided =
                        compiled.problem.customers.iter().any(catchment::kernel::problem::Customer::may_be_split);
                    if weighted && !(divided && scenario.years.len() > 1) {
                        assert!(close(total, score.cost), "seed {seed}: audit {total}, kernel {}", score.cost);
                    }
                    let back = compiled.encode(&scenario, &plan).unwrap();
                    assert_eq!(back.options, solution.options, "seed {seed}");
                    let again = compiled.decompile(&scenario, &back);
                    assert_eq!(again, plan, "seed {seed}: a plan changes when it is encoded and decoded");
                }
            }
        }
    }
    Tally { sound, broken, faulty, connected }
}

#[test]
fn with_hard_rules_set_aside_the_breach_is_0_exactly_where_they_hold() {
    let (mut without, mut with) = (0, 0);
    for seed in 0..COUNTIES {
        let scenario = county(seed);
        let travel = Travel::new(&scenario);
        let options = CompileOptions { set_aside: true, ..CompileOptions::default() };
        let Ok(compiled) = compile_with(&scenario, &travel, &options) else { continue };
        let mut problem = compiled.problem.clone();
        compiled.accounts.minimise(&mut problem, &[(Account::Breach, 1.0)]);
        let mut random = Random::new(seed, "solutions");
        for _ in 0..SOLUTIONS {
            let solution = solution(&compiled, &mut random);
            let score = check::score(&problem, &solution);
            if !score.is_feasible() {
                continue;
            }
            let evaluation = evaluate(&scenario, &travel, &compiled.decompile(&scenario, &solution)).unwrap();
            assert_eq!(score.cost <= 1e-9, evaluation.hard_rules_hold(), "seed {seed}: {score:?}");
            *if evaluation.hard_rules_hold() { &mut without } else { &mut with } += 1;
        }
    }
    assert!(without >= 100 && with >= 100, "{without} without, {with} with a breach");
}
