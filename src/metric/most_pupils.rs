//! From "what a section has suffices for its pupils" to limits on pupils.
//!
//! What a section has of its own suffices up to a number of pupils, which is a limit. Of what stages share, a section has a part
//! that falls with the pupils of the others: with `n` pupils of its own it suffices while the others, each with the weight of its
//! stage, come to no more than some `W(n)`. A section without pupils is not tested, so that with `n = 0` the others may be as many
//! as they will. The plans that keep the rule lie below a line through what the others can come to at most without the section and
//! the most pupils that it can have without the others; that line is the limit. Where others with all their pupils are below `W(1)` and `W`
//! falls in proportion, it is the rule itself. Else there is a stricter form: a line below `W` for every `n`.
//!
//! Both sides are found by asking the rule itself, pupil by pupil, so that a plan at the limit passes here and in the audit.

use super::holdings::weight;
use super::lowering::{Lowering, Place};
use super::prospect::{Mix, Open, narrower, wider};
use crate::domain::district::Stage;
use crate::domain::rule::Rule;
use crate::id::GradeId;
use crate::units::Classes;

/// In which of the cases that the plan may bring about something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// In some.
    May,
    /// In every one.
    Must,
}

/// A rule at one section, as a question about its pupils.
pub trait Suffices {
    /// Whether the rule is kept with so many pupils, at least one, who have this part of what is shared, between 0 and 1. The
    /// answer is the audit's: on the side [`Side::May`] it is yes where the audit's may be, on [`Side::Must`] no where it may be.
    fn suffices(&self, pupils: i64, share: f64, side: Side) -> bool;

    /// The numbers of pupils from which on another limit applies, see [`super::scope::steps`]; between them what suffices for more
    /// pupils suffices for fewer.
    fn steps(&self) -> Vec<i64>;

    /// What is shared on a side, each with the rule that has the weights.
    fn shared(&self, side: Side) -> Vec<(&Rule, &Mix)>;
}

/// The section that a rule is asked of.
pub struct Section<'a> {
    /// Where it is.
    pub place: &'a Place,
    /// Its stage.
    pub stage: Stage,
    /// The grades whose pupils count.
    pub grades: &'a [GradeId],
    /// The most pupils that another stage may have here.
    pub most_of: &'a dyn Fn(Stage) -> i64,
}

/// `pupils n + others W <= most`, with `W` the weighted pupils of the other stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    pupils: i64,
    others: i64,
    most: i64,
}

impl Line {
    /// The most that the others may come to beside so many pupils; negative where there may not be so many.
    fn beside(&self, pupils: i64) -> i64 {
        let left = self.most - self.pupils * pupils;
        if self.others > 0 {
            left.div_euclid(self.others)
        } else if left < 0 {
            -1
        } else {
            i64::MAX
        }
    }
}

/// The stages that share with a section, with whole weights.
struct Sharing {
    /// The weight of a pupil of the section, in the same unit.
    own: f64,
    others: Vec<(Stage, i64)>,
    /// The most that the others come to.
    most: i64,
}

