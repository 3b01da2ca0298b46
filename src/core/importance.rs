//! Importance sampling: weighted points, and the normal distribution that comes near to what they stand for.

use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand_distr::StandardNormal;
use statrs::distribution::{Continuous, ContinuousCDF, Normal};

use crate::mean::{effective_sample_size, log_mean_exp};
use crate::trace::Stream;

/// Effective points that a normal is fitted to, and as many for each parameter.
const FITTED: (f64, f64) = (12.0, 4.0);
/// Factor on the standard deviations of the fitted normal: a proposal must be wider than what it stands for.
const WIDER: f64 = 1.3;
/// Share of the off-diagonal covariance that a fit to few points keeps.
const KEPT: f64 = 0.9;
/// Factor from a power of the weights to the next one tried, and the number of tries.
const POWERS: (f64, usize) = (0.8, 80);

/// Points with the logarithms of their weights: a density over that of the points.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedPoints {
    /// The points, `[n][p]`.
    pub points: Vec<Vec<f64>>,
    /// ln of their weights, `[n]`.
    pub log_weights: Vec<f64>,
}

impl WeightedPoints {
    /// Weights of sum 1; all zero if none is possible.
    pub fn weights(&self) -> Vec<f64> {
        normalized(&self.log_weights)
    }

    /// Effective number of points; zero if all weights are.
    pub fn n_effective(&self) -> f64 {
        n_effective(&self.log_weights)
    }

    /// ln of the mean weight: of the integral of the density.
    pub fn log_mean(&self) -> f64 {
        log_mean_exp(&self.log_weights)
    }

    /// A normal fitted to the points, a little wider; none if they do not spread.
    ///
    /// Where few of them carry all the weight, weights are evened out first, by a power below one, until enough do: the next points then
    /// come nearer, step by step (Koblents and Míguez, arXiv:1208.5600).
    pub fn fitted(&self) -> Option<NormalProposal> {
        let p = self.points.first()?.len();
        let needed = (FITTED.0.max(FITTED.1 * p as f64)).min(0.5 * self.points.len() as f64);
        let enough = |power: &f64| effective_sample_size(weights(&self.log_weights, *power)) >= needed;
        let mut powers = std::iter::successors(Some(1.0), |power| Some(POWERS.0 * power)).take(POWERS.1);
        let power = powers.find(enough)?;
        NormalProposal::fit(&self.points, &weights(&self.log_weights, power))
    }
}

/// Draws an index with probability exp(`logs` − `log_mean`)/n.
pub(crate) fn pick(logs: &[f64], log_mean: f64, rng: &mut Stream) -> usize {
    let mut at = rng.random::<f64>() * logs.len() as f64;
    let passed = |log: &f64| {
        at -= (log - log_mean).exp();
        at < 0.0
    };
    // Rounding may leave a remainder; it goes to the most probable index.
    let most = || {
        (0..logs.len())
            .max_by(|&a, &b| logs[a].total_cmp(&logs[b]))
            .unwrap_or(0)
    };
    logs.iter().position(passed).unwrap_or_else(most)
}

/// Weights of sum 1 whose logarithms are given; all zero if none is possible.
pub fn normalized(log_weights: &[f64]) -> Vec<f64> {
    weights(log_weights, 1.0)
}

/// Effective number of weights whose logarithms are given; zero if all weights are.
pub fn n_effective(log_weights: &[f64]) -> f64 {
    let effective = effective_sample_size(weights(log_weights, 1.0));
    if effective.is_nan() { 0.0 } else { effective }
}

/// Weights to a power, of sum 1; all zero if none is possible.
fn weights(log_weights: &[f64], power: f64) -> Vec<f64> {
    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return vec![0.0; log_weights.len()];
    }
    let weight = |log: &f64| (power * (log - largest)).exp();
    let weights: Vec<f64> = log_weights.iter().map(weight).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// A normal of the parameters that vary; the others have their one value.
#[derive(Debug, Clone, PartialEq)]
pub struct NormalProposal {
    mean: DVector<f64>,
    /// Parameters that vary.
    free: Vec<usize>,
    /// Lower triangle, of the free parameters.
    root: DMatrix<f64>,
}

