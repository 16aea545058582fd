//! The county in one year, as metrics look at it: who is where, in which classes, and what the plan has done so far.

use super::classes;
use super::ground::Ground;
use crate::domain::action::{SiteState, baseline_state};
use crate::domain::district::Stage;
use crate::domain::scenario::Scenario;
use crate::id::{AreaId, GradeId, Id, IdVec, SchoolId, SiteId, UnitId};
use crate::units::{Classes, Pupils, Year};

/// The county in the baseline year or in a plan year.
#[derive(Clone)]
pub struct YearView<'a> {
    /// What is known of the scenario.
    pub ground: &'a Ground<'a>,
    /// The year.
    pub year: Year,
    /// Whether this is the baseline, which is scored but not decided on.
    pub baseline: bool,
    /// Every site.
    pub sites: IdVec<SiteId, SiteView>,
    /// Who goes where, in order of unit, grade, site and boarding.
    pub rows: Vec<Row>,
    /// What the plan does.
    pub doings: Doings,
    /// Sites that the plan shuts with effect of the year.
    pub shut: Vec<SiteId>,
    /// Schools that the plan has merged into others by the year, each with the site that it went to.
    pub merged: Vec<(SiteId, SiteId)>,
}

impl<'a> YearView<'a> {
    /// Today's network in `year` if nothing is done: baseline states and catchments under the demand of the year. It says
    /// what the forecast alone does to a rule.
    pub fn untouched(ground: &'a Ground<'a>, year: Year) -> Self {
        let scenario = ground.scenario;
        let mut rows = Vec::new();
        let mut rolls =
            IdVec::filled(vec![Pupils::ZERO; scenario.district.grades.len()], scenario.district.sites.len());
        for unit in scenario.district.units.ids() {
            for (grade, facts) in scenario.district.grades.entries() {
                let pupils = scenario.demand.pupils(year, unit, grade);
                let stage = scenario.stage_index(facts.stage);
                let site = stage.and_then(|stage| scenario.baseline.sites[unit][stage]);
                if let (Some(site), true) = (site, pupils > Pupils::ZERO) {
                    rows.push(Row { unit, grade, site, boarding: false, pupils });
                    rolls[site][grade.index()] += pupils;
                }
            }
        }
        let baseline = year == scenario.baseline_year;
        let sites = scenario
            .district
            .sites
            .ids()
            .map(|site| {
                let state = baseline_state(scenario, site);
                let groups = if baseline {
                    classes::baseline_groups(ground, site, &state, &rolls[site])
                } else {
                    classes::planned_groups(ground, year, site, &state, &rolls[site], None)
                };
                SiteView { state, groups }
            })
            .collect();
        let (shut, merged) = (Vec::new(), Vec::new());
        Self { ground, year, baseline, sites, rows, doings: Doings::default(), shut, merged }
    }
}

/// A site in one year.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteView {
    /// What it is.
    pub state: SiteState,
    /// Its pupils and their classes, in order of grade.
    pub groups: Vec<GroupView>,
}

impl SiteView {
    /// Pupils of the stages and grades for which `counted` holds.
    pub fn pupils(&self, counted: impl Fn(&GroupView) -> bool) -> Pupils {
        self.groups.iter().filter(|group| counted(group)).map(|group| group.pupils).sum()
    }

    /// The groups of a stage.
    pub fn groups_of(&self, stage: Stage) -> impl Iterator<Item = &GroupView> {
        self.groups.iter().filter(move |group| group.stage == stage)
    }
}

/// Pupils taught together in one year: one grade, or several in joint classes.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupView {
    /// The stage.
    pub stage: Stage,
    /// The grades, in order.
    pub grades: Vec<GradeId>,
    /// Head count.
    pub pupils: Pupils,
    /// Classes; `None` where no rule says how large a class may be and none are given.
    pub classes: Option<Classes>,
    /// Size of every class, where known; even sizes are taken otherwise.
    pub roster: Option<Vec<Pupils>>,
}

/// Pupils of one unit and grade who go to one site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// Where they live.
    pub unit: UnitId,
    /// Their grade.
    pub grade: GradeId,
    /// Where they go.
    pub site: SiteId,
    /// Whether they board.
    pub boarding: bool,
    /// How many.
    pub pupils: Pupils,
}

/// What the plan does in a year and has done until then.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Doings {
    /// Sites closed with effect of the year.
    pub closures: i64,
    /// Sites merged into another with effect of the year.
    pub merges: i64,
    /// Schools that move with effect of the year.
    pub relocations: i64,
    /// Moves up to and in the year.
    pub relocations_so_far: i64,
    /// Closures up to and in the year.
    pub closures_so_far: i64,
    /// Mergers up to and in the year.
    pub merges_so_far: i64,
    /// Capital booked in the year, in yuan.
    pub capital: f64,
    /// Change of running cost in the year against the baseline, in yuan.
    pub running: f64,
    /// Capital booked up to and in the year.
    pub capital_so_far: f64,
    /// Change of running cost added up to and in the year.
    pub running_so_far: f64,
    /// Pupils at another site than the pupils of their unit and band the year before; `None` where that year's
    /// assignment is only assumed.
    pub moved: Option<Pupils>,
}

/// What a rule is tested on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The whole county or plan.
    County,
    /// A township or street.
    Area(AreaId),
    /// A legal person.
    School(SchoolId),
    /// A site.
    Site(SiteId),
    /// One stage at a site.
    Section(SiteId, Stage),
    /// A residential unit.
    Unit(UnitId),
}

impl Subject {
    /// The key in files: `county`, or the key of the area, school, site, section or unit. A stage that a site offers
    /// without having a section at the baseline is named `site/stage`.
    pub fn key(self, scenario: &Scenario) -> String {
        let district = &scenario.district;
        match self {
            Self::County => "county".to_owned(),
            Self::Area(area) => district.areas[area].key.clone(),
            Self::School(school) => district.schools[school].key.clone(),
            Self::Site(site) => district.sites[site].key.clone(),
            Self::Section(site, stage) => match district.section(site, stage) {
                Some(section) => district.sections[section].key.clone(),
                None => format!("{}/{}", district.sites[site].key, stage.name()),
            },
            Self::Unit(unit) => district.units[unit].key.clone(),
        }
    }
}
