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

/// Most moves of single customers that are tried where each is judged on the whole problem.
const MOST_SLOW_MOVES: usize = 2_000;

/// A solution that costs no more than `solution` and does not do more: every action, in file order, is undone if the rest
/// still holds and costs no more, again and again until none can be; then customers go back, likewise.
pub(super) fn fewest_changes(scenario: &Scenario, compiled: &Compiled, problem: &Problem, given: Solution) -> Solution {
    let score = check::score(problem, &given);
    if !score.is_feasible() {
        return given;
    }
    // One share of rounding for all changes together.
    let rounding = 1e-9 * score.cost.abs().max(1.0);
    let most = score.cost + rounding;
    let mut solution = given.clone();
    let tables = Tables::new(problem);
    let mut judge = Judge::new(problem, &tables, &solution);
    let baseline = Baseline::new(scenario, compiled);
    loop {
        let mut undone = false;
        for site in scenario.district.sites.ids() {
            let undoings = baseline.undoings(scenario, compiled, &solution, site);
            if undoings.iter().any(|change| make_if_no_dearer(&mut judge, &mut solution, change, most)) {
                undone = true;
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
        if used != home && !closed && problem.arcs[home].cost <= problem.arcs[used].cost + rounding {
            moves += 1;
            if judge.is_slow() && moves > MOST_SLOW_MOVES {
                break;
            }
            let back = Change { options: Vec::new(), services: vec![(customer, home)] };
            make_if_no_dearer(&mut judge, &mut solution, &back, most);
        }
    }
    // The referee has the last word: what running sums cannot tell apart from nothing is no reason to break a rule.
    let tidied = check::score(problem, &solution);
    if tidied.is_feasible() && tidied.cost <= most { solution } else { given }
}

/// Makes a change if every rule still holds then and it costs no more than now, or than `most`; whether it was made.
fn make_if_no_dearer(judge: &mut Judge<'_>, solution: &mut Solution, change: &Change, most: f64) -> bool {
    let most = most.min(judge.cost() + 1e-9 * judge.cost().abs().max(1.0));
    let pays = judge.cost_after(change, most).is_some();
    if pays {
        judge.make(change);
        change.apply(solution);
    }
    pays
}
