//! The facts of the county: units, sites, schools, sections, areas and grades.

use super::consultation::Consultation;
use super::resource::{Held, Project, Resources, Staff};
use crate::id::{AreaId, GradeId, IdVec, SchoolId, SectionId, SiteId, UnitId};
use crate::units::{Classes, Point, Pupils, Year};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A stage of schooling (学段).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Kindergarten (幼儿园).
    Kindergarten,
    /// Primary, grades 1 to 6 (小学).
    Primary,
    /// Junior middle, grades 7 to 9 (初中).
    Junior,
    /// Senior middle, grades 10 to 12 (高中).
    Senior,
    /// Special education (特殊教育).
    Special,
}

impl Stage {
    /// Every stage, in order of age.
    pub const ALL: [Self; 5] = [Self::Kindergarten, Self::Primary, Self::Junior, Self::Senior, Self::Special];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kindergarten => "kindergarten",
            Self::Primary => "primary",
            Self::Junior => "junior",
            Self::Senior => "senior",
            Self::Special => "special",
        }
    }

    /// Whether the stage is compulsory, so that its pupils count in the size of a site.
    pub fn is_compulsory(self) -> bool {
        matches!(self, Self::Primary | Self::Junior)
    }

    /// Grades of the stage in the Chinese six-three-three system; kindergarten counts its three years from -2 to 0.
    pub fn grades(self) -> std::ops::RangeInclusive<i8> {
        match self {
            Self::Kindergarten => -2..=0,
            Self::Primary => 1..=6,
            Self::Junior => 7..=9,
            Self::Senior => 10..=12,
            Self::Special => 1..=9,
        }
    }
}

/// One grade of a stage, or the whole stage where rolls are not known by grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grade {
    /// The stage.
    pub stage: Stage,
    /// The number of the grade, counted through from primary; `None` for the whole stage.
    pub number: Option<i8>,
}

impl Grade {
    /// The key in plan files: `"7"`, or `"7-9"` for a whole stage.
    pub fn key(self) -> String {
        match self.number {
            Some(number) => number.to_string(),
            None => format!("{}-{}", self.stage.grades().start(), self.stage.grades().end()),
        }
    }
}

/// What kind of school a site houses (学校类型).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SiteKind {
    /// Stand-alone primary (单办小学).
    Primary,
    /// Teaching point (教学点).
    TeachingPoint,
    /// Stand-alone junior (单办初中).
    Junior,
    /// Primary and junior (九年一贯制).
    NineYear,
    /// Primary, junior and senior (十二年一贯制).
    TwelveYear,
    /// Junior and senior (完全中学).
    CompleteMiddle,
    /// Kindergarten (幼儿园).
    Kindergarten,
    /// Special school (特殊教育学校).
    Special,
}

impl SiteKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Primary,
        Self::TeachingPoint,
        Self::Junior,
        Self::NineYear,
        Self::TwelveYear,
        Self::CompleteMiddle,
        Self::Kindergarten,
        Self::Special,
    ];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::TeachingPoint => "teaching_point",
            Self::Junior => "junior",
            Self::NineYear => "nine_year",
            Self::TwelveYear => "twelve_year",
            Self::CompleteMiddle => "complete_middle",
            Self::Kindergarten => "kindergarten",
            Self::Special => "special",
        }
    }

    /// The stages that a site of this kind offers.
    pub fn stages(self) -> &'static [Stage] {
        match self {
            Self::Primary | Self::TeachingPoint => &[Stage::Primary],
            Self::Junior => &[Stage::Junior],
            Self::NineYear => &[Stage::Primary, Stage::Junior],
            Self::TwelveYear => &[Stage::Primary, Stage::Junior, Stage::Senior],
            Self::CompleteMiddle => &[Stage::Junior, Stage::Senior],
            Self::Kindergarten => &[Stage::Kindergarten],
            Self::Special => &[Stage::Special],
        }
    }

    /// Whether primary and junior pupils share the site (一贯制), so that the larger size limit applies.
    pub fn is_integrated(self) -> bool {
        matches!(self, Self::NineYear | Self::TwelveYear)
    }
}

/// City, town or country (城区/镇区/乡村).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// City (城区).
    Urban,
    /// Town (镇区).
    Town,
    /// Country (乡村).
    Rural,
}

/// Who runs a school (办学性质).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    /// Public (公办).
    #[default]
    Public,
    /// Private (民办).
    Private,
    /// Private with places bought by government (政府购买学位).
    Purchased,
}

/// A township, street or other area (乡镇/街道).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Key in files.
    pub key: String,
    /// Name shown to users.
    pub name: String,
}

