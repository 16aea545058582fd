//! Brute force with arithmetic of its own: every combination of actions and assignments of a small county is tried.
//!
//! It reads the rules that `counties` draws and nothing else, and shares no code with the project beyond the data types. What
//! pupils who keep their school may do is in `cohorts`.

mod cohorts;

use catchment::domain::action::Measure;
use catchment::domain::district::{SiteStatus, Stage};
use catchment::domain::objective::{Goal, Term};
use catchment::domain::rule::{Comparison, Param, Predicate, Rule, Severity};
use catchment::domain::scenario::Scenario;
use catchment::id::{GradeId, Id, SiteId, UnitId};

/// What can be broken, one bit each.
pub const KINDS: [&str; 8] = ["class", "size", "travel", "budget", "closures", "least", "merge", "protected"];
const CLASS: usize = 0;
const SIZE: usize = 1;
const TRAVEL: usize = 2;
const BUDGET: usize = 3;
const CLOSURES: usize = 4;
const LEAST: usize = 5;
const MERGE: usize = 6;
const PROTECTED: usize = 7;

/// Most combinations that are tried.
const MOST: f64 = 1.5e6;

/// What brute force finds.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Left out: too many combinations, or a unit that may be divided in a plan of several years.
    LeftOut,
    /// Some pupils have no site within the hard rules on ways.
    Unreachable,
    /// The best plan that keeps every hard rule.
    Best {
        /// Value of every declared level.
        levels: Vec<f64>,
        /// Kinds of rule without which the first level would be better.
        binding: Vec<usize>,
    },
    /// No plan keeps the hard rules.
    Infeasible {
        /// Least excess in pupils affected, then the declared levels.
        levels: Vec<f64>,
        /// Kinds of rule without which there would be a plan.
        binding: Vec<usize>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a site in a year")]
struct State {
    operating: bool,
    rooms: i64,
    enlarged: bool,
    /// Lowest grades of a stage that are no longer taught.
    gone: i64,
    primary: bool,
    junior: bool,
}

/// One course of a site: at most one offer, from a year on.
#[derive(Debug, Clone)]
struct Course {
    states: Vec<State>,
    closes: bool,
    /// Year from which it takes no more entrants.
    runs_out: Option<i32>,
    /// Action, year and receiver where it is shut.
    shut: Option<String>,
    /// Target and position of the first year.
    merges: Option<(usize, usize)>,
    cost: f64,
    /// Money booked, by plan year.
    booked: Vec<f64>,
}

/// Pupils who are zoned together.
struct Group {
    /// What is known of them where cohorts are followed.
    cohort: Option<cohorts::Cohort>,
    unit: usize,
    band: usize,
    year: usize,
    primary: bool,
    pupils: Vec<(usize, i64)>,
    home: Option<usize>,
    choices: Vec<Choice>,
}

/// One way to serve a group: head counts by site and grade.
struct Choice {
    parts: Vec<(usize, Vec<(usize, i64)>)>,
    km: f64,
    moved: i64,
    /// Pupil-kilometres and pupils beyond the cap.
    over_km: f64,
    over: i64,
}

/// A rule as the county drew it.
#[derive(Debug, Clone, Copy)]
struct Asked {
    limit: f64,
    /// Price where it is soft.
    soft: Option<f64>,
}

struct Rules {
    class: Option<Asked>,
    size: Option<(Asked, Option<f64>)>,
    cap: Option<(Asked, Vec<bool>)>,
    budget: Option<(Asked, bool)>,
    closures: Option<(Asked, Comparison, bool)>,
    least: Option<Asked>,
}

/// What a combination comes to.
struct Leaf {
    broken: u32,
    /// Pupil-kilometres, cost, pupils moved, soft excess.
    terms: [f64; 4],
    /// Excess over hard rules in pupils affected.
    breach: f64,
}

pub struct Brute<'a> {
    scenario: &'a Scenario,
    courses: Vec<Vec<Course>>,
    groups: Vec<Group>,
    rules: Rules,
    per_site: f64,
    per_yuan: f64,
}

/// Tries everything.
pub fn solve(scenario: &Scenario) -> Found {
    let brute = Brute::new(scenario);
    if brute.stranded() {
        return Found::Unreachable;
    }
    if brute.too_many(MOST) {
        return Found::LeftOut;
    }
    brute.search()
}

