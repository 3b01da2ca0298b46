//! From the empirical distribution function to normal scores.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

/// At most so many knots, evenly spaced in the normal score: as fine in the tails as in the middle.
const KNOTS: usize = 512;

/// Φ⁻¹(F(x)), linear between knots, and beyond the outer ones with the slope at them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Quantile {
    /// Values of the observable, ascending.
    pub values: Vec<f64>,
    /// Their normal scores, ascending.
    pub scores: Vec<f64>,
}

impl Quantile {
    /// Fitted to values that are not all the same. F of a value that repeats is the middle of its step.
    pub fn fit(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        let normal = Normal::standard();
        let outermost = normal.inverse_cdf(1.0 - 0.5 / n as f64);
        let mut knots: Vec<f64> = (0..KNOTS)
            .map(|k| outermost * (2.0 * k as f64 / (KNOTS - 1) as f64 - 1.0))
            .map(|score| sorted[((normal.cdf(score) * n as f64) as usize).min(n - 1)])
            .collect();
        (knots[0], knots[KNOTS - 1]) = (sorted[0], sorted[n - 1]);
        knots.dedup();
        let score = |knot: &f64| {
            let below = sorted.partition_point(|value| value < knot);
            let not_above = sorted.partition_point(|value| value <= knot);
            normal.inverse_cdf((below + not_above) as f64 / (2 * n) as f64)
        };
        let scores = knots.iter().map(score).collect();
        Self { values: knots, scores }
    }

    /// The normal score of a value.
    pub fn value(&self, x: f64) -> f64 {
        let last = self.values.len() - 1;
        let right = self.values.partition_point(|knot| *knot <= x).clamp(1, last);
        let [a, b] = [self.values[right - 1], self.values[right]];
        let [low, high] = [self.scores[right - 1], self.scores[right]];
        // Halves, for b − a may be larger than the largest number.
        low + (high - low) * ((0.5 * x - 0.5 * a) / (0.5 * b - 0.5 * a))
    }

    /// Describes the first defect of numbers from a file, if there is one.
    pub fn inconsistency(&self) -> Option<&'static str> {
        let rising =
            |knots: &[f64]| knots.iter().all(|knot| knot.is_finite()) && knots.windows(2).all(|pair| pair[0] < pair[1]);
        let sound = self.values.len() >= 2
            && self.values.len() == self.scores.len()
            && rising(&self.values)
            && rising(&self.scores);
        (!sound).then_some("the knots of a quantile transform do not rise")
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_distr::Exp;
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn exponential(n: usize) -> Vec<f64> {
        let mut rng = Pcg64Mcg::seed_from_u64(2);
        (0..n).map(|_| rng.sample(Exp::new(2.0).unwrap())).collect()
    }

    /// For an exponential distribution, Φ⁻¹(1 − e^{−2x}).
    #[test]
    fn scores_are_those_of_the_distribution() {
        let n = 100_000;
        let quantile = Quantile::fit(&exponential(n));
        assert!(quantile.values.len() <= KNOTS && quantile.inconsistency().is_none());
        let normal = Normal::standard();
        for x in [0.001, 0.01, 0.1, 0.3, 0.5, 1.0, 2.0, 3.0] {
            let share = 1.0 - f64::exp(-2.0 * x);
            let exact = normal.inverse_cdf(share);
            // 5 standard errors of the empirical F, carried to the score by its slope 1/φ.
            let density = (-0.5 * exact * exact).exp() / std::f64::consts::TAU.sqrt();
            let limit = 5.0 * (share * (1.0 - share) / n as f64).sqrt() / density;
            assert!(
                (quantile.value(x) - exact).abs() < limit,
                "{x}: {} {exact}",
                quantile.value(x)
            );
        }
    }

    #[test]
    fn repeated_values_have_the_score_of_the_middle_of_their_step() {
        let quantile = Quantile::fit(&[1.0, 1.0, 2.0, 2.0]);
        assert_eq!(quantile.values, [1.0, 2.0]);
        let quartile = 0.674_489_750_196_081_7; // Φ⁻¹(3/4)
        assert!((quantile.scores[0] + quartile).abs() < 1e-12 && (quantile.scores[1] - quartile).abs() < 1e-12);
        assert!(quantile.value(1.5).abs() < 1e-12);
        assert!((quantile.value(3.0) - 3.0 * quartile).abs() < 1e-12);
    }

    #[test]
    fn it_rises_everywhere_and_stays_finite() {
        let quantile = Quantile::fit(&exponential(1_000));
        let grid: Vec<f64> = (-200..=2_000).map(|k| 0.005 * f64::from(k)).collect();
        assert!(
            grid.windows(2)
                .all(|pair| quantile.value(pair[0]) < quantile.value(pair[1]))
        );
        let wide = Quantile::fit(&[f64::MIN, -1.0, 0.5, f64::MAX]);
        assert!(
            wide.scores
                .iter()
                .chain([&wide.value(1e300)])
                .all(|score| score.is_finite())
        );
    }
}
