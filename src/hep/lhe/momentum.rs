//! Energy and momentum, in GeV.

use std::f64::consts::{PI, TAU};
use std::ops::{Add, Neg, Sub};

/// Energy and momentum of a particle, or of several together, in GeV; z is along the beam.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Momentum {
    /// Momentum in GeV.
    pub px: f64,
    /// Momentum in GeV.
    pub py: f64,
    /// Momentum along the beam in GeV.
    pub pz: f64,
    /// Energy in GeV.
    pub e: f64,
}

impl Momentum {
    /// Builds a momentum from the transverse momentum in GeV, the azimuth, the pseudorapidity and the energy in GeV.
    pub fn from_pt_phi_eta_e(pt: f64, phi: f64, eta: f64, e: f64) -> Self {
        Self {
            px: pt * phi.cos(),
            py: pt * phi.sin(),
            pz: pt * eta.sinh(),
            e,
        }
    }

    /// The momentum squared, in GeV².
    pub fn p2(&self) -> f64 {
        self.px * self.px + self.py * self.py + self.pz * self.pz
    }

    /// The momentum across the beam, in GeV.
    pub fn pt(&self) -> f64 {
        self.px.hypot(self.py)
    }

    /// The azimuth, in (−π, π].
    pub fn phi(&self) -> f64 {
        self.py.atan2(self.px)
    }

    /// The angle to the beam, in [0, π].
    pub fn theta(&self) -> f64 {
        self.pt().atan2(self.pz)
    }

    /// The pseudorapidity; infinite along the beam.
    pub fn eta(&self) -> f64 {
        (self.pz / self.pt()).asinh()
    }

    /// The rapidity ½ ln((E + p_z)/(E − p_z)).
    pub fn rapidity(&self) -> f64 {
        (self.pz / self.e).atanh()
    }

    /// The invariant mass squared, in GeV².
    pub fn m2(&self) -> f64 {
        self.e * self.e - self.p2()
    }

    /// The invariant mass, in GeV; negative where rounding makes its square negative.
    pub fn m(&self) -> f64 {
        let m2 = self.m2();
        m2.abs().sqrt().copysign(m2)
    }

    /// The mass across the beam √(E² − p_z²), in GeV.
    pub fn mt(&self) -> f64 {
        let mt2 = self.e * self.e - self.pz * self.pz;
        mt2.abs().sqrt().copysign(mt2)
    }

    /// The product with the metric (+, −, −, −), in GeV².
    pub fn dot(&self, other: &Self) -> f64 {
        self.e * other.e - self.px * other.px - self.py * other.py - self.pz * other.pz
    }

    /// φ − φ', in [−π, π).
    pub fn delta_phi(&self, other: &Self) -> f64 {
        (self.phi() - other.phi() + PI).rem_euclid(TAU) - PI
    }

    /// η − η'.
    pub fn delta_eta(&self, other: &Self) -> f64 {
        self.eta() - other.eta()
    }

    /// √(Δη² + Δφ²).
    pub fn delta_r(&self, other: &Self) -> f64 {
        self.delta_eta(other).hypot(self.delta_phi(other))
    }

    /// The angle between the momenta, in [0, π].
    pub fn delta_angle(&self, other: &Self) -> f64 {
        let product = self.px * other.px + self.py * other.py + self.pz * other.pz;
        (product / (self.p2() * other.p2()).sqrt()).clamp(-1.0, 1.0).acos()
    }

    /// Boosts into the rest frame of `other`; `None` if it has none.
    pub fn at_rest_of(&self, other: &Self) -> Option<Self> {
        let mass = other.m();
        if !(mass > 0.0 && other.e > 0.0) {
            return None;
        }
        let e = self.dot(other) / mass;
        let along = (self.e + e) / (other.e + mass);
        Some(Self {
            px: self.px - along * other.px,
            py: self.py - along * other.py,
            pz: self.pz - along * other.pz,
            e,
        })
    }
}

impl Add for Momentum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            px: self.px + other.px,
            py: self.py + other.py,
            pz: self.pz + other.pz,
            e: self.e + other.e,
        }
    }
}

impl Neg for Momentum {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            px: -self.px,
            py: -self.py,
            pz: -self.pz,
            e: -self.e,
        }
    }
}

impl Sub for Momentum {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Momentum = Momentum {
        px: 3.0,
        py: -4.0,
        pz: 12.0,
        e: 14.0,
    };

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12 * (1.0 + b.abs()), "{a} is not {b}");
    }

    #[test]
    fn a_momentum_is_what_its_angles_say() {
        close(A.pt(), 5.0);
        close(A.m2(), 27.0);
        close(A.eta(), -(0.5 * A.theta()).tan().ln());
        close(A.rapidity(), 0.5 * (26.0f64 / 2.0).ln());
        let again = Momentum::from_pt_phi_eta_e(A.pt(), A.phi(), A.eta(), A.e);
        [(again.px, A.px), (again.py, A.py), (again.pz, A.pz)]
            .iter()
            .for_each(|(a, b)| close(*a, *b));
        assert!(Momentum { px: 0.0, py: 0.0, ..A }.eta().is_infinite());
    }

    #[test]
    fn angles_between_momenta_go_around() {
        let at = |phi: f64| Momentum::from_pt_phi_eta_e(1.0, phi, 0.0, 1.0);
        close(at(3.0).delta_phi(&at(-3.0)), 6.0 - TAU);
        close(at(-3.0).delta_phi(&at(3.0)), TAU - 6.0);
        close(at(0.5).delta_angle(&at(0.1)), 0.4);
        close(at(0.5).delta_r(&at(0.1)), 0.4);
    }

    #[test]
    fn what_rests_has_its_mass_for_energy() {
        let rest = A.at_rest_of(&A).unwrap();
        close(rest.e, A.m());
        close(rest.p2(), 0.0);
        let light = Momentum {
            px: 1.0,
            py: 0.0,
            pz: 0.0,
            e: 1.0,
        };
        close(light.at_rest_of(&A).unwrap().m2(), 0.0);
        assert_eq!(A.at_rest_of(&light), None);
    }
}
