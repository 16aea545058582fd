//! The price of one unit of capacity at which a fractional knapsack is full.

/// An item: its worth per unit of load, and its load. Both are positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Item {
    pub ratio: f64,
    pub load: f64,
}

/// The least price `p >= 0` such that the items with `ratio > p` fit in `capacity`, and the load of those items.
///
/// Expected time is linear: a weighted quick-select that starts at `guess`, typically the price of the last call.
pub(super) fn critical_price(items: &mut [Item], capacity: f64, guess: f64) -> (f64, f64) {
    let (mut low, mut high) = (0, items.len());
    let mut above = 0.0;
    let mut pivot = guess;
    let mut first = true;
    // Items left of `low` have a greater price than the answer and are summed in `above`; items right of `high` a
    // smaller one or the same.
    while low < high {
        if !first {
            let (a, b, c) = (items[low].ratio, items[low + (high - low) / 2].ratio, items[high - 1].ratio);
            pivot = a.max(b).min(a.min(b).max(c));
        }
        // Partition into greater, equal, smaller.
        let (mut greater, mut at, mut smaller) = (low, low, high);
        let mut greater_load = 0.0;
        let mut equal_load = 0.0;
        while at < smaller {
            let item = items[at];
            if item.ratio > pivot {
                items.swap(greater, at);
                greater += 1;
                at += 1;
                greater_load += item.load;
            } else if item.ratio < pivot {
                smaller -= 1;
                items.swap(at, smaller);
            } else {
                at += 1;
                equal_load += item.load;
            }
        }
        first = false;
        if above + greater_load > capacity {
            high = greater;
        } else if above + greater_load + equal_load > capacity {
            return (pivot, above + greater_load);
        } else {
            above += greater_load + equal_load;
            low = smaller;
        }
    }
    // Everything right of here was found not to fit; the price is that of the greatest of them.
    if high < items.len() {
        let price = items[high..].iter().map(|item| item.ratio).fold(0.0, f64::max);
        (price, above)
    } else {
        (0.0, above)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(items: &[Item], capacity: f64) -> f64 {
        let mut sorted = items.to_vec();
        sorted.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
        let mut load = 0.0;
        for item in sorted {
            load += item.load;
            if load > capacity {
                return item.ratio;
            }
        }
        0.0
    }

    #[test]
    fn the_price_agrees_with_sorting_for_any_guess() {
        let mut state = 12345u64;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % 17
        };
        for _ in 0..2000 {
            let count = next() as usize;
            let items: Vec<Item> =
                (0..count).map(|_| Item { ratio: 1.0 + next() as f64, load: 1.0 + next() as f64 }).collect();
            let capacity = (next() * 5) as f64;
            let guess = next() as f64;
            let (price, above) = critical_price(&mut items.clone(), capacity, guess);
            assert_eq!(price, slow(&items, capacity));
            let load: f64 = items.iter().filter(|item| item.ratio > price).map(|item| item.load).sum();
            assert_eq!(above, load);
            assert!(load <= capacity);
        }
    }
}
