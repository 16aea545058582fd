//! Large neighbourhoods: the customers (and options) of a few neighbouring sites are freed and settled exactly.
//!
//! A wave takes a number of neighbourhoods that share no site, solves them in parallel from the same solution and
//! takes over the improvements in order, so that the result does not depend on the number of threads. Large neighbourhood
//! search: Shaw (1998), CP; for districting by exact sub-problems: Kong (2021), chinaXiv 202106.00031.

mod model;
mod select;

pub use model::Piece;
pub use select::Picking;

use super::blocks::Blocks;
use super::contiguity::Contiguity;
use super::problem::Problem;
use super::state::{SPLIT, State};
use crate::id::{ArcId, CustomerId, Id, SiteId};
use crate::mip::{Backend, MipError, MipLimits};
use crate::random::Random;
use crate::run::Limits;
use model::{Model, can_be_free, may_use};
use rayon::prelude::*;

/// Least neighbourhoods in a wave, most of them, and serving sites for each in between.
const WAVE: usize = 4;
const MOST_WAVE: usize = 32;
const SITES_BY_GROUP: usize = 24;
/// Most sites in a neighbourhood, and the same where the backend settles such neighbourhoods with ease.
const MOST_SITES: usize = 9;
const MOST_EASY_SITES: usize = 40;
/// Iterations of the simplex method up to which settling a neighbourhood is easy.
const EASY: u64 = 12_000;
/// Customers that the first neighbourhoods free, roughly, and most sites for that where each serves few.
const FREE_CUSTOMERS: f64 = 50.0;
const LARGEST_FIRST: usize = 14;
/// Blocks with less than the largest's customers divided by this get no neighbourhoods of their own.
const SMALL_BLOCK: usize = 10;
/// Nodes of branch and bound for one neighbourhood.
const NODES: u64 = 150;
/// Relative gaps at which a neighbourhood counts as settled: rough while rough ones still improve.
const GAPS: [f64; 4] = [1e-3, 3e-4, 1e-4, 2e-5];
/// Rounds of cuts for one neighbourhood.
const ROUNDS: usize = 8;
/// Most columns of customers in a neighbourhood.
const COLUMNS: usize = 1200;
/// Most columns of the relaxation that picks the arcs of the neighbourhood of everything.
const RELAXED_COLUMNS: usize = 60_000;

/// What waves have learned: which sites to take next, and how many at a time.
#[derive(Debug, Clone)]
pub struct Waves {
    random: Random,
    /// Neighbourhoods around each site since its customers last changed: over all blocks, and of one block.
    tries: Vec<Vec<u32>>,
    /// What falls apart while options stay, and the blocks that are worth a neighbourhood; none where it is all one.
    blocks: Blocks,
    worth: Vec<u32>,
    /// Sites in a neighbourhood with the options as they are, and with free options.
    sizes: [usize; 2],
    /// Sites in the first neighbourhoods.
    first_sizes: [usize; 2],
    /// Position in [`GAPS`].
    care: usize,
    free_options: bool,
    count: u64,
    idle: u32,
}

impl Waves {
    /// Nothing learned yet. `random` is the only source of chance.
    pub fn new(problem: &Problem, random: Random) -> Self {
        let free_options = problem.sites.iter().any(|site| site.options.len() > 1);
        let blocks = Blocks::new(problem);
        let mut members = vec![0usize; blocks.count()];
        problem.customers.ids().for_each(|customer| members[blocks.of(customer) as usize] += 1);
        let largest = members.iter().copied().max().unwrap_or(0);
        let worth: Vec<u32> =
            (0..).zip(&members).filter(|(_, count)| **count >= largest.div_ceil(SMALL_BLOCK)).map(|(b, _)| b).collect();
        let worth = if worth.len() > 1 { worth } else { Vec::new() };
        let first_size = |customers: usize| {
            let per_site = customers as f64 / problem.sites.len().max(1) as f64;
            ((FREE_CUSTOMERS / per_site.max(1.0)) as usize).clamp(3, LARGEST_FIRST)
        };
        let sizes = [
            first_size(if worth.is_empty() { problem.customers.len() } else { largest }),
            first_size(problem.customers.len()),
        ];
        let tries = vec![vec![0; problem.sites.len()]; 1 + blocks.count()];
        Self { random, tries, blocks, worth, sizes, first_sizes: sizes, care: 0, free_options, count: 0, idle: 0 }
    }

