//! Measures that the scenario allows, one offer for every site and alternative.

mod adds;

use super::document::{Document, Step, Tree};
use super::frame::Frame;
use super::manifest::{ActionEntry, ActionName, OneOrMany};
use super::problem::{Code, Problem, Problems};
use super::table::Keys;
use crate::domain::action::{Measure, Offer, Prerequisite};
use crate::domain::district::{District, Site, SiteStatus, Stage};
use crate::id::{Id, SiteId};
use crate::units::{Classes, Pupils, Yuan};
use std::ops::Range;

/// Most yuan of one figure.
const MOST_YUAN: i64 = 1_000_000_000_000;
/// Most classrooms of one action.
const MOST_CLASSES: i64 = 1000;
/// Most square metres of one action.
const MOST_FLOOR_M2: i64 = 10_000_000;

/// Makes offers of the entries, in file order: by entry, then site, then alternative.
pub fn offers(
    entries: &[ActionEntry],
    frame: &Frame,
    district: &District,
    sites: &Keys,
    document: &Document,
    tree: &Tree<'_>,
    problems: &mut Problems,
) -> Vec<Offer> {
    let mut offers = Vec::new();
    let mut of_entry = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let reading = Reading { entry, at, frame, district, sites, document, tree };
        if entries[..at].iter().any(|other| other.id.is_some() && other.id == entry.id) {
            problems.push(
                reading
                    .at(Code::DuplicateId, "id")
                    .with("kind", "action")
                    .with("value", entry.id.as_deref().unwrap_or_default())
                    .with("first", 1 + entries.iter().position(|other| other.id == entry.id).unwrap_or(0)),
            );
        }
        let first = offers.len();
        offers.extend(reading.offers(problems));
        of_entry.push(first..offers.len());
    }
    for (at, entry) in entries.iter().enumerate() {
        let reading = Reading { entry, at, frame, district, sites, document, tree };
        reading.prerequisites(entries, &of_entry, &mut offers, problems);
    }
    circles(&offers, entries, district, document, tree, problems);
    let readings: Vec<Reading<'_>> = entries
        .iter()
        .enumerate()
        .map(|(at, entry)| Reading { entry, at, frame, district, sites, document, tree })
        .collect();
    let entry_of = |offer: usize| of_entry.iter().position(|range| range.contains(&offer)).unwrap_or(0);
    adds::check_told_apart(&readings, entry_of, &offers, problems);
    offers
}

struct Reading<'a> {
    entry: &'a ActionEntry,
    at: usize,
    frame: &'a Frame,
    district: &'a District,
    sites: &'a Keys,
    document: &'a Document,
    tree: &'a Tree<'a>,
}

