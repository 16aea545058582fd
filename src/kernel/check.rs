//! The referee of the kernel: recomputes the cost of a solution and everything it breaks from the problem alone.
//!
//! Engines run it on what they return and tests on everything. It shares no arithmetic with an engine. Sums run in the
//! order of the problem's tables, so that the same solution gives the same bits wherever it came from.
//!
//! Loads made of whole numbers are added and compared exactly. Only what a fraction touched (parts of continuous
//! customers, an `extra` load whose share is not whole, rows) is compared with [`TOLERANCE`].

mod contiguity;
mod load;
mod service;
mod violation;

pub use violation::Violation;

use super::problem::{Limit, Measure, Overflow, Problem, Service, Solution};
use crate::id::{ArcId, CustomerId, Id, SiteId};
use load::{Amount, SiteLoads};

/// Relative tolerance, with an absolute floor of the same size, for sums that fractions take part in.
pub const TOLERANCE: f64 = 1e-6;

/// What a solution costs and breaks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Score {
    /// The objective: the problem's offset plus all the parts below. Hard overflow costs nothing here and is listed in
    /// `violations`.
    pub cost: f64,
    /// Cost of the chosen options.
    pub options: f64,
    /// Cost of the arcs used.
    pub arcs: f64,
    /// Price paid for overflow of limits with a finite price.
    pub limits: f64,
    /// Price paid for overflow of rows with a finite price.
    pub rows: f64,
    /// Price paid for pairs with a finite price that are served by different sites.
    pub pairs: f64,
    /// What overflows at a finite price (0 included), in the order of the problem's tables, and by how much.
    pub overflow: Vec<(Overflow, f64)>,
    /// Everything hard that is broken, in the order of the problem's tables.
    pub violations: Vec<Violation>,
}

impl Score {
    /// Whether nothing hard is broken.
    pub fn is_feasible(&self) -> bool {
        self.violations.is_empty()
    }
}

/// Recomputes cost and violations of `solution`. Linear in the services, the limits of the chosen options, the rows and
/// the layers.
///
/// A solution whose tables do not fit the problem's is reported as [`Violation::Shape`] and not looked at further.
pub fn score(problem: &Problem, solution: &Solution) -> Score {
    let mut score = Score::default();
    if let Some(shape) = shape(problem, solution) {
        score.violations.push(shape);
        score.cost = f64::INFINITY;
        return score;
    }
    options(problem, solution, &mut score);
    let loads = services(problem, solution, &mut score);
    limits(problem, solution, &loads, &mut score);
    rows(problem, solution, &mut score);
    implications(problem, solution, &mut score);
    pairs(problem, solution, &mut score);
    for (index, layer) in problem.layers.iter().enumerate() {
        contiguity::check(problem, solution, index, layer, &mut score.violations);
    }
    ceilings(problem, solution, &mut score);
    score.cost = problem.offset + score.options + score.arcs + score.limits + score.rows + score.pairs;
    score
}

/// Every arc that `service` uses, with the share of the customer's mass that it carries.
pub(crate) fn shares<'a>(
    problem: &'a Problem,
    customer: CustomerId,
    service: &'a Service,
) -> impl Iterator<Item = (ArcId, f64)> + 'a {
    let mass = problem.customers[customer].mass() as f64;
    let (whole, parts) = match service {
        Service::Whole(arc) => (Some((*arc, 1.0)), &[][..]),
        Service::Split(parts) => (None, parts.as_slice()),
    };
    whole.into_iter().chain(parts.iter().map(move |part| (part.arc, part.loads.iter().sum::<f64>() / mass)))
}

fn shape(problem: &Problem, solution: &Solution) -> Option<Violation> {
    let lengths = [
        ("sites", solution.options.len(), problem.sites.len()),
        ("customers", solution.services.len(), problem.customers.len()),
    ];
    for (what, found, expected) in lengths {
        if found != expected {
            return Some(Violation::Shape { what, found, expected });
        }
    }
    for option in &solution.options {
        if option.index() >= problem.options.len() {
            return Some(Violation::Shape { what: "options", found: option.index(), expected: problem.options.len() });
        }
    }
    for service in &solution.services {
        let out_of_range = match service {
            Service::Whole(arc) => (arc.index() >= problem.arcs.len()).then_some(*arc),
            Service::Split(parts) => parts.iter().map(|part| part.arc).find(|arc| arc.index() >= problem.arcs.len()),
        };
        if let Some(arc) = out_of_range {
            return Some(Violation::Shape { what: "arcs", found: arc.index(), expected: problem.arcs.len() });
        }
    }
    None
}

fn options(problem: &Problem, solution: &Solution, score: &mut Score) {
    for (site, &option) in solution.options.entries() {
        if problem.options[option].site != site {
            score.violations.push(Violation::OptionOfAnotherSite { site, option });
        }
        score.options += problem.options[option].cost;
    }
}

/// Checks every service by itself, adds up arc costs and gathers the loads that reach every site.
fn services(problem: &Problem, solution: &Solution, score: &mut Score) -> SiteLoads {
    let mut loads = SiteLoads::new(problem);
    for (customer, used) in solution.services.entries() {
        service::check(problem, customer, used, &mut score.violations);
        for (arc, share) in shares(problem, customer, used) {
            let site = problem.arcs[arc].site;
            // A part of a customer without mass has no share; `service::check` has reported it.
            if share.is_finite() {
                score.arcs += share * problem.arcs[arc].cost;
            }
            if !problem.options[solution.options[site]].serves.allows(customer) {
                score.violations.push(Violation::NotServed { customer, site, option: solution.options[site] });
            }
        }
        loads.add(problem, customer, used);
    }
    loads
}

