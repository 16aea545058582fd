//! Catchments met on the way to many plans, put together anew: one for each site, so that everybody is served once. A plan near
//! the best usually has most of its catchments in common with plans that are not, only not with one of them.
//!
//! Set partitioning over columns from heuristics: Mehrotra, Johnson and Nemhauser (1998), Management Science 44, for districts.

use super::{BackendEffort, solve_below, work_of};
use crate::id::{ArcId, CustomerId, Id, IdVec, OptionId, SiteId};
use crate::kernel::engine::EngineError;
use crate::kernel::problem::{Limit, Problem, Serves, Service, Solution};
use crate::kernel::tables::arc_to;
use crate::mip::{Backend, Column, MipLimits, MipProblem, MipStatus};
use crate::run::Limits;
use std::collections::{BTreeMap, BTreeSet};

/// Most customers in all catchments that a relaxation begins with or gets at a time, in a relaxation altogether, in what is put
/// together, and in the pool.
const WINDOW: usize = 30_000;
const MOST_RELAXED: usize = 150_000;
const MOST_MEMBERS: usize = 60_000;
const MOST_KNOWN: usize = 10_000_000;
/// Most times that the relaxation is solved again with catchments that pay at its prices.
const PRICINGS: usize = 8;
/// Share of the objective below which a reduced cost counts as nothing.
const NEGLIGIBLE: f64 = 1e-9;

/// Who a site serves, with an option that holds them and what both cost.
#[derive(Debug)]
struct Catchment {
    site: SiteId,
    arcs: Vec<ArcId>,
    option: OptionId,
    cost: f64,
}

/// Catchments that keep to the capacity of their site; all of a problem of whole customers and hard capacities.
#[derive(Debug)]
pub struct Pool<'p> {
    problem: &'p Problem,
    /// What a site is without a catchment: its cheapest option that serves nobody, else its cheapest one.
    idle: IdVec<SiteId, OptionId>,
    catchments: Vec<Catchment>,
    /// Where every catchment stands.
    known: BTreeMap<(OptionId, Vec<ArcId>), usize>,
    /// What every row over options comes to where no site has a catchment, and what each option changes in that.
    activities: Vec<(f64, Vec<f64>)>,
    /// Customers in all catchments.
    members: usize,
    window: usize,
    /// Those of the last relaxation.
    prices: Option<Prices>,
}

/// What catchments are worth: prices of customers, of sites and, from the rows, of options.
#[derive(Debug)]
struct Prices {
    customers: Vec<f64>,
    sites: Vec<f64>,
    options: Vec<f64>,
}

impl<'p> Pool<'p> {
    /// A pool without catchments.
    ///
    /// # Panics
    /// If a site has no option, which a consistent problem rules out.
    pub fn new(problem: &'p Problem) -> Self {
        let idle = |site: SiteId| {
            let rank =
                |option: &OptionId| (problem.options[*option].serves != Serves::Nobody, problem.options[*option].cost);
            let least =
                problem.options_of(site).min_by(|a, b| rank(a).0.cmp(&rank(b).0).then(rank(a).1.total_cmp(&rank(b).1)));
            least.expect("a site has an option")
        };
        let idle: IdVec<SiteId, OptionId> = problem.sites.ids().map(idle).collect();
        let activities = problem.rows.iter().map(|row| activity(problem, &idle, &row.options)).collect();
        Self {
            problem,
            idle,
            activities,
            catchments: Vec::new(),
            known: BTreeMap::new(),
            members: 0,
            window: WINDOW,
            prices: None,
        }
    }

    /// Adds the catchment of a site under the cheapest option that holds it, unless it is known, or no option holds it.
    pub fn add(&mut self, site: SiteId, members: &[u32]) {
        let arcs = members.iter().map(|&customer| arc_to(self.problem, CustomerId(customer), site));
        if let Some(arcs) = arcs.collect::<Option<Vec<ArcId>>>()
            && !arcs.is_empty()
            && let Some(option) = self.cheapest_holding(site, &arcs)
        {
            self.insert(option, arcs);
        }
    }

    /// Adds the catchments of a solution under its own options; returns where they stand.
    pub fn add_all(&mut self, solution: &Solution) -> Vec<usize> {
        let mut arcs: Vec<Vec<ArcId>> = vec![Vec::new(); self.problem.sites.len()];
        for service in &solution.services {
            if let Service::Whole(arc) = service {
                arcs[self.problem.arcs[*arc].site.index()].push(*arc);
            }
        }
        let mut standing = Vec::new();
        for ((site, &option), arcs) in solution.options.entries().zip(arcs) {
            // An option that is not that of an idle site counts without anybody as well.
            if !arcs.is_empty() || option != self.idle[site] {
                standing.push(self.insert(option, arcs));
            }
        }
        standing
    }

    fn insert(&mut self, option: OptionId, arcs: Vec<ArcId>) -> usize {
        let key = (option, arcs);
        if let Some(&at) = self.known.get(&key) {
            return at;
        }
        let (problem, arcs) = (self.problem, key.1.clone());
        let (site, own) = (problem.options[option].site, problem.options[option].cost);
        let cost = own + arcs.iter().map(|&arc| problem.arcs[arc].cost).sum::<f64>();
        self.members += arcs.len();
        self.known.insert(key, self.catchments.len());
        self.catchments.push(Catchment { site, arcs, option, cost });
        self.catchments.len() - 1
    }

