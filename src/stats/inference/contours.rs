//! Contour lines of a function of two parameters.

use contour::ContourBuilder;
use ndarray::{Array1, ArrayView2};

use motherlode_core::error::{Error, Result};

/// Finds the lines on which a function equals `level`, from its `heights`, `[n0, n1]`, at evenly spaced `values` of two
/// parameters, by marching squares. A line that leaves the grid ends there.
///
/// # Errors
/// If the shapes of heights and values differ, or a parameter has fewer than two values.
pub fn contours(values: [&Array1<f64>; 2], heights: ArrayView2<f64>, level: f64) -> Result<Vec<Vec<(f64, f64)>>> {
    let (n0, n1) = heights.dim();
    if (values[0].len(), values[1].len()) != (n0, n1) || n0 < 2 || n1 < 2 {
        return Err(Error::data(format!(
            "contours need one height for each pair of values, and at least 2 x 2: there are {n0} x {n1} heights at {} x {} values",
            values[0].len(),
            values[1].len()
        )));
    }
    let step = values.map(|values| (values[values.len() - 1] - values[0]) / (values.len() - 1) as f64);
    // The library takes heights row by row, and places them in the middle of cells.
    let rows: Vec<f64> = heights.t().iter().copied().collect();
    let builder = ContourBuilder::new(n0, n1, true)
        .x_step(step[0])
        .y_step(step[1])
        .x_origin(values[0][0] - 0.5 * step[0])
        .y_origin(values[1][0] - 0.5 * step[1]);
    let lines = builder
        .lines(&rows, &[level])
        .map_err(|error| Error::numerical(error.to_string()))?;
    let within = |values: &Array1<f64>, at: f64| {
        let slack = 1e-9 * (values[values.len() - 1] - values[0]);
        (values[0] - slack..=values[values.len() - 1] + slack).contains(&at)
    };
    let mut pieces = Vec::new();
    for line in lines.iter().flat_map(|line| &line.geometry().0) {
        let points: Vec<(f64, f64)> = line.0.iter().map(|point| (point.x, point.y)).collect();
        // The library closes its lines around the grid, half a cell outside.
        let inside = points.split(|&(a, b)| !(within(values[0], a) && within(values[1], b)));
        pieces.extend(inside.filter(|piece| piece.len() > 1).map(<[_]>::to_vec));
    }
    Ok(pieces)
}
