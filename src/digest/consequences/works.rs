//! Building projects: those that the county names, and what the plan builds or enlarges.

use super::years::offer;
use crate::domain::action::{Measure, Offer};
use crate::domain::district::SiteKind;
use crate::domain::document::PlanDocument;
use crate::domain::resource::{Held, Project, ProjectStatus, Resources, SpecialRooms};
use crate::domain::scenario::Scenario;
use crate::id::SiteId;
use crate::units::Classes;

/// One project.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    /// The county's project, by position among those of the district; what the plan does at its site is one with it.
    pub project: Option<usize>,
    /// What the plan does, as the document names it; empty for projects that the plan does not touch.
    pub action: String,
    /// Where.
    pub site: SiteId,
    /// Ordinary classrooms that the plan adds.
    pub classes: i64,
    /// New floor area in square metres, where it is known.
    pub floor_m2: Option<f64>,
    /// New places; classrooms times the class size that the rules allow, where the county names no figure.
    pub places: Option<i64>,
    /// Capital in yuan, where it is known.
    pub cost: Option<i64>,
    /// Year in which building begins, where the plan says so.
    pub start: Option<i32>,
    /// Year in service.
    pub year: i32,
    /// How far it has come.
    pub status: ProjectStatus,
    /// What is added besides classrooms, by stage and for all together: by the plan, else by the county's project.
    pub adds: Vec<Held<Resources>>,
}

impl Work {
    /// Music and art rooms that are added.
    pub fn special_rooms(&self) -> (i64, i64) {
        crate::domain::resource::special_rooms(&self.adds)
    }

    /// One kind of what is added, over all stages; `None` where it says nothing of it.
    pub fn added(&self, figure: impl Fn(&Resources) -> Option<f64>) -> Option<f64> {
        self.adds.iter().filter_map(|held| figure(&held.what)).reduce(|a, b| a + b)
    }
}

/// The projects of the county in file order, then those of the plan alone by year and site.
///
/// Where the county names a project that is not done at a site where the plan builds or adds something, the two are one: its
/// floor area, places and cost are the county's where given, its year is the plan's, and so is what the plan adds, if it adds anything.
pub fn works(scenario: &Scenario, document: &PlanDocument) -> Vec<Work> {
    let district = &scenario.district;
    let mut works: Vec<Work> =
        district.projects.iter().enumerate().map(|(at, project)| of_county(at, project)).collect();
    let mut own = Vec::new();
    for (site, facts) in district.sites.entries() {
        let Some(row) = document.sites.iter().find(|row| row.id == facts.key) else { continue };
        for action in &row.actions {
            let Some(offer) = offer(scenario, site, action) else { continue };
            let measure = offer.measure;
            let builds = match measure {
                Measure::Convert { classes, .. } => classes > Classes::ZERO,
                _ => !measure.ends_school(),
            };
            if !builds {
                continue;
            }
            // Of a school that moves, what is built stands at the new place.
            let (site, classes) = (measure.place(site), measure.classes().0);
            let kind = measure.kind().unwrap_or(facts.kind);
            let work = of_plan(scenario, (site, offer), &action.action, action.year, (classes, kind));
            let open = |known: &&mut Work| {
                known.site == site && known.action.is_empty() && known.status != ProjectStatus::Done
            };
            match works.iter_mut().find(open) {
                Some(known) => {
                    *known = Work {
                        project: known.project,
                        floor_m2: known.floor_m2.or(work.floor_m2),
                        places: known.places.or(work.places),
                        cost: known.cost.or(work.cost),
                        status: known.status,
                        adds: if work.adds.is_empty() { known.adds.clone() } else { work.adds },
                        ..work
                    }
                }
                None => own.push(work),
            }
        }
    }
    own.sort_by_key(|work| (work.year, work.site));
    works.extend(own);
    works
}

fn of_county(at: usize, project: &Project) -> Work {
    Work {
        project: Some(at),
        action: String::new(),
        site: project.site,
        classes: 0,
        floor_m2: Some(project.floor_m2),
        places: Some(project.places.0),
        cost: project.cost.map(|cost| cost.0),
        start: None,
        year: project.year.0,
        status: project.status,
        adds: named_rooms(project).into_iter().collect(),
    }
}

/// The special rooms that a project names, where it names any.
fn named_rooms(project: &Project) -> Option<Held<Resources>> {
    let rooms = |count: Option<i64>| count.map(|rooms| SpecialRooms { rooms, areas_m2: Vec::new() });
    let (music, art) = (rooms(project.music_rooms), rooms(project.art_rooms));
    let what = Resources { music, art, ..Resources::default() };
    (what != Resources::default()).then_some(Held { site: project.site, stage: None, what })
}

fn of_plan(
    scenario: &Scenario,
    (site, offer): (SiteId, &Offer),
    action: &str,
    year: i32,
    (classes, kind): (i64, SiteKind),
) -> Work {
    Work {
        project: None,
        action: action.to_owned(),
        site,
        classes,
        floor_m2: offer.floor_m2,
        places: class_size(scenario, kind).map(|size| classes * size),
        cost: Some(offer.capital.0),
        start: Some(year - i32::try_from(offer.lead_years).unwrap_or(i32::MAX)),
        year,
        status: ProjectStatus::Planned,
        adds: offer.adds.clone(),
    }
}

/// The largest class that the rules allow at every stage of a kind of school; `None` where no rule says.
fn class_size(scenario: &Scenario, kind: SiteKind) -> Option<i64> {
    let of_kind = |stages: &[_]| stages.is_empty() || kind.stages().iter().any(|stage| stages.contains(stage));
    scenario
        .rules
        .iter()
        .filter(|rule| rule.metric == "class_size_max" && of_kind(&rule.scope.stages))
        .map(|rule| rule.limit.floor() as i64)
        .min()
}
