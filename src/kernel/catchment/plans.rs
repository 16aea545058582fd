//! Plans of problems that are no plain assignments: room made where it lacks, cores settled exactly, searches and large
//! neighbourhoods until nothing moves.

use super::core::Core;
use super::{BUILD_MOVES, FEW_WAVES_ARCS, IMPROVE_MOVES, Run, UNSETTLED, WAVES_ARCS, WIDE_OPEN};
use crate::kernel::bound::{Ascent, Relaxation};
use crate::kernel::engine::EngineError;
use crate::mip::default_backend;
use crate::run::{Limits, Phase, relative_gap};

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
/// Times the gap asked for within which all that is left below the cutoff is settled at once.
const NEAR: f64 = 1.25;
/// Moves by customer in one of the searches that are made while they pay, most moves in it, most of these searches, and the
/// share of the gap that one must close for another to follow.
const SEARCH_MOVES: u64 = 6000;
const MOST_SEARCH_MOVES: u64 = 4_000_000;
const SEARCHES: usize = 4;
const SEARCH_PAYS: f64 = 0.1;
/// Share of the gap that a search must close before waves for another search to come first.
const QUICK: f64 = 0.02;
/// Waves without improvement after which a solution is taken to have settled; more where the compact program covers the problem,
/// since there are more neighbourhoods then.
const IDLE_WAVES: u32 = 3;
const PLAIN_IDLE_WAVES: u32 = 9;

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

    /// Searches around the best solution while they pay: for problems whose assignments are not closed by the compact
    /// program.
    pub(super) fn search_on(&mut self) -> Result<(), EngineError> {
        if self.plain || self.best.solution().is_none() {
            return Ok(());
        }
        let customers = self.problem.customers.len() as u64;
        let moves = SEARCH_MOVES.min(MOST_SEARCH_MOVES / customers.max(1));
        for _ in 0..SEARCHES {
            let before = self.best.cost();
            if self.finished() || moves <= IMPROVE_MOVES {
                break;
            }
            self.improve(moves)?;
            if before - self.best.cost() < SEARCH_PAYS * (before - self.bound) {
                break;
            }
        }
        Ok(())
    }

    /// Searches and large neighbourhoods in turn until several waves brought nothing, as long as waves come before the tree.
    pub(super) fn settle_down(&mut self) -> Result<(), EngineError> {
        if self.best.solution().is_none() {
            return Ok(());
        }
        // Neighbourhoods are slow while searches alone close the gap.
        while self.plain && !self.regional && self.waves_first() && !self.finished() {
            let before = self.best.cost();
            self.improve(IMPROVE_MOVES)?;
            if before - self.best.cost() < QUICK * (before - self.bound) {
                break;
            }
        }
        let mut waves = self.improver.waves(self.limits.seed, "settling");
        let most = if self.plain { PLAIN_IDLE_WAVES } else { IDLE_WAVES };
        while waves.idle() < most && self.waves_first() && !self.finished() {
            let before = self.best.cost();
            self.neighbourhoods(&mut waves)?;
            if self.best.cost() < before && !self.regional {
                self.improve(IMPROVE_MOVES)?;
            }
        }
        Ok(())
    }

    /// Whether large neighbourhoods come before the tree: always where assignments are not closed by the compact program, and
    /// where they are as long as a large problem has a wide gap.
    pub(super) fn waves_first(&self) -> bool {
        let gap = relative_gap(self.best.cost(), self.bound);
        let arcs = self.problem.arcs.len();
        !self.plain || (arcs > WAVES_ARCS && gap >= UNSETTLED) || (arcs > FEW_WAVES_ARCS && gap >= WIDE_OPEN)
    }

    /// Looks for better solutions in a narrow core and for a proof in all that is left below the cutoff, the proof first
    /// where little is missing: for problems with more in them than the relaxation sees.
    pub(super) fn cores(&mut self, relaxation: &Relaxation, ascent: &Ascent) -> Result<(), EngineError> {
        if ascent.evaluation.bound == f64::INFINITY {
            return Ok(());
        }
        let near = relative_gap(self.best.cost(), self.bound) <= NEAR * self.limits.gap;
        if near {
            self.whole_core(relaxation, ascent)?;
            self.narrow_core(relaxation, ascent)
        } else {
            self.narrow_core(relaxation, ascent)?;
            self.whole_core(relaxation, ascent)
        }
    }

    /// Whatever is better than the best solution will do here, be it within the gap of it.
    fn narrow_core(&mut self, relaxation: &Relaxation, ascent: &Ascent) -> Result<(), EngineError> {
        if self.finished() {
            return Ok(());
        }
        let arcs = CORE_ARCS * self.problem.customers.len();
        let Some(core) = Core::new(self.problem, relaxation, ascent, self.best.cost(), arcs) else { return Ok(()) };
        let limits = Limits { gap: self.limits.gap.max(CORE_GAP), ..self.limits.clone() };
        self.settle_core(&core, self.best.cost(), CORE_HEURISTICS, &limits)?;
        Ok(())
    }

    /// The cuts at the root of all that is left are often worth more than many nodes of the tree.
    fn whole_core(&mut self, relaxation: &Relaxation, ascent: &Ascent) -> Result<(), EngineError> {
        if self.finished() || self.cutoff() == f64::INFINITY {
            return Ok(());
        }
        let core = Core::below(self.problem, relaxation, ascent, self.cutoff());
        if let Some(core) = core.filter(|core| core.arcs() <= WHOLE_CORE_ARCS) {
            let limits = self.limits;
            let bound = self.settle_core(&core, self.cutoff(), 0.0, limits)?;
            self.whole_bound = self.whole_bound.max(bound);
            self.bound = self.bound.max(bound);
        }
        Ok(())
    }

    /// Looks for solutions below `cutoff` at the root of a core, with so great a share of heuristics; returns the bound of all
    /// that is left.
    fn settle_core(&mut self, core: &Core, cutoff: f64, heuristics: f64, limits: &Limits) -> Result<f64, EngineError> {
        let wanted = (cutoff, self.enough());
        let closed = core.settle(default_backend()?, wanted, (CORE_NODES, heuristics), limits)?;
        self.work += closed.work;
        if let Some(solution) = closed.solution {
            self.best.offer(self.problem, solution)?;
        }
        Ok(closed.bound)
    }
}
