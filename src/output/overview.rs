//! What a reader sees first: how the run ended, how close to the best the plan is, and the key figures before and after.

use super::bundle::Bundle;
use crate::digest::figures::{YearFigures, figures};
use crate::digest::flows::flows;
use crate::digest::tallies::tallies;
use crate::domain::document::{PlanDocument, PlanStatus, RobustDocument};
use crate::domain::forecast::{BASE, RobustGoal};
use crate::i18n::number::{number, percent};
use crate::message::Message;

/// One key figure before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyFigure {
    /// What it is.
    pub label: Message,
    /// In the baseline; `None` where it has no meaning there.
    pub before: Option<f64>,
    /// In the last plan year.
    pub after: Option<f64>,
    /// How it is printed.
    pub form: Form,
}

/// How a figure is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// With so many decimals.
    Decimals(usize),
    /// A fraction, as a percentage with so many decimals.
    Percent(usize),
}

impl Form {
    /// The value as text, or a dash.
    pub fn show(self, value: Option<f64>) -> String {
        match (value, self) {
            (None, _) => "–".to_owned(),
            (Some(value), Self::Decimals(decimals)) => number(value, decimals),
            (Some(value), Self::Percent(decimals)) => percent(value, decimals),
        }
    }
}

/// The key figures of a plan; the first column is the baseline, the second the last plan year.
pub fn key_figures(bundle: &Bundle<'_>) -> Vec<KeyFigure> {
    let years = figures(bundle.document, &bundle.trips);
    let (Some(before), Some(after)) = (years.first(), years.last()) else { return Vec::new() };
    let both = |key: &str, form: Form, value: &dyn Fn(&YearFigures) -> Option<f64>| KeyFigure {
        label: Message::new(key),
        before: value(before),
        after: value(after),
        form,
    };
    let known = |year: &YearFigures| year.distances.pupils > 0;
    let mut all = vec![
        both("figure.sites", Form::Decimals(0), &|year| Some(year.sites as f64)),
        both("figure.pupils", Form::Decimals(0), &|year| Some(year.pupils as f64)),
        both("figure.classes", Form::Decimals(0), &|year| Some(year.classes as f64)),
        both("figure.class_mean", Form::Decimals(1), &YearFigures::class_mean),
        both("figure.rooms", Form::Decimals(0), &|year| Some(year.rooms as f64)),
        both("figure.pupil_km", Form::Decimals(0), &|year| {
            known(year).then(|| year.distances.pupil_metres as f64 / 1000.0)
        }),
        both("figure.mean_km", Form::Decimals(2), &|year| year.distances.mean().map(|metres| metres / 1000.0)),
        both("figure.longest_km", Form::Decimals(1), &|year| year.distances.longest().map(|m| m as f64 / 1000.0)),
    ];
    for cap in caps(bundle) {
        let share = |year: &YearFigures| {
            let of: Vec<_> =
                year.by_stage.iter().filter(|(stage, _)| cap.stages.contains(stage)).map(|(_, d)| d).collect();
            let pupils: i64 = of.iter().map(|distances| distances.pupils).sum();
            let over: i64 = of.iter().map(|distances| distances.beyond(cap.metres)).sum();
            (pupils > 0).then(|| over as f64 / pupils as f64)
        };
        all.push(KeyFigure {
            label: Message::new("figure.share_over")
                .with("km", number(cap.metres as f64 / 1000.0, 1))
                .with("stage", &cap.label),
            before: share(before),
            after: share(after),
            form: Form::Percent(1),
        });
    }
    let changes = flows(
        bundle.trips.iter().filter(|trip| trip.year == before.year),
        bundle.trips.iter().filter(|trip| trip.year == after.year),
    );
    let once = |key: &str, form: Form, value: Option<f64>| KeyFigure {
        label: Message::new(key),
        before: None,
        after: value,
        form,
    };
    if after.year != before.year {
        // Against a baseline that is only assumed nobody knows who changes school.
        all.push(if bundle.scenario.baseline.assumed {
            once("figure.changed_unknown", Form::Decimals(0), None)
        } else {
            once("figure.changed", Form::Decimals(0), Some(changes.moved() as f64))
        });
    }
    let capital: i64 = bundle.document.sites.iter().flat_map(|site| &site.actions).map(|action| action.cost).sum();
    if after.year != before.year && bundle.scenario.offers.iter().any(|offer| offer.capital.0 != 0) {
        all.push(once("figure.capital", Form::Decimals(0), Some(capital as f64 / 10_000.0)));
    }
    let counts = tallies(bundle.document, Some(bundle.scenario));
    let failing = |year: i32| -> i64 { counts.iter().filter_map(|tally| tally.years.get(&year)).map(|t| t.fail).sum() };
    all.push(KeyFigure {
        label: Message::new("figure.failing"),
        before: Some(failing(before.year) as f64),
        after: Some(failing(after.year) as f64),
        form: Form::Decimals(0),
    });
    all
}

