//! Whole runs of the engine on synthetic problems of location: the same whatever the threads, ended when asked to, and with
//! certificates that hold by whole knapsacks.
#![cfg(feature = "highs")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use catchment::kernel::catchment::Catchment;
use catchment::kernel::check;
use catchment::kernel::engine::{Engine, Outcome, Status};
use catchment::kernel::problem::Problem;
use catchment::kernel::verify::{Refusal, verify};
use catchment::run::{Clock, Limits, Observer, Progress, Silent, StopToken};
use common::located::{Size, located, located_with_borders, located_with_pairs};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

fn solve(problem: &Problem, limits: &Limits) -> Outcome {
    Catchment.solve(problem, None, limits, &Silent).unwrap()
}

/// Work that one wave of large neighbourhoods counts for.
const WAVE: u64 = 300_000_000;
/// Work that is spent in the second round of walks at the earliest.
const WALKED: u64 = 20_000_000;
/// Nodes after which the runs that are compared end.
const NODES: u64 = 56;

/// Stops the run as soon as it reports so many nodes: at the same place whatever the threads.
struct Enough(StopToken);

impl Observer for Enough {
    fn on(&self, progress: &Progress) {
        if progress.nodes >= NODES {
            self.0.stop();
        }
    }
}

/// Runs with one, two and eight threads, and compares everything; the outcome.
fn same_whatever_the_threads(problem: &Problem) -> Outcome {
    let run = |threads: usize| {
        let threads = NonZeroUsize::new(threads).unwrap();
        let stop = StopToken::new();
        let limits = Limits { gap: 0.0, threads, stop: stop.clone(), ..Limits::new() };
        Catchment.solve(problem, None, &limits, &Enough(stop)).unwrap()
    };
    let bytes =
        |outcome: &Outcome| (format!("{:?}", outcome.solution), serde_json::to_string(&outcome.certificate).unwrap());
    let first = run(1);
    assert!(first.solution.is_some());
    for threads in [2, 8] {
        let again = run(threads);
        assert_eq!(bytes(&again), bytes(&first), "{threads} threads");
        assert_eq!((again.nodes, again.work), (first.nodes, first.work), "{threads} threads");
    }
    first
}

#[test]
fn a_tree_of_fifty_nodes_gives_the_same_bytes_with_one_two_and_eight_threads() {
    let outcome = same_whatever_the_threads(&located(4, Size { customers: 36, sites: 12, room: 1.5 }));
    assert!(outcome.nodes >= 50, "{} nodes", outcome.nodes);
}

#[test]
fn neighbourhoods_give_the_same_bytes_with_one_two_and_eight_threads() {
    let outcome = same_whatever_the_threads(&located_with_pairs(3, Size { customers: 24, sites: 7, room: 1.6 }));
    assert!(outcome.work >= 3 * WAVE, "no neighbourhoods were settled: {} work", outcome.work);
}

#[test]
fn walks_along_borders_give_the_same_plan_with_one_and_two_threads() {
    let problem = located_with_borders(6, Size { customers: 64, sites: 40, room: 3.0 });
    let run = |threads: usize| {
        let threads = NonZeroUsize::new(threads).unwrap();
        // Ends after the round in which catchments of the first one are put together.
        solve(&problem, &Limits { threads, work: Some(WALKED), ..Limits::new() })
    };
    let [first, again] = [1, 2].map(run);
    let score = check::score(&problem, first.solution.as_ref().unwrap());
    assert!(score.is_feasible(), "{:?}", score.violations);
    // More than what comes before the second round, and nothing of what comes after walks.
    assert!((WALKED..WAVE).contains(&first.work) && first.bound <= first.cost, "{} work", first.work);
    assert_eq!((first.solution, first.work), (again.solution, again.work));
}

#[test]
#[ignore = "takes minutes without optimisation"]
fn a_tree_and_neighbourhoods_together_give_the_same_bytes_with_one_two_and_eight_threads() {
    let outcome = same_whatever_the_threads(&located_with_pairs(3, Size { customers: 120, sites: 24, room: 1.6 }));
    assert!(outcome.nodes >= 50 && outcome.work >= 3 * WAVE, "{} nodes, {} work", outcome.nodes, outcome.work);
}

/// Stops the run at the first report after so many, and counts those that come later.
struct Stopping {
    stop: StopToken,
    after: u64,
    reports: AtomicU64,
    late: AtomicU64,
    clock: Clock,
    stopped: std::sync::Mutex<Option<f64>>,
}

impl Observer for Stopping {
    fn on(&self, _: &Progress) {
        if self.stop.is_stopped() {
            self.late.fetch_add(1, Ordering::Relaxed);
        } else if self.reports.fetch_add(1, Ordering::Relaxed) >= self.after {
            self.stop.stop();
            *self.stopped.lock().unwrap() = Some(self.clock.seconds());
        }
    }
}

/// Reports that a run may still make after it was asked to stop: it passes through the phases that are left.
const LATE: u64 = 24;
/// Seconds within which a run must end, generous for a slow machine and unoptimised code.
const PROMPT: f64 = 20.0;

