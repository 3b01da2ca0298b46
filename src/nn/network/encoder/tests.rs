//! Gradients against finite differences, and exact ratios of sets and images that are found again.

use burn::module::{ModuleMapper, ModuleVisitor, Param};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Gradients, TensorData};
use ndarray::array;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_pcg::Pcg64Mcg;

use super::*;
use crate::input::InputPlan;
use crate::methods::alice::soft_weights;
use crate::methods::carl::cross_entropy;
use crate::methods::cascal::score_term;
use crate::network::{Activation, floats};

fn head() -> MlpConfig {
    MlpConfig {
        inputs: 0,
        hidden: vec![40, 40],
        outputs: 1,
        activation: Activation::Silu,
    }
}

/// Up to six particles of one number and the mark of absence.
fn set() -> EncoderConfig {
    EncoderConfig::DeepSet(DeepSetConfig {
        inputs: 12,
        first: 0,
        particles: 6,
        features: 2,
        absent: Some(1),
        hidden: vec![20],
        width: 8,
        activation: Activation::Silu,
    })
}

const SIDE: usize = 8;

fn image() -> EncoderConfig {
    EncoderConfig::ResidualCnn(ResidualCnnConfig {
        inputs: SIDE * SIDE,
        first: 0,
        image: [1, SIDE, SIDE],
        filters: 4,
        blocks: 1,
        cells: [2, 2],
        width: 8,
        activation: Activation::Silu,
    })
}

fn network(encoder: EncoderConfig, features: usize, device: &Device) -> EncodedMlp {
    EncodedMlpConfig::new(encoder, features, 1, head())
        .unwrap()
        .init(5, device)
}

fn tensor(values: Vec<f32>, columns: usize, device: &Device) -> Tensor<2> {
    let n = values.len() / columns;
    Tensor::from_data(TensorData::new(values, [n, columns]), device)
}

/// A direction in the space of all weights, of length 1.
struct Direction {
    rng: Pcg64Mcg,
    length: f32,
}

impl Direction {
    fn of(network: &EncodedMlp) -> Self {
        let mut count = Count(0);
        network.visit(&mut count);
        Self {
            rng: Pcg64Mcg::seed_from_u64(17),
            length: (count.0 as f32 / 3.0).sqrt(),
        }
    }

    /// The part of the direction that belongs to the next parameter.
    fn next<const D: usize>(&mut self, like: &Tensor<D>) -> Tensor<D> {
        let n = like.shape().num_elements();
        let values: Vec<f32> = (0..n).map(|_| self.rng.random_range(-1.0..1.0) / self.length).collect();
        Tensor::from_data(TensorData::new(values, like.shape()), &like.device())
    }
}

struct Count(usize);

impl ModuleVisitor for Count {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0 += param.val().shape().num_elements();
    }
}

/// Moves all weights along the direction.
struct Move(Direction, f32);

impl ModuleMapper for Move {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let tracked = tensor.is_require_grad();
        let moved = (tensor.clone() + self.0.next(&tensor) * self.1).detach();
        let moved = if tracked { moved.require_grad() } else { moved };
        Param::from_mapped_value(id, moved, mapper)
    }
}

/// The gradient along the direction.
struct Along<'a>(Direction, &'a Gradients, f64);

impl ModuleVisitor for Along<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = param.val().grad(self.1).expect("every weight takes part");
        let direction = self.0.next(&gradient);
        self.2 += floats(gradient * direction).into_iter().map(f64::from).sum::<f64>();
    }
}

/// A loss of the value and of its gradient with respect to θ, as the methods that use the score have it.
fn loss(network: &EncodedMlp, x: &Tensor<2>) -> Tensor<1> {
    let (value, gradient) = network.forward_with_gradient(x.clone(), 1);
    value.square().mean() + (gradient - 1.0).square().mean()
}

