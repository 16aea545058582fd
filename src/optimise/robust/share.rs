//! Which forecasts are let go, where not all must be kept: a search over cases, best bound first.

use super::case::{Ask, Closed};
use crate::kernel::engine::EngineError;
use crate::run::relative_gap;

/// Most cases that are solved. With a few forecasts it is far from reached; past it the best plan so far stands with the bound
/// of what is left.
const CASES: usize = 1000;

/// A case: what is decided of every forecast.
#[derive(Debug, Clone)]
struct Case {
    /// Forecasts whose hard rules must hold.
    kept: Vec<bool>,
    /// Forecasts that may break them.
    gone: Vec<bool>,
    /// Bound inherited.
    bound: f64,
}

impl Ask<'_> {
    /// Solves a level so that at least `needed` forecasts keep their hard rules; those of `never` cannot. Every forecast is
    /// kept or gone in the end; while a forecast is undecided its rules are left out, so that the bound of a case holds for
    /// all that it may become.
    pub(super) fn with_share(&mut self, needed: usize, never: &[bool]) -> Result<Closed, EngineError> {
        let forecasts = self.question.forecasts();
        let quota = forecasts - needed;
        let mut found = Closed { best: None, bound: f64::INFINITY, weights: self.question.equal(), certificate: None };
        let mut open = vec![Case { kept: vec![false; forecasts], gone: never.to_vec(), bound: f64::NEG_INFINITY }];
        open.retain(|case| count(&case.gone) <= quota);
        let mut solved = 0;
        while let Some(at) = least(&open) {
            let case = &open[at];
            let good_enough =
                found.best.as_ref().is_some_and(|&(_, value)| relative_gap(value, case.bound) <= self.limits.gap);
            let over = solved > 0 && self.limits.interrupted();
            if good_enough || over || solved == CASES {
                break;
            }
            let mut case = open.swap_remove(at);
            let decided = count(&case.gone) == quota;
            if decided {
                case.kept = case.gone.iter().map(|gone| !gone).collect();
            }
            let closed = self.solve(&case.kept, quota == 0)?;
            solved += 1;
            case.bound = case.bound.max(closed.bound);
            let (weights, certificate) = (closed.weights, closed.certificate);
            let Some((solution, value)) = closed.best else {
                if closed.bound < f64::INFINITY {
                    // Nothing found and nothing excluded: the case stays open and says so in the bound.
                    found.bound = found.bound.min(case.bound);
                }
                continue;
            };
            let keeps = self.question.keeps(&solution);
            let broken: Vec<usize> = (0..forecasts).filter(|&one| !keeps[one]).collect();
            if broken.len() <= quota && found.best.as_ref().is_none_or(|&(_, best)| value < best) {
                found.best = Some((solution, value));
                found.weights = weights;
                // Where forecasts may be let go, the bound is that of many cases.
                found.certificate = certificate.filter(|_| quota == 0);
            }
            if decided || broken.len() <= quota {
                found.bound = found.bound.min(case.bound);
                continue;
            }
            open.extend(self.branched(case, &broken, quota));
        }
        let left = open.iter().map(|case| case.bound).fold(f64::INFINITY, f64::min);
        found.bound = found.bound.min(left);
        if let Some((_, value)) = found.best {
            found.bound = found.bound.min(value);
        }
        Ok(found)
    }

    /// What a case becomes when the broken forecasts that are undecided are decided one after the other, most pupils first:
    /// each is kept in one of the cases, and let go in those that follow, until no more may be.
    fn branched(&self, case: Case, broken: &[usize], quota: usize) -> Vec<Case> {
        let mut undecided: Vec<usize> = broken.iter().copied().filter(|&one| !case.gone[one]).collect();
        undecided.sort_by_key(|&one| std::cmp::Reverse(self.question.pupils(one)));
        let mut children = Vec::new();
        let mut rest = case;
        for one in undecided {
            let mut child = rest.clone();
            child.kept[one] = true;
            children.push(child);
            rest.gone[one] = true;
            if count(&rest.gone) == quota {
                children.push(rest);
                return children;
            }
        }
        // Fewer undecided ones are broken than may be let go: the solution would have been one for all of them.
        children.push(rest);
        children
    }
}

fn count(flags: &[bool]) -> usize {
    flags.iter().filter(|&&flag| flag).count()
}

/// The open case with the least bound; of equal ones the one in which most is decided, then the first.
fn least(open: &[Case]) -> Option<usize> {
    let order = |a: &usize, b: &usize| {
        let (one, other) = (&open[*a], &open[*b]);
        let decided = |case: &Case| count(&case.kept) + count(&case.gone);
        one.bound.total_cmp(&other.bound).then(decided(other).cmp(&decided(one))).then(a.cmp(b))
    };
    (0..open.len()).min_by(order)
}
