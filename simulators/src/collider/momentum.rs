//! Four-momenta, metric (+, −, −, −), GeV.

use std::ops::{Add, Neg, Sub};

use motherlode_core::trace::{Choice, Choices};

/// A four-momentum.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Momentum {
    /// Energy.
    pub e: f64,
    /// x component.
    pub x: f64,
    /// y component.
    pub y: f64,
    /// z component, along the beam.
    pub z: f64,
}

impl Momentum {
    /// Creates a momentum of energy `e` and three-momentum (x, y, z).
    pub const fn new(e: f64, x: f64, y: f64, z: f64) -> Self {
        Self { e, x, y, z }
    }

    /// Momentum of a massless particle with transverse momentum, pseudorapidity and azimuth.
    pub fn massless(pt: f64, eta: f64, phi: f64) -> Self {
        Self::new(pt * eta.cosh(), pt * phi.cos(), pt * phi.sin(), pt * eta.sinh())
    }

    /// Momentum of a particle at rest.
    pub const fn at_rest(mass: f64) -> Self {
        Self::new(mass, 0.0, 0.0, 0.0)
    }

    /// Momentum of a particle of mass `mass`, with a three-momentum of length `length` in the direction (cos θ, φ).
    pub fn along(mass: f64, length: f64, cosine: f64, phi: f64) -> Self {
        let sine = ((1.0 - cosine) * (1.0 + cosine)).max(0.0).sqrt();
        Self::new(
            mass.hypot(length),
            length * sine * phi.cos(),
            length * sine * phi.sin(),
            length * cosine,
        )
    }

    /// All components times `factor`.
    pub fn scaled(self, factor: f64) -> Self {
        Self::new(factor * self.e, factor * self.x, factor * self.y, factor * self.z)
    }

    /// The scalar product.
    pub fn dot(self, other: Self) -> f64 {
        self.e * other.e - self.x * other.x - self.y * other.y - self.z * other.z
    }

    /// The square of the invariant mass.
    pub fn square(self) -> f64 {
        self.dot(self)
    }

    /// The invariant mass; 0 where rounding makes its square negative.
    pub fn mass(self) -> f64 {
        self.square().max(0.0).sqrt()
    }

    /// Transverse momentum.
    pub fn pt(self) -> f64 {
        self.x.hypot(self.y)
    }

    /// The length of the three-momentum.
    pub fn length(self) -> f64 {
        self.pt().hypot(self.z)
    }

    /// Azimuth, −π to π.
    pub fn phi(self) -> f64 {
        self.y.atan2(self.x)
    }

    /// Pseudorapidity.
    pub fn eta(self) -> f64 {
        (self.z / self.pt()).asinh()
    }

    /// Cosine of the polar angle.
    pub fn cosine(self) -> f64 {
        self.z / self.length()
    }

    /// The components, energy first.
    pub fn components(self) -> [f64; 4] {
        [self.e, self.x, self.y, self.z]
    }

    /// Turned as the z axis is turned into the direction (cos θ, φ), about the axis across both, then about z.
    pub fn turned(self, cosine: f64, phi: f64) -> Self {
        let sine = ((1.0 - cosine) * (1.0 + cosine)).max(0.0).sqrt();
        let (x, z) = (self.x * cosine + self.z * sine, self.z * cosine - self.x * sine);
        let (sin, cos) = phi.sin_cos();
        Self::new(self.e, x * cos - self.y * sin, x * sin + self.y * cos, z)
    }

    /// Undoes [`turned`](Self::turned).
    pub fn turned_back(self, cosine: f64, phi: f64) -> Self {
        let (sin, cos) = phi.sin_cos();
        let (x, y) = (self.x * cos + self.y * sin, self.y * cos - self.x * sin);
        let sine = ((1.0 - cosine) * (1.0 + cosine)).max(0.0).sqrt();
        Self::new(self.e, x * cosine - self.z * sine, y, self.z * cosine + x * sine)
    }

    /// The angle to another momentum, 0 to π.
    pub fn angle(self, other: Self) -> f64 {
        let product = self.x * other.x + self.y * other.y + self.z * other.z;
        (product / (self.length() * other.length())).clamp(-1.0, 1.0).acos()
    }

    /// Seen from a frame in which what is at rest here has the momentum `frame`: a pure boost.
    pub fn boosted(self, frame: Self) -> Self {
        let mass = frame.mass();
        let along = frame.x * self.x + frame.y * self.y + frame.z * self.z;
        let energy = (frame.e * self.e + along) / mass;
        let share = (self.e + energy) / (mass + frame.e);
        Self::new(
            energy,
            self.x + share * frame.x,
            self.y + share * frame.y,
            self.z + share * frame.z,
        )
    }

    /// Boosts the momentum to the rest frame of `frame`.
    pub fn in_rest_frame_of(self, frame: Self) -> Self {
        self.boosted(Self::new(frame.e, -frame.x, -frame.y, -frame.z))
    }
}

impl Choice for Momentum {
    fn write(&self, record: &mut Vec<f64>) {
        record.extend(self.components());
    }

    fn read(record: &mut Choices<'_>) -> Option<Self> {
        let ((e, x), (y, z)) = Choice::read(record)?;
        Some(Self::new(e, x, y, z))
    }
}

impl Add for Momentum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.e + other.e, self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl Neg for Momentum {
    type Output = Self;

    fn neg(self) -> Self {
        Self::new(-self.e, -self.x, -self.y, -self.z)
    }
}

impl Sub for Momentum {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl std::iter::Sum for Momentum {
    fn sum<I: Iterator<Item = Self>>(momenta: I) -> Self {
        momenta.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boosts_and_turns_undo_each_other() {
        let (a, b) = (
            Momentum::along(3.0, 5.0, 0.3, 1.0),
            Momentum::along(0.0, 7.0, -0.9, -2.0),
        );
        let frame = Momentum::along(10.0, 40.0, 0.7, 0.4);
        let seen = [a, b].map(|momentum| momentum.boosted(frame));
        assert!((seen[0].dot(seen[1]) - a.dot(b)).abs() < 1e-10);
        let back = seen[0].in_rest_frame_of(frame);
        assert!(
            (back - a)
                .components()
                .iter()
                .all(|difference| difference.abs() < 1e-12)
        );
        let turned = a.turned(0.3, -2.0).turned_back(0.3, -2.0);
        assert!(
            (turned - a)
                .components()
                .iter()
                .all(|difference| difference.abs() < 1e-12)
        );
        let rest = frame.in_rest_frame_of(frame);
        assert!(
            (rest - Momentum::at_rest(10.0))
                .components()
                .iter()
                .all(|d| d.abs() < 1e-12)
        );
    }
}
