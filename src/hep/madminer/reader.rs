//! Reading the events of a file some rows at a time.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use ndarray::{Array2, Axis, CowArray, Ix2};

use super::generation_counts::GenerationCounts;
use super::tables::Tables;
use super::{Benchmark, EventTable, Setup};
use motherlode_core::error::{Error, Result};
use motherlode_core::format::exact;

/// Rows that are read at a time.
pub(super) const CHUNK_ROWS: usize = 1 << 16;
/// Printed weights agree to this, relatively, where they are the same.
const PRINTED: f64 = 1e-4;
pub(super) const OBSERVATIONS: &str = "samples/observations";
pub(super) const WEIGHTS: &str = "samples/weights";
const SAMPLED: &str = "samples/sampling_benchmarks";

/// A file of MadMiner whose events stay in the file until they are asked for.
#[derive(Debug)]
pub struct EventReader {
    tables: Tables,
    setup: Setup,
    summary: GenerationCounts,
}

/// Consecutive rows of a file.
#[derive(Debug)]
pub(super) struct RowChunk<'a> {
    /// The row of the first one.
    pub(super) first: usize,
    pub(super) observations: CowArray<'a, f64, Ix2>,
    pub(super) weights: CowArray<'a, f64, Ix2>,
    /// Benchmark at which each was generated; unknown in files before 0.4.
    pub(super) sampled: Option<Cow<'a, [Option<usize>]>>,
}

impl EventReader {
    /// Opens a file; of its events it looks only at where they were generated. A setup file has none.
    ///
    /// # Errors
    /// If it cannot be read, or what it says does not fit together.
    pub fn open(path: &Path) -> Result<Self> {
        let tables = Tables::open(path)?;
        let setup = Setup::read(&tables)?;
        let summary = GenerationCounts::read(&tables, &setup)?.unwrap_or_else(|| GenerationCounts::none(&setup));
        Ok(Self { tables, setup, summary })
    }

    /// Setup of the file.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Path of the file.
    pub fn path(&self) -> &Path {
        self.tables.path()
    }

    /// Number of events n.
    pub fn n_events(&self) -> usize {
        self.summary.n_events
    }

    /// Reads some of the events; the numbers generated refer to all of them.
    ///
    /// # Errors
    /// If there are fewer events, or a number is not finite.
    pub fn samples(&self, rows: Range<usize>) -> Result<EventTable> {
        if rows.end > self.n_events() {
            let n = self.n_events();
            return Err(Error::file(
                self.path(),
                format!("has {n} events, and rows {rows:?} were asked for"),
            ));
        }
        EventTable::read(&self.tables, &self.setup, &self.summary, rows)
    }

    pub(super) fn summary(&self) -> &GenerationCounts {
        &self.summary
    }

    /// An error if there are no events.
    pub(super) fn check_events(&self) -> Result<()> {
        match self.n_events() {
            0 => Err(without_events(self.path())),
            _ => Ok(()),
        }
    }

    /// Number of background events.
    pub fn n_background(&self) -> usize {
        self.summary.background_events
    }

    /// Names of the benchmarks at which its signal events were generated.
    pub fn sampled_at(&self) -> Vec<String> {
        let all = self.setup.benchmarks.iter().zip(&self.summary.signal_events);
        all.filter(|(_, n)| **n > 0.0)
            .map(|(benchmark, _)| benchmark.name.clone())
            .collect()
    }

    /// Reads all events in order, in portions; the numbers generated refer to all of them.
    ///
    /// # Errors
    /// If a number is not finite.
    pub fn portions(&self) -> impl Iterator<Item = Result<EventTable>> + '_ {
        row_ranges(self.n_events(), CHUNK_ROWS).map(|rows| self.samples(rows))
    }

    /// All events, in order.
    pub(super) fn row_chunks(&self) -> impl Iterator<Item = Result<RowChunk<'static>>> + '_ {
        let read = |rows: Range<usize>| {
            let first = rows.start;
            let samples = self.samples(rows)?;
            Ok(RowChunk {
                first,
                observations: samples.observations.into(),
                weights: samples.weights.into(),
                sampled: samples.sampling_benchmarks.map(Cow::Owned),
            })
        };
        row_ranges(self.n_events(), CHUNK_ROWS).map(read)
    }
}

pub(super) fn without_events(path: &Path) -> Error {
    Error::file(
        path,
        "is a setup file of MadMiner, without events: give a file that an LHEReader or DelphesReader of MadMiner has saved",
    )
}

