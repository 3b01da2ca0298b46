//! Against the definition in f64 (that of PyTorch too: ε outside the corrected root) and against burn's own optimiser.

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::Device;

use super::*;
use crate::network::{Activation, Mlp, MlpConfig};

/// Relative to the largest entry, for results computed in f32.
const SINGLE: f64 = 1e-5;
const STEPS: usize = 30;
const RATE: f64 = 0.01;

fn network(device: &Device) -> Mlp {
    let config = MlpConfig {
        inputs: 3,
        hidden: vec![9, 40],
        outputs: 1,
        activation: Activation::Tanh,
    };
    config.init(7, device)
}

fn settings(optimizer: Optimizer, clip: Option<f64>) -> Settings {
    Settings {
        optimizer,
        clip,
        averaging: 0.2,
        ..Settings::default()
    }
}

fn inputs(device: &Device) -> Tensor<2> {
    let values: Vec<f32> = (0..60).map(|i| (i as f32 * 0.618_034).fract() - 0.5).collect();
    Tensor::from_data(TensorData::new(values, [20, 3]), device)
}

/// A loss with gradients of all sizes, whose shape changes from step to step.
fn loss(network: &Mlp, step: usize) -> Tensor<1> {
    let target = (step as f32 * 0.7).sin();
    let x = inputs(&Device::flex().autodiff());
    (network.forward(x).squeeze_dim::<1>(1) - target).square().mean()
}

fn assert_close(found: &[f32], expected: &[f32]) {
    let largest = expected
        .iter()
        .fold(0.0, |largest: f64, w| largest.max(f64::from(w.abs())));
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let error = f64::from((found - expected).abs());
        assert!(error <= SINGLE * largest, "{found} against {expected}");
    }
}

fn flat(network: &Mlp) -> Vec<f32> {
    let mut row = Flattened::default();
    network.visit(&mut row);
    row.weights
}

#[test]
fn the_weights_and_their_average_are_those_of_the_library() {
    let device = Device::flex().autodiff();
    for optimizer in [Optimizer::Adam, Optimizer::Amsgrad] {
        for clip in [None, Some(0.05)] {
            let settings = settings(optimizer, clip);
            let (mut ours, mut theirs) = (network(&device), network(&device));
            let mut adam = Adam::new(&ours, &settings);
            let mut library = AdamConfig::new()
                .with_epsilon(1e-8)
                .with_amsgrad(optimizer == Optimizer::Amsgrad)
                .with_grad_clipping(clip.map(|norm| GradientClippingConfig::Norm(norm as f32)))
                .init();
            let mut average = flat(&theirs);
            for step in 0..STEPS {
                let mut gradients = loss(&ours, step).backward();
                adam.step(&mut ours, &mut gradients, RATE);
                let gradients = GradientsParams::from_grads(loss(&theirs, step).backward(), &theirs);
                theirs = library.step(RATE, theirs, gradients);
                for (a, w) in average.iter_mut().zip(flat(&theirs)) {
                    *a = 0.8 * *a + 0.2 * w;
                }
            }
            assert_close(&flat(&ours), &flat(&theirs));
            assert_close(&flat(&adam.averaged(ours.valid())), &average);
        }
    }
}

