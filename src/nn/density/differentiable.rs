//! Numbers of densities, which carry their derivatives to the parameters.

use std::ops::{Add, Div, Mul, Sub};

use burn::tensor::Tensor;

use crate::Activation;

/// Rows of numbers, `[n, w]`, that may carry their derivatives to θ. Sums, products and quotients are taken number by number.
///
/// A density is written once, over these: with tensors ([`Dual`](super::Dual)) it is trained and evaluated, with operators of a
/// graph ([`GraphDual`](super::graph::GraphDual)) it becomes a file that other programs run.
pub(super) trait Differentiable:
    Clone + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// Yes or no for each number.
    type Flags;

    /// Zero, of the shape of `self` and for any θ.
    fn zeros_like(&self) -> Self;

    /// Rows times a matrix that does not depend on θ, `[n, v]` → `[n, w]`.
    fn matmul(self, matrix: Tensor<2>) -> Self;

    /// A layer of a network: matrix `[v, w]` and bias `[w]`.
    fn affine(self, weight: Tensor<2>, bias: Tensor<1>) -> Self;

    /// An activation: h(z), and h′(z) ż.
    fn activate(self, activation: Activation) -> Self;

    /// eᶻ.
    fn exp(self) -> Self;

    /// ln z.
    fn ln(self) -> Self;

    /// z².
    fn square(self) -> Self;

    /// c z.
    fn scale(self, factor: f64) -> Self;

    /// z + c.
    fn shift(self, offset: f64) -> Self;

    /// The sum of each row, `[n, w]` → `[n, 1]`.
    fn sum_rows(self) -> Self;

    /// The softmax of each row.
    fn softmax_rows(self) -> Self;

    /// ln Σ eᶻ of each row, `[n, w]` → `[n, 1]`.
    fn log_sum_exp_rows(self) -> Self;

    /// Columns `from..to`.
    fn columns(&self, from: usize, to: usize) -> Self;

    /// Reshapes the numbers into rows of another length.
    fn in_rows_of(self, width: usize) -> Self;

    /// Both side by side, `[n, v]` and `[n, w]` → `[n, v + w]`.
    fn beside(self, other: Self) -> Self;

    /// Returns 1 where |z| < `bound`.
    fn is_within(&self, bound: f64) -> Self::Flags;

    /// `self` where the flag says yes, `other` elsewhere; all of one shape.
    fn or_where_not(self, flags: &Self::Flags, other: Self) -> Self;

    /// A one in the column that each of `self`, `[n, 1]`, is the number of, and zeros in the others, `[n, width]`.
    fn one_hot(&self, width: usize) -> Self;

    /// Where `self`, `[n, 1]`, lies on an interval around zero that is made of bins of these sizes, `[n, bins]`: ones at its bin; and
    /// ½ at all bins before it, −½ from it on, so that what they [`pick`](Self::pick) of the sizes is where it begins. Neither
    /// depends on θ.
    fn bin_among(&self, sizes: &Self, bins: usize) -> [Self; 2];

    /// Sums the numbers of each row that a mask, `[n, w]` and independent of θ, picks: `[n, 1]`.
    fn pick(self, mask: &Self) -> Self {
        (self * mask.clone()).sum_rows()
    }

    /// Values confined to ±`limit`, smoothly: limit · tanh(z/limit), close to z where z is small.
    fn bounded(self, limit: f64) -> Self {
        self.scale(1.0 / limit).activate(Activation::Tanh).scale(limit)
    }

    /// ln(1 + eᶻ).
    fn softplus(self) -> Self {
        self.activate(Activation::Softplus)
    }
}
