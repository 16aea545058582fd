//! Room where it lacks: options that hold more, at the sites that are overloaded and at those near by.
//!
//! A search that changes options one at a time keeps what is cheap. Where the choice that it starts from leaves too little
//! room in many places at once, this makes a start from which it can settle.

use super::problem::Serves;
use super::state::State;
use crate::id::{ArcId, CustomerId, OptionId, SiteId};

/// Cheapest arcs of a customer at an overloaded site whose ends are looked at.
const NEAR: usize = 10;

/// Gives every overloaded site its roomiest option; where that is not enough, the nearest site to its customers that can
/// become roomier does. Returns whether anything changed.
pub fn enlarge(state: &mut State<'_>) -> bool {
    let problem = state.problem;
    let mut changed = false;
    let overloaded: Vec<SiteId> = problem.sites.ids().filter(|&site| state.site_excess(site).hard > 0.0).collect();
    for site in overloaded {
        if state.site_excess(site).hard <= 0.0 {
            continue;
        }
        if let Some(option) = roomier(state, site) {
            state.choose(site, option);
            changed = true;
        }
        if state.site_excess(site).hard <= 0.0 {
            continue;
        }
        let members: Vec<CustomerId> = state.members(site).iter().map(|&customer| CustomerId(customer)).collect();
        let mut nearest: Option<(f64, SiteId, OptionId)> = None;
        for customer in members {
            let Some(now) = state.arc_of(customer) else { continue };
            for &arc in state.tables.by_cost(problem, customer).iter().take(NEAR) {
                let arc = &problem.arcs[ArcId(arc)];
                let detour = arc.cost - problem.arcs[now].cost;
                if arc.site != site
                    && nearest.is_none_or(|known| detour < known.0)
                    && let Some(option) = roomier(state, arc.site)
                {
                    nearest = Some((detour, arc.site, option));
                }
            }
        }
        if let Some((_, other, option)) = nearest {
            state.choose(other, option);
            changed = true;
        }
    }
    state.commit();
    state.refresh();
    changed
}

/// The option of a site that holds most, the cheapest among equals, if it holds more than the present one.
fn roomier(state: &State<'_>, site: SiteId) -> Option<OptionId> {
    let problem = state.problem;
    let room = |option: OptionId| {
        if problem.options[option].serves == Serves::Nobody {
            return -1.0;
        }
        let limits = state.tables.limits(option).iter().filter(|limit| limit.price.is_infinite());
        limits.map(|limit| limit.max).filter(|max| max.is_finite()).sum::<f64>()
    };
    let cost = |option: OptionId| problem.options[option].cost;
    let best = problem
        .options_of(site)
        .max_by(|&a, &b| room(a).total_cmp(&room(b)).then(cost(b).total_cmp(&cost(a))).then(b.cmp(&a)))?;
    (room(best) > room(state.option(site))).then_some(best)
}
