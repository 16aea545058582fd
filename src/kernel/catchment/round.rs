//! Solutions from relaxed ones: which choices of options are built upon, with how much capacity to spare, and the building.

use super::rounding::{self, Assessor, Choice};
use super::{BUILD_MOVES, Run, UNSETTLED, greedy};
use crate::kernel::bound::{Ascent, Relaxation, Removed};
use crate::kernel::engine::EngineError;
use crate::mip::default_backend;
use crate::run::relative_gap;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Choices of options in one wave on which solutions are built, and most exchanges of options made for a first choice.
const ROUNDED: usize = 2;
const DESCENTS: usize = 30;
/// Arcs times exchanges beyond which fewer are made, also where branches with every site decided are single assignments.
const DESCENT_VISITS: usize = 1_000_000;
const SINGLE_VISITS: usize = 10_000_000;
/// Relative distance from the best choice within which others are built upon as well.
const PROMISING: f64 = 0.003;
/// Gap from which on choices with room to spare are built upon, and the shares of the demand that are spared.
const ROOMY: f64 = 0.001;
const FIRST_SPARE: f64 = 0.01;
const LEAST_SPARE: f64 = 0.001;
const MOST_SPARE: f64 = 0.2;
/// Share by which solutions must exceed the bound of the cheapest choices before room is looked for.
const DEAR: f64 = 0.001;
/// Factors on the share that is spared where less room was better, and where more was.
const LESS: f64 = 0.7;
const MORE: f64 = 1.4;
/// Most that solutions are taken to exceed the bound of a choice, relative.
const MOST_DEARER: f64 = 0.2;
/// How many times as much work goes into solutions as into the tree while the gap is wide.
const WIDE_SHARE: u64 = 2;
/// Moves by customer of annealing an assignment, the same where room is looked for, and most moves there.
const ASSIGNED_MOVES: u64 = 2000;
const ROOMY_MOVES: u64 = 10_000;
const MOST_ROOMY_MOVES: u64 = 4_000_000;
/// Arcs up to which a construction is made anew from the linear relaxation under its options.
const RELAXED_ARCS: usize = 20_000;

/// What rounds have learned.
#[derive(Debug)]
pub(super) struct Learned {
    /// Choices of options already assessed, and those with room already built upon.
    tried: BTreeSet<Vec<u32>>,
    roomy: BTreeSet<Vec<u32>>,
    /// Share by which solutions on the cheapest choices last exceeded the bound of the choice; it fades while none is built.
    dearer: f64,
    /// Share of the demand that choices with room have to spare.
    spare: f64,
}

impl Learned {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { tried: BTreeSet::new(), roomy: BTreeSet::new(), dearer: 0.0, spare: FIRST_SPARE }
    }
}

