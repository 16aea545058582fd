//! What a search leaves of an assignment, as a program for the MIP backend: its cuts from the capacities do what branching
//! on large customers does slowly.

use super::single::Assignment;
use super::{BackendEffort, solve_below, work_of};
use crate::kernel::engine::EngineError;
use crate::mip::{Backend, Column, MipProblem};
use crate::run::Limits;

/// How settling an assignment by a backend ended.
#[derive(Debug, Clone)]
pub struct Settled {
    /// Lower bound on every assignment over the arcs given, at most the cutoff.
    pub bound: f64,
    /// The best assignment found below the cutoff: an arc for each customer, and its cost.
    pub best: Option<(Vec<u32>, f64)>,
    /// Work in arc visits.
    pub work: u64,
}

/// Solves `problem` over the arcs that are `alive`, of which every customer has one, below `cutoff`, with
/// so much effort, on one thread.
///
/// # Errors
/// When the backend fails.
pub fn settle(
    backend: &'static dyn Backend,
    problem: &Assignment,
    alive: &[bool],
    cutoff: f64,
    effort: BackendEffort,
    limits: &Limits,
) -> Result<Settled, EngineError> {
    let mut program = MipProblem::new();
    program.offset = problem.offset;
    let mut room = problem.capacity.clone();
    let mut at_site: Vec<Vec<(u32, f64)>> = vec![Vec::new(); room.len()];
    let mut columns: Vec<Option<u32>> = vec![None; problem.site.len()];
    let mut chosen: Vec<u32> = Vec::with_capacity(problem.customers());
    for customer in 0..problem.customers() {
        let arcs: Vec<usize> = problem.arcs(customer).filter(|&arc| alive[arc]).collect();
        chosen.push(arcs[0] as u32);
        if let [only] = arcs[..] {
            program.offset += problem.cost[only];
            room[problem.site[only] as usize] -= problem.load[only];
            continue;
        }
        let mut entries = Vec::with_capacity(arcs.len());
        for arc in arcs {
            let name = format!("x{arc}");
            let column =
                program.column(Column { name, cost: problem.cost[arc], lower: 0.0, upper: 1.0, integer: true });
            columns[arc] = Some(column);
            entries.push((column, 1.0));
            at_site[problem.site[arc] as usize].push((column, problem.load[arc]));
        }
        program.row(format!("serve{customer}"), 1.0, 1.0, entries);
    }
    for (site, entries) in at_site.into_iter().enumerate() {
        if room[site].is_finite() && entries.iter().map(|entry| entry.1).sum::<f64>() > room[site] {
            program.row(format!("load{site}"), f64::NEG_INFINITY, room[site], entries);
        }
    }
    let outcome = solve_below(backend, &program, cutoff, effort, limits)?;
    let work = work_of(program.columns.len(), &outcome);
    let best = outcome.values.and_then(|values| {
        for (arc, column) in columns.iter().enumerate() {
            if column.is_some_and(|column| values[column as usize] > 0.5) {
                chosen[problem.customer[arc] as usize] = arc as u32;
            }
        }
        let cost = problem.offset + chosen.iter().map(|&arc| problem.cost[arc as usize]).sum::<f64>();
        // Its heuristics may find what is no better than the cutoff.
        (cost < cutoff).then_some((chosen, cost))
    });
    Ok(Settled { bound: outcome.bound, best, work })
}
