//! What whole units cost a set of customers that is being decided: units that are begun and not filled.
//!
//! At prices `t` of its limits a set `S` of customers is worth `U - L(S) - sum over limits of t * (most - load(S))`: the linear
//! relaxation less the reduced worth that deciding customers wrongly loses, less the room that is left at its price. Where a limit counts
//! whole units, at least `ceil(l / s) - l / s` of a unit stays empty in every kind of load, `l` being the load and `s` the size of
//! a unit. How much of it there is depends on the load modulo the size alone. So the least that the customers
//! still to be decided lose together with what stays empty in one kind is found for every remainder, from the last
//! customer to the first (a shortest path in a table of remainders, as for the group relaxation of Gomory 1965, PNAS 53). With several
//! kinds every group of them has a table with an equal part of what customers lose; the sum of the tables is no more than
//! what all kinds together cost.

use super::pack::Candidate;
use crate::kernel::packs::Block;

/// A kind of load that is counted in whole units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unit {
    /// The kind, in its block.
    pub kind: usize,
    /// Load of a full unit.
    pub size: i64,
    /// What an empty unit costs.
    pub price: f64,
}

impl Default for Unit {
    /// One that nothing is lost to.
    fn default() -> Self {
        Self { kind: 0, size: 1, price: 0.0 }
    }
}

/// Most remainders of a table: two kinds share one where they have no more between them.
const STATES: usize = 4096;
/// Most entries of all tables together.
const ENTRIES: usize = 1 << 20;

/// Tables for the last customers of a search.
#[derive(Debug, Default, Clone)]
pub(super) struct Waste {
    tables: Vec<Table>,
    /// The first customer that the tables know.
    first: usize,
    /// Entries computed so far: the unit of work.
    pub work: u64,
}

/// The least that customers from a position on lose together with what stays empty of one or two kinds.
#[derive(Debug, Default, Clone)]
struct Table {
    units: [Unit; 2],
    /// By position from the first one on, first and second remainder.
    least: Vec<f64>,
}

impl Waste {
    /// Puts all tables aside until they are made anew; their space is kept.
    pub fn clear(&mut self) {
        self.first = usize::MAX;
    }

    /// Makes tables for the candidates of a search from `first` on, or from as far on as there is space for.
    pub fn fill(&mut self, units: &[Unit], candidates: &[Candidate], loads: &Block, first: usize) {
        let mut used = 0;
        let mut at = 0;
        while at < units.len() {
            let pair = units.get(at + 1).filter(|other| (units[at].size * other.size) as usize <= STATES);
            if units[at].size as usize > STATES {
                at += 1;
                continue;
            }
            if self.tables.len() == used {
                self.tables.push(Table::default());
            }
            self.tables[used].units = [units[at], pair.copied().unwrap_or_default()];
            used += 1;
            at += if pair.is_some() { 2 } else { 1 };
        }
        self.tables.truncate(used);
        let states: usize = self.tables.iter().map(Table::states).sum();
        let space = ENTRIES.checked_div(states).unwrap_or_default().saturating_sub(1);
        self.first = if states == 0 { usize::MAX } else { first.max(candidates.len().saturating_sub(space)) };
        if states > 0 {
            let part = 1.0 / used as f64;
            for table in &mut self.tables {
                table.fill(&candidates[self.first..], loads, part);
            }
            self.work += (states * (candidates.len() - self.first + 1)) as u64;
        }
    }

    /// The least that is lost yet when customers from `at` on are to be decided and those before have this load.
    pub fn least(&self, at: usize, load: &[i64]) -> f64 {
        if at < self.first {
            return 0.0;
        }
        self.tables.iter().map(|table| table.at(at - self.first, load)).sum()
    }
}

impl Table {
    /// Remainders of both kinds.
    fn sizes(&self) -> [usize; 2] {
        self.units.map(|unit| unit.size as usize)
    }

    fn states(&self) -> usize {
        self.sizes().into_iter().product()
    }

    fn remainders(&self, load: &[i64]) -> [usize; 2] {
        self.units.map(|unit| (load[unit.kind] % unit.size) as usize)
    }

    fn at(&self, position: usize, load: &[i64]) -> f64 {
        let [a, b] = self.remainders(load);
        self.least[position * self.states() + a * self.sizes()[1] + b]
    }

