//! How far pupils go in every plan: tenths, quantiles and histograms, over all pupils and over parts of them.

use super::Ground;
use super::slice::{Slice, slices};
use crate::digest::distances::{Distances, step_for};
use crate::digest::trips::Trip;
use serde::Serialize;

/// Bars of a histogram at most.
const BINS: usize = 40;

/// How far the pupils of a part go in every plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WayGroup {
    /// The part.
    pub part: Slice,
    /// Step of the histograms in metres.
    pub step: i64,
    /// Today, where it is known.
    pub today: Option<Ways>,
    /// By plan.
    pub plans: Vec<Ways>,
}

/// How far some pupils go, one way, in metres. Boarders travel weekly and are counted apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ways {
    /// Pupils with a known daily way.
    pub pupils: i64,
    /// Pupils who board.
    pub boarders: i64,
    /// Pupils whose way is not known.
    pub unknown: i64,
    /// Mean.
    pub mean: Option<f64>,
    /// Median.
    pub median: Option<i64>,
    /// What nine tenths of the pupils do not exceed.
    pub p90: Option<i64>,
    /// Longest.
    pub longest: Option<i64>,
    /// Mean of each tenth of the pupils, shortest ways first.
    pub tenths: Option<[f64; 10]>,
    /// Pupils by way: entry k counts ways of more than k steps and at most k + 1, the first also those of 0.
    pub histogram: Vec<i64>,
}

pub(super) fn groups(ground: &Ground<'_>) -> Vec<WayGroup> {
    let all = ground.today.iter().chain(&ground.trips).flatten();
    slices(all, &ground.settings)
        .into_iter()
        .map(|part| {
            let of = |trips: &Vec<Trip>| {
                Distances::of(trips.iter().filter(|trip| part.holds(&trip.unit, trip.stage, &ground.settings)))
            };
            let today = ground.today.as_ref().map(of);
            let plans: Vec<Distances> = ground.trips.iter().map(of).collect();
            let longest = today.iter().chain(&plans).filter_map(Distances::longest).max().unwrap_or(0);
            let step = step_for(longest, BINS);
            let bins = usize::try_from((longest + step - 1) / step).unwrap_or(1).max(1);
            let told = |distances: &Distances| ways(distances, step, bins);
            WayGroup { part, step, today: today.as_ref().map(told), plans: plans.iter().map(told).collect() }
        })
        .collect()
}

fn ways(distances: &Distances, step: i64, bins: usize) -> Ways {
    Ways {
        pupils: distances.pupils,
        boarders: distances.boarders,
        unknown: distances.unknown,
        mean: distances.mean(),
        median: distances.quantile(0.5),
        p90: distances.quantile(0.9),
        longest: distances.longest(),
        tenths: distances.tenths(),
        histogram: distances.histogram(step, bins),
    }
}
