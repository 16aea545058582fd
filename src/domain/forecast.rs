//! Forecasts (学生数预测): scenarios that agree on everything but the pupils.

use super::scenario::Scenario;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The name of the forecast that is the scenario itself, without a variant.
pub const BASE: &str = "base";

/// One forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Name under which it is shown: that of a variant, of a named forecast, or of the scenario itself.
    pub name: String,
    /// The scenario with the pupils of the forecast.
    pub scenario: Scenario,
}

/// Several forecasts of one county: at least one, each name once, and nothing differs but the pupils, so that a plan of
/// one is a plan of all.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecasts {
    all: Vec<Forecast>,
}

/// Why scenarios are not forecasts of one county.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ForecastError {
    /// There is none.
    #[error("no forecast is named")]
    None,
    /// One is named twice.
    #[error("forecast `{0}` is named twice")]
    Repeated(String),
    /// Two differ in more than their pupils.
    #[error("`{name}` and `{other}` differ in {what}: forecasts of one county may differ in the number of pupils only")]
    Differs {
        /// The first.
        other: String,
        /// The one that differs from it.
        name: String,
        /// In what they differ, by its name in the scenario.
        what: &'static str,
    },
}

impl Forecasts {
    /// Forecasts in the order given.
    ///
    /// # Errors
    /// [`ForecastError`].
    pub fn new(all: Vec<Forecast>) -> Result<Self, ForecastError> {
        let first = all.first().ok_or(ForecastError::None)?;
        for (index, one) in all.iter().enumerate() {
            if all[..index].iter().any(|other| other.name == one.name) {
                return Err(ForecastError::Repeated(one.name.clone()));
            }
            if let Some(what) = difference(&first.scenario, &one.scenario) {
                return Err(ForecastError::Differs { other: first.name.clone(), name: one.name.clone(), what });
            }
        }
        Ok(Self { all })
    }

    /// The first forecast.
    pub fn first(&self) -> &Forecast {
        &self.all[0]
    }

    /// How many there are; at least one.
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// The forecasts in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Forecast> {
        self.all.iter()
    }
}

impl<'a> IntoIterator for &'a Forecasts {
    type Item = &'a Forecast;
    type IntoIter = std::slice::Iter<'a, Forecast>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl std::ops::Index<usize> for Forecasts {
    type Output = Forecast;

    fn index(&self, index: usize) -> &Forecast {
        &self.all[index]
    }
}

/// What is minimised over the forecasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RobustGoal {
    /// The mean of the declared objective over all forecasts, each counting the same.
    Expected,
    /// The declared objective in the forecast in which it is greatest.
    Worst,
}

impl RobustGoal {
    /// Every goal.
    pub const ALL: [Self; 2] = [Self::Expected, Self::Worst];

    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Worst => "worst",
        }
    }

    /// What values by forecast come to; 0 for none.
    pub fn of(self, values: &[f64]) -> f64 {
        match self {
            _ if values.is_empty() => 0.0,
            Self::Expected => values.iter().sum::<f64>() / values.len() as f64,
            Self::Worst => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }
}

/// In what two scenarios differ besides their pupils, names and texts.
fn difference(a: &Scenario, b: &Scenario) -> Option<&'static str> {
    let compared = [
        ("baseline_year", a.baseline_year == b.baseline_year),
        ("years", a.years == b.years),
        ("stages", a.stages == b.stages),
        ("the facts of the county", a.district == b.district),
        ("the baseline assignment", a.baseline == b.baseline),
        ("travel", a.travel == b.travel),
        ("rules", a.rules == b.rules),
        ("actions", a.offers == b.offers),
        ("zoning", a.zoning == b.zoning),
        ("objective", a.objective == b.objective),
    ];
    compared.into_iter().find(|(_, same)| !same).map(|(what, _)| what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;
    use crate::id::{GradeId, UnitId};
    use crate::units::Pupils;

    fn forecast(name: &str) -> Forecast {
        Forecast { name: name.to_owned(), scenario: sample::scenario() }
    }

    #[test]
    fn forecasts_may_differ_in_pupils_names_and_texts_only() {
        let (a, mut b) = (forecast("a"), forecast("b"));
        let year = b.scenario.years[0];
        b.scenario.demand.set(year, UnitId(0), GradeId(0), Pupils(77));
        b.scenario.variant = Some("b".to_owned());
        b.scenario.assumptions.clear();
        let all = Forecasts::new(vec![a.clone(), b.clone()]).unwrap();
        assert_eq!((all.len(), all.first().name.as_str(), all[1].name.as_str()), (2, "a", "b"));
        let mut c = b.clone();
        c.name = "c".to_owned();
        c.scenario.travel.detour_factor += 0.1;
        let refused = Forecasts::new(vec![a.clone(), b.clone(), c]).unwrap_err();
        assert_eq!(refused, ForecastError::Differs { other: "a".into(), name: "c".into(), what: "travel" });
        assert_eq!(Forecasts::new(vec![a.clone(), a]), Err(ForecastError::Repeated("a".into())));
        assert_eq!(Forecasts::new(Vec::new()), Err(ForecastError::None));
    }

    #[test]
    fn goals_add_up_forecasts() {
        assert_eq!(RobustGoal::Expected.of(&[1.0, 2.0, 6.0]), 3.0);
        assert_eq!(RobustGoal::Worst.of(&[1.0, 6.0, 2.0]), 6.0);
        assert_eq!(RobustGoal::Worst.of(&[]), 0.0);
    }
}
