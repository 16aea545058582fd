//! Where the pupils go: the least value of all their ways under given measures at the sites.
//!
//! Pupils of one unit and stage whose grades all rules treat alike go together. Where some pupils have to be told from others,
//! because they keep their school or a site may be phased out, those who entered in one year go together, grade by grade.

use super::{Course, State, World, flag, price, stages, teaches};
use catchment::domain::action::Measure;
use catchment::domain::district::Stage;
use catchment::domain::objective::{Goal, Term};
use catchment::domain::rule::{Rule, Severity};
use catchment::domain::scenario::{Moving, Scenario};
use catchment::id::{GradeId, Id, SiteId, UnitId};

/// Pupils who go together in a plan year.
struct Group {
    unit: usize,
    stage: Stage,
    /// The plan year, by position.
    t: usize,
    /// Pupils by grade; not all are 0.
    rolls: Vec<(usize, i64)>,
    /// Their school of today.
    home: Option<usize>,
    /// What is known of them where some are told from others.
    cohort: Option<Cohort>,
    /// The group of the same pupils in the plan year before, by position: they move where it goes elsewhere.
    last: Option<usize>,
    /// Whether several schools may share them.
    divided: bool,
}

struct Cohort {
    /// Grade, counted from the first of the stage.
    offset: i64,
    /// The year in which they entered.
    entry: i32,
    /// The school of today where the way is allowed in every plan year.
    home: Option<usize>,
    /// Their latest group before, by position.
    before: Option<usize>,
    /// The position of the first plan year in which they are at school.
    first: usize,
}

/// A way for a part of a group.
#[derive(Clone, Copy)]
struct Way {
    site: usize,
    boards: bool,
    /// What one pupil costs.
    each: f64,
}

/// Pupils by grade who go one way.
type Part = (Way, Vec<(usize, i64)>);

fn stays(scenario: &Scenario) -> bool {
    scenario.moving == Moving::Stay
}

fn weight(scenario: &Scenario, wanted: Term) -> f64 {
    let Goal::Weights(weights) = &scenario.objective.goal else { panic!("every county has weights") };
    weights.iter().filter(|&&(term, _)| term == wanted).map(|&(_, weight)| weight).sum()
}

/// The plan years that have to be looked at together, by position: each by itself, unless pupils keep their school or are to
/// move little.
pub fn spans(scenario: &Scenario) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (0..scenario.years.len()).collect();
    if stays(scenario) || weight(scenario, Term::MovedPupils) > 0.0 {
        return vec![all];
    }
    all.into_iter().map(|t| vec![t]).collect()
}

