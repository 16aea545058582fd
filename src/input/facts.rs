//! The facts of a county: all tables of a folder read together.

use super::consultations;
use super::demand::Rolls;
use super::files::{Files, Role};
use super::forecast::{self, Growth};
use super::frame::{self, Frame};
use super::geojson;
use super::geometry;
use super::manifest::Tables;
use super::network;
use super::problem::{Code, Problem, Problems, Reported};
use super::projects;
use super::resources;
use super::sites;
use super::source::SourceFile;
use super::table::{Keys, Table};
use super::units::{self, Areas, Units};
use super::variant::CellChanges;
use super::words;
use crate::domain::demand::Demand;
use crate::domain::district::District;
use crate::domain::scenario::{Baseline, TravelEntry};
use crate::message::Message;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// What the tables say.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The county.
    pub district: District,
    /// Pupils by year.
    pub demand: Demand,
    /// Given distances.
    pub travel: Vec<TravelEntry>,
    /// Catchments of today, where given.
    pub baseline: Option<Baseline>,
    /// Keys of the units.
    pub units: Keys,
    /// Keys of the sites.
    pub sites: Keys,
    /// Names of the files of units, sites and given distances.
    pub units_file: String,
    /// See above.
    pub sites_file: String,
    /// See above.
    pub travel_file: String,
    /// The files that were read.
    pub files: Vec<Arc<SourceFile>>,
    /// What had to be assumed.
    pub assumptions: Vec<Message>,
    /// The pupils as the tables give them.
    rolls: Rolls,
    /// Which of the assumptions come from settling them.
    settled: Range<usize>,
}

impl Facts {
    /// The same facts with the pupils that follow from another frame with the same years and stages. The tables are not
    /// read again.
    pub fn resettled(&self, frame: &Frame) -> Self {
        let mut settled = Vec::new();
        // The tables were checked when they were read; what comes up here has been said.
        let mut said = Problems::new();
        let (_, demand) = self.rolls.settle(frame, &self.district.units, false, &mut settled, &mut said);
        let mut assumptions = self.assumptions.clone();
        let end = self.settled.start + settled.len();
        assumptions.splice(self.settled.clone(), settled);
        Self { demand, assumptions, settled: self.settled.start..end, ..self.clone() }
    }
}