impl NormalProposal {
    /// The normal with the moments of weighted points, widened.
    fn fit(points: &[Vec<f64>], weights: &[f64]) -> Option<Self> {
        let p = points.first()?.len();
        let moment = |of: &dyn Fn(&[f64]) -> f64| points.iter().zip(weights).map(|(t, w)| w * of(t)).sum::<f64>();
        let varies = |&k: &usize| points.iter().any(|point| point[k] != points[0][k]);
        let free: Vec<usize> = (0..p).filter(varies).collect();
        // A weighted mean of one value may differ from it by rounding, and then lies outside of the prior.
        let mean = DVector::from_fn(p, |k, _| match free.contains(&k) {
            true => moment(&|point| point[k]),
            false => points[0][k],
        });
        let covariance = |i: usize, j: usize| moment(&|point| (point[i] - mean[i]) * (point[j] - mean[j]));
        let wide = DMatrix::from_fn(free.len(), free.len(), |i, j| {
            let kept = if i == j { 1.0 } else { KEPT };
            WIDER * WIDER * kept * covariance(free[i], free[j])
        });
        let root = wide.cholesky()?.l();
        Some(Self { mean, free, root })
    }

    /// The mean, `[p]`.
    pub fn mean(&self) -> &[f64] {
        self.mean.as_slice()
    }

    /// Draws a point, `[p]`.
    pub fn draw(&self, rng: &mut Stream) -> Vec<f64> {
        let normal = DVector::from_fn(self.free.len(), |_, _| rng.sample::<f64, _>(StandardNormal));
        let step = &self.root * normal;
        let mut point = self.mean.as_slice().to_vec();
        self.free
            .iter()
            .zip(step.iter())
            .for_each(|(&k, step)| point[k] += step);
        point
    }

    /// The point of the unit cube, `[p]`, that stands for these shares of the part of the normal which is inside, and ln of its density.
    ///
    /// Coordinates follow one another, each cut off at the edges of the cube given those before it (Geweke 1991, Hajivassiliou and McFadden
    /// 1998, Keane 1994): no point is lost, and the density is smooth up to the edges. None if nothing of the normal is inside.
    pub fn in_unit_cube(&self, shares: &[f64]) -> Option<(Vec<f64>, f64)> {
        let standard = Normal::standard();
        let mut point = self.mean.as_slice().to_vec();
        let (mut steps, mut log_density) = (vec![], 0.0);
        for (row, (&k, share)) in self.free.iter().zip(shares).enumerate() {
            let before: f64 = steps.iter().enumerate().map(|(i, z)| self.root[(row, i)] * z).sum();
            let (centre, width) = (self.mean[k] + before, self.root[(row, row)]);
            // By symmetry always on the side where the distribution function is small, and exact.
            let flip = if centre < 0.5 { -1.0 } else { 1.0 };
            let [a, b] = [-centre / width, (1.0 - centre) / width];
            let [low, high] = if flip > 0.0 { [a, b] } else { [-b, -a] };
            let (below, inside) = (standard.cdf(low), standard.cdf(high) - standard.cdf(low));
            let z = flip * standard.inverse_cdf(below + inside * share).clamp(low, high);
            if !(inside > 0.0 && z.is_finite()) {
                return None;
            }
            point[k] = (centre + width * z).clamp(0.0, 1.0);
            log_density += standard.ln_pdf(z) - width.ln() - inside.ln();
            steps.push(z);
        }
        Some((point, log_density))
    }

    /// ln of the density.
    pub fn log_density(&self, point: &[f64]) -> f64 {
        let apart = DVector::from_iterator(self.free.len(), self.free.iter().map(|&k| point[k] - self.mean[k]));
        let Some(scaled) = self.root.solve_lower_triangular(&apart) else {
            return f64::NEG_INFINITY;
        };
        let widths: f64 = self.root.diagonal().iter().map(|width| width.ln()).sum();
        -0.5 * (scaled.norm_squared() + self.free.len() as f64 * std::f64::consts::TAU.ln()) - widths
    }
}

#[cfg(test)]
mod tests {
    use super::WeightedPoints;
    use crate::prior::Prior;
    use crate::trace::stream;

