//! The training loop.

use burn::module::Module;
use burn::tensor::{Device, ElementConversion};
use rand::SeedableRng;
use rand::seq::SliceRandom;

use super::{Adam, Batch, Objective, Rows, Settings, Source};
use crate::error::{Error, Result};
use crate::estimator::{Curve, Net};
use crate::trace::Stream;

/// How often the validation loss is looked at in the course of a training.
const CHECKS: usize = 50;
/// Rows evaluated at once.
const EVALUATION_BATCH: usize = 2_048;

/// A trained network and how it got there.
pub(crate) struct Fitted {
    pub network: Net,
    pub curve: Curve,
    pub steps: usize,
    pub best_step: usize,
}

/// Trains `network` (on an autodiff device) and returns it with the weights of the lowest validation loss.
///
/// Weights are averaged over the last steps before they are judged: single steps follow the noise of their batch.
///
/// # Errors
/// If the loss stops being a number.
pub(crate) fn fit(
    network: Net,
    objective: Objective,
    train: &dyn Source,
    validation: &Rows,
    settings: &Settings,
    device: &Device,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<Fitted> {
    let mut trainer = Trainer::new(network, objective, settings);
    let mut order = Shuffled::new(train, settings);
    let every = settings.steps.div_ceil(CHECKS);
    let mut curve = Curve::default();
    let (mut best, mut best_loss, mut best_step) = (trainer.averaged(), f64::INFINITY, 0);
    let (mut running, mut since) = (0.0, 0);

    for step in 0..settings.steps {
        let (events, rng) = order.next_batch();
        let batch = train.rows(events, rng)?.into_batch(device);
        running += trainer.step(batch, settings.learning_rate_at(step));
        since += 1;

        if (step + 1) % every == 0 || step + 1 == settings.steps {
            let snapshot = trainer.averaged();
            let loss = evaluate(&snapshot, &objective, validation, &device.clone().inner());
            curve.step.push(step + 1);
            curve.train.push(running / since as f64);
            curve.validation.push(loss);
            if !(running + loss).is_finite() {
                return Err(diverged(&objective, step + 1));
            }
            (running, since) = (0.0, 0);
            if loss < best_loss {
                (best, best_loss, best_step) = (snapshot, loss, step + 1);
            }
            progress(step + 1, settings.steps);
            if (step + 1 - best_step) as f64 > settings.patience * settings.steps as f64 {
                break;
            }
        }
    }
    let steps = curve.step.last().copied().unwrap_or(0);
    Ok(Fitted {
        network: best,
        curve,
        steps,
        best_step,
    })
}

/// A network in training.
pub(crate) struct Trainer {
    network: Net,
    objective: Objective,
    optimizer: Adam,
}

impl Trainer {
    /// A network on an autodiff device, before its first step.
    pub(crate) fn new(network: Net, objective: Objective, settings: &Settings) -> Self {
        Self {
            optimizer: Adam::new(&network, settings).with_blocks(network.blocks()),
            network,
            objective,
        }
    }

    /// Takes a step at learning rate `rate`; the loss of the batch before it.
    pub(crate) fn step(&mut self, batch: Batch, rate: f64) -> f64 {
        let loss = self.objective.loss(&self.network, batch);
        let value = scalar(&loss);
        self.optimizer.step(&mut self.network, &mut loss.backward(), rate);
        value
    }

    /// The network of averaged weights, without the means to differentiate.
    pub(crate) fn averaged(&self) -> Net {
        self.optimizer.averaged(self.network.valid())
    }
}

/// The mean loss over all rows.
fn evaluate(network: &Net, objective: &Objective, rows: &Rows, device: &Device) -> f64 {
    let events: Vec<u32> = (0..rows.n_events() as u32).collect();
    let total: f64 = events
        .chunks(EVALUATION_BATCH.div_ceil(rows.per_event))
        .map(|chunk| {
            let batch = rows.gather(chunk).into_batch(device);
            scalar(&objective.loss(network, batch)) * chunk.len() as f64
        })
        .sum();
    total / rows.n_events() as f64
}

fn scalar(loss: &burn::tensor::Tensor<1>) -> f64 {
    loss.clone().into_scalar::<f32>().elem()
}

fn diverged(objective: &Objective, step: usize) -> Error {
    let remedy = match objective.method.needs_ratio() {
        true => "lower --learning-rate, set --clip, or choose alice or alices, whose labels are bounded",
        false => "lower --learning-rate or set --clip",
    };
    Error::training(format!(
        "the loss of {} is no number any more after {step} steps: {remedy}",
        objective.method
    ))
}

/// Batches of shuffled events, epoch after epoch; the last events of an epoch that fill no batch sit it out.
struct Shuffled {
    order: Vec<u32>,
    at: usize,
    batch: usize,
    rng: Stream,
}

impl Shuffled {
    fn new(source: &dyn Source, settings: &Settings) -> Self {
        let n = source.n_events();
        let batch = (settings.batch / source.per_event()).clamp(1, n);
        // A stream of its own, apart from that of the initial weights.
        let rng = Stream::seed_from_u64(settings.seed ^ 0x0005_EED0_FBA7_C4E5);
        Self {
            order: (0..n as u32).collect(),
            at: n,
            batch,
            rng,
        }
    }

    fn next_batch(&mut self) -> (&[u32], &mut Stream) {
        if self.at + self.batch > self.order.len() {
            self.order.shuffle(&mut self.rng);
            self.at = 0;
        }
        self.at += self.batch;
        (&self.order[self.at - self.batch..self.at], &mut self.rng)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2};

    use super::*;
    use crate::estimator::Architecture;
    use crate::estimator::Head;
    use crate::estimator::network::{Activation, MlpConfig};
    use crate::estimator::train::Optimizer;
    use crate::estimator::{Method, Scaling};

    /// Few events with random labels: the network is soon worse on new events than it was.
    fn overfitted(optimizer: Optimizer, clip: Option<f64>) -> (Fitted, f64) {
        let n = 60;
        let x = Array2::from_shape_fn((n, 1), |(i, _)| ((i * 7919) % 101) as f64);
        let theta = Array2::from_shape_fn((n, 1), |(i, _)| ((i * 104_729) % 89) as f64);
        let y = Array1::from_shape_fn(n, |i| ((i * 31) % 7 % 2) as f64);
        let scaling = Scaling::of(x.view(), theta.view());
        let rows = Rows::of_classes(&x, &theta, &y, &scaling);
        let others = Rows::of_classes(&x, &theta, &y.mapv(|y| 1.0 - y), &scaling);
        let settings = Settings {
            steps: 2_000,
            patience: 1.0,
            optimizer,
            clip,
            ..Settings::default()
        };
        let settings = settings.for_method(Method::Alice);
        let device = Device::flex().autodiff();
        let config = MlpConfig {
            inputs: 2,
            hidden: vec![60, 60],
            outputs: 1,
            activation: Activation::Silu,
        };
        let objective = Objective {
            method: Method::Carl,
            head: Head::Plain,
            alpha: 0.0,
            n_parameters: 1,
        };
        let network = Architecture::Perceptron(config).init(1, &device).unwrap();
        let fitted = fit(network, objective, &rows, &others, &settings, &device, &mut |_, _| ()).unwrap();
        let loss = evaluate(&fitted.network, &objective, &others, &device.inner());
        (fitted, loss)
    }

    #[test]
    fn the_weights_of_the_lowest_validation_loss_come_back() {
        let (fitted, loss) = overfitted(Optimizer::Adam, None);
        let lowest = fitted.curve.validation.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(loss, lowest);
        assert!(
            fitted.curve.validation.last().unwrap() > &(lowest * 1.1),
            "the test wants a network that overfits"
        );
        assert!(fitted.best_step < fitted.steps);
    }

    #[test]
    fn training_is_reproducible_to_the_last_bit() {
        for optimizer in [Optimizer::Adam, Optimizer::Amsgrad] {
            let [(a, _), (b, _)] = [overfitted(optimizer, Some(0.5)), overfitted(optimizer, Some(0.5))];
            assert_eq!(a.network.tensors(), b.network.tensors());
        }
        let parameters = |optimizer, clip| overfitted(optimizer, clip).0.network.tensors();
        let plain = parameters(Optimizer::Adam, None);
        assert_ne!(plain, parameters(Optimizer::Amsgrad, None));
        assert_ne!(plain, parameters(Optimizer::Adam, Some(1e-3)));
    }
}
