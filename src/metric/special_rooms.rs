//! Metric `special_rooms`: music and art rooms that a section or site lacks (音乐、美术专用教室).

mod most_classes;
mod rooms;

use super::calendar::InForce;
use super::lowering::Lowering;
use super::scope::Applied;
use super::section::{Tested, tested};
use super::view::{Subject, YearView};
use super::{Entry, Level, Measurement, Metric, Outcome, ParamKind, ParamSpec, params};
use crate::domain::district::Setting;
use crate::domain::rule::{Comparison, Rule};
use rooms::{Kind, Pool, needed, ordinary_room, tested_kinds};

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
         Rooms that the plan adds count from the year of effect on; what is built has those of its offer. Where too few rooms \
         are left only if those of unknown area do not count, or where nothing is known of a subject and the other lacks none, the \
         section waits for data. Value and excess: rooms lacking, of both subjects.\n\n\
         ### Source\n\
         教督〔2017〕6号, 政府保障 三: one room of each subject for 12 classes, 96 and 90 m²; number only where built by 2016; \
         small village schools not smaller than an ordinary classroom.\n\n\
         ### How it enters the kernel\n\
         Relaxed: with `r` rooms of a subject a section has at most `r per_classes` classes, counted with the sizes of the \
         rules on `class_size_max`, unless its classrooms do not allow more anyhow. That is exact for a site with one stage in \
         play, and where no class can lack a classroom. Where stages share classrooms and class sizes are not hard yet, a section may \
         have as many classes more as the ceilings of those rules let lack a classroom; where stages share special rooms, each counts \
         all of them, and their classes in sum are limited. Where a plan breaks the rule in spite of that, the level is \
         solved again with a stricter form there: no more classes called for than rooms serve, and a number of the shared rooms for \
         each section. The bound stays that of all plans. A soft price is spread over the classes \
         for which a room is meant, in years in which class sizes are hard; in others it is checked after. Rooms too small \
         for all but small country classes count, but not in the stricter form."
    }

    fn entry(&self) -> Entry {
        Entry::Relaxed
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
        let given = district.resources.iter().chain(view.ground.scenario.offers.iter().flat_map(|offer| &offer.adds));
        if given.into_iter().all(|held| held.what.music.is_none() && held.what.art.is_none()) {
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
                let mut sum = Lacking::default();
                for one in lacking {
                    sum.add(one);
                }
                all.push(judge(rule, Subject::Site(first.site), sum));
            } else {
                all.extend(here.iter().zip(lacking).map(|(section, lacking)| judge(rule, section.subject(), lacking)));
            }
        }
        all
    }

    fn constrain(&self, rule: &InForce<'_>, lowering: &mut dyn Lowering) {
        most_classes::limit(rule, lowering);
    }
}

fn by_site(rule: &Rule) -> bool {
    params::word(rule, "by", "section") == "site"
}

/// What a subject of the rule lacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Lacking {
    /// Whether it is tested at all.
    tested: bool,
    /// Rooms that it lacks whatever is not known.
    rooms: i64,
    /// Whether it may lack more.
    unknown: bool,
}

impl Lacking {
    fn add(&mut self, other: Self) {
        self.tested |= other.tested;
        self.rooms += other.rooms;
        self.unknown |= other.unknown;
    }
}

fn judge(rule: &Rule, subject: Subject, lacking: Lacking) -> Measurement {
    if !lacking.tested {
        return Measurement::not_applicable(rule, subject);
    }
    let judged = Measurement::judge(rule, subject, lacking.rooms as f64, Applied::base(rule));
    // What lacks more still fails.
    if lacking.unknown && judged.outcome != Outcome::Fail { Measurement::pending(rule, subject) } else { judged }
}

/// What the sections of one site lack, in order of age.
fn of_site(rule: &Rule, view: &YearView<'_>, sections: &[&Tested<'_>]) -> Vec<Lacking> {
    let mut lacking = vec![Lacking::default(); sections.len()];
    for kind in tested_kinds(rule) {
        // What is left of the rooms that the stages share.
        let mut left: Option<Pool> = None;
        for (section, lacking) in sections.iter().zip(&mut lacking) {
            if section.applied(rule, view).is_none() {
                continue;
            }
            let pool = Pool::of(view.ground, section.site, &section.here.state, section.stage, kind);
            let shared = left.take().map_or_else(|| pool.shared.clone(), |pool| pool.shared);
            let mut pool = Pool { shared, ..pool };
            lacking.add(of_section(rule, view, section, kind, &mut pool));
            left = Some(pool);
        }
    }
    lacking
}

