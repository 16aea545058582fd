//! Closes branches in which every site is decided, with aims that move away from the branch's bound try by try.

use crate::kernel::assign::{Assignment, Closed, Descend, Effort};
use crate::kernel::bound::{Relaxation, Removed};
use crate::kernel::branch::Explored;
use crate::kernel::fixing;
use crate::kernel::problem::Problem;
use crate::run::Limits;

/// Effort of the first try; every further one may take four times the nodes.
const CLOSING: Effort = Effort { nodes: 100, first_steps: 100, steps: 15 };
/// First distance beyond its bound, relative, that closing a branch aims at, and tries after which it aims at the cutoff.
const FIRST_AIM: f64 = 5e-5;
const MOST_TRIES: u32 = 7;

/// Tries to close a branch in which every site is decided by a search of its own: the bound, whether that is final, and
/// what was found.
pub(super) fn close_single(
    problem: &Problem,
    relaxation: &Relaxation,
    options: &[u32],
    result: &Explored,
    removed: &Removed,
    (cutoff, limits): (f64, &Limits),
) -> (f64, bool, Option<Closed>) {
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
