//! What all estimators share: a network with its scaling, and the record of its training.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::network::{Mlp, MlpConfig, floats};
use super::train::{Objective, Rows, fit};
use super::{Method, Scaling, Settings};
use crate::dataset::{AugmentedData, Header};
use crate::error::{Error, Result};
use crate::estimator::Curve;

/// Events that pass through a network at once when it is evaluated.
const EVALUATION_BATCH: usize = 4_096;

/// How an estimator was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The method.
    pub method: Method,
    /// Where the training data come from.
    pub data: Header,
    /// Number of events, validation included.
    pub n_events: usize,
    /// The settings, with what was left open filled in.
    pub settings: Settings,
    /// Gradient steps taken.
    pub steps: usize,
    /// The step whose weights were kept.
    pub best_step: usize,
    /// The losses on the way.
    pub curve: Curve,
}

/// A network with the scaling of its inputs.
#[derive(Debug)]
pub(super) struct Network {
    pub config: MlpConfig,
    pub mlp: Mlp,
    pub scaling: Scaling,
}

impl Network {
    /// Outputs for each row of `x`, `[n, outputs]`.
    pub fn values(&self, x: ArrayView2<f64>, theta: Option<&[f64]>) -> Result<Array2<f64>> {
        self.map(x, theta, self.config.outputs, |input| self.mlp.forward(input))
    }

    /// Gradient of the output with respect to θ in user units, `[n, p]`.
    pub fn gradients(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        let p = self.scaling.n_parameters();
        let gradients = self.map(x, Some(theta), p, |input| self.mlp.forward_with_gradient(input, p).1)?;
        Ok(self.scaling.score_to_user(gradients.view()))
    }

    fn map(
        &self,
        x: ArrayView2<f64>,
        theta: Option<&[f64]>,
        width: usize,
        pass: impl Fn(Tensor<2>) -> Tensor<2>,
    ) -> Result<Array2<f64>> {
        self.check(x, theta)?;
        let device = Device::flex();
        let mut values = Vec::with_capacity(x.nrows() * width);
        for rows in x.axis_chunks_iter(Axis(0), EVALUATION_BATCH) {
            let mut input = Vec::with_capacity(rows.nrows() * self.config.inputs);
            for row in rows.rows() {
                self.scaling.push_x(row, &mut input);
                if let Some(theta) = theta {
                    self.scaling.push_theta(theta, &mut input);
                }
            }
            let input = Tensor::from_data(TensorData::new(input, [rows.nrows(), self.config.inputs]), &device);
            values.extend(floats(pass(input)).into_iter().map(f64::from));
        }
        Ok(Array2::from_shape_vec((x.nrows(), width), values).expect("one row of outputs for each row of x"))
    }

    fn check(&self, x: ArrayView2<f64>, theta: Option<&[f64]>) -> Result<()> {
        let p = self.scaling.n_parameters();
        self.scaling.inputs.check(x)?;
        if let Some(theta) = theta.filter(|theta| theta.len() != p || theta.iter().any(|value| !value.is_finite())) {
            return Err(Error::theta(format!(
                "theta is {theta:?}; the network needs {p} finite values"
            )));
        }
        Ok(())
    }
}

/// The weight of the score term, when it is left to the data: α = weight / ⟨t²⟩ for standardised parameters, so that
/// the two terms are of comparable size whatever the units and the spread of the parameters.
fn default_alpha(method: Method, mean_square_score: f64) -> f64 {
    let weight = match method {
        Method::Rascal => 1.0, // the squared ratio is noisier than a cross-entropy
        Method::Cascal | Method::Alices => 0.3,
        _ => return 0.0,
    };
    if mean_square_score > 0.0 {
        weight / mean_square_score
    } else {
        0.0
    }
}

/// Trains the network of `method`, on one thread: two trainings side by side are faster than one on two threads, and
/// the result does not depend on how many threads there are.
pub(super) fn train_network(
    method: Method,
    data: &AugmentedData,
    settings: &Settings,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<(Network, Provenance)> {
    settings.check()?;
    method.check(data)?;
    let settings = settings.for_method(method);
    let (plan, observables) = (settings.input_plan(), &data.header.observables);
    plan.check(data.x.view(), observables)?; // before the split, which numbers the events anew
    let (train, validation) = data.split(settings.validation, settings.seed)?;
    let mut scaling = Scaling::fit(&plan, train.x.view(), train.theta0.view(), observables)?;
    scaling.inputs.admit_missing(validation.x.view());
    let (p, features) = (data.n_parameters(), scaling.n_features());
    let (inputs, outputs) = match method.learns_ratio() {
        true => (features + p, 1),
        false => (features, p),
    };
    let config = MlpConfig {
        inputs,
        hidden: settings.hidden.clone(),
        outputs,
        activation: settings.activation.unwrap_or_default(),
    };
    let [train, validation] = [train, validation].map(|part| Rows::new(&part, method, &scaling));
    let alpha = settings
        .alpha
        .unwrap_or_else(|| default_alpha(method, train.mean_square_score()));
    let settings = Settings {
        alpha: Some(alpha),
        ..settings
    };

    let device = Device::flex().autodiff();
    let objective = Objective {
        method,
        alpha,
        n_parameters: p,
    };
    let network = config.init(settings.seed, &device);
    let fitted = one_thread(|| fit(network, objective, [&train, &validation], &settings, &device, progress))??;

    let provenance = Provenance {
        method,
        data: data.header.clone(),
        n_events: data.n_events(),
        settings,
        steps: fitted.steps,
        best_step: fitted.best_step,
        curve: fitted.curve,
    };
    Ok((
        Network {
            config,
            mlp: fitted.network.valid(),
            scaling,
        },
        provenance,
    ))
}

fn one_thread<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    Ok(pool
        .map_err(|error| Error::training(format!("cannot start a training thread: {error}")))?
        .install(work))
}
