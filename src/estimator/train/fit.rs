//! The training loop.

use burn::module::Module;
use burn::tensor::{Device, ElementConversion};
use rand::SeedableRng;
use rand::seq::SliceRandom;

use super::{Adam, Batch, Objective, Rows, Settings, Source};
use crate::error::{Error, Result};
use crate::estimator::{Curve, Method, Net};
use crate::trace::Stream;

/// How often the validation loss is looked at in the course of a training.
const CHECKS: usize = 50;
/// Standard errors that may be chance.
const CHANCE: f64 = 3.0;
/// The fewest blocks of validation events; their losses tell how far a difference is chance.
const BLOCKS: usize = 20;
/// The most rows evaluated at once.
const EVALUATION_BATCH: usize = 2_048;

/// A trained network and how it got there.
pub(crate) struct Fitted {
    pub network: Net,
    pub curve: Curve,
    pub steps: usize,
    pub best_step: usize,
}

/// Trains `network` (on an autodiff device) and returns it with its last weights or, if these are worse beyond chance, with
/// those of the lowest validation loss.
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
    let mut best: Option<Candidate> = None;
    let mut last = None;
    let (mut running, mut since) = (0.0, 0);

    for step in 0..settings.steps {
        let (events, rng) = order.next_batch();
        let batch = train.rows(events, rng)?.into_batch(device);
        running += trainer.step(batch, settings.learning_rate_at(step));
        since += 1;

        if (step + 1) % every == 0 || step + 1 == settings.steps {
            let network = trainer.averaged();
            let losses = evaluate(&network, &objective, validation, &device.clone().inner());
            let candidate = Candidate {
                network,
                losses,
                step: step + 1,
            };
            curve.step.push(step + 1);
            curve.train.push(running / since as f64);
            curve.validation.push(candidate.loss());
            if !(running + candidate.loss()).is_finite() {
                return Err(diverged(&objective, step + 1));
            }
            (running, since) = (0.0, 0);
            progress(step + 1, settings.steps);
            let record = best.as_ref().is_none_or(|best| candidate.loss() < best.loss());
            let best = if record {
                best.insert(candidate.clone())
            } else {
                best.get_or_insert_with(|| candidate.clone())
            };
            let waited = (step + 1 - best.step) as f64 > settings.patience * settings.steps as f64;
            let hopeless = waited && candidate.is_worse_than(best, objective.method);
            last = Some(candidate);
            if hopeless {
                break;
            }
        }
    }
    let steps = curve.step.last().copied().unwrap_or(0);
    let kept = match (best, last) {
        (Some(best), Some(last)) if last.is_worse_than(&best, objective.method) => best,
        (_, Some(last)) => last,
        _ => return Err(Error::training("a training of no steps was asked for")),
    };
    Ok(Fitted {
        network: kept.network,
        curve,
        steps,
        best_step: kept.step,
    })
}

/// A network on its way, with its loss on each block of the validation events.
#[derive(Clone)]
struct Candidate {
    network: Net,
    losses: Vec<f64>,
    step: usize,
}

impl Candidate {
    fn loss(&self) -> f64 {
        self.losses.iter().sum::<f64>() / self.losses.len() as f64
    }

    /// Whether its loss is higher beyond chance: by so many standard errors of the difference, block by block.
    ///
    /// Of fifty looks at a few hundred events one is always the lowest. Towards the end of a training the learning rate
    /// falls and the weights settle, which is worth more than luck; unless labels are learned by heart, as those of classes
    /// are.
    fn is_worse_than(&self, best: &Self, method: Method) -> bool {
        let chance = if method.learns_by_heart() { 0.0 } else { CHANCE };
        let differences: Vec<f64> = self.losses.iter().zip(&best.losses).map(|(a, b)| a - b).collect();
        let n = differences.len() as f64;
        let mean = differences.iter().sum::<f64>() / n;
        let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        mean > chance * (variance / n).sqrt()
    }
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

/// The mean loss of each block of events; the blocks are as large as one another to within an event.
fn evaluate(network: &Net, objective: &Objective, rows: &Rows, device: &Device) -> Vec<f64> {
    let n = rows.n_events();
    let blocks = BLOCKS.max((n * rows.per_event).div_ceil(EVALUATION_BATCH)).min(n);
    (0..blocks)
        .map(|block| {
            let events: Vec<u32> = (block * n / blocks..(block + 1) * n / blocks)
                .map(|event| event as u32)
                .collect();
            scalar(&objective.loss(network, rows.gather(&events).into_batch(device)))
        })
        .collect()
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
    use crate::estimator::Scaling;
    use crate::estimator::network::{Activation, MlpConfig};
    use crate::estimator::train::Optimizer;

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
        let losses = evaluate(&fitted.network, &objective, &others, &device.inner());
        let loss = losses.iter().sum::<f64>() / losses.len() as f64;
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
