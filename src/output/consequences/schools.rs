//! `schools.csv`: one account for every school, year by year: what happens to it and why, pupils, classes, staff, funds, rules.

use super::{site, year};
use crate::digest::figures::{classes, pupils};
use crate::i18n::word;
use crate::output::bundle::Bundle;
use crate::output::table::{Cell, Column, Table, column};

/// The table, in file order of the sites, each with its years; plots that nobody builds on are left out.
pub fn table(bundle: &Bundle<'_>) -> Table {
    let (scenario, accounts) = (bundle.scenario, &bundle.consequences().accounts);
    let language = bundle.language;
    let mut rows = Vec::new();
    for document in &bundle.document.sites {
        let Some((id, facts)) = bundle.site(&document.id) else { continue };
        if !document.states.iter().any(|state| state.operating) {
            continue;
        }
        for state in &document.states {
            let Some(account) = accounts.get(&(id, state.year)) else { continue };
            let taken: Vec<_> = document.actions.iter().filter(|action| action.year == state.year).collect();
            let join = |words: Vec<String>| if words.is_empty() { Cell::Empty } else { Cell::Text(words.join(" + ")) };
            let (rolls, groups) = (pupils(state), classes(state));
            let mut cells = site(bundle, id).to_vec();
            cells.extend([
                facts.area.map_or(Cell::Empty, |area| Cell::Text(scenario.district.areas[area].name.clone())),
                year(state.year),
                Cell::Flag(state.operating),
                Cell::Text(word(language, "site_kind", state.kind.name())),
                join(taken.iter().map(|action| word(language, "action", &action.action)).collect()),
                join(
                    taken
                        .iter()
                        .filter_map(|action| action.into.as_deref())
                        .map(|key| bundle.site_name(key).to_owned())
                        .collect(),
                ),
                join(
                    taken
                        .iter()
                        .map(|action| language.pick(&bundle.reason(document, action)).to_owned())
                        .filter(|reason| !reason.is_empty())
                        .collect(),
                ),
                Cell::Whole(state.rooms),
                Cell::Whole(rolls),
                Cell::Whole(groups),
                Cell::number((groups > 0).then(|| rolls as f64 / groups as f64), 1),
                Cell::Whole(account.entrants),
                Cell::Whole(account.come),
                Cell::Whole(account.gone),
                Cell::number(account.posts, 2),
                Cell::number(account.needed, 2),
                Cell::number(account.lacking, 2),
                Cell::number(Some(account.posts_in), 2),
                Cell::number(Some(account.posts_out), 2),
                Cell::number(account.funds, 2),
                Cell::Whole(account.passing),
                Cell::Whole(account.failing.len() as i64),
                failing(bundle, &account.failing),
            ]);
            rows.push(cells);
        }
    }
    Table { name: "schools", columns: columns(), rows }
}

/// The rules that fail, by name.
fn failing(bundle: &Bundle<'_>, ids: &[String]) -> Cell {
    let names: Vec<&str> = ids
        .iter()
        .map(|id| {
            let title = bundle.rule(id).map_or("", |rule| bundle.language.pick(&rule.title));
            if title.is_empty() { id.as_str() } else { title }
        })
        .collect();
    if names.is_empty() { Cell::Empty } else { Cell::Text(names.join("; ")) }
}

/// The columns.
pub fn columns() -> Vec<Column> {
    vec![
        column("site", 12.0),
        column("site_name", 24.0),
        column("area", 14.0),
        column("year", 8.0),
        column("operating", 10.0),
        column("kind_text", 18.0),
        column("actions_text", 18.0),
        column("into_name", 24.0),
        column("reason", 40.0),
        column("rooms", 10.0),
        column("pupils", 10.0),
        column("classes", 10.0),
        column("class_mean", 10.0),
        column("entrants", 10.0),
        column("come", 12.0),
        column("gone", 12.0),
        column("posts", 10.0),
        column("posts_needed", 12.0),
        column("posts_lacking", 12.0),
        column("posts_in", 12.0),
        column("posts_out", 12.0),
        column("funds", 14.0),
        column("rules_passing", 10.0),
        column("rules_failing", 10.0),
        column("failing", 40.0),
    ]
}
