//! From a run of the optimiser to what is written of it.

use super::bundle::Findings;
use crate::domain::document::{
    LevelDocument, PlanDocument, PlanStatus, RobustDocument, RobustForecastDocument, SolverDocument,
};
use crate::domain::scenario::Scenario;
use crate::evaluate::document::{SolveFacts, assemble};
use crate::i18n::both;
use crate::id::SiteId;
use crate::optimise::robust::RobustRun;
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
    // A run may be cut while nothing better than today's network is known: what breaks hard rules is no plan to stop at.
    let holds = run.evaluation.hard_rules_hold();
    let facts = SolveFacts {
        status: if holds { run.status } else { PlanStatus::Infeasible },
        bound: run.bound.filter(|_| holds),
        levels: run.levels.iter().map(level_document).collect(),
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

/// The document of a plan for several forecasts under the one that is shown, whose scenario and findings are given.
pub fn robust_document(
    scenario: &Scenario,
    travel: &Travel<'_>,
    (robust, findings): (&RobustRun, &Findings),
    seed: u64,
    lock: &[SiteId],
) -> PlanDocument {
    let kept = OptimiseOptions { lock: lock.to_vec(), ..OptimiseOptions::default() };
    let shown = robust.run(robust.shown());
    let forecasts = robust.views.iter().zip(&robust.weights).map(|(view, &weight)| RobustForecastDocument {
        name: view.name.clone(),
        total: view.evaluation.objective.as_ref().map_or(0.0, |objective| objective.total),
        holds: view.evaluation.hard_rules_hold(),
        weight,
    });
    let proven = RobustDocument {
        goal: robust.goal,
        needed: robust.needed,
        status: robust.status,
        value: robust.value,
        bound: robust.bound,
        // As readers work it out, to the last digit.
        gap: robust.bound.map(|bound| crate::evaluate::document::gap(robust.value, bound)),
        levels: robust.levels.iter().map(level_document).collect(),
        forecasts: forecasts.collect(),
    };
    PlanDocument { robust: Some(proven), ..document(scenario, travel, (&shown, findings), seed, &kept) }
}

fn level_document(level: &SolvedLevel) -> LevelDocument {
    let SolvedLevel { name, value, bound, gap } = *level;
    LevelDocument { term: name.to_owned(), value, bound, gap }
}
