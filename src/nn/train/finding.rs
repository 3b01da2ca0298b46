//! Warnings about a training, with remedies.

mod display;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::{Curve, RatioErrors, TrainingPlan};
use motherlode_core::certificate::{HeldOutMeans, SizeCoverage};
use motherlode_core::dataset::ConstantColumns;
use motherlode_core::mean::Mean;

/// A warning about a training; [`Display`](std::fmt::Display) gives it in words, with the remedy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// The loss ceased to be a number, and training stopped with weights that were validated before.
    Diverged {
        /// The step after which it was noticed.
        step: usize,
        /// The step whose weights were kept.
        best_step: usize,
    },
    /// A few events with large joint ratios outweigh all others.
    HeavyTails {
        /// How many equally weighted events are as good as all: (Σr)²/(n Σr²), of r or of 1/r, whichever is less.
        effective_share: f64,
        /// Errors of the ratio that were minimised.
        #[serde(default = "squared")]
        ratio_errors: RatioErrors,
    },
    /// Paths tell more of θ than 128 points of the prior resolve: labels at hypotheses between them scatter.
    Unresolved {
        /// How many points the paths see, one in ten of them or fewer.
        points: f64,
        /// True if events were relabeled all the same.
        #[serde(rename = "recalled")] // as model files have it
        relabeled: bool,
    },
    /// The posterior of θ given its path could not be integrated for some events: their labels at other hypotheses are not known.
    UnknownPosteriors {
        /// Share of the events.
        share: f64,
        /// True if events were relabeled all the same.
        relabeled: bool,
    },
    /// Hypotheses cannot be proposed from the prior, and labels are those of the data set, of one hypothesis for each event.
    UnmappedPrior,
    /// Events of the denominator are of no use to a posterior.
    UnusedEvents,
    /// Many events are validated with a certainty that no data support.
    Saturated {
        /// Share of the validation events.
        share: f64,
        /// The |log r̂| that they are beyond.
        limit: f64,
    },
    /// Many events are told apart with certainty, and a classification cannot measure their ratio.
    Separable {
        /// Share of the validation events.
        share: f64,
        /// The |log r̂| that they are beyond.
        limit: f64,
    },
    /// Many inputs were learned from as a plain vector, and nobody said what they are.
    ManyInputs {
        /// Number of inputs.
        inputs: usize,
    },
    /// Observables never vary, or hardly ever.
    Constant(ConstantColumns),
    /// The loss is almost all score term.
    ScoreDominates {
        /// The share of the score term in the validation loss.
        share: f64,
        /// Its weight.
        alpha: f64,
    },
    /// The validation loss rose again, early and clearly.
    Overfitted {
        /// The step of the lowest validation loss.
        best_step: usize,
        /// The last step.
        steps: usize,
        /// The loss there.
        lowest: f64,
        /// The loss at the last step.
        last: f64,
    },
    /// The validation loss was still falling at the last step.
    StillFalling {
        /// How much of its whole fall came in the last fifth of the steps.
        share: f64,
    },
    /// The loss on held-out events is not below that of an estimator that says nothing.
    LearnedNothing {
        /// The cross-entropy of log r̂ = 0 on held-out events minus that of the network.
        gain: Mean,
    },
    /// Means over held-out events are not those of an exact answer.
    Biased {
        /// The means that are off.
        means: Vec<BiasedMean>,
    },
    /// Credible regions contain the truth less often than they should.
    RegionsTooSmall {
        /// Coverage for each size of data sets where that is so.
        coverage: Vec<SizeCoverage>,
    },
}

/// Mean over held-out events that differs from that of an exact answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BiasedMean {
    /// Shares of the classes among events with similar log r̂.
    ClassShares {
        /// Mean difference between predicted and found shares.
        error: f64,
        /// Difference expected from chance alone.
        chance: f64,
    },
    /// Mean score of a parameter, exactly 0.
    Score {
        /// Name of the parameter.
        parameter: String,
        /// The mean.
        mean: Mean,
        /// Root mean square score.
        size: f64,
    },
}

/// Smallest effective share of events without a warning.
const EFFECTIVE: f64 = 0.01;
/// Standard errors of a gain that may be chance: the weights kept are the best of many.
const CHANCE: f64 = 2.0;
/// Bias of class shares, or of a score relative to its size, with which a hundred events are half a standard deviation off.
const BIAS: f64 = 0.05;
/// Standard errors of a bias that is no chance, also among the means of many trainings.
const CLEAR: f64 = 5.0;
/// Error of class shares that is no chance, in units of what is expected from chance.
const CLEAR_SHARES: f64 = 3.0;
/// Smallest effective share of events for squared errors of the ratio.
const EVEN: f64 = 0.5;
/// Largest share of saturated events without a warning.
const SATURATED: f64 = 0.01;
/// Largest share of separable events without a warning.
const SEPARABLE: f64 = 0.5;
/// |log r̂| beyond which an event is told apart with certainty: odds of 150 to 1.
const CERTAIN: f32 = 5.0;
/// Largest number of inputs of an undeclared vector without a warning.
const MANY_INPUTS: usize = 256;
/// Largest share of the score term in the loss without a warning: fifty times the rest.
const SCORE: f64 = 0.98;
/// Largest rise of the validation loss, as a share of its fall, without a warning.
const RISE: f64 = 0.1;
/// Largest change of the validation loss, as a share of its lowest value, without a warning.
const NOTICED: f64 = 0.001;
/// Largest part of the fall of the validation loss in the last fifth of the steps without a warning.
const FALL: f64 = 0.05;

