//! Posts: how many a section needs, and how a county shares out those that it has (编制).

use super::holdings;
use super::section::{Tested, tested};
use super::view::YearView;
use super::{ParamKind, ParamSpec, params};
use crate::domain::resource::Quantity;
use crate::domain::rule::Rule;

/// The parameters of the need.
pub const PARAMS: &[ParamSpec] = &[
    ParamSpec {
        name: "pupils_per_post",
        kind: ParamKind::Number { min: 0.1 },
        required: true,
        doc: "Pupils for one post, such as 19 or 13.5.",
    },
    ParamSpec {
        name: "posts_per_class",
        kind: ParamKind::Number { min: 0.0 },
        required: false,
        doc: "Least posts for a class; none when absent.",
    },
    ParamSpec {
        name: "small_pupils",
        kind: ParamKind::Number { min: 0.0 },
        required: false,
        doc: "The least posts for a class are for sections with fewer pupils only; for all when absent.",
    },
    ParamSpec {
        name: "of",
        kind: ParamKind::Word { default: "posts", of: &["posts", "staff", "teachers"] },
        required: false,
        doc: "Whether approved posts, everyone employed or full-time teachers are counted.",
    },
];

/// What a rule counts.
pub fn counted(rule: &Rule) -> Quantity {
    match params::word(rule, "of", "posts") {
        "staff" => Quantity::Staff,
        "teachers" => Quantity::Teachers,
        _ => Quantity::Posts,
    }
}

/// Posts that a section needs: `max(n / ratio, a classes)`, the second for small sections only where the rule says so.
pub fn needed(rule: &Rule, section: &Tested<'_>) -> f64 {
    let pupils = section.pupils().as_f64();
    let by_ratio = pupils / params::number_or(rule, "pupils_per_post", 1.0);
    let small = params::number(rule, "small_pupils").is_none_or(|most| pupils < most);
    let by_class = match section.classes() {
        Some(classes) if small => params::number_or(rule, "posts_per_class", 0.0) * classes.as_f64(),
        _ => 0.0,
    };
    by_ratio.max(by_class)
}

/// All posts in whole numbers that the sections of a rule have at the baseline; `None` where those of some are not known.
pub fn total(rule: &Rule, view: &YearView<'_>) -> Option<i64> {
    let year = view.ground.scenario.baseline_year;
    let today;
    let today = if view.baseline {
        view
    } else {
        today = YearView::untouched(view.ground, year);
        &today
    };
    let mut sum = 0.0;
    for section in tested(rule, today).iter().filter(|section| section.applied(rule, today).is_some()) {
        sum += holdings::amount(rule, today, section, counted(rule))?;
    }
    Some(sum.round() as i64)
}

/// Shares out `total` posts over needs, every post to somebody: whole posts for every need as far as they last, what is
/// left over in proportion to need; where they do not last, all in proportion to need (largest remainders).
pub fn share_out(total: i64, needs: &[f64]) -> Vec<i64> {
    let whole: Vec<i64> = needs.iter().map(|need| need.ceil() as i64).collect();
    let wanted: i64 = whole.iter().sum();
    if wanted > total {
        return in_proportion(total, needs);
    }
    whole.iter().zip(in_proportion(total - wanted, needs)).map(|(first, rest)| first + rest).collect()
}

fn in_proportion(total: i64, needs: &[f64]) -> Vec<i64> {
    let all: f64 = needs.iter().sum();
    if all <= 0.0 {
        let mut parts = vec![0; needs.len()];
        if let Some(first) = parts.first_mut() {
            *first = total;
        }
        return parts;
    }
    let shares: Vec<f64> = needs.iter().map(|need| total as f64 * need / all).collect();
    let mut parts: Vec<i64> = shares.iter().map(|share| share.floor() as i64).collect();
    let mut order: Vec<usize> = (0..needs.len()).collect();
    order.sort_by(|&a, &b| shares[b].fract().total_cmp(&shares[a].fract()).then(a.cmp(&b)));
    let left = (total - parts.iter().sum::<i64>()).max(0) as usize;
    for &at in order.iter().cycle().take(left) {
        parts[at] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn needs_come_first_and_what_is_left_follows_them() {
        assert_eq!(share_out(10, &[1.2, 3.0]), [3, 7]);
        assert_eq!(share_out(4, &[1.0, 3.0]), [1, 3]);
        assert_eq!(share_out(3, &[3.0, 3.0]), [2, 1]);
        assert_eq!(share_out(5, &[0.0, 0.0]), [5, 0]);
        assert_eq!(share_out(0, &[]), Vec::<i64>::new());
    }

    proptest! {
        #[test]
        fn no_post_is_lost_or_made_and_no_need_goes_short_while_posts_last(
            total in 0_i64..5000,
            needs in prop::collection::vec(0.0_f64..60.0, 1..80),
        ) {
            let posts = share_out(total, &needs);
            prop_assert_eq!(posts.iter().sum::<i64>(), total);
            prop_assert!(posts.iter().all(|&posts| posts >= 0));
            let wanted: i64 = needs.iter().map(|need| need.ceil() as i64).sum();
            if wanted <= total {
                prop_assert!(posts.iter().zip(&needs).all(|(&posts, &need)| posts as f64 >= need));
            }
        }
    }
}
