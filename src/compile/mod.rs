//! Translation: a scenario becomes a kernel problem, and the kernel's solution becomes a plan again.
//!
//! `docs/model.md` has the model in symbols and the table of what enters how. The pieces, in the order in which
//! [`compile`] puts them together: the options of the sites, what the rules ask for, bands and commodities, customers and
//! their ways, limits, links, accounts.

mod account;
mod board;
mod cell;
mod choice;
mod commodity;
mod connect;
mod decode;
mod divide;
mod encode;
mod error;
mod joint;
mod limit;
mod link;
mod places;
mod require;
#[cfg(test)]
mod tests;

pub use account::{Account, Accounts, Charge, Charges, Ledger};
pub use cell::{Cell, Cells, Slice};
pub use commodity::Load;
pub use encode::{locks, untouched_plan};
pub use error::{CompileError, EncodeError, Nearest, Unreachable};
pub use joint::{Highest, Joint, only};
pub use places::Shortage;

pub use crate::metric::lowering::Strict;

use crate::domain::action::Trajectory;
use crate::domain::district::Stage;
use crate::domain::objective::{Goal, Term};
use crate::domain::scenario::Scenario;
use crate::id::{ArcId, CommodityId, CustomerId, IdVec, OptionId, RuleId, SiteId};
use crate::kernel::problem::{Arc, Customer, Problem, Serves, Site, SiteOption};
use crate::message::Message;
use crate::metric::band::{self, Band};
use crate::metric::boarding::MayBoard;
use crate::metric::cohort::Homes;
use crate::metric::ground::Ground;
use crate::metric::{Entry, calendar, catalogue};
use crate::travel::Travel;
use crate::units::{Pupils, Year};
use cell::Way;
use choice::Choices;
use commodity::Commodities;
use limit::Limits;
use require::Requirements;
use std::collections::{BTreeMap, BTreeSet};

/// Sites whose course is fixed: the offers taken there, by position, each with its year; empty for keeping.
pub type Locks = BTreeMap<SiteId, Vec<(usize, Year)>>;

/// How to compile.
#[derive(Debug, Clone, Default)]
pub struct CompileOptions {
    /// Whether hard rules are set aside: ways that they forbid are allowed, their limits get a finite price, and
    /// [`Account::Breach`] counts the excess. Used to find the least-violating plan.
    pub set_aside: bool,
    /// Sites whose course is fixed.
    pub locks: Locks,
    /// Where rules that the kernel knows in part are put in a stricter form. What is proven of such a problem is true of plans
    /// that keep to that form only.
    pub strict: Strict,
}

/// A rule that presses, and how it enters the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleEntry {
    /// The rule.
    pub rule: RuleId,
    /// How it enters.
    pub entry: Entry,
}

/// A scenario as a kernel problem, with the way back.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The problem. It minimises the declared weighted sum, or the first declared level; see [`Accounts::minimise`].
    pub problem: Problem,
    /// The bands of every stage.
    pub bands: Vec<Band>,
    /// What the customers stand for.
    pub cells: Cells,
    /// What the options do.
    pub trajectories: IdVec<OptionId, Trajectory>,
    /// What the commodities carry.
    pub loads: IdVec<CommodityId, Load>,
    /// What the terms of the objective charge for.
    pub accounts: Accounts,
    /// The rules that press, and how they enter.
    pub entries: Vec<RuleEntry>,
    /// Where the kernel knows a hard rule in part although a stricter form of it could be put there.
    pub in_part: BTreeSet<(RuleId, SiteId, Year)>,
    /// What was assumed on the way.
    pub assumptions: Vec<Message>,
}

/// Compiles a scenario with all rules as declared and no site locked.
///
/// # Errors
/// As [`compile_with`].
pub fn compile(scenario: &Scenario, travel: &Travel<'_>) -> Result<Compiled, CompileError> {
    compile_with(scenario, travel, &CompileOptions::default())
}

