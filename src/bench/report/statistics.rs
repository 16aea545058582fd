//! Summaries of one engine on the rows of a table.

use super::{Cell, Row, Standing};

/// What one engine did on the rows of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Number of runs.
    pub runs: usize,
    /// Runs that reached the gap they were asked for.
    pub proven: usize,
    /// Runs without a solution.
    pub without_solution: usize,
    /// Median and greatest time in seconds.
    pub seconds: Option<(f64, f64)>,
    /// Mean and greatest proven gap, over runs that have one.
    pub gap: Option<(f64, f64)>,
    /// Rows with a best known value and a solution.
    pub compared: usize,
    /// Of those, rows whose cost is not above the best known value.
    pub reached: usize,
    /// Of those, rows whose cost is below it.
    pub better: usize,
    /// Mean and greatest relative distance of the cost from the best known value.
    pub to_best: Option<(f64, f64)>,
}

/// The summary of the engine at position `engine`.
pub(super) fn summary(rows: &[Row], engine: usize) -> Summary {
    let cells: Vec<&Cell> = rows.iter().filter_map(|row| row.cells[engine].as_ref()).collect();
    let to_best: Vec<_> = cells.iter().filter_map(|cell| cell.to_best).collect();
    let count = |standing| to_best.iter().filter(|to_best| to_best.standing == standing).count();
    let seconds = cells.iter().map(|cell| cell.seconds);
    Summary {
        runs: cells.len(),
        proven: cells.iter().filter(|cell| cell.is_proven()).count(),
        without_solution: cells.iter().filter(|cell| cell.cost.is_none()).count(),
        seconds: median(seconds.clone().collect()).zip(greatest(seconds)),
        gap: mean_and_greatest(cells.iter().filter_map(|cell| cell.gap)),
        compared: to_best.len(),
        reached: count(Standing::Equal) + count(Standing::Better),
        better: count(Standing::Better),
        to_best: mean_and_greatest(to_best.iter().map(|to_best| to_best.relative)),
    }
}

/// The median: the mean of the two middle values where their number is even.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (last, half) = (values.len().checked_sub(1)?, values.len() / 2);
    Some(f64::midpoint(values[last / 2], values[half]))
}

fn greatest(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.max_by(f64::total_cmp)
}

fn mean_and_greatest(values: impl Iterator<Item = f64> + Clone) -> Option<(f64, f64)> {
    let count = values.clone().count();
    let mean = values.clone().sum::<f64>() / count as f64;
    greatest(values).map(|greatest| (mean, greatest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0]), Some(3.0));
        assert_eq!(median(vec![5.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(median(vec![5.0, 1.0, 3.0, 4.0]), Some(3.5));
    }
}
