//! Sums, products and quotients of values with tangents.

use std::ops::{Add, Div, Mul, Sub};

use burn::tensor::Tensor;

use super::Dual;

/// Joins tangents, either of which may be absent, that is zero.
pub(super) fn paired(
    a: Option<Tensor<3>>,
    b: Option<Tensor<3>>,
    both: impl FnOnce(Tensor<3>, Tensor<3>) -> Tensor<3>,
    only_a: impl FnOnce(Tensor<3>) -> Tensor<3>,
    only_b: impl FnOnce(Tensor<3>) -> Tensor<3>,
) -> Option<Tensor<3>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(both(a, b)),
        (Some(a), None) => Some(only_a(a)),
        (None, Some(b)) => Some(only_b(b)),
        (None, None) => None,
    }
}

impl Add for Dual {
    type Output = Self;

    /// Elementwise, of one shape; tangents that only one side has must not change shape.
    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            tangents: paired(self.tangents, other.tangents, |a, b| a + b, |a| a, |b| b),
        }
    }
}

impl Sub for Dual {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            value: self.value - other.value,
            tangents: paired(self.tangents, other.tangents, |a, b| a - b, |a| a, Tensor::neg),
        }
    }
}

impl Mul for Dual {
    type Output = Self;

    #[expect(clippy::suspicious_arithmetic_impl, reason = "the rule of products is a sum")]
    fn mul(self, other: Self) -> Self {
        let (u, v) = (self.value, other.value);
        let tangents = paired(
            self.tangents,
            other.tangents,
            |a, b| a * v.clone() + u.clone() * b,
            |a| a * v.clone(),
            |b| u.clone() * b,
        );
        Self { value: u * v, tangents }
    }
}

impl Div for Dual {
    type Output = Self;

    #[expect(
        clippy::suspicious_arithmetic_impl,
        reason = "the rule of quotients has other operations in it"
    )]
    fn div(self, other: Self) -> Self {
        let (u, v) = (self.value, other.value);
        let quotient = u / v.clone();
        let tangents = paired(
            self.tangents,
            other.tangents,
            |a, b| (a - quotient.clone() * b) / v.clone(),
            |a| a / v.clone(),
            |b| (quotient.clone() * b).neg() / v.clone(),
        );
        Self {
            value: quotient,
            tangents,
        }
    }
}
