//! The audit of a plan document: the decisions are read back, everything else is worked out again and compared field by
//! field.

use super::document::{self, SolveFacts, assemble};
use super::{Evaluation, evaluate, rebuild};
use crate::domain::document::{
    ActionDocument, AssignmentDocument, ComplianceDocument, LevelDocument, PlanDocument, PlanStatus, SCHEMA,
    StateDocument,
};
use crate::domain::forecast;
use crate::domain::objective::{Goal, Term};
use crate::domain::scenario::Scenario;
use crate::travel::Travel;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Debug, Display};

/// A claim of a document that does not stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discrepancy {
    /// The field, such as `sites[3].states[1].rooms`; rows that are compared by key are named by it.
    pub path: String,
    /// What the document says.
    pub claimed: String,
    /// What follows from the scenario and the decisions.
    pub derived: String,
    /// What is broken: the id of a rule, the code of a plan fault, or the kind of claim (`identity`, `status`, `gap`,
    /// `level`, `objective`, `action`, `state`, `travel`, `assignment`, `assumptions`, `unknown_key`).
    pub breaks: String,
}

impl Display for Discrepancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): claimed {}, derived {}", self.path, self.breaks, self.claimed, self.derived)
    }
}

impl Discrepancy {
    /// A key or word that the scenario does not know.
    pub(super) fn unknown(path: String, claimed: &str, expected: &str) -> Self {
        Self { path, claimed: format!("{claimed:?}"), derived: expected.to_owned(), breaks: "unknown_key".to_owned() }
    }
}

/// Audits a document against its scenario: every claim that does not follow from the scenario and the document's own
/// decisions. Empty when the document stands.
pub fn audit(scenario: &Scenario, travel: &Travel<'_>, claimed: &PlanDocument) -> Vec<Discrepancy> {
    let mut audit = Audit { found: Vec::new() };
    audit.identity(scenario, claimed);
    let (plan, unknown) = rebuild::plan(scenario, claimed);
    let readable = unknown.is_empty();
    audit.found.extend(unknown);
    if !readable {
        return audit.found;
    }
    match evaluate(scenario, travel, &plan) {
        Err(faults) => {
            for fault in faults {
                let path = match fault.at {
                    super::fault::At::Row(row) => format!("assignment[{row}]"),
                    super::fault::At::Action(action) => format!("actions[{action}]"),
                    super::fault::At::Whole => "assignment".to_owned(),
                };
                audit.note(path, "a plan", &fault, fault.what.code());
            }
        }
        Ok(evaluation) => {
            let facts = SolveFacts {
                status: claimed.status,
                bound: claimed.bound,
                levels: claimed.levels.clone(),
                solver: claimed.solver.clone(),
                assumptions: claimed.assumptions.clone(),
            };
            let derived = assemble(scenario, travel, &plan, &evaluation, facts);
            audit.status(scenario, claimed, &evaluation);
            audit.objective(claimed, &derived);
            audit.proof(scenario, claimed, &derived);
            audit.robust(claimed, &derived, evaluation.hard_rules_hold());
            audit.sites(claimed, &derived);
            audit.assignment(claimed, &derived);
            audit.compliance(claimed, &derived);
            if !claimed.rules.is_empty() {
                audit.rules(claimed, &derived);
            }
            let needed = scenario.assumptions.len() + evaluation.assumptions.len();
            if claimed.assumptions.len() < needed {
                let (has, path) = (claimed.assumptions.len(), "assumptions".to_owned());
                audit.note(path, format!("{has} assumptions"), format!("at least {needed}"), "assumptions");
            }
        }
    }
    audit.found
}

struct Audit {
    found: Vec<Discrepancy>,
}

impl Audit {
    fn note(&mut self, path: String, claimed: impl Display, derived: impl Display, breaks: &str) {
        let (claimed, derived, breaks) = (claimed.to_string(), derived.to_string(), breaks.to_owned());
        self.found.push(Discrepancy { path, claimed, derived, breaks });
    }

    /// Notes two values that differ.
    fn same<T: PartialEq + Debug>(&mut self, path: &str, claimed: &T, derived: &T, breaks: &str) {
        if claimed != derived {
            self.note(path.to_owned(), format!("{claimed:?}"), format!("{derived:?}"), breaks);
        }
    }

    /// Notes two numbers that differ by more than the rounding of floating-point sums.
    fn near(&mut self, path: &str, claimed: Option<f64>, derived: Option<f64>, breaks: &str) {
        let agree = match (claimed, derived) {
            (Some(a), Some(b)) => agrees(a, b),
            (None, None) => true,
            _ => false,
        };
        if !agree {
            self.note(path.to_owned(), number(claimed), number(derived), breaks);
        }
    }

