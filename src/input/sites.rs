//! Sites, schools and sections from `sites.csv` and `sections.csv`.

use super::frame::Frame;
use super::problem::{Code, Place, Problem, Problems, Reported};
use super::table::{Keys, Row, Table};
use super::units::{Areas, add_key, point_of_row, stage_and_grade};
use super::words;
use crate::domain::district::{Grade, Group, Ownership, School, Section, Site, SiteKind, SiteStatus, Stage};
use crate::id::{GradeId, Id, IdVec, SchoolId, SectionId, SiteId, UnitId};
use crate::message::Message;
use crate::units::{Classes, Point, Pupils, Year};
use std::collections::BTreeMap;

/// Sites as read, before sections fill in what their rows leave open.
#[derive(Debug)]
pub struct Sites {
    /// The sites.
    pub list: IdVec<SiteId, Site>,
    /// Their keys.
    pub keys: Keys,
    /// Their schools.
    pub schools: IdVec<SchoolId, School>,
    /// Sites whose rooms are not given, with the line of the row.
    open_rooms: Vec<(SiteId, usize)>,
    file: String,
}

/// Reads `sites.csv`.
pub fn sites(table: &Table<'_>, units: &Keys, areas: &mut Areas, problems: &mut Problems) -> Sites {
    table.warn_others(&[], words::SITES, problems);
    let mut sites = Sites {
        list: IdVec::new(),
        keys: Keys::new("site"),
        schools: IdVec::new(),
        open_rooms: Vec::new(),
        file: table.file().to_owned(),
    };
    let mut owners = BTreeMap::new();
    let read = table.each(problems, |row, problems| {
        let _ = site_of_row(row, units, areas, &mut owners, &mut sites, problems);
    });
    sites.keys.incomplete |= read.is_err();
    sites
}

fn site_of_row(
    row: &Row<'_>,
    units: &Keys,
    areas: &mut Areas,
    owners: &mut BTreeMap<String, SchoolId>,
    sites: &mut Sites,
    problems: &mut Problems,
) -> Result<(), Reported> {
    let before = problems.errors();
    let key = row.needed("id", problems);
    let point = point_of_row(row, problems);
    let kind = row.needed("kind", problems).and_then(|_| row.choice("kind", words::KINDS, problems));
    let status = row.choice("status", words::STATUSES, problems);
    let ownership = row.choice("ownership", words::OWNERSHIPS, problems);
    let setting = row.choice("setting", words::SETTINGS, problems);
    let built_year = row.whole("built_year", 1000..=2200, problems);
    let rooms = row.whole("rooms", 0..=10_000, problems);
    let beds = row.whole("beds", 0..=100_000, problems);
    let land = row.number("land_m2", 0.0..=1e9, problems);
    let boarding = row.choice("boarding", words::FLAGS, problems);
    let protected = row.choice("protected", words::FLAGS, problems);
    let migrants = row.whole("migrants", 0..=1_000_000, problems);
    let home = row.reference("home", units, problems);
    let key = key.inspect_err(|_| sites.keys.incomplete = true)?;
    let position = add_key(&mut sites.keys, key, row, problems)?;
    if problems.errors() > before {
        sites.keys.faulty.insert(position);
    }
    let name = row.text("name").unwrap_or(key);
    let school = school_of_row(row, key, name, ownership.ok().flatten(), owners, &mut sites.schools, problems);
    let status = status.ok().flatten().unwrap_or(SiteStatus::Operating);
    if rooms == Ok(None) && status == SiteStatus::Operating {
        sites.open_rooms.push((SiteId::new(position), row.line));
    }
    let beds = beds.ok().flatten().unwrap_or(0);
    sites.list.push(Site {
        key: key.to_owned(),
        name: name.to_owned(),
        school,
        kind: kind.ok().flatten().unwrap_or(SiteKind::Primary),
        status,
        point: point.unwrap_or(Point { lon: 0.0, lat: 0.0 }),
        area: row.text("area").map(|name| areas.id(name)),
        setting: setting.ok().flatten(),
        built_year: built_year.ok().flatten().map(|year| Year(year as i32)),
        rooms: Classes(rooms.ok().flatten().unwrap_or(0)),
        beds: Pupils(beds),
        land_m2: land.ok().flatten(),
        boarding: boarding.ok().flatten().unwrap_or(beds > 0),
        protected: protected.ok().flatten().unwrap_or(false),
        migrants: migrants.ok().flatten().map(Pupils),
        flags: row.text("flags").map(|cell| list_of(cell).map(str::to_owned).collect()).unwrap_or_default(),
        home: home.ok().flatten().map(UnitId::new),
    });
    Ok(())
}

