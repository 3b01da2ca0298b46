//! Parts that all estimators trained here share: a network with its scaling, and the record of its training.

use burn::tensor::{Device, Tensor, TensorData};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::methods::Target;
use super::network::floats;
use super::{Architecture, Curve, Finding, Method, Net, Scaling, Settings, TrainingData, train_network};
use motherlode_core::dataset::Header;
use motherlode_core::error::{Error, Result};
use motherlode_core::{Certificate, Domain, Progress};

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
    /// True if errors of the score were divided by its mean square at each hypothesis, because that spans decades.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub score_scaled: bool,
    /// Warnings about the training.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// Result of the examination that ended the training; none if it was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

impl Provenance {
    /// Findings of the training, and faults of the simulator that mining found, in words.
    pub fn warnings(&self) -> Vec<String> {
        let findings = self.findings.iter().map(ToString::to_string);
        let faults = self.data.faults.iter().map(ToString::to_string);
        findings.chain(faults).collect()
    }

    /// The validation loss of the weights that were kept.
    pub fn best_loss(&self) -> Option<f64> {
        let best = self.curve.step.iter().position(|&step| step == self.best_step)?;
        self.curve.validation.get(best).copied()
    }
}

/// Writes what all estimators that hold a `trained` network answer alike, inside `impl Estimator`.
macro_rules! described_by_training {
    () => {
        fn name(&self) -> String {
            self.trained.provenance.method.to_string()
        }

        fn n_parameters(&self) -> usize {
            self.trained.n_parameters()
        }

        fn training_events(&self) -> Option<motherlode_core::dataset::Header> {
            Some(self.trained.provenance.data.clone())
        }

        fn training_warnings(&self) -> Vec<String> {
            self.trained.warnings()
        }

        fn certificates(&self) -> Vec<motherlode_core::Certificate> {
            self.trained.provenance.certificate.iter().cloned().collect()
        }

        fn accepts(&self, events: &motherlode_core::dataset::Header) -> motherlode_core::Result<()> {
            self.trained.accepts(events)
        }
    };
}
pub(super) use described_by_training;

/// A network with the record of its training.
#[derive(Debug)]
pub(super) struct Trained {
    pub network: Network,
    pub provenance: Provenance,
}

