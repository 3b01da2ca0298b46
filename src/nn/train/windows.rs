//! The order of the events: blocks of a file are drawn at random, and shuffled window by window.

use std::ops::Range;

use rand::seq::SliceRandom;

use motherlode_core::trace::stream;

/// Consecutive events that are read together at the most.
const MOST_IN_BLOCK: u64 = 1 << 15;
/// Fewer are not read together where a window has room: a file is compressed by chunks of as many, and read by chunks.
const FEWEST_IN_BLOCK: u64 = 1 << 11;
/// Blocks that a window should have, and has at the least, as far as it holds that many events.
const BLOCKS_IN_WINDOW: u64 = 8;
const FEWEST_BLOCKS: u64 = 4;
/// Windows that are in memory at once: one that is trained on, one that is being read.
const WINDOWS_AT_ONCE: u64 = 2;
/// Sets the order of the blocks apart from other uses of the seed.
const SALT: u64 = 0xB10C_50FA_0F17_E000;

/// Events in blocks of consecutive ones, and blocks in windows that fit into memory.
///
/// Each epoch deals all blocks to its windows in a new random order. A data set that fits into one window is one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Windows {
    n_events: u64,
    block: u64,
    count: u64,
    /// Events of a window at the most.
    largest: u64,
    seed: u64,
}

impl Windows {
    /// Windows for `n_events` events of `event_bytes` bytes each, in `memory` bytes.
    pub(crate) fn new(n_events: u64, event_bytes: u64, memory: u64, seed: u64) -> Self {
        let window = (memory / (WINDOWS_AT_ONCE * event_bytes.max(1))).max(1);
        let fewest = FEWEST_IN_BLOCK.min(window / FEWEST_BLOCKS).max(1);
        let block = (window / BLOCKS_IN_WINDOW).clamp(fewest, MOST_IN_BLOCK);
        let block = 1 << block.ilog2(); // begins where chunks of a file do, which is compressed by chunks
        let count = match n_events <= window {
            true => 1,
            false => n_events.div_ceil(block).div_ceil(window / block),
        };
        Self {
            n_events,
            block,
            count,
            largest: window,
            seed,
        }
    }

    /// Events that fit into a window.
    pub(crate) fn largest(&self) -> u64 {
        self.largest
    }

    /// Number of windows.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// All blocks in their natural order.
    pub(crate) fn all(&self) -> impl Iterator<Item = Range<u64>> + use<> {
        let Self { n_events, block, .. } = *self;
        (0..n_events.div_ceil(block)).map(move |k| k * block..((k + 1) * block).min(n_events))
    }

    /// The blocks of a window in an epoch; windows of an epoch have as many, up to one.
    pub(crate) fn blocks(&self, epoch: u64, window: u64) -> Vec<Range<u64>> {
        let mut blocks: Vec<Range<u64>> = self.all().collect();
        if self.count > 1 {
            blocks.shuffle(&mut stream(self.seed ^ SALT, epoch, 0));
        }
        let edge = |window: u64| (blocks.len() as u128 * u128::from(window) / u128::from(self.count)) as usize;
        blocks[edge(window)..edge(window + 1)].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_deals_every_event_once() {
        for (n, bytes, memory) in [
            (1, 8, 1),
            (100, 8, 1 << 20),
            (100_000, 100, 1 << 20),
            (1_000_003, 136, 64 << 20),
        ] {
            let windows = Windows::new(n, bytes, memory, 5);
            let mut orders = vec![];
            for epoch in 0..2 {
                let order: Vec<Range<u64>> = (0..windows.count())
                    .flat_map(|window| windows.blocks(epoch, window))
                    .collect();
                let mut sorted = order.clone();
                sorted.sort_by_key(|block| block.start);
                assert_eq!((sorted[0].start, sorted.last().unwrap().end), (0, n));
                assert!(sorted.windows(2).all(|pair| pair[0].end == pair[1].start));
                orders.push(order);
            }
            assert_eq!(windows.count() > 1, orders[0] != orders[1]);
        }
    }

    #[test]
    fn two_windows_fit_into_memory() {
        for (n, bytes, memory) in [
            (1_000_000, 136, 16 << 20),
            (1 << 30, 80_000, 512 << 20),
            (999, 8, 1_000),
        ] {
            let windows = Windows::new(n, bytes, memory, 5);
            assert!(windows.count() > 1);
            for window in 0..windows.count().min(20) {
                let events: u64 = windows
                    .blocks(3, window)
                    .iter()
                    .map(|block| block.end - block.start)
                    .sum();
                assert!(
                    2 * events * bytes <= memory,
                    "{events} events of {bytes} bytes in {memory}"
                );
            }
        }
    }
}
