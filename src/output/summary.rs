//! The summary on the terminal: at most 24 lines of 80 columns for a plan, and the list of verdicts for a check.

use super::bundle::Bundle;
use super::indicators::{self, year_name};
use super::overview::{key_figures, standing};
use crate::digest::figures::years;
use crate::digest::tallies::tallies;
use crate::domain::rule::Severity;
use crate::i18n::width::{cut, left, right, wrap};
use crate::i18n::{text, word};
use crate::message::Message;
use crate::metric::calendar::before_deadline;
use crate::units::Year;
use std::path::Path;

/// Columns of the terminal that the summary is made for.
pub const COLUMNS: usize = 80;
/// Lines of a plan's summary at most.
pub const LINES: usize = 24;
/// Actions listed one by one.
const ACTIONS: usize = 4;
/// Rules listed one by one.
const RULES: usize = 3;

/// The summary of a plan: how it stands, key figures before and after, actions, broken rules, where the files lie.
pub fn plan(bundle: &Bundle<'_>, folder: Option<&Path>) -> Vec<String> {
    let language = bundle.language;
    let mut head = vec![title(bundle)];
    head.extend(stand(bundle));
    let mut tail = actions(bundle);
    tail.extend(broken(bundle));
    if let Some(folder) = folder {
        let place = folder.join("report.html").display().to_string();
        tail.push(bundle.say(language, &Message::new("summary.report").with("path", place)));
    }
    let room = LINES.saturating_sub(head.len() + tail.len());
    [head, figures(bundle, room), tail].concat()
}

/// The summary of a check: how it stands, key figures, every rule with its counts before and after exemptions.
pub fn check(bundle: &Bundle<'_>) -> Vec<String> {
    let mut lines = vec![title(bundle)];
    lines.extend(stand(bundle));
    lines.extend(figures(bundle, usize::MAX));
    lines.extend(actions(bundle));
    lines.extend(super::forecast::lines(bundle, COLUMNS));
    lines.extend(super::projects::lines(bundle));
    lines.push(String::new());
    lines.extend(indicators::lines(bundle, COLUMNS));
    lines
}

fn title(bundle: &Bundle<'_>) -> String {
    let language = bundle.language;
    let mut title = language.pick(&bundle.scenario.title).to_owned();
    if title.is_empty() {
        title.clone_from(&bundle.scenario.name);
    }
    if let Some(variant) = &bundle.document.variant {
        title = format!("{title} · {variant}");
    }
    if bundle.scenario.synthetic || bundle.document.synthetic {
        title = format!("{title} · {}", text(language, "summary.synthetic"));
    }
    cut(&title, COLUMNS)
}

/// Status and gap in at most four lines.
fn stand(bundle: &Bundle<'_>) -> Vec<String> {
    let language = bundle.language;
    let mut lines = Vec::new();
    for sentence in standing(bundle).iter().take(2) {
        lines.extend(wrap(&bundle.say(language, sentence), COLUMNS));
    }
    for obstacle in bundle.findings.obstacles.iter().take(2) {
        lines.push(cut(&bundle.say(language, obstacle), COLUMNS));
    }
    lines.truncate(5);
    lines
}

/// Key figures that are left out first where there is no room for all.
const SPARE: [&str; 6] =
    ["figure.rooms", "figure.classes", "figure.longest_km", "figure.capital", "figure.share_over", "figure.class_mean"];

/// A heading and the key figures, in at most `room` lines.
fn figures(bundle: &Bundle<'_>, room: usize) -> Vec<String> {
    let language = bundle.language;
    let years = years(bundle.document);
    let (Some(first), Some(last)) = (years.first(), years.last()) else { return Vec::new() };
    let two = years.len() > 1;
    let mut heading = left("", 46) + &right(&year_name(language, 0, *first), 16);
    if two {
        heading += &right(&year_name(language, years.len() - 1, *last), 16);
    }
    let mut lines = vec![heading];
    let mut figures = key_figures(bundle);
    for spare in SPARE {
        if figures.len() + 1 > room {
            figures.retain(|figure| figure.label.key != spare);
        }
    }
    for figure in figures {
        let label = left(&crate::i18n::render(language, &figure.label), 46);
        let mut line = label + &right(&figure.form.show(figure.before), 16);
        if two {
            line += &right(&figure.form.show(figure.after), 16);
        }
        lines.push(line);
    }
    lines
}

