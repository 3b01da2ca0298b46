//! Halos of dark matter with the profile of Navarro, Frenk and White.
//!
//! ρ ∝ 1/(r (r + r_s)²). The mass within 200 times the critical density of today is M₂₀₀, r₂₀₀ its radius, c = r₂₀₀/r_s the
//! concentration, and m(c) = ln(1 + c) − c/(1 + c) is M₂₀₀ in units of 4 π ρ_s r_s³. The profile is not cut off.
//!
//! # Source
//! Navarro, Frenk and White 1997, arXiv:astro-ph/9611107; projected: Bartelmann 1996, arXiv:astro-ph/9602053; concentrations:
//! Sánchez-Conde and Prada 2014, arXiv:1312.1729, equation 1.

use super::cosmology::Cosmology;

/// Density of a halo relative to the universe.
const OVERDENSITY: f64 = 200.0;

/// The concentration of a halo is a polynomial of ln(M₂₀₀ h/M☉).
const CONCENTRATION: [f64; 6] = [37.5153, -1.5093, 1.636e-2, 3.66e-4, -2.89237e-5, 5.32e-7];

/// The size of a halo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Halo {
    /// M₂₀₀, in M☉.
    pub mass: f64,
    /// c, the outer radius in units of the scale radius.
    pub concentration: f64,
    /// r_s, in Mpc.
    pub scale_radius: f64,
}

impl Halo {
    /// A halo of mass M₂₀₀ = `mass` M☉ and the mean concentration of its mass.
    pub fn new(mass: f64, cosmology: &Cosmology) -> Self {
        let log_mass = (mass * cosmology.little_h()).ln();
        let concentration = CONCENTRATION.iter().rev().fold(0.0, |sum, c| sum * log_mass + c);
        let volume = mass / (OVERDENSITY * cosmology.critical_density());
        let radius = (volume * 0.75 / std::f64::consts::PI).cbrt();
        Self {
            mass,
            concentration,
            scale_radius: radius / concentration,
        }
    }

    /// 4 π ρ_s r_s³ = M₂₀₀/m(c), in M☉: the mass that [`projected_mass`] is counted in.
    pub fn characteristic_mass(&self) -> f64 {
        let c = self.concentration;
        self.mass / (c.ln_1p() - c / (1.0 + c))
    }
}

/// The mass within a cylinder of `x` > 0 scale radii, in units of 4 π ρ_s r_s³: ln(x/2) + F(x).
///
/// F(x) = artanh(√(1 − x²))/√(1 − x²), with the arcus tangent of √(x² − 1) beyond x = 1.
pub fn projected_mass(x: f64) -> f64 {
    let square = (1.0 - x) * (1.0 + x);
    let root = square.abs().sqrt();
    if x < 1e-3 {
        // The two terms cancel to this series in x², whose next term is 10⁻¹² times the first.
        let log = (2.0 / x).ln();
        return x * x * ((0.5 * log - 0.25) + x * x * (0.375 * log - 0.21875));
    }
    let f = match square {
        square if square > 0.0 => (root / x).asinh() / root, // artanh would lose precision where x is small
        square if square < 0.0 => root.atan() / root,
        _ => 1.0,
    };
    (0.5 * x).ln() + f
}

/// Steps of the table in an octave: straight lines between them are right to 10⁻⁴ of the deflection.
const STEPS_LOG2: u32 = 6;
/// The table begins and ends at 2^∓24 squared scale radii: inside there is no deflection to speak of, and no image is larger.
const OCTAVES: i32 = 24;

/// (ln(x/2) + F(x))/x² over u = x²: a halo deflects by this times the distance from its centre, up to a factor.
///
/// A table of straight lines. The upper bits of a floating-point number are its logarithm, so they select the line.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    /// Value at 0 and slope of each line.
    lines: Vec<[f64; 2]>,
}

impl Default for Shape {
    fn default() -> Self {
        let ends: Vec<f64> = (0..=(2 * OCTAVES) << STEPS_LOG2)
            .map(|step| f64::from_bits(Self::FIRST + ((step as u64) << Self::SHIFT)))
            .collect();
        let exact = |u: f64| projected_mass(u.sqrt()) / u;
        let line = |ends: &[f64]| {
            let slope = (exact(ends[1]) - exact(ends[0])) / (ends[1] - ends[0]);
            [exact(ends[0]) - slope * ends[0], slope]
        };
        Self {
            lines: ends.windows(2).map(line).collect(),
        }
    }
}

impl Shape {
    const SHIFT: u32 = 52 - STEPS_LOG2;
    const FIRST: u64 = ((1023 - OCTAVES) as u64) << 52;

    /// The value at u = x².
    #[inline]
    pub(super) fn at(&self, u: f64) -> f64 {
        let step = (u.to_bits().saturating_sub(Self::FIRST) >> Self::SHIFT) as usize;
        let [value, slope] = self.lines[step.min(self.lines.len() - 1)];
        value + slope * u
    }

    /// The parabola in u that has the value and the first two derivatives of this at u = `end`.
    pub(super) fn parabola(&self, end: f64) -> [f64; 3] {
        let step = 0.01 * end;
        let (value, slope) = (self.at(end), exact_slope(end));
        let bend = (exact_slope(end + step) - exact_slope(end - step)) / (4.0 * step);
        [value - slope * end + bend * end * end, slope - 2.0 * bend * end, bend]
    }
}

/// d/du of (ln(x/2) + F(x))/u, by the surface density (1 − F)/(u − 1): the mass grows by half of it.
fn exact_slope(u: f64) -> f64 {
    let mass = projected_mass(u.sqrt());
    let f = mass - (0.5 * u.sqrt()).ln();
    let density = if u == 1.0 { 1.0 / 3.0 } else { (1.0 - f) / (u - 1.0) };
    (0.5 * density - mass / u) / u
}
