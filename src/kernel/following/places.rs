//! What a site holds under its options, block by block: limits that options share are worked out once.

use crate::id::{CustomerId, Id, SiteId};
use crate::kernel::problem::{Limit, Measure, Problem};

/// Pupils that weigh as much as one whole unit too many.
const UNIT: f64 = 40.0;

/// A site.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Cost of every option.
    pub costs: Vec<f64>,
    /// The least of them.
    pub least: f64,
    /// Part of every option in every block: `parts[option * blocks + block]`.
    pub parts: Vec<u32>,
    /// What is measured and what is allowed in every block.
    pub blocks: Vec<PlaceBlock>,
}

/// A site in one block.
#[derive(Debug, Clone, Default)]
pub(super) struct PlaceBlock {
    meters: Vec<Meter>,
    /// Whether any customer of the block has an arc to the site.
    near: bool,
    /// Limits of options, each set of them once.
    pub parts: Vec<Vec<Allowed>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Meter {
    Load(Vec<(usize, i32)>),
    Units(Vec<(usize, i32)>),
}

/// The most that a meter may show.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Allowed {
    meter: usize,
    most: i64,
    /// Price of one more, or for a hard limit the weight of its excess.
    price: f64,
    hard: bool,
    /// Whether it keeps everybody out.
    refuses: bool,
}

/// What exceeds a part: hard excess in units, and what soft excess costs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Over {
    pub hard: f64,
    pub soft: f64,
}

impl Place {
    /// `None` where an option serves some customers of a block and not others. `near` are those with an arc to the site, with
    /// their blocks.
    pub fn new(
        problem: &Problem,
        site: SiteId,
        near: &[(CustomerId, usize)],
        kinds: &[usize],
        place_of: &[Option<(usize, usize)>],
    ) -> Option<Self> {
        let mut place = Self {
            costs: Vec::new(),
            least: f64::INFINITY,
            parts: Vec::new(),
            blocks: vec![PlaceBlock::default(); kinds.len()],
        };
        for &(_, block) in near {
            place.blocks[block].near = true;
        }
        for option in problem.options_of(site).map(|id| &problem.options[id]) {
            place.costs.push(option.cost);
            place.least = place.least.min(option.cost);
            let mut allowed: Vec<Vec<Allowed>> = vec![Vec::new(); kinds.len()];
            for limit in option.limits.iter().filter(|l| l.price != 0.0 && l.max != Limit::UNLIMITED) {
                let (Measure::Load(terms) | Measure::WholeUnits(terms)) = &problem.measures[limit.measure];
                let whole = matches!(problem.measures[limit.measure], Measure::WholeUnits(_));
                let mut own = Vec::new();
                let mut block = None;
                for &(kind, factor) in terms {
                    // What nobody brings adds nothing.
                    if let Some((there, at)) = place_of[kind.index()] {
                        block = Some(there);
                        own.push((at, i32::try_from(factor).ok().filter(|&factor| factor > 0)?));
                    }
                }
                let Some(block) = block else { continue };
                let hard = limit.price.is_infinite();
                let price = match (hard, whole) {
                    (false, _) => limit.price,
                    (true, true) => 1.0,
                    (true, false) => 1.0 / UNIT,
                };
                let meter = place.blocks[block].meter(if whole { Meter::Units(own) } else { Meter::Load(own) });
                // Of several limits on one meter the least counts where both are hard.
                match allowed[block].iter_mut().find(|other| other.meter == meter && other.hard && hard) {
                    Some(other) => other.most = other.most.min(limit.max),
                    None => allowed[block].push(Allowed { meter, most: limit.max, price, hard, refuses: false }),
                }
            }
            let (mut served, mut left) = (vec![false; kinds.len()], vec![false; kinds.len()]);
            for &(customer, block) in near {
                if option.serves.allows(customer) { served[block] = true } else { left[block] = true }
            }
            for block in (0..kinds.len()).filter(|&block| left[block]) {
                if served[block] {
                    return None;
                }
                let meter = place.blocks[block].meter(Meter::Load(vec![(kinds[block], 1)]));
                allowed[block].push(Allowed { meter, most: 0, price: 1.0, hard: true, refuses: true });
            }
            for (block, allowed) in place.blocks.iter_mut().zip(allowed) {
                let known = block.parts.iter().position(|other| *other == allowed);
                place.parts.push(known.unwrap_or_else(|| {
                    block.parts.push(allowed);
                    block.parts.len() - 1
                }) as u32);
            }
        }
        Some(place)
    }

    /// The options that serve nobody in any block that has the site in reach; `None` without any.
    pub fn shut(&self) -> Option<Vec<u32>> {
        let blocks = self.blocks.len();
        let shut = |option: usize| {
            let parts = self.blocks.iter().zip(&self.parts[option * blocks..]);
            parts.clone().all(|(block, &part)| block.is_empty() || block.refuses(part as usize))
                && parts.clone().any(|(block, _)| !block.is_empty())
        };
        let list: Vec<u32> = (0..self.costs.len()).filter(|&option| shut(option)).map(|option| option as u32).collect();
        (!list.is_empty()).then_some(list)
    }
}

impl PlaceBlock {
    /// Whether nobody of the block has the site in reach.
    fn is_empty(&self) -> bool {
        !self.near
    }

    /// Whether a part lets nobody in.
    fn refuses(&self, part: usize) -> bool {
        self.parts[part].iter().any(|allowed| allowed.refuses)
    }

    fn meter(&mut self, meter: Meter) -> usize {
        self.meters.iter().position(|other| *other == meter).unwrap_or_else(|| {
            self.meters.push(meter);
            self.meters.len() - 1
        })
    }

    /// What these loads exceed, part by part.
    pub fn over(&self, loads: &[i32], shown: &mut Vec<i64>, into: &mut Vec<Over>) {
        shown.clear();
        shown.extend(self.meters.iter().map(|meter| match meter {
            Meter::Load(terms) => terms.iter().map(|&(kind, factor)| i64::from(loads[kind]) * i64::from(factor)).sum(),
            Meter::Units(terms) => {
                terms.iter().map(|&(kind, size)| i64::from((loads[kind] as u32).div_ceil(size as u32))).sum::<i64>()
            }
        }));
        into.clear();
        into.extend(self.parts.iter().map(|part| {
            let mut over = Over::default();
            for allowed in part {
                let excess = (shown[allowed.meter] - allowed.most).max(0) as f64 * allowed.price;
                if allowed.hard {
                    over.hard += excess;
                } else {
                    over.soft += excess;
                }
            }
            over
        }));
    }
}
