//! The primal side in one place: first solutions, local search and large neighbourhoods, as the engine composes them.

use super::construct::{Hint, Manner, construct, excess_price};
use super::contiguity::Contiguity;
use super::problem::{Problem, Solution};
use super::search::Search;
use super::state::{Score, State};
use super::tables::Tables;
use crate::random::Random;
use crate::run::Limits;

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
    pub fn improve(&self, start: &Solution, work: u64, seed: u64, name: &str, limits: &Limits) -> Found {
        let state = State::of(self.problem, &self.tables, start);
        let mut search = Search::new(state, self.price, Random::new(seed, name));
        search.run(work, limits);
        found(&search).expect("a search keeps every customer served")
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
