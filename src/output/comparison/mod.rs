//! A comparison of plans on the terminal and as a page.

use super::catalogue::OutputError;
use super::report::{BASE, STYLE, page};
use crate::domain::document::ActionDocument;
use crate::i18n::number::{number, percent};
use crate::i18n::width::{cut, left, right, width};
use crate::i18n::{Language, render, text, word};
use crate::message::Message;
use crate::study::compare::{Comparison, Counts};

const PAGE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("compare.js");
/// Columns of the terminal.
const COLUMNS: usize = 100;
/// Rows of a list on the terminal.
const ROWS: usize = 12;

/// The page `compare.html`: one file that works from disk.
///
/// # Errors
/// [`OutputError::Json`] when the comparison cannot be serialised.
pub fn html(comparison: &Comparison, language: Language) -> Result<Vec<u8>, OutputError> {
    let data = serde_json::to_string(&serde_json::json!({
        "lang": language.name(),
        "version": env!("CARGO_PKG_VERSION"),
        "comparison": comparison,
    }))?;
    Ok(page(PAGE, STYLE, &[BASE, SCRIPT], language, &text(language, "compare.title"), &data)?.into_bytes())
}

/// The comparison in lines for the terminal, differences first.
pub fn lines(comparison: &Comparison, language: Language) -> Vec<String> {
    let say = |message: &Message| render(language, message);
    let plans = comparison.plans.len().max(1);
    let column = (COLUMNS.saturating_sub(34) / plans).clamp(12, 24);
    let first = COLUMNS.saturating_sub(column * plans).clamp(20, 46);
    let row = |label: &str, cells: &[String], differs: bool| {
        let mark = if differs { "≠ " } else { "  " };
        let cells: String = cells.iter().map(|cell| right(&format!(" {cell}"), column)).collect();
        format!("{mark}{}{cells}", left(label, first - 2))
    };
    let each = |value: &dyn Fn(usize) -> String| (0..comparison.plans.len()).map(value).collect::<Vec<String>>();
    let mut lines = vec![row("", &each(&|k| comparison.plans[k].name.clone()), false)];
    if !comparison.same_scenario {
        lines.push(text(language, "compare.other_scenario"));
        let named = |k: usize| {
            let plan = &comparison.plans[k];
            plan.variant
                .as_ref()
                .map_or_else(|| plan.scenario.clone(), |variant| format!("{} · {variant}", plan.scenario))
        };
        lines.push(row(&text(language, "compare.scenario"), &each(&named), false));
    }
    let status = |k: usize| word(language, "compare.status", status_name(comparison, k));
    let gap = |k: usize| comparison.plans[k].gap.map_or_else(|| "–".to_owned(), |gap| percent(gap, 2));
    lines.push(row(&text(language, "compare.status_row"), &each(&status), false));
    lines.push(row(&text(language, "report.gap"), &each(&gap), false));
    lines.push(String::new());
    for figure in &comparison.figures {
        let shown = |k: usize| figure.values[k].map_or_else(|| "–".to_owned(), |value| number(value, figure.decimals));
        lines.push(row(&say(&Message::new(&figure.key)), &each(&shown), figure.differs));
    }
    lines.push(String::new());
    lines.push(text(language, "compare.rules"));
    for rule in &comparison.rules {
        let shown =
            |k: usize| rule.counts[k].as_ref().map_or_else(|| "–".to_owned(), |counts| counted(language, counts));
        lines.push(row(&rule.rule, &each(&shown), rule.differs));
    }
    lines.push(String::new());
    lines.push(text(language, "compare.actions"));
    if comparison.actions.is_empty() {
        lines.push(format!("  {}", text(language, "compare.no_actions")));
    }
    for site in &comparison.actions {
        let shown = |k: usize| actions(language, &site.actions[k]);
        lines.push(row(&site.name, &each(&shown), site.differs));
    }
    for change in &comparison.against_first {
        lines.push(String::new());
        let head = Message::new("compare.against")
            .with("plan", &comparison.plans[change.plan].name)
            .with("first", &comparison.plans[0].name)
            .with("moved", number(change.moved as f64, 0))
            .with("nearer", number(change.nearer as f64, 0))
            .with("farther", number(change.farther as f64, 0));
        lines.push(say(&head));
        for transfer in change.transfers.iter().take(ROWS) {
            let from = transfer.from.as_deref().unwrap_or("–");
            let pupils = number(transfer.pupils as f64, 0);
            let stage = word(language, "stage", transfer.stage);
            lines.push(cut(&format!("  {}  {from} → {} ({stage})", right(&pupils, 8), transfer.to), COLUMNS));
        }
        if change.transfers.len() > ROWS {
            lines.push(say(&Message::new("compare.more").with("n", change.transfers.len() - ROWS)));
        }
    }
    debug_assert!(lines.iter().all(|line| width(line) <= COLUMNS + 100), "lines are cut to a width");
    lines
}

fn status_name(comparison: &Comparison, plan: usize) -> &'static str {
    use crate::domain::document::PlanStatus;
    match comparison.plans[plan].status {
        PlanStatus::Optimal => "optimal",
        PlanStatus::Feasible => "feasible",
        PlanStatus::Stopped => "stopped",
        PlanStatus::Infeasible => "infeasible",
    }
}

fn counted(language: Language, counts: &Counts) -> String {
    let tested = counts.pass + counts.relaxed + counts.fail;
    let key = if counts.fail > 0 { "compare.failing" } else { "compare.passing" };
    render(language, &Message::new(key).with("fail", counts.fail).with("tested", tested))
}

fn actions(language: Language, actions: &[ActionDocument]) -> String {
    if actions.is_empty() {
        return word(language, "action", "keep");
    }
    let one = |action: &ActionDocument| {
        let mut told = format!("{} {}", action.year, word(language, "action", &action.action));
        if let Some(into) = &action.into {
            told = format!("{told} → {into}");
        }
        if action.classes > 0 { format!("{told} {}", action.classes) } else { told }
    };
    actions.iter().map(one).collect::<Vec<_>>().join(&text(language, "list.comma"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;
    use crate::output::tests::assert_golden;
    use crate::study::compare::{Named, compare};

    fn sample() -> Comparison {
        let first = sample::document(&sample::scenario());
        let mut second = first.clone();
        second.sites[4].actions.clear();
        for row in second.assignment.iter_mut().filter(|row| row.site == "c1") {
            row.site = "p1".to_owned();
            row.km = 1.155;
        }
        compare(&[Named { name: "方案甲", document: &first }, Named { name: "plan-b</script>", document: &second }])
    }

    #[test]
    fn lines_are_aligned_in_both_languages() {
        for language in Language::ALL {
            let lines = lines(&sample(), language);
            assert!(lines.iter().all(|line| width(line) <= COLUMNS), "{}", lines.join("\n"));
            let text: String = lines.iter().flat_map(|line| [line.trim_end(), "\n"]).collect();
            assert_golden(&format!("{}/compare.txt", language.name()), text.as_bytes());
        }
    }

    #[test]
    fn the_page_holds_the_comparison_and_refers_to_nothing_outside() {
        let page = String::from_utf8(html(&sample(), Language::En).unwrap()).unwrap();
        assert_eq!(page.matches("</script>").count(), 3);
        assert!(page.contains("default-src 'none'"));
        assert!(!page.contains("src=") && !page.contains("{{"));
        assert_golden("en/compare.html", page.as_bytes());
    }
}