/// Compiles a scenario.
///
/// # Errors
/// [`CompileError`] when some pupils can be taught nowhere within the hard rules on ways (also when those are set aside:
/// it is an error of the input), when connected catchments are asked for without an adjacency, or when the objective asks
/// for something that the scenario does not give.
pub fn compile_with(
    scenario: &Scenario,
    travel: &Travel<'_>,
    options: &CompileOptions,
) -> Result<Compiled, CompileError> {
    let terms = declared_terms(scenario)?;
    let ground = Ground::new(scenario, travel);
    let offered = Choices::new(scenario, &options.locks);
    let mut requirements = Requirements::new(scenario, &offered, MayBoard::new(&ground), &options.strict);
    catalogue::constrain(&ground, &mut requirements);
    if scenario.baseline.assumed && requirements.moves.iter().any(|bound| bound.year == scenario.years[0]) {
        return Err(CompileError::UnknownMoves);
    }
    let bands = band::bands(scenario);
    let homes = Homes::new(&ground);
    let cells = Cells::new(scenario, &bands, &offered, &homes);
    let choices =
        offered.clone().without_impossible_mergers(scenario, travel, &bands, &cells, &requirements, options.set_aside);
    let commodities = Commodities::new(scenario, &requirements, board::wanted(scenario, &choices));
    let limits = Limits::new(scenario, &requirements, &commodities);

    let context =
        Context { scenario, travel, bands: &bands, homes: &homes, choices: &choices, requirements: &requirements };
    let mut assembly = Assembly {
        context,
        set_aside: options.set_aside,
        cells: &cells,
        commodities: &commodities,
        problem: Problem::default(),
        accounts: Accounts::default(),
        assumptions: Vec::new(),
    };
    assembly.problem.commodities = commodities.table(scenario);
    assembly.customers(&terms)?;
    assembly.sites(&limits, &terms);
    assembly.beds();
    assembly.divide(&ground);
    assembly.links(&terms);
    assembly.connect()?;
    let Assembly { mut problem, accounts, assumptions, .. } = assembly;
    accounts.minimise(&mut problem, &first_goal(scenario));
    problem.validate()?;
    let entries = scenario
        .rules
        .entries()
        .filter(|(_, rule)| scenario.years.iter().any(|&year| calendar::pressure(rule, year).price() > 0.0))
        .map(|(rule, data)| RuleEntry { rule, entry: calendar::entry(data, &scenario.years) })
        .collect();
    let trajectories = choices.trajectories.clone();
    let in_part = requirements.in_part();
    let loads = commodities.loads;
    Ok(Compiled { problem, bands, cells, trajectories, loads, accounts, entries, in_part, assumptions })
}

/// What all pieces of the translation look at.
#[derive(Clone, Copy)]
struct Context<'a> {
    scenario: &'a Scenario,
    travel: &'a Travel<'a>,
    bands: &'a [Band],
    homes: &'a Homes<'a>,
    choices: &'a Choices,
    requirements: &'a Requirements<'a>,
}

/// A problem in the making.
struct Assembly<'a> {
    context: Context<'a>,
    set_aside: bool,
    cells: &'a Cells,
    commodities: &'a Commodities,
    problem: Problem,
    accounts: Accounts,
    assumptions: Vec<Message>,
}