    fn identity(&mut self, scenario: &Scenario, claimed: &PlanDocument) {
        let years: Vec<i32> = scenario.years.iter().map(|year| year.0).collect();
        self.same("schema", &claimed.schema.as_str(), &SCHEMA, "identity");
        self.same("scenario", &claimed.scenario, &scenario.name, "identity");
        self.same("scenario_sha256", &claimed.scenario_sha256, &scenario.sha256, "identity");
        self.same("variant", &claimed.variant, &scenario.variant, "identity");
        self.same("synthetic", &claimed.synthetic, &scenario.synthetic, "identity");
        self.same("baseline_year", &claimed.baseline_year, &scenario.baseline_year.0, "identity");
        self.same("years", &claimed.years, &years, "identity");
        self.same("checked_after", &claimed.checked_after, &document::checked_after(scenario), "identity");
    }

    /// A plan that breaks a hard rule must say so, and only such a plan.
    fn status(&mut self, scenario: &Scenario, claimed: &PlanDocument, evaluation: &Evaluation) {
        let status = format!("{:?}", claimed.status).to_lowercase();
        if claimed.status == PlanStatus::Infeasible {
            if evaluation.hard_rules_hold() {
                self.note("status".to_owned(), &status, "every hard rule holds", "status");
            }
            if claimed.bound.is_some() {
                self.note("bound".to_owned(), number(claimed.bound), "null, because hard rules are broken", "gap");
            }
            return;
        }
        for breach in &evaluation.breaches {
            let rule = &scenario.rules[breach.rule].id;
            let subject = breach.subject.key(scenario);
            self.note("status".to_owned(), &status, format!("{rule} is broken at {subject} in {}", breach.year), rule);
        }
        if claimed.status == PlanStatus::Optimal && claimed.bound.is_none() {
            self.note("bound".to_owned(), "null", "a bound, because the plan is called optimal", "gap");
        }
    }

    fn objective(&mut self, claimed: &PlanDocument, derived: &PlanDocument) {
        let (claimed, derived) = (&claimed.objective, &derived.objective);
        self.near("objective.total", Some(claimed.total), Some(derived.total), "objective");
        let names: BTreeSet<&String> = claimed.terms.keys().chain(derived.terms.keys()).collect();
        for name in names {
            let path = format!("objective.terms.{name}");
            match (claimed.terms.get(name), derived.terms.get(name)) {
                (Some(&a), Some(&b)) => self.near(&path, a, b, "objective"),
                (None, Some(&b)) => self.note(path, "nothing", number(b), "objective"),
                (Some(&a), _) => self.note(path, number(a), "no such term", "objective"),
                (None, None) => {}
            }
        }
    }

    /// The arithmetic of bound, gap and levels. That the bound is proven is for the certificate to show.
    fn proof(&mut self, scenario: &Scenario, claimed: &PlanDocument, derived: &PlanDocument) {
        let total = derived.objective.total;
        self.near("gap", claimed.gap, claimed.bound.map(|bound| document::gap(claimed.objective.total, bound)), "gap");
        self.below("bound", claimed.bound, total, "gap");
        let mut names = document::level_names(scenario);
        let claimed_names: Vec<&str> = claimed.levels.iter().map(|level| level.term.as_str()).collect();
        // Where no plan keeps the hard rules, the least excess over them comes before everything declared, and the bound of
        // the last level is none on the objective.
        let least_breach = claimed_names.first() == Some(&document::BREACH_LEVEL);
        if least_breach {
            names.insert(0, document::BREACH_LEVEL);
        }
        let unsolved = claimed.solver.engine == "none"
            || claimed.status == PlanStatus::Infeasible
            // What was solved is told of all forecasts together.
            || claimed.robust.is_some();
        if !(claimed.levels.is_empty() && unsolved) {
            self.same("levels", &claimed_names, &names, "level");
        }
        let slack = match &scenario.objective.goal {
            Goal::Weights(_) => 0.0,
            Goal::Levels { slack, .. } => *slack,
        };
        let last = claimed.levels.len().saturating_sub(1);
        for (i, level) in claimed.levels.iter().enumerate() {
            let path = |field: &str| format!("levels[{i}].{field}");
            let gap = level.bound.map(|bound| document::gap(level.value, bound));
            self.near(&path("gap"), level.gap, gap, "gap");
            if i == last {
                self.near(&path("value"), Some(level.value), Some(total), "level");
                let bound = if least_breach { None } else { level.bound };
                self.near(&path("bound"), bound, claimed.bound, "level");
            } else {
                self.held(&path("value"), level, term(derived, &level.term), slack);
            }
        }
    }

