//! What makes a plan no plan: structural faults, as opposed to rules that a plan breaks.

use crate::units::Year;
use std::fmt;

/// A fault of a plan, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFault {
    /// Where it stands.
    pub at: At,
    /// What is wrong.
    pub what: Wrong,
}

/// A place in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// Position in [`crate::domain::plan::Plan::actions`].
    Action(usize),
    /// Position in [`crate::domain::plan::Plan::assignment`].
    Row(usize),
    /// No single line is at fault.
    Whole,
}

impl fmt::Display for PlanFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what.fmt(f)
    }
}

impl std::error::Error for PlanFault {}

/// What is wrong with a plan. Units, sites and grades are named by their keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// An index does not belong to the scenario.
    #[error("the plan refers to a {what} that the scenario does not have")]
    NotOfScenario {
        /// Unit, site or grade.
        what: &'static str,
    },
    /// The scenario does not plan this year.
    #[error("{year} is not a plan year")]
    YearNotPlanned {
        /// The year.
        year: Year,
    },
    /// The scenario does not plan this stage.
    #[error("stage {stage} is not part of the plan")]
    StageNotPlanned {
        /// The stage.
        stage: &'static str,
    },
    /// A grade of another stage in a row.
    #[error("grade {grade} is not a grade of stage {stage}")]
    GradeOfOtherStage {
        /// The grade.
        grade: String,
        /// The stage.
        stage: &'static str,
    },
    /// A row that names no grade.
    #[error("unit {unit}, {year}: a row without grades")]
    NoGrades {
        /// The unit.
        unit: String,
        /// The year.
        year: Year,
    },
    /// Fewer than no pupils.
    #[error("unit {unit}, grade {grade}, {year}: {pupils} pupils")]
    NegativePupils {
        /// The unit.
        unit: String,
        /// The grade.
        grade: String,
        /// The year.
        year: Year,
        /// The number.
        pupils: i64,
    },
    /// The same pupils twice.
    #[error("unit {unit}, grade {grade}, {year}: assigned to site {site} in more than one row")]
    RepeatedRow {
        /// The unit.
        unit: String,
        /// The grade.
        grade: String,
        /// The year.
        year: Year,
        /// The site.
        site: String,
    },
    /// Nobody says where these pupils go.
    #[error("unit {unit}, grade {grade}, {year}: {pupils} pupils are not assigned to any site")]
    NotAssigned {
        /// The unit.
        unit: String,
        /// The grade.
        grade: String,
        /// The year.
        year: Year,
        /// How many live there.
        pupils: i64,
    },
    /// More or fewer pupils assigned than live there.
    #[error("unit {unit}, grade {grade}, {year}: {assigned} pupils are assigned, {resident} live there")]
    PupilsDiffer {
        /// The unit.
        unit: String,
        /// The grade.
        grade: String,
        /// The year.
        year: Year,
        /// How many are assigned.
        assigned: i64,
        /// How many live there.
        resident: i64,
    },
    /// Pupils assigned to a site that is shut or not built.
    #[error("unit {unit}, {year}: site {site} does not operate in that year")]
    SiteNotOperating {
        /// The unit.
        unit: String,
        /// The site.
        site: String,
        /// The year.
        year: Year,
    },
    /// Pupils assigned to a site without their stage.
    #[error("unit {unit}, {year}: site {site} does not offer stage {stage}")]
    StageNotOffered {
        /// The unit.
        unit: String,
        /// The site.
        site: String,
        /// The stage.
        stage: &'static str,
        /// The year.
        year: Year,
    },
    /// No way from the unit to the site.
    #[error("unit {unit}: site {site} cannot be reached")]
    Unreachable {
        /// The unit.
        unit: String,
        /// The site.
        site: String,
    },
    /// A unit that is zoned as a whole goes to several sites.
    #[error("unit {unit}, grades {band}, {year}: zoned as a whole but assigned to {sites}")]
    UnitSplit {
        /// The unit.
        unit: String,
        /// The band.
        band: String,
        /// The year.
        year: Year,
        /// The sites.
        sites: String,
    },
    /// A divided unit goes to too many sites.
    #[error("unit {unit}, grades {band}, {year}: divided among {count} sites, at most {max} are allowed")]
    TooManySites {
        /// The unit.
        unit: String,
        /// The band.
        band: String,
        /// The year.
        year: Year,
        /// How many.
        count: usize,
        /// How many are allowed.
        max: usize,
    },
    /// A part of a divided unit is too small.
    #[error(
        "unit {unit}, grades {band}, {year}: site {site} receives {pupils} pupils, less than {percent} % of the unit"
    )]
    PartTooSmall {
        /// The unit.
        unit: String,
        /// The band.
        band: String,
        /// The year.
        year: Year,
        /// The site.
        site: String,
        /// How many it receives.
        pupils: i64,
        /// The least part in percent.
        percent: i64,
    },
    /// More boarders than beds.
    #[error("site {site}, {year}: {boarders} boarders for {beds} beds")]
    TooFewBeds {
        /// The site.
        site: String,
        /// The year.
        year: Year,
        /// Boarders.
        boarders: i64,
        /// Beds.
        beds: i64,
    },
    /// Boarders of a grade that may not board.
    #[error("unit {unit}, {year}: pupils of grade {grade} may not board")]
    GradeBoards {
        /// The unit.
        unit: String,
        /// The grade.
        grade: String,
        /// The year.
        year: Year,
    },
    /// Boarders who could go home every day.
    #[error(
        "unit {unit}, grade {grade}, {year}: boards at {site}, although no rule on ways keeps it from going there daily"
    )]
    BoardsNear {
        /// The unit.
        unit: String,
        /// The grade.
        grade: String,
        /// The year.
        year: Year,
        /// The site.
        site: String,
    },
    /// The scenario does not offer the action.
    #[error("site {site}, {year}: the scenario does not offer to {action} it in that year")]
    ActionNotOffered {
        /// The site.
        site: String,
        /// The action.
        action: &'static str,
        /// The year.
        year: Year,
    },
    /// Two actions at one site.
    #[error("site {site}: more than one action")]
    TwoActions {
        /// The site.
        site: String,
    },
    /// A protected site is shut.
    #[error("site {site} is protected and cannot be shut")]
    ProtectedShut {
        /// The site.
        site: String,
    },
    /// A closure or merger without a declared reason.
    #[error("site {site}: nothing is closed or merged without a declared reason")]
    NoReason {
        /// The site.
        site: String,
    },
    /// An action that takes effect before what it must wait for.
    #[error("site {site}, {year}: {action} must wait for one of: {waits_for}, in effect {years} years before or more")]
    TooSoon {
        /// The site.
        site: String,
        /// The action.
        action: &'static str,
        /// Its year.
        year: Year,
        /// The actions of which one must come before.
        waits_for: String,
        /// Years between.
        years: u32,
    },
    /// The receiving site of a merger does not operate.
    #[error("site {site} is merged into {into}, which does not operate in {year}")]
    MergeTargetShut {
        /// The merged site.
        site: String,
        /// The receiving site.
        into: String,
        /// The year.
        year: Year,
    },
    /// The receiving site of a merger is itself shut or merged at some time.
    #[error("site {site} is merged into {into}, which is itself closed or merged: chains of mergers are not allowed")]
    MergeChain {
        /// The merged site.
        site: String,
        /// The receiving site.
        into: String,
    },
    /// Part of a merged catchment goes elsewhere.
    #[error("unit {unit}, {year}: site {site} is merged into {into}, but the unit is assigned to {to}")]
    CatchmentNotMerged {
        /// The unit.
        unit: String,
        /// The year.
        year: Year,
        /// The merged site.
        site: String,
        /// The receiving site.
        into: String,
        /// Where the unit goes.
        to: String,
    },
    /// A catchment is in pieces.
    #[error("site {site}, grades {band}, {year}: its catchment is in {pieces} pieces; {unit} is cut off")]
    CatchmentInPieces {
        /// The site.
        site: String,
        /// The band.
        band: String,
        /// The year.
        year: Year,
        /// How many pieces.
        pieces: usize,
        /// A unit of the smaller piece.
        unit: String,
    },
    /// A catchment lacks the unit in which its site stands.
    #[error("site {site}, grades {band}, {year}: its catchment does not contain its own unit {home}")]
    CatchmentWithoutHome {
        /// The site.
        site: String,
        /// The band.
        band: String,
        /// The year.
        year: Year,
        /// The unit in which the site stands.
        home: String,
    },
    /// Pupils of a grade go to a site that takes no more entrants and whose grade of that number has left.
    #[error("unit {unit}, grade {grade}, {year}: site {site} is phased out and no longer teaches this grade")]
    GradeGone {
        /// The unit.
        unit: String,
        /// The grade.
        grade: String,
        /// The year.
        year: Year,
        /// The site.
        site: String,
    },
    /// Pupils who keep their school are sent to another.
    #[error(
        "unit {unit}, grade {grade}, {year}: these pupils go to {to}, but were at {from} before and stay there until they \
         leave its stage"
    )]
    NotStayed {
        /// The unit.
        unit: String,
        /// The grade.
        grade: String,
        /// The year.
        year: Year,
        /// Where they were.
        from: String,
        /// Where they go.
        to: String,
    },
    /// Pupils are sent to a school that does not teach them until they leave the stage.
    #[error(
        "unit {unit}: those who were zoned to {site} before {year} cannot stay there in grade {grade}, which it no longer \
         teaches; only pupils who were there at the baseline may be zoned anew"
    )]
    NotSeenThrough {
        /// The unit.
        unit: String,
        /// The grade in the year.
        grade: String,
        /// The year.
        year: Year,
        /// The site.
        site: String,
    },
    /// A site that is phased out does not keep those who finish there.
    #[error(
        "unit {unit}, grade {grade}, {year}: these pupils finish at {site}, which is phased out, but are sent to {to}"
    )]
    NotFinished {
        /// The unit.
        unit: String,
        /// The grade.
        grade: String,
        /// The year.
        year: Year,
        /// The site that is phased out.
        site: String,
        /// Where they are sent.
        to: String,
    },
    /// A site that is phased out takes others than its catchment of today.
    #[error("unit {unit}, grade {grade}, {year}: site {site} is phased out and teaches only those zoned to it today")]
    NotOfCatchment {
        /// The unit.
        unit: String,
        /// The grade.
        grade: String,
        /// The year.
        year: Year,
        /// The site that is phased out.
        site: String,
    },
    /// Connected catchments are asked for without adjacency.
    #[error("stage {stage} asks for connected catchments, but no adjacency of units is given")]
    NoAdjacency {
        /// The stage.
        stage: &'static str,
    },
}