/// In single precision, differences of fourth order; relative to the length of the gradient.
#[test]
fn gradients_to_all_weights_are_those_of_finite_differences() {
    for (encoder, features) in [(EncoderConfig::None, 3), (set(), 12), (image(), SIDE * SIDE)] {
        let device = Device::flex();
        let mut rng = Pcg64Mcg::seed_from_u64(2);
        let mut values: Vec<f32> = (0..20 * (features + 1)).map(|_| rng.sample(StandardNormal)).collect();
        if features == 12 {
            // Marks of absence are 0 or 1.
            let marks = values
                .chunks_mut(13)
                .flat_map(|row| row[..12].chunks_mut(2).map(|particle| &mut particle[1]));
            marks.for_each(|mark| *mark = f32::from(u8::from(*mark > 0.3)));
        }
        let network = network(encoder.clone(), features, &device.clone().autodiff());
        // From the start at zero, half of the derivatives of a residual block vanish.
        let network = network.clone().map(&mut Move(Direction::of(&network), 3.0));
        let x = tensor(values, features + 1, &device);
        let exact = {
            let x = Tensor::from_inner(x.clone());
            let gradients = loss(&network, &x).backward();
            let mut along = Along(Direction::of(&network), &gradients, 0.0);
            network.visit(&mut along);
            along.2
        };
        let plain = network.valid();
        let at = |step: f32| {
            let moved = plain.clone().map(&mut Move(Direction::of(&plain), step));
            f64::from(floats(loss(&moved, &x))[0])
        };
        let step = 0.05;
        let difference = |factor: f32| (at(factor * step) - at(-factor * step)) / f64::from(2.0 * factor * step);
        let numeric = (4.0 * difference(1.0) - difference(2.0)) / 3.0;
        assert!(
            (numeric - exact).abs() < 1e-3 * exact.abs(),
            "{encoder:?}: {numeric} against {exact}"
        );
    }
}

#[test]
fn without_encoder_it_is_the_perceptron_itself() {
    let device = Device::flex();
    let config = EncodedMlpConfig::new(EncoderConfig::None, 3, 2, head()).unwrap();
    assert_eq!(config.mlp.inputs, 5);
    let (encoded, plain) = (config.init(9, &device), config.mlp.init(9, &device));
    let x = tensor((0..20).map(|k| k as f32 * 0.1).collect(), 5, &device);
    assert_eq!(floats(encoded.forward(x.clone())), floats(plain.forward(x.clone())));
    let [(a, b), (c, d)] = [
        encoded.forward_with_gradient(x.clone(), 2),
        plain.forward_with_gradient(x, 2),
    ];
    assert_eq!((floats(a), floats(b)), (floats(c), floats(d)));
}

#[test]
fn initial_weights_are_those_of_the_seed() {
    let device = Device::flex();
    for (encoder, features) in [(set(), 12), (image(), SIDE * SIDE)] {
        let x = tensor(
            (0..=features).map(|k| (k as f32).sin()).collect(),
            features + 1,
            &device,
        );
        let config = EncodedMlpConfig::new(encoder, features, 1, head()).unwrap();
        let json = serde_json::to_string(&config).unwrap();
        let read: EncodedMlpConfig = serde_json::from_str(&json).unwrap();
        let value = |config: &EncodedMlpConfig, seed: u64| floats(config.init(seed, &device).forward(x.clone()));
        assert_eq!(value(&config, 4), value(&read, 4));
        assert_ne!(value(&config, 4), value(&config, 5));
    }
}

#[test]
fn encoders_of_another_shape_are_refused_in_words() {
    let message = EncodedMlpConfig::new(set(), 13, 1, head()).unwrap_err().to_string();
    assert!(
        message.contains("12 features") && message.contains("an event has 13"),
        "{message}"
    );
}

