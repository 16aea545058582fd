//! The files of a scenario folder, each read once, and the fingerprint of those that were used.

use super::manifest::Tables;
use super::problem::{Code, Problem, Problems, Reported};
use super::source::{SourceFile, TABLE_LIMIT, TOML_LIMIT};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Name of the scenario file.
pub const SCENARIO: &str = "scenario.toml";

/// Name of the file of variants beside it.
pub const VARIANTS: &str = "variants.toml";

/// The files of a folder, read when they are asked for.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
    read: BTreeMap<String, Result<Arc<SourceFile>, Reported>>,
}

/// The tables of a scenario by what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Residential units.
    Units,
    /// Pupils in a long table.
    Pupils,
    /// Sites.
    Sites,
    /// Sections.
    Sections,
    /// Posts and teachers.
    Staff,
    /// Rooms, grounds, equipment and money.
    Resources,
    /// Building projects.
    Projects,
    /// Consultations about ending a site.
    Consultations,
    /// Entrants of units by year.
    Entrants,
    /// New dwellings of units by year.
    Housing,
    /// Given distances.
    Travel,
    /// Adjacent units.
    Adjacency,
    /// Who goes where today.
    Baseline,
}

impl Role {
    /// The usual names, the first that is there counts.
    fn usual(self) -> &'static [&'static str] {
        match self {
            Self::Units => &["units.csv", "units.geojson"],
            Self::Pupils => &["pupils.csv"],
            Self::Sites => &["sites.csv"],
            Self::Sections => &["sections.csv"],
            Self::Staff => &["staff.csv"],
            Self::Resources => &["resources.csv"],
            Self::Projects => &["projects.csv"],
            Self::Consultations => &["consultations.csv"],
            Self::Entrants => &["entrants.csv"],
            Self::Housing => &["housing.csv"],
            Self::Travel => &["travel.csv"],
            Self::Adjacency => &["adjacency.csv"],
            Self::Baseline => &["baseline.csv"],
        }
    }

    fn declared(self, tables: &Tables) -> Option<&str> {
        match self {
            Self::Units => tables.units.as_deref(),
            Self::Pupils => tables.pupils.as_deref(),
            Self::Sites => tables.sites.as_deref(),
            Self::Sections => tables.sections.as_deref(),
            Self::Staff => tables.staff.as_deref(),
            Self::Resources => tables.resources.as_deref(),
            Self::Projects => tables.projects.as_deref(),
            Self::Consultations => tables.consultations.as_deref(),
            Self::Entrants => tables.entrants.as_deref(),
            Self::Housing => tables.housing.as_deref(),
            Self::Travel => tables.travel.as_deref(),
            Self::Adjacency => tables.adjacency.as_deref(),
            Self::Baseline => tables.baseline.as_deref(),
        }
    }
}

impl Files {
    /// The files of `folder`.
    ///
    /// # Errors
    /// When it is no folder.
    pub fn new(folder: &Path, problems: &mut Problems) -> Result<Self, Reported> {
        if !folder.is_dir() {
            return Err(problems.push(Problem::new(Code::Folder, &folder.display().to_string())));
        }
        Ok(Self { folder: folder.to_owned(), read: BTreeMap::new() })
    }

    /// The scenario file.
    ///
    /// # Errors
    /// When it cannot be read; recorded.
    pub fn scenario(&mut self, problems: &mut Problems) -> Result<Arc<SourceFile>, Reported> {
        self.get(SCENARIO, TOML_LIMIT, problems)
    }

    /// The file of variants, if there is one.
    ///
    /// # Errors
    /// When it cannot be read; recorded.
    pub fn variants(&mut self, problems: &mut Problems) -> Result<Option<Arc<SourceFile>>, Reported> {
        if !self.folder.join(VARIANTS).exists() {
            return Ok(None);
        }
        self.get(VARIANTS, TOML_LIMIT, problems).map(Some)
    }

    /// The table of a role: the declared file, or one of the usual name if there is one. `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read, is declared and missing, or two files could be meant; recorded.
    pub fn table(
        &mut self,
        role: Role,
        tables: &Tables,
        problems: &mut Problems,
    ) -> Result<Option<Arc<SourceFile>>, Reported> {
        if let Some(name) = role.declared(tables) {
            let inside =
                Path::new(name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
            if name.is_empty() || !inside {
                return Err(problems.push(Problem::new(Code::FileName, SCENARIO).with("value", name)));
            }
            return self.get(name, TABLE_LIMIT, problems).map(Some);
        }
        let there: Vec<&str> = role.usual().iter().copied().filter(|name| self.folder.join(name).exists()).collect();
        match there.as_slice() {
            [] => Ok(None),
            [name] => self.get(name, TABLE_LIMIT, problems).map(Some),
            [first, second, ..] => {
                Err(problems.push(Problem::new(Code::TwoSources, first).with("first", first).with("second", second)))
            }
        }
    }

    /// Every file that was read so far.
    pub fn all(&self) -> Vec<Arc<SourceFile>> {
        self.read.values().filter_map(|file| file.as_ref().ok()).cloned().collect()
    }

    fn get(&mut self, name: &str, limit: u64, problems: &mut Problems) -> Result<Arc<SourceFile>, Reported> {
        if let Some(known) = self.read.get(name) {
            return known.clone();
        }
        let read = SourceFile::read(&self.folder, name, limit, problems).map(Arc::new);
        self.read.insert(name.to_owned(), read.clone());
        read
    }
}

/// SHA-256 over name and bytes of the files in order of their names, and over the variant's name, in hexadecimal. Every part
/// is preceded by its length in bytes (64 bits, little endian), so that no two folders run together.
pub fn fingerprint(files: &[Arc<SourceFile>], variant: Option<&str>) -> String {
    let mut sorted: Vec<&SourceFile> = files.iter().map(AsRef::as_ref).collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    for file in sorted {
        part(file.name.as_bytes());
        part(&file.bytes);
    }
    part(variant.unwrap_or_default().as_bytes());
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or_default());
        }
        text
    })
}
