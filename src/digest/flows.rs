//! Who changes school: pupils by school before and after, and how their way changes.

use super::trips::Trip;
use crate::domain::district::Stage;
use std::collections::BTreeMap;

/// Pupils who go to `to` and belonged to `from`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flow {
    /// Head count.
    pub pupils: i64,
    /// Pupils × metres on the old way, of those for whom both ways are known.
    pub before: i64,
    /// Pupils × metres on the new way, of those for whom both ways are known.
    pub after: i64,
    /// Pupils for whom both ways are known.
    pub measured: i64,
}

/// The comparison of two sets of trips.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flows {
    /// Pupils by (stage, old site, new site); `None` for a unit that had no site before.
    pub between: BTreeMap<(Stage, Option<String>, String), Flow>,
    /// What changes for every unit and stage that has pupils after.
    pub units: BTreeMap<(String, Stage), UnitChange>,
}

/// What changes for the pupils of one unit and stage.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnitChange {
    /// Pupils after.
    pub pupils: i64,
    /// Pupils who change school.
    pub moved: i64,
    /// Mean way before in metres, rounded; `None` where it is not known.
    pub before: Option<i64>,
    /// Mean way after in metres, rounded; `None` where it is not known.
    pub after: Option<i64>,
    /// Sites before, in order of their keys.
    pub old: Vec<String>,
    /// Sites after, in order of their keys.
    pub new: Vec<String>,
}

impl Flows {
    /// Pupils who change school.
    pub fn moved(&self) -> i64 {
        self.between.iter().filter(|((_, from, to), _)| from.as_ref() != Some(to)).map(|(_, flow)| flow.pupils).sum()
    }
}

/// A site with pupils and their way.
type Part = (String, i64, Option<i64>);

/// Compares the trips `before` with those `after`, unit by unit and stage by stage.
///
/// The head counts of the two may differ (another year, another forecast): the shares of the old sites are then applied
/// to the new count by largest remainder. As many pupils as possible stay; the others are matched in order of the sites' keys.
pub fn flows<'a>(before: impl IntoIterator<Item = &'a Trip>, after: impl IntoIterator<Item = &'a Trip>) -> Flows {
    let old = parts(before);
    let new = parts(after);
    let mut flows = Flows::default();
    for ((unit, stage), now) in new {
        let then = old.get(&(unit.clone(), stage)).map_or(&[][..], Vec::as_slice);
        let total: i64 = now.iter().map(|part| part.1).sum();
        let then = apportion(then, total);
        let mut change = UnitChange {
            pupils: total,
            moved: 0,
            before: mean(&then),
            after: mean(&now),
            old: then.iter().map(|part| part.0.clone()).collect(),
            new: now.iter().map(|part| part.0.clone()).collect(),
        };
        for (from, to, pupils) in matched(&then, &now) {
            let site = &now[to].0;
            let source = from.map(|from| &then[from]);
            if source.map(|part| &part.0) != Some(site) {
                change.moved += pupils;
            }
            let flow = flows.between.entry((stage, source.map(|part| part.0.clone()), site.clone())).or_default();
            flow.pupils += pupils;
            if let (Some(then), Some(now)) = (source.and_then(|part| part.2), now[to].2) {
                flow.before += then * pupils;
                flow.after += now * pupils;
                flow.measured += pupils;
            }
        }
        flows.units.insert((unit, stage), change);
    }
    flows
}

/// Pupils and metres of the sites of a unit's stage.
type BySite = BTreeMap<String, (i64, Option<i64>)>;

fn parts<'a>(trips: impl IntoIterator<Item = &'a Trip>) -> BTreeMap<(String, Stage), Vec<Part>> {
    let mut all: BTreeMap<(String, Stage), BySite> = BTreeMap::new();
    for trip in trips.into_iter().filter(|trip| trip.pupils > 0) {
        let sites = all.entry((trip.unit.clone(), trip.stage)).or_default();
        let entry = sites.entry(trip.site.clone()).or_insert((0, trip.metres));
        entry.0 += trip.pupils;
    }
    all.into_iter()
        .map(|(key, sites)| (key, sites.into_iter().map(|(site, (pupils, metres))| (site, pupils, metres)).collect()))
        .collect()
}

/// The shares of `parts` applied to `total` pupils, by largest remainder, ties to the earlier part.
fn apportion(parts: &[Part], total: i64) -> Vec<Part> {
    let sum: i64 = parts.iter().map(|part| part.1).sum();
    if sum == 0 || sum == total {
        return parts.to_vec();
    }
    let mut shares: Vec<Part> =
        parts.iter().map(|(site, pupils, metres)| (site.clone(), pupils * total / sum, *metres)).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(parts[index].1 * total % sum));
    let missing = total - shares.iter().map(|part| part.1).sum::<i64>();
    for &index in order.iter().take(missing as usize) {
        shares[index].1 += 1;
    }
    shares
}

/// Matches old and new parts: (old, new, pupils). Pupils stay where they can.
fn matched(then: &[Part], now: &[Part]) -> Vec<(Option<usize>, usize, i64)> {
    let mut left: Vec<i64> = then.iter().map(|part| part.1).collect();
    let mut wanted: Vec<i64> = now.iter().map(|part| part.1).collect();
    let mut pairs = Vec::new();
    for (to, part) in now.iter().enumerate() {
        if let Some(from) = then.iter().position(|old| old.0 == part.0) {
            let stay = left[from].min(wanted[to]);
            if stay > 0 {
                pairs.push((Some(from), to, stay));
                left[from] -= stay;
                wanted[to] -= stay;
            }
        }
    }
    for (to, mut wanted) in wanted.into_iter().enumerate() {
        for (from, left) in left.iter_mut().enumerate() {
            let moved = (*left).min(wanted);
            if moved > 0 {
                pairs.push((Some(from), to, moved));
                *left -= moved;
                wanted -= moved;
            }
        }
        if wanted > 0 {
            pairs.push((None, to, wanted));
        }
    }
    pairs
}

fn mean(parts: &[Part]) -> Option<i64> {
    let pupils: i64 = parts.iter().map(|part| part.1).sum();
    let total: Option<i64> = parts.iter().map(|part| part.2.map(|metres| metres * part.1)).sum();
    total.filter(|_| pupils > 0).map(|total| (2 * total + pupils) / (2 * pupils))
}
