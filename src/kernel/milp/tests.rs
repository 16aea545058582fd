//! Properties of the engine on hand-made and random problems, on every backend of the build.

use super::*;
use crate::id::{CustomerId, SiteId};
use crate::kernel::builder::{Built, ProblemBuilder, RowDraft};
use crate::kernel::problem::{Divisible, Grain, Limit, Measure, Service};
use crate::mip::backends;
use crate::random::Random;
use crate::run::Silent;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::time::Duration;

const HARD: f64 = f64::INFINITY;

fn exact() -> Limits {
    Limits { gap: 0.0, ..Limits::new() }
}

fn solve(backend: &'static dyn Backend, problem: &Problem, limits: &Limits) -> Outcome {
    Milp::on(backend).solve(problem, None, limits, &Silent).unwrap()
}

/// Solves on every backend of the build to gap 0 and expects the cost everywhere.
fn expect(problem: &Problem, cost: f64) {
    for backend in backends() {
        let found = solve(*backend, problem, &exact());
        assert_eq!(found.status, Status::Optimal, "{}: {found:?}", backend.name());
        assert!(
            (found.cost - cost).abs() < 1e-6 * cost.abs().max(1.0),
            "{}: {} not {cost}",
            backend.name(),
            found.cost
        );
        assert!(found.bound <= found.cost && found.bound >= cost - 1e-5 * cost.abs().max(1.0), "{found:?}");
        let score = check::score(problem, found.solution.as_ref().unwrap());
        assert!(score.is_feasible() && score.cost == found.cost);
    }
}

fn expect_infeasible(problem: &Problem) {
    for backend in backends() {
        let found = solve(*backend, problem, &exact());
        assert_eq!(found.status, Status::Infeasible, "{}", backend.name());
        assert!(found.solution.is_none() && found.certificate.is_none());
        assert_eq!((found.cost, found.bound), (f64::INFINITY, f64::INFINITY));
    }
}

/// Random single-source capacitated location, customers and sites in a square.
fn location(sites: usize, customers: usize, seed: u64) -> Built {
    let mut random = Random::new(seed, "milp tests");
    let mut builder = ProblemBuilder::new();
    let pupils = builder.commodity("pupils");
    let size = builder.load(pupils);
    let mut points = |count: usize| -> Vec<(f64, f64)> {
        (0..count).map(|_| (random.range(0.0, 100.0), random.range(0.0, 100.0))).collect()
    };
    let (at, of) = (points(sites), points(customers));
    let loads: Vec<i64> = (0..customers).map(|_| random.between(5, 35)).collect();
    let capacity = loads.iter().sum::<i64>() * 2 / sites as i64;
    let customers: Vec<CustomerId> =
        loads.iter().enumerate().map(|(i, &load)| builder.customer(format!("c{i}"), [(pupils, load)])).collect();
    for (index, here) in at.iter().enumerate() {
        let site = builder.site(format!("s{index}"));
        builder.shut(site);
        let open = builder.option(site, "open", random.between(200, 400) as f64);
        builder.capacity(open, size, capacity);
        for (customer, there) in customers.iter().zip(&of) {
            let distance = (here.0 - there.0).hypot(here.1 - there.1);
            builder.arc(*customer, site, (distance * loads[customer.0 as usize] as f64 / 10.0).round());
        }
    }
    builder.build().unwrap()
}

#[test]
fn two_schools_and_three_villages_are_solved_as_by_hand() {
    // Both schools open cost 20 more than one, and one alone has no room for all.
    let mut builder = ProblemBuilder::new();
    builder.offset(5.0);
    let pupils = builder.commodity("pupils");
    let size = builder.load(pupils);
    let sites = ["s", "t"].map(|name| builder.site(name));
    for site in sites {
        builder.shut(site);
        let open = builder.option(site, "open", 20.0);
        builder.capacity(open, size, 50);
    }
    for (load, costs) in [(30, [1.0, 9.0]), (20, [2.0, 3.0]), (10, [4.0, 8.0])] {
        let customer = builder.customer(format!("v{load}"), [(pupils, load)]);
        for (site, cost) in sites.into_iter().zip(costs) {
            builder.arc(customer, site, cost);
        }
    }
    // 30 + 10 at s, 20 at t: 1 + 4 + 3; the other ways cost 1 + 2 + 8 = 11 and more.
    expect(&builder.build().unwrap().problem, 5.0 + 40.0 + 8.0);
}

