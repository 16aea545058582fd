//! Closes branches in which every site is decided, with aims that move away from the branch's bound try by try.

use super::Run;
use super::rounding::{self, Assessor};
use crate::kernel::assign::{self, Assignment, BackendEffort, Closed, Descend, Descent, Effort, Remainder};
use crate::kernel::bound::{Ascent, Relaxation, Removed};
use crate::kernel::branch::{Explored, Fate};
use crate::kernel::engine::EngineError;
use crate::kernel::fixing;
use crate::kernel::problem::Problem;
use crate::mip::{Backend, default_backend};
use crate::run::{Limits, Phase, relative_gap};
use rayon::prelude::*;

/// Effort of the search of assignments, and of the backend for what is left after it, which grows with every try.
const CLOSING: Effort = Effort { nodes: 50, first_steps: 800, steps: 15 };
const BACKEND: BackendEffort = BackendEffort { nodes: 200, iterations: Some(2_000), heuristics: 0.05 };
/// Arc visits by node for which the search may take more nodes than that; on an assignment of at most so many arcs fewer at
/// first, and twice as many with every further try.
const CLOSING_VISITS: u64 = 3_000_000;
const FEW_ARCS: usize = 1000;
const FEW_VISITS: u64 = 300_000;
/// Moves of annealing by customer where a branch is hard to settle, most in the first try, and how many tries double that.
const ANNEALED_MOVES: u64 = 20_000;
const MOST_ANNEALED_MOVES: u64 = 6_000_000;
const MOST_ANNEALED: u32 = 3;
/// Most nodes of the backend for a branch that is not a plain assignment, for one closed before all its sites are decided, and
/// the gap at which the last look at the best solution's options stops.
const CLOSING_NODES: u64 = 5000;
const SMALL_NODES: u64 = 200;
const POLISHED: f64 = 1e-7;
/// First distance beyond its bound, relative, that closing a branch aims at; every try makes it so many times as long, until
/// so many tries were made, when it aims at the cutoff. From then on every try takes twice the effort, up to the last.
const FIRST_AIM: f64 = 1e-4;
const FARTHER: f64 = 1.5;
const MOST_TRIES: u32 = 10;
const LAST_TRY: u32 = MOST_TRIES + 12;

impl Run<'_> {
    /// Closes branches in parallel; returns the bound that is left of each, and whether that is the last word. Searches of
    /// assignments aim a little beyond a branch's bound and further at every try, so that no more is spent on a branch than
    /// its rank among the open ones asks for.
    pub(super) fn close(
        &mut self,
        relaxation: &Relaxation,
        decided: &[&Explored],
        removed: &Removed,
    ) -> Result<Vec<(f64, bool)>, EngineError> {
        if decided.is_empty() {
            return Ok(Vec::new());
        }
        self.report(Phase::Close);
        let backend = default_backend()?;
        let (problem, limits, cutoff) = (self.problem, self.limits, self.cutoff());
        let tables = &relaxation.tables;
        let (single, packed) = (self.single, self.packed(relaxation));
        let closed: Vec<Result<Left, EngineError>> = decided
            .par_iter()
            .map(|result| {
                let options: Vec<u32> = result.node.excluded.others(tables.options.len()).collect();
                if single && options.len() == tables.sites.len() {
                    return close_single(problem, relaxation, &options, result, removed, (cutoff, limits));
                }
                if packed && matches!(result.fate, Fate::Decided) {
                    return close_packed(problem, relaxation, result, removed, backend, (cutoff, limits));
                }
                let mut removed = removed.clone();
                fixing::remove_arcs(relaxation, &result.ascent, cutoff, &mut removed);
                let Some(remainder) = Remainder::without(problem, tables, &result.node.excluded, &removed) else {
                    return Ok((cutoff, true, None));
                };
                let nodes = if matches!(result.fate, Fate::Small(_)) { SMALL_NODES } else { CLOSING_NODES };
                let closed = assign::close(backend, &remainder, cutoff, (nodes, 0.0), limits)?;
                let bound = closed.as_ref().map_or(result.node.bound, |c| c.bound.max(result.node.bound).min(cutoff));
                Ok((bound, true, closed))
            })
            .collect();
        let mut bounds = Vec::with_capacity(closed.len());
        for result in closed {
            let (bound, done, closed) = result?;
            bounds.push((bound, done));
            if let Some(closed) = closed {
                self.work += closed.work;
                if let Some(solution) = closed.solution {
                    self.best.offer(problem, solution)?;
                }
            }
        }
        Ok(bounds)
    }

    /// Looks for the best assignment under the options of the best solution, where customers are whole and everything else is
    /// decided: a proof to a gap ends with whatever solution is good enough for it.
    pub(super) fn polish(&mut self, relaxation: &Relaxation, top: &Ascent) -> Result<(), EngineError> {
        let (problem, limits, tables) = (self.problem, self.limits, &relaxation.tables);
        let cost = self.best.cost();
        let spent = limits.work.is_some_and(|limit| self.work >= limit) || limits.interrupted();
        if !self.single || spent || relative_gap(cost, self.bound) <= POLISHED {
            return Ok(());
        }
        let Some(best) = self.best.solution() else { return Ok(()) };
        let options = rounding::options_of(best);
        let mut removed = Removed::none(tables.arc.len());
        let coupling = &relaxation.coupling;
        let assessor = Assessor { relaxation, removed: &removed, limits, whole: self.whole, coupling };
        let choice = assessor.assess(options, top.multipliers.clone(), cost);
        self.work += choice.work;
        if choice.bound() >= cost {
            return Ok(());
        }
        fixing::remove_arcs(relaxation, &choice.ascent, cost, &mut removed);
        let Some(left) = Assignment::new(problem, tables, &choice.options, &removed) else { return Ok(()) };
        let limits = Limits { gap: POLISHED, ..limits.clone() };
        let multipliers = &choice.ascent.multipliers.cells;
        let found = settle(&left, cost, multipliers, &limits, 1)?;
        self.work += found.work;
        if let Some((chosen, _)) = found.best {
            self.best.offer(problem, left.solution(&chosen))?;
        }
        Ok(())
    }
}

