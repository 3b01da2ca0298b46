//! Joining event files of one setup, shuffled, in memory that does not grow with them.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView1};
use rand::RngExt;
use rand::seq::SliceRandom;
use serde::Serialize;

use super::column_file::ColumnFile;
use super::same_events::check_different;
use super::{EventFileWriter, EventReader, Setup};
use motherlode_core::error::{Error, Result};
use motherlode_core::format::comma_separated;
use motherlode_core::trace::{Stream, stream};
use motherlode_core::{OutputLock, Progress};

/// Bytes that are shuffled in memory.
const BUCKET_BYTES: usize = 1 << 26;
/// Files that are written at the same time.
const MOST_BUCKETS: usize = 256;

/// Options for merging event files.
#[non_exhaustive]
pub struct MergeOptions<'a> {
    /// Factor on the weights of each file; empty for no factors.
    pub k_factors: Vec<f64>,
    /// The seed of the new order of the events.
    pub seed: u64,
    /// Replace an existing file; it stays until the new one is complete.
    pub force: bool,
    /// Receives the number of events done; each event counts twice.
    pub progress: &'a dyn Progress,
}

impl<'a> MergeOptions<'a> {
    /// No factors, seed 0, and no replacement of an existing file.
    pub fn new(progress: &'a dyn Progress) -> Self {
        Self {
            k_factors: Vec::new(),
            seed: 0,
            force: false,
            progress,
        }
    }

    /// Sets a factor on the weights of each file.
    pub fn with_k_factors(mut self, k_factors: Vec<f64>) -> Self {
        self.k_factors = k_factors;
        self
    }

    /// Sets the seed of the new order of the events.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Allows the replacement of an existing file.
    pub fn with_force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }
}

impl std::fmt::Debug for MergeOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MergeOptions")
            .field("k_factors", &self.k_factors)
            .field("seed", &self.seed)
            .field("force", &self.force)
            .finish_non_exhaustive()
    }
}

/// Result of a merge.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MergeResult {
    /// Number of events in the merged file.
    pub n_events: usize,
    /// Warning about cross sections that add up, if no factors were given.
    pub warning: Option<String>,
}

/// Joins event files of the same setup, of any version of MadMiner, to one that MadMiner 0.9.6 opens, with their events in random order.
///
/// Benchmarks are matched by name; the order of the first file is kept. Numbers of generated events are added. So are the weights of events
/// that were generated at one benchmark: of two runs at the same one, the factors are their shares. Each event is put into one of
/// some files at random, and each of these shuffled in memory: every order of the events is as likely as any other.
///
/// # Errors
/// If `out` exists and `force` is not set, a file cannot be read or does not say where its events were generated, setups differ, two files
/// have the same events, or there are not as many factors as files.
pub fn merge(files: &[PathBuf], out: &Path, options: MergeOptions<'_>) -> Result<MergeResult> {
    let _lock = OutputLock::new_file(out, options.force)?;
    let factors = factors(&options.k_factors, files.len())?;
    let readers = files
        .iter()
        .map(|path| EventReader::open(path))
        .collect::<Result<Vec<_>>>()?;
    let Some(first) = readers.first() else {
        return Err(Error::usage("there is nothing to merge: give at least one event file"));
    };
    for other in &readers {
        other.check_events()?;
        check_same(first, other)?;
    }
    check_different(&readers)?;
    let setup = first.setup();
    let n: usize = readers.iter().map(EventReader::n_events).sum();
    let mut progress = Counter::new(2 * n, options.progress);
    let mut rng = stream(options.seed, 0, 0);
    let mut buckets = Buckets::create(out, n, setup)?;
    for (reader, factor) in readers.iter().zip(factors) {
        scatter(reader, setup, factor, &mut buckets, &mut rng, &mut progress)?;
    }
    let mut writer = EventFileWriter::create(out, setup)?;
    for bucket in buckets.spools {
        gather(bucket, setup, &mut writer, &mut rng, &mut progress)?;
    }
    let signal = setup.benchmarks.iter().map(|benchmark| {
        let of = |reader: &EventReader| {
            let there = reader.setup().benchmark(&benchmark.name);
            there.map_or(0.0, |b| reader.summary().signal_events[b])
        };
        readers.iter().map(of).sum()
    });
    let background = readers.iter().map(|reader| reader.summary().background_events).sum();
    writer.finish_with(&signal.collect::<Vec<f64>>(), background)?;
    Ok(MergeResult {
        n_events: n,
        warning: options
            .k_factors
            .is_empty()
            .then(|| shared_benchmark(&readers))
            .flatten(),
    })
}

/// Warns of several files with events of one benchmark, whose cross sections add up.
fn shared_benchmark(readers: &[EventReader]) -> Option<String> {
    let mut files_at = BTreeMap::<_, Vec<String>>::new();
    for reader in readers {
        for name in reader.sampled_at() {
            files_at
                .entry(name)
                .or_default()
                .push(reader.path().display().to_string());
        }
    }
    let (name, files) = files_at.into_iter().find(|(_, files)| files.len() > 1)?;
    Some(format!(
        "{} were all generated at {name}, so their cross sections add up to {} times that of one file: if they are parts of one sample, \
         give --k-factors that add up to 1",
        files.join(", "),
        files.len()
    ))
}

