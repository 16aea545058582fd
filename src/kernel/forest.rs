//! Things that hang together, directly or through others (union-find).

/// Disjoint sets of the numbers from zero on.
#[derive(Debug, Clone)]
pub struct Forest {
    /// Every number points towards the least of its set.
    root: Vec<u32>,
}

impl Forest {
    /// So many numbers, each alone.
    pub fn new(count: usize) -> Self {
        Self { root: (0..count as u32).collect() }
    }

    /// Puts two sets together.
    pub fn join(&mut self, first: u32, second: u32) {
        let (first, second) = (self.find(first), self.find(second));
        self.root[first.max(second) as usize] = first.min(second);
    }

    /// Puts the sets of all that is listed together.
    pub fn join_all(&mut self, mut list: impl Iterator<Item = u32>) {
        if let Some(first) = list.next() {
            list.for_each(|other| self.join(first, other));
        }
    }

    /// Number of the set of every number in the order of their least members, and how many sets there are.
    pub fn numbers(mut self) -> (Vec<u32>, usize) {
        let mut number = vec![0; self.root.len()];
        let mut count = 0;
        for at in 0..self.root.len() as u32 {
            let least = self.find(at);
            number[at as usize] = if least == at { count } else { number[least as usize] };
            count += u32::from(least == at);
        }
        (number, count as usize)
    }

    fn find(&mut self, of: u32) -> u32 {
        let mut at = of;
        while self.root[at as usize] != at {
            // Halves the way for those who come after.
            self.root[at as usize] = self.root[self.root[at as usize] as usize];
            at = self.root[at as usize];
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_through_others_is_one_set() {
        let mut forest = Forest::new(7);
        forest.join(5, 3);
        forest.join_all([6, 1, 5].into_iter());
        forest.join_all(std::iter::empty());
        forest.join_all([4].into_iter());
        assert_eq!(forest.numbers(), (vec![0, 1, 2, 1, 3, 1, 1], 4));
        assert_eq!(Forest::new(0).numbers(), (vec![], 0));
    }
}