/// A plan that keeps every hard rule.
pub struct Plan<'a> {
    /// What each site is shut by: action, year and receiver; `None` where it is not.
    pub shut: &'a [Option<&'a str>],
    /// Pupil-kilometres, cost, pupils moved, soft excess.
    pub terms: [f64; 4],
    /// The first level of the objective.
    pub value: f64,
}

/// Visits every plan that keeps every hard rule, where there are at most `most` combinations. Says whether it did: not where
/// [`solve`] leaves the county out or finds pupils without a site.
pub fn plans(scenario: &Scenario, most: f64, visit: &mut dyn FnMut(&Plan<'_>)) -> bool {
    let brute = Brute::new(scenario);
    if brute.stranded() || brute.too_many(most) {
        return false;
    }
    let goal = &goals(scenario)[0];
    brute.each(&mut |courses, leaf| {
        if leaf.broken == 0 {
            let shut: Vec<Option<&str>> = courses.iter().map(|course| course.shut.as_deref()).collect();
            visit(&Plan { shut: &shut, terms: leaf.terms, value: worth(goal, leaf) });
        }
    });
    true
}

fn asked(rule: &Rule) -> Asked {
    let soft = (rule.severity == Severity::Soft).then(|| rule.soft.map_or(0.0, |soft| soft.weight));
    Asked { limit: rule.limit, soft }
}

impl<'a> Brute<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        let find = |metric: &str| scenario.rules.iter().find(|rule| rule.metric == metric);
        let word = |rule: &Rule, name: &str, value: &str| rule.params.get(name) == Some(&Param::Word(value.into()));
        let rules = Rules {
            class: find("class_size_max").map(asked),
            size: find("site_size").map(|rule| {
                let old = rule.exempt.first().map(|exemption| {
                    assert_eq!(exemption.when, Predicate::BuiltYearLe(2010));
                    exemption.limit.unwrap()
                });
                (asked(rule), old)
            }),
            cap: find("travel_dist").map(|rule| {
                let grades = scenario.district.grades.iter();
                let meant = |number: Option<i8>| {
                    rule.scope.grades.is_empty() || number.is_some_and(|number| rule.scope.grades.contains(&number))
                };
                (asked(rule), grades.map(|grade| meant(grade.number)).collect())
            }),
            budget: find("budget").map(|rule| (asked(rule), word(rule, "per", "plan"))),
            closures: find("closures").map(|rule| {
                let merges = rule.params.get("count_merges") == Some(&Param::Flag(true));
                (asked(rule), rule.op, merges)
            }),
            least: find("site_min_size").map(asked),
        };
        let residents: i64 = (0..scenario.district.units.len())
            .flat_map(|unit| (0..scenario.district.grades.len()).map(move |grade| (unit, grade)))
            .map(|(unit, grade)| {
                scenario.demand.pupils(scenario.baseline_year, UnitId::new(unit), GradeId::new(grade)).0
            })
            .sum();
        let residents = residents.max(1) as f64;
        let operating = scenario.district.sites.iter().filter(|site| site.status == SiteStatus::Operating).count();
        let class = rules.class.map_or(1.0, |class| class.limit);
        let (mut capital, mut places, mut all) = (0.0, 0.0, 0.0);
        for offer in &scenario.offers {
            all += offer.capital.as_f64();
            if let Measure::Expand { classes } | Measure::Build { classes, .. } = offer.measure {
                capital += offer.capital.as_f64();
                places += classes.as_f64() * class;
            }
        }
        let per_yuan = if capital > 0.0 { places / capital } else { residents / f64::max(all, 1.0) };
        let courses = (0..scenario.district.sites.len()).map(|site| courses(scenario, site)).collect();
        let mut brute = Self {
            scenario,
            courses,
            groups: Vec::new(),
            rules,
            per_site: residents / operating.max(1) as f64,
            per_yuan,
        };
        brute.groups = brute.groups();
        brute
    }

    fn groups(&self) -> Vec<Group> {
        let scenario = self.scenario;
        let mut groups = Vec::new();
        let followed = cohorts::followed(scenario);
        // Grades that the cap treats differently are zoned apart, and all where cohorts are followed.
        let capped = |grade: usize| self.rules.cap.as_ref().is_some_and(|(_, grades)| grades[grade]);
        for year in 0..scenario.years.len() {
            for unit in 0..scenario.district.units.len() {
                for (position, &stage) in scenario.stages.iter().enumerate() {
                    for band in 0..if followed { scenario.district.grades.len() } else { 2 } {
                        let own = |id: GradeId| if followed { id.index() } else { usize::from(capped(id.index())) };
                        let pupils: Vec<(usize, i64)> = scenario
                            .district
                            .grades
                            .entries()
                            .filter(|&(id, grade)| grade.stage == stage && own(id) == band)
                            .map(|(id, _)| {
                                let n = scenario.demand.pupils(scenario.years[year], UnitId::new(unit), id).0;
                                (id.index(), n)
                            })
                            .collect();
                        if pupils.iter().all(|&(_, n)| n == 0) {
                            continue;
                        }
                        let home = scenario.baseline.sites[UnitId::new(unit)][position].map(Id::index);
                        let primary = stage == Stage::Primary;
                        let band = scenario.district.grades.len().max(2) * position + band;
                        let choices = Vec::new();
                        let mut group = Group { cohort: None, unit, band, year, primary, pupils, home, choices };
                        group.cohort = followed.then(|| self.cohort(&groups, &group));
                        group.choices = self.choices(&group);
                        groups.push(group);
                    }
                }
            }
        }
        groups
    }

    fn metres(&self, unit: usize, site: usize) -> Option<i64> {
        let entries = self.scenario.travel.table.iter();
        entries.filter(|e| e.unit.index() == unit && e.site.index() == site).map(|e| e.metres.0).next()
    }

    /// Every way to serve a group, whatever operates: as a whole, and in parts where it may be divided.
    fn choices(&self, group: &Group) -> Vec<Choice> {
        let sites: Vec<usize> = (0..self.courses.len())
            .filter(|&site| {
                self.metres(group.unit, site).is_some()
                    && self.courses[site].iter().any(|course| group.taught(&course.states[group.year]))
            })
            .collect();
        let mut choices: Vec<Choice> =
            sites.iter().map(|&site| self.choice(group, vec![(site, group.pupils.clone())])).collect();
        let declared = self.scenario.district.units[UnitId::new(group.unit)].divisible;
        let zone = self.scenario.zoning.iter().any(|zoning| zoning.multi_school);
        if !cohorts::stays(self.scenario) && (declared || zone || self.too_large(group)) {
            let all: i64 = group.pupils.iter().map(|&(_, n)| n).sum();
            for table in splits(&group.pupils, sites.len()) {
                let parts: Vec<(usize, Vec<(usize, i64)>)> = sites
                    .iter()
                    .zip(table)
                    .filter(|(_, part)| part.iter().any(|&(_, n)| n > 0))
                    .map(|(&site, part)| (site, part))
                    .collect();
                let large_enough = parts.iter().all(|(_, part)| 10 * part.iter().map(|&(_, n)| n).sum::<i64>() >= all);
                if (2..=3).contains(&parts.len()) && large_enough {
                    choices.push(self.choice(group, parts));
                }
            }
        }
        choices
    }

    fn choice(&self, group: &Group, parts: Vec<(usize, Vec<(usize, i64)>)>) -> Choice {
        let discount = 1.0 + self.scenario.objective.discount;
        let later = self.scenario.years[group.year].0 - self.scenario.years[0].0;
        let (mut km, mut moved, mut over_km, mut over) = (0.0, 0, 0.0, 0);
        for (site, part) in &parts {
            let n: i64 = part.iter().map(|&(_, n)| n).sum();
            let metres = self.metres(group.unit, *site).unwrap() as f64;
            km += n as f64 * metres / 1000.0 / discount.powi(later);
            if group.year == 0 && group.had_school() && group.home.is_some_and(|home| home != *site) {
                moved += n;
            }
            if let Some((cap, grades)) = &self.rules.cap
                && grades[group.pupils[0].0]
                && metres > cap.limit
            {
                over_km += n as f64 * (metres - cap.limit) / 1000.0;
                over += n;
            }
        }
        Choice { parts, km, moved, over_km, over }
    }

    /// Whether a group alone breaks a hard limit on size or classes in every state of every site that teaches it.
    fn too_large(&self, group: &Group) -> bool {
        let all: i64 = group.pupils.iter().map(|&(_, n)| n).sum();
        let mut teaching = false;
        for (site, courses) in self.courses.iter().enumerate() {
            for course in courses {
                let state = &course.states[group.year];
                if !group.taught(state) {
                    continue;
                }
                teaching = true;
                let size = self
                    .rules
                    .size
                    .is_none_or(|(size, _)| size.soft.is_some() || all as f64 <= self.size_limit(site, state));
                let class = self.rules.class.is_none_or(|class| {
                    class.soft.is_some() || classes(group.pupils.iter().map(|&(_, n)| n), class.limit) <= state.rooms
                });
                if size && class {
                    return false;
                }
            }
        }
        teaching
    }

    fn size_limit(&self, site: usize, state: &State) -> f64 {
        let (size, old) = self.rules.size.unwrap();
        let built = self.scenario.district.sites[SiteId::new(site)].built_year.unwrap().0;
        match old {
            Some(limit) if built <= 2010 && !state.enlarged => limit,
            _ => size.limit,
        }
    }

    /// Whether some group has no site within a hard cap under any course.
    fn stranded(&self) -> bool {
        let hard = self.rules.cap.as_ref().is_some_and(|(cap, _)| cap.soft.is_none());
        if cohorts::stays(self.scenario) {
            return self.cohort_stranded();
        }
        self.groups
            .iter()
            .any(|group| !group.choices.iter().any(|choice| choice.parts.len() == 1 && (!hard || choice.over == 0)))
    }

    /// Whether there are more than `most` combinations, or a unit may be divided in a plan of several years that is to move few
    /// pupils.
    fn too_many(&self, most: f64) -> bool {
        let size: f64 = self.courses.iter().map(|courses| courses.len() as f64).product::<f64>()
            * self.groups.iter().map(|group| group.freedom() as f64).product::<f64>();
        // Pupils of a divided unit who move from one year to the next are checked after, not modelled: nothing to compare.
        let divided = |group: &Group| group.choices.iter().any(|choice| choice.parts.len() > 1);
        let moved =
            goals(self.scenario).iter().flatten().any(|&(term, weight)| term == Term::MovedPupils && weight != 0.0);
        size > most || (moved && self.scenario.years.len() > 1 && self.groups.iter().any(divided))
    }

    fn search(&self) -> Found {
        // Best first level for every set of kinds that is allowed to be broken, and the least excess.
        let goals = goals(self.scenario);
        let mut best = [f64::INFINITY; 256];
        let mut least = f64::INFINITY;
        let structural = (1u32 << MERGE) | (1 << PROTECTED);
        self.each(&mut |_, leaf| {
            let value = worth(&goals[0], leaf);
            let slot = &mut best[leaf.broken as usize];
            *slot = slot.min(value);
            if leaf.broken & structural == 0 {
                least = least.min(leaf.breach);
            }
        });
        let without = |kind: usize| best[0].min(best[1 << kind]);
        let better = |value: f64, than: f64| value < than - 1e-6 * than.abs().max(1.0);
        if best[0] < f64::INFINITY {
            let binding = (0..KINDS.len()).filter(|&kind| better(without(kind), best[0])).collect();
            return Found::Best { levels: self.levels(&goals, None), binding };
        }
        let binding = (0..KINDS.len()).filter(|&kind| without(kind) < f64::INFINITY).collect();
        let mut levels = vec![least];
        levels.extend(self.levels(&goals, Some(least)));
        Found::Infeasible { levels, binding }
    }

    /// The best value of every level, earlier ones held within the slack. With `least`, hard rules may be broken by that
    /// much.
    fn levels(&self, goals: &[Vec<(Term, f64)>], least: Option<f64>) -> Vec<f64> {
        let slack = match self.scenario.objective.goal {
            Goal::Levels { slack, .. } => slack,
            Goal::Weights(_) => 0.0,
        };
        let mut values: Vec<f64> = Vec::new();
        for goal in goals {
            let mut best = f64::INFINITY;
            self.each(&mut |_, leaf| {
                let allowed = match least {
                    None => leaf.broken == 0,
                    Some(least) => leaf.broken >> MERGE == 0 && leaf.breach <= least + 1e-6 * least.max(1.0),
                };
                let held = goals.iter().zip(&values).all(|(goal, &value)| {
                    worth(goal, leaf) <= value + slack * value.abs() + 1e-6 * value.abs().max(1.0)
                });
                if allowed && held {
                    best = best.min(worth(goal, leaf));
                }
            });
            values.push(best);
        }
        values
    }

    /// Visits every combination of actions and assignments in which everybody is taught at an operating site.
    fn each(&self, visit: &mut dyn FnMut(&[&Course], &Leaf)) {
        let mut picked = vec![0; self.courses.len()];
        loop {
            let courses: Vec<&Course> = self.courses.iter().zip(&picked).map(|(all, &at)| &all[at]).collect();
            if chains_hold(&courses) {
                self.assign(&courses, visit);
            }
            let Some(site) = (0..picked.len()).find(|&site| picked[site] + 1 < self.courses[site].len()) else {
                return;
            };
            picked[site] += 1;
            picked[..site].fill(0);
        }
    }

    fn assign(&self, courses: &[&Course], visit: &mut dyn FnMut(&[&Course], &Leaf)) {
        let years = self.scenario.years.len();
        let grades = self.scenario.district.grades.len();
        let mut walk = Walk {
            brute: self,
            courses,
            loads: vec![0; years * courses.len() * grades],
            chosen: Vec::new(),
            base: self.actions(courses),
        };
        walk.next(visit);
    }

    /// What the actions alone come to.
    fn actions(&self, courses: &[&Course]) -> Leaf {
        let mut leaf = Leaf { broken: 0, terms: [0.0; 4], breach: 0.0 };
        leaf.terms[1] = courses.iter().map(|course| course.cost).sum();
        for (site, course) in courses.iter().enumerate() {
            let shuts = course.closes || course.runs_out.is_some() || course.merges.is_some();
            if shuts && self.scenario.district.sites[SiteId::new(site)].protected {
                leaf.broken |= 1 << PROTECTED;
            }
        }
        if let Some((rule, in_all)) = self.rules.budget {
            let of_year = |year: usize| courses.iter().map(|course| course.booked[year]).sum::<f64>();
            let spent: Vec<f64> = (0..self.scenario.years.len()).map(of_year).collect();
            let tested = if in_all { vec![spent.iter().sum()] } else { spent };
            for spent in tested {
                leaf.charge(BUDGET, rule, spent - rule.limit, self.per_yuan);
            }
        }
        if let Some((rule, op, merges)) = self.rules.closures {
            let count =
                courses.iter().filter(|c| c.closes || c.runs_out.is_some() || (merges && c.merges.is_some())).count()
                    as f64;
            let excess = if op == Comparison::AtMost { count - rule.limit } else { rule.limit - count };
            leaf.charge(CLOSURES, rule, excess, self.per_site);
        }
        leaf
    }
}

