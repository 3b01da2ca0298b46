//! What all estimators share: a network with its scaling, and the record of its training.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::density::DensityConfig;
use super::network::{EncodedMlpConfig, MlpConfig, QuadraticConfig, floats};
use super::train::{Contrasted, Objective, Recalled, Rows, Source, fit};
use super::{Architecture, Expansion, Head, Labels, Loss, Method, Net, Scaling, Settings, TrainingData};
use crate::dataset::{AugmentedData, Header};
use crate::error::{Error, Result};
use crate::estimator::Curve;
use crate::gold::n_derivatives;
use crate::trace::{Instrumented, stream};

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
    pub architecture: Architecture,
    pub net: Net,
    pub scaling: Scaling,
}

impl Network {
    /// Outputs for each row of `x`, `[n, outputs]`, at the hypotheses that the network takes.
    pub fn values(&self, x: ArrayView2<f64>, hypotheses: &[&[f64]]) -> Result<Array2<f64>> {
        self.map(x, hypotheses, self.architecture.outputs(), |input| {
            self.net.forward(input)
        })
    }

    /// The output, `[n]`, and its gradient with respect to the first hypothesis in user units, `[n, p]`, in one pass.
    pub fn values_and_gradients(
        &self,
        x: ArrayView2<f64>,
        hypotheses: &[&[f64]],
    ) -> Result<(Array1<f64>, Array2<f64>)> {
        let p = self.scaling.n_parameters();
        let both = self.map(x, hypotheses, 1 + p, |input| {
            let (value, gradient) = self.net.forward_with_gradient(input, p);
            Tensor::cat(vec![value, gradient.narrow(1, 0, p)], 1)
        })?;
        let (values, gradients) = both.view().split_at(Axis(1), 1);
        Ok((values.column(0).to_owned(), self.scaling.score_to_user(gradients)))
    }

    fn map(
        &self,
        x: ArrayView2<f64>,
        hypotheses: &[&[f64]],
        width: usize,
        pass: impl Fn(Tensor<2>) -> Tensor<2>,
    ) -> Result<Array2<f64>> {
        self.check(x, hypotheses)?;
        let device = Device::flex();
        let inputs = self.architecture.n_columns(&self.scaling) + hypotheses.len() * self.scaling.n_parameters();
        let mut values = Vec::with_capacity(x.nrows() * width);
        for rows in x.axis_chunks_iter(Axis(0), EVALUATION_BATCH) {
            let mut input = Vec::with_capacity(rows.nrows() * inputs);
            for row in rows.rows() {
                self.architecture.push_x(row, &self.scaling, &mut input);
                for theta in hypotheses {
                    self.scaling.push_theta(*theta, &mut input);
                }
            }
            let input = Tensor::from_data(TensorData::new(input, [rows.nrows(), inputs]), &device);
            values.extend(floats(pass(input)).into_iter().map(f64::from));
        }
        Ok(Array2::from_shape_vec((x.nrows(), width), values).expect("one row of outputs for each row of x"))
    }

