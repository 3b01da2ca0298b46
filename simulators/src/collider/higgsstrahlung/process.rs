//! The hard process e⁻ e⁺ → μ⁻ μ⁺ H: amplitude, phase space, exact cross section.

use motherlode_core::{Error, Result};

use crate::collider::neutral::leptonic;
use crate::collider::{CONVERSION, HIGGS, Line, Momentum, Operator, Quadratic, Z};
use crate::quadrature::over_interval;

/// The window of the dilepton mass, GeV.
pub const WINDOW: (f64, f64) = (75.0, 107.0);
/// The highest energy, GeV.
const HIGHEST: f64 = 10_000.0;
/// Gauss points in the mapped dilepton mass: 1e-11 of the cross section.
const MASS_POINTS: usize = 48;
/// Gauss points in each polar angle: the squared amplitude is quadratic in its cosine, so this is exact.
const POLAR_POINTS: usize = 3;
/// Equidistant azimuths: the squared amplitude is a trigonometric polynomial of second order, so this is exact.
const AZIMUTHS: usize = 6;

/// The process at one energy, for the standard model and some operators.
#[derive(Debug, Clone)]
pub struct Process {
    energy: f64,
    operators: Vec<Operator>,
    beams: Line,
}

/// The latent variables of the hard process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Angles {
    /// m², the square of the dilepton mass, GeV².
    pub square: f64,
    /// Polar angle of the dilepton to the e⁻ beam, as its cosine.
    pub cosine: f64,
    /// Its azimuth.
    pub phi: f64,
    /// Polar angle of the μ⁻ where the dilepton is at rest, to the dilepton's direction of flight, as its cosine.
    pub decay_cosine: f64,
    /// Its azimuth, from the plane of beam and dilepton.
    pub decay_phi: f64,
}

/// Outgoing momenta.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outgoing {
    /// μ⁻.
    pub lepton: Momentum,
    /// μ⁺.
    pub antilepton: Momentum,
    /// H.
    pub higgs: Momentum,
}

impl Process {
    /// At √s = `energy` GeV, with `operators` beside the standard model.
    ///
    /// # Errors
    /// If the energy is too low for a Higgs boson and all dilepton masses of the window, or higher than 10 TeV; if an
    /// operator is named twice, or one of them is the standard model.
    pub fn new(energy: f64, operators: &[Operator]) -> Result<Self> {
        let least = HIGGS.mass + WINDOW.1;
        if !(energy > least && energy <= HIGHEST) {
            return Err(Error::usage(format!(
                "an energy of {energy} GeV: μ⁻ μ⁺ H needs more than {least} GeV, and at most {HIGHEST} GeV are foreseen"
            )));
        }
        Operator::check(operators)?;
        let [electron, positron] = [1.0, -1.0].map(|z| Momentum::new(0.5 * energy, 0.0, 0.0, 0.5 * z * energy));
        Ok(Self {
            energy,
            operators: operators.to_vec(),
            beams: Line::new(positron, electron, electron + positron),
        })
    }

    /// √s, GeV.
    pub fn energy(&self) -> f64 {
        self.energy
    }

    /// The operators beside the standard model, in the order of θ.
    pub fn operators(&self) -> &[Operator] {
        &self.operators
    }

    /// The squared amplitude, averaged over the spins of the beams, GeV⁻².
    pub fn squared_amplitude(&self, out: &Outgoing) -> Quadratic {
        let pair = Line::new(out.lepton, out.antilepton, -(out.lepton + out.antilepton));
        leptonic([&self.beams, &pair], &self.operators, 0.25)
    }

    /// Momenta of a point of phase space.
    pub fn momenta(&self, at: &Angles) -> Outgoing {
        let mass = at.square.sqrt();
        let length = 0.5 * self.energy * self.velocity(at.square);
        let dilepton = Momentum::along(mass, length, at.cosine, at.phi);
        let direction = Momentum::along(0.0, 0.5 * mass, at.decay_cosine, at.decay_phi).turned(at.cosine, at.phi);
        let lepton = direction.boosted(dilepton);
        Outgoing {
            lepton,
            antilepton: dilepton - lepton,
            higgs: Momentum::new(self.energy - dilepton.e, -dilepton.x, -dilepton.y, -dilepton.z),
        }
    }

