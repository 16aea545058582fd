//! Proves a claim about a case in which every site is decided: whole customers to be assigned within capacities.
//!
//! The multipliers of the certificate are a start. They are climbed further by subgradients with whole knapsacks; arcs whose
//! use alone reaches the claim are left out (Fisher, Jaikumar and Van Wassenhove 1986); and where that does not suffice the
//! case is divided by the arcs of a customer. Whatever is given up counts with the bound that it has.

use super::knapsack::{Item, Packed, pack};

/// An arc to a site.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arm {
    /// The customer.
    pub customer: u32,
    /// The site.
    pub site: u32,
    /// Cost.
    pub cost: f64,
    /// Load on the site's capacity, at least 0.
    pub load: f64,
}

/// An assignment problem.
#[derive(Debug, Clone, Default)]
pub(super) struct Case {
    /// Cost whatever is assigned.
    pub constant: f64,
    /// Number of customers.
    pub customers: usize,
    /// Capacity of every site, infinite for none.
    pub capacity: Vec<f64>,
    /// Arcs, by site.
    pub arms: Vec<Arm>,
}

/// Steps at the first node and at the others, and most arcs looked at for an aim.
const FIRST_STEPS: usize = 150;
const STEPS: usize = 20;
const MOST_WORK: usize = 400_000_000;
/// How much of the way from the first bound to the claim is aimed at, one after the other: a near aim leaves out more arcs.
const AIMS: [f64; 4] = [0.3, 0.6, 0.85, 1.0];
/// Relative room for the rounding of sums.
const ROUNDING: f64 = 1e-11;

/// What an evaluation finds.
struct Evaluation {
    value: f64,
    /// How often every customer is served, those with one arc left once.
    served: Vec<i32>,
    packed: Vec<Packed>,
}

/// A proof in progress.
struct Proof<'c> {
    case: &'c Case,
    /// Arcs of every customer.
    of: Vec<Vec<u32>>,
    wanted: f64,
    first: bool,
    work: usize,
}

/// Lower bound on every assignment, at most `wanted`, starting from multipliers of the customers.
pub(super) fn bound(case: &Case, start: &[f64], wanted: f64) -> f64 {
    let mut of = vec![Vec::new(); case.customers];
    for (number, arm) in case.arms.iter().enumerate() {
        of[arm.customer as usize].push(number as u32);
    }
    let mut proof = Proof { case, of, wanted, first: true, work: 0 };
    let alive = vec![true; case.arms.len()];
    let Some((multipliers, first)) = proof.climb(start.to_vec(), &mut alive.clone(), FIRST_STEPS) else {
        return wanted;
    };
    let mut proven = first.min(wanted);
    for share in AIMS {
        let aim = first + share * (wanted - first);
        if aim > proven {
            proof = Proof { wanted: aim.min(wanted), first: true, work: 0, ..proof };
            let reached = proof.node(multipliers.clone(), alive.clone(), proven);
            proven = proven.max(reached);
            if reached < proof.wanted {
                break;
            }
        }
    }
    proven
}

