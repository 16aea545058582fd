//! Ties: among plans of the same cost the one with the fewest changes.
//!
//! Engines minimise the declared objective and nothing else, so no secondary criterion can distort it or its bound. What
//! they return is put in order here: an action that does not pay is undone, and customers go back to their baseline site
//! where that costs no more. Ties that remain were broken by the engine in file order.

use crate::compile::Compiled;
use crate::domain::scenario::Scenario;
use crate::id::{ArcId, CustomerId, IdVec, OptionId, SiteId};
use crate::kernel::check;
use crate::kernel::problem::{Problem, Service, Solution};

/// Most undone moves of single customers that are tried, each judged on the whole problem.
const MOST_MOVES: usize = 2_000;

/// A solution that costs no more than `solution` and does not do more: every action, in file order, is undone if the rest
/// still holds and costs no more, again and again until none can be; then customers go back, likewise.
pub(super) fn fewest_changes(
    scenario: &Scenario,
    compiled: &Compiled,
    problem: &Problem,
    mut solution: Solution,
) -> Solution {
    let mut score = check::score(problem, &solution);
    if !score.is_feasible() {
        return solution;
    }
    let baseline = Baseline::new(scenario, compiled);
    loop {
        let mut undone = false;
        for site in scenario.district.sites.ids() {
            for candidate in baseline.undoings(scenario, compiled, &solution, site) {
                // To judge everything takes long in a large county, and overflow never costs less than nothing.
                let services = score.options + score.arcs + surcharge(problem, &solution, &candidate);
                if !no_dearer(problem.offset + services, score.cost) {
                    continue;
                }
                let other = check::score(problem, &candidate);
                if other.is_feasible() && no_dearer(other.cost, score.cost) {
                    (solution, score, undone) = (candidate, other, true);
                    break;
                }
            }
        }
        if !undone {
            break;
        }
    }
    let mut moves = 0;
    for customer in compiled.cells.all.ids() {
        let Some(home) = baseline.arcs[customer] else { continue };
        let Service::Whole(used) = solution.services[customer] else { continue };
        let closed = !problem.options[solution.options[problem.arcs[home].site]].serves.allows(customer);
        if used == home || closed || !no_dearer(problem.arcs[home].cost, problem.arcs[used].cost) || moves == MOST_MOVES
        {
            continue;
        }
        moves += 1;
        let mut candidate = solution.clone();
        candidate.services[customer] = Service::Whole(home);
        let other = check::score(problem, &candidate);
        if other.is_feasible() && no_dearer(other.cost, score.cost) {
            (solution, score) = (candidate, other);
        }
    }
    solution
}

fn no_dearer(cost: f64, than: f64) -> bool {
    cost <= than + 1e-9 * than.abs().max(1.0)
}

/// What options and arcs of `to` cost more than those of `from`.
fn surcharge(problem: &Problem, from: &Solution, to: &Solution) -> f64 {
    let option = |id: OptionId| problem.options[id].cost;
    let options = from.options.iter().zip(&to.options).filter(|(a, b)| a != b).map(|(&a, &b)| option(b) - option(a));
    let service = |customer: CustomerId, service: &Service| -> f64 {
        let shares = check::shares(problem, customer, service);
        shares.map(|(arc, share)| share * problem.arcs[arc].cost).sum()
    };
    let services = problem.customers.ids().filter(|&id| from.services[id] != to.services[id]);
    options.sum::<f64>()
        + services.map(|id| service(id, &to.services[id]) - service(id, &from.services[id])).sum::<f64>()
}

/// Where customers went before anything was done.
pub(super) struct Baseline {
    /// The arc to the baseline site, where there is one.
    arcs: IdVec<CustomerId, Option<ArcId>>,
}

impl Baseline {
    /// The baseline of a scenario.
    pub fn new(scenario: &Scenario, compiled: &Compiled) -> Self {
        Self { arcs: compiled.cells.all.ids().map(|customer| baseline_arc(scenario, compiled, customer)).collect() }
    }

    /// The solution with the action at a site undone: first with everybody staying where they are, then with those going back
    /// to their baseline site who left this one or came to it. Empty when the site is kept as it is.
    pub fn undoings(
        &self,
        scenario: &Scenario,
        compiled: &Compiled,
        solution: &Solution,
        site: SiteId,
    ) -> Vec<Solution> {
        let Some(keep) = keeping(compiled, site).filter(|&keep| keep != solution.options[site]) else {
            return Vec::new();
        };
        let mut kept = solution.clone();
        kept.options[site] = keep;
        // A relocation is undone at both places.
        for &(offer, _) in &compiled.trajectories[solution.options[site]].taken {
            let offer = &scenario.offers[offer];
            for other in offer.measure.receiver().into_iter().chain([offer.site]).filter(|&other| other != site) {
                let taken = &compiled.trajectories[solution.options[other]].taken;
                let same = *taken == compiled.trajectories[solution.options[site]].taken;
                if let (true, Some(keep)) = (same, keeping(compiled, other)) {
                    kept.options[other] = keep;
                }
            }
        }
        let mut back = kept.clone();
        for customer in compiled.cells.all.ids() {
            let Some(home) = self.arcs[customer] else { continue };
            let Service::Whole(used) = solution.services[customer] else { continue };
            let (from, to) = (compiled.problem.arcs[home].site, compiled.problem.arcs[used].site);
            let changed = |at: SiteId| kept.options[at] != solution.options[at];
            if from != to && (changed(from) || changed(to)) {
                back.services[customer] = Service::Whole(home);
            }
        }
        vec![kept, back]
    }
}

/// The option of a site that does nothing.
pub(super) fn keeping(compiled: &Compiled, site: SiteId) -> Option<OptionId> {
    compiled.problem.options_of(site).find(|&option| compiled.trajectories[option].taken.is_empty())
}

/// The arc of a customer to its baseline site, where it has one.
fn baseline_arc(scenario: &Scenario, compiled: &Compiled, customer: CustomerId) -> Option<ArcId> {
    let cell = &compiled.cells.all[customer];
    let stage = scenario.stage_index(cell.stage)?;
    let home = scenario.baseline.sites.get(cell.unit)?.get(stage).copied().flatten()?;
    compiled.problem.arcs_of(customer).find(|&arc| compiled.problem.arcs[arc].site == home)
}