    /// What is claimed of several forecasts together: that it adds up, and that it agrees with the plan under this one. The
    /// other forecasts are scored by `check --under`.
    fn robust(&mut self, claimed: &PlanDocument, derived: &PlanDocument, holds: bool) {
        let Some(robust) = &claimed.robust else { return };
        let forecasts = &robust.forecasts;
        let totals: Vec<f64> = forecasts.iter().map(|forecast| forecast.total).collect();
        self.near("robust.value", Some(robust.value), Some(robust.goal.of(&totals)), "robust");
        let gap = robust.bound.map(|bound| document::gap(robust.value, bound));
        self.near("robust.gap", robust.gap, gap, "gap");
        self.below("robust.bound", robust.bound, robust.value, "gap");
        let weights = forecasts.iter().map(|forecast| forecast.weight).sum::<f64>();
        self.near("robust.forecasts", Some(weights), Some(1.0), "robust");
        let holding = forecasts.iter().filter(|forecast| forecast.holds).count();
        self.same("robust.status", &(robust.status != PlanStatus::Infeasible), &(holding >= robust.needed), "status");
        let own = claimed.variant.as_deref().unwrap_or(forecast::BASE);
        match forecasts.iter().position(|forecast| forecast.name == own) {
            None => self.note("robust.forecasts".to_owned(), "no entry", own, "robust"),
            Some(at) => {
                let total = Some(derived.objective.total);
                self.near(&format!("robust.forecasts[{at}].total"), Some(forecasts[at].total), total, "robust");
                self.same(&format!("robust.forecasts[{at}].holds"), &forecasts[at].holds, &holds, "robust");
            }
        }
    }

    /// An earlier level may be worse in the end by the slack only, and never better than its bound.
    fn held(&mut self, path: &str, level: &LevelDocument, now: Option<f64>, slack: f64) {
        let Some(now) = now else { return };
        let most = level.value + slack * level.value.abs();
        if now > most && !agrees(now, most) {
            self.note(path.to_owned(), format!("{} held within {slack}", level.value), now, "level");
        }
        self.below(path, level.bound, now, "level");
    }

    fn below(&mut self, path: &str, bound: Option<f64>, value: f64, breaks: &str) {
        let most = value + 1e-6 * value.abs().max(1.0);
        if let Some(bound) = bound.filter(|&bound| bound.is_nan() || bound > most) {
            self.note(path.to_owned(), bound, format!("at most {value}"), breaks);
        }
    }

    fn sites(&mut self, claimed: &PlanDocument, derived: &PlanDocument) {
        let of = |document: &PlanDocument| -> BTreeMap<String, usize> {
            document.sites.iter().enumerate().map(|(i, site)| (site.id.clone(), i)).collect()
        };
        let claimed_at = of(claimed);
        if claimed.sites.len() != claimed_at.len() {
            self.note("sites".to_owned(), "a site in more than one entry", "one entry for each site", "state");
        }
        for site in &derived.sites {
            let Some(&i) = claimed_at.get(&site.id) else {
                self.note("sites".to_owned(), format!("no entry for {}", site.id), "one entry for each site", "state");
                continue;
            };
            let entry = &claimed.sites[i];
            self.same(&format!("sites[{i}].name"), &entry.name, &site.name, "identity");
            let actions: Vec<&ActionDocument> = entry.actions.iter().filter(|one| one.action != "keep").collect();
            self.same(&format!("sites[{i}].actions"), &actions.len(), &site.actions.len(), "action");
            for (j, (a, b)) in actions.iter().zip(&site.actions).enumerate() {
                let path = |field: &str| format!("sites[{i}].actions[{j}].{field}");
                self.same(&path("year"), &a.year, &b.year, "action");
                self.same(&path("action"), &a.action, &b.action, "action");
                self.same(&path("into"), &a.into, &b.into, "action");
                self.same(&path("classes"), &a.classes, &b.classes, "action");
                self.same(&path("kind"), &a.kind, &b.kind, "action");
                self.same(&path("beds"), &a.beds, &b.beds, "action");
                self.same(&path("cost"), &a.cost, &b.cost, "action");
                self.same(&path("reason"), &a.reason, &b.reason, "action");
            }
            let years = |states: &[StateDocument]| states.iter().map(|state| state.year).collect::<Vec<_>>();
            self.same(&format!("sites[{i}].states"), &years(&entry.states), &years(&site.states), "state");
            for (j, (a, b)) in entry.states.iter().zip(&site.states).enumerate() {
                let path = |field: &str| format!("sites[{i}].states[{j}].{field}");
                self.same(&path("operating"), &a.operating, &b.operating, "state");
                self.same(&path("kind"), &a.kind, &b.kind, "state");
                self.same(&path("rooms"), &a.rooms, &b.rooms, "state");
                self.same(&path("beds"), &a.beds, &b.beds, "state");
                self.same(&path("pupils"), &a.pupils, &b.pupils, "state");
                self.same(&path("classes"), &a.classes, &b.classes, "state");
            }
        }
    }

