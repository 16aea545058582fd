//! Plans under forecasts: `regret.csv`, `breaches.csv`, `regret.json`, and the tables on the terminal.

use super::bundle::Bundle;
use super::catalogue::OutputError;
use super::summary::COLUMNS;
use super::table::{Cell, Column, Table};
use super::{csv_text, folder, json_text};
use crate::domain::objective::Term;
use crate::i18n::number::{number, percent};
use crate::i18n::width::{cut, left, right, width, wrap};
use crate::i18n::{Language, render, text};
use crate::message::Message;
use crate::study::regret::{Broken, MadeFor, PlanRegret, RegretTable, Score};
use std::path::Path;

/// Breaches told one by one on the terminal.
const BREACHES: usize = 8;
/// Forecasts that fit side by side on the terminal.
const FORECASTS: usize = 8;

/// Writes the three files. `bundle` is that of any plan under any of the forecasts: it knows the names of rules and places.
/// `inputs` is the fingerprint of all files of the scenario.
///
/// # Errors
/// [`OutputError`].
pub fn write(out: &Path, inputs: &str, table: &RegretTable, bundle: &Bundle<'_>) -> Result<(), OutputError> {
    let document = serde_json::json!({
        "schema": "catchment-regret/1",
        "scenario": bundle.scenario.name,
        "inputs_sha256": inputs,
        "table": table,
    });
    let files = [
        ("regret.csv", csv_text::bytes(&scores(table))?),
        ("breaches.csv", csv_text::bytes(&breaches(table, bundle))?),
        ("regret.json", json_text::pretty(&document)?),
    ];
    folder::write(out, &files)
}

fn columns<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Column> {
    let column = |name: &str| Column {
        name: name.to_owned(),
        heading: Message::new("column.sweep").with("name", name),
        width: 14.0,
    };
    names.map(column).collect()
}

/// One row for every plan and forecast.
pub fn scores(table: &RegretTable) -> Table {
    let head = ["plan", "made_for", "forecast", "pupils", "holds", "objective"];
    let tail = ["excess", "value", "regret_min", "regret_max", "breaches", "why"];
    let names = head.into_iter().chain(Term::ALL.iter().map(|term| term.name())).chain(tail);
    let row = |(plan, forecast): (&PlanRegret, usize)| {
        let facts = &table.forecasts[forecast];
        let score = &plan.plan.scores[forecast];
        let made_for = match plan.plan.made_for {
            MadeFor::One(one) => Cell::Key(table.forecasts[one].name.clone()),
            MadeFor::All => Cell::Key("all".to_owned()),
            MadeFor::Other => Cell::Empty,
        };
        let regret = plan.regrets[forecast];
        let term = |term: &Term| Cell::number(score.terms.get(term.name()).copied().flatten(), 3);
        let head = [
            Cell::Key(plan.plan.name.clone()),
            made_for,
            Cell::Key(facts.name.clone()),
            Cell::Whole(facts.pupils),
            Cell::Flag(score.holds),
            Cell::number(score.total, 3),
        ];
        let tail = [
            Cell::number(score.excess, 3),
            Cell::number(plan.values[forecast], 3),
            Cell::number(regret.map(|regret| regret.at_least), 3),
            Cell::number(regret.and_then(|regret| regret.at_most), 3),
            Cell::Whole(score.breaches.len() as i64),
            score.faults.first().map_or(Cell::Empty, |fault| Cell::Text(fault.clone())),
        ];
        head.into_iter().chain(Term::ALL.iter().map(term)).chain(tail).collect()
    };
    let rows = table.plans.iter().flat_map(|plan| (0..table.forecasts.len()).map(move |forecast| (plan, forecast)));
    Table { name: "regret", columns: columns(names), rows: rows.map(row).collect() }
}

/// One row for every hard rule that a plan breaks under a forecast.
pub fn breaches(table: &RegretTable, bundle: &Bundle<'_>) -> Table {
    let names =
        ["plan", "forecast", "rule", "rule_title", "subject", "subject_name", "year", "excess", "before_deadline"];
    let row = |(plan, forecast, broken): (&PlanRegret, &str, &Broken)| {
        let rule = bundle.rule(&broken.rule);
        vec![
            Cell::Key(plan.plan.name.clone()),
            Cell::Key(forecast.to_owned()),
            Cell::Key(broken.rule.clone()),
            Cell::Text(rule.map_or("", |rule| bundle.language.pick(&rule.title)).to_owned()),
            Cell::Key(broken.subject.clone()),
            Cell::Text(bundle.subject(bundle.language, rule, &broken.subject)),
            Cell::Whole(i64::from(broken.year)),
            Cell::number(Some(broken.excess), 3),
            Cell::Flag(broken.growth),
        ]
    };
    Table { name: "breaches", columns: columns(names.into_iter()), rows: broken(table).map(row).collect() }
}

fn broken(table: &RegretTable) -> impl Iterator<Item = (&PlanRegret, &str, &Broken)> {
    table.plans.iter().flat_map(|plan| {
        let scores = plan.plan.scores.iter().zip(&table.forecasts);
        scores.flat_map(move |(score, facts)| {
            score.breaches.iter().map(move |broken| (plan, facts.name.as_str(), broken))
        })
    })
}

/// The names of the forecasts without those of their families, as long as that tells them apart.
fn short(table: &RegretTable) -> Vec<&str> {
    let names: Vec<&str> = table.forecasts.iter().map(|facts| facts.name.as_str()).collect();
    let last: Vec<&str> = names.iter().map(|name| name.rsplit_once('/').map_or(*name, |(_, member)| member)).collect();
    let told_apart = last.iter().enumerate().all(|(at, name)| !last[..at].contains(name));
    if told_apart { last } else { names }
}

