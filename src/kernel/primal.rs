//! The primal side in one place: first solutions, local search and large neighbourhoods, as the engine composes them.

use super::construct::{Hint, Manner, construct, excess_price};
use super::contiguity::Contiguity;
use super::mend::enlarge;
use super::neighbourhood::{Relaxation, Waves};
use super::problem::{Problem, Solution};
use super::search::Search;
use super::state::{Score, State};
use super::tables::Tables;
use crate::mip::{Backend, MipError};
use crate::random::Random;
use crate::run::Limits;
use rayon::prelude::*;

/// A solution with what it costs and breaks.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The solution.
    pub solution: Solution,
    /// Hard excess and cost.
    pub score: Score,
    /// Nodes of contiguity layers that are cut off from their sites.
    pub strays: usize,
    /// Work spent: moves judged, the same on every machine.
    pub work: u64,
}

impl Found {
    /// Whether nothing hard is broken.
    pub fn is_feasible(&self) -> bool {
        self.strays == 0 && self.score.hard <= 0.0
    }

    /// Whether this is better than `other`: fewer nodes cut off, less hard excess, lower cost, in this order.
    pub fn better_than(&self, other: &Self) -> bool {
        self.strays < other.strays || (self.strays == other.strays && self.score.better_than(other.score))
    }
}

/// Searches that run side by side in a round.
const SEARCHES: usize = 2;

/// How hard [`Improver::refine`] tries.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Rounds of searches and waves.
    pub rounds: usize,
    /// Moves judged by each search.
    pub moves: u64,
    /// Seed of every random choice.
    pub seed: u64,
}

/// Makes and improves solutions of one problem.
#[derive(Debug)]
pub struct Improver<'p> {
    problem: &'p Problem,
    tables: Tables,
    price: f64,
}

impl<'p> Improver<'p> {
    /// An improver for a problem; builds the tables it needs, linear in the problem's size.
    pub fn new(problem: &'p Problem) -> Self {
        let tables = Tables::new(problem);
        let price = excess_price(problem, &tables);
        Self { problem, tables, price }
    }

    /// The problem's incidence tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The price of one unit of hard excess that searches start with.
    pub fn price(&self) -> f64 {
        self.price
    }

    /// Makes a solution from a hint and lets it settle in `work` moves at most. `None` when some customer has no arc.
    pub fn construct(&self, hint: &Hint, work: u64, seed: u64, limits: &Limits) -> Option<Found> {
        let manners: &[Manner] =
            if self.problem.layers.is_empty() { &[Manner::Regret] } else { &[Manner::Regret, Manner::Grow] };
        let mut best: Option<Found> = None;
        for &manner in manners {
            if best.is_some() && limits.interrupted() {
                break;
            }
            let mut contiguity = Contiguity::new(self.problem, &self.tables);
            let state = construct(self.problem, &self.tables, &mut contiguity, hint, manner, self.price);
            let mut search = Search::new(state, self.price, Random::new(seed, "construct"));
            search.polish(work / manners.len() as u64, limits);
            if let Some(found) = found(&search)
                && best.as_ref().is_none_or(|best| found.better_than(best))
            {
                best = Some(found);
            }
        }
        best
    }

    /// Improves a solution by local search with kicks, in `work` moves at most. Never worse than the start. `name`
    /// tells searches of one run apart: each gets random numbers of its own.
    ///
    /// # Panics
    /// Never: a search that starts from a solution keeps every customer served.
    pub fn improve(&self, start: &Solution, work: u64, seed: u64, name: &str, limits: &Limits) -> Found {
        let state = State::of(self.problem, &self.tables, start);
        let mut search = Search::new(state, self.price, Random::new(seed, name));
        search.run(work, limits);
        found(&search).expect("a search keeps every customer served")
    }

    /// Polishes a solution by moves that pay, with hard excess at a rising price, in `work` moves at most. Never worse than
    /// the start.
    ///
    /// # Panics
    /// Never: a search that starts from a solution keeps every customer served.
    pub fn polish(&self, start: &Solution, work: u64, seed: u64, limits: &Limits) -> Found {
        let state = State::of(self.problem, &self.tables, start);
        let mut search = Search::new(state, self.price, Random::new(seed, "settle"));
        search.polish(work, limits);
        found(&search).expect("a search keeps every customer served")
    }

    /// Makes room at and around overloaded sites and lets the solution settle, again and again until nothing hard is broken or
    /// nothing can be made roomier, in `work` moves at most.
    pub fn mend(&self, start: &Solution, work: u64, seed: u64, limits: &Limits) -> Option<Found> {
        let mut state = State::of(self.problem, &self.tables, start);
        let mut last = None;
        let mut spent = 0;
        while spent < work && !limits.interrupted() && enlarge(&mut state) {
            let mut search = Search::new(state.clone(), self.hard_price(), Random::new(seed, "mend"));
            search.settle(work - spent, limits);
            spent += search.work();
            state = search.best().clone();
            let mut made = found(&search)?;
            made.work = spent;
            let done = made.is_feasible();
            last = Some(made);
            if done {
                break;
            }
        }
        last
    }

