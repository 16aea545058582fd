//! Plans for several forecasts against enumeration: on random counties every choice at every site and every assignment of
//! units is tried, judged forecast by forecast by the audit alone, and both engines must find the best.
//!
//! A share of the seeds runs by default, more with `CATCHMENT_ORACLE=all`.
#![cfg(any(feature = "highs", feature = "microlp"))]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod counties;

use catchment::compile::compile;
use catchment::domain::action::{Trajectory, trajectories};
use catchment::domain::document::PlanStatus;
use catchment::domain::forecast::{Forecast, Forecasts, RobustGoal};
use catchment::domain::objective::Goal;
use catchment::domain::plan::{Assignment, Plan, PlannedAction};
use catchment::domain::rule::Rule;
use catchment::domain::scenario::Scenario;
use catchment::evaluate::evaluate;
use catchment::id::{Id, SiteId, UnitId};
use catchment::kernel::catchment::Catchment;
use catchment::kernel::engine::Engine;
use catchment::kernel::milp::Milp;
use catchment::kernel::problem::Customer;
use catchment::metric::band::{Band, bands};
use catchment::optimise::robust::{RobustOptions, optimise_robust};
use catchment::optimise::{OptimiseError, OptimiseOptions, optimise};
use catchment::random::Random;
use catchment::run::{Limits, Silent};
use catchment::travel::Travel;
use catchment::units::Pupils;
use std::collections::BTreeMap;

/// Most plans that are tried for a county.
const MOST: usize = 4000;

/// The county of a seed with other pupils in the plan years, each time anew: a few more or fewer everywhere, or those of other
/// units, so that what suits one forecast does not suit another.
fn forecasts(seed: u64) -> Forecasts {
    forecasts_of(counties::county(seed), seed)
}

fn forecasts_of(mut base: Scenario, seed: u64) -> Forecasts {
    let mut random = Random::new(seed, "forecasts");
    let moved = random.chance(0.8);
    if moved && random.chance(0.8) {
        // Where rooms suffice for whatever comes, it is ways and money that decide.
        let roomy = |rule: &Rule| !matches!(rule.metric.as_str(), "class_size_max" | "site_size" | "site_min_size");
        base.rules = base.rules.iter().filter(|rule| roomy(rule)).cloned().collect();
    }
    let count = random.between(2, 3);
    let units = base.district.units.len();
    let one = |number: i64| {
        let mut scenario = base.clone();
        let most = if number == 1 || moved { 0 } else { 3 };
        let turn = if moved { number as usize } else { 0 };
        for &year in &base.years {
            for unit in base.district.units.ids() {
                let from = UnitId::new((unit.index() + turn) % units);
                for grade in base.district.grades.ids() {
                    let pupils = base.demand.pupils(year, from, grade).0 + random.between(-most, most);
                    scenario.demand.set(year, unit, grade, Pupils(pupils.max(0)));
                }
            }
        }
        Forecast { name: format!("f{number}"), scenario }
    };
    Forecasts::new((1..=count).map(one).collect()).unwrap()
}

/// Who is zoned together: unit, position of the band, position of the year.
type Group = (UnitId, usize, usize);

/// What a choice at every site and for every group comes to in every forecast: whether hard rules hold, and the objective.
type Judged = Vec<(bool, f64)>;

