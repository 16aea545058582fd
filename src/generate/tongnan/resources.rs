//! Rooms, grounds, equipment and money of every section: who fails which of the seven indicators is set first, then what the
//! others have is stretched until the coefficients of variation are the published ones.

use super::rolls::{Missed, Roll};
use super::sections::Schools;
use super::staff::People;
use super::targets::{FUNDS, SMALL_FUNDS, SMALL_TEACHER_FUNDS};
use crate::domain::district::{Setting, Stage};
use crate::random::Random;
use std::collections::BTreeMap;

/// What one section has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Means {
    /// Teaching area without indoor sports halls, in square metres.
    pub teaching: i64,
    /// Sports area, halls included, in square metres.
    pub sports: i64,
    /// Indoor sports halls, in square metres.
    pub indoor: i64,
    /// Equipment in yuan.
    pub equipment: i64,
    /// Networked multimedia rooms.
    pub media: i64,
    /// Areas of music rooms, in square metres.
    pub music: Vec<i64>,
    /// Areas of art rooms, in square metres.
    pub art: Vec<i64>,
    /// Area of an ordinary classroom, in square metres.
    pub ordinary: i64,
    /// Public funds of the year in yuan.
    pub funds: i64,
}

impl Means {
    /// Most classes for which there are music and art rooms that count.
    pub fn serves(&self, built: i64) -> i64 {
        let least = if built > ROOMS_COUNT_ONLY { (96, 90) } else { (0, 0) };
        let count = |areas: &[i64], least: i64| areas.iter().filter(|&&area| area >= least).count() as i64;
        12 * count(&self.music, least.0).min(count(&self.art, least.1))
    }
}

/// An indicator that some sections fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Indicator {
    Teaching,
    Sports,
    Equipment,
    Media,
}

impl Indicator {
    const ALL: [Self; 4] = [Self::Teaching, Self::Sports, Self::Equipment, Self::Media];

    /// Amount for a pupil that passes: primary, junior.
    fn standard(self) -> [f64; 2] {
        match self {
            Self::Teaching => [4.5, 5.8],
            Self::Sports => [7.5, 10.2],
            Self::Equipment => [2000.0, 2500.0],
            Self::Media => [0.023, 0.024],
        }
    }

    /// The coefficient of variation aimed at: primary, junior. Two are published, the others need only be within the limits.
    fn variation(self) -> [f64; 2] {
        match self {
            Self::Teaching => [0.30, 0.28],
            Self::Sports => [0.55, 0.36],
            Self::Equipment => [0.34, 0.30],
            Self::Media => [0.70, 0.30],
        }
    }

    /// Whether the coefficient of the stage is published; the others need only be near what is aimed at.
    fn is_published(self, at: usize) -> bool {
        at == 0 && matches!(self, Self::Sports | Self::Media)
    }

    /// How unevenly it grows towards the country.
    fn steepness(self) -> f64 {
        if self == Self::Media { 1.6 } else { 1.0 }
    }

    /// Amounts come in steps of this.
    fn step(self) -> f64 {
        if self == Self::Equipment { 100.0 } else { 1.0 }
    }
}

/// Sections by category: E fails three indicators, D two, C one far off, B one narrowly. Primary, then junior.
const CATEGORIES: [[usize; 4]; 2] = [[3, 4, 10, 2], [1, 2, 3, 1]];

/// Draws what every section has.
///
/// # Errors
/// [`Missed`] when a published coefficient of variation cannot be met.
pub fn draw(schools: &Schools, rolls: &[Roll], people: &[People], random: &mut Random) -> Result<Vec<Means>, Missed> {
    let mut all = vec![Means::default(); schools.sections.len()];
    for (at, stage) in [Stage::Primary, Stage::Junior].into_iter().enumerate() {
        let of_stage = |section: &usize| schools.sections[*section].stage == stage;
        let members: Vec<usize> = (0..schools.sections.len()).filter(of_stage).collect();
        let failing = failing(schools, rolls, &members, at, random);
        let ease: Vec<f64> = members
            .iter()
            .map(|&section| match schools.sites[schools.sections[section].site].setting {
                Setting::Urban => random.range(0.02, 0.27),
                Setting::Town => random.range(0.15, 0.50),
                Setting::Rural => random.range(0.30, 1.00),
            })
            .collect();
        for indicator in Indicator::ALL {
            let ease: Vec<f64> =
                ease.iter().map(|ease| (ease * random.range(0.7, 1.3)).powf(indicator.steepness())).collect();
            let stretched = Stretch { schools, rolls, members: &members, failing: &failing, at, indicator, ease };
            for (&section, amount) in members.iter().zip(stretched.amounts()?) {
                let means = &mut all[section];
                match indicator {
                    Indicator::Teaching => means.teaching = amount,
                    Indicator::Sports => means.sports = amount,
                    Indicator::Equipment => means.equipment = amount,
                    Indicator::Media => means.media = amount,
                }
            }
        }
        for &section in &members {
            let pupils = rolls[section].size();
            let means = &mut all[section];
            means.indoor = if pupils > 700 && random.chance(0.4) { means.sports / random.between(8, 14) } else { 0 };
            means.ordinary = random.between(54, 67);
            let base = pupils.max(100) * FUNDS[at];
            means.funds = if pupils < 100 {
                base.max(SMALL_FUNDS) + people[section].teachers * SMALL_TEACHER_FUNDS
            } else {
                base
            };
        }
    }
    special_rooms(schools, rolls, &mut all, random);
    Ok(all)
}

/// For every section that fails something: the indicators, each with the share of its standard that it reaches.
type Failing = BTreeMap<usize, Vec<(Indicator, f64)>>;

