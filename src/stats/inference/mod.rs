//! From an estimator to a result: what a data set says about θ.
//!
//! Everything asks for the traits of [`likelihood`](motherlode_core::likelihood), which exact answers implement as networks do. A
//! [`Likelihood`] adds up what an estimator says of independent events, with the number of events and other measurements
//! where they are data; [`maximise`] finds the best fit, [`RatioTest`] tests hypotheses where Wilks' theorem
//! holds, [`Neyman`] everywhere. An [`Interpolation`] makes grids of hypotheses cheap.
//!
//! With a prior, a [`Posterior`] of one or two parameters is tabulated, and [`sample`]d by chains for any number. [`abc`] is the
//! baseline that needs no estimator.
//!
//! Where the weights of simulated events are known at all parameters, [`BinnedEvents`] need none either: histograms of observables and the
//! number of events, expected at any θ.
//!
//! [`SummaryDensity`] makes an estimator of ratios of a score or
//! of chosen observables, and [`Information`] says how well any of them can do. [`histfactory`] takes no events but histograms with
//! their uncertainties, as experiments publish them.

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
pub use information::{Information, InformationEstimate, bootstrap_errors};
pub use interpolated_likelihood::InterpolatedLikelihood;
pub use interpolation::Interpolation;
pub use likelihood::{Constraint, ExpectedCount, Likelihood};
pub use likelihood_scan::LikelihoodScan;
pub use marginal::Marginal;
pub use motherlode_core::ParameterBox;
pub use neyman::{Distribution, Neyman};
pub use neyman_belt::{NeymanBelt, TestedHypothesis, ToyRegions};
pub use posterior::Posterior;
pub use ratio_test::{RatioTest, Test};
pub use region::{Intervals, intervals};
pub use resampling::Resampling;
pub use summaries::{
    BinLayout, Binning, ScoreDensity, SparsestPoint, SummaryDensity, SummarySettings, SummaryStatistic,
};
pub use toys::{ToyPlan, Toys};
pub use zoom::ZoomedLikelihood;
