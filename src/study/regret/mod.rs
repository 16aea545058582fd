//! Regret: what a plan chosen now costs if another forecast comes true, against the plan that would have been best for it.
//!
//! The value of a plan x under forecast f is `v(f, x) = objective + price * excess over hard rules`, with one price for all plans.
//! Its regret is `v(f, x) - v(f, best of f)` (Savage 1951). The best value is not known, only that it lies between the bound
//! proven for the forecast and the least value among the plans at hand; so regret has a proven least and greatest value.

mod score;
mod transfer;

pub use score::{Broken, Score, score};
pub use transfer::{Transferred, transfer};

use serde::{Deserialize, Serialize};

/// A forecast with what is known of its own best plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastFacts {
    /// Name of the forecast.
    pub name: String,
    /// Pupils of the last plan year.
    pub pupils: i64,
    /// Proven lower bound on the objective of every plan that keeps the hard rules under this forecast alone; `None` where
    /// nothing was proven, or no such plan was found.
    pub bound: Option<f64>,
}

/// For whom a plan was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MadeFor {
    /// For one forecast, by its position.
    One(usize),
    /// For all of them.
    All,
    /// For something else: a plan that was given.
    Other,
}

/// A plan with its scores, one for every forecast in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoredPlan {
    /// Name under which it is shown.
    pub name: String,
    /// For whom it was made.
    pub made_for: MadeFor,
    /// Scores by forecast.
    pub scores: Vec<Score>,
}

/// Plans under forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegretTable {
    /// The forecasts.
    pub forecasts: Vec<ForecastFacts>,
    /// The least value of a plan at hand under every forecast; `None` where none has a value.
    pub best: Vec<Option<f64>>,
    /// The plans.
    pub plans: Vec<PlanRegret>,
    /// What a pupil affected by a broken hard rule is taken to cost, in the unit of the objective.
    pub price: f64,
}

/// A plan in the table. Lists are in the order of the forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanRegret {
    /// The plan.
    #[serde(flatten)]
    pub plan: ScoredPlan,
    /// Objective and priced excess; `None` where it is no plan or its excess cannot be counted.
    pub values: Vec<Option<f64>>,
    /// Regret; `None` where there is no value.
    pub regrets: Vec<Option<Regret>>,
    /// In how many forecasts all hard rules hold.
    pub holding: usize,
    /// Mean value over all forecasts; `None` where one has none.
    pub expected: Option<f64>,
    /// Greatest value; `None` where a forecast has none.
    pub worst: Option<f64>,
    /// Greatest regret, least and greatest value each; `None` where a forecast has none.
    pub worst_regret: Option<Regret>,
}

/// Regret between two proven values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Regret {
    /// It is no less than this: there is a plan at hand that is so much better. Never negative.
    pub at_least: f64,
    /// It is no more than this, by the bound of the forecast; `None` where nothing was proven.
    pub at_most: Option<f64>,
}