/// Every plan that is one in every forecast, judged in each; `None` where there are too many.
fn every_plan(forecasts: &Forecasts) -> Option<Vec<Judged>> {
    let base = &forecasts.first().scenario;
    let bands = bands(base);
    let options: Vec<Vec<Trajectory>> = base.district.sites.ids().map(|site| trajectories(base, site)).collect();
    let mut groups: Vec<Group> = Vec::new();
    for (year, &calendar) in base.years.iter().enumerate() {
        for (index, band) in bands.iter().enumerate() {
            for unit in base.district.units.ids() {
                let some = |one: &Forecast| {
                    band.grades.iter().any(|&grade| one.scenario.demand.pupils(calendar, unit, grade) > Pupils::ZERO)
                };
                if forecasts.iter().any(some) {
                    groups.push((unit, index, year));
                }
            }
        }
    }
    let sites: Vec<SiteId> = base.district.sites.ids().collect();
    let sizes: Vec<usize> = options.iter().map(Vec::len).chain(groups.iter().map(|_| sites.len())).collect();
    let total = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size).filter(|&p| p <= MOST))?;
    let travels: Vec<Travel<'_>> = forecasts.iter().map(|one| Travel::new(&one.scenario)).collect();
    let mut found = Vec::new();
    for mut number in 0..total {
        let mut digit = |size: usize| {
            let digit = number % size;
            number /= size;
            digit
        };
        let taken: Vec<&Trajectory> = options.iter().map(|options| &options[digit(options.len())]).collect();
        let chosen: Vec<SiteId> = groups.iter().map(|_| sites[digit(sites.len())]).collect();
        let judge = |(one, travel): (&Forecast, &Travel<'_>)| {
            let plan = plan(&one.scenario, &bands, &taken, groups.iter().zip(&chosen));
            let judged = evaluate(&one.scenario, travel, &plan).ok()?;
            // Ways and sites are what all forecasts share: a rule on them is never let go.
            let shared = |rule: &str| matches!(rule, "travel_dist" | "budget" | "closures" | "protected");
            let shared = judged.breaches.iter().any(|breach| shared(&one.scenario.rules[breach.rule].metric));
            (!shared).then(|| (judged.hard_rules_hold(), judged.objective.as_ref().unwrap().total))
        };
        found.extend(forecasts.iter().zip(&travels).map(judge).collect::<Option<Judged>>());
    }
    Some(found)
}

fn plan<'a>(
    scenario: &Scenario,
    bands: &[Band],
    taken: &[&Trajectory],
    chosen: impl Iterator<Item = (&'a Group, &'a SiteId)>,
) -> Plan {
    let actions = taken.iter().flat_map(|trajectory| {
        let action = |&(offer, year): &(usize, _)| PlannedAction {
            site: trajectory.site,
            year,
            measure: scenario.offers[offer].measure,
        };
        trajectory.taken.iter().map(action)
    });
    let row = |(&(unit, band, year), &site): (&Group, &SiteId)| {
        let (band, year) = (&bands[band], scenario.years[year]);
        let pupils = band.grades.iter().map(|&grade| (grade, scenario.demand.pupils(year, unit, grade))).collect();
        Assignment { unit, stage: band.stage, year, pupils, site, boarding: false }
    };
    let rows = chosen.map(row).filter(|row| row.total() > Pupils::ZERO);
    Plan { actions: actions.collect(), assignment: rows.collect() }
}

/// What a county has to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// The worst case is above what any single forecast proves: weights or the worst case itself are needed.
    Between,
    /// Letting a forecast go pays.
    Paying,
    /// No plan keeps the hard rules in all forecasts.
    Infeasible,
    /// None of these.
    Plain,
}

/// Counties of every kind that are compared, a few by default.
const FEW: [(Kind, usize); 4] = [(Kind::Between, 6), (Kind::Paying, 4), (Kind::Infeasible, 3), (Kind::Plain, 3)];
const MANY: [(Kind, usize); 4] = [(Kind::Between, 40), (Kind::Paying, 40), (Kind::Infeasible, 40), (Kind::Plain, 60)];

/// Shares of the forecasts that are asked for.
const SHARES: [f64; 2] = [1.0, 0.6];

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 2e-6 * a.abs().max(b.abs()).max(1.0)
}

/// The best value of the plans that keep the hard rules in as many forecasts as a share asks for.
fn best(plans: &[Judged], goal: RobustGoal, share: f64) -> Option<f64> {
    let options = RobustOptions { share, ..RobustOptions::default() };
    let enough = |plan: &&Judged| plan.iter().filter(|(holds, _)| *holds).count() >= options.needed(plan.len());
    let value = |plan: &Judged| goal.of(&plan.iter().map(|&(_, total)| total).collect::<Vec<f64>>());
    plans.iter().filter(enough).map(value).min_by(f64::total_cmp)
}

