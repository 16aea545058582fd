//! Values on the command line that are more than a number: durations and shares.

use std::time::Duration;
use thiserror::Error;

/// A value that is not what an option takes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{value}` should be {expected}")]
pub struct ValueError {
    /// What was given.
    pub value: String,
    /// What was expected.
    pub expected: &'static str,
}

/// A length of time above zero: `60s`, `5m`, `1h30m`, or plain seconds such as `60` or `2.5`.
///
/// # Errors
/// [`ValueError`].
pub fn duration(value: &str) -> Result<Duration, ValueError> {
    let refused = || ValueError {
        value: value.to_owned(),
        expected: "a time above zero such as 60s, 5m, 1h30m or plain seconds",
    };
    let seconds = match value.parse::<f64>() {
        Ok(seconds) => seconds,
        Err(_) => sum_of_parts(value).ok_or_else(refused)?,
    };
    Duration::try_from_secs_f64(seconds).ok().filter(|duration| !duration.is_zero()).ok_or_else(refused)
}

/// Seconds in hours, minutes and seconds, each at most once and in this order.
fn sum_of_parts(value: &str) -> Option<f64> {
    let mut rest = value;
    let mut seconds = 0.0;
    for (unit, length) in [('h', 3600.0), ('m', 60.0), ('s', 1.0)] {
        if let Some((number, after)) = rest.split_once(unit) {
            let digits = number.starts_with(|c: char| c.is_ascii_digit());
            seconds += number.parse::<f64>().ok().filter(|_| digits)? * length;
            rest = after;
        }
    }
    (rest.is_empty() && !value.is_empty()).then_some(seconds)
}

/// A share below one: `0.01%` or, as a fraction, `0.0001`.
///
/// # Errors
/// [`ValueError`].
pub fn share(value: &str) -> Result<f64, ValueError> {
    let number = match value.strip_suffix('%') {
        Some(percent) => percent.trim_end().parse::<f64>().map(|percent| percent / 100.0),
        None => value.parse::<f64>(),
    };
    number.ok().filter(|share| (0.0..1.0).contains(share)).ok_or_else(|| ValueError {
        value: value.to_owned(),
        expected: "a share of at least 0 and below 1, such as 0.01% or 0.0001",
    })
}

/// A part of a whole, above zero and at most all of it: `80%` or `0.8`.
///
/// # Errors
/// [`ValueError`].
pub fn part(value: &str) -> Result<f64, ValueError> {
    let number = match value.strip_suffix('%') {
        Some(percent) => percent.trim_end().parse::<f64>().map(|percent| percent / 100.0),
        None => value.parse::<f64>(),
    };
    number.ok().filter(|part| *part > 0.0 && *part <= 1.0).ok_or_else(|| ValueError {
        value: value.to_owned(),
        expected: "a share above 0 and at most 1, such as 80% or 0.8",
    })
}

/// A price of at least zero.
///
/// # Errors
/// [`ValueError`].
pub fn price(value: &str) -> Result<f64, ValueError> {
    let number = value.parse::<f64>().ok().filter(|price| price.is_finite() && *price >= 0.0);
    number.ok_or_else(|| ValueError { value: value.to_owned(), expected: "a number of at least 0" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_come_in_units_or_plain_seconds() {
        let seconds = |value| duration(value).map(|duration| duration.as_secs_f64());
        assert_eq!(seconds("60s"), Ok(60.0));
        assert_eq!(seconds("60"), Ok(60.0));
        assert_eq!(seconds("2.5"), Ok(2.5));
        assert_eq!(seconds("5m"), Ok(300.0));
        assert_eq!(seconds("1h30m"), Ok(5400.0));
        assert_eq!(seconds("1h0.5s"), Ok(3600.5));
        for wrong in ["", "0", "-5", "-5s", "s", "5x", "5s3", "3m1h", "1h1h", "nan", "inf", "infm", "1e40", "5 m x"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert!(duration("soon").is_err_and(|error| error.to_string().contains("`soon` should be a time above zero")));
    }

    #[test]
    fn shares_come_in_percent_or_as_fractions() {
        assert_eq!(share("0.5%"), Ok(0.005));
        assert_eq!(share("0.0001"), Ok(0.0001));
        assert_eq!(share("0"), Ok(0.0));
        assert_eq!(share("99 %"), Ok(0.99));
        for wrong in ["", "%", "1", "100%", "-1%", "nan", "a", "1%%"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn parts_are_above_nothing_and_up_to_all() {
        assert_eq!([part("80%"), part("0.8"), part("1"), part("100 %")], [Ok(0.8), Ok(0.8), Ok(1.0), Ok(1.0)]);
        for wrong in ["", "0", "0%", "1.1", "101%", "-1", "nan", "all"] {
            assert!(part(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn prices_are_finite_and_not_negative() {
        assert_eq!([price("0"), price("2.5e3")], [Ok(0.0), Ok(2500.0)]);
        for wrong in ["", "-1", "inf", "nan", "1 yuan"] {
            assert!(price(wrong).is_err(), "{wrong}");
        }
    }
}
