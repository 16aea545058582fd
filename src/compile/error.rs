//! Why a scenario cannot be put into the kernel, or a plan not into its solutions.

use crate::domain::district::Stage;
use crate::kernel::validate::InvalidProblem;
use crate::units::{Metres, Year};
use std::fmt;
use thiserror::Error;

/// Why a scenario cannot be put into the kernel.
#[derive(Debug, Error)]
pub enum CompileError {
    /// Pupils whom no site may take, found before any solving.
    #[error("{}", Listed(.0))]
    Unreachable(Vec<Unreachable>),
    /// Catchments of a stage must be connected, and the scenario does not say which units touch.
    #[error(
        "catchments of {} must be connected, but the scenario gives no adjacency; add an adjacency table or outlines, or \
         set `contiguous = false`", .stage.name()
    )]
    NoAdjacency {
        /// The stage.
        stage: Stage,
    },
    /// Pupils moved are to be minimised or limited, and nobody knows where they go today.
    #[error(
        "pupils moved cannot be part of the objective or of a rule that presses: the baseline assignment is assumed; give \
         one, or leave pupils moved out"
    )]
    UnknownMoves,
    /// Travel and money are added up without an exchange rate.
    #[error("an objective that adds up travel and money needs `yuan_per_pupil_km`")]
    NoExchangeRate,
    /// Pupils who have sites in every forecast, but none that all forecasts allow.
    #[error(
        "{customer:?}: no site may take these pupils in every forecast; name fewer forecasts, or relax the rules on their \
         ways"
    )]
    NoCommonWay {
        /// Unit, stage, band and year.
        customer: String,
    },
    /// The scenario demands an adjacency of a plan that a numerical kernel cannot hold.
    #[error("the compiled problem is not sound")]
    Unsound(#[from] InvalidProblem),
}

/// Pupils of one unit and band whom no site may take.
#[derive(Debug, Clone, PartialEq)]
pub struct Unreachable {
    /// Key of the unit.
    pub unit: String,
    /// Name of the unit.
    pub name: String,
    /// The stage.
    pub stage: Stage,
    /// Key of the band.
    pub band: String,
    /// First plan year in which it is so.
    pub year: Year,
    /// Number of pupils in that year.
    pub pupils: i64,
    /// The nearest site that any option opens to the stage, where there is a way to one.
    pub nearest: Option<Nearest>,
}

/// The nearest site of a unit that no site may serve.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearest {
    /// Key of the site.
    pub site: String,
    /// How far it is.
    pub metres: Metres,
    /// Id and limit of the first rule that forbids the way.
    pub rule: Option<(String, f64)>,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unit, name, band, year, pupils, .. } = self;
        let stage = self.stage.name();
        write!(f, "unit {unit:?} ({name}): no site may take its {pupils} {stage} pupils of grades {band} in {year}")?;
        match &self.nearest {
            None => write!(
                f,
                "; no option opens a site with {stage} that can be reached; add a site, a candidate site or a distance"
            ),
            Some(Nearest { site, metres, rule }) => {
                write!(f, "; the nearest is {site:?} at {:.2} km", metres.km())?;
                match rule {
                    Some((rule, limit)) => write!(
                        f,
                        ", which rule {rule:?} (limit {limit}) forbids; raise the limit, make the rule soft, or add a \
                         candidate site nearby"
                    ),
                    None => write!(f, ", which no option opens in that year; offer an action that does"),
                }
            }
        }
    }
}

/// Writes a list of errors, one a line, shortened.
struct Listed<'a>(&'a [Unreachable]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 20;
        for (position, error) in self.0.iter().take(SHOWN).enumerate() {
            write!(f, "{}{error}", if position > 0 { "\n" } else { "" })?;
        }
        if self.0.len() > SHOWN {
            write!(f, "\nand {} more units", self.0.len() - SHOWN)?;
        }
        Ok(())
    }
}

/// Why a plan cannot be put into the kernel's solutions.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// The actions at a site are not what any trajectory does.
    #[error("site {site:?}: the planned actions are not among those that the scenario offers and its rules allow")]
    NoTrajectory {
        /// Key of the site.
        site: String,
    },
    /// Pupils of a band have no assignment.
    #[error("unit {unit:?}: the {stage} pupils of grades {band} in {year} are not assigned")]
    Unassigned {
        /// Key of the unit.
        unit: String,
        /// The stage.
        stage: &'static str,
        /// Key of the band.
        band: String,
        /// The year.
        year: Year,
    },
    /// Pupils are assigned a way that the rules forbid or that does not exist.
    #[error("unit {unit:?}: its {stage} pupils of grades {band} may not go to site {site:?} in {year}")]
    NoWay {
        /// Key of the unit.
        unit: String,
        /// The stage.
        stage: &'static str,
        /// Key of the band.
        band: String,
        /// The year.
        year: Year,
        /// Key of the site.
        site: String,
    },
    /// The assigned pupils are not the unit's.
    #[error("unit {unit:?}: the assigned {stage} pupils of grades {band} in {year} do not add up to its roll")]
    WrongRoll {
        /// Key of the unit.
        unit: String,
        /// The stage.
        stage: &'static str,
        /// Key of the band.
        band: String,
        /// The year.
        year: Year,
    },
    /// A cohort that keeps its school is sent to several.
    #[error("unit {unit:?}: its {stage} pupils of grades {band} in {year} do not go to one school until they leave it")]
    NotOneSchool {
        /// Key of the unit.
        unit: String,
        /// The stage.
        stage: &'static str,
        /// Key of the band in the first year.
        band: String,
        /// The first year.
        year: Year,
    },
}
