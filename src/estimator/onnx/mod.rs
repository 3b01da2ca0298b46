//! Estimators as graphs that other programs run (ONNX), with the transforms of observables and the scaling of parameters
//! inside: what goes in and comes out is in user units.

mod calibrated;
mod combine;
mod density;
mod expansion;
mod heads;
mod labels;
mod perceptron;

use super::architecture::NamedTensor;
use super::network::EncoderConfig;
use super::{Architecture, CalibratedModel, Learned, Model, ModelFile, Network, RatioEstimator, Scaling};
use crate::error::{Error, Result};
use crate::gold::Design;
use crate::interop::onnx::{Graph, Precision, Value};
use perceptron::Perceptron;

#[cfg(test)]
mod interpreter;
#[cfg(test)]
mod tests;

/// What the members of a model have learned, as far as a graph needs to know it.
#[derive(Debug, Clone, PartialEq)]
enum Question {
    /// ℓ(x, θ) against a fixed denominator; at one θ only, if it has seen no other.
    Ratio { only: Option<Vec<f64>>, knows_score: bool },
    /// ℓ(x, θ0, θ1).
    RatioOfTwo,
    /// ln p̂(x|θ).
    Density,
    /// The calibrated ratio to one hypothesis.
    Calibrated { reference: Vec<f64> },
    /// t̂(x), at one point.
    ScoreThere,
    /// t̂(x|θ).
    ScoreAnywhere,
}

/// What a network answers, in single precision and user units.
struct Answer {
    /// A log ratio or log density, `[n, 1]`.
    log: Option<Value>,
    /// `[n, p]`.
    score: Option<Value>,
}

impl ModelFile {
    /// The estimator as a file of the Open Neural Network Exchange format, which ONNX Runtime and others evaluate.
    ///
    /// Inputs and outputs are in single precision, or, with `double`, in double precision; the transforms of the observables
    /// and the scaling of the parameters are computed in double precision either way, the networks in single.
    ///
    /// # Shapes
    /// - `x`: `[n, m]`, in user units. Where an observation is one that the estimator refuses (infinite, or missing where no
    ///   training event lacked it), its answers are NaN.
    /// - `theta`, or `theta0` and `theta1` where the network takes two: `[n, p]`, or `[1, p]` for one θ at all events. There is no
    ///   such input where the estimator knows its answer at one θ only.
    /// - `log_r`: `[n]`. With `theta`, it is ℓ(x, θ) = ln p(x|θ) − ln p_den(x) against the denominator of training, and the ratio
    ///   of two hypotheses is the difference; with `theta0` and `theta1`, it is the ratio of these.
    ///   Of a calibrated model it is the ratio to the hypothesis that it was calibrated against, and NaN where θ lies outside of
    ///   the box of its grid; it has no score, and a calibrated ensemble no spread.
    /// - `log_p`, of a density, in its place: `[n]`, ln p̂(x|θ) per unit of x in user units, or the logarithm of a probability where
    ///   x is one of a few values.
    /// - `score`: `[n, p]`, ∇θ of `log_r` or `log_p` with respect to the (first) hypothesis.
    /// - `log_r_spread` (`log_p_spread`), `score_spread`, of ensembles: the standard deviation over the members; the others are
    ///   means.
    /// - `log_r_members` (`log_p_members`): `[n, K]`, of ensembles.
    ///
    /// # Errors
    /// If part of it has no such form: the networks of images.
    pub fn to_onnx(&self, double: bool) -> Result<Vec<u8>> {
        let precision = if double { Precision::Double } else { Precision::Single };
        let question = self.question();
        let networks = self.networks();
        let scaling = &networks[0].scaling;
        let (m, p) = (scaling.inputs.n_observables(), scaling.n_parameters());
        let mut graph = Graph::new("motherlode", precision);
        let x = graph.input("x", "n", m, &self.meaning_of_x());
        let hypotheses: Vec<Value> = match &question {
            Question::ScoreThere => vec![],
            Question::Ratio { only: Some(theta), .. } => vec![graph.doubles(&[1, p], theta)],
            Question::Ratio { only: None, .. }
            | Question::Density
            | Question::Calibrated { .. }
            | Question::ScoreAnywhere => {
                vec![graph.input("theta", "n_theta", p, &self.meaning_of_theta("the hypothesis"))]
            }
            Question::RatioOfTwo => [("theta0", "the numerator"), ("theta1", "the denominator")]
                .map(|(name, role)| graph.input(name, "n_theta", p, &self.meaning_of_theta(role)))
                .to_vec(),
        };
        let answers = match self.calibrated() {
            Some(model) => vec![calibrated::answer_of(&mut graph, model, &x, &hypotheses[0])?],
            None => networks
                .into_iter()
                .map(|network| answer(&mut graph, network, &question, &x, &hypotheses))
                .collect::<Result<Vec<_>>>()?,
        };
        combine::outputs(&mut graph, &answers, p, &self.meaning_of_answers(&question));
        self.label(&mut graph, &question);
        Ok(graph.encode())
    }

