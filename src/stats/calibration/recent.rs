//! What was computed for the observations that were asked for last.

pub use std::sync::Arc;

use ndarray::{Array2, ArrayView2};

use motherlode_core::cache;
use motherlode_core::error::Result;

/// As many are kept as threads may ask at once.
const KEPT: usize = 16;
/// Larger tables are not kept: 8 MB.
const MOST_NUMBERS: usize = 1 << 20;

/// Observations `[n, m]` with a table `[n, k]` of each: a likelihood asks for one data set at many hypotheses, one after the other.
#[derive(Debug)]
pub struct Recent(cache::Recent<Array2<f64>, Array2<f64>>);

impl Default for Recent {
    fn default() -> Self {
        Self(cache::Recent::new(KEPT))
    }
}

impl Recent {
    /// The table of `x`, made by `make` where it is not known.
    pub fn of(&self, x: ArrayView2<f64>, make: impl FnOnce() -> Result<Array2<f64>>) -> Result<Arc<Array2<f64>>> {
        if let Some(table) = self.0.find(|known| known == x) {
            return Ok(table);
        }
        let table = Arc::new(make()?);
        if table.len().max(x.len()) <= MOST_NUMBERS {
            self.0.keep(x.to_owned(), Arc::clone(&table));
        }
        Ok(table)
    }
}