/// `0..n` in pieces of `size`.
pub(super) fn row_ranges(n: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n).step_by(size).map(move |start| start..(start + size).min(n))
}

impl EventTable {
    /// Some rows.
    pub(super) fn read(tables: &Tables, setup: &Setup, summary: &GenerationCounts, rows: Range<usize>) -> Result<Self> {
        let n = summary.n_events;
        let matrix = |name: &str, columns: usize| -> Result<Array2<f64>> {
            let values = tables.needed(name, tables.finite_rows(name, &[n, columns], rows.clone())?)?;
            let shaped = Array2::from_shape_vec((rows.len(), columns), values);
            shaped.map_err(|error| tables.wrong(name, &error.to_string()))
        };
        let weights = matrix(WEIGHTS, setup.benchmarks.len())?;
        let sampling_benchmarks = sampled_at(tables, setup, n, rows.clone())?;
        let different = different_background(setup, &weights, sampling_benchmarks.as_deref().unwrap_or_default());
        if let Some((row, what)) = different {
            return Err(tables.wrong(
                WEIGHTS,
                &format!("has in row {} (counted from 0) {what}", rows.start + row),
            ));
        }
        Ok(Self {
            observations: matrix(OBSERVATIONS, setup.observables.len())?,
            weights,
            sampling_benchmarks,
            signal_events: summary.signal_events.clone(),
            background_events: summary.background_events,
        })
    }

    pub(super) fn summary(&self) -> GenerationCounts {
        GenerationCounts {
            n_events: self.n_events(),
            signal_events: self.signal_events.clone(),
            background_events: self.background_events,
        }
    }

    /// All events, in order.
    pub(super) fn row_chunks(&self) -> impl Iterator<Item = Result<RowChunk<'_>>> + '_ {
        fn part(of: &Array2<f64>, rows: Range<usize>) -> CowArray<'_, f64, Ix2> {
            let mut all = of.view();
            all.slice_axis_inplace(Axis(0), rows.into());
            all.into()
        }
        row_ranges(self.n_events(), CHUNK_ROWS).map(|rows: Range<usize>| {
            Ok(RowChunk {
                first: rows.start,
                observations: part(&self.observations, rows.clone()),
                weights: part(&self.weights, rows.clone()),
                sampled: self.sampling_benchmarks.as_ref().map(|all| Cow::Borrowed(&all[rows])),
            })
        })
    }
}

/// Finds a row of background whose weight depends on the parameters, which it would have to be signal for.
fn different_background(setup: &Setup, weights: &Array2<f64>, sampled: &[Option<usize>]) -> Option<(usize, String)> {
    let points: Vec<(usize, &Benchmark)> = setup.physical().collect();
    let (first, one) = points.first()?;
    let mut background = (0..sampled.len()).filter(|row| sampled[*row].is_none());
    background.find_map(|row| {
        let weight = |b: usize| weights[[row, b]];
        let is_same = |b: usize| (weight(b) - weight(*first)).abs() <= PRINTED * weight(*first).abs();
        let (b, other) = points.iter().find(|(b, _)| !is_same(*b))?;
        let what = format!(
            "an event of background, whose weight is the same at all parameters, with the weights {} at `{}` and {} at `{}`: give it one weight, \
             or name the benchmark at which it was generated in `{SAMPLED}`",
            exact(weight(*first)),
            one.name,
            exact(weight(*b)),
            other.name
        );
        Some((row, what))
    })
}

pub(super) fn sampled_at(
    tables: &Tables,
    setup: &Setup,
    n: usize,
    rows: Range<usize>,
) -> Result<Option<Vec<Option<usize>>>> {
    let first = rows.start;
    let Some(ids) = tables.rows_of(SAMPLED, &[n], rows)? else {
        return Ok(None);
    };
    let benchmark = |(row, id): (usize, f64)| -> Result<Option<usize>> {
        let known = setup
            .benchmarks
            .get(id as usize)
            .filter(|benchmark| !benchmark.is_nuisance);
        match (id, known) {
            (-1.0, _) => Ok(None),
            (id, Some(_)) if id >= 0.0 && id.fract() == 0.0 => Ok(Some(id as usize)),
            _ => Err(tables.wrong(
                SAMPLED,
                &format!(
                    "is {id} in row {} (counted from 0): it must be the number of a parameter point, or -1 for background",
                    first + row
                ),
            )),
        }
    };
    ids.into_iter()
        .enumerate()
        .map(benchmark)
        .collect::<Result<_>>()
        .map(Some)
}
