//! How many times faster are the hand-written passes, losses and optimiser than burn's own operations? A measurement, not a test:
//!
//! `cargo test --release -p motherlode-nn --lib measured -- --ignored --nocapture`
//!
//! Both sides take turns on one thread; each figure is a median over 41 rounds.

use std::hint::black_box;
use std::time::Instant;

use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::Device;

use super::*;
use crate::Settings;
use crate::fused_loss;
use crate::methods::{carl, cascal, rolr};
use crate::testing::scattered;
use crate::train::Adam;

const ROUNDS: usize = 41;
const REPEATS: usize = 20;

/// Time of `REPEATS` calls.
fn time(work: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..REPEATS).for_each(|_| work());
    start.elapsed().as_secs_f64()
}

/// Prints how many times as long `theirs` takes as `ours`.
fn compare(what: &str, mut theirs: impl FnMut(), mut ours: impl FnMut()) {
    let mut ratios: Vec<f64> = (0..ROUNDS).map(|_| time(&mut theirs) / time(&mut ours)).collect();
    ratios.sort_by(f64::total_cmp);
    println!("{what:<60} {:5.2} times", ratios[ROUNDS / 2]);
}

/// The network of `benches/training.rs`.
fn network(device: &Device) -> Mlp {
    let config = MlpConfig {
        inputs: 12,
        hidden: vec![100; 3],
        outputs: 1,
        activation: Activation::Tanh,
    };
    config.init(1, device)
}

/// The value and the gradient to the last `k` inputs, all by burn's own operations.
fn burns_own(network: &Mlp, x: &Tensor<2>, k: usize) -> (Tensor<2>, Tensor<2>) {
    let mut layers = network.weights_and_biases();
    let (last, bias) = layers.pop().unwrap();
    let [n, inputs] = x.dims();
    let (mut h, mut slopes) = (x.clone(), Vec::new());
    for (weight, bias) in &layers {
        h = (h.matmul(weight.clone()) + bias.clone()).tanh();
        slopes.push(h.clone().square().neg() + 1.0);
    }
    let value = h.matmul(last.clone()) + bias;
    let mut g = last.transpose().repeat_dim(0, n);
    for (depth, ((mut weight, _), slope)) in layers.into_iter().zip(slopes).enumerate().rev() {
        if depth == 0 {
            let [_, width] = weight.dims();
            weight = weight.slice([inputs - k..inputs, 0..width]);
        }
        g = (g * slope).matmul(weight.transpose());
    }
    (value, g)
}

fn passes(n: usize) {
    let device = Device::flex().autodiff();
    let network = network(&device);
    let x = scattered([n, 12], 1.0, &device);
    let value = |(value, _): (Tensor<2>, Tensor<2>)| value.square().mean();
    let both = |(value, gradient): (Tensor<2>, Tensor<2>)| value.square().mean() + gradient.square().mean();
    let back = |loss: Tensor<1>| drop(black_box(loss.backward()));
    let none = || Tensor::zeros([1, 1], &device);
    let by_operations = || (network.forward_by_operations(x.clone()).0, none());
    let fused = || back(value((network.forward(x.clone()), none())));
    let fused_both = || back(both(network.forward_with_gradient(x.clone(), 2)));
    let of = |what: &str| format!("{what}, batch {n}");
    compare(
        &of("value: burn's operations"),
        || back(value(burns_own(&network, &x, 2))),
        fused,
    );
    compare(
        &of("value: own activations only"),
        || back(value(by_operations())),
        fused,
    );
    compare(
        &of("with gradient: burn's operations"),
        || back(both(burns_own(&network, &x, 2))),
        fused_both,
    );
    let with_gradient = || back(both(network.forward_with_gradient_by_operations(x.clone(), 2)));
    compare(&of("with gradient: own activations only"), with_gradient, fused_both);
}

fn losses(n: usize) {
    let device = Device::flex().autodiff();
    let row = |range| scattered([n, 1], range, &device).squeeze_dim::<1>(1);
    let columns = |range| scattered([n, 2], range, &device);
    let (log_ratio, joint) = (row(3.0).require_grad(), row(2.0));
    let (gradient, score) = (columns(1.0).require_grad(), columns(2.0));
    let (w0, w1) = (row(1.0) + 1.0, row(1.0).neg() + 1.0);
    let back = |loss: Tensor<1>| drop(black_box(loss.backward()));
    let both = || (log_ratio.clone(), w0.clone(), w1.clone());
    compare(
        &format!("cross-entropy: burn's operations, batch {n}"),
        || back(apply3(carl::by_operations, both())),
        || back(apply3(fused_loss::cross_entropy, both())),
    );
    let rolr = |loss: fn(Tensor<1>, Tensor<1>, Tensor<1>, Tensor<1>) -> Tensor<1>| {
        let (log_ratio, w0, w1) = both();
        back(loss(log_ratio, joint.clone(), w0, w1));
    };
    compare(
        &format!("squared ratio: burn's operations, batch {n}"),
        || rolr(rolr::by_operations),
        || rolr(fused_loss::rolr),
    );
    let term = || (gradient.clone(), score.clone(), w0.clone());
    compare(
        &format!("score term: burn's operations, batch {n}"),
        || back(apply3(cascal::by_operations, term())),
        || back(apply3(fused_loss::score_term, term())),
    );
}

fn apply3<A, B, C, T>(of: impl Fn(A, B, C) -> T, (a, b, c): (A, B, C)) -> T {
    of(a, b, c)
}

/// A step of the optimiser with the running average of the weights, on a gradient that costs next to nothing.
fn optimiser() {
    const SHARE: f64 = 0.01;
    let device = Device::flex().autodiff();
    let (mut ours, mut theirs) = (network(&device), network(&device));
    let gradients = |network: &Mlp| network.parameters.val().sum().backward();
    let mut adam = Adam::new(&ours, &Settings::default());
    let mut library = AdamConfig::new().with_epsilon(1e-8).init();
    let mut average = theirs.parameters.val().inner();
    compare(
        "a step of Adam with averaging: burn's",
        || {
            let gradients = GradientsParams::from_grads(gradients(&theirs), &theirs);
            theirs = library.step(1e-3, theirs.clone(), gradients);
            average = average.clone() * (1.0 - SHARE) + theirs.parameters.val().inner() * SHARE;
        },
        || {
            let mut gradients = gradients(&ours);
            adam.step(&mut ours, &mut gradients, 1e-3);
        },
    );
}

#[test]
#[ignore = "a measurement of minutes"]
fn measured() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        [128, 1024].into_iter().for_each(passes);
        [128, 1024].into_iter().for_each(losses);
        optimiser();
    });
}