/// Settles an assignment below `aim` in the given try: by the search of assignments, then by the backend over the arcs that
/// the search left.
fn settle(
    left: &Assignment,
    aim: f64,
    multipliers: &[f64],
    limits: &Limits,
    tries: u32,
) -> Result<Descent, EngineError> {
    let interrupted = || limits.interrupted();
    let gap = limits.gap * (1.0 - 1e-6);
    let visits = if left.site.len() <= FEW_ARCS { FEW_VISITS << tries.min(MOST_TRIES) } else { CLOSING_VISITS };
    let nodes = CLOSING.nodes.max(visits / left.site.len().max(1) as u64);
    let mut found = Descend::new(left, aim, gap, Effort { nodes, ..CLOSING }, &interrupted).run(multipliers);
    if found.cut && !limits.interrupted() {
        let best = found.best.as_ref().map_or(f64::INFINITY, |best| best.1);
        let aim = aim.min(best - gap * best.abs());
        let most = |first: u64| (first * (u64::from(tries.min(MOST_TRIES)) + 1)) << tries.saturating_sub(MOST_TRIES);
        let effort = BackendEffort { nodes: most(BACKEND.nodes), iterations: BACKEND.iterations.map(most), ..BACKEND };
        let settled = assign::settle(default_backend()?, left, &found.alive, aim, effort, limits)?;
        found.work += settled.work;
        found.cut = settled.bound < aim;
        found.bound = found.bound.max(settled.bound);
        if let Some(better) = settled.best.filter(|found| found.1 < best) {
            found.best = Some(better);
        }
    }
    Ok(found)
}

/// Nodes of the backend at the first try of a branch that is no plain assignment; every further one may take four times as
/// many.
const BACKEND_NODES: u64 = 20;

/// What closing leaves of a branch: its bound, whether that is final, and what was found.
type Left = (f64, bool, Option<Closed>);

/// Tries to close a branch in which every site is decided, by a search of its own and then by the backend over the arcs that
/// the search left: the bound, whether that is final, and what was found.
///
/// # Errors
/// When the backend fails.
fn close_single(
    problem: &Problem,
    relaxation: &Relaxation,
    options: &[u32],
    result: &Explored,
    removed: &Removed,
    (cutoff, limits): (f64, &Limits),
) -> Result<Left, EngineError> {
    let tries = result.node.tries.min(LAST_TRY);
    let bound = result.node.bound;
    let aim = if tries >= MOST_TRIES { cutoff } else { bound + FIRST_AIM * FARTHER.powi(tries as i32) * bound.abs() };
    // Without a solution yet the last try aims as far as that.
    let aim = aim.min(cutoff).min(bound + bound.abs().max(1.0));
    let near = |beyond: f64| {
        let mut removed = removed.clone();
        fixing::remove_arcs(relaxation, &result.ascent, beyond, &mut removed);
        Assignment::new(problem, &relaxation.tables, options, &removed)
    };
    let Some(left) = near(aim) else { return Ok((aim, aim >= cutoff, None)) };
    let mut found = settle(&left, aim, &result.ascent.multipliers.cells, limits, tries)?;
    let reached = found.bound.max(bound).min(cutoff);
    let mut solution = found.best.map(|(chosen, _)| left.solution(&chosen));
    let mut done = reached >= cutoff || solution.is_some() && found.bound > bound && !found.cut || tries == LAST_TRY;
    if found.cut
        && solution.is_none()
        && let Some(wide) = near(cutoff.min(bound + rounding::ASSUMED * bound.abs()))
    {
        // Hard to settle, so a better solution is worth looking for: it brings the cutoff nearer for all branches.
        let moves = (ANNEALED_MOVES * left.customers() as u64).min(MOST_ANNEALED_MOVES) << tries.min(MOST_ANNEALED);
        let (best, work) = rounding::anneal(relaxation, &wide, (options, &result.ascent), moves, limits);
        found.work += work;
        if let Some((chosen, _)) = best.filter(|best| best.1 < cutoff) {
            solution = Some(wide.solution(&chosen));
            // With a nearer cutoff there is something to go on for.
            done = reached >= cutoff;
        }
    }
    Ok((reached, done, Some(Closed { bound: reached, solution, work: found.work })))
}

/// Tries to close a branch in which every site is decided by the backend: as [`close_single`], for any assignment.
///
/// # Errors
/// When the backend fails.
fn close_packed(
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
    let Some(left) = Remainder::without(problem, &relaxation.tables, &result.node.excluded, &removed) else {
        return Ok((aim, aim >= cutoff, None));
    };
    let nodes = if aim >= cutoff { CLOSING_NODES } else { (BACKEND_NODES << (2 * tries)).min(CLOSING_NODES) };
    let Some(closed) = assign::close(backend, &left, aim, (nodes, 0.0), limits)? else {
        return Ok((bound, true, None));
    };
    let reached = closed.bound.max(bound).min(cutoff);
    let done = reached >= cutoff || aim >= cutoff;
    Ok((reached, done, Some(Closed { bound: reached, work: closed.work + work, ..closed })))
}