impl Finding {
    /// The warning from the curve of a training that kept the weights of `best_step` and was to take `planned` steps.
    pub(crate) fn in_curve(curve: &Curve, best_step: usize, planned: usize) -> Option<Self> {
        let losses = &curve.validation;
        let (&first, &last) = (losses.first()?, losses.last()?);
        let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
        let steps = *curve.step.last()?;
        let rise = last - best;
        if 2 * best_step <= planned && rise > RISE * (first - best) && rise > NOTICED * best.abs() {
            return Some(Self::Overfitted {
                best_step,
                steps,
                lowest: best,
                last,
            });
        }
        let before = curve.step.iter().rposition(|&step| 5 * step <= 4 * planned)?;
        let fall = losses[before] - last;
        let share = fall / (first - best);
        let to_the_end = steps == planned && last <= best && fall > NOTICED * best.abs();
        (to_the_end && share > FALL).then_some(Self::StillFalling { share })
    }

    /// The warning from the cross-entropy on held-out events, where it is not below ln 2 by more than its error.
    pub(crate) fn in_gain(gain: Mean) -> Option<Self> {
        (gain.value <= CHANCE * gain.standard_error).then_some(Self::LearnedNothing { gain })
    }

    /// The warning from means over held-out events, where one is off by more than its error and by as much as matters.
    pub(crate) fn in_means(held_out: &HeldOutMeans, parameters: &[String]) -> Option<Self> {
        // A mean of ratios has a tail that a sample may lack; class shares are bounded.
        let shares = held_out.calibration_error.zip(held_out.calibration_chance);
        let shares = shares.filter(|(error, chance)| *error > BIAS && *error > CLEAR_SHARES * chance);
        let shares = shares.map(|(error, chance)| BiasedMean::ClassShares { error, chance });
        let sizes = held_out.mean_score.iter().zip(&held_out.score_size);
        let scores = parameters.iter().zip(sizes).filter_map(|(parameter, (&mean, &size))| {
            let off = mean.value.abs();
            let is_off = off > BIAS * size && off > CLEAR * mean.standard_error;
            is_off.then(|| BiasedMean::Score {
                parameter: parameter.clone(),
                mean,
                size,
            })
        });
        let means: Vec<BiasedMean> = shares.into_iter().chain(scores).collect();
        (!means.is_empty()).then_some(Self::Biased { means })
    }

    /// The warning from sizes of data sets whose regions are too small.
    pub(crate) fn in_coverage(coverage: Vec<SizeCoverage>) -> Option<Self> {
        (!coverage.is_empty()).then_some(Self::RegionsTooSmall { coverage })
    }

    /// The warning from the effective share of the joint ratios.
    pub(crate) fn in_weights(effective_share: Option<f64>, ratio_errors: RatioErrors) -> Option<Self> {
        let effective_share = effective_share.filter(|&share| share < EFFECTIVE)?;
        Some(Self::HeavyTails {
            effective_share,
            ratio_errors,
        })
    }

    /// The warnings from the inputs of a network.
    pub(crate) fn in_inputs(plan: &TrainingPlan, n_features: usize, constant: &[ConstantColumns]) -> Vec<Self> {
        let many = plan.settings.encoding.is_none() && n_features > MANY_INPUTS;
        let many = many.then_some(Self::ManyInputs { inputs: n_features });
        many.into_iter()
            .chain(constant.iter().cloned().map(Self::Constant))
            .collect()
    }

    /// The warning from the outputs of a classifier without gold on the score: where most events are certain, the cross-entropy does not
    /// see their ratio.
    pub(crate) fn in_classes(log_ratio: &[f32]) -> Option<Self> {
        let beyond = log_ratio.iter().filter(|value| value.abs() >= CERTAIN).count();
        let share = beyond as f64 / log_ratio.len().max(1) as f64;
        (share > SEPARABLE).then_some(Self::Separable {
            share,
            limit: CERTAIN.into(),
        })
    }

    /// The warning from the outputs of a ratio network, log r̂ of many events, with their labels, weights as an event of either
    /// class: soft ones that are as certain are no surprise.
    pub(crate) fn in_outputs(log_ratio: &[f32], labels: Option<[&[f32]; 2]>, limit: f32) -> Option<Self> {
        let certain = |row: usize| {
            labels.is_some_and(|[numerator, denominator]| {
                let (less, more) = (
                    numerator[row].min(denominator[row]),
                    numerator[row].max(denominator[row]),
                );
                less <= more * (-limit).exp()
            })
        };
        let beyond = log_ratio.iter().enumerate();
        let beyond = beyond
            .filter(|(row, value)| value.abs() >= limit && !certain(*row))
            .count();
        let share = beyond as f64 / log_ratio.len().max(1) as f64;
        (share > SATURATED).then_some(Self::Saturated {
            share,
            limit: limit.into(),
        })
    }

    /// The warning from the validation loss, with its score term of weight `alpha` and without.
    pub(crate) fn in_loss(whole: f64, without_score: f64, alpha: f64) -> Option<Self> {
        let term = whole - without_score;
        let share = term / (term + without_score.abs());
        (share > SCORE).then_some(Self::ScoreDominates { share, alpha })
    }
}

/// The errors of files that do not say which.
fn squared() -> RatioErrors {
    RatioErrors::Squared
}

impl RatioErrors {
    /// Relative errors where some joint ratios outweigh half of the others in a squared error.
    pub(crate) fn suited_to(effective_share: Option<f64>) -> Self {
        match effective_share.is_some_and(|share| share < EVEN) {
            true => Self::Relative,
            false => Self::Squared,
        }
    }
}