impl Reading<'_> {
    fn at(&self, code: Code, field: &str) -> Problem {
        self.document.problem_at(code, self.tree, &[Step::Key("actions"), Step::Item(self.at), Step::Key(field)])
    }

    fn unknown_site(&self, field: &str, key: &str) -> Problem {
        self.at(Code::UnknownReference, field).with("kind", "site").with("value", key).nearest(key, self.sites.names())
    }

    fn offers(&self, problems: &mut Problems) -> Vec<Offer> {
        let before = problems.errors();
        let entry = self.entry;
        if entry.sites.is_empty() {
            problems.push(self.at(Code::BadList, "sites").with("key", "sites").with("value", "[]"));
        }
        let mut sites: Vec<SiteId> = Vec::new();
        for key in &entry.sites {
            match self.sites.find(key).map(SiteId::new) {
                None if self.sites.incomplete => {}
                None => {
                    problems.push(self.unknown_site("sites", key));
                }
                Some(site) if self.sites.faulty.contains(&site.index()) => {}
                Some(site) if sites.contains(&site) => {
                    problems.push(self.at(Code::BadList, "sites").with("key", "sites").with("value", key));
                }
                Some(site) => sites.push(site),
            }
        }
        self.check_fields(problems);
        self.check_numbers(problems);
        for &site in &sites {
            self.check_site(&self.district.sites[site], problems);
        }
        for year in entry.years.iter().filter(|year| !self.frame.years.contains(year)) {
            let years: Vec<String> = self.frame.years.iter().map(ToString::to_string).collect();
            problems.push(
                self.at(Code::NotPlanYear, "years")
                    .with("value", year)
                    .with_list("expected", years.iter().map(String::as_str)),
            );
        }
        if entry.action.shuts() && entry.reason.is_empty() {
            problems.push(self.at(Code::NoReason, "action").with("action", entry.action.name()));
        }
        let into = self.receiver(&sites, problems);
        if problems.errors() > before {
            return Vec::new();
        }
        let none = vec![0; self.alternatives()];
        let classes: Vec<i64> = entry.classes.as_ref().map_or(none, |classes| classes.values().to_vec());
        let mut offers = Vec::new();
        for &site in &sites {
            for (position, &count) in classes.iter().enumerate() {
                let measure = match entry.action {
                    ActionName::Close => Measure::Close,
                    ActionName::PhaseOut => Measure::PhaseOut,
                    ActionName::Merge => match into {
                        Some(into) => Measure::Merge { into },
                        None => continue,
                    },
                    ActionName::Expand => Measure::Expand { classes: Classes(count) },
                    ActionName::Build => Measure::Build {
                        kind: entry.kind.unwrap_or(self.district.sites[site].kind),
                        classes: Classes(count),
                        beds: Pupils(entry.beds.unwrap_or(0)),
                    },
                    ActionName::Relocate => match into {
                        Some(into) => Measure::Relocate {
                            into,
                            kind: entry.kind.unwrap_or(self.district.sites[site].kind),
                            classes: Classes(count),
                            beds: Pupils(entry.beds.unwrap_or(0)),
                        },
                        None => continue,
                    },
                    ActionName::Convert => match entry.kind {
                        Some(kind) => Measure::Convert { kind, classes: Classes(count) },
                        None => continue,
                    },
                    ActionName::Equip => adds::equip(&entry.adds, position),
                };
                let place = match measure {
                    Measure::Relocate { into, .. } => into,
                    _ => site,
                };
                offers.push(Offer {
                    site,
                    measure,
                    years: entry.years.clone(),
                    capital: yuan(entry.capital.as_ref(), position, entry.capital_per_class, count),
                    running: yuan(entry.running.as_ref(), position, entry.running_per_class, count),
                    lead_years: entry.lead_years,
                    reason: entry.reason.clone(),
                    after: Vec::new(),
                    disposal: entry.disposal,
                    floor_m2: figure(entry.floor_m2.as_ref(), position).map(|area| area as f64),
                    adds: adds::additions(&entry.adds, place, position),
                });
            }
        }
        offers
    }

    /// How many alternatives the entry offers at every site.
    fn alternatives(&self) -> usize {
        match &self.entry.classes {
            None if self.entry.action == ActionName::Equip => adds::alternatives(&self.entry.adds),
            classes => classes.as_ref().map_or(1, |classes| classes.values().len().max(1)),
        }
    }

    /// Gives the offers of the entry what must have taken effect before them: of every entry named, any offer at another
    /// site.
    fn prerequisites(
        &self,
        entries: &[ActionEntry],
        of_entry: &[Range<usize>],
        offers: &mut [Offer],
        problems: &mut Problems,
    ) {
        for name in &self.entry.after {
            let Some(before) = entries.iter().position(|other| other.id.as_ref() == Some(name)) else {
                let ids = entries.iter().filter_map(|other| other.id.as_deref());
                problems.push(
                    self.at(Code::UnknownReference, "after")
                        .with("kind", "action")
                        .with("value", name)
                        .nearest(name, ids),
                );
                continue;
            };
            if of_entry[before].is_empty() {
                // Its own mistakes are reported there.
                continue;
            }
            for own in of_entry[self.at].clone() {
                let site = offers[own].site;
                let any_of: Vec<usize> = of_entry[before].clone().filter(|&other| offers[other].site != site).collect();
                if any_of.is_empty() {
                    problems.push(
                        self.at(Code::AfterItself, "after")
                            .with("value", name)
                            .with("subject", &self.district.sites[site].key),
                    );
                } else {
                    offers[own].after.push(Prerequisite { any_of, years: self.entry.after_years });
                }
            }
        }
    }

    /// Fields that the action needs, and fields that mean nothing for it.
    fn check_fields(&self, problems: &mut Problems) {
        let entry = self.entry;
        let given = [
            ("into", entry.into.is_some()),
            ("classes", entry.classes.is_some()),
            ("kind", entry.kind.is_some()),
            ("beds", entry.beds.is_some()),
            ("capital_per_class", entry.capital_per_class.is_some()),
            ("running_per_class", entry.running_per_class.is_some()),
            ("disposal", entry.disposal.is_some()),
            ("floor_m2", entry.floor_m2.is_some()),
            ("adds", !entry.adds.is_empty()),
        ];
        let (needed, allowed): (&[&str], &[&str]) = match entry.action {
            ActionName::Close | ActionName::PhaseOut => (&[], &["disposal"]),
            ActionName::Merge => (&["into"], &["into", "disposal"]),
            ActionName::Expand => {
                (&["classes"], &["classes", "capital_per_class", "running_per_class", "floor_m2", "adds"])
            }
            ActionName::Equip => (&["adds"], &["adds", "floor_m2"]),
            ActionName::Build => (
                &["classes"],
                &["classes", "kind", "beds", "capital_per_class", "running_per_class", "floor_m2", "adds"],
            ),
            ActionName::Relocate => (
                &["into", "classes"],
                &[
                    "into",
                    "classes",
                    "kind",
                    "beds",
                    "capital_per_class",
                    "running_per_class",
                    "disposal",
                    "floor_m2",
                    "adds",
                ],
            ),
            ActionName::Convert => {
                (&["kind"], &["kind", "classes", "capital_per_class", "running_per_class", "floor_m2", "adds"])
            }
        };
        for (field, present) in given {
            if needed.contains(&field) && !present {
                problems
                    .push(self.at(Code::ActionNeeds, "action").with("action", entry.action.name()).with("key", field));
            }
            if present && !allowed.contains(&field) {
                problems
                    .push(self.at(Code::ActionExcess, field).with("action", entry.action.name()).with("key", field));
            }
        }
    }

    fn check_numbers(&self, problems: &mut Problems) {
        let entry = self.entry;
        let out_of_range = |field: &str, value: i64, least: i64, most: i64| {
            self.at(Code::OutOfRange, field)
                .with("key", field)
                .with("value", value)
                .with("least", least)
                .with("most", most)
        };
        let classes = entry.classes.as_ref().map_or(&[][..], OneOrMany::values);
        // A conversion need not add any.
        let least = i64::from(entry.action != ActionName::Convert);
        for &value in classes.iter().filter(|value| !(least..=MOST_CLASSES).contains(*value)) {
            problems.push(out_of_range("classes", value, least, MOST_CLASSES));
        }
        if matches!(&entry.classes, Some(OneOrMany::Many(values)) if values.is_empty()) {
            problems.push(self.at(Code::BadList, "classes").with("key", "classes").with("value", "[]"));
        }
        let alternatives = self.alternatives();
        adds::check(self, alternatives, problems);
        for (field, figure, least, most) in [
            ("capital", &entry.capital, 0, MOST_YUAN),
            ("running", &entry.running, -MOST_YUAN, MOST_YUAN),
            ("floor_m2", &entry.floor_m2, 0, MOST_FLOOR_M2),
        ] {
            let values = figure.as_ref().map_or(&[][..], OneOrMany::values);
            for &value in values.iter().filter(|value| !(least..=most).contains(*value)) {
                problems.push(out_of_range(field, value, least, most));
            }
            if matches!(figure, Some(OneOrMany::Many(list)) if list.len() != alternatives) {
                problems.push(
                    self.at(Code::ListLength, field)
                        .with("key", field)
                        .with("found", values.len())
                        .with("expected", alternatives),
                );
            }
        }
        for (field, value, least) in [
            ("capital_per_class", entry.capital_per_class, 0),
            ("running_per_class", entry.running_per_class, -MOST_YUAN / MOST_CLASSES),
        ] {
            let most = MOST_YUAN / MOST_CLASSES;
            if let Some(value) = value.filter(|value| !(least..=most).contains(value)) {
                problems.push(out_of_range(field, value, least, most));
            }
        }
    }

    fn check_site(&self, site: &Site, problems: &mut Problems) {
        let build = self.entry.action == ActionName::Build;
        let expected = if build { SiteStatus::Candidate } else { SiteStatus::Operating };
        if site.status != expected {
            problems.push(
                self.at(Code::ActionStatus, "sites")
                    .with("value", &site.key)
                    .with("action", self.entry.action.name())
                    .with("status", if build { "candidate" } else { "operating" }),
            );
        }
        adds::check_stages(self, site, self.entry.kind.unwrap_or(site.kind), problems);
        if let (ActionName::Convert, Some(kind)) = (self.entry.action, self.entry.kind)
            && kind == site.kind
        {
            problems.push(self.at(Code::ConvertSame, "kind").with("value", &site.key).with("kind", kind.name()));
        }
        let in_sum = |stage: &&Stage| {
            self.frame.stages.contains(stage)
                && self.district.grades.iter().any(|grade| grade.stage == **stage && grade.number.is_none())
        };
        if let (ActionName::PhaseOut, Some(stage)) = (self.entry.action, site.kind.stages().iter().find(in_sum)) {
            let problem = self.at(Code::NeedsGrades, "action").with("what", self.entry.action.name());
            problems.push(problem.with("stage", stage.name()));
        }
        if site.protected && self.entry.action.shuts() {
            problems.push(
                self.at(Code::ProtectedShut, "sites").with("value", &site.key).with("action", self.entry.action.name()),
            );
        }
    }

    /// The receiving site of a merge or a relocation.
    fn receiver(&self, sites: &[SiteId], problems: &mut Problems) -> Option<SiteId> {
        let moves = self.entry.action == ActionName::Relocate;
        if self.entry.action != ActionName::Merge && !moves {
            return None;
        }
        let key = self.entry.into.as_deref()?;
        let Some(into) = self.sites.find(key).map(SiteId::new) else {
            if !self.sites.incomplete {
                problems.push(self.unknown_site("into", key));
            }
            return None;
        };
        if self.sites.faulty.contains(&into.index()) {
            return None;
        }
        if sites.contains(&into) {
            problems.push(self.at(Code::MergeSelf, "into").with("value", key));
        }
        let target = &self.district.sites[into];
        let expected = if moves { SiteStatus::Candidate } else { SiteStatus::Operating };
        if target.status != expected {
            problems.push(
                self.at(Code::ActionStatus, "into")
                    .with("value", key)
                    .with("action", self.entry.action.name())
                    .with("status", if moves { "candidate" } else { "operating" }),
            );
        }
        // A school that moves may become one of another kind.
        for &site in sites.iter().filter(|_| !moves) {
            let site = &self.district.sites[site];
            let lost = site
                .kind
                .stages()
                .iter()
                .find(|stage| self.frame.stages.contains(stage) && !target.kind.stages().contains(stage));
            if let Some(stage) = lost {
                problems.push(
                    self.at(Code::MergeStage, "into")
                        .with("value", key)
                        .with("subject", &site.key)
                        .with("stage", stage.name()),
                );
            }
        }
        Some(into)
    }
}

