//! Trained small, each density finds an exact answer; gold finds it with fewer events.

use burn::optim::{AdamConfig, GradientsParams};

use super::*;
use super::{likelihood, scandal};

/// Events of a simulator, standardised enough to be trained on.
struct Events {
    n_observables: usize,
    x: Vec<f32>,
    theta: Vec<f32>,
    joint_score: Vec<f32>,
}

type Run = fn(f64, &mut Pcg64Mcg) -> (Vec<f64>, f64);
type Exact = fn(&[f32], f64) -> f64;

impl Events {
    /// `n` events at θ uniform in ±`reach` of a simulator that returns x and the joint score.
    fn of(n: usize, reach: f64, seed: u64, run: Run) -> Self {
        let mut rng = rng(seed);
        let mut events = Self {
            n_observables: 0,
            x: vec![],
            theta: vec![],
            joint_score: vec![],
        };
        for _ in 0..n {
            let theta = reach * rng.random_range(-1.0..1.0);
            let (x, score) = run(theta, &mut rng);
            events.n_observables = x.len();
            events.x.extend(x.iter().map(|&x| x as f32));
            events.theta.push(theta as f32);
            events.joint_score.push(score as f32);
        }
        events
    }

    fn x(&self, device: &Device) -> Tensor<2> {
        let shape = [self.theta.len(), self.n_observables];
        Tensor::from_data(TensorData::new(self.x.clone(), shape), device)
    }

    fn column(&self, values: &[f32], device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(values.to_vec(), [values.len(), 1]), device)
    }

    /// The density after `steps` steps of Adam on random batches; with `alpha`, of SCANDAL instead of NDE.
    fn train(&self, config: &DensityConfig, steps: usize, alpha: Option<f64>) -> ConditionalDensity {
        const BATCH: usize = 128;
        let device = Device::flex().autodiff();
        let mut density = config.init(1, &device).unwrap();
        let mut optimizer = AdamConfig::new().with_epsilon(1e-8).init();
        let mut rng = rng(2);
        for step in 0..steps {
            let chosen: Vec<usize> = (0..BATCH).map(|_| rng.random_range(0..self.theta.len())).collect();
            let batch = self.subset(&chosen);
            let (x, theta) = (batch.x(&device), batch.column(&batch.theta, &device));
            let loss = match alpha {
                None => likelihood(density.log_prob(x, theta)),
                Some(alpha) => {
                    let (log_prob, gradient) = density.log_prob_with_gradient(x, theta);
                    scandal(log_prob, gradient, batch.column(&batch.joint_score, &device), alpha)
                }
            };
            let rate = 5e-3 * 0.02_f64.powf(step as f64 / steps as f64);
            let gradients = GradientsParams::from_grads(loss.backward(), &density);
            density = optimizer.step(rate, density, gradients);
        }
        density.valid()
    }

    fn subset(&self, chosen: &[usize]) -> Self {
        let width = self.n_observables;
        Self {
            n_observables: width,
            x: chosen
                .iter()
                .flat_map(|&i| self.x[i * width..(i + 1) * width].to_vec())
                .collect(),
            theta: chosen.iter().map(|&i| self.theta[i]).collect(),
            joint_score: chosen.iter().map(|&i| self.joint_score[i]).collect(),
        }
    }

    /// ⟨(ln p̂ − ln p)²⟩ over these events.
    fn error(&self, density: &ConditionalDensity, exact: Exact) -> f64 {
        let device = Device::flex();
        let found = doubles(density.log_prob(self.x(&device), self.column(&self.theta, &device)));
        let events = self.x.chunks(self.n_observables).zip(&self.theta);
        let squares = found
            .iter()
            .zip(events)
            .map(|(found, (x, theta))| (found - exact(x, f64::from(*theta))).powi(2));
        squares.sum::<f64>() / found.len() as f64
    }
}

fn normal(mean: f64, variance: f64, rng: &mut Pcg64Mcg) -> f64 {
    mean + variance.sqrt() * rng.sample::<f64, _>(StandardNormal)
}

fn log_normal(x: f64, mean: f64, variance: f64) -> f64 {
    -0.5 * ((x - mean).powi(2) / variance + variance.ln() + noise::LOG_2PI)
}

/// x ~ N(θ, 1 + θ²/4), through a latent z ~ N(θ, 0.8) and x ~ N(z, 0.2 + θ²/4).
fn widening(theta: f64, rng: &mut Pcg64Mcg) -> (Vec<f64>, f64) {
    let variance = 0.2 + theta * theta / 4.0;
    let z = normal(theta, 0.8, rng);
    let x = normal(z, variance, rng);
    let score = (z - theta) / 0.8 + theta / 4.0 * ((x - z).powi(2) / variance - 1.0) / variance;
    (vec![x], score)
}

fn log_widening(x: &[f32], theta: f64) -> f64 {
    log_normal(f64::from(x[0]), theta, 1.0 + theta * theta / 4.0)
}

/// Heads among ten coins of log odds θ ± 1, the sign a latent choice.
fn coins(theta: f64, rng: &mut Pcg64Mcg) -> (Vec<f64>, f64) {
    let odds = if rng.random::<bool>() { theta + 1.0 } else { theta - 1.0 };
    let probability = 1.0 / (1.0 + (-odds).exp());
    let heads = (0..10).filter(|_| rng.random::<f64>() < probability).count() as f64;
    (vec![heads], heads - 10.0 * probability)
}

fn log_coins(x: &[f32], theta: f64) -> f64 {
    let k = i32::from(x[0] as i16);
    let choose = (0..k).fold(1.0, |product, i| product * f64::from(10 - i) / f64::from(i + 1));
    let binomial = |odds: f64| {
        let p = 1.0 / (1.0 + (-odds).exp());
        choose * p.powi(k) * (1.0 - p).powi(10 - k)
    };
    (0.5 * binomial(theta + 1.0) + 0.5 * binomial(theta - 1.0)).ln()
}

