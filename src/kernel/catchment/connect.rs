//! Plans whose catchments are connected, where everything else is a single assignment: walks along the borders of catchments,
//! and catchments that the walks met, put together anew.

use super::rounding::{self, Assessor, Choice};
use super::{MOVE, Run, by_customer};
use crate::kernel::assign::{self, Assignment, BackendEffort, Ground, Pool, Walked};
use crate::kernel::bound::{Ascent, Relaxation, Removed};
use crate::kernel::engine::EngineError;
use crate::kernel::primal::Improver;
use crate::kernel::problem::{Problem, Solution};
use crate::mip::default_backend;
use crate::random::Random;
use crate::run::{Limits, Phase};
use rayon::prelude::*;
use std::collections::{BTreeSet, VecDeque};

/// Walks in a round; moves by customer in those of the first round, twice as many in every further one up to the most, and
/// most moves whatever the customers.
const WALKS: usize = 6;
const FIRST_WALK_MOVES: u64 = 5_000;
const WALK_MOVES: u64 = 40_000;
const MOST_WALK_MOVES: u64 = 16_000_000;
/// Temperatures from which walks start: as if from nowhere, and such that much of the best plan stays.
const HOT: f64 = 1.0;
const WARM: f64 = 0.4;
/// Moves of a walk that count for one judged move of a search.
const CHEAP: u64 = 4;
/// Effort of putting catchments together, and rounds of the longest walks without improvement after which others have their
/// turn.
const RECOMBINED: BackendEffort = BackendEffort { nodes: 500, iterations: Some(12_000), heuristics: 0.2 };
const IDLE_ROUNDS: usize = 2;

/// What walks and recombination have gathered.
pub(super) struct Gathered<'p> {
    ground: Ground,
    pool: Pool<'p>,
    rounds: u32,
    /// Choices of options near that of the best solution which were not walked under, and all that were ever assessed.
    choices: VecDeque<Choice>,
    tried: BTreeSet<Vec<u32>>,
}

impl<'p> Gathered<'p> {
    /// Nothing yet; `None` where catchments need not be connected or more than that makes the problem no single assignment.
    pub fn new(problem: &'p Problem, relaxation: &Relaxation) -> Option<Self> {
        if !assign::is_connected_single(problem, &relaxation.tables) {
            return None;
        }
        let (choices, tried) = (VecDeque::new(), BTreeSet::new());
        Some(Self { ground: Ground::new(problem)?, pool: Pool::new(problem), rounds: 0, choices, tried })
    }
}

/// Where a walk starts, and how hot.
struct Start {
    solution: Solution,
    heat: f64,
}

impl<'p> Run<'p> {
    /// Rounds of walks and recombination until several brought nothing.
    pub(super) fn connect(
        &mut self,
        relaxation: &Relaxation,
        ascent: &Ascent,
        gathered: &mut Gathered<'p>,
    ) -> Result<(), EngineError> {
        let multipliers = by_customer(self.problem, relaxation, &ascent.multipliers.cells);
        let backend = default_backend()?;
        let (problem, limits) = (self.problem, self.limits);
        let mut idle = 0;
        while idle < IDLE_ROUNDS && !self.finished() {
            self.report(Phase::Improve);
            let Some(best) = self.best.solution().cloned() else { break };
            let (before, cutoff) = (self.best.cost(), self.cutoff());
            let starts = self.starts(relaxation, ascent, &best, gathered);
            let Gathered { ground, pool, rounds, .. } = gathered;
            let standing = pool.add_all(&best);
            let moves = (FIRST_WALK_MOVES << (*rounds).min(16)).min(WALK_MOVES);
            let name = format!("connected {rounds}");
            let most = (moves * problem.customers.len() as u64).min(MOST_WALK_MOVES);
            let (walked, recombined) = rayon::join(
                || walks((problem, relaxation, ground), &starts, most, &name, limits),
                || match rounds {
                    0 => Ok((None, 0)),
                    _ => pool.recombine(&standing, &multipliers, backend, cutoff, RECOMBINED, limits),
                },
            );
            let (recombined, work) = recombined?;
            self.work += work;
            if let Some(solution) = recombined {
                self.best.offer(problem, solution)?;
            }
            let moved = walked.iter().any(|(walked, _)| walked.moves > 0);
            for (walked, solution) in walked {
                self.work += MOVE * walked.moves / CHEAP;
                if !limits.interrupted() {
                    walked.catchments.iter().for_each(|(site, members)| pool.add(*site, members));
                }
                if let Some(solution) = solution {
                    self.best.offer(problem, solution)?;
                }
            }
            *rounds += 1;
            if !moved {
                break;
            }
            if self.best.cost() < before {
                idle = 0;
            } else if moves == WALK_MOVES {
                idle += 1;
            }
        }
        Ok(())
    }