/// The largest assessed sections of a stage fail most.
fn failing(schools: &Schools, rolls: &[Roll], members: &[usize], at: usize, random: &mut Random) -> Failing {
    let mut largest: Vec<usize> = members.iter().copied().filter(|&section| schools.is_assessed(section)).collect();
    largest.sort_by_key(|&section| (-rolls[section].size(), section));
    let mut order = largest.into_iter();
    let mut failing = Failing::new();
    for (category, &count) in CATEGORIES[at].iter().enumerate() {
        for section in order.by_ref().take(count) {
            let mut near = |share: f64| share + random.range(-0.02, 0.02);
            let indicators = match category {
                0 => vec![
                    (Indicator::Sports, near(0.50)),
                    (Indicator::Teaching, near(0.80)),
                    (Indicator::Media, near(0.93)),
                ],
                1 => vec![(Indicator::Sports, near(0.60)), (Indicator::Media, near(0.94))],
                2 => vec![(Indicator::Sports, near(0.76) + random.range(-0.05, 0.05))],
                _ => vec![(Indicator::Sports, near(0.91))],
            };
            failing.insert(section, indicators);
        }
    }
    failing
}

/// The amounts of one indicator, stretched to a coefficient of variation.
struct Stretch<'a> {
    schools: &'a Schools,
    rolls: &'a [Roll],
    members: &'a [usize],
    failing: &'a Failing,
    at: usize,
    indicator: Indicator,
    ease: Vec<f64>,
}

impl Stretch<'_> {
    fn amounts(&self) -> Result<Vec<i64>, Missed> {
        let target = self.indicator.variation()[self.at];
        let (mut low, mut high) = (0.0, 400.0);
        for _ in 0..80 {
            let middle = f64::midpoint(low, high);
            if self.variation(&self.stretched(middle)) < target { low = middle } else { high = middle }
        }
        let amounts = self.stretched(low);
        let found = self.variation(&amounts);
        let near = if self.indicator.is_published(self.at) { 0.004 } else { 0.03 };
        if (found - target).abs() < near {
            Ok(amounts)
        } else {
            Err(Missed(format!("{:?} varies by {found:.3} in place of {target}", self.indicator)))
        }
    }

    /// Passing sections have the standard and a little more, the easier they have it the more; whole rooms and metres are
    /// rounded so that nobody changes sides.
    fn stretched(&self, by: f64) -> Vec<i64> {
        let standard = self.indicator.standard()[self.at];
        let step = self.indicator.step();
        self.members
            .iter()
            .zip(&self.ease)
            .map(|(section, ease)| {
                let pupils = self.rolls[*section].size() as f64;
                let fails = self.failing.get(section).and_then(|all| all.iter().find(|one| one.0 == self.indicator));
                match fails {
                    Some((_, share)) => ((pupils * standard * share / step).floor() * step) as i64,
                    None => ((pupils * standard * (1.005 + by * ease) / step).ceil() * step) as i64,
                }
            })
            .collect()
    }

    /// The pupil-weighted coefficient of variation over the assessed sections.
    fn variation(&self, amounts: &[i64]) -> f64 {
        let parts: Vec<(f64, f64)> = self
            .members
            .iter()
            .zip(amounts)
            .filter(|(section, _)| self.schools.is_assessed(**section))
            .map(|(&section, &amount)| (self.rolls[section].size() as f64, amount as f64))
            .collect();
        let pupils: f64 = parts.iter().map(|part| part.0).sum();
        let mean = parts.iter().map(|part| part.1).sum::<f64>() / pupils;
        let squares: f64 = parts.iter().map(|(n, x)| n / pupils * (x / n - mean).powi(2)).sum();
        squares.sqrt() / mean
    }
}

/// Year up to which only the number of music and art rooms counts.
const ROOMS_COUNT_ONLY: i64 = 2016;
/// Sections that lack rooms: built by then, built later; primary, then junior.
const LACKING: [[usize; 2]; 2] = [[6, 2], [3, 1]];

/// Music and art rooms, one of each for 12 classes, except in the largest sections of either age, which lack one; the
/// first of the newer ones has a room that is too small.
fn special_rooms(schools: &Schools, rolls: &[Roll], all: &mut [Means], random: &mut Random) {
    let is_new = |section: usize| schools.sites[schools.sections[section].site].built > ROOMS_COUNT_ONLY;
    for section in 0..schools.sections.len() {
        let classes: i64 = rolls[section].classes.iter().sum();
        let need = (classes + 11) / 12;
        let (music, art) = if is_new(section) { ((96, 120), (90, 110)) } else { ((60, 100), (60, 95)) };
        let spare = i64::from(classes < 40 && random.chance(0.15));
        all[section].music = (0..need + spare).map(|_| random.between(music.0, music.1)).collect();
        all[section].art = (0..need).map(|_| random.between(art.0, art.1)).collect();
    }
    for (at, stage) in [Stage::Primary, Stage::Junior].into_iter().enumerate() {
        for (age, &count) in LACKING[at].iter().enumerate() {
            let mut members: Vec<usize> = (0..schools.sections.len())
                .filter(|&section| {
                    schools.sections[section].stage == stage
                        && schools.is_assessed(section)
                        && is_new(section) == (age == 1)
                })
                .collect();
            members.sort_by_key(|&section| (-rolls[section].size(), section));
            for (number, &section) in members.iter().take(count).enumerate() {
                let need = (rolls[section].classes.iter().sum::<i64>() + 11) / 12;
                let means = &mut all[section];
                if age == 1 && number == 0 {
                    means.music.truncate(need as usize);
                    means.music[0] = 72;
                } else if number % 2 == 0 {
                    means.music.truncate(need as usize - 1);
                } else {
                    means.art.truncate(need as usize - 1);
                }
            }
        }
    }
}
