//! Posterior estimators: q(θ|x), which can be drawn from, and with it every ratio and score.

mod network;
mod regression;

use burn::tensor::{Device, Tensor, TensorData};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use super::methods::Target;
use super::network::floats;
use super::trained::{Trained, described_by_training};
use super::{Architecture, Method, Net, Network, Provenance, Settings, TrainingData};
use motherlode_core::error::{Error, Result};
use motherlode_core::likelihood::{LogRatio, Score};
use motherlode_core::posterior::{Posterior, PosteriorDraws};
use motherlode_core::trace::{Parameter, stream};
use motherlode_core::{Domain, Estimator, Prior, Progress};
pub(crate) use network::{PosteriorConfig, PosteriorNet};
pub(crate) use regression::Regression;

/// The stream of draws, apart from those of events and samples.
const DRAWS: u64 = 1 << 42;
/// Smallest share of the draws that must lie within the support of the prior.
const FEWEST_INSIDE: f64 = 0.01;
/// Rows that pass through the network at once.
const BATCH: usize = 4_096;

/// A conditional density that has learned the posterior q(θ|x) under the prior of its events.
///
/// It is drawn from directly, and knows ratios and scores, too: ln p̂(x|θ0)/p̂(x|θ1) is ln q(θ0|x)/q(θ1|x) without that of the prior, so that
/// several events are one data set, and the prior can be another.
#[derive(Debug)]
pub struct PosteriorEstimator {
    trained: Trained,
    prior: Prior,
    parameters: Vec<Parameter>,
}

