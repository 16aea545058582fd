//! Plans of large problems region by region: a few dozen neighbouring sites and everybody served there are a problem of their
//! own, which searches and the engine itself do well in seconds, and what is found there is gained whatever happens
//! elsewhere. Regions share no site and are cut anew each time (POPMUSIC: Taillard and Voss 2002, in Essays and Surveys in
//! Metaheuristics).

use super::{IMPROVE_MOVES, MOVE, Run};
use crate::id::SiteId;
use crate::kernel::engine::EngineError;
use crate::kernel::neighbourhood::Picking;
use crate::kernel::primal::Improver;
use crate::kernel::problem::Solution;
use crate::kernel::region::{self, Region, catchments};
use crate::kernel::state::State;
use crate::kernel::tables::is_open;
use crate::random::Random;
use crate::run::{Limits, Phase, Silent};
use rayon::prelude::*;

/// Fewest sites that serve in a region that is worth while, and regions that a plan must fall into.
const LEAST_SITES: usize = 5;
const LEAST_REGIONS: usize = 7;
/// Regions after which the best plan is put together and reported.
const BATCH: usize = 16;
/// Most searches of a region in a round, each from where the last one ended; the first that finds nothing ends them.
const SEARCHES: u64 = 6;
/// Part of the engine's work in a region that goes into its bound, which only guides it.
const CLIMB_PART: u64 = 4;
/// Gap at which the engine is done with a region.
const GAP: f64 = 1e-3;

/// How the regions of a round are settled.
#[derive(Debug, Clone, Copy)]
struct Manner {
    /// Sites that serve in a region.
    sites: usize,
    /// Work of the engine in each; none for local searches.
    work: Option<u64>,
    /// Share of the gap that a round must close for another in the same manner to follow.
    pays: f64,
}

/// The manners, in the order in which they are tried. What is quick comes first; what is left then is found in small regions at
/// less cost, and the rest in larger ones, which go on for less since only waves are left after them.
const MANNERS: [Manner; 6] = [
    Manner { sites: 25, work: None, pays: 0.02 },
    Manner { sites: 25, work: Some(100_000_000), pays: 0.03 },
    Manner { sites: 12, work: Some(100_000_000), pays: 0.03 },
    Manner { sites: 25, work: Some(400_000_000), pays: 0.03 },
    Manner { sites: 40, work: Some(1_600_000_000), pays: 0.03 },
    Manner { sites: 60, work: Some(3_200_000_000), pays: 0.005 },
];

