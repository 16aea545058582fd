//! Posts and teachers of every section: published totals, and enough of everybody that the indicators of people pass, as they
//! do in the report.

use super::rolls::Roll;
use super::sections::Schools;
use super::targets::{POSTS, STAFF, TEACHERS};
use crate::domain::district::{Setting, Stage};
use crate::generate::rounding::apportion;
use crate::random::Random;

/// The people of one section.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct People {
    /// Approved posts; none in private schools.
    pub posts: i64,
    /// Everyone employed.
    pub staff: i64,
    /// Full-time teachers.
    pub teachers: i64,
    /// With a degree above the one required.
    pub above_degree: i64,
    /// Backbone teachers.
    pub backbone: i64,
    /// Teachers of sports and arts.
    pub arts_pe: i64,
}

/// Standards of the assessment for 100 pupils: above the degree, backbone, sports and arts; primary, then junior.
const STANDARDS: [[f64; 3]; 2] = [[4.2, 1.0, 0.9], [5.3, 1.0, 0.9]];
/// Pupils for one post: primary, junior.
const PUPILS_PER_POST: [f64; 2] = [19.0, 13.5];
/// Least posts for a class in a school below 100 pupils.
const POSTS_PER_CLASS: f64 = 1.7;

/// Draws the people of every section.
pub fn draw(schools: &Schools, rolls: &[Roll], random: &mut Random) -> Vec<People> {
    let mut all = vec![People::default(); schools.sections.len()];
    for (at, stage) in [Stage::Primary, Stage::Junior].into_iter().enumerate() {
        let members: Vec<usize> =
            (0..schools.sections.len()).filter(|&section| schools.sections[section].stage == stage).collect();
        let pupils: Vec<f64> = members.iter().map(|&section| rolls[section].size() as f64).collect();
        let classes: Vec<f64> =
            members.iter().map(|&section| rolls[section].classes.iter().sum::<i64>() as f64).collect();
        let site = |section: usize| &schools.sites[schools.sections[section].site];
        // Small country schools have more teachers for their pupils than large ones in town.
        let weights: Vec<f64> = members
            .iter()
            .zip(pupils.iter().zip(&classes))
            .map(|(&section, (n, c))| {
                let by_setting = match site(section).setting {
                    Setting::Urban => 0.6,
                    Setting::Town => 1.0,
                    Setting::Rural => 1.5,
                };
                (n / 40.0 + c) * by_setting * random.range(0.9, 1.1)
            })
            .collect();
        let [degree, backbone, arts] = STANDARDS[at];
        let teachers =
            above(TEACHERS[at], pupils.iter().map(|n| (n * degree * 1.08 / 100.0).ceil() as i64 + 1), &weights);
        let staff = above(STAFF[at], teachers.iter().copied(), &pupils);
        let need = |member: usize| {
            let by_class = if pupils[member] < 100.0 { POSTS_PER_CLASS * classes[member] } else { 0.0 };
            (pupils[member] / PUPILS_PER_POST[at]).max(by_class).ceil() as i64
        };
        let public: Vec<usize> = (0..members.len()).filter(|&member| !site(members[member]).private).collect();
        let post_weights: Vec<f64> = public.iter().map(|&member| weights[member]).collect();
        let posts = above(POSTS[at], public.iter().map(|&member| need(member)), &post_weights);
        for (&member, posts) in public.iter().zip(posts) {
            all[members[member]].posts = posts;
        }
        for (member, &section) in members.iter().enumerate() {
            let n = pupils[member];
            let mut some = |standard: f64, most: f64| {
                let least = (n * standard / 100.0).ceil() as i64;
                let drawn = (n * standard / 100.0 * random.range(1.02, most)).round() as i64;
                least.max(drawn).max(1).min(teachers[member])
            };
            let (above_degree, backbone, arts_pe) = (some(degree, 1.25), some(backbone, 1.5), some(arts, 1.5));
            all[section] = People {
                staff: staff[member],
                teachers: teachers[member],
                above_degree,
                backbone,
                arts_pe,
                ..all[section]
            };
        }
    }
    all
}

/// Whole numbers that add up to `total`, each at least its minimum; what is left goes by weight.
fn above(total: i64, least: impl Iterator<Item = i64>, weights: &[f64]) -> Vec<i64> {
    let least: Vec<i64> = least.collect();
    let rest = (total - least.iter().sum::<i64>()).max(0);
    least.iter().zip(apportion(rest, weights)).map(|(least, more)| least + more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::tongnan::{Readings, rolls};

    #[test]
    fn every_seed_has_the_published_people_and_posts() {
        for seed in 1..=30 {
            let schools = Schools::draw(&mut Random::new(seed, "tongnan/schools"), Readings::default());
            let rolls = rolls::draw(&schools, Readings::default(), &mut Random::new(seed, "tongnan/rolls")).unwrap();
            let people = draw(&schools, &rolls, &mut Random::new(seed, "tongnan/staff"));
            for (at, stage) in [Stage::Primary, Stage::Junior].into_iter().enumerate() {
                let of = |figure: fn(&People) -> i64| -> i64 {
                    let members = schools.sections.iter().zip(&people).filter(|(section, _)| section.stage == stage);
                    members.map(|(_, people)| figure(people)).sum()
                };
                assert_eq!(of(|people| people.teachers), TEACHERS[at], "seed {seed}");
                assert_eq!(of(|people| people.staff), STAFF[at], "seed {seed}");
                assert_eq!(of(|people| people.posts), POSTS[at], "seed {seed}");
            }
            for (people, roll) in people.iter().zip(&rolls) {
                assert!(
                    people.above_degree <= people.teachers && people.teachers <= people.staff,
                    "{people:?} {roll:?}"
                );
            }
        }
    }
}
