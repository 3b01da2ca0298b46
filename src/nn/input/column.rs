//! An observable, or several that belong together: the fitted transform, and what becomes of missing values.

use serde::{Deserialize, Serialize};

use super::Transform;

/// Transform of the values of an observable, and its treatment of missing ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Column {
    pub transform: Transform,
    /// The number that stands for a missing value, besides NaN.
    #[serde(default)]
    pub missing: Option<f64>,
    /// True if some training events lack it, so that one more feature says where.
    #[serde(default)]
    pub indicator: bool,
}

impl Column {
    /// Number of features.
    pub fn width(&self) -> usize {
        self.transform.width() + usize::from(self.indicator)
    }

    /// Names of the features.
    pub fn names(&self, of: &str) -> Vec<String> {
        let indicator = self.indicator.then(|| format!("{of} missing"));
        self.transform.names(of).into_iter().chain(indicator).collect()
    }

    /// Returns true if this value stands for a missing one.
    pub fn lacks(&self, x: f64) -> bool {
        is_missing(x, self.missing)
    }

    /// Appends the features of a value that is finite or missing.
    pub fn push(&self, x: f64, to: &mut Vec<f32>) {
        let lacks = self.lacks(x);
        if lacks {
            to.resize(to.len() + self.transform.width(), 0.0);
        } else {
            self.transform.push(x, to);
        }
        if self.indicator {
            to.push(f32::from(u8::from(lacks)));
        }
    }
}

/// Returns true if a value stands for a missing one: NaN, or the number given for that.
pub(super) fn is_missing(x: f64, sentinel: Option<f64>) -> bool {
    x.is_nan() || Some(x) == sentinel
}