impl Sharing {
    /// Who shares on a side. Where rules weigh differently the others count as little on the side [`Side::May`], as much on
    /// [`Side::Must`], as they do in any of them.
    fn new(open: &Open<'_>, section: &Section<'_>, test: &dyn Suffices, side: Side) -> Option<Self> {
        let whole = section.grades.len() == open.ground.scenario.district.grades_of(section.stage).count();
        if side == Side::May && !whole {
            // Pupils of the section who do not count have their part as well.
            return None;
        }
        let shared = test.shared(side);
        let (first, _) = shared.first()?;
        let unite = if side == Side::May { narrower } else { wider };
        let with = shared.iter().map(|(_, mix)| mix.with.clone()).reduce(|a, b| unite(&a, &b))?;
        let of = |stage: Stage| {
            let relative = shared.iter().map(|(rule, _)| {
                let (own, base) = (weight(rule, section.stage), weight(first, section.stage));
                weight(rule, stage) * if own == base { 1.0 } else { base / own }
            });
            if side == Side::May { relative.fold(f64::INFINITY, f64::min) } else { relative.fold(0.0, f64::max) }
        };
        let own = weight(first, section.stage);
        let all: Vec<f64> = with.iter().map(|&stage| of(stage)).chain([own]).collect();
        let scale = scale(&all);
        let whole = |stage: Stage| {
            let scaled = of(stage) * scale;
            let exact = scaled.round() / scale == of(stage);
            let rounded = if exact {
                scaled.round()
            } else if side == Side::May {
                scaled.floor()
            } else {
                scaled.ceil()
            };
            (stage, rounded as i64)
        };
        let others: Vec<(Stage, i64)> = with.into_iter().map(whole).filter(|&(_, weight)| weight > 0).collect();
        let most = others.iter().map(|&(stage, weight)| weight * (section.most_of)(stage)).sum();
        (most > 0).then_some(Self { own: own * scale, others, most })
    }

    /// The part of a section in what is shared.
    fn share(&self, pupils: i64, others: i64) -> f64 {
        let own = pupils as f64 * self.own;
        own / (own + others as f64)
    }

    /// The most that the others may come to beside so many pupils; -1 where there may not be so many.
    fn beside(&self, test: &dyn Suffices, pupils: i64, side: Side) -> i64 {
        let fits = |others: i64| test.suffices(pupils, self.share(pupils, others), side);
        if !fits(0) {
            return -1;
        }
        last(0, self.most, fits)
    }

    /// The slope of a limit on the sum of all, with the section's own weight as it is.
    fn slope(&self) -> i64 {
        (self.own.round() as i64).max(1)
    }
}

/// The smallest power of ten, up to ten thousand, that makes all weights whole, as far as that leaves them small enough.
fn scale(weights: &[f64]) -> f64 {
    let largest = weights.iter().copied().fold(1.0, f64::max);
    let whole = |scale: f64| weights.iter().all(|&weight| (weight * scale).round() / scale == weight);
    let mut small = [1.0, 10.0, 100.0, 1000.0, 10_000.0].into_iter().filter(|scale| largest * scale <= LARGEST);
    small.clone().find(|&scale| whole(scale)).or_else(|| small.next_back()).unwrap_or(LARGEST / largest)
}

/// The largest factor of a pupil in a limit: with larger ones the solvers' tolerances would be whole pupils.
const LARGEST: f64 = 1e6;

/// The last number from `first`, which fits, up to `most` that fits, where what fits comes first.
pub fn last(first: i64, most: i64, fits: impl Fn(i64) -> bool) -> i64 {
    if fits(most) {
        return most;
    }
    let (mut low, mut high) = (first, most);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle) { low = middle } else { high = middle }
    }
    low
}

/// The most pupils up to `all` for whom a section has enough with this part of what is shared: on the side [`Side::May`] the largest number that
/// suffices, on [`Side::Must`] the largest that suffices with every smaller one.
pub fn most(test: &dyn Suffices, all: i64, share: f64, side: Side) -> i64 {
    let fits = |pupils: i64| test.suffices(pupils, share, side);
    let mut starts = test.steps();
    starts.retain(|&step| 1 < step && step <= all);
    starts.insert(0, 1);
    let mut found = 0;
    for (at, &start) in starts.iter().enumerate().filter(|&(_, &start)| start <= all) {
        let end = starts.get(at + 1).map_or(all, |next| next - 1);
        let reached = if fits(start) { last(start, end, fits) } else { start - 1 };
        if reached >= start {
            found = reached;
        }
        if side == Side::Must && reached < end {
            return found;
        }
    }
    found
}

/// More pupils than any section has: beyond, what is shared is not looked at pupil by pupil.
const MANY: i64 = 20_000;

