//! The frame of a scenario: its years, stages and factors on pupils, before any table is read.

use super::document::{Document, Tree};
use super::forecast;
use super::manifest::{Factor, Manifest, Noise};
use super::problem::{Code, Problems};
use super::words;
use crate::domain::district::Stage;
use crate::domain::projection::Assumptions;
use crate::random::Random;
use crate::units::{Pupils, Year};
use std::collections::BTreeMap;

/// Years, stages and factors.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// The year that is scored only.
    pub baseline_year: Year,
    /// The plan years, in order.
    pub years: Vec<Year>,
    /// The stages, in the order given.
    pub stages: Vec<Stage>,
    /// Factors on the baseline's pupils by plan year, aligned with `years`.
    pub factors: Vec<Factor>,
    /// Whether the scenario declares factors by year.
    pub factors_declared: bool,
    /// Factor of a variant on the pupils of all plan years.
    pub variant_factor: Option<Factor>,
    /// Random factors of a variant on the pupils of units.
    pub noise: Option<Noise>,
    /// The forecast in use.
    pub forecast: Option<Assumptions>,
    /// The names of all forecasts.
    pub forecast_names: Vec<String>,
    /// Pupils of the county by year and stage, as known elsewhere.
    pub totals: BTreeMap<(Year, Stage), Pupils>,
}

/// Years that a scenario may name.
pub const YEARS: std::ops::RangeInclusive<i32> = 1950..=2200;
/// Most plan years.
pub const MOST_YEARS: usize = 60;

impl Frame {
    /// Takes the frame from the manifest and checks it. `forecasts` are the names of all forecasts, also of those with
    /// mistakes, which the manifest lacks.
    pub fn new(
        manifest: &Manifest,
        variant: Option<usize>,
        forecasts: Vec<String>,
        document: &Document,
        tree: &Tree<'_>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let before = problems.errors();
        let baseline = manifest.baseline_year;
        if !YEARS.contains(&baseline.0) {
            problems.push(
                document
                    .problem_at(Code::OutOfRange, tree, &["baseline_year".into()])
                    .with("key", "baseline_year")
                    .with("value", baseline)
                    .with("least", YEARS.start())
                    .with("most", YEARS.end()),
            );
        }
        let mut last = baseline;
        for (position, &year) in manifest.years.iter().enumerate() {
            let place = ["years".into(), position.into()];
            if !YEARS.contains(&year.0) {
                problems.push(
                    document
                        .problem_at(Code::OutOfRange, tree, &place)
                        .with("key", "years")
                        .with("value", year)
                        .with("least", YEARS.start())
                        .with("most", YEARS.end()),
                );
            } else if year <= last {
                problems.push(
                    document.problem_at(Code::YearOrder, tree, &place).with("value", year).with("previous", last),
                );
            }
            last = last.max(year);
        }
        if manifest.years.is_empty() {
            problems.push(
                document.problem_at(Code::BadList, tree, &["years".into()]).with("key", "years").with("value", "[]"),
            );
        } else if manifest.years.len() > MOST_YEARS {
            problems.push(document.problem_at(Code::TooMany, tree, &["years".into()]).with("limit", MOST_YEARS));
        }
        let twice = manifest.stages.iter().enumerate().any(|(at, stage)| manifest.stages[..at].contains(stage));
        if manifest.stages.is_empty() || twice {
            let value = words_of(&manifest.stages);
            problems.push(
                document
                    .problem_at(Code::BadList, tree, &["stages".into()])
                    .with("key", "stages")
                    .with("value", format!("[{value}]")),
            );
        }
        let factors = factors(manifest, document, tree, problems);
        let variant_factor = variant.and_then(|at| manifest.variants.get(at)?.pupils_factor.clone());
        if let (Some(at), Some(factor)) = (variant, &variant_factor) {
            let place = ["variants".into(), at.into(), "pupils_factor".into()];
            check_factor(factor, "pupils_factor", &place, document, tree, problems);
        }
        let forecast = forecast::chosen(manifest, &forecasts, document, tree, problems);
        if forecast.is_some() && !manifest.pupils.factor.is_empty() {
            let place = ["pupils".into(), "factor".into()];
            problems.push(document.problem_at(Code::ForecastTwice, tree, &place).with("value", "[pupils.factor]"));
        }
        let totals = forecast::totals(manifest, document, tree, problems);
        (problems.errors() == before).then(|| Self {
            baseline_year: baseline,
            years: manifest.years.clone(),
            stages: manifest.stages.clone(),
            factors,
            factors_declared: !manifest.pupils.factor.is_empty(),
            variant_factor,
            noise: variant.and_then(|at| manifest.variants.get(at)?.unit_noise),
            forecast,
            forecast_names: forecasts,
            totals,
        })
    }

