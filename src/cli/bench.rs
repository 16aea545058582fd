//! `catchment bench`: solve public instances, and report on the records.

mod verify;

use super::exit::Exit;
use super::values;
use crate::bench::family::Family;
use crate::bench::kind::ProblemKind;
use crate::bench::order::{Order, Outputs};
use crate::bench::record::{self, Record, RecordStatus};
use crate::bench::report::{self, Report};
use crate::bench::run::{self, Event, Summary, Watcher};
use crate::kernel::catalogue::{self, Entry};
use crate::run::{Limits, StopToken};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

/// What to do with benchmark instances.
#[derive(Debug, Subcommand)]
pub(super) enum BenchCommand {
    /// Solve instances and keep a record of every run
    Solve(Box<SolveArgs>),
    /// Re-derive bounds from certificates and instance files
    Verify(verify::VerifyArgs),
    /// Turn records into tables and curves, compared with best known values
    Report(ReportArgs),
}

/// Arguments of `bench solve`.
#[derive(Debug, Args)]
pub(super) struct SolveArgs {
    /// Instance files, plain or gzipped, or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The family, which fixes the file format and the cost rule
    #[arg(long, value_name = "F", value_parser = Family::parse)]
    family: Family,
    /// The problems to solve [default: the one that the family is published for]
    #[arg(long = "problem", value_name = "P", value_delimiter = ',', value_parser = ProblemKind::parse)]
    problems: Vec<ProblemKind>,
    /// Numbers of facilities to open, for problems that fix them; a number in the file wins
    #[arg(long = "p", value_name = "K", value_delimiter = ',')]
    ps: Vec<usize>,
    /// Table of neighbours, where it is not the one beside the instance
    #[arg(long, value_name = "FILE")]
    adjacency: Option<PathBuf>,
    /// The engines to run [default: the first of this build]
    #[arg(long = "engine", value_name = "E", value_delimiter = ',', value_parser = catalogue::find)]
    engines: Vec<&'static Entry>,
    /// Time limit of every run, such as 60s, 5m or 1h30m
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = values::duration)]
    time_limit: Duration,
    /// Relative gap at which a run may end, such as 0.01% or 0.0001
    #[arg(long, value_name = "SHARE", default_value = "0.01%", value_parser = values::share)]
    gap: f64,
    /// Limit of every run in work units of the engine, the same on every machine
    #[arg(long, value_name = "N")]
    work: Option<u64>,
    /// Number of threads [default: one for every core]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Seed of every random choice
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// File for the list of records, whole after every run; replaced if it is there, unless --resume is given
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Folder for one solution file per record
    #[arg(long, value_name = "DIR")]
    solutions: Option<PathBuf>,
    /// Folder for one certificate of the bound per record [default: `certificates` in that of the solutions]
    #[arg(long, value_name = "DIR")]
    certificates: Option<PathBuf>,
    /// Folder for the MIP solver's own log of every run
    #[arg(long, value_name = "DIR")]
    logs: Option<PathBuf>,
    /// Leave out runs whose record is in the --json file already, and add to it
    #[arg(long, requires = "json")]
    resume: bool,
}

/// Arguments of `bench report`.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Files of records
    #[arg(required = true, value_name = "JSON")]
    records: Vec<PathBuf>,
    /// Table of best known values
    #[arg(long, value_name = "CSV")]
    best_known: Option<PathBuf>,
    /// Folder for report.md and report.html; without it the Markdown goes to standard output
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Does what the arguments say.
pub(super) fn run(command: BenchCommand) -> Result<Exit, Box<dyn Error>> {
    match command {
        BenchCommand::Solve(args) => solve(*args),
        BenchCommand::Verify(args) => verify::run(&args),
        BenchCommand::Report(args) => report(&args),
    }
}

fn solve(args: SolveArgs) -> Result<Exit, Box<dyn Error>> {
    let mut entries = args.engines;
    if entries.is_empty() {
        entries.extend(catalogue::ENGINES.first());
    }
    let threads = args.threads.map_or_else(std::thread::available_parallelism, Ok)?;
    let stop = StopToken::new();
    let order = Order {
        family: args.family,
        files: args.files,
        kinds: args.problems,
        ps: args.ps,
        adjacency: args.adjacency,
        engines: entries.iter().map(|entry| entry.engine()).collect::<Result<_, _>>()?,
        limits: Limits {
            gap: args.gap,
            work: args.work,
            time: Some(args.time_limit),
            threads,
            seed: args.seed,
            stop: stop.clone(),
            ..Limits::new()
        },
        outputs: Outputs {
            json: args.json,
            solutions: args.solutions,
            certificates: args.certificates,
            logs: args.logs,
        },
        resume: args.resume,
    };
    let tasks = order.tasks()?;
    let stderr = io::stderr();
    for note in &tasks.notes {
        writeln!(stderr.lock(), "note: {note}")?;
    }
    ctrlc::set_handler(move || stop.stop())?;
    let screen = Screen::new(tasks.list.iter().map(|task| task.key.instance.chars().count()).max().unwrap_or(0));
    screen.heading();
    let summary = run::run(&order, &tasks.list, &screen)?;
    screen.finish()?;
    if summary.interrupted {
        let left = tasks.list.len() - summary.records.len();
        writeln!(stderr.lock(), "stopped: {left} of {} runs were not begun", tasks.list.len())?;
    }
    Ok(exit_of(&summary))
}