    /// Points of a square with the weights of a normal of the width 0.1: its density, integral and moments.
    #[test]
    fn a_normal_is_found_and_integrated() {
        let mut rng = stream(3, 0, 0);
        let log_density = |point: &[f64]| -0.5 * point.iter().map(|u| ((u - 0.4) / 0.1).powi(2)).sum::<f64>();
        let points = Prior::spread(2, 2_000, &mut rng);
        let uniform = WeightedPoints {
            log_weights: points.iter().map(|point| log_density(point)).collect(),
            points,
        };
        let integral = 0.01 * std::f64::consts::TAU;
        assert!(
            (uniform.log_mean() - integral.ln()).abs() < 0.1,
            "{}",
            uniform.log_mean()
        );
        let normal = uniform.fitted().unwrap();
        assert!(normal.mean().iter().all(|mean| (mean - 0.4).abs() < 0.02), "{normal:?}");
        let points: Vec<Vec<f64>> = (0..2_000).map(|_| normal.draw(&mut rng)).collect();
        let drawn = WeightedPoints {
            log_weights: points
                .iter()
                .map(|point| log_density(point) - normal.log_density(point))
                .collect(),
            points,
        };
        assert!((drawn.log_mean() - integral.ln()).abs() < 0.03, "{}", drawn.log_mean());
        // A normal that is 1.3 times as wide: (1.3⁴/(2·1.3² − 1))⁻¹ of the points count, in two dimensions (2c² − 1)/c⁴.
        let share = (2.0 * 1.69 - 1.0) / (1.69f64 * 1.69);
        assert!(
            (drawn.n_effective() / 2_000.0 - share).abs() < 0.05,
            "{}",
            drawn.n_effective()
        );
    }

    /// A normal at the corner of the cube, correlated, integrates what it is: exp(−u/0.1) of a line, ∫ = 0.1 (1 − e⁻¹⁰), and a normal
    /// density over the cube, against a sum over a fine grid.
    #[test]
    fn densities_at_the_edges_are_integrated() {
        let line = |n: usize| (0..n).map(move |i| (i as f64 + 0.5) / n as f64);
        let points: Vec<Vec<f64>> = line(32).map(|u| vec![u]).collect();
        let found = WeightedPoints {
            log_weights: points.iter().map(|u| -u[0] / 0.1).collect(),
            points: points.clone(),
        };
        let normal = found.fitted().unwrap();
        let moved = points.iter().map(|u| normal.in_unit_cube(u).unwrap());
        let integral = moved.map(|(u, log)| (-u[0] / 0.1 - log).exp()).sum::<f64>() / 32.0;
        assert!(
            (integral / (0.1 * (1.0 - (-10.0f64).exp())) - 1.0).abs() < 3e-3,
            "{integral}"
        );

        let log_density = |u: &[f64]| {
            let (a, b) = ((u[0] - 0.9) / 0.1, (u[1] - 1.02) / 0.2);
            -(a * a - 1.2 * a * b + b * b)
        };
        let grid = |n: usize| line(n).flat_map(move |a| line(n).map(move |b| vec![a, b]));
        let expected = grid(400).map(|u| log_density(&u).exp()).sum::<f64>() / 160_000.0;
        let points: Vec<Vec<f64>> = grid(16).collect();
        let found = WeightedPoints {
            log_weights: points.iter().map(|u| log_density(u)).collect(),
            points: points.clone(),
        };
        let normal = found.fitted().unwrap();
        let moved = points.iter().map(|u| normal.in_unit_cube(u).unwrap());
        let integral = moved.map(|(u, log)| (log_density(&u) - log).exp()).sum::<f64>() / 256.0;
        assert!((integral / expected - 1.0).abs() < 0.01, "{integral} {expected}");
    }

    #[test]
    fn points_without_weight_have_no_fit() {
        let nothing = WeightedPoints {
            points: vec![vec![0.0], vec![1.0]],
            log_weights: vec![f64::NEG_INFINITY; 2],
        };
        assert_eq!((nothing.n_effective(), nothing.fitted()), (0.0, None));
    }
}
