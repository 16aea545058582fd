//! Closing a branch exactly: what is left of the problem once options are excluded and arcs removed, as a problem of its
//! own for the MIP backend.

mod anneal;
mod connected;
mod descend;
mod exact;
mod formulate;
mod placement;
mod pool;
mod repair;
mod single;
mod tolls;

use super::bound::{Excluded, Removed};
use super::engine::{Engine, EngineError};
use super::milp::Milp;
use super::prepare::Tables;
use super::problem::{Arc, Ceiling, Implication, Overflow, Part, Problem, Row, Service, SiteOption, Solution};
use super::whole_units::in_loads;
use crate::id::{ArcId, CustomerId, Id, IdVec, OptionId, SiteId};
use crate::mip::{Backend, MipLimits, MipOutcome, MipProblem};
use crate::run::{Limits, Silent};
use formulate::Formulation;
use std::num::NonZeroUsize;

pub use anneal::anneal;
pub use connected::{Ground, Walked, anneal_connected};
pub use descend::{Descend, Descent, Effort};
pub use exact::settle;
pub use formulate::is_plain;
pub use pool::Pool;
pub use single::{Assignment, is_connected_single, is_single};

/// What is left of a problem, with the way back.
#[derive(Debug, Clone)]
pub struct Remainder {
    /// The problem that is left.
    pub problem: Problem,
    /// Original arc of every arc left.
    arcs: IdVec<ArcId, ArcId>,
    /// Original option of every option left.
    options: IdVec<OptionId, OptionId>,
}

impl Remainder {
    /// What is left of `problem` without the excluded options, the arcs that `keep` refuses, the arcs to sites that no
    /// option left may serve over, and those that lead past the target of an implication whose option is the only one left
    /// at its site. `None` when a customer has no arc or a site no option left.
    fn new(problem: &Problem, excluded: &Excluded, keep: impl Fn(ArcId) -> bool) -> Option<Self> {
        let mut left = Problem {
            offset: problem.offset,
            commodities: problem.commodities.clone(),
            measures: problem.measures.clone(),
            pairs: problem.pairs.clone(),
            layers: problem.layers.clone(),
            ..Problem::default()
        };
        let mut new_option: IdVec<OptionId, Option<OptionId>> = IdVec::filled(None, problem.options.len());
        let mut options = IdVec::new();
        for (site_id, site) in problem.sites.entries() {
            let first = left.options.len() as u32;
            for id in problem.options_of(site_id) {
                if !excluded.contains(id.index()) {
                    let option: SiteOption = problem.options[id].clone();
                    new_option[id] = Some(left.options.push(option));
                    options.push(id);
                }
            }
            if left.options.len() as u32 == first {
                return None;
            }
            let mut site = site.clone();
            site.options = first..left.options.len() as u32;
            left.sites.push(site);
        }
        let settled = |option: OptionId| {
            new_option[option].is_some() && left.sites[problem.options[option].site].options.len() == 1
        };
        // Where implications that hold for certain send customers.
        let mut sent: IdVec<CustomerId, Option<SiteId>> = IdVec::filled(None, problem.customers.len());
        for implication in problem.implications.iter().filter(|implication| settled(implication.option)) {
            for &customer in &implication.customers {
                if sent[customer].replace(implication.site).is_some_and(|other| other != implication.site) {
                    return None;
                }
            }
        }
        let serves = |site: SiteId, arc: &Arc| {
            sent[arc.customer].is_none_or(|target| target == site)
                && left.options_of(site).any(|option| left.options[option].serves.allows(arc.customer))
        };
        let mut new_arc: IdVec<ArcId, Option<ArcId>> = IdVec::filled(None, problem.arcs.len());
        let mut arcs = IdVec::new();
        let mut kept: IdVec<ArcId, Arc> = IdVec::new();
        let mut customers = problem.customers.clone();
        for (id, customer) in problem.customers.entries() {
            let first = kept.len() as u32;
            for arc in problem.arcs_of(id) {
                if keep(arc) && serves(problem.arcs[arc].site, &problem.arcs[arc]) {
                    new_arc[arc] = Some(kept.push(problem.arcs[arc].clone()));
                    arcs.push(arc);
                }
            }
            if kept.len() as u32 == first && !customer.arcs.is_empty() {
                return None;
            }
            customers[id].arcs = first..kept.len() as u32;
        }
        left.arcs = kept;
        left.customers = customers;
        left.rows = problem
            .rows
            .iter()
            .map(|row| Row {
                name: row.name.clone(),
                options: row.options.iter().filter_map(|&(id, c)| new_option[id].map(|id| (id, c))).collect(),
                arcs: row.arcs.iter().filter_map(|&(id, c)| new_arc[id].map(|id| (id, c))).collect(),
                ..row.clone()
            })
            .collect();
        left.ceilings = problem
            .ceilings
            .iter()
            .map(|ceiling| Ceiling {
                name: ceiling.name.clone(),
                options: ceiling.options.iter().filter_map(|&(id, c)| new_option[id].map(|id| (id, c))).collect(),
                arcs: ceiling.arcs.iter().filter_map(|&(id, c)| new_arc[id].map(|id| (id, c))).collect(),
                overflows: ceiling
                    .overflows
                    .iter()
                    .filter_map(|&(overflow, c)| match overflow {
                        Overflow::Limit(option, limit) => {
                            new_option[option].map(|option| (Overflow::Limit(option, limit), c))
                        }
                        Overflow::Row(_) | Overflow::Pair(_) => Some((overflow, c)),
                    })
                    .collect(),
                upper: ceiling.upper,
            })
            .collect();
        left.implications = problem
            .implications
            .iter()
            .filter(|implication| !settled(implication.option))
            .filter_map(|implication| {
                new_option[implication.option].map(|option| Implication { option, ..implication.clone() })
            })
            .collect();
        in_loads(&mut left);
        Some(Self { problem: left, arcs, options })
    }

