//! Points of phase space: two massless jets and a Higgs boson, from uniform shares.
//!
//! dσ = Σ x₁f₁ x₂f₂ |M|²/(8 (2π)⁵ ŝ²) dy₁ dy₂ dy_H p_T₁dp_T₁dφ₁ p_T₂dp_T₂dφ₂ over the momenta inside the cuts: jets of
//! p_T > 20 GeV, |y| < 5, m_jj > 200 GeV and ΔR > 0.4.

use std::f64::consts::{PI, TAU};

use super::pdf::RANGE;
use super::process::{ENERGY, Event};
use crate::collider::{CONVERSION, HIGGS, Momentum};

/// Number of coordinates of a point, without the azimuth of the first jet.
pub const DIMENSIONS: usize = 6;
/// The range of the transverse momentum of a jet, GeV.
const PT: (f64, f64) = (20.0, 3_000.0);
/// Transverse momentum at which its spectrum begins to fall, GeV, and the exponent of the fall.
const KNEE: f64 = 60.0;
const SLOPE: f64 = 1.4;
/// The largest rapidity of a jet.
const LARGEST: f64 = 5.0;
/// Least dijet mass, GeV, and least distance ΔR of the jets.
const DIJET: f64 = 200.0;
const APART: f64 = 0.4;

/// A point inside the cuts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The momenta.
    pub event: Event,
    /// Factor of Σ x₁f₁ x₂f₂ |M|² for dσ over uniform coordinates, fb.
    pub flux: f64,
}

impl Point {
    /// From shares: transverse momenta of the jets, difference and mean of their rapidities, rapidity of the Higgs boson,
    /// angle between the jets; nothing outside the cuts. The first jet is at azimuth 0.
    ///
    /// Each share spans what the cuts and the energy of the beams leave after those before it, so that few points are lost.
    pub fn from_shares(shares: &[f64; DIMENSIONS]) -> Option<Self> {
        let [(pt1, w1), (pt2, w2)] = [shares[0], shares[1]].map(transverse);
        let opening = TAU * shares[5] - PI;
        let least = (0.5 * DIJET * DIJET / (pt1 * pt2) + opening.cos()).max(1.0).acosh();
        if least >= 2.0 * LARGEST {
            return None;
        }
        let across = 2.0 * shares[2] - 1.0;
        let half = 0.5 * (least + across.abs() * (2.0 * LARGEST - least)).copysign(across);
        let centre = (2.0 * shares[3] - 1.0) * (LARGEST - half.abs());
        let [y1, y2] = [centre + half, centre - half];
        let jets = [Momentum::massless(pt1, y1, 0.0), Momentum::massless(pt2, y2, opening)];
        let recoil = jets[0] + jets[1];
        let transverse_mass = HIGGS.mass.hypot(recoil.pt());
        // Largest rapidities of the Higgs boson, forward and backward: beyond, a parton would need too large a fraction
        // of the beam energy.
        let [forward, backward] = [1.0, -1.0].map(|sign| {
            let left = RANGE.1 * ENERGY - (recoil.e + sign * recoil.z);
            (left / transverse_mass).ln()
        });
        let range = forward + backward;
        let possible = range > 0.0 && (y1 - y2).hypot(opening) > APART;
        if !possible {
            return None;
        }
        let y = range * shares[4] - backward;
        let higgs = Momentum::new(
            transverse_mass * y.cosh(),
            -recoil.x,
            -recoil.y,
            transverse_mass * y.sinh(),
        );
        let event = Event::new(jets, higgs);
        let fractions = event.fractions();
        if !fractions.iter().all(|x| (RANGE.0..RANGE.1).contains(x)) {
            return None;
        }
        let rapidities = 2.0 * (2.0 * LARGEST - least) * 2.0 * (LARGEST - half.abs()) * range;
        let measure = w1 * w2 * rapidities * TAU * TAU;
        let square = fractions[0] * fractions[1] * ENERGY * ENERGY;
        Some(Self {
            event,
            flux: CONVERSION * measure / (8.0 * TAU.powi(5) * square * square),
        })
    }
}

/// Returns true if an event passes the cuts.
pub fn is_inside(event: &Event) -> bool {
    let [first, second] = event.jets;
    let jet = |jet: Momentum| (PT.0..PT.1).contains(&jet.pt()) && jet.eta().abs() < LARGEST;
    let opening = (first.phi() - second.phi() + PI).rem_euclid(TAU) - PI;
    jet(first)
        && jet(second)
        && (first + second).mass() > DIJET
        && (first.eta() - second.eta()).hypot(opening) > APART
        && event.fractions().iter().all(|x| (RANGE.0..RANGE.1).contains(x))
}

/// A transverse momentum from its share u, and p_T dp_T/du: at ½, the density falls like p_T (p_T² + knee²)^(−slope).
fn transverse(u: f64) -> (f64, f64) {
    let primitive = |pt: f64| -(pt * pt + KNEE * KNEE).powf(1.0 - SLOPE) / (2.0 * (SLOPE - 1.0));
    let (low, high) = (primitive(PT.0), primitive(PT.1));
    let at = low + (high - low) * u;
    let square = (-2.0 * (SLOPE - 1.0) * at).powf(1.0 / (1.0 - SLOPE)) - KNEE * KNEE;
    let pt = square.max(PT.0 * PT.0).sqrt();
    (pt, (high - low) * (pt * pt + KNEE * KNEE).powf(SLOPE))
}
