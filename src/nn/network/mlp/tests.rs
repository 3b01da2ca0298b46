//! Gradients against an independent implementation (`tests/python/loss_gradients.py`: PyTorch, float64, double
//! backward) and against burn's own.

use burn::tensor::{Device, Gradients, Tensor, TensorData};
use serde::Deserialize;

use super::*;
use crate::batch::Batch;
use crate::methods::alice::soft_weights;
use crate::methods::carl::class_weights;
use crate::testing::{self, ACTIVATIONS, doubles, scattered};
use crate::train::Objective;
use crate::{Head, Method, Net, RatioErrors};

#[derive(Deserialize)]
struct Reference {
    alpha: f64,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    activation: Activation,
    ratio_network: Vec<Layer>,
    score_network: Vec<Layer>,
    x: Vec<Vec<f64>>,
    theta: Vec<Vec<f64>>,
    y: Vec<f64>,
    joint_log_ratio: Vec<f64>,
    joint_score: Vec<Vec<f64>>,
    log_ratio: Vec<f64>,
    log_ratio_gradient: Vec<Vec<f64>>,
    score: Vec<Vec<f64>>,
    losses: std::collections::BTreeMap<String, Loss>,
}

#[derive(Deserialize)]
struct Layer {
    weight: Vec<Vec<f64>>,
    bias: Vec<f64>,
}

#[derive(Deserialize)]
struct Loss {
    value: f64,
    gradient: Vec<Layer>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../../../tests/data/loss_gradients.json")).unwrap()
}

fn f32s<'a>(values: impl IntoIterator<Item = &'a f64>) -> Vec<f32> {
    values.into_iter().map(|&value| value as f32).collect()
}

fn matrix(rows: &[Vec<f64>], device: &Device) -> Tensor<2> {
    Tensor::from_data(
        TensorData::new(f32s(rows.iter().flatten()), [rows.len(), rows[0].len()]),
        device,
    )
}

fn vector(values: &[f64], device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::new(f32s(values), [values.len()]), device)
}

fn network(layers: &[Layer], activation: Activation, device: &Device) -> Mlp {
    let widths = |layer: &Layer| (layer.weight.len(), layer.bias.len());
    let config = MlpConfig {
        inputs: widths(&layers[0]).0,
        hidden: layers[..layers.len() - 1].iter().map(|layer| widths(layer).1).collect(),
        outputs: widths(layers.last().unwrap()).1,
        activation,
    };
    let parameters = layers
        .iter()
        .map(|layer| (f32s(layer.weight.iter().flatten()), f32s(&layer.bias)));
    config.build(parameters.collect(), device)
}

impl Case {
    fn inputs(&self, with_theta: bool, device: &Device) -> Tensor<2> {
        let x = matrix(&self.x, device);
        if with_theta {
            Tensor::cat(vec![x, matrix(&self.theta, device)], 1)
        } else {
            x
        }
    }

    fn batch(&self, method: Method, device: &Device) -> Batch {
        let weights = self.y.iter().zip(&self.joint_log_ratio).map(|(&y, &log_ratio)| {
            if method == Method::Sally {
                class_weights(0.0) // all events come from the reference point
            } else if method.has_soft_labels() {
                soft_weights(log_ratio)
            } else {
                class_weights(y)
            }
        });
        let (numerator, denominator): (Vec<f32>, Vec<f32>) = weights.unzip();
        let doubles = |values: Vec<f32>| values.into_iter().map(f64::from).collect::<Vec<_>>();
        Batch {
            inputs: self.inputs(method != Method::Sally, device),
            numerator: vector(&doubles(numerator), device),
            denominator: vector(&doubles(denominator), device),
            per_event: 2,
            joint_log_ratio: Some(vector(&self.joint_log_ratio, device)),
            joint_score: Some(matrix(&self.joint_score, device)),
            score_weight: None,
        }
    }
}

/// Gradients of all weights and biases, layer by layer.
fn gradients(network: &Mlp, gradients: &Gradients) -> Vec<f64> {
    doubles(network.parameters.val().grad(gradients).unwrap())
}

fn assert_all_close(found: &[f64], expected: &[f64], what: &str) {
    testing::assert_all_close(found, expected, 1e-3, what);
}

#[test]
fn outputs_and_gradients_to_theta_are_those_of_the_reference() {
    let device = Device::flex();
    for case in reference().cases {
        let ratio = network(&case.ratio_network, case.activation, &device);
        let (value, gradient) = ratio.forward_with_gradient(case.inputs(true, &device), 2);
        assert_all_close(&doubles(value), &case.log_ratio, &case.name);
        assert_all_close(&doubles(gradient), &case.log_ratio_gradient.concat(), &case.name);
        let score = network(&case.score_network, case.activation, &device).forward(case.inputs(false, &device));
        assert_all_close(&doubles(score), &case.score.concat(), &case.name);
    }
}