#[test]
fn an_overflow_price_is_paid_only_under_the_chosen_option() {
    // One site with options small (cost 0, 10 places at 3 a pupil beyond) and large (cost 25, 18 places at 2 beyond).
    for (load, cost) in [(10, 0.0), (16, 18.0), (18, 24.0), (19, 27.0), (20, 29.0)] {
        let mut builder = ProblemBuilder::new();
        let pupils = builder.commodity("pupils");
        let size = builder.load(pupils);
        let customer = builder.customer("c", [(pupils, load)]);
        let site = builder.site("s");
        for (name, price, places, over) in [("small", 0.0, 10, 3.0), ("large", 25.0, 18, 2.0)] {
            let option = builder.option(site, name, price);
            builder.limit(option, Limit { measure: size, min: 0, max: places, price: over });
        }
        builder.arc(customer, site, 0.0);
        expect(&builder.build().unwrap().problem, cost);
    }
}

#[test]
fn limits_of_one_measure_with_two_prices_add_up() {
    // Beyond 10 pupils 1 each, beyond 15 another 4 each, beyond 20 impossible; below 8 a shortfall of 5 each.
    for (load, cost) in [(6, Some(10.0)), (12, Some(2.0)), (18, Some(8.0 + 12.0)), (21, None)] {
        let mut builder = ProblemBuilder::new();
        let pupils = builder.commodity("pupils");
        let size = builder.load(pupils);
        let customer = builder.customer("c", [(pupils, load)]);
        let site = builder.site("s");
        let open = builder.option(site, "open", 0.0);
        builder.limit(open, Limit { measure: size, min: 0, max: 10, price: 1.0 });
        builder.limit(open, Limit { measure: size, min: 0, max: 15, price: 4.0 });
        builder.limit(open, Limit { measure: size, min: 8, max: Limit::UNLIMITED, price: 5.0 });
        builder.capacity(open, size, 20);
        builder.arc(customer, site, 0.0);
        let problem = builder.build().unwrap().problem;
        match cost {
            Some(cost) => expect(&problem, cost),
            None => expect_infeasible(&problem),
        }
    }
}

#[test]
fn whole_classes_are_exact_from_above_and_from_below() {
    // Two grades of 46 pupils need 2 + 2 classes of 45.
    for (min, max, feasible) in [(0, 4, true), (0, 3, false), (4, 9, true), (5, 9, false)] {
        let mut builder = ProblemBuilder::new();
        let grades = ["7", "8"].map(|name| builder.commodity(name));
        let classes = builder.measure(Measure::WholeUnits(Box::new(grades.map(|grade| (grade, 45)))));
        let customer = builder.customer("c", grades.map(|grade| (grade, 46)));
        let site = builder.site("s");
        let open = builder.option(site, "open", 1.0);
        builder.limit(open, Limit { measure: classes, min, max, price: HARD });
        builder.arc(customer, site, 2.0);
        let problem = builder.build().unwrap().problem;
        if feasible { expect(&problem, 3.0) } else { expect_infeasible(&problem) }
    }
}

#[test]
fn large_loads_stay_exact_to_the_pupil() {
    // A capacity of ten million: one pupil too many does not fit, whatever the tolerance of the backend.
    for (extra, feasible) in [(0, true), (1, false)] {
        let mut builder = ProblemBuilder::new();
        let pupils = builder.commodity("pupils");
        let size = builder.load(pupils);
        let site = builder.site("s");
        let open = builder.option(site, "open", 0.0);
        builder.capacity(open, size, 10_000_000);
        for load in [6_000_000, 4_000_000 + extra] {
            let customer = builder.customer(format!("city {load}"), [(pupils, load)]);
            builder.arc(customer, site, 1.0);
        }
        let problem = builder.build().unwrap().problem;
        if feasible { expect(&problem, 2.0) } else { expect_infeasible(&problem) }
    }
}