impl Leaf {
    /// Books an excess: on the soft account, or as broken.
    fn charge(&mut self, kind: usize, rule: Asked, excess: f64, weight: f64) {
        if excess <= 1e-9 {
            return;
        }
        if let Some(price) = rule.soft {
            self.terms[3] += price * excess;
        } else {
            self.broken |= 1 << kind;
            self.breach += weight * excess;
        }
    }
}

/// Goes through the assignments under one combination of actions.
struct Walk<'a> {
    brute: &'a Brute<'a>,
    courses: &'a [&'a Course],
    /// Pupils by year, site and grade.
    loads: Vec<i64>,
    /// Position of the choice of every group so far.
    chosen: Vec<usize>,
    base: Leaf,
}

impl Walk<'_> {
    fn next(&mut self, visit: &mut dyn FnMut(&[&Course], &Leaf)) {
        let Some(group) = self.brute.groups.get(self.chosen.len()) else {
            let leaf = self.leaf();
            visit(self.courses, &leaf);
            return;
        };
        for (position, choice) in group.choices.iter().enumerate() {
            let open = |site: usize| group.taught(&self.courses[site].states[group.year]);
            let may = |site: usize| open(site) && self.may_go(group, site);
            if !choice.parts.iter().all(|&(site, _)| may(site)) {
                continue;
            }
            self.put(group.year, choice, 1);
            self.chosen.push(position);
            self.next(visit);
            self.chosen.pop();
            self.put(group.year, choice, -1);
        }
    }

    fn put(&mut self, year: usize, choice: &Choice, sign: i64) {
        let grades = self.brute.scenario.district.grades.len();
        for (site, part) in &choice.parts {
            for &(grade, n) in part {
                self.loads[(year * self.courses.len() + site) * grades + grade] += sign * n;
            }
        }
    }

    fn leaf(&self) -> Leaf {
        let brute = self.brute;
        let mut leaf = Leaf { broken: self.base.broken, terms: self.base.terms, breach: self.base.breach };
        self.ways(&mut leaf);
        let grades = brute.scenario.district.grades.len();
        for year in 0..brute.scenario.years.len() {
            for (site, course) in self.courses.iter().enumerate() {
                let state = &course.states[year];
                if !state.operating {
                    continue;
                }
                let from = (year * self.courses.len() + site) * grades;
                let rolls = &self.loads[from..from + grades];
                let all: i64 = rolls.iter().sum();
                if let Some(rule) = brute.rules.class {
                    let lacking = classes(rolls.iter().copied(), rule.limit) - state.rooms;
                    leaf.charge(CLASS, rule, lacking as f64, rule.limit);
                }
                if let Some((rule, _)) = brute.rules.size {
                    leaf.charge(SIZE, rule, all as f64 - brute.size_limit(site, state), 1.0);
                }
                if let Some(rule) = brute.rules.least.filter(|_| state.gone == 0) {
                    leaf.charge(LEAST, rule, rule.limit - all as f64, 1.0);
                }
            }
        }
        leaf
    }

    /// Travel, pupils moved, the cap, and the catchments of mergers.
    fn ways(&self, leaf: &mut Leaf) {
        let groups = &self.brute.groups;
        for (index, (group, &position)) in groups.iter().zip(&self.chosen).enumerate() {
            let choice = &group.choices[position];
            leaf.terms[0] += choice.km;
            leaf.terms[2] += choice.moved as f64;
            if let (Some((cap, _)), true) = (&self.brute.rules.cap, choice.over > 0) {
                if let Some(price) = cap.soft {
                    leaf.terms[3] += price * choice.over_km;
                } else {
                    leaf.broken |= 1 << TRAVEL;
                    leaf.breach += choice.over as f64;
                }
            }
            if let Some((into, from)) = group.home.and_then(|home| self.courses[home].merges)
                && group.year >= from
                && group.merges_too(from)
                && choice.parts.iter().any(|&(site, _)| site != into)
            {
                leaf.broken |= 1 << MERGE;
            }
            if group.year > 0 {
                let same = |other: &Group| (other.unit, other.band) == (group.unit, group.band);
                let before = groups[..index].iter().position(|other| {
                    other.year == group.year - 1 && group.follows(other).unwrap_or_else(|| same(other))
                });
                let now = choice.parts[0].0;
                if let Some(before) = before
                    && groups[before].choices[self.chosen[before]].parts[0].0 != now
                {
                    leaf.terms[2] += group.pupils.iter().map(|&(_, n)| n as f64).sum::<f64>();
                }
            }
        }
    }
}

