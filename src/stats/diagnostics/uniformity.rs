//! Tests whether numbers are uniform on [0, 1].

use statrs::distribution::{ChiSquared, ContinuousCDF};

use motherlode_core::error::{Error, Result};

/// A test of uniformity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Uniformity {
    /// The largest distance between their distribution function and that of uniform numbers (Kolmogorov and Smirnov).
    pub distance: f64,
    /// The probability of a distance as large, if they are uniform.
    pub p_value: f64,
    /// χ² of their counts in 20 equal bins, with 19 degrees of freedom.
    pub chi_squared: f64,
    /// The probability of a χ² as large, if they are uniform.
    pub p_value_of_bins: f64,
}

/// Bins of the χ² test.
const BINS: usize = 20;

impl Uniformity {
    /// Tests `values`, which lie within [0, 1].
    ///
    /// # Errors
    /// If there are fewer than 20, or one lies outside.
    pub fn new(values: &[f64]) -> Result<Self> {
        let outside = values.iter().find(|value| !(0.0..=1.0).contains(*value));
        if values.len() < BINS || outside.is_some() {
            return Err(Error::data(format!(
                "uniformity of {} numbers{}: it takes {BINS} at least, between 0 and 1",
                values.len(),
                outside.map_or(String::new(), |value| format!(", one of them {value}"))
            )));
        }
        let n = values.len() as f64;
        let distance = distance(values);
        let chi_squared = chi_squared(values);
        let bins = ChiSquared::new((BINS - 1) as f64).map_or(f64::NAN, |distribution| distribution.sf(chi_squared));
        Ok(Self {
            distance,
            p_value: kolmogorov((n.sqrt() + 0.12 + 0.11 / n.sqrt()) * distance),
            chi_squared,
            p_value_of_bins: bins,
        })
    }
}

fn distance(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let apart = |(i, value): (usize, &f64)| (value - i as f64 / n).max((i + 1) as f64 / n - value);
    sorted.iter().enumerate().map(apart).fold(0.0, f64::max)
}

fn chi_squared(values: &[f64]) -> f64 {
    let mut counts = [0.0; BINS];
    for value in values {
        counts[((value * BINS as f64) as usize).min(BINS - 1)] += 1.0;
    }
    let expected = values.len() as f64 / BINS as f64;
    counts
        .iter()
        .map(|count: &f64| (count - expected).powi(2) / expected)
        .sum()
}

/// P(K > x) of Kolmogorov's distribution, 2 Σ (−1)^(k−1) exp(−2 k² x²); with Stephens' correction of its argument (1970, Journal of the Royal
/// Statistical Society B 32, 115) it is good to a per mille from 20 numbers on.
fn kolmogorov(x: f64) -> f64 {
    if x < 0.2 {
        return 1.0; // the series converges slowly, and the probability is 1 to twelve digits
    }
    let term = |k: i32| (if k % 2 == 1 { 2.0 } else { -2.0 }) * (-2.0 * f64::from(k * k) * x * x).exp();
    (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0)
}
