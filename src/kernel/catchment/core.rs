//! The core: the options and arcs that a solution near the bound may use, settled exactly with options and assignment
//! together.
//!
//! By weak duality every solution below an assumed cost keeps to the options and arcs whose reduced costs allow it (see
//! [`fixing`]). What is left is a problem of its own; whatever the relaxation leaves out (implications, pairs, contiguity,
//! ceilings, whole units) is exact in it. The least of its bound and the assumed cost holds for the whole problem.

use crate::kernel::assign::{self, Closed, Remainder};
use crate::kernel::bound::{Ascent, Excluded, Relaxation, Removed};
use crate::kernel::engine::EngineError;
use crate::kernel::fixing;
use crate::kernel::problem::Problem;
use crate::mip::Backend;
use crate::run::Limits;

/// First assumed distance of the best solution from the bound, relative; it doubles until the core is as large as wanted.
const FIRST_ASSUMED: f64 = 1e-3;
const ASSUMED_STEPS: u32 = 12;

/// What is left of a problem below an assumed cost.
pub(super) struct Core {
    remainder: Remainder,
    assumed: f64,
}

impl Core {
    /// The core of `arcs` arcs at most, or the smallest that has a solution as far as arcs go; nothing at or above `cutoff`
    /// is looked for. `None` where even that is larger than what the exact model is made for.
    pub fn new(problem: &Problem, relaxation: &Relaxation, ascent: &Ascent, cutoff: f64, arcs: usize) -> Option<Self> {
        let bound = ascent.evaluation.bound;
        let mut best: Option<Self> = None;
        for step in 0..ASSUMED_STEPS {
            let assumed = bound + FIRST_ASSUMED * f64::from(1u32 << step) * bound.abs();
            let core = Self::below(problem, relaxation, ascent, assumed.min(cutoff));
            let large = core.as_ref().is_some_and(|core| core.arcs() > arcs);
            if !(large && best.is_some()) {
                best = core.or(best);
            }
            if large || assumed >= cutoff {
                break;
            }
        }
        best.filter(|core| core.arcs() <= assign::MOST_EXACT_ARCS)
    }

    /// What solutions below `assumed` may use; `None` where that is nothing.
    pub fn below(problem: &Problem, relaxation: &Relaxation, ascent: &Ascent, assumed: f64) -> Option<Self> {
        let tables = &relaxation.tables;
        let mut removed = Removed::none(tables.arc.len());
        let mut excluded = Excluded::none(tables.options.len());
        if assumed < f64::INFINITY {
            fixing::remove_arcs(relaxation, ascent, assumed, &mut removed);
            let with = fixing::bounds_with_options(relaxation, ascent);
            for option in fixing::options_beyond(&with, &excluded, assumed) {
                excluded.insert(option as usize);
            }
        }
        Remainder::without(problem, tables, &excluded, &removed).map(|remainder| Self { remainder, assumed })
    }

    /// Number of arcs.
    pub fn arcs(&self) -> usize {
        self.remainder.problem.arcs.len()
    }

    /// Looks for the best solution below `cutoff` in so many nodes, with so great a share of heuristics; the first of at most
    /// `enough` ends it. The bound that comes back holds for the whole problem.
    ///
    /// # Errors
    /// When the backend fails.
    pub fn settle(
        &self,
        backend: &'static dyn Backend,
        (cutoff, enough): (f64, f64),
        effort: (u64, f64),
        limits: &Limits,
    ) -> Result<Closed, EngineError> {
        let mut closed = assign::close_exactly(backend, &self.remainder, (cutoff, enough), effort, limits)?;
        closed.bound = closed.bound.min(self.assumed);
        Ok(closed)
    }
}
