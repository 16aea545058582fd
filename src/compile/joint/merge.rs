//! Where everything of a part is in the whole, and the whole itself.

use crate::compile::cell::{Cell, Cells, Slice};
use crate::compile::commodity::Load;
use crate::compile::{CompileError, Compiled};
use crate::id::{ArcId, CommodityId, CustomerId, Id, IdVec, MeasureId, OptionId, SiteId};
use crate::kernel::problem::{
    Arc, Ceiling, Commodity, ContiguityLayer, Customer, Implication, Limit, Measure, Overflow, Problem, Row, SameSite,
    Serves, Site, SiteOption,
};
use crate::units::{Pupils, Year};
use std::collections::BTreeMap;
use std::ops::Range;

/// Where everything of a part is in the whole.
#[derive(Debug, Clone)]
pub(super) struct Map {
    /// The part's option for every option of the whole.
    pub options: IdVec<OptionId, OptionId>,
    /// The whole's option for every option of the part; `None` where some other part does not have it.
    pub back: IdVec<OptionId, Option<OptionId>>,
    /// The whole's customer for every customer of the part.
    pub customers: IdVec<CustomerId, CustomerId>,
    /// The part's arc for every arc of the whole.
    pub arcs: IdVec<ArcId, Option<ArcId>>,
    /// Where the part's limits begin among those of every option of the whole.
    pub limits: IdVec<OptionId, usize>,
    /// The whole's row for every row of the part.
    pub rows: Vec<usize>,
    /// Rows of the whole that depend on the part's pupils and follow from a rule.
    pub own_rows: Vec<usize>,
    /// The whole's pair for every pair of the part.
    pub pairs: Vec<usize>,
    /// The part's ceilings in the whole.
    pub ceilings: Range<usize>,
    /// Added to the part's commodities.
    pub commodity: u32,
    /// Added to the part's measures.
    pub measure: u32,
}

impl Map {
    fn commodity(&self, own: CommodityId) -> CommodityId {
        CommodityId(own.0 + self.commodity)
    }

    fn option(&self, own: OptionId) -> Option<OptionId> {
        self.back[own]
    }

    fn overflow(&self, own: Overflow) -> Option<Overflow> {
        Some(match own {
            Overflow::Limit(option, at) => {
                let option = self.option(option)?;
                Overflow::Limit(option, (self.limits[option] + at as usize) as u32)
            }
            Overflow::Row(row) => Overflow::Row(self.rows[row as usize] as u32),
            Overflow::Pair(pair) => Overflow::Pair(self.pairs[pair as usize] as u32),
        })
    }
}

/// The whole in the making.
struct Merge<'a> {
    parts: &'a [Compiled],
    maps: Vec<Map>,
    problem: Problem,
    whole: Compiled,
}

/// What customers of several forecasts have in common who go one way: first year, band or first band of the stage, entry year of
/// a cohort, unit.
type SharedBy = (usize, usize, Option<Year>, u32);

/// Puts the parts together.
pub(super) fn merge(parts: &[Compiled]) -> Result<(Vec<Map>, Compiled), CompileError> {
    let first = parts.first().expect("forecasts are at least one");
    let mut maps = Vec::new();
    let (mut commodity, mut measure) = (0, 0);
    for part in parts {
        maps.push(Map {
            options: IdVec::new(),
            back: IdVec::filled(None, part.problem.options.len()),
            customers: IdVec::filled(CustomerId(u32::MAX), part.problem.customers.len()),
            arcs: IdVec::new(),
            limits: IdVec::new(),
            rows: Vec::new(),
            own_rows: Vec::new(),
            pairs: Vec::new(),
            ceilings: 0..0,
            commodity,
            measure,
        });
        commodity += part.problem.commodities.len() as u32;
        measure += part.problem.measures.len() as u32;
    }
    let whole = Compiled {
        problem: Problem::default(),
        bands: first.bands.clone(),
        cells: Cells::default(),
        trajectories: IdVec::new(),
        loads: IdVec::new(),
        accounts: crate::compile::Accounts::default(),
        entries: first.entries.clone(),
        in_part: parts.iter().flat_map(|part| part.in_part.iter().copied()).collect(),
        assumptions: Vec::new(),
    };
    let mut merge = Merge { parts, maps, problem: Problem::default(), whole };
    merge.kinds_of_load();
    merge.options();
    merge.customers()?;
    merge.serves();
    merge.limits();
    merge.rows();
    merge.links();
    merge.layers();
    for part in parts {
        for assumption in &part.assumptions {
            if !merge.whole.assumptions.contains(assumption) {
                merge.whole.assumptions.push(assumption.clone());
            }
        }
    }
    let Merge { maps, problem, whole, .. } = merge;
    problem.validate()?;
    Ok((maps, Compiled { problem, ..whole }))
}

