//! The events of a file: observables, weights at all benchmarks, and where each was generated.

use ndarray::Array2;

use super::Setup;
use super::tables::Tables;
use crate::error::Result;

/// The events of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
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

impl Samples {
    /// Nothing, if the file holds no events.
    pub(super) fn read(tables: &Tables, setup: &Setup) -> Result<Option<Self>> {
        const OBSERVATIONS: &str = "samples/observations";
        const WEIGHTS: &str = "samples/weights";
        let (observations, weights) = (tables.numbers(OBSERVATIONS)?, tables.numbers(WEIGHTS)?);
        if observations.is_none() && weights.is_none() {
            return Ok(None);
        }
        let observations = tables.needed(OBSERVATIONS, observations)?;
        let n = observations.shape.first().copied().unwrap_or(0);
        let (m, b) = (setup.observables.len(), setup.benchmarks.len());
        if n == 0 || m == 0 {
            let what = "has no events of any observable: the file needs both, and `observables/names`";
            return Err(tables.wrong(OBSERVATIONS, what));
        }
        let matrix = |name: &str, columns: usize| -> Result<Array2<f64>> {
            let values = tables.needed(name, tables.finite(name, &[n, columns])?)?;
            let shaped = Array2::from_shape_vec((n, columns), values);
            shaped.map_err(|error| tables.wrong(name, &error.to_string()))
        };
        let sampling_benchmarks = sampled_at(tables, setup, n)?;
        Ok(Some(Self {
            observations: matrix(OBSERVATIONS, m)?,
            weights: matrix(WEIGHTS, b)?,
            signal_events: signal_events(tables, setup, sampling_benchmarks.as_deref())?,
            background_events: sampling_benchmarks
                .iter()
                .flatten()
                .filter(|benchmark| benchmark.is_none())
                .count(),
            sampling_benchmarks,
        }))
    }

    /// Number of events n.
    pub fn n_events(&self) -> usize {
        self.weights.nrows()
    }

    /// Number of events generated at benchmark `b` that the file holds.
    pub fn n_sampled_at(&self, b: usize) -> usize {
        let all = self.sampling_benchmarks.iter().flatten();
        all.filter(|benchmark| **benchmark == Some(b)).count()
    }

    /// What the weights of an event are multiplied by when all are used together, `[n]`: each sample of signal alone adds up to the
    /// whole cross section, background counts fully.
    pub fn merging_factors(&self) -> Vec<f64> {
        let Some(sampled) = &self.sampling_benchmarks else {
            return vec![1.0; self.n_events()];
        };
        let all: f64 = self.signal_events.iter().sum();
        let factor = |benchmark: &Option<usize>| benchmark.map_or(1.0, |b| self.signal_events[b] / all);
        sampled.iter().map(factor).collect()
    }
}

fn sampled_at(tables: &Tables, setup: &Setup, n: usize) -> Result<Option<Vec<Option<usize>>>> {
    const NAME: &str = "samples/sampling_benchmarks";
    let Some(ids) = tables.numbers_of(NAME, &[n])? else {
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
                NAME,
                &format!("is {id} in row {row}: it must be the number of a parameter point, or -1 for background"),
            )),
        }
    };
    ids.into_iter()
        .enumerate()
        .map(benchmark)
        .collect::<Result<_>>()
        .map(Some)
}

/// As the file says, else by counting; a number for each benchmark, whether a parameter point or not.
fn signal_events(tables: &Tables, setup: &Setup, sampled: Option<&[Option<usize>]>) -> Result<Vec<f64>> {
    let (b, physical) = (setup.benchmarks.len(), setup.physical().count());
    let mut counts = vec![0.0; b];
    for at in sampled.into_iter().flatten().flatten() {
        counts[*at] += 1.0;
    }
    // Two names, of which the second is that of 0.9.
    for name in [
        "sample_summary/signal_events_per_benchmark",
        "sample_summary/signal_events",
    ] {
        let Some(told) = tables.numbers(name)? else { continue };
        let fits = [b, physical].contains(&told.values.len()) && told.values.iter().all(|n| *n >= 0.0 && n.is_finite());
        if !fits {
            return Err(tables.wrong(
                name,
                &format!(
                    "has the shape {:?}: a count is needed for each of {physical} parameter points",
                    told.shape
                ),
            ));
        }
        let mut whole = told.values;
        whole.resize(b, 0.0);
        if let Some(at) = (0..b).find(|at| whole[*at] == 0.0 && counts[*at] > 0.0) {
            return Err(tables.wrong(
                name,
                &format!(
                    "says that no events were generated at `{}`, and {} are there",
                    setup.benchmarks[at].name, counts[at]
                ),
            ));
        }
        return Ok(whole);
    }
    Ok(counts)
}
