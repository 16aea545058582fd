//! What a site can hold at all: its hard limits on the whole loads of the customers that it may serve.
//!
//! The bound sees limits as linear and whole units as fractions. Here they are as the problem has them, in whole numbers, so
//! that the best set of customers of an option can be found exactly (see [`super::bound`]).

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

/// The loads at a site.
#[derive(Debug, Clone, Default)]
pub struct SiteLoads {
    /// Number of kinds.
    pub kinds: usize,
    /// Load of every position of the site by kind: `loads[position * kinds..][..kinds]`. Of cells that may be divided
    /// rounded down.
    loads: Vec<i64>,
}

impl SiteLoads {
    /// The loads at a position, counted from the site's first.
    pub fn at(&self, position: usize) -> &[i64] {
        &self.loads[position * self.kinds..(position + 1) * self.kinds]
    }
}

/// The limits of all options.
#[derive(Debug, Clone, Default)]
pub struct Packs {
    /// Loads by site; without kinds where no option is exact.
    pub sites: Vec<SiteLoads>,
    /// The limits of every option that is exact: it has some, all of them hard and without a minimum, and no cell has two
    /// arcs to its site.
    pub options: Vec<Option<Vec<Hold>>>,
}

/// Arcs beyond which exact sets of customers are not looked for.
const MOST_ARCS: usize = 5_000_000;

impl Packs {
    /// The limits of `problem`, for its tables. None are exact where the problem is too large, nor where all customers are
    /// whole and all limits linear: whole knapsacks say that.
    pub fn new(problem: &Problem, tables: &Tables) -> Self {
        let none = vec![None; problem.options.len()];
        let mut packs = Self { sites: vec![SiteLoads::default(); problem.sites.len()], options: none };
        let linear = problem.measures.iter().all(|measure| matches!(measure, Measure::Load(_)));
        if tables.arc.len() > MOST_ARCS || (linear && tables.cells.iter().all(|cell| cell.whole)) {
            return packs;
        }
        for (site, table) in tables.sites.entries() {
            if table.multiple {
                continue;
            }
            let mut kinds: Vec<CommodityId> = Vec::new();
            for id in problem.options_of(site) {
                packs.options[id.index()] = holds(problem, id.index(), &mut kinds);
            }
            if !kinds.is_empty() {
                packs.sites[site.index()] = loads(problem, tables, site.index(), &kinds);
            }
        }
        packs
    }

    /// Whether no option is exact.
    pub fn is_empty(&self) -> bool {
        self.options.iter().all(Option::is_none)
    }
}

/// The limits of an option, with the kinds of load that they count added to `kinds`.
fn holds(problem: &Problem, option: usize, kinds: &mut Vec<CommodityId>) -> Option<Vec<Hold>> {
    let option = &problem.options.as_slice()[option];
    // What costs nothing to exceed limits nothing.
    let limits = || option.limits.iter().filter(|limit| limit.price != 0.0);
    let hard = |limit: &Limit| limit.price.is_infinite() && limit.min <= 0 && limit.max >= 0;
    if option.serves == Serves::Nobody || !limits().all(hard) {
        return None;
    }
    let mut all = Vec::new();
    for limit in limits().filter(|limit| limit.max != Limit::UNLIMITED) {
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
        all.push(match &problem.measures[limit.measure] {
            Measure::Load(_) => Hold::Sum { terms, most: limit.max },
            Measure::WholeUnits(_) => Hold::Units { terms, most: limit.max },
        });
    }
    (!all.is_empty()).then_some(all)
}

fn loads(problem: &Problem, tables: &Tables, site: usize, kinds: &[CommodityId]) -> SiteLoads {
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
    SiteLoads { kinds: kinds.len(), loads }
}
