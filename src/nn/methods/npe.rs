//! NPE, neural posterior estimation: the posterior itself.
//!
//! **Principle.** A density q(θ|x) that makes the hypotheses of the simulated events as probable as possible, given their observations.
//!
//! **Loss.** −⟨log q(θ|x)⟩ over events that were drawn from the prior.
//!
//! **Optimum.** q(θ|x) = p(x|θ) π(θ)/p(x).
//!
//! **Labels.** None but θ.
//!
//! **Here.** θ is seen in [coordinates](motherlode_core::prior::Coordinates) in which the prior has the width one, relative to a linear
//! regression on the features of x: the density has to find only what the regression leaves. A spline flow by default, a mixture of Gaussians for one
//! parameter ([`DensityKind`](crate::DensityKind)). The ratio of two hypotheses is that of their posteriors, over that of their priors.
//!
//! **Source.** Papamakarios and Murray 2016, arXiv:1605.06376; Greenberg, Nonnenmacher and Macke 2019, arXiv:1905.07488.

use burn::tensor::Tensor;

use super::*;
use crate::batch::Batch;

/// The method in numbers.
pub(crate) const SPEC: Spec = Spec {
    name: "npe",
    display: Display {
        label: "NPE",
        gold: "no gold",
        colour: Colour::Orange,
        line: Line::Dashed,
        marker: Marker::Square,
    },
    target: Target::Posterior,
    loss: Some(loss),
    keeps_lowest_loss: true,
    learning_rate: 2e-3,
    log_ratio_limit: None,
    ..Spec::GOLD
};

/// Negative log posterior of the hypotheses of a batch, −⟨w0 log q(θ|x)⟩.
///
/// # Shapes
/// - `log_prob`: `[n]` → scalar `[1]`
pub(super) fn loss(log_prob: Tensor<1>, batch: Batch) -> Tensor<1> {
    (batch.numerator * log_prob).mean().neg()
}
