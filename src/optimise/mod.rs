//! One run: compile, solve level by level, put ties in order, translate back, audit, give reasons.

mod excess;
pub mod goal;
mod mend;
mod obstacle;
pub mod proof;
mod reason;
mod restrict;
pub mod robust;
mod run;
mod tidy;
mod undo;

pub use excess::Excess;
pub use reason::Reason;
pub use run::optimise;

use crate::compile::{CompileError, EncodeError, RuleEntry};
use crate::domain::document::PlanStatus;
use crate::domain::objective::Term;
use crate::domain::plan::Plan;
use crate::evaluate::Evaluation;
use crate::evaluate::fault::PlanFault;
use crate::id::SiteId;
use crate::kernel::certificate::{Certificate, MultiplierSet};
use crate::kernel::engine::EngineError;
use crate::message::Message;
use thiserror::Error;

/// What a run starts from.
#[derive(Debug, Clone, Default)]
pub struct OptimiseOptions {
    /// A plan to start from; today's network otherwise. It need not keep the rules.
    pub start: Option<Plan>,
    /// Multipliers with which the first level of a scenario much like this one was solved: they save work and have no say in
    /// what is proven.
    pub near: Option<MultiplierSet>,
    /// Sites that stay as the start has them.
    pub lock: Vec<SiteId>,
    /// Terms that must not come to more than so much, over all plan years. Only terms that the objective names can be held.
    pub hold: Vec<(Term, f64)>,
    /// Number of sites that the plan shuts, closed or merged, over all plan years; as many as pay where it is `None`.
    pub closures: Option<u32>,
    /// Whether the run ends with [`OptimiseError::Infeasible`] when no plan keeps the hard rules, in place of looking for the
    /// least-violating one.
    pub feasible_only: bool,
}

/// The result of a run.
#[derive(Debug, Clone)]
pub struct Run {
    /// The plan.
    pub plan: Plan,
    /// Its audit.
    pub evaluation: Evaluation,
    /// How the run ended.
    pub status: PlanStatus,
    /// Proven lower bound on the declared objective (its last level); `None` when hard rules are broken or nothing was
    /// proven.
    pub bound: Option<f64>,
    /// Relative gap between the objective and the bound.
    pub gap: Option<f64>,
    /// Every level that was solved, in order. When no plan keeps the hard rules the first is `hard_excess`, in pupils
    /// affected.
    pub levels: Vec<SolvedLevel>,
    /// What lets others re-derive the bound of the last level, where the engine writes it.
    pub certificate: Option<Certificate>,
    /// Name of the engine.
    pub engine: &'static str,
    /// Work units spent over all levels.
    pub work: u64,
    /// Branch-and-bound nodes over all levels.
    pub nodes: u64,
    /// The rules that press, and how they entered the kernel. A gap is that of the rules that entered.
    pub entries: Vec<RuleEntry>,
    /// Why each action is taken, in the order of the plan's actions.
    pub reasons: Vec<Reason>,
    /// Why no plan keeps the hard rules; empty when one does.
    pub obstacles: Vec<Message>,
    /// What was assumed on the way, beyond the assumptions of the scenario and of the audit.
    pub assumptions: Vec<Message>,
    /// What else happened that a user should know: a start that was no use, a level that was not reached.
    pub notes: Vec<Message>,
}

/// One level as it was solved.
#[derive(Debug, Clone, PartialEq)]
pub struct SolvedLevel {
    /// Name in files.
    pub name: &'static str,
    /// Its value in the plan found for it.
    pub value: f64,
    /// Proven lower bound; `None` when nothing was proven.
    pub bound: Option<f64>,
    /// Relative gap.
    pub gap: Option<f64>,
}

/// Why a run has no result.
#[derive(Debug, Error)]
pub enum OptimiseError {
    /// The scenario cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// A locked site cannot be as the start has it.
    #[error("a site cannot be locked: {0}")]
    Lock(#[source] EncodeError),
    /// More or fewer sites should be shut than the scenario, with what is locked, offers to shut.
    #[error("{asked} closures are asked for; what the scenario offers allows {fewest} to {most}")]
    Closures {
        /// The number asked for.
        asked: u32,
        /// Sites that cannot but be shut, because they are locked so.
        fewest: u32,
        /// Sites that may be shut.
        most: u32,
    },
    /// No plan keeps the hard rules and what the run was asked to keep to.
    #[error("no plan keeps all hard rules and what the run was asked to keep to{}", if *.proven { "" } else { ", as far as the run went" })]
    Infeasible {
        /// Whether that is proven; else none was found within the limits.
        proven: bool,
    },
    /// No plan keeps to what the run was asked to keep to, even one that breaks hard rules.
    #[error("no plan keeps to what the run was asked to keep to, even one that breaks hard rules")]
    Nothing,
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The run ended before any plan was found, and today's network is no plan.
    #[error(
        "no plan was found before the limits of the run, and today's network cannot be continued as it is; give the run \
         more time or a start"
    )]
    NoPlan,
    /// The audit refuses the plan: a fault of the project, never of the input.
    #[error("internal fault: the audit refuses the plan: {}", faults(.0))]
    Structure(Vec<PlanFault>),
    /// The audit finds a rule broken that the kernel kept: a fault of the project.
    #[error(
        "internal fault: the audit finds rule {rule:?} broken on {subject} in {year} by {excess}, which the solver kept"
    )]
    Breach {
        /// The rule.
        rule: String,
        /// The subject.
        subject: String,
        /// The year.
        year: i32,
        /// By how much.
        excess: f64,
    },
    /// The audit finds another objective than the solver: a fault of the project.
    #[error("internal fault: the audit finds the objective {audited}, the solver {solved}")]
    Objective {
        /// What the audit finds.
        audited: f64,
        /// What the solver found.
        solved: f64,
    },
}

impl OptimiseError {
    /// Why there is no plan, for users, where the error says no more than that.
    pub fn obstacle(&self) -> Option<Message> {
        match self {
            Self::Closures { asked, fewest, most } => {
                let message = Message::new("obstacle.closures").with("asked", asked);
                Some(message.with("fewest", fewest).with("most", most))
            }
            Self::Infeasible { proven: true } => Some(Message::new("obstacle.infeasible")),
            Self::Infeasible { proven: false } => Some(Message::new("obstacle.not_proven")),
            Self::Nothing => Some(Message::new("obstacle.nothing")),
            _ => None,
        }
    }

    /// Whether it is a fault of the program rather than of the scenario or the request.
    pub fn is_fault(&self) -> bool {
        match self {
            Self::Compile(_)
            | Self::Lock(_)
            | Self::NoPlan
            | Self::Closures { .. }
            | Self::Infeasible { .. }
            | Self::Nothing => false,
            Self::Engine(error) => !matches!(error, EngineError::Unsupported { .. }),
            Self::Structure(_) | Self::Breach { .. } | Self::Objective { .. } => true,
        }
    }
}

fn faults(faults: &[PlanFault]) -> String {
    const SHOWN: usize = 5;
    let mut texts: Vec<String> = faults.iter().take(SHOWN).map(ToString::to_string).collect();
    if faults.len() > SHOWN {
        texts.push(format!("and {} more", faults.len() - SHOWN));
    }
    texts.join("; ")
}