#[test]
fn a_divided_customer_fills_the_cheap_site_to_the_pupil() {
    // 100 pupils: 63 fit at 1 each, the rest at 2 each (arc costs are for the whole customer).
    for (max_sites, min_share, cost) in
        [(None, 0.0, 63.0 + 74.0), (Some(1), 0.0, 200.0), (Some(2), 0.4, 60.0 + 80.0), (Some(2), 0.375, 62.0 + 76.0)]
    {
        let mut builder = ProblemBuilder::new();
        let pupils = builder.commodity("pupils");
        let size = builder.load(pupils);
        let town = builder.customer("town", [(pupils, 100)]);
        builder.divisible(town, Divisible { max_sites, min_share, grain: Grain::Whole });
        for (name, places, cost) in [("near", 63, 100.0), ("far", 100, 200.0)] {
            let site = builder.site(name);
            let open = builder.option(site, "open", 0.0);
            builder.capacity(open, size, places);
            builder.arc(town, site, cost);
        }
        expect(&builder.build().unwrap().problem, cost);
    }
}

#[test]
fn continuous_parts_take_any_fraction() {
    let mut builder = ProblemBuilder::new();
    let pupils = builder.commodity("pupils");
    let size = builder.load(pupils);
    let town = builder.customer("town", [(pupils, 3)]);
    builder.divisible(town, Divisible { max_sites: None, min_share: 0.0, grain: Grain::Continuous });
    let twin = builder.customer("twin", [(pupils, 3)]);
    builder.divisible(twin, Divisible { max_sites: None, min_share: 0.0, grain: Grain::Continuous });
    for (name, places, costs) in [("near", 4, [3.0, 6.0]), ("far", 4, [30.0, 36.0])] {
        let site = builder.site(name);
        builder.shut(site);
        let open = builder.option(site, "open", 10.0);
        builder.capacity(open, size, places);
        builder.arc(town, site, costs[0]);
        builder.arc(twin, site, costs[1]);
    }
    // Per pupil 1 and 2 near, 10 and 12 far: the second saves 10 a pupil, so 3 of it are near, 1 of the first.
    expect(&builder.build().unwrap().problem, 20.0 + 1.0 + 6.0 + 20.0);
}

/// A ring of `length` villages. Sites `s` and `t` have places for half each; the homes are the villages 0 and `length / 2`
/// (where `homes`); arcs alternate between free and dear, so that without contiguity the villages would alternate.
fn ring(length: usize, homes: bool) -> Built {
    let mut builder = ProblemBuilder::new();
    let pupils = builder.commodity("pupils");
    let size = builder.load(pupils);
    let sites = ["s", "t"].map(|name| builder.site(name));
    for site in sites {
        let open = builder.option(site, "open", 0.0);
        builder.capacity(open, size, length as i64 / 2);
    }
    let villages: Vec<CustomerId> = (0..length).map(|i| builder.customer(format!("v{i}"), [(pupils, 1)])).collect();
    for (index, &village) in villages.iter().enumerate() {
        for (side, &site) in sites.iter().enumerate() {
            builder.arc(village, site, if index % 2 == side { 0.0 } else { 1.0 + index as f64 / 100.0 });
        }
    }
    let edges: Vec<_> = (0..length).map(|i| (villages[i], villages[(i + 1) % length])).collect();
    let homes: Vec<(SiteId, CustomerId)> =
        if homes { vec![(sites[0], villages[0]), (sites[1], villages[length / 2])] } else { Vec::new() };
    builder.layer("all", villages, edges, homes);
    builder.build().unwrap()
}

/// The least cost over all ways to cut the ring into two arcs of half its length.
fn best_cut_of_ring(built: &Built, length: usize, homes: bool) -> f64 {
    let problem = &built.problem;
    let cost = |village: usize, site: usize| problem.arcs[crate::id::ArcId((2 * village + site) as u32)].cost;
    (0..length)
        .filter_map(|first| {
            let at_s = |village: usize| (village + length - first) % length < length / 2;
            (!homes || (at_s(0) && !at_s(length / 2)))
                .then(|| (0..length).map(|village| cost(village, usize::from(!at_s(village)))).sum::<f64>())
        })
        .fold(f64::INFINITY, f64::min)
}

#[test]
fn catchments_of_a_ring_are_connected_by_cuts_with_and_without_homes() {
    for homes in [true, false] {
        let built = ring(10, homes);
        let unconstrained = Problem { layers: Vec::new(), ..built.problem.clone() };
        expect(&unconstrained, 0.0);
        expect(&built.problem, best_cut_of_ring(&built, 10, homes));
    }
}

