//! Metric `special_rooms`: music and art rooms that a section or site lacks (音乐、美术专用教室).

use super::calendar::InForce;
use super::holdings;
use super::lowering::Lowering;
use super::scope::Applied;
use super::section::{Tested, tested};
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, ParamKind, ParamSpec, params};
use crate::domain::district::Setting;
use crate::domain::resource::{Resources, SpecialRooms as Rooms};
use crate::domain::rule::{Comparison, Rule};
use crate::id::SiteId;

/// Music and art rooms that a section or site lacks.
pub struct SpecialRooms;

impl Metric for SpecialRooms {
    fn name(&self) -> &'static str {
        "special_rooms"
    }

    fn unit(&self) -> &'static str {
        "rooms lacking"
    }

    fn level(&self) -> Level {
        Level::Section
    }

    fn measured_on(&self, rule: &Rule) -> Level {
        if by_site(rule) { Level::Site } else { Level::Section }
    }

    fn doc(&self) -> &'static str {
        "### Measures\n\
         How many music and art rooms a section lacks, or with `by = \"site\"` a site.\n\n\
         ### Formula\n\
         `ceil(classes / per_classes)` rooms are needed of each subject. A room counts where its area is at least `music_m2` \
         or `art_m2`; with 0 every room counts, and areas need not be known. In country schools whose largest class is below \
         `small_class` a room counts that is not smaller than an ordinary classroom of the school. Rooms that a row of \
         `resources.csv` gives for a site without a stage serve its stages in order of age, each as far as it needs them. \
         Where too few rooms are left only if those of unknown area do not count, the section waits for data. Value and \
         excess: rooms lacking, of both subjects.\n\n\
         ### Source\n\
         教督〔2017〕6号, 政府保障 三: one room of each subject for 12 classes, 96 and 90 m²; number only where built by 2016; \
         small village schools not smaller than an ordinary classroom.\n\n\
         ### How it enters the kernel\n\
         Checked after."
    }

    fn entry(&self) -> Entry {
        Entry::CheckedAfter
    }

    fn comparisons(&self) -> &'static [Comparison] {
        &[Comparison::AtMost]
    }

    fn params(&self) -> &'static [ParamSpec] {
        &[
            ParamSpec {
                name: "per_classes",
                kind: ParamKind::Number { min: 1.0 },
                required: true,
                doc: "Classes for which one room of each subject is needed.",
            },
            ParamSpec {
                name: "rooms",
                kind: ParamKind::Word { default: "both", of: &["both", "music", "art"] },
                required: false,
                doc: "Of which subject rooms are tested.",
            },
            ParamSpec {
                name: "music_m2",
                kind: ParamKind::Number { min: 0.0 },
                required: false,
                doc: "Least area of a music room in square metres; any when absent.",
            },
            ParamSpec {
                name: "art_m2",
                kind: ParamKind::Number { min: 0.0 },
                required: false,
                doc: "Least area of an art room in square metres; any when absent.",
            },
            ParamSpec {
                name: "small_class",
                kind: ParamKind::Number { min: 0.0 },
                required: false,
                doc: "Country schools whose largest class is below this need rooms as large as an ordinary classroom only.",
            },
            ParamSpec {
                name: "by",
                kind: ParamKind::Word { default: "section", of: &["section", "site"] },
                required: false,
                doc: "Whether each section is tested or each site.",
            },
        ]
    }

    fn measure(&self, rule: &Rule, view: &YearView<'_>) -> Vec<Measurement> {
        let district = &view.ground.scenario.district;
        if district.resources.iter().all(|held| held.what.music.is_none() && held.what.art.is_none()) {
            return vec![Measurement::pending(rule, Subject::County)];
        }
        let sections = tested(rule, view);
        let mut all = Vec::new();
        for (at, first) in sections.iter().enumerate() {
            if at > 0 && sections[at - 1].site == first.site {
                continue;
            }
            let here: Vec<&Tested<'_>> = sections[at..].iter().take_while(|other| other.site == first.site).collect();
            let lacking = of_site(rule, view, &here);
            if by_site(rule) {
                all.push(whole_site(rule, first.site, &lacking));
            } else {
                all.extend(here.iter().zip(lacking).map(|(section, lacking)| judge(rule, section.subject(), lacking)));
            }
        }
        all
    }

    fn constrain(&self, _rule: &InForce<'_>, _lowering: &mut dyn Lowering) {}
}

