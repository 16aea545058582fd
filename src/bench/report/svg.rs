//! Step curves as inline SVG.

use super::curves::Curves;
use super::text::trimmed;
use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 56.0;

/// Colours that differ also for readers who confuse red and green (M. Okabe and K. Ito, Color Universal Design, 2008).
const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f"];
/// Dashes, so that curves differ without colours too.
const DASHES: [&str; 4] = ["none", "8 4", "3 3", "10 3 3 3"];

/// The curves as an `svg` element with title, axes, grid and legend.
pub(super) fn draw(curves: &Curves) -> String {
    let (least, greatest) = (curves.range.0.log10(), curves.range.1.log10());
    let x = |value: f64| LEFT + (value.log10() - least) / (greatest - least) * (WIDTH - LEFT - RIGHT);
    let y = |share: f64| HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
    let mut out = Svg(String::new());
    let title = escape(&curves.title);
    out.line(format_args!(
        r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}"><title>{title}</title>"#
    ));
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let (y, percent) = (y(share), share * 100.0);
        out.line(format_args!(r#"<line class="grid" x1="{LEFT}" x2="{:.1}" y1="{y:.1}" y2="{y:.1}"/>"#, WIDTH - RIGHT));
        out.line(format_args!(
            r#"<text x="{:.1}" y="{:.1}" text-anchor="end">{percent} %</text>"#,
            LEFT - 6.0,
            y + 4.0
        ));
    }
    for tick in ticks(curves.range) {
        let (x, label) = (x(tick), trimmed(tick));
        out.line(format_args!(
            r#"<line class="grid" x1="{x:.1}" x2="{x:.1}" y1="{TOP}" y2="{:.1}"/>"#,
            HEIGHT - BOTTOM
        ));
        out.line(format_args!(
            r#"<text x="{x:.1}" y="{:.1}" text-anchor="middle">{label}</text>"#,
            HEIGHT - BOTTOM + 22.0
        ));
    }
    let (middle, axis) = (f64::midpoint(LEFT, WIDTH - RIGHT), escape(&curves.axis));
    out.line(format_args!(r#"<text x="{middle:.1}" y="{:.1}" text-anchor="middle">{axis}</text>"#, HEIGHT - 8.0));
    for (index, curve) in curves.curves.iter().enumerate() {
        let (colour, dash) = (COLOURS[index % COLOURS.len()], DASHES[index % DASHES.len()]);
        let mut path = vec![format!("M{:.1} {:.1}", x(curves.range.0), y(0.0))];
        path.extend(curve.steps.iter().map(|&(value, share)| format!("H{:.1} V{:.1}", x(value), y(share))));
        path.push(format!("H{:.1}", WIDTH - RIGHT));
        let path = path.join(" ");
        let style = format!(r#"stroke="{colour}" stroke-dasharray="{dash}""#);
        out.line(format_args!(r#"<path class="curve" d="{path}" {style}/>"#));
        let legend = y(0.0) - 12.0 - 26.0 * (curves.curves.len() - 1 - index) as f64;
        let (from, to) = (WIDTH - RIGHT - 40.0, WIDTH - RIGHT - 8.0);
        let at = legend - 4.0;
        out.line(format_args!(r#"<path class="curve" d="M{from:.1} {at:.1} H{to:.1}" {style}/>"#));
        let name = escape(&curve.name);
        out.line(format_args!(r#"<text x="{:.1}" y="{legend:.1}" text-anchor="end">{name}</text>"#, from - 6.0));
    }
    out.0 += "</svg>";
    out.0
}

struct Svg(String);

impl Svg {
    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{text}").expect("writing to a string cannot fail");
    }
}

/// Powers of ten in the range, or powers of two where there are fewer than three of those.
fn ticks((least, greatest): (f64, f64)) -> Vec<f64> {
    let powers = |base: f64| -> Vec<f64> {
        let power_of = |value: f64| value.ln() / base.ln();
        let (first, last) = ((power_of(least) - 1e-9).ceil() as i32, (power_of(greatest) + 1e-9).floor() as i32);
        (first..=last).map(|power| base.powi(power)).collect()
    };
    let tens = powers(10.0);
    if tens.len() < 3 { powers(2.0) } else { tens }
}

/// Text with the characters replaced that mean something in HTML and SVG.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