#[test]
fn large_parts_are_whole_whatever_the_rows_say() {
    // A town of 101 pupils; `far` must take at least half of them, so 51, at 3 a pupil in place of 1. With a price on what
    // is lacking it is cheaper to send 50 and to pay for half a pupil.
    for (price, cost) in [(HARD, 50.0 + 51.0 * 3.0), (101.0 * 3.0, 51.0 + 50.0 * 3.0 + 0.5 * 3.0)] {
        let mut builder = ProblemBuilder::new();
        let pupils = builder.commodity("pupils");
        let town = builder.customer("town", [(pupils, 101)]);
        builder.divisible(town, Divisible { max_sites: None, min_share: 0.0, grain: Grain::Whole });
        let arcs = [("near", 101.0), ("far", 303.0)].map(|(name, all)| {
            let site = builder.site(name);
            builder.option(site, "open", 0.0);
            builder.arc(town, site, all)
        });
        builder.row(RowDraft { arcs: vec![(arcs[1], 1.0)], lower: 0.5, price, ..RowDraft::new("share") });
        let problem = builder.build().unwrap().problem;
        assert!(!Model::new(&problem).unwrap().loose.is_empty());
        expect(&problem, cost);
    }
}

#[test]
fn large_parts_cost_what_the_model_with_whole_columns_says() {
    let mut feasible = 0;
    for seed in 0..12 {
        let mut random = Random::new(seed, "large parts");
        let mut builder = ProblemBuilder::new();
        let pupils = builder.commodity("pupils");
        let size = builder.load(pupils);
        let classes = builder.measure(Measure::WholeUnits(Box::new([(pupils, 7)])));
        let towns: Vec<CustomerId> = (0..3)
            .map(|index| {
                let town = builder.customer(format!("t{index}"), [(pupils, random.between(51, 90))]);
                let min_share = if random.chance(0.5) { 0.23 } else { 0.0 };
                builder.divisible(town, Divisible { max_sites: Some(2), min_share, grain: Grain::Whole });
                town
            })
            .collect();
        for index in 0..4 {
            let site = builder.site(format!("s{index}"));
            builder.shut(site);
            for (name, cost, places) in [("small", 40.0, 37), ("large", 75.0, 95)] {
                let option = builder.option(site, name, cost);
                builder.capacity(option, size, places);
                builder.limit(option, Limit { measure: classes, min: 0, max: places / 11, price: 9.5 });
            }
            let mut arcs = Vec::new();
            for &town in &towns {
                arcs.push((builder.arc(town, site, random.between(20, 300) as f64), random.range(0.2, 1.0)));
            }
            builder.row(RowDraft { arcs, upper: 1.1, ..RowDraft::new(format!("mix{index}")) });
        }
        let problem = builder.build().unwrap().problem;
        assert!(Model::new(&problem).unwrap().loose.len() > 6);
        let whole = Milp::model(&problem).unwrap();
        for backend in backends() {
            let known = backend.solve(&whole, None, &MipLimits::new(exact()), &|_, _, _| {}).unwrap();
            let found = solve(*backend, &problem, &exact());
            if known.status == MipStatus::Infeasible {
                assert_eq!(found.status, Status::Infeasible, "{seed}");
            } else {
                let near = |value: f64| (value - known.objective).abs() < 1e-5 * known.objective.abs();
                assert!(near(found.cost) && found.bound <= found.cost, "{seed}: {found:?} {}", known.objective);
                feasible += 1;
            }
        }
    }
    assert!(feasible > 6, "{feasible}");
}

#[test]
fn a_village_cut_off_from_the_home_is_never_served_by_it() {
    let mut builder = ProblemBuilder::new();
    let villages = ["a", "b", "c"].map(|name| builder.customer(name, []));
    let site = builder.site("s");
    builder.option(site, "open", 0.0);
    for village in villages {
        builder.arc(village, site, 1.0);
    }
    builder.layer("all", villages, [(villages[0], villages[1])], [(site, villages[0])]);
    expect_infeasible(&builder.build().unwrap().problem);
}

