//! `docs/outputs.md`: the reference of the output files, made from the catalogue of formats and the columns of the tables.

use super::catalogue::FORMATS;
use super::table::Column;
use super::{actions, assignment, compliance, forecast, indicators, sites};
use crate::domain::rule::REPORT_WORDS;
use crate::i18n::{Language, render, text};
use std::fmt::Write;

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
    let tables: [(&str, Vec<Column>); 6] = [
        ("actions.csv", actions::columns()),
        ("assignment.csv", assignment::columns(&grades)),
        ("sites.csv", sites::columns(&grades)),
        ("compliance.csv", compliance::columns()),
        ("indicators.csv", indicators::columns(&[])),
        ("forecast.csv", forecast::columns()),
    ];
    for (file, columns) in tables {
        line(format!("\n## {file}\n\n| column | heading | 标题 |\n|---|---|---|"));
        for column in columns {
            let [en, zh] = [Language::En, Language::Zh].map(|language| render(language, &column.heading));
            line(format!("| `{}` | {en} | {zh} |", column.name));
        }
    }
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
