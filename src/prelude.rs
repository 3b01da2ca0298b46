//! Names that a program with its own simulator needs, for `use motherlode::prelude::*`.
//!
//! Densities are included under their own names ([`Normal`], [`Poisson`], ...); [`Error`](crate::Error) and
//! [`Result`](crate::Result) are not, because they would hide those of the standard library.

pub use motherlode_core::dataset::{Events, Reader};
pub use motherlode_core::gold::{Design, Miner, SimulatorCheckSettings, check_simulator, identities};
pub use motherlode_core::likelihood::{ExactDensity, LogLikelihood, LogRatio, Score, Truth};
pub use motherlode_core::posterior::Posterior;
pub use motherlode_core::prior::Prior;
pub use motherlode_core::trace::density::{
    Bernoulli, Beta, Binomial, Categorical, Density, Dirichlet, Exponential, Gamma, Geometric, LogNormal, Mixture,
    MultivariateNormal, Normal, Poisson, PoissonProcess, PowerLaw, Race, Rejection, TruncatedNormal, Uniform, VonMises,
    thinning,
};
pub use motherlode_core::trace::{Hypotheses, Instrumented, Observable, Parameter, Rejected, Simulator, Trace};
pub use motherlode_core::{Estimator, ParameterBox, Progress, Real, Special};
pub use motherlode_stats::inference::{Constraint, Likelihood};

#[cfg(feature = "nn")]
pub use motherlode_nn::{
    Ensemble, LikelihoodEstimator, Method, Model, PosteriorEstimator, RatioEstimator, ScoreEstimator, Settings,
    TrainingData,
};
