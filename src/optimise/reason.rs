//! Why the solver takes an action, beyond the reason that the planner declared for offering it.

use super::tidy::Baseline;
use crate::compile::{Account, Compiled};
use crate::domain::objective::Term;
use crate::domain::plan::PlannedAction;
use crate::domain::scenario::Scenario;
use crate::id::RuleId;
use crate::kernel::check::{self, Score, Violation};
use crate::kernel::problem::{Overflow, Problem, Service, Solution};
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
    let now = check::score(problem, solution);
    let baseline = Baseline::new(scenario, compiled);
    let mut reasons = Vec::new();
    for (site, &option) in solution.options.entries() {
        let taken: Vec<_> = compiled.trajectories[option].own(scenario).collect();
        if taken.is_empty() {
            continue;
        }
        let others: Vec<(Solution, Score)> = baseline
            .undoings(scenario, compiled, solution, site)
            .into_iter()
            .map(|other| {
                let score = check::score(problem, &other);
                (other, score)
            })
            .collect();
        let feasible = others.iter().filter(|(_, score)| score.is_feasible());
        let best = feasible.min_by(|(_, a), (_, b)| a.cost.total_cmp(&b.cost));
        let (why, effects) = match (best, others.last()) {
            (Some((other, score)), _) => (
                Message::new("reason.pays").with("saves", amount(score.cost - now.cost)),
                effects(compiled, solution, other),
            ),
            (None, Some((other, score))) => (forced(scenario, compiled, problem, other, score), Vec::new()),
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

/// How much higher every term is in `other`.
fn effects(compiled: &Compiled, solution: &Solution, other: &Solution) -> Vec<(Term, f64)> {
    let terms = compiled.accounts.ledgers.keys().filter_map(|&account| match account {
        Account::Term(term) => Some(term),
        Account::Breach => None,
    });
    let difference = |term| {
        let account = Account::Term(term);
        total(compiled, account, other) - total(compiled, account, solution)
    };
    terms.map(|term| (term, difference(term))).collect()
}

/// What a solution is charged on an account for its options and arcs.
fn total(compiled: &Compiled, account: Account, solution: &Solution) -> f64 {
    let Some(ledger) = compiled.accounts.ledgers.get(&account) else { return 0.0 };
    let options = solution.options.iter().map(|&option| ledger.options.get(option).copied().unwrap_or(0.0));
    let arcs = solution.services.entries().map(|(customer, service)| match service {
        Service::Whole(arc) => ledger.arcs.get(*arc).copied().unwrap_or(0.0),
        Service::Split(parts) => {
            let mass = compiled.problem.customers[customer].mass() as f64;
            let share = |loads: &[f64]| loads.iter().sum::<f64>() / mass;
            parts.iter().map(|part| share(&part.loads) * ledger.arcs.get(part.arc).copied().unwrap_or(0.0)).sum()
        }
    });
    options.sum::<f64>() + arcs.sum::<f64>()
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
