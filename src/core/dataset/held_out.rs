//! Choice of the events kept for validation, block by block, so that any range of a file can be split alone.

use std::ops::Range;

use rand::seq::index;

use crate::error::{Error, Result};
use crate::trace::stream;

/// Events of a block; each block gives its share of the validation events, chosen at random within it.
const BLOCK: u64 = 4_096;
/// Makes the random numbers independent of other uses of the seed.
const SALT: u64 = 0x0DD5_A1D0_47E5_7ED5;

/// A random choice of the events of a data set that are kept for validation, stratified in blocks of 4096 events.
///
/// The number is exact, and every block has its share of it, so an ordered file is validated everywhere. The choice depends on the seed,
/// the number of events and the number held out only.
#[derive(Debug, Clone, Copy)]
pub struct HeldOut {
    n_events: u64,
    n_held_out: u64,
    seed: u64,
}

impl HeldOut {
    /// Holds out this fraction of the events, rounded, but at least one, at most `limit`, and not all.
    ///
    /// # Errors
    /// If the fraction is not between 0 and 1, or there are fewer than two events.
    pub fn new(n_events: u64, fraction: f64, limit: u64, seed: u64) -> Result<Self> {
        if !(fraction > 0.0 && fraction < 1.0) {
            return Err(Error::usage(format!(
                "the validation fraction is {fraction}: give a number between 0 and 1"
            )));
        }
        if n_events < 2 {
            return Err(Error::data(format!(
                "the data set has {n_events} events, too few to set any aside for validation: mine more"
            )));
        }
        let share = (n_events as f64 * fraction).round() as u64;
        Ok(Self {
            n_events,
            n_held_out: share.min(limit).clamp(1, n_events - 1),
            seed,
        })
    }

    /// Splits a range into events to train on and events to validate with: ascending indices, counted from the start of the range.
    pub fn split(&self, events: Range<u64>) -> [Vec<usize>; 2] {
        let mut split = [vec![], vec![]];
        for block in events.start / BLOCK..events.end.div_ceil(BLOCK) {
            let first = block * BLOCK;
            for (event, held_out) in (first..).zip(self.block(block)) {
                if events.contains(&event) {
                    split[usize::from(held_out)].push((event - events.start) as usize);
                }
            }
        }
        split
    }

    /// Returns for each event of a block true if it is held out.
    fn block(&self, block: u64) -> Vec<bool> {
        let [first, end] = [block, block + 1].map(|edge| (edge * BLOCK).min(self.n_events));
        let before = |event: u64| u128::from(self.n_held_out) * u128::from(event) / u128::from(self.n_events);
        let mut held_out = vec![false; (end - first) as usize];
        let share = (before(end) - before(first)) as usize;
        let mut rng = stream(self.seed ^ SALT, block, 0);
        index::sample(&mut rng, held_out.len(), share)
            .into_iter()
            .for_each(|event| held_out[event] = true);
        held_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_exact_and_any_ranges_make_up_the_whole() {
        for (n, fraction) in [(2, 0.01), (2, 0.99), (100, 0.2), (10_000, 0.25), (50_001, 0.1)] {
            let held_out = HeldOut::new(n, fraction, u64::MAX, 3).unwrap();
            let whole = held_out.split(0..n);
            let expected = ((n as f64 * fraction).round() as usize).clamp(1, n as usize - 1);
            assert_eq!(whole[1].len(), expected);
            assert_eq!(whole[0].len() + whole[1].len(), n as usize);
            let mut portions = [vec![], vec![]];
            for start in (0..n).step_by(777) {
                for (all, some) in portions.iter_mut().zip(held_out.split(start..(start + 777).min(n))) {
                    all.extend(some.into_iter().map(|event| event + start as usize));
                }
            }
            assert_eq!(portions, whole);
        }
    }

    #[test]
    fn every_block_gives_its_share_whatever_the_limit() {
        let held_out = HeldOut::new(1 << 20, 0.2, 32_768, 9).unwrap();
        for start in (0..1 << 20).step_by(BLOCK as usize) {
            assert_eq!(held_out.split(start..start + BLOCK)[1].len(), 128);
        }
        let [_, one] = HeldOut::new(1 << 20, 0.2, 32_768, 9).unwrap().split(0..BLOCK);
        let [_, other] = HeldOut::new(1 << 20, 0.2, 32_768, 10).unwrap().split(0..BLOCK);
        assert_ne!(one, other);
    }
}
