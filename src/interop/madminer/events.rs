//! Events whose weights are known at all parameters.

use nalgebra::DMatrix;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use super::{EventFile, Morphing, Selection, SystematicFactors};
use crate::error::{Error, Result};
use crate::mean::Mean;
use crate::real::Real;

/// What the smallest eigenvalue of the square of an amplitude may lack of zero, for each unit of their sum: weights are printed with
/// six digits or more.
const ROUNDING: f64 = 1e-6;

/// Events whose weights are known at all parameters (θ, ν) of theory and systematics, in pb: a polynomial of θ times the exponential of one
/// of ν.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedEvents {
    /// Number of parameters of the theory.
    pub(super) p: usize,
    pub(super) morphing: Morphing,
    /// Coefficients of the monomials, `[n, c]`, row by row: each θ goes over all of them, and a plain slice is what compilers know best.
    coefficients: Vec<f64>,
    pub(super) factors: SystematicFactors,
    /// Observations, `[n, m]`.
    x: Array2<f64>,
    /// Events whose weight may be negative somewhere.
    n_doubtful: usize,
}

impl WeightedEvents {
    /// Events of a file.
    ///
    /// # Errors
    /// If the file has no events, or no morphing, or nothing was selected.
    pub fn new(file: &EventFile, selection: &Selection) -> Result<Self> {
        let (setup, samples) = (&file.setup, file.samples()?);
        let morphing = setup.morphing.clone().ok_or_else(|| {
            Error::file(
                &file.path,
                "has no morphing, and events have weights at its benchmarks only: set a morphing up in MadMiner \
                 (`set_morphing`), so that weights are known in between",
            )
        })?;
        let (rows, scales): (Vec<usize>, Vec<f64>) = selection.rows(setup, samples)?.into_iter().unzip();
        if rows.is_empty() {
            return Err(Error::file(
                &file.path,
                format!("has no events in the selection {selection:?}"),
            ));
        }
        let basis: Vec<usize> = setup
            .physical()
            .map(|(b, _)| b)
            .take(morphing.matrix().ncols())
            .collect();
        let weights = samples.weights.select(Axis(0), &rows);
        let mut coefficients = morphing.coefficients(weights.select(Axis(1), &basis).view());
        let scaled = coefficients.outer_iter_mut().zip(&scales);
        scaled.for_each(|(mut row, scale)| row *= *scale);
        let sizes = setup
            .parameters
            .iter()
            .map(|parameter| parameter.range.0.abs().max(parameter.range.1.abs()));
        let sizes: Vec<f64> = sizes.map(|size| if size > 0.0 { size } else { 1.0 }).collect();
        let doubtful = coefficients
            .rows()
            .into_iter()
            .filter(|row| !is_square(&morphing, *row, &sizes));
        Ok(Self {
            p: setup.parameters.len(),
            n_doubtful: doubtful.count(),
            factors: SystematicFactors::new(setup, weights.view()),
            x: samples.observations.select(Axis(0), &rows),
            morphing,
            coefficients: coefficients.into_iter().collect(), // in the order of rows, whatever the layout
        })
    }

    /// Number of events n.
    pub fn len(&self) -> usize {
        self.x.nrows()
    }

