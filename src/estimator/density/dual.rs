//! Values with their derivatives to the parameters, all of them tensors of one graph.

use std::ops::{Add, Div, Mul, Sub};

use burn::tensor::{Bool, Tensor};

use crate::estimator::Activation;

/// A batch of rows `[n, w]` and, for each parameter θ_j, their tangents ∂/∂θ_j of the same shape.
///
/// burn differentiates once only, so a gradient with respect to θ that is itself trained must be made of ordinary
/// operations. Forward mode does that for any composition: each rule below maps the value and, linearly, its tangents.
/// What does not depend on θ carries no tangents and costs no more than plain tensors; so does everything, when the
/// parameters themselves are lifted with [`constant`](Self::constant).
#[derive(Debug, Clone)]
pub(super) struct Dual {
    value: Tensor<2>,
    /// One for each parameter, or none at all where all of them vanish.
    tangents: Vec<Tensor<2>>,
}

impl Dual {
    /// What does not depend on θ.
    pub(super) fn constant(value: Tensor<2>) -> Self {
        Self {
            value,
            tangents: vec![],
        }
    }

    /// The parameters themselves, `[n, p]`: p tangents, ∂θ_i/∂θ_j = δ_ij.
    pub(super) fn parameters(theta: Tensor<2>) -> Self {
        let [_, p] = theta.dims();
        let zero = theta.zeros_like();
        let unit = |j| zero.clone().slice_fill([0..zero.dims()[0], j..j + 1], 1.0);
        Self {
            tangents: (0..p).map(unit).collect(),
            value: theta,
        }
    }

    /// The values, `[n, w]`.
    pub(super) fn value(&self) -> &Tensor<2> {
        &self.value
    }

    /// The values alone, `[n, w]`.
    pub(super) fn into_value(self) -> Tensor<2> {
        self.value
    }

    /// Values and tangents.
    pub(super) fn into_parts(self) -> (Tensor<2>, Vec<Tensor<2>>) {
        (self.value, self.tangents)
    }

    /// Number of rows n and of columns w.
    pub(super) fn dims(&self) -> [usize; 2] {
        self.value.dims()
    }

    /// One linear map, of value and tangents alike.
    fn linearly(self, map: impl Fn(Tensor<2>) -> Tensor<2>) -> Self {
        Self {
            value: map(self.value),
            tangents: self.tangents.into_iter().map(map).collect(),
        }
    }

    /// A function of the value, whose tangents are had from the given rule.
    fn chain(self, value: Tensor<2>, rule: impl Fn(Tensor<2>) -> Tensor<2>) -> Self {
        Self {
            value,
            tangents: self.tangents.into_iter().map(rule).collect(),
        }
    }

    /// Rows times a matrix that does not depend on θ, `[n, v]` → `[n, w]`.
    pub(super) fn matmul(self, matrix: Tensor<2>) -> Self {
        self.linearly(|rows| rows.matmul(matrix.clone()))
    }

    /// A layer of a network: matrix `[v, w]` and bias `[w]`.
    pub(super) fn affine(self, weight: Tensor<2>, bias: Tensor<1>) -> Self {
        let Self { value, tangents } = self.matmul(weight);
        Self {
            value: value + bias.unsqueeze(),
            tangents,
        }
    }

    /// An activation: h(z), and h′(z) ż.
    pub(super) fn activate(self, activation: Activation) -> Self {
        let z = self.value.clone();
        let value = activation.forward(z.clone());
        self.chain(value, |tangent| activation.backward(z.clone(), tangent))
    }

    /// Values confined to ±`limit`, smoothly: limit · tanh(z/limit), close to z where z is small.
    pub(super) fn bounded(self, limit: f64) -> Self {
        self.scale(1.0 / limit).activate(Activation::Tanh).scale(limit)
    }

    /// ln(1 + eᶻ).
    pub(super) fn softplus(self) -> Self {
        self.activate(Activation::Softplus)
    }

    /// eᶻ.
    pub(super) fn exp(self) -> Self {
        let value = self.value.clone().exp();
        self.chain(value.clone(), |tangent| value.clone() * tangent)
    }

    /// ln z.
    pub(super) fn ln(self) -> Self {
        let z = self.value.clone();
        self.chain(z.clone().log(), |tangent| tangent / z.clone())
    }

    /// z².
    pub(super) fn square(self) -> Self {
        let z = self.value.clone();
        self.chain(z.clone().square(), |tangent| z.clone() * tangent * 2.0)
    }

