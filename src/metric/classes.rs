//! Whole classes: how pupils fall into classes, and how the rooms of a site are shared among its grades.

use super::calendar::{Ceilings, Pressure, entry, must_not_worsen, pressure};
use super::class_size_max::{ClassSizeMax, covers};
use super::ground::Ground;
use super::lowering::ClassClaim;
use super::scope::{self, SiteFacts};
use super::view::{GroupView, Subject};
use super::{Entry, Metric as _};
use crate::domain::action::SiteState;
use crate::domain::district::Stage;
use crate::domain::rule::Rule;
use crate::id::{GradeId, Id, IdVec, RuleId, SiteId};
use crate::units::{Classes, Pupils, Year};
use std::collections::BTreeMap;

/// Grades taught together and the largest class allowed for them. One grade, except for declared joint classes (复式).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClassNeed {
    /// The grades.
    pub grades: Vec<GradeId>,
    /// Most pupils in a class; at least 1.
    pub size: i64,
}

impl ClassNeed {
    /// The fewest classes that `pupils` need.
    pub fn classes(&self, pupils: Pupils) -> Classes {
        fewest(pupils, self.size)
    }
}

/// The fewest classes of at most `size` pupils: `ceil(pupils / size)`, because `ceil(n / c) <= K` exactly when
/// `n <= K c`.
pub fn fewest(pupils: Pupils, size: i64) -> Classes {
    Classes((pupils.0 + size - 1).div_euclid(size))
}

/// A limit on whole classes at a place: the sum over `needs` of the fewest classes is at most `max`.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassLimit {
    /// What is taught together and how large a class may be.
    pub needs: Vec<ClassNeed>,
    /// Most classes in sum.
    pub max: i64,
    /// Price of one class more; infinite for hard.
    pub price: f64,
}

/// The limits that follow when `claims` share `rooms` classrooms of a place.
///
/// The dearer claim has the room: what is lacking falls on the cheapest claims first. With prices `p1 > p2 > ...` that is
/// the nested sum `sum_k (p_k - p_{k+1}) * max(0, classes of claims 1..k - rooms)`, so each claim pays its own price for
/// each room that it lacks. Claims on grades that a dearer claim already covers form a nest of their own. A ceiling adds
/// hard limits of `rooms + ceilings`, alone and together with other hard claims and ceilings of its nest.
pub fn share_rooms(claims: &[ClassClaim], rooms: Classes) -> Vec<ClassLimit> {
    let mut order: Vec<&ClassClaim> =
        claims.iter().filter(|claim| claim.price > 0.0 || claim.ceiling.is_some()).collect();
    order.sort_by(|a, b| b.price.total_cmp(&a.price));
    let mut nests: Vec<Vec<&ClassClaim>> = Vec::new();
    for claim in order {
        match nests.iter().position(|nest| nest.iter().all(|other| disjoint(other, claim))) {
            Some(nest) => nests[nest].push(claim),
            None => nests.push(vec![claim]),
        }
    }
    let mut limits = Vec::new();
    for nest in nests {
        for (k, claim) in nest.iter().enumerate() {
            let next = nest.get(k + 1).map_or(0.0, |cheaper| cheaper.price);
            let price = if claim.price.is_infinite() && next.is_finite() { claim.price } else { claim.price - next };
            // Equal prices differ by 0, and two hard claims by no number: the last of them carries the limit of all.
            if price > 0.0 {
                limits.push(ClassLimit { needs: needs(&nest[..=k]), max: rooms.0, price });
            }
        }
        let firm: Vec<&ClassClaim> =
            nest.iter().copied().filter(|claim| claim.ceiling.is_some() || claim.price.is_infinite()).collect();
        limits.extend(subsets(&firm).into_iter().map(|claims| hard_ceiling(&claims, rooms)));
    }
    limits
}

