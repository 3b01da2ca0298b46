//! H → e⁻ e⁺ μ⁻ μ⁺ as a hard process of its own: the Higgs boson is a scalar, so it does not know how it was made.
//!
//! dΓ = |M|²/2m_H · dm₁² dm₂²/(2π)² · 2k/(8π m_H) · 1/(8π)² over masses of both pairs and angles normalised to one; k is
//! the momentum of the pairs. Pairs are heavier than 10 GeV: the effective operators give photons a pole at zero.

use std::f64::consts::{PI, TAU};

use motherlode_core::Result;
use motherlode_core::trace::{Choice, Choices, Stream};
use rand::RngExt;

use crate::collider::adapted::PhaseSpace;
use crate::collider::neutral::leptonic;
use crate::collider::{HIGGS, Line, Momentum, OPERATORS, Operator, Quadratic, Z};

/// The least mass of a pair, GeV.
pub const LIGHTEST: f64 = 10.0;

/// e⁻, e⁺, μ⁻, μ⁺.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leptons(pub [Momentum; 4]);

/// The decay for the standard model and some operators.
#[derive(Debug, Clone)]
pub struct FourLeptons {
    operators: Vec<Operator>,
}

impl FourLeptons {
    /// With `operators` beside the standard model.
    ///
    /// # Errors
    /// If an operator is named twice, or one of them is the standard model.
    pub fn new(operators: &[Operator]) -> Result<Self> {
        Operator::check(operators)?;
        Ok(Self {
            operators: operators.to_vec(),
        })
    }

    /// |M|², summed over spins.
    pub fn squared_amplitude(&self, leptons: &Leptons) -> Quadratic {
        let [electron, positron, muon, antimuon] = leptons.0;
        let pair = |lepton, antilepton| Line::new(lepton, antilepton, -(lepton + antilepton));
        leptonic([&pair(electron, positron), &pair(muon, antimuon)], &self.operators, 1.0)
    }
}

impl PhaseSpace<5> for FourLeptons {
    type Place = Leptons;

    fn operators(&self) -> &[Operator] {
        &self.operators
    }

    /// GeV.
    fn total(&self) -> Quadratic {
        Quadratic::from_upper(&WIDTH)
            .expect("a form of all operators")
            .of(&self.operators)
    }

    /// From the masses of the heavier and the lighter pair, the cosines of their leptons and the angle between their planes.
    /// The Higgs boson is at rest; the electrons are the heavier pair and go along +z.
    fn point(&self, shares: &[f64; 5]) -> Option<(Leptons, Quadratic)> {
        let (heavy, heavy_slope) = heavier(shares[0]);
        let heaviest = heavy.min(HIGGS.mass - heavy);
        let light = LIGHTEST + (heaviest - LIGHTEST) * shares[1];
        let squares = heavy_slope * 2.0 * light * (heaviest - LIGHTEST);
        let energy = (HIGGS.mass * HIGGS.mass + heavy * heavy - light * light) / (2.0 * HIGGS.mass);
        let length = (energy * energy - heavy * heavy).max(0.0).sqrt();
        if !(squares > 0.0 && length > 0.0) {
            return None;
        }
        let [cosine, other] = [shares[2], shares[3]].map(|share| 2.0 * share - 1.0);
        let [electron, positron] = decayed(Momentum::along(heavy, length, 1.0, 0.0), cosine, 0.0);
        let [muon, antimuon] = decayed(Momentum::along(light, length, -1.0, 0.0), other, TAU * shares[4]);
        let leptons = Leptons([electron, positron, muon, antimuon]);
        let pairs = 2.0; // the muons may as well be the heavier ones
        let flux =
            pairs / (2.0 * HIGGS.mass) * squares / (TAU * TAU) * (2.0 * length / HIGGS.mass) / (8.0 * PI).powi(3);
        Some((leptons, self.squared_amplitude(&leptons).scaled(flux)))
    }

    /// Which pair is the heavier, and where to they go.
    fn complete(&self, Leptons(leptons): &mut Leptons, rng: &mut Stream) {
        if rng.random() {
            let [electron, positron, muon, antimuon] = *leptons;
            *leptons = [muon, antimuon, electron, positron];
        }
        let [turn, cosine, phi]: [f64; 3] = rng.random();
        *leptons = leptons.map(|lepton| lepton.turned(1.0, TAU * turn).turned(2.0 * cosine - 1.0, TAU * phi));
    }
}

/// The mass of the heavier pair from its share, and dm²/du: uniform shares follow the resonance.
fn heavier(share: f64) -> (f64, f64) {
    let width = Z.mass * Z.width;
    let map = |mass: f64| ((mass * mass - Z.mass * Z.mass) / width).atan();
    let (low, high) = (map(LIGHTEST), map(HIGGS.mass - LIGHTEST));
    let tangent = (low + (high - low) * share).tan();
    let square = Z.mass * Z.mass + width * tangent;
    (square.sqrt(), (high - low) * width * (1.0 + tangent * tangent))
}

/// Two massless leptons of a pair, the first at an angle to the z axis where the pair is at rest.
fn decayed(pair: Momentum, cosine: f64, phi: f64) -> [Momentum; 2] {
    let lepton = Momentum::along(0.0, 0.5 * pair.mass(), cosine, phi).boosted(pair);
    [lepton, pair - lepton]
}

impl Choice for Leptons {
    fn write(&self, record: &mut Vec<f64>) {
        self.0.iter().for_each(|lepton| lepton.write(record));
    }

    fn read(record: &mut Choices<'_>) -> Option<Self> {
        let ((a, b), (c, d)) = Choice::read(record)?;
        Some(Self([a, b, c, d]))
    }
}

/// Γ of the standard model and all operators, GeV: the upper triangle, row by row. Standard errors are 10⁻⁵ of the
/// diagonal, see the example `fusion_rates`; what violates CP does not interfere.
#[rustfmt::skip]
const WIDTH: [f64; OPERATORS * (OPERATORS + 1) / 2] = [
    2.204466e-07, -1.28862e-08, -9.961071e-09, -1.754924e-09, 4.231504e-09, 0.0,
    1.510474e-08, -1.368445e-08, -3.800435e-08, 1.115147e-08, 0.0,
    1.479732e-08, 3.818825e-08, -1.164417e-08, 0.0,
    1.220654e-07, -1.213299e-08, 0.0,
    2.810564e-08, 0.0,
    7.490365e-09,
];
