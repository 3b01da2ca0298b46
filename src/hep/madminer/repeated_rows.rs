//! Counts rows of a file that are there more than once.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use ndarray::ArrayView1;

use motherlode_core::format::percent;
use motherlode_core::trace::Caveat;

/// Different rows that are remembered, in a few megabytes.
const MOST_KEPT: usize = 1 << 17;
/// Share of the rows that may repeat another one.
const MOST_REPEATED: f64 = 0.05;

/// Counts different rows by the hashes of their observations and weights.
///
/// Of more rows than are remembered, those count whose hash ends in some zero bits, as many as needed: a random sample of the different rows,
/// each with all of its copies.
#[derive(Debug, Clone, Default)]
pub(super) struct RepeatedRows {
    /// Number of rows of each hash.
    counts: HashMap<u64, u32>,
    /// Number of zero bits.
    level: u32,
    n_rows: usize,
}

impl RepeatedRows {
    /// Adds a row.
    pub(super) fn add(&mut self, observations: ArrayView1<'_, f64>, weights: ArrayView1<'_, f64>) {
        self.n_rows += 1;
        let mut hasher = DefaultHasher::new();
        let numbers = observations.iter().chain(weights);
        numbers.for_each(|value| value.to_bits().hash(&mut hasher));
        self.add_hash(hasher.finish());
    }

    fn add_hash(&mut self, hash: u64) {
        if hash.trailing_zeros() < self.level {
            return;
        }
        *self.counts.entry(hash).or_default() += 1;
        while self.counts.len() > MOST_KEPT {
            self.level += 1;
            let level = self.level;
            self.counts.retain(|hash, _| hash.trailing_zeros() >= level);
        }
    }

    /// Share of the rows that repeat another one.
    fn share(&self) -> f64 {
        let rows: usize = self.counts.values().map(|n| *n as usize).sum();
        (rows - self.counts.len()) as f64 / rows.max(1) as f64
    }

    /// The caveat of every result computed from these rows, if many repeat others.
    pub(super) fn caveat(&self) -> Option<Caveat> {
        let share = self.share();
        let different = (self.n_rows as f64 * (1.0 - share)).round();
        let about = if self.level > 0 { "about " } else { "" };
        (share > MOST_REPEATED).then(|| Caveat {
            kind: "repeated_rows",
            message: format!(
                "{} of the {} rows repeat another row exactly, in observations and weights: there are {about}{different} different ones, and errors are \
                 those of that many events, smaller than they are said to be",
                percent(share),
                self.n_rows
            ),
            remedy: "give the file without copies, such as it was before it was merged with itself or drawn with replacement; where all observables \
                     take a few values only, equal rows are no copies"
                .into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A share is known for more rows than are remembered.
    #[test]
    fn shares_of_many_rows_are_estimated() {
        let mut rows = RepeatedRows::default();
        let n = 3 * MOST_KEPT as u64;
        for row in (0..n).chain(0..n / 4) {
            rows.n_rows += 1;
            let mut hasher = DefaultHasher::new();
            row.hash(&mut hasher);
            rows.add_hash(hasher.finish());
        }
        assert!(rows.level > 0 && rows.counts.len() <= MOST_KEPT);
        assert!((rows.share() - 0.2).abs() < 0.01, "{}", rows.share());
        assert!(rows.caveat().unwrap().message.contains("about"));
    }
}
