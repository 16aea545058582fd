//! What a site can hold at all: its hard limits on the whole loads of the customers that it may serve.
//!
//! The bound sees limits as linear and whole units as fractions. Here they are as the problem has them, in whole numbers, so
//! that the best set of customers of an option can be found exactly (see [`super::bound`]).

use super::forest::Forest;
use super::prepare::Tables;
use super::problem::{Limit, Measure, Problem, Serves, ceil_div};
use crate::id::{ArcId, CommodityId, Id};

/// A hard limit on the loads of a site, by kind of load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// The weighted sum of the loads is at most `most`.
    Sum {
        /// Kind and weight, at least 1.
        terms: Vec<(usize, i64)>,
        /// Greatest sum.
        most: i64,
    },
    /// The whole units that the loads need, kind by kind, are at most `most`.
    Units {
        /// Kind and size of a unit.
        terms: Vec<(usize, i64)>,
        /// Greatest number of units.
        most: i64,
    },
}

impl Hold {
    /// What is left of the limit under these loads, negative where it is exceeded.
    pub fn room(&self, load: &[i64]) -> i64 {
        match self {
            Self::Sum { terms, most } => most - terms.iter().map(|&(kind, weight)| weight * load[kind]).sum::<i64>(),
            Self::Units { terms, most } => {
                most - terms.iter().map(|&(kind, size)| ceil_div(load[kind], size)).sum::<i64>()
            }
        }
    }
}

/// Kinds of load of one site that its limits or customers tie together, such as those of one year: what is chosen of one
/// block leaves the others as they are.
#[derive(Debug, Clone, Default)]
pub struct Block {
    /// Number of kinds.
    pub kinds: usize,
    /// Load by kind of every position in the block: `loads[row * kinds..][..kinds]`. Of cells that may be divided rounded
    /// down.
    loads: Vec<i64>,
}

impl Block {
    /// A block of so many kinds with these loads, row by row.
    #[cfg(test)]
    pub fn new(kinds: usize, loads: Vec<i64>) -> Self {
        Self { kinds, loads }
    }

    /// The loads of a row.
    pub fn at(&self, row: usize) -> &[i64] {
        &self.loads[row * self.kinds..(row + 1) * self.kinds]
    }
}

/// The limits of an option on one block; options that limit it alike share their part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The block, by its number at the site.
    pub block: usize,
    /// The limits, in kinds of the block.
    pub holds: Vec<Hold>,
}

/// What an option limits in one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The part, by its number at the site.
    pub part: u32,
    /// The limit that each of its holds comes from, by its place among the option's.
    pub limits: Vec<u32>,
}

/// What does not depend on options at a site.
#[derive(Debug, Clone, Default)]
pub struct SitePacks {
    /// The blocks.
    pub blocks: Vec<Block>,
    /// Block and row in it of every position of the site, counted from its first; `None` for what no limit counts.
    pub places: Vec<Option<(u32, u32)>>,
    /// Block of every column of loads.
    pub column_block: Vec<Option<u32>>,
    /// The parts of the site's options, each once.
    pub parts: Vec<Part>,
}

/// The limits of all options.
#[derive(Debug, Clone, Default)]
pub struct Packs {
    /// Blocks and parts by site; without any where no option is exact.
    pub sites: Vec<SitePacks>,
    /// What every option that is exact limits, one share for each block: it has some limits, all of them hard and without a
    /// minimum, and no cell has two arcs to its site.
    pub options: Vec<Option<Vec<Share>>>,
}

/// Arcs beyond which exact sets of customers are not looked for.
const MOST_ARCS: usize = 5_000_000;

