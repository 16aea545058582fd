//! From measurements to verdicts: what passes, what passes after a remedy and by when, and which hard rules are broken.

use crate::domain::rule::{Aggregate, Rule, Severity, Verdict};
use crate::id::RuleId;
use crate::metric::calendar::{Ceilings, Pressure, exceeds, must_not_worsen, pressure};
use crate::metric::view::Subject;
use crate::metric::{Measurement, Outcome};
use crate::units::Year;
use std::collections::BTreeMap;

/// One rule over the years.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleEvaluation {
    /// The rule.
    pub rule: RuleId,
    /// Every subject that the rule was tested on in some year, in order.
    pub subjects: Vec<SubjectEvaluation>,
    /// The county in every year.
    pub county: Vec<CountyYear>,
    /// The verdict over all years.
    pub verdict: Verdict,
    /// The year from which the rule holds to the end, where it did not hold before.
    pub resolved: Option<Year>,
}

/// One rule on one subject over the years.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectEvaluation {
    /// The subject.
    pub subject: Subject,
    /// Its key in files.
    pub key: String,
    /// The baseline and every plan year; `None` where the subject does not exist or the rule is not tested yet.
    pub years: Vec<Option<SubjectYear>>,
    /// The verdict over all years.
    pub verdict: Verdict,
    /// The year from which the rule holds to the end, where it did not hold before.
    pub resolved: Option<Year>,
}

/// One rule on one subject in one year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SubjectYear {
    /// The value held against the limit.
    pub measured: Measurement,
    /// The verdict of the year in view of the others.
    pub verdict: Verdict,
    /// Whether the excess grew against the year before although it must not before the deadline. Within what the forecast
    /// alone brings about this is reported, beyond it the rule is broken.
    pub worsened: bool,
}

/// The subjects of a rule in one year, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Subjects that pass with the base limit (达标).
    pub pass: usize,
    /// Subjects that pass by an exemption only (达标(放宽)).
    pub relaxed: usize,
    /// Subjects without a value (待监测).
    pub pending: usize,
    /// Subjects that fail (未达标).
    pub fail: usize,
}

impl Tally {
    /// Subjects tested.
    pub fn tested(self) -> usize {
        self.pass + self.relaxed + self.pending + self.fail
    }

    /// Subjects beyond the base limit, exempt or not: the raw count that the county table prints first.
    pub fn beyond_base(self) -> usize {
        self.relaxed + self.fail
    }

    /// Subjects that pass in percent of those tested, halves up; `None` where none is tested.
    pub fn percent(self) -> Option<usize> {
        let tested = self.tested();
        (tested > 0).then(|| (200 * (self.pass + self.relaxed) + tested) / (2 * tested))
    }

    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::NotApplicable => {}
            Outcome::Pass => self.pass += 1,
            Outcome::PassRelaxed => self.relaxed += 1,
            Outcome::Pending => self.pending += 1,
            Outcome::Fail => self.fail += 1,
        }
    }
}

impl RuleEvaluation {
    /// The subjects for which `counted` holds, counted in the year at a position of [`super::Evaluation::years`]: for
    /// tables that print primaries and juniors apart.
    pub fn tally(&self, year: usize, counted: impl Fn(Subject) -> bool) -> Tally {
        let mut tally = Tally::default();
        for subject in self.subjects.iter().filter(|subject| counted(subject.subject)) {
            if let Some(here) = subject.years.get(year).copied().flatten() {
                tally.add(here.measured.outcome);
            }
        }
        tally
    }
}

/// One rule on the whole county in one year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountyYear {
    /// The subjects, counted.
    pub tally: Tally,
    /// The verdict of the year in view of the others.
    pub verdict: Verdict,
}

/// A hard rule that a plan breaks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breach {
    /// The rule.
    pub rule: RuleId,
    /// On what.
    pub subject: Subject,
    /// When.
    pub year: Year,
    /// By how much, in the metric's unit of excess; 0 where there is no number.
    pub excess: f64,
    /// Whether it is broken by growth before the deadline rather than by missing the limit.
    pub growth: bool,
}

