//! From the Higgs boson to two measured jets: H → b b̄, gluons, and neutrinos of bottom hadrons.

use motherlode_core::Real;
use motherlode_core::trace::density::{Bernoulli, Beta, Uniform};
use motherlode_core::trace::{Rejected, Trace};

use crate::collider::shower::clustered;
use crate::collider::{Emission, HIGGS, Momentum};

/// The opening angle of a jet.
const RADIUS: f64 = 0.7;
/// The chance that a bottom hadron decays into a lepton and a neutrino.
const SEMILEPTONIC: f64 = 0.22;
/// The share of the jet's energy that the neutrino then takes: Beta(2, 5).
const NEUTRINO: (f64, f64) = (2.0, 5.0);

/// The two quarks of H → b b̄: back to back and of any direction where the Higgs boson is at rest.
pub(super) fn quarks<R: Real>(higgs: Momentum, trace: &mut impl Trace<R>) -> Result<[Momentum; 2], Rejected> {
    let cosine = trace.noise(Uniform::new(-1.0, 1.0)?);
    let phi = trace.noise(Uniform::new(-std::f64::consts::PI, std::f64::consts::PI)?);
    let quark = Momentum::along(0.0, 0.5 * HIGGS.mass, cosine, phi).boosted(higgs);
    Ok([quark, higgs - quark])
}

/// The visible part of a jet, and how many gluons make jets of their own.
/// The directions of jets are those of the quarks.
pub(super) fn jet<R: Real>(
    quark: Momentum,
    emissions: &[Emission],
    trace: &mut impl Trace<R>,
) -> Result<(Momentum, u32), Rejected> {
    let (mut energy, extra) = clustered(emissions, quark.e, RADIUS);
    if trace.noise(Bernoulli::new(SEMILEPTONIC)?) {
        energy *= 1.0 - trace.noise(Beta::new(NEUTRINO.0, NEUTRINO.1)?);
    }
    Ok((quark.scaled(energy / quark.e), extra))
}