    fn networks(&self) -> Vec<&Network> {
        match self {
            Self::Trained(model) => model.members().iter().map(Model::network).collect(),
            Self::Imported(estimator) => estimator.networks().iter().collect(),
        }
    }

    fn calibrated(&self) -> Option<&CalibratedModel> {
        match self {
            Self::Trained(model) => match model.as_ref() {
                Model::Calibrated(calibrated) => Some(calibrated),
                _ => None,
            },
            Self::Imported(_) => None,
        }
    }

    fn question(&self) -> Question {
        match self {
            Self::Trained(model) => question_of_model(model),
            Self::Imported(estimator) => match estimator.import().learned {
                Learned::Ratio => Question::Ratio {
                    only: None,
                    knows_score: true,
                },
                Learned::RatioOfTwo => Question::RatioOfTwo,
                Learned::Score { .. } => Question::ScoreThere,
                Learned::Likelihood => Question::Density,
            },
        }
    }
}

fn question_of_model(model: &Model) -> Question {
    match model {
        Model::Ratio(estimator) => question_of(estimator),
        Model::Likelihood(_) => Question::Density,
        Model::Score(estimator) if estimator.theta_ref.is_some() => Question::ScoreThere,
        Model::Score(_) => Question::ScoreAnywhere,
        Model::Ensemble(ensemble) => question_of_model(&ensemble.members()[0]),
        Model::Calibrated(model) => Question::Calibrated {
            reference: model.calibration().reference().to_vec(),
        },
    }
}

fn question_of(estimator: &RatioEstimator) -> Question {
    match (&estimator.network.architecture, &estimator.provenance.data.design) {
        (Architecture::Antisymmetric { .. }, _) => Question::RatioOfTwo,
        (_, Design::Pair { theta0, .. }) => Question::Ratio {
            only: Some(theta0.clone()),
            knows_score: estimator.knows_score(),
        },
        _ => Question::Ratio {
            only: None,
            knows_score: estimator.knows_score(),
        },
    }
}

/// What a network answers to observations and hypotheses in user units and double precision.
fn answer(graph: &mut Graph, network: &Network, question: &Question, x: &Value, thetas: &[Value]) -> Result<Answer> {
    let scaling = &network.scaling;
    let inputs = scaling.inputs.in_graph(graph, x);
    let mut validity = inputs.validity;
    let [means, sds] =
        [&scaling.theta_mean, &scaling.theta_sd].map(|numbers| graph.doubles(&[1, numbers.len()], numbers));
    let mut hypotheses = Vec::new();
    for theta in thetas {
        let from_mean = graph.apply("Sub", &[theta, &means]);
        let standardised = graph.apply("Div", &[&from_mean, &sds]);
        hypotheses.push(graph.cast(&standardised, Precision::Single));
        let zero = graph.doubles(&[1, 1], &[0.0]);
        let zeros = graph.apply("Mul", &[theta, &zero]);
        let finite = graph.sum(&zeros, 1);
        validity = graph.apply("Add", &[&validity, &finite]);
    }
    let validity = graph.cast(&validity, Precision::Single);
    let features = (&inputs.features, scaling.n_features());
    let tensors = network.net.tensors();
    let is_score = matches!(question, Question::ScoreThere | Question::ScoreAnywhere);
    let (values, gradient) = match &network.architecture {
        Architecture::Density(config) => {
            let (log_density, score) = density::answer(graph, network, config, (&inputs.features, x), &hypotheses[0])?;
            (log_density, Some(score))
        }
        Architecture::Expansion(expansion) => {
            let (outputs, _) = pass(graph, &expansion.network, &tensors, features, &[])?;
            let (log_ratio, score) = expansion.in_graph(graph, &outputs, &thetas[0]);
            (log_ratio, Some(score))
        }
        other => {
            let (values, gradient) = pass(graph, other, &tensors, features, &hypotheses)?;
            let standardised = if is_score { Some(values.clone()) } else { gradient };
            (values, standardised.map(|score| to_user(graph, scaling, &score)))
        }
    };
    let knows_score = !matches!(question, Question::Ratio { knows_score: false, .. });
    let mut valid = |value: &Value| graph.apply("Add", &[value, &validity]);
    Ok(Answer {
        log: (!is_score).then(|| valid(&values)),
        score: gradient.filter(|_| knows_score).as_ref().map(valid),
    })
}

