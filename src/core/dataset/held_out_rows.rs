//! Choice of the stored rows kept for validation, for events that are drawn from a file.

use ndarray::ArrayView1;
use rand::RngExt;

use crate::trace::stream;

/// Makes the choice independent of other uses of the seed.
const SALT: u64 = 0x0DD5_A1D0_4057_0BED;
/// An odd multiplier, which spreads the bits of a number over the product (Knuth 1998, section 6.4).
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// A random choice of the stored rows that are kept for validation, with all events drawn from them.
///
/// Events that are drawn from a file repeat its rows. Were events held out one by one, nearly every row would be trained on and
/// validated with. A row is known by its observation, and its choice depends on that and on the seed alone.
#[derive(Debug, Clone, Copy)]
pub struct HeldOutRows {
    share: f64,
    seed: u64,
}

impl HeldOutRows {
    /// Holds out this share of the rows, between 0 and 1, on average.
    pub const fn new(share: f64, seed: u64) -> Self {
        Self { share, seed }
    }

    /// Share of the rows that are held out.
    pub fn share(&self) -> f64 {
        self.share
    }

    /// Returns true if the row with this observation, `[m]`, is held out.
    pub fn holds(&self, x: ArrayView1<f64>) -> bool {
        let mixed = |key: u64, value: &f64| (key.rotate_left(23) ^ value.to_bits()).wrapping_mul(SPREAD);
        let key = x.iter().fold(SPREAD, mixed);
        stream(self.seed ^ SALT, key, 0).random::<f64>() < self.share
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn the_share_is_kept_for_rows_that_differ_in_any_number() {
        let rows = Array2::from_shape_fn((20_000, 2), |(i, j)| [(i % 100) as f64, (i / 100) as f64 * 1e-3][j]);
        for share in [0.05, 0.25, 0.9] {
            let chosen = |seed: u64| -> Vec<bool> {
                let held_out = HeldOutRows::new(share, seed);
                rows.rows().into_iter().map(|row| held_out.holds(row)).collect()
            };
            let held = chosen(3);
            let found = held.iter().filter(|held| **held).count() as f64 / 20_000.0;
            let standard_error = (share * (1.0 - share) / 20_000.0_f64).sqrt();
            assert!((found - share).abs() < 4.0 * standard_error, "{found} for {share}");
            assert_ne!(held, chosen(4));
        }
    }
}
