//! From a plan to the kernel's solution: a start for the engines.

use super::error::EncodeError;
use super::{Compiled, Locks};
use crate::domain::action::baseline_state;
use crate::domain::plan::{Assignment, Plan};
use crate::domain::scenario::Scenario;
use crate::id::{ArcId, CustomerId, GradeId, Id, IdVec, OptionId, SiteId};
use crate::kernel::problem::{Part, Service, Solution};
use crate::metric::band;
use crate::units::Pupils;
use std::collections::{BTreeMap, BTreeSet};

/// Pupils by grade, by the site to which they go and the plan years, by position, in which they board there.
type Sent = BTreeMap<(SiteId, Vec<usize>), Vec<(GradeId, Pupils)>>;

/// Pupils of a grade in a plan year.
struct Row {
    year: usize,
    grade: GradeId,
    pupils: Pupils,
}

impl Compiled {
    /// The solution that stands for `plan`. It need not be feasible: the referee of the kernel says.
    ///
    /// # Errors
    /// [`EncodeError`] when the plan does what no trajectory does, sends pupils where there is no way, or does not place
    /// the pupils of the scenario.
    pub fn encode(&self, scenario: &Scenario, plan: &Plan) -> Result<Solution, EncodeError> {
        let mut options = IdVec::new();
        for site in scenario.district.sites.ids() {
            options.push(self.option_of(scenario, plan, site)?);
        }
        let mut sent: BTreeMap<CustomerId, BTreeMap<(SiteId, bool), Vec<Row>>> = BTreeMap::new();
        for row in &plan.assignment {
            let Some(year) = scenario.years.iter().position(|&year| year == row.year) else { continue };
            for &(grade, pupils) in &row.pupils {
                if let Some(customer) = self.customer_of(scenario, row, grade, year) {
                    let rows = sent.entry(customer).or_default().entry((row.site, row.boarding)).or_default();
                    rows.push(Row { year, grade, pupils });
                }
            }
        }
        let mut services = IdVec::new();
        for customer in self.cells.all.ids() {
            let rows = sent.remove(&customer).unwrap_or_default();
            let sites = self.sent(customer, &rows);
            services.push(self.service_of(scenario, customer, &sites)?);
        }
        Ok(Solution { options, services })
    }

    fn option_of(&self, scenario: &Scenario, plan: &Plan, site: SiteId) -> Result<OptionId, EncodeError> {
        let mut planned: Vec<_> = plan.actions.iter().filter(|action| action.concerns(site)).collect();
        planned.sort();
        self.problem
            .options_of(site)
            .find(|&option| {
                let mut taken: Vec<_> = self.trajectories[option]
                    .taken
                    .iter()
                    .map(|&(offer, year)| (year, scenario.offers[offer].measure))
                    .collect();
                taken.sort();
                taken.len() == planned.len()
                    && taken
                        .iter()
                        .zip(&planned)
                        .all(|(&(year, measure), action)| year == action.year && measure == action.measure)
            })
            .ok_or_else(|| EncodeError::NoTrajectory { site: scenario.district.sites[site].key.clone() })
    }

    /// Where the pupils of a customer go. A cohort may board in some of its years at the one site to which it goes.
    fn sent(&self, customer: CustomerId, rows: &BTreeMap<(SiteId, bool), Vec<Row>>) -> Sent {
        let mut sent = Sent::new();
        let followed = self.cells.all[customer].cohort.is_some();
        let years = |site: SiteId| {
            let boarding = rows.get(&(site, true)).into_iter().flatten().filter(|row| row.pupils > Pupils::ZERO);
            boarding.map(|row| row.year).collect::<BTreeSet<_>>().into_iter().collect()
        };
        for (&(site, boarding), here) in rows {
            let boards = match here.first() {
                _ if followed => years(site),
                Some(row) if boarding => vec![row.year],
                _ => Vec::new(),
            };
            sent.entry((site, boards)).or_default().extend(here.iter().map(|row| (row.grade, row.pupils)));
        }
        sent
    }

    fn customer_of(&self, scenario: &Scenario, row: &Assignment, grade: GradeId, year: usize) -> Option<CustomerId> {
        let band = self.bands.iter().position(|band| band.grades.contains(&grade))?;
        (row.unit.index() < scenario.district.units.len()).then(|| self.cells.find(row.unit, band, year)).flatten()
    }