/// The figure of an alternative.
fn figure(figure: Option<&OneOrMany>, position: usize) -> Option<i64> {
    match figure? {
        OneOrMany::One(value) => Some(*value),
        OneOrMany::Many(values) => values.get(position).copied(),
    }
}

fn yuan(fixed: Option<&OneOrMany>, position: usize, per_class: Option<i64>, classes: i64) -> Yuan {
    Yuan(figure(fixed, position).unwrap_or(0) + per_class.unwrap_or(0) * classes)
}

/// Records every circle of merges once, at the entry that closes it.
fn circles(
    offers: &[Offer],
    entries: &[ActionEntry],
    district: &District,
    document: &Document,
    tree: &Tree<'_>,
    problems: &mut Problems,
) {
    let into = |site: SiteId| {
        offers.iter().filter(move |offer| offer.site == site).filter_map(|offer| match offer.measure {
            Measure::Merge { into } => Some(into),
            _ => None,
        })
    };
    let mut done = vec![false; district.sites.len()];
    for start in district.sites.ids() {
        // Depth first from `start` along merges through sites not yet known to be free of circles.
        let mut trail = vec![(start, into(start).collect::<Vec<_>>())];
        while let Some((site, next)) = trail.last_mut() {
            let site = *site;
            let Some(target) = next.pop() else {
                done[site.index()] = true;
                trail.pop();
                continue;
            };
            if let Some(begin) = trail.iter().position(|&(on, _)| on == target) {
                let circle: Vec<&str> =
                    trail[begin..].iter().map(|&(site, _)| district.sites[site].key.as_str()).collect();
                let key = &district.sites[site].key;
                let at = entries.iter().position(|entry| {
                    entry.sites.contains(key) && entry.into.as_ref() == Some(&district.sites[target].key)
                });
                problems.push(
                    document
                        .problem_at(
                            Code::MergeCircle,
                            tree,
                            &[Step::Key("actions"), Step::Item(at.unwrap_or(0)), Step::Key("into")],
                        )
                        .with("value", format!("{} → {}", circle.join(" → "), district.sites[target].key)),
                );
            } else if !done[target.index()] {
                let further = into(target).collect();
                trail.push((target, further));
            }
        }
    }
}
