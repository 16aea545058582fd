//! Whether an assignment sends every pupil somewhere, once, to an open site that can be reached, in whole units.

use super::contiguity;
use super::course::{Courses, Taken};
use super::fault::{At, PlanFault, Wrong};
use super::stay;
use crate::domain::action::Measure;
use crate::domain::district::Grade;
use crate::domain::plan::{Assignment, MAX_SITES_PER_UNIT, MIN_PART_PERCENT, Plan};
use crate::domain::scenario::Scenario;
use crate::id::{GradeId, SiteId, UnitId};
use crate::metric::band::{self, Band};
use crate::metric::boarding::MayBoard;
use crate::metric::cohort::{self, Homes};
use crate::metric::ground::Ground;
use crate::metric::oversized;
use crate::travel::Travel;
use crate::units::{Pupils, Year};
use std::collections::{BTreeMap, BTreeSet};

/// Where the pupils of one unit, band and year go: head counts by site; no pupils where a unit without any is zoned.
pub type Zones = BTreeMap<(Year, usize, UnitId), BTreeMap<SiteId, Pupils>>;

/// Checks an assignment and gathers it by year, band (position in `bands`) and unit.
pub fn check(ground: &Ground<'_>, plan: &Plan, courses: &Courses, bands: &[Band]) -> (Zones, Vec<PlanFault>) {
    let (scenario, travel) = (ground.scenario, ground.travel);
    let mut faults = Vec::new();
    let mut zones = Zones::new();
    let mut seen: BTreeSet<(Year, UnitId, GradeId, SiteId, bool)> = BTreeSet::new();
    let mut sums: BTreeMap<(Year, UnitId, GradeId), Pupils> = BTreeMap::new();
    let mut boarders: BTreeMap<(Year, SiteId), Pupils> = BTreeMap::new();
    for (position, row) in plan.assignment.iter().enumerate() {
        let at = At::Row(position);
        if let Err(what) = belongs(scenario, row) {
            faults.push(PlanFault { at, what });
            continue;
        }
        let names = Names { scenario, row };
        for what in open(travel, courses, &names) {
            faults.push(PlanFault { at, what });
        }
        for &(grade, pupils) in &row.pupils {
            if pupils < Pupils::ZERO {
                faults.push(PlanFault { at, what: names.negative(grade, pupils) });
            }
            if !seen.insert((row.year, row.unit, grade, row.site, row.boarding)) {
                faults.push(PlanFault { at, what: names.repeated(grade) });
            }
            *sums.entry((row.year, row.unit, grade)).or_default() += pupils;
            if let Some(band) = bands.iter().position(|band| band.grades.contains(&grade)) {
                *zones.entry((row.year, band, row.unit)).or_default().entry(row.site).or_default() += pupils;
            }
        }
        if row.boarding {
            *boarders.entry((row.year, row.site)).or_default() += row.total();
        }
    }
    faults.extend(totals(scenario, &sums));
    faults.extend(unzoned(scenario, &zones, bands));
    let mut oversized: Option<BTreeSet<(Year, usize, UnitId)>> = None;
    for (&(year, band, unit), sites) in zones.iter().filter(|(_, sites)| sites.len() > 1) {
        // Worked out only when somebody is divided at all.
        let oversized = oversized.get_or_insert_with(|| oversized::units(ground, bands));
        let too_large = oversized.contains(&(year, band, unit));
        faults.extend(division(scenario, year, &bands[band], unit, sites, too_large));
    }
    let homes = Homes::new(ground);
    faults.extend(merged_catchments(scenario, plan, courses, &homes));
    faults.extend(stay::check(scenario, plan, courses, &homes));
    if let Some(board) = MayBoard::new(ground) {
        faults.extend(needless_boarders(scenario, plan, &board));
    }
    for (&(year, site), &count) in &boarders {
        let index = scenario.years.iter().position(|&other| other == year);
        let beds = index.map_or(Pupils::ZERO, |index| courses.states[site][index].beds);
        if count > beds {
            let site = scenario.district.sites[site].key.clone();
            let what = Wrong::TooFewBeds { site, year, boarders: count.0, beds: beds.0 };
            faults.push(PlanFault { at: At::Whole, what });
        }
    }
    (zones, faults)
}

/// Boarders of grades that live at home, and boarders who can go home every day.
fn needless_boarders(scenario: &Scenario, plan: &Plan, board: &MayBoard<'_>) -> Vec<PlanFault> {
    let mut faults = Vec::new();
    let known = |row: &&Assignment| belongs(scenario, row).is_ok();
    for (position, row) in plan.assignment.iter().enumerate().filter(|(_, row)| row.boarding && known(row)) {
        let names = Names { scenario, row };
        for &(grade, _) in row.pupils.iter().filter(|(_, pupils)| *pupils > Pupils::ZERO) {
            let (unit, site, year) = (names.unit(), names.site(), row.year);
            let what = if !board.grade(grade) {
                Wrong::GradeBoards { unit, grade: names.grade(grade), year }
            } else if !board.too_far(row.unit, row.site, grade, row.year) {
                Wrong::BoardsNear { unit, grade: names.grade(grade), year, site }
            } else {
                continue;
            };
            faults.push(PlanFault { at: At::Row(position), what });
        }
    }
    faults
}

