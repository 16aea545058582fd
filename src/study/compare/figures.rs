//! Key figures of the plans, with the best of each.

use super::{Ground, Named, last_year};
use crate::digest::distances::Distances;
use crate::digest::figures::{YearFigures, action_counts, figures};
use crate::digest::flows::flows;
use crate::digest::tallies::tallies;
use crate::digest::trips::Trip;
use crate::domain::objective::Term;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Pupils whose school differs from the one that the scenario gives for today.
pub const CHANGED: &str = "figure.changed";
/// The same where today's schools are only assumed.
pub const CHANGED_ASSUMED: &str = "figure.changed_assumed";
/// Mean way of a pupil.
pub const MEAN: &str = "figure.mean_km";
/// Mean way of the tenth of the pupils with the longest ways.
pub const WORST_TENTH: &str = "figure.worst_tenth_km";
/// Subjects that fail a rule.
pub const FAILING: &str = "figure.failing";

/// One figure of every plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureRow {
    /// Key of its name in the catalogue of messages.
    pub key: String,
    /// Decimals to print.
    pub decimals: usize,
    /// Today's value, where the figure has one.
    pub today: Option<f64>,
    /// Values.
    pub values: Vec<Option<f64>>,
    /// Positions of the plans with the least value, where less is better, the plans differ and may be compared; else empty.
    pub best: Vec<usize>,
    /// Whether the plans differ by what is printed.
    pub differs: bool,
}

/// Whether less of a figure is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sense {
    /// Neither more nor less is better.
    Neutral,
    /// Less is better.
    Less,
    /// Less is better among plans for as many pupils.
    LessForSamePupils,
}

struct Rows {
    rows: Vec<FigureRow>,
    same_pupils: bool,
}

impl Rows {
    /// Whether a figure with these values, as printed and as far as there are any, is there already.
    fn holds(&self, key: &str, values: &[Option<f64>]) -> bool {
        let same = |(a, b): (&Option<f64>, &Option<f64>)| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() < 0.5,
            _ => b.is_none(),
        };
        self.rows.iter().any(|row| row.key == key && row.values.iter().zip(values).all(same))
    }

    fn push(&mut self, key: &str, decimals: usize, sense: Sense, today: Option<f64>, values: Vec<Option<f64>>) {
        if values.iter().all(Option::is_none) {
            return;
        }
        let printed = |value: &Option<f64>| value.map(|value| format!("{value:.decimals$}"));
        let differs = values.windows(2).any(|pair| printed(&pair[0]) != printed(&pair[1]));
        let known: Vec<Option<String>> = values.iter().filter(|value| value.is_some()).map(printed).collect();
        let apart = known.windows(2).any(|pair| pair[0] != pair[1]);
        let ranked = match sense {
            Sense::Neutral => false,
            Sense::Less => apart,
            Sense::LessForSamePupils => apart && self.same_pupils,
        };
        let least = values.iter().flatten().copied().min_by(f64::total_cmp).filter(|_| ranked);
        let is_least = |value: &Option<f64>| least.is_some() && printed(value) == printed(&least);
        let best = values.iter().enumerate().filter(|(_, value)| is_least(value)).map(|(at, _)| at).collect();
        self.rows.push(FigureRow { key: key.to_owned(), decimals, today, values, best, differs });
    }
}

