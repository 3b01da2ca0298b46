//! Summary statistics of the image of a lens.
//!
//! An isothermal sphere moves light along rays from its centre, all by the same distance θ_E: on the ray at angle φ, a source at
//! s is seen brightest, and symmetrically, at the radius θ_E + s_x cos φ + s_y sin φ. So the ridge of the ring is an offset
//! circle: harmonics 0 and 1 in φ, and nothing else. Subhalos bend it, and what is left over in the harmonics from 2 on is
//! their work, or noise. No lens has to be fitted.

use nalgebra::{Matrix3, Vector3};

use super::camera::sky_counts;
use super::sky::{PIXEL, PIXELS};

/// Their names, in order, and their units.
pub(super) const SUMMARIES: [(&str, &str); 8] = [
    ("light", ""),
    ("radius", "arcsec"),
    ("offset", "arcsec"),
    ("width", "arcsec"),
    ("log_power_2", ""),
    ("log_power_3", ""),
    ("log_power_4_to_6", ""),
    ("log_power_7_to_12", ""),
];

/// The harmonics of which the power is added up: how the ring is out of round, coarsely and finely.
const BANDS: [std::ops::RangeInclusive<usize>; 4] = [2..=2, 3..=3, 4..=6, 7..=12];
/// Pixels belong to the ring if they are so many standard deviations above the sky.
const SIGNIFICANT: f64 = 3.0;
/// Constant added to a power before its logarithm is taken, in arcsec²: a round ring has no power.
const FLOOR: f64 = 1e-10;

/// A pixel of the ring, at polar coordinates.
struct Bright {
    radius: f64,
    direction: [f64; 2],
    weight: f64,
}

impl Bright {
    /// A pixel counts as often as it is bright, over its radius: rays are to count alike, wherever they are.
    fn new(pixel: usize, counts: f64) -> Option<Self> {
        let sky = sky_counts();
        let excess = counts - sky - SIGNIFICANT * sky.sqrt();
        let centre = |index: usize| (index as f64 + 0.5 - 0.5 * PIXELS as f64) * PIXEL;
        let (x, y) = (centre(pixel % PIXELS), centre(pixel / PIXELS));
        let radius = x.hypot(y);
        (excess > 0.0).then(|| Self {
            radius,
            direction: [x / radius, y / radius],
            weight: excess / radius,
        })
    }

    /// Regressors of the radius of an offset circle in this direction.
    fn basis(&self) -> Vector3<f64> {
        Vector3::new(1.0, self.direction[0], self.direction[1])
    }
}

/// The offset circle θ_E + s_x cos φ + s_y sin φ through the ring, by weighted least squares.
fn circle(ring: &[Bright]) -> Vector3<f64> {
    let (mut matrix, mut side) = (Matrix3::zeros(), Vector3::zeros());
    for bright in ring {
        let basis = bright.basis();
        matrix += basis * basis.transpose() * bright.weight;
        side += basis * (bright.weight * bright.radius);
    }
    matrix
        .cholesky()
        .map_or_else(Vector3::zeros, |factor| factor.solve(&side))
}

/// The summaries of an image, `[64 × 64]` counts row by row.
pub(super) fn summarise(image: &[f64]) -> Vec<f64> {
    let ring: Vec<Bright> = image
        .iter()
        .enumerate()
        .filter_map(|(pixel, &counts)| Bright::new(pixel, counts))
        .collect();
    let light = image.iter().sum::<f64>() - sky_counts() * image.len() as f64;
    let circle = circle(&ring);
    let total = ring
        .iter()
        .map(|bright| bright.weight)
        .sum::<f64>()
        .max(f64::MIN_POSITIVE);
    let mut square = 0.0;
    let mut harmonics = [[0.0; 2]; 13];
    for bright in &ring {
        let residual = bright.radius - circle.dot(&bright.basis());
        let share = bright.weight / total;
        square += share * residual * residual;
        let [cos, sin] = bright.direction;
        let mut wave = [share * residual, 0.0];
        for harmonic in &mut harmonics {
            harmonic[0] += wave[0];
            harmonic[1] += wave[1];
            wave = [wave[0] * cos - wave[1] * sin, wave[0] * sin + wave[1] * cos];
        }
    }
    let power = |band: std::ops::RangeInclusive<usize>| -> f64 {
        harmonics[band].iter().map(|[re, im]| re * re + im * im).sum()
    };
    let shape = [light, circle[0], circle[1].hypot(circle[2]), square.sqrt()];
    let powers = BANDS.map(|band| (power(band) + FLOOR).ln());
    shape.into_iter().chain(powers).collect()
}