impl Run<'_> {
    /// Whether plans come from regions alone before anything else is tried: they fall into enough of those that come first.
    pub(super) fn is_regional(&self) -> bool {
        self.has_regions(MANNERS[0].sites)
    }

    /// Whether regions of so many sites are worth while: customers tied together by limits and rows alone, enough regions, and a
    /// gap so wide that plans come first.
    fn has_regions(&self, sites: usize) -> bool {
        let serving = |solution: &Solution| {
            solution.options.iter().filter(|&&option| is_open(self.problem, option)).count() >= LEAST_REGIONS * sites
        };
        self.plain
            && self.waves_first()
            && region::has_regions(self.problem)
            && self.best.solution().is_some_and(serving)
    }

    /// Rounds of searches in regions, then of the engine, while they pay and the gap is wide. Returns whether there were any
    /// regions.
    pub(super) fn settle_regions(&mut self) -> Result<bool, EngineError> {
        let mut round = 0;
        for manner in MANNERS {
            while self.has_regions(manner.sites) && !self.finished() {
                let before = self.best.cost();
                if !self.region_round(round, manner)? {
                    break;
                }
                round += 1;
                if before - self.best.cost() < manner.pays * (before - self.bound) {
                    break;
                }
            }
        }
        Ok(round > 0)
    }

    /// One round: regions that share no site, settled side by side. Returns whether there were any.
    fn region_round(&mut self, round: u64, manner: Manner) -> Result<bool, EngineError> {
        let (problem, limits) = (self.problem, self.limits);
        let Some(start) = self.best.solution() else { return Ok(false) };
        self.report(Phase::Improve);
        let groups = self.cut(start, manner.sites, round);
        let catchments = catchments(problem, start);
        for (batch, groups) in groups.chunks(BATCH).enumerate() {
            if self.finished() {
                break;
            }
            // What rows leave is less after every batch; who is served where is not, since groups share no site.
            let Some(now) = self.best.solution() else { break };
            let left = limits.work.map_or(u64::MAX, |limit| limit.saturating_sub(self.work) / groups.len() as u64);
            let settled: Vec<Result<Option<_>, EngineError>> = groups
                .par_iter()
                .enumerate()
                .map(|(number, sites)| {
                    if limits.interrupted() {
                        return Ok(None);
                    }
                    let region = Region::new(problem, now, &catchments, sites);
                    let (solution, work) = match manner.work {
                        None => self.search_region(&region, &format!("region {round} {batch} {number}")),
                        Some(work) => self.solve_region(&region, work.min(left))?,
                    };
                    Ok(Some((region, solution, work)))
                })
                .collect();
            let mut found = Vec::with_capacity(settled.len());
            for settled in settled {
                let Some((region, solution, work)) = settled? else { continue };
                self.work += work;
                if solution != region.start {
                    found.push((region, solution));
                }
            }
            self.put_together(&found)?;
            self.report(Phase::Improve);
        }
        Ok(!groups.is_empty())
    }

    /// Groups of so many neighbouring sites that share none, without those in which next to none serve.
    fn cut(&self, solution: &Solution, size: usize, round: u64) -> Vec<Vec<SiteId>> {
        let problem = self.problem;
        let state = State::of(problem, self.improver.tables(), solution);
        let picking = Picking {
            random: &mut Random::new(self.limits.seed, &format!("regions {round}")),
            tries: &vec![0; problem.sites.len()],
            size,
            most: usize::MAX,
            shut: true,
            counts: &|_| true,
        };
        let mut groups = picking.groups(&state);
        let serving = |group: &[SiteId]| group.iter().filter(|&&site| is_open(problem, state.option(site))).count();
        groups.retain(|group| serving(group) >= LEAST_SITES);
        groups
    }

    /// What searches make of a region, and their work.
    fn search_region(&self, region: &Region, name: &str) -> (Solution, u64) {
        let limits = self.limits;
        let improver = Improver::new(&region.problem);
        let moves = IMPROVE_MOVES * region.problem.customers.len() as u64;
        let mut best = improver.judge(&region.start);
        let mut work = 0;
        for search in 0..SEARCHES {
            if limits.interrupted() {
                break;
            }
            let found = improver.improve(&best.solution, moves, limits.seed, &format!("{name} {search}"), limits);
            work += MOVE * found.work;
            if !found.better_than(&best) {
                break;
            }
            best = found;
        }
        (best.solution, work)
    }

    /// What the engine makes of a region, and its work.
    fn solve_region(&self, region: &Region, work: u64) -> Result<(Solution, u64), EngineError> {
        let limits = Limits { work: Some(work), gap: self.limits.gap.max(GAP), log: None, ..self.limits.clone() };
        let wide_work = work / CLIMB_PART;
        let outcome = Run { wide_work, ..Run::new(&region.problem, &limits, &Silent) }.solve(Some(&region.start))?;
        Ok((outcome.solution.unwrap_or_else(|| region.start.clone()), outcome.work))
    }

    /// Puts what was found in regions into the best solution: all at once, or where rows do not allow that one by one.
    fn put_together(&mut self, found: &[(Region, Solution)]) -> Result<(), EngineError> {
        let Some(best) = self.best.solution().filter(|_| !found.is_empty()) else { return Ok(()) };
        let mut all = best.clone();
        for (region, solution) in found {
            region.put(solution, &mut all);
        }
        if self.best.offer(self.problem, all)?.taken {
            return Ok(());
        }
        for (region, solution) in found {
            let Some(best) = self.best.solution() else { break };
            let mut one = best.clone();
            region.put(solution, &mut one);
            self.best.offer(self.problem, one)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::OptionId;
    use crate::kernel::builder::{ProblemBuilder, RowDraft};
    use crate::kernel::check;
    use crate::kernel::problem::{Problem, Service};
    use std::num::NonZeroUsize;

    const SIDE: usize = 22;
    const SHUT: usize = 9;

    /// A grid of open sites, each with two customers beside it, of which a few may be shut: fewer than pays, so that not all
    /// that regions find is possible together.
    fn grid() -> (Problem, Solution) {
        let mut random = Random::new(1, "grid");
        let mut builder = ProblemBuilder::new();
        let pupils = builder.commodity("pupils");
        let load = builder.load(pupils);
        let place = |at: usize| ((at % SIDE) as f64, (at / SIDE) as f64);
        let mut open = Vec::new();
        let sites: Vec<SiteId> = (0..SIDE * SIDE)
            .map(|at| {
                let site = builder.site(format!("s{at}"));
                builder.shut(site);
                let option = builder.option(site, "open", 6.0);
                builder.capacity(option, load, 40);
                open.push((option, 1.0));
                site
            })
            .collect();
        let (name, arcs, upper, price) = ("open".to_owned(), Vec::new(), f64::INFINITY, f64::INFINITY);
        builder.row(RowDraft { name, options: open, arcs, lower: (SIDE * SIDE - SHUT) as f64, upper, price });
        let mut nearest = Vec::new();
        for at in 0..2 * sites.len() {
            let home = place(at / 2);
            let here = (home.0 + random.range(-0.7, 0.7), home.1 + random.range(-0.7, 0.7));
            let customer = builder.customer(format!("c{at}"), [(pupils, random.between(5, 20))]);
            for (number, &site) in sites.iter().enumerate() {
                let there = place(number);
                let distance = (here.0 - there.0).hypot(here.1 - there.1);
                if distance < 3.0 {
                    let arc = builder.arc(customer, site, 10.0 * distance);
                    if number == at / 2 {
                        nearest.push(arc);
                    }
                }
            }
        }
        let built = builder.build().expect("consistent");
        let options = built.problem.sites.iter().map(|site| OptionId(site.options.start + 1)).collect();
        let services = nearest.into_iter().map(|arc| Service::Whole(built.arc(arc))).collect();
        (built.problem, Solution { options, services })
    }

    #[test]
    fn regions_make_a_plan_cheaper_the_same_whatever_the_threads() {
        let (problem, start) = grid();
        let before = check::score(&problem, &start);
        assert!(before.is_feasible(), "{:?}", before.violations);
        let settle = |threads: usize| {
            let limits = Limits { threads: NonZeroUsize::new(threads).expect("some"), ..Limits::new() };
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| {
                let mut run = Run::new(&problem, &limits, &Silent);
                run.best.offer(&problem, start.clone()).expect("fits");
                run.region_round(0, MANNERS[0]).expect("settled");
                let searched = run.best.cost();
                run.region_round(1, Manner { work: Some(1_000_000), ..MANNERS[1] }).expect("settled");
                (run.best.into_solution().expect("a plan"), searched, run.work)
            })
        };
        let (plan, searched, work) = settle(1);
        let after = check::score(&problem, &plan);
        assert!(after.is_feasible(), "{:?}", after.violations);
        assert!(searched < before.cost, "{searched} of {}", before.cost);
        assert!(after.cost < searched, "{} of {searched}", after.cost);
        let shut = plan.options.iter().filter(|&&option| !is_open(&problem, option)).count();
        assert_eq!(shut, SHUT, "shutting pays");
        for threads in [2, 8] {
            assert_eq!(settle(threads), (plan.clone(), searched, work), "{threads} threads");
        }
    }
}
