//! The 0/1 knapsack by lists of undominated choices, for re-deriving bounds with whole customers.
//!
//! Nemhauser and Ullmann (1969), Management Science 15: a choice is kept only if no other is worth more with less load.
//! Items far from the break item of the fractional optimum are settled first (Dembo and Hammer 1980).

/// An item that may be taken or left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    /// What taking it is worth, above 0.
    pub worth: f64,
    /// What it takes of the capacity, at least 0.
    pub load: f64,
    /// The caller's number for it.
    pub tag: u32,
}

impl Item {
    /// Worth for one unit of load; infinite without any.
    fn ratio(&self) -> f64 {
        if self.load > 0.0 { self.worth / self.load } else { f64::INFINITY }
    }
}

/// What a knapsack came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Packed {
    /// Upper bound on the worth of every choice that fits, exact but for rounding unless there were too many choices.
    pub worth: f64,
    /// The fractional optimum, and the worth of one unit of capacity in it.
    pub fractional: f64,
    /// See `fractional`.
    pub price: f64,
    /// Tags of a best choice, or of a good one where there were too many.
    pub taken: Vec<u32>,
}

/// Choices kept at once, beyond which the fractional optimum stands in: it is never below the whole one.
const MOST_CHOICES: usize = 50_000;
/// Relative room for the rounding of sums.
const ROUNDING: f64 = 1e-12;

/// Chooses items worth most that fit into the capacity, or a little more.
pub(super) fn pack(mut items: Vec<Item>, capacity: f64) -> Packed {
    let capacity = capacity + 1e-9 * (1.0 + capacity.abs());
    items.retain(|item| item.load <= capacity);
    if items.iter().map(|item| item.load).sum::<f64>() <= capacity {
        let worth = items.iter().map(|item| item.worth).sum();
        return Packed { worth, fractional: worth, price: 0.0, taken: items.iter().map(|item| item.tag).collect() };
    }
    items.sort_by(|a, b| b.ratio().total_cmp(&a.ratio()).then(a.tag.cmp(&b.tag)));
    let (mut before, mut load, mut worth) = (0, 0.0, 0.0);
    while load + items[before].load <= capacity {
        load += items[before].load;
        worth += items[before].worth;
        before += 1;
    }
    let price = items[before].worth / items[before].load;
    let fractional = worth + (capacity - load) * price;
    let (mut room, mut greedy) = (capacity, 0.0);
    let mut filled = Vec::new();
    for item in &items {
        if item.load <= room {
            room -= item.load;
            greedy += item.worth;
            filled.push(item.tag);
        }
    }
    // Taking or leaving an item against the fractional optimum loses this much of it.
    let margin = fractional - greedy + ROUNDING * fractional;
    let (mut core, mut settled) = (Vec::new(), Vec::new());
    let (mut base, mut room) = (0.0, capacity);
    for (at, &item) in items.iter().enumerate() {
        if (item.worth - price * item.load).abs() <= margin {
            core.push(item);
        } else if at < before {
            base += item.worth;
            room -= item.load;
            settled.push(item.tag);
        }
    }
    let (worth, taken) = match best_choice(&core, room, greedy - base) {
        Some((best, Some(chosen))) => (base + best, [settled, chosen].concat()),
        Some((best, None)) => (base + best, filled),
        None => (fractional, filled),
    };
    Packed { worth: worth.min(fractional) * (1.0 + ROUNDING), fractional, price, taken }
}

/// A choice of items: its load and worth, and the last step to it.
type Choice = (f64, f64, Option<usize>);

