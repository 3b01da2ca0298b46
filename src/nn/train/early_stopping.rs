//! State of a training, and the choice of the weights to keep.

use serde::{Deserialize, Serialize};

use super::batch_loader::Cursor;
use crate::{Curve, Method};

/// Standard errors that may be chance, of one difference and where all losses since then have risen.
const CHANCE: (f64, f64) = (3.0, 1.0);
/// Validations that show a trend at the least, and the standard deviations of the count of rises that are no chance.
const TREND: (usize, f64) = (8, 4.0);

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
        let trend = self.trend();
        let record = self.best.as_ref().is_none_or(|best| validated.loss() < best.loss());
        let best = match &mut self.best {
            Some(best) if !record => best,
            best => best.insert(validated.clone()),
        };
        let waited = (self.step - best.step) as f64 > patience * planned as f64;
        self.over = self.step >= planned || (waited && validated.is_worse_than(best, method, trend));
        self.last = Some(validated);
        record
    }

    /// The weights to keep: the last ones or, if these are worse beyond chance, the best. Nothing before the first validation.
    pub(crate) fn kept(&self, method: Method) -> Option<(KeptWeights, &Validated)> {
        let (best, last) = (self.best.as_ref()?, self.last.as_ref()?);
        Some(match last.is_worse_than(best, method, self.trend()) {
            true => (KeptWeights::Best, best),
            false => (KeptWeights::Last, last),
        })
    }
}

/// Trend of the validation losses after the lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trend {
    None,
    Rising,
}

impl TrainingState {
    /// Rising if later losses are higher than earlier ones too often for chance (Mann 1945, Kendall 1975).
    fn trend(&self) -> Trend {
        let lowest = self.best.as_ref().map_or(0, |best| best.step);
        let after = self.curve.step.partition_point(|&step| step < lowest);
        let losses = &self.curve.validation[after.min(self.curve.validation.len())..];
        let n = losses.len() as f64;
        let pairs = losses
            .iter()
            .enumerate()
            .flat_map(|(i, a)| losses[i + 1..].iter().map(move |b| b - a));
        let rises: f64 = pairs.map(|rise| if rise == 0.0 { 0.0 } else { rise.signum() }).sum();
        let spread = (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
        match losses.len() >= TREND.0 && rises > TREND.1 * spread {
            true => Trend::Rising,
            false => Trend::None,
        }
    }
}

impl Validated {
    pub(crate) fn loss(&self) -> f64 {
        self.losses.iter().sum::<f64>() / self.losses.len() as f64
    }

    /// Returns true if its loss is higher beyond chance: by more than 3 standard errors of the difference, block by block, or by one where
    /// losses have risen ever since.
    ///
    /// One of fifty validations on a few hundred events is always the lowest. Towards the end of a training the learning rate
    /// falls and the weights settle, which is worth more than luck; unless labels are learned by heart, as those of classes
    /// are.
    fn is_worse_than(&self, best: &Self, method: Method, trend: Trend) -> bool {
        let chance = match trend {
            _ if method.spec().keeps_lowest_loss => 0.0,
            Trend::None => CHANCE.0,
            Trend::Rising => CHANCE.1,
        };
        let differences: Vec<f64> = self.losses.iter().zip(&best.losses).map(|(a, b)| a - b).collect();
        let n = differences.len() as f64;
        let mean = differences.iter().sum::<f64>() / n;
        let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        mean > chance * (variance / n).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::{KeptWeights, TrainingState};
    use crate::Method;

    const BLOCKS: usize = 20;

    /// A training with these mean losses; blocks of events differ from them such that a difference of 0.001 is 2 standard errors.
    fn kept(losses: &[f64]) -> KeptWeights {
        let mut state = TrainingState::default();
        for (i, loss) in losses.iter().enumerate() {
            (state.step, state.since) = (10 * (i + 1), 10);
            let apart = 0.0005 * (BLOCKS as f64 - 1.0).sqrt() * if i % 2 == 0 { 0.0 } else { 1.0 };
            let block = |block: usize| loss + if block.is_multiple_of(2) { apart } else { -apart };
            state.record_validation((0..BLOCKS).map(block).collect(), Method::Rolr, 10 * losses.len(), 10.0);
        }
        state.kept(Method::Rolr).unwrap().0
    }

    #[test]
    fn weights_are_not_kept_once_the_loss_has_risen_ever_since() {
        let fell = [0.8, 0.79, 0.77];
        let rising: Vec<f64> = (0..17).map(|i| 0.77 + 0.001 * f64::from(i + 1) / 17.0).collect();
        assert_eq!(kept(&[&fell[..], &rising].concat()), KeptWeights::Best);
        // The same difference, but up and down.
        let chance: Vec<f64> = (0..17).map(|i| 0.771 - 0.0005 * f64::from(i % 2)).collect();
        assert_eq!(kept(&[&fell[..], &chance].concat()), KeptWeights::Last);
    }
}