    fn fill(&mut self, candidates: &[Candidate], loads: &Block, part: f64) {
        let (states, [height, width]) = (self.states(), self.sizes());
        // Every entry is written below.
        self.least.resize(states * (candidates.len() + 1), 0.0);
        let empty = |unit: Unit, left: usize| {
            if left == 0 { 0.0 } else { unit.price * (unit.size - left as i64) as f64 / unit.size as f64 }
        };
        let last = states * candidates.len();
        for a in 0..height {
            for b in 0..width {
                self.least[last + a * width + b] = empty(self.units[0], a) + empty(self.units[1], b);
            }
        }
        for (position, candidate) in candidates.iter().enumerate().rev() {
            let taking = part * (-candidate.reduced).max(0.0);
            let leaving = part * candidate.reduced.max(0.0);
            let [da, db] = self.remainders(loads.at(candidate.row as usize));
            let (before, after) = self.least.split_at_mut((position + 1) * states);
            let (here, next) = (&mut before[position * states..], &after[..states]);
            for a in 0..height {
                let here = &mut here[a * width..(a + 1) * width];
                let left = &next[a * width..(a + 1) * width];
                let taken = &next[(a + da) % height * width..][..width];
                // A load that begins with remainder b ends with (b + db) modulo the width.
                let shifted = taken[db..].iter().chain(&taken[..db]);
                for ((least, left), taken) in here.iter_mut().zip(left).zip(shifted) {
                    *least = (left + leaving).min(taken + taking);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// The least loss and emptiness over all subsets, one by one.
    fn least_of_all(units: &[Unit], candidates: &[Candidate], loads: &Block, begun: &[i64]) -> f64 {
        let mut least = f64::INFINITY;
        for subset in 0..1u32 << candidates.len() {
            let mut load = begun.to_vec();
            let mut lost = 0.0;
            for (at, candidate) in candidates.iter().enumerate() {
                if subset >> at & 1 == 1 {
                    lost += (-candidate.reduced).max(0.0);
                    loads.at(candidate.row as usize).iter().zip(&mut load).for_each(|(more, load)| *load += more);
                } else {
                    lost += candidate.reduced.max(0.0);
                }
            }
            for unit in units {
                let load = load[unit.kind];
                let whole = (load + unit.size - 1) / unit.size;
                lost += unit.price * (whole as f64 - load as f64 / unit.size as f64);
            }
            least = least.min(lost);
        }
        least
    }

    #[test]
    fn tables_never_exceed_the_least_of_all_sets_and_reach_it_where_one_table_has_all_kinds() {
        let mut random = Random::new(1, "waste");
        let mut positive = 0;
        for _ in 0..200 {
            let kinds = 1 + random.below(3);
            let count = 1 + random.below(7);
            let rows: Vec<i64> = (0..kinds * count).map(|_| random.below(30) as i64).collect();
            let loads = Block::new(kinds, rows);
            let candidates: Vec<Candidate> = (0..count)
                .map(|row| {
                    let reduced = random.between(-20, 20) as f64;
                    Candidate { tag: row as u32, row: row as u32, worth: 1.0, reduced, whole: true }
                })
                .collect();
            let units: Vec<Unit> = (0..kinds)
                .map(|kind| Unit { kind, size: 5 + random.below(20) as i64, price: random.below(40) as f64 })
                .collect();
            let begun: Vec<i64> = (0..kinds).map(|_| random.below(50) as i64).collect();
            let mut waste = Waste::default();
            waste.fill(&units, &candidates, &loads, 0);
            for from in 0..=count {
                let found = waste.least(from, &begun);
                let least = least_of_all(&units, &candidates[from..], &loads, &begun);
                assert!(found <= least + 1e-9, "{found} exceeds {least}");
                assert!(kinds == 3 || (found - least).abs() < 1e-9, "{found} is not {least}");
                positive += usize::from(found > 1.0);
            }
        }
        assert!(positive > 300, "{positive} tables say something");
    }

    #[test]
    fn what_there_is_no_space_for_is_left_out() {
        let units = [Unit { kind: 0, size: 64, price: 9.0 }, Unit { kind: 1, size: 64, price: 9.0 }];
        let candidates: Vec<Candidate> =
            (0..400).map(|row| Candidate { tag: row, row, worth: 1.0, reduced: 1.0, whole: true }).collect();
        let loads = Block::new(2, vec![3; 800]);
        let mut waste = Waste::default();
        waste.fill(&units, &candidates, &loads, 0);
        assert!(waste.first > 0 && waste.first < 400);
        assert_eq!(waste.least(waste.first - 1, &[1, 1]), 0.0);
        assert!(waste.least(400, &[1, 1]) > 17.0);
        waste.fill(&[Unit { kind: 0, size: 5000, price: 9.0 }], &candidates, &loads, 0);
        assert_eq!(waste.least(400, &[1, 1]), 0.0);
    }
}
