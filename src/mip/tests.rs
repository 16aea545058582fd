//! One table of small programs, limits, starts and reports for every backend of the build.

use super::*;
use std::cell::RefCell;
use std::time::Duration;

const INF: f64 = f64::INFINITY;

fn column(cost: f64, lower: f64, upper: f64, integer: bool) -> Column {
    Column { name: String::new(), cost, lower, upper, integer }
}

type RowOf<'a> = (f64, f64, &'a [(u32, f64)]);

/// A program from columns and rows of `(lower, upper, entries)`.
fn program(columns: &[Column], rows: &[RowOf<'_>]) -> MipProblem {
    let mut program = MipProblem::new();
    for (index, column) in columns.iter().enumerate() {
        program.column(Column { name: format!("x{index}"), ..column.clone() });
    }
    for (index, &(lower, upper, entries)) in rows.iter().enumerate() {
        program.row(format!("r{index}"), lower, upper, entries.iter().copied());
    }
    program
}

fn exact() -> MipLimits {
    MipLimits::new(Limits { gap: 0.0, ..Limits::new() })
}

fn solve(backend: &dyn Backend, program: &MipProblem, limits: &MipLimits) -> MipOutcome {
    backend.solve(program, None, limits, &|_, _, _| {}).unwrap()
}

/// Single-source location: `sites` sites, `customers` customers, fixed costs, capacities a third above the demand.
/// Columns are the sites, then the arcs customer by customer.
fn location(sites: usize, customers: usize, seed: u64) -> MipProblem {
    let mut random = crate::random::Random::new(seed, "mip tests");
    let mut place = |count: usize| -> Vec<(f64, f64)> {
        (0..count).map(|_| (random.range(0.0, 100.0), random.range(0.0, 100.0))).collect()
    };
    let (at, of) = (place(sites), place(customers));
    let demand: Vec<f64> = (0..customers).map(|_| random.between(5, 35) as f64).collect();
    let capacity = (demand.iter().sum::<f64>() * 4.0 / 3.0 / (sites as f64 * 0.6)).ceil();
    let mut program = MipProblem::new();
    for _ in 0..sites {
        program.column(column(random.between(200, 400) as f64, 0.0, 1.0, true));
    }
    for customer in 0..customers {
        for site in &at {
            let (dx, dy) = (site.0 - of[customer].0, site.1 - of[customer].1);
            program.column(column((dx.hypot(dy) * demand[customer] / 10.0).round(), 0.0, 1.0, true));
        }
    }
    let arc = |customer: usize, site: usize| (sites + customer * sites + site) as u32;
    for customer in 0..customers {
        program.row(String::new(), 1.0, 1.0, (0..sites).map(|site| (arc(customer, site), 1.0)));
    }
    for site in 0..sites {
        let loads = (0..customers).map(|customer| (arc(customer, site), demand[customer]));
        program.row(String::new(), -INF, 0.0, loads.chain([(site as u32, -capacity)]));
    }
    program
}

#[test]
fn every_backend_solves_the_table_of_small_programs() {
    let cases: Vec<(&str, MipProblem, MipStatus, f64)> = vec![
        (
            "presolve of 2x + 3z with whole z",
            program(&[column(2.0, 0.0, INF, false), column(3.0, 0.0, INF, true)], &[(4.5, INF, &[(0, 1.0), (1, 1.0)])]),
            MipStatus::Optimal,
            9.0,
        ),
        (
            "the same with whole x",
            program(&[column(2.0, 0.0, INF, true), column(3.0, 0.0, INF, false)], &[(4.5, INF, &[(0, 1.0), (1, 1.0)])]),
            MipStatus::Optimal,
            9.5,
        ),
        (
            "the same with both whole",
            program(&[column(2.0, 0.0, INF, true), column(3.0, 0.0, INF, true)], &[(4.5, INF, &[(0, 1.0), (1, 1.0)])]),
            MipStatus::Optimal,
            10.0,
        ),
        (
            "a linear program",
            program(
                &[column(-3.0, 0.0, 4.0, false), column(-5.0, 0.0, INF, false)],
                &[(-INF, 12.0, &[(1, 2.0)]), (-INF, 18.0, &[(0, 3.0), (1, 2.0)])],
            ),
            MipStatus::Optimal,
            -36.0,
        ),
        (
            "a knapsack",
            program(
                &[
                    column(-10.0, 0.0, 1.0, true),
                    column(-13.0, 0.0, 1.0, true),
                    column(-7.0, 0.0, 1.0, true),
                    column(-8.0, 0.0, 1.0, true),
                ],
                &[(-INF, 10.0, &[(0, 5.0), (1, 6.0), (2, 4.0), (3, 5.0)])],
            ),
            MipStatus::Optimal,
            -20.0,
        ),
        (
            "a range row and a negative lower bound",
            program(
                &[column(1.0, -10.0, 10.0, true), column(1.0, -5.0, 5.0, false)],
                &[(-7.5, 3.0, &[(0, 1.0), (1, 2.0)])],
            ),
            MipStatus::Optimal,
            -8.75,
        ),
        (
            "an infeasible program",
            program(&[column(1.0, 0.0, 1.0, true), column(1.0, 0.0, 1.0, true)], &[(3.0, INF, &[(0, 1.0), (1, 1.0)])]),
            MipStatus::Infeasible,
            INF,
        ),
        (
            "a program that is infeasible in whole numbers only",
            program(&[column(1.0, 0.0, 9.0, true), column(1.0, 0.0, 9.0, true)], &[(7.0, 7.0, &[(0, 2.0), (1, 2.0)])]),
            MipStatus::Infeasible,
            INF,
        ),
        (
            "an unbounded linear program",
            program(
                &[column(-1.0, 0.0, INF, false), column(1.0, 0.0, INF, false)],
                &[(0.0, INF, &[(0, 1.0), (1, 1.0)])],
            ),
            MipStatus::Unbounded,
            INF,
        ),
        (
            "an unbounded program",
            program(
                &[column(-1.0, 0.0, INF, true), column(1.0, 0.0, 3.0, true)],
                &[(-INF, 4.0, &[(0, -1.0), (1, 1.0)])],
            ),
            MipStatus::Unbounded,
            INF,
        ),
        ("no columns, rows that hold", program(&[], &[(-1.0, 0.0, &[])]), MipStatus::Optimal, 0.0),
        ("no columns, a row that does not", program(&[], &[(1.0, 2.0, &[])]), MipStatus::Infeasible, INF),
        (
            "no rows",
            program(&[column(2.0, 1.0, 3.0, true), column(-1.0, 0.0, 2.5, false)], &[]),
            MipStatus::Optimal,
            -0.5,
        ),
    ];
    assert!(!backends().is_empty(), "the tests need a build with a backend");
    for backend in backends() {
        for (name, program, status, objective) in &cases {
            for offset in [0.0, 100.0] {
                let program = MipProblem { offset, ..program.clone() };
                let found = solve(*backend, &program, &exact());
                let what = format!("{}: {name}, offset {offset}: {found:?}", backend.name());
                assert_eq!(found.status, *status, "{what}");
                match status {
                    MipStatus::Optimal => {
                        assert!((found.objective - objective - offset).abs() < 1e-6, "{what}");
                        assert!((found.bound - objective - offset).abs() < 1e-6, "{what}");
                        assert!(found.bound <= found.objective, "{what}");
                        let values = found.values.as_ref().unwrap();
                        let cost: f64 = values.iter().zip(&program.columns).map(|(x, c)| x * c.cost).sum();
                        assert!((cost + offset - found.objective).abs() < 1e-6, "{what}");
                    }
                    MipStatus::Infeasible => assert!(found.values.is_none() && found.bound == INF, "{what}"),
                    _ => assert!(found.values.is_none() && found.bound == -INF, "{what}"),
                }
            }
        }
    }
}

#[test]
fn backends_agree_on_location_problems() {
    for seed in 1..=4 {
        let program = location(4, 8, seed);
        let objectives: Vec<f64> =
            backends().iter().map(|backend| solve(*backend, &program, &exact()).objective).collect();
        assert!(objectives.iter().all(|value| (value - objectives[0]).abs() < 1e-6), "seed {seed}: {objectives:?}");
    }
}

#[test]
fn a_gap_is_honoured_and_the_bound_told_is_valid() {
    let program = location(6, 20, 7);
    for backend in backends() {
        let optimum = solve(*backend, &program, &exact()).objective;
        let loose = MipLimits::new(Limits { gap: 0.05, ..Limits::new() });
        let found = solve(*backend, &program, &loose);
        assert_eq!(found.status, MipStatus::Optimal);
        assert!(found.bound <= optimum + 1e-6 && found.objective >= optimum - 1e-6, "{found:?}");
        assert!((found.objective - found.bound) / found.objective <= 0.05 + 1e-9, "{found:?}");
    }
}

#[test]
fn a_node_limit_ends_the_search_with_a_valid_bound() {
    let program = location(12, 40, 3);
    for backend in backends() {
        let limits = MipLimits { nodes: Some(3), ..exact() };
        let found = solve(*backend, &program, &limits);
        assert_eq!(found.status, MipStatus::EffortLimit, "{}: {found:?}", backend.name());
        assert!(found.nodes <= 4, "{found:?}");
        assert!(found.bound.is_finite() && found.bound <= found.objective, "{found:?}");
        assert_eq!(found.values.is_some(), found.objective.is_finite());
        let again = solve(*backend, &program, &limits);
        assert_eq!((again.values, again.bound, again.nodes), (found.values, found.bound, found.nodes));
    }
}

#[test]
fn a_time_limit_ends_the_search_in_time() {
    let program = location(30, 120, 5);
    for backend in backends() {
        let run = Limits { gap: 0.0, time: Some(Duration::from_millis(300)), ..Limits::new() };
        let clock = run.clock;
        let found = solve(*backend, &program, &MipLimits::new(run));
        assert_eq!(found.status, MipStatus::Stopped, "{}", backend.name());
        assert!(clock.seconds() < 10.0, "{} took {} s", backend.name(), clock.seconds());
        assert!(found.bound <= found.objective);
    }
}

#[test]
fn a_time_limit_that_is_over_ends_the_search_before_it_begins() {
    for backend in backends() {
        let run = Limits { time: Some(Duration::ZERO), ..Limits::new() };
        let found = solve(*backend, &location(3, 5, 1), &MipLimits::new(run));
        assert_eq!(found.status, MipStatus::Stopped);
        assert!(found.values.is_none() && found.bound == -INF);
    }
}

#[test]
fn the_stop_token_ends_the_search_from_a_progress_report() {
    let program = location(12, 40, 3);
    for backend in backends() {
        let limits = exact();
        let stop = limits.run.stop.clone();
        let found = backend.solve(&program, None, &limits, &|_, _, _| stop.stop()).unwrap();
        assert_eq!(found.status, MipStatus::Stopped, "{}: {found:?}", backend.name());
        assert!(found.bound <= found.objective);
    }
}

#[test]
fn progress_tells_bounds_below_incumbents_and_ends_at_the_optimum() {
    let program = location(5, 15, 2);
    for backend in backends() {
        let told = RefCell::new(Vec::new());
        let found = backend
            .solve(&program, None, &exact(), &|incumbent, bound, nodes| {
                told.borrow_mut().push((incumbent, bound, nodes));
            })
            .unwrap();
        let told = told.into_inner();
        assert!(!told.is_empty(), "{}", backend.name());
        for &(incumbent, bound, _) in &told {
            assert!(bound <= found.objective + 1e-6, "{}: {told:?}", backend.name());
            assert!(incumbent.is_none_or(|value| value >= found.objective - 1e-6), "{}: {told:?}", backend.name());
        }
        assert_eq!(told.last().unwrap().0.map(f64::round), Some(found.objective.round()), "{}", backend.name());
    }
}

#[test]
fn a_start_given_in_part_is_completed() {
    let program = location(12, 40, 3);
    let sites = 12;
    for backend in backends() {
        // All sites open, nothing said about the arcs: there is room, so the start can be completed.
        let start: Vec<(u32, f64)> = (0..sites).map(|site| (site, 1.0)).collect();
        let limits = MipLimits { nodes: Some(1), ..exact() };
        let found = backend.solve(&program, Some(&start), &limits, &|_, _, _| {}).unwrap();
        if backend.name() == "microlp" && found.values.is_none() {
            // Its completion is one linear program; a fractional one is dropped.
            println!("skipped for microlp: it completes a start by a linear program, which came out fractional");
            continue;
        }
        assert!(found.values.is_some(), "{}: {found:?}", backend.name());
        assert!(found.bound <= found.objective);
    }
}

#[test]
fn a_full_start_is_never_lost() {
    let program = location(8, 25, 9);
    for backend in backends() {
        let loose = MipLimits::new(Limits { gap: 0.1, ..Limits::new() });
        let first = solve(*backend, &program, &loose);
        let values = first.values.unwrap();
        let start: Vec<(u32, f64)> =
            values.iter().enumerate().map(|(index, value)| (index as u32, value.round())).collect();
        let limits = MipLimits { nodes: Some(1), ..exact() };
        let found = backend.solve(&program, Some(&start), &limits, &|_, _, _| {}).unwrap();
        assert!(found.objective <= first.objective + 1e-6, "{}: {found:?}", backend.name());
    }
}

#[test]
fn an_impossible_start_is_ignored() {
    let program = location(4, 10, 4);
    for backend in backends() {
        let optimum = solve(*backend, &program, &exact()).objective;
        for value in [0.0, 3.0] {
            // Every site shut, or a value outside the bounds.
            let start: Vec<(u32, f64)> = (0..4).map(|site| (site, value)).collect();
            let found = backend.solve(&program, Some(&start), &exact(), &|_, _, _| {}).unwrap();
            assert_eq!(found.status, MipStatus::Optimal);
            assert!((found.objective - optimum).abs() < 1e-6, "{}", backend.name());
        }
    }
}

#[test]
fn a_start_for_a_column_that_is_not_there_is_an_error() {
    for backend in backends() {
        let found = backend.solve(&location(2, 2, 1), Some(&[(99, 1.0)]), &exact(), &|_, _, _| {});
        assert!(matches!(found, Err(MipError::Call { .. })), "{}: {found:?}", backend.name());
    }
}

#[test]
fn numbers_that_are_none_are_refused() {
    for backend in backends() {
        for program in [
            program(&[column(f64::NAN, 0.0, 1.0, true)], &[(0.0, 1.0, &[(0, 1.0)])]),
            program(&[column(1.0, 0.0, f64::NAN, true)], &[(0.0, 1.0, &[(0, 1.0)])]),
            program(&[column(1.0, 0.0, 1.0, true)], &[(0.0, 1.0, &[(0, f64::NAN)])]),
            program(&[column(1.0, 0.0, 1.0, true)], &[(f64::NAN, 1.0, &[(0, 1.0)])]),
            program(&[column(1.0, 0.0, 1.0, true)], &[(0.0, 1.0, &[(1, 1.0)])]),
        ] {
            let found = backend.solve(&program, None, &exact(), &|_, _, _| {});
            assert!(matches!(found, Err(MipError::Model { .. })), "{}: {found:?}", backend.name());
        }
    }
}

#[test]
fn the_duals_of_a_linear_program_are_those_of_the_textbook() {
    // min -3x - 5y, x <= 4, 2y <= 12, 3x + 2y <= 18: duals 0, -3/2, -1 (Hillier and Lieberman, Wyndor Glass).
    let program = program(
        &[column(-3.0, 0.0, INF, false), column(-5.0, 0.0, INF, false), column(4.0, 0.0, INF, false)],
        &[(-INF, 4.0, &[(0, 1.0)]), (-INF, 12.0, &[(1, 2.0)]), (-INF, 18.0, &[(0, 3.0), (1, 2.0), (2, -1.0)])],
    );
    for backend in backends() {
        let found = solve(*backend, &program, &exact());
        assert!((found.objective + 36.0).abs() < 1e-9);
        if backend.name() == "microlp" {
            assert!(found.row_duals.is_empty(), "microlp has no duals; the test may check them now");
            continue;
        }
        let near = |found: &[f64], expected: &[f64]| {
            assert_eq!(found.len(), expected.len());
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
        };
        near(&found.row_duals, &[0.0, -1.5, -1.0]);
        near(&found.reduced_costs, &[0.0, 0.0, 3.0]);
    }
}

#[test]
fn the_catalogue_finds_backends_by_name() {
    assert_eq!(default_backend().unwrap().name(), backends()[0].name());
    for known in backends() {
        assert_eq!(backend(known.name()).unwrap().name(), known.name());
    }
    let unknown = backend("cplex").err().unwrap();
    assert!(unknown.to_string().contains("no MIP backend `cplex`"), "{unknown}");
}

#[cfg(feature = "highs")]
mod of_highs {
    use super::*;

    #[test]
    fn a_log_is_kept_where_one_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("highs.log");
        let limits = MipLimits { log: Some(log.clone()), ..exact() };
        solve(&Highs, &location(4, 8, 1), &limits);
        let text = std::fs::read_to_string(log).unwrap();
        assert!(text.contains("HiGHS") && text.contains("Status"), "{text}");
    }

    #[test]
    fn the_result_depends_on_the_seed_and_on_nothing_else() {
        let program = location(10, 30, 6);
        let run = |seed: u64, threads: u32| {
            let limits = MipLimits { threads, ..MipLimits::new(Limits { seed, gap: 0.0, ..Limits::new() }) };
            let found = solve(&Highs, &program, &limits);
            (found.values, found.bound, found.nodes)
        };
        let first = run(1, 1);
        assert_eq!(run(1, 1), first);
        assert_eq!(run(1, 2), first);
    }

    #[test]
    #[should_panic(expected = "from the observer")]
    fn a_panic_of_the_observer_comes_out_where_the_solve_was_called() {
        let _ = Highs.solve(&location(6, 20, 3), None, &exact(), &|_, _, _| panic!("from the observer"));
    }
}
