//! Log likelihoods of data sets at many hypotheses, in one pass.

use motherlode_core::error::Result;
use ndarray::{Array2, ArrayView2};

use crate::methods::Target;
use crate::trained::Network;
use crate::{Architecture, Method};

/// Returns true if the network of a method knows the likelihood, up to what does not depend on θ.
pub(super) fn knows_likelihood(method: Method) -> bool {
    method.spec().target != Target::Score
}

/// Σ ln p̂(x|θ) over the rows of `x` for each θ, up to a constant of the data set.
pub(super) fn sums(network: &Network, x: ArrayView2<f64>, thetas: &[Vec<f64>]) -> Result<Vec<f64>> {
    match &network.architecture {
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
