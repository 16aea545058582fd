//! Read-only tables made once from a problem: arcs by site in flat arrays, loads by limit, options with their capacities.
//!
//! The bound works on *cells*: one for every customer, or one for every commodity of a customer whose whole loads may be
//! divided commodity by commodity. The load, cost and row coefficients of a cell are its share of the customer's.

use super::problem::{Grain, Limit, Measure, Problem, Serves};
use crate::id::{ArcId, CommodityId, Id, IdVec, MeasureId, OptionId, SiteId};
use std::ops::Range;

/// The tables. Memory is linear in arcs (times the limits that an arc counts in).
#[derive(Debug)]
pub struct Tables {
    /// Cells, grouped by customer.
    pub cells: Vec<Cell>,
    /// Positions of every cell's arcs by increasing cost: `by_cost[cell_start[c]..cell_start[c + 1]]`.
    pub cell_start: Vec<u32>,
    /// See [`Tables::cell_start`].
    pub by_cost: Vec<u32>,
    /// First position of every site's arcs, with one more entry at the end.
    pub site_start: Vec<u32>,
    /// Cell at every position; increasing within a site.
    pub cell: Vec<u32>,
    /// Arc of the problem at every position.
    pub arc: Vec<u32>,
    /// Site at every position.
    pub site: Vec<u32>,
    /// Cost of serving the whole cell, at every position.
    pub cost: Vec<f64>,
    /// Load on the single limit of a simple site, at every position; 0 elsewhere.
    pub load: Vec<f64>,
    /// Sites.
    pub sites: IdVec<SiteId, SiteTable>,
    /// Options.
    pub options: IdVec<OptionId, OptionTable>,
    /// Limits of all options.
    pub limits: Vec<LimitTable>,
    /// Rows.
    pub rows: Vec<RowTable>,
    /// `(row, coefficient)` of every option: `option_rows[option_row_start[o]..option_row_start[o + 1]]`.
    pub option_row_start: Vec<u32>,
    /// See [`Tables::option_row_start`].
    pub option_rows: Vec<(u32, f64)>,
    /// `(position, row, coefficient)` of arcs in rows.
    pub arc_rows: Vec<(u32, u32, f64)>,
}

/// What the bound serves: a customer, or one commodity of a customer divided in whole loads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// The customer.
    pub customer: u32,
    /// Position among the customer's loads of the commodity that is divided by itself; `None` for all of them.
    pub commodity: Option<u32>,
    /// Share of the customer's mass.
    pub share: f64,
    /// Whether the customer is served as a whole, so that a fraction is a relaxation.
    pub whole: bool,
}

/// What the bound needs to know of a site.
#[derive(Debug, Clone)]
pub struct SiteTable {
    /// The site's options.
    pub options: Range<u32>,
    /// Whether all options share one limit without minimum, serve everybody or nobody, and no cell has two arcs here: then
    /// the option's subproblem is one fractional knapsack over a common list.
    pub simple: bool,
    /// Whether some cell has several arcs here.
    pub multiple: bool,
    /// Loads by limit for sites that are not simple.
    pub columns: Vec<LoadColumn>,
}

/// Loads that count in one limit at one site.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadColumn {
    /// The measure (the first of those that are proportional here).
    pub measure: MeasureId,
    /// `(position, load)`, by position, loads that are not 0.
    pub loads: Vec<(u32, f64)>,
}

/// What the bound needs to know of an option.
#[derive(Debug, Clone)]
pub struct OptionTable {
    /// The site.
    pub site: u32,
    /// Cost of choosing it.
    pub cost: f64,
    /// Whether it serves anybody.
    pub serves: bool,
    /// Where it serves only some: whether it serves the arc at each position of the site.
    pub only: Option<Box<[bool]>>,
    /// Its limits in [`Tables::limits`]. For an option of a simple site at most one.
    pub limits: Range<u32>,
}

/// A limit as the bound sees it: linear, proportional ones merged, void ones dropped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimitTable {
    /// Index in [`SiteTable::columns`]; 0 at a simple site.
    pub column: u32,
    /// Least load (relaxed for whole units).
    pub min: f64,
    /// Greatest load.
    pub max: f64,
    /// Price of one unit outside; infinite for hard.
    pub price: f64,
    /// Where `min` and `max` come from: position among the option's limits, and how many units of its measure are one unit
    /// of load here.
    pub origins: [(u32, f64); 2],
}

