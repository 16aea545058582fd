//! HiGHS through its C interface: the one place where its options are set and its callbacks are answered.
//!
//! A model is made, solved and destroyed within one call on one thread, because the task executor of HiGHS belongs to
//! the thread that first solved with it. While it solves, callbacks poll the stop token and the clock and pass on
//! progress. Bound, gap and node count are read from the information values of HiGHS, never inferred from its status.

use super::{Backend, MipError, MipLimits, MipOutcome, MipProblem, MipProgress, MipStatus};
use crate::run::Limits;
use highs_sys as sys;
use std::any::Any;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The backend HiGHS.
#[derive(Debug, Clone, Copy, Default)]
pub struct Highs;

const NAME: &str = "highs";

impl Backend for Highs {
    fn name(&self) -> &'static str {
        NAME
    }

    fn solve(
        &self,
        problem: &MipProblem,
        start: Option<&[(u32, f64)]>,
        limits: &MipLimits,
        progress: MipProgress<'_>,
    ) -> Result<MipOutcome, MipError> {
        problem.check()?;
        if let Some(outcome) = problem.without_columns() {
            return Ok(outcome);
        }
        if limits.run.interrupted() {
            return Ok(MipOutcome::empty(MipStatus::Stopped));
        }
        let model = Model::new()?;
        model.set_options(limits)?;
        model.pass(problem)?;
        let mut bound_of_other_model = false;
        if let Some(start) = start {
            model.set_start(problem, start)?;
            // HiGHS completes a start that leaves integers open by a MIP of its own, whose bound is not this one's.
            let given = start.iter().filter(|&&(column, _)| problem.columns[column as usize].integer).count();
            bound_of_other_model = given < problem.columns.iter().filter(|column| column.integer).count();
        }
        let mut watch = Watch {
            run: &limits.run,
            iterations: limits.iterations,
            enough: limits.enough.unwrap_or(f64::NEG_INFINITY),
            spent: false,
            progress,
            integer: problem.has_integers(),
            bound_of_other_model,
            reported: (f64::INFINITY, f64::NEG_INFINITY),
            panic: None,
        };
        model.run(&mut watch)?;
        model.outcome(problem, limits, &mut watch)
    }
}

/// What the callbacks need, and what they leave behind.
struct Watch<'a> {
    run: &'a Limits,
    /// Most iterations of a MIP, the objective that is good enough, and whether either was reached.
    iterations: Option<u64>,
    enough: f64,
    spent: bool,
    progress: MipProgress<'a>,
    integer: bool,
    bound_of_other_model: bool,
    reported: (f64, f64),
    panic: Option<Box<dyn Any + Send>>,
}

impl Watch<'_> {
    fn report(&mut self, incumbent: f64, bound: f64, nodes: i64) {
        let bound = if self.bound_of_other_model { f64::NEG_INFINITY } else { bound };
        if self.integer && (incumbent < self.reported.0 || bound > self.reported.1) {
            self.reported = (incumbent, bound);
            (self.progress)((incumbent < f64::INFINITY).then_some(incumbent), bound, nodes.max(0) as u64);
        }
    }
}

