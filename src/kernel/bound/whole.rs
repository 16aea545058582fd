//! The 0/1 knapsack: fixing by the break price, then dynamic programming over the capacity that is left to the undecided
//! items, or depth-first search where that is large.
//!
//! Martello and Toth (1990), Knapsack Problems, chapter 2. Where the search would take too long the fractional optimum
//! stands in, which is valid but weaker.

/// An item that may be taken or left, with its worth and its load, both positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choosable {
    /// What taking it is worth.
    pub worth: f64,
    /// What it takes of the capacity.
    pub load: f64,
    /// Worth for one unit of load.
    ratio: f64,
    /// The caller's own number for it.
    pub tag: u32,
}

impl Choosable {
    /// An item.
    pub fn new(worth: f64, load: f64, tag: u32) -> Self {
        Self { worth, load, ratio: worth / load, tag }
    }
}

/// What a knapsack came to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Packed {
    /// Upper bound on the worth of every choice that fits: exact unless the search was too long.
    pub worth: f64,
    /// The fractional optimum.
    pub fractional: f64,
    /// Worth of one unit of capacity in the fractional optimum.
    pub price: f64,
}

/// Nodes after which the search gives up.
const MOST_NODES: usize = 400;
/// Cells of the largest table of the dynamic program.
const MOST_CELLS: usize = 40_000;
/// Relative distance within which worths count as equal.
const CLOSE: f64 = 1e-12;

/// Solves knapsacks, keeping scratch space.
#[derive(Debug, Default, Clone)]
pub struct Knapsack {
    core: Vec<Choosable>,
    /// Which items of the core are taken on the way and in the best choice.
    taken: Vec<bool>,
    best_taken: Vec<bool>,
    best: f64,
    nodes: usize,
    /// Best worth by number of items and capacity.
    table: Vec<f64>,
    /// Items looked at so far: the unit of work.
    pub work: u64,
}

impl Knapsack {
    /// Chooses among `items`, which it reorders; those taken are moved to the front, and their number is returned.
    pub fn pack(&mut self, items: &mut Vec<Choosable>, capacity: f64) -> (Packed, usize) {
        items.retain(|item| item.load <= capacity);
        self.work += 4 * items.len() as u64 + 2;
        let (all_load, all_worth) = items.iter().fold((0.0, 0.0), |sum, item| (sum.0 + item.load, sum.1 + item.worth));
        if all_load <= capacity {
            return (Packed { worth: all_worth, fractional: all_worth, price: 0.0 }, items.len());
        }
        items.sort_unstable_by(|a, b| b.ratio.total_cmp(&a.ratio).then(a.tag.cmp(&b.tag)));
        let (mut first, mut room, mut worth) = (0, capacity, 0.0);
        while items[first].load <= room {
            room -= items[first].load;
            worth += items[first].worth;
            first += 1;
        }
        let price = items[first].worth / items[first].load;
        let fractional = worth + room * price;
        // Filling up greedily gives a first choice.
        let (mut filled, mut spare) = (worth, room);
        for item in &items[first..] {
            if item.load <= spare {
                spare -= item.load;
                filled += item.worth;
            }
        }
        // What changing an item from the fractional optimum loses decides all but the core.
        let slack = fractional - filled + CLOSE * fractional;
        let undecided = |item: &Choosable| (item.worth - price * item.load).abs() < slack;
        self.core.clear();
        let (mut base, mut left) = (0.0, capacity);
        for (at, item) in items.iter().enumerate() {
            if undecided(item) {
                self.core.push(*item);
            } else if at < first {
                base += item.worth;
                left -= item.load;
            }
        }
        self.taken.clear();
        self.taken.resize(self.core.len(), false);
        self.best_taken.clear();
        self.best_taken.resize(self.core.len(), false);
        // The greedy choice restricted to the core is the one to beat.
        let mut spare = left;
        self.best = 0.0;
        for (item, taken) in self.core.iter().zip(&mut self.best_taken) {
            if item.load <= spare {
                spare -= item.load;
                self.best += item.worth;
                *taken = true;
            }
        }
        let width = left as usize + 1;
        let whole = |item: &Choosable| item.load == item.load.trunc();
        let finished = if self.core.len() > 4
            && left < MOST_CELLS as f64
            && (self.core.len() + 1) * width <= MOST_CELLS
            && self.core.iter().all(whole)
        {
            self.fill(width);
            true
        } else {
            self.nodes = 0;
            let finished = self.search(0, 0.0, left, CLOSE * fractional);
            self.work += self.nodes as u64;
            finished
        };
        let worth = if finished { (base + self.best + CLOSE * fractional).min(fractional) } else { fractional };
        // Taken items first: those decided, then those of the core.
        let mut front = 0;
        let mut core = 0;
        for at in 0..items.len() {
            let take = if undecided(&items[at]) {
                core += 1;
                self.best_taken[core - 1]
            } else {
                at < first
            };
            if take {
                items.swap(front, at);
                front += 1;
            }
        }
        (Packed { worth, fractional, price }, front)
    }

