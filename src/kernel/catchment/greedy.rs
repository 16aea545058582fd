//! A choice of options made one by one: each time the site that is worth most to customers as they stand.
//!
//! At the multipliers of a bound neighbouring sites are worth nearly the same, and the cheapest selection opens several of them
//! for the same customers. Here what an open site offers is taken off what the others are worth. The greedy heuristic for
//! location (Cornuejols, Fisher and Nemhauser 1977, Management Science 23), begun at the multipliers; estimates are renewed
//! only at the top of a heap, since they never fall (Minoux 1978).

use crate::kernel::bound::{Ascent, Coupling, Relaxation, Removed};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// An option with what choosing it would cost on balance, as far as known, and how many had been chosen when that was found out.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Estimate {
    value: f64,
    option: u32,
    age: usize,
}

impl Eq for Estimate {}
impl PartialOrd for Estimate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Estimate {
    fn cmp(&self, other: &Self) -> Ordering {
        // The least value is the greatest entry of the heap.
        other.value.total_cmp(&self.value).then(other.option.cmp(&self.option))
    }
}

/// Chooses one option for each site, in order, where a number of sites of a kind is asked for. `None` where it is not, or where
/// such options cannot be found one by one. The branches of the problem in which every site is decided must be single assignments.
pub(super) fn choose(relaxation: &Relaxation, ascent: &Ascent, removed: &Removed) -> Option<Vec<u32>> {
    let Coupling::Count { kind, least, most, .. } = &relaxation.coupling else { return None };
    let tables = &relaxation.tables;
    let options = tables.options.as_slice();
    let counted = |option: u32| usize::from(kind[option as usize]);
    // What each customer pays at most: its multiplier, and less once a site is open for it.
    let mut pays = ascent.multipliers.cells.clone();
    let mut chosen: Vec<Option<u32>> = (0..tables.sites.len())
        .map(|site| tables.options_of(site).find(|&option| !options[option].serves).map(|option| option as u32))
        .collect();
    let mut total: usize = chosen.iter().flatten().map(|&option| counted(option)).sum();
    let value = |option: usize, pays: &[f64]| options[option].cost - drawn(relaxation, removed, option, pays).0;
    let mut heap: BinaryHeap<Estimate> = (0..options.len())
        .filter(|&option| options[option].serves && ascent.evaluation.values[option].is_finite())
        .map(|option| Estimate { value: value(option, &pays), option: option as u32, age: 0 })
        .collect();
    let mut age = 0;
    let mut taken = vec![false; tables.sites.len()];
    while let Some(best) = heap.pop() {
        let site = options[best.option as usize].site as usize;
        if taken[site] {
            continue;
        }
        if best.age < age {
            heap.push(Estimate { value: value(best.option as usize, &pays), age, ..best });
            continue;
        }
        let after = total - chosen[site].map_or(0, counted) + counted(best.option);
        let needed = chosen[site].is_none() || (total < *least && after > total);
        if after > *most || (!needed && best.value >= 0.0) {
            continue;
        }
        for (cell, cost) in drawn(relaxation, removed, best.option as usize, &pays).1 {
            pays[cell as usize] = pays[cell as usize].min(cost);
        }
        (chosen[site], taken[site], total) = (Some(best.option), true, after);
        age += 1;
    }
    let chosen: Option<Vec<u32>> = chosen.into_iter().collect();
    chosen.filter(|options| relaxation.coupling.admits(options))
}

