//! Whole units of one kind of load in terms of the load itself: so many classes hold so many pupils.
//!
//! Where only the pupils of a whole stage are known, every limit on classes is of this kind, and what is left is a plain
//! capacity, which bounds and searches know more about.

use super::problem::{Limit, Measure, Problem};
use std::collections::BTreeMap;

/// Puts every hard greatest number of whole units of one commodity in terms of its load, which says the same:
/// `ceil(load / size) <= max` exactly when `load <= size * max`. Limits keep their places among those of their option.
pub fn in_loads(problem: &mut Problem) {
    let measures = &mut problem.measures;
    let mut loads = BTreeMap::new();
    for (id, measure) in measures.entries() {
        if let Measure::Load(terms) = measure
            && let [(commodity, 1)] = **terms
        {
            loads.entry(commodity).or_insert(id);
        }
    }
    for limit in problem.options.iter_mut().flat_map(|option| &mut option.limits) {
        let Some((commodity, size)) = measures[limit.measure].single_unit() else { continue };
        if limit.price.is_finite() || limit.min > 0 || limit.max == Limit::UNLIMITED {
            continue;
        }
        let load = || measures.push(Measure::Load(Box::new([(commodity, 1)])));
        limit.measure = *loads.entry(commodity).or_insert_with(load);
        limit.max = limit.max.saturating_mul(size).min(Limit::UNLIMITED - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::OptionId;
    use crate::kernel::assign::is_plain;
    use crate::kernel::builder::ProblemBuilder;

    const FREE: Limit = Limit { measure: crate::id::MeasureId(0), min: 0, max: Limit::UNLIMITED, price: f64::INFINITY };

    /// One site with these limits, by the position of their measure: classes of 45, classes of two kinds.
    fn problem(limits: &[(usize, Limit)]) -> Problem {
        let mut builder = ProblemBuilder::new();
        let (pupils, others) = (builder.commodity("pupils"), builder.commodity("others"));
        let measures = [
            builder.measure(Measure::WholeUnits(Box::new([(pupils, 45)]))),
            builder.measure(Measure::WholeUnits(Box::new([(others, 45), (pupils, 45)]))),
        ];
        let site = builder.site("school");
        let open = builder.option(site, "open", 1.0);
        for (measure, limit) in limits {
            builder.limit(open, Limit { measure: measures[*measure], ..*limit });
        }
        let unit = builder.customer("unit", [(pupils, 46)]);
        builder.arc(unit, site, 1.0);
        builder.build().unwrap().problem
    }

    #[test]
    fn classes_of_one_kind_become_places_and_admit_the_same_loads() {
        let before = problem(&[(0, Limit { max: 4, ..FREE })]);
        let mut after = before.clone();
        in_loads(&mut after);
        let limit = |problem: &Problem| problem.options[OptionId(0)].limits[0];
        assert_eq!(limit(&after).max, 180);
        assert!(is_plain(&after) && !is_plain(&before));
        for pupils in 0..400 {
            let keeps = |problem: &Problem| {
                let limit = limit(problem);
                limit.excess(problem.measures[limit.measure].value(|_| pupils)) == 0
            };
            assert_eq!(keeps(&before), keeps(&after), "{pupils} pupils");
        }
    }

    #[test]
    fn classes_that_have_a_price_or_a_minimum_or_several_kinds_are_counted_on() {
        let limits = [
            (0, Limit { max: 4, price: 2.0, ..FREE }),
            (0, Limit { min: 2, max: 4, ..FREE }),
            (0, FREE),
            (1, Limit { max: 4, ..FREE }),
        ];
        let before = problem(&limits);
        let mut after = before.clone();
        in_loads(&mut after);
        assert_eq!(after.options[OptionId(0)].limits, before.options[OptionId(0)].limits);
        assert_eq!(after.measures.len(), before.measures.len());
    }

    #[test]
    fn limits_at_no_price_leave_a_problem_plain() {
        let mut priced = problem(&[(0, Limit { max: 3, price: 0.0, ..FREE }), (0, Limit { max: 4, ..FREE })]);
        in_loads(&mut priced);
        assert!(is_plain(&priced));
        priced.options[OptionId(0)].limits[0].price = 1.0;
        assert!(!is_plain(&priced));
    }
}
