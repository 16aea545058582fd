//! From an instance and a kind of problem to the kernel problem: one commodity, a shut and an open option per site.

use super::instance::Instance;
use super::kind::ProblemKind;
use super::neighbours::Neighbours;
use crate::id::{CustomerId, Id, SiteId};
use crate::kernel::builder::{ProblemBuilder, RowDraft};
use crate::kernel::problem::{Divisible, Grain, Limit, Problem};
use crate::kernel::validate::InvalidProblem;
use thiserror::Error;

/// A kernel problem and what is needed to read its solutions.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The kernel problem: sites are the facilities, customers the customers, both in file order.
    pub problem: Problem,
    /// Demands and capacities of the instance times this are the problem's whole loads.
    pub scale: f64,
}

/// Why an instance cannot be solved as a kind of problem.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CompileError {
    /// The number of facilities is not known.
    #[error("{kind} fixes the number of facilities and {instance} does not give it; give it with --p")]
    NeedsP {
        /// The kind of problem.
        kind: ProblemKind,
        /// The instance.
        instance: String,
    },
    /// The number of facilities is impossible.
    #[error("{instance}: p should be between 1 and {facilities}, the number of facilities, found {p}")]
    POutOfRange {
        /// The instance.
        instance: String,
        /// The number asked for.
        p: usize,
        /// The number of facilities.
        facilities: usize,
    },
    /// Service areas are asked for where facilities are not units.
    #[error("{instance}: {kind} lets facility {facility} serve its own unit, and it has none in this file")]
    NeedsHome {
        /// The instance.
        instance: String,
        /// The kind of problem.
        kind: ProblemKind,
        /// The facility.
        facility: i64,
    },
    /// Contiguity is asked for without a neighbour graph.
    #[error("{instance}: {kind} needs a neighbour table")]
    NeedsNeighbours {
        /// The instance.
        instance: String,
        /// The kind of problem.
        kind: ProblemKind,
    },
    /// Demands or capacities have too many decimals, or are too large, to be counted in whole numbers.
    #[error("{instance}: demands and capacities cannot be written as whole multiples of a millionth below 2^53")]
    NotCountable {
        /// The instance.
        instance: String,
    },
    /// More pairs of facility and customer than the kernel is given.
    #[error(
        "{instance}: {facilities} facilities times {customers} customers are more pairs than the {MOST_ARCS} allowed"
    )]
    TooLarge {
        /// The instance.
        instance: String,
        /// The number of facilities.
        facilities: usize,
        /// The number of customers.
        customers: usize,
    },
    /// The kernel refuses the problem.
    #[error(transparent)]
    Invalid(#[from] InvalidProblem),
}

/// Most arcs that a problem is given: they take about 6 GiB.
const MOST_ARCS: usize = 1 << 27;

/// Whether `instance` can be solved as `kind`, and with how many open facilities where the kind fixes them: a p of the file
/// wins over the one asked for.
///
/// # Errors
/// [`CompileError`], the same as [`compile`] gives.
pub fn admit(
    instance: &Instance,
    kind: ProblemKind,
    asked: Option<usize>,
    has_neighbours: bool,
) -> Result<Option<usize>, CompileError> {
    let name = || instance.name.clone();
    let (n, m) = (instance.facilities.len(), instance.customers.len());
    if n.checked_mul(m).is_none_or(|arcs| arcs > MOST_ARCS) {
        return Err(CompileError::TooLarge { instance: name(), facilities: n, customers: m });
    }
    if kind.has_given_facilities() || kind.is_contiguous() {
        require_homes(instance, kind)?;
    }
    if kind.is_contiguous() && !has_neighbours {
        return Err(CompileError::NeedsNeighbours { instance: name(), kind });
    }
    scale(instance, kind)?;
    if !kind.has_exact_p() {
        return Ok(None);
    }
    let p = instance.p.or(asked).ok_or_else(|| CompileError::NeedsP { kind, instance: name() })?;
    if p == 0 || p > n {
        return Err(CompileError::POutOfRange { instance: name(), p, facilities: n });
    }
    Ok(Some(p))
}