fn teaches(state: &State, primary: bool) -> bool {
    state.operating && if primary { state.primary } else { state.junior }
}

fn classes(rolls: impl Iterator<Item = i64>, size: f64) -> i64 {
    rolls.map(|n| (n as f64 / size).ceil() as i64).sum()
}

/// Whether every merger has a target that operates from then on and is never shut itself.
fn chains_hold(courses: &[&Course]) -> bool {
    courses.iter().all(|course| {
        course.merges.is_none_or(|(into, from)| {
            let target = courses[into];
            !target.closes
                && target.runs_out.is_none()
                && target.merges.is_none()
                && target.states[from..].iter().all(|state| state.operating)
        })
    })
}

fn courses(scenario: &Scenario, site: usize) -> Vec<Course> {
    let facts = &scenario.district.sites[SiteId::new(site)];
    let operating = facts.status == SiteStatus::Operating;
    let teaches = |stage: Stage| facts.kind.stages().contains(&stage);
    let start = State {
        operating,
        rooms: if operating { facts.rooms.0 } else { 0 },
        enlarged: false,
        gone: 0,
        primary: teaches(Stage::Primary),
        junior: teaches(Stage::Junior),
    };
    let years = &scenario.years;
    let first = years[0].0;
    let keep = Course {
        states: vec![start; years.len()],
        closes: false,
        runs_out: None,
        shut: None,
        merges: None,
        cost: 0.0,
        booked: vec![0.0; years.len()],
    };
    let mut all = vec![keep.clone()];
    for offer in scenario.offers.iter().filter(|offer| offer.site.index() == site) {
        for (from, year) in years.iter().enumerate() {
            if !offer.years.is_empty() && !offer.years.contains(year) {
                continue;
            }
            let mut course = keep.clone();
            for (state, later) in course.states[from..].iter_mut().zip(&years[from..]) {
                match offer.measure {
                    Measure::Close | Measure::Merge { .. } => state.operating = false,
                    Measure::PhaseOut => {
                        state.gone = i64::from(later.0 - year.0) + 1;
                        state.operating = state.gone < cohorts::grades_of_longest_stage(state.primary);
                    }
                    Measure::Expand { classes } => {
                        state.rooms += classes.0;
                        state.enlarged = true;
                    }
                    Measure::Build { classes, .. } => {
                        *state = State { operating: true, rooms: classes.0, enlarged: true, ..*state };
                    }
                    Measure::Relocate { .. } | Measure::Convert { .. } | Measure::Equip { .. } => {
                        unreachable!("no county offers it")
                    }
                }
            }
            course.closes = offer.measure == Measure::Close;
            if course.closes {
                course.shut = Some(format!("close {year}"));
            }
            if offer.measure == Measure::PhaseOut {
                course.runs_out = Some(year.0);
                course.shut = Some(format!("phase_out {year}"));
            }
            if let Measure::Merge { into } = offer.measure {
                course.shut = Some(format!("merge {year} {}", scenario.district.sites[into].key));
                course.merges = Some((into.index(), from));
            }
            let discounted = |year: i32| (1.0 + scenario.objective.discount).powi(-(year - first).max(0));
            let parts = offer.lead_years.max(1);
            for part in 0..parts {
                let due = year.0 - offer.lead_years as i32 + part as i32;
                let share = offer.capital.as_f64() / f64::from(parts);
                course.cost += share * discounted(due);
                // What is due before the first plan year or between plan years is booked in the next.
                let slot = years.iter().position(|year| year.0 >= due).unwrap();
                course.booked[slot] += share;
            }
            let empty = course.runs_out.map(|from| from + cohorts::grades_of_longest_stage(start.primary) as i32 - 1);
            for year in years[from..].iter().filter(|year| empty.is_none_or(|empty| year.0 >= empty)) {
                course.cost += offer.running.as_f64() * discounted(year.0);
            }
            all.push(course);
        }
    }
    all
}

