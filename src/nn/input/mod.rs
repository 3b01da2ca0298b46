//! Transforms between raw observables and a network, and the rule of their automatic choice.
//!
//! A network learns fastest from features of order one. Each observable passes through a transform that is fitted on
//! the training events, stored with the model, and applied whenever the model is evaluated. None of them looks at
//! labels or gold, and a likelihood ratio does not change under an invertible map of x: a transform changes how fast
//! the answer is found, not which answer is right.
//!
//! | transform | for | features |
//! | --- | --- | --- |
//! | [`Standardise`](TransformKind::Standardise) | anything with moderate tails | (x − mean)/sd |
//! | [`SignedLog`](TransformKind::SignedLog) | heavy tails: energies, weights, Cauchy-like residuals | ±ln(1 + \|x − c\|/s), standardised |
//! | [`Quantile`](TransformKind::Quantile) | awkward shapes: several scales, spikes, hard edges | the normal score of the empirical distribution function |
//! | [`Angle`](TransformKind::Angle) | periodic observables | sin and cos: 0 and the period are neighbours |
//! | [`Categorical`](TransformKind::Categorical) | codes without order: particle types, channels | one feature for each value seen |
//!
//! # The automatic choice
//!
//! Without a choice an observable is standardised, unless its tails are heavy. Of all its values but the most frequent
//! one (many events may have none of something, and a spike is no width) let IQR be the interquartile range and sd the
//! standard deviation. The tails are heavy, and the choice is `signed-log`, if
//!
//! 0 < IQR/1.349 < 0.6 sd,
//!
//! that is, if few events make most of the spread. The ratio of the two is 1 for a normal distribution, 1.28 for a uniform
//! one, 0.81 for an exponential one, 0.73 for a double exponential one, 0.50 for a log-normal one (σ = 1) and 0 for
//! Cauchy's. Fewer than 100 such values are not judged. An angle or a category cannot be told from its numbers: neither
//! is chosen automatically.
//!
//! # Missing values
//!
//! NaN, or the number that the plan names for an observable (−999 and the like), means that an event lacks it. Its
//! features are 0, where a standardised one has its mean, and the observable has one more feature, 1 where it is
//! missing. That feature is there only if training events lack the observable; where none does, a missing value is
//! an error: the network would not know what it means. Infinite values are always an error.
//!
//! # Observables that belong together
//!
//! The momenta of the particles of a set, or the pixels of an image, are one quantity at several places:
//! [`InputPlan::together`] gives them one transform, fitted on all of them. An encoder in front of the network needs
//! that.

mod column;
mod graph;
mod inputs;
mod kind;
mod moments;
mod plan;
mod quantile;
mod signed_log;
mod tails;
mod transform;

use column::Column;
pub(super) use graph::piecewise_linear;
pub use inputs::Inputs;
pub use kind::TransformKind;
pub(super) use moments::Moments;
pub use plan::InputPlan;
use quantile::Quantile;
use signed_log::SignedLog;
use transform::Transform;

/// Beyond this a feature is clamped: an absurd observation must not overflow single precision.
const LIMIT: f64 = 1e6;
