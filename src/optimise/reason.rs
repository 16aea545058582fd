//! Why the solver takes an action, beyond the reason that the planner declared for offering it.

use super::undo::{Baseline, Change, Judge};
use crate::compile::{Account, Compiled, Ledger};
use crate::domain::objective::Term;
use crate::domain::plan::PlannedAction;
use crate::domain::scenario::Scenario;
use crate::id::{ArcId, CustomerId, OptionId, RuleId};
use crate::kernel::check::{self, Score, Violation};
use crate::kernel::problem::{Overflow, Problem, Service, Solution};
use crate::kernel::tables::Tables;
use crate::message::Message;

/// Why one action is taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The action.
    pub action: PlannedAction,
    /// The reason: what would happen if this action alone were undone.
    pub why: Message,
    /// How much higher each declared term would be then, without excess over soft rules and moves between plan years;
    /// empty where undoing it breaks a rule.
    pub effects: Vec<(Term, f64)>,
}

/// A reason for every action of a solution, in order of site.
///
/// The action alone is undone, first with everybody staying where they are, then with those going back who left the site
/// or came to it. If the better of the two keeps every rule, the action pays by the difference in cost; if none does, the
/// rule that it would break is named. Other ways of undoing it are not searched, so this explains the plan and proves
/// nothing.
pub(super) fn of_actions(
    scenario: &Scenario,
    compiled: &Compiled,
    problem: &Problem,
    solution: &Solution,
) -> Vec<Reason> {
    let tables = Tables::new(problem);
    let mut judge = Judge::new(problem, &tables, solution);
    let now = judge.cost();
    let baseline = Baseline::new(scenario, compiled);
    let mut reasons = Vec::new();
    for (site, &option) in solution.options.entries() {
        let taken: Vec<_> = compiled.trajectories[option].own(scenario).collect();
        if taken.is_empty() {
            continue;
        }
        let undoings = baseline.undoings(scenario, compiled, solution, site);
        let feasible = undoings.iter().filter_map(|change| Some((judge.cost_after(change, f64::INFINITY)?, change)));
        let best = feasible.min_by(|(a, _), (b, _)| a.total_cmp(b));
        let (why, effects) = match (best, undoings.last()) {
            (Some((cost, change)), _) => {
                (Message::new("reason.pays").with("saves", amount(cost - now)), effects(compiled, solution, change))
            }
            (None, Some(change)) => {
                let other = change.applied(solution);
                (forced(scenario, compiled, problem, &other, &check::score(problem, &other)), Vec::new())
            }
            // A locked site has nothing to be compared with.
            (None, None) => (Message::new("reason.locked"), Vec::new()),
        };
        for (offer, year) in taken {
            let action = PlannedAction { site, year, measure: scenario.offers[offer].measure };
            reasons.push(Reason { action, why: why.clone(), effects: effects.clone() });
        }
    }
    reasons
}

/// How much higher every term is after a change.
fn effects(compiled: &Compiled, solution: &Solution, change: &Change) -> Vec<(Term, f64)> {
    let terms = compiled.accounts.ledgers.iter().filter_map(|(account, ledger)| match account {
        Account::Term(term) => Some((*term, ledger)),
        Account::Breach => None,
    });
    terms.map(|(term, ledger)| (term, added(compiled, ledger, solution, change))).collect()
}

/// What options and arcs are charged more on an account after a change.
fn added(compiled: &Compiled, ledger: &Ledger, solution: &Solution, change: &Change) -> f64 {
    let option = |id: OptionId| ledger.options.get(id).copied().unwrap_or(0.0);
    let arc = |id: ArcId| ledger.arcs.get(id).copied().unwrap_or(0.0);
    let served = |customer: CustomerId| match &solution.services[customer] {
        Service::Whole(used) => arc(*used),
        Service::Split(parts) => {
            let mass = compiled.problem.customers[customer].mass() as f64;
            parts.iter().map(|part| part.loads.iter().sum::<f64>() / mass * arc(part.arc)).sum()
        }
    };
    let options = change.options.iter().map(|&(site, new)| option(new) - option(solution.options[site]));
    let services = change.services.iter().map(|&(customer, new)| arc(new) - served(customer));
    options.sum::<f64>() + services.sum::<f64>()
}

/// The first rule that undoing would break, and where.
fn forced(scenario: &Scenario, compiled: &Compiled, problem: &Problem, other: &Solution, score: &Score) -> Message {
    for violation in &score.violations {
        if let Some((rule, place, excess)) = blame(compiled, problem, violation) {
            return Message::new("reason.rule")
                .with("rule", &scenario.rules[rule].id)
                .with("place", place)
                .with("excess", amount(excess));
        }
        if let Violation::Ceiling { ceiling, .. } = violation {
            return Message::new("reason.level").with("level", &problem.ceilings[*ceiling].name);
        }
        if let Violation::Row { row, .. } = violation
            && *row >= compiled.accounts.charges.rows.len()
        {
            return Message::new("reason.level").with("level", &problem.rows[*row].name);
        }
    }
    let stranded = score.violations.iter().find_map(|violation| match violation {
        Violation::NotServed { customer, .. } => Some(*customer),
        _ => None,
    });
    match stranded {
        Some(customer) if other.services.get(customer).is_some() => {
            let unit = compiled.cells.all[customer].unit;
            Message::new("reason.no_other_way").with("unit", &scenario.district.units[unit].key)
        }
        _ => Message::new("reason.linked"),
    }
}

/// The rule behind a violation, the place where it is broken, and by how much.
fn blame(compiled: &Compiled, problem: &Problem, violation: &Violation) -> Option<(RuleId, String, f64)> {
    let charges = &compiled.accounts.charges;
    match *violation {
        Violation::Limit { site, option, limit, excess, .. } => {
            let rule = charges.of(Overflow::Limit(option, limit as u32))?.rule?;
            Some((rule, problem.sites[site].name.clone(), excess))
        }
        Violation::Row { row, excess, .. } => {
            let rule = charges.of(Overflow::Row(row as u32))?.rule?;
            Some((rule, "county".to_owned(), excess))
        }
        _ => None,
    }
}

/// A number for a message: whole when it is, else with one decimal.
pub(super) fn amount(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded.fract() == 0.0 { format!("{rounded:.0}") } else { format!("{rounded:.1}") }
}