/// The entries of a cell that holds a list.
pub fn list_of(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([';', ';']).map(str::trim).filter(|entry| !entry.is_empty())
}

fn school_of_row(
    row: &Row<'_>,
    key: &str,
    name: &str,
    ownership: Option<Ownership>,
    owners: &mut BTreeMap<String, SchoolId>,
    schools: &mut IdVec<SchoolId, School>,
    problems: &mut Problems,
) -> SchoolId {
    let school = row.text("school").unwrap_or(key);
    if let Some(&id) = owners.get(school) {
        let held = schools[id].ownership;
        if ownership.is_some_and(|ownership| ownership != held) {
            problems.push(
                row.problem(Code::Contradiction, "ownership")
                    .with("value", row.text("ownership").unwrap_or_default())
                    .with("subject", school)
                    .with("first", words::name(words::OWNERSHIPS, held)),
            );
        }
        return id;
    }
    let shown = row.text("school_name").unwrap_or(if school == key { name } else { school });
    let id = schools.push(School {
        key: school.to_owned(),
        name: shown.to_owned(),
        ownership: ownership.unwrap_or_default(),
    });
    owners.insert(school.to_owned(), id);
    id
}

/// Reads `sections.csv` where there is one, adds the sections that kinds of site imply, and fills in rooms.
pub fn sections(
    table: Option<&Table<'_>>,
    frame: &Frame,
    grades: &IdVec<GradeId, Grade>,
    sites: &mut Sites,
    assumptions: &mut Vec<Message>,
    problems: &mut Problems,
) -> IdVec<SectionId, Section> {
    let mut sections =
        Sections { list: IdVec::new(), by_site: BTreeMap::new(), keys: Keys::new("section"), rooms: BTreeMap::new() };
    if let Some(table) = table {
        table.warn_others(&[], words::SECTIONS, problems);
        let _ = table.each(problems, |row, problems| {
            let _ = group_of_row(row, frame, grades, sites, &mut sections, problems);
        });
    }
    let mut list = IdVec::new();
    for (id, site) in sites.list.entries().filter(|(_, site)| site.status == SiteStatus::Operating) {
        for &stage in site.kind.stages().iter().filter(|stage| frame.stages.contains(stage)) {
            let given = sections.by_site.get(&(id, stage)).map(|&at| sections.list[SectionId::new(at)].clone());
            list.push(given.unwrap_or_else(|| Section {
                key: format!("{}/{}", site.key, stage.name()),
                name: site.name.clone(),
                site: id,
                stage,
                groups: Vec::new(),
            }));
        }
    }
    for section in &mut list {
        merge_whole_stage(section, grades);
    }
    fill_rooms(sites, &sections.rooms, assumptions, problems);
    list
}

struct Sections {
    list: IdVec<SectionId, Section>,
    by_site: BTreeMap<(SiteId, Stage), usize>,
    keys: Keys,
    rooms: BTreeMap<SiteId, i64>,
}