    /// c z.
    pub(super) fn scale(self, factor: f64) -> Self {
        self.linearly(|rows| rows * factor)
    }

    /// z + c.
    pub(super) fn shift(mut self, offset: f64) -> Self {
        self.value = self.value + offset;
        self
    }

    /// The sum of each row, `[n, w]` → `[n, 1]`.
    pub(super) fn sum_rows(self) -> Self {
        self.linearly(|rows| rows.sum_dim(1))
    }

    /// Running sums along each row.
    pub(super) fn cumsum_rows(self) -> Self {
        self.linearly(|rows| rows.cumsum(1))
    }

    /// The softmax of each row.
    pub(super) fn softmax_rows(self) -> Self {
        let shares = softmax(self.value.clone());
        self.chain(shares.clone(), |tangent| {
            let moved = shares.clone() * tangent;
            let total = moved.clone().sum_dim(1);
            moved - shares.clone() * total
        })
    }

    /// ln Σ eᶻ of each row, `[n, w]` → `[n, 1]`.
    pub(super) fn log_sum_exp_rows(self) -> Self {
        let largest = self.value.clone().detach().max_dim(1);
        let terms = (self.value.clone() - largest.clone()).exp();
        let total = terms.clone().sum_dim(1);
        let value = total.clone().log() + largest;
        if self.tangents.is_empty() {
            return Self::constant(value);
        }
        let shares = terms / total;
        self.chain(value, |tangent| (shares.clone() * tangent).sum_dim(1))
    }

    /// What a constant mask of ones and zeros `[n, w]` picks of each row, summed: `[n, 1]`.
    pub(super) fn pick(self, mask: &Tensor<2>) -> Self {
        self.linearly(|rows| (rows * mask.clone()).sum_dim(1))
    }

    /// Columns `from..to`.
    pub(super) fn columns(&self, from: usize, to: usize) -> Self {
        let n = self.dims()[0];
        self.clone().linearly(|rows| rows.slice([0..n, from..to]))
    }

    /// The same numbers in rows of another length.
    pub(super) fn reshape(self, shape: [usize; 2]) -> Self {
        self.linearly(|rows| rows.reshape(shape))
    }

    /// Both side by side, `[n, v]` and `[n, w]` → `[n, v + w]`.
    pub(super) fn beside(self, other: Self) -> Self {
        let (left, right) = (self.value.clone(), other.value.clone());
        let count = self.tangents.len().max(other.tangents.len());
        let fill = |tangents: Vec<Tensor<2>>, value: &Tensor<2>| match tangents.is_empty() {
            true => vec![value.zeros_like(); count],
            false => tangents,
        };
        let tangents = fill(self.tangents, &left).into_iter().zip(fill(other.tangents, &right));
        Self {
            tangents: tangents.map(|(a, b)| Tensor::cat(vec![a, b], 1)).collect(),
            value: Tensor::cat(vec![left, right], 1),
        }
    }

    /// `self` where the constant mask is true, `other` elsewhere; all of one shape.
    pub(super) fn or_where_not(self, mask: &Tensor<2, Bool>, other: Self) -> Self {
        let choose = |a: Tensor<2>, b: Tensor<2>| b.mask_where(mask.clone(), a);
        let tangents = paired(
            self.tangents,
            other.tangents,
            choose,
            |a| a.clone().mask_where(mask.clone().bool_not(), a.zeros_like()),
            |b| b.clone().mask_where(mask.clone(), b.zeros_like()),
        );
        Self {
            value: choose(self.value, other.value),
            tangents,
        }
    }
}

/// Joins two lists of tangents, either of which may be empty, that is zero.
fn paired(
    a: Vec<Tensor<2>>,
    b: Vec<Tensor<2>>,
    both: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<2>,
    only_a: impl Fn(Tensor<2>) -> Tensor<2>,
    only_b: impl Fn(Tensor<2>) -> Tensor<2>,
) -> Vec<Tensor<2>> {
    match (a.is_empty(), b.is_empty()) {
        (_, true) => a.into_iter().map(only_a).collect(),
        (true, _) => b.into_iter().map(only_b).collect(),
        _ => a.into_iter().zip(b).map(|(a, b)| both(a, b)).collect(),
    }
}

/// eᶻ/Σ eᶻ of each row. The largest entry is taken off first: no overflow, and no way back through it is needed.
pub(super) fn softmax(z: Tensor<2>) -> Tensor<2> {
    let largest = z.clone().detach().max_dim(1);
    let terms = (z - largest).exp();
    let total = terms.clone().sum_dim(1);
    terms / total
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
