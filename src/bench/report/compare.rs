//! Ratios of times between engines.

use super::{Cell, Group};

/// How many times as long one engine takes as another, over the rows that both were run on.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratio {
    /// Family and problem, or `all`.
    pub scope: String,
    /// The engine whose time is divided.
    pub slower: String,
    /// The engine whose time it is divided by.
    pub faster: String,
    /// Number of rows.
    pub rows: usize,
    /// Geometric mean of the ratios.
    pub mean: f64,
    /// Least ratio and its instance.
    pub least: (f64, String),
    /// Least ratio and its instance among rows on which the divided time is over a second.
    pub least_over_a_second: Option<(f64, String)>,
    /// Greatest ratio and its instance.
    pub greatest: (f64, String),
}

/// Shorter times count as this many seconds: below it a clock measures start-up, not solving.
pub const SHORTEST: f64 = 0.01;

/// The time that a run is charged with in a ratio: its time limit where it did not reach its gap.
pub(super) fn charged(cell: &Cell) -> f64 {
    cell.charged.max(SHORTEST)
}

/// The ratios of every later engine to every earlier one or, where that mean would be below one, the other way round:
/// per table and, where there are several tables, over all.
pub(super) fn ratios(engines: &[String], groups: &[Group]) -> Vec<Ratio> {
    let mut ratios = Vec::new();
    for a in 0..engines.len() {
        for b in a + 1..engines.len() {
            let mut all = Vec::new();
            for group in groups {
                let pairs: Vec<(f64, f64, String)> = group
                    .rows
                    .iter()
                    .filter_map(|row| Some((row.cells[a].as_ref()?, row.cells[b].as_ref()?, row)))
                    .map(|(x, y, row)| {
                        let p = row.p.map_or_else(String::new, |p| format!(" p = {p}"));
                        (charged(x), charged(y), format!("{}{p}", row.instance))
                    })
                    .collect();
                let scope = format!("{} {}", group.family, group.problem);
                ratios.extend(ratio(&scope, (&engines[a], &engines[b]), &pairs));
                all.extend(pairs.into_iter().map(|(x, y, name)| (x, y, format!("{} {name}", group.family))));
            }
            if groups.len() > 1 {
                ratios.extend(ratio("all", (&engines[a], &engines[b]), &all));
            }
        }
    }
    ratios
}

fn ratio(scope: &str, engines: (&String, &String), pairs: &[(f64, f64, String)]) -> Option<Ratio> {
    let log_mean =
        |pairs: &[(f64, f64, String)]| pairs.iter().map(|(x, y, _)| (y / x).ln()).sum::<f64>() / pairs.len() as f64;
    let swapped = log_mean(pairs) < 0.0;
    let quotients = pairs.iter().map(|(x, y, name)| if swapped { (x / y, *x, name) } else { (y / x, *y, name) });
    let named = |(ratio, _, name): (f64, f64, &String)| (ratio, name.clone());
    let by_ratio = |a: &(f64, f64, &String), b: &(f64, f64, &String)| a.0.total_cmp(&b.0);
    let (slower, faster) = if swapped { (engines.0, engines.1) } else { (engines.1, engines.0) };
    Some(Ratio {
        scope: scope.to_owned(),
        slower: slower.clone(),
        faster: faster.clone(),
        rows: pairs.len(),
        mean: log_mean(pairs).abs().exp(),
        least: quotients.clone().min_by(by_ratio).map(named)?,
        least_over_a_second: quotients.clone().filter(|&(_, slow, _)| slow > 1.0).min_by(by_ratio).map(named),
        greatest: quotients.max_by(by_ratio).map(named)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_averaged_geometrically_and_turned_to_be_above_one() {
        let engines = ("quick".to_owned(), "slow".to_owned());
        let pairs = [(0.1, 0.4, "a".to_owned()), (1.0, 16.0, "b".to_owned())];
        let ratio = ratio("x", (&engines.0, &engines.1), &pairs).expect("two rows");
        assert!((ratio.mean - 8.0).abs() < 1e-9);
        assert_eq!((&*ratio.slower, &*ratio.faster, ratio.rows), ("slow", "quick", 2));
        assert_eq!((ratio.least.0, &*ratio.least.1), (4.0, "a"));
        assert_eq!(ratio.least_over_a_second.as_ref().map(|(_, name)| &**name), Some("b"));
        let turned = super::ratio("x", (&engines.1, &engines.0), &pairs.map(|(x, y, name)| (y, x, name)));
        assert_eq!(turned.map(|ratio| ratio.slower), Some("slow".to_owned()));
        assert_eq!(super::ratio("x", (&engines.1, &engines.0), &[]), None);
    }
}
