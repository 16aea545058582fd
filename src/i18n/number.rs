//! Numbers as people read them: thousands apart, a fixed number of decimals, halves away from zero.

/// A number with `decimals` decimals and commas between thousands: `36,824`, `1,234.5`, `-0.3`.
pub fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let scale = 10f64.powi(decimals as i32);
    // Rounding the scaled value first makes 0.25 become 0.3 with one decimal, as people expect, and not 0.2.
    let text = format!("{:.decimals$}", (value * scale).round() / scale);
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let sign = if zero { "" } else { sign };
    match fraction {
        Some(fraction) => format!("{sign}{grouped}.{fraction}"),
        None => format!("{sign}{grouped}"),
    }
}

/// A fraction as a percentage with `decimals` decimals: `0.0123` is `1.23%`.
pub fn percent(fraction: f64, decimals: usize) -> String {
    if fraction.is_finite() { format!("{}%", number(fraction * 100.0, decimals)) } else { "–".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart_and_halves_go_up() {
        let cases = [
            (0.0, 0, "0"),
            (-0.2, 0, "0"),
            (999.0, 0, "999"),
            (1000.0, 0, "1,000"),
            (-1_234_567.0, 0, "-1,234,567"),
            (1234.5, 1, "1,234.5"),
            (0.25, 1, "0.3"),
            (2.5, 0, "3"),
            (f64::NAN, 0, "–"),
        ];
        for (value, decimals, text) in cases {
            assert_eq!(number(value, decimals), text);
        }
        assert_eq!(percent(0.0123, 2), "1.23%");
    }
}
