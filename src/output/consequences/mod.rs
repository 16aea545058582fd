//! The tables of what a plan brings about besides its map: one file a table.

pub mod assets;
pub mod disposals;
pub mod funds;
pub mod placement;
pub mod schools;
pub mod staff;
pub mod staffing;
pub mod transfers;
pub mod villages;

use super::bundle::Bundle;
use super::table::Cell;
use crate::domain::district::Stage;
use crate::i18n::word;
use crate::id::SiteId;

/// Key and name of a site.
fn site(bundle: &Bundle<'_>, site: SiteId) -> [Cell; 2] {
    let key = &bundle.scenario.district.sites[site].key;
    [Cell::Key(key.clone()), Cell::Text(bundle.site_name(key).to_owned())]
}

/// Key and name of a stage.
fn stage(bundle: &Bundle<'_>, stage: Stage) -> [Cell; 2] {
    [Cell::Key(stage.name().to_owned()), Cell::Text(word(bundle.language, "stage", stage.name()))]
}

fn year(year: i32) -> Cell {
    Cell::Whole(i64::from(year))
}

/// Hundredths as a number.
fn hundredths(count: Option<i64>) -> Cell {
    Cell::number(count.map(|count| count as f64 / 100.0), 2)
}

fn km(metres: i64) -> Cell {
    Cell::number(Some(metres as f64 / 1000.0), 3)
}

/// Whether the schools of the baseline, against which a year is held, are only assumed.
fn assumed(bundle: &Bundle<'_>, year: i32) -> Cell {
    Cell::Flag(bundle.scenario.baseline.assumed && bundle.document.years.first() == Some(&year))
}
