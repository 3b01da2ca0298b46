//! How a crowd of subhalos deflects light.
//!
//! A halo deflects towards its centre by α(r) = (M/m(c)) (ln(x/2) + F(x)) / (π Σ_crit D_l² r), x = r/θ_s, the mass seen within
//! r over r. A few hundred of them on 20 000 cells are the time that an image takes, so each is taken apart. Beyond a
//! distance R it is smooth, and smooth inside, too, where a parabola of r² is put in its place: this part is computed on a
//! lattice of coarse spacing H, summed over all subhalos and interpolated once, with cubics. What the parabola lacks is
//! added cell by cell within R. The interpolation errs by about α(R) (H/R)⁴, so R follows from the strength of a subhalo.

use super::cosmology::{ARCSECOND, Cosmology, SightLine};
use super::nfw::{Halo, Shape};
use super::sky::{CELL, CELLS, Field, cell_centre};

/// The largest error of the deflection by one subhalo, in arcsec: a thousandth of a pixel.
const TOLERANCE: f64 = 1e-4;
/// Cells between two points of the coarse lattice, in each direction.
const COARSE: usize = 8;
/// The spacing of the coarse lattice, in arcsec.
const SPACING: f64 = CELL * COARSE as f64;
/// Points of the coarse lattice in each direction: the corners of its meshes, and one more on each side.
const POINTS: usize = CELLS / COARSE + 3;

/// A subhalo before the sky.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Subhalo {
    /// Position, in arcsec.
    pub at: [f64; 2],
    /// The squared Einstein radius of its characteristic mass as a point, in arcsec².
    pub strength: f64,
    /// Its scale radius, in arcsec.
    pub scale_radius: f64,
}

impl Subhalo {
    /// A subhalo of mass M₂₀₀ = `mass` M☉ at `at`, in arcsec.
    pub fn new(mass: f64, at: [f64; 2], sight_line: &SightLine, cosmology: &Cosmology) -> Self {
        let halo = Halo::new(mass, cosmology);
        Self {
            at,
            strength: sight_line.squared_einstein_radius(halo.characteristic_mass()),
            scale_radius: halo.scale_radius / sight_line.lens / ARCSECOND,
        }
    }

    /// Radius within which the coarse lattice is not accurate, in arcsec.
    fn reach(&self) -> f64 {
        let reach = (SPACING.powi(4) * self.strength / TOLERANCE).powf(0.2);
        reach.max(SPACING)
    }
}

/// Computes deflections from tables.
#[derive(Debug, Clone)]
pub struct Deflector {
    shape: Shape,
    /// Weights of four points of the coarse lattice for each cell of a mesh.
    cubics: [[f64; 4]; COARSE],
}

impl Default for Deflector {
    fn default() -> Self {
        let cubics = std::array::from_fn(|cell| {
            let t = (cell as f64 + 0.5) / COARSE as f64;
            // The polynomials of Lagrange through the points −1, 0, 1, 2.
            [
                -t * (t - 1.0) * (t - 2.0) / 6.0,
                (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0,
                -(t + 1.0) * t * (t - 2.0) / 2.0,
                (t + 1.0) * t * (t - 1.0) / 6.0,
            ]
        });
        Self {
            shape: Shape::default(),
            cubics,
        }
    }
}

impl Deflector {
    /// The deflection by `subhalos` in every cell, in arcsec: to be taken off where light is seen to find where it came from.
    pub fn field(&self, subhalos: &[Subhalo]) -> Field {
        let mut coarse = vec![[0.0; 2]; POINTS * POINTS];
        let mut fine = vec![[0.0; 2]; CELLS * CELLS];
        for subhalo in subhalos {
            let split = Split::new(subhalo, &self.shape);
            split.add_smooth(&mut coarse);
            split.add_rest(&mut fine);
        }
        self.interpolate(&coarse, &mut fine);
        fine
    }

    /// Deflections without the coarse lattice, subhalo by subhalo and cell by cell: slow.
    pub fn field_by_cells(&self, subhalos: &[Subhalo]) -> Field {
        let mut fine = vec![[0.0; 2]; CELLS * CELLS];
        for subhalo in subhalos {
            let everywhere = Split {
                reach: f64::INFINITY,
                parabola: [0.0; 3],
                ..Split::new(subhalo, &self.shape)
            };
            everywhere.add_rest(&mut fine);
        }
        fine
    }