    /// Waves run so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Waves since the last improvement, but for those after which the neighbourhoods grew because they were easy.
    /// With blocks, waves over all of them count once.
    pub fn idle(&self) -> u32 {
        self.idle / self.round()
    }

    /// Waves that belong together: one for each block that is worth one.
    fn round(&self) -> u32 {
        (self.worth.len() as u32).max(1)
    }

    /// Runs one wave from `state`. Returns the improved state, or `None` when nothing improved.
    ///
    /// # Errors
    /// [`MipError`] when the backend failed.
    pub fn run<'p>(
        &mut self,
        state: &State<'p>,
        weight: f64,
        backend: &dyn Backend,
        limits: &Limits,
    ) -> Result<Option<State<'p>>, MipError> {
        self.count += 1;
        let gap = GAPS[self.care];
        let free_options = self.free_options && self.count.is_multiple_of(2);
        let kind = usize::from(free_options);
        // While options stay, a neighbourhood of one block reaches as much farther as there are blocks.
        let turn = (self.count / if self.free_options { 2 } else { 1 }) as usize;
        let block =
            if free_options || self.worth.is_empty() { None } else { Some(self.worth[turn % self.worth.len()]) };
        let groups = self.pick_groups(state, self.sizes[kind], block);
        let pieces: Vec<(Vec<SiteId>, Piece)> = groups
            .into_iter()
            .map(|group| {
                let within = block.map(|block| (&self.blocks, block));
                let piece = around(state, &group, free_options, within);
                (group, piece)
            })
            .collect();
        let results: Vec<Result<Settled<'p>, MipError>> = pieces
            .par_iter()
            .map(|(_, piece)| settle(state, piece.clone(), weight, (NODES, gap), backend, limits))
            .collect();
        let mut current = state.clone();
        let mut improved = false;
        let mut hardest = 0;
        for ((group, piece), result) in pieces.iter().zip(results) {
            let Settled { better, iterations } = result?;
            let taken = better.is_some_and(|found| take_over(&mut current, &found, piece));
            improved |= taken;
            hardest = hardest.max(iterations);
            for &site in group {
                let tries = &mut self.tries[block.map_or(0, |block| 1 + block as usize)][site.index()];
                *tries = if taken { 0 } else { *tries + 1 };
            }
        }
        let sites = state.problem.sites.len();
        let round = self.round();
        let size = &mut self.sizes[kind];
        let most_easy = sites.min(MOST_EASY_SITES);
        if improved {
            self.idle = 0;
        } else if (1..EASY).contains(&hardest) && *size < most_easy {
            // What is settled with ease and holds nothing better is too small.
            *size = (*size + 1 + *size / 3).min(most_easy);
        } else {
            self.idle += 1;
            let tired = self.idle.is_multiple_of(3 * round);
            if tired && self.care + 1 < GAPS.len() {
                self.care += 1;
            } else if tired {
                for (size, first) in self.sizes.iter_mut().zip(self.first_sizes) {
                    let most = sites.min(MOST_SITES.max(first + 4));
                    *size = if *size >= most { first.max(3) - 1 } else { *size + 1 };
                }
            }
        }
        current.refresh();
        Ok(improved.then_some(current))
    }
}

/// Moves what `found` changed in a piece over to `current`, if that is better.
fn take_over(current: &mut State<'_>, found: &State<'_>, piece: &Piece) -> bool {
    current.commit();
    let mark = current.mark();
    let before = current.score();
    for &site in &piece.sites {
        if current.option(site) != found.option(site) {
            current.choose(site, found.option(site));
        }
    }
    for &(customer, _) in &piece.customers {
        let service = found.service(customer);
        if current.service(customer) != service {
            current.set(customer, service);
        }
    }
    let better = current.score().better_than(before);
    if !better {
        current.rollback(mark);
    }
    current.commit();
    better
}