/// The kernel problem of `instance` solved as `kind`, with exactly `p` open facilities where the kind fixes them.
///
/// # Errors
/// [`CompileError`].
pub fn compile(
    instance: &Instance,
    kind: ProblemKind,
    p: Option<usize>,
    neighbours: Option<&Neighbours>,
) -> Result<Compiled, CompileError> {
    let p = admit(instance, kind, p, neighbours.is_some())?;
    let (n, m) = (instance.facilities.len(), instance.customers.len());
    let scale = scale(instance, kind)?;
    let mut builder = ProblemBuilder::new();
    let demand = builder.commodity("demand");
    let load = builder.load(demand);
    let mut open = Vec::with_capacity(n);
    for facility in &instance.facilities {
        let site = builder.site(facility.id.to_string());
        if !kind.has_given_facilities() {
            builder.shut(site);
        }
        let option = builder.option(site, "open", if kind.has_fixed_costs() { facility.fixed_cost } else { 0.0 });
        if let Some(capacity) = facility.capacity.filter(|_| kind.has_capacity()) {
            builder.capacity(option, load, whole_part(capacity * scale));
        }
        open.push(option);
    }
    let mut own = vec![None; m];
    if kind.has_given_facilities() {
        for (i, facility) in instance.facilities.iter().enumerate() {
            if let Some(home) = facility.home {
                own[home] = Some(i);
            }
        }
    }
    for (j, (customer, own)) in instance.customers.iter().zip(own).enumerate() {
        let whole_load = (customer.demand * scale).round() as i64;
        let id = builder.customer(customer.id.to_string(), [(demand, whole_load)]);
        // The share of a customer without demand that a part takes is not defined, so such a customer stays whole.
        if kind.is_divisible() && whole_load > 0 {
            builder.divisible(id, Divisible { max_sites: None, min_share: 0.0, grain: Grain::Continuous });
        }
        for i in own.map_or(0..n, |own| own..own + 1) {
            let cost = instance.cost(i, j);
            if cost.is_finite() {
                builder.arc(id, SiteId::new(i), cost);
            }
        }
    }
    if let Some(p) = p {
        let options = open.into_iter().map(|option| (option, 1.0)).collect();
        builder.row(RowDraft { options, lower: p as f64, upper: p as f64, ..RowDraft::new("p") });
    }
    if let Some(graph) = neighbours.filter(|_| kind.is_contiguous()) {
        let edges = graph.of.iter().enumerate().flat_map(|(a, list)| {
            list.iter()
                .map(|&b| b as usize)
                .filter(move |&b| a < b)
                .map(move |b| (CustomerId::new(a), CustomerId::new(b)))
        });
        let homes = instance
            .facilities
            .iter()
            .enumerate()
            .filter_map(|(i, facility)| facility.home.map(|home| (SiteId::new(i), CustomerId::new(home))));
        builder.layer("areas", (0..m).map(CustomerId::new), edges, homes);
    }
    Ok(Compiled { problem: builder.build()?.problem, scale })
}

fn require_homes(instance: &Instance, kind: ProblemKind) -> Result<(), CompileError> {
    match instance.facilities.iter().find(|facility| facility.home.is_none()) {
        None => Ok(()),
        Some(facility) => Err(CompileError::NeedsHome { instance: instance.name.clone(), kind, facility: facility.id }),
    }
}

/// The least power of ten that makes every demand whole. Capacities may be rounded down where customers are whole; where
/// they are divided, capacities must become whole too.
fn scale(instance: &Instance, kind: ProblemKind) -> Result<f64, CompileError> {
    const MOST_DECIMALS: i32 = 6;
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let capacities = instance
        .facilities
        .iter()
        .filter(|_| kind.is_divisible() && kind.has_capacity())
        .filter_map(|facility| facility.capacity);
    let values: Vec<f64> = instance.customers.iter().map(|customer| customer.demand).chain(capacities).collect();
    let total: f64 = instance.customers.iter().map(|customer| customer.demand).sum();
    (0..=MOST_DECIMALS)
        .map(|decimals| 10_f64.powi(decimals))
        .find(|scale| values.iter().all(|value| is_whole(value * scale)))
        .filter(|scale| total * scale < EXACT)
        .ok_or_else(|| CompileError::NotCountable { instance: instance.name.clone() })
}

/// Relative error of a decimal number times a power of ten, generously.
const ROUNDING: f64 = 1e-12;

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() <= ROUNDING * value.abs()
}

/// The whole part of a capacity that was scaled, in which a whole number may have come out a hair too small.
fn whole_part(value: f64) -> i64 {
    let floor = (value * (1.0 + ROUNDING)).floor();
    // Far above every load: a limit that never binds.
    if floor >= 9.0e18 { Limit::UNLIMITED } else { floor as i64 }
}
