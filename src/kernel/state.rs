//! A solution under change: loads, cost and excess kept exact while customers move and options change.

mod delta;
mod score;
mod sums;

use super::problem::{Part, Problem, Service, Solution};
use super::tables::{TOLERANCE, Tables, arc_to};
use crate::id::{ArcId, CustomerId, Id, OptionId, SiteId};
use delta::Scratch;
use score::{limit_score, pair_score, priced};
use std::collections::BTreeMap;

pub use score::{STRUCTURAL, Score};

/// The entry of [`State::site_of`] for a customer that nobody serves.
pub const NOBODY: u32 = u32::MAX;
/// The entry of [`State::site_of`] for a customer served in parts.
pub const SPLIT: u32 = u32::MAX - 1;

/// One step that can be taken back.
#[derive(Debug, Clone)]
enum Undo {
    Service(CustomerId, Option<Service>),
    Option(SiteId, OptionId),
}

/// A solution under change. Memory is linear in customers, sites times measures, and rows.
#[derive(Debug, Clone)]
pub struct State<'p> {
    /// The problem.
    pub problem: &'p Problem,
    /// Its incidence tables.
    pub tables: &'p Tables,
    chosen: Vec<OptionId>,
    arc_of: Vec<u32>,
    site_of: Vec<u32>,
    splits: BTreeMap<CustomerId, Vec<Part>>,
    members: Vec<Vec<u32>>,
    place: Vec<u32>,
    loads: Vec<f64>,
    values: Vec<f64>,
    rows: Vec<f64>,
    score: Score,
    journal: Vec<Undo>,
    scratch: Scratch,
}

impl<'p> State<'p> {
    /// The state in which every site has the option given and nobody is served.
    pub fn empty(problem: &'p Problem, tables: &'p Tables, options: Vec<OptionId>) -> Self {
        let (customers, sites) = (problem.customers.len(), problem.sites.len());
        let mut state = Self {
            problem,
            tables,
            chosen: options,
            arc_of: vec![NOBODY; customers],
            site_of: vec![NOBODY; customers],
            splits: BTreeMap::new(),
            members: vec![Vec::new(); sites],
            place: vec![0; customers],
            loads: vec![0.0; sites * tables.commodities],
            values: vec![0.0; sites * tables.measures],
            rows: vec![0.0; tables.rows.len()],
            score: Score::ZERO,
            journal: Vec::new(),
            scratch: Scratch::default(),
        };
        for &option in &state.chosen {
            for &(row, factor) in tables.option_rows.of(option.index()) {
                state.rows[row as usize] += factor;
            }
        }
        for site in problem.sites.ids() {
            state.count_limits(site, 1.0);
        }
        for (row, flat) in tables.rows.iter().enumerate() {
            if let Some(list) = flat.counted {
                state.count(list, flat.excess(state.rows[row]));
            }
        }
        state.refresh();
        state
    }

    /// The state of a solution.
    pub fn of(problem: &'p Problem, tables: &'p Tables, solution: &Solution) -> Self {
        let mut state = Self::empty(problem, tables, solution.options.iter().copied().collect());
        for (customer, service) in solution.services.entries() {
            state.set(customer, Some(service.clone()));
        }
        state.commit();
        state.refresh();
        state
    }

    /// The solution, if every customer is served.
    pub fn solution(&self) -> Option<Solution> {
        let services: Option<Vec<Service>> =
            self.problem.customers.ids().map(|customer| self.service(customer)).collect();
        Some(Solution { options: self.chosen.clone().into(), services: services?.into() })
    }

    /// The score. What rounding leaves of hard excess in the running sum is taken out.
    pub fn score(&self) -> Score {
        let hard = if self.score.hard.abs() < TOLERANCE { 0.0 } else { self.score.hard };
        Score { hard, ..self.score }
    }

    /// The chosen option of a site.
    pub fn option(&self, site: SiteId) -> OptionId {
        self.chosen[site.index()]
    }

    /// The chosen options, by site.
    pub fn options(&self) -> &[OptionId] {
        &self.chosen
    }