/// Bounds of a row, and the scale that makes its violation comparable with an unserved customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowTable {
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// Price of one unit outside.
    pub price: f64,
    /// Factor on the row's violation.
    pub scale: f64,
}

impl Tables {
    /// Builds the tables of `problem`.
    pub fn new(problem: &Problem) -> Self {
        let mut cells = Vec::with_capacity(problem.customers.len());
        let mut cells_of = Vec::with_capacity(problem.customers.len() + 1);
        for (id, customer) in problem.customers.entries() {
            cells_of.push(cells.len() as u32);
            let by_commodity =
                customer.loads.len() > 1 && customer.divisible.is_some_and(|divisible| divisible.grain == Grain::Whole);
            let mass = customer.mass() as f64;
            if by_commodity && mass > 0.0 {
                for (commodity, &(_, load)) in (0..).zip(&customer.loads) {
                    let share = load as f64 / mass;
                    cells.push(Cell { customer: id.0, commodity: Some(commodity), share, whole: false });
                }
            } else {
                cells.push(Cell { customer: id.0, commodity: None, share: 1.0, whole: customer.divisible.is_none() });
            }
        }
        cells_of.push(cells.len() as u32);

        let mut tables = Self {
            cell_start: vec![0],
            by_cost: Vec::new(),
            site_start: vec![0; problem.sites.len() + 1],
            cell: Vec::new(),
            arc: Vec::new(),
            site: Vec::new(),
            cost: Vec::new(),
            load: Vec::new(),
            sites: IdVec::new(),
            options: IdVec::new(),
            limits: Vec::new(),
            rows: Vec::new(),
            option_row_start: vec![0],
            option_rows: Vec::new(),
            arc_rows: Vec::new(),
            cells,
        };
        tables.place_arcs(problem, &cells_of);
        tables.sort_arcs();
        let loads = CellLoads { problem, cells: &tables.cells, cells_of: &cells_of };
        let mut sites = IdVec::new();
        let mut options: Vec<OptionTable> = Vec::with_capacity(problem.options.len());
        let mut limits = Vec::new();
        let mut load = vec![0.0; tables.arc.len()];
        for site in problem.sites.ids() {
            let positions = tables.site_start[site.index()]..tables.site_start[site.index() + 1];
            let made = SiteBuilder::new(problem, &tables, &loads, positions).build(site, &mut options, &mut limits);
            if made.simple {
                for column in &made.columns {
                    for &(position, value) in &column.loads {
                        load[position as usize] = value;
                    }
                }
            }
            sites.push(SiteTable { columns: if made.simple { Vec::new() } else { made.columns }, ..made });
        }
        tables.sites = sites;
        tables.options = options.into();
        tables.limits = limits;
        tables.load = load;
        tables.place_rows(problem, &cells_of);
        tables
    }

    fn place_arcs(&mut self, problem: &Problem, cells_of: &[u32]) {
        let width = |customer: usize| cells_of[customer + 1] - cells_of[customer];
        let mut next = vec![0u32; problem.sites.len() + 1];
        for arc in &problem.arcs {
            next[arc.site.index() + 1] += width(arc.customer.index());
        }
        for site in 0..problem.sites.len() {
            next[site + 1] += next[site];
        }
        self.site_start.clone_from(&next);
        let total = *next.last().expect("there is one entry more than sites") as usize;
        self.cell = vec![0; total];
        self.arc = vec![0; total];
        self.site = vec![0; total];
        self.cost = vec![0.0; total];
        // Customer by customer, cell by cell, so that the positions of a site are in order of cell and a cell's arcs to
        // one site are neighbours.
        for (id, _) in problem.customers.entries() {
            for cell in cells_of[id.index()]..cells_of[id.index() + 1] {
                for arc in problem.arcs_of(id) {
                    let site = problem.arcs[arc].site;
                    let position = next[site.index()] as usize;
                    next[site.index()] += 1;
                    self.cell[position] = cell;
                    self.arc[position] = arc.0;
                    self.site[position] = site.0;
                    self.cost[position] = problem.arcs[arc].cost * self.cells[cell as usize].share;
                }
            }
        }
    }

