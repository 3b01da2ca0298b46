//! Densities of vectors.

use rand::RngExt;
use rand_distr::{Exp1, Gamma, StandardNormal};

use super::interval::has_moderate_size;
use super::{Density, LogProbability, Rejected, Stream, impossible, is_positive, require};
use crate::real::{LN_SQRT_2PI, Real};

/// Correlated normal numbers: a vector with a mean and a covariance matrix C = L Lᵀ.
#[derive(Debug, Clone)]
pub struct MultivariateNormal<R> {
    mean: Vec<R>,
    /// L, row-major, `[d, d]`; what stands above its diagonal is never read.
    factor: Vec<R>,
}

impl<R: Real> MultivariateNormal<R> {
    /// Mean `mean`, `[d]`, and covariance matrix `covariance`, `[d, d]`, row-major.
    ///
    /// # Errors
    /// If the shapes do not fit, a value is not finite, or `covariance` is not symmetric and positive definite.
    pub fn new(mean: &[R], covariance: &[R]) -> Result<Self, Rejected> {
        check_shapes(mean, covariance)?;
        check_symmetry(covariance, mean.len())?;
        Ok(Self {
            mean: mean.to_vec(),
            factor: cholesky(covariance, mean.len())?,
        })
    }

    /// Mean `mean`, `[d]`, and lower Cholesky factor `factor` of the covariance matrix, `[d, d]`, row-major.
    ///
    /// # Errors
    /// If the shapes do not fit, a value is not finite, one above the diagonal is not zero, or one on it is not
    /// positive.
    pub fn from_cholesky(mean: &[R], factor: &[R]) -> Result<Self, Rejected> {
        check_shapes(mean, factor)?;
        for (i, row) in factor.chunks(mean.len()).enumerate() {
            let lower = row[i + 1..].iter().all(|value| value.re() == 0.0);
            require(is_positive(row[i]) && lower, || {
                format!(
                    "MultivariateNormal needs a lower triangular factor with a positive diagonal, row {i} of the one \
                     given is {:?}: give the covariance matrix itself to `new` instead",
                    plain(row)
                )
            })?;
        }
        Ok(Self {
            mean: mean.to_vec(),
            factor: factor.to_vec(),
        })
    }

    fn row(&self, i: usize) -> &[R] {
        let start = i * self.mean.len();
        &self.factor[start..=start + i]
    }

    /// L⁻¹ (x − μ), one entry after the other.
    fn whiten(&self, draw: &[f64]) -> Vec<R> {
        let mut white = Vec::with_capacity(draw.len());
        for (i, (&x, &mean)) in draw.iter().zip(&self.mean).enumerate() {
            let row = self.row(i);
            white.push((-mean + x - dot(row, &white)) / row[i]);
        }
        white
    }

    /// −½ |L⁻¹ (x − μ)|² − ½ d ln 2π, the exponent of the density.
    fn exponent(&self, draw: &[f64]) -> R {
        let white = self.whiten(draw);
        dot(&white, &white) * -0.5 - LN_SQRT_2PI * draw.len() as f64
    }

    fn diagonal(&self) -> impl Iterator<Item = R> {
        (0..self.mean.len()).map(|i| self.row(i)[i])
    }
}

impl<R: Real> Density<R> for MultivariateNormal<R> {
    type Draw = Vec<f64>;

    fn sample(&self, rng: &mut Stream) -> Vec<f64> {
        let white: Vec<f64> = self.mean.iter().map(|_| rng.sample(StandardNormal)).collect();
        let correlated = |i: usize| self.row(i).iter().zip(&white).map(|(l, z)| l.re() * z).sum::<f64>();
        (0..white.len()).map(|i| self.mean[i].re() + correlated(i)).collect()
    }

    fn log_density(&self, draw: &Vec<f64>) -> R {
        if draw.len() != self.mean.len() {
            return impossible();
        }
        self.diagonal().fold(self.exponent(draw), |sum, l| sum - l.ln())
    }

    fn accumulate(&self, draw: &Vec<f64>, path: &mut LogProbability<R>) {
        if draw.len() != self.mean.len() {
            return path.add(impossible());
        }
        path.add(self.exponent(draw));
        self.diagonal().for_each(|l| path.multiply(l.recip()));
    }
}

/// Σ aᵢ bᵢ over the shorter of the two.
fn dot<R: Real>(a: &[R], b: &[R]) -> R {
    a.iter().zip(b).fold(R::from(0.0), |sum, (&a, &b)| sum + a * b)
}

/// L with L Lᵀ = C, row by row. Written in plain arithmetic, so derivatives come for free.
fn cholesky<R: Real>(covariance: &[R], d: usize) -> Result<Vec<R>, Rejected> {
    let mut factor = vec![R::from(0.0); d * d];
    for i in 0..d {
        for j in 0..=i {
            let rest = covariance[i * d + j] - dot(&factor[i * d..i * d + j], &factor[j * d..j * d + j]);
            factor[i * d + j] = match i == j {
                true => positive_root(rest, i)?,
                false => rest / factor[j * d + j],
            };
        }
    }
    Ok(factor)
}