/// Name of something of a part, for logs and exported models.
fn of_part(name: &str, part: usize) -> String {
    format!("{name} [{}]", part + 1)
}

impl Merge<'_> {
    fn kinds_of_load(&mut self) {
        for (index, (part, map)) in self.parts.iter().zip(&self.maps).enumerate() {
            for Commodity { name } in &part.problem.commodities {
                self.problem.commodities.push(Commodity { name: of_part(name, index) });
            }
            for Load { year, grades, joint } in &part.loads {
                self.whole.loads.push(Load { year: *year, grades: grades.clone(), joint: *joint });
            }
            for measure in &part.problem.measures {
                let shift = |terms: &[(CommodityId, i64)]| {
                    terms.iter().map(|&(commodity, factor)| (map.commodity(commodity), factor)).collect()
                };
                self.problem.measures.push(match measure {
                    Measure::Load(terms) => Measure::Load(shift(terms)),
                    Measure::WholeUnits(terms) => Measure::WholeUnits(shift(terms)),
                });
            }
        }
    }

    /// The options that every part has.
    fn options(&mut self) {
        let first = &self.parts[0];
        for (site, facts) in first.problem.sites.entries() {
            let start = self.problem.options.len() as u32;
            for option in first.problem.options_of(site) {
                let trajectory = &first.trajectories[option];
                let same = |part: &Compiled| {
                    let mut options = part.problem.options_of(site);
                    options.find(|&other| part.trajectories[other].taken == trajectory.taken)
                };
                let Some(own) = self.parts.iter().map(same).collect::<Option<Vec<_>>>() else { continue };
                for (map, own) in self.maps.iter_mut().zip(own) {
                    map.back[own] = Some(map.options.push(own));
                }
                let SiteOption { name, serves, .. } = &first.problem.options[option];
                let (name, serves) = (name.clone(), serves.clone());
                self.problem.options.push(SiteOption { name, site, cost: 0.0, serves, limits: Vec::new() });
                self.whole.trajectories.push(trajectory.clone());
            }
            let options = start..self.problem.options.len() as u32;
            self.problem.sites.push(Site { name: facts.name.clone(), options });
        }
    }

    /// One customer for a unit, band and year, or one for every part where some part may divide it or let it board: parts of it
    /// and beds differ by forecast.
    fn customers(&mut self) -> Result<(), CompileError> {
        let mut found: BTreeMap<SharedBy, Vec<(usize, CustomerId)>> = BTreeMap::new();
        for (index, part) in self.parts.iter().enumerate() {
            for (customer, cell) in part.cells.all.entries() {
                // Forecasts may differ in the years in which a cohort has pupils, not in when it is zoned.
                let band = match cell.cohort {
                    None => cell.slices[0].band,
                    Some(_) => part.bands.iter().position(|band| band.stage == cell.stage).unwrap_or(0),
                };
                found.entry((cell.from, band, cell.cohort, cell.unit.0)).or_default().push((index, customer));
            }
        }
        for own in found.into_values() {
            let divided = |&(part, customer): &(usize, CustomerId)| {
                let problem = &self.parts[part].problem;
                let boards = || problem.arcs_of(customer).any(|arc| !problem.arcs[arc].extra.is_empty());
                problem.customers[customer].divisible.is_some() || boards()
            };
            if own.iter().any(divided) {
                for one in own {
                    self.customer(&[one])?;
                }
            } else {
                self.customer(&own)?;
            }
        }
        let cells = self.whole.cells.all.clone();
        self.whole.cells = Cells::indexed(&self.parts[0].cells, cells);
        Ok(())
    }

    fn customer(&mut self, own: &[(usize, CustomerId)]) -> Result<(), CompileError> {
        let &(first, first_customer) = own.first().expect("a customer is some part's");
        let facts = &self.parts[first].problem.customers[first_customer];
        let customer = CustomerId::new(self.problem.customers.len());
        let mut loads = Vec::new();
        let mut slices: BTreeMap<(usize, usize), Pupils> = BTreeMap::new();
        for &(part, its) in own {
            let map = &mut self.maps[part];
            map.customers[its] = customer;
            let its_loads = self.parts[part].problem.customers[its].loads.iter();
            loads.extend(its_loads.map(|&(commodity, load)| (map.commodity(commodity), load)));
            for slice in &self.parts[part].cells.all[its].slices {
                let most = slices.entry((slice.year, slice.band)).or_default();
                *most = slice.pupils.max(*most);
            }
        }
        let start = self.problem.arcs.len() as u32;
        for arc in self.parts[first].problem.arcs_of(first_customer) {
            let Arc { site, extra, .. } = &self.parts[first].problem.arcs[arc];
            let at = |&(part, its): &(usize, CustomerId)| {
                let problem = &self.parts[part].problem;
                // Who boards is a customer of one forecast, so that the beds are the same.
                let same = |arc: &Arc| arc.site == *site && arc.extra == *extra;
                problem.arcs_of(its).find(|&arc| same(&problem.arcs[arc])).map(|arc| (part, arc))
            };
            let Some(ways) = own.iter().map(at).collect::<Option<Vec<_>>>() else { continue };
            let (site, map) = (*site, &self.maps[first]);
            let extra = extra.iter().map(|&(commodity, beds)| (map.commodity(commodity), beds)).collect();
            self.problem.arcs.push(Arc { customer, site, cost: 0.0, extra });
            for (part, map) in self.maps.iter_mut().enumerate() {
                map.arcs.push(ways.iter().find(|(of, _)| *of == part).map(|&(_, arc)| arc));
            }
        }
        let arcs = start..self.problem.arcs.len() as u32;
        if arcs.is_empty() {
            return Err(CompileError::NoCommonWay { customer: facts.name.clone() });
        }
        let name =
            if own.len() == 1 && self.parts.len() > 1 { of_part(&facts.name, first) } else { facts.name.clone() };
        let divisible = facts.divisible;
        self.problem.customers.push(Customer { name, loads: loads.into(), arcs, divisible });
        let slices = slices.into_iter().map(|((year, band), pupils)| Slice { year, band, pupils }).collect();
        self.whole.cells.all.push(Cell { slices, ..self.parts[first].cells.all[first_customer].clone() });
        Ok(())
    }

    /// An option serves whom it serves in every part.
    fn serves(&mut self) {
        let mut at: IdVec<SiteId, Vec<CustomerId>> = IdVec::filled(Vec::new(), self.problem.sites.len());
        for arc in &self.problem.arcs {
            if at[arc.site].last() != Some(&arc.customer) {
                at[arc.site].push(arc.customer);
            }
        }
        let mut in_parts: IdVec<CustomerId, Vec<(usize, CustomerId)>> =
            IdVec::filled(Vec::new(), self.problem.customers.len());
        for (part, map) in self.maps.iter().enumerate() {
            for (own, &customer) in map.customers.entries() {
                in_parts[customer].push((part, own));
            }
        }
        for option in self.problem.options.ids() {
            if self.problem.options[option].serves == Serves::Nobody {
                continue;
            }
            let site = self.problem.options[option].site;
            let allows = |&(part, own): &(usize, CustomerId)| {
                let own_option = self.maps[part].options[option];
                self.parts[part].problem.options[own_option].serves.allows(own)
            };
            let served: Vec<CustomerId> =
                at[site].iter().copied().filter(|&customer| in_parts[customer].iter().all(allows)).collect();
            let everybody = served.len() == at[site].len();
            self.problem.options[option].serves =
                if everybody { Serves::Everybody } else { Serves::Only(served.into_boxed_slice()) };
        }
    }

    fn limits(&mut self) {
        for (part, map) in self.parts.iter().zip(&mut self.maps) {
            for (option, &own) in map.options.entries() {
                let limits = &mut self.problem.options[option].limits;
                map.limits.push(limits.len());
                limits.extend(
                    part.problem.options[own]
                        .limits
                        .iter()
                        .map(|limit| Limit { measure: MeasureId(limit.measure.0 + map.measure), ..*limit }),
                );
            }
        }
    }

    /// Rows over options alone are the same in every part and there once.
    fn rows(&mut self) {
        for (index, part) in self.parts.iter().enumerate() {
            let charges = &part.accounts.charges.rows;
            for (row, charge) in part.problem.rows.iter().zip(charges) {
                let map = &self.maps[index];
                let options: Vec<(OptionId, f64)> =
                    row.options.iter().filter_map(|&(own, factor)| Some((map.option(own)?, factor))).collect();
                let same = |other: &Row| {
                    other.name == row.name
                        && other.arcs.is_empty()
                        && (other.lower, other.upper) == (row.lower, row.upper)
                        && other.options == options
                };
                let known = if row.arcs.is_empty() { self.problem.rows.iter().position(same) } else { None };
                let at = known.unwrap_or_else(|| {
                    let name = if row.arcs.is_empty() { row.name.clone() } else { of_part(&row.name, index) };
                    let arcs = self.arcs(index, &row.arcs);
                    self.problem.rows.push(Row { name, options, arcs, ..row.clone() });
                    self.problem.rows.len() - 1
                });
                let map = &mut self.maps[index];
                map.rows.push(at);
                if !row.arcs.is_empty() && charge.rule.is_some() {
                    map.own_rows.push(at);
                }
            }
        }
    }

    /// The coefficients of a part's arcs on those of the whole.
    fn arcs(&self, part: usize, own: &[(ArcId, f64)]) -> Vec<(ArcId, f64)> {
        if own.is_empty() {
            return Vec::new();
        }
        let factors: BTreeMap<ArcId, f64> = own.iter().copied().collect();
        let arcs = self.maps[part].arcs.entries();
        arcs.filter_map(|(arc, own)| Some((arc, *factors.get(&(*own)?)?))).collect()
    }

    fn links(&mut self) {
        let mut implied: BTreeMap<(OptionId, SiteId), Vec<CustomerId>> = BTreeMap::new();
        let mut pairs: BTreeMap<(CustomerId, CustomerId), usize> = BTreeMap::new();
        for (index, (part, map)) in self.parts.iter().zip(&mut self.maps).enumerate() {
            for Implication { option, site, customers } in &part.problem.implications {
                if let Some(option) = map.option(*option) {
                    let customers = customers.iter().map(|&own| map.customers[own]);
                    implied.entry((option, *site)).or_default().extend(customers);
                }
            }
            for pair in &part.problem.pairs {
                let (first, second) = (map.customers[pair.first], map.customers[pair.second]);
                let at = *pairs.entry((first, second)).or_insert_with(|| {
                    self.problem.pairs.push(SameSite { first, second, price: pair.price });
                    self.problem.pairs.len() - 1
                });
                map.pairs.push(at);
            }
            let start = self.problem.ceilings.len();
            for Ceiling { name, options, arcs, overflows, upper } in &part.problem.ceilings {
                debug_assert!(arcs.is_empty(), "compiled ceilings count options and overflow");
                self.problem.ceilings.push(Ceiling {
                    name: of_part(name, index),
                    options: options.iter().filter_map(|&(own, factor)| Some((map.option(own)?, factor))).collect(),
                    arcs: Vec::new(),
                    overflows: overflows
                        .iter()
                        .filter_map(|&(own, factor)| Some((map.overflow(own)?, factor)))
                        .collect(),
                    upper: *upper,
                });
            }
            map.ceilings = start..self.problem.ceilings.len();
        }
        for ((option, site), mut customers) in implied {
            customers.sort_unstable();
            customers.dedup();
            self.problem.implications.push(Implication { option, site, customers });
        }
    }

    /// Layers of the parts, each once.
    fn layers(&mut self) {
        for (part, map) in self.parts.iter().zip(&self.maps) {
            for ContiguityLayer { name, customers, neighbours, homes } in &part.problem.layers {
                let customers: Vec<CustomerId> = customers.iter().map(|&own| map.customers[own]).collect();
                if !self.problem.layers.iter().any(|other| other.name == *name && other.customers == customers) {
                    let (name, neighbours, homes) = (name.clone(), neighbours.clone(), homes.clone());
                    self.problem.layers.push(ContiguityLayer { name, customers, neighbours, homes });
                }
            }
        }
    }
}
