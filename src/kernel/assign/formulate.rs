//! A compact mixed-integer program for problems with whole customers and linear limits.

use crate::id::{Id, MeasureId, OptionId};
use crate::kernel::problem::{Limit, Measure, Problem, Serves, Service, Solution};
use crate::mip::{Column, MipProblem};

/// The program of a problem, with the columns of its options and arcs.
#[derive(Debug)]
pub(super) struct Formulation {
    /// The program.
    pub program: MipProblem,
    /// Column of every option; `None` where the site has no other.
    options: Vec<Option<u32>>,
    /// Column of every arc.
    arcs: Vec<u32>,
}

/// Whether the problem has nothing but whole customers, at most one arc of a customer to a site, hard greatest loads, and
/// rows that are hard.
pub fn is_plain(problem: &Problem) -> bool {
    problem.layers.is_empty() && is_plain_but_for_layers(problem)
}

/// The same, whether catchments have to be connected or not.
pub(super) fn is_plain_but_for_layers(problem: &Problem) -> bool {
    let limits = |limit: &Limit| {
        let hard_load = limit.price.is_infinite() && matches!(problem.measures[limit.measure], Measure::Load(_));
        !limit.matters() || (hard_load && limit.min <= 0)
    };
    problem.pairs.is_empty()
        && problem.implications.is_empty()
        && problem.ceilings.is_empty()
        && problem.rows.iter().all(|row| row.price.is_infinite())
        && problem.customers.iter().all(|customer| customer.divisible.is_none())
        && problem.options.iter().all(|option| {
            option.limits.iter().all(limits) && matches!(option.serves, Serves::Nobody | Serves::Everybody)
        })
        && problem
            .arcs
            .as_slice()
            .windows(2)
            .all(|pair| pair[0].customer != pair[1].customer || pair[0].site != pair[1].site)
}

impl Formulation {
    /// The program of a plain problem: `x <= y` for every arc, and capacity rows.
    pub fn new(problem: &Problem) -> Self {
        let mut program = MipProblem::new();
        program.offset = problem.offset;
        let column = |program: &mut MipProblem, name: String, cost: f64| {
            program.column(Column { name, cost, lower: 0.0, upper: 1.0, integer: true })
        };
        let mut options = vec![None; problem.options.len()];
        for site in problem.sites.ids() {
            let own: Vec<OptionId> = problem.options_of(site).collect();
            if let [only] = own[..] {
                program.offset += problem.options[only].cost;
                continue;
            }
            for &id in &own {
                options[id.index()] = Some(column(&mut program, format!("y{}", id.0), problem.options[id].cost));
            }
            let entries: Vec<(u32, f64)> = own.iter().map(|id| (options[id.index()].expect("just set"), 1.0)).collect();
            program.row(format!("one{}", site.0), 1.0, 1.0, entries);
        }
        let arcs: Vec<u32> =
            problem.arcs.entries().map(|(id, arc)| column(&mut program, format!("x{}", id.0), arc.cost)).collect();
        for (id, customer) in problem.customers.entries() {
            let entries: Vec<(u32, f64)> = customer.arcs.clone().map(|arc| (arcs[arc as usize], 1.0)).collect();
            program.row(format!("serve{}", id.0), 1.0, 1.0, entries);
        }
        let mut arcs_to: Vec<Vec<u32>> = vec![Vec::new(); problem.sites.len()];
        for (id, arc) in problem.arcs.entries() {
            arcs_to[arc.site.index()].push(id.0);
        }
        for site in problem.sites.ids() {
            capacities(problem, site.index(), &arcs_to[site.index()], &options, &arcs, &mut program);
        }
        for (index, row) in problem.rows.iter().enumerate() {
            let mut constant = 0.0;
            let mut entries: Vec<(u32, f64)> = Vec::new();
            for &(option, coefficient) in &row.options {
                match options[option.index()] {
                    Some(column) => entries.push((column, coefficient)),
                    None => constant += coefficient,
                }
            }
            entries.extend(row.arcs.iter().map(|&(arc, coefficient)| (arcs[arc.index()], coefficient)));
            program.row(format!("row{index}"), row.lower - constant, row.upper - constant, entries);
        }
        Self { program, options, arcs }
    }

    /// The solution that values of the columns mean.
    pub fn solution(&self, problem: &Problem, values: &[f64]) -> Solution {
        let value = |column: u32| values[column as usize];
        let options = problem.sites.ids().map(|site| {
            let best = problem.options_of(site).max_by(|a, b| {
                let of = |id: &OptionId| self.options[id.index()].map_or(1.0, value);
                of(a).total_cmp(&of(b)).then(b.cmp(a))
            });
            best.expect("a site has an option")
        });
        let services = problem.customers.ids().map(|customer| {
            let best = problem
                .arcs_of(customer)
                .max_by(|a, b| value(self.arcs[a.index()]).total_cmp(&value(self.arcs[b.index()])).then(b.cmp(a)));
            Service::Whole(best.expect("a customer has an arc"))
        });
        Solution { options: options.collect(), services: services.collect() }
    }
}

/// Rows of one site: nobody is served by an option that serves nobody, and every limit holds.
fn capacities(
    problem: &Problem,
    site: usize,
    arcs_to: &[u32],
    options: &[Option<u32>],
    arcs: &[u32],
    program: &mut MipProblem,
) {
    let own = || problem.options_of(crate::id::SiteId::new(site));
    let idle: Vec<u32> =
        own().filter(|&id| problem.options[id].serves == Serves::Nobody).filter_map(|id| options[id.index()]).collect();
    let mut measures: Vec<MeasureId> =
        own().flat_map(|id| problem.options[id].limits.iter().filter(|l| l.matters()).map(|l| l.measure)).collect();
    measures.sort_unstable();
    measures.dedup();
    for measure in measures {
        let loads: Vec<(u32, f64)> = arcs_to
            .iter()
            .map(|&arc| (arcs[arc as usize], problem.linear_load(crate::id::ArcId(arc), measure)))
            .filter(|&(_, load)| load != 0.0)
            .collect();
        let total: f64 = loads.iter().map(|&(_, load)| load.max(0.0)).sum();
        // load <= sum of the capacities of the options, each times its column.
        let mut entries = loads;
        let mut fixed = 0.0;
        for id in own() {
            let option = &problem.options[id];
            let hard = option.limits.iter().filter(|limit| limit.measure == measure && limit.matters());
            let mut capacity = hard.map(|limit| limit.max as f64).fold(total, f64::min);
            if option.serves == Serves::Nobody {
                capacity = capacity.min(0.0);
            }
            match options[id.index()] {
                Some(column) => entries.push((column, -capacity)),
                None => fixed += capacity,
            }
        }
        if own().len() > 1 || fixed < total {
            program.row(format!("load{}_{site}", measure.0), f64::NEG_INFINITY, fixed, entries);
        }
    }
    if !idle.is_empty() {
        for &arc in arcs_to {
            let mut entries = vec![(arcs[arc as usize], 1.0)];
            entries.extend(idle.iter().map(|&column| (column, 1.0)));
            program.row(format!("open{arc}"), f64::NEG_INFINITY, 1.0, entries);
        }
    }
}