/// From observables to an encoded set: places without particle hold −1, and all particles have one scale.
#[test]
fn a_set_of_observables_is_encoded_whatever_its_order() {
    let names = |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    let observables = names(&["met", "pt1", "eta1", "pt2", "eta2", "pt3", "eta3"]);
    let plan = InputPlan {
        missing: [("pt1".into(), -1.0), ("eta1".into(), -9.0)].into(),
        together: vec![names(&["pt1", "pt2", "pt3"]), names(&["eta1", "eta2", "eta3"])],
        ..InputPlan::default()
    };
    let x = array![
        [5.0, 70.0, 0.3, 20.0, -1.2, -1.0, -9.0],
        [5.0, -1.0, -9.0, 70.0, 0.3, 20.0, -1.2],
        [6.0, 40.0, 2.3, 30.0, 1.0, 25.0, 0.1],
    ];
    let inputs = plan.fit(x.view(), &observables).unwrap();
    let block = inputs.features_of(&observables[1..]).unwrap();
    let features = inputs.feature_names()[block.clone()].to_vec();
    let config = EncoderConfig::DeepSet(DeepSetConfig {
        inputs: inputs.n_features(),
        first: block.start,
        particles: 3,
        features: block.len() / 3,
        absent: features.iter().position(|name| name == "pt1 missing"),
        hidden: vec![8],
        width: 4,
        activation: Activation::Silu,
    });
    config.check(inputs.n_features()).unwrap();
    let device = Device::flex();
    let rows = tensor(
        inputs.features(x.view()).unwrap().into_raw_vec_and_offset().0,
        inputs.n_features(),
        &device,
    );
    let encoded = floats(config.init(1, &device).unwrap().encode(rows));
    let event = |event: usize| &encoded[9 * event..9 * (event + 1)];
    assert!(
        event(0).iter().zip(event(1)).all(|(a, b)| (a - b).abs() < 1e-6),
        "{encoded:?}"
    );
    assert!(
        event(0).iter().zip(event(2)).any(|(a, b)| (a - b).abs() > 1e-2),
        "{encoded:?}"
    );
}

/// Events with their gold, and the exact answers.
#[derive(Default)]
struct Toy {
    /// Features and θ.
    x: Vec<f32>,
    y: Vec<f32>,
    joint_log_ratio: Vec<f32>,
    joint_score: Vec<f32>,
    log_ratio: Vec<f32>,
}

const EVENTS: usize = 4_000;

/// θ0 of an event, and the θ that it is drawn from: θ0 for one half, the denominator θ1 = 0 for the other.
fn hypotheses(rng: &mut Pcg64Mcg, event: usize) -> (f32, f32) {
    let theta0 = rng.random_range(-1.0..1.0);
    (theta0, if event.is_multiple_of(2) { theta0 } else { 0.0 })
}

/// Up to six particles: zᵢ ~ N(θ, ½) is latent, xᵢ ~ N(zᵢ, ½) is seen. xᵢ ~ N(θ, 1): log r = Σ (θ0 xᵢ − θ0²/2).
fn particles(seed: u64) -> Toy {
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let mut toy = Toy::default();
    for event in 0..EVENTS {
        let (theta0, theta) = hypotheses(&mut rng, event);
        let number = rng.random_range(0..=6);
        let [mut log_ratio, mut joint_log_ratio, mut joint_score] = [0.0; 3];
        for place in 0..6 {
            if place >= number {
                toy.x.extend([0.0, 1.0]);
                continue;
            }
            let [a, b]: [f32; 2] = [rng.sample(StandardNormal), rng.sample(StandardNormal)];
            let z = theta + 0.5_f32.sqrt() * a;
            let x = z + 0.5_f32.sqrt() * b;
            toy.x.extend([x, 0.0]);
            log_ratio += theta0 * x - theta0 * theta0 / 2.0;
            joint_log_ratio += 2.0 * theta0 * z - theta0 * theta0;
            joint_score += 2.0 * (z - theta0);
        }
        toy.push(event, theta0, [log_ratio, joint_log_ratio, joint_score]);
    }
    toy
}