/// Limits a section to pupils for whom it has enough, in part where limits cannot say it, with a stricter form.
pub fn keep(rule: &Rule, open: &Open<'_>, section: &Section<'_>, test: &dyn Suffices, lowering: &mut dyn Lowering) {
    let place = section.place;
    let all = open.pupils(place.year, section.grades);
    if all == 0 {
        return;
    }
    let (may, must) = (Sharing::new(open, section, test, Side::May), Sharing::new(open, section, test, Side::Must));
    let most = most(test, all, 1.0, Side::May);
    if most > MANY && must.is_some() {
        // The limit counts all that is shared, the stricter form nothing of it.
        let surely = self::most(test, all, 0.0, Side::Must);
        let strict = most != surely && {
            lowering.in_part(&rule.id, place);
            lowering.strict(place.site, place.year).is_some()
        };
        let limit = if strict { surely } else { most };
        if limit < all {
            lowering.limit_load(&rule.id, place, section.grades, (None, Some(limit)), f64::INFINITY);
        }
        return;
    }
    let mut lines = Vec::new();
    if most < all {
        lines.push(Line { pupils: 1, others: 0, most });
    }
    lines.extend(may.as_ref().and_then(|sharing| above(sharing, test, most)));
    let mut sharing = may;
    if !is_whole(sharing.as_ref(), must.as_ref(), test, most, &lines) {
        lowering.in_part(&rule.id, place);
        if let Some(wanted) = lowering.strict(place.site, place.year) {
            let wanted = must.as_ref().and_then(|sharing| beside_wanted(sharing, section.stage, wanted));
            lines = below(must.as_ref(), test, all, wanted);
            sharing = must;
        }
    }
    for line in lines {
        let others = sharing.iter().flat_map(|sharing| &sharing.others).filter(|_| line.others > 0);
        let others: Vec<(Vec<GradeId>, i64)> = others
            .map(|&(stage, weight)| (open.ground.scenario.district.grades_of(stage).collect(), weight * line.others))
            .collect();
        if others.is_empty() {
            let bounds = (None, Some(line.most.div_euclid(line.pupils)));
            lowering.limit_load(&rule.id, place, section.grades, bounds, f64::INFINITY);
        } else {
            let terms: Vec<_> = std::iter::once((section.grades.to_vec(), line.pupils)).chain(others).collect();
            lowering.limit_weighted(&rule.id, place, &terms, line.most, f64::INFINITY);
        }
    }
}

/// Whether everything within the lines keeps the rule.
fn is_whole(may: Option<&Sharing>, must: Option<&Sharing>, test: &dyn Suffices, most: i64, lines: &[Line]) -> bool {
    let Some(must) = must else { return self::most(test, most, 1.0, Side::Must) == most };
    let same = may.is_some_and(|may| may.others == must.others && may.own == must.own);
    (1..=most).all(|pupils| {
        let allowed = if same { lines.iter().map(|line| line.beside(pupils)).min() } else { None };
        let others = allowed.unwrap_or(must.most).min(must.most);
        others < 0 || test.suffices(pupils, must.share(pupils, others), Side::Must)
    })
}

