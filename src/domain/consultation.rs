//! Consultations before a site ends (意见征集): who was heard, when, and how it came out.

use super::scenario::Scenario;
use crate::id::SiteId;
use crate::units::Year;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Date {
    /// Year.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month.
    pub day: u8,
}

impl Date {
    /// The day, if the calendar has it.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return None,
        };
        (1..=days).contains(&day).then_some(Self { year, month, day })
    }

    /// The first day of a school year: 1 September.
    pub fn start_of(year: Year) -> Self {
        Self { year: year.0, month: 9, day: 1 }
    }

    /// The same day so many months later; the day of the month is not cut to the length of the month, which order does not
    /// need.
    fn after_months(self, months: i64) -> (i64, u8) {
        (i64::from(self.year) * 12 + i64::from(self.month) + months, self.day)
    }

    /// Whether at least so many months lie between this day and a later one.
    pub fn is_months_before(self, later: Self, months: i64) -> bool {
        self.after_months(months) <= later.after_months(0)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The outcome of a hearing (听证).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hearing {
    /// Most delegates agree (同意).
    For,
    /// Most delegates object (反对).
    Against,
}

/// A record of a consultation about ending a site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Consultation {
    /// The site.
    pub site: SiteId,
    /// When it was closed.
    pub date: Date,
    /// Parents in favour, where counted.
    pub parents_for: Option<i64>,
    /// Parents against, where counted.
    pub parents_against: Option<i64>,
    /// The hearing, where one was held.
    pub hearing: Option<Hearing>,
}

impl Consultation {
    /// Whether it lets the site end: not more parents against than for, and no hearing against. Source: 国办发〔2012〕48号,
    /// no closure by force against most parents or delegates.
    pub fn supports(&self) -> bool {
        self.parents_against.unwrap_or(0) <= self.parents_for.unwrap_or(0) && self.hearing != Some(Hearing::Against)
    }
}

/// Whether a site may end with effect of a school year: its latest consultation supports it and lies at least
/// `lead_months` before the year begins, and no refusal is younger than `cooldown_years`.
pub fn may_end(scenario: &Scenario, site: SiteId, year: Year, lead_months: i64, cooldown_years: i64) -> bool {
    let begins = Date::start_of(year);
    let mut records = scenario.district.consultations.iter().filter(|record| record.site == site);
    let latest = records.clone().max_by_key(|record| record.date);
    latest.is_some_and(|record| record.supports() && record.date.is_months_before(begins, lead_months))
        && records.all(|record| record.supports() || record.date.is_months_before(begins, 12 * cooldown_years))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::district::SiteKind;
    use crate::domain::fixture::county;

    fn record(site: SiteId, date: (i32, u8, u8), parents: (i64, i64), hearing: Option<Hearing>) -> Consultation {
        let date = Date::new(date.0, date.1, date.2).unwrap();
        Consultation { site, date, parents_for: Some(parents.0), parents_against: Some(parents.1), hearing }
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        let valid = |year, month, day| Date::new(year, month, day).is_some();
        assert!(valid(2024, 2, 29) && valid(2000, 2, 29) && valid(2025, 12, 31));
        assert!(!valid(2025, 2, 29) && !valid(1900, 2, 29) && !valid(2025, 4, 31) && !valid(2025, 13, 1));
        assert!(!valid(2025, 0, 1) && !valid(2025, 1, 0));
        assert_eq!(Date::new(2025, 3, 7).unwrap().to_string(), "2025-03-07");
    }

    #[test]
    fn the_lead_is_counted_in_months_to_the_first_of_september() {
        let before = |date: (i32, u8, u8), months| {
            Date::new(date.0, date.1, date.2).unwrap().is_months_before(Date::start_of(Year(2026)), months)
        };
        assert!(before((2025, 9, 1), 12) && !before((2025, 9, 2), 12));
        assert!(before((2026, 8, 1), 1) && !before((2026, 8, 31), 1) && before((2026, 9, 1), 0));
    }

    #[test]
    fn the_latest_record_counts_and_a_refusal_lasts() {
        let mut scenario = county(&[2026, 2029]);
        let site = scenario.with_site("a", SiteKind::Primary, 4, 0.0);
        let other = scenario.with_site("b", SiteKind::Primary, 4, 1.0);
        assert!(!may_end(&scenario, site, Year(2026), 0, 0), "no record");
        scenario.district.consultations = vec![record(site, (2024, 5, 1), (10, 11), None)];
        assert!(!may_end(&scenario, site, Year(2026), 0, 0), "more parents against");
        scenario.district.consultations.push(record(site, (2025, 5, 1), (10, 10), Some(Hearing::For)));
        assert!(may_end(&scenario, site, Year(2026), 12, 0), "as many for as against");
        assert!(!may_end(&scenario, other, Year(2026), 12, 0), "the record of another site");
        assert!(!may_end(&scenario, site, Year(2026), 12, 5), "refused two years ago");
        assert!(may_end(&scenario, site, Year(2029), 12, 5));
        scenario.district.consultations.push(record(site, (2025, 6, 1), (10, 0), Some(Hearing::Against)));
        assert!(!may_end(&scenario, site, Year(2026), 12, 0), "the hearing was against");
    }
}