    /// The cheapest option that holds the customers of the arcs.
    fn cheapest_holding(&self, site: SiteId, arcs: &[ArcId]) -> Option<OptionId> {
        let problem = self.problem;
        let holds = |option: &OptionId| {
            let option = &problem.options[*option];
            let within = |limit: &Limit| {
                let load: f64 = arcs.iter().map(|&arc| problem.linear_load(arc, limit.measure)).sum();
                !limit.matters() || load <= limit.max as f64
            };
            option.serves == Serves::Everybody && option.limits.iter().all(within)
        };
        let cost = |option: &OptionId| problem.options[*option].cost;
        problem.options_of(site).filter(holds).min_by(|a, b| cost(a).total_cmp(&cost(b)))
    }

    /// The best solution below `cutoff` that the backend puts together from catchments of the pool in so much effort, with the
    /// work done. Which catchments it sees is found by pricing: the relaxation over some of them, those of the best
    /// solution (which stand at `best`) included, says which others pay. `multipliers` of customers are the first prices.
    ///
    /// # Errors
    /// When the backend fails.
    pub fn recombine(
        &mut self,
        best: &[usize],
        multipliers: &[f64],
        backend: &'static dyn Backend,
        cutoff: f64,
        effort: BackendEffort,
        limits: &Limits,
    ) -> Result<(Option<Solution>, u64), EngineError> {
        let first = self.prices.take().unwrap_or_else(|| self.first_prices(multipliers));
        let mut chosen: BTreeSet<usize> = self.cheapest(&first, f64::INFINITY, self.window, &BTreeSet::new());
        chosen.extend(best);
        let (mut work, mut relaxed, mut converged) = (0, f64::INFINITY, false);
        let mut prices = first;
        for _ in 0..PRICINGS {
            let columns: Vec<usize> = chosen.iter().copied().collect();
            let program = self.program(&columns, false);
            let outcome = backend.solve(&program, None, &MipLimits::new(limits.clone()), &|_, _, _| {})?;
            work += work_of(program.columns.len(), &outcome);
            if outcome.status != MipStatus::Optimal {
                return Ok((None, work));
            }
            if outcome.row_duals.len() != program.rows.len() {
                // A backend that gives no duals: those chosen at first are put together.
                break;
            }
            relaxed = outcome.objective;
            prices = self.prices_of(&outcome.row_duals);
            let new = self.cheapest(&prices, -NEGLIGIBLE * relaxed.abs(), self.window, &chosen);
            converged = new.is_empty();
            let members: usize = chosen.iter().map(|&at| self.catchments[at].arcs.len()).sum();
            if converged || members > MOST_RELAXED {
                break;
            }
            chosen.extend(new);
        }
        // By weak duality, where no other pays: what no solution below the cutoff can have is left out.
        let most = if converged { cutoff - relaxed } else { f64::INFINITY };
        let columns: Vec<usize> = self.cheapest(&prices, most, MOST_MEMBERS, &BTreeSet::new()).into_iter().collect();
        let mut found = None;
        if (!converged || relaxed < cutoff) && !columns.is_empty() {
            let program = self.program(&columns, true);
            let outcome = solve_below(backend, &program, cutoff, effort, limits)?;
            work += work_of(program.columns.len(), &outcome);
            // Its heuristics may find what is no better than the cutoff.
            let values = outcome.values.filter(|_| outcome.objective < cutoff);
            found = values.and_then(|values| self.put_together(&columns, &values));
        }
        if self.members > MOST_KNOWN {
            self.keep(&self.cheapest(&prices, f64::INFINITY, MOST_KNOWN / 2, &BTreeSet::new()));
        }
        self.prices = Some(prices);
        Ok((found, work))
    }

    /// Forgets all catchments but those at these places.
    fn keep(&mut self, places: &BTreeSet<usize>) {
        let all = std::mem::take(&mut self.catchments);
        self.known.clear();
        self.members = 0;
        for (_, catchment) in all.into_iter().enumerate().filter(|(at, _)| places.contains(at)) {
            self.insert(catchment.option, catchment.arcs);
        }
    }

