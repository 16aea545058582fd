//! Closes branches in which every site is decided, with aims that move away from the branch's bound try by try.

use super::CLOSING_NODES;
use crate::id::{ArcId, Id};
use crate::kernel::assign::{self, Assignment, Closed, Descend, Effort, Remainder};
use crate::kernel::bound::{Relaxation, Removed};
use crate::kernel::branch::Explored;
use crate::kernel::engine::EngineError;
use crate::kernel::fixing;
use crate::kernel::problem::Problem;
use crate::mip::Backend;
use crate::run::Limits;

/// Effort of the first try; every further one may take four times the nodes.
const CLOSING: Effort = Effort { nodes: 100, first_steps: 100, steps: 15 };
/// First distance beyond its bound, relative, that closing a branch aims at, and tries after which it aims at the cutoff.
const FIRST_AIM: f64 = 5e-5;
const MOST_TRIES: u32 = 7;

/// Nodes of the backend at the first try of a branch that is no plain assignment; every further one may take four times as
/// many.
const BACKEND_NODES: u64 = 20;

/// What closing leaves of a branch: its bound, whether that is final, and what was found.
pub(super) type Left = (f64, bool, Option<Closed>);

/// Tries to close a branch in which every site is decided by a search of its own: the bound, whether that is final, and
/// what was found.
pub(super) fn close_single(
    problem: &Problem,
    relaxation: &Relaxation,
    options: &[u32],
    result: &Explored,
    removed: &Removed,
    (cutoff, limits): (f64, &Limits),
) -> Left {
    let tries = result.node.tries.min(MOST_TRIES);
    let bound = result.node.bound;
    let aim = if tries == MOST_TRIES { cutoff } else { bound + FIRST_AIM * f64::from(1 << (2 * tries)) * bound.abs() };
    // Without a solution yet the last try aims as far as that.
    let aim = aim.min(cutoff).min(bound + bound.abs().max(1.0));
    let mut removed = removed.clone();
    fixing::remove_arcs(relaxation, &result.ascent, aim, &mut removed);
    let Some(left) = Assignment::new(problem, &relaxation.tables, options, &removed) else {
        return (aim, aim >= cutoff, None);
    };
    let interrupted = || limits.interrupted();
    let effort = Effort { nodes: CLOSING.nodes << (2 * tries), ..CLOSING };
    let search = Descend::new(&left, aim, limits.gap * (1.0 - 1e-6), effort, &interrupted);
    let found = search.run(&result.ascent.multipliers.cells);
    let reached = found.bound.max(bound).min(cutoff);
    let solution = found.best.map(|(chosen, _)| left.solution(&chosen));
    let done = reached >= cutoff || solution.is_some() && found.bound > bound && !found.cut || tries == MOST_TRIES;
    (reached, done, Some(Closed { bound: reached, solution, work: found.work }))
}

/// Tries to close a branch in which every site is decided by the backend: as [`close_single`], for any assignment.
///
/// # Errors
/// When the backend fails.
pub(super) fn close_packed(
    problem: &Problem,
    relaxation: &Relaxation,
    result: &Explored,
    removed: &Removed,
    backend: &'static dyn Backend,
    (cutoff, limits): (f64, &Limits),
) -> Result<Left, EngineError> {
    let tries = result.node.tries.min(MOST_TRIES);
    let bound = result.node.bound;
    // Without a solution yet there is nothing to aim short of.
    let near = bound + FIRST_AIM * f64::from(1 << (2 * tries)) * bound.abs();
    let aim = if tries == MOST_TRIES || cutoff == f64::INFINITY { cutoff } else { near.min(cutoff) };
    let mut removed = removed.clone();
    let work = fixing::remove_arcs_sharply(relaxation, &result.ascent, aim, &mut removed);
    let kept = assign::kept_arcs(&relaxation.tables, &removed);
    let keep = |arc: ArcId| kept.get(arc.index()).copied().unwrap_or(false);
    let Some(left) = Remainder::new(problem, &result.node.excluded, keep) else {
        return Ok((aim, aim >= cutoff, None));
    };
    let nodes = if aim >= cutoff { CLOSING_NODES } else { (BACKEND_NODES << (2 * tries)).min(CLOSING_NODES) };
    let Some(closed) = assign::close(backend, &left, aim, (nodes, 0.0), limits)? else {
        return Ok((bound, true, None));
    };
    let reached = closed.bound.max(bound).min(cutoff);
    let done = aim >= cutoff || closed.solution.is_some() && reached < aim;
    Ok((reached, done, Some(Closed { bound: reached, work: closed.work + work, ..closed })))
}