impl Assembly<'_> {
    /// Adds the customers with their arcs, and what the arcs cost on every account.
    fn customers(&mut self, terms: &[Term]) -> Result<(), CompileError> {
        let Context { scenario, travel, bands, choices, requirements, .. } = self.context;
        let mut stranded = Vec::new();
        for (customer, cell) in self.cells.all.entries() {
            // Whether pupils can be taught at all is asked of the hard rules, also when they are set aside.
            let set_aside = self.set_aside;
            let ways = cell::ways(scenario, travel, bands, choices, requirements, cell, set_aside);
            if cell.pupils() > Pupils::ZERO && ways.iter().all(|way| way.forbidden > 0) {
                stranded.push(cell::unreachable(scenario, travel, bands, choices, requirements, cell));
                continue;
            }
            let start = self.problem.arcs.len() as u32;
            for way in &ways {
                self.arc(customer, cell, way, terms);
            }
            let (unit, stage) = (&scenario.district.units[cell.unit].key, cell.stage.name());
            let year = scenario.years[cell.from];
            let name = match cell.cohort {
                None => format!("{unit} {stage} {} {year}", band::key(scenario, &bands[cell.slices[0].band].grades)),
                Some(entry) => format!("{unit} {stage} entered {entry} from {year}"),
            };
            let arcs = start..self.problem.arcs.len() as u32;
            let loads = self.loads(cell);
            self.problem.customers.push(Customer { name, loads, arcs, divisible: None });
        }
        if stranded.is_empty() { Ok(()) } else { Err(CompileError::Unreachable(once_each(stranded))) }
    }

    /// The pupils of a cell by commodity.
    fn loads(&self, cell: &Cell) -> Box<[(CommodityId, i64)]> {
        let scenario = self.context.scenario;
        let mut loads: BTreeMap<CommodityId, i64> = BTreeMap::new();
        for slice in &cell.slices {
            let band = &self.context.bands[slice.band];
            for (commodity, load) in self.commodities.loads.entries().filter(|(_, load)| load.year == slice.year) {
                for &grade in load.grades.iter().filter(|grade| band.grades.contains(grade)) {
                    *loads.entry(commodity).or_default() +=
                        scenario.demand.pupils(scenario.years[slice.year], cell.unit, grade).0;
                }
            }
        }
        loads.into_iter().filter(|&(_, load)| load > 0).collect()
    }

    fn arc(&mut self, customer: CustomerId, cell: &Cell, way: &Way, terms: &[Term]) {
        let scenario = self.context.scenario;
        let boarding = cell.slices.iter().filter(|slice| way.boards.contains(&slice.year));
        let extra =
            boarding.filter_map(|slice| Some((self.commodities.boarders(slice.year)?, slice.pupils.0))).collect();
        let arc = self.problem.arcs.push(Arc { customer, site: way.site, cost: 0.0, extra });
        let trips: f64 = cell
            .slices
            .iter()
            .map(|slice| {
                let year = scenario.years[slice.year];
                let trips = slice.pupils.as_f64() * scenario.objective.discount_factor(year, scenario.years[0]);
                // Boarders travel once a week.
                if way.boards.contains(&slice.year) { trips / board::DAYS_OF_WEEK } else { trips }
            })
            .sum();
        for &term in terms {
            let cost = match term {
                Term::TravelPupilKm => trips * way.leg.metres.km(),
                Term::TravelPupilMinutes => trips * way.leg.seconds.minutes(),
                Term::MovedPupils => link::moved_from_today(scenario, self.context.bands, cell, way.site),
                Term::SoftExcess => way.price,
                Term::Cost => 0.0,
            };
            self.charge_arc(Account::Term(term), arc, cost);
        }
        if self.set_aside {
            self.charge_arc(Account::Breach, arc, way.forbidden as f64);
        }
    }

    fn charge_arc(&mut self, account: Account, arc: ArcId, cost: f64) {
        let ledger = self.accounts.ledgers.entry(account).or_default();
        let pushed = ledger.arcs.push(cost);
        debug_assert_eq!(pushed, arc, "an account charges every arc in turn");
    }

    /// Adds the sites with their options, the customers that each may serve, and its limits.
    fn sites(&mut self, limits: &Limits, terms: &[Term]) {
        let Context { scenario, bands, homes, choices, .. } = self.context;
        self.problem.measures = limits.measures.clone();
        let mut reachable: IdVec<SiteId, Vec<CustomerId>> = IdVec::filled(Vec::new(), scenario.district.sites.len());
        for arc in &self.problem.arcs {
            // Day pupils and boarders are the same customer.
            if reachable[arc.site].last() != Some(&arc.customer) {
                reachable[arc.site].push(arc.customer);
            }
        }
        for (site, facts) in scenario.district.sites.entries() {
            let range = choices.of_site[site].clone();
            self.problem.sites.push(Site { name: facts.key.clone(), options: range });
            for (_, trajectory) in choices.at(site) {
                let served: Vec<CustomerId> = reachable[site]
                    .iter()
                    .copied()
                    .filter(|&customer| choice::serves(scenario, bands, homes, trajectory, &self.cells.all[customer]))
                    .collect();
                let serves = if trajectory.states.iter().all(|state| !state.operating) {
                    Serves::Nobody
                } else if served.len() == reachable[site].len() {
                    Serves::Everybody
                } else {
                    Serves::Only(served.into_boxed_slice())
                };
                let (limits, charges) = limits
                    .of(trajectory)
                    .into_iter()
                    .map(|(mut limit, charge)| {
                        if self.set_aside && charge.rule.is_some() {
                            limit.price = 0.0;
                        }
                        (limit, charge)
                    })
                    .unzip();
                let name = option_name(scenario, trajectory);
                let option = self.problem.options.push(SiteOption { name, site, cost: 0.0, serves, limits });
                self.accounts.charges.limits.push(charges);
                for &term in terms {
                    let cost = if term == Term::Cost { trajectory.cost } else { 0.0 };
                    let ledger = self.accounts.ledgers.entry(Account::Term(term)).or_default();
                    let pushed = ledger.options.push(cost);
                    debug_assert_eq!(pushed, option, "an account charges every option in turn");
                }
            }
        }
    }
}