fn group_of_row(
    row: &Row<'_>,
    frame: &Frame,
    grades: &IdVec<GradeId, Grade>,
    sites: &Sites,
    sections: &mut Sections,
    problems: &mut Problems,
) -> Result<(), Reported> {
    let site = row.needed_reference("site", &sites.keys, problems).map(SiteId::new);
    let numbers = grades_of_row(row, frame, problems);
    let pupils = row.needed("pupils", problems).and_then(|_| row.whole("pupils", 0..=1_000_000, problems));
    let classes = row.whole("classes", 0..=10_000, problems);
    let roster = roster_of_row(row, problems);
    let most = *pupils.as_ref().ok().and_then(Option::as_ref).unwrap_or(&1_000_000);
    let zoned = row.whole("zoned", 0..=most, problems);
    let (site, (stage, numbers)) = (site?, numbers?);
    let pupils = pupils?.ok_or(Reported)?;
    let (classes, roster, zoned) = (classes?, roster?, zoned?);
    check_classes(row, pupils, classes, roster.as_deref(), problems)?;
    let place = &sites.list[site];
    if place.status == SiteStatus::Candidate {
        return Err(problems.push(row.problem(Code::NotOperating, "site").with("value", &place.key)));
    }
    if !place.kind.stages().contains(&stage) {
        return Err(problems.push(
            row.problem(Code::StageNotOffered, "stage")
                .with("value", stage.name())
                .with("subject", &place.key)
                .with("kind", place.kind.name())
                .with_list("expected", place.kind.stages().iter().map(|stage| stage.name())),
        ));
    }
    let classes = classes.or_else(|| roster.as_ref().map(|sizes| sizes.len() as i64));
    *sections.rooms.entry(site).or_default() += classes.unwrap_or(0);
    if !frame.stages.contains(&stage) {
        return Ok(());
    }
    let ids = grade_ids(row, stage, &numbers, grades, problems)?;
    let section = section_of_row(row, site, stage, place, sections, problems)?;
    let whole = grades[ids[0]].number.is_none();
    let twice = !whole && section.groups.iter().any(|group| group.grades.iter().any(|grade| ids.contains(grade)));
    if twice {
        return Err(problems
            .push(row.problem(Code::DuplicateRow, "grade").with("value", row.text("grade").unwrap_or(stage.name()))));
    }
    section.groups.push(Group {
        grades: ids,
        pupils: Pupils(pupils),
        classes: classes.map(Classes),
        roster: roster.map(|sizes| sizes.into_iter().map(Pupils).collect()),
        zoned: zoned.map(Pupils),
    });
    Ok(())
}

fn section_of_row<'a>(
    row: &Row<'_>,
    site: SiteId,
    stage: Stage,
    place: &Site,
    sections: &'a mut Sections,
    problems: &mut Problems,
) -> Result<&'a mut Section, Reported> {
    let default = format!("{}/{}", place.key, stage.name());
    let key = row.text("id").unwrap_or(&default);
    let at = if let Some(&at) = sections.by_site.get(&(site, stage)) {
        if row.text("id").is_some_and(|id| id != sections.list[SectionId::new(at)].key) {
            return Err(problems.push(
                row.problem(Code::Contradiction, "id")
                    .with("value", key)
                    .with("subject", default)
                    .with("first", &sections.list[SectionId::new(at)].key),
            ));
        }
        at
    } else {
        let at = add_key(&mut sections.keys, key, row, problems)?;
        sections.by_site.insert((site, stage), at);
        sections.list.push(Section {
            key: key.to_owned(),
            name: row.text("name").unwrap_or(&place.name).to_owned(),
            site,
            stage,
            groups: Vec::new(),
        });
        at
    };
    Ok(&mut sections.list[SectionId::new(at)])
}

/// The stage and grades of a row: none for the whole stage, several for joint classes.
fn grades_of_row(row: &Row<'_>, frame: &Frame, problems: &mut Problems) -> Result<(Stage, Vec<i8>), Reported> {
    let range = row.text("grade").and_then(|cell| cell.split_once(['-', '~']));
    let Some((first, last)) = range.filter(|(first, _)| !first.is_empty()) else {
        return stage_and_grade(row, frame, problems).map(|(stage, grade)| (stage, grade.into_iter().collect()));
    };
    let stage = row.choice("stage", words::STAGES, problems)?;
    let bounds = words::grade_number(first.trim()).zip(words::grade_number(last.trim()));
    let stage = stage.or_else(|| bounds.and_then(|(first, _)| super::frame::stage_of_grade(first)));
    match (bounds, stage) {
        (Some((first, last)), Some(stage))
            if first < last && stage.grades().contains(&first) && stage.grades().contains(&last) =>
        {
            Ok((stage, (first..=last).collect()))
        }
        _ => Err(problems.push(
            row.problem(Code::NotAGrade, "grade").with("value", row.text("grade").unwrap_or_default()).with(
                "stage",
                stage.map_or("1-12".to_owned(), |s| format!("{}-{}", s.grades().start(), s.grades().end())),
            ),
        )),
    }
}

fn grade_ids(
    row: &Row<'_>,
    stage: Stage,
    numbers: &[i8],
    grades: &IdVec<GradeId, Grade>,
    problems: &mut Problems,
) -> Result<Vec<GradeId>, Reported> {
    let of_stage: Vec<(GradeId, Grade)> =
        grades.entries().filter(|(_, grade)| grade.stage == stage).map(|(id, &grade)| (id, grade)).collect();
    let by_grade = of_stage.iter().all(|(_, grade)| grade.number.is_some());
    if by_grade && numbers.is_empty() {
        return Err(problems.push(row.problem(Code::GradesNeeded, "grade").with("stage", stage.name())));
    }
    Ok(of_stage
        .into_iter()
        .filter(|(_, grade)| grade.number.is_none_or(|number| numbers.contains(&number)))
        .map(|(id, _)| id)
        .collect())
}

