//! Consultations before a site ends, from `consultations.csv`.

use super::problem::{Code, Problems, Reported};
use super::sites::Sites;
use super::table::{Row, Table};
use super::words;
use crate::domain::consultation::{Consultation, Date};
use crate::domain::district::SiteStatus;
use crate::id::{Id, SiteId};

/// Most parents of a record.
const MOST_PARENTS: i64 = 1_000_000;

/// Reads `consultations.csv`. A site may have several records.
pub fn consultations(table: &Table<'_>, sites: &Sites, problems: &mut Problems) -> Vec<Consultation> {
    table.warn_others(&[], words::CONSULTATIONS, problems);
    let mut all = Vec::new();
    let _ = table.each(problems, |row, problems| all.extend(consultation_of_row(row, sites, problems).ok()));
    all
}

fn consultation_of_row(row: &Row<'_>, sites: &Sites, problems: &mut Problems) -> Result<Consultation, Reported> {
    let site = row.needed_reference("site", &sites.keys, problems).map(SiteId::new);
    let date = row.needed("date", problems).and_then(|cell| {
        let not_date = || row.problem(Code::NotDate, "date").with("value", cell);
        date(cell).ok_or_else(|| problems.push(not_date()))
    });
    let parents_for = row.whole("parents_for", 0..=MOST_PARENTS, problems);
    let parents_against = row.whole("parents_against", 0..=MOST_PARENTS, problems);
    let hearing = row.choice("hearing", words::HEARINGS, problems);
    let site = site?;
    let facts = &sites.list[site];
    if facts.status == SiteStatus::Candidate {
        return Err(problems.push(row.problem(Code::NotOperating, "site").with("value", &facts.key)));
    }
    Ok(Consultation {
        site,
        date: date?,
        parents_for: parents_for?,
        parents_against: parents_against?,
        hearing: hearing?,
    })
}

/// A day as `2025-03-12`, `2025/3/12`, `2025.3.12` or `2025年3月12日`.
fn date(cell: &str) -> Option<Date> {
    let cell = cell.strip_suffix('日').unwrap_or(cell);
    let mut parts = cell.split(['-', '/', '.', '年', '月']).map(str::trim);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let year: i32 = year.parse().ok().filter(|year| (1950..=2200).contains(year))?;
    Date::new(year, month.parse().ok()?, day.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn days_are_read_in_the_forms_that_spreadsheets_write() {
        let day = |cell| date(cell).map(|date| date.to_string());
        for cell in ["2025-03-12", "2025/3/12", "2025.3.12", "2025年3月12日", "2025 年 3 月 12"] {
            assert_eq!(day(cell).as_deref(), Some("2025-03-12"), "{cell}");
        }
        for cell in ["", "2025-03", "12-03-2025", "2025-02-30", "2025-3-12-1", "yesterday"] {
            assert_eq!(day(cell), None, "{cell}");
        }
    }
}