    /// Whether there are no events.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Observations, `[n, m]`.
    pub fn x(&self) -> ArrayView2<'_, f64> {
        self.x.view()
    }

    /// Number of events that are not the square of an amplitude: their weights may be negative somewhere.
    pub fn n_doubtful(&self) -> usize {
        self.n_doubtful
    }

    /// What systematics do to them.
    pub fn factors(&self) -> &SystematicFactors {
        &self.factors
    }

    /// Parameters of the theory alone, or with those of systematics, which are 0 unless they are given.
    fn parameters(&self, theta: &[f64]) -> Result<(Vec<f64>, Vec<f64>)> {
        let (p, k) = (self.p, self.factors.len());
        if ![p, p + k].contains(&theta.len()) || theta.iter().any(|value| !value.is_finite()) {
            return Err(Error::theta(format!(
                "{theta:?} for {p} parameters of the theory and {k} of systematics: give finite values of the first, or of all"
            )));
        }
        let (theta, nu) = theta.split_at(p);
        let nominal = vec![0.0; k];
        Ok((theta.to_vec(), if nu.is_empty() { nominal } else { nu.to_vec() }))
    }

    /// The weights at (θ, ν), in pb, `[n]`; they may be negative.
    ///
    /// # Errors
    /// If there is not one finite value for each parameter.
    pub fn weights(&self, theta: &[f64]) -> Result<Array1<f64>> {
        let (theta, nu) = self.parameters(theta)?;
        Ok(self.weights_at(&theta, &nu))
    }

    pub(super) fn weights_at(&self, theta: &[f64], nu: &[f64]) -> Array1<f64> {
        let monomials = self.morphing.monomials_at(theta);
        let rows = self.coefficients.chunks_exact(monomials.len());
        let mut weights: Array1<f64> = rows.map(|row| dot(row, &monomials)).collect();
        if nu.iter().any(|nu| *nu != 0.0) {
            let all = weights.iter_mut().enumerate();
            all.for_each(|(event, weight)| *weight *= self.factors.log_factor(event, nu).exp());
        }
        weights
    }

    /// The gradients of the weights to (θ, ν), in pb, `[n, p + k]`.
    ///
    /// # Errors
    /// As [`weights`](Self::weights).
    pub fn gradients(&self, theta: &[f64]) -> Result<Array2<f64>> {
        let (theta, nu) = self.parameters(theta)?;
        let weights = self.weights_at(&theta, &nu);
        let (_, first, _) = self.morphing.derivatives_at(&theta);
        let mut gradients = Array2::zeros((self.len(), self.p + nu.len()));
        for (event, mut gradient) in gradients.outer_iter_mut().enumerate() {
            let factor = self.factors.log_factor(event, &nu).exp();
            let coefficients = self.coefficients(event);
            for (i, derivatives) in first.iter().enumerate() {
                gradient[i] = factor * dot(coefficients, derivatives);
            }
            for k in 0..nu.len() {
                gradient[self.p + k] = weights[event] * self.factors.slope(event, k, &nu);
            }
        }
        Ok(gradients)
    }

    /// The cross section σ(θ, ν) in pb, with the Monte Carlo error √Σw².
    ///
    /// MadMiner's own error is that of independent weights at the basis points, which they are not: away from a benchmark it is wrong.
    ///
    /// # Errors
    /// As [`weights`](Self::weights).
    pub fn cross_section(&self, theta: &[f64]) -> Result<Mean> {
        let weights = self.weights(theta)?;
        Ok(Mean {
            value: weights.sum(),
            standard_error: weights.iter().map(|weight| weight * weight).sum::<f64>().sqrt(),
        })
    }

    /// The effective number of events, (Σw)²/Σw²: as many unweighted ones have the same Monte Carlo error.
    ///
    /// # Errors
    /// As [`weights`](Self::weights).
    pub fn effective(&self, theta: &[f64]) -> Result<f64> {
        let Mean { value, standard_error } = self.cross_section(theta)?;
        Ok((value / standard_error).powi(2))
    }

    /// The coefficients of one event, `[c]`.
    pub(super) fn coefficients(&self, event: usize) -> &[f64] {
        let c = self.morphing.components().len();
        &self.coefficients[event * c..(event + 1) * c]
    }

    /// Monomials c(θ), `[c]`.
    pub(super) fn monomials_at<R: Real>(&self, theta: &[R]) -> Vec<R> {
        self.morphing.monomials_at(theta)
    }

    /// The weight of one event, but for the factor of systematics.
    pub(super) fn nominal<R: Real>(&self, event: usize, monomials: &[R]) -> R {
        let mut sum = R::from(0.0);
        for (&monomial, &coefficient) in monomials.iter().zip(self.coefficients(event)) {
            sum += monomial * coefficient;
        }
        sum
    }

    /// The coefficients of σ(θ) at ν = 0, `[c]`.
    pub(super) fn sum_of_coefficients(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.morphing.components().len()];
        for row in self.coefficients.chunks_exact(sums.len()) {
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, coefficient)| *sum += coefficient);
        }
        sums
    }
}

pub(super) fn dot(coefficients: &[f64], monomials: &[f64]) -> f64 {
    coefficients.iter().zip(monomials).map(|(a, b)| a * b).sum()
}

/// Whether a polynomial of degree two is a sum of squares, and so nowhere negative. Of higher degrees it is not known.
fn is_square(morphing: &Morphing, coefficients: ArrayView1<f64>, sizes: &[f64]) -> bool {
    if morphing.degree() > 2 {
        return false;
    }
    let mut form = DMatrix::<f64>::zeros(sizes.len() + 1, sizes.len() + 1);
    for (powers, coefficient) in morphing.components().iter().zip(coefficients) {
        // The two factors of the monomial: 0 stands for a one.
        let named = powers.iter().enumerate();
        let mut factors = named.flat_map(|(i, power)| std::iter::repeat_n(i + 1, *power as usize));
        let (a, b) = (factors.next().unwrap_or(0), factors.next().unwrap_or(0));
        let size = |i: usize| if i == 0 { 1.0 } else { sizes[i - 1] };
        form[(a, b)] += 0.5 * coefficient * size(a) * size(b);
        form[(b, a)] += 0.5 * coefficient * size(a) * size(b);
    }
    let spare = ROUNDING * form.trace();
    (0..form.nrows()).for_each(|i| form[(i, i)] += spare);
    form.cholesky().is_some() || coefficients.iter().all(|c| *c == 0.0)
}