fn positive_root<R: Real>(square: R, row: usize) -> Result<R, Rejected> {
    require(is_positive(square), || {
        format!(
            "MultivariateNormal needs a positive definite covariance matrix, but given the rows before it, row {row} \
             leaves a variance of {}",
            square.re()
        )
    })?;
    Ok(square.sqrt())
}

fn check_shapes<R: Real>(mean: &[R], matrix: &[R]) -> Result<(), Rejected> {
    let d = mean.len();
    let finite = mean.iter().chain(matrix).all(|value| value.re().is_finite());
    require(d > 0 && matrix.len() == d * d && finite, || {
        format!(
            "MultivariateNormal needs d ≥ 1 finite means and d² finite matrix entries, got mean = {:?}, matrix = {:?}",
            plain(mean),
            plain(matrix)
        )
    })
}

fn check_symmetry<R: Real>(covariance: &[R], d: usize) -> Result<(), Rejected> {
    for i in 0..d {
        for j in 0..i {
            let (lower, upper) = (covariance[i * d + j].re(), covariance[j * d + i].re());
            let scale = (covariance[i * d + i].re() * covariance[j * d + j].re()).abs().sqrt();
            require((lower - upper).abs() <= 1e-9 * scale, || {
                format!(
                    "MultivariateNormal needs a symmetric covariance matrix, got {lower} in row {i}, column {j}, and \
                     {upper} in row {j}, column {i}"
                )
            })?;
        }
    }
    Ok(())
}

fn plain<R: Real>(values: &[R]) -> Vec<f64> {
    values.iter().map(|value| value.re()).collect()
}

/// Fractions that add up to one: Γ(Σ α) / Π Γ(αᵢ) · Π xᵢ^(αᵢ − 1), a density in all fractions but the last.
///
/// # Precision
/// Fractions below 2·10⁻³⁰⁸ are lifted to it: see [`Gamma`](super::Gamma) for how rarely.
#[derive(Debug, Clone, Copy)]
pub struct Dirichlet<'a, R> {
    alpha: &'a [R],
}

impl<'a, R: Real> Dirichlet<'a, R> {
    /// Concentrations `alpha`, `[k]` with k ≥ 2; fraction i has mean αᵢ / Σ α.
    ///
    /// # Errors
    /// If there are fewer than two concentrations, or one is not within [10⁻¹⁰⁰, 10¹⁰⁰].
    #[inline]
    pub fn new(alpha: &'a [R]) -> Result<Self, Rejected> {
        let moderate = alpha.iter().all(|&a| has_moderate_size(a));
        require(alpha.len() >= 2 && moderate, || {
            format!(
                "Dirichlet needs two or more concentrations from 1e-100 to 1e100, got alpha = {:?}",
                plain(alpha)
            )
        })?;
        Ok(Self { alpha })
    }
}

impl<R: Real> Density<R> for Dirichlet<'_, R> {
    type Draw = Vec<f64>;

    fn sample(&self, rng: &mut Stream) -> Vec<f64> {
        let logs: Vec<f64> = self.alpha.iter().map(|a| ln_gamma_draw(a.re(), rng)).collect();
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = logs.iter().map(|log| (log - largest).exp()).sum();
        let fraction = |log: &f64| ((log - largest).exp() / total).max(f64::MIN_POSITIVE);
        logs.iter().map(fraction).collect()
    }

    /// Does not ask whether the fractions add up to one.
    fn log_density(&self, draw: &Vec<f64>) -> R {
        if draw.len() != self.alpha.len() || draw.iter().any(|&x| x <= 0.0) {
            return impossible();
        }
        let total = self.alpha.iter().fold(R::from(0.0), |sum, &a| sum + a);
        draw.iter()
            .zip(self.alpha)
            .fold(total.ln_gamma_function(), |sum, (x, &a)| {
                sum + (a - 1.0) * x.ln() - a.ln_gamma_function()
            })
    }
}

/// The logarithm of a gamma draw with this shape and rate one.
///
/// Fractions are quotients of gamma draws. Small shapes need them as logarithms: as numbers, or by the usual breaking
/// of a stick, the smaller fractions round to 0 once in some hundred draws, which biases the score visibly.
fn ln_gamma_draw(shape: f64, rng: &mut Stream) -> f64 {
    let gamma = |shape| Gamma::new(shape, 1.0).expect("shape was checked to be positive");
    if shape >= 1.0 {
        return rng.sample(gamma(shape)).ln();
    }
    // Γ(a + 1) draw · U^(1/a), with −ln U exponential.
    let shrinking: f64 = rng.sample(Exp1);
    rng.sample(gamma(shape + 1.0)).ln() - shrinking / shape
}