/// A score in user units, from one in standardised ones.
fn to_user(graph: &mut Graph, scaling: &Scaling, score: &Value) -> Value {
    let sds: Vec<f32> = scaling.theta_sd.iter().map(|&sd| sd as f32).collect();
    let sds = graph.singles(&[1, sds.len()], &sds);
    graph.apply("Div", &[score, &sds])
}

/// The outputs of a network, `[n, outputs]`, and the gradient of the first to the first of the standardised hypotheses, if there
/// is one.
fn pass(
    graph: &mut Graph,
    architecture: &Architecture,
    tensors: &[NamedTensor],
    (features, width): (&Value, usize),
    hypotheses: &[Value],
) -> Result<(Value, Option<Value>)> {
    let row = |tensor: usize| tensors.get(tensor).map_or(&[][..], |tensor| &tensor.values);
    let (config, row, x, width) = match architecture {
        Architecture::Perceptron(config) => (config, row(0), features.clone(), width),
        Architecture::Encoded(config) => match &config.encoder {
            EncoderConfig::None => (&config.mlp, row(0), features.clone(), width),
            EncoderConfig::DeepSet(set) => {
                let particle = Perceptron::new(graph, &set.particle(), row(0), &[set.features]);
                let encoded = heads::deep_set(graph, set, &particle, features);
                (&config.mlp, row(1), encoded, set.outputs())
            }
            EncoderConfig::ResidualCnn(_) => {
                return Err(Error::usage(
                    "this model has an encoder of images, which has no form in ONNX here: those of particles have one, and plain \
                     perceptrons",
                ));
            }
        },
        Architecture::Antisymmetric {
            antisymmetric,
            n_parameters: p,
        } => {
            let network = Perceptron::new(graph, antisymmetric, row(0), &[width, *p, *p]);
            let [theta0, theta1] = [0, 1].map(|k| &hypotheses[k]);
            let (value, gradient) = heads::antisymmetric(graph, &network, [features, theta0, theta1]);
            return Ok((value, Some(gradient)));
        }
        Architecture::Quadratic(config) => {
            let network = Perceptron::new(graph, &config.quadratic, row(0), &[width]);
            let entries = network.forward(graph, &[features]).outputs;
            let (value, gradient) = heads::quadratic(graph, config, &entries, &tensors[1], &hypotheses[0]);
            return Ok((value, Some(gradient)));
        }
        Architecture::Density(_) | Architecture::Expansion(_) => {
            return Err(Error::usage(format!("a {architecture} has no form in ONNX here")));
        }
    };
    let p = config.inputs - width;
    let widths: Vec<usize> = std::iter::once(width).chain(hypotheses.iter().map(|_| p)).collect();
    let network = Perceptron::new(graph, config, row, &widths);
    let blocks: Vec<&Value> = std::iter::once(&x).chain(hypotheses).collect();
    let pass = network.forward(graph, &blocks);
    let gradient = (!hypotheses.is_empty()).then(|| network.gradient(graph, &pass, 1));
    Ok((pass.outputs, gradient))
}
