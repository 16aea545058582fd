//! The kinds of problem that an instance can be solved as, by what counts and what binds.

use super::family::UnknownName;
use std::fmt;

/// A published problem on facilities and customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// Single-source capacitated facility location.
    Sscflp,
    /// Capacitated facility location with split demand.
    Cflp,
    /// Uncapacitated facility location.
    Uflp,
    /// `Sscflp` with exactly p facilities.
    Ssckflp,
    /// `Sscflp` with contiguous service areas.
    Cflsap,
    /// `Cflsap` with exactly p facilities.
    Ckflsap,
    /// Service areas of given facilities: capacity and contiguity, every facility serves its own unit.
    Sap,
    /// `Sap` without contiguity.
    Gap,
    /// Capacitated p-median.
    Cpmp,
    /// Uncapacitated p-median.
    Pmp,
}

impl ProblemKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::Sscflp,
        Self::Cflp,
        Self::Uflp,
        Self::Ssckflp,
        Self::Cflsap,
        Self::Ckflsap,
        Self::Sap,
        Self::Gap,
        Self::Cpmp,
        Self::Pmp,
    ];

    /// The name used on the command line and in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sscflp => "sscflp",
            Self::Cflp => "cflp",
            Self::Uflp => "uflp",
            Self::Ssckflp => "ssckflp",
            Self::Cflsap => "cflsap",
            Self::Ckflsap => "ckflsap",
            Self::Sap => "sap",
            Self::Gap => "gap",
            Self::Cpmp => "cpmp",
            Self::Pmp => "pmp",
        }
    }

    /// The kind called `name`.
    ///
    /// # Errors
    /// [`UnknownName`] with the nearest name there is.
    pub fn parse(name: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownName::new("problem", name, Self::ALL.iter().map(|kind| kind.name())))
    }

    /// Whether an open facility costs its fixed cost.
    pub const fn has_fixed_costs(self) -> bool {
        matches!(self, Self::Sscflp | Self::Cflp | Self::Uflp | Self::Ssckflp | Self::Cflsap | Self::Ckflsap)
    }

    /// Whether capacities bind.
    pub const fn has_capacity(self) -> bool {
        !matches!(self, Self::Uflp | Self::Pmp)
    }

    /// Whether exactly p facilities are open.
    pub const fn has_exact_p(self) -> bool {
        matches!(self, Self::Ssckflp | Self::Ckflsap | Self::Cpmp | Self::Pmp)
    }

    /// Whether service areas must be connected.
    pub const fn is_contiguous(self) -> bool {
        matches!(self, Self::Cflsap | Self::Ckflsap | Self::Sap)
    }

    /// Whether the published solution form lets several facilities share a customer.
    pub const fn is_split(self) -> bool {
        matches!(self, Self::Cflp)
    }

    /// Whether the model lets a customer be divided. Without capacities a whole customer is always among the best, so
    /// the uncapacitated problem is modelled with shares and its solutions made whole.
    pub const fn is_divisible(self) -> bool {
        matches!(self, Self::Cflp | Self::Uflp)
    }

    /// Whether every facility is open and serves its own unit.
    pub const fn has_given_facilities(self) -> bool {
        matches!(self, Self::Sap | Self::Gap)
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in ProblemKind::ALL {
            assert_eq!(ProblemKind::parse(kind.name()), Ok(kind));
        }
        assert!(ProblemKind::parse("pmpp").is_err_and(|error| error.nearest == "pmp"));
    }
}
