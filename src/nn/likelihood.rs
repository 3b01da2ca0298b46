//! Likelihood estimators: p̂(x|θ) itself, and with it every ratio and score.

use burn::tensor::{Device, Tensor, TensorData};
use motherlode_core::Progress;
use ndarray::{Array1, Array2, ArrayView2};

use super::{Architecture, Method, Net, Network, Provenance, Settings, TrainingData};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::{LogLikelihood, Score};
use motherlode_core::trace::stream;

/// The stream of samples, apart from those of events.
const SAMPLES: u64 = 1 << 40;

/// A conditional density that has learned p(x|θ).
///
/// It knows what other estimators know, and can be sampled from: a simulator of the observation that runs in
/// microseconds.
#[derive(Debug)]
pub struct LikelihoodEstimator {
    pub(super) network: Network,
    pub(super) provenance: Provenance,
}

impl LikelihoodEstimator {
    /// Trains a density by NDE or SCANDAL. `progress` is told the steps done and the steps planned.
    ///
    /// # Errors
    /// If `method` is another, `data` lacks the gold that `method` needs, `settings` make no sense, or training diverges.
    pub fn train<'a>(
        method: Method,
        data: impl Into<TrainingData<'a>>,
        settings: &Settings,
        progress: &dyn Progress,
    ) -> Result<Self> {
        if !method.learns_likelihood() {
            return Err(Error::usage(format!(
                "{method} does not learn a likelihood: nde and scandal do"
            )));
        }
        let (network, provenance) = super::train_network(method, data.into(), settings, progress)?;
        Ok(Self { network, provenance })
    }

    /// How it was trained.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// `n` observations drawn from p̂(x|θ), `[n, m]` in user units; the same ones for the same seed.
    ///
    /// # Errors
    /// If `theta` does not have the shape of the training data.
    pub fn sample(&self, theta: &[f64], n: usize, seed: u64) -> Result<Array2<f64>> {
        let (scaling, m) = (&self.network.scaling, self.network.scaling.inputs.n_observables());
        self.network.check(Array2::zeros((0, m)).view(), &[theta])?;
        let (Net::Density(density), Architecture::Density(config)) = (&self.network.net, &self.network.architecture)
        else {
            return Err(Error::usage("this network is no density"));
        };
        let mut row = Vec::with_capacity(theta.len());
        scaling.push_theta(theta, &mut row);
        let theta = Tensor::from_data(TensorData::new(row.repeat(n), [n, theta.len()]), &Device::flex());
        let drawn = super::network::floats(density.sample(theta, &mut stream(seed, SAMPLES, 0)));
        let rows = drawn.chunks(config.n_columns());
        let values = rows.flat_map(|row| config.observation(row, scaling)).collect();
        Array2::from_shape_vec((n, m), values).map_err(|error| Error::usage(error.to_string()))
    }
}

impl LogLikelihood for LikelihoodEstimator {
    fn log_likelihood(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array1<f64>> {
        let volume = self.network.architecture.log_volume(&self.network.scaling);
        Ok(self.network.values(x, &[theta])?.column(0).mapv(|log| log - volume))
    }
}

impl Score for LikelihoodEstimator {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        Ok(self.network.values_and_gradients(x, &[theta])?.1)
    }
}
