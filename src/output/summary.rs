//! The summary on the terminal: at most 24 lines of 80 columns for a plan, and the list of verdicts for a check.

use super::bundle::Bundle;
use super::overview::{key_figures, standing};
use crate::digest::figures::years;
use crate::digest::tallies::{RuleTally, Tally, tallies};
use crate::domain::rule::{Rule, Severity};
use crate::i18n::number::{number, percent};
use crate::i18n::width::{cut, left, right, wrap};
use crate::i18n::{Language, text, word};
use crate::message::Message;
use crate::metric::catalogue;
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
    lines.extend(verdicts(bundle));
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

fn year_name(language: Language, index: usize, year: i32) -> String {
    let key = if index == 0 { "report.year_before" } else { "report.year_after" };
    crate::i18n::render(language, &Message::new(key).with("year", year))
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
                let severity = super::compliance::severity_name(rule.severity);
                let line = Message::new("summary.failing")
                    .with("rule", &tally.rule)
                    .with("severity", severity)
                    .with("n", fail);
                (rule.severity != Severity::Hard, bundle.say(language, &line))
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

/// Every rule that was tested, in the order of the official table: the share that passes in the first and last year, and
/// the counts over the base limit before and after exemptions, by group of subjects.
fn verdicts(bundle: &Bundle<'_>) -> Vec<String> {
    let language = bundle.language;
    let years = years(bundle.document);
    let mut all = tallies(bundle.document, Some(bundle.scenario));
    all.sort_by_key(|tally| {
        let report = bundle.rule(&tally.rule).and_then(|rule| rule.report.as_ref());
        report.map_or((true, 0), |report| (false, report.order))
    });
    let mut lines = Vec::new();
    for tally in &all {
        let rule = bundle.rule(&tally.rule);
        let numbered = rule.and_then(|rule| rule.report.as_ref()).and_then(|report| {
            let no = report.no.as_ref()?;
            // Chinese numbers are glossed for readers of English.
            let shown = if language == Language::Zh { no.clone() } else { format!("{} ({no})", report.order) };
            Some(Message::new("report.indicator").with("no", shown))
        });
        let title = rule.map_or("", |rule| language.pick(&rule.title));
        let title = if title.is_empty() { &tally.rule } else { title };
        let mut name = match numbered {
            Some(numbered) => format!("{} {title}", crate::i18n::render(language, &numbered)),
            None => title.to_owned(),
        };
        if let Some(rule) = rule {
            name = format!("{name} ({})", word(language, "severity", super::compliance::severity_name(rule.severity)));
        }
        let verdict = word(language, "verdict", super::compliance::verdict_name(tally.verdict));
        lines.push(left(&name, COLUMNS - 20) + &right(&verdict, 20));
        for (index, year) in years.iter().enumerate() {
            if index > 0 && index + 1 < years.len() {
                continue;
            }
            let Some(counts) = tally.years.get(year) else { continue };
            let told = counted(bundle, tally, *year, counts);
            if !told.is_empty() {
                let year = year_name(language, index, *year) + &text(language, "list.colon");
                lines.push(cut(&format!("  {year}{told}"), COLUMNS + 40));
            }
        }
    }
    lines
}

fn counted(bundle: &Bundle<'_>, tally: &RuleTally, year: i32, counts: &Tally) -> String {
    let language = bundle.language;
    if let (Some(&(value, limit)), Some(rule)) = (tally.values.get(&year), bundle.rule(&tally.rule)) {
        return format!("{} ({} {})", measured(rule, value), rule.op.sign(), measured(rule, limit));
    }
    let mut parts = Vec::new();
    if let Some(percent) = counts.pass_percent() {
        let passing = Message::new("report.passing")
            .with("pass", counts.pass + counts.relaxed)
            .with("tested", counts.tested())
            .with("percent", percent);
        parts.push(crate::i18n::render(language, &passing));
    }
    if counts.over_base() > 0 {
        let limit = bundle.rule(&tally.rule).map(|rule| measured(rule, rule.limit)).unwrap_or_default();
        let exempting = bundle.rule(&tally.rule).is_some_and(|rule| !rule.exempt.is_empty());
        let key = if exempting { "summary.over_exempting" } else { "summary.over" };
        let over = Message::new(key)
            .with("limit", &limit)
            .with("over", by_group(tally, year, language, Tally::over_base))
            .with("fail", by_group(tally, year, language, |counts| counts.fail));
        parts.push(crate::i18n::render(language, &over));
    }
    if counts.pending > 0 {
        parts.push(format!("{} {}", word(language, "verdict", "pending"), counts.pending));
    }
    parts.join(&text(language, "list.semicolon"))
}

/// A value in the unit of the rule's metric, as people read it.
fn measured(rule: &Rule, value: f64) -> String {
    let unit = catalogue::find(&rule.metric).map_or("", |metric| metric.unit());
    let decimals = usize::from(value.fract() != 0.0);
    match unit {
        "share" => percent(value, 1),
        "m" => format!("{} km", number(value / 1000.0, 1)),
        "min" => format!("{} min", number(value, decimals)),
        _ => number(value, decimals),
    }
}

/// Counts by group: `5 primary + 4 junior middle`; the plain number where subjects are of no group.
fn by_group(tally: &RuleTally, year: i32, language: Language, count: impl Fn(&Tally) -> i64) -> String {
    let parts: Vec<String> = tally
        .groups
        .iter()
        .filter(|((of, _), counts)| *of == year && count(counts) > 0)
        .map(|((_, group), counts)| match group.key() {
            Some(key) => {
                let counted =
                    Message::new("summary.group").with("n", count(counts)).with("group", text(language, &key));
                crate::i18n::render(language, &counted)
            }
            None => count(counts).to_string(),
        })
        .collect();
    if parts.is_empty() { "0".to_owned() } else { parts.join(" + ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;
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
        let all = lines.join("\n");
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
