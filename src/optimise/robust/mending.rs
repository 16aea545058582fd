//! Mending a solution of several forecasts where it breaks hard rules that the kernel knows in part.

use super::case::Ask;
use super::question::{Held, Question};
use super::run::{Found, Work};
use crate::compile::Joint;
use crate::domain::forecast::RobustGoal;
use crate::domain::plan::Plan;
use crate::evaluate::evaluate;
use crate::kernel::problem::Solution;
use crate::optimise::OptimiseError;
use crate::optimise::goal::Level;
use crate::optimise::mend::Places;
use crate::travel::Travel;

/// A level that was solved.
pub(super) struct Mending<'a> {
    pub joint: &'a Joint,
    pub level: &'a Level,
    pub goal: RobustGoal,
    pub held: &'a [Held<'a>],
    pub needed: usize,
    pub never: &'a [bool],
}

impl Mending<'_> {
    fn asked<'b>(&'b self, joint: &'b Joint) -> Question<'b> {
        Question::new(joint, self.goal, self.level, self.held)
    }
}

impl Work<'_> {
    /// The solution of a level mended in the forecasts whose rules it is to keep; `None` where it breaks none there, or where
    /// nothing was found that keeps their stricter form. What was proven of the level is true of the mended one as well.
    pub fn mended(
        &self,
        level: &Mending<'_>,
        places: &mut [Places],
        solution: &Solution,
        found: &mut Found,
    ) -> Result<Option<Solution>, OptimiseError> {
        let mut plans = self.plans(level.joint, solution);
        let mut kept = level.asked(level.joint).keeps(solution);
        let mut mended = None;
        loop {
            let (mut new, mut any) = (false, false);
            for (at, one) in self.forecasts.iter().enumerate().filter(|&(at, _)| kept[at]) {
                let evaluation = evaluate(&one.scenario, &Travel::new(&one.scenario), &plans[at]);
                let evaluation = evaluation.map_err(OptimiseError::Structure)?;
                let added = places[at].add(&level.joint.parts()[at], &evaluation);
                (new, any) = (new || added.0, any || added.1);
            }
            let told = |key: &str| {
                let all = self.forecasts.iter().zip(places.iter()).filter(|(_, places)| !places.is_empty());
                all.map(|(one, places)| places.told(&one.scenario, key).with("forecast", &one.name)).collect::<Vec<_>>()
            };
            if !any {
                if mended.is_some() {
                    found.notes.retain(|note| note.key != "note.mended_under");
                    found.notes.extend(told("note.mended_under"));
                }
                return Ok(mended);
            }
            let strict = if new { Some(self.compiled(false, |at| places[at].strict())?) } else { None };
            let solved = match &strict {
                None => None,
                Some(strict) => {
                    let known = self.encoded(strict, &plans).into_iter().collect();
                    let (engine, limits, observer) = (self.engine, self.limits, self.observer);
                    let (work, nodes) = (found.work, found.nodes);
                    let mut ask = Ask { question: level.asked(strict), engine, limits, observer, known, work, nodes };
                    let closed = ask.with_share(level.needed, level.never)?;
                    (found.work, found.nodes) = (ask.work, ask.nodes);
                    closed.best.map(|(solution, value)| {
                        let tidy = self.tidied(strict, &ask, &closed.weights, solution, value).0;
                        (self.plans(strict, &tidy), ask.question.keeps(&tidy))
                    })
                }
            };
            let encoded = solved.and_then(|(plans, kept)| Some((self.encoded(level.joint, &plans)?, plans, kept)));
            let Some((solution, next, keeps)) = encoded else {
                found.notes.extend(told("note.not_mended_under"));
                return Ok(None);
            };
            (plans, kept, mended) = (next, keeps, Some(solution));
        }
    }

    /// The plan of every forecast.
    fn plans(&self, joint: &Joint, solution: &Solution) -> Vec<Plan> {
        let parts = self.forecasts.iter().zip(joint.parts()).enumerate();
        parts.map(|(at, (one, part))| part.decompile(&one.scenario, &joint.part(at, solution))).collect()
    }
}
