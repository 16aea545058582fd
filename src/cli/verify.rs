//! `catchment verify`: re-derives the bound of a plan from its certificate, without an engine.

use super::exit::Exit;
use super::{forecasts, plans, screen};
use crate::domain::document::{PlanDocument, RobustDocument};
use crate::domain::forecast::Forecasts;
use crate::domain::plan::Plan;
use crate::domain::scenario::Scenario;
use crate::evaluate::evaluate;
use crate::i18n::number::{number, percent};
use crate::i18n::{Language, render, text, word};
use crate::id::SiteId;
use crate::input::{Folder, PlanInput, certificate_of};
use crate::kernel::certificate::Certificate;
use crate::kernel::verify::{Refusal, Verified, verify};
use crate::message::Message;
use crate::optimise::OptimiseOptions;
use crate::optimise::proof::{Rebuilt, rebuild};
use crate::optimise::robust::proof as robust_proof;
use crate::run::relative_gap;
use crate::travel::Travel;
use clap::Args;
use serde_json::json;
use std::error::Error;
use std::path::PathBuf;

/// Arguments of `verify`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  catchment verify scenarios/gongyi gongyi-plan\n\n\
                        Exit codes: 0 the certificate holds; 1 it does not, or the plan has none; 2 bad input or usage; \
                        3 a fault of the program.")]
pub(super) struct VerifyArgs {
    /// Folder of the scenario
    scenario: PathBuf,
    /// plan.json with its certificate.json beside it, or the folder that holds both
    plan: PathBuf,
    /// Print one JSON document in place of the summary
    #[arg(long)]
    json: bool,
}

/// What came of checking a certificate.
struct Finding<'a> {
    document: &'a PlanDocument,
    rebuilt: Rebuilt,
    /// Value of the level that the certificate belongs to.
    value: f64,
    verdict: Result<Verified, Message>,
}

/// Reads, rebuilds, verifies, prints.
pub(super) fn run(args: &VerifyArgs, language: Language) -> Result<Exit, Box<dyn Error>> {
    let input = PlanInput::open(&args.plan)?;
    let variant = input.variant().map(str::to_owned);
    let loaded = plans::scenario(&args.scenario, variant.as_deref(), language)?;
    let scenario = &loaded.scenario;
    let read = input.resolve(scenario)?;
    plans::warn(&read.warnings, language);
    let document = read
        .document
        .ok_or_else(|| render(language, &Message::new("cli.needs_document").with("path", args.plan.display())))?;
    let Some(certificate) = certificate_of(&args.plan)? else {
        let nothing = Message::new("verify.nothing");
        if args.json {
            screen::print_json(&json!({ "verdict": "nothing_claimed", "reason": render(language, &nothing) }))?;
        } else {
            screen::print(&[render(language, &nothing)])?;
        }
        return Ok(Exit::NoPlan);
    };
    let finding = match &document.robust {
        None => examine(scenario, &document, &read.plan, &certificate)?,
        Some(robust) => {
            let mut folder = Folder::open(&args.scenario)?;
            let names: Vec<String> = robust.forecasts.iter().map(|forecast| forecast.name.clone()).collect();
            let all = forecasts::named(&mut folder, &names)?;
            examine_robust(&all, (&document, robust), &read.plan, &certificate)?
        }
    };
    if args.json {
        screen::print_json(&finding.json(&certificate, language))?;
    } else {
        screen::print(&finding.lines(&certificate, language))?;
    }
    Ok(if finding.verdict.is_ok() { Exit::Done } else { Exit::NoPlan })
}

fn examine<'a>(
    scenario: &Scenario,
    document: &'a PlanDocument,
    plan: &Plan,
    certificate: &Certificate,
) -> Result<Finding<'a>, Box<dyn Error>> {
    let travel = Travel::new(scenario);
    let lock = locked(scenario, document);
    let kept = OptimiseOptions { lock, closures: document.solver.closures, ..OptimiseOptions::default() };
    let rebuilt = rebuild(scenario, &travel, plan, &kept, &document.levels)?;
    let mut value = document.levels.last().map_or(document.objective.total, |level| level.value);
    let mut verdict = verify(&rebuilt.problem, certificate).map_err(|refusal| refused(&refusal));
    if rebuilt.complete {
        // The objective is worked out again: a certificate says nothing about the plan beside it.
        match evaluate(scenario, &travel, plan) {
            Ok(evaluation) => value = evaluation.objective.map_or(value, |objective| objective.total),
            Err(faults) => verdict = Err(Message::new("verify.no_plan").with("n", faults.len())),
        }
        if verdict.as_ref().is_ok_and(|verified| beyond(verified.claimed, value)) {
            verdict = Err(contradiction("verify.above_plan", certificate.bound, value));
        }
    }
    if let Some(bound) = document.bound.filter(|&bound| beyond(bound, certificate.bound)) {
        verdict = verdict.and(Err(contradiction("verify.plan_claims_more", bound, certificate.bound)));
    }
    Ok(Finding { document, rebuilt, value, verdict })
}

/// The same for a plan for several forecasts. That it comes to what it says is for `check --under` to show.
fn examine_robust<'a>(
    all: &Forecasts,
    (document, robust): (&'a PlanDocument, &RobustDocument),
    plan: &Plan,
    certificate: &Certificate,
) -> Result<Finding<'a>, Box<dyn Error>> {
    let locked = locked(&all.first().scenario, document);
    let rebuilt = robust_proof::rebuild(all, plan, &locked, robust)?;
    let value = robust.levels.last().map_or(robust.value, |level| level.value);
    let mut verdict = verify(&rebuilt.problem, certificate).map_err(|refusal| refused(&refusal));
    if verdict.as_ref().is_ok_and(|verified| beyond(verified.claimed, value)) {
        verdict = Err(contradiction("verify.above_plan", certificate.bound, value));
    }
    if let Some(bound) = robust.bound.filter(|&bound| beyond(bound, certificate.bound)) {
        verdict = verdict.and(Err(contradiction("verify.plan_claims_more", bound, certificate.bound)));
    }
    Ok(Finding { document, rebuilt, value, verdict })
}

