//! Random tiny kernel problems with every feature switched on at random, small enough to be enumerated.
//!
//! Loads, limits and prices are small whole numbers, costs halves; the mass of a divisible customer divides 12, so that
//! [`super::brute_force`] can do everything in whole numbers of twelfths. [`larger_kernel`] makes problems with the same
//! features that are too large for that, for engines to be compared with each other.

use catchment::id::{CommodityId, CustomerId, MeasureId, SiteId};
use catchment::kernel::builder::{ArcKey, OptionKey, ProblemBuilder, RowDraft};
use catchment::kernel::problem::{Ceiling, Divisible, Grain, Limit, Measure, Overflow, Problem, Serves};
use catchment::random::Random;

/// Most plans that a problem may have.
const MOST_PLANS: u64 = 150_000;

/// The problem of a seed. Same seed, same problem.
pub fn random_kernel(seed: u64) -> Problem {
    let mut random = Random::new(seed, "random kernel");
    loop {
        let problem = draft(&mut random, TINY);
        if super::brute_force::plans(&problem) <= MOST_PLANS {
            return problem;
        }
    }
}

/// A problem of a seed with up to 14 customers and 7 sites, in which customers may also be divided in fractions.
pub fn larger_kernel(seed: u64) -> Problem {
    draft(&mut Random::new(seed, "larger random kernel"), LARGER)
}

/// Least number of customers and of sites, how many there may be beyond, and whether fractions are allowed.
#[derive(Clone, Copy)]
struct Size {
    customers: (usize, usize),
    sites: (usize, usize),
    continuous: bool,
}

const TINY: Size = Size { customers: (2, 4), sites: (2, 3), continuous: false };
const LARGER: Size = Size { customers: (6, 9), sites: (3, 5), continuous: true };

const HARD: f64 = f64::INFINITY;

struct Draft<'r> {
    random: &'r mut Random,
    size: Size,
    builder: ProblemBuilder,
    commodities: Vec<CommodityId>,
    /// Measures of loads, the first of the first commodity alone.
    loads: Vec<MeasureId>,
    units: Vec<MeasureId>,
    sites: Vec<SiteId>,
    options: Vec<OptionKey>,
    customers: Vec<CustomerId>,
    masses: Vec<i64>,
    divided: Vec<bool>,
    arcs: Vec<ArcKey>,
    /// Whether extra loads of parts may be fractions; then whole units have no minimum.
    fractions: bool,
}

fn draft(random: &mut Random, size: Size) -> Problem {
    let fractions = random.chance(0.4);
    let mut draft = Draft {
        random,
        size,
        builder: ProblemBuilder::new(),
        commodities: Vec::new(),
        loads: Vec::new(),
        units: Vec::new(),
        sites: Vec::new(),
        options: Vec::new(),
        customers: Vec::new(),
        masses: Vec::new(),
        divided: Vec::new(),
        arcs: Vec::new(),
        fractions,
    };
    draft.measures();
    draft.customers();
    draft.sites();
    draft.arcs();
    draft.links();
    draft.layers();
    let mut problem = draft.builder.build().expect("the generator makes consistent problems").problem;
    while random.chance(0.35) {
        add_ceiling(&mut problem, random);
    }
    problem.validate().expect("the generator makes consistent problems");
    problem
}

/// A ceiling over some overflows, options and arcs.
fn add_ceiling(problem: &mut Problem, random: &mut Random) {
    let mut overflows = Vec::new();
    let mut count = |overflow: Overflow, price: f64, random: &mut Random| {
        if price.is_finite() && random.chance(0.8) {
            overflows.push((overflow, random.between(1, 2) as f64));
        }
    };
    for (id, option) in problem.options.entries() {
        for (index, limit) in (0u32..).zip(&option.limits) {
            count(Overflow::Limit(id, index), limit.price, random);
        }
    }
    for (index, row) in (0u32..).zip(&problem.rows) {
        count(Overflow::Row(index), row.price, random);
    }
    for (index, pair) in (0u32..).zip(&problem.pairs) {
        count(Overflow::Pair(index), pair.price, random);
    }
    let options = problem.options.ids().filter(|_| random.chance(0.2)).map(|id| (id, 1.0)).collect();
    let arcs = problem.arcs.ids().filter(|_| random.chance(0.15)).map(|id| (id, 2.0)).collect();
    let upper = random.between(0, 6) as f64;
    problem.ceilings.push(Ceiling { name: "ceiling".into(), options, arcs, overflows, upper });
}

