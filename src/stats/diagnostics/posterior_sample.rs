//! What the checks need of one posterior.

use motherlode_core::trace::Stream;
use ndarray::{Array1, Array2, Axis, concatenate};
use rand::RngExt;

use super::PosteriorDraws;
use crate::inference::{ParameterBox, Posterior};

/// Effective draws without which a posterior is not resolved.
const FEWEST: f64 = 60.0;

/// Equally probable draws of the posterior of one data set, and where a hypothesis lies in it.
pub(super) struct PosteriorSample {
    /// Values of the free parameters, `[s, p]`.
    pub draws: Array2<f64>,
    /// Means and standard deviations of the free parameters, `[2 p]`.
    pub known: Vec<f64>,
    /// Posterior mass of hypotheses that are denser than the truth, and of some of those that are as dense.
    pub credible_level: f64,
    /// ln of the posterior density at the truth over the density of the prior.
    pub gain: f64,
}

impl PosteriorSample {
    /// `n` draws of a posterior on a grid.
    pub fn of_grid(posterior: &Posterior, space: &ParameterBox, truth: &[f64], n: usize, rng: &mut Stream) -> Self {
        let of_free = |values: Array1<f64>| values.select(Axis(0), space.free());
        let moments = [posterior.mean(), posterior.standard_deviation()].map(of_free);
        Self {
            draws: posterior.draws(n, rng).select(Axis(1), space.free()),
            known: concatenate![Axis(0), moments[0], moments[1]].to_vec(),
            credible_level: posterior.credible_level(truth),
            gain: posterior.log_density(truth) + space.volume().ln(),
        }
    }

    /// `n` draws from weighted ones in shares of the box; none where too few carry the weight.
    pub fn of_shares(
        found: &PosteriorDraws,
        space: &ParameterBox,
        truth: &[f64],
        n: usize,
        rng: &mut Stream,
    ) -> Option<Self> {
        let weights = found.draws.weights();
        let rank = found.rank(&space.shares(truth));
        let of_free = |shares: &Vec<f64>| space.free_values(&space.at(shares));
        let points: Vec<Vec<f64>> = found.draws.points.iter().map(of_free).collect();
        let moment = |of: &dyn Fn(&Vec<f64>) -> f64| weights.iter().zip(&points).map(|(w, t)| w * of(t)).sum::<f64>();
        let parameters = 0..space.dimensions();
        let mean: Vec<f64> = parameters.clone().map(|k| moment(&|theta| theta[k])).collect();
        let deviation = parameters.map(|k| moment(&|theta| (theta[k] - mean[k]).powi(2)).sqrt());
        let drawn: Vec<Vec<f64>> = found.resampled(n, rng).iter().map(of_free).collect();
        (rank.effective >= FEWEST).then(|| Self {
            draws: Array2::from_shape_fn((n, mean.len()), |(draw, k)| drawn[draw][k]),
            known: mean.iter().copied().chain(deviation).collect(),
            // Ties are broken at random, and a sum of rounded numbers may be above one.
            credible_level: (rank.rank + rng.random::<f64>() * found.tied()).min(1.0),
            gain: found.log_density(),
        })
    }
}
