//! Local search: single moves, swaps, ejections and option changes until none pays, then kicks that are kept if they pay.
//!
//! Every move is judged by [`State::delta`] with hard excess at a price that rises while the solution is infeasible and
//! falls while it is not. Catchments stay as connected as they were. Iterated local search: Lourenco, Martin, Stuetzle
//! (2003), Handbook of Metaheuristics; ejection chains: Glover (1996), Discrete Applied Mathematics 65.

mod anneal;
mod assign;
mod kick;
mod sites;

use super::contiguity::Contiguity;
use super::problem::Problem;
use super::state::{SPLIT, Score, State};
use super::tables::Tables;
use crate::id::{CustomerId, Id};
use crate::random::Random;
use crate::run::Limits;
use std::collections::VecDeque;

/// A local search around one solution.
#[derive(Debug, Clone)]
pub struct Search<'p> {
    problem: &'p Problem,
    tables: &'p Tables,
    state: State<'p>,
    contiguity: Contiguity<'p>,
    /// Price of hard excess.
    weight: f64,
    /// Least price of hard excess.
    weight_floor: f64,
    queue: VecDeque<u32>,
    queued: Vec<bool>,
    random: Random,
    work: u64,
    stop_at: u64,
    best: State<'p>,
    best_strays: usize,
    strays: usize,
    choices: bool,
    /// Whether customers are only shifted, to judge a change of sites quickly.
    shallow: bool,
}

impl<'p> Search<'p> {
    /// A search that starts at `state`. `weight` is the price of hard excess to begin with; `random` its only source of
    /// chance.
    pub fn new(state: State<'p>, weight: f64, random: Random) -> Self {
        let (problem, tables) = (state.problem, state.tables);
        let mut contiguity = Contiguity::new(problem, tables);
        let strays = contiguity.strays(&state).len();
        Self {
            problem,
            tables,
            best: state.clone(),
            state,
            contiguity,
            weight,
            weight_floor: weight * 1e-3,
            queue: VecDeque::new(),
            queued: vec![false; problem.customers.len()],
            random,
            work: 0,
            stop_at: u64::MAX,
            best_strays: strays,
            strays,
            shallow: false,
            choices: problem.sites.iter().any(|site| site.options.len() > 1),
        }
    }

    /// The best solution found: fewest cut-off nodes, then the better score.
    pub fn best(&self) -> &State<'p> {
        &self.best
    }

    /// Nodes cut off from their sites in the best solution.
    pub fn best_strays(&self) -> usize {
        self.best_strays
    }

    /// Work done so far: moves judged, the same on every machine.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// Searches until `work` more moves were judged or `limits` interrupt.
    pub fn run(&mut self, work: u64, limits: &Limits) {
        const HOT: f64 = 0.4;
        const COOL: f64 = 0.02;
        self.stop_at = self.work.saturating_add(work);
        let heat = HOT * (COOL / HOT).powf(self.random.unit());
        self.anneal(work / 10 * 7, heat, limits);
        self.keep_best();
        self.wake_all();
        self.descend(limits);
        self.keep_best();
        if self.choices {
            self.change_sites(limits);
        }
        self.raise_until_feasible(limits);
        let mut since_change = 0_u64;
        while !self.spent(limits) {
            since_change += 1;
            if self.kick(limits) {
                since_change = 0;
            }
            self.adapt();
            if since_change >= 2000 && since_change.is_multiple_of(2000) {
                self.restart();
            }
        }
        self.keep_best();
    }

    /// Descends once, without kicks.
    pub fn polish(&mut self, work: u64, limits: &Limits) {
        self.stop_at = self.work.saturating_add(work);
        self.wake_all();
        self.descend(limits);
        self.keep_best();
        if self.choices {
            self.change_sites(limits);
        }
        self.raise_until_feasible(limits);
        self.keep_best();
    }

    /// Moves customers, never options, until none of them can be moved for the better.
    pub fn settle(&mut self, work: u64, limits: &Limits) {
        self.stop_at = self.work.saturating_add(work);
        self.wake_all();
        self.descend(limits);
        self.keep_best();
    }

    fn spent(&self, limits: &Limits) -> bool {
        self.work >= self.stop_at || limits.interrupted()
    }

    /// Goes back to the best solution.
    fn restart(&mut self) {
        self.state = self.best.clone();
        self.strays = self.best_strays;
    }

    /// Raises the price of hard excess and descends, as long as that helps.
    fn raise_until_feasible(&mut self, limits: &Limits) {
        const ROUNDS: usize = 12;
        let before = self.weight;
        for _ in 0..ROUNDS {
            if self.state.score().hard <= 0.0 || self.spent(limits) {
                break;
            }
            self.weight *= 2.0;
            self.wake_all();
            self.descend(limits);
            if self.choices {
                self.change_sites(limits);
            }
            self.keep_best();
        }
        self.weight = before.max(self.weight / 4.0);
    }

    fn adapt(&mut self) {
        if self.state.score().hard > 0.0 {
            self.weight *= 1.02;
        } else {
            self.weight = (self.weight * 0.99).max(self.weight_floor);
        }
        self.weight = self.weight.clamp(self.weight_floor, self.weight_floor * 1e8);
    }

    /// Keeps the current solution if it is the best.
    fn keep_best(&mut self) {
        let better = self.strays < self.best_strays
            || (self.strays == self.best_strays && self.state.score().better_than(self.best.score()));
        if better {
            self.state.refresh();
            self.state.commit();
            self.best = self.state.clone();
            self.best_strays = self.strays;
        }
    }

    fn wake(&mut self, customer: CustomerId) {
        if !self.queued[customer.index()] {
            self.queued[customer.index()] = true;
            self.queue.push_back(customer.0);
        }
    }

    fn wake_all(&mut self) {
        for customer in self.problem.customers.ids() {
            self.wake(customer);
        }
    }

    /// Wakes everybody at a site.
    fn wake_site(&mut self, site: u32) {
        for at in 0..self.state.members(crate::id::SiteId(site)).len() {
            let customer = self.state.members(crate::id::SiteId(site))[at];
            self.wake(CustomerId(customer));
        }
    }

    /// Improves by moves of customers until none of those awake finds one.
    fn descend(&mut self, limits: &Limits) {
        let mut steps = 0_u32;
        while let Some(customer) = self.queue.pop_front() {
            self.queued[customer as usize] = false;
            steps += 1;
            if steps.is_multiple_of(16) && self.spent(limits) {
                break;
            }
            self.improve_customer(CustomerId(customer));
        }
        while let Some(customer) = self.queue.pop_front() {
            self.queued[customer as usize] = false;
        }
    }

    fn improve_customer(&mut self, customer: CustomerId) {
        if self.problem.customers[customer].may_be_split() {
            self.improve_divisible(customer);
        } else if self.state.site_of(customer) < SPLIT {
            let _moved =
                self.try_shift(customer) || (!self.shallow && (self.try_swap(customer) || self.try_eject(customer)));
        }
    }

    /// What counts as an improvement of a priced score, against rounding.
    fn threshold(&self) -> f64 {
        -1e-9 * self.state.score().cost.abs().max(1e-3)
    }

    fn price(&self, score: Score) -> f64 {
        score.priced(self.weight)
    }
}
