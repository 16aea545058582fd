//! What a run is asked to keep to beyond the rules of its scenario. Nothing sets it aside, so the least-violating plan keeps
//! to it too.

use super::{OptimiseError, OptimiseOptions};
use crate::compile::{Account, Compiled};
use crate::domain::action::Trajectory;
use crate::domain::scenario::Scenario;
use crate::kernel::problem::{Problem, Row};

/// Puts the restrictions into a problem: terms that are held, and the number of closures.
pub(super) fn apply(scenario: &Scenario, compiled: &Compiled, options: &OptimiseOptions, problem: &mut Problem) {
    for &(term, upper) in &options.hold {
        let name = format!("{} held", term.name());
        compiled.accounts.hold(problem, &name, &[(Account::Term(term), 1.0)], upper);
    }
    if let Some(count) = options.closures {
        problem.rows.push(closures(scenario, compiled, count));
    }
}

/// The row that says how many sites are shut.
fn closures(scenario: &Scenario, compiled: &Compiled, count: u32) -> Row {
    let all = compiled.trajectories.entries();
    let options = all.filter(|(_, trajectory)| shuts(scenario, trajectory)).map(|(option, _)| (option, 1.0)).collect();
    let count = f64::from(count);
    Row { name: "closures".to_owned(), options, arcs: Vec::new(), lower: count, upper: count, price: f64::INFINITY }
}

fn shuts(scenario: &Scenario, trajectory: &Trajectory) -> bool {
    trajectory.taken.iter().any(|&(offer, _)| scenario.offers[offer].measure.ends_school())
}

/// Looks whether so many closures are on offer at all, and so few.
///
/// # Errors
/// [`OptimiseError::Closures`] when they are not.
pub(super) fn possible(
    scenario: &Scenario,
    compiled: &Compiled,
    options: &OptimiseOptions,
) -> Result<(), OptimiseError> {
    let Some(asked) = options.closures else { return Ok(()) };
    let (mut fewest, mut most) = (0, 0);
    for site in scenario.district.sites.ids() {
        let mut shut = compiled.problem.options_of(site).map(|option| shuts(scenario, &compiled.trajectories[option]));
        let first = shut.next() == Some(true);
        let (all, any) = shut.fold((first, first), |(all, any), shut| (all && shut, any || shut));
        fewest += u32::from(all);
        most += u32::from(any);
    }
    if (fewest..=most).contains(&asked) { Ok(()) } else { Err(OptimiseError::Closures { asked, fewest, most }) }
}
