//! Simulation-based calibration, and the tests of accuracy with random points (TARP).

use ndarray::{ArrayView1, ArrayView2};
use rand::RngExt;

use motherlode_core::trace::Stream;

/// Where the truth ranks among draws of the posterior, as a share between 0 and 1 with ties and steps evened out at random: uniform, if
/// the posterior is right in this one number.
///
/// # Source
/// Talts et al. 2018, arXiv:1804.06788.
pub fn rank(truth: f64, draws: ArrayView1<f64>, rng: &mut Stream) -> f64 {
    let below = draws.iter().filter(|&&draw| draw < truth).count();
    let equal = draws.iter().filter(|&&draw| draw == truth).count();
    (below as f64 + rng.random::<f64>() * (equal + 1) as f64) / (draws.len() + 1) as f64
}

/// Where the truth ranks among draws of the posterior `[s, p]` by its distance from a point `reference`, each parameter in units of
/// `scales`, `[p]`: uniform, if the posterior is right, whatever the reference is, as long as it does not look at the truth.
///
/// References that depend on x find posteriors that did not learn, as references that do not depend on it cannot.
///
/// # Source
/// Lemos et al. 2023, arXiv:2302.03026.
pub fn distance_rank(
    truth: &[f64],
    draws: ArrayView2<f64>,
    reference: &[f64],
    scales: &[f64],
    rng: &mut Stream,
) -> f64 {
    let square = |theta: ArrayView1<f64>| -> f64 {
        let terms = theta.iter().zip(reference).zip(scales);
        terms
            .map(|((value, reference), scale)| ((value - reference) / scale).powi(2))
            .sum()
    };
    let distances = draws.rows().into_iter().map(square).collect::<ndarray::Array1<f64>>();
    rank(square(truth.into()), distances.view(), rng)
}
