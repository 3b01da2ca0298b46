//! Hypotheses over which a metric is averaged.

use rand::RngExt;

use motherlode_core::ParameterBox;
use motherlode_core::trace::stream;

/// Their number.
const PRIOR_POINTS: usize = 25;
/// Seed of the points, fixed so that all studies use the same ones.
const SEED: u64 = 0xE8A5;

/// Points that fill the prior box evenly: equidistant for one parameter, drawn with a fixed seed for more.
pub fn prior_points(prior: &ParameterBox) -> Vec<Vec<f64>> {
    let mut rng = stream(SEED, u64::MAX >> 20, 0);
    (0..PRIOR_POINTS)
        .map(|k| {
            let mut place = || match prior.n_parameters() {
                1 => k as f64 / (PRIOR_POINTS - 1) as f64,
                _ => rng.random::<f64>(),
            };
            prior
                .edges()
                .iter()
                .map(|(low, high)| low + place() * (high - low))
                .collect()
        })
        .collect()
}
