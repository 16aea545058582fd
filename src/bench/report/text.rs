//! How numbers and results are written, the same in every form of the report.

use super::{Cell, Standing, ToBest};

/// A cost or bound: whole numbers without decimals, others with three.
pub fn number(value: f64) -> String {
    let rounded = value.round();
    if (value - rounded).abs() <= 1e-9 * value.abs() && value.abs() < 1e15 {
        format!("{rounded:.0}")
    } else {
        format!("{value:.3}")
    }
}

/// A number with as many decimals as it needs, at most six.
pub(super) fn trimmed(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.4} %", visible(share * 100.0))
}

/// Seconds with two decimals.
pub(super) fn seconds(value: f64) -> String {
    format!("{value:.2}")
}

/// A factor with three significant digits or more.
pub(super) fn factor(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// Where a cost stands against the best known value.
pub(super) fn to_best(to_best: ToBest) -> String {
    match to_best.standing {
        Standing::Equal => "=".to_owned(),
        Standing::Better => format!("new best, {}", signed_percent(to_best.relative)),
        Standing::Worse => signed_percent(to_best.relative),
    }
}

fn signed_percent(share: f64) -> String {
    format!("{:+.4} %", visible(share * 100.0))
}

/// A number of which four decimals are shown, or 0 where they would all be 0, so that no sign stands before nothing.
fn visible(value: f64) -> f64 {
    if value.abs() < 0.000_05 { 0.0 } else { value }
}

/// A value or a dash.
pub(super) fn or_dash<T>(value: Option<T>, write: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), write)
}

/// The seconds of a run, with what ended it where it did not reach its gap.
pub(super) fn ending(cell: &Cell) -> String {
    if cell.is_proven() && cell.cost.is_some() {
        seconds(cell.seconds)
    } else {
        format!("{} {}", seconds(cell.seconds), cell.status.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_no_decimals() {
        assert_eq!(number(8848.0), "8848");
        assert_eq!(number(8_847.999_999_999_999), "8848");
        assert_eq!(number(17.639_61), "17.640");
        assert_eq!(trimmed(0.01), "0.01");
        assert_eq!(trimmed(10.0), "10");
    }

    #[test]
    fn nothing_has_no_sign_of_its_own() {
        assert_eq!(percent(-1e-9), "0.0000 %");
        assert_eq!(signed_percent(-1e-9), "+0.0000 %");
        assert_eq!(signed_percent(-1e-5), "-0.0010 %");
    }
}