/// The sets of claims whose ceilings are limited together: all sets with some claim that has a ceiling, so that the rooms
/// can be shared out within the ceilings exactly when every set keeps its limit. Of more claims than a site can well have,
/// only the single ones and all together.
fn subsets<'a>(claims: &[&'a ClassClaim]) -> Vec<Vec<&'a ClassClaim>> {
    const EVERY: usize = 6;
    let full = (1_u32 << claims.len().min(31)) - 1;
    let wanted = |set: u32| claims.len() <= EVERY || set.is_power_of_two() || set == full;
    (1..=full)
        .filter(|&set| wanted(set))
        .map(|set| (0..claims.len()).filter(|i| set >> i & 1 == 1).map(|i| claims[i]).collect::<Vec<_>>())
        .filter(|claims| claims.iter().any(|claim| claim.ceiling.is_some()))
        .collect()
}

fn disjoint(a: &ClassClaim, b: &ClassClaim) -> bool {
    a.needs.iter().all(|x| b.needs.iter().all(|y| x.grades.iter().all(|grade| !y.grades.contains(grade))))
}

fn needs(claims: &[&ClassClaim]) -> Vec<ClassNeed> {
    let mut needs: Vec<ClassNeed> = claims.iter().flat_map(|claim| claim.needs.iter().cloned()).collect();
    needs.sort();
    needs
}

fn hard_ceiling(claims: &[&ClassClaim], rooms: Classes) -> ClassLimit {
    let slack: i64 = claims.iter().filter_map(|claim| claim.ceiling).map(|ceiling| ceiling.0).sum();
    ClassLimit { needs: needs(claims), max: rooms.0 + slack, price: f64::INFINITY }
}

/// The classes of a site in a plan year: for every grade the fewest that meet the class-size rules, within the rooms.
///
/// Where the rooms do not suffice they go to the grades of the dearest rules first and, among those, one by one to the
/// grade with the most pupils per class, which makes the largest class as small as can be. Declared joint classes of the
/// baseline stay joint. Grades without any class-size rule have no planned classes and take no room. Where a rule must not
/// worsen, the sections under it have what its ceiling demands before soft rules share what is left.
///
/// `rolls` has one head count per grade in play.
pub fn planned_groups(
    ground: &Ground<'_>,
    year: Year,
    site: SiteId,
    state: &SiteState,
    rolls: &[Pupils],
    ceilings: Option<&IdVec<RuleId, Ceilings>>,
) -> Vec<GroupView> {
    let mut groups = gathered(ground, site, rolls);
    assign_classes(ground, year, site, state, &mut groups, ceilings);
    groups
}

/// The classes of a site at the baseline: rolls, classes and rosters of its sections where they are given, else the sums
/// of the baseline assignment; classes that are not given are planned within the rooms left, as in a plan year.
pub fn baseline_groups(ground: &Ground<'_>, site: SiteId, state: &SiteState, rolls: &[Pupils]) -> Vec<GroupView> {
    let district = &ground.scenario.district;
    let mut groups: Vec<GroupView> =
        gathered(ground, site, rolls).into_iter().filter(|group| !ground.has_rolls(site, group.stage)).collect();
    for stage in Stage::ALL {
        let Some(section) = ground.section(site, stage) else { continue };
        groups.extend(district.sections[section].groups.iter().map(|group| GroupView {
            stage,
            grades: group.grades.clone(),
            pupils: group.pupils,
            classes: group.classes.or_else(|| group.roster.as_ref().map(|roster| Classes(roster.len() as i64))),
            roster: group.roster.clone(),
        }));
    }
    groups.sort_by(|a, b| a.grades.cmp(&b.grades));
    assign_classes(ground, ground.scenario.baseline_year, site, state, &mut groups, None);
    groups
}

/// Rolls gathered into groups: declared joint grades together, every other grade with pupils alone.
fn gathered(ground: &Ground<'_>, site: SiteId, rolls: &[Pupils]) -> Vec<GroupView> {
    let district = &ground.scenario.district;
    let mut groups: Vec<GroupView> = Vec::new();
    for (grade, facts) in district.grades.entries() {
        let pupils = rolls[grade.index()];
        if pupils == Pupils::ZERO || groups.iter().any(|group| group.grades.contains(&grade)) {
            continue;
        }
        let grades = joint_grades(ground, site, grade);
        let pupils = grades.iter().map(|&grade| rolls[grade.index()]).sum();
        groups.push(GroupView { stage: facts.stage, grades, pupils, classes: None, roster: None });
    }
    groups.sort_by(|a, b| a.grades.cmp(&b.grades));
    groups
}

