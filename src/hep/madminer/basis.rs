//! Search for the basis points from which morphing has the smallest errors.

use nalgebra::DMatrix;
use rand::RngExt;

use super::Morphing;
use super::morphing::basis_matrix;
use motherlode_core::error::{Error, Result};
use motherlode_core::format::{exact, exact_point};
use motherlode_core::singular::decomposed;
use motherlode_core::trace::{Stream, stream};

/// Settings of the search for a basis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BasisSearch {
    /// The seed: the same seed finds the same basis.
    pub seed: u64,
    /// Number of random bases, of which the best is improved.
    pub draws: usize,
    /// Steps of the improvement for each missing point.
    pub steps: usize,
}

impl Default for BasisSearch {
    fn default() -> Self {
        Self {
            seed: 0,
            draws: 500,
            steps: 500,
        }
    }
}

/// First and last step of the improvement, as a fraction of the range of a parameter.
const STEPS: (f64, f64) = (0.3, 1e-3);

impl Morphing {
    /// The mean of Σ_b w_b(θ)² over a box, `[p]`: by as much the variance of a sum of weights is larger than at a benchmark. Exact, for
    /// it is a sum of moments of the uniform distribution.
    ///
    /// # Errors
    /// If there is not one range for each parameter.
    pub fn mean_squared_weight(&self, ranges: &[(f64, f64)]) -> Result<f64> {
        check_ranges(self.components(), ranges)?;
        let products = products(self.components(), ranges);
        let columns = self.matrix();
        let columns = columns.columns().into_iter().map(|column| column.to_vec());
        Ok(columns.map(|column| squared(&products, &column)).sum())
    }

    /// Completes a basis: the fixed points, and as many others inside the ranges, `[p]`, as the monomials need, so that the
    /// [mean squared weight](Self::mean_squared_weight) over the ranges is small.
    ///
    /// The monomials are what [`monomials`](Self::monomials) lists: with the largest power of each parameter and an overall power, as they
    /// follow for parameters of production, of decay, or of both.
    ///
    /// # Errors
    /// If there are more fixed points than monomials, they do not determine as many weights as they are, a range is empty, or no basis was
    /// found that is not degenerate.
    ///
    /// # Source
    /// The criterion is that of MadMiner (`PhysicsMorpher.optimize_basis`), which draws bases at random and takes the best.
    pub fn completed(
        components: Vec<Vec<u32>>,
        ranges: &[(f64, f64)],
        fixed: &[&[f64]],
        search: BasisSearch,
    ) -> Result<(Vec<Vec<f64>>, Self)> {
        check_ranges(&components, ranges)?;
        check_fixed(&components, ranges, fixed)?;
        let products = products(&components, ranges);
        let fixed: Vec<Vec<f64>> = fixed.iter().map(|point| point.to_vec()).collect();
        let missing = components.len() - fixed.len();
        let mut rng = stream(search.seed, 0, 0);
        let cost = |points: &[Vec<f64>]| cost(&components, &products, points);
        let draw = |rng: &mut Stream| -> Vec<Vec<f64>> {
            let point = |rng: &mut Stream| {
                ranges
                    .iter()
                    .map(|(low, high)| low + (high - low) * rng.random::<f64>())
                    .collect()
            };
            let drawn = (0..missing).map(|_| point(rng));
            fixed.iter().cloned().chain(drawn).collect()
        };
        let mut best = draw(&mut rng);
        let mut least = cost(&best);
        for _ in 1..if missing > 0 { search.draws } else { 0 } {
            let points = draw(&mut rng);
            let its = cost(&points);
            if its < least {
                (best, least) = (points, its);
            }
        }
        let steps = search.steps * missing;
        for step in 0..steps {
            let size = STEPS.0 * (STEPS.1 / STEPS.0).powf(step as f64 / steps as f64);
            let at = fixed.len() + rng.random_range(0..missing);
            let mut points = best.clone();
            for (value, (low, high)) in points[at].iter_mut().zip(ranges) {
                *value = (*value + size * (high - low) * rng.random_range(-1.0..1.0)).clamp(*low, *high);
            }
            let its = cost(&points);
            if its < least {
                (best, least) = (points, its);
            }
        }
        let points: Vec<&[f64]> = best.iter().map(Vec::as_slice).collect();
        let morphing = Self::of_bases(components, &points)?;
        Ok((best, morphing))
    }
}

