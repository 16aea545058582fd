//! From the kernel's solution to a plan.

use super::Compiled;
use super::cell::Slice;
use crate::domain::plan::{Assignment, Plan, PlannedAction};
use crate::domain::scenario::Scenario;
use crate::id::{ArcId, CustomerId, GradeId};
use crate::kernel::problem::{Part, Service, Solution};
use crate::units::Pupils;

impl Compiled {
    /// The plan that a solution of the compiled problem stands for. Actions come in order of site and year, assignments in
    /// order of year, band, unit and site. Whole customers bring their rolls; the parts of a divided one are apportioned
    /// to the grades of each commodity by largest remainder.
    pub fn decompile(&self, scenario: &Scenario, solution: &Solution) -> Plan {
        let mut actions = Vec::new();
        for (site, &option) in solution.options.entries() {
            for (offer, year) in self.trajectories[option].own(scenario) {
                actions.push(PlannedAction { site, year, measure: scenario.offers[offer].measure });
            }
        }
        let mut assignment = Vec::new();
        for (customer, service) in solution.services.entries() {
            match service {
                Service::Whole(arc) => {
                    for slice in &self.cells.all[customer].slices {
                        let roll = self.roll(scenario, customer, slice);
                        assignment.push((slice.band, self.row(scenario, customer, slice, *arc, roll)));
                    }
                }
                Service::Split(parts) => {
                    // A customer of several years goes to one site: see `divide`.
                    let slice = &self.cells.all[customer].slices[0];
                    for (part, pupils) in parts.iter().zip(self.apportion(scenario, customer, parts)) {
                        assignment.push((slice.band, self.row(scenario, customer, slice, part.arc, pupils)));
                    }
                }
            }
        }
        assignment.sort_by_key(|(band, row)| (row.year, *band, row.unit));
        Plan { actions, assignment: assignment.into_iter().map(|(_, row)| row).collect() }
    }

    /// The pupils of a customer in one year by grade of its band.
    fn roll(&self, scenario: &Scenario, customer: CustomerId, slice: &Slice) -> Vec<(GradeId, Pupils)> {
        let unit = self.cells.all[customer].unit;
        let year = scenario.years[slice.year];
        let grades = &self.bands[slice.band].grades;
        grades.iter().map(|&grade| (grade, scenario.demand.pupils(year, unit, grade))).collect()
    }

    fn row(
        &self,
        scenario: &Scenario,
        customer: CustomerId,
        slice: &Slice,
        arc: ArcId,
        pupils: Vec<(GradeId, Pupils)>,
    ) -> Assignment {
        let cell = &self.cells.all[customer];
        Assignment {
            unit: cell.unit,
            stage: cell.stage,
            year: scenario.years[slice.year],
            pupils,
            site: self.problem.arcs[arc].site,
            boarding: self.boarding(arc).any(|year| year == slice.year),
        }
    }

    /// The plan years, by position, in which the pupils of an arc board.
    pub(super) fn boarding(&self, arc: ArcId) -> impl Iterator<Item = usize> {
        self.problem.arcs[arc].extra.iter().map(|&(commodity, _)| self.loads[commodity].year)
    }

    /// The pupils of every part by grade.
    fn apportion(&self, scenario: &Scenario, customer: CustomerId, parts: &[Part]) -> Vec<Vec<(GradeId, Pupils)>> {
        let roll = self.roll(scenario, customer, &self.cells.all[customer].slices[0]);
        let mut table: Vec<Vec<(GradeId, Pupils)>> =
            parts.iter().map(|_| roll.iter().map(|&(grade, _)| (grade, Pupils::ZERO)).collect()).collect();
        for (position, &(commodity, _)) in self.problem.customers[customer].loads.iter().enumerate() {
            let grades = &self.loads[commodity].grades;
            let rows: Vec<usize> = (0..roll.len()).filter(|&row| grades.contains(&roll[row].0)).collect();
            let mut left: Vec<i64> = rows.iter().map(|&row| roll[row].1.0).collect();
            for (part, pupils) in parts.iter().zip(&mut table) {
                // Whole by the grain of the customer; rounding only undoes what a float added.
                let share = largest_remainder(part.loads[position].round() as i64, &left);
                for (index, &row) in rows.iter().enumerate() {
                    pupils[row].1 = Pupils(share[index]);
                    left[index] -= share[index];
                }
            }
        }
        table
    }
}

/// Shares `seats` among classes in proportion to `left`, rounded down, and gives what remains to the largest remainders
/// (ties: the earlier class). Never gives a class more than it has left, as long as `seats` is at most the sum.
fn largest_remainder(seats: i64, left: &[i64]) -> Vec<i64> {
    let all: i64 = left.iter().sum();
    if all == 0 {
        return vec![0; left.len()];
    }
    let quota = |class: i64| i128::from(seats) * i128::from(class);
    let mut share: Vec<i64> = left.iter().map(|&class| (quota(class) / i128::from(all)) as i64).collect();
    let mut order: Vec<usize> = (0..left.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(quota(left[index]) % i128::from(all)));
    let missing = (seats - share.iter().sum::<i64>()).max(0) as usize;
    for &index in order.iter().take(missing) {
        share[index] += 1;
    }
    share
}

#[cfg(test)]
mod tests {
    use super::largest_remainder;

    #[test]
    fn shares_follow_the_largest_remainders() {
        assert_eq!(largest_remainder(10, &[10, 10, 10]), [4, 3, 3]);
        assert_eq!(largest_remainder(7, &[1, 2, 11]), [1, 1, 5]);
        assert_eq!(largest_remainder(14, &[1, 2, 11]), [1, 2, 11]);
        assert_eq!(largest_remainder(0, &[1, 2]), [0, 0]);
        assert_eq!(largest_remainder(0, &[0, 0]), [0, 0]);
    }

    #[test]
    fn no_class_gives_more_than_it_has() {
        for seats in 0..=20 {
            let left = [0, 1, 7, 12];
            let share = largest_remainder(seats, &left);
            assert_eq!(share.iter().sum::<i64>(), seats);
            assert!(share.iter().zip(left).all(|(share, left)| (0..=left).contains(share)), "{seats}: {share:?}");
        }
    }
}
