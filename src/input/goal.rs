//! Objective, zoning, travel and solver settings of a scenario.

use super::document::{Document, Step, Tree};
use super::frame::Frame;
use super::manifest::{ActionEntry, ActionName, Manifest, Quantity, SolverTable};
use super::problem::{Code, Problems};
use crate::domain::district::{District, Stage};
use crate::domain::objective::{Goal, Objective, Term};
use crate::domain::scenario::{Moving, TravelSpec, Zoning};
use crate::message::Message;
use crate::units::EARTH_RADIUS_M;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

/// Straight lines are multiplied by this where the scenario does not say.
pub const DETOUR_FACTOR: f64 = 1.3;
/// Kilometres an hour where the scenario does not say.
pub const SPEED_KMH: f64 = 30.0;
/// Allowed worsening of an earlier level where the scenario does not say.
pub const SLACK: f64 = 0.001;

/// What the scenario sets for the command line; options given there come first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SolverSettings {
    /// Name of the engine.
    pub engine: Option<String>,
    /// Relative gap, a fraction.
    pub gap: Option<f64>,
    /// Wall-clock limit.
    pub time_limit: Option<Duration>,
    /// Work units.
    pub work: Option<u64>,
    /// Seed.
    pub seed: Option<u64>,
    /// Threads.
    pub threads: Option<NonZeroUsize>,
}

/// The figures about the county, by name.
pub fn reported(
    manifest: &Manifest,
    document: &Document,
    tree: &Tree<'_>,
    problems: &mut Problems,
) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::new();
    for (name, figure) in &manifest.reported {
        let value = figure.value();
        if value.is_finite() {
            all.insert(name.clone(), value);
        } else {
            let place = [Step::Key("reported"), Step::Key(name)];
            problems.push(document.problem_at(Code::NotNumber, tree, &place).with("value", value));
        }
    }
    all
}

/// A gap as written: `0.001` or `0.1%`. A fraction between 0 and 1.
pub fn parse_gap(text: &str) -> Option<f64> {
    let text = text.trim();
    let gap = match text.strip_suffix(['%', '%']) {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    (0.0..=1.0).contains(&gap).then_some(gap)
}

/// A duration as written: `60`, `60s`, `5min`, `1h`. At most a year.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_alphabetic());
    let seconds = match text[digits.len()..].trim() {
        "" | "s" => 1.0,
        "min" | "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let value: f64 = digits.trim().parse().ok()?;
    let total = value * seconds;
    (total > 0.0 && total <= 366.0 * 86_400.0).then(|| Duration::from_secs_f64(total))
}

impl SolverSettings {
    /// These settings, and those of `other` where these say nothing.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            engine: self.engine.or_else(|| other.engine.clone()),
            gap: self.gap.or(other.gap),
            time_limit: self.time_limit.or(other.time_limit),
            work: self.work.or(other.work),
            seed: self.seed.or(other.seed),
            threads: self.threads.or(other.threads),
        }
    }
}

/// Reads `[solver]` or, under its own `name`, another table of the same form.
pub fn settings(
    name: &str,
    table: &SolverTable,
    document: &Document,
    tree: &Tree<'_>,
    problems: &mut Problems,
) -> SolverSettings {
    let mut quantity = |key: &str, value: Option<&Quantity>, expected: &str, sound: &dyn Fn(&str) -> bool| {
        let text = match value? {
            Quantity::Number(number) => number.to_string(),
            Quantity::Text(text) => text.clone(),
        };
        if sound(&text) {
            return Some(text);
        }
        problems.push(
            document
                .problem_at(Code::NotQuantity, tree, &[Step::Key(name), Step::Key(key)])
                .with("key", key)
                .with("value", text)
                .with("expected", expected),
        );
        None
    };
    let gap = quantity("gap", table.gap.as_ref(), "0.001, \"0.1%\"", &|text| parse_gap(text).is_some());
    let time = quantity("time_limit", table.time_limit.as_ref(), "60, \"60s\", \"5min\", \"1h\"", &|text| {
        parse_duration(text).is_some()
    });
    SolverSettings {
        engine: table.engine.clone(),
        gap: gap.and_then(|text| parse_gap(&text)),
        time_limit: time.and_then(|text| parse_duration(&text)),
        work: table.work,
        seed: table.seed,
        threads: table.threads.and_then(|threads| NonZeroUsize::new(threads as usize)),
    }
}

