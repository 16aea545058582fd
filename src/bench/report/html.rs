//! The report as one HTML file that needs nothing else and reads well on a phone.

use super::markdown::{
    ENGINE_HEADING, RATIO_HEADING, RATIO_NOTE, SUMMARY_HEADING, engine_cells, engines_of, ratio_rows, row_head,
    summary_rows,
};
use super::svg::{draw, escape};
use super::{Cell, Group, Report, Standing, curves};

const STYLE: &str = include_str!("report.css");

/// The whole report.
pub(super) fn write(report: &Report) -> String {
    let mut body = vec!["<h1>Benchmark report</h1>".to_owned()];
    body.extend(report.alarms.iter().map(|alarm| format!(r#"<p class="alarm">Look into this: {}</p>"#, escape(alarm))));
    body.push("<h2>Summary</h2>".to_owned());
    body.push(table(&SUMMARY_HEADING, &summary_rows(report)));
    if !report.ratios.is_empty() {
        body.push(format!("<h2>Engines side by side</h2>\n<p>{}</p>", escape(RATIO_NOTE)));
        body.push(table(&RATIO_HEADING, &ratio_rows(report)));
    }
    for curves in [curves::profile(report), curves::times(report)].into_iter().flatten() {
        body.push(format!(
            "<figure>\n<figcaption>{}</figcaption>\n{}\n</figure>",
            escape(&curves.title),
            draw(&curves)
        ));
    }
    body.extend(report.groups.iter().map(|group| results(report, group)));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Benchmark report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{}\n</main>\n</body>\n</html>\n",
        body.join("\n")
    )
}

/// A table whose rows turn into cards on a narrow screen; cells carry their heading for that.
fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let mut lines = vec!["<table>\n<thead><tr>".to_owned()];
    lines.extend(heading.iter().map(|word| format!("<th>{}</th>", escape(word))));
    lines.push("</tr></thead>\n<tbody>".to_owned());
    for row in rows {
        let cells = heading.iter().zip(row).map(|(word, cell)| data(word, cell, ""));
        lines.push(format!("<tr>{}</tr>", cells.collect::<String>()));
    }
    lines.push("</tbody>\n</table>".to_owned());
    lines.join("\n")
}

fn data(label: &str, text: &str, class: &str) -> String {
    let class = if class.is_empty() { String::new() } else { format!(r#" class="{class}""#) };
    format!(r#"<td data-label="{}"{class}>{}</td>"#, escape(label), escape(text))
}

fn results(report: &Report, group: &Group) -> String {
    let engines = engines_of(group);
    let name = format!("{}, {}", escape(&group.family), escape(&group.problem));
    let mut lines = vec![
        format!("<h2>{name}</h2>\n<p>Limits: {}.</p>", escape(&group.limits.join("; "))),
        "<table>\n<thead><tr><th rowspan=\"2\">instance</th><th rowspan=\"2\">n × m</th><th rowspan=\"2\">p</th>\
         <th rowspan=\"2\">best known</th>"
            .to_owned(),
    ];
    for &engine in &engines {
        lines.push(format!(
            r#"<th colspan="{}" class="first">{}</th>"#,
            ENGINE_HEADING.len(),
            escape(&report.engines[engine])
        ));
    }
    lines.push("</tr><tr>".to_owned());
    for _ in &engines {
        for (index, word) in ENGINE_HEADING.iter().enumerate() {
            lines.push(format!("<th{}>{word}</th>", if index == 0 { r#" class="first""# } else { "" }));
        }
    }
    lines.push("</tr></thead>\n<tbody>".to_owned());
    for row in &group.rows {
        let head = ["instance", "n × m", "p", "best known"];
        let mut cells: String = head.iter().zip(row_head(row)).map(|(word, cell)| data(word, &cell, "")).collect();
        for &engine in &engines {
            let written = ENGINE_HEADING.iter().zip(engine_cells(row, engine)).enumerate();
            for (index, (word, cell)) in written {
                let label =
                    if engines.len() > 1 { format!("{} {word}", report.engines[engine]) } else { (*word).to_owned() };
                cells += &data(&label, &cell, class_of(row.cells[engine].as_ref(), index));
            }
        }
        lines.push(format!("<tr>{cells}</tr>"));
    }
    lines.push("</tbody>\n</table>".to_owned());
    lines.join("\n")
}

/// The look of an engine's cell: the first is set off, a new best cost and a missed gap are marked.
fn class_of(cell: Option<&Cell>, index: usize) -> &'static str {
    match (ENGINE_HEADING[index], cell) {
        ("cost", _) => "first",
        ("to best", Some(Cell { to_best: Some(to_best), .. })) => match to_best.standing {
            Standing::Better => "better",
            Standing::Equal => "equal",
            Standing::Worse => "worse",
        },
        ("gap", Some(cell)) if !cell.is_proven() => "worse",
        _ => "",
    }
}
