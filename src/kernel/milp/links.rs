//! What ties choices together: rows, implications, same-site pairs, and what is known of contiguity in advance.

use super::cuts::Graph;
use super::model::{Derived, Model, Terms};
use crate::id::{CustomerId, IdVec};
use crate::kernel::engine::EngineError;
use crate::kernel::problem::{Divisible, Grain, Overflow, Problem};
use std::collections::BTreeSet;

/// Which customers a contiguity layer refers to.
pub(super) fn layered_customers(problem: &Problem) -> Result<IdVec<CustomerId, bool>, EngineError> {
    let mut layered = IdVec::filled(false, problem.customers.len());
    for layer in &problem.layers {
        for &customer in &layer.customers {
            layered[customer] = true;
            let owner = &problem.customers[customer];
            if let Some(Divisible { min_share: 0.0, grain: Grain::Continuous, .. }) = owner.divisible
                && owner.may_be_split()
            {
                return Err(EngineError::Unsupported {
                    engine: super::NAME,
                    feature: format!("continuous parts without a least share in a contiguity layer (`{}`)", owner.name),
                });
            }
        }
    }
    Ok(layered)
}

pub(super) fn add(model: &mut Model<'_>) {
    rows(model);
    implications(model);
    pairs(model);
    contiguity(model);
    ceilings(model);
}

fn rows(model: &mut Model<'_>) {
    let problem = model.problem;
    for (index, row) in problem.rows.iter().enumerate() {
        let held = model.factors(Overflow::Row(index as u32)).to_vec();
        let mut terms: Terms = row.options.iter().map(|&(option, factor)| (model.options[option], factor)).collect();
        for &(arc, factor) in &row.arcs {
            terms.extend(model.share(arc).into_iter().map(|(column, share)| (column, factor * share)));
        }
        if row.price == 0.0 && held.is_empty() {
            continue;
        }
        let soft = row.price.is_finite();
        let above = (soft && row.upper < f64::INFINITY)
            .then(|| model.column(format!("over[{}]", row.name), row.price, f64::INFINITY, false));
        let below = (soft && row.lower > f64::NEG_INFINITY)
            .then(|| model.column(format!("under[{}]", row.name), row.price, f64::INFINITY, false));
        terms.extend(above.map(|column| (column, -1.0)));
        terms.extend(below.map(|column| (column, 1.0)));
        model.hold(above, &held);
        model.hold(below, &held);
        let index = model.row(row.name.clone(), row.lower, row.upper, terms);
        model.derived.extend(above.map(|column| Derived::Above { column, row: index }));
        model.derived.extend(below.map(|column| Derived::Below { column, row: index }));
    }
}

/// The chosen option sends the whole share of every customer to the site.
fn implications(model: &mut Model<'_>) {
    let problem = model.problem;
    for (index, implication) in problem.implications.iter().enumerate() {
        for &customer in &implication.customers {
            let arcs = problem.arcs_of(customer).filter(|&arc| problem.arcs[arc].site == implication.site);
            let mut terms: Terms = arcs.flat_map(|arc| model.share(arc)).collect();
            terms.push((model.options[implication.option], -1.0));
            model.row(format!("implies[{index},{}]", problem.customers[customer].name), 0.0, f64::INFINITY, terms);
        }
    }
}

/// Both customers at every site, or a price when they differ somewhere.
fn pairs(model: &mut Model<'_>) {
    let problem = model.problem;
    for (index, pair) in problem.pairs.iter().enumerate() {
        let held = model.factors(Overflow::Pair(index as u32)).to_vec();
        if pair.first == pair.second || (pair.price == 0.0 && held.is_empty()) {
            continue;
        }
        let apart = pair.price.is_finite().then(|| model.column(format!("apart[{index}]"), pair.price, 1.0, false));
        model.pairs.extend(apart.map(|column| (index, column)));
        model.hold(apart, &held);
        let sites: BTreeSet<_> = [pair.first, pair.second]
            .into_iter()
            .flat_map(|customer| problem.arcs_of(customer))
            .map(|arc| problem.arcs[arc].site)
            .collect();
        for site in sites {
            let (first, second) = (model.served(pair.first, site), model.served(pair.second, site));
            let difference = |sign: f64| -> Terms {
                let minus = second.iter().map(|&(column, factor)| (column, -factor));
                first.iter().copied().chain(minus).map(|(column, factor)| (column, sign * factor)).collect()
            };
            let name = format!("together[{index},{}]", problem.sites[site].name);
            let Some(apart) = apart else {
                model.row(name, 0.0, 0.0, difference(1.0));
                continue;
            };
            for sign in [1.0, -1.0] {
                let mut terms = difference(sign);
                terms.push((apart, -1.0));
                model.row(name.clone(), f64::NEG_INFINITY, 0.0, terms);
            }
        }
    }
}

/// Second costs at or below their bounds; what overflow adds to them was gathered where its columns were made.
fn ceilings(model: &mut Model<'_>) {
    let problem = model.problem;
    for (index, ceiling) in problem.ceilings.iter().enumerate() {
        let mut terms: Terms =
            ceiling.options.iter().map(|&(option, factor)| (model.options[option], factor)).collect();
        for &(arc, factor) in &ceiling.arcs {
            terms.extend(model.share(arc).into_iter().map(|(column, share)| (column, factor * share)));
        }
        terms.append(&mut model.held[index]);
        model.row(format!("ceiling[{}]", ceiling.name), f64::NEG_INFINITY, ceiling.upper, terms);
    }
}

/// With a home: whoever is served needs the home served; nobody out of its reach is; and whoever is not next to the home
/// needs a neighbour served. The last are the separators of single nodes; larger ones are added when they are broken.
fn contiguity(model: &mut Model<'_>) {
    let problem = model.problem;
    for (index, layer) in problem.layers.iter().enumerate() {
        for site in problem.sites.ids() {
            let Some(home) = layer.homes[site] else { continue };
            let graph = Graph::new(model, layer, site);
            let reach = if graph.has(home) { graph.reach(home, |_| false) } else { vec![false; layer.customers.len()] };
            let at_home = graph.served(home);
            for node in graph.nodes() {
                let served = graph.served(node);
                if !reach[node as usize] {
                    for &(column, _) in served {
                        model.mip.columns[column as usize].upper = 0.0;
                    }
                    continue;
                }
                if node == home {
                    continue;
                }
                let beside = layer.neighbours[node as usize].as_slice();
                let mut needed: Vec<(&str, Terms)> = vec![("home", at_home.to_vec())];
                if beside.binary_search(&home).is_err() {
                    let terms = beside.iter().flat_map(|&other| graph.served(other).iter().copied()).collect();
                    needed.push(("beside", terms));
                }
                for (what, others) in needed {
                    let minus = others.into_iter().map(|(column, factor)| (column, -factor));
                    let terms = served.iter().copied().chain(minus).collect();
                    model.row(format!("{what}[{index},{node},{}]", site.0), f64::NEG_INFINITY, 0.0, terms);
                }
            }
        }
    }
}
