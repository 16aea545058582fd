//! The course of a run.

use super::goal::{self, Level};
use super::{OptimiseError, OptimiseOptions, Run, SolvedLevel, obstacle, reason, restrict, tidy};
use crate::compile::{self, Account, CompileOptions, Compiled, compile_with, untouched_plan};
use crate::domain::document::PlanStatus;
use crate::domain::objective::Term;
use crate::domain::plan::Plan;
use crate::domain::scenario::Scenario;
use crate::evaluate::{Evaluation, evaluate};
use crate::kernel::certificate::Certificate;
use crate::kernel::check;
use crate::kernel::engine::{Engine, EngineError, Status};
use crate::kernel::problem::{Customer, Problem, Solution};
use crate::message::Message;
use crate::metric::Entry;
use crate::run::{Limits, Observer, relative_gap};
use crate::travel::Travel;

/// Finds the best plan for a scenario.
///
/// When no plan keeps the hard rules, the result is the plan with the least excess over them and, among those, the best
/// declared objective; its status says so and its obstacles say why.
///
/// # Errors
/// [`OptimiseError`] when the scenario cannot be compiled, the engine fails, nothing was found within the limits, nothing
/// can keep to what the options ask for, or the audit disagrees with the solver.
pub fn optimise(
    scenario: &Scenario,
    travel: &Travel<'_>,
    engine: &dyn Engine,
    limits: &Limits,
    options: &OptimiseOptions,
    observer: &dyn Observer,
) -> Result<Run, OptimiseError> {
    let fixed = options.start.clone().unwrap_or_default();
    let locks = compile::locks(scenario, &fixed, &options.lock).map_err(OptimiseError::Lock)?;
    let compiled = compile_with(scenario, travel, &CompileOptions { set_aside: false, locks: locks.clone() })?;
    restrict::possible(scenario, &compiled, options)?;
    let mut work = Work { scenario, travel, engine, limits, options, observer, nodes: 0, spent: 0, notes: Vec::new() };
    let start = work.start(&compiled, options.start.as_ref());

    let shortages = compiled.shortages(scenario);
    let found = if shortages.is_empty() {
        work.solve(&compiled, &goal::declared(scenario), start)?
    } else {
        Found::nothing(Status::Infeasible)
    };
    if let Some(solution) = found.solution.clone() {
        return work.audited(&compiled, found, &solution);
    }
    match found.status {
        Status::Stopped => work.today(&compiled),
        status if options.feasible_only => Err(OptimiseError::Infeasible { proven: status == Status::Infeasible }),
        status => {
            let aside = compile_with(scenario, travel, &CompileOptions { set_aside: true, locks })?;
            let mut run = work.least_breach(&aside, options.start.as_ref())?;
            run.obstacles.splice(0..0, shortages.iter().map(obstacle::shortage));
            if status != Status::Infeasible {
                run.obstacles.push(Message::new("obstacle.not_proven"));
            }
            Ok(run)
        }
    }
}

/// What came of solving the levels.
struct Found {
    status: Status,
    solution: Option<Solution>,
    /// The problem of the last level reached.
    problem: Problem,
    levels: Vec<SolvedLevel>,
    certificate: Option<Certificate>,
    /// Whether every level was solved.
    complete: bool,
}

impl Found {
    fn nothing(status: Status) -> Self {
        let (problem, levels) = (Problem::default(), Vec::new());
        Self { status, solution: None, problem, levels, certificate: None, complete: false }
    }
}

/// A run in progress.
struct Work<'a> {
    scenario: &'a Scenario,
    travel: &'a Travel<'a>,
    engine: &'a dyn Engine,
    limits: &'a Limits,
    options: &'a OptimiseOptions,
    observer: &'a dyn Observer,
    nodes: u64,
    spent: u64,
    notes: Vec<Message>,
}