#[test]
fn the_stop_token_ends_a_run_in_every_phase_with_a_bound_and_what_was_found() {
    let problem = located_with_pairs(5, Size { customers: 36, sites: 10, room: 1.7 });
    for after in [0, 1, 3, 5] {
        let stop = StopToken::new();
        let limits = Limits { gap: 0.0, stop: stop.clone(), ..Limits::new() };
        let clock = Clock::start();
        let (reports, late) = (AtomicU64::new(0), AtomicU64::new(0));
        let observer = Stopping { stop, after, reports, late, clock, stopped: std::sync::Mutex::new(None) };
        let outcome = Catchment.solve(&problem, None, &limits, &observer).unwrap();
        let stopped = observer.stopped.lock().unwrap().expect("the run reports more often than that");
        let (late, seconds) = (observer.late.load(Ordering::Relaxed), clock.seconds() - stopped);
        assert!(late <= LATE && seconds < PROMPT, "after {after}: {late} reports and {seconds} s later");
        assert_eq!(outcome.status, Status::Stopped, "after {after}");
        if let Some(solution) = &outcome.solution {
            assert!(check::score(&problem, solution).is_feasible());
            assert!(outcome.bound <= outcome.cost);
        }
        assert!(verify(&problem, outcome.certificate.as_ref().unwrap()).is_ok(), "after {after}");
    }
}

#[test]
fn the_clock_ends_a_run() {
    let problem = located_with_pairs(5, Size { customers: 36, sites: 10, room: 1.7 });
    let limits = Limits { gap: 0.0, time: Some(Duration::from_millis(300)), ..Limits::new() };
    let clock = Clock::start();
    let outcome = solve(&problem, &limits);
    assert_eq!(outcome.status, Status::Stopped);
    assert!(clock.seconds() < PROMPT, "{} s", clock.seconds());
}

/// A problem whose proof rests on whole knapsacks, with its outcome.
fn whole() -> (Problem, Outcome) {
    let problem = located(1, Size { customers: 24, sites: 6, room: 1.3 });
    let outcome = solve(&problem, &Limits { gap: 1e-6, ..Limits::new() });
    (problem, outcome)
}

#[test]
fn what_rests_on_whole_knapsacks_is_derived_again() {
    let (problem, outcome) = whole();
    let certificate = outcome.certificate.unwrap();
    let verified = verify(&problem, &certificate).unwrap();
    let root = certificate.root.unwrap().bound;
    assert!(outcome.status == Status::Optimal && verified.derived > root, "{verified:?}, root {root}");
    // Without capacities that bind there is nothing whole to gain: the same multipliers prove less.
    let mut roomy = problem.clone();
    for option in &mut roomy.options {
        option.limits.clear();
    }
    let mut moved = certificate.clone();
    moved.problem = catchment::kernel::certificate::digest(&roomy);
    moved.multipliers.iter_mut().for_each(|set| set.limits.clear());
    assert!(verify(&roomy, &moved).is_err());
    // A claim beyond the knapsacks is refused where nobody vouches for it.
    let mut bold = certificate.clone();
    let leaf = bold.leaves.iter_mut().find(|leaf| leaf.bound.is_some() && leaf.backend.is_none()).unwrap();
    *leaf.bound.as_mut().unwrap() *= 1.1;
    assert!(matches!(verify(&problem, &bold), Err(Refusal::Claim { .. })));
}

/// The problem with every way dearer by a little, each by another part.
fn changed(problem: &Problem) -> Problem {
    let mut changed = problem.clone();
    for (at, arc) in changed.arcs.iter_mut().enumerate() {
        arc.cost *= 1.02 + 0.03 * ((at % 7) as f64 / 7.0);
    }
    changed
}

#[test]
fn multipliers_of_a_like_problem_save_work_and_prove_the_same() {
    let limits = Limits { gap: 1e-4, ..Limits::new() };
    let (mut without, mut with) = (0, 0);
    for seed in 1..=4 {
        let problem = located(seed, Size { customers: 40, sites: 10, room: 1.7 });
        let mut near = solve(&problem, &limits).certificate.unwrap().multipliers.swap_remove(0);
        let like = changed(&problem);
        let cold = solve(&like, &limits);
        let warm = Catchment.solve_near(&like, None, Some(&near), &limits, &Silent).unwrap();
        let nonsense = {
            near.services.iter_mut().for_each(|value| *value *= -1e3);
            Catchment.solve_near(&like, None, Some(&near), &limits, &Silent).unwrap()
        };
        near.services.pop();
        let misfit = Catchment.solve_near(&like, None, Some(&near), &limits, &Silent).unwrap();
        for outcome in [&warm, &nonsense, &misfit] {
            assert_eq!(outcome.status, Status::Optimal);
            assert!(outcome.bound <= cold.cost * (1.0 + 1e-9) && cold.bound <= outcome.cost * (1.0 + 1e-9));
            assert!(verify(&like, outcome.certificate.as_ref().unwrap()).is_ok());
        }
        println!("seed {seed}: work {} cold, {} warm, {} nonsense", cold.work, warm.work, nonsense.work);
        assert_eq!(misfit.work, cold.work);
        without += cold.work;
        with += warm.work;
    }
    println!("together {without} cold, {with} warm");
    assert!(with < without);
}
