//! Events whose weights are known at all parameters.

use std::ops::Range;
use std::path::Path;

use nalgebra::DMatrix;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use super::reader::{Block, Summary};
use super::{EventFile, EventReader, Morphing, Selection, Setup, SystematicFactors};
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
    is_background: Vec<bool>,
    /// How large each parameter may be, `[p]`.
    sizes: Vec<f64>,
    /// Events whose weight may be negative somewhere, in order.
    doubtful: Vec<usize>,
}

impl WeightedEvents {
    /// Events of a file that was read.
    ///
    /// # Errors
    /// If the file has no events, or no morphing, or nothing was selected.
    pub fn new(file: &EventFile, selection: &Selection) -> Result<Self> {
        let samples = file.samples()?;
        Self::gather(&file.path, &file.setup, &samples.summary(), selection, samples.blocks())
    }

    /// Events of a file, which is read some rows at a time: what is kept of each is its observation and the coefficients of its weight.
    ///
    /// # Errors
    /// As [`new`](Self::new), or if the file does not make sense.
    pub fn open(file: &EventReader, selection: &Selection) -> Result<Self> {
        file.check_events()?;
        Self::gather(file.path(), file.setup(), file.summary(), selection, file.blocks())
    }

    fn gather<'a>(
        path: &Path,
        setup: &Setup,
        summary: &Summary,
        selection: &Selection,
        blocks: impl Iterator<Item = Result<Block<'a>>>,
    ) -> Result<Self> {
        let mut events = Self::none(path, setup)?;
        let factor = selection.factor(setup, summary)?;
        // Room for all at once: a list that grows takes up to three times its size.
        let most = summary.n_events;
        let (mut x, m) = (Vec::new(), setup.observables.len());
        x.reserve_exact(most * m);
        events
            .coefficients
            .reserve_exact(most * events.morphing.components().len());
        for block in blocks {
            let block = block?;
            let selected = |row: usize| {
                Some((
                    row,
                    factor(block.first + row, block.sampled.as_ref().map(|all| all[row]))?,
                ))
            };
            let (rows, scales): (Vec<usize>, Vec<f64>) = (0..block.weights.nrows()).filter_map(selected).unzip();
            events.add(setup, block.weights.select(Axis(0), &rows), &scales);
            rows.iter().for_each(|row| x.extend(block.observations.row(*row)));
            let is_background = |row: &usize| block.sampled.as_ref().is_some_and(|all| all[*row].is_none());
            events.is_background.extend(rows.iter().map(is_background));
        }
        if x.is_empty() {
            return Err(Error::file(
                path,
                format!("has no events in the selection {selection:?}"),
            ));
        }
        x.shrink_to_fit();
        events.coefficients.shrink_to_fit();
        let shaped = Array2::from_shape_vec((x.len() / m, m), x);
        events.x = shaped.map_err(|error| Error::file(path, error.to_string()))?;
        Ok(events)
    }

    fn none(path: &Path, setup: &Setup) -> Result<Self> {
        let morphing = setup.morphing.clone();
        let morphing = morphing.ok_or_else(|| Error::file(path, without_morphing(setup)))?;
        let sizes = setup
            .parameters
            .iter()
            .map(|one| one.range.0.abs().max(one.range.1.abs()));
        Ok(Self {
            p: setup.parameters.len(),
            morphing,
            coefficients: Vec::new(),
            factors: SystematicFactors::none(setup),
            x: Array2::zeros((0, setup.observables.len())),
            is_background: Vec::new(),
            sizes: sizes.map(|size| if size > 0.0 { size } else { 1.0 }).collect(),
            doubtful: Vec::new(),
        })
    }

    /// Adds events with these weights at all benchmarks, times `scales`.
    fn add(&mut self, setup: &Setup, weights: Array2<f64>, scales: &[f64]) {
        let basis = setup.physical().map(|(b, _)| b).take(self.morphing.matrix().ncols());
        let basis: Vec<usize> = basis.collect();
        let mut coefficients = self.morphing.coefficients(weights.select(Axis(1), &basis).view());
        for (mut row, scale) in coefficients.outer_iter_mut().zip(scales) {
            row *= *scale;
            if !is_square(&self.morphing, row.view(), &self.sizes) {
                self.doubtful.push(self.coefficients.len() / row.len());
            }
            self.coefficients.extend(row.iter()); // in the order of rows, whatever the layout
        }
        self.factors.add(setup, weights.view());
    }

    /// Which of them are background, with the same weights at all parameters, `[n]`.
    pub fn is_background(&self) -> &[bool] {
        &self.is_background
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
        self.doubtful.len()
    }

    /// These events.
    pub(super) fn doubtful(&self) -> &[usize] {
        &self.doubtful
    }

    /// What systematics do to them.
    pub fn factors(&self) -> &SystematicFactors {
        &self.factors
    }

    /// Parameters of the theory alone, or with those of systematics, which are 0 unless they are given.
    pub(super) fn parameters(&self, theta: &[f64]) -> Result<(Vec<f64>, Vec<f64>)> {
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

    fn weights_at(&self, theta: &[f64], nu: &[f64]) -> Array1<f64> {
        self.weights_of(theta, nu, 0..self.len()).collect()
    }

    /// The weights of some events.
    pub(super) fn weights_of(&self, theta: &[f64], nu: &[f64], events: Range<usize>) -> impl Iterator<Item = f64> {
        let monomials = self.morphing.monomials_at(theta);
        let varied = nu.iter().any(|nu| *nu != 0.0);
        events.map(move |event| {
            let nominal = dot(self.coefficients(event), &monomials);
            match varied {
                true => nominal * self.factors.log_factor(event, nu).exp(),
                false => nominal,
            }
        })
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
        let (theta, nu) = self.parameters(theta)?;
        let (mut sum, mut squares) = (0.0, 0.0);
        for weight in self.weights_of(&theta, &nu, 0..self.len()) {
            sum += weight;
            squares += weight * weight;
        }
        Ok(Mean {
            value: sum,
            standard_error: squares.sqrt(),
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

fn without_morphing(setup: &Setup) -> String {
    let between = "set a morphing up in MadMiner (`set_morphing`), so that weights are known in between";
    match setup.finite_differences {
        None => format!("has no morphing, and events have weights at its benchmarks only: {between}"),
        Some(_) => format!(
            "has no morphing: from finite differences, score and Fisher information are known at some benchmarks (`motherlode inspect` shows \
             them), and nothing elsewhere; {between}"
        ),
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