/// Called by HiGHS at its safe points.
///
/// `user` is the [`Watch`] of the running solve and `output` is valid for the call; both are guaranteed by
/// [`Model::run`], which registers this function only around its own call of the solver.
unsafe extern "C" fn watch(
    kind: c_int,
    _message: *const c_char,
    output: *const sys::HighsCallbackDataOut,
    input: *mut sys::HighsCallbackDataIn,
    user: *mut c_void,
) {
    // SAFETY: `Model::run` passed a pointer to a live `Watch` that nobody else touches while HiGHS runs; HiGHS calls
    // back from the thread that runs the solve, one call at a time.
    let watch = unsafe { &mut *user.cast::<Watch<'_>>() };
    if kind == sys::kHighsCallbackMipLogging
        || kind == sys::kHighsCallbackMipInterrupt
        || kind == sys::kHighsCallbackMipImprovingSolution
    {
        // SAFETY: HiGHS passes a valid structure with every callback.
        let output = unsafe { &*output };
        // An incumbent is announced before the primal bound takes it in.
        let incumbent = if kind == sys::kHighsCallbackMipImprovingSolution {
            output.objective_function_value.min(output.mip_primal_bound)
        } else {
            output.mip_primal_bound
        };
        let (bound, nodes) = (output.mip_dual_bound, output.mip_node_count);
        let made = output.mip_total_lp_iterations.max(0) as u64;
        watch.spent |= watch.iterations.is_some_and(|most| made >= most);
        // The primal bound takes in a cutoff, which is no solution.
        watch.spent |=
            kind == sys::kHighsCallbackMipImprovingSolution && output.objective_function_value <= watch.enough;
        // A panic must not cross the C frames; it goes on once they are left.
        if watch.panic.is_none()
            && let Err(panic) = catch_unwind(AssertUnwindSafe(|| watch.report(incumbent, bound, nodes)))
        {
            watch.panic = Some(panic);
        }
    }
    let asks = kind == sys::kHighsCallbackMipInterrupt || kind == sys::kHighsCallbackSimplexInterrupt;
    if asks && !input.is_null() && (watch.panic.is_some() || watch.spent || watch.run.interrupted()) {
        // SAFETY: not null, and HiGHS passes a structure of its own that lives for the call.
        unsafe { (*input).user_interrupt = 1 };
    }
}

/// What HiGHS holds after a solve; the duals mean something for an LP only.
struct Values {
    columns: Vec<f64>,
    row_duals: Vec<f64>,
    reduced_costs: Vec<f64>,
}

/// A HiGHS instance. Not `Send`: it lives and dies on one thread.
struct Model(*mut c_void);

impl Drop for Model {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `Highs_create` and is destroyed once.
        unsafe { sys::Highs_destroy(self.0) };
    }
}

fn failed(call: &'static str, detail: impl Into<String>) -> MipError {
    MipError::Call { backend: NAME, call, detail: detail.into() }
}

/// A warning (a coefficient dropped as too small, a limit reached) is not a failure.
fn accept(call: &'static str, status: sys::HighsInt, detail: impl FnOnce() -> String) -> Result<(), MipError> {
    if status == sys::STATUS_ERROR { Err(failed(call, detail())) } else { Ok(()) }
}

fn count(what: &'static str, count: usize) -> Result<sys::HighsInt, MipError> {
    sys::HighsInt::try_from(count).map_err(|_| failed("Highs_passMip", format!("{count} {what} are too many")))
}

/// The presolve reduction "enumeration", by its number in the option `presolve_rule_off`.
const PRESOLVE_ENUMERATION: u32 = 16;

impl Model {
    fn new() -> Result<Self, MipError> {
        // SAFETY: takes nothing; a null pointer is checked.
        let model = unsafe { sys::Highs_create() };
        if model.is_null() { Err(failed("Highs_create", "out of memory")) } else { Ok(Self(model)) }
    }

    /// The one place where options are set.
    fn set_options(&self, limits: &MipLimits) -> Result<(), MipError> {
        self.flag(c"log_to_console", false)?;
        match &limits.log {
            None => self.flag(c"output_flag", false)?,
            Some(path) => {
                let text = path.to_str().and_then(|path| CString::new(path).ok());
                let text = text.ok_or_else(|| failed("log_file", format!("{} is not a text path", path.display())))?;
                self.text(c"log_file", &text)?;
            }
        }
        self.text(c"parallel", c"off")?;
        // HiGHS 1.15 calls some programs infeasible that are not when this reduction is on, together with its aggregator; the
        // oracle over years holds one such county.
        self.whole(c"presolve_rule_off", 1 << PRESOLVE_ENUMERATION)?;
        self.whole(c"threads", sys::HighsInt::try_from(limits.threads).unwrap_or(sys::HighsInt::MAX))?;
        // The seed of HiGHS has 31 bits; the folding keeps different run seeds different as far as that allows.
        let seed = (limits.run.seed ^ (limits.run.seed >> 31)) & 0x7fff_ffff;
        self.whole(c"random_seed", seed as sys::HighsInt)?;
        self.real(c"mip_rel_gap", limits.run.gap)?;
        self.real(c"mip_abs_gap", 0.0)?;
        self.real(c"mip_feasibility_tolerance", limits.integrality)?;
        if let Some(nodes) = limits.nodes {
            self.whole(c"mip_max_nodes", sys::HighsInt::try_from(nodes).unwrap_or(sys::HighsInt::MAX))?;
        }
        if let Some(cutoff) = limits.cutoff {
            self.real(c"objective_bound", cutoff)?;
        }
        if let Some(share) = limits.heuristics {
            self.real(c"mip_heuristic_effort", share)?;
            if share == 0.0 {
                // These run a fixed number of sub-MIPs whatever the effort.
                for heuristic in [
                    c"mip_heuristic_run_rins",
                    c"mip_heuristic_run_rens",
                    c"mip_heuristic_run_root_reduced_cost",
                    c"mip_heuristic_run_feasibility_jump",
                ] {
                    self.flag(heuristic, false)?;
                }
            }
        }
        if let Some(seconds) = limits.run.seconds_left() {
            self.real(c"time_limit", seconds)?;
        }
        Ok(())
    }

