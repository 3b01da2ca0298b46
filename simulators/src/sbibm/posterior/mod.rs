//! Draws from posteriors that are known up to a constant: by a grid of few parameters, or by importance sampling around the modes.

mod grid;
mod modes;

pub(super) use grid::GridSampler;
pub(super) use modes::{LogDensity, around_modes};

use motherlode_core::importance::{WeightedPoints, n_effective};
use motherlode_core::trace::Stream;
use motherlode_core::{Error, Result, Special};
use ndarray::Array2;
use rand::RngExt;

/// Weighted points for each draw: enough of them that hardly any is drawn twice.
pub(super) const POINTS_PER_DRAW: usize = 16;
/// Smallest number of weighted points.
pub(super) const FEWEST_POINTS: usize = 8_192;

/// Draws from a posterior.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferencePosterior {
    /// The draws, `[n, p]`.
    pub draws: Array2<f64>,
    /// Effective number of the weighted points that they were resampled from, and the number of points; `None` for independent draws
    /// from a closed form.
    pub n_effective: Option<(f64, usize)>,
}

impl ReferencePosterior {
    pub(super) fn exact(draws: Array2<f64>) -> Self {
        Self {
            draws,
            n_effective: None,
        }
    }

    /// Takes `n` of the points, each with a probability proportional to its weight, at even distances in the sum of weights: a point whose
    /// share is below 1/n is taken once at most.
    pub(super) fn resampled(points: &WeightedPoints, n: usize, rng: &mut Stream) -> Result<Self> {
        let found = n_effective(&points.log_weights);
        if found < n as f64 || points.points.is_empty() {
            return Err(Error::numerical(format!(
                "{} weighted points of the posterior are worth {found:.0}: they are too few for {n} draws",
                points.points.len()
            )));
        }
        let shift: f64 = rng.random();
        let mut taken = Vec::with_capacity(n);
        let mut below = 0.0;
        for (point, weight) in points.points.iter().zip(points.weights()) {
            below += weight * n as f64;
            while taken.len() < n && (taken.len() as f64) + shift < below {
                taken.push(point);
            }
        }
        let last = taken.last().copied().unwrap_or(&points.points[0]);
        taken.resize(n, last); // rounding may leave out the last one
        Ok(Self {
            draws: Array2::from_shape_fn((n, last.len()), |(row, k)| taken[row][k]),
            n_effective: Some((found, points.points.len())),
        })
    }

    /// Transforms all numbers of the draws.
    pub(super) fn map(mut self, transform: impl Fn(f64) -> f64) -> Self {
        self.draws.mapv_inplace(transform);
        self
    }
}

/// Share of weighted points that a sampler should be worth, before it is refined.
const GOOD_SHARE: f64 = 0.25;

fn is_good(points: &WeightedPoints) -> bool {
    n_effective(&points.log_weights) >= GOOD_SHARE * points.points.len() as f64
}

/// The weighted points of a grid with so many cells: the first number that is fine enough, or the last.
pub(super) fn fine_enough(
    cells: [usize; 2],
    mut points: impl FnMut(usize) -> Option<WeightedPoints>,
) -> Option<WeightedPoints> {
    let [coarse, fine] = cells;
    match points(coarse)? {
        found if is_good(&found) => Some(found),
        _ => points(fine),
    }
}

/// Number of weighted points for `n` draws.
pub(super) fn n_points(n: usize) -> usize {
    (POINTS_PER_DRAW * n).max(FEWEST_POINTS)
}

/// Probability that a normal variable lies within −half … half.
pub(super) fn normal_within(mean: f64, sd: f64, half: f64) -> f64 {
    // By symmetry on the side where the distribution function is small, and exact.
    let below = |edge: f64| ((edge - mean.abs()) / sd).ln_normal_cdf().exp();
    below(half) - below(-half)
}
