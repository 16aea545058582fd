//! Money of the plans, year by year.

use super::Named;
use serde::Serialize;
use std::collections::BTreeMap;

/// Money of one plan, not discounted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanCost {
    /// Whether capital stands in the years in which it is booked and running cost is known, for which the scenario must be
    /// at hand; else capital stands in the years in which the actions take effect.
    pub booked: bool,
    /// By year, ascending.
    pub years: Vec<YearCost>,
}

/// Money of one year.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct YearCost {
    /// The year.
    pub year: i32,
    /// Capital in yuan.
    pub capital: f64,
    /// Change of the running cost against today in yuan, where it is known.
    pub running: Option<f64>,
}

/// The money of a plan.
pub(super) fn of(plan: &Named<'_>) -> PlanCost {
    if let Some(home) = &plan.home {
        let year = |(year, money): (&crate::units::Year, &crate::evaluate::course::Money)| YearCost {
            year: year.0,
            capital: money.capital,
            running: Some(money.running),
        };
        return PlanCost { booked: true, years: home.money.iter().map(year).collect() };
    }
    let mut capital: BTreeMap<i32, f64> = plan.document.years.iter().map(|&year| (year, 0.0)).collect();
    for action in plan.document.sites.iter().flat_map(|site| &site.actions) {
        *capital.entry(action.year).or_default() += action.cost as f64;
    }
    let years = capital.into_iter().map(|(year, capital)| YearCost { year, capital, running: None });
    PlanCost { booked: false, years: years.collect() }
}