#[test]
fn a_customer_without_arcs_makes_the_problem_infeasible() {
    let mut builder = ProblemBuilder::new();
    builder.customer("nowhere", []);
    let site = builder.site("s");
    builder.option(site, "open", 0.0);
    expect_infeasible(&builder.build().unwrap().problem);
}

#[test]
fn what_has_no_best_plan_is_refused_with_its_name() {
    let base = |layered: bool| {
        let mut builder = ProblemBuilder::new();
        let pupils = builder.commodity("pupils");
        let classes = builder.measure(Measure::WholeUnits(Box::new([(pupils, 2)])));
        let town = builder.customer("town", [(pupils, 3)]);
        builder.divisible(town, Divisible { max_sites: None, min_share: 0.0, grain: Grain::Continuous });
        let site = builder.site("s");
        let open = builder.option(site, "open", 0.0);
        builder.arc(town, site, 1.0);
        if layered {
            builder.layer("all", [town], [], []);
        } else {
            builder.limit(open, Limit { measure: classes, min: 1, max: 9, price: HARD });
        }
        builder.build().unwrap().problem
    };
    for layered in [true, false] {
        let refused = Milp::model(&base(layered));
        assert!(matches!(refused, Err(EngineError::Unsupported { engine: "milp", .. })), "{refused:?}");
    }
}

#[test]
fn a_start_is_never_lost_and_an_infeasible_one_is_ignored() {
    let built = location(5, 15, 3);
    for backend in backends() {
        let loose = Limits { gap: 0.2, ..Limits::new() };
        let first = solve(*backend, &built.problem, &loose);
        let start = first.solution.clone().unwrap();
        let stopped = exact();
        stopped.stop.stop();
        let kept = Milp::on(*backend).solve(&built.problem, Some(&start), &stopped, &Silent).unwrap();
        assert_eq!((kept.status, kept.cost), (Status::Stopped, first.cost));
        assert_eq!(kept.solution.as_ref(), Some(&start));
        let mut broken = start;
        let (customer, _) = broken.services.entries().next().unwrap();
        let shut = broken.options.entries().find(|&(_, &option)| built.problem.options[option].cost == 0.0);
        if let Some((site, _)) = shut {
            let arc = built.problem.arcs_of(customer).find(|&arc| built.problem.arcs[arc].site == site).unwrap();
            broken.services[customer] = Service::Whole(arc);
        } else {
            let (site, _) = broken.options.entries().next().unwrap();
            broken.options[site] = built.problem.options_of(site).next().unwrap();
        }
        assert!(!check::score(&built.problem, &broken).is_feasible());
        let ignored = Milp::on(*backend).solve(&built.problem, Some(&broken), &stopped, &Silent).unwrap();
        assert!(ignored.solution.is_none() && ignored.cost == f64::INFINITY);
    }
}

#[test]
fn a_start_with_soft_limits_rows_pairs_and_parts_is_taken_in_full() {
    // Every kind of derived column has a value in the start: with no node to spend, it must come back.
    let mut builder = ProblemBuilder::new();
    let pupils = builder.commodity("pupils");
    let size = builder.load(pupils);
    let classes = builder.measure(Measure::WholeUnits(Box::new([(pupils, 7)])));
    let sites = ["s", "t"].map(|name| builder.site(name));
    for site in sites {
        let open = builder.option(site, "open", 1.0);
        builder.limit(open, Limit { measure: size, min: 30, max: 40, price: 2.0 });
        builder.limit(open, Limit { measure: classes, min: 2, max: 5, price: 3.0 });
    }
    let town = builder.customer("town", [(pupils, 50)]);
    builder.divisible(town, Divisible { max_sites: Some(2), min_share: 0.1, grain: Grain::Whole });
    let villages = ["a", "b"].map(|name| builder.customer(name, [(pupils, 20)]));
    let mut arcs = Vec::new();
    for customer in [town, villages[0], villages[1]] {
        for site in sites {
            arcs.push((builder.arc(customer, site, 10.0), 1.0));
        }
    }
    builder.same_site(villages[0], villages[1], 4.0);
    builder.row(RowDraft { arcs, lower: 4.0, upper: 9.0, price: 5.0, ..RowDraft::new("count") });
    let problem = builder.build().unwrap().problem;
    for backend in backends() {
        let best = solve(*backend, &problem, &exact());
        let model = Model::new(&problem).unwrap();
        let start = best.solution.unwrap();
        let values = model.values_of(&start);
        for (index, row) in model.mip.rows.iter().enumerate() {
            let activity: f64 =
                model.mip.row_entries(index).iter().map(|&(column, factor)| factor * values[column as usize]).sum();
            assert!(activity >= row.lower - 1e-9 && activity <= row.upper + 1e-9, "{}: {activity}", row.name);
        }
        let cost: f64 = model.mip.columns.iter().zip(&values).map(|(column, value)| column.cost * value).sum();
        assert!((cost + model.mip.offset - best.cost).abs() < 1e-9, "{cost} not {}", best.cost);
        assert_eq!(model.solution_of(&values), start);
    }
}

