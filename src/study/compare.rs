//! Plans side by side: key figures, verdicts, actions, and who changes school or goes farther from one plan to another.
//!
//! Everything is read off the plan documents; the scenarios are not needed. The first plan is the one that the others are
//! held against. Each plan is taken in its last year.

use crate::digest::distances::Distances;
use crate::digest::figures::{action_counts, figures};
use crate::digest::flows::{Flows, flows};
use crate::digest::tallies::tallies;
use crate::digest::trips::{Trip, planned};
use crate::domain::document::{ActionDocument, PlanDocument, PlanStatus};
use crate::domain::objective::Term;
use crate::domain::rule::Verdict;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A plan with the name under which it is shown.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// Name, such as the folder's.
    pub name: &'a str,
    /// The plan.
    pub document: &'a PlanDocument,
}

/// Plans side by side. Lists by plan are in the order of `plans`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The plans.
    pub plans: Vec<PlanFacts>,
    /// Whether all plans are for the same scenario and variant, with the same files.
    pub same_scenario: bool,
    /// Key figures, those that differ first.
    pub figures: Vec<FigureRow>,
    /// Rules, those whose counts or verdicts differ first.
    pub rules: Vec<RuleRow>,
    /// Sites at which some plan acts, those where the plans differ first.
    pub actions: Vec<ActionRow>,
    /// Every plan but the first against the first.
    pub against_first: Vec<Change>,
}

/// What a plan says of itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanFacts {
    /// Name under which it is shown.
    pub name: String,
    /// Name of its scenario.
    pub scenario: String,
    /// Name of its variant.
    pub variant: Option<String>,
    /// How its run ended.
    pub status: PlanStatus,
    /// Its relative gap.
    pub gap: Option<f64>,
    /// The year in which it is compared.
    pub year: i32,
}

/// One figure of every plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureRow {
    /// Key of its name in the catalogue of messages.
    pub key: String,
    /// Decimals to print.
    pub decimals: usize,
    /// Values.
    pub values: Vec<Option<f64>>,
    /// Whether the plans differ.
    pub differs: bool,
}

/// One rule in every plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleRow {
    /// Id of the rule.
    pub rule: String,
    /// Counts of subjects; `None` where the plan does not know the rule.
    pub counts: Vec<Option<Counts>>,
    /// Whether the plans differ.
    pub differs: bool,
}

/// How the subjects of a rule stand in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Within the base limit.
    pub pass: i64,
    /// Within an exempted limit only.
    pub relaxed: i64,
    /// Over the limit.
    pub fail: i64,
    /// The worst verdict.
    pub verdict: Verdict,
}

/// What every plan does at one site.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActionRow {
    /// Key of the site.
    pub site: String,
    /// Its name.
    pub name: String,
    /// The actions of each plan; empty where the plan keeps the site.
    pub actions: Vec<Vec<ActionDocument>>,
    /// Whether the plans differ.
    pub differs: bool,
}

/// One plan against the first: who goes to another school, and how the ways change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Position of the plan.
    pub plan: usize,
    /// Pupils who go to another school than in the first plan.
    pub moved: i64,
    /// Pupils with a shorter way, the same way, a longer way.
    pub nearer: i64,
    /// Pupils whose way is the same.
    pub same: i64,
    /// Pupils with a longer way.
    pub farther: i64,
    /// Pupils by school in the first plan and in this one, most pupils first.
    pub transfers: Vec<Transfer>,
    /// Units whose pupils go to another school, largest lengthening of the way first.
    pub units: Vec<UnitRow>,
}

/// Pupils who go to one school in the first plan and to another in this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// The stage, by its name in files.
    pub stage: &'static str,
    /// Key of the school in the first plan, where the unit has one there.
    pub from: Option<String>,
    /// Key of the school in this plan.
    pub to: String,
    /// Head count.
    pub pupils: i64,
}

