//! Values with their derivatives to the parameters, all of them tensors of one graph.

mod arithmetic;

use burn::tensor::{Bool, Int, Tensor};

use super::Differentiable;
use crate::Activation;
use arithmetic::paired;

/// A batch of rows and the tangents ∂/∂θ_j of every entry, each tensor with an axis in front: `[1, n, w]`, `[p, n, w]`.
///
/// burn differentiates once only, so a gradient with respect to θ that is itself trained must be made of ordinary
/// operations. Forward mode does that for any composition: each rule below maps the value and, linearly, its tangents,
/// all of them by one operation: batches are small, and what an operation costs is mostly that it is one.
///
/// A number that does not depend on θ carries no tangents and costs no more than plain tensors; so does everything, when the
/// parameters themselves are lifted with [`constant`](Self::constant).
#[derive(Debug, Clone)]
pub(super) struct Dual {
    value: Tensor<3>,
    tangents: Option<Tensor<3>>,
}

impl Dual {
    /// Numbers that do not depend on θ, `[n, w]`.
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

    /// Ones and zeros, in the precision of `like`.
    fn of_flags(flags: Tensor<3, Bool>, like: &Tensor<3>) -> Self {
        Self {
            value: flags.float().cast(like.dtype()),
            tangents: None,
        }
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
}

impl Differentiable for Dual {
    type Flags = Tensor<3, Bool>;

    fn zeros_like(&self) -> Self {
        Self {
            value: self.value.zeros_like(),
            tangents: None,
        }
    }

    fn matmul(self, matrix: Tensor<2>) -> Self {
        let matrix: Tensor<3> = matrix.cast(self.value.dtype()).unsqueeze();
        self.linearly(|rows| match rows.dims() {
            [1, _, _] => rows.matmul(matrix.clone()),
            // One product of many rows, not many products.
            [p, n, v] => rows
                .reshape([1, p * n, v])
                .matmul(matrix.clone())
                .reshape([p as i64, n as i64, -1]),
        })
    }

    fn affine(self, weight: Tensor<2>, bias: Tensor<1>) -> Self {
        let Self { value, tangents } = self.matmul(weight);
        Self {
            value: value + bias.unsqueeze(),
            tangents,
        }
    }

    fn activate(self, activation: Activation) -> Self {
        let z = self.value.clone();
        let value = activation.forward(z.clone());
        self.chain(value, |tangents| match tangents.dims()[0] {
            1 => activation.backward(z, tangents),
            _ => activation.backward(z.clone(), z.ones_like()) * tangents,
        })
    }

    fn exp(self) -> Self {
        let value = self.value.clone().exp();
        self.chain(value.clone(), |tangents| value * tangents)
    }

    fn ln(self) -> Self {
        let z = self.value.clone();
        self.chain(z.clone().log(), |tangents| tangents / z)
    }

    fn square(self) -> Self {
        let z = self.value.clone();
        self.chain(z.clone().square(), |tangents| z * tangents * 2.0)
    }

    fn scale(self, factor: f64) -> Self {
        self.linearly(|rows| rows * factor)
    }

    fn shift(mut self, offset: f64) -> Self {
        self.value = self.value + offset;
        self
    }

    fn sum_rows(self) -> Self {
        self.linearly(|rows| rows.sum_dim(2))
    }

    fn softmax_rows(self) -> Self {
        let shares = softmax(self.value.clone());
        self.chain(shares.clone(), |tangents| {
            let moved = shares.clone() * tangents;
            let total = moved.clone().sum_dim(2);
            moved - shares * total
        })
    }

    fn log_sum_exp_rows(self) -> Self {
        let largest = self.value.clone().detach().max_dim(2);
        let terms = (self.value.clone() - largest.clone()).exp();
        let total = terms.clone().sum_dim(2);
        let value = total.clone().log() + largest;
        self.chain(value, |tangents| (terms / total * tangents).sum_dim(2))
    }

    fn columns(&self, from: usize, to: usize) -> Self {
        self.clone().linearly(|rows| rows.narrow(2, from, to - from))
    }

    fn in_rows_of(self, width: usize) -> Self {
        self.linearly(|rows| {
            let p = rows.dims()[0];
            rows.reshape([p as i64, -1, width as i64])
        })
    }

    fn beside(self, other: Self) -> Self {
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

    fn or_where_not(self, flags: &Tensor<3, Bool>, other: Self) -> Self {
        let choose = |a: Tensor<3>, b: Tensor<3>| {
            let p = a.dims()[0];
            let flags = if p == 1 {
                flags.clone()
            } else {
                flags.clone().repeat_dim(0, p)
            };
            b.mask_where(flags, a)
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

    fn is_within(&self, bound: f64) -> Tensor<3, Bool> {
        self.value.clone().abs().lower_elem(bound)
    }

    fn one_hot(&self, width: usize) -> Self {
        let columns = Tensor::<1, Int>::arange(0..width as i64, &self.value.device()).float();
        let columns = columns.cast(self.value.dtype()).unsqueeze::<3>();
        Self::of_flags(columns.equal(self.value.clone()), &self.value)
    }

    fn bin_among(&self, sizes: &Self, bins: usize) -> [Self; 2] {
        let sums = sizes.value.clone().detach().cumsum(2);
        let half = sums.clone().narrow(2, bins - 1, 1) * 0.5;
        // Inner edges only: rounding cannot lead out of the last bin.
        let inner = sums.narrow(2, 0, bins - 1) - half;
        let index = inner.lower_equal(self.value.clone().detach()).int().sum_dim(2);
        let all = Tensor::<1, Int>::arange(0..bins as i64, &self.value.device()).unsqueeze::<3>();
        let [here, before] =
            [all.clone().equal(index.clone()), all.lower(index)].map(|mask| Self::of_flags(mask, &self.value));
        [here, before.shift(-0.5)]
    }
}

/// eᶻ/Σ eᶻ of each row. The largest entry is taken off first: no overflow, and no way back through it is needed.
fn softmax(z: Tensor<3>) -> Tensor<3> {
    let largest = z.clone().detach().max_dim(2);
    let terms = (z - largest).exp();
    let total = terms.clone().sum_dim(2);
    terms / total
}
