//! Pupils and classes by grade: exact totals, the published number of classes, and oversize classes only where they belong.

use super::Readings;
use super::sections::{Schools, SectionDraft};
use super::targets::{CLASSES, JUNIOR_CLASS, JUNIOR_ROLLS, PRIMARY_CLASS, PRIMARY_ROLLS, SPECIAL_CLASSES};
use crate::domain::district::Stage;
use crate::generate::rounding::table;
use crate::random::Random;

/// Most pupils that a generated oversize class holds.
const LARGEST_CLASS: i64 = 62;
/// Classes that crowded sections lack, aimed at; what packing cannot reach is spread over more crowded grades.
const MISSING_CLASSES: i64 = 44;

/// Pupils and classes of one section by grade.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roll {
    /// Pupils by grade of the stage.
    pub pupils: Vec<i64>,
    /// Classes by grade of the stage.
    pub classes: Vec<i64>,
}

impl Roll {
    /// All pupils.
    pub fn size(&self) -> i64 {
        self.pupils.iter().sum()
    }
}

fn limit(stage: Stage) -> i64 {
    if stage == Stage::Primary { PRIMARY_CLASS } else { JUNIOR_CLASS }
}

fn fewest(pupils: i64, limit: i64) -> i64 {
    (pupils + limit - 1) / limit
}

/// Why no rolls could be made; a fault of the recipe, reported rather than hidden.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the recipe missed a target: {0}")]
pub struct Missed(pub String);

/// Draws rolls and classes for every section.
///
/// # Errors
/// [`Missed`] when the published number of classes cannot be met.
pub fn draw(schools: &Schools, readings: Readings, random: &mut Random) -> Result<Vec<Roll>, Missed> {
    let classes = if readings.special_inside { CLASSES - SPECIAL_CLASSES } else { CLASSES };
    let mut rolls = vec![Roll::default(); schools.sections.len()];
    for (stage, columns) in [(Stage::Primary, &PRIMARY_ROLLS[..]), (Stage::Junior, &JUNIOR_ROLLS[..])] {
        let members: Vec<usize> =
            schools.sections.iter().enumerate().filter(|(_, s)| s.stage == stage).map(|(at, _)| at).collect();
        let sizes: Vec<i64> = members.iter().map(|&at| schools.sections[at].size).collect();
        let mut cells = table(&sizes, columns);
        switch(&mut cells, random);
        for (&at, pupils) in members.iter().zip(cells) {
            rolls[at].pupils = pupils;
        }
    }
    pack(schools, classes, &mut rolls);
    open_classes(schools, classes, &mut rolls)?;
    Ok(rolls)
}

/// Makes rolls uneven without changing any sum: pairs of sections exchange pupils of two grades.
fn switch(cells: &mut [Vec<i64>], random: &mut Random) {
    let grades = cells[0].len();
    for _ in 0..40 * cells.len() {
        let (a, b) = (random.below(cells.len()), random.below(cells.len()));
        let (g, h) = (random.below(grades), random.below(grades));
        if a == b || g == h {
            continue;
        }
        let small = cells[a][g].min(cells[a][h]).min(cells[b][g]).min(cells[b][h]);
        let step = random.between(0, small / 12);
        cells[a][g] += step;
        cells[a][h] -= step;
        cells[b][g] -= step;
        cells[b][h] += step;
    }
}

/// Classes needed when every section had as few as the limit allows.
fn needed(schools: &Schools, rolls: &[Roll]) -> i64 {
    schools
        .sections
        .iter()
        .zip(rolls)
        .enumerate()
        .filter(|&(at, _)| schools.is_assessed(at))
        .map(|(_, (section, roll))| roll.pupils.iter().map(|&n| fewest(n, limit(section.stage))).sum::<i64>())
        .sum()
}

/// Fills classes as a county does: where a grade is a few pupils over a whole number of classes, those pupils go to
/// another section with free places, until the missing classes fit in the crowded sections.
fn pack(schools: &Schools, classes: i64, rolls: &mut [Roll]) {
    for largest in 1..=20 {
        for from in 0..rolls.len() {
            let section = &schools.sections[from];
            if section.crowded {
                continue;
            }
            for grade in 0..rolls[from].pupils.len() {
                if needed(schools, rolls) <= classes + MISSING_CLASSES {
                    return;
                }
                let cap = limit(section.stage);
                let pupils = rolls[from].pupils[grade];
                let excess = pupils % cap;
                if pupils > cap && (1..=largest).contains(&excess) && rolls[from].size() - excess >= section.range.0 {
                    place(&schools.sections, rolls, from, grade, excess);
                }
            }
        }
    }
}