#[test]
fn losses_and_their_gradients_are_those_of_the_reference() {
    let device = Device::flex().autodiff();
    let Reference { alpha, cases } = reference();
    for case in cases {
        // Derivatives are learned by the loss of SALLY, and SALLINO's network is SALLY's.
        let of_another = |method: Method| matches!(method, Method::Derivatives | Method::Sallino);
        let learned = Method::ALL
            .into_iter()
            .filter(|&method| !method.learns_likelihood() && !method.learns_posterior() && !of_another(method));
        assert_eq!(case.losses.len(), learned.count());
        for (name, expected) in &case.losses {
            let method: Method = name.parse().unwrap();
            let layers = if method != Method::Sally {
                &case.ratio_network
            } else {
                &case.score_network
            };
            let network = network(layers, case.activation, &device);
            let net = Net::Perceptron(network.clone());
            let loss = Objective {
                method,
                head: Head::Plain,
                ratio_errors: RatioErrors::Squared,
                alpha,
                n_parameters: 2,
            }
            .loss(&net, case.batch(method, &device));
            let what = format!("{name}, {}", case.name);
            assert_all_close(
                &[f64::from(loss.clone().into_scalar::<f32>())],
                &[expected.value],
                &what,
            );
            let expected = expected
                .gradient
                .iter()
                .flat_map(|l| l.weight.iter().flatten().chain(&l.bias).copied());
            assert_all_close(
                &gradients(&network, &loss.backward()),
                &expected.collect::<Vec<_>>(),
                &what,
            );
        }
    }
}

#[test]
fn the_reverse_pass_is_burns_own_gradient_at_any_depth_and_width() {
    let device = Device::flex().autodiff();
    for activation in ACTIVATIONS {
        for hidden in [vec![7], vec![100, 100, 100], vec![3, 50, 8, 20]] {
            for (inputs, k) in [(3, 1), (12, 2), (9, 8)] {
                let network = MlpConfig {
                    inputs,
                    hidden: hidden.clone(),
                    outputs: 1,
                    activation,
                }
                .init(5, &device);
                let x = scattered([33, inputs], 3.0, &device).require_grad();
                let all = x.grad(&network.forward(x.clone()).sum().backward()).unwrap();
                let burns = doubles(all.slice([0..33, inputs - k..inputs]));
                for ours in [
                    network.forward_with_gradient(x.clone().detach(), k),
                    network.forward_with_gradient_by_operations(x, k),
                ] {
                    assert_all_close(&doubles(ours.1), &burns, &format!("{activation:?} {hidden:?}"));
                }
            }
        }
    }
}

/// More events than a chunk of the fused passes holds, and not a whole number of chunks.
const MANY: usize = 1_000;

#[test]
fn the_fused_passes_are_the_ordinary_operations() {
    let device = Device::flex().autodiff();
    for activation in ACTIVATIONS {
        for hidden in [vec![7], vec![90, 30, 50]] {
            let config = MlpConfig {
                inputs: 6,
                hidden,
                outputs: 1,
                activation,
            };
            let network = config.init(5, &device);
            let x = scattered([MANY, 6], 3.0, &device);
            for k in [1, 4, 6] {
                // A loss that weighs every number of the output differently.
                let loss = |(value, gradient): (Tensor<2>, Tensor<2>)| {
                    (value * scattered([MANY, 1], 1.0, &device)).mean()
                        + (gradient.square() * scattered([MANY, k], 1.0, &device)).mean()
                };
                let fused = loss(network.forward_with_gradient(x.clone(), k)).backward();
                let ordinary = loss(network.forward_with_gradient_by_operations(x.clone(), k)).backward();
                let [fused, ordinary] = [fused, ordinary].map(|gradient| gradients(&network, &gradient));
                assert_all_close(&fused, &ordinary, &format!("{activation:?} {k}"));
            }
        }
    }
}

#[test]
fn a_fused_pass_of_many_outputs_goes_back_to_parameters_and_inputs() {
    let device = Device::flex().autodiff();
    for activation in ACTIVATIONS {
        let config = MlpConfig {
            inputs: 6,
            hidden: vec![90, 30, 50],
            outputs: 3,
            activation,
        };
        let network = config.init(5, &device);
        let x = scattered([MANY, 6], 3.0, &device).require_grad();
        let loss = |output: Tensor<2>| (output.square() * scattered([MANY, 3], 1.0, &device)).mean();
        let fused = loss(network.forward(x.clone())).backward();
        let ordinary = loss(network.forward_by_operations(x.clone()).0).backward();
        let of = |all: &Gradients| [gradients(&network, all), doubles(x.grad(all).unwrap())].concat();
        assert_all_close(&of(&fused), &of(&ordinary), &format!("{activation:?}"));
    }
}

#[test]
fn the_kernels_agree_with_the_stock_operations_wherever_a_tensor_lies() {
    let device = Device::flex();
    let x = scattered([40, 30], 10.0, &device);
    let g = scattered([40, 30], 2.0, &device);
    let values = |t: Tensor<2>| {
        floats(t.cast(burn::tensor::FloatDType::F32))
            .into_iter()
            .map(f64::from)
            .collect::<Vec<_>>()
    };
    // f64 tensors take the stock operations.
    let double = |t: Tensor<2>| t.cast(burn::tensor::FloatDType::F64);
    for activation in ACTIVATIONS {
        let views: [fn(Tensor<2>) -> Tensor<2>; 3] = [|t| t, |t| t.transpose(), |t| t.slice([3..20, 5..9])];
        for view in views {
            let (z, g) = (view(x.clone()), view(g.clone()));
            let [stock, fast] = [double(z.clone()), z.clone()].map(|z| values(activation.forward(z)));
            assert_all_close(&fast, &stock, "value");
            let [stock, fast] =
                [(double(z.clone()), double(g.clone())), (z, g)].map(|(z, g)| values(activation.backward(z, g)));
            assert_all_close(&fast, &stock, "slope");
        }
    }
}
