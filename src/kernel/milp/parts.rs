//! Large parts of divided customers as whole numbers.
//!
//! HiGHS walks through the range of every integer column each time its root relaxation is solved again, in time that grows
//! with the square of the range: on a county with one town of 2,430 pupils that was two thirds of a solve. Columns of large
//! parts are therefore continuous at first, which is a relaxation, so that bounds hold. With every 0-1 column fixed, whole
//! parts nearly always exist at the same cost, since capacities and loads are whole; where they do not, the columns become
//! integer after all.

use super::model::Model;
use crate::mip::{Backend, MipError, MipLimits, MipOutcome};

/// Largest load of a part whose column is integer from the start.
pub(super) const MOST_WHOLE: i64 = 50;

/// Distance from a whole number that is taken for one.
const WHOLE: f64 = 1e-6;

/// Whether every large part has a whole value.
pub(super) fn are_whole(model: &Model<'_>, values: &[f64]) -> bool {
    model.loose.iter().all(|&column| {
        let value = values[column as usize];
        (value - value.round()).abs() <= WHOLE
    })
}

/// The best values with whole parts that keep every 0-1 column of `values`; `None` where there are none or the limits end
/// it.
///
/// # Errors
/// When the backend fails.
pub(super) fn settled(
    model: &Model<'_>,
    values: &[f64],
    backend: &dyn Backend,
    limits: &MipLimits,
) -> Result<Option<MipOutcome>, MipError> {
    let mut program = model.mip.clone();
    for (column, &value) in program.columns.iter_mut().zip(values) {
        if column.integer && column.upper <= 1.0 {
            column.lower = value.round();
            column.upper = column.lower;
        }
    }
    for &column in &model.loose {
        program.columns[column as usize].integer = true;
    }
    let found = backend.solve(&program, None, limits, &|_, _, _| {})?;
    Ok(found.values.is_some().then_some(found))
}

/// Makes the columns of large parts integer, which is exact whatever the rows are.
pub(super) fn make_whole(model: &mut Model<'_>) {
    for column in std::mem::take(&mut model.loose) {
        model.mip.columns[column as usize].integer = true;
    }
}