impl Run<'_> {
    /// Exchanges of options made for a first choice: fewer where assessing them takes long.
    pub(super) fn descents(&self) -> usize {
        let visits = if self.single { SINGLE_VISITS } else { DESCENT_VISITS };
        DESCENTS.min(visits / self.problem.arcs.len().max(1))
    }

    /// Whether a wave of a tree that has done so much work is to be followed by a round, `built` being the work of those so far:
    /// always while there is no solution, else as long as no more was spent on them than on the tree, or a multiple of that while
    /// the gap is wide.
    pub(super) fn round_is_due(&self, tree: u64, built: u64) -> bool {
        let share = if relative_gap(self.best.cost(), self.bound) > UNSETTLED { WIDE_SHARE } else { 1 };
        self.best.solution().is_none() || built <= share * tree
    }

    /// Rounds relaxed solutions: their choices of options are assessed, and solutions built on the best of them.
    pub(super) fn round(
        &mut self,
        relaxation: &Relaxation,
        ascents: &[&Ascent],
        removed: &Removed,
        rounds: usize,
    ) -> Result<(), EngineError> {
        if self.best.solution().is_some() && self.limits.interrupted() {
            return Ok(());
        }
        let before = self.work;
        let coupling = &relaxation.coupling;
        let assessor = Assessor { relaxation, removed, limits: self.limits, whole: self.whole, coupling };
        let cutoff = self.cutoff();
        let mut choices: Vec<(Vec<u32>, &Ascent)> = Vec::new();
        for ascent in ascents.iter().filter(|ascent| ascent.evaluation.bound < f64::INFINITY) {
            let selected = rounding::selected(relaxation, &ascent.evaluation.selection);
            for options in [selected, rounding::heaviest(relaxation, &ascent.weights)] {
                if self.learned.tried.insert(options.clone()) {
                    choices.push((options, ascent));
                }
            }
        }
        if self.single
            && rounds > 0
            && let Some(ascent) = ascents.first()
            && let Some(options) = greedy::choose(relaxation, ascent, removed)
            && self.learned.tried.insert(options.clone())
        {
            choices.push((options, ascent));
        }
        let mut assessed: Vec<Choice> = choices
            .into_par_iter()
            .map(|(options, ascent)| assessor.assess(options, ascent.multipliers.clone(), cutoff))
            .collect();
        self.work += assessed.iter().map(|choice| choice.work).sum::<u64>();
        assessed.retain(|choice| choice.bound() < f64::INFINITY);
        assessed.sort_by(|a, b| a.bound().total_cmp(&b.bound()));
        if !assessed.is_empty() && rounds > 0 {
            let first = assessor.descend(assessed[0].clone(), &mut self.learned.tried, rounds, &mut self.work);
            if first.bound() < assessed[0].bound() {
                assessed.insert(0, first);
            }
        }
        let least = assessed.iter().map(Choice::bound).fold(f64::INFINITY, f64::min);
        assessed.retain(|choice| choice.bound() < cutoff && choice.bound() <= least + PROMISING * least.abs());
        assessed.truncate(ROUNDED);
        // Choices are not built upon where the last ones came out too dear for that to be of use.
        let cost = self.best.cost();
        let before_built = assessed.len();
        assessed.retain(|choice| choice.bound() * (1.0 + self.learned.dearer) < cost);
        if assessed.len() < before_built {
            self.learned.dearer *= 0.5;
        }
        if !assessed.is_empty() {
            let costs = self.build(relaxation, &assessed, ASSIGNED_MOVES)?;
            let dearer = costs.iter().zip(&assessed).map(|(&cost, choice)| cost / choice.bound() - 1.0);
            self.learned.dearer = dearer.fold(MOST_DEARER, f64::min);
        }
        if let Some(ascent) = ascents.first() {
            self.round_with_room(&assessor, ascent, rounds)?;
        }
        self.built += self.work - before;
        Ok(())
    }

    /// Rounds a relaxed solution with capacity to spare: twice, with so much and with twice as much, and learns from what comes
    /// of it. The cheapest choice that covers the demand leaves next to no room, and whole customers are dear to assign within
    /// it, or cannot be.
    fn round_with_room(&mut self, assessor: &Assessor<'_>, ascent: &Ascent, rounds: usize) -> Result<(), EngineError> {
        let settled = self.best.solution().is_some() && relative_gap(self.best.cost(), self.bound) < ROOMY;
        let room_enough = self.learned.dearer < DEAR;
        if !self.single
            || settled
            || room_enough
            || ascent.evaluation.bound == f64::INFINITY
            || self.limits.interrupted()
        {
            return Ok(());
        }
        let relaxation = assessor.relaxation;
        let cutoff = self.cutoff();
        let mut choices: Vec<Choice> = Vec::new();
        for spare in [self.learned.spare, 2.0 * self.learned.spare] {
            let Some(roomier) = relaxation.coupling.roomier(spare) else { return Ok(()) };
            let selection = roomier.select(&relaxation.tables, &ascent.evaluation.values);
            if selection.value == f64::INFINITY {
                continue;
            }
            let options = rounding::selected(relaxation, &selection);
            let assessor = Assessor { coupling: &roomier, ..*assessor };
            let mut choice = assessor.assess(options, ascent.multipliers.clone(), cutoff);
            self.work += choice.work;
            if rounds > 0 && choice.bound() < cutoff {
                choice = assessor.descend(choice, &mut self.learned.tried, rounds, &mut self.work);
            }
            if choice.bound() < cutoff && self.learned.roomy.insert(choice.options.clone()) {
                choices.push(choice);
            }
        }
        let customers = self.problem.customers.len() as u64;
        let costs = self.build(relaxation, &choices, ROOMY_MOVES.min(MOST_ROOMY_MOVES / customers.max(1)))?;
        let factor = match costs[..] {
            // Next to nothing below the cutoff has so much room.
            [] => LESS,
            [narrow, wide] if narrow < wide => LESS,
            _ => MORE,
        };
        self.learned.spare = (factor * self.learned.spare).clamp(LEAST_SPARE, MOST_SPARE);
        Ok(())
    }

    /// Builds solutions on choices of options, in parallel: by a search of
    /// assignments where the problem is one, else by construction and local search, and from the linear relaxation again.
    /// Returns what the assignments cost, infinite where there is none. `assigned` moves by customer go into each.
    fn build(&mut self, relaxation: &Relaxation, choices: &[Choice], assigned: u64) -> Result<Vec<f64>, EngineError> {
        let moves = BUILD_MOVES * self.problem.customers.len() as u64;
        let (improver, limits, problem) = (&self.improver, self.limits, self.problem);
        let single = self.single;
        let relaxed = !single && problem.arcs.len() <= RELAXED_ARCS;
        let backend = default_backend()?;
        let built: Vec<Result<_, EngineError>> = choices
            .par_iter()
            .map(|choice| {
                let (assigned, work) =
                    if single { rounding::assign(problem, relaxation, choice, assigned, limits) } else { (None, 0) };
                let hint = choice.hint(problem, relaxation);
                let constructed = if assigned.as_ref().is_none_or(|found| !found.1) {
                    improver.construct(&hint, moves, limits.seed, limits)
                } else {
                    None
                };
                let anew = match &constructed {
                    Some(found) if relaxed => {
                        improver.reassign(&found.solution, moves, limits.seed, backend, limits)?
                    }
                    _ => None,
                };
                Ok((assigned, work, [constructed, anew]))
            })
            .collect();
        let mut costs = Vec::with_capacity(choices.len());
        for made in built {
            let (assigned, work, constructed) = made?;
            self.work += work;
            costs.push(match assigned {
                Some((solution, _)) => self.best.offer(problem, solution)?.cost,
                None => f64::INFINITY,
            });
            constructed.into_iter().flatten().try_for_each(|found| self.take(found))?;
        }
        Ok(costs)
    }
}