/// Reads `[travel]`, the given distances left empty.
pub fn travel(manifest: &Manifest, assumptions: &mut Vec<Message>) -> TravelSpec {
    let table = &manifest.travel;
    let spec = TravelSpec {
        detour_factor: table.detour_factor.unwrap_or(DETOUR_FACTOR),
        speed_kmh: table.speed_kmh.unwrap_or(SPEED_KMH),
        table: Vec::new(),
        table_only: table.table_only,
    };
    let key = |declared: bool, declared_key: &'static str, assumed_key: &'static str| {
        if declared { declared_key } else { assumed_key }
    };
    if !table.table_only {
        assumptions.push(
            Message::new(key(table.detour_factor.is_some(), "assume.detour_declared", "assume.detour_default"))
                .with("factor", spec.detour_factor)
                .with("radius", format!("{:.4}", EARTH_RADIUS_M / 1000.0)),
        );
    }
    assumptions.push(
        Message::new(key(table.speed_kmh.is_some(), "assume.speed_declared", "assume.speed_default"))
            .with("speed", spec.speed_kmh),
    );
    spec
}

/// Reads `[[zoning]]`: one entry for every stage, single-school zoning without contiguity by default.
pub fn zoning(
    manifest: &Manifest,
    frame: &Frame,
    adjacency: bool,
    document: &Document,
    tree: &Tree<'_>,
    problems: &mut Problems,
) -> Vec<Zoning> {
    for (at, entry) in manifest.zoning.iter().enumerate() {
        let place = |key| [Step::Key("zoning"), Step::Item(at), Step::Key(key)];
        if !frame.stages.contains(&entry.stage) {
            problems.push(
                document
                    .problem_at(Code::NotAStage, tree, &place("stage"))
                    .with("value", entry.stage.name())
                    .with_list("expected", frame.stages.iter().map(|stage| stage.name())),
            );
        }
        if let Some(first) = manifest.zoning[..at].iter().position(|other| other.stage == entry.stage) {
            problems.push(
                document
                    .problem_at(Code::DuplicateId, tree, &place("stage"))
                    .with("kind", "zoning")
                    .with("value", entry.stage.name())
                    .with("first", first + 1),
            );
        }
        if entry.contiguous && !adjacency {
            problems.push(
                document.problem_at(Code::NoAdjacency, tree, &place("contiguous")).with("stage", entry.stage.name()),
            );
        }
    }
    frame
        .stages
        .iter()
        .map(|&stage| match manifest.zoning.iter().find(|entry| entry.stage == stage) {
            Some(entry) => Zoning { stage, contiguous: entry.contiguous, multi_school: entry.multi_school },
            None => Zoning { stage, contiguous: false, multi_school: false },
        })
        .collect()
}

