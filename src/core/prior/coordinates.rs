//! Coordinates in which a prior is centred and has the width one.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::{Marginal, Prior};
use crate::error::{Error, Result};
use crate::lower_triangle::LowerTriangle;
use crate::trace::{Parameter, stream};

/// Draws from which the moments of a prior are estimated that has no closed form of them.
const DRAWS: u64 = 4_096;
/// Stream of these draws.
const MOMENTS: u64 = 1 << 43;
/// Factor between the quantiles of 10 % and 90 % of a positive parameter above which its logarithm is the coordinate.
const DECADE: f64 = 10.0;

/// Coordinates v of the free parameters, in which a prior has mean 0 and covariance 1 or nearly so.
///
/// v = L⁻¹(u − c) with u = θ, or u = ln θ where the prior is one of the logarithm; L is lower triangular. Parameters that are held fixed have
/// no coordinate. A density in θ is that in v times |dv/dθ| ([`log_jacobian`](Self::log_jacobian)).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coordinates {
    /// The value of each parameter that is held fixed, `[p]`; none for a free one.
    held: Vec<Option<f64>>,
    /// True where u = ln θ, for each free parameter, `[d]`.
    logarithmic: Vec<bool>,
    /// c, `[d]`.
    centre: Vec<f64>,
    /// L, `[d, d]`.
    factor: LowerTriangle,
}

impl Prior {
    /// Coordinates in which the prior is centred and has the width one.
    ///
    /// They are in closed form for independent and normal parameters; other priors are drawn from, the same way every time.
    ///
    /// # Errors
    /// If the prior is a list of chosen points, cannot be drawn from, or does not spread.
    pub fn coordinates(&self, parameters: &[Parameter]) -> Result<Coordinates> {
        match self {
            Self::Points { drawn_from, .. } => match drawn_from {
                Some(prior) => prior.coordinates(parameters),
                None => Err(Error::usage(
                    "chosen points have no density, and no coordinates: give a continuous prior",
                )),
            },
            Self::Correlated(normal) => Ok(Coordinates {
                held: vec![None; parameters.len()],
                logarithmic: vec![false; parameters.len()],
                centre: normal.mean().to_vec(),
                factor: normal.triangle(),
            }),
            Self::Product { parts } => {
                let each = self.blocks(parts).map(|(part, block)| {
                    let own = parameters.get(block).unwrap_or_default();
                    part.coordinates(own)
                });
                Ok(Coordinates::joined(each.collect::<Result<_>>()?))
            }
            _ => match self.marginals() {
                Some(marginals) => Ok(Coordinates::of_marginals(&marginals)),
                None => self.coordinates_by_draws(parameters),
            },
        }
    }

    /// Coordinates by the moments of draws.
    fn coordinates_by_draws(&self, parameters: &[Parameter]) -> Result<Coordinates> {
        let mut rng = stream(0, 0, MOMENTS);
        let draw = |_| {
            let mut theta = vec![0.0; parameters.len()];
            self.draw(parameters, &mut rng, &mut theta).map(|()| theta)
        };
        let draws: Vec<Vec<f64>> = (0..DRAWS).map(draw).collect::<Result<_>>()?;
        Coordinates::of_draws(&draws)
    }
}

impl Coordinates {
    fn of_marginals(marginals: &[Marginal]) -> Self {
        let free: Vec<&Marginal> = marginals.iter().filter(|marginal| marginal.held().is_none()).collect();
        let (centre, scales): (Vec<f64>, Vec<f64>) = free.iter().map(|marginal| marginal.natural_moments()).unzip();
        Self {
            held: marginals.iter().map(|marginal| marginal.held()).collect(),
            logarithmic: free.iter().map(|marginal| marginal.is_logarithmic()).collect(),
            centre,
            factor: LowerTriangle::diagonal(&scales),
        }
    }

    /// By the moments of draws, `[n][p]`.
    fn of_draws(draws: &[Vec<f64>]) -> Result<Self> {
        let p = draws.first().map_or(0, Vec::len);
        let column = |j: usize| -> Vec<f64> { draws.iter().map(|theta| theta[j]).collect() };
        let constant = |values: &[f64]| values.iter().all(|value| *value == values[0]).then_some(values[0]);
        let held: Vec<Option<f64>> = (0..p).map(|j| constant(&column(j))).collect();
        let free: Vec<Vec<f64>> = (0..p).filter(|&j| held[j].is_none()).map(column).collect();
        let logarithmic: Vec<bool> = free.iter().map(|values| spans_decades(values)).collect();
        let natural: Vec<Vec<f64>> = free
            .iter()
            .zip(&logarithmic)
            .map(|(values, log)| {
                values
                    .iter()
                    .map(|value| if *log { value.ln() } else { *value })
                    .collect()
            })
            .collect();
        let n = draws.len() as f64;
        let centre: Vec<f64> = natural.iter().map(|values| values.iter().sum::<f64>() / n).collect();
        let covariance = DMatrix::from_fn(free.len(), free.len(), |j, k| {
            let products = natural[j]
                .iter()
                .zip(&natural[k])
                .map(|(a, b)| (a - centre[j]) * (b - centre[k]));
            products.sum::<f64>() / n
        });
        let factor = LowerTriangle::of_covariance(covariance).ok_or_else(|| {
            Error::usage("the draws of the prior do not spread in all its parameters: two are functions of one another, or one is infinite")
        })?;
        Ok(Self {
            held,
            logarithmic,
            centre,
            factor,
        })
    }