fn roster_of_row(row: &Row<'_>, problems: &mut Problems) -> Result<Option<Vec<i64>>, Reported> {
    let Some(cell) = row.text("roster") else { return Ok(None) };
    let sizes: Option<Vec<i64>> =
        list_of(cell).map(|size| size.parse().ok().filter(|size| (0..=10_000).contains(size))).collect();
    match sizes {
        Some(sizes) => Ok(Some(sizes)),
        None => Err(problems.push(row.problem(Code::NotWhole, "roster").with("value", cell))),
    }
}

fn check_classes(
    row: &Row<'_>,
    pupils: i64,
    classes: Option<i64>,
    roster: Option<&[i64]>,
    problems: &mut Problems,
) -> Result<(), Reported> {
    let mut wrong = Ok(());
    if let Some(sizes) = roster {
        let sum: i64 = sizes.iter().sum();
        let length = sizes.len() as i64;
        if sum != pupils || classes.is_some_and(|classes| classes != length) {
            wrong = Err(problems.push(
                row.problem(Code::ClassesMismatch, "roster")
                    .with("value", row.text("roster").unwrap_or_default())
                    .with("sum", sum)
                    .with("count", length)
                    .with("pupils", pupils)
                    .with("classes", classes.map_or("–".to_owned(), |classes| classes.to_string())),
            ));
        }
    } else if classes == Some(0) && pupils > 0 {
        wrong = Err(problems.push(row.problem(Code::NoClasses, "classes").with("pupils", pupils)));
    }
    wrong
}

/// Where pupils are known by stage only, the rows of a section become one group for the stage.
fn merge_whole_stage(section: &mut Section, grades: &IdVec<GradeId, Grade>) {
    let whole = section.groups.first().is_some_and(|group| grades[group.grades[0]].number.is_none());
    if !whole || section.groups.len() < 2 {
        return;
    }
    let groups = std::mem::take(&mut section.groups);
    let classes: Option<Vec<Classes>> = groups.iter().map(|group| group.classes).collect();
    let rosters: Option<Vec<Vec<Pupils>>> = groups.iter().map(|group| group.roster.clone()).collect();
    let zoned: Option<Vec<Pupils>> = groups.iter().map(|group| group.zoned).collect();
    section.groups.push(Group {
        grades: groups[0].grades.clone(),
        pupils: groups.iter().map(|group| group.pupils).sum(),
        classes: classes.map(|classes| classes.into_iter().sum()),
        roster: rosters.map(|rosters| rosters.concat()),
        zoned: zoned.map(|zoned| zoned.into_iter().sum()),
    });
}

fn fill_rooms(
    sites: &mut Sites,
    classes: &BTreeMap<SiteId, i64>,
    assumptions: &mut Vec<Message>,
    problems: &mut Problems,
) {
    let mut filled = Vec::new();
    for &(site, line) in &sites.open_rooms {
        match classes.get(&site).copied().filter(|&count| count > 0) {
            Some(count) => {
                sites.list[site].rooms = Classes(count);
                filled.push(sites.list[site].key.clone());
            }
            None => {
                problems.push(
                    Problem::new(Code::RoomsUnknown, &sites.file)
                        .at(Place::Row { line, column: Some("rooms".to_owned()) })
                        .with("value", &sites.list[site].key),
                );
            }
        }
    }
    if !filled.is_empty() {
        assumptions.push(
            Message::new("assume.rooms_from_classes")
                .with("sites", super::problem::list(filled.iter().map(String::as_str)))
                .with("count", filled.len()),
        );
    }
    let undated: Vec<&str> = sites
        .list
        .iter()
        .filter(|site| site.status == SiteStatus::Operating && site.built_year.is_none())
        .map(|site| site.key.as_str())
        .collect();
    if !undated.is_empty() {
        assumptions.push(
            Message::new("assume.built_year_unknown")
                .with("sites", super::problem::list(undated.iter().copied()))
                .with("count", undated.len()),
        );
    }
}
