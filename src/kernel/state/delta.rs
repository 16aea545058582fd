//! What a planned move would change, without making it.

use super::{STRUCTURAL, Score, State, limit_score, pair_score, units};
use crate::id::{ArcId, CustomerId, Id, OptionId, SiteId};
use crate::kernel::problem::Problem;
use crate::kernel::tables::{EffectKind, Tables};

/// A value that a planned move adds to, with its site and key.
#[derive(Debug, Clone, Copy)]
struct Touch {
    site: u32,
    measure: u32,
    diff: f64,
}

#[derive(Debug, Clone, Copy)]
struct UnitTouch {
    site: u32,
    measure: u32,
    commodity: u32,
    size: f64,
    diff: f64,
}

/// Sums that a planned move makes, kept to save allocations.
#[derive(Debug, Clone, Default)]
pub(super) struct Scratch {
    values: Vec<Touch>,
    units: Vec<UnitTouch>,
    rows: Vec<(u32, f64)>,
}

impl State<'_> {
    /// The change of the score when customers, each served wholly (or not at all) now, are served over other arcs.
    /// No customer twice.
    pub fn delta(&mut self, changes: &[(CustomerId, ArcId)]) -> Score {
        let (problem, tables) = (self.problem, self.tables);
        let mut scratch = std::mem::take(&mut self.scratch);
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
        for unit in &scratch.units {
            let before = self.loads[unit.site as usize * tables.commodities + unit.commodity as usize];
            let diff = units(before + unit.diff, unit.size) - units(before, unit.size);
            add_value(&mut scratch.values, unit.site, unit.measure, diff);
        }
        for touch in &scratch.values {
            if touch.diff == 0.0 {
                continue;
            }
            let before = self.values[touch.site as usize * tables.measures + touch.measure as usize];
            for limit in tables.limits_on(self.chosen[touch.site as usize], touch.measure) {
                let after = before + touch.diff;
                delta += limit_score(limit, after) - limit_score(limit, before);
                if let Some(list) = limit.counted {
                    count(tables, &mut scratch.rows, list, limit.excess(after) - limit.excess(before));
                }
            }
        }
        delta += self.rows_delta(&mut scratch.rows);
        scratch.clear();
        self.scratch = scratch;
        delta
    }

    /// The change of option costs and rows when sites take other options: what does not depend on who is served there.
    pub fn options_delta(&mut self, changes: &[(SiteId, OptionId)]) -> Score {
        let (problem, tables) = (self.problem, self.tables);
        let mut rows = std::mem::take(&mut self.scratch.rows);
        let mut delta = Score::ZERO;
        for &(site, option) in changes {
            let now = self.option(site);
            delta.cost += problem.options[option].cost - problem.options[now].cost;
            for (option, sign) in [(now, -1.0), (option, 1.0)] {
                for &(row, factor) in tables.option_rows.of(option.index()) {
                    add_row(&mut rows, row, sign * factor);
                }
            }
        }
        delta += self.rows_delta(&mut rows);
        rows.clear();
        self.scratch.rows = rows;
        delta
    }

    /// The change of the score when rows and ceilings move; ceilings that count the overflow of rows move with them.
    fn rows_delta(&self, rows: &mut Vec<(u32, f64)>) -> Score {
        let tables = self.tables;
        for index in 0..rows.len() {
            let (row, diff) = rows[index];
            let flat = &tables.rows[row as usize];
            if let Some(list) = flat.counted {
                let before = self.rows[row as usize];
                count(tables, rows, list, flat.excess(before + diff) - flat.excess(before));
            }
        }
        let mut delta = Score::ZERO;
        for &(row, diff) in &*rows {
            let before = self.rows[row as usize];
            delta += self.row_score(row as usize, before + diff) - self.row_score(row as usize, before);
        }
        delta
    }
}

impl Scratch {
    fn clear(&mut self) {
        self.values.clear();
        self.units.clear();
        self.rows.clear();
    }

    fn touch(&mut self, tables: &Tables, problem: &Problem, arc: ArcId, site: u32, sign: f64) {
        for effect in tables.effects(problem, arc) {
            match effect.kind {
                EffectKind::Linear(diff) => add_value(&mut self.values, site, effect.measure, sign * diff),
                EffectKind::Units { commodity, size, load } => {
                    let same = self.units.iter_mut().find(|unit| {
                        unit.site == site && unit.measure == effect.measure && unit.commodity == commodity
                    });
                    match same {
                        Some(unit) => unit.diff += sign * load,
                        None => self.units.push(UnitTouch {
                            site,
                            measure: effect.measure,
                            commodity,
                            size,
                            diff: sign * load,
                        }),
                    }
                }
            }
        }
        for &(row, factor) in tables.rows_of(arc) {
            add_row(&mut self.rows, row, sign * factor);
        }
    }
}

/// Lets the ceilings of a list count so much more overflow.
fn count(tables: &Tables, rows: &mut Vec<(u32, f64)>, list: u32, diff: f64) {
    if diff != 0.0 {
        for &(ceiling, factor) in tables.counted.of(list as usize) {
            add_row(rows, ceiling, factor * diff);
        }
    }
}

fn add_row(rows: &mut Vec<(u32, f64)>, row: u32, diff: f64) {
    match rows.iter_mut().find(|(known, _)| *known == row) {
        Some((_, sum)) => *sum += diff,
        None => rows.push((row, diff)),
    }
}

fn add_value(values: &mut Vec<Touch>, site: u32, measure: u32, diff: f64) {
    match values.iter_mut().find(|touch| touch.site == site && touch.measure == measure) {
        Some(touch) => touch.diff += diff,
        None => values.push(Touch { site, measure, diff }),
    }
}