    /// β of the two-body phase space of dilepton and Higgs boson: twice their momentum over √s.
    fn velocity(&self, square: f64) -> f64 {
        let (s, mass) = (self.energy * self.energy, square.sqrt());
        let [sum, difference] = [mass + HIGGS.mass, mass - HIGGS.mass];
        ((s - sum * sum) * (s - difference * difference)).max(0.0).sqrt() / s
    }

    /// Factor of a squared amplitude for dσ, fb, over uniform coordinates and angles normalised to one.
    fn flux(&self, square: f64) -> f64 {
        let (low, high) = mapped_window();
        let off = square - Z.mass * Z.mass;
        let width = Z.mass * Z.width;
        let jacobian = (high - low) * (off * off + width * width) / width;
        let two_bodies = 1.0 / (8.0 * std::f64::consts::PI);
        CONVERSION / (2.0 * self.energy * self.energy) * jacobian / std::f64::consts::TAU
            * (self.velocity(square) * two_bodies)
            * two_bodies
    }

    /// dσ, fb, over uniform shares of the dilepton mass and angles normalised to one.
    pub fn rate(&self, at: &Angles) -> Quadratic {
        self.squared_amplitude(&self.momenta(at)).scaled(self.flux(at.square))
    }

    /// The cross section, fb, as a quadratic form in the coefficients; exact, by quadrature.
    pub fn cross_section(&self) -> Quadratic {
        let mut total = Quadratic::new(&self.operators);
        let polar = over_interval(POLAR_POINTS);
        for (share, mass_weight) in over_interval(MASS_POINTS) {
            let square = Angles::square_of_share(0.5 * (1.0 + share));
            for (&(cosine, a), &(decay_cosine, b)) in polar.iter().flat_map(|a| polar.iter().map(move |b| (a, b))) {
                for azimuth in 0..AZIMUTHS {
                    let at = Angles {
                        square,
                        cosine,
                        phi: 0.0,
                        decay_cosine,
                        decay_phi: std::f64::consts::TAU * azimuth as f64 / AZIMUTHS as f64,
                    };
                    total.add_scaled(&self.rate(&at), mass_weight * a * b / AZIMUTHS as f64);
                }
            }
        }
        total
    }
}

impl Angles {
    /// m² of a share of its range: uniform shares follow the resonance.
    pub fn square_of_share(share: f64) -> f64 {
        let (low, high) = mapped_window();
        Z.mass * (Z.mass + Z.width * (low + (high - low) * share).tan())
    }

    /// Derivative of the coordinate with respect to the dilepton mass, 1/GeV.
    pub fn share_slope(square: f64) -> f64 {
        let (low, high) = mapped_window();
        let (off, width) = (square - Z.mass * Z.mass, Z.mass * Z.width);
        2.0 * square.sqrt() * width / (off * off + width * width) / (high - low)
    }

    /// The point of four uniform shares: mass, cosine, cosine and azimuth of the decay.
    pub fn from_shares([mass, cosine, decay_cosine, decay_phi]: [f64; 4]) -> Self {
        Self {
            square: Self::square_of_share(mass),
            cosine: 2.0 * cosine - 1.0,
            phi: 0.0,
            decay_cosine: 2.0 * decay_cosine - 1.0,
            decay_phi: std::f64::consts::TAU * (decay_phi - 0.5),
        }
    }

    /// Computes the angles of a μ⁻ and a μ⁺.
    pub fn from_momenta(lepton: Momentum, antilepton: Momentum) -> Self {
        let dilepton = lepton + antilepton;
        let (cosine, phi) = (dilepton.cosine(), dilepton.phi());
        let decay = lepton.in_rest_frame_of(dilepton).turned_back(cosine, phi);
        Self {
            square: dilepton.square(),
            cosine,
            phi,
            decay_cosine: decay.cosine(),
            decay_phi: decay.phi(),
        }
    }
}

/// The window in the variable t of m² = m_Z² + m_Z Γ_Z tan t.
fn mapped_window() -> (f64, f64) {
    let map = |mass: f64| ((mass * mass - Z.mass * Z.mass) / (Z.mass * Z.width)).atan();
    (map(WINDOW.0), map(WINDOW.1))
}
