//! Estimators of log ratios and scores: networks trained on augmented data.
//!
//! The only room that names burn. From outside, estimators are [`LogRatio`](crate::likelihood::LogRatio) and
//! [`Score`](crate::likelihood::Score), like an exact truth.

#[cfg_attr(not(test), expect(dead_code, reason = "no method trains a density yet"))]
mod density;
mod loss;
mod method;
mod model;
mod network;
mod ratio;
mod scaling;
mod score;
mod score_density;
mod steps;
mod train;
mod trained;
mod training_data;

use method::Loss;
pub use method::Method;
pub use model::Model;
pub use network::Activation;
pub use ratio::RatioEstimator;
pub use scaling::Scaling;
pub use score::ScoreEstimator;
pub use score_density::ScoreDensity;
#[doc(hidden)]
pub use steps::steps;
pub use train::{Curve, Labels, Optimizer, Settings};
pub use trained::Provenance;
use trained::{Network, train_network};
pub use training_data::TrainingData;