/// Reads a table of what forecasts know of single units.
type GrowthReader = fn(&Table<'_>, &Frame, &Keys, &mut Growth, &mut Problems);

/// Reads all tables. `None` where units or sites could not be read; every problem found on the way is recorded.
pub fn read(
    files: &mut Files,
    tables: &Tables,
    frame: &Frame,
    cells: &CellChanges,
    problems: &mut Problems,
) -> Option<Facts> {
    let mut used = Vec::new();
    let mut open = |role: Role, problems: &mut Problems| -> Result<Option<Arc<SourceFile>>, Reported> {
        let file = files.table(role, tables, problems)?;
        used.extend(file.clone());
        Ok(file)
    };
    let needed = |found: Result<Option<Arc<SourceFile>>, Reported>, name: &str, problems: &mut Problems| match found {
        Ok(None) => {
            problems.push(Problem::new(Code::FileMissing, name));
            None
        }
        Ok(file) => file,
        Err(Reported) => None,
    };
    let units_file = open(Role::Units, problems);
    let units_file = needed(units_file, "units.csv", problems);
    let sites_file = open(Role::Sites, problems);
    let sites_file = needed(sites_file, "sites.csv", problems);
    let pupils_file = open(Role::Pupils, problems).ok().flatten();
    let sections_file = open(Role::Sections, problems).ok().flatten();
    let staff_file = open(Role::Staff, problems).ok().flatten();
    let resources_file = open(Role::Resources, problems).ok().flatten();
    let projects_file = open(Role::Projects, problems).ok().flatten();
    let consultations_file = open(Role::Consultations, problems).ok().flatten();
    let travel_file = open(Role::Travel, problems).ok().flatten();
    let adjacency_file = open(Role::Adjacency, problems).ok().flatten();
    let baseline_file = open(Role::Baseline, problems).ok().flatten();

    let mut assumptions = Vec::new();
    let mut areas = Areas::default();
    let mut rolls = Rolls::default();
    let units = units_file
        .as_deref()
        .and_then(|file| read_units(file, frame, cells, &mut areas, &mut rolls, &mut assumptions, problems).ok());
    let unknown = |kind| {
        let mut keys = Keys::new(kind);
        keys.incomplete = true;
        keys
    };
    let (unit_list, unit_keys) = match units {
        Some(Units { list, keys }) => (Some(list), keys),
        None => (None, unknown("unit")),
    };
    if let Some(file) = &pupils_file {
        if rolls.is_empty() {
            if let Ok(table) = Table::open(file, words::PUPILS, problems) {
                units::pupils(&table, frame, &unit_keys, &mut rolls, problems);
            }
        } else {
            problems
                .push(Problem::new(Code::TwoSources, &file.name).with("first", &rolls.file).with("second", &file.name));
        }
    }
    for (role, columns, read) in [
        (Role::Entrants, words::ENTRANTS, forecast::entrants as GrowthReader),
        (Role::Housing, words::HOUSING, forecast::housing),
    ] {
        let file = open(role, problems).ok().flatten();
        let table = file.as_deref().and_then(|file| Table::open(file, columns, problems).ok());
        if let Some(table) = table {
            read(&table, frame, &unit_keys, &mut rolls.growth, problems);
        }
    }
    let whole = !problems.has_errors();
    let mut sites =
        sites_file.as_deref().and_then(|file| Table::open(file, words::SITES, problems).ok()).map(|mut table| {
            table.change(&cells.sites, words::SITES, |_| false, problems);
            let sites = sites::sites(&table, &unit_keys, &mut areas, problems);
            sites.keys.check_changes(&cells.sites, problems);
            sites
        });
    let site_keys = sites.as_ref().map_or_else(|| unknown("site"), |sites| sites.keys.clone());
    let travel = travel_file
        .as_deref()
        .and_then(|file| Table::open(file, words::TRAVEL, problems).ok())
        .map(|table| network::travel(&table, &unit_keys, &site_keys, problems))
        .unwrap_or_default();
    let adjacency = adjacency_file
        .as_deref()
        .and_then(|file| Table::open(file, words::ADJACENCY, problems).ok())
        .map(|table| network::adjacency(&table, &unit_keys, problems));
    if rolls.file.is_empty() {
        rolls.file = file_name(units_file.as_ref(), "units.csv");
    }
    let unit_list = unit_list?;
    let settled = assumptions.len();
    let (grades, demand) = rolls.settle(frame, &unit_list, whole, &mut assumptions, problems);
    let settled = settled..assumptions.len();
    let sections_table = sections_file.as_deref().and_then(|file| Table::open(file, words::SECTIONS, problems).ok());
    let sections = sites
        .as_mut()
        .map(|sites| sites::sections(sections_table.as_ref(), frame, &grades, sites, &mut assumptions, problems));
    let (sites, sections) = (sites?, sections?);
    let staff = staff_file
        .as_deref()
        .and_then(|file| Table::open(file, words::STAFF, problems).ok())
        .map(|table| resources::staff(&table, &sites, problems))
        .unwrap_or_default();
    let resources = resources_file
        .as_deref()
        .and_then(|file| Table::open(file, words::RESOURCES, problems).ok())
        .map(|table| resources::resources(&table, &sites, problems))
        .unwrap_or_default();
    let projects = projects_file
        .as_deref()
        .and_then(|file| Table::open(file, words::PROJECTS, problems).ok())
        .map(|table| projects::projects(&table, &site_keys, problems))
        .unwrap_or_default();
    let consultations = consultations_file
        .as_deref()
        .and_then(|file| Table::open(file, words::CONSULTATIONS, problems).ok())
        .map(|table| consultations::consultations(&table, &sites, problems))
        .unwrap_or_default();
    let adjacency = adjacency.or_else(|| {
        let pairs = geometry::adjacent(&unit_list)?;
        assumptions.push(Message::new("assume.adjacency_outlines").with("pairs", pairs.len()));
        Some(pairs)
    });
    let district = District {
        areas: areas.list,
        schools: sites.schools,
        sites: sites.list,
        sections,
        staff,
        resources,
        projects,
        consultations,
        reported: BTreeMap::new(),
        units: unit_list,
        grades,
        adjacency,
    };
    let baseline = baseline_file
        .as_deref()
        .and_then(|file| Table::open(file, words::BASELINE, problems).ok())
        .map(|table| network::baseline(&table, frame, &district, &demand, (&unit_keys, &site_keys), problems));
    for file in used.iter().filter(|file| file.gb18030) {
        assumptions.push(Message::new("assume.gb18030").with("file", &file.name));
    }
    Some(Facts {
        district,
        demand,
        travel,
        baseline,
        units: unit_keys,
        sites: site_keys,
        units_file: file_name(units_file.as_ref(), "units.csv"),
        sites_file: file_name(sites_file.as_ref(), "sites.csv"),
        travel_file: file_name(travel_file.as_ref(), "travel.csv"),
        files: used,
        assumptions,
        rolls,
        settled,
    })
}

fn file_name(file: Option<&Arc<SourceFile>>, usual: &str) -> String {
    file.map_or(usual, |file| file.name.as_str()).to_owned()
}

fn read_units(
    file: &SourceFile,
    frame: &Frame,
    cells: &CellChanges,
    areas: &mut Areas,
    rolls: &mut Rolls,
    assumptions: &mut Vec<Message>,
    problems: &mut Problems,
) -> Result<Units, Reported> {
    let units = if file.name.to_lowercase().ends_with("json") {
        geojson::units(file, frame, &cells.units, areas, rolls, assumptions, problems)?
    } else {
        let mut table = Table::open(file, words::UNITS, problems)?;
        table.change(&cells.units, words::UNITS, |name| frame::roll_column(name).is_some(), problems);
        units::from_table(&table, frame, areas, rolls, problems)
    };
    units.keys.check_changes(&cells.units, problems);
    Ok(units)
}