impl RegretTable {
    /// The table of scored plans. Without a `price` a pupil affected counts as much as the whole objective of the dearest plan,
    /// so that no plan that breaks a hard rule is better than one that keeps them all.
    ///
    /// # Panics
    /// If a plan has not one score for every forecast.
    pub fn new(forecasts: Vec<ForecastFacts>, plans: Vec<ScoredPlan>, price: Option<f64>) -> Self {
        assert!(plans.iter().all(|plan| plan.scores.len() == forecasts.len()), "one score for every forecast");
        let dearest = || plans.iter().flat_map(|plan| &plan.scores).filter_map(|score| score.total);
        let price = price.unwrap_or_else(|| dearest().map(f64::abs).fold(1.0, f64::max));
        let value = |score: &Score| Some(score.total? + price * score.excess?);
        let values: Vec<Vec<Option<f64>>> = plans.iter().map(|plan| plan.scores.iter().map(value).collect()).collect();
        let known = |forecast: usize| {
            let all = values.iter().filter_map(|values| values[forecast]);
            all.min_by(f64::total_cmp)
        };
        let best: Vec<Option<f64>> = (0..forecasts.len()).map(known).collect();
        let plans = plans.into_iter().zip(values).map(|(plan, values)| {
            let regret = |(forecast, value): (usize, &Option<f64>)| -> Option<Regret> {
                let value = (*value)?;
                let at_least = (value - best[forecast]?).max(0.0);
                // A bound holds for plans that keep the rules; what breaks them is priced, and may be below it.
                let bound = forecasts[forecast].bound.map(|bound| bound.min(best[forecast].unwrap_or(bound)));
                Some(Regret { at_least, at_most: bound.map(|bound| (value - bound).max(at_least)) })
            };
            let regrets: Vec<Option<Regret>> = values.iter().enumerate().map(regret).collect();
            let all: Option<Vec<f64>> = values.iter().copied().collect();
            PlanRegret {
                holding: plan.scores.iter().filter(|score| score.holds).count(),
                expected: all.as_ref().map(|all| all.iter().sum::<f64>() / all.len().max(1) as f64),
                worst: all.as_ref().map(|all| all.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
                worst_regret: worst_regret(&regrets),
                plan,
                values,
                regrets,
            }
        });
        let plans = plans.collect();
        Self { forecasts, best, plans, price }
    }
}

/// The greatest of several regrets.
fn worst_regret(regrets: &[Option<Regret>]) -> Option<Regret> {
    let all: Vec<Regret> = regrets.iter().copied().collect::<Option<_>>()?;
    let most: Option<Vec<f64>> = all.iter().map(|regret| regret.at_most).collect();
    Some(Regret {
        at_least: all.iter().map(|regret| regret.at_least).fold(0.0, f64::max),
        at_most: most.map(|most| most.into_iter().fold(0.0, f64::max)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn scored(total: f64, excess: f64) -> Score {
        Score {
            total: Some(total),
            terms: BTreeMap::new(),
            holds: excess == 0.0,
            excess: Some(excess),
            breaches: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn facts(bounds: &[Option<f64>]) -> Vec<ForecastFacts> {
        let one =
            |(number, &bound): (usize, &Option<f64>)| ForecastFacts { name: format!("f{number}"), pupils: 1, bound };
        bounds.iter().enumerate().map(one).collect()
    }

    fn plan(name: &str, made_for: MadeFor, scores: &[(f64, f64)]) -> ScoredPlan {
        let scores = scores.iter().map(|&(total, excess)| scored(total, excess)).collect();
        ScoredPlan { name: name.to_owned(), made_for, scores }
    }

    #[test]
    fn regret_is_measured_against_the_best_plan_at_hand_and_the_bound() {
        let plans = vec![
            plan("a", MadeFor::One(0), &[(10.0, 0.0), (20.0, 3.0)]),
            plan("b", MadeFor::One(1), &[(13.0, 0.0), (15.0, 0.0)]),
        ];
        let table = RegretTable::new(facts(&[Some(9.5), None]), plans, Some(2.0));
        let [a, b] = &table.plans[..] else { panic!("two plans") };
        assert_eq!(a.values, [Some(10.0), Some(26.0)]);
        let regret = |at_least, at_most| Some(Regret { at_least, at_most });
        assert_eq!(a.regrets, [regret(0.0, Some(0.5)), regret(11.0, None)]);
        assert_eq!(b.regrets, [regret(3.0, Some(3.5)), regret(0.0, None)]);
        assert_eq!((a.expected, a.worst, a.holding), (Some(18.0), Some(26.0), 1));
        assert_eq!((a.worst_regret, b.worst_regret), (regret(11.0, None), regret(3.0, None)));
    }

    #[test]
    fn without_a_price_a_plan_that_breaks_rules_is_never_better() {
        let plans = vec![
            plan("breaks", MadeFor::One(0), &[(10.0, 0.1), (10.0, 1.0)]),
            plan("keeps", MadeFor::All, &[(10.9, 0.0), (12.0, 0.0)]),
        ];
        let table = RegretTable::new(facts(&[None, None]), plans, None);
        assert_eq!(table.price, 12.0);
        assert!(table.plans[0].worst > table.plans[1].worst && table.plans[0].expected > table.plans[1].expected);
    }

    #[test]
    fn what_is_no_plan_under_a_forecast_has_no_value_there() {
        let mut broken = plan("a", MadeFor::Other, &[(10.0, 0.0), (20.0, 3.0)]);
        broken.scores[1] = Score { total: None, excess: None, faults: vec!["why".to_owned()], ..scored(0.0, 1.0) };
        let table = RegretTable::new(facts(&[None, None]), vec![broken], None);
        let only = &table.plans[0];
        assert_eq!((only.expected, only.worst, only.worst_regret, only.regrets[1]), (None, None, None, None));
        assert!(only.regrets[0].is_some());
    }

    /// Totals and excesses of some plans under some forecasts; plan `f` is the one made for forecast `f`.
    fn tables() -> impl Strategy<Value = (Vec<Vec<(f64, f64)>>, Vec<f64>)> {
        (1_usize..5).prop_flat_map(|forecasts| {
            let cell = (1_u32..1000, prop_oneof![3 => Just(0_u32), 1 => 1_u32..50]);
            let cell = cell.prop_map(|(total, excess)| (f64::from(total), f64::from(excess)));
            let plans = proptest::collection::vec(proptest::collection::vec(cell, forecasts), forecasts..forecasts + 3);
            (plans, proptest::collection::vec(0.0_f64..0.2, forecasts))
        })
    }

    /// The table in which every forecast's own plan is the best at hand and is proven to within `gaps`.
    fn proven(mut cells: Vec<Vec<(f64, f64)>>, gaps: &[f64]) -> RegretTable {
        let mut bounds = Vec::new();
        for (forecast, gap) in gaps.iter().enumerate() {
            let least = cells.iter().map(|plan| plan[forecast].0).fold(f64::INFINITY, f64::min);
            cells[forecast][forecast] = (least, 0.0);
            bounds.push(Some(least * (1.0 - gap)));
        }
        let of = |at: usize| if at < gaps.len() { MadeFor::One(at) } else { MadeFor::Other };
        let plans = cells.iter().enumerate().map(|(at, cells)| plan(&format!("p{at}"), of(at), cells)).collect();
        RegretTable::new(facts(&bounds), plans, None)
    }

    proptest! {
        #[test]
        fn regret_is_never_negative_none_for_the_own_best_plan_and_within_its_bounds((cells, gaps) in tables()) {
            let table = proven(cells, &gaps);
            for plan in &table.plans {
                for (forecast, regret) in plan.regrets.iter().enumerate() {
                    let regret = regret.unwrap();
                    let gap = gaps[forecast] * table.plans[forecast].values[forecast].unwrap();
                    prop_assert!(regret.at_least >= 0.0);
                    // What is not known of it is the gap of the forecast's own plan, and nothing else.
                    prop_assert!((regret.at_most.unwrap() - regret.at_least - gap).abs() <= 1e-9 * (1.0 + gap));
                }
            }
            for forecast in 0..gaps.len() {
                prop_assert_eq!(table.plans[forecast].regrets[forecast].unwrap().at_least, 0.0);
            }
        }

        #[test]
        fn the_worst_is_no_less_than_the_mean_and_no_forecast_lowers_it((cells, gaps) in tables()) {
            let table = proven(cells, &gaps);
            let fewer = |keep: usize| {
                let plans = table.plans.iter().map(|plan| ScoredPlan {
                    scores: plan.plan.scores[..keep].to_vec(),
                    ..plan.plan.clone()
                });
                RegretTable::new(table.forecasts[..keep].to_vec(), plans.collect(), Some(table.price))
            };
            for plan in &table.plans {
                prop_assert!(plan.worst.unwrap() >= plan.expected.unwrap() - 1e-9);
                prop_assert!(plan.values.iter().all(|value| value.unwrap() <= plan.worst.unwrap()));
            }
            let smaller: Vec<RegretTable> = (1..=gaps.len()).map(fewer).collect();
            for pair in smaller.windows(2) {
                for (few, many) in pair[0].plans.iter().zip(&pair[1].plans) {
                    prop_assert!(few.worst.unwrap() <= many.worst.unwrap());
                    prop_assert!(few.worst_regret.unwrap().at_least <= many.worst_regret.unwrap().at_least);
                }
            }
        }

        #[test]
        fn one_price_for_all_puts_plans_that_keep_the_rules_before_those_that_break_them((cells, gaps) in tables()) {
            let table = proven(cells, &gaps);
            for (a, b) in table.plans.iter().flat_map(|a| table.plans.iter().map(move |b| (a, b))) {
                if a.holding == gaps.len() && b.holding < gaps.len() {
                    prop_assert!(a.worst <= b.worst);
                }
            }
        }
    }
}