/// A spot s of latent brightness z ~ N(θ, ¼) in normal noise: log r = (θ0 s·x − θ0² s²/2)/(1 + s²/4).
fn spots(seed: u64) -> Toy {
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let mut toy = Toy::default();
    let spot: Vec<f32> = (0..SIDE * SIDE)
        .map(|pixel| {
            let [down, across] = [pixel / SIDE, pixel % SIDE].map(|at| at as f32 - 3.0);
            (-(down * down + across * across) / 4.0).exp()
        })
        .collect();
    let size: f32 = spot.iter().map(|s| s * s).sum();
    for event in 0..EVENTS {
        let (theta0, theta) = hypotheses(&mut rng, event);
        let z = theta + 0.5 * rng.sample::<f32, _>(StandardNormal);
        let pixels: Vec<f32> = spot
            .iter()
            .map(|s| z * s + rng.sample::<f32, _>(StandardNormal))
            .collect();
        let seen: f32 = spot.iter().zip(&pixels).map(|(s, x)| s * x).sum();
        toy.x.extend(pixels);
        let log_ratio = (theta0 * seen - theta0 * theta0 * size / 2.0) / (1.0 + size / 4.0);
        toy.push(
            event,
            theta0,
            [
                log_ratio,
                4.0 * (theta0 * z - theta0 * theta0 / 2.0),
                4.0 * (z - theta0),
            ],
        );
    }
    toy
}

impl Toy {
    fn push(&mut self, event: usize, theta0: f32, [log_ratio, joint_log_ratio, joint_score]: [f32; 3]) {
        self.x.push(theta0);
        self.y.push((event % 2) as f32);
        self.log_ratio.push(log_ratio);
        self.joint_log_ratio.push(joint_log_ratio);
        self.joint_score.push(joint_score);
    }

    fn train(&self, encoder: EncoderConfig, features: usize, steps: usize) -> EncodedMlp {
        let device = Device::flex().autodiff();
        let mut network = network(encoder, features, &device);
        let mut optimizer = AdamConfig::new().with_epsilon(1e-8).init();
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        for step in 0..steps {
            let events: Vec<usize> = (0..100).map(|_| rng.random_range(0..EVENTS)).collect();
            let rows = |values: &[f32], width: usize| -> Vec<f32> {
                events
                    .iter()
                    .flat_map(|event| values[event * width..(event + 1) * width].to_vec())
                    .collect()
            };
            let column = |values: &[f32]| Tensor::<1>::from_data(TensorData::new(rows(values, 1), [100]), &device);
            let x = tensor(rows(&self.x, features + 1), features + 1, &device);
            let (log_ratio, gradient) = network.forward_with_gradient(x, 1);
            let score = column(&self.joint_score).unsqueeze_dim(1);
            let (numerator, denominator): (Vec<f32>, Vec<f32>) =
                self.joint_log_ratio.iter().map(|&log| soft_weights(log.into())).unzip();
            let [numerator, denominator] = [numerator, denominator].map(|weights| column(&weights));
            let loss = cross_entropy(log_ratio.squeeze_dim(1), numerator.clone(), denominator)
                + score_term(gradient, score, numerator) * 0.05;
            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            let rate = 1e-2 * 0.01_f64.powf(step as f64 / steps as f64);
            network = optimizer.step(rate, network, gradients);
        }
        network.valid()
    }

    /// Mean squared error of log r, in units of that of the answer 0.
    fn error(&self, network: &EncodedMlp, features: usize) -> f64 {
        let x = tensor(self.x.clone(), features + 1, &Device::flex());
        let found = floats(network.forward(x));
        let sum = |terms: &mut dyn Iterator<Item = f32>| terms.map(f64::from).sum::<f64>();
        let missed = sum(&mut found
            .iter()
            .zip(&self.log_ratio)
            .map(|(found, exact)| (found - exact).powi(2)));
        missed / sum(&mut self.log_ratio.iter().map(|exact| exact * exact))
    }
}

#[test]
fn the_exact_ratio_of_a_set_is_found() {
    let network = particles(1).train(set(), 12, 1_500);
    let error = particles(2).error(&network, 12);
    println!("error of log r: {error:.4} of that of the answer 0");
    assert!(error < 0.05, "{error}");
}

#[test]
fn the_exact_ratio_of_an_image_is_found() {
    let features = SIDE * SIDE;
    let network = spots(1).train(image(), features, 600);
    let error = spots(2).error(&network, features);
    println!("error of log r: {error:.4} of that of the answer 0");
    assert!(error < 0.05, "{error}");
}
