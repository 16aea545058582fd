//! The plan: what is decided. Everything else about a plan is derived from it and the scenario.

use super::action::Measure;
use super::district::Stage;
use crate::id::{GradeId, SiteId, UnitId};
use crate::units::{Pupils, Year};

/// Actions at sites and an assignment of units (布局方案).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Actions at sites, by site and year. Sites without one are kept as they are.
    pub actions: Vec<PlannedAction>,
    /// Who goes where: for every unit, stage, grade with pupils and plan year one row, or several for a divided unit.
    pub assignment: Vec<Assignment>,
}

/// An action that a plan decides on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlannedAction {
    /// The site.
    pub site: SiteId,
    /// Year of effect.
    pub year: Year,
    /// What is done.
    pub measure: Measure,
}

impl PlannedAction {
    /// Whether the action changes a site: its own, or the one to which the school moves.
    pub fn concerns(&self, site: SiteId) -> bool {
        [self.site, self.measure.place(self.site)].contains(&site)
    }
}

/// Pupils of one unit, band and year who go to one site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assignment {
    /// Where they live.
    pub unit: UnitId,
    /// Stage of the band.
    pub stage: Stage,
    /// The school year.
    pub year: Year,
    /// Head counts by grade of the band, in order of grade; a grade may have none.
    pub pupils: Vec<(GradeId, Pupils)>,
    /// Where they go.
    pub site: SiteId,
    /// Whether they board.
    pub boarding: bool,
}

impl Assignment {
    /// All pupils of the row.
    pub fn total(&self) -> Pupils {
        self.pupils.iter().map(|&(_, pupils)| pupils).sum()
    }
}

/// Most sites that may share the pupils of one unit, band and year, where a unit may be divided at all.
pub const MAX_SITES_PER_UNIT: usize = 3;

/// Least part of the pupils of a divided unit and band that a site receives, in percent.
pub const MIN_PART_PERCENT: i64 = 10;