    /// Adds what the cubics make of the coarse lattice: first along the rows of the lattice, then across.
    fn interpolate(&self, coarse: &[[f64; 2]], fine: &mut Field) {
        let mut rows = vec![[0.0; 2]; POINTS * CELLS];
        for (line, row) in coarse.chunks_exact(POINTS).zip(rows.chunks_exact_mut(CELLS)) {
            for (column, cell) in row.iter_mut().enumerate() {
                let points = &line[column / COARSE..][..4];
                for (weight, point) in self.cubics[column % COARSE].iter().zip(points) {
                    cell[0] += weight * point[0];
                    cell[1] += weight * point[1];
                }
            }
        }
        for (row, cells) in fine.chunks_exact_mut(CELLS).enumerate() {
            for (k, weight) in self.cubics[row % COARSE].iter().enumerate() {
                let line = &rows[(row / COARSE + k) * CELLS..][..CELLS];
                for (cell, point) in cells.iter_mut().zip(line) {
                    cell[0] += weight * point[0];
                    cell[1] += weight * point[1];
                }
            }
        }
    }
}

/// A subhalo taken apart.
struct Split<'a> {
    at: [f64; 2],
    reach: f64,
    /// α/r = `factor` · shape(r² `per_square`).
    factor: f64,
    per_square: f64,
    shape: &'a Shape,
    /// In place of the shape within reach.
    parabola: [f64; 3],
}

impl<'a> Split<'a> {
    fn new(subhalo: &Subhalo, shape: &'a Shape) -> Self {
        let (reach, per_square) = (subhalo.reach(), subhalo.scale_radius.powi(-2));
        Self {
            at: subhalo.at,
            reach,
            factor: subhalo.strength * per_square,
            per_square,
            shape,
            parabola: shape.parabola(reach * reach * per_square),
        }
    }

    #[inline]
    fn smooth_inside(&self, u: f64) -> f64 {
        let [a, b, c] = self.parabola;
        a + u * (b + u * c)
    }

    /// The smooth part, on the coarse lattice.
    fn add_smooth(&self, coarse: &mut [[f64; 2]]) {
        let square = self.reach * self.reach;
        let point = |index: usize| (index as f64 - 0.5 * (POINTS - 1) as f64) * SPACING;
        for (row, line) in coarse.chunks_exact_mut(POINTS).enumerate() {
            let dy = point(row) - self.at[1];
            for (column, deflection) in line.iter_mut().enumerate() {
                let dx = point(column) - self.at[0];
                let distance = dx * dx + dy * dy;
                let u = distance * self.per_square;
                let shape = if distance < square {
                    self.smooth_inside(u)
                } else {
                    self.shape.at(u)
                };
                deflection[0] += self.factor * shape * dx;
                deflection[1] += self.factor * shape * dy;
            }
        }
    }

    /// Correction of the smooth part, in the cells within reach.
    fn add_rest(&self, fine: &mut Field) {
        for row in cells_within(self.at[1], self.reach) {
            let dy = cell_centre(row) - self.at[1];
            let width = (self.reach * self.reach - dy * dy).max(0.0).sqrt();
            for column in cells_within(self.at[0], width) {
                let dx = cell_centre(column) - self.at[0];
                let u = (dx * dx + dy * dy) * self.per_square;
                let rest = self.factor * (self.shape.at(u) - self.smooth_inside(u));
                let deflection = &mut fine[row * CELLS + column];
                deflection[0] += rest * dx;
                deflection[1] += rest * dy;
            }
        }
    }
}

/// The cells whose centres are no further than `reach` from `at`.
fn cells_within(at: f64, reach: f64) -> std::ops::Range<usize> {
    let index = |position: f64| (position / CELL + 0.5 * CELLS as f64 - 0.5).clamp(-1.0, CELLS as f64);
    let (first, last) = (index(at - reach).ceil().max(0.0), index(at + reach).floor() + 1.0);
    first as usize..(last as usize).min(CELLS)
}