/// The piece in which the customers of `group` are free, and its options too where asked; at most [`COLUMNS`] arcs, those
/// that lose least per unit of load. `within` one block where that is named.
fn around(state: &State<'_>, group: &[SiteId], free_options: bool, within: Option<(&Blocks, u32)>) -> Piece {
    let problem = state.problem;
    let mut sites = group.to_vec();
    sites.sort_unstable();
    let free_sites: Vec<SiteId> = if free_options {
        sites.iter().copied().filter(|&site| problem.sites[site].options.len() > 1).collect()
    } else {
        Vec::new()
    };
    let mut customers: Vec<CustomerId> = sites
        .iter()
        .flat_map(|&site| state.members(site).iter().map(|&customer| CustomerId(customer)))
        .filter(|&customer| can_be_free(problem, customer))
        .filter(|&customer| within.is_none_or(|(blocks, block)| blocks.of(customer) == block))
        .collect();
    customers.extend(state.split_customers().filter(|&customer| {
        can_be_free(problem, customer)
            && within.is_none_or(|(blocks, block)| blocks.of(customer) == block)
            && state.parts(customer).iter().all(|part| sites.binary_search(&problem.arcs[part.arc].site).is_ok())
    }));
    customers.sort_unstable();
    let candidates = customers.into_iter().map(|customer| {
        let arcs: Vec<ArcId> = sites
            .iter()
            .flat_map(|&site| arcs_between(problem, customer, site))
            .filter(|&arc| may_use(state, &free_sites, customer, problem.arcs[arc].site))
            .collect();
        (customer, arcs)
    });
    let whole_sites = !free_sites.is_empty();
    let piece = trimmed(state, candidates.collect(), COLUMNS, whole_sites, |arc, customer, now| {
        (problem.arcs[arc].cost - now) / state.tables.mass[customer.index()].max(1.0)
    });
    Piece { sites: free_sites, ..piece }
}

/// All arcs from a customer to a site.
fn arcs_between(problem: &Problem, customer: CustomerId, site: SiteId) -> Vec<ArcId> {
    let range = problem.customers[customer].arcs.clone();
    let arcs = &problem.arcs.as_slice()[range.start as usize..range.end as usize];
    let first = arcs.partition_point(|arc| arc.site < site);
    let count = arcs[first..].iter().take_while(|arc| arc.site == site).count();
    (first..first + count).map(|at| ArcId::new(range.start as usize + at)).collect()
}

/// Keeps the `most` arcs of least loss, and those in use; customers left with one arc are fixed unless `keep_lone`.
fn trimmed(
    state: &State<'_>,
    candidates: Vec<(CustomerId, Vec<ArcId>)>,
    most: usize,
    keep_lone: bool,
    loss: impl Fn(ArcId, CustomerId, f64) -> f64,
) -> Piece {
    let in_use = |customer: CustomerId, arc: ArcId| {
        state.arc_of(customer) == Some(arc) || state.parts(customer).iter().any(|part| part.arc == arc)
    };
    let mut losses: Vec<(f64, ArcId)> = Vec::new();
    for (customer, arcs) in &candidates {
        let now = state.arc_of(*customer).map_or(0.0, |arc| state.problem.arcs[arc].cost);
        losses.extend(arcs.iter().filter(|&&arc| !in_use(*customer, arc)).map(|&arc| (loss(arc, *customer, now), arc)));
    }
    losses.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    losses.truncate(most);
    let mut kept: Vec<ArcId> = losses.into_iter().map(|(_, arc)| arc).collect();
    kept.sort_unstable();
    let customers = candidates
        .into_iter()
        .map(|(customer, mut arcs)| {
            arcs.retain(|&arc| in_use(customer, arc) || kept.binary_search(&arc).is_ok());
            (customer, arcs)
        })
        .filter(|(_, arcs)| arcs.len() > 1 || (keep_lone && !arcs.is_empty()))
        .collect();
    Piece { customers, sites: Vec::new() }
}

/// How settling a piece ended.
#[derive(Debug)]
pub struct Settled<'p> {
    /// The state with the piece as it was settled, if that is better.
    pub better: Option<State<'p>>,
    /// Iterations of the simplex method; 0 where the backend does not count them.
    pub iterations: u64,
}