/// What a section lacks of a subject; what it uses of the shared rooms is taken away.
fn of_section(rule: &Rule, view: &YearView<'_>, section: &Tested<'_>, kind: Kind, pool: &mut Pool) -> Lacking {
    let unknown = Lacking { tested: true, rooms: 0, unknown: true };
    let (Some(classes), true) = (section.classes(), pool.known) else { return unknown };
    let needed = needed(rule, classes.0);
    let small = is_small(rule, view, section);
    let least = if small {
        ordinary_room(view.ground, section.site, &section.here.state, section.stage)
    } else {
        Some(kind.least(rule))
    };
    let counted = pool.take(least, needed);
    let rooms = (needed - counted.sure - counted.open).max(0);
    Lacking { tested: true, rooms, unknown: counted.sure < needed && counted.open > 0 }
}

/// Whether a section is a country school with small classes.
fn is_small(rule: &Rule, view: &YearView<'_>, section: &Tested<'_>) -> bool {
    let rural = view.ground.scenario.district.sites[section.site].setting == Some(Setting::Rural);
    let below = |size: i64| params::number(rule, "small_class").is_some_and(|least| (size as f64) < least);
    rural && section.largest_class().is_some_and(below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::action::{Measure, Offer};
    use crate::domain::district::{SiteKind, Stage};
    use crate::domain::fixture::{county, group, rule};
    use crate::domain::resource::{Held, Resources, SpecialRooms as Rooms};
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

    #[test]
    fn what_the_plan_adds_counts_where_the_rest_is_known_and_at_a_plot() {
        let mut scenario = county(&[2025]);
        let [known, unknown, plot] =
            ["known", "unknown", "plot"].map(|key| scenario.with_site(key, SiteKind::Primary, 40, 0.0));
        for site in [known, unknown] {
            scenario.with_section(site, Stage::Primary, vec![group(1, 13 * 40, Some(13))]);
        }
        scenario.district.sites[plot].status = crate::domain::district::SiteStatus::Candidate;
        let own = |music, art| Resources {
            music: Some(rooms(music, &[])),
            art: Some(rooms(art, &[])),
            ..Resources::default()
        };
        scenario.district.resources.push(Held { site: known, stage: Some(Stage::Primary), what: own(1, 2) });
        for site in [known, unknown, plot] {
            let adds = vec![Held { site, stage: None, what: own(1, 0) }];
            scenario.offers.push(Offer { adds, ..Offer::at(site, Measure::Equip { music: 1, art: 0 }) });
        }
        let travel = Travel::new(&scenario);
        let ground = Ground::new(&scenario, &travel);
        let rule = rule(&format!("{RULE}params = {{ per_classes = 12 }}\n"));
        let mut view = YearView::untouched(&ground, Year(2024));
        let of = |view: &YearView<'_>| -> Vec<(Option<f64>, Outcome)> {
            SpecialRooms.measure(&rule, view).iter().map(|one| (one.value, one.outcome)).collect()
        };
        assert_eq!(of(&view), [(Some(1.0), Outcome::Fail), (None, Outcome::Pending)]);
        view.sites[plot] = view.sites[known].clone();
        for (offer, site) in [known, unknown, plot].into_iter().enumerate() {
            view.sites[site].state.fitted = Some(offer);
        }
        // A plot has what its offer says: one music room and no art room for 13 classes.
        assert_eq!(of(&view), [(Some(0.0), Outcome::Pass), (None, Outcome::Pending), (Some(3.0), Outcome::Fail)]);
    }

    #[test]
    fn what_lacks_for_certain_fails_whatever_else_is_not_known() {
        let text = &format!("{RULE}params = {{ per_classes = 12, music_m2 = 96 }}\n");
        let own = |music, art| Some(Resources { music: Some(rooms(music, &[])), art, ..Resources::default() });
        let first = |own| measured(text, false, &[(Stage::Primary, 40, 13, own)], None)[0];
        assert_eq!(first(own(2, Some(rooms(1, &[])))), (Some(1.0), Outcome::Fail));
        assert_eq!(first(own(1, None)), (Some(1.0), Outcome::Fail));
        assert_eq!(first(own(2, None)), (None, Outcome::Pending));
    }
}
