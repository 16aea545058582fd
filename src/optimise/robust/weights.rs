//! Weights on forecasts for the bound of the worst case.

use crate::mip::{Column, MipError, MipLimits, MipProblem, default_backend};
use crate::run::Limits;

/// The weights that promise most, and what they promise at most: those for which the cheapest of the known plans is dearest.
/// `costs` has a row for every plan and in it a cost for every forecast.
///
/// No weighting can prove more than the promise, because every known plan would have to cost more.
///
/// # Errors
/// [`MipError`] when the backend fails.
pub(super) fn promising(costs: &[Vec<f64>], forecasts: usize) -> Result<(Vec<f64>, f64), MipError> {
    let scale = costs.iter().flatten().map(|cost| cost.abs()).fold(1e-9, f64::max);
    let mut program = MipProblem::new();
    let column = |name: String, cost, lower, upper| Column { name, cost, lower, upper, integer: false };
    for forecast in 0..forecasts {
        program.column(column(format!("w{forecast}"), 0.0, 0.0, 1.0));
    }
    let least = program.column(column("least".to_owned(), -1.0, f64::NEG_INFINITY, f64::INFINITY));
    program.row("one".to_owned(), 1.0, 1.0, (0..forecasts as u32).map(|forecast| (forecast, 1.0)));
    for (plan, costs) in costs.iter().enumerate() {
        let terms = (0u32..).zip(costs).map(|(forecast, cost)| (forecast, cost / scale)).chain([(least, -1.0)]);
        program.row(format!("plan{plan}"), 0.0, f64::INFINITY, terms);
    }
    let found = default_backend()?.solve(&program, None, &MipLimits::new(Limits::new()), &|_, _, _| {})?;
    let mut weights: Vec<f64> = match found.values {
        Some(values) => values[..forecasts].iter().map(|&weight| if weight > 0.0 { weight } else { 0.0 }).collect(),
        None => vec![1.0; forecasts],
    };
    let sum: f64 = weights.iter().sum();
    for weight in &mut weights {
        *weight /= sum;
    }
    let promise = costs.iter().map(|costs| weighted(costs, &weights)).fold(f64::INFINITY, f64::min);
    Ok((weights, promise))
}

/// The weighted mean of costs.
fn weighted(costs: &[f64], weights: &[f64]) -> f64 {
    costs.iter().zip(weights).map(|(cost, weight)| cost * weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_lie_where_the_cheapest_known_plan_is_dearest() {
        let (weights, promise) = promising(&[vec![4.0, 2.0]], 2).unwrap();
        assert_eq!((weights, promise), (vec![1.0, 0.0], 4.0));
        // Plans that are best for one forecast each: the weights lie between, and promise less than either plan's worst.
        let (weights, promise) = promising(&[vec![4.0, 1.0], vec![1.0, 3.0]], 2).unwrap();
        assert!((weights[0] - 0.4).abs() < 1e-6 && (promise - 2.2).abs() < 1e-6, "{weights:?} {promise}");
        let (weights, promise) = promising(&[], 3).unwrap();
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9 && promise == f64::INFINITY);
    }
}
