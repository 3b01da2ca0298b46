//! Estimators of log ratios and scores: networks trained on augmented data.
//!
//! The only room that names burn. From outside, estimators are [`LogRatio`](crate::likelihood::LogRatio) and
//! [`Score`](crate::likelihood::Score), like an exact truth.

pub mod input;
mod loss;
mod method;
mod model;
mod network;
mod ratio;
mod scaling;
mod score;
mod score_density;
mod train;
mod trained;

pub use method::Method;
pub use model::Model;
pub use network::Activation;
pub use ratio::RatioEstimator;
pub use scaling::Scaling;
pub use score::ScoreEstimator;
pub use score_density::ScoreDensity;
pub use train::{Curve, Optimizer, Settings};
pub use trained::Provenance;
use trained::{Network, train_network};
