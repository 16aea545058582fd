//! One kernel problem for several forecasts: one choice at every site and one way for every customer, with loads, limits and
//! charges for every forecast.
//!
//! Every forecast is compiled by itself and its problem is a *part* of the joint one. What the parts share is there once:
//! sites, options, customers, ways, links between options. What depends on pupils is there once for every part: a customer
//! carries the loads of all forecasts, each as commodities of its own, and an option has the limits of all of them. A customer
//! that may be divided in some forecast is the exception: how pupils are shared out can only be said of pupils, so it is there
//! once for every forecast and divided anew in each.
//!
//! The charges of the parts are added up with weights, so that any weighting of the forecasts is an objective. A forecast
//! that need not keep its hard rules is *let go*: its limits stay, at price 0.

mod highest;
mod implied;
mod merge;

pub use highest::{Highest, only};

use super::account::{Account, Accounts, Charge, Charges, Ledger};
use super::{CompileError, Compiled};
use crate::id::{ArcId, CustomerId, Id, IdVec, OptionId, SiteId};
use crate::kernel::problem::{Limit, Part as Share, Problem, Service, Solution};
use merge::Map;
use std::collections::BTreeSet;

/// Several compiled forecasts as one problem.
#[derive(Debug, Clone)]
pub struct Joint {
    /// The forecasts, each compiled by itself.
    parts: Vec<Compiled>,
    /// Where everything of a part is in the whole.
    maps: Vec<Map>,
    /// Structure of the whole: with the limits of all parts, and nothing charged.
    whole: Compiled,
    /// Limits that follow from those of other parts, by option and position: the parts from which they follow.
    implied: Vec<(OptionId, usize, Vec<usize>)>,
}

impl Joint {
    /// Puts compiled forecasts of one county together. The parts must come from scenarios that agree on everything but
    /// pupils, compiled with the same options.
    ///
    /// Options and ways that some forecast does not allow are left out: a plan of all forecasts cannot take them.
    ///
    /// # Errors
    /// [`CompileError::NoCommonWay`] when some pupils have no site that every forecast allows.
    ///
    /// # Panics
    /// Without parts.
    pub fn new(parts: Vec<Compiled>) -> Result<Self, CompileError> {
        let (maps, whole) = merge::merge(&parts)?;
        let implied = implied::limits(&parts, &maps, &whole);
        Ok(Self { parts, maps, whole, implied })
    }

    /// The forecasts, each compiled by itself.
    pub fn parts(&self) -> &[Compiled] {
        &self.parts
    }

    /// The whole with the charges of the parts added up by `weights`. Hard rules that depend on pupils bind in the parts that
    /// are `kept`; rules on sites and money alone always do.
    ///
    /// # Panics
    /// If there are not as many weights and flags as parts.
    pub fn compiled(&self, weights: &[f64], kept: &[bool]) -> Compiled {
        assert_eq!((weights.len(), kept.len()), (self.parts.len(), self.parts.len()), "one weight and flag a forecast");
        Compiled { problem: self.problem(kept), accounts: self.accounts(weights), ..self.whole.clone() }
    }

    fn problem(&self, kept: &[bool]) -> Problem {
        let mut problem = self.whole.problem.clone();
        for (part, map) in self.maps.iter().enumerate().filter(|&(part, _)| !kept[part]) {
            for (option, &start) in map.limits.entries() {
                let charges = &self.parts[part].accounts.charges.limits[map.options[option]];
                for (limit, charge) in problem.options[option].limits[start..].iter_mut().zip(charges) {
                    if charge.rule.is_some() && limit.price.is_infinite() {
                        limit.price = 0.0;
                    }
                }
            }
            for &row in &map.own_rows {
                if problem.rows[row].price.is_infinite() {
                    problem.rows[row].price = 0.0;
                }
            }
            for ceiling in &mut problem.ceilings[map.ceilings.clone()] {
                ceiling.upper = f64::INFINITY;
            }
        }
        problem.ceilings.retain(|ceiling| ceiling.upper < f64::INFINITY);
        for (option, at, from) in &self.implied {
            if from.iter().any(|&part| kept[part]) {
                let limit = &mut problem.options[*option].limits[*at];
                limit.max = if limit.price.is_infinite() { Limit::UNLIMITED } else { limit.max };
            }
        }
        problem
    }

    /// The charges of the parts, added up by `weights`.
    pub fn accounts(&self, weights: &[f64]) -> Accounts {
        let mut accounts = Accounts::default();
        let names: BTreeSet<Account> =
            self.parts.iter().flat_map(|part| part.accounts.ledgers.keys().copied()).collect();
        for account in names {
            let mut sum = Ledger::default();
            for ((part, map), &weight) in self.parts.iter().zip(&self.maps).zip(weights) {
                if let Some(ledger) = part.accounts.ledgers.get(&account) {
                    self.add(&mut sum, ledger, map, weight);
                }
            }
            accounts.ledgers.insert(account, sum);
        }
        accounts.charges = self.charges(weights);
        accounts
    }

