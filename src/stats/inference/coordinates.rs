//! Unbounded coordinates of a parameter box.

use super::ParameterBox;

/// Logistic coordinates u of θ_k = a_k + (b_k − a_k)/(1 + e^{−u_k}) in a box from a to b.
///
/// A density that ends at an edge of the box falls off as e^{−|u|} there, so that samplers may take steps of any length.
#[derive(Debug, Clone)]
pub(super) struct Coordinates<'a>(pub &'a ParameterBox);

impl Coordinates<'_> {
    /// Returns θ, `[p]`, from the coordinates `u` of its free parameters.
    pub(super) fn theta(&self, u: &[f64]) -> Vec<f64> {
        self.0.at(&u.iter().copied().map(logistic).collect::<Vec<_>>())
    }

    /// Returns the coordinates of θ; a θ at an edge of the box is moved inside by the rounding error.
    pub(super) fn of(&self, theta: &[f64]) -> Vec<f64> {
        let along = |share: f64| {
            let share = share.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
            (share / (1.0 - share)).ln()
        };
        self.0.shares(theta).into_iter().map(along).collect()
    }

    /// Transforms a log density over θ and its slope, `[p]`, to `u`: returns the log density, and writes its gradient.
    pub(super) fn pull_back(&self, u: &[f64], log_density: f64, slope: &[f64], gradient: &mut [f64]) -> f64 {
        let mut log = log_density;
        for ((gradient, &u), (k, (low, high))) in gradient.iter_mut().zip(u).zip(self.0.ranges()) {
            let (width, share, rest) = (high - low, logistic(u), logistic(-u));
            log += width.ln() - softplus(u) - softplus(-u); // ln dθ/du
            *gradient = slope[k] * width * share * rest + rest - share;
        }
        log
    }
}

fn logistic(u: f64) -> f64 {
    1.0 / (1.0 + (-u).exp())
}

/// ln(1 + e^u) without overflow.
fn softplus(u: f64) -> f64 {
    u.max(0.0) + (-u.abs()).exp().ln_1p()
}
