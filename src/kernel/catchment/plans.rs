//! Plans of problems that are no plain assignments: room made where it lacks, cores settled exactly, searches and large
//! neighbourhoods until nothing moves.

use super::core::Core;
use super::{BUILD_MOVES, IMPROVE_MOVES, Run};
use crate::kernel::assign::Closed;
use crate::kernel::bound::{Ascent, Relaxation};
use crate::kernel::engine::EngineError;
use crate::mip::default_backend;
use crate::run::{Limits, Phase};

/// Arcs of a narrow core by customer, nodes of the backend for it, the least gap at which it is done, and the share of
/// heuristics in it.
const CORE_ARCS: usize = 4;
const CORE_NODES: u64 = 1;
/// Most arcs of the core of all that is left.
const WHOLE_CORE_ARCS: usize = 4000;
pub(super) const CORE_GAP: f64 = 0.02;
const CORE_HEURISTICS: f64 = 0.1;
/// Rounds of searches and neighbourhoods on an infeasible solution, and the same for assignments.
const FEASIBILITY_ROUNDS: usize = 16;
const SINGLE_ROUNDS: usize = 2;
/// Waves without improvement after which a solution is taken to have settled.
const IDLE_WAVES: u32 = 3;

impl Run<'_> {
    /// Makes room where the least infeasible solution lacks it, while there is no other.
    pub(super) fn mend(&mut self) -> Result<(), EngineError> {
        let Some(draft) = self.draft.as_ref().filter(|_| !self.single && self.best.solution().is_none()) else {
            return Ok(());
        };
        let moves = BUILD_MOVES * self.problem.customers.len() as u64;
        match self.improver.mend(&draft.solution, moves, self.limits.seed, self.limits) {
            Some(found) => self.take(found),
            None => Ok(()),
        }
    }

    /// Works on the least infeasible solution while there is no other: searches and large neighbourhoods in turn.
    pub(super) fn make_feasible(&mut self) -> Result<(), EngineError> {
        let mut waves = self.improver.waves(self.limits.seed, "feasibility");
        // Where branches are closed exactly, solutions come from there.
        let rounds = if self.single { SINGLE_ROUNDS } else { FEASIBILITY_ROUNDS };
        for round in 1..=rounds {
            if self.best.solution().is_some() || self.draft.is_none() || self.limits.interrupted() {
                break;
            }
            self.improve(4 * IMPROVE_MOVES)?;
            self.report(Phase::Improve);
            if self.best.solution().is_none() && round % 4 == 0 {
                self.neighbourhoods(&mut waves)?;
            }
        }
        Ok(())
    }

    /// Searches and large neighbourhoods in turn until several waves brought nothing: for problems whose assignments are not
    /// closed by the compact program.
    pub(super) fn settle_down(&mut self) -> Result<(), EngineError> {
        if self.plain || self.best.solution().is_none() {
            return Ok(());
        }
        let mut waves = self.improver.waves(self.limits.seed, "settling");
        while waves.idle() < IDLE_WAVES && !self.finished() {
            let before = self.best.cost();
            self.neighbourhoods(&mut waves)?;
            if self.best.cost() < before {
                self.improve(IMPROVE_MOVES)?;
            }
        }
        Ok(())
    }

    /// Looks for solutions in cores of several sizes, in parallel: for problems with more in them than the relaxation sees.
    pub(super) fn cores(&mut self, relaxation: &Relaxation, ascent: &Ascent) -> Result<(), EngineError> {
        if self.limits.interrupted() || ascent.evaluation.bound == f64::INFINITY {
            return Ok(());
        }
        let (problem, limits, cutoff) = (self.problem, self.limits, self.cutoff());
        let backend = default_backend()?;
        let arcs = CORE_ARCS * problem.customers.len();
        let narrow = || -> Result<Option<Closed>, EngineError> {
            let Some(core) = Core::new(problem, relaxation, ascent, cutoff, arcs) else { return Ok(None) };
            let limits = Limits { gap: limits.gap.max(CORE_GAP), ..limits.clone() };
            core.settle(backend, cutoff, (CORE_NODES, CORE_HEURISTICS), &limits).map(Some)
        };
        // All that is left below the cutoff: the cuts at its root are often worth more than many nodes of the tree.
        let whole = || -> Result<Option<Closed>, EngineError> {
            if cutoff == f64::INFINITY {
                return Ok(None);
            }
            let core = Core::below(problem, relaxation, ascent, cutoff);
            let Some(core) = core.filter(|core| core.arcs() <= WHOLE_CORE_ARCS) else { return Ok(None) };
            core.settle(backend, cutoff, (1, 0.0), limits).map(Some)
        };
        let (narrow, whole) = rayon::join(narrow, whole);
        let (narrow, whole) = (narrow?, whole?);
        if let Some(whole) = &whole {
            self.whole_bound = self.whole_bound.max(whole.bound);
            self.bound = self.bound.max(whole.bound);
        }
        for closed in [narrow, whole].into_iter().flatten() {
            self.work += closed.work;
            if let Some(solution) = closed.solution {
                self.best.offer(problem, solution)?;
            }
        }
        Ok(())
    }
}