    /// The coordinates of independent blocks of parameters, one after the other.
    fn joined(blocks: Vec<Self>) -> Self {
        Self {
            held: blocks.iter().flat_map(|block| block.held.clone()).collect(),
            logarithmic: blocks.iter().flat_map(|block| block.logarithmic.clone()).collect(),
            centre: blocks.iter().flat_map(|block| block.centre.clone()).collect(),
            factor: LowerTriangle::of_blocks(blocks.into_iter().map(|block| block.factor)),
        }
    }

    /// Number of coordinates d: of free parameters.
    pub fn dimensions(&self) -> usize {
        self.centre.len()
    }

    /// Number of parameters p, with those that are held fixed.
    pub fn n_parameters(&self) -> usize {
        self.held.len()
    }

    /// The coordinates of `theta`, `[p]` → `[d]`; not finite where the logarithm of a parameter does not exist.
    pub fn standard(&self, theta: &[f64]) -> Vec<f64> {
        let mut v: Vec<f64> = self.natural(theta);
        v.iter_mut().zip(&self.centre).for_each(|(v, centre)| *v -= centre);
        self.factor.solve(v)
    }

    /// The parameters at these coordinates, `[d]` → `[p]`.
    pub fn parameters(&self, v: &[f64]) -> Vec<f64> {
        let stretched = self
            .factor
            .times(v)
            .into_iter()
            .zip(&self.centre)
            .zip(&self.logarithmic);
        let mut free = stretched.map(|((stretched, centre), log)| {
            let u = centre + stretched;
            if *log { u.exp() } else { u }
        });
        let value = |held: &Option<f64>| held.or_else(|| free.next()).unwrap_or(f64::NAN);
        self.held.iter().map(value).collect()
    }

    /// ln |dv/dθ| at `theta`, `[p]`.
    pub fn log_jacobian(&self, theta: &[f64]) -> f64 {
        let logarithms = self.free(theta).zip(&self.logarithmic).filter(|(_, log)| **log);
        let stretched: f64 = logarithms.map(|(value, _)| value.ln()).sum();
        -stretched - self.factor.log_determinant()
    }

    /// The gradient of [`log_jacobian`](Self::log_jacobian), `[p]`.
    pub fn slope_of_log_jacobian(&self, theta: &[f64]) -> Vec<f64> {
        let stretched = self.free(theta).zip(&self.logarithmic);
        self.with_held_zero(stretched.map(|(value, log)| if *log { -1.0 / value } else { 0.0 }))
    }

    /// The gradient by θ, `[p]`, of a function whose gradient by v is `slopes`, `[d]`; 0 along parameters that are held fixed.
    pub fn gradient(&self, theta: &[f64], slopes: &[f64]) -> Vec<f64> {
        let by_u = self.factor.transposed_solve(slopes.to_vec());
        let stretched = self.free(theta).zip(&self.logarithmic).zip(by_u);
        self.with_held_zero(stretched.map(|((value, log), slope)| if *log { slope / value } else { slope }))
    }

    /// Numbers of the free parameters among those of all, `[p]`; 0 for a parameter that is held fixed.
    fn with_held_zero(&self, mut free: impl Iterator<Item = f64>) -> Vec<f64> {
        let number = |held: &Option<f64>| match held {
            Some(_) => 0.0,
            None => free.next().unwrap_or(0.0),
        };
        self.held.iter().map(number).collect()
    }

    /// A joint score in the coordinates v, `[d]`, from one by θ, `[p]`.
    pub fn score(&self, theta: &[f64], score: &[f64]) -> Vec<f64> {
        let by_u: Vec<f64> = self
            .free(theta)
            .zip(self.free(score))
            .zip(&self.logarithmic)
            .map(|((value, t), log)| if *log { t * value } else { t })
            .collect();
        self.factor.transposed_times(&by_u)
    }

    fn natural(&self, theta: &[f64]) -> Vec<f64> {
        let each = self.free(theta).zip(&self.logarithmic);
        each.map(|(value, log)| if *log { value.ln() } else { value }).collect()
    }

    /// The free ones of p numbers.
    fn free<'a>(&'a self, values: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        let free = values.iter().zip(&self.held).filter(|(_, held)| held.is_none());
        free.map(|(value, _)| *value)
    }

    /// Describes the first defect of coordinates from a file, if there is one.
    pub fn inconsistency(&self) -> Option<&'static str> {
        let d = self.dimensions();
        let free = self.held.iter().filter(|held| held.is_none()).count();
        let numbers = self.centre.iter().chain(self.held.iter().flatten());
        let sound = free == d
            && self.logarithmic.len() == d
            && self.factor.is_sound(d)
            && numbers.into_iter().all(|number| number.is_finite());
        (!sound).then_some("the coordinates of the parameters are no lower triangular matrix of finite numbers")
    }
}

/// Returns true if values are positive and spread over more than a decade.
fn spans_decades(values: &[f64]) -> bool {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quantile = |tenth: usize| sorted[tenth * (sorted.len() - 1) / 10];
    sorted[0] > 0.0 && quantile(9) > DECADE * quantile(1)
}
