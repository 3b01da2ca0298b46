//! A number with its standard error.

use serde::{Deserialize, Deserializer, Serialize};

/// An estimate with its standard error; NaN where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// The estimate.
    #[serde(deserialize_with = "number_or_null")]
    pub value: f64,
    /// Its standard error, in the same unit.
    #[serde(deserialize_with = "number_or_null")]
    pub standard_error: f64,
}

impl Mean {
    /// Adds an error from rounding in quadrature.
    pub(crate) fn rounded(self, rounding: f64) -> Self {
        let standard_error = self.standard_error.hypot(rounding);
        Self { standard_error, ..self }
    }

    /// The mean of independent values.
    pub fn from_values(values: impl Iterator<Item = f64> + Clone) -> Self {
        let n = values.clone().count() as f64;
        let value = values.clone().sum::<f64>() / n;
        let variance = values.map(|v| (v - value).powi(2)).sum::<f64>() / (n - 1.0);
        Self {
            value,
            standard_error: (variance / n).sqrt(),
        }
    }

    /// The mean Σwv/Σw of independent values `v` with weights `w`, which may be negative.
    pub fn weighted(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        match pairs.clone().all(|(_, w)| w == 1.0) {
            true => Self::from_values(pairs.map(|(v, _)| v)),
            false => Self::ratio_of_sums(pairs.map(|(v, w)| (w * v, w))),
        }
    }

    /// ⟨a⟩/⟨b⟩ over independent pairs (a, b), its error to first order in the fluctuations of both.
    pub fn ratio_of_sums(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let below = Self::from_values(pairs.clone().map(|(_, b)| b)).value;
        let value = Self::from_values(pairs.clone().map(|(a, _)| a)).value / below;
        let rest = Self::from_values(pairs.map(|(a, b)| a - value * b));
        Self {
            value,
            standard_error: rest.standard_error / below.abs(),
        }
    }

    /// ⟨a⟩/⟨b⟩ as [`ratio_of_sums`](Self::ratio_of_sums), where pairs of one row fluctuate together: `rows` numbers them, `[n]`.
    pub fn ratio_of_rows(pairs: impl Iterator<Item = (f64, f64)>, rows: &[usize]) -> Self {
        let mut sums = std::collections::BTreeMap::<usize, (f64, f64)>::new();
        for ((a, b), row) in pairs.zip(rows) {
            let sum = sums.entry(*row).or_default();
            *sum = (sum.0 + a, sum.1 + b);
        }
        Self::ratio_of_sums(sums.into_values().collect::<Vec<_>>().into_iter())
    }

    /// The distance from a known answer, in standard errors.
    pub fn z_score(self, expected: f64) -> f64 {
        (self.value - expected) / self.standard_error
    }
}

/// (Σw)²/Σw², the number of equally weighted events that carry as much information as events with these weights (Kong 1992).
pub fn effective_sample_size(weights: impl IntoIterator<Item = f64>) -> f64 {
    let sums = weights.into_iter();
    let (sum, squares) = sums.fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
    sum * sum / squares
}

/// ln of the mean of exponentials, without overflow; −∞ if all are zero, NaN if one is not a number.
pub fn log_mean_exp(logs: &[f64]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        // Either all paths are impossible, or `max` has passed over a NaN.
        return logs.iter().sum();
    }
    let sum: f64 = logs.iter().map(|log| (log - largest).exp()).sum();
    largest + (sum / logs.len() as f64).ln()
}

/// Reads a number, or NaN from null: JSON has no NaN, which is written as null.
///
/// # Errors
/// If it is neither a number nor null.
pub fn number_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::{Mean, log_mean_exp};

    /// Each of 100 values four times: the error of the mean is that of 100 values.
    #[test]
    fn repetitions_of_a_row_do_not_lower_the_error() {
        let values: Vec<f64> = (0..100).map(|k| (k as f64).sin()).collect();
        let all = || (0..400).map(|i| (values[i % 100], 1.0));
        let rows: Vec<usize> = (0..400).map(|i| i % 100).collect();
        let once = Mean::from_values(values.iter().copied());
        let found = Mean::ratio_of_rows(all(), &rows);
        assert!((found.value - once.value).abs() < 1e-12);
        assert!((found.standard_error / once.standard_error - 1.0).abs() < 1e-12);
        assert!(Mean::weighted(all()).standard_error < 0.6 * once.standard_error);
    }

    /// scipy 1.x: `scipy.special.logsumexp(logs) - log(len(logs))`.
    #[test]
    fn log_mean_exp_agrees_with_scipy() {
        let mean = log_mean_exp(&[-1000.0, -1001.0, -999.5]);
        assert!((mean - -999.994_481_683_331_4).abs() < 1e-9, "{mean}");
        assert_eq!(log_mean_exp(&[f64::NEG_INFINITY; 3]), f64::NEG_INFINITY);
        assert!(log_mean_exp(&[f64::NAN, f64::NEG_INFINITY]).is_nan());
        assert!(log_mean_exp(&[f64::NAN, 1.0]).is_nan());
    }
}
