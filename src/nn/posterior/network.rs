//! The network of a posterior: a conditional density of what a linear regression leaves of the parameters.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::Regression;
use crate::density::{ConditionalDensity, DensityConfig, FlowConfig, MixtureConfig};
use crate::network::{Encoder, EncoderConfig};
use crate::{DensityKind, Settings};
use motherlode_core::error::{Error, Result};
use motherlode_core::prior::Coordinates;
use motherlode_core::trace::Parameter;

/// Gaussians of a mixture for up to so many parameters, and for more.
const COMPONENTS: (usize, usize, usize) = (3, 8, 4);

/// The shape of a posterior: how θ is seen, and the density of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PosteriorConfig {
    /// Coordinates of the parameters, in which the prior has the width one.
    pub coordinates: Coordinates,
    /// Range of each parameter, `[p]`; none for an end that is not finite.
    pub ranges: Vec<[Option<f64>; 2]>,
    /// Number of features of x.
    pub features: usize,
    /// The linear regression of the coordinates on the features.
    pub regression: Regression,
    /// Encoder of the features.
    #[serde(default)]
    pub encoder: EncoderConfig,
    /// Density of the residuals of the regression, `[d]`, given the encoded features.
    pub residual: DensityConfig,
}

impl PosteriorConfig {
    /// The shape for these coordinates and `features` features; `settings` choose the density.
    ///
    /// # Errors
    /// If the density does not fit.
    pub(crate) fn new(
        coordinates: Coordinates,
        parameters: &[Parameter],
        features: usize,
        regression: Regression,
        encoder: EncoderConfig,
        settings: &Settings,
    ) -> Result<Self> {
        let finite = |edge: f64| edge.is_finite().then_some(edge);
        encoder.check(features)?;
        let residual = residual_density(coordinates.dimensions(), encoder.outputs(features), settings)?;
        Ok(Self {
            ranges: parameters
                .iter()
                .map(|one| [one.range.0, one.range.1].map(finite))
                .collect(),
            coordinates,
            features,
            regression,
            encoder,
            residual,
        })
    }

    /// Number of coordinates d.
    pub(crate) fn dimensions(&self) -> usize {
        self.coordinates.dimensions()
    }

    /// Appends a hypothesis, `[p]`, as the density of an observation with these features takes it.
    pub(crate) fn push_theta(&self, theta: &[f64], features: &[f32], to: &mut Vec<f32>) {
        self.push_coordinates(&self.coordinates.standard(theta), features, to);
    }

    /// Appends a hypothesis in its coordinates, `[d]`.
    pub(crate) fn push_coordinates(&self, v: &[f64], features: &[f32], to: &mut Vec<f32>) {
        to.extend(self.regression.residual(v, features).into_iter().map(|r| r as f32));
    }

    /// ln |dr/dθ|: of a density of residuals, to one of θ.
    pub(crate) fn log_jacobian(&self, theta: &[f64]) -> f64 {
        self.coordinates.log_jacobian(theta) + self.regression.log_jacobian()
    }

    /// The gradient by θ, `[p]`, of a function whose gradient by the residuals is `slopes`, `[d]`.
    pub(crate) fn gradient(&self, theta: &[f64], slopes: &[f64]) -> Vec<f64> {
        self.coordinates.gradient(theta, &self.regression.gradient(slopes))
    }

    /// The hypothesis, `[p]`, of a residual.
    pub(crate) fn theta(&self, residual: &[f32], features: &[f32]) -> Vec<f64> {
        self.coordinates
            .parameters(&self.regression.coordinates(residual, features))
    }