/// Solves a piece to the effort given (nodes, relative gap), with cuts until catchments are connected.
///
/// # Errors
/// [`MipError`] when the backend failed.
pub fn settle<'p>(
    state: &State<'p>,
    piece: Piece,
    weight: f64,
    (nodes, gap): (u64, f64),
    backend: &dyn Backend,
    limits: &Limits,
) -> Result<Settled<'p>, MipError> {
    let mut settled = Settled { better: None, iterations: 0 };
    if piece.customers.is_empty() || limits.interrupted() {
        return Ok(settled);
    }
    let mut contiguity = Contiguity::new(state.problem, state.tables);
    let asked = contiguity.is_asked();
    let allowed = if asked { contiguity.strays(state).len() } else { 0 };
    let mut model = Model::new(state, piece, weight);
    let mut run = limits.clone();
    run.gap = gap;
    let mut mip = MipLimits::new(run);
    mip.nodes = Some(nodes);
    for round in 0..ROUNDS {
        let outcome = backend.solve(&model.program, Some(&model.start), &mip, &|_, _, _| {})?;
        settled.iterations += outcome.iterations;
        let Some(values) = outcome.values else { break };
        let Some(found) = model.apply(&values) else { break };
        let strays = if asked { contiguity.strays(&found) } else { Vec::new() };
        let target = settled.better.as_ref().map_or(state.score(), State::score);
        if strays.len() <= allowed {
            if found.score().better_than(target) {
                settled.better = Some(found);
            }
            break;
        }
        if !found.score().better_than(target) {
            // Even the unconnected solution is no better.
            break;
        }
        let mut mended = found.clone();
        if contiguity.repair(&mut mended, weight) <= allowed {
            mended.refresh();
            if mended.score().better_than(target) {
                settled.better = Some(mended);
            }
        }
        if round + 1 == ROUNDS || limits.interrupted() || model.add_cuts(&found, &strays) == 0 {
            break;
        }
    }
    Ok(settled)
}

/// The linear relaxation of serving everybody under the options of a state.
#[derive(Debug, Clone)]
pub struct Relaxation {
    /// Share of the arcs that were looked at.
    arcs: Vec<(ArcId, f64)>,
}

impl Relaxation {
    /// Solves the relaxation around a state, on the nearest arcs of every customer. `None` where that is too large to be
    /// worth while.
    ///
    /// # Errors
    /// [`MipError`] when the backend failed.
    pub fn solve(
        state: &State<'_>,
        weight: f64,
        backend: &dyn Backend,
        limits: &Limits,
    ) -> Result<Option<Self>, MipError> {
        const NEAREST: usize = 24;
        let problem = state.problem;
        let free: Vec<CustomerId> = problem
            .customers
            .ids()
            .filter(|&customer| state.site_of(customer) <= SPLIT && can_be_free(problem, customer))
            .collect();
        let per_customer = (RELAXED_COLUMNS / free.len().max(1)).min(NEAREST);
        if per_customer < 4 || limits.interrupted() {
            return Ok(None);
        }
        let candidates: Vec<(CustomerId, Vec<ArcId>)> = free
            .into_iter()
            .map(|customer| {
                let mut arcs: Vec<ArcId> = state
                    .tables
                    .by_cost(problem, customer)
                    .iter()
                    .map(|&arc| ArcId(arc))
                    .filter(|&arc| may_use(state, &[], customer, problem.arcs[arc].site))
                    .take(per_customer)
                    .collect();
                arcs.extend(state.arc_of(customer));
                arcs.extend(state.parts(customer).iter().map(|part| part.arc));
                arcs.sort_unstable();
                arcs.dedup();
                (customer, arcs)
            })
            .collect();
        let model = Model::new(state, Piece { customers: candidates.clone(), sites: Vec::new() }, weight);
        let mut relaxed = model.program;
        for column in &mut relaxed.columns {
            column.integer = false;
        }
        let outcome = backend.solve(&relaxed, None, &MipLimits::new(limits.clone()), &|_, _, _| {})?;
        let Some(values) = outcome.values else { return Ok(None) };
        let arcs = candidates.into_iter().flat_map(|(_, arcs)| arcs).zip(values).collect();
        Ok(Some(Self { arcs }))
    }

    /// The share of every arc of the problem.
    pub fn usage(&self, problem: &Problem) -> Vec<f64> {
        let mut usage = vec![0.0; problem.arcs.len()];
        for &(arc, share) in &self.arcs {
            usage[arc.index()] = share;
        }
        usage
    }
}

/// The least number of neighbourhoods in a wave.
pub const fn wave_size() -> usize {
    WAVE
}
