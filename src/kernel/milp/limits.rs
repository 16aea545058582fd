//! Limits of options as rows: active only under their option, charged only when it is chosen.

use super::model::{Derived, Model, Terms};
use crate::id::{ArcId, CommodityId, Id, MeasureId, OptionId, SiteId};
use crate::kernel::engine::EngineError;
use crate::kernel::problem::{Divisible, Grain, Limit, Measure, Overflow, Serves, ceil_div};
use std::collections::BTreeMap;

/// The limits of a site that share a row: one measure, one price, one set of factors in ceilings, at most one limit per
/// option.
type Groups = BTreeMap<(Shared, usize), Vec<(OptionId, Limit)>>;

/// What limits that share a row have in common: the measure, the bits of the price, and number and bits of the factor in
/// every ceiling that counts their overflow.
type Shared = (MeasureId, u64, Vec<(usize, u64)>);

pub(super) fn add(model: &mut Model<'_>) -> Result<(), EngineError> {
    for site in model.problem.sites.ids() {
        for (((measure, price, factors), _), limits) in groups(model, site) {
            let price = f64::from_bits(price);
            let held: Vec<(usize, f64)> =
                factors.into_iter().map(|(ceiling, factor)| (ceiling, f64::from_bits(factor))).collect();
            let bounded = limits.iter().any(|&(option, limit)| limit.max < model.largest(site, option, measure));
            let demanding = limits.iter().any(|&(_, limit)| limit.min > 0);
            if (price == 0.0 && held.is_empty()) || !(bounded || demanding) {
                continue;
            }
            let hard = price.is_infinite() && held.is_empty() && !demanding;
            if let Some((commodity, size)) = model.problem.measures[measure].single_unit().filter(|_| hard) {
                // So many units hold so many pupils: the same limit without a whole-number column.
                let value = model.loads[site].get(&commodity).cloned().unwrap_or_default();
                maximum(model, site, measure, price, &limits, value, size);
                continue;
            }
            let value = value(model, site, measure, demanding)?;
            if bounded {
                let over = maximum(model, site, measure, price, &limits, value.clone(), 1);
                model.hold(over, &held);
            }
            if demanding {
                let under = minimum(model, site, measure, price, &limits, value);
                model.hold(under, &held);
            }
        }
    }
    Ok(())
}

fn groups(model: &Model<'_>, site: SiteId) -> Groups {
    let mut groups = Groups::new();
    for option in model.problem.options_of(site) {
        let mut seen: BTreeMap<Shared, usize> = BTreeMap::new();
        for (index, limit) in model.problem.options[option].limits.iter().enumerate() {
            let factors = model.factors(Overflow::Limit(option, index as u32));
            let factors = factors.iter().map(|&(ceiling, factor)| (ceiling, factor.to_bits())).collect();
            let shared: Shared = (limit.measure, limit.price.to_bits(), factors);
            let ordinal = seen.entry(shared.clone()).or_default();
            groups.entry((shared, *ordinal)).or_default().push((option, *limit));
            *ordinal += 1;
        }
    }
    groups
}

/// `value <= scale * maximum of the chosen option + overflow`; returns the column of the overflow where it is priced.
/// Options without a limit in the group allow all that can come.
fn maximum(
    model: &mut Model<'_>,
    site: SiteId,
    measure: MeasureId,
    price: f64,
    limits: &[(OptionId, Limit)],
    mut terms: Terms,
    scale: i64,
) -> Option<u32> {
    for option in model.problem.options_of(site) {
        let reach = model.largest(site, option, measure);
        let room = limits.iter().find(|&&(of, _)| of == option).map_or(reach, |(_, limit)| limit.max.min(reach));
        terms.push((model.options[option], -(room as f64 * scale as f64)));
    }
    let name = format!("{},m{}", model.problem.sites[site].name, measure.0);
    let over = price.is_finite().then(|| model.column(format!("over[{name}]"), price, f64::INFINITY, false));
    terms.extend(over.map(|column| (column, -1.0)));
    let row = model.row(format!("max[{name}]"), f64::NEG_INFINITY, 0.0, terms);
    model.derived.extend(over.map(|column| Derived::Above { column, row }));
    over
}

/// `value + shortfall >= minimum of the chosen option`; returns the column of the shortfall where it is priced.
fn minimum(
    model: &mut Model<'_>,
    site: SiteId,
    measure: MeasureId,
    price: f64,
    limits: &[(OptionId, Limit)],
    mut terms: Terms,
) -> Option<u32> {
    for &(option, limit) in limits {
        terms.push((model.options[option], -(limit.min.max(0) as f64)));
    }
    let name = format!("{},m{}", model.problem.sites[site].name, measure.0);
    let under = price.is_finite().then(|| model.column(format!("under[{name}]"), price, f64::INFINITY, false));
    terms.extend(under.map(|column| (column, 1.0)));
    let row = model.row(format!("min[{name}]"), 0.0, f64::INFINITY, terms);
    model.derived.extend(under.map(|column| Derived::Below { column, row }));
    under
}