    /// Whether `x` and the hypotheses have the shapes of the training data.
    pub fn check(&self, x: ArrayView2<f64>, hypotheses: &[&[f64]]) -> Result<()> {
        let p = self.scaling.n_parameters();
        self.scaling.inputs.check(x)?;
        let unfit = |theta: &&&[f64]| theta.len() != p || theta.iter().any(|value| !value.is_finite());
        if let Some(theta) = hypotheses.iter().find(unfit) {
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
    let weight = match method.loss() {
        Some(Loss::Ratio) => 1.0,      // the squared ratio is noisier than a cross-entropy
        Some(Loss::Likelihood) => 0.5, // and a likelihood a little
        Some(_) => 0.3,
        None => return 0.0,
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
    data: TrainingData<'_>,
    settings: &Settings,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<(Network, Provenance)> {
    settings.check()?;
    let TrainingData { events, simulator } = data;
    method.check(events)?;
    let settings = Settings {
        labels: Some(labels(method, data, settings)?),
        ..settings.for_method(method)
    };
    let settings = Settings {
        paths: (settings.labels == Some(Labels::Recalled)).then(|| settings.paths_for(events)),
        ..settings
    };
    let (plan, observables) = (settings.input_plan(method, events)?, &events.header.observables);
    plan.check(events.x.view(), observables)?; // before the split, which numbers the events anew
    let (train, validation) = events.split(settings.validation, settings.seed)?;
    let mut scaling = Scaling::fit(&plan, train.x.view(), train.theta0.view(), observables)?;
    scaling.inputs.admit_missing(validation.x.view());
    let mut architecture = architecture(method, events, &settings, &scaling)?;
    if method == Method::Derivatives {
        architecture = Architecture::Expansion(Expansion::around(architecture, required(simulator)?, &train)?);
    }
    let source = |part| source(method, part, simulator, &settings, &scaling, &architecture);
    let (source, validation) = (
        source(&train)?,
        questions(source(&validation)?.as_ref(), settings.seed)?,
    );
    let alpha = settings
        .alpha
        .unwrap_or_else(|| default_alpha(method, validation.mean_square_score()));

    let device = Device::flex().autodiff();
    let objective = Objective {
        method,
        head: settings.head,
        alpha,
        n_parameters: events.n_parameters(),
    };
    let network = architecture.init(settings.seed, &device)?;
    let fitted = one_thread(|| {
        fit(
            network,
            objective,
            source.as_ref(),
            &validation,
            &settings,
            &device,
            progress,
        )
    })??;
    drop(source);

    let provenance = Provenance {
        method,
        data: events.header.clone(),
        n_events: events.n_events(),
        settings: Settings {
            alpha: Some(alpha),
            ..settings
        },
        steps: fitted.steps,
        best_step: fitted.best_step,
        curve: fitted.curve,
    };
    let network = Network {
        architecture,
        net: fitted.network.valid(),
        scaling,
    };
    Ok((network, provenance))
}

/// The kind and shape of the network.
fn architecture(method: Method, data: &AugmentedData, settings: &Settings, scaling: &Scaling) -> Result<Architecture> {
    let (p, m) = (data.n_parameters(), scaling.n_features());
    let parameters = if method.takes_theta(&data.header.design) { p } else { 0 };
    let outputs = match method {
        Method::Sally => p,
        Method::Derivatives => n_derivatives(p),
        _ => 1,
    };
    let perceptron = |inputs, outputs| MlpConfig {
        inputs,
        hidden: settings.hidden.clone(),
        outputs,
        activation: settings.activation.unwrap_or_default(),
    };
    if method.learns_likelihood() {
        return DensityConfig::of(data.x.view(), p, settings.density).map(Architecture::Density);
    }
    if let Some(encoding) = &settings.encoding {
        let encoder = encoding.encoder(
            &scaling.inputs,
            &data.header.observables,
            settings.activation.unwrap_or_default(),
        )?;
        return EncodedMlpConfig::new(encoder, m, parameters, perceptron(0, outputs)).map(Architecture::Encoded);
    }
    Ok(match settings.head {
        _ if method.loss().is_none() => Architecture::Perceptron(perceptron(m + parameters, outputs)),
        Head::Plain => Architecture::Perceptron(perceptron(m + p, 1)),
        Head::Antisymmetric => Architecture::Antisymmetric {
            antisymmetric: perceptron(m + 2 * p, 1),
            n_parameters: p,
        },
        Head::Quadratic => {
            let origin = data.header.design.theta1().map(|theta1| {
                let mut origin = Vec::with_capacity(p);
                scaling.push_theta(theta1, &mut origin);
                origin
            });
            Architecture::Quadratic(QuadraticConfig::new(m, p, origin, &perceptron(m, 1)))
        }
    })
}

/// Where the labels come from: recalled wherever that is possible, unless the settings say otherwise.
fn labels(method: Method, data: TrainingData<'_>, settings: &Settings) -> Result<Labels> {
    let possible = method.can_recall()
        && data.simulator.is_some()
        && data.events.has_memories()
        && data.events.header.design.prior().is_some();
    if settings.head == Head::Antisymmetric && !(possible && method.learns_ratio()) {
        return Err(Error::usage(format!(
            "an antisymmetric head is trained on pairs of hypotheses drawn afresh, which {method} cannot recall here: that \
             takes a method with the joint ratio, the simulator, and events over a prior that remember their paths"
        )));
    }
    match settings.labels {
        Some(Labels::Recalled) if !possible => Err(Error::usage(format!(
            "{method} cannot recall labels here: that takes a method with the joint ratio, sally or scandal, the simulator, \
             and events over a prior that remember their paths"
        ))),
        _ if method.needs_memories() && !possible => Err(Error::usage(format!(
            "{method} needs labels at several hypotheses for each event, and so the simulator and events over a prior"
        ))),
        Some(Labels::Stored) if settings.head == Head::Antisymmetric => Err(Error::usage(
            "an antisymmetric head is trained on recalled labels: leave out --labels stored",
        )),
        Some(labels) => Ok(labels),
        None if possible => Ok(Labels::Recalled),
        None => Ok(Labels::Stored),
    }
}

fn source<'a>(
    method: Method,
    data: &'a AugmentedData,
    simulator: Option<&'a dyn Instrumented>,
    settings: &Settings,
    scaling: &'a Scaling,
    architecture: &Architecture,
) -> Result<Box<dyn Source + 'a>> {
    if let Architecture::Expansion(expansion) = architecture {
        let rows = Rows::derivatives(data, required(simulator)?, scaling, expansion)?;
        return Ok(Box::new(rows));
    }
    if let (Some(Labels::Recalled), Some(simulator)) = (settings.labels, simulator) {
        let recalled = Recalled::new(data, simulator, method, settings, scaling, architecture)?;
        return Ok(Box::new(recalled));
    }
    let rows = Rows::stored(data, method, scaling, architecture);
    if method.contrasts_hypotheses() {
        return Ok(Box::new(Contrasted::new(&rows, settings.hypotheses.unwrap_or(1))));
    }
    Ok(Box::new(rows))
}

/// The simulator, for a method whose labels are in no file.
fn required(simulator: Option<&dyn Instrumented>) -> Result<&dyn Instrumented> {
    simulator.ok_or_else(|| {
        Error::usage(
            "derivatives are learned from second derivatives along the paths of the events, which take the simulator: train \
             where it is registered, or choose sally",
        )
    })
}

/// All events with the hypotheses that they are validated with, drawn once.
fn questions(source: &dyn Source, seed: u64) -> Result<Rows> {
    let all: Vec<u32> = (0..source.n_events() as u32).collect();
    source.rows(&all, &mut stream(seed, u64::MAX >> 16, 0))
}

fn one_thread<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    Ok(pool
        .map_err(|error| Error::training(format!("cannot start a training thread: {error}")))?
        .install(work))
}