    /// What is left of `problem` without the excluded options, the arcs of which every position of the tables is removed, and
    /// the arcs that this makes useless. `None` when a customer has no arc or a site no option left.
    pub fn without(problem: &Problem, tables: &Tables, excluded: &Excluded, removed: &Removed) -> Option<Self> {
        let kept = kept_arcs(tables, removed);
        Self::new(problem, excluded, |arc| kept.get(arc.index()).copied().unwrap_or(false))
    }

    /// A solution of the whole problem from one of what is left.
    pub fn expand(&self, solution: &Solution) -> Solution {
        Solution {
            options: solution.options.iter().map(|&option| self.options[option]).collect(),
            services: solution
                .services
                .iter()
                .map(|service| match service {
                    Service::Whole(arc) => Service::Whole(self.arcs[*arc]),
                    Service::Split(parts) => Service::Split(
                        parts.iter().map(|part| Part { arc: self.arcs[part.arc], loads: part.loads.clone() }).collect(),
                    ),
                })
                .collect(),
        }
    }
}

/// Which arcs of the problem some position of the tables keeps.
fn kept_arcs(tables: &Tables, removed: &Removed) -> Vec<bool> {
    let arcs = tables.arc.iter().map(|&arc| arc as usize + 1).max().unwrap_or(0);
    let mut kept = vec![false; arcs];
    for (position, &arc) in tables.arc.iter().enumerate() {
        if !removed.contains(position as u32) {
            kept[arc as usize] = true;
        }
    }
    kept
}

/// How closing a branch ended.
#[derive(Debug, Clone)]
pub struct Closed {
    /// Lower bound on what is left, at most the cutoff; infinite where nothing is left.
    pub bound: f64,
    /// The best solution found, of the whole problem.
    pub solution: Option<Solution>,
    /// Work: columns times nodes.
    pub work: u64,
}

/// Most arcs of a remainder that the exact model of everything is made for.
pub const MOST_EXACT_ARCS: usize = 20_000;

