//! Arrays and matrices as lists of numbers in JSON.

use nalgebra::DMatrix;
use ndarray::{Array1, Array2};
use serde::{Serialize, Serializer};

pub(crate) fn list<S: Serializer>(values: &Array1<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values)
}

pub(crate) fn lists<S: Serializer>(arrays: &impl AsRef<[Array1<f64>]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(arrays.as_ref().iter().map(|array| array.to_vec()))
}

pub(crate) fn rows<S: Serializer>(array: &Array2<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(array.rows().into_iter().map(|row| row.to_vec()))
}

pub(crate) fn matrix<S: Serializer>(matrix: &DMatrix<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(matrix.row_iter().map(|row| row.iter().copied().collect::<Vec<_>>()))
}

pub(crate) fn optional_matrix<S: Serializer>(found: &Option<DMatrix<f64>>, serializer: S) -> Result<S::Ok, S::Error> {
    match found {
        Some(found) => matrix(found, serializer),
        None => None::<f64>.serialize(serializer),
    }
}
