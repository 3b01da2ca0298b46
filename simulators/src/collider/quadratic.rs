//! Squared amplitudes as quadratic forms in the coefficients.

use motherlode_core::Real;

use super::{Amplitudes, OPERATORS, Operator};

/// The elements of the upper triangle of the largest form.
const ELEMENTS: usize = OPERATORS * (OPERATORS + 1) / 2;

/// |M|² = Σ c_i c_j R_ij, c = (1, θ), for the standard model and some operators.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quadratic {
    /// Number of coefficients, including the one of the standard model.
    n: usize,
    /// The upper triangle of R, row by row; nothing behind it.
    upper: [f64; ELEMENTS],
}

impl Quadratic {
    /// Zero, for the standard model and `operators`.
    pub fn new(operators: &[Operator]) -> Self {
        Self {
            n: operators.len() + 1,
            upper: [0.0; ELEMENTS],
        }
    }

    /// Creates a form from its upper triangle, row by row; `None` if no form has that many elements.
    pub fn from_upper(upper: &[f64]) -> Option<Self> {
        let n = (1..=OPERATORS).find(|n| n * (n + 1) / 2 == upper.len())?;
        let mut form = Self {
            n,
            upper: [0.0; ELEMENTS],
        };
        form.upper[..upper.len()].copy_from_slice(upper);
        Some(form)
    }

    /// The upper triangle of R, row by row: what an event has to remember.
    pub fn upper(&self) -> &[f64] {
        &self.upper[..self.n * (self.n + 1) / 2]
    }

    /// A form of all operators, restricted to some of them.
    pub fn of(&self, operators: &[Operator]) -> Self {
        let chosen = |i: usize| if i == 0 { 0 } else { operators[i - 1] as usize };
        let mut form = Self::new(operators);
        let pairs = (0..form.n).flat_map(|i| (i..form.n).map(move |j| (i, j)));
        for (element, (i, j)) in form.upper.iter_mut().zip(pairs) {
            *element = self.element(chosen(i), chosen(j));
        }
        form
    }

    /// R_ij, in units of c_i c_j.
    pub fn element(&self, i: usize, j: usize) -> f64 {
        let (i, j) = (i.min(j), i.max(j));
        self.upper[i * self.n - i * (i + 1) / 2 + j]
    }

    /// Number of coefficients, including the one of the standard model.
    pub fn coefficients(&self) -> usize {
        self.n
    }

    /// Adds `factor` |Σ c_i M_i|², of the standard model and the same `operators` as in [`new`](Self::new).
    pub fn add(&mut self, amplitudes: &Amplitudes, operators: &[Operator], factor: f64) {
        let mut chosen = [amplitudes[0]; OPERATORS];
        for (chosen, &operator) in chosen[1..].iter_mut().zip(operators) {
            *chosen = amplitudes[operator as usize];
        }
        let mut elements = self.upper.iter_mut();
        for i in 0..self.n {
            let first = chosen[i] * factor;
            for (second, element) in chosen[i..self.n].iter().zip(&mut elements) {
                *element += first.re * second.re + first.im * second.im;
            }
        }
    }

    /// Adds `factor` times another form of the same operators.
    pub fn add_scaled(&mut self, other: &Self, factor: f64) {
        for (own, other) in self.upper.iter_mut().zip(&other.upper) {
            *own += factor * other;
        }
    }

    /// The form times `factor`.
    pub fn scaled(mut self, factor: f64) -> Self {
        self.upper.iter_mut().for_each(|element| *element *= factor);
        self
    }

    /// Its value at θ, `[operators]`.
    pub fn at<R: Real>(&self, theta: &[R]) -> R {
        evaluate(self.upper(), theta)
    }
}

/// c^T R c from the upper triangle of R, c = (1, θ).
pub fn evaluate<R: Real>(upper: &[f64], theta: &[R]) -> R {
    let mut coefficients = [R::from(1.0); OPERATORS];
    coefficients[1..=theta.len()].copy_from_slice(theta);
    let coefficients = &coefficients[..=theta.len()];
    let mut value = R::from(0.0);
    let mut rest = upper;
    for (i, &c) in coefficients.iter().enumerate() {
        let (row, below) = rest.split_at(coefficients.len() - i);
        rest = below;
        let others = row[1..].iter().zip(&coefficients[i + 1..]);
        let crossed = others.fold(R::from(0.0), |sum, (&r, &other)| sum + other * (2.0 * r));
        value += c * (c * row[0] + crossed);
    }
    value
}
