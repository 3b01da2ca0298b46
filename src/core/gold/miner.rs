//! Mines many events in parallel; an event depends on its number alone.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rayon::prelude::*;

use super::Design;
use super::block::mine_block;
use super::columns::{Columns, Rows};
use super::event::{Event, Row, Rules};
use super::failures::Regions;
use super::hypotheses::{Denominator, Numerator};
use super::retry::DEFAULT_RETRIES;
use crate::cost::{Cost, check_count, check_memory};
use crate::dataset::{AugmentedData, FORMAT_VERSION, Header, Memories, StoredRows};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::real::MAX_PARAMETERS;
use crate::trace::{Instrumented, TimeLimit, guarded, stream};

/// Largest number of events in the block of one thread: large enough that starting the block costs nothing.
const MAX_BLOCK: usize = 512;
/// Largest number of blocks per thread in a wave: large enough that the threads finish at about the same time.
const MAX_WAVE: usize = 32;
/// Number of events of a seed. Event number and attempt share the 64 bits that select a stream.
const MAX_EVENTS: u64 = 1 << 48;
/// Largest size of a data set: a thousand large disks.
const MAX_BYTES: f64 = 1e16;
/// Time for the run that checks the memory of a simulator.
const CHECK_TIME: Duration = Duration::from_secs(10);
/// Relative tolerance between the log probability of a run and that of its remembered path.
const MEMORY_TOLERANCE: f64 = 1e-6;

/// Mines events and their gold.
///
/// Event i of a seed is the same in any range, on any number of threads and on any machine. Even events have y = 0
/// and are drawn from θ0; odd events have y = 1 and are drawn from the denominator of the [`Design`]; a reference
/// design has y = 0 only. Both classes carry
///
/// - `joint_log_ratio` = ln p(x,z|θ0) − ln p(x,z|θ1), where ln p(x,z|θ1) is ln (1/N) Σⱼ p(x,z|θⱼ) for a mixture;
/// - `joint_score0` = ∇θ ln p(x,z|θ) at θ0;
/// - `weights`, where paths [have weights](crate::trace::Simulator::weight): those under θ0 and under the denominator. The ratio is then that
///   of absolute values.
///
/// A run that the simulator discards is simulated again, up to [`DEFAULT_RETRIES`] times, and counted by hypothesis. The joint ratio is that
/// of all runs: where the discarded fraction depends on θ, ⟨r⟩ is the ratio of the accepted fractions instead of 1, and a simulator does
/// better to return an observation that says that the run failed. A panic of the simulator is an error that names the event.
///
/// # Source
/// Brehmer, Louppe, Pavez and Cranmer, arXiv:1805.12244; the mixture as in Brehmer et al., arXiv:1909.02005.
pub struct Miner<'a> {
    pub(super) simulator: &'a dyn Instrumented,
    design: Design,
    memories: bool,
    n_observables: usize,
    pub(super) rules: Rules,
    regions: Regions,
}

impl std::fmt::Debug for Miner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Miner")
            .field("simulator", &self.simulator.name())
            .field("design", &self.design)
            .field("memories", &self.memories)
            .field("rules", &self.rules)
            .finish()
    }
}

impl<'a> Miner<'a> {
    /// Creates a miner that stores the memory of every event.
    ///
    /// # Errors
    /// If the design does not fit the simulator, if the simulator has no gold, no observables, no parameters or more than 16, or
    /// if the memory of a path does not reproduce its probability.
    pub fn new(simulator: &'a dyn Instrumented, design: Design, seed: u64) -> Result<Self> {
        let parameters = simulator.parameters();
        let n_observables = simulator.observables().len();
        if parameters.is_empty() || parameters.len() > MAX_PARAMETERS || n_observables == 0 {
            return Err(Error::usage(format!(
                "{} has {} parameters and {n_observables} observables: gold needs 1 to {MAX_PARAMETERS} parameters and \
                 at least one observable",
                simulator.name(),
                parameters.len()
            )));
        }
        if let Some(reason) = simulator.without_gold() {
            return Err(Error::usage(format!("{} has no gold: {reason}", simulator.name())));
        }
        design.check(&parameters)?;
        let miner = Self {
            simulator,
            memories: true,
            n_observables,
            regions: Regions::new(&design, parameters.len()),
            rules: Rules {
                seed,
                retries: DEFAULT_RETRIES,
                time_limit: None,
                numerator: Numerator::from_design(&design),
                denominator: Denominator::from_design(&design, &parameters, seed)?,
                parameters,
            },
            design,
        };
        miner.check_memory()?;
        Ok(miner)
    }

    /// Sets whether events store the memory of their path; the default is true.
    ///
    /// Without memories a file is smaller, but labels at other hypotheses cannot be computed later.
    pub fn with_memories(mut self, memories: bool) -> Self {
        self.memories = memories;
        self
    }

