//! From an instance and a kind of problem to the kernel problem: one commodity, a shut and an open option per site.

use super::instance::Instance;
use super::kind::ProblemKind;
use super::neighbours::Neighbours;
use crate::id::{CommodityId, CustomerId, IdVec, MeasureId, OptionId, SiteId};
use crate::kernel::problem as kernel;
use std::ops::Range;
use thiserror::Error;

/// A kernel problem and what is needed to read its solutions.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The kernel problem: sites are the facilities, customers the customers, both in file order.
    pub problem: kernel::Problem,
    /// Demands and capacities of the instance times this are the problem's whole loads.
    pub scale: f64,
}

/// Why an instance cannot be solved as a kind of problem.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
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
}

/// Most arcs that a problem is given: they take about 6 GiB.
const MOST_ARCS: usize = 1 << 27;

/// The number of facilities to open: a p of the file wins over the one asked for.
///
/// # Errors
/// [`CompileError::NeedsP`] and [`CompileError::POutOfRange`].
pub fn effective_p(
    instance: &Instance,
    kind: ProblemKind,
    asked: Option<usize>,
) -> Result<Option<usize>, CompileError> {
    if !kind.has_exact_p() {
        return Ok(None);
    }
    let name = || instance.name.clone();
    let p = instance.p.or(asked).ok_or_else(|| CompileError::NeedsP { kind, instance: name() })?;
    let facilities = instance.facilities.len();
    if p == 0 || p > facilities {
        return Err(CompileError::POutOfRange { instance: name(), p, facilities });
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
    let name = || instance.name.clone();
    let (n, m) = (instance.facilities.len(), instance.customers.len());
    if n.checked_mul(m).is_none_or(|arcs| arcs > MOST_ARCS) {
        return Err(CompileError::TooLarge { instance: name(), facilities: n, customers: m });
    }
    let p = effective_p(instance, kind, p)?;
    if kind.has_given_facilities() || kind.is_contiguous() {
        require_homes(instance, kind)?;
    }
    let scale = scale(instance, kind)?;
    let layer = match (kind.is_contiguous(), neighbours) {
        (false, _) => None,
        (true, Some(neighbours)) => Some(layer(instance, neighbours)),
        (true, None) => return Err(CompileError::NeedsNeighbours { instance: name(), kind }),
    };

    let mut problem = kernel::Problem::default();
    let demand = problem.commodities.push(kernel::Commodity { name: "demand".to_owned() });
    let load = problem.measures.push(kernel::Measure::Load(Box::new([(demand, 1)])));
    let open: Vec<OptionId> = (0..n).map(|i| site(&mut problem, instance, kind, i, load, scale)).collect();
    for j in 0..m {
        customer(&mut problem, instance, kind, j, demand, scale);
    }
    if let Some(p) = p {
        problem.rows.push(kernel::Row {
            name: "p".to_owned(),
            options: open.into_iter().map(|option| (option, 1.0)).collect(),
            arcs: Vec::new(),
            lower: p as f64,
            upper: p as f64,
            price: f64::INFINITY,
        });
    }
    problem.layers.extend(layer);
    Ok(Compiled { problem, scale })
}

/// Adds the site of facility `i` and returns its open option.
fn site(
    problem: &mut kernel::Problem,
    instance: &Instance,
    kind: ProblemKind,
    i: usize,
    load: MeasureId,
    scale: f64,
) -> OptionId {
    let facility = &instance.facilities[i];
    let site = SiteId(i as u32);
    let first = problem.options.len() as u32;
    if !kind.has_given_facilities() {
        problem.options.push(kernel::SiteOption {
            name: "shut".to_owned(),
            site,
            cost: 0.0,
            serves: kernel::Serves::Nobody,
            limits: Vec::new(),
        });
    }
    let capacity = facility.capacity.filter(|_| kind.has_capacity());
    let open = problem.options.push(kernel::SiteOption {
        name: "open".to_owned(),
        site,
        cost: if kind.has_fixed_costs() { facility.fixed_cost } else { 0.0 },
        serves: kernel::Serves::Everybody,
        limits: capacity
            .map(|capacity| kernel::Limit {
                measure: load,
                min: 0,
                max: whole_part(capacity * scale),
                price: f64::INFINITY,
            })
            .into_iter()
            .collect(),
    });
    let options: Range<u32> = first..problem.options.len() as u32;
    problem.sites.push(kernel::Site { name: facility.id.to_string(), options });
    open
}

/// Adds customer `j` with its arcs.
fn customer(
    problem: &mut kernel::Problem,
    instance: &Instance,
    kind: ProblemKind,
    j: usize,
    demand: CommodityId,
    scale: f64,
) {
    let customer = CustomerId(j as u32);
    let own = kind.has_given_facilities().then(|| instance.facilities.iter().position(|f| f.home == Some(j))).flatten();
    let first = problem.arcs.len() as u32;
    for i in own.map_or(0..instance.facilities.len(), |own| own..own + 1) {
        let cost = instance.cost(i, j);
        if cost.is_finite() {
            problem.arcs.push(kernel::Arc { customer, site: SiteId(i as u32), cost, extra: None });
        }
    }
    let load = (instance.customers[j].demand * scale).round() as i64;
    // The share of a customer without demand that a part takes is not defined, so such a customer stays whole.
    let divisible = (kind.is_divisible() && load > 0).then_some(kernel::Divisible {
        max_sites: None,
        min_share: 0.0,
        grain: kernel::Grain::Continuous,
    });
    problem.customers.push(kernel::Customer {
        name: instance.customers[j].id.to_string(),
        loads: Box::new([(demand, load)]),
        arcs: first..problem.arcs.len() as u32,
        divisible,
    });
}

/// The contiguity layer: every customer is a node, every facility's own unit its home.
fn layer(instance: &Instance, neighbours: &Neighbours) -> kernel::ContiguityLayer {
    kernel::ContiguityLayer {
        name: "areas".to_owned(),
        customers: (0..instance.customers.len() as u32).map(CustomerId).collect(),
        neighbours: neighbours.of.clone(),
        homes: instance
            .facilities
            .iter()
            .map(|facility| facility.home.map(|home| home as u32))
            .collect::<IdVec<_, _>>(),
    }
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
    if floor >= 9.0e18 { kernel::Limit::UNLIMITED } else { floor as i64 }
}