/// Reads `[moving]` and checks that cohorts can be followed where they have to be.
pub fn moving(
    manifest: &Manifest,
    district: &District,
    frame: &Frame,
    baseline_assumed: bool,
    (document, tree): (&Document, &Tree<'_>),
    assumptions: &mut Vec<Message>,
    problems: &mut Problems,
) -> Moving {
    let in_sum = |&&stage: &&Stage| district.grades.iter().any(|grade| grade.stage == stage && grade.number.is_none());
    let stay = manifest.moving.policy == Moving::Stay;
    for stage in frame.stages.iter().filter(|_| stay).filter(in_sum) {
        // A county's special school is one, and its pupils are hardly ever known by grade.
        if *stage == Stage::Special {
            assumptions.push(Message::new("assume.stay_in_sum").with("stage", stage.name()));
            continue;
        }
        let place = [Step::Key("moving"), Step::Key("policy")];
        let problem = document.problem_at(Code::NeedsGrades, tree, &place);
        problems.push(problem.with("what", "policy = \"stay\"").with("stage", stage.name()));
    }
    for (at, entry) in manifest.zoning.iter().enumerate().filter(|(_, entry)| stay && entry.multi_school) {
        let place = [Step::Key("zoning"), Step::Item(at), Step::Key("multi_school")];
        problems.push(document.problem_at(Code::StayDivides, tree, &place).with("stage", entry.stage.name()));
    }
    let moves = |(_, entry): &(usize, &ActionEntry)| stay && entry.action == ActionName::Relocate;
    for (at, entry) in manifest.actions.iter().enumerate().filter(moves) {
        // Entrants before the year of the move would have to leave a school of which they are promised the end.
        let place = [Step::Key("actions"), Step::Item(at), Step::Key("action")];
        problems.push(document.problem_at(Code::StayMoves, tree, &place).with("action", entry.action.name()));
    }
    if stay {
        assumptions.push(Message::new("assume.stay"));
        if baseline_assumed {
            assumptions.push(Message::new("assume.stay_assumed"));
        }
        let divisible = district.units.iter().filter(|unit| unit.divisible).count();
        if divisible > 0 {
            assumptions.push(Message::new("assume.stay_whole").with("count", divisible));
        }
    }
    manifest.moving.policy
}

/// Reads `[objective]`; the least travel where nothing is said.
pub fn objective(
    manifest: &Manifest,
    baseline_assumed: bool,
    document: &Document,
    tree: &Tree<'_>,
    assumptions: &mut Vec<Message>,
    problems: &mut Problems,
) -> Objective {
    let table = &manifest.objective;
    let at = |code, key| document.problem_at(code, tree, &[Step::Key("objective"), Step::Key(key)]);
    let goal = match (&table.weights, &table.levels) {
        (Some(_), Some(_)) => {
            problems.push(at(Code::WeightsOrLevels, "levels"));
            Goal::Weights(Vec::new())
        }
        (Some(weights), None) => {
            for (term, weight) in weights.iter().filter(|(_, weight)| !(0.0..=1e12).contains(*weight)) {
                problems.push(
                    document
                        .problem_at(
                            Code::OutOfRange,
                            tree,
                            &[Step::Key("objective"), Step::Key("weights"), Step::Key(term.name())],
                        )
                        .with("key", format!("weights.{}", term.name()))
                        .with("value", weight)
                        .with("least", 0)
                        .with("most", 1e12),
                );
            }
            if weights.values().all(|&weight| weight == 0.0) {
                problems.push(at(Code::BadList, "weights").with("key", "weights").with("value", "0"));
            }
            Goal::Weights(weights.iter().map(|(&term, &weight)| (term, weight)).collect())
        }
        (None, Some(levels)) => {
            let twice = levels.iter().enumerate().any(|(position, term)| levels[..position].contains(term));
            if levels.is_empty() || twice {
                let value = levels.iter().map(|term| term.name()).collect::<Vec<_>>().join(", ");
                problems.push(at(Code::BadList, "levels").with("key", "levels").with("value", format!("[{value}]")));
            }
            Goal::Levels { terms: levels.clone(), slack: table.slack.unwrap_or(SLACK) }
        }
        (None, None) => {
            assumptions.push(Message::new("assume.objective_travel"));
            Goal::Weights(vec![(Term::TravelPupilKm, 1.0)])
        }
    };
    let used = |term: Term| match &goal {
        Goal::Weights(weights) => weights.iter().any(|&(t, weight)| t == term && weight > 0.0),
        Goal::Levels { terms, .. } => terms.contains(&term),
    };
    let summed = matches!(goal, Goal::Weights(_));
    if summed && used(Term::Cost) && used(Term::TravelPupilKm) && table.yuan_per_pupil_km.is_none() {
        problems.push(at(Code::NoTravelPrice, "weights"));
    }
    if used(Term::MovedPupils) && baseline_assumed {
        problems.push(at(Code::MovedUnknown, if summed { "weights" } else { "levels" }));
    }
    Objective { goal, discount: table.discount, yuan_per_pupil_km: table.yuan_per_pupil_km }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_fractions_or_percentages() {
        assert_eq!([parse_gap("0.001"), parse_gap("0.1%"), parse_gap("1 %")], [Some(0.001), Some(0.001), Some(0.01)]);
        assert_eq!(["", "x", "-1%", "150%", "nan"].map(parse_gap), [None; 5]);
    }

    #[test]
    fn durations_have_units() {
        let seconds = |text| parse_duration(text).map(|duration| duration.as_secs());
        assert_eq!(["60", "60s", "5min", "1h"].map(seconds), [Some(60), Some(60), Some(300), Some(3600)]);
        assert_eq!(["", "s", "1d", "-5s", "0", "inf", "1e99h", "5 分"].map(seconds), [None; 8]);
    }
}