impl PosteriorEstimator {
    /// Trains a posterior by NPE or ANPE. `progress` is told the steps done and the steps planned.
    ///
    /// # Errors
    /// If `method` is another, `data` lacks the gold that `method` needs or its events are not drawn from a continuous prior, `settings` make
    /// no sense, or training diverges.
    pub fn train<'a>(
        method: Method,
        data: impl Into<TrainingData<'a>>,
        settings: &Settings,
        progress: &dyn Progress,
    ) -> Result<Self> {
        Self::new(Trained::by(method, &[Target::Posterior], data, settings, progress)?)
    }

    /// From a trained network.
    ///
    /// # Errors
    /// If its network is no posterior, or the prior of its events has no density.
    pub(super) fn new(trained: Trained) -> Result<Self> {
        let Architecture::Posterior(config) = &trained.network.architecture else {
            return Err(Error::data("the network of this model is no posterior"));
        };
        let prior = trained.provenance.data.design.prior().and_then(Prior::density);
        let prior = prior.ok_or_else(|| Error::data("the events of this model have no continuous prior"))?;
        Ok(Self {
            prior: prior.clone(),
            parameters: config.parameters(&trained.provenance.data.parameters),
            trained,
        })
    }

    /// How it was trained.
    pub fn provenance(&self) -> &Provenance {
        &self.trained.provenance
    }

    pub(super) fn network(&self) -> &Network {
        &self.trained.network
    }

    fn parts(&self) -> Result<(&PosteriorConfig, &PosteriorNet)> {
        match (&self.network().architecture, &self.network().net) {
            (Architecture::Posterior(config), Net::Posterior(net)) => Ok((config, net)),
            _ => Err(Error::data("the network of this model is no posterior")),
        }
    }

    fn log_prior(&self, theta: &[f64]) -> f64 {
        self.prior.log_density(&self.parameters, theta)
    }

    /// Checks the shapes, and that the prior allows the hypothesis.
    fn check(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<()> {
        self.network().check(x, &[theta])?;
        match self.log_prior(theta) > f64::NEG_INFINITY {
            true => Ok(()),
            false => Err(Error::usage(format!(
                "theta is {theta:?}, which the prior of the training excludes ({}): the model knows nothing of it",
                self.prior
            ))),
        }
    }

    /// ln q(θ|x) of all rows at one hypothesis, `[n]`.
    fn at(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array1<f64>> {
        let (config, _) = self.parts()?;
        self.check(x, theta)?;
        let jacobian = config.log_jacobian(theta);
        Ok(self.network().values(x, &[theta])?.column(0).mapv(|log| log + jacobian))
    }
}

impl Posterior for PosteriorEstimator {
    fn prior(&self) -> &Prior {
        &self.prior
    }

    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn log_posterior(&self, x: ArrayView2<f64>, theta: ArrayView2<f64>) -> Result<Array1<f64>> {
        let (config, _) = self.parts()?;
        if x.nrows() != theta.nrows() {
            return Err(Error::usage(format!(
                "there are {} observations and {} hypotheses: give one hypothesis for each",
                x.nrows(),
                theta.nrows()
            )));
        }
        let possible: Vec<usize> = (0..theta.nrows())
            .filter(|&row| self.log_prior(&theta.row(row).to_vec()).is_finite())
            .collect();
        let mut logs = Array1::from_elem(x.nrows(), f64::NEG_INFINITY);
        if possible.is_empty() {
            return Ok(logs);
        }
        let (x, theta) = (x.select(Axis(0), &possible), theta.select(Axis(0), &possible));
        let values = self.network().values_by_row(x.view(), theta.view(), None)?;
        for (at, (row, value)) in possible.into_iter().zip(values.column(0)).enumerate() {
            logs[row] = value + config.log_jacobian(&theta.row(at).to_vec());
        }
        Ok(logs)
    }

    fn draw(&self, x: ArrayView1<f64>, n: usize, seed: u64) -> Result<PosteriorDraws> {
        let (config, net) = self.parts()?;
        self.network().check(x.insert_axis(Axis(0)), &[])?;
        let mut features = Vec::new();
        self.network()
            .architecture
            .push_x(x, &self.network().scaling, &mut features);
        let mut rng = stream(seed, 0, DRAWS);
        let (mut theta, mut n_inside, mut n_drawn) = (Vec::new(), 0, 0_usize);
        while n_inside < n {
            if n_drawn >= BATCH && (n_inside as f64) < FEWEST_INSIDE * n_drawn as f64 {
                return Err(Error::numerical(format!(
                    "{n_inside} of {n_drawn} draws of the posterior lie within the prior ({}): the network does not know this observation, or \
                     the posterior is outside of the prior; sample by chains",
                    self.prior
                )));
            }
            let rows = Tensor::from_data(
                TensorData::new(features.repeat(BATCH), [BATCH, features.len()]),
                &Device::flex(),
            );
            for residual in floats(net.sample(rows, &mut rng)).chunks(config.dimensions().max(1)) {
                if n_inside == n {
                    break;
                }
                n_drawn += 1;
                let drawn = config.theta(residual, &features);
                if self.log_prior(&drawn).is_finite() {
                    theta.extend(drawn);
                    n_inside += 1;
                }
            }
        }
        let p = self.parameters.len();
        let theta = Array2::from_shape_vec((n, p), theta).map_err(|error| Error::numerical(error.to_string()))?;
        Ok(PosteriorDraws {
            theta,
            inside: n_inside as f64 / n_drawn.max(1) as f64,
        })
    }
}

impl LogRatio for PosteriorEstimator {
    fn log_ratio(&self, x: ArrayView2<f64>, theta0: &[f64], theta1: &[f64]) -> Result<Array1<f64>> {
        let of_prior = self.log_prior(theta0) - self.log_prior(theta1);
        Ok(self.at(x, theta0)? - self.at(x, theta1)? - of_prior)
    }
}

impl Score for PosteriorEstimator {
    fn score(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        let (config, _) = self.parts()?;
        self.check(x, theta)?;
        let slopes = self.network().gradients(x, theta)?;
        let of_prior = self.prior.gradient(&self.parameters, theta);
        let jacobian = config.coordinates.slope_of_log_jacobian(theta);
        let mut score = Array2::zeros((x.nrows(), theta.len()));
        for (mut row, slopes) in score.rows_mut().into_iter().zip(slopes.rows()) {
            let gradient = config.gradient(theta, &slopes.to_vec());
            for (j, to) in row.iter_mut().enumerate() {
                *to = gradient[j] + jacobian[j] - of_prior[j];
            }
        }
        Ok(score)
    }
}

impl Estimator for PosteriorEstimator {
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

    fn as_posterior(&self) -> Option<&dyn Posterior> {
        Some(self)
    }
}
