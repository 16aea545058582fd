//! Finds what the lines of a plan name in a scenario, and fills in what a hand editor left out.

use super::super::manifest::ActionName;
use super::super::problem::{Code, Problem, Problems, Reported};
use super::super::table::Keys;
use super::tables::{ActionLine, AssignmentLine, At, Lines};
use crate::domain::action::{Measure, Offer};
use crate::domain::district::Stage;
use crate::domain::plan::{Assignment, Plan, PlannedAction};
use crate::domain::scenario::Scenario;
use crate::id::{GradeId, Id, SiteId, UnitId};
use crate::units::{Classes, Pupils, Year};
use std::collections::BTreeMap;

/// The plan of the lines.
pub fn plan(lines: &Lines, scenario: &Scenario, problems: &mut Problems) -> Plan {
    let resolver = Resolver::new(scenario);
    let actions = lines.actions.iter().filter_map(|line| resolver.action(line, problems).ok()).collect();
    let found: Vec<(&AssignmentLine, Found)> = lines
        .assignment
        .iter()
        .filter_map(|line| resolver.find(line, problems).ok().map(|found| (line, found)))
        .collect();
    // How many lines share the pupils of a unit, year and grade: only a line that has them alone may leave their number open.
    let mut sharers: BTreeMap<(UnitId, Year, GradeId), usize> = BTreeMap::new();
    for (_, found) in &found {
        for &grade in &found.grades {
            *sharers.entry((found.unit, found.year, grade)).or_default() += 1;
        }
    }
    let assignment = found
        .into_iter()
        .filter_map(|(line, found)| resolver.assignment(line, found, &sharers, problems).ok())
        .collect();
    Plan { actions, assignment }
}

/// The same plan in the one order in which plans can be compared, without rows that assign nobody.
pub fn normal(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    plan.actions.sort_unstable();
    for row in &mut plan.assignment {
        row.pupils.retain(|(_, pupils)| *pupils != Pupils::ZERO);
        row.pupils.sort_unstable();
    }
    plan.assignment.retain(|row| !row.pupils.is_empty());
    plan.assignment.sort_unstable();
    plan
}

struct Found {
    unit: UnitId,
    site: SiteId,
    stage: Stage,
    year: Year,
    /// The grades of the line, in order.
    grades: Vec<GradeId>,
}

struct Resolver<'a> {
    scenario: &'a Scenario,
    units: Keys,
    sites: Keys,
}

