//! `catchment check`: scores today's network or any plan from the inputs alone, without a solver.

mod under;

use super::exit::Exit;
use super::{plans, screen};
use crate::digest::figures::years;
use crate::digest::indicators::{Indicator, compliance_table};
use crate::digest::tallies::{RuleTally, Tally, tallies};
use crate::domain::document::{PlanDocument, PlanStatus};
use crate::domain::plan::Plan;
use crate::domain::scenario::Scenario;
use crate::evaluate::audit::{Discrepancy, audit};
use crate::evaluate::document::{SolveFacts, assemble};
use crate::evaluate::{Evaluation, evaluate, evaluate_baseline};
use crate::i18n::{Language, both, render};
use crate::input::PlanInput;
use crate::message::Message;
use crate::output::compliance::verdict_name;
use crate::output::{Bundle, Findings, indicators, summary, write_all};
use crate::run::{Clock, Limits};
use crate::travel::Travel;
use clap::Args;
use serde_json::json;
use std::error::Error;
use std::path::PathBuf;

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  catchment check scenarios/gongyi\n  catchment check scenarios/gongyi gongyi-plan\n  \
                        catchment check scenarios/gongyi edited/assignment.csv --out edited\n  \
                        catchment check scenarios/tongnan tongnan-plan --under forecast"
)]
pub(super) struct CheckArgs {
    /// Folder of the scenario
    scenario: PathBuf,
    /// plan.json, a folder that holds one, an assignment.csv (with actions.csv beside it), or a workbook; without it today's
    /// network is scored
    plan: Option<PathBuf>,
    /// Variant of the scenario [default: the one that the plan was made for]
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Score the plan under forecasts of the pupils instead: variants or families of variants by name; `base` is the scenario
    /// itself
    #[arg(long, value_name = "F,F", value_delimiter = ',', num_args = 1..)]
    under: Vec<String>,
    /// Folder for the report and tables of what was checked
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON document in place of the summary
    #[arg(long)]
    json: bool,
}

/// Checks, prints and, where asked to, writes.
pub(super) fn run(args: &CheckArgs, language: Language) -> Result<Exit, Box<dyn Error>> {
    if !args.under.is_empty() {
        return under::run(args, language);
    }
    let clock = Clock::start();
    let input = args.plan.as_deref().map(PlanInput::open).transpose()?;
    let made_for = input.as_ref().and_then(PlanInput::variant).map(str::to_owned);
    let variant = args.variant.clone().or(made_for);
    let loaded = plans::scenario(&args.scenario, variant.as_deref(), language)?;
    let scenario = &loaded.scenario;
    let travel = Travel::new(scenario);
    let mut claimed = None;
    let mut plan = None;
    if let Some(input) = input {
        let read = input.resolve(scenario)?;
        plans::warn(&read.warnings, language);
        claimed = read.document;
        plan = Some(read.plan);
    }
    let discrepancies = claimed.as_ref().map(|document| audit(scenario, &travel, document)).unwrap_or_default();
    let evaluation = match &plan {
        None => Ok(evaluate_baseline(scenario, &travel)),
        Some(plan) => evaluate(scenario, &travel, plan),
    };
    let evaluation = match evaluation {
        Ok(evaluation) => evaluation,
        Err(faults) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            return no_plan(args, language, &faults, &discrepancies);
        }
    };
    let findings = Findings {
        assumptions: scenario.assumptions.iter().chain(&evaluation.assumptions).cloned().collect(),
        ..Findings::default()
    };
    let document = document(scenario, &travel, plan.as_ref(), claimed.as_ref(), &evaluation, &findings);
    let mut run = plans::run_facts(clock, 0.0, &Limits::new());
    if let Some(folder) = &args.out {
        run = run.of_scenario(&args.scenario, folder);
    }
    let bundle = Bundle::new(scenario, &document, &travel, &findings, &run, language);
    if let Some(folder) = &args.out {
        write_all(&bundle, folder)?;
    }
    if args.json {
        screen::print_json(&json!({
            "document": document,
            "indicators": indicators_json(&bundle),
            "rules": rules_json(&bundle),
            "hard_rules_hold": evaluation.hard_rules_hold(),
            "discrepancies": discrepancies.iter().map(discrepancy_json).collect::<Vec<_>>(),
            "faults": [],
        }))?;
    } else {
        let mut lines = summary::check(&bundle);
        lines.extend(told(&discrepancies, claimed.is_some(), language));
        if let Some(folder) = &args.out {
            lines.push(render(language, &plans::written(&folder.join("report.html"))));
        }
        screen::print(&lines)?;
    }
    Ok(if evaluation.hard_rules_hold() && discrepancies.is_empty() { Exit::Done } else { Exit::NoPlan })
}

