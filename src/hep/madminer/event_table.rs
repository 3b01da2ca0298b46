//! The events of a file: observables, weights at all benchmarks, and where each was generated.

use ndarray::Array2;

/// The events of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct EventTable {
    /// Observables, `[n, m]`.
    pub observations: Array2<f64>,
    /// The weight of each event at each benchmark, in pb, `[n, b]`.
    pub weights: Array2<f64>,
    /// The benchmark each event was generated at, `None` for background, `[n]`; files before 0.4 do not say.
    pub sampling_benchmarks: Option<Vec<Option<usize>>>,
    /// Number of signal events generated at each benchmark, `[b]`; counted where the file does not say.
    pub signal_events: Vec<f64>,
    /// Number of background events.
    pub background_events: usize,
}

impl EventTable {
    /// Number of events n.
    pub fn n_events(&self) -> usize {
        self.weights.nrows()
    }

    /// Number of events generated at benchmark `b` that the file holds.
    pub fn n_sampled_at(&self, b: usize) -> usize {
        let all = self.sampling_benchmarks.iter().flatten();
        all.filter(|benchmark| **benchmark == Some(b)).count()
    }

    /// Factors on the weights when all samples are used together, `[n]`: each sample of signal alone adds up to the whole cross section,
    /// background counts fully.
    pub fn merging_factors(&self) -> Vec<f64> {
        let Some(sampled) = &self.sampling_benchmarks else {
            return vec![1.0; self.n_events()];
        };
        let all: f64 = self.signal_events.iter().sum();
        let factor = |benchmark: &Option<usize>| benchmark.map_or(1.0, |b| self.signal_events[b] / all);
        sampled.iter().map(factor).collect()
    }
}