/// The greatest worth of items, in order of worth by load, that fit into the room, and a choice of it; at least `known`,
/// without a choice where that is not exceeded. `None` if there are too many choices to keep.
fn best_choice(items: &[Item], room: f64, known: f64) -> Option<(f64, Option<Vec<u32>>)> {
    let mut best = known.max(0.0);
    let mut best_step = None;
    // Steps to choices: the step before and the item taken.
    let mut steps: Vec<(Option<usize>, u32)> = Vec::new();
    // Undominated choices, load and worth both increasing.
    let mut kept: Vec<Choice> = vec![(0.0, 0.0, None)];
    for (at, item) in items.iter().enumerate() {
        let mut merged = kept.clone();
        for &(load, worth, step) in &kept {
            if load + item.load <= room {
                steps.push((step, item.tag));
                merged.push((load + item.load, worth + item.worth, Some(steps.len() - 1)));
            }
        }
        merged.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        for &(_, worth, step) in &merged {
            if worth > best {
                (best, best_step) = (worth, step);
            }
        }
        let rest = &items[at + 1..];
        let mut most = f64::NEG_INFINITY;
        merged.retain(|&(load, worth, _)| {
            let undominated = worth > most;
            most = most.max(worth);
            undominated && worth + fractional_worth(rest, room - load) > best
        });
        kept = merged;
        if kept.len() > MOST_CHOICES {
            return None;
        }
    }
    let mut chosen = best_step.map(|_| Vec::new());
    while let (Some(tags), Some(step)) = (&mut chosen, best_step) {
        tags.push(steps[step].1);
        best_step = steps[step].0;
    }
    Some((best, chosen))
}

/// The fractional optimum of items in order of worth by load.
fn fractional_worth(items: &[Item], mut room: f64) -> f64 {
    let mut worth = 0.0;
    for item in items {
        if item.load > room {
            return worth + room * item.worth / item.load;
        }
        room -= item.load;
        worth += item.worth;
    }
    worth
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn best_of_all_subsets(items: &[Item], capacity: f64) -> f64 {
        let worth = |set: u32| {
            let chosen = (0..items.len()).filter(|&at| set >> at & 1 == 1).map(|at| items[at]);
            let (load, worth) = chosen.fold((0.0, 0.0), |sum, item| (sum.0 + item.load, sum.1 + item.worth));
            if load <= capacity { worth } else { 0.0 }
        };
        (0..1u32 << items.len()).map(worth).fold(0.0, f64::max)
    }

    #[test]
    fn the_worth_is_that_of_the_best_subset() {
        let mut random = Random::new(11, "knapsack of the verifier");
        let mut below_fractional = 0;
        for _ in 0..400 {
            let count = random.below(12);
            let items: Vec<Item> = (0..count)
                .map(|tag| {
                    let (worth, load) = (1.0 + random.below(60) as f64 / 2.0, random.below(20) as f64);
                    Item { worth, load, tag: tag as u32 }
                })
                .collect();
            let capacity = random.below(80) as f64;
            let best = best_of_all_subsets(&items, capacity);
            let packed = pack(items.clone(), capacity);
            let taken = packed.taken.iter().map(|&tag| items[tag as usize]);
            let (load, worth) = taken.fold((0.0, 0.0), |sum, item| (sum.0 + item.load, sum.1 + item.worth));
            assert!(load <= capacity && (worth - best).abs() < 1e-9, "{load} {worth}, best {best}");
            let found = packed.worth;
            assert!((found - best).abs() <= 1e-9 * (1.0 + best), "{found} {best} {capacity} {items:?}");
            let mut sorted = items;
            sorted.retain(|item| item.load <= capacity);
            sorted.sort_by(|a, b| b.ratio().total_cmp(&a.ratio()));
            below_fractional += usize::from(fractional_worth(&sorted, capacity) > best + 0.5);
        }
        assert!(below_fractional > 50, "only {below_fractional} knapsacks need whole items");
    }

    #[test]
    fn a_large_knapsack_is_settled_between_its_greedy_and_its_fractional_value() {
        let mut random = Random::new(12, "knapsack of the verifier");
        let items: Vec<Item> = (0..300)
            .map(|tag| {
                let load = 1.0 + random.below(90) as f64;
                Item { worth: load * 3.0 + random.below(40) as f64 / 8.0, load, tag }
            })
            .collect();
        let found = pack(items.clone(), 1500.0).worth;
        // Dynamic programming over the capacity.
        let mut table = vec![0.0f64; 1501];
        for item in &items {
            let load = item.load as usize;
            for room in (load..=1500).rev() {
                table[room] = table[room].max(table[room - load] + item.worth);
            }
        }
        assert!((found - table[1500]).abs() < 1e-6, "{found} {}", table[1500]);
    }
}
