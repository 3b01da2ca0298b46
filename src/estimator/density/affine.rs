//! The affine transform of one observable: shift and scale.

use super::Dual;

/// Largest |ln σ|: a scale can neither vanish on one event nor run away.
pub(super) const LOG_SCALE_LIMIT: f64 = 6.0;

/// u = (x − μ) e^{−s} and ln |du/dx| = −s, from μ and s bounded to ±[`LOG_SCALE_LIMIT`].
///
/// # Shapes
/// - x, `shift`, `log_scale`: `[n, 1]` → twice `[n, 1]`
pub(super) fn forward(x: Dual, shift: Dual, log_scale: Dual) -> (Dual, Dual) {
    let log_slope = log_scale.bounded(LOG_SCALE_LIMIT).scale(-1.0);
    ((x - shift) * log_slope.clone().exp(), log_slope)
}

/// x = μ + u e^s, the inverse of [`forward`].
pub(super) fn inverse(u: Dual, shift: Dual, log_scale: Dual) -> Dual {
    u * log_scale.bounded(LOG_SCALE_LIMIT).exp() + shift
}
