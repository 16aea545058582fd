//! The arcs that a bound step looks at: those not fixed to zero that some admissible multiplier makes profitable.

use super::select::Excluded;
use crate::id::Id;
use crate::kernel::prepare::Tables;

/// Arcs grouped by site, in flat arrays. An arc left out costs at least the `limit` of its cell; as long as no multiplier
/// exceeds its limit, leaving it out changes nothing.
#[derive(Debug, Clone)]
pub struct Active {
    /// First index of every site's arcs, with one more entry at the end.
    pub start: Vec<u32>,
    /// Position in the tables.
    pub position: Vec<u32>,
    /// Cell.
    pub cell: Vec<u32>,
    /// Cost, row multipliers included.
    pub cost: Vec<f64>,
    /// Load on the limit of a simple site.
    pub load: Vec<f64>,
    /// Greatest admissible multiplier of every cell.
    pub limit: Vec<f64>,
    /// For sites that are not simple: `(index within the site, load)` by column.
    pub columns: Vec<Vec<Vec<(u32, f64)>>>,
}

/// Arcs fixed to zero, by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed(Vec<u64>);

impl Removed {
    /// Nothing removed among `arcs` positions.
    pub fn none(arcs: usize) -> Self {
        Self(vec![0; arcs.div_ceil(64)])
    }

    /// Whether the arc at `position` is removed.
    pub fn contains(&self, position: u32) -> bool {
        self.0[position as usize / 64] >> (position % 64) & 1 == 1
    }

    /// Removes the arc at `position`.
    pub fn insert(&mut self, position: u32) {
        self.0[position as usize / 64] |= 1 << (position % 64);
    }

    /// Number of removed arcs.
    pub fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

impl Active {
    /// The arcs worth looking at while the multiplier of cell `c` is at most about `wanted[c]`; all that are not removed
    /// where `complete` is set (minimum loads and rows over arcs may make use of arcs that do not pay by themselves). Sites
    /// that are shut whatever happens have none.
    pub fn new(tables: &Tables, removed: &Removed, excluded: &Excluded, wanted: &[f64], complete: bool) -> Self {
        let shut: Vec<bool> = (0..tables.sites.len())
            .map(|site| tables.options_of(site).all(|o| excluded.contains(o) || !tables.options.as_slice()[o].serves))
            .collect();
        let cells = tables.cells.len();
        let mut limit = vec![f64::INFINITY; cells];
        let mut keep = Removed::none(tables.arc.len());
        for cell in 0..cells {
            for &position in tables.cheapest(cell) {
                if removed.contains(position) || shut[tables.site[position as usize] as usize] {
                    continue;
                }
                let cost = tables.cost[position as usize];
                if !complete && cost > wanted[cell] {
                    limit[cell] = cost;
                    break;
                }
                keep.insert(position);
            }
        }
        let sites = tables.sites.len();
        let mut active = Self {
            start: Vec::with_capacity(sites + 1),
            position: Vec::new(),
            cell: Vec::new(),
            cost: Vec::new(),
            load: Vec::new(),
            limit,
            columns: Vec::with_capacity(sites),
        };
        let mut index_of: Vec<u32> = Vec::new();
        for (site, table) in tables.sites.entries() {
            let first = active.position.len() as u32;
            active.start.push(first);
            let positions = tables.positions(site.index());
            for position in positions.clone() {
                if keep.contains(position as u32) {
                    active.position.push(position as u32);
                    active.cell.push(tables.cell[position]);
                    active.cost.push(tables.cost[position]);
                    active.load.push(tables.load[position]);
                }
            }
            if table.simple || table.columns.is_empty() {
                active.columns.push(Vec::new());
                continue;
            }
            index_of.clear();
            index_of.resize(positions.len(), u32::MAX);
            for (index, &position) in active.position[first as usize..].iter().enumerate() {
                index_of[position as usize - positions.start] = index as u32;
            }
            let columns = table.columns.iter().map(|column| {
                let index = |position: u32| index_of[position as usize - positions.start];
                let kept = column.loads.iter().filter(|entry| index(entry.0) != u32::MAX);
                kept.map(|&(position, load)| (index(position), load)).collect()
            });
            active.columns.push(columns.collect());
        }
        active.start.push(active.position.len() as u32);
        active
    }

    /// The indices of a site's arcs.
    pub fn indices(&self, site: usize) -> std::ops::Range<usize> {
        self.start[site] as usize..self.start[site + 1] as usize
    }

    /// The number of arcs.
    pub fn len(&self) -> usize {
        self.position.len()
    }

    /// Whether there are no arcs.
    pub fn is_empty(&self) -> bool {
        self.position.is_empty()
    }
}
