//! Puts `plan.json` together from a scenario, a plan and its evaluation.
//!
//! Rounding, the same for every row: kilometres are whole metres divided by 1000, so they have at most three decimals;
//! minutes are whole seconds divided by 60 and rounded to two decimals, halves up. Everything else is written as it was
//! worked out.

use super::Evaluation;
use super::course::Taken;
use super::verdict::SubjectYear;
use crate::domain::action::Measure;
use crate::domain::document::{
    ActionDocument, AssignmentDocument, ComplianceDocument, LevelDocument, ObjectiveDocument, PlanDocument, PlanStatus,
    RuleDocument, SCHEMA, SiteDocument, SolverDocument, StateDocument,
};
use crate::domain::objective::{Goal, Term};
use crate::domain::plan::Plan;
use crate::domain::rule::Severity;
use crate::domain::scenario::Scenario;
use crate::id::{GradeId, SiteId, UnitId};
use crate::message::Text;
use crate::metric::view::SiteView;
use crate::metric::{Entry, band, calendar};
use crate::travel::Travel;
use crate::units::{Pupils, Seconds, Year};
use std::collections::BTreeMap;

/// What only the solver knows about a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct SolveFacts {
    /// How the run ended.
    pub status: PlanStatus,
    /// Proven lower bound on the objective; `None` when there is none.
    pub bound: Option<f64>,
    /// Every level of a lexicographic run, in order; one entry otherwise; none for a plan that no engine made.
    pub levels: Vec<LevelDocument>,
    /// Who solved it.
    pub solver: SolverDocument,
    /// The assumptions of the scenario, of the evaluation and of the run, in words.
    pub assumptions: Vec<String>,
}

impl SolveFacts {
    /// The facts of a plan that no engine made, judged by `evaluation`.
    pub fn unsolved(evaluation: &Evaluation, assumptions: Vec<String>) -> Self {
        let status = if evaluation.hard_rules_hold() { PlanStatus::Feasible } else { PlanStatus::Infeasible };
        let solver = SolverDocument {
            engine: "none".to_owned(),
            seed: 0,
            work: 0,
            nodes: 0,
            locked: Vec::new(),
            closures: None,
        };
        Self { status, bound: None, levels: Vec::new(), solver, assumptions }
    }
}

/// `(total - bound) / max(|total|, 1e-9)`, a fraction.
pub fn gap(total: f64, bound: f64) -> f64 {
    (total - bound) / total.abs().max(1e-9)
}

/// Kilometres as `plan.json` writes them.
pub fn km(metres: crate::units::Metres) -> f64 {
    metres.km()
}

/// Minutes as `plan.json` writes them.
pub fn minutes(seconds: Seconds) -> f64 {
    (seconds.0 * 100 + 30).div_euclid(60) as f64 / 100.0
}

/// A text of the scenario in `plan.json`, which knows no language: both, where both are given.
pub fn words(text: &Text) -> String {
    match (&text.en, &text.zh) {
        (Some(en), Some(zh)) if en != zh => format!("{en} / {zh}"),
        (Some(words), _) | (None, Some(words)) => words.clone(),
        (None, None) => String::new(),
    }
}

/// The rules that press on plans but that the kernel does not know.
pub fn checked_after(scenario: &Scenario) -> Vec<String> {
    let unknown = |rule: &&crate::domain::rule::Rule| {
        rule.severity != Severity::Report && calendar::entry(rule, &scenario.years) == Entry::CheckedAfter
    };
    scenario.rules.iter().filter(unknown).map(|rule| rule.id.clone()).collect()
}

/// Name of the level that comes first where no plan keeps the hard rules: the least excess over them.
pub const BREACH_LEVEL: &str = "hard_excess";

/// The names of the levels that a run of the scenario has.
pub fn level_names(scenario: &Scenario) -> Vec<&'static str> {
    match &scenario.objective.goal {
        Goal::Weights(_) => vec!["weighted"],
        Goal::Levels { terms, .. } => terms.iter().map(|term| term.name()).collect(),
    }
}

/// Puts the document together. `evaluation` must be that of `plan` in `scenario`.
pub fn assemble(
    scenario: &Scenario,
    travel: &Travel<'_>,
    plan: &Plan,
    evaluation: &Evaluation,
    facts: SolveFacts,
) -> PlanDocument {
    let value = evaluation.objective.as_ref();
    let total = value.map_or(0.0, |value| value.total);
    let term = |term: Term| value.and_then(|value| value.terms.get(&term).copied().flatten());
    PlanDocument {
        schema: SCHEMA.to_owned(),
        scenario: scenario.name.clone(),
        scenario_sha256: scenario.sha256.clone(),
        variant: scenario.variant.clone(),
        synthetic: scenario.synthetic,
        assumptions: facts.assumptions,
        status: facts.status,
        baseline_year: scenario.baseline_year.0,
        years: scenario.years.iter().map(|year| year.0).collect(),
        objective: ObjectiveDocument {
            total,
            terms: Term::ALL.iter().map(|&one| (one.name().to_owned(), term(one))).collect(),
        },
        bound: facts.bound,
        gap: facts.bound.map(|bound| gap(total, bound)),
        levels: facts.levels,
        solver: facts.solver,
        robust: None,
        checked_after: checked_after(scenario),
        sites: scenario.district.sites.ids().map(|site| site_document(scenario, evaluation, site)).collect(),
        assignment: assignment(scenario, travel, plan),
        compliance: compliance(scenario, evaluation),
        rules: rules(scenario, evaluation),
    }
}