impl Work<'_> {
    /// The given plan, else today's network, as a start; `None` when neither can be put into the kernel.
    fn start(&mut self, compiled: &Compiled, given: Option<&Plan>) -> Option<Solution> {
        if let Some(plan) = given {
            match compiled.encode(self.scenario, plan) {
                Ok(solution) => return Some(solution.undivided(&compiled.problem)),
                Err(error) => self.notes.push(Message::new("note.start_unusable").with("why", error)),
            }
        }
        compiled.encode(self.scenario, &untouched_plan(self.scenario)).ok()
    }

    /// Solves the levels one after the other. Ends early when a level has no solution or the run is over.
    fn solve(
        &mut self,
        compiled: &Compiled,
        levels: &[Level],
        start: Option<Solution>,
    ) -> Result<Found, OptimiseError> {
        let mut found = Found::nothing(Status::Unknown);
        let mut values: Vec<f64> = Vec::new();
        let mut best = start;
        for (number, level) in levels.iter().enumerate() {
            let mut problem = goal::problem(compiled, levels, &values);
            restrict::apply(self.scenario, compiled, self.options, &mut problem);
            let near = self.options.near.as_ref().filter(|_| number == 0);
            let outcome = match self.engine.solve_near(&problem, best.as_ref(), near, self.limits, self.observer) {
                Ok(outcome) => outcome,
                // A later level may need what the engine does not handle (a ceiling); the plan so far stands.
                Err(EngineError::Unsupported { feature, .. }) if number > 0 => {
                    self.notes
                        .push(Message::new("note.level_not_solved").with("level", level.name).with("feature", feature));
                    return Ok(found);
                }
                Err(error) => return Err(error.into()),
            };
            self.nodes += outcome.nodes;
            self.spent += outcome.work;
            let Some(solution) = outcome.solution else {
                if number > 0 {
                    self.notes.push(Message::new("note.level_not_reached").with("level", level.name));
                    found.status = Status::Stopped;
                    return Ok(found);
                }
                found.status = outcome.status;
                return Ok(found);
            };
            let solution = tidy::fewest_changes(self.scenario, compiled, &problem, solution);
            let value = check::score(&problem, &solution).cost;
            // What lies within the rounding of a sum is no gap.
            let noise = 1e-9 * value.abs().max(1.0);
            let bound = if outcome.bound >= value - noise { value } else { outcome.bound };
            let bound = bound.is_finite().then_some(bound);
            let gap = bound.map(|bound| relative_gap(value, bound));
            found.levels.push(SolvedLevel { name: level.name, value, bound, gap });
            found.status = if found.status == Status::Stopped { Status::Stopped } else { outcome.status };
            found.certificate = outcome.certificate;
            found.solution = Some(solution.clone());
            found.problem = problem;
            values.push(value);
            best = Some(solution);
        }
        found.complete = true;
        Ok(found)
    }

    /// Translates and audits a solution that keeps every rule that the kernel knows.
    fn audited(self, compiled: &Compiled, found: Found, solution: &Solution) -> Result<Run, OptimiseError> {
        let plan = compiled.decompile(self.scenario, solution);
        let evaluation = self.audit(&plan)?;
        if let Some(breach) = first_breach(self.scenario, compiled, &evaluation) {
            return Err(breach);
        }
        let last = found.levels.last();
        let total = evaluation.objective.as_ref().map_or(0.0, |objective| objective.total);
        if found.complete
            && let Some(level) = last
        {
            agree(self.scenario, compiled, level.value, total)?;
        }
        let holds = evaluation.hard_rules_hold();
        // What was proven speaks of plans that keep the rules; of one that breaks some it says nothing.
        let proven = |level: SolvedLevel| if holds { level } else { SolvedLevel { bound: None, gap: None, ..level } };
        let bound = last.and_then(|level| level.bound).filter(|_| holds && found.complete);
        let gap = bound.map(|bound| relative_gap(total, bound));
        let status = match found.status {
            _ if !holds => PlanStatus::Infeasible,
            Status::Stopped => PlanStatus::Stopped,
            _ if gap.is_some_and(|gap| gap <= self.limits.gap) => PlanStatus::Optimal,
            _ => PlanStatus::Feasible,
        };
        let mut obstacles = obstacle::breaches(self.scenario, &evaluation);
        if !holds {
            obstacles.insert(0, Message::new("obstacle.checked_after"));
        }
        let reasons = reason::of_actions(self.scenario, compiled, &found.problem, solution);
        Ok(Run {
            plan,
            evaluation,
            status,
            bound,
            gap,
            levels: found.levels.into_iter().map(proven).collect(),
            certificate: found.certificate.filter(|_| holds),
            engine: self.engine.name(),
            work: self.spent,
            nodes: self.nodes,
            entries: compiled.entries.clone(),
            reasons,
            obstacles,
            assumptions: compiled.assumptions.clone(),
            notes: self.notes,
        })
    }

    /// Finds, translates and audits the least-violating plan.
    fn least_breach(mut self, aside: &Compiled, given: Option<&Plan>) -> Result<Run, OptimiseError> {
        let mut levels = vec![goal::least_breach()];
        levels.extend(goal::declared(self.scenario));
        let start = self.start(aside, given);
        let found = self.solve(aside, &levels, start)?;
        let Some(solution) = found.solution.clone() else {
            // Today's network need not keep to what the run was asked to keep to.
            return match found.status {
                Status::Infeasible => Err(OptimiseError::Nothing),
                _ => self.today(aside),
            };
        };
        let plan = aside.decompile(self.scenario, &solution);
        let evaluation = self.audit(&plan)?;
        let obstacles = obstacle::breaches(self.scenario, &evaluation);
        let reasons = reason::of_actions(self.scenario, aside, &found.problem, &solution);
        let holds = evaluation.hard_rules_hold();
        Ok(Run {
            plan,
            status: if holds { PlanStatus::Feasible } else { PlanStatus::Infeasible },
            evaluation,
            bound: None,
            gap: None,
            levels: found.levels,
            certificate: None,
            engine: self.engine.name(),
            work: self.spent,
            nodes: self.nodes,
            entries: aside.entries.clone(),
            reasons,
            obstacles,
            assumptions: aside.assumptions.clone(),
            notes: self.notes,
        })
    }

    /// Today's network as the best plan so far, when the run was cut before it found another.
    fn today(mut self, compiled: &Compiled) -> Result<Run, OptimiseError> {
        let plan = untouched_plan(self.scenario);
        // Nobody has looked whether today's network keeps to what the run was asked to keep to.
        if !self.options.hold.is_empty() || self.options.closures.is_some_and(|count| count > 0) {
            return Err(OptimiseError::NoPlan);
        }
        let Ok(evaluation) = evaluate(self.scenario, self.travel, &plan) else { return Err(OptimiseError::NoPlan) };
        self.notes.push(Message::new("note.stopped_at_today"));
        let obstacles = obstacle::breaches(self.scenario, &evaluation);
        Ok(Run {
            plan,
            evaluation,
            status: PlanStatus::Stopped,
            bound: None,
            gap: None,
            levels: Vec::new(),
            certificate: None,
            engine: self.engine.name(),
            work: self.spent,
            nodes: self.nodes,
            entries: compiled.entries.clone(),
            reasons: Vec::new(),
            obstacles,
            assumptions: compiled.assumptions.clone(),
            notes: self.notes,
        })
    }

    fn audit(&self, plan: &Plan) -> Result<Evaluation, OptimiseError> {
        evaluate(self.scenario, self.travel, plan).map_err(OptimiseError::Structure)
    }
}