/// The years that are judged: the baseline first, then the plan years.
pub struct Judge<'a> {
    /// The years.
    pub years: &'a [Year],
    /// The rule.
    pub rule: &'a Rule,
    /// Its position.
    pub id: RuleId,
    /// Most excess where the rule must not worsen.
    pub ceilings: Ceilings,
}

/// A year of a subject as verdicts see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// The rule is not tested yet.
    Untested,
    /// There is nothing to test.
    Absent,
    Tested(Outcome),
}

impl Judge<'_> {
    /// Judges the rule on the measurements of every year.
    pub fn judge(&self, measured: &[Vec<Measurement>], key: impl Fn(Subject) -> String) -> RuleEvaluation {
        let mut by_subject: BTreeMap<Subject, Vec<Option<Measurement>>> = BTreeMap::new();
        for (year, all) in measured.iter().enumerate() {
            for one in all {
                by_subject.entry(one.subject).or_insert_with(|| vec![None; measured.len()])[year] = Some(*one);
            }
        }
        let mut tallies = vec![Tally::default(); measured.len()];
        let mut subjects = Vec::new();
        for (subject, values) in by_subject {
            for (tally, value) in tallies.iter_mut().zip(&values) {
                if let Some(value) = value {
                    tally.add(value.outcome);
                }
            }
            let seen: Vec<Seen> = values
                .iter()
                .enumerate()
                .map(|(year, value)| self.seen(year, value.map(|value| value.outcome)))
                .collect();
            let (verdict, resolved) = self.over_years(&seen);
            let years = values
                .iter()
                .enumerate()
                .map(|(year, value)| {
                    value.map(|measured| SubjectYear {
                        measured,
                        verdict: self.in_year(&seen, year),
                        worsened: self.worsened(&values, year),
                    })
                })
                .collect();
            subjects.push(SubjectEvaluation { subject, key: key(subject), years, verdict, resolved });
        }
        let seen: Vec<Seen> =
            tallies.iter().enumerate().map(|(year, &tally)| self.seen(year, Some(self.aggregate(tally)))).collect();
        let (verdict, resolved) = self.over_years(&seen);
        let county = tallies
            .iter()
            .enumerate()
            .map(|(year, &tally)| CountyYear { tally, verdict: self.in_year(&seen, year) })
            .collect();
        RuleEvaluation { rule: self.id, subjects, county, verdict, resolved }
    }

    /// Whether the rule is tested in a year; the baseline always is.
    pub fn tested(&self, year: usize) -> bool {
        year == 0 || pressure(self.rule, self.years[year]) != Pressure::Untested
    }

    fn seen(&self, year: usize, outcome: Option<Outcome>) -> Seen {
        match outcome {
            _ if !self.tested(year) => Seen::Untested,
            None | Some(Outcome::NotApplicable) => Seen::Absent,
            Some(outcome) => Seen::Tested(outcome),
        }
    }

    /// The county's result of a year from its subjects'.
    fn aggregate(&self, tally: Tally) -> Outcome {
        let passing = tally.pass + tally.relaxed;
        let holds = match self.rule.aggregate {
            Aggregate::All => tally.fail == 0,
            Aggregate::ShareAtLeast(share) => passing as f64 >= share * tally.tested() as f64 - 1e-9,
            Aggregate::CountAtMost(most) => tally.fail <= most as usize,
        };
        match (tally.tested(), holds) {
            (0, _) => Outcome::NotApplicable,
            (_, false) => Outcome::Fail,
            (_, true) if tally.pending > 0 => Outcome::Pending,
            (_, true) if tally.relaxed > 0 => Outcome::PassRelaxed,
            (_, true) => Outcome::Pass,
        }
    }

    /// Whether a rule that first holds in `year` holds in time. Without a deadline a hard rule has to hold in every plan
    /// year, and others have no date to miss.
    fn in_time(&self, year: Year) -> bool {
        let deadline = self.rule.calendar.as_ref().and_then(|calendar| calendar.deadline);
        let first = || self.years.get(1).copied().filter(|_| self.rule.severity == Severity::Hard);
        deadline.or_else(first).is_none_or(|deadline| year <= deadline)
    }

    fn over_years(&self, seen: &[Seen]) -> (Verdict, Option<Year>) {
        let tested = || {
            seen.iter().filter_map(|seen| match seen {
                Seen::Tested(outcome) => Some(*outcome),
                Seen::Untested | Seen::Absent => None,
            })
        };
        match resolved_at(seen) {
            Some(year) if year < seen.len() => {
                let year = self.years[year];
                (if self.in_time(year) { Verdict::PassAfter } else { Verdict::Late }, Some(year))
            }
            Some(_) => (Verdict::Fail, None),
            None => {
                let worst = tested().max();
                (worst.map_or(Verdict::NotApplicable, plain), None)
            }
        }
    }

    fn in_year(&self, seen: &[Seen], year: usize) -> Verdict {
        match seen[year] {
            Seen::Untested | Seen::Absent => Verdict::NotApplicable,
            Seen::Tested(outcome @ (Outcome::Pass | Outcome::PassRelaxed)) => match resolved_at(seen) {
                Some(from) if from <= year => {
                    if self.in_time(self.years[from]) {
                        Verdict::PassAfter
                    } else {
                        Verdict::Late
                    }
                }
                _ => plain(outcome),
            },
            Seen::Tested(outcome) => plain(outcome),
        }
    }

    fn worsened(&self, values: &[Option<Measurement>], year: usize) -> bool {
        let excess = |year: usize| values[year].map_or(0.0, |value| value.excess);
        year > 0 && must_not_worsen(self.rule, self.years[year]) && exceeds(excess(year), excess(year - 1))
    }

    /// The hard rules that the plan years break.
    pub fn breaches(&self, evaluation: &RuleEvaluation) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for (index, &year) in self.years.iter().enumerate().skip(1) {
            let hard = pressure(self.rule, year) == Pressure::Hard;
            let breach = |subject, excess, growth| Breach { rule: self.id, subject, year, excess, growth };
            if self.rule.aggregate != Aggregate::All {
                if hard && self.aggregate(evaluation.county[index].tally) == Outcome::Fail {
                    breaches.push(breach(Subject::County, 0.0, false));
                }
                continue;
            }
            for subject in &evaluation.subjects {
                let Some(here) = subject.years[index] else { continue };
                if hard && here.measured.outcome == Outcome::Fail {
                    breaches.push(breach(subject.subject, here.measured.excess, false));
                } else if must_not_worsen(self.rule, year) {
                    let ceiling = self.ceilings.get(&(year, subject.subject)).copied().unwrap_or(0.0);
                    if exceeds(here.measured.excess, ceiling) {
                        breaches.push(breach(subject.subject, here.measured.excess - ceiling, true));
                    }
                }
            }
        }
        breaches
    }

    /// The hard rules that the baseline breaks: those whose calendar has come.
    pub fn breaches_today(&self, evaluation: &RuleEvaluation) -> Vec<Breach> {
        let year = self.years[0];
        if pressure(self.rule, year) != Pressure::Hard {
            return Vec::new();
        }
        let breach = |subject, excess| Breach { rule: self.id, subject, year, excess, growth: false };
        if self.rule.aggregate != Aggregate::All {
            let fails = self.aggregate(evaluation.county[0].tally) == Outcome::Fail;
            return if fails { vec![breach(Subject::County, 0.0)] } else { Vec::new() };
        }
        let failing = |subject: &SubjectEvaluation| {
            let here = subject.years[0].filter(|here| here.measured.outcome == Outcome::Fail)?;
            Some(breach(subject.subject, here.measured.excess))
        };
        evaluation.subjects.iter().filter_map(failing).collect()
    }
}

/// The position after the last year that fails, moved on to the first year that is tested; `None` if no year fails.
fn resolved_at(seen: &[Seen]) -> Option<usize> {
    let last = seen.iter().rposition(|&seen| seen == Seen::Tested(Outcome::Fail))?;
    Some((last + 1..seen.len()).find(|&year| seen[year] != Seen::Untested).unwrap_or(seen.len()))
}

/// The verdict of an outcome on its own.
fn plain(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::NotApplicable => Verdict::NotApplicable,
        Outcome::Pass => Verdict::Pass,
        Outcome::PassRelaxed => Verdict::PassRelaxed,
        Outcome::Pending => Verdict::Pending,
        Outcome::Fail => Verdict::Fail,
    }
}