    fn flag(&self, name: &CStr, value: bool) -> Result<(), MipError> {
        // SAFETY: a live model and a terminated name.
        let status = unsafe { sys::Highs_setBoolOptionValue(self.0, name.as_ptr(), sys::HighsInt::from(value)) };
        accept("Highs_setBoolOptionValue", status, || format!("{} = {value}", name.to_string_lossy()))
    }

    fn whole(&self, name: &CStr, value: sys::HighsInt) -> Result<(), MipError> {
        // SAFETY: a live model and a terminated name.
        let status = unsafe { sys::Highs_setIntOptionValue(self.0, name.as_ptr(), value) };
        accept("Highs_setIntOptionValue", status, || format!("{} = {value}", name.to_string_lossy()))
    }

    fn real(&self, name: &CStr, value: f64) -> Result<(), MipError> {
        // SAFETY: a live model and a terminated name.
        let status = unsafe { sys::Highs_setDoubleOptionValue(self.0, name.as_ptr(), value) };
        accept("Highs_setDoubleOptionValue", status, || format!("{} = {value}", name.to_string_lossy()))
    }

    fn text(&self, name: &CStr, value: &CStr) -> Result<(), MipError> {
        // SAFETY: a live model and terminated strings, which HiGHS copies.
        let status = unsafe { sys::Highs_setStringOptionValue(self.0, name.as_ptr(), value.as_ptr()) };
        let detail = || format!("{} = {}", name.to_string_lossy(), value.to_string_lossy());
        accept("Highs_setStringOptionValue", status, detail)
    }

    fn pass(&self, problem: &MipProblem) -> Result<(), MipError> {
        let columns = count("columns", problem.columns.len())?;
        let rows = count("rows", problem.rows.len())?;
        let entries = count("entries", problem.entries.len())?;
        let of_columns = |value: fn(&super::Column) -> f64| problem.columns.iter().map(value).collect::<Vec<f64>>();
        let (cost, lower, upper) =
            (of_columns(|column| column.cost), of_columns(|column| column.lower), of_columns(|column| column.upper));
        let row_lower: Vec<f64> = problem.rows.iter().map(|row| row.lower).collect();
        let row_upper: Vec<f64> = problem.rows.iter().map(|row| row.upper).collect();
        // Both fit: the number of entries does, and columns were counted.
        let starts: Vec<sys::HighsInt> = problem.starts.iter().map(|&start| start as sys::HighsInt).collect();
        let index: Vec<sys::HighsInt> = problem.entries.iter().map(|&(column, _)| column as sys::HighsInt).collect();
        let value: Vec<f64> = problem.entries.iter().map(|&(_, value)| value).collect();
        let integrality: Vec<sys::HighsInt> = problem
            .columns
            .iter()
            .map(|column| if column.integer { sys::VAR_TYPE_INTEGER } else { sys::VAR_TYPE_CONTINUOUS })
            .collect();
        // A null integrality makes it an LP, whose duals HiGHS then gives.
        let integrality = if problem.has_integers() { integrality.as_ptr() } else { std::ptr::null() };
        // SAFETY: every array has the length that the counts say (`starts` one more), and HiGHS copies them.
        let status = unsafe {
            sys::Highs_passMip(
                self.0,
                columns,
                rows,
                entries,
                sys::MATRIX_FORMAT_ROW_WISE,
                sys::OBJECTIVE_SENSE_MINIMIZE,
                problem.offset,
                cost.as_ptr(),
                lower.as_ptr(),
                upper.as_ptr(),
                row_lower.as_ptr(),
                row_upper.as_ptr(),
                starts.as_ptr(),
                index.as_ptr(),
                value.as_ptr(),
                integrality,
            )
        };
        accept("Highs_passMip", status, || format!("{columns} columns, {rows} rows, {entries} entries refused"))
    }

