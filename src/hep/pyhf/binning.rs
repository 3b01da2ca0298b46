//! Bins of one number.

use motherlode_core::error::{Error, Result};
use motherlode_core::format::exact;

/// Bins by their edges, ascending; the outer ones may be infinite. An event on an edge belongs to the bin above.
#[derive(Debug, Clone, PartialEq)]
pub struct Binning {
    edges: Vec<f64>,
}

impl Binning {
    /// Bins between these edges.
    ///
    /// # Errors
    /// If there are fewer than two, or one is not above that before.
    pub fn new(edges: Vec<f64>) -> Result<Self> {
        let ascends = edges.windows(2).all(|pair| pair[0] < pair[1]);
        match ascends && edges.len() > 1 {
            true => Ok(Self { edges }),
            false => Err(Error::usage(format!(
                "the edges of bins {edges:?}: give two or more, each above that before"
            ))),
        }
    }

    /// Bins that are equally probable for events with these weights, `[n]`, open at the ends. Equal values share a bin, so that there may
    /// be fewer bins than asked for. Events of negative weight are not looked at.
    ///
    /// # Errors
    /// If no bin is asked for, or no weight is above 0.
    pub fn of_equal_probability(values: &[f64], weights: &[f64], bins: usize) -> Result<Self> {
        let mut events: Vec<(f64, f64)> = values.iter().copied().zip(weights.iter().copied()).collect();
        events.retain(|(_, weight)| *weight > 0.0);
        events.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let total: f64 = events.iter().map(|(_, weight)| weight).sum();
        let message = format!(
            "{bins} bins of equal probability of events whose weights add up to {total}: both must be above 0",
            total = exact(total)
        );
        if bins == 0 {
            return Err(Error::usage(message));
        }
        if !(total > 0.0 && total.is_finite()) {
            return Err(Error::data(message));
        }
        let mut edges = vec![f64::NEG_INFINITY];
        let mut below = 0.0;
        for pair in events.windows(2) {
            below += pair[0].1;
            let edge = 0.5 * (pair[0].0 + pair[1].0);
            if below >= total * edges.len() as f64 / bins as f64 && pair[0].0 < edge && edges.len() < bins {
                edges.push(edge);
            }
        }
        edges.push(f64::INFINITY);
        Ok(Self { edges })
    }

    /// The edges, one more than bins.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// Number of bins, at least one.
    pub fn n_bins(&self) -> usize {
        self.edges.len() - 1
    }

    /// The bin of a value; none beyond the outer edges.
    pub fn find(&self, value: f64) -> Option<usize> {
        let above = self.edges.partition_point(|edge| *edge <= value);
        (above > 0 && above < self.edges.len()).then(|| above - 1)
    }

    /// Σw of the events in each bin, `[bins]`.
    pub fn sums(&self, values: &[f64], weights: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut sums = vec![0.0; self.n_bins()];
        for (value, weight) in values.iter().zip(weights) {
            if let Some(bin) = self.find(*value) {
                sums[bin] += weight;
            }
        }
        sums
    }

    /// Merges `bin` with the next one.
    pub(super) fn joined(&self, bin: usize) -> Self {
        let mut edges = self.edges.clone();
        edges.remove(bin + 1);
        Self { edges }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_equally_probable() {
        let values: Vec<f64> = (0..1_000).map(|i| f64::from((i * 7) % 1_000)).collect();
        let weights: Vec<f64> = values.iter().map(|value| 1.0 + value / 1_000.0).collect();
        let binning = Binning::of_equal_probability(&values, &weights, 5).unwrap();
        let sums = binning.sums(&values, weights.iter().copied());
        assert_eq!(sums.len(), 5);
        assert!(sums.iter().all(|sum| (sum / 299.9 - 1.0).abs() < 0.01), "{sums:?}");
    }

    #[test]
    fn equal_values_share_a_bin() {
        let binning = Binning::of_equal_probability(&[1.0, 1.0, 1.0, 2.0, 3.0], &[1.0; 5], 4).unwrap();
        assert_eq!(binning.edges(), [f64::NEG_INFINITY, 1.5, 2.5, f64::INFINITY]);
        assert_eq!(
            Binning::of_equal_probability(&[1.0; 9], &[1.0; 9], 4).unwrap().n_bins(),
            1
        );
    }

    #[test]
    fn values_beyond_the_edges_have_no_bin() {
        let binning = Binning::new(vec![0.0, 1.0, 3.0]).unwrap();
        assert_eq!(
            [-0.1, 0.0, 1.0, 2.9, 3.0].map(|value| binning.find(value)),
            [None, Some(0), Some(1), Some(1), None]
        );
        assert_eq!(binning.joined(0).edges(), [0.0, 3.0]);
        for edges in [vec![], vec![1.0], vec![1.0, 1.0], vec![0.0, f64::NAN, 1.0]] {
            assert!(Binning::new(edges).is_err());
        }
        assert!(Binning::of_equal_probability(&[1.0], &[0.0], 3).is_err());
    }
}
