//! The course of a run for several forecasts: compile each, put them together, solve level by level, audit every forecast.

use super::case::Ask;
use super::mending::Mending;
use super::question::{Held, Question};
use super::{RobustOptions, RobustRun, View};
use crate::compile::{self, CompileOptions, Compiled, Joint, Locks, Strict, compile_with, untouched_plan};
use crate::domain::document::PlanStatus;
use crate::domain::forecast::{Forecast, Forecasts, RobustGoal};
use crate::domain::plan::Plan;
use crate::evaluate::evaluate;
use crate::kernel::certificate::Certificate;
use crate::kernel::check;
use crate::kernel::engine::{Engine, EngineError};
use crate::kernel::problem::{Problem, Solution};
use crate::message::Message;
use crate::optimise::goal::{self, Level};
use crate::optimise::mend::{self, Places};
use crate::optimise::run::{agree, first_breach};
use crate::optimise::{OptimiseError, SolvedLevel, obstacle, reason, tidy};
use crate::run::{Limits, Observer, relative_gap};
use crate::travel::Travel;

/// Finds the best plan for several forecasts.
///
/// When no plan keeps the hard rules in as many forecasts as asked for, the result is the plan with the least excess over
/// them, on average or in the worst of all forecasts, and among those the best declared objective; its status says so.
///
/// # Errors
/// [`OptimiseError`] when a forecast cannot be compiled, the engine fails, nothing was found within the limits, or an audit
/// disagrees with the solver.
pub fn optimise_robust(
    forecasts: &Forecasts,
    engine: &dyn Engine,
    limits: &Limits,
    options: &RobustOptions,
    observer: &dyn Observer,
) -> Result<RobustRun, OptimiseError> {
    let fixed = options.starts.first().and_then(|plans| plans.first()).cloned().unwrap_or_default();
    let locks = compile::locks(&forecasts.first().scenario, &fixed, &options.lock).map_err(OptimiseError::Lock)?;
    let work = Work { forecasts, engine, limits, options, observer, locks };
    let joint = work.compiled(false, |_| Strict::Nowhere)?;
    let needed = options.needed(forecasts.len());
    let shortages: Vec<_> =
        forecasts.iter().zip(joint.parts()).map(|(one, part)| part.shortages(&one.scenario)).collect();
    let never: Vec<bool> = shortages.iter().map(|list| !list.is_empty()).collect();
    let known = work.starts(&joint);
    let declared = goal::declared(&forecasts.first().scenario).into_iter().map(|level| (level, options.goal));
    let levels: Vec<(Level, RobustGoal)> = declared.collect();
    let mut found = work.solve(&joint, &levels, needed, &never, known)?;
    if found.solution.is_some() {
        return work.finished(&joint, false, needed, found);
    }
    if found.stopped {
        return Err(OptimiseError::NoPlan);
    }
    // Nothing is proven here, so that what the kernel knows in part may as well be asked for strictly.
    let aside = work.compiled(true, |_| Strict::Everywhere)?;
    // Of plans with the same worst excess the one with the least in all forecasts.
    let mut levels_aside = vec![(goal::least_breach(), options.goal)];
    if options.goal == RobustGoal::Worst {
        levels_aside.push((goal::least_breach(), RobustGoal::Expected));
    }
    levels_aside.extend(levels);
    let proven = found.infeasible;
    found = work.solve(&aside, &levels_aside, forecasts.len(), &vec![false; forecasts.len()], work.starts(&aside))?;
    if found.solution.is_none() {
        return Err(OptimiseError::NoPlan);
    }
    let mut run = work.finished(&aside, true, needed, found)?;
    if run.status != PlanStatus::Infeasible {
        // The search had missed it: the plan stands, without a bound.
        return Ok(run);
    }
    let counted = forecasts
        .iter()
        .zip(&shortages)
        .flat_map(|(one, list)| list.iter().map(|shortage| under(obstacle::shortage(shortage), &one.name)));
    run.obstacles.splice(0..0, counted);
    if !proven {
        run.obstacles.push(Message::new("obstacle.not_proven"));
    }
    Ok(run)
}

/// What came of solving the levels.
pub(super) struct Found {
    solution: Option<Solution>,
    /// The problem of the last level, with every level held.
    problem: Problem,
    levels: Vec<SolvedLevel>,
    /// Weights of the forecasts behind the bound of the last level.
    weights: Vec<f64>,
    certificate: Option<Certificate>,
    /// Whether every level was solved.
    complete: bool,
    /// Whether it is proven that there is no solution.
    infeasible: bool,
    /// Whether the clock or the stop token ended it.
    stopped: bool,
    pub work: u64,
    pub nodes: u64,
    pub notes: Vec<Message>,
}

