//! Consecutive events whose numbers are stored together.

use super::column::Column;
use super::systematics::Factor;

/// Number of values that are stored for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Width {
    /// Coefficients of its weight.
    pub(super) coefficients: usize,
    /// Nuisance parameters, of two numbers each.
    pub(super) nuisances: usize,
    /// Number of observables.
    pub(super) observables: usize,
}

impl Width {
    /// Sum of all.
    pub(super) fn all(self) -> usize {
        self.coefficients + 2 * self.nuisances + self.observables
    }
}

/// Consecutive events.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block<'a> {
    /// The number of the first one.
    pub(super) first: usize,
    n: usize,
    m: usize,
    coefficients: &'a [f64],
    linear: &'a [f64],
    quadratic: &'a [f64],
    x: &'a [f64],
}

impl<'a> Block<'a> {
    /// `n` events, of which these are all numbers, part by part.
    pub(super) fn new(first: usize, n: usize, width: Width, numbers: &'a [f64]) -> Self {
        let (coefficients, rest) = numbers.split_at(n * width.coefficients);
        let (linear, rest) = rest.split_at(n * width.nuisances);
        let (quadratic, x) = rest.split_at(n * width.nuisances);
        Self {
            first,
            n,
            m: width.observables,
            coefficients,
            linear,
            quadratic,
            x,
        }
    }

    /// Number of events.
    pub(super) fn len(&self) -> usize {
        self.n
    }

    /// The coefficients of the weight of the i-th one, `[c]`.
    pub(super) fn coefficients(&self, i: usize) -> Column<'a> {
        Column::new(self.coefficients, i, self.n)
    }

    /// Factor of the systematics on the weight of the i-th event.
    pub(super) fn factor(&self, i: usize) -> Factor<'a> {
        let of = |numbers: &'a [f64]| Column::new(numbers, i, self.n);
        Factor::new(of(self.linear), of(self.quadratic))
    }

    /// Observations of the i-th event, `[m]`.
    pub(super) fn x(&self, i: usize) -> &'a [f64] {
        &self.x[i * self.m..(i + 1) * self.m]
    }

    /// Observations of all events of the block, `[n, m]`.
    pub(super) fn observations(&self) -> &'a [f64] {
        self.x
    }

    /// Coefficients of all events, one monomial after the other, `[c][n]`.
    pub(super) fn by_monomial(&self) -> impl Iterator<Item = &'a [f64]> {
        self.coefficients.chunks_exact(self.n)
    }

    /// a and b of all events, one nuisance parameter after the other, `[k][n]` each.
    pub(super) fn by_nuisance(&self) -> impl Iterator<Item = (&'a [f64], &'a [f64])> {
        self.linear
            .chunks_exact(self.n)
            .zip(self.quadratic.chunks_exact(self.n))
    }
}
