//! Coverage of credible regions over the prior.

use statrs::distribution::{Beta, ContinuousCDF};

use motherlode_core::error::{Error, Result};

/// Expected coverage: over pairs (θ*, x) from prior and simulator, how often the region of the densest hypotheses of posterior mass l
/// contains θ*.
///
/// A posterior that equals the prior is calibrated, too: coverage says nothing of how much was learned.
///
/// # Source
/// Hermans et al. 2022, arXiv:2110.06581.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    sorted: Vec<f64>,
}

impl Coverage {
    /// Takes the credible level at whose edge each truth lies, [`Posterior::credible_level`](crate::inference::Posterior::credible_level).
    ///
    /// # Errors
    /// If there are none, or one is not within [0, 1].
    pub fn new(mut levels: Vec<f64>) -> Result<Self> {
        if levels.is_empty() || !levels.iter().all(|level| (0.0..=1.0).contains(level)) {
            return Err(Error::data(format!(
                "coverage of {} credible levels: there must be some, all between 0 and 1",
                levels.len()
            )));
        }
        levels.sort_by(f64::total_cmp);
        Ok(Self { sorted: levels })
    }

    /// Number of pairs.
    pub fn pairs(&self) -> usize {
        self.sorted.len()
    }

    /// The share of truths within regions of posterior mass `level`.
    pub fn at(&self, level: f64) -> f64 {
        self.sorted.partition_point(|&edge| edge <= level) as f64 / self.sorted.len() as f64
    }

    /// The interval that holds the coverage at `level` with this `confidence` (Clopper and Pearson 1934).
    pub fn interval(&self, level: f64, confidence: f64) -> (f64, f64) {
        let n = self.sorted.len() as f64;
        let k = (self.at(level) * n).round();
        let tail = 0.5 * (1.0 - confidence);
        let quantile = |a: f64, b: f64, p: f64| Beta::new(a, b).map_or(f64::NAN, |beta| beta.inverse_cdf(p));
        let low = if k > 0.0 { quantile(k, n - k + 1.0, tail) } else { 0.0 };
        let high = if k < n {
            quantile(k + 1.0, n - k, 1.0 - tail)
        } else {
            1.0
        };
        (low, high)
    }

    /// ∫ (coverage − level) d level: below zero if the posterior is too narrow or off its place, above if it is too wide.
    pub fn signed_area(&self) -> f64 {
        0.5 - self.sorted.iter().sum::<f64>() / self.sorted.len() as f64
    }
}