    fn set_start(&self, problem: &MipProblem, start: &[(u32, f64)]) -> Result<(), MipError> {
        let outside = start.iter().find(|&&(column, _)| column as usize >= problem.columns.len());
        if let Some((column, _)) = outside {
            return Err(failed("Highs_setSparseSolution", format!("there is no column {column}")));
        }
        let inside = |&&(column, value): &&(u32, f64)| {
            let column = &problem.columns[column as usize];
            (column.lower..=column.upper).contains(&value)
        };
        // HiGHS refuses the whole call for one value outside its bounds; such a start cannot be completed.
        if !start.iter().all(|entry| inside(&entry)) {
            return Ok(());
        }
        let index: Vec<sys::HighsInt> = start.iter().map(|&(column, _)| column as sys::HighsInt).collect();
        let value: Vec<f64> = start.iter().map(|&(_, value)| value).collect();
        let entries = count("start values", start.len())?;
        // SAFETY: both arrays have `entries` elements, and HiGHS copies them.
        let status = unsafe { sys::Highs_setSparseSolution(self.0, entries, index.as_ptr(), value.as_ptr()) };
        accept("Highs_setSparseSolution", status, || format!("{entries} start values refused"))
    }

    fn run(&self, watch: &mut Watch<'_>) -> Result<(), MipError> {
        let kinds = [
            sys::kHighsCallbackMipImprovingSolution,
            sys::kHighsCallbackMipLogging,
            sys::kHighsCallbackMipInterrupt,
            sys::kHighsCallbackSimplexInterrupt,
        ];
        // SAFETY: `watch` outlives the run, and the callbacks are taken back below before it can end.
        let status = unsafe {
            let user: *mut Watch<'_> = watch;
            let mut status = sys::Highs_setCallback(self.0, Some(self::watch), user.cast());
            for kind in kinds {
                if status != sys::STATUS_ERROR {
                    status = sys::Highs_startCallback(self.0, kind);
                }
            }
            status
        };
        accept("Highs_setCallback", status, || "callbacks refused".into())?;
        // SAFETY: a live model with callbacks as above.
        let status = unsafe { sys::Highs_run(self.0) };
        // SAFETY: a live model; no callback is left.
        unsafe { sys::Highs_setCallback(self.0, None, std::ptr::null_mut()) };
        if let Some(panic) = watch.panic.take() {
            resume_unwind(panic);
        }
        accept("Highs_run", status, || format!("model status {}", self.status()))
    }

    fn status(&self) -> sys::HighsInt {
        // SAFETY: a live model.
        unsafe { sys::Highs_getModelStatus(self.0) }
    }

    fn outcome(&self, problem: &MipProblem, limits: &MipLimits, watch: &mut Watch<'_>) -> Result<MipOutcome, MipError> {
        let status = match self.status() {
            sys::MODEL_STATUS_OPTIMAL => MipStatus::Optimal,
            // The dual simplex of a linear program may pass the cutoff before it is done.
            sys::MODEL_STATUS_INFEASIBLE | sys::MODEL_STATUS_OBJECTIVE_BOUND => {
                return Ok(self.with_effort(MipOutcome::empty(MipStatus::Infeasible)));
            }
            sys::MODEL_STATUS_UNBOUNDED => MipStatus::Unbounded,
            sys::MODEL_STATUS_UNBOUNDED_OR_INFEASIBLE => return self.settle_unbounded(problem, limits, watch),
            sys::MODEL_STATUS_REACHED_INTERRUPT if watch.spent => MipStatus::EffortLimit,
            sys::MODEL_STATUS_REACHED_TIME_LIMIT | sys::MODEL_STATUS_REACHED_INTERRUPT => MipStatus::Stopped,
            sys::MODEL_STATUS_REACHED_SOLUTION_LIMIT => MipStatus::EffortLimit,
            other => return Err(failed("Highs_run", format!("model status {other}"))),
        };
        let mut outcome = self.with_effort(MipOutcome::empty(status));
        if status == MipStatus::Unbounded {
            return Ok(outcome);
        }
        if problem.has_integers() {
            // A solve that ended before the tree was begun leaves the information values unset.
            if self.nodes().is_some() {
                outcome.bound = self.information(c"mip_dual_bound").unwrap_or(f64::NEG_INFINITY);
            }
        }
        let feasible = self.whole_information(c"primal_solution_status") == Some(sys::SOLUTION_STATUS_FEASIBLE);
        if feasible {
            let solution = self.solution(problem)?;
            outcome.values = Some(solution.columns);
            // SAFETY: a live model.
            outcome.objective = unsafe { sys::Highs_getObjectiveValue(self.0) };
            if !problem.has_integers() && status == MipStatus::Optimal {
                (outcome.row_duals, outcome.reduced_costs) = (solution.row_duals, solution.reduced_costs);
                outcome.bound = outcome.objective;
            }
        } else if status == MipStatus::Optimal {
            return Err(failed("Highs_run", "said optimal without a feasible solution"));
        }
        if outcome.bound.is_nan() {
            outcome.bound = f64::NEG_INFINITY;
        }
        outcome.bound = outcome.bound.min(outcome.objective);
        Ok(outcome)
    }

