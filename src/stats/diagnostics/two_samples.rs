//! Classifier two-sample test (C2ST).

use ndarray::{Array2, ArrayView2, Axis, concatenate};

use super::classifier_test::ClassifierTest;
use motherlode_core::error::{Error, Result};
use motherlode_core::mean::Mean;

/// Smallest number of rows in each sample.
const FEWEST_ROWS: usize = 50;

/// The share of rows of two samples, `[n, d]` each, that a classifier assigns to the right one, on rows it was not fitted to: 1/2 if
/// both are of one distribution.
///
/// The classifier is a logistic regression on values, squares and products with boosted trees on top, and each row is judged by one that has
/// not seen it: the regression finds as much as there is between normals, and the trees what differs otherwise. Rows at the same place in
/// both samples are judged by the same fit. Rows must be independent: a row that occurs twice is learned in one fold and recognised in
/// another.
///
/// # Errors
/// If the samples are not of one shape, have fewer than 50 rows, or hold what is not a finite number.
///
/// # Source
/// Lopez-Paz and Oquab 2017, arXiv:1610.06545.
pub fn two_samples(first: ArrayView2<f64>, second: ArrayView2<f64>) -> Result<Mean> {
    if first.dim() != second.dim() || first.nrows() < FEWEST_ROWS {
        return Err(Error::data(format!(
            "samples of shapes {:?} and {:?} cannot be compared: both need one shape, and {FEWEST_ROWS} rows at least",
            first.dim(),
            second.dim()
        )));
    }
    if !first.iter().chain(second).all(|value| value.is_finite()) {
        return Err(Error::data(
            "samples with numbers that are not finite cannot be compared: drop or replace those rows",
        ));
    }
    let rows = concatenate(Axis(0), &[first, second]).map_err(|error| Error::data(error.to_string()))?;
    let is_first = (0..rows.nrows()).map(|row| row < first.nrows()).collect();
    Ok(ClassifierTest::new(&in_units_of(&rows, first), is_first).accuracy())
}

/// Columns with the mean zero and the standard deviation one in `reference`, as far as they vary there.
pub(super) fn in_units_of(rows: &Array2<f64>, reference: ArrayView2<f64>) -> Array2<f64> {
    let mean = reference.mean_axis(Axis(0)).expect("a sample has rows");
    let deviation = reference
        .std_axis(Axis(0), 0.0)
        .mapv(|sd| if sd > 0.0 { sd } else { 1.0 });
    (rows - &mean) / deviation
}