    /// Rounds of that kind and large neighbourhoods in turn, until rounds bring nothing.
    pub(super) fn alternate(
        &mut self,
        relaxation: &Relaxation,
        ascent: &Ascent,
        gathered: &mut Gathered<'p>,
    ) -> Result<(), EngineError> {
        while !self.finished() {
            let before = self.best.cost();
            self.connect(relaxation, ascent, gathered)?;
            if self.best.cost() >= before {
                break;
            }
            self.settle_down()?;
        }
        Ok(())
    }

    /// Where the walks of a round start: at the best solution, or every second one, where sites have a choice, under options near those
    /// of the best solution whose bound is low.
    fn starts(
        &mut self,
        relaxation: &Relaxation,
        ascent: &Ascent,
        best: &Solution,
        gathered: &mut Gathered<'p>,
    ) -> Vec<Start> {
        let others = self.other_choices(relaxation, ascent, best, gathered);
        let (improver, limits) = (&self.improver, self.limits);
        let mut others = others
            .into_par_iter()
            .map(|choice| connected_under(improver, relaxation, self.problem, &choice, limits))
            .collect::<Vec<_>>()
            .into_iter()
            .flatten();
        (0..WALKS)
            .map(|index| {
                let other = if index % 2 == 1 { others.next() } else { None };
                let heat = if other.is_some() || index % 4 < 2 { HOT } else { WARM };
                Start { solution: other.unwrap_or_else(|| best.clone()), heat }
            })
            .collect()
    }

    /// The next choices of options to walk under beside that of the best solution; none where no site has a choice.
    fn other_choices(
        &mut self,
        relaxation: &Relaxation,
        ascent: &Ascent,
        best: &Solution,
        gathered: &mut Gathered<'p>,
    ) -> Vec<Choice> {
        if self.problem.sites.iter().all(|site| site.options.len() == 1) {
            return Vec::new();
        }
        let cutoff = self.cutoff();
        let options = rounding::options_of(best);
        let is_new = gathered.tried.insert(options.clone());
        if is_new || gathered.choices.is_empty() {
            let removed = Removed::none(relaxation.tables.arc.len());
            let coupling = &relaxation.coupling;
            let assessor = Assessor { relaxation, removed: &removed, limits: self.limits, whole: self.whole, coupling };
            let choice = assessor.assess(options, ascent.multipliers.clone(), f64::INFINITY);
            self.work += choice.work;
            if choice.bound() < f64::INFINITY {
                gathered.choices = assessor.near(&choice, cutoff, &mut gathered.tried, &mut self.work).into();
            }
        }
        // What cannot be better than the best solution is of no use.
        gathered.choices.retain(|choice| choice.bound() < cutoff);
        let count = gathered.choices.len().min(WALKS / 2);
        gathered.choices.drain(..count).collect()
    }
}

/// A solution with connected catchments under a choice of options, made without any search.
fn connected_under(
    improver: &Improver<'_>,
    relaxation: &Relaxation,
    problem: &Problem,
    choice: &Choice,
    limits: &Limits,
) -> Option<Solution> {
    if limits.interrupted() {
        return None;
    }
    let hint = choice.hint(problem, relaxation);
    let found = improver.construct(&hint, 0, limits.seed, limits)?;
    (found.strays == 0).then_some(found.solution)
}

/// Walks of so many moves from the given starts, side by side; each with the best solution it met.
fn walks(
    (problem, relaxation, ground): (&Problem, &Relaxation, &Ground),
    starts: &[Start],
    moves: u64,
    name: &str,
    limits: &Limits,
) -> Vec<(Walked, Option<Solution>)> {
    let tables = &relaxation.tables;
    let nothing = Removed::none(tables.arc.len());
    starts
        .par_iter()
        .enumerate()
        .filter_map(|(index, start)| {
            if limits.interrupted() {
                return None;
            }
            let options = rounding::options_of(&start.solution);
            let left = Assignment::new(problem, tables, &options, &nothing)?;
            let chosen = left.chosen(&start.solution)?;
            let mut random = Random::new(limits.seed, &format!("{name} {index}"));
            let interrupted = || limits.interrupted();
            let walked =
                assign::anneal_connected(&left, ground, &chosen, (moves, start.heat), &mut random, &interrupted);
            let solution = walked.best.as_ref().map(|(chosen, _)| left.solution(chosen));
            Some((walked, solution))
        })
        .collect()
}