/// The tables for the terminal: every plan with how it does over all forecasts, then by forecast, then what is broken.
pub fn lines(table: &RegretTable, bundle: &Bundle<'_>) -> Vec<String> {
    let language = bundle.language;
    let say = |key: &str| text(language, key);
    let mut lines = vec![overview_line([
        say("regret.plan"),
        say("regret.holding"),
        say("regret.over"),
        say("regret.mean"),
        say("regret.greatest"),
        say("regret.regret"),
    ])];
    for plan in &table.plans {
        lines.push(overview(table, plan, language));
    }
    if (2..=FORECASTS).contains(&table.forecasts.len()) {
        lines.push(String::new());
        let heading = if table.plans.len() == 1 { "regret.totals" } else { "regret.by_forecast" };
        lines.extend(wrap(&say(heading), COLUMNS));
        let names = short(table).into_iter().map(|name| cut(name, MEMBER)).collect();
        let mut rows: Vec<(&str, Vec<String>)> = vec![("", names)];
        for plan in &table.plans {
            let cells = (0..table.forecasts.len()).map(|at| cell(table, plan, at, language));
            rows.push((&plan.plan.name, cells.collect()));
        }
        let wide = rows.iter().flat_map(|(_, cells)| cells).map(|cell| width(cell) + 2).max().unwrap_or(0);
        for (name, cells) in rows {
            let cells = cells.iter().map(|cell| right(cell, wide));
            lines.push(std::iter::once(left(&cut(name, NAME - 1), NAME)).chain(cells).collect());
        }
    }
    lines.extend(told(table, bundle));
    lines
}

/// Greatest width of the names of forecasts.
const MEMBER: usize = 14;
/// Width of the names of plans.
const NAME: usize = 22;

fn overview_line([plan, holding, over, mean, greatest, regret]: [String; 6]) -> String {
    [left(&cut(&plan, NAME - 1), NAME), right(&holding, 11), right(&over, 9), right(&mean, 14), right(&greatest, 14)]
        .concat()
        + &right(&regret, 10)
}

fn overview(table: &RegretTable, plan: &PlanRegret, language: Language) -> String {
    let dash = || "–".to_owned();
    let scores = &plan.plan.scores;
    let totals: Option<Vec<f64>> = scores.iter().map(|score| score.total).collect();
    let excess: Option<f64> = scores.iter().map(|score| score.excess).sum();
    let all = totals.as_ref().filter(|totals| !totals.is_empty());
    let mean = all.map(|totals| totals.iter().sum::<f64>() / totals.len() as f64);
    let greatest = all.map(|totals| totals.iter().copied().fold(f64::NEG_INFINITY, f64::max));
    let keeps = scores.iter().all(|score| score.holds);
    // What breaks rules is priced so high that its regret in money says nothing.
    let regret = (0..table.forecasts.len()).map(|at| relative(table, plan, at)).collect::<Option<Vec<f64>>>();
    let regret = regret.filter(|_| keeps && table.plans.len() > 1).map(|all| all.into_iter().fold(0.0, f64::max));
    let holding = Message::new("regret.of").with("n", plan.holding).with("all", table.forecasts.len());
    overview_line([
        plan.plan.name.clone(),
        render(language, &holding),
        excess.map_or_else(dash, |excess| number(excess, 0)),
        mean.map_or_else(dash, |mean| number(mean, 0)),
        greatest.map_or_else(dash, |greatest| number(greatest, 0)),
        regret.map_or_else(dash, |regret| percent(regret, 2)),
    ])
}

/// Regret as a share of the best value at hand.
fn relative(table: &RegretTable, plan: &PlanRegret, forecast: usize) -> Option<f64> {
    Some(plan.regrets[forecast]?.at_least / table.best[forecast]?.abs().max(1e-9))
}

fn cell(table: &RegretTable, plan: &PlanRegret, forecast: usize, language: Language) -> String {
    match &plan.plan.scores[forecast] {
        Score { total: None, .. } => text(language, "regret.no_plan"),
        Score { holds: false, excess, .. } => {
            let excess = excess.map_or_else(|| "?".to_owned(), |excess| number(excess, 0));
            render(language, &Message::new("regret.cell_over").with("n", excess))
        }
        Score { total: Some(total), .. } if table.plans.len() == 1 => number(*total, 0),
        Score { .. } => relative(table, plan, forecast).map_or_else(|| "–".to_owned(), |share| percent(share, 2)),
    }
}

/// What is broken, and why a plan is none.
fn told(table: &RegretTable, bundle: &Bundle<'_>) -> Vec<String> {
    let language = bundle.language;
    let mut lines = Vec::new();
    for plan in &table.plans {
        for (score, facts) in plan.plan.scores.iter().zip(&table.forecasts) {
            if let Some(fault) = score.faults.first() {
                let line = Message::new("regret.fault").with("plan", &plan.plan.name).with("forecast", &facts.name);
                lines.push(render(language, &line.with("what", fault)));
            }
        }
    }
    let all: Vec<_> = broken(table).collect();
    if !all.is_empty() {
        lines.push(String::new());
        lines.push(text(language, "regret.breaches"));
    }
    for (plan, forecast, broken) in all.iter().take(BREACHES) {
        let line = Message::new("regret.breach")
            .with("plan", &plan.plan.name)
            .with("forecast", forecast)
            .with("rule", &broken.rule)
            .with("subject", &broken.subject)
            .with("year", broken.year)
            .with("excess", number(broken.excess, usize::from(broken.excess.fract() != 0.0)));
        lines.push(bundle.say(language, &line));
    }
    if all.len() > BREACHES {
        lines.push(render(language, &Message::new("regret.more").with("n", all.len() - BREACHES)));
    }
    lines
}
