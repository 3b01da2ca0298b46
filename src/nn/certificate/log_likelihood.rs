//! Log likelihoods of data sets at many hypotheses, in one pass.

use motherlode_core::error::Result;
use motherlode_core::prior::Prior;
use ndarray::{Array2, ArrayView2};

use crate::methods::Target;
use crate::trained::Network;
use crate::{Architecture, Method};

/// Returns true if the network of a method knows the likelihood, up to what does not depend on θ.
pub(super) fn knows_likelihood(method: Method) -> bool {
    method.spec().target != Target::Score
}

/// Σ ln p̂(x|θ) over the rows of `x` for each θ, up to a constant of the data set; `prior` is that of the training.
pub(super) fn sums(network: &Network, prior: &Prior, x: ArrayView2<f64>, thetas: &[Vec<f64>]) -> Result<Vec<f64>> {
    match &network.architecture {
        Architecture::Posterior(config) => {
            let posteriors = by_row(network, x, thetas, None)?;
            let parameters = config.parameters(&vec![String::new(); config.ranges.len()]);
            let of_prior = |theta: &[f64]| prior.log_density(&parameters, theta) - config.log_jacobian(theta);
            let likelihood = |(sum, theta): (f64, &Vec<f64>)| match of_prior(theta) {
                log if log.is_finite() => sum - x.nrows() as f64 * log,
                _ => f64::NEG_INFINITY,
            };
            Ok(posteriors.into_iter().zip(thetas).map(likelihood).collect())
        }
        Architecture::Expansion(expansion) => {
            let outputs = network.values(x, &[])?;
            let sum = |theta: &Vec<f64>| expansion.log_ratio(outputs.view(), theta).sum();
            Ok(thetas.iter().map(sum).collect())
        }
        Architecture::Antisymmetric { .. } => by_row(network, x, thetas, thetas.first().map(Vec::as_slice)),
        _ => by_row(network, x, thetas, None),
    }
}

fn by_row(network: &Network, x: ArrayView2<f64>, thetas: &[Vec<f64>], denominator: Option<&[f64]>) -> Result<Vec<f64>> {
    let (n, p) = (x.nrows(), thetas.first().map_or(0, Vec::len));
    let events = Array2::from_shape_fn((n * thetas.len(), x.ncols()), |(row, column)| x[(row % n, column)]);
    let hypotheses = Array2::from_shape_fn((n * thetas.len(), p), |(row, k)| thetas[row / n][k]);
    let values = network.values_by_row(events.view(), hypotheses.view(), denominator)?;
    let values: Vec<f64> = values.column(0).to_vec();
    Ok(values.chunks(n.max(1)).map(|values| values.iter().sum()).collect())
}