fn actions(bundle: &Bundle<'_>) -> Vec<String> {
    let language = bundle.language;
    let mut counts: Vec<(String, usize)> = Vec::new();
    let mut each = Vec::new();
    for site in &bundle.document.sites {
        for action in &site.actions {
            match counts.iter_mut().find(|(name, _)| *name == action.action) {
                Some((_, count)) => *count += 1,
                None => counts.push((action.action.clone(), 1)),
            }
            let mut line = format!("{} {}", action.year, word(language, "action", &action.action));
            line = format!("{line} {}", bundle.site_name(&site.id));
            if let Some(into) = &action.into {
                line = format!("{line} → {}", bundle.site_name(into));
            }
            if action.classes > 0 {
                let rooms = Message::new("report.rooms_added").with("n", action.classes);
                line = format!("{line} ({})", crate::i18n::render(language, &rooms));
            }
            each.push(line);
        }
    }
    if bundle.document.years.is_empty() {
        return Vec::new();
    }
    let last = bundle.document.years.last().copied().unwrap_or(bundle.document.baseline_year);
    let stay = bundle
        .document
        .sites
        .iter()
        .filter(|site| site.actions.is_empty() && site.states.iter().any(|state| state.year == last && state.operating))
        .count();
    let mut parts: Vec<String> =
        counts.iter().map(|(name, count)| format!("{} {count}", word(language, "action", name))).collect();
    parts.push(format!("{} {stay}", word(language, "action", "keep")));
    let heading = Message::new("summary.actions").with("list", parts.join(&text(language, "list.comma")));
    let mut lines = vec![cut(&crate::i18n::render(language, &heading), COLUMNS)];
    let shown = if each.len() > ACTIONS { ACTIONS - 1 } else { each.len() };
    lines.extend(each.iter().take(shown).map(|line| cut(&format!("  {line}"), COLUMNS)));
    if shown < each.len() {
        let more = Message::new("summary.more_actions").with("n", each.len() - shown);
        lines.push(format!("  {}", crate::i18n::render(language, &more)));
    }
    lines
}

/// The rules that some subject fails in the last year, hard ones first.
fn broken(bundle: &Bundle<'_>) -> Vec<String> {
    let language = bundle.language;
    let Some(&last) = years(bundle.document).last() else { return Vec::new() };
    let mut failing: Vec<(bool, String)> = tallies(bundle.document, Some(bundle.scenario))
        .iter()
        .filter_map(|tally| {
            let fail = tally.years.get(&last).map_or(0, |counts| counts.fail);
            let rule = bundle.rule(&tally.rule)?;
            (fail > 0).then(|| {
                let hard = rule.severity == Severity::Hard;
                let early = hard && before_deadline(rule, Year(last));
                // Beside "keeps all hard rules" it must be plain that this one is not hard yet.
                let line = match rule.calendar.as_ref().and_then(|calendar| calendar.deadline).filter(|_| early) {
                    Some(deadline) => Message::new("summary.failing_early").with("from", deadline.0.to_string()),
                    None => Message::new("summary.failing")
                        .with("severity", super::compliance::severity_name(rule.severity)),
                };
                let line = line.with("rule", &tally.rule).with("n", fail);
                (!hard, bundle.say(language, &line))
            })
        })
        .collect();
    failing.sort_by_key(|(soft, _)| *soft);
    if failing.is_empty() {
        return vec![text(language, "summary.none_failing")];
    }
    let shown = if failing.len() > RULES { RULES - 1 } else { failing.len() };
    let mut lines: Vec<String> = failing.iter().take(shown).map(|(_, line)| cut(line, COLUMNS)).collect();
    if shown < failing.len() {
        let more = Message::new("summary.more_rules").with("n", failing.len() - shown);
        lines.push(crate::i18n::render(language, &more));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;
    use crate::i18n::Language;
    use crate::i18n::width::width;
    use crate::output::tests::{assert_golden, bundle, run_facts};

    #[test]
    fn a_plan_fits_one_screen_in_both_languages() {
        let scenario = sample::scenario();
        let document = sample::document(&scenario);
        let run = run_facts();
        for language in Language::ALL {
            let lines = plan(&bundle(&scenario, &document, &run, language), Some(Path::new("out/sample")));
            assert!(lines.len() <= LINES, "{} lines:\n{}", lines.len(), lines.join("\n"));
            assert!(lines.iter().all(|line| width(line) <= COLUMNS), "{}", lines.join("\n"));
            assert_golden(&format!("{}/summary.txt", language.name()), (lines.join("\n") + "\n").as_bytes());
        }
    }

    #[test]
    fn a_long_list_of_actions_and_broken_rules_still_fits() {
        let mut scenario = sample::scenario();
        scenario.title = crate::message::Text::same(&"很长的标题".repeat(30));
        let mut document = sample::document(&scenario);
        let actions = document.sites[1].actions.clone();
        for site in &mut document.sites {
            site.actions = actions.iter().chain(&actions).chain(&actions).cloned().collect();
        }
        for row in &mut document.compliance {
            row.verdict = crate::domain::rule::Verdict::Fail;
            row.value = Some(1e9);
        }
        let run = run_facts();
        let lines = plan(&bundle(&scenario, &document, &run, Language::Zh), Some(Path::new("out/sample")));
        assert!(lines.len() <= LINES, "{} lines", lines.len());
        assert!(lines.iter().all(|line| width(line) <= COLUMNS));
        assert!(lines.iter().any(|line| line.contains("另有")));
    }

    #[test]
    fn a_check_prints_counts_before_and_after_exemptions_by_group() {
        let scenario = sample::scenario();
        let document = sample::document(&scenario);
        let run = run_facts();
        let lines = check(&bundle(&scenario, &document, &run, Language::En));
        let all = lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        assert!(
            all.contains("Today 2024: 3/4 = 75%; over 1,000: 1 primary; after exemptions failing 1 primary"),
            "{all}"
        );
        assert!(
            all.contains(
                "Plan 2026: 4/4 = 100%; over 1,000: 1 primary + 1 nine-year school; after exemptions failing 0"
            ),
            "{all}"
        );
    }
}