fn site_document(scenario: &Scenario, evaluation: &Evaluation, site: SiteId) -> SiteDocument {
    let facts = &scenario.district.sites[site];
    let taken = evaluation.courses.as_ref().and_then(|courses| courses.taken[site]);
    SiteDocument {
        id: facts.key.clone(),
        name: facts.name.clone(),
        actions: taken.iter().map(|taken| action(scenario, taken)).collect(),
        states: evaluation.years.iter().map(|year| state(scenario, year.year, &year.sites[site])).collect(),
    }
}

fn action(scenario: &Scenario, taken: &Taken) -> ActionDocument {
    let offer = &scenario.offers[taken.offer];
    let measure = taken.measure;
    // That of a new school is in its states.
    let kind = measure.kind().filter(|_| !matches!(measure, Measure::Build { .. }));
    let (music_rooms, art_rooms) = offer.special_rooms();
    ActionDocument {
        year: taken.year.0,
        action: measure.name().to_owned(),
        into: measure.receiver().map(|into| scenario.district.sites[into].key.clone()),
        classes: measure.classes().0,
        kind,
        beds: measure.beds_moved().map(|beds| beds.0),
        music_rooms,
        art_rooms,
        cost: offer.capital.0,
        reason: words(&offer.reason),
    }
}

fn state(scenario: &Scenario, year: Year, here: &SiteView) -> StateDocument {
    let key = |grades: &[GradeId]| band::key(scenario, grades);
    StateDocument {
        year: year.0,
        operating: here.state.operating,
        kind: here.state.kind,
        rooms: here.state.rooms.0,
        beds: here.state.beds.0,
        pupils: here.groups.iter().map(|group| (key(&group.grades), group.pupils.0)).collect(),
        classes: here
            .groups
            .iter()
            .filter_map(|group| group.classes.map(|classes| (key(&group.grades), classes.0)))
            .collect(),
    }
}

/// The rows of the assignment: one for every year, unit, band, site and way of attending, in that order, whatever the order
/// and cut of the plan's own rows. A row lists every grade of its band.
fn assignment(scenario: &Scenario, travel: &Travel<'_>, plan: &Plan) -> Vec<AssignmentDocument> {
    type Key = (Year, UnitId, usize, SiteId, bool);
    let bands = band::bands(scenario);
    let mut rows: BTreeMap<Key, BTreeMap<GradeId, Pupils>> = BTreeMap::new();
    for row in &plan.assignment {
        for &(grade, pupils) in &row.pupils {
            let Some(band) = bands.iter().position(|band| band.grades.contains(&grade)) else { continue };
            let key = (row.year, row.unit, band, row.site, row.boarding);
            let all = || bands[band].grades.iter().map(|&grade| (grade, Pupils::ZERO)).collect();
            *rows.entry(key).or_insert_with(all).entry(grade).or_default() += pupils;
        }
    }
    rows.into_iter()
        .map(|((year, unit, band, site, boarding), pupils)| {
            let leg = travel.leg(unit, site);
            AssignmentDocument {
                unit: scenario.district.units[unit].key.clone(),
                stage: bands[band].stage,
                band: band::key(scenario, &bands[band].grades),
                year: year.0,
                site: scenario.district.sites[site].key.clone(),
                pupils: pupils
                    .into_iter()
                    .map(|(grade, pupils)| (scenario.district.grades[grade].key(), pupils.0))
                    .collect(),
                km: leg.map_or(0.0, |leg| km(leg.metres)),
                minutes: leg.map(|leg| minutes(leg.seconds)),
                mode: leg.map_or_else(String::new, |leg| leg.mode.name().to_owned()),
                boarding,
            }
        })
        .collect()
}

fn compliance(scenario: &Scenario, evaluation: &Evaluation) -> Vec<ComplianceDocument> {
    let mut rows = Vec::new();
    for rule in &evaluation.rules {
        for subject in &rule.subjects {
            for (year, here) in evaluation.years.iter().zip(&subject.years) {
                let Some(SubjectYear { measured, verdict, .. }) = here else { continue };
                rows.push(ComplianceDocument {
                    rule: scenario.rules[rule.rule].id.clone(),
                    subject: subject.key.clone(),
                    year: year.year.0,
                    value: measured.value,
                    limit: measured.limit,
                    verdict: *verdict,
                    outcome: Some(measured.outcome),
                    category: measured.category,
                });
            }
        }
    }
    rows
}

fn rules(scenario: &Scenario, evaluation: &Evaluation) -> Vec<RuleDocument> {
    let of_rule = |rule: &super::verdict::RuleEvaluation| RuleDocument {
        rule: scenario.rules[rule.rule].id.clone(),
        verdict: rule.verdict,
        resolved: rule.resolved.map(|year| year.0),
    };
    evaluation.rules.iter().map(of_rule).collect()
}