fn factors(given: &[f64], n: usize) -> Result<Vec<f64>> {
    if given.is_empty() {
        return Ok(vec![1.0; n]);
    }
    match given.len() == n && given.iter().all(|k| *k > 0.0 && k.is_finite()) {
        true => Ok(given.to_vec()),
        false => Err(Error::usage(format!(
            "the k-factors {} for {n} files: give a positive number for each",
            comma_separated(given)
        ))),
    }
}

fn check_same(first: &EventReader, other: &EventReader) -> Result<()> {
    match other.setup().difference(first.setup()) {
        None => Ok(()),
        Some(difference) => Err(Error::file(
            other.path(),
            format!(
                "was made with another setup than `{}`, and cannot be merged with it: it has {difference}",
                first.path().display()
            ),
        )),
    }
}

/// A row of a bucket: observables, weights, and the benchmark, or −1.
struct Buckets {
    spools: Vec<ColumnFile>,
}

impl Buckets {
    fn create(out: &Path, n: usize, setup: &Setup) -> Result<Self> {
        let bytes = n * 8 * row_length(setup);
        let many = bytes.div_ceil(BUCKET_BYTES).clamp(1, MOST_BUCKETS);
        let spools = (0..many).map(|i| ColumnFile::create(out, &format!("bucket{i}")));
        Ok(Self {
            spools: spools.collect::<Result<_>>()?,
        })
    }
}

fn row_length(setup: &Setup) -> usize {
    setup.observables.len() + setup.benchmarks.len() + 1
}

/// Puts the events of a file into buckets at random.
fn scatter(
    reader: &EventReader,
    setup: &Setup,
    factor: f64,
    buckets: &mut Buckets,
    rng: &mut Stream,
    progress: &mut Counter<'_>,
) -> Result<()> {
    let own = |name: &str| reader.setup().benchmark(name);
    // The setups are the same, so that all names are found.
    let columns: Vec<usize> = setup
        .benchmarks
        .iter()
        .filter_map(|benchmark| own(&benchmark.name))
        .collect();
    let place = |b: usize| {
        columns
            .iter()
            .position(|column| *column == b)
            .map_or(-1.0, |b| b as f64)
    };
    for chunk in reader.row_chunks() {
        let chunk = chunk?;
        let sampled = chunk.sampled.ok_or_else(|| {
            let what = "does not say at which benchmark each event was generated, as files of MadMiner before 0.4: it cannot be merged";
            Error::file(reader.path(), what)
        })?;
        let rows = chunk.observations.rows().into_iter().zip(chunk.weights.rows());
        for ((x, weights), sampled) in rows.zip(sampled.iter()) {
            let weights: ArrayView1<f64> = weights;
            let weights = columns.iter().map(|column| factor * weights[*column]);
            let row = x.iter().copied().chain(weights).chain([sampled.map_or(-1.0, place)]);
            let bucket = rng.random_range(0..buckets.spools.len());
            buckets.spools[bucket].append(row.map(f64::to_le_bytes))?;
        }
        progress.add(sampled.len())?;
    }
    Ok(())
}

/// Shuffles a bucket and writes it.
fn gather(
    mut bucket: ColumnFile,
    setup: &Setup,
    writer: &mut EventFileWriter,
    rng: &mut Stream,
    progress: &mut Counter<'_>,
) -> Result<()> {
    let (length, m) = (row_length(setup), setup.observables.len());
    let n = bucket.len() as usize / (8 * length);
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(rng);
    let mut rows = Array2::zeros((n, length));
    let mut file = BufReader::new(bucket.read()?);
    let mut number = [0; 8];
    // The event that comes next goes where chance says.
    for at in order {
        for value in rows.row_mut(at) {
            file.read_exact(&mut number)
                .map_err(|error| Error::io(bucket.path(), error))?;
            *value = f64::from_le_bytes(number);
        }
    }
    let (events, sampled) = rows.view().split_at(ndarray::Axis(1), length - 1);
    let (observations, weights) = events.split_at(ndarray::Axis(1), m);
    let sampled: Vec<Option<usize>> = sampled.iter().map(|b| (*b >= 0.0).then_some(*b as usize)).collect();
    progress.add(n)?;
    writer.append(observations, weights, &sampled)
}

/// Counts the events that are done.
struct Counter<'a> {
    done: usize,
    total: usize,
    progress: &'a dyn Progress,
}

impl<'a> Counter<'a> {
    fn new(total: usize, progress: &'a dyn Progress) -> Self {
        let done = 0;
        Self { done, total, progress }
    }

    fn add(&mut self, n: usize) -> Result<()> {
        self.done += n;
        self.progress.advance(self.done as u64, self.total as u64)
    }
}
