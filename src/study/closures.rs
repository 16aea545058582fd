//! What closures cost one by one: the best plan that shuts exactly so many sites, by closure or merger, for every number of a
//! range.
//!
//! *Free* steps know nothing of each other. *Nested* steps keep the closures of the step before exactly as they are: site,
//! action, receiver and year; the first nested step is the free one. What that costs is the price of nesting.

use super::price::{Known, Price};
use super::sweep::Row;
use super::sweep::row::Figures;
use serde::{Deserialize, Serialize};

/// One number of closures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Sites that the plan shuts, closed or merged, over all plan years: exactly so many.
    pub closures: u32,
    /// The best plan that shuts so many.
    pub free: Tried,
    /// The best of those that keep the closures of the step before, where it was asked for.
    pub nested: Option<Tried>,
    /// What keeping them costs; `None` where there are not two plans to compare.
    pub price_of_nesting: Option<Price>,
    /// Whether no other free step has a plan with a lower objective.
    pub best: bool,
}

/// What came of one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// As the status of a unit of a sweep: `optimal`, `feasible`, `stopped`, `infeasible`, `failed`, `fault`, `missing`.
    pub status: String,
    /// The objective and its bound, where a plan keeps every hard rule.
    pub known: Option<Known>,
    /// Relative gap between the two.
    pub gap: Option<f64>,
    /// Keys of the sites that the plan shuts, in file order.
    pub shut: Vec<String>,
    /// Why there is no plan; empty where there is one.
    pub why: Vec<String>,
    /// Folder of the plan within the results, also of one that breaks hard rules as little as possible; `None` without any.
    pub folder: Option<String>,
    /// Figures of that plan.
    pub figures: Option<Figures>,
}

impl Tried {
    /// What a row of a sweep says.
    pub fn of(row: &Row) -> Self {
        let figures = row.figures().cloned();
        let known = figures.as_ref().filter(|_| row.holds()).map(Figures::known);
        Self {
            status: row.status().to_owned(),
            known,
            gap: known.and_then(Known::gap),
            shut: figures.as_ref().map(Figures::shut).unwrap_or_default(),
            why: row.why(),
            folder: figures.as_ref().map(|_| format!("plans/{}", row.unit.folder())),
            figures,
        }
    }
}

/// The steps of a path, in order: `free` and `nested` rows by number of closures.
///
/// A nested plan is one with so many closures too: where it is better than the free one found, the free step has it.
pub fn path(rows: &[(u32, Row, Option<Row>)]) -> Vec<Step> {
    let mut steps: Vec<Step> =
        rows.iter().map(|(closures, free, nested)| step(*closures, free, nested.as_ref())).collect();
    let values = steps.iter().filter_map(|step| step.free.known).map(|known| known.value);
    let least = values.fold(f64::INFINITY, f64::min);
    let best = steps.iter_mut().find(|step| step.free.known.is_some_and(|known| known.value <= least));
    if let Some(best) = best {
        best.best = true;
    }
    steps
}

fn step(closures: u32, free: &Row, nested: Option<&Row>) -> Step {
    let (mut free, nested) = (Tried::of(free), nested.map(Tried::of));
    if let Some(better) = &nested
        && let Some(own) = better.known
        && free.known.is_none_or(|known| own.value < known.value)
    {
        let known = Known { value: own.value, bound: free.known.and_then(|known| known.bound) };
        let status = if free.known.is_some() { free.status } else { better.status.clone() };
        free = Tried { status, known: Some(known), gap: known.gap(), ..better.clone() };
    }
    let price = nested.as_ref().and_then(|nested| Some(Price::between(nested.known?, free.known?)));
    Step { closures, free, nested, price_of_nesting: price, best: false }
}
