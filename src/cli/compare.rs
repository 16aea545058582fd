//! `catchment compare`: plans side by side, the answers first.

use super::exit::Exit;
use super::{plans, screen};
use crate::domain::document::PlanDocument;
use crate::domain::scenario::Scenario;
use crate::evaluate::course::Money;
use crate::evaluate::document::{SolveFacts, assemble};
use crate::evaluate::evaluate;
use crate::i18n::{Language, both, render, text};
use crate::input::{Code, Folder, Place, PlanInput, Problem, Problems, scenario_of};
use crate::message::Message;
use crate::output::comparison::labels::Labels;
use crate::output::comparison::{lines, page, workbook};
use crate::output::{folder, json_text};
use crate::study::compare::{Home, Named, compare};
use crate::travel::Travel;
use crate::units::Year;
use clap::Args;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

/// Arguments of `compare`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  catchment compare gongyi-plan gongyi-fewer_pupils-plan --out compared\n  \
                        catchment compare plan-a plan-b/plan.json edited/assignment.csv --scenario scenarios/gongyi\n\n\
                        The plans may be for different variants of one scenario. Maps, names of units, running cost and the \
                        comparison with today come from the scenario; plans written by `solve` and `check` know where it lies.")]
pub(super) struct CompareArgs {
    /// Plans: plan.json, folders that hold one, and with the scenario also tables and workbooks
    #[arg(required = true, num_args = 2.., value_name = "PLAN")]
    plans: Vec<PathBuf>,
    /// Folder of the scenario [default: where the plans say that it lies]
    #[arg(long, value_name = "FOLDER")]
    scenario: Option<PathBuf>,
    /// Folder for compare.html, compare.xlsx and compare.json
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON document in place of the tables
    #[arg(long)]
    json: bool,
}

/// A plan with its scenario, where that is at hand.
struct Entry {
    name: String,
    document: PlanDocument,
    home: Option<Own>,
}

/// The scenario of a plan, with the changes of its variant.
struct Own {
    scenario: Scenario,
    money: BTreeMap<Year, Money>,
}

impl Own {
    fn at<'a>(&'a self, travel: &'a Travel<'a>) -> Home<'a> {
        Home { scenario: &self.scenario, travel, money: &self.money }
    }
}

/// Compares, prints and, where asked to, writes.
pub(super) fn run(args: &CompareArgs, language: Language) -> Result<Exit, Box<dyn Error>> {
    let entries = entries(args, language)?;
    let travels: Vec<Option<Travel<'_>>> =
        entries.iter().map(|entry| entry.home.as_ref().map(|own| Travel::new(&own.scenario))).collect();
    let named: Vec<Named<'_>> = entries
        .iter()
        .zip(&travels)
        .map(|(entry, travel)| Named {
            name: &entry.name,
            document: &entry.document,
            home: entry.home.as_ref().zip(travel.as_ref()).map(|(own, travel)| own.at(travel)),
        })
        .collect();
    let all = compare(&named);
    let scenario = named.iter().find_map(|plan| plan.home).map(|home| home.scenario);
    if let Some(out) = &args.out {
        let files = [
            ("compare.html", page::html(&all, &named, language)?),
            ("compare.xlsx", workbook::bytes(&all, scenario, language)?),
            ("compare.json", json_text::pretty(&all)?),
        ];
        folder::write(out, &files)?;
    }
    if args.json {
        screen::print_json(&all)?;
    } else {
        let mut lines = lines::lines(&all, &Labels::new(&all, scenario), language);
        if let Some(out) = &args.out {
            lines.push(render(language, &plans::written(&out.join("compare.html"))));
        }
        screen::print(&lines)?;
    }
    Ok(Exit::Done)
}

/// Opens all plans and finds their scenarios. What is wrong with any of them is told at once.
fn entries(args: &CompareArgs, language: Language) -> Result<Vec<Entry>, Box<dyn Error>> {
    let mut problems = Problems::new();
    let mut inputs: Vec<(&Path, PlanInput)> = Vec::new();
    for path in &args.plans {
        match PlanInput::open(path) {
            Ok(input) => inputs.push((path, input)),
            Err(found) => problems.extend(found.inside(path)),
        }
    }
    check_same_scenario(&inputs, &mut problems);
    if problems.has_errors() {
        return Err(Box::new(problems));
    }
    let mut shelf = Shelf { folders: BTreeMap::new(), language };
    let mut entries: Vec<Entry> = Vec::new();
    for (path, input) in inputs {
        let name = name(path, &entries);
        let taken = match &args.scenario {
            Some(folder) => shelf.at_home(path, input, folder).map(|(document, own)| (document, Some(own))),
            None => shelf.found(path, input),
        };
        match taken {
            Ok((document, home)) => entries.push(Entry { name, document, home }),
            Err(found) => problems.extend(found),
        }
    }
    if problems.has_errors() { Err(Box::new(problems)) } else { Ok(entries) }
}

