//! From the hard event to what a detector makes of it: gluons, photons, resolutions.

use motherlode_core::Real;
use motherlode_core::trace::density::Uniform;
use motherlode_core::trace::{Rejected, Trace};

use super::observables::Seen;
use super::{Fusion, Leptons, Level};
use crate::collider::shower::clustered;
use crate::collider::{Detector, Emission, HIGGS, Momentum, Shower};

/// The radius of jets.
const RADIUS: f64 = 0.5;

impl Fusion {
    /// The gluons of both quarks; an uncertain coupling makes them a choice that depends on θ.
    fn showers<R: Real>(
        &self,
        jets: &[Momentum; 2],
        shift: &[R],
        trace: &mut impl Trace<R>,
    ) -> Result<[Vec<Emission>; 2], Rejected> {
        let starts = jets.map(|jet| jet.pt() * jet.pt());
        let &[shift] = shift else {
            let mut one = |start| -> Result<_, Rejected> { Ok(trace.noise(Shower::new(start, 0.0)?)) };
            return Ok([one(starts[0])?, one(starts[1])?]);
        };
        let mut one = |start| -> Result<_, Rejected> { Ok(trace.draw(Shower::new(start, shift)?)) };
        let showers = [one(starts[0])?, one(starts[1])?];
        let emissions: usize = showers.iter().map(Vec::len).sum();
        let log_measure: f64 = showers.iter().map(|shower| Shower::<f64>::log_measure(shower)).sum();
        trace.remember(&[starts[0], starts[1], emissions as f64, log_measure]);
        Ok(showers)
    }

    /// ln p of both showers from what an event remembers of them.
    pub(super) fn log_showers<R: Real>(shift: R, memory: &[f64]) -> Result<R, Rejected> {
        let &[first, second, emissions, log_measure] = memory else {
            return Ok(R::from(0.0));
        };
        let first = Shower::new(first, shift)?.log_probability(1.0, emissions, log_measure);
        Ok(first + Shower::new(second, shift)?.log_probability(1.0, 0.0, 0.0))
    }

    /// The detector's view of an event.
    pub(super) fn detect<R: Real>(
        &self,
        mut seen: Seen,
        shift: &[R],
        trace: &mut impl Trace<R>,
    ) -> Result<Seen, Rejected> {
        let detector = Detector::HADRON_COLLIDER;
        if self.level != Level::Detector {
            let showers = self.showers(&seen.jets, shift, trace)?;
            let mut extra = 0;
            for (jet, emissions) in seen.jets.iter_mut().zip(&showers) {
                let (left, others) = clustered(emissions, jet.pt(), RADIUS);
                *jet = jet.scaled(left / jet.pt());
                extra += others;
            }
            seen.extra = Some(extra);
        }
        for jet in &mut seen.jets {
            *jet = detector.jet(*jet, trace)?;
        }
        match &mut seen.leptons {
            Some(Leptons(leptons)) => {
                for lepton in leptons.iter_mut() {
                    *lepton = detector.muon(*lepton, trace)?;
                }
                seen.higgs = leptons.iter().copied().sum();
            }
            None => {
                let [first, second] = photons(seen.higgs, trace)?;
                seen.higgs = detector.photon(first, trace)? + detector.photon(second, trace)?;
            }
        }
        Ok(seen)
    }
}

/// The two photons of H → γ γ: back to back and of any direction where the Higgs boson is at rest.
fn photons<R: Real>(higgs: Momentum, trace: &mut impl Trace<R>) -> Result<[Momentum; 2], Rejected> {
    let cosine = trace.noise(Uniform::new(-1.0, 1.0)?);
    let phi = trace.noise(Uniform::new(-std::f64::consts::PI, std::f64::consts::PI)?);
    let photon = Momentum::along(0.0, 0.5 * HIGGS.mass, cosine, phi).boosted(higgs);
    Ok([photon, higgs - photon])
}
