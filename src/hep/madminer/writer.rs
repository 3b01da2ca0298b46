//! Writing files that MadMiner opens, in memory that does not grow with their events.

use std::fs::File;
use std::path::{Path, PathBuf};

use ndarray::ArrayView2;

use super::column_file::ColumnFile;
use super::skeleton::{Content, Skeleton, fill};
use super::{EventFile, Setup};
use motherlode_core::error::{Error, Result};
use motherlode_core::files::in_place;

/// Rows that are handed over at a time.
const CHUNK_ROWS: usize = 1 << 14;

/// Writes a file that MadMiner 0.9.6 opens, events in portions.
///
/// Events wait in files beside the output, one for each data set, until their number is known: `finish` makes the file whole under its
/// name. For that while it takes twice its size on the disk; memory does not grow with it.
#[derive(Debug)]
pub struct EventFileWriter {
    path: PathBuf,
    setup: Setup,
    observations: ColumnFile,
    weights: ColumnFile,
    sampled: ColumnFile,
    n_events: usize,
    /// Events generated at each benchmark, `[b]`.
    signal_events: Vec<f64>,
    background_events: usize,
}

impl EventFileWriter {
    /// Begins a file, which replaces an existing one when it is finished.
    ///
    /// # Errors
    /// If the setup does not fit into such a file, has no observables, or nothing can be written there.
    pub fn create(path: &Path, setup: &Setup) -> Result<Self> {
        setup.check_writable()?;
        if setup.observables.is_empty() {
            return Err(Error::data(
                "an event file of MadMiner needs the names of the observables",
            ));
        }
        Ok(Self {
            observations: ColumnFile::create(path, "observations")?,
            weights: ColumnFile::create(path, "weights")?,
            sampled: ColumnFile::create(path, "sampling_benchmarks")?,
            path: path.to_owned(),
            n_events: 0,
            signal_events: vec![0.0; setup.benchmarks.len()],
            background_events: 0,
            setup: setup.clone(),
        })
    }

    /// Appends events: observations `[n, m]`, weights in pb at all benchmarks `[n, b]`, and the number of the benchmark at which each was
    /// generated, `None` for background.
    ///
    /// Within the events of one benchmark, weights add up to the cross sections; those of background are the same at all parameter points.
    /// MadMiner takes its training and test portions by rows: events in random order are needed.
    ///
    /// # Errors
    /// If the shapes do not fit each other and the setup, a number is not finite, an event is of a benchmark that is no parameter point,
    /// or the disk is full.
    pub fn append(
        &mut self,
        observations: ArrayView2<f64>,
        weights: ArrayView2<f64>,
        sampled: &[Option<usize>],
    ) -> Result<()> {
        let (n, m, b) = (sampled.len(), self.setup.observables.len(), self.setup.benchmarks.len());
        if observations.dim() != (n, m) || weights.dim() != (n, b) {
            return Err(Error::data(format!(
                "observations {:?} and weights {:?} of {n} events: {m} observables and {b} benchmarks are needed",
                observations.dim(),
                weights.dim()
            )));
        }
        if let Some(value) = observations.iter().chain(weights).find(|value| !value.is_finite()) {
            return Err(Error::data(format!(
                "an event has the value {value}: all must be finite, leave such events out"
            )));
        }
        let physical = |b: usize| {
            self.setup
                .benchmarks
                .get(b)
                .is_some_and(|benchmark| !benchmark.is_nuisance)
        };
        if let Some(bad) = sampled.iter().flatten().find(|b| !physical(**b)) {
            return Err(Error::data(format!(
                "events were generated at benchmark {bad}, which is no parameter point"
            )));
        }
        self.observations
            .append(observations.iter().map(|value| value.to_le_bytes()))?;
        self.weights.append(weights.iter().map(|value| value.to_le_bytes()))?;
        let ids = sampled.iter().map(|b| b.map_or(-1, |b| b as i64).to_le_bytes());
        self.sampled.append(ids)?;
        self.n_events += n;
        for at in sampled {
            match at {
                Some(b) => self.signal_events[*b] += 1.0,
                None => self.background_events += 1,
            }
        }
        Ok(())
    }