impl Wrong {
    /// A short name for tests, tables and programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOfScenario { .. } => "not_of_scenario",
            Self::YearNotPlanned { .. } => "year_not_planned",
            Self::StageNotPlanned { .. } => "stage_not_planned",
            Self::GradeOfOtherStage { .. } => "grade_of_other_stage",
            Self::NoGrades { .. } => "no_grades",
            Self::NegativePupils { .. } => "negative_pupils",
            Self::RepeatedRow { .. } => "repeated_row",
            Self::NotAssigned { .. } => "not_assigned",
            Self::PupilsDiffer { .. } => "pupils_differ",
            Self::SiteNotOperating { .. } => "site_not_operating",
            Self::StageNotOffered { .. } => "stage_not_offered",
            Self::Unreachable { .. } => "unreachable",
            Self::UnitSplit { .. } => "unit_split",
            Self::TooManySites { .. } => "too_many_sites",
            Self::PartTooSmall { .. } => "part_too_small",
            Self::TooFewBeds { .. } => "too_few_beds",
            Self::GradeBoards { .. } => "grade_boards",
            Self::BoardsNear { .. } => "boards_near",
            Self::ActionNotOffered { .. } => "action_not_offered",
            Self::TwoActions { .. } => "two_actions",
            Self::ProtectedShut { .. } => "protected_shut",
            Self::NoReason { .. } => "no_reason",
            Self::TooSoon { .. } => "too_soon",
            Self::MergeTargetShut { .. } => "merge_target_shut",
            Self::MergeChain { .. } => "merge_chain",
            Self::CatchmentNotMerged { .. } => "catchment_not_merged",
            Self::CatchmentInPieces { .. } => "catchment_in_pieces",
            Self::CatchmentWithoutHome { .. } => "catchment_without_home",
            Self::GradeGone { .. } => "grade_gone",
            Self::NotStayed { .. } => "not_stayed",
            Self::NotSeenThrough { .. } => "not_seen_through",
            Self::NotFinished { .. } => "not_finished",
            Self::NotOfCatchment { .. } => "not_of_catchment",
            Self::NoAdjacency { .. } => "no_adjacency",
        }
    }
}
