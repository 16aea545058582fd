//! `catchment bench verify`: bounds of records re-derived from their certificates.

use crate::bench::family::Family;
use crate::bench::record;
use crate::bench::report;
use crate::bench::verify::{self, Finding};
use crate::cli::exit::Exit;
use clap::Args;
use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;

/// Arguments of `bench verify`.
#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyArgs {
    /// Instance files, plain or gzipped, or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The family, which fixes the file format and the cost rule
    #[arg(long, value_name = "F", value_parser = Family::parse)]
    family: Family,
    /// Folder of certificates: that of `bench solve --certificates`, or `certificates` in that of its --solutions
    #[arg(long, value_name = "DIR")]
    certificates: PathBuf,
    /// Table of neighbours, where it is not the one beside the instance
    #[arg(long, value_name = "FILE")]
    adjacency: Option<PathBuf>,
    /// File for the list of findings
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Checks every certificate and prints a line for each.
pub(super) fn run(args: &VerifyArgs) -> Result<Exit, Box<dyn Error>> {
    let mut failed: io::Result<()> = line(&heading());
    let mut each = |finding: &Finding| {
        let written = line(&row(finding));
        if failed.is_ok() {
            failed = written;
        }
    };
    let findings = verify::run(args.family, &args.files, args.adjacency.as_deref(), &args.certificates, &mut each)?;
    failed?;
    if let Some(path) = &args.json {
        record::save_document(path, &findings)?;
    }
    Ok(if findings.iter().all(|finding| finding.refused.is_none()) { Exit::Done } else { Exit::NoPlan })
}

fn line(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush())
}

fn heading() -> String {
    format!(
        "{:24} {:8} {:>4} {:10} {:8} {:>17} {:>17} {:>10} {:>17} {:>10} {:>7} {:>6} {}",
        "instance",
        "problem",
        "p",
        "engine",
        "verdict",
        "cost",
        "derived",
        "gap %",
        "claimed",
        "gap %",
        "cases",
        "trust",
        "on the word of"
    )
}

fn row(finding: &Finding) -> String {
    let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let bound = |value: Option<f64>| text(value.map(report::number));
    let gap = |value: Option<f64>| text(value.map(|gap| format!("{:.4}", gap * 100.0)));
    let trusted = finding.trusted.iter().cloned().collect::<Vec<_>>().join(", ");
    format!(
        "{:24} {:8} {:>4} {:10} {:8} {:>17} {:>17} {:>10} {:>17} {:>10} {:>7} {:>6} {}",
        finding.key.instance,
        finding.key.problem,
        text(finding.key.p.map(|p| p.to_string())),
        finding.key.engine,
        if finding.refused.is_none() { "holds" } else { "refused" },
        bound(finding.cost),
        bound(finding.derived),
        gap(finding.derived_gap),
        bound(finding.claimed),
        gap(finding.claimed_gap),
        finding.leaves,
        finding.resting_on_trust,
        finding.refused.as_deref().unwrap_or(&trusted)
    )
}
