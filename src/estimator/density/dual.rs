//! Values with their derivatives to the parameters, all of them tensors of one graph.

mod arithmetic;

use burn::tensor::{Bool, Tensor};

use crate::estimator::Activation;
use arithmetic::paired;

/// A batch of rows and the tangents ∂/∂θ_j of every entry, each tensor with an axis in front: `[1, n, w]`, `[p, n, w]`.
///
/// burn differentiates once only, so a gradient with respect to θ that is itself trained must be made of ordinary
/// operations. Forward mode does that for any composition: each rule below maps the value and, linearly, its tangents,
/// all of them by one operation: batches are small, and what an operation costs is mostly that it is one.
///
/// What does not depend on θ carries no tangents and costs no more than plain tensors; so does everything, when the
/// parameters themselves are lifted with [`constant`](Self::constant).
#[derive(Debug, Clone)]
pub(super) struct Dual {
    value: Tensor<3>,
    tangents: Option<Tensor<3>>,
}

impl Dual {
    /// What does not depend on θ, `[n, w]`.
    pub(super) fn constant(rows: Tensor<2>) -> Self {
        Self {
            value: rows.unsqueeze(),
            tangents: None,
        }
    }

    /// The parameters themselves, `[n, p]`, with ∂θ_i/∂θ_j = δ_ij.
    pub(super) fn parameters(theta: Tensor<2>) -> Self {
        let [n, p] = theta.dims();
        let unit = Tensor::<2>::eye(p, &theta.device()).cast(theta.dtype());
        Self {
            value: theta.unsqueeze(),
            tangents: Some(unit.reshape([p, 1, p]).repeat_dim(1, n)),
        }
    }

    /// Zero, of the shape of `self` and for any θ.
    pub(super) fn zeros_like(&self) -> Self {
        Self {
            value: self.value.zeros_like(),
            tangents: None,
        }
    }

    /// The values, `[1, n, w]`.
    pub(super) fn value(&self) -> &Tensor<3> {
        &self.value
    }

    /// The values alone, `[n, w]`.
    pub(super) fn into_value(self) -> Tensor<2> {
        self.value.squeeze_dim(0)
    }

    /// Values `[n, w]` and tangents `[p, n, w]`, if there are any.
    pub(super) fn into_parts(self) -> (Tensor<2>, Option<Tensor<3>>) {
        (self.value.squeeze_dim(0), self.tangents)
    }

    /// Number of rows n and of columns w.
    pub(super) fn dims(&self) -> [usize; 2] {
        let [_, n, w] = self.value.dims();
        [n, w]
    }

    /// One linear map, of value and tangents alike.
    fn linearly(self, map: impl Fn(Tensor<3>) -> Tensor<3>) -> Self {
        Self {
            value: map(self.value),
            tangents: self.tangents.map(map),
        }
    }

    /// A function of the value, whose tangents are had from the given rule.
    fn chain(self, value: Tensor<3>, rule: impl FnOnce(Tensor<3>) -> Tensor<3>) -> Self {
        Self {
            value,
            tangents: self.tangents.map(rule),
        }
    }

    /// Rows times a matrix that does not depend on θ, `[n, v]` → `[n, w]`.
    pub(super) fn matmul(self, matrix: Tensor<2>) -> Self {
        let matrix: Tensor<3> = matrix.unsqueeze();
        self.linearly(|rows| match rows.dims() {
            [1, _, _] => rows.matmul(matrix.clone()),
            // One product of many rows, not many products.
            [p, n, v] => rows
                .reshape([1, p * n, v])
                .matmul(matrix.clone())
                .reshape([p as i64, n as i64, -1]),
        })
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
        self.chain(value, |tangents| match tangents.dims()[0] {
            1 => activation.backward(z, tangents),
            _ => activation.backward(z.clone(), z.ones_like()) * tangents,
        })
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
        self.chain(value.clone(), |tangents| value * tangents)
    }

    /// ln z.
    pub(super) fn ln(self) -> Self {
        let z = self.value.clone();
        self.chain(z.clone().log(), |tangents| tangents / z)
    }

    /// z².
    pub(super) fn square(self) -> Self {
        let z = self.value.clone();
        self.chain(z.clone().square(), |tangents| z * tangents * 2.0)
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
        self.linearly(|rows| rows.sum_dim(2))
    }

    /// The softmax of each row.
    pub(super) fn softmax_rows(self) -> Self {
        let shares = softmax(self.value.clone());
        self.chain(shares.clone(), |tangents| {
            let moved = shares.clone() * tangents;
            let total = moved.clone().sum_dim(2);
            moved - shares * total
        })
    }

    /// ln Σ eᶻ of each row, `[n, w]` → `[n, 1]`.
    pub(super) fn log_sum_exp_rows(self) -> Self {
        let largest = self.value.clone().detach().max_dim(2);
        let terms = (self.value.clone() - largest.clone()).exp();
        let total = terms.clone().sum_dim(2);
        let value = total.clone().log() + largest;
        self.chain(value, |tangents| (terms / total * tangents).sum_dim(2))
    }

    /// What a constant mask of ones and zeros `[1, n, w]` picks of each row, summed: `[n, 1]`.
    pub(super) fn pick(self, mask: &Tensor<3>) -> Self {
        self.linearly(|rows| (rows * mask.clone()).sum_dim(2))
    }

    /// Columns `from..to`.
    pub(super) fn columns(&self, from: usize, to: usize) -> Self {
        self.clone().linearly(|rows| rows.narrow(2, from, to - from))
    }

    /// The same numbers in rows of another length.
    pub(super) fn reshape(self, [n, w]: [usize; 2]) -> Self {
        self.linearly(|rows| {
            let p = rows.dims()[0];
            rows.reshape([p, n, w])
        })
    }

    /// Both side by side, `[n, v]` and `[n, w]` → `[n, v + w]`.
    pub(super) fn beside(self, other: Self) -> Self {
        let join = |a: Tensor<3>, b: Tensor<3>| Tensor::cat(vec![a, b], 2);
        let none = |tangents: &Tensor<3>, value: &Tensor<3>| value.zeros_like().repeat_dim(0, tangents.dims()[0]);
        let (left, right) = (self.value.clone(), other.value.clone());
        let tangents = paired(
            self.tangents,
            other.tangents,
            join,
            |a| join(a.clone(), none(&a, &right)),
            |b| join(none(&b, &left), b),
        );
        Self {
            tangents,
            value: join(left, right),
        }
    }

    /// `self` where the constant mask is true, `other` elsewhere; all of one shape.
    pub(super) fn or_where_not(self, mask: &Tensor<3, Bool>, other: Self) -> Self {
        let choose = |a: Tensor<3>, b: Tensor<3>| {
            let p = a.dims()[0];
            let mask = if p == 1 {
                mask.clone()
            } else {
                mask.clone().repeat_dim(0, p)
            };
            b.mask_where(mask, a)
        };
        let tangents = paired(
            self.tangents,
            other.tangents,
            choose,
            |a| choose(a.clone(), a.zeros_like()),
            |b| choose(b.zeros_like(), b),
        );
        Self {
            value: choose(self.value, other.value),
            tangents,
        }
    }
}

/// eᶻ/Σ eᶻ of each row. The largest entry is taken off first: no overflow, and no way back through it is needed.
fn softmax(z: Tensor<3>) -> Tensor<3> {
    let largest = z.clone().detach().max_dim(2);
    let terms = (z - largest).exp();
    let total = terms.clone().sum_dim(2);
    terms / total
}
