//! Loads at sites, whole numbers and fractions kept apart so that whole numbers stay exact.

use super::super::problem::{Problem, Service, ceil_div};
use super::TOLERANCE;
use crate::id::{CommodityId, CustomerId, Id, SiteId};

/// A sum of whole numbers and of fractions.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Amount {
    whole: i64,
    fraction: f64,
}

impl Amount {
    pub(super) fn whole(whole: i64) -> Self {
        Self { whole, fraction: 0.0 }
    }

    /// A number that is stored as a whole one if it is.
    fn of(value: f64) -> Self {
        if value.fract() == 0.0 { Self::whole(value as i64) } else { Self { whole: 0, fraction: value } }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { whole: self.whole + other.whole, fraction: self.fraction + other.fraction }
    }

    pub(super) fn times(self, factor: i64) -> Self {
        Self { whole: self.whole * factor, fraction: self.fraction * factor as f64 }
    }

    pub(super) fn is_whole(self) -> bool {
        self.fraction == 0.0
    }

    pub(super) fn whole_part(self) -> i64 {
        self.whole
    }

    pub(super) fn total(self) -> f64 {
        self.whole as f64 + self.fraction
    }

    /// `ceil(amount / size)`, with a load that is above a multiple of the size by the tolerance only rounded down.
    pub(super) fn units_of(self, size: i64) -> i64 {
        if self.is_whole() {
            return ceil_div(self.whole, size);
        }
        let total = self.total();
        ((total - TOLERANCE * total.abs().max(1.0)) / size as f64).ceil() as i64
    }
}

/// The load of every commodity at every site.
#[derive(Debug)]
pub(super) struct SiteLoads {
    commodities: usize,
    amounts: Vec<Amount>,
}

impl SiteLoads {
    pub(super) fn new(problem: &Problem) -> Self {
        let commodities = problem.commodities.len();
        Self { commodities, amounts: vec![Amount::default(); commodities * problem.sites.len()] }
    }

    pub(super) fn at(&self, site: SiteId, commodity: CommodityId) -> Amount {
        self.amounts[site.index() * self.commodities + commodity.index()]
    }

    fn put(&mut self, site: SiteId, commodity: CommodityId, amount: Amount) {
        let place = &mut self.amounts[site.index() * self.commodities + commodity.index()];
        *place = place.plus(amount);
    }

    /// Adds what `customer` brings to the sites that serve it, the extra loads of the arcs included.
    pub(super) fn add(&mut self, problem: &Problem, customer: CustomerId, service: &Service) {
        let own = &problem.customers[customer].loads;
        match service {
            Service::Whole(arc) => {
                let arc = &problem.arcs[*arc];
                for &(commodity, load) in own {
                    self.put(arc.site, commodity, Amount::whole(load));
                }
                for &(commodity, load) in &arc.extra {
                    self.put(arc.site, commodity, Amount::whole(load));
                }
            }
            Service::Split(parts) => {
                for part in parts {
                    let arc = &problem.arcs[part.arc];
                    for (&(commodity, _), &load) in own.iter().zip(&part.loads) {
                        self.put(arc.site, commodity, Amount::of(load));
                    }
                    for &(commodity, load) in &arc.extra {
                        let amount = part_of_extra(load, part.loads.iter().sum(), problem.customers[customer].mass());
                        self.put(arc.site, commodity, Amount::of(amount));
                    }
                }
            }
        }
    }
}

/// `extra * part / mass`, with one division, so that a whole result comes out whole.
fn part_of_extra(extra: i64, part: f64, mass: i64) -> f64 {
    if mass == 0 { 0.0 } else { extra as f64 * part / mass as f64 }
}