    /// Dynamic programming over the core with whole loads and `width - 1` units of capacity.
    fn fill(&mut self, width: usize) {
        let count = self.core.len();
        self.work += (count * width / 8) as u64;
        self.table.clear();
        self.table.resize((count + 1) * width, 0.0);
        for (at, item) in self.core.iter().enumerate() {
            let (before, after) = self.table.split_at_mut((at + 1) * width);
            let (before, after) = (&before[at * width..], &mut after[..width]);
            let load = (item.load as usize).min(width);
            after[..load].copy_from_slice(&before[..load]);
            for ((cell, &without), &with) in after[load..].iter_mut().zip(&before[load..]).zip(before) {
                *cell = without.max(with + item.worth);
            }
        }
        let mut room = width - 1;
        let best = self.table[count * width + room];
        if best > self.best {
            self.best = best;
            for at in (0..count).rev() {
                let take = self.table[(at + 1) * width + room] > self.table[at * width + room];
                self.best_taken[at] = take;
                if take {
                    room -= self.core[at].load as usize;
                }
            }
        }
    }

    /// Whether the search ended before the limit on nodes.
    fn search(&mut self, from: usize, worth: f64, room: f64, close: f64) -> bool {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return false;
        }
        if worth > self.best {
            self.best = worth;
            self.best_taken.clone_from(&self.taken);
        }
        // What the items from here on can add at most.
        let (mut most, mut spare) = (worth, room);
        for item in &self.core[from..] {
            if item.load <= spare {
                spare -= item.load;
                most += item.worth;
            } else {
                most += spare * item.worth / item.load;
                break;
            }
        }
        if from == self.core.len() || most <= self.best + close {
            return true;
        }
        let item = self.core[from];
        if item.load <= room {
            self.taken[from] = true;
            let finished = self.search(from + 1, worth + item.worth, room - item.load, close);
            self.taken[from] = false;
            if !finished {
                return false;
            }
        }
        self.search(from + 1, worth, room, close)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn the_choice_is_the_best_of_all_subsets() {
        let mut random = Random::new(3, "knapsack");
        let mut knapsack = Knapsack::default();
        for _ in 0..400 {
            let count = 1 + random.below(11);
            let items: Vec<Choosable> = (0..count)
                .map(|tag| Choosable::new(1.0 + random.below(40) as f64, 1.0 + random.below(20) as f64, tag as u32))
                .collect();
            let capacity = random.below(90) as f64;
            let best = (0..1u32 << count)
                .filter_map(|set| {
                    let chosen = items.iter().filter(|item| set >> item.tag & 1 == 1);
                    let (load, worth) = chosen.fold((0.0, 0.0), |sum, i| (sum.0 + i.load, sum.1 + i.worth));
                    (load <= capacity).then_some(worth)
                })
                .fold(0.0, f64::max);
            let mut order = items.clone();
            let (packed, taken) = knapsack.pack(&mut order, capacity);
            assert!((packed.worth - best).abs() < 1e-9, "{packed:?} {best}");
            assert!(packed.fractional >= best);
            let chosen = &order[..taken];
            assert_eq!(chosen.iter().map(|item| item.worth).sum::<f64>(), best);
            assert!(chosen.iter().map(|item| item.load).sum::<f64>() <= capacity);
        }
    }
}
