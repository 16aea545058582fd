//! Which music and art rooms a section has, and how many of them count.

use crate::domain::action::SiteState;
use crate::domain::district::Stage;
use crate::domain::resource::{Held, Resources, SpecialRooms};
use crate::domain::rule::Rule;
use crate::id::SiteId;
use crate::metric::ground::Ground;
use crate::metric::{holdings, params};

/// A subject with rooms of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Music.
    Music,
    /// Art.
    Art,
}

impl Kind {
    fn of(self, held: &Resources) -> Option<&SpecialRooms> {
        match self {
            Self::Music => held.music.as_ref(),
            Self::Art => held.art.as_ref(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Music => "music",
            Self::Art => "art",
        }
    }

    /// Least area in square metres of a room that counts; 0 where any does.
    pub fn least(self, rule: &Rule) -> f64 {
        let name = match self {
            Self::Music => "music_m2",
            Self::Art => "art_m2",
        };
        params::number_or(rule, name, 0.0)
    }
}

/// The subjects that a rule tests.
pub fn tested_kinds(rule: &Rule) -> impl Iterator<Item = Kind> + use<> {
    let wanted = params::word(rule, "rooms", "both").to_owned();
    [Kind::Music, Kind::Art].into_iter().filter(move |kind| wanted == "both" || wanted == kind.name())
}

/// Classes for which one room of each subject is needed.
pub fn classes_a_room(rule: &Rule) -> f64 {
    params::number_or(rule, "per_classes", 12.0)
}

/// Rooms of each subject that so many classes need.
pub fn needed(rule: &Rule, classes: i64) -> i64 {
    (classes as f64 / classes_a_room(rule)).ceil() as i64
}

/// Area of an ordinary classroom of a section while its site is in a state, where it is known.
pub fn ordinary_room(ground: &Ground<'_>, site: SiteId, state: &SiteState, stage: Stage) -> Option<f64> {
    let of = |stage: Option<Stage>| {
        holdings::standing(ground, site, state)
            .filter(|held| held.stage == stage)
            .find_map(|held| held.what.ordinary_room_m2)
    };
    of(Some(stage)).or_else(|| of(None))
}

/// The rooms of one subject that a section has, and that it may share with the other stages of its site.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    /// Its own, at the baseline and added by the plan.
    pub own: Vec<SpecialRooms>,
    /// Those of all stages together.
    pub shared: Vec<SpecialRooms>,
    /// Whether anything is known of them; what the plan adds to an unknown number leaves it unknown.
    pub known: bool,
}

impl Pool {
    /// The rooms of a section while its site is in a state.
    pub fn of(ground: &Ground<'_>, site: SiteId, state: &SiteState, stage: Stage, kind: Kind) -> Self {
        let of = |of: Option<Stage>| -> Vec<SpecialRooms> {
            let rows = holdings::standing(ground, site, state).filter(|held| held.stage == of);
            rows.filter_map(|held| kind.of(&held.what)).cloned().collect()
        };
        let (own, shared) = (of(Some(stage)), of(None));
        let its = |held: &Held<Resources>| held.stage.is_none_or(|of| of == stage) && kind.of(&held.what).is_some();
        let something = !own.is_empty() || !shared.is_empty();
        let known = ground.resources_at(site).any(its) || something && holdings::is_plot(ground, site);
        Self { own, shared, known }
    }

    /// Counts the section's own rooms and takes as many of the shared ones as it needs besides. `least` is the least area
    /// that counts, `None` where it is not known.
    pub fn take(&mut self, least: Option<f64>, needed: i64) -> Counted {
        let mut counted = Counted::default();
        for rooms in &self.own {
            counted.add(rooms, least, i64::MAX);
        }
        for rooms in &mut self.shared {
            let before = counted.sure + counted.open;
            counted.add(rooms, least, (needed - before).max(0));
            let used = counted.sure + counted.open - before;
            rooms.rooms -= used;
            // The largest rooms are used first, so that the smallest are left.
            rooms.areas_m2.sort_by(f64::total_cmp);
            rooms.areas_m2.truncate(rooms.rooms.max(0) as usize);
        }
        counted
    }
}

/// How many of these rooms may count, whether for certain or not.
pub fn count(rooms: &[SpecialRooms], least: Option<f64>) -> i64 {
    let mut counted = Counted::default();
    for rooms in rooms {
        counted.add(rooms, least, i64::MAX);
    }
    counted.sure + counted.open
}

/// Rooms that count, and rooms of which nobody knows whether they do.
#[derive(Debug, Default)]
pub struct Counted {
    /// Rooms that count.
    pub sure: i64,
    /// Rooms that may count.
    pub open: i64,
}

impl Counted {
    /// Counts at most `most` rooms; `least` is the least area that counts, `None` where it is not known.
    fn add(&mut self, rooms: &SpecialRooms, least: Option<f64>, most: i64) {
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
