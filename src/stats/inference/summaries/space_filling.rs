//! Hypotheses that fill a box.

use super::super::ParameterBox;
use motherlode_core::error::Result;
use motherlode_core::prior::Prior;
use motherlode_core::trace::stream;

/// The stream of hypotheses that do not lie on a grid.
const PLACES: u64 = 1 << 47;

/// Up to about `most` hypotheses that fill the box: a grid with its edges and the middle, of many parameters a Latin hypercube.
pub(super) fn space_filling(space: &ParameterBox, most: usize) -> Result<Vec<Vec<f64>>> {
    let p = space.dimensions();
    let along = (most as f64).powf((p as f64).recip()).floor() as usize;
    let middle = space.middle();
    let mut points: Vec<Vec<f64>> = match along {
        0 | 1 => {
            let shares = Prior::spread(p, most, &mut stream(most as u64, PLACES, 0));
            shares.iter().map(|shares| space.at(shares)).collect()
        }
        along => {
            let grid = space.grid(&vec![along; p])?;
            grid.rows().into_iter().map(|row| row.to_vec()).collect()
        }
    };
    if !points.contains(&middle) {
        points.push(middle);
    }
    Ok(points)
}