impl Proof<'_> {
    /// Bound of a node in which the arcs `alive` are left.
    fn node(&mut self, start: Vec<f64>, mut alive: Vec<bool>, inherited: f64) -> f64 {
        if self.work >= MOST_WORK {
            return inherited;
        }
        let steps = if std::mem::take(&mut self.first) { FIRST_STEPS } else { STEPS };
        self.work += steps * self.case.arms.len();
        let Some((multipliers, bound)) = self.climb(start, &mut alive, steps) else { return self.wanted };
        let bound = bound.max(inherited);
        if bound >= self.wanted {
            return self.wanted;
        }
        let Some(last) = self.evaluate(&multipliers, &alive) else { return self.wanted };
        // The customer whose second-best arc costs most, of those not served once.
        let rank = |customer: usize| {
            let left = self.of[customer].iter().filter(|&&arm| alive[arm as usize]);
            let mut with: Vec<f64> = left.map(|&arm| self.using(&last, &multipliers, arm as usize)).collect();
            with.sort_by(f64::total_cmp);
            with.get(1).copied().unwrap_or(0.0) + 3.0 * with.first().copied().unwrap_or(0.0)
        };
        let torn = (0..self.case.customers).filter(|&customer| last.served[customer] != 1);
        let Some(customer) = torn.max_by(|&a, &b| rank(a).total_cmp(&rank(b)).then(b.cmp(&a))) else {
            return bound;
        };
        let mut arms: Vec<(f64, u32)> = self.of[customer]
            .iter()
            .filter(|&&arm| alive[arm as usize])
            .map(|&arm| (last.value + self.using(&last, &multipliers, arm as usize), arm))
            .collect();
        arms.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut least = self.wanted;
        for (with, arm) in arms {
            if with >= self.wanted {
                continue;
            }
            let mut child = alive.clone();
            for &other in &self.of[customer] {
                child[other as usize] &= other == arm;
            }
            least = least.min(self.node(multipliers.clone(), child, bound.max(with)));
            // Nothing can lift the least of the children above what one of them was given up with.
            if least <= bound {
                break;
            }
        }
        least
    }

    /// Climbs, leaving out arcs on the way. `None` where nothing below the wanted bound is left.
    fn climb(&self, start: Vec<f64>, alive: &mut [bool], steps: usize) -> Option<(Vec<f64>, f64)> {
        let mut at = start.clone();
        let (mut best, mut bound) = (start, f64::NEG_INFINITY);
        let mut direction = vec![0.0; at.len()];
        let (mut factor, mut idle) = (1.0, 0);
        for _ in 0..steps {
            let found = self.evaluate(&at, alive)?;
            if found.value >= self.wanted {
                return None;
            }
            if found.value > bound {
                idle = if found.value - bound > 0.01 * (self.wanted - found.value) { 0 } else { idle + 1 };
                bound = found.value;
                best.clone_from(&at);
                self.leave_out(&found, &at, alive)?;
            } else {
                idle += 1;
            }
            if found.served.iter().all(|&times| times == 1) {
                break;
            }
            if idle >= 5 {
                idle = 0;
                factor *= 0.6;
                at.clone_from(&best);
                direction.fill(0.0);
                if factor < 0.02 {
                    break;
                }
                continue;
            }
            for (d, &times) in direction.iter_mut().zip(&found.served) {
                *d = 0.4 * *d + f64::from(1 - times);
            }
            let length: f64 = direction.iter().map(|d| d * d).sum();
            if length <= 1e-9 {
                break;
            }
            // A claim just above the value would make steps too short to get anywhere.
            let distance = (self.wanted - found.value).max(1e-4 * self.wanted.abs());
            for (value, d) in at.iter_mut().zip(&direction) {
                *value += factor * distance / length * d;
            }
        }
        Some((best, bound))
    }

    /// The Lagrangian function over the arcs left. `None` where a customer has none, or those with one do not fit.
    fn evaluate(&self, multipliers: &[f64], alive: &[bool]) -> Option<Evaluation> {
        let left: Vec<usize> =
            self.of.iter().map(|arms| arms.iter().filter(|&&arm| alive[arm as usize]).count()).collect();
        if left.contains(&0) {
            return None;
        }
        let mut value = self.case.constant;
        let mut magnitude = value.abs();
        let mut served: Vec<i32> = left.iter().map(|&count| i32::from(count == 1)).collect();
        let mut room = self.case.capacity.clone();
        let mut items: Vec<Vec<Item>> = vec![Vec::new(); room.len()];
        for (number, arm) in self.case.arms.iter().enumerate().filter(|&(number, _)| alive[number]) {
            let customer = arm.customer as usize;
            let worth = multipliers[customer] - arm.cost;
            if left[customer] == 1 {
                value += arm.cost;
                room[arm.site as usize] -= arm.load;
            } else if worth > 0.0 {
                items[arm.site as usize].push(Item { worth, load: arm.load, tag: number as u32 });
            }
        }
        for (&multiplier, _) in multipliers.iter().zip(&left).filter(|&(_, &count)| count > 1) {
            value += multiplier;
            magnitude += multiplier.abs();
        }
        let mut packed = Vec::with_capacity(room.len());
        for (items, room) in items.into_iter().zip(room) {
            if room < -1e-9 * (1.0 + room.abs()) {
                return None;
            }
            let found = pack(items, room.max(0.0));
            value -= found.worth;
            magnitude += found.worth;
            for &arm in &found.taken {
                served[self.case.arms[arm as usize].customer as usize] += 1;
            }
            packed.push(found);
        }
        Some(Evaluation { value: value - ROUNDING * magnitude, served, packed })
    }

    /// What using an arc adds to the bound at least.
    fn using(&self, found: &Evaluation, multipliers: &[f64], arm: usize) -> f64 {
        let Arm { customer, site, cost, load } = self.case.arms[arm];
        let packed = &found.packed[site as usize];
        let net = multipliers[customer as usize] - cost - packed.price * load;
        (packed.worth - packed.fractional + (-net).max(0.0)).max(0.0)
    }

    /// Leaves out the arcs whose use alone reaches the wanted bound. `None` where a customer has none left.
    fn leave_out(&self, found: &Evaluation, multipliers: &[f64], alive: &mut [bool]) -> Option<()> {
        for arms in &self.of {
            let left: Vec<usize> = arms.iter().map(|&arm| arm as usize).filter(|&arm| alive[arm]).collect();
            // The only arc left is in the value already.
            if left.len() > 1 {
                let mut kept = 0;
                for arm in left {
                    alive[arm] = found.value + self.using(found, multipliers, arm) < self.wanted;
                    kept += usize::from(alive[arm]);
                }
                if kept == 0 {
                    return None;
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn random_case(random: &mut Random) -> Case {
        let customers = 7;
        let loads: Vec<f64> = (0..customers).map(|_| random.between(1, 12) as f64).collect();
        let fair = loads.iter().sum::<f64>() / 3.0;
        let capacity = (0..3).map(|_| (fair * random.range(0.9, 1.5)).floor()).collect();
        let mut arms = Vec::new();
        for site in 0..3 {
            for (customer, &load) in (0u32..).zip(&loads) {
                arms.push(Arm { customer, site, cost: random.between(1, 60) as f64, load });
            }
        }
        Case { constant: random.between(-20, 20) as f64, customers, capacity, arms }
    }

    /// The least cost of all assignments within the capacities.
    fn optimum(case: &Case) -> f64 {
        let mut best = f64::INFINITY;
        for code in 0..3usize.pow(case.customers as u32) {
            let mut room = case.capacity.clone();
            let (mut rest, mut cost) = (code, case.constant);
            for customer in 0..case.customers {
                let arm = case.arms[rest % 3 * case.customers + customer];
                rest /= 3;
                cost += arm.cost;
                room[arm.site as usize] -= arm.load;
            }
            if room.iter().all(|&room| room >= 0.0) {
                best = best.min(cost);
            }
        }
        best
    }

    #[test]
    fn true_claims_are_proven_and_false_ones_never() {
        let mut random = Random::new(29, "assignment of the verifier");
        let (mut proven, mut feasible) = (0, 0);
        for sample in 0..150 {
            let case = random_case(&mut random);
            let start = vec![15.0; case.customers];
            let best = optimum(&case);
            if best.is_infinite() {
                assert_eq!(bound(&case, &start, 500.0), 500.0, "sample {sample}: nothing fits");
                continue;
            }
            feasible += 1;
            assert!(bound(&case, &start, best + 7.0) <= best + 1e-6, "sample {sample}");
            proven += usize::from(bound(&case, &start, best - 1e-6) >= best - 1e-6);
        }
        assert!(feasible > 60 && proven == feasible, "{proven} of {feasible}");
    }
}
