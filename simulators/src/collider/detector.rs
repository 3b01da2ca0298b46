//! Detector response to jets, leptons and photons: normal resolutions, none of which depends on θ.

use motherlode_core::Real;
use motherlode_core::trace::density::{Normal, TruncatedNormal};
use motherlode_core::trace::{Rejected, Trace};

use super::Momentum;

/// The resolutions of a detector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detector {
    /// σ(E)/√E of a jet, √GeV.
    pub stochastic: f64,
    /// σ(E)/E of a jet at high energies.
    pub constant: f64,
    /// σ of the pseudorapidity and of the azimuth of a jet.
    pub direction: f64,
    /// σ(p_T)/p_T² of a muon, 1/GeV.
    pub curvature: f64,
    /// σ(E)/√E of a photon, √GeV.
    pub photon_stochastic: f64,
    /// σ(E)/E of a photon at high energies.
    pub photon_constant: f64,
    /// The chance that a jet of a bottom quark is tagged as one.
    pub tagging: f64,
}

impl Detector {
    /// At an electron-positron collider.
    pub const LEPTON_COLLIDER: Self = Self {
        stochastic: 0.3,
        constant: 0.02,
        direction: 0.02,
        curvature: 3e-4,
        photon_stochastic: 0.15,
        photon_constant: 0.01,
        tagging: 0.8,
    };

    /// At a hadron collider.
    pub const HADRON_COLLIDER: Self = Self {
        stochastic: 0.5,
        constant: 0.0,
        direction: 0.1,
        curvature: 3e-4,
        photon_stochastic: 0.1,
        photon_constant: 0.007,
        tagging: 0.8,
    };

    /// A jet as it is measured, massless.
    ///
    /// # Errors
    /// If the jet has no finite momentum or no energy.
    pub fn jet<R: Real>(&self, jet: Momentum, trace: &mut impl Trace<R>) -> Result<Momentum, Rejected> {
        let sd = (self.stochastic * jet.e.sqrt()).hypot(self.constant * jet.e);
        let energy = trace.noise(TruncatedNormal::new(jet.e, sd, 0.0, f64::INFINITY)?);
        let eta = trace.noise(Normal::new(jet.eta(), self.direction)?);
        let phi = trace.noise(Normal::new(jet.phi(), self.direction)?);
        Ok(Momentum::massless(energy / eta.cosh(), eta, phi))
    }

    /// A muon as it is measured: its direction is exact.
    ///
    /// # Errors
    /// If the muon has no finite momentum, or none across the beam.
    pub fn muon<R: Real>(&self, muon: Momentum, trace: &mut impl Trace<R>) -> Result<Momentum, Rejected> {
        let pt = muon.pt();
        let measured = trace.noise(TruncatedNormal::new(pt, self.curvature * pt * pt, 0.0, f64::INFINITY)?);
        Ok(muon.scaled(measured / pt))
    }

    /// A photon as it is measured: its direction is exact.
    ///
    /// # Errors
    /// If the photon has no finite energy.
    pub fn photon<R: Real>(&self, photon: Momentum, trace: &mut impl Trace<R>) -> Result<Momentum, Rejected> {
        let sd = (self.photon_stochastic * photon.e.sqrt()).hypot(self.photon_constant * photon.e);
        let energy = trace.noise(TruncatedNormal::new(photon.e, sd, 0.0, f64::INFINITY)?);
        Ok(photon.scaled(energy / photon.e))
    }
}
