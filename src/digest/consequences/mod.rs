//! What a plan brings about besides its map: who is placed where, who changes school, how posts and assets follow, what becomes
//! of released places, which works are done, what the schools are funded with, and what each village has to know.
//!
//! Everything is worked out from the scenario and the document of the plan, with the audit's own arithmetic for classes, needs
//! and funds. Nothing here is decided: the rules by which posts and assets follow the pupils are fixed, and pupils, posts and
//! assets are neither lost nor made in any year.

pub mod accounts;
pub mod assets;
pub mod funds;
pub mod placement;
pub mod releases;
pub mod staff;
pub mod villages;
pub mod works;
pub mod years;

#[cfg(test)]
mod tests;

use crate::domain::document::PlanDocument;
use crate::domain::scenario::Scenario;
use crate::metric::ground::Ground;
use crate::travel::Travel;
use accounts::Accounts;
use assets::{AssetFlow, Disposed};
use funds::SectionFunds;
use placement::{Placed, Transfer};
use staff::{SectionStaff, StaffFlow};
use villages::Notice;
use works::Work;

/// All consequences of a plan. Lists are in order of year, then of the scenario's files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Consequences {
    /// Pupils by school, stage, grade and year, the baseline first.
    pub placed: Vec<Placed>,
    /// Pupils by year, stage, school before and school after, those who stay included.
    pub transfers: Vec<Transfer>,
    /// Posts and people who move.
    pub staff_flows: Vec<StaffFlow>,
    /// Posts and people of every section in every year, the baseline first.
    pub staff: Vec<SectionStaff>,
    /// Movable assets that follow the pupils.
    pub asset_flows: Vec<AssetFlow>,
    /// Released places, each with its one use.
    pub disposed: Vec<Disposed>,
    /// Building projects: those of the county and those of the plan.
    pub works: Vec<Work>,
    /// Public funds by section and year, the baseline first.
    pub funds: Vec<SectionFunds>,
    /// What changes for each unit and stage.
    pub notices: Vec<Notice>,
    /// One account for every site and year.
    pub accounts: Accounts,
}

impl Consequences {
    /// Works the consequences of a plan out.
    pub fn of(scenario: &Scenario, document: &PlanDocument) -> Self {
        let travel = Travel::new(scenario);
        let ground = Ground::new(scenario, &travel);
        let years = years::years(&ground, document);
        let moves = placement::moves(&years);
        let releases = releases::releases(&ground, document, &years, &moves);
        let (staff_flows, staff) = staff::flows(&ground, &years, &moves, &releases);
        let mut all = Self {
            placed: placement::placed(&years, &moves),
            transfers: placement::transfers(&ground, &moves),
            staff_flows,
            staff,
            asset_flows: assets::flows(&ground, &years, &releases),
            disposed: assets::disposed(&ground, document, &years),
            works: works::works(scenario, document),
            funds: funds::funds(&years),
            notices: villages::notices(&ground, &years),
            accounts: Accounts::new(),
        };
        all.accounts = accounts::accounts(scenario, document, &all);
        all
    }
}
