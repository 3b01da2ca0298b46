//! From an estimator to a result: what a data set says about θ.
//!
//! Everything asks for the traits of [`likelihood`](crate::likelihood), which exact answers implement as networks do. A
//! [`Likelihood`] adds up what an estimator says of independent events, with the number of events and other measurements
//! where they are data; [`maximise`] finds the best fit, [`RatioTest`] tests hypotheses where Wilks' theorem
//! holds, [`Neyman`] everywhere. An [`Interpolation`] makes grids of hypotheses cheap. [`SummaryDensity`] makes an estimator of ratios of a score or
//! of chosen observables, and [`Information`] says how well any of them can do.

mod asymptotic;
mod estimate;
mod fit;
mod information;
mod interpolation;
mod likelihood;
mod neyman;
mod posterior;
mod ratio_test;
mod region;
mod space;
mod summaries;

pub use asymptotic::{critical_value, p_value, p_value_at_bound};
pub use estimate::Estimate;
pub use fit::{Fit, Function, covariance, maximise};
pub use information::{Information, Measured, bootstrap_errors};
pub use interpolation::{Interpolation, Surface};
pub use likelihood::{Constraint, ExpectedCount, Likelihood};
pub use neyman::{Distribution, Neyman, Toys};
pub use posterior::Posterior;
pub use ratio_test::{RatioTest, Tested};
pub use region::intervals;
pub use space::Space;
pub use summaries::{Layout, Pool, Scarcest, ScoreDensity, Summary, SummaryDensity, SummarySettings};
