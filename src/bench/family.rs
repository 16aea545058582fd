//! The families of public instances: names, file endings, and the problem each is published for.

use super::kind::ProblemKind;
use std::fmt;
use thiserror::Error;

/// A family of public instances that share a file format and a cost rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Holmberg, Rönnqvist and Yuan, EJOR 113 (1999).
    Holmberg,
    /// Díaz and Fernández, JORS 53 (2002).
    Diaz,
    /// Yang, Chu and Chen, EJOR 221 (2012).
    Yang,
    /// Gadegaard, Klose and Nielsen, EURO J. Comput. Optim. 6 (2018).
    Tb4,
    /// Beasley's OR-Library, cap61 to cap134.
    OrlibSmall,
    /// Beasley's OR-Library, capa, capb and capc.
    OrlibLarge,
    /// Avella and Boccia, Comput. Optim. Appl. 43 (2009).
    Tbed1,
    /// Kong, chinaXiv 202106.00031 (2021): location with service areas.
    Flsap,
    /// Kong's service area problems with given facilities (2019, 2020).
    Sap,
    /// Kong's large p-median instances of real counties and cities, one table.
    Geo,
    /// The same kind of instance as two tables, `X_demand.txt` and `X_supply.txt`.
    GeoWs,
    /// Osman and Christofides (1994), OR-Library: capacitated p-median.
    CpmpOrlib,
    /// Lorena and Senne, Comput. Oper. Res. 31 (2004): capacitated p-median.
    CpmpLorena,
    /// Beasley's OR-Library: uncapacitated p-median on graphs.
    Pmed,
}

impl Family {
    /// Every family, in the order of the documentation.
    pub const ALL: [Self; 14] = [
        Self::Holmberg,
        Self::Diaz,
        Self::Yang,
        Self::Tb4,
        Self::OrlibSmall,
        Self::OrlibLarge,
        Self::Tbed1,
        Self::Flsap,
        Self::Sap,
        Self::Geo,
        Self::GeoWs,
        Self::CpmpOrlib,
        Self::CpmpLorena,
        Self::Pmed,
    ];

    /// The name used on the command line and in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holmberg => "holmberg",
            Self::Diaz => "diaz",
            Self::Yang => "yang",
            Self::Tb4 => "tb4",
            Self::OrlibSmall => "orlib_small",
            Self::OrlibLarge => "orlib_large",
            Self::Tbed1 => "tbed1",
            Self::Flsap => "flsap",
            Self::Sap => "sap",
            Self::Geo => "geo",
            Self::GeoWs => "geo_ws",
            Self::CpmpOrlib => "cpmp_orlib",
            Self::CpmpLorena => "cpmp_lorena",
            Self::Pmed => "pmed",
        }
    }

    /// The family called `name`.
    ///
    /// # Errors
    /// [`UnknownName`] with the nearest name there is.
    pub fn parse(name: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|family| family.name() == name)
            .ok_or_else(|| UnknownName::new("family", name, Self::ALL.iter().map(|family| family.name())))
    }

    /// The problem that the family is published for.
    pub const fn default_problem(self) -> ProblemKind {
        match self {
            Self::Sap => ProblemKind::Sap,
            Self::Geo | Self::CpmpOrlib | Self::CpmpLorena => ProblemKind::Cpmp,
            Self::GeoWs => ProblemKind::Uflp,
            Self::Pmed => ProblemKind::Pmp,
            _ => ProblemKind::Sscflp,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is not in a list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown {what} `{name}`; did you mean `{nearest}`? There are: {known}")]
pub struct UnknownName {
    /// What was named.
    pub what: &'static str,
    /// The name given.
    pub name: String,
    /// The nearest valid name.
    pub nearest: String,
    /// All valid names.
    pub known: String,
}

impl UnknownName {
    /// The error for `name`, with the nearest of `known` by edit distance.
    pub fn new<'a>(what: &'static str, name: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.collect();
        let nearest = known.iter().min_by_key(|candidate| strsim::damerau_levenshtein(name, candidate));
        Self {
            what,
            name: name.to_owned(),
            nearest: nearest.map_or_else(String::new, |&nearest| nearest.to_owned()),
            known: known.join(", "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_is_found_by_its_name() {
        for family in Family::ALL {
            assert_eq!(Family::parse(family.name()), Ok(family));
        }
    }

    #[test]
    fn an_unknown_family_is_told_the_nearest_one() {
        let error = Family::parse("homberg").expect_err("no such family");
        assert_eq!(error.nearest, "holmberg");
    }
}
