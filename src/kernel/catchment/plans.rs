//! Plans of problems that are no plain assignments: room made where it lacks, cores settled exactly, searches and large
//! neighbourhoods until nothing moves.

use super::core::Core;
use super::{BUILD_MOVES, IMPROVE_MOVES, Run};
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
pub(super) const CORE_GAP: f64 = 0.005;
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

    /// Looks for solutions in a narrow core, and where that does not end the run in all that is left below the cutoff: for
    /// problems with more in them than the relaxation sees.
    pub(super) fn cores(&mut self, relaxation: &Relaxation, ascent: &Ascent) -> Result<(), EngineError> {
        if self.limits.interrupted() || ascent.evaluation.bound == f64::INFINITY {
            return Ok(());
        }
        let arcs = CORE_ARCS * self.problem.customers.len();
        if let Some(core) = Core::new(self.problem, relaxation, ascent, self.cutoff(), arcs) {
            let limits = Limits { gap: self.limits.gap.max(CORE_GAP), ..self.limits.clone() };
            self.settle_core(&core, CORE_HEURISTICS, &limits)?;
        }
        if self.finished() || self.cutoff() == f64::INFINITY {
            return Ok(());
        }
        // The cuts at the root of all that is left are often worth more than many nodes of the tree.
        let core = Core::below(self.problem, relaxation, ascent, self.cutoff());
        if let Some(core) = core.filter(|core| core.arcs() <= WHOLE_CORE_ARCS) {
            let limits = self.limits;
            let bound = self.settle_core(&core, 0.0, limits)?;
            self.whole_bound = self.whole_bound.max(bound);
            self.bound = self.bound.max(bound);
        }
        Ok(())
    }

    /// Settles a core at its root with so great a share of heuristics; returns the bound of all that is left.
    fn settle_core(&mut self, core: &Core, heuristics: f64, limits: &Limits) -> Result<f64, EngineError> {
        let wanted = (self.cutoff(), self.enough());
        let closed = core.settle(default_backend()?, wanted, (CORE_NODES, heuristics), limits)?;
        self.work += closed.work;
        if let Some(solution) = closed.solution {
            self.best.offer(self.problem, solution)?;
        }
        Ok(closed.bound)
    }
}
