//! From a run of the optimiser to what is written of it.

use super::bundle::Findings;
use crate::domain::document::{LevelDocument, PlanDocument, PlanStatus, SolverDocument};
use crate::domain::scenario::Scenario;
use crate::evaluate::document::{SolveFacts, assemble};
use crate::i18n::both;
use crate::optimise::{OptimiseOptions, Run, SolvedLevel};
use crate::travel::Travel;

/// What the run, its audit and the scenario said besides the plan.
pub fn findings(scenario: &Scenario, run: &Run) -> Findings {
    let assumed = scenario.assumptions.iter().chain(&run.evaluation.assumptions).chain(&run.assumptions);
    Findings {
        assumptions: assumed.cloned().collect(),
        reasons: run
            .reasons
            .iter()
            .map(|reason| (scenario.district.sites[reason.action.site].key.clone(), reason.why.clone()))
            .collect(),
        obstacles: run.obstacles.clone(),
        notes: run.notes.clone(),
    }
}

/// The document of a run with `seed` and these options.
pub fn document(
    scenario: &Scenario,
    travel: &Travel<'_>,
    (run, findings): (&Run, &Findings),
    seed: u64,
    options: &OptimiseOptions,
) -> PlanDocument {
    let level = |level: &SolvedLevel| LevelDocument {
        term: level.name.to_owned(),
        value: level.value,
        bound: level.bound,
        gap: level.gap,
    };
    // A run may be cut while nothing better than today's network is known: what breaks hard rules is no plan to stop at.
    let holds = run.evaluation.hard_rules_hold();
    let facts = SolveFacts {
        status: if holds { run.status } else { PlanStatus::Infeasible },
        bound: run.bound.filter(|_| holds),
        levels: run.levels.iter().map(level).collect(),
        solver: SolverDocument {
            engine: run.engine.to_owned(),
            seed,
            work: run.work,
            nodes: run.nodes,
            locked: options.lock.iter().map(|&site| scenario.district.sites[site].key.clone()).collect(),
            closures: options.closures,
        },
        assumptions: findings.assumptions.iter().map(both).collect(),
    };
    assemble(scenario, travel, &run.plan, &run.evaluation, facts)
}