impl<'a> Resolver<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        let mut units = Keys::new("unit");
        let mut sites = Keys::new("site");
        for (id, unit) in scenario.district.units.entries() {
            units.add(&unit.key, id.index()).expect("keys of a loaded scenario are unique");
        }
        for (id, site) in scenario.district.sites.entries() {
            sites.add(&site.key, id.index()).expect("keys of a loaded scenario are unique");
        }
        Self { scenario, units, sites }
    }

    fn year(&self, at: &At, year: Option<Year>, problems: &mut Problems) -> Result<Year, Reported> {
        let years = &self.scenario.years;
        match (year, years.as_slice()) {
            (Some(year), years) if years.contains(&year) => Ok(year),
            (None, [only]) => Ok(*only),
            (None, _) => Err(problems.push(problem(at, Code::Ambiguous, "year").with("column", "year"))),
            (Some(year), _) => {
                let valid: Vec<String> = years.iter().map(ToString::to_string).collect();
                Err(problems.push(
                    problem(at, Code::NotPlanYear, "year")
                        .with("value", year)
                        .with_list("expected", valid.iter().map(String::as_str)),
                ))
            }
        }
    }

    fn action(&self, line: &ActionLine, problems: &mut Problems) -> Result<PlannedAction, Reported> {
        let site = position(&self.sites, &line.at, "site", &line.site, problems).map(SiteId::new);
        let year = self.year(&line.at, line.year, problems);
        let into = match &line.into {
            Some(key) if matches!(line.action, ActionName::Merge | ActionName::Relocate) => {
                Some(SiteId::new(position(&self.sites, &line.at, "into", key, problems)?))
            }
            _ => None,
        };
        let (site, year) = (site?, year?);
        let measure = match line.action {
            ActionName::Close => Measure::Close,
            ActionName::PhaseOut => Measure::PhaseOut,
            ActionName::Merge => match into {
                Some(into) => Measure::Merge { into },
                None => self.only_offer(site, line, "into", problems)?,
            },
            ActionName::Expand => match line.classes {
                Some(classes) => Measure::Expand { classes: Classes(classes) },
                None => self.only_offer(site, line, "classes", problems)?,
            },
            ActionName::Build => match line.classes {
                Some(classes) => self.build(site, Classes(classes), line),
                None => self.only_offer(site, line, "classes", problems)?,
            },
            ActionName::Relocate => self.told(site, into, line, "into", problems)?,
            ActionName::Convert => self.told(site, None, line, "kind", problems)?,
            ActionName::Equip => self.equip(site, line, problems)?,
        };
        self.check_rooms(PlannedAction { site, year, measure }, line, problems)
    }

    /// Special rooms that come with classrooms are those of the offer: a table that says others is refused. What a document
    /// says is compared by the audit.
    fn check_rooms(
        &self,
        action: PlannedAction,
        line: &ActionLine,
        problems: &mut Problems,
    ) -> Result<PlannedAction, Reported> {
        let same = |offer: &&Offer| {
            let open = offer.years.is_empty() || offer.years.contains(&action.year);
            offer.site == action.site && offer.measure == action.measure && open
        };
        let offer = self.scenario.offers.iter().find(same);
        let (At::Table { .. }, Some(offer)) = (&line.at, offer) else { return Ok(action) };
        let (music, art) = offer.special_rooms();
        for (field, said, offered) in [("music_rooms", line.music, music), ("art_rooms", line.art, art)] {
            if let Some(said) = said.filter(|&said| said != offered) {
                let expected = offered.to_string();
                return Err(problems.push(
                    problem(&line.at, Code::NotOneOf, field)
                        .with("value", said)
                        .with_list("expected", [expected.as_str()]),
                ));
            }
        }
        Ok(action)
    }

    /// The works without classrooms that the line means: those with the rooms that it names, or the only ones on offer that
    /// have what it says. An empty cell beside a filled one says none.
    fn equip(&self, site: SiteId, line: &ActionLine, problems: &mut Problems) -> Result<Measure, Reported> {
        if let (None, None) = (line.music, line.art) {
            return self.only_offer(site, line, "music_rooms", problems);
        }
        Ok(Measure::Equip { music: line.music.unwrap_or(0), art: line.art.unwrap_or(0) })
    }

    /// The one measure of the kind that is offered at the site, where the line does not say which.
    fn only_offer(
        &self,
        site: SiteId,
        line: &ActionLine,
        field: &str,
        problems: &mut Problems,
    ) -> Result<Measure, Reported> {
        let name = line.action.name();
        let offered: Vec<Measure> = self
            .scenario
            .offers
            .iter()
            .filter(|offer| offer.site == site && offer.measure.name() == name)
            .map(|offer| offer.measure)
            .collect();
        match offered.as_slice() {
            [only] => Ok(*only),
            _ => {
                Err(problems.push(problem(&line.at, Code::ActionNeeds, field).with("action", name).with("key", field)))
            }
        }
    }

    /// The one relocation or conversion on offer at the site that has all that the line says; where none has, what the line
    /// says, for the audit to refuse.
    fn told(
        &self,
        site: SiteId,
        into: Option<SiteId>,
        line: &ActionLine,
        field: &str,
        problems: &mut Problems,
    ) -> Result<Measure, Reported> {
        let name = line.action.name();
        let fits = |measure: &Measure| {
            measure.name() == name
                && (into.is_none() || measure.receiver() == into)
                && (line.kind.is_none() || measure.kind() == line.kind)
                && line.classes.is_none_or(|classes| measure.classes() == Classes(classes))
                && (line.beds.is_none() || measure.beds_moved() == line.beds.map(Pupils))
        };
        let mut offered: Vec<Measure> = Vec::new();
        for offer in self.scenario.offers.iter().filter(|offer| offer.site == site && fits(&offer.measure)) {
            if !offered.contains(&offer.measure) {
                offered.push(offer.measure);
            }
        }
        let kind = line.kind.unwrap_or(self.scenario.district.sites[site].kind);
        let classes = Classes(line.classes.unwrap_or(0));
        match (offered.as_slice(), into, line.kind) {
            ([only], ..) => Ok(*only),
            // A document says no classes where none are added.
            (several, ..) if !several.is_empty() && line.classes.is_none() => {
                let bare = several.iter().find(|measure| measure.classes() == Classes::ZERO);
                bare.copied().ok_or(()).map_err(|()| needs(line, "classes", problems))
            }
            ([], Some(into), _) => Ok(Measure::Relocate { into, kind, classes, beds: Pupils(line.beds.unwrap_or(0)) }),
            ([], None, Some(kind)) if line.action == ActionName::Convert => Ok(Measure::Convert { kind, classes }),
            _ => Err(needs(line, field, problems)),
        }
    }

    /// Kind and beds of a school to build are those of the offer of the same size; where none or several are, those of the
    /// document or of the plot.
    fn build(&self, site: SiteId, classes: Classes, line: &ActionLine) -> Measure {
        let of_size = |measure: &Measure| matches!(measure, Measure::Build { classes: c, .. } if *c == classes);
        let offered = self.scenario.offers.iter().filter(|offer| offer.site == site).map(|offer| offer.measure);
        let offered: Vec<Measure> = offered.filter(of_size).collect();
        if let [only] = offered.as_slice() {
            return *only;
        }
        let (kind, beds) = line.built.unwrap_or((self.scenario.district.sites[site].kind, 0));
        let said = Measure::Build { kind, classes, beds: Pupils(beds) };
        if offered.contains(&said) { said } else { offered.first().copied().unwrap_or(said) }
    }

    fn find(&self, line: &AssignmentLine, problems: &mut Problems) -> Result<Found, Reported> {
        let unit = position(&self.units, &line.at, "unit", &line.unit, problems).map(UnitId::new);
        let site = position(&self.sites, &line.at, "site", &line.site, problems).map(SiteId::new);
        let year = self.year(&line.at, line.year, problems);
        let stage = self.stage(line, problems)?;
        let grades = self.grades(line, stage, problems)?;
        Ok(Found { unit: unit?, site: site?, stage, year: year?, grades })
    }

    fn stage(&self, line: &AssignmentLine, problems: &mut Problems) -> Result<Stage, Reported> {
        let stages = &self.scenario.stages;
        match line.stage {
            Some(stage) if stages.contains(&stage) => Ok(stage),
            Some(stage) => Err(problems.push(
                problem(&line.at, Code::NotAStage, "stage")
                    .with("value", stage.name())
                    .with_list("expected", stages.iter().map(|stage| stage.name())),
            )),
            None if stages.len() == 1 => Ok(stages[0]),
            None => Err(problems.push(problem(&line.at, Code::Ambiguous, "stage").with("column", "stage"))),
        }
    }

    fn grades(&self, line: &AssignmentLine, stage: Stage, problems: &mut Problems) -> Result<Vec<GradeId>, Reported> {
        let district = &self.scenario.district;
        let of_stage: Vec<GradeId> = district.grades_of(stage).collect();
        let keys: Vec<String> = of_stage.iter().map(|&grade| district.grades[grade].key()).collect();
        let wrong = |field: &str, value: &str, problems: &mut Problems| {
            problems.push(problem(&line.at, Code::NotAGrade, field).with("value", value).with("stage", keys.join(", ")))
        };
        for key in line.by_grade.keys() {
            let known = keys.contains(key);
            // The table of a plan has columns for the grades of all stages; those of the others are empty or 0.
            let other = line.by_grade[key] == 0;
            if !known && !other {
                return Err(wrong("pupils", key, problems));
            }
        }
        let Some(band) = &line.band else {
            let named: Vec<GradeId> = of_stage
                .iter()
                .zip(&keys)
                .filter(|(_, key)| line.by_grade.contains_key(*key))
                .map(|(&g, _)| g)
                .collect();
            return Ok(if named.is_empty() { of_stage } else { named });
        };
        let mut grades = Vec::new();
        // Tables write an en dash, because Excel takes `7-9` for a date.
        let band = &band.replace('–', "-");
        for part in band.split([',', '、']).map(str::trim) {
            let bounds = match part.split_once('-').filter(|(first, _)| !first.is_empty()) {
                Some((first, last)) => first.trim().parse::<i8>().ok().zip(last.trim().parse::<i8>().ok()),
                None => part.parse::<i8>().ok().map(|one| (one, one)),
            };
            let inside = |number: i8| bounds.is_some_and(|(first, last)| (first..=last).contains(&number));
            let before = grades.len();
            for (&grade, key) in of_stage.iter().zip(&keys) {
                let fits = district.grades[grade].number.map_or(*key == part, inside);
                if fits && !grades.contains(&grade) {
                    grades.push(grade);
                }
            }
            if grades.len() == before {
                return Err(wrong("band", band, problems));
            }
        }
        grades.sort_unstable();
        Ok(grades)
    }

    fn assignment(
        &self,
        line: &AssignmentLine,
        found: Found,
        sharers: &BTreeMap<(UnitId, Year, GradeId), usize>,
        problems: &mut Problems,
    ) -> Result<Assignment, Reported> {
        let Found { unit, site, stage, year, grades } = found;
        let lives = |grade: GradeId| self.scenario.demand.pupils(year, unit, grade);
        let all: Pupils = grades.iter().map(|&grade| lives(grade)).sum();
        let alone = grades.iter().all(|&grade| sharers.get(&(unit, year, grade)) == Some(&1));
        let given = |grade: GradeId| line.by_grade.get(&self.scenario.district.grades[grade].key()).copied();
        let pupils: Vec<(GradeId, Pupils)> = if grades.iter().any(|&grade| given(grade).is_some()) {
            grades.iter().map(|&grade| (grade, Pupils(given(grade).unwrap_or(0)))).collect()
        } else {
            match (line.pupils, grades.as_slice()) {
                (Some(total), [only]) => vec![(*only, Pupils(total))],
                (Some(total), _) if Pupils(total) == all => grades.iter().map(|&g| (g, lives(g))).collect(),
                (None, _) if alone => grades.iter().map(|&g| (g, lives(g))).collect(),
                _ => {
                    let problem = problem(&line.at, Code::PupilsNeeded, "pupils");
                    return Err(problems.push(problem.with("value", &line.unit)));
                }
            }
        };
        Ok(Assignment { unit, stage, year, pupils, site, boarding: line.boarding })
    }
}

/// The position of a key.
fn position(keys: &Keys, at: &At, field: &str, key: &str, problems: &mut Problems) -> Result<usize, Reported> {
    keys.find(key).ok_or_else(|| {
        problems.push_with(|| {
            problem(at, Code::UnknownReference, field)
                .with("kind", keys.kind)
                .with("value", key)
                .nearest(key, keys.names())
        })
    })
}

fn problem(at: &At, code: Code, field: &str) -> Problem {
    Problem::new(code, at.file()).at(at.place(field))
}

/// Records that a line must say more, because several things are on offer.
fn needs(line: &ActionLine, field: &str, problems: &mut Problems) -> Reported {
    problems.push(problem(&line.at, Code::ActionNeeds, field).with("action", line.action.name()).with("key", field))
}
