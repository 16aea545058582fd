//! One plan against another, or against today: who changes school, and who gains and loses.

use super::Ground;
use super::slice::{Slice, slices};
use crate::digest::distances::Distances;
use crate::digest::flows::{Flows, Move, moves, of_moves};
use crate::digest::gains::Gain;
use crate::digest::trips::Trip;
use crate::domain::district::Stage;
use serde::Serialize;

/// One plan against another, or against today. Counted over the pupils of `to`; where `from` has another number of pupils,
/// the shares of its schools are applied to them unit by unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pair {
    /// Position of the plan held against; `None` for today.
    pub from: Option<usize>,
    /// Position of the plan.
    pub to: usize,
    /// Gains and losses of all pupils, then by stage and setting, then of those with the longest ways in `from`.
    pub gains: Vec<PartGain>,
    /// The transfer matrix: pupils by school in `from` and in `to`, those who stay included; by stage, then most pupils
    /// first.
    pub transfers: Vec<Transfer>,
}

/// Gains and losses of a part of the pupils.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PartGain {
    /// The part.
    pub part: Slice,
    /// Their gains and losses.
    #[serde(flatten)]
    pub gain: Gain,
}

/// Pupils who go to one school in `from` and to one in `to`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// The stage.
    pub stage: Stage,
    /// Key of the school in `from`; `None` where the unit has none there.
    pub from: Option<String>,
    /// Key of the school in `to`.
    pub to: String,
    /// Head count.
    pub pupils: i64,
}

impl Pair {
    /// Gains and losses of all pupils.
    pub fn all(&self) -> Gain {
        self.gains.first().map_or_else(Gain::default, |all| all.gain)
    }
}

/// Every plan against today, where today is known, then every plan against those before it.
pub(super) fn pairs(ground: &Ground<'_>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    if let Some(today) = &ground.today {
        pairs.extend((0..ground.trips.len()).map(|to| pair(ground, None, today, to)));
    }
    for from in 0..ground.trips.len() {
        pairs.extend((from + 1..ground.trips.len()).map(|to| pair(ground, Some(from), &ground.trips[from], to)));
    }
    pairs
}

fn pair(ground: &Ground<'_>, from: Option<usize>, before: &[Trip], to: usize) -> Pair {
    let after = &ground.trips[to];
    let matched = moves(before, after);
    let far = Distances::of(before).quantile(0.9);
    let farthest = |one: &&Move| {
        let way = one.from.as_ref().filter(|seat| !seat.boarding).and_then(|seat| seat.metres);
        way.zip(far).is_some_and(|(way, far)| way > far)
    };
    let mut gains: Vec<PartGain> = slices(after.iter(), &ground.settings)
        .into_iter()
        .map(|part| {
            let own = matched.iter().filter(|one| part.holds(&one.unit, one.stage, &ground.settings));
            PartGain { part, gain: Gain::of(own) }
        })
        .collect();
    gains.push(PartGain { part: Slice::Farthest, gain: Gain::of(matched.iter().filter(farthest)) });
    Pair { from, to, gains, transfers: transfers(&of_moves(&matched)) }
}

fn transfers(flows: &Flows) -> Vec<Transfer> {
    let one = |((stage, from, to), flow): (&(Stage, Option<String>, String), &crate::digest::flows::Flow)| Transfer {
        stage: *stage,
        from: from.clone(),
        to: to.clone(),
        pupils: flow.pupils,
    };
    let mut all: Vec<Transfer> = flows.between.iter().map(one).collect();
    all.sort_by_key(|transfer| (transfer.stage, std::cmp::Reverse(transfer.pupils)));
    all
}
