//! What a planned move would change, without making it.

use super::sums::Sums;
use super::{STRUCTURAL, Score, State, limit_score, pair_score, units};
use crate::id::{ArcId, CustomerId, Id, OptionId, SiteId};
use crate::kernel::problem::Problem;
use crate::kernel::tables::{EffectKind, Tables};

/// Sums that a planned move makes, kept to save allocations.
#[derive(Debug, Clone, Default)]
pub(super) struct Scratch {
    /// Values of measures at sites, by [`Tables::value_at`].
    values: Sums,
    /// Loads that are counted in whole units, by site and term.
    units: Sums,
    rows: Sums,
}

impl State<'_> {
    /// The change of the score when customers, each served wholly (or not at all) now, are served over other arcs.
    /// No customer twice.
    pub fn delta(&mut self, changes: &[(CustomerId, ArcId)]) -> Score {
        let (problem, tables) = (self.problem, self.tables);
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.begin(self);
        let mut delta = Score::ZERO;
        for &(customer, to) in changes {
            let arc = &problem.arcs[to];
            delta.cost += arc.cost;
            delta.hard += self.misfit(customer, arc.site);
            if let Some(from) = self.arc_of(customer) {
                let old = &problem.arcs[from];
                delta.cost -= old.cost;
                delta.hard -= self.misfit(customer, old.site);
                scratch.touch(tables, problem, from, old.site.0, -1.0);
            } else {
                delta.hard -= STRUCTURAL;
            }
            scratch.touch(tables, problem, to, arc.site.0, 1.0);
            for &(other, pair) in tables.pairs_of.of(customer.index()) {
                let partner = changes.iter().find(|change| change.0.0 == other);
                if partner.is_some() && other < customer.0 {
                    continue;
                }
                let before = self.site_of(customer) != self.site_of(CustomerId(other));
                let there = partner.map_or(self.site_of(CustomerId(other)), |&(_, arc)| problem.arcs[arc].site.0);
                let after = arc.site.0 != there;
                delta += pair_score(tables, problem.pairs[pair as usize].price, after)
                    - pair_score(tables, problem.pairs[pair as usize].price, before);
                if let Some(list) = tables.pair_counted[pair as usize] {
                    count(tables, &mut scratch.rows, list, f64::from(i8::from(after) - i8::from(before)));
                }
            }
        }
        for (key, diff) in scratch.units.iter() {
            let (site, term) = (key / tables.terms() as u32, key % tables.terms() as u32);
            let (commodity, measure, size) = tables.term(term);
            let before = self.loads[site as usize * tables.commodities + commodity as usize];
            let diff = units(before + diff, size) - units(before, size);
            scratch.values.add(tables.value_at(site, measure), diff);
        }
        for (key, diff) in scratch.values.iter() {
            if diff == 0.0 {
                continue;
            }
            let before = self.values[key as usize];
            let (site, measure) = (key as usize / tables.measures, (key as usize % tables.measures) as u32);
            for limit in tables.limits_on(self.chosen[site], measure) {
                let after = before + diff;
                delta += limit_score(limit, after) - limit_score(limit, before);
                if let Some(list) = limit.counted {
                    count(tables, &mut scratch.rows, list, limit.excess(after) - limit.excess(before));
                }
            }
        }
        delta += self.rows_delta(&mut scratch.rows);
        self.scratch = scratch;
        delta
    }

    /// The change of option costs and rows when sites take other options: what does not depend on who is served there.
    pub fn options_delta(&mut self, changes: &[(SiteId, OptionId)]) -> Score {
        let (problem, tables) = (self.problem, self.tables);
        let mut rows = std::mem::take(&mut self.scratch.rows);
        rows.begin(self.rows.len());
        let mut delta = Score::ZERO;
        for &(site, option) in changes {
            let now = self.option(site);
            delta.cost += problem.options[option].cost - problem.options[now].cost;
            for (option, sign) in [(now, -1.0), (option, 1.0)] {
                for &(row, factor) in tables.option_rows.of(option.index()) {
                    rows.add(row, sign * factor);
                }
            }
        }
        delta += self.rows_delta(&mut rows);
        self.scratch.rows = rows;
        delta
    }

    /// The change of the score when rows and ceilings move; ceilings that count the overflow of rows move with them.
    fn rows_delta(&self, rows: &mut Sums) -> Score {
        let tables = self.tables;
        for index in 0..rows.len() {
            let (row, diff) = rows.entry(index);
            let flat = &tables.rows[row as usize];
            if let Some(list) = flat.counted {
                let before = self.rows[row as usize];
                count(tables, rows, list, flat.excess(before + diff) - flat.excess(before));
            }
        }
        let mut delta = Score::ZERO;
        for (row, diff) in rows.iter() {
            let before = self.rows[row as usize];
            delta += self.row_score(row as usize, before + diff) - self.row_score(row as usize, before);
        }
        delta
    }
}

impl Scratch {
    fn begin(&mut self, state: &State<'_>) {
        self.values.begin(state.values.len());
        self.units.begin(state.problem.sites.len() * state.tables.terms());
        self.rows.begin(state.rows.len());
    }

    fn touch(&mut self, tables: &Tables, problem: &Problem, arc: ArcId, site: u32, sign: f64) {
        for effect in tables.effects(problem, arc) {
            match effect.kind {
                EffectKind::Linear(diff) => self.values.add(tables.value_at(site, effect.measure), sign * diff),
                EffectKind::Units { load, term, .. } => {
                    self.units.add(site * tables.terms() as u32 + term, sign * load);
                }
            }
        }
        for &(row, factor) in tables.rows_of(arc) {
            self.rows.add(row, sign * factor);
        }
    }
}

/// Lets the ceilings of a list count so much more overflow.
fn count(tables: &Tables, rows: &mut Sums, list: u32, diff: f64) {
    if diff != 0.0 {
        for &(ceiling, factor) in tables.counted.of(list as usize) {
            rows.add(ceiling, factor * diff);
        }
    }
}