/// The value of a measure at a site as terms. Whole units get a column each; `exact` forbids it to exceed what the load
/// needs, which only a minimum could make worth while.
fn value(model: &mut Model<'_>, site: SiteId, measure: MeasureId, exact: bool) -> Result<Terms, EngineError> {
    let problem = model.problem;
    match &problem.measures[measure] {
        Measure::Load(list) => Ok(list
            .iter()
            .filter_map(|&(commodity, weight)| Some((model.loads[site].get(&commodity)?, weight)))
            .flat_map(|(terms, weight)| terms.iter().map(move |&(column, load)| (column, load * weight as f64)))
            .collect()),
        Measure::WholeUnits(list) => {
            let mut terms = Terms::new();
            for &(commodity, size) in list {
                if let Some(column) = units(model, site, commodity, size, exact)? {
                    terms.push((column, 1.0));
                }
            }
            Ok(terms)
        }
    }
}

/// The column of the whole units that a load needs, or `None` where none can come.
fn units(
    model: &mut Model<'_>,
    site: SiteId,
    commodity: CommodityId,
    size: i64,
    exact: bool,
) -> Result<Option<u32>, EngineError> {
    let Some(load) = model.loads[site].get(&commodity).cloned() else { return Ok(None) };
    let name = format!("{},{},{size}", model.problem.sites[site].name, model.problem.commodities[commodity].name);
    let column = if let Some(&column) = model.units.get(&(site, commodity, size)) {
        column
    } else {
        let column = model.column(format!("n[{name}]"), 0.0, most_units(model, site, (commodity, size), &load), true);
        model.units.insert((site, commodity, size), column);
        let mut terms: Terms = load.iter().map(|&(at, factor)| (at, -factor)).collect();
        terms.push((column, size as f64));
        let row = model.row(format!("units[{name}]"), 0.0, f64::INFINITY, terms);
        model.derived.push(Derived::Units { column, row, size });
        column
    };
    if exact {
        if let Some(arc) = fractional_arc(model, site, commodity) {
            return Err(EngineError::Unsupported {
                engine: super::NAME,
                feature: format!("a minimum of whole units where loads may be fractions (arc {})", arc.index()),
            });
        }
        let mut terms = load;
        terms.push((column, -(size as f64)));
        model.row(format!("exact[{name}]"), -((size - 1) as f64), f64::INFINITY, terms);
    }
    Ok(Some(column))
}

/// The most units that can be needed: those of all that could come under some option, and no more than its hard limits
/// allow.
fn most_units(model: &Model<'_>, site: SiteId, (commodity, size): (CommodityId, i64), load: &Terms) -> f64 {
    let problem = model.problem;
    let all: f64 = load.iter().map(|&(at, factor)| factor * model.mip.columns[at as usize].upper).sum();
    let all = (all / size as f64).ceil();
    let under = |option: OptionId| {
        if problem.options[option].serves == Serves::Nobody {
            return 0.0;
        }
        let hard = problem.options[option].limits.iter();
        let hard = hard.filter(|limit| limit.price.is_infinite() && limit.max != Limit::UNLIMITED);
        let units = hard.filter_map(|limit| match &problem.measures[limit.measure] {
            Measure::WholeUnits(list) => list.contains(&(commodity, size)).then_some(limit.max),
            Measure::Load(list) => {
                let own = list.iter().filter(|term| term.0 == commodity).map(|term| term.1).max();
                // A measure with negative weights says nothing of one commodity.
                let own = own.filter(|&own| own > 0 && list.iter().all(|term| term.1 >= 0));
                own.map(|own| ceil_div(limit.max.max(0) / own, size))
            }
        });
        units.min().map_or(f64::INFINITY, |units| units.max(0) as f64)
    };
    problem.options_of(site).map(under).fold(0.0, f64::max).min(all)
}

/// An arc that may bring a fraction of the commodity to the site.
fn fractional_arc(model: &Model<'_>, site: SiteId, commodity: CommodityId) -> Option<ArcId> {
    let problem = model.problem;
    model.arcs_at[site].iter().copied().find(|&id| {
        let arc = &problem.arcs[id];
        let owner = &problem.customers[arc.customer];
        if !owner.may_be_split() {
            return false;
        }
        let extra = arc.extra.filter(|&(at, _)| at == commodity).map(|(_, load)| load);
        match owner.divisible {
            Some(Divisible { grain: Grain::Continuous, .. }) => {
                extra.is_some() || owner.loads.iter().any(|&(at, load)| at == commodity && load > 0)
            }
            _ => extra.is_some_and(|load| load % owner.mass() != 0),
        }
    })
}