impl World<'_> {
    /// The least value of the pupils in these plan years; `None` where a hard rule is broken whatever they do.
    pub(super) fn pupils(&self, span: &[usize], course: &Course) -> Option<f64> {
        let groups = self.groups(span);
        let (years, sites, grades) = (course.states.len(), course.states[0].len(), self.scenario.district.grades.len());
        let mut walk = Walk {
            world: self,
            course,
            span,
            groups: &groups,
            loads: vec![vec![vec![0; 2 * grades]; sites]; years],
            chosen: Vec::new(),
            best: None,
        };
        walk.next(0.0, 0);
        walk.best
    }

    fn groups(&self, span: &[usize]) -> Vec<Group> {
        let scenario = self.scenario;
        let mut groups: Vec<Group> = Vec::new();
        for &t in span {
            for unit in 0..scenario.district.units.len() {
                for (position, &stage) in scenario.stages.iter().enumerate() {
                    for grades in self.bands(stage) {
                        let pupils = |grade: usize| {
                            scenario.demand.pupils(scenario.years[t], UnitId::new(unit), GradeId::new(grade)).0
                        };
                        let rolls: Vec<(usize, i64)> = grades.iter().map(|&grade| (grade, pupils(grade))).collect();
                        if rolls.iter().all(|&(_, n)| n == 0) {
                            continue;
                        }
                        let home = scenario.baseline.sites[UnitId::new(unit)][position].map(Id::index);
                        let apart = self.apart(stage);
                        let cohort = apart.then(|| self.cohort(&groups, (unit, stage, t), grades[0], home));
                        let last = groups.iter().position(|other| {
                            let same = match (&cohort, &other.cohort) {
                                (Some(own), Some(other)) => own.entry == other.entry,
                                _ => other.rolls[0].0 == grades[0],
                            };
                            (other.unit, other.stage, other.t + 1) == (unit, stage, t) && same
                        });
                        let mut group = Group { unit, stage, t, rolls, home, cohort, last, divided: false };
                        group.divided = !stays(scenario) && (self.shared(stage) || self.too_large(&group));
                        groups.push(group);
                    }
                }
            }
        }
        groups
    }

    fn shared(&self, stage: Stage) -> bool {
        self.scenario.zoning.iter().any(|zoning| zoning.stage == stage && zoning.multi_school)
    }

    /// The first year of school of the pupils of a grade, where the grade is known.
    fn offset(&self, grade: usize) -> Option<i64> {
        let grade = self.scenario.district.grades[GradeId::new(grade)];
        grade.number.map(|number| i64::from(number) - if grade.stage == Stage::Primary { 1 } else { 7 })
    }

    fn grades(&self, stage: Stage) -> Vec<usize> {
        let all = self.scenario.district.grades.entries();
        all.filter(|(_, grade)| grade.stage == stage).map(|(id, _)| id.index()).collect()
    }

    /// Whether pupils of a stage have to be told apart by the year in which they entered.
    fn apart(&self, stage: Stage) -> bool {
        let scenario = self.scenario;
        let runs_out = scenario.offers.iter().any(|offer| {
            offer.measure == Measure::PhaseOut && stages(scenario.district.sites[offer.site].kind).contains(&stage)
        });
        self.grades(stage).iter().all(|&grade| self.offset(grade).is_some()) && (stays(scenario) || runs_out)
    }

    /// Grades of a stage that go together.
    fn bands(&self, stage: Stage) -> Vec<Vec<usize>> {
        let scenario = self.scenario;
        let signature = |grade: usize| -> Vec<bool> {
            let meant = |numbers: &[i8]| {
                let number = scenario.district.grades[GradeId::new(grade)].number;
                numbers.is_empty() || number.is_some_and(|number| numbers.contains(&number))
            };
            // Also where the rule is a gate that is left out.
            let rules = scenario.rules.iter().map(|rule| meant(&rule.scope.grades));
            rules.chain([self.may_board(grade)]).collect()
        };
        let mut bands: Vec<Vec<usize>> = Vec::new();
        for grade in self.grades(stage) {
            let alike = |band: &&mut Vec<usize>| !self.apart(stage) && signature(band[0]) == signature(grade);
            match bands.iter_mut().find(alike) {
                Some(band) => band.push(grade),
                None => bands.push(vec![grade]),
            }
        }
        bands
    }

    fn may_board(&self, grade: usize) -> bool {
        let Some(boarding) = &self.scenario.boarding else { return false };
        let grade = self.scenario.district.grades[GradeId::new(grade)];
        if let Some(number) = grade.number {
            return boarding.grades.contains(&number);
        }
        let all: &[i8] = if grade.stage == Stage::Primary { &[1, 2, 3, 4, 5, 6] } else { &[7, 8, 9] };
        all.iter().all(|number| boarding.grades.contains(number))
    }

    fn cohort(
        &self,
        groups: &[Group],
        (unit, stage, t): (usize, Stage, usize),
        grade: usize,
        home: Option<usize>,
    ) -> Cohort {
        let years = &self.scenario.years;
        let offset = self.offset(grade).unwrap();
        let entry = years[t].0 - offset as i32;
        let grade_in = |year: i32| {
            self.grades(stage).into_iter().find(|&grade| self.offset(grade) == Some(i64::from(year - entry)))
        };
        // The school of today, where it teaches the stage and no hard rule forbids the way in any plan year.
        let allowed = |site: usize| {
            years.iter().all(|year| grade_in(year.0).is_none_or(|grade| self.day(unit, grade, site, home).is_some()))
        };
        let teaching = |site: usize| {
            let facts = &self.scenario.district.sites[SiteId::new(site)];
            stages(facts.kind).contains(&stage)
        };
        Cohort {
            offset,
            entry,
            home: home.filter(|&home| teaching(home) && allowed(home)),
            before: groups.iter().rposition(|other| {
                (other.unit, other.stage) == (unit, stage)
                    && other.cohort.as_ref().is_some_and(|other| other.entry == entry)
            }),
            first: years.iter().position(|year| grade_in(year.0).is_some()).unwrap(),
        }
    }

    fn metres(&self, unit: usize, site: usize) -> f64 {
        let mut entries = self.scenario.travel.table.iter();
        let entry = entries.find(|entry| (entry.unit.index(), entry.site.index()) == (unit, site));
        entry.unwrap().metres.0 as f64
    }

    /// The cap that the daily way of a pupil breaks, and by how much.
    fn too_far(&self, unit: usize, grade: usize, site: usize, home: Option<usize>) -> Option<(&Rule, f64)> {
        let rule = self.rule("travel_dist")?;
        let number = self.scenario.district.grades[GradeId::new(grade)].number;
        let meant = rule.scope.grades.is_empty() || number.is_some_and(|number| rule.scope.grades.contains(&number));
        let over = self.metres(unit, site) - rule.limit;
        let stays = flag(rule, "new_ways_only") && home == Some(site);
        (meant && over > 0.0 && !stays).then_some((rule, over))
    }

    /// What breaking soft rules on the daily way of one pupil costs; `None` where a hard one forbids it.
    fn day(&self, unit: usize, grade: usize, site: usize, home: Option<usize>) -> Option<f64> {
        match self.too_far(unit, grade, site, home) {
            Some((rule, over)) => Some(price(rule)? * over / 1000.0),
            None => Some(0.0),
        }
    }

    /// Whether a group alone breaks a hard limit in every state of every site that may teach its stage.
    fn too_large(&self, group: &Group) -> bool {
        let teaching = self.teaching(group);
        !teaching.is_empty() && !teaching.iter().any(|(_, state)| self.holds(group, state))
    }

    /// Whether a group alone keeps the hard limits on pupils and classes in a state.
    fn holds(&self, group: &Group, state: &State) -> bool {
        let all: i64 = group.rolls.iter().map(|&(_, n)| n).sum();
        let hard = |metric: &str| {
            self.scenario.rules.iter().find(|rule| rule.metric == metric && rule.severity == Severity::Hard)
        };
        hard("site_size").is_none_or(|rule| all as f64 <= rule.limit)
            && hard("class_size_max").is_none_or(|rule| {
                group.rolls.iter().map(|&(_, n)| (n as f64 / rule.limit).ceil() as i64).sum::<i64>() <= state.rooms
            })
    }

    /// The sites and states that teach the stage of a group.
    fn teaching(&self, group: &Group) -> Vec<(usize, State)> {
        let mut picks = vec![None; self.scenario.district.sites.len()];
        let mut teaching: Vec<(usize, State)> = Vec::new();
        let keep = |picks: &[super::Pick], teaching: &mut Vec<(usize, State)>| {
            let states = (0..picks.len()).map(|site| (site, self.state(picks, site, group.t)));
            teaching.extend(states.filter(|(_, state)| teaches(state, group.stage)));
        };
        keep(&picks, &mut teaching);
        for (at, offer) in self.scenario.offers.iter().enumerate() {
            for (t, year) in self.scenario.years.iter().enumerate() {
                if offer.years.is_empty() || offer.years.contains(year) {
                    picks[offer.site.index()] = Some((at, t));
                    keep(&picks, &mut teaching);
                    picks[offer.site.index()] = None;
                }
            }
        }
        teaching
    }

    /// Whether some group fits a state only if what the school has is not looked at, so that it may depend on schools that merge
    /// into it whether the group is too large for every site.
    pub(super) fn is_unclear(&self) -> bool {
        let years: Vec<usize> = (0..self.scenario.years.len()).collect();
        self.groups(&years).iter().any(|group| {
            let teaching: Vec<(usize, State)> =
                self.teaching(group).into_iter().filter(|(_, state)| self.holds(group, state)).collect();
            let alone = |&(site, state): &(usize, State)| {
                let mut states = vec![vec![state; site + 1]; group.t + 1];
                states[group.t][site] = state;
                let sites = self.scenario.district.sites.len();
                let course = Course { states, merges: vec![None; sites], runs_out: vec![None; sites] };
                let mut rolls = vec![0; self.scenario.district.grades.len()];
                group.rolls.iter().for_each(|&(grade, n)| rolls[grade] = n);
                self.provision(&course, (group.t, site), &rolls).is_some()
            };
            !teaching.is_empty() && !teaching.iter().any(alone)
        })
    }
}