/// The mean of the products of two monomials over a box, `[c, c]`.
fn products(components: &[Vec<u32>], ranges: &[(f64, f64)]) -> DMatrix<f64> {
    // Of a uniform distribution, the mean of the k-th power is (high^(k+1) − low^(k+1))/((k+1)(high − low)), here without the difference
    // of two near numbers.
    let moment = |(low, high): (f64, f64), k: i32| -> f64 {
        let sum: f64 = (0..=k).map(|i| high.powi(i) * low.powi(k - i)).sum();
        sum / f64::from(k + 1)
    };
    let c = components.len();
    DMatrix::from_fn(c, c, |k, l| {
        let powers = components[k].iter().zip(&components[l]).zip(ranges);
        powers.map(|((a, b), range)| moment(*range, (a + b) as i32)).product()
    })
}

/// The mean of the square of Σ_k column\[k\] c_k(θ).
fn squared(products: &DMatrix<f64>, column: &[f64]) -> f64 {
    let column = nalgebra::DVector::from_column_slice(column);
    (column.transpose() * products * column)[(0, 0)]
}

/// The mean squared weight of a basis; infinite where it is degenerate.
fn cost(components: &[Vec<u32>], products: &DMatrix<f64>, points: &[Vec<f64>]) -> f64 {
    let points: Vec<&[f64]> = points.iter().map(Vec::as_slice).collect();
    let inverse = basis_matrix(components, &points).try_inverse();
    let cost = inverse.map(|inverse| (inverse.transpose() * products * inverse).trace());
    cost.filter(|cost| *cost >= 0.0).unwrap_or(f64::INFINITY)
}

fn check_ranges(components: &[Vec<u32>], ranges: &[(f64, f64)]) -> Result<()> {
    let p = ranges.len();
    if components.is_empty() || components.iter().any(|powers| powers.len() != p) {
        return Err(Error::usage(format!(
            "{} monomials and {p} ranges: a monomial needs a power for each range, and there must be one",
            components.len()
        )));
    }
    match ranges
        .iter()
        .find(|(low, high)| !(low < high && (high - low).is_finite()))
    {
        Some((low, high)) => Err(Error::data(format!(
            "no basis can be looked for from {low} to {high}",
            low = exact(*low),
            high = exact(*high)
        ))),
        None => Ok(()),
    }
}

/// Fixed points that spoil any basis they are in.
fn check_fixed(components: &[Vec<u32>], ranges: &[(f64, f64)], fixed: &[&[f64]]) -> Result<()> {
    let (c, p) = (components.len(), ranges.len());
    if let Some(point) = fixed
        .iter()
        .find(|point| point.len() != p || point.iter().any(|value| !value.is_finite()))
    {
        return Err(Error::usage(format!(
            "the fixed point {} for {p} parameters: give finite values of all",
            exact_point(point)
        )));
    }
    if fixed.len() > c {
        return Err(Error::usage(format!(
            "{} fixed points for a basis of {c}: fix {c} at the most, and use the others as further benchmarks",
            fixed.len()
        )));
    }
    if fixed.is_empty() {
        return Ok(());
    }
    let Some(found) = decomposed(basis_matrix(components, fixed)) else {
        return Err(Error::numerical(format!(
            "products of the values of the fixed points {} are too large for numbers: choose other units of the parameters",
            listed_points(fixed)
        )));
    };
    let singular = found.singular_values;
    match singular.min() > 1e-9 * singular.max() {
        true => Ok(()),
        false => Err(Error::numerical(format!(
            "the fixed points {} determine fewer than {} weights (singular values of the monomials from {:.1e} to {:.1e}): leave one \
             out, or move it off the line or the conic that they lie on",
            listed_points(fixed),
            fixed.len(),
            singular.min(),
            singular.max()
        ))),
    }
}

fn listed_points(points: &[&[f64]]) -> String {
    points.iter().map(|one| exact_point(one)).collect::<Vec<_>>().join(", ")
}