    /// All years of the demand, baseline first.
    pub fn all_years(&self) -> Vec<Year> {
        std::iter::once(self.baseline_year).chain(self.years.iter().copied()).collect()
    }

    /// What the baseline's pupils of a stage are multiplied by in a year; 1 in the baseline year.
    pub fn factor(&self, year: Year, stage: Stage) -> f64 {
        self.years.iter().position(|&y| y == year).map_or(1.0, |at| self.factors[at].of(stage))
    }

    /// What a variant multiplies the pupils of a stage by in a year; 1 in the baseline year.
    pub fn variant_factor(&self, year: Year, stage: Stage) -> f64 {
        match &self.variant_factor {
            Some(factor) if year != self.baseline_year => factor.of(stage),
            _ => 1.0,
        }
    }
}

impl Frame {
    /// The random factors on the pupils of `units` units in plan years, in file order; empty where a variant sets none.
    pub fn noise(&self, units: usize) -> Vec<f64> {
        let Some(Noise { spread, seed }) = self.noise else { return Vec::new() };
        let mut random = Random::new(seed, "unit noise");
        (0..units).map(|_| random.range(1.0 - spread, 1.0 + spread)).collect()
    }
}

fn words_of(stages: &[Stage]) -> String {
    stages.iter().map(|stage| stage.name()).collect::<Vec<_>>().join(", ")
}

fn factors(manifest: &Manifest, document: &Document, tree: &Tree<'_>, problems: &mut Problems) -> Vec<Factor> {
    let years: Vec<String> = manifest.years.iter().map(ToString::to_string).collect();
    for (key, factor) in &manifest.pupils.factor {
        let place = ["pupils".into(), "factor".into(), key.as_str().into()];
        if !years.contains(key) && !years.is_empty() {
            problems.push(
                document
                    .problem_at(Code::NotPlanYear, tree, &place)
                    .with("value", key)
                    .with_list("expected", years.iter().map(String::as_str)),
            );
        }
        check_factor(factor, &format!("pupils.factor.{key}"), &place, document, tree, problems);
    }
    years.iter().map(|year| manifest.pupils.factor.get(year).cloned().unwrap_or(Factor::All(1.0))).collect()
}

fn check_factor(
    factor: &Factor,
    key: &str,
    place: &[super::document::Step<'_>],
    document: &Document,
    tree: &Tree<'_>,
    problems: &mut Problems,
) {
    let values: Vec<f64> = match factor {
        Factor::All(value) => vec![*value],
        Factor::ByStage(values) => values.values().copied().collect(),
    };
    for value in values.into_iter().filter(|value| !(0.0..=100.0).contains(value)) {
        problems.push(
            document
                .problem_at(Code::OutOfRange, tree, place)
                .with("key", key)
                .with("value", value)
                .with("least", 0)
                .with("most", 100),
        );
    }
}

/// The stage of a grade number where the stage is not said; `None` for numbers of no stage.
pub fn stage_of_grade(number: i8) -> Option<Stage> {
    [Stage::Kindergarten, Stage::Primary, Stage::Junior, Stage::Senior]
        .into_iter()
        .find(|stage| stage.grades().contains(&number))
}

/// What a column beside the fixed ones counts: pupils of a whole stage or of a grade.
pub fn roll_column(name: &str) -> Option<(Stage, Option<i8>)> {
    let plain = words::plain(name);
    if let Some(stage) = words::look_up(words::STAGES, &plain) {
        return Some((stage, None));
    }
    let marked = plain.starts_with("grade_") || plain.ends_with("年级");
    let number = words::grade_number(&plain).filter(|_| marked)?;
    stage_of_grade(number).map(|stage| (stage, Some(number)))
}