pub(super) struct Work<'a> {
    pub forecasts: &'a Forecasts,
    pub engine: &'a dyn Engine,
    pub limits: &'a Limits,
    options: &'a RobustOptions,
    pub observer: &'a dyn Observer,
    locks: Locks,
}

impl Work<'_> {
    /// The joint problem, with rules in a stricter form in every forecast where `strict` says.
    pub fn compiled(&self, set_aside: bool, strict: impl Fn(usize) -> Strict) -> Result<Joint, OptimiseError> {
        let part = |(at, one): (usize, &Forecast)| {
            let options = CompileOptions { set_aside, locks: self.locks.clone(), strict: strict(at) };
            compile_with(&one.scenario, &Travel::new(&one.scenario), &options)
        };
        let parts: Vec<Compiled> = self.forecasts.iter().enumerate().map(part).collect::<Result<_, _>>()?;
        Ok(Joint::new(parts)?)
    }

    /// The given starts and today's network, as far as they can be put into the joint problem.
    fn starts(&self, joint: &Joint) -> Vec<Solution> {
        let today: Vec<Plan> = self.forecasts.iter().map(|one| untouched_plan(&one.scenario)).collect();
        let mut known: Vec<Solution> = Vec::new();
        for plans in self.options.starts.iter().chain([&today]) {
            if let Some(solution) = self.encoded(joint, plans)
                && !known.contains(&solution)
            {
                known.push(solution);
            }
        }
        known
    }

    /// Plans of all forecasts as one solution, as far as they can be put into the joint problem.
    pub fn encoded(&self, joint: &Joint, plans: &[Plan]) -> Option<Solution> {
        let encoded = self.forecasts.iter().zip(joint.parts()).zip(plans);
        let parts: Option<Vec<Solution>> =
            encoded.map(|((one, part), plan)| part.encode(&one.scenario, plan).ok()).collect();
        parts.filter(|parts| parts.len() == self.forecasts.len()).and_then(|parts| joint.whole(&parts))
    }

    fn solve(
        &self,
        joint: &Joint,
        levels: &[(Level, RobustGoal)],
        needed: usize,
        never: &[bool],
        mut known: Vec<Solution>,
    ) -> Result<Found, OptimiseError> {
        let mut found = Found {
            solution: None,
            problem: Problem::default(),
            levels: Vec::new(),
            weights: Vec::new(),
            certificate: None,
            complete: false,
            infeasible: false,
            stopped: false,
            work: 0,
            nodes: 0,
            notes: Vec::new(),
        };
        let mut held: Vec<Held<'_>> = Vec::new();
        let mut places = vec![Places::default(); joint.parts().len()];
        let in_part = joint.parts().iter().any(|part| !part.in_part.is_empty());
        let limits = mend::limits(in_part, self.limits);
        for &(ref level, goal) in levels {
            let mut ask = Ask {
                question: Question::new(joint, goal, level, &held),
                engine: self.engine,
                limits: &limits,
                observer: self.observer,
                known,
                work: found.work,
                nodes: found.nodes,
            };
            let closed = match ask.with_share(needed, never) {
                Ok(closed) => closed,
                // A later level may need what the engine does not handle; the plan so far stands.
                Err(EngineError::Unsupported { feature, .. }) if found.solution.is_some() => {
                    let note = Message::new("note.level_not_solved");
                    found.notes.push(note.with("level", level.name).with("feature", feature));
                    return Ok(found);
                }
                Err(error) => return Err(error.into()),
            };
            (found.work, found.nodes) = (ask.work, ask.nodes);
            found.stopped = limits.interrupted();
            let Some((solution, value)) = closed.best else {
                if found.solution.is_some() {
                    found.notes.push(Message::new("note.level_not_reached").with("level", level.name));
                }
                found.infeasible = closed.bound == f64::INFINITY;
                return Ok(found);
            };
            let (mut solution, mut value, mut problem) = self.tidied(joint, &ask, &closed.weights, solution, value);
            if in_part {
                let mending = Mending { joint, level, goal, held: &held, needed, never };
                if let Some(mended) = self.mended(&mending, &mut places, &solution, &mut found)? {
                    value = ask.question.goal.of(&ask.question.costs(&mended));
                    solution = mended;
                    problem = ask.question.settled(&closed.weights, &ask.question.keeps(&solution), value);
                }
            }
            let bound = Some(closed.bound.min(value)).filter(|bound| bound.is_finite());
            let gap = bound.map(|bound| relative_gap(value, bound));
            found.levels.push(SolvedLevel { name: level.name, value, bound, gap });
            found.weights = closed.weights;
            found.certificate = closed.certificate;
            found.problem = problem;
            found.solution = Some(solution.clone());
            known = ask.known;
            known.insert(0, solution);
            held.push(Held { level, goal, value });
        }
        found.complete = true;
        Ok(found)
    }

    /// The solution with what does not pay undone, its value, and the problem in which it was judged.
    pub fn tidied(
        &self,
        joint: &Joint,
        ask: &Ask<'_>,
        weights: &[f64],
        solution: Solution,
        value: f64,
    ) -> (Solution, f64, Problem) {
        let kept = ask.question.keeps(&solution);
        let problem = ask.question.settled(weights, &kept, value);
        let compiled = joint.compiled(weights, &kept);
        let tidy = tidy::fewest_changes(&self.forecasts.first().scenario, &compiled, &problem, solution.clone());
        let after = ask.question.goal.of(&ask.question.costs(&tidy));
        // A worst case may not rise, not even within the room in which it was held.
        if after <= value + 1e-9 * value.abs().max(1.0) { (tidy, after, problem) } else { (solution, value, problem) }
    }

    /// Translates and audits the solution under every forecast.
    fn finished(
        &self,
        joint: &Joint,
        set_aside: bool,
        needed: usize,
        found: Found,
    ) -> Result<RobustRun, OptimiseError> {
        let solution = found.solution.as_ref().ok_or(OptimiseError::NoPlan)?;
        let last = found.levels.last();
        let mut views = Vec::new();
        let mut totals = Vec::new();
        let mut obstacles = Vec::new();
        for (index, (one, part)) in self.forecasts.iter().zip(joint.parts()).enumerate() {
            let own = joint.part(index, solution);
            let plan = part.decompile(&one.scenario, &own);
            let travel = Travel::new(&one.scenario);
            let evaluation = evaluate(&one.scenario, &travel, &plan).map_err(OptimiseError::Structure)?;
            if check::score(&part.problem, &own).is_feasible()
                && !set_aside
                && let Some(breach) = first_breach(&one.scenario, part, &evaluation)
            {
                return Err(breach);
            }
            let total = evaluation.objective.as_ref().map_or(0.0, |objective| objective.total);
            if found.complete
                && let Some(level) = goal::declared(&one.scenario).last()
            {
                let mut problem = part.problem.clone();
                part.accounts.minimise(&mut problem, &level.weights);
                agree(&one.scenario, part, check::score(&problem, &own).cost, total)?;
            }
            totals.push(total);
            if !evaluation.hard_rules_hold() {
                let breaches = obstacle::breaches(&one.scenario, &evaluation);
                obstacles.extend(breaches.into_iter().map(|breach| (index, breach)));
            }
            views.push(View { name: one.name.clone(), plan, evaluation });
        }
        let value = self.options.goal.of(&totals);
        let holding = views.iter().filter(|view| view.evaluation.hard_rules_hold()).count();
        let holds = holding >= needed;
        // With hard rules set aside a bound would hold for plans without any excess only.
        let proven = holds && found.complete && !set_aside;
        let bound = last.and_then(|level| level.bound).filter(|_| proven).map(|bound| bound.min(value));
        let gap = bound.map(|bound| relative_gap(value, bound));
        let status = match gap {
            _ if !holds => PlanStatus::Infeasible,
            Some(gap) if gap <= self.limits.gap.max(1e-9) => PlanStatus::Optimal,
            _ if found.stopped => PlanStatus::Stopped,
            _ => PlanStatus::Feasible,
        };
        let told = |(index, breach): (usize, Message)| under(breach, &self.forecasts[index].name);
        let compiled = joint.compiled(&found.weights, &vec![true; self.forecasts.len()]);
        let reasons = reason::of_actions(&self.forecasts.first().scenario, &compiled, &found.problem, solution);
        Ok(RobustRun {
            goal: self.options.goal,
            needed,
            views,
            status,
            value,
            bound,
            gap,
            weights: found.weights,
            levels: found.levels,
            certificate: found.certificate.filter(|_| proven),
            engine: self.engine.name(),
            work: found.work,
            nodes: found.nodes,
            entries: compiled.entries.clone(),
            reasons,
            obstacles: if holds { Vec::new() } else { obstacles.into_iter().map(told).collect() },
            assumptions: compiled.assumptions,
            notes: found.notes,
        })
    }
}

/// An obstacle with the forecast in which it stands.
fn under(mut obstacle: Message, forecast: &str) -> Message {
    obstacle.key += "_under";
    obstacle.with("forecast", forecast)
}
