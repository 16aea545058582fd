//! Which schools the county has, of what kind, age and size, and which of them are crowded.

use super::Readings;
use super::targets::{JUNIOR_ROLLS, OLD_SITE, OPENED, PRIMARY_ROLLS, PRIVATE_JUNIOR, PRIVATE_PRIMARY};
use crate::domain::district::{Setting, SiteKind, Stage};
use crate::generate::rounding::apportion;
use crate::random::Random;

/// A site to be.
#[derive(Debug, Clone)]
pub struct SiteDraft {
    /// Key in files.
    pub key: String,
    /// Kind of school.
    pub kind: SiteKind,
    /// City, town or country.
    pub setting: Setting,
    /// Year in which it was built.
    pub built: i64,
    /// Whether it is private.
    pub private: bool,
    /// Whether it is a campus or teaching point of another school.
    pub belongs_to: Option<String>,
    /// Whether the assessment lists it.
    pub assessed: bool,
    /// Dormitory beds.
    pub beds: i64,
}

impl SiteDraft {
    /// A public school of its own without beds.
    fn new(key: String, kind: SiteKind, setting: Setting, built: i64) -> Self {
        Self { key, kind, setting, built, private: false, belongs_to: None, assessed: true, beds: 0 }
    }
}

/// A section to be.
#[derive(Debug, Clone)]
pub struct SectionDraft {
    /// Position of the site.
    pub site: usize,
    /// The stage.
    pub stage: Stage,
    /// Pupils.
    pub size: i64,
    /// Whether it has classes over the limit.
    pub crowded: bool,
    /// Least and most pupils it may have, so that later balancing does not change what is said about it.
    pub range: (i64, i64),
}

/// All sites and sections.
#[derive(Debug, Clone, Default)]
pub struct Schools {
    /// The sites.
    pub sites: Vec<SiteDraft>,
    /// The sections, primary sections first.
    pub sections: Vec<SectionDraft>,
}

/// Pupils, and between how many they may stay.
struct Size {
    pupils: i64,
    range: (i64, i64),
}

impl Size {
    fn fixed(pupils: i64) -> Self {
        Self { pupils, range: (pupils, pupils) }
    }

    fn drawn(random: &mut Random, low: i64, high: i64) -> Self {
        Self { pupils: random.between(low, high), range: (low, high) }
    }
}

impl Schools {
    fn site(&mut self, key: String, kind: SiteKind, setting: Setting, built: i64) -> usize {
        self.sites.push(SiteDraft::new(key, kind, setting, built));
        self.sites.len() - 1
    }

    fn section(&mut self, site: usize, stage: Stage, size: &Size, crowded: bool) {
        self.sections.push(SectionDraft { site, stage, size: size.pupils, crowded, range: size.range });
    }

    fn single(
        &mut self,
        key: String,
        kind: SiteKind,
        setting: Setting,
        built: i64,
        size: &Size,
        crowded: bool,
    ) -> usize {
        let site = self.site(key, kind, setting, built);
        self.section(site, kind.stages()[0], size, crowded);
        site
    }

    /// Pupils not yet in a section of `stage`.
    fn rest(&self, stage: Stage, total: i64) -> i64 {
        total - self.sections.iter().filter(|s| s.stage == stage).map(|s| s.size).sum::<i64>()
    }

    /// Fills `count` further sections with what is left of `total`, in proportions from `low` to `high` with some noise.
    fn fill(
        &mut self,
        random: &mut Random,
        stage: Stage,
        total: i64,
        count: usize,
        mut make: impl FnMut(usize) -> SiteDraft,
    ) {
        let weights: Vec<f64> =
            (0..count).map(|at| (1.9 - 1.5 * at as f64 / count.max(2) as f64) * random.range(0.92, 1.08)).collect();
        for (at, pupils) in apportion(self.rest(stage, total), &weights).into_iter().enumerate() {
            self.sites.push(make(at));
            let site = self.sites.len() - 1;
            self.section(site, stage, &Size { pupils, range: (110, 1980) }, false);
        }
    }

    /// Draws the county's 72 sites and 79 sections, and its special school, which has no section here.
    pub fn draw(random: &mut Random, readings: Readings) -> Self {
        let mut schools = Self::default();
        schools.primaries(random, readings);
        schools.nine_years(random);
        let total = PRIMARY_ROLLS.iter().sum();
        let mut years: Vec<i64> = (0..25).map(|_| random.between(1992, 2022)).collect();
        schools.fill(random, Stage::Primary, total, 25, |at| {
            // One complete primary for every town, the rest in the streets; the first three are the projects in use.
            let setting = if at < 5 { Setting::Urban } else { Setting::Town };
            let drawn = years.pop().unwrap_or(2000);
            let built = if at < OPENED { 2021 + at as i64 } else { drawn };
            SiteDraft::new(format!("P{:02}", at + 14), SiteKind::Primary, setting, built)
        });
        schools.juniors(random);
        let mut years: Vec<i64> = (0..7).map(|_| random.between(1992, 2016)).collect();
        schools.fill(random, Stage::Junior, JUNIOR_ROLLS.iter().sum(), 7, |at| {
            SiteDraft::new(format!("J{:02}", at + 5), SiteKind::Junior, Setting::Town, years.pop().unwrap_or(2000))
        });
        schools.site("S01".to_owned(), SiteKind::Special, Setting::Urban, 2005);
        schools.sections.sort_by_key(|section| section.stage);
        schools
    }

    /// Whether the assessment lists a section.
    pub fn is_assessed(&self, section: usize) -> bool {
        self.sites[self.sections[section].site].assessed
    }

