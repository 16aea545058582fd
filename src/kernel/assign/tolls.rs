//! What each item of a knapsack costs when it must be taken, or must be left: exactly, by dynamic programming from both ends.
//!
//! Posta, Ferland and Michelon (2012), Computational Optimization and Applications 52, use the same numbers to fix variables
//! of the generalised assignment problem.

/// An item with a whole load; its worth may be negative.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    /// What taking it is worth.
    pub worth: f64,
    /// What it takes of the capacity.
    pub load: usize,
}

/// What the best choice loses when an item must be taken and when it must be left; at least 0. Taking an item that does not
/// fit costs infinitely much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Toll {
    /// When it must be taken.
    pub taking: f64,
    /// When it must be left.
    pub leaving: f64,
}

/// Works out tolls, keeping scratch space.
#[derive(Debug, Default)]
pub struct Tolls {
    /// Best worth of the items before each one, and of those from it on, by capacity.
    before: Vec<f64>,
    after: Vec<f64>,
    /// Work in arc visits, two table cells each.
    pub work: u64,
}

impl Tolls {
    /// The cells of the tables for so many items.
    pub fn cells(items: usize, capacity: usize) -> usize {
        (items + 1) * (capacity + 1)
    }

    /// The toll of every item within a capacity.
    pub fn of(&mut self, items: &[Item], capacity: usize) -> Vec<Toll> {
        let width = capacity + 1;
        let paying: Vec<usize> =
            (0..items.len()).filter(|&i| items[i].worth > 0.0 && items[i].load <= capacity).collect();
        let count = paying.len();
        self.work += Self::cells(count, capacity) as u64 / 2;
        self.before.clear();
        self.before.resize((count + 1) * width, 0.0);
        self.after.clear();
        self.after.resize((count + 1) * width, 0.0);
        for (at, &index) in paying.iter().enumerate() {
            let (known, new) = self.before.split_at_mut((at + 1) * width);
            take(&known[at * width..], &mut new[..width], items[index]);
        }
        for (at, &index) in paying.iter().enumerate().rev() {
            let (new, known) = self.after.split_at_mut((at + 1) * width);
            take(&known[..width], &mut new[at * width..], items[index]);
        }
        let best = self.before[count * width + capacity];
        let mut tolls: Vec<Toll> = items
            .iter()
            .map(|item| {
                let taking = match capacity.checked_sub(item.load) {
                    Some(left) => best - item.worth - self.before[count * width + left],
                    None => f64::INFINITY,
                };
                Toll { taking, leaving: 0.0 }
            })
            .collect();
        for (at, &index) in paying.iter().enumerate() {
            let before = &self.before[at * width..(at + 1) * width];
            let after = &self.after[(at + 1) * width..(at + 2) * width];
            let others = |room: usize| {
                let pairs = before[..=room].iter().zip(after[..=room].iter().rev());
                pairs.map(|(a, b)| a + b).fold(0.0, f64::max)
            };
            let item = items[index];
            tolls[index] = Toll {
                taking: (best - item.worth - others(capacity - item.load)).max(0.0),
                leaving: (best - others(capacity)).max(0.0),
            };
        }
        tolls
    }
}

/// Best worth by capacity with one item more.
fn take(known: &[f64], new: &mut [f64], item: Item) {
    let (untouched, with) = new.split_at_mut(item.load);
    untouched.copy_from_slice(&known[..item.load]);
    for ((slot, &without), &room) in with.iter_mut().zip(&known[item.load..]).zip(known) {
        *slot = without.max(room + item.worth);
    }
}
