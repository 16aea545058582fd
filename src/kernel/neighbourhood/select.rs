//! Which sites a neighbourhood takes: the one tried least lately, and those that share most customers with it.

use super::{MOST_WAVE, SITES_BY_GROUP, WAVE, Waves};
use crate::id::{ArcId, CustomerId, Id, SiteId};
use crate::kernel::problem::Problem;
use crate::kernel::state::{SPLIT, State};
use crate::kernel::tables::is_open;
use crate::random::Random;
use std::collections::BTreeMap;

/// How groups of neighbouring sites that share none are picked.
pub struct Picking<'a> {
    /// The only source of chance.
    pub random: &'a mut Random,
    /// Tries around each site: those tried least come first.
    pub tries: &'a [u32],
    /// Sites that serve in a group.
    pub size: usize,
    /// Most groups.
    pub most: usize,
    /// Whether shut sites are taken too: groups end at twice as many sites, however few of them serve.
    pub shut: bool,
    /// Whose sites count as serving, and as neighbours.
    pub counts: &'a dyn Fn(CustomerId) -> bool,
}

impl Waves {
    /// Groups of about `size` neighbouring sites that share none, [`WAVE`] of them or more where many sites serve; neighbours by
    /// the customers of one block where that is given.
    pub(super) fn pick_groups(&mut self, state: &State<'_>, size: usize, block: Option<u32>) -> Vec<Vec<SiteId>> {
        let blocks = &self.blocks;
        let counts = |customer: CustomerId| block.is_none_or(|block| blocks.of(customer) == block);
        let tries = &self.tries[block.map_or(0, |block| 1 + block as usize)];
        let serving = state.problem.sites.ids().filter(|&site| members(state, site, &counts).next().is_some()).count();
        let most = (serving / SITES_BY_GROUP).clamp(WAVE, MOST_WAVE);
        Picking { random: &mut self.random, tries, size, most, shut: self.free_options, counts: &counts }.groups(state)
    }
}

impl Picking<'_> {
    /// The groups: each a site that serves and others near it.
    pub fn groups(mut self, state: &State<'_>) -> Vec<Vec<SiteId>> {
        let problem = state.problem;
        let serves = |site: SiteId| members(state, site, self.counts).next().is_some();
        let mut order: Vec<SiteId> = problem.sites.ids().filter(|&site| serves(site)).collect();
        self.random.shuffle(&mut order);
        order.sort_by_key(|site| self.tries[site.index()]);
        let mut taken = vec![false; problem.sites.len()];
        let mut groups = Vec::new();
        for seed in order {
            if groups.len() == self.most {
                break;
            }
            if taken[seed.index()] {
                continue;
            }
            let group = self.group(state, seed, &taken);
            if group.len() < 2 && problem.sites.len() > 1 {
                continue;
            }
            for site in &group {
                taken[site.index()] = true;
            }
            groups.push(group);
        }
        groups
    }

    /// A site and others near it, with shut ones where those are taken.
    fn group(&mut self, state: &State<'_>, seed: SiteId, taken: &[bool]) -> Vec<SiteId> {
        let size = self.size;
        let mut group = vec![seed];
        let mut open = 1;
        let mut closeness: BTreeMap<SiteId, f64> = BTreeMap::new();
        add_closeness(state, seed, members(state, seed, self.counts), &mut closeness);
        let most = if self.shut { 2 * size } else { size };
        while open < size && group.len() < most {
            let mut near: Vec<(SiteId, f64)> = closeness
                .iter()
                .filter(|(site, _)| !taken[site.index()] && !group.contains(site))
                .map(|(&site, &weight)| (site, weight))
                .collect();
            near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            near.truncate(4);
            let total: f64 = near.iter().map(|(_, weight)| weight).sum();
            let mut draw = self.random.unit() * total;
            let Some(&(site, _)) = near.iter().find(|(_, weight)| {
                draw -= weight;
                draw <= 0.0
            }) else {
                break;
            };
            group.push(site);
            if is_open(state.problem, state.option(site)) {
                open += 1;
                add_closeness(state, site, members(state, site, self.counts), &mut closeness);
            }
        }
        group
    }
}

/// The customers whom a site serves, of those that count.
fn members<'a>(
    state: &'a State<'_>,
    site: SiteId,
    counts: &'a dyn Fn(CustomerId) -> bool,
) -> impl Iterator<Item = CustomerId> + 'a {
    state.members(site).iter().map(|&customer| CustomerId(customer)).filter(|&customer| counts(customer))
}

/// Adds how close other sites are to `site`: pairs of neighbouring nodes across the border, or for customers outside all
/// layers the sites that come next for them.
fn add_closeness(
    state: &State<'_>,
    site: SiteId,
    members: impl Iterator<Item = CustomerId>,
    closeness: &mut BTreeMap<SiteId, f64>,
) {
    const NEXT: usize = 4;
    const SHUT_WEIGHT: f64 = 0.5;
    let problem: &Problem = state.problem;
    for customer in members {
        let nodes = state.tables.nodes_of.of(customer.index());
        for &(layer, node) in nodes {
            let graph = &problem.layers[layer as usize];
            for &other in &graph.neighbours[node as usize] {
                let there = state.site_of(graph.customers[other as usize]);
                if there < SPLIT && there != site.0 {
                    *closeness.entry(SiteId(there)).or_default() += 1.0;
                }
            }
        }
        let mut rank = 0;
        for &arc in state.tables.by_cost(problem, customer).iter().take(12) {
            let other = problem.arcs[ArcId(arc)].site;
            if other == site {
                continue;
            }
            if is_open(problem, state.option(other)) {
                if nodes.is_empty() {
                    rank += 1;
                    *closeness.entry(other).or_default() += 1.0 / f64::from(rank);
                    if rank as usize == NEXT {
                        break;
                    }
                }
            } else if problem.sites[other].options.len() > 1 {
                *closeness.entry(other).or_default() += SHUT_WEIGHT;
            }
        }
    }
}