/// Closes what is left with a backend: anything at or above `cutoff` counts as done. At most so many nodes, with so great a
/// share of heuristics, one thread. Problems with whole customers and linear limits take a compact program, others the
/// model of the reference engine. `None` where that would be too large.
///
/// # Errors
/// When the backend fails.
pub fn close(
    backend: &'static dyn Backend,
    remainder: &Remainder,
    cutoff: f64,
    (nodes, heuristics): (u64, f64),
    limits: &Limits,
) -> Result<Option<Closed>, EngineError> {
    if !is_plain(&remainder.problem) {
        if remainder.problem.arcs.len() > MOST_EXACT_ARCS {
            return Ok(None);
        }
        return close_exactly(backend, remainder, (cutoff, f64::NEG_INFINITY), (nodes, heuristics), limits).map(Some);
    }
    let formulation = Formulation::new(&remainder.problem);
    let effort = BackendEffort { nodes, iterations: None, heuristics };
    let outcome = solve_below(backend, &formulation.program, cutoff, effort, limits)?;
    let work = work_of(formulation.program.columns.len(), &outcome);
    let solution = outcome.values.map(|values| remainder.expand(&formulation.solution(&remainder.problem, &values)));
    Ok(Some(Closed { bound: outcome.bound, solution, work }))
}

/// How much a backend may do for one program.
#[derive(Debug, Clone, Copy)]
pub struct BackendEffort {
    /// Most nodes.
    pub nodes: u64,
    /// Most iterations of the simplex method.
    pub iterations: Option<u64>,
    /// Share of the effort that goes into heuristics.
    pub heuristics: f64,
}

/// Solves a program below `cutoff`, on one thread; the bound that comes back is at most that.
fn solve_below(
    backend: &'static dyn Backend,
    program: &MipProblem,
    cutoff: f64,
    effort: BackendEffort,
    limits: &Limits,
) -> Result<MipOutcome, EngineError> {
    let mut mip = MipLimits::new(limits.clone());
    mip.nodes = Some(effort.nodes);
    mip.iterations = effort.iterations;
    mip.heuristics = Some(effort.heuristics);
    mip.cutoff = (cutoff < f64::INFINITY).then_some(cutoff);
    let mut outcome = backend.solve(program, None, &mip, &|_, _, _| {})?;
    // The backend takes the cutoff for a solution of that cost; what it says beyond is not proven.
    outcome.bound = outcome.bound.min(cutoff);
    Ok(outcome)
}

/// Work of a column in one node of the backend or in one iteration of the simplex method, in arc visits, and nodes that the
/// root of its tree counts for.
const COLUMN: u64 = 20;
const ITERATION: u64 = 4;
const ROOT: u64 = 20;

/// Work of a solve by the backend.
fn work_of(columns: usize, outcome: &MipOutcome) -> u64 {
    columns as u64 * (ROOT * COLUMN + (outcome.nodes * COLUMN).max(outcome.iterations * ITERATION))
}

/// As [`close`], by the model of the reference engine whatever its size; the first solution of at most `enough` ends it.
///
/// # Errors
/// When the backend fails.
pub fn close_exactly(
    backend: &'static dyn Backend,
    remainder: &Remainder,
    (cutoff, enough): (f64, f64),
    (nodes, heuristics): (u64, f64),
    limits: &Limits,
) -> Result<Closed, EngineError> {
    let limits = Limits { work: Some(nodes), threads: NonZeroUsize::MIN, ..limits.clone() };
    let engine = Milp::on(backend).below(cutoff).until(enough).with_heuristics(heuristics);
    let outcome = engine.solve(&remainder.problem, None, &limits, &Silent)?;
    let work = remainder.problem.arcs.len() as u64 * (ROOT + outcome.nodes) * COLUMN;
    let solution = outcome.solution.map(|solution| remainder.expand(&solution));
    Ok(Closed { bound: outcome.bound.min(cutoff), solution, work })
}

#[cfg(test)]
mod tests;
