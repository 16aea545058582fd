//! From a solution to column values, for a start, and back.

use super::model::{ArcColumns, Derived, Model};
use crate::id::{ArcId, CustomerId, Id, IdVec, OptionId, SiteId};
use crate::kernel::problem::{Part, Service, Solution, ceil_div};

impl Model<'_> {
    /// The value of every column in `solution`, which must be feasible.
    pub(super) fn values_of(&self, solution: &Solution) -> Vec<f64> {
        let mut values = vec![0.0; self.mip.columns.len()];
        for &option in &solution.options {
            values[self.options[option] as usize] = 1.0;
        }
        for (customer, service) in solution.services.entries() {
            let owner = &self.problem.customers[customer];
            let whole;
            let parts = match service {
                Service::Whole(arc) => {
                    let loads = owner.loads.iter().map(|&(_, load)| load as f64).collect();
                    whole = [Part { arc: *arc, loads }];
                    &whole[..]
                }
                Service::Split(parts) => parts.as_slice(),
            };
            for part in parts {
                match self.arcs[part.arc] {
                    ArcColumns::Whole(column) => values[column as usize] = 1.0,
                    ArcColumns::Share(column) => {
                        values[column as usize] = part.loads.iter().sum::<f64>() / owner.mass() as f64;
                    }
                    ArcColumns::Parts(first) => {
                        values[first as usize..first as usize + part.loads.len()].copy_from_slice(&part.loads);
                    }
                }
                let site = self.problem.arcs[part.arc].site;
                if let Some(&(_, column)) = self.usage[customer].iter().find(|&&(at, _)| at == site) {
                    values[column as usize] = 1.0;
                }
            }
        }
        for &derived in &self.derived {
            let (column, value) = match derived {
                Derived::Units { column, row, size } => {
                    let load = -self.activity(row, &values);
                    let whole = load.round();
                    let units = if (load - whole).abs() < 1e-9 * whole.abs().max(1.0) {
                        ceil_div(whole as i64, size) as f64
                    } else {
                        (load / size as f64).ceil()
                    };
                    (column, units)
                }
                Derived::Above { column, row } => (column, self.activity(row, &values) - self.mip.rows[row].upper),
                Derived::Below { column, row } => (column, self.mip.rows[row].lower - self.activity(row, &values)),
            };
            values[column as usize] = value.max(0.0);
        }
        for &(index, column) in &self.pairs {
            let pair = self.problem.pairs[index];
            let apart = site_of(self, solution, pair.first) != site_of(self, solution, pair.second);
            values[column as usize] = f64::from(u8::from(apart));
        }
        // Shares of a feasible solution may be off by a rounding, which a backend would refuse.
        for (value, column) in values.iter_mut().zip(&self.mip.columns) {
            *value = value.clamp(column.lower, column.upper);
        }
        values
    }

    fn activity(&self, row: usize, values: &[f64]) -> f64 {
        self.mip.row_entries(row).iter().map(|&(column, factor)| factor * values[column as usize]).sum()
    }

    /// The solution that column values stand for, every choice rounded to the nearest. Whether it is feasible is for the
    /// referee to say.
    pub(super) fn solution_of(&self, values: &[f64]) -> Solution {
        let problem = self.problem;
        let options: IdVec<SiteId, OptionId> = problem
            .sites
            .ids()
            .map(|site| {
                largest(problem.options_of(site), |option| values[self.options[option] as usize])
                    .expect("a valid problem has an option for every site")
            })
            .collect();
        let services = problem.customers.ids().map(|customer| self.service_of(customer, &options, values)).collect();
        Solution { options, services }
    }

    fn service_of(&self, customer: CustomerId, options: &IdVec<SiteId, OptionId>, values: &[f64]) -> Service {
        let problem = self.problem;
        let owner = &problem.customers[customer];
        let arcs = || problem.arcs_of(customer);
        let most = || {
            let share = |arc: ArcId| self.share(arc).iter().map(|&(c, f)| f * values[c as usize]).sum::<f64>();
            largest(arcs(), share).expect("a model in which a customer has no arc has no solution")
        };
        let mut parts: Vec<Part> = Vec::new();
        for arc in arcs() {
            let site = problem.arcs[arc].site;
            let used = self.usage[customer].iter().find(|&&(at, _)| at == site);
            // A share within the tolerances of an option or usage that rounds to 0 is none.
            if used.is_some_and(|&(_, column)| values[column as usize] < 0.5)
                || !problem.options[options[site]].serves.allows(customer)
            {
                continue;
            }
            let loads: Box<[f64]> = match self.arcs[arc] {
                ArcColumns::Whole(_) => return Service::Whole(most()),
                ArcColumns::Share(column) => {
                    let share = values[column as usize];
                    if share < 1e-9 {
                        continue;
                    }
                    owner.loads.iter().map(|&(_, load)| share * load as f64).collect()
                }
                ArcColumns::Parts(first) => {
                    let columns = first as usize..first as usize + owner.loads.len();
                    values[columns].iter().map(|value| value.round().max(0.0)).collect()
                }
            };
            if loads.iter().any(|&load| load > 0.0) {
                parts.push(Part { arc, loads });
            }
        }
        match parts.as_slice() {
            [] => Service::Whole(most()),
            [only] => Service::Whole(only.arc),
            _ => {
                if let Some(ArcColumns::Share(_)) = parts.first().map(|part| self.arcs[part.arc]) {
                    normalise(&mut parts, owner.mass());
                }
                Service::Split(parts)
            }
        }
    }
}

/// Makes shares add up to 1 again after small ones were dropped.
fn normalise(parts: &mut [Part], mass: i64) {
    let total: f64 = parts.iter().flat_map(|part| &part.loads).sum();
    for part in parts {
        part.loads.iter_mut().for_each(|load| *load *= mass as f64 / total);
    }
}

fn site_of(model: &Model<'_>, solution: &Solution, customer: CustomerId) -> Option<SiteId> {
    match &solution.services[customer] {
        Service::Whole(arc) => Some(model.problem.arcs[*arc].site),
        Service::Split(parts) => parts.first().map(|part| model.problem.arcs[part.arc].site),
    }
}

/// The item of the largest value; the first of equal ones.
fn largest<T: Id>(items: impl Iterator<Item = T>, value: impl Fn(T) -> f64) -> Option<T> {
    let mut best: Option<(T, f64)> = None;
    for item in items {
        let value = value(item);
        if best.is_none_or(|(_, most)| value > most) {
            best = Some((item, value));
        }
    }
    best.map(|(item, _)| item)
}
