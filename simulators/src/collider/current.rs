//! Currents of massless fermion lines: u†(a) σ^μ u(b) for either chirality.

use num_complex::Complex64;

use super::{Chirality, Momentum};

/// A complex four-vector, energy component first.
pub type Current = [Complex64; 4];

/// A fermion line that emits a vector boson.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// The momentum of the boson, flowing into the vertex.
    pub momentum: Momentum,
    right: Current,
    left: Current,
}

impl Line {
    /// The line from `b`, an incoming fermion or an outgoing antifermion, to `a`, an outgoing fermion or an incoming
    /// antifermion; all momenta have positive energies. `momentum` is what it gives to the vertex.
    pub fn new(a: Momentum, b: Momentum, momentum: Momentum) -> Self {
        let (a, b) = (Spinors::of(a), Spinors::of(b));
        Self {
            momentum,
            right: current(a.right, b.right, 1.0),
            left: current(a.left, b.left, -1.0),
        }
    }

    /// Scattering `from` → `to`.
    pub fn scattered(from: Momentum, to: Momentum) -> Self {
        Self::new(to, from, from - to)
    }

    /// Its current.
    pub fn current(&self, chirality: Chirality) -> &Current {
        match chirality {
            Chirality::Right => &self.right,
            Chirality::Left => &self.left,
        }
    }
}

/// l† (1, ±σ) r.
fn current(l: [Complex64; 2], r: [Complex64; 2], sign: f64) -> Current {
    let [l0, l1] = l.map(|component| component.conj());
    let i = Complex64::I;
    [
        l0 * r[0] + l1 * r[1],
        (l0 * r[1] + l1 * r[0]) * sign,
        (l1 * r[0] - l0 * r[1]) * i * sign,
        (l0 * r[0] - l1 * r[1]) * sign,
    ]
}

/// The two helicity spinors of a massless particle, of squared length 2E.
struct Spinors {
    right: [Complex64; 2],
    left: [Complex64; 2],
}

impl Spinors {
    fn of(p: Momentum) -> Self {
        let transverse = p.x * p.x + p.y * p.y;
        // E + z, without the difference of two large numbers.
        let plus = if p.z >= 0.0 {
            p.e + p.z
        } else {
            transverse / (p.e - p.z)
        };
        if plus <= 0.0 {
            let length = Complex64::from((2.0 * p.e).sqrt());
            return Self {
                right: [Complex64::ZERO, length],
                left: [-length, Complex64::ZERO],
            };
        }
        let root = plus.sqrt();
        let across = Complex64::new(p.x, p.y) / root;
        Self {
            right: [root.into(), across],
            left: [-across.conj(), root.into()],
        }
    }
}

/// a·b with one real vector.
pub(super) fn dot(a: Momentum, b: &Current) -> Complex64 {
    b[0] * a.e - b[1] * a.x - b[2] * a.y - b[3] * a.z
}

/// a·b of two complex vectors, without conjugation.
pub(super) fn product(a: &Current, b: &Current) -> Complex64 {
    a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3]
}

/// The determinant of four rows of contravariant components.
pub(super) fn determinant(rows: [&Current; 4]) -> Complex64 {
    // By the minors of the first two rows and the complementary ones of the last two (Laplace).
    let minor = |a: &Current, b: &Current, i: usize, j: usize| a[i] * b[j] - a[j] * b[i];
    let pairs = [
        ((0, 1), (2, 3), 1.0),
        ((0, 2), (1, 3), -1.0),
        ((0, 3), (1, 2), 1.0),
        ((1, 2), (0, 3), 1.0),
        ((1, 3), (0, 2), -1.0),
        ((2, 3), (0, 1), 1.0),
    ];
    pairs
        .iter()
        .map(|&((i, j), (k, l), sign)| minor(rows[0], rows[1], i, j) * minor(rows[2], rows[3], k, l) * sign)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currents_are_conserved_and_chiralities_mirror_each_other() {
        let (a, b) = (
            Momentum::along(0.0, 30.0, 0.2, 0.5),
            Momentum::along(0.0, 70.0, -0.8, 2.0),
        );
        let line = Line::scattered(b, a);
        for chirality in Chirality::BOTH {
            assert!(dot(line.momentum, line.current(chirality)).norm() < 1e-12);
        }
        // J_L(a, b) is J_R(b, a) up to a phase.
        let mirrored = Line::scattered(a, b);
        let other = [b, Momentum::along(0.0, 5.0, 0.1, 3.0)];
        for vector in other {
            let [left, right] = [
                dot(vector, line.current(Chirality::Left)),
                dot(vector, mirrored.current(Chirality::Right)),
            ];
            assert!((left.norm() - right.norm()).abs() < 1e-12);
        }
    }

    #[test]
    fn beams_have_currents_in_both_directions() {
        for z in [1.0, -1.0] {
            let beam = Momentum::new(120.0, 0.0, 0.0, 120.0 * z);
            let line = Line::scattered(beam, Momentum::along(0.0, 50.0, 0.3, 0.7));
            assert!(
                line.current(Chirality::Right)
                    .iter()
                    .all(|component| component.is_finite())
            );
            assert!(dot(line.momentum, line.current(Chirality::Left)).norm() < 1e-12);
        }
    }
}
