//! Densities against quadrature, numerical derivatives, their own samples and exact answers.

mod dual;
mod exact;
mod recovery;
mod samples;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{DType, Device, Tensor, TensorData};
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_pcg::Pcg64Mcg;

use super::*;
use crate::input::Inputs;
use crate::methods::cascal::score_term;
use crate::methods::nde::nde;
use crate::{Activation, Scaling};

/// Central differences in f64, relative to the largest entry.
const FINITE_DIFFERENCE: f64 = 1e-6;

/// The loss of NDE for events of one class.
fn likelihood(log_prob: Tensor<1>) -> Tensor<1> {
    let (two, zero) = (log_prob.ones_like() * 2.0, log_prob.zeros_like());
    nde(log_prob, two, zero)
}

/// The loss of SCANDAL for events of one class.
fn scandal(log_prob: Tensor<1>, gradient: Tensor<2>, joint_score: Tensor<2>, alpha: f64) -> Tensor<1> {
    let two = log_prob.ones_like() * 2.0;
    likelihood(log_prob) + score_term(gradient, joint_score, two) * alpha
}

fn rng(seed: u64) -> Pcg64Mcg {
    Pcg64Mcg::seed_from_u64(seed)
}

/// Rows of f64 numbers.
fn rows(values: Vec<f64>, width: usize, device: &Device) -> Tensor<2> {
    let n = values.len() / width;
    Tensor::from_data(TensorData::new(values, [n, width]), (device, DType::F64))
}

/// Normal numbers of the given spread.
fn scattered(n: usize, width: usize, spread: f64, seed: u64, device: &Device) -> Tensor<2> {
    let mut rng = rng(seed);
    let values = (0..n * width).map(|_| spread * rng.sample::<f64, _>(StandardNormal));
    rows(values.collect(), width, device)
}

fn doubles<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

fn assert_all_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected
        .iter()
        .fold(1e-3, |largest: f64, value| largest.max(value.abs()));
    for (found, expected) in found.iter().zip(expected) {
        let error = (found - expected).abs() / largest;
        assert!(
            error <= tolerance,
            "{what}: {found} against {expected} (largest {largest})"
        );
    }
}

/// Small networks of every kind for `m` observables (one column of classes) and two parameters.
fn every_kind(m: usize) -> Vec<DensityConfig> {
    let hidden = vec![12, 10];
    let flow = |config: FlowConfig| FlowConfig {
        hidden: hidden.clone(),
        activation: Activation::Tanh,
        layers: 2,
        ..config
    };
    let mixture = |components| MixtureConfig {
        hidden: hidden.clone(),
        components,
        ..MixtureConfig::new(m, 2)
    };
    let mut kinds = vec![
        DensityConfig::Flow(flow(FlowConfig::spline(m, 2))),
        DensityConfig::Flow(flow(FlowConfig {
            transform: Transform::Unbounded,
            ..FlowConfig::affine(m, 2)
        })),
        DensityConfig::Mixture(mixture(1)),
        DensityConfig::Mixture(mixture(3)),
    ];
    if m > 1 {
        kinds.push(DensityConfig::Flow(flow(FlowConfig::affine(m, 2))));
    } else {
        kinds.push(seven_classes());
    }
    kinds
}

fn seven_classes() -> DensityConfig {
    let values = Array2::from_shape_fn((7, 1), |(i, _)| 2.0 * i as f64 + 0.5);
    DensityConfig::Categorical(CategoricalConfig {
        hidden: vec![9],
        ..CategoricalConfig::new(Classes::of(values.view()).unwrap(), 2)
    })
}

fn is_discrete(config: &DensityConfig) -> bool {
    matches!(config, DensityConfig::Categorical(_))
}

/// Weights and biases moved away from where they start, in f32 or f64: a flow that is no identity.
struct Roughen {
    rng: Pcg64Mcg,
    spread: f64,
    dtype: DType,
}

impl ModuleMapper for Roughen {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, value) = (param.id, param.val());
        let shape = value.shape();
        let noise = (0..shape.num_elements()).map(|_| self.spread * self.rng.sample::<f64, _>(StandardNormal));
        let noise = Tensor::from_data(
            TensorData::new(noise.collect::<Vec<_>>(), shape),
            (&value.device(), self.dtype),
        );
        let trained = value.is_require_grad();
        let moved = (value.detach().cast(self.dtype) + noise).detach();
        Param::initialized(id, if trained { moved.require_grad() } else { moved })
    }
}