/// A unit whose pupils go to another school.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitRow {
    /// Key of the unit.
    pub unit: String,
    /// The stage, by its name in files.
    pub stage: &'static str,
    /// Pupils who go to another school.
    pub moved: i64,
    /// Schools in the first plan.
    pub old: Vec<String>,
    /// Schools in this plan.
    pub new: Vec<String>,
    /// Mean way in metres in the first plan.
    pub before: Option<i64>,
    /// Mean way in metres in this plan.
    pub after: Option<i64>,
}

/// Puts plans side by side. Without a plan the comparison is empty.
pub fn compare(plans: &[Named<'_>]) -> Comparison {
    let trips: Vec<Vec<Trip>> = plans.iter().map(|plan| of_last_year(plan.document)).collect();
    let identity = |plan: &Named<'_>| (plan.document.scenario_sha256.clone(), plan.document.variant.clone());
    let mut rows = figure_rows(plans, &trips);
    rows.sort_by_key(|row| !row.differs);
    let mut rules = rule_rows(plans);
    rules.sort_by_key(|row| !row.differs);
    let mut actions = action_rows(plans);
    actions.sort_by_key(|row| !row.differs);
    Comparison {
        plans: plans
            .iter()
            .map(|plan| PlanFacts {
                name: plan.name.to_owned(),
                scenario: plan.document.scenario.clone(),
                variant: plan.document.variant.clone(),
                status: plan.document.status,
                gap: plan.document.gap,
                year: last_year(plan.document),
            })
            .collect(),
        same_scenario: plans.windows(2).all(|pair| identity(&pair[0]) == identity(&pair[1])),
        figures: rows,
        rules,
        actions,
        against_first: trips
            .iter()
            .enumerate()
            .skip(1)
            .map(|(plan, own)| change(plan, &flows(&trips[0], own)))
            .collect(),
    }
}

fn last_year(document: &PlanDocument) -> i32 {
    document.years.last().copied().unwrap_or(document.baseline_year)
}

fn of_last_year(document: &PlanDocument) -> Vec<Trip> {
    let last = last_year(document);
    planned(document).into_iter().filter(|trip| trip.year == last).collect()
}

fn figure_rows(plans: &[Named<'_>], trips: &[Vec<Trip>]) -> Vec<FigureRow> {
    let years: Vec<_> =
        plans.iter().zip(trips).map(|(plan, trips)| figures(plan.document, trips).into_iter().next_back()).collect();
    let mut rows = Vec::new();
    let mut push = |key: &str, decimals: usize, values: Vec<Option<f64>>| {
        let differs = differ(&values, decimals);
        if values.iter().any(Option::is_some) {
            rows.push(FigureRow { key: key.to_owned(), decimals, values, differs });
        }
    };
    let of_year = |value: &dyn Fn(&crate::digest::figures::YearFigures) -> Option<f64>| -> Vec<Option<f64>> {
        years.iter().map(|year| year.as_ref().and_then(value)).collect()
    };
    let way = |value: fn(&Distances) -> Option<i64>| -> Vec<Option<f64>> {
        years.iter().map(|year| Some(value(&year.as_ref()?.distances)? as f64 / 1000.0)).collect()
    };
    push("figure.sites", 0, of_year(&|year| Some(year.sites as f64)));
    push("figure.pupils", 0, of_year(&|year| Some(year.pupils as f64)));
    push("figure.classes", 0, of_year(&|year| Some(year.classes as f64)));
    push("figure.class_mean", 1, of_year(&crate::digest::figures::YearFigures::class_mean));
    push("figure.rooms", 0, of_year(&|year| Some(year.rooms as f64)));
    push("figure.pupil_km", 0, of_year(&|year| Some(year.distances.pupil_metres as f64 / 1000.0)));
    push("figure.mean_km", 2, of_year(&|year| year.distances.mean().map(|metres| metres / 1000.0)));
    push("figure.p90_km", 1, way(|distances| distances.quantile(0.9)));
    push("figure.longest_km", 1, way(Distances::longest));
    for term in Term::ALL {
        let decimals = usize::from(!matches!(term, Term::MovedPupils));
        let values = plans.iter().map(|plan| plan.document.objective.terms.get(term.name()).copied().flatten());
        push(&format!("term.{}", term.name()), decimals, values.collect());
    }
    let counts: Vec<BTreeMap<String, i64>> = plans.iter().map(|plan| action_counts(plan.document)).collect();
    let names: BTreeSet<&String> = counts.iter().flat_map(BTreeMap::keys).collect();
    for name in names {
        let values = counts.iter().map(|counts| Some(counts.get(name).copied().unwrap_or(0) as f64)).collect();
        push(&format!("action.{name}"), 0, values);
    }
    let failing = |plan: &Named<'_>| -> f64 {
        let last = last_year(plan.document);
        let all = tallies(plan.document, None);
        all.iter().filter_map(|tally| tally.years.get(&last)).map(|counts| counts.fail).sum::<i64>() as f64
    };
    push("figure.failing", 0, plans.iter().map(|plan| Some(failing(plan))).collect());
    rows
}

/// Whether values differ by more than is printed.
fn differ(values: &[Option<f64>], decimals: usize) -> bool {
    let printed = |value: &Option<f64>| value.map(|value| format!("{value:.decimals$}"));
    values.windows(2).any(|pair| printed(&pair[0]) != printed(&pair[1]))
}

fn rule_rows(plans: &[Named<'_>]) -> Vec<RuleRow> {
    let all: Vec<BTreeMap<String, Counts>> = plans
        .iter()
        .map(|plan| {
            let last = last_year(plan.document);
            tallies(plan.document, None)
                .into_iter()
                .map(|tally| {
                    let counts = tally.years.get(&last).cloned().unwrap_or_default();
                    let counts = Counts {
                        pass: counts.pass,
                        relaxed: counts.relaxed,
                        fail: counts.fail,
                        verdict: tally.verdict,
                    };
                    (tally.rule, counts)
                })
                .collect()
        })
        .collect();
    let mut order: Vec<&str> = Vec::new();
    for row in plans.iter().flat_map(|plan| &plan.document.compliance) {
        if order.last() != Some(&row.rule.as_str()) && !order.contains(&row.rule.as_str()) {
            order.push(&row.rule);
        }
    }
    order
        .into_iter()
        .map(|rule| {
            let counts: Vec<Option<Counts>> = all.iter().map(|plan| plan.get(rule).copied()).collect();
            let differs = counts.windows(2).any(|pair| pair[0] != pair[1]);
            RuleRow { rule: rule.to_owned(), counts, differs }
        })
        .collect()
}

fn action_rows(plans: &[Named<'_>]) -> Vec<ActionRow> {
    let mut order: Vec<(&str, &str)> = Vec::new();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for site in plans.iter().flat_map(|plan| &plan.document.sites) {
        if !site.actions.is_empty() && known.insert(&site.id) {
            order.push((&site.id, if site.name.is_empty() { &site.id } else { &site.name }));
        }
    }
    order
        .into_iter()
        .map(|(id, name)| {
            let actions: Vec<Vec<ActionDocument>> = plans
                .iter()
                .map(|plan| {
                    let site = plan.document.sites.iter().find(|site| site.id == id);
                    site.map(|site| site.actions.clone()).unwrap_or_default()
                })
                .collect();
            // What is done counts, not the words in which it is explained.
            let done = |actions: &Vec<ActionDocument>| -> Vec<(i32, String, Option<String>, i64)> {
                let one =
                    |action: &ActionDocument| (action.year, action.action.clone(), action.into.clone(), action.classes);
                actions.iter().map(one).collect()
            };
            let differs = actions.windows(2).any(|pair| done(&pair[0]) != done(&pair[1]));
            ActionRow { site: id.to_owned(), name: name.to_owned(), actions, differs }
        })
        .collect()
}

fn change(plan: usize, flows: &Flows) -> Change {
    let (mut nearer, mut same, mut farther) = (0, 0, 0);
    let mut units = Vec::new();
    for ((unit, stage), change) in &flows.units {
        if let (Some(before), Some(after)) = (change.before, change.after) {
            match after.cmp(&before) {
                std::cmp::Ordering::Less => nearer += change.pupils,
                std::cmp::Ordering::Equal => same += change.pupils,
                std::cmp::Ordering::Greater => farther += change.pupils,
            }
        }
        if change.moved > 0 {
            units.push(UnitRow {
                unit: unit.clone(),
                stage: stage.name(),
                moved: change.moved,
                old: change.old.clone(),
                new: change.new.clone(),
                before: change.before,
                after: change.after,
            });
        }
    }
    units.sort_by_key(|row| std::cmp::Reverse(row.after.zip(row.before).map(|(after, before)| after - before)));
    let mut transfers: Vec<Transfer> = flows
        .between
        .iter()
        .filter(|((_, from, to), _)| from.as_ref() != Some(to))
        .map(|((stage, from, to), flow)| Transfer {
            stage: stage.name(),
            from: from.clone(),
            to: to.clone(),
            pupils: flow.pupils,
        })
        .collect();
    transfers.sort_by_key(|transfer| std::cmp::Reverse(transfer.pupils));
    Change { plan, moved: flows.moved(), nearer, same, farther, transfers, units }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;

    #[test]
    fn a_plan_does_not_differ_from_itself() {
        let document = sample::document(&sample::scenario());
        let plan = Named { name: "a", document: &document };
        let all = compare(&[plan, plan]);
        assert!(all.same_scenario);
        assert!(all.figures.iter().all(|row| !row.differs));
        assert!(all.rules.iter().all(|row| !row.differs));
        assert!(all.actions.iter().all(|row| !row.differs));
        let change = &all.against_first[0];
        assert_eq!((change.moved, change.nearer, change.farther), (0, 0, 0));
        assert_eq!(change.same, 3895);
        assert!(change.transfers.is_empty() && change.units.is_empty());
    }

    #[test]
    fn what_differs_comes_first() {
        let scenario = sample::scenario();
        let first = sample::document(&scenario);
        let mut second = first.clone();
        second.variant = Some("other".to_owned());
        // The second plan leaves the teaching point alone: u4 and u5 stay there.
        second.sites[1].actions.clear();
        for row in &mut second.assignment {
            if row.stage == crate::domain::district::Stage::Primary && (row.unit == "u4" || row.unit == "u5") {
                row.site = "p2".to_owned();
                row.km = 1.0;
            }
        }
        let row = second.compliance.iter_mut().find(|row| row.year == 2026 && row.subject == "j1").unwrap();
        (row.verdict, row.value) = (Verdict::Fail, Some(2000.0));
        let all = compare(&[Named { name: "a", document: &first }, Named { name: "b", document: &second }]);
        assert!(!all.same_scenario);
        assert!(all.actions[0].differs && all.actions[0].site == "p2");
        assert!(!all.actions[1].differs && all.actions[1].site == "c1");
        assert_eq!(all.rules[0].rule, "cn.dd6.gov04.single");
        assert_eq!(all.rules[0].counts.iter().map(|c| c.unwrap().fail).collect::<Vec<_>>(), [0, 1]);
        let change = &all.against_first[0];
        assert_eq!(change.moved, 105);
        assert_eq!(
            change.transfers,
            [Transfer { stage: "primary", from: Some("n1".into()), to: "p2".into(), pupils: 105 }]
        );
        assert_eq!(change.nearer, 105);
        assert_eq!(change.units.len(), 2);
        assert!(all.figures[0].differs && !all.figures.last().unwrap().differs);
        let merges = all.figures.iter().find(|row| row.key == "action.merge").unwrap();
        assert_eq!(merges.values, [Some(1.0), Some(0.0)]);
    }
}
