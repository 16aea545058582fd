//! Colours of catchments: schools whose catchments touch get different ones, before and after the plan.

use std::collections::BTreeMap;

/// How many colours the map has. The page holds as many, told apart under the common forms of colour blindness.
pub const COLOURS: usize = 8;

/// Gives every site a colour in `0..COLOURS`.
///
/// `touching` are pairs of units whose areas touch; `zoned` are the maps shown (one per stage and year), each with the site
/// of every unit. Sites are coloured in order of how many differently coloured neighbours they have (DSATUR), then of how
/// many neighbours, then of the file; where all colours are taken, the one whose neighbours share the fewest borders is used.
pub fn colours(sites: usize, touching: &[(usize, usize)], zoned: &[Vec<Option<usize>>]) -> Vec<usize> {
    let mut borders: Vec<BTreeMap<usize, usize>> = vec![BTreeMap::new(); sites];
    for map in zoned {
        for &(a, b) in touching {
            if let (Some(&Some(a)), Some(&Some(b))) = (map.get(a), map.get(b))
                && a != b
            {
                *borders[a].entry(b).or_insert(0) += 1;
                *borders[b].entry(a).or_insert(0) += 1;
            }
        }
    }
    let mut colour: Vec<Option<usize>> = vec![None; sites];
    // The colours of each site's neighbours, as bits.
    let mut around = vec![0u32; sites];
    for _ in 0..sites {
        let next = (0..sites)
            .filter(|&site| colour[site].is_none())
            .max_by_key(|&site| (around[site].count_ones(), borders[site].len(), std::cmp::Reverse(site)));
        let Some(site) = next else { break };
        let mut cost = [0; COLOURS];
        let mut used = [0; COLOURS];
        for other in colour.iter().flatten() {
            used[*other] += 1;
        }
        for (&neighbour, &length) in &borders[site] {
            if let Some(other) = colour[neighbour] {
                cost[other] += length;
            }
        }
        // Among equals the colour used least, so that the map uses all of them.
        let chosen = (0..COLOURS).min_by_key(|&c| (cost[c], used[c], c)).unwrap_or(0);
        colour[site] = Some(chosen);
        for &neighbour in borders[site].keys() {
            around[neighbour] |= 1 << chosen;
        }
    }
    colour.into_iter().map(|c| c.unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catchments_that_touch_differ_before_and_after() {
        // A grid of 12 × 12 units, zoned to 16 blocks before and to stripes after.
        let at = |x: usize, y: usize| y * 12 + x;
        let mut touching = Vec::new();
        for y in 0..12 {
            for x in 0..12 {
                if x < 11 {
                    touching.push((at(x, y), at(x + 1, y)));
                }
                if y < 11 {
                    touching.push((at(x, y), at(x, y + 1)));
                }
            }
        }
        let blocks: Vec<Option<usize>> = (0..144).map(|k| Some(k % 12 / 3 + k / 12 / 3 * 4)).collect();
        let stripes: Vec<Option<usize>> = (0..144).map(|k| Some(k / 12)).collect();
        let colour = colours(16, &touching, &[blocks.clone(), stripes.clone()]);
        for map in [&blocks, &stripes] {
            for &(a, b) in &touching {
                let (a, b) = (map[a].unwrap(), map[b].unwrap());
                assert!(a == b || colour[a] != colour[b], "sites {a} and {b}");
            }
        }
    }

    #[test]
    fn more_neighbours_than_colours_still_give_a_map() {
        let touching: Vec<(usize, usize)> = (0..12).flat_map(|a| (a + 1..12).map(move |b| (a, b))).collect();
        let zoned: Vec<Option<usize>> = (0..12).map(Some).collect();
        let colour = colours(13, &touching, &[zoned]);
        assert_eq!(colour.len(), 13);
        assert_eq!((0..COLOURS).filter(|c| colour.contains(c)).count(), COLOURS);
    }
}
