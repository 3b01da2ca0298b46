//! Squared amplitudes as quadratic forms in the coefficients.

use motherlode::Real;

use super::{Amplitudes, OPERATORS, Operator};

/// |M|² = Σ c_i c_j R_ij, c = (1, θ), for the standard model and some operators.
#[derive(Debug, Clone, PartialEq)]
pub struct Quadratic {
    operators: Vec<Operator>,
    /// The upper triangle of R, row by row.
    upper: Vec<f64>,
}

impl Quadratic {
    /// Zero, for the standard model and `operators`.
    pub fn new(operators: &[Operator]) -> Self {
        let operators: Vec<Operator> = [Operator::StandardModel].iter().chain(operators).copied().collect();
        let n = operators.len();
        Self {
            operators,
            upper: vec![0.0; n * (n + 1) / 2],
        }
    }

    /// Of given coefficients, the upper triangle row by row.
    pub fn from_upper(operators: &[Operator], upper: &[f64]) -> Option<Self> {
        let mut form = Self::new(operators);
        (upper.len() == form.upper.len()).then(|| {
            form.upper.copy_from_slice(upper);
            form
        })
    }

    /// The upper triangle of R, row by row: what an event has to remember.
    pub fn upper(&self) -> &[f64] {
        &self.upper
    }

    /// Adds `factor` |Σ c_i M_i|².
    pub fn add(&mut self, amplitudes: &Amplitudes, factor: f64) {
        let mut at = 0;
        for (i, &a) in self.operators.iter().enumerate() {
            for &b in &self.operators[i..] {
                self.upper[at] += factor * (amplitudes[a as usize] * amplitudes[b as usize].conj()).re;
                at += 1;
            }
        }
    }

    /// Adds `factor` times another form of the same operators.
    pub fn add_scaled(&mut self, other: &Self, factor: f64) {
        for (own, other) in self.upper.iter_mut().zip(&other.upper) {
            *own += factor * other;
        }
    }

    /// Its value at θ, `[operators]`.
    pub fn at<R: Real>(&self, theta: &[R]) -> R {
        evaluate(&self.upper, theta)
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
        value = value + c * (c * row[0] + crossed);
    }
    value
}