    /// The site that serves the whole customer, or [`NOBODY`] or [`SPLIT`].
    pub fn site_of(&self, customer: CustomerId) -> u32 {
        self.site_of[customer.index()]
    }

    /// The arc that serves the whole customer.
    pub fn arc_of(&self, customer: CustomerId) -> Option<ArcId> {
        (self.site_of[customer.index()] < SPLIT).then(|| ArcId(self.arc_of[customer.index()]))
    }

    /// How the customer is served, or `None` when it is not.
    pub fn service(&self, customer: CustomerId) -> Option<Service> {
        match self.site_of[customer.index()] {
            NOBODY => None,
            SPLIT => self.splits.get(&customer).cloned().map(Service::Split),
            _ => Some(Service::Whole(ArcId(self.arc_of[customer.index()]))),
        }
    }

    /// The parts of a divided customer; empty for others.
    pub fn parts(&self, customer: CustomerId) -> &[Part] {
        self.splits.get(&customer).map_or(&[], Vec::as_slice)
    }

    /// The customers that are served in parts.
    pub fn split_customers(&self) -> impl Iterator<Item = CustomerId> + '_ {
        self.splits.keys().copied()
    }

    /// Whether the site serves the customer, wholly or in part.
    pub fn serves(&self, customer: CustomerId, site: SiteId) -> bool {
        match self.site_of[customer.index()] {
            SPLIT => self.parts(customer).iter().any(|part| self.problem.arcs[part.arc].site == site),
            served => served == site.0,
        }
    }

    /// The customers served wholly by a site, in no particular (but reproducible) order.
    pub fn members(&self, site: SiteId) -> &[u32] {
        &self.members[site.index()]
    }

    /// The load of a site.
    pub fn load(&self, site: SiteId, commodity: u32) -> f64 {
        self.loads[site.index() * self.tables.commodities + commodity as usize]
    }

    /// The value of a measure at a site.
    pub fn value(&self, site: SiteId, measure: u32) -> f64 {
        self.values[site.index() * self.tables.measures + measure as usize]
    }

    /// The activity of a row.
    pub fn row(&self, row: usize) -> f64 {
        self.rows[row]
    }

    /// What the limits of a site cost as it stands.
    pub fn site_excess(&self, site: SiteId) -> Score {
        let mut sum = Score::ZERO;
        for limit in self.tables.limits(self.option(site)) {
            sum += limit_score(limit, self.value(site, limit.measure));
        }
        sum
    }

    /// Serves the whole customer over `arc`.
    pub fn serve(&mut self, customer: CustomerId, arc: ArcId) {
        self.set(customer, Some(Service::Whole(arc)));
    }

    /// Changes how a customer is served; `None` takes the service away.
    pub fn set(&mut self, customer: CustomerId, service: Option<Service>) {
        let before = self.replace(customer, service);
        self.journal.push(Undo::Service(customer, before));
    }

    /// Changes the option of a site.
    pub fn choose(&mut self, site: SiteId, option: OptionId) {
        let before = self.switch(site, option);
        self.journal.push(Undo::Option(site, before));
    }

    /// A mark to roll back to.
    pub fn mark(&self) -> usize {
        self.journal.len()
    }

    /// Takes back every change since `mark`.
    ///
    /// # Panics
    /// Never: the journal is longer than the mark whenever it is read.
    pub fn rollback(&mut self, mark: usize) {
        while self.journal.len() > mark {
            match self.journal.pop().expect("the journal is longer than the mark") {
                Undo::Service(customer, before) => {
                    self.replace(customer, before);
                }
                Undo::Option(site, before) => {
                    self.switch(site, before);
                }
            }
        }
    }

    /// Takes back every change since `mark`, when the score was `score`: what rounding left in the running sum goes with them.
    pub fn restore(&mut self, mark: usize, score: Score) {
        self.rollback(mark);
        self.score = score;
    }

    /// Forgets how to take back the changes made so far.
    pub fn commit(&mut self) {
        self.journal.clear();
    }

    /// The customers whose service changed since `mark`, possibly more than once each.
    pub fn changed_since(&self, mark: usize) -> impl Iterator<Item = CustomerId> + '_ {
        self.journal[mark..].iter().filter_map(|undo| match undo {
            Undo::Service(customer, _) => Some(*customer),
            Undo::Option(..) => None,
        })
    }

    /// Recomputes the score from the loads, so that rounding in the running sum does not build up.
    pub fn refresh(&mut self) {
        let (problem, tables) = (self.problem, self.tables);
        let mut score = Score { hard: 0.0, cost: problem.offset };
        for site in problem.sites.ids() {
            score.cost += problem.options[self.option(site)].cost;
            score += self.site_excess(site);
        }
        for customer in problem.customers.ids() {
            match self.site_of(customer) {
                NOBODY => score.hard += STRUCTURAL,
                SPLIT => {
                    for part in self.parts(customer) {
                        let arc = &problem.arcs[part.arc];
                        score.cost += arc.cost * self.share(customer, part);
                        score.hard += self.misfit(customer, arc.site);
                    }
                }
                _ => {
                    let arc = &problem.arcs[ArcId(self.arc_of[customer.index()])];
                    score.cost += arc.cost;
                    score.hard += self.misfit(customer, arc.site);
                }
            }
            for &(other, pair) in tables.pairs_of.of(customer.index()) {
                if other > customer.0 {
                    let apart = self.site_of(customer) != self.site_of(CustomerId(other));
                    score += pair_score(tables, problem.pairs[pair as usize].price, apart);
                }
            }
        }
        for row in 0..self.rows.len() {
            score += self.row_score(row, self.rows[row]);
        }
        self.score = score;
    }

    /// The share of the customer's mass that a part holds.
    pub fn share(&self, customer: CustomerId, part: &Part) -> f64 {
        let mass = self.tables.mass[customer.index()];
        if mass > 0.0 { part.loads.iter().sum::<f64>() / mass } else { 1.0 }
    }

    /// Hard excess of serving a customer at a site under the options chosen: not allowed there, or sent elsewhere.
    fn misfit(&self, customer: CustomerId, site: SiteId) -> f64 {
        let mut misfit = 0.0;
        if !self.problem.options[self.option(site)].serves.allows(customer) {
            misfit += STRUCTURAL;
        }
        for &(option, target) in self.tables.implied.of(customer.index()) {
            let owner = self.problem.options[OptionId(option)].site;
            if target != site.0 && self.option(owner).0 == option {
                misfit += STRUCTURAL;
            }
        }
        misfit
    }

    /// Whether a site may serve a customer under the options chosen.
    pub fn fits(&self, customer: CustomerId, site: SiteId) -> bool {
        self.misfit(customer, site) == 0.0
    }

    fn row_score(&self, row: usize, activity: f64) -> Score {
        let row = &self.tables.rows[row];
        let excess = row.excess(activity);
        if excess == 0.0 {
            Score::ZERO
        } else if row.price.is_infinite() {
            Score { hard: row.scale * excess, cost: 0.0 }
        } else {
            priced(row.price, excess)
        }
    }

    /// Lets the ceilings of a list of [`Tables::counted`] count so much more overflow.
    fn count(&mut self, list: u32, diff: f64) {
        let tables = self.tables;
        if diff != 0.0 {
            for &(ceiling, factor) in tables.counted.of(list as usize) {
                self.move_row(ceiling as usize, factor * diff);
            }
        }
    }

    /// Counts (or takes back) the overflow of the limits of a site as it stands.
    fn count_limits(&mut self, site: SiteId, sign: f64) {
        let tables = self.tables;
        if tables.counted.is_empty() {
            return;
        }
        for limit in tables.limits(self.option(site)) {
            if let Some(list) = limit.counted {
                self.count(list, sign * limit.excess(self.value(site, limit.measure)));
            }
        }
    }

    /// Counts (or takes back) the pairs of a customer that are served by different sites.
    fn count_pairs(&mut self, customer: CustomerId, sign: f64) {
        let tables = self.tables;
        if tables.counted.is_empty() {
            return;
        }
        for &(other, pair) in tables.pairs_of.of(customer.index()) {
            if let Some(list) = tables.pair_counted[pair as usize]
                && self.site_of(customer) != self.site_of(CustomerId(other))
            {
                self.count(list, sign);
            }
        }
    }

    fn pairs_score(&self, customer: CustomerId) -> Score {
        let mut sum = Score::ZERO;
        for &(other, pair) in self.tables.pairs_of.of(customer.index()) {
            let apart = self.site_of(customer) != self.site_of(CustomerId(other));
            sum += pair_score(self.tables, self.problem.pairs[pair as usize].price, apart);
        }
        sum
    }

    fn replace(&mut self, customer: CustomerId, service: Option<Service>) -> Option<Service> {
        let before = self.service(customer);
        self.score -= self.pairs_score(customer);
        self.count_pairs(customer, -1.0);
        match &before {
            None => self.score.hard -= STRUCTURAL,
            Some(Service::Whole(arc)) => {
                self.carry_whole(customer, *arc, -1.0);
                let site = self.site_of[customer.index()] as usize;
                let place = self.place[customer.index()] as usize;
                self.members[site].swap_remove(place);
                if let Some(&moved) = self.members[site].get(place) {
                    self.place[moved as usize] = place as u32;
                }
            }
            Some(Service::Split(parts)) => {
                self.splits.remove(&customer);
                for part in parts {
                    self.carry_part(customer, part, -1.0);
                }
            }
        }
        match service {
            None => {
                self.score.hard += STRUCTURAL;
                self.site_of[customer.index()] = NOBODY;
            }
            Some(Service::Whole(arc)) => {
                let site = self.problem.arcs[arc].site;
                self.arc_of[customer.index()] = arc.0;
                self.site_of[customer.index()] = site.0;
                self.place[customer.index()] = self.members[site.index()].len() as u32;
                self.members[site.index()].push(customer.0);
                self.carry_whole(customer, arc, 1.0);
            }
            Some(Service::Split(parts)) => {
                self.site_of[customer.index()] = SPLIT;
                for part in &parts {
                    self.carry_part(customer, part, 1.0);
                }
                self.splits.insert(customer, parts);
            }
        }
        self.score += self.pairs_score(customer);
        self.count_pairs(customer, 1.0);
        before
    }

    fn carry_whole(&mut self, customer: CustomerId, arc: ArcId, sign: f64) {
        let (problem, tables) = (self.problem, self.tables);
        let site = problem.arcs[arc].site;
        self.score.cost += sign * problem.arcs[arc].cost;
        self.score.hard += sign * self.misfit(customer, site);
        for &(commodity, load) in tables.loads(problem, arc) {
            self.carry_load(site, commodity, sign * load);
        }
        self.carry_rows(arc, sign);
    }

    fn carry_part(&mut self, customer: CustomerId, part: &Part, sign: f64) {
        let problem = self.problem;
        let arc = &problem.arcs[part.arc];
        let share = self.share(customer, part);
        self.score.cost += sign * share * arc.cost;
        self.score.hard += sign * self.misfit(customer, arc.site);
        for (&(commodity, _), &load) in problem.customers[customer].loads.iter().zip(&part.loads) {
            self.carry_load(arc.site, commodity.0, sign * load);
        }
        for &(commodity, extra) in &arc.extra {
            self.carry_load(arc.site, commodity.0, sign * share * extra as f64);
        }
        self.carry_rows(part.arc, sign * share);
    }

    fn carry_load(&mut self, site: SiteId, commodity: u32, diff: f64) {
        let tables = self.tables;
        let at = site.index() * tables.commodities + commodity as usize;
        let before = self.loads[at];
        let after = snapped(before + diff);
        self.loads[at] = after;
        for &(measure, value, whole) in tables.terms_of.of(commodity as usize) {
            let change = if whole { units(after, value) - units(before, value) } else { value * (after - before) };
            if change == 0.0 {
                continue;
            }
            let at = site.index() * tables.measures + measure as usize;
            let old = self.values[at];
            let new = snapped(old + change);
            self.values[at] = new;
            for limit in tables.limits_on(self.chosen[site.index()], measure) {
                self.score += limit_score(limit, new) - limit_score(limit, old);
                if let Some(list) = limit.counted {
                    self.count(list, limit.excess(new) - limit.excess(old));
                }
            }
        }
    }

    fn carry_rows(&mut self, arc: ArcId, share: f64) {
        let tables = self.tables;
        for &(row, factor) in tables.rows_of(arc) {
            self.move_row(row as usize, share * factor);
        }
    }

    fn move_row(&mut self, row: usize, diff: f64) {
        let old = self.rows[row];
        let new = snapped(old + diff);
        self.score += self.row_score(row, new) - self.row_score(row, old);
        self.rows[row] = new;
        let flat = &self.tables.rows[row];
        if let Some(list) = flat.counted {
            self.count(list, flat.excess(new) - flat.excess(old));
        }
    }

    fn switch(&mut self, site: SiteId, option: OptionId) -> OptionId {
        let (problem, tables) = (self.problem, self.tables);
        let before = self.option(site);
        if before == option {
            return before;
        }
        let affected = self.affected_by_switch(site, before, option);
        for &customer in &affected {
            self.score.hard -= self.misfit_of(customer);
        }
        self.score.cost += problem.options[option].cost - problem.options[before].cost;
        self.score -= self.site_excess(site);
        self.count_limits(site, -1.0);
        self.chosen[site.index()] = option;
        self.score += self.site_excess(site);
        self.count_limits(site, 1.0);
        for &(row, factor) in tables.option_rows.of(before.index()) {
            self.move_row(row as usize, -factor);
        }
        for &(row, factor) in tables.option_rows.of(option.index()) {
            self.move_row(row as usize, factor);
        }
        for &customer in &affected {
            self.score.hard += self.misfit_of(customer);
        }
        before
    }

    /// The customers whose fit may change with the option of a site: served there, or named by an implication of either.
    fn affected_by_switch(&self, site: SiteId, before: OptionId, after: OptionId) -> Vec<CustomerId> {
        let (problem, tables) = (self.problem, self.tables);
        let mut affected = Vec::new();
        if problem.options[before].serves != problem.options[after].serves {
            affected.extend(self.members(site).iter().map(|&customer| CustomerId(customer)));
            affected.extend(self.splits.keys().copied().filter(|&customer| self.serves(customer, site)));
        }
        for option in [before, after] {
            for &rule in tables.implications_of.of(option.index()) {
                affected.extend(problem.implications[rule as usize].customers.iter().copied());
            }
        }
        affected.sort_unstable();
        affected.dedup();
        affected
    }

    fn misfit_of(&self, customer: CustomerId) -> f64 {
        match self.site_of(customer) {
            NOBODY => 0.0,
            SPLIT => {
                self.parts(customer).iter().map(|part| self.misfit(customer, self.problem.arcs[part.arc].site)).sum()
            }
            site => self.misfit(customer, SiteId(site)),
        }
    }

    /// The customers that the chosen options send to a site where they are not (wholly) served, with that site's arc.
    pub fn sent_elsewhere(&self, option: OptionId) -> Vec<(CustomerId, ArcId)> {
        let mut list = Vec::new();
        for &rule in self.tables.implications_of.of(option.index()) {
            let rule = &self.problem.implications[rule as usize];
            for &customer in &rule.customers {
                if self.site_of(customer) != rule.site.0
                    && let Some(arc) = arc_to(self.problem, customer, rule.site)
                {
                    list.push((customer, arc));
                }
            }
        }
        list
    }
}

/// Whole units of `size` that hold `load`.
fn units(load: f64, size: f64) -> f64 {
    (load / size - TOLERANCE).ceil().max(0.0)
}

/// Loads are whole numbers except for continuous parts; rounding noise is taken out so that it never builds up.
fn snapped(value: f64) -> f64 {
    let whole = value.round();
    if (value - whole).abs() < 1e-7 { whole } else { value }
}