/// Every table of head counts by site and grade with the given sums by grade.
fn splits(pupils: &[(usize, i64)], sites: usize) -> Vec<Vec<Vec<(usize, i64)>>> {
    let mut tables = vec![vec![Vec::new(); sites]];
    for &(grade, n) in pupils {
        let mut longer = Vec::new();
        for table in &tables {
            for counts in compositions(n, sites) {
                let mut next = table.clone();
                next.iter_mut().zip(&counts).for_each(|(part, &count)| part.push((grade, count)));
                longer.push(next);
            }
        }
        tables = longer;
    }
    tables
}

fn compositions(n: i64, parts: usize) -> Vec<Vec<i64>> {
    if parts == 0 {
        return Vec::new();
    }
    if parts == 1 {
        return vec![vec![n]];
    }
    (0..=n)
        .flat_map(|first| {
            compositions(n - first, parts - 1).into_iter().map(move |mut rest| {
                rest.insert(0, first);
                rest
            })
        })
        .collect()
}

/// The declared levels as weighted sums of terms.
fn goals(scenario: &Scenario) -> Vec<Vec<(Term, f64)>> {
    match &scenario.objective.goal {
        Goal::Levels { terms, .. } => terms.iter().map(|&term| vec![(term, 1.0)]).collect(),
        Goal::Weights(weights) => {
            // Where money is added up, pupil-kilometres count at their price.
            let money = weights.iter().any(|&(term, weight)| term == Term::Cost && weight != 0.0);
            let price = |term| match (term, money) {
                (Term::TravelPupilKm, true) => scenario.objective.yuan_per_pupil_km.unwrap(),
                _ => 1.0,
            };
            vec![weights.iter().map(|&(term, weight)| (term, weight * price(term))).collect()]
        }
    }
}

fn worth(goal: &[(Term, f64)], leaf: &Leaf) -> f64 {
    goal.iter()
        .map(|&(term, weight)| {
            weight
                * match term {
                    Term::TravelPupilKm => leaf.terms[0],
                    Term::Cost => leaf.terms[1],
                    Term::MovedPupils => leaf.terms[2],
                    Term::SoftExcess => leaf.terms[3],
                    Term::TravelPupilMinutes => unreachable!("no county asks for minutes"),
                }
        })
        .sum()
}