/// What the customers whom an option draws save together, and who they are with what they cost there: those who save most
/// for their load, as long as there is room.
fn drawn(relaxation: &Relaxation, removed: &Removed, option: usize, pays: &[f64]) -> (f64, Vec<(u32, f64)>) {
    let tables = &relaxation.tables;
    let site = tables.options.as_slice()[option].site as usize;
    let mut room = tables.capacity(option).map_or(f64::INFINITY, |limit| limit.max);
    let mut items: Vec<(f64, f64, u32, f64)> = Vec::new();
    for position in tables.positions(site) {
        let cell = tables.cell[position];
        let saves = pays[cell as usize] - tables.cost[position];
        if saves > 0.0 && !removed.contains(position as u32) {
            let load = tables.load[position];
            items.push((saves / load.max(1e-9), load, cell, saves));
        }
    }
    items.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
    let mut worth = 0.0;
    let mut customers = Vec::new();
    for (_, load, cell, saves) in items {
        if load <= room {
            room -= load;
            worth += saves;
            customers.push((cell, pays[cell as usize] - saves));
        }
    }
    (worth, customers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::bound::{AscentOptions, Excluded};
    use crate::kernel::builder::{ProblemBuilder, RowDraft};
    use crate::kernel::problem::Problem;
    use crate::random::Random;

    /// Villages on a line, each a site with room for `room` of them; exactly `open` are to be open.
    fn line(places: &[f64], room: i64, open: usize) -> Problem {
        let mut builder = ProblemBuilder::new();
        let pupils = builder.commodity("pupils");
        let load = builder.load(pupils);
        let mut row = RowDraft { lower: open as f64, upper: open as f64, ..RowDraft::new("open") };
        let sites: Vec<_> = (0..places.len())
            .map(|at| {
                let site = builder.site(format!("s{at}"));
                builder.shut(site);
                let option = builder.option(site, "open", 0.0);
                builder.capacity(option, load, room);
                row.options.push((option, 1.0));
                site
            })
            .collect();
        builder.row(row);
        for (at, place) in places.iter().enumerate() {
            let customer = builder.customer(format!("v{at}"), [(pupils, 1)]);
            for (&site, other) in sites.iter().zip(places) {
                builder.arc(customer, site, (place - other).abs());
            }
        }
        builder.build().expect("consistent").problem
    }

    /// The choice at the multipliers with which the climb begins.
    fn choice(relaxation: &Relaxation) -> Option<Vec<u32>> {
        let tables = &relaxation.tables;
        let (removed, excluded) = (Removed::none(tables.arc.len()), Excluded::none(tables.options.len()));
        let mut evaluator = relaxation.evaluator();
        let start = relaxation.start(&mut evaluator, &removed, &excluded);
        let options = AscentOptions {
            steps: 0,
            target: f64::INFINITY,
            enough: f64::INFINITY,
            factor: 1.0,
            least_factor: 0.01,
            patience: 10,
            reach: 0.05,
        };
        let ascent = relaxation.climb(&mut evaluator, &removed, &excluded, start, &options, &|| false);
        choose(relaxation, &ascent, &removed)
    }

    /// The same as places of the open sites.
    fn chosen(problem: &Problem, places: &[f64]) -> Vec<f64> {
        let relaxation = Relaxation::new(problem);
        let choice = choice(&relaxation).expect("a number of sites is asked for");
        assert_eq!(choice.len(), places.len());
        let tables = &relaxation.tables;
        let serves = |option: u32| tables.options.as_slice()[option as usize].serves;
        places.iter().zip(choice).filter(|&(_, option)| serves(option)).map(|(&place, _)| place).collect()
    }

    #[test]
    fn what_is_served_already_is_not_served_twice() {
        // Three villages close together and three far from there: one school for each three, not two for the same.
        let places = [0.0, 1.0, 2.0, 100.0, 101.0, 102.0];
        assert_eq!(chosen(&line(&places, 3, 2), &places), [1.0, 101.0]);
    }

    #[test]
    fn as_many_sites_open_as_are_asked_for() {
        let mut random = Random::new(5, "greedy");
        for _ in 0..50 {
            let count = 3 + random.below(10);
            let places: Vec<f64> = (0..count).map(|_| random.between(0, 100) as f64).collect();
            let open = 1 + random.below(count);
            let room = random.between(1, 4);
            assert_eq!(chosen(&line(&places, room, open), &places).len(), open);
        }
    }

    #[test]
    fn without_a_number_asked_for_there_is_no_choice() {
        let mut problem = line(&[0.0, 1.0], 2, 1);
        problem.rows.clear();
        assert_eq!(choice(&Relaxation::new(&problem)), None);
    }
}
