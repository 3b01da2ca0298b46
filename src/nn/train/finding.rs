//! Warnings about a training, with remedies.

use serde::{Deserialize, Serialize};

use super::{Curve, TrainingPlan};
use motherlode_core::certificate::SizeCoverage;
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
    /// Credible regions contain the truth less often than they should.
    RegionsTooSmall {
        /// Coverage for each size of data sets where that is so.
        coverage: Vec<SizeCoverage>,
    },
}

/// Smallest effective share of events without a warning.
const EFFECTIVE: f64 = 0.01;
/// Standard errors of a gain that may be chance: the weights kept are the best of many.
const CHANCE: f64 = 2.0;
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

    /// The warning from sizes of data sets whose regions are too small.
    pub(crate) fn in_coverage(coverage: Vec<SizeCoverage>) -> Option<Self> {
        (!coverage.is_empty()).then_some(Self::RegionsTooSmall { coverage })
    }

    /// The warning from the effective share of the joint ratios.
    pub(crate) fn in_weights(effective_share: Option<f64>) -> Option<Self> {
        let effective_share = effective_share.filter(|&share| share < EFFECTIVE)?;
        Some(Self::HeavyTails { effective_share })
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

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Diverged { step, best_step } => write!(
                f,
                "the loss is no number any more after {step} steps; the weights of step {best_step} were kept: lower \
                 --learning-rate or set --clip"
            ),
            Self::HeavyTails { effective_share } => write!(
                f,
                "the joint ratios have heavy tails, {:.2} % of the events outweigh all others: choose alice or alices, \
                 whose labels are bounded, or bring the hypotheses closer together",
                100.0 * effective_share
            ),
            Self::Unresolved {
                points,
                relabeled: false,
            } => write!(
                f,
                "the labels of the data set were taken: paths see {points:.1} of 128 points that fill the prior, too few to \
                 recall labels between them; for labels at fresh hypotheses, narrow the prior"
            ),
            Self::Unresolved {
                points,
                relabeled: true,
            } => write!(
                f,
                "recalled labels scatter: paths see {points:.1} of 128 points that fill the prior, too few to recall labels \
                 between them; narrow the prior, or train with --labels stored"
            ),
            Self::UnknownPosteriors { share, relabeled } => write!(
                f,
                "{}: what the paths of {:.0} % of the events tell of θ could not be integrated over the prior; narrow the prior{}",
                match relabeled {
                    true => "recalled labels are wrong",
                    false => "the labels of the data set were taken",
                },
                100.0 * share,
                match relabeled {
                    true => ", or train with --labels stored",
                    false => " for labels at fresh hypotheses",
                },
            ),
            Self::Saturated { share, limit } => write!(
                f,
                "|log r| is beyond {limit} for {:.0} % of the validation events, more than data can support: bring the \
                 hypotheses closer together, lower --learning-rate, or mine more events",
                100.0 * share
            ),
            Self::Separable { share, limit } => write!(
                f,
                "{:.0} % of the validation events are told apart with certainty (|log r| beyond {limit}), where a classification \
                 cannot measure the ratio, and estimates from it may be wrong: choose a method that learns the score (alices, cascal), \
                 narrow the prior, or mine with --mixture",
                100.0 * share
            ),
            Self::ManyInputs { inputs } => write!(
                f,
                "{inputs} inputs were learned from as a plain vector, which takes many events: name an image or a set of particles \
                 with --encode FIRST:CHANNELSxHEIGHTxWIDTH or FIRST:PARTICLESxOBSERVABLES or in the simulator (`layout`), or say \
                 --encode vector"
            ),
            Self::Constant(columns) => columns.fmt(f),
            Self::ScoreDominates { share, alpha } => write!(
                f,
                "the score term is {:.1} % of the loss, and the network hardly learns what it does not fix: lower --alpha \
                 from {alpha:.3e}",
                100.0 * share
            ),
            Self::Overfitted {
                best_step,
                steps,
                lowest,
                last,
            } => write!(
                f,
                "the validation loss was lowest at step {best_step} of {steps}, {lowest:.4}, and rose to {last:.4}; the best \
                 weights were kept: mine more events, choose a method with gold, or take a smaller network"
            ),
            Self::LearnedNothing { gain } => write!(
                f,
                "the network learned nothing that held-out events show, their cross-entropy is {:.2e} ± {:.2e} below that of log r = 0: mine \
                 more events, choose a method with gold, or raise --steps",
                gain.value, gain.standard_error,
            ),
            Self::RegionsTooSmall { coverage } => {
                let each: Vec<String> = coverage.iter().map(SizeCoverage::to_string).collect();
                write!(
                    f,
                    "intervals of this network are too narrow, {}: use `calibrate`, intervals by toys (`infer --toys`), more events or \
                     another method",
                    each.join("; ")
                )
            }
            Self::StillFalling { share } => write!(
                f,
                "the validation loss was still falling at the last step, {:.0} % of its fall came in the last fifth: \
                 raise --steps",
                100.0 * share
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(loss: impl Fn(f64) -> f64, entries: usize) -> Curve {
        let step: Vec<usize> = (1..=entries).map(|k| 20 * k).collect();
        let losses: Vec<f64> = step.iter().map(|&step| loss(step as f64 / 1_000.0)).collect();
        Curve {
            step,
            train: losses.clone(),
            validation: losses,
        }
    }

    #[test]
    fn a_curve_that_levels_off_raises_nothing() {
        let settled = curve(|t| 1.0 + (-10.0 * t).exp(), 50);
        assert_eq!(Finding::in_curve(&settled, 1_000, 1_000), None);
        // Best early by a hair: that is noise.
        let level = curve(|t| 1.0 + (-20.0 * t).exp() + 0.01 * t, 50);
        assert_eq!(Finding::in_curve(&level, 300, 1_000), None);
        assert_eq!(Finding::in_curve(&Curve::default(), 0, 1_000), None);
    }

    #[test]
    fn rising_and_falling_ends_are_found() {
        let rising = curve(|t| 1.0 + (t - 0.2).powi(2), 40);
        let found = Finding::in_curve(&rising, 200, 1_000).unwrap();
        assert!(matches!(
            found,
            Finding::Overfitted {
                best_step: 200,
                steps: 800,
                ..
            }
        ));
        let falling = curve(|t| 1.0 - t, 50);
        let Some(Finding::StillFalling { share }) = Finding::in_curve(&falling, 1_000, 1_000) else {
            panic!("a straight fall is still falling at its end");
        };
        assert!((share - 0.2 / 0.98).abs() < 1e-12);
        // A hair of a large loss is noise.
        assert_eq!(Finding::in_curve(&curve(|t| 1e5 - t, 50), 1_000, 1_000), None);
        // Stopped before the end, it had not improved for a while: nothing to add.
        assert_eq!(Finding::in_curve(&falling, 1_000, 2_000), None);
    }

    #[test]
    fn words_name_a_remedy_and_json_comes_back() {
        for finding in [
            Finding::Diverged { step: 9, best_step: 3 },
            Finding::in_weights(Some(0.001)).unwrap(),
            Finding::in_outputs(&[1.0, -31.0], None, 30.0).unwrap(),
            Finding::in_classes(&[1.0, -8.0, 9.0, 9.0]).unwrap(),
            Finding::ManyInputs { inputs: 4_098 },
            Finding::Constant(ConstantColumns::Constant {
                names: vec!["m".into()],
            }),
            Finding::in_loss(100.0, 0.5, 7.0).unwrap(),
            Finding::StillFalling { share: 0.4 },
            Finding::in_gain(Mean {
                value: -0.0004,
                standard_error: 0.0002,
            })
            .unwrap(),
            Finding::in_coverage(vec![SizeCoverage::new(100, &[0.9; 100], 0, &[0.68, 0.95])]).unwrap(),
            Finding::Unresolved {
                points: 1.1,
                relabeled: true,
            },
            Finding::Unresolved {
                points: 1.1,
                relabeled: false,
            },
            Finding::UnknownPosteriors {
                share: 0.2,
                relabeled: false,
            },
        ] {
            let words = finding.to_string();
            let remedies = ["remove", "--", "choose", "mine more", "bring", "narrow", "calibrate"];
            assert!(
                words.contains(':') && remedies.iter().any(|remedy| words.contains(remedy)),
                "{words}"
            );
            let json = serde_json::to_string(&finding).unwrap();
            assert_eq!(serde_json::from_str::<Finding>(&json).unwrap(), finding);
        }
        let learned = Mean {
            value: 0.09,
            standard_error: 0.01,
        };
        assert_eq!(Finding::in_gain(learned), None);
        assert_eq!(Finding::in_coverage(vec![]), None);
        assert_eq!(Finding::in_weights(None), None);
        assert_eq!(Finding::in_weights(Some(0.2)), None);
        assert_eq!(Finding::in_outputs(&[1.0, -2.0], None, 30.0), None);
        // Gold says so, and that is what it is for.
        let sure = [&[2.0, 0.0][..], &[0.0, 2.0][..]];
        assert_eq!(Finding::in_outputs(&[40.0, -40.0], Some(sure), 30.0), None);
        assert_eq!(Finding::in_classes(&[0.5, -0.5, 0.1, 9.0]), None);
        assert_eq!(Finding::in_loss(1.0, 0.5, 7.0), None);
    }
}