fn rough(config: &DensityConfig, dtype: DType, device: &Device) -> ConditionalDensity {
    let mut roughen = Roughen {
        rng: rng(11),
        spread: 0.15,
        dtype,
    };
    config.init(5, device).unwrap().map(&mut roughen)
}

/// Observations to evaluate a density at: scattered numbers, or classes.
fn some_x(config: &DensityConfig, n: usize, device: &Device) -> Tensor<2> {
    match is_discrete(config) {
        true => rows((0..n).map(|i| (i % 7) as f64).collect(), 1, device),
        false => scattered(n, config.n_columns(), 1.5, 3, device),
    }
}

#[test]
fn a_seed_gives_the_same_weights_and_another_seed_others() {
    let device = Device::flex();
    for config in every_kind(2).into_iter().chain([seven_classes()]) {
        let at = |seed| {
            let x = some_x(&config, 9, &device).cast(DType::F32);
            let theta = scattered(9, 2, 1.0, 4, &device).cast(DType::F32);
            doubles(config.init(seed, &device).unwrap().log_prob(x, theta))
        };
        assert_eq!(at(1), at(1));
        assert_ne!(at(1), at(2));
    }
}

#[test]
fn configurations_survive_a_file() {
    for config in every_kind(2).into_iter().chain([seven_classes()]) {
        let json = serde_json::to_string(&config).unwrap();
        let read: DensityConfig = serde_json::from_str(&json).unwrap();
        assert_eq!(read, config);
        assert!(read.check().is_ok());
    }
}

#[test]
fn observations_come_back_in_user_units() {
    let scaling = Scaling {
        inputs: Inputs::standardised(&[10.0, -1.0], &[2.0, 0.5]),
        theta_mean: vec![0.0],
        theta_sd: vec![1.0],
    };
    let there_and_back = |config: &DensityConfig, x: &[f64]| {
        let mut row = vec![];
        config.push_x(ndarray::aview1(x), &scaling, &mut row);
        (row.clone(), config.observation(&row, &scaling))
    };
    let config = DensityConfig::Flow(FlowConfig::affine(2, 1));
    assert_eq!(
        there_and_back(&config, &[14.0, -1.5]),
        (vec![2.0, -1.0], vec![14.0, -1.5])
    );
    assert_eq!(config.log_volume(&scaling), 0.0); // 2 × ½
    let config = seven_classes();
    assert_eq!(there_and_back(&config, &[4.5]), (vec![2.0], vec![4.5]));
    assert_eq!(config.log_volume(&scaling), 0.0);
}

#[test]
fn what_cannot_be_built_is_refused_in_words() {
    let spline = || FlowConfig::spline(3, 1);
    let with = |transform| FlowConfig { transform, ..spline() };
    let refused = [
        (FlowConfig::affine(1, 1).check(), "spline flow"),
        (
            FlowConfig {
                layers: 1,
                ..FlowConfig::affine(2, 1)
            }
            .check(),
            "at least 2",
        ),
        (FlowConfig { layers: 0, ..spline() }.check(), "at least one layer"),
        (
            FlowConfig {
                hidden: vec![2],
                ..spline()
            }
            .check(),
            "at least 3",
        ),
        (
            FlowConfig {
                hidden: vec![0],
                ..spline()
            }
            .check(),
            "at least one unit",
        ),
        (FlowConfig::spline(0, 1).check(), "observable"),
        (FlowConfig::spline(1, 0).check(), "parameter"),
        (with(Transform::Spline { bins: 1, bound: 5.0 }).check(), "bins, got 1"),
        (
            with(Transform::Spline {
                bins: 8,
                bound: f64::NAN,
            })
            .check(),
            "got NaN",
        ),
        (
            MixtureConfig {
                components: 0,
                ..MixtureConfig::new(1, 1)
            }
            .check(),
            "component",
        ),
    ];
    for (result, word) in refused {
        let message = result.unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    }
}

/// ∂f/∂θ_j by central differences, all rows of θ moved at once.
fn difference(f: impl Fn(Tensor<2>) -> Vec<f64>, theta: &Tensor<2>, j: usize) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let [n, p] = theta.dims();
    let unit = (0..n * p).map(|i| f64::from(u8::from(i % p == j))).collect();
    let step = rows(unit, p, &theta.device()) * STEP;
    let (above, below) = (f(theta.clone() + step.clone()), f(theta.clone() - step));
    above.iter().zip(&below).map(|(a, b)| (a - b) / (2.0 * STEP)).collect()
}
