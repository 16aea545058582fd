//! Synthetic counties, made to measure: scenario folders with a seed instead of a provenance.

pub mod dazu;
pub mod folder;
pub mod province;
pub mod rounding;
pub mod tongnan;

use std::path::{Path, PathBuf};
use thiserror::Error;
pub use tongnan::Readings;

/// What can be generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// A county calibrated to the published figures of Tongnan district.
    Tongnan,
    /// A large county, for measuring the solver over eight years.
    Dazu,
    /// Many counties at once, of any size, for measuring the solver.
    Province,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 3] = [Self::Tongnan, Self::Dazu, Self::Province];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tongnan => "tongnan",
            Self::Dazu => "dazu",
            Self::Province => "province",
        }
    }

    /// The profile of a name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }
}

/// How large a generated scenario is to be, where the profile leaves it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Residential units.
    pub units: Option<usize>,
    /// Sites, candidates included.
    pub sites: Option<usize>,
}

/// Why nothing was generated.
#[derive(Debug, Error)]
pub enum GenerateError {
    /// The folder already holds a scenario.
    #[error("`{}` already holds a scenario; give another folder or remove it first", .0.display())]
    NotEmpty(PathBuf),
    /// A file could not be written.
    #[error("cannot write `{}`", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A table could not be put into CSV.
    #[error("cannot put a table into CSV")]
    Csv(#[from] csv::Error),
    /// The profile knows no readings.
    #[error("profile `{0}` has no readings; leave out --reading")]
    NoReadings(&'static str),
    /// The profile has a fixed size.
    #[error("profile `{0}` has a fixed size; leave out --units and --sites")]
    FixedSize(&'static str),
    /// The size asked for makes no county.
    #[error("{0}")]
    BadSize(String),
    /// The recipe could not meet its targets with this seed.
    #[error(transparent)]
    Missed(#[from] tongnan::rolls::Missed),
}

/// Writes the scenario of `profile` with `seed` into `folder`. `readings` are for the profile that is calibrated to a report.
///
/// # Errors
/// [`GenerateError`] says what is wrong with the request, the folder or the disk.
pub fn run(profile: Profile, folder: &Path, seed: u64, size: Size, readings: Readings) -> Result<(), GenerateError> {
    let files = match profile {
        Profile::Tongnan | Profile::Dazu if size != (Size { units: None, sites: None }) => {
            return Err(GenerateError::FixedSize(profile.name()));
        }
        Profile::Tongnan => tongnan::files(seed, readings)?,
        Profile::Province | Profile::Dazu if readings != Readings::default() => {
            return Err(GenerateError::NoReadings(profile.name()));
        }
        Profile::Dazu => dazu::files(seed)?,
        Profile::Province => province::files(seed, size)?,
    };
    folder::write(folder, &files)
}
