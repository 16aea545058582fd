//! What is left of a problem once every site is decided: a generalised assignment problem as plain arrays.

use super::formulate::is_plain_but_for_layers;
use crate::id::{ArcId, IdVec, OptionId, SiteId};
use crate::kernel::bound::{Removed, Transport};
use crate::kernel::prepare::Tables;
use crate::kernel::problem::{Problem, Service, Solution};

/// Whole customers, each to one site over one arc, within one capacity for each site.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// Cost that does not depend on the assignment.
    pub offset: f64,
    /// Capacity of every site; infinite for none.
    pub capacity: Vec<f64>,
    /// First arc of every customer, with one more entry at the end.
    pub start: Vec<u32>,
    /// Customer of every arc.
    pub customer: Vec<u32>,
    /// Site of every arc.
    pub site: Vec<u32>,
    /// Cost of every arc.
    pub cost: Vec<f64>,
    /// Load of every arc on its site.
    pub load: Vec<f64>,
    /// The problem's arc behind every arc.
    original: Vec<u32>,
    options: IdVec<SiteId, OptionId>,
}

/// Whether the branches of a problem in which every site is decided are assignments of this form.
pub fn is_single(problem: &Problem, tables: &Tables) -> bool {
    problem.layers.is_empty() && is_single_but_for_layers(problem, tables)
}

/// Whether they are but for catchments that have to be connected.
pub fn is_connected_single(problem: &Problem, tables: &Tables) -> bool {
    !problem.layers.is_empty() && is_single_but_for_layers(problem, tables)
}

fn is_single_but_for_layers(problem: &Problem, tables: &Tables) -> bool {
    is_plain_but_for_layers(problem)
        && problem.rows.iter().all(|row| row.arcs.is_empty())
        && tables.cells.len() == problem.customers.len()
        && tables.sites.iter().all(|site| site.simple)
}

impl Assignment {
    /// The assignment under a choice of options, over the arcs that are not `removed`. `None` when some customer has no arc
    /// left or the options break a row; the problem must be [`is_single`]
    /// or [`is_connected_single`].
    pub fn new(problem: &Problem, tables: &Tables, options: &[u32], removed: &Removed) -> Option<Self> {
        let mut offset = problem.offset;
        let mut capacity = Vec::with_capacity(options.len());
        let mut open = Vec::with_capacity(options.len());
        for &option in options {
            let table = &tables.options.as_slice()[option as usize];
            offset += table.cost;
            open.push(table.serves);
            capacity.push(tables.capacity(option as usize).map_or(f64::INFINITY, |limit| limit.max));
        }
        let mut activity = vec![0.0; problem.rows.len()];
        for &option in options {
            for &(row, coefficient) in tables.rows_of(option as usize) {
                activity[row as usize] += coefficient;
            }
        }
        let holds = |(row, &value): (&crate::kernel::problem::Row, &f64)| {
            let slack = 1e-9 * (1.0 + value.abs());
            value >= row.lower - slack && value <= row.upper + slack
        };
        if !problem.rows.iter().zip(&activity).all(holds) {
            return None;
        }
        let mut assignment = Self {
            offset,
            capacity,
            start: vec![0],
            customer: Vec::new(),
            site: Vec::new(),
            cost: Vec::new(),
            load: Vec::new(),
            original: Vec::new(),
            options: options.iter().map(|&option| OptionId(option)).collect(),
        };
        for cell in 0..tables.cells.len() {
            let first = assignment.site.len();
            for &position in tables.cheapest(cell) {
                let site = tables.site[position as usize];
                let load = tables.load[position as usize];
                if !removed.contains(position) && open[site as usize] && load <= assignment.capacity[site as usize] {
                    assignment.customer.push(cell as u32);
                    assignment.site.push(site);
                    assignment.cost.push(tables.cost[position as usize]);
                    assignment.load.push(load);
                    assignment.original.push(tables.arc[position as usize]);
                }
            }
            if assignment.site.len() == first {
                return None;
            }
            assignment.start.push(assignment.site.len() as u32);
        }
        Some(assignment)
    }

    /// Number of customers.
    pub fn customers(&self) -> usize {
        self.start.len() - 1
    }

    /// The arcs of a customer.
    pub fn arcs(&self, customer: usize) -> std::ops::Range<usize> {
        self.start[customer] as usize..self.start[customer + 1] as usize
    }

    /// What every customer costs at least at the best prices of capacity, over the arcs that are `alive`, with the work of
    /// finding them. `None` where loads depend on the site, the capacities do not suffice, or that would take too long.
    pub fn charges(&self, alive: &[bool]) -> Option<(Vec<f64>, u64)> {
        // Only sites to which some arc leads count.
        let mut index = vec![u32::MAX; self.capacity.len()];
        let mut capacity = Vec::new();
        for (&site, _) in self.site.iter().zip(alive).filter(|&(_, &alive)| alive) {
            if index[site as usize] == u32::MAX {
                index[site as usize] = capacity.len() as u32;
                capacity.push(self.capacity[site as usize]);
            }
        }
        if !Transport::affordable(self.customers(), capacity.len()) {
            return None;
        }
        let overflow = vec![f64::INFINITY; capacity.len()];
        let mut problem = Transport::new(capacity, overflow);
        for customer in 0..self.customers() {
            let arc = |arc: usize| (index[self.site[arc] as usize], self.cost[arc], self.load[arc]);
            problem.customer(self.arcs(customer).filter(|&arc| alive[arc]).map(arc))?;
        }
        problem.charges()
    }

    /// The arcs that a solution uses; `None` where it uses one that is not here, or divides a customer.
    pub fn chosen(&self, solution: &Solution) -> Option<Vec<u32>> {
        let used = solution.services.iter().enumerate().map(|(customer, service)| match service {
            Service::Whole(wanted) => {
                self.arcs(customer).find(|&arc| self.original[arc] == wanted.0).map(|arc| arc as u32)
            }
            Service::Split(_) => None,
        });
        used.collect()
    }

    /// The solution of the whole problem in which every customer uses the given arc of this assignment.
    pub fn solution(&self, chosen: &[u32]) -> Solution {
        let service = |&arc: &u32| Service::Whole(ArcId(self.original[arc as usize]));
        Solution { options: self.options.clone(), services: chosen.iter().map(service).collect() }
    }
}
