//! Limits of a run: what the command line says, else what the scenario says, else the defaults.

use super::values;
use crate::input::SolverSettings;
use crate::kernel::catalogue::{self, Entry};
use crate::run::{Limits, StopToken};
use clap::Args;
use std::error::Error;
use std::num::NonZeroUsize;
use std::time::Duration;

/// How long, how well and how to work.
#[derive(Debug, Args)]
pub(super) struct LimitArgs {
    /// Engine to use [default: that of the scenario, else the first of this build]
    #[arg(long, value_name = "E", value_parser = catalogue::find)]
    engine: Option<&'static Entry>,
    /// Relative gap at which a plan is good enough, such as 0.1% or 0.001 [default: 0.1%]
    #[arg(long, value_name = "SHARE", value_parser = values::share)]
    gap: Option<f64>,
    /// Limit in work units of the engine, the same on every machine [default: none]
    #[arg(long, value_name = "N")]
    work: Option<u64>,
    /// Wall-clock limit such as 60s, 5m or 1h30m; the result then depends on the machine [default: none]
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    time_limit: Option<Duration>,
    /// Number of threads; the result does not depend on it [default: one for every core]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Seed of every random choice [default: 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl LimitArgs {
    /// The engine to use.
    ///
    /// # Errors
    /// When the scenario names an engine that this build does not have, or the build has none.
    pub(super) fn engine(&self, settings: &SolverSettings) -> Result<&'static Entry, Box<dyn Error>> {
        match (self.engine, &settings.engine) {
            (Some(entry), _) => Ok(entry),
            (None, Some(name)) => Ok(catalogue::find(name)?),
            (None, None) => catalogue::ENGINES.first().ok_or_else(|| "this build has no engine".into()),
        }
    }

    /// The limits of the run, counting from now.
    ///
    /// # Errors
    /// When the number of cores cannot be found out and no number of threads is given.
    pub(super) fn limits(&self, settings: &SolverSettings, stop: StopToken) -> Result<Limits, Box<dyn Error>> {
        let threads = match self.threads.or(settings.threads) {
            Some(threads) => threads,
            None => std::thread::available_parallelism()?,
        };
        let base = Limits::new();
        Ok(Limits {
            gap: self.gap.or(settings.gap).unwrap_or(base.gap),
            work: self.work.or(settings.work),
            time: self.time_limit.or(settings.time_limit),
            threads,
            seed: self.seed.or(settings.seed).unwrap_or(base.seed),
            stop,
            ..base
        })
    }
}
