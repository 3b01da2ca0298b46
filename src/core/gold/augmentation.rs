//! Hypotheses from the posterior of θ given the path of an event, by exchangeable clouds.

use rand::RngExt;
use rand::seq::index;
use rand_distr::StandardNormal;

use crate::error::{Error, Result};
use crate::importance::pick;
use crate::mean::log_mean_exp;
use crate::prior::{Coordinates, Prior};
use crate::trace::{Instrumented, Parameter, Stream};

/// Hypotheses of a cloud, the present one among them.
const CLOUD: usize = 8;
/// Largest scale of a cloud, in widths of the prior.
const LARGEST_SCALE: f64 = 2.0;

/// Gibbs augmentation: replaces the hypothesis θ* that an event was simulated at by others from p(θ|x,z), the posterior of θ given its path.
///
/// A pair (θ', x) of an event and such a hypothesis has the law of (θ*, x), so that any method that learns from hypotheses drawn from the prior
/// may learn from it; one simulation stands for the whole of p(θ|x,z).
///
/// θ* is hidden in a cloud of K hypotheses v_k = c + s ε_k in the [coordinates](Coordinates) of the prior, with a centre c = v* + s ε_0 and a
/// scale s that all share. The cloud is exchangeable: nothing but the event tells which of the K it was simulated at, and that is k with the
/// probability
///
/// w_k ∝ π(v_k) p(x,z|v_k).
///
/// A hypothesis is drawn with these weights, and takes the place of θ* in the next cloud. No weight can exceed 1, whatever the prior. The
/// scale is log-uniform, and a cloud spreads along some of the coordinates only, at random: both are drawn apart from the event, as they must
/// be. Companions around θ* itself would not be exchangeable, as θ* would be the middle of them.
///
/// # Source
/// A Gibbs sampler on the index of the hypothesis; multiple proposals around a shared centre: Tjelmeland 2004, Statistics preprint 4/2004, NTNU.
pub struct GibbsAugmentation<'a> {
    simulator: &'a dyn Instrumented,
    parameters: Vec<Parameter>,
    prior: Prior,
    coordinates: Coordinates,
    smallest_scale: f64,
}

/// A hypothesis in the coordinates of the prior, with ln π(v) p(x,z|v).
#[derive(Debug, Clone)]
struct State {
    v: Vec<f64>,
    log_density: f64,
}

impl std::fmt::Debug for GibbsAugmentation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GibbsAugmentation")
            .field("simulator", &self.simulator.name())
            .field("prior", &self.prior)
            .field("smallest_scale", &self.smallest_scale)
            .finish_non_exhaustive()
    }
}

impl<'a> GibbsAugmentation<'a> {
    /// Creates an augmentation of events whose θ were drawn from `prior`. The scales of clouds reach from `smallest_scale`, in widths of the
    /// prior, to twice its width: the smallest must be the same for all events, and less than the width of the narrowest posterior.
    ///
    /// # Errors
    /// If the prior has no density or no [coordinates](Prior::coordinates), the paths of the simulator have weights, or the scale is not
    /// positive.
    pub fn new(simulator: &'a dyn Instrumented, prior: &Prior, smallest_scale: f64) -> Result<Self> {
        let parameters = simulator.parameters();
        prior.check(&parameters)?;
        if simulator.is_weighted() {
            return Err(Error::data(format!(
                "paths of {} have weights, and hypotheses given a path can only be drawn where a path is drawn with its probability: choose a \
                 method without gold",
                simulator.name()
            )));
        }
        if !(smallest_scale > 0.0 && smallest_scale.is_finite()) {
            return Err(Error::usage(format!(
                "the smallest scale of a cloud of hypotheses must be positive and finite, got {smallest_scale}"
            )));
        }
        let prior = prior.density().ok_or_else(|| {
            Error::usage("hypotheses given a path are drawn from a prior with a density, and chosen points have none")
        })?;
        Ok(Self {
            coordinates: prior.coordinates(&parameters)?,
            prior: prior.clone(),
            smallest_scale: smallest_scale.min(LARGEST_SCALE),
            parameters,
            simulator,
        })
    }

    /// The coordinates in which hypotheses are drawn.
    pub fn coordinates(&self) -> &Coordinates {
        &self.coordinates
    }

    /// `n` hypotheses of an event that was simulated at `theta`, `[p]`, in the [coordinates](Self::coordinates), `[n][d]`: states of a Markov
    /// chain, `moves` clouds apart. Each has the law of θ* given x, and the chain comes to the posterior given the path.
    ///
    /// # Errors
    /// If the memory is not of the simulator, or has no probability at `theta`.
    pub fn chain(
        &self,
        theta: &[f64],
        memory: &[f64],
        n: usize,
        moves: usize,
        rng: &mut Stream,
    ) -> Result<Vec<Vec<f64>>> {
        let mut state = self.state(self.coordinates.standard(theta), memory)?;
        if !state.log_density.is_finite() {
            return Err(Error::data(format!(
                "an event has no probability at the hypothesis that it was simulated at, {theta:?}: its memory is that of another event, or \
                 the prior is not that of the events"
            )));
        }
        let next = |_| {
            for _ in 0..moves {
                state = self.moved(&state, memory, rng)?;
            }
            Ok(state.v.clone())
        };
        (0..n).map(next).collect()
    }

    /// A hypothesis of a cloud around the present one, drawn with its weight.
    fn moved(&self, from: &State, memory: &[f64], rng: &mut Stream) -> Result<State> {
        let d = from.v.len();
        let scale = self.smallest_scale * (LARGEST_SCALE / self.smallest_scale).powf(rng.random());
        let n_along = rng.random_range(1..=d.max(1)).min(d);
        let along = index::sample(rng, d, n_along).into_vec();
        let mut centre = from.v.clone();
        along
            .iter()
            .for_each(|&j| centre[j] += scale * rng.sample::<f64, _>(StandardNormal));
        let mut cloud = vec![from.clone()];
        for _ in 1..CLOUD {
            let mut v = centre.clone();
            along
                .iter()
                .for_each(|&j| v[j] += scale * rng.sample::<f64, _>(StandardNormal));
            cloud.push(self.state(v, memory)?);
        }
        let logs: Vec<f64> = cloud.iter().map(|state| state.log_density).collect();
        Ok(cloud.swap_remove(pick(&logs, log_mean_exp(&logs), rng)))
    }

    fn state(&self, v: Vec<f64>, memory: &[f64]) -> Result<State> {
        let theta = self.coordinates.parameters(&v);
        let log_prior = self.prior.log_density(&self.parameters, &theta);
        if log_prior == f64::NEG_INFINITY {
            return Ok(State {
                v,
                log_density: log_prior,
            });
        }
        let log_probability = self.simulator.log_probability_at(&theta, memory);
        let log_probability = log_probability.map_err(super::relabel::unusable_memory)?;
        let log_density = log_prior - self.coordinates.log_jacobian(&theta) + log_probability;
        match log_density.is_nan() {
            true => Err(Error::simulation(format!(
                "the probability of a path at {theta:?} is not a number: check the densities of {} there",
                self.simulator.name()
            ))),
            false => Ok(State { v, log_density }),
        }
    }
}

#[cfg(test)]
mod tests;