/// The key figures. A figure that no plan has is left out.
pub(super) fn rows(ground: &Ground<'_>) -> Vec<FigureRow> {
    let last: Vec<Option<YearFigures>> =
        ground.plans.iter().zip(&ground.trips).map(|(p, t)| last_figures(p, t)).collect();
    let today = ground.plans.first().zip(ground.today.as_ref()).and_then(|(plan, trips)| {
        let plan = ground.plans.iter().find(|plan| plan.home.is_some()).unwrap_or(plan);
        figures(plan.document, trips).into_iter().next()
    });
    let heads: Vec<i64> = ground.trips.iter().map(|trips| trips.iter().map(|trip| trip.pupils).sum()).collect();
    let same_pupils = heads.windows(2).all(|pair| pair[0] == pair[1]);
    let mut all = Rows { rows: Vec::new(), same_pupils };
    // First what plans are chosen by.
    if let Some(before) = &ground.today {
        let key = if ground.assumed { CHANGED_ASSUMED } else { CHANGED };
        let values = ground.trips.iter().map(|after| Some(flows(before, after).moved() as f64)).collect();
        all.push(key, 0, Sense::Less, None, values);
    }
    terms(ground, &mut all, &[Term::Cost]);
    let mut of_year = |key: &str, decimals, sense, value: &dyn Fn(&YearFigures) -> Option<f64>| {
        let values = last.iter().map(|year| value(year.as_ref()?)).collect();
        all.push(key, decimals, sense, today.as_ref().and_then(value), values);
    };
    let km = |metres: Option<i64>| metres.map(|metres| metres as f64 / 1000.0);
    of_year(MEAN, 2, Sense::Less, &|year| year.distances.mean().map(|metres| metres / 1000.0));
    of_year(WORST_TENTH, 2, Sense::Less, &|year| Some(year.distances.tenths()?[9] / 1000.0));
    of_year("figure.p90_km", 1, Sense::Less, &|year| km(year.distances.quantile(0.9)));
    of_year("figure.longest_km", 1, Sense::Less, &|year| km(year.distances.longest()));
    of_year("figure.pupil_km", 0, Sense::LessForSamePupils, &|year| {
        (year.distances.pupils > 0).then(|| year.distances.pupil_metres as f64 / 1000.0)
    });
    let now = ground.plans.first().map(|plan| failing(plan, plan.document.baseline_year));
    let values = ground.plans.iter().map(|plan| Some(failing(plan, last_year(plan.document)))).collect();
    all.push(FAILING, 0, Sense::Less, now, values);
    let mut of_year = |key: &str, decimals, value: &dyn Fn(&YearFigures) -> Option<f64>| {
        let values = last.iter().map(|year| value(year.as_ref()?)).collect();
        all.push(key, decimals, Sense::Neutral, today.as_ref().and_then(value), values);
    };
    of_year("figure.sites", 0, &|year| Some(year.sites as f64));
    of_year("figure.pupils", 0, &|year| Some(year.pupils as f64));
    of_year("figure.classes", 0, &|year| Some(year.classes as f64));
    of_year("figure.class_mean", 1, &YearFigures::class_mean);
    of_year("figure.rooms", 0, &|year| Some(year.rooms as f64));
    if last.iter().flatten().any(|year| year.distances.boarders > 0) {
        of_year("figure.boarders", 0, &|year| Some(year.distances.boarders as f64));
    }
    let others: Vec<Term> = Term::ALL.into_iter().filter(|&term| term != Term::Cost).collect();
    terms(ground, &mut all, &others);
    let counts: Vec<BTreeMap<String, i64>> = ground.plans.iter().map(|plan| action_counts(plan.document)).collect();
    let names: BTreeSet<&String> = counts.iter().flat_map(BTreeMap::keys).collect();
    for name in names {
        let values = counts.iter().map(|counts| Some(counts.get(name).copied().unwrap_or(0) as f64)).collect();
        all.push(&format!("action.{name}"), 0, Sense::Neutral, None, values);
    }
    all.rows
}

/// Terms of the objective.
fn terms(ground: &Ground<'_>, all: &mut Rows, terms: &[Term]) {
    for term in terms {
        let (decimals, sense) = match term {
            Term::MovedPupils | Term::Cost => (0, Sense::Less),
            Term::SoftExcess => (1, Sense::Less),
            Term::TravelPupilKm | Term::TravelPupilMinutes => (0, Sense::LessForSamePupils),
        };
        let own = ground.plans.iter().map(|plan| plan.document.objective.terms.get(term.name()).copied().flatten());
        let own: Vec<Option<f64>> = own.collect();
        // In a plan of one year without boarders the term is the figure.
        let figure = match term {
            Term::TravelPupilKm => "figure.pupil_km",
            Term::MovedPupils => CHANGED,
            _ => "",
        };
        if !all.holds(figure, &own) {
            all.push(&format!("term.{}", term.name()), decimals, sense, None, own);
        }
    }
}

fn last_figures(plan: &Named<'_>, trips: &[Trip]) -> Option<YearFigures> {
    let mut last = figures(plan.document, trips).into_iter().next_back()?;
    if plan.document.years.is_empty() {
        last.distances = Distances::of(trips);
    }
    Some(last)
}

fn failing(plan: &Named<'_>, year: i32) -> f64 {
    let all = tallies(plan.document, plan.home.map(|home| home.scenario));
    all.iter().filter_map(|tally| tally.years.get(&year)).map(|counts| counts.fail).sum::<i64>() as f64
}
