//! Links between choices: mergers, closures, money, sites that must operate, pupils on long ways, pupils moved.

use super::account::{Account, Charge};
use super::require::{ClosureBound, MoneyBound, MoveBound};
use super::{Assembly, cell, choice};
use crate::domain::action::{Measure, Trajectory, baseline_state};
use crate::domain::objective::Term;
use crate::domain::scenario::Scenario;
use crate::id::{ArcId, CustomerId, OptionId};
use crate::kernel::problem::{Ceiling, Implication, Overflow, Row, SameSite};
use crate::units::{Classes, Pupils, Year};

impl Assembly<'_> {
    /// Adds rows, implications and pairs, in the order of the rules within each kind.
    pub(super) fn links(&mut self, terms: &[Term]) {
        self.mergers();
        self.relocations();
        self.prerequisites();
        self.closures();
        self.money();
        self.operating();
        self.counted_sites();
        self.long_ways();
        self.boarders();
        self.moves(terms);
    }

    pub(super) fn push_row(&mut self, mut row: Row, charge: Charge) {
        row.price = if self.set_aside && charge.rule.is_some() { 0.0 } else { charge.price };
        self.problem.rows.push(row);
        self.accounts.charges.rows.push(charge);
    }

    /// A merger of A into B from year t on sends the baseline catchment of A, in every plan year from t on, to B, and
    /// needs an option of B that teaches it all that time; so B neither closes nor merges itself.
    fn mergers(&mut self) {
        let scenario = self.context.scenario;
        for (option, trajectory) in self.context.choices.trajectories.entries() {
            let Some((into, year)) = trajectory.merges_into(scenario) else { continue };
            let from = choice::position(scenario, year);
            let bands = self.context.bands;
            let customers = choice::catchment(scenario, bands, self.cells, trajectory.site, from);
            let takes_over = |other: &Trajectory| choice::takes_over(other, bands, self.cells, &customers, from);
            let keepers = self.context.choices.at(into).filter(|(_, other)| takes_over(other));
            let mut options: Vec<(OptionId, f64)> = keepers.map(|(keeper, _)| (keeper, 1.0)).collect();
            self.problem.implications.push(Implication { option, site: into, customers });
            options.push((option, -1.0));
            options.sort_unstable_by_key(|&(option, _)| option);
            let name = format!("{} needs its target", self.problem.options[option].name);
            let row = Row { name, options, arcs: Vec::new(), lower: 0.0, upper: f64::INFINITY, price: f64::INFINITY };
            self.push_row(row, Charge::structural());
        }
    }

    /// A relocation ends the old place exactly when it opens the new one.
    fn relocations(&mut self) {
        let scenario = self.context.scenario;
        for (option, trajectory) in self.context.choices.trajectories.entries() {
            for &(offer, year) in &trajectory.taken {
                let Measure::Relocate { into, .. } = scenario.offers[offer].measure else { continue };
                let (here, there) = (scenario.offers[offer].site, into);
                // Looked at once, from the old place, unless that cannot move: then the new one cannot receive it.
                let partner = |site| {
                    let same = |(_, other): &(OptionId, &Trajectory)| other.taken == trajectory.taken;
                    self.context.choices.at(site).find(same).map(|(option, _)| option)
                };
                let other = partner(if trajectory.site == here { there } else { here });
                if trajectory.site == there && other.is_some() {
                    continue;
                }
                let mut options: Vec<(OptionId, f64)> =
                    std::iter::once((option, 1.0)).chain(other.map(|other| (other, -1.0))).collect();
                options.sort_unstable_by_key(|&(option, _)| option);
                let name = format!("{} in {year}, both places", self.problem.options[option].name);
                let (arcs, price) = (Vec::new(), f64::INFINITY);
                self.push_row(Row { name, options, arcs, lower: 0.0, upper: 0.0, price }, Charge::structural());
            }
        }
    }

    /// What must have taken effect before: the option of an offer needs an option of one that meets it.
    fn prerequisites(&mut self) {
        let scenario = self.context.scenario;
        for (option, trajectory) in self.context.choices.trajectories.entries() {
            for (offer, then) in trajectory.own(scenario) {
                for needed in &scenario.offers[offer].after {
                    let met = |other: &Trajectory| {
                        other.own(scenario).any(|(other, year)| needed.is_met_by(scenario, other, year, then))
                    };
                    let mut options = self.coefficients(|other| f64::from(u8::from(met(other))));
                    options.push((option, -1.0));
                    options.sort_unstable_by_key(|&(option, _)| option);
                    let name = format!("{} waits", self.problem.options[option].name);
                    let (lower, upper, price) = (0.0, f64::INFINITY, f64::INFINITY);
                    self.push_row(Row { name, options, arcs: Vec::new(), lower, upper, price }, Charge::structural());
                }
            }
        }
    }

    fn closures(&mut self) {
        let scenario = self.context.scenario;
        for (index, bound) in self.context.requirements.closures.iter().enumerate() {
            let ClosureBound { rule, count, min, max, price } = bound;
            let counted = |trajectory: &Trajectory| {
                let actions = trajectory.own(scenario).filter(|&(offer, year)| {
                    let measure = scenario.offers[offer].measure;
                    count.years.contains(&year)
                        && match (&count.sites, measure) {
                            (Some(sites), measure) => measure.shuts() && sites.contains(&trajectory.site),
                            (None, Measure::Close) => true,
                            (None, Measure::Merge { .. }) => count.merges,
                            (None, Measure::Relocate { .. }) => count.relocations,
                            (None, _) => false,
                        }
                });
                actions.count() as f64
            };
            let row = Row {
                name: format!("closures {index} of {rule}"),
                options: self.coefficients(counted),
                arcs: Vec::new(),
                lower: min.map_or(f64::NEG_INFINITY, |min| min as f64),
                upper: max.map_or(f64::INFINITY, |max| max as f64),
                price: *price,
            };
            let charge = Charge::new(scenario, rule, *price, self.pupils_per_site());
            self.push_row(row, charge);
        }
    }

    fn money(&mut self) {
        let scenario = self.context.scenario;
        for (index, bound) in self.context.requirements.money.iter().enumerate() {
            let MoneyBound { rule, span, max, price } = bound;
            let spent = |trajectory: &Trajectory| money(scenario, trajectory, &span.years, span.running);
            let mut options = self.coefficients(spent);
            let (mut upper, mut price) = (*max, *price);
            // Whole yuan that share a divisor are counted in it: small numbers keep a backend's tolerance from mattering.
            let unit = common_divisor(&options);
            if unit > 1.0 {
                for (_, yuan) in &mut options {
                    *yuan /= unit;
                }
                upper = if price.is_infinite() && !self.set_aside { (upper / unit).floor() } else { upper / unit };
                price *= unit;
            }
            let name = format!("money {index} of {rule}");
            let row = Row { name, options, arcs: Vec::new(), lower: f64::NEG_INFINITY, upper, price };
            let charge = Charge::new(scenario, rule, price, unit * self.pupils_per_yuan());
            self.push_row(row, charge);
        }
    }

    fn operating(&mut self) {
        let scenario = self.context.scenario;
        for must in &self.context.requirements.operate {
            let Some(year) = position(scenario, must.year) else { continue };
            let open = |trajectory: &Trajectory| {
                f64::from(u8::from(trajectory.site == must.site && trajectory.states[year].operating))
            };
            let row = Row {
                name: format!("{} operates in {}", scenario.district.sites[must.site].key, must.year),
                options: self.coefficients(open),
                arcs: Vec::new(),
                lower: 1.0,
                upper: f64::INFINITY,
                price: must.price,
            };
            let charge = Charge::new(scenario, &must.rule, must.price, self.pupils_per_site());
            self.push_row(row, charge);
        }
    }

    /// Numbers of sites in some states in a year.
    fn counted_sites(&mut self) {
        let scenario = self.context.scenario;
        for bound in &self.context.requirements.sites {
            let Some(year) = position(scenario, bound.year) else { continue };
            let counted = |trajectory: &Trajectory| {
                f64::from(u8::from(bound.counted.contains(&(trajectory.site, trajectory.states[year]))))
            };
            let row = Row {
                name: format!("sites of {} in {} by {}", bound.of, bound.year, bound.rule),
                options: self.coefficients(counted),
                arcs: Vec::new(),
                lower: bound.min.map_or(f64::NEG_INFINITY, |min| min as f64),
                upper: bound.max.map_or(f64::INFINITY, |max| max as f64),
                price: bound.price,
            };
            let charge = Charge::new(scenario, &bound.rule, bound.price, self.pupils_per_site());
            self.push_row(row, charge);
        }
    }

    fn long_ways(&mut self) {
        let scenario = self.context.scenario;
        for count in &self.context.requirements.way_counts {
            let Some(year) = position(scenario, count.year) else { continue };
            let mut arcs: Vec<(ArcId, f64)> = Vec::new();
            for (id, arc) in self.problem.arcs.entries() {
                let cell = &self.cells.all[arc.customer];
                let grades = &self.context.bands[cell.band].grades;
                if arc.extra.is_none()
                    && cell.year == year
                    && count.grades.contains(&grades[0])
                    && count.counted.contains(cell.unit, arc.site)
                {
                    arcs.push((id, cell.pupils.as_f64()));
                }
            }
            arcs.retain(|&(_, pupils)| pupils > 0.0);
            let row = Row {
                name: format!("long ways {} of {}", count.year, count.rule),
                options: Vec::new(),
                arcs,
                lower: f64::NEG_INFINITY,
                upper: count.max,
                price: count.price,
            };
            let charge = Charge::new(scenario, &count.rule, count.price, 1.0);
            self.push_row(row, charge);
        }
    }

    /// Pupils moved. The first plan year is compared with the baseline, which is a matter of arcs; a later year with the
    /// year before, which is a matter of pairs of whole customers.
    fn moves(&mut self, terms: &[Term]) {
        let scenario = self.context.scenario;
        let bounds = &self.context.requirements.moves;
        let wanted = terms.contains(&Term::MovedPupils);
        if wanted || bounds.iter().any(|bound| bound.year != scenario.years[0]) {
            let pupils = self.pairs_of_years();
            if wanted {
                self.accounts.ledgers.entry(Account::Term(Term::MovedPupils)).or_default().pairs = pupils;
            }
        }
        for bound in bounds {
            match position(scenario, bound.year) {
                Some(0) => self.moved_from_baseline(bound),
                Some(year) if bound.price.is_infinite() && !self.set_aside => self.moved_from_year_before(bound, year),
                // A priced limit on later years would need a price on a sum of pairs: it is checked on the finished plan.
                _ => {}
            }
        }
    }

    /// Pairs the customers of one unit and band in consecutive years, and returns how many pupils move where the two go to
    /// different sites.
    fn pairs_of_years(&mut self) -> Vec<f64> {
        let mut moved = Vec::new();
        for (customer, cell) in self.cells.all.entries().filter(|(_, cell)| cell.year > 0) {
            let Some(before) = self.cells.find(cell.unit, cell.band, cell.year - 1) else { continue };
            let whole = |customer: CustomerId| {
                self.cells.all[customer].pupils > Pupils::ZERO && !self.problem.customers[customer].may_be_split()
            };
            if whole(customer) && whole(before) {
                self.problem.pairs.push(SameSite { first: before, second: customer, price: 0.0 });
                moved.push(cell.pupils.as_f64());
            }
        }
        moved
    }

    fn moved_from_baseline(&mut self, bound: &MoveBound) {
        let scenario = self.context.scenario;
        let mut arcs: Vec<(ArcId, f64)> = Vec::new();
        for (id, arc) in self.problem.arcs.entries() {
            let cell = &self.cells.all[arc.customer];
            let home = cell::baseline_site(scenario, cell.unit, &self.context.bands[cell.band]);
            if cell.year == 0 && cell.pupils > Pupils::ZERO && home.is_some_and(|home| home != arc.site) {
                arcs.push((id, cell.pupils.as_f64()));
            }
        }
        let row = Row {
            name: format!("moved {} of {}", bound.year, bound.rule),
            options: Vec::new(),
            arcs,
            lower: f64::NEG_INFINITY,
            upper: bound.max,
            price: bound.price,
        };
        let charge = Charge::new(scenario, &bound.rule, bound.price, 1.0);
        self.push_row(row, charge);
    }

    fn moved_from_year_before(&mut self, bound: &MoveBound, year: usize) {
        let pairs = self.problem.pairs.iter().enumerate();
        let of_year = pairs.filter(|(_, pair)| self.cells.all[pair.second].year == year);
        let overflows = of_year
            .map(|(at, pair)| (Overflow::Pair(at as u32), self.cells.all[pair.second].pupils.as_f64()))
            .collect();
        let name = format!("moved {} of {}", bound.year, bound.rule);
        let (options, arcs) = (Vec::new(), Vec::new());
        self.problem.ceilings.push(Ceiling { name, options, arcs, overflows, upper: bound.max });
    }

    /// The options with a coefficient other than 0.
    fn coefficients(&self, of: impl Fn(&Trajectory) -> f64) -> Vec<(OptionId, f64)> {
        let all = self.context.choices.trajectories.entries();
        all.map(|(option, trajectory)| (option, of(trajectory))).filter(|&(_, factor)| factor != 0.0).collect()
    }

    /// Mean number of pupils of an operating site in the baseline year: what a closure too many is taken to affect.
    fn pupils_per_site(&self) -> f64 {
        let scenario = self.context.scenario;
        let operating = scenario.district.sites.ids().filter(|&site| baseline_state(scenario, site).operating).count();
        scenario.demand.total(scenario.baseline_year).as_f64().max(1.0) / operating.max(1) as f64
    }

    /// Pupils whom a yuan too many is taken to affect: the places that it pays for, at the mean price of a place among the
    /// offers that add classrooms; without such offers, at the price that spends all offered capital on all pupils.
    fn pupils_per_yuan(&self) -> f64 {
        let scenario = self.context.scenario;
        let class = self.context.requirements.claims.iter().flat_map(|(_, _, claim)| &claim.needs);
        let class = class.map(|need| need.size).max().unwrap_or(1) as f64;
        let (mut capital, mut places) = (0.0, 0.0);
        for offer in &scenario.offers {
            let classes = offer.measure.classes();
            if classes > Classes::ZERO {
                capital += offer.capital.as_f64();
                places += classes.as_f64() * class;
            }
        }
        if capital > 0.0 && places > 0.0 {
            return places / capital;
        }
        let offered: f64 = scenario.offers.iter().map(|offer| offer.capital.as_f64().abs()).sum();
        scenario.demand.total(scenario.baseline_year).as_f64().max(1.0) / offered.max(1.0)
    }
}

