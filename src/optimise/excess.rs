//! The excess of any plan over the hard rules, in pupils affected: one measure for all rules, the one by which a least-violating
//! plan is found.

use crate::compile::{Account, CompileError, CompileOptions, Compiled, EncodeError, compile_with};
use crate::domain::plan::Plan;
use crate::domain::scenario::Scenario;
use crate::kernel::check;
use crate::kernel::problem::Problem;
use crate::travel::Travel;

/// Measures the excess of plans of one scenario.
#[derive(Debug, Clone)]
pub struct Excess {
    compiled: Compiled,
    problem: Problem,
}

impl Excess {
    /// The measure of a scenario.
    ///
    /// # Errors
    /// [`CompileError`] when the scenario cannot be compiled.
    pub fn new(scenario: &Scenario, travel: &Travel<'_>) -> Result<Self, CompileError> {
        let options = CompileOptions { set_aside: true, ..CompileOptions::default() };
        let compiled = compile_with(scenario, travel, &options)?;
        let mut problem = compiled.problem.clone();
        compiled.accounts.minimise(&mut problem, &[(Account::Breach, 1.0)]);
        Ok(Self { compiled, problem })
    }

    /// Pupils affected by the hard rules that `plan` breaks, added up over rules, places and years. Rules that are only
    /// checked on finished plans are not in it.
    ///
    /// # Errors
    /// [`EncodeError`] when the plan does what the scenario does not offer, or does not place its pupils.
    pub fn of(&self, scenario: &Scenario, plan: &Plan) -> Result<f64, EncodeError> {
        let solution = self.compiled.encode(scenario, plan)?;
        Ok(check::score(&self.problem, &solution).cost)
    }
}
