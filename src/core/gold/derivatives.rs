//! Derivatives of the joint ratio at the point that events were drawn from.

use ndarray::Array2;
use rayon::prelude::*;

use super::Design;
use crate::dataset::AugmentedData;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::trace::Instrumented;

/// Number of first and second derivatives with respect to p parameters, p + p(p + 1)/2.
pub fn n_derivatives(p: usize) -> usize {
    p + p * (p + 1) / 2
}

/// First and second derivatives of r(x,z|θ) = p(x,z|θ)/p(x,z|θ_ref) at θ_ref, for each event of a reference design.
///
/// The first ones are the joint score tᵢ, the second ones tᵢ tⱼ + ∂ᵢ∂ⱼ ln p(x,z|θ_ref). Each has the mean 0, and a mean at
/// given x that is the same derivative of r(x|θ).
///
/// # Shapes
/// `[n, p + p(p + 1)/2]`: the first derivatives, then the second ones with i ≤ j, row by row.
///
/// # Errors
/// If the events are not of one reference point, of another simulator or without memories, a derivative is not finite, or
/// `progress` stops the work.
///
/// # Source
/// Bahl, Bresó, De Crescenzo and Plehn 2024, arXiv:2410.07315 (derivative learning).
pub fn ratio_derivatives(
    simulator: &dyn Instrumented,
    data: &AugmentedData,
    progress: &dyn Progress,
) -> Result<Array2<f64>> {
    let Design::Reference { theta } = &data.header.design else {
        return Err(Error::data(format!(
            "derivatives need events that were all drawn from one point, but these are of {}: mine with --reference",
            data.header.design
        )));
    };
    data.header.check_simulator(simulator, "differentiate them")?;
    let memories = data.remembered("labels at other hypotheses")?;
    let rows = (0..data.n_events())
        .into_par_iter()
        .map(|event| {
            progress.check()?;
            derivatives_of(simulator, theta, memories.event(event))
        })
        .collect::<Result<Vec<_>>>()?;
    let shape = (data.n_events(), n_derivatives(theta.len()));
    Array2::from_shape_vec(shape, rows.concat()).map_err(|error| Error::simulation(error.to_string()))
}

fn derivatives_of(simulator: &dyn Instrumented, theta: &[f64], memory: &[f64]) -> Result<Vec<f64>> {
    let p = theta.len();
    let (mut score, mut hessian) = (vec![0.0; p], vec![0.0; p * p]);
    simulator
        .curvature_at(theta, memory, &mut score, &mut hessian)
        .map_err(|rejected| Error::simulation(format!("a remembered event cannot be differentiated: {rejected}")))?;
    let derivatives = pack_derivatives(&score, &hessian);
    match derivatives.iter().all(|value| value.is_finite()) {
        true => Ok(derivatives),
        false => Err(Error::simulation(format!(
            "an event has derivatives {derivatives:?} at {theta:?}: its density must be smooth where it was drawn"
        ))),
    }
}

/// First and second derivatives of σ(θ)/σ(θ_ref) at θ_ref, packed like those of an event; zero for a constant rate, or none.
///
/// # Errors
/// If the rate has no derivatives there.
pub fn rate_derivatives(simulator: &dyn Instrumented, theta: &[f64]) -> Result<Vec<f64>> {
    let p = theta.len();
    let (mut gradient, mut hessian) = (vec![0.0; p], vec![0.0; p * p]);
    simulator
        .log_rate_at(theta, &mut gradient, &mut hessian)
        .map_err(|rejected| Error::simulation(rejected.to_string()))?;
    let derivatives = pack_derivatives(&gradient, &hessian);
    match derivatives.iter().all(|value| value.is_finite()) {
        true => Ok(derivatives),
        false => Err(Error::simulation(format!(
            "the total rate of {} has derivatives {derivatives:?} at {theta:?}: it must be smooth and positive there",
            simulator.name()
        ))),
    }
}

/// Derivatives of exp(f(θ) − f(θ_ref)) at θ_ref from those of f: gᵢ, then gᵢ gⱼ + hᵢⱼ for i ≤ j.
fn pack_derivatives(gradient: &[f64], hessian: &[f64]) -> Vec<f64> {
    let p = gradient.len();
    let second = (0..p).flat_map(|i| (i..p).map(move |j| gradient[i] * gradient[j] + hessian[i * p + j]));
    gradient.iter().copied().chain(second).collect()
}
