//! Estimators as graphs that other programs run (ONNX), with the transforms of observables and the scaling of parameters
//! inside: what goes in and comes out is in user units.
//!
//! # Precision
//! A graph computes as the program does: networks in single precision, what stands before and behind them in double. The two
//! add up in different orders, and neither is nearer to what the weights mean. Largest errors against the same graph with all
//! numbers in double precision, over 600 events and after 60 steps of training, relative where answers are larger than 1:
//!
//! | network | answer | graph | program |
//! |---|---|---|---|
//! | spline flow, ten observables of `linear-gaussian-10` | ln p̂(x\|θ0) − ln p̂(x\|θ1), up to 1 | 7e-6 | 7e-6 |
//! | spline flow, one observable of `projectile` | score, up to 11 | 3e-6 | 3e-6 |
//! | images of `lensing` (100 of them) | log ratio and score, up to 2 | 1.2e-6 | 1.1e-6 |
//!
//! A difference of two log densities is as exact as these are: ln p̂ of ten observables, down to −26, is right to 3e-7 of itself,
//! where neighbouring numbers of single precision are 1.9e-6 apart. Inputs in single precision are rounded, too: to round a speed
//! of 12.1 (±0.5 in training) and an angle of 0.64 (±0.05) shifts the score of `projectile` by 1.0e-5, to round a distance of
//! 15.3 ± 0.6 by 8e-6; inputs in double precision are not. Networks in double precision are not offered: ONNX Runtime has no
//! convolution, pooling or softplus of such numbers on the CPU. [`Model::to_checked_onnx`] evaluates the graph on the spot, compares it with
//! the model, and takes inputs in double precision where those in single change the answer.

mod calibrated;
mod combine;
mod counts;
mod density;
mod encoders;
mod expansion;
pub(crate) mod graph;
mod heads;
mod labels;
mod perceptron;

use super::architecture::NamedTensor;
use super::network::EncoderConfig;
use super::trained::Trained;
use super::{Architecture, Learned, Model, Network, RatioEstimator, Scaling};
use crate::onnx::graph::{Graph, Value};
use motherlode_core::arrays::Precision;
use motherlode_core::error::{Error, Result};
use motherlode_core::gold::Design;
use perceptron::Perceptron;
pub use self_check::OnnxExport;

mod interpreter;
mod self_check;
#[cfg(test)]
mod tests;

/// Quantities that a graph can give, by what the members of a model have learned.
#[derive(Debug, Clone, PartialEq)]
enum OutputKind {
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

/// Outputs of a network, in double precision, as everything after it, and in user units.
struct NetworkOutputs {
    /// A log ratio or log density, `[n, 1]`.
    log: Option<Value>,
    /// `[n, p]`.
    score: Option<Value>,
}

impl Model {
    /// The model as a file of the Open Neural Network Exchange format, which ONNX Runtime and others evaluate.
    ///
    /// Inputs and outputs are in single precision, or, with `double`, in double precision; the transforms of the observables
    /// and the scaling of the parameters are computed in double precision either way, the networks in single. Inputs in single
    /// precision are rounded to 6e-8 of their size: where they vary little about a large mean, take double.
    ///
    /// # Shapes
    /// - `x`: `[n, m]`, in user units; images flat as well, as in a data set: the pixels are columns, next to which there may be
    ///   others, and each column has its own transform and may be missing. Where an observation is one that the estimator refuses (infinite, or missing where no
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
    /// If part of it has no such form, as in no network that is trained here, or the members of an ensemble have not learned the same.
    pub fn to_onnx(&self, double: bool) -> Result<Vec<u8>> {
        let precision = if double { Precision::Double } else { Precision::Single };
        let kind = self.kind()?;
        let networks = self.networks()?;
        let scaling = &networks[0].scaling;
        let (m, p) = (scaling.inputs.n_observables(), scaling.n_parameters());
        let mut graph = Graph::new("motherlode", precision);
        let x = graph.input("x", "n", m, &self.meaning_of_x());
        let hypotheses: Vec<Value> = match &kind {
            OutputKind::ScoreThere => vec![],
            OutputKind::Ratio { only: Some(theta), .. } => vec![graph.doubles(&[1, p], theta)],
            OutputKind::Ratio { only: None, .. }
            | OutputKind::Density
            | OutputKind::Calibrated { .. }
            | OutputKind::ScoreAnywhere => {
                vec![graph.input("theta", "n_theta", p, &self.meaning_of_theta("the hypothesis"))]
            }
            OutputKind::RatioOfTwo => [("theta0", "the numerator"), ("theta1", "the denominator")]
                .map(|(name, role)| graph.input(name, "n_theta", p, &self.meaning_of_theta(role)))
                .to_vec(),
        };
        let answers = match self.calibration() {
            Some(calibration) => {
                let model = self.uncalibrated();
                vec![calibrated::answer_of(
                    &mut graph,
                    model,
                    calibration,
                    &x,
                    &hypotheses[0],
                )?]
            }
            None => networks
                .into_iter()
                .map(|network| network_outputs(&mut graph, network, &kind, &x, &hypotheses))
                .collect::<Result<Vec<_>>>()?,
        };
        combine::outputs(&mut graph, &answers, p, &self.meanings(&kind));
        self.label(&mut graph, &kind);
        Ok(graph.encode())
    }

