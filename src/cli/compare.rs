//! `catchment compare`: plans side by side, differences first.

use super::exit::Exit;
use super::{plans, screen};
use crate::domain::document::PlanDocument;
use crate::i18n::{Language, render};
use crate::input::PlanInput;
use crate::message::Message;
use crate::output::{comparison, folder};
use crate::study::compare::{Named, compare};
use clap::Args;
use std::error::Error;
use std::path::{Path, PathBuf};

/// Arguments of `compare`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  catchment compare gongyi-plan gongyi-fewer_pupils-plan\n  \
                        catchment compare plan-a/plan.json plan-b/plan.json --out comparison")]
pub(super) struct CompareArgs {
    /// Plans: plan.json, or folders that hold one; the others are held against the first
    #[arg(required = true, num_args = 2.., value_name = "PLAN")]
    plans: Vec<PathBuf>,
    /// Folder for compare.html and compare.json
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON document in place of the tables
    #[arg(long)]
    json: bool,
}

/// Compares, prints and, where asked to, writes.
pub(super) fn run(args: &CompareArgs, language: Language) -> Result<Exit, Box<dyn Error>> {
    let mut documents: Vec<(String, PlanDocument)> = Vec::new();
    for path in &args.plans {
        let document = PlanInput::open(path)?
            .document
            .ok_or_else(|| render(language, &Message::new("compare.needs_document").with("path", path.display())))?;
        documents.push((name(path, &documents), document));
    }
    let named: Vec<Named<'_>> = documents.iter().map(|(name, document)| Named { name, document }).collect();
    let all = compare(&named);
    if let Some(out) = &args.out {
        let mut json = serde_json::to_vec_pretty(&all)?;
        json.push(b'\n');
        folder::write(out, &[("compare.html", comparison::html(&all, language)?), ("compare.json", json)])?;
    }
    if args.json {
        screen::print_json(&all)?;
    } else {
        let mut lines = comparison::lines(&all, language);
        if let Some(out) = &args.out {
            lines.push(render(language, &plans::written(&out.join("compare.html"))));
        }
        screen::print(&lines)?;
    }
    Ok(Exit::Done)
}

/// A name for a plan: its folder's or file's, with a number where it is taken.
fn name(path: &Path, taken: &[(String, PlanDocument)]) -> String {
    let is_document = path.file_name().is_some_and(|name| name == "plan.json");
    let shown = if is_document { path.parent().filter(|parent| !parent.as_os_str().is_empty()) } else { None };
    let base = shown
        .unwrap_or(path)
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let free = |name: &String| taken.iter().all(|(other, _)| other != name);
    if free(&base) {
        return base;
    }
    // One of so many names is free: fewer are taken.
    (2..taken.len() + 3).map(|number| format!("{base} ({number})")).find(free).unwrap_or(base)
}
