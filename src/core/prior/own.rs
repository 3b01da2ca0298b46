//! A prior that is defined in code.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::parameter_box::ParameterBox;
use crate::trace::Stream;

/// A distribution of parameters: what it takes to use it as a prior.
///
/// Sampler and density must agree; [`OwnPrior::new`] checks it.
pub trait PriorDensity: Send + Sync {
    /// Name, in files and messages.
    fn name(&self) -> &str;

    /// Box that holds nearly all draws, `[p]`.
    fn bulk(&self) -> ParameterBox;

    /// Draws a point, `[p]`.
    fn sample(&self, rng: &mut Stream) -> Vec<f64>;

    /// ln of the density at `theta`, `[p]`; −∞ outside the support.
    fn log_density(&self, theta: &[f64]) -> f64;

    /// Gradient of [`log_density`](Self::log_density), `[p]`; by central differences unless it is known.
    fn gradient(&self, theta: &[f64]) -> Vec<f64> {
        let mut moved = theta.to_vec();
        let bulk = self.bulk();
        let widths = bulk.edges().iter().map(|(low, high)| STEP * (high - low));
        let mut slope = |(k, step): (usize, f64)| {
            let mut at = |sign: f64| {
                moved[k] = theta[k] + sign * step;
                let log = self.log_density(&moved);
                moved[k] = theta[k];
                log
            };
            (at(1.0) - at(-1.0)) / (2.0 * step)
        };
        widths.enumerate().map(&mut slope).collect()
    }
}

/// Steps of differences, in shares of the bulk.
const STEP: f64 = 1e-5;
/// Draws that sampler and density are compared with.
const COMPARED: usize = 4_000;
/// Errors that a mean of weights may be off by.
const ERRORS: f64 = 6.0;

/// A [`PriorDensity`] by its name. A file holds the name and the bulk; what was read from one can be asked for these only.
#[derive(Clone, Serialize, Deserialize)]
pub struct OwnPrior {
    name: String,
    bulk: ParameterBox,
    #[serde(skip)]
    density: Option<Arc<dyn PriorDensity>>,
}

impl OwnPrior {
    /// Takes a prior, and compares its draws with its density.
    ///
    /// # Errors
    /// If draws are impossible by the density, or E\[u(θ)/π(θ)\] over them, with u a product of normals fitted to the draws, is not 1: for a
    /// normalised density it is.
    pub fn new(density: Arc<dyn PriorDensity>) -> Result<Self> {
        let (name, bulk) = (density.name().to_owned(), density.bulk());
        let mut rng = crate::trace::stream(0, 0, 0);
        let draws: Vec<Vec<f64>> = (0..COMPARED).map(|_| density.sample(&mut rng)).collect();
        let p = bulk.n_parameters();
        if let Some(wrong) = draws.iter().find(|theta| theta.len() != p) {
            return Err(Error::usage(format!(
                "the prior `{name}` draws {} parameters, and its bulk has {p}",
                wrong.len()
            )));
        }
        if let Some(theta) = draws.iter().find(|theta| !density.log_density(theta).is_finite()) {
            return Err(Error::usage(format!(
                "the prior `{name}` draws {theta:?}, where its density is zero or no number"
            )));
        }
        check_normalised(&name, &*density, &draws)?;
        Ok(Self {
            name,
            bulk,
            density: Some(density),
        })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Box that holds nearly all draws, `[p]`.
    pub fn bulk(&self) -> &ParameterBox {
        &self.bulk
    }

    /// The distribution.
    ///
    /// # Errors
    /// If this was read from a file.
    pub fn density(&self) -> Result<&dyn PriorDensity> {
        self.density.as_deref().ok_or_else(|| {
            Error::data(format!(
                "the prior `{}` is defined in the code that mined the events, and not known here: give it to the analysis",
                self.name
            ))
        })
    }
}

/// Checks that E[u(θ)/π(θ)] = ∫ u = 1 over draws of π, for a narrower density u in the middle of the draws.
fn check_normalised(name: &str, density: &dyn PriorDensity, draws: &[Vec<f64>]) -> Result<()> {
    let n = draws.len() as f64;
    let p = draws[0].len();
    let mean: Vec<f64> = (0..p)
        .map(|k| draws.iter().map(|theta| theta[k]).sum::<f64>() / n)
        .collect();
    let square = |k: usize| draws.iter().map(|theta| (theta[k] - mean[k]).powi(2)).sum::<f64>() / n;
    let sd: Vec<f64> = (0..p).map(|k| 0.5 * square(k).sqrt()).collect();
    let log_normal = |theta: &[f64]| {
        let term = |k: usize| -0.5 * (((theta[k] - mean[k]) / sd[k]).powi(2) + std::f64::consts::TAU.ln()) - sd[k].ln();
        (0..p).filter(|&k| sd[k] > 0.0).map(term).sum::<f64>()
    };
    let ratios = draws
        .iter()
        .map(|theta| (log_normal(theta) - density.log_density(theta)).exp());
    let found = crate::mean::Mean::from_values(ratios);
    // A density whose support ends within the normal has a mean below one.
    let off = found.value > 1.0 + ERRORS * found.standard_error || found.value < MOST_CUT;
    match off {
        false => Ok(()),
        true => Err(Error::usage(format!(
            "sampler and density of the prior `{name}` do not agree: the mean of u/π over its draws is {:.3} ± {:.3}, 1 for a normalised density \
             π and a density u within its support",
            found.value, found.standard_error
        ))),
    }
}

/// Smallest mean of u/π that the edges of a support explain.
const MOST_CUT: f64 = 0.2;

impl PartialEq for OwnPrior {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.bulk == other.bulk
    }
}

impl std::fmt::Debug for OwnPrior {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnPrior")
            .field("name", &self.name)
            .field("bulk", &self.bulk)
            .finish_non_exhaustive()
    }
}