/// A row with the names for messages about it.
struct Names<'a> {
    scenario: &'a Scenario,
    row: &'a Assignment,
}

impl Names<'_> {
    fn unit(&self) -> String {
        self.scenario.district.units[self.row.unit].key.clone()
    }

    fn site(&self) -> String {
        self.scenario.district.sites[self.row.site].key.clone()
    }

    fn grade(&self, grade: GradeId) -> String {
        self.scenario.district.grades[grade].key()
    }

    fn negative(&self, grade: GradeId, pupils: Pupils) -> Wrong {
        let (unit, grade) = (self.unit(), self.grade(grade));
        Wrong::NegativePupils { unit, grade, year: self.row.year, pupils: pupils.0 }
    }

    fn repeated(&self, grade: GradeId) -> Wrong {
        Wrong::RepeatedRow { unit: self.unit(), grade: self.grade(grade), year: self.row.year, site: self.site() }
    }
}

/// Whether everything that a row names is part of the scenario.
fn belongs(scenario: &Scenario, row: &Assignment) -> Result<(), Wrong> {
    let district = &scenario.district;
    if district.units.get(row.unit).is_none() {
        return Err(Wrong::NotOfScenario { what: "unit" });
    }
    if district.sites.get(row.site).is_none() {
        return Err(Wrong::NotOfScenario { what: "site" });
    }
    if !scenario.years.contains(&row.year) {
        return Err(Wrong::YearNotPlanned { year: row.year });
    }
    if scenario.stage_index(row.stage).is_none() {
        return Err(Wrong::StageNotPlanned { stage: row.stage.name() });
    }
    if row.pupils.is_empty() {
        return Err(Wrong::NoGrades { unit: district.units[row.unit].key.clone(), year: row.year });
    }
    for &(grade, _) in &row.pupils {
        match district.grades.get(grade) {
            None => return Err(Wrong::NotOfScenario { what: "grade" }),
            Some(facts) if facts.stage != row.stage => {
                return Err(Wrong::GradeOfOtherStage { grade: facts.key(), stage: row.stage.name() });
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Whether the site of a row is open, offers the stage and can be reached.
fn open(travel: &Travel<'_>, courses: &Courses, names: &Names<'_>) -> Vec<Wrong> {
    let (scenario, row) = (names.scenario, names.row);
    let mut wrong = Vec::new();
    let index = scenario.years.iter().position(|&year| year == row.year);
    if let Some(state) = index.map(|index| courses.states[row.site][index]) {
        let (unit, site, year) = (names.unit(), names.site(), row.year);
        if !state.operating {
            wrong.push(Wrong::SiteNotOperating { unit, site, year });
        } else if !state.kind.stages().contains(&row.stage) {
            wrong.push(Wrong::StageNotOffered { unit, site, stage: row.stage.name(), year });
        } else {
            let grades = row.pupils.iter().map(|&(grade, _)| scenario.district.grades[grade]);
            wrong.extend(grades.filter(|&grade| gone(grade, state.grades_gone)).map(|grade| Wrong::GradeGone {
                unit: unit.clone(),
                grade: grade.key(),
                year,
                site: site.clone(),
            }));
        }
    }
    if travel.leg(row.unit, row.site).is_none() {
        wrong.push(Wrong::Unreachable { unit: names.unit(), site: names.site() });
    }
    wrong
}

/// Whether a grade is among the lowest of its stage that have left a site.
fn gone(grade: Grade, count: i8) -> bool {
    match grade.number {
        Some(number) => grade.stage.grades().take(usize::try_from(count).unwrap_or(0)).any(|left| left == number),
        None => count > 0,
    }
}

/// Whether as many pupils are assigned as live in every unit.
fn totals(scenario: &Scenario, sums: &BTreeMap<(Year, UnitId, GradeId), Pupils>) -> Vec<PlanFault> {
    let district = &scenario.district;
    let mut faults = Vec::new();
    for &year in &scenario.years {
        for (unit, facts) in district.units.entries() {
            for (grade, named) in district.grades.entries() {
                if scenario.stage_index(named.stage).is_none() {
                    continue;
                }
                let resident = scenario.demand.pupils(year, unit, grade).0;
                let assigned = sums.get(&(year, unit, grade)).map(|pupils| pupils.0);
                if assigned.unwrap_or(0) == resident {
                    continue;
                }
                let (unit, grade) = (facts.key.clone(), named.key());
                let what = match assigned {
                    None => Wrong::NotAssigned { unit, grade, year, pupils: resident },
                    Some(assigned) => Wrong::PupilsDiffer { unit, grade, year, assigned, resident },
                };
                faults.push(PlanFault { at: At::Whole, what });
            }
        }
    }
    faults
}

/// Units without pupils that no row zones although catchments must be connected.
fn unzoned(scenario: &Scenario, zones: &Zones, bands: &[Band]) -> Vec<PlanFault> {
    let mut faults = Vec::new();
    for (position, band) in bands.iter().enumerate() {
        if !contiguity::mapped(scenario, bands, band) {
            continue;
        }
        for (&year, (unit, facts)) in
            scenario.years.iter().flat_map(|year| scenario.district.units.entries().map(move |unit| (year, unit)))
        {
            let empty = band.grades.iter().all(|&grade| scenario.demand.pupils(year, unit, grade) == Pupils::ZERO);
            if empty && !zones.contains_key(&(year, position, unit)) {
                let grade = band::key(scenario, &band.grades);
                let what = Wrong::NotAssigned { unit: facts.key.clone(), grade, year, pupils: 0 };
                faults.push(PlanFault { at: At::Whole, what });
            }
        }
    }
    faults
}

/// Whether a unit that goes to several sites may be divided, and then whether they are few enough and the parts large
/// enough.
fn division(
    scenario: &Scenario,
    year: Year,
    band: &Band,
    unit: UnitId,
    sites: &BTreeMap<SiteId, Pupils>,
    too_large: bool,
) -> Vec<PlanFault> {
    let district = &scenario.district;
    let mut faults = Vec::new();
    let multi = scenario.zoning.iter().any(|zoning| zoning.stage == band.stage && zoning.multi_school);
    let facts = &district.units[unit];
    let named = || (facts.key.clone(), band::key(scenario, &band.grades));
    // The parts of a cohort could not be kept together over years: where pupils keep their school nobody is divided.
    if cohort::stay(scenario, band.stage) || !(facts.divisible || multi || too_large) {
        let (unit, band) = named();
        let sites: Vec<&str> = sites.keys().map(|&site| district.sites[site].key.as_str()).collect();
        let what = Wrong::UnitSplit { unit, band, year, sites: sites.join(", ") };
        faults.push(PlanFault { at: At::Whole, what });
        return faults;
    }
    if sites.len() > MAX_SITES_PER_UNIT {
        let (unit, band) = named();
        let what = Wrong::TooManySites { unit, band, year, count: sites.len(), max: MAX_SITES_PER_UNIT };
        faults.push(PlanFault { at: At::Whole, what });
    }
    let all: Pupils = sites.values().copied().sum();
    for (&site, part) in sites.iter().filter(|&(_, part)| part.0 * 100 < MIN_PART_PERCENT * all.0 || part.0 == 0) {
        let (unit, band) = named();
        let site = district.sites[site].key.clone();
        let what = Wrong::PartTooSmall { unit, band, year, site, pupils: part.0, percent: MIN_PART_PERCENT };
        faults.push(PlanFault { at: At::Whole, what });
    }
    faults
}

/// Whether the whole baseline catchment of a merged site goes to the receiving site from the year of the merger on. Those who
/// keep another school by then do not belong to it.
fn merged_catchments(scenario: &Scenario, plan: &Plan, courses: &Courses, homes: &Homes<'_>) -> Vec<PlanFault> {
    let district = &scenario.district;
    let mut faults = Vec::new();
    for (position, row) in plan.assignment.iter().enumerate() {
        let Some(stage) = scenario.stage_index(row.stage) else { continue };
        let Some(Some(home)) = scenario.baseline.sites.get(row.unit).and_then(|sites| sites.get(stage)) else {
            continue;
        };
        let Some(Taken { measure: Measure::Merge { into }, year, .. }) = courses.taken[*home] else { continue };
        let meant = |&(grade, pupils): &(GradeId, Pupils)| {
            if cohort::stay(scenario, row.stage) && !stay::counts(scenario, row, grade, pupils) {
                return false;
            }
            let entry = cohort::entry(scenario, grade, row.year).filter(|_| cohort::stay(scenario, row.stage));
            entry.is_none_or(|entry| {
                let zoned = scenario.years.iter().find(|&&year| year >= entry);
                zoned.is_some_and(|&zoned| zoned >= year) || homes.kept(row.unit, row.stage, entry) == Some(*home)
            })
        };
        let leaves = row.year >= year && row.site != into && row.pupils.iter().any(meant);
        if let (true, Some(to)) = (leaves, district.sites.get(row.site)) {
            let what = Wrong::CatchmentNotMerged {
                unit: district.units[row.unit].key.clone(),
                year: row.year,
                site: district.sites[*home].key.clone(),
                into: district.sites[into].key.clone(),
                to: to.key.clone(),
            };
            faults.push(PlanFault { at: At::Row(position), what });
        }
    }
    faults
}