fn by_site(rule: &Rule) -> bool {
    params::word(rule, "by", "section") == "site"
}

/// Rooms that a subject of the rule lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lacking {
    /// It is not tested.
    NotTested,
    /// It is not known.
    Unknown,
    /// So many.
    Rooms(i64),
}

fn judge(rule: &Rule, subject: Subject, lacking: Lacking) -> Measurement {
    match lacking {
        Lacking::NotTested => Measurement::not_applicable(rule, subject),
        Lacking::Unknown => Measurement::pending(rule, subject),
        Lacking::Rooms(rooms) => Measurement::judge(rule, subject, rooms as f64, Applied::base(rule)),
    }
}

fn whole_site(rule: &Rule, site: SiteId, lacking: &[Lacking]) -> Measurement {
    let sum = lacking.iter().fold(Lacking::NotTested, |sum, &one| match (sum, one) {
        (Lacking::Unknown, _) | (_, Lacking::Unknown) => Lacking::Unknown,
        (Lacking::NotTested, other) | (other, Lacking::NotTested) => other,
        (Lacking::Rooms(a), Lacking::Rooms(b)) => Lacking::Rooms(a + b),
    });
    judge(rule, Subject::Site(site), sum)
}

/// What the sections of one site lack, in order of age.
fn of_site(rule: &Rule, view: &YearView<'_>, sections: &[&Tested<'_>]) -> Vec<Lacking> {
    let mut lacking = vec![Lacking::NotTested; sections.len()];
    for (subject, area) in [("music", "music_m2"), ("art", "art_m2")] {
        let wanted = params::word(rule, "rooms", "both");
        if wanted != "both" && wanted != subject {
            continue;
        }
        let of = |held: &Resources| if subject == "music" { held.music.clone() } else { held.art.clone() };
        // What is left of the rooms that the stages share.
        let mut shared: Option<Rooms> =
            sections.first().and_then(|section| holdings::rows(view, section).1).and_then(of);
        for (section, lacking) in sections.iter().zip(&mut lacking) {
            if section.applied(rule, view).is_none() {
                continue;
            }
            let one = of_section(rule, view, section, &of, area, &mut shared);
            *lacking = match (*lacking, one) {
                (Lacking::Unknown, _) | (_, Lacking::Unknown) => Lacking::Unknown,
                (Lacking::Rooms(a), Lacking::Rooms(b)) => Lacking::Rooms(a + b),
                (Lacking::NotTested, other) | (other, Lacking::NotTested) => other,
            };
        }
    }
    lacking
}

fn of_section(
    rule: &Rule,
    view: &YearView<'_>,
    section: &Tested<'_>,
    of: &dyn Fn(&Resources) -> Option<Rooms>,
    area: &str,
    shared: &mut Option<Rooms>,
) -> Lacking {
    let (own_row, shared_row) = holdings::rows(view, section);
    let own = own_row.and_then(of);
    let (Some(classes), true) = (section.classes(), own.is_some() || shared.is_some()) else { return Lacking::Unknown };
    let needed = (classes.as_f64() / params::number_or(rule, "per_classes", 12.0)).ceil() as i64;
    let ordinary = || own_row.and_then(|row| row.ordinary_room_m2).or(shared_row.and_then(|row| row.ordinary_room_m2));
    let least = if is_small(rule, view, section) { ordinary() } else { Some(params::number_or(rule, area, 0.0)) };
    let mut counted = Counted::default();
    counted.add(own.as_ref(), least, i64::MAX);
    if let Some(rooms) = shared {
        let before = counted.sure + counted.open;
        counted.add(Some(rooms), least, (needed - before).max(0));
        let used = counted.sure + counted.open - before;
        rooms.rooms -= used;
        // The largest rooms are used first, so that the smallest are left.
        rooms.areas_m2.sort_by(f64::total_cmp);
        rooms.areas_m2.truncate(rooms.rooms.max(0) as usize);
    }
    let (sure, likely) = (needed - counted.sure, needed - counted.sure - counted.open);
    if likely > 0 {
        Lacking::Rooms(likely)
    } else if sure > 0 {
        Lacking::Unknown
    } else {
        Lacking::Rooms(0)
    }
}

