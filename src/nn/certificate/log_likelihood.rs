//! Log likelihoods of data sets at many hypotheses, in one pass.

use std::cell::Cell;

use motherlode_core::error::Result;
use ndarray::{Array2, ArrayView2};

use crate::methods::Target;
use crate::trained::Network;
use crate::{Architecture, Method};

/// Returns true if the network of a method knows the likelihood, up to what does not depend on θ.
pub(super) fn knows_likelihood(method: Method) -> bool {
    method.spec().target != Target::Score
}

/// Evaluates a network, and counts how often.
pub(super) struct LogLikelihood<'a> {
    network: &'a Network,
    evaluations: Cell<u64>,
}

impl<'a> LogLikelihood<'a> {
    pub fn new(network: &'a Network) -> Self {
        Self {
            network,
            evaluations: Cell::new(0),
        }
    }

    /// Evaluations on an event so far.
    pub fn evaluations(&self) -> f64 {
        self.evaluations.get() as f64
    }

    /// Σ ln p̂(x|θ) over the rows of `x` for each θ, up to a constant of the data set.
    pub fn sums(&self, x: ArrayView2<f64>, thetas: &[Vec<f64>]) -> Result<Vec<f64>> {
        self.count(x.nrows() * thetas.len());
        match &self.network.architecture {
            Architecture::Expansion(expansion) => {
                let outputs = self.network.values(x, &[])?;
                let sum = |theta: &Vec<f64>| expansion.log_ratio(outputs.view(), theta).sum();
                Ok(thetas.iter().map(sum).collect())
            }
            Architecture::Antisymmetric { .. } => self.by_row(x, thetas, thetas.first().map(Vec::as_slice)),
            _ => self.by_row(x, thetas, None),
        }
    }

    fn by_row(&self, x: ArrayView2<f64>, thetas: &[Vec<f64>], denominator: Option<&[f64]>) -> Result<Vec<f64>> {
        let (n, p) = (x.nrows(), thetas.first().map_or(0, Vec::len));
        let events = Array2::from_shape_fn((n * thetas.len(), x.ncols()), |(row, column)| x[(row % n, column)]);
        let hypotheses = Array2::from_shape_fn((n * thetas.len(), p), |(row, k)| thetas[row / n][k]);
        let values = self
            .network
            .values_by_row(events.view(), hypotheses.view(), denominator)?;
        let values: Vec<f64> = values.column(0).to_vec();
        Ok(values.chunks(n.max(1)).map(|values| values.iter().sum()).collect())
    }

    fn count(&self, rows: usize) {
        self.evaluations.set(self.evaluations.get() + rows as u64);
    }
}
