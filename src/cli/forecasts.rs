//! Forecasts on the command line: names of variants or families, and what is asked of a plan for all of them.

use super::plans;
use super::values;
use crate::domain::forecast::{BASE, Forecast, Forecasts, RobustGoal};
use crate::domain::plan::Plan;
use crate::i18n::Language;
use crate::input::{Folder, PlanInput, VariantInfo};
use crate::optimise::Excess;
use crate::optimise::robust::RobustOptions;
use crate::study::regret::ForecastFacts;
use crate::travel::Travel;
use clap::Args;
use std::error::Error;
use std::path::Path;

/// What is asked of a plan for several forecasts.
#[derive(Debug, Args)]
pub(super) struct RobustArgs {
    /// Least share of the forecasts in which the plan keeps the hard rules, such as 0.8 or 80%
    #[arg(long, value_name = "SHARE", default_value = "1", value_parser = values::part)]
    robust_share: f64,
    /// What the plan minimises: the objective on average over the forecasts, or in the worst of them
    #[arg(long, value_name = "GOAL", default_value = "worst", value_parser = goal)]
    robust_goal: RobustGoal,
}

impl RobustArgs {
    /// The options that they stand for.
    pub(super) fn options(&self) -> RobustOptions {
        RobustOptions { goal: self.robust_goal, share: self.robust_share, ..RobustOptions::default() }
    }
}

fn goal(value: &str) -> Result<RobustGoal, values::ValueError> {
    let refused = || values::ValueError { value: value.to_owned(), expected: "`expected` or `worst`" };
    RobustGoal::ALL.into_iter().find(|goal| goal.name() == value).ok_or_else(refused)
}

/// The forecasts that are named: variants, all members of families, or the scenario itself as `base`.
///
/// # Errors
/// When a name is unknown, or the scenarios differ in more than their pupils.
pub(super) fn named(folder: &mut Folder, names: &[String]) -> Result<Forecasts, Box<dyn Error>> {
    let mut all = Vec::new();
    for name in names {
        for member in members(&folder.base.variants, name) {
            let scenario = match &member {
                None => folder.base.scenario.clone(),
                Some(variant) => folder.variant(variant)?.scenario,
            };
            all.push(Forecast { name: member.unwrap_or_else(|| BASE.to_owned()), scenario });
        }
    }
    Ok(Forecasts::new(all)?)
}

/// The variants that a name stands for; `None` is the scenario itself. An unknown name stands for itself, so that the search
/// for the variant says what there is.
fn members(variants: &[VariantInfo], name: &str) -> Vec<Option<String>> {
    if variants.iter().any(|variant| variant.name == name) {
        return vec![Some(name.to_owned())];
    }
    let family = variants.iter().filter(|variant| variant.family.as_deref() == Some(name));
    let members: Vec<Option<String>> = family.map(|variant| Some(variant.name.clone())).collect();
    match (members.is_empty(), name) {
        (false, _) => members,
        (true, BASE) => vec![None],
        (true, _) => vec![Some(name.to_owned())],
    }
}

/// Opens a scenario folder and tells its warnings.
///
/// # Errors
/// Every problem of the folder.
pub(super) fn open(path: &Path, language: Language) -> Result<Folder, Box<dyn Error>> {
    let folder = Folder::open(path)?;
    plans::warn(&folder.base.warnings, language);
    Ok(folder)
}

/// A plan made for the scenario or any of its variants: for `variant` where one is named, else for the one that the plan says.
///
/// # Errors
/// When the plan cannot be read or is not one of that scenario.
pub(super) fn plan(
    folder: &mut Folder,
    path: &Path,
    variant: Option<&str>,
    language: Language,
) -> Result<Plan, Box<dyn Error>> {
    let input = PlanInput::open(path)?;
    let read = match variant.or_else(|| input.variant()).map(str::to_owned) {
        None => input.resolve(&folder.base.scenario)?,
        Some(name) => input.resolve(&folder.variant(&name)?.scenario)?,
    };
    plans::warn(&read.warnings, language);
    Ok(read.plan)
}

/// The forecasts with their numbers of pupils; nothing is known of their best plans yet.
pub(super) fn facts(forecasts: &Forecasts) -> Vec<ForecastFacts> {
    let one = |one: &Forecast| {
        let last = one.scenario.years.last().copied().unwrap_or(one.scenario.baseline_year);
        ForecastFacts { name: one.name.clone(), pupils: one.scenario.demand.total(last).0, bound: None }
    };
    forecasts.iter().map(one).collect()
}

/// What measures plans under every forecast.
///
/// # Errors
/// When a forecast cannot be compiled.
pub(super) fn measures(forecasts: &Forecasts) -> Result<Vec<(Travel<'_>, Excess)>, Box<dyn Error>> {
    let mut measures = Vec::new();
    for Forecast { scenario, .. } in forecasts {
        let travel = Travel::new(scenario);
        let excess = Excess::new(scenario, &travel)?;
        measures.push((travel, excess));
    }
    Ok(measures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Text;

    #[test]
    fn names_are_variants_before_families_before_the_scenario_itself() {
        let variant = |name: &str, family: Option<&str>| VariantInfo {
            name: name.to_owned(),
            start: None,
            title: Text::default(),
            family: family.map(str::to_owned),
            changes: Vec::new(),
        };
        let variants =
            [variant("a", None), variant("f/1", Some("f")), variant("f/2", Some("f")), variant("x", Some("a"))];
        let some = |names: &[&str]| names.iter().map(|name| Some((*name).to_owned())).collect::<Vec<_>>();
        assert_eq!(members(&variants, "a"), some(&["a"]));
        assert_eq!(members(&variants, "f"), some(&["f/1", "f/2"]));
        assert_eq!(members(&variants, "base"), [None]);
        assert_eq!(members(&variants, "lost"), some(&["lost"]));
        let named_base = [variant("base", None)];
        assert_eq!(members(&named_base, "base"), some(&["base"]));
    }

    #[test]
    fn goals_have_names() {
        assert_eq!(goal("expected"), Ok(RobustGoal::Expected));
        assert!(goal("best").is_err_and(|error| error.to_string().contains("`expected` or `worst`")));
    }
}