    /// The parameters with their ranges.
    pub(crate) fn parameters(&self, names: &[String]) -> Vec<Parameter> {
        let each = names.iter().zip(&self.ranges);
        let range = |[low, high]: &[Option<f64>; 2]| (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
        each.map(|(name, ends)| {
            let (low, high) = range(ends);
            Parameter::new(name, low, high)
        })
        .collect()
    }

    /// Weights drawn from `seed`.
    ///
    /// # Errors
    /// If the density cannot be built.
    pub(crate) fn init(&self, seed: u64, device: &Device) -> Result<PosteriorNet> {
        Ok(PosteriorNet {
            encoder: self.encoder.init(seed, device),
            density: self.residual.init_near_normal(seed, device)?,
            features: self.features,
        })
    }

    /// Describes the first defect of a shape from a file, for p parameters and `features` features, if there is one.
    pub(crate) fn inconsistency(&self, p: usize, features: usize) -> Option<&'static str> {
        let d = self.dimensions();
        let sizes = match &self.residual {
            DensityConfig::Mixture(config) => Some((config.n_observables, config.n_parameters)),
            DensityConfig::Flow(config) => Some((config.n_observables, config.n_parameters)),
            DensityConfig::Categorical(_) | DensityConfig::Counts(_) => None,
        };
        let fits = sizes == Some((d, self.encoder.outputs(features)))
            && self.encoder.check(features).is_ok()
            && self.residual.check().is_ok()
            && self.ranges.len() == p
            && self.coordinates.n_parameters() == p
            && self.features == features;
        self.coordinates
            .inconsistency()
            .or_else(|| self.regression.inconsistency(d, features))
            .or((!fits).then_some("its posterior has not the shape of its parameters and observables"))
    }
}

/// The density of d residuals given `conditions` numbers.
fn residual_density(d: usize, conditions: usize, settings: &Settings) -> Result<DensityConfig> {
    let (few, most, least) = COMPONENTS;
    let (hidden, activation) = (settings.hidden.clone(), settings.activation.unwrap_or_default());
    let flow = |config: FlowConfig| {
        DensityConfig::Flow(FlowConfig {
            hidden: hidden.clone(),
            activation,
            ..config
        })
    };
    // A flow of one number is a mixture's work, and of several it is the better of the two: on the tasks of sbibm its draws are closer to the
    // exact posterior wherever that is bent, cut off or of several modes, and as close elsewhere.
    let kind = settings.density.unwrap_or(if d == 1 {
        DensityKind::Mixture
    } else {
        DensityKind::Spline
    });
    let config = match kind {
        DensityKind::Mixture => DensityConfig::Mixture(MixtureConfig {
            components: if d <= few { most } else { least },
            hidden,
            activation,
            ..MixtureConfig::new(d, conditions)
        }),
        DensityKind::Spline => flow(FlowConfig::spline(d, conditions)),
        DensityKind::Affine => flow(FlowConfig::affine(d, conditions)),
        DensityKind::Categorical | DensityKind::Counts => {
            return Err(Error::usage(
                "a posterior is a density of continuous parameters: leave out --density, or choose mixture, spline or affine",
            ));
        }
    };
    config.check().map(|()| config)
}

/// A density of residuals given features of x.
#[derive(Module, Debug)]
pub(crate) struct PosteriorNet {
    encoder: Option<Encoder>,
    density: ConditionalDensity,
    #[module(skip)]
    features: usize,
}

impl PosteriorNet {
    /// ln of the density of residuals, `[n, features + d]` → `[n, 1]`.
    pub(crate) fn forward(&self, rows: Tensor<2>) -> Tensor<2> {
        let (conditions, residuals) = self.split(rows);
        self.density.log_prob(residuals, conditions).unsqueeze_dim(1)
    }

    /// ln of the density of residuals and its gradient by them: `[n, 1]` and `[n, d]`.
    pub(crate) fn forward_with_gradient(&self, rows: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let (conditions, residuals) = self.split(rows);
        let (log_prob, gradient) = self.density.log_prob_with_slopes(residuals, conditions);
        (log_prob.unsqueeze_dim(1), gradient)
    }

    /// One residual for each row of features, `[n, features]` → `[n, d]`, from `rng` and nothing else.
    pub(crate) fn sample(&self, features: Tensor<2>, rng: &mut Pcg64Mcg) -> Tensor<2> {
        self.density.sample(self.encoded(features), rng)
    }

    fn split(&self, rows: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let [_, columns] = rows.dims();
        let features = rows.clone().narrow(1, 0, self.features);
        let residuals = rows.narrow(1, self.features, columns - self.features);
        (self.encoded(features), residuals)
    }

    fn encoded(&self, features: Tensor<2>) -> Tensor<2> {
        match &self.encoder {
            Some(encoder) => encoder.encode(features),
            None => features,
        }
    }
}