/// The sites that the plan's run had locked.
fn locked(scenario: &Scenario, document: &PlanDocument) -> Vec<SiteId> {
    let sites = &scenario.district.sites;
    let find = |key: &String| sites.entries().find(|(_, site)| site.key == *key).map(|(id, _)| id);
    document.solver.locked.iter().filter_map(find).collect()
}

/// Whether a value is above another by more than the rounding of long sums, which is also what a plan's bound is allowed
/// when it is taken to be the plan's own objective.
fn beyond(value: f64, other: f64) -> bool {
    value > other + 1e-8 * other.abs().max(1.0)
}

fn contradiction(key: &str, claimed: f64, other: f64) -> Message {
    Message::new(key).with("claimed", claimed).with("other", other)
}

fn refused(refusal: &Refusal) -> Message {
    match refusal {
        Refusal::Form { found } => Message::new("verify.refused.form").with("found", found),
        Refusal::OtherProblem { .. } => Message::new("verify.refused.other_problem"),
        Refusal::Length { what, found, expected } => {
            Message::new("verify.refused.length").with("what", what).with("found", found).with("expected", expected)
        }
        Refusal::Value { what, value } => Message::new("verify.refused.value").with("what", what).with("value", value),
        Refusal::Claim { leaf, claimed, derived } => {
            Message::new("verify.refused.claim").with("leaf", leaf).with("claimed", claimed).with("derived", derived)
        }
        Refusal::Root { claimed, derived } => {
            Message::new("verify.refused.root").with("claimed", claimed).with("derived", derived)
        }
        Refusal::Total { claimed, least } => {
            Message::new("verify.refused.total").with("claimed", claimed).with("least", least)
        }
        Refusal::Uncovered { .. } => Message::new("verify.refused.uncovered"),
        Refusal::Tangled { steps } => Message::new("verify.refused.tangled").with("steps", steps),
    }
}

impl Finding<'_> {
    fn lines(&self, certificate: &Certificate, language: Language) -> Vec<String> {
        let say = |message: Message| render(language, &message);
        let mut title = self.document.scenario.clone();
        if let Some(variant) = &self.document.variant {
            title = format!("{title} · {variant}");
        }
        let mut lines = vec![
            say(Message::new("verify.title").with("plan", title).with("n", certificate.leaves.len())),
            say(Message::new("verify.value").with("level", self.rebuilt.level).with("value", number(self.value, 4))),
        ];
        for &(name, most) in &self.rebuilt.held {
            lines.push(say(Message::new("verify.held").with("level", name).with("most", number(most, 4))));
        }
        if !self.document.solver.locked.is_empty() {
            lines.push(say(Message::new("verify.locked").with("sites", self.document.solver.locked.join(", "))));
        }
        if let Some(count) = self.document.solver.closures {
            lines.push(say(Message::new("verify.closures").with("n", count)));
        }
        let bound = |key: &str, bound: f64| {
            let gap = percent(relative_gap(self.value, bound), 4);
            say(Message::new(key).with("bound", number(bound, 4)).with("gap", gap))
        };
        match &self.verdict {
            Ok(verified) => {
                lines.push(bound("verify.derived", verified.derived));
                lines.push(bound("verify.claimed", verified.claimed));
                if verified.trusted.is_empty() {
                    lines.push(text(language, "verify.no_trust"));
                } else {
                    let names: Vec<String> =
                        verified.trusted.iter().map(|name| word(language, "verify.trusted", name)).collect();
                    lines.push(say(Message::new("verify.trust")
                        .with("n", verified.resting_on_trust)
                        .with("all", verified.leaves)
                        .with("names", names.join(", "))));
                }
                lines.push(text(language, "verify.holds"));
            }
            Err(reason) => {
                lines.push(bound("verify.claimed", certificate.bound));
                lines.push(say(Message::new("verify.refused_because").with("why", render(language, reason))));
            }
        }
        lines
    }

    fn json(&self, certificate: &Certificate, language: Language) -> serde_json::Value {
        // Numbers that are not finite have no form in JSON: null.
        let bound = |bound: f64| json!({ "bound": bound, "gap": Some(relative_gap(self.value, bound)).filter(|gap| gap.is_finite()) });
        let verified = self.verdict.as_ref().ok();
        json!({
            "verdict": if verified.is_some() { "holds" } else { "refused" },
            "reason": self.verdict.as_ref().err().map(|reason| render(language, reason)),
            "scenario": self.document.scenario,
            "variant": self.document.variant,
            "level": self.rebuilt.level,
            "value": self.value,
            "held": self.rebuilt.held.iter().map(|(term, most)| json!({ "term": term, "most": most })).collect::<Vec<_>>(),
            "locked": self.document.solver.locked,
            "closures": self.document.solver.closures,
            "derived": verified.map(|verified| bound(verified.derived)),
            "claimed": bound(certificate.bound),
            "leaves": certificate.leaves.len(),
            "resting_on_trust": verified.map(|verified| verified.resting_on_trust),
            "trusted": verified.map(|verified| &verified.trusted),
        })
    }
}
