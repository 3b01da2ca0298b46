//! Jobs in parallel threads, with their results in one.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc;

use rayon::prelude::*;

use crate::error::Result;
use crate::progress::Progress;

/// Runs the jobs on as many threads as Rayon's pool has, and passes the results to `receive` one by one, in the order in which they finish.
///
/// # Errors
/// The first error of `work` or `receive`; jobs that have not begun by then are not run.
pub fn in_parallel<J: Sync, T: Send>(
    jobs: &[J],
    work: impl Fn(&J) -> Result<T> + Sync,
    mut receive: impl FnMut(&J, T) -> Result<()>,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let threads = rayon::current_num_threads();
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..threads.min(jobs.len()) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if sender.send((job, work(job))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let received = receiver
            .into_iter()
            .try_for_each(|(job, result)| result.and_then(|result| receive(job, result)));
        if received.is_err() {
            next.store(jobs.len(), Ordering::Relaxed);
        }
        received
    })
}

/// Does the jobs 0 to `n` − 1 on all cores and collects their results in order, unless `progress` stops it between two jobs.
///
/// # Errors
/// If a job fails, or the work is stopped.
pub fn map_jobs<T: Send>(
    n: u64,
    progress: &dyn Progress,
    job: impl Fn(u64) -> Result<T> + Send + Sync,
) -> Result<Vec<T>> {
    let done = AtomicU64::new(0);
    let counted = |number| {
        progress.check()?;
        let result = job(number)?;
        progress.report(done.fetch_add(1, Ordering::Relaxed) + 1, n);
        Ok(result)
    };
    (0..n).into_par_iter().map(counted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn every_job_is_done_once() {
        let jobs: Vec<u64> = (0..100).collect();
        let mut squares = vec![0; jobs.len()];
        in_parallel(
            &jobs,
            |job| Ok(job * job),
            |&job, square| {
                squares[job as usize] += square;
                Ok(())
            },
        )
        .unwrap();
        assert!(squares.iter().zip(&jobs).all(|(square, job)| *square == job * job));
    }

    #[test]
    fn there_are_as_many_threads_as_the_pool_has() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let running = AtomicUsize::new(0);
        let work = |_: &usize| {
            let before = running.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(std::time::Duration::from_millis(2));
            running.fetch_sub(1, Ordering::SeqCst);
            Ok(before)
        };
        let jobs: Vec<usize> = (0..10).collect();
        let alone = |_: &usize, before| match before {
            0 => Ok(()),
            _ => Err(Error::numerical("two jobs at once")),
        };
        pool.install(|| in_parallel(&jobs, work, alone)).unwrap();
    }

    #[test]
    fn an_error_of_either_side_ends_the_work() {
        let jobs: Vec<usize> = (0..1_000).collect();
        let begun = AtomicUsize::new(0);
        let failed = in_parallel(
            &jobs,
            |&job| {
                begun.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(std::time::Duration::from_millis(1));
                match job {
                    3 => Err(Error::training("the third")),
                    _ => Ok(()),
                }
            },
            |_, ()| Ok(()),
        );
        assert_eq!(failed.unwrap_err().to_string(), "the third");
        assert!(begun.load(Ordering::Relaxed) < jobs.len());
        let refused = in_parallel(&jobs, |_| Ok(()), |_, ()| Err(Error::training("no room")));
        assert_eq!(refused.unwrap_err().to_string(), "no room");
    }
}