    /// Sets the number of times that a discarded run is simulated again; the default is [`DEFAULT_RETRIES`].
    ///
    /// The events do not depend on it, except that fewer retries give up at an event that more would have had.
    pub fn with_retries(mut self, retries: u16) -> Self {
        self.rules.retries = retries;
        self
    }

    /// Sets the time that an event may take, with its retries; without, it may take any.
    ///
    /// An event out of time is an error, which names it. The clock is read at every 256th draw: a loop without draws is not left.
    pub fn with_time_limit(mut self, limit: Option<Duration>) -> Self {
        self.rules.time_limit = limit;
        self
    }

    /// Returns true if events store the memory of their path.
    pub fn has_memories(&self) -> bool {
        self.memories
    }

    /// Header of a data set that begins with event 0, before any run was discarded.
    pub fn header(&self) -> Header {
        let parameters = &self.rules.parameters;
        let observables = self.simulator.observables();
        Header {
            format_version: FORMAT_VERSION,
            crate_version: env!("CARGO_PKG_VERSION").into(),
            simulator: self.simulator.name().into(),
            portion: self.simulator.portion(),
            stored: StoredRows::of_simulator(self.simulator),
            parameters: parameters.iter().map(|p| p.name.clone()).collect(),
            parameter_units: parameters.iter().map(|p| p.unit.clone()).collect(),
            observables: observables.iter().map(|o| o.name.clone()).collect(),
            observable_units: observables.iter().map(|o| o.unit.clone()).collect(),
            layout: self.simulator.layout(),
            design: self.design.clone(),
            mixture: self.rules.denominator.points().to_vec(),
            seed: self.rules.seed,
            first_event: 0,
            n_discarded: 0,
            discarded: Vec::new(),
            has_missing: false,
            weighted: self.simulator.is_weighted(),
            faults: Vec::new(),
        }
    }

    /// Mines the events of a range of numbers, in parallel.
    ///
    /// # Errors
    /// Names the first event that failed, and why: a density does not exist at its θ, the simulator made other choices
    /// when its path was replayed, all retries were discarded, it panicked or was out of time, the path is impossible under the other
    /// hypothesis, or a number is not finite.
    pub fn events(&self, range: Range<u64>) -> Result<AugmentedData> {
        self.events_with_progress(range, &())
    }

    /// Mines the events of a range of numbers; `progress` receives the number of events mined.
    ///
    /// # Errors
    /// As [`events`](Self::events), or if `progress` stops the mining.
    pub fn events_with_progress(&self, range: Range<u64>, progress: &dyn Progress) -> Result<AugmentedData> {
        let data = self.events_until_stopped(range, progress)?;
        progress.check()?;
        Ok(data)
    }

