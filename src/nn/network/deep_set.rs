//! An encoder of sets: particles in any order and any number.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::block::with_other_features;
use super::{Activation, Mlp, MlpConfig};

/// The shape of a [`DeepSet`].
///
/// A row has `inputs` features. Those of the particles are a block that begins at `first`, particle after particle;
/// what stands before and after it belongs to the event, and passes through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DeepSetConfig {
    /// Number of features of an event.
    pub inputs: usize,
    /// Where the block of particles begins.
    pub first: usize,
    /// Number of particles k in the block, present or not.
    pub particles: usize,
    /// Number of features f of a particle.
    pub features: usize,
    /// Which of a particle's features is 1 where there is none (the feature "missing" of one of its observables), else
    /// 0; without it, all k particles are always there.
    pub absent: Option<usize>,
    /// Widths of the hidden layers of the network that sees one particle at a time.
    pub hidden: Vec<usize>,
    /// Number w of its outputs.
    pub width: usize,
    /// Its activation.
    pub activation: Activation,
}

impl DeepSetConfig {
    /// Number of features that it makes of an event.
    pub(crate) fn outputs(&self) -> usize {
        2 * self.width + self.inputs - self.particles * self.features
    }

    /// Describes the first defect of the shape, if there is one.
    pub(crate) fn inconsistency(&self) -> Option<String> {
        let Self {
            inputs,
            first,
            particles,
            features,
            absent,
            ..
        } = self;
        let end = particles
            .checked_mul(*features)
            .and_then(|block| block.checked_add(*first));
        if end.is_none_or(|end| end > *inputs) {
            return Some(format!(
                "a set of {particles} particles with {features} features each, from feature {first} on, reaches beyond the \
                 {inputs} features of an event: give the shape that the event has"
            ));
        }
        if *particles == 0 || *features == 0 || self.width == 0 || self.hidden.contains(&0) {
            return Some("a set needs particles, features and an output, and no layer of width 0".into());
        }
        absent.filter(|absent| absent >= features).map(|absent| {
            format!("feature {absent} of a particle was said to mark absence, but it has {features}: count from 0")
        })
    }

    /// The network that sees one particle at a time.
    pub(crate) fn particle(&self) -> MlpConfig {
        MlpConfig {
            inputs: self.features,
            hidden: self.hidden.clone(),
            outputs: self.width,
            activation: self.activation,
        }
    }

    /// Weights drawn from `seed`.
    pub(crate) fn init(&self, seed: u64, device: &Device) -> DeepSet {
        DeepSet {
            particle: self.particle().init(seed, device),
            first: self.first,
            particles: self.particles,
            features: self.features,
            absent: self.absent,
        }
    }
}

/// A network of sets: each particle through one and the same network φ, then pooled.
///
/// With δᵢ = 1 for the particles that are there, N of them, an event becomes
///
/// (Σ δᵢφ(pᵢ)/max(N, 1), Σ δᵢφ(pᵢ)/k, whatever is no particle).
///
/// The mean says what the particles are like, the sum also how many there are: the log likelihood ratio of independent
/// particles is a sum. Neither sees their order, nor what the places of absent particles hold.
///
/// # Source
/// Zaheer et al. 2017, arXiv:1703.06114.
#[derive(Module, Debug)]
pub(crate) struct DeepSet {
    particle: Mlp,
    first: usize,
    particles: usize,
    features: usize,
    #[module(skip)]
    absent: Option<usize>,
}

impl DeepSet {
    /// # Shapes
    /// - `x`: `[n, inputs]` → `[n, 2 w + inputs − k f]`
    pub(crate) fn encode(&self, x: Tensor<2>) -> Tensor<2> {
        let [n, _] = x.dims();
        let (k, f) = (self.particles, self.features);
        let end = self.first + k * f;
        let particles = x.clone().slice([0..n, self.first..end]).reshape([n * k, f]);
        let there = match self.absent {
            Some(absent) => particles.clone().slice([0..n * k, absent..absent + 1]).neg() + 1.0,
            None => Tensor::ones([n * k, 1], &x.device()),
        };
        let seen = self.particle.forward(particles) * there.clone();
        let [_, width] = seen.dims();
        let sum = seen.reshape([n, k, width]).sum_dim(1).reshape([n, width]);
        let number = there.reshape([n, k]).sum_dim(1).clamp_min(1.0);
        let pooled = vec![sum.clone() / number, sum / k as f64];
        with_other_features(pooled, x, self.first..end)
    }
}

#[cfg(test)]
mod tests;