impl Packs {
    /// The limits of `problem`, for its tables. None are exact where the problem is too large, nor where all customers are
    /// whole and all limits linear: whole knapsacks say that.
    pub fn new(problem: &Problem, tables: &Tables) -> Self {
        let none = vec![None; problem.options.len()];
        let mut packs = Self { sites: vec![SitePacks::default(); problem.sites.len()], options: none };
        let limits = || problem.options.iter().flat_map(|option| &option.limits).filter(|limit| limit.matters());
        let linear = limits().all(|limit| matches!(problem.measures[limit.measure], Measure::Load(_)));
        if tables.arc.len() > MOST_ARCS || (linear && tables.cells.iter().all(|cell| cell.whole)) {
            return packs;
        }
        for (site, table) in tables.sites.entries() {
            if table.multiple {
                continue;
            }
            let mut kinds: Vec<CommodityId> = Vec::new();
            let options = problem.options_of(site);
            let held: Vec<_> = options.map(|id| (id.index(), holds(problem, id.index(), &mut kinds))).collect();
            if kinds.is_empty() {
                continue;
            }
            let loads = loads(problem, tables, site.index(), &kinds);
            let division = Division::new(kinds.len(), &loads, held.iter().filter_map(|(_, holds)| holds.as_ref()));
            let own = &mut packs.sites[site.index()];
            division.place(&loads, kinds.len(), own);
            own.column_block = columns(tables, site.index(), own);
            for (option, holds) in held {
                packs.options[option] = holds.map(|holds| division.shares(holds, &mut own.parts));
            }
        }
        packs
    }

    /// Whether no option is exact.
    pub fn is_empty(&self) -> bool {
        self.options.iter().all(Option::is_none)
    }
}

/// The limits of an option, each with its place among them, with the kinds of load that they count added to `kinds`.
fn holds(problem: &Problem, option: usize, kinds: &mut Vec<CommodityId>) -> Option<Vec<(u32, Hold)>> {
    let option = &problem.options.as_slice()[option];
    let limits = || (0..).zip(&option.limits).filter(|(_, limit)| limit.matters());
    let hard = |(_, limit): (u32, &Limit)| limit.price.is_infinite() && limit.min <= 0 && limit.max >= 0;
    if option.serves == Serves::Nobody || !limits().all(hard) {
        return None;
    }
    let mut all = Vec::new();
    for (place, limit) in limits() {
        let (Measure::Load(terms) | Measure::WholeUnits(terms)) = &problem.measures[limit.measure];
        if terms.iter().any(|&(_, factor)| factor <= 0) {
            return None;
        }
        let terms: Vec<(usize, i64)> = terms
            .iter()
            .map(|&(commodity, factor)| {
                let known = kinds.iter().position(|&kind| kind == commodity);
                let kind = known.unwrap_or_else(|| {
                    kinds.push(commodity);
                    kinds.len() - 1
                });
                (kind, factor)
            })
            .collect();
        let hold = match &problem.measures[limit.measure] {
            Measure::Load(_) => Hold::Sum { terms, most: limit.max },
            Measure::WholeUnits(_) => Hold::Units { terms, most: limit.max },
        };
        all.push((place, hold));
    }
    (!all.is_empty()).then_some(all)
}

/// Load by kind of every position of a site.
fn loads(problem: &Problem, tables: &Tables, site: usize, kinds: &[CommodityId]) -> Vec<i64> {
    let positions = tables.positions(site);
    let mut loads = Vec::with_capacity(positions.len() * kinds.len());
    for position in positions {
        let (arc, cell) = (&problem.arcs[ArcId(tables.arc[position])], &tables.cells[tables.cell[position] as usize]);
        let own = &problem.customers[arc.customer].loads;
        for &kind in kinds {
            let of = |list: &[(CommodityId, i64)]| list.iter().filter(|l| l.0 == kind).map(|l| l.1).sum::<i64>();
            let extra = of(&arc.extra);
            // A cell that is one commodity of a divided customer brings that one only.
            loads.push(match cell.commodity {
                None => of(own) + extra,
                Some(commodity) => {
                    let own = own[commodity as usize];
                    of(&[own]) + (extra as f64 * cell.share) as i64
                }
            });
        }
    }
    loads
}

