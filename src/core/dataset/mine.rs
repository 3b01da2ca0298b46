//! Mining to a file, in bounded memory and with a state on the disk that survives an interruption.

use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use super::partial::{self, Partial, Task};
use super::write::check_writable;
use super::{AugmentedData, Header, Reader};
use crate::error::{Error, Result};
use crate::gold::Miner;
use crate::output_lock::OutputLock;
use crate::progress::Progress;

/// Seconds between two savings: what an interruption may cost.
const SAVE_SECONDS: f64 = 5.0;
/// Bytes of events in memory that are saved at once.
const SAVE_BYTES: usize = 64 << 20;
/// Seconds that events of one call of the miner take: long enough that threads which wait for the last one cost little, and each of the
/// 32 blocks of a thread is shorter than 50 ms.
const GRAIN_SECONDS: f64 = 1.5;
/// Bytes of the events of one call of the miner.
const GRAIN_BYTES: f64 = 16e6;

/// Options of [`mine_to_file`].
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct MineOptions<'a> {
    /// Replaces an existing file, which stays until the new one is whole, and gives up an unfinished mining of another command.
    pub force: bool,
    /// Receives the number of events mined, and can stop the mining.
    pub progress: &'a dyn Progress,
}

impl Default for MineOptions<'_> {
    fn default() -> Self {
        Self {
            force: false,
            progress: &(),
        }
    }
}

impl<'a> MineOptions<'a> {
    /// Options that keep existing files, with a silent progress.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether an existing file is replaced and an unfinished mining of another command given up.
    pub fn with_force(self, force: bool) -> Self {
        Self { force, ..self }
    }

    /// Sets the receiver of the progress.
    pub fn with_progress(self, progress: &'a dyn Progress) -> Self {
        Self { progress, ..self }
    }
}

impl std::fmt::Debug for MineOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MineOptions")
            .field("force", &self.force)
            .finish_non_exhaustive()
    }
}

/// Mines `n_events` events to an HDF5 file, in memory that does not grow with their number.
///
/// Every few seconds, events are saved in the directory `<path>.partial`; the file is written from there when all events are mined. If the
/// process is killed at any moment, or the progress stops it, the same call continues after the last saved event, and the file is the
/// same, bit for bit, as without the interruption. A run that ends before the first saving writes the file only. With `shard` = (i, k), i
/// from 1 to k, only the i-th of k consecutive portions is mined: [`merge`](super::merge) joins them. The header has the
/// [faults](Miner::faults) of the simulator that a short look finds before mining.
///
/// # Errors
/// Before any simulation: if the path cannot be written, or `force` is not set and the file exists or an unfinished mining of another
/// command lies beside it; or if another process writes the file. Later: as [`Miner::events`], if the disk fails, or if the progress stops the mining.
pub fn mine_to_file(
    miner: &Miner<'_>,
    n_events: u64,
    shard: Option<(u64, u64)>,
    path: &Path,
    options: MineOptions<'_>,
) -> Result<()> {
    let events = events_of_shard(n_events, shard)?;
    miner.count(&events)?;
    if path.exists() && !options.force && !partial::exists(path) {
        return Err(Error::exists(path));
    }
    let _lock = OutputLock::file(path)?;
    if path.exists() && !options.force {
        // After the last rename, only the directory is left to be removed.
        return match partial::exists(path) && is_finished(path, &miner.header(), &events) {
            true => partial::remove(path),
            false => Err(Error::exists(path)),
        };
    }
    // Fails now rather than after hours of simulation.
    check_writable(path)?;
    let faults = miner.faults(n_events, options.progress)?;
    let task = || Task::new(miner, &events).with_faults(faults.clone());
    let mut partial = match Partial::resume(path, task(), events.end - events.start) {
        Err(_) if options.force => Partial::restart(path, task())?,
        resumed => resumed?,
    };
    let mined = mine(miner, &events, &mut partial, options.progress);
    if mined.is_err() {
        partial.save()?;
    }
    mined?;
    partial.write(path)?;
    partial::remove(path)
}

/// The events of a shard: consecutive, and alike in number up to one.
fn events_of_shard(n_events: u64, shard: Option<(u64, u64)>) -> Result<Range<u64>> {
    let (i, k) = shard.unwrap_or((1, 1));
    if i == 0 || i > k {
        return Err(Error::usage(format!(
            "there is no shard {i} of {k}: give a number from 1 to {k}"
        )));
    }
    let edge = |j: u64| (u128::from(n_events) * u128::from(j) / u128::from(k)) as u64;
    let events = edge(i - 1)..edge(i);
    if events.is_empty() {
        return Err(Error::usage(format!(
            "shard {i} of {k} of {n_events} events is empty: mine at least one event for each shard"
        )));
    }
    Ok(events)
}

fn is_finished(path: &Path, header: &Header, events: &Range<u64>) -> bool {
    Reader::open(path).is_ok_and(|reader| {
        reader.header().same_source(header)
            && reader.header().first_event == events.start
            && reader.n_events() == events.end - events.start
    })
}

/// Mines the events that are missing.
fn mine(miner: &Miner<'_>, events: &Range<u64>, partial: &mut Partial, progress: &dyn Progress) -> Result<()> {
    let total = events.end - events.start;
    let threads = rayon::current_num_threads() as u64;
    let mut grain = threads;
    let mut saved = Instant::now();
    progress.report(0, total);
    while partial.n_events() < total {
        let done = partial.n_events();
        let next = events.start + done;
        let began = Instant::now();
        let progress = Continued { progress, done, total };
        let wanted = next..events.end.min(next + grain);
        let data = miner.events_until_stopped(wanted.clone(), &progress)?;
        partial.append(&data);
        if (data.n_events() as u64) < wanted.end - wanted.start {
            return Err(Error::interrupted(
                "mining was stopped; the same command continues after the last event",
            ));
        }
        grain = next_grain(&data, began.elapsed().as_secs_f64()).next_multiple_of(threads);
        let is_due = saved.elapsed().as_secs_f64() > SAVE_SECONDS || partial.pending_bytes() > SAVE_BYTES;
        if is_due && partial.n_events() < total {
            partial.save()?;
            saved = Instant::now();
        }
    }
    Ok(())
}

/// Number of events of the next call of the miner. The file does not depend on it.
fn next_grain(data: &AugmentedData, seconds: f64) -> u64 {
    let n = data.n_events() as f64;
    let by_memory = GRAIN_BYTES / (data.n_bytes() as f64 / n);
    let by_time = GRAIN_SECONDS / (seconds / n).max(1e-9);
    // A few events may be unlike the next: approach the limits step by step.
    by_memory.min(by_time).min(4.0 * n).max(1.0) as u64
}

/// The progress of a call that has `done` of `total` units behind it.
struct Continued<'a> {
    progress: &'a dyn Progress,
    done: u64,
    total: u64,
}

impl Progress for Continued<'_> {
    fn report(&self, done: u64, _: u64) {
        self.progress.report(self.done + done, self.total);
    }

    fn is_stopped(&self) -> bool {
        self.progress.is_stopped()
    }
}
