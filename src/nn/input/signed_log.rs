//! The signed logarithm.

use serde::{Deserialize, Serialize};

/// The centre is 0 unless 0 is farther from the median than so many interquartile ranges.
const FAR: f64 = 10.0;

/// ±ln(1 + |x − c|/s), with the sign of x − c: linear for |x − c| ≪ s, logarithmic beyond; its derivative is continuous.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct SignedLog {
    pub centre: f64,
    pub scale: f64,
}

impl SignedLog {
    /// Fitted to values that are not all the same.
    pub fn fit(values: &[f64]) -> Self {
        let quartiles = quantiles(values.to_vec());
        let (median, iqr) = (quartiles(0.5), quartiles(0.75) - quartiles(0.25));
        // Around zero the sign means something; an offset far away would leave nothing but the linear part.
        let centre = if median.abs() > FAR * iqr { median } else { 0.0 };
        let sizes = values.iter().map(|value| (value - centre).abs());
        let sizes: Vec<f64> = sizes.filter(|size| *size > 0.0).collect();
        let scale = if sizes.is_empty() { 1.0 } else { quantiles(sizes)(0.25) };
        Self { centre, scale }
    }

    /// The value of a transform.
    pub fn inverse(&self, log: f64) -> f64 {
        self.centre + self.scale * log.abs().exp_m1().copysign(log)
    }

    /// The transform of a value.
    pub fn value(&self, x: f64) -> f64 {
        let from_centre = x - self.centre;
        // Neither the difference nor the quotient may become infinite.
        let size = (from_centre.abs().min(f64::MAX) / self.scale).min(f64::MAX);
        size.ln_1p().copysign(from_centre)
    }
}

/// The quantiles of values, of which there is at least one.
fn quantiles(mut values: Vec<f64>) -> impl Fn(f64) -> f64 {
    values.sort_by(f64::total_cmp);
    move |share| values[(share * (values.len() - 1) as f64).round() as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_odd_around_zero_and_logarithmic_far_away() {
        let values: Vec<f64> = (-4..=4).map(f64::from).collect();
        let log = SignedLog::fit(&values);
        assert_eq!(
            log,
            SignedLog {
                centre: 0.0,
                scale: 2.0
            }
        );
        assert_eq!(log.value(0.0), 0.0);
        assert_eq!(log.value(6.0), 4.0_f64.ln());
        assert_eq!(log.value(-6.0), -log.value(6.0));
        assert!((log.inverse(log.value(-6.0)) + 6.0).abs() < 1e-12);
        assert!(log.value(f64::MAX).is_finite() && log.value(f64::MIN).is_finite());
    }

    #[test]
    fn the_centre_follows_an_offset() {
        let values: Vec<f64> = (-4..=4).map(|value| 1e9 + f64::from(value)).collect();
        let log = SignedLog::fit(&values);
        assert_eq!(
            log,
            SignedLog {
                centre: 1e9,
                scale: 2.0
            }
        );
    }

    #[test]
    fn it_rises_everywhere() {
        let log = SignedLog {
            centre: 0.3,
            scale: 1e-3,
        };
        let grid: Vec<f64> = (-300..=300).map(|k| f64::from(k).sinh() * 1e-120).collect();
        assert!(grid.windows(2).all(|pair| log.value(pair[0]) <= log.value(pair[1])));
    }
}