/// A residential unit: the smallest area that is zoned as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Key in files.
    pub key: String,
    /// Name shown to users.
    pub name: String,
    /// Township or street.
    pub area: Option<AreaId>,
    /// City, town or country.
    pub setting: Option<Setting>,
    /// The point from which travel is measured.
    pub point: Point,
    /// Outline, where one is given: polygons of rings of (longitude, latitude), outer ring first.
    pub outline: Option<Vec<Vec<Vec<Point>>>>,
    /// Whether the planner lets the unit be zoned to several schools.
    pub divisible: bool,
}

/// Whether a site is in use at the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SiteStatus {
    /// In use at the baseline.
    Operating,
    /// A candidate plot: nothing there unless an action builds it.
    Candidate,
}

/// One physical campus or candidate plot: what size rules test (独立校区).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Key in files.
    pub key: String,
    /// Name shown to users.
    pub name: String,
    /// The legal person that owns it.
    pub school: SchoolId,
    /// Kind of school at the baseline, or the kind a candidate would be built as.
    pub kind: SiteKind,
    /// Whether it is in use at the baseline.
    pub status: SiteStatus,
    /// Where it stands.
    pub point: Point,
    /// Township or street.
    pub area: Option<AreaId>,
    /// City, town or country.
    pub setting: Option<Setting>,
    /// Year in which it was planned and built.
    pub built_year: Option<Year>,
    /// Ordinary classrooms at the baseline (普通教室), shared by the site's sections.
    pub rooms: Classes,
    /// Dormitory beds at the baseline.
    pub beds: Pupils,
    /// Land in square metres.
    pub land_m2: Option<f64>,
    /// Whether it takes boarders.
    pub boarding: bool,
    /// Whether closing it is ruled out.
    pub protected: bool,
    /// Pupils at the baseline who are children of migrant workers (随迁子女), where known.
    pub migrants: Option<Pupils>,
    /// Names that exemptions may refer to.
    pub flags: Vec<String>,
    /// The unit in which the site lies, for contiguity.
    pub home: Option<UnitId>,
}

/// A legal person that runs one or more sites (学校法人).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct School {
    /// Key in files.
    pub key: String,
    /// Name shown to users.
    pub name: String,
    /// Who runs it.
    pub ownership: Ownership,
}

/// One stage at one site: what class and resource rules test (学段部).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Key in files.
    pub key: String,
    /// Name shown to users.
    pub name: String,
    /// The site.
    pub site: SiteId,
    /// The stage.
    pub stage: Stage,
    /// Rolls and classes at the baseline, as far as they are known by grade.
    pub groups: Vec<Group>,
}

/// Pupils taught together at the baseline: one grade, or several in joint classes (复式).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The grades, in order; more than one for joint classes.
    pub grades: Vec<GradeId>,
    /// Enrolled pupils.
    pub pupils: Pupils,
    /// Classes, where known.
    pub classes: Option<Classes>,
    /// Size of every class, where known; adds up to `pupils`.
    pub roster: Option<Vec<Pupils>>,
    /// Of the pupils, those who live in the school's zone, where known (就近划片入学).
    pub zoned: Option<Pupils>,
}

/// The county.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct District {
    /// Townships and streets.
    pub areas: IdVec<AreaId, Area>,
    /// Legal persons.
    pub schools: IdVec<SchoolId, School>,
    /// Campuses and candidate plots.
    pub sites: IdVec<SiteId, Site>,
    /// Stages at sites.
    pub sections: IdVec<SectionId, Section>,
    /// Posts and teachers, in file order.
    pub staff: Vec<Held<Staff>>,
    /// Rooms, grounds, equipment and money, in file order.
    pub resources: Vec<Held<Resources>>,
    /// Building projects, in file order.
    pub projects: Vec<Project>,
    /// Consultations about ending a site, in file order.
    pub consultations: Vec<Consultation>,
    /// Figures about the county that are given and not worked out, by name; 1 and 0 for yes and no.
    pub reported: BTreeMap<String, f64>,
    /// Residential units.
    pub units: IdVec<UnitId, Unit>,
    /// Grades in play, in order of stage and number.
    pub grades: IdVec<GradeId, Grade>,
    /// Pairs of adjacent units, first less than second, in order; `None` where no adjacency is given.
    pub adjacency: Option<Vec<(UnitId, UnitId)>>,
}

impl District {
    /// The grades of a stage.
    pub fn grades_of(&self, stage: Stage) -> impl Iterator<Item = GradeId> + '_ {
        self.grades.entries().filter(move |(_, grade)| grade.stage == stage).map(|(id, _)| id)
    }

    /// The section of a stage at a site, if there is one at the baseline.
    pub fn section(&self, site: SiteId, stage: Stage) -> Option<SectionId> {
        self.sections.entries().find(|(_, s)| s.site == site && s.stage == stage).map(|(id, _)| id)
    }
}
