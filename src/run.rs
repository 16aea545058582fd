//! What every run carries: seed, limits, the stop token, the observer, and the only clock of the project.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Measures elapsed time. Nothing else in the project reads a clock, so that what depends on time is easy to find.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    /// Starts measuring.
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Seconds since the start.
    pub fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// Asks a running engine to stop at the next safe point, from a signal handler or another thread.
#[derive(Debug, Clone, Default)]
pub struct StopToken(Arc<AtomicBool>);

impl StopToken {
    /// A token that nobody has used.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the stop.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the stop was asked for.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How long and how well a run is asked to work.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Relative gap, as a fraction, at which a plan is good enough.
    pub gap: f64,
    /// Work units after which the run ends, the same on every machine. What one unit is belongs to the engine.
    pub work: Option<u64>,
    /// Wall-clock limit: a safety net that makes the result depend on the machine when it bites.
    pub time: Option<Duration>,
    /// Number of threads. The result does not depend on it.
    pub threads: NonZeroUsize,
    /// Seed of every random choice.
    pub seed: u64,
    /// The stop token.
    pub stop: StopToken,
    /// When the run began; the time limit counts from here.
    pub clock: Clock,
    /// File to which a backend writes a log of its own, where one is wanted.
    pub log: Option<PathBuf>,
}

impl Limits {
    /// Limits with the project's default gap (0.1 %), one thread, seed 1 and nothing else, counting from now.
    pub fn new() -> Self {
        Self {
            gap: 0.001,
            work: None,
            time: None,
            threads: NonZeroUsize::MIN,
            seed: 1,
            stop: StopToken::new(),
            clock: Clock::start(),
            log: None,
        }
    }

    /// Seconds left before the time limit, or `None` without one. Never negative.
    pub fn seconds_left(&self) -> Option<f64> {
        self.time.map(|limit| (limit.as_secs_f64() - self.clock.seconds()).max(0.0))
    }

    /// Whether the clock or the stop token says to end now.
    pub fn interrupted(&self) -> bool {
        self.stop.is_stopped() || self.seconds_left() == Some(0.0)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

/// What an engine is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Building the model or the tables.
    Prepare,
    /// Computing the root bound.
    Bound,
    /// Making the first plans.
    Construct,
    /// Searching around plans.
    Improve,
    /// Branching.
    Branch,
    /// Closing what is left.
    Close,
}

/// A report of progress.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// What the engine is doing.
    pub phase: Phase,
    /// Cost of the best solution so far, if there is one.
    pub incumbent: Option<f64>,
    /// Proven lower bound so far.
    pub bound: f64,
    /// Branch-and-bound nodes so far.
    pub nodes: u64,
}

impl Progress {
    /// The relative gap, `(incumbent - bound) / max(|incumbent|, 1e-9)`, if there is an incumbent.
    pub fn gap(&self) -> Option<f64> {
        self.incumbent.map(|cost| relative_gap(cost, self.bound))
    }
}

/// The relative gap between a cost and a lower bound: `(cost - bound) / max(|cost|, 1e-9)`, never negative.
pub fn relative_gap(cost: f64, bound: f64) -> f64 {
    ((cost - bound) / cost.abs().max(1e-9)).max(0.0)
}

/// Is told of progress. Engines report and never print.
pub trait Observer: Sync {
    /// Called from the engine's own thread whenever something changed.
    fn on(&self, progress: &Progress);
}

/// An observer that ignores everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn on(&self, _progress: &Progress) {}
}