    /// HiGHS may say "unbounded or infeasible" without saying which: the same constraints without an objective tell.
    fn settle_unbounded(
        &self,
        problem: &MipProblem,
        limits: &MipLimits,
        watch: &mut Watch<'_>,
    ) -> Result<MipOutcome, MipError> {
        if limits.run.interrupted() {
            return Ok(MipOutcome::empty(MipStatus::Stopped));
        }
        let mut feasibility = problem.clone();
        feasibility.offset = 0.0;
        feasibility.columns.iter_mut().for_each(|column| column.cost = 0.0);
        self.pass(&feasibility)?;
        watch.bound_of_other_model = true;
        self.run(watch)?;
        Ok(MipOutcome::empty(match self.status() {
            sys::MODEL_STATUS_INFEASIBLE => MipStatus::Infeasible,
            sys::MODEL_STATUS_REACHED_TIME_LIMIT | sys::MODEL_STATUS_REACHED_INTERRUPT => MipStatus::Stopped,
            sys::MODEL_STATUS_REACHED_SOLUTION_LIMIT => MipStatus::EffortLimit,
            _ => MipStatus::Unbounded,
        }))
    }

    fn with_effort(&self, mut outcome: MipOutcome) -> MipOutcome {
        outcome.nodes = self.nodes().unwrap_or(0);
        let iterations = self.whole_information(c"simplex_iteration_count").unwrap_or(0);
        outcome.iterations = iterations.max(0) as u64;
        outcome
    }

    /// Nodes of the tree, or `None` when none was begun.
    fn nodes(&self) -> Option<u64> {
        let mut nodes: i64 = -1;
        // SAFETY: a live model, a terminated name of a 64-bit value, and room for one.
        let status = unsafe { sys::Highs_getInt64InfoValue(self.0, c"mip_node_count".as_ptr(), &raw mut nodes) };
        if status == sys::STATUS_ERROR { None } else { u64::try_from(nodes).ok() }
    }

    fn information(&self, name: &CStr) -> Option<f64> {
        let mut value = f64::NAN;
        // SAFETY: a live model, a terminated name of a real value, and room for one.
        let status = unsafe { sys::Highs_getDoubleInfoValue(self.0, name.as_ptr(), &raw mut value) };
        (status != sys::STATUS_ERROR).then_some(value)
    }

    fn whole_information(&self, name: &CStr) -> Option<sys::HighsInt> {
        let mut value: sys::HighsInt = -1;
        // SAFETY: a live model, a terminated name of a whole value, and room for one.
        let status = unsafe { sys::Highs_getIntInfoValue(self.0, name.as_ptr(), &raw mut value) };
        (status != sys::STATUS_ERROR).then_some(value)
    }

    fn solution(&self, problem: &MipProblem) -> Result<Values, MipError> {
        let (columns, rows) = (problem.columns.len(), problem.rows.len());
        let (mut values, mut reduced_costs) = (vec![0.0; columns], vec![0.0; columns]);
        let (mut activities, mut row_duals) = (vec![0.0; rows], vec![0.0; rows]);
        // SAFETY: the arrays have as many elements as the model that was passed has columns and rows.
        let status = unsafe {
            sys::Highs_getSolution(
                self.0,
                values.as_mut_ptr(),
                reduced_costs.as_mut_ptr(),
                activities.as_mut_ptr(),
                row_duals.as_mut_ptr(),
            )
        };
        accept("Highs_getSolution", status, || "no solution".into())?;
        Ok(Values { columns: values, row_duals, reduced_costs })
    }
}