    /// Waves of large neighbourhoods that have learned nothing yet; `name` tells those of one run apart.
    pub fn waves(&self, seed: u64, name: &str) -> Waves {
        Waves::new(self.problem, Random::new(seed, name))
    }

    /// Runs one wave of large neighbourhoods from a solution. `None` when nothing improved.
    ///
    /// # Errors
    /// [`MipError`] when the backend failed.
    pub fn wave(
        &self,
        start: &Solution,
        waves: &mut Waves,
        backend: &dyn Backend,
        limits: &Limits,
    ) -> Result<Option<Found>, MipError> {
        let state = State::of(self.problem, &self.tables, start);
        let improved = waves.run(&state, self.hard_price(), backend, limits)?;
        Ok(improved.and_then(|state| self.found_in(&state)))
    }

    /// Starts afresh from the linear relaxation under the options of a solution: customers go where the relaxation mostly
    /// sends them, the rest by regret, cut-off parts are reconnected, and the result is improved in `work` moves at most.
    /// It may be worse than the start. `None` where the relaxation is too large to be worth while.
    ///
    /// # Errors
    /// [`MipError`] when the backend failed.
    pub fn reassign(
        &self,
        start: &Solution,
        work: u64,
        seed: u64,
        backend: &dyn Backend,
        limits: &Limits,
    ) -> Result<Option<Found>, MipError> {
        let state = State::of(self.problem, &self.tables, start);
        let Some(relaxation) = Relaxation::solve(&state, self.hard_price(), backend, limits)? else { return Ok(None) };
        let hint = Hint {
            options: Some(state.options().to_vec()),
            usage: Some(relaxation.usage(self.problem)),
            ..Hint::default()
        };
        let mut contiguity = Contiguity::new(self.problem, &self.tables);
        let state = construct(self.problem, &self.tables, &mut contiguity, &hint, Manner::Regret, self.price);
        let mut search = Search::new(state, self.price, Random::new(seed, "reassign"));
        search.run(work, limits);
        Ok(found(&search))
    }

    /// Improves a solution by all means in turn: a fresh start from the linear relaxation, then rounds of parallel searches
    /// and waves of large neighbourhoods. Never worse than the start; `report` hears of every improvement.
    ///
    /// # Errors
    /// [`MipError`] when the backend failed.
    pub fn refine(
        &self,
        start: &Solution,
        effort: &Effort,
        backend: &dyn Backend,
        limits: &Limits,
        report: &mut dyn FnMut(&Found),
    ) -> Result<Found, MipError> {
        let mut best = self.judge(start);
        let mut work = 0;
        if let Some(fresh) = self.reassign(start, effort.moves, effort.seed, backend, limits)? {
            work += fresh.work;
            if fresh.better_than(&best) {
                best = fresh;
                report(&best);
            }
        }
        let mut waves = self.waves(effort.seed, "refine");
        for round in 0..effort.rounds {
            if limits.interrupted() {
                break;
            }
            let searched: Vec<Found> = (0..SEARCHES)
                .into_par_iter()
                .map(|index| {
                    let name = format!("refine {round} {index}");
                    // The first round looks at both starts: the relaxation may have picked the wrong pattern.
                    let from = if round == 0 && index > 0 { start } else { &best.solution };
                    self.improve(from, effort.moves, effort.seed, &name, limits)
                })
                .collect();
            for found in searched {
                work += found.work;
                if found.better_than(&best) {
                    best = found;
                    report(&best);
                }
            }
            if let Some(found) = self.wave(&best.solution, &mut waves, backend, limits)?
                && found.better_than(&best)
            {
                best = found;
                report(&best);
            }
        }
        Ok(Found { work, ..best })
    }

    /// A price of hard excess that no saving outweighs for long, for models that solve exactly.
    fn hard_price(&self) -> f64 {
        100.0 * self.price
    }

    fn found_in(&self, state: &State<'_>) -> Option<Found> {
        let strays = Contiguity::new(self.problem, &self.tables).strays(state).len();
        Some(Found { solution: state.solution()?, score: state.score(), strays, work: 0 })
    }

    /// What a solution costs and breaks.
    pub fn judge(&self, solution: &Solution) -> Found {
        let state = State::of(self.problem, &self.tables, solution);
        let strays = Contiguity::new(self.problem, &self.tables).strays(&state).len();
        Found { solution: solution.clone(), score: state.score(), strays, work: 0 }
    }
}

fn found(search: &Search<'_>) -> Option<Found> {
    let solution = search.best().solution()?;
    Some(Found { solution, score: search.best().score(), strays: search.best_strays(), work: search.work() })
}