    /// Five primaries over the size limit, eight more with oversize classes, twelve village schools, one teaching point.
    fn primaries(&mut self, random: &mut Random, readings: Readings) {
        let over_old = (2450, 3200);
        let over_new = (2050, 2390);
        for at in 0..5 {
            let (size, built) = match at {
                0 => (Size::fixed(PRIVATE_PRIMARY), random.between(1998, OLD_SITE)),
                1 | 2 => (Size::drawn(random, over_old.0, over_old.1), random.between(1995, OLD_SITE)),
                _ => (Size::drawn(random, over_new.0, over_new.1), random.between(OLD_SITE + 1, 2020)),
            };
            let site = self.single(format!("P{:02}", at + 1), SiteKind::Primary, Setting::Urban, built, &size, true);
            self.sites[site].private = at == 0;
        }
        for at in 0..8 {
            let high = 1900 - 130 * at;
            let size = Size { pupils: random.between(high - 110, high), range: (600, 1980) };
            let setting = if at < 1 { Setting::Urban } else { Setting::Town };
            let built = random.between(1995, 2021);
            self.single(format!("P{:02}", at + 6), SiteKind::Primary, setting, built, &size, true);
        }
        for at in 0..12 {
            let (low, high) = if readings.small_outside { (110, 190) } else { (50, 98) };
            let size = Size::drawn(random, low, high);
            let built = random.between(1990, 2009);
            self.single(format!("V{:02}", at + 1), SiteKind::Primary, Setting::Rural, built, &size, false);
        }
        let size = Size::drawn(random, 50, 75);
        let point = self.single("T01".to_owned(), SiteKind::TeachingPoint, Setting::Rural, 1998, &size, false);
        self.sites[point].belongs_to = Some("P19".to_owned());
        for at in 0..if readings.small_outside { 12 } else { 0 } {
            let size = Size::drawn(random, 22, 45);
            let key = format!("T{:02}", at + 2);
            let point = self.single(key, SiteKind::TeachingPoint, Setting::Rural, 1995, &size, false);
            self.sites[point].belongs_to = Some(format!("P{}", 20 + at % 8));
            self.sites[point].assessed = false;
        }
    }

    /// Seven nine-year schools, the first over the size limit with oversize primary classes.
    fn nine_years(&mut self, random: &mut Random) {
        for at in 0..7 {
            let (setting, built) = match at {
                0 => (Setting::Urban, random.between(OLD_SITE + 1, 2016)),
                _ => (Setting::Rural, random.between(1995, 2012)),
            };
            let site = self.site(format!("N{:02}", at + 1), SiteKind::NineYear, setting, built);
            let (primary, junior) = if at == 0 {
                (Size::drawn(random, 1600, 1760), Size::drawn(random, 980, 1090))
            } else {
                let primary = Size { pupils: random.between(560 - 50 * at, 590 - 50 * at), range: (200, 700) };
                (primary, Size { pupils: random.between(380 - 28 * at, 400 - 28 * at), range: (150, 500) })
            };
            self.section(site, Stage::Primary, &primary, at == 0);
            self.section(site, Stage::Junior, &junior, false);
        }
    }

    /// Four junior middle schools over the size limit, two of them exempt by age; two complete middle schools; a campus.
    fn juniors(&mut self, random: &mut Random) {
        let drafts = [
            (Size::drawn(random, 2650, 3000), random.between(OLD_SITE + 1, 2016), true, false),
            (Size::drawn(random, 2450, 2700), random.between(1998, OLD_SITE), true, false),
            (Size::fixed(PRIVATE_JUNIOR), random.between(1998, OLD_SITE), true, true),
            (Size::drawn(random, 2050, 2390), random.between(1995, OLD_SITE), false, false),
        ];
        for (at, (size, built, crowded, private)) in drafts.into_iter().enumerate() {
            let key = format!("J{:02}", at + 1);
            let site = self.single(key, SiteKind::Junior, Setting::Urban, built, &size, crowded);
            self.sites[site].private = private;
        }
        for at in 0..2 {
            let size = Size { pupils: random.between(1150, 1450), range: (800, 1980) };
            let built = random.between(1998, 2012);
            let key = format!("H{:02}", at + 1);
            let site = self.single(key, SiteKind::CompleteMiddle, Setting::Town, built, &size, false);
            self.sites[site].beds = random.between(60, 90) * 10;
        }
        let size = Size { pupils: random.between(1450, 1700), range: (1200, 1980) };
        let campus = self.single("C01".to_owned(), SiteKind::Junior, Setting::Town, 2022, &size, true);
        self.sites[campus].belongs_to = Some("J02".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_gives_the_published_number_of_schools_and_pupils() {
        for seed in 1..=50 {
            let schools = Schools::draw(&mut Random::new(seed, "tongnan/schools"), Readings::default());
            let count = |stage| schools.sections.iter().filter(|s| s.stage == stage).count();
            assert_eq!((schools.sites.len(), count(Stage::Primary), count(Stage::Junior)), (73, 58, 21), "seed {seed}");
            assert_eq!(schools.rest(Stage::Primary, PRIMARY_ROLLS.iter().sum()), 0);
            assert_eq!(schools.rest(Stage::Junior, JUNIOR_ROLLS.iter().sum()), 0);
            for section in &schools.sections {
                assert!(
                    (section.range.0..=section.range.1).contains(&section.size),
                    "seed {seed}: {} has {} pupils, outside {:?}",
                    schools.sites[section.site].key,
                    section.size,
                    section.range
                );
            }
        }
    }
}
