//! Which events of a file are used together, and what their weights are multiplied by.

use super::{Samples, Setup};
use crate::error::{Error, Result};

/// Which events of a file are used together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selection {
    /// Rows by purpose.
    pub portion: Portion,
    /// Only events generated at the parameter point nearest to this one, and background: MadMiner's default, which leaves out
    /// most of the file. Otherwise all samples are merged, each with its share of the signal.
    pub nearest_to: Option<Vec<f64>>,
}

/// A part of the rows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Portion {
    /// All rows.
    #[default]
    All,
    /// The first 60 %.
    Train,
    /// The next 20 %.
    Validation,
    /// The last 20 %.
    Test,
}

impl Portion {
    /// Rows, and what they are multiplied by to stand for all. One row at each boundary belongs to no portion, as in MadMiner.
    fn rows(self, n: usize) -> (std::ops::Range<usize>, f64) {
        let round = |share: f64| (share * n as f64).round_ties_even() as usize;
        let (a, b) = (round(0.6), round(0.8));
        match self {
            Portion::All => (0..n, 1.0),
            Portion::Train => (0..a, 1.0 / 0.6),
            Portion::Validation => (a + 1..b.max(a + 1), 1.0 / 0.2),
            Portion::Test => (b + 1..n.max(b + 1), 1.0 / 0.2),
        }
    }
}

impl Selection {
    /// The rows with their factors.
    pub(super) fn rows(&self, setup: &Setup, samples: &Samples) -> Result<Vec<(usize, f64)>> {
        let (rows, share) = self.portion.rows(samples.n_events());
        let nearest = self.nearest_to.as_deref().map(|theta| nearest(setup, samples, theta));
        let nearest = nearest.transpose()?.flatten();
        let factors = samples.merging_factors();
        let kept = rows.filter_map(|row| match (&samples.sampling_benchmarks, nearest) {
            (Some(sampled), Some(at)) => (sampled[row].is_none() || sampled[row] == Some(at)).then_some((row, share)),
            _ => Some((row, share * factors[row])),
        });
        Ok(kept.collect())
    }
}

/// The nearest of the parameter points at which events were generated; none, if the file does not say where they were.
fn nearest(setup: &Setup, samples: &Samples, theta: &[f64]) -> Result<Option<usize>> {
    if theta.len() != setup.parameters.len() {
        return Err(Error::theta(format!(
            "the nearest parameter point to {theta:?} was asked for, and there are {} parameters",
            setup.parameters.len()
        )));
    }
    let distance = |at: &[f64]| -> f64 { at.iter().zip(theta).map(|(a, b)| (a - b).powi(2)).sum() };
    Ok(setup
        .physical()
        .filter(|(b, _)| samples.signal_events[*b] > 0.0)
        .min_by(|(_, a), (_, b)| distance(&a.theta).total_cmp(&distance(&b.theta)))
        .map(|(b, _)| b))
}
