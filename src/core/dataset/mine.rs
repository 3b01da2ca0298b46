//! Mining to a file: in parts that survive an interruption, joined at the end.

use crate::progress::Progress;
use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use super::merge::{Portion, join};
use super::parts::{self, create_parts, foreign, part_files, parts_directory, remove_parts};
use super::write::check_writable;
use super::{AugmentedData, Header, Reader};
use crate::error::{Error, Result};
use crate::gold::Miner;

/// Events of the first part; from then on parts are made as large as the two limits below allow.
const FIRST_PART: u64 = 64;
/// What an interruption may cost, seconds.
const PART_SECONDS: f64 = 5.0;
/// What a part may occupy in memory, bytes.
const PART_BYTES: f64 = 32e6;

/// How to mine to a file.
pub struct MineOptions<'a> {
    /// Whether an existing file may be replaced, which stays until the new one is whole, and parts of another command given up.
    pub force: bool,
    /// Is told how many events are done, and of how many.
    pub progress: &'a dyn Progress,
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
/// Events are mined in parts, kept in the directory `<path>.parts` and joined when all are there. If the process is
/// killed at any moment, the same call goes on from the last finished part, and the file is the same, bit for bit, as
/// without the interruption. With `shard` = (i, k), i from 1 to k, only the i-th of k consecutive portions is mined:
/// [`merge`](super::merge) makes the whole of them.
///
/// # Errors
/// Before any simulation: if the path cannot be written, or `force` is not set and the file exists or the parts that are there belong to
/// another command. Later: as [`Miner::events`], or if the disk fails.
pub fn mine_to_file(
    miner: &Miner<'_>,
    n_events: u64,
    shard: Option<(u64, u64)>,
    path: &Path,
    options: MineOptions<'_>,
) -> Result<()> {
    let events = portion(n_events, shard)?;
    miner.count(&events)?;
    let parts = parts_directory(path);
    if path.exists() && !options.force {
        // Killed after the last rename, all that is left to do is to tidy up.
        return match parts.is_dir() && is_finished(path, &miner.header(), &events) {
            true => remove_parts(&parts),
            false => Err(Error::exists(path)),
        };
    }
    // Found out now rather than after hours of simulation.
    check_writable(path)?;
    let command = in_words(miner, &events);
    create_parts(&parts, &command)?;
    let there = match finished_parts(miner, &events, &parts) {
        Err(_) if options.force => {
            remove_parts(&parts)?;
            create_parts(&parts, &command)?;
            Vec::new()
        }
        there => there?,
    };
    let portions = mine_parts(miner, &events, &parts, there, options.progress)?;
    join(&miner.header(), &portions, path)?;
    remove_parts(&parts)
}

/// The events of a shard: consecutive, and alike in number up to one.
fn portion(n_events: u64, shard: Option<(u64, u64)>) -> Result<Range<u64>> {
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

/// What a command mines, for whoever finds its parts.
fn in_words(miner: &Miner<'_>, events: &Range<u64>) -> String {
    let header = miner.header();
    let memories = if miner.has_memories() {
        ""
    } else {
        ", forgetting their paths"
    };
    let which = match events.start {
        0 => format!("{} events", events.end),
        first => format!("events {first} to {} (counted from 0)", events.end - 1),
    };
    format!(
        "{which} of {}, seed {}, {}{memories}, motherlode {}",
        header.simulator_label(),
        header.seed,
        header.design,
        header.crate_version
    )
}

fn is_finished(path: &Path, header: &Header, events: &Range<u64>) -> bool {
    Reader::open(path).is_ok_and(|reader| {
        reader.header().same_source(header)
            && reader.header().first_event == events.start
            && reader.n_events() == events.end - events.start
    })
}

/// Mines what is missing beside the parts that are there, and returns all parts in order.
fn mine_parts(
    miner: &Miner<'_>,
    events: &Range<u64>,
    directory: &Path,
    there: Vec<Portion>,
    progress: &dyn Progress,
) -> Result<Vec<Portion>> {
    let total = events.end - events.start;
    let mut there = there.into_iter().peekable();
    let mut portions = Vec::new();
    let mut next = events.start;
    let mut grain = FIRST_PART;
    progress.report(0, total);
    while next < events.end {
        let portion = match there.next_if(|part| part.first_event == next) {
            Some(part) => part,
            None => {
                let gap = there.peek().map_or(events.end, |part| part.first_event);
                let began = Instant::now();
                let data = miner.events(next..gap.min(next + grain))?;
                grain = next_grain(&data, began.elapsed().as_secs_f64());
                let path = directory.join(format!("part-{next:015}.h5"));
                data.write(&path)?;
                Portion::survey(&path)?.0
            }
        };
        next = portion.end();
        portions.push(portion);
        progress.report(next - events.start, total);
        if next < events.end {
            progress.check()?;
        }
    }
    Ok(portions)
}

/// How many events the next part shall have. The joined file does not depend on it.
fn next_grain(data: &AugmentedData, seconds: f64) -> u64 {
    let n = data.n_events() as f64;
    let remembered = data
        .memories
        .as_ref()
        .map_or(0, |memories| memories.memory.len() + memories.memory_end.len());
    let numbers = n * (data.n_observables() + 3 * data.n_parameters() + 2) as f64 + remembered as f64;
    let by_memory = PART_BYTES / (8.0 * numbers / n);
    let by_time = PART_SECONDS / (seconds / n).max(1e-9);
    // The few events of one part may be unlike those of the next: approach the limits step by step.
    by_memory.min(by_time).min(4.0 * n).max(1.0) as u64
}

/// The parts that an earlier call has finished, in order.
fn finished_parts(miner: &Miner<'_>, events: &Range<u64>, directory: &Path) -> Result<Vec<Portion>> {
    let expected = miner.header();
    let mut parts = Vec::new();
    for path in part_files(directory)?
        .into_iter()
        .filter(|path| parts::is_finished(path))
    {
        let (part, header) = Portion::survey(&path)?;
        if !header.same_source(&expected) || part.extent.n_memory.is_some() != miner.has_memories() {
            let difference = "with another simulator, design, seed, version or choice of memories";
            return Err(foreign(directory, difference, &in_words(miner, events)));
        }
        parts.push(part);
    }
    parts.sort_by_key(|part| part.first_event);
    let inside = parts
        .iter()
        .all(|part| part.first_event >= events.start && part.end() <= events.end);
    let apart = parts
        .iter()
        .zip(parts.iter().skip(1))
        .all(|(a, b)| a.end() <= b.first_event);
    match inside && apart {
        true => Ok(parts),
        false => {
            let difference = "another number of events or another shard";
            Err(foreign(directory, difference, &in_words(miner, events)))
        }
    }
}