/// The first rule that the audit finds broken although the kernel knows it exactly.
pub(super) fn first_breach(scenario: &Scenario, compiled: &Compiled, evaluation: &Evaluation) -> Option<OptimiseError> {
    let exact = |rule| compiled.entries.iter().any(|entry| entry.rule == rule && entry.entry == Entry::Exact);
    let breach = evaluation.breaches.iter().find(|breach| exact(breach.rule) && !breach.growth)?;
    Some(OptimiseError::Breach {
        rule: scenario.rules[breach.rule].id.clone(),
        subject: breach.subject.key(scenario),
        year: breach.year.0,
        excess: breach.excess,
    })
}

/// Whether audit and solver find the same objective. The audit may find more where something is relaxed: pupils moved of
/// divided units, soft rules that the kernel knows in part or not at all.
pub(super) fn agree(scenario: &Scenario, compiled: &Compiled, solved: f64, audited: f64) -> Result<(), OptimiseError> {
    let room = 1e-6 * solved.abs().max(1.0);
    let charged = |term| compiled.accounts.ledgers.contains_key(&Account::Term(term));
    let divided = compiled.problem.customers.iter().any(Customer::may_be_split);
    let moves = charged(Term::MovedPupils) && divided && scenario.years.len() > 1;
    let soft = charged(Term::SoftExcess) && compiled.entries.iter().any(|entry| entry.entry != Entry::Exact);
    if audited < solved - room || (audited > solved + room && !(moves || soft)) {
        return Err(OptimiseError::Objective { audited, solved });
    }
    Ok(())
}