/// Moves `excess` pupils of a grade from a section into free places of others of its stage, all or none.
fn place(sections: &[SectionDraft], rolls: &mut [Roll], from: usize, grade: usize, excess: i64) {
    let cap = limit(sections[from].stage);
    let mut left = excess;
    let mut moves = Vec::new();
    for to in 0..rolls.len() {
        if to == from || sections[to].stage != sections[from].stage || sections[to].crowded {
            continue;
        }
        let pupils = rolls[to].pupils[grade];
        let free = (fewest(pupils, cap) * cap - pupils).min(sections[to].range.1 - rolls[to].size());
        // Places are taken only in grades that are large already, so that small schools stay small.
        if pupils >= cap && free > 0 && left > 0 {
            let step = free.min(left);
            moves.push((to, step));
            left -= step;
        }
    }
    if left == 0 {
        rolls[from].pupils[grade] -= excess;
        for (to, step) in moves {
            rolls[to].pupils[grade] += step;
        }
    }
}

/// Gives every section the fewest classes within the limit, and crowded sections so many fewer that the county's total
/// is the published one. Every crowded section has at least one oversize grade.
fn open_classes(schools: &Schools, classes: i64, rolls: &mut [Roll]) -> Result<(), Missed> {
    for (section, roll) in schools.sections.iter().zip(rolls.iter_mut()) {
        roll.classes = roll.pupils.iter().map(|&n| fewest(n, limit(section.stage))).collect();
    }
    let mut missing = needed(schools, rolls) - classes;
    // Size of the largest class when the grade has one class less; the mildest crowding comes first.
    let mildness = |rolls: &[Roll], at: usize, grade: usize| {
        let fewer = rolls[at].classes[grade] - 1;
        if fewer < 1 { i64::MAX } else { fewest(rolls[at].pupils[grade], fewer) }
    };
    let crowded: Vec<usize> =
        schools.sections.iter().enumerate().filter(|(_, section)| section.crowded).map(|(at, _)| at).collect();
    for &at in &crowded {
        let grade = (0..rolls[at].pupils.len()).min_by_key(|&grade| (mildness(rolls, at, grade), grade));
        let Some(grade) = grade.filter(|&grade| mildness(rolls, at, grade) <= LARGEST_CLASS) else {
            return Err(Missed(format!("{} cannot be crowded", schools.sites[schools.sections[at].site].key)));
        };
        rolls[at].classes[grade] -= 1;
        missing -= 1;
    }
    while missing > 0 {
        let cells = crowded.iter().flat_map(|&at| (0..rolls[at].pupils.len()).map(move |grade| (at, grade)));
        let best = cells.min_by_key(|&(at, grade)| (mildness(rolls, at, grade), at, grade));
        let Some((at, grade)) = best.filter(|&(at, grade)| mildness(rolls, at, grade) <= LARGEST_CLASS) else {
            return Err(Missed(format!("{missing} classes too many")));
        };
        rolls[at].classes[grade] -= 1;
        missing -= 1;
    }
    // Fewer missing than crowded sections: sections within the limit open further classes, fullest grades first.
    while missing < 0 {
        let fullness = |at: usize, grade: usize| {
            let roll = &rolls[at];
            roll.pupils[grade] * 1000 / roll.classes[grade].max(1)
        };
        let cells = (0..rolls.len())
            .filter(|&at| !schools.sections[at].crowded && schools.is_assessed(at))
            .flat_map(|at| (0..rolls[at].pupils.len()).map(move |grade| (at, grade)));
        let Some((at, grade)) = cells.max_by_key(|&(at, grade)| (fullness(at, grade), usize::MAX - at)) else {
            return Err(Missed(format!("{} classes too few", -missing)));
        };
        rolls[at].classes[grade] += 1;
        missing += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_meets_the_published_totals_and_counts() {
        for seed in 1..=30 {
            let schools = Schools::draw(&mut Random::new(seed, "tongnan/schools"), Readings::default());
            let rolls = draw(&schools, Readings::default(), &mut Random::new(seed, "tongnan/rolls")).unwrap();
            let over = |at: usize| {
                let cap = limit(schools.sections[at].stage);
                (0..rolls[at].pupils.len()).any(|g| rolls[at].pupils[g] > cap * rolls[at].classes[g])
            };
            for (at, (roll, section)) in rolls.iter().zip(&schools.sections).enumerate() {
                let key = &schools.sites[section.site].key;
                assert_eq!(over(at), section.crowded, "seed {seed}: {key}");
                let size = roll.size();
                assert!((section.range.0..=section.range.1).contains(&size), "seed {seed}: {key} has {size}");
            }
            let sum = |stage, grade: usize| -> i64 {
                (0..rolls.len())
                    .filter(|&at| schools.sections[at].stage == stage)
                    .map(|at| rolls[at].pupils[grade])
                    .sum()
            };
            for (grade, &total) in PRIMARY_ROLLS.iter().enumerate() {
                assert_eq!(sum(Stage::Primary, grade), total, "seed {seed}");
            }
            for (grade, &total) in JUNIOR_ROLLS.iter().enumerate() {
                assert_eq!(sum(Stage::Junior, grade), total, "seed {seed}");
            }
            assert_eq!(rolls.iter().flat_map(|roll| &roll.classes).sum::<i64>(), CLASSES, "seed {seed}");
            let crowded = schools.sections.iter().filter(|s| s.crowded);
            let primary = crowded.clone().filter(|s| s.stage == Stage::Primary).count();
            assert_eq!((primary, crowded.count() - primary), (14, 4), "seed {seed}");
        }
    }
}