/// Plans of two scenarios cannot be compared: schools and units are not the same.
fn check_same_scenario(inputs: &[(&Path, PlanInput)], problems: &mut Problems) {
    let mut named = inputs.iter().filter_map(|(path, input)| Some((path, &input.document.as_ref()?.scenario)));
    let Some((_, expected)) = named.next() else { return };
    for (path, scenario) in named.filter(|(_, scenario)| *scenario != expected) {
        problems.push(
            Problem::new(Code::OtherScenario, &path.display().to_string())
                .at(Place::Entry { path: "scenario".to_owned() })
                .with("value", scenario)
                .with("expected", expected),
        );
    }
}

/// Scenario folders that were opened.
struct Shelf {
    folders: BTreeMap<PathBuf, Folder>,
    language: Language,
}

impl Shelf {
    /// A plan with the scenario in the folder that the user names.
    fn at_home(&mut self, path: &Path, input: PlanInput, folder: &Path) -> Result<(PlanDocument, Own), Problems> {
        let scenario = self.loaded(folder, input.variant())?;
        let (document, own, warnings) = own(path, input, scenario)?;
        plans::warn(&warnings, self.language);
        Ok((document, own))
    }

    /// A plan with the scenario that it names itself, or alone where that is not at hand any more.
    fn found(&mut self, path: &Path, input: PlanInput) -> Result<(PlanDocument, Option<Own>), Problems> {
        let Some(document) = input.document.clone() else {
            let mut problems = Problems::new();
            problems.push(Problem::new(Code::NeedsScenario, &path.display().to_string()));
            return Err(problems);
        };
        let language = self.language;
        let say = |message: &Message| render(language, message);
        let why = match scenario_of(path) {
            None => text(language, "compare.home_unknown"),
            Some(folder) => match self.loaded(&folder, input.variant()) {
                Ok(scenario) if scenario.sha256 != document.scenario_sha256 => text(language, "compare.home_changed"),
                Ok(scenario) => return own(path, input, scenario).map(|(document, own, _)| (document, Some(own))),
                Err(problems) => problems.lines(&say).into_iter().next().unwrap_or_default(),
            },
        };
        screen::tell(&say(&Message::new("compare.home_missing").with("plan", path.display()).with("why", why)));
        Ok((document, None))
    }

    /// The scenario of a folder with the changes of a variant. A folder is read once.
    fn loaded(&mut self, folder: &Path, variant: Option<&str>) -> Result<Scenario, Problems> {
        if !self.folders.contains_key(folder) {
            let opened = Folder::open(folder).map_err(|problems| problems.inside(folder))?;
            self.folders.insert(folder.to_owned(), opened);
        }
        let opened = self.folders.get_mut(folder).expect("it has just been put there");
        match variant {
            None => Ok(opened.base.scenario.clone()),
            Some(name) => {
                opened.variant(name).map(|loaded| loaded.scenario).map_err(|problems| problems.inside(folder))
            }
        }
    }
}

/// A plan in its scenario: its document, or one made from its tables, and the money of its actions.
fn own(path: &Path, input: PlanInput, scenario: Scenario) -> Result<(PlanDocument, Own, Vec<Problem>), Problems> {
    let today = input.document.as_ref().is_some_and(|document| document.years.is_empty());
    let read = input.resolve(&scenario).map_err(|problems| problems.inside(path))?;
    if today && let Some(document) = read.document {
        return Ok((document, Own { scenario, money: BTreeMap::new() }, read.warnings));
    }
    let travel = Travel::new(&scenario);
    let evaluation = evaluate(&scenario, &travel, &read.plan).map_err(|faults| {
        let mut problems = Problems::new();
        for fault in faults {
            problems.push(Problem::new(Code::NotOfScenario, &path.display().to_string()).with("why", fault));
        }
        problems
    })?;
    let document = read.document.unwrap_or_else(|| {
        let assumed = scenario.assumptions.iter().chain(&evaluation.assumptions).map(both).collect();
        assemble(&scenario, &travel, &read.plan, &evaluation, SolveFacts::unsolved(&evaluation, assumed))
    });
    Ok((document, Own { money: evaluation.money, scenario }, read.warnings))
}

/// A name for a plan: its folder's or file's, with a number where it is taken.
fn name(path: &Path, taken: &[Entry]) -> String {
    let is_document = path.file_name().is_some_and(|name| name == "plan.json" || name == "assignment.csv");
    let shown = if is_document { path.parent().filter(|parent| !parent.as_os_str().is_empty()) } else { None };
    let base = shown
        .unwrap_or(path)
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let free = |name: &String| taken.iter().all(|other| other.name != *name);
    if free(&base) {
        return base;
    }
    // One of so many names is free: fewer are taken.
    (2..taken.len() + 3).map(|number| format!("{base} ({number})")).find(free).unwrap_or(base)
}
