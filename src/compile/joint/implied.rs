//! Limits that another forecast's limits imply: where nobody brings more in one forecast than in another, its rooms suffice
//! whenever they suffice in the other. Leaving them out changes no plan and keeps the problem small.

use super::merge::Map;
use crate::compile::Compiled;
use crate::compile::commodity::Load;
use crate::id::{CommodityId, CustomerId, Id, IdVec, OptionId, SiteId};
use crate::kernel::problem::{Limit, Measure};
use std::collections::BTreeMap;

/// The implied limits of the whole, by option and position, each with the parts that imply it.
pub(super) fn limits(parts: &[Compiled], maps: &[Map], whole: &Compiled) -> Vec<(OptionId, usize, Vec<usize>)> {
    let problem = &whole.problem;
    let mut at: IdVec<SiteId, Vec<CustomerId>> = IdVec::filled(Vec::new(), problem.sites.len());
    for arc in &problem.arcs {
        at[arc.site].push(arc.customer);
    }
    let mut loads: Vec<BTreeMap<CommodityId, i64>> = Vec::new();
    for customer in &problem.customers {
        loads.push(customer.loads.iter().copied().collect());
    }
    let mut known: BTreeMap<(SiteId, CommodityId, CommodityId), bool> = BTreeMap::new();
    let mut found = Vec::new();
    for (option, facts) in problem.options.entries() {
        let site = facts.site;
        let own = |part: usize| {
            let start = maps[part].limits[option];
            start..start + parts[part].problem.options[maps[part].options[option]].limits.len()
        };
        for part in 0..parts.len() {
            for position in own(part) {
                let limit = &facts.limits[position];
                if !plain(limit) {
                    continue;
                }
                let mut implies = |other: usize| {
                    own(other).any(|theirs| {
                        let their = &facts.limits[theirs];
                        let terms = pairs(whole, &problem.measures[limit.measure], &problem.measures[their.measure]);
                        plain(their)
                            && their.max <= limit.max
                            && terms.is_some_and(|terms| {
                                let mut less = |ours: CommodityId, theirs: CommodityId| {
                                    *known.entry((site, ours, theirs)).or_insert_with(|| {
                                        let load = |customer: &CustomerId, of| {
                                            loads[customer.index()].get(&of).copied().unwrap_or(0)
                                        };
                                        at[site].iter().all(|customer| load(customer, ours) <= load(customer, theirs))
                                    })
                                };
                                let below = terms.iter().all(|&(ours, theirs)| less(ours, theirs));
                                // Of two that imply each other the first stays.
                                let mutual =
                                    their.max == limit.max && terms.iter().all(|&(ours, theirs)| less(theirs, ours));
                                below && (!mutual || other < part)
                            })
                    })
                };
                let from: Vec<usize> = (0..parts.len()).filter(|&other| other != part && implies(other)).collect();
                if !from.is_empty() {
                    found.push((option, position, from));
                }
            }
        }
    }
    found
}

/// Whether a limit is a hard maximum and nothing else.
fn plain(limit: &Limit) -> bool {
    limit.price.is_infinite() && limit.min == 0 && limit.max != Limit::UNLIMITED
}

/// The commodities of two measures side by side, where the measures count the same grades in the same way.
fn pairs(whole: &Compiled, ours: &Measure, theirs: &Measure) -> Option<Vec<(CommodityId, CommodityId)>> {
    let ((Measure::Load(ours), Measure::Load(theirs)) | (Measure::WholeUnits(ours), Measure::WholeUnits(theirs))) =
        (ours, theirs)
    else {
        return None;
    };
    let same = |a: CommodityId, b: CommodityId| -> bool {
        let (a, b): (&Load, &Load) = (&whole.loads[a], &whole.loads[b]);
        a == b
    };
    let alike = ours.len() == theirs.len()
        && ours.iter().zip(theirs).all(|(&(a, weight), &(b, other))| weight == other && same(a, b));
    alike.then(|| ours.iter().zip(theirs).map(|(&(a, _), &(b, _))| (a, b)).collect())
}
