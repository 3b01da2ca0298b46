//! The fine grid on which light is followed: the frame of the camera and a margin, from which light spills into it.

/// Pixels of an image in each direction.
pub const PIXELS: usize = 64;
/// The side of a pixel, in arcsec.
pub const PIXEL: f64 = 0.1;
/// Cells of the fine grid in a pixel, in each direction.
pub(super) const FINE: usize = 2;
/// Cells beyond the frame on each side, as wide as the point spread function reaches.
pub(super) const MARGIN: usize = 8;
/// Cells of the fine grid in each direction.
pub const CELLS: usize = FINE * PIXELS + 2 * MARGIN;
/// The side of a cell, in arcsec.
pub const CELL: f64 = PIXEL / FINE as f64;

/// Centre of a cell, in arcsec from the middle of the frame.
#[inline]
pub fn cell_centre(index: usize) -> f64 {
    (index as f64 + 0.5 - 0.5 * CELLS as f64) * CELL
}

/// Two numbers for each cell, row by row: the components of a deflection, in arcsec.
pub type Field = Vec<[f64; 2]>;
