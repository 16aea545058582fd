//! Sums by key that a planned move makes: few keys out of many, added to, read in the order of their first mention, forgotten.

/// A sparse vector that is filled and emptied again and again. Memory is linear in the number of keys, time in what is touched.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// For every key the round in which it was last mentioned, and where its sum stands.
    at: Vec<(u32, u32)>,
    round: u32,
    entries: Vec<(u32, f64)>,
}

/// A copy remembers nothing: sums do not outlive the move that they are made for.
impl Clone for Sums {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Sums {
    /// Makes room for keys below `keys` and forgets all sums.
    pub fn begin(&mut self, keys: usize) {
        if self.at.len() < keys {
            self.at.resize(keys, (0, 0));
        }
        self.entries.clear();
        if self.round == u32::MAX {
            self.at.fill((0, 0));
            self.round = 0;
        }
        self.round += 1;
    }

    /// Adds to the sum of a key.
    pub fn add(&mut self, key: u32, value: f64) {
        let at = &mut self.at[key as usize];
        if at.0 == self.round {
            self.entries[at.1 as usize].1 += value;
        } else {
            *at = (self.round, self.entries.len() as u32);
            self.entries.push((key, value));
        }
    }

    /// The number of keys mentioned.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The key mentioned as number `index`, with its sum.
    pub fn entry(&self, index: usize) -> (u32, f64) {
        self.entries[index]
    }

    /// The keys in the order of their first mention, with their sums.
    pub fn iter(&self) -> impl Iterator<Item = (u32, f64)> + '_ {
        self.entries.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_added_by_key_and_forgotten_between_rounds() {
        let mut sums = Sums::default();
        for round in 0..3 {
            sums.begin(4 + round);
            assert_eq!(sums.len(), 0);
            sums.add(3, 1.0);
            sums.add(0, 2.0);
            sums.add(3, 0.5);
            assert_eq!(sums.iter().collect::<Vec<_>>(), [(3, 1.5), (0, 2.0)]);
        }
        sums.round = u32::MAX;
        sums.begin(4);
        sums.add(3, 7.0);
        assert_eq!(sums.iter().collect::<Vec<_>>(), [(3, 7.0)]);
        assert_eq!(sums.clone().len(), 0);
    }
}
