//! Jobs side by side.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Does `count` pieces of work, as many at once as there are jobs, and returns the results in order. `work` is given the
/// position of its piece and how many threads it may use: all `threads` are shared by the pieces that are still to be done,
/// so that many small ones run side by side and the last large one has the machine for itself. Pieces that return `None`
/// were not done.
///
/// These are plain threads: a worker of a pool that waits for the pool of an engine takes up another piece meanwhile, on top
/// of the first.
pub fn run<T: Send>(
    count: usize,
    jobs: NonZeroUsize,
    threads: NonZeroUsize,
    work: impl Fn(usize, NonZeroUsize) -> Option<T> + Sync,
) -> Vec<Option<T>> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<T>>> = Mutex::new((0..count).map(|_| None).collect());
    let worker = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                return;
            }
            let beside = jobs.get().min(count - at);
            let own = NonZeroUsize::new(threads.get() / beside).unwrap_or(NonZeroUsize::MIN);
            let result = work(at, own);
            results.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[at] = result;
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs.get().min(count.max(1)) {
            scope.spawn(worker);
        }
        worker();
    });
    results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_for_any_number_of_jobs() {
        for jobs in [1, 2, 8] {
            let jobs = NonZeroUsize::new(jobs).unwrap();
            let all = run(50, jobs, jobs, |at, _| (at % 7 != 3).then_some(at * at));
            let wanted: Vec<_> = (0..50).map(|at| (at % 7 != 3).then_some(at * at)).collect();
            assert_eq!(all, wanted);
        }
        assert!(run(0, NonZeroUsize::MIN, NonZeroUsize::MIN, |at, _| Some(at)).is_empty());
    }

    #[test]
    fn threads_are_never_more_than_there_are_but_for_one_each() {
        let (jobs, threads) = (NonZeroUsize::new(3).unwrap(), NonZeroUsize::new(8).unwrap());
        let own = run(5, jobs, threads, |_, own| Some(own.get()));
        assert_eq!(own, [Some(2), Some(2), Some(2), Some(4), Some(8)]);
        let starved = run(4, NonZeroUsize::new(4).unwrap(), NonZeroUsize::MIN, |_, own| Some(own.get()));
        assert_eq!(starved, [Some(1); 4]);
    }
}