/// Goes through the ways of the groups, one after the other.
struct Walk<'a> {
    world: &'a World<'a>,
    course: &'a Course,
    span: &'a [usize],
    groups: &'a [Group],
    /// Pupils by plan year, site and grade: day pupils, then boarders.
    loads: Vec<Vec<Vec<i64>>>,
    /// The site of every group so far; that of the first part of a divided one.
    chosen: Vec<usize>,
    best: Option<f64>,
}

impl Walk<'_> {
    /// Goes on with the next group; the first `done` of the plan years have been closed.
    fn next(&mut self, mut so_far: f64, mut done: usize) {
        let group = self.groups.get(self.chosen.len());
        // A year is closed when all its pupils are placed, also one without any.
        while let Some(&t) = self.span.get(done).filter(|&&t| group.is_none_or(|group| group.t > t)) {
            let Some(cost) = self.sites(t) else { return };
            so_far += cost;
            done += 1;
        }
        // Every price is 0 or more.
        if self.best.is_some_and(|best| so_far >= best) {
            return;
        }
        let Some(group) = group else {
            self.best = Some(so_far);
            return;
        };
        let ways = self.ways(group);
        for &way in &ways {
            self.take(group, &[(way, group.rolls.clone())], so_far, done);
        }
        if group.divided {
            for parts in divisions(&group.rolls, &ways) {
                self.take(group, &parts, so_far, done);
            }
        }
    }

    fn take(&mut self, group: &Group, parts: &[Part], so_far: f64, done: usize) {
        let mut cost = 0.0;
        for (way, rolls) in parts {
            let n: i64 = rolls.iter().map(|&(_, n)| n).sum();
            cost += n as f64 * (way.each + self.moved(group, way.site));
        }
        self.put(group.t, parts, 1);
        self.chosen.push(parts[0].0.site);
        if parts.iter().all(|(way, _)| self.fits(group.t, way.site)) {
            self.next(so_far + cost, done);
        }
        self.chosen.pop();
        self.put(group.t, parts, -1);
    }

    fn put(&mut self, t: usize, parts: &[Part], sign: i64) {
        let grades = self.world.scenario.district.grades.len();
        for (way, rolls) in parts {
            for &(grade, n) in rolls {
                self.loads[t][way.site][grade + if way.boards { grades } else { 0 }] += sign * n;
            }
        }
    }

    /// The ways of a group after the choices so far.
    fn ways(&self, group: &Group) -> Vec<Way> {
        let scenario = self.world.scenario;
        let states = &self.course.states[group.t];
        let discount = (1.0 + scenario.objective.discount).powi(scenario.years[group.t].0 - scenario.years[0].0);
        let per_km = weight(scenario, Term::TravelPupilKm) * scenario.objective.yuan_per_pupil_km.unwrap();
        let mut ways = Vec::new();
        for (site, state) in states.iter().enumerate() {
            if !taught(group, state) || !self.may_go(group, site) {
                continue;
            }
            // Rules treat the grades of a group alike.
            let grade = group.rolls[0].0;
            let daily = per_km * self.world.metres(group.unit, site) / 1000.0 / discount;
            if let Some(extra) = self.world.day(group.unit, grade, site, group.home) {
                ways.push(Way { site, boards: false, each: daily + extra });
            }
            let far = self.world.too_far(group.unit, grade, site, group.home).is_some();
            if far && state.beds > 0 && self.world.may_board(grade) {
                ways.push(Way { site, boards: true, each: daily / 5.0 });
            }
        }
        ways
    }

    /// Whether a group may go to a site that teaches it.
    fn may_go(&self, group: &Group, site: usize) -> bool {
        let stay = stays(self.world.scenario);
        let kept = group.cohort.as_ref().filter(|cohort| stay && cohort.entry <= self.world.scenario.baseline_year.0);
        let kept = kept.and_then(|cohort| cohort.home);
        // A merger takes the catchment of today along, but for those who have been zoned elsewhere before and stay there.
        let merges = group.home.and_then(|home| self.course.merges[home]);
        if let Some((into, _)) = merges.filter(|&(_, from)| {
            let zoned = group.cohort.as_ref().filter(|_| stay).map(|cohort| cohort.first);
            group.t >= from && (zoned.is_none_or(|first| first >= from) || kept.is_some())
        }) && into != site
        {
            return false;
        }
        let Some(cohort) = &group.cohort else { return true };
        if stay {
            let school = cohort.before.map(|at| self.chosen[at]).or(kept);
            return match school {
                Some(school) if taught(group, &self.course.states[group.t][school]) => site == school,
                // Nobody leaves a school but that of today.
                Some(school) => kept == Some(school),
                None => true,
            };
        }
        // A site that is phased out keeps those who belong there and entered before, and takes nobody else.
        let finishes = |site: usize| self.course.runs_out[site].is_some_and(|from| cohort.entry < from);
        match cohort.home.filter(|&home| finishes(home)) {
            Some(home) => site == home,
            None => self.course.runs_out[site].is_none(),
        }
    }

    /// What a pupil costs who goes to a site other than before.
    fn moved(&self, group: &Group, site: usize) -> f64 {
        let scenario = self.world.scenario;
        let before = match group.t {
            0 => group
                .home
                .filter(|_| group.cohort.as_ref().is_none_or(|cohort| cohort.entry <= scenario.baseline_year.0)),
            _ => group.last.map(|last| self.chosen[last]),
        };
        if before.is_some_and(|before| before != site) { weight(scenario, Term::MovedPupils) } else { 0.0 }
    }

    /// Whether a site keeps the hard rules that more pupils only break more.
    fn fits(&self, t: usize, site: usize) -> bool {
        self.site(t, site, false).is_some()
    }

    /// What rules on sites cost in a plan year; `None` where a hard one is broken.
    fn sites(&self, t: usize) -> Option<f64> {
        let states = self.course.states[t].iter().enumerate();
        states.filter(|(_, state)| state.operating).map(|(site, _)| self.site(t, site, true)).sum()
    }

    /// What rules on a site cost in a plan year, those on least numbers only where everybody is `placed`.
    fn site(&self, t: usize, site: usize, placed: bool) -> Option<f64> {
        let world = self.world;
        let state = &self.course.states[t][site];
        let grades = world.scenario.district.grades.len();
        let (day, board) = self.loads[t][site].split_at(grades);
        let rolls: Vec<i64> = day.iter().zip(board).map(|(a, b)| a + b).collect();
        let all = rolls.iter().sum::<i64>() as f64;
        if board.iter().sum::<i64>() > state.beds {
            return None;
        }
        let mut cost = world.provision(self.course, (t, site), &rolls)?;
        let mut charge = |rule: &Rule, excess: f64| {
            if excess > 0.0 {
                cost += price(rule)? * excess;
            }
            Some(())
        };
        if let Some(rule) = world.rule("boarders") {
            let meant = |grade: &usize| {
                let number = world.scenario.district.grades[GradeId::new(*grade)].number;
                rule.scope.grades.is_empty() || number.is_some_and(|number| rule.scope.grades.contains(&number))
            };
            let boarders: i64 = (0..grades).filter(meant).map(|grade| board[grade]).sum();
            charge(rule, boarders as f64 - rule.limit)?;
        }
        if let Some(rule) = world.rule("class_size_max") {
            let size = rule.limit as i64;
            let classes: i64 = rolls.iter().map(|&n| (n + size - 1) / size).sum();
            charge(rule, (classes - state.rooms) as f64)?;
        }
        if let Some(rule) = world.rule("site_size") {
            charge(rule, all - rule.limit)?;
        }
        if let Some(rule) = world.rule("site_min_size").filter(|_| placed && state.gone == 0) {
            charge(rule, rule.limit - all)?;
        }
        Some(cost)
    }
}