/// The document of what was checked: everything worked out again, with the claims about solving kept from the plan's own
/// document where it has one.
fn document(
    scenario: &Scenario,
    travel: &Travel<'_>,
    plan: Option<&Plan>,
    claimed: Option<&PlanDocument>,
    evaluation: &Evaluation,
    findings: &Findings,
) -> PlanDocument {
    let assumptions = findings.assumptions.iter().map(both).collect();
    let mut facts = SolveFacts::unsolved(evaluation, assumptions);
    if let Some(claimed) = claimed.filter(|claimed| claimed.status != PlanStatus::Infeasible) {
        // A bound cannot be worked out from the plan; it is the plan's own claim, which `verify` tests.
        if evaluation.hard_rules_hold() {
            facts.status = claimed.status;
            facts.bound = claimed.bound;
            facts.levels.clone_from(&claimed.levels);
            facts.solver = claimed.solver.clone();
        }
    }
    let empty = Plan::default();
    let mut document = assemble(scenario, travel, plan.unwrap_or(&empty), evaluation, facts);
    // Of the other forecasts nothing can be worked out here; `--under` scores them.
    document.robust = claimed.and_then(|claimed| claimed.robust.clone());
    if plan.is_none() {
        // Nothing was planned: the document speaks of the baseline only.
        document.years.clear();
    }
    document
}

/// The compliance table: every indicator with what it comes to in each year and who fails.
fn indicators_json(bundle: &Bundle<'_>) -> Vec<serde_json::Value> {
    let language = bundle.language;
    let year = |indicator: &Indicator<'_>, year: i32| {
        json!({
            "year": year,
            "said": indicators::said(bundle, language, indicator, year),
            "failing": indicators::failing(bundle, language, indicator, year),
        })
    };
    compliance_table(bundle.scenario, bundle.document)
        .indicators
        .iter()
        .map(|indicator| {
            json!({
                "part": indicator.part.name(),
                "no": indicator.no,
                "title": indicator.title,
                "rules": indicator.rules.iter().map(|(rule, _)| &rule.id).collect::<Vec<_>>(),
                "verdict": verdict_name(indicator.verdict),
                "resolved": indicator.resolved,
                "years": years(bundle.document).iter().map(|&of| year(indicator, of)).collect::<Vec<_>>(),
            })
        })
        .collect()
}

/// Every rule that was tested, counted over its subjects by year and group: the compliance table in short.
fn rules_json(bundle: &Bundle<'_>) -> Vec<serde_json::Value> {
    let counts = |counts: &Tally| {
        json!({
            "tested": counts.tested(),
            "pass": counts.pass,
            "pass_relaxed": counts.relaxed,
            "fail": counts.fail,
            "pending": counts.pending,
            "over_base": counts.over_base(),
            "percent": counts.pass_percent(),
        })
    };
    let year = |tally: &RuleTally, year: i32, all: &Tally| {
        let mut facts = counts(all);
        let groups = tally.groups.iter().filter(|((of, _), _)| *of == year).filter_map(|((_, group), counted)| {
            let mut facts = counts(counted);
            facts["group"] = json!(group.name()?);
            Some(facts)
        });
        facts["groups"] = groups.collect();
        facts["year"] = json!(year);
        if let Some((value, limit)) = tally.values.get(&year) {
            facts["value"] = json!(value);
            facts["limit"] = json!(limit);
        }
        facts
    };
    tallies(bundle.document, Some(bundle.scenario))
        .iter()
        .map(|tally| {
            let rule = bundle.rule(&tally.rule);
            json!({
                "rule": tally.rule,
                "no": rule.and_then(|rule| rule.report.as_ref()).and_then(|report| report.no.as_ref()),
                "title": rule.map(|rule| &rule.title),
                "verdict": verdict_name(tally.verdict),
                "years": tally.years.iter().map(|(of, all)| year(tally, *of, all)).collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn discrepancy_json(one: &Discrepancy) -> serde_json::Value {
    json!({ "path": one.path, "claimed": one.claimed, "derived": one.derived, "breaks": one.breaks })
}

/// Most discrepancies printed one by one.
const SHOWN: usize = 20;

fn told(discrepancies: &[Discrepancy], audited: bool, language: Language) -> Vec<String> {
    if discrepancies.is_empty() {
        let line = audited.then(|| render(language, &Message::new("check.audit_holds")));
        return line.into_iter().collect();
    }
    let mut lines = vec![render(language, &Message::new("check.audit_fails").with("n", discrepancies.len()))];
    lines.extend(discrepancies.iter().take(SHOWN).map(|one| format!("  {one}")));
    if discrepancies.len() > SHOWN {
        lines.push(render(language, &Message::new("check.more").with("n", discrepancies.len() - SHOWN)));
    }
    lines
}

/// Tells why what was given is no plan.
fn no_plan(
    args: &CheckArgs,
    language: Language,
    faults: &[String],
    discrepancies: &[Discrepancy],
) -> Result<Exit, Box<dyn Error>> {
    if args.json {
        screen::print_json(&json!({
            "document": null,
            "indicators": [],
            "rules": [],
            "hard_rules_hold": false,
            "discrepancies": discrepancies.iter().map(discrepancy_json).collect::<Vec<_>>(),
            "faults": faults,
        }))?;
    } else {
        let mut lines = vec![render(language, &Message::new("check.no_plan").with("n", faults.len()))];
        lines.extend(faults.iter().take(SHOWN).map(|fault| format!("  {fault}")));
        if faults.len() > SHOWN {
            lines.push(render(language, &Message::new("check.more").with("n", faults.len() - SHOWN)));
        }
        screen::print(&lines)?;
    }
    Ok(Exit::NoPlan)
}