/// The grades that a site teaches together with `grade`: those of its declared joint class, else the grade alone.
pub fn joint_grades(ground: &Ground<'_>, site: SiteId, grade: GradeId) -> Vec<GradeId> {
    let district = &ground.scenario.district;
    ground
        .section(site, district.grades[grade].stage)
        .and_then(|section| district.sections[section].groups.iter().find(|group| group.grades.contains(&grade)))
        .map_or_else(|| vec![grade], |group| group.grades.clone())
}

/// What one stage of a site calls for in a year.
#[derive(Debug, Clone, PartialEq)]
pub struct StageNeeds {
    /// The stage.
    pub stage: Stage,
    /// What is taught together with the smallest class that any rule asks for, which is what classes are planned with; `None`
    /// where no rule speaks of some grade, so that its classes are not known.
    pub needs: Option<Vec<ClassNeed>>,
    /// The most of these classes for which a room may lack in a plan that keeps the rules: none where the sizes are hard, as
    /// many as the ceiling says where they must not worsen, `None` where nothing says.
    pub lacking: Option<i64>,
}

/// A rule on class sizes at one site.
struct Sized<'r> {
    id: RuleId,
    rule: &'r Rule,
    size: i64,
    grades: Vec<GradeId>,
}

impl Sized<'_> {
    /// The most classes of a section for which a room may lack by this rule; `None` where it does not say.
    fn ceiling(&self, ceilings: &IdVec<RuleId, Ceilings>, year: Year, section: Subject) -> Option<i64> {
        let most = ceilings[self.id].get(&(year, section)).copied().unwrap_or(0.0);
        match pressure(self.rule, year) {
            Pressure::Hard => Some(0),
            _ if must_not_worsen(self.rule, year) => Some(most.floor() as i64),
            _ => None,
        }
    }
}

/// What the stages in play call for at a site while it is in a state.
pub fn stage_needs(
    ground: &Ground<'_>,
    ceilings: &IdVec<RuleId, Ceilings>,
    year: Year,
    site: SiteId,
    state: &SiteState,
) -> Vec<StageNeeds> {
    let scenario = ground.scenario;
    let facts = SiteFacts { ground, site, state: *state, pupils: None };
    let rules: Vec<Sized<'_>> = scenario
        .rules
        .entries()
        .filter(|(_, rule)| rule.metric == ClassSizeMax.name() && scope::site(scenario, rule, site, state))
        .filter_map(|(id, rule)| {
            let size = scope::loosest(rule, &facts)? as i64;
            Some(Sized { id, rule, size, grades: scope::grades(scenario, rule) })
        })
        .collect();
    let taught = scenario.stages.iter().copied().filter(|&stage| state.teaches(stage));
    taught
        .map(|stage| {
            let mut sets: Vec<Vec<GradeId>> =
                scenario.district.grades_of(stage).map(|grade| joint_grades(ground, site, grade)).collect();
            sets.sort();
            sets.dedup();
            let asked = |set: &[GradeId]| {
                let asked = rules.iter().filter(|one| covers(one.rule, &one.grades, set));
                let size = asked.clone().map(|one| one.size).min()?;
                // Of rules that count some sections only or are met in part nobody knows where they hold.
                let each =
                    |one: &&Sized<'_>| one.size == size && entry(one.rule, &scenario.years) != Entry::CheckedAfter;
                let section = Subject::Section(site, stage);
                let lacking =
                    asked.filter(each).filter_map(|one| Some((one.ceiling(ceilings, year, section)?, one.id)));
                Some((size, lacking.min()))
            };
            // A rule speaks of all classes of a section together.
            let bounds: Option<BTreeMap<RuleId, i64>> =
                sets.iter().map(|set| asked(set)?.1.map(|(lacking, rule)| (rule, lacking))).collect();
            let lacking = bounds.map(|bounds| bounds.values().sum());
            let need = |grades: Vec<GradeId>| Some(ClassNeed { size: asked(&grades)?.0, grades });
            StageNeeds { stage, lacking, needs: sets.into_iter().map(need).collect() }
        })
        .collect()
}