    fn sort_arcs(&mut self) {
        let mut next = vec![0u32; self.cells.len() + 1];
        for &cell in &self.cell {
            next[cell as usize + 1] += 1;
        }
        for cell in 0..self.cells.len() {
            next[cell + 1] += next[cell];
        }
        self.cell_start.clone_from(&next);
        self.by_cost = vec![0; self.cell.len()];
        for (position, &cell) in self.cell.iter().enumerate() {
            self.by_cost[next[cell as usize] as usize] = position as u32;
            next[cell as usize] += 1;
        }
        for cell in 0..self.cells.len() {
            let range = self.cell_start[cell] as usize..self.cell_start[cell + 1] as usize;
            let cost = &self.cost;
            self.by_cost[range].sort_by(|&a, &b| cost[a as usize].total_cmp(&cost[b as usize]).then(a.cmp(&b)));
        }
    }

    fn place_rows(&mut self, problem: &Problem, cells_of: &[u32]) {
        let mut counts = vec![0u32; problem.options.len() + 1];
        for row in &problem.rows {
            for &(option, _) in &row.options {
                counts[option.index() + 1] += 1;
            }
        }
        for option in 0..problem.options.len() {
            counts[option + 1] += counts[option];
        }
        self.option_row_start.clone_from(&counts);
        self.option_rows = vec![(0, 0.0); counts[problem.options.len()] as usize];
        let mut arc_rows: Vec<(u32, u32, f64)> = Vec::new();
        let spread = (self.cells.len() as f64 / problem.sites.len().max(1) as f64).max(1.0).sqrt();
        for (index, row) in problem.rows.iter().enumerate() {
            let mut largest = 0.0f64;
            for &(option, coefficient) in &row.options {
                let slot = &mut counts[option.index()];
                self.option_rows[*slot as usize] = (index as u32, coefficient);
                *slot += 1;
                largest = largest.max(coefficient.abs());
            }
            let mut largest_arc = 0.0f64;
            for &(arc, coefficient) in &row.arcs {
                arc_rows.push((arc.0, index as u32, coefficient));
                largest_arc = largest_arc.max(coefficient.abs());
            }
            let scale = if largest > 0.0 {
                spread / largest
            } else if largest_arc > 0.0 {
                1.0 / largest_arc
            } else {
                0.0
            };
            self.rows.push(RowTable { lower: row.lower, upper: row.upper, price: row.price, scale });
        }
        if arc_rows.is_empty() {
            return;
        }
        arc_rows.sort_by_key(|&(arc, row, _)| (arc, row));
        for position in 0..self.arc.len() {
            let arc = self.arc[position];
            let first = arc_rows.partition_point(|entry| entry.0 < arc);
            for &(_, row, coefficient) in arc_rows[first..].iter().take_while(|entry| entry.0 == arc) {
                let share = self.cells[self.cell[position] as usize].share;
                self.arc_rows.push((position as u32, row, coefficient * share));
            }
        }
        debug_assert_eq!(cells_of.last().copied(), Some(self.cells.len() as u32));
    }

    /// The positions of a site's arcs.
    pub fn positions(&self, site: usize) -> Range<usize> {
        self.site_start[site] as usize..self.site_start[site + 1] as usize
    }

    /// The positions of a cell's arcs by increasing cost.
    pub fn cheapest(&self, cell: usize) -> &[u32] {
        &self.by_cost[self.cell_start[cell] as usize..self.cell_start[cell + 1] as usize]
    }

    /// The limits of an option.
    pub fn limits_of(&self, option: usize) -> &[LimitTable] {
        let range = &self.options.as_slice()[option].limits;
        &self.limits[range.start as usize..range.end as usize]
    }

    /// The `(row, coefficient)` of an option.
    pub fn rows_of(&self, option: usize) -> &[(u32, f64)] {
        &self.option_rows[self.option_row_start[option] as usize..self.option_row_start[option + 1] as usize]
    }

    /// The options of a site.
    pub fn options_of(&self, site: usize) -> Range<usize> {
        let range = &self.sites.as_slice()[site].options;
        range.start as usize..range.end as usize
    }

    /// The first option of a site, whether or not it has any.
    pub fn first_option(&self, site: usize) -> usize {
        self.sites.as_slice()[site].options.start as usize
    }