/// x₁ ~ N(θ, 1), then x₂ ~ N(0.6 x₁ − θ/2, ¼): correlated, and the whole path is seen.
fn pair(theta: f64, rng: &mut Pcg64Mcg) -> (Vec<f64>, f64) {
    let first = normal(theta, 1.0, rng);
    let second = normal(0.6 * first - 0.5 * theta, 0.25, rng);
    let score = (first - theta) - 0.5 * (second - 0.6 * first + 0.5 * theta) / 0.25;
    (vec![first, second], score)
}

fn log_pair(x: &[f32], theta: f64) -> f64 {
    let [first, second] = [x[0], x[1]].map(f64::from);
    log_normal(first, theta, 1.0) + log_normal(second, 0.6 * first - 0.5 * theta, 0.25)
}

fn two_observables() -> [DensityConfig; 3] {
    let flow = |config| {
        DensityConfig::Flow(FlowConfig {
            hidden: vec![24, 24],
            layers: 2,
            ..config
        })
    };
    let mixture = MixtureConfig {
        hidden: vec![24, 24],
        components: 2,
        ..MixtureConfig::new(2, 1)
    };
    [
        flow(FlowConfig::spline(2, 1)),
        flow(FlowConfig::affine(2, 1)),
        DensityConfig::Mixture(mixture),
    ]
}

fn one_observable() -> [DensityConfig; 2] {
    let flow = FlowConfig {
        hidden: vec![24, 24],
        ..FlowConfig::spline(1, 1)
    };
    let mixture = MixtureConfig {
        hidden: vec![24, 24],
        components: 4,
        ..MixtureConfig::new(1, 1)
    };
    [DensityConfig::Flow(flow), DensityConfig::Mixture(mixture)]
}

fn eleven_classes() -> DensityConfig {
    let values = Array2::from_shape_fn((11, 1), |(i, _)| i as f64);
    DensityConfig::Categorical(CategoricalConfig {
        hidden: vec![24, 24],
        ..CategoricalConfig::new(Classes::of(values.view()).unwrap(), 1)
    })
}

#[test]
fn with_many_events_every_density_finds_the_exact_one() {
    let (train, test) = (
        Events::of(20_000, 2.0, 3, widening),
        Events::of(4_000, 2.0, 4, widening),
    );
    for config in one_observable() {
        let error = test.error(&train.train(&config, 600, None), log_widening);
        assert!(error < 0.01, "{config:?}: {error}");
    }
    let (train, test) = (Events::of(20_000, 2.0, 3, pair), Events::of(4_000, 2.0, 4, pair));
    for config in two_observables() {
        let error = test.error(&train.train(&config, 500, None), log_pair);
        assert!(error < 0.01, "{config:?}: {error}");
    }
    let (train, test) = (Events::of(20_000, 1.0, 3, coins), Events::of(4_000, 1.0, 4, coins));
    let error = test.error(&train.train(&eleven_classes(), 1_000, None), log_coins);
    assert!(error < 0.01, "classes: {error}");
}

/// The errors of NDE and of SCANDAL after training on the same `n` events, summed over two samples.
fn without_and_with_gold(config: &DensityConfig, n: usize, reach: f64, run: Run, exact: Exact) -> [f64; 2] {
    let test = Events::of(4_000, reach, 4, run);
    [None, Some(0.3)].map(|alpha| {
        let error = |seed| test.error(&Events::of(n, reach, seed, run).train(config, 300, alpha), exact);
        error(3) + error(7)
    })
}

fn assert_gold_helps(config: &DensityConfig, n: usize, reach: f64, run: Run, exact: Exact) {
    let [plain, gold] = without_and_with_gold(config, n, reach, run, exact);
    assert!(gold < 0.7 * plain, "{config:?}: {gold} with gold, {plain} without");
}

#[test]
fn gold_finds_one_observable_with_fewer_events() {
    for config in one_observable() {
        assert_gold_helps(&config, 2_000, 2.0, widening, log_widening);
    }
}

#[test]
fn gold_finds_two_observables_with_fewer_events() {
    for config in two_observables() {
        assert_gold_helps(&config, 500, 2.0, pair, log_pair);
    }
}

#[test]
fn gold_finds_classes_with_fewer_events() {
    assert_gold_helps(&eleven_classes(), 500, 1.0, coins, log_coins);
}

/// Two peaks of the first observable, with weights that depend on θ, and a second that follows the first.
fn peaks(theta: f64, rng: &mut Pcg64Mcg) -> (Vec<f64>, f64) {
    let right = rng.random::<f64>() < 1.0 / (1.0 + (-theta).exp());
    let first = normal(if right { 1.2 } else { -1.2 }, 0.09, rng);
    (vec![first, normal(0.5 * first, 0.25, rng)], 0.0)
}

#[test]
fn an_affine_flow_is_no_gaussian_in_its_first_observable() {
    let events = Events::of(10_000, 1.0, 3, peaks);
    let config = DensityConfig::Flow(FlowConfig {
        hidden: vec![32, 32],
        ..FlowConfig::affine(2, 1)
    });
    let density = events.train(&config, 1_500, None);
    let device = Device::flex();
    let samples = doubles(density.sample(rows(vec![0.0; 10_000], 1, &device).cast(DType::F32), &mut rng(5)));
    let valley = samples.chunks(2).filter(|x| x[0].abs() < 0.5).count() as f64 / 1e4;
    // A Gaussian of the same variance has 0.31 of its events there, the truth 0.01.
    assert!(valley < 0.1, "{valley}");
}
