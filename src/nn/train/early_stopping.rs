//! State of a training, and the choice of the weights to keep.

use serde::{Deserialize, Serialize};

use super::batch_loader::Cursor;
use crate::{Curve, Method};

/// Standard errors that may be chance.
const CHANCE: f64 = 3.0;

/// State of a training, without its weights.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TrainingState {
    /// Steps taken.
    pub step: usize,
    /// Where the next batch is.
    pub cursor: Cursor,
    /// Sum of the training losses since the last entry of the curve.
    pub running: f64,
    /// Steps since then.
    pub since: usize,
    pub curve: Curve,
    /// The weights of the lowest validation loss; nothing before the first validation.
    pub best: Option<Validated>,
    /// The weights that were validated last.
    pub last: Option<Validated>,
    /// The step after which the loss was no number any more.
    pub diverged: Option<usize>,
    /// True if there are no more steps to take.
    pub over: bool,
}

/// The validation losses of the weights of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Validated {
    pub step: usize,
    /// The loss on each block of the validation events.
    pub losses: Vec<f64>,
}

/// Choice of the weights to keep at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeptWeights {
    Best,
    Last,
}

impl TrainingState {
    /// Returns true if the weights of this step are to be judged, and are not yet.
    pub(crate) fn is_validation_due(&self, every: usize, planned: usize) -> bool {
        let at_interval = self.step > 0 && (self.step.is_multiple_of(every) || self.step == planned);
        at_interval && self.curve.step.last() != Some(&self.step)
    }

    /// Takes a step with this training loss into account.
    pub(crate) fn count(&mut self, loss: f64, cursor: Cursor) {
        self.running += loss;
        self.since += 1;
        self.step += 1;
        self.cursor = cursor;
    }

    /// Puts a validation on record; whether its loss is the lowest so far. If a loss is no number, the training is over.
    pub(crate) fn record_validation(
        &mut self,
        losses: Vec<f64>,
        method: Method,
        planned: usize,
        patience: f64,
    ) -> bool {
        let validated = Validated {
            step: self.step,
            losses,
        };
        if !(self.running + validated.loss()).is_finite() {
            (self.running, self.diverged, self.over) = (0.0, Some(self.step), true);
            return false;
        }
        self.curve.step.push(self.step);
        self.curve.train.push(self.running / self.since as f64);
        self.curve.validation.push(validated.loss());
        (self.running, self.since) = (0.0, 0);
        let record = self.best.as_ref().is_none_or(|best| validated.loss() < best.loss());
        let best = match &mut self.best {
            Some(best) if !record => best,
            best => best.insert(validated.clone()),
        };
        let waited = (self.step - best.step) as f64 > patience * planned as f64;
        self.over = self.step >= planned || (waited && validated.is_worse_than(best, method));
        self.last = Some(validated);
        record
    }

    /// The weights to keep: the last ones or, if these are worse beyond chance, the best. Nothing before the first validation.
    pub(crate) fn kept(&self, method: Method) -> Option<(KeptWeights, &Validated)> {
        let (best, last) = (self.best.as_ref()?, self.last.as_ref()?);
        Some(match last.is_worse_than(best, method) {
            true => (KeptWeights::Best, best),
            false => (KeptWeights::Last, last),
        })
    }
}

impl Validated {
    pub(crate) fn loss(&self) -> f64 {
        self.losses.iter().sum::<f64>() / self.losses.len() as f64
    }

    /// Returns true if its loss is higher beyond chance: by more than 3 standard errors of the difference, block by block.
    ///
    /// One of fifty validations on a few hundred events is always the lowest. Towards the end of a training the learning rate
    /// falls and the weights settle, which is worth more than luck; unless labels are learned by heart, as those of classes
    /// are.
    fn is_worse_than(&self, best: &Self, method: Method) -> bool {
        let chance = if method.spec().keeps_lowest_loss { 0.0 } else { CHANCE };
        let differences: Vec<f64> = self.losses.iter().zip(&best.losses).map(|(a, b)| a - b).collect();
        let n = differences.len() as f64;
        let mean = differences.iter().sum::<f64>() / n;
        let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        mean > chance * (variance / n).sqrt()
    }
}
