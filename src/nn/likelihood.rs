//! Likelihood estimators: p̂(x|θ) itself, and with it every ratio and score.

use burn::tensor::{Device, Tensor, TensorData};
use motherlode_core::{Domain, Estimator, Progress};
use ndarray::{Array1, Array2, ArrayView2};

use super::methods::Target;
use super::trained::{Trained, described_by_training};
use super::{Architecture, Method, Net, Network, Provenance, Settings, TrainingData};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::{LogLikelihood, LogRatio, Score};
use motherlode_core::trace::stream;

/// The stream of samples, apart from those of events.
const SAMPLES: u64 = 1 << 40;

/// A conditional density that has learned p(x|θ).
///
/// It knows what other estimators know, and can be sampled from: a simulator of the observation that runs in
/// microseconds.
#[derive(Debug)]
pub struct LikelihoodEstimator {
    pub(super) trained: Trained,
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
        let trained = Trained::by(method, &[Target::Likelihood], data, settings, progress)?;
        Ok(Self { trained })
    }

    /// How it was trained.
    pub fn provenance(&self) -> &Provenance {
        &self.trained.provenance
    }

    /// `n` observations drawn from p̂(x|θ), `[n, m]` in user units; the same ones for the same seed.
    ///
    /// # Errors
    /// If `theta` does not have the shape of the training data.
    pub fn sample(&self, theta: &[f64], n: usize, seed: u64) -> Result<Array2<f64>> {
        let Network {
            net,
            architecture,
            scaling,
        } = &self.trained.network;
        let m = scaling.inputs.n_observables();
        self.trained.network.check(Array2::zeros((0, m)).view(), &[theta])?;
        let (Net::Density(density), Architecture::Density(config)) = (net, architecture) else {
            return Err(Error::data("the network of this model is no density"));
        };
        let mut row = Vec::with_capacity(theta.len());
        scaling.push_theta(theta, &mut row);
        let theta = Tensor::from_data(TensorData::new(row.repeat(n), [n, theta.len()]), &Device::flex());
        let drawn = super::network::floats(density.sample(theta, &mut stream(seed, SAMPLES, 0)));
        let rows = drawn.chunks(config.n_columns());
        let values = rows.flat_map(|row| config.observation(row, scaling)).collect();
        Array2::from_shape_vec((n, m), values).map_err(|error| Error::numerical(error.to_string()))
    }
}

impl LogLikelihood for LikelihoodEstimator {
    fn log_likelihood(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array1<f64>> {
        let network = &self.trained.network;
        let volume = network.architecture.log_volume(&network.scaling);
        Ok(network.values(x, &[theta])?.column(0).mapv(|log| log - volume))
    }
}

impl Score for LikelihoodEstimator {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        Ok(self.trained.network.values_and_gradients(x, &[theta])?.1)
    }
}

impl Estimator for LikelihoodEstimator {
    described_by_training!();

    fn domain(&self) -> Domain {
        self.trained.domain()
    }

    fn as_ratio(&self) -> Option<&dyn LogRatio> {
        Some(self)
    }

    fn as_score(&self) -> Option<&dyn Score> {
        Some(self)
    }

    fn as_density(&self) -> Option<&dyn LogLikelihood> {
        Some(self)
    }
}
