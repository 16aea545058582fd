//! Makes an assignment complete and better: unserved customers find room, pushing another one on where they must; then
//! shifts and swaps as long as they pay.

use super::single::Assignment;

/// Repairs assignments, keeping scratch space.
#[derive(Debug, Default)]
pub struct Repair {
    room: Vec<f64>,
    members: Vec<Vec<u32>>,
}

/// No arc.
pub(super) const NONE: u32 = u32::MAX;
/// Rounds of shifts and swaps.
const ROUNDS: usize = 6;

impl Repair {
    /// Completes `chosen` (an arc for each customer, `u32::MAX` for none; within capacities) where it can, and improves
    /// it. Returns the moves judged.
    pub fn run(&mut self, problem: &Assignment, chosen: &mut [u32]) -> u64 {
        self.room.clone_from(&problem.capacity);
        self.members.resize(problem.capacity.len(), Vec::new());
        self.members.iter_mut().for_each(Vec::clear);
        for (customer, &arc) in chosen.iter().enumerate() {
            if arc != NONE {
                let site = problem.site[arc as usize] as usize;
                self.room[site] -= problem.load[arc as usize];
                self.members[site].push(customer as u32);
            }
        }
        let mut work = 0;
        let mut unserved: Vec<usize> = (0..chosen.len()).filter(|&customer| chosen[customer] == NONE).collect();
        let load = |customer: usize| problem.load[problem.arcs(customer).start];
        unserved.sort_by(|&a, &b| load(b).total_cmp(&load(a)).then(a.cmp(&b)));
        for customer in unserved {
            if !self.place(problem, chosen, customer, &mut work) {
                return work;
            }
        }
        for _ in 0..ROUNDS {
            let mut improved = false;
            for customer in 0..chosen.len() {
                improved |= self.shift(problem, chosen, customer, &mut work);
                improved |= self.swap(problem, chosen, customer, &mut work);
            }
            if !improved {
                break;
            }
        }
        work
    }

    fn set(&mut self, problem: &Assignment, chosen: &mut [u32], customer: usize, arc: usize) {
        let old = std::mem::replace(&mut chosen[customer], arc as u32);
        if old != NONE {
            let site = problem.site[old as usize] as usize;
            self.room[site] += problem.load[old as usize];
            self.members[site].retain(|&member| member as usize != customer);
        }
        let site = problem.site[arc] as usize;
        self.room[site] -= problem.load[arc];
        self.members[site].push(customer as u32);
    }

    /// Serves a customer at the cheapest site with room, or where one other can be pushed on.
    fn place(&mut self, problem: &Assignment, chosen: &mut [u32], customer: usize, work: &mut u64) -> bool {
        let fits = problem.arcs(customer).find(|&arc| problem.load[arc] <= self.room[problem.site[arc] as usize]);
        let direct = fits.map_or(f64::INFINITY, |arc| problem.cost[arc]);
        let mut best: Option<(f64, usize, usize, usize)> = None;
        for arc in problem.arcs(customer) {
            let site = problem.site[arc] as usize;
            let lacking = problem.load[arc] - self.room[site];
            for &other in &self.members[site] {
                let now = chosen[other as usize] as usize;
                if problem.load[now] < lacking {
                    continue;
                }
                for onward in problem.arcs(other as usize) {
                    *work += 1;
                    let to = problem.site[onward] as usize;
                    if to == site || problem.load[onward] > self.room[to] {
                        continue;
                    }
                    let cost = problem.cost[arc] + problem.cost[onward] - problem.cost[now];
                    if cost < best.map_or(direct, |found| found.0) {
                        best = Some((cost, arc, other as usize, onward));
                    }
                }
            }
        }
        if let Some((_, arc, other, onward)) = best {
            self.set(problem, chosen, other, onward);
            self.set(problem, chosen, customer, arc);
            return true;
        }
        let Some(arc) = fits else { return false };
        self.set(problem, chosen, customer, arc);
        true
    }

    fn shift(&mut self, problem: &Assignment, chosen: &mut [u32], customer: usize, work: &mut u64) -> bool {
        let now = chosen[customer] as usize;
        for arc in problem.arcs(customer) {
            *work += 1;
            if problem.cost[arc] >= problem.cost[now] {
                break;
            }
            if problem.load[arc] <= self.room[problem.site[arc] as usize] {
                self.set(problem, chosen, customer, arc);
                return true;
            }
        }
        false
    }

    fn swap(&mut self, problem: &Assignment, chosen: &mut [u32], customer: usize, work: &mut u64) -> bool {
        let now = chosen[customer] as usize;
        let from = problem.site[now] as usize;
        for arc in problem.arcs(customer) {
            let gain = problem.cost[now] - problem.cost[arc];
            if gain <= 0.0 {
                break;
            }
            let to = problem.site[arc] as usize;
            let lacking = problem.load[arc] - self.room[to];
            for at in 0..self.members[to].len() {
                let other = self.members[to][at] as usize;
                let theirs = chosen[other] as usize;
                if problem.load[theirs] < lacking {
                    continue;
                }
                for onward in problem.arcs(other) {
                    *work += 1;
                    let third = problem.site[onward] as usize;
                    if problem.cost[onward] - problem.cost[theirs] >= gain {
                        break;
                    }
                    let room = self.room[third] + if third == from { problem.load[now] } else { 0.0 };
                    if third != to && problem.load[onward] <= room {
                        self.set(problem, chosen, customer, arc);
                        self.set(problem, chosen, other, onward);
                        return true;
                    }
                }
            }
        }
        false
    }
}