    fn service_of(&self, scenario: &Scenario, customer: CustomerId, sites: &Sent) -> Result<Service, EncodeError> {
        let cell = &self.cells.all[customer];
        let band = &self.bands[cell.slices[0].band];
        let unit = || scenario.district.units[cell.unit].key.clone();
        let stage = band.stage.name();
        let key = || band::key(scenario, &band.grades);
        let year = scenario.years[cell.slices[0].year];
        let arc = |(site, boards): &(SiteId, Vec<usize>)| -> Result<ArcId, EncodeError> {
            let same =
                |&arc: &ArcId| self.problem.arcs[arc].site == *site && self.boarding(arc).eq(boards.iter().copied());
            self.problem.arcs_of(customer).find(same).ok_or_else(|| {
                let site = scenario.district.sites[*site].key.clone();
                EncodeError::NoWay { unit: unit(), stage, band: key(), year, site }
            })
        };
        let sum = |pupils: &[(GradeId, Pupils)]| pupils.iter().map(|&(_, pupils)| pupils).sum::<Pupils>();
        if sites.values().map(|pupils| sum(pupils)).sum::<Pupils>() != cell.pupils() {
            return Err(EncodeError::WrongRoll { unit: unit(), stage, band: key(), year });
        }
        let used: Vec<_> = sites.iter().filter(|(_, pupils)| sites.len() == 1 || sum(pupils) > Pupils::ZERO).collect();
        match used.as_slice() {
            [] => Err(EncodeError::Unassigned { unit: unit(), stage, band: key(), year }),
            [(site, _)] => Ok(Service::Whole(arc(site)?)),
            _ if cell.cohort.is_some() => Err(EncodeError::NotOneSchool { unit: unit(), stage, band: key(), year }),
            several => {
                let mut parts = Vec::new();
                for (site, pupils) in several {
                    let of = |grades: &[GradeId]| {
                        pupils
                            .iter()
                            .filter(|(grade, _)| grades.contains(grade))
                            .map(|(_, pupils)| pupils.as_f64())
                            .sum()
                    };
                    let loads = &self.problem.customers[customer].loads;
                    let loads = loads.iter().map(|&(commodity, _)| of(&self.loads[commodity].grades)).collect();
                    parts.push(Part { arc: arc(site)?, loads });
                }
                parts.sort_by_key(|part| part.arc);
                Ok(Service::Split(parts))
            }
        }
    }
}

/// Today's network as a plan: nothing is done, and everybody goes where the baseline says.
///
/// Pupils without a baseline site go nowhere, so that [`Compiled::encode`] refuses the plan.
pub fn untouched_plan(scenario: &Scenario) -> Plan {
    let mut assignment = Vec::new();
    for &year in &scenario.years {
        for (position, &stage) in scenario.stages.iter().enumerate() {
            for (unit, sites) in scenario.baseline.sites.entries() {
                let Some(site) = sites.get(position).copied().flatten() else { continue };
                if !baseline_state(scenario, site).operating {
                    continue;
                }
                let grades = scenario.district.grades_of(stage);
                let pupils: Vec<_> = grades.map(|grade| (grade, scenario.demand.pupils(year, unit, grade))).collect();
                let connected = scenario.zoning.iter().any(|zoning| zoning.stage == stage && zoning.contiguous);
                if connected || pupils.iter().any(|&(_, pupils)| pupils > Pupils::ZERO) {
                    assignment.push(Assignment { unit, stage, year, pupils, site, boarding: false });
                }
            }
        }
    }
    Plan { actions: Vec::new(), assignment }
}

/// The locks that keep `sites` as `plan` has them.
///
/// # Errors
/// [`EncodeError::NoTrajectory`] when the scenario does not offer what the plan does there.
pub fn locks(scenario: &Scenario, plan: &Plan, sites: &[SiteId]) -> Result<Locks, EncodeError> {
    let mut locks = Locks::new();
    for &site in sites {
        let mut taken = Vec::new();
        for action in plan.actions.iter().filter(|action| action.concerns(site)) {
            let offer = scenario.offers.iter().position(|offer| {
                offer.site == action.site && offer.measure == action.measure && offer.open_in(action.year)
            });
            let none = || EncodeError::NoTrajectory { site: scenario.district.sites[site].key.clone() };
            taken.push((offer.ok_or_else(none)?, action.year));
        }
        locks.insert(site, taken);
    }
    Ok(locks)
}
