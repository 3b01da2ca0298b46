//! Cache of tables for the latest observations.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};

use motherlode_core::cache;
use motherlode_core::error::Result;

/// Number of tables in the cache: one for each of some threads.
const KEPT: usize = 16;
/// Size of the largest table to keep, 8 MB.
const MOST_NUMBERS: usize = 1 << 20;

/// Cache of one table `[n, k]` for each data set `[n, m]`: a likelihood evaluates one data set at many hypotheses in succession.
#[derive(Debug)]
pub(super) struct CorrectionCache(cache::Cache<Array2<f64>, Array2<f64>>);

impl Default for CorrectionCache {
    fn default() -> Self {
        Self(cache::Cache::new(KEPT))
    }
}

impl CorrectionCache {
    /// The table of `x`, made by `make` if it is not in the cache.
    ///
    /// # Errors
    /// If `make` fails.
    pub(super) fn get_or_make(
        &self,
        x: ArrayView2<f64>,
        make: impl FnOnce() -> Result<Array2<f64>>,
    ) -> Result<Arc<Array2<f64>>> {
        if let Some(table) = self.0.get(|known| known == x) {
            return Ok(table);
        }
        let table = Arc::new(make()?);
        if table.len().max(x.len()) <= MOST_NUMBERS {
            self.0.insert(x.to_owned(), Arc::clone(&table));
        }
        Ok(table)
    }
}
