//! The one vertex that everything needs: two vector bosons and a Higgs boson, with effective operators.

use motherlode_core::{Error, Result};
use num_complex::Complex64;

use super::current::{determinant, dot, product};
use super::electroweak::{ELECTROWEAK, Pole, W, Z};
use super::{Chirality, Line};

/// The standard model and the operators of dimension six (Hagiwara, Ishihara, Szalapski and Zeppenfeld's basis).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// The standard model.
    StandardModel,
    /// O_W = (D_μ Φ)† Ŵ^μν (D_ν Φ).
    W,
    /// O_B, the same with B̂.
    B,
    /// O_WW = Φ† Ŵ_μν Ŵ^μν Φ.
    Ww,
    /// O_BB, the same with B̂.
    Bb,
    /// O_W with the dual field strength: violates CP.
    WDual,
}

impl Operator {
    /// The name of its coefficient, a parameter; empty for the standard model.
    pub fn coefficient(self) -> &'static str {
        match self {
            Self::StandardModel => "",
            Self::W => "f_W",
            Self::B => "f_B",
            Self::Ww => "f_WW",
            Self::Bb => "f_BB",
            Self::WDual => "f_W_dual",
        }
    }

    /// Refuses a list that names an operator twice, or the standard model.
    ///
    /// # Errors
    /// Names the list.
    pub fn check(operators: &[Self]) -> Result<()> {
        let again = |i: usize| operators[i] == Self::StandardModel || operators[..i].contains(&operators[i]);
        match (0..operators.len()).find(|&i| again(i)) {
            None => Ok(()),
            Some(i) => Err(Error::usage(format!(
                "operator {:?} does not belong into the list {operators:?}: name each operator once; the standard model is \
                 always there",
                operators[i]
            ))),
        }
    }
}

/// Number of operators.
pub const OPERATORS: usize = 6;

/// An amplitude for each operator with coefficient one, in units of θ = f v²/Λ².
pub type Amplitudes = [Complex64; OPERATORS];

/// The bosons that two fermion lines exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// Z and Z.
    Zz,
    /// Z from the first line, a photon from the second.
    ZPhoton,
    /// A photon from the first line, Z from the second.
    PhotonZ,
    /// Two photons.
    Photons,
    /// W⁺ and W⁻.
    Ww,
}

/// The exchanges of neutral bosons.
pub const NEUTRAL: [Exchange; 4] = [Exchange::Zz, Exchange::ZPhoton, Exchange::PhotonZ, Exchange::Photons];

/// Properties of two lines of given chiralities that enter the vertex.
#[derive(Debug, Clone, Copy)]
pub struct Invariants {
    /// J₁·J₂.
    metric: Complex64,
    /// (q₁·J₂)(q₂·J₁).
    crossed: Complex64,
    /// q₁², q₂², q₁·q₂.
    squares: [f64; 3],
    /// det[q₂, J₂, q₁, J₁].
    determinant: Complex64,
}

impl Invariants {
    /// Computes the properties of two lines.
    pub fn new(lines: [&Line; 2], chiralities: [Chirality; 2]) -> Self {
        let [q1, q2] = [lines[0].momentum, lines[1].momentum];
        let [j1, j2] = [lines[0].current(chiralities[0]), lines[1].current(chiralities[1])];
        let [r1, r2] = [q1, q2].map(|q| q.components().map(Complex64::from));
        Self {
            metric: product(j1, j2),
            crossed: dot(q1, j2) * dot(q2, j1),
            squares: [q1.square(), q2.square(), q1.dot(q2)],
            determinant: determinant([&r2, j2, &r1, j1]),
        }
    }

    /// The vertex between the two currents, times both propagators, for each operator; θ-units.
    pub fn amplitudes(&self, exchange: Exchange) -> Amplitudes {
        let theory = &*ELECTROWEAK;
        let (s, c) = (theory.sine, theory.cosine);
        let [q1, q2, q12] = self.squares;
        let (g, x) = (self.metric, self.crossed);
        let f = x - g * q12;
        let k = x * 2.0 - g * (q1 + q2 + 2.0 * q12);
        // The term of the photon's own field strength.
        let y = |q: f64| x - g * (q + q12);
        let e = self.determinant;
        let zero = Complex64::ZERO;
        let with_photon = |y: Complex64| {
            let shift = y * (s / (2.0 * c));
            let (ww, bb) = (f * (-2.0 * s * c), f * (2.0 * s.powi(3) / c));
            [zero, shift, -shift, ww, bb, e * (-s / (2.0 * c))]
        };
        let vertex = match exchange {
            Exchange::Zz => {
                let (ww, bb) = (f * (-2.0 * c * c), f * (-2.0 * s.powi(4) / (c * c)));
                [g / (c * c), k * 0.5, k * (s * s / (2.0 * c * c)), ww, bb, -e]
            }
            Exchange::Ww => [g, k * 0.5, zero, f * -2.0, zero, -e],
            Exchange::ZPhoton => with_photon(y(q2)),
            Exchange::PhotonZ => with_photon(y(q1)),
            Exchange::Photons => {
                let both = f * (-2.0 * s * s);
                [zero, zero, zero, both, both, zero]
            }
        };
        let [first, second] = exchange.bosons();
        let common = propagator(q1, first) * propagator(q2, second) * (theory.weak * W.mass);
        let per_theta = common / (theory.vacuum * theory.vacuum);
        let mut amplitudes = vertex.map(|component| component * per_theta);
        amplitudes[0] = vertex[0] * common;
        amplitudes
    }
}

impl Exchange {
    /// The bosons of the two lines; a photon has no pole away from zero.
    fn bosons(self) -> [Option<Pole>; 2] {
        match self {
            Self::Zz => [Some(Z), Some(Z)],
            Self::ZPhoton => [Some(Z), None],
            Self::PhotonZ => [None, Some(Z)],
            Self::Photons => [None, None],
            Self::Ww => [Some(W), Some(W)],
        }
    }
}

/// 1/(q² − m² + i m Γ).
fn propagator(square: f64, boson: Option<Pole>) -> Complex64 {
    match boson {
        Some(Pole { mass, width }) => Complex64::new(square - mass * mass, mass * width).inv(),
        None => (1.0 / square).into(),
    }
}
