//! Ties: among plans of the same cost the one with the fewest changes.
//!
//! Engines minimise the declared objective and nothing else, so no secondary criterion can distort it or its bound. What
//! they return is put in order here: an action that does not pay is undone, and customers go back to their baseline site
//! where that costs no more. Ties that remain were broken by the engine in file order.

use super::undo::{Baseline, Change, Judge};
use crate::compile::Compiled;
use crate::domain::scenario::Scenario;
use crate::kernel::check;
use crate::kernel::problem::{Problem, Service, Solution};
use crate::kernel::tables::Tables;

/// A solution that costs no more than `solution` and does not do more: every action, in file order, is undone if the rest
/// still holds and costs no more, again and again until none can be; then customers go back, likewise.
pub(super) fn fewest_changes(
    scenario: &Scenario,
    compiled: &Compiled,
    problem: &Problem,
    mut solution: Solution,
) -> Solution {
    if !check::score(problem, &solution).is_feasible() {
        return solution;
    }
    let tables = Tables::new(problem);
    let mut judge = Judge::new(problem, &tables, &solution);
    let baseline = Baseline::new(scenario, compiled);
    loop {
        let mut undone = false;
        for site in scenario.district.sites.ids() {
            let undoings = baseline.undoings(scenario, compiled, &solution, site);
            if undoings.iter().any(|change| make_if_no_dearer(&mut judge, &mut solution, change)) {
                undone = true;
            }
        }
        if !undone {
            break;
        }
    }
    for customer in compiled.cells.all.ids() {
        let Some(home) = baseline.arcs[customer] else { continue };
        let Service::Whole(used) = solution.services[customer] else { continue };
        let closed = !problem.options[solution.options[problem.arcs[home].site]].serves.allows(customer);
        if used != home && !closed && no_dearer(problem.arcs[home].cost, problem.arcs[used].cost) {
            let back = Change { options: Vec::new(), services: vec![(customer, home)] };
            make_if_no_dearer(&mut judge, &mut solution, &back);
        }
    }
    solution
}

/// Makes a change if every rule still holds then and it costs no more; whether it was made.
fn make_if_no_dearer(judge: &mut Judge<'_>, solution: &mut Solution, change: &Change) -> bool {
    let now = judge.cost();
    let pays = judge.cost_after(change).is_some_and(|cost| no_dearer(cost, now));
    if pays {
        judge.make(change);
        change.apply(solution);
    }
    pays
}

fn no_dearer(cost: f64, than: f64) -> bool {
    cost <= than + 1e-9 * than.abs().max(1.0)
}