/// Which kinds of load of a site hang together.
struct Division {
    /// Block of every kind, and its number there.
    block: Vec<(usize, usize)>,
    /// Number of blocks.
    count: usize,
}

impl Division {
    fn new<'h>(kinds: usize, loads: &[i64], holds: impl Iterator<Item = &'h Vec<(u32, Hold)>>) -> Self {
        let mut forest = Forest::new(kinds);
        for (_, hold) in holds.flatten() {
            let (Hold::Sum { terms, .. } | Hold::Units { terms, .. }) = hold;
            forest.join_all(terms.iter().map(|term| term.0 as u32));
        }
        for row in loads.chunks(kinds) {
            forest.join_all((0..kinds).filter(|&kind| row[kind] != 0).map(|kind| kind as u32));
        }
        let (numbers, count) = forest.numbers();
        let mut sizes = vec![0; count];
        let block = numbers
            .into_iter()
            .map(|number| {
                let size = &mut sizes[number as usize];
                *size += 1;
                (number as usize, *size - 1)
            })
            .collect();
        Self { block, count }
    }

    /// Puts every position's loads into its block.
    fn place(&self, loads: &[i64], kinds: usize, into: &mut SitePacks) {
        into.blocks = vec![Block::default(); self.count];
        for &(block, _) in &self.block {
            into.blocks[block].kinds += 1;
        }
        let place = |row: &[i64], blocks: &mut Vec<Block>| {
            let kind = (0..kinds).find(|&kind| row[kind] != 0)?;
            let number = self.block[kind].0;
            let block = &mut blocks[number];
            let at = block.loads.len() / block.kinds;
            block.loads.resize((at + 1) * block.kinds, 0);
            for (kind, &load) in row.iter().enumerate().filter(|(kind, _)| self.block[*kind].0 == number) {
                block.loads[at * block.kinds + self.block[kind].1] = load;
            }
            Some((number as u32, at as u32))
        };
        into.places = loads.chunks(kinds).map(|row| place(row, &mut into.blocks)).collect();
    }

    /// The shares of an option with these limits, new parts added to the site's.
    fn shares(&self, holds: Vec<(u32, Hold)>, known: &mut Vec<Part>) -> Vec<Share> {
        let mut by_block: Vec<(Vec<u32>, Vec<Hold>)> = vec![(Vec::new(), Vec::new()); self.count];
        for (place, mut hold) in holds {
            let (Hold::Sum { terms, .. } | Hold::Units { terms, .. }) = &mut hold;
            let Some(&(first, _)) = terms.first() else { continue };
            for term in terms.iter_mut() {
                term.0 = self.block[term.0].1;
            }
            let own = &mut by_block[self.block[first].0];
            own.0.push(place);
            own.1.push(hold);
        }
        let limited = by_block.into_iter().enumerate().filter(|(_, (_, holds))| !holds.is_empty());
        limited
            .map(|(block, (limits, holds))| {
                let part = Part { block, holds };
                let at = known.iter().position(|other| *other == part).unwrap_or_else(|| {
                    known.push(part);
                    known.len() - 1
                });
                Share { part: at as u32, limits }
            })
            .collect()
    }
}

/// The block of every column of a site, that of its first load.
fn columns(tables: &Tables, site: usize, packs: &SitePacks) -> Vec<Option<u32>> {
    let table = &tables.sites.as_slice()[site];
    let first = tables.positions(site).start;
    let block_at = |position: usize| packs.places[position - first].map(|place| place.0);
    if table.simple {
        let loaded = tables.positions(site).find(|&position| tables.load[position] != 0.0);
        return vec![loaded.and_then(block_at)];
    }
    let first_load = |loads: &[(u32, f64)]| loads.first().and_then(|load| block_at(load.0 as usize));
    table.columns.iter().map(|column| first_load(&column.loads)).collect()
}
