//! `catchment check --under`: a plan scored under several forecasts.

use super::super::exit::Exit;
use super::super::{forecasts, plans, screen};
use super::CheckArgs;
use crate::compile::untouched_plan;
use crate::domain::forecast::Forecasts;
use crate::domain::plan::Plan;
use crate::evaluate::document::{SolveFacts, assemble};
use crate::evaluate::evaluate_baseline;
use crate::i18n::{Language, render};
use crate::message::Message;
use crate::output::{Bundle, Findings, regret};
use crate::run::{Clock, Limits};
use crate::study::regret::{MadeFor, RegretTable, ScoredPlan, score, transfer};
use crate::travel::Travel;
use std::error::Error;

/// Scores, prints and, where asked to, writes.
pub(super) fn run(args: &CheckArgs, language: Language) -> Result<Exit, Box<dyn Error>> {
    let clock = Clock::start();
    let mut folder = forecasts::open(&args.scenario, language)?;
    let all = forecasts::named(&mut folder, &args.under)?;
    let (name, plan) = match &args.plan {
        None => ("today".to_owned(), None),
        Some(path) => {
            let plan = forecasts::plan(&mut folder, path, args.variant.as_deref(), language)?;
            let shown =
                path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
            (shown, Some(plan))
        }
    };
    let table = table(&all, name, plan.as_ref(), language)?;
    let first = &all.first().scenario;
    let travel = Travel::new(first);
    let evaluation = evaluate_baseline(first, &travel);
    let facts = SolveFacts::unsolved(&evaluation, Vec::new());
    let document = assemble(first, &travel, &Plan::default(), &evaluation, facts);
    let (findings, facts) = (Findings::default(), plans::run_facts(clock, 0.0, &Limits::new()));
    let bundle = Bundle::new(first, &document, &travel, &findings, &facts, language);
    if let Some(out) = &args.out {
        regret::write(out, &folder.fingerprint(), &table, &bundle)?;
    }
    if args.json {
        screen::print_json(&table)?;
    } else {
        let mut lines = regret::lines(&table, &bundle);
        if let Some(out) = &args.out {
            lines.push(render(language, &plans::written(&out.join("regret.csv"))));
        }
        screen::print(&lines)?;
    }
    let holds = table.plans.iter().all(|plan| plan.holding == all.len());
    Ok(if holds { Exit::Done } else { Exit::NoPlan })
}

/// The table of one plan; of today's network where none is given.
fn table(
    all: &Forecasts,
    name: String,
    plan: Option<&Plan>,
    language: Language,
) -> Result<RegretTable, Box<dyn Error>> {
    let mut scores = Vec::new();
    for (one, (travel, excess)) in all.iter().zip(forecasts::measures(all)?) {
        let own = match plan {
            None => untouched_plan(&one.scenario),
            Some(plan) => {
                let moved = transfer(plan, &one.scenario, &travel);
                if moved.unzoned > 0 {
                    let note = Message::new("regret.unzoned").with("n", moved.unzoned).with("forecast", &one.name);
                    screen::tell(&render(language, &note));
                }
                moved.plan
            }
        };
        scores.push(score(one, &travel, &own, &excess));
    }
    let plan = ScoredPlan { name, made_for: MadeFor::Other, scores };
    Ok(RegretTable::new(forecasts::facts(all), vec![plan], None))
}
