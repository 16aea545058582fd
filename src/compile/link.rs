//! Links between choices: mergers, schools that cohorts keep, closures, money, sites that must operate, pupils on long ways,
//! pupils moved.

use super::account::{Account, Charge};
use super::cell::{Cell, Slice};
use super::require::{ClosureBound, MoneyBound, MoveBound};
use super::{Assembly, Context, cell, choice};
use crate::domain::action::{Measure, Trajectory, baseline_state};
use crate::domain::objective::Term;
use crate::domain::scenario::Scenario;
use crate::id::{ArcId, CustomerId, OptionId, SiteId};
use crate::kernel::problem::{Arc, Ceiling, Implication, Overflow, Row, SameSite};
use crate::metric::band::Band;
use crate::metric::cohort;
use crate::units::{Classes, Pupils, Year};
use std::collections::BTreeMap;

impl Assembly<'_> {
    /// Adds rows, implications and pairs, in the order of the rules within each kind.
    pub(super) fn links(&mut self, terms: &[Term]) {
        self.mergers();
        self.relocations();
        self.prerequisites();
        self.finishers();
        self.kept_schools();
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
            let customers = choice::catchment(scenario, self.cells, trajectory.site, from);
            let takes_over =
                |other: &Trajectory| choice::takes_over(scenario, other, bands, self.cells, &customers, from);
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

    /// Where everybody follows the map of every year, a phase-out keeps the catchment that the site has today, until it takes no
    /// more entrants as a whole and then those who are there.
    fn finishers(&mut self) {
        let Context { scenario, bands, homes, choices, .. } = self.context;
        let running_out = |trajectory: &Trajectory| choice::runs_out_from(scenario, trajectory).is_some();
        for (option, trajectory) in choices.trajectories.entries().filter(|(_, trajectory)| running_out(trajectory)) {
            let finishes = |cell: &Cell| choice::finishes(scenario, bands, homes, trajectory, cell);
            let customers: Vec<CustomerId> =
                self.cells.all.entries().filter(|(_, cell)| finishes(cell)).map(|(customer, _)| customer).collect();
            if !customers.is_empty() {
                self.problem.implications.push(Implication { option, site: trajectory.site, customers });
            }
        }
    }

    /// A cohort keeps the school of today under every option that teaches it. Once that has ceased to, the cohort stays where
    /// it is zoned then.
    fn kept_schools(&mut self) {
        let Context { scenario, bands, choices, .. } = self.context;
        let mut keepers: BTreeMap<(OptionId, SiteId), Vec<CustomerId>> = BTreeMap::new();
        for (customer, cell) in self.cells.all.entries() {
            let Some(home) = cell.held else { continue };
            if self.problem.arcs_of(customer).all(|arc| self.problem.arcs[arc].site == home) {
                continue;
            }
            for (option, _) in choices.at(home).filter(|(_, kept)| choice::teaches(scenario, bands, kept, cell)) {
                keepers.entry((option, home)).or_default().push(customer);
            }
            // The parts of a cohort follow each other.
            let part_of =
                |other: &Cell| (other.unit, other.stage, other.cohort) == (cell.unit, cell.stage, cell.cohort);
            let next = CustomerId(customer.0 + 1);
            if self.cells.all.get(next).is_some_and(part_of) {
                self.settled(customer, next, home);
            }
        }
        for ((option, site), customers) in keepers {
            self.problem.implications.push(Implication { option, site, customers });
        }
    }

    /// Pupils at another school than `home` are there also later.
    fn settled(&mut self, customer: CustomerId, later: CustomerId, home: SiteId) {
        for arc in self.problem.arcs_of(customer) {
            let site = self.problem.arcs[arc].site;
            if site == home {
                continue;
            }
            // Whoever boards in some year is at the same school.
            let after = self.problem.arcs_of(later).filter(|&other| self.problem.arcs[other].site == site);
            let arcs = std::iter::once((arc, 1.0)).chain(after.map(|after| (after, -1.0))).collect();
            let name = format!("{} stays at {}", self.problem.customers[later].name, self.problem.sites[site].name);
            let row =
                Row { name, options: Vec::new(), arcs, lower: f64::NEG_INFINITY, upper: 0.0, price: f64::INFINITY };
            self.push_row(row, Charge::structural());
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
                            (None, Measure::Close | Measure::PhaseOut) => true,
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
                let meant = |slice: &&Slice| {
                    slice.year == year && count.grades.contains(&self.context.bands[slice.band].grades[0])
                };
                if !self.commodities.boards(arc, year) && count.counted.contains(cell.unit, arc.site) {
                    let pupils: Pupils = cell.slices.iter().filter(meant).map(|slice| slice.pupils).sum();
                    arcs.push((id, pupils.as_f64()));
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
            let moved = self.pairs_of_years();
            if wanted {
                let pupils = moved.iter().map(|moved| moved.pupils.as_f64()).collect();
                self.accounts.ledgers.entry(Account::Term(Term::MovedPupils)).or_default().pairs = pupils;
            }
            for bound in bounds {
                if let Some(year) = position(scenario, bound.year).filter(|&year| year > 0)
                    && bound.price.is_infinite()
                    && !self.set_aside
                {
                    // A priced limit on later years would need a price on a sum of pairs: it is checked on the finished plan.
                    self.moved_from_year_before(bound, year, &moved);
                }
            }
        }
        for bound in bounds.iter().filter(|bound| bound.year == scenario.years[0]) {
            self.moved_from_baseline(bound);
        }
    }

    /// Pairs the customers of one unit and band in consecutive years, or where cohorts are told apart of one cohort, and says how
    /// many pupils move where the two go to different sites.
    fn pairs_of_years(&mut self) -> Vec<MovedPair> {
        let Context { scenario, bands, .. } = self.context;
        let mut moved = Vec::new();
        for (customer, cell) in self.cells.all.entries() {
            for slice in cell.slices.iter().filter(|slice| slice.year > 0) {
                let (now, earlier) = (scenario.years[slice.year], scenario.years[slice.year - 1]);
                let Some(band) = band_before(scenario, bands, slice.band, now, earlier) else { continue };
                let Some(before) = self.cells.find(cell.unit, band, slice.year - 1) else { continue };
                let some = |slice: &&Slice| slice.pupils > Pupils::ZERO;
                let last = self.cells.all[before].slices.iter().find(|other| other.year + 1 == slice.year);
                let whole = |customer: CustomerId| !self.problem.customers[customer].may_be_split();
                if before != customer
                    && last.as_ref().is_some_and(some)
                    && some(&slice)
                    && whole(customer)
                    && whole(before)
                {
                    self.problem.pairs.push(SameSite { first: before, second: customer, price: 0.0 });
                    moved.push(MovedPair { year: slice.year, pupils: slice.pupils });
                }
            }
        }
        moved
    }

    fn moved_from_baseline(&mut self, bound: &MoveBound) {
        let scenario = self.context.scenario;
        let moved = |arc: &Arc| moved_from_today(scenario, self.context.bands, &self.cells.all[arc.customer], arc.site);
        let arcs = self.problem.arcs.entries().map(|(id, arc)| (id, moved(arc))).filter(|&(_, pupils)| pupils > 0.0);
        let row = Row {
            name: format!("moved {} of {}", bound.year, bound.rule),
            options: Vec::new(),
            arcs: arcs.collect(),
            lower: f64::NEG_INFINITY,
            upper: bound.max,
            price: bound.price,
        };
        let charge = Charge::new(scenario, &bound.rule, bound.price, 1.0);
        self.push_row(row, charge);
    }

    fn moved_from_year_before(&mut self, bound: &MoveBound, year: usize, moved: &[MovedPair]) {
        let of_year = moved.iter().enumerate().filter(|(_, pair)| pair.year == year);
        let overflows = of_year.map(|(at, pair)| (Overflow::Pair(at as u32), pair.pupils.as_f64())).collect();
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

/// A pair of customers, and the pupils who are at another site in a plan year where the two go to different ones.
struct MovedPair {
    year: usize,
    pupils: Pupils,
}

/// The band in which the pupils of a band were in an earlier year: the same, or where cohorts are told apart that of their grade
/// then; `None` where they were not in its stage.
fn band_before(scenario: &Scenario, bands: &[Band], band: usize, year: Year, earlier: Year) -> Option<usize> {
    if !cohort::told_apart(scenario, bands[band].stage) {
        return Some(band);
    }
    let younger = cohort::grade_before(scenario, bands[band].grades[0], year, earlier)?;
    bands.iter().position(|band| band.grades.contains(&younger))
}

/// Pupils of a cell who have moved in the first plan year when they go to `site`, where that is not the site of today. Where
/// cohorts are told apart, those who are new to the stage have none.
pub(super) fn moved_from_today(scenario: &Scenario, bands: &[Band], cell: &Cell, site: SiteId) -> f64 {
    let elsewhere = cell::baseline_site(scenario, cell.unit, cell.stage).is_some_and(|home| home != site);
    let (first, today) = (scenario.years[0], scenario.baseline_year);
    let pupils: Pupils = cell
        .slices
        .iter()
        .filter(|slice| elsewhere && slice.year == 0)
        .filter(|slice| band_before(scenario, bands, slice.band, first, today).is_some())
        .map(|slice| slice.pupils)
        .sum();
    pupils.as_f64()
}

/// Money that a trajectory books in `years`, in yuan, not discounted. Capital is booked in equal parts over the lead years
/// before the year of effect, in that year itself where the lead is 0; what falls before the first plan year or between plan
/// years is booked in the next. With `running` the change of the running cost in those years is added.
pub(super) fn money(scenario: &Scenario, trajectory: &Trajectory, years: &[Year], running: bool) -> f64 {
    let mut sum = 0.0;
    for (index, from) in trajectory.own(scenario) {
        let offer = &scenario.offers[index];
        let parts = offer.lead_years.max(1);
        for part in 0..parts {
            let due = Year(from.0 - offer.lead_years as i32 + part as i32);
            let booked = scenario.years.iter().find(|&&year| year >= due);
            if booked.is_some_and(|booked| years.contains(booked)) {
                sum += offer.capital.as_f64() / f64::from(parts);
            }
        }
        if running {
            let from = offer.running_from(scenario, from);
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
