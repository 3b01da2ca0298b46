//! Warnings about a training in words.

use motherlode_core::certificate::SizeCoverage;
use motherlode_core::format::number;
use motherlode_core::mean::Mean;

use super::{BiasedMean, Finding, RatioErrors};

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Diverged { step, best_step } => write!(
                f,
                "the loss is no number any more after {step} steps; the weights of step {best_step} were kept: lower \
                 --learning-rate or set --clip"
            ),
            Self::HeavyTails {
                effective_share,
                ratio_errors,
            } => write!(
                f,
                "the joint ratios have heavy tails, {:.2} % of the events outweigh all others{}",
                100.0 * effective_share,
                match ratio_errors {
                    RatioErrors::Squared =>
                        " in a squared error: set --ratio-errors relative, choose alice or alices, whose labels are bounded, or bring the \
                         hypotheses closer together",
                    RatioErrors::Relative =>
                        " in a squared error; relative errors were minimised: choose alice or alices, whose labels are bounded, if the \
                         certificate finds regions too small",
                },
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
            Self::UnmappedPrior => f.write_str(
                "the labels of the data set were taken, of one hypothesis for each event: fresh hypotheses are proposed from priors of \
                 independent or correlated parameters, products and mixtures of them, and the prior of these events is none; mine with such a \
                 prior for labels at fresh hypotheses, or choose anpe, which takes any",
            ),
            Self::UnusedEvents => f.write_str(
                "half of the events were drawn from the denominator, and a posterior is learned from those that were drawn from the prior: \
                 mine with --joint to learn from all of them",
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
            Self::Biased { means } => {
                let each: Vec<String> = means.iter().map(BiasedMean::to_string).collect();
                write!(
                    f,
                    "the network is biased on held-out events, {}: use `calibrate`, mine more events, or choose another method",
                    each.join("; ")
                )
            }
            Self::RegionsTooSmall { coverage } => f.write_str(&SizeCoverage::too_narrow(
                coverage,
                "intervals of this network are",
                "`calibrate`, ",
            )),
            Self::StillFalling { share } => write!(
                f,
                "the validation loss was still falling at the last step, {:.0} % of its fall came in the last fifth: \
                 raise --steps",
                100.0 * share
            ),
        }
    }
}

impl std::fmt::Display for BiasedMean {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let with_error = |mean: &Mean| format!("{} ± {}", number(mean.value, 3), number(mean.standard_error, 1));
        match self {
            Self::ClassShares { error, chance } => write!(
                f,
                "the shares of the classes are off by {} on average ({} by chance)",
                number(*error, 2),
                number(*chance, 2)
            ),
            Self::Score { parameter, mean, size } => write!(
                f,
                "the mean score of {parameter} is {} (exactly 0; {} for a typical event)",
                with_error(mean),
                number(*size, 2)
            ),
        }
    }
}