    /// The first limit at or after those of a site.
    pub fn first_limit(&self, site: usize) -> usize {
        self.options.as_slice().get(self.first_option(site)).map_or(self.limits.len(), |o| o.limits.start as usize)
    }

    /// Whether two options of a site are the same to the relaxation, rows aside: they serve nobody, at the same cost.
    pub fn alike(&self, first: usize, second: usize) -> bool {
        let (first, second) = (&self.options.as_slice()[first], &self.options.as_slice()[second]);
        !first.serves && !second.serves && first.cost == second.cost
    }

    /// The capacity of an option of a simple site: the most load that it takes without overflow.
    pub fn capacity(&self, option: usize) -> Option<LimitTable> {
        self.limits_of(option).first().copied()
    }
}

/// Load of a cell per commodity.
struct CellLoads<'a> {
    problem: &'a Problem,
    cells: &'a [Cell],
    cells_of: &'a [u32],
}

impl CellLoads<'_> {
    /// Load that the cell puts on `measure` over the arc, linear.
    fn load(&self, cell: u32, arc: ArcId, measure: MeasureId) -> f64 {
        let customer = self.cells[cell as usize].customer;
        let first = self.cells_of[customer as usize];
        if self.cells_of[customer as usize + 1] - first == 1 {
            return self.problem.linear_load(arc, measure);
        }
        let arc = &self.problem.arcs[arc];
        let (commodity, load) = self.problem.customers[arc.customer].loads[(cell - first) as usize];
        let own = self.problem.measures[measure].weight(commodity) * load as f64;
        let share = self.cells[cell as usize].share;
        let measure = &self.problem.measures[measure];
        let extra: f64 = arc.extra.iter().map(|&(c, load)| measure.weight(c) * load as f64 * share).sum();
        own + extra
    }
}

impl Measure {
    /// Linear weight of a commodity: its weight, or one over its size for whole units.
    pub(super) fn weight(&self, commodity: CommodityId) -> f64 {
        match self {
            Self::Load(terms) => terms.iter().filter(|term| term.0 == commodity).map(|term| term.1 as f64).sum(),
            Self::WholeUnits(terms) => {
                terms.iter().filter(|term| term.0 == commodity).map(|term| 1.0 / term.1 as f64).sum()
            }
        }
    }
}

struct SiteBuilder<'a> {
    problem: &'a Problem,
    tables: &'a Tables,
    loads: &'a CellLoads<'a>,
    positions: Range<u32>,
    columns: Vec<LoadColumn>,
    /// Column and factor of every measure met: load on the measure = factor * load in the column.
    known: Vec<(MeasureId, u32, f64)>,
}

impl<'a> SiteBuilder<'a> {
    fn new(problem: &'a Problem, tables: &'a Tables, loads: &'a CellLoads<'a>, positions: Range<u32>) -> Self {
        Self { problem, tables, loads, positions, columns: Vec::new(), known: Vec::new() }
    }

    fn build(mut self, site: SiteId, options: &mut Vec<OptionTable>, limits: &mut Vec<LimitTable>) -> SiteTable {
        let positions = self.positions.start as usize..self.positions.end as usize;
        let multiple = self.tables.cell[positions.clone()].windows(2).any(|pair| pair[0] == pair[1]);
        let first_limit = limits.len();
        let first_option = options.len();
        for id in self.problem.options_of(site) {
            let option = &self.problem.options[id];
            let start = limits.len() as u32;
            let mut own: Vec<LimitTable> = Vec::new();
            for (position, limit) in option.limits.iter().enumerate() {
                self.add(position as u32, limit, option.serves == Serves::Nobody, &mut own);
            }
            limits.append(&mut own);
            let only = match &option.serves {
                Serves::Only(_) => Some(
                    positions
                        .clone()
                        .map(|at| option.serves.allows(self.problem.arcs[ArcId(self.tables.arc[at])].customer))
                        .collect(),
                ),
                _ => None,
            };
            options.push(OptionTable {
                site: site.0,
                cost: option.cost,
                serves: option.serves != Serves::Nobody,
                only,
                limits: start..limits.len() as u32,
            });
        }
        let own = &options[first_option..];
        let one_column = limits[first_limit..].iter().all(|limit| limit.column == limits[first_limit].column);
        let simple = !multiple
            && one_column
            && limits[first_limit..].iter().all(|limit| limit.min <= 0.0)
            && own.iter().all(|option| option.only.is_none() && option.limits.len() <= 1)
            && self.columns.iter().all(|column| column.loads.iter().all(|&(_, load)| load >= 0.0));
        if simple {
            let used = limits.get(first_limit).map(|limit| limit.column);
            for limit in &mut limits[first_limit..] {
                limit.column = 0;
            }
            let columns = std::mem::take(&mut self.columns);
            self.columns =
                columns.into_iter().enumerate().filter(|(index, _)| Some(*index as u32) == used).map(|c| c.1).collect();
        }
        let options = first_option as u32..options.len() as u32;
        SiteTable { options, simple, multiple, columns: self.columns }
    }

