//! microlp, a solver in pure Rust: for builds without a C++ compiler and as a second opinion in tests.
//!
//! It has no duals, no threads, no seed, no log and no callbacks: the tree is searched in slices of nodes, between which
//! the stop token is polled and progress is told. The root relaxation is not a node and is not interrupted by the token.

use super::{Backend, MipError, MipLimits, MipOutcome, MipProblem, MipProgress, MipStatus};
use microlp::{ComparisonOp, Error, OptimizationDirection, Problem, ResumeOptions, SolveOptions, TerminationReason};
use std::time::Duration;

/// The backend microlp.
#[derive(Debug, Clone, Copy, Default)]
pub struct Microlp;

const NAME: &str = "microlp";

/// Nodes between two looks at the stop token.
const SLICE: u64 = 50;

impl Backend for Microlp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn solve(
        &self,
        problem: &MipProblem,
        start: Option<&[(u32, f64)]>,
        limits: &MipLimits,
        progress: MipProgress<'_>,
    ) -> Result<MipOutcome, MipError> {
        problem.check()?;
        if let Some(outcome) = problem.without_columns() {
            return Ok(outcome);
        }
        if limits.run.interrupted() {
            return Ok(MipOutcome::empty(MipStatus::Stopped));
        }
        let (model, variables) = model(problem)?;
        let mut options = SolveOptions::default();
        options.time_limit = time(limits);
        options.node_limit = Some(limits.nodes.map_or(SLICE, |nodes| nodes.min(SLICE)));
        options.mip_gap = limits.run.gap;
        options.int_tol = limits.integrality;
        if let Some(start) = start {
            let hint = start.iter().map(|&(column, value)| {
                let variable = variables.get(column as usize).copied();
                variable.map(|variable| (variable, value)).ok_or_else(|| call("solve", format!("no column {column}")))
            });
            options.warm_start = Some(hint.collect::<Result<_, MipError>>()?);
        }
        let mut solved = match model.solve_with(options) {
            Ok(solved) => solved,
            Err(error) => return without_solution(error),
        };
        loop {
            let stats = solved.stats();
            let bound = stats.best_bound.unwrap_or(f64::NEG_INFINITY);
            let incumbent = solved.solution().map(microlp::Solution::objective);
            if problem.has_integers() {
                progress(incumbent, bound, stats.nodes_solved);
            }
            let spent = limits.nodes.is_some_and(|nodes| stats.nodes_solved >= nodes);
            let status = match solved.termination_reason() {
                TerminationReason::ProvenOptimal | TerminationReason::MipGap => Some(MipStatus::Optimal),
                TerminationReason::TimeLimit => Some(MipStatus::Stopped),
                TerminationReason::NodeLimit if limits.run.interrupted() => Some(MipStatus::Stopped),
                TerminationReason::NodeLimit if spent => Some(MipStatus::EffortLimit),
                TerminationReason::NodeLimit => None,
                other => return Err(call("solve", format!("ended by {other:?}"))),
            };
            if let Some(status) = status {
                let outcome = outcome(problem, &variables, &solved, status);
                return Ok(if at_the_end(problem, &outcome) {
                    MipOutcome::empty(MipStatus::Unbounded)
                } else {
                    outcome
                });
            }
            let mut options = ResumeOptions::default();
            options.time_limit = time(limits);
            options.node_limit =
                Some(limits.nodes.map_or(SLICE, |nodes| nodes.saturating_sub(stats.nodes_solved).clamp(1, SLICE)));
            options.mip_gap = Some(limits.run.gap);
            solved = match solved.resume_with(options) {
                Ok(solved) => solved,
                Err(error) => return without_solution(error),
            };
        }
    }
}

fn call(call: &'static str, detail: impl Into<String>) -> MipError {
    MipError::Call { backend: NAME, call, detail: detail.into() }
}

fn time(limits: &MipLimits) -> Option<Duration> {
    limits.run.seconds_left().map(Duration::from_secs_f64)
}

fn without_solution(error: Error) -> Result<MipOutcome, MipError> {
    match error {
        Error::Infeasible => Ok(MipOutcome::empty(MipStatus::Infeasible)),
        Error::Unbounded => Ok(MipOutcome::empty(MipStatus::Unbounded)),
        other => Err(call("solve", other.to_string())),
    }
}

/// The model and its variables by column; one more variable, fixed at 1, carries the offset, so that the relative gap is
/// that of the whole objective.
fn model(problem: &MipProblem) -> Result<(Problem, Vec<microlp::Variable>), MipError> {
    let mut model = Problem::new(OptimizationDirection::Minimize);
    let mut variables = Vec::with_capacity(problem.columns.len());
    for column in &problem.columns {
        variables.push(if !column.integer {
            model.add_var(column.cost, (column.lower, column.upper))
        } else if column.lower == 0.0 && column.upper == 1.0 {
            model.add_binary_var(column.cost)
        } else {
            let (lower, upper) = (column.lower.ceil(), column.upper.floor());
            let fits = |bound: f64| bound.is_infinite() || (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&bound);
            if !fits(lower) || !fits(upper) {
                return Err(call("add_integer_var", format!("`{}` is not within 32 bits", column.name)));
            }
            // The cast of an infinite bound ends at the end of the range, which stands for none.
            model.add_integer_var(column.cost, (lower as i32, upper as i32))
        });
    }
    if problem.offset != 0.0 {
        model.add_var(problem.offset, (1.0, 1.0));
    }
    for (index, row) in problem.rows.iter().enumerate() {
        let terms: Vec<(microlp::Variable, f64)> =
            problem.row_entries(index).iter().map(|&(column, factor)| (variables[column as usize], factor)).collect();
        if row.lower == row.upper {
            model.add_constraint(terms.as_slice(), ComparisonOp::Eq, row.lower);
            continue;
        }
        if row.lower > f64::NEG_INFINITY {
            model.add_constraint(terms.as_slice(), ComparisonOp::Ge, row.lower);
        }
        if row.upper < f64::INFINITY {
            model.add_constraint(terms.as_slice(), ComparisonOp::Le, row.upper);
        }
    }
    Ok((model, variables))
}

/// Whether an integer column without a bound ran to the end of the 32 bits that stand for none.
fn at_the_end(problem: &MipProblem, outcome: &MipOutcome) -> bool {
    let end = f64::from(i32::MAX) - 1.0;
    outcome.values.iter().flatten().zip(&problem.columns).any(|(&value, column)| {
        column.integer
            && ((value >= end && column.upper == f64::INFINITY) || (value <= -end && column.lower == f64::NEG_INFINITY))
    })
}

fn outcome(
    problem: &MipProblem,
    variables: &[microlp::Variable],
    solved: &microlp::SolveOutcome,
    status: MipStatus,
) -> MipOutcome {
    let stats = solved.stats();
    let mut outcome = MipOutcome::empty(status);
    outcome.nodes = stats.nodes_solved;
    outcome.bound = stats.best_bound.unwrap_or(f64::NEG_INFINITY);
    if let Some(solution) = solved.solution() {
        outcome.values = Some(variables.iter().map(|&variable| solution.var_value(variable)).collect());
        outcome.objective = solution.objective();
        if !problem.has_integers() && status == MipStatus::Optimal {
            outcome.bound = outcome.objective;
        }
        outcome.bound = outcome.bound.min(outcome.objective);
    }
    outcome
}