    fn assignment(&mut self, claimed: &PlanDocument, derived: &PlanDocument) {
        type Key<'a> = (i32, &'a str, &'static str, &'a str, bool, Vec<&'a String>);
        fn key(row: &AssignmentDocument) -> Key<'_> {
            (row.year, &row.unit, row.stage.name(), &row.site, row.boarding, row.pupils.keys().collect())
        }
        let expected: BTreeMap<Key<'_>, &AssignmentDocument> =
            derived.assignment.iter().map(|row| (key(row), row)).collect();
        if claimed.assignment.len() != derived.assignment.len() {
            let (a, b) = (claimed.assignment.len(), derived.assignment.len());
            self.note("assignment".to_owned(), format!("{a} rows"), format!("{b} rows"), "assignment");
        }
        for (i, row) in claimed.assignment.iter().enumerate() {
            let path = |field: &str| format!("assignment[{i}].{field}");
            let Some(other) = expected.get(&key(row)) else {
                self.note(path("pupils"), format!("{:?}", row.pupils), "the grades of a band", "assignment");
                continue;
            };
            self.same(&path("band"), &row.band, &other.band, "assignment");
            self.same(&path("pupils"), &row.pupils, &other.pupils, "assignment");
            self.near(&path("km"), Some(row.km), Some(other.km), "travel");
            self.near(&path("minutes"), row.minutes, other.minutes, "travel");
            self.same(&path("mode"), &row.mode, &other.mode, "travel");
        }
    }

    fn rules(&mut self, claimed: &PlanDocument, derived: &PlanDocument) {
        if claimed.rules.len() != derived.rules.len() {
            let (a, b) = (claimed.rules.len(), derived.rules.len());
            self.note("rules".to_owned(), format!("{a} rules"), format!("{b} rules"), "rules");
        }
        for (i, (row, other)) in claimed.rules.iter().zip(&derived.rules).enumerate() {
            let path = |field: &str| format!("rules[{i}].{field}");
            self.same(&path("rule"), &row.rule, &other.rule, "rules");
            self.same(&path("verdict"), &row.verdict, &other.verdict, &other.rule);
            self.same(&path("resolved"), &row.resolved, &other.resolved, &other.rule);
        }
    }

    fn compliance(&mut self, claimed: &PlanDocument, derived: &PlanDocument) {
        type Key<'a> = (&'a str, &'a str, i32);
        fn key(row: &ComplianceDocument) -> Key<'_> {
            (&row.rule, &row.subject, row.year)
        }
        let mut missing: BTreeMap<Key<'_>, &ComplianceDocument> =
            derived.compliance.iter().map(|row| (key(row), row)).collect();
        for (i, row) in claimed.compliance.iter().enumerate() {
            let path = |field: &str| format!("compliance[{i}].{field}");
            let Some(other) = missing.remove(&key(row)) else {
                let about = format!("{} on {} in {}", row.rule, row.subject, row.year);
                self.note(format!("compliance[{i}]"), about, "no such row, or one already given", &row.rule);
                continue;
            };
            self.near(&path("value"), row.value, other.value, &row.rule);
            self.near(&path("limit"), Some(row.limit), Some(other.limit), &row.rule);
            self.same(&path("verdict"), &row.verdict, &other.verdict, &row.rule);
            if row.outcome.is_some() {
                self.same(&path("outcome"), &row.outcome, &other.outcome, &row.rule);
            }
            if row.category.is_some() {
                self.same(&path("category"), &row.category, &other.category, &row.rule);
            }
        }
        for (rule, subject, year) in missing.into_keys() {
            self.note("compliance".to_owned(), "no row", format!("{rule} on {subject} in {year}"), rule);
        }
    }
}

/// The derived value of a term by its name.
fn term(derived: &PlanDocument, name: &str) -> Option<f64> {
    Term::ALL.iter().find(|term| term.name() == name)?;
    derived.objective.terms.get(name).copied().flatten()
}

fn agrees(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}
