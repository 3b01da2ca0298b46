//! Diagnostics of estimators that need no exact truth, on test events.
//!
//! A simulator without a likelihood still labels its events: E[s(x,z)|x] = s(x) for the joint label s(x,z) = 1/(1 + r(x,z))
//! over both hypotheses, and E[t(x,z)|x] = t(x) for the joint score. What is lost on held-out events against such labels
//! is the error of the estimate, plus a constant that belongs to the simulator and not to the estimate. The constant is
//! not known. So differences between estimates are errors, without bias; the loss itself is only an upper bound. The
//! tables say what a perfect estimate gets, if that is known.
//!
//! | metric | of | a perfect estimate | sees | does not see |
//! | --- | --- | --- | --- | --- |
//! | [`Divergence`] | log r̂ over the prior | the lowest of all | every error where both hypotheses are possible | how far the lowest still is from the truth |
//! | [`unexplained`](ScoreMetrics::unexplained) | t̂ | the lowest of all | every error | the same |
//! | [`slope`](ScoreMetrics::slope) | t̂ | 1 | a score too steep or too flat | a score that says too little, but says it right |
//! | [`normalisation`](Closure::normalisation) | log r̂ at one pair | 1 | a constant factor, weights out of hand | a ratio of 1 everywhere |
//! | [`moments`](Closure::moments) | the same | about 1 | an observable that closes badly | what no mean or spread shows |
//! | [`Reliability`] | the same | ŝ is the share of θ1 | probabilities that do not mean what they say | what was not learned |
//! | [`auc`](Closure::auc) | the same | 1/2 | what a classifier of its own, a regression with boosted trees, finds | what that classifier is too weak for, and constant factors |
//!
//! Diagnostics of posteriors that follow from an estimate, over pairs (θ*, x) of prior and simulator:
//!
//! | diagnostic | a perfect estimate | sees | does not see |
//! | --- | --- | --- | --- |
//! | [`Coverage`] | l at level l | posteriors too narrow, too wide, off | what was not learned: the prior is calibrated |
//! | [`HighestDensity`] ranks | l at level l | the same, for any number of parameters | the same |
//! | [`rank`] of each parameter | uniform | the same, and in which direction | the same |
//! | [`distance_rank`] from points that look at x | uniform | what was not learned, too | |
//! | rank of a [log likelihood](PosteriorChecks::log_likelihood) by regression | uniform | posteriors at odds with the data, and what was not learned | what means and spreads of observables do not show |
//! | [`two_samples`] of draws and hypotheses | 1/2 | posteriors that do not average to the prior | the same as coverage |
//! | the same, [one by one](PosteriorChecks::one_by_one) | 1/2 | posteriors that are off in place or width, in some parts of the prior | what was not learned |
//! | [`LocalTest`] at an observation | as small as by chance | a posterior that is wrong there | what its classifier is too weak for |
//! | [`FixedCoverage`] of intervals at one θ | l at level l | what an average over the prior hides | |
//! | [`FitConvergence`] of the best fit | bias 0 | an error of log r̂ that adds up with the events | what is off at other θ |
//!
//! And of one posterior, for the data it came from, whether [new data](predictive) would look like them.
//!
//! Posteriors of one or two parameters are tabulated on a grid, those of more are drawn by importance sampling. An error of single events is
//! judged by what it does to as many events as will be observed ([`THRESHOLDS`]).
//!
//! Estimators are ranked by the divergence; its differences are paired, event by event, and come with standard
//! errors. Squared errors against r(x,z) itself have the same property, E₁[(r̂ − r(x,z))²] = E₁[(r̂ − r)²] + const, but a few
//! large ratios decide them. log r(x,z) is no label at all: its mean over z is not log r.
//!
//! # Source
//! Brehmer, Cranmer, Louppe and Pavez, arXiv:1805.00020, section V; Stoye et al., arXiv:1808.00973, for the loss; Cranmer, Pavez
//! and Louppe, arXiv:1506.02169, section 3, for the classifier.

mod auc;
mod bands;
mod boosted_trees;
mod checks;
mod classifier_test;
mod closure;
mod coverage;
mod coverage_exam;
mod data_set_likelihood;
mod divergence;
mod fit_convergence;
mod fixed;
mod highest_density;
mod lc2st;
mod likelihood_table;
mod pilot_regression;
mod posterior_checks;
mod posterior_sample;
mod predictive;
mod prior_points;
mod ranks;
mod reliability;
mod score_metrics;
mod test_events;
mod two_samples;
mod uniformity;

pub use bands::{Bands, distribution};
pub use checks::{DiagnosticResults, THRESHOLDS};
pub use closure::Closure;
pub use coverage::Coverage;
pub use coverage_exam::{CoverageExam, ExamData};
pub use divergence::Divergence;
pub use fit_convergence::FitConvergence;
pub use fixed::FixedCoverage;
pub use highest_density::{HighestDensity, HighestDensityRank, LogLikelihoodSums, PosteriorDraws};
pub use lc2st::LocalTest;
pub use likelihood_table::DiagnosedEstimator;
pub use motherlode_core::mean::Mean;
pub use motherlode_core::{Check, Outcome};
pub use posterior_checks::{PosteriorCheckSettings, PosteriorChecks};
pub use predictive::{Predicted, predictive};
pub use prior_points::prior_points;
pub use ranks::{distance_rank, rank};
pub use reliability::{Reliability, ReliabilityBin};
pub use score_metrics::ScoreMetrics;
pub use test_events::{BaselineMetrics, MIN_TEST_EVENTS, RatioMetrics, TestEvents, relative_spread};
pub use two_samples::two_samples;
pub use uniformity::Uniformity;