    /// Mines the events with these numbers, in parallel; if the progress stops the mining, those before the first event that is not mined.
    ///
    /// # Errors
    /// As [`events`](Self::events).
    pub fn events_until_stopped(&self, range: Range<u64>, progress: &dyn Progress) -> Result<AugmentedData> {
        let n = self.count(&range)?;
        check_memory(&format!("{n} events at once"), n as f64 * self.row_bytes())?;
        let mut columns = Columns::new(n, self.n_observables, self.rules.parameters.len(), self.n_weights());
        let threads = rayon::current_num_threads();
        // Small blocks where events are few, so that all threads have work even if a run takes seconds.
        let size = n.div_ceil(MAX_WAVE * threads).clamp(1, MAX_BLOCK);
        let mut all = Block::default();
        let done = AtomicU64::new(0);
        let mut blocks = columns.blocks(size).into_iter().zip((range.start..).step_by(size));
        // In waves: the results of one are appended before the next needs memory.
        'waves: loop {
            let wave: Vec<_> = blocks.by_ref().take(MAX_WAVE * threads).collect();
            if wave.is_empty() {
                break;
            }
            let mined: Vec<Result<Option<Block>>> = wave
                .into_par_iter()
                .map(|(rows, first)| {
                    if progress.is_stopped() {
                        return Ok(None);
                    }
                    let n_rows = rows.len() as u64;
                    let block = self.block(first, rows)?;
                    progress.report(done.fetch_add(n_rows, Ordering::Relaxed) + n_rows, n as u64);
                    Ok(Some(block))
                })
                .collect();
            for block in mined {
                match block? {
                    Some(block) => all.append(&block),
                    None => break 'waves,
                }
            }
        }
        drop(blocks);
        columns.truncate(all.n_events);
        let header = Header {
            first_event: range.start,
            n_discarded: all.n_discarded,
            discarded: all.discarded,
            ..self.header()
        };
        Ok(columns.into_data(header, self.memories.then_some(all.memories)))
    }

    /// Weights of an event: one for each hypothesis, if paths have weights.
    fn n_weights(&self) -> usize {
        match self.simulator.is_weighted() {
            true => self.design.n_hypotheses(),
            false => 0,
        }
    }

    /// Bytes of an event, apart from its memory.
    pub(crate) fn row_bytes(&self) -> f64 {
        8.0 * (self.n_observables + 2 * self.rules.parameters.len() + 2 + self.n_weights()) as f64
    }

    /// Number of events in a range.
    pub(crate) fn count(&self, range: &Range<u64>) -> Result<usize> {
        if range.end > MAX_EVENTS || range.start > range.end {
            return Err(Error::usage(format!(
                "events {} to {} are not a valid range: give numbers in increasing order, up to {MAX_EVENTS}",
                range.start, range.end
            )));
        }
        let n_bytes = (range.end - range.start) as f64 * self.row_bytes();
        if n_bytes > MAX_BYTES {
            let (n, most) = (range.end - range.start, (MAX_BYTES / self.row_bytes()) as u64);
            check_count("events", n, most, Cost::Bytes(self.row_bytes()))?;
        }
        Ok((range.end - range.start) as usize)
    }

    fn block(&self, first: u64, mut rows: Rows<'_>) -> Result<Block> {
        let mut block = Block {
            n_events: rows.len(),
            ..Block::default()
        };
        if self.simulator.mines_in_blocks() {
            let mined = mine_block(self.simulator, &self.rules, first, &mut rows)?;
            for (i, (memory, n_discarded)) in mined.iter().enumerate() {
                self.count_discarded(&mut block, rows.row(i), *n_discarded);
                if self.memories {
                    block.memories.push(memory);
                }
            }
            return Ok(block);
        }
        let mut memory = Vec::new();
        for i in 0..rows.len() {
            let event = Event {
                simulator: self.simulator,
                rules: &self.rules,
                number: first + i as u64,
            };
            let n_discarded = event.mine(rows.row(i), &mut memory)?;
            self.count_discarded(&mut block, rows.row(i), n_discarded);
            if self.memories {
                block.memories.push(&memory);
            }
        }
        Ok(block)
    }

    /// Counts the runs that were discarded before an event, by its hypothesis.
    fn count_discarded(&self, block: &mut Block, row: Row<'_>, n_discarded: u64) {
        if n_discarded > 0 {
            block.n_discarded += n_discarded;
            self.regions
                .add(*row.y, row.theta0.iter(), n_discarded, &mut block.discarded);
        }
    }

    /// Refuses a simulator whose memories do not reproduce the probability of a run, including the θ-independent constant: the
    /// joint ratio is the difference of the two.
    fn check_memory(&self) -> Result<()> {
        let mut theta = vec![0.0; self.rules.parameters.len()];
        let mut rng = stream(self.rules.seed, 0, 0);
        self.rules
            .numerator
            .draw(&self.rules.parameters, &mut rng, &mut theta)?;
        let mut memory = Vec::new();
        // Without an answer in this time the check is left out: a run that does not end is found under the limit of the events.
        let _limit = TimeLimit::begin(Some(CHECK_TIME));
        let recorded = guarded(|| {
            let (_, run) = self.simulator.record(&theta, &mut rng, &mut memory)?;
            Ok((run, self.simulator.log_probability_at(&theta, &memory)))
        });
        let Ok((run, again)) = recorded else {
            return Ok(()); // if there is something wrong, it is reported with the event in which it happens
        };
        match again {
            Ok(again) if (again - run).abs() > MEMORY_TOLERANCE * run.abs().max(1.0) => {
                Err(Error::simulation(format!(
                    "{} gives ln p = {run} for a run at theta = {theta:?}, but {again} from what it remembers of it: its \
                 `log_probability` must count every draw of `simulate`, with the same constants",
                    self.simulator.name()
                )))
            }
            _ => Ok(()),
        }
    }
}

/// Memories and discarded runs of a block of events.
#[derive(Debug, Default)]
struct Block {
    n_events: usize,
    memories: Memories,
    n_discarded: u64,
    /// By hypothesis; empty where there are none.
    discarded: Vec<u64>,
}

impl Block {
    fn append(&mut self, other: &Self) {
        self.n_events += other.n_events;
        self.n_discarded += other.n_discarded;
        add_counts(&mut self.discarded, &other.discarded);
        self.memories.extend(&other.memories);
    }
}

/// Adds counts of the same kinds; an empty list has none.
pub(crate) fn add_counts(to: &mut Vec<u64>, from: &[u64]) {
    to.resize(to.len().max(from.len()), 0);
    to.iter_mut()
        .zip(from)
        .for_each(|(to, from)| *to = to.saturating_add(*from));
}
