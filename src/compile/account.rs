//! Accounts: what each term of the objective charges for, so that any of them can be minimised or held.

use crate::domain::objective::Term;
use crate::domain::scenario::Scenario;
use crate::id::{ArcId, IdVec, OptionId, RuleId};
use crate::kernel::problem::{Ceiling, Overflow, Problem, Row};

/// Something that a solution is charged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// A term of the objective.
    Term(Term),
    /// Excess over hard rules, in pupils affected. Only where they are set aside to find the least-violating plan.
    Breach,
}

impl Account {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Term(term) => term.name(),
            Self::Breach => "hard_excess",
        }
    }
}

/// What one unit of overflow costs, and on whose account.
#[derive(Debug, Clone, PartialEq)]
pub struct Charge {
    /// The rule; `None` for what follows from the actions themselves (a merger needs its target).
    pub rule: Option<RuleId>,
    /// Declared price; infinite for hard.
    pub price: f64,
    /// Pupils affected by one unit.
    pub weight: f64,
}

impl Charge {
    pub(super) fn new(scenario: &Scenario, rule: &str, price: f64, weight: f64) -> Self {
        let rule = scenario.rules.entries().find(|(_, other)| other.id == rule).map(|(id, _)| id);
        Self { rule, price, weight }
    }

    /// What nothing may set aside.
    pub(super) fn structural() -> Self {
        Self { rule: None, price: f64::INFINITY, weight: 0.0 }
    }

    /// What the charge comes to on an account; `None` where it is not on it.
    fn on(&self, account: Account) -> Option<f64> {
        match account {
            Account::Term(Term::SoftExcess) if self.price.is_finite() => Some(self.price),
            Account::Breach if self.price.is_infinite() && self.rule.is_some() => Some(self.weight),
            _ => None,
        }
    }
}

/// What one account charges for options and arcs.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// By option; empty when none costs anything.
    pub options: IdVec<OptionId, f64>,
    /// By arc; empty when none costs anything.
    pub arcs: IdVec<ArcId, f64>,
    /// By pair of the problem; empty when none costs anything.
    pub pairs: Vec<f64>,
}

/// What everything that can overflow costs, aligned with the problem.
#[derive(Debug, Clone, Default)]
pub struct Charges {
    /// Of the limits of every option.
    pub limits: IdVec<OptionId, Vec<Charge>>,
    /// Of the rows.
    pub rows: Vec<Charge>,
}

impl Charges {
    /// The charge of an overflow; `None` for a pair, which is on the ledgers.
    pub fn of(&self, overflow: Overflow) -> Option<&Charge> {
        match overflow {
            Overflow::Limit(option, limit) => self.limits.get(option)?.get(limit as usize),
            Overflow::Row(row) => self.rows.get(row as usize),
            Overflow::Pair(_) => None,
        }
    }

    fn all(&self) -> impl Iterator<Item = (Overflow, &Charge)> {
        let limits = self.limits.entries().flat_map(|(option, charges)| {
            charges.iter().enumerate().map(move |(limit, charge)| (Overflow::Limit(option, limit as u32), charge))
        });
        limits.chain(self.rows.iter().enumerate().map(|(row, charge)| (Overflow::Row(row as u32), charge)))
    }
}

/// All accounts of a compiled problem.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    /// The ledgers of the accounts in play.
    pub ledgers: std::collections::BTreeMap<Account, Ledger>,
    /// What overflow costs.
    pub charges: Charges,
}

impl Accounts {
    /// Lets `problem` minimise a weighted sum of accounts. Hard prices stay infinite, unless the problem was compiled
    /// with its hard rules set aside; every other price becomes what the weights make of it, 0 included.
    pub fn minimise(&self, problem: &mut Problem, weights: &[(Account, f64)]) {
        for option in &mut problem.options {
            option.cost = 0.0;
        }
        for arc in &mut problem.arcs {
            arc.cost = 0.0;
        }
        for pair in problem.pairs.iter_mut().filter(|pair| pair.price.is_finite()) {
            pair.price = 0.0;
        }
        for &(account, weight) in weights {
            let Some(ledger) = self.ledgers.get(&account) else { continue };
            for (option, cost) in problem.options.iter_mut().zip(&ledger.options) {
                option.cost += weight * cost;
            }
            for (arc, cost) in problem.arcs.iter_mut().zip(&ledger.arcs) {
                arc.cost += weight * cost;
            }
            for (pair, cost) in problem.pairs.iter_mut().zip(&ledger.pairs) {
                pair.price += weight * cost;
            }
        }
        let price = |charge: &Charge| {
            weights.iter().map(|&(account, weight)| charge.on(account).map_or(0.0, |each| weight * each)).sum::<f64>()
        };
        for (option, charges) in problem.options.iter_mut().zip(&self.charges.limits) {
            for (limit, charge) in option.limits.iter_mut().zip(charges).filter(|(limit, _)| limit.price.is_finite()) {
                limit.price = price(charge);
            }
        }
        for (row, charge) in problem.rows.iter_mut().zip(&self.charges.rows).filter(|(row, _)| row.price.is_finite()) {
            row.price = price(charge);
        }
    }

    /// Holds a weighted sum of accounts at or below `upper` in `problem`: by a row where only options and arcs are
    /// charged, else by a ceiling that counts overflow too.
    pub fn hold(&self, problem: &mut Problem, name: &str, weights: &[(Account, f64)], upper: f64) {
        let mut options = vec![0.0; problem.options.len()];
        let mut arcs = vec![0.0; problem.arcs.len()];
        let mut overflows: Vec<(Overflow, f64)> = Vec::new();
        for &(account, weight) in weights {
            if let Some(ledger) = self.ledgers.get(&account) {
                options.iter_mut().zip(&ledger.options).for_each(|(sum, cost)| *sum += weight * cost);
                arcs.iter_mut().zip(&ledger.arcs).for_each(|(sum, cost)| *sum += weight * cost);
                let pairs = ledger.pairs.iter().enumerate().filter(|(_, cost)| **cost != 0.0);
                overflows.extend(pairs.map(|(pair, cost)| (Overflow::Pair(pair as u32), weight * cost)));
            }
            let charged = self.charges.all().filter_map(|(overflow, charge)| Some((overflow, charge.on(account)?)));
            overflows.extend(charged.filter(|(_, each)| *each != 0.0).map(|(at, each)| (at, weight * each)));
        }
        let options: Vec<_> = problem.options.ids().zip(options).filter(|&(_, factor)| factor != 0.0).collect();
        let arcs: Vec<_> = problem.arcs.ids().zip(arcs).filter(|&(_, factor)| factor != 0.0).collect();
        let name = name.to_owned();
        if overflows.is_empty() {
            let (lower, price) = (f64::NEG_INFINITY, f64::INFINITY);
            problem.rows.push(Row { name, options, arcs, lower, upper, price });
        } else {
            problem.ceilings.push(Ceiling { name, options, arcs, overflows, upper });
        }
    }
}