impl Trained {
    /// Trains a network by a method that learns one of `targets`.
    ///
    /// # Errors
    /// If `method` learns something else, `data` lacks the gold that it needs, `settings` make no sense, or training diverges.
    pub fn by<'a>(
        method: Method,
        targets: &[Target],
        data: impl Into<TrainingData<'a>>,
        settings: &Settings,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let target = method.spec().target;
        if !targets.contains(&target) {
            return Err(Error::usage(format!(
                "{method} does not learn {}: train it as what it learns, {target}",
                targets[0]
            )));
        }
        let (network, provenance) = train_network(method, data.into(), settings, progress)?;
        Ok(Self { network, provenance })
    }

    /// Number of parameters p.
    pub fn n_parameters(&self) -> usize {
        self.provenance.data.parameters.len()
    }

    /// Warnings of the training, in words.
    pub fn warnings(&self) -> Vec<String> {
        self.provenance.warnings()
    }

    /// The hypotheses of the training; none of an estimator that is not bound to the one pair that it has seen.
    pub fn domain(&self) -> Domain {
        match self.provenance.data.design.domain(self.n_parameters()) {
            Domain::Pair { .. } => Domain::Unknown,
            domain => domain,
        }
    }

    /// Checks that events come from the simulator of the training; other rows of the same file do.
    ///
    /// # Errors
    /// Names both simulators, or both lists of observables.
    pub fn accepts(&self, events: &Header) -> Result<()> {
        let trained_on = &self.provenance.data;
        match (&trained_on.simulator, &trained_on.observables) == (&events.simulator, &events.observables) {
            true => Ok(()),
            false if trained_on.simulator == events.simulator => Err(Error::data(format!(
                "the data have the observables {}, the model was trained on {}, of {}: give it the same, in the same order",
                events.observables.join(", "),
                trained_on.observables.join(", "),
                events.simulator_label()
            ))),
            false => Err(Error::data(format!(
                "the data are events of {}, the model was trained on {}",
                events.simulator_label(),
                trained_on.simulator_label()
            ))),
        }
    }
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

    /// Outputs for each row of `x` at the hypothesis of the same row, `[n, outputs]`; `denominator` is a further hypothesis of networks that
    /// take two.
    pub fn values_by_row(
        &self,
        x: ArrayView2<f64>,
        thetas: ArrayView2<f64>,
        denominator: Option<&[f64]>,
    ) -> Result<Array2<f64>> {
        let first = thetas.rows().into_iter().next().map(|theta| theta.to_vec());
        self.check(x, &first.as_deref().into_iter().chain(denominator).collect::<Vec<_>>())?;
        let device = Device::flex();
        let takes = 1 + usize::from(denominator.is_some());
        let inputs = self.architecture.n_columns(&self.scaling) + takes * self.architecture.n_theta(&self.scaling);
        let mut values = Vec::with_capacity(x.nrows() * self.architecture.outputs());
        let chunks = x.axis_chunks_iter(Axis(0), EVALUATION_BATCH);
        for (rows, thetas) in chunks.zip(thetas.axis_chunks_iter(Axis(0), EVALUATION_BATCH)) {
            let mut input = Vec::with_capacity(rows.nrows() * inputs);
            for (row, theta) in rows.rows().into_iter().zip(thetas.rows()) {
                let first = input.len();
                self.architecture.push_x(row, &self.scaling, &mut input);
                self.architecture.push_theta(theta, first, &self.scaling, &mut input);
                denominator
                    .iter()
                    .for_each(|theta| self.scaling.push_theta(*theta, &mut input));
            }
            let input = Tensor::from_data(TensorData::new(input, [rows.nrows(), inputs]), &device);
            values.extend(floats(self.net.forward(input)).into_iter().map(f64::from));
        }
        let shape = (x.nrows(), self.architecture.outputs());
        Ok(Array2::from_shape_vec(shape, values).expect("one row of outputs for each row of x"))
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

    /// The gradient of the output with respect to the hypothesis as the network takes it, `[n, d]`.
    pub fn gradients(&self, x: ArrayView2<f64>, theta: &[f64]) -> Result<Array2<f64>> {
        let d = self.architecture.n_theta(&self.scaling);
        self.map(x, &[theta], d, |input| self.net.forward_with_gradient(input, d).1)
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
        let inputs =
            self.architecture.n_columns(&self.scaling) + hypotheses.len() * self.architecture.n_theta(&self.scaling);
        let mut values = Vec::with_capacity(x.nrows() * width);
        for rows in x.axis_chunks_iter(Axis(0), EVALUATION_BATCH) {
            let mut input = Vec::with_capacity(rows.nrows() * inputs);
            for row in rows.rows() {
                let first = input.len();
                self.architecture.push_x(row, &self.scaling, &mut input);
                for theta in hypotheses {
                    self.architecture.push_theta(*theta, first, &self.scaling, &mut input);
                }
            }
            let input = Tensor::from_data(TensorData::new(input, [rows.nrows(), inputs]), &device);
            values.extend(floats(pass(input)).into_iter().map(f64::from));
        }
        Ok(Array2::from_shape_vec((x.nrows(), width), values).expect("one row of outputs for each row of x"))
    }

    /// Checks that `x` and the hypotheses have the shapes of the training data.
    pub fn check(&self, x: ArrayView2<f64>, hypotheses: &[&[f64]]) -> Result<()> {
        let p = self.scaling.n_parameters();
        self.scaling.inputs.check(x)?;
        let unfit = |theta: &&&[f64]| theta.len() != p || theta.iter().any(|value| !value.is_finite());
        if let Some(theta) = hypotheses.iter().find(unfit) {
            return Err(Error::usage(format!(
                "theta is {theta:?}; the network needs {p} finite values"
            )));
        }
        Ok(())
    }
}