    fn add(&self, sum: &mut Ledger, ledger: &Ledger, map: &Map, weight: f64) {
        let problem = &self.whole.problem;
        if !ledger.options.is_empty() {
            grow(&mut sum.options, problem.options.len());
            for (option, &own) in map.options.entries() {
                sum.options[option] += weight * ledger.options[own];
            }
        }
        if !ledger.arcs.is_empty() {
            grow(&mut sum.arcs, problem.arcs.len());
            for (arc, own) in map.arcs.entries() {
                sum.arcs[arc] += own.map_or(0.0, |own| weight * ledger.arcs[own]);
            }
        }
        for (&pair, cost) in map.pairs.iter().zip(&ledger.pairs) {
            sum.pairs.resize(problem.pairs.len(), 0.0);
            sum.pairs[pair] += weight * cost;
        }
    }

    fn charges(&self, weights: &[f64]) -> Charges {
        let problem = &self.whole.problem;
        let mut limits: IdVec<OptionId, Vec<Charge>> = IdVec::filled(Vec::new(), problem.options.len());
        let mut rows: Vec<Option<Charge>> = vec![None; problem.rows.len()];
        for ((part, map), &weight) in self.parts.iter().zip(&self.maps).zip(weights) {
            for (option, &own) in map.options.entries() {
                limits[option].extend(part.accounts.charges.limits[own].iter().map(|charge| weighed(charge, weight)));
            }
            for (&row, charge) in map.rows.iter().zip(&part.accounts.charges.rows) {
                let Charge { rule, price, weight: affected } = weighed(charge, weight);
                match &mut rows[row] {
                    Some(sum) => {
                        sum.price += price;
                        sum.weight += affected;
                    }
                    none => *none = Some(Charge { rule, price, weight: affected }),
                }
            }
        }
        let rows = rows.into_iter().map(|charge| charge.expect("every row is some part's")).collect();
        Charges { limits, rows }
    }

    /// The solution of a part that a solution of the whole stands for.
    ///
    /// # Panics
    /// If the solution is not of the whole, or the part is not there.
    pub fn part(&self, part: usize, solution: &Solution) -> Solution {
        let map = &self.maps[part];
        let own = |arc: ArcId| map.arcs[arc].expect("a part has every way of its customers that the whole has");
        let services = map.customers.iter().map(|&customer| match &solution.services[customer] {
            Service::Whole(arc) => Service::Whole(own(*arc)),
            Service::Split(parts) => {
                let share = |share: &Share| Share { arc: own(share.arc), loads: share.loads.clone() };
                Service::Split(parts.iter().map(share).collect())
            }
        });
        Solution {
            options: solution.options.iter().map(|&option| map.options[option]).collect(),
            services: services.collect(),
        }
    }

    /// The solution of the whole that stands for solutions of all parts; `None` where they do not agree, or take what some
    /// forecast does not allow.
    pub fn whole(&self, parts: &[Solution]) -> Option<Solution> {
        let problem = &self.whole.problem;
        let mut options: IdVec<SiteId, OptionId> = IdVec::new();
        for site in problem.sites.ids() {
            let taken = |&option: &OptionId| {
                parts.iter().zip(&self.maps).all(|(own, map)| own.options[site] == map.options[option])
            };
            options.push(problem.options_of(site).find(taken)?);
        }
        let mut services: IdVec<CustomerId, Option<Service>> = IdVec::filled(None, problem.customers.len());
        for (own, map) in parts.iter().zip(&self.maps) {
            for (part_customer, &customer) in map.customers.entries() {
                let found = |arc: ArcId| problem.arcs_of(customer).find(|&whole| map.arcs[whole] == Some(arc));
                let service = match &own.services[part_customer] {
                    Service::Whole(arc) => Service::Whole(found(*arc)?),
                    Service::Split(shares) => {
                        let share = |share: &Share| Some(Share { arc: found(share.arc)?, loads: share.loads.clone() });
                        Service::Split(shares.iter().map(share).collect::<Option<_>>()?)
                    }
                };
                match &services[customer] {
                    Some(other) if *other != service => return None,
                    _ => services[customer] = Some(service),
                }
            }
        }
        Some(Solution { options, services: services.iter().cloned().collect::<Option<Vec<_>>>()?.into() })
    }
}

/// A charge with its price and weight multiplied; a hard one stays hard.
fn weighed(charge: &Charge, weight: f64) -> Charge {
    let price = if charge.price.is_infinite() { charge.price } else { weight * charge.price };
    Charge { rule: charge.rule, price, weight: weight * charge.weight }
}

fn grow<I: Id>(table: &mut IdVec<I, f64>, len: usize) {
    if table.is_empty() {
        *table = IdVec::filled(0.0, len);
    }
}