/// Money that a trajectory books in `years`, in yuan, not discounted. Capital is booked in equal parts over the lead years
/// before the year of effect, in that year itself where the lead is 0; what falls before the first plan year is booked in
/// it. With `running` the change of the running cost in those years is added.
pub(super) fn money(scenario: &Scenario, trajectory: &Trajectory, years: &[Year], running: bool) -> f64 {
    let first = scenario.years[0];
    let mut sum = 0.0;
    for (index, from) in trajectory.own(scenario) {
        let offer = &scenario.offers[index];
        let parts = offer.lead_years.max(1);
        for part in 0..parts {
            let booked = Year(from.0 - offer.lead_years as i32 + part as i32).max(first);
            if years.contains(&booked) {
                sum += offer.capital.as_f64() / f64::from(parts);
            }
        }
        if running {
            sum += years.iter().filter(|&&year| year >= from).count() as f64 * offer.running.as_f64();
        }
    }
    sum
}

/// The greatest common divisor of the coefficients where all are whole numbers, else 1.
fn common_divisor(options: &[(OptionId, f64)]) -> f64 {
    let mut divisor: u64 = 0;
    for &(_, factor) in options {
        if factor.fract() != 0.0 || factor.abs() >= 9e15 {
            return 1.0;
        }
        let (mut a, mut b) = (divisor, factor.abs() as u64);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        divisor = a;
    }
    divisor.max(1) as f64
}

fn position(scenario: &Scenario, year: Year) -> Option<usize> {
    scenario.years.iter().position(|&other| other == year)
}