impl Draft<'_> {
    fn measures(&mut self) {
        if self.random.chance(0.3) {
            let offset = self.random.between(-20, 20) as f64 / 2.0;
            self.builder.offset(offset);
        }
        for index in 0..=self.random.below(2) {
            self.commodities.push(self.builder.commodity(format!("g{index}")));
        }
        self.loads.push(self.builder.load(self.commodities[0]));
        let joint = self.commodities.iter().map(|&c| (c, self.random.between(1, 2))).collect();
        self.loads.push(self.builder.measure(Measure::Load(joint)));
        let units = self.commodities.iter().map(|&c| (c, self.random.between(2, 4))).collect();
        self.units.push(self.builder.measure(Measure::WholeUnits(units)));
    }

    fn customers(&mut self) {
        let count = self.size.customers.0 + self.random.below(self.size.customers.1);
        for index in 0..count {
            let divided = self.random.chance(0.4);
            let mut left = if divided { [2, 3, 4][self.random.below(3)] } else { self.random.between(0, 6) };
            let mass = left;
            let mut loads = Vec::new();
            for (position, &commodity) in self.commodities.iter().enumerate() {
                let last = position + 1 == self.commodities.len();
                let load = if last { left } else { self.random.between(0, left) };
                left -= load;
                loads.push((commodity, load));
            }
            let customer = self.builder.customer(format!("c{index}"), loads);
            if divided {
                let max_sites = [None, Some(1), Some(2), Some(2)][self.random.below(4)];
                let min_share = [0.0, 0.0, 0.3, 0.4, 0.5][self.random.below(5)];
                // The reference engine wants parts in fractions to have a least share, and no least count of whole units.
                let continuous = self.size.continuous && self.fractions && min_share > 0.0 && self.random.chance(0.6);
                let grain = if continuous { Grain::Continuous } else { Grain::Whole };
                self.builder.divisible(customer, Divisible { max_sites, min_share, grain });
            }
            self.customers.push(customer);
            self.masses.push(mass);
            self.divided.push(divided);
        }
    }

    fn sites(&mut self) {
        let total: i64 = self.masses.iter().sum();
        let count = self.size.sites.0 + self.random.below(self.size.sites.1);
        let tight = self.random.range(0.8, 1.8);
        let fair = (total as f64 / count as f64 * 2.0 * tight).round() as i64;
        let dear = self.random.chance(0.5);
        for index in 0..count {
            let site = self.builder.site(format!("s{index}"));
            self.sites.push(site);
            if self.random.chance(0.7) {
                let shut = self.builder.shut(site);
                self.options.push(shut);
            }
            for size in 0..=self.random.below(2) {
                let cost = self.random.between(0, if dear { 60 } else { 12 }) as f64 / 2.0;
                let option = self.builder.option(site, format!("o{size}"), cost);
                self.options.push(option);
                if self.random.chance(0.15) {
                    let only = self.customers.iter().copied().filter(|_| self.random.chance(0.6)).collect();
                    self.builder.serves(option, Serves::Only(only));
                }
                self.limits(option, fair);
            }
        }
    }

    fn price(&mut self, soft: f64) -> f64 {
        if self.random.chance(soft) { self.random.between(0, 12) as f64 / 2.0 } else { HARD }
    }

    fn limits(&mut self, option: OptionKey, fair: i64) {
        if self.random.chance(0.7) {
            let measure = self.loads[self.random.below(2)];
            let max = self.random.between(fair / 2, fair + 2);
            let price = self.price(0.35);
            self.builder.limit(option, Limit { measure, min: 0, max, price });
        }
        if self.random.chance(0.15) {
            // A second limit of the same measure, beyond the first.
            let max = self.random.between(fair, fair + 3);
            let price = self.price(0.7);
            self.builder.limit(option, Limit { measure: self.loads[0], min: 0, max, price });
        }
        if self.random.chance(0.35) {
            let min = self.random.between(1, fair.max(2) / 2 + 1);
            let measure = self.loads[self.random.below(2)];
            let price = self.price(0.4);
            self.builder.limit(option, Limit { measure, min, max: Limit::UNLIMITED, price });
        }
        if self.random.chance(0.45) {
            let max = self.random.between(1, fair / 2 + 1);
            let min = if self.fractions || self.random.chance(0.5) { 0 } else { self.random.between(0, max) };
            let price = self.price(0.35);
            self.builder.limit(option, Limit { measure: self.units[0], min, max, price });
        }
    }

    fn arcs(&mut self) {
        let density = self.random.range(0.6, 1.0);
        for index in 0..self.customers.len() {
            for site in self.sites.clone() {
                if !self.random.chance(density) {
                    continue;
                }
                let doubled = self.random.chance(0.08);
                for _ in 0..=usize::from(doubled) {
                    let cost = self.random.between(0, 40) as f64 / 2.0;
                    let arc = if self.random.chance(0.2) {
                        let commodity = self.commodities[self.random.below(self.commodities.len())];
                        let whole = self.divided[index] && !self.fractions;
                        let load = self.random.between(1, 4) * if whole { self.masses[index] } else { 1 };
                        self.builder.arc_with_extra(self.customers[index], site, cost, (commodity, load))
                    } else {
                        self.builder.arc(self.customers[index], site, cost)
                    };
                    self.arcs.push(arc);
                }
            }
        }
    }

    fn links(&mut self) {
        while self.random.chance(0.4) {
            self.row();
        }
        while self.random.chance(0.3) {
            let option = self.options[self.random.below(self.options.len())];
            let site = self.sites[self.random.below(self.sites.len())];
            let customers: Vec<CustomerId> =
                self.customers.iter().copied().filter(|_| self.random.chance(0.4)).collect();
            self.builder.implication(option, site, customers);
        }
        while self.random.chance(0.45) {
            let first = self.random.below(self.customers.len());
            let second = self.random.below(self.customers.len());
            if !self.divided[first] && !self.divided[second] {
                let price = self.price(0.6);
                self.builder.same_site(self.customers[first], self.customers[second], price);
            }
        }
    }

    fn row(&mut self) {
        let mut row = RowDraft::new("row");
        row.price = self.price(0.4);
        if self.random.chance(0.5) {
            // A count or a budget over options.
            for &option in &self.options {
                if self.random.chance(0.6) {
                    row.options.push((option, self.random.between(1, 3) as f64));
                }
            }
            let most = row.options.len() as i64;
            row.upper = self.random.between(0, most) as f64;
            if self.random.chance(0.4) {
                row.lower = row.upper - self.random.between(0, 2) as f64;
            }
        } else {
            // Something weighed over arcs, such as pupils moved, perhaps bought by an option.
            for &arc in &self.arcs {
                if self.random.chance(0.5) {
                    row.arcs.push((arc, self.random.between(-2, 6) as f64));
                }
            }
            if self.random.chance(0.4) {
                let option = self.options[self.random.below(self.options.len())];
                row.options.push((option, self.random.between(-5, 5) as f64));
            }
            row.upper = self.random.between(-1, 10) as f64;
            if self.random.chance(0.2) {
                row.lower = row.upper - self.random.between(0, 6) as f64;
            }
            if self.random.chance(0.2) {
                (row.lower, row.upper) = (row.upper / 2.0, f64::INFINITY);
            }
        }
        self.builder.row(row);
    }

    fn layers(&mut self) {
        while self.random.chance(0.4) {
            let nodes: Vec<CustomerId> = self.customers.iter().copied().filter(|_| self.random.chance(0.85)).collect();
            let dense = self.random.range(0.2, 0.8);
            let mut edges = Vec::new();
            for (position, &node) in nodes.iter().enumerate() {
                // A path or a tree through all nodes, mostly, and some more edges.
                if position > 0 && self.random.chance(0.9) {
                    edges.push((node, nodes[self.random.below(position)]));
                }
                for &other in &nodes[..position] {
                    if self.random.chance(dense * 0.4) {
                        edges.push((node, other));
                    }
                }
            }
            let mut homes = Vec::new();
            for &site in &self.sites {
                if !nodes.is_empty() && self.random.chance(0.4) {
                    homes.push((site, nodes[self.random.below(nodes.len())]));
                }
            }
            self.builder.layer("layer", nodes, edges, homes);
        }
    }
}
