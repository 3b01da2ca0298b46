//! The values that a discrete observation takes, as classes.

use ndarray::{Array2, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use motherlode_core::error::{Error, Result};

/// More distinct values than this are no classes.
const MOST_CLASSES: usize = 4_096;

/// The distinct observations of a discrete simulator, in ascending order; the class of an observation is its index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classes {
    /// The observation of each class, `[classes][m]`.
    values: Vec<Vec<f64>>,
}

/// The distinct observations among many, in ascending order, as they come; more than could be classes are not kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Distinct {
    values: Vec<Vec<f64>>,
}

impl Distinct {
    /// Takes in observations, `[n, m]`.
    pub fn take(&mut self, x: ArrayView2<f64>) {
        for row in x.rows() {
            if self.values.len() > MOST_CLASSES {
                return;
            }
            // −0 and 0 are one observation.
            let row: Vec<f64> = row.iter().map(|value| value + 0.0).collect();
            if let Err(place) = self.values.binary_search_by(|known| order(known, &row)) {
                self.values.insert(place, row);
            }
        }
    }

    /// The observations, `[n, m]`: all there are, or too many to be classes.
    pub fn observations(&self, m: usize) -> Array2<f64> {
        Array2::from_shape_fn((self.values.len(), m), |(i, j)| self.values[i][j])
    }
}

impl Classes {
    /// The classes of data `x`, `[n, m]`, in user units. Where there is one observable and it counts (all values are
    /// integers), the integers that are missing between the smallest and the largest are classes too.
    ///
    /// # Errors
    /// If there are no events, a value is not finite, or there are too many distinct ones to be classes.
    pub fn of(x: ArrayView2<f64>) -> Result<Self> {
        if x.is_empty() {
            return Err(Error::data("classes are made from data, and there are no events"));
        }
        if let Some(value) = x.iter().find(|value| !value.is_finite()) {
            return Err(Error::data(format!(
                "x holds {value}: an observation must be finite to be a class"
            )));
        }
        let mut distinct = Distinct::default();
        distinct.take(x);
        let mut values = distinct.values;
        if values.len() > MOST_CLASSES {
            return Err(too_many());
        }
        let (first, last) = (values[0][0], values[values.len() - 1][0]);
        if x.ncols() == 1 && values.iter().all(|value| value[0].fract() == 0.0) {
            if last - first >= MOST_CLASSES as f64 {
                return Err(too_many());
            }
            values = (0..=(last - first) as usize)
                .map(|step| vec![first + step as f64])
                .collect();
        }
        Ok(Self { values })
    }

    /// Number of classes.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns true if there are no classes; from data there is always one.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The class of an observation in user units; of the nearest one for a value that was never seen, so that the
    /// outermost classes are open as those of a histogram with overflow.
    pub fn class_of(&self, x: ArrayView1<f64>) -> usize {
        let row: Vec<f64> = x.iter().map(|value| value + 0.0).collect();
        self.values
            .binary_search_by(|known| order(known, &row))
            .unwrap_or_else(|_| {
                let distance = |known: &[f64]| known.iter().zip(&row).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
                let nearest =
                    (0..self.len()).min_by(|&a, &b| distance(&self.values[a]).total_cmp(&distance(&self.values[b])));
                nearest.unwrap_or(0)
            })
    }

    /// The observation of a class, in user units; `None` beyond the last.
    pub fn value_of(&self, class: usize) -> Option<&[f64]> {
        self.values.get(class).map(Vec::as_slice)
    }
}

fn too_many() -> Error {
    Error::data(format!(
        "x takes more than {MOST_CLASSES} distinct values: choose a density of continuous observables"
    ))
}

fn order(a: &[f64], b: &[f64]) -> std::cmp::Ordering {
    let differing = a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne());
    differing.unwrap_or(std::cmp::Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use ndarray::{array, aview1};

    use super::*;

    #[test]
    fn integers_fill_their_range_and_its_ends_are_open() {
        let classes = Classes::of(array![[3.0], [-1.0], [0.0], [-0.0]].view()).unwrap();
        assert_eq!(classes.len(), 5);
        let of = |value: f64| classes.class_of(aview1(&[value]));
        assert_eq!([of(-1.0), of(0.0), of(-0.0), of(2.0), of(3.0)], [0, 1, 1, 3, 4]);
        assert_eq!([of(-7.0), of(99.0), of(1.2)], [0, 4, 2]);
        assert_eq!(classes.value_of(3), Some(&[2.0][..]));
        assert_eq!(classes.value_of(5), None);
    }

    #[test]
    fn rows_of_several_observables_are_classes_as_they_occur() {
        let classes = Classes::of(array![[1.0, 0.5], [0.0, 2.0], [1.0, 0.5], [1.0, -0.5]].view()).unwrap();
        assert_eq!(classes.len(), 3);
        assert_eq!(classes.class_of(aview1(&[1.0, 0.5])), 2);
        assert_eq!(classes.class_of(aview1(&[0.1, 1.9])), 0);
    }

    #[test]
    fn what_is_not_discrete_is_refused_in_words() {
        let many = ndarray::Array2::from_shape_fn((5_000, 1), |(i, _)| i as f64 + 0.5);
        assert!(Classes::of(many.view()).unwrap_err().to_string().contains("4096"));
        let wide = array![[0.0], [1e9]];
        assert!(Classes::of(wide.view()).is_err());
        assert!(Classes::of(array![[f64::NAN]].view()).is_err());
        assert!(Classes::of(ndarray::Array2::zeros((0, 1)).view()).is_err());
    }
}
