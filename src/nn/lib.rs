//! Estimators of log ratios and scores: networks trained on augmented data.
//!
//! The only room that names burn. From outside, estimators are [`LogRatio`](motherlode_core::likelihood::LogRatio) and
//! [`Score`](motherlode_core::likelihood::Score), like an exact truth.
#![forbid(unsafe_code)]

mod answers;
mod architecture;
mod as_estimator;
mod calibrated;
mod container;
mod density;
mod description;
mod ensemble;
mod expansion;
mod imported;
pub mod input;
mod likelihood;
mod loss;
mod method;
pub mod methods;
mod model;
mod model_file;
mod network;
mod onnx;
mod onnx_graph;
mod ratio;
mod scaling;
mod score;
mod steps;
#[cfg(test)]
mod testing;
mod train;
mod trained;
mod training_data;

use architecture::{Architecture, Net};
pub use calibrated::CalibratedModel;
pub use ensemble::Ensemble;
use expansion::Expansion;
pub use imported::{Import, ImportOptions, ImportedEstimator, Learned, StateDict};
pub use likelihood::LikelihoodEstimator;
use method::Loss;
pub use method::Method;
pub use model::Model;
pub use model_file::ModelFile;
pub use network::Activation;
pub use ratio::RatioEstimator;
pub use scaling::Scaling;
pub use score::ScoreEstimator;
#[doc(hidden)]
pub use steps::steps;
use train::train_network;
pub use train::{Curve, DensityKind, Encoding, Finding, Head, Labels, Optimizer, Settings};
use trained::Network;
pub use trained::Provenance;
pub use training_data::TrainingData;
