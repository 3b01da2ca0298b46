//! Statistical inference: from an estimator and a data set to intervals and posteriors of θ.
//!
//! All functions take the traits of [`likelihood`](motherlode_core::likelihood), which exact likelihoods and networks implement alike. A
//! [`Likelihood`] sums the log ratios of independent events, and adds terms for the number of events and for other measurements where
//! these are data. [`maximise`] finds the best fit; [`RatioTest`] tests hypotheses where Wilks' theorem holds, [`Neyman`] for any number
//! of events. An [`Interpolation`] makes grids of hypotheses cheap.
//!
//! With a prior, a [`Posterior`] of one or two parameters is tabulated; [`sample`] draws it by Markov chains for any number of parameters.
//! [`abc`] is the baseline that needs no estimator.
//!
//! [`SummaryDensity`] makes an estimator of ratios from a score or from chosen observables, and [`Information`] gives the best precision
//! that an estimator can reach. Likelihoods of histograms, and of HistFactory models as experiments publish them, are in `motherlode_hep`.

pub mod abc;
mod asymptotic;
mod bands;
mod chains;
mod contours;
mod coordinates;
mod estimate;
mod fit;
mod fit_result;
mod information;
mod interpolated_likelihood;
mod interpolation;
mod likelihood;
mod likelihood_scan;
mod marginal;
mod neyman;
mod neyman_belt;
mod posterior;
mod profile_toys;
mod ratio_test;
mod region;
mod resampling;
mod summaries;
mod toys;
mod zoom;

pub use asymptotic::{critical_value, p_value, p_value_at_bound};
pub use bands::{Band, Quantiles, bands};
pub use chains::{
    ChainSettings, Chains, Density, Differentiable, Target, bulk_effective_size, effective_size, r_hat, sample,
    split_r_hat, tail_effective_size,
};
pub use contours::contours;
use coordinates::Coordinates;
pub use estimate::{Estimate, Plane, Profile};
pub use fit::{Fit, Function, covariance, maximise};
pub use fit_result::FitResult;
pub use information::{Concentration, Information, InformationEstimate, WeightedScores, bootstrap_errors};
pub use interpolated_likelihood::InterpolatedLikelihood;
pub use interpolation::Interpolation;
pub use likelihood::{Constraint, ExpectedCount, Likelihood};
pub use likelihood_scan::LikelihoodScan;
pub use marginal::Marginal;
pub use motherlode_core::ParameterBox;
pub use neyman::{Distribution, Neyman};
pub use neyman_belt::{NeymanBelt, TestedHypothesis, ToyRegion, ToyRegions};
pub use posterior::Posterior;
pub use profile_toys::ProfileToyTest;
pub use ratio_test::{RatioTest, Test};
pub use region::{Intervals, intervals};
pub use resampling::Resampling;
pub use summaries::{
    BinLayout, Binning, ScoreDensity, SparsestPoint, SummaryDensity, SummarySettings, SummaryStatistic,
};
pub use toys::{ToyPlan, Toys};
pub use zoom::ZoomedLikelihood;