/// A class size that a rule asks for, with the price of lacking a room for it.
struct Wanted {
    size: i64,
    price: f64,
}

/// Classes that some groups have in sum before cheaper claims are served.
struct Promised {
    groups: Vec<usize>,
    size: i64,
    classes: i64,
}

fn assign_classes(
    ground: &Ground<'_>,
    year: Year,
    site: SiteId,
    state: &SiteState,
    groups: &mut [GroupView],
    ceilings: Option<&IdVec<RuleId, Ceilings>>,
) {
    let scenario = ground.scenario;
    let open: Vec<usize> = (0..groups.len()).filter(|&g| groups[g].classes.is_none()).collect();
    let mut wanted: Vec<Vec<Wanted>> = open.iter().map(|_| Vec::new()).collect();
    let mut promised = Vec::new();
    for (id, rule) in scenario.rules.entries().filter(|(_, rule)| rule.metric == ClassSizeMax.name()) {
        if !scope::site(scenario, rule, site, state) {
            continue;
        }
        let facts = SiteFacts { ground, site, state: *state, pupils: None };
        let Some(size) = scope::loosest(rule, &facts).map(|limit| limit as i64) else { continue };
        let grades = scope::grades(scenario, rule);
        let price = pressure(rule, year).price();
        let mut sections: BTreeMap<Stage, Vec<usize>> = BTreeMap::new();
        for (position, &g) in open.iter().enumerate() {
            if covers(rule, &grades, &groups[g].grades) {
                wanted[position].push(Wanted { size, price });
                sections.entry(groups[g].stage).or_default().push(position);
            }
        }
        let Some(ceilings) = ceilings.filter(|_| must_not_worsen(rule, year)) else { continue };
        for (stage, members) in sections {
            let needed: i64 = members.iter().map(|&position| fewest(groups[open[position]].pupils, size).0).sum();
            let lacking = ceilings[id].get(&(year, Subject::Section(site, stage))).copied().unwrap_or(0.0);
            promised.push(Promised { groups: members, size, classes: needed - lacking.floor() as i64 });
        }
    }
    let given: i64 = groups.iter().filter_map(|group| group.classes).map(|classes| classes.0).sum();
    let pupils: Vec<i64> = open.iter().map(|&g| groups[g].pupils.0).collect();
    let classes = share(&pupils, &wanted, &promised, (state.rooms.0 - given).max(0));
    for ((&g, classes), wanted) in open.iter().zip(classes).zip(&wanted) {
        if !wanted.is_empty() {
            groups[g].classes = Some(Classes(classes));
        }
    }
}

/// Classes for groups of `pupils` with the sizes wanted for each, within `rooms`: hard claims first, then what is
/// promised, then claims by price.
fn share(pupils: &[i64], wanted: &[Vec<Wanted>], promised: &[Promised], rooms: i64) -> Vec<i64> {
    let mut prices: Vec<f64> = wanted.iter().flat_map(|sizes| sizes.iter().map(|want| want.price)).collect();
    prices.sort_by(|a, b| b.total_cmp(a));
    prices.dedup();
    let (hard, soft): (Vec<f64>, Vec<f64>) = prices.into_iter().partition(|price| price.is_infinite());
    let mut rooms = Rooms { pupils, classes: vec![0; pupils.len()], left: rooms };
    for price in hard {
        rooms.fill(&targets(pupils, wanted, price), i64::MAX);
    }
    for promise in promised {
        let target: Vec<i64> = (0..pupils.len())
            .map(|g| if promise.groups.contains(&g) { fewest(Pupils(pupils[g]), promise.size).0 } else { 0 })
            .collect();
        let has: i64 = promise.groups.iter().map(|&g| rooms.classes[g]).sum();
        rooms.fill(&target, promise.classes - has);
    }
    for price in soft {
        rooms.fill(&targets(pupils, wanted, price), i64::MAX);
    }
    rooms.classes
}