    fn kind(&self) -> Result<OutputKind> {
        Ok(match self {
            Self::Ratio(estimator) => kind_of_ratio(estimator),
            Self::Likelihood(_) => OutputKind::Density,
            Self::Posterior(_) => {
                return Err(Error::data(
                    "a posterior has no form in ONNX here: use its model file, or export a model of ratios",
                ));
            }
            Self::Score(estimator) if estimator.theta_ref.is_some() => OutputKind::ScoreThere,
            Self::Score(_) => OutputKind::ScoreAnywhere,
            Self::Ensemble(ensemble) => ensemble.members()[0].kind()?,
            Self::Imported(estimator) => match estimator.import().learned {
                Learned::Ratio => OutputKind::Ratio {
                    only: None,
                    knows_score: true,
                },
                Learned::RatioOfTwo => OutputKind::RatioOfTwo,
                Learned::Score { .. } => OutputKind::ScoreThere,
                Learned::Likelihood => OutputKind::Density,
            },
            Self::Calibrated(calibrated) => OutputKind::Calibrated {
                reference: calibrated.calibration().reference().to_vec(),
            },
        })
    }
}

fn kind_of_ratio(estimator: &RatioEstimator) -> OutputKind {
    let Trained { network, provenance } = &estimator.trained;
    match (&network.architecture, &provenance.data.design) {
        (Architecture::Antisymmetric { .. }, _) => OutputKind::RatioOfTwo,
        (_, Design::Pair { theta0, .. }) => OutputKind::Ratio {
            only: Some(theta0.clone()),
            knows_score: estimator.knows_score(),
        },
        _ => OutputKind::Ratio {
            only: None,
            knows_score: estimator.knows_score(),
        },
    }
}

/// Outputs of a network for observations and hypotheses in user units and double precision.
fn network_outputs(
    graph: &mut Graph,
    network: &Network,
    kind: &OutputKind,
    x: &Value,
    thetas: &[Value],
) -> Result<NetworkOutputs> {
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
    let features = (&inputs.features, scaling.n_features());
    let tensors = network.net.tensors();
    let is_score = matches!(kind, OutputKind::ScoreThere | OutputKind::ScoreAnywhere);
    let (values, gradient) = match &network.architecture {
        Architecture::Density(config) => {
            let (log_density, score) =
                density::network_outputs(graph, network, config, (&inputs.features, x), &hypotheses[0])?;
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
    let knows_score = !matches!(kind, OutputKind::Ratio { knows_score: false, .. });
    let mut valid = |value: &Value| {
        let value = graph.cast(value, Precision::Double);
        graph.apply("Add", &[&value, &validity])
    };
    Ok(NetworkOutputs {
        log: (!is_score).then(|| valid(&values)),
        score: gradient.filter(|_| knows_score).as_ref().map(valid),
    })
}

/// A score in user units and double precision, from one in standardised units.
fn to_user(graph: &mut Graph, scaling: &Scaling, score: &Value) -> Value {
    let sds = graph.doubles(&[1, scaling.theta_sd.len()], &scaling.theta_sd);
    let score = graph.cast(score, Precision::Double);
    graph.apply("Div", &[&score, &sds])
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
        Architecture::Encoded(config) => {
            let x = match &config.encoder {
                EncoderConfig::None => features.clone(),
                EncoderConfig::DeepSet(set) => {
                    let particle = Perceptron::new(graph, &set.particle(), row(0), &[set.features]);
                    encoders::deep_set(graph, set, &particle, features)
                }
                EncoderConfig::ResidualCnn(cnn) => encoders::residual_cnn(graph, cnn, tensors, features),
            };
            // The head comes last.
            (
                &config.mlp,
                row(tensors.len().saturating_sub(1)),
                x,
                config.encoder.outputs(width),
            )
        }
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
        Architecture::Density(_) | Architecture::Expansion(_) | Architecture::Posterior(_) => {
            return Err(Error::data(format!("a {architecture} has no form in ONNX here")));
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
