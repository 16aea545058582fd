//! Step curves: which share of the problems an engine solves within a time, or within a factor of the fastest engine.

use super::compare::charged;
use super::{Cell, Report};

/// A family of step curves over a logarithmic axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// What is drawn.
    pub title: String,
    /// What the horizontal axis measures.
    pub axis: String,
    /// Least and greatest value of the horizontal axis.
    pub range: (f64, f64),
    /// One curve per engine of the report.
    pub curves: Vec<Curve>,
}

/// A curve that starts at share 0 and rises at each step.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The engine.
    pub name: String,
    /// Where the curve rises and to which share, in increasing order.
    pub steps: Vec<(f64, f64)>,
}

/// The share of runs that reached their gap within a time, over the rows that every engine was run on.
pub fn times(report: &Report) -> Option<Curves> {
    let rows = common_rows(report);
    let curves = curves(report, &rows, |cells, engine| cells[engine].is_proven().then(|| charged(cells[engine])));
    finish("Proven within a time", "seconds", super::compare::SHORTEST, curves)
}

/// Performance profile: the share of runs that reached their gap within a factor of the fastest engine's time on the same
/// problem (E. Dolan and J. Moré, Math. Program. 91, 2002).
pub fn profile(report: &Report) -> Option<Curves> {
    if report.engines.len() < 2 {
        return None;
    }
    let rows = common_rows(report);
    let curves = curves(report, &rows, |cells, engine| {
        let fastest = cells.iter().filter(|cell| cell.is_proven()).map(|cell| charged(cell)).min_by(f64::total_cmp)?;
        cells[engine].is_proven().then(|| charged(cells[engine]) / fastest)
    });
    finish("Performance profile", "factor of the fastest engine's time", 1.0, curves)
}

/// The results of the rows that every engine has one for.
fn common_rows(report: &Report) -> Vec<Vec<&Cell>> {
    let rows = report.groups.iter().flat_map(|group| &group.rows);
    rows.filter_map(|row| row.cells.iter().map(Option::as_ref).collect()).collect()
}

fn curves(report: &Report, rows: &[Vec<&Cell>], value: impl Fn(&[&Cell], usize) -> Option<f64>) -> Vec<Curve> {
    let curve = |(engine, name): (usize, &String)| {
        let mut values: Vec<f64> = rows.iter().filter_map(|cells| value(cells, engine)).collect();
        values.sort_by(f64::total_cmp);
        let mut steps: Vec<(f64, f64)> = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            let share = (index + 1) as f64 / rows.len() as f64;
            match steps.last_mut() {
                Some(last) if last.0 == value => last.1 = share,
                _ => steps.push((value, share)),
            }
        }
        Curve { name: name.clone(), steps }
    };
    report.engines.iter().enumerate().map(curve).collect()
}

/// The curves with their axis, if there is anything to draw.
fn finish(title: &str, axis: &str, least: f64, curves: Vec<Curve>) -> Option<Curves> {
    let ends = curves.iter().filter_map(|curve| curve.steps.last()).map(|&(value, _)| value);
    let greatest = ends.max_by(f64::total_cmp)?;
    Some(Curves { title: title.to_owned(), axis: axis.to_owned(), range: (least, greatest.max(least * 2.0)), curves })
}
