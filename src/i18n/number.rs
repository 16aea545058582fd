//! Numbers as people read them: thousands apart, a fixed number of decimals, halves away from zero.

use super::{Language, render};
use crate::message::Message;

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

/// Money in the unit in which people of the language count it: ten thousand yuan in Chinese, million yuan in English; small
/// sums in yuan.
pub fn money(language: Language, yuan: f64) -> String {
    let small = match language {
        Language::Zh => 1e4,
        Language::En => 1e5,
    };
    if yuan.abs() < small {
        return render(language, &Message::new("report.money_small").with("amount", number(yuan, 0)));
    }
    let amount = match language {
        Language::Zh => number(yuan / 1e4, usize::from(yuan.abs() < 1e6)),
        Language::En => number(yuan / 1e6, 2),
    };
    render(language, &Message::new("report.money").with("amount", amount))
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
        assert_eq!(money(Language::Zh, 418_000.0), "41.8 万元");
        assert_eq!(money(Language::Zh, -2_350_000.0), "-235 万元");
        assert_eq!(money(Language::En, 418_000.0), "0.42 million yuan");
        assert_eq!(money(Language::En, -30_000.0), "-30,000 yuan");
        assert_eq!(money(Language::Zh, -30_000.0), "-3.0 万元");
        assert_eq!((money(Language::Zh, 800.0), money(Language::Zh, 0.0)), ("800 元".to_owned(), "0 元".to_owned()));
    }
}