    /// Everybody is served once, every site has one catchment or none; rows as the problem has them.
    fn program(&self, chosen: &[usize], whole: bool) -> MipProblem {
        let problem = self.problem;
        let mut program = MipProblem::new();
        program.offset = problem.offset;
        let mut serving: Vec<Vec<(u32, f64)>> = vec![Vec::new(); problem.customers.len()];
        let mut used: Vec<Vec<(u32, f64)>> = vec![Vec::new(); problem.sites.len()];
        for &at in chosen {
            let catchment = &self.catchments[at];
            let (name, cost) = (format!("c{at}"), catchment.cost - self.idle_cost(catchment.site));
            // The rows bound a column; a bound of its own would keep part of what it is worth from their duals.
            let upper = if whole { 1.0 } else { f64::INFINITY };
            let column = program.column(Column { name, cost, lower: 0.0, upper, integer: whole });
            for &arc in &catchment.arcs {
                serving[problem.arcs[arc].customer.index()].push((column, 1.0));
            }
            used[catchment.site.index()].push((column, 1.0));
        }
        for (customer, entries) in serving.into_iter().enumerate() {
            program.row(format!("serve{customer}"), 1.0, 1.0, entries);
        }
        for (site, entries) in problem.sites.ids().zip(used) {
            program.offset += self.idle_cost(site);
            program.row(format!("one{}", site.0), 0.0, 1.0, entries);
        }
        for (index, (row, (constant, changes))) in problem.rows.iter().zip(&self.activities).enumerate() {
            let entries = (0..).zip(chosen).map(|(column, &at)| (column, changes[self.catchments[at].option.index()]));
            let entries: Vec<(u32, f64)> = entries.filter(|entry| entry.1 != 0.0).collect();
            program.row(format!("row{index}"), row.lower - constant, row.upper - constant, entries);
        }
        program
    }

    /// What a site costs without a catchment.
    fn idle_cost(&self, site: SiteId) -> f64 {
        self.problem.options[self.idle[site]].cost
    }

    /// The prices that duals of a program's rows are.
    fn prices_of(&self, duals: &[f64]) -> Prices {
        let (customers, rest) = duals.split_at(self.problem.customers.len());
        let (sites, rows) = rest.split_at(self.problem.sites.len());
        let mut options = vec![0.0; self.problem.options.len()];
        for ((_, changes), &dual) in self.activities.iter().zip(rows).filter(|(_, dual)| **dual != 0.0) {
            options.iter_mut().zip(changes).for_each(|(price, change)| *price += dual * change);
        }
        Prices { customers: customers.to_vec(), sites: sites.to_vec(), options }
    }

    /// What a catchment costs beyond what it is worth.
    fn reduced(&self, catchment: &Catchment, prices: &Prices) -> f64 {
        let customer = |arc: &ArcId| prices.customers[self.problem.arcs[*arc].customer.index()];
        let worth = catchment.arcs.iter().map(customer).sum::<f64>();
        catchment.cost
            - self.idle_cost(catchment.site)
            - worth
            - prices.sites[catchment.site.index()]
            - prices.options[catchment.option.index()]
    }

    /// Prices of customers, and of sites such that their cheapest catchment costs nothing.
    fn first_prices(&self, multipliers: &[f64]) -> Prices {
        let sites = vec![0.0; self.problem.sites.len()];
        let mut prices =
            Prices { customers: multipliers.to_vec(), sites, options: vec![0.0; self.problem.options.len()] };
        let mut rents = vec![f64::INFINITY; self.problem.sites.len()];
        for catchment in &self.catchments {
            let rent = &mut rents[catchment.site.index()];
            *rent = rent.min(self.reduced(catchment, &prices));
        }
        prices.sites = rents.iter().map(|&rent| if rent.is_finite() { rent } else { 0.0 }).collect();
        prices
    }

    /// The catchments of least reduced cost up to `most`, with so many customers altogether, that are not known `already`.
    fn cheapest(&self, prices: &Prices, most: f64, members: usize, already: &BTreeSet<usize>) -> BTreeSet<usize> {
        let mut order: Vec<(f64, usize)> =
            self.catchments.iter().map(|catchment| self.reduced(catchment, prices)).zip(0..).collect();
        order.retain(|(reduced, at)| *reduced <= most && !already.contains(at));
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut room = members;
        let few = order.into_iter().map_while(|(_, at)| {
            room = room.checked_sub(self.catchments[at].arcs.len())?;
            Some(at)
        });
        few.collect()
    }

    fn put_together(&self, chosen: &[usize], values: &[f64]) -> Option<Solution> {
        let mut options = self.idle.clone();
        let mut services: IdVec<CustomerId, Option<Service>> = IdVec::filled(None, self.problem.customers.len());
        for (&at, _) in chosen.iter().zip(values).filter(|(_, value)| **value > 0.5) {
            let catchment = &self.catchments[at];
            options[catchment.site] = catchment.option;
            for &arc in &catchment.arcs {
                services[self.problem.arcs[arc].customer] = Some(Service::Whole(arc));
            }
        }
        let services: Vec<Service> = services.iter().cloned().collect::<Option<_>>()?;
        Some(Solution { options, services: services.into_iter().collect() })
    }
}

/// What a row over options comes to where every site is idle, and what each option changes in that.
fn activity(problem: &Problem, idle: &IdVec<SiteId, OptionId>, row: &[(OptionId, f64)]) -> (f64, Vec<f64>) {
    let mut coefficients = vec![0.0; problem.options.len()];
    for &(option, coefficient) in row {
        coefficients[option.index()] += coefficient;
    }
    let of_idle = |site: SiteId| coefficients[idle[site].index()];
    let changes = problem.options.entries().map(|(id, option)| coefficients[id.index()] - of_idle(option.site));
    (problem.sites.ids().map(of_idle).sum(), changes.collect())
}

#[cfg(all(test, feature = "highs"))]
mod tests;