    /// Makes the file, with the numbers of events that were appended.
    ///
    /// # Errors
    /// If there are no events, or the file cannot be written.
    pub fn finish(self) -> Result<()> {
        let (signal, background) = (self.signal_events.clone(), self.background_events);
        self.finish_with(&signal, background)
    }

    /// Makes the file, with the numbers of signal events that were generated, `[b]`, and of background events: more than are left after
    /// cuts, where cuts were made.
    ///
    /// # Errors
    /// As [`finish`](Self::finish), or if fewer events were generated than there are.
    pub fn finish_with(mut self, signal_events: &[f64], background_events: usize) -> Result<()> {
        if self.n_events == 0 {
            return Err(Error::data(
                "an event file of MadMiner needs events, and none were written",
            ));
        }
        let mut pairs = self.signal_events.iter().zip(signal_events);
        if signal_events.len() != self.signal_events.len()
            || self.background_events > background_events
            || pairs.any(|(there, given)| there > given)
        {
            return Err(Error::data(format!(
                "{signal_events:?} events were generated at the benchmarks, and {background_events} of background, and {:?} and {} are to be written",
                self.signal_events, self.background_events
            )));
        }
        let mut skeleton = Skeleton::new();
        self.setup.describe(&mut skeleton)?;
        let (n, m, b) = (self.n_events, self.setup.observables.len(), self.setup.benchmarks.len());
        let physical: Vec<i64> = self.setup.physical().map(|(b, _)| signal_events[b] as i64).collect();
        skeleton.group(
            "samples",
            vec![
                ("observations", vec![n, m], Content::Room { integers: false }),
                ("weights", vec![n, b], Content::Room { integers: false }),
                ("sampling_benchmarks", vec![n], Content::Room { integers: true }),
            ],
        )?;
        skeleton.group(
            "sample_summary",
            vec![
                ("signal_events", vec![physical.len()], Content::Integers(physical)),
                (
                    "background_events",
                    vec![],
                    Content::Integers(vec![background_events as i64]),
                ),
            ],
        )?;
        in_place(&self.path, |temporary| {
            skeleton.write(temporary)?;
            for column_file in [&mut self.observations, &mut self.weights, &mut self.sampled] {
                let name = format!("samples/{}", column_file.name());
                fill(temporary, &name, column_file.len(), &mut column_file.read()?)?;
            }
            let file = File::options().write(true).open(temporary);
            file.and_then(|file| file.sync_all())
                .map_err(|error| Error::io(temporary, error))
        })
    }
}

impl EventFile {
    /// Writes all of it as a file that MadMiner 0.9.6 opens, whatever version it was read from.
    ///
    /// In the file systematics that are scales come first: MadMiner opens none in which another one has an entry beside them.
    ///
    /// # Errors
    /// As [`EventFileWriter::create`] and [`EventFileWriter::append`], or if it is not said at which benchmark events were generated.
    pub fn write(&self, path: &Path) -> Result<()> {
        let Some(samples) = &self.samples else {
            return self.setup.write(path);
        };
        let sampled = samples.sampling_benchmarks.as_ref().ok_or_else(|| {
            Error::file(
                &self.path,
                "does not say at which benchmark each event was generated, which MadMiner needs since 0.4",
            )
        })?;
        let mut writer = EventFileWriter::create(path, &self.setup)?;
        let chunks = samples.observations.axis_chunks_iter(ndarray::Axis(0), CHUNK_ROWS);
        let weights = samples.weights.axis_chunks_iter(ndarray::Axis(0), CHUNK_ROWS);
        for ((observations, weights), sampled) in chunks.zip(weights).zip(sampled.chunks(CHUNK_ROWS)) {
            writer.append(observations, weights, sampled)?;
        }
        writer.finish_with(&samples.signal_events, samples.background_events)
    }
}

impl Setup {
    /// Writes a setup file of MadMiner, without events.
    ///
    /// # Errors
    /// If the setup does not fit into such a file, or it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        self.check_writable()?;
        let mut skeleton = Skeleton::new();
        self.describe(&mut skeleton)?;
        in_place(path, |temporary| skeleton.write(temporary))
    }
}
