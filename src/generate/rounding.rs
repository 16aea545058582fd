//! Whole numbers that add up: largest remainders, and tables with given row and column sums.

/// Splits `total` in proportion to `weights` into whole numbers that add up to it (largest remainder; ties by position).
/// Without any positive weight everything goes to the first place.
pub fn apportion(total: i64, weights: &[f64]) -> Vec<i64> {
    let sum: f64 = weights.iter().sum();
    if weights.is_empty() {
        return Vec::new();
    }
    if sum <= 0.0 {
        let mut parts = vec![0; weights.len()];
        parts[0] = total;
        return parts;
    }
    let shares: Vec<f64> = weights.iter().map(|weight| total as f64 * weight / sum).collect();
    let mut parts: Vec<i64> = shares.iter().map(|share| share.floor() as i64).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| shares[b].fract().total_cmp(&shares[a].fract()).then(a.cmp(&b)));
    let missing = total - parts.iter().sum::<i64>();
    for &place in order.iter().cycle().take(missing.max(0) as usize) {
        parts[place] += 1;
    }
    parts
}

/// A table of whole numbers close to `rows x columns / total` whose rows add up to `rows` and columns to `columns`.
///
/// Both must have the same sum. Starts from row-wise largest remainders and then moves single units within rows.
pub fn table(rows: &[i64], columns: &[i64]) -> Vec<Vec<i64>> {
    let weights: Vec<f64> = columns.iter().map(|&column| column as f64).collect();
    let mut cells: Vec<Vec<i64>> = rows.iter().map(|&row| apportion(row, &weights)).collect();
    let mut over: Vec<i64> =
        columns.iter().enumerate().map(|(at, &column)| cells.iter().map(|row| row[at]).sum::<i64>() - column).collect();
    let mut start = 0;
    while let (Some(from), Some(to)) = (over.iter().position(|&d| d > 0), over.iter().position(|&d| d < 0)) {
        // Rows take turns, larger ones first, so that no row is bent much.
        let mut order: Vec<usize> = (0..rows.len()).filter(|&row| cells[row][from] > 0).collect();
        order.sort_by_key(|&row| (-rows[row], row));
        let Some(&row) = order.get(start % order.len().max(1)) else { break };
        cells[row][from] -= 1;
        cells[row][to] += 1;
        over[from] -= 1;
        over[to] += 1;
        start += 1;
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_the_largest_remainder_gains() {
        assert_eq!(apportion(10, &[1.0, 1.0, 1.0]), [4, 3, 3]);
        assert_eq!(apportion(7, &[0.5, 2.5, 0.5]), [1, 5, 1]);
        assert_eq!(apportion(5, &[0.0, 0.0]), [5, 0]);
    }

    #[test]
    fn a_table_meets_both_margins() {
        let rows = [100, 37, 55, 8];
        let columns = [71, 59, 70];
        let cells = table(&rows, &columns);
        for (row, &sum) in cells.iter().zip(&rows) {
            assert_eq!(row.iter().sum::<i64>(), sum);
        }
        for (at, &sum) in columns.iter().enumerate() {
            assert_eq!(cells.iter().map(|row| row[at]).sum::<i64>(), sum);
        }
        assert!(cells.iter().flatten().all(|&cell| cell >= 0));
    }
}