/// The key of an option in logs and exported models: the site, and what is done there when.
fn option_name(scenario: &Scenario, trajectory: &Trajectory) -> String {
    let key = &scenario.district.sites[trajectory.site].key;
    let taken: Vec<String> = trajectory
        .taken
        .iter()
        .map(|&(offer, year)| format!("{} {offer} {year}", scenario.offers[offer].measure.name()))
        .collect();
    if taken.is_empty() { format!("{key}: keep") } else { format!("{key}: {}", taken.join(", ")) }
}

/// The terms that the objective names.
///
/// # Errors
/// When a term has no meaning in the scenario.
fn declared_terms(scenario: &Scenario) -> Result<Vec<Term>, CompileError> {
    let objective = &scenario.objective;
    let mut terms: Vec<Term> = match &objective.goal {
        Goal::Weights(weights) => {
            let pressing = || weights.iter().filter(|&&(_, weight)| weight != 0.0).map(|&(term, _)| term);
            if pressing().any(|term| term == Term::Cost)
                && pressing().any(|term| term == Term::TravelPupilKm)
                && objective.yuan_per_pupil_km.is_none()
            {
                return Err(CompileError::NoExchangeRate);
            }
            pressing().collect()
        }
        Goal::Levels { terms, .. } => terms.clone(),
    };
    terms.sort_unstable();
    terms.dedup();
    if terms.contains(&Term::MovedPupils) && scenario.baseline.assumed {
        return Err(CompileError::UnknownMoves);
    }
    Ok(terms)
}

/// What the declared problem minimises first: the weighted sum, or the first level.
pub fn first_goal(scenario: &Scenario) -> Vec<(Account, f64)> {
    match &scenario.objective.goal {
        Goal::Weights(_) => {
            scenario.objective.weights().into_iter().map(|(term, weight)| (Account::Term(term), weight)).collect()
        }
        Goal::Levels { terms, .. } => terms.first().map(|&term| (Account::Term(term), 1.0)).into_iter().collect(),
    }
}

/// Every unit and band once, with the first year in which it is stranded.
fn once_each(mut stranded: Vec<Unreachable>) -> Vec<Unreachable> {
    let mut seen: Vec<(String, Stage, String)> = Vec::new();
    stranded.retain(|one| {
        let key = (one.unit.clone(), one.stage, one.band.clone());
        let new = !seen.contains(&key);
        if new {
            seen.push(key);
        }
        new
    });
    stranded
}