fn kind(plans: &[Judged], forecasts: usize) -> Kind {
    let worst = best(plans, RobustGoal::Worst, 1.0);
    let single = |forecast: usize| {
        let all = plans.iter().filter(|plan| plan.iter().all(|(holds, _)| *holds)).map(|plan| plan[forecast].1);
        all.fold(f64::INFINITY, f64::min)
    };
    let proven = (0..forecasts).map(single).fold(f64::NEG_INFINITY, f64::max);
    let pays = |goal| matches!((best(plans, goal, 1.0), best(plans, goal, 0.6)), (Some(a), Some(b)) if !close(a, b));
    match worst {
        None => Kind::Infeasible,
        Some(worst) if !close(worst, proven) => Kind::Between,
        Some(_) if RobustGoal::ALL.into_iter().any(pays) => Kind::Paying,
        Some(_) => Kind::Plain,
    }
}

fn by_levels(forecasts: &Forecasts) -> bool {
    matches!(forecasts.first().scenario.objective.goal, Goal::Levels { .. })
}

/// Whether some unit may be divided in some forecast; `None` where some pupils can go nowhere, which is told before anything
/// is solved.
fn divides(forecasts: &Forecasts) -> Option<bool> {
    let divided = |one: &Forecast| {
        let compiled = compile(&one.scenario, &Travel::new(&one.scenario)).ok()?;
        Some(compiled.problem.customers.iter().any(Customer::may_be_split))
    };
    forecasts.iter().map(divided).try_fold(false, |some, divided| Some(some | divided?))
}

/// Units that are divided anew in every forecast, and objectives in levels: not enumerated, but both engines must agree, every
/// forecast's plan passes its audit, and no plan for all is better for one than the best plan for that one alone.
#[test]
fn both_engines_agree_where_units_are_divided_and_objectives_have_levels() {
    let engines: [Box<dyn Engine>; 2] = [Box::new(Milp::new().unwrap()), Box::new(Catchment)];
    let limits = || Limits { gap: 1e-7, ..Limits::new() };
    let mut wanted = [5, 5];
    for seed in 1.. {
        if wanted == [0, 0] {
            break;
        }
        let forecasts = forecasts(seed);
        let Some(divided) = divides(&forecasts) else { continue };
        let shape = match (divided, by_levels(&forecasts)) {
            (true, _) => 0,
            (_, true) => 1,
            _ => continue,
        };
        if wanted[shape] == 0 {
            continue;
        }
        let run = |engine: &dyn Engine| {
            let run = optimise_robust(&forecasts, engine, &limits(), &RobustOptions::default(), &Silent);
            run.unwrap_or_else(|error| panic!("seed {seed}, {}: {error}", engine.name()))
        };
        let [milp, catchment] = engines.each_ref().map(|engine| run(&**engine));
        assert_eq!(milp.status, catchment.status, "seed {seed}");
        if milp.status == PlanStatus::Infeasible {
            continue;
        }
        wanted[shape] -= 1;
        let (first, other) = (&milp.levels[0], &catchment.levels[0]);
        assert!(close(first.value, other.value), "seed {seed}: {first:?} {other:?}");
        assert_eq!((milp.holding(), catchment.holding()), (forecasts.len(), forecasts.len()), "seed {seed}");
        for one in &forecasts {
            let travel = Travel::new(&one.scenario);
            let options = OptimiseOptions::default();
            let single = optimise(&one.scenario, &travel, &*engines[0], &limits(), &options, &Silent).unwrap();
            let room = 2e-6 * first.value.abs().max(1.0);
            assert!(single.levels[0].value <= first.value + room, "seed {seed}: {:?} {first:?}", single.levels);
        }
    }
}

