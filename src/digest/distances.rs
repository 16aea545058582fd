//! How far pupils go: totals, mean, longest way, quantiles and histogram.

use super::trips::Trip;

/// The distribution of daily distances over pupils. Boarders travel weekly and are counted apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Distances {
    /// Pupils with a known daily way.
    pub pupils: i64,
    /// Pupils × metres, one way.
    pub pupil_metres: i64,
    /// Pupils whose way is not known.
    pub unknown: i64,
    /// Pupils who board.
    pub boarders: i64,
    /// (metres, pupils), ascending, every distance once.
    ways: Vec<(i64, i64)>,
}

impl Distances {
    /// The distribution over some trips.
    pub fn of<'a>(trips: impl IntoIterator<Item = &'a Trip>) -> Self {
        let mut all = Self::default();
        let mut ways = Vec::new();
        for trip in trips.into_iter().filter(|trip| trip.pupils > 0) {
            match trip.metres {
                _ if trip.boarding => all.boarders += trip.pupils,
                Some(metres) => ways.push((metres, trip.pupils)),
                None => all.unknown += trip.pupils,
            }
        }
        ways.sort_unstable();
        for (metres, pupils) in ways {
            all.pupils += pupils;
            all.pupil_metres += metres * pupils;
            match all.ways.last_mut() {
                Some(last) if last.0 == metres => last.1 += pupils,
                _ => all.ways.push((metres, pupils)),
            }
        }
        all
    }

    /// Mean way in metres; `None` without pupils.
    pub fn mean(&self) -> Option<f64> {
        (self.pupils > 0).then(|| self.pupil_metres as f64 / self.pupils as f64)
    }

    /// Longest way in metres; `None` without pupils.
    pub fn longest(&self) -> Option<i64> {
        self.ways.last().map(|&(metres, _)| metres)
    }

    /// The least distance in metres that at least `share` of the pupils do not exceed; `None` without pupils.
    pub fn quantile(&self, share: f64) -> Option<i64> {
        let wanted = (share * self.pupils as f64).ceil() as i64;
        let mut seen = 0;
        self.ways
            .iter()
            .find(|&&(_, pupils)| {
                seen += pupils;
                seen >= wanted
            })
            .map(|&(metres, _)| metres)
    }

    /// Mean way in metres of each tenth of the pupils, from the tenth with the shortest ways to the one with the longest;
    /// `None` without pupils. A pupil on the border of two tenths counts in each in part, so that the mean of the ten is the
    /// mean of all.
    pub fn tenths(&self) -> Option<[f64; 10]> {
        let mut sums = [0; 10];
        // In tenths of a pupil, so that every tenth has as many of them as there are pupils.
        let (each, mut seen) = (self.pupils, 0);
        for &(metres, pupils) in &self.ways {
            let mut left = 10 * pupils;
            while left > 0 {
                let tenth = seen / each;
                let part = left.min((tenth + 1) * each - seen);
                sums[tenth as usize] += metres * part;
                seen += part;
                left -= part;
            }
        }
        (each > 0).then(|| sums.map(|sum| sum as f64 / each as f64))
    }

    /// Pupils whose way is longer than `metres`.
    pub fn beyond(&self, metres: i64) -> i64 {
        self.ways.iter().filter(|&&(way, _)| way > metres).map(|&(_, pupils)| pupils).sum()
    }

    /// Pupils by steps of `step` metres: entry k counts ways of more than `k * step` and at most `(k + 1) * step` (the
    /// first also those of 0), and the last entry everything longer. `bins` is at least 1.
    pub fn histogram(&self, step: i64, bins: usize) -> Vec<i64> {
        let mut counts = vec![0; bins.max(1)];
        let last = counts.len() - 1;
        for &(metres, pupils) in &self.ways {
            let bin = ((metres - 1).max(0) / step.max(1)) as usize;
            counts[bin.min(last)] += pupils;
        }
        counts
    }
}

/// A step in metres, of the series 1, 2, 5, with which `longest` needs at most `bins` entries of a histogram.
pub fn step_for(longest: i64, bins: usize) -> i64 {
    let bins = bins.max(1) as i64;
    let mut base = 100;
    loop {
        for step in [base, 2 * base, 5 * base] {
            if step * bins >= longest {
                return step;
            }
        }
        base *= 10;
    }
}
