//! One sample of an analysis, read event by event.

use ndarray::ArrayView2;

use super::conversion::{Analysis, ConvertedSample};
use super::sample_file::SampleFile;
use super::selection::SelectionBuffers;
use super::weights::WeightColumns;
use crate::lhe::{Event, EventReader};
use crate::madminer::EventFileWriter;
use motherlode_core::error::{Error, Result};
use motherlode_core::trace::{Stream, stream};

/// The events of a sample, read one by one.
pub(super) struct SampleStream<'a> {
    sample: &'a SampleFile,
    reader: EventReader<'static>,
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
    pub(super) converted: ConvertedSample,
}

impl<'a> SampleStream<'a> {
    pub(super) fn open(analysis: &'a Analysis, sample: &'a SampleFile, number: u64, seed: u64) -> Result<Self> {
        Ok(Self {
            reader: EventReader::open(&sample.path)?,
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
                n_negative: 0,
                notes: sample.notes.clone(),
            },
            sample,
        })
    }

    /// Reads an event and adds it to the batch, if it is kept.
    pub(super) fn next(&mut self, analysis: &Analysis, batch: &mut Batch) -> Result<bool> {
        if !self.reader.read(&mut self.event)? {
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
                &self.reader,
                &self.event,
                &self.sample.config,
                &analysis.setup,
                &self.sample.variations,
                self.sample.factor,
            )?,
        };
        let mut rng: Stream = stream(self.seed, self.reader.n_read(), self.number);
        let flow = &mut self.converted.flow;
        let kept = analysis
            .selection
            .apply(&self.event, &mut rng, &mut self.space, flow, &mut self.x);
        if let Some(efficiency) = kept {
            let filled = columns.fill(&self.event, efficiency, &mut self.row);
            filled.map_err(|at| {
                let name = self.reader.weight_names().get(at).map_or("", String::as_str);
                Error::file(
                    &self.sample.path,
                    format!("has no weight `{name}` in event {}", self.reader.n_read()),
                )
            })?;
            self.keep(batch);
        }
        self.columns = Some(columns);
        Ok(kept.is_some())
    }

    fn keep(&mut self, batch: &mut Batch) {
        for ((sum, squares), weight) in self.converted.sums.iter_mut().zip(&self.row) {
            *sum += weight;
            *squares += weight * weight;
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
