//! From the light of the source to expected counts in pixels.
//!
//! A cell of the sky is as bright as the place in the source from which its light came. The optics spread the light, as a
//! Gaussian, and the pixels collect it; only then is it counted. (In the published code the counts are drawn first, and
//! blurred then, so that the noise of neighbouring pixels is correlated.)

use motherlode_core::Special;

use super::host::Host;
use super::sky::{CELL, CELLS, FINE, Field, MARGIN, PIXEL, PIXELS, cell_centre};

/// The magnitude that gives one count a second.
const ZERO_POINT: f64 = 25.5;
/// Exposure time, in s.
const EXPOSURE: f64 = 1610.0;
/// The sky, in magnitudes for a square arcsecond.
const SKY: f64 = 22.8;
/// The full width of the point spread function at half its maximum, in arcsec.
const WIDTH: f64 = 0.18;

/// The source, in magnitudes, were it not lensed.
const SOURCE: f64 = 23.0;
/// The radius that holds half of the light of the source, in arcsec.
const HALF_LIGHT: f64 = 0.2;
/// For the exponential profile, which is that of Sérsic with index 1: (1 + b) exp(−b) = ½.
const SERSIC_B: f64 = 1.678_346_990_016_660_7;

/// Cells that a pixel collects light from, in each direction.
const TAPS: usize = FINE + 2 * MARGIN;

fn counts(magnitude: f64) -> f64 {
    EXPOSURE * 10f64.powf(0.4 * (ZERO_POINT - magnitude))
}

/// All counts that an unlensed source is expected to give.
pub fn source_counts() -> f64 {
    counts(SOURCE)
}

/// The counts that the sky is expected to give in a pixel.
pub fn sky_counts() -> f64 {
    counts(SKY) * PIXEL * PIXEL
}

/// The standard deviation of the point spread function, in arcsec: its full width at half maximum over √(8 ln 2).
pub fn spread() -> f64 {
    WIDTH / (8.0 * std::f64::consts::LN_2).sqrt()
}

/// A camera with a grid of pixels behind a telescope.
#[derive(Debug, Clone)]
pub struct Camera {
    /// The share of the light of a cell that a pixel gets, cell by cell from the first within its reach, in one direction.
    taps: [f64; TAPS],
}

impl Default for Camera {
    fn default() -> Self {
        let below = |x: f64| 0.5 * (x / (std::f64::consts::SQRT_2 * spread())).error_function();
        let pixel = (-0.5 * PIXEL, 0.5 * PIXEL);
        let taps = std::array::from_fn(|tap| {
            let cell = (tap as f64 + 0.5 - 0.5 * TAPS as f64) * CELL;
            below(pixel.1 - cell) - below(pixel.0 - cell)
        });
        Self { taps }
    }
}

impl Camera {
    /// The counts that the pixels are expected to get, `[64 × 64]` row by row, where the cells of the fine grid send `light`,
    /// `[cells × cells]`.
    pub fn expose(&self, light: &[f64]) -> Vec<f64> {
        let mut columns = vec![0.0; PIXELS * CELLS];
        for (pixel, sums) in columns.chunks_exact_mut(CELLS).enumerate() {
            for (weight, row) in self.taps.iter().zip(light[FINE * pixel * CELLS..].chunks_exact(CELLS)) {
                for (sum, light) in sums.iter_mut().zip(row) {
                    *sum += weight * light;
                }
            }
        }
        let sky = sky_counts();
        let collect = |cells: &[f64]| {
            sky + self
                .taps
                .iter()
                .zip(cells)
                .map(|(weight, light)| weight * light)
                .sum::<f64>()
        };
        let row = |sums: &[f64]| {
            (0..PIXELS)
                .map(|pixel| collect(&sums[FINE * pixel..][..TAPS]))
                .collect::<Vec<_>>()
        };
        columns.chunks_exact(CELLS).flat_map(row).collect()
    }
}

/// The counts that the light of every cell amounts to, for a source at `source`, in arcsec, behind the host and what else
/// deflects.
///
/// The light of a cell is taken where its centre comes from: with two cells to a pixel, an unlensed source has its counts to
/// 0.3 %, wherever it stands.
pub fn lensed_light(host: &Host, deflection: &Field, source: [f64; 2]) -> Vec<f64> {
    let steepness = SERSIC_B / HALF_LIGHT;
    let centre = source_counts() * steepness * steepness / std::f64::consts::TAU * CELL * CELL;
    let rows = deflection.chunks_exact(CELLS).enumerate();
    let mut light = Vec::with_capacity(CELLS * CELLS);
    for (row, deflections) in rows {
        let y = cell_centre(row);
        for (column, deflection) in deflections.iter().enumerate() {
            let x = cell_centre(column);
            // An isothermal sphere deflects by its Einstein radius, whatever the distance; no cell is centred on it.
            let host = host.einstein_radius / (x * x + y * y).sqrt();
            let (dx, dy) = (
                x * (1.0 - host) - deflection[0] - source[0],
                y * (1.0 - host) - deflection[1] - source[1],
            );
            light.push(centre * (-steepness * (dx * dx + dy * dy).sqrt()).exp());
        }
    }
    light
}