/// A line above everything that keeps the rule, with up to `most` pupils; `None` where it would bind nobody.
fn above(sharing: &Sharing, test: &dyn Suffices, most: i64) -> Option<Line> {
    let mut beside: Vec<i64> = (1..=most).map(|pupils| sharing.beside(test, pupils, Side::May)).collect();
    // Where another limit applies to more pupils, fewer may be allowed less beside them.
    for at in (1..beside.len()).rev() {
        beside[at - 1] = beside[at - 1].max(beside[at]);
    }
    let free = beside.iter().take_while(|&&others| others >= sharing.most).count() as i64;
    if free == most {
        return None;
    }
    let points = || {
        let ends = (1..).zip(&beside).map(|(pupils, &others)| (pupils, others)).filter(|&(pupils, _)| pupils > free);
        std::iter::once((free, sharing.most)).chain(ends)
    };
    let line = |pupils: i64, others: i64| {
        let reach = points().map(|(own, beside)| pupils * own + others * beside);
        Line { pupils, others, most: reach.max().unwrap_or(0) }
    };
    let &end = beside.last()?;
    let fine = if sharing.most <= COARSE { FINE } else { 1 };
    let chord = (fine as f64 * (sharing.most - end) as f64 / (most - free) as f64).round().clamp(1.0, LARGEST) as i64;
    let room = |line: &Line| -> i64 { (1..=most).map(|pupils| line.beside(pupils).min(sharing.most)).sum() };
    let lines = [line(sharing.slope(), 1), line(chord, fine)];
    let found = lines.into_iter().min_by_key(room)?;
    (found.pupils * most + found.others * sharing.most > found.most).then_some(found)
}

/// How many times finer than the weights a slope is put, where the others come to no more than [`COARSE`].
const FINE: i64 = 10;
/// See [`FINE`].
const COARSE: i64 = 100_000;

/// Lines within which everything keeps the rule; of several the one that leaves most room where the others come to `wanted` for
/// every pupil of the section.
fn below(sharing: Option<&Sharing>, test: &dyn Suffices, all: i64, wanted: Option<f64>) -> Vec<Line> {
    let own = |most: i64| Line { pupils: 1, others: 0, most };
    let Some(sharing) = sharing else { return vec![own(most(test, all, 1.0, Side::Must))] };
    // Up to the first number that does not suffice, so that no larger one is within a line that leaves it out.
    let mut beside: Vec<i64> = Vec::new();
    for pupils in 1..=all {
        let others = sharing.beside(test, pupils, Side::Must).min(beside.last().copied().unwrap_or(sharing.most));
        beside.push(others);
        if others < 0 {
            break;
        }
    }
    let free = beside.iter().take_while(|&&others| others >= sharing.most).count() as i64;
    if free == all {
        return Vec::new();
    }
    let wanted = wanted.unwrap_or(sharing.most as f64 / all as f64);
    let within = beside.iter().take_while(|&&others| others >= 0).count();
    let reach = |pupils: i64| {
        let points = (1..).zip(&beside).take(within + 1);
        points.map(|(own, &others)| pupils * own + others).min().unwrap_or(-1)
    };
    // The slope of what is allowed where the wanted pupils come to lie.
    let at = (1..).zip(&beside).take_while(|&(own, &others)| others as f64 >= wanted * f64::from(own)).count();
    let tangent = match (at.checked_sub(1).map(|at| beside[at]), beside.get(at)) {
        (Some(here), Some(&next)) => Some((here - next).min(LARGEST as i64)),
        _ => None,
    };
    let lines = [Some(sharing.slope()), tangent].into_iter().flatten().filter(|&pupils| pupils > 0);
    let lines = lines.map(|pupils| Line { pupils, others: 1, most: reach(pupils) }).filter(|line| line.most >= 0);
    let pupils = |line: &Line| line.most as f64 / (line.pupils as f64 + line.others as f64 * wanted);
    vec![lines.chain([own(free)]).max_by(|a, b| pupils(a).total_cmp(&pupils(b))).unwrap_or(own(free))]
}

/// What the others come to for every pupil of the section in a plan with these classes by stage; `None` where it has none.
fn beside_wanted(sharing: &Sharing, stage: Stage, wanted: &[(Stage, Classes)]) -> Option<f64> {
    let classes =
        |stage: Stage| wanted.iter().filter(|(of, _)| *of == stage).map(|(_, classes)| classes.0).sum::<i64>();
    let others: i64 = sharing.others.iter().map(|&(stage, weight)| weight * classes(stage)).sum();
    (classes(stage) > 0).then(|| others as f64 / classes(stage) as f64)
}