/// Whether a site in a state teaches a group.
fn taught(group: &Group, state: &State) -> bool {
    teaches(state, group.stage)
        && match &group.cohort {
            Some(cohort) => cohort.offset >= state.gone,
            None => state.gone == 0,
        }
}

/// Every way to divide pupils among at most three sites, each with at least a tenth of them.
fn divisions(rolls: &[(usize, i64)], ways: &[Way]) -> Vec<Vec<Part>> {
    let mut tables: Vec<Vec<Vec<(usize, i64)>>> = vec![vec![Vec::new(); ways.len()]];
    for &(grade, n) in rolls {
        let mut longer = Vec::new();
        for table in &tables {
            for counts in compositions(n, ways.len()) {
                let mut next = table.clone();
                next.iter_mut().zip(counts).for_each(|(part, count)| part.push((grade, count)));
                longer.push(next);
            }
        }
        tables = longer;
    }
    let sum = |part: &[(usize, i64)]| part.iter().map(|&(_, n)| n).sum::<i64>();
    let all = sum(rolls);
    let mut found = Vec::new();
    for table in tables {
        let parts: Vec<Part> = ways.iter().copied().zip(table).filter(|(_, part)| sum(part) > 0).collect();
        let mut sites: Vec<(usize, i64)> = Vec::new();
        for (way, part) in &parts {
            match sites.iter_mut().find(|(site, _)| *site == way.site) {
                Some((_, pupils)) => *pupils += sum(part),
                None => sites.push((way.site, sum(part))),
            }
        }
        if parts.len() > 1 && sites.len() <= 3 && sites.iter().all(|&(_, pupils)| 10 * pupils >= all) {
            found.push(parts);
        }
    }
    found
}

/// Every way to write `n` as a sum of so many numbers.
fn compositions(n: i64, parts: usize) -> Vec<Vec<i64>> {
    match parts {
        0 => Vec::new(),
        1 => vec![vec![n]],
        _ => (0..=n)
            .flat_map(|first| {
                compositions(n - first, parts - 1).into_iter().map(move |mut rest| {
                    rest.insert(0, first);
                    rest
                })
            })
            .collect(),
    }
}
