//! Estimators of log ratios and scores: networks trained on augmented data.
//!
//! The only crate that names burn. From outside, estimators are [`LogRatio`](motherlode_core::likelihood::LogRatio) and
//! [`Score`](motherlode_core::likelihood::Score), like an exact truth.
#![forbid(unsafe_code)]

mod architecture;
mod architecture_display;
mod batch;
mod certificate;
mod density;
mod ensemble;
mod expansion;
mod fused_loss;
mod imported;
pub mod input;
mod likelihood;
pub mod methods;
mod model;
mod model_file;
mod model_format;
mod network;
mod onnx;
mod posterior;
mod ratio;
mod rounds;
mod scaling;
mod score;
mod score_note;
mod tensor_file;
#[cfg(test)]
mod testing;
mod train;
mod trained;
mod training_data;
mod training_steps;

use architecture::{Architecture, Net};
pub use ensemble::Ensemble;
use expansion::Expansion;
pub use imported::{Import, ImportOptions, ImportedEstimator, Learned};
pub use likelihood::LikelihoodEstimator;
pub use methods::Method;
pub use model::Model;
pub use network::Activation;
pub use onnx::OnnxExport;
pub use posterior::PosteriorEstimator;
pub use ratio::RatioEstimator;
pub use rounds::{Round, RoundSettings};
pub use scaling::Scaling;
pub use score::ScoreEstimator;
use train::train_network;
pub use train::{BiasedMean, Curve, DensityKind, Encoding, Finding, Head, Labels, Optimizer, RatioErrors, Settings};
use trained::Network;
pub use trained::Provenance;
pub use training_data::TrainingData;
#[doc(hidden)]
pub use training_steps::training_steps;
