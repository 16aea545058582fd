//! HiGHS from many threads at once: objective values equal those of serial solves, and nothing crashes.
//!
//! HiGHS keeps its task executor per thread and shuts it down when a model is destroyed; this test is the reason to rely
//! on that. The normal run does 8 x 100 solves; `cargo test --test highs_stress -- --ignored` does 8 x 500.
#![cfg(feature = "highs")]

use catchment::mip::{Backend, Column, Highs, MipLimits, MipProblem, MipStatus};
use catchment::random::Random;
use catchment::run::Limits;
use std::thread;

const THREADS: usize = 8;
const PROGRAMS: usize = 25;

/// A small program: choose items of whole and of fractional amount under a few random rows.
fn program(index: usize) -> MipProblem {
    let mut random = Random::new(index as u64, "highs stress");
    let columns = 6 + random.below(6);
    let mut program = MipProblem::new();
    for column in 0..columns {
        program.column(Column {
            name: format!("x{column}"),
            cost: -(random.between(5, 40) as f64),
            lower: 0.0,
            upper: random.between(1, 4) as f64,
            integer: column % 4 != 3,
        });
    }
    for row in 0..3 {
        let entries: Vec<(u32, f64)> =
            (0..columns as u32).map(|column| (column, random.between(1, 30) as f64)).collect();
        let room = entries.iter().map(|&(_, weight)| weight).sum::<f64>() * random.range(0.3, 0.9);
        program.row(format!("r{row}"), f64::NEG_INFINITY, room.floor(), entries);
    }
    program
}

fn objective(program: &MipProblem) -> f64 {
    let limits = MipLimits::new(Limits { gap: 0.0, ..Limits::new() });
    let found = Highs.solve(program, None, &limits, &|_, _, _| {}).expect("HiGHS takes the program");
    assert_eq!(found.status, MipStatus::Optimal);
    found.objective
}

fn solves_from_several_threads_agree(each: usize) {
    let programs: Vec<MipProblem> = (0..PROGRAMS).map(program).collect();
    let expected: Vec<f64> = programs.iter().map(objective).collect();
    assert!(expected.iter().any(|value| (value - expected[0]).abs() > 1.0), "the programs differ");
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (programs, expected) = (&programs, &expected);
            scope.spawn(move || {
                for turn in 0..each {
                    // Every thread goes through the programs in an order of its own.
                    let index = (turn * (2 * thread + 1) + thread) % PROGRAMS;
                    let found = objective(&programs[index]);
                    let off = (found - expected[index]).abs();
                    assert!(off <= 1e-6 * expected[index].abs(), "program {index}: {found} not {}", expected[index]);
                }
            });
        }
    });
}

#[test]
fn eight_hundred_solves_from_eight_threads_agree_with_serial_ones() {
    solves_from_several_threads_agree(100);
}

#[test]
#[ignore = "the long run: 4,000 solves"]
fn four_thousand_solves_from_eight_threads_agree_with_serial_ones() {
    solves_from_several_threads_agree(500);
}