/// The classes that each group needs for all claims of at least `price`.
fn targets(pupils: &[i64], wanted: &[Vec<Wanted>], price: f64) -> Vec<i64> {
    pupils
        .iter()
        .zip(wanted)
        .map(|(&pupils, sizes)| {
            let size = sizes.iter().filter(|want| want.price >= price).map(|want| want.size).min();
            size.map_or(0, |size| fewest(Pupils(pupils), size).0)
        })
        .collect()
}

/// Rooms being given to groups.
struct Rooms<'a> {
    pupils: &'a [i64],
    classes: Vec<i64>,
    left: i64,
}

impl Rooms<'_> {
    /// Gives at most `most` rooms, one by one, to groups that have fewer classes than their target.
    fn fill(&mut self, target: &[i64], most: i64) {
        for _ in 0..most.min(self.left) {
            let lacking = (0..self.pupils.len()).filter(|&g| self.classes[g] < target[g]);
            let Some(group) = lacking.reduce(|best, next| if self.fuller(best, next) { best } else { next }) else {
                return;
            };
            self.classes[group] += 1;
            self.left -= 1;
        }
    }

    /// Whether group `a` has at least as many pupils a class as group `b`; a group without a class is ahead of every other.
    fn fuller(&self, a: usize, b: usize) -> bool {
        let (n, c) = (self.pupils, &self.classes);
        match (c[a], c[b]) {
            (0, 0) => n[a] >= n[b],
            (0, _) => true,
            (_, 0) => false,
            _ => n[a] * c[b] >= n[b] * c[a],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(size: i64, price: f64) -> Vec<Wanted> {
        vec![Wanted { size, price }]
    }

    #[test]
    fn classes_are_the_fewest_that_meet_the_size_when_rooms_suffice() {
        let wanted = [one(45, 1.0), one(50, 1.0)];
        assert_eq!(share(&[91, 100], &wanted, &[], 10), [3, 2]);
        assert_eq!(share(&[91, 100], &wanted, &[], 5), [3, 2]);
    }

    #[test]
    fn dearer_claims_have_the_rooms_first() {
        let wanted = [one(45, 1.0), one(50, f64::INFINITY)];
        assert_eq!(share(&[90, 150], &wanted, &[], 4), [1, 3]);
        assert_eq!(share(&[90, 150], &wanted, &[], 2), [0, 2]);
    }

    /// Every way of giving at most `rooms` classes to three groups.
    fn every_split(rooms: i64) -> impl Iterator<Item = [i64; 3]> {
        (0..=rooms).flat_map(move |a| (0..=rooms - a).flat_map(move |b| (0..=rooms - a - b).map(move |c| [a, b, c])))
    }

    #[test]
    fn scarce_rooms_make_the_largest_class_as_small_as_any_split_can() {
        let largest = |pupils: &[i64; 3], classes: &[i64]| {
            pupils
                .iter()
                .zip(classes)
                .map(|(&n, &c)| {
                    if n == 0 {
                        0
                    } else if c == 0 {
                        i64::MAX
                    } else {
                        (n + c - 1) / c
                    }
                })
                .max()
        };
        for rooms in 0..9 {
            for pupils in [[90, 91, 30], [200, 10, 44], [46, 46, 46], [0, 300, 1], [135, 136, 137]] {
                let wanted = [one(45, 7.0), one(45, 7.0), one(45, 7.0)];
                let shared = share(&pupils, &wanted, &[], rooms);
                let needed: i64 = pupils.iter().map(|&n| fewest(Pupils(n), 45).0).sum();
                assert_eq!(shared.iter().sum::<i64>(), needed.min(rooms));
                let best = every_split(rooms).map(|split| largest(&pupils, &split)).min().unwrap();
                let (found, best) = (largest(&pupils, &shared).unwrap(), best.unwrap());
                // Rooms beyond what the rule needs are not used, so the largest class may stay at the rule's size.
                assert!(found == best || (found <= 45 && best <= 45), "{pupils:?} in {rooms}: {shared:?}");
            }
        }
    }

    fn claim(grade: u32, size: i64, price: f64, ceiling: Option<i64>) -> ClassClaim {
        let needs = vec![ClassNeed { grades: vec![GradeId(grade)], size }];
        ClassClaim { needs, price, ceiling: ceiling.map(Classes) }
    }

    /// What the limits of the kernel cost for rolls by grade; infinite where a hard limit is broken.
    fn priced(limits: &[ClassLimit], rolls: &[i64]) -> f64 {
        let over = |limit: &ClassLimit| {
            let classes: i64 = limit
                .needs
                .iter()
                .map(|need| fewest(Pupils(need.grades.iter().map(|g| rolls[g.index()]).sum()), need.size).0)
                .sum();
            (classes - limit.max).max(0)
        };
        limits
            .iter()
            .map(|limit| (over(limit), limit.price))
            .filter(|&(over, _)| over > 0)
            .map(|(over, price)| over as f64 * price)
            .sum()
    }

    #[test]
    fn nested_limits_cost_exactly_what_the_shared_rooms_lack() {
        let prices = [[5.0, 3.0, 1.0], [2.0, 2.0, 2.0], [1.0, 4.0, 4.0], [f64::INFINITY, 2.0, 1.0]];
        for prices in prices {
            let claims: Vec<ClassClaim> = (0..3).map(|g| claim(g, 45, prices[g as usize], None)).collect();
            for rooms in 0..8 {
                let limits = share_rooms(&claims, Classes(rooms));
                for rolls in [[90, 91, 30], [200, 10, 44], [46, 46, 46], [0, 300, 1]] {
                    let wanted: Vec<Vec<Wanted>> = prices.iter().map(|&price| one(45, price)).collect();
                    let classes = share(&rolls, &wanted, &[], rooms);
                    let expected: f64 = (0..3)
                        .map(|g| (fewest(Pupils(rolls[g]), 45).0 - classes[g], prices[g]))
                        .filter(|&(lacking, _)| lacking > 0)
                        .map(|(lacking, price)| lacking as f64 * price)
                        .sum();
                    assert_eq!(priced(&limits, &rolls), expected, "{rolls:?} in {rooms} at {prices:?}");
                }
            }
        }
    }

    #[test]
    fn a_ceiling_bounds_what_may_lack_and_needs_no_price() {
        let limits = share_rooms(&[claim(0, 45, 0.0, Some(1)), claim(1, 50, f64::INFINITY, None)], Classes(4));
        let cost = |rolls: &[i64]| priced(&limits, rolls);
        assert_eq!(cost(&[180, 0]), 0.0);
        assert_eq!(cost(&[225, 0]), 0.0);
        assert!(cost(&[226, 0]).is_infinite());
        assert_eq!(cost(&[135, 100]), 0.0);
        assert!(cost(&[180, 100]).is_infinite());
        assert!(cost(&[0, 201]).is_infinite());
    }

    #[test]
    fn promised_rooms_come_before_cheaper_claims() {
        let wanted = [one(45, 9.0), one(50, 1.0)];
        let promised = [Promised { groups: vec![1], size: 50, classes: 2 }];
        assert_eq!(share(&[180, 200], &wanted, &promised, 5), [3, 2]);
        assert_eq!(share(&[180, 200], &wanted, &[], 5), [4, 1]);
        assert_eq!(share(&[180, 40], &wanted, &promised, 5), [4, 1]);
    }

    #[test]
    fn two_sizes_for_one_grade_do_not_share_a_nest() {
        let limits = share_rooms(&[claim(0, 55, f64::INFINITY, None), claim(0, 45, 1.0, None)], Classes(2));
        assert_eq!(priced(&limits, &[110]), 1.0);
        assert!(priced(&limits, &[111]).is_infinite());
        let wanted = [vec![Wanted { size: 55, price: f64::INFINITY }, Wanted { size: 45, price: 1.0 }]];
        assert_eq!(share(&[110], &wanted, &[], 2), [2]);
        assert_eq!(share(&[110], &wanted, &[], 9), [3]);
    }
}
