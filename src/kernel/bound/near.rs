//! A climb that starts where one on a problem much like this one ended.

use super::{Evaluator, Excluded, Multipliers, Relaxation, Removed};
use crate::kernel::certificate::MultiplierSet;

impl Relaxation {
    /// `start`, or the multipliers of `near` where they are of use here and give a better bound. Those of "served once" are
    /// taken over as they are; rows and limits may differ from problem to problem, and theirs are found anew.
    pub fn nearer(
        &self,
        evaluator: &mut Evaluator<'_>,
        (removed, excluded): (&Removed, &Excluded),
        mut start: Multipliers,
        near: Option<&MultiplierSet>,
    ) -> Multipliers {
        let fits = |near: &&MultiplierSet| {
            near.services.len() == start.cells.len() && near.services.iter().all(|value| value.is_finite())
        };
        let Some(near) = near.filter(fits) else { return start };
        let mut other = Multipliers { cells: near.services.clone(), ..start.clone() };
        let mut bound = |at: &mut Multipliers| {
            let active = self.active(removed, excluded, at);
            evaluator.evaluate(&active, at, excluded).bound
        };
        if bound(&mut other) > bound(&mut start) { other } else { start }
    }
}