/// Whether a section is a country school with small classes.
fn is_small(rule: &Rule, view: &YearView<'_>, section: &Tested<'_>) -> bool {
    let rural = view.ground.scenario.district.sites[section.site].setting == Some(Setting::Rural);
    let below = |size: i64| params::number(rule, "small_class").is_some_and(|least| (size as f64) < least);
    rural && section.largest_class().is_some_and(below)
}

/// Rooms that count, and rooms of which nobody knows whether they do.
#[derive(Debug, Default)]
struct Counted {
    sure: i64,
    open: i64,
}

impl Counted {
    /// Counts at most `most` rooms; `least` is the least area that counts, `None` where it is not known.
    fn add(&mut self, rooms: Option<&Rooms>, least: Option<f64>, most: i64) {
        let Some(rooms) = rooms else { return };
        match least {
            Some(least) if least <= 0.0 => self.sure += rooms.rooms.min(most),
            Some(least) if !rooms.areas_m2.is_empty() => {
                let large = rooms.areas_m2.iter().filter(|&&area| area >= least).count() as i64;
                self.sure += large.min(most);
            }
            _ => self.open += rooms.rooms.min(most),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::district::{SiteKind, Stage};
    use crate::domain::fixture::{county, group, rule};
    use crate::domain::resource::Held;
    use crate::metric::Outcome;
    use crate::metric::ground::Ground;
    use crate::travel::Travel;
    use crate::units::Year;

    const RULE: &str = "id = \"r\"\nmetric = \"special_rooms\"\nop = \"<=\"\nlimit = 0\nseverity = \"report\"\n\
                        scope = { stages = [\"primary\", \"junior\"] }\n";

    fn rooms(rooms: i64, areas: &[f64]) -> Rooms {
        Rooms { rooms, areas_m2: areas.to_vec() }
    }

    /// Sections by stage with pupils a class and classes, each with its row, and the row that they share.
    type Stages<'a> = &'a [(Stage, i64, i64, Option<Resources>)];

    fn measured(text: &str, rural: bool, stages: Stages<'_>, shared: Option<Resources>) -> Vec<(Option<f64>, Outcome)> {
        let mut scenario = county(&[2025]);
        let site = scenario.with_site("s", SiteKind::NineYear, 90, 0.0);
        scenario.district.sites[site].setting = rural.then_some(Setting::Rural);
        for (stage, pupils, classes, own) in stages {
            let first = *stage.grades().start();
            scenario.with_section(site, *stage, vec![group(first, pupils * classes, Some(*classes))]);
            let own = own.clone().map(|what| Held { site, stage: Some(*stage), what });
            scenario.district.resources.extend(own);
        }
        scenario.district.resources.extend(shared.map(|what| Held { site, stage: None, what }));
        let travel = Travel::new(&scenario);
        let ground = Ground::new(&scenario, &travel);
        let view = YearView::untouched(&ground, Year(2024));
        SpecialRooms.measure(&rule(text), &view).iter().map(|one| (one.value, one.outcome)).collect()
    }

    #[test]
    fn one_room_of_each_subject_for_twelve_classes() {
        let text = &format!("{RULE}params = {{ per_classes = 12 }}\n");
        for (classes, needed) in [(1, 1), (12, 1), (13, 2), (24, 2), (25, 3)] {
            for has in 0..4 {
                let own =
                    Resources { music: Some(rooms(has, &[])), art: Some(rooms(has, &[])), ..Resources::default() };
                let found = measured(text, false, &[(Stage::Primary, 40, classes, Some(own))], None);
                let lacking = 2 * (needed - has).max(0);
                let outcome = if lacking == 0 { Outcome::Pass } else { Outcome::Fail };
                // The junior stage of the site has no pupils.
                assert_eq!(found, [(Some(lacking as f64), outcome), (None, Outcome::NotApplicable)], "{classes} {has}");
            }
        }
    }

    #[test]
    fn small_rooms_do_not_count_and_unknown_areas_wait_for_data() {
        let text =
            &format!("{RULE}params = {{ per_classes = 12, rooms = \"music\", music_m2 = 96, small_class = 30 }}\n");
        let own = |count, areas: &[f64], ordinary| {
            Some(Resources { music: Some(rooms(count, areas)), ordinary_room_m2: ordinary, ..Resources::default() })
        };
        let first = |rural, size, own| measured(text, rural, &[(Stage::Primary, size, 13, own)], None)[0];
        assert_eq!(first(false, 40, own(2, &[96.0, 95.9], None)), (Some(1.0), Outcome::Fail));
        assert_eq!(first(false, 40, own(2, &[96.0, 120.0], None)), (Some(0.0), Outcome::Pass));
        assert_eq!(first(false, 40, own(2, &[], None)), (None, Outcome::Pending));
        assert_eq!(first(false, 40, own(1, &[], None)), (Some(1.0), Outcome::Fail));
        // A village school with classes below 30 needs rooms as large as an ordinary classroom.
        assert_eq!(first(true, 29, own(2, &[60.0, 60.0], Some(60.0))), (Some(0.0), Outcome::Pass));
        assert_eq!(first(true, 29, own(2, &[60.0, 59.0], Some(60.0))), (Some(1.0), Outcome::Fail));
        assert_eq!(first(true, 29, own(2, &[60.0, 60.0], None)), (None, Outcome::Pending));
        assert_eq!(first(true, 30, own(2, &[60.0, 60.0], Some(60.0))), (Some(2.0), Outcome::Fail));
    }

    #[test]
    fn shared_rooms_serve_the_stages_in_order_of_age() {
        let text = &format!("{RULE}params = {{ per_classes = 12, rooms = \"art\", art_m2 = 90 }}\n");
        let shared = |count, areas: &[f64]| Some(Resources { art: Some(rooms(count, areas)), ..Resources::default() });
        let both: Stages<'_> = &[(Stage::Primary, 40, 13, None), (Stage::Junior, 45, 12, None)];
        let found = |shared| measured(text, false, both, shared);
        assert_eq!(found(shared(3, &[90.0; 3])), [(Some(0.0), Outcome::Pass), (Some(0.0), Outcome::Pass)]);
        assert_eq!(found(shared(2, &[90.0; 2])), [(Some(0.0), Outcome::Pass), (Some(1.0), Outcome::Fail)]);
        assert_eq!(found(shared(1, &[90.0])), [(Some(1.0), Outcome::Fail), (Some(1.0), Outcome::Fail)]);
        // The small room is no use to either.
        assert_eq!(found(shared(3, &[90.0, 90.0, 50.0])), [(Some(0.0), Outcome::Pass), (Some(1.0), Outcome::Fail)]);
        let own = Resources { art: Some(rooms(1, &[90.0])), ..Resources::default() };
        let with_own: Stages<'_> = &[(Stage::Primary, 40, 13, None), (Stage::Junior, 45, 12, Some(own))];
        let found = measured(text, false, with_own, shared(2, &[90.0; 2]));
        assert_eq!(found, [(Some(0.0), Outcome::Pass), (Some(0.0), Outcome::Pass)]);
        let by_site = text.replace("params = {", "params = { by = \"site\",");
        assert_eq!(measured(&by_site, false, both, shared(2, &[90.0; 2])), [(Some(1.0), Outcome::Fail)]);
    }
}