/// The worst of what happened.
fn exit_of(summary: &Summary) -> Exit {
    let worst = summary.records.iter().map(|record| match record.status {
        RecordStatus::Fault => Exit::Fault,
        RecordStatus::Unsupported => Exit::BadInput,
        _ if record.cost.is_none() => Exit::NoPlan,
        _ => Exit::Done,
    });
    worst.max().unwrap_or(Exit::Done)
}

/// Prints a line per record on standard output and what is going on on standard error.
struct Screen {
    name_width: usize,
    spinner: Option<ProgressBar>,
    /// The first error of writing to standard output: printed lines are told of where they matter, at the end.
    failed: Mutex<Option<io::Error>>,
}

impl Screen {
    fn new(name_width: usize) -> Self {
        let spinner = io::stderr().is_terminal().then(|| {
            let spinner = ProgressBar::new_spinner();
            spinner.enable_steady_tick(Duration::from_millis(200));
            spinner
        });
        Self { name_width: name_width.max("instance".len()), spinner, failed: Mutex::new(None) }
    }

    fn heading(&self) {
        self.line(&format!(
            "{:11} {:width$} {:>10} {:8} {:>4} {:10} {:11} {:>17} {:>17} {:>10} {:>9} {:>8}",
            "family",
            "instance",
            "size",
            "problem",
            "p",
            "engine",
            "status",
            "cost",
            "bound",
            "gap %",
            "seconds",
            "nodes",
            width = self.name_width
        ));
    }

    fn record(&self, record: &Record) {
        let key = &record.key;
        let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        let size = record.facilities.zip(record.customers).map(|(n, m)| format!("{n}x{m}"));
        self.line(&format!(
            "{:11} {:width$} {:>10} {:8} {:>4} {:10} {:11} {:>17} {:>17} {:>10} {:>9.2} {:>8}",
            key.family,
            key.instance,
            text(size),
            key.problem,
            text(key.p.map(|p| p.to_string())),
            key.engine,
            record.status.name(),
            text(record.cost.map(report::number)),
            text(record.bound.map(report::number)),
            text(record.gap.map(|gap| format!("{:.4}", gap * 100.0))),
            record.seconds,
            record.nodes,
            width = self.name_width
        ));
    }

    fn line(&self, text: &str) {
        let write = || {
            let mut stdout = io::stdout().lock();
            writeln!(stdout, "{text}").and_then(|()| stdout.flush())
        };
        let result = match &self.spinner {
            Some(spinner) => spinner.suspend(write),
            None => write(),
        };
        if let Err(error) = result {
            self.failed.lock().expect("no thread panics while it holds the lock").get_or_insert(error);
        }
    }

    fn message(&self, text: &str) {
        match &self.spinner {
            Some(spinner) => spinner.println(text),
            // Progress that nobody can read is no loss.
            None => drop(writeln!(io::stderr(), "{text}")),
        }
    }

    fn finish(self) -> io::Result<()> {
        if let Some(spinner) = self.spinner {
            spinner.finish_and_clear();
        }
        self.failed.into_inner().expect("no thread panics while it holds the lock").map_or(Ok(()), Err)
    }
}

impl Watcher for Screen {
    fn on(&self, event: Event<'_>) {
        match event {
            Event::Kept(record) => self.record(record),
            Event::Started(task) => {
                let text = format!("{} {} {} …", task.key.instance, task.key.problem, task.key.engine);
                match &self.spinner {
                    Some(spinner) => spinner.set_message(text),
                    None => self.message(&text),
                }
            }
            Event::Progress(progress) => {
                if let Some(spinner) = &self.spinner {
                    let cost = progress.incumbent.map_or_else(|| "-".to_owned(), report::number);
                    let gap = progress.gap().map_or_else(|| "-".to_owned(), |gap| format!("{:.4} %", gap * 100.0));
                    spinner.set_message(format!(
                        "{:?}: cost {cost}, bound {}, gap {gap}, {} nodes",
                        progress.phase,
                        report::number(progress.bound),
                        progress.nodes
                    ));
                }
            }
            Event::Finished(record) => {
                self.record(record);
                if let Some(message) = &record.message {
                    self.message(&format!("{} {}: {message}", record.key.instance, record.key.engine));
                }
            }
        }
    }
}

fn report(args: &ReportArgs) -> Result<Exit, Box<dyn Error>> {
    let mut records = Vec::new();
    for path in &args.records {
        records.extend(record::load(path)?);
    }
    let best = args.best_known.as_deref().map(report::best_known::read).transpose()?;
    let report = Report::new(&records, best.as_ref());
    let Some(folder) = &args.out else {
        io::stdout().lock().write_all(report.markdown().as_bytes())?;
        return Ok(Exit::Done);
    };
    std::fs::create_dir_all(folder)?;
    for (name, text) in [("report.md", report.markdown()), ("report.html", report.html())] {
        let path = folder.join(name);
        record::replace(&path, &text)?;
        writeln!(io::stdout(), "{}", path.display())?;
    }
    Ok(Exit::Done)
}