#[test]
fn the_step_is_that_of_the_definition() {
    for optimizer in [Optimizer::Adam, Optimizer::Amsgrad] {
        // Gradients from far below ε to far above it.
        let gradient = |i: usize, t: usize| 10_f64.powi(i as i32 % 12 - 10) * (1.0 + (i + 3 * t) as f64).sin();
        let n = 50;
        let (mut weight, mut average) = (vec![0.5_f32; n], vec![0.5_f32; n]);
        let [mut first, mut second] = [vec![0.0_f32; n], vec![0.0_f32; n]];
        let mut largest = vec![0.0_f32; if optimizer == Optimizer::Amsgrad { n } else { 0 }];
        let mut exact = vec![[0.5_f64, 0.0, 0.0, 0.0]; n];
        let mut adam = Adam::new(&network(&Device::flex()), &settings(optimizer, None));
        for t in 1..=STEPS {
            adam.steps = t as u32;
            let gradients: Vec<f32> = (0..n).map(|i| gradient(i, t) as f32).collect();
            let slices = Slices {
                weight: &mut weight,
                gradient: &gradients,
                first: &mut first,
                second: &mut second,
                largest: &mut largest,
                average: &mut average,
            };
            adam.rule(RATE).apply(slices, 1.0);
            for (i, [w, m, v, top]) in exact.iter_mut().enumerate() {
                let g = gradient(i, t);
                *m = 0.9 * *m + 0.1 * g;
                *v = 0.999 * *v + 0.001 * g * g;
                *top = top.max(*v);
                let v = if optimizer == Optimizer::Amsgrad { *top } else { *v };
                let corrected = |beta: f64| 1.0 - beta.powi(t as i32);
                *w -= RATE * (*m / corrected(0.9)) / ((v / corrected(0.999)).sqrt() + 1e-8);
            }
        }
        let exact: Vec<f32> = exact.iter().map(|[w, ..]| *w as f32).collect();
        assert_close(&weight, &exact);
    }
}

#[test]
fn a_training_goes_on_from_a_written_state() {
    let device = Device::flex().autodiff();
    for optimizer in [Optimizer::Adam, Optimizer::Amsgrad] {
        let mut network = network(&device);
        let mut adam = Adam::new(&network, &settings(optimizer, Some(0.05)));
        for step in 0..STEPS {
            let mut gradients = loss(&network, step).backward();
            adam.step(&mut network, &mut gradients, RATE);
        }
        let mut read = Adam::new(&network, &settings(optimizer, Some(0.05)));
        for ((name, to), (from_name, from)) in read.resume_at(STEPS).into_iter().zip(adam.state()) {
            assert_eq!(name, from_name);
            *to = from.clone();
        }
        assert_eq!(read, adam);
        let after = |adam: &mut Adam| {
            let mut next = network.clone();
            adam.step(&mut next, &mut loss(&network, STEPS).backward(), RATE);
            flat(&next)
        };
        assert_eq!(after(&mut read), after(&mut adam));
        assert_eq!(read, adam);
    }
}

#[test]
fn blocks_of_one_tensor_are_clipped_one_by_one() {
    let device = Device::flex().autodiff();
    let settings = settings(Optimizer::Adam, Some(1e-9));
    let mut network = network(&device);
    let before = flat(&network);
    let blocks = network.blocks();
    let mut adam = Adam::new(&network, &settings).with_blocks(blocks.clone());
    let mut gradients = loss(&network, 1).backward();
    adam.step(&mut network, &mut gradients, RATE);
    let mut at = 0;
    for length in blocks {
        // After one step the first moment is a tenth of the gradient, and every block has the norm of the limit.
        let block = &adam.first_moment[at..at + length];
        assert!((norm(block) / 1e-10 - 1.0).abs() < SINGLE as f32, "{}", norm(block));
        at += length;
    }
    assert_eq!(at, before.len());
    assert_ne!(flat(&network), before);
}

#[test]
fn the_norm_is_euclidean_at_any_length() {
    for n in [1, 15, 16, 17, 100] {
        assert!((norm(&vec![3.0; n]) - 3.0 * (n as f32).sqrt()).abs() < 1e-5 * n as f32);
    }
}

#[test]
fn a_parameter_without_gradient_stays() {
    let device = Device::flex().autodiff();
    let network = network(&device);
    let mut adam = Adam::new(&network, &settings(Optimizer::Adam, None));
    let mut none = Tensor::<1>::zeros([1], &device).require_grad().sum().backward();
    let mut after = network.clone();
    adam.step(&mut after, &mut none, RATE);
    assert_eq!(flat(&after), flat(&network));
    assert_eq!(flat(&adam.averaged(after.valid())), flat(&network));
}
