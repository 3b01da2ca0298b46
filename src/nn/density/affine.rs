//! The affine transform of one observable: shift and scale.

use super::Differentiable;

/// Largest |ln σ|: a scale can neither vanish on one event nor run away.
pub(super) const LOG_SCALE_LIMIT: f64 = 6.0;

/// u = (x − μ) e^{−s} and ln |du/dx| = −s, from μ and s bounded to ±[`LOG_SCALE_LIMIT`].
///
/// # Shapes
/// - x, `shift`, `log_scale`: `[n, 1]` → twice `[n, 1]`
pub(super) fn forward<D: Differentiable>(x: D, shift: D, log_scale: D) -> (D, D) {
    let log_slope = log_scale.bounded(LOG_SCALE_LIMIT).scale(-1.0);
    ((x - shift) * log_slope.clone().exp(), log_slope)
}

/// x = μ + u e^s, the inverse of [`forward`].
pub(super) fn inverse<D: Differentiable>(u: D, shift: D, log_scale: D) -> D {
    u * log_scale.bounded(LOG_SCALE_LIMIT).exp() + shift
}

/// u = (x − μ) √ρ and ln |du/dx| = ½ ln ρ, from μ and ln ρ; shapes as [`forward`].
pub(super) fn forward_unbounded<D: Differentiable>(x: D, shift: D, log_precision: D) -> (D, D) {
    let log_slope = log_precision.scale(0.5);
    ((x - shift) * log_slope.clone().exp(), log_slope)
}

/// x = μ + u/√ρ, the inverse of [`forward_unbounded`].
pub(super) fn inverse_unbounded<D: Differentiable>(u: D, shift: D, log_precision: D) -> D {
    u * log_precision.scale(-0.5).exp() + shift
}
