//! The engines of this build, by name.

use super::catchment::Catchment;
use super::engine::Engine;
use super::milp::Milp;
use crate::mip::MipError;
use thiserror::Error;

/// An engine that can be asked for by name.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The name used on the command line.
    pub name: &'static str,
    /// What it is, in one line.
    pub summary: &'static str,
    make: fn() -> Result<Box<dyn Engine>, MipError>,
}

impl Entry {
    /// The engine.
    ///
    /// # Errors
    /// [`MipError::NoBackend`] for an engine that is nothing without a MIP backend, in a build that has none.
    pub fn engine(&self) -> Result<Box<dyn Engine>, MipError> {
        (self.make)()
    }
}

/// Every engine of this build. The first is the default.
pub const ENGINES: &[Entry] = &[
    Entry {
        name: "catchment",
        summary: "Lagrangian bounds, branching on site options, searches in between (default)",
        make: || Ok(Box::new(Catchment)),
    },
    Entry {
        name: "milp",
        summary: "the exact model by a MIP solver: the reference",
        make: || Ok(Box::new(Milp::new()?)),
    },
];

/// The engine called `name`.
///
/// # Errors
/// [`UnknownEngine`] with the names that there are.
pub fn find(name: &str) -> Result<&'static Entry, UnknownEngine> {
    ENGINES.iter().find(|entry| entry.name == name).ok_or_else(|| UnknownEngine {
        name: name.to_owned(),
        known: ENGINES.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", "),
    })
}

/// A name that is no engine's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown engine `{name}`; this build has: {known}")]
pub struct UnknownEngine {
    /// The name given.
    pub name: String,
    /// All names.
    pub known: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_found_and_makes_an_engine_of_its_name() {
        for entry in ENGINES {
            assert_eq!(find(entry.name).map(|found| found.name), Ok(entry.name));
            match entry.engine() {
                Ok(engine) => assert_eq!(engine.name(), entry.name),
                Err(error) => assert!(matches!(error, MipError::NoBackend) && crate::mip::backends().is_empty()),
            }
        }
        assert!(find("no such engine").is_err());
    }
}