    /// Adds a limit to `own` in linear form, merged with a proportional hard one, or not at all if it never binds.
    fn add(&mut self, position: u32, limit: &Limit, nobody: bool, own: &mut Vec<LimitTable>) {
        if !limit.matters() {
            return;
        }
        let (column, factor) = self.column(limit.measure);
        // Rounding up can only raise the value, by less than one for each commodity: that much a minimum is relaxed.
        let slack = match &self.problem.measures[limit.measure] {
            Measure::Load(_) => 0.0,
            Measure::WholeUnits(terms) => terms.len() as f64,
        };
        let max = if limit.max == Limit::UNLIMITED { f64::INFINITY } else { limit.max as f64 / factor };
        let min = ((limit.min as f64 - slack).max(0.0)) / factor;
        let loads = &self.columns[column as usize].loads;
        let most: f64 = loads.iter().map(|&(_, load)| load.max(0.0)).sum();
        let least: f64 = loads.iter().map(|&(_, load)| load.min(0.0)).sum();
        let (most, least) = if nobody { (0.0, 0.0) } else { (most, least) };
        let max = if max >= most { f64::INFINITY } else { max };
        let min = if limit.min <= 0 && least >= 0.0 { 0.0 } else { min };
        let price = limit.price * factor;
        if max == f64::INFINITY && min <= 0.0 && least >= 0.0 {
            return;
        }
        if price.is_infinite()
            && let Some(other) = own.iter_mut().find(|other| other.column == column && other.price.is_infinite())
        {
            if max < other.max {
                other.max = max;
                other.origins[1] = (position, factor);
            }
            if min > other.min {
                other.min = min;
                other.origins[0] = (position, factor);
            }
            return;
        }
        own.push(LimitTable { column, min, max, price, origins: [(position, factor); 2] });
    }

    /// The column of `measure` and the factor between them.
    fn column(&mut self, measure: MeasureId) -> (u32, f64) {
        if let Some(&(_, column, factor)) = self.known.iter().find(|known| known.0 == measure) {
            return (column, factor);
        }
        let loads: Vec<(u32, f64)> = self
            .positions
            .clone()
            .map(|at| {
                let (cell, arc) = (self.tables.cell[at as usize], ArcId(self.tables.arc[at as usize]));
                (at, self.loads.load(cell, arc, measure))
            })
            .filter(|&(_, load)| load != 0.0)
            .collect();
        let found = self
            .columns
            .iter()
            .enumerate()
            .find_map(|(index, column)| proportional(&column.loads, &loads).map(|factor| (index as u32, factor)));
        let (column, factor) = found.unwrap_or_else(|| {
            self.columns.push(LoadColumn { measure, loads });
            (self.columns.len() as u32 - 1, 1.0)
        });
        self.known.push((measure, column, factor));
        (column, factor)
    }
}

/// The positive factor by which `second` exceeds `first` everywhere, if there is one.
fn proportional(first: &[(u32, f64)], second: &[(u32, f64)]) -> Option<f64> {
    if first.is_empty() || first.len() != second.len() {
        return (first.is_empty() && second.is_empty()).then_some(1.0);
    }
    let factor = second[0].1 / first[0].1;
    let same = first.iter().zip(second).all(|(a, b)| a.0 == b.0 && (b.1 - a.1 * factor).abs() <= 1e-12 * b.1.abs());
    (same && factor > 0.0).then_some(factor)
}
