//! A function of θ near a point, to second order.

use motherlode_core::real::Real;

/// Value, gradient and second derivatives of a function at a point: all that a number with derivatives to second order can see.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expansion {
    point: Vec<f64>,
    pub(super) value: f64,
    /// `[q]`.
    pub(super) gradient: Vec<f64>,
    /// `[q × q]`, row by row.
    pub(super) hessian: Vec<f64>,
}

impl Expansion {
    /// Zero, near `point`.
    pub(super) fn zero(point: &[f64]) -> Self {
        let q = point.len();
        Self {
            point: point.to_vec(),
            value: 0.0,
            gradient: vec![0.0; q],
            hessian: vec![0.0; q * q],
        }
    }

    /// The function at the point, whose coordinates carry derivatives: exact as far as these go, for the differences to the point have
    /// no value of their own.
    pub(super) fn at<R: Real>(&self, theta: &[R]) -> R {
        let steps: Vec<R> = theta.iter().zip(&self.point).map(|(&theta, at)| theta - *at).collect();
        let mut sum = R::from(self.value);
        for (i, &step) in steps.iter().enumerate() {
            sum += step * self.gradient[i];
            for (j, &other) in steps.iter().enumerate() {
                sum += step * other * (0.5 * self.hessian[i * steps.len() + j]);
            }
        }
        sum
    }
}
