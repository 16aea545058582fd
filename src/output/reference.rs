//! `docs/outputs.md`: the reference of the output files, made from the catalogue of formats and the columns of the tables.

use super::catalogue::FORMATS;
use super::consequences::{assets, disposals, funds, placement, schools, staff, staffing, transfers, villages};
use super::table::Column;
use super::{actions, assignment, compliance, forecast, indicators, projects, sites};
use crate::domain::rule::REPORT_WORDS;
use crate::i18n::{Language, render, text};
use std::fmt::Write;

/// How the tables of consequences are worked out.
const FOLLOWS: &str = "\n## What follows from a plan\n\n\
    The tables from `schools.csv` to `funds.csv` are worked out from the scenario and the plan by fixed rules; nothing in them is \
    decided. Pupils, posts and assets are neither lost nor made in any year. `plan.xlsx` has a sheet for each that has rows.\n\n\
    - **Pupils** (`transfers.csv`, `placement.csv`) move up with the years: those of a grade are matched with the pupils of their \
    unit who were so many grades lower so many years before, so that as many as possible stay. `entrants` enter the stage; they \
    never sat at the old school and are held against the school that entrants of their unit had the year before. Rolls known by \
    stage only are matched as a whole. The term `moved_pupils` of the objective compares the zones of a unit and band instead, so it \
    counts entrants too. Pupils are counted where they live; `sites.csv` has the enrolled of today.\n\
    - **Posts** (`staff_moves.csv`, `staffing.csv`): those of a section that ends all go to the school into which it merges \
    (`together`), else with the pupils in proportion to these (`with_pupils`), else to the nearest school (`nearest`). Then public \
    schools that have more posts than they need give to those with fewer, first to those that their pupils go to, then the nearest pair first (`need`). The need is that of the \
    rules `posts_lacking` and `posts_needed`, the largest of several; where none speaks of a stage, a school needs as many for each pupil as it has today, and \
    a new one the county's mean. The marks of teachers follow in proportion. Nobody is taken on or leaves.\n\
    - **Assets** (`asset_moves.csv`): equipment and sets of multimedia rooms of a section that ends follow by the same rules; a \
    school that goes on keeps what it has. Rules on indicators test what schools have at the baseline, without these moves.\n\
    - **Released places** (`disposals.csv`): land and buildings stay and get exactly one use, that of `disposal` in the offer, else \
    `transfer`, and the table says which of the two it is.\n\
    - **Projects**: where the county names an unfinished project at a site where the plan builds, the two are one row with the \
    county's floor area and places and the plan's year. Places of others are classrooms times the class size that the rules allow.\n\
    - **Villages**: one row for grades of a unit that change alike in a year, then what stays. `rising` means that higher grades \
    follow as the pupils move up, and go to the old school until then. Ways are means over the pupils.\n\
    - **Distances between schools** are straight lines times the detour factor.\n";

/// Adds a section for every table.
fn describe<const N: usize>(out: &mut String, tables: [(&str, Vec<Column>); N]) {
    for (file, columns) in tables {
        let _ = writeln!(out, "\n## {file}\n\n| column | heading | 标题 |\n|---|---|---|");
        for column in columns {
            let [en, zh] = [Language::En, Language::Zh].map(|language| render(language, &column.heading));
            let _ = writeln!(out, "| `{}` | {en} | {zh} |", column.name);
        }
    }
}

/// The reference in Markdown.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Output files\n\nMade from the catalogue of formats by `cargo test` (`CATCHMENT_BLESS=1` rewrites it); do not edit.\n\n\
         `solve --out DIR` and `check --out DIR` write these files, all of them or none:\n\n| file | what it is | 内容 |\n|---|---|---|\n",
    );
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    for format in FORMATS {
        let key = format!("format.{}", format.name);
        line(format!("| `{}` | {} | {} |", format.file, text(Language::En, &key), text(Language::Zh, &key)));
    }
    line(String::new());
    line(
        "CSV files are UTF-8 with a byte-order mark, so that spreadsheets open Chinese text right, with one header line and CR \
         LF line ends. Texts for people are in the language of `--lang`; keys, words of the model and column names are the \
         same in every language. Grades are written with an en dash (`7–9`), because Excel takes `7-9` for a date. `plan.xlsx` \
         has the same tables: headings in both languages in the first row, column names in the second. `assignment.csv` and \
         `actions.csv`, or the workbook, can be edited by hand and given to `check` or to `solve --start`; columns that only \
         repeat what follows from others are ignored there."
            .to_owned(),
    );
    let grades = ["<grade>".to_owned()];
    describe(
        &mut out,
        [
            ("actions.csv", actions::columns()),
            ("assignment.csv", assignment::columns(&grades)),
            ("sites.csv", sites::columns(&grades)),
            ("compliance.csv", compliance::columns()),
            ("indicators.csv", indicators::columns(&[])),
            ("forecast.csv", forecast::columns()),
        ],
    );
    let _ = write!(
        out,
        "\nBefore `verdict` stands one column `said_<year>` for the baseline and every plan year: what the indicator comes to in that \
         year, before and after exemptions. An indicator gathers the rules with the same `report.part`, `report.no` and \
         `report.order`; its verdict is the worst of theirs. A rule says what is printed by `report.text`, with these words in \
         braces:\n\n| word | what stands for it |\n|---|---|\n"
    );
    for (name, meaning) in REPORT_WORDS {
        let _ = writeln!(out, "| `{{{name}}}` | {meaning} |");
    }
    out.push_str(FOLLOWS);
    describe(
        &mut out,
        [
            ("schools.csv", schools::columns()),
            ("villages.csv", villages::columns()),
            ("placement.csv", placement::columns()),
            ("transfers.csv", transfers::columns()),
            ("staff_moves.csv", staff::columns()),
            ("staffing.csv", staffing::columns()),
            ("asset_moves.csv", assets::columns()),
            ("disposals.csv", disposals::columns()),
            ("projects.csv", projects::columns()),
            ("funds.csv", funds::columns()),
        ],
    );
    let _ = write!(
        out,
        "\n## certificate.json\n\nThe proof of the bound. `bound` is what is claimed; `leaves` are cases that together cover every \
         choice of actions, each with the options that it excludes (`excluded`, by position in the compiled problem), its own bound, \
         the index of its `multipliers` and, where somebody is to be believed, whom (`backend`); `problem` is a digest of the \
         compiled problem. A run that proved nothing writes a certificate without leaves. `verify SCENARIO PLAN` derives the bound \
         again and prints both numbers; `docs/solver.md` has the formulas. It ends with 0 when the certificate holds, 1 when it \
         does not or there is none, 2 on bad input, 3 on a fault of the program.\n"
    );
    let _ = write!(
        out,
        "\n## catchments.geojson\n\nOne feature for every unit, stage and plan year (`layer` = `unit`) and one for every site \
         (`layer` = `site`). A GIS shows the catchments by colouring the units by `site`. `drawn` is true where the outline is \
         a cell drawn round the unit's point and no data; `divided` has the pupils by site where a unit goes to several.\n"
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_reference_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/outputs.md");
        if std::env::var_os("CATCHMENT_BLESS").is_some_and(|value| value == "1") {
            std::fs::write(&path, markdown()).unwrap();
        }
        let known = std::fs::read_to_string(&path).unwrap();
        assert!(known == markdown(), "docs/outputs.md is not what the catalogue says; CATCHMENT_BLESS=1 rewrites it");
    }
}
