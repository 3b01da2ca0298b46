//! Contents of a Les Houches file: its run, and the sums of all weights over its events.

use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::Path;

use super::{Event, EventReader, Normalisation, Run, WeightSummary};
use motherlode_core::Progress;
use motherlode_core::error::{Error, Result};

/// Events between two reports of the progress.
const STEP: u64 = 4096;
/// Size of the read buffer in bytes.
const BUFFER: usize = 1 << 17;

/// Contents of a Les Houches file, from a pass over all its events.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FileSummary {
    /// Run information: beams, processes and declared weights.
    pub run: Run,
    /// Sums of the first weight of each event, and of each named weight.
    pub weights: Vec<(String, WeightSummary)>,
    /// Number of final particles in all events.
    pub n_particles: usize,
    /// Normalisation of the weights.
    pub normalisation: Normalisation,
    /// Factor that normalises the weights to the cross section in pb; 1 for a file without events.
    pub factor: f64,
    /// Notes on what looks wrong.
    pub notes: Vec<String>,
}

impl FileSummary {
    /// Reads all events of a file; `progress` receives the number of bytes, because the number of events is unknown before the end.
    ///
    /// # Errors
    /// If the file cannot be read, an event is malformed, no weights in pb can be made of them, or `progress` stops it.
    pub fn read(path: &Path, progress: &dyn Progress) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::io(path, error))?;
        let n_bytes = file.metadata().map_or(0, |about| about.len());
        let mut reader = EventReader::over(path, BufReader::with_capacity(BUFFER, &file))?;
        let (mut first, mut others, mut n_particles) = (WeightSummary::default(), Vec::new(), 0);
        let mut event = Event::default();
        while reader.read(&mut event)? {
            first.add(event.weight, event.trials);
            n_particles += event.particles.iter().filter(|particle| particle.is_final()).count();
            others.resize(event.weights.len(), WeightSummary::default());
            for (summary, weight) in others.iter_mut().zip(&event.weights) {
                if !weight.is_nan() {
                    summary.add(*weight, event.trials);
                }
            }
            if reader.n_read().is_multiple_of(STEP) {
                progress.advance((&file).stream_position().unwrap_or(0), n_bytes)?;
            }
        }
        first.is_closed = reader.is_closed();
        let run = reader.run();
        let normalisation = Normalisation::of(run);
        let factor = match first.n_events {
            0 => 1.0,
            _ => normalisation.factor(path, run, &first)?,
        };
        let mut notes = first.notes(run, normalisation, factor);
        notes.extend(reader.weight_notes());
        let mut weights = vec![("(the first of each event)".to_owned(), first)];
        weights.extend(reader.weight_names().iter().cloned().zip(others));
        Ok(Self {
            run: run.clone(),
            weights,
            n_particles,
            normalisation,
            factor,
            notes,
        })
    }

    /// Number of events.
    pub fn n_events(&self) -> u64 {
        self.weights[0].1.n_events
    }
}
