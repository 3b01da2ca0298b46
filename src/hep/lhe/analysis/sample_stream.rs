//! One sample of an analysis, read event by event.

use ndarray::{ArrayView1, ArrayView2};

use super::config::MissingWeights;
use super::conversion::{Analysis, ConvertedSample};
use super::sample_file::SampleFile;
use super::selection::SelectionBuffers;
use super::weights::WeightColumns;
use crate::lhe::{Event, EventReader};
use crate::madminer::{EventFileWriter, MorphingChecker};
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::{Stream, stream};

/// The events of a sample, read one by one.
pub(super) struct SampleStream<'a> {
    sample: &'a SampleFile,
    /// None before the first event and after the last.
    reader: Option<EventReader<'static>>,
    event: Event,
    columns: Option<WeightColumns>,
    number: u64,
    seed: u64,
    /// Number of events that are still to be read.
    pub(super) left: u64,
    /// Weights at parameter points, which come first.
    n_physical: usize,
    space: SelectionBuffers,
    row: Vec<f64>,
    x: Vec<f64>,
    lacking: Lacking,
    pub(super) converted: ConvertedSample,
}

/// Events that lack a weight that is needed.
#[derive(Debug, Default)]
struct Lacking {
    /// Number of the first, and the weight that it lacks.
    first: Option<(u64, String)>,
    /// Sum of the first weights of these, in pb.
    sum: f64,
}

impl<'a> SampleStream<'a> {
    pub(super) fn new(analysis: &'a Analysis, sample: &'a SampleFile, number: u64, seed: u64) -> Self {
        let checker = || MorphingChecker::new(&analysis.setup, sample.summary.n_events as usize);
        Self {
            reader: None,
            event: Event::default(),
            columns: None,
            number,
            seed,
            left: sample.summary.n_events,
            n_physical: analysis.setup.physical().count(),
            space: SelectionBuffers::default(),
            row: Vec::new(),
            x: Vec::new(),
            converted: ConvertedSample {
                path: sample.path.clone(),
                benchmark: sample
                    .config
                    .benchmark
                    .as_deref()
                    .and_then(|name| analysis.setup.benchmark(name)),
                flow: analysis.selection.cut_flow(),
                sums: vec![(0.0, 0.0); analysis.setup.benchmarks.len()],
                checker: sample.config.benchmark.as_ref().and_then(|_| checker()),
                n_negative: 0,
                notes: sample.notes.clone(),
            },
            sample,
            lacking: Lacking::default(),
        }
    }

    /// Number of the entry of the analysis that names the file.
    pub(super) fn entry(&self) -> usize {
        self.sample.entry
    }

    /// Reads an event and adds it to the batch, if it is kept.
    pub(super) fn next(&mut self, analysis: &Analysis, batch: &mut Batch) -> Result<bool> {
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => EventReader::open(&self.sample.path)?,
        };
        if !reader.read(&mut self.event)? {
            return Err(Error::file(
                &self.sample.path,
                "has fewer events than a moment ago: leave it alone while it is read",
            ));
        }
        self.left -= 1;
        let columns = match self.columns.take() {
            Some(columns) => columns,
            None => WeightColumns::new(
                &self.sample.path,
                &reader,
                &self.event,
                &self.sample.config,
                &analysis.setup,
                &self.sample.variations,
                self.sample.factor,
            )?,
        };
        let kept = self.select(analysis, &columns, &reader, batch);
        self.columns = Some(columns);
        match self.left {
            0 => self.finish(&reader)?,
            _ => self.reader = Some(reader),
        }
        Ok(kept)
    }

    /// Applies the cuts to the event, and adds it to the batch if it is kept.
    fn select(
        &mut self,
        analysis: &Analysis,
        columns: &WeightColumns,
        reader: &EventReader,
        batch: &mut Batch,
    ) -> bool {
        let mut rng: Stream = stream(self.seed, reader.n_read(), self.number);
        let flow = &mut self.converted.flow;
        let kept = analysis
            .selection
            .apply(&self.event, &mut rng, &mut self.space, flow, &mut self.x);
        let Some(efficiency) = kept else { return false };
        match columns.fill(&self.event, efficiency, &mut self.row) {
            Ok(()) => {
                self.keep(batch);
                true
            }
            Err(at) => {
                flow.n_kept -= 1;
                flow.n_incomplete += 1;
                let name = reader.weight_names().get(at).cloned().unwrap_or_default();
                self.lacking.sum += self.sample.factor * self.event.weight;
                self.lacking.first.get_or_insert((reader.n_read(), name));
                false
            }
        }
    }

    /// Looks back at all events of the file.
    ///
    /// # Errors
    /// If some lacked a weight, and the analysis does not say that these are left out.
    fn finish(&mut self, reader: &EventReader) -> Result<()> {
        self.converted.notes.extend(reader.weight_notes());
        let n = self.converted.flow.n_incomplete;
        let Lacking {
            first: Some((event, name)),
            sum,
        } = &self.lacking
        else {
            return Ok(());
        };
        let lacking = format!(
            "{n} of {} events, the first of them event {event}, lack a weight that is needed (`{name}`)",
            reader.n_read()
        );
        match self.sample.config.missing_weights {
            Some(MissingWeights::LeaveOut) => {
                self.converted.notes.push(format!(
                    "{lacking} and were left out, with {sum:.3e} pb: the cross section is smaller by these, and distributions are wrong where \
                     events lack weights more often"
                ));
                Ok(())
            }
            None => Err(Error::file(
                &self.sample.path,
                format!(
                    "is incomplete: {lacking}; reweight all events, or leave these out with missing_weights = \"leave-out\" in the sample, which \
                     makes the cross section smaller by {sum:.3e} pb and distributions wrong where events lack weights more often"
                ),
            )),
        }
    }

    fn keep(&mut self, batch: &mut Batch) {
        for ((sum, squares), weight) in self.converted.sums.iter_mut().zip(&self.row) {
            *sum += weight;
            *squares += weight * weight;
        }
        if let Some(checker) = &mut self.converted.checker {
            checker.add(ArrayView1::from(&self.row), 1.0);
        }
        self.converted.n_negative += u64::from(self.row[..self.n_physical].iter().any(|weight| *weight < 0.0));
        batch.x.extend_from_slice(&self.x);
        batch.weights.extend_from_slice(&self.row);
        batch.sampled.push(self.converted.benchmark);
    }
}

/// Rows that are not written yet.
#[derive(Debug, Default)]
pub(super) struct Batch {
    x: Vec<f64>,
    weights: Vec<f64>,
    pub(super) sampled: Vec<Option<usize>>,
}

impl Batch {
    pub(super) fn write(&mut self, writer: &mut EventFileWriter) -> Result<()> {
        let n = self.sampled.len();
        if n > 0 {
            let shaped = |values: &'_ [f64]| (n, values.len() / n);
            let table = |error: ndarray::ShapeError| Error::data(error.to_string());
            let x = ArrayView2::from_shape(shaped(&self.x), &self.x).map_err(table)?;
            let weights = ArrayView2::from_shape(shaped(&self.weights), &self.weights).map_err(table)?;
            writer.append(x, weights, &self.sampled)?;
        }
        *self = Self::default();
        Ok(())
    }
}
