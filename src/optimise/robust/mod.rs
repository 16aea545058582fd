//! One plan for several forecasts: one choice at every site and one school for every unit, whatever comes.
//!
//! The plan keeps the hard rules in all forecasts, or in a stated share of them, and minimises what the declared objective
//! comes to on average or in the worst of them. `docs/uncertainty.md` has the formulas. How it is found:
//!
//! * On average, the joint problem ([`Joint`](crate::compile::Joint)) with equal weights is the problem, and an engine solves
//!   it.
//! * In the worst case, every weighting of the forecasts gives a lower bound: the greatest of several numbers is no less than
//!   any mean of them. Weightings are improved until they prove what they can, every plan found on the way is judged by its
//!   worst forecast, and what is left of the gap goes to the problem in which the worst case is a number of its own
//!   ([`Joint::highest`](crate::compile::Joint::highest)).
//! * Where some forecasts may be let go, there is one yes-or-no decision for each: cases of them are searched best bound first,
//!   and in a case the rules of undecided forecasts are left out, which is a relaxation.

mod case;
mod mending;
pub mod proof;
mod question;
mod run;
mod share;
mod weights;

pub use run::optimise_robust;

use super::{Reason, Run, SolvedLevel};
use crate::compile::RuleEntry;
use crate::domain::document::PlanStatus;
use crate::domain::forecast::RobustGoal;
use crate::domain::plan::Plan;
use crate::evaluate::Evaluation;
use crate::id::SiteId;
use crate::kernel::certificate::Certificate;
use crate::message::Message;

/// What is asked of a plan for several forecasts.
#[derive(Debug, Clone)]
pub struct RobustOptions {
    /// What is minimised.
    pub goal: RobustGoal,
    /// Least share of the forecasts in which the hard rules hold, above 0 and at most 1.
    pub share: f64,
    /// Plans to start from, each given once for every forecast, in order; today's network is always tried. They need not
    /// keep the rules.
    pub starts: Vec<Vec<Plan>>,
    /// Sites that stay as the first start has them.
    pub lock: Vec<SiteId>,
}

impl Default for RobustOptions {
    /// The worst of all forecasts, from today's network.
    fn default() -> Self {
        Self { goal: RobustGoal::Worst, share: 1.0, starts: Vec::new(), lock: Vec::new() }
    }
}

impl RobustOptions {
    /// In how many of `forecasts` the hard rules must hold.
    pub fn needed(&self, forecasts: usize) -> usize {
        // A share is a decimal fraction: 0.6 of 5 is 3.
        ((self.share * forecasts as f64 - 1e-9).ceil() as usize).clamp(1, forecasts)
    }
}

/// The plan under one forecast.
#[derive(Debug, Clone)]
pub struct View {
    /// Name of the forecast.
    pub name: String,
    /// The plan with the pupils of the forecast.
    pub plan: Plan,
    /// Its audit.
    pub evaluation: Evaluation,
}

/// The result of a run for several forecasts.
#[derive(Debug, Clone)]
pub struct RobustRun {
    /// What was minimised.
    pub goal: RobustGoal,
    /// In how many forecasts the hard rules had to hold.
    pub needed: usize,
    /// The plan under every forecast, in order.
    pub views: Vec<View>,
    /// How the run ended. `Infeasible`: in too many forecasts hard rules are broken.
    pub status: PlanStatus,
    /// What the goal makes of the declared objective (its last level).
    pub value: f64,
    /// Proven lower bound on `value`; `None` when hard rules are broken in too many forecasts or nothing was proven.
    pub bound: Option<f64>,
    /// Relative gap between the two.
    pub gap: Option<f64>,
    /// The weights of the forecasts, adding up to 1, that gave the best bound: the forecasts that decide.
    pub weights: Vec<f64>,
    /// Every level that was solved, in order.
    pub levels: Vec<SolvedLevel>,
    /// What lets others re-derive the bound of the last level, where the problem with the weights is what proved it.
    pub certificate: Option<Certificate>,
    /// Name of the engine.
    pub engine: &'static str,
    /// Work units spent.
    pub work: u64,
    /// Branch-and-bound nodes.
    pub nodes: u64,
    /// The rules that press, and how they entered the kernel.
    pub entries: Vec<RuleEntry>,
    /// Why each action is taken.
    pub reasons: Vec<Reason>,
    /// Why no plan keeps the hard rules in as many forecasts as asked for; empty when one does.
    pub obstacles: Vec<Message>,
    /// What was assumed on the way.
    pub assumptions: Vec<Message>,
    /// What else happened that a user should know.
    pub notes: Vec<Message>,
}

impl RobustRun {
    /// In how many forecasts the hard rules hold.
    pub fn holding(&self) -> usize {
        self.views.iter().filter(|view| view.evaluation.hard_rules_hold()).count()
    }

    /// The first forecast in which the hard rules hold, else the first.
    pub fn shown(&self) -> usize {
        self.views.iter().position(|view| view.evaluation.hard_rules_hold()).unwrap_or(0)
    }

    /// The plan under one forecast as the result of a run. It has no bound: what is proven is proven of all forecasts
    /// together.
    pub fn run(&self, forecast: usize) -> Run {
        let View { plan, evaluation, .. } = self.views[forecast].clone();
        let status = match self.status {
            _ if !evaluation.hard_rules_hold() => PlanStatus::Infeasible,
            PlanStatus::Stopped => PlanStatus::Stopped,
            _ => PlanStatus::Feasible,
        };
        Run {
            plan,
            evaluation,
            status,
            bound: None,
            gap: None,
            levels: Vec::new(),
            certificate: None,
            engine: self.engine,
            work: self.work,
            nodes: self.nodes,
            entries: self.entries.clone(),
            reasons: self.reasons.clone(),
            obstacles: self.obstacles.clone(),
            assumptions: self.assumptions.clone(),
            notes: self.notes.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_up_to_whole_forecasts() {
        let needed = |share, of| RobustOptions { share, ..RobustOptions::default() }.needed(of);
        assert_eq!([needed(1.0, 5), needed(0.8, 5), needed(0.6, 5), needed(0.61, 5), needed(0.01, 5)], [5, 4, 3, 4, 1]);
        assert_eq!(needed(0.9, 1), 1);
    }
}
