//! A comparison of plans on the terminal, as a page with linked maps, and as a workbook.

pub mod answers;
pub mod labels;
pub mod lines;
pub mod maps;
pub mod page;
pub mod tables;
#[cfg(test)]
mod tests;
pub mod workbook;

use crate::domain::document::{ActionDocument, PlanStatus};
use crate::i18n::{Language, text, word};
use labels::Labels;

/// The word for how a run ended.
fn status_name(status: PlanStatus) -> &'static str {
    match status {
        PlanStatus::Optimal => "optimal",
        PlanStatus::Feasible => "feasible",
        PlanStatus::Stopped => "stopped",
        PlanStatus::Infeasible => "infeasible",
    }
}

/// What a plan does at a site.
fn action_text(language: Language, labels: &Labels<'_>, actions: &[ActionDocument]) -> String {
    if actions.is_empty() {
        return word(language, "action", "keep");
    }
    let one = |action: &ActionDocument| {
        let mut told = format!("{} {}", action.year, word(language, "action", &action.action));
        if let Some(into) = &action.into {
            told = format!("{told} → {}", labels.site(into));
        }
        if action.classes > 0 { format!("{told} {}", action.classes) } else { told }
    };
    actions.iter().map(one).collect::<Vec<_>>().join(&text(language, "list.comma"))
}