fn limits(problem: &Problem, solution: &Solution, loads: &SiteLoads, score: &mut Score) {
    for (site, &option) in solution.options.entries() {
        for (index, limit) in problem.options[option].limits.iter().enumerate() {
            let value = measured(&problem.measures[limit.measure], loads, site);
            let excess = excess(limit, value);
            if excess <= 0.0 {
                continue;
            }
            if limit.price.is_finite() {
                score.limits += limit.price * excess;
                score.overflow.push((Overflow::Limit(option, index as u32), excess));
            } else {
                score.violations.push(Violation::Limit { site, option, limit: index, value: value.total(), excess });
            }
        }
    }
}

fn measured(measure: &Measure, loads: &SiteLoads, site: SiteId) -> Amount {
    match measure {
        Measure::Load(terms) => terms
            .iter()
            .fold(Amount::default(), |sum, &(commodity, weight)| sum.plus(loads.at(site, commodity).times(weight))),
        Measure::WholeUnits(terms) => terms.iter().fold(Amount::default(), |sum, &(commodity, size)| {
            sum.plus(Amount::whole(loads.at(site, commodity).units_of(size)))
        }),
    }
}

/// Units outside the limit: exact where the value is a whole number, else 0 within the tolerance.
fn excess(limit: &Limit, value: Amount) -> f64 {
    if value.is_whole() {
        return limit.excess(value.whole_part()) as f64;
    }
    let total = value.total();
    let (bound, excess) = if limit.max != Limit::UNLIMITED && total > limit.max as f64 {
        (limit.max as f64, total - limit.max as f64)
    } else {
        (limit.min as f64, limit.min as f64 - total)
    };
    if limit.price.is_infinite() && excess <= TOLERANCE * bound.abs().max(1.0) { 0.0 } else { excess.max(0.0) }
}

fn rows(problem: &Problem, solution: &Solution, score: &mut Score) {
    for (index, row) in problem.rows.iter().enumerate() {
        let mut activity = 0.0;
        for &(option, factor) in &row.options {
            if solution.options[problem.options[option].site] == option {
                activity += factor;
            }
        }
        for &(arc, factor) in &row.arcs {
            activity += factor * share_of(problem, solution, arc);
        }
        let (bound, excess) = if activity > row.upper {
            (row.upper, activity - row.upper)
        } else if activity < row.lower {
            (row.lower, row.lower - activity)
        } else {
            continue;
        };
        if row.price.is_finite() {
            score.rows += row.price * excess;
            score.overflow.push((Overflow::Row(index as u32), excess));
        } else if excess > TOLERANCE * bound.abs().max(1.0) {
            score.violations.push(Violation::Row { row: index, activity, excess });
        }
    }
}

/// The share of its customer that `arc` carries.
fn share_of(problem: &Problem, solution: &Solution, arc: ArcId) -> f64 {
    let customer = problem.arcs[arc].customer;
    match &solution.services[customer] {
        Service::Whole(used) => f64::from(u8::from(*used == arc)),
        Service::Split(parts) => parts.binary_search_by_key(&arc, |part| part.arc).map_or(0.0, |found| {
            let mass = problem.customers[customer].mass();
            if mass == 0 { 0.0 } else { parts[found].loads.iter().sum::<f64>() / mass as f64 }
        }),
    }
}

fn implications(problem: &Problem, solution: &Solution, score: &mut Score) {
    for (index, implication) in problem.implications.iter().enumerate() {
        if solution.options[problem.options[implication.option].site] != implication.option {
            continue;
        }
        for &customer in &implication.customers {
            let mut arcs = shares(problem, customer, &solution.services[customer]);
            if arcs.any(|(arc, _)| problem.arcs[arc].site != implication.site) {
                score.violations.push(Violation::Implication { implication: index, customer });
            }
        }
    }
}

fn pairs(problem: &Problem, solution: &Solution, score: &mut Score) {
    for (index, pair) in problem.pairs.iter().enumerate() {
        let site = |customer: CustomerId| {
            shares(problem, customer, &solution.services[customer]).next().map(|(arc, _)| problem.arcs[arc].site)
        };
        if site(pair.first) == site(pair.second) {
            continue;
        }
        if pair.price.is_finite() {
            score.pairs += pair.price;
            score.overflow.push((Overflow::Pair(index as u32), 1.0));
        } else {
            score.violations.push(Violation::Pair { pair: index });
        }
    }
}

fn ceilings(problem: &Problem, solution: &Solution, score: &mut Score) {
    for (index, ceiling) in problem.ceilings.iter().enumerate() {
        let mut value = 0.0;
        for &(option, factor) in &ceiling.options {
            if solution.options[problem.options[option].site] == option {
                value += factor;
            }
        }
        for &(arc, factor) in &ceiling.arcs {
            value += factor * share_of(problem, solution, arc);
        }
        for &(overflow, factor) in &ceiling.overflows {
            let found = score.overflow.iter().find(|(other, _)| *other == overflow);
            value += factor * found.map_or(0.0, |(_, excess)| *excess);
        }
        let excess = value - ceiling.upper;
        if excess > TOLERANCE * ceiling.upper.abs().max(1.0) {
            score.violations.push(Violation::Ceiling { ceiling: index, value, excess });
        }
    }
}

#[cfg(test)]
mod tests;
