//! Points of phase space: two massless jets and a Higgs boson at given transverse momenta and rapidities.

use statrs::distribution::{Continuous, ContinuousCDF, Normal};
use std::f64::consts::{PI, TAU};

use super::pdf::RANGE;
use super::process::Hard;
use crate::collider::electroweak::{CONVERSION, HIGGS};
use crate::collider::Momentum;

/// √S of the proton beams, GeV.
pub const ENERGY: f64 = 13_000.0;
/// Dimensions of the unit cube that points are made of.
pub const DIMENSIONS: usize = 7;
/// The range of the transverse momentum of a jet, GeV.
const PT: (f64, f64) = (20.0, 3_000.0);
/// Where its spectrum begins to fall, GeV, and how fast.
const KNEE: f64 = 60.0;
const SLOPE: f64 = 1.4;
/// Rapidities: means of the jets, common spread, largest of jets and of the Higgs boson.
const JETS_AT: f64 = 2.2;
const SPREAD: f64 = 1.6;
const LARGEST_JET: f64 = 5.0;
const LARGEST_HIGGS: f64 = 6.0;

/// Least dijet mass, GeV, and least distance ΔR of the jets.
const DIJET: f64 = 200.0;
const APART: f64 = 0.4;

/// A point inside the cuts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The momenta.
    pub event: Hard,
    /// Momentum fractions of the partons.
    pub fractions: [f64; 2],
    /// What Σ x₁f₁ x₂f₂ |M|² is multiplied by for dσ over the unit cube, fb.
    pub flux: f64,
}

/// The point of the unit cube at `u`, with azimuth `phi` of the first jet; nothing outside the cuts.
pub fn point(u: &[f64; DIMENSIONS], phi: f64) -> Option<Point> {
    let [(pt1, w1), (pt2, w2)] = [u[0], u[1]].map(transverse);
    let (y1, v1) = rapidity(u[2], JETS_AT, LARGEST_JET);
    let (y2, v2) = rapidity(u[3], -JETS_AT, LARGEST_JET);
    let (y, v) = rapidity(u[4], 0.0, LARGEST_HIGGS);
    // u[5] is the angle between the jets; u[6] chooses among what is left open, and is not used by the momenta.
    let opening = TAU * u[5] - PI;
    let jets = [Momentum::massless(pt1, y1, phi), Momentum::massless(pt2, y2, phi + opening)];
    let recoil = jets[0] + jets[1];
    let transverse_mass = HIGGS.mass.hypot(recoil.pt());
    let higgs = Momentum::new(transverse_mass * y.cosh(), -recoil.x, -recoil.y, transverse_mass * y.sinh());
    let total = recoil + higgs;
    let fractions = [(total.e + total.z) / ENERGY, (total.e - total.z) / ENERGY];
    let inside = fractions.iter().all(|x| (RANGE.0..RANGE.1).contains(x));
    let distance = (y1 - y2).hypot(opening);
    if !inside || recoil.mass() < DIJET || distance < APART {
        return None;
    }
    let beam = |x: f64, sign: f64| Momentum::new(0.5 * ENERGY * x, 0.0, 0.0, sign * 0.5 * ENERGY * x);
    let square = fractions[0] * fractions[1] * ENERGY * ENERGY;
    let measure = w1 * w2 * v1 * v2 * v * TAU * TAU;
    Some(Point {
        event: Hard {
            partons: [beam(fractions[0], 1.0), beam(fractions[1], -1.0)],
            jets,
            higgs,
        },
        fractions,
        flux: CONVERSION * measure / (8.0 * TAU.powi(5) * square * square),
    })
}

/// A transverse momentum, and p_T dp_T/du.
fn transverse(u: f64) -> (f64, f64) {
    let primitive = |pt: f64| -(pt * pt + KNEE * KNEE).powf(1.0 - SLOPE) / (2.0 * (SLOPE - 1.0));
    let (low, high) = (primitive(PT.0), primitive(PT.1));
    let at = low + (high - low) * u;
    let square = (-2.0 * (SLOPE - 1.0) * at).powf(1.0 / (1.0 - SLOPE)) - KNEE * KNEE;
    let pt = square.max(PT.0 * PT.0).sqrt();
    (pt, (high - low) * (pt * pt + KNEE * KNEE).powf(SLOPE))
}

/// A rapidity from a normal that is cut off, and dy/du.
fn rapidity(u: f64, centre: f64, largest: f64) -> (f64, f64) {
    let normal = Normal::new(centre, SPREAD).expect("a positive spread");
    let (low, high) = (normal.cdf(-largest), normal.cdf(largest));
    let y = normal.inverse_cdf(low + (high - low) * u);
    (y, (high - low) / normal.pdf(y))
}