/// Cohorts over years: not enumerated, but both engines must agree, and every forecast's plan passes its audit.
#[test]
fn both_engines_agree_where_cohorts_are_followed_over_years() {
    let engines: [Box<dyn Engine>; 2] = [Box::new(Milp::new().unwrap()), Box::new(Catchment)];
    let mut wanted = 20;
    for seed in 1.. {
        if wanted == 0 {
            break;
        }
        let forecasts = forecasts_of(counties::over_years(seed), seed);
        let run = |engine: &dyn Engine| {
            let limits = Limits { gap: 1e-7, ..Limits::new() };
            optimise_robust(&forecasts, engine, &limits, &RobustOptions::default(), &Silent)
        };
        match engines.each_ref().map(|engine| run(&**engine)) {
            [Err(OptimiseError::Compile(_)), Err(OptimiseError::Compile(_))] => {}
            [Ok(milp), Ok(catchment)] => {
                assert_eq!(milp.status, catchment.status, "seed {seed}");
                let (first, other) = (&milp.levels[0], &catchment.levels[0]);
                assert!(close(first.value, other.value), "seed {seed}: {first:?} {other:?}");
                if milp.status != PlanStatus::Infeasible {
                    assert_eq!(milp.holding(), forecasts.len(), "seed {seed}");
                    wanted -= 1;
                }
            }
            [milp, catchment] => panic!("seed {seed}: {:?} {:?}", milp.err(), catchment.err()),
        }
    }
}

#[test]
fn both_engines_find_the_plan_that_enumeration_finds() {
    let all = std::env::var("CATCHMENT_ORACLE").is_ok_and(|value| value == "all");
    let engines: [Box<dyn Engine>; 2] = [Box::new(Milp::new().unwrap()), Box::new(Catchment)];
    let mut wanted: BTreeMap<Kind, usize> = if all { MANY } else { FEW }.into();
    for seed in 1.. {
        if wanted.values().all(|&count| count == 0) {
            break;
        }
        let forecasts = forecasts(seed);
        if by_levels(&forecasts) || divides(&forecasts).unwrap_or(true) {
            continue;
        }
        let Some(plans) = every_plan(&forecasts) else { continue };
        let left = wanted.get_mut(&kind(&plans, forecasts.len())).unwrap();
        if *left > 0 {
            *left -= 1;
            for engine in &engines {
                compare(seed, &forecasts, &plans, &**engine);
            }
        }
    }
}

fn compare(seed: u64, forecasts: &Forecasts, plans: &[Judged], engine: &dyn Engine) {
    for (goal, share) in RobustGoal::ALL.into_iter().flat_map(|goal| SHARES.map(|share| (goal, share))) {
        let options = RobustOptions { goal, share, ..RobustOptions::default() };
        let needed = options.needed(forecasts.len());
        let limits = Limits { gap: 1e-7, ..Limits::new() };
        let name = format!("seed {seed}, {}, {}, {share}", engine.name(), goal.name());
        let best = best(plans, goal, share);
        let run = match optimise_robust(forecasts, engine, &limits, &options, &Silent) {
            Ok(run) => run,
            // Pupils may have sites in every forecast and none in all of them.
            Err(OptimiseError::Compile(error)) => {
                assert_eq!(best, None, "{name}: {error}");
                continue;
            }
            Err(error) => panic!("{name}: {error}"),
        };
        let Some(best) = best else {
            if run.holding() >= needed {
                // A forecast that is let go may break a rule on ways after all: such a plan is not looked for, and nothing
                // is proven of one that turns up.
                assert_eq!((run.status, run.bound), (PlanStatus::Feasible, None), "{name}");
                continue;
            }
            assert_eq!((run.status, run.bound), (PlanStatus::Infeasible, None), "{name}: {:?}", run.value);
            assert!(!run.obstacles.is_empty(), "{name}");
            continue;
        };
        assert_eq!(run.status, PlanStatus::Optimal, "{name}: {:?} {:?}", run.levels, run.obstacles);
        assert!(close(run.value, best), "{name}: {} where enumeration finds {best}", run.value);
        assert!(run.bound.unwrap() <= best + 2e-6 * best.abs().max(1.0), "{name}: bound {:?} {best}", run.bound);
        assert!(run.holding() >= needed, "{name}");
        assert!((run.weights.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{name}: {:?}", run.weights);
    }
}