/// A limit of the daily way that a rule sets for whole stages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cap {
    /// Id of the rule.
    pub rule: String,
    /// The limit.
    pub metres: i64,
    /// The stages to which it applies.
    pub stages: Vec<crate::domain::district::Stage>,
    /// The stage as a word of the family `stage`, or `all`.
    pub label: String,
}

/// The distance limits of the scenario that hold for whole stages (metric `travel_dist`), in the order of the rules.
pub fn caps(bundle: &Bundle<'_>) -> Vec<Cap> {
    bundle
        .scenario
        .rules
        .iter()
        .filter(|rule| rule.metric == "travel_dist" && rule.scope.grades.is_empty() && rule.scope.settings.is_empty())
        .map(|rule| {
            let stages =
                if rule.scope.stages.is_empty() { bundle.scenario.stages.clone() } else { rule.scope.stages.clone() };
            let label = match stages.as_slice() {
                [stage] => stage.name().to_owned(),
                _ => "all".to_owned(),
            };
            Cap { rule: rule.id.clone(), metres: rule.limit.round() as i64, stages, label }
        })
        .collect()
}

/// How the run ended and what that means, in plain sentences: the status, then the gap, then what the gap leaves out.
pub fn standing(bundle: &Bundle<'_>) -> Vec<Message> {
    let document = bundle.document;
    if let Some(robust) = document.robust.as_ref().filter(|_| document.solver.engine != "none") {
        return robust_standing(document, robust);
    }
    if document.solver.engine == "none" {
        return vec![Message::new(match (document.years.is_empty(), document.status) {
            (true, PlanStatus::Infeasible) => "standing.today_broken",
            (true, _) => "standing.today",
            (false, PlanStatus::Infeasible) => "standing.checked_broken",
            (false, _) => "standing.checked",
        })];
    }
    let mut sentences = vec![Message::new(match document.status {
        PlanStatus::Optimal => "standing.optimal",
        PlanStatus::Feasible => "standing.feasible",
        PlanStatus::Stopped => "standing.stopped",
        PlanStatus::Infeasible if unchanged(bundle) => "standing.not_found",
        PlanStatus::Infeasible => "standing.infeasible",
    })];
    if let (Some(bound), Some(gap)) = (document.bound, document.gap) {
        sentences.push(
            Message::new(if gap <= 0.0 { "standing.gap_zero" } else { "standing.gap" })
                .with("gap", percent(gap, if gap < 0.001 { 4 } else { 2 }))
                .with("total", number(document.objective.total, 1))
                .with("bound", number(bound, 1)),
        );
    } else if !unchanged(bundle) {
        sentences.push(Message::new("standing.no_bound"));
    }
    if document.levels.len() > 1 {
        sentences.push(Message::new("standing.levels").with("count", document.levels.len()));
    }
    if !document.checked_after.is_empty() {
        sentences.push(Message::new("standing.checked_after").with("count", document.checked_after.len()));
    }
    sentences
}

/// The same for a plan that was made for several forecasts.
fn robust_standing(document: &PlanDocument, robust: &RobustDocument) -> Vec<Message> {
    let holding = robust.forecasts.iter().filter(|forecast| forecast.holds).count();
    let key = if robust.status == PlanStatus::Infeasible { "standing.robust_broken" } else { "standing.robust" };
    let mut sentences = vec![
        Message::new(key)
            .with("count", robust.forecasts.len())
            .with("holding", holding)
            .with("needed", robust.needed)
            .with("shown", document.variant.as_deref().unwrap_or(BASE)),
    ];
    sentences.push(match (robust.bound, robust.gap) {
        (Some(bound), Some(gap)) => Message::new(match robust.goal {
            RobustGoal::Expected => "standing.robust_expected",
            RobustGoal::Worst => "standing.robust_worst",
        })
        .with("gap", percent(gap, if gap < 0.001 { 4 } else { 2 }))
        .with("value", number(robust.value, 1))
        .with("bound", number(bound, 1)),
        _ => Message::new("standing.no_bound"),
    });
    if !document.checked_after.is_empty() {
        sentences.push(Message::new("standing.checked_after").with("count", document.checked_after.len()));
    }
    sentences
}

/// Whether the run found nothing and what is shown is today's network.
fn unchanged(bundle: &Bundle<'_>) -> bool {
    bundle.findings.notes.iter().any(|note| note.key == "note.stopped_at_today")
}
