//! Sharing out whole numbers, and matching head counts before with head counts after.

/// The shares of `parts` applied to `total`, by largest remainder, ties to the earlier part.
pub fn apportion<T: Clone>(parts: &[(T, i64)], total: i64) -> Vec<(T, i64)> {
    let sum: i64 = parts.iter().map(|part| part.1).sum();
    if sum == 0 || sum == total {
        return parts.to_vec();
    }
    let weights: Vec<i64> = parts.iter().map(|part| part.1).collect();
    parts.iter().zip(share(total, &weights)).map(|(part, pupils)| (part.0.clone(), pupils)).collect()
}

/// `total` in whole parts in proportion to `weights`, by largest remainder, ties to the earlier part; all of it to the first
/// where no weight is above 0. Without weights there are no parts.
pub fn share(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
    if sum == 0 {
        let mut parts = vec![0; weights.len()];
        if let Some(first) = parts.first_mut() {
            *first = total;
        }
        return parts;
    }
    let scaled = |weight: i64| i128::from(weight) * i128::from(total);
    let mut parts: Vec<i64> = weights.iter().map(|&weight| (scaled(weight) / sum) as i64).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(scaled(weights[index]) % sum));
    let missing = total - parts.iter().sum::<i64>();
    for &index in order.iter().take(missing.max(0) as usize) {
        parts[index] += 1;
    }
    parts
}

/// What counts as staying: ways of telling that a part before and a part after are alike, the closest first.
pub type Alike<T> = fn(&T, &T) -> bool;

/// Matches parts before and after: (before, after, pupils). Pupils stay where they can in the sense of each `alike` in turn;
/// the others are matched in order. What is left after has no part before.
pub fn matched<T>(then: &[(T, i64)], now: &[(T, i64)], alike: &[Alike<T>]) -> Vec<(Option<usize>, usize, i64)> {
    let mut left: Vec<i64> = then.iter().map(|part| part.1).collect();
    let mut wanted: Vec<i64> = now.iter().map(|part| part.1).collect();
    let mut pairs = Vec::new();
    let any: Alike<T> = |_, _| true;
    for alike in alike.iter().copied().chain([any]) {
        for (to, wanted) in wanted.iter_mut().enumerate() {
            for (from, left) in left.iter_mut().enumerate() {
                let pupils = (*left).min(*wanted);
                if pupils > 0 && alike(&then[from].0, &now[to].0) {
                    pairs.push((Some(from), to, pupils));
                    *left -= pupils;
                    *wanted -= pupils;
                }
            }
        }
    }
    pairs.extend(
        wanted.into_iter().enumerate().filter(|&(_, pupils)| pupils > 0).map(|(to, pupils)| (None, to, pupils)),
    );
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_parts_follow_their_weights() {
        assert_eq!(share(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(share(3, &[0, 5]), [0, 3]);
        assert_eq!(share(7, &[0, 0]), [7, 0]);
        assert_eq!(share(7, &[]), Vec::<i64>::new());
        assert_eq!(share(i64::MAX / 2, &[i64::MAX / 4, i64::MAX / 4]).iter().sum::<i64>(), i64::MAX / 2);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_in_sharing(total in 0_i64..1_000_000, weights in prop::collection::vec(0_i64..5000, 1..9)) {
            let parts = share(total, &weights);
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
            let sum: i64 = weights.iter().sum();
            for (&part, &weight) in parts.iter().zip(&weights) {
                prop_assert!(sum == 0 || (part - total * weight / sum).abs() <= 1, "{parts:?} of {weights:?}");
            }
        }
    }
}