#[test]
fn a_work_limit_ends_the_run_alike_every_time_with_a_valid_bound() {
    let built = location(14, 45, 5);
    for backend in backends() {
        let limits = Limits { work: Some(4), ..exact() };
        let first = solve(*backend, &built.problem, &limits);
        assert!(matches!(first.status, Status::Feasible | Status::Unknown), "{:?}", first.status);
        assert!(first.bound.is_finite() && first.bound <= first.cost);
        assert!(first.work <= 5, "{}", first.work);
        let again = solve(*backend, &built.problem, &limits);
        assert_eq!((again.cost, again.bound, again.work), (first.cost, first.bound, first.work));
        assert_eq!(again.solution, first.solution);
        assert_eq!(first.certificate.unwrap().leaves[0].backend.as_deref(), Some(backend.name()));
    }
}

#[test]
fn a_time_limit_is_obeyed_and_reported_as_stopped() {
    let built = location(30, 150, 8);
    for backend in backends() {
        let limits = Limits { time: Some(Duration::from_millis(400)), ..exact() };
        let found = solve(*backend, &built.problem, &limits);
        assert_eq!(found.status, Status::Stopped);
        assert!(limits.clock.seconds() < 10.0, "{}: {} s", backend.name(), limits.clock.seconds());
        assert!(found.bound <= found.cost);
    }
}

#[test]
fn progress_is_monotone_and_the_stop_token_is_obeyed() {
    struct Watch(Mutex<Vec<Progress>>, Option<crate::run::StopToken>);
    impl Observer for Watch {
        fn on(&self, progress: &Progress) {
            self.0.lock().unwrap().push(*progress);
            if let Some(stop) = self.1.as_ref().filter(|_| progress.phase == Phase::Branch) {
                stop.stop();
            }
        }
    }
    let built = location(5, 14, 2);
    for backend in backends() {
        let watch = Watch(Mutex::default(), None);
        let found =
            Milp::on(*backend).solve(&built.problem, None, &Limits { gap: 0.01, ..Limits::new() }, &watch).unwrap();
        let told = watch.0.into_inner().unwrap();
        assert!(told.windows(2).all(|two| two[0].bound <= two[1].bound + 1e-9), "{}: {told:?}", backend.name());
        assert!(told.iter().all(|progress| progress.bound <= found.cost + 1e-6));

        let built = location(12, 40, 2);
        let limits = exact();
        let watch = Watch(Mutex::default(), Some(limits.stop.clone()));
        let found = Milp::on(*backend).solve(&built.problem, None, &limits, &watch).unwrap();
        assert_eq!(found.status, Status::Stopped, "{}", backend.name());
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let built = location(6, 18, 4);
    let run = |threads: usize| {
        let limits = Limits { threads: NonZeroUsize::new(threads).unwrap(), ..exact() };
        let found = Milp::new().unwrap().solve(&built.problem, None, &limits, &Silent).unwrap();
        (found.cost, found.bound, found.nodes, found.solution)
    };
    assert_eq!(run(1), run(2));
}

#[cfg(feature = "highs")]
#[test]
fn the_log_of_every_solve_of_a_run_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ring.log");
    let engine = Milp::on(&crate::mip::Highs).with_log(path.clone());
    engine.solve(&ring(10, false).problem, None, &exact(), &Silent).unwrap();
    for path in [path, folder.path().join("ring.log.1")] {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("HiGHS"), "{text}");
    }
}
